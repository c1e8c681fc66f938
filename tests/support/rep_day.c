/*
 * rep_day: see rep_day.h.
 */
#include "rep_day.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct geo_pin amsterdam = { 523700000, 49000000 };

void rep_day_live(struct rep_day *d, uint64_t seed)
{
	assert_true(day_live(&d->day, seed));
	d->n_seen = sight_observe(d->seen, &d->day, seed);
}

static void
plan_one(struct rep_day *d, const struct day_meeting *m, struct uuid *id)
{
	struct outrider_plan plan = {
		.subject = m->subject,
		.start_us = rep_day_us(d, m->start_s),
		.end_us = rep_day_us(d, m->end_s),
		.radius_m = (int32_t)m->radius_m,
		.min_dwell_s = (int32_t)m->min_dwell_s,
	};

	files_degrees(&plan.latitude, &plan.longitude, &d->frame, m->pin.east_m,
		      m->pin.north_m);
	assert_int_equal(outrider_plan_meeting(d->rep.phone.core, id->at, &plan,
					       NULL),
			 OUTRIDER_OK);
}

void rep_day_plan(struct rep_day *d)
{
	d->frame.midnight_s = d->rep.phone.wall_us / REP_S / 86400 * 86400;
	geo_plane_about(&d->frame.city, amsterdam);
	rep_day_go(d, rep_day_us(d, d->day.begins_s));
	for (size_t i = 0; i < DAY_MEETINGS; i++)
		plan_one(d, &d->day.meetings[i], &d->meetings[i]);
}

int64_t rep_day_us(const struct rep_day *d, uint32_t at_s)
{
	return (d->frame.midnight_s + at_s) * REP_S;
}

void rep_day_go(struct rep_day *d, int64_t us)
{
	d->rep.phone.mono_us += us - d->rep.phone.wall_us;
	d->rep.phone.wall_us = us;
}

struct outrider_fix
rep_day_fix(const struct rep_day *d, const struct sighting *seen)
{
	struct outrider_fix fix = { .time_us = rep_day_us(d, seen->at_s),
				    .accuracy_m = seen->accuracy_m };

	files_degrees(&fix.latitude, &fix.longitude, &d->frame, seen->east_m,
		      seen->north_m);
	return fix;
}
