/*
 * See places_learn.h.
 *
 *	visits of a rep -> their median -> median over reps -> bounded shift
 *
 * Medians twice: one visit weighs little within a rep, one rep little among
 * reps, however many visits they bring.
 */
#include "app/places_learn.h"

#include "app/own_change.h"
#include "app/visit_kinds.h"
#include "model/spoof.h"
#include "model/visit.h"

#include <math.h>
#include <stdlib.h>

enum {
	LESSONS_MAX = 400, /* of a place that are looked at */
	REPS_MAX = 64,
	REACH_M = 1000, /* what lies further off is another place */
};

/* Metres: what a rep's word is worth while there is no other's, what fixes
 * err by together, and what remains. */
#define BETWEEN_REPS_M 10.0
#define WITHIN_REP_M   5.0
#define REMAINDER_M    3.0
/* 68 % of a round normal lie within so many deviations of one axis. */
#define RADIUS_68 1.51

struct spot {
	double east_m, north_m;
};

/* One visit, about the place's own pin. */
struct lesson {
	struct spot at;
	double spread_m;
	size_t rep;
};

struct lessons {
	struct lesson at[LESSONS_MAX];
	size_t n;
	struct uuid reps[REPS_MAX];
	size_t of_rep[REPS_MAX];
	struct spot centres[REPS_MAX];
	size_t n_reps;
};

/* ---------------------------------------------------------------- medians */

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sorts; n > 0. */
static double median(double *values, size_t n)
{
	qsort(values, n, sizeof(values[0]), compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static double square(double x)
{
	return x * x;
}

static double distance2(struct spot a, struct spot b)
{
	return square(a.east_m - b.east_m) + square(a.north_m - b.north_m);
}

static struct spot centre_of_rep(const struct lessons *lessons, size_t rep)
{
	double east_m[PLACE_VISITS_OF_REP], north_m[PLACE_VISITS_OF_REP];
	size_t n = 0;

	for (size_t i = 0; i < lessons->n; i++) {
		if (lessons->at[i].rep != rep)
			continue;
		east_m[n] = lessons->at[i].at.east_m;
		north_m[n++] = lessons->at[i].at.north_m;
	}
	return (struct spot){ median(east_m, n), median(north_m, n) };
}

static struct spot centre_of_reps(const struct lessons *lessons)
{
	double east_m[REPS_MAX], north_m[REPS_MAX];

	for (size_t i = 0; i < lessons->n_reps; i++) {
		east_m[i] = lessons->centres[i].east_m;
		north_m[i] = lessons->centres[i].north_m;
	}
	return (struct spot){ median(east_m, lessons->n_reps),
			      median(north_m, lessons->n_reps) };
}

/* --------------------------------------------------------------- gathering */

/* The rep's place in the list; REPS_MAX where no more fit. */
static size_t rep_index(struct lessons *lessons, const struct uuid *rep)
{
	for (size_t i = 0; i < lessons->n_reps; i++)
		if (uuid_compare(&lessons->reps[i], rep) == 0)
			return i;
	if (lessons->n_reps == REPS_MAX)
		return REPS_MAX;
	lessons->reps[lessons->n_reps] = *rep;
	return lessons->n_reps++;
}

static void gather(struct lessons *out, const struct geo_plane *plane,
		   const struct place_lesson *given, size_t n)
{
	for (size_t i = 0; i < n && out->n < LESSONS_MAX; i++) {
		struct lesson lesson = { .spread_m =
						 given[i].spread_dm / 10.0 };

		if (!geo_to_metres(plane, &lesson.at.east_m, &lesson.at.north_m,
				   given[i].lat_e7 / 1e7,
				   given[i].lon_e7 / 1e7) ||
		    distance2(lesson.at, (struct spot){ 0, 0 }) >
			    square(REACH_M))
			continue;
		lesson.rep = rep_index(out, &given[i].rep);
		if (lesson.rep == REPS_MAX ||
		    out->of_rep[lesson.rep] == PLACE_VISITS_OF_REP)
			continue;
		out->of_rep[lesson.rep]++;
		out->at[out->n++] = lesson;
	}
	for (size_t i = 0; i < out->n_reps; i++)
		out->centres[i] = centre_of_rep(out, i);
}

/* -------------------------------------------------------------- estimating */

/* How far the reps' word may move the pin. */
static double bound_m(const struct lessons *lessons, struct spot centre)
{
	size_t agreeing = 0;
	double bound;

	for (size_t i = 0; i < lessons->n_reps; i++)
		agreeing += distance2(lessons->centres[i], centre) <=
			    square(PLACE_AGREEING_M);
	bound = (double)PLACE_SHIFT_OF_REP_M *
		(double)(agreeing > 0 ? agreeing : 1);
	return fmin(bound, PLACE_SHIFT_MAX_M);
}

/* Of the unbounded centre, in metres. */
static double uncertainty_m(const struct lessons *lessons, struct spot centre)
{
	double n_reps = (double)lessons->n_reps, n = (double)lessons->n;
	double within = 0, between = 0;

	for (size_t i = 0; i < lessons->n; i++)
		within += distance2(lessons->at[i].at,
				    lessons->centres[lessons->at[i].rep]) /
			  2;
	within = fmax(within / n, square(WITHIN_REP_M));
	for (size_t i = 0; i < lessons->n_reps; i++)
		between += distance2(lessons->centres[i], centre) / 2;
	between = lessons->n_reps > 1 ? between / (n_reps - 1)
				      : square(BETWEEN_REPS_M);
	return RADIUS_68 *
	       sqrt(between / n_reps + within / n + square(REMAINDER_M));
}

/* What holds the people who were there: twice their distance from its middle
 * on the average, as long as they agree on where it is. */
static double radius_m(const struct lessons *lessons, struct spot centre)
{
	double sum = 0, n = 0;

	for (size_t i = 0; i < lessons->n; i++) {
		double off = distance2(lessons->at[i].at, centre);

		if (off > square(PLACE_AGREEING_M))
			continue;
		sum += off + square(lessons->at[i].spread_m);
		n++;
	}
	return n > 0 ? 2 * sqrt(sum / n) : PLACE_RADIUS_MOST_M;
}

static int32_t whole(double metres, int32_t least, int32_t most)
{
	return (int32_t)lround(fmin(fmax(metres, least), most));
}

static double in_e7(double degrees)
{
	return (double)llround(degrees * 1e7) / 1e7;
}

static double around(double longitude)
{
	if (longitude > 180)
		return longitude - 360;
	return longitude < -180 ? longitude + 360 : longitude;
}

void place_estimate(struct place_estimate *out, double latitude,
		    double longitude, const struct place_lesson *given,
		    size_t n)
{
	struct lessons lessons = { .n = 0 };
	struct geo_plane plane;
	struct geo_pin pin;
	struct spot centre;
	double shift_m, kept, unsure_m;

	*out = (struct place_estimate){ .is_known = false };
	if (!geo_pin_from_degrees(&pin, latitude, longitude))
		return;
	geo_plane_about(&plane, pin);
	gather(&lessons, &plane, given, n);
	/* At the poles east is nowhere. */
	if (lessons.n < PLACE_VISITS_MIN || plane.east_m_per_deg < 1)
		return;
	centre = centre_of_reps(&lessons);
	shift_m = sqrt(distance2(centre, (struct spot){ 0, 0 }));
	kept = fmin(1, bound_m(&lessons, centre) / fmax(shift_m, 1e-9));
	unsure_m = uncertainty_m(&lessons, centre);
	out->is_known = true;
	out->radius_m = whole(radius_m(&lessons, centre) + unsure_m,
			      PLACE_RADIUS_LEAST_M, PLACE_RADIUS_MOST_M);
	/* What the bound cut off may be true. */
	out->uncertainty_m = whole(unsure_m + shift_m * (1 - kept), 1, 1000);
	out->latitude = in_e7(plane.lat_deg +
			      centre.north_m * kept / plane.north_m_per_deg);
	out->longitude = in_e7(around(
		plane.lon_deg + centre.east_m * kept / plane.east_m_per_deg));
	out->visits = (int32_t)lessons.n;
	out->reps = (int32_t)lessons.n_reps;
}

/* ----------------------------------------------------------------- a visit */

bool place_visit_teaches(const struct visit_finding *visit)
{
	/* Half of what makes a manager ask. */
	enum { SUSPICIOUS_PERMILLE = SPOOF_ASK_PERMILLE / 2 };

	return (visit->word == VISIT_PRESENT || visit->word == VISIT_LATE) &&
	       visit->certainty == VISIT_FIRM && visit->is_reproduced &&
	       visit->has_centre && !visit->is_unplanned &&
	       visit->mock_fixes == 0 &&
	       visit->spoof_permille < SUSPICIOUS_PERMILLE;
}

static bool lesson_of(struct place_lesson *out,
		      const struct visit_finding *visit,
		      const struct uuid *place)
{
	const struct geo_pin pin = { .lat_e7 = visit->pin_lat_e7,
				     .lon_e7 = visit->pin_lon_e7 };
	struct geo_plane plane;
	struct geo_pin centre;

	geo_plane_about(&plane, pin);
	if (plane.east_m_per_deg < 1 ||
	    !geo_pin_from_degrees(
		    &centre,
		    plane.lat_deg + visit->centre_north_dm / 10.0 /
					    plane.north_m_per_deg,
		    around(plane.lon_deg + visit->centre_east_dm / 10.0 /
						   plane.east_m_per_deg)))
		return false;
	*out = (struct place_lesson){
		.meeting = visit->meeting,
		.rep = visit->rep,
		.place = *place,
		.at_us = visit->start_us,
		.lat_e7 = centre.lat_e7,
		.lon_e7 = centre.lon_e7,
		.spread_dm = visit->centre_spread_dm,
	};
	return true;
}

static void
set_learned(struct own_change *change, const struct place_estimate *e)
{
	own_change_field(change, PLACE_LEARNED_LATITUDE)->d = e->latitude;
	own_change_field(change, PLACE_LEARNED_LONGITUDE)->d = e->longitude;
	own_change_field(change, PLACE_LEARNED_RADIUS_M)->i = e->radius_m;
	own_change_field(change, PLACE_LEARNED_UNCERTAINTY_M)->i =
		e->uncertainty_m;
	own_change_field(change, PLACE_LEARNED_VISITS)->i = e->visits;
	own_change_field(change, PLACE_LEARNED_REPS)->i = e->reps;
}

/* The place's record says what its lessons do. */
static enum outrider_code
write_estimate(struct app *app, struct store_conn *tx, const struct row *place,
	       struct arena *arena, struct outrider_err *err)
{
	struct own_change change;
	struct place_estimate estimate;
	struct place_lesson *lessons;
	size_t n;
	enum outrider_code code = own_change_begin(&change, place, arena, err);

	if (code == OUTRIDER_OK)
		code = place_lessons(tx, &lessons, &n, &place->id, LESSONS_MAX,
				     arena, err);
	if (code != OUTRIDER_OK)
		return code;
	place_estimate(&estimate, kind_value(place, PLACE_LATITUDE)->d,
		       kind_value(place, PLACE_LONGITUDE)->d, lessons, n);
	set_learned(&change, &estimate);
	return own_change_write(&change, app, tx, arena, err);
}

/* A place that stands and may learn, or NULL. */
static enum outrider_code find_place(struct row **out, struct store_conn *tx,
				     const struct uuid *id, struct arena *arena,
				     struct outrider_err *err)
{
	struct place_fields fields;
	enum outrider_code code;

	*out = NULL;
	if (uuid_is_zero(id))
		return OUTRIDER_OK;
	code = store_get(tx, out, schema_entity(KIND_PLACE), id, arena, err);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		*out = NULL;
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK)
		return code;
	place_fields_of(&fields, *out);
	if ((*out)->deleted_us != 0 || !place_pin_may_learn(&fields))
		*out = NULL;
	return OUTRIDER_OK;
}

enum outrider_code place_learn(struct app *app, struct store_conn *tx,
			       const struct visit_finding *visit,
			       const struct row *meeting, struct arena *arena,
			       struct outrider_err *err)
{
	const struct uuid id =
		kind_reference(kind_value(meeting, MEETING_PLACE));
	struct place_lesson lesson;
	struct uuid before;
	struct row *place, *left;
	enum outrider_code code = find_place(&place, tx, &id, arena, err);

	if (code != OUTRIDER_OK)
		return code;
	if (place && place_visit_teaches(visit) &&
	    lesson_of(&lesson, visit, &id)) {
		code = place_lesson_put(tx, &before, &lesson, err);
	} else {
		code = place_lesson_drop(tx, &before, &visit->meeting,
					 &visit->rep, err);
		/* Nothing said, nothing taken back. */
		if (uuid_is_zero(&before))
			return code;
	}
	if (code == OUTRIDER_OK && place)
		code = write_estimate(app, tx, place, arena, err);
	if (code != OUTRIDER_OK || uuid_is_zero(&before) ||
	    uuid_compare(&before, &id) == 0)
		return code;
	/* The meeting was moved here from another place. */
	code = find_place(&left, tx, &before, arena, err);
	if (code == OUTRIDER_OK && left)
		code = write_estimate(app, tx, left, arena, err);
	return code;
}
