/*
 * instant: the text is taken from the front, a part at a time.
 */
#include "instant.h"

#include <stdio.h>
#include <string.h>

#include "calendar.h"

#define SECOND_US INT64_C(1000000)
#define DAY_S	  INT64_C(86400)
/* 0001-01-01 and 10000-01-01. */
#define FIRST_US (INT64_C(-62135596800) * SECOND_US)
#define END_US	 (INT64_C(253402300800) * SECOND_US)

void instant_print(char out[INSTANT_MAX], int64_t us)
{
	int64_t seconds = us / SECOND_US - (us % SECOND_US < 0);
	int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);
	int64_t fraction = us - seconds * SECOND_US;
	int64_t left = seconds - days * DAY_S, year, month, day;
	char part[8] = "";

	calendar_date(&year, &month, &day, days);
	if (fraction % 1000 != 0)
		snprintf(part, sizeof(part), ".%06d", (int)fraction);
	else if (fraction != 0)
		snprintf(part, sizeof(part), ".%03d", (int)(fraction / 1000));
	snprintf(out, INSTANT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d%sZ",
		 (int)year, (int)month, (int)day, (int)(left / 3600),
		 (int)(left / 60 % 60), (int)(left % 60), part);
}

static bool is_digit_ahead(const struct bytes *text)
{
	return text->len > 0 && text->at[0] >= '0' && text->at[0] <= '9';
}

static void skip(struct bytes *text, size_t n)
{
	text->at += n;
	text->len -= n;
}

static bool take_any(struct bytes *text, const char *any)
{
	if (text->len == 0 || text->at[0] == 0 ||
	    strchr(any, text->at[0]) == NULL)
		return false;
	skip(text, 1);
	return true;
}

bool instant_take_number(int64_t *out, struct bytes *text, int n)
{
	struct bytes rest = *text;

	*out = 0;
	for (int i = 0; i < n; i++) {
		if (!is_digit_ahead(&rest))
			return false;
		*out = *out * 10 + (rest.at[0] - '0');
		skip(&rest, 1);
	}
	*text = rest;
	return true;
}

/* "2026-11-21" in seconds. */
static bool take_date(int64_t *out_s, struct bytes *text)
{
	int64_t year, month, day;

	if (!instant_take_number(&year, text, 4) || !take_any(text, "-") ||
	    !instant_take_number(&month, text, 2) || !take_any(text, "-") ||
	    !instant_take_number(&day, text, 2))
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 ||
	    day > calendar_days_of_month(year, month))
		return false;
	*out_s = calendar_days(year, month, day) * DAY_S;
	return true;
}

/* ".25" in microseconds, or nothing. */
static bool take_fraction(int64_t *out_us, struct bytes *text)
{
	int64_t scale = SECOND_US / 10;

	*out_us = 0;
	if (!take_any(text, "."))
		return true;
	if (!is_digit_ahead(text))
		return false;
	for (; is_digit_ahead(text); skip(text, 1), scale /= 10)
		*out_us += (text->at[0] - '0') * scale;
	return true;
}

/* "Z" or "+02:00": seconds that the clock there is ahead. */
static bool take_offset(int64_t *out_s, struct bytes *text)
{
	int64_t hours, minutes, sign;

	*out_s = 0;
	if (take_any(text, "Zz"))
		return true;
	sign = text->len > 0 && text->at[0] == '-' ? -1 : 1;
	if (!take_any(text, "+-") || !instant_take_number(&hours, text, 2) ||
	    !take_any(text, ":") || !instant_take_number(&minutes, text, 2) ||
	    hours > 23 || minutes > 59)
		return false;
	*out_s = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* "T10:00:00.5+02:00" behind a date. */
static bool take_clock(int64_t *out_us, struct bytes *text)
{
	int64_t hour, minute, second, fraction_us, offset_s;

	if (!take_any(text, "Tt ") || !instant_take_number(&hour, text, 2) ||
	    !take_any(text, ":") || !instant_take_number(&minute, text, 2) ||
	    !take_any(text, ":") || !instant_take_number(&second, text, 2) ||
	    hour > 23 || minute > 59 || second > 59)
		return false;
	if (!take_fraction(&fraction_us, text) || !take_offset(&offset_s, text))
		return false;
	*out_us = (hour * 3600 + minute * 60 + second - offset_s) * SECOND_US +
		  fraction_us;
	return true;
}

bool instant_parse(int64_t *out_us, struct bytes text, bool is_date_enough)
{
	int64_t date_s, clock_us = 0;

	if (!take_date(&date_s, &text))
		return false;
	if ((text.len > 0 || !is_date_enough) && !take_clock(&clock_us, &text))
		return false;
	*out_us = date_s * SECOND_US + clock_us;
	return text.len == 0 && *out_us >= FIRST_US && *out_us < END_US;
}
