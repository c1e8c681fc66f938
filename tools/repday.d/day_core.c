/*
 * day_core: see day_core.h.
 */
#include "day_core.h"

int64_t day_us(const struct files_frame *frame, uint32_t at_s)
{
	return (frame->midnight_s + at_s) * INT64_C(1000000);
}

struct outrider_plan
day_plan(const struct day_meeting *meeting, const struct files_frame *frame)
{
	struct outrider_plan plan = {
		.subject = meeting->subject,
		.start_us = day_us(frame, meeting->start_s),
		.end_us = day_us(frame, meeting->end_s),
		.radius_m = (int32_t)meeting->radius_m,
		.min_dwell_s = (int32_t)meeting->min_dwell_s,
	};

	files_degrees(&plan.latitude, &plan.longitude, frame,
		      meeting->pin.east_m, meeting->pin.north_m);
	return plan;
}

struct outrider_fix
day_fix(const struct sighting *seen, const struct files_frame *frame)
{
	struct outrider_fix fix = {
		.time_us = day_us(frame, seen->at_s),
		.accuracy_m = seen->accuracy_m,
		.flags = seen->is_mock ? OUTRIDER_FIX_MOCK : 0,
	};

	files_degrees(&fix.latitude, &fix.longitude, frame, seen->east_m,
		      seen->north_m);
	return fix;
}
