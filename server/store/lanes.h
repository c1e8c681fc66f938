/*
 * Lanes: what several scopes hold, merged into one order.
 *
 * Entries of one scope lie in order in the database. A lane holds a few of a
 * scope's next entries and fetches more when they run out, twice as many each
 * time, so that a merge costs one short range scan a lane whatever the tables'
 * size, and memory follows what is taken.
 *
 *	lanes_open -> lanes_add for each scope -> lanes_least, lanes_next ...
 */
#ifndef STORE_LANES_H
#define STORE_LANES_H

#include "store/parts.h"

/* Entries are in the order of (order, id). */
struct lane_entry {
	int64_t order; /* feeds: the revision; lists: 0; agendas: the start */
	struct feed_entry feed;
};

struct lane;

struct lanes {
	struct store_conn *conn;
	struct arena *arena;
	enum statement which; /* ($1 scope, $2, $3 id, $4 limit) */
	uint32_t kind;	      /* $2 of lists; 0: it is the order */
	size_t room;	      /* of a fresh lane */
	size_t n_left;	      /* of how many will be taken */
	struct lane *heap;    /* the least entry first */
	size_t n, n_added;
};

/* limit: about how many entries will be taken in all. */
MODEL_MUST_USE enum outrider_code lanes_open(struct lanes *lanes,
					     size_t n_scopes, size_t limit,
					     struct outrider_err *err);
/* A scope's entries above (order, id); its number is how many were added. */
MODEL_MUST_USE enum outrider_code
lanes_add(struct lanes *lanes, const struct scope *scope, int64_t order,
	  const struct uuid *id, struct outrider_err *err);
/* The next entry, until lanes_next; NULL at the end. */
const struct lane_entry *lanes_least(const struct lanes *lanes);
/* Takes it away. */
MODEL_MUST_USE enum outrider_code
lanes_next(struct lanes *lanes, struct outrider_err *err);

/* (order, id, kind, entered_rev, op) of a query. */
bool lane_entry_read(struct lane_entry *out, const struct query *query,
		     size_t scope);

#endif
