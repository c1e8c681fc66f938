/*
 * sync_hear: what an answer of the server does, by the state that it comes in.
 * For sync.c alone.
 */
#ifndef CORE_SYNC_HEAR_H
#define CORE_SYNC_HEAR_H

#include "model/arena.h"
#include "model/err.h"

struct outrider;

/*
 * Takes a message of the call under way, in a transaction of its own.
 * Errors: DATA_LOSS (makes no sense), ABORTED (a page that doesn't fit what is
 * on the phone); nothing of it took effect then.
 */
MODEL_MUST_USE enum outrider_code sync_hear(struct outrider *core,
					    struct bytes response,
					    struct outrider_err *err);

#endif
