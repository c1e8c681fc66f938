/*
 * Where reps are: what is taken and what isn't, who may ask, that nobody asks
 * unseen, and streams.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "position_acts.h"

#include "app/local_time.h"
#include "model/wire.h"
#include "store/positions.h"

enum {
	LOOK_VIEWER = 10,
	LOOK_SENTENCE = 11,
	LOOK_WAS_TOLD = 13,
	LOOK_IS_WATCH = 14,
	CANCELLED = 3,
};

/* Records of a kind as a user lists them; *last gets the last one's bytes. */
static size_t
count(struct world *w, const char *path, const char *token, struct bytes *last)
{
	const struct harness_reply *reply =
		harness_call(&w->h, path, token, NULL, 0);
	size_t n = 0;

	assert_int_equal(reply->code, OUTRIDER_OK);
	while (harness_part(reply->message, 1, n).len > 0)
		n++;
	if (n > 0 && last)
		*last = harness_part(reply->message, 1, n - 1);
	return n;
}

static size_t count_looks(struct world *w, const struct harness_user *user)
{
	return count(w, "LookService/ListLooks", user->token, NULL);
}

static void set_number(struct world *w, const struct uuid *meeting,
		       uint32_t field, uint64_t number)
{
	struct fields fields = fields_new();

	fields_number(&fields, field, number);
	assert_int_equal(world_try(w, CHANGE_UPDATE, MEETING, meeting, &fields,
				   NULL, 0),
			 OUTRIDER_OK);
	fields_free(&fields);
}

/* ------------------------------------------------------------------- taking */

static void only_own_windows_are_taken(void **state)
{
	struct world *w = *state;
	int64_t start_us = w->h.wall_us + HOUR_US;

	world_meeting(w, &w->anna, start_us, &w->ben);
	assert_int_equal(rep_tells_one(w, &w->anna, 0, 1), 0);
	assert_int_equal(where_is(w, w->mia.token, &w->anna.id).has_position,
			 false);
	/* A quarter of an hour about it, to the second. */
	w->h.wall_us = start_us - 15 * MINUTE_US - SECOND_US;
	assert_int_equal(rep_tells_one(w, &w->anna, 0, 1), 0);
	w->h.wall_us += SECOND_US;
	assert_int_equal(rep_tells_one(w, &w->anna, 0, 1), 1);
	/* Who takes part is at work, too; a colleague isn't. */
	assert_int_equal(rep_tells_one(w, &w->ben, 0, 1), 1);
	assert_int_equal(rep_tells_one(w, &w->carl, 0, 1), 0);
	w->h.wall_us = start_us + 45 * MINUTE_US;
	assert_int_equal(rep_tells_one(w, &w->anna, 0, 0), 1);
	w->h.wall_us += SECOND_US;
	assert_int_equal(rep_tells_one(w, &w->anna, 0, 0), 0);
}

/* Who may see a meeting isn't asked to be there. */
static void shared_meeting_is_no_window(void **state)
{
	enum { SHARED_USERS = 251 };
	struct world *w = *state;
	struct uuid id = world_meeting(w, &w->anna, w->h.wall_us, NULL);
	struct fields shared = fields_new();

	fields_id(&shared, SHARED_USERS, &w->ben.id);
	assert_int_equal(world_try(w, CHANGE_UPDATE, MEETING, &id, &shared,
				   NULL, 0),
			 OUTRIDER_OK);
	fields_free(&shared);
	assert_int_equal(rep_tells_one(w, &w->anna, 0, 1), 1);
	assert_int_equal(rep_tells_one(w, &w->ben, 0, 1), 0);
}

static void meeting_that_is_off_has_no_window(void **state)
{
	struct world *w = *state;
	struct uuid off = world_meeting(w, &w->anna, w->h.wall_us, NULL);

	assert_int_equal(rep_tells_one(w, &w->anna, 0, 1), 1);
	set_number(w, &off, 21, CANCELLED);
	w->h.wall_us += MINUTE_US;
	assert_int_equal(rep_tells_one(w, &w->anna, 0, 1), 0);
	assert_false(where_is(w, w->mia.token, &w->anna.id).is_at_work);
	world_delete(w, MEETING, &off);
	assert_int_equal(rep_tells_one(w, &w->anna, 0, 1), 0);
}

static void times_that_cannot_be(void **state)
{
	struct world *w = *state;
	int64_t now_us;

	/* Yesterday's window, and today's: both are known. */
	world_meeting(w, &w->anna, w->h.wall_us - 24 * HOUR_US, NULL);
	world_meeting(w, &w->anna, w->h.wall_us, NULL);
	now_us = w->h.wall_us;
	{
		const struct report reports[] = {
			{ .at_us = now_us - 24 * HOUR_US - 1 },
			{ .at_us = now_us + 5 * MINUTE_US + 1 },
			{ .at_us = 1 },
			{ .at_us = now_us + 5 * MINUTE_US },
			{ .at_us = now_us - 24 * HOUR_US },
		};

		assert_int_equal(rep_tells(w, &w->anna, reports, 5), 2);
	}
	/* The newest of a report is kept, whatever its place in it. */
	assert_int_equal(where_is(w, w->anna.token, &w->anna.id).age_s, 0);
	w->h.wall_us += 6 * MINUTE_US;
	assert_int_equal(where_is(w, w->anna.token, &w->anna.id).age_s, 60);
}

static void older_reports_change_nothing(void **state)
{
	struct world *w = *state;
	struct report late = { .at_us = w->h.wall_us, .km_north = 5 };

	world_meeting(w, &w->anna, w->h.wall_us, NULL);
	w->h.wall_us += 10 * MINUTE_US;
	assert_int_equal(rep_tells_one(w, &w->anna, 1, 0), 1);
	assert_int_equal(rep_tells(w, &w->anna, &late, 1), 1);
	assert_true(where_is(w, w->mia.token, &w->anna.id).latitude <
		    PIN_LAT + 1.1 * KM_NORTH);
}

struct putting {
	struct position position;
	bool is_newer;
};

static enum outrider_code
run_put(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct putting *putting = user;

	return position_put(tx, &putting->is_newer, &putting->position, err);
}

/* Two devices of one rep, whose calls overtake each other. */
static void newest_stays_whatever_comes_last(void **state)
{
	struct world *w = *state;
	struct putting putting = { .position = { .rep = w->anna.id } };
	struct outrider_err err;

	for (int i = 0; i < 3; i++) {
		static const int64_t times[] = { 100, 99, 101 };

		putting.position.fix_us = times[i];
		assert_int_equal(store_write_now(w->h.store, run_put, &putting,
						 &err),
				 OUTRIDER_OK);
		assert_int_equal(putting.is_newer, i != 1);
	}
}

static void only_devices_report(void **state)
{
	struct world *w = *state;
	const struct harness_reply *reply =
		harness_call(&w->h, "PositionService/ReportPosition",
			     w->anna.token, NULL, 0);

	assert_int_equal(reply->code, OUTRIDER_PERMISSION_DENIED);
}

/* ------------------------------------------------------------------- asking */

static void managers_and_the_rep_may_ask(void **state)
{
	struct world *w = *state;
	struct harness_user max =
		harness_add_user(&w->h, "max", RANK_MANAGER, &w->south);
	struct uuid nobody = harness_new_uuid(&w->h);

	world_meeting(w, &w->anna, w->h.wall_us, NULL);
	rep_tells_one(w, &w->anna, 1, 1);
	assert_true(where_is(w, w->mia.token, &w->anna.id).has_position);
	assert_true(where_is(w, w->h.admin_token, &w->anna.id).has_position);
	assert_true(where_is(w, w->anna.token, &w->anna.id).has_position);
	assert_int_equal(where_is(w, w->ben.token, &w->anna.id).code,
			 OUTRIDER_PERMISSION_DENIED);
	assert_int_equal(where_is(w, max.token, &w->anna.id).code,
			 OUTRIDER_PERMISSION_DENIED);
	assert_int_equal(where_is(w, w->anna.token, &w->mia.id).code,
			 OUTRIDER_PERMISSION_DENIED);
	assert_int_equal(where_is(w, w->mia.token, &nobody).code,
			 OUTRIDER_NOT_FOUND);
	/* Who leads the rep from now on, and no more. */
	world_move(w, &w->anna, &w->south);
	assert_int_equal(where_is(w, w->mia.token, &w->anna.id).code,
			 OUTRIDER_PERMISSION_DENIED);
	assert_true(where_is(w, max.token, &w->anna.id).has_position);
}

static void each_look_is_seen_once(void **state)
{
	struct world *w = *state;
	struct uuid viewer;
	struct bytes look;
	char text[501];

	world_meeting(w, &w->anna, w->h.wall_us, NULL);
	rep_tells_one(w, &w->anna, 1, 1);
	assert_int_equal(count_looks(w, &w->anna), 0);
	where_is(w, w->anna.token, &w->anna.id);
	assert_int_equal(count_looks(w, &w->anna), 0);
	for (int i = 0; i < 100; i++) {
		w->h.wall_us += SECOND_US / 10;
		where_is(w, w->mia.token, &w->anna.id);
	}
	assert_int_equal(
		count(w, "LookService/ListLooks", w->anna.token, &look), 1);
	viewer = harness_uuid(look, LOOK_VIEWER);
	assert_int_equal(uuid_compare(&viewer, &w->mia.id), 0);
	assert_int_equal(harness_scalar(look, LOOK_WAS_TOLD), 1);
	assert_int_equal(harness_scalar(look, LOOK_IS_WATCH), 0);
	harness_text(text, sizeof(text), look, LOOK_SENTENCE);
	assert_non_null(strstr(text, "mia"));
	assert_non_null(strstr(text, "2026-06-01 08:"));
	assert_non_null(strstr(text, "UTC"));
	w->h.wall_us += MINUTE_US;
	where_is(w, w->mia.token, &w->anna.id);
	where_is(w, w->h.admin_token, &w->anna.id);
	assert_int_equal(count_looks(w, &w->anna), 3);
	/* A refused one is none, and colleagues don't see them. */
	where_is(w, w->ben.token, &w->anna.id);
	assert_int_equal(count_looks(w, &w->anna), 3);
	assert_int_equal(count_looks(w, &w->ben), 0);
}

static void sentences_say_what_is_known(void **state)
{
	struct world *w = *state;
	int64_t start_us = w->h.wall_us + HOUR_US;
	struct where at;

	at = where_is(w, w->mia.token, &w->anna.id);
	assert_string_equal(at.sentence, "Not at work: no meeting is planned "
					 "within a day.");
	world_meeting(w, &w->anna, start_us, NULL);
	at = where_is(w, w->mia.token, &w->anna.id);
	assert_false(at.is_at_work);
	assert_string_equal(at.sentence, "Not at work: the next meeting begins "
					 "at 09:00 UTC.");
	w->h.wall_us = start_us - 10 * MINUTE_US;
	at = where_is(w, w->mia.token, &w->anna.id);
	assert_true(at.is_at_work);
	assert_false(at.has_position);
	assert_non_null(strstr(at.sentence, "no position has come"));
	/* 13.25 km at 11 m/s: 20 minutes. */
	rep_tells_one(w, &w->anna, 13.25, 1);
	w->h.wall_us += 2 * MINUTE_US;
	at = where_is(w, w->mia.token, &w->anna.id);
	assert_true(at.has_position);
	assert_int_equal(at.age_s, 120);
	assert_int_equal(at.progress, 1);
	assert_in_range(at.late_s, 590, 610);
	assert_string_equal(
		at.sentence,
		"On the way to \"Spring offer\", 13 km from its pin, 2 "
		"minutes ago; expected 09:10 UTC, 10 minutes "
		"late.");
	rep_tells_one(w, &w->anna, 0, 3);
	at = where_is(w, w->mia.token, &w->anna.id);
	assert_string_equal(at.sentence,
			    "At \"Spring offer\", 0 m from its pin, just now.");
	assert_int_equal(at.late_s, 0);
	/* The end of the window is the end of knowing. */
	w->h.wall_us = start_us + 45 * MINUTE_US + SECOND_US;
	at = where_is(w, w->mia.token, &w->anna.id);
	assert_false(at.is_at_work);
	assert_false(at.has_position);
}

static void sentences_are_in_the_organisations_time(void **state)
{
	struct world *w = *state;
	struct outrider_err err;
	struct where at;

	assert_int_equal(local_time_use_zone("Europe/Kyiv", &err), OUTRIDER_OK);
	world_meeting(w, &w->anna, w->h.wall_us + HOUR_US, NULL);
	at = where_is(w, w->mia.token, &w->anna.id);
	assert_int_equal(local_time_use_zone("UTC", &err), OUTRIDER_OK);
	assert_string_equal(at.sentence, "Not at work: the next meeting begins "
					 "at 12:00 EEST.");
}

/* What is left a day later is nothing. */
static void positions_are_forgotten(void **state)
{
	struct world *w = *state;
	struct store_conn *conn;
	struct position position;
	struct outrider_err err;

	world_meeting(w, &w->anna, w->h.wall_us, NULL);
	rep_tells_one(w, &w->anna, 1, 1);
	assert_int_equal(store_reader_open(&conn, w->h.store, &err),
			 OUTRIDER_OK);
	assert_int_equal(position_get(conn, &position, &w->anna.id, &err),
			 OUTRIDER_OK);
	w->h.wall_us += 25 * HOUR_US;
	app_tick(w->h.app);
	while (store_run_writes(w->h.store))
		;
	assert_int_equal(position_get(conn, &position, &w->anna.id, &err),
			 OUTRIDER_NOT_FOUND);
	store_reader_close(conn);
}

/* Ninety days; more of them than one write takes. */
static void looks_are_forgotten(void **state)
{
	struct world *w = *state;
	int n = 0;

	for (; n < 45; n++) {
		w->h.wall_us += MINUTE_US;
		where_is(w, w->mia.token, &w->anna.id);
	}
	w->h.wall_us += HOUR_US * 24 * 30;
	where_is(w, w->mia.token, &w->anna.id);
	assert_int_equal(count_looks(w, &w->anna), n + 1);
	w->h.wall_us += HOUR_US * 24 * 59;
	app_tick(w->h.app);
	while (store_run_writes(w->h.store))
		;
	assert_int_equal(count_looks(w, &w->anna), n + 1);
	w->h.wall_us += HOUR_US * 24 * 2;
	app_tick(w->h.app);
	while (store_run_writes(w->h.store))
		;
	assert_int_equal(count_looks(w, &w->anna), 1);
}

/* ------------------------------------------------------------------ streams */

struct watcher {
	struct world *w;
	struct app_call *call;
	int woken;
	struct uuid rep;
	struct where last;
	enum outrider_code end;
};

static void watch_open(struct watcher *t, struct world *w, const char *token,
		       const struct uuid *rep)
{
	struct fields request = fields_new();

	*t = (struct watcher){ .w = w };
	if (rep)
		fields_id(&request, 1, rep);
	t->call = harness_begin(&w->h, "PositionService/WatchPositions", token,
				request.bytes.at, request.bytes.len, &t->woken);
	fields_free(&request);
}

static bool watch_next(struct watcher *t)
{
	struct app_status status;
	struct bytes message;
	enum app_progress progress;
	int asked;

	do {
		asked = t->woken;
		progress = app_call_next(t->call, &message, &status);
		store_run_writes(t->w->h.store);
	} while (progress == APP_WAIT && t->woken > asked);
	if (progress == APP_MESSAGE) {
		t->rep = harness_uuid(message, 1);
		where_read(&t->last, message);
	}
	if (progress == APP_END)
		t->end = status.code;
	return progress == APP_MESSAGE;
}

static void stream_tells_all_and_then_what_changes(void **state)
{
	struct world *w = *state;
	struct watcher t;
	int n = 0, woken;

	world_meeting(w, &w->anna, w->h.wall_us, NULL);
	rep_tells_one(w, &w->anna, 1, 1);
	watch_open(&t, w, w->mia.token, NULL);
	/* Anna and Ben; not Carl, whom Mia doesn't lead, and not herself. */
	for (; watch_next(&t); n++) {
		bool is_anna = uuid_compare(&t.rep, &w->anna.id) == 0;

		assert_true(is_anna || uuid_compare(&t.rep, &w->ben.id) == 0);
		assert_int_equal(t.last.has_position, is_anna);
	}
	assert_int_equal(t.end, OUTRIDER_OK);
	assert_int_equal(n, 2);
	assert_int_equal(count_looks(w, &w->anna), 1);
	assert_int_equal(count_looks(w, &w->ben), 0);
	woken = t.woken;
	/* Others' positions and other records wake nobody. */
	world_meeting(w, &w->carl, w->h.wall_us, NULL);
	rep_tells_one(w, &w->carl, 1, 1);
	world_contact(w, &w->anna, "Alder");
	assert_int_equal(t.woken, woken);
	w->h.wall_us += 20 * SECOND_US;
	rep_tells_one(w, &w->anna, 0.5, 1);
	assert_true(t.woken > woken);
	assert_true(watch_next(&t));
	assert_int_equal(uuid_compare(&t.rep, &w->anna.id), 0);
	assert_false(watch_next(&t));
	/* The same hour: one look. The next: another. */
	assert_int_equal(count_looks(w, &w->anna), 1);
	app_call_free(t.call);
}

static void stream_sees_windows_open_and_close(void **state)
{
	struct world *w = *state;
	int64_t start_us = w->h.wall_us + HOUR_US;
	struct watcher t;

	watch_open(&t, w, w->mia.token, &w->anna.id);
	assert_true(watch_next(&t));
	assert_false(t.last.is_at_work);
	assert_false(watch_next(&t));
	world_meeting(w, &w->anna, start_us, NULL);
	w->h.wall_us += MINUTE_US;
	app_tick(w->h.app);
	assert_true(watch_next(&t));
	assert_non_null(strstr(t.last.sentence, "begins at 09:00"));
	assert_false(watch_next(&t));
	w->h.wall_us = start_us;
	app_tick(w->h.app);
	assert_true(watch_next(&t));
	assert_true(t.last.is_at_work);
	assert_false(watch_next(&t));
	rep_tells_one(w, &w->anna, 0, 3);
	assert_true(watch_next(&t));
	assert_true(t.last.has_position);
	assert_false(watch_next(&t));
	w->h.wall_us = start_us + HOUR_US;
	app_tick(w->h.app);
	assert_true(watch_next(&t));
	assert_false(t.last.is_at_work || t.last.has_position);
	/* The clock goes back by a day: it looks again, and goes on. */
	w->h.wall_us -= 24 * HOUR_US;
	app_tick(w->h.app);
	(void)watch_next(&t);
	assert_int_equal(t.end, OUTRIDER_OK);
	app_call_free(t.call);
}

static void stream_is_for_those_whom_one_leads(void **state)
{
	struct world *w = *state;
	struct watcher t;

	watch_open(&t, w, w->mia.token, &w->carl.id);
	assert_false(watch_next(&t));
	assert_int_equal(t.end, OUTRIDER_PERMISSION_DENIED);
	app_call_free(t.call);
	watch_open(&t, w, w->anna.token, NULL);
	assert_false(watch_next(&t));
	assert_int_equal(t.end, OUTRIDER_PERMISSION_DENIED);
	app_call_free(t.call);
	/* Led by somebody else from now on: no word of them any more. */
	world_meeting(w, &w->anna, w->h.wall_us, NULL);
	watch_open(&t, w, w->mia.token, &w->anna.id);
	assert_true(watch_next(&t));
	assert_false(watch_next(&t));
	world_move(w, &w->anna, &w->south);
	w->h.wall_us += MINUTE_US;
	rep_tells_one(w, &w->anna, 1, 1);
	app_tick(w->h.app);
	assert_false(watch_next(&t));
	app_call_free(t.call);
}

/* 500 reps who report each minute, and somebody who reads slowly. */
static void many_reps_and_a_slow_reader(void **state)
{
	enum { REPS = 500, ROUNDS = 3 };
	static struct harness_user reps[REPS];
	struct world *w = *state;
	struct watcher t;
	int n = 0;

	for (int i = 0; i < REPS; i++) {
		char login[16];

		snprintf(login, sizeof(login), "rep%d", i);
		reps[i] = harness_add_user(&w->h, login, RANK_REP, &w->north);
		world_meeting(w, &reps[i], w->h.wall_us, NULL);
	}
	watch_open(&t, w, w->mia.token, NULL);
	while (watch_next(&t))
		n++;
	assert_int_equal(n, REPS + 2);
	/* Nothing is read for three rounds: then each comes once. */
	for (int round = 0; round < ROUNDS; round++) {
		w->h.wall_us += 20 * SECOND_US;
		for (int i = 0; i < REPS; i++)
			assert_int_equal(rep_tells_one(w, &reps[i], round, 1),
					 1);
	}
	for (n = 0; watch_next(&t); n++)
		assert_true(t.last.has_position);
	assert_int_equal(n, REPS);
	assert_int_equal(t.end, OUTRIDER_OK);
	app_call_free(t.call);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(only_own_windows_are_taken),
		WITH_WORLD(shared_meeting_is_no_window),
		WITH_WORLD(meeting_that_is_off_has_no_window),
		WITH_WORLD(newest_stays_whatever_comes_last),
		WITH_WORLD(times_that_cannot_be),
		WITH_WORLD(older_reports_change_nothing),
		WITH_WORLD(only_devices_report),
		WITH_WORLD(managers_and_the_rep_may_ask),
		WITH_WORLD(each_look_is_seen_once),
		WITH_WORLD(looks_are_forgotten),
		WITH_WORLD(sentences_say_what_is_known),
		WITH_WORLD(sentences_are_in_the_organisations_time),
		WITH_WORLD(positions_are_forgotten),
		WITH_WORLD(stream_tells_all_and_then_what_changes),
		WITH_WORLD(stream_sees_windows_open_and_close),
		WITH_WORLD(stream_is_for_those_whom_one_leads),
		WITH_WORLD(many_reps_and_a_slow_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
