/*
 * dice: a stream of chance that is the same on every machine.
 *
 * Owns a seeded generator and the few distributions that a made-up day needs,
 * built on model/num so that no C library's rounding changes a day. Not for
 * secrets.
 */
#ifndef REPDAY_DICE_H
#define REPDAY_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

/* Streams of one seed with different names do not follow each other. */
void dice_seed(struct dice *dice, uint64_t seed, uint64_t name);

/* In [0, 1). */
double dice_share(struct dice *dice);
/* In [lo, hi). */
double dice_between(struct dice *dice, double lo, double hi);
/* In 0..count-1; count is at least 1. */
uint32_t dice_below(struct dice *dice, uint32_t count);
bool dice_chance(struct dice *dice, double probability);
/* Normal with mean 0 and deviation 1. */
double dice_gauss(struct dice *dice);
/* Exponential with this mean. */
double dice_wait(struct dice *dice, double mean);
/* A point at distance lo..hi of the origin, in any direction. */
void dice_around(struct dice *dice, double lo, double hi, double *east,
		 double *north);

#endif
