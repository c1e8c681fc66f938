/* Places and the plane about them; see geo.h. Knows no time and no fixes. */
#include "model/geo.h"

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
