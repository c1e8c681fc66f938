/*
 * Who may see and do what: principals, their scopes, and the scopes of
 * records. The one place that answers "may P see R".
 */
#ifndef APP_ACCESS_H
#define APP_ACCESS_H

#include "store/store.h"

/* Who calls. Made by app/auth.c from a token. */
struct principal {
	struct uuid user;
	struct uuid device; /* zero: signed in by password */
	enum role role;
	struct uuid team; /* the user's own; zero: the root */
	/* Sorted. In the call's arena. */
	const struct scope *scopes;
	size_t n_scopes;
	uint8_t token_hash[32];
};

/*
 * Fills the scopes: the organisation's, the user's own, and for a manager the
 * teams from the own one downward (an administrator: every team).
 */
MODEL_MUST_USE enum outrider_code
access_load_scopes(struct principal *principal, struct store_conn *conn,
		   struct arena *arena, struct outrider_err *err);

#define ACCESS_SCOPES_MAX 64 /* of one record */

/*
 * The scopes that a record lies in, sorted, out of the row alone: `org`, or
 * owner, participants and team. Returns how many.
 */
size_t access_record_scopes(struct scope out[ACCESS_SCOPES_MAX],
			    const struct row *row);

bool access_has_scope(const struct principal *principal,
		      const struct scope *scope);
/* Is the team one that the principal leads, or below it? Never for a rep. */
bool access_leads(const struct principal *principal, const struct uuid *team);
bool access_may_see(const struct principal *principal, const struct row *row);

/*
 * May the role write this kind at all, and this user this record (NULL: asks
 * for the kind only)? Of what lies in scopes of people the owner and the
 * managers above the owner may; who only takes part may not.
 */
MODEL_MUST_USE enum outrider_code
access_may_write(const struct principal *principal, const struct entity *entity,
		 const struct row *row, struct outrider_err *err);

#endif
