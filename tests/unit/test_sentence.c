/*
 * Words are written into the room that there is, and cut between characters.
 */
#include "model/sentence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void pieces_follow_each_other(void **state)
{
	char out[32];
	struct sentence sentence = { .at = out, .room = sizeof(out) };

	(void)state;
	sentence_add(&sentence, "late by %d", 12);
	sentence_add(&sentence, " %s.", "minutes");
	assert_string_equal(out, "late by 12 minutes.");
	assert_int_equal(sentence.len, strlen(out));
}

/* Each room, of nothing but the zero to more than enough. */
static void no_room_cuts_a_character(void **state)
{
	static const char text[] = "a\u00e9\u20ac\U0001f697z"; /* 1 2 3 4 1 */
	static const size_t whole[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11 };

	(void)state;
	for (size_t room = 1; room <= 13; room++) {
		char out[16];
		struct sentence sentence = { .at = out, .room = room };
		size_t want = room <= 12 ? whole[room - 1] : 11;

		memset(out, '#', sizeof(out));
		sentence_add(&sentence, "%s", text);
		assert_int_equal(sentence.len, want);
		assert_int_equal(strlen(out), want);
		assert_memory_equal(out, text, want);
		assert_int_equal(out[room], '#');
	}
}

static void a_full_sentence_takes_no_more(void **state)
{
	char out[5];
	struct sentence sentence = { .at = out, .room = sizeof(out) };

	(void)state;
	sentence_add(&sentence, "%s", "12345678");
	sentence_add(&sentence, "%s", "9");
	assert_string_equal(out, "1234");
	assert_int_equal(sentence.len, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_follow_each_other),
		cmocka_unit_test(no_room_cuts_a_character),
		cmocka_unit_test(a_full_sentence_takes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
