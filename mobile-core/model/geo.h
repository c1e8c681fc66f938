/*
 * geo: places on the earth, flat metres about one of them, and how far it is
 * between two.
 *
 * Owns the check of coordinates, the local plane and distances along the
 * sphere. Knows nothing of time, fixes or visits.
 */
#ifndef OUTRIDER_MODEL_GEO_H
#define OUTRIDER_MODEL_GEO_H

#include <stdbool.h>
#include <stdint.h>

/* A place in 1e-7 degrees (about a centimetre), WGS 84. Latitude within
 * +-900000000, longitude within +-1800000000. */
struct geo_pin {
	int32_t lat_e7;
	int32_t lon_e7;
};

/* Metres about a pin: equirectangular, true to 1e-4 over 10 km. */
struct geo_plane {
	double lat_deg;
	double lon_deg;
	double north_m_per_deg;
	double east_m_per_deg;
};

/* Finite, latitude within +-90, longitude within +-180. */
bool geo_is_valid(double lat_deg, double lon_deg);

bool geo_pin_is_valid(struct geo_pin pin);

/* Rounds to the nearest 1e-7 degree. False, and *out untouched, if the
 * coordinates are not valid. */
bool geo_pin_from_degrees(struct geo_pin *out, double lat_deg, double lon_deg);

/* The plane about a valid pin. At the poles east shrinks to nothing, which is
 * what it does there. */
void geo_plane_about(struct geo_plane *out, struct geo_pin pin);

/* East and north of the pin, in metres; the short way round at the date line.
 * False, and nothing written, if the coordinates are not valid. */
bool geo_to_metres(const struct geo_plane *plane, double *east_m,
		   double *north_m, double lat_deg, double lon_deg);

/* A place as a unit vector from the middle of the earth: no date line, no
 * poles, and of two places the nearer one has the shorter chord. */
struct geo_vector {
	double x, y, z;
};

struct geo_vector geo_vector_of(struct geo_pin pin);

/*
 * Along the great circle between two places, in metres: the sphere of the
 * earth's mean radius, within 0.6 % of the ellipsoid.
 */
double geo_distance_m(struct geo_vector a, struct geo_vector b);

#endif
