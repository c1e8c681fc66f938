/*
 * Batches of the standard methods: many records read, or written, all or none.
 * Owns what is one batch's own: the place of a fault, ids that come twice, and
 * how large an answer may grow.
 */
#include "app/crud_parts.h"
#include "app/parts.h"
#include "model/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From so many on the writer is held for longer than a closure's 5 ms. */
enum { LONG_BATCH = 50 };

enum outrider_code crud_in_part(const char *parts, size_t i,
				enum outrider_code code,
				struct outrider_err *err)
{
	char place[32];

	/* The memory, or the store, gave out: no part is at fault. */
	if (code == OUTRIDER_RESOURCE_EXHAUSTED || code == OUTRIDER_UNAVAILABLE)
		return code;
	snprintf(place, sizeof(place), "%s[%zu]%s", parts, i,
		 err->field[0] ? "." : "");
	crud_put_before(err->field, sizeof(err->field), place);
	if (code == OUTRIDER_INVALID_ARGUMENT)
		return code; /* whose message says the field */
	snprintf(place, sizeof(place), "%s[%zu]: ", parts, i);
	crud_put_before(err->text, sizeof(err->text), place);
	return code;
}

/* The next part of the request; false at the end. */
static bool next_part(struct bytes *out, struct wire_reader *reader)
{
	struct wire_field field;

	while (wire_next(reader, &field) > 0) {
		if (field.number != CRUD_PARTS || field.type != WIRE_LEN)
			continue;
		*out = field.value;
		return true;
	}
	return false;
}

/* ----------------------------------------------------------------- reading */

static enum outrider_code tell_one(struct app_call *call, struct bytes text)
{
	struct row *row;
	struct uuid id;
	enum outrider_code code;

	arena_reset(&call->page);
	if (!uuid_parse(&id, (const char *)text.at, text.len))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "not a UUID");
	code = crud_find_visible(&row, call, &id, &call->page);
	if (code == OUTRIDER_OK)
		code = crud_tell_part(call, row, &call->page, &call->err);
	return code;
}

static enum outrider_code tell_all(struct app_call *call)
{
	struct wire_reader reader = wire_read(call->request);
	enum outrider_code code;
	struct bytes text;

	for (size_t i = 0; next_part(&text, &reader); i++) {
		code = tell_one(call, text);
		if (code != OUTRIDER_OK)
			return crud_in_part("ids", i, code, &call->err);
		if (call->reply.is_full ||
		    call->reply.len > CRUD_BATCH_BYTES_MAX)
			return err_set(&call->err, OUTRIDER_RESOURCE_EXHAUSTED,
				       NULL,
				       "the answer would be above %d MiB: ask "
				       "for fewer at once",
				       CRUD_BATCH_BYTES_MAX >> 20);
	}
	return OUTRIDER_OK;
}

enum outrider_code crud_batch_get(struct app_call *call)
{
	enum outrider_code code =
		store_read_begin(call_conn(call), NULL, &call->err);

	if (code != OUTRIDER_OK)
		return code;
	code = tell_all(call);
	store_read_end(call_conn(call));
	return code == OUTRIDER_OK ? call_reply_written(call) : code;
}

/* ----------------------------------------------------------------- writing */

/* One request of the batch. */
static enum outrider_code
read_part(struct write_intent *out, struct app_call *call, struct bytes part)
{
	enum method_verb verb = call->method->verb == METHOD_BATCH_CREATE
					? METHOD_CREATE
					: METHOD_UPDATE;
	struct crud_request request;
	enum outrider_code code = crud_read_request(&request, call, verb, part);

	if (code != OUTRIDER_OK)
		return code;
	if (request.value[SLOT_REQUEST_ID].len > 0)
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "request_id",
			       "the batch's own request_id is for all of it");
	return crud_read_intent(out, call, verb, &request);
}

static size_t count_parts(struct bytes bytes)
{
	struct wire_reader reader = wire_read(bytes);
	struct bytes part;
	size_t n = 0;

	while (next_part(&part, &reader))
		n++;
	return n;
}

static enum outrider_code
read_parts(struct crud_writes *writes, struct app_call *call)
{
	struct wire_reader reader = wire_read(call->request);
	struct bytes part;
	enum outrider_code code;

	for (size_t i = 0; next_part(&part, &reader); i++) {
		code = read_part(&writes->intents[i], call, part);
		if (code != OUTRIDER_OK)
			return crud_in_part("requests", i, code, &call->err);
	}
	return OUTRIDER_OK;
}

struct place {
	struct uuid id;
	size_t i;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *one = a, *other = b;
	int order = uuid_compare(&one->id, &other->id);

	if (order != 0)
		return order;
	return (one->i > other->i) - (one->i < other->i);
}

/* Of two writes of one record in a batch, which should stand? */
static enum outrider_code
check_twice(struct app_call *call, const struct crud_writes *writes)
{
	const char *kind = call->method->entity->name;
	size_t n = writes->n_intents, twice = n;
	struct place *places = arena_alloc(&call->arena, n * sizeof(*places));
	char path[96];

	if (!places)
		return err_call_full(&call->err);
	for (size_t i = 0; i < n; i++)
		places[i] = (struct place){ writes->intents[i].id, i };
	qsort(places, n, sizeof(places[0]), compare_places);
	for (size_t i = 1; i < n; i++)
		if (uuid_compare(&places[i - 1].id, &places[i].id) == 0 &&
		    places[i].i < twice)
			twice = places[i].i;
	if (twice == n)
		return OUTRIDER_OK;
	snprintf(path, sizeof(path), "requests[%zu].%s.id", twice, kind);
	return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, path,
		       "this %s is in the batch already", kind);
}

enum outrider_code
crud_batch_write(struct app_call *call, const struct crud_request *request)
{
	struct crud_writes writes = {
		.n_intents = count_parts(call->request),
		.is_batch = true,
		.request_id = request->value[SLOT_REQUEST_ID],
	};
	enum outrider_code code;

	writes.intents = arena_alloc(
		&call->arena, writes.n_intents * sizeof(writes.intents[0]));
	if (!writes.intents)
		return err_call_full(&call->err);
	call->is_long_write = writes.n_intents >= LONG_BATCH;
	code = read_parts(&writes, call);
	if (code == OUTRIDER_OK)
		code = check_twice(call, &writes);
	return code == OUTRIDER_OK ? crud_submit(call, &writes) : code;
}
