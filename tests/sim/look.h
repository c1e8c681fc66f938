/*
 * A look into the server's store, for checks: a snapshot, and what it holds,
 * read once for all that ask.
 */
#ifndef SIM_LOOK_H
#define SIM_LOOK_H

#include "world.h"

struct look_record {
	struct uuid id;
	const struct entity *entity;
	const struct row *row;
	bool was_deleted; /* once at least, says the log */
};

struct look {
	struct store_conn *conn;
	struct arena arena;
	uint64_t newest_rev;
	/* The change log by revision, from 1. */
	struct change *log;
	size_t n_log;
	/* All that it ever made, by id. */
	struct look_record *records;
	size_t n_records;
};

/* Never fails but by abort(). Breaks the world where a revision is missing. */
void look_begin(struct look *look, struct world *world);
/* A newer snapshot. */
void look_again(struct look *look, struct world *world);
void look_end(struct look *look);
/* NULL: there never was such a record. */
struct look_record *look_find(const struct look *look, const struct uuid *id);

/* Numbers are those of docs/simulation.md. */
void check_phone_equals_server(struct look *look, struct phone *phone); /* 1 */
void check_history(struct look *look, struct world *world);  /* 6, 9 */
void check_promises(struct look *look, struct world *world); /* 2, 3, 10 */

bool look_holds(struct bytes bytes, const char *text);
/* Did the change come of that edit? Told by what it says: numbers begin anew
 * where a phone or the server was restored. */
bool look_is_of(const struct change *change, const struct edit *edit);
struct uuid look_device_of(const struct phone *phone);

#endif
