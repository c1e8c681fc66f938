/*
 * The standard methods of every kind: the layout of their requests, and those
 * that read. A kind is a table to it. Those that write stand in
 * app/crud_write.c.
 */
#include "app/crud_parts.h"
#include "app/page_token.h"
#include "app/parts.h"
#include "model/wire.h"

#include <string.h>

enum {
	PAGE_DEFAULT = 50,
	PAGE_MAX = 1000,
	/* Rows held in memory at once. */
	ROWS_AT_ONCE = 64,
	/* A page ends early above it: answers stay far below 4 MiB. */
	PAGE_BYTES_MAX = 1 << 20,
	LIST_ITEMS = 1,
	LIST_NEXT_PAGE_TOKEN = 2,
};

/* ---------------------------------------------------------------- requests */

#define SLOT_NUMBERS 4

/* Which field number of a verb's request is what. */
static const enum slot layouts[][SLOT_NUMBERS] = {
	[METHOD_CREATE] = { [1] = SLOT_RESOURCE, [2] = SLOT_REQUEST_ID },
	[METHOD_GET] = { [1] = SLOT_ID },
	[METHOD_LIST] = { [1] = SLOT_PAGE_SIZE,
			  [2] = SLOT_PAGE_TOKEN,
			  [3] = SLOT_SHOW_DELETED },
	[METHOD_UPDATE] = { [1] = SLOT_RESOURCE,
			    [2] = SLOT_UPDATE_MASK,
			    [3] = SLOT_REQUEST_ID },
	[METHOD_DELETE] = { [1] = SLOT_ID,
			    [2] = SLOT_ETAG,
			    [3] = SLOT_REQUEST_ID, },
	[METHOD_UNDELETE] = { [1] = SLOT_ID,
			      [2] = SLOT_ETAG,
			      [3] = SLOT_REQUEST_ID },
};

static enum outrider_code
read_request(struct crud_request *out, struct app_call *call)
{
	const enum slot *layout = layouts[call->method->verb];
	struct wire_reader reader = wire_read(call->request);
	struct wire_field field;
	int more;

	*out = (struct crud_request){ .is_set = { false } };
	while ((more = wire_next(&reader, &field)) > 0) {
		enum slot slot = field.number < SLOT_NUMBERS
					 ? layout[field.number]
					 : SLOT_NONE;

		out->is_set[slot] = true;
		out->value[slot] = field.value;
		out->scalar[slot] = field.scalar;
	}
	return more < 0 ? crud_malformed(call) : OUTRIDER_OK;
}

enum outrider_code crud_no_memory(struct app_call *call)
{
	return err_set(&call->err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "the request needs more memory than a call has");
}

enum outrider_code crud_malformed(struct app_call *call)
{
	return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, NULL,
		       "the request is malformed");
}

enum outrider_code crud_read_uuid(struct uuid *out, struct app_call *call,
				  struct bytes text, const char *field)
{
	if (uuid_parse(out, (const char *)text.at, text.len) &&
	    !uuid_is_zero(out))
		return OUTRIDER_OK;
	return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, field,
		       "%s is not a UUID", field);
}

/* ----------------------------------------------------------------- reading */

static enum outrider_code
find_visible(struct row **out, struct app_call *call, const struct uuid *id)
{
	const struct entity *entity = call->method->entity;
	enum outrider_code code = store_get(call_conn(call), out, entity, id,
					    &call->arena, &call->err);

	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && !access_may_see(&call->principal, *out)))
		return err_set(&call->err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such %s", entity->name);
	return code;
}

static enum outrider_code
get(struct app_call *call, const struct crud_request *request)
{
	struct uuid id;
	struct row *row;
	enum outrider_code code;

	code = crud_read_uuid(&id, call, request->value[SLOT_ID], "id");
	if (code != OUTRIDER_OK)
		return code;
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = find_visible(&row, call, &id);
	store_read_end(call_conn(call));
	if (code != OUTRIDER_OK)
		return code;
	record_write_resource(&call->reply, row);
	return call_reply_written(call);
}

struct listing {
	struct app_call *call;
	struct page_list list;
	struct uuid after;
	size_t n_wanted, n_written;
	bool has_more;
	struct buffer one; /* a record's bytes, for its length */
};

/* The next few rows into the reply. */
static enum outrider_code list_some(struct listing *l)
{
	struct app_call *call = l->call;
	size_t n_left = l->n_wanted - l->n_written;
	size_t n_some = n_left < ROWS_AT_ONCE ? n_left : ROWS_AT_ONCE;
	struct row **rows;
	size_t n;
	enum outrider_code code;

	arena_reset(&call->page);
	/* One more than is shown tells whether there is more. */
	const struct store_list_query asked = {
		.entity = call->method->entity,
		.scopes = call->principal.scopes,
		.n_scopes = call->principal.n_scopes,
		.after = l->after,
		.limit = n_some + 1,
		.with_deleted = l->list.with_deleted,
	};
	code = store_list(call_conn(call), &rows, &n, &asked, &call->page,
			  &call->err);
	if (code != OUTRIDER_OK)
		return code;
	l->has_more = n > n_some;
	if (n > n_some)
		n = n_some;
	for (size_t i = 0; i < n; i++) {
		buffer_clear(&l->one);
		record_write_resource(&l->one, rows[i]);
		wire_put_bytes(&call->reply, LIST_ITEMS, l->one.at, l->one.len);
		if (l->one.is_full)
			return crud_no_memory(call);
	}
	if (n > 0)
		l->after = rows[n - 1]->id;
	l->n_written += n;
	return OUTRIDER_OK;
}

static enum outrider_code list_page(struct listing *l)
{
	struct app_call *call = l->call;
	enum outrider_code code;

	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	do
		code = list_some(l);
	while (code == OUTRIDER_OK && l->has_more &&
	       l->n_written < l->n_wanted && call->reply.len < PAGE_BYTES_MAX);
	store_read_end(call_conn(call));
	return code;
}

static enum outrider_code
list(struct app_call *call, const struct crud_request *request)
{
	struct listing l = {
		.call = call,
		.list = {
			.epoch = store_epoch(call->app->store),
			.caller = call->principal.user,
			.kind = call->method->entity->number,
			.with_deleted = request->scalar[SLOT_SHOW_DELETED] != 0,
		},
		.n_wanted = (size_t)request->scalar[SLOT_PAGE_SIZE],
	};
	char token[PAGE_TOKEN_TEXT_MAX];
	enum outrider_code code;

	if (l.n_wanted == 0)
		l.n_wanted = PAGE_DEFAULT;
	if (l.n_wanted > PAGE_MAX)
		l.n_wanted = PAGE_MAX;
	if (request->value[SLOT_PAGE_TOKEN].len > 0 &&
	    !page_token_read(&l.after, &l.list,
			     request->value[SLOT_PAGE_TOKEN]))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "page_token",
			       "the page token is not one of this list");
	buffer_init(&l.one, &allocator_libc, call->reply.ceiling);
	code = list_page(&l);
	buffer_free(&l.one);
	if (code != OUTRIDER_OK)
		return code;
	if (l.has_more) {
		page_token_write(token, &l.list, &l.after);
		wire_put_bytes(&call->reply, LIST_NEXT_PAGE_TOKEN, token,
			       strlen(token));
	}
	return call_reply_written(call);
}

enum outrider_code crud_start(struct app_call *call)
{
	struct crud_request request;
	enum outrider_code code = read_request(&request, call);

	if (code != OUTRIDER_OK)
		return code;
	switch (call->method->verb) {
	case METHOD_GET:
		return get(call, &request);
	case METHOD_LIST:
		return list(call, &request);
	case METHOD_CREATE:
	case METHOD_UPDATE:
	case METHOD_DELETE:
	case METHOD_UNDELETE:
		return crud_write(call, &request);
	case METHOD_NAMED:
		break;
	}
	return err_set(&call->err, OUTRIDER_INTERNAL, NULL,
		       "not a standard method");
}
