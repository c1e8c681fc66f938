/*
 * ConvertLead: what comes of a lead, all of it or nothing.
 */
#include "desk_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *make_lead(struct desk_test *t, const char *more)
{
	return desk_make(t, &t->rep, "LeadService/CreateLead",
			 "lead { display_name: \"Olena Koval\" %s }", more);
}

#define FULL_LEAD                                                          \
	"company_name: \"Acme\" position: \"Buyer\" industry: \"retail\" " \
	"phones { number: \"+380 67 123 45 67\" label: \"work\" } "        \
	"emails { address: \"olena@acme.example\" } "                      \
	"messengers { network: \"viber\" account: \"olena\" } "            \
	"address: \"Kyiv\" wish: \"windows\" source: \"site\" "            \
	"amount_minor: 5000 currency_code: \"UAH\" "

static const char *make_pipeline(struct desk_test *t, bool has_stage)
{
	const char *id = desk_make(t, NULL, "PipelineService/CreatePipeline",
				   "pipeline { display_name: \"Sales\" }");

	if (has_stage)
		desk_make(t, NULL, "StageService/CreateStage",
			  "stage { pipeline_id: \"%s\" display_name: \"New\" "
			  "probability: 10 }",
			  id);
	return id;
}

/* How many records of a kind there are. */
static size_t count(struct desk_test *t, const char *path, const char *name)
{
	desk_make(t, NULL, path, "page_size: 1000");
	return text_count(t->answer, (struct bytes){ t->kept.at, t->kept.len },
			  name);
}

/* -------------------------------------------------------------- what comes */

static void a_lead_becomes_all_of_it(void **state)
{
	struct desk_test *t = *state;
	const char *pipeline = make_pipeline(t, true);
	const char *lead = make_lead(t, FULL_LEAD);
	char now[32], rep[UUID_TEXT_LEN + 1];

	uuid_format(rep, &t->rep.id);
	desk_expect(t, "status", "LEAD_STATUS_NEW");
	snprintf(now, sizeof(now), "%lld", (long long)t->harness.wall_us);
	/* A manager converts it: it stays the rep's. */
	desk_make(t, &t->manager, "LeadService/ConvertLead",
		  "id: \"%s\" pipeline_id: \"%s\"", lead, pipeline);
	desk_expect(t, "lead.status", "LEAD_STATUS_CONVERTED");
	desk_expect(t, "lead.convert_time", now);
	desk_expect(t, "contact.given_name", "Olena");
	desk_expect(t, "contact.family_name", "Koval");
	desk_expect(t, "contact.position", "Buyer");
	desk_expect(t, "contact.phones[0].number", "+380 67 123 45 67");
	desk_expect(t, "contact.phones[0].label", "work");
	desk_expect(t, "contact.phones[0].e164", "+380671234567");
	desk_expect(t, "contact.emails[0].address", "olena@acme.example");
	desk_expect(t, "contact.messengers[0].account", "olena");
	desk_expect(t, "contact.address", "Kyiv");
	desk_expect(t, "contact.owner_id", rep);
	desk_expect(t, "company.display_name", "Acme");
	desk_expect(t, "company.industry", "retail");
	desk_expect(t, "company.owner_id", rep);
	desk_expect(t, "deal.display_name", "Olena Koval");
	desk_expect(t, "deal.description", "windows");
	desk_expect(t, "deal.source", "site");
	desk_expect(t, "deal.amount_minor", "5000");
	desk_expect(t, "deal.currency_code", "UAH");
	desk_expect(t, "deal.probability", "10");
	desk_expect(t, "deal.lead_id", lead);
	desk_expect(t, "deal.owner_id", rep);
#define SAME(a, b)                     \
	desk_expect(t, a,              \
		    text_at(t->answer, \
			    (struct bytes){ t->kept.at, t->kept.len }, b))
	SAME("contact.company_ids[0]", "company.id");
	SAME("deal.company_id", "company.id");
	SAME("deal.contact_ids[0]", "contact.id");
	SAME("lead.converted_contact_id", "contact.id");
	SAME("lead.converted_company_id", "company.id");
	SAME("lead.converted_deal_id", "deal.id");
#undef SAME
	desk_call(t, &t->rep, "LeadService/ConvertLead", "id: \"%s\"", lead);
	desk_expect_fault(t, OUTRIDER_FAILED_PRECONDITION, "");
}

static void names_are_split(void **state)
{
	static const struct {
		const char *name, *given, *family;
	} cases[] = {
		{ "Olena Koval", "Olena", "Koval" },
		{ "Koval", "", "Koval" },
		{ "Anna Maria  Novak", "Anna Maria", "Novak" },
		{ "+380 67 123 45 67", "", "+380 67 123 45 67" },
		{ "\xd0\x9e\xd0\xbb\xd1\x8f \xd0\x9a\xd1\x96\xd1\x82",
		  "\xd0\x9e\xd0\xbb\xd1\x8f", "\xd0\x9a\xd1\x96\xd1\x82" },
		{ "Trailing ", "", "Trailing " },
	};
	struct desk_test *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *lead = desk_make(t, &t->rep,
					     "LeadService/CreateLead",
					     "lead { display_name: \"%s\" }",
					     cases[i].name);

		desk_make(t, &t->rep, "LeadService/ConvertLead", "id: \"%s\"",
			  lead);
		desk_expect(t, "contact.given_name", cases[i].given);
		desk_expect(t, "contact.family_name", cases[i].family);
		desk_expect(t, "company.id", "");
		desk_expect(t, "deal.id", "");
		desk_expect(t, "lead.converted_deal_id", "");
	}
}

static void what_stands_is_taken(void **state)
{
	struct desk_test *t = *state;
	const char *lead = make_lead(t, FULL_LEAD);
	const char *second = make_lead(t, FULL_LEAD);
	const char *old = desk_make(t, &t->rep, "CompanyService/CreateCompany",
				    "company { display_name: \"Old\" }");
	const char *company = desk_make(t, &t->rep,
					"CompanyService/CreateCompany",
					"company { display_name: \"Acme\" }");
	const char *contact = desk_make(t, &t->rep,
					"ContactService/CreateContact",
					"contact { family_name: \"Koval\" "
					"company_ids: \"%s\" }",
					old);

	desk_make(t, &t->rep, "LeadService/ConvertLead",
		  "id: \"%s\" contact_id: \"%s\" company_id: \"%s\"", lead,
		  contact, company);
	desk_expect(t, "contact.id", contact);
	desk_expect(t, "company.id", company);
	desk_expect(t, "contact.given_name", "");
	assert_int_equal(text_count(schema_entity_named("contact", 7)->message,
				    harness_part((struct bytes){ t->kept.at,
								 t->kept.len },
						 2, 0),
				    "company_ids"),
			 2);
	/* Whoever is known has the firm that is known: none is made. */
	desk_make(t, &t->rep, "LeadService/ConvertLead",
		  "id: \"%s\" contact_id: \"%s\"", second, contact);
	desk_expect(t, "company.id", "");
	assert_int_equal(count(t, "CompanyService/ListCompanies", "companies"),
			 2);
}

/* ------------------------------------------------------------- or nothing */

static void a_fault_leaves_nothing(void **state)
{
	struct desk_test *t = *state;
	const char *lead = make_lead(t, FULL_LEAD);
	const char *foreign = desk_make(t, &t->other,
					"ContactService/CreateContact",
					"contact { family_name: \"Hidden\" }");
	const char *empty = make_pipeline(t, false);
	const struct {
		const char *more;
		enum outrider_code code;
		const char *field;
	} cases[] = {
		/* What they can't see and what isn't there are alike. */
		{ "contact_id: \"%s\"", OUTRIDER_INVALID_ARGUMENT,
		  "contact_id" },
		{ "company_id: \"%s\"", OUTRIDER_INVALID_ARGUMENT,
		  "company_id" },
		{ "pipeline_id: \"%s\"", OUTRIDER_INVALID_ARGUMENT,
		  "pipeline_id" },
		{ "contact_id: \"x%s\"", OUTRIDER_INVALID_ARGUMENT,
		  "contact_id" },
		{ "company_name: \"A\" company_id: \"%s\"",
		  OUTRIDER_INVALID_ARGUMENT, "company_name" },
		{ "deal_name: \"A %s\"", OUTRIDER_INVALID_ARGUMENT,
		  "deal_name" },
		{ "etag: \"r1%s\"", OUTRIDER_INVALID_ARGUMENT, "etag" },
		{ "etag: \"r1\"", OUTRIDER_ABORTED, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char more[128];
		const char *at = strstr(cases[i].more, "%s");

		if (at)
			snprintf(more, sizeof(more), "%.*s%s%s",
				 (int)(at - cases[i].more), cases[i].more,
				 foreign, at + 2);
		else
			snprintf(more, sizeof(more), "%s", cases[i].more);
		desk_call(t, &t->rep, "LeadService/ConvertLead",
			  "id: \"%s\" %s", lead, more);
		desk_expect_fault(t, cases[i].code, cases[i].field);
	}
	desk_call(t, &t->rep, "LeadService/ConvertLead",
		  "id: \"%s\" pipeline_id: \"%s\"", lead, empty);
	desk_expect_fault(t, OUTRIDER_FAILED_PRECONDITION, "");
	desk_call(t, &t->other, "LeadService/ConvertLead", "id: \"%s\"", lead);
	desk_expect_fault(t, OUTRIDER_NOT_FOUND, "");
	desk_call(t, &t->rep, "LeadService/ConvertLead", "id: \"%s\"", empty);
	desk_expect_fault(t, OUTRIDER_NOT_FOUND, "");
	assert_int_equal(count(t, "CompanyService/ListCompanies", "companies"),
			 0);
	assert_int_equal(count(t, "ContactService/ListContacts", "contacts"),
			 1);
	desk_make(t, &t->rep, "LeadService/GetLead", "id: \"%s\"", lead);
	desk_expect(t, "status", "LEAD_STATUS_NEW");
}

static void a_repeated_conversion_is_one(void **state)
{
	struct desk_test *t = *state;
	const char *lead = make_lead(t, FULL_LEAD);
	struct uuid id = harness_new_uuid(&t->harness);
	char request[UUID_TEXT_LEN + 1], contact[UUID_TEXT_LEN + 1] = "";

	uuid_format(request, &id);
	for (int i = 0; i < 2; i++) {
		desk_make(t, &t->rep, "LeadService/ConvertLead",
			  "id: \"%s\" request_id: \"%s\"", lead, request);
		if (i == 1)
			desk_expect(t, "contact.id", contact);
		snprintf(contact, sizeof(contact), "%s",
			 text_at(t->answer,
				 (struct bytes){ t->kept.at, t->kept.len },
				 "contact.id"));
	}
	assert_int_equal(count(t, "ContactService/ListContacts", "contacts"),
			 1);
}

/* Nothing but ConvertLead says CONVERTED, and nothing takes it back. */
static void the_status_is_its_own(void **state)
{
	struct desk_test *t = *state;
	const char *lead = make_lead(t, "");

	desk_call(t, &t->rep, "LeadService/CreateLead",
		  "lead { display_name: \"x\" status: CONVERTED }");
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "lead.status");
	desk_call(t, &t->rep, "LeadService/UpdateLead",
		  "lead { id: \"%s\" status: CONVERTED }", lead);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "lead.status");
	desk_make(t, &t->rep, "LeadService/UpdateLead",
		  "lead { id: \"%s\" converted_contact_id: \"%s\" "
		  "wish: \"x\" } update_mask { paths: \"wish\" }",
		  lead, lead);
	desk_expect(t, "converted_contact_id", "");
	desk_make(t, &t->rep, "LeadService/ConvertLead", "id: \"%s\"", lead);
	desk_call(t, &t->rep, "LeadService/UpdateLead",
		  "lead { id: \"%s\" status: WORKING }", lead);
	desk_expect_fault(t, OUTRIDER_FAILED_PRECONDITION, "");
	desk_make(t, &t->rep, "LeadService/UpdateLead",
		  "lead { id: \"%s\" wish: \"doors\" }", lead);
	desk_expect(t, "status", "LEAD_STATUS_CONVERTED");
}

#define DESK(test) cmocka_unit_test_setup_teardown(test, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK(a_lead_becomes_all_of_it),
		DESK(names_are_split),
		DESK(what_stands_is_taken),
		DESK(a_fault_leaves_nothing),
		DESK(a_repeated_conversion_is_one),
		DESK(the_status_is_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
