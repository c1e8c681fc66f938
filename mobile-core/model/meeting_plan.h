/*
 * What a meeting's record plans, as the detector wants it: one rule for the
 * phone that watches and for the server that judges.
 */
#ifndef MODEL_MEETING_PLAN_H
#define MODEL_MEETING_PLAN_H

#include "model/visit.h"

/* Degrees. */
struct meeting_point {
	double latitude, longitude;
};

/* The fields of a meeting as they stand; 0: not set. */
struct meeting_fields {
	int64_t start_us, end_us;
	double pin_latitude, pin_longitude; /* degrees */
	int64_t radius_m, min_dwell_s;
	size_t n_outline, n_entrances; /* pin_outline, pin_entrances */
	struct meeting_point outline[AREA_CORNERS_MAX];
	struct meeting_point entrances[AREA_ENTRANCES_MAX];
};

/*
 * Fills the plan: what is not set has its default, what is out of the
 * detector's range is brought into it. An outline that is none (too few
 * corners, one out of reach, crossing itself) is left out, and so is an
 * entrance out of reach. False where the meeting can't be
 * watched (no pin, no window); *out is filled as far as it goes.
 */
bool meeting_plan_make(struct visit_plan *out, const uint8_t meeting_id[16],
		       const struct meeting_fields *fields);

#endif
