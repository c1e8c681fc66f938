/*
 * identify: from an address to the card, the open deals, who spoke with them
 * last, the turnover and the desk; and nothing that the caller may not see.
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

#include "app/money.h"
#include "model/wire.h"

enum {
	PIPELINE = 11,
	PIPELINE_NAME = 10,
	STAGE = 12,
	STAGE_PIPELINE = 10,
	STAGE_NAME = 11,
	DEAL_NAME = 10,
	DEAL_COMPANY = 11,
	DEAL_CONTACTS = 12,
	DEAL_PIPELINE = 13,
	DEAL_STAGE = 14,
	DEAL_STATE = 15,
	DEAL_AMOUNT = 16,
	DEAL_CURRENCY = 17,
	DEAL_COST = 18,
	DEAL_WON = 2,
	PAYMENT_COMPANY = 10,
	PAYMENT_AMOUNT = 14,
	PAYMENT_CURRENCY = 15,
	PAYMENT_STATE = 16,
	PAYMENT_TIME = 17,
	PLANNED = 1,
	RECEIVED = 2,
	DESK_NAME = 10,
	DESK_MIN_TURNOVER = 11,
	DESK_CURRENCY = 12,
	CALL_RESULT = 15,
	CALL_MISSED = 2,
	MEETING_CONTACTS = 19,
	ROLE_NAME = 10,
	COMPANY_SHARED = 251,
	CONTACT_SHARED = 251,
	/* Of the reply. */
	NORMALIZED = 1,
	CONTACTS,
	LEADS,
	COMPANIES,
	DEALS,
	LAST_USER,
	LAST_TIME,
	TURNOVER,
	CURRENCY,
	ON_DESK,
	SENTENCE,
};

#define DAY_US (INT64_C(24) * 3600 * 1000000)

static const struct harness_reply *
ask(struct world *w, const struct harness_user *who, const char *address)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_text(&request, 1, address);
	reply = harness_call(&w->h, "CallService/IdentifyCaller", who->token,
			     request.at, request.len);
	buffer_free(&request);
	return reply;
}

static struct bytes
must_ask(struct world *w, const struct harness_user *who, const char *address)
{
	const struct harness_reply *reply = ask(w, who, address);

	if (reply->code != OUTRIDER_OK)
		fail_msg("%s: %s", code_name(reply->code), reply->text);
	return reply->message;
}

static void
expect_reply(struct bytes message, uint32_t number, const char *want)
{
	char text[1100];

	harness_text(text, sizeof(text), message, number);
	assert_string_equal(text, want);
}

static size_t count(struct bytes message, uint32_t number)
{
	size_t n = 0;

	while (harness_part(message, number, n).at)
		n++;
	return n;
}

/* ----------------------------------------------------------- what they have */

struct firm {
	struct uuid pipeline, stage;
};

static struct firm make_firm(struct world *w)
{
	struct fields f = fields_new();
	struct firm firm;

	fields_text(&f, PIPELINE_NAME, "New clients");
	firm.pipeline = world_create(w, PIPELINE, &w->mia, &f);
	fields_free(&f);
	f = fields_new();
	fields_id(&f, STAGE_PIPELINE, &firm.pipeline);
	fields_text(&f, STAGE_NAME, "Talks");
	firm.stage = world_create(w, STAGE, &w->mia, &f);
	fields_free(&f);
	return firm;
}

struct deal {
	const struct uuid *company, *contact;
	uint64_t state;
	int64_t amount;
	const char *currency;
};

static struct uuid make_deal(struct world *w, const struct firm *firm,
			     const struct harness_user *owner,
			     const struct deal *deal)
{
	struct fields f = fields_new();
	struct uuid id;

	fields_text(&f, DEAL_NAME, "Barley");
	if (deal->company)
		fields_id(&f, DEAL_COMPANY, deal->company);
	if (deal->contact)
		fields_id(&f, DEAL_CONTACTS, deal->contact);
	fields_id(&f, DEAL_PIPELINE, &firm->pipeline);
	fields_id(&f, DEAL_STAGE, &firm->stage);
	if (deal->state)
		fields_number(&f, DEAL_STATE, deal->state);
	fields_number(&f, DEAL_AMOUNT, (uint64_t)deal->amount);
	if (deal->currency)
		fields_text(&f, DEAL_CURRENCY, deal->currency);
	fields_number(&f, DEAL_COST, 77);
	id = world_create(w, KIND_DEAL, owner, &f);
	fields_free(&f);
	return id;
}

static void make_payment(struct world *w, const struct harness_user *owner,
			 const struct uuid *company, uint64_t state,
			 int64_t amount, const char *currency, int64_t at_us)
{
	struct fields f = fields_new();

	fields_id(&f, PAYMENT_COMPANY, company);
	fields_number(&f, PAYMENT_AMOUNT, (uint64_t)amount);
	fields_text(&f, PAYMENT_CURRENCY, currency);
	fields_number(&f, PAYMENT_STATE, state);
	fields_time(&f, PAYMENT_TIME, at_us);
	world_create(w, KIND_PAYMENT, owner, &f);
	fields_free(&f);
}

static struct uuid make_desk(struct world *w, const char *name, int64_t least,
			     const char *currency)
{
	struct fields f = fields_new();
	struct uuid id;

	fields_text(&f, DESK_NAME, name);
	fields_number(&f, DESK_MIN_TURNOVER, (uint64_t)least);
	if (currency)
		fields_text(&f, DESK_CURRENCY, currency);
	id = world_create(w, KIND_DESK, &w->mia, &f);
	fields_free(&f);
	return id;
}

static struct uuid
make_call_at(struct world *w, const struct harness_user *owner,
	     const struct uuid *contact, int64_t at_us, uint64_t result)
{
	struct fields f = fields_new();
	struct uuid id;

	fields_number(&f, CALL_DIRECTION, 1);
	fields_id(&f, CALL_CONTACTS, contact);
	fields_time(&f, CALL_START, at_us);
	if (result)
		fields_number(&f, CALL_RESULT, result);
	id = world_create(w, KIND_CALL, owner, &f);
	fields_free(&f);
	return id;
}

static void make_letter(struct world *w, const struct harness_user *owner,
			const struct uuid *company, int64_t at_us)
{
	struct fields f = fields_new();

	fields_number(&f, MESSAGE_CHANNEL, MESSAGE_CHANNEL_LETTER);
	fields_number(&f, MESSAGE_DIRECTION, 2);
	fields_id(&f, MESSAGE_COMPANY, company);
	fields_time(&f, MESSAGE_SEND_TIME, at_us);
	world_create(w, KIND_MESSAGE, owner, &f);
	fields_free(&f);
}

/* Anna's: Olena Koval of Zernoprom, at 067 123 45 67. */
struct customer {
	struct uuid contact, company;
};

static struct customer make_customer(struct world *w)
{
	struct customer c = { .company = make_company(w, &w->anna, NULL) };
	struct fields f = fields_new();

	fields_text(&f, CONTACT_GIVEN_NAME, "Olena");
	fields_text(&f, CONTACT_FAMILY_NAME, "Koval");
	fields_text(&f, CONTACT_POSITION, "head of purchasing");
	fields_id(&f, CONTACT_COMPANIES, &c.company);
	put_nested(&f, CONTACT_PHONES, "067 123 45 67", NULL, NULL);
	put_nested(&f, CONTACT_EMAILS, "Olena@Zernoprom.example", NULL, NULL);
	put_nested(&f, CONTACT_MESSENGERS, "telegram", "@Olena_K", NULL);
	c.contact = must_send(w, "ContactService/CreateContact", &w->anna, &f);
	return c;
}

/* What a role hides from Anna: "KIND.FIELD". */
static void hide_from_anna(struct world *w, const char *name)
{
	struct fields f = fields_new();
	struct uuid role;

	fields_text(&f, ROLE_NAME, "Without");
	fields_text(&f, ROLE_HIDDEN_FIELDS, name);
	role = world_create(w, KIND_ROLE, &w->mia, &f);
	fields_free(&f);
	f = fields_new();
	fields_id(&f, USER_ROLE, &role);
	assert_int_equal(world_try(w, CHANGE_UPDATE, KIND_USER, &w->anna.id, &f,
				   NULL, 0),
			 OUTRIDER_OK);
	fields_free(&f);
}

/* -------------------------------------------------------------------- tests */

static void a_caller_is_told_in_one_line(void **state)
{
	struct world *w = *state;
	struct customer c = make_customer(w);
	struct firm firm = make_firm(w);
	struct uuid retail = make_desk(w, "Retail", 0, NULL);
	struct uuid wholesale = make_desk(w, "Wholesale", 100000, "EUR");
	struct bytes m;
	struct uuid id;

	(void)retail;
	make_desk(w, "Giants", 10000000, "EUR");
	make_deal(w, &firm, &w->anna,
		  &(struct deal){ &c.company, &c.contact, 0, 100000, "EUR" });
	make_deal(w, &firm, &w->anna,
		  &(struct deal){ &c.company, NULL, 0, 25000, "EUR" });
	make_deal(w, &firm, &w->anna,
		  &(struct deal){ NULL, &c.contact, DEAL_WON, 9900, "EUR" });
	make_call_at(w, &w->anna, &c.contact, HARNESS_START_US - 3 * DAY_US, 0);
	make_payment(w, &w->anna, &c.company, RECEIVED, 200000, "EUR",
		     HARNESS_START_US - 30 * DAY_US);
	m = must_ask(w, &w->anna, "(067) 123-45-67");
	expect_reply(m, NORMALIZED, "+380671234567");
	assert_int_equal(count(m, CONTACTS), 1);
	id = harness_uuid(harness_part(m, CONTACTS, 0), FIELD_ID);
	expect_id(id, &c.contact);
	assert_int_equal(count(m, LEADS), 0);
	assert_int_equal(count(m, COMPANIES), 1);
	id = harness_uuid(harness_part(m, COMPANIES, 0), FIELD_ID);
	expect_id(id, &c.company);
	assert_int_equal(count(m, DEALS), 2);
	/* The newest first. */
	assert_int_equal(harness_scalar(harness_part(m, DEALS, 0), DEAL_AMOUNT),
			 25000);
	expect_id(harness_uuid(m, LAST_USER), &w->anna.id);
	assert_int_equal(harness_scalar(m, TURNOVER), 200000);
	expect_reply(m, CURRENCY, "EUR");
	expect_id(harness_uuid(m, ON_DESK), &wholesale);
	expect_reply(m, SENTENCE,
		     "Olena Koval, head of purchasing at Zernoprom, 2 open "
		     "deals worth 1,250.00 EUR; last with anna on 29 May.");
}

static void every_address_leads_there(void **state)
{
	static const char *const addresses[] = {
		"+380671234567",	   "0671234567",
		"00380671234567",	   "@olena_k",
		"OLENA@zernoprom.EXAMPLE", " Olena_K ",
	};
	struct world *w = *state;
	struct customer c = make_customer(w);

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct bytes m = must_ask(w, &w->anna, addresses[i]);
		struct uuid id =
			harness_uuid(harness_part(m, CONTACTS, 0), FIELD_ID);

		expect_id(id, &c.contact);
	}
}

static void a_stranger_is_nobody(void **state)
{
	struct world *w = *state;
	struct uuid retail = make_desk(w, "Retail", 0, NULL);
	struct bytes m;

	make_desk(w, "Wholesale", 1, "EUR");
	m = must_ask(w, &w->anna, "067 123 45 67");
	expect_reply(m, NORMALIZED, "+380671234567");
	assert_int_equal(count(m, CONTACTS) + count(m, LEADS) +
				 count(m, COMPANIES) + count(m, DEALS),
			 0);
	assert_int_equal(count(m, LAST_USER) + count(m, CURRENCY), 0);
	expect_id(harness_uuid(m, ON_DESK), &retail);
	expect_reply(m, SENTENCE, "+380671234567 is nobody known.");
}

static void a_blank_is_refused(void **state)
{
	static const char *const blanks[] = { "", "  ", "\t" };
	struct world *w = *state;
	char violation[96];

	for (size_t i = 0; i < ARRAY_LEN(blanks); i++) {
		const struct harness_reply *reply = ask(w, &w->anna, blanks[i]);

		assert_int_equal(reply->code, OUTRIDER_INVALID_ARGUMENT);
		harness_violation(violation, reply);
		assert_string_equal(violation, "address");
	}
}

/* Byte for byte what a stranger gets. */
static void a_colleagues_contact_is_nobody(void **state)
{
	struct world *w = *state;
	struct customer c = make_customer(w);
	struct bytes m = must_ask(w, &w->carl, "067 123 45 67");
	struct uuid id;

	assert_int_equal(count(m, CONTACTS) + count(m, COMPANIES), 0);
	expect_reply(m, SENTENCE, "+380671234567 is nobody known.");
	m = must_ask(w, &w->mia, "067 123 45 67");
	id = harness_uuid(harness_part(m, CONTACTS, 0), FIELD_ID);
	expect_id(id, &c.contact);
}

/* A contact that was shared brings nothing else along. */
static void what_is_out_of_sight_is_not_told(void **state)
{
	struct world *w = *state;
	struct customer c = make_customer(w);
	struct firm firm = make_firm(w);
	struct fields f = fields_new();
	struct bytes m;

	make_deal(w, &firm, &w->anna,
		  &(struct deal){ &c.company, &c.contact, 0, 100, "EUR" });
	make_call_at(w, &w->anna, &c.contact, HARNESS_START_US - DAY_US, 0);
	make_payment(w, &w->anna, &c.company, RECEIVED, 200000, "EUR",
		     HARNESS_START_US - DAY_US);
	fields_id(&f, CONTACT_SHARED, &w->carl.id);
	assert_int_equal(world_try(w, CHANGE_UPDATE, KIND_CONTACT, &c.contact,
				   &f, NULL, 0),
			 OUTRIDER_OK);
	fields_free(&f);
	m = must_ask(w, &w->carl, "067 123 45 67");
	assert_int_equal(count(m, CONTACTS), 1);
	assert_int_equal(count(m, COMPANIES) + count(m, DEALS) +
				 count(m, LAST_USER) + count(m, LAST_TIME) +
				 count(m, CURRENCY),
			 0);
	expect_reply(m, SENTENCE, "Olena Koval, head of purchasing.");
	/* With the company, the payments are still another's. */
	f = fields_new();
	fields_id(&f, COMPANY_SHARED, &w->carl.id);
	assert_int_equal(world_try(w, CHANGE_UPDATE, KIND_COMPANY, &c.company,
				   &f, NULL, 0),
			 OUTRIDER_OK);
	fields_free(&f);
	m = must_ask(w, &w->carl, "067 123 45 67");
	assert_int_equal(count(m, COMPANIES), 1);
	assert_int_equal(count(m, CURRENCY) + harness_scalar(m, TURNOVER), 0);
}

static void what_a_role_hides_is_not_told(void **state)
{
	struct world *w = *state;
	struct customer c = make_customer(w);
	struct firm firm = make_firm(w);
	struct uuid retail = make_desk(w, "Retail", 0, NULL);
	struct bytes m;

	make_desk(w, "Wholesale", 1, "EUR");
	make_deal(w, &firm, &w->anna,
		  &(struct deal){ &c.company, NULL, 0, 100, "EUR" });
	make_payment(w, &w->anna, &c.company, RECEIVED, 200000, "EUR",
		     HARNESS_START_US - DAY_US);
	m = must_ask(w, &w->anna, "067 123 45 67");
	/* Cost is for managers. */
	assert_int_equal(harness_scalar(harness_part(m, DEALS, 0), DEAL_COST),
			 0);
	m = must_ask(w, &w->mia, "067 123 45 67");
	assert_int_equal(harness_scalar(harness_part(m, DEALS, 0), DEAL_COST),
			 77);
	hide_from_anna(w, "payment.amount_minor");
	m = must_ask(w, &w->anna, "067 123 45 67");
	assert_int_equal(count(m, CURRENCY) + harness_scalar(m, TURNOVER), 0);
	expect_id(harness_uuid(m, ON_DESK), &retail);
	hide_from_anna(w, "deal.amount_minor");
	m = must_ask(w, &w->anna, "067 123 45 67");
	expect_reply(m, SENTENCE,
		     "Olena Koval, head of purchasing at Zernoprom, 1 open "
		     "deal.");
	hide_from_anna(w, "deal.state");
	m = must_ask(w, &w->anna, "067 123 45 67");
	assert_int_equal(count(m, DEALS), 0);
	hide_from_anna(w, "deal.company_id");
	m = must_ask(w, &w->anna, "067 123 45 67");
	assert_int_equal(count(m, DEALS), 0);
	hide_from_anna(w, "contact.company_ids");
	m = must_ask(w, &w->anna, "067 123 45 67");
	assert_int_equal(count(m, COMPANIES), 0);
	hide_from_anna(w, "contact.phones");
	m = must_ask(w, &w->anna, "067 123 45 67");
	expect_reply(m, SENTENCE, "+380671234567 is nobody known.");
	m = must_ask(w, &w->anna, "@olena_k");
	assert_int_equal(count(m, CONTACTS), 1);
	assert_int_equal(count(harness_part(m, CONTACTS, 0), CONTACT_PHONES),
			 0);
}

static void turnover_is_what_came_in_a_year(void **state)
{
	struct world *w = *state;
	struct customer c = make_customer(w);
	int64_t now = HARNESS_START_US;
	struct bytes m;

	make_payment(w, &w->anna, &c.company, RECEIVED, 500, "EUR",
		     now - 364 * DAY_US);
	make_payment(w, &w->anna, &c.company, RECEIVED, 70000, "EUR",
		     now - 366 * DAY_US);
	make_payment(w, &w->anna, &c.company, PLANNED, 80000, "EUR",
		     now - DAY_US);
	make_payment(w, &w->anna, &c.company, RECEIVED, 90000, "EUR",
		     now + 5 * DAY_US);
	make_payment(w, &w->anna, &c.company, RECEIVED, 300, "UAH",
		     now - DAY_US);
	make_payment(w, &w->anna, &c.company, RECEIVED, -100, "EUR",
		     now - DAY_US);
	m = must_ask(w, &w->anna, "067 123 45 67");
	assert_int_equal(harness_scalar(m, TURNOVER), 400);
	expect_reply(m, CURRENCY, "EUR");
	make_payment(w, &w->anna, &c.company, RECEIVED, 200, "UAH",
		     now - DAY_US);
	m = must_ask(w, &w->anna, "067 123 45 67");
	assert_int_equal(harness_scalar(m, TURNOVER), 500);
	expect_reply(m, CURRENCY, "UAH");
	/* Over the pages of a reading, to its bound; some at one moment. */
	for (size_t i = 0; i < 300; i++)
		make_payment(w, &w->anna, &c.company, RECEIVED, 10, "PLN",
			     now - DAY_US + (int64_t)i / 50);
	m = must_ask(w, &w->anna, "067 123 45 67");
	assert_int_equal(harness_scalar(m, TURNOVER), 2560);
	expect_reply(m, CURRENCY, "PLN");
}

static void a_desk_is_reached_in_its_currency(void **state)
{
	struct world *w = *state;
	struct customer c = make_customer(w);
	struct uuid retail = make_desk(w, "Retail", 0, NULL);
	struct uuid wholesale = make_desk(w, "Wholesale", 1000, "UAH");
	struct bytes m;

	make_desk(w, "Other", 10, "EUR");
	make_payment(w, &w->anna, &c.company, RECEIVED, 999, "UAH",
		     HARNESS_START_US - DAY_US);
	m = must_ask(w, &w->anna, "067 123 45 67");
	expect_id(harness_uuid(m, ON_DESK), &retail);
	make_payment(w, &w->anna, &c.company, RECEIVED, 1, "UAH",
		     HARNESS_START_US - DAY_US);
	m = must_ask(w, &w->anna, "067 123 45 67");
	expect_id(harness_uuid(m, ON_DESK), &wholesale);
}

static void the_last_is_who_spoke_with_them(void **state)
{
	struct world *w = *state;
	struct customer c = make_customer(w);
	int64_t now = HARNESS_START_US;
	struct uuid gone;
	struct bytes m;

	make_call_at(w, &w->anna, &c.contact, now - 9 * DAY_US, 0);
	/* Nobody took it; it is planned; it was deleted. */
	make_call_at(w, &w->ben, &c.contact, now - 2 * DAY_US, CALL_MISSED);
	make_call_at(w, &w->ben, &c.contact, now + 2 * DAY_US, 0);
	gone = make_call_at(w, &w->ben, &c.contact, now - DAY_US, 0);
	world_delete(w, KIND_CALL, &gone);
	m = must_ask(w, &w->mia, "067 123 45 67");
	expect_id(harness_uuid(m, LAST_USER), &w->anna.id);
	/* Letters to the company, by somebody else. */
	make_letter(w, &w->ben, &c.company, now - 10 * DAY_US);
	m = must_ask(w, &w->mia, "067 123 45 67");
	expect_id(harness_uuid(m, LAST_USER), &w->anna.id);
	make_letter(w, &w->ben, &c.company, now - 3 * DAY_US);
	m = must_ask(w, &w->mia, "067 123 45 67");
	expect_id(harness_uuid(m, LAST_USER), &w->ben.id);
	/* Of which Anna, who doesn't see it, hears nothing. */
	m = must_ask(w, &w->anna, "067 123 45 67");
	expect_id(harness_uuid(m, LAST_USER), &w->anna.id);
	expect_reply(m, SENTENCE,
		     "Olena Koval, head of purchasing at Zernoprom; last with "
		     "anna on 23 May.");
}

static void many_deals_have_an_end(void **state)
{
	struct world *w = *state;
	struct customer c = make_customer(w);
	struct firm firm = make_firm(w);
	struct bytes m;

	for (size_t i = 0; i < 11; i++)
		make_deal(w, &firm, &w->anna,
			  &(struct deal){ &c.company, &c.contact, 0, 100,
					  i % 2 ? "EUR" : "UAH" });
	m = must_ask(w, &w->anna, "067 123 45 67");
	assert_int_equal(count(m, DEALS), 10);
	expect_reply(m, SENTENCE,
		     "Olena Koval, head of purchasing at Zernoprom, more than "
		     "10 open deals.");
}

static void several_have_the_number(void **state)
{
	struct world *w = *state;
	struct bytes m;

	make_lead(w, &w->anna, "067 000 00 01", 0);
	make_lead(w, &w->anna, "067 000 00 01", 0);
	make_lead(w, &w->anna, "067 000 00 01", LEAD_STATUS_LOST);
	m = must_ask(w, &w->anna, "067 000 00 01");
	assert_int_equal(count(m, LEADS), 3);
	expect_reply(m, SENTENCE, "Somebody or 2 others.");
}

static void amounts_are_written_as_people_do(void **state)
{
	static const struct {
		int64_t minor;
		const char *code, *text;
	} amounts[] = {
		{ 0, "EUR", "0.00 EUR" },
		{ 5, "EUR", "0.05 EUR" },
		{ 99, "EUR", "0.99 EUR" },
		{ 100, "EUR", "1.00 EUR" },
		{ 99999, "EUR", "999.99 EUR" },
		{ 100000, "EUR", "1,000.00 EUR" },
		{ 123456789, "EUR", "1,234,567.89 EUR" },
		{ -125000, "EUR", "-1,250.00 EUR" },
		{ 1234567, "JPY", "1,234,567 JPY" },
		{ 0, "JPY", "0 JPY" },
		{ 1234567, "KWD", "1,234.567 KWD" },
		{ INT64_MAX, "EUR", "92,233,720,368,547,758.07 EUR" },
		{ INT64_MIN, "JPY", "-9,223,372,036,854,775,808 JPY" },
	};
	char text[MONEY_TEXT_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(amounts); i++) {
		money_text(text, amounts[i].minor, amounts[i].code);
		assert_string_equal(text, amounts[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REGION(a_caller_is_told_in_one_line),
		WITH_REGION(every_address_leads_there),
		WITH_REGION(a_stranger_is_nobody),
		WITH_REGION(a_blank_is_refused),
		WITH_REGION(a_colleagues_contact_is_nobody),
		WITH_REGION(what_is_out_of_sight_is_not_told),
		WITH_REGION(what_a_role_hides_is_not_told),
		WITH_REGION(turnover_is_what_came_in_a_year),
		WITH_REGION(a_desk_is_reached_in_its_currency),
		WITH_REGION(the_last_is_who_spoke_with_them),
		WITH_REGION(many_deals_have_an_end),
		WITH_REGION(several_have_the_number),
		cmocka_unit_test(amounts_are_written_as_people_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
