/*
 * fold: one table for letters with something on them, ranges for case.
 */
#include "model/fold.h"

#include <stdbool.h>
#include <stddef.h>

enum { NOT_A_LETTER = 0, VANISHES = 1 };

/* U+00C0 to U+017F: the letters that they are read as. */
static const char *const latin[] = {
	"a", "a", "a",	"a",  "a", "a", "ae", "c", /* U+00C0 */
	"e", "e", "e",	"e",  "i", "i", "i",  "i",
	"d", "n", "o",	"o",  "o", "o", "o",  "", /* U+00D0 */
	"o", "u", "u",	"u",  "u", "y", "th", "ss",
	"a", "a", "a",	"a",  "a", "a", "ae", "c", /* U+00E0 */
	"e", "e", "e",	"e",  "i", "i", "i",  "i",
	"d", "n", "o",	"o",  "o", "o", "o",  "", /* U+00F0 */
	"o", "u", "u",	"u",  "u", "y", "th", "y",
	"a", "a", "a",	"a",  "a", "a", "c",  "c", /* U+0100 */
	"c", "c", "c",	"c",  "c", "c", "d",  "d",
	"d", "d", "e",	"e",  "e", "e", "e",  "e", /* U+0110 */
	"e", "e", "e",	"e",  "g", "g", "g",  "g",
	"g", "g", "g",	"g",  "h", "h", "h",  "h", /* U+0120 */
	"i", "i", "i",	"i",  "i", "i", "i",  "i",
	"i", "i", "ij", "ij", "j", "j", "k",  "k", /* U+0130 */
	"k", "l", "l",	"l",  "l", "l", "l",  "l",
	"l", "l", "l",	"n",  "n", "n", "n",  "n", /* U+0140 */
	"n", "n", "n",	"n",  "o", "o", "o",  "o",
	"o", "o", "oe", "oe", "r", "r", "r",  "r", /* U+0150 */
	"r", "r", "s",	"s",  "s", "s", "s",  "s",
	"s", "s", "t",	"t",  "t", "t", "t",  "t", /* U+0160 */
	"u", "u", "u",	"u",  "u", "u", "u",  "u",
	"u", "u", "u",	"u",  "w", "w", "y",  "y", /* U+0170 */
	"y", "z", "z",	"z",  "z", "z", "z",  "s",
};

_Static_assert(sizeof(latin) / sizeof(latin[0]) == 0x180 - 0xc0, "latin");

/* Single letters of other ranges. */
static const struct {
	uint32_t from, to;
} letters[] = {
	{ 0x386, 0x3b1 },
	{ 0x388, 0x3b5 },
	{ 0x389, 0x3b7 },
	{ 0x38a, 0x3b9 },
	{ 0x38c, 0x3bf },
	{ 0x38e, 0x3c5 },
	{ 0x38f, 0x3c9 },
	{ 0x390, 0x3b9 },
	{ 0x3aa, 0x3b9 },
	{ 0x3ab, 0x3c5 },
	{ 0x3ac, 0x3b1 },
	{ 0x3ad, 0x3b5 },
	{ 0x3ae, 0x3b7 },
	{ 0x3af, 0x3b9 },
	{ 0x3b0, 0x3c5 },
	{ 0x3c2, 0x3c3 },
	{ 0x3ca, 0x3b9 },
	{ 0x3cb, 0x3c5 },
	{ 0x3cc, 0x3bf },
	{ 0x3cd, 0x3c5 },
	{ 0x3ce, 0x3c9 },
	/* Cyrillic, small letters: what the capitals become first. */
	{ 0x439, 0x438 }, /* й: и */
	{ 0x450, 0x435 }, /* ѐ: е */
	{ 0x451, 0x435 }, /* ё: е */
	{ 0x453, 0x433 }, /* ѓ: г */
	{ 0x457, 0x456 }, /* ї: і */
	{ 0x45c, 0x43a }, /* ќ: к */
	{ 0x45d, 0x438 }, /* ѝ: и */
	{ 0x45e, 0x443 }, /* ў: у */
	{ 0x491, 0x433 }, /* ґ: г */
};

/* Capitals that lie a fixed way before their small letters. */
static uint32_t lower(uint32_t c)
{
	if (c >= 0x391 && c <= 0x3a9)
		return c + 0x20; /* Greek */
	if (c >= 0x410 && c <= 0x42f)
		return c + 0x20; /* А to Я */
	if (c >= 0x400 && c <= 0x40f)
		return c + 0x50; /* Ѐ to Џ */
	/* In pairs, capital first. */
	if ((c >= 0x460 && c <= 0x481) || (c >= 0x48a && c <= 0x4bf) ||
	    (c >= 0x4d0 && c <= 0x52f) || (c >= 0x1e00 && c <= 0x1eff))
		return c | 1;
	return c;
}

/* The next character of valid UTF-8; anything else gives bytes. */
static uint32_t next_char(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = *at;
	size_t more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : p[0] >= 0xc0;
	uint32_t c = p[0];

	if (more >= (size_t)(end - p))
		more = 0;
	if (more > 0)
		c &= 0x3fU >> more;
	for (size_t i = 1; i <= more; i++)
		c = c << 6 | (p[i] & 0x3f);
	*at = p + 1 + more;
	return c;
}

static void put_char(struct buffer *out, uint32_t c)
{
	uint8_t at[4];
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (len == 1) {
		at[0] = (uint8_t)c;
	} else {
		for (size_t i = len - 1; i > 0; i--, c >>= 6)
			at[i] = (uint8_t)(0x80 | (c & 0x3f));
		at[0] = (uint8_t)(0xf00U >> len | c);
	}
	buffer_append(out, at, len);
}

/* ASCII, folded. */
static const uint8_t plain[0x80] = {
	['\''] = VANISHES, ['`'] = VANISHES,

	['0'] = '0',	   ['1'] = '1',	     ['2'] = '2', ['3'] = '3',
	['4'] = '4',	   ['5'] = '5',	     ['6'] = '6', ['7'] = '7',
	['8'] = '8',	   ['9'] = '9',

	['a'] = 'a',	   ['b'] = 'b',	     ['c'] = 'c', ['d'] = 'd',
	['e'] = 'e',	   ['f'] = 'f',	     ['g'] = 'g', ['h'] = 'h',
	['i'] = 'i',	   ['j'] = 'j',	     ['k'] = 'k', ['l'] = 'l',
	['m'] = 'm',	   ['n'] = 'n',	     ['o'] = 'o', ['p'] = 'p',
	['q'] = 'q',	   ['r'] = 'r',	     ['s'] = 's', ['t'] = 't',
	['u'] = 'u',	   ['v'] = 'v',	     ['w'] = 'w', ['x'] = 'x',
	['y'] = 'y',	   ['z'] = 'z',

	['A'] = 'a',	   ['B'] = 'b',	     ['C'] = 'c', ['D'] = 'd',
	['E'] = 'e',	   ['F'] = 'f',	     ['G'] = 'g', ['H'] = 'h',
	['I'] = 'i',	   ['J'] = 'j',	     ['K'] = 'k', ['L'] = 'l',
	['M'] = 'm',	   ['N'] = 'n',	     ['O'] = 'o', ['P'] = 'p',
	['Q'] = 'q',	   ['R'] = 'r',	     ['S'] = 's', ['T'] = 't',
	['U'] = 'u',	   ['V'] = 'v',	     ['W'] = 'w', ['X'] = 'x',
	['Y'] = 'y',	   ['Z'] = 'z',
};

/* The folded letter or digit; NOT_A_LETTER; or VANISHES. */
static uint32_t fold_letter(uint32_t c)
{
	if (c < 0x80)
		return plain[c];
	/* Apostrophes, soft hyphen, marks set upon the letter before. */
	if (c == 0xad || c == 0xb4 || c == 0x2019 || c == 0x2bc ||
	    c == 0x2018 || (c >= 0x300 && c <= 0x36f))
		return VANISHES;
	/* Signs, spaces, punctuation. */
	if (c < 0xc0 || (c >= 0x2000 && c <= 0x2bff) ||
	    (c >= 0x3000 && c <= 0x3003) || (c >= 0x3008 && c <= 0x3011) ||
	    (c >= 0xff00 && c <= 0xff0f) || c >= 0x1f000)
		return c == 0xaa || c == 0xba || c == 0xb5 ? c : NOT_A_LETTER;
	c = lower(c);
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].from == c)
			return letters[i].to;
	return c;
}

/*
 * ASCII as far as it goes, which is most of what there is, into room that is
 * there already: a word of one letter takes two bytes. Returns where it ended.
 */
static const uint8_t *put_plain(struct buffer *out, bool *is_inside,
				const uint8_t *at, const uint8_t *end)
{
	bool is_in_word = *is_inside;
	uint8_t *to;

	if (at == end || out->is_full ||
	    out->room - out->len < 2 * (size_t)(end - at))
		return at;
	to = out->at + out->len;
	for (; at < end && *at < 0x80; at++) {
		uint8_t letter = plain[*at];

		if (letter == VANISHES)
			continue;
		/* One too many is written over. */
		*to = ' ';
		to += (letter != NOT_A_LETTER) & !is_in_word;
		is_in_word = letter != NOT_A_LETTER;
		*to = letter;
		to += is_in_word;
	}
	out->len = (size_t)(to - out->at);
	*is_inside = is_in_word;
	return at;
}

void fold_words(struct buffer *out, struct bytes text)
{
	const uint8_t *at = text.at, *end = text.at + text.len;
	bool is_inside = false;

	if (text.len == 0)
		return;
	while ((at = put_plain(out, &is_inside, at, end)) < end) {
		uint32_t c = next_char(&at, end), letter;
		const char *many = NULL;
		if (c >= 0xc0 && c < 0x180) {
			many = latin[c - 0xc0];
			letter = *many != 0 ? (uint32_t)*many : NOT_A_LETTER;
		} else {
			letter = fold_letter(c);
		}
		if (letter == VANISHES)
			continue;
		if (letter == NOT_A_LETTER) {
			is_inside = false;
			continue;
		}
		if (!is_inside)
			put_char(out, ' ');
		is_inside = true;
		for (; many != NULL && *many != 0; many++)
			put_char(out, (uint32_t)*many);
		if (many == NULL)
			put_char(out, letter);
	}
}

void fold_digits(struct buffer *out, struct bytes text)
{
	uint8_t *to = buffer_reserve(out, text.len);

	if (to == NULL)
		return;
	for (size_t i = 0; i < text.len; i++) {
		*to = text.at[i];
		to += text.at[i] >= '0' && text.at[i] <= '9';
	}
	out->len = (size_t)(to - out->at);
}
