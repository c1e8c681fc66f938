/*
 * sight: what a phone sees of a day.
 *
 * Owns the errors: position error that lasts (by surroundings), outliers,
 * gaps, and the accuracy that the phone claims. It refuses to know of
 * meetings. The figures were fitted to records of real phones.
 */
#ifndef REPDAY_SIGHT_H
#define REPDAY_SIGHT_H

#include "day.h"

enum { SIGHT_EVERY_S = 5, SIGHT_MAX = 10000 };

struct sighting {
	uint32_t at_s; /* since midnight */
	bool is_mock;  /* the platform says that a program made it up */
	double east_m, north_m;
	double accuracy_m; /* radius that holds the truth in 68 % */
};

/* Returns how many, at most SIGHT_MAX, in order of time. */
size_t sight_observe(struct sighting out[SIGHT_MAX], const struct day *day,
		     uint64_t seed);
/* The same through errors that are so many times as large. */
size_t sight_observe_noisy(struct sighting out[SIGHT_MAX],
			   const struct day *day, uint64_t seed, double noise);

#endif
