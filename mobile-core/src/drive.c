/*
 * drive: one's own meetings in a short driving order. Owns which meetings are
 * driven to, and what is said beside each; the order is model/route's.
 */
#include <stdlib.h>
#include <string.h>

#include "cards.h"
#include "core.h"
#include "fields.h"
#include "model/route.h"

/* A meeting on the way. */
struct stop {
	struct uuid id;
	struct geo_pin pin;
	int64_t start_us, end_us;
};

struct drive {
	struct outrider *core;
	const struct entity *meeting;
	struct stop *stops;
	struct geo_pin *pins; /* of the stops, in their order */
	size_t n, n_without_pin;
	struct geo_pin start, end;
	struct route_ask ask;
	uint8_t order[ROUTE_STOPS_MAX];
};

/* -------------------------------------------------------------- which ones */

/* Held or cancelled: nobody drives there any more. */
static bool is_over(const struct message *message, struct bytes fields)
{
	const char *state = fields_enum(message, fields, "state");

	return strcmp(state, "MEETING_STATE_HELD") == 0 ||
	       strcmp(state, "MEETING_STATE_CANCELLED") == 0;
}

static enum outrider_code add_meeting(struct drive *drive,
				      const struct visit_plan *plan,
				      struct outrider_err *err)
{
	struct outrider *core = drive->core;
	struct stop *stop = &drive->stops[drive->n];
	struct shown shown;
	struct arena arena;
	enum outrider_code code;

	memcpy(stop->id.at, plan->meeting_id, sizeof(stop->id.at));
	stop->start_us = plan->start_us;
	stop->end_us = plan->end_us;
	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = cards_show(core, &arena, &shown, drive->meeting->number,
			  &stop->id, err);
	if (code == OUTRIDER_OK && shown.exists &&
	    !is_over(drive->meeting->message, shown.card.fields)) {
		stop->pin = plan->pin;
		/* A pin at 0, 0 is one that was not set. */
		if (stop->pin.lat_e7 != 0 || stop->pin.lon_e7 != 0)
			drive->n++;
		else
			drive->n_without_pin++;
	}
	arena_free(&arena);
	return code;
}

static int by_start(const void *a, const void *b)
{
	const struct stop *x = a, *y = b;

	if (x->start_us != y->start_us)
		return x->start_us < y->start_us ? -1 : 1;
	return uuid_compare(&x->id, &y->id);
}

/* In the order of their hours, so that equal ways are driven in it. */
static enum outrider_code gather(struct drive *drive,
				 const struct outrider_trip *asked,
				 struct outrider_err *err)
{
	const struct agenda *agenda = &drive->core->agenda;
	struct arena *work = &drive->core->work;
	enum outrider_code code = OUTRIDER_OK;

	drive->stops =
		arena_alloc(work, (agenda->n + 1) * sizeof(*drive->stops));
	drive->pins = arena_alloc(work, (agenda->n + 1) * sizeof(*drive->pins));
	if (drive->stops == NULL || drive->pins == NULL)
		return err_no_memory(err);
	for (size_t i = 0; code == OUTRIDER_OK && i < agenda->n; i++) {
		const struct visit_plan *plan = &agenda->items[i].plan;
		if (plan->start_us < asked->until_us &&
		    plan->end_us > asked->from_us)
			code = add_meeting(drive, plan, err);
	}
	if (code != OUTRIDER_OK)
		return code;
	qsort(drive->stops, drive->n, sizeof(*drive->stops), by_start);
	for (size_t i = 0; i < drive->n; i++)
		drive->pins[i] = drive->stops[i].pin;
	if (drive->n > ROUTE_STOPS_MAX)
		return err_set(err, OUTRIDER_OUT_OF_RANGE, NULL,
			       "%zu meetings: at most %d are put in order.",
			       drive->n, ROUTE_STOPS_MAX);
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------ what is told */

static double between(const struct geo_pin *from, const struct geo_pin *to)
{
	if (from == NULL || to == NULL)
		return 0;
	return geo_distance_m(geo_vector_of(*from), geo_vector_of(*to));
}

static enum outrider_code tell_stop(struct drive *drive, bool *goes_on,
				    struct outrider_stop *stop, size_t i,
				    outrider_stop_fn *callback, void *user,
				    struct outrider_err *err)
{
	const struct stop *meeting = &drive->stops[drive->order[i]];
	struct outrider *core = drive->core;
	struct outrider_card card;
	struct shown shown;
	enum outrider_code code;

	arena_reset(&core->lent);
	code = cards_show(core, &core->lent, &shown, drive->meeting->number,
			  &meeting->id, err);
	if (code != OUTRIDER_OK || !shown.exists)
		return code;
	cards_describe(&card, drive->meeting, &shown);
	stop->meeting = &card;
	stop->number = i + 1;
	stop->latitude = meeting->pin.lat_e7 / 1e7;
	stop->longitude = meeting->pin.lon_e7 / 1e7;
	stop->start_us = meeting->start_us;
	stop->end_us = meeting->end_us;
	*goes_on = callback(user, stop);
	return OUTRIDER_OK;
}

/*
 * Goes along the order as if driving took no time: whoever waits at each stop
 * for its hour can't be at one whose hours were over before.
 */
static enum outrider_code tell(struct drive *drive, outrider_stop_fn *callback,
			       void *user, struct outrider_err *err)
{
	const struct geo_pin *before = drive->ask.start;
	int64_t now_us = INT64_MIN;
	enum outrider_code code = OUTRIDER_OK;
	bool goes_on = true;

	for (size_t i = 0; code == OUTRIDER_OK && goes_on && i < drive->n;
	     i++) {
		const struct stop *next = &drive->stops[drive->order[i]];
		struct outrider_stop stop = {
			.leg_m = between(before, &next->pin),
			.is_missed = next->end_us <= now_us,
		};
		if (next->start_us > now_us)
			now_us = next->start_us;
		before = &next->pin;
		code = tell_stop(drive, &goes_on, &stop, i, callback, user,
				 err);
	}
	return code;
}

static enum outrider_code set_ends(struct drive *drive,
				   const struct outrider_trip *asked,
				   struct outrider_err *err)
{
	if ((asked->has_start &&
	     !geo_pin_from_degrees(&drive->start, asked->start_latitude,
				   asked->start_longitude)) ||
	    (asked->has_end &&
	     !geo_pin_from_degrees(&drive->end, asked->end_latitude,
				   asked->end_longitude)))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "That is no place on the earth.");
	drive->ask.start = asked->has_start ? &drive->start : NULL;
	drive->ask.end = asked->has_end ? &drive->end : NULL;
	return OUTRIDER_OK;
}

static enum outrider_code
make(struct outrider *core, struct outrider_drive_sum *sum,
     const struct outrider_trip *asked, outrider_stop_fn *callback, void *user,
     struct outrider_err *err)
{
	struct drive drive = {
		.core = core,
		.meeting = schema_entity_named("meeting", 7),
	};
	struct route_work *work;
	enum outrider_code code = core_want_cards(core, err);

	if (code == OUTRIDER_OK)
		code = set_ends(&drive, asked, err);
	if (code == OUTRIDER_OK)
		code = gather(&drive, asked, err);
	if (code != OUTRIDER_OK)
		return code;
	work = arena_alloc(&core->work, sizeof(*work));
	if (work == NULL)
		return err_no_memory(err);
	drive.ask.stops = drive.pins;
	drive.ask.n = drive.n;
	sum->length_m = route_order(drive.order, &drive.ask, work);
	sum->n_stops = drive.n;
	sum->n_without_pin = drive.n_without_pin;
	sum->is_shortest = drive.n <= ROUTE_EXACT_MAX;
	if (drive.n > 0)
		sum->last_leg_m = between(&drive.pins[drive.order[drive.n - 1]],
					  drive.ask.end);
	return tell(&drive, callback, user, err);
}

enum outrider_code
outrider_drive(struct outrider *core, struct outrider_drive_sum *sum,
	       const struct outrider_trip *asked, outrider_stop_fn *callback,
	       void *user, struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	*sum = (struct outrider_drive_sum){ .length_m = 0 };
	if (code != OUTRIDER_OK)
		return code;
	code = make(core, sum, asked, callback, user, err);
	core_leave(core);
	return code;
}
