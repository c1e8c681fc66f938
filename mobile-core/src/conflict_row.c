/*
 * conflict_row: the row as protobuf fields with numbers of our own.
 */
#include "conflict_row.h"

#include <string.h>

#include "core.h"
#include "model/wire.h"
#include "rows.h"

/* Never renumber. */
enum {
	CONFLICT_KIND = 1,
	CONFLICT_ID = 2,
	CONFLICT_EDITED = 3,
	CONFLICT_WHICH = 4,
	CONFLICT_ASKED = 5,
	CONFLICT_MINE = 6,
};

static const char NUMBERS_ID[] = "conflicts";
enum { NUMBERS_LAST = 1 };

static bool row_take(struct conflict *out, const struct wire_field *field)
{
	switch (field->number) {
	case CONFLICT_KIND:
		out->kind = (uint32_t)field->scalar;
		break;
	case CONFLICT_ID:
		return row_take_id(&out->id, field);
	case CONFLICT_EDITED:
		out->edited_us = (int64_t)field->scalar;
		break;
	case CONFLICT_WHICH:
		return row_take_number(&out->which, field);
	case CONFLICT_ASKED:
		return row_take_number(&out->asked, field);
	case CONFLICT_MINE:
		out->mine = field->value;
		break;
	default:
		break;
	}
	return true;
}

enum outrider_code conflict_take(struct conflict *out, uint64_t number,
				 struct bytes plain, struct outrider_err *err)
{
	struct wire_reader reader = wire_read(plain);
	struct wire_field field;
	int more;

	*out = (struct conflict){ .number = number };
	while ((more = wire_next(&reader, &field)) > 0)
		if (!row_take(out, &field))
			break;
	return more == 0 ? OUTRIDER_OK
			 : err_set(err, OUTRIDER_DATA_LOSS, NULL,
				   "A conflict's row is damaged.");
}

enum outrider_code
conflict_read(struct outrider *core, struct arena *arena, struct conflict *out,
	      uint32_t kind, const struct uuid *id, struct outrider_err *err)
{
	struct row_record key = row_record(kind, id);
	struct bytes plain;
	uint64_t number;
	enum outrider_code code;

	code = rows_get(core, arena, &plain, &number, REPLICA_conflict, key.at,
			sizeof(key.at), err);
	return code == OUTRIDER_OK ? conflict_take(out, number, plain, err)
				   : code;
}

enum outrider_code conflict_write(struct outrider *core,
				  const struct conflict *conflict,
				  struct outrider_err *err)
{
	struct row_record key = row_record(conflict->kind, &conflict->id);
	struct buffer *plain = rows_make(core);

	wire_put_scalar(plain, CONFLICT_KIND, conflict->kind);
	row_put_id(plain, CONFLICT_ID, &conflict->id);
	wire_put_scalar(plain, CONFLICT_EDITED, (uint64_t)conflict->edited_us);
	row_put_set(plain, CONFLICT_WHICH, &conflict->which);
	row_put_set(plain, CONFLICT_ASKED, &conflict->asked);
	wire_put_bytes(plain, CONFLICT_MINE, conflict->mine.at,
		       conflict->mine.len);
	return rows_put_made(core, REPLICA_conflict, key.at, sizeof(key.at),
			     conflict->number, err);
}

enum outrider_code conflict_delete(struct outrider *core, uint32_t kind,
				   const struct uuid *id,
				   struct outrider_err *err)
{
	struct row_record key = row_record(kind, id);

	return rows_delete(core, REPLICA_conflict, key.at, sizeof(key.at), err);
}

enum outrider_code conflict_next_number(struct outrider *core, uint64_t *out,
					struct outrider_err *err)
{
	struct wire_field last;
	struct buffer *row;
	struct bytes plain;
	enum outrider_code code;

	code = rows_get(core, &core->work, &plain, NULL, REPLICA_cards_state,
			NUMBERS_ID, sizeof(NUMBERS_ID), err);
	if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	*out = 1;
	if (code == OUTRIDER_OK && wire_find(&last, plain, NUMBERS_LAST))
		*out = last.scalar + 1;
	row = rows_make(core);
	wire_put_scalar(row, NUMBERS_LAST, *out);
	return rows_put_made(core, REPLICA_cards_state, NUMBERS_ID,
			     sizeof(NUMBERS_ID), 0, err);
}

enum outrider_code
conflict_pick(struct bytes *out, struct arena *arena, struct bytes fields,
	      const struct field_set *which, struct outrider_err *err)
{
	struct wire_reader reader = wire_read(fields);
	uint8_t *at = arena_alloc(arena, fields.len + 1);
	struct wire_field in;

	if (at == NULL)
		return err_no_memory(err);
	*out = (struct bytes){ at, 0 };
	while (wire_next(&reader, &in) > 0) {
		if (!field_set_has(which, in.number))
			continue;
		memcpy(at + out->len, in.whole.at, in.whole.len);
		out->len += in.whole.len;
	}
	return OUTRIDER_OK;
}
