/*
 * Check-ins and outcomes: visits that nobody planned, and what comes after a
 * meeting, with the network away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rep.h"

/* At the door of rep.c. */
#define DOOR_LAT 52.37
#define DOOR_LON 4.9

static struct rep rep;

/* A place so far east of the door; a degree of longitude is 68 km here. */
static struct uuid
make_place(const char *name, double east_m, const char *more, const char *value)
{
	struct outrider_edit *edit = NULL;
	struct outrider_err err;
	struct uuid id;
	char text[40];

	assert_int_equal(outrider_edit_begin(&edit, rep.phone.core, "place",
					     NULL, NULL),
			 OUTRIDER_OK);
	if (outrider_edit_set(edit, "display_name", name, &err) ||
	    outrider_edit_set(edit, "latitude", "52.37", &err))
		fail_msg("%s", err.text);
	snprintf(text, sizeof(text), "%.7f", DOOR_LON + east_m / 67960.0);
	assert_int_equal(outrider_edit_set(edit, "longitude", text, NULL),
			 OUTRIDER_OK);
	if (more != NULL &&
	    outrider_edit_set(edit, more, value, &err) != OUTRIDER_OK)
		fail_msg("%s", err.text);
	if (outrider_edit_commit(edit, id.at, &err) != OUTRIDER_OK)
		fail_msg("%s %s", err.field, err.text);
	return id;
}

static struct outrider_fix at_door(double accuracy_m)
{
	return (struct outrider_fix){ .time_us = rep.phone.wall_us,
				      .latitude = DOOR_LAT,
				      .longitude = DOOR_LON,
				      .accuracy_m = accuracy_m };
}

static enum outrider_code check_in(struct uuid *id,
				   const struct outrider_fix *fix,
				   const struct uuid *place)
{
	const struct outrider_check_in asked = {
		.fix = fix,
		.place_id = place != NULL ? place->at : NULL,
	};

	return outrider_check_in(rep.phone.core, id->at, &asked, NULL);
}

/* A field of a meeting, until the next call. */
static const char *
shows(const struct uuid *meeting, const char *field, size_t element)
{
	static char text[400];
	struct outrider_card card;

	assert_int_equal(outrider_card_get(rep.phone.core, &card, "meeting",
					   meeting->at, NULL),
			 OUTRIDER_OK);
	assert_true(outrider_card_text(text, sizeof(text), "meeting",
				       card.fields, card.len, field,
				       element) >= 0);
	return text;
}

static void a_check_in_is_a_visit(void **state)
{
	struct uuid place, id;
	char name[40];

	(void)state;
	rep_ready(&rep);
	place = make_place("Zernoprom", 20, "radius_m", "60");
	struct outrider_fix now = at_door(8);
	assert_int_equal(check_in(&id, &now, NULL), OUTRIDER_OK);
	/* Its window is open at once, and has this fix; so it is known that
	 * the rep is there, also after a restart. */
	assert_string_equal(
		outrider_progress_name(rep_visit(&rep, &id, NULL).progress),
		"ARRIVED");
	rep_crash(&rep);
	assert_string_equal(
		outrider_progress_name(rep_visit(&rep, &id, NULL).progress),
		"ARRIVED");
	assert_int_equal(outrider_unlock(rep.phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	uuid_format(name, &place);
	assert_string_equal(shows(&id, "place_id", 0), name);
	assert_string_equal(shows(&id, "subject", 0), "Zernoprom");
	assert_string_equal(shows(&id, "is_unplanned", 0), "true");
	assert_string_equal(shows(&id, "radius_m", 0), "60");
	outrider_lock(rep.phone.core);
	rep_stay(&rep, rep.phone.wall_us + 20 * REP_MIN, 0.0);
	assert_string_equal(
		outrider_progress_name(rep_visit(&rep, &id, NULL).progress),
		"IN_PROGRESS");
	rep_stay(&rep, rep.phone.wall_us + 60 * REP_MIN, 1500.0);
	struct outrider_visit visit = rep_visit(&rep, &id, NULL);
	assert_true(visit.is_closed);
	assert_string_equal(visit.word, "PRESENT");
	assert_in_range(visit.dwell_s, 17 * 60, 23 * 60);
	rep_free(&rep);
}

/* The shape of the place goes with its pin. */
static void an_outline_is_copied(void **state)
{
	struct outrider_edit *edit = NULL;
	struct outrider_err err;
	struct uuid place, id;
	static const char *const corners[][2] = {
		{ "52.3690", "4.8980" },
		{ "52.3690", "4.9060" },
		{ "52.3720", "4.9060" },
		{ "52.3720", "4.8980" },
	};

	(void)state;
	rep_ready(&rep);
	place = make_place("Plant", 300, NULL, NULL);
	assert_int_equal(outrider_edit_begin(&edit, rep.phone.core, "place",
					     place.at, NULL),
			 OUTRIDER_OK);
	for (size_t i = 0; i < 4; i++)
		if (outrider_edit_set(edit, "outline.latitude", corners[i][0],
				      &err) ||
		    outrider_edit_set(edit, "outline.longitude", corners[i][1],
				      &err))
			fail_msg("%s", err.text);
	if (outrider_edit_commit(edit, NULL, &err) != OUTRIDER_OK)
		fail_msg("%s %s", err.field, err.text);
	/* 300 m from the pin, and inside. */
	struct outrider_fix fix = at_door(8);
	assert_int_equal(check_in(&id, &fix, NULL), OUTRIDER_OK);
	assert_string_equal(shows(&id, "pin_outline.longitude", 3), "4.898");
	rep_free(&rep);
}

struct seen {
	struct uuid id[8];
	bool is_inside[8];
	size_t n;
};

static bool see(void *user, const struct outrider_candidate *candidate)
{
	struct seen *seen = user;

	memcpy(seen->id[seen->n].at, candidate->place->id, 16);
	seen->is_inside[seen->n++] = candidate->is_inside;
	return seen->n < 8;
}

static void who_is_here_is_said(void **state)
{
	struct uuid near, big, far, id = { { 0 } };
	struct seen seen = { .n = 0 };
	struct outrider_fix fix;

	(void)state;
	rep_ready(&rep);
	fix = at_door(10);
	assert_int_equal(check_in(&id, &fix, NULL), OUTRIDER_NOT_FOUND);
	far = make_place("Far", 800, NULL, NULL);
	near = make_place("Near", 180, "radius_m", "50");
	assert_int_equal(check_in(&id, &fix, NULL), OUTRIDER_NOT_FOUND);
	big = make_place("Big", 250, "radius_m", "300");
	/* The one that it lies in comes before the nearer one. */
	assert_int_equal(outrider_check_in_candidates(rep.phone.core, &fix, 0,
						      see, &seen, NULL),
			 OUTRIDER_OK);
	assert_int_equal(seen.n, 3);
	assert_memory_equal(seen.id[0].at, big.at, 16);
	assert_memory_equal(seen.id[1].at, near.at, 16);
	assert_memory_equal(seen.id[2].at, far.at, 16);
	assert_true(seen.is_inside[0] && !seen.is_inside[1]);
	/* A poor fix lies in both: the rep chooses, also one that is near. */
	fix = at_door(90);
	make_place("Here too", -30, NULL, NULL);
	assert_int_equal(check_in(&id, &fix, NULL),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(check_in(&id, &fix, &near), OUTRIDER_OK);
	/* Once: the meeting there goes on. */
	struct uuid again;
	assert_int_equal(check_in(&again, &fix, &near),
			 OUTRIDER_ALREADY_EXISTS);
	assert_memory_equal(again.at, id.at, 16);
	const struct uuid nowhere = phone_id(77);
	assert_int_equal(check_in(&id, &fix, &nowhere), OUTRIDER_NOT_FOUND);
	far = make_place("Another town", 5000, NULL, NULL);
	assert_int_equal(check_in(&id, &fix, &far), OUTRIDER_OUT_OF_RANGE);
	fix.time_us -= 11 * REP_MIN;
	assert_int_equal(check_in(&id, &fix, &near), OUTRIDER_INVALID_ARGUMENT);
	rep_free(&rep);
}

static void a_spot_without_a_place(void **state)
{
	struct outrider_fix fix;
	const struct outrider_check_in asked = { .fix = &fix,
						 .is_at_spot = true,
						 .subject = "At the fair",
						 .minutes = 20 };
	struct uuid id;

	(void)state;
	rep_ready(&rep);
	fix = at_door(5);
	assert_int_equal(outrider_check_in(rep.phone.core, id.at, &asked, NULL),
			 OUTRIDER_OK);
	assert_string_equal(shows(&id, "subject", 0), "At the fair");
	assert_string_equal(shows(&id, "pin_latitude", 0), "52.37");
	outrider_lock(rep.phone.core);
	assert_int_equal(outrider_check_in(rep.phone.core, id.at, &asked, NULL),
			 OUTRIDER_LOCKED);
	rep_free(&rep);
}

static bool count_card(void *user, const struct outrider_card *card)
{
	(void)card;
	++*(size_t *)user;
	return true;
}

static size_t count_due(void)
{
	size_t n = 0;

	assert_int_equal(outrider_outcomes_due(rep.phone.core, 0, count_card,
					       &n, NULL),
			 OUTRIDER_OK);
	return n;
}

static enum outrider_code
check_in_at_spot(struct uuid *id, double east_m, const char *subject)
{
	const struct outrider_fix fix = {
		.time_us = rep.phone.wall_us,
		.latitude = DOOR_LAT,
		.longitude = DOOR_LON + east_m / 67960.0,
		.accuracy_m = 8,
	};
	const struct outrider_check_in asked = { .fix = &fix,
						 .is_at_spot = true,
						 .subject = subject };

	return outrider_check_in(rep.phone.core, id->at, &asked, NULL);
}

/* A wrong tap, and then away: that is nobody's delay. */
static void nobody_is_late_for_a_check_in(void **state)
{
	struct outrider_event event;
	struct uuid id;

	(void)state;
	rep_ready(&rep);
	assert_int_equal(check_in_at_spot(&id, 0, NULL), OUTRIDER_OK);
	rep_stay(&rep, rep.phone.wall_us + 30 * REP_MIN, 15000.0);
	assert_int_equal(rep_visit(&rep, &id, NULL).progress,
			 OUTRIDER_ON_THE_WAY);
	assert_int_equal(rep_visit(&rep, &id, NULL).late_s, 0);
	while (outrider_next_event(rep.phone.core, &event))
		assert_string_not_equal(event.text, "RUNNING_LATE");
	rep_free(&rep);
}

static void pressed_twice(void **state)
{
	struct uuid id, again, planned;

	(void)state;
	rep_ready(&rep);
	planned = rep_plan(&rep, rep.phone.wall_us + REP_MIN, REP_HOUR);
	assert_int_equal(check_in_at_spot(&id, 0, "At the fair"), OUTRIDER_OK);
	rep_stay(&rep, rep.phone.wall_us + 10 * REP_MIN, 0.0);
	/* The same, some steps further, also in other words for it. */
	assert_int_equal(check_in_at_spot(&again, 60, "At the fair"),
			 OUTRIDER_ALREADY_EXISTS);
	assert_memory_equal(again.at, id.at, 16);
	assert_int_equal(check_in_at_spot(&again, 60, NULL),
			 OUTRIDER_ALREADY_EXISTS);
	assert_memory_equal(again.at, id.at, 16);
	assert_false(rep_visit(&rep, &id, NULL).is_closed);
	assert_int_equal(rep_count_visits(&rep), 2);
	/* What was planned goes on, whatever else begins. */
	assert_int_equal(check_in_at_spot(&again, 300, NULL), OUTRIDER_OK);
	assert_true(rep_visit(&rep, &id, NULL).is_closed);
	assert_false(rep_visit(&rep, &planned, NULL).is_closed);
	rep_free(&rep);
}

/* Two stands of a fair, in one radius: no minute counts for both. */
static void the_next_check_in_ends_the_one_before(void **state)
{
	struct outrider_event event;
	struct outrider_visit first, second;
	struct uuid id, next, back;
	int64_t changed_us;
	size_t n_asked = 0;

	(void)state;
	rep_ready(&rep);
	assert_int_equal(check_in_at_spot(&id, 0, "Stand 7"), OUTRIDER_OK);
	rep_stay(&rep, rep.phone.wall_us + 20 * REP_MIN, 0.0);
	changed_us = rep.phone.wall_us;
	while (outrider_next_event(rep.phone.core, &event))
		;
	assert_int_equal(check_in_at_spot(&next, 60, "Stand 9"), OUTRIDER_OK);
	assert_int_equal(count_due(), 1);
	while (outrider_next_event(rep.phone.core, &event)) {
		assert_int_not_equal(event.type, OUTRIDER_EVENT_PLAN_CHANGED);
		if (event.type != OUTRIDER_EVENT_OUTCOME_WANTED)
			continue;
		assert_memory_equal(event.id, id.at, 16);
		n_asked++;
	}
	assert_int_equal(n_asked, 1);
	first = rep_visit(&rep, &id, NULL);
	assert_true(first.is_closed);
	assert_string_equal(first.word, "PRESENT");
	assert_in_range(first.dwell_s, 15 * 60, 20 * 60 + 30);
	assert_true(first.departed_us <= changed_us);
	rep_stay(&rep, rep.phone.wall_us + 30 * REP_MIN, 60.0);
	/* Back at the first: a visit of its own. */
	assert_int_equal(check_in_at_spot(&back, 0, "Stand 7"), OUTRIDER_OK);
	assert_memory_not_equal(back.at, id.at, 16);
	second = rep_visit(&rep, &next, NULL);
	assert_true(second.is_closed);
	assert_true(second.arrived_us >= changed_us - 15 * REP_S);
	rep_crash(&rep);
	rep_stay(&rep, rep.phone.wall_us + 5 * REP_MIN, 0.0);
	assert_int_equal(rep_count_visits(&rep), 3);
	assert_int_equal(rep_visit(&rep, &id, NULL).dwell_s, first.dwell_s);
	rep_free(&rep);
}

/* Half a pin would lie on the equator, or south of London. */
static void a_pin_has_two_halves(void **state)
{
	static const struct {
		const char *latitude, *longitude;
		const char *field;
	} pins[] = {
		{ "52.37", NULL, "longitude" },	   { NULL, "4.9", "latitude" },
		{ "90", "4.9", "latitude" },	   { "nan", "4.9", "latitude" },
		{ "52.37", "180.5", "longitude" },
	};

	(void)state;
	rep_ready(&rep);
	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		struct outrider_edit *edit = NULL;
		struct outrider_err err = { .code = OUTRIDER_OK };
		enum outrider_code code;

		assert_int_equal(outrider_edit_begin(&edit, rep.phone.core,
						     "place", NULL, NULL),
				 OUTRIDER_OK);
		code = outrider_edit_set(edit, "display_name", "Yard", &err);
		if (code == OUTRIDER_OK && pins[i].latitude)
			code = outrider_edit_set(edit, "latitude",
						 pins[i].latitude, &err);
		if (code == OUTRIDER_OK && pins[i].longitude)
			code = outrider_edit_set(edit, "longitude",
						 pins[i].longitude, &err);
		if (code == OUTRIDER_OK)
			code = outrider_edit_commit(edit, NULL, &err);
		else
			outrider_edit_discard(edit);
		assert_int_equal(code, OUTRIDER_INVALID_ARGUMENT);
		assert_string_equal(err.field, pins[i].field);
	}
	assert_int_equal(phone_status(&rep.phone).n_waiting, 0);
	rep_free(&rep);
}

/* ---------------------------------------------------------------- outcomes */

static void an_outcome_and_what_comes_next(void **state)
{
	struct outrider_outcome outcome = { .text = "Took ten pallets",
					    .was_held = true,
					    .next_step = "Bring the contract" };
	struct uuid id, next, none = { { 0 } };
	char text[40];

	(void)state;
	rep_ready(&rep);
	id = rep_plan(&rep, rep.phone.wall_us + REP_HOUR, REP_HOUR);
	assert_int_equal(count_due(), 0);
	rep_wait(&rep, 3 * REP_HOUR);
	assert_int_equal(count_due(), 1);
	assert_int_equal(rep_visit(&rep, &id, NULL).progress,
			 OUTRIDER_OUTCOME_DUE);
	outcome.next_start_us = rep.phone.wall_us + 48 * REP_HOUR;
	uint64_t waiting = phone_status(&rep.phone).n_waiting;
	assert_int_equal(outrider_set_outcome(rep.phone.core, id.at, next.at,
					      &outcome, NULL),
			 OUTRIDER_OK);
	assert_int_equal(phone_status(&rep.phone).n_waiting, waiting + 2);
	assert_int_equal(count_due(), 0);
	assert_int_equal(rep_visit(&rep, &id, NULL).progress, OUTRIDER_ENDED);
	assert_string_equal(shows(&id, "state", 0), "MEETING_STATE_HELD");
	assert_string_equal(shows(&id, "outcome", 0), "Took ten pallets");
	uuid_format(text, &next);
	assert_string_equal(shows(&id, "next_meeting_id", 0), text);
	assert_string_equal(shows(&next, "subject", 0), "Bring the contract");
	assert_string_equal(shows(&next, "pin_latitude", 0), "52.37");
	/* Nothing comes next after all: the rest of it is emptied. */
	outcome = (struct outrider_outcome){ .text = "Took none",
					     .has_no_next_step = true };
	assert_int_equal(outrider_set_outcome(rep.phone.core, id.at, next.at,
					      &outcome, NULL),
			 OUTRIDER_OK);
	assert_memory_equal(next.at, none.at, 16);
	assert_string_equal(shows(&id, "next_meeting_id", 0), "");
	assert_string_equal(shows(&id, "next_step", 0), "");
	assert_string_equal(shows(&id, "has_no_next_step", 0), "true");
	assert_int_equal(count_due(), 0);
	rep_free(&rep);
}

static void an_outcome_that_contradicts_itself(void **state)
{
	struct outrider_outcome outcome = { .text = "" };
	struct uuid id, next;

	(void)state;
	rep_ready(&rep);
	id = rep_plan(&rep, rep.phone.wall_us + REP_HOUR, REP_HOUR);
	assert_int_equal(outrider_set_outcome(rep.phone.core, id.at, next.at,
					      &outcome, NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	outcome = (struct outrider_outcome){ .text = "Well",
					     .next_step = "Call",
					     .has_no_next_step = true };
	assert_int_equal(outrider_set_outcome(rep.phone.core, id.at, next.at,
					      &outcome, NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	const struct uuid nowhere = phone_id(77);
	outcome = (struct outrider_outcome){ .text = "Well" };
	assert_int_equal(outrider_set_outcome(rep.phone.core, nowhere.at,
					      next.at, &outcome, NULL),
			 OUTRIDER_NOT_FOUND);
	/* A place that isn't there: nothing of it is written. */
	uint64_t waiting = phone_status(&rep.phone).n_waiting;
	outcome.next_start_us = rep.phone.wall_us + 48 * REP_HOUR;
	outcome.next_place_id = nowhere.at;
	assert_int_equal(outrider_set_outcome(rep.phone.core, id.at, next.at,
					      &outcome, NULL),
			 OUTRIDER_NOT_FOUND);
	assert_int_equal(phone_status(&rep.phone).n_waiting, waiting);
	assert_string_equal(shows(&id, "outcome", 0), "");
	rep_free(&rep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_check_in_is_a_visit),
		cmocka_unit_test(an_outline_is_copied),
		cmocka_unit_test(who_is_here_is_said),
		cmocka_unit_test(a_spot_without_a_place),
		cmocka_unit_test(nobody_is_late_for_a_check_in),
		cmocka_unit_test(pressed_twice),
		cmocka_unit_test(the_next_check_in_ends_the_one_before),
		cmocka_unit_test(a_pin_has_two_halves),
		cmocka_unit_test(an_outcome_and_what_comes_next),
		cmocka_unit_test(an_outcome_that_contradicts_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
