/*
 * The hybrid clock: never back, not beyond five minutes ahead, and safe at the
 * ends of its range.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/hlc.h"

#define MINUTE_US (INT64_C(60) * 1000000)
#define NOW_US	  (INT64_C(1790000000) * 1000000)

static uint64_t at_ms(int64_t ms)
{
	return (uint64_t)ms << 16;
}

static void follows_the_wall_clock(void **state)
{
	(void)state;
	assert_int_equal(hlc_next(0, NOW_US), at_ms(NOW_US / 1000));
	assert_int_equal(hlc_next(at_ms(NOW_US / 1000) - 1, NOW_US),
			 at_ms(NOW_US / 1000));
}

static void always_rises(void **state)
{
	uint64_t last = 0, next;
	int64_t wall_us = NOW_US;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		/* Stands, runs, and jumps back an hour now and then. */
		wall_us += i % 3 == 0 ? 0 : 250;
		if (i % 5000 == 0)
			wall_us -= 60 * MINUTE_US;
		next = hlc_next(last, wall_us);
		assert_true(next > last);
		last = next;
	}
}

static void what_was_seen_is_overtaken(void **state)
{
	uint64_t seen = at_ms(NOW_US / 1000 + 60000) + 3, own;

	(void)state;
	own = hlc_observe(hlc_next(0, NOW_US), seen, NOW_US);
	assert_int_equal(own, seen);
	assert_true(hlc_next(own, NOW_US) > seen);
	assert_int_equal(hlc_observe(seen + 9, seen, NOW_US), seen + 9);
}

static void a_slow_clock_is_lifted(void **state)
{
	(void)state;
	assert_int_equal(hlc_lift(5, 3), 5);
	assert_int_equal(hlc_lift(5, 5), 6);
	assert_int_equal(hlc_lift(5, 9), 10);
	assert_int_equal(hlc_lift(5, UINT64_MAX), UINT64_MAX);
}

static void nobody_runs_far_ahead(void **state)
{
	uint64_t limit = at_ms((NOW_US + 5 * MINUTE_US) / 1000);

	(void)state;
	assert_int_equal(hlc_clamp(limit, NOW_US), limit);
	assert_int_equal(hlc_clamp(limit + 1, NOW_US), limit);
	assert_int_equal(hlc_clamp(UINT64_MAX, NOW_US), limit);
	assert_int_equal(hlc_observe(0, UINT64_MAX, NOW_US), limit);
	assert_int_equal(hlc_clamp(5, NOW_US), 5);
}

static void the_ends_of_the_range(void **state)
{
	(void)state;
	assert_int_equal(hlc_next(0, -1), 1);
	assert_int_equal(hlc_next(0, INT64_MIN), 1);
	assert_int_equal(hlc_next(UINT64_MAX, NOW_US), UINT64_MAX);
	assert_int_equal(hlc_clamp(7, INT64_MIN), 0);
	/* 48 bits of milliseconds end in the year 10889. */
	assert_int_equal(hlc_next(0, INT64_MAX), UINT64_MAX - 0xffff);
	assert_int_equal(hlc_clamp(UINT64_MAX, INT64_MAX), UINT64_MAX - 0xffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_wall_clock),
		cmocka_unit_test(always_rises),
		cmocka_unit_test(what_was_seen_is_overtaken),
		cmocka_unit_test(a_slow_clock_is_lifted),
		cmocka_unit_test(nobody_runs_far_ahead),
		cmocka_unit_test(the_ends_of_the_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
