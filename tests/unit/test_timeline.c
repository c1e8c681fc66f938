/*
 * Timelines: what stands in them, in which order, who sees it, and pages that
 * stay right while more is written; at the end against a model that knows no
 * lanes and no pages.
 */
#include "app_harness.h"

#include "app/timeline_text.h"
#include "app/write.h"
#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Numbers of the contract. */
enum {
	COMPANY_NAME = 10,
	COMPANY_PHONES = 15,
	COMPANY_CATEGORIES = 18,
	COMPANY_SIZE = 23,
	COMPANY_EMPLOYEES = 24,
	CONTACT_FAMILY_NAME = 11,
	CONTACT_COMPANIES = 14,
	CONTACT_CONSENTED = 22,
	CONTACT_CONSENT_TIME = 23,
	DEAL_NAME = 10,
	DEAL_COMPANY = 11,
	DEAL_CONTACTS = 12,
	DEAL_PIPELINE = 13,
	DEAL_STAGE = 14,
	DEAL_COST = 18,
	DEAL_LEAD = 32,
	DEAL_DESCRIPTION = 33,
	LEAD_NAME = 10,
	LEAD_CONTACT = 28,
	LEAD_COMPANY = 29,
	LEAD_DEAL = 30,
	NOTE_TEXT = 10,
	NOTE_COMPANY = 11,
	NOTE_CONTACT = 12,
	NOTE_TIME = 14,
	NOTE_LEAD = 15,
	NOTE_DEAL = 16,
	TASK_SUBJECT = 10,
	TASK_DUE = 12,
	TASK_COMPANY = 19,
	TASK_CONTACTS = 20,
	CUSTOM = 250,
	SHARED_USERS = 251,
};

#define SECOND_US   INT64_C(1000000)
#define ENTRIES_MAX 4096

struct entry {
	int64_t at_us;
	char kind[41];
	struct uuid id;
	char title[1001];
	struct uuid user;
	char by_kind[41];
	struct uuid by_id;
	uint64_t change; /* its type; 0: a record */
	size_t n_fields;
	struct {
		char path[101], before[401], after[401];
	} fields[4];
};

struct page {
	size_t n;
	struct entry *entries;
	char token[128];
};

struct timeline_test {
	struct app_harness harness;
	struct uuid north;
	struct harness_user rep, other, boss;
	struct uuid pipeline, stage;
	struct page page;
	struct page all;
};

/* ---------------------------------------------------------------- writing */

static void put_time(struct buffer *out, uint32_t number, int64_t us)
{
	wire_put_timestamp(out, number, us);
}

static const struct harness_reply *
write_to(struct timeline_test *t, const char *token, const char *verb,
	 const char *kind, const struct buffer *record)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	char path[96];

	wire_put_bytes(&request, 1, record->at, record->len);
	snprintf(path, sizeof(path), "%sService/%s%s", kind, verb, kind);
	reply = harness_call(&t->harness, path, token, request.at, request.len);
	buffer_free(&request);
	if (reply->code != OUTRIDER_OK)
		fail_msg("%s: %s: %s", path, code_name(reply->code),
			 reply->text);
	return reply;
}

/* Takes the record; a second goes by. */
static struct uuid create(struct timeline_test *t, const char *token,
			  const char *kind, struct buffer record)
{
	struct uuid id;

	t->harness.wall_us += SECOND_US;
	id = harness_uuid(write_to(t, token, "Create", kind, &record)->message,
			  FIELD_ID);
	buffer_free(&record);
	return id;
}

/* Takes the fields. */
static void update(struct timeline_test *t, const char *token, const char *kind,
		   const struct uuid *id, struct buffer fields)
{
	t->harness.wall_us += SECOND_US;
	harness_put_uuid(&fields, FIELD_ID, id);
	write_to(t, token, "Update", kind, &fields);
	buffer_free(&fields);
}

static void act_on(struct timeline_test *t, const char *token, const char *verb,
		   const char *kind, const struct uuid *id)
{
	struct buffer request = harness_buffer();
	char path[96], text[UUID_TEXT_LEN + 1];
	const struct harness_reply *reply;

	t->harness.wall_us += SECOND_US;
	uuid_format(text, id);
	harness_put_text(&request, 1, text);
	snprintf(path, sizeof(path), "%sService/%s%s", kind, verb, kind);
	reply = harness_call(&t->harness, path, token, request.at, request.len);
	buffer_free(&request);
	assert_int_equal(reply->code, OUTRIDER_OK);
}

static struct buffer named(uint32_t number, const char *name)
{
	struct buffer record = harness_buffer();

	harness_put_text(&record, number, name);
	return record;
}

static struct uuid
add_company(struct timeline_test *t, const char *token, const char *name)
{
	return create(t, token, "Company", named(COMPANY_NAME, name));
}

static struct uuid add_contact(struct timeline_test *t, const char *token,
			       const char *name, const struct uuid *company)
{
	struct buffer record = named(CONTACT_FAMILY_NAME, name);

	if (company)
		harness_put_uuid(&record, CONTACT_COMPANIES, company);
	return create(t, token, "Contact", record);
}

static struct buffer deal(struct timeline_test *t, const char *name)
{
	struct buffer record = named(DEAL_NAME, name);

	harness_put_uuid(&record, DEAL_PIPELINE, &t->pipeline);
	harness_put_uuid(&record, DEAL_STAGE, &t->stage);
	return record;
}

/* A note that refers to something by a field, written so long before it is
 * created. */
static struct uuid add_note(struct timeline_test *t, const char *token,
			    const char *text, uint32_t field,
			    const struct uuid *target, int64_t ago_us)
{
	struct buffer record = named(NOTE_TEXT, text);

	harness_put_uuid(&record, field, target);
	put_time(&record, NOTE_TIME, t->harness.wall_us + SECOND_US - ago_us);
	return create(t, token, "Note", record);
}

/* What only the server writes: the lead was made into these. */
struct conversion {
	struct timeline_test *t;
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

/* ---------------------------------------------------------------- reading */

static const struct harness_reply *
ask(struct timeline_test *t, const char *token, const char *kind,
    const struct uuid *id, const char *const *types, uint64_t size,
    const char *page_token)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_text(&request, 1, kind);
	harness_put_uuid(&request, 2, id);
	for (size_t i = 0; types && types[i]; i++)
		harness_put_text(&request, 3, types[i]);
	wire_put_scalar(&request, 4, size);
	if (page_token)
		harness_put_text(&request, 5, page_token);
	reply = harness_call(&t->harness, "TimelineService/GetTimeline", token,
			     request.at, request.len);
	buffer_free(&request);
	return reply;
}

static void read_change(struct entry *out, struct bytes change)
{
	struct bytes field;

	out->change = harness_scalar(change, 1);
	for (size_t i = 0; (field = harness_part(change, 2, i)).at; i++) {
		out->n_fields++;
		if (i >= sizeof(out->fields) / sizeof(out->fields[0]))
			continue;
		harness_text(out->fields[i].path, 101, field, 1);
		harness_text(out->fields[i].before, 401, field, 2);
		harness_text(out->fields[i].after, 401, field, 3);
	}
}

static void read_entry(struct entry *out, struct bytes entry)
{
	struct bytes change = harness_part(entry, 8, 0);

	memset(out, 0, sizeof(*out));
	assert_true(wire_timestamp(&out->at_us, harness_part(entry, 1, 0)));
	harness_text(out->kind, sizeof(out->kind), entry, 2);
	out->id = harness_uuid(entry, 3);
	harness_text(out->title, sizeof(out->title), entry, 4);
	out->user = harness_uuid(entry, 5);
	harness_text(out->by_kind, sizeof(out->by_kind), entry, 6);
	out->by_id = harness_uuid(entry, 7);
	if (change.at)
		read_change(out, change);
}

/* Appends the entries of an answer. */
static void read_page(struct page *page, const struct harness_reply *reply)
{
	struct wire_reader reader = wire_read(reply->message);
	struct wire_field field;

	if (reply->code != OUTRIDER_OK)
		fail_msg("%s: %s", code_name(reply->code), reply->text);
	harness_text(page->token, sizeof(page->token), reply->message, 2);
	while (wire_next(&reader, &field) > 0) {
		if (field.number != 1)
			continue;
		assert_true(page->n < ENTRIES_MAX);
		read_entry(&page->entries[page->n++], field.value);
	}
}

/* The first page, in t->page. */
static struct page *first(struct timeline_test *t, const char *token,
			  const char *kind, const struct uuid *id,
			  const char *const *types, uint64_t size)
{
	t->page.n = 0;
	read_page(&t->page, ask(t, token, kind, id, types, size, NULL));
	return &t->page;
}

/* All pages, in t->all. */
static struct page *all(struct timeline_test *t, const char *token,
			const char *kind, const struct uuid *id,
			const char *const *types, uint64_t size)
{
	struct page *page = &t->all;

	page->n = 0;
	page->token[0] = 0;
	do {
		size_t before = page->n;
		char from[128];

		snprintf(from, sizeof(from), "%s", page->token);
		read_page(page, ask(t, token, kind, id, types, size,
				    from[0] ? from : NULL));
		assert_true(page->n - before <= (size ? size : 50));
	} while (page->token[0]);
	return page;
}

static void assert_entry(const struct entry *entry, const char *kind,
			 const struct uuid *id, uint64_t change)
{
	char found[UUID_TEXT_LEN + 1], wanted[UUID_TEXT_LEN + 1];

	uuid_format(found, &entry->id);
	uuid_format(wanted, id);
	assert_string_equal(entry->kind, kind);
	assert_string_equal(found, wanted);
	assert_int_equal(entry->change, change);
}

static void
assert_by(const struct entry *entry, const char *kind, const struct uuid *id)
{
	static const struct uuid nobody;

	assert_string_equal(entry->by_kind, kind);
	assert_int_equal(uuid_compare(&entry->by_id, id ? id : &nobody), 0);
}

static void assert_field(const struct entry *entry, size_t i, const char *path,
			 const char *before, const char *after)
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

/* ------------------------------------------------------------------- firm */

static int open_firm(void **state)
{
	static struct timeline_test test;
	struct timeline_test *t = &test;
	const char *admin = t->harness.admin_token;
	struct buffer stage;

	*t = (struct timeline_test){ .pipeline = { { 0 } } };
	harness_open(&t->harness);
	t->page.entries = calloc(ENTRIES_MAX, sizeof(struct entry));
	t->all.entries = calloc(ENTRIES_MAX, sizeof(struct entry));
	assert_non_null(t->page.entries);
	assert_non_null(t->all.entries);
	t->north = harness_add_team(&t->harness, "North", NULL);
	t->rep = harness_add_user(&t->harness, "rep", RANK_REP, &t->north);
	t->other = harness_add_user(&t->harness, "other", RANK_REP, &t->north);
	t->boss =
		harness_add_user(&t->harness, "boss", RANK_MANAGER, &t->north);
	t->pipeline = create(t, admin, "Pipeline", named(10, "New clients"));
	stage = named(11, "Proposal");
	harness_put_uuid(&stage, 10, &t->pipeline);
	t->stage = create(t, admin, "Stage", stage);
	*state = t;
	return 0;
}

static int close_firm(void **state)
{
	struct timeline_test *t = *state;

	free(t->page.entries);
	free(t->all.entries);
	harness_close(&t->harness);
	return 0;
}

/* ---------------------------------------------------------- what is there */

static void test_company(void **state)
{
	struct timeline_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = add_company(t, rep, "Agro");
	struct uuid person = add_contact(t, rep, "Shevchenko", &firm);
	struct buffer record = deal(t, "Harvest");
	struct uuid sale, note, call, todo, plan;
	struct page *page;

	harness_put_uuid(&record, DEAL_COMPANY, &firm);
	sale = create(t, rep, "Deal", record);
	note = add_note(t, rep, "was there", NOTE_DEAL, &sale, 0);
	call = add_note(t, rep, "called", NOTE_CONTACT, &person, 0);
	record = named(TASK_SUBJECT, "send it");
	harness_put_uuid(&record, TASK_COMPANY, &firm);
	todo = create(t, rep, "Task", record); /* due at no time */
	record = named(TASK_SUBJECT, "ask again");
	harness_put_uuid(&record, TASK_COMPANY, &firm);
	put_time(&record, TASK_DUE, t->harness.wall_us + 3600 * SECOND_US);
	plan = create(t, rep, "Task", record);

	page = first(t, rep, "company", &firm, NULL, 0);
	assert_int_equal(page->n, 8);
	assert_string_equal(page->token, "");
	/* What is to come stands above. */
	assert_entry(&page->entries[0], "task", &plan, 0);
	assert_string_equal(page->entries[0].title, "ask again");
	assert_entry(&page->entries[1], "task", &todo, 0);
	assert_entry(&page->entries[2], "note", &call, 0);
	assert_by(&page->entries[2], "contact", &person);
	assert_int_equal(uuid_compare(&page->entries[2].user, &t->rep.id), 0);
	assert_entry(&page->entries[3], "note", &note, 0);
	assert_by(&page->entries[3], "deal", &sale);
	/* The deal as a record, before it was made: of one moment. */
	assert_entry(&page->entries[4], "deal", &sale, 0);
	assert_by(&page->entries[4], "", NULL);
	assert_string_equal(page->entries[4].title, "Harvest");
	assert_entry(&page->entries[5], "deal", &sale, 1);
	assert_by(&page->entries[5], "deal", &sale);
	assert_entry(&page->entries[6], "contact", &person, 1);
	assert_string_equal(page->entries[6].title, "Shevchenko");
	assert_entry(&page->entries[7], "company", &firm, 1);
	assert_by(&page->entries[7], "", NULL);
	for (size_t i = 1; i < page->n; i++)
		assert_true(page->entries[i - 1].at_us >=
			    page->entries[i].at_us);

	/* A contact's has nothing of its company's. */
	page = first(t, rep, "contact", &person, NULL, 0);
	assert_int_equal(page->n, 2);
	assert_entry(&page->entries[0], "note", &call, 0);
	assert_by(&page->entries[0], "", NULL);
}

static void test_once(void **state)
{
	struct timeline_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = add_company(t, rep, "Agro"), people[3], todo;
	static const char *const types[] = { "task", NULL };
	struct buffer record = named(TASK_SUBJECT, "meet them all");
	struct page *page;

	for (size_t i = 0; i < 3; i++) {
		people[i] = add_contact(t, rep, "Bondar", &firm);
		harness_put_uuid(&record, TASK_CONTACTS, &people[i]);
	}
	todo = create(t, rep, "Task", record);
	page = all(t, rep, "company", &firm, types, 1);
	assert_int_equal(page->n, 1);
	assert_entry(&page->entries[0], "task", &todo, 0);
	/* By the newest of those; by nobody once the card is named itself. */
	assert_by(&page->entries[0], "contact", &people[2]);
	record = harness_buffer();
	harness_put_uuid(&record, TASK_COMPANY, &firm);
	update(t, rep, "Task", &todo, record);
	page = all(t, rep, "company", &firm, types, 1);
	assert_int_equal(page->n, 1);
	assert_by(&page->entries[0], "", NULL);
}

static void test_converted(void **state)
{
	struct timeline_test *t = *state;
	const char *rep = t->rep.token;
	struct conversion c = { .t = t };
	static const char *const types[] = { "note", "lead", "deal", NULL };
	struct uuid note;
	struct buffer record;
	struct page *page;

	c.lead = create(t, rep, "Lead", named(LEAD_NAME, "somebody"));
	note = add_note(t, rep, "wants tractors", NOTE_LEAD, &c.lead, 0);
	c.company = add_company(t, rep, "Agro");
	c.contact = add_contact(t, rep, "Somebody", &c.company);
	record = deal(t, "Tractors");
	harness_put_uuid(&record, DEAL_LEAD, &c.lead);
	c.deal = create(t, rep, "Deal", record);
	convert(c);

	page = all(t, rep, "company", &c.company, types, 2);
	assert_int_equal(page->n, 3);
	/* The deal refers to the lead, and not to the company. */
	assert_entry(&page->entries[0], "deal", &c.deal, 0);
	assert_by(&page->entries[0], "lead", &c.lead);
	assert_entry(&page->entries[1], "note", &note, 0);
	assert_by(&page->entries[1], "lead", &c.lead);
	assert_entry(&page->entries[2], "lead", &c.lead, 0);
	assert_by(&page->entries[2], "", NULL);
	page = all(t, rep, "contact", &c.contact, types, 1);
	assert_int_equal(page->n, 3);
	/* A deal is no entry of its own, though its lead is linked to it. */
	page = all(t, rep, "deal", &c.deal, types, 1);
	assert_int_equal(page->n, 2);
	assert_entry(&page->entries[0], "note", &note, 0);
	assert_entry(&page->entries[1], "lead", &c.lead, 0);
	/* And the lead has what was made of it where that refers to it. */
	page = all(t, rep, "lead", &c.lead, types, 1);
	assert_int_equal(page->n, 2);
	assert_entry(&page->entries[0], "deal", &c.deal, 0);
}

/* ---------------------------------------------------------------- changes */

static const char *const only_changes[] = { "change", NULL };

static void test_changes(void **state)
{
	struct timeline_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = add_company(t, rep, "Agro");
	struct buffer fields = named(COMPANY_NAME, "Agro \"Plus\"");
	struct buffer phone = harness_buffer();
	struct page *page;

	wire_put_scalar(&fields, COMPANY_SIZE, 2);
	wire_put_scalar(&fields, COMPANY_EMPLOYEES, 12);
	update(t, rep, "Company", &firm, fields);
	fields = harness_buffer();
	harness_put_text(&phone, 1, "+380 67 123-45-67");
	harness_put_text(&phone, 2, "the \"boss\"\n");
	wire_put_bytes(&fields, COMPANY_PHONES, phone.at, phone.len);
	harness_put_text(&fields, COMPANY_CATEGORIES, "grain");
	harness_put_text(&fields, COMPANY_CATEGORIES, "cattle");
	update(t, rep, "Company", &firm, fields);
	act_on(t, rep, "Delete", "Company", &firm);
	act_on(t, rep, "Undelete", "Company", &firm);
	fields = harness_buffer();
	harness_put_uuid(&fields, FIELD_OWNER, &t->other.id);
	update(t, t->boss.token, "Company", &firm, fields);

	page = first(t, t->boss.token, "company", &firm, only_changes, 0);
	assert_int_equal(page->n, 6);
	assert_entry(&page->entries[0], "company", &firm, 2);
	assert_int_equal(page->entries[0].n_fields, 1);
	assert_int_equal(uuid_compare(&page->entries[0].user, &t->boss.id), 0);
	assert_string_equal(page->entries[0].title, "Agro \"Plus\"");
	char before[UUID_TEXT_LEN + 1], after[UUID_TEXT_LEN + 1];
	uuid_format(before, &t->rep.id);
	uuid_format(after, &t->other.id);
	assert_field(&page->entries[0], 0, "owner_id", before, after);
	assert_entry(&page->entries[1], "company", &firm, 4);
	assert_int_equal(page->entries[1].n_fields, 0);
	assert_entry(&page->entries[2], "company", &firm, 3);
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
	assert_entry(&page->entries[5], "company", &firm, 1);
	assert_int_equal(page->entries[5].n_fields, 0);
	buffer_free(&phone);
}

static void test_times_and_flags(void **state)
{
	struct timeline_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid person = add_contact(t, rep, "Bondar", NULL);
	struct buffer fields = harness_buffer();
	struct page *page;

	wire_put_scalar(&fields, CONTACT_CONSENTED, 1);
	put_time(&fields, CONTACT_CONSENT_TIME,
		 INT64_C(1700000000) * SECOND_US + 250000);
	update(t, rep, "Contact", &person, fields);
	fields = harness_buffer();
	put_time(&fields, CONTACT_CONSENT_TIME, -SECOND_US);
	update(t, rep, "Contact", &person, fields);
	page = first(t, rep, "contact", &person, only_changes, 0);
	assert_int_equal(page->n, 3);
	assert_field(&page->entries[1], 0, "has_consented", "false", "true");
	assert_field(&page->entries[1], 1, "consent_time", "",
		     "2023-11-14T22:13:20.25Z");
	assert_field(&page->entries[0], 0, "consent_time",
		     "2023-11-14T22:13:20.25Z", "1969-12-31T23:59:59Z");
}

/* Four hundred bytes, and no half of a character. */
static void test_cut(void **state)
{
	struct timeline_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid sale = create(t, rep, "Deal", deal(t, "Long"));
	char text[1202] = "x";
	struct page *page;

	for (size_t i = 0; i < 600; i++)
		memcpy(text + 1 + 2 * i, "\xd0\x96", 2);
	text[1201] = 0;
	update(t, rep, "Deal", &sale, named(DEAL_DESCRIPTION, text));
	page = first(t, rep, "deal", &sale, only_changes, 1);
	assert_int_equal(strlen(page->entries[0].fields[0].after), 399);
	assert_memory_equal(page->entries[0].fields[0].after, text, 399);
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
	struct timeline_test *t = *state;
	const char *rep = t->rep.token, *boss = t->boss.token;
	struct uuid sale = create(t, rep, "Deal", deal(t, "Tractors"));
	struct buffer fields = harness_buffer();
	struct page *page;

	wire_put_scalar(&fields, DEAL_COST, 5000);
	update(t, boss, "Deal", &sale, fields);
	fields = named(DEAL_NAME, "Two tractors");
	wire_put_scalar(&fields, DEAL_COST, 9000);
	update(t, boss, "Deal", &sale, fields);
	page = first(t, boss, "deal", &sale, only_changes, 0);
	assert_int_equal(page->n, 3);
	assert_field(&page->entries[1], 0, "cost_minor", "0", "5000");
	/* What changed for managers alone is no entry to a rep. */
	page = all(t, rep, "deal", &sale, only_changes, 1);
	assert_int_equal(page->n, 2);
	assert_entry(&page->entries[0], "deal", &sale, 2);
	assert_int_equal(page->entries[0].n_fields, 1);
	assert_field(&page->entries[0], 0, "display_name", "Tractors",
		     "Two tractors");
	assert_entry(&page->entries[1], "deal", &sale, 1);
}

static void test_hidden_custom(void **state)
{
	struct timeline_test *t = *state;
	const char *rep = t->rep.token, *boss = t->boss.token;
	struct buffer record = named(COMPANY_NAME, "Agro");
	struct buffer fields = harness_buffer();
	struct uuid firm, open, secret;
	struct page *page;
	char text[128], id[UUID_TEXT_LEN + 1];

	harness_put_uuid(&record, FIELD_OWNER, &t->rep.id);
	firm = create(t, boss, "Company", record);
	for (int i = 0; i < 2; i++) {
		record = named(10, "company");
		harness_put_text(&record, 11, i ? "secret" : "open");
		harness_put_text(&record, 12, i ? "Secret" : "Open");
		wire_put_scalar(&record, 13, 1); /* text */
		if (i)
			wire_put_scalar(&record, 17, RANK_MANAGER);
		*(i ? &secret : &open) = create(t, t->harness.admin_token,
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
		update(t, boss, "Company", &firm, copy);
	}
	buffer_free(&fields);
	page = first(t, boss, "company", &firm, only_changes, 0);
	assert_int_equal(page->n, 3);
	assert_non_null(strstr(page->entries[0].fields[0].after, "hush"));
	page = first(t, rep, "company", &firm, only_changes, 0);
	assert_int_equal(page->n, 2);
	assert_int_equal(page->entries[0].n_fields, 1);
	uuid_format(id, &open);
	snprintf(text, sizeof(text),
		 "[{\"custom_field_id\":\"%s\",\"text\":\"hello\"}]", id);
	assert_field(&page->entries[0], 0, "custom", "", text);
}

static void test_sight(void **state)
{
	struct timeline_test *t = *state;
	const char *rep = t->rep.token, *other = t->other.token;
	struct uuid firm, theirs, mine, note, hidden, shown;
	struct buffer record = named(COMPANY_NAME, "Agro");
	struct page *page;

	/* Both see the company; each has a contact of their own there. */
	harness_put_uuid(&record, SHARED_USERS, &t->other.id);
	firm = create(t, rep, "Company", record);
	mine = add_contact(t, rep, "Mine", &firm);
	theirs = add_contact(t, other, "Theirs", &firm);
	note = add_note(t, rep, "seen", NOTE_CONTACT, &mine, 0);
	hidden = add_note(t, other, "not seen", NOTE_COMPANY, &firm, 0);
	/* Shared with the rep, but by way of what the rep doesn't see. */
	record = named(NOTE_TEXT, "shown where it hangs");
	harness_put_uuid(&record, NOTE_CONTACT, &theirs);
	harness_put_uuid(&record, SHARED_USERS, &t->rep.id);
	shown = create(t, other, "Note", record);

	page = first(t, rep, "company", &firm, NULL, 0);
	assert_int_equal(page->n, 3);
	assert_entry(&page->entries[0], "note", &note, 0);
	assert_entry(&page->entries[1], "contact", &mine, 1);
	assert_entry(&page->entries[2], "company", &firm, 1);
	page = first(t, t->boss.token, "company", &firm, NULL, 0);
	assert_int_equal(page->n, 6);
	assert_entry(&page->entries[0], "note", &shown, 0);
	assert_entry(&page->entries[1], "note", &hidden, 0);

	/* A card that isn't seen and one that isn't there are the same. */
	struct harness_reply first_reply =
		*ask(t, rep, "contact", &theirs, NULL, 0, NULL);
	struct uuid none = harness_new_uuid(&t->harness);
	const struct harness_reply *reply =
		ask(t, rep, "contact", &none, NULL, 0, NULL);
	assert_int_equal(first_reply.code, OUTRIDER_NOT_FOUND);
	assert_int_equal(reply->code, OUTRIDER_NOT_FOUND);
	assert_string_equal(first_reply.text, reply->text);
	reply = ask(t, rep, "company", &mine, NULL, 0, NULL);
	assert_int_equal(reply->code, OUTRIDER_NOT_FOUND);
}

static void test_deleted(void **state)
{
	struct timeline_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = add_company(t, rep, "Agro");
	struct uuid person = add_contact(t, rep, "Gone", &firm);
	struct uuid note = add_note(t, rep, "kept", NOTE_CONTACT, &person, 0);
	struct uuid lost = add_note(t, rep, "lost", NOTE_CONTACT, &person, 0);
	struct page *page;

	act_on(t, rep, "Delete", "Note", &lost);
	act_on(t, rep, "Delete", "Contact", &person);
	page = first(t, rep, "company", &firm, NULL, 0);
	assert_int_equal(page->n, 4);
	assert_entry(&page->entries[0], "contact", &person, 3);
	assert_entry(&page->entries[1], "note", &note, 0);
	/* Of a deleted card, as Get shows one. */
	act_on(t, rep, "Delete", "Company", &firm);
	assert_int_equal(first(t, rep, "company", &firm, NULL, 0)->n, 5);
}

static void test_bad_requests(void **state)
{
	struct timeline_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = add_company(t, rep, "Agro");
	static const char *const unknown[] = { "note", "contact", NULL };
	static const char *const notes[] = { "note", NULL };
	struct uuid second;
	const struct harness_reply *reply;
	char token[128];

	assert_refused(ask(t, rep, "compny", &firm, NULL, 0, NULL),
		       OUTRIDER_INVALID_ARGUMENT, "kind");
	reply = ask(t, rep, "company", &firm, unknown, 0, NULL);
	assert_refused(reply, OUTRIDER_INVALID_ARGUMENT, "types[1]");
	assert_non_null(strstr(reply->text, "meeting, "));
	assert_non_null(strstr(reply->text, "change"));
	assert_refused(ask(t, rep, "company", &firm, NULL, 0, "AAAA"),
		       OUTRIDER_INVALID_ARGUMENT, "page_token");

	second = add_company(t, rep, "Beta");
	for (size_t i = 0; i < 3; i++)
		add_note(t, rep, "n", NOTE_COMPANY, &firm, 0);
	snprintf(token, sizeof(token), "%s",
		 first(t, rep, "company", &firm, NULL, 2)->token);
	assert_int_not_equal(strlen(token), 0);
	assert_int_equal(ask(t, rep, "company", &firm, NULL, 9, token)->code,
			 OUTRIDER_OK);
	assert_refused(ask(t, rep, "company", &second, NULL, 0, token),
		       OUTRIDER_INVALID_ARGUMENT, "page_token");
	assert_refused(ask(t, rep, "company", &firm, notes, 0, token),
		       OUTRIDER_INVALID_ARGUMENT, "page_token");
	assert_refused(ask(t, t->boss.token, "company", &firm, NULL, 0, token),
		       OUTRIDER_INVALID_ARGUMENT, "page_token");
	token[3] ^= 1;
	assert_refused(ask(t, rep, "company", &firm, NULL, 0, token),
		       OUTRIDER_INVALID_ARGUMENT, "page_token");
}

/* ------------------------------------------------------------------ pages */

static void test_pages_while_writing(void **state)
{
	struct timeline_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = add_company(t, rep, "Agro");
	struct uuid person = add_contact(t, rep, "Bondar", &firm);
	struct page *page = &t->all, *before = &t->page;

	for (int i = 0; i < 40; i++) {
		add_note(t, rep, "n", i % 2 ? NOTE_CONTACT : NOTE_COMPANY,
			 i % 2 ? &person : &firm, i % 3 * 5 * SECOND_US);
		if (i % 4 == 0)
			update(t, rep, "Contact", &person,
			       named(CONTACT_FAMILY_NAME,
				     i % 8 ? "Bondar" : "Bondarenko"));
	}
	first(t, rep, "company", &firm, NULL, 200);
	assert_int_equal(before->n, 52);
	page->n = 0;
	page->token[0] = 0;
	do {
		char from[128];

		snprintf(from, sizeof(from), "%s", page->token);
		read_page(page, ask(t, rep, "company", &firm, NULL, 7,
				    from[0] ? from : NULL));
		/* Newer than all that was told: they stand above. */
		add_note(t, rep, "new", NOTE_COMPANY, &firm, 0);
		update(t, rep, "Company", &firm,
		       named(COMPANY_NAME, page->n % 2 ? "Agro" : "Agra"));
	} while (page->token[0]);
	assert_int_equal(page->n, before->n);
	for (size_t i = 0; i < page->n; i++) {
		assert_entry(&page->entries[i], before->entries[i].kind,
			     &before->entries[i].id, before->entries[i].change);
		assert_int_equal(page->entries[i].at_us,
				 before->entries[i].at_us);
	}
}

/* A clock that is set back loses no change and repeats none. */
static void test_clock_set_back(void **state)
{
	struct timeline_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = add_company(t, rep, "Agro");
	struct page *page;

	for (int i = 0; i < 12; i++) {
		char name[16];

		snprintf(name, sizeof(name), "Agro %d", i);
		update(t, rep, "Company", &firm, named(COMPANY_NAME, name));
		add_note(t, rep, "n", NOTE_COMPANY, &firm, 0);
		if (i % 3 == 2)
			t->harness.wall_us -= 7 * SECOND_US;
	}
	for (uint64_t size = 1; size < 9; size++) {
		page = all(t, rep, "company", &firm, only_changes, size);
		assert_int_equal(page->n, 13);
		for (int i = 0; i < 12; i++) {
			char name[16];

			snprintf(name, sizeof(name), "Agro %d", 11 - i);
			assert_string_equal(page->entries[i].fields[0].after,
					    name);
		}
		assert_int_equal(all(t, rep, "company", &firm, NULL, size)->n,
				 25);
	}
}

static void test_newest_linked(void **state)
{
	struct timeline_test *t = *state;
	const char *rep = t->rep.token;
	struct uuid firm = add_company(t, rep, "Agro"), people[70];
	static const char *const notes[] = { "note", NULL };
	struct page *page;

	for (size_t i = 0; i < 70; i++) {
		people[i] = add_contact(t, rep, "B", &firm);
		/* Those that nobody sees take nobody's place. */
		add_contact(t, t->boss.token, "C", NULL);
	}
	for (size_t i = 0; i < 70; i++)
		add_note(t, rep, "n", NOTE_CONTACT, &people[i], 0);
	page = all(t, rep, "company", &firm, notes, 30);
	assert_int_equal(page->n, 64);
	for (size_t i = 0; i < page->n; i++)
		assert_by(&page->entries[i], "contact", &people[69 - i]);
}

/* Thousands that the caller may not see end a page, and not the timeline. */
static void test_much_unseen(void **state)
{
	struct timeline_test *t = *state;
	struct uuid firm =
		create(t, t->rep.token, "Company", named(COMPANY_NAME, "Agro"));
	static const char *const notes[] = { "note", NULL };
	struct uuid deep =
		add_note(t, t->rep.token, "deep", NOTE_COMPANY, &firm, 0);
	size_t n_pages = 0;

	for (size_t i = 0; i < 4100; i++)
		add_note(t, t->boss.token, "n", NOTE_COMPANY, &firm, 0);
	t->page.n = 0;
	t->page.token[0] = 0;
	do {
		char from[128];

		snprintf(from, sizeof(from), "%s", t->page.token);
		read_page(&t->page, ask(t, t->rep.token, "company", &firm,
					notes, 0, from[0] ? from : NULL));
		n_pages++;
	} while (t->page.token[0]);
	assert_int_equal(n_pages, 3);
	assert_int_equal(t->page.n, 1);
	assert_entry(&t->page.entries[0], "note", &deep, 0);
}

/* ------------------------------------------------------------------ model */

enum { THINGS_MAX = 400, EVENTS_MAX = 1200, LINKS_MAX = 6 };

enum thing_kind { FIRM, PERSON, SALE, NOTE, TODO };

static const struct {
	const char *name, *service;
	uint32_t title;
	bool is_entry;
} thing_kinds[] = {
	[FIRM] = { "company", "Company", COMPANY_NAME, false },
	[PERSON] = { "contact", "Contact", CONTACT_FAMILY_NAME, false },
	[SALE] = { "deal", "Deal", DEAL_NAME, true },
	[NOTE] = { "note", "Note", NOTE_TEXT, true },
	[TODO] = { "task", "Task", TASK_SUBJECT, true },
};

/* A record as the model remembers it. */
struct thing {
	enum thing_kind kind;
	struct uuid id;
	uint32_t number; /* of the kind */
	bool is_theirs;	 /* owned by the other rep */
	bool is_deleted;
	int64_t at_us, created_us;
	size_t links[LINKS_MAX];
	size_t n_links;
};

struct event {
	size_t thing;
	uint64_t change;
	int64_t at_us;
};

struct model {
	struct timeline_test *t;
	uint64_t seed;
	struct thing things[THINGS_MAX];
	struct event events[EVENTS_MAX]; /* in the order of revisions */
	size_t n_things, n_events;
};

static size_t roll(struct model *m, size_t n)
{
	m->seed = m->seed * UINT64_C(6364136223846793005) +
		  UINT64_C(1442695040888963407);
	return (size_t)(m->seed >> 33) % n;
}

static void remember(struct model *m, size_t thing, uint64_t change)
{
	assert_true(m->n_events < EVENTS_MAX);
	m->events[m->n_events++] = (struct event){
		.thing = thing,
		.change = change,
		.at_us = m->t->harness.wall_us,
	};
}

/* Some thing of a kind, or none. */
static size_t pick(struct model *m, enum thing_kind kind)
{
	for (int tries = 0; tries < 20 && m->n_things > 0; tries++) {
		size_t i = roll(m, m->n_things);

		if (m->things[i].kind == kind)
			return i;
	}
	return THINGS_MAX;
}

/* In some of its fields: single ones for one target, others for more. */
static void refer(struct model *m, struct thing *thing, struct buffer *record,
		  enum thing_kind kind, uint32_t field, size_t most)
{
	size_t n = roll(m, most + 1);

	for (size_t i = 0; i < n; i++) {
		size_t target = pick(m, kind);
		bool is_there = target == THINGS_MAX;

		for (size_t k = 0; k < thing->n_links; k++)
			is_there |= thing->links[k] == target;
		if (is_there)
			continue;
		harness_put_uuid(record, field, &m->things[target].id);
		thing->links[thing->n_links++] = target;
	}
}

static const char *author(const struct model *m, const struct thing *thing)
{
	/* The boss sees all that one may refer to. */
	(void)thing;
	return m->t->boss.token;
}

static void add_thing(struct model *m)
{
	size_t i = m->n_things;
	struct thing *thing = &m->things[i];
	struct timeline_test *t = m->t;
	int64_t own_us =
		t->harness.wall_us + SECOND_US * ((int64_t)roll(m, 400) - 300);
	struct buffer record;
	static const enum thing_kind kinds[] = { FIRM, PERSON, PERSON, SALE,
						 NOTE, NOTE,   NOTE,   TODO };

	*thing = (struct thing){
		.kind = i == 0 ? FIRM : kinds[roll(m, 8)],
		.is_theirs = roll(m, 4) == 0,
	};
	thing->number =
		schema_entity_named(thing_kinds[thing->kind].name,
				    strlen(thing_kinds[thing->kind].name))
			->number;
	record = thing->kind == SALE
			 ? deal(t, "x")
			 : named(thing_kinds[thing->kind].title, "x");
	harness_put_uuid(&record, FIELD_OWNER,
			 thing->is_theirs ? &t->other.id : &t->rep.id);
	switch (thing->kind) {
	case FIRM:
		break;
	case PERSON:
		refer(m, thing, &record, FIRM, CONTACT_COMPANIES, 2);
		break;
	case SALE:
		refer(m, thing, &record, FIRM, DEAL_COMPANY, 1);
		refer(m, thing, &record, PERSON, DEAL_CONTACTS, 2);
		break;
	case NOTE:
		refer(m, thing, &record, FIRM, NOTE_COMPANY, 1);
		refer(m, thing, &record, PERSON, NOTE_CONTACT, 1);
		refer(m, thing, &record, SALE, NOTE_DEAL, 1);
		put_time(&record, NOTE_TIME, own_us);
		break;
	case TODO:
		refer(m, thing, &record, FIRM, TASK_COMPANY, 1);
		refer(m, thing, &record, PERSON, TASK_CONTACTS, 3);
		if (own_us % 2 == 0)
			put_time(&record, TASK_DUE, own_us);
		break;
	}
	thing->id = create(t, author(m, thing),
			   thing_kinds[thing->kind].service, record);
	thing->created_us = t->harness.wall_us;
	thing->at_us = thing->created_us;
	if (thing->kind == NOTE || (thing->kind == TODO && own_us % 2 == 0))
		thing->at_us = own_us;
	m->n_things++;
	remember(m, i, 1);
}

static void change_thing(struct model *m)
{
	size_t i = roll(m, m->n_things);
	struct thing *thing = &m->things[i];
	const char *service = thing_kinds[thing->kind].service;
	char name[32];

	if (thing->is_deleted || roll(m, 8) == 0) {
		act_on(m->t, author(m, thing),
		       thing->is_deleted ? "Undelete" : "Delete", service,
		       &thing->id);
		remember(m, i, thing->is_deleted ? 4 : 3);
		thing->is_deleted = !thing->is_deleted;
		return;
	}
	snprintf(name, sizeof(name), "%zu", m->n_events);
	update(m->t, author(m, thing), service, &thing->id,
	       named(thing_kinds[thing->kind].title, name));
	remember(m, i, 2);
}

/* What is expected of one entry. */
struct expected {
	int64_t at_us;
	uint32_t number;
	struct uuid id;
	uint64_t change;
};

static bool
is_linked(const struct model *m, size_t card, const struct thing *thing)
{
	bool is_kind = (m->things[card].kind == FIRM &&
			(thing->kind == PERSON || thing->kind == SALE)) ||
		       (m->things[card].kind == PERSON && thing->kind == SALE);

	for (size_t k = 0; is_kind && k < thing->n_links; k++)
		if (thing->links[k] == card)
			return true;
	return false;
}

static int compare_expected(const void *left, const void *right)
{
	const struct expected *a = left, *b = right;

	if (a->at_us != b->at_us)
		return a->at_us > b->at_us ? -1 : 1;
	if (a->number != b->number)
		return a->number > b->number ? -1 : 1;
	return -uuid_compare(&a->id, &b->id);
}

/* Records first, then changes, then both as they meet. */
static size_t
expect(struct expected *out, const struct model *m, size_t card, bool sees_all)
{
	static struct expected records[THINGS_MAX], changes[EVENTS_MAX];
	bool is_target[THINGS_MAX] = { false };
	size_t n_records = 0, n_changes = 0, n = 0, i = 0, k = 0;

	for (i = 0; i < m->n_things; i++)
		is_target[i] = i == card ||
			       (is_linked(m, card, &m->things[i]) &&
				(sees_all || !m->things[i].is_theirs));
	for (i = 0; i < m->n_things; i++) {
		const struct thing *thing = &m->things[i];
		bool is_here = false;

		for (k = 0; k < thing->n_links; k++)
			is_here |= is_target[thing->links[k]];
		if (is_here && i != card && !thing->is_deleted &&
		    thing_kinds[thing->kind].is_entry &&
		    (sees_all || !thing->is_theirs))
			records[n_records++] =
				(struct expected){ thing->at_us, thing->number,
						   thing->id, 0 };
	}
	qsort(records, n_records, sizeof(records[0]), compare_expected);
	for (i = m->n_events; i-- > 0;)
		if (is_target[m->events[i].thing])
			changes[n_changes++] = (struct expected){
				m->events[i].at_us,
				m->things[m->events[i].thing].number,
				m->things[m->events[i].thing].id,
				m->events[i].change
			};
	for (i = 0, k = 0; i < n_records || k < n_changes;)
		out[n++] =
			k == n_changes || (i < n_records &&
					   records[i].at_us >= changes[k].at_us)
				? records[i++]
				: changes[k++];
	return n;
}

static void
compare_card(struct model *m, size_t card, bool sees_all, uint64_t size)
{
	static struct expected expected[THINGS_MAX + EVENTS_MAX];
	struct timeline_test *t = m->t;
	const struct thing *thing = &m->things[card];
	const char *token = sees_all ? t->boss.token : t->rep.token;
	struct page *page;
	size_t n = expect(expected, m, card, sees_all);

	if (thing->is_theirs && !sees_all) {
		assert_int_equal(ask(t, token, thing_kinds[thing->kind].name,
				     &thing->id, NULL, 0, NULL)
					 ->code,
				 OUTRIDER_NOT_FOUND);
		return;
	}
	page = all(t, token, thing_kinds[thing->kind].name, &thing->id, NULL,
		   size);
	assert_int_equal(page->n, n);
	for (size_t i = 0; i < n; i++) {
		const struct entry *entry = &page->entries[i];

		assert_entry(entry, schema_entity(expected[i].number)->name,
			     &expected[i].id, expected[i].change);
		assert_int_equal(entry->at_us, expected[i].at_us);
	}
}

static void test_model(void **state)
{
	static struct model model;
	struct model *m = &model;

	for (uint64_t seed = 1; seed <= 3; seed++) {
		*m = (struct model){ .t = *state, .seed = seed };
		for (int i = 0; i < 300; i++) {
			if (m->n_things < 12 || roll(m, 3) == 0)
				add_thing(m);
			else
				change_thing(m);
		}
		for (size_t card = 0; card < m->n_things; card++) {
			compare_card(m, card, true, 1 + roll(m, 60));
			compare_card(m, card, false, 1 + roll(m, 9));
		}
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_firm, close_firm)
	const struct CMUnitTest tests[] = {
		TEST(test_company),
		TEST(test_once),
		TEST(test_converted),
		TEST(test_changes),
		TEST(test_times_and_flags),
		TEST(test_cut),
		cmocka_unit_test(test_text_ends_between_characters),
		TEST(test_hidden_fields),
		TEST(test_hidden_custom),
		TEST(test_sight),
		TEST(test_deleted),
		TEST(test_bad_requests),
		TEST(test_pages_while_writing),
		TEST(test_clock_set_back),
		TEST(test_newest_linked),
		TEST(test_much_unseen),
		TEST(test_model),
	};

	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
