/*
 * A warning that somebody will be late, and each way in which it is over: it
 * closes itself and says why, whatever was said to it, and tells nobody twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chain_maker.h"
#include "position_acts.h"

#include "app/alerts.h"
#include "app/visits.h"
#include "model/wire.h"

enum {
	CANCELLED = 3,
	FIELD_TYPE = 10,
	FIELD_STATE = 14,
	FIELD_RESOLUTION = 15,
	FIELD_IS_SELF_CLOSED = 19,
	OPEN = 1,
	CLOSED = 2,
};

/* The warning as the manager's list has it; fails where there isn't one. */
struct warning {
	struct uuid id;
	uint64_t state;
	bool is_self_closed;
	char why[1001];
};

static struct warning read_warning(struct world *w)
{
	const struct harness_reply *reply = harness_call(
		&w->h, "AlertService/ListAlerts", w->mia.token, NULL, 0);
	struct warning out = { .state = 0 };
	struct bytes alert;

	for (size_t i = 0; (alert = harness_part(reply->message, 1, i)).len > 0;
	     i++) {
		if (harness_scalar(alert, FIELD_TYPE) != ALERT_RUNNING_LATE)
			continue;
		assert_int_equal(out.state, 0);
		out.id = harness_uuid(alert, FIELD_ID);
		out.state = harness_scalar(alert, FIELD_STATE);
		out.is_self_closed =
			harness_scalar(alert, FIELD_IS_SELF_CLOSED) != 0;
		harness_text(out.why, sizeof(out.why), alert, FIELD_RESOLUTION);
	}
	assert_int_not_equal(out.state, 0);
	return out;
}

static void expect_open(struct world *w)
{
	struct warning warning = read_warning(w);

	assert_int_equal(warning.state, OPEN);
	assert_false(warning.is_self_closed);
	assert_string_equal(warning.why, "");
}

static void expect_over(struct world *w, const char *why)
{
	struct warning warning = read_warning(w);

	assert_string_equal(warning.why, why);
	assert_int_equal(warning.state, CLOSED);
	assert_true(warning.is_self_closed);
}

/* At 08:02, of the meeting at 08:10: 13 km away. */
static struct uuid warn(struct world *w)
{
	struct uuid id =
		world_meeting(w, &w->anna, w->h.wall_us + 30 * MINUTE_US, NULL);

	w->h.wall_us += 22 * MINUTE_US;
	assert_int_equal(rep_tells_one(w, &w->anna, 13.2, 1), 1);
	expect_open(w);
	return id;
}

static void
change(struct world *w, const struct uuid *id, const struct fields *fields)
{
	assert_int_equal(world_try(w, CHANGE_UPDATE, MEETING, id, fields, NULL,
				   0),
			 OUTRIDER_OK);
}

/* -------------------------------------------------------------- positions */

static void arrival_ends_it(void **state)
{
	struct world *w = *state;

	warn(w);
	/* Nearer, and still late. */
	w->h.wall_us += 10 * MINUTE_US;
	rep_tells_one(w, &w->anna, 8, 1);
	expect_open(w);
	w->h.wall_us += 5 * MINUTE_US;
	rep_tells_one(w, &w->anna, 0, 2);
	expect_over(w, "At the place at 08:37 UTC, 7 minutes late.");
	/* What comes later says nothing else, and warns of nothing. */
	w->h.wall_us += 10 * MINUTE_US;
	rep_tells_one(w, &w->anna, 0, 3);
	w->h.wall_us += MINUTE_US;
	rep_tells_one(w, &w->anna, 14, 1);
	expect_over(w, "At the place at 08:37 UTC, 7 minutes late.");
}

static void who_made_good_was_in_time(void **state)
{
	struct world *w = *state;

	warn(w);
	w->h.wall_us += 8 * MINUTE_US;
	rep_tells_one(w, &w->anna, 0, 3);
	expect_over(w, "At the place at 08:30 UTC, in time after all.");
}

static void the_phones_word_that_it_is_over_ends_it(void **state)
{
	struct world *w = *state;

	warn(w);
	w->h.wall_us += 40 * MINUTE_US;
	rep_tells_one(w, &w->anna, 5, 4);
	expect_over(w, "The phone told that it was over at 09:02 UTC.");
}

/* --------------------------------------------------------------- evidence */

static void judge(struct world *w, const struct uuid *id, enum day day)
{
	struct chain_maker chain;
	struct made_entry entry;
	struct visit_plan plan;

	assert_true(plan_of_meeting(&plan, world_row(w, MEETING, id)));
	chain_begin(&chain, &w->anna);
	chain_add(&entry, &chain, &plan, day);
	w->h.wall_us = plan.end_us + HOUR_US;
	assert_true(chain_submit(&w->h, &w->anna, &entry, 1).is_taken[0]);
}

static void evidence_ends_it(void **state)
{
	struct world *w = *state;
	struct uuid id = warn(w);
	struct warning warning;

	judge(w, &id, DAY_LATE);
	warning = read_warning(w);
	assert_int_equal(warning.state, CLOSED);
	assert_memory_equal(warning.why, "Arrived at 08:", 14);
	assert_non_null(strstr(warning.why, " UTC, 1"));
	assert_non_null(strstr(warning.why, " minutes late."));
}

static void evidence_of_no_arrival_ends_it_too(void **state)
{
	struct world *w = *state;
	struct uuid id = warn(w);

	judge(w, &id, DAY_ELSEWHERE);
	expect_over(w, "The meeting is over, and the phone's evidence shows no "
		       "arrival.");
}

/* And of an absence nothing is known either. */
static void evidence_without_data_ends_it_too(void **state)
{
	struct world *w = *state;
	struct uuid id = warn(w);

	judge(w, &id, DAY_NO_FIXES);
	expect_over(w, "The meeting is over, and the phone's evidence is too "
		       "little to tell of an arrival.");
}

static void silence_ends_it(void **state)
{
	struct world *w = *state;

	app_tick(w->h.app);
	while (store_run_writes(w->h.store))
		;
	warn(w);
	w->h.wall_us += 38 * HOUR_US;
	app_tick(w->h.app);
	while (store_run_writes(w->h.store))
		;
	expect_over(w, "The meeting is long over, and nothing was heard of an "
		       "arrival.");
}

/* ------------------------------------------------------------ other plans */

static void calling_off_ends_it(void **state)
{
	struct world *w = *state;
	struct fields fields = fields_new();
	struct uuid id = warn(w);

	fields_number(&fields, MEETING_VISIT_STATE, CANCELLED);
	change(w, &id, &fields);
	fields_free(&fields);
	expect_over(w, "The meeting was called off.");
}

static void deletion_ends_it(void **state)
{
	struct world *w = *state;
	struct uuid id = warn(w);

	world_delete(w, MEETING, &id);
	expect_over(w, "The meeting was deleted.");
	world_undelete(w, MEETING, &id);
	expect_over(w, "The meeting was deleted.");
}

static void putting_off_ends_it(void **state)
{
	struct world *w = *state;
	struct fields fields = fields_new();
	struct uuid id = warn(w);
	int64_t start_us = w->h.wall_us + 8 * MINUTE_US;

	/* By some minutes it is to come all the same. */
	fields_time(&fields, MEETING_START, start_us + 5 * MINUTE_US);
	change(w, &id, &fields);
	fields_free(&fields);
	expect_open(w);
	fields = fields_new();
	fields_time(&fields, MEETING_START, start_us + 24 * HOUR_US);
	fields_time(&fields, MEETING_END, start_us + 25 * HOUR_US);
	change(w, &id, &fields);
	fields_free(&fields);
	expect_over(w, "The meeting was put off to 2026-06-02 08:30 UTC.");
}

static void another_owner_ends_it(void **state)
{
	struct world *w = *state;
	struct uuid id = warn(w);

	world_give(w, MEETING, &id, &w->ben);
	expect_over(w, "The meeting is another's now.");
}

/* ----------------------------------------------------------------- people */

static enum outrider_code set_alert(struct world *w, const char *token,
				    const struct uuid *id, uint64_t state,
				    const char *resolution)
{
	struct fields alert = fields_new(), request = fields_new();
	char text[UUID_TEXT_LEN + 1];
	const struct harness_reply *reply;

	uuid_format(text, id);
	fields_text(&alert, FIELD_ID, text);
	fields_number(&alert, FIELD_STATE, state);
	fields_text(&alert, FIELD_RESOLUTION, resolution);
	wire_put_bytes(&request.bytes, 1, alert.bytes.at, alert.bytes.len);
	reply = harness_call(&w->h, "AlertService/UpdateAlert", token,
			     request.bytes.at, request.bytes.len);
	fields_free(&alert);
	fields_free(&request);
	return reply->code;
}

/* What the rep said doesn't keep it open: nobody has to judge anything. */
static void a_rebuttal_is_in_nobodys_way(void **state)
{
	enum { REBUTTAL = 34, REBUTTAL_MEETING = 10, REBUTTAL_TEXT = 11 };
	struct world *w = *state;
	struct fields rebuttal = fields_new();
	struct uuid id = warn(w);

	fields_id(&rebuttal, REBUTTAL_MEETING, &id);
	fields_text(&rebuttal, REBUTTAL_TEXT, "The bridge is shut.");
	world_create(w, REBUTTAL, &w->anna, &rebuttal);
	fields_free(&rebuttal);
	expect_open(w);
	w->h.wall_us += 15 * MINUTE_US;
	rep_tells_one(w, &w->anna, 0, 2);
	expect_over(w, "At the place at 08:37 UTC, 7 minutes late.");
}

/* Closed by a manager, it keeps their words. */
static void what_a_manager_closed_stays_so(void **state)
{
	struct world *w = *state;
	struct warning warning;

	warn(w);
	warning = read_warning(w);
	assert_int_equal(set_alert(w, w->mia.token, &warning.id, CLOSED,
				   "I called them."),
			 OUTRIDER_OK);
	w->h.wall_us += 15 * MINUTE_US;
	rep_tells_one(w, &w->anna, 0, 2);
	warning = read_warning(w);
	assert_string_equal(warning.why, "I called them.");
	assert_false(warning.is_self_closed);
}

/* Opened again, it is a person's to close. */
static void a_manager_may_open_it_again(void **state)
{
	struct world *w = *state;
	struct warning warning;

	warn(w);
	w->h.wall_us += 15 * MINUTE_US;
	rep_tells_one(w, &w->anna, 0, 2);
	warning = read_warning(w);
	assert_true(warning.is_self_closed);
	assert_int_equal(set_alert(w, w->mia.token, &warning.id, OPEN,
				   "Again?"),
			 OUTRIDER_OK);
	warning = read_warning(w);
	assert_int_equal(warning.state, OPEN);
	assert_false(warning.is_self_closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(arrival_ends_it),
		WITH_WORLD(who_made_good_was_in_time),
		WITH_WORLD(the_phones_word_that_it_is_over_ends_it),
		WITH_WORLD(evidence_ends_it),
		WITH_WORLD(evidence_of_no_arrival_ends_it_too),
		WITH_WORLD(evidence_without_data_ends_it_too),
		WITH_WORLD(silence_ends_it),
		WITH_WORLD(calling_off_ends_it),
		WITH_WORLD(deletion_ends_it),
		WITH_WORLD(putting_off_ends_it),
		WITH_WORLD(another_owner_ends_it),
		WITH_WORLD(a_rebuttal_is_in_nobodys_way),
		WITH_WORLD(what_a_manager_closed_stays_so),
		WITH_WORLD(a_manager_may_open_it_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
