/*
 * Requests by field number, hits through protobuf.
 */
#include "search_box.h"

#include "app/indexer.h"
#include "app/parts.h"
#include "model/wire.h"
#include "store/backend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct entity *entity_of(const char *kind)
{
	const struct entity *entity = schema_entity_named(kind, strlen(kind));

	assert_non_null(entity);
	return entity;
}

/* "ContactService/CreateContact" of "contact". */
static const char *path_of(const char *kind, enum method_verb verb)
{
	for (size_t i = 0; i < schema_n_methods; i++)
		if (schema_methods[i].verb == verb &&
		    schema_methods[i].entity == entity_of(kind))
			return schema_methods[i].path + strlen("/outrider.v1.");
	fail_msg("%s has no such method", kind);
	return NULL;
}

static void put_fields(struct buffer *record, const struct box_field *fields)
{
	for (; fields->number != 0; fields++)
		harness_put_text(record, fields->number, fields->text);
}

static struct uuid send_record(struct app_harness *h, const char *token,
			       const char *path, struct buffer *record)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	struct uuid id;

	wire_put_bytes(&request, 1, record->at, record->len);
	reply = harness_call(h, path, token, request.at, request.len);
	if (reply->code != OUTRIDER_OK)
		fail_msg("%s: %s", path, reply->text);
	id = harness_uuid(reply->message, 1);
	buffer_free(&request);
	buffer_free(record);
	return id;
}

struct uuid box_add(struct app_harness *h, const char *token, const char *kind,
		    const struct box_field *fields)
{
	struct buffer record = harness_buffer();

	put_fields(&record, fields);
	return send_record(h, token, path_of(kind, METHOD_CREATE), &record);
}

void box_change(struct app_harness *h, const char *token, const char *kind,
		const struct uuid *id, const struct box_field *fields)
{
	struct buffer record = harness_buffer();

	harness_put_uuid(&record, 1, id);
	put_fields(&record, fields);
	send_record(h, token, path_of(kind, METHOD_UPDATE), &record);
}

struct uuid box_add_phone(struct app_harness *h, const char *token,
			  const char *name, const char *number)
{
	struct buffer record = harness_buffer(), phone = harness_buffer();

	harness_put_text(&record, 11, name);
	harness_put_text(&phone, 1, number);
	wire_put_bytes(&record, 15, phone.at, phone.len);
	buffer_free(&phone);
	return send_record(h, token, path_of("contact", METHOD_CREATE),
			   &record);
}

static void send_id(struct app_harness *h, const char *token, const char *path,
		    const struct uuid *id)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_uuid(&request, 1, id);
	reply = harness_call(h, path, token, request.at, request.len);
	if (reply->code != OUTRIDER_OK)
		fail_msg("%s: %s", path, reply->text);
	buffer_free(&request);
}

void box_delete(struct app_harness *h, const char *token, const char *kind,
		const struct uuid *id)
{
	send_id(h, token, path_of(kind, METHOD_DELETE), id);
}

void box_undelete(struct app_harness *h, const char *token, const char *kind,
		  const struct uuid *id)
{
	send_id(h, token, path_of(kind, METHOD_UNDELETE), id);
}

struct box_hits
box_search(struct app_harness *h, const char *token, const char *query)
{
	return box_search_kind(h, token, query, NULL, 0);
}

struct box_hits box_search_kind(struct app_harness *h, const char *token,
				const char *query, const char *kind,
				int32_t page_size)
{
	static Outrider__V1__SearchResponse *last;
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	struct box_hits hits = { .n = 0 };

	harness_put_text(&request, 1, query);
	if (kind)
		harness_put_text(&request, 2, kind);
	if (page_size)
		wire_put_scalar(&request, 3, (uint64_t)page_size);
	reply = harness_call(h, "SearchService/Search", token, request.at,
			     request.len);
	buffer_free(&request);
	hits.code = reply->code;
	if (reply->code != OUTRIDER_OK) {
		snprintf(hits.text, sizeof(hits.text), "%s", reply->text);
		harness_violation(hits.field, reply);
		return hits;
	}
	if (last)
		outrider__v1__search_response__free_unpacked(last, NULL);
	last = outrider__v1__search_response__unpack(NULL, reply->message.len,
						     reply->message.at);
	assert_non_null(last);
	hits.n = last->n_hits;
	hits.at = last->hits;
	hits.has_more = last->has_more;
	return hits;
}

void box_expect_titles(struct app_harness *h, const char *token,
		       const char *query, const char *const *titles)
{
	struct box_hits hits = box_search(h, token, query);
	size_t i = 0;

	if (hits.code != OUTRIDER_OK)
		fail_msg("%s: %s", query, hits.text);
	for (; titles[i]; i++) {
		if (i >= hits.n)
			fail_msg("%s: %zu hits, and %s is not among them",
				 query, hits.n, titles[i]);
		assert_string_equal(hits.at[i]->title, titles[i]);
	}
	if (i < hits.n)
		fail_msg("%s: and %s", query, hits.at[i]->title);
}

void box_forget(struct app_harness *h, uint64_t n)
{
	const struct store_backend *backend = h->store_config.backend;
	struct backend_open how = { .path = h->path, .use = BACKEND_WRITE };
	struct backend_conn *conn = NULL;
	char sql[200];

	/* Documents of that time would not have been there either. */
	snprintf(sql, sizeof(sql),
		 "UPDATE search_state SET rev = %llu WHERE kind = 0;"
		 "DELETE FROM search_doc WHERE rev > %llu",
		 (unsigned long long)(harness_rev(h) - n),
		 (unsigned long long)(harness_rev(h) - n));
	assert_int_equal(backend->open(&conn, backend, &how), BACKEND_DONE);
	assert_int_equal(backend->exec(conn, sql), BACKEND_DONE);
	backend->close(conn);
}

void box_index(struct app_harness *h)
{
	indexer_go_on(h->app->indexer);
	while (store_run_writes(h->store))
		;
}
