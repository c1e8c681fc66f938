/*
 * GetMeetingVisit: the visits of a meeting's reps side by side, as far as the
 * caller may know them, and what they say together. Writes nothing.
 */
#include "app/visits_parts.h"

#include "app/visit_sentence.h"

#include <string.h>

typedef Outrider__V1__MeetingVisit MeetingVisit;
typedef Outrider__V1__Corroboration Corroboration;
typedef Outrider__V1__Visit Visit;

/* What is told of one meeting, and to whom. */
struct telling {
	struct app_call *call;
	const struct row *meeting;
	struct visit_finding *visits;
	bool is_shown[VISIT_GROUP_MAX];
	size_t n;
	MeetingVisit *out;
};

struct corroboration_message {
	Corroboration message;
	char rep_id[UUID_TEXT_LEN + 1], other_rep_id[UUID_TEXT_LEN + 1];
};

static enum outrider_code add_visits(struct telling *t)
{
	struct app_call *call = t->call;
	enum outrider_code code = OUTRIDER_OK;

	t->out->visits = arena_alloc(&call->arena, t->n * sizeof(Visit *));
	if (!t->out->visits)
		return err_call_full(&call->err);
	for (size_t i = 0; i < t->n && code == OUTRIDER_OK; i++) {
		const struct uuid *rep = &t->visits[i].rep;
		Visit *visit;
		bool has_finding;

		code = visits_is_own_or_led(&t->is_shown[i], call, rep);
		if (code != OUTRIDER_OK || !t->is_shown[i])
			continue;
		code = visits_describe(&visit, &has_finding, call, t->meeting,
				       rep);
		if (code != OUTRIDER_OK)
			continue;
		/* Without a phone nothing is known of them. */
		if (!has_finding)
			visit->verdict = OUTRIDER__V1__VERDICT__VERDICT_NO_DATA;
		t->out->visits[t->out->n_visits++] = visit;
	}
	return code;
}

static enum outrider_code
add_together(struct telling *t, size_t i, size_t j, uint32_t together_s)
{
	struct corroboration_message *m =
		arena_alloc(&t->call->arena, sizeof(*m));

	if (!m)
		return err_call_full(&t->call->err);
	outrider__v1__corroboration__init(&m->message);
	uuid_format(m->rep_id, &t->visits[i].rep);
	uuid_format(m->other_rep_id, &t->visits[j].rep);
	m->message.rep_id = m->rep_id;
	m->message.other_rep_id = m->other_rep_id;
	m->message.together_s = (int32_t)together_s;
	t->out->corroborations[t->out->n_corroborations++] = &m->message;
	return OUTRIDER_OK;
}

/* Only of two whom the caller may both know. */
static enum outrider_code add_corroborations(struct telling *t)
{
	enum outrider_code code = OUTRIDER_OK;

	t->out->corroborations = arena_alloc(
		&t->call->arena, t->n * t->n * sizeof(Corroboration *) / 2 + 1);
	if (!t->out->corroborations)
		return err_call_full(&t->call->err);
	for (size_t i = 0; i < t->n; i++) {
		for (size_t j = i + 1; j < t->n && code == OUTRIDER_OK; j++) {
			uint32_t together_s =
				visit_together_s(&t->visits[i], &t->visits[j]);

			if (t->is_shown[i] && t->is_shown[j] && together_s > 0)
				code = add_together(t, i, j, together_s);
		}
	}
	return code;
}

/* What the visits say together, in the words of the meeting's record. */
static enum outrider_code add_verdict(struct telling *t)
{
	char *sentence = arena_alloc(&t->call->arena, VISIT_SENTENCE_MAX + 1);
	struct visit_group group;
	bool is_any = false;

	if (!sentence)
		return err_call_full(&t->call->err);
	for (size_t i = 0; i < t->n; i++)
		is_any |= t->visits[i].number > 0;
	t->out->sentence = sentence;
	visit_group_judge(&group, t->visits, t->n);
	if (!is_any) {
		visit_sentence_none(
			sentence, group.start_us, group.end_us,
			kind_value(t->meeting, MEETING_IS_UNPLANNED)->i != 0);
		return OUTRIDER_OK;
	}
	t->out->verdict = (Outrider__V1__Verdict)group.word;
	t->out->certainty = visit_certainty_on_wire(group.certainty);
	if (t->n > 1)
		visit_sentence_group(sentence, &group);
	else
		visit_sentence(sentence, &t->visits[0]);
	return OUTRIDER_OK;
}

static enum outrider_code tell(struct telling *t, const char *meeting_id)
{
	struct app_call *call = t->call;
	char *id = arena_alloc(&call->arena, UUID_TEXT_LEN + 1);
	struct row *meeting;
	enum outrider_code code;

	if (!id)
		return err_call_full(&call->err);
	code = visits_find_meeting(call, &meeting, meeting_id);
	if (code != OUTRIDER_OK)
		return code;
	t->meeting = meeting;
	uuid_format(id, &meeting->id);
	t->out->meeting_id = id;
	code = visits_read_group(&t->visits, &t->n, call_conn(call), meeting,
				 &call->arena, &call->err);
	if (code == OUTRIDER_OK)
		code = add_visits(t);
	if (code == OUTRIDER_OK)
		code = add_corroborations(t);
	return code == OUTRIDER_OK ? add_verdict(t) : code;
}

enum outrider_code visits_meeting_start(struct app_call *call)
{
	const Outrider__V1__GetMeetingVisitRequest *request = call_unpack(
		call, &outrider__v1__get_meeting_visit_request__descriptor);
	MeetingVisit reply = OUTRIDER__V1__MEETING_VISIT__INIT;
	struct telling telling = { .call = call, .out = &reply };
	enum outrider_code code;

	if (!request)
		return call->err.code;
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = tell(&telling, request->meeting_id);
	store_read_end(call_conn(call));
	return code == OUTRIDER_OK ? call_reply(call, &reply.base) : code;
}
