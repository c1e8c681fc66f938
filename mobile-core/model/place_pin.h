/*
 * place_pin: where a place is, for a meeting that is planned there, and what
 * shapes it may have. One rule for the phone that plans, for the server that
 * completes a plan, and for whoever checks a record.
 */
#ifndef MODEL_PLACE_PIN_H
#define MODEL_PLACE_PIN_H

#include "model/arena.h"
#include "model/err.h"
#include "model/meeting_plan.h"

/* The fields of a place as they stand; 0: not set. */
struct place_fields {
	double latitude, longitude; /* degrees */
	int64_t radius_m;
	double learned_latitude, learned_longitude;
	int64_t learned_radius_m;
	bool is_pin_fixed;
	bool has_shape; /* an outline, or entrances */
};

struct place_pin {
	double latitude, longitude;
	int64_t radius_m; /* 0: the default */
	bool is_learned;
};

/*
 * The pin that plans are made with: the learned one, unless a manager fixed
 * the place's own or somebody drew its shape. A radius that was set by hand
 * stands.
 */
void place_pin_of(struct place_pin *out, const struct place_fields *fields);
/* May visits move the pin? */
bool place_pin_may_learn(const struct place_fields *fields);

/* What a record says of its pin, and what the fields are called. */
struct pin_fields {
	double latitude, longitude; /* both 0: no pin */
	const char *latitude_name, *longitude_name;
};

/*
 * Half a pin is none: whoever wrote it has forgotten the other half, and the
 * place would lie on the equator or the meridian of Greenwich. At a pole there
 * is no east to measure. Errors: INVALID_ARGUMENT naming the field.
 */
MODEL_MUST_USE enum outrider_code
pin_check(const struct pin_fields *pin, struct outrider_err *err);

/*
 * The points of a repeated GeoPoint field, out of its occurrences on the wire
 * (checked); returns how many were read, at most max.
 */
size_t place_points_read(struct meeting_point *out, size_t max,
			 struct bytes occurrences);

/* What a record says of the shape, and what its fields are called. */
struct place_shape {
	double latitude, longitude; /* the pin */
	struct bytes outline, entrances;
	const char *outline_name, *entrances_name;
};

/*
 * 3 to 24 corners, no line across or along another, everything within 1 km of
 * the pin. Errors: INVALID_ARGUMENT naming the field.
 */
MODEL_MUST_USE enum outrider_code
place_shape_check(const struct place_shape *shape, struct outrider_err *err);

#endif
