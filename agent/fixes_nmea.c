/*
 * Fixes from a file of NMEA 0183 sentences. RMC brings date and time, GGA the
 * HDOP, GST the standard deviations; the fix is told when the next epoch
 * begins. Sentences with a wrong checksum are passed over.
 */
#include "fixes.h"

#include "digits.h"
#include "fail.h"
#include "lines.h"
#include "times.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 32
/* An HDOP of 1 under open sky is about 5 m (68 %). */
#define METRES_PER_HDOP 5.0

struct nmea_source {
	struct fixes source;
	struct lines lines;
	struct outrider_fix fix; /* the epoch being read */
	char epoch[16];		 /* hhmmss.ss of it */
	bool has_fix, is_at_end;
	double hdop, sigma_m;
};

static bool has_good_checksum(const char *text)
{
	const char *star = strchr(text, '*');
	unsigned sum = 0;

	if (text[0] != '$' || star == NULL)
		return false;
	for (const char *at = text + 1; at < star; at++)
		sum ^= (unsigned char)*at;
	return strtoul(star + 1, NULL, 16) == sum;
}

/* "ddmm.mmmm" and a letter. */
static bool read_angle(double *out, const char *text, const char *side)
{
	char *end;
	const double value = strtod(text, &end);
	const double degrees = floor(value / 100);

	if (end == text)
		return false;
	*out = degrees + (value - degrees * 100) / 60;
	if (*side == 'S' || *side == 'W')
		*out = -*out;
	return true;
}

/* RMC's date and time, as RFC 3339 has them. Two-digit years: this century
 * until 2079. */
static bool read_time(int64_t *out_us, const char *date, const char *time)
{
	int day, month, year, hour, minute;
	char text[64];

	if (!digits_decimal(&day, &date, 2) ||
	    !digits_decimal(&month, &date, 2) ||
	    !digits_decimal(&year, &date, 2) ||
	    !digits_decimal(&hour, &time, 2) ||
	    !digits_decimal(&minute, &time, 2))
		return false;
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%.12sZ",
		 year + (year < 80 ? 2000 : 1900), month, day, hour, minute,
		 time);
	return times_parse(out_us, text);
}

static bool read_rmc(struct outrider_fix *fix, char **field, size_t n)
{
	return n >= 10 && strcmp(field[2], "A") == 0 &&
	       read_time(&fix->time_us, field[9], field[1]) &&
	       read_angle(&fix->latitude, field[3], field[4]) &&
	       read_angle(&fix->longitude, field[5], field[6]);
}

/* Takes one sentence; true if it begins a new epoch and *out has the old. */
static bool take_sentence(struct nmea_source *nmea, struct outrider_fix *out)
{
	char *field[FIELDS_MAX];
	char *star = strchr(nmea->lines.text, '*');
	bool is_complete = false;
	size_t n;

	*star = '\0';
	n = lines_split(nmea->lines.text, ',', field, FIELDS_MAX);
	if (n < 3 || strlen(field[0]) != 6)
		return false;
	if (strcmp(nmea->epoch, field[1]) != 0) {
		is_complete = nmea->has_fix;
		*out = nmea->fix;
		nmea->has_fix = false;
		nmea->hdop = nmea->sigma_m = 0;
		snprintf(nmea->epoch, sizeof(nmea->epoch), "%s", field[1]);
	}
	if (strcmp(field[0] + 3, "RMC") == 0)
		nmea->has_fix = read_rmc(&nmea->fix, field, n);
	else if (strcmp(field[0] + 3, "GGA") == 0 && n > 8)
		nmea->hdop = strtod(field[8], NULL);
	else if (strcmp(field[0] + 3, "GST") == 0 && n > 7)
		nmea->sigma_m =
			hypot(strtod(field[6], NULL), strtod(field[7], NULL)) /
			sqrt(2);
	/* One sigma in one dimension to the radius that holds 68 %. */
	nmea->fix.accuracy_m = nmea->sigma_m > 0 ? 1.515 * nmea->sigma_m
						 : METRES_PER_HDOP * nmea->hdop;
	return is_complete;
}

static enum fixes_next
nmea_next(struct fixes *source, struct outrider_fix *out, int timeout_ms)
{
	struct nmea_source *nmea = (struct nmea_source *)source;

	(void)timeout_ms;
	while (!nmea->is_at_end && lines_next(&nmea->lines))
		if (has_good_checksum(nmea->lines.text) &&
		    take_sentence(nmea, out))
			return FIXES_FIX;
	nmea->is_at_end = true;
	if (!nmea->has_fix)
		return FIXES_END;
	*out = nmea->fix;
	nmea->has_fix = false;
	return FIXES_FIX;
}

static void nmea_close(struct fixes *source)
{
	struct nmea_source *nmea = (struct nmea_source *)source;

	lines_close(&nmea->lines);
	free(nmea);
}

enum outrider_code
fixes_open_nmea(struct fixes **out, const char *path, struct outrider_err *err)
{
	static const struct fixes_type type = { nmea_next, nmea_close };
	struct nmea_source *nmea = calloc(1, sizeof(*nmea));

	*out = NULL;
	if (nmea == NULL)
		return fail(err, OUTRIDER_RESOURCE_EXHAUSTED, "out of memory");
	if (!lines_open(&nmea->lines, path)) {
		free(nmea);
		return fail(err, OUTRIDER_NOT_FOUND, "%s can't be read", path);
	}
	nmea->source.type = &type;
	*out = &nmea->source;
	return fail(err, OUTRIDER_OK, "ok");
}
