/*
 * GetVisit: a finding beside the meeting that it is about. Owns the message of
 * a visit and the question which visits there are. Writes nothing.
 */
#include "app/visits_parts.h"

#include "app/kinds.h"
#include "app/teams.h"
#include "app/visit_sentence.h"
#include "app/visits_rebuttal.h"

#include <string.h>

typedef Outrider__V1__Visit Visit;
typedef Google__Protobuf__Timestamp Timestamp;

/* ----------------------------------------------------------------- a visit */

enum { SIGNAL_SENTENCE_MAX = 300, ROWS_MEMORY = 1 << 20 };

/* A message and what hangs on each, allocated at once. */
struct visit_message {
	Visit visit;
	Outrider__V1__TimeRange arrival, departure;
	Timestamp planned_start, planned_end, received, plan_seen;
	Timestamp arrival_times[3], departure_times[3];
	char meeting_id[UUID_TEXT_LEN + 1], rep_id[UUID_TEXT_LEN + 1];
	char device_id[UUID_TEXT_LEN + 1];
	char sentence[VISIT_SENTENCE_MAX + 1];
};

/* Few visits have any: a page of them has to fit into a call. */
struct signal_message {
	Outrider__V1__SpoofSignal signal;
	char sentence[SIGNAL_SENTENCE_MAX + 1];
};

static Timestamp *set_time(Timestamp *out, int64_t at_us)
{
	int64_t seconds = at_us / 1000000 - (at_us % 1000000 < 0);

	google__protobuf__timestamp__init(out);
	out->seconds = seconds;
	out->nanos = (int32_t)(at_us - seconds * 1000000) * 1000;
	return out;
}

static Outrider__V1__TimeRange *
set_range(Outrider__V1__TimeRange *out, Timestamp times[3], int64_t best_us,
	  int64_t earliest_us, int64_t latest_us)
{
	outrider__v1__time_range__init(out);
	out->best = set_time(&times[0], best_us);
	out->earliest = set_time(&times[1], earliest_us);
	out->latest = set_time(&times[2], latest_us);
	return out;
}

static int32_t seconds_of(uint32_t ds)
{
	return (int32_t)(ds / 10);
}

static void fill_stay(struct visit_message *m, const struct visit_finding *f)
{
	if (f->departed_hi_us == 0)
		return;
	m->visit.arrival = set_range(&m->arrival, m->arrival_times,
				     f->arrived_us, f->arrived_lo_us,
				     f->arrived_hi_us);
	m->visit.departure = set_range(&m->departure, m->departure_times,
				       f->departed_us, f->departed_lo_us,
				       f->departed_hi_us);
	m->visit.dwell_s = seconds_of(f->dwell_ds);
	m->visit.dwell_min_s = seconds_of(f->dwell_lo_ds);
	m->visit.dwell_max_s = seconds_of(f->dwell_hi_ds);
}

/* Each reason with its share, as docs/spoofing.md names them. */
static enum outrider_code
fill_signals(Visit *visit, const struct visit_finding *f,
	     const struct evidence_content *content, struct arena *arena,
	     struct outrider_err *err)
{
	visit->spoof_signals = arena_alloc(
		arena, SPOOF_SIGNALS * sizeof(Outrider__V1__SpoofSignal *));
	if (!visit->spoof_signals)
		return err_call_full(err);
	for (unsigned i = 0; i < SPOOF_SIGNALS; i++) {
		const char *name = spoof_signal_name((enum spoof_signal)i);
		struct signal_message *m;

		if (!(f->spoof_reasons >> i & 1) || !name)
			continue;
		m = arena_alloc(arena, sizeof(*m));
		if (!m)
			return err_call_full(err);
		outrider__v1__spoof_signal__init(&m->signal);
		m->signal.name = (char *)(uintptr_t)name;
		m->signal.weight_permille = f->spoof_weights[i];
		m->signal.is_hard = spoof_is_hard((enum spoof_signal)i);
		if (content)
			spoof_sentence(m->sentence, sizeof(m->sentence),
				       (enum spoof_signal)i, content);
		m->signal.sentence = m->sentence;
		visit->spoof_signals[visit->n_spoof_signals++] = &m->signal;
	}
	return OUTRIDER_OK;
}

static void fill_finding(struct visit_message *m, const struct visit_finding *f)
{
	Visit *visit = &m->visit;

	set_time(&m->planned_start, f->start_us);
	set_time(&m->planned_end, f->end_us);
	visit->verdict = (Outrider__V1__Verdict)f->word;
	visit->certainty = visit_certainty_on_wire(f->certainty);
	visit->log_odds = f->log_odds_milli / 1000.0;
	visit->coverage = f->coverage_permille / 1000.0;
	visit->is_reproduced = f->is_reproduced;
	visit->is_plan_agreed = f->is_plan_agreed;
	visit->entry_number = f->number;
	visit->receive_time = set_time(&m->received, f->received_us);
	if (!f->is_plan_agreed && f->plan_seen_us != 0)
		visit->plan_seen_time =
			set_time(&m->plan_seen, f->plan_seen_us);
	uuid_format(m->device_id, &f->device);
	visit->device_id = m->device_id;
	fill_stay(m, f);
	m->visit.spoof_score_permille = f->spoof_permille;
}

/* What the rep says to it, to whom it is told. */
static enum outrider_code add_rebuttal(Visit *visit, struct app_call *call,
				       const struct row *meeting,
				       const struct uuid *rep)
{
	struct row *rebuttal;
	struct bytes text;
	enum outrider_code code = rebuttal_newest(&rebuttal, call_conn(call),
						  &meeting->id, rep,
						  &call->arena, &call->err);

	if (code != OUTRIDER_OK || !rebuttal ||
	    field_set_has(access_hidden(&call->principal, rebuttal->entity),
			  REBUTTAL_TEXT) ||
	    !access_may_see(&call->principal, rebuttal))
		return code;
	text = kind_value(rebuttal, REBUTTAL_TEXT)->bytes;
	text = arena_copy(&call->arena, text.at, text.len);
	if (!text.at)
		return err_call_full(&call->err);
	visit->rebuttal = (char *)(uintptr_t)text.at;
	return OUTRIDER_OK;
}

/* What the signals count stands in the evidence, as long as it is kept. */
static enum outrider_code
add_signals(Visit *visit, struct app_call *call, const struct visit_finding *f)
{
	struct evidence_content content;
	struct evidence entry;
	struct arena scratch;
	bool is_kept;
	enum outrider_code code;

	if (f->spoof_reasons == 0)
		return OUTRIDER_OK;
	arena_init(&scratch, &allocator_libc, ROWS_MEMORY);
	code = evidence_get(call_conn(call), &entry, &f->device, f->number,
			    &scratch, &call->err);
	is_kept = code == OUTRIDER_OK &&
		  evidence_content_read(&content, entry.content.at,
					entry.content.len);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(&call->err);
		code = OUTRIDER_OK;
	}
	if (code == OUTRIDER_OK)
		code = fill_signals(visit, f, is_kept ? &content : NULL,
				    &call->arena, &call->err);
	arena_free(&scratch);
	return code;
}

/* Its name, where the caller may see the place; *out NULL otherwise. */
static enum outrider_code name_place(char **out, struct app_call *call,
				     const struct uuid *id,
				     struct arena *scratch)
{
	const struct entity *entity = schema_entity(KIND_PLACE);
	struct row *place;
	struct bytes name;
	enum outrider_code code = store_get(call_conn(call), &place, entity, id,
					    scratch, &call->err);

	*out = NULL;
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(&call->err);
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK || place->deleted_us != 0 ||
	    !access_may_see(&call->principal, place) ||
	    field_set_has(access_hidden(&call->principal, entity),
			  PLACE_DISPLAY_NAME))
		return code;
	name = kind_value(place, PLACE_DISPLAY_NAME)->bytes;
	name = arena_copy(&call->arena, name.at, name.len);
	if (!name.at)
		return err_call_full(&call->err);
	*out = (char *)(uintptr_t)name.at;
	return OUTRIDER_OK;
}

/* Who reads this is told the names of the places that they may see. */
static enum outrider_code add_neighbours(struct visit_message *m,
					 struct app_call *call,
					 const struct visit_finding *f)
{
	Visit *visit = &m->visit;
	char *names[VISIT_NEIGHBOURS_MAX];
	struct arena scratch;
	size_t n = 0;
	enum outrider_code code = OUTRIDER_OK;

	arena_init(&scratch, &allocator_libc, ROWS_MEMORY);
	for (size_t i = 0; i < VISIT_NEIGHBOURS_MAX && code == OUTRIDER_OK &&
			   !uuid_is_zero(&f->neighbours[i]);
	     i++) {
		arena_reset(&scratch);
		code = name_place(&names[n], call, &f->neighbours[i], &scratch);
		n += code == OUTRIDER_OK && names[n];
	}
	arena_free(&scratch);
	if (code != OUTRIDER_OK)
		return code;
	visit_sentence_named(m->sentence, f, (const char *const *)names, n);
	if (n == 0)
		return OUTRIDER_OK;
	visit->shares_place_with =
		arena_alloc(&call->arena, n * sizeof(names[0]));
	if (!visit->shares_place_with)
		return err_call_full(&call->err);
	memcpy(visit->shares_place_with, names, n * sizeof(names[0]));
	visit->n_shares_place_with = n;
	return OUTRIDER_OK;
}

enum outrider_code
visits_describe(Visit **out, bool *has_finding, struct app_call *call,
		const struct row *meeting, const struct uuid *rep)
{
	struct visit_message *m = arena_alloc(&call->arena, sizeof(*m));
	int64_t start_us, end_us;
	const struct bytes subject =
		kind_value(meeting, MEETING_SUBJECT)->bytes;
	const struct bytes kept =
		arena_copy(&call->arena, subject.at, subject.len);
	struct visit_finding finding;
	enum outrider_code code;

	if (!m || !kept.at)
		return err_call_full(&call->err);
	meeting_planned(&start_us, &end_us, meeting);
	outrider__v1__visit__init(&m->visit);
	uuid_format(m->meeting_id, &meeting->id);
	uuid_format(m->rep_id, rep);
	m->visit.meeting_id = m->meeting_id;
	m->visit.rep_id = m->rep_id;
	m->visit.subject = (char *)(uintptr_t)kept.at;
	m->visit.sentence = m->sentence;
	m->visit.planned_start_time = set_time(&m->planned_start, start_us);
	m->visit.planned_end_time = set_time(&m->planned_end, end_us);
	m->visit.is_unplanned = kind_value(meeting, MEETING_IS_UNPLANNED)->i !=
				0;
	m->visit.late_change = (Outrider__V1__LateChange)kind_value(
				       meeting, MEETING_LATE_CHANGE)
				       ->i;
	*out = &m->visit;
	*has_finding = false;
	code = add_rebuttal(&m->visit, call, meeting, rep);
	if (code != OUTRIDER_OK)
		return code;
	code = visit_get(call_conn(call), &finding, &meeting->id, rep,
			 &call->err);
	*has_finding = code == OUTRIDER_OK;
	if (*has_finding) {
		fill_finding(m, &finding);
		code = add_neighbours(m, call, &finding);
	}
	if (*has_finding && code == OUTRIDER_OK)
		code = add_signals(&m->visit, call, &finding);
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(&call->err);
	visit_sentence_none(m->sentence, start_us, end_us,
			    m->visit.is_unplanned);
	return OUTRIDER_OK;
}

/* ---------------------------------------------------------------- GetVisit */

static enum outrider_code no_such_visit(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_NOT_FOUND, "meeting_id",
		       "there is no such meeting");
}

bool visits_may_see(const struct principal *principal,
		    const struct row *meeting)
{
	/* What a visit tells of its meeting, and of itself there. */
	static const uint32_t told[] = {
		MEETING_SUBJECT, MEETING_START_TIME, MEETING_END_TIME,
		MEETING_VERDICT, MEETING_CERTAINTY,  MEETING_VISIT_SENTENCE,
	};
	const struct field_set *hidden =
		access_hidden(principal, meeting->entity);

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (field_set_has(hidden, told[i]))
			return false;
	return access_may_see(principal, meeting);
}

enum outrider_code
visits_is_own_or_led(bool *out, struct app_call *call, const struct uuid *rep)
{
	const struct principal *who = &call->principal;
	struct arena scratch;
	struct row *user;
	struct uuid team;
	enum outrider_code code;

	*out = uuid_compare(&who->user, rep) == 0 ||
	       who->rank >= RANK_ADMINISTRATOR;
	if (*out || who->rank < RANK_MANAGER)
		return OUTRIDER_OK;
	arena_init(&scratch, &allocator_libc, ROWS_MEMORY);
	code = store_get(call_conn(call), &user, schema_entity(KIND_USER), rep,
			 &scratch, &call->err);
	if (code == OUTRIDER_OK)
		code = team_of_user(&team, call_conn(call), user, &scratch,
				    &call->err);
	if (code == OUTRIDER_OK)
		*out = access_leads(who, &team);
	arena_free(&scratch);
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(&call->err);
		return OUTRIDER_OK;
	}
	return code;
}

bool visits_is_everybodys(const struct row *meeting, const struct uuid *rep)
{
	struct uuid reps[VISIT_GROUP_MAX];

	return uuid_compare(&meeting->owner, rep) == 0 &&
	       meeting_reps(reps, meeting) == 1;
}

/* A rep of the meeting, or one whose it was when they were there. */
static enum outrider_code find_rep(struct app_call *call,
				   const struct row *meeting,
				   const struct uuid *rep)
{
	bool is_shown = visits_is_everybodys(meeting, rep);
	struct visit_finding finding;
	enum outrider_code code = OUTRIDER_OK;

	if (!is_shown)
		code = visits_is_own_or_led(&is_shown, call, rep);
	if (code != OUTRIDER_OK)
		return code;
	if (meeting_has_rep(meeting, rep))
		return is_shown ? OUTRIDER_OK
				: err_set(&call->err,
					  OUTRIDER_PERMISSION_DENIED, NULL,
					  "a visit is for the rep whose it is "
					  "and for their managers");
	if (is_shown)
		code = visit_get(call_conn(call), &finding, &meeting->id, rep,
				 &call->err);
	if (is_shown && code != OUTRIDER_NOT_FOUND)
		return code;
	return err_set(&call->err, OUTRIDER_NOT_FOUND, "rep_id",
		       "the meeting has no such rep");
}

enum outrider_code visits_find_meeting(struct app_call *call,
				       struct row **meeting,
				       const char *meeting_id)
{
	struct uuid id;
	enum outrider_code code;

	if (!uuid_parse(&id, meeting_id, strlen(meeting_id)))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "meeting_id", "not an id");
	code = store_get(call_conn(call), meeting, schema_entity(KIND_MEETING),
			 &id, &call->arena, &call->err);
	if (code == OUTRIDER_NOT_FOUND)
		return no_such_visit(&call->err);
	if (code != OUTRIDER_OK)
		return code;
	if (!visits_may_see(&call->principal, *meeting))
		return no_such_visit(&call->err);
	return OUTRIDER_OK;
}

enum outrider_code visits_find(struct app_call *call, struct row **meeting,
			       struct uuid *rep, const char *meeting_id,
			       const char *rep_id)
{
	enum outrider_code code;

	if (*rep_id && !uuid_parse(rep, rep_id, strlen(rep_id)))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "rep_id",
			       "not an id");
	code = visits_find_meeting(call, meeting, meeting_id);
	if (code != OUTRIDER_OK || !*meeting)
		return code;
	if (!*rep_id)
		*rep = (*meeting)->owner;
	return find_rep(call, *meeting, rep);
}

enum outrider_code visits_get_start(struct app_call *call)
{
	const Outrider__V1__GetVisitRequest *request =
		call_unpack(call, &outrider__v1__get_visit_request__descriptor);
	struct row *meeting = NULL;
	struct uuid rep = { { 0 } };
	Visit *visit = NULL;
	bool has_finding;
	enum outrider_code code;

	if (!request)
		return call->err.code;
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = visits_find(call, &meeting, &rep, request->meeting_id,
			   request->rep_id);
	if (code == OUTRIDER_OK)
		code = visits_describe(&visit, &has_finding, call, meeting,
				       &rep);
	store_read_end(call_conn(call));
	return code == OUTRIDER_OK ? call_reply(call, &visit->base) : code;
}
