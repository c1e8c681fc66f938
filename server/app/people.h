/*
 * What a worker remembers of the people who call: rank, team and scopes, so
 * that not every call of a manager reads the tree of teams. Tokens and
 * devices are not remembered: what is withdrawn is withdrawn at once.
 *
 * What is remembered holds for a snapshot if no user and no team was written
 * since either: writes leave the revision of the newest one in a counter
 * before they are committed, and a snapshot that doesn't reach it is read
 * afresh.
 */
#ifndef APP_PEOPLE_H
#define APP_PEOPLE_H

#include "app/access.h"

#include <stdatomic.h>

struct people; /* one worker's; bounded */

/* changed_rev: of the newest write of a user or a team; 0: none yet. */
struct people *people_open(const _Atomic(uint64_t) *changed_rev);
/* NULL is fine. */
void people_close(struct people *people);

/*
 * Fills rank, team and scopes of principal->user, the scopes in the arena,
 * inside a snapshot whose newest revision is rev.
 * Errors: NOT_FOUND (there is none, or not active).
 */
MODEL_MUST_USE enum outrider_code
people_load(struct principal *principal, struct people *people,
	    struct store_conn *conn, uint64_t rev, struct arena *arena,
	    struct outrider_err *err);

#endif
