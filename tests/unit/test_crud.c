/*
 * crud: every kind through every standard method, out of the tables.
 */
#include "app_harness.h"
#include "record_maker.h"

#include "app/complete.h"
#include "app/write.h"
#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { OWN_MEMORY = 1 << 20 };

struct crud_test {
	struct app_harness harness;
	struct arena arena;
	/* One record of each kind that references may name. */
	struct uuid targets[256];
	uint8_t content_hash[32];
	unsigned seed;
};

static int open_firm(void **state)
{
	static struct crud_test test;

	memset(test.targets, 0, sizeof(test.targets));
	test.seed = 1;
	harness_open(&test.harness);
	harness_upload(test.content_hash, &test.harness,
		       test.harness.admin_token, "a price list");
	arena_init(&test.arena, &allocator_libc, OWN_MEMORY);
	*state = &test;
	return 0;
}

static int close_firm(void **state)
{
	struct crud_test *t = *state;

	arena_free(&t->arena);
	harness_close(&t->harness);
	return 0;
}

/* ---------------------------------------------------------------- requests */

/* NULL where the kind has no such method. */
static const struct method *
method_of(const struct entity *entity, enum method_verb verb)
{
	for (size_t i = 0; i < schema_n_methods; i++)
		if (schema_methods[i].entity == entity &&
		    schema_methods[i].verb == verb)
			return &schema_methods[i];
	return NULL;
}

static const char *path_of(const struct method *method)
{
	return method->path + strlen("/outrider.v1.");
}

static const struct harness_reply *
call(struct crud_test *t, const struct entity *entity, enum method_verb verb,
     struct buffer *request)
{
	const struct harness_reply *reply =
		harness_call(&t->harness, path_of(method_of(entity, verb)),
			     t->harness.admin_token, request->at, request->len);

	buffer_free(request);
	return reply;
}

/* Create, or Update with a mask of one path (NULL: none). */
static struct buffer request_of(struct buffer *record, const char *path)
{
	struct buffer request = harness_buffer();

	wire_put_bytes(&request, 1, record->at, record->len);
	if (path) {
		struct buffer mask = harness_buffer();

		harness_put_text(&mask, 1, path);
		wire_put_bytes(&request, 2, mask.at, mask.len);
		buffer_free(&mask);
	}
	buffer_free(record);
	return request;
}

static struct buffer request_by_id(const struct uuid *id)
{
	struct buffer request = harness_buffer();

	harness_put_uuid(&request, 1, id);
	return request;
}

static void expect(const struct harness_reply *reply, enum outrider_code code)
{
	char field[96];

	if (reply->code == code)
		return;
	harness_violation(field, reply);
	fail_msg("%s, not %s: %s %s", code_name(reply->code), code_name(code),
		 field, reply->text);
}

static void
expect_violation(const struct harness_reply *reply, const char *field)
{
	char found[96];

	expect(reply, OUTRIDER_INVALID_ARGUMENT);
	harness_violation(found, reply);
	assert_string_equal(found, field);
}

/* ----------------------------------------------------------------- records */

static struct uuid make(struct crud_test *t, const struct entity *entity);

/* A record of the kind, made when it is first referred to. */
static struct uuid target_of(void *user, const struct entity *entity)
{
	struct crud_test *t = user;
	struct uuid *target = &t->targets[entity->number];

	if (strcmp(entity->name, "user") == 0)
		return t->harness.admin;
	if (strcmp(entity->name, "team") == 0)
		return t->harness.root;
	if (uuid_is_zero(target)) {
		/* Not of itself, while it is being made. */
		target->at[0] = 0xff;
		*target = make(t, entity);
	}
	return target->at[0] == 0xff ? (struct uuid){ { 0 } } : *target;
}

static struct record_maker maker(struct crud_test *t)
{
	return (struct record_maker){ .seed = t->seed++,
				      .reference = target_of,
				      .content_hash = t->content_hash,
				      .user = t };
}

struct server_write {
	struct crud_test *t;
	struct write_intent intent;
	struct write_outcome outcome;
};

static enum outrider_code
run_server_write(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct server_write *w = user;

	return write_record(&w->outcome, w->t->harness.app, tx, &w->intent,
			    &w->t->arena, err);
}

/* What only the server makes, it makes itself. */
static struct uuid
make_by_server(struct crud_test *t, const struct entity *entity)
{
	struct row *row = row_new(&t->arena, entity);
	struct server_write w = {
		.t = t,
		.intent = { .op = CHANGE_CREATE,
			    .entity = entity,
			    .id = harness_new_uuid(&t->harness),
			    .values = row },
	};
	struct outrider_err err;

	assert_non_null(row);
	row->owner = t->harness.admin;
	row->values[0].i = 1;
	if (store_write_now(t->harness.store, run_server_write, &w, &err))
		fail_msg("%s", err.text);
	return w.intent.id;
}

static struct uuid make(struct crud_test *t, const struct entity *entity)
{
	struct record_maker m = maker(t);
	struct buffer record = harness_buffer(), request;
	const struct harness_reply *reply;

	if (!method_of(entity, METHOD_CREATE)) {
		buffer_free(&record);
		return make_by_server(t, entity);
	}
	maker_record(&record, entity, &m);
	request = request_of(&record, NULL);
	reply = call(t, entity, METHOD_CREATE, &request);
	expect(reply, OUTRIDER_OK);
	return harness_uuid(reply->message, FIELD_ID);
}

/* A resource's bytes as a row. */
static struct row *
read_row(struct crud_test *t, const struct entity *entity, struct bytes bytes)
{
	struct row *row = row_new(&t->arena, entity);
	struct outrider_err err;

	assert_non_null(row);
	if (record_read(row, NULL, &t->arena, bytes, &err))
		fail_msg("%s: %s", err.field, err.text);
	return row;
}

static struct row *
get_row(struct crud_test *t, const struct entity *entity, const struct uuid *id)
{
	struct buffer request = request_by_id(id);
	const struct harness_reply *reply =
		call(t, entity, METHOD_GET, &request);

	expect(reply, OUTRIDER_OK);
	return read_row(t, entity, reply->message);
}

/* Runs for each kind; says which one where it fails. */
static void each_kind(struct crud_test *t,
		      void (*run)(struct crud_test *, const struct entity *))
{
	for (size_t i = 0; i < schema_n_entities; i++) {
		print_message("  %s\n", schema_entities[i]->name);
		run(t, schema_entities[i]);
	}
}

/* ------------------------------------------------------------------ tests */

/* name NULL: there is no such field. */
static void
expect_field(const struct method *m, uint32_t number, const char *name)
{
	const struct field *field = message_field(m->request, number);

	assert_int_equal(!name, !field);
	if (name && name[0] == 0)
		name = m->entity->name;
	if (field)
		assert_string_equal(field->name, name);
}

/* The engine reads requests by number: the contract must say the same. */
static void requests_are_laid_out_alike(void **state)
{
	static const struct {
		enum method_verb verb;
		/* From number 1 on; "": the kind's own name. */
		const char *names[5];
	} layouts[] = {
		{ METHOD_CREATE, { "", "request_id" } },
		{ METHOD_GET, { "id" } },
		{ METHOD_LIST,
		  { "page_size", "page_token", "show_deleted", "filter",
		    "order_by" } },
		{ METHOD_UPDATE, { "", "update_mask", "request_id" } },
		{ METHOD_DELETE, { "id", "etag", "request_id" } },
		{ METHOD_UNDELETE, { "id", "etag", "request_id" } },
		{ METHOD_BATCH_GET, { "ids" } },
		{ METHOD_BATCH_CREATE, { "requests", "request_id" } },
		{ METHOD_BATCH_UPDATE, { "requests", "request_id" } },
	};
	size_t n_found = 0;

	(void)state;
	for (size_t i = 0; i < schema_n_methods; i++) {
		const struct method *m = &schema_methods[i];

		for (size_t l = 0; l < sizeof(layouts) / sizeof(*layouts);
		     l++) {
			if (layouts[l].verb != m->verb)
				continue;
			n_found++;
			for (uint32_t n = 0; n < 5; n++)
				expect_field(m, n + 1, layouts[l].names[n]);
		}
		n_found += m->verb == METHOD_NAMED;
	}
	assert_int_equal(n_found, schema_n_methods);
}

/* Answers are written by number as well. */
static void answers_are_laid_out_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_n_methods; i++) {
		const struct method *m = &schema_methods[i];
		const struct field *first = message_field(m->response, 1);

		switch (m->verb) {
		case METHOD_LIST:
			assert_string_equal(message_field(m->response, 2)->name,
					    "next_page_token");
			assert_string_equal(message_field(m->response, 3)->name,
					    "is_scan");
			assert_ptr_equal(first->message, m->entity->message);
			break;
		case METHOD_BATCH_GET:
		case METHOD_BATCH_CREATE:
		case METHOD_BATCH_UPDATE:
			assert_ptr_equal(first->message, m->entity->message);
			break;
		case METHOD_CREATE:
		case METHOD_GET:
		case METHOD_UPDATE:
		case METHOD_DELETE:
		case METHOD_UNDELETE:
			assert_ptr_equal(m->response, m->entity->message);
			break;
		case METHOD_NAMED:
			break;
		}
	}
}

static void run_create(struct crud_test *t, const struct entity *entity)
{
	struct record_maker m = maker(t);
	struct buffer record = harness_buffer(), request;
	const struct harness_reply *reply;
	struct row *sent, *got;
	struct bytes whole;
	struct uuid id;

	if (!method_of(entity, METHOD_CREATE)) {
		buffer_free(&record);
		return;
	}
	maker_record(&record, entity, &m);
	whole = arena_copy(&t->arena, record.at, record.len);
	sent = read_row(t, entity, whole);
	request = request_of(&record, NULL);
	reply = call(t, entity, METHOD_CREATE, &request);
	expect(reply, OUTRIDER_OK);
	whole = arena_copy(&t->arena, reply->message.at, reply->message.len);
	got = read_row(t, entity, whole);
	for (size_t i = 0; i < entity->n_fields; i++)
		if (!complete_fills(&entity->fields[i]) &&
		    !value_equal(&entity->fields[i], &sent->values[i],
				 &got->values[i]))
			fail_msg("%s is not as sent", entity->fields[i].name);
	assert_memory_equal(&got->owner, &t->harness.admin, 16);
	assert_true(harness_part(whole, FIELD_CREATE_TIME, 0).len > 0);

	id = harness_uuid(whole, FIELD_ID);
	request = request_by_id(&id);
	reply = call(t, entity, METHOD_GET, &request);
	expect(reply, OUTRIDER_OK);
	assert_int_equal(reply->message.len, whole.len);
	assert_memory_equal(reply->message.at, whole.at, whole.len);
}

static void created_is_what_was_sent(void **state)
{
	each_kind(*state, run_create);
}

static void run_taken_id(struct crud_test *t, const struct entity *entity)
{
	struct uuid id = make(t, entity);
	struct record_maker m = maker(t);
	struct buffer record = harness_buffer(), request;

	if (!method_of(entity, METHOD_CREATE)) {
		buffer_free(&record);
		return;
	}
	harness_put_uuid(&record, FIELD_ID, &id);
	maker_record(&record, entity, &m);
	request = request_of(&record, NULL);
	expect(call(t, entity, METHOD_CREATE, &request),
	       OUTRIDER_ALREADY_EXISTS);
}

static void an_id_is_taken_once(void **state)
{
	each_kind(*state, run_taken_id);
}

/* How often List shows the record, page by page. */
static size_t count_listed(struct crud_test *t, const struct entity *entity,
			   const struct uuid *id, int page_size,
			   bool show_deleted)
{
	char token[256] = "";
	size_t n_found = 0, n_pages = 0;

	do {
		struct buffer request = harness_buffer();
		const struct harness_reply *reply;
		struct bytes item;
		size_t n;

		wire_put_scalar(&request, 1, (uint64_t)page_size);
		if (token[0])
			harness_put_text(&request, 2, token);
		if (show_deleted)
			wire_put_scalar(&request, 3, 1);
		reply = call(t, entity, METHOD_LIST, &request);
		expect(reply, OUTRIDER_OK);
		for (n = 0; (item = harness_part(reply->message, 1, n)).at;
		     n++) {
			struct uuid found = harness_uuid(item, FIELD_ID);

			n_found += uuid_compare(&found, id) == 0;
		}
		/* No page but the first is empty. */
		assert_true(n > 0 || n_pages == 0);
		assert_true(page_size == 0 || n <= (size_t)page_size);
		harness_text(token, sizeof(token), reply->message, 2);
		assert_true(n_pages++ < 1000);
	} while (token[0]);
	return n_found;
}

static void run_list(struct crud_test *t, const struct entity *entity)
{
	struct uuid id = make(t, entity), other = make(t, entity);

	for (int page_size = 0; page_size < 4; page_size++) {
		assert_int_equal(count_listed(t, entity, &id, page_size, false),
				 1);
		assert_int_equal(
			count_listed(t, entity, &other, page_size, true), 1);
	}
	assert_int_equal(count_listed(t, entity, &id, 2000000000, false), 1);
}

static void each_is_listed_once(void **state)
{
	each_kind(*state, run_list);
}

/* What laws make of other fields, or never leave empty. */
static bool is_settled(const struct field *field)
{
	static const char *const names[] = {
		"amount_minor", "order_number",	  "claim_number",
		"quote_number", "invoice_number", "probability",
	};

	if (complete_fills(field))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(field->name, names[i]) == 0)
			return true;
	return false;
}

/* Updates one field with a mask; others stay as they are. */
static void update_field(struct crud_test *t, const struct entity *entity,
			 const struct uuid *id, size_t which, bool is_clearing)
{
	const struct field *field = &entity->fields[which];
	struct record_maker m = maker(t);
	struct row *before = get_row(t, entity, id), *sent, *after;
	struct buffer record = harness_buffer(), request;
	struct bytes whole;

	harness_put_uuid(&record, FIELD_ID, id);
	if (!is_clearing)
		maker_field(&record, field, &m);
	/* Sent, but not named: must not count. */
	for (size_t i = 0; i < entity->n_fields; i++)
		if (i != which && maker_may_set(&entity->fields[i]))
			maker_field(&record, &entity->fields[i], &m);
	whole = arena_copy(&t->arena, record.at, record.len);
	sent = read_row(t, entity, whole);
	request = request_of(&record, field->name);
	expect(call(t, entity, METHOD_UPDATE, &request), OUTRIDER_OK);
	after = get_row(t, entity, id);
	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct row *wanted = i == which ? sent : before;

		if (complete_fills(&entity->fields[i]))
			continue;
		/* A meeting's state falls back to PLANNED. */
		if (i == which && is_clearing && field->type == FIELD_ENUM)
			continue;
		/* What the server makes of other fields. */
		if (entity->fields[i].flags & FIELD_IS_OUTPUT_ONLY)
			continue;
		if (is_settled(&entity->fields[i]))
			continue;
		if (!value_equal(&entity->fields[i], &wanted->values[i],
				 &after->values[i]))
			fail_msg("updating %s: %s is not as it should be",
				 field->name, entity->fields[i].name);
	}
}

static void run_update(struct crud_test *t, const struct entity *entity)
{
	struct uuid id = make(t, entity);

	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];

		if (!maker_may_set(field))
			continue;
		update_field(t, entity, &id, i, false);
		/* A team keeps its parent, a choice something to choose. */
		if (!(field->flags & FIELD_IS_REQUIRED) &&
		    strcmp(field->name, "choices") != 0 &&
		    strcmp(field->name, "parent_id") != 0) {
			update_field(t, entity, &id, i, true);
			/* A meeting is somewhere: half a pin at most goes. */
			update_field(t, entity, &id, i, false);
		}
		arena_reset(&t->arena);
	}
}

static void a_mask_changes_what_it_names(void **state)
{
	each_kind(*state, run_update);
}

static void run_bad_masks(struct crud_test *t, const struct entity *entity)
{
	struct uuid id = make(t, entity);
	static const struct {
		const char *path, *field; /* NULL: the kind's own field */
	} cases[] = {
		{ "no_such_field", "update_mask.paths[0]" },
		{ "", "update_mask.paths[0]" },
		{ "\xff\xfe", "update_mask.paths[0]" },
		{ "create_time", NULL },
		{ "etag", NULL },
		{ "team_id", NULL },
		{ "id", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer record = harness_buffer(), request;
		char field[96];

		snprintf(field, sizeof(field), "%s.%s", entity->name,
			 cases[i].path);
		harness_put_uuid(&record, FIELD_ID, &id);
		request = request_of(&record, cases[i].path);
		expect_violation(call(t, entity, METHOD_UPDATE, &request),
				 cases[i].field ? cases[i].field : field);
	}
}

static void bad_masks_are_refused(void **state)
{
	each_kind(*state, run_bad_masks);
}

/* "*" clears what is not sent; no mask leaves it. */
static void run_whole_updates(struct crud_test *t, const struct entity *entity)
{
	struct uuid id = make(t, entity);
	struct row *before = get_row(t, entity, &id), *after;
	struct record_maker m = maker(t);

	for (int is_all = 0; is_all < 2; is_all++) {
		struct buffer record = harness_buffer(), request;
		struct row *sent;

		harness_put_uuid(&record, FIELD_ID, &id);
		for (size_t i = 0; i < entity->n_fields; i++) {
			const struct field *field = &entity->fields[i];

			/* What laws ask for, and every second one. */
			if (maker_may_set(field) &&
			    (i % 2 || field->flags & FIELD_IS_REQUIRED ||
			     field->type == FIELD_TIMESTAMP ||
			     field->type == FIELD_DOUBLE ||
			     strcmp(field->name, "choices") == 0 ||
			     field->reference == entity))
				maker_field(&record, field, &m);
		}
		sent = read_row(t, entity,
				arena_copy(&t->arena, record.at, record.len));
		request = request_of(&record, is_all ? "*" : NULL);
		expect(call(t, entity, METHOD_UPDATE, &request), OUTRIDER_OK);
		after = get_row(t, entity, &id);
		for (size_t i = 0; i < entity->n_fields; i++) {
			const struct field *field = &entity->fields[i];
			const struct value *wanted = &sent->values[i];

			if (complete_fills(field))
				continue;
			if (!value_is_set(wanted) &&
			    (!is_all || !maker_may_set(field)))
				wanted = &before->values[i];
			if (is_all && field->type == FIELD_ENUM &&
			    !value_is_set(wanted))
				continue;
			if (field->flags & FIELD_IS_OUTPUT_ONLY)
				continue;
			if (is_settled(field))
				continue;
			if (!value_equal(field, wanted, &after->values[i]))
				fail_msg("%s is not as it should be",
					 field->name);
		}
	}
}

static void whole_updates(void **state)
{
	each_kind(*state, run_whole_updates);
}

static void run_etags(struct crud_test *t, const struct entity *entity)
{
	struct uuid id = make(t, entity);
	struct buffer request = request_by_id(&id);
	const struct harness_reply *reply =
		call(t, entity, METHOD_GET, &request);
	char first[32];
	static const enum outrider_code wanted[] = {
		OUTRIDER_OK,	  /* the current one */
		OUTRIDER_ABORTED, /* stale now */
		OUTRIDER_ABORTED, /* none of ours */
	};

	harness_text(first, sizeof(first), reply->message, FIELD_ETAG);
	assert_true(first[0]);
	for (size_t i = 0; i < 3; i++) {
		struct record_maker m = maker(t);
		struct buffer record = harness_buffer();

		harness_put_uuid(&record, FIELD_ID, &id);
		harness_put_text(&record, FIELD_ETAG, i < 2 ? first : "bogus");
		for (size_t f = 0; f < entity->n_fields; f++)
			if (maker_may_set(&entity->fields[f]) &&
			    entity->fields[f].type == FIELD_STRING)
				maker_field(&record, &entity->fields[f], &m);
		request = request_of(&record, NULL);
		expect(call(t, entity, METHOD_UPDATE, &request), wanted[i]);
	}
	if (!method_of(entity, METHOD_DELETE))
		return;
	request = request_by_id(&id);
	harness_put_text(&request, 2, first);
	expect(call(t, entity, METHOD_DELETE, &request), OUTRIDER_ABORTED);
}

static void a_stale_etag_is_aborted(void **state)
{
	each_kind(*state, run_etags);
}

static void run_delete(struct crud_test *t, const struct entity *entity)
{
	struct uuid id;
	struct buffer request, record;
	const struct harness_reply *reply;

	if (!method_of(entity, METHOD_DELETE))
		return;
	id = make(t, entity);
	request = request_by_id(&id);
	expect(call(t, entity, METHOD_UNDELETE, &request),
	       OUTRIDER_FAILED_PRECONDITION);
	request = request_by_id(&id);
	reply = call(t, entity, METHOD_DELETE, &request);
	expect(reply, OUTRIDER_OK);
	assert_true(harness_part(reply->message, FIELD_DELETE_TIME, 0).len > 0);

	request = request_by_id(&id);
	expect(call(t, entity, METHOD_DELETE, &request),
	       OUTRIDER_FAILED_PRECONDITION);
	request = request_by_id(&id);
	reply = call(t, entity, METHOD_GET, &request);
	expect(reply, OUTRIDER_OK);
	assert_true(harness_part(reply->message, FIELD_DELETE_TIME, 0).len > 0);
	assert_int_equal(count_listed(t, entity, &id, 2, false), 0);
	assert_int_equal(count_listed(t, entity, &id, 2, true), 1);
	record = harness_buffer();
	harness_put_uuid(&record, FIELD_ID, &id);
	request = request_of(&record, NULL);
	expect(call(t, entity, METHOD_UPDATE, &request),
	       OUTRIDER_FAILED_PRECONDITION);

	request = request_by_id(&id);
	reply = call(t, entity, METHOD_UNDELETE, &request);
	expect(reply, OUTRIDER_OK);
	assert_true(harness_part(reply->message, FIELD_DELETE_TIME, 0).len ==
		    0);
	assert_int_equal(count_listed(t, entity, &id, 2, false), 1);
}

static void deleted_comes_back(void **state)
{
	each_kind(*state, run_delete);
}

static void run_request_id(struct crud_test *t, const struct entity *entity)
{
	struct record_maker m = maker(t);
	struct uuid request_id = harness_new_uuid(&t->harness), first, again;
	const struct harness_reply *reply;

	if (!method_of(entity, METHOD_CREATE))
		return;
	for (int i = 0; i < 3; i++) {
		struct buffer record = harness_buffer(), request;

		maker_record(&record, entity, &m);
		request = request_of(&record, NULL);
		harness_put_uuid(&request, 2, &request_id);
		reply = call(t, entity, METHOD_CREATE, &request);
		if (i == 2) {
			expect_violation(reply, "request_id");
			return;
		}
		expect(reply, OUTRIDER_OK);
		again = harness_uuid(reply->message, FIELD_ID);
		if (i == 0)
			first = again;
		assert_memory_equal(&first, &again, sizeof(first));
		/* The third time with other content. */
		if (i == 1)
			m.seed = t->seed++;
	}
}

static void a_repeated_request_is_one(void **state)
{
	each_kind(*state, run_request_id);
}

/* What Create makes alone, two at once; updated, and read. */
static void run_batches(struct crud_test *t, const struct entity *entity)
{
	struct buffer request = harness_buffer(), part, record;
	const struct harness_reply *reply;
	struct record_maker m;
	struct uuid ids[2];

	if (!method_of(entity, METHOD_BATCH_CREATE))
		goto done;
	for (int i = 0; i < 2; i++) {
		record = harness_buffer();
		m = maker(t);
		maker_record(&record, entity, &m);
		part = request_of(&record, NULL);
		wire_put_bytes(&request, 1, part.at, part.len);
		buffer_free(&part);
	}
	reply = call(t, entity, METHOD_BATCH_CREATE, &request);
	expect(reply, OUTRIDER_OK);
	for (size_t i = 0; i < 2; i++)
		ids[i] = harness_uuid(harness_part(reply->message, 1, i),
				      FIELD_ID);
	request = harness_buffer();
	for (size_t i = 0; i < 2; i++) {
		record = harness_buffer();
		harness_put_uuid(&record, FIELD_ID, &ids[i]);
		part = request_of(&record, NULL);
		wire_put_bytes(&request, 1, part.at, part.len);
		buffer_free(&part);
	}
	expect(call(t, entity, METHOD_BATCH_UPDATE, &request), OUTRIDER_OK);
	request = harness_buffer();
	for (size_t i = 0; i < 2; i++)
		harness_put_uuid(&request, 1, &ids[i]);
	reply = call(t, entity, METHOD_BATCH_GET, &request);
	expect(reply, OUTRIDER_OK);
	for (size_t i = 0; i < 2; i++) {
		struct uuid found = harness_uuid(
			harness_part(reply->message, 1, i), FIELD_ID);

		assert_memory_equal(&found, &ids[i], sizeof(found));
	}
	return;
done:
	buffer_free(&request);
}

static void batches_of_each_kind(void **state)
{
	each_kind(*state, run_batches);
}

int main(void)
{
#define FIRM(test) cmocka_unit_test_setup_teardown(test, open_firm, close_firm)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_laid_out_alike),
		cmocka_unit_test(answers_are_laid_out_alike),
		FIRM(created_is_what_was_sent),
		FIRM(an_id_is_taken_once),
		FIRM(each_is_listed_once),
		FIRM(a_mask_changes_what_it_names),
		FIRM(bad_masks_are_refused),
		FIRM(whole_updates),
		FIRM(a_stale_etag_is_aborted),
		FIRM(deleted_comes_back),
		FIRM(a_repeated_request_is_one),
		FIRM(batches_of_each_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
