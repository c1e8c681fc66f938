/*
 * See times.h.
 */
#define _DEFAULT_SOURCE /* timegm */
#include "times.h"

#include "digits.h"

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

/* "Z", or "+02:00". */
static bool read_zone(const char *at, int *offset_s)
{
	int hours, minutes;
	const int sign = *at == '-' ? -1 : 1;

	*offset_s = 0;
	if (digits_skip(&at, 'Z'))
		return *at == '\0';
	if (!digits_skip(&at, '+') && !digits_skip(&at, '-'))
		return false;
	if (!digits_decimal(&hours, &at, 2) || !digits_skip(&at, ':') ||
	    !digits_decimal(&minutes, &at, 2) || *at != '\0' || hours > 23 ||
	    minutes > 59)
		return false;
	*offset_s = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* "14:00", "9:30"; *at moves behind it. */
static bool read_clock(struct tm *tm, const char **at)
{
	return (digits_decimal(&tm->tm_hour, at, 2) ||
		digits_decimal(&tm->tm_hour, at, 1)) &&
	       digits_skip(at, ':') && digits_decimal(&tm->tm_min, at, 2);
}

/* "2026-11-23T14:00" or with a space; *at moves behind it. */
static bool read_minute(struct tm *tm, const char **at)
{
	return digits_decimal(&tm->tm_year, at, 4) && digits_skip(at, '-') &&
	       digits_decimal(&tm->tm_mon, at, 2) && digits_skip(at, '-') &&
	       digits_decimal(&tm->tm_mday, at, 2) &&
	       (digits_skip(at, 'T') || digits_skip(at, ' ')) &&
	       read_clock(tm, at);
}

/*
 * False: the calendar or the clocks here have no such time: 31 February, or
 * half past two in the night in which they are put forward.
 */
static bool seconds_of(int64_t *out, struct tm tm, bool is_local)
{
	const int seconds = tm.tm_sec; /* 60 on a leap second */
	struct tm real;

	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	real = tm;
	*out = (int64_t)(is_local ? mktime(&real) : timegm(&real)) + seconds;
	return real.tm_mday == tm.tm_mday && real.tm_hour == tm.tm_hour &&
	       real.tm_min == tm.tm_min;
}

static bool parse_calendar(int64_t *out_us, const char *text)
{
	struct tm tm = { .tm_isdst = -1 };
	int64_t fraction_us = 0, seconds;
	int offset_s = 0;
	bool is_local;

	if (!read_minute(&tm, &text))
		return false;
	if (digits_skip(&text, ':') && !digits_decimal(&tm.tm_sec, &text, 2))
		return false;
	if (*text == '.') {
		char *end;
		const double fraction = strtod(text, &end);

		fraction_us = (int64_t)(fraction * 1e6 + 0.5);
		text = end;
	}
	is_local = *text == '\0';
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	if (!is_calendar(&tm) || (!is_local && !read_zone(text, &offset_s)) ||
	    !seconds_of(&seconds, tm, is_local))
		return false;
	*out_us = (seconds - offset_s) * SECOND_US + fraction_us;
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

bool times_day_word(int *days, const char **at)
{
	static const struct {
		const char *word;
		int days;
	} words[] = { { "yesterday", -1 }, { "today", 0 }, { "tomorrow", 1 } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const size_t len = strlen(words[i].word);

		if (strncmp(*at, words[i].word, len) == 0 &&
		    ((*at)[len] == ' ' || (*at)[len] == '\0')) {
			*days = words[i].days;
			*at += len;
			return true;
		}
	}
	return false;
}

bool times_parse_near(int64_t *out_us, const char *text, int64_t now_us)
{
	const char *at = text;
	int64_t seconds;
	struct tm tm;
	int days = 0;

	if (times_day_word(&days, &at) && !digits_skip(&at, ' '))
		return false;
	tm = local(times_day(now_us, days));
	if (!read_clock(&tm, &at) || *at != '\0')
		return parse_calendar(out_us, text);
	if (!is_calendar(&tm) || !seconds_of(&seconds, tm, true))
		return false;
	*out_us = seconds * SECOND_US;
	return true;
}

void times_date(int *year, int *month, int *day, int64_t time_us)
{
	const struct tm tm = local(time_us);

	*year = tm.tm_year + 1900;
	*month = tm.tm_mon + 1;
	*day = tm.tm_mday;
}

void times_day_name(char out[32], int year, int month, int day)
{
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	tm.tm_hour = 12;
	(void)timegm(&tm); /* finds the day of the week */
	(void)strftime(out, 32, "%a %d %b", &tm);
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

void times_exact(char out[40], int64_t time_us)
{
	const int64_t below_us =
		((time_us % SECOND_US) + SECOND_US) % SECOND_US;
	size_t len;

	times_rfc3339(out, time_us - below_us);
	len = strlen(out);
	if (below_us != 0 && len > 0)
		snprintf(out + len - 1, 40 - (len - 1), ".%06dZ",
			 (int)below_us);
}

void times_shown(char out[40], int64_t time_us)
{
	const struct tm tm = local(time_us);

	(void)strftime(out, 40,
		       tm.tm_sec != 0 ? "%a %Y-%m-%d %H:%M:%S"
				      : "%a %Y-%m-%d %H:%M",
		       &tm);
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
