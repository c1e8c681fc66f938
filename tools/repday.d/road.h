/*
 * road: how the rep gets about, second by second.
 *
 * Owns moving on a grid of streets: drives with waits at lights, walks, time
 * spent in a place. It refuses to know of meetings and of what a phone sees.
 */
#ifndef REPDAY_ROAD_H
#define REPDAY_ROAD_H

#include "day.h"

struct road {
	struct day *day; /* NULL: only measures how long it takes */
	struct dice dice;
	uint32_t now_s;
	struct day_spot at;
	enum day_surroundings city; /* outside of houses */
	bool is_clear;
	bool is_fast; /* on roads where one gets on */
	/* No waiting at lights within NO_WAIT_M of this spot. */
	const struct day_spot *no_wait;
};

enum { ROAD_NO_WAIT_M = 800 };

void road_stay(struct road *road, uint32_t seconds,
	       enum day_surroundings surroundings);
/* Sits or stands about within a room of this size. */
void road_linger(struct road *road, uint32_t seconds, double room_m);
void road_drive(struct road *road, struct day_spot to);
void road_walk(struct road *road, struct day_spot to);

double road_distance_m(struct day_spot a, struct day_spot b);

#endif
