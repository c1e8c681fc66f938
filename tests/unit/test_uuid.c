/*
 * Identifiers: RFC 9562's own example, and every way to write one wrongly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/uuid.h"

#define RFC_EXAMPLE "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"

static void makes_the_example_of_the_rfc(void **state)
{
	/* RFC 9562, appendix A.6: version and variant bits over random ones. */
	const uint8_t random[10] = { 0xfc, 0xc3, 0xd8, 0xc4, 0xdc,
				     0x0c, 0x0c, 0x07, 0x39, 0x8f };
	char text[UUID_TEXT_LEN + 1];
	struct uuid uuid;

	(void)state;
	uuid = uuid_make(INT64_C(0x017F22E279B0), random);
	uuid_format(text, &uuid);
	assert_string_equal(text, RFC_EXAMPLE);
}

static void later_ones_sort_behind(void **state)
{
	const uint8_t high[10] = { 255, 255, 255, 255, 255,
				   255, 255, 255, 255, 255 };
	const uint8_t low[10] = { 0 };
	struct uuid a, b;

	(void)state;
	for (int64_t ms = 1; ms < INT64_C(1) << 47; ms *= 3) {
		a = uuid_make(ms - 1, high);
		b = uuid_make(ms, low);
		assert_true(uuid_compare(&a, &b) < 0);
	}
	a = uuid_make(-5, low);
	b = uuid_make(0, low);
	assert_int_equal(uuid_compare(&a, &b), 0);
}

static void reads_what_it_writes(void **state)
{
	char text[UUID_TEXT_LEN + 1];
	struct uuid uuid = { { 0 } }, again;

	(void)state;
	assert_true(uuid_is_zero(&uuid));
	for (int i = 0; i < 256; i++) {
		memset(uuid.at, i, sizeof(uuid.at));
		uuid.at[15] = (uint8_t)(i * 7 + 1);
		uuid_format(text, &uuid);
		assert_int_equal(strlen(text), UUID_TEXT_LEN);
		assert_true(uuid_parse(&again, text, UUID_TEXT_LEN));
		assert_int_equal(uuid_compare(&uuid, &again), 0);
	}
	assert_false(uuid_is_zero(&uuid));
}

static void takes_either_case(void **state)
{
	struct uuid a, b;

	(void)state;
	assert_true(uuid_parse(&a, RFC_EXAMPLE, 36));
	assert_true(uuid_parse(&b, "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", 36));
	assert_int_equal(uuid_compare(&a, &b), 0);
}

static void refuses_anything_else(void **state)
{
	char text[] = RFC_EXAMPLE "0";
	struct uuid uuid = { { 1 } };

	(void)state;
	for (size_t len = 0; len <= 37; len++)
		if (len != UUID_TEXT_LEN)
			assert_false(uuid_parse(&uuid, text, len));
	for (size_t i = 0; i < UUID_TEXT_LEN; i++) {
		static const char wrong[] = "g-/:@`G \x80\xff{}";
		for (size_t j = 0; j < sizeof(wrong); j++) {
			const char kept = text[i];
			if (wrong[j] == kept)
				continue;
			text[i] = wrong[j];
			assert_false(uuid_parse(&uuid, text, UUID_TEXT_LEN));
			text[i] = kept;
		}
	}
	assert_int_equal(uuid.at[0], 1); /* untouched */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_the_example_of_the_rfc),
		cmocka_unit_test(later_ones_sort_behind),
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(takes_either_case),
		cmocka_unit_test(refuses_anything_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
