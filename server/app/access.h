/*
 * Who may see and do what: principals, their scopes, and the scopes of
 * records. The one place that answers "may P see R".
 */
#ifndef APP_ACCESS_H
#define APP_ACCESS_H

#include "store/store.h"

/* What a principal may do with the records of one kind. */
struct kind_rights {
	bool may_read;
	bool may_write;
	bool is_granted; /* writes what it sees, whosever it is */
	struct field_set hidden;
};

/* Of a rank and a role (role.proto). Everything in one arena. */
struct rights {
	/* By the place of the kind in schema_entities. */
	const struct kind_rights *kinds;
	/* Custom fields that it doesn't see, sorted. */
	const struct uuid *hidden_custom;
	size_t n_hidden_custom;
	/* Differs where what is hidden differs: goes into cursors' views. */
	uint64_t fingerprint;
	bool sees_all_teams;
};

/* Who calls: a user, or a service account. Made by app/token.c. */
struct principal {
	struct uuid user; /* the service account's id, where it is one */
	/* Owns what it makes without naming an owner: user, or the service
	 * account's default owner. */
	struct uuid owner;
	struct uuid device; /* zero: signed in by password */
	enum rank rank;
	const struct rights *rights;
	struct uuid team; /* the user's own; zero: the root */
	/* Sorted. In the call's arena. */
	const struct scope *scopes;
	size_t n_scopes;
	uint8_t token_hash[32];
};

/*
 * Fills the scopes: the organisation's, the user's own, what is shared with
 * the own team, and for a manager the teams from the own one downward with
 * what is shared with them (an administrator, and a role that sees all teams:
 * every team).
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

/* Is there such a kind, such a field, for this principal? */
bool access_knows_kind(const struct principal *principal,
		       const struct entity *entity);
bool access_knows_field(const struct principal *principal,
			const struct entity *entity, const struct field *field);
/* Of the kind; empty where nothing is hidden. */
const struct field_set *access_hidden(const struct principal *principal,
				      const struct entity *entity);
/*
 * Empties what the principal may not see in a row that is about to be told;
 * hidden custom values go out of `custom`. Values are the row's own or the
 * arena's. Whatever leaves the server goes through here: the standard methods,
 * search, timelines, pulls, streams.
 */
MODEL_MUST_USE enum outrider_code access_hide(struct row *row,
					      const struct principal *principal,
					      struct arena *arena,
					      struct outrider_err *err);

bool access_has_scope(const struct principal *principal,
		      const struct scope *scope);
/* Is the team one that the principal leads, or below it? Never for a rep. */
bool access_leads(const struct principal *principal, const struct uuid *team);
/* Knows the kind, and the record lies in one of its scopes. */
bool access_may_see(const struct principal *principal, const struct row *row);

/*
 * May the rank write this kind at all, and this user this record (NULL: asks
 * for the kind only)? Of what lies in scopes of people the owner and the
 * managers above the owner may; who only takes part may not.
 */
MODEL_MUST_USE enum outrider_code
access_may_write(const struct principal *principal, const struct entity *entity,
		 const struct row *row, struct outrider_err *err);

#endif
