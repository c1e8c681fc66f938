/*
 * The standard methods of every kind: the layout of their requests, who reads
 * them, and how a record is told. A kind is a table to it. Lists stand in
 * app/crud_list.c, writes in crud_intent.c and crud_write.c, batches in
 * crud_batch.c.
 */
#include "app/crud_parts.h"
#include "app/parts.h"
#include "model/wire.h"

#include <string.h>

/* ---------------------------------------------------------------- requests */

#define SLOT_NUMBERS 6

/* Which field number of a verb's request is what. */
static const enum slot layouts[][SLOT_NUMBERS] = {
	[METHOD_CREATE] = { [1] = SLOT_RESOURCE, [2] = SLOT_REQUEST_ID },
	[METHOD_GET] = { [1] = SLOT_ID },
	[METHOD_LIST] = { [1] = SLOT_PAGE_SIZE,
			  [2] = SLOT_PAGE_TOKEN,
			  [3] = SLOT_SHOW_DELETED,
			  [4] = SLOT_FILTER,
			  [5] = SLOT_ORDER_BY },
	[METHOD_UPDATE] = { [1] = SLOT_RESOURCE,
			    [2] = SLOT_UPDATE_MASK,
			    [3] = SLOT_REQUEST_ID },
	[METHOD_DELETE] = { [1] = SLOT_ID,
			    [2] = SLOT_ETAG,
			    [3] = SLOT_REQUEST_ID, },
	[METHOD_UNDELETE] = { [1] = SLOT_ID,
			      [2] = SLOT_ETAG,
			      [3] = SLOT_REQUEST_ID },
	[METHOD_BATCH_GET] = { [CRUD_PARTS] = SLOT_PARTS },
	[METHOD_BATCH_CREATE] = { [CRUD_PARTS] = SLOT_PARTS,
				  [2] = SLOT_REQUEST_ID },
	[METHOD_BATCH_UPDATE] = { [CRUD_PARTS] = SLOT_PARTS,
				  [2] = SLOT_REQUEST_ID },
};

enum outrider_code crud_read_request(struct crud_request *out,
				     struct app_call *call,
				     enum method_verb verb, struct bytes bytes)
{
	const enum slot *layout = layouts[verb];
	struct wire_reader reader = wire_read(bytes);
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

void crud_put_before(char *text, size_t size, const char *words)
{
	size_t n = strlen(words);

	memmove(text + n, text, size - n);
	memcpy(text, words, n);
	text[size - 1] = 0;
}

/* ----------------------------------------------------------------- reading */

enum outrider_code crud_find_visible(struct row **out, struct app_call *call,
				     const struct uuid *id, struct arena *arena)
{
	const struct entity *entity = call->method->entity;
	enum outrider_code code =
		store_get(call_conn(call), out, entity, id, arena, &call->err);

	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && !access_may_see(&call->principal, *out)))
		return err_set(&call->err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such %s", entity->name);
	return code;
}

enum outrider_code crud_tell_record(struct app_call *call, struct row *row,
				    struct arena *arena,
				    struct outrider_err *err)
{
	enum outrider_code code =
		access_hide(row, &call->principal, arena, err);

	if (code == OUTRIDER_OK)
		record_write_resource(&call->reply, row);
	return code;
}

enum outrider_code crud_tell_part(struct app_call *call, struct row *row,
				  struct arena *arena, struct outrider_err *err)
{
	size_t start = call->reply.len;
	enum outrider_code code = crud_tell_record(call, row, arena, err);

	if (code == OUTRIDER_OK)
		wire_wrap(&call->reply, CRUD_PARTS, start);
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
	code = crud_find_visible(&row, call, &id, &call->arena);
	store_read_end(call_conn(call));
	if (code == OUTRIDER_OK)
		code = crud_tell_record(call, row, &call->arena, &call->err);
	return code == OUTRIDER_OK ? call_reply_written(call) : code;
}

/* -------------------------------------------------------------- all verbs */

enum outrider_code crud_start(struct app_call *call)
{
	struct crud_request request;
	enum outrider_code code = crud_read_request(
		&request, call, call->method->verb, call->request);

	if (code != OUTRIDER_OK)
		return code;
	switch (call->method->verb) {
	case METHOD_GET:
		return get(call, &request);
	case METHOD_LIST:
		return crud_list(call, &request);
	case METHOD_CREATE:
	case METHOD_UPDATE:
	case METHOD_DELETE:
	case METHOD_UNDELETE:
		return crud_write(call, &request);
	case METHOD_BATCH_GET:
		return crud_batch_get(call);
	case METHOD_BATCH_CREATE:
	case METHOD_BATCH_UPDATE:
		return crud_batch_write(call, &request);
	case METHOD_NAMED:
		break;
	}
	return err_set(&call->err, OUTRIDER_INTERNAL, NULL,
		       "not a standard method");
}
