/*
 * tick: what the detector, and the evidence, may see of a phone's fixes.
 *
 * Owns the quantiser that merges raw fixes into ticks about a plan's pin, and
 * has the signals counted that a track may be made up. A tick has no absolute
 * place: metres about the pin within 2 km, only a ring of distance beyond.
 * Knows nothing of meetings, visits or verdicts.
 */
#ifndef OUTRIDER_MODEL_TICK_H
#define OUTRIDER_MODEL_TICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/geo.h"
#include "model/tick_signals.h"

/* What the phone reports. */
struct fix {
	int64_t time_us; /* Unix time */
	double lat_deg;
	double lon_deg;
	double accuracy_m; /* radius that holds the truth in 68 %; 0: unknown */
	bool is_mock;	   /* the platform says that a program made it up */
	bool is_against_sensors; /* steps or motion contradict it */
	bool is_rms; /* accuracy_m is a root mean square in the plane */
};

enum {
	TICK_CLIP_DM = 20000, /* 2 km: beyond, only a ring */
	TICK_ACCURACY_MAX_M = 1000,
	TICK_RING_MAX = 15,
	TICK_BLOCK_DS = 145, /* fixes closer than this are merged */
	TICK_AT_MAX_DS = 0x7fffffff,
};

enum tick_flag {
	TICK_MOCK = 1,	/* a fix in it was marked as made up */
	TICK_STILL = 2, /* beyond the clip: within 150 m of where the tick
			  * before was, so that a stay elsewhere shows
			  * without telling where */
	TICK_FLAGS = TICK_MOCK | TICK_STILL,
};

/* A quantised observation. Equal ticks mean equal verdicts. */
struct tick {
	uint32_t at_ds;	 /* 0.1 s since the window opened */
	int16_t east_dm; /* of the pin, +-TICK_CLIP_DM; 0 in a ring */
	int16_t north_dm;
	uint16_t accuracy_m; /* 1..TICK_ACCURACY_MAX_M; 0: unknown */
	uint8_t ring;	     /* 0: within 2 km; k: 2^k km or more, below
			       * 2^(k+1) km */
	uint8_t flags;	     /* of enum tick_flag */
};

/* In range, and no metres beside a ring. */
bool tick_is_valid(const struct tick *tick);

/* The quantiser of one window. A plain value: it may be copied. */
struct tick_quantiser {
	struct geo_pin pin;
	struct geo_plane plane;
	int64_t opened_us;
	int64_t closes_us;
	struct tick_signals signals;

	bool has_fix; /* last_*: the last fix that was taken */
	int64_t last_us;
	double last_east_m, last_north_m, last_accuracy_m;
	struct tick_pace pace;

	enum tick_trouble trouble; /* the host's, since trouble_us */
	int64_t trouble_us;

	bool has_tick; /* the last tick that was given out */
	uint32_t tick_ds;
	double tick_ended_ds; /* time of its last fix */
	double tick_east_m, tick_north_m;

	uint32_t block_fixes; /* the block being merged */
	uint32_t block_known; /* ... those with an accuracy */
	double block_weight, block_east, block_north, block_time_ds;
	double block_precision; /* sum of 1 / accuracy^2 of the known */
	bool block_is_mock;
};

/* Starts a window about a valid pin. Fixes before opened_us or after
 * closes_us are refused. */
void tick_quantiser_open(struct tick_quantiser *q, struct geo_pin pin,
			 int64_t opened_us, int64_t closes_us);

/*
 * Takes a fix. True if it completes a tick, which is then written to *out:
 * the first fix does, and each that comes block_ds (TICK_BLOCK_DS, or what
 * evidence_block_ds asks for) after the last one that did; others are kept
 * and merged into the next, or left out if a gap longer than a block comes
 * first. Ticks have strictly rising times. Anything in *fix is legal.
 */
bool tick_quantiser_add(struct tick_quantiser *q, struct tick *out,
			const struct fix *fix, uint32_t block_ds);

/* From now_us on the host has this trouble, or none again. Told anew at the
 * opening of a window, and ended with TICK_TROUBLE_NONE at its closing; times
 * outside the window are held to it. */
void tick_quantiser_trouble(struct tick_quantiser *q, enum tick_trouble trouble,
			    int64_t now_us);

/* The tick of the fixes that are still kept, at the end of a window. */
bool tick_quantiser_flush(struct tick_quantiser *q, struct tick *out);

/* Checkpoint: the same bytes on every processor. Save returns the number of
 * bytes, always TICK_QUANTISER_BYTES; load refuses anything else. */
#define TICK_QUANTISER_BYTES 191
size_t tick_quantiser_save(const struct tick_quantiser *q,
			   uint8_t out[TICK_QUANTISER_BYTES]);
bool tick_quantiser_load(struct tick_quantiser *q, const uint8_t *bytes,
			 size_t len);

#endif
