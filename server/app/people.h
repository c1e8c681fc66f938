/*
 * What a worker remembers of the people, and programs, who call: rank, rights,
 * team and scopes, so that not every call reads roles and the tree of teams.
 * Tokens and devices are not remembered: what is withdrawn is withdrawn at
 * once.
 *
 * What is remembered holds for a snapshot if no user, team, role, service
 * account or custom field was written since either: writes leave the revision
 * of the newest one in a counter before they are committed, and a snapshot that
 * doesn't reach it is read afresh.
 */
#ifndef APP_PEOPLE_H
#define APP_PEOPLE_H

#include "app/access.h"

#include <stdatomic.h>

struct people; /* one worker's; bounded */

/* changed_rev: of the newest write of one of those; 0: none yet. */
struct people *people_open(const _Atomic(uint64_t) *changed_rev);
/* NULL is fine. */
void people_close(struct people *people);

/*
 * Fills all but device and token of principal->user, a user or, where the
 * device is zero, a service account: rights and scopes in the arena, inside a
 * snapshot whose newest revision is rev.
 * Errors: NOT_FOUND (there is none, or not active).
 */
MODEL_MUST_USE enum outrider_code
people_load(struct principal *principal, struct people *people,
	    struct store_conn *conn, uint64_t rev, struct arena *arena,
	    struct outrider_err *err);

#endif
