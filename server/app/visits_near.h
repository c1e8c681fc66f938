/*
 * Two customers in one building: which other places lie so close to a
 * meeting's that no GPS tells them apart. Only the plan says which it was.
 */
#ifndef APP_VISITS_NEAR_H
#define APP_VISITS_NEAR_H

#include "store/visits.h"

/* Pins closer than that are one place for a phone. */
enum { VISIT_REACH_M = 40 };

/*
 * Counts visit->neighbours: places of the rep or of the meeting's team, of
 * another company than the meeting's, and says which are the nearest. No name:
 * who reads of the visit is told of those they may see (visits_read.c).
 */
MODEL_MUST_USE enum outrider_code
visit_find_neighbours(struct visit_finding *visit, struct store_conn *conn,
		      const struct row *meeting, struct arena *arena,
		      struct outrider_err *err);

#endif
