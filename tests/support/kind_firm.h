/*
 * A firm in which everybody stands otherwise to the same records: one of each
 * kind, the owner's, out of the tables; and a role that all of them have.
 *
 *	root --- north (ABOVE leads) --- kyiv (OWNER, MATE; LEADER leads)
 *	     \-- south (STRANGER, SHARED; BESIDE leads)
 *	     \-- west  (MEMBER; HEAD leads)
 *
 * Records are shared with SHARED and with west, where the kind has a field for
 * it. PROGRAM is a service account of the owner's.
 */
#ifndef KIND_FIRM_H
#define KIND_FIRM_H

#include "every_kind.h"

enum who {
	OWNER,
	MATE,
	LEADER,
	ABOVE,
	BESIDE,
	STRANGER,
	SHARED,
	MEMBER,
	HEAD,
	CHIEF, /* an administrator */
	PROGRAM,
	N_WHO,
};

struct person {
	const char *name;
	enum rank rank;
	struct uuid id;
	char token[TOKEN_TEXT_LEN + 1];
};

struct kind_firm {
	struct every_kind *every;
	struct person people[N_WHO];
	struct uuid west;
	struct uuid role;
	struct uuid records[256]; /* by the kind's number */
	/* Has it a field to share with people, with teams? */
	bool is_shared[256], is_shared_with_team[256];
};

/* A cmocka test's, or group's, setup and teardown. */
int kind_firm_open(void **state);
int kind_firm_close(void **state);

enum grant { GRANT_AS_RANKED, GRANT_NONE, GRANT_READ, GRANT_WRITE, N_GRANTS };

/* What the role is from now on: its kinds, and names of fields. */
struct role_text {
	enum grant grant; /* of every kind that may be granted so */
	bool sees_all_teams;
	const struct entity *hides; /* all that may be hidden of it */
	const struct entity *shows; /* all that asks for a rank */
};
void kind_firm_set_role(struct kind_firm *f, const struct role_text *text);
/* Kinds by which rights are given: docs/app.md names the five. */
bool kind_firm_gives_rights(const struct entity *entity);
/* May a role hide it: docs/app.md says which fields it may not. */
bool kind_firm_may_hide(const struct entity *entity, const struct field *field);

/* Frees the request. */
const struct harness_reply *
kind_firm_call(struct kind_firm *f, enum who who, const struct entity *entity,
	       enum method_verb verb, struct buffer *request);
/* What `who` could make of a kind: refers to the records of the firm. */
struct buffer
kind_firm_draft(struct kind_firm *f, const struct entity *entity, enum who who);
/* An added field that asks for a rank isn't there below it, record and all:
 * here none does. tests/unit/test_rights.c has those. */
bool kind_firm_leaves_out(const struct field *field);

#endif
