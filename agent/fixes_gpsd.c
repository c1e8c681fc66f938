/*
 * Fixes from a running gpsd, through libgps; nothing else knows it.
 *
 * gpsd's `eph` is the radius that holds the truth in 95 of 100 cases (its
 * own error model); ours is the 68 % radius. For a two-dimensional normal
 * error the radii are 2.448 and 1.515 times sigma.
 */
#include "fixes.h"

#include "fail.h"

#include <gps.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RADIUS_68_OF_95 (1.515 / 2.448)
#define POLL_US_PER_MS	1000

struct gpsd_source {
	struct fixes source;
	struct gps_data_t gps;
	int64_t last_us; /* of the last fix: gpsd repeats itself */
};

static bool take_fix(struct gpsd_source *gpsd, struct outrider_fix *out)
{
	const struct gps_fix_t *fix = &gpsd->gps.fix;
	const int64_t time_us =
		(int64_t)fix->time.tv_sec * 1000000 + fix->time.tv_nsec / 1000;

	if ((gpsd->gps.set & (LATLON_SET | TIME_SET)) !=
		    (LATLON_SET | TIME_SET) ||
	    fix->mode < MODE_2D || !isfinite(fix->latitude) ||
	    !isfinite(fix->longitude) || time_us <= gpsd->last_us)
		return false;
	gpsd->last_us = time_us;
	*out = (struct outrider_fix){
		.time_us = time_us,
		.latitude = fix->latitude,
		.longitude = fix->longitude,
		.accuracy_m = isfinite(fix->eph) && fix->eph > 0
				      ? fix->eph * RADIUS_68_OF_95
				      : 0,
		.flags = fix->status == STATUS_SIM ? OUTRIDER_FIX_MOCK : 0,
	};
	return true;
}

static enum fixes_next
gpsd_next(struct fixes *source, struct outrider_fix *out, int timeout_ms)
{
	struct gpsd_source *gpsd = (struct gpsd_source *)source;

	while (gps_waiting(&gpsd->gps, timeout_ms * POLL_US_PER_MS)) {
		if (gps_read(&gpsd->gps, NULL, 0) < 0)
			return FIXES_END;
		if (take_fix(gpsd, out))
			return FIXES_FIX;
	}
	return FIXES_NOTHING;
}

static void gpsd_close(struct fixes *source)
{
	struct gpsd_source *gpsd = (struct gpsd_source *)source;

	(void)gps_stream(&gpsd->gps, WATCH_DISABLE, NULL);
	(void)gps_close(&gpsd->gps);
	free(gpsd);
}

enum outrider_code fixes_open_gpsd(struct fixes **out, const char *address,
				   struct outrider_err *err)
{
	static const struct fixes_type type = { gpsd_next, gpsd_close };
	struct gpsd_source *gpsd;
	char host[256];
	const char *colon = strrchr(address, ':');

	*out = NULL;
	if (colon == NULL || colon == address || colon[1] == '\0' ||
	    (size_t)(colon - address) >= sizeof(host))
		return fail(err, OUTRIDER_INVALID_ARGUMENT,
			    "--gpsd wants HOST:PORT, not '%s'", address);
	memcpy(host, address, (size_t)(colon - address));
	host[colon - address] = '\0';
	gpsd = calloc(1, sizeof(*gpsd));
	if (gpsd == NULL)
		return fail(err, OUTRIDER_RESOURCE_EXHAUSTED, "out of memory");
	if (gps_open(host, colon + 1, &gpsd->gps) != 0) {
		free(gpsd);
		return fail(err, OUTRIDER_UNAVAILABLE, "no gpsd answers at %s",
			    address);
	}
	(void)gps_stream(&gpsd->gps, WATCH_ENABLE | WATCH_JSON, NULL);
	gpsd->source.type = &type;
	*out = &gpsd->source;
	return fail(err, OUTRIDER_OK, "ok");
}
