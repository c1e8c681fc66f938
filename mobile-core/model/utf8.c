/*
 * utf8: see utf8.h.
 */
#include "model/utf8.h"

#include <stdint.h>
#include <string.h>

/* How many bytes the character has that begins so. */
static size_t len_by(uint8_t first)
{
	return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

static bool is_inside(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* The bytes of a character above 127 at at; 0 if it is not well formed. */
static size_t valid_len(const uint8_t *at, size_t left)
{
	size_t len = len_by(at[0]);

	/* C0 and C1 would be overlong; above F4 lies nothing. */
	if (at[0] < 0xc2 || at[0] > 0xf4 || len > left)
		return 0;
	for (size_t i = 1; i < len; i++)
		if (!is_inside(at[i]))
			return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) || /* overlong */
	    (at[0] == 0xed && at[1] > 0x9f) || /* surrogates */
	    (at[0] == 0xf0 && at[1] < 0x90) || /* overlong */
	    (at[0] == 0xf4 && at[1] > 0x8f))   /* above U+10FFFF */
		return 0;
	return len;
}

/* Eight characters of 1 to 127. */
static bool is_plain_word(const uint8_t *at)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return (((word - ones) | word) & ones << 7) == 0;
}

/* The same for a text of 4 to 8. */
static bool is_plain_short(const uint8_t *at, size_t len)
{
	uint8_t both[8];

	memcpy(both, at, 4);
	memcpy(both + 4, at + len - 4, 4);
	return is_plain_word(both);
}

bool utf8_is_valid_text(const char *text, size_t len)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t i = 0;

	if (len >= 4 && len <= 8 && is_plain_short(at, len))
		return true;
	while (i < len) {
		size_t n = 1;
		if (len - i >= 8 && is_plain_word(at + i)) {
			i += 8;
			continue;
		}
		/* The last few with those before them. */
		if (i >= 8 && len - i < 8 && is_plain_word(at + len - 8))
			return true;
		if (at[i] >= 0x80)
			n = valid_len(at + i, len - i);
		if (n == 0 || at[i] == 0)
			return false;
		i += n;
	}
	return true;
}

size_t utf8_cut(const void *at, size_t len, size_t max)
{
	const uint8_t *bytes = at;

	if (len <= max)
		return len;
	while (max > 0 && is_inside(bytes[max]))
		max--;
	return max;
}

size_t utf8_whole(const void *at, size_t len)
{
	const uint8_t *bytes = at;
	size_t first = len;

	while (first > 0 && is_inside(bytes[first - 1]))
		first--;
	if (first == 0)
		return 0;
	first--;
	return len - first < len_by(bytes[first]) ? first : len;
}
