/*
 * complete: the one form of a number or an address, in records by the standard
 * methods and by Push.
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

#include "app/complete.h"
#include "app/region.h"

static const struct bytes nothing = { NULL, 0 };

/* --------------------------------------------------------------- addresses */

static void an_address_is_what_it_looks_like(void **state)
{
	static const struct {
		const char *text;
		enum field_handle type;
		const char *normal;
	} looks[] = {
		{ "Anna@Example.COM", HANDLE_EMAIL, "anna@example.com" },
		{ " anna@example.com\n", HANDLE_EMAIL, "anna@example.com" },
		{ "067 123 45 67", HANDLE_PHONE, "+380671234567" },
		{ "+380671234567", HANDLE_PHONE, "+380671234567" },
		{ "(067) 1234567", HANDLE_PHONE, "+380671234567" },
		{ "tel:0671234567", HANDLE_PHONE, "+380671234567" },
		{ "@Anna_Koval", HANDLE_MESSENGER, "anna_koval" },
		{ "anna_koval", HANDLE_MESSENGER, "anna_koval" },
		/* An account with a number's digits in it is an account. */
		{ "anna0671234567", HANDLE_MESSENGER, "anna0671234567" },
		/* Found by its digits, if not by a form. */
		{ "101", HANDLE_PHONE, "101" },
		{ "234-56-78", HANDLE_PHONE, "234-56-78" },
		{ "12.05.2026 call", HANDLE_MESSENGER, "12.05.2026 call" },
		{ "anna@home", HANDLE_MESSENGER, "anna@home" },
		{ "", HANDLE_NONE, "" },
		{ " \t ", HANDLE_NONE, "" },
	};
	struct address address;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		struct bytes text = { (const uint8_t *)looks[i].text,
				      strlen(looks[i].text) };

		address_read(&address, text, "UA");
		if (address.text.len != strlen(looks[i].normal) ||
		    memcmp(address.room, looks[i].normal, address.text.len) !=
			    0 ||
		    address.type != looks[i].type)
			fail_msg("'%s' is '%.*s' of type %d", looks[i].text,
				 (int)address.text.len, address.room,
				 (int)address.type);
	}
}

static void an_address_too_long_is_none(void **state)
{
	struct address address;
	uint8_t text[400];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[200] = '@';
	text[300] = '.';
	address_read(&address, (struct bytes){ text, sizeof(text) }, "UA");
	assert_int_equal(address.text.len, 0);
	address_read(&address, nothing, "UA");
	assert_int_equal(address.text.len, 0);
}

/* -------------------------------------------------------------- completion */

static void phones_get_their_e164(void **state)
{
	struct world *w = *state;
	struct fields f = fields_new();
	struct uuid id;

	fields_text(&f, CONTACT_FAMILY_NAME, "Koval");
	put_nested(&f, CONTACT_PHONES, "(067) 123-45-67 ext. 5", "work", NULL);
	/* What a client says of it counts for nothing. */
	put_nested(&f, CONTACT_PHONES, "050 123 45 67", NULL, "+15550000000");
	put_nested(&f, CONTACT_PHONES, "101", "inside", "+15550000000");
	id = must_send(w, "ContactService/CreateContact", &w->anna, &f);
	expect_e164(w, KIND_CONTACT, &id, CONTACT_PHONES, 0, "+380671234567");
	expect_e164(w, KIND_CONTACT, &id, CONTACT_PHONES, 1, "+380501234567");
	expect_e164(w, KIND_CONTACT, &id, CONTACT_PHONES, 2, "");
	f = fields_new();
	fields_id(&f, FIELD_ID, &id);
	put_nested(&f, CONTACT_PHONES, "050 765 43 21", NULL, "+380671234567");
	must_send(w, "ContactService/UpdateContact", &w->anna, &f);
	expect_e164(w, KIND_CONTACT, &id, CONTACT_PHONES, 0, "+380507654321");
}

static void without_a_region_only_plus_is_read(void **state)
{
	struct world *w = *state;
	struct uuid id;

	id = make_contact(w, &w->anna, "067 123 45 67", NULL);
	expect_e164(w, KIND_CONTACT, &id, CONTACT_PHONES, 0, "");
	id = make_contact(w, &w->anna, "+38 067 123 45 67", NULL);
	expect_e164(w, KIND_CONTACT, &id, CONTACT_PHONES, 0, "+380671234567");
}

static void a_calls_number_is_normalised(void **state)
{
	struct world *w = *state;
	struct fields f = call_fields("067 123 45 67");
	struct uuid id;

	fields_text(&f, CALL_E164, "+15550000000");
	id = must_send(w, "CallService/CreateCall", &w->anna, &f);
	expect_text(w, KIND_CALL, &id, CALL_E164, "+380671234567");
	f = fields_new();
	fields_id(&f, FIELD_ID, &id);
	fields_text(&f, CALL_SUBJECT, "Barley");
	must_send(w, "CallService/UpdateCall", &w->anna, &f);
	expect_text(w, KIND_CALL, &id, CALL_E164, "+380671234567");
	f = fields_new();
	fields_id(&f, FIELD_ID, &id);
	fields_text(&f, CALL_PHONE_NUMBER, "050 123 45 67");
	must_send(w, "CallService/UpdateCall", &w->anna, &f);
	expect_text(w, KIND_CALL, &id, CALL_E164, "+380501234567");
	f = fields_new();
	fields_id(&f, FIELD_ID, &id);
	fields_text(&f, CALL_PHONE_NUMBER, "101");
	must_send(w, "CallService/UpdateCall", &w->anna, &f);
	expect_text(w, KIND_CALL, &id, CALL_E164, "");
}

static void a_messages_address_is_its_channels(void **state)
{
	static const struct {
		unsigned channel;
		const char *address, *normal;
	} forms[] = {
		{ MESSAGE_CHANNEL_EMAIL, " Anna@Example.com ",
		  "anna@example.com" },
		{ MESSAGE_CHANNEL_SMS, "067 123 45 67", "+380671234567" },
		{ MESSAGE_CHANNEL_SMS, "ZERNOPROM", "zernoprom" },
		{ MESSAGE_CHANNEL_CHAT, "@Anna", "anna" },
		{ MESSAGE_CHANNEL_CHAT, "+38067 123 45 67", "+380671234567" },
		/* A network's own number of somebody. */
		{ MESSAGE_CHANNEL_CHAT, "0671234567", "0671234567" },
		{ MESSAGE_CHANNEL_SMS, "7979", "7979" },
		{ MESSAGE_CHANNEL_SOCIAL, "anna.koval", "anna.koval" },
		{ MESSAGE_CHANNEL_LETTER, "1 Elm Street", "1 elm street" },
	};
	struct world *w = *state;
	struct fields f;
	struct uuid id;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		id = make_message(w, &w->anna, forms[i].channel,
				  forms[i].address);
		expect_text(w, KIND_MESSAGE, &id, MESSAGE_NORMALIZED,
			    forms[i].normal);
	}
	/* Only the channel changes, and what the text is with it. */
	id = make_message(w, &w->anna, MESSAGE_CHANNEL_LETTER, "067 123 45 67");
	expect_text(w, KIND_MESSAGE, &id, MESSAGE_NORMALIZED, "067 123 45 67");
	f = fields_new();
	fields_id(&f, FIELD_ID, &id);
	fields_number(&f, MESSAGE_CHANNEL, MESSAGE_CHANNEL_SMS);
	must_send(w, "MessageService/UpdateMessage", &w->anna, &f);
	expect_text(w, KIND_MESSAGE, &id, MESSAGE_NORMALIZED, "+380671234567");
}

/* -------------------------------------------------------------------- push */

static void put_phone_edit(struct model_phone *p, enum model_op op,
			   const struct uuid *id, const char *phone,
			   const char *e164)
{
	struct fields f = fields_new();

	if (op == MODEL_CREATE)
		fields_text(&f, CONTACT_FAMILY_NAME, "Koval");
	put_nested(&f, CONTACT_PHONES, phone, NULL, e164);
	world_tick((struct world *)p->h);
	model_edit(p, op, KIND_CONTACT, id, fields_bytes(&f), NULL, 0);
	fields_free(&f);
}

static void a_phone_gets_what_the_server_added(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);

	model_pull_all(&anna);
	put_phone_edit(&anna, MODEL_CREATE, &id, "067 123 45 67", NULL);
	model_push_all(&anna);
	model_pull_all(&anna);
	model_check(&anna);
	expect_e164(w, KIND_CONTACT, &id, CONTACT_PHONES, 0, "+380671234567");
	/* It has the rest of what it made. */
	assert_int_equal(anna.n_whole, 0);
	put_phone_edit(&anna, MODEL_UPDATE, &id, "050 123 45 67",
		       "+380671234567");
	model_push_all(&anna);
	model_pull_all(&anna);
	model_check(&anna);
	expect_e164(w, KIND_CONTACT, &id, CONTACT_PHONES, 0, "+380501234567");
	model_close(&anna);
}

/* What it says anew stands already, but for what the server had added. */
static void a_phone_that_forgets_the_addition_gets_it_back(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = make_contact(w, &w->anna, "067 123 45 67", NULL);
	struct fields f = fields_new();

	model_pull_all(&anna);
	/* Somebody writes another field: the card is older than the record. */
	world_set(w, KIND_CONTACT, &id, CONTACT_POSITION, "buyer");
	put_nested(&f, CONTACT_PHONES, "067 123 45 67", "work", NULL);
	model_edit(&anna, MODEL_UPDATE, KIND_CONTACT, &id, fields_bytes(&f),
		   NULL, 0);
	fields_free(&f);
	model_push_all(&anna);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

/* ------------------------------------------------------------------ region */

static size_t change_region(struct world *w, const char *region)
{
	struct outrider_err err;
	size_t n_changed;

	world_tick(w);
	if (region_change(w->h.store, &w->h.context, region, &n_changed,
			  &err) != OUTRIDER_OK)
		fail_msg("%s", err.text);
	memcpy(w->h.config.region, region, 3);
	harness_restart(&w->h);
	return n_changed;
}

static void a_region_changes_what_is_there(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid first = make_contact(w, &w->anna, "067 123 45 67", NULL);
	struct uuid plain = make_contact(w, &w->anna, NULL, NULL);
	struct uuid lead = make_lead(w, &w->ben, "067 123 45 67", 0);
	struct uuid call = make_call(w, &w->anna, "067 765 43 21");
	struct uuid gone = make_contact(w, &w->anna, "067 123 45 67", NULL);
	uint64_t plain_rev = world_row(w, KIND_CONTACT, &plain)->rev;
	struct outrider_err err;
	struct uuid last = first;
	char region[PHONE_REGION_LEN + 1];

	/* More than are gone over at once. */
	for (size_t i = 0; i < 130; i++)
		last = make_contact(w, &w->carl, "067 123 45 67", NULL);
	world_delete(w, KIND_CONTACT, &gone);
	model_pull_all(&anna);
	assert_int_equal(region_read(region, w->h.store, &err), OUTRIDER_OK);
	assert_string_equal(region, "");
	/* The first contact, Ben's lead, the call and its lead, and Carl's. */
	assert_int_equal(change_region(w, "UA"), 1 + 1 + 2 + 130);
	assert_int_equal(region_read(region, w->h.store, &err), OUTRIDER_OK);
	assert_string_equal(region, "UA");
	expect_e164(w, KIND_CONTACT, &first, CONTACT_PHONES, 0,
		    "+380671234567");
	expect_e164(w, KIND_CONTACT, &last, CONTACT_PHONES, 0, "+380671234567");
	expect_e164(w, KIND_LEAD, &lead, LEAD_PHONES, 0, "+380671234567");
	expect_text(w, KIND_CALL, &call, CALL_E164, "+380677654321");
	expect_e164(w, KIND_CONTACT, &gone, CONTACT_PHONES, 0, "");
	assert_int_equal(world_row(w, KIND_CONTACT, &plain)->rev, plain_rev);
	model_pull_all(&anna);
	model_check(&anna);
	/* Nothing is left to do; and another region finds everything again. */
	assert_int_equal(change_region(w, "UA"), 0);
	assert_int_equal(change_region(w, "GB"), 134);
	expect_text(w, KIND_CALL, &call, CALL_E164, "+44677654321");
	model_close(&anna);
}

/* More people than are listed at once, each with a contact. */
static void a_region_changes_what_everybody_has(void **state)
{
	enum { MANY = 210 };
	struct world *w = *state;

	for (int i = 0; i < MANY; i++) {
		struct harness_user rep;
		char login[20];

		snprintf(login, sizeof(login), "rep%d", i);
		rep = harness_add_user(&w->h, login, RANK_REP, &w->south);
		make_contact(w, &rep, "067 123 45 67", NULL);
	}
	assert_int_equal(change_region(w, "UA"), MANY);
}

static void a_region_is_one_that_exists(void **state)
{
	static const char *const wrong[] = { "", "U", "ua", "XX", "UKR" };
	struct world *w = *state;
	struct outrider_err err;
	size_t n_changed;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(region_change(w->h.store, &w->h.context,
					       wrong[i], &n_changed, &err),
				 OUTRIDER_INVALID_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_what_it_looks_like),
		cmocka_unit_test(an_address_too_long_is_none),
		WITH_REGION(phones_get_their_e164),
		WITH_WORLD(without_a_region_only_plus_is_read),
		WITH_REGION(a_calls_number_is_normalised),
		WITH_REGION(a_messages_address_is_its_channels),
		WITH_REGION(a_phone_gets_what_the_server_added),
		WITH_REGION(a_phone_that_forgets_the_addition_gets_it_back),
		WITH_WORLD(a_region_changes_what_is_there),
		WITH_WORLD(a_region_changes_what_everybody_has),
		WITH_WORLD(a_region_is_one_that_exists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
