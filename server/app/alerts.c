/*
 * What there is to say: see alerts.h. How it becomes a record stands in
 * alert_raise.c.
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
#define DS_US	  UINT64_C(100000)

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

struct uuid alert_id_of(enum alert_type type, const struct uuid *meeting,
			const struct uuid *rep)
{
	return name_alert(type, meeting, rep->at, sizeof(rep->at));
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
			.is_check_in = visit->is_unplanned,
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

/* The few positions that came, about the meeting's time and in it. */
struct glimpses {
	bool is_before, is_after;
	unsigned n_during;
	unsigned n_there; /* of these within the place, and not made up */
};

static struct glimpses glimpses_of(const struct evidence_content *content)
{
	const struct visit_plan *plan = &content->plan;
	struct glimpses seen = { .n_during = 0 };
	struct evidence_cursor cursor;
	struct tick tick;

	evidence_cursor_start(&cursor, content);
	while (evidence_cursor_next(&cursor, &tick)) {
		int64_t at_us = (int64_t)((uint64_t)content->opened_us +
					  tick.at_ds * DS_US);

		seen.is_before |= at_us < plan->start_us;
		seen.is_after |= at_us > plan->end_us;
		if (at_us < plan->start_us || at_us > plan->end_us)
			continue;
		seen.n_during++;
		seen.n_there += visit_plan_has(plan, &tick) &&
				!(tick.flags & TICK_MOCK);
	}
	return seen;
}

/* Somebody who switches it off for the meeting alone; or a cellar. Somebody
 * who was there, of whom the phone knows no more than that. */
static void
add_glimpses(struct sentence *text, const struct evidence_content *content)
{
	const struct glimpses seen = glimpses_of(content);

	if (seen.is_before && seen.is_after && seen.n_during == 0)
		sentence_add(text, "; positions came before the meeting and "
				   "after it");
	if (seen.n_during == 1 && seen.n_there == 1)
		sentence_add(text, "; the only position in that time lay at "
				   "the place");
	else if (seen.n_there > 0)
		sentence_add(text,
			     "; %u of the %u positions in that time lay at the "
			     "place",
			     seen.n_there, seen.n_during);
}

/* Of the windows before it that are kept, a few, in how many it was off. */
static enum outrider_code
add_habit(struct sentence *text, struct store_conn *tx,
	  const struct visit_finding *visit, struct arena *arena,
	  struct outrider_err *err)
{
	enum { BEFORE = 8, HABIT = 2 };
	unsigned n = 0, dark = 0;

	for (uint64_t i = visit->number; i > 1 && n < BEFORE; i--) {
		struct evidence_content content;
		struct evidence entry;
		enum outrider_code code = evidence_get(
			tx, &entry, &visit->device, i - 1, arena, err);

		if (code == OUTRIDER_NOT_FOUND)
			break;
		if (code != OUTRIDER_OK)
			return code;
		if (!evidence_content_read(&content, entry.content.at,
					   entry.content.len))
			break;
		dark += spoof_is_dark(&content);
		n++;
	}
	if (dark >= HABIT)
		sentence_add(text,
			     "; so it was in %u of the %u windows before this "
			     "one",
			     dark, n);
	err_clear(err);
	return OUTRIDER_OK;
}

enum outrider_code
alert_explain_no_data(struct alert *alert, struct store_conn *tx,
		      const struct visit_finding *visit, struct arena *arena,
		      struct outrider_err *err)
{
	struct sentence text = { .at = alert->sentence,
				 .len = alert_sentence_len(alert),
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
		sentence_add(&text,
			     "; the phone told of no trouble, and may have "
			     "been %sunder a roof",
			     alert->is_check_in ? "" : "off or ");
	add_glimpses(&text, &content);
	if (spoof_is_dark(&content))
		code = add_habit(&text, tx, visit, arena, err);
	sentence_add(&text, ".");
	return code;
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
		"The evidence of the device \"%s\" should have no gap, but "
		"there is one at entry %llu (%s); certain, and it doesn't say "
		"why",
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
		"of it (it may be off, lost or without network)",
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
		.id = alert_id_of(ALERT_RUNNING_LATE, &meeting->id, rep),
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

static const char *what_changed(const struct row *meeting)
{
	if (meeting->deleted_us != 0)
		return "deleted";
	return kind_value(meeting, MEETING_LATE_CHANGE)->i ==
			       LATE_CHANGE_CANCELLED
		       ? "called off"
		       : "planned otherwise";
}

void alert_of_late_change(struct alert *out, const struct row *meeting,
			  int64_t agreed_us, int64_t now_us)
{
	const uint8_t more = kind_value(meeting, MEETING_LATE_CHANGE)->i ==
			     LATE_CHANGE_CANCELLED;
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
		     what_changed(meeting));
	words_add_moment(&text, now_us);
	sentence_add(&text,
		     ", less than %d min before the start, or after it; "
		     "certain, and the plan that was agreed counts",
		     VISIT_MARGIN_S / 60);
}
