/*
 * progress: how far the rep is with a meeting whose window is open.
 *
 * Owns the stages, and when the rep will be there as the crow flies. It refuses
 * to know of rows, and of whom it is told to.
 */
#ifndef CORE_PROGRESS_H
#define CORE_PROGRESS_H

#include "model/geo.h"
#include "outrider.h"
#include "windows.h"

/* The last fix of this run; memory alone. */
struct progress_sight {
	bool is_known;
	int64_t time_us;
	struct geo_pin at;
};

struct progress {
	enum outrider_progress stage; /* never OUTCOME_DUE: cards say that */
	int64_t expected_us;	      /* on the way, and seen; else 0 */
	uint32_t late_s;
	bool is_late; /* too late to be in time, if nothing happens */
};

/* As of now_us; the window is open. */
void progress_of(struct progress *out, const struct window *window,
		 const struct progress_sight *last, int64_t now_us);

#endif
