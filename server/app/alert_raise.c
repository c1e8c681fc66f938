/*
 * Alerts as records: the meeting's name before the sentence, the advice and the
 * rep's name behind it. See alerts.h; what there is to say stands in alerts.c.
 */
#include "app/alerts.h"

#include "app/kinds.h"
#include "app/local_time.h"
#include "app/own_change.h"
#include "app/teams.h"
#include "app/visit_kinds.h"
#include "app/visits_parts.h"
#include "app/words.h"
#include "model/utf8.h"

#include <stdio.h>
#include <string.h>

size_t alert_sentence_len(const struct alert *alert)
{
	size_t len = strnlen(alert->sentence, sizeof(alert->sentence));

	return len > 0 && alert->sentence[len - 1] == '.' ? len - 1 : len;
}

/* ---------------------------------------------------------- the sentence */

static void set_number(const struct row *row, uint32_t field, int64_t number)
{
	kind_value(row, field)->i = number;
}

static void
set_bytes(const struct row *row, uint32_t field, const void *at, size_t len)
{
	kind_value(row, field)->bytes = (struct bytes){ .at = at, .len = len };
}

/*
 * What a manager can do, by type; @ stands for the rep's name.
 */
static const char *const advice[ALERT_TYPES] = {
	[ALERT_ABSENT] = "ask @, or look at the pin of the place",
	[ALERT_ELSEWHERE] = "ask @ where it was held, or look at the pin of "
			    "the place",
	[ALERT_LATE] = "ask @ what was in the way",
	[ALERT_SHORT] = "ask @ how it went",
	[ALERT_NEARBY] = "check the pin of the place, or ask @ at which door "
			 "it was",
	[ALERT_NO_DATA] = "ask @, and see that the phone is on and may use "
			  "GPS",
	[ALERT_BAD_EVIDENCE] = "ask @ which app wrote it, and leave the phone "
			       "as it is",
	[ALERT_NEW_DEVICE] = "ask @ whether it is theirs",
	[ALERT_SPOOFING] = "look at the visit's signs, and ask @ before you "
			   "judge",
	[ALERT_CHAIN_GAP] = "ask @ whether the phone was reset, restored or "
			    "changed",
	[ALERT_RUNNING_LATE] = "tell the customer, or call @",
	[ALERT_LATE_CHANGE] = "ask @ why",
};

/* A phone on which somebody checked in was on. */
static const char *advice_on(const struct alert *alert)
{
	if (alert->type == ALERT_NO_DATA && alert->is_check_in)
		return "ask @ how it went, and see that the phone may use GPS";
	return advice[alert->type];
}

/* ": ask Olena, or look at the pin of the place." */
static void
add_advice(struct sentence *text, const struct alert *alert, const char *name)
{
	sentence_add(text, ": ");
	for (const char *at = advice_on(alert); *at; at++) {
		if (*at == '@')
			sentence_add(text, "%s", name);
		else
			sentence_add(text, "%c", *at);
	}
	sentence_add(text, ".");
}

static enum outrider_code find_team(struct uuid *out, struct store_conn *tx,
				    const struct uuid *id, struct arena *arena,
				    struct outrider_err *err)
{
	struct row *user;
	enum outrider_code code =
		store_get(tx, &user, schema_entity(KIND_USER), id, arena, err);

	return code == OUTRIDER_OK ? team_of_user(out, tx, user, arena, err)
				   : code;
}

/*
 * The alert lies where its rep's records lie, and the meeting where its
 * owner's do: who leads a participant of another team doesn't see it.
 */
static enum outrider_code
may_name(bool *out, struct store_conn *tx, const struct row *meeting,
	 const struct uuid *rep, struct arena *arena, struct outrider_err *err)
{
	struct uuid of_rep, of_owner;
	enum outrider_code code;

	*out = uuid_compare(&meeting->owner, rep) == 0;
	if (*out)
		return OUTRIDER_OK;
	code = find_team(&of_rep, tx, rep, arena, err);
	if (code == OUTRIDER_OK)
		code = find_team(&of_owner, tx, &meeting->owner, arena, err);
	if (code == OUTRIDER_OK)
		*out = uuid_compare(&of_rep, &of_owner) == 0;
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

/* "\"Spring offer\" of 2026-03-02: ", where the alert's own words don't
 * say which meeting they are about. */
static enum outrider_code
add_meeting(struct sentence *text, struct store_conn *tx,
	    const struct alert *alert, struct arena *arena,
	    struct outrider_err *err)
{
	struct row *meeting;
	struct local_time start;
	bool is_named;
	enum outrider_code code;

	if (alert->meeting_start_us == 0)
		return OUTRIDER_OK;
	code = store_get(tx, &meeting, schema_entity(KIND_MEETING),
			 &alert->meeting, arena, err);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code == OUTRIDER_OK)
		code = may_name(&is_named, tx, meeting, &alert->rep, arena,
				err);
	if (code != OUTRIDER_OK)
		return code;
	local_time(&start, alert->meeting_start_us);
	if (is_named)
		words_add_subject(text, meeting);
	else
		sentence_add(text, "Another team's meeting");
	sentence_add(text, " of %s: ", start.date);
	return OUTRIDER_OK;
}

/* The alert's own words; behind the meeting's they begin small. */
static void add_words(struct sentence *text, const struct alert *alert, int len)
{
	size_t from = text->len;

	sentence_add(text, "%.*s", len, alert->sentence);
	if (from > 0 && text->at[from] >= 'A' && text->at[from] <= 'Z')
		text->at[from] = (char)(text->at[from] - 'A' + 'a');
}

/* What was expected and seen, and what to do: of a text that fills the room
 * the end is cut, never the advice. */
static enum outrider_code
set_sentence(const struct row *row, struct store_conn *tx,
	     const struct alert *alert, struct arena *arena,
	     struct outrider_err *err)
{
	enum { ADVICE_MAX = 320 };
	char *sentence = arena_alloc(arena, ALERT_SENTENCE_MAX + 1);
	char bytes[ADVICE_MAX] = "", name[201] = "the rep";
	struct sentence words = { .at = bytes, .room = sizeof(bytes) };
	struct row *user;
	struct sentence all = { .at = sentence,
				.room = ALERT_SENTENCE_MAX + 1 };
	int len = (int)alert_sentence_len(alert), room;
	enum outrider_code code = store_get(tx, &user, schema_entity(KIND_USER),
					    &alert->rep, arena, err);

	if (code == OUTRIDER_OK) {
		const struct bytes text =
			kind_value(user, USER_DISPLAY_NAME)->bytes;

		snprintf(name, sizeof(name), "%.*s", (int)text.len,
			 text.at ? (const char *)text.at : "");
	} else if (code != OUTRIDER_NOT_FOUND) {
		return code;
	}
	err_clear(err);
	if (!sentence)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for an alert");
	code = add_meeting(&all, tx, alert, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	add_advice(&words, alert, name);
	room = ALERT_SENTENCE_MAX - (int)(all.len + words.len);
	len = (int)utf8_cut(alert->sentence, (size_t)len,
			    room > 0 ? (size_t)room : 0);
	add_words(&all, alert, len);
	sentence_add(&all, "%s", bytes);
	set_bytes(row, ALERT_FIELD_SENTENCE, sentence, strlen(sentence));
	return OUTRIDER_OK;
}

/* -------------------------------------------------------------- raising */

/* Whom nobody can ask any more; an alert has an owner. */
static enum outrider_code
is_user_gone(bool *out, struct store_conn *tx, const struct uuid *id,
	     struct arena *arena, struct outrider_err *err)
{
	struct row *user;
	enum outrider_code code =
		store_get(tx, &user, schema_entity(KIND_USER), id, arena, err);

	*out = code == OUTRIDER_NOT_FOUND ||
	       (code == OUTRIDER_OK && user->deleted_us != 0);
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

enum outrider_code alert_raise(struct app *app, struct store_conn *tx,
			       const struct alert *alert, struct arena *arena,
			       struct outrider_err *err)
{
	const struct entity *entity = schema_entity(KIND_ALERT);
	struct row *row = row_new(arena, entity);
	struct write_intent intent = {
		.op = CHANGE_CREATE,
		.entity = entity,
		.id = alert->id,
		.values = row,
	};
	struct write_outcome outcome;
	bool is_gone;
	enum outrider_code code =
		is_user_gone(&is_gone, tx, &alert->rep, arena, err);

	if (code != OUTRIDER_OK || is_gone)
		return code;
	if (!row)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for an alert");
	row->owner = alert->rep;
	set_number(row, ALERT_FIELD_TYPE, (int64_t)alert->type);
	set_number(row, ALERT_FIELD_STATE, ALERT_STATE_OPEN);
	set_number(row, ALERT_FIELD_EVENT_TIME, alert->event_us);
	set_number(row, ALERT_FIELD_CERTAINTY,
		   (int64_t)visit_certainty_on_wire(alert->certainty));
	code = set_sentence(row, tx, alert, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!uuid_is_zero(&alert->meeting))
		set_bytes(row, ALERT_FIELD_OF_MEETING, alert->meeting.at,
			  sizeof(alert->meeting.at));
	code = write_record(&outcome, app, tx, &intent, arena, err);
	if (code != OUTRIDER_ALREADY_EXISTS)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

/* ----------------------------------------------------------- closing itself */

/* *out: NULL where there is none, or it is closed. */
static enum outrider_code find_open(struct row **out, struct store_conn *tx,
				    const struct uuid *id, struct arena *arena,
				    struct outrider_err *err)
{
	enum outrider_code code =
		store_get(tx, out, schema_entity(KIND_ALERT), id, arena, err);

	if (code == OUTRIDER_OK && (*out)->deleted_us == 0 &&
	    kind_value(*out, ALERT_FIELD_STATE)->i == ALERT_STATE_OPEN)
		return OUTRIDER_OK;
	*out = NULL;
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

static enum outrider_code
close_one(struct app *app, struct store_conn *tx, const struct row *alert,
	  const char *why, struct arena *arena, struct outrider_err *err)
{
	struct own_change change;
	enum outrider_code code = own_change_begin(&change, alert, arena, err);

	if (code != OUTRIDER_OK)
		return code;
	own_change_field(&change, ALERT_FIELD_STATE)->i = ALERT_STATE_CLOSED;
	own_change_field(&change, ALERT_FIELD_IS_SELF_CLOSED)->i = true;
	own_change_field(&change, ALERT_FIELD_RESOLUTION)->bytes =
		(struct bytes){ (const uint8_t *)why, strlen(why) };
	return own_change_write(&change, app, tx, arena, err);
}

enum outrider_code alert_close_itself(struct app *app, struct store_conn *tx,
				      const struct uuid *id, const char *why,
				      struct arena *arena,
				      struct outrider_err *err)
{
	struct row *alert;
	enum outrider_code code = find_open(&alert, tx, id, arena, err);

	return alert ? close_one(app, tx, alert, why, arena, err) : code;
}

enum outrider_code
alert_close_unanswered(struct app *app, struct store_conn *tx,
		       const struct uuid *id, const char *why,
		       struct arena *arena, struct outrider_err *err)
{
	struct row *alert;
	enum outrider_code code = find_open(&alert, tx, id, arena, err);

	if (!alert || value_is_set(kind_value(alert, ALERT_FIELD_REBUTTAL)))
		return code;
	return close_one(app, tx, alert, why, arena, err);
}

static uint64_t rev_of(const struct row *alert, uint32_t field)
{
	return alert->frev[kind_index(alert->entity, field)];
}

bool alert_is_over(const struct row *alert)
{
	return kind_value(alert, ALERT_FIELD_IS_SELF_CLOSED)->i != 0 &&
	       rev_of(alert, ALERT_FIELD_REBUTTAL) <
		       rev_of(alert, ALERT_FIELD_IS_SELF_CLOSED);
}
