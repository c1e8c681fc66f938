/*
 * running: see running.h; what goes on is in the agenda, while the cards are
 * open.
 */
#include "running.h"

#include <string.h>

#include "cards.h"
#include "core.h"
#include "edit_state.h"
#include "fields.h"
#include "model/wire.h"

static const struct entity *meeting_entity(void)
{
	return schema_entity_named("meeting", 7);
}

static struct uuid id_of(const struct agenda_item *item)
{
	struct uuid id;

	memcpy(id.at, item->plan.meeting_id, sizeof(id.at));
	return id;
}

static bool goes_on(const struct outrider *core, const struct agenda_item *item)
{
	const int64_t margin_us = VISIT_MARGIN_S * INT64_C(1000000);

	return item->is_tracked &&
	       core->now_us >= item->plan.start_us - margin_us &&
	       core->now_us < item->plan.end_us;
}

static bool
is_check_in(const struct outrider *core, const struct agenda_item *item)
{
	return item->is_unplanned && goes_on(core, item) &&
	       core->now_us > item->plan.start_us;
}

/* ----------------------------------------------------------------- the same */

bool running_at_place(const struct outrider *core, struct uuid *meeting,
		      const struct uuid *place)
{
	const struct agenda *agenda = &core->agenda;

	for (size_t i = 0; i < agenda->n; i++) {
		const struct agenda_item *item = &agenda->items[i];

		if (!goes_on(core, item) ||
		    uuid_compare(&item->place, place) != 0)
			continue;
		*meeting = id_of(item);
		return true;
	}
	return false;
}

static enum outrider_code
is_about(struct outrider *core, bool *out, const struct uuid *meeting,
	 const char *subject, struct outrider_err *err)
{
	const struct entity *entity = meeting_entity();
	struct shown shown;
	struct arena arena;
	struct bytes text;
	enum outrider_code code;

	*out = subject == NULL;
	if (*out)
		return OUTRIDER_OK;
	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = cards_show(core, &arena, &shown, entity->number, meeting, err);
	if (code == OUTRIDER_OK && shown.exists) {
		text = fields_text(entity->message, shown.card.fields,
				   "subject");
		*out = text.len == strlen(subject) &&
		       memcmp(text.at, subject, text.len) == 0;
	}
	arena_free(&arena);
	return code;
}

enum outrider_code running_at_spot(struct outrider *core, struct uuid *meeting,
				   struct geo_pin spot, double slack_m,
				   const char *subject,
				   struct outrider_err *err)
{
	const struct agenda *agenda = &core->agenda;
	const struct geo_vector here = geo_vector_of(spot);
	enum outrider_code code = OUTRIDER_OK;
	bool is_it = false;

	for (size_t i = 0; i < agenda->n && code == OUTRIDER_OK; i++) {
		const struct agenda_item *item = &agenda->items[i];

		if (!item->is_unplanned || !goes_on(core, item) ||
		    !uuid_is_zero(&item->place) ||
		    geo_distance_m(here, geo_vector_of(item->plan.pin)) >
			    item->plan.radius_m + slack_m)
			continue;
		*meeting = id_of(item);
		code = is_about(core, &is_it, meeting, subject, err);
		if (is_it)
			return code;
	}
	*meeting = (struct uuid){ { 0 } };
	return code;
}

/* --------------------------------------------------------------- the others */

/* A colleague's is the colleague's to end. */
static enum outrider_code is_own(struct outrider *core, bool *out,
				 const struct uuid *meeting,
				 struct outrider_err *err)
{
	const struct entity *entity = meeting_entity();
	struct shown shown;
	struct arena arena;
	enum outrider_code code;

	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = cards_show(core, &arena, &shown, entity->number, meeting, err);
	*out = code == OUTRIDER_OK && shown.exists &&
	       fields_refer_to(entity->message, shown.card.fields, "owner_id",
			       &core->device.user_id);
	arena_free(&arena);
	return code;
}

static enum outrider_code
open_end(struct outrider *core, struct outrider_edit **out,
	 const struct uuid *meeting, struct outrider_err *err)
{
	const struct message *message = meeting_entity()->message;
	struct buffer fields;
	enum outrider_code code = edit_open(out, core, "meeting", meeting, err);

	if (code != OUTRIDER_OK)
		return code;
	buffer_init(&fields, &core->allocator, 64);
	wire_put_timestamp(&fields,
			   message_field_named(message, "end_time", 8)->number,
			   core->now_us);
	if (fields.is_full)
		code = err_no_memory(err);
	else
		code = edit_take(*out, (struct bytes){ fields.at, fields.len },
				 err);
	buffer_free(&fields);
	return code;
}

enum outrider_code running_open(struct outrider *core, struct running *running,
				struct outrider_err *err)
{
	const struct agenda *agenda = &core->agenda;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0;
	     i < agenda->n && code == OUTRIDER_OK && running->n < RUNNING_MAX;
	     i++) {
		struct uuid id = id_of(&agenda->items[i]);
		bool is_mine;

		if (!is_check_in(core, &agenda->items[i]))
			continue;
		code = is_own(core, &is_mine, &id, err);
		if (code != OUTRIDER_OK || !is_mine)
			continue;
		code = open_end(core, &running->edits[running->n], &id, err);
		running->n += running->edits[running->n] != NULL;
	}
	return code;
}

/* In this order: a plan that changes under way would be told, and judged as it
 * was. */
enum outrider_code running_end(struct outrider *core, struct running *running,
			       struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < running->n && code == OUTRIDER_OK; i++) {
		code = tracker_end_now(core, &running->ends[i],
				       edit_id(running->edits[i])->at, err);
		if (code == OUTRIDER_OK)
			code = edit_save_in(running->edits[i], err);
	}
	return code;
}

void running_tell(struct outrider *core, const struct running *running)
{
	for (size_t i = 0; i < running->n; i++)
		tracker_tell_end(core, &running->ends[i]);
}

/* Where the cards were locked meanwhile, the edits are gone already. */
void running_free(struct outrider *core, struct running *running)
{
	for (size_t i = 0; i < running->n; i++)
		edit_free_if_there(core, running->edits[i]);
	*running = (struct running){ .n = 0 };
}
