/*
 * check_in: a visit that nobody planned. Owns which places a fix may mean, and
 * the meeting that begins there and then; its window opens as any other.
 */
#include <stdlib.h>
#include <string.h>

#include "cards.h"
#include "core.h"
#include "edit_state.h"
#include "fields.h"
#include "model/num.h"
#include "plan.h"
#include "running.h"
#include "tracker.h"

#define MINUTE_US INT64_C(60000000)

enum {
	CANDIDATES_MAX = 64, /* nearest places that are looked at */
	LIMIT_DEFAULT = 10,
	MINUTES_DEFAULT = 60,
	MINUTES_MAX = 12 * 60,
};

static const double REACH_M = 1000.0;	 /* further off nobody checks in */
static const double SLACK_MAX_M = 100.0; /* of a poor fix */
static const double SLACK_UNKNOWN_M = 50.0;
static const int64_t FIX_AGE_US = 10 * MINUTE_US;
static const int64_t FIX_AHEAD_US = 2 * MINUTE_US;

/* A place near the fix, and how near. */
struct near_place {
	struct uuid id, company;
	double metres; /* to its pin */
	bool is_inside;
};

static enum outrider_code
check_fix(const struct outrider_fix *fix, struct outrider_err *err)
{
	/* NaN fails too. */
	if (fix != NULL && geo_is_valid(fix->latitude, fix->longitude) &&
	    fix->accuracy_m >= 0.0 && num_is_finite(fix->accuracy_m))
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, "fix",
		       "The fix is no place on earth, or no accuracy.");
}

/* ------------------------------------------------------------- which places */

static int by_distance(const void *a, const void *b)
{
	const struct near_place *x = a, *y = b;

	if (x->is_inside != y->is_inside)
		return x->is_inside ? -1 : 1;
	if (x->metres != y->metres)
		return x->metres < y->metres ? -1 : 1;
	return uuid_compare(&x->id, &y->id);
}

/* As far as the fix's accuracy goes it may lie in what is near. */
static double slack_m(const struct outrider_fix *fix)
{
	if (fix->accuracy_m == 0.0)
		return SLACK_UNKNOWN_M;
	return fix->accuracy_m < SLACK_MAX_M ? fix->accuracy_m : SLACK_MAX_M;
}

/* How the fix lies to the place as it is planned with. */
static void measure(struct near_place *place, struct bytes fields,
		    const struct outrider_fix *fix)
{
	static const uint8_t nobody[16];
	struct meeting_fields known;
	struct visit_plan plan;
	struct geo_plane plane;
	struct geo_pin here;
	double east_m, north_m, outside_m;

	plan_read_place(&known, fields);
	known.start_us = fix->time_us;
	known.end_us = fix->time_us + MINUTE_US;
	place->is_inside = false;
	if (!meeting_plan_make(&plan, nobody, &known))
		return;
	geo_plane_about(&plane, plan.pin);
	if (!geo_to_metres(&plane, &east_m, &north_m, fix->latitude,
			   fix->longitude))
		return;
	if (!geo_pin_from_degrees(&here, fix->latitude, fix->longitude))
		return;
	place->metres =
		geo_distance_m(geo_vector_of(here), geo_vector_of(plan.pin));
	outside_m = plan.area.n_corners > 0
			    ? area_distance_m(&plan.area, east_m, north_m)
			    : place->metres - plan.radius_m;
	place->is_inside = outside_m <= slack_m(fix);
}

/* The nearest pins, in the arena; those in reach alone. */
static bool gather(struct outrider *core, struct near_place **out, size_t *n,
		   const struct outrider_fix *fix)
{
	const struct nearby *nearby = &core->nearby;
	const struct nearby_link *links = nearby->links.at;
	struct geo_vector here;
	struct geo_pin pin;

	*n = 0;
	*out = arena_alloc(&core->work, (nearby->links.n + 1) * sizeof(**out));
	if (*out == NULL ||
	    !geo_pin_from_degrees(&pin, fix->latitude, fix->longitude))
		return false;
	here = geo_vector_of(pin);
	for (size_t i = 0; i < nearby->links.n; i++) {
		double metres;

		if (links[i].kind != nearby->place.number)
			continue;
		metres = geo_distance_m(here, geo_vector_of(links[i].pin));
		if (metres <= REACH_M)
			(*out)[(*n)++] = (struct near_place){
				.id = links[i].from,
				.company = links[i].to,
				.metres = metres,
			};
	}
	qsort(*out, *n, sizeof(**out), by_distance);
	if (*n > CANDIDATES_MAX)
		*n = CANDIDATES_MAX;
	return true;
}

/* The places that the fix may mean, the likeliest first; how many it lies in
 * are in front. */
static enum outrider_code
find_places(struct outrider *core, struct near_place **out, size_t *n,
	    size_t *n_inside, const struct outrider_fix *fix,
	    struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	if (!gather(core, out, n, fix))
		return err_no_memory(err);
	for (size_t i = 0; i < *n && code == OUTRIDER_OK; i++) {
		struct near_place *place = &(*out)[i];
		struct shown shown;
		struct arena arena;

		arena_init(&arena, &core->allocator, core->work.ceiling);
		code = cards_show(core, &arena, &shown,
				  core->nearby.place.number, &place->id, err);
		if (code == OUTRIDER_OK && shown.exists)
			measure(place, shown.card.fields, fix);
		arena_free(&arena);
	}
	qsort(*out, *n, sizeof(**out), by_distance);
	*n_inside = 0;
	while (*n_inside < *n && (*out)[*n_inside].is_inside)
		++*n_inside;
	return code;
}

/* A candidate on its way to the host. */
struct telling {
	const struct near_place *place;
	outrider_candidate_fn *callback;
	void *user;
};

static bool tell(void *user, const struct outrider_card *card)
{
	const struct telling *telling = user;
	struct outrider_candidate candidate = {
		.place = card,
		.distance_m = telling->place->metres,
		.is_inside = telling->place->is_inside,
	};

	memcpy(candidate.company_id, telling->place->company.at,
	       sizeof(candidate.company_id));
	return telling->callback(telling->user, &candidate);
}

static enum outrider_code
tell_candidates(struct outrider *core, const struct outrider_fix *fix,
		size_t limit, outrider_candidate_fn *callback, void *user,
		struct outrider_err *err)
{
	const struct entity *entity = schema_entity(core->nearby.place.number);
	struct near_place *places;
	size_t n, n_inside;
	bool goes_on = true;
	enum outrider_code code = core_want_cards(core, err);

	if (code == OUTRIDER_OK)
		code = check_fix(fix, err);
	if (code == OUTRIDER_OK)
		code = find_places(core, &places, &n, &n_inside, fix, err);
	for (size_t i = 0; code == OUTRIDER_OK && goes_on && i < n && i < limit;
	     i++) {
		struct telling telling = { &places[i], callback, user };

		code = cards_lend(core, &goes_on, entity, &places[i].id, tell,
				  &telling, err);
	}
	return code;
}

enum outrider_code
outrider_check_in_candidates(struct outrider *core,
			     const struct outrider_fix *fix, size_t limit,
			     outrider_candidate_fn *callback, void *user,
			     struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = tell_candidates(core, fix, limit > 0 ? limit : LIMIT_DEFAULT,
			       callback, user, err);
	core_leave(core);
	return code;
}

/* -------------------------------------------------------------- the meeting */

/* The one place that the fix lies in. */
static enum outrider_code choose(struct outrider *core, struct uuid *out,
				 const struct outrider_fix *fix,
				 struct outrider_err *err)
{
	struct near_place *places;
	size_t n, n_inside;
	enum outrider_code code =
		find_places(core, &places, &n, &n_inside, fix, err);

	if (code != OUTRIDER_OK)
		return code;
	if (n_inside > 1)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, "place_id",
			       "%zu places are here: choose one.", n_inside);
	if (n_inside == 0 && n > 0)
		return err_set(err, OUTRIDER_NOT_FOUND, "place_id",
			       "No place is here; the nearest is %.0f m off.",
			       places[0].metres);
	if (n_inside == 0)
		return err_set(err, OUTRIDER_NOT_FOUND, "place_id",
			       "No place is within %.0f m.", REACH_M);
	*out = places[0].id;
	return OUTRIDER_OK;
}

/* The place that was chosen is where the rep is, more or less. */
static enum outrider_code check_reach(const struct plan_draft *draft,
				      const struct outrider_fix *fix,
				      struct outrider_err *err)
{
	struct geo_pin here, pin;
	double metres;

	if (!geo_pin_from_degrees(&here, fix->latitude, fix->longitude) ||
	    !geo_pin_from_degrees(&pin, draft->latitude, draft->longitude) ||
	    (draft->latitude == 0 && draft->longitude == 0))
		return err_set(err, OUTRIDER_OUT_OF_RANGE, "place_id",
			       "That place has no pin.");
	metres = geo_distance_m(geo_vector_of(here), geo_vector_of(pin));
	if (metres > REACH_M)
		return err_set(err, OUTRIDER_OUT_OF_RANGE, "place_id",
			       "That place is %.1f km off.", metres / 1000.0);
	return OUTRIDER_OK;
}

/* What the place is called, in the arena; NULL without memory. */
static const char *name_of(struct outrider *core, struct bytes place_fields)
{
	const struct entity *entity = schema_entity_named("place", 5);
	const struct bytes name =
		fields_text(entity->message, place_fields, "display_name");
	char *text = arena_alloc(&core->work, name.len + 1);

	if (text == NULL)
		return NULL;
	if (name.len > 0)
		memcpy(text, name.at, name.len);
	text[name.len] = '\0';
	return text;
}

static enum outrider_code
draft_at_place(struct outrider *core, struct plan_draft *draft,
	       struct uuid *under_way, const struct outrider_check_in *asked,
	       struct outrider_err *err)
{
	struct uuid place;
	enum outrider_code code = OUTRIDER_OK;

	if (asked->place_id != NULL)
		memcpy(place.at, asked->place_id, sizeof(place.at));
	else
		code = choose(core, &place, asked->fix, err);
	if (code == OUTRIDER_OK)
		code = plan_take_place(core, draft, &place, err);
	if (code == OUTRIDER_OK)
		code = check_reach(draft, asked->fix, err);
	if (code != OUTRIDER_OK)
		return code;
	if (running_at_place(core, under_way, &place))
		return err_set(err, OUTRIDER_ALREADY_EXISTS, "place_id",
			       "A meeting at this place is under way.");
	if (draft->subject == NULL)
		draft->subject = name_of(core, draft->place_fields);
	if (draft->subject == NULL)
		return err_no_memory(err);
	return OUTRIDER_OK;
}

static enum outrider_code
draft_at_spot(struct outrider *core, struct plan_draft *draft,
	      struct uuid *under_way, const struct outrider_fix *fix,
	      struct outrider_err *err)
{
	struct geo_pin spot;
	enum outrider_code code;

	if (!geo_pin_from_degrees(&spot, fix->latitude, fix->longitude))
		return check_fix(NULL, err);
	code = running_at_spot(core, under_way, spot, slack_m(fix),
			       draft->subject, err);
	if (code == OUTRIDER_OK && !uuid_is_zero(under_way))
		return err_set(err, OUTRIDER_ALREADY_EXISTS, NULL,
			       "A check-in at this spot is under way.");
	draft->latitude = fix->latitude;
	draft->longitude = fix->longitude;
	if (draft->subject == NULL)
		draft->subject = "Check-in";
	return code;
}

static enum outrider_code
make_draft(struct outrider *core, struct plan_draft *draft,
	   struct uuid *under_way, const struct outrider_check_in *asked,
	   struct outrider_err *err)
{
	const struct outrider_fix *fix = asked->fix;
	const int32_t minutes = asked->minutes > 0 ? asked->minutes
						   : MINUTES_DEFAULT;
	enum outrider_code code = check_fix(fix, err);

	if (code != OUTRIDER_OK)
		return code;
	if (fix->time_us < core->now_us - FIX_AGE_US ||
	    fix->time_us > core->now_us + FIX_AHEAD_US)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "fix",
			       "The fix isn't of now.");
	if (minutes > MINUTES_MAX)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "minutes",
			       "A check-in is for 12 hours at most.");
	*draft = (struct plan_draft){
		.subject = asked->subject,
		.start_us = core->now_us,
		.end_us = core->now_us + minutes * MINUTE_US,
		.min_dwell_s = asked->min_dwell_s,
		.is_unplanned = true,
	};
	return asked->is_at_spot
		       ? draft_at_spot(core, draft, under_way, fix, err)
		       : draft_at_place(core, draft, under_way, asked, err);
}

/* The new meeting stands and those before it have ended, or neither. */
static enum outrider_code
save(struct outrider *core, struct outrider_edit *edit, struct running *running,
     struct outrider_err *err)
{
	enum outrider_code code = core_begin(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = running_end(core, running, err);
	if (code == OUTRIDER_OK)
		code = edit_save_in(edit, err);
	return core_finish(core, code, err);
}

static enum outrider_code check_in(struct outrider *core, struct uuid *id,
				   const struct outrider_check_in *asked,
				   struct outrider_err *err)
{
	struct outrider_edit *edit = NULL;
	struct running running = { .n = 0 };
	struct plan_draft draft;
	struct outrider_err late;
	enum outrider_code code = core_want_cards(core, err);

	if (code == OUTRIDER_OK)
		code = make_draft(core, &draft, id, asked, err);
	if (code == OUTRIDER_OK)
		code = plan_open(&edit, core, &draft, err);
	if (code == OUTRIDER_OK)
		*id = *edit_id(edit);
	if (code == OUTRIDER_OK)
		code = running_open(core, &running, err);
	if (code == OUTRIDER_OK)
		code = save(core, edit, &running, err);
	if (code == OUTRIDER_OK)
		running_tell(core, &running);
	running_free(core, &running);
	edit_free_if_there(core, edit);
	/* The meeting stands, and with the next fix its window opens anyway. */
	if (code == OUTRIDER_OK &&
	    tracker_fix(core, asked->fix, &late) != OUTRIDER_OK)
		core_log(core, OUTRIDER_LOG_WARNING, "check-in: %s", late.text);
	return code;
}

enum outrider_code outrider_check_in(struct outrider *core, uint8_t id_out[16],
				     const struct outrider_check_in *asked,
				     struct outrider_err *err)
{
	struct uuid id = { { 0 } };
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = check_in(core, &id, asked, err);
	if (id_out != NULL)
		memcpy(id_out, id.at, sizeof(id.at));
	core_leave(core);
	return code;
}
