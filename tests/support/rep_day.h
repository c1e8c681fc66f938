/*
 * rep_day: a made-up day of tools/repday in a rep's phone: what happens in it,
 * what its GPS sees, and the plan that the phone is told. Fails the running
 * cmocka test where something that must work doesn't.
 */
#ifndef SUPPORT_REP_DAY_H
#define SUPPORT_REP_DAY_H

#include "day.h"
#include "day_files.h"
#include "rep.h"
#include "sight.h"

struct rep_day {
	struct rep rep; /* made ready by the test */
	struct day day;
	struct sighting seen[SIGHT_MAX];
	size_t n_seen;
	struct files_frame frame;
	struct uuid meetings[DAY_MEETINGS];
};

void rep_day_live(struct rep_day *d, uint64_t seed);
/* The phone's clocks go to the day's beginning, and it is told the meetings. */
void rep_day_plan(struct rep_day *d);

/* On the phone's wall clock: a second of the day. */
int64_t rep_day_us(const struct rep_day *d, uint32_t at_s);
/* Both clocks move to that time. */
void rep_day_go(struct rep_day *d, int64_t us);
struct outrider_fix
rep_day_fix(const struct rep_day *d, const struct sighting *seen);

#endif
