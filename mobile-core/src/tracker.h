/*
 * tracker: the meetings' windows, fixes and verdicts, in a locked pocket.
 *
 * Owns the windows of the next 48 hours, their detectors and checkpoints:
 * the TRACKING compartment alone, so that it works while the cards are locked.
 * It refuses to know of cards: it is told plans.
 */
#ifndef CORE_TRACKER_H
#define CORE_TRACKER_H

#include "core.h"
#include "model/visit.h"

/* A meeting of the next 48 hours, or one that is under way. */
struct tracker_window {
	struct visit_plan plan; /* valid; names the meeting */
	bool is_mine;		/* owner or participant */
};

enum { TRACKER_WINDOWS_MAX = 200 };

/* Reads the windows from the file; sets core->tracker. */
MODEL_MUST_USE enum outrider_code
tracker_open(struct outrider *core, struct outrider_err *err);
void tracker_close(struct outrider *core);
/* Reads them anew: the transaction that it took part in was rolled back. */
MODEL_MUST_USE enum outrider_code
tracker_reload(struct outrider *core, struct outrider_err *err);

/*
 * These are all the meetings that count from now on, in the caller's
 * transaction. A window that is not among them and has not opened is dropped.
 */
MODEL_MUST_USE enum outrider_code
tracker_set_windows(struct outrider *core, const struct tracker_window *windows,
		    size_t n, struct outrider_err *err);

/* As their namesakes in outrider.h; each has its own transaction. */
MODEL_MUST_USE enum outrider_code tracker_fix(struct outrider *core,
					      const struct outrider_fix *fix,
					      struct outrider_err *err);
/* Opens and closes windows that are due. *next_us: when it wants to be called
 * again at the latest, INT64_MAX: not before something else happens. */
MODEL_MUST_USE enum outrider_code
tracker_step(struct outrider *core, int64_t *next_us, struct outrider_err *err);
uint32_t tracker_wanted_interval(struct outrider *core, int64_t *until_us);
MODEL_MUST_USE enum outrider_code
tracker_visits(struct outrider *core, outrider_visit_fn *callback, void *user,
	       struct outrider_err *err);

#endif
