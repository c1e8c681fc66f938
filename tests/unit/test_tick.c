/* tick: merging, clipping, hostile fixes, and the quantiser's checkpoint. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/tick.h"

static const int64_t OPENED_US = (int64_t)1767250800 * 1000000;
static const struct geo_pin PIN = { 523700000, 49000000 };

static struct tick_quantiser open_hour(void)
{
	struct tick_quantiser q;
	tick_quantiser_open(&q, PIN, OPENED_US,
			    OPENED_US + (int64_t)3600 * 1000000);
	return q;
}

static struct fix fix_at(double at_s, double north_m)
{
	return (struct fix){ .time_us = OPENED_US + (int64_t)(at_s * 1e6),
			     .lat_deg = 52.37 + north_m / 111195.08,
			     .lon_deg = 4.90,
			     .accuracy_m = 12.4 };
}

static void the_first_fix_is_a_tick(void **state)
{
	(void)state;
	struct tick_quantiser q = open_hour();
	struct tick tick;
	struct fix fix = fix_at(3.26, 40.0);
	assert_true(tick_quantiser_add(&q, &tick, &fix, TICK_BLOCK_DS));
	assert_int_equal(tick.at_ds, 33);
	assert_int_equal(tick.north_dm, 400);
	assert_int_equal(tick.east_dm, 0);
	assert_int_equal(tick.accuracy_m, 12);
	assert_int_equal(tick.ring, 0);
}

static void fast_fixes_are_merged(void **state)
{
	(void)state;
	struct tick_quantiser q = open_hour();
	struct tick tick;
	uint32_t ticks = 0;
	for (int s = 0; s <= 150; s++) {
		struct fix fix = fix_at(s, s % 2 ? 10.0 : 20.0);
		if (!tick_quantiser_add(&q, &tick, &fix, TICK_BLOCK_DS))
			continue;
		if (ticks++ > 0)
			assert_in_range(tick.north_dm, 140, 160);
		assert_in_range(tick.accuracy_m, 12, 13);
	}
	assert_int_equal(ticks, 11);
}

static void a_block_never_spans_a_gap(void **state)
{
	(void)state;
	struct tick_quantiser q = open_hour();
	struct tick tick;
	struct fix fixes[] = { fix_at(0, 0), fix_at(5, 0), fix_at(1000, 500) };
	assert_true(tick_quantiser_add(&q, &tick, &fixes[0], TICK_BLOCK_DS));
	assert_false(tick_quantiser_add(&q, &tick, &fixes[1], TICK_BLOCK_DS));
	assert_true(tick_quantiser_add(&q, &tick, &fixes[2], TICK_BLOCK_DS));
	assert_int_equal(tick.at_ds, 10000);
	assert_int_equal(tick.north_dm, 5000);
	assert_false(tick_quantiser_flush(&q, &tick));
}

static void far_away_is_a_ring(void **state)
{
	(void)state;
	const struct {
		double north_m;
		int ring;
	} cases[] = { { 1999, 0 }, { 2001, 1 },	 { 3999, 1 }, { 4001, 2 },
		      { 8200, 3 }, { 70000, 6 }, { -4200, 2 } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tick_quantiser q = open_hour();
		struct tick tick;
		struct fix fix = fix_at(0, cases[i].north_m);
		assert_true(tick_quantiser_add(&q, &tick, &fix, 0));
		assert_int_equal(tick.ring, cases[i].ring);
		assert_int_equal(tick.flags, 0);
		if (cases[i].ring == 0)
			continue;
		assert_int_equal(tick.north_dm, 0);
		fix = fix_at(60, cases[i].north_m + 100);
		assert_true(tick_quantiser_add(&q, &tick, &fix, 0));
		assert_int_equal(tick.flags, TICK_STILL);
		fix = fix_at(120, cases[i].north_m + 400);
		assert_true(tick_quantiser_add(&q, &tick, &fix, 0));
		assert_int_equal(tick.flags, 0);
	}
}

static void time_may_do_what_it_likes(void **state)
{
	(void)state;
	struct tick_quantiser q = open_hour();
	struct tick tick;
	const double times_s[] = { 10, 10, 5, -1, 4000, 11, 1e9, 10.9 };
	uint32_t last_ds = 0;
	for (size_t i = 0; i < sizeof(times_s) / sizeof(times_s[0]); i++) {
		struct fix fix = fix_at(times_s[i], 0);
		if (tick_quantiser_add(&q, &tick, &fix, 0)) {
			assert_true(tick.at_ds > last_ds);
			last_ds = tick.at_ds;
		}
	}
	assert_int_equal(last_ds, 110);
	assert_int_equal(q.signals.clock_jumps, 2);
	assert_int_equal(q.signals.refused_fixes, 3);
	struct fix fix = { .time_us = INT64_MIN };
	assert_false(tick_quantiser_add(&q, &tick, &fix, 0));
	tick_quantiser_open(&q, PIN, INT64_MIN, INT64_MAX);
	fix.time_us = INT64_MAX;
	assert_false(tick_quantiser_add(&q, &tick, &fix, 0));
}

static void a_million_fixes_a_second_are_harmless(void **state)
{
	(void)state;
	struct tick_quantiser q = open_hour();
	struct tick tick;
	uint32_t ticks = 0, last_ds = 0;
	for (int64_t us = 0; us < 1000000; us++) {
		struct fix fix = fix_at(0, 0);
		fix.time_us += us;
		/* A block of nothing: as many ticks as time allows. */
		if (tick_quantiser_add(&q, &tick, &fix, 0)) {
			assert_true(ticks == 0 || tick.at_ds > last_ds);
			last_ds = tick.at_ds;
			ticks++;
		}
		if (ticks > 1000)
			break;
	}
	q = open_hour();
	ticks = 0;
	for (int64_t us = 0; us < 1000000; us++) {
		struct fix fix = fix_at(0, 0);
		fix.time_us += us;
		ticks += tick_quantiser_add(&q, &tick, &fix, TICK_BLOCK_DS);
	}
	assert_int_equal(ticks, 1);
	assert_int_equal(q.signals.frozen_fixes, 65535);
}

static void hostile_numbers_are_refused(void **state)
{
	(void)state;
	struct tick_quantiser q = open_hour();
	struct tick tick;
	struct fix fix = fix_at(1, 0);
	fix.lat_deg = (double)NAN;
	assert_false(tick_quantiser_add(&q, &tick, &fix, 0));
	fix = fix_at(1, 0);
	fix.lon_deg = (double)INFINITY;
	assert_false(tick_quantiser_add(&q, &tick, &fix, 0));
	const double accuracies[] = { (double)NAN, -5, (double)INFINITY, 0 };
	for (size_t i = 0; i < 4; i++) {
		fix = fix_at(2.0 + (double)i, 0);
		fix.accuracy_m = accuracies[i];
		assert_true(tick_quantiser_add(&q, &tick, &fix, 0));
		assert_int_equal(tick.accuracy_m, 0);
	}
	fix = fix_at(9, 0);
	fix.accuracy_m = 1e12;
	assert_true(tick_quantiser_add(&q, &tick, &fix, 0));
	assert_int_equal(tick.accuracy_m, TICK_ACCURACY_MAX_M);
}

static void made_up_tracks_leave_signals(void **state)
{
	(void)state;
	struct tick_quantiser q = open_hour();
	struct tick tick;
	struct fix fix = fix_at(0, 0);
	fix.is_mock = true;
	assert_true(tick_quantiser_add(&q, &tick, &fix, 0));
	assert_int_equal(tick.flags, TICK_MOCK);
	fix = fix_at(10, 0);
	assert_true(tick_quantiser_add(&q, &tick, &fix, 0));
	assert_int_equal(tick.flags, 0);
	fix = fix_at(11, 1500);
	assert_true(tick_quantiser_add(&q, &tick, &fix, 0));
	assert_int_equal(q.signals.mock_fixes, 1);
	assert_int_equal(q.signals.frozen_fixes, 1);
	assert_int_equal(q.signals.teleports, 1);
}

static void a_checkpoint_goes_on_alike(void **state)
{
	(void)state;
	struct tick_quantiser q = open_hour(), other;
	uint8_t bytes[TICK_QUANTISER_BYTES];
	struct tick a, b;
	for (int s = 0; s < 300; s++) {
		struct fix fix = fix_at(s, s * 3.0);
		assert_int_equal(tick_quantiser_save(&q, bytes), sizeof(bytes));
		assert_true(tick_quantiser_load(&other, bytes, sizeof(bytes)));
		bool had = tick_quantiser_add(&q, &a, &fix, TICK_BLOCK_DS);
		assert_int_equal(tick_quantiser_add(&other, &b, &fix,
						    TICK_BLOCK_DS),
				 had);
		if (had)
			assert_true(a.at_ds == b.at_ds &&
				    a.north_dm == b.north_dm);
	}
	assert_false(tick_quantiser_load(&other, bytes, sizeof(bytes) - 1));
	memset(bytes, 0xff, sizeof(bytes));
	assert_false(tick_quantiser_load(&other, bytes, sizeof(bytes)));
}

/* iOS tells the plane's root mean square, which holds the truth in 63 %. */
static void a_root_mean_square_becomes_the_68_percent_radius(void **state)
{
	(void)state;
	struct tick_quantiser q = open_hour();
	struct tick tick;
	struct fix fix = fix_at(3.0, 40.0);
	fix.accuracy_m = 100.0;
	fix.is_rms = true;
	assert_true(tick_quantiser_add(&q, &tick, &fix, TICK_BLOCK_DS));
	assert_int_equal(tick.accuracy_m, 107);
}

/* Whatever a host says, its window can be read again after a restart. */
static void an_absurd_accuracy_leaves_a_checkpoint(void **state)
{
	(void)state;
	uint8_t bytes[TICK_QUANTISER_BYTES];
	struct tick_quantiser q = open_hour(), again;
	struct tick tick;
	struct fix fix = fix_at(3.0, 40.0);
	fix.accuracy_m = 1e300;
	fix.is_rms = true;
	assert_true(tick_quantiser_add(&q, &tick, &fix, TICK_BLOCK_DS));
	assert_int_equal(tick.accuracy_m, TICK_ACCURACY_MAX_M);
	assert_true(tick_quantiser_load(&again, bytes,
					tick_quantiser_save(&q, bytes)));
}

/* A million fixes in a second are one block, and cost no more. */
static void a_flood_is_one_tick(void **state)
{
	(void)state;
	struct tick_quantiser q = open_hour();
	struct tick tick;
	uint32_t ticks = 0;
	for (int us = 0; us < 1000000; us++) {
		struct fix fix = fix_at(3.0, us % 50);
		fix.time_us += us;
		ticks += tick_quantiser_add(&q, &tick, &fix, TICK_BLOCK_DS);
	}
	assert_int_equal(ticks, 1);
	assert_true(tick_quantiser_flush(&q, &tick));
	assert_in_range(tick.north_dm, 235, 255);
	assert_int_equal(tick.accuracy_m, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_fix_is_a_tick),
		cmocka_unit_test(
			a_root_mean_square_becomes_the_68_percent_radius),
		cmocka_unit_test(an_absurd_accuracy_leaves_a_checkpoint),
		cmocka_unit_test(a_flood_is_one_tick),
		cmocka_unit_test(fast_fixes_are_merged),
		cmocka_unit_test(a_block_never_spans_a_gap),
		cmocka_unit_test(far_away_is_a_ring),
		cmocka_unit_test(time_may_do_what_it_likes),
		cmocka_unit_test(a_million_fixes_a_second_are_harmless),
		cmocka_unit_test(hostile_numbers_are_refused),
		cmocka_unit_test(made_up_tracks_leave_signals),
		cmocka_unit_test(a_checkpoint_goes_on_alike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
