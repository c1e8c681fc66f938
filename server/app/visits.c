/*
 * Findings told: on the meeting, to the managers, and to a meeting that comes
 * after its evidence. Inside a write; what a finding is stands elsewhere.
 */
#include "app/visits_parts.h"

#include "app/own_change.h"
#include "app/places_learn.h"
#include "app/running_late.h"
#include "app/visit_sentence.h"
#include "app/visits_near.h"

#include <stdio.h>
#include <string.h>

const struct call_handler visit_handlers[] = {
	{ "/outrider.v1.VisitService/SubmitEvidence", visits_submit_start },
	{ "/outrider.v1.VisitService/GetVisit", visits_get_start },
	{ "/outrider.v1.VisitService/GetMeetingVisit", visits_meeting_start },
	{ "/outrider.v1.VisitService/ListVisits", visits_list_start },
	{ "/outrider.v1.VisitService/GetEvidence", visits_evidence_start },
	{ "/outrider.v1.VisitService/WatchAlerts", visits_watch_start },
	{ .path = NULL },
};

/* -------------------------------------------------------------------- reps */

struct rep_search {
	const struct uuid *rep;
	bool is_found;
};

static void compare_participant(void *user, const struct field *field,
				const struct uuid *target)
{
	struct rep_search *search = user;

	if (kind_takes_part(field) && uuid_compare(target, search->rep) == 0)
		search->is_found = true;
}

bool meeting_has_rep(const struct row *meeting, const struct uuid *rep)
{
	struct rep_search search = { .rep = rep };

	if (uuid_compare(&meeting->owner, rep) == 0)
		return true;
	record_references(meeting, compare_participant, &search);
	return search.is_found;
}

struct rep_list {
	struct uuid *at;
	size_t n;
};

static void
add_rep(void *user, const struct field *field, const struct uuid *target)
{
	struct rep_list *reps = user;

	for (size_t i = 0; i < reps->n; i++)
		if (uuid_compare(&reps->at[i], target) == 0)
			return;
	if (kind_takes_part(field) && reps->n < VISIT_GROUP_MAX)
		reps->at[reps->n++] = *target;
}

size_t meeting_reps(struct uuid out[VISIT_GROUP_MAX], const struct row *meeting)
{
	struct rep_list reps = { .at = out, .n = 1 };

	out[0] = meeting->owner;
	record_references(meeting, add_rep, &reps);
	return reps.n;
}

void meeting_planned(int64_t *start_us, int64_t *end_us,
		     const struct row *meeting)
{
	*start_us = kind_value(meeting, MEETING_AGREED_START)->i;
	*end_us = kind_value(meeting, MEETING_AGREED_END)->i;
	if (*start_us != 0)
		return;
	*start_us = kind_value(meeting, MEETING_START_TIME)->i;
	*end_us = kind_value(meeting, MEETING_END_TIME)->i;
}

/* ----------------------------------------------------------------- telling */

Outrider__V1__Certainty visit_certainty_on_wire(uint8_t certainty)
{
	switch ((enum visit_certainty)certainty) {
	case VISIT_FIRM:
		return OUTRIDER__V1__CERTAINTY__CERTAINTY_FIRM;
	case VISIT_DOUBTFUL:
		return OUTRIDER__V1__CERTAINTY__CERTAINTY_DOUBTFUL;
	}
	return OUTRIDER__V1__CERTAINTY__CERTAINTY_UNSPECIFIED;
}

/* What the visits of a meeting say together, each as it stands. */
enum outrider_code
visits_read_group(struct visit_finding **out, size_t *n,
		  struct store_conn *conn, const struct row *meeting,
		  struct arena *arena, struct outrider_err *err)
{
	int64_t start_us, end_us;
	struct uuid reps[VISIT_GROUP_MAX];

	meeting_planned(&start_us, &end_us, meeting);
	*n = meeting_reps(reps, meeting);
	*out = arena_alloc(arena, *n * sizeof((*out)[0]));
	if (!*out)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for a meeting's visits");
	for (size_t i = 0; i < *n; i++) {
		enum outrider_code code = visit_get(
			conn, &(*out)[i], &meeting->id, &reps[i], err);

		if (code == OUTRIDER_NOT_FOUND) {
			err_clear(err);
			visit_group_missing(&(*out)[i], &meeting->id, &reps[i],
					    start_us, end_us);
		} else if (code != OUTRIDER_OK) {
			return code;
		}
	}
	return OUTRIDER_OK;
}

/* The owner's evidence is in: it is over, and nobody is awaited. */
static void end_meeting(struct own_change *change)
{
	own_change_field(change, MEETING_PROGRESS)->i = MEETING_PROGRESS_ENDED;
	own_change_field(change, MEETING_EXPECTED_ARRIVAL)->i = 0;
	own_change_field(change, MEETING_RUNNING_LATE_S)->i = 0;
}

/* The words of the visits together, so that they reach phones with the card. */
static enum outrider_code
tell_meeting(struct app *app, struct store_conn *tx,
	     const struct visit_finding *visit, const struct row *meeting,
	     struct arena *arena, struct outrider_err *err)
{
	char *sentence = arena_alloc(arena, VISIT_SENTENCE_MAX + 1);
	struct own_change change;
	struct visit_finding *visits;
	struct visit_group group;
	size_t n, len;
	enum outrider_code code =
		own_change_begin(&change, meeting, arena, err);

	if (code == OUTRIDER_OK && !sentence)
		code = err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for a finding");
	if (code == OUTRIDER_OK)
		code = visits_read_group(&visits, &n, tx, meeting, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	visit_group_judge(&group, visits, n);
	len = n > 1 ? visit_sentence_group(sentence, &group)
		    : visit_sentence(sentence, visit);
	if (uuid_compare(&meeting->owner, &visit->rep) == 0)
		end_meeting(&change);
	own_change_field(&change, MEETING_VERDICT)->i = group.word;
	own_change_field(&change, MEETING_CERTAINTY)->i =
		(int64_t)visit_certainty_on_wire(n > 1 ? group.certainty
						       : visit->certainty);
	own_change_field(&change, MEETING_VISIT_SENTENCE)->bytes =
		(struct bytes){ .at = (const uint8_t *)sentence, .len = len };
	return own_change_write(&change, app, tx, arena, err);
}

/* When the server heard that the meeting was off; 0: it is not. */
static enum outrider_code
called_off(int64_t *at_us, struct store_conn *tx, const struct row *meeting,
	   struct arena *arena, struct outrider_err *err)
{
	size_t state = kind_index(meeting->entity, MEETING_STATE);
	struct change change;
	enum outrider_code code;

	*at_us = meeting->deleted_us;
	if (*at_us != 0 || meeting->values[state].i != MEETING_STATE_CANCELLED)
		return OUTRIDER_OK;
	code = store_change(tx, &change, meeting->frev[state], arena, err);
	/* Forgotten history: long ago. */
	*at_us = code == OUTRIDER_OK ? change.at_us : meeting->created_us;
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	return OUTRIDER_OK;
}

static void add_called_off(struct alert *alert, int64_t at_us)
{
	size_t len = alert_sentence_len(alert);
	char moment[MOMENT_TEXT_LEN + 1];

	moment_text(moment, at_us);
	snprintf(alert->sentence + len, sizeof(alert->sentence) - len,
		 "; the server heard at %s that the meeting was off.", moment);
}

static enum outrider_code tell_managers(struct app *app, struct store_conn *tx,
					const struct visit_finding *visit,
					int64_t off_us, struct arena *arena,
					struct outrider_err *err)
{
	enum { WORD, SPOOFING, KINDS };
	struct alert *alerts = arena_alloc(arena, KINDS * sizeof(*alerts));
	enum outrider_code code = OUTRIDER_OK;

	if (!alerts)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for an alert");
	if (alert_of_visit(&alerts[WORD], visit)) {
		if (visit->word == VISIT_NO_DATA)
			code = alert_explain_no_data(&alerts[WORD], tx, visit,
						     arena, err);
		if (off_us != 0)
			add_called_off(&alerts[WORD], off_us);
		if (code == OUTRIDER_OK)
			code = alert_raise(app, tx, &alerts[WORD], arena, err);
	}
	if (code == OUTRIDER_OK && alert_of_spoofing(&alerts[SPOOFING], visit))
		code = alert_raise(app, tx, &alerts[SPOOFING], arena, err);
	return code;
}

static enum late_end_reason end_reason(const struct visit_finding *visit)
{
	switch ((enum visit_word)visit->word) {
	case VISIT_PRESENT:
	case VISIT_LATE:
	case VISIT_SHORT:
		return LATE_END_ARRIVED;
	case VISIT_NEARBY:
	case VISIT_ELSEWHERE:
	case VISIT_ABSENT:
		return LATE_END_JUDGED;
	case VISIT_NO_DATA:
		break;
	}
	return LATE_END_UNKNOWN;
}

/* Where managers were warned that its owner would be late, more is known. */
static enum outrider_code
end_warning(struct app *app, struct store_conn *tx,
	    const struct visit_finding *visit, const struct row *meeting,
	    struct arena *arena, struct outrider_err *err)
{
	const struct late_end end = {
		.reason = end_reason(visit),
		.start_us = visit->start_us,
		.at_us = visit->arrived_us,
	};

	if (uuid_compare(&meeting->owner, &visit->rep) != 0)
		return OUTRIDER_OK;
	return running_late_end(app, tx, &meeting->id, &visit->rep, &end, arena,
				err);
}

/* Nothing had been heard, and now something is. */
static enum outrider_code end_silence(struct app *app, struct store_conn *tx,
				      const struct visit_finding *visit,
				      struct arena *arena,
				      struct outrider_err *err)
{
	const struct uuid id =
		alert_id_of(ALERT_NO_DATA, &visit->meeting, &visit->rep);

	if (visit->word == VISIT_NO_DATA)
		return OUTRIDER_OK;
	return alert_close_unanswered(app, tx, &id,
				      "The phone's evidence has come since, "
				      "and the visit tells what it shows.",
				      arena, err);
}

enum outrider_code visit_announce(struct app *app, struct store_conn *tx,
				  const struct visit_finding *visit,
				  struct arena *arena, struct outrider_err *err)
{
	struct row *meeting;
	int64_t off_us = 0;
	enum outrider_code code;

	code = store_get(tx, &meeting, schema_entity(KIND_MEETING),
			 &visit->meeting, arena, err);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK || !meeting_has_rep(meeting, &visit->rep))
		return code;
	if (meeting->deleted_us == 0) {
		code = tell_meeting(app, tx, visit, meeting, arena, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	code = end_warning(app, tx, visit, meeting, arena, err);
	if (code == OUTRIDER_OK)
		code = end_silence(app, tx, visit, arena, err);
	if (code == OUTRIDER_OK)
		code = place_learn(app, tx, visit, meeting, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	code = called_off(&off_us, tx, meeting, arena, err);
	/* Off before it began: nobody had to be there. */
	if (code != OUTRIDER_OK || (off_us != 0 && off_us < visit->start_us))
		return code;
	return tell_managers(app, tx, visit, off_us, arena, err);
}

/* -------------------------------------------------- a meeting that is late */

struct late_meeting {
	struct app *app;
	struct store_conn *tx;
	const struct row *meeting;
	int64_t now_us;
	struct arena *arena;
	struct outrider_err *err;
	bool is_back; /* deleted before, and judged then */
	enum outrider_code code;
};

static void look_for_evidence(struct late_meeting *late, const struct uuid *rep)
{
	struct visit_finding visit;

	if (late->code != OUTRIDER_OK)
		return;
	late->code =
		visit_get(late->tx, &visit, &late->meeting->id, rep, late->err);
	if (late->code == OUTRIDER_NOT_FOUND) {
		err_clear(late->err);
		late->code = OUTRIDER_OK;
		return;
	}
	plan_mark(&visit, late->meeting);
	if (late->code == OUTRIDER_OK)
		late->code = visit_find_neighbours(&visit, late->tx,
						   late->meeting, late->arena,
						   late->err);
	if (!late->is_back) {
		visit.is_plan_agreed = false;
		visit.plan_seen_us = plan_is_judged(late->meeting, &visit)
					     ? late->now_us
					     : 0;
		if (late->code == OUTRIDER_OK)
			late->code = visit_put(late->tx, &visit, late->err);
	}
	if (late->code == OUTRIDER_OK)
		late->code = visit_announce(late->app, late->tx, &visit,
					    late->arena, late->err);
}

static void look_for_participant(void *user, const struct field *field,
				 const struct uuid *target)
{
	if (kind_takes_part(field))
		look_for_evidence(user, target);
}

enum outrider_code visit_meeting_came(struct app *app, struct store_conn *tx,
				      const struct row *meeting, bool is_back,
				      int64_t now_us, struct arena *arena,
				      struct outrider_err *err)
{
	struct late_meeting late = {
		.app = app,
		.tx = tx,
		.meeting = meeting,
		.now_us = now_us,
		.is_back = is_back,
		.arena = arena,
		.err = err,
	};

	look_for_evidence(&late, &meeting->owner);
	record_references(meeting, look_for_participant, &late);
	return late.code;
}
