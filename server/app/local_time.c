/*
 * The organisation's time of day: see local_time.h. The one place that asks
 * the C library for a time zone.
 */
#include "app/local_time.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ZONE_NAME_MAX = 100 };

#define MINUTE_US	INT64_C(60000000)
#define DAY_US		(1440 * MINUTE_US)
#define ZONES_DIRECTORY "/usr/share/zoneinfo"

/* ---------------------------------------------------------------- the zone */

/* A name, and no path out of the directory. */
static bool is_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > ZONE_NAME_MAX || !isalpha((unsigned char)*name) ||
	    strstr(name, ".."))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) &&
		    !strchr("/_+-", name[i]))
			return false;
	return true;
}

/* The C library takes an unknown zone for UTC without a word. */
static bool is_known(const char *name)
{
	const char *directory = getenv("TZDIR");
	char path[512], magic[4] = "";
	int len, fd;
	ssize_t got;

	if (!is_name(name))
		return false;
	len = snprintf(path, sizeof(path), "%s/%s",
		       directory ? directory : ZONES_DIRECTORY, name);
	if (len < 0 || (size_t)len >= sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, magic, sizeof(magic));
	close(fd);
	return got == sizeof(magic) && memcmp(magic, "TZif", 4) == 0;
}

/* The C library keeps the process's zone in TZ, and nowhere else do we. */
static bool set_zone(const char *colon, const char *name)
{
	char tz[ZONE_NAME_MAX + 2];

	snprintf(tz, sizeof(tz), "%s%s", colon, name);
	if (setenv("TZ", tz, 1) != 0)
		return false;
	tzset();
	return true;
}

/* ":Europe/Kyiv" is what we write; a machine's own is a rule, a bare name, or
 * a path. */
static bool has_zone(void)
{
	const char *tz = getenv("TZ");

	return tz && tz[0] == ':' && isalpha((unsigned char)tz[1]);
}

enum outrider_code
local_time_use_zone(const char *name, struct outrider_err *err)
{
	bool is_set = set_zone("", "UTC0");

	if (is_set && strcmp(name, "UTC") != 0) {
		if (!is_known(name))
			return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
				       "there is no time zone '%s' on this "
				       "machine: a name such as Europe/Kyiv, "
				       "and the package tzdata",
				       name);
		is_set = set_zone(":", name);
	}
	if (!is_set)
		return err_no_memory(err);
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------------- times */

static time_t seconds_of(int64_t at_us)
{
	return (time_t)(at_us / 1000000 - (at_us % 1000000 < 0));
}

static void break_down(struct tm *out, int64_t at_us)
{
	time_t seconds = seconds_of(at_us);

	*out = (struct tm){ .tm_mday = 1 };
	if (has_zone())
		localtime_r(&seconds, out);
	else
		gmtime_r(&seconds, out);
}

void local_time(struct local_time *out, int64_t at_us)
{
	struct tm tm;

	break_down(&tm, at_us);
	*out = (struct local_time){
		.weekday = tm.tm_wday == 0 ? 7 : tm.tm_wday,
		.minute = tm.tm_hour * 60 + tm.tm_min,
	};
	/* What doesn't fit, a year above 9999, is left out. */
	if (strftime(out->clock, sizeof(out->clock), "%H:%M", &tm) == 0)
		out->clock[0] = '\0';
	if (strftime(out->date, sizeof(out->date), "%Y-%m-%d", &tm) == 0)
		out->date[0] = '\0';
	if (!has_zone())
		memcpy(out->zone, "UTC", sizeof("UTC"));
	else if (strftime(out->zone, sizeof(out->zone), "%Z", &tm) == 0)
		out->zone[0] = '\0';
}

/* UTC's days are alike. */
static int64_t next_in_utc(int64_t at_us, int minute)
{
	int64_t into_us = at_us % DAY_US, next_us;

	if (into_us < 0)
		into_us += DAY_US;
	next_us = at_us - into_us + minute * MINUTE_US;
	return next_us > at_us ? next_us : next_us + DAY_US;
}

int64_t local_time_next(int64_t at_us, int minute)
{
	int64_t next_us = at_us;
	struct tm today;

	if (!has_zone())
		return next_in_utc(at_us, minute);
	break_down(&today, at_us);
	for (int day = 0; day < 2 && next_us <= at_us; day++) {
		struct tm tm = today;

		tm.tm_mday += day;
		tm.tm_hour = minute / 60;
		tm.tm_min = minute % 60;
		tm.tm_sec = 0;
		tm.tm_isdst = -1;
		next_us = (int64_t)mktime(&tm) * 1000000;
	}
	return next_us;
}
