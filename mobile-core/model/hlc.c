/*
 * hlc: the hybrid logical clock. A plain number that the caller keeps; the
 * wall clock is handed in.
 */
#include "model/hlc.h"

#define COUNTER_BITS 16
#define AHEAD_MAX_MS (INT64_C(5) * 60 * 1000)
#define MS_MAX	     ((INT64_C(1) << (64 - COUNTER_BITS)) - 1)

/* The first value of a millisecond; times out of range are clamped. */
static uint64_t first_of(int64_t ms)
{
	if (ms < 0)
		ms = 0;
	if (ms > MS_MAX)
		ms = MS_MAX;
	return (uint64_t)ms << COUNTER_BITS;
}

uint64_t hlc_next(uint64_t last, int64_t wall_us)
{
	return hlc_lift(first_of(wall_us / 1000), last);
}

uint64_t hlc_lift(uint64_t value, uint64_t seen)
{
	if (value > seen)
		return value;
	/* A full counter carries into the milliseconds: still rising. */
	return seen < UINT64_MAX ? seen + 1 : seen;
}

uint64_t hlc_clamp(uint64_t value, int64_t wall_us)
{
	uint64_t limit = first_of(wall_us / 1000 + AHEAD_MAX_MS);

	return value < limit ? value : limit;
}

uint64_t hlc_observe(uint64_t last, uint64_t seen, int64_t wall_us)
{
	uint64_t clamped = hlc_clamp(seen, wall_us);

	return last > clamped ? last : clamped;
}
