/*
 * Times as people say them to the agent, in a zone that has a summer.
 */
#define _DEFAULT_SOURCE /* setenv, tzset */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "times.h"

/* Monday, 23 November 2026, 10:00 in a zone two hours before UTC. */
#define NOW_US	  (INT64_C(1795420800) * 1000000)
#define MINUTE_US (INT64_C(60) * 1000000)
#define DAY_US	  (1440 * MINUTE_US)

static int zone(void **state)
{
	(void)state;
	/* Two hours before UTC, three from March's last Sunday at 3 to
	 * October's at 4. */
	setenv("TZ", "EET-2EEST,M3.5.0/3,M10.5.0/4", 1);
	tzset();
	return 0;
}

static void what_people_say(void **state)
{
	static const struct {
		const char *said;
		int64_t us;
	} known[] = {
		{ "14:05", NOW_US + 245 * MINUTE_US },
		{ "9:30", NOW_US - 30 * MINUTE_US },
		{ "today 14:05", NOW_US + 245 * MINUTE_US },
		{ "tomorrow 14:05", NOW_US + DAY_US + 245 * MINUTE_US },
		{ "yesterday 14:05", NOW_US - DAY_US + 245 * MINUTE_US },
		{ "2026-11-23 14:05", NOW_US + 245 * MINUTE_US },
		{ "2026-11-23 9:30", NOW_US - 30 * MINUTE_US },
		{ "2026-11-23T14:05", NOW_US + 245 * MINUTE_US },
		{ "2026-11-23T12:05:00Z", NOW_US + 245 * MINUTE_US },
		{ "2026-11-23T14:05:00.25+02:00",
		  NOW_US + 245 * MINUTE_US + 250000 },
		{ "2026-07-01 12:00", INT64_C(1782896400) * 1000000 },
		{ "2024-02-29 00:00", INT64_C(1709157600) * 1000000 },
	};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_true(times_parse_near(&us, known[i].said, NOW_US));
		assert_int_equal(us, known[i].us);
	}
}

static void what_is_no_time(void **state)
{
	static const char *const nonsense[] = {
		"",
		"14",
		"1400",
		"1795420800",
		"24:00",
		"14:60",
		"14:05:00",
		"123:00",
		"14:05 ",
		"tomorrow",
		"tomorrow ",
		"tomorrow14:05",
		"tomorrow 2026-11-23 14:05",
		"morrow 14:05",
		"2026-11-23",
		"2026-02-31 14:05",
		"2026-02-29T12:00:00Z",
		"2026-03-29 03:30", /* the clocks go from 3 to 4 */
		"2026-11-23 14:05 GMT",
		"-9:30",
	};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++)
		assert_false(times_parse_near(&us, nonsense[i], NOW_US));
}

/* The day is the calendar's, whatever the clocks did in between. */
static void over_the_change_of_clocks(void **state)
{
	const int64_t saturday_us = INT64_C(1774692000) * 1000000; /* 12:00 */
	int64_t us;

	(void)state;
	assert_true(times_parse_near(&us, "tomorrow 12:00", saturday_us));
	assert_int_equal(us - saturday_us, DAY_US - 60 * MINUTE_US);
	assert_false(times_parse_near(&us, "tomorrow 03:30", saturday_us));
}

static void what_files_say(void **state)
{
	int64_t us;

	(void)state;
	assert_true(times_parse(&us, "1795420800.5"));
	assert_int_equal(us, NOW_US + 500000);
	/* A receiver may have it; it is the minute's last second here. */
	assert_true(times_parse(&us, "2016-12-31T23:59:60Z"));
	assert_int_equal(us, INT64_C(1483228800) * 1000000);
	assert_false(times_parse(&us, "2016-02-30T23:59:00Z"));
}

/* What is shown can be said again; nothing below a second is lost on the way
 * to the core. */
static void there_and_back(void **state)
{
	char shown[40], exact[40];
	int64_t us;

	(void)state;
	times_shown(shown, NOW_US + 245 * MINUTE_US);
	assert_string_equal(shown, "Mon 2026-11-23 14:05");
	assert_true(times_parse_near(&us, shown + 4, 0));
	assert_int_equal(us, NOW_US + 245 * MINUTE_US);
	times_shown(shown, NOW_US + 7000000);
	assert_string_equal(shown, "Mon 2026-11-23 10:00:07");
	assert_true(times_parse_near(&us, shown + 4, 0));
	assert_int_equal(us, NOW_US + 7000000);

	times_exact(exact, NOW_US);
	assert_string_equal(exact, "2026-11-23T08:00:00Z");
	times_exact(exact, NOW_US + 1);
	assert_string_equal(exact, "2026-11-23T08:00:00.000001Z");
	times_exact(exact, -1);
	assert_string_equal(exact, "1969-12-31T23:59:59.999999Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_say),
		cmocka_unit_test(what_is_no_time),
		cmocka_unit_test(over_the_change_of_clocks),
		cmocka_unit_test(what_files_say),
		cmocka_unit_test(there_and_back),
	};

	return cmocka_run_group_tests(tests, zone, NULL);
}
