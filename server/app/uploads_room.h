/*
 * How much of a caller's may lie here that no attachment has, and which of
 * their uploads gives way to a new one.
 */
#ifndef APP_UPLOADS_ROOM_H
#define APP_UPLOADS_ROOM_H

#include "app/uploads_sweep.h"

/*
 * Not to be dropped for another one: it was begun, or a chunk of it came, as
 * lately as that. Twice what the agent waits for an answer.
 */
#define UPLOAD_BUSY_US (INT64_C(120) * 1000000)

/*
 * Inside a write: there is room for one more, which its caller begins now
 * (touched_us). Those unfinished ones of the caller that lay idle longest are
 * dropped as far as that takes. RESOURCE_EXHAUSTED, and none is dropped: there
 * is no room without those that are busy or whole.
 */
MODEL_MUST_USE enum outrider_code
uploads_make_room(struct uploads_sweep *sweep, struct store_conn *tx,
		  const struct upload *wanted, struct outrider_err *err);

#endif
