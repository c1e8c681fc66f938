/* visit: words for lived days, honesty, checkpoints, hostile input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../golden/visit/meetings.h"
#include "model/visit.h"

static const int64_t OPENED_US = (int64_t)1767250800 * 1000000;
static const struct geo_pin PIN = { 523700000, 49000000 };

/* A meeting from 10:00 to 10:30 of a window that opens at 9:30. */
static struct visit_plan half_hour(uint32_t min_dwell_s)
{
	return (struct visit_plan){
		.start_us = OPENED_US + (int64_t)1800 * 1000000,
		.end_us = OPENED_US + (int64_t)3600 * 1000000,
		.pin = PIN,
		.radius_m = 100,
		.min_dwell_s = min_dwell_s,
	};
}

static struct visit opened(uint32_t min_dwell_s)
{
	struct visit_plan plan = half_hour(min_dwell_s);
	struct visit visit;
	assert_true(visit_open(&visit, &plan, OPENED_US));
	return visit;
}

/* Ticks every 30 s from..to seconds, at so many metres north of the pin;
 * a little to and fro, so that nothing is frozen. */
static void
stay(struct visit *visit, uint32_t from_s, uint32_t to_s, int north_m)
{
	for (uint32_t s = from_s; s < to_s; s += 30) {
		int jitter_dm = (int)(s / 30 % 5) * 20 - 40;
		struct tick tick = { .at_ds = s * 10,
				     .north_dm = (int16_t)(north_m * 10 +
							   jitter_dm),
				     .east_dm = (int16_t)-jitter_dm,
				     .accuracy_m = 15 };
		visit_tick(visit, &tick);
	}
}

/* Drives 12 m/s along the north axis. */
static void drive(struct visit *visit, uint32_t from_s, int from_m, int to_m)
{
	int way_m = from_m < to_m ? 360 : -360;
	int steps = (to_m - from_m) / way_m;
	for (int i = 0; i < steps; i++)
		stay(visit, from_s + (uint32_t)i * 30,
		     from_s + (uint32_t)i * 30 + 1, from_m + way_m * i);
}

static struct visit_verdict decided(const struct visit *visit)
{
	struct visit_verdict verdict;
	visit_decide(visit, &verdict);
	return verdict;
}

static void who_came_in_time_was_present(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	drive(&visit, 1500, 1800, 0);
	stay(&visit, 1650, 3300, 10);
	drive(&visit, 3300, 360, 1900);
	stay(&visit, 3420, 4000, 1900);
	struct visit_verdict verdict = decided(&visit);
	assert_int_equal(verdict.word, VISIT_PRESENT);
	assert_int_equal(verdict.certainty, VISIT_FIRM);
	assert_true(verdict.log_odds_mnat > 0);
	assert_in_range(verdict.arrival.at_ds, 15900, 17400);
	assert_in_range(verdict.departure.at_ds, 31800, 33300);
	assert_true(verdict.dwell.lo_ds <= verdict.dwell.at_ds &&
		    verdict.dwell.at_ds <= verdict.dwell.hi_ds);
}

static void who_came_late_was_late(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	stay(&visit, 0, 2600, 1900);
	drive(&visit, 2600, 1800, 0);
	stay(&visit, 2750, 4000, 5);
	assert_int_equal(decided(&visit).word, VISIT_LATE);
}

static void who_left_soon_was_short(void **state)
{
	(void)state;
	struct visit visit = opened(1200);
	drive(&visit, 1700, 1800, 0);
	stay(&visit, 1850, 2250, 0);
	drive(&visit, 2250, 360, 1900);
	stay(&visit, 2400, 4000, 1900);
	struct visit_verdict verdict = decided(&visit);
	assert_int_equal(verdict.word, VISIT_SHORT);
	assert_int_equal(verdict.certainty, VISIT_FIRM);
	assert_true(verdict.dwell.hi_ds < 12000);
}

static void nearly_long_enough_is_not_firmly_short(void **state)
{
	(void)state;
	struct visit visit = opened(420);
	drive(&visit, 1700, 1800, 0);
	stay(&visit, 1850, 2250, 0);
	drive(&visit, 2250, 360, 1900);
	stay(&visit, 2400, 4000, 1900);
	struct visit_verdict verdict = decided(&visit);
	assert_int_equal(verdict.word, VISIT_SHORT);
	assert_true(verdict.dwell.hi_ds >= 4200);
	assert_int_equal(verdict.certainty, VISIT_DOUBTFUL);
}

/* What spoke for the place for a moment is not forgotten over a restart. */
static void a_pause_at_the_door_is_remembered(void **state)
{
	(void)state;
	static uint8_t bytes[VISIT_STATE_MAX_BYTES];
	struct visit visit = opened(180), loaded;
	stay(&visit, 0, 1900, 1500);
	stay(&visit, 1900, 1961, 0);
	stay(&visit, 1990, 2020, 1500);
	size_t len = visit_save(&visit, bytes);
	assert_true(visit_load(&loaded, bytes, len));
	stay(&loaded, 2020, 4000, 1500);
	struct visit_verdict verdict = decided(&loaded);
	assert_int_equal(verdict.word, VISIT_ELSEWHERE);
	assert_int_equal(verdict.certainty, VISIT_DOUBTFUL);
}

static void the_cafe_round_the_corner_is_nearby(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	stay(&visit, 1500, 3600, 300);
	struct visit_verdict verdict = decided(&visit);
	assert_int_equal(verdict.word, VISIT_NEARBY);
	assert_true(verdict.log_odds_mnat < 0);
}

static void home_is_elsewhere(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	stay(&visit, 0, 5000, 1500);
	struct visit_verdict verdict = decided(&visit);
	assert_int_equal(verdict.word, VISIT_ELSEWHERE);
	assert_int_equal(verdict.certainty, VISIT_FIRM);
	assert_int_equal(verdict.contrary_permille, 1000);
}

static void still_far_away_is_elsewhere_moving_is_absent(void **state)
{
	(void)state;
	for (int moves = 0; moves < 2; moves++) {
		struct visit visit = opened(180);
		for (uint32_t s = 0; s < 5000; s += 120) {
			struct tick tick = { .at_ds = s * 10, .ring = 3 };
			if (!moves && s > 0)
				tick.flags = TICK_STILL;
			visit_tick(&visit, &tick);
		}
		assert_int_equal(decided(&visit).word,
				 moves ? VISIT_ABSENT : VISIT_ELSEWHERE);
	}
}

static void who_drives_past_was_not_there(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	drive(&visit, 1900, -1800, 1900);
	stay(&visit, 2300, 4000, 1900);
	enum visit_word word = decided(&visit).word;
	assert_true(word == VISIT_ABSENT || word == VISIT_ELSEWHERE);
	struct visit_stay stays[VISIT_STAYS_MAX];
	assert_int_equal(visit_stays(&visit, stays), 0);
}

static void without_data_nobody_is_accused(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	assert_int_equal(decided(&visit).word, VISIT_NO_DATA);
	stay(&visit, 0, 300, 1500);
	stay(&visit, 5100, 5400, 1500);
	struct visit_verdict verdict = decided(&visit);
	assert_int_equal(verdict.word, VISIT_NO_DATA);
	assert_int_equal(verdict.certainty, VISIT_DOUBTFUL);
	assert_int_equal(verdict.log_odds_mnat, 0);
}

/* In a window so short that they cover it; a single fix elsewhere is more than
 * none. */
static void a_few_fixes_at_the_pin_accuse_nobody(void **state)
{
	static const struct {
		uint32_t at_s;	/* of the first */
		uint32_t end_s; /* they come every 30 s until then */
		int north_m;
		enum visit_word word;
	} days[] = {
		{ 2100, 2101, 0, VISIT_NO_DATA },
		{ 2100, 2101, 80, VISIT_NO_DATA },
		{ 2100, 2150, 0, VISIT_NO_DATA },
		{ 2100, 2101, 150, VISIT_ABSENT },
		{ 2100, 2101, 1900, VISIT_ABSENT },
		{ 2100, 2311, 0, VISIT_SHORT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		struct visit_plan plan = half_hour(180);
		struct visit_verdict verdict;
		struct visit visit;

		plan.end_us = plan.start_us + (int64_t)600 * 1000000;
		assert_true(visit_open(&visit, &plan, OPENED_US));
		stay(&visit, days[i].at_s, days[i].end_s, days[i].north_m);
		verdict = decided(&visit);
		assert_int_equal(verdict.word, days[i].word);
		assert_int_equal(verdict.certainty, VISIT_DOUBTFUL);
		assert_in_range(verdict.coverage_permille, 300, 1000);
		/* As it was judged before, and is where that is asked for. */
		assert_true(visit_judge_by(&visit, VISIT_ALGORITHM,
					   VISIT_PARAMETERS_OLDEST));
		assert_int_equal(decided(&visit).word,
				 days[i].word == VISIT_NO_DATA ? VISIT_ABSENT
							       : days[i].word);
	}
}

static void contrary_fixes_for_a_third_are_not_firm(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	stay(&visit, 1800, 2350, 1500);
	struct visit_verdict verdict = decided(&visit);
	assert_true(verdict.contrary_permille < 500);
	assert_int_equal(verdict.certainty, VISIT_DOUBTFUL);
	assert_int_not_equal(verdict.word, VISIT_PRESENT);
}

static void a_gap_with_room_for_a_visit_is_not_firm(void **state)
{
	(void)state;
	for (uint32_t gap_s = 120; gap_s <= 600; gap_s += 480) {
		struct visit visit = opened(180);
		stay(&visit, 0, 2400, 1500);
		stay(&visit, 2400 + gap_s, 5000, 1500);
		struct visit_verdict verdict = decided(&visit);
		assert_int_equal(verdict.word, VISIT_ELSEWHERE);
		assert_int_equal(verdict.certainty,
				 gap_s < 300 ? VISIT_FIRM : VISIT_DOUBTFUL);
	}
}

/* The window is not over: it may still be kept. */
static void nothing_is_firm_before_the_end(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	stay(&visit, 0, 3000, 1500);
	assert_int_equal(decided(&visit).certainty, VISIT_DOUBTFUL);
	stay(&visit, 3000, 3600, 1500);
	assert_int_equal(decided(&visit).certainty, VISIT_FIRM);
}

static void made_up_fixes_make_nothing_firm(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	for (uint32_t s = 1500; s < 3600; s += 30) {
		struct tick tick = { .at_ds = s * 10,
				     .accuracy_m = 10,
				     .flags = TICK_MOCK };
		visit_tick(&visit, &tick);
	}
	struct visit_verdict verdict = decided(&visit);
	assert_int_equal(verdict.word, VISIT_PRESENT);
	assert_int_equal(verdict.certainty, VISIT_DOUBTFUL);
}

static void a_burst_of_bad_fixes_splits_nothing(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	struct visit_stay stays[VISIT_STAYS_MAX];
	stay(&visit, 1500, 2400, 0);
	stay(&visit, 2400, 2460, 400);
	stay(&visit, 2460, 3600, 0);
	assert_int_equal(visit_stays(&visit, stays), 1);
}

/* In metres north of the pin, half of it east. */
static void
seen_at(struct visit *visit, uint32_t at_s, int off_m, uint16_t accuracy_m)
{
	struct tick tick = { .at_ds = at_s * 10,
			     .north_dm = (int16_t)(off_m * 10),
			     .east_dm = (int16_t)(off_m * 5),
			     .accuracy_m = accuracy_m };
	visit_tick(visit, &tick);
}

/* Under a roof of steel the phone strays 100 to 400 m, and says so. What it
 * says before the door and after is what bounds the stay. */
static void who_sat_under_a_bad_roof_did_not_leave(void **state)
{
	(void)state;
	static const int STRAYS_M[] = {
		20,   70,  230,	 250,  140,  90,  -130, -40,  -190, -270, -90,
		610,  640, -600, -650, 620,  600, -580, -610, 220,  230,  -240,
		-230, 210, 230,	 -220, -230, 240, 220,	-240, -210
	};
	enum { STRAYS = sizeof(STRAYS_M) / sizeof(STRAYS_M[0]) };
	struct visit visit = opened(180);
	uint32_t s = 1500;
	for (int off_m = 2600; off_m >= 500; off_m -= 300, s += 30)
		seen_at(&visit, s, off_m, 6);
	for (int i = 0; i < 3; i++, s += 30)
		seen_at(&visit, s, 90 + i, 6);
	seen_at(&visit, s, 50, 6);
	seen_at(&visit, s + 30, 5, 6);
	s += 60;
	for (size_t i = 0; i < STRAYS; i++, s += 30)
		seen_at(&visit, s, STRAYS_M[i], 220);
	for (int i = 0; i < 3; i++, s += 30)
		seen_at(&visit, s, 90 + i, 6);
	for (int off_m = 300; off_m < 2600; off_m += 300, s += 30)
		seen_at(&visit, s, -off_m, 6);
	struct visit_verdict verdict = decided(&visit);
	assert_int_equal(verdict.word, VISIT_PRESENT);
	assert_in_range(verdict.dwell.at_ds, 9000, 11000);
}

/* The first fix comes in the meeting and the last in the car: one change of
 * the accuracy, and under a roof it is worse. */
static void the_worse_side_of_one_change_is_inside(void **state)
{
	(void)state;
	static const int STRAYS_M[] = { -30,  -120, 20,	 -130, -145, -110,
					-100, -115, 60,	 25,   40,   125,
					100,  160,  180, 110,  100,  40,
					-10,  30,   35,	 25,   10 };
	enum { STRAYS = sizeof(STRAYS_M) / sizeof(STRAYS_M[0]) };
	struct visit visit = opened(180);
	uint32_t s = 2070;
	for (size_t i = 0; i < STRAYS; i++, s += 30)
		seen_at(&visit, s, STRAYS_M[i], 150);
	for (int i = 0; i < 5; i++, s += 30)
		seen_at(&visit, s, -40 - i, 12);
	struct visit_verdict verdict = decided(&visit);
	assert_int_equal(verdict.word, VISIT_PRESENT);
	assert_in_range(verdict.departure.at_ds, 27000, 28200);
	assert_int_equal(verdict.certainty, VISIT_FIRM);
}

static void stays_are_bounded_and_in_order(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	struct visit_stay stays[VISIT_STAYS_MAX];
	for (uint32_t i = 0; i < 40; i++) {
		stay(&visit, i * 2000, i * 2000 + 900, 0);
		stay(&visit, i * 2000 + 900, i * 2000 + 2000, 1500);
	}
	size_t count = visit_stays(&visit, stays);
	assert_int_equal(count, VISIT_STAYS_MAX);
	for (size_t i = 1; i < count; i++)
		assert_true(stays[i - 1].departure.at_ds <=
			    stays[i].arrival.at_ds);
}

static void ticks_that_make_no_sense_are_ignored(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	stay(&visit, 1500, 1800, 0);
	const struct tick bad[] = {
		{ .at_ds = 100 },
		{ .at_ds = 20000, .ring = 1, .east_dm = 5 },
		{ .at_ds = 20000, .flags = 0x40 },
		{ .at_ds = 20000, .accuracy_m = 1001 },
		{ .at_ds = 20000, .east_dm = 20001 },
		{ .at_ds = 0xffffffff },
	};
	struct visit before = visit;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		visit_tick(&visit, &bad[i]);
	assert_int_equal(visit.ticks, before.ticks);
}

static void plans_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	struct visit visit;
	struct visit_plan plan = half_hour(180);
	assert_true(visit_plan_is_valid(&plan));
	assert_false(visit_open(&visit, &plan, INT64_MIN));
	assert_false(visit_open(&visit, &plan, INT64_MAX));
	plan.end_us = plan.start_us;
	assert_false(visit_plan_is_valid(&plan));
	plan = half_hour(180);
	plan.start_us = INT64_MIN;
	assert_false(visit_plan_is_valid(&plan));
	plan = half_hour(180);
	plan.pin.lat_e7 = INT32_MIN;
	assert_false(visit_plan_is_valid(&plan));
	plan = half_hour(VISIT_MIN_DWELL_MAX_S + 1);
	assert_false(visit_plan_is_valid(&plan));
	plan = half_hour(180);
	plan.radius_m = 0;
	assert_false(visit_plan_is_valid(&plan));
}

static void plans_and_verdicts_survive_their_bytes(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	struct visit_plan plan = half_hour(180), plan_again;
	struct visit_verdict again;
	uint8_t plan_bytes[VISIT_PLAN_MAX_BYTES], bytes[VISIT_VERDICT_BYTES];
	uint8_t other_plan[VISIT_PLAN_MAX_BYTES], other[VISIT_VERDICT_BYTES];
	plan.meeting_id[0] = 0xfe;
	size_t len = visit_plan_write(plan_bytes, &plan);
	assert_int_equal(visit_plan_read(&plan_again, plan_bytes, len - 1), 0);
	assert_int_equal(visit_plan_read(&plan_again, plan_bytes, len), len);
	assert_int_equal(visit_plan_write(other_plan, &plan_again), len);
	assert_memory_equal(plan_bytes, other_plan, len);
	assert_int_equal(plan_again.meeting_id[0], 0xfe);
	assert_int_equal(plan_again.min_dwell_s, 180);
	stay(&visit, 1500, 3600, 300);
	struct visit_verdict verdict = decided(&visit);
	visit_verdict_write(bytes, &verdict);
	assert_true(visit_verdict_read(&again, bytes));
	visit_verdict_write(other, &again);
	assert_memory_equal(bytes, other, sizeof(bytes));
	bytes[0] = 8;
	assert_false(visit_verdict_read(&again, bytes));
}

static void the_interval_follows_what_can_be_told(void **state)
{
	(void)state;
	struct visit visit = opened(180);
	assert_int_equal(visit_wanted_interval_s(&visit), 15);
	stay(&visit, 0, 30, 1500);
	assert_true(visit_wanted_interval_s(&visit) == 300);
	stay(&visit, 1500, 1530, 100);
	assert_int_equal(visit_wanted_interval_s(&visit), 15);
	stay(&visit, 1530, 2400, 0);
	assert_int_equal(visit_wanted_interval_s(&visit), 120);
	stay(&visit, 2400, 2430, 500);
	assert_int_equal(visit_wanted_interval_s(&visit), 15);
	struct tick far = { .at_ds = 47000, .ring = 2 };
	visit_tick(&visit, &far);
	struct tick farther = { .at_ds = 48000, .ring = 3 };
	visit_tick(&visit, &farther);
	assert_int_equal(visit_wanted_interval_s(&visit), 300);
}

/* At each tick of many meetings: what was saved and loaded goes on alike. */
static void a_checkpoint_goes_on_alike(void **state)
{
	(void)state;
	static uint8_t bytes[VISIT_STATE_MAX_BYTES];
	static uint8_t other[VISIT_STATE_MAX_BYTES];
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct meeting meeting;
		struct tick_quantiser q;
		struct fix fix;
		struct tick tick;
		struct visit visit, loaded;
		meeting_begin(&meeting, seed);
		tick_quantiser_open(&q, meeting.plan.pin, meeting.opened_us,
				    INT64_MAX);
		assert_true(
			visit_open(&visit, &meeting.plan, meeting.opened_us));
		while (meeting_next(&meeting, &fix)) {
			if (!tick_quantiser_add(&q, &tick, &fix, TICK_BLOCK_DS))
				continue;
			size_t len = visit_save(&visit, bytes);
			assert_in_range(len, 1, VISIT_STATE_MAX_BYTES);
			assert_true(visit_load(&loaded, bytes, len));
			visit_tick(&visit, &tick);
			visit_tick(&loaded, &tick);
			size_t a = visit_save(&visit, bytes);
			size_t b = visit_save(&loaded, other);
			assert_int_equal(a, b);
			assert_memory_equal(bytes, other, a);
		}
	}
}

static void a_broken_checkpoint_is_harmless(void **state)
{
	(void)state;
	static uint8_t bytes[VISIT_STATE_MAX_BYTES];
	static uint8_t broken[VISIT_STATE_MAX_BYTES];
	struct visit visit = opened(180), loaded;
	for (uint32_t i = 0; i < 20; i++) {
		stay(&visit, i * 2000, i * 2000 + 900, 0);
		stay(&visit, i * 2000 + 900, i * 2000 + 1990, 1500);
	}
	stay(&visit, 40000, 41500, 0);
	size_t len = visit_save(&visit, bytes);
	for (size_t cut = 0; cut < len; cut++)
		assert_false(visit_load(&loaded, bytes, cut));
	for (size_t bit = 0; bit < len * 8; bit++) {
		memcpy(broken, bytes, len);
		broken[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (!visit_load(&loaded, broken, len))
			continue;
		struct tick tick = { .at_ds = 430000 };
		visit_tick(&loaded, &tick);
		visit_wanted_interval_s(&loaded);
		if (bit % 32 == 7)
			decided(&loaded);
	}
}

static void every_word_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(visit_word_name(VISIT_PRESENT), "PRESENT");
	assert_string_equal(visit_word_name(VISIT_NO_DATA), "NO_DATA");
	assert_null(visit_word_name((enum visit_word)0));
	assert_null(visit_word_name((enum visit_word)8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_came_in_time_was_present),
		cmocka_unit_test(who_came_late_was_late),
		cmocka_unit_test(who_left_soon_was_short),
		cmocka_unit_test(nearly_long_enough_is_not_firmly_short),
		cmocka_unit_test(a_pause_at_the_door_is_remembered),
		cmocka_unit_test(the_cafe_round_the_corner_is_nearby),
		cmocka_unit_test(home_is_elsewhere),
		cmocka_unit_test(still_far_away_is_elsewhere_moving_is_absent),
		cmocka_unit_test(who_drives_past_was_not_there),
		cmocka_unit_test(without_data_nobody_is_accused),
		cmocka_unit_test(a_few_fixes_at_the_pin_accuse_nobody),
		cmocka_unit_test(contrary_fixes_for_a_third_are_not_firm),
		cmocka_unit_test(a_gap_with_room_for_a_visit_is_not_firm),
		cmocka_unit_test(nothing_is_firm_before_the_end),
		cmocka_unit_test(made_up_fixes_make_nothing_firm),
		cmocka_unit_test(a_burst_of_bad_fixes_splits_nothing),
		cmocka_unit_test(who_sat_under_a_bad_roof_did_not_leave),
		cmocka_unit_test(the_worse_side_of_one_change_is_inside),
		cmocka_unit_test(stays_are_bounded_and_in_order),
		cmocka_unit_test(ticks_that_make_no_sense_are_ignored),
		cmocka_unit_test(plans_that_make_no_sense_are_refused),
		cmocka_unit_test(plans_and_verdicts_survive_their_bytes),
		cmocka_unit_test(the_interval_follows_what_can_be_told),
		cmocka_unit_test(a_checkpoint_goes_on_alike),
		cmocka_unit_test(a_broken_checkpoint_is_harmless),
		cmocka_unit_test(every_word_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
