/*
 * The sequential test: is the phone at the place, or is it elsewhere?
 *
 * Each tick has evidence, the log of a likelihood ratio, tempered because the
 * errors of one minute are the same error. Outside, evidence adds up from zero
 * until it opens a stay; inside, contrary evidence does until it closes it. To
 * leave takes more than to arrive, so a burst of bad fixes splits no meeting.
 *
 *              enter_evidence >= ENTER_AT
 *     outside ----------------------------> inside
 *        ^                                    |
 *        +------------------------------------+
 *              leave_evidence >= LEAVE_AT
 */
#include <math.h>

#include "model/num.h"
#include "model/visit_parts.h"

static const double SITE_SPREAD_PER_RADIUS = 0.35;
static const double OUTLINE_SPREAD_M = 15.0; /* of those who are inside */
static const double STROLL_M_S = 1.2;	     /* inside of an outline */
static const double MEMORY_S = 60.0;
static const double MEMORY_SIGMA_M = 30.0; /* a worse fix errs for longer */
static const double MEMORY_MOST = 4.0;
static const double OUTSIDE_RADIUS_M = 300.0;
static const double OUTLIER_SHARE = 0.02;
static const double OUTLIER_RADIUS_M = 2000.0;
static const double ENTER_AT = 3.0;
static const double LEAVE_AT = 8.0;
static const double EVIDENCE_CAP = 4.5;
static const double ACCURACY_TO_SIGMA = 1.515; /* 68 % radius to one sigma */
static const double ACCURACY_DEFAULT_M = 15.0;
static const double SIGMA_BEST_M = 4.0;
static const double CENTRE_RATE_MIN = 0.02;
static const double CENTRE_REACH_M = 80.0;
static const double NEAR_SIGMAS = 2.0; /* so far off is still the seat */

static double square(double x)
{
	return x * x;
}

static bool has_outline(const struct visit *visit)
{
	return visit->plan.area.n_corners > 0;
}

double visit_place_m(const struct visit *visit, double east_m, double north_m)
{
	return has_outline(visit)
		       ? area_distance_m(&visit->plan.area, east_m, north_m)
		       : sqrt(square(east_m) + square(north_m));
}

/* About an outline the density falls like a normal's flank: what it holds is
 * the surface, a seam along the sides and a whole normal at the corners. */
double visit_place_m2(const struct visit *visit, double sigma_m)
{
	const struct area *area = &visit->plan.area;
	return area_surface_m2(area) +
	       area_circumference_m(area) * sigma_m * sqrt(NUM_PI / 2.0) +
	       2.0 * NUM_PI * square(sigma_m);
}

/* Nats for "at the place" against "anywhere about", by distance alone. */
static double
place_evidence(const struct visit *visit, const struct visit_sight *s)
{
	double spread_m =
		has_outline(visit)
			? OUTLINE_SPREAD_M
			: SITE_SPREAD_PER_RADIUS * (double)visit->plan.radius_m;
	double variance = square(s->sigma_m) + square(spread_m);
	double twice_spread2 =
		has_outline(visit)
			? visit_place_m2(visit, sqrt(variance)) / NUM_PI
			: 2.0 * variance;
	double outside_m = 4.0 * sqrt(0.5 * twice_spread2);
	if (outside_m < OUTSIDE_RADIUS_M)
		outside_m = OUTSIDE_RADIUS_M;
	double at_place =
		(1.0 - OUTLIER_SHARE) *
			num_exp(-square(s->distance_m) / (2.0 * variance)) /
			twice_spread2 +
		OUTLIER_SHARE / square(OUTLIER_RADIUS_M);
	double evidence = num_ln(at_place * square(outside_m));
	return num_clamp(evidence, -EVIDENCE_CAP, EVIDENCE_CAP);
}

/* What moving like traffic takes away: 0 to -3. */
static double
motion_penalty(const struct visit *visit, const struct visit_sight *s)
{
	bool is_within = has_outline(visit) && s->distance_m <= 0.0;
	double stroll_m = (is_within ? STROLL_M_S : 0.4) * s->elapsed_s;
	if (!s->has_moved || s->elapsed_s < 5.0 || s->elapsed_s > 90.0)
		return 0.0;
	double variance = 2.0 * square(s->sigma_m) + square(stroll_m);
	double still = num_exp(-square(s->moved_m) / (2.0 * variance)) /
			       (2.0 * NUM_PI * variance) +
		       1e-12;
	double reach_m = 12.0 * s->elapsed_s;
	double moving = s->moved_m < reach_m ? 1.0 / (NUM_PI * square(reach_m))
					     : 1e-9;
	return num_clamp(num_ln(still / (0.6 * still + 0.4 * moving)), -3.0,
			 0.0);
}

struct visit_sight visit_sight_of(const struct visit *visit,
				  const struct tick *tick,
				  const struct tick *last)
{
	struct visit_sight s = { .tick = tick,
				 .at_s = (double)tick->at_ds / 10.0,
				 .is_far = tick->ring > 0,
				 .east_m = tick->east_dm / 10.0,
				 .north_m = tick->north_dm / 10.0,
				 .has_last = last != NULL,
				 .elapsed_s = MEMORY_S };
	double accuracy_m = tick->accuracy_m ? (double)tick->accuracy_m
					     : ACCURACY_DEFAULT_M;
	s.sigma_m = accuracy_m / ACCURACY_TO_SIGMA;
	if (s.sigma_m < SIGMA_BEST_M)
		s.sigma_m = SIGMA_BEST_M;
	s.distance_m = s.is_far ? 1000.0 * (double)(1u << tick->ring)
				: visit_place_m(visit, s.east_m, s.north_m);
	if (s.is_far && has_outline(visit))
		s.distance_m -= AREA_REACH_DM / 10.0;
	if (last) {
		s.elapsed_s = (double)(tick->at_ds - last->at_ds) / 10.0;
		s.has_moved = !s.is_far && last->ring == 0;
		s.moved_m = sqrt(square(s.east_m - last->east_dm / 10.0) +
				 square(s.north_m - last->north_dm / 10.0));
	}
	s.evidence = place_evidence(visit, &s) + motion_penalty(visit, &s);
	return s;
}

/* The errors of one memory are the same error. Who sits under a roof that
 * sends the phone 200 m astray is there all the same: what such fixes say
 * against the place lasts longer, or they would end every stay. */
static double tick_weight(const struct visit_sight *s)
{
	double memory_s = MEMORY_S;
	if (s->evidence < 0.0)
		memory_s *= num_clamp(s->sigma_m / MEMORY_SIGMA_M, 1.0,
				      MEMORY_MOST);
	return s->elapsed_s < memory_s ? s->elapsed_s / memory_s : 1.0;
}

/* --- where the person really sits --------------------------------------- */

static void learn_centre(struct visit *visit, const struct tick *tick)
{
	if (tick->ring > 0)
		return;
	double east_m = tick->east_dm / 10.0, north_m = tick->north_dm / 10.0;
	double rate = 1.0 / (double)++visit->centre_n;
	if (rate < CENTRE_RATE_MIN)
		rate = CENTRE_RATE_MIN;
	if (visit->centre_n == 1) {
		visit->centre_east_m = east_m;
		visit->centre_north_m = north_m;
		visit->centre_spread_m2 = 200.0;
	} else {
		double off_m2 = square(east_m - visit->centre_east_m) +
				square(north_m - visit->centre_north_m);
		if (off_m2 > square(CENTRE_REACH_M))
			off_m2 = square(CENTRE_REACH_M);
		visit->centre_spread_m2 +=
			rate * (off_m2 - visit->centre_spread_m2);
		visit->centre_east_m += rate * (east_m - visit->centre_east_m);
		visit->centre_north_m +=
			rate * (north_m - visit->centre_north_m);
	}
	visit->last_near_ds = tick->at_ds;
	visit->has_far = false;
}

/* --- the test ------------------------------------------------------------ */

static void track_append(struct visit_track *track, const struct tick *tick)
{
	if (track->count < VISIT_TRACK)
		track->ticks[track->count++] = *tick;
}

/* Half of the arrival's track is for what came before. */
static void open_stay(struct visit *visit)
{
	const struct visit_track *recent = &visit->recent;
	uint32_t skip = recent->count > VISIT_TRACK / 2
				? recent->count - VISIT_TRACK / 2
				: 0;
	visit->is_inside = true;
	visit->leave_evidence = 0.0;
	visit->stay_evidence = visit->stay_peak = visit->enter_evidence;
	visit->centre_n = 0;
	visit->arrival.count = 0;
	visit->is_mock = false;
	for (uint32_t i = skip; i < recent->count; i++)
		track_append(&visit->arrival, &recent->ticks[i]);
	for (uint32_t i = recent->count > 4 ? recent->count - 4 : 0;
	     i < recent->count; i++)
		if (recent->ticks[i].at_ds >= visit->run_began_ds) {
			learn_centre(visit, &recent->ticks[i]);
			visit->is_mock |= recent->ticks[i].flags & TICK_MOCK;
		}
}

static void
detect_outside(struct visit *visit, const struct visit_sight *s, double gain)
{
	if (visit->enter_evidence + gain <= 0.0) {
		visit->enter_evidence = 0.0;
		return;
	}
	if (visit->enter_evidence == 0.0)
		visit->run_began_ds = s->tick->at_ds;
	visit->enter_evidence += gain;
	if (visit->enter_evidence >= ENTER_AT)
		open_stay(visit);
}

static void keep_record(struct visit *visit, const struct visit_record *record)
{
	struct visit_record *all = visit->records;
	if (visit->record_count == VISIT_STAYS_MAX) {
		/* Room by dropping the shortest. */
		uint32_t shortest = 0;
		for (uint32_t i = 1; i < visit->record_count; i++)
			if (all[i].dwell.at_ds < all[shortest].dwell.at_ds)
				shortest = i;
		visit->record_count--;
		for (uint32_t i = shortest; i < visit->record_count; i++)
			all[i] = all[i + 1];
	}
	all[visit->record_count++] = *record;
}

static void close_stay(struct visit *visit)
{
	struct visit_record record;
	if (visit_record_of(visit, &record))
		keep_record(visit, &record);
	visit->is_inside = false;
	visit->enter_evidence = 0.0;
}

static void
detect_inside(struct visit *visit, const struct visit_sight *s, double gain)
{
	track_append(&visit->arrival, s->tick);
	visit->is_mock |= s->tick->flags & TICK_MOCK;
	visit->stay_evidence += gain;
	if (visit->stay_evidence > visit->stay_peak)
		visit->stay_peak = visit->stay_evidence;
	if (visit->leave_evidence - gain <= 0.0) {
		visit->leave_evidence = 0.0;
		learn_centre(visit, s->tick);
		return;
	}
	visit->leave_evidence -= gain;
	double off_m =
		s->is_far ? s->distance_m
			  : sqrt(square(s->east_m - visit->centre_east_m) +
				 square(s->north_m - visit->centre_north_m));
	double reach_m = num_clamp(2.5 * sqrt(visit->centre_spread_m2 / 2.0),
				   20.0, 60.0);
	if (reach_m < NEAR_SIGMAS * s->sigma_m)
		reach_m = NEAR_SIGMAS * s->sigma_m;
	if (off_m <= reach_m) {
		visit->last_near_ds = s->tick->at_ds;
		visit->has_far = false;
	} else if (!visit->has_far) {
		visit->has_far = true;
		visit->first_far_ds = s->tick->at_ds;
	}
	if (visit->leave_evidence >= LEAVE_AT)
		close_stay(visit);
}

void visit_detect(struct visit *visit, const struct visit_sight *sight)
{
	double gain = sight->evidence * tick_weight(sight);
	int64_t at_ds = sight->tick->at_ds;
	int64_t margin_ds = (int64_t)VISIT_MARGIN_S * 10;
	if (visit->is_inside)
		detect_inside(visit, sight, gain);
	else
		detect_outside(visit, sight, gain);
	double peak = visit->is_inside ? visit->stay_peak
				       : visit->enter_evidence;
	if (peak > visit->brush_peak && at_ds > visit->start_ds - margin_ds &&
	    at_ds < visit->end_ds + margin_ds)
		visit->brush_peak = peak;
}
