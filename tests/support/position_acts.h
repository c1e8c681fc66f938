/*
 * A rep whose phone tells where it is, and somebody who asks: acts of the tests
 * of positions.
 */
#ifndef POSITION_ACTS_H
#define POSITION_ACTS_H

#include "sync_world.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US	  (60 * MINUTE_US)

/* The pin of world_meeting, and a kilometre north of it. */
#define PIN_LAT	 50.1
#define PIN_LON	 14.4
#define KM_NORTH 0.008993

struct report {
	int64_t at_us; /* 0: now */
	double km_north;
	int progress;
	int64_t expected_us;
	const struct uuid *meeting;
	double latitude; /* instead of the pin's, where it is set */
};

/* How many were taken; the others were refused. */
int rep_tells(struct world *w, const struct harness_user *rep,
	      const struct report *reports, size_t n);
/* Now. */
int rep_tells_one(struct world *w, const struct harness_user *rep,
		  double km_north, int progress);

struct where {
	enum outrider_code code;
	bool is_at_work, has_position;
	double latitude;
	int32_t age_s, late_s;
	int progress;
	struct uuid meeting;
	char sentence[501];
};

/* Fails the test where there is half a position. */
void where_read(struct where *out, struct bytes message);
struct where
where_is(struct world *w, const char *token, const struct uuid *rep);

#endif
