/*
 * Laws of writing that need to look at other records than the one written:
 * who owns it, what it refers to, trees, names that are given once, and what
 * must not be lost. Runs inside a write.
 */
#ifndef APP_LAWS_H
#define APP_LAWS_H

#include "app/write.h"

/* A write under way. Made and led by app/write.c. */
struct writing {
	struct store_conn *tx;
	const struct write_intent *intent;
	struct arena *arena;
	struct row *old; /* what stands, or NULL */
	struct row *row; /* what shall stand */
	struct field_set changed;
	int64_t now_us;
};

/*
 * Settles row's owner and team: the caller where none is named, the team that
 * the owner works in. A rep keeps and makes their own only, a manager within
 * the teams they lead, an administrator anywhere.
 */
MODEL_MUST_USE enum outrider_code
laws_settle_owner(struct writing *w, struct outrider_err *err);
/* Everything else, before row is put: changed is known. */
MODEL_MUST_USE enum outrider_code
laws_check(struct writing *w, struct outrider_err *err);

#endif
