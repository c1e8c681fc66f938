/*
 * handle: what people write, and what is the same of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/handle.h"

static struct bytes bytes_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static bool is_same(const char *a, const char *b)
{
	uint8_t key_a[HANDLE_KEY_MAX], key_b[HANDLE_KEY_MAX];
	struct handle x, y;
	size_t len_a, len_b;
	bool same;

	assert_true(handle_read(&x, bytes_of(a)));
	assert_true(handle_read(&y, bytes_of(b)));
	same = handle_is_same(&x, &y);
	assert_int_equal(same, handle_is_same(&y, &x));
	assert_true(handle_is_same(&x, &x));
	/* What is the same is found by the same key. */
	len_a = handle_key(key_a, &x);
	len_b = handle_key(key_b, &y);
	if (same) {
		assert_int_equal(len_a, len_b);
		assert_memory_equal(key_a, key_b, len_a);
	}
	return same;
}

static void a_number_in_any_writing(void **state)
{
	static const char *const ways[] = {
		"+380 50 222 33 44",
		"+380502223344",
		"+38 (050) 222-33-44",
		"00380 50 222 33 44",
		"050 222 33 44",
		"(050) 222\u201133\u201144",
		"tel:+380-50-222-33-44",
		"+380502223344 ext. 12",
		"+380502223344;phone=ctx",
		"380502223344",
		"0502223344#7",
		"502223344",
	};
	const size_t n = sizeof(ways) / sizeof(ways[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		/* The one without "+", 0 and country is of no certain kind:
		 * "380502223344" dialled at home would be another number. */
		for (size_t k = 0; k < n; k++) {
			bool is_doubtful = strcmp(ways[i], "380502223344") ==
						   0 ||
					   strcmp(ways[k], "380502223344") == 0;
			if (!is_doubtful)
				assert_true(is_same(ways[i], ways[k]));
		}
		assert_false(is_same(ways[i], "+380 50 222 33 45"));
		assert_false(is_same(ways[i], "+7 916 123 45 67"));
	}
	assert_true(is_same("380502223344", "+380 50 222 33 44"));
}

static void countries(void **state)
{
	(void)state;
	assert_true(is_same("8 (916) 123-45-67", "+7 916 123 45 67"));
	assert_true(is_same("030 1234567", "+49 30 1234567"));
	assert_true(is_same("+44 (0)20 7946 0958", "+442079460958"));
	assert_true(is_same("020 7946 0958", "+44 (0)20 7946 0958"));
	assert_true(is_same("(212) 555-0123", "+1 212 555 0123"));
	/* The same national number of two countries is two numbers. */
	assert_false(is_same("+1 916 123 45 67", "+7 916 123 45 67"));
	/* A part of a number isn't the number. */
	assert_false(is_same("2223344", "+380 50 222 33 44"));
	assert_false(is_same("23344", "+380 50 222 33 44"));
	/* Short ones are the same as they stand. */
	assert_true(is_same("101", "1-0-1"));
	assert_false(is_same("101", "+38 101"));
}

static void addresses(void **state)
{
	(void)state;
	assert_true(is_same(" Olena@Zernoprom.EXAMPLE ",
			    "olena@zernoprom.example"));
	assert_false(
		is_same("olena@zernoprom.example", "olena2@zernoprom.example"));
	assert_false(is_same("0502223344@sms.example", "0502223344"));
}

static void what_is_neither(void **state)
{
	char long_one[HANDLE_TEXT_MAX + 2];
	struct handle handle;

	(void)state;
	assert_false(handle_read(&handle, bytes_of("")));
	assert_false(handle_read(&handle, bytes_of("Petrov")));
	assert_false(handle_read(&handle, bytes_of("12")));
	assert_false(handle_read(&handle, bytes_of("+")));
	assert_false(handle_read(&handle, bytes_of("123456789012345678901")));
	memset(long_one, 'a', sizeof(long_one));
	long_one[3] = '@';
	assert_false(
		handle_read(&handle, (struct bytes){ (const uint8_t *)long_one,
						     HANDLE_TEXT_MAX + 1 }));
	assert_true(
		handle_read(&handle, (struct bytes){ (const uint8_t *)long_one,
						     HANDLE_TEXT_MAX }));
	assert_int_equal(handle.len, HANDLE_TEXT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_in_any_writing),
		cmocka_unit_test(countries),
		cmocka_unit_test(addresses),
		cmocka_unit_test(what_is_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
