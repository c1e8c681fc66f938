/*
 * The organisation's time of day: in UTC, and in a zone whose clocks are
 * changed twice a year.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/local_time.h"

#define MINUTE_US INT64_C(60000000)
#define HOUR_US	  (60 * MINUTE_US)

/* 2026-06-01 08:00:00 UTC, a Monday. */
#define SUMMER_US INT64_C(1780300800000000)
/* 2026-03-28 22:30:00 UTC: 00:30 on the 29th in Kyiv, hours before the
 * clocks go from 03:00 to 04:00. */
#define SPRING_US INT64_C(1774737000000000)
/* 2026-10-24 22:30:00 UTC: 01:30 on the 25th, before they go back from 04:00
 * to 03:00. */
#define AUTUMN_US INT64_C(1792881000000000)

static void use(const char *zone)
{
	struct outrider_err err;

	assert_int_equal(local_time_use_zone(zone, &err), OUTRIDER_OK);
}

static void utc_is_the_default_whatever_the_machine_says(void **state)
{
	struct local_time at;

	(void)state;
	setenv("TZ", "America/Lima", 1);
	local_time(&at, SUMMER_US);
	assert_string_equal(at.clock, "08:00");
	assert_string_equal(at.date, "2026-06-01");
	assert_string_equal(at.zone, "UTC");
	assert_int_equal(at.weekday, 1);
	assert_int_equal(at.minute, 480);
	local_time(&at, SUMMER_US - 32 * HOUR_US - 1);
	assert_string_equal(at.clock, "23:59");
	assert_int_equal(at.weekday, 6);
	local_time(&at, -1);
	assert_string_equal(at.date, "1969-12-31");
	assert_string_equal(at.clock, "23:59");
}

static void zone_has_its_clock_day_and_name(void **state)
{
	struct local_time at;

	(void)state;
	use("Europe/Kyiv");
	local_time(&at, SUMMER_US + 14 * HOUR_US);
	assert_string_equal(at.clock, "01:00");
	assert_string_equal(at.date, "2026-06-02");
	assert_string_equal(at.zone, "EEST");
	assert_int_equal(at.weekday, 2);
	local_time(&at, SPRING_US);
	assert_string_equal(at.clock, "00:30");
	assert_string_equal(at.zone, "EET");
	assert_int_equal(at.weekday, 7);
	use("UTC");
	local_time(&at, SUMMER_US);
	assert_string_equal(at.zone, "UTC");
	assert_string_equal(at.clock, "08:00");
}

static void unknown_zone_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"Europe/Atlantis",
		"../../etc/passwd",
		"/etc/passwd",
		"Europe",
		"EET-2",
		"Europe/Kyiv ",
		":UTC",
		"zone.tab",
		"tzdata.zi",
	};
	struct outrider_err err;
	struct local_time at;

	(void)state;
	use("Europe/Kyiv");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(local_time_use_zone(wrong[i], &err),
				 OUTRIDER_INVALID_ARGUMENT);
	/* And leaves UTC. */
	local_time(&at, SUMMER_US);
	assert_string_equal(at.zone, "UTC");
}

static void next_minute_is_after_now(void **state)
{
	struct local_time at;

	(void)state;
	use("UTC");
	assert_int_equal(local_time_next(SUMMER_US, 481),
			 SUMMER_US + MINUTE_US);
	assert_int_equal(local_time_next(SUMMER_US, 480),
			 SUMMER_US + 24 * HOUR_US);
	assert_int_equal(local_time_next(SUMMER_US - 1, 480), SUMMER_US);
	assert_int_equal(local_time_next(-1, 0), 0);
	use("Europe/Kyiv");
	/* 11:00 there. */
	assert_int_equal(local_time_next(SUMMER_US, 660),
			 SUMMER_US + 24 * HOUR_US);
	assert_int_equal(local_time_next(SUMMER_US, 0),
			 SUMMER_US + 13 * HOUR_US);
	for (int minute = 0; minute < 1440; minute++) {
		int64_t next_us = local_time_next(SUMMER_US, minute);

		assert_true(next_us > SUMMER_US);
		assert_true(next_us <= SUMMER_US + 24 * HOUR_US);
		local_time(&at, next_us);
		assert_int_equal(at.minute, minute);
	}
	use("UTC");
}

static void days_of_23_and_25_hours(void **state)
{
	struct local_time at;

	(void)state;
	use("Europe/Kyiv");
	/* 07:00 is an hour earlier than on other days. */
	local_time(&at, local_time_next(SPRING_US, 420));
	assert_string_equal(at.clock, "07:00");
	assert_int_equal(local_time_next(SPRING_US, 420),
			 SPRING_US + 5 * HOUR_US + 30 * MINUTE_US);
	/* 03:30 is skipped: no night without an end. */
	assert_true(local_time_next(SPRING_US, 210) > SPRING_US);
	assert_true(local_time_next(SPRING_US, 210) <= SPRING_US + 4 * HOUR_US);
	assert_int_equal(local_time_next(AUTUMN_US, 420),
			 AUTUMN_US + 6 * HOUR_US + 30 * MINUTE_US);
	use("UTC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utc_is_the_default_whatever_the_machine_says),
		cmocka_unit_test(zone_has_its_clock_day_and_name),
		cmocka_unit_test(unknown_zone_is_refused),
		cmocka_unit_test(next_minute_is_after_now),
		cmocka_unit_test(days_of_23_and_25_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
