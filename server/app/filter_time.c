/*
 * Times in filters: RFC 3339 with an offset, a date for its midnight in UTC,
 * and `now` with what is added to it. Microseconds since 1970.
 */
#include "app/filter_parts.h"
#include "model/instant.h"

#include <string.h>

enum {
	MINUTE_S = 60,
	HOUR_S = 3600,
	DAY_S = 86400,
	/* Nobody asks for more, and nothing overflows below. */
	DIGITS_MAX = 7,
};

#define SECOND_US INT64_C(1000000)

static bool take(struct bytes *text, char c)
{
	if (text->len == 0 || text->at[0] != (uint8_t)c)
		return false;
	text->at++;
	text->len--;
	return true;
}

static int digits_ahead(const struct bytes *text)
{
	int n = 0;

	while ((size_t)n < text->len && text->at[n] >= '0' &&
	       text->at[n] <= '9')
		n++;
	return n;
}

/* "now", "now-7d", "now+90m". */
static bool parse_relative(int64_t *out_us, struct bytes text, int64_t now_us)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 'd', DAY_S }, { 'h', HOUR_S }, { 'm', MINUTE_S } };
	bool is_before;
	int64_t amount;
	int n;

	if (!take(&text, 'n') || !take(&text, 'o') || !take(&text, 'w'))
		return false;
	*out_us = now_us;
	if (text.len == 0)
		return true;
	is_before = take(&text, '-');
	if (!is_before && !take(&text, '+'))
		return false;
	n = digits_ahead(&text);
	if (n < 1 || n > DIGITS_MAX || !instant_take_number(&amount, &text, n))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!take(&text, units[i].unit) || text.len > 0)
			continue;
		amount *= units[i].seconds * SECOND_US;
		*out_us += is_before ? -amount : amount;
		return true;
	}
	return false;
}

enum outrider_code filter_read_time(int64_t *out_us, struct filter_reader *r,
				    const struct token *token,
				    struct bytes text)
{
	char shown[FILTER_SHOWN_MAX];

	if (instant_parse(out_us, text, true) ||
	    parse_relative(out_us, text, r->context->now_us))
		return OUTRIDER_OK;
	return filter_fail(
		r, token->at,
		"%s is no time: write \"2026-11-21T10:00:00Z\", "
		"\"2026-11-21\" (midnight UTC), now or now-7d (d, h, "
		"m)",
		filter_show(shown, token->text));
}
