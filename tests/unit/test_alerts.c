/*
 * What managers look at: alerts as a stream, lists of visits, and bundles of
 * evidence; and who may not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chain_maker.h"
#include "rights_acts.h"
#include "sync_world.h"

#include "app/alerts.h"
#include "app/digest.h"
#include "app/visits.h"
#include "model/wire.h"
#include "outrider/v1/visit.pb-c.h"

#include <sodium.h>

#define HOUR_US INT64_C(3600000000)

enum { ALERT_TYPE_FIELD = 10, ALERT_STATE_FIELD = 14 };

struct day_out {
	struct uuid meeting;
	struct visit_plan plan;
	struct made_entry entry;
};

/* A meeting of the user's, lived and told. */
static struct day_out live(struct world *w, const struct harness_user *user,
			   struct chain_maker *chain, enum day day)
{
	struct day_out out;

	out.meeting = world_meeting(w, user, w->h.wall_us + HOUR_US, NULL);
	assert_true(plan_of_meeting(&out.plan,
				    world_row(w, MEETING, &out.meeting)));
	chain_add(&out.entry, chain, &out.plan, day);
	w->h.wall_us = out.plan.end_us + HOUR_US;
	assert_true(chain_submit(&w->h, user, &out.entry, 1).is_taken[0]);
	return out;
}

/* ---------------------------------------------------------------- a stream */

struct watcher {
	struct world *w;
	struct app_call *call;
	int woken, asked;
	struct uuid last;
	uint64_t type, state;
	enum outrider_code end;
};

static void watch_open(struct watcher *t, struct world *w,
		       const struct harness_user *user, bool only_new)
{
	static const uint8_t request[] = { 0x08, 0x01 };

	*t = (struct watcher){ .w = w };
	t->call = harness_begin(&w->h, "VisitService/WatchAlerts", user->token,
				request, only_new ? sizeof(request) : 0,
				&t->woken);
}

/* The next alert; false where the stream waits or has ended. */
static bool watch_next(struct watcher *t)
{
	struct app_status status;
	struct bytes message, alert;
	enum app_progress progress;

	/* Its marks are written, and it takes turns with nobody. */
	do {
		t->asked = t->woken;
		progress = app_call_next(t->call, &message, &status);
		store_run_writes(t->w->h.store);
	} while (progress == APP_WAIT && t->woken > t->asked);
	switch (progress) {
	case APP_MESSAGE:
		alert = harness_part(message, 1, 0);
		t->last = harness_uuid(alert, FIELD_ID);
		t->type = harness_scalar(alert, ALERT_TYPE_FIELD);
		t->state = harness_scalar(alert, ALERT_STATE_FIELD);
		return true;
	case APP_WAIT:
		t->asked = t->woken;
		return false;
	case APP_END:
		t->end = status.code;
		return false;
	}
	return false;
}

static bool was_woken(const struct watcher *t)
{
	return t->woken > t->asked;
}

static void close_alert(struct world *w, const struct harness_user *by,
			const struct uuid *id, enum outrider_code expected)
{
	struct fields alert = fields_new(), request = fields_new();
	const struct harness_reply *reply;

	fields_id(&alert, FIELD_ID, id);
	fields_number(&alert, ALERT_STATE_FIELD, ALERT_STATE_CLOSED);
	wire_put_bytes(&request.bytes, 1, alert.bytes.at, alert.bytes.len);
	reply = harness_call(&w->h, "AlertService/UpdateAlert", by->token,
			     request.bytes.at, request.bytes.len);
	assert_int_equal(reply->code, expected);
	fields_free(&alert);
	fields_free(&request);
}

static void stream_has_open_alerts_and_then_news(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct watcher t;
	struct uuid first;

	chain_begin(&chain, &w->anna);
	live(w, &w->anna, &chain, DAY_LATE);
	live(w, &w->anna, &chain, DAY_PRESENT);
	live(w, &w->anna, &chain, DAY_ELSEWHERE);
	watch_open(&t, w, &w->mia, false);
	assert_true(watch_next(&t));
	assert_int_equal(t.type, ALERT_LATE);
	first = t.last;
	/* What comes while the open ones are sent is news. */
	live(w, &w->anna, &chain, DAY_NEARBY);
	assert_true(watch_next(&t));
	assert_int_equal(t.type, ALERT_ELSEWHERE);
	assert_true(watch_next(&t));
	assert_int_equal(t.type, ALERT_NEARBY);
	assert_false(watch_next(&t));
	assert_false(was_woken(&t));
	/* A change of one that was sent comes again, once. */
	close_alert(w, &w->mia, &first, OUTRIDER_OK);
	assert_true(was_woken(&t));
	assert_true(watch_next(&t));
	assert_int_equal(uuid_compare(&t.last, &first), 0);
	assert_int_equal(t.state, ALERT_STATE_CLOSED);
	assert_false(watch_next(&t));
	/* Any other commit wakes, and brings nothing. */
	world_contact(w, &w->anna, "Alder");
	assert_true(was_woken(&t));
	assert_false(watch_next(&t));
	app_call_free(t.call);
}

/* One that is closed while it waits for its turn comes closed, and once. */
static void alert_changed_in_its_turn_comes_once(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct watcher t, other;
	struct uuid second;

	chain_begin(&chain, &w->anna);
	live(w, &w->anna, &chain, DAY_LATE);
	live(w, &w->anna, &chain, DAY_ELSEWHERE);
	watch_open(&other, w, &w->mia, false);
	assert_true(watch_next(&other) && watch_next(&other));
	second = other.last;
	app_call_free(other.call);

	watch_open(&t, w, &w->mia, false);
	assert_true(watch_next(&t));
	close_alert(w, &w->mia, &second, OUTRIDER_OK);
	assert_true(watch_next(&t));
	assert_int_equal(uuid_compare(&t.last, &second), 0);
	assert_int_equal(t.state, ALERT_STATE_CLOSED);
	assert_false(watch_next(&t));
	app_call_free(t.call);
	/* A new stream has no need of it. */
	watch_open(&t, w, &w->mia, false);
	assert_true(watch_next(&t));
	assert_int_equal(t.type, ALERT_LATE);
	assert_false(watch_next(&t));
	app_call_free(t.call);
}

static void only_new_leaves_out_the_open_ones(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct watcher t;

	chain_begin(&chain, &w->anna);
	live(w, &w->anna, &chain, DAY_LATE);
	watch_open(&t, w, &w->mia, true);
	assert_false(watch_next(&t));
	live(w, &w->anna, &chain, DAY_ELSEWHERE);
	assert_true(was_woken(&t));
	assert_true(watch_next(&t));
	assert_int_equal(t.type, ALERT_ELSEWHERE);
	assert_false(watch_next(&t));
	app_call_free(t.call);
}

/* The rep sees what the manager sees; a colleague sees nothing. */
static void alerts_are_for_the_rep_and_their_managers(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct watcher anna, ben, carl;

	watch_open(&ben, w, &w->ben, false);
	watch_open(&carl, w, &w->carl, false);
	assert_false(watch_next(&ben));
	assert_false(watch_next(&carl));
	chain_begin(&chain, &w->anna);
	live(w, &w->anna, &chain, DAY_LATE);
	watch_open(&anna, w, &w->anna, false);
	assert_true(watch_next(&anna));
	assert_false(watch_next(&ben));
	assert_false(watch_next(&carl));
	/* Closing it is the manager's. */
	close_alert(w, &w->anna, &anna.last, OUTRIDER_PERMISSION_DENIED);
	close_alert(w, &w->mia, &anna.last, OUTRIDER_OK);
	app_call_free(anna.call);
	app_call_free(ben.call);
	app_call_free(carl.call);
}

/* Evidence that comes again reopens nothing and raises nothing. */
static void closed_alert_stays_closed(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct day_out day;
	struct watcher t;

	chain_begin(&chain, &w->anna);
	day = live(w, &w->anna, &chain, DAY_LATE);
	watch_open(&t, w, &w->mia, false);
	assert_true(watch_next(&t));
	close_alert(w, &w->mia, &t.last, OUTRIDER_OK);
	assert_true(watch_next(&t));
	assert_true(chain_submit(&w->h, &w->anna, &day.entry, 1).is_taken[0]);
	/* The window was opened again: a second entry of the same meeting. */
	chain_add(&day.entry, &chain, &day.plan, DAY_LATE);
	assert_true(chain_submit(&w->h, &w->anna, &day.entry, 1).is_taken[0]);
	assert_false(watch_next(&t));
	app_call_free(t.call);
}

static void doubtful_word_accuses_nobody(void **state)
{
	struct visit_finding visit = { .is_reproduced = true };
	struct alert alert;

	(void)state;
	for (int word = VISIT_PRESENT; word <= VISIT_NO_DATA; word++) {
		bool is_question = word == VISIT_NEARBY ||
				   word == VISIT_NO_DATA;

		visit.word = (uint8_t)word;
		visit.is_reproduced = true;
		visit.certainty = VISIT_FIRM;
		assert_int_equal(alert_of_visit(&alert, &visit),
				 word != VISIT_PRESENT);
		visit.certainty = VISIT_DOUBTFUL;
		assert_int_equal(alert_of_visit(&alert, &visit), is_question);
		visit.certainty = VISIT_FIRM;
		visit.is_reproduced = false;
		assert_int_equal(alert_of_visit(&alert, &visit), is_question);
	}
}

/* ------------------------------------------------------------------- lists */

struct listed {
	size_t n;
	struct uuid meetings[32];
	struct uuid reps[32];
	uint64_t verdicts[32];
	char token[256];
};

static enum outrider_code list_visits(struct world *w, struct listed *out,
				      const char *token, const struct uuid *rep,
				      uint64_t page_size)
{
	struct fields request = fields_new();
	const struct harness_reply *reply;
	struct bytes visit;

	if (rep)
		fields_id(&request, 3, rep);
	if (page_size)
		fields_number(&request, 4, page_size);
	if (out->token[0])
		fields_text(&request, 5, out->token);
	reply = harness_call(&w->h, "VisitService/ListVisits", token,
			     request.bytes.at, request.bytes.len);
	fields_free(&request);
	if (reply->code != OUTRIDER_OK)
		return reply->code;
	for (size_t i = 0; (visit = harness_part(reply->message, 1, i)).at;
	     i++) {
		assert_true(out->n < 32);
		out->meetings[out->n] = harness_uuid(visit, 1);
		out->reps[out->n] = harness_uuid(visit, 2);
		out->verdicts[out->n] = harness_scalar(visit, 6);
		out->n++;
	}
	harness_text(out->token, sizeof(out->token), reply->message, 2);
	return OUTRIDER_OK;
}

static void list_has_meetings_with_and_without_evidence(void **state)
{
	struct world *w = *state;
	struct chain_maker chain, carls;
	struct listed mia = { .n = 0 }, carl = { .n = 0 }, ben = { .n = 0 };
	struct day_out day;
	struct uuid bare;

	chain_begin(&chain, &w->anna);
	chain_begin(&carls, &w->carl);
	day = live(w, &w->anna, &chain, DAY_LATE);
	bare = world_meeting(w, &w->ben, w->h.wall_us, NULL);
	live(w, &w->carl, &carls, DAY_PRESENT);
	assert_int_equal(list_visits(w, &mia, w->mia.token, NULL, 0),
			 OUTRIDER_OK);
	assert_int_equal(mia.n, 2);
	assert_int_equal(uuid_compare(&mia.meetings[0], &day.meeting), 0);
	assert_int_equal(mia.verdicts[0], VISIT_LATE);
	assert_int_equal(uuid_compare(&mia.meetings[1], &bare), 0);
	assert_int_equal(mia.verdicts[1], 0);
	assert_string_equal(mia.token, "");
	assert_int_equal(list_visits(w, &carl, w->carl.token, NULL, 0),
			 OUTRIDER_OK);
	assert_int_equal(carl.n, 1);
	/* Whoever asks for another's gets what they may see: nothing. */
	assert_int_equal(list_visits(w, &ben, w->ben.token, &w->carl.id, 0),
			 OUTRIDER_OK);
	assert_int_equal(ben.n, 0);
}

/* Three reps at two meetings, a page a visit: each once, in order. */
static void pages_of_a_list_lose_and_repeat_nothing(void **state)
{
	struct world *w = *state;
	struct chain_maker chain, bens;
	struct listed whole = { .n = 0 }, paged = { .n = 0 };
	struct made_entry entry;
	struct visit_plan plan;
	struct uuid shared;
	size_t pages = 0;

	chain_begin(&chain, &w->anna);
	chain_begin(&bens, &w->ben);
	live(w, &w->anna, &chain, DAY_PRESENT);
	shared = world_meeting(w, &w->anna, w->h.wall_us + HOUR_US, &w->ben);
	assert_true(plan_of_meeting(&plan, world_row(w, MEETING, &shared)));
	chain_add(&entry, &bens, &plan, DAY_LATE);
	w->h.wall_us = plan.end_us + HOUR_US;
	assert_true(chain_submit(&w->h, &w->ben, &entry, 1).is_taken[0]);
	for (int i = 0; i < 3; i++)
		live(w, &w->ben, &bens, DAY_PRESENT);
	assert_int_equal(list_visits(w, &whole, w->mia.token, NULL, 0),
			 OUTRIDER_OK);
	assert_int_equal(whole.n, 6);
	do {
		assert_int_equal(list_visits(w, &paged, w->mia.token, NULL, 1),
				 OUTRIDER_OK);
	} while (paged.token[0] && ++pages < 20);
	assert_int_equal(paged.n, whole.n);
	assert_memory_equal(paged.meetings, whole.meetings,
			    whole.n * sizeof(whole.meetings[0]));
	assert_memory_equal(paged.reps, whole.reps,
			    whole.n * sizeof(whole.reps[0]));
	/* Of one rep, taken part in or owned; her token fits no other list. */
	paged = (struct listed){ .n = 0 };
	assert_int_equal(list_visits(w, &paged, w->mia.token, &w->ben.id, 2),
			 OUTRIDER_OK);
	assert_int_equal(list_visits(w, &paged, w->mia.token, NULL, 2),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(list_visits(w, &paged, w->mia.token, &w->ben.id, 2),
			 OUTRIDER_OK);
	assert_int_equal(paged.n, 4);
	assert_string_equal(paged.token, "");
}

/* ----------------------------------------------------------------- bundles */

static Outrider__V1__EvidenceBundle *
get_bundle(struct world *w, const char *token, const struct uuid *meeting,
	   enum outrider_code *code)
{
	struct fields request = fields_new();
	const struct harness_reply *reply;

	fields_id(&request, 1, meeting);
	reply = harness_call(&w->h, "VisitService/GetEvidence", token,
			     request.bytes.at, request.bytes.len);
	fields_free(&request);
	*code = reply->code;
	if (reply->code != OUTRIDER_OK)
		return NULL;
	return outrider__v1__evidence_bundle__unpack(NULL, reply->message.len,
						     reply->message.at);
}

/* With nothing but the bundle, as a third party would. */
static void check_bundle(const Outrider__V1__EvidenceBundle *bundle)
{
	uint8_t previous[CHAIN_HASH_LEN] = { 0 };
	struct chain_statement statement = { .number = 0 };
	struct chain_header header = { .number = 0 };

	for (size_t i = 0; i < bundle->n_entries; i++) {
		const Outrider__V1__EvidenceEntry *entry = bundle->entries[i];
		const struct bytes parts[] = {
			{ entry->header.data, entry->header.len },
			{ entry->signature.data, entry->signature.len },
		};

		assert_true(chain_header_read(&header, entry->header.data,
					      entry->header.len));
		assert_int_equal(header.number, i + 1);
		assert_memory_equal(header.previous, previous, CHAIN_HASH_LEN);
		assert_int_equal(crypto_sign_verify_detached(
					 entry->signature.data,
					 entry->header.data, entry->header.len,
					 bundle->device_signing_key.data),
				 0);
		digest_of(previous, parts, 2);
	}
	for (size_t i = 0; i < bundle->n_receipts; i++) {
		const Outrider__V1__Receipt *receipt = bundle->receipts[i];

		assert_int_equal(crypto_sign_verify_detached(
					 receipt->signature.data,
					 receipt->statement.data,
					 receipt->statement.len,
					 bundle->organization_signing_key.data),
				 0);
		assert_true(chain_statement_read(&statement,
						 receipt->statement.data,
						 receipt->statement.len));
	}
	/* The last receipt covers the last entry. */
	assert_true(statement.number >= header.number);
}

static void bundle_holds_the_chain_and_one_content(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct day_out days[4];
	Outrider__V1__EvidenceBundle *bundle;
	enum outrider_code code;

	chain_begin(&chain, &w->anna);
	for (size_t i = 0; i < 4; i++)
		days[i] = live(w, &w->anna, &chain, DAY_PRESENT);
	bundle = get_bundle(w, w->mia.token, &days[2].meeting, &code);
	assert_int_equal(code, OUTRIDER_OK);
	assert_int_equal(bundle->n_entries, 3);
	assert_int_equal(bundle->n_receipts, 3);
	for (size_t i = 0; i < 3; i++) {
		bool is_shown = bundle->entries[i]->content.len > 0;

		assert_int_equal(is_shown, i == 2);
		assert_int_equal(bundle->entries[i]->salt.len > 0, i == 2);
	}
	assert_int_equal(bundle->entries[2]->content.len,
			 days[2].entry.content_len);
	assert_memory_equal(bundle->device_signing_key.data,
			    w->anna.sign_public, 32);
	check_bundle(bundle);
	outrider__v1__evidence_bundle__free_unpacked(bundle, NULL);
}

static void bundle_is_for_the_rep_and_their_managers(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct day_out day;
	struct uuid shared;
	Outrider__V1__EvidenceBundle *bundle;
	enum outrider_code code;

	chain_begin(&chain, &w->anna);
	day = live(w, &w->anna, &chain, DAY_PRESENT);
	bundle = get_bundle(w, w->anna.token, &day.meeting, &code);
	assert_int_equal(code, OUTRIDER_OK);
	outrider__v1__evidence_bundle__free_unpacked(bundle, NULL);
	assert_null(get_bundle(w, w->carl.token, &day.meeting, &code));
	assert_int_equal(code, OUTRIDER_NOT_FOUND);
	/* Who takes part sees the meeting, and not where a colleague was. */
	shared = world_meeting(w, &w->anna, w->h.wall_us, &w->ben);
	assert_null(get_bundle(w, w->ben.token, &shared, &code));
	assert_int_equal(code, OUTRIDER_PERMISSION_DENIED);
	/* No evidence yet. */
	assert_null(get_bundle(w, w->mia.token, &shared, &code));
	assert_int_equal(code, OUTRIDER_NOT_FOUND);
}

/* ------------------------------------------------------- who is told what */

static void
first_sentence(char *out, size_t room, struct world *w, const char *token)
{
	const struct harness_reply *reply =
		harness_call(&w->h, "AlertService/ListAlerts", token, NULL, 0);

	assert_int_equal(reply->code, OUTRIDER_OK);
	out[0] = '\0';
	if (reply->message.len > 0)
		harness_text(out, room, harness_part(reply->message, 1, 0), 12);
}

/* Carl's managers don't see what Anna calls her meeting. */
static void another_teams_meeting_has_no_name(void **state)
{
	struct world *w = *state;
	struct uuid id =
		world_meeting(w, &w->anna, w->h.wall_us + HOUR_US, &w->carl);
	struct made_entry entry;
	struct chain_maker chain;
	struct visit_plan plan;
	char sentence[1001];

	assert_true(plan_of_meeting(&plan, world_row(w, MEETING, &id)));
	chain_begin(&chain, &w->carl);
	chain_add(&entry, &chain, &plan, DAY_ELSEWHERE);
	w->h.wall_us = plan.end_us + HOUR_US;
	assert_true(chain_submit(&w->h, &w->carl, &entry, 1).is_taken[0]);
	first_sentence(sentence, sizeof(sentence), w, w->carl.token);
	assert_int_equal(strncmp(sentence, "Another team's meeting of ", 26),
			 0);
	/* Of the owner it is said as ever. */
	chain_begin(&chain, &w->anna);
	live(w, &w->anna, &chain, DAY_ELSEWHERE);
	first_sentence(sentence, sizeof(sentence), w, w->anna.token);
	assert_int_equal(sentence[0], '"');
}

static void no_meetings_no_alerts(void **state)
{
	struct world *w = *state;
	struct role_draft draft = draft_role("blind");
	struct chain_maker chain;
	struct uuid role;
	char sentence[1001];

	chain_begin(&chain, &w->anna);
	live(w, &w->anna, &chain, DAY_ELSEWHERE);
	first_sentence(sentence, sizeof(sentence), w, w->mia.token);
	assert_int_equal(sentence[0], '"');
	draft_grant(&draft, "meeting", GRANT_NONE);
	draft_grant(&draft, "alert", GRANT_READ);
	role = make_role(w, &draft);
	give_role(w, &w->mia, &role);
	first_sentence(sentence, sizeof(sentence), w, w->mia.token);
	assert_string_equal(sentence, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(stream_has_open_alerts_and_then_news),
		WITH_WORLD(alert_changed_in_its_turn_comes_once),
		WITH_WORLD(only_new_leaves_out_the_open_ones),
		WITH_WORLD(alerts_are_for_the_rep_and_their_managers),
		WITH_WORLD(closed_alert_stays_closed),
		cmocka_unit_test(doubtful_word_accuses_nobody),
		WITH_WORLD(list_has_meetings_with_and_without_evidence),
		WITH_WORLD(pages_of_a_list_lose_and_repeat_nothing),
		WITH_WORLD(bundle_holds_the_chain_and_one_content),
		WITH_WORLD(bundle_is_for_the_rep_and_their_managers),
		WITH_WORLD(another_teams_meeting_has_no_name),
		WITH_WORLD(no_meetings_no_alerts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
