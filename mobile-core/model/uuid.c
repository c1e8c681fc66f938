/*
 * uuid: record identifiers, to and from text. Owns no clock and no random
 * numbers: they are handed in.
 */
#include "model/uuid.h"

#include <string.h>

/* Where the hyphens stand in the 36 characters. */
static bool is_hyphen_at(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

struct uuid uuid_make(int64_t time_ms, const uint8_t random[10])
{
	uint64_t ms = time_ms > 0 ? (uint64_t)time_ms : 0;
	struct uuid uuid;

	for (size_t i = 0; i < 6; i++)
		uuid.at[i] = (uint8_t)(ms >> (40 - 8 * i));
	memcpy(uuid.at + 6, random, 10);
	uuid.at[6] = (uint8_t)((uuid.at[6] & 0x0f) | 0x70);
	uuid.at[8] = (uint8_t)((uuid.at[8] & 0x3f) | 0x80);
	return uuid;
}

/* The value of a hexadecimal digit plus one; 0 for anything else. */
static const uint8_t hex_value[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool uuid_parse(struct uuid *out, const char *text, size_t len)
{
	struct uuid uuid;
	size_t n = 0;

	if (len != UUID_TEXT_LEN)
		return false;
	for (size_t i = 0; i < UUID_TEXT_LEN;) {
		unsigned high, low;
		if (is_hyphen_at(i)) {
			if (text[i++] != '-')
				return false;
			continue;
		}
		high = hex_value[(uint8_t)text[i]];
		low = hex_value[(uint8_t)text[i + 1]];
		if (high == 0 || low == 0)
			return false;
		uuid.at[n++] = (uint8_t)((high - 1) << 4 | (low - 1));
		i += 2;
	}
	*out = uuid;
	return true;
}

void uuid_format(char out[UUID_TEXT_LEN + 1], const struct uuid *uuid)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < sizeof(uuid->at); i++) {
		if (is_hyphen_at(n))
			out[n++] = '-';
		out[n++] = digits[uuid->at[i] >> 4];
		out[n++] = digits[uuid->at[i] & 15];
	}
	out[n] = 0;
}

bool uuid_is_zero(const struct uuid *uuid)
{
	static const struct uuid zero;

	return uuid_compare(uuid, &zero) == 0;
}

int uuid_compare(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->at, b->at, sizeof(a->at));
}
