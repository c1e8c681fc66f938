/*
 * agenda: when one's own meetings are.
 *
 * Owns a list of meetings by time, in memory while the cards are open, and
 * tells tracker which of them are near. It refuses to know of fixes and
 * verdicts.
 */
#ifndef CORE_AGENDA_H
#define CORE_AGENDA_H

#include "model/arena.h"
#include "model/err.h"
#include "model/uuid.h"

struct outrider;

struct agenda_item {
	struct uuid id;
	int64_t start_us, end_us;
};

struct agenda {
	struct agenda_item *items; /* one's own, in no order */
	size_t n, room;
	int64_t windows_until_us; /* tracker knows the windows up to here */
};

void agenda_clear(struct outrider *core);
/* Takes the shown state of a meeting in; fields.at NULL: it is gone. Errors:
 * RESOURCE_EXHAUSTED. */
MODEL_MUST_USE enum outrider_code
agenda_put(struct outrider *core, const struct uuid *id, struct bytes fields,
	   struct outrider_err *err);
/* Tells tracker the meetings of the next 48 hours, in the caller's
 * transaction. */
MODEL_MUST_USE enum outrider_code
agenda_set_windows(struct outrider *core, struct outrider_err *err);

#endif
