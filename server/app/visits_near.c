/*
 * See visits_near.h.
 */
#include "app/visits_near.h"

#include "app/visit_kinds.h"
#include "store/places.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Own pins are asked for in the store, and a learned one may lie beside. */
#define BOX_M 300.0

enum { PLACES_MAX = 200 };
_Static_assert(PLACES_MAX <= UINT8_MAX, "a finding counts them");

struct near_place {
	const struct row *place;
	double away_m;
};

static int compare(const void *a, const void *b)
{
	const struct near_place *x = a, *y = b;

	if (x->away_m != y->away_m)
		return x->away_m > y->away_m ? 1 : -1;
	return uuid_compare(&x->place->id, &y->place->id);
}

static struct places_query box_about(const struct geo_plane *plane)
{
	double north = BOX_M / plane->north_m_per_deg;
	double east = plane->east_m_per_deg > 1000
			      ? BOX_M / plane->east_m_per_deg
			      : 360;
	struct places_query box = {
		.south = plane->lat_deg - north,
		.north = plane->lat_deg + north,
		.west = plane->lon_deg - east,
		.east = plane->lon_deg + east,
		.limit = PLACES_MAX,
	};

	if (box.west < -180 || box.east > 180) {
		box.west = -180;
		box.east = 180;
	}
	return box;
}

static bool is_other_customer(const struct row *place,
			      const struct visit_finding *visit,
			      const struct row *meeting)
{
	const struct uuid of_place =
		kind_reference(kind_value(place, PLACE_COMPANY));
	const struct uuid of_meeting =
		kind_reference(kind_value(meeting, MEETING_COMPANY));
	const struct uuid own =
		kind_reference(kind_value(meeting, MEETING_PLACE));

	if (uuid_compare(&place->id, &own) == 0 ||
	    (!uuid_is_zero(&of_place) &&
	     uuid_compare(&of_place, &of_meeting) == 0))
		return false;
	return uuid_compare(&place->owner, &visit->rep) == 0 ||
	       (!uuid_is_zero(&place->team) &&
		uuid_compare(&place->team, &meeting->team) == 0);
}

static bool
away_m(double *out, const struct geo_plane *plane, const struct row *place)
{
	struct place_fields fields;
	struct place_pin pin;
	double east_m, north_m;

	place_fields_of(&fields, place);
	place_pin_of(&pin, &fields);
	if (!geo_to_metres(plane, &east_m, &north_m, pin.latitude,
			   pin.longitude))
		return false;
	*out = sqrt(east_m * east_m + north_m * north_m);
	return *out <= VISIT_REACH_M;
}

enum outrider_code
visit_find_neighbours(struct visit_finding *visit, struct store_conn *conn,
		      const struct row *meeting, struct arena *arena,
		      struct outrider_err *err)
{
	struct near_place near_by[PLACES_MAX];
	struct geo_plane plane;
	struct places_query box;
	struct row **places;
	size_t n, n_near = 0;
	enum outrider_code code;

	visit->n_neighbours = 0;
	memset(visit->neighbours, 0, sizeof(visit->neighbours));
	geo_plane_about(&plane, (struct geo_pin){ visit->pin_lat_e7,
						  visit->pin_lon_e7 });
	box = box_about(&plane);
	code = store_places_about(conn, &places, &n, &box, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < n; i++) {
		struct near_place found = { .place = places[i] };

		if (is_other_customer(places[i], visit, meeting) &&
		    away_m(&found.away_m, &plane, places[i]))
			near_by[n_near++] = found;
	}
	qsort(near_by, n_near, sizeof(near_by[0]), compare);
	visit->n_neighbours = (uint8_t)n_near;
	for (size_t i = 0; i < n_near && i < VISIT_NEIGHBOURS_MAX; i++)
		visit->neighbours[i] = near_by[i].place->id;
	return OUTRIDER_OK;
}
