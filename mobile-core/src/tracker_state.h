/*
 * tracker_state: what the parts of the tracker share; nobody else includes it.
 *
 * Owns the windows in memory and their rows. tracker.c opens and closes them
 * and feeds them fixes, tracker_plans.c takes plans, tracker_progress.c follows
 * how far the rep is, tracker_host.c takes what else the host knows,
 * tracker_visits.c and tracker_ledger.c show.
 */
#ifndef CORE_TRACKER_STATE_H
#define CORE_TRACKER_STATE_H

#include "positions.h"
#include "progress.h"
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

	/* Of this run; in memory alone, and not read anew. */
	struct positions positions;
	struct progress_sight sight; /* none while no window is open */
	enum tick_trouble trouble;
	enum outrider_hint hint;
	int64_t hint_mono_us;	    /* when it was said last; 0: never */
	int64_t hint_since_mono_us; /* ... first, of the same in a row */
	int64_t fix_mono_us; /* when the last one was taken; 0: none yet */
	uint64_t n_fixes, n_fixes_outside;
};

/* Every way in begins here: reads anew what is stale, looks at the clocks. */
MODEL_MUST_USE enum outrider_code
tracker_be_ready(struct outrider *core, struct outrider_err *err);

/* A fix was taken, or time has gone on: tells what changed, and keeps the
 * position (fix may be NULL) where one is due. Has its own transactions. */
MODEL_MUST_USE enum outrider_code tracker_follow(struct outrider *core,
						 const struct fix *fix,
						 struct outrider_err *err);
/* It is over: the host is asked for what came of it. */
void tracker_tell_ended(struct outrider *core, const struct window *closed);
/* What follows from the windows' rows alone, told or not. */
void tracker_settle_progress(struct tracker *tracker);
/* By the platform's hint: earlier, later, or as it is. */
uint32_t tracker_hinted_interval(struct outrider *core, uint32_t wanted_s);

/* All below want a transaction that has touched CORE_TRACKER. */
MODEL_MUST_USE enum outrider_code
tracker_save_clock(struct outrider *core, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
tracker_save_window(struct outrider *core, const struct window *window,
		    struct outrider_err *err);
/* Passed over, with a word in the log, where there is no room. */
MODEL_MUST_USE enum outrider_code
tracker_add_window(struct outrider *core, const struct tracker_window *told,
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
