/*
 * reach: no communication without a person, by the standard methods and by
 * Push.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reach_world.h"

static void who_has_the_number_is_linked(void **state)
{
	struct world *w = *state;
	struct uuid company = make_company(w, &w->anna, "067 000 00 01");
	struct uuid lead = make_lead(w, &w->anna, "067 000 00 01", 0);
	struct uuid call = make_call(w, &w->anna, "+38 067 000-00-01");
	struct uuid contact;

	expect_call(w, &call, NULL, &lead, NULL);
	call = make_call(w, &w->anna, "0670000002");
	contact = make_contact(w, &w->anna, "067 000 00 01", NULL);
	call = make_call(w, &w->anna, "0670000001");
	expect_call(w, &call, &contact, NULL, NULL);
	/* A company's own number. */
	company = make_company(w, &w->anna, "044 000 00 03");
	call = make_call(w, &w->anna, "(044) 0000003");
	expect_call(w, &call, NULL, NULL, &company);
}

static void all_contacts_of_a_number_are_linked(void **state)
{
	struct world *w = *state;
	struct uuid first = make_contact(w, &w->anna, "067 000 00 01", NULL);
	struct uuid second = make_contact(w, &w->anna, "067 000 00 01", NULL);
	struct uuid call = make_call(w, &w->anna, "067 000 00 01");

	expect_id(referred(w, KIND_CALL, &call, CALL_CONTACTS, 0), &first);
	expect_id(referred(w, KIND_CALL, &call, CALL_CONTACTS, 1), &second);
}

static void a_contacts_only_company_is_linked_too(void **state)
{
	struct world *w = *state;
	struct uuid company = make_company(w, &w->anna, NULL);
	struct uuid hidden = make_company(w, &w->carl, NULL);
	struct uuid contact =
		make_contact(w, &w->anna, "067 000 00 01", &company);
	struct uuid call = make_call(w, &w->anna, "067 000 00 01");
	struct fields f;

	expect_call(w, &call, &contact, NULL, &company);
	/* Whoever takes it out, has it out. */
	f = fields_new();
	fields_id(&f, FIELD_ID, &call);
	fields_text(&f, CALL_SUBJECT, "Barley");
	fields_text(&f, CALL_COMPANY, "");
	must_send(w, "CallService/UpdateCall", &w->anna, &f);
	expect_call(w, &call, &contact, NULL, NULL);
	/* The same where the caller names the contact. */
	f = call_fields(NULL);
	fields_id(&f, CALL_CONTACTS, &contact);
	call = must_send(w, "CallService/CreateCall", &w->anna, &f);
	expect_call(w, &call, &contact, NULL, &company);
	/* A company out of sight stays out of it. */
	f = fields_new();
	fields_text(&f, CONTACT_FAMILY_NAME, "Bondar");
	fields_id(&f, CONTACT_COMPANIES, &hidden);
	contact = world_create(w, KIND_CONTACT, &w->anna, &f);
	fields_free(&f);
	f = call_fields(NULL);
	fields_id(&f, CALL_CONTACTS, &contact);
	call = must_send(w, "CallService/CreateCall", &w->anna, &f);
	expect_call(w, &call, &contact, NULL, NULL);
}

static void a_stranger_becomes_a_lead(void **state)
{
	struct world *w = *state;
	struct uuid call = make_call(w, &w->anna, "067 000 00 01");
	struct uuid lead = referred(w, KIND_CALL, &call, CALL_LEAD, 0);
	struct uuid again;

	assert_false(uuid_is_zero(&lead));
	expect_text(w, KIND_LEAD, &lead, LEAD_DISPLAY_NAME, "067 000 00 01");
	expect_text(w, KIND_LEAD, &lead, LEAD_SOURCE, "call");
	expect_e164(w, KIND_LEAD, &lead, LEAD_PHONES, 0, "+380670000001");
	expect_id(world_row(w, KIND_LEAD, &lead)->owner, &w->anna.id);
	/* By whatever they come next, they are known. */
	again = make_call(w, &w->anna, "+380 (67) 0000001");
	expect_call(w, &again, NULL, &lead, NULL);
	again = make_message(w, &w->anna, MESSAGE_CHANNEL_SMS, "0670000001");
	expect_id(referred(w, KIND_MESSAGE, &again, MESSAGE_LEAD, 0), &lead);
}

/* A number that has no E.164 is found by its digits. */
static void a_number_as_it_was_written_is_found(void **state)
{
	struct world *w = *state;
	struct uuid call = make_call(w, &w->anna, "067 000 00 01");
	struct uuid lead = referred(w, KIND_CALL, &call, CALL_LEAD, 0);
	struct uuid contact;

	expect_text(w, KIND_CALL, &call, CALL_E164, "");
	call = make_call(w, &w->anna, "(067) 000-00-01");
	expect_call(w, &call, NULL, &lead, NULL);
	contact = make_contact(w, &w->anna, "101", NULL);
	call = make_call(w, &w->anna, "1-01");
	expect_call(w, &call, &contact, NULL, NULL);
	/* Who withholds theirs are not one and the same. */
	call = make_call(w, &w->anna, "anonymous");
	lead = referred(w, KIND_CALL, &call, CALL_LEAD, 0);
	call = make_call(w, &w->anna, "anonymous");
	assert_true(uuid_compare(&lead, &(struct uuid){ { 0 } }) != 0);
	contact = referred(w, KIND_CALL, &call, CALL_LEAD, 0);
	assert_true(uuid_compare(&lead, &contact) != 0);
}

static void strangers_who_write_become_leads(void **state)
{
	static const struct {
		unsigned channel;
		const char *address, *again, *source;
	} ways[] = {
		{ MESSAGE_CHANNEL_EMAIL, "Anna@Example.com", "anna@example.COM",
		  "message" },
		{ MESSAGE_CHANNEL_CHAT, "@Anna_K", "anna_k", "message" },
		{ MESSAGE_CHANNEL_SOCIAL, "anna.koval", "Anna.Koval",
		  "message" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		struct uuid id = make_message(w, &w->anna, ways[i].channel,
					      ways[i].address);
		struct uuid lead =
			referred(w, KIND_MESSAGE, &id, MESSAGE_LEAD, 0);

		assert_false(uuid_is_zero(&lead));
		expect_text(w, KIND_LEAD, &lead, LEAD_DISPLAY_NAME,
			    ways[i].address);
		expect_text(w, KIND_LEAD, &lead, LEAD_SOURCE, ways[i].source);
		id = make_message(w, &w->anna, ways[i].channel, ways[i].again);
		expect_id(referred(w, KIND_MESSAGE, &id, MESSAGE_LEAD, 0),
			  &lead);
	}
}

static void an_open_lead_goes_before_a_lost_one(void **state)
{
	struct world *w = *state;
	struct uuid lost =
		make_lead(w, &w->anna, "067 000 00 01", LEAD_STATUS_LOST);
	struct uuid call = make_call(w, &w->anna, "067 000 00 01");
	struct uuid open;

	expect_call(w, &call, NULL, &lost, NULL);
	open = make_lead(w, &w->anna, "067 000 00 01", 0);
	call = make_call(w, &w->anna, "067 000 00 01");
	expect_call(w, &call, NULL, &open, NULL);
}

/* To link a colleague's contact would say that there is one. */
static void a_colleagues_contact_is_a_stranger(void **state)
{
	struct world *w = *state;
	struct uuid contact = make_contact(w, &w->carl, "067 000 00 01", NULL);
	struct uuid call = make_call(w, &w->anna, "067 000 00 01");
	struct uuid lead = referred(w, KIND_CALL, &call, CALL_LEAD, 0);
	struct uuid other;

	expect_id(referred(w, KIND_CALL, &call, CALL_CONTACTS, 0), NULL);
	assert_false(uuid_is_zero(&lead));
	expect_id(world_row(w, KIND_LEAD, &lead)->owner, &w->anna.id);
	call = make_call(w, &w->carl, "067 000 00 01");
	expect_call(w, &call, &contact, NULL, NULL);
	/* Nor is one rep's lead another's. */
	call = make_call(w, &w->ben, "067 000 00 01");
	other = referred(w, KIND_CALL, &call, CALL_LEAD, 0);
	assert_true(uuid_compare(&other, &lead) != 0);
	/* Their manager sees both, and takes the older. */
	call = make_call(w, &w->mia, "067 000 00 01");
	expect_call(w, &call, NULL, &lead, NULL);
}

static void who_was_deleted_is_not_linked(void **state)
{
	struct world *w = *state;
	struct uuid contact = make_contact(w, &w->anna, "067 000 00 01", NULL);
	struct uuid call;

	world_delete(w, KIND_CONTACT, &contact);
	call = make_call(w, &w->anna, "067 000 00 01");
	expect_id(referred(w, KIND_CALL, &call, CALL_CONTACTS, 0), NULL);
}

static void who_is_named_stays(void **state)
{
	struct world *w = *state;
	struct uuid named = make_contact(w, &w->anna, NULL, NULL);
	struct fields f = call_fields("067 000 00 01");
	struct uuid call;

	make_contact(w, &w->anna, "067 000 00 01", NULL);
	fields_id(&f, CALL_CONTACTS, &named);
	call = must_send(w, "CallService/CreateCall", &w->anna, &f);
	expect_call(w, &call, &named, NULL, NULL);
}

static void nobody_at_all_is_refused(void **state)
{
	static const char *const blanks[] = { NULL, "", "  " };
	struct world *w = *state;
	char violation[96];

	for (size_t i = 0; i < ARRAY_LEN(blanks); i++) {
		struct fields f = call_fields(blanks[i]);
		uint64_t rev = harness_rev(&w->h);
		const struct harness_reply *reply =
			send_record(w, "CallService/CreateCall", &w->anna, &f);

		assert_int_equal(reply->code, OUTRIDER_INVALID_ARGUMENT);
		harness_violation(violation, reply);
		assert_string_equal(violation, "call.phone_number");
		assert_int_equal(harness_rev(&w->h), rev);
		fields_free(&f);
	}
}

/* Nor may an update leave it without anybody. */
static void nobody_is_taken_out_without_another(void **state)
{
	struct world *w = *state;
	struct uuid contact = make_contact(w, &w->anna, NULL, NULL);
	struct fields f = call_fields(NULL);
	struct uuid call;

	fields_id(&f, CALL_CONTACTS, &contact);
	call = must_send(w, "CallService/CreateCall", &w->anna, &f);
	assert_int_equal(world_try(w, CHANGE_UPDATE, KIND_CALL, &call, NULL,
				   (uint32_t[]){ CALL_CONTACTS }, 1),
			 OUTRIDER_INVALID_ARGUMENT);
	expect_call(w, &call, &contact, NULL, NULL);
}

static void a_refused_call_leaves_no_lead(void **state)
{
	struct world *w = *state;
	struct uuid nowhere = harness_new_uuid(&w->h);
	struct fields f = call_fields("067 000 00 01");
	uint64_t rev = harness_rev(&w->h);

	fields_id(&f, CALL_DEAL, &nowhere);
	assert_int_equal(
		send_record(w, "CallService/CreateCall", &w->anna, &f)->code,
		OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(harness_rev(&w->h), rev);
	fields_free(&f);
}

static void deleting_asks_for_nobody(void **state)
{
	struct world *w = *state;
	struct uuid call = make_call(w, &w->anna, "067 000 00 01");

	world_delete(w, KIND_CALL, &call);
	world_undelete(w, KIND_CALL, &call);
	assert_int_equal(world_row(w, KIND_CALL, &call)->deleted_us, 0);
}

static void an_answer_is_somebodys(void **state)
{
	struct world *w = *state;
	struct fields f = fields_new();
	struct uuid form, answer, lead;

	fields_text(&f, FORM_NAME, "Stand");
	form = world_create(w, 23, &w->mia, &f);
	fields_free(&f);
	f = fields_new();
	fields_id(&f, ANSWER_FORM, &form);
	fields_text(&f, ANSWER_ADDRESS, "Olena@example.com");
	fields_time(&f, ANSWER_TIME, HARNESS_START_US);
	answer = must_send(w, "AnswerService/CreateAnswer", &w->anna, &f);
	lead = referred(w, KIND_ANSWER, &answer, ANSWER_LEAD, 0);
	assert_false(uuid_is_zero(&lead));
	expect_text(w, KIND_LEAD, &lead, LEAD_SOURCE, "form");
}

/* -------------------------------------------------------------------- push */

static void a_call_made_offline_brings_its_lead(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone ben = world_phone(w, &w->ben);
	struct uuid id = harness_new_uuid(&w->h);
	struct fields f = call_fields("067 000 00 01");
	struct uuid lead;

	model_pull_all(&anna);
	world_tick(w);
	model_edit(&anna, MODEL_CREATE, KIND_CALL, &id, fields_bytes(&f), NULL,
		   0);
	fields_free(&f);
	model_push_all(&anna);
	model_pull_all(&anna);
	model_check(&anna);
	lead = referred(w, KIND_CALL, &id, CALL_LEAD, 0);
	assert_false(uuid_is_zero(&lead));
	assert_non_null(model_find(&anna, KIND_LEAD, &lead));
	/* Nobody else hears of it. */
	model_pull_all(&ben);
	assert_null(model_find(&ben, KIND_LEAD, &lead));
	model_close(&anna);
	model_close(&ben);
}

static void a_call_made_offline_finds_its_contact(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid contact = make_contact(w, &w->anna, "067 000 00 01", NULL);
	struct uuid id = harness_new_uuid(&w->h);
	struct fields f = call_fields("067 000 00 01");

	model_pull_all(&anna);
	world_tick(w);
	model_edit(&anna, MODEL_CREATE, KIND_CALL, &id, fields_bytes(&f), NULL,
		   0);
	fields_free(&f);
	model_push_all(&anna);
	model_pull_all(&anna);
	model_check(&anna);
	expect_call(w, &id, &contact, NULL, NULL);
	model_close(&anna);
}

static void a_call_with_nobody_is_rejected(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);
	struct fields f = call_fields(NULL);
	uint64_t seq = model_edit(&anna, MODEL_CREATE, KIND_CALL, &id,
				  fields_bytes(&f), NULL, 0);

	fields_free(&f);
	model_push_all(&anna);
	assert_int_equal(model_mutation(&anna, seq)->outcome, MODEL_REJECTED);
	assert_string_equal(model_mutation(&anna, seq)->field_path,
			    "phone_number");
	model_close(&anna);
}

/* ------------------------------------------------------------------ numbers */

static void numbers_are_the_contracts(void **state)
{
	static const struct {
		uint32_t kind, field;
		const char *name, *field_name;
	} fields[] = {
		{ KIND_CONTACT, CONTACT_COMPANIES, "contact", "company_ids" },
		{ KIND_LEAD, LEAD_DISPLAY_NAME, "lead", "display_name" },
		{ KIND_LEAD, LEAD_PHONES, "lead", "phones" },
		{ KIND_LEAD, LEAD_EMAILS, "lead", "emails" },
		{ KIND_LEAD, LEAD_MESSENGERS, "lead", "messengers" },
		{ KIND_LEAD, LEAD_SOURCE, "lead", "source" },
		{ KIND_LEAD, LEAD_STATUS, "lead", "status" },
		{ KIND_LEAD, LEAD_ADDRESS, "lead", "address" },
		{ KIND_CALL, CALL_PHONE_NUMBER, "call", "phone_number" },
		{ KIND_CALL, CALL_E164, "call", "e164" },
		{ KIND_CALL, CALL_COMPANY, "call", "company_id" },
		{ KIND_CALL, CALL_CONTACTS, "call", "contact_ids" },
		{ KIND_CALL, CALL_LEAD, "call", "lead_id" },
		{ KIND_MESSAGE, MESSAGE_CHANNEL, "message", "channel" },
		{ KIND_MESSAGE, MESSAGE_ADDRESS, "message", "address" },
		{ KIND_MESSAGE, MESSAGE_NORMALIZED, "message",
		  "normalized_address" },
		{ KIND_MESSAGE, MESSAGE_COMPANY, "message", "company_id" },
		{ KIND_MESSAGE, MESSAGE_CONTACTS, "message", "contact_ids" },
		{ KIND_MESSAGE, MESSAGE_LEAD, "message", "lead_id" },
		{ KIND_ANSWER, ANSWER_ADDRESS, "answer", "address" },
		{ KIND_ANSWER, ANSWER_CONTACTS, "answer", "contact_ids" },
		{ KIND_ANSWER, ANSWER_LEAD, "answer", "lead_id" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const struct entity *entity = schema_entity(fields[i].kind);

		assert_non_null(entity);
		assert_string_equal(entity->name, fields[i].name);
		assert_string_equal(
			message_field(entity->message, fields[i].field)->name,
			fields[i].field_name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REGION(who_has_the_number_is_linked),
		WITH_REGION(all_contacts_of_a_number_are_linked),
		WITH_REGION(a_contacts_only_company_is_linked_too),
		WITH_REGION(a_stranger_becomes_a_lead),
		WITH_WORLD(a_number_as_it_was_written_is_found),
		WITH_REGION(strangers_who_write_become_leads),
		WITH_REGION(an_open_lead_goes_before_a_lost_one),
		WITH_REGION(a_colleagues_contact_is_a_stranger),
		WITH_REGION(who_was_deleted_is_not_linked),
		WITH_REGION(who_is_named_stays),
		WITH_REGION(nobody_at_all_is_refused),
		WITH_REGION(nobody_is_taken_out_without_another),
		WITH_REGION(a_refused_call_leaves_no_lead),
		WITH_REGION(deleting_asks_for_nobody),
		WITH_REGION(an_answer_is_somebodys),
		WITH_REGION(a_call_made_offline_brings_its_lead),
		WITH_REGION(a_call_made_offline_finds_its_contact),
		WITH_REGION(a_call_with_nobody_is_rejected),
		cmocka_unit_test(numbers_are_the_contracts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
