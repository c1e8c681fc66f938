/*
 * Which bytes are text, and that a text is cut between its characters.
 */
#include "model/err.h"
#include "model/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void text_is_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool is_valid;
	} cases[] = {
		{ "", 0, true },
		{ "plain ASCII of some length", 26, true },
		{ "\x7f\x01\t", 3, true },
		{ "a\0b", 3, false },
		{ "12345678\0", 9, false },
		{ "1234567\0", 8, false },
		{ "\xd0\x96\xd1\x83\xd0\xba", 6, true },
		{ "12345678\xd0\x96", 10, true },
		{ "\xc2\x80", 2, true },
		{ "\xc1\xbf", 2, false },     /* overlong */
		{ "\xc0\x80", 2, false },     /* overlong NUL */
		{ "\xe0\x9f\xbf", 3, false }, /* overlong */
		{ "\xe0\xa0\x80", 3, true },
		{ "\xed\x9f\xbf", 3, true },
		{ "\xed\xa0\x80", 3, false }, /* surrogate */
		{ "\xef\xbf\xbf", 3, true },
		{ "\xf0\x8f\xbf\xbf", 4, false }, /* overlong */
		{ "\xf0\x9f\x98\x80", 4, true },
		{ "\xf4\x8f\xbf\xbf", 4, true },
		{ "\xf4\x90\x80\x80", 4, false }, /* above U+10FFFF */
		{ "\xf5\x80\x80\x80", 4, false },
		{ "\x80", 1, false },
		{ "\xff", 1, false },
		{ "\xd0", 1, false }, /* cut */
		{ "\xe2\x82", 2, false },
		{ "\xf0\x9f\x98", 3, false },
		{ "\xd0\x28", 2, false },
		{ "\xe2\x28\xa1", 3, false },
		{ "\xf0\x9f\x28\x80", 4, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(utf8_is_valid_text(cases[i].text,
						    cases[i].len),
				 cases[i].is_valid);
}

/* Words are looked at whole, and the last with what is before it: no place of
 * a text of any length is passed over, and nothing around it is read. */
static void a_bad_byte_is_seen_anywhere(void **state)
{
	static const char bad[] = { 0, '\x80', '\xc3', '\xff' };

	(void)state;
	for (size_t len = 1; len <= 24; len++) {
		char *exact = malloc(len);
		assert_non_null(exact);
		memset(exact, 'x', len);
		assert_true(utf8_is_valid_text(exact, len));
		for (size_t i = 0; i < len * sizeof(bad); i++) {
			exact[i / sizeof(bad)] = bad[i % sizeof(bad)];
			assert_false(utf8_is_valid_text(exact, len));
			exact[i / sizeof(bad)] = 'x';
		}
		free(exact);
	}
}

/* One to four bytes each: 1 2 3 4 1. */
static const char text[] = "a\u00e9\u20ac\U0001f697z";
static const size_t whole[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11 };

static void a_room_holds_whole_characters(void **state)
{
	(void)state;
	for (size_t room = 0; room <= 11; room++) {
		assert_int_equal(utf8_cut(text, 11, room), whole[room]);
		assert_int_equal(utf8_whole(text, room), whole[room]);
	}
	assert_int_equal(utf8_cut(text, 11, 100), 11);
	/* What lies behind isn't looked at. */
	assert_int_equal(utf8_cut("ab\x80", 2, 2), 2);
}

static void bytes_that_are_no_text_end(void **state)
{
	(void)state;
	assert_int_equal(utf8_cut("\x80\x80\x80", 3, 2), 0);
	assert_int_equal(utf8_whole("\x80\x80\x80", 3), 0);
}

/* An error's words go to clients, whose protobuf takes nothing but text. */
static void an_errors_words_are_text(void **state)
{
	struct outrider_err err;
	char name[2 * sizeof(err.text) + 1];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(name); i += 2)
		memcpy(name + i, "\u0436", 2);
	name[sizeof(name) - 1] = 0;
	for (size_t i = 0; i < 2; i++) {
		err_set(&err, OUTRIDER_NOT_FOUND, NULL, "%s%s", &"x"[i], name);
		assert_true(utf8_is_valid_text(err.text, strlen(err.text)));
		assert_true(strlen(err.text) + 2 >= sizeof(err.text) - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_utf8),
		cmocka_unit_test(a_bad_byte_is_seen_anywhere),
		cmocka_unit_test(a_room_holds_whole_characters),
		cmocka_unit_test(bytes_that_are_no_text_end),
		cmocka_unit_test(an_errors_words_are_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
