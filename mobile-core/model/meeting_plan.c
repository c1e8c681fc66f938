/*
 * See meeting_plan.h.
 */
#include "model/meeting_plan.h"

#include <string.h>

#include "model/num.h"

/* A number held in lo..hi, or what stands for 0. */
static uint32_t
number_or(int64_t value, uint32_t instead, uint32_t lo, uint32_t hi)
{
	if (value <= 0)
		return instead;
	return value < lo ? lo : value > hi ? hi : (uint32_t)value;
}

/* Decimetres about the pin; false out of reach. */
static bool project(struct area_point *out, const struct geo_plane *plane,
		    const struct meeting_point *point)
{
	double east_m, north_m;

	if (!geo_to_metres(plane, &east_m, &north_m, point->latitude,
			   point->longitude) ||
	    !area_is_in_reach(east_m, north_m))
		return false;
	out->east_dm = (int16_t)num_round(east_m * 10.0, -AREA_REACH_DM,
					  AREA_REACH_DM);
	out->north_dm = (int16_t)num_round(north_m * 10.0, -AREA_REACH_DM,
					   AREA_REACH_DM);
	return true;
}

static void take_outline(struct area *area, const struct geo_plane *plane,
			 const struct meeting_fields *fields)
{
	struct area outline = { 0 };

	if (fields->n_outline > AREA_CORNERS_MAX)
		return;
	for (size_t i = 0; i < fields->n_outline; i++)
		if (!project(&outline.corners[outline.n_corners++], plane,
			     &fields->outline[i]))
			return;
	if (!area_is_valid(&outline))
		return;
	area->n_corners = outline.n_corners;
	memcpy(area->corners, outline.corners, sizeof(area->corners));
}

static void take_entrances(struct area *area, const struct geo_plane *plane,
			   const struct meeting_fields *fields)
{
	for (size_t i = 0; i < fields->n_entrances && i < AREA_ENTRANCES_MAX;
	     i++) {
		struct area_point door;

		if (project(&door, plane, &fields->entrances[i]))
			area->entrances[area->n_entrances++] = door;
	}
}

bool meeting_plan_make(struct visit_plan *out, const uint8_t meeting_id[16],
		       const struct meeting_fields *fields)
{
	struct geo_plane plane;

	*out = (struct visit_plan){
		.start_us = fields->start_us,
		.end_us = fields->end_us,
		.radius_m = number_or(fields->radius_m, VISIT_RADIUS_DEFAULT_M,
				      VISIT_RADIUS_MIN_M, VISIT_RADIUS_MAX_M),
		.min_dwell_s = number_or(fields->min_dwell_s,
					 VISIT_MIN_DWELL_DEFAULT_S, 1,
					 VISIT_MIN_DWELL_MAX_S),
	};
	memcpy(out->meeting_id, meeting_id, sizeof(out->meeting_id));
	/* A pin at 0, 0 is one that was not set. */
	if ((fields->pin_latitude == 0 && fields->pin_longitude == 0) ||
	    !geo_pin_from_degrees(&out->pin, fields->pin_latitude,
				  fields->pin_longitude))
		return false;
	geo_plane_about(&plane, out->pin);
	take_outline(&out->area, &plane, fields);
	take_entrances(&out->area, &plane, fields);
	return visit_plan_is_valid(out);
}
