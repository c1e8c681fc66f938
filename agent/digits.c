/*
 * See digits.h.
 */
#include "digits.h"

bool digits_decimal(int *out, const char **at, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		const char c = (*at)[i];

		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	*at += n;
	*out = value;
	return true;
}

static bool nibble(unsigned *out, char c)
{
	if (c >= '0' && c <= '9')
		*out = (unsigned)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*out = (unsigned)(c - 'a') + 10;
	else if (c >= 'A' && c <= 'F')
		*out = (unsigned)(c - 'A') + 10;
	else
		return false;
	return true;
}

bool digits_byte(uint8_t *out, const char **at)
{
	unsigned high, low;

	if (!nibble(&high, (*at)[0]) || !nibble(&low, (*at)[1]))
		return false;
	*at += 2;
	*out = (uint8_t)(high << 4 | low);
	return true;
}

bool digits_skip(const char **at, char c)
{
	if (**at != c)
		return false;
	++*at;
	return true;
}
