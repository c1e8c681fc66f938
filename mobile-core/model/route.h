/*
 * route: a short order in which to drive to some stops.
 *
 * Owns the search for the shortest open path through all of them, from a start
 * to an end where these are given: exact up to ROUTE_EXACT_MAX stops (dynamic
 * programming over subsets, Held and Karp 1962), beyond that the best of some
 * greedy paths after 2-opt (Croes 1958) and Or-opt (Or 1976). Distances are
 * straight lines along the sphere, in whole decimetres, so that every processor
 * finds the same order. Knows nothing of roads, of hours and of meetings.
 */
#ifndef OUTRIDER_MODEL_ROUTE_H
#define OUTRIDER_MODEL_ROUTE_H

#include <stddef.h>
#include <stdint.h>

#include "model/geo.h"

enum {
	ROUTE_EXACT_MAX = 12,
	ROUTE_STOPS_MAX = 100,
	ROUTE_NODES_MAX = ROUTE_STOPS_MAX + 2, /* start and end are nodes too */
};

/* What is asked: valid pins, at most ROUTE_STOPS_MAX of them. */
struct route_ask {
	const struct geo_pin *stops;
	size_t n;
	const struct geo_pin *start, *end; /* or NULL: wherever is best */
};

/* Room to think in, some 240 KiB, which the caller has and need not clear. */
struct route_work {
	uint32_t metre_tenths[ROUTE_NODES_MAX][ROUTE_NODES_MAX];
	uint32_t shortest[1 << ROUTE_EXACT_MAX][ROUTE_EXACT_MAX];
};

/*
 * Fills order with the indexes of the stops as they are to be visited, n of
 * them. Returns the whole way in metres: from the start, to the end, where
 * there are such.
 */
double route_order(uint8_t *order, const struct route_ask *ask,
		   struct route_work *work);

#endif
