/* area: outlines and entrances: valid ones, distances, bytes, and visits to
 * places that are no circle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/area.h"
#include "model/meeting_plan.h"
#include "model/visit.h"

static const int64_t OPENED_US = (int64_t)1767250800 * 1000000;

/* A block of so many metres, its west side 20 m west of the pin. */
static struct area block(int16_t east_m, int16_t north_m)
{
	int16_t west_dm = -200, east_dm = (int16_t)(east_m * 10 - 200);
	int16_t half_dm = (int16_t)(north_m * 5);
	return (struct area){
		.n_corners = 4,
		.corners = { { west_dm, (int16_t)-half_dm },
			     { east_dm, (int16_t)-half_dm },
			     { east_dm, half_dm },
			     { west_dm, half_dm } },
	};
}

static void an_outline_that_meets_itself_is_none(void **state)
{
	(void)state;
	struct area area = block(300, 200);
	assert_true(area_is_valid(&area));
	/* Two corners changed places: a bow tie. */
	struct area_point kept = area.corners[1];
	area.corners[1] = area.corners[2];
	area.corners[2] = kept;
	assert_false(area_is_valid(&area));
	/* A corner twice; a spike there and back; a corner on another side. */
	area = block(300, 200);
	area.corners[1] = area.corners[0];
	assert_false(area_is_valid(&area));
	area = block(300, 200);
	area.n_corners = 5;
	area.corners[4] = (struct area_point){ -200, 2000 };
	assert_false(area_is_valid(&area));
	area.corners[4] = (struct area_point){ 0, -1000 };
	assert_false(area_is_valid(&area));
	area.corners[4] = (struct area_point){ 100, 0 };
	assert_true(area_is_valid(&area));
	area.n_corners = 2;
	assert_false(area_is_valid(&area));
	area = (struct area){ .n_corners = 3 };
	assert_false(area_is_valid(&area));
	area = (struct area){ .n_entrances = 1,
			      .entrances = { { 7100, 7100 } } };
	assert_false(area_is_valid(&area));
}

static void distances_are_to_the_outline(void **state)
{
	(void)state;
	struct area area = block(300, 200);
	area.n_entrances = 2;
	area.entrances[0] = (struct area_point){ -200, 0 };
	area.entrances[1] = (struct area_point){ 2800, 0 };
	assert_true(area_distance_m(&area, 100.0, 50.0) <= 0.0);
	assert_in_range((int)(area_distance_m(&area, 100.0, 130.0) * 10), 299,
			301);
	assert_in_range((int)(area_distance_m(&area, 310.0, 140.0) * 10), 499,
			501);
	assert_in_range((int)(area_entrance_m(&area, 270.0, 0.0) * 10), 99,
			101);
	assert_int_equal((int)area_surface_m2(&area), 60000);
	assert_int_equal((int)area_circumference_m(&area), 1000);
	/* A notch is outside. */
	area.n_corners = 5;
	area.corners[4] = (struct area_point){ 1000, 0 };
	assert_true(area_is_valid(&area));
	assert_true(area_distance_m(&area, 0.0, 0.0) > 5.0);
}

static void only_the_one_form_is_read(void **state)
{
	(void)state;
	uint8_t bytes[AREA_MAX_BYTES + 1];
	struct area area = block(300, 200), again;
	area.n_entrances = 1;
	area.entrances[0] = (struct area_point){ -200, 50 };
	size_t len = area_write(bytes, &area);
	assert_int_equal(len, 2 + 4 * 5);
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(area_read(&again, bytes, cut), 0);
	assert_int_equal(area_read(&again, bytes, len + 1), len);
	assert_memory_equal(&again, &area, sizeof(area));
	bytes[0] = 25;
	assert_int_equal(area_read(&again, bytes, sizeof(bytes)), 0);
}

/* What a card says wrongly does not keep the meeting from being watched. */
static void a_plan_leaves_out_what_is_no_area(void **state)
{
	(void)state;
	const uint8_t id[16] = { 1 };
	struct visit_plan plan;
	struct meeting_fields fields = {
		.start_us = OPENED_US,
		.end_us = OPENED_US + 1000000,
		.pin_latitude = 50.0,
		.pin_longitude = 179.9999,
		.n_outline = 4,
		.outline = { { 49.999, 179.999 },
			     { 49.999, -179.999 },
			     { 50.001, -179.999 },
			     { 50.001, 179.999 } },
		.n_entrances = 2,
		.entrances = { { 50.0, 180.0 }, { 50.1, 180.0 } },
	};
	assert_true(meeting_plan_make(&plan, id, &fields));
	assert_int_equal(plan.area.n_corners, 4);
	assert_in_range(plan.area.corners[1].east_dm, 780, 792);
	assert_int_equal(plan.area.n_entrances, 1);
	fields.outline[2].longitude = 179.0;
	assert_true(meeting_plan_make(&plan, id, &fields));
	assert_int_equal(plan.area.n_corners, 0);
}

/* --- visits --------------------------------------------------------------- */

/* A meeting from 10:00 to 10:30 of a window that opens at 9:30. */
static struct visit opened(const struct area *area)
{
	struct visit_plan plan = {
		.start_us = OPENED_US + (int64_t)1800 * 1000000,
		.end_us = OPENED_US + (int64_t)3600 * 1000000,
		.pin = { 523700000, 49000000 },
		.radius_m = 100,
		.min_dwell_s = 180,
		.area = *area,
	};
	struct visit visit;
	assert_true(visit_open(&visit, &plan, OPENED_US));
	return visit;
}

static void at(struct visit *visit, double at_s, double east_m, double north_m)
{
	int jitter_dm = (int)at_s / 15 % 5 * 20 - 40;
	struct tick tick = { .at_ds = (uint32_t)(at_s * 10.0),
			     .east_dm = (int16_t)(east_m * 10.0 + jitter_dm),
			     .north_dm = (int16_t)(north_m * 10.0 - jitter_dm),
			     .accuracy_m = 12 };
	visit_tick(visit, &tick);
}

/* In a straight line at a speed; a tick every 15 s. Returns when it is over. */
static double go(struct visit *visit, double from_s, const double from_m[2],
		 const double to_m[2], double seconds)
{
	for (int n = 0; n * 15 < (int)seconds; n++) {
		double share = n * 15.0 / seconds;
		at(visit, from_s + n * 15.0,
		   from_m[0] + (to_m[0] - from_m[0]) * share,
		   from_m[1] + (to_m[1] - from_m[1]) * share);
	}
	return from_s + seconds;
}

static struct visit_verdict decided(const struct visit *visit)
{
	struct visit_verdict verdict;
	visit_decide(visit, &verdict);
	return verdict;
}

static const double WEST_M[2] = { -1900.0, 0.0 };

/* The pin is at the west door, the shop at the other end of the centre. */
static struct visit_verdict deep_inside(const struct area *area)
{
	static const double door_m[2] = { -20.0, 0.0 }, shop_m[2] = { 360, 20 };
	struct visit visit = opened(area);
	double s = go(&visit, 1200.0, WEST_M, door_m, 195.0);
	s = go(&visit, s, door_m, shop_m, 330.0);
	s = go(&visit, s, shop_m, shop_m, 1500.0);
	s = go(&visit, s, shop_m, door_m, 330.0);
	go(&visit, s, door_m, WEST_M, 195.0);
	return decided(&visit);
}

static void deep_in_a_shopping_centre_is_present(void **state)
{
	(void)state;
	const struct area none = { 0 };
	struct area centre = block(420, 160);
	struct visit_verdict verdict = deep_inside(&centre);
	assert_int_equal(verdict.word, VISIT_PRESENT);
	assert_int_equal(verdict.certainty, VISIT_FIRM);
	/* Through the door at 1395 s, out of it at 3555 s. */
	assert_in_range(verdict.arrival.at_ds, 13000, 14900);
	assert_in_range(verdict.departure.at_ds, 34200, 36200);
	assert_in_range(35550, verdict.departure.lo_ds,
			verdict.departure.hi_ds);
	/* A pin and a radius know no better than the café round the corner. */
	assert_int_not_equal(deep_inside(&none).word, VISIT_PRESENT);
}

/* A plant of 600 by 400 m: in by one gate, out by the other. Both moments are
 * at the gates, wherever the office is. */
static void a_plant_is_entered_by_its_gates(void **state)
{
	(void)state;
	static const double west_gate_m[2] = { -20.0, 0.0 };
	static const double office_m[2] = { 250.0, 120.0 };
	static const double east_gate_m[2] = { 580.0, 0.0 };
	static const double east_m[2] = { 1900.0, 0.0 };
	struct area plant = block(600, 400);
	plant.n_entrances = 2;
	plant.entrances[0] = (struct area_point){ -200, 0 };
	plant.entrances[1] = (struct area_point){ 5800, 0 };
	struct visit visit = opened(&plant);
	struct visit_centre centre;
	double s = go(&visit, 1500.0, WEST_M, west_gate_m, 180.0);
	s = go(&visit, s, west_gate_m, office_m, 240.0);
	s = go(&visit, s, office_m, office_m, 1200.0);
	s = go(&visit, s, office_m, east_gate_m, 300.0);
	go(&visit, s, east_gate_m, east_m, 120.0);
	struct visit_verdict verdict = decided(&visit);
	assert_int_equal(verdict.word, VISIT_PRESENT);
	assert_in_range(verdict.arrival.at_ds, 16200, 17800);
	assert_in_range(verdict.departure.at_ds, 33000, 34900);
	/* Where the person was is known too. */
	assert_true(visit_centre(&visit, &centre));
	assert_in_range(centre.east_dm, 1800, 3500);
	assert_in_range(centre.north_dm, 700, 1300);
}

/* The ring road runs along the fence, with a wait at the lights. */
static void who_drives_along_the_outline_was_not_there(void **state)
{
	(void)state;
	static const double from_m[2] = { -1900.0, -222.0 };
	static const double lights_m[2] = { 200.0, -222.0 };
	static const double to_m[2] = { 1900.0, -222.0 };
	struct area plant = block(600, 400);
	struct visit visit = opened(&plant);
	double s = go(&visit, 1800.0, from_m, lights_m, 180.0);
	s = go(&visit, s, lights_m, lights_m, 30.0);
	s = go(&visit, s, lights_m, to_m, 150.0);
	for (int n = 0; s + n * 30.0 < 3600.0; n++)
		at(&visit, s + n * 30.0, 1900.0, -60.0 - n * 30.0);
	struct visit_verdict verdict = decided(&visit);
	assert_true(verdict.word == VISIT_ABSENT ||
		    verdict.word == VISIT_ELSEWHERE);
	assert_true(verdict.log_odds_mnat < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_outline_that_meets_itself_is_none),
		cmocka_unit_test(distances_are_to_the_outline),
		cmocka_unit_test(only_the_one_form_is_read),
		cmocka_unit_test(a_plan_leaves_out_what_is_no_area),
		cmocka_unit_test(deep_in_a_shopping_centre_is_present),
		cmocka_unit_test(a_plant_is_entered_by_its_gates),
		cmocka_unit_test(who_drives_along_the_outline_was_not_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
