/*
 * Rows as columns and back. Knows how a field's value looks in its column and
 * how the revisions of fields are kept; knows no scope and no log.
 */
#include "model/wire.h"
#include "store/parts.h"

#include <assert.h>
#include <string.h>

/* ------------------------------------------------- revisions of the fields */

/*
 * One varint a field behind its number, as in a protobuf message: the
 * record's revision less the field's, plus one, so that a fresh record's are
 * one byte each. Fields that never changed are left out. Owner and team share
 * the owner's number.
 */
void frev_write(struct buffer *out, const struct row *row)
{
	const struct entity *entity = row->entity;

	buffer_clear(out);
	if (row->frev_owner)
		wire_put_scalar(out, FIELD_OWNER,
				row->rev - row->frev_owner + 1);
	for (size_t i = 0; i < entity->n_fields; i++) {
		if (row->frev[i])
			wire_put_scalar(out, entity->fields[i].number,
					row->rev - row->frev[i] + 1);
	}
}

static bool frev_read(struct row *row, struct bytes bytes)
{
	const struct entity *entity = row->entity;
	struct wire_reader reader = wire_read(bytes);
	struct wire_field field;
	size_t i = 0;
	int more;

	while ((more = wire_next(&reader, &field)) > 0) {
		uint64_t rev = row->rev + 1 - field.scalar;
		if (field.number == FIELD_OWNER) {
			row->frev_owner = rev;
			continue;
		}
		while (i < entity->n_fields &&
		       entity->fields[i].number < field.number)
			i++;
		if (i < entity->n_fields &&
		    entity->fields[i].number == field.number)
			row->frev[i] = rev;
	}
	return more == 0;
}

/* ----------------------------------------------------------------- values */

static struct backend_value
field_value(const struct field *field, const struct value *value)
{
	enum backend_type type = sql_field_type(field);

	switch (type) {
	case BACKEND_INTEGER:
		return value_int(value->i);
	case BACKEND_REAL:
		return (struct backend_value){ .type = type, .d = value->d };
	case BACKEND_TEXT:
		return value_text(value->bytes);
	case BACKEND_BLOB:
		if (value->bytes.len > 0)
			return value_blob(value->bytes.at, value->bytes.len);
		break;
	case BACKEND_NULL:
		break;
	}
	return (struct backend_value){ .type = BACKEND_NULL };
}

size_t row_values(struct backend_value *out, const struct row *row,
		  struct bytes frev, struct bytes scopes)
{
	const struct entity *entity = row->entity;

	out[COLUMN_ID] = value_uuid(&row->id);
	out[COLUMN_REV] = value_int((int64_t)row->rev);
	out[COLUMN_OWNER] = value_uuid_or_null(&row->owner);
	out[COLUMN_TEAM] = value_uuid_or_null(&row->team);
	out[COLUMN_CREATED_US] = value_int(row->created_us);
	out[COLUMN_UPDATED_US] = value_int(row->updated_us);
	out[COLUMN_DELETED_US] = value_int(row->deleted_us);
	out[COLUMN_FREV] = value_blob(frev.at, frev.len);
	out[COLUMN_SCOPES] = value_blob(scopes.at, scopes.len);
	for (size_t i = 0; i < entity->n_fields; i++)
		out[COLUMN_FIRST_OWN + i] =
			field_value(&entity->fields[i], &row->values[i]);
	return COLUMN_FIRST_OWN + entity->n_fields;
}

static bool read_value(struct value *out, const struct query *query,
		       unsigned column, struct arena *arena)
{
	struct backend_value value =
		query->conn->store->backend->column(query->stmt, column);

	switch (value.type) {
	case BACKEND_NULL:
		return true;
	case BACKEND_INTEGER:
		out->i = value.i;
		return true;
	case BACKEND_REAL:
		out->d = value.d;
		return true;
	case BACKEND_TEXT:
	case BACKEND_BLOB:
		if (value.bytes.len == 0)
			return true;
		out->bytes = arena_copy(arena, value.bytes.at, value.bytes.len);
		return out->bytes.at != NULL;
	}
	return true;
}

enum outrider_code row_of_query(struct row **out, const struct query *query,
				const struct entity *entity,
				struct arena *arena, struct outrider_err *err)
{
	struct row *row = row_new(arena, entity);

	*out = NULL;
	if (!row)
		return store_no_memory(err);
	row->rev = (uint64_t)query_int(query, COLUMN_REV);
	row->created_us = query_int(query, COLUMN_CREATED_US);
	row->updated_us = query_int(query, COLUMN_UPDATED_US);
	row->deleted_us = query_int(query, COLUMN_DELETED_US);
	if (!query_uuid(&row->id, query, COLUMN_ID) ||
	    !query_uuid(&row->owner, query, COLUMN_OWNER) ||
	    !query_uuid(&row->team, query, COLUMN_TEAM) ||
	    !frev_read(row, query_bytes(query, COLUMN_FREV)))
		return store_damaged(query->conn, "row", err);
	for (size_t i = 0; i < entity->n_fields; i++) {
		if (!read_value(&row->values[i], query,
				COLUMN_FIRST_OWN + (unsigned)i, arena))
			return store_no_memory(err);
	}
	*out = row;
	return OUTRIDER_OK;
}

/* ---------------------------------------------------------------- reading */

enum outrider_code store_get(struct store_conn *conn, struct row **out,
			     const struct entity *entity, const struct uuid *id,
			     struct arena *arena, struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(id) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start_rows(
		&query, conn, entity, ROW_GET, values, ARRAY_LEN(values), err);

	*out = NULL;
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && !has_row)
		code = err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such %s", entity->name);
	else if (code == OUTRIDER_OK)
		code = row_of_query(out, &query, entity, arena, err);
	query_end(&query);
	return code;
}

enum outrider_code store_get_some(struct store_conn *conn, struct row **rows,
				  const struct entity *entity,
				  const struct uuid *ids, size_t n,
				  struct arena *arena, struct outrider_err *err)
{
	struct backend_value values[STORE_GET_MOST];
	struct query query;
	struct row *row;
	bool has_row = true;
	enum outrider_code code;

	assert(n > 0 && n <= STORE_GET_MOST);
	/* What is asked for twice is found once. */
	for (size_t i = 0; i < STORE_GET_MOST; i++)
		values[i] = value_uuid(&ids[i < n ? i : n - 1]);
	for (size_t i = 0; i < n; i++)
		rows[i] = NULL;
	code = query_start_rows(&query, conn, entity, ROW_GET_SOME, values,
				ARRAY_LEN(values), err);
	while (code == OUTRIDER_OK) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		code = row_of_query(&row, &query, entity, arena, err);
		for (size_t i = 0; code == OUTRIDER_OK && i < n; i++)
			if (uuid_compare(&ids[i], &row->id) == 0)
				rows[i] = row;
	}
	query_end(&query);
	return code;
}

enum outrider_code store_is_in_scopes(struct store_conn *conn, bool *out,
				      const struct entity *entity,
				      const struct uuid *id,
				      const struct scope *scopes,
				      size_t n_scopes, struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(id) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start_rows(
		&query, conn, entity, ROW_HEAD, values, ARRAY_LEN(values), err);

	*out = false;
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row) {
		struct bytes there = query_bytes(&query, 1);
		for (size_t i = 0; i < n_scopes && !*out; i++) {
			struct scope_set one = { .at = &scopes[i], .n = 1 };
			*out = scope_set_meets(&one, there);
		}
	}
	query_end(&query);
	return code;
}
