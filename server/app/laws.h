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
	struct field_set settled; /* of those: not as they were sent */
	bool is_verbatim;	  /* no merge refused what was sent */
	int64_t now_us;
	struct app *app;
};

/* A kind's own laws: a row of the table in app/laws.c. */
typedef enum outrider_code law_fn(struct writing *w, struct outrider_err *err);
struct kind_laws {
	uint32_t kind;
	/* Sets in row what the server sets (sums, numbers, histories, who is
	 * meant), before changes are counted. NULL: nothing. */
	law_fn *settle;
	/* The same for a record that is deleted. NULL: nothing. */
	law_fn *bury;
	/* Refuses what may not stand; changed is known. NULL: nothing. */
	law_fn *check;
	/* Writes what comes of it, when it stands in the store. NULL: nothing.
	 * What this returns is no refusal of the write: it ends the call. */
	law_fn *follow;
};

/*
 * Settles row's owner and team: the caller where none is named, the team that
 * the owner works in. A rep keeps and makes their own only, a manager within
 * the teams they lead, an administrator anywhere.
 */
MODEL_MUST_USE enum outrider_code
laws_settle_owner(struct writing *w, struct outrider_err *err);
/* What the server sets, before changes are counted. Not of a deletion. */
MODEL_MUST_USE enum outrider_code
laws_settle(struct writing *w, struct outrider_err *err);
/* The same of a deletion. */
MODEL_MUST_USE enum outrider_code
laws_bury(struct writing *w, struct outrider_err *err);
/* Everything else, before row is put: changed is known. */
MODEL_MUST_USE enum outrider_code
laws_check(struct writing *w, struct outrider_err *err);

/* After row was put. */
MODEL_MUST_USE enum outrider_code
laws_follow(struct writing *w, struct outrider_err *err);

#endif
