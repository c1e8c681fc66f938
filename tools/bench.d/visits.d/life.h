/*
 * life: what a rep did about one planned meeting, and what the phone saw of it.
 *
 * Owns the making of both, from a seed, with the truth known to the second. It
 * refuses to know of detectors and verdicts.
 */
#ifndef BENCH_LIFE_H
#define BENCH_LIFE_H

#include "dice.h"
#include "model/tick.h"
#include "model/visit.h"

enum life_kind {
	LIFE_PRESENT,
	LIFE_LATE,
	LIFE_SHORT,   /* 60 to 170 s, the minimum being 180 */
	LIFE_CAFE,    /* stays 200 to 450 m away */
	LIFE_DRIVEBY, /* may wait at a light by the door */
	LIFE_NO_SHOW, /* stays 3 km away */
	LIFE_PARKED,  /* sits in the car 40 to 120 m away, never goes in */
};
enum { LIFE_KINDS = LIFE_PARKED + 1 };

enum life_ground {
	LIFE_OPEN,
	LIFE_TOWN,
	LIFE_CANYON, /* between high houses */
	LIFE_INDOOR,
};

/* What the phone does to the fixes of a good one. */
enum life_phone {
	LIFE_GOOD,
	LIFE_NOISY,  /* errors twice as large */
	LIFE_BLIND,  /* hardly a fix under a roof */
	LIFE_COLD,   /* after a minute without, the first are far off */
	LIFE_FROZEN, /* under a roof the same place again and again */
	LIFE_DUTY,   /* ten seconds of fixes in three minutes */
};
enum { LIFE_PHONES = LIFE_DUTY + 1 };

struct life_leg {
	double from_m[2], to_m[2];
	int seconds;
	enum life_ground ground;
};

struct life {
	enum life_kind kind;
	enum life_ground city;
	enum life_phone phone;
	struct visit_plan plan;
	int64_t began_us;
	int arrival_s, departure_s; /* through the door; -1: never */
	int length_s;

	size_t n_legs;
	struct life_leg legs[24];

	/* The phone's eye. */
	struct dice dice;
	size_t leg;
	int in_leg_s, at_s;
	double error_m[2], sigma_m, boost, frozen_m[2];
	int gap_s, last_seen_s;
	bool is_fresh;
};

void life_begin(struct life *life, uint64_t seed, enum life_phone phone);
/* The next second: false at the end. *is_seen: whether there is a fix. */
bool life_next(struct life *life, struct fix *fix, bool *is_seen);

#endif
