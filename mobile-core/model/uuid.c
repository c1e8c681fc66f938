/*
 * uuid: record identifiers, to and from text. Owns no clock and no random
 * numbers: they are handed in.
 */
#include "model/uuid.h"

#include <string.h>

/* Where the two digits of each byte stand among the 36 characters. */
static const uint8_t digits_at[16] = { 0,  2,  4,  6,  9,  11, 14, 16,
				       19, 21, 24, 26, 28, 30, 32, 34 };

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
	const uint8_t *at = (const uint8_t *)text;
	bool is_good = len == UUID_TEXT_LEN && at[8] == '-' && at[13] == '-' &&
		       at[18] == '-' && at[23] == '-';
	struct uuid uuid;

	for (size_t i = 0; is_good && i < sizeof(uuid.at); i++) {
		unsigned high = hex_value[at[digits_at[i]]];
		unsigned low = hex_value[at[digits_at[i] + 1]];
		is_good = high > 0 && low > 0;
		uuid.at[i] = (uint8_t)((high - 1) << 4 | (low - 1));
	}
	if (is_good)
		*out = uuid;
	return is_good;
}

void uuid_format(char out[UUID_TEXT_LEN + 1], const struct uuid *uuid)
{
	static const char digits[] = "0123456789abcdef";

	out[8] = out[13] = out[18] = out[23] = '-';
	for (size_t i = 0; i < sizeof(uuid->at); i++) {
		out[digits_at[i]] = digits[uuid->at[i] >> 4];
		out[digits_at[i] + 1] = digits[uuid->at[i] & 15];
	}
	out[UUID_TEXT_LEN] = 0;
}

bool uuid_is_zero(const struct uuid *uuid)
{
	static const struct uuid zero;

	return uuid_compare(uuid, &zero) == 0;
}
