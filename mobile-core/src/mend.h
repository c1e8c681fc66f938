/*
 * mend: what is done where the vault's file isn't what was written into it.
 *
 * Somebody changed, deleted or put back rows, or the disk lies. Rows that don't
 * open are dropped; what the server has is pulled anew; what only this phone
 * had (unsent edits, evidence) is kept as far as it opens, and the rest is told
 * with its number. A damaged file never keeps a phone from opening.
 *
 * Owns the comparison of tallies at opening and unlocking. It refuses to know
 * what is in a row.
 */
#ifndef CORE_MEND_H
#define CORE_MEND_H

#include "replica.h"

struct outrider;

/* TRACKING is open and nothing of it was read yet. */
MODEL_MUST_USE enum outrider_code
mend_tracking(struct outrider *core, struct outrider_err *err);
/*
 * The file itself is damaged: it is made anew with what can be read of this
 * phone's own (what the server has is pulled). Once; then the caller looks
 * again.
 */
MODEL_MUST_USE enum outrider_code
mend_file(struct outrider *core, struct outrider_err *err);
/* The device's row was read: what it counts can have been put back. */
MODEL_MUST_USE enum outrider_code
mend_device(struct outrider *core, struct outrider_err *err);

/* What a look at the cards' tables found; for mend_cards. */
struct mend {
	unsigned differing; /* 1 << table */
};
/*
 * CARDS are open and nothing of them was read yet: looks at all tables but the
 * cards' own, whose rows are opened soon anyway, and mends those.
 */
MODEL_MUST_USE enum outrider_code mend_before_cards(struct outrider *core,
						    struct mend *mend,
						    struct outrider_err *err);
/* They were read: the rest of it, in the caller's transaction. */
MODEL_MUST_USE enum outrider_code
mend_cards(struct outrider *core, struct mend *mend, struct outrider_err *err);

#endif
