/*
 * Telephone numbers as people write them in several countries, and what is
 * none; several threads at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "phone/phone_number.h"

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

struct writing {
	const char *region, *text;
	const char *e164; /* "": none */
};

static const struct writing writings[] = {
	/* One number in every dress. */
	{ "UA", "+380671234567", "+380671234567" },
	{ "UA", "067 123 45 67", "+380671234567" },
	{ "UA", "(067) 123-45-67", "+380671234567" },
	{ "UA", "067/123.45.67", "+380671234567" },
	{ "UA", "380671234567", "+380671234567" },
	{ "UA", "00380671234567", "+380671234567" },
	{ "UA", "  +38 (067) 123-45-67  ", "+380671234567" },
	{ "UA", "tel:067-123-45-67", "+380671234567" },
	{ "UA",
	  "067\xc2\xa0"
	  "123\xc2\xa0"
	  "45 67",
	  "+380671234567" },
	{ "UA",
	  "067\xe2\x80\x91"
	  "123\xe2\x80\x91"
	  "4567",
	  "+380671234567" },
	{ "PL", "00 380 67 123 45 67", "+380671234567" },
	{ "US", "011 380 67 123 45 67", "+380671234567" },
	/* Digits of other scripts. */
	{ "UA",
	  "\xef\xbc\x8b\xef\xbc\x93\xef\xbc\x98\xef\xbc\x90"
	  "671234567",
	  "+380671234567" },
	/* Extensions are left out. */
	{ "UA", "067 123 45 67 ext. 5", "+380671234567" },
	{ "UA", "067 123 45 67 x12", "+380671234567" },
	{ "UA", "067 123 45 67 \xd0\xb4\xd0\xbe\xd0\xb1. 12", "+380671234567" },
	{ "UA", "tel:067-123-45-67;ext=5", "+380671234567" },
	/* Letters of the keys. */
	{ "UA", "0 800 CALL ME", "+380800225563" },
	{ "US", "1-800-FLOWERS", "+18003569377" },
	/* Other countries, their zeros and their prefixes. */
	{ "DE", "030 123456", "+4930123456" },
	{ "UA", "+49 (0)30 123456", "+4930123456" },
	{ "IT", "02 1234567", "+39021234567" },
	{ "GB", "020 7946 0958", "+442079460958" },
	{ "FR", "01 23 45 67 89", "+33123456789" },
	{ "ES", "912 345 678", "+34912345678" },
	{ "US", "(650) 253-0000", "+16502530000" },
	{ "KZ", "8 (701) 123-45-67", "+77011234567" },
	{ "TR", "0532 123 45 67", "+905321234567" },
	{ "UA", "+800 1234 5678", "+80012345678" },
	/* Without a region, a + says it all. */
	{ "", "+380 67 123 45 67", "+380671234567" },
	{ "", "067 123 45 67", "" },
	{ "", "00380671234567", "" },
	{ "", "380671234567", "" },
	/* Good in their town or country only. */
	{ "UA", "112", "" },
	{ "UA", "101", "" },
	{ "US", "253-0000", "" },
	{ "UA", "234-56-78", "" },
	/* Too short, too long, of no country. */
	{ "UA", "+380 67 123 45 6", "" },
	{ "UA", "+380 67 123 45 678 9", "" },
	{ "UA", "12345678901234567890", "" },
	{ "UA", "+999 123456789", "" },
	/* No numbers. */
	{ "UA", "", "" },
	{ "UA", " ", "" },
	{ "UA", "+", "" },
	{ "UA", "hello", "" },
	{ "UA", "anna@example.com", "" },
	{ "UA", "\xff\xfe\xf0", "" },
};

static void every_writing_comes_to_one_form(void **state)
{
	size_t n_wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(writings); i++) {
		const struct writing *w = &writings[i];
		struct bytes text = { (const uint8_t *)w->text,
				      strlen(w->text) };
		char out[PHONE_NUMBER_MAX];
		bool is_number = phone_number_e164(out, text, w->region);

		if (strcmp(out, w->e164) == 0 && is_number == (*w->e164 != 0))
			continue;
		print_error("%s '%s': '%s', not '%s'\n", w->region, w->text,
			    out, w->e164);
		n_wrong++;
	}
	assert_int_equal(n_wrong, 0);
}

/* Texts are bytes with a length; what lies behind is not read. */
static void a_text_ends_where_it_says(void **state)
{
	static const char text[] = "+380671234567999";
	struct bytes front = { (const uint8_t *)text, 13 };
	char out[PHONE_NUMBER_MAX], *far = NULL;

	(void)state;
	assert_true(phone_number_e164(out, front, ""));
	assert_string_equal(out, "+380671234567");
	far = malloc(5000);
	assert_non_null(far);
	memset(far, '1', 5000);
	front = (struct bytes){ (const uint8_t *)far, 5000 };
	assert_false(phone_number_e164(out, front, "UA"));
	assert_string_equal(out, "");
	free(far);
}

static void regions_are_known(void **state)
{
	static const char *const unknown[] = { "",   "U",   "ua", "XX",
					       "ZZ", "UKR", "001" };

	(void)state;
	assert_true(phone_region_is_known("UA"));
	assert_true(phone_region_is_known("US"));
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
		assert_false(phone_region_is_known(unknown[i]));
}

static void *read_many(void *user)
{
	size_t *n_wrong = user;

	for (size_t round = 0; round < 50; round++) {
		for (size_t i = 0; i < ARRAY_LEN(writings); i++) {
			const struct writing *w = &writings[i];
			struct bytes text = { (const uint8_t *)w->text,
					      strlen(w->text) };
			char out[PHONE_NUMBER_MAX];

			phone_number_e164(out, text, w->region);
			*n_wrong += strcmp(out, w->e164) != 0;
		}
	}
	return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
	pthread_t threads[4];
	size_t n_wrong[ARRAY_LEN(threads)] = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_many,
						&n_wrong[i]),
				 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(n_wrong[i], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: they find the library as it starts. */
		cmocka_unit_test(threads_do_not_disturb_each_other),
		cmocka_unit_test(every_writing_comes_to_one_form),
		cmocka_unit_test(a_text_ends_where_it_says),
		cmocka_unit_test(regions_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
