/*
 * area: what a plan says of a place's shape beside its pin and radius.
 *
 * Owns an outline (a shopping centre, a plant) and entrances, in decimetres
 * about the pin, their check and their canonical bytes, and distances to them.
 * It refuses to know of fixes and visits.
 */
#ifndef OUTRIDER_MODEL_AREA_H
#define OUTRIDER_MODEL_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	AREA_CORNERS_MIN = 3,
	AREA_CORNERS_MAX = 24,
	AREA_ENTRANCES_MAX = 8,
	AREA_REACH_DM = 10000, /* nothing lies further from the pin */
};

struct area_point {
	int16_t east_dm;
	int16_t north_dm;
};

/* All zero: the place is a pin and a radius. */
struct area {
	uint8_t n_corners; /* 0, or AREA_CORNERS_MIN..AREA_CORNERS_MAX */
	uint8_t n_entrances;
	struct area_point corners[AREA_CORNERS_MAX]; /* in order, either way */
	struct area_point entrances[AREA_ENTRANCES_MAX];
};

/* Numbers within the limits, every point within reach, and the outline meets
 * itself nowhere. */
bool area_is_valid(const struct area *area);

/* Whether such a corner, entrance may be: within reach of the pin. */
bool area_is_in_reach(double east_m, double north_m);

/* Metres to the outline, 0 inside of it. The area has one. */
double area_distance_m(const struct area *area, double east_m, double north_m);

/* Metres to the nearest entrance. The area has one. */
double area_entrance_m(const struct area *area, double east_m, double north_m);

/* The outline's size. 0 without one. */
double area_surface_m2(const struct area *area);
double area_circumference_m(const struct area *area);

/* Canonical bytes: the two numbers, then the points, 2 + 2 bytes each. Write
 * returns the length; read returns how much it took, 0 if it was not what
 * write writes for a valid area. */
#define AREA_MAX_BYTES (2 + 4 * (24 + 8))
size_t area_write(uint8_t out[AREA_MAX_BYTES], const struct area *area);
size_t area_read(struct area *out, const uint8_t *bytes, size_t len);

#endif
