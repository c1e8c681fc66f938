/*
 * Fixes from a CSV file: see fixes.h for its columns.
 */
#include "fixes.h"

#include "fail.h"
#include "lines.h"
#include "times.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 32

enum column { TIME, LATITUDE, LONGITUDE, ACCURACY, MOCK, N_COLUMNS };

/* The names that each column goes by. */
static const char *const names[N_COLUMNS][4] = {
	[TIME] = { "time", "timestamp", "unix_s" },
	[LATITUDE] = { "latitude", "lat", "lat_deg" },
	[LONGITUDE] = { "longitude", "lon", "lon_deg" },
	[ACCURACY] = { "accuracy_m", "accuracy" },
	[MOCK] = { "mock" },
};

struct csv_source {
	struct fixes source;
	struct lines lines;
	int column[N_COLUMNS]; /* its place in a line, or -1 */
};

static bool is_number(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && *end == '\0';
}

static bool read_columns(struct csv_source *csv)
{
	char *pieces[COLUMNS_MAX];
	size_t n;

	for (size_t c = 0; c < N_COLUMNS; c++)
		csv->column[c] = -1;
	if (!lines_next(&csv->lines))
		return false;
	n = lines_split(csv->lines.text, ',', pieces, COLUMNS_MAX);
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < N_COLUMNS; c++)
			for (size_t k = 0; k < 4 && names[c][k] != NULL; k++)
				if (strcmp(pieces[i], names[c][k]) == 0)
					csv->column[c] = (int)i;
	return csv->column[TIME] >= 0 && csv->column[LATITUDE] >= 0 &&
	       csv->column[LONGITUDE] >= 0;
}

static bool read_line(struct csv_source *csv, struct outrider_fix *out)
{
	char *pieces[COLUMNS_MAX];
	const size_t n = lines_split(csv->lines.text, ',', pieces, COLUMNS_MAX);
	const char *value[N_COLUMNS] = { NULL };
	double mock = 0;

	memset(out, 0, sizeof(*out));
	for (size_t c = 0; c < N_COLUMNS; c++)
		if (csv->column[c] >= 0 && (size_t)csv->column[c] < n)
			value[c] = pieces[csv->column[c]];
	if (!value[TIME] || !value[LATITUDE] || !value[LONGITUDE] ||
	    !times_parse(&out->time_us, value[TIME]) ||
	    !is_number(value[LATITUDE], &out->latitude) ||
	    !is_number(value[LONGITUDE], &out->longitude))
		return false;
	if (value[ACCURACY] && *value[ACCURACY] &&
	    !is_number(value[ACCURACY], &out->accuracy_m))
		return false;
	if (value[MOCK] && *value[MOCK] && !is_number(value[MOCK], &mock))
		return false;
	out->flags = mock > 0 ? OUTRIDER_FIX_MOCK : 0;
	return true;
}

static enum fixes_next
csv_next(struct fixes *source, struct outrider_fix *out, int timeout_ms)
{
	struct csv_source *csv = (struct csv_source *)source;

	(void)timeout_ms;
	while (lines_next(&csv->lines)) {
		if (csv->lines.text[0] == '\0')
			continue;
		if (read_line(csv, out))
			return FIXES_FIX;
		fprintf(stderr,
			"outrider: line %lu of the CSV file is no fix; "
			"nothing after it is read\n",
			csv->lines.number);
		return FIXES_END;
	}
	return FIXES_END;
}

static void csv_close(struct fixes *source)
{
	struct csv_source *csv = (struct csv_source *)source;

	lines_close(&csv->lines);
	free(csv);
}

enum outrider_code
fixes_open_csv(struct fixes **out, const char *path, struct outrider_err *err)
{
	static const struct fixes_type type = { csv_next, csv_close };
	struct csv_source *csv = calloc(1, sizeof(*csv));

	*out = NULL;
	if (csv == NULL)
		return fail(err, OUTRIDER_RESOURCE_EXHAUSTED, "out of memory");
	csv->source.type = &type;
	if (!lines_open(&csv->lines, path)) {
		free(csv);
		return fail(err, OUTRIDER_NOT_FOUND, "%s can't be read", path);
	}
	if (!read_columns(csv)) {
		csv_close(&csv->source);
		return fail(err, OUTRIDER_INVALID_ARGUMENT,
			    "the first line of %s must name the columns time, "
			    "latitude and longitude",
			    path);
	}
	*out = &csv->source;
	return fail(err, OUTRIDER_OK, "ok");
}
