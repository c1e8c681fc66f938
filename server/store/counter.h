/*
 * Numbers for people: one row of them a kind. None comes twice; one that a
 * write took and then failed with comes again.
 */
#ifndef STORE_COUNTER_H
#define STORE_COUNTER_H

#include "store/store.h"

/* From 1 on. */
MODEL_MUST_USE enum outrider_code
counter_next(struct store_conn *tx, uint64_t *out, const struct entity *entity,
	     struct outrider_err *err);

#endif
