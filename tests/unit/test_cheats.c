/*
 * Cheats that once worked: a rep who signs what suits them, calls a meeting
 * off when it is over, or looks where a colleague was; a manager who tidies
 * up after themself; an old password that outlives its change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "chain_maker.h"
#include "sync_world.h"

#include "app/alerts.h"
#include "app/kinds.h"
#include "app/visits.h"
#include "model/wire.h"

#define HOUR_US INT64_C(3600000000)

enum {
	VISIT_VERDICT = 6,
	VISIT_CERTAINTY = 7,
	VISIT_IS_AGREED = 17,
	CERTAINTY_DOUBTFUL = 2,
	STATE_CANCELLED = 3,
	STATE_CLOSED = 2,
};

/* A meeting of anna's in an hour, and what is to be signed of it. */
struct cheat {
	struct uuid meeting;
	struct visit_plan plan;
	struct chain_maker chain;
	struct made_entry entry;
};

static struct cheat plan_one(struct world *w)
{
	struct cheat c;

	c.meeting = world_meeting(w, &w->anna, w->h.wall_us + HOUR_US, NULL);
	assert_true(
		plan_of_meeting(&c.plan, world_row(w, MEETING, &c.meeting)));
	chain_begin(&c.chain, &w->anna);
	return c;
}

static void submit(struct world *w, struct cheat *c,
		   const struct visit_plan *plan, enum day day)
{
	chain_add(&c->entry, &c->chain, plan, day);
	assert_true(
		chain_submit(&w->h, c->chain.user, &c->entry, 1).is_taken[0]);
}

static const struct harness_reply *
ask(struct world *w, const char *path, const char *token,
    const struct uuid *meeting, const struct uuid *rep)
{
	struct fields request = fields_new();
	const struct harness_reply *reply;

	fields_id(&request, 1, meeting);
	if (rep)
		fields_id(&request, 2, rep);
	reply = harness_call(&w->h, path, token, request.bytes.at,
			     request.bytes.len);
	fields_free(&request);
	return reply;
}

/* A number of the visit as anna's manager sees it. */
static uint64_t seen(struct world *w, const struct cheat *c, uint32_t field)
{
	const struct harness_reply *reply = ask(
		w, "VisitService/GetVisit", w->mia.token, &c->meeting, NULL);

	assert_int_equal(reply->code, OUTRIDER_OK);
	return harness_scalar(reply->message, field);
}

/* The n-th alert that the user sees; its length is 0 where there is none. */
static struct bytes
alert_at(struct world *w, const struct harness_user *user, size_t n)
{
	const struct harness_reply *reply = harness_call(
		&w->h, "AlertService/ListAlerts", user->token, NULL, 0);

	assert_int_equal(reply->code, OUTRIDER_OK);
	return harness_part(reply->message, 1, n);
}

static size_t count_alerts(struct world *w)
{
	size_t n = 0;

	while (alert_at(w, &w->mia, n).at)
		n++;
	return n;
}

/* ---------------------------------------------------------------- evidence */

static void a_plan_of_ones_own_replaces_no_verdict(void **state)
{
	struct world *w = *state;
	struct cheat c = plan_one(w);
	struct visit_plan invented = c.plan;
	struct fields moved = fields_new();

	w->h.wall_us = c.plan.end_us + HOUR_US;
	submit(w, &c, &c.plan, DAY_ELSEWHERE);
	invented.pin.lat_e7 += 1000000;
	submit(w, &c, &invented, DAY_PRESENT);
	assert_int_equal(seen(w, &c, VISIT_VERDICT), VISIT_ELSEWHERE);
	assert_int_equal(kind_value(world_row(w, MEETING, &c.meeting), 30)->i,
			 VISIT_ELSEWHERE);
	/* Nor does one that the server saw: it was moved when it was over. */
	invented = c.plan;
	invented.end_us += HOUR_US / 4;
	fields_time(&moved, MEETING_END, invented.end_us);
	assert_int_equal(world_try(w, 2, MEETING, &c.meeting, &moved, NULL, 0),
			 OUTRIDER_OK);
	submit(w, &c, &invented, DAY_PRESENT);
	assert_int_equal(seen(w, &c, VISIT_VERDICT), VISIT_ELSEWHERE);
	assert_true(seen(w, &c, VISIT_IS_AGREED));
	fields_free(&moved);
}

static void what_has_not_come_yet_is_doubtful(void **state)
{
	struct world *w = *state;
	struct cheat c = plan_one(w);
	struct bytes alert;

	submit(w, &c, &c.plan, DAY_PRESENT);
	assert_int_equal(seen(w, &c, VISIT_CERTAINTY), CERTAINTY_DOUBTFUL);
	alert = alert_at(w, &w->mia, 0);
	assert_int_equal(harness_scalar(alert, 10), ALERT_BAD_EVIDENCE);
	assert_int_equal(count_alerts(w), 1);
}

/* A phone that signs nonsense all day buries no other alert. */
static void bad_evidence_makes_no_flood(void **state)
{
	const int64_t day_us = 24 * HOUR_US;
	struct world *w = *state;
	struct cheat c = plan_one(w);
	char sentence[ALERT_SENTENCE_MAX + 1];

	/* The last moment of a day: the clock decides which day it is. */
	w->h.wall_us = (w->h.wall_us / day_us + 1) * day_us - 1;
	c.plan.start_us = w->h.wall_us + HOUR_US;
	c.plan.end_us = c.plan.start_us + HOUR_US;
	for (int i = 0; i < 5; i++)
		submit(w, &c, &c.plan, DAY_PRESENT);
	assert_int_equal(count_alerts(w), 1);
	harness_text(sentence, sizeof(sentence), alert_at(w, &w->mia, 0), 12);
	assert_non_null(strstr(sentence, "Entry 1 of"));
	assert_non_null(strstr(sentence, "had not come yet"));
	/* The next day it is said again, of that day's first. */
	w->h.wall_us++;
	for (int i = 0; i < 2; i++)
		submit(w, &c, &c.plan, DAY_PRESENT);
	assert_int_equal(count_alerts(w), 2);
}

/* Planned when all was over; the phone says that it opened later still. */
static void an_opening_time_makes_no_agreement(void **state)
{
	struct world *w = *state;
	struct cheat c = plan_one(w);
	struct evidence_draft draft;
	struct made_entry *entry = &c.entry;
	struct tick_signals none = { .mock_fixes = 0 };
	struct visit visit;
	int64_t late_us = c.plan.end_us + 3 * HOUR_US;

	w->h.wall_us = c.plan.end_us + HOUR_US;
	c.meeting = world_meeting(w, &w->anna, c.plan.start_us, NULL);
	memcpy(c.plan.meeting_id, c.meeting.at, 16);
	w->h.wall_us = late_us + HOUR_US;
	chain_add(entry, &c.chain, &c.plan, DAY_NO_FIXES);
	assert_true(visit_open(&visit, &c.plan, late_us));
	visit_decide(&visit, &entry->verdict);
	assert_true(
		evidence_draft_begin(&draft, entry->content, &c.plan, late_us));
	assert_true(
		evidence_draft_finish(&draft, late_us, &none, &entry->verdict));
	entry->content_len = draft.len;
	made_sign(entry, &w->anna);
	assert_true(chain_submit(&w->h, &w->anna, entry, 1).is_taken[0]);
	assert_false(seen(w, &c, VISIT_IS_AGREED));
}

/* What whoever has a code for the user may do. */
static void enrol_second(struct world *w, struct harness_user *user)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	char code[33];

	harness_put_uuid(&request, 1, &user->id);
	reply = harness_call(&w->h, "AuthService/CreateEnrollmentCode",
			     w->mia.token, request.at, request.len);
	assert_int_equal(reply->code, OUTRIDER_OK);
	harness_text(code, sizeof(code), reply->message, 1);
	user->device = harness_new_uuid(&w->h);
	crypto_sign_keypair(user->sign_public, user->sign_secret);
	buffer_clear(&request);
	harness_put_text(&request, 1, code);
	wire_put_bytes(&request, 2, user->device.at, 16);
	wire_put_bytes(&request, 4, user->sign_public, 32);
	reply = harness_call(&w->h, "AuthService/EnrollDevice", NULL,
			     request.at, request.len);
	assert_int_equal(reply->code, OUTRIDER_OK);
	harness_text(user->device_token, sizeof(user->device_token),
		     reply->message, 1);
	buffer_free(&request);
}

/* Mia enrols a phone for anna, and signs in her name. */
static void a_second_device_proves_nothing(void **state)
{
	struct world *w = *state;
	struct harness_user forged = w->anna;
	struct cheat c = plan_one(w);

	w->h.wall_us = c.plan.end_us + HOUR_US;
	submit(w, &c, &c.plan, DAY_PRESENT);
	enrol_second(w, &forged);
	chain_begin(&c.chain, &forged);
	submit(w, &c, &c.plan, DAY_ELSEWHERE);
	assert_int_equal(seen(w, &c, VISIT_VERDICT), VISIT_PRESENT);
	assert_int_equal(seen(w, &c, VISIT_CERTAINTY), CERTAINTY_DOUBTFUL);
	/* That there is a new device, and that it disagrees: no more. */
	assert_int_equal(count_alerts(w), 2);
	assert_int_equal(harness_scalar(alert_at(w, &w->mia, 0), 10) +
				 harness_scalar(alert_at(w, &w->mia, 1), 10),
			 ALERT_NEW_DEVICE + ALERT_BAD_EVIDENCE);
}

/* -------------------------------------------------------------- called off */

static void cancel(struct world *w, const struct uuid *meeting)
{
	struct fields cancelled = fields_new();

	fields_number(&cancelled, MEETING_VISIT_STATE, STATE_CANCELLED);
	assert_int_equal(world_try(w, 2, MEETING, meeting, &cancelled, NULL, 0),
			 OUTRIDER_OK);
	fields_free(&cancelled);
}

static void called_off_afterwards_is_told(void **state)
{
	struct world *w = *state;
	struct cheat c = plan_one(w);
	char sentence[ALERT_SENTENCE_MAX + 1];

	w->h.wall_us = c.plan.end_us + HOUR_US;
	cancel(w, &c.meeting);
	submit(w, &c, &c.plan, DAY_ELSEWHERE);
	assert_int_equal(count_alerts(w), 1);
	harness_text(sentence, sizeof(sentence), alert_at(w, &w->mia, 0), 12);
	assert_non_null(strstr(sentence, "; the server heard at "));
}

static void deleted_afterwards_is_told(void **state)
{
	struct world *w = *state;
	struct cheat c = plan_one(w);

	w->h.wall_us = c.plan.end_us + HOUR_US;
	world_delete(w, MEETING, &c.meeting);
	submit(w, &c, &c.plan, DAY_ELSEWHERE);
	assert_int_equal(count_alerts(w), 1);
	/* Back again, it says what it would have said. */
	assert_int_equal(ask(w, "MeetingService/UndeleteMeeting", w->anna.token,
			     &c.meeting, NULL)
				 ->code,
			 OUTRIDER_OK);
	assert_int_equal(kind_value(world_row(w, MEETING, &c.meeting), 30)->i,
			 VISIT_ELSEWHERE);
	assert_true(seen(w, &c, VISIT_IS_AGREED));
	assert_int_equal(count_alerts(w), 1);
}

static void deleted_before_is_off(void **state)
{
	struct world *w = *state;
	struct cheat c = plan_one(w);

	world_delete(w, MEETING, &c.meeting);
	w->h.wall_us = c.plan.end_us + HOUR_US;
	submit(w, &c, &c.plan, DAY_ELSEWHERE);
	assert_int_equal(count_alerts(w), 0);
}

/* Not only through a push does a meeting come after its evidence. */
static void a_created_meeting_finds_its_evidence(void **state)
{
	struct world *w = *state;
	struct cheat c = plan_one(w);
	struct fields meeting = fields_new(), request = fields_new();
	const struct harness_reply *reply;
	struct bytes inner;

	c.meeting = harness_new_uuid(&w->h);
	memcpy(c.plan.meeting_id, c.meeting.at, 16);
	w->h.wall_us = c.plan.end_us + HOUR_US;
	submit(w, &c, &c.plan, DAY_ELSEWHERE);
	fields_id(&meeting, 1, &c.meeting);
	fields_text(&meeting, MEETING_SUBJECT, "Spring offer");
	fields_time(&meeting, MEETING_START, c.plan.start_us);
	fields_time(&meeting, MEETING_END, c.plan.end_us);
	fields_double(&meeting, MEETING_LATITUDE, 50.1);
	fields_double(&meeting, MEETING_LONGITUDE, 14.4);
	inner = fields_bytes(&meeting);
	wire_put_bytes(&request.bytes, 1, inner.at, inner.len);
	reply = harness_call(&w->h, "MeetingService/CreateMeeting",
			     w->anna.token, request.bytes.at,
			     request.bytes.len);
	assert_int_equal(reply->code, OUTRIDER_OK);
	assert_int_equal(harness_scalar(reply->message, 30), VISIT_ELSEWHERE);
	assert_int_equal(count_alerts(w), 1);
	fields_free(&request);
	fields_free(&meeting);
}

/* -------------------------------------------------------------- colleagues */

static size_t count_visits(struct world *w, const struct harness_user *by,
			   const struct uuid *rep)
{
	struct fields request = fields_new();
	const struct harness_reply *reply;
	size_t n = 0;

	fields_id(&request, 3, rep);
	reply = harness_call(&w->h, "VisitService/ListVisits", by->token,
			     request.bytes.at, request.bytes.len);
	assert_int_equal(reply->code, OUTRIDER_OK);
	while (harness_part(reply->message, 1, n).at)
		n++;
	fields_free(&request);
	return n;
}

/* Anna asks carl, of another team, to a place where she wants to know him. */
static void a_colleagues_visit_is_not_told(void **state)
{
	static const char *const paths[] = { "VisitService/GetVisit",
					     "VisitService/GetEvidence" };
	struct world *w = *state;
	struct cheat c = plan_one(w);
	const struct harness_reply *reply;
	struct bytes visit;

	c.meeting = world_meeting(w, &w->anna, c.plan.start_us, &w->carl);
	memcpy(c.plan.meeting_id, c.meeting.at, 16);
	chain_begin(&c.chain, &w->carl);
	w->h.wall_us = c.plan.end_us + HOUR_US;
	submit(w, &c, &c.plan, DAY_PRESENT);
	for (size_t i = 0; i < 2; i++) {
		/* She, her manager, and himself. */
		assert_int_equal(ask(w, paths[i], w->anna.token, &c.meeting,
				     &w->carl.id)
					 ->code,
				 OUTRIDER_PERMISSION_DENIED);
		assert_int_equal(ask(w, paths[i], w->mia.token, &c.meeting,
				     &w->carl.id)
					 ->code,
				 OUTRIDER_PERMISSION_DENIED);
		assert_int_equal(ask(w, paths[i], w->carl.token, &c.meeting,
				     &w->carl.id)
					 ->code,
				 OUTRIDER_OK);
	}
	reply = harness_call(&w->h, "VisitService/ListVisits", w->mia.token,
			     NULL, 0);
	for (size_t i = 0; (visit = harness_part(reply->message, 1, i)).at;
	     i++) {
		struct uuid rep = harness_uuid(visit, 2);

		assert_int_not_equal(uuid_compare(&rep, &w->carl.id), 0);
	}
	/* Asked for by name it is the same; nor does he know of the owner's. */
	assert_int_equal(count_visits(w, &w->anna, &w->carl.id), 0);
	assert_int_equal(count_visits(w, &w->mia, &w->carl.id), 0);
	assert_int_equal(count_visits(w, &w->carl, &w->carl.id), 1);
	assert_int_equal(count_visits(w, &w->carl, &w->anna.id), 0);
	assert_int_equal(count_visits(w, &w->mia, &w->anna.id), 2);
}

/* ------------------------------------------------------------------ alerts */

static enum outrider_code
change_alert(struct world *w, const struct harness_user *by,
	     const struct uuid *id, uint32_t field, const struct uuid *value,
	     uint64_t number)
{
	struct fields alert = fields_new(), request = fields_new();
	const struct harness_reply *reply;
	struct bytes inner;

	fields_id(&alert, 1, id);
	if (value)
		fields_id(&alert, field, value);
	else
		fields_number(&alert, field, number);
	inner = fields_bytes(&alert);
	wire_put_bytes(&request.bytes, 1, inner.at, inner.len);
	reply = harness_call(&w->h, "AlertService/UpdateAlert", by->token,
			     request.bytes.at, request.bytes.len);
	fields_free(&request);
	fields_free(&alert);
	return reply->code;
}

static void an_alert_stays_with_whom_it_is_about(void **state)
{
	struct world *w = *state;
	struct harness_user max =
		harness_add_user(&w->h, "max", RANK_MANAGER, &w->north);
	struct cheat c = plan_one(w);
	struct uuid id;

	/* Mia was not there herself. */
	c.meeting = world_meeting(w, &w->mia, c.plan.start_us, NULL);
	memcpy(c.plan.meeting_id, c.meeting.at, 16);
	chain_begin(&c.chain, &w->mia);
	w->h.wall_us = c.plan.end_us + HOUR_US;
	submit(w, &c, &c.plan, DAY_ELSEWHERE);
	id = harness_uuid(alert_at(w, &w->mia, 0), 1);
	assert_int_equal(change_alert(w, &w->mia, &id, 6, &w->anna.id, 0),
			 OUTRIDER_PERMISSION_DENIED);
	assert_int_equal(change_alert(w, &w->mia, &id, 14, NULL, STATE_CLOSED),
			 OUTRIDER_PERMISSION_DENIED);
	assert_int_equal(change_alert(w, &max, &id, 6, &w->anna.id, 0),
			 OUTRIDER_PERMISSION_DENIED);
	assert_int_equal(change_alert(w, &max, &id, 14, NULL, STATE_CLOSED),
			 OUTRIDER_OK);
}

/* Who enrolled the device in somebody's name doesn't wave it through. */
static void a_new_device_is_for_its_user_to_know(void **state)
{
	struct world *w = *state;
	struct harness_user forged = w->mia, mias = w->mia;
	struct uuid id;

	/* Her own: signed in she may close it, the device may not. */
	enrol_second(w, &forged);
	id = harness_uuid(alert_at(w, &w->mia, 0), 1);
	memcpy(forged.token, forged.device_token, sizeof(forged.token));
	assert_int_equal(change_alert(w, &forged, &id, 14, NULL, STATE_CLOSED),
			 OUTRIDER_PERMISSION_DENIED);
	assert_int_equal(change_alert(w, &w->mia, &id, 14, NULL, STATE_CLOSED),
			 OUTRIDER_OK);
	/* A rep's: not their manager, who may have enrolled it. */
	forged = w->anna;
	enrol_second(w, &forged);
	id = harness_uuid(alert_at(w, &w->anna, 0), 1);
	assert_int_equal(change_alert(w, &w->mia, &id, 14, NULL, STATE_CLOSED),
			 OUTRIDER_PERMISSION_DENIED);
	memcpy(mias.token, w->h.admin_token, sizeof(mias.token));
	assert_int_equal(change_alert(w, &mias, &id, 14, NULL, STATE_CLOSED),
			 OUTRIDER_OK);
}

/* --------------------------------------------------------------- passwords */

static struct app_call *begin(struct world *w, const char *path,
			      const char *token, const char *const texts[3])
{
	struct buffer request = harness_buffer();
	struct bytes message;
	struct app_status status;
	struct app_call *call;
	static int woken;

	for (uint32_t i = 0; i < 3; i++)
		if (texts[i])
			harness_put_text(&request, i + 1, texts[i]);
	call = harness_begin(&w->h, path, token, request.at, request.len,
			     &woken);
	/* Hashed and submitted; the writer has not come to it. */
	assert_int_equal(app_call_next(call, &message, &status), APP_WAIT);
	buffer_free(&request);
	return call;
}

static enum outrider_code end(struct app_call *call)
{
	struct app_status status = { .code = OUTRIDER_OK };
	struct bytes message;

	while (app_call_next(call, &message, &status) == APP_MESSAGE)
		;
	app_call_free(call);
	return status.code;
}

static void an_old_password_does_not_outlive_its_change(void **state)
{
	static const char *const changed[] = { NULL, HARNESS_ADMIN_PASSWORD,
					       "another horse" };
	static const char *const stolen[] = { NULL, HARNESS_ADMIN_PASSWORD,
					      "thief's horse" };
	static const char *const old[] = { HARNESS_ADMIN_LOGIN,
					   HARNESS_ADMIN_PASSWORD, NULL };
	static const char *const fresh[] = { HARNESS_ADMIN_LOGIN,
					     "another horse", NULL };
	struct world *w = *state;
	struct app_call *first =
		begin(w, "AuthService/SetPassword", w->h.admin_token, changed);
	struct app_call *login = begin(w, "AuthService/Login", NULL, old);
	struct app_call *second =
		begin(w, "AuthService/SetPassword", w->h.admin_token, stolen);

	while (store_run_writes(w->h.store))
		;
	assert_int_equal(end(first), OUTRIDER_OK);
	assert_int_equal(end(login), OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(end(second), OUTRIDER_UNAUTHENTICATED);
	login = begin(w, "AuthService/Login", NULL, fresh);
	while (store_run_writes(w->h.store))
		;
	assert_int_equal(end(login), OUTRIDER_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(a_plan_of_ones_own_replaces_no_verdict),
		WITH_WORLD(what_has_not_come_yet_is_doubtful),
		WITH_WORLD(bad_evidence_makes_no_flood),
		WITH_WORLD(an_opening_time_makes_no_agreement),
		WITH_WORLD(a_second_device_proves_nothing),
		WITH_WORLD(called_off_afterwards_is_told),
		WITH_WORLD(deleted_afterwards_is_told),
		WITH_WORLD(deleted_before_is_off),
		WITH_WORLD(a_created_meeting_finds_its_evidence),
		WITH_WORLD(a_colleagues_visit_is_not_told),
		WITH_WORLD(an_alert_stays_with_whom_it_is_about),
		WITH_WORLD(a_new_device_is_for_its_user_to_know),
		WITH_WORLD(an_old_password_does_not_outlive_its_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
