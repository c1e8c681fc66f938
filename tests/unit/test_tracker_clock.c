/*
 * What time it is, for a phone whose clock may be wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tracker_clock.h"

#define MIN  INT64_C(60000000)
#define HOUR (60 * MIN)
#define DAY  (24 * HOUR)

static const int64_t NOON = INT64_C(1767268800000000);
static const uint8_t BOOT[16] = { 1 }, NEXT_BOOT[16] = { 2 };

static struct tracker_clock clock;
static int64_t truth_us, wall_error_us, mono_us;

static void begin(void)
{
	clock = (struct tracker_clock){ 0 };
	truth_us = NOON;
	wall_error_us = 0;
	mono_us = HOUR;
	assert_false(tracker_clock_look(&clock, BOOT, NOON, mono_us));
}

/* Time passes; true if a jump was seen. */
static bool pass(int64_t us)
{
	truth_us += us;
	mono_us += us;
	return tracker_clock_look(&clock, BOOT, truth_us + wall_error_us,
				  mono_us);
}

static void assert_bounds(int64_t low_us, int64_t high_us)
{
	assert_int_equal(tracker_clock_low(&clock), low_us);
	assert_int_equal(tracker_clock_high(&clock), high_us);
}

static void a_clock_in_step_is_believed(void **state)
{
	(void)state;
	begin();
	for (int i = 0; i < 100; i++) {
		wall_error_us += 1000000; /* slewed by a time server */
		assert_false(pass(HOUR));
		assert_bounds(truth_us + wall_error_us,
			      truth_us + wall_error_us);
	}
}

static void after_a_jump_both_may_be_right(void **state)
{
	(void)state;
	begin();
	wall_error_us = DAY;
	assert_true(pass(MIN));
	assert_bounds(truth_us, truth_us + DAY);
	assert_false(pass(MIN)); /* told once */
	assert_bounds(truth_us, truth_us + DAY);
	assert_int_equal(tracker_clock_wall_of_low(&clock, truth_us + HOUR),
			 truth_us + DAY + HOUR);
	assert_int_equal(tracker_clock_wall_of_high(&clock,
						    truth_us + DAY + HOUR),
			 truth_us + DAY + HOUR);
	/* Back again. */
	wall_error_us = 0;
	assert_true(pass(MIN));
	assert_bounds(truth_us, truth_us);
	/* And the other way. */
	wall_error_us = -3 * HOUR;
	assert_true(pass(MIN));
	assert_bounds(truth_us - 3 * HOUR, truth_us);
}

static void a_fix_decides(void **state)
{
	(void)state;
	/* For what was believed before. */
	begin();
	wall_error_us = DAY;
	(void)pass(MIN);
	tracker_clock_fix(&clock, truth_us - 1000000);
	assert_bounds(truth_us, truth_us);
	(void)pass(DAY); /* and for good, in this boot */
	assert_bounds(truth_us, truth_us);
	/* For the wall clock: it was wrong before. */
	begin();
	wall_error_us = DAY;
	truth_us += DAY;
	wall_error_us = 0;
	assert_true(pass(MIN));
	tracker_clock_fix(&clock, truth_us);
	assert_bounds(truth_us, truth_us);
}

/* Fixes that agree with neither must agree with each other for a while. */
static void fixes_outvote_both(void **state)
{
	(void)state;
	begin();
	truth_us += 5 * HOUR; /* both clocks are five hours late */
	wall_error_us = -5 * HOUR;
	assert_false(pass(MIN));
	tracker_clock_fix(&clock, truth_us);
	assert_bounds(truth_us - 5 * HOUR, truth_us - 5 * HOUR);
	for (int i = 0; i < 4; i++) {
		(void)pass(MIN / 4);
		tracker_clock_fix(&clock, truth_us);
	}
	assert_bounds(truth_us, truth_us);
}

/* Fixes of an hour ago that come all at once, and one from the future. */
static void late_and_wild_fixes_change_nothing(void **state)
{
	(void)state;
	begin();
	for (int i = 0; i < 200; i++)
		tracker_clock_fix(&clock,
				  truth_us - HOUR + INT64_C(1000000) * i);
	assert_bounds(truth_us, truth_us);
	tracker_clock_fix(&clock, truth_us + 365 * DAY);
	tracker_clock_fix(&clock, INT64_MAX);
	tracker_clock_fix(&clock, INT64_MIN);
	assert_bounds(truth_us, truth_us);
	assert_false(tracker_clock_look(&clock, BOOT, truth_us, mono_us));
	/* No clock is so wrong that it overflows. */
	(void)tracker_clock_look(&clock, BOOT, INT64_MAX, INT64_MAX);
	(void)tracker_clock_look(&clock, BOOT, INT64_MIN, INT64_MIN);
	(void)tracker_clock_low(&clock);
}

static void without_fixes_the_wall_clock_wins_in_time(void **state)
{
	(void)state;
	begin();
	wall_error_us = DAY;
	(void)pass(MIN);
	(void)pass(11 * HOUR);
	assert_bounds(truth_us, truth_us + DAY);
	(void)pass(HOUR + MIN);
	assert_bounds(truth_us + DAY, truth_us + DAY);
}

static void a_reboot_begins_anew(void **state)
{
	(void)state;
	begin();
	wall_error_us = DAY;
	(void)pass(MIN);
	/* Later than before: what else could it be. */
	assert_false(tracker_clock_look(&clock, NEXT_BOOT, truth_us + 2 * DAY,
					1000));
	assert_bounds(truth_us + 2 * DAY, truth_us + 2 * DAY);
	/* Earlier: time has not gone back. */
	assert_true(tracker_clock_look(&clock, BOOT, MIN, 2000));
	assert_bounds(MIN, truth_us + 2 * DAY);
}

static void what_is_saved_is_loaded(void **state)
{
	uint8_t bytes[TRACKER_CLOCK_BYTES], again[TRACKER_CLOCK_BYTES];
	struct tracker_clock loaded;

	(void)state;
	begin();
	wall_error_us = DAY;
	(void)pass(MIN);
	tracker_clock_fix(&clock, truth_us + 7 * HOUR);
	tracker_clock_save(bytes, &clock);
	assert_true(tracker_clock_load(&loaded, bytes, sizeof(bytes)));
	tracker_clock_save(again, &loaded);
	assert_memory_equal(bytes, again, sizeof(bytes));
	assert_int_equal(tracker_clock_low(&loaded), tracker_clock_low(&clock));
	assert_false(tracker_clock_look(&loaded, BOOT, truth_us + wall_error_us,
					mono_us));
	assert_false(tracker_clock_load(&loaded, bytes, sizeof(bytes) - 1));
	bytes[48] = 2; /* a truth value that is none */
	assert_false(tracker_clock_load(&loaded, bytes, sizeof(bytes)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_in_step_is_believed),
		cmocka_unit_test(after_a_jump_both_may_be_right),
		cmocka_unit_test(a_fix_decides),
		cmocka_unit_test(fixes_outvote_both),
		cmocka_unit_test(late_and_wild_fixes_change_nothing),
		cmocka_unit_test(without_fixes_the_wall_clock_wins_in_time),
		cmocka_unit_test(a_reboot_begins_anew),
		cmocka_unit_test(what_is_saved_is_loaded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
