/*
 * edit: an edit of one card, from its beginning to the outbox.
 *
 * Owns what may be edited and what a mutation says: the fields that differ in
 * the end, in canonical form. The calls are those of outrider.h; those here
 * are the same for the core's own use.
 */
#ifndef CORE_EDIT_H
#define CORE_EDIT_H

#include "model/arena.h"
#include "model/err.h"
#include "model/record.h"
#include "model/uuid.h"

struct outrider;
struct outrider_edit;

/* id NULL: a new card. Errors: NOT_FOUND, INVALID_ARGUMENT (no such kind),
 * PERMISSION_DENIED, LOCKED. */
MODEL_MUST_USE enum outrider_code
edit_open(struct outrider_edit **out, struct outrider *core, const char *kind,
	  const struct uuid *id, struct outrider_err *err);
/* Takes whole fields in ascending order. */
MODEL_MUST_USE enum outrider_code edit_take(struct outrider_edit *edit,
					    struct bytes fields,
					    struct outrider_err *err);
/* The same, and empties some. */
MODEL_MUST_USE enum outrider_code
edit_patch(struct outrider_edit *edit, struct bytes fields,
	   const struct field_set *cleared, struct outrider_err *err);
/* Into the outbox, and frees the edit, also on error. */
MODEL_MUST_USE enum outrider_code
edit_commit(struct outrider_edit *edit, struct outrider_err *err);
/* Into the outbox, in a transaction of its own. The edit lives on. */
MODEL_MUST_USE enum outrider_code
edit_save(struct outrider_edit *edit, struct outrider_err *err);
const struct uuid *edit_id(const struct outrider_edit *edit);
void edit_free(struct outrider_edit *edit);
/* The same, unless it is NULL or the cards were locked meanwhile, which freed
 * it. */
void edit_free_if_there(struct outrider *core, struct outrider_edit *edit);
/* The cards close: no edit lives on. */
void edit_free_all(struct outrider *core);

#endif
