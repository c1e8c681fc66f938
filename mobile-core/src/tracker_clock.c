/*
 * Offsets are compared, never times: a wall clock that is right keeps its
 * distance to the clock since boot, but for the slow slewing of a time server.
 */
#include "tracker_clock.h"

#include <string.h>

#include "model/octets.h"

static const int64_t JUMP_US = INT64_C(120) * 1000000;
/* Fixes that outvote both clocks agree this well, over at least this long: a
 * batch that was held back comes all at once. */
static const int64_t AGREE_US = INT64_C(5) * 1000000;
static const int64_t SPAN_US = INT64_C(30) * 1000000;
static const int64_t DOUBT_US = INT64_C(12) * 3600 * 1000000;
/* A clock outside the years 1970 to 2370 is held there. */
static const int64_t LATEST_US = INT64_C(12622780800) * 1000000;

static int64_t held(int64_t us)
{
	if (us < 0)
		return 0;
	return us < LATEST_US ? us : LATEST_US;
}

static bool are_close(int64_t a, int64_t b, int64_t within_us)
{
	return a - b <= within_us && b - a <= within_us;
}

static int64_t wall_offset(const struct tracker_clock *clock)
{
	return clock->wall_us - clock->mono_us;
}

static bool is_in_step(const struct tracker_clock *clock)
{
	return are_close(wall_offset(clock), clock->offset_us, JUMP_US);
}

static bool begin_boot(struct tracker_clock *clock, const uint8_t boot_id[16],
		       int64_t wall_us, int64_t mono_us)
{
	bool is_earlier = clock->is_started && wall_us < clock->wall_us;
	/* Time has not gone back while the phone was off. */
	int64_t now_us = is_earlier ? clock->wall_us : wall_us;
	*clock = (struct tracker_clock){
		.wall_us = wall_us,
		.mono_us = mono_us,
		.offset_us = now_us - mono_us,
		.doubted_mono_us = mono_us,
		.is_started = true,
	};
	memcpy(clock->boot_id, boot_id, sizeof(clock->boot_id));
	return is_earlier;
}

bool tracker_clock_look(struct tracker_clock *clock, const uint8_t boot_id[16],
			int64_t wall_us, int64_t mono_us)
{
	wall_us = held(wall_us);
	mono_us = held(mono_us);
	if (!clock->is_started ||
	    memcmp(clock->boot_id, boot_id, sizeof(clock->boot_id)) != 0)
		return begin_boot(clock, boot_id, wall_us, mono_us);
	int64_t before_us = wall_offset(clock);
	clock->wall_us = wall_us;
	clock->mono_us = mono_us;
	bool has_jumped = !are_close(wall_offset(clock), before_us, JUMP_US);
	if (has_jumped)
		clock->doubted_mono_us = mono_us;
	if (is_in_step(clock) || (!clock->is_anchored &&
				  mono_us - clock->doubted_mono_us >= DOUBT_US))
		clock->offset_us = wall_offset(clock);
	return has_jumped;
}

void tracker_clock_fix(struct tracker_clock *clock, int64_t fix_us)
{
	int64_t offset_us = held(fix_us) - clock->mono_us;
	if (are_close(offset_us, wall_offset(clock), JUMP_US)) {
		clock->offset_us = wall_offset(clock);
		clock->is_anchored = true;
	} else if (are_close(offset_us, clock->offset_us, JUMP_US)) {
		clock->is_anchored = true;
	} else if (!clock->has_candidate ||
		   !are_close(offset_us, clock->candidate_offset_us,
			      AGREE_US)) {
		clock->has_candidate = true;
		clock->candidate_offset_us = offset_us;
		clock->candidate_mono_us = clock->mono_us;
	} else if (clock->mono_us - clock->candidate_mono_us >= SPAN_US) {
		clock->offset_us = offset_us;
		clock->is_anchored = true;
		clock->has_candidate = false;
	}
}

static int64_t believed(const struct tracker_clock *clock)
{
	return clock->mono_us + clock->offset_us;
}

int64_t tracker_clock_low(const struct tracker_clock *clock)
{
	if (is_in_step(clock))
		return clock->wall_us;
	return clock->is_anchored || believed(clock) < clock->wall_us
		       ? believed(clock)
		       : clock->wall_us;
}

int64_t tracker_clock_high(const struct tracker_clock *clock)
{
	if (is_in_step(clock))
		return clock->wall_us;
	return clock->is_anchored || believed(clock) > clock->wall_us
		       ? believed(clock)
		       : clock->wall_us;
}

int64_t tracker_clock_wall_of_low(const struct tracker_clock *clock, int64_t us)
{
	return clock->wall_us + (us - tracker_clock_low(clock));
}

int64_t
tracker_clock_wall_of_high(const struct tracker_clock *clock, int64_t us)
{
	return clock->wall_us + (us - tracker_clock_high(clock));
}

void tracker_clock_save(uint8_t out[TRACKER_CLOCK_BYTES],
			const struct tracker_clock *clock)
{
	struct octet_writer w = { .bytes = out, .room = TRACKER_CLOCK_BYTES };
	memcpy(out, clock->boot_id, sizeof(clock->boot_id));
	w.len = sizeof(clock->boot_id);
	octets_put(&w, (uint64_t)clock->wall_us, 8);
	octets_put(&w, (uint64_t)clock->mono_us, 8);
	octets_put(&w, (uint64_t)clock->offset_us, 8);
	octets_put(&w, (uint64_t)clock->doubted_mono_us, 8);
	octets_put(&w, clock->is_anchored, 1);
	octets_put(&w, clock->has_candidate, 1);
	octets_put(&w, (uint64_t)clock->candidate_offset_us, 8);
	octets_put(&w, (uint64_t)clock->candidate_mono_us, 8);
}

bool tracker_clock_load(struct tracker_clock *clock, const uint8_t *at,
			size_t len)
{
	if (len != TRACKER_CLOCK_BYTES)
		return false;
	struct tracker_clock loaded = { .is_started = true };
	struct octet_reader r = { .next = at + sizeof(loaded.boot_id),
				  .end = at + len };
	memcpy(loaded.boot_id, at, sizeof(loaded.boot_id));
	loaded.wall_us = octets_get_signed(&r, 8);
	loaded.mono_us = octets_get_signed(&r, 8);
	loaded.offset_us = octets_get_signed(&r, 8);
	loaded.doubted_mono_us = octets_get_signed(&r, 8);
	loaded.is_anchored = octets_get_bool(&r);
	loaded.has_candidate = octets_get_bool(&r);
	loaded.candidate_offset_us = octets_get_signed(&r, 8);
	loaded.candidate_mono_us = octets_get_signed(&r, 8);
	if (r.failed || r.next != r.end)
		return false;
	*clock = loaded;
	return true;
}
