/*
 * outcome: what came of a meeting, and what comes next. Owns that outcome, next
 * step and next meeting are one transaction, and which meetings still want
 * theirs.
 */
#include <stdlib.h>
#include <string.h>

#include "cards.h"
#include "core.h"
#include "edit_state.h"
#include "fields.h"
#include "model/wire.h"
#include "plan.h"

#define MINUTE_US INT64_C(60000000)

enum { MINUTES_DEFAULT = 60, OUTCOME_BYTES_MAX = 16 * 1024 };

static const struct entity *meeting_entity(void)
{
	return schema_entity_named("meeting", 7);
}

static uint32_t number_of(const char *name)
{
	return message_field_named(meeting_entity()->message, name,
				   strlen(name))
		->number;
}

static uint64_t state_number(const char *name)
{
	const struct field *state =
		message_field_named(meeting_entity()->message, "state", 5);
	const struct enum_value *value =
		enum_value_named(state->values, name, strlen(name));

	return value != NULL ? (uint64_t)value->number : 0;
}

/* ------------------------------------------------------------- what is said */

static enum outrider_code
check(const struct outrider_outcome *outcome, struct outrider_err *err)
{
	const bool has_next =
		outcome->next_start_us != 0 || outcome->next_step_us != 0 ||
		(outcome->next_step != NULL && outcome->next_step[0] != '\0');

	if (outcome->text == NULL || outcome->text[0] == '\0')
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "text",
			       "What came of the meeting?");
	if (outcome->has_no_next_step && has_next)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT,
			       "has_no_next_step",
			       "A next step was given, and that there is none: "
			       "only one can be.");
	return OUTRIDER_OK;
}

static void put_text(struct buffer *out, struct field_set *cleared,
		     const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		wire_put_bytes(out, number_of(name), text, strlen(text));
	else
		field_set_add(cleared, number_of(name));
}

/* In ascending order of the fields' numbers; what isn't said is emptied: the
 * next step is the one that was said last. */
static void write_outcome(struct buffer *out, struct field_set *cleared,
			  const struct outrider_outcome *outcome,
			  const struct uuid *next)
{
	const int64_t next_us = outcome->next_start_us != 0
					? outcome->next_start_us
					: outcome->next_step_us;
	char text[UUID_TEXT_LEN + 1] = "";

	if (outcome->was_held)
		wire_put_scalar(out, number_of("state"),
				state_number("MEETING_STATE_HELD"));
	put_text(out, cleared, "outcome", outcome->text);
	put_text(out, cleared, "next_step", outcome->next_step);
	if (next_us != 0)
		wire_put_timestamp(out, number_of("next_step_time"), next_us);
	else
		field_set_add(cleared, number_of("next_step_time"));
	if (!uuid_is_zero(next))
		uuid_format(text, next);
	put_text(out, cleared, "next_meeting_id", text);
	if (outcome->has_no_next_step)
		wire_put_scalar(out, number_of("has_no_next_step"), 1);
	else
		field_set_add(cleared, number_of("has_no_next_step"));
}

static enum outrider_code
open_outcome(struct outrider *core, struct outrider_edit **out,
	     const struct uuid *meeting, const struct outrider_outcome *outcome,
	     const struct uuid *next, struct outrider_err *err)
{
	struct field_set cleared = { { 0 } };
	struct buffer fields;
	enum outrider_code code = edit_open(out, core, "meeting", meeting, err);

	if (code != OUTRIDER_OK)
		return code;
	buffer_init(&fields, &core->allocator, OUTCOME_BYTES_MAX);
	write_outcome(&fields, &cleared, outcome, next);
	if (fields.is_full)
		code = err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "Out of memory, or an outcome too long.");
	else
		code = edit_patch(*out, (struct bytes){ fields.at, fields.len },
				  &cleared, err);
	buffer_free(&fields);
	return code;
}

/* ------------------------------------------------------------- the next one */

static enum outrider_code
take_where(struct outrider *core, struct plan_draft *draft,
	   const uint8_t *place_id, struct outrider_err *err)
{
	const struct message *message = meeting_entity()->message;
	const struct bytes here = fields_text(message, draft->like, "place_id");
	struct uuid place;

	if (place_id != NULL) {
		memcpy(place.at, place_id, sizeof(place.at));
		return plan_take_place(core, draft, &place, err);
	}
	draft->latitude = fields_double(message, draft->like, "pin_latitude");
	draft->longitude = fields_double(message, draft->like, "pin_longitude");
	draft->radius_m = fields_number(message, draft->like, "radius_m");
	if (!uuid_parse(&place, (const char *)here.at, here.len))
		return OUTRIDER_OK;
	/* The pin may have been mended since. Where the place's card isn't on
	 * this phone, the meeting's own pin will do. */
	enum outrider_code code = plan_take_place(core, draft, &place, err);
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	draft->place = place;
	return OUTRIDER_OK;
}

static enum outrider_code
open_next(struct outrider *core, struct outrider_edit **out,
	  const struct uuid *meeting, const struct outrider_outcome *outcome,
	  struct outrider_err *err)
{
	const struct message *message = meeting_entity()->message;
	const int32_t minutes = outcome->next_minutes > 0
					? outcome->next_minutes
					: MINUTES_DEFAULT;
	struct plan_draft draft = {
		.start_us = outcome->next_start_us,
		.end_us = outcome->next_start_us + minutes * MINUTE_US,
	};
	struct bytes subject, company;
	struct shown shown;
	char *text;
	enum outrider_code code;

	code = cards_show(core, &core->work, &shown, meeting_entity()->number,
			  meeting, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!shown.exists)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "There is no such meeting.");
	draft.like = shown.card.fields;
	draft.min_dwell_s = fields_number(message, draft.like, "min_dwell_s");
	company = fields_text(message, draft.like, "company_id");
	if (!uuid_parse(&draft.company, (const char *)company.at, company.len))
		draft.company = (struct uuid){ { 0 } };
	subject = fields_text(message, draft.like, "subject");
	if (outcome->next_step != NULL && outcome->next_step[0] != '\0')
		subject = (struct bytes){ (const uint8_t *)outcome->next_step,
					  strlen(outcome->next_step) };
	text = arena_alloc(&core->work, subject.len + 1);
	if (text == NULL)
		return err_no_memory(err);
	memcpy(text, subject.at, subject.len);
	text[subject.len] = '\0';
	draft.subject = text;
	code = take_where(core, &draft, outcome->next_place_id, err);
	return code == OUTRIDER_OK ? plan_open(out, core, &draft, err) : code;
}

/* Both edits in one transaction. A failure may lock the cards, which frees
 * them. */
static enum outrider_code
save(struct outrider *core, struct outrider_edit *next,
     struct outrider_edit *edit, struct outrider_err *err)
{
	enum outrider_code code = core_begin(core, err);

	if (code != OUTRIDER_OK)
		return code;
	if (next != NULL)
		code = edit_save_in(next, err);
	if (code == OUTRIDER_OK)
		code = edit_save_in(edit, err);
	return core_finish(core, code, err);
}

static enum outrider_code
set_outcome(struct outrider *core, const struct uuid *meeting,
	    struct uuid *next_id, const struct outrider_outcome *outcome,
	    struct outrider_err *err)
{
	struct outrider_edit *next = NULL, *edit = NULL;
	enum outrider_code code = core_want_cards(core, err);

	if (code == OUTRIDER_OK)
		code = check(outcome, err);
	if (code == OUTRIDER_OK && outcome->next_start_us != 0)
		code = open_next(core, &next, meeting, outcome, err);
	if (code == OUTRIDER_OK && next != NULL)
		*next_id = *edit_id(next);
	if (code == OUTRIDER_OK)
		code = open_outcome(core, &edit, meeting, outcome, next_id,
				    err);
	if (code == OUTRIDER_OK)
		code = save(core, next, edit, err);
	edit_free_if_there(core, next);
	edit_free_if_there(core, edit);
	return code;
}

enum outrider_code outrider_set_outcome(struct outrider *core,
					const uint8_t meeting_id[16],
					uint8_t next_id_out[16],
					const struct outrider_outcome *outcome,
					struct outrider_err *err)
{
	struct uuid next = { { 0 } }, meeting;
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	memcpy(meeting.at, meeting_id, sizeof(meeting.at));
	code = set_outcome(core, &meeting, &next, outcome, err);
	if (next_id_out != NULL) {
		memset(next_id_out, 0, sizeof(next.at));
		if (code == OUTRIDER_OK)
			memcpy(next_id_out, next.at, sizeof(next.at));
	}
	core_leave(core);
	return code;
}

/* -------------------------------------------------------------- what is due */

struct due {
	int64_t end_us;
	struct uuid id;
};

static int by_end(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	if (x->end_us != y->end_us)
		return x->end_us < y->end_us ? -1 : 1;
	return uuid_compare(&x->id, &y->id);
}

static enum outrider_code list_due(struct outrider *core, int64_t from_us,
				   outrider_card_fn *callback, void *user,
				   struct outrider_err *err)
{
	const struct agenda *agenda = &core->agenda;
	enum outrider_code code = core_want_cards(core, err);
	bool goes_on = true;
	struct due *due;
	size_t n = 0;

	if (code != OUTRIDER_OK)
		return code;
	due = arena_alloc(&core->lent, (agenda->n + 1) * sizeof(*due));
	if (due == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < agenda->n; i++) {
		const struct agenda_item *item = &agenda->items[i];

		if (!item->wants_outcome || item->plan.end_us < from_us ||
		    item->plan.end_us > core->now_us)
			continue;
		due[n].end_us = item->plan.end_us;
		memcpy(due[n++].id.at, item->plan.meeting_id, 16);
	}
	qsort(due, n, sizeof(*due), by_end);
	for (size_t i = 0; i < n && goes_on && code == OUTRIDER_OK; i++)
		code = cards_lend(core, &goes_on, meeting_entity(), &due[i].id,
				  callback, user, err);
	return code;
}

enum outrider_code outrider_outcomes_due(struct outrider *core, int64_t from_us,
					 outrider_card_fn *callback, void *user,
					 struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = list_due(core, from_us, callback, user, err);
	core_leave(core);
	return code;
}
