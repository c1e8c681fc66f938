/*
 * How texts are folded: which letters count as the same, what parts words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/fold.h"

static struct bytes text_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static const char *folded(const char *text)
{
	static char out[200];
	struct buffer words;

	buffer_init(&words, &allocator_libc, 4096);
	fold_words(&words, text_of(text));
	assert_true(words.len < sizeof(out));
	if (words.len > 0)
		memcpy(out, words.at, words.len);
	out[words.len] = 0;
	buffer_free(&words);
	return out;
}

static void folding(void **state)
{
	(void)state;
	assert_string_equal(folded("Ivan PETROV"), " ivan petrov");
	assert_string_equal(folded("  (Ivan)--Petrov, "), " ivan petrov");
	assert_string_equal(folded(""), "");
	assert_string_equal(folded("!?"), "");
	assert_string_equal(folded("Щёкина"), " щекина");
	assert_string_equal(folded("ЩЁКИНА"), " щекина");
	assert_string_equal(folded("Андрей"), " андреи");
	/* И and a breve set upon it. */
	assert_string_equal(folded("Андре\xd0\xb8\xcc\x86"), " андреи");
	assert_string_equal(folded("Їжакевич Ґалаґан"), " іжакевич галаган");
	assert_string_equal(folded("М'ята М’ята"), " мята мята");
	assert_string_equal(folded("Ђорђе Ћосић"), " ђорђе ћосић");
	assert_string_equal(folded("Žižkov Ángström"), " zizkov angstrom");
	assert_string_equal(folded("A\xcc\x8angstro\xcc\x88m"), " angstrom");
	assert_string_equal(folded("Straße Œuvre Ærø"), " strasse oeuvre aero");
	assert_string_equal(folded("Łódź İstanbul"), " lodz istanbul");
	assert_string_equal(folded("Αθήνα ΑΘΗΝΑΣ"), " αθηνα αθηνασ");
	assert_string_equal(folded("2½ m×3"), " 2 m 3");
	assert_string_equal(folded("東京 カフェ"), " 東京 カフェ");
	assert_string_equal(folded("a\xff z"), " ay z"); /* no UTF-8 */
}

/* Every character alone: nothing is read past the end. */
static void folding_cut_characters(void **state)
{
	char text[5] = { 0 };

	(void)state;
	for (int a = 0xc0; a < 0x100; a++)
		for (int b = 1; b < 0x100; b += 7) {
			text[0] = (char)a;
			text[1] = (char)b;
			text[2] = 0;
			(void)folded(text);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folding),
		cmocka_unit_test(folding_cut_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
