/*
 * Alerts: see alerts.h.
 */
#include "app/alerts.h"

#include "app/digest.h"
#include "app/kinds.h"
#include "app/local_time.h"
#include "app/teams.h"
#include "app/visit_kinds.h"
#include "app/visit_sentence.h"
#include "app/visits_parts.h"
#include "app/words.h"
#include "model/evidence.h"
#include "model/octets.h"
#include "model/sentence.h"
#include "model/spoof.h"
#include "model/visit.h"

#include <stdio.h>
#include <string.h>

_Static_assert(ALERT_SENTENCE_MAX == VISIT_SENTENCE_MAX, "one sentence");

#define MINUTE_US INT64_C(60000000)
#define DAY_US	  (1440 * MINUTE_US)

/* Fields of the kind. */
enum {
	ALERT_FIELD_MEETING = 11,
	ALERT_FIELD_SENTENCE = 12,
	ALERT_FIELD_EVENT_TIME = 13,
	ALERT_FIELD_CERTAINTY = 16,
};

/* The same thing is named the same each time. */
static struct uuid name_alert(enum alert_type type, const struct uuid *about,
			      const void *more, size_t len)
{
	static const uint8_t label[] = "outrider alert";
	const uint8_t type_byte = (uint8_t)type;
	const struct bytes parts[] = {
		{ .at = label, .len = sizeof(label) },
		{ .at = &type_byte, .len = 1 },
		{ .at = about->at, .len = sizeof(about->at) },
		{ .at = more, .len = len },
	};

	return digest_uuid(parts, sizeof(parts) / sizeof(parts[0]));
}

/* ---------------------------------------------------- what there is to say */

bool alert_of_visit(struct alert *out, const struct visit_finding *visit)
{
	/* NEARBY and NO_DATA ask a question; the others accuse. */
	static const struct {
		enum visit_word word;
		enum alert_type type;
		bool is_accusing;
	} table[] = {
		{ VISIT_LATE, ALERT_LATE, true },
		{ VISIT_SHORT, ALERT_SHORT, true },
		{ VISIT_NEARBY, ALERT_NEARBY, false },
		{ VISIT_ELSEWHERE, ALERT_ELSEWHERE, true },
		{ VISIT_ABSENT, ALERT_ABSENT, true },
		{ VISIT_NO_DATA, ALERT_NO_DATA, false },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].word != visit->word)
			continue;
		if (table[i].is_accusing &&
		    (visit->certainty != VISIT_FIRM || !visit->is_reproduced))
			return false;
		*out = (struct alert){
			.id = name_alert(table[i].type, &visit->meeting,
					 visit->rep.at, sizeof(visit->rep.at)),
			.type = table[i].type,
			.rep = visit->rep,
			.meeting = visit->meeting,
			.meeting_start_us = visit->start_us,
			.event_us = visit->start_us,
			.certainty = visit->certainty,
		};
		if (visit->word == VISIT_LATE)
			out->event_us = visit->arrived_us;
		if (visit->word == VISIT_SHORT)
			out->event_us = visit->departed_us;
		visit_sentence(out->sentence, visit);
		return true;
	}
	return false;
}

void alert_of_bad_evidence(struct alert *out,
			   const struct identity_device *device,
			   uint64_t number, const char *reason, int64_t now_us)
{
	uint8_t more[8 + ALERT_SENTENCE_MAX];
	struct octet_writer to = { .bytes = more, .room = sizeof(more) };
	size_t len = strnlen(reason, ALERT_SENTENCE_MAX);

	octets_put(&to, (uint64_t)(now_us / DAY_US), 8);
	memcpy(more + to.len, reason, len);
	*out = (struct alert){
		.id = name_alert(ALERT_BAD_EVIDENCE, &device->id, more,
				 to.len + len),
		.type = ALERT_BAD_EVIDENCE,
		.rep = device->user,
		.event_us = now_us,
		.certainty = VISIT_FIRM,
	};
	snprintf(out->sentence, sizeof(out->sentence),
		 "Entry %llu of the evidence of the device \"%s\" should be "
		 "whole, signed by it, the next of its chain and judged by its "
		 "fixes, but %s; certain; it is the first of its day of which "
		 "this is so, and there may be others.",
		 (unsigned long long)number, device->display_name, reason);
}

void alert_of_new_device(struct alert *out,
			 const struct identity_device *device)
{
	char moment[MOMENT_TEXT_LEN + 1];

	moment_text(moment, device->enrolled_us);
	*out = (struct alert){
		.id = name_alert(ALERT_NEW_DEVICE, &device->id, NULL, 0),
		.type = ALERT_NEW_DEVICE,
		.rep = device->user,
		.event_us = device->enrolled_us,
		.certainty = VISIT_FIRM,
	};
	snprintf(out->sentence, sizeof(out->sentence),
		 "Another device, \"%s\", was enrolled at %s for a user who "
		 "has one already; certain.",
		 device->display_name, moment);
}

/* --------------------------------------------------------------- sentences */

/* Of the text without its full stop. */
static int len_of_sentence(const struct alert *alert)
{
	size_t len = strnlen(alert->sentence, sizeof(alert->sentence));

	return (int)(len > 0 && alert->sentence[len - 1] == '.' ? len - 1
								: len);
}

static struct sentence text_of(struct alert *alert)
{
	return (struct sentence){ .at = alert->sentence,
				  .room = sizeof(alert->sentence) };
}

/* ------------------------------------------------------------ without data */

static void
add_minutes(struct sentence *text, const char *what, uint16_t seconds)
{
	if (seconds > 0)
		sentence_add(text, "; %s for %u min", what,
			     (unsigned)(seconds + 59) / 60);
}

enum outrider_code
alert_explain_no_data(struct alert *alert, struct store_conn *tx,
		      const struct visit_finding *visit, struct arena *arena,
		      struct outrider_err *err)
{
	struct sentence text = { .at = alert->sentence,
				 .len = (size_t)len_of_sentence(alert),
				 .room = sizeof(alert->sentence) };
	struct evidence_content content;
	struct evidence entry;
	enum outrider_code code = evidence_get(tx, &entry, &visit->device,
					       visit->number, arena, err);

	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		return OUTRIDER_OK;
	}
	/* Purged, it tells nothing any more. */
	if (code != OUTRIDER_OK ||
	    !evidence_content_read(&content, entry.content.at,
				   entry.content.len))
		return code;
	add_minutes(&text, "location was switched off",
		    content.signals.gps_off_s);
	add_minutes(&text, "the app was not allowed to use it",
		    content.signals.no_permission_s);
	add_minutes(&text, "the phone saved its battery",
		    content.signals.low_power_s);
	if (content.signals.gps_off_s == 0 &&
	    content.signals.no_permission_s == 0 &&
	    content.signals.low_power_s == 0)
		sentence_add(
			&text,
			"; the phone told of no trouble, and may have been "
			"off or under a roof");
	sentence_add(&text, ".");
	return OUTRIDER_OK;
}

/* ------------------------------------------------------- made-up positions */

/* "mock provider" */
static void add_signal(struct sentence *text, const char *name)
{
	for (; *name; name++)
		sentence_add(text, "%c", *name == '_' ? ' ' : *name);
}

static bool is_any_hard(const struct visit_finding *visit)
{
	for (unsigned i = 0; i < SPOOF_SIGNALS; i++)
		if (visit->spoof_reasons >> i & 1 &&
		    spoof_is_hard((enum spoof_signal)i))
			return true;
	return false;
}

bool alert_of_spoofing(struct alert *out, const struct visit_finding *visit)
{
	struct sentence text = text_of(out);
	const char *separator = "";

	if (visit->spoof_permille < SPOOF_ASK_PERMILLE)
		return false;
	*out = (struct alert){
		.id = name_alert(ALERT_SPOOFING, &visit->meeting, visit->rep.at,
				 sizeof(visit->rep.at)),
		.type = ALERT_SPOOFING,
		.rep = visit->rep,
		.meeting = visit->meeting,
		.meeting_start_us = visit->start_us,
		.event_us = visit->start_us,
		.certainty = is_any_hard(visit) && visit->is_reproduced
				     ? VISIT_FIRM
				     : VISIT_DOUBTFUL,
	};
	sentence_add(&text,
		     "The positions should be the GPS receiver's, but signs of "
		     "made-up ones weigh %u of 1000 (",
		     visit->spoof_permille);
	for (unsigned i = 0; i < SPOOF_SIGNALS; i++) {
		const char *name = spoof_signal_name((enum spoof_signal)i);

		if (!(visit->spoof_reasons >> i & 1) || !name)
			continue;
		sentence_add(&text, "%s", separator);
		add_signal(&text, name);
		sentence_add(&text, " %u", visit->spoof_weights[i]);
		separator = ", ";
	}
	sentence_add(
		&text, "); %s",
		out->certainty == VISIT_FIRM
			? "at least one of them seldom deceives"
			: "not certain, honest phones show each of them, too");
	return true;
}

/* ------------------------------------------------------ chains and changes */

void alert_of_chain_gap(struct alert *out, const struct identity_device *device,
			uint64_t number, const char *reason, int64_t now_us)
{
	struct sentence text = text_of(out);
	uint8_t day[8];
	struct octet_writer to = { .bytes = day, .room = sizeof(day) };

	octets_put(&to, (uint64_t)(now_us / DAY_US), 8);
	*out = (struct alert){
		.id = name_alert(ALERT_CHAIN_GAP, &device->id, day,
				 sizeof(day)),
		.type = ALERT_CHAIN_GAP,
		.rep = device->user,
		.event_us = now_us,
		.certainty = VISIT_FIRM,
	};
	sentence_add(
		&text,
		"The evidence of the device \"%s\" should have no gap, but at "
		"entry %llu %s; certain, and no word about why",
		device->display_name, (unsigned long long)number, reason);
}

void alert_of_silence(struct alert *out, const struct row *meeting)
{
	struct sentence text = text_of(out);
	int64_t start_us = kind_value(meeting, MEETING_START_TIME)->i;
	struct local_time end;

	*out = (struct alert){
		.id = name_alert(ALERT_NO_DATA, &meeting->id, meeting->owner.at,
				 sizeof(meeting->owner.at)),
		.type = ALERT_NO_DATA,
		.rep = meeting->owner,
		.meeting = meeting->id,
		.event_us = start_us,
		.certainty = VISIT_DOUBTFUL,
	};
	local_time(&end, kind_value(meeting, MEETING_END_TIME)->i);
	words_add_subject(&text, meeting);
	sentence_add(&text, " was planned for ");
	words_add_moment(&text, start_us);
	sentence_add(
		&text,
		" to %s, and in a day and a half the phone has told nothing "
		"of it: it may be off, lost or without network",
		end.clock);
}

void alert_of_running_late(struct alert *out, const struct row *meeting,
			   const struct uuid *rep, int64_t expected_us,
			   int64_t now_us)
{
	int64_t start_us = kind_value(meeting, MEETING_START_TIME)->i;
	struct sentence text = text_of(out);
	struct local_time at;

	*out = (struct alert){
		.id = name_alert(ALERT_RUNNING_LATE, &meeting->id, rep->at,
				 sizeof(rep->at)),
		.type = ALERT_RUNNING_LATE,
		.rep = *rep,
		.meeting = meeting->id,
		.event_us = now_us,
		.certainty = VISIT_DOUBTFUL,
	};
	words_add_subject(&text, meeting);
	sentence_add(&text, " should begin at ");
	words_add_moment(&text, start_us);
	local_time(&at, expected_us);
	sentence_add(
		&text,
		", and the rep is expected there at %s, %lld minutes later; an "
		"estimate by a straight line",
		at.clock, (long long)((expected_us - start_us) / MINUTE_US));
}

void alert_of_late_change(struct alert *out, const struct row *meeting,
			  bool is_cancelled, int64_t agreed_us, int64_t now_us)
{
	const uint8_t more = is_cancelled;
	struct sentence text = text_of(out);

	*out = (struct alert){
		.id = name_alert(ALERT_LATE_CHANGE, &meeting->id, &more, 1),
		.type = ALERT_LATE_CHANGE,
		.rep = meeting->owner,
		.meeting = meeting->id,
		.event_us = now_us,
		.certainty = VISIT_FIRM,
	};
	words_add_subject(&text, meeting);
	sentence_add(&text, " was agreed for ");
	words_add_moment(&text, agreed_us);
	sentence_add(&text, ", and the server heard that it was %s only at ",
		     is_cancelled ? "called off" : "planned otherwise");
	words_add_moment(&text, now_us);
	sentence_add(
		&text,
		", after its window had opened; certain, and the plan that "
		"was agreed counts");
}

/* ----------------------------------------------------------------- raising */

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
	[ALERT_BAD_EVIDENCE] = "ask @ which app wrote it, and keep the phone",
	[ALERT_NEW_DEVICE] = "ask @ whether it is theirs",
	[ALERT_SPOOFING] = "look at the visit's signs, and ask @ before you "
			   "judge",
	[ALERT_CHAIN_GAP] = "ask @ whether the phone was reset, restored or "
			    "changed",
	[ALERT_RUNNING_LATE] = "tell the customer, or call @",
	[ALERT_LATE_CHANGE] = "ask @ why",
};

/* ": ask Olena, or look at the pin of the place." */
static void
add_advice(struct sentence *text, enum alert_type type, const char *name)
{
	sentence_add(text, ": ");
	for (const char *at = advice[type]; *at; at++) {
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
	int len = len_of_sentence(alert), room;
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
	add_advice(&words, alert->type, name);
	room = ALERT_SENTENCE_MAX - (int)(all.len + words.len);
	if (len > room)
		len = room;
	/* Never in the middle of a character. */
	while (len > 0 && ((uint8_t)alert->sentence[len] & 0xc0) == 0x80)
		len--;
	add_words(&all, alert, len);
	sentence_add(&all, "%s", bytes);
	set_bytes(row, ALERT_FIELD_SENTENCE, sentence, strlen(sentence));
	return OUTRIDER_OK;
}

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
		set_bytes(row, ALERT_FIELD_MEETING, alert->meeting.at,
			  sizeof(alert->meeting.at));
	code = write_record(&outcome, app, tx, &intent, arena, err);
	if (code != OUTRIDER_ALREADY_EXISTS)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}
