/*
 * Tombstones and their end: what was removed from a scope stays in its feed,
 * so that phones hear of it, and a deleted record keeps its row; after a while
 * both are forgotten, and the store remembers up to where.
 *
 * The change log keeps what it has: a record's history outlives it.
 */
#ifndef STORE_FORGET_H
#define STORE_FORGET_H

#include "store/store.h"

/* Inside a write: the newest revision before a time, as far as clocks went
 * forward; 0: none. */
MODEL_MUST_USE enum outrider_code
forget_find_rev(struct store_conn *tx, uint64_t *rev, int64_t before_us,
		struct outrider_err *err);

/*
 * Inside a write: forgets some removals above after_rev and up to up_to_rev, a
 * record whole or not at all. Records that everybody sees (users, products)
 * keep their tombstones: others' work names them.
 * *done_rev: everything up to here was looked at; up_to_rev: there is no more.
 * *gone gets the rows that went, in the arena.
 */
MODEL_MUST_USE enum outrider_code
forget_some(struct store_conn *tx, uint64_t *done_rev, struct row ***gone,
	    size_t *n_gone, uint64_t after_rev, uint64_t up_to_rev,
	    struct arena *arena, struct outrider_err *err);

#endif
