/*
 * Timelines: what stands in them, what changes are told of, who sees what.
 */
#include "card_world.h"

#include "app/timeline_text.h"
#include "app/write.h"
#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What only the server writes: the lead was made into these. */
struct conversion {
	struct card_test *t;
	struct uuid lead, contact, company, deal;
};

static void set_reference(struct row *row, struct field_set *which,
			  uint32_t number, const struct uuid *id)
{
	if (uuid_is_zero(id))
		return;
	field_set_add(which, number);
	row_value(row, number)->bytes = (struct bytes){ id->at, 16 };
}

static enum outrider_code
run_conversion(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct conversion *c = user;
	const struct entity *entity = schema_entity_named("lead", 4);
	struct write_outcome outcome;
	struct arena arena;
	enum outrider_code code;

	arena_init(&arena, &allocator_libc, 1 << 20);
	struct row *row = row_new(&arena, entity);
	struct write_intent intent = {
		.op = CHANGE_UPDATE,
		.entity = entity,
		.id = c->lead,
		.values = row,
	};
	set_reference(row, &intent.which, LEAD_CONTACT, &c->contact);
	set_reference(row, &intent.which, LEAD_COMPANY, &c->company);
	set_reference(row, &intent.which, LEAD_DEAL, &c->deal);
	code = write_record(&outcome, c->t->harness.app, tx, &intent, &arena,
			    err);
	arena_free(&arena);
	return code;
}

static void convert(struct conversion c)
{
	struct outrider_err err;

	c.t->harness.wall_us += SECOND_US;
	if (store_write_now(c.t->harness.store, run_conversion, &c, &err) !=
	    OUTRIDER_OK)
		fail_msg("%s: %s", err.field, err.text);
}

static void assert_field(const struct card_entry *entry, size_t i,
			 const char *path, const char *before,
			 const char *after)
{
	assert_string_equal(entry->fields[i].path, path);
	assert_string_equal(entry->fields[i].before, before);
	assert_string_equal(entry->fields[i].after, after);
}

static void assert_refused(const struct harness_reply *reply,
			   enum outrider_code code, const char *field)
{
	char found[96];

	assert_int_equal(reply->code, code);
	harness_violation(found, reply);
	assert_string_equal(found, field);
}

/* ---------------------------------------------------------- what is there */

static void test_company(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = card_add_company(t, rep, "Agro");
	struct uuid person = card_add_contact(t, rep, "Shevchenko", &firm);
	struct buffer record = card_deal(t, "Harvest");
	struct uuid sale, note, call, todo, plan;
	struct card_page *page;

	harness_put_uuid(&record, DEAL_COMPANY, &firm);
	sale = card_create(t, rep, "Deal", record);
	note = card_add_note(t, rep, "was there", NOTE_DEAL, &sale, 0);
	call = card_add_note(t, rep, "called", NOTE_CONTACT, &person, 0);
	record = card_named(TASK_SUBJECT, "send it");
	harness_put_uuid(&record, TASK_COMPANY, &firm);
	todo = card_create(t, rep, "Task", record); /* due at no time */
	record = card_named(TASK_SUBJECT, "ask again");
	harness_put_uuid(&record, TASK_COMPANY, &firm);
	wire_put_timestamp(&record, TASK_DUE,
			   t->harness.wall_us + 3600 * SECOND_US);
	plan = card_create(t, rep, "Task", record);

	page = card_first(t, rep, "company", &firm, NULL, 0);
	assert_int_equal(page->n, 8);
	assert_string_equal(page->token, "");
	/* What is to come stands above. */
	card_assert_entry(&page->entries[0], "task", &plan, 0);
	assert_string_equal(page->entries[0].title, "ask again");
	card_assert_entry(&page->entries[1], "task", &todo, 0);
	card_assert_entry(&page->entries[2], "note", &call, 0);
	card_assert_by(&page->entries[2], "contact", &person);
	assert_int_equal(uuid_compare(&page->entries[2].user, &t->rep.id), 0);
	card_assert_entry(&page->entries[3], "note", &note, 0);
	card_assert_by(&page->entries[3], "deal", &sale);
	/* The deal as a record, before it was made: of one moment. */
	card_assert_entry(&page->entries[4], "deal", &sale, 0);
	card_assert_by(&page->entries[4], "", NULL);
	assert_string_equal(page->entries[4].title, "Harvest");
	card_assert_entry(&page->entries[5], "deal", &sale, 1);
	card_assert_by(&page->entries[5], "deal", &sale);
	card_assert_entry(&page->entries[6], "contact", &person, 1);
	assert_string_equal(page->entries[6].title, "Shevchenko");
	card_assert_entry(&page->entries[7], "company", &firm, 1);
	card_assert_by(&page->entries[7], "", NULL);
	for (size_t i = 1; i < page->n; i++)
		assert_true(page->entries[i - 1].at_us >=
			    page->entries[i].at_us);

	/* A contact's has nothing of its company's. */
	page = card_first(t, rep, "contact", &person, NULL, 0);
	assert_int_equal(page->n, 2);
	card_assert_entry(&page->entries[0], "note", &call, 0);
	card_assert_by(&page->entries[0], "", NULL);
}

static void test_once(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = card_add_company(t, rep, "Agro"), people[3], todo;
	static const char *const types[] = { "task", NULL };
	struct buffer record = card_named(TASK_SUBJECT, "meet them all");
	struct card_page *page;

	for (size_t i = 0; i < 3; i++) {
		people[i] = card_add_contact(t, rep, "Bondar", &firm);
		harness_put_uuid(&record, TASK_CONTACTS, &people[i]);
	}
	todo = card_create(t, rep, "Task", record);
	page = card_all(t, rep, "company", &firm, types, 1);
	assert_int_equal(page->n, 1);
	card_assert_entry(&page->entries[0], "task", &todo, 0);
	/* By the newest of those; by nobody once the card is named itself. */
	card_assert_by(&page->entries[0], "contact", &people[2]);
	record = harness_buffer();
	harness_put_uuid(&record, TASK_COMPANY, &firm);
	card_update(t, rep, "Task", &todo, record);
	page = card_all(t, rep, "company", &firm, types, 1);
	assert_int_equal(page->n, 1);
	card_assert_by(&page->entries[0], "", NULL);
}

static void test_converted(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token;
	struct conversion c = { .t = t };
	static const char *const types[] = { "note", "lead", "deal", NULL };
	struct uuid note;
	struct buffer record;
	struct card_page *page;

	c.lead = card_create(t, rep, "Lead", card_named(LEAD_NAME, "somebody"));
	note = card_add_note(t, rep, "wants tractors", NOTE_LEAD, &c.lead, 0);
	c.company = card_add_company(t, rep, "Agro");
	c.contact = card_add_contact(t, rep, "Somebody", &c.company);
	record = card_deal(t, "Tractors");
	harness_put_uuid(&record, DEAL_LEAD, &c.lead);
	c.deal = card_create(t, rep, "Deal", record);
	convert(c);

	page = card_all(t, rep, "company", &c.company, types, 2);
	assert_int_equal(page->n, 3);
	/* The deal refers to the lead, and not to the company. */
	card_assert_entry(&page->entries[0], "deal", &c.deal, 0);
	card_assert_by(&page->entries[0], "lead", &c.lead);
	card_assert_entry(&page->entries[1], "note", &note, 0);
	card_assert_by(&page->entries[1], "lead", &c.lead);
	card_assert_entry(&page->entries[2], "lead", &c.lead, 0);
	card_assert_by(&page->entries[2], "", NULL);
	page = card_all(t, rep, "contact", &c.contact, types, 1);
	assert_int_equal(page->n, 3);
	/* A deal is no entry of its own, though its lead is linked to it. */
	page = card_all(t, rep, "deal", &c.deal, types, 1);
	assert_int_equal(page->n, 2);
	card_assert_entry(&page->entries[0], "note", &note, 0);
	card_assert_entry(&page->entries[1], "lead", &c.lead, 0);
	/* And the lead has what was made of it where that refers to it. */
	page = card_all(t, rep, "lead", &c.lead, types, 1);
	assert_int_equal(page->n, 2);
	card_assert_entry(&page->entries[0], "deal", &c.deal, 0);
}

/* ---------------------------------------------------------------- changes */

static const char *const only_changes[] = { "change", NULL };

static void test_changes(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = card_add_company(t, rep, "Agro");
	struct buffer fields = card_named(COMPANY_NAME, "Agro \"Plus\"");
	struct buffer phone = harness_buffer();
	struct card_page *page;

	wire_put_scalar(&fields, COMPANY_SIZE, 2);
	wire_put_scalar(&fields, COMPANY_EMPLOYEES, 12);
	card_update(t, rep, "Company", &firm, fields);
	fields = harness_buffer();
	harness_put_text(&phone, 1, "+380 67 123-45-67");
	harness_put_text(&phone, 2, "the \"boss\"\n");
	wire_put_bytes(&fields, COMPANY_PHONES, phone.at, phone.len);
	harness_put_text(&fields, COMPANY_CATEGORIES, "grain");
	harness_put_text(&fields, COMPANY_CATEGORIES, "cattle");
	card_update(t, rep, "Company", &firm, fields);
	card_act(t, rep, "Delete", "Company", &firm);
	card_act(t, rep, "Undelete", "Company", &firm);
	fields = harness_buffer();
	harness_put_uuid(&fields, FIELD_OWNER, &t->other.id);
	card_update(t, t->boss.token, "Company", &firm, fields);

	page = card_first(t, t->boss.token, "company", &firm, only_changes, 0);
	assert_int_equal(page->n, 6);
	card_assert_entry(&page->entries[0], "company", &firm, 2);
	assert_int_equal(page->entries[0].n_fields, 1);
	assert_int_equal(uuid_compare(&page->entries[0].user, &t->boss.id), 0);
	assert_string_equal(page->entries[0].title, "Agro \"Plus\"");
	char before[UUID_TEXT_LEN + 1], after[UUID_TEXT_LEN + 1];
	uuid_format(before, &t->rep.id);
	uuid_format(after, &t->other.id);
	assert_field(&page->entries[0], 0, "owner_id", before, after);
	card_assert_entry(&page->entries[1], "company", &firm, 4);
	assert_int_equal(page->entries[1].n_fields, 0);
	card_assert_entry(&page->entries[2], "company", &firm, 3);
	assert_int_equal(page->entries[3].n_fields, 2);
	assert_field(&page->entries[3], 0, "phones", "",
		     "[{\"number\":\"+380 67 123-45-67\","
		     "\"label\":\"the \\\"boss\\\"\\n\","
		     "\"e164\":\"+380671234567\"}]");
	assert_field(&page->entries[3], 1, "categories", "",
		     "[\"cattle\",\"grain\"]");
	assert_int_equal(page->entries[4].n_fields, 3);
	assert_field(&page->entries[4], 0, "display_name", "Agro",
		     "Agro \"Plus\"");
	assert_field(&page->entries[4], 1, "size", "", "COMPANY_SIZE_SMALL");
	assert_field(&page->entries[4], 2, "n_employees", "0", "12");
	card_assert_entry(&page->entries[5], "company", &firm, 1);
	assert_int_equal(page->entries[5].n_fields, 0);
	buffer_free(&phone);
}

static void test_times_and_flags(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid person = card_add_contact(t, rep, "Bondar", NULL);
	struct buffer fields = harness_buffer();
	struct card_page *page;

	wire_put_scalar(&fields, CONTACT_CONSENTED, 1);
	wire_put_timestamp(&fields, CONTACT_CONSENT_TIME,
			   INT64_C(1700000000) * SECOND_US + 250000);
	card_update(t, rep, "Contact", &person, fields);
	fields = harness_buffer();
	wire_put_timestamp(&fields, CONTACT_CONSENT_TIME, -SECOND_US);
	card_update(t, rep, "Contact", &person, fields);
	page = card_first(t, rep, "contact", &person, only_changes, 0);
	assert_int_equal(page->n, 3);
	assert_field(&page->entries[1], 0, "has_consented", "false", "true");
	assert_field(&page->entries[1], 1, "consent_time", "",
		     "2023-11-14T22:13:20.250Z");
	assert_field(&page->entries[0], 0, "consent_time",
		     "2023-11-14T22:13:20.250Z", "1969-12-31T23:59:59Z");
}

/* Four hundred bytes, and no half of a character. */
static void test_cut(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid sale = card_create(t, rep, "Deal", card_deal(t, "Long"));
	char text[1202] = "x";
	struct card_page *page;

	for (size_t i = 0; i < 600; i++)
		memcpy(text + 1 + 2 * i, "\xd0\x96", 2);
	text[1201] = 0;
	card_update(t, rep, "Deal", &sale, card_named(DEAL_DESCRIPTION, text));
	page = card_first(t, rep, "deal", &sale, only_changes, 1);
	assert_int_equal(strlen(page->entries[0].fields[0].after), 399);
	assert_memory_equal(page->entries[0].fields[0].after, text, 399);
}

/* The texts of each type, those of doubles read back as the same number. */
static void test_texts_of_types(void **state)
{
	static const struct enum_value values[] = { { "NONE", 0 },
						    { "SOME", 3 } };
	static const struct enum_type type = { "Type", values, 2 };
	static const struct {
		struct field field;
		struct value value;
		const char *text;
	} cases[] = {
		{ { .type = FIELD_DOUBLE }, { .d = 0.1 }, "0.1" },
		{ { .type = FIELD_DOUBLE }, { .d = -1e300 }, "-1e+300" },
		{ { .type = FIELD_DOUBLE },
		  { .d = 50.123456789012345 },
		  "50.123456789012344" },
		{ { .type = FIELD_INT64 },
		  { .i = INT64_MIN },
		  "-9223372036854775808" },
		{ { .type = FIELD_UINT64 },
		  { .i = -1 },
		  "18446744073709551615" },
		{ { .type = FIELD_ENUM, .values = &type }, { .i = 3 }, "SOME" },
		{ { .type = FIELD_ENUM, .values = &type }, { .i = 4 }, "4" },
		{ { .type = FIELD_ENUM, .values = &type }, { .i = 0 }, "" },
		{ { .type = FIELD_BOOL }, { .i = 0 }, "false" },
		{ { .type = FIELD_BYTES },
		  { .bytes = { (const uint8_t *)"\x01\xfe", 2 } },
		  "01fe" },
		{ { .type = FIELD_TIMESTAMP }, { .i = 0 }, "" },
		{ { .type = FIELD_TIMESTAMP },
		  { .i = INT64_C(253402300799999999) },
		  "9999-12-31T23:59:59.999999Z" },
		{ { .type = FIELD_INT32, .flags = FIELD_IS_REPEATED },
		  { .bytes = { (const uint8_t *)"\x0a\x03\x01\x80\x01", 5 } },
		  "[1,128]" },
		{ { .type = FIELD_INT32, .flags = FIELD_IS_REPEATED },
		  { .bytes = { NULL, 0 } },
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct field field = cases[i].field;
		struct timeline_text text;

		field.number = 1;
		timeline_text_init(&text, 400);
		timeline_text_value(&text, &field, &cases[i].value);
		timeline_text_end(&text);
		assert_int_equal(text.len, strlen(cases[i].text));
		assert_memory_equal(text.at, cases[i].text, text.len);
	}
}

static void test_text_ends_between_characters(void **state)
{
	static const char *const characters[] = { "a", "\xd0\x96",
						  "\xe2\x82\xac",
						  "\xf0\x9f\x9a\x9c" };

	(void)state;
	for (size_t k = 0; k < 4; k++) {
		for (size_t max = 0; max < 12; max++) {
			struct timeline_text text;
			char whole[64] = "";
			size_t len = strlen(characters[k]);

			for (size_t i = 0; i < 8; i++)
				strncat(whole, characters[k],
					sizeof(whole) - strlen(whole) - 1);
			const struct field field = { .type = FIELD_STRING };
			const struct value value = {
				.bytes = { (const uint8_t *)whole,
					   strlen(whole) },
			};
			timeline_text_init(&text, max);
			timeline_text_value(&text, &field, &value);
			timeline_text_end(&text);
			size_t wanted = max / len < 8 ? max / len * len
						      : 8 * len;
			assert_int_equal(text.len, wanted);
			assert_memory_equal(text.at, whole, wanted);
		}
	}
}

/* ----------------------------------------------------------- who sees what */

static void test_hidden_fields(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token, *boss = t->boss.token;
	struct uuid sale =
		card_create(t, rep, "Deal", card_deal(t, "Tractors"));
	struct buffer fields = harness_buffer();
	struct card_page *page;

	wire_put_scalar(&fields, DEAL_COST, 5000);
	card_update(t, boss, "Deal", &sale, fields);
	fields = card_named(DEAL_NAME, "Two tractors");
	wire_put_scalar(&fields, DEAL_COST, 9000);
	card_update(t, boss, "Deal", &sale, fields);
	page = card_first(t, boss, "deal", &sale, only_changes, 0);
	assert_int_equal(page->n, 3);
	assert_field(&page->entries[1], 0, "cost_minor", "0", "5000");
	/* What changed for managers alone is no entry to a rep. */
	page = card_all(t, rep, "deal", &sale, only_changes, 1);
	assert_int_equal(page->n, 2);
	card_assert_entry(&page->entries[0], "deal", &sale, 2);
	assert_int_equal(page->entries[0].n_fields, 1);
	assert_field(&page->entries[0], 0, "display_name", "Tractors",
		     "Two tractors");
	card_assert_entry(&page->entries[1], "deal", &sale, 1);
}

static void test_hidden_custom(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token, *boss = t->boss.token;
	struct buffer record = card_named(COMPANY_NAME, "Agro");
	struct buffer fields = harness_buffer();
	struct uuid firm, open, secret;
	struct card_page *page;
	char text[128], id[UUID_TEXT_LEN + 1];

	harness_put_uuid(&record, FIELD_OWNER, &t->rep.id);
	firm = card_create(t, boss, "Company", record);
	card_first(t, rep, "company", &firm, NULL, 0);
	for (int i = 0; i < 2; i++) {
		record = card_named(10, "company");
		harness_put_text(&record, 11, i ? "secret" : "open");
		harness_put_text(&record, 12, i ? "Secret" : "Open");
		wire_put_scalar(&record, 13, 1); /* text */
		if (i)
			wire_put_scalar(&record, 17, RANK_MANAGER);
		*(i ? &secret : &open) = card_create(t, t->harness.admin_token,
						     "CustomField", record);
	}
	for (int i = 0; i < 2; i++) {
		struct buffer value = harness_buffer();

		harness_put_uuid(&value, 1, i ? &secret : &open);
		harness_put_text(&value, 2, i ? "hush" : "hello");
		wire_put_bytes(&fields, CUSTOM, value.at, value.len);
		buffer_free(&value);
		struct buffer copy = harness_buffer();
		buffer_append(&copy, fields.at, fields.len);
		card_update(t, boss, "Company", &firm, copy);
	}
	buffer_free(&fields);
	page = card_first(t, boss, "company", &firm, only_changes, 0);
	assert_int_equal(page->n, 3);
	assert_non_null(strstr(page->entries[0].fields[0].after, "hush"));
	page = card_first(t, rep, "company", &firm, only_changes, 0);
	assert_int_equal(page->n, 2);
	assert_int_equal(page->entries[0].n_fields, 1);
	uuid_format(id, &open);
	snprintf(text, sizeof(text),
		 "[{\"custom_field_id\":\"%s\",\"text\":\"hello\"}]", id);
	assert_field(&page->entries[0], 0, "custom", "", text);
}

/* What a role hides is no entry, no way to one, and no moment of one. */
static void test_roles(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = card_add_company(t, rep, "Agro");
	struct uuid person = card_add_contact(t, rep, "Bondar", &firm);
	static const char *const notes[] = { "note", NULL };
	static const char *const tasks[] = { "task", NULL };
	struct buffer record = card_named(TASK_SUBJECT, "call");
	struct card_page *page;

	card_add_note(t, rep, "here", NOTE_COMPANY, &firm, 0);
	card_add_note(t, rep, "there", NOTE_CONTACT, &person, 0);
	harness_put_uuid(&record, TASK_COMPANY, &firm);
	card_create(t, rep, "Task", record);
	assert_int_equal(card_all(t, rep, "company", &firm, NULL, 0)->n, 5);
	card_hide(t, "note.company_id", NULL);
	page = card_all(t, rep, "company", &firm, notes, 0);
	assert_int_equal(page->n, 1);
	card_assert_by(&page->entries[0], "contact", &person);
	card_hide(t, "contact.company_ids", NULL);
	page = card_all(t, rep, "company", &firm, NULL, 0);
	assert_int_equal(page->n, 3);
	for (size_t i = 0; i < page->n; i++)
		card_assert_by(&page->entries[i], "", NULL);
	card_hide(t, "task.due_time", NULL);
	assert_refused(card_ask(t, rep, "company", &firm, tasks, 0, NULL),
		       OUTRIDER_INVALID_ARGUMENT, "types[0]");
	assert_int_equal(card_all(t, rep, "company", &firm, NULL, 0)->n, 4);
	card_hide(t, NULL, "note");
	assert_refused(card_ask(t, rep, "company", &firm, notes, 0, NULL),
		       OUTRIDER_INVALID_ARGUMENT, "types[0]");
	assert_int_equal(card_all(t, rep, "company", &firm, NULL, 0)->n, 3);
	card_hide(t, NULL, "company");
	assert_refused(card_ask(t, rep, "company", &firm, NULL, 0, NULL),
		       OUTRIDER_INVALID_ARGUMENT, "kind");
}

static void test_sight(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token, *other = t->other.token;
	struct uuid firm, theirs, mine, note, hidden, shown;
	struct buffer record = card_named(COMPANY_NAME, "Agro");
	struct card_page *page;

	/* Both see the company; each has a contact of their own there. */
	harness_put_uuid(&record, SHARED_USERS, &t->other.id);
	firm = card_create(t, rep, "Company", record);
	mine = card_add_contact(t, rep, "Mine", &firm);
	theirs = card_add_contact(t, other, "Theirs", &firm);
	note = card_add_note(t, rep, "seen", NOTE_CONTACT, &mine, 0);
	hidden = card_add_note(t, other, "not seen", NOTE_COMPANY, &firm, 0);
	/* Shared with the rep, but by way of what the rep doesn't see. */
	record = card_named(NOTE_TEXT, "shown where it hangs");
	harness_put_uuid(&record, NOTE_CONTACT, &theirs);
	harness_put_uuid(&record, SHARED_USERS, &t->rep.id);
	shown = card_create(t, other, "Note", record);

	page = card_first(t, rep, "company", &firm, NULL, 0);
	assert_int_equal(page->n, 3);
	card_assert_entry(&page->entries[0], "note", &note, 0);
	card_assert_entry(&page->entries[1], "contact", &mine, 1);
	card_assert_entry(&page->entries[2], "company", &firm, 1);
	page = card_first(t, t->boss.token, "company", &firm, NULL, 0);
	assert_int_equal(page->n, 6);
	card_assert_entry(&page->entries[0], "note", &shown, 0);
	card_assert_entry(&page->entries[1], "note", &hidden, 0);

	/* A card that isn't seen and one that isn't there are the same. */
	struct harness_reply first_reply =
		*card_ask(t, rep, "contact", &theirs, NULL, 0, NULL);
	struct uuid none = harness_new_uuid(&t->harness);
	const struct harness_reply *reply =
		card_ask(t, rep, "contact", &none, NULL, 0, NULL);
	assert_int_equal(first_reply.code, OUTRIDER_NOT_FOUND);
	assert_int_equal(reply->code, OUTRIDER_NOT_FOUND);
	assert_string_equal(first_reply.text, reply->text);
	reply = card_ask(t, rep, "company", &mine, NULL, 0, NULL);
	assert_int_equal(reply->code, OUTRIDER_NOT_FOUND);
}

static void test_deleted(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = card_add_company(t, rep, "Agro");
	struct uuid person = card_add_contact(t, rep, "Gone", &firm);
	struct uuid note =
		card_add_note(t, rep, "kept", NOTE_CONTACT, &person, 0);
	struct uuid lost =
		card_add_note(t, rep, "lost", NOTE_CONTACT, &person, 0);
	struct card_page *page;

	card_act(t, rep, "Delete", "Note", &lost);
	card_act(t, rep, "Delete", "Contact", &person);
	page = card_first(t, rep, "company", &firm, NULL, 0);
	assert_int_equal(page->n, 4);
	card_assert_entry(&page->entries[0], "contact", &person, 3);
	card_assert_entry(&page->entries[1], "note", &note, 0);
	/* Of a deleted card, as Get shows one. */
	card_act(t, rep, "Delete", "Company", &firm);
	assert_int_equal(card_first(t, rep, "company", &firm, NULL, 0)->n, 5);
}

static void test_bad_requests(void **state)
{
	struct card_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = card_add_company(t, rep, "Agro");
	static const char *const unknown[] = { "note", "contact", NULL };
	static const char *const notes[] = { "note", NULL };
	struct uuid second;
	const struct harness_reply *reply;
	char token[128];

	assert_refused(card_ask(t, rep, "compny", &firm, NULL, 0, NULL),
		       OUTRIDER_INVALID_ARGUMENT, "kind");
	reply = card_ask(t, rep, "company", &firm, unknown, 0, NULL);
	assert_refused(reply, OUTRIDER_INVALID_ARGUMENT, "types[1]");
	assert_non_null(strstr(reply->text, "meeting, "));
	assert_non_null(strstr(reply->text, "change"));
	assert_refused(card_ask(t, rep, "company", &firm, NULL, 0, "AAAA"),
		       OUTRIDER_INVALID_ARGUMENT, "page_token");

	second = card_add_company(t, rep, "Beta");
	for (size_t i = 0; i < 3; i++)
		card_add_note(t, rep, "n", NOTE_COMPANY, &firm, 0);
	snprintf(token, sizeof(token), "%s",
		 card_first(t, rep, "company", &firm, NULL, 2)->token);
	assert_int_not_equal(strlen(token), 0);
	assert_int_equal(
		card_ask(t, rep, "company", &firm, NULL, 9, token)->code,
		OUTRIDER_OK);
	assert_refused(card_ask(t, rep, "company", &second, NULL, 0, token),
		       OUTRIDER_INVALID_ARGUMENT, "page_token");
	assert_refused(card_ask(t, rep, "company", &firm, notes, 0, token),
		       OUTRIDER_INVALID_ARGUMENT, "page_token");
	assert_refused(card_ask(t, t->boss.token, "company", &firm, NULL, 0,
				token),
		       OUTRIDER_INVALID_ARGUMENT, "page_token");
	token[3] ^= 1;
	assert_refused(card_ask(t, rep, "company", &firm, NULL, 0, token),
		       OUTRIDER_INVALID_ARGUMENT, "page_token");
}

int main(void)
{
#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, card_open_firm, card_close_firm)
	const struct CMUnitTest tests[] = {
		TEST(test_company),
		TEST(test_once),
		TEST(test_converted),
		TEST(test_changes),
		TEST(test_times_and_flags),
		TEST(test_cut),
		cmocka_unit_test(test_texts_of_types),
		cmocka_unit_test(test_text_ends_between_characters),
		TEST(test_hidden_fields),
		TEST(test_hidden_custom),
		TEST(test_roles),
		TEST(test_sight),
		TEST(test_deleted),
		TEST(test_bad_requests),
	};

	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
