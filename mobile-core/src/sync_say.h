/*
 * sync_say: what the phone has to say, by the stage that a sync has come to.
 * For sync.c alone, which sends it.
 */
#ifndef CORE_SYNC_SAY_H
#define CORE_SYNC_SAY_H

#include "model/arena.h"
#include "model/err.h"
#include "sync.h"

/*
 * From *stage on: the first that has something to say appends its request, and
 * *stage becomes that one. Nothing appended: all was said.
 * Errors: of the stage that *stage became, which can't be made ready.
 */
MODEL_MUST_USE enum outrider_code
sync_say(struct outrider *core, struct buffer *request, enum sync_state *stage,
	 struct outrider_err *err);

#endif
