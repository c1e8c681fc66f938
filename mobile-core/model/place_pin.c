/*
 * See place_pin.h.
 */
#include "model/place_pin.h"

#include "model/num.h"
#include "model/wire.h"

#include <string.h>

/* Fields of GeoPoint. */
enum { POINT_LATITUDE = 1, POINT_LONGITUDE = 2 };

static bool is_learned(const struct place_fields *fields)
{
	return fields->learned_latitude != 0 || fields->learned_longitude != 0;
}

bool place_pin_may_learn(const struct place_fields *fields)
{
	return !fields->is_pin_fixed && !fields->has_shape &&
	       (fields->latitude != 0 || fields->longitude != 0);
}

void place_pin_of(struct place_pin *out, const struct place_fields *fields)
{
	*out = (struct place_pin){
		.latitude = fields->latitude,
		.longitude = fields->longitude,
		.radius_m = fields->radius_m,
	};
	if (!is_learned(fields) || !place_pin_may_learn(fields))
		return;
	out->latitude = fields->learned_latitude;
	out->longitude = fields->learned_longitude;
	out->is_learned = true;
	if (out->radius_m == 0)
		out->radius_m = fields->learned_radius_m;
}

static enum outrider_code
broken(struct outrider_err *err, const char *field, const char *text)
{
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, field, "%s", text);
}

enum outrider_code
pin_check(const struct pin_fields *pin, struct outrider_err *err)
{
	if (pin->latitude == 0 && pin->longitude == 0)
		return OUTRIDER_OK;
	/* NaN fails too. */
	if (!(pin->latitude > -90.0 && pin->latitude < 90.0))
		return broken(err, pin->latitude_name,
			      "a latitude lies between -90 and 90, and no pin "
			      "on a pole");
	if (!(pin->longitude >= -180.0 && pin->longitude <= 180.0))
		return broken(err, pin->longitude_name,
			      "a longitude lies between -180 and 180");
	if (pin->latitude == 0)
		return broken(err, pin->latitude_name,
			      "a pin needs a latitude, too; on the equator "
			      "that is 0.0000001");
	if (pin->longitude == 0)
		return broken(err, pin->longitude_name,
			      "a pin needs a longitude, too; on the meridian "
			      "of Greenwich that is 0.0000001");
	return OUTRIDER_OK;
}

/* ----------------------------------------------------------------- shapes */

static double degrees_in(struct bytes point, uint32_t number)
{
	struct wire_field in;
	double degrees = 0;

	if (wire_find(&in, point, number) && in.type == WIRE_I64)
		memcpy(&degrees, &in.scalar, sizeof(degrees));
	return degrees;
}

size_t place_points_read(struct meeting_point *out, size_t max,
			 struct bytes occurrences)
{
	struct wire_reader reader = wire_read(occurrences);
	struct wire_field in;
	size_t n = 0;

	while (n < max && wire_next(&reader, &in) > 0)
		out[n++] = (struct meeting_point){
			.latitude = degrees_in(in.value, POINT_LATITUDE),
			.longitude = degrees_in(in.value, POINT_LONGITUDE),
		};
	return n;
}

static int16_t decimetres(double metres)
{
	return (int16_t)num_round(metres * 10.0, -AREA_REACH_DM, AREA_REACH_DM);
}

/* The points about the pin; false where one is out of reach. */
static bool project(struct area_point *out, const struct geo_plane *plane,
		    const struct meeting_point *points, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double east_m, north_m;

		if (!geo_to_metres(plane, &east_m, &north_m, points[i].latitude,
				   points[i].longitude) ||
		    !area_is_in_reach(east_m, north_m))
			return false;
		out[i].east_dm = decimetres(east_m);
		out[i].north_dm = decimetres(north_m);
	}
	return true;
}

enum outrider_code
place_shape_check(const struct place_shape *shape, struct outrider_err *err)
{
	/* One more than there may be, so that too many are seen. */
	struct meeting_point points[AREA_CORNERS_MAX + 1];
	struct area area = { 0 };
	struct geo_plane plane;
	struct geo_pin pin;
	size_t n;

	if (shape->outline.len == 0 && shape->entrances.len == 0)
		return OUTRIDER_OK;
	if ((shape->latitude == 0 && shape->longitude == 0) ||
	    !geo_pin_from_degrees(&pin, shape->latitude, shape->longitude))
		return broken(err,
			      shape->outline.len > 0 ? shape->outline_name
						     : shape->entrances_name,
			      "a shape lies about a pin: set the pin, too");
	geo_plane_about(&plane, pin);
	n = place_points_read(points, AREA_ENTRANCES_MAX + 1, shape->entrances);
	if (n > AREA_ENTRANCES_MAX)
		return broken(err, shape->entrances_name,
			      "a place has 8 entrances at most");
	if (!project(area.entrances, &plane, points, n))
		return broken(err, shape->entrances_name,
			      "an entrance lies within 1 km of the pin");
	n = place_points_read(points, AREA_CORNERS_MAX + 1, shape->outline);
	if (n == 0)
		return OUTRIDER_OK;
	if (n < AREA_CORNERS_MIN || n > AREA_CORNERS_MAX)
		return broken(err, shape->outline_name,
			      "an outline has 3 to 24 corners");
	if (!project(area.corners, &plane, points, n))
		return broken(err, shape->outline_name,
			      "an outline lies within 1 km of the pin");
	area.n_corners = (uint8_t)n;
	if (!area_is_valid(&area))
		return broken(err, shape->outline_name,
			      "an outline doesn't cross or touch itself");
	return OUTRIDER_OK;
}
