/*
 * Every kind through the server: see every_kind.h.
 */
#include "every_kind.h"

#include "app/write.h"
#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { OWN_MEMORY = 1 << 20 };

int every_open(void **state)
{
	static struct every_kind test;

	memset(test.targets, 0, sizeof(test.targets));
	test.seed = 1;
	harness_open(&test.harness);
	harness_upload(test.content_hash, &test.harness,
		       test.harness.admin_token, "a price list");
	arena_init(&test.arena, &allocator_libc, OWN_MEMORY);
	*state = &test;
	return 0;
}

int every_close(void **state)
{
	struct every_kind *t = *state;

	arena_free(&t->arena);
	harness_close(&t->harness);
	return 0;
}

/* ---------------------------------------------------------------- requests */

const struct method *
every_method(const struct entity *entity, enum method_verb verb)
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

const struct harness_reply *
every_call(struct every_kind *t, const struct entity *entity,
	   enum method_verb verb, struct buffer *request)
{
	const struct harness_reply *reply =
		harness_call(&t->harness, path_of(every_method(entity, verb)),
			     t->harness.admin_token, request->at, request->len);

	buffer_free(request);
	return reply;
}

struct buffer every_request(struct buffer *record, const char *path)
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

struct buffer every_request_by_id(const struct uuid *id)
{
	struct buffer request = harness_buffer();

	harness_put_uuid(&request, 1, id);
	return request;
}

/* ----------------------------------------------------------------- records */

/* A record of the kind, made when it is first referred to. */
static struct uuid target_of(void *user, const struct entity *entity)
{
	struct every_kind *t = user;
	struct uuid *target = &t->targets[entity->number];

	if (strcmp(entity->name, "user") == 0)
		return t->harness.admin;
	if (strcmp(entity->name, "team") == 0)
		return t->harness.root;
	if (uuid_is_zero(target)) {
		/* Not of itself, while it is being made. */
		target->at[0] = 0xff;
		*target = every_make(t, entity);
	}
	return target->at[0] == 0xff ? (struct uuid){ { 0 } } : *target;
}

bool every_is_servers(const struct field *field)
{
	if (field->flags & FIELD_IS_OUTPUT_ONLY)
		return true;
	for (size_t i = 0; field->message && i < field->message->n_fields; i++)
		if (field->message->fields[i].flags & FIELD_IS_OUTPUT_ONLY)
			return true;
	return false;
}

struct record_maker every_maker(struct every_kind *t)
{
	return (struct record_maker){ .seed = t->seed++,
				      .reference = target_of,
				      .content_hash = t->content_hash,
				      .user = t };
}

struct server_write {
	struct every_kind *t;
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

enum outrider_code every_write(struct every_kind *t, struct uuid *id,
			       const struct row *row, struct outrider_err *err)
{
	struct server_write w = {
		.t = t,
		.intent = { .op = CHANGE_CREATE,
			    .entity = row->entity,
			    .id = harness_new_uuid(&t->harness),
			    .values = row },
	};

	*id = w.intent.id;
	return store_write_now(t->harness.store, run_server_write, &w, err);
}

/* What only the server makes, it makes itself. */
static struct uuid
make_by_server(struct every_kind *t, const struct entity *entity)
{
	struct row *row = row_new(&t->arena, entity);
	struct outrider_err err;
	struct uuid id;

	assert_non_null(row);
	row->owner = t->harness.admin;
	row->values[0].i = 1;
	if (every_write(t, &id, row, &err))
		fail_msg("%s", err.text);
	return id;
}

struct uuid every_make(struct every_kind *t, const struct entity *entity)
{
	struct record_maker m = every_maker(t);
	struct buffer record = harness_buffer(), request;
	const struct harness_reply *reply;

	if (!every_method(entity, METHOD_CREATE)) {
		buffer_free(&record);
		return make_by_server(t, entity);
	}
	maker_record(&record, entity, &m);
	request = every_request(&record, NULL);
	reply = every_call(t, entity, METHOD_CREATE, &request);
	harness_expect(reply, OUTRIDER_OK);
	return harness_uuid(reply->message, FIELD_ID);
}

struct row *every_read_row(struct every_kind *t, const struct entity *entity,
			   struct bytes bytes)
{
	struct row *row = row_new(&t->arena, entity);
	struct outrider_err err;

	assert_non_null(row);
	if (record_read(row, NULL, &t->arena, bytes, &err))
		fail_msg("%s: %s", err.field, err.text);
	return row;
}

struct row *every_get_row(struct every_kind *t, const struct entity *entity,
			  const struct uuid *id)
{
	struct buffer request = every_request_by_id(id);
	const struct harness_reply *reply =
		every_call(t, entity, METHOD_GET, &request);

	harness_expect(reply, OUTRIDER_OK);
	return every_read_row(t, entity, reply->message);
}

bool every_stands(const struct entity *entity)
{
	return !every_method(entity, METHOD_UPDATE);
}

void every_kind_runs(struct every_kind *t,
		     void (*run)(struct every_kind *, const struct entity *))
{
	for (size_t i = 0; i < schema_n_entities; i++) {
		if (every_stands(schema_entities[i]))
			continue;
		print_message("  %s\n", schema_entities[i]->name);
		run(t, schema_entities[i]);
	}
}

/* ------------------------------------------------------------------- lists */

size_t every_count_listed(struct every_kind *t, const struct entity *entity,
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
		reply = every_call(t, entity, METHOD_LIST, &request);
		harness_expect(reply, OUTRIDER_OK);
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
