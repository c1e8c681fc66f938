/*
 * tracker_state: what the parts of the tracker share; nobody else includes it.
 *
 * Owns the windows in memory and their rows. tracker.c opens and closes them
 * and feeds them fixes, tracker_plans.c takes plans, tracker_visits.c shows.
 */
#ifndef CORE_TRACKER_STATE_H
#define CORE_TRACKER_STATE_H

#include "tracker.h"
#include "tracker_clock.h"
#include "windows.h"

/* Plans that were replaced may still be under way. */
enum { TRACKER_ROOM = TRACKER_WINDOWS_MAX + 56 };

struct tracker {
	struct tracker_clock clock;
	struct evidence_chain chain;
	uint64_t last_number; /* of a window's row */
	bool is_stale;	      /* memory and file differ: to be read anew */
	size_t n;
	struct window windows[TRACKER_ROOM];
};

/* Every way in begins here: reads anew what is stale, looks at the clocks. */
MODEL_MUST_USE enum outrider_code
tracker_be_ready(struct outrider *core, struct outrider_err *err);

/* All below want a transaction that has touched CORE_TRACKER. */
MODEL_MUST_USE enum outrider_code
tracker_save_clock(struct outrider *core, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
tracker_save_window(struct outrider *core, const struct window *window,
		    struct outrider_err *err);
/* Passed over, with a word in the log, where there is no room. */
MODEL_MUST_USE enum outrider_code
tracker_add_window(struct outrider *core, const struct visit_plan *plan,
		   struct outrider_err *err);
/* The last window takes its place in the array. */
MODEL_MUST_USE enum outrider_code
tracker_drop_window(struct outrider *core, size_t i, struct outrider_err *err);
/* Signs what an open window saw; its row goes. */
MODEL_MUST_USE enum outrider_code
tracker_close_window(struct outrider *core, size_t i, int64_t closed_us,
		     struct visit_verdict *verdict, struct outrider_err *err);
void tracker_tell_verdict(struct outrider *core, const uint8_t meeting_id[16],
			  const struct visit_verdict *verdict);

#endif
