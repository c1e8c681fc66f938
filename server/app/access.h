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
	bool is_withdrawn;  /* that device: it may repeat its receipt */
	bool is_locked_out; /* that device's user: it may be told to wipe */
	bool is_service;    /* a program: keys of people are not its to make */
	enum rank rank;
	/* Of everybody who calls (app/rights.h); NULL knows no kind. */
	const struct rights *rights;
	struct uuid team; /* the user's own; zero: the root */
	/* Sorted. In the call's arena. */
	const struct scope *scopes;
	size_t n_scopes;
	uint8_t token_hash[32];
};

/*
 * Fills the scopes, out of owner, rank, rights and team: the organisation's,
 * the owner's own, what is shared with the own team, and for a manager the
 * teams from the own one downward with what is shared with them (an
 * administrator, and a role that sees all teams: every team; what is shared
 * lies in one of those anyway).
 */
MODEL_MUST_USE enum outrider_code
access_load_scopes(struct principal *principal, struct store_conn *conn,
		   struct arena *arena, struct outrider_err *err);

/*
 * Of one record: its owner's and their team's, and the limits of the contract:
 * 50 participants, 16 people and 8 teams to share with. test_rights.c counts
 * them in the tables.
 */
#define ACCESS_SCOPES_MAX 96

/*
 * The scopes that a record lies in, sorted, out of the row alone: `org`, or
 * owner, participants, team, and whom it is shared with. Returns how many.
 */
size_t access_record_scopes(struct scope out[ACCESS_SCOPES_MAX],
			    const struct row *row);

/* Is there such a kind, such a field, for this principal? */
bool access_knows_kind(const struct principal *principal,
		       const struct entity *entity);
bool access_knows_field(const struct principal *principal,
			const struct entity *entity, const struct field *field);
/* And no custom field that is hidden: asks neither for scopes. */
bool access_knows_record(const struct principal *principal,
			 const struct entity *entity, const struct uuid *id);
/* Of the kind; empty where nothing is hidden. */
const struct field_set *
access_hidden(const struct principal *principal, const struct entity *entity);
/*
 * Empties what the principal may not see in a row that is about to be told;
 * hidden custom values go out of `custom`. Values are the row's own or the
 * arena's. Whatever leaves the server goes through here: the standard methods,
 * search, timelines, pulls, streams.
 */
MODEL_MUST_USE enum outrider_code
access_hide(struct row *row, const struct principal *principal,
	    struct arena *arena, struct outrider_err *err);

/* Does it have custom values that the principal may not see? */
bool access_hides_custom(const struct row *row,
			 const struct principal *principal);

bool access_has_scope(const struct principal *principal,
		      const struct scope *scope);
/*
 * Is the team one that the principal leads, or below it? Never for a rep,
 * whatever their role sees.
 */
bool access_leads(const struct principal *principal, const struct uuid *team);
/*
 * Knows the kind, and the record lies in one of its scopes. The record of a
 * custom field that is hidden isn't seen either.
 */
bool access_may_see(const struct principal *principal, const struct row *row);

/*
 * May the rank or the role write this kind at all, and this user this record
 * (NULL: asks for the kind only)? Of what lies in scopes of people the owner,
 * the managers above the owner and a role that was granted all of the kind may;
 * who only takes part, or was shared with, may not.
 */
MODEL_MUST_USE enum outrider_code
access_may_write(const struct principal *principal, const struct entity *entity,
		 const struct row *row, struct outrider_err *err);

/*
 * For a write: puts the custom values that the principal doesn't see back to
 * what stood (old; NULL: nothing), so that who sends all they know of takes
 * away nothing else.
 * Errors: INVALID_ARGUMENT where the row brings such a value, in the words for
 * a field that isn't there.
 */
MODEL_MUST_USE enum outrider_code
access_keep_hidden(struct row *row, const struct row *old,
		   const struct principal *principal, struct arena *arena,
		   struct outrider_err *err);

#endif
