/*
 * The change log: one entry for each revision, with the values of the changed
 * fields before and after. Its format stands in docs/formats/change-log.md.
 */
#include "model/wire.h"
#include "store/parts.h"

#include <string.h>

/* Fields of a patch, which is a protobuf message. */
enum {
	PATCH_OLD = 1,
	PATCH_NEW = 2,
	PATCH_LOST = 3,
	PATCH_CHANGED = 4, /* the numbers, packed */
	PATCH_SETTLED = 5, /* the same */
};

enum change_column {
	CHANGE_REV,
	CHANGE_AT_US,
	CHANGE_KIND,
	CHANGE_ID,
	CHANGE_OP,
	CHANGE_ACTOR,
	CHANGE_DEVICE,
	CHANGE_INCARNATION,
	CHANGE_SEQ,
	CHANGE_HLC,
	CHANGE_VERBATIM,
	CHANGE_PATCH,
};

/* The canonical bytes of some fields of a row, as one field of the patch. */
static void put_fields(struct buffer *patch, uint32_t number,
		       const struct row *row, const struct field_set *which)
{
	struct buffer fields;

	if (!row || field_set_is_empty(which))
		return;
	buffer_init(&fields, patch->allocator, patch->ceiling);
	record_write(&fields, row, which);
	patch->is_full |= fields.is_full;
	if (fields.len > 0)
		wire_put_bytes(patch, number, fields.at, fields.len);
	buffer_free(&fields);
}

static void put_numbers(struct buffer *patch, uint32_t number,
			const struct field_set *which)
{
	struct buffer numbers;

	if (field_set_is_empty(which))
		return;
	buffer_init(&numbers, patch->allocator, 512);
	for (uint32_t i = field_set_next(which, 0); i < FIELD_SET_END;
	     i = field_set_next(which, i + 1))
		wire_put_varint(&numbers, i);
	patch->is_full |= numbers.is_full;
	if (numbers.len > 0)
		wire_put_bytes(patch, number, numbers.at, numbers.len);
	buffer_free(&numbers);
}

enum outrider_code change_put(struct store_conn *conn,
			      const struct store_put *put,
			      struct outrider_err *err)
{
	const struct store_author *author = put->author;
	const struct row *row = put->row;
	struct buffer *patch = &conn->build;

	buffer_clear(patch);
	put_fields(patch, PATCH_OLD, put->old, &put->changed);
	put_fields(patch, PATCH_NEW, row, &put->changed);
	put_fields(patch, PATCH_LOST, put->lost, &put->lost_fields);
	put_numbers(patch, PATCH_CHANGED, &put->changed);
	put_numbers(patch, PATCH_SETTLED, &put->settled);
	if (patch->is_full)
		return store_no_memory(err);
	struct backend_value values[] = {
		[CHANGE_REV] = value_int((int64_t)row->rev),
		[CHANGE_AT_US] = value_int(author->at_us),
		[CHANGE_KIND] = value_int(row->entity->number),
		[CHANGE_ID] = value_uuid(&row->id),
		[CHANGE_OP] = value_int(put->op),
		[CHANGE_ACTOR] = value_uuid_or_null(&author->actor),
		[CHANGE_DEVICE] = value_uuid_or_null(&author->device),
		[CHANGE_INCARNATION] = value_uuid_or_null(&author->incarnation),
		[CHANGE_SEQ] = value_int((int64_t)author->seq),
		[CHANGE_HLC] = value_int((int64_t)author->hlc),
		[CHANGE_VERBATIM] = value_int(author->is_verbatim),
		[CHANGE_PATCH] = value_blob(patch->at, patch->len),
	};
	return store_run(conn, NULL, STATEMENT_CHANGE_PUT, values,
			 ARRAY_LEN(values), err);
}

/* -------------------------------------------------------------- reading */

static bool read_numbers(struct field_set *out, struct bytes packed)
{
	struct wire_reader reader = wire_read(packed);
	uint64_t number;

	while (reader.at < reader.end) {
		if (!wire_next_packed(&reader, WIRE_VARINT, &number) ||
		    number > 255)
			return false;
		field_set_add(out, (uint32_t)number);
	}
	return true;
}

static bool read_patch(struct change *out, struct bytes patch)
{
	struct wire_reader reader = wire_read(patch);
	struct wire_field field;
	int more;

	while ((more = wire_next(&reader, &field)) > 0) {
		switch (field.number) {
		case PATCH_OLD:
			out->old_fields = field.value;
			break;
		case PATCH_NEW:
			out->new_fields = field.value;
			break;
		case PATCH_LOST:
			out->lost_fields = field.value;
			break;
		case PATCH_CHANGED:
			if (!read_numbers(&out->changed, field.value))
				return false;
			break;
		case PATCH_SETTLED:
			if (!read_numbers(&out->settled, field.value))
				return false;
			break;
		}
	}
	return more == 0;
}

static enum outrider_code
change_of_query(struct change *out, const struct query *query,
		struct arena *arena, struct outrider_err *err)
{
	struct store_author *author = &out->author;
	struct bytes patch;

	*out = (struct change){
		.rev = (uint64_t)query_int(query, CHANGE_REV),
		.at_us = query_int(query, CHANGE_AT_US),
		.kind = (uint32_t)query_int(query, CHANGE_KIND),
		.op = (enum change_op)query_int(query, CHANGE_OP),
		.author = {
			.seq = (uint64_t)query_int(query, CHANGE_SEQ),
			.hlc = (uint64_t)query_int(query, CHANGE_HLC),
			.at_us = query_int(query, CHANGE_AT_US),
			.is_verbatim = query_int(query, CHANGE_VERBATIM) != 0,
		},
	};
	if (!query_copy(&patch, query, CHANGE_PATCH, arena))
		return store_no_memory(err);
	if (!query_uuid(&out->id, query, CHANGE_ID) ||
	    !query_uuid(&author->actor, query, CHANGE_ACTOR) ||
	    !query_uuid(&author->device, query, CHANGE_DEVICE) ||
	    !query_uuid(&author->incarnation, query, CHANGE_INCARNATION) ||
	    !read_patch(out, patch))
		return store_damaged(query->conn, "change", err);
	return OUTRIDER_OK;
}

static enum outrider_code
read_one(struct store_conn *conn, struct change *out, enum statement which,
	 const struct backend_value *values, size_t n_values,
	 struct arena *arena, struct outrider_err *err)
{
	struct query query;
	bool has_row = false;
	enum outrider_code code =
		query_start(&query, conn, which, values, n_values, err);

	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && !has_row)
		code = err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such change");
	else if (code == OUTRIDER_OK)
		code = change_of_query(out, &query, arena, err);
	query_end(&query);
	return code;
}

enum outrider_code store_change(struct store_conn *conn, struct change *out,
				uint64_t rev, struct arena *arena,
				struct outrider_err *err)
{
	struct backend_value values[] = { value_int((int64_t)rev) };

	return read_one(conn, out, STATEMENT_CHANGE_GET, values,
			ARRAY_LEN(values), arena, err);
}

enum outrider_code
store_change_of_device(struct store_conn *conn, struct change *out,
		       const struct store_device_query *asked,
		       struct arena *arena, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(&asked->id),
		value_int(asked->kind),
		value_int((int64_t)asked->above_rev),
		value_uuid(&asked->device),
		value_uuid(&asked->incarnation),
		value_int((int64_t)asked->hlc),
		value_int((int64_t)asked->op),
	};

	return read_one(conn, out, STATEMENT_CHANGE_OF_DEVICE, values,
			ARRAY_LEN(values), arena, err);
}

enum outrider_code store_history(struct store_conn *conn, struct change **out,
				 size_t *n,
				 const struct store_history_query *asked,
				 struct arena *arena, struct outrider_err *err)
{
	struct list changes = { .size = sizeof(struct change) };
	struct backend_value values[] = {
		value_uuid(&asked->id),
		value_int(asked->kind),
		value_int(asked->before_rev ? (int64_t)asked->before_rev
					    : INT64_MAX),
		value_int((int64_t)asked->limit),
	};
	struct query query;
	bool has_row = true;
	enum outrider_code code = query_start(&query, conn, STATEMENT_HISTORY,
					      values, ARRAY_LEN(values), err);

	while (code == OUTRIDER_OK) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		struct change *change = list_add(&changes, arena);
		code = change ? change_of_query(change, &query, arena, err)
			      : store_no_memory(err);
	}
	query_end(&query);
	*out = changes.at;
	*n = changes.n;
	return code;
}
