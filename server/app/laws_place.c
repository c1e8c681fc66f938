/*
 * Laws of places: whose word moves a pin, and what visits said of it.
 */
#include "app/laws_rooms.h"

#include "app/visit_kinds.h"
#include "store/places.h"

void place_fields_of(struct place_fields *out, const struct row *place)
{
	*out = (struct place_fields){
		.latitude = kind_value(place, PLACE_LATITUDE)->d,
		.longitude = kind_value(place, PLACE_LONGITUDE)->d,
		.radius_m = kind_value(place, PLACE_RADIUS_M)->i,
		.learned_latitude =
			kind_value(place, PLACE_LEARNED_LATITUDE)->d,
		.learned_longitude =
			kind_value(place, PLACE_LEARNED_LONGITUDE)->d,
		.learned_radius_m =
			kind_value(place, PLACE_LEARNED_RADIUS_M)->i,
		.is_pin_fixed = kind_value(place, PLACE_IS_PIN_FIXED)->i != 0,
		.has_shape = value_is_set(kind_value(place, PLACE_OUTLINE)) ||
			     value_is_set(kind_value(place, PLACE_ENTRANCES)),
	};
}

/* Another pin than before: what visits said was about the old one. */
static bool is_moved(const struct row *old, const struct row *row)
{
	return old && (kind_value(old, PLACE_LATITUDE)->d !=
			       kind_value(row, PLACE_LATITUDE)->d ||
		       kind_value(old, PLACE_LONGITUDE)->d !=
			       kind_value(row, PLACE_LONGITUDE)->d);
}

enum outrider_code
laws_place_settle(struct writing *w, struct outrider_err *err)
{
	struct place_fields fields;

	(void)err;
	place_fields_of(&fields, w->row);
	if (!is_moved(w->old, w->row) && place_pin_may_learn(&fields))
		return OUTRIDER_OK;
	for (uint32_t n = PLACE_LEARNED_LATITUDE; n <= PLACE_LEARNED_REPS; n++)
		*kind_value(w->row, n) = (struct value){ .i = 0 };
	return OUTRIDER_OK;
}

/* A pin that a manager fixed stays where it is until a manager says more. */
enum outrider_code laws_place_check(struct writing *w, struct outrider_err *err)
{
	static const struct {
		uint32_t number;
		const char *name;
	} pinned[] = {
		{ PLACE_LATITUDE, "latitude" },
		{ PLACE_LONGITUDE, "longitude" },
		{ PLACE_RADIUS_M, "radius_m" },
		{ PLACE_OUTLINE, "outline" },
		{ PLACE_ENTRANCES, "entrances" },
	};
	const struct principal *who = w->intent->principal;

	if (!who || who->rank >= RANK_MANAGER)
		return OUTRIDER_OK;
	if (field_set_has(&w->changed, PLACE_IS_PIN_FIXED))
		return err_set(err, OUTRIDER_PERMISSION_DENIED, "is_pin_fixed",
			       "managers fix a pin and free it");
	if (!kind_value(w->row, PLACE_IS_PIN_FIXED)->i)
		return OUTRIDER_OK;
	for (size_t i = 0; i < sizeof(pinned) / sizeof(pinned[0]); i++)
		if (field_set_has(&w->changed, pinned[i].number))
			return err_set(err, OUTRIDER_PERMISSION_DENIED,
				       pinned[i].name,
				       "a manager fixed this pin");
	return OUTRIDER_OK;
}

enum outrider_code
laws_place_follow(struct writing *w, struct outrider_err *err)
{
	struct place_fields fields;

	place_fields_of(&fields, w->row);
	if (w->old &&
	    (is_moved(w->old, w->row) || !place_pin_may_learn(&fields)))
		return place_lessons_forget(w->tx, &w->row->id, err);
	return OUTRIDER_OK;
}
