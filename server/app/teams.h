/*
 * The tree of teams, and who belongs where.
 */
#ifndef APP_TEAMS_H
#define APP_TEAMS_H

#include "store/store.h"

/* The team without one above; zero before the firm is founded. */
MODEL_MUST_USE enum outrider_code
team_root(struct uuid *out, struct store_conn *conn, struct arena *arena,
	  struct outrider_err *err);
/* The team that a user works in: the one named, or the root. */
MODEL_MUST_USE enum outrider_code
team_of_user(struct uuid *out, struct store_conn *conn, const struct row *user,
	     struct arena *arena, struct outrider_err *err);

#endif
