/*
 * A look into the server's store, for checks: a snapshot and an arena.
 */
#ifndef SIM_LOOK_H
#define SIM_LOOK_H

#include "world.h"

struct look {
	struct store_conn *conn;
	struct arena arena;
	uint64_t newest_rev;
	/* The change log by revision, from 1, once look_read_log was called. */
	struct change *log;
	size_t n_log;
};

/* Never fails but by abort(). */
void look_begin(struct look *look, struct world *world);
void look_end(struct look *look);
/* Breaks the world where a revision is missing. */
void look_read_log(struct look *look, struct world *world);

/* promises.c: a part of check_history. */
void check_promises(struct look *look, struct world *world);

bool look_holds(struct bytes bytes, const char *text);
/* Did the change come of that edit? Told by what it says: numbers begin anew
 * where a phone or the server was restored. */
bool look_is_of(const struct change *change, const struct edit *edit);
struct uuid look_device_of(const struct phone *phone);

#endif
