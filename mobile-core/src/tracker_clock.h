/*
 * tracker_clock: what time it is, for a phone whose clock may be wrong.
 *
 * Owns a belief made of the wall clock, the clock since boot and the times of
 * GPS fixes. While the wall clock walks with the clock since boot, it is
 * believed. After a jump the truth lies in [low, high] until a fix tells which
 * of the two is right; then fixes and the clock since boot count, whatever the
 * wall clock says. A window opens by high and closes by low, so that a jump
 * never loses one. Without any fix the wall clock is believed again after
 * twelve hours. A plain value; knows nothing of windows.
 */
#ifndef CORE_TRACKER_CLOCK_H
#define CORE_TRACKER_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tracker_clock {
	uint8_t boot_id[16];
	int64_t wall_us, mono_us; /* at the last look */
	int64_t offset_us;	  /* believed: time = mono_us + offset_us */
	bool is_started;
	bool is_anchored;	 /* a fix of this boot confirmed offset_us */
	int64_t doubted_mono_us; /* since when the wall clock is out of step */
	/* Fixes that agree with neither, and might be right. */
	bool has_candidate;
	int64_t candidate_offset_us, candidate_mono_us;
};

/* Takes the clocks of now. True if the wall clock has jumped since the last
 * look, or stands earlier than before a reboot. */
bool tracker_clock_look(struct tracker_clock *clock, const uint8_t boot_id[16],
			int64_t wall_us, int64_t mono_us);
/* Takes a time from outside that has just come: a fix's or the server's. */
void tracker_clock_fix(struct tracker_clock *clock, int64_t fix_us);

/* The earliest and the latest that it may be now. */
int64_t tracker_clock_low(const struct tracker_clock *clock);
int64_t tracker_clock_high(const struct tracker_clock *clock);
/* The wall clock's reading at which low will be `us`, and high. */
int64_t
tracker_clock_wall_of_low(const struct tracker_clock *clock, int64_t us);
int64_t
tracker_clock_wall_of_high(const struct tracker_clock *clock, int64_t us);

#define TRACKER_CLOCK_BYTES 66
void tracker_clock_save(uint8_t out[TRACKER_CLOCK_BYTES],
			const struct tracker_clock *clock);
bool tracker_clock_load(struct tracker_clock *clock, const uint8_t *at,
			size_t len);

#endif
