/*
 * What the fixes say beside the place: how much of the window they reach, how
 * much of it contradicts the plan, and where else the person stayed.
 */
#include <math.h>

#include "model/num.h"
#include "model/visit_parts.h"

static const int64_t REACH_DS = 1500;	   /* a fix speaks for so long */
static const double CONTRARY_BELOW = -1.0; /* nats */
static const double HIDDEN_STAY_S = 60.0;
static const double TOP_SPEED_M_S = 15.0;
static const double HAUNT_RADIUS_M = 80.0;
static const uint32_t HAUNT_MISFITS = 2; /* wild fixes that end no stay */
static const double NEARBY_M = 500.0;
static const uint32_t STAY_MIN_DS = 1800;

/* Adds what [at - reach, at + reach] covers anew of the window. */
static void cover(const struct visit *visit, int64_t at_ds, int64_t *to_ds,
		  uint32_t *sum_ds)
{
	int64_t lo = at_ds - REACH_DS, hi = at_ds + REACH_DS;
	if (lo < *to_ds)
		lo = *to_ds;
	if (hi > visit->end_ds)
		hi = visit->end_ds;
	if (hi <= lo)
		return;
	*sum_ds += (uint32_t)(hi - lo);
	*to_ds = hi;
}

bool visit_has_room(double gap_s, double way_m)
{
	return gap_s >= HIDDEN_STAY_S + way_m / TOP_SPEED_M_S;
}

/* From the opening of the window, or from the tick before. */
static void look_for_room(struct visit *visit, const struct visit_sight *s)
{
	int64_t at_ds = s->tick->at_ds;
	int64_t from_ds = visit->start_ds;
	double way_m = s->distance_m;
	if (s->has_last) {
		from_ds = at_ds - num_round(s->elapsed_s * 10.0, 0, INT32_MAX);
		way_m += visit->last_distance_m;
	}
	visit->last_distance_m = s->distance_m;
	int64_t margin_ds = (int64_t)VISIT_MARGIN_S * 10;
	if (from_ds < visit->end_ds + margin_ds &&
	    at_ds > visit->start_ds - margin_ds &&
	    visit_has_room((double)(at_ds - from_ds) / 10.0, way_m))
		visit->may_hide = true;
}

void visit_cover(struct visit *visit, const struct visit_sight *sight)
{
	int64_t at_ds = sight->tick->at_ds;
	look_for_room(visit, sight);
	cover(visit, at_ds, &visit->covered_to_ds, &visit->covered_ds);
	if (sight->evidence < CONTRARY_BELOW)
		cover(visit, at_ds, &visit->contrary_to_ds,
		      &visit->contrary_ds);
}

static void haunt_begin(struct visit *visit, const struct visit_sight *s)
{
	visit->haunt_n = 1;
	visit->haunt_misfits = 0;
	visit->haunt_is_far = s->is_far;
	visit->haunt_east_m = s->east_m;
	visit->haunt_north_m = s->north_m;
	visit->haunt_began_ds = visit->haunt_seen_ds = s->tick->at_ds;
}

static bool haunt_fits(const struct visit *visit, const struct visit_sight *s)
{
	if (s->is_far || visit->haunt_is_far)
		return s->is_far && visit->haunt_is_far &&
		       (s->tick->flags & TICK_STILL);
	double east_m = s->east_m - visit->haunt_east_m;
	double north_m = s->north_m - visit->haunt_north_m;
	double reach_m = 2.5 * s->sigma_m;
	if (reach_m < HAUNT_RADIUS_M)
		reach_m = HAUNT_RADIUS_M;
	return sqrt(east_m * east_m + north_m * north_m) <= reach_m;
}

static bool haunt_is_nearby(const struct visit *visit)
{
	return !visit->haunt_is_far &&
	       visit_place_m(visit, visit->haunt_east_m,
			     visit->haunt_north_m) <= NEARBY_M;
}

static void haunt_extend(struct visit *visit, const struct visit_sight *s)
{
	uint32_t at_ds = s->tick->at_ds;
	double rate = 1.0 / (double)++visit->haunt_n;
	visit->haunt_east_m += rate * (s->east_m - visit->haunt_east_m);
	visit->haunt_north_m += rate * (s->north_m - visit->haunt_north_m);
	visit->haunt_misfits = 0;
	uint32_t before_ds = visit->haunt_seen_ds - visit->haunt_began_ds;
	uint32_t length_ds = at_ds - visit->haunt_began_ds;
	/* A stay counts from its beginning once it has become one. */
	int64_t lo = before_ds < STAY_MIN_DS ? visit->haunt_began_ds
					     : visit->haunt_seen_ds;
	int64_t hi = at_ds;
	visit->haunt_seen_ds = at_ds;
	if (length_ds < STAY_MIN_DS)
		return;
	int64_t margin_ds = (int64_t)VISIT_MARGIN_S * 10;
	if (haunt_is_nearby(visit) && length_ds > visit->nearby_ds &&
	    hi > visit->start_ds - margin_ds &&
	    (int64_t)visit->haunt_began_ds < visit->end_ds + margin_ds)
		visit->nearby_ds = length_ds;
	if (lo < visit->start_ds)
		lo = visit->start_ds;
	if (hi > visit->end_ds)
		hi = visit->end_ds;
	if (hi > lo)
		visit->elsewhere_ds += (uint32_t)(hi - lo);
}

void visit_haunt(struct visit *visit, const struct visit_sight *sight)
{
	if (visit->haunt_n > 0 && haunt_fits(visit, sight))
		haunt_extend(visit, sight);
	else if (visit->haunt_n == 0 ||
		 ++visit->haunt_misfits > HAUNT_MISFITS || sight->is_far)
		haunt_begin(visit, sight);
}
