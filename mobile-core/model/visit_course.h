/*
 * visit_course: the ticks about a stay, and how well they fit a person who
 * went through the door at a given moment.
 *
 * A car parked by the door looks like the meeting. So each moment is asked:
 * if the door was passed then, does the rest fit? Inside, the ticks lie where
 * the person sat. Outside they lie on a way to the door, perhaps from a car
 * that waited at some distance; before that anything goes. The same question,
 * asked backwards in time, serves the departure.
 *
 *   distance        \              drives up: anything goes
 *   from the door    \__________   waits in the car
 *                               \
 *                                \ walks
 *                                 \______________  inside
 *                                 ^ door
 */
#ifndef OUTRIDER_MODEL_VISIT_COURSE_H
#define OUTRIDER_MODEL_VISIT_COURSE_H

#include "model/visit.h"

enum {
	VISIT_SEEN_MAX = 2 * VISIT_TRACK,
	VISIT_STANDS = 7, /* distances at which cars are parked, or none */
	VISIT_WAYS = 33,  /* how a person may come to a door */
};

/* A tick as the edges see it. */
struct visit_seen {
	double at_s;
	double off_m;	/* from where the person sat */
	double place_m; /* from the place */
	double door_m;	/* from where the way ends */
	double variance_m2;
	double inside_fit; /* nats over "anything goes" */
	double weight;
	double stand_fit[VISIT_STANDS]; /* weighted: by a car that waits */
	bool has_accuracy;
	double ln_accuracy;
};

/* Sums over the ticks before a moment. */
struct visit_sums {
	double inside_fit;
	uint32_t level_n;
	double level, level_squares;
};

/* The ticks about the arrival and about the departure, in time order; what
 * lies between the two tracks of a long stay is not needed. */
struct visit_course {
	size_t count;
	double outline_m2; /* surface and circumference; 0: a point */
	double outline_m;
	size_t entrances;
	struct visit_seen seen[VISIT_SEEN_MAX];
	struct visit_sums before[VISIT_SEEN_MAX + 1];
	double level_cost[VISIT_SEEN_MAX + 1]; /* of so many ticks' levels */
	double walk_s[VISIT_WAYS], way_s[VISIT_WAYS]; /* with the wait */
	size_t roof_from, roof_to;
	double run_from_s, run_to_s; /* a stay must touch this time */
};

/* The course of the open stay. */
void visit_course_of(struct visit_course *course, const struct visit *visit);

/* Fits are in nats over "anything goes". index is the number of ticks before
 * the door; step is -1 for an arrival, 1 for a departure. */
double visit_course_outside(const struct visit_course *course, double door_s,
			    size_t index, int step);
/* What the phone's stated accuracy says for doors before tick in and tick
 * out. */
double
visit_course_roof(const struct visit_course *course, size_t in, size_t out);
/* What the ticks of a stay could have said for it, at most: each counts 1
 * if it is a memory away from the one before. */
double visit_course_weight(const struct visit_course *course, double from_s,
			   double to_s);

#endif
