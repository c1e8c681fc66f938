/*
 * Amounts as people write them, "1250.50 EUR", in minor units.
 */
#include "app/filter_parts.h"
#include "app/money.h"

#include <string.h>

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

bool filter_parse_integer(int64_t *out, struct bytes text)
{
	bool is_negative = text.len > 0 && text.at[0] == '-';
	size_t i = is_negative || (text.len > 0 && text.at[0] == '+');
	int64_t value = 0;

	if (i == text.len)
		return false;
	/* Below zero all the way: there is one more number there. */
	for (; i < text.len; i++) {
		int digit = text.at[i] - '0';

		if (!is_digit(text.at[i]) || value < (INT64_MIN + digit) / 10)
			return false;
		value = value * 10 - digit;
	}
	if (!is_negative && value == INT64_MIN)
		return false;
	*out = is_negative ? value : -value;
	return true;
}

static bool is_code(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < 'A' || text.at[i] > 'Z')
			return false;
	return text.len == 3;
}

/* "1250.50" and "EUR". False: it is not made so. */
static bool split(struct bytes *number, struct bytes *code, struct bytes text)
{
	size_t i = 0;

	while (i < text.len && text.at[i] != ' ')
		i++;
	*number = (struct bytes){ text.at, i };
	while (i < text.len && text.at[i] == ' ')
		i++;
	*code = (struct bytes){ text.at + i, text.len - i };
	return is_code(*code);
}

/*
 * The number without its point, filled up to so many decimals; false where it
 * is no number that fits. *n_given: how many decimals it has.
 */
static bool scale(int64_t *out, struct bytes number, int decimals, int *n_given)
{
	uint8_t digits[40];
	size_t len = 0;
	bool has_point = false;

	*n_given = 0;
	for (size_t i = 0; i < number.len; i++) {
		if (number.at[i] == '.' && !has_point && i > 0 &&
		    is_digit(number.at[i - 1])) {
			has_point = true;
			continue;
		}
		if (len == sizeof(digits))
			return false;
		digits[len++] = number.at[i];
		*n_given += has_point;
	}
	if (has_point && *n_given == 0)
		return false;
	for (int i = *n_given; i < decimals; i++) {
		if (len == sizeof(digits))
			return false;
		digits[len++] = '0';
	}
	return filter_parse_integer(out, (struct bytes){ digits, len });
}

enum outrider_code
filter_read_money(struct filter_money *out, struct filter_reader *r,
		  const struct token *token, struct bytes text)
{
	struct bytes number, code;
	char shown[FILTER_SHOWN_MAX];
	int decimals, n_given;

	*out = (struct filter_money){ .minor = 0 };
	if (filter_parse_integer(&out->minor, text))
		return OUTRIDER_OK;
	filter_show(shown, token->text);
	if (!split(&number, &code, text))
		return filter_fail(r, token->at,
				   "%s is no amount: write \"1250.50 EUR\", or "
				   "a whole number in minor units",
				   shown);
	memcpy(out->currency, code.at, code.len);
	decimals = money_decimals(out->currency);
	if (!scale(&out->minor, number, decimals, &n_given))
		return filter_fail(r, token->at,
				   "%s is no amount, or too large", shown);
	if (n_given > decimals)
		return filter_fail(r, token->at, "%s has %d decimals at most",
				   out->currency, decimals);
	return OUTRIDER_OK;
}
