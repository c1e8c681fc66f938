/*
 * Instants: text and microseconds, there and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/instant.h"

static bool read(int64_t *us, const char *text)
{
	return instant_parse(
		us, (struct bytes){ (const uint8_t *)text, strlen(text) },
		false);
}

static void times(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} both[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ INT64_C(1780300800000000), "2026-06-01T08:00:00Z" },
		{ INT64_C(951782399000000), "2000-02-28T23:59:59Z" },
		{ INT64_C(951868800000000), "2000-03-01T00:00:00Z" },
		{ INT64_C(1709164800000000), "2024-02-29T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59.999999Z" },
		{ INT64_C(-62135596800000000), "0001-01-01T00:00:00Z" },
		{ INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z" },
		{ INT64_C(1500000), "1970-01-01T00:00:01.500Z" },
	};
	static const char *const wrong[] = { "",
					     "2026-06-01",
					     "2026-06-01T08:00:00",
					     "2026-13-01T08:00:00Z",
					     "2026-02-29T08:00:00Z",
					     "2026-06-01T24:00:00Z",
					     "2026-06-01T08:60:00Z",
					     "2026-06-01T08:00:00Zx",
					     "2026-06-01T08:00:00.Z",
					     "26-06-01T08:00:00Z",
					     "2026-06-01T08:00:00+1:00",
					     "0000-01-01T00:00:00Z" };
	char text[INSTANT_MAX];
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		instant_print(text, both[i].us);
		assert_string_equal(text, both[i].text);
		assert_true(read(&us, text));
		assert_int_equal(us, both[i].us);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(read(&us, wrong[i]));
	assert_true(read(&us, "2026-06-01 10:00:00.25+02:00"));
	assert_int_equal(us, INT64_C(1780300800250000));
	/* Each day for four centuries there and back. */
	for (int64_t day = -100000; day < 146097; day++) {
		instant_print(text, day * INT64_C(86400000000));
		assert_true(read(&us, text));
		assert_int_equal(us, day * INT64_C(86400000000));
	}
}

static void dates(void **state)
{
	const struct bytes date = { (const uint8_t *)"2026-06-01", 10 };
	int64_t us;

	(void)state;
	assert_true(instant_parse(&us, date, true));
	assert_int_equal(us, INT64_C(1780272000000000));
	assert_false(instant_parse(&us, (struct bytes){ date.at, 9 }, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
