/*
 * How well ticks fit a door; see visit_course.h. Refuses to know which doors
 * are weighed and what follows.
 */
#include "model/visit_course.h"

#include <math.h>

#include "model/num.h"
#include "model/visit_parts.h"

static const double MEMORY_S = 90.0;	    /* errors last so long */
static const double DRIVE_RADIUS_M = 300.0; /* "anything goes" */
static const double FIT_FLOOR = -4.5;	    /* a wild fix costs no more */
static const double ODDS_HIGH = 1e6;	    /* over what a fix can say */
static const double ODDS_HIGH_LN = 14.0;    /* ... and over its logarithm */
static const double ROAM_M = 12.0;	    /* about one's seat, one's path */
static const double SITE_M = 45.0;	    /* about the house */
static const double SITE_SHARE = 0.2;	    /* of the time */
static const double OUTLINE_SHARE = 0.6;    /* ... in an outline */
static const double SPREAD_SHARE = 0.5;	    /* one dimension of two */
static const double SPREAD_TICKS = 10.0;    /* before it is half believed */
static const double SKY_LN = 2.6;	    /* ln 13 m, on the average */
static const double ROOF_LN = 3.3;	    /* ln 27 m */
static const double LEVEL_LN = 0.85;	    /* between surroundings */
static const double SPREAD_LN = 0.45;	    /* of a phone's stated accuracy */
#define LEVEL2 (LEVEL_LN * LEVEL_LN)
#define NOISE2 (SPREAD_LN * SPREAD_LN)
static const double ROOF_WINDOW_S = 300.0;
static const double ROOF_WEIGHT = 0.6; /* tuned: it is not independent */

/* How a person may come to a door: at a speed, from where the car stands; far
 * for those on foot. */
static const double SPEEDS_M_S[] = { 1.2, 0.75, 4.0, 1.0 };
static const double STANDS_M[VISIT_STANDS] = { 2000.0, 5.0,  12.0, 35.0,
					       60.0,   85.0, 115.0 };
enum { SPEEDS = sizeof(SPEEDS_M_S) / sizeof(SPEEDS_M_S[0]) };

struct way {
	uint8_t speed, stand; /* of the above */
	double wait_s;
	double share; /* how common */
};

static const struct way WAYS[] = {
	{ 0, 0, 0.0, 1.5 }, /* on foot all the way */
	{ 2, 0, 0.0, 1.5 }, /* by bicycle */
	{ 3, 1, 0.0, 0.3 }, /* put down at the door */
#define CAR(stand)                                                \
	{ 0, stand, 15.0, 0.3 }, { 0, stand, 50.0, 0.3 },         \
		{ 0, stand, 90.0, 0.3 }, { 1, stand, 15.0, 0.3 }, \
		{ 1, stand, 50.0, 0.3 },                          \
	{                                                         \
		1, stand, 90.0, 0.3                               \
	}
	CAR(2),
	CAR(3),
	CAR(4),
	CAR(5),
	CAR(6),
#undef CAR
};
_Static_assert(sizeof(WAYS) / sizeof(WAYS[0]) == VISIT_WAYS, "all of them");

/* "Anything goes" is a disc about the place, blurred by the error of the fix;
 * its radius squared. */
static double anything_m2(const struct visit_course *course, double variance_m2)
{
	return DRIVE_RADIUS_M * DRIVE_RADIUS_M + 2.0 * variance_m2 +
	       2.0 * course->outline_m2 / NUM_PI;
}

/* Nats for standing from_door_m away, over "anything goes": a Rice density,
 * its Bessel function replaced by what it nears at both ends. Of an outline
 * without doors any part is one. */
static double fit_at(const struct visit_course *course,
		     const struct visit_seen *seen, double from_door_m)
{
	double miss_m = seen->door_m - from_door_m;
	double variance_m2 = seen->variance_m2;
	double bend =
		1.0 + 2.0 * NUM_PI * seen->door_m * from_door_m / variance_m2;
	double spread2 = 2.0 * variance_m2 * sqrt(bend);
	if (course->entrances > 0)
		spread2 *= (double)course->entrances;
	else if (course->outline_m2 > 0.0)
		spread2 = (course->outline_m + 2.0 * NUM_PI * from_door_m) *
			  sqrt(2.0 * variance_m2 / NUM_PI);
	double miss = miss_m * miss_m / (2.0 * variance_m2);
	double odds = anything_m2(course, variance_m2) / spread2;
	if (odds < ODDS_HIGH && miss > ODDS_HIGH_LN - FIT_FLOOR)
		return FIT_FLOOR; /* without the logarithm: most are so */
	double fit = num_ln(odds) - miss;
	return fit > FIT_FLOOR ? fit : FIT_FLOOR;
}

/* Nats for being inside: mostly at one's seat, at times about the house; in
 * an outline mostly about. */
static double fit_inside(const struct visit_course *course,
			 const struct visit *visit,
			 const struct visit_seen *seen, double spread_m2)
{
	double near2 = seen->variance_m2;
	if (near2 < SPREAD_SHARE * spread_m2)
		near2 = SPREAD_SHARE * spread_m2;
	double wide2 = near2 + SITE_M * SITE_M;
	double off2 = seen->off_m * seen->off_m;
	double seat = num_exp(-0.5 * off2 / near2) / near2;
	double about = num_exp(-0.5 * off2 / wide2) / wide2;
	double share = SITE_SHARE;
	if (course->outline_m2 > 0.0) {
		double sigma_m = sqrt(seen->variance_m2);
		double place2 = seen->place_m * seen->place_m;
		about = num_exp(-0.5 * place2 / seen->variance_m2) * 2.0 *
			NUM_PI / visit_place_m2(visit, sigma_m);
		share = OUTLINE_SHARE;
	}
	double density = (1.0 - share) * seat + share * about;
	double fit =
		num_ln(0.5 * anything_m2(course, seen->variance_m2) * density);
	return fit > FIT_FLOOR ? fit : FIT_FLOOR;
}

/* How far the phone really strays while the person sits, as far as is known. */
static double learned_spread_m2(const struct visit *visit)
{
	double n = (double)visit->centre_n;
	return visit->centre_spread_m2 * n / (n + SPREAD_TICKS);
}

/* How far the way still is: to a door, to the outline, or to the seat. */
static double way_end_m(const struct visit_course *course,
			const struct visit *visit, const struct visit_sight *s,
			double off_m)
{
	if (s->is_far)
		return s->distance_m;
	if (course->entrances > 0)
		return area_entrance_m(&visit->plan.area, s->east_m,
				       s->north_m);
	return course->outline_m2 > 0.0 ? s->distance_m : off_m;
}

static void see(struct visit_course *course, const struct visit *visit,
		const struct tick *tick)
{
	struct visit_sight s = visit_sight_of(visit, tick, NULL);
	struct visit_seen *seen = &course->seen[course->count];
	double east_m = s.east_m - visit->centre_east_m;
	double north_m = s.north_m - visit->centre_north_m;
	if (course->count > 0 && s.at_s <= seen[-1].at_s)
		return; /* in both tracks */
	*seen = (struct visit_seen){
		.at_s = s.at_s,
		.off_m = s.is_far ? s.distance_m
				  : sqrt(east_m * east_m + north_m * north_m),
		.variance_m2 = s.sigma_m * s.sigma_m + ROAM_M * ROAM_M,
		.has_accuracy = tick->accuracy_m > 0,
		.place_m = s.distance_m,
	};
	seen->door_m = way_end_m(course, visit, &s, seen->off_m);
	if (seen->has_accuracy)
		seen->ln_accuracy = num_ln((double)tick->accuracy_m) - SKY_LN;
	seen->inside_fit =
		fit_inside(course, visit, seen, learned_spread_m2(visit));
	double gap_s = course->count > 0 ? seen->at_s - seen[-1].at_s
					 : MEMORY_S;
	seen->weight = gap_s < MEMORY_S ? gap_s / MEMORY_S : 1.0;
	for (size_t i = 0; i < VISIT_STANDS; i++)
		seen->stand_fit[i] =
			seen->weight * fit_at(course, seen, STANDS_M[i]);
	const struct visit_sums *sums = &course->before[course->count++];
	struct visit_sums *next = &course->before[course->count];
	*next = *sums;
	next->inside_fit += seen->weight * seen->inside_fit;
	if (seen->has_accuracy) {
		next->level_n++;
		next->level += seen->ln_accuracy;
		next->level_squares += seen->ln_accuracy * seen->ln_accuracy;
	}
}

static void ways_last(struct visit_course *course)
{
	for (size_t w = 0; w < VISIT_WAYS; w++) {
		course->walk_s[w] =
			STANDS_M[WAYS[w].stand] / SPEEDS_M_S[WAYS[w].speed];
		course->way_s[w] = course->walk_s[w] + WAYS[w].wait_s;
	}
}

/* Of each way the sum over the ticks on the outer side of a door. Ways have
 * their few speeds and stands in common, so a tick is fitted to these, not to
 * each way. step is -1 towards the past, 1 towards the future. */
static void ways_fit(const struct visit_course *course, double door_s,
		     size_t index, int step, double fits[VISIT_WAYS])
{
	for (size_t w = 0; w < VISIT_WAYS; w++)
		fits[w] = 0.0;
	size_t under_way = VISIT_WAYS;
	for (size_t i = step < 0 ? index - 1 : index;
	     i < course->count && under_way > 0; i += (size_t)step) {
		const struct visit_seen *seen = &course->seen[i];
		double away_s = step < 0 ? door_s - seen->at_s
					 : seen->at_s - door_s;
		double walking[SPEEDS];
		bool is_fitted[SPEEDS] = { false };
		under_way = 0;
		for (size_t w = 0; w < VISIT_WAYS; w++) {
			uint8_t v = WAYS[w].speed;
			if (away_s > course->way_s[w])
				continue;
			under_way++;
			if (away_s >= course->walk_s[w]) {
				fits[w] += seen->stand_fit[WAYS[w].stand];
				continue;
			}
			if (!is_fitted[v])
				walking[v] = seen->weight *
					     fit_at(course, seen,
						    away_s * SPEEDS_M_S[v]);
			is_fitted[v] = true;
			fits[w] += walking[v];
		}
	}
}

double visit_course_outside(const struct visit_course *course, double door_s,
			    size_t index, int step)
{
	double fits[VISIT_WAYS], best = -1e9, sum = 0.0, shares = 0.0;
	ways_fit(course, door_s, index, step, fits);
	for (size_t i = 0; i < VISIT_WAYS; i++)
		if (fits[i] > best)
			best = fits[i];
	double p = 0.0;
	for (size_t i = 0; i < VISIT_WAYS; i++) {
		/* Without a tick between two waits their fits are the same. */
		if (i == 0 || fits[i] != fits[i - 1])
			p = num_exp(fits[i] - best);
		sum += WAYS[i].share * p;
		shares += WAYS[i].share;
	}
	return best + num_ln(sum / shares);
}

/* --- a roof overhead -------------------------------------------------------
 * A phone states a worse accuracy under a roof, or simply another one. The
 * Bayes factor of three levels, before, inside and after, against the same
 * level throughout; where only one change is seen, the worse side is likelier
 * the inner one. */

/* Log marginal likelihood of normal values whose mean is unknown, but about
 * level; terms that two splits of the same values share are left out. */
static double level_fit(const struct visit_course *course, size_t from,
			size_t to, double level)
{
	const struct visit_sums *a = &course->before[from],
				*b = &course->before[to];
	uint32_t count = b->level_n - a->level_n;
	double n = (double)count;
	double above = b->level - a->level;
	double sum = above - n * level;
	double squares =
		b->level_squares - a->level_squares - level * (above + sum);
	return course->level_cost[count] -
	       0.5 / NOISE2 *
		       (squares - LEVEL2 * sum * sum / (NOISE2 + n * LEVEL2));
}

/* The part of it that asks for a logarithm, once for each count. */
static void level_costs(struct visit_course *course)
{
	for (size_t i = 0; i <= course->count; i++)
		course->level_cost[i] =
			-0.5 * num_ln(1.0 + (double)i * LEVEL2 / NOISE2);
}

static size_t held(size_t index, size_t lo, size_t hi)
{
	return index < lo ? lo : index > hi ? hi : index;
}

double
visit_course_roof(const struct visit_course *course, size_t in, size_t out)
{
	size_t from = course->roof_from, to = course->roof_to;
	in = held(in, from, to);
	out = held(out, in, to);
	return ROOF_WEIGHT * (level_fit(course, from, in, 0.0) +
			      level_fit(course, in, out, ROOF_LN - SKY_LN) +
			      level_fit(course, out, to, 0.0));
}

/* Only ticks about the stay tell of its roof, and the same ones whatever
 * door is weighed, or their fits could not be compared. */
static void roof_limit(struct visit_course *course, double from_s, double to_s)
{
	size_t i = 0;
	while (i < course->count && course->seen[i].at_s < from_s)
		i++;
	course->roof_from = i;
	while (i < course->count && course->seen[i].at_s <= to_s)
		i++;
	course->roof_to = i;
}

void visit_course_of(struct visit_course *course, const struct visit *visit)
{
	const struct visit_track *first = &visit->arrival;
	const struct visit_track *last = &visit->recent;
	*course = (struct visit_course){
		.run_from_s = visit->run_began_ds / 10.0,
		.run_to_s = visit->last_near_ds / 10.0,
		.outline_m2 = area_surface_m2(&visit->plan.area),
		.outline_m = area_circumference_m(&visit->plan.area),
		.entrances = visit->plan.area.n_entrances,
	};
	for (uint32_t i = 0; i < first->count; i++)
		see(course, visit, &first->ticks[i]);
	for (uint32_t i = 0; i < last->count; i++)
		see(course, visit, &last->ticks[i]);
	ways_last(course);
	level_costs(course);
	roof_limit(course, course->run_from_s - ROOF_WINDOW_S,
		   course->run_to_s + ROOF_WINDOW_S);
}

double visit_course_weight(const struct visit_course *course, double from_s,
			   double to_s)
{
	double sum = 0.0;
	for (size_t i = 0; i < course->count; i++)
		if (course->seen[i].at_s >= from_s &&
		    course->seen[i].at_s <= to_s)
			sum += course->seen[i].weight;
	return sum;
}
