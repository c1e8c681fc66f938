/*
 * Who has an address: contacts, leads and companies, out of the store's
 * handles. What an address looks like is app/complete.h's.
 */
#ifndef APP_REACH_H
#define APP_REACH_H

#include "app/access.h"
#include "app/complete.h"

#define REACH_MAX 10 /* cards of one kind */

/* Cards that stand, the oldest first; leads that are still open before those
 * that were converted or lost. In the arena. */
struct reached {
	struct row *contacts[REACH_MAX], *leads[REACH_MAX];
	struct row *companies[REACH_MAX];
	size_t n_contacts, n_leads, n_companies;
};

/*
 * Only what `who` may see, by fields that they know of: NULL is the server
 * itself, which sees all. More than REACH_MAX of a kind are left out, and so is
 * what lies behind the first REACH_HANDLES_MAX records that have it.
 */
#define REACH_HANDLES_MAX 256
MODEL_MUST_USE enum outrider_code
reach_find(struct reached *out, struct store_conn *conn,
	   const struct principal *who, const struct address *address,
	   struct arena *arena, struct outrider_err *err);

#endif
