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

enum {
	CHANGE_ACTOR = CHANGE_FIRST_MORE,
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
	uint64_t before_rev;
	enum outrider_code code = chain_before(conn, &before_rev, put, err);

	if (code != OUTRIDER_OK)
		return code;
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
		[CHANGE_BEFORE_REV] = value_int((int64_t)before_rev),
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

enum outrider_code store_change(struct store_conn *conn, struct change *out,
				uint64_t rev, struct arena *arena,
				struct outrider_err *err)
{
	struct backend_value values[] = { value_int((int64_t)rev) };
	struct query query;
	enum outrider_code code =
		query_first(&query, conn, STATEMENT_CHANGE_GET, values,
			    ARRAY_LEN(values), "there is no such change", err);

	if (code == OUTRIDER_OK)
		code = change_of_query(out, &query, arena, err);
	query_end(&query);
	return code;
}

/* A mutation of the device's, by another outbox than the one asked for? */
static bool
is_of_device(const struct query *query, const struct store_device_query *asked)
{
	struct uuid device, incarnation;

	return query_uuid(&device, query, CHANGE_DEVICE) &&
	       query_uuid(&incarnation, query, CHANGE_INCARNATION) &&
	       !uuid_is_zero(&incarnation) &&
	       uuid_compare(&device, &asked->device) == 0 &&
	       uuid_compare(&incarnation, &asked->incarnation) != 0 &&
	       (asked->hlc == 0 ||
		(uint64_t)query_int(query, CHANGE_HLC) == asked->hlc) &&
	       (asked->op == 0 || query_int(query, CHANGE_OP) == asked->op);
}

enum outrider_code
store_change_of_device(struct store_conn *conn, struct change *out,
		       const struct store_device_query *asked,
		       struct arena *arena, struct outrider_err *err)
{
	const struct store_history_query all = {
		.id = asked->id,
		.kind = asked->kind,
	};
	struct chain chain;
	uint64_t first = 0; /* there is no change of it */
	bool has_change = true;
	enum outrider_code code =
		chain_start(&chain, conn, STATEMENT_CHANGE_GET, &all, err);

	while (code == OUTRIDER_OK && chain.next > asked->above_rev) {
		code = chain_next(&chain, &has_change, err);
		if (code == OUTRIDER_OK && is_of_device(&chain.query, asked))
			first = (uint64_t)query_int(&chain.query, CHANGE_REV);
	}
	chain_end(&chain);
	return code == OUTRIDER_OK ? store_change(conn, out, first, arena, err)
				   : code;
}

enum outrider_code store_history(struct store_conn *conn, struct change **out,
				 size_t *n,
				 const struct store_history_query *asked,
				 struct arena *arena, struct outrider_err *err)
{
	struct list changes = { .size = sizeof(struct change) };
	struct chain chain;
	bool has_change = true;
	enum outrider_code code =
		chain_start(&chain, conn, STATEMENT_CHANGE_GET, asked, err);

	while (code == OUTRIDER_OK && changes.n < asked->limit) {
		code = chain_next(&chain, &has_change, err);
		if (code != OUTRIDER_OK || !has_change)
			break;
		struct change *change = list_add(&changes, arena);
		code = change ? change_of_query(change, &chain.query, arena,
						err)
			      : store_no_memory(err);
	}
	chain_end(&chain);
	*out = changes.at;
	*n = changes.n;
	return code;
}
