/*
 * How far a meeting's owner is, and who will be late before it happens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "position_acts.h"

enum {
	MEETING_START_FIELD = 11,
	MEETING_END_FIELD = 12,
	MEETING_UNPLANNED_FIELD = 35,
	MEETING_PROGRESS_FIELD = 36,
	MEETING_EXPECTED_FIELD = 37,
	MEETING_LATE_FIELD = 38,
	ALERT_TYPE_FIELD = 10,
	RUNNING_LATE = 11,
};

static size_t count_late_alerts(struct world *w, char *sentence, size_t size)
{
	const struct harness_reply *reply = harness_call(
		&w->h, "AlertService/ListAlerts", w->mia.token, NULL, 0);
	size_t n = 0;

	for (size_t i = 0;; i++) {
		struct bytes alert = harness_part(reply->message, 1, i);

		if (alert.len == 0)
			return n;
		if (harness_scalar(alert, ALERT_TYPE_FIELD) != RUNNING_LATE)
			continue;
		n++;
		if (sentence)
			harness_text(sentence, size, alert, 12);
	}
}

static int64_t
number_of(struct world *w, const struct uuid *meeting, uint32_t field)
{
	const struct row *row = world_row(w, MEETING, meeting);
	size_t i = 0;

	while (row->entity->fields[i].number != field)
		i++;
	return row->values[i].i;
}

/* ----------------------------------------------------------------- progress */

static void meeting_shows_how_far_its_owner_is(void **state)
{
	struct world *w = *state;
	struct uuid id = world_meeting(w, &w->anna,
				       w->h.wall_us + 15 * MINUTE_US, &w->ben);

	/* 3.3 km: 5 minutes. */
	rep_tells_one(w, &w->ben, 3.3, 3);
	assert_int_equal(number_of(w, &id, MEETING_PROGRESS_FIELD), 0);
	rep_tells_one(w, &w->anna, 3.3, 1);
	assert_int_equal(number_of(w, &id, MEETING_PROGRESS_FIELD), 1);
	assert_in_range(
		(number_of(w, &id, MEETING_EXPECTED_FIELD) - w->h.wall_us) /
			SECOND_US,
		295, 305);
	assert_int_equal(number_of(w, &id, MEETING_LATE_FIELD), 0);
	w->h.wall_us += MINUTE_US;
	rep_tells_one(w, &w->anna, 0, 2);
	assert_int_equal(number_of(w, &id, MEETING_PROGRESS_FIELD), 2);
	assert_int_equal(number_of(w, &id, MEETING_EXPECTED_FIELD), 0);
	/* Nobody comes to where they are. */
	w->h.wall_us += MINUTE_US;
	rep_tells_one(w, &w->anna, 0.2, 1);
	assert_int_equal(number_of(w, &id, MEETING_PROGRESS_FIELD), 2);
	w->h.wall_us += MINUTE_US;
	rep_tells_one(w, &w->anna, 1, 4);
	assert_int_equal(number_of(w, &id, MEETING_PROGRESS_FIELD), 4);
}

static void move(struct world *w, const struct uuid *meeting, int64_t start_us)
{
	struct fields fields = fields_new();

	fields_time(&fields, MEETING_START_FIELD, start_us);
	fields_time(&fields, MEETING_END_FIELD, start_us + 30 * MINUTE_US);
	assert_int_equal(world_try(w, CHANGE_UPDATE, MEETING, meeting, &fields,
				   NULL, 0),
			 OUTRIDER_OK);
	fields_free(&fields);
}

/* Of a meeting that was put off nobody is told that its rep is on the way. */
static void what_is_put_off_begins_anew(void **state)
{
	struct world *w = *state;
	int64_t start_us = w->h.wall_us + HOUR_US;
	struct uuid id = world_meeting(w, &w->anna, start_us, NULL);

	w->h.wall_us = start_us - 15 * MINUTE_US;
	rep_tells_one(w, &w->anna, 20, 1);
	assert_int_equal(number_of(w, &id, MEETING_PROGRESS_FIELD), 1);
	assert_true(number_of(w, &id, MEETING_LATE_FIELD) > 0);
	/* By some minutes it is under way all the same. */
	move(w, &id, start_us - 5 * MINUTE_US);
	assert_int_equal(number_of(w, &id, MEETING_PROGRESS_FIELD), 1);
	/* The window that was agreed on is still open, and fixes in it taken:
	 * what they say is of that one. */
	move(w, &id, start_us + 3 * HOUR_US);
	assert_int_equal(number_of(w, &id, MEETING_PROGRESS_FIELD), 0);
	for (int progress = 1; progress <= 3; progress++) {
		w->h.wall_us += MINUTE_US;
		assert_int_equal(rep_tells_one(w, &w->anna, 20, progress), 1);
		assert_int_equal(number_of(w, &id, MEETING_PROGRESS_FIELD), 0);
		assert_int_equal(number_of(w, &id, MEETING_EXPECTED_FIELD), 0);
	}
	/* Its own has opened. */
	w->h.wall_us = start_us + 3 * HOUR_US - 10 * MINUTE_US;
	assert_int_equal(rep_tells_one(w, &w->anna, 20, 1), 1);
	assert_int_equal(number_of(w, &id, MEETING_PROGRESS_FIELD), 1);
	move(w, &id, start_us + HOUR_US * 24 * 7);
	assert_int_equal(number_of(w, &id, MEETING_PROGRESS_FIELD), 0);
	assert_int_equal(number_of(w, &id, MEETING_EXPECTED_FIELD), 0);
	assert_int_equal(number_of(w, &id, MEETING_LATE_FIELD), 0);
}

/* A card doesn't change with each fix. */
static void little_changes_are_not_written(void **state)
{
	struct world *w = *state;
	uint64_t rev;

	world_meeting(w, &w->anna, w->h.wall_us + 15 * MINUTE_US, NULL);
	rep_tells_one(w, &w->anna, 6, 1);
	rev = harness_rev(&w->h);
	for (int i = 1; i < 5; i++) {
		w->h.wall_us += MINUTE_US;
		rep_tells_one(w, &w->anna, 6 - 0.6 * i, 1);
	}
	assert_int_equal(harness_rev(&w->h), rev);
}

static void running_late_is_told_before_it_happens_and_once(void **state)
{
	struct world *w = *state;
	struct uuid id =
		world_meeting(w, &w->anna, w->h.wall_us + 10 * MINUTE_US, NULL);
	char text[1001];

	/* 9.9 km: 15 minutes, 5 late. 9 km: less than that. */
	rep_tells_one(w, &w->anna, 9.0, 1);
	assert_int_equal(count_late_alerts(w, NULL, 0), 0);
	w->h.wall_us += MINUTE_US;
	rep_tells_one(w, &w->anna, 13.2, 1);
	assert_int_equal(count_late_alerts(w, text, sizeof(text)), 1);
	assert_string_equal(text,
			    "\"Spring offer\" should begin at 2026-06-01 08:10 "
			    "UTC, and the rep is expected there at 08:21, 11 "
			    "minutes later; an estimate by a straight line: "
			    "tell the customer, or call anna.");
	assert_in_range(number_of(w, &id, MEETING_LATE_FIELD), 650, 670);
	for (int i = 0; i < 5; i++) {
		w->h.wall_us += MINUTE_US;
		rep_tells_one(w, &w->anna, 20, 1);
	}
	assert_int_equal(count_late_alerts(w, NULL, 0), 1);
}

/* A check-in begins when its rep comes: a wrong tap, and then away. */
static void nobody_is_late_for_a_check_in(void **state)
{
	struct world *w = *state;
	struct fields fields = fields_new();
	struct uuid id;

	fields_text(&fields, 10, "Bakery");
	fields_time(&fields, MEETING_START_FIELD, w->h.wall_us);
	fields_time(&fields, MEETING_END_FIELD, w->h.wall_us + 60 * MINUTE_US);
	fields_double(&fields, 14, 50.1);
	fields_double(&fields, 15, 14.4);
	fields_number(&fields, MEETING_UNPLANNED_FIELD, 1);
	id = world_create(w, MEETING, &w->anna, &fields);
	fields_free(&fields);
	for (int i = 0; i < 3; i++) {
		w->h.wall_us += 5 * MINUTE_US;
		rep_tells_one(w, &w->anna, 20, 1);
	}
	assert_int_equal(number_of(w, &id, MEETING_PROGRESS_FIELD), 1);
	assert_int_equal(number_of(w, &id, MEETING_LATE_FIELD), 0);
	assert_int_equal(count_late_alerts(w, NULL, 0), 0);
}

/* A phone that was offline tells of what is long past. */
static void old_news_are_no_warning(void **state)
{
	struct world *w = *state;
	struct report old = { .at_us = w->h.wall_us,
			      .km_north = 50,
			      .progress = 1 };

	world_meeting(w, &w->anna, w->h.wall_us + 10 * MINUTE_US, NULL);
	w->h.wall_us += 30 * MINUTE_US;
	assert_int_equal(rep_tells(w, &w->anna, &old, 1), 1);
	assert_int_equal(count_late_alerts(w, NULL, 0), 0);
}

static void next_customer_hears_of_it_too(void **state)
{
	struct world *w = *state;
	int64_t start_us = w->h.wall_us;
	struct uuid next;
	struct fields there = fields_new();
	char text[1001];

	world_meeting(w, &w->anna, start_us, NULL);
	/* Ten minutes after the end of the first; 6.6 km away: ten minutes. */
	next = world_meeting(w, &w->anna, start_us + 40 * MINUTE_US, NULL);
	fields_double(&there, MEETING_LATITUDE, PIN_LAT + 6.65 * KM_NORTH);
	world_try(w, CHANGE_UPDATE, MEETING, &next, &there, NULL, 0);
	fields_free(&there);
	rep_tells_one(w, &w->anna, 0, 3);
	assert_int_equal(number_of(w, &next, MEETING_LATE_FIELD), 0);
	assert_int_equal(count_late_alerts(w, NULL, 0), 0);
	/* It should have ended seven minutes ago. */
	w->h.wall_us = start_us + 37 * MINUTE_US;
	rep_tells_one(w, &w->anna, 0, 3);
	assert_in_range(number_of(w, &next, MEETING_LATE_FIELD), 400, 440);
	assert_int_equal(number_of(w, &next, MEETING_PROGRESS_FIELD), 0);
	assert_int_equal(count_late_alerts(w, text, sizeof(text)), 1);
	assert_non_null(strstr(text, "7 minutes later"));
	/* And that it isn't so any more. */
	w->h.wall_us += MINUTE_US;
	rep_tells_one(w, &w->anna, 6.5, 4);
	assert_int_equal(number_of(w, &next, MEETING_LATE_FIELD), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(meeting_shows_how_far_its_owner_is),
		WITH_WORLD(what_is_put_off_begins_anew),
		WITH_WORLD(little_changes_are_not_written),
		WITH_WORLD(running_late_is_told_before_it_happens_and_once),
		WITH_WORLD(nobody_is_late_for_a_check_in),
		WITH_WORLD(old_news_are_no_warning),
		WITH_WORLD(next_customer_hears_of_it_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
