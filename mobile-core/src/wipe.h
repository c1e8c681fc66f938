/*
 * wipe: forgetting everything, by order or by the rep's wish.
 *
 * A manager's order comes with the answer to a push (docs/formats/wipe.md),
 * signed by the organisation. What waits goes first, as far as the cards are
 * open; then wrapped keys, then rows. The receipt, signed, takes what could not
 * be sent with it, sealed as it lay there; the token and the signing key go
 * when the server has it. Each step is a transaction, and what was begun goes
 * on when the core is opened again.
 *
 * Owns the order, the receipt, and the sequence. It refuses to know how a call
 * is made (sync.h).
 */
#ifndef CORE_WIPE_H
#define CORE_WIPE_H

#include "model/arena.h"
#include "model/err.h"

struct outrider;

/* Looks for an order in the answer to a push, and keeps it. One that isn't the
 * organisation's, or is for another device, is none. */
MODEL_MUST_USE enum outrider_code wipe_hear_order(struct outrider *core,
						  struct bytes response,
						  struct outrider_err *err);
/* There is an order: nothing is pulled any more. */
bool wipe_is_due(const struct outrider *core);
/* The stage: wipes if that is due and hasn't been done, and appends the
 * receipt's request. Cards are locked afterwards. */
MODEL_MUST_USE enum outrider_code
wipe_say(struct outrider *core, struct buffer *out, struct outrider_err *err);
/* The server has the receipt, or the device is nobody's any more: the rest
 * goes, and the core is as if it had just been made. */
MODEL_MUST_USE enum outrider_code
wipe_end(struct outrider *core, struct outrider_err *err);
/* After opening: goes on with what a power cut left. */
MODEL_MUST_USE enum outrider_code
wipe_go_on(struct outrider *core, struct outrider_err *err);

#endif
