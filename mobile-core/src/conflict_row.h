/*
 * conflict_row: one conflict as a sealed row, and its number. For conflicts.c
 * and conflict_show.c.
 */
#ifndef CORE_CONFLICT_ROW_H
#define CORE_CONFLICT_ROW_H

#include "model/arena.h"
#include "model/err.h"
#include "model/record.h"
#include "model/uuid.h"

struct outrider;

struct conflict {
	uint64_t number;
	uint32_t kind;
	struct uuid id;
	int64_t edited_us;	/* the newest of the edits */
	struct field_set which; /* fields in question */
	struct field_set asked; /* of those: the author decides */
	struct bytes mine;	/* what the rep wrote; what isn't here: empty */
};

/* From a row; bytes are borrowed from plain. Errors: DATA_LOSS. */
MODEL_MUST_USE enum outrider_code
conflict_take(struct conflict *out, uint64_t number, struct bytes plain,
	      struct outrider_err *err);
/* Into the arena. Errors: NOT_FOUND. */
MODEL_MUST_USE enum outrider_code
conflict_read(struct outrider *core, struct arena *arena, struct conflict *out,
	      uint32_t kind, const struct uuid *id, struct outrider_err *err);
/* In the caller's transaction; one row a card. */
MODEL_MUST_USE enum outrider_code
conflict_write(struct outrider *core, const struct conflict *conflict,
	       struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
conflict_delete(struct outrider *core, uint32_t kind, const struct uuid *id,
		struct outrider_err *err);
/* One that was never given before. */
MODEL_MUST_USE enum outrider_code
conflict_next_number(struct outrider *core, uint64_t *out,
		     struct outrider_err *err);

/* The bytes of some fields of a record, in the arena. */
MODEL_MUST_USE enum outrider_code
conflict_pick(struct bytes *out, struct arena *arena, struct bytes fields,
	      const struct field_set *which, struct outrider_err *err);

#endif
