/*
 * rep_day: see rep_day.h.
 */
#include "rep_day.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "day_core.h"

static const struct geo_pin amsterdam = { 523700000, 49000000 };

void rep_day_live(struct rep_day *d, uint64_t seed)
{
	assert_true(day_live(&d->day, seed));
	d->n_seen = sight_observe(d->seen, &d->day, seed);
}

static void
plan_one(struct rep_day *d, const struct day_meeting *m, struct uuid *id)
{
	struct outrider_plan plan = day_plan(m, &d->frame);

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
	return day_us(&d->frame, at_s);
}

void rep_day_go(struct rep_day *d, int64_t us)
{
	d->rep.phone.mono_us += us - d->rep.phone.wall_us;
	d->rep.phone.wall_us = us;
}

struct outrider_fix
rep_day_fix(const struct rep_day *d, const struct sighting *seen)
{
	return day_fix(seen, &d->frame);
}
