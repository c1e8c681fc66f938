/*
 * See meeting_plan.h.
 */
#include "model/meeting_plan.h"

#include <string.h>

/* A number held in lo..hi, or what stands for 0. */
static uint32_t
number_or(int64_t value, uint32_t instead, uint32_t lo, uint32_t hi)
{
	if (value <= 0)
		return instead;
	return value < lo ? lo : value > hi ? hi : (uint32_t)value;
}

bool meeting_plan_make(struct visit_plan *out, const uint8_t meeting_id[16],
		       const struct meeting_fields *fields)
{
	*out = (struct visit_plan){
		.start_us = fields->start_us,
		.end_us = fields->end_us,
		.radius_m = number_or(fields->radius_m, VISIT_RADIUS_DEFAULT_M,
				      VISIT_RADIUS_MIN_M, VISIT_RADIUS_MAX_M),
		.min_dwell_s = number_or(fields->min_dwell_s,
					 VISIT_MIN_DWELL_DEFAULT_S, 1,
					 VISIT_MIN_DWELL_MAX_S),
	};
	memcpy(out->meeting_id, meeting_id, sizeof(out->meeting_id));
	/* A pin at 0, 0 is one that was not set. */
	if ((fields->pin_latitude == 0 && fields->pin_longitude == 0) ||
	    !geo_pin_from_degrees(&out->pin, fields->pin_latitude,
				  fields->pin_longitude))
		return false;
	return visit_plan_is_valid(out);
}
