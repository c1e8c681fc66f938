/*
 * Cards written and timelines read through the app's face: see card_world.h.
 */
#include "card_world.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---------------------------------------------------------------- writing */

static const struct harness_reply *
write_to(struct card_test *t, const char *token, const char *verb,
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

struct uuid card_create(struct card_test *t, const char *token,
			const char *kind, struct buffer record)
{
	struct uuid id;

	t->harness.wall_us += SECOND_US;
	id = harness_uuid(write_to(t, token, "Create", kind, &record)->message,
			  FIELD_ID);
	buffer_free(&record);
	return id;
}

void card_update(struct card_test *t, const char *token, const char *kind,
		 const struct uuid *id, struct buffer fields)
{
	t->harness.wall_us += SECOND_US;
	harness_put_uuid(&fields, FIELD_ID, id);
	write_to(t, token, "Update", kind, &fields);
	buffer_free(&fields);
}

void card_act(struct card_test *t, const char *token, const char *verb,
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

struct buffer card_named(uint32_t number, const char *name)
{
	struct buffer record = harness_buffer();

	harness_put_text(&record, number, name);
	return record;
}

struct uuid
card_add_company(struct card_test *t, const char *token, const char *name)
{
	return card_create(t, token, "Company", card_named(COMPANY_NAME, name));
}

struct uuid card_add_contact(struct card_test *t, const char *token,
			     const char *name, const struct uuid *company)
{
	struct buffer record = card_named(CONTACT_FAMILY_NAME, name);

	if (company)
		harness_put_uuid(&record, CONTACT_COMPANIES, company);
	return card_create(t, token, "Contact", record);
}

struct buffer card_deal(struct card_test *t, const char *name)
{
	struct buffer record = card_named(DEAL_NAME, name);

	harness_put_uuid(&record, DEAL_PIPELINE, &t->pipeline);
	harness_put_uuid(&record, DEAL_STAGE, &t->stage);
	return record;
}

struct uuid card_add_note(struct card_test *t, const char *token,
			  const char *text, uint32_t field,
			  const struct uuid *target, int64_t ago_us)
{
	struct buffer record = card_named(NOTE_TEXT, text);

	harness_put_uuid(&record, field, target);
	wire_put_timestamp(&record, NOTE_TIME,
			   t->harness.wall_us + SECOND_US - ago_us);
	return card_create(t, token, "Note", record);
}

/* ---------------------------------------------------------------- reading */

const struct harness_reply *card_ask(struct card_test *t, const char *token,
				     const char *kind, const struct uuid *id,
				     const char *const *types, uint64_t size,
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

static void read_change(struct card_entry *out, struct bytes change)
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

static void read_entry(struct card_entry *out, struct bytes entry)
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

void card_read_page(struct card_page *page, const struct harness_reply *reply)
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

struct card_page *card_first(struct card_test *t, const char *token,
			     const char *kind, const struct uuid *id,
			     const char *const *types, uint64_t size)
{
	t->page.n = 0;
	card_read_page(&t->page,
		       card_ask(t, token, kind, id, types, size, NULL));
	return &t->page;
}

struct card_page *card_all(struct card_test *t, const char *token,
			   const char *kind, const struct uuid *id,
			   const char *const *types, uint64_t size)
{
	struct card_page *page = &t->all;

	page->n = 0;
	page->token[0] = 0;
	do {
		size_t before = page->n;
		char from[128];

		snprintf(from, sizeof(from), "%s", page->token);
		card_read_page(page, card_ask(t, token, kind, id, types, size,
					      from[0] ? from : NULL));
		assert_true(page->n - before <= (size ? size : 50));
	} while (page->token[0]);
	return page;
}

void card_assert_entry(const struct card_entry *entry, const char *kind,
		       const struct uuid *id, uint64_t change)
{
	char found[UUID_TEXT_LEN + 1], wanted[UUID_TEXT_LEN + 1];

	uuid_format(found, &entry->id);
	uuid_format(wanted, id);
	assert_string_equal(entry->kind, kind);
	assert_string_equal(found, wanted);
	assert_int_equal(entry->change, change);
}

void card_assert_by(const struct card_entry *entry, const char *kind,
		    const struct uuid *id)
{
	static const struct uuid nobody;

	assert_string_equal(entry->by_kind, kind);
	assert_int_equal(uuid_compare(&entry->by_id, id ? id : &nobody), 0);
}

/* ------------------------------------------------------------------- firm */

void card_hide(struct card_test *t, const char *field, const char *kind)
{
	enum { ROLE_NAME = 10, ROLE_KINDS = 11, ROLE_HIDDEN = 12 };
	enum { USER_ROLE_ID = 16, ACCESS_NONE = 1 };
	const char *admin = t->harness.admin_token;
	struct buffer role = card_named(ROLE_NAME, "Trainee");
	struct buffer grant = harness_buffer(), user = harness_buffer();
	struct uuid id;

	if (kind) {
		harness_put_text(&grant, 1, kind);
		wire_put_scalar(&grant, 2, ACCESS_NONE);
		wire_put_bytes(&role, ROLE_KINDS, grant.at, grant.len);
	}
	if (field)
		harness_put_text(&role, ROLE_HIDDEN, field);
	id = card_create(t, admin, "Role", role);
	harness_put_uuid(&user, USER_ROLE_ID, &id);
	card_update(t, admin, "User", &t->rep.id, user);
	buffer_free(&grant);
}

int card_open_firm(void **state)
{
	static struct card_test test;
	struct card_test *t = &test;
	const char *admin = t->harness.admin_token;
	struct buffer stage;

	*t = (struct card_test){ .pipeline = { { 0 } } };
	harness_open(&t->harness);
	t->page.entries = calloc(ENTRIES_MAX, sizeof(struct card_entry));
	t->all.entries = calloc(ENTRIES_MAX, sizeof(struct card_entry));
	assert_non_null(t->page.entries);
	assert_non_null(t->all.entries);
	t->north = harness_add_team(&t->harness, "North", NULL);
	t->rep = harness_add_user(&t->harness, "rep", RANK_REP, &t->north);
	t->other = harness_add_user(&t->harness, "other", RANK_REP, &t->north);
	t->boss =
		harness_add_user(&t->harness, "boss", RANK_MANAGER, &t->north);
	t->pipeline = card_create(t, admin, "Pipeline",
				  card_named(10, "New clients"));
	stage = card_named(11, "Proposal");
	harness_put_uuid(&stage, 10, &t->pipeline);
	t->stage = card_create(t, admin, "Stage", stage);
	*state = t;
	return 0;
}

int card_close_firm(void **state)
{
	struct card_test *t = *state;

	free(t->page.entries);
	free(t->all.entries);
	harness_close(&t->harness);
	return 0;
}
