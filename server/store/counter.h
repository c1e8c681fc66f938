/*
 * Numbers in a row: those of a kind's records, for people, and the store's own.
 * None comes twice; one that a write took and then failed with comes again.
 */
#ifndef STORE_COUNTER_H
#define STORE_COUNTER_H

#include "store/store.h"

/* Rows that are no kind's: numbers that no kind has. */
enum { COUNTER_POSITIONS = 1 << 16 };

/* The next of a kind, by its number, or of one of those; from 1 on. */
MODEL_MUST_USE enum outrider_code counter_next(struct store_conn *tx,
					       uint64_t *out, uint32_t which,
					       struct outrider_err *err);

#endif
