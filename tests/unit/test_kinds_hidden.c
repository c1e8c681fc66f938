/*
 * What a role hides of any kind: no method tells it, no mask, filter or order
 * takes it, and it is answered like a field that doesn't exist, byte for byte.
 * What it shows is there. Out of the tables: no line per kind.
 */
#include "kind_firm.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LIST_FILTER = 4, LIST_ORDER = 5, ANSWER_MAX = 4096 };

struct hiding {
	struct kind_firm *f;
	const struct entity *entity;
	struct uuid id;
	struct bytes whole; /* the record, as the administrator sees it */
	size_t n_hidden, n_like, n_refused, n_found, n_changes;
};

static struct hiding hiding;

static int open_firm(void **state)
{
	void *firm;

	kind_firm_open(&firm);
	memset(&hiding, 0, sizeof(hiding));
	hiding.f = firm;
	*state = &hiding;
	return 0;
}

static int close_firm(void **state)
{
	struct hiding *h = *state;
	void *firm = h->f;

	print_message("hidden %zu, answered alike %zu, refused %zu, found %zu, "
		      "changes %zu\n",
		      h->n_hidden, h->n_like, h->n_refused, h->n_found,
		      h->n_changes);
	return kind_firm_close(&firm);
}

static bool is_hidden(const struct hiding *h, const struct field *field)
{
	return kind_firm_may_hide(h->entity, field);
}

/* The owner's role writes whatever a role may: rights are an administrator's,
 * and what the server makes has laws of its own. */
static bool is_able(const struct hiding *h)
{
	return !kind_firm_gives_rights(h->entity) &&
	       !h->entity->is_server_made && !every_stands(h->entity);
}

static bool has_field(struct bytes message, uint32_t number)
{
	struct wire_field found;

	return wire_find(&found, message, number);
}

/* --------------------------------------------------------------------- told */

/* Nothing that is hidden; all else that is there for a rep. */
static void expect_told(struct hiding *h, struct bytes record, const char *verb)
{
	for (size_t i = 0; i < h->entity->n_fields; i++) {
		const struct field *field = &h->entity->fields[i];
		bool is_told = has_field(record, field->number);

		if (is_hidden(h, field)) {
			if (is_told)
				fail_msg("%s tells %s.%s", verb,
					 h->entity->name, field->name);
			h->n_hidden += has_field(h->whole, field->number);
		} else if (is_told != has_field(h->whole, field->number)) {
			fail_msg("%s: %s.%s is missing", verb, h->entity->name,
				 field->name);
		}
	}
}

static const struct harness_reply *
owner_calls(struct hiding *h, enum method_verb verb, struct buffer request)
{
	const struct harness_reply *reply =
		kind_firm_call(h->f, OWNER, h->entity, verb, &request);

	harness_expect(reply, OUTRIDER_OK);
	return reply;
}

static void try_telling(struct hiding *h)
{
	struct buffer list = harness_buffer();
	struct buffer record = harness_buffer();
	const struct harness_reply *reply;
	char id[UUID_TEXT_LEN + 1], filter[64];

	uuid_format(id, &h->id);
	snprintf(filter, sizeof(filter), "id = \"%s\"", id);
	harness_put_text(&list, LIST_FILTER, filter);
	reply = owner_calls(h, METHOD_GET, every_request_by_id(&h->id));
	expect_told(h, reply->message, "Get");
	reply = owner_calls(h, METHOD_BATCH_GET, every_request_by_id(&h->id));
	expect_told(h, harness_part(reply->message, 1, 0), "BatchGet");
	expect_told(h,
		    harness_part(owner_calls(h, METHOD_LIST, list)->message, 1,
				 0),
		    "List");
	harness_put_uuid(&record, FIELD_ID, &h->id);
	if (is_able(h))
		expect_told(h,
			    owner_calls(h, METHOD_UPDATE,
					every_request(&record, NULL))
				    ->message,
			    "Update");
	else
		buffer_free(&record);
}

/* -------------------------------------------------------------------- alike */

struct answer {
	char text[256];
	uint8_t details[ANSWER_MAX];
	size_t len;
};

/* Every occurrence of a name becomes another of the same length. */
static void replace(uint8_t *at, size_t len, const char *name, const char *by)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + n <= len; i++)
		if (memcmp(at + i, name, n) == 0)
			memcpy(at + i, by, n);
}

static void ask(struct answer *out, struct hiding *h, enum method_verb verb,
		struct buffer request, const char *name, const char *nobody)
{
	const struct harness_reply *reply =
		kind_firm_call(h->f, OWNER, h->entity, verb, &request);

	harness_expect(reply, OUTRIDER_INVALID_ARGUMENT);
	assert_true(reply->details.len <= sizeof(out->details));
	memset(out, 0, sizeof(*out));
	snprintf(out->text, sizeof(out->text), "%s", reply->text);
	memcpy(out->details, reply->details.at, reply->details.len);
	out->len = reply->details.len;
	replace((uint8_t *)out->text, strlen(out->text), name, nobody);
	replace(out->details, out->len, name, nobody);
}

enum question { AS_FILTER, AS_ORDER, AS_MASK };

static struct buffer
question_of(struct hiding *h, enum question question, const char *name)
{
	struct buffer request = harness_buffer(), record = harness_buffer();
	char filter[128];

	snprintf(filter, sizeof(filter), "%s:*", name);
	switch (question) {
	case AS_FILTER:
		harness_put_text(&request, LIST_FILTER, filter);
		break;
	case AS_ORDER:
		harness_put_text(&request, LIST_ORDER, name);
		break;
	case AS_MASK:
		buffer_free(&request);
		harness_put_uuid(&record, FIELD_ID, &h->id);
		return every_request(&record, name);
	}
	buffer_free(&record);
	return request;
}

/* A suggestion is of what is near to the name, whether it is hidden or not:
 * what stands around it must be the same. */
static void
expect_like(struct hiding *h, const struct field *field, enum question question)
{
	enum method_verb verb = question < AS_MASK ? METHOD_LIST
						   : METHOD_UPDATE;
	struct answer hidden, unknown;
	char nobody[80];
	char *suggestion;

	snprintf(nobody, sizeof(nobody), "%s", field->name);
	memset(nobody, 'z', strlen(nobody));
	ask(&hidden, h, verb, question_of(h, question, field->name),
	    field->name, nobody);
	ask(&unknown, h, verb, question_of(h, question, nobody), field->name,
	    nobody);
	suggestion = strstr(hidden.text, "; did you mean");
	if (suggestion) {
		if (strncmp(hidden.text, unknown.text,
			    (size_t)(suggestion - hidden.text)) != 0)
			fail_msg("%s: %s", hidden.text, unknown.text);
		return;
	}
	if (strcmp(hidden.text, unknown.text) != 0 ||
	    hidden.len != unknown.len ||
	    memcmp(hidden.details, unknown.details, hidden.len) != 0)
		fail_msg("%s.%s: \"%s\", and \"%s\" of an unknown one",
			 h->entity->name, field->name, hidden.text,
			 unknown.text);
	h->n_like++;
}

/* Nor is it in the list of what would be right. */
static void expect_unlisted(struct hiding *h, enum question question)
{
	struct answer answer;
	const char *list;
	char name[90];

	ask(&answer, h, METHOD_LIST, question_of(h, question, "zzzzzzzz"), "-",
	    "-");
	list = strchr(answer.text, '.');
	for (size_t i = 0; i < h->entity->n_fields; i++) {
		snprintf(name, sizeof(name), " %s,", h->entity->fields[i].name);
		if (is_hidden(h, &h->entity->fields[i]) && list &&
		    strstr(list, name))
			fail_msg("%s lists%s", h->entity->name, name);
	}
}

/* In a record it is refused by name, or somebody's words would be lost. */
static void expect_not_taken(struct hiding *h, const struct field *field)
{
	struct record_maker maker = every_maker(h->f->every);
	struct buffer record = harness_buffer(), request;
	char path[160];

	harness_put_uuid(&record, FIELD_ID, &h->id);
	maker.rank = RANK_ADMINISTRATOR;
	if (maker_may_set(field))
		maker_field(&record, field, &maker);
	if (!has_field((struct bytes){ record.at, record.len },
		       field->number)) {
		buffer_free(&record);
		return;
	}
	request = every_request(&record, NULL);
	snprintf(path, sizeof(path), "%s.%s", h->entity->name, field->name);
	harness_expect_violation(kind_firm_call(h->f, OWNER, h->entity,
						METHOD_UPDATE, &request),
				 path);
	h->n_refused++;
}

static void try_asking(struct hiding *h)
{
	for (size_t i = 0; i < h->entity->n_fields; i++) {
		const struct field *field = &h->entity->fields[i];

		if (!is_hidden(h, field))
			continue;
		/* A firm's own fields stand behind a word of the language. */
		if (field->flags & FIELD_IS_CUSTOM)
			continue;
		expect_like(h, field, AS_FILTER);
		expect_like(h, field, AS_ORDER);
		if (!is_able(h))
			continue;
		expect_like(h, field, AS_MASK);
		expect_not_taken(h, field);
	}
	expect_unlisted(h, AS_FILTER);
	expect_unlisted(h, AS_ORDER);
}

/* ----------------------------------------------------------------- searched */

static const struct harness_reply *
search(struct hiding *h, const char *token, struct bytes text)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	wire_put_bytes(&request, 1, text.at, text.len);
	harness_put_text(&request, 2, h->entity->name);
	wire_put_scalar(&request, 3, 100);
	reply = harness_call(&h->f->every->harness, "SearchService/Search",
			     token, request.at, request.len);
	buffer_free(&request);
	harness_expect(reply, OUTRIDER_OK);
	return reply;
}

/* The record is found by this field, "phones.number" of phones included. */
static bool is_found_by(const struct hiding *h,
			const struct harness_reply *reply,
			const struct field *field)
{
	size_t len = strlen(field->name);
	struct bytes hit;

	for (size_t n = 0; (hit = harness_part(reply->message, 1, n)).at; n++) {
		struct uuid id = harness_uuid(hit, 2);
		struct bytes path = harness_part(hit, 4, 0);

		if (uuid_compare(&id, &h->id) == 0 && path.len >= len &&
		    memcmp(path.at, field->name, len) == 0 &&
		    (path.len == len || path.at[len] == '.'))
			return true;
	}
	return false;
}

static void
try_text(struct hiding *h, const struct field *field, struct bytes text)
{
	if (text.len == 0 || text.len > 100)
		return;
	h->n_found += is_found_by(
		h, search(h, h->f->every->harness.admin_token, text), field);
	if (is_found_by(h, search(h, h->f->people[OWNER].token, text), field))
		fail_msg("%s is found by %s", h->entity->name, field->name);
}

static void try_searching(struct hiding *h)
{
	for (size_t i = 0; i < h->entity->n_fields; i++) {
		const struct field *field = &h->entity->fields[i];
		struct bytes part = harness_part(h->whole, field->number, 0);

		if (!is_hidden(h, field))
			continue;
		if (field->flags & FIELD_IS_SEARCHABLE)
			try_text(h, field, part);
		for (size_t k = 0;
		     field->message && k < field->message->n_fields; k++)
			if (field->message->fields[k].flags &
			    FIELD_IS_SEARCHABLE)
				try_text(h, field,
					 harness_part(part,
						      field->message->fields[k]
							      .number,
						      0));
	}
}

/* ---------------------------------------------------------------- timelines */

/* Each field that may be another is, by the administrator's hand. */
static void change_all(struct hiding *h)
{
	for (size_t i = 0; i < h->entity->n_fields && !every_stands(h->entity);
	     i++) {
		const struct field *field = &h->entity->fields[i];
		struct record_maker maker = every_maker(h->f->every);
		struct buffer record = harness_buffer(), request;

		harness_put_uuid(&record, FIELD_ID, &h->id);
		if (maker_may_set(field) && field->type != FIELD_UUID &&
		    !kind_firm_leaves_out(field))
			maker_field(&record, field, &maker);
		request = every_request(&record, NULL);
		every_call(h->f->every, h->entity, METHOD_UPDATE, &request);
	}
}

/* The fields of one change that may be hidden. */
static size_t count_hidden(struct hiding *h, struct bytes change)
{
	struct bytes part;
	size_t n_found = 0;

	for (size_t k = 0; (part = harness_part(change, 2, k)).at; k++) {
		struct bytes path = harness_part(part, 1, 0);
		const struct field *field;
		size_t len = 0;

		while (len < path.len && path.at[len] != '.')
			len++;
		field = message_field_named(h->entity->message,
					    (const char *)path.at, len);
		n_found += field && field->number >= FIELD_FIRST_OWN &&
			   is_hidden(h, field);
	}
	return n_found;
}

/* The same, in all entries. */
static size_t count_changes(struct hiding *h, const char *token)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	struct bytes entry;
	size_t n_found = 0;

	harness_put_text(&request, 1, h->entity->name);
	harness_put_uuid(&request, 2, &h->id);
	wire_put_scalar(&request, 4, 200);
	reply = harness_call(&h->f->every->harness,
			     "TimelineService/GetTimeline", token, request.at,
			     request.len);
	buffer_free(&request);
	harness_expect(reply, OUTRIDER_OK);
	for (size_t n = 0; (entry = harness_part(reply->message, 1, n)).at; n++)
		n_found += count_hidden(h, harness_part(entry, 8, 0));
	return n_found;
}

static void try_timeline(struct hiding *h)
{
	change_all(h);
	h->n_changes += count_changes(h, h->f->every->harness.admin_token);
	if (count_changes(h, h->f->people[OWNER].token) > 0)
		fail_msg("the timeline of a %s tells", h->entity->name);
}

/* -------------------------------------------------------------------- kinds */

static void begin(struct hiding *h, const struct entity *entity)
{
	struct buffer request;
	const struct harness_reply *reply;

	arena_reset(&h->f->every->arena);
	h->entity = entity;
	h->id = h->f->records[entity->number];
	request = every_request_by_id(&h->id);
	reply = every_call(h->f->every, entity, METHOD_GET, &request);
	harness_expect(reply, OUTRIDER_OK);
	h->whole = arena_copy(&h->f->every->arena, reply->message.at,
			      reply->message.len);
}

static void runs(void **state, void (*run)(struct hiding *))
{
	struct hiding *h = *state;

	for (size_t i = 0; i < schema_n_entities; i++) {
		kind_firm_set_role(h->f, &(const struct role_text){
						 .grant = GRANT_WRITE,
						 .hides = schema_entities[i],
					 });
		begin(h, schema_entities[i]);
		run(h);
	}
}

static void no_method_tells_it(void **state)
{
	runs(state, try_telling);
}

static void it_is_answered_as_what_is_not(void **state)
{
	runs(state, try_asking);
	assert_true(hiding.n_like > schema_n_entities);
}

static void no_search_finds_it(void **state)
{
	runs(state, try_searching);
	assert_true(hiding.n_found > schema_n_entities / 2);
}

static void no_timeline_tells_it(void **state)
{
	runs(state, try_timeline);
	assert_true(hiding.n_changes > schema_n_entities);
}

/* What asks for a rank, and what a role shows all the same. */
static void a_role_shows_what_asks_for_a_rank(void **state)
{
	struct hiding *h = *state;
	size_t n = 0;

	for (size_t i = 0; i < 2 * schema_n_entities; i++) {
		const struct entity *entity = schema_entities[i / 2];
		bool is_shown = i % 2;
		struct bytes told;

		kind_firm_set_role(h->f,
				   &(const struct role_text){
					   .shows = is_shown ? entity : NULL,
				   });
		begin(h, entity);
		told = owner_calls(h, METHOD_GET, every_request_by_id(&h->id))
			       ->message;
		for (size_t k = 0; k < entity->n_fields; k++) {
			const struct field *field = &entity->fields[k];

			if (field->read_rank <= RANK_REP ||
			    !has_field(h->whole, field->number))
				continue;
			assert_int_equal(has_field(told, field->number),
					 is_shown);
			n++;
		}
	}
	print_message("%zu looked at\n", n);
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_method_tells_it),
		cmocka_unit_test(it_is_answered_as_what_is_not),
		cmocka_unit_test(no_search_finds_it),
		cmocka_unit_test(no_timeline_tells_it),
		cmocka_unit_test(a_role_shows_what_asks_for_a_rank),
	};

	return cmocka_run_group_tests(tests, open_firm, close_firm);
}
