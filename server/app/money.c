/*
 * Currencies' decimals, and amounts as texts.
 */
#include "app/money.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { DECIMALS_USUAL = 2 };

/* ISO 4217:2015, list one: the currencies that don't have two decimals. */
static const struct {
	char code[4];
	int decimals;
} unusual[] = {
	{ "BHD", 3 }, { "BIF", 0 }, { "CLF", 4 }, { "CLP", 0 }, { "DJF", 0 },
	{ "GNF", 0 }, { "IQD", 3 }, { "ISK", 0 }, { "JOD", 3 }, { "JPY", 0 },
	{ "KMF", 0 }, { "KRW", 0 }, { "KWD", 3 }, { "LYD", 3 }, { "OMR", 3 },
	{ "PYG", 0 }, { "RWF", 0 }, { "TND", 3 }, { "UGX", 0 }, { "UYI", 0 },
	{ "UYW", 4 }, { "VND", 0 }, { "VUV", 0 }, { "XAF", 0 }, { "XOF", 0 },
	{ "XPF", 0 },
};

int money_decimals(const char code[4])
{
	for (size_t i = 0; i < sizeof(unusual) / sizeof(unusual[0]); i++)
		if (strcmp(unusual[i].code, code) == 0)
			return unusual[i].decimals;
	return DECIMALS_USUAL;
}

void money_text(char out[MONEY_TEXT_LEN], int64_t amount_minor,
		const char code[4])
{
	bool is_negative = amount_minor < 0;
	uint64_t left = is_negative ? -(uint64_t)amount_minor
				    : (uint64_t)amount_minor;
	int decimals = money_decimals(code);
	char text[MONEY_TEXT_LEN];
	char *at = text + sizeof(text) - 1;

	/* From the last digit to the first; a zero stands before the point. */
	*at = '\0';
	for (int n = 0; left > 0 || n <= decimals; n++) {
		if (n > decimals && (n - decimals) % 3 == 0)
			*--at = ',';
		*--at = (char)('0' + left % 10);
		left /= 10;
		if (n + 1 == decimals)
			*--at = '.';
	}
	snprintf(out, MONEY_TEXT_LEN, "%s%s %.3s", is_negative ? "-" : "", at,
		 code);
}
