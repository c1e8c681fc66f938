/*
 * agenda: one's own meetings by id, read when they are listed and when the
 * windows are set.
 */
#include "agenda.h"

#include <stdlib.h>
#include <string.h>

#include "cards.h"
#include "core.h"
#include "fields.h"
#include "plan.h"
#include "tracker.h"

#define SECOND_US INT64_C(1000000)
#define RENEW_US  (3600 * SECOND_US) /* how old the windows may grow */
#define MARGIN_US (VISIT_MARGIN_S * SECOND_US)

static const char STATE_CANCELLED[] = "MEETING_STATE_CANCELLED";

void agenda_init(struct agenda *agenda, const struct allocator *allocator)
{
	*agenda = (struct agenda){ .is_stale = true };
	idmap_init(&agenda->map, allocator);
}

void agenda_clear(struct outrider *core)
{
	struct agenda *agenda = &core->agenda;

	if (agenda->items != NULL)
		core->allocator.resize(core->allocator.user, agenda->items, 0);
	idmap_free(&agenda->map);
	agenda_init(agenda, &core->allocator);
}

/* -------------------------------------------------------- meetings to plans */

static bool is_mine(const struct outrider *core, const struct message *message,
		    struct bytes fields)
{
	const struct uuid *me = &core->device.user_id;

	return fields_refer_to(message, fields, "owner_id", me) ||
	       fields_refer_to(message, fields, "participant_ids", me);
}

static bool is_cancelled(const struct message *message, struct bytes fields)
{
	return strcmp(fields_enum(message, fields, "state"), STATE_CANCELLED) ==
	       0;
}

static bool wants_outcome(const struct message *message, struct bytes fields)
{
	const bool has_next =
		fields_text(message, fields, "next_step").len > 0 ||
		fields_text(message, fields, "next_meeting_id").len > 0 ||
		fields_time(message, fields, "next_step_time") != 0 ||
		fields_number(message, fields, "has_no_next_step") != 0;

	return !has_next || fields_text(message, fields, "outcome").len == 0;
}

static void read_plan(struct agenda_item *out, const struct uuid *id,
		      const struct message *message, struct bytes fields)
{
	const struct bytes place = fields_text(message, fields, "place_id");
	struct meeting_fields meeting = {
		.start_us = fields_time(message, fields, "start_time"),
		.end_us = fields_time(message, fields, "end_time"),
		.pin_latitude = fields_double(message, fields, "pin_latitude"),
		.pin_longitude =
			fields_double(message, fields, "pin_longitude"),
		.radius_m = fields_number(message, fields, "radius_m"),
		.min_dwell_s = fields_number(message, fields, "min_dwell_s"),
	};

	plan_read_area(&meeting, message, fields, "pin_outline",
		       "pin_entrances");
	*out = (struct agenda_item){ .is_tracked = false };
	if (!uuid_parse(&out->place, (const char *)place.at, place.len))
		out->place = (struct uuid){ { 0 } };
	out->is_unplanned = fields_number(message, fields, "is_unplanned") != 0;
	out->is_tracked = meeting_plan_make(&out->plan, id->at, &meeting) &&
			  !is_cancelled(message, fields);
	out->wants_outcome = !is_cancelled(message, fields) &&
			     wants_outcome(message, fields);
}

/* ----------------------------------------------------------------- the list */

static void forget(struct agenda *agenda, uint32_t kind, const struct uuid *id)
{
	const uint32_t *found = idmap_get(&agenda->map, kind, id);
	struct agenda_item *last;
	struct uuid last_id;
	uint32_t i;

	if (found == NULL)
		return;
	i = *found;
	idmap_remove(&agenda->map, kind, id);
	last = &agenda->items[--agenda->n];
	if (i == agenda->n)
		return;
	agenda->items[i] = *last;
	memcpy(last_id.at, last->plan.meeting_id, sizeof(last_id.at));
	/* Is there already: takes no memory. */
	(void)idmap_put(&agenda->map, kind, &last_id, i);
}

static bool grow(struct outrider *core)
{
	struct agenda *agenda = &core->agenda;
	size_t room = agenda->room > 0 ? agenda->room * 2 : 32;
	struct agenda_item *items;

	if (agenda->n < agenda->room)
		return true;
	items = core->allocator.resize(core->allocator.user, agenda->items,
				       room * sizeof(*items));
	if (items == NULL)
		return false;
	agenda->items = items;
	agenda->room = room;
	return true;
}

enum outrider_code agenda_follow(struct outrider *core, const struct uuid *id,
				 bool exists, struct bytes fields,
				 struct outrider_err *err)
{
	const struct entity *entity = schema_entity_named("meeting", 7);
	struct agenda *agenda = &core->agenda;
	const uint32_t *found;
	uint32_t i;

	agenda->is_stale = true;
	if (!exists || !is_mine(core, entity->message, fields)) {
		forget(agenda, entity->number, id);
		return OUTRIDER_OK;
	}
	found = idmap_get(&agenda->map, entity->number, id);
	i = found != NULL ? *found : (uint32_t)agenda->n;
	if (found == NULL &&
	    (!grow(core) || !idmap_put(&agenda->map, entity->number, id, i)))
		return err_no_memory(err);
	agenda->n += found == NULL;
	read_plan(&agenda->items[i], id, entity->message, fields);
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------------ windows */

static int by_start(const void *a, const void *b)
{
	const struct tracker_window *x = a, *y = b;

	if (x->plan.start_us != y->plan.start_us)
		return x->plan.start_us < y->plan.start_us ? -1 : 1;
	return memcmp(x->plan.meeting_id, y->plan.meeting_id,
		      sizeof(x->plan.meeting_id));
}

static bool is_near(const struct outrider *core, const struct agenda_item *item)
{
	return item->is_tracked &&
	       item->plan.end_us + MARGIN_US > core->now_us &&
	       item->plan.start_us < core->now_us + TRACKER_HORIZON_US;
}

enum outrider_code
agenda_set_windows(struct outrider *core, struct outrider_err *err)
{
	struct agenda *agenda = &core->agenda;
	struct tracker_window *windows;
	enum outrider_code code;
	size_t n = 0;

	if (!agenda->is_stale)
		return OUTRIDER_OK;
	windows = core->allocator.resize(core->allocator.user, NULL,
					 (agenda->n + 1) * sizeof(*windows));
	if (windows == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < agenda->n; i++)
		if (is_near(core, &agenda->items[i]))
			windows[n++] = (struct tracker_window){
				.plan = agenda->items[i].plan,
				.is_mine = true,
				.is_unplanned = agenda->items[i].is_unplanned,
			};
	qsort(windows, n, sizeof(*windows), by_start);
	/* Of more meetings than a rep can hold the nearest count. */
	if (n > TRACKER_WINDOWS_MAX)
		n = TRACKER_WINDOWS_MAX;
	code = tracker_set_windows(core, windows, n, err);
	if (code == OUTRIDER_OK) {
		core_touch(core, CORE_AGENDA);
		agenda->is_stale = false;
		agenda->told_us = core->now_us;
	}
	core->allocator.resize(core->allocator.user, windows, 0);
	return code;
}

const struct agenda_item *
agenda_find(const struct agenda *agenda, const uint8_t meeting_id[16])
{
	const struct entity *entity = schema_entity_named("meeting", 7);
	const uint32_t *found;
	struct uuid id;

	memcpy(id.at, meeting_id, sizeof(id.at));
	found = idmap_get(&agenda->map, entity->number, &id);
	return found != NULL ? &agenda->items[*found] : NULL;
}

bool agenda_is_due(const struct outrider *core)
{
	const struct agenda *agenda = &core->agenda;

	return agenda->is_stale || core->now_us < agenda->told_us ||
	       core->now_us - agenda->told_us >= RENEW_US;
}

int64_t agenda_next_us(const struct outrider *core)
{
	return core->agenda.told_us + RENEW_US;
}

/* --------------------------------------------------------------- outrider.h */

/* A meeting on the way to the host. */
struct listed {
	int64_t start_us;
	struct uuid id;
};

static int listed_by_start(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	if (x->start_us != y->start_us)
		return x->start_us < y->start_us ? -1 : 1;
	return uuid_compare(&x->id, &y->id);
}

static enum outrider_code list(struct outrider *core, int64_t from_us,
			       int64_t until_us, outrider_card_fn *callback,
			       void *user, struct outrider_err *err)
{
	const struct entity *entity = schema_entity_named("meeting", 7);
	const struct agenda *agenda = &core->agenda;
	enum outrider_code code = OUTRIDER_OK;
	struct listed *found;
	bool goes_on = true;
	size_t n = 0;

	found = arena_alloc(&core->lent, (agenda->n + 1) * sizeof(*found));
	if (found == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < agenda->n; i++) {
		const struct visit_plan *plan = &agenda->items[i].plan;
		if (plan->start_us >= until_us || plan->end_us <= from_us)
			continue;
		found[n].start_us = plan->start_us;
		memcpy(found[n++].id.at, plan->meeting_id,
		       sizeof(plan->meeting_id));
	}
	qsort(found, n, sizeof(*found), listed_by_start);
	for (size_t i = 0; i < n && goes_on && code == OUTRIDER_OK; i++)
		code = cards_lend(core, &goes_on, entity, &found[i].id,
				  callback, user, err);
	return code;
}

enum outrider_code outrider_agenda(struct outrider *core, int64_t from_us,
				   int64_t until_us, outrider_card_fn *callback,
				   void *user, struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = core_want_cards(core, err);
	if (code == OUTRIDER_OK)
		code = list(core, from_us, until_us, callback, user, err);
	core_leave(core);
	return code;
}
