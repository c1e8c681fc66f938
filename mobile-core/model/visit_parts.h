/*
 * visit_parts: what the files visit_*.c share and nobody else includes.
 */
#ifndef OUTRIDER_MODEL_VISIT_PARTS_H
#define OUTRIDER_MODEL_VISIT_PARTS_H

#include "model/visit.h"

/* A tick in the detector's own terms. */
struct visit_sight {
	const struct tick *tick;
	double at_s;
	bool is_far; /* in a ring: east and north are not known */
	double east_m, north_m;
	double distance_m; /* from the place; a ring's inner edge */
	double sigma_m;	   /* error of the fix, one dimension */
	bool has_last;
	bool has_moved;	  /* both ticks within the clip */
	double elapsed_s; /* since the tick before */
	double moved_m;
	double evidence; /* nats for "at the place", untempered */
};

/* Metres to the place: to its outline, 0 inside, or to the pin. */
double visit_place_m(const struct visit *visit, double east_m, double north_m);
/* Square metres over which a phone at the place is spread by an error of so
 * much. */
double visit_place_m2(const struct visit *visit, double sigma_m);

struct visit_sight visit_sight_of(const struct visit *visit,
				  const struct tick *tick,
				  const struct tick *last);

/* visit_detect: the sequential test. */
void visit_detect(struct visit *visit, const struct visit_sight *sight);
/* The records with the open stay, if there is one, closed at the last tick;
 * stays that belong together joined. Returns how many. */
size_t visit_records(const struct visit *visit,
		     struct visit_record out[VISIT_STAYS_MAX + 1]);

/* visit_around: coverage of the window, stays at other places. */
/* Whether a gap between fixes had room for a visit and the way to it. */
bool visit_has_room(double gap_s, double way_m);
void visit_cover(struct visit *visit, const struct visit_sight *sight);
void visit_haunt(struct visit *visit, const struct visit_sight *sight);

/* visit_edges: when a stay began and ended. False for what may as well have
 * been a wait at a light, or a stay at another place that a few bad fixes put
 * here. */
bool visit_record_of(const struct visit *visit, struct visit_record *out);

#endif
