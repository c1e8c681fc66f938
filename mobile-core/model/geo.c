/* Places and the plane about them; see geo.h. Knows no time and no fixes. */
#include "model/geo.h"

#include <math.h>

#include "model/num.h"

static const double EARTH_RADIUS_M = 6371008.8;
static const double E7 = 1e7;

bool geo_is_valid(double lat_deg, double lon_deg)
{
	return lat_deg >= -90.0 && lat_deg <= 90.0 && lon_deg >= -180.0 &&
	       lon_deg <= 180.0;
}

bool geo_pin_is_valid(struct geo_pin pin)
{
	return pin.lat_e7 >= -900000000 && pin.lat_e7 <= 900000000 &&
	       pin.lon_e7 >= -1800000000 && pin.lon_e7 <= 1800000000;
}

bool geo_pin_from_degrees(struct geo_pin *out, double lat_deg, double lon_deg)
{
	if (!geo_is_valid(lat_deg, lon_deg))
		return false;
	out->lat_e7 = (int32_t)num_round(lat_deg * E7, -900000000, 900000000);
	out->lon_e7 = (int32_t)num_round(lon_deg * E7, -1800000000, 1800000000);
	return true;
}

void geo_plane_about(struct geo_plane *out, struct geo_pin pin)
{
	out->lat_deg = (double)pin.lat_e7 / E7;
	out->lon_deg = (double)pin.lon_e7 / E7;
	out->north_m_per_deg = EARTH_RADIUS_M * NUM_PI / 180.0;
	out->east_m_per_deg =
		out->north_m_per_deg * num_cos(out->lat_deg * NUM_PI / 180.0);
}

bool geo_to_metres(const struct geo_plane *plane, double *east_m,
		   double *north_m, double lat_deg, double lon_deg)
{
	if (!geo_is_valid(lat_deg, lon_deg))
		return false;
	double turn_deg = lon_deg - plane->lon_deg;
	if (turn_deg > 180.0)
		turn_deg -= 360.0;
	else if (turn_deg < -180.0)
		turn_deg += 360.0;
	*east_m = turn_deg * plane->east_m_per_deg;
	*north_m = (lat_deg - plane->lat_deg) * plane->north_m_per_deg;
	return true;
}

struct geo_vector geo_vector_of(struct geo_pin pin)
{
	double lat = (double)pin.lat_e7 / E7 * NUM_PI / 180.0;
	double lon = (double)pin.lon_e7 / E7 * NUM_PI / 180.0;
	double level = num_cos(lat);

	/* The sine of an angle is the cosine of it less a quarter turn. */
	return (struct geo_vector){
		.x = level * num_cos(lon),
		.y = level * num_cos(lon - NUM_PI / 2.0),
		.z = num_cos(lat - NUM_PI / 2.0),
	};
}

/* The series of arc sine, for 0 <= x <= 1/2: a quarter of its size goes with
 * each term, at least. */
static double arc_sine(double x)
{
	double term = x, sum = x;

	for (int k = 1; k <= 24; k++) {
		double odd = 2.0 * k - 1.0;
		term *= x * x * odd * odd / (2.0 * k * (2.0 * k + 1.0));
		sum += term;
	}
	return sum;
}

double geo_distance_m(struct geo_vector a, struct geo_vector b)
{
	double x = a.x - b.x, y = a.y - b.y, z = a.z - b.z;
	double half = num_clamp(sqrt(x * x + y * y + z * z) / 2.0, 0.0, 1.0);

	if (half <= 0.5)
		return 2.0 * EARTH_RADIUS_M * arc_sine(half);
	/* The other half of the quarter, from the angle that is left to it. */
	return 2.0 * EARTH_RADIUS_M *
	       (NUM_PI / 2.0 - 2.0 * arc_sine(sqrt((1.0 - half) / 2.0)));
}
