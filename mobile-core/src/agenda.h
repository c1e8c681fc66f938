/*
 * agenda: when one's own meetings are.
 *
 * Owns a list of meetings by time, in memory while the cards are open, and
 * tells tracker which of them are near. It refuses to know of fixes and
 * verdicts.
 */
#ifndef CORE_AGENDA_H
#define CORE_AGENDA_H

#include "idmap.h"
#include "model/arena.h"
#include "model/err.h"
#include "model/uuid.h"
#include "model/visit.h"

struct outrider;

struct agenda_item {
	struct visit_plan plan; /* valid where is_tracked */
	struct uuid place;	/* zeros: none */
	bool is_tracked;	/* has a pin, and wasn't cancelled */
	bool is_unplanned;	/* a check-in */
	/* Not cancelled, and its card has no outcome, or neither a next step
	 * nor the word that there is none. */
	bool wants_outcome;
};

struct agenda {
	struct agenda_item *items; /* one's own, in no order */
	size_t n, room;
	struct idmap map;
	bool is_stale;	 /* changed since tracker was told */
	int64_t told_us; /* when it was told last */
};

void agenda_init(struct agenda *agenda, const struct allocator *allocator);
void agenda_clear(struct outrider *core);
/* Takes in what is shown of a meeting, or that it is gone. Errors:
 * RESOURCE_EXHAUSTED. */
MODEL_MUST_USE enum outrider_code
agenda_follow(struct outrider *core, const struct uuid *id, bool exists,
	      struct bytes fields, struct outrider_err *err);
/*
 * Tells tracker the meetings of the next 48 hours, if there is news, in the
 * caller's transaction.
 */
MODEL_MUST_USE enum outrider_code
agenda_set_windows(struct outrider *core, struct outrider_err *err);
/* The meeting's item; NULL: it isn't one's own. */
const struct agenda_item *
agenda_find(const struct agenda *agenda, const uint8_t meeting_id[16]);
/* Time has gone on: tracker must hear of meetings that came near. */
bool agenda_is_due(const struct outrider *core);
int64_t agenda_next_us(const struct outrider *core); /* when it will be */

#endif
