/*
 * running: check-ins that go on, and how one ends with the next.
 *
 * Owns which of them a new one is, and that the others end in the transaction
 * in which it begins. It refuses to know of fixes and of how a place is chosen.
 */
#ifndef CORE_RUNNING_H
#define CORE_RUNNING_H

#include "edit.h"
#include "model/geo.h"
#include "tracker.h"

/* A meeting at this place that goes on, planned or not. */
bool running_at_place(const struct outrider *core, struct uuid *meeting,
		      const struct uuid *place);
/*
 * A check-in of no place that goes on within so many metres of this spot, about
 * the same (subject NULL: whatever it is about). *meeting is zeros where there
 * is none.
 */
MODEL_MUST_USE enum outrider_code
running_at_spot(struct outrider *core, struct uuid *meeting,
		struct geo_pin spot, double slack_m, const char *subject,
		struct outrider_err *err);

enum { RUNNING_MAX = 4 }; /* more than one are of two phones */

/* Check-ins of one's own that are to end. */
struct running {
	struct outrider_edit *edits[RUNNING_MAX];
	struct tracker_end ends[RUNNING_MAX];
	size_t n;
};

/* Opens the edits that end them now; running_free frees them, also after an
 * error. */
MODEL_MUST_USE enum outrider_code running_open(struct outrider *core,
					       struct running *running,
					       struct outrider_err *err);
/* In the caller's transaction: the watch over each ends, then its time. */
MODEL_MUST_USE enum outrider_code running_end(struct outrider *core,
					      struct running *running,
					      struct outrider_err *err);
/* After the commit: the host hears of it. */
void running_tell(struct outrider *core, const struct running *running);
void running_free(struct outrider *core, struct running *running);

#endif
