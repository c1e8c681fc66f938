/*
 * The organisation's time of day: the zone that sentences and quiet hours are
 * told in. Everything else in the server counts in microseconds of UTC.
 *
 * The zone is the process's, chosen once before any thread begins; without a
 * choice it is UTC, whatever the machine's own zone is.
 */
#ifndef APP_LOCAL_TIME_H
#define APP_LOCAL_TIME_H

#include "model/err.h"

#include <stdint.h>

#define LOCAL_CLOCK_LEN 5  /* "14:05" */
#define LOCAL_DATE_LEN	10 /* "2026-03-02" */
#define LOCAL_ZONE_LEN	7  /* "EET", "UTC", "+0545" */

struct local_time {
	int weekday; /* 1 Monday to 7 Sunday */
	int minute;  /* after midnight */
	char clock[LOCAL_CLOCK_LEN + 1];
	char date[LOCAL_DATE_LEN + 1];
	char zone[LOCAL_ZONE_LEN + 1]; /* as it is at that moment */
};

/*
 * name is one of the zones of the machine's tzdata, such as "Europe/Kyiv", or
 * "UTC". Once, before threads.
 * Errors: INVALID_ARGUMENT (there is no such zone).
 */
MODEL_MUST_USE enum outrider_code
local_time_use_zone(const char *name, struct outrider_err *err);

void local_time(struct local_time *out, int64_t at_us);
/*
 * The first moment after at_us at which clocks show that minute after
 * midnight. Where they skip it, the moment to which they jump.
 */
int64_t local_time_next(int64_t at_us, int minute);

#endif
