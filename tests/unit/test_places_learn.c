/*
 * Learned pins: what visits say of a place, and how little one rep, however
 * busy, can make them say.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/places_learn.h"
#include "model/geo.h"
#include "model/visit.h"

#define LATITUDE  50.1
#define LONGITUDE 14.4

enum { MOST = 400 };

struct lessons {
	struct place_lesson at[MOST];
	size_t n;
	struct geo_plane plane;
};

static void begin(struct lessons *l)
{
	struct geo_pin pin;

	*l = (struct lessons){ .n = 0 };
	assert_true(geo_pin_from_degrees(&pin, LATITUDE, LONGITUDE));
	geo_plane_about(&l->plane, pin);
}

/* Some metres about a spot, the same each time. */
static void
add(struct lessons *l, unsigned rep, unsigned n, double east_m, double north_m)
{
	for (unsigned i = 0; i < n; i++) {
		double e = east_m + (double)(i * 7 % 11) - 5;
		double s = north_m + (double)(i * 5 % 9) - 4;
		struct place_lesson *lesson = &l->at[l->n++];

		assert_in_range(l->n, 1, MOST);
		*lesson = (struct place_lesson){
			.rep = { { (uint8_t)rep, 1 } },
			.meeting = { { (uint8_t)l->n, (uint8_t)(l->n >> 8) } },
			.lat_e7 = (int32_t)lround(
				(LATITUDE + s / l->plane.north_m_per_deg) *
				1e7),
			.lon_e7 = (int32_t)lround(
				(LONGITUDE + e / l->plane.east_m_per_deg) *
				1e7),
			.spread_dm = 60,
		};
	}
}

/* How far the estimate lies from a spot. */
static double off(const struct lessons *l, const struct place_estimate *e,
		  double east_m, double north_m)
{
	double east, north;

	assert_true(e->is_known);
	assert_true(geo_to_metres(&l->plane, &east, &north, e->latitude,
				  e->longitude));
	return sqrt((east - east_m) * (east - east_m) +
		    (north - north_m) * (north - north_m));
}

static struct place_estimate estimate(const struct lessons *l)
{
	struct place_estimate out;

	place_estimate(&out, LATITUDE, LONGITUDE, l->at, l->n);
	return out;
}

static void few_visits_say_nothing(void **state)
{
	struct lessons l;
	struct place_estimate e;

	(void)state;
	begin(&l);
	e = estimate(&l);
	assert_false(e.is_known);
	add(&l, 1, 2, 20, 0);
	assert_false(estimate(&l).is_known);
	add(&l, 2, 1, 20, 0);
	e = estimate(&l);
	assert_true(e.is_known);
	assert_int_equal(e.visits, 3);
	assert_int_equal(e.reps, 2);
}

static void honest_visits_find_the_door(void **state)
{
	struct lessons l;
	struct place_estimate one, many;

	(void)state;
	begin(&l);
	add(&l, 1, 5, 30, 10);
	one = estimate(&l);
	assert_true(off(&l, &one, 30, 10) < 6);
	add(&l, 2, 5, 28, 14);
	add(&l, 3, 5, 33, 9);
	many = estimate(&l);
	assert_true(off(&l, &many, 30, 10) < 6);
	/* More reps, more certainty; and a house is not a park. */
	assert_true(many.uncertainty_m < one.uncertainty_m);
	assert_in_range(many.uncertainty_m, 1, 15);
	assert_in_range(many.radius_m, PLACE_RADIUS_LEAST_M, 50);
}

/* R6: a hundred visits of one rep are one rep's. */
static void one_rep_moves_a_pin_a_little(void **state)
{
	struct lessons l;
	struct place_estimate e;

	(void)state;
	begin(&l);
	add(&l, 1, 100, 300, 0);
	e = estimate(&l);
	assert_true(off(&l, &e, 0, 0) <= PLACE_SHIFT_OF_REP_M + 0.1);
	/* What was cut off is told: the pin may be that far out. */
	assert_true(e.uncertainty_m >= 250);
	assert_int_equal(e.visits, PLACE_VISITS_OF_REP);
	/* One honest colleague: they contradict each other. */
	add(&l, 2, 3, 0, 0);
	e = estimate(&l);
	assert_true(off(&l, &e, 0, 0) <= PLACE_SHIFT_OF_REP_M + 0.1);
	/* Two: nothing is left of it. */
	add(&l, 3, 3, 5, 0);
	e = estimate(&l);
	assert_true(off(&l, &e, 0, 0) <= 15);
}

static void reps_together_move_it_further_and_not_anywhere(void **state)
{
	static const double bounds_m[] = { 40,	80,  120, 160, 200,
					   240, 250, 250, 250, 250 };
	struct lessons l;

	(void)state;
	begin(&l);
	for (unsigned rep = 0; rep < 10; rep++) {
		struct place_estimate e;

		add(&l, rep, 4, 0, 600);
		e = estimate(&l);
		assert_true(fabs(off(&l, &e, 0, 0) - bounds_m[rep]) < 0.2);
	}
	/* Beyond a kilometre it is another place. */
	begin(&l);
	add(&l, 1, 10, 2000, 0);
	assert_false(estimate(&l).is_known);
}

static void a_minority_of_liars_moves_nothing(void **state)
{
	struct lessons l;
	struct place_estimate e;

	(void)state;
	begin(&l);
	for (unsigned rep = 0; rep < 4; rep++)
		add(&l, rep, 20, 250, 250);
	for (unsigned rep = 4; rep < 9; rep++)
		add(&l, rep, 2, -10, 5);
	e = estimate(&l);
	assert_true(off(&l, &e, -10, 5) < 20);
	assert_in_range(e.radius_m, 1, PLACE_RADIUS_MOST_M);
}

static void only_firm_and_honest_visits_teach(void **state)
{
	const struct visit_finding good = {
		.word = VISIT_PRESENT,
		.certainty = VISIT_FIRM,
		.is_reproduced = true,
		.has_centre = true,
	};
	struct visit_finding visit = good;

	(void)state;
	assert_true(place_visit_teaches(&visit));
	visit.word = VISIT_LATE;
	assert_true(place_visit_teaches(&visit));
	visit.word = VISIT_SHORT;
	assert_false(place_visit_teaches(&visit));
	visit = good;
	visit.certainty = VISIT_DOUBTFUL;
	assert_false(place_visit_teaches(&visit));
	visit = good;
	visit.is_reproduced = false;
	assert_false(place_visit_teaches(&visit));
	visit = good;
	visit.is_unplanned = true;
	assert_false(place_visit_teaches(&visit));
	visit = good;
	visit.mock_fixes = 1;
	assert_false(place_visit_teaches(&visit));
	visit = good;
	visit.spoof_permille = 400;
	assert_false(place_visit_teaches(&visit));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_visits_say_nothing),
		cmocka_unit_test(honest_visits_find_the_door),
		cmocka_unit_test(one_rep_moves_a_pin_a_little),
		cmocka_unit_test(
			reps_together_move_it_further_and_not_anywhere),
		cmocka_unit_test(a_minority_of_liars_moves_nothing),
		cmocka_unit_test(only_firm_and_honest_visits_teach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
