/*
 * See asked.h.
 */
#include "asked.h"

#include "options.h"
#include "times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* "2026-11-23", or a word. */
static bool read_day(int64_t *out_us, const char *day, int64_t now_us)
{
	const char *at = day;
	char text[64];
	int days;

	if (times_day_word(&days, &at) && *at == '\0') {
		*out_us = times_day(now_us, days);
		return true;
	}
	snprintf(text, sizeof(text), "%.16s 12:00", day);
	return times_parse(out_us, text);
}

bool asked_days(int64_t *from_us, int64_t *until_us, const char *day,
		const char *n_days, int64_t now_us)
{
	int64_t at_us = now_us;
	long n;

	if (day != NULL && !read_day(&at_us, day, now_us)) {
		fprintf(stderr,
			"outrider: '%s' is no day: 2026-11-23, today, "
			"yesterday or tomorrow\n",
			day);
		return false;
	}
	if (!options_number(&n, n_days, 1, 366)) {
		fprintf(stderr, "outrider: '%s' days are not 1 to 366\n",
			n_days);
		return false;
	}
	*from_us = times_day(at_us, 0);
	*until_us = times_day(at_us, (int)n);
	return true;
}

bool asked_time(int64_t *out_us, const char *text, int64_t now_us)
{
	if (times_parse_near(out_us, text, now_us))
		return true;
	fprintf(stderr,
		"outrider: '%s' is no time: 14:00, \"tomorrow 14:00\", "
		"\"2026-11-23 14:00\" or\n2026-11-23T14:00:00Z\n",
		text);
	return false;
}

bool asked_is_spot(const char *text)
{
	const size_t n = strspn(text, "0123456789+-.");

	return n > 0 && (text[n] == ',' ||
			 (text[n] == '\0' && strchr(text, '.') != NULL));
}

bool asked_spot(double *latitude, double *longitude, const char *text)
{
	const char *second;
	char *end;

	*latitude = strtod(text, &end);
	if (end != text && *end == ',') {
		second = end + 1;
		*longitude = strtod(second, &end);
		if (end != second && *end == '\0')
			return true;
	}
	fprintf(stderr, "outrider: '%s' is not LATITUDE,LONGITUDE\n", text);
	return false;
}

bool asked_yes(bool is_yes, const char *act)
{
	char answer[8] = "";

	if (is_yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		fprintf(stderr, "outrider: %s? Nothing is done without --yes\n",
			act);
		return false;
	}
	fprintf(stderr, "outrider: %s? Type yes: ", act);
	if (fgets(answer, sizeof(answer), stdin) != NULL)
		answer[strcspn(answer, "\r\n")] = '\0';
	if (strcasecmp(answer, "yes") == 0)
		return true;
	fputs("outrider: nothing is done\n", stderr);
	return false;
}
