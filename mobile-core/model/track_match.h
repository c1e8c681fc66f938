/*
 * track_match: is one track another one again?
 *
 * Owns the comparison of two entries' ticks. Who drives the same route to the
 * same seat each week has the same places, but never the same errors of GPS at
 * the same seconds; a replay has. It refuses to know of stores, devices and of
 * what a replay is worth.
 */
#ifndef OUTRIDER_MODEL_TRACK_MATCH_H
#define OUTRIDER_MODEL_TRACK_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "model/evidence.h"

struct track_match {
	uint32_t compared; /* ticks of the one that the other reaches */
	uint32_t shared;   /* ... that lie on the other's track, to within
			     * TRACK_MATCH_CM, at one shift in time */
	int64_t shift_us;  /* of the first against the second */
};

enum { TRACK_MATCH_CM = 40 };

/*
 * Compares the ticks within 2 km of the pins, which may differ; a place in
 * which the phone lies frozen counts once. True if a is b again at another
 * time, or at the same time. The cost is bounded: 256 points each.
 */
bool track_is_again(struct track_match *out, const struct evidence_content *a,
		    const struct evidence_content *b);

#endif
