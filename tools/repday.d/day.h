/*
 * day: what truly happens on a rep's made-up day.
 *
 * Owns a city on a grid, its places, the day's meetings and where the rep is
 * in every second. It refuses to know what a phone sees of it (sight.h) and
 * how anything is judged: the word that a meeting deserves follows from what
 * was made to happen, with margins wide enough that nobody could argue.
 */
#ifndef REPDAY_DAY_H
#define REPDAY_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "dice.h"
#include "model/visit.h"

enum { DAY_MEETINGS = 8, DAY_S = 86400 };

/* A spot in metres about the middle of the city. */
struct day_spot {
	double east_m, north_m;
};

enum day_surroundings {
	DAY_OPEN,
	DAY_URBAN,
	DAY_CANYON, /* between tall houses */
	DAY_INDOOR,
	DAY_SURROUNDINGS,
};

/* Where the rep is in one second. */
struct day_step {
	float east_m, north_m;
	uint8_t surroundings;
	bool is_clear; /* the phone sees without a gap here */
	bool is_off;   /* the phone's GPS is off */
};

struct day_meeting {
	char subject[80];
	char place[80];
	struct day_spot door;
	struct day_spot pin; /* where the address book puts the door */
	uint32_t radius_m, min_dwell_s;
	uint32_t start_s, end_s; /* planned, since midnight */
	enum visit_word expected;
	bool was_there;
	uint32_t arrived_s, departed_s; /* at the door; 0 if not there */
	const char *story;		/* one sentence */
};

struct day {
	struct day_meeting meetings[DAY_MEETINGS];
	uint32_t begins_s, ends_s; /* the steps that are used */
	struct day_step steps[DAY_S];
};

/*
 * Makes the day of a seed. Every word occurs at least once; meetings are in
 * order of time and their planned windows don't overlap. False if no day of
 * this seed came out clear-cut; that has not been seen yet.
 */
bool day_live(struct day *day, uint64_t seed);

#endif
