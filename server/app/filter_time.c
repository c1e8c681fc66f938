/*
 * Times in filters: RFC 3339 with an offset, a date for its midnight in UTC,
 * and `now` with what is added to it. Microseconds since 1970.
 */
#include "app/filter_parts.h"
#include "model/calendar.h"

#include <string.h>

enum {
	MINUTE_S = 60,
	HOUR_S = 3600,
	DAY_S = 86400,
	/* Nobody asks for more, and nothing overflows below. */
	DIGITS_MAX = 7,
};

#define SECOND_US INT64_C(1000000)
/* 0001-01-01 and 10000-01-01. */
#define FIRST_S INT64_C(-62135596800)
#define END_S	INT64_C(253402300800)

/* A text that is read from the front. */
struct scan {
	const uint8_t *at, *end;
};

static bool take(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != (uint8_t)c)
		return false;
	s->at++;
	return true;
}

/* Exactly n digits. */
static bool take_number(int64_t *out, struct scan *s, int n)
{
	*out = 0;
	for (int i = 0; i < n; i++) {
		if (s->at == s->end || *s->at < '0' || *s->at > '9')
			return false;
		*out = *out * 10 + (*s->at++ - '0');
	}
	return true;
}

static int digits_ahead(const struct scan *s)
{
	int n = 0;

	while (s->at + n < s->end && s->at[n] >= '0' && s->at[n] <= '9')
		n++;
	return n;
}

/* "2026-11-21" in seconds. */
static bool take_date(int64_t *out_s, struct scan *s)
{
	int64_t year, month, day;

	if (!take_number(&year, s, 4) || !take(s, '-') ||
	    !take_number(&month, s, 2) || !take(s, '-') ||
	    !take_number(&day, s, 2))
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 ||
	    day > calendar_days_of_month(year, month))
		return false;
	*out_s = calendar_days(year, month, day) * DAY_S;
	return true;
}

/* ".25" in microseconds; what is below one is cut off, as in records. */
static bool take_fraction(int64_t *out_us, struct scan *s)
{
	int n;

	*out_us = 0;
	if (!take(s, '.'))
		return true;
	n = digits_ahead(s);
	for (int i = 0; i < (n > 6 ? n : 6); i++) {
		int digit = i < n ? *s->at++ - '0' : 0;

		if (i < 6)
			*out_us = *out_us * 10 + digit;
	}
	return n > 0;
}

/* "Z" or "+02:00": seconds that the clock there is ahead. */
static bool take_offset(int64_t *out_s, struct scan *s)
{
	int64_t hours, minutes;
	bool is_behind;

	*out_s = 0;
	if (take(s, 'Z') || take(s, 'z'))
		return true;
	is_behind = take(s, '-');
	if (!is_behind && !take(s, '+'))
		return false;
	if (!take_number(&hours, s, 2) || !take(s, ':') ||
	    !take_number(&minutes, s, 2) || hours > 23 || minutes > 59)
		return false;
	*out_s = hours * HOUR_S + minutes * MINUTE_S;
	if (is_behind)
		*out_s = -*out_s;
	return true;
}

/* "T10:00:00.5+02:00" behind a date. */
static bool take_clock(int64_t *out_us, struct scan *s)
{
	int64_t hour, minute, second, fraction_us, offset_s;

	if (!take(s, 'T') && !take(s, 't'))
		return false;
	if (!take_number(&hour, s, 2) || !take(s, ':') ||
	    !take_number(&minute, s, 2) || !take(s, ':') ||
	    !take_number(&second, s, 2) || hour > 23 || minute > 59 ||
	    second > 59)
		return false;
	if (!take_fraction(&fraction_us, s) || !take_offset(&offset_s, s))
		return false;
	*out_us = (hour * HOUR_S + minute * MINUTE_S + second - offset_s) *
			  SECOND_US +
		  fraction_us;
	return true;
}

static bool parse_absolute(int64_t *out_us, struct bytes text)
{
	struct scan s = { text.at, text.at + text.len };
	int64_t date_s, clock_us = 0;

	if (!take_date(&date_s, &s) ||
	    (s.at < s.end && !take_clock(&clock_us, &s)) || s.at < s.end)
		return false;
	*out_us = date_s * SECOND_US + clock_us;
	return *out_us >= FIRST_S * SECOND_US && *out_us < END_S * SECOND_US;
}

/* "now", "now-7d", "now+90m". */
static bool parse_relative(int64_t *out_us, struct bytes text, int64_t now_us)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 'd', DAY_S }, { 'h', HOUR_S }, { 'm', MINUTE_S } };
	struct scan s = { text.at, text.at + text.len };
	bool is_before;
	int64_t amount;
	int n;

	if (!take(&s, 'n') || !take(&s, 'o') || !take(&s, 'w'))
		return false;
	*out_us = now_us;
	if (s.at == s.end)
		return true;
	is_before = take(&s, '-');
	if (!is_before && !take(&s, '+'))
		return false;
	n = digits_ahead(&s);
	if (n < 1 || n > DIGITS_MAX || !take_number(&amount, &s, n))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!take(&s, units[i].unit) || s.at < s.end)
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

	if (parse_absolute(out_us, text) ||
	    parse_relative(out_us, text, r->context->now_us))
		return OUTRIDER_OK;
	return filter_fail(
		r, token->at,
		"%s is no time: write \"2026-11-21T10:00:00Z\", "
		"\"2026-11-21\" (midnight UTC), now or now-7d (d, h, "
		"m)",
		filter_show(shown, token->text));
}
