/*
 * See times.h.
 */
#define _DEFAULT_SOURCE /* timegm */
#include "times.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_US INT64_C(1000000)

static bool is_calendar(const struct tm *tm)
{
	return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 &&
	       tm->tm_mday <= 31 && tm->tm_hour >= 0 && tm->tm_hour < 24 &&
	       tm->tm_min >= 0 && tm->tm_min < 60 && tm->tm_sec >= 0 &&
	       tm->tm_sec <= 60 && tm->tm_year > -300 && tm->tm_year < 8000;
}

/* ".25" and the zone behind the seconds; false if they make no sense. */
static bool
read_tail(const char *at, int64_t *fraction_us, bool *is_local, int *offset_s)
{
	int hours, minutes, n = 0;
	char sign;

	*fraction_us = 0;
	*offset_s = 0;
	*is_local = *at == '\0';
	if (*at == '.') {
		char *end;
		const double fraction = strtod(at, &end);

		*fraction_us = (int64_t)(fraction * 1e6 + 0.5);
		at = end;
		*is_local = *at == '\0';
	}
	if (*at == '\0' || strcmp(at, "Z") == 0)
		return true;
	if (sscanf(at, "%c%2d:%2d%n", &sign, &hours, &minutes, &n) != 3 ||
	    at[n] != '\0' || (sign != '+' && sign != '-') || hours > 23 ||
	    minutes > 59)
		return false;
	*offset_s = (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}

static bool parse_calendar(int64_t *out_us, const char *text)
{
	struct tm tm = { .tm_isdst = -1 };
	int64_t fraction_us;
	int n = 0, offset_s;
	bool is_local;
	char separator;

	if (sscanf(text, "%4d-%2d-%2d%c%2d:%2d%n", &tm.tm_year, &tm.tm_mon,
		   &tm.tm_mday, &separator, &tm.tm_hour, &tm.tm_min, &n) != 6 ||
	    (separator != 'T' && separator != ' '))
		return false;
	text += n;
	if (*text == ':') {
		if (sscanf(text, ":%2d%n", &tm.tm_sec, &n) != 1)
			return false;
		text += n;
	}
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	if (!is_calendar(&tm) ||
	    !read_tail(text, &fraction_us, &is_local, &offset_s))
		return false;
	*out_us = ((int64_t)(is_local ? mktime(&tm) : timegm(&tm)) - offset_s) *
			  SECOND_US +
		  fraction_us;
	return true;
}

bool times_parse(int64_t *out_us, const char *text)
{
	char *end;
	const double seconds = strtod(text, &end);

	if (end != text && *end == '\0' && isfinite(seconds) &&
	    fabs(seconds) < 1e11) {
		*out_us = (int64_t)llround(seconds * 1e6);
		return true;
	}
	return parse_calendar(out_us, text);
}

static struct tm local(int64_t time_us)
{
	const time_t seconds = (time_t)(time_us / SECOND_US);
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	(void)localtime_r(&seconds, &tm);
	return tm;
}

bool times_parse_near(int64_t *out_us, const char *text, int64_t now_us)
{
	struct tm tm = local(now_us);
	int n = 0;

	if (sscanf(text, "%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &n) == 2 &&
	    text[n] == '\0') {
		tm.tm_sec = 0;
		tm.tm_isdst = -1;
		if (!is_calendar(&tm))
			return false;
		*out_us = (int64_t)mktime(&tm) * SECOND_US;
		return true;
	}
	return times_parse(out_us, text);
}

int64_t times_day(int64_t time_us, int days)
{
	struct tm tm = local(time_us);

	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday += days;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * SECOND_US;
}

void times_rfc3339(char out[32], int64_t time_us)
{
	const time_t seconds = (time_t)(time_us / SECOND_US);
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	(void)gmtime_r(&seconds, &tm);
	(void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void times_clock(char out[8], int64_t time_us)
{
	const struct tm tm = local(time_us);

	(void)strftime(out, 8, "%H:%M", &tm);
}

void times_date_clock(char out[32], int64_t time_us)
{
	const struct tm tm = local(time_us);

	(void)strftime(out, 32, "%a %d %b %H:%M", &tm);
}
