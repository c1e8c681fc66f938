/*
 * Meetings and places: where a plan gets its pin, what was agreed on, what was
 * changed too late, and whose word moves a pin.
 */
#include "desk_test.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE_US (INT64_C(60) * 1000000)
#define HOUR_US	  (60 * MINUTE_US)

/* A yard of 200 by 200 m about 50.1, 14.4, and its gate. */
#define YARD                                               \
	"outline { latitude: 50.099 longitude: 14.3986 } " \
	"outline { latitude: 50.099 longitude: 14.4014 } " \
	"outline { latitude: 50.101 longitude: 14.4014 } " \
	"outline { latitude: 50.101 longitude: 14.3986 } "
#define GATE "entrances { latitude: 50.099 longitude: 14.4 } "

static const char *make_place(struct desk_test *t, const char *more)
{
	return desk_make(t, &t->rep, "PlaceService/CreatePlace",
			 "place { display_name: \"Plant\" latitude: 50.1 "
			 "longitude: 14.4 %s }",
			 more);
}

static const char *
make_meeting(struct desk_test *t, int64_t start_us, const char *more)
{
	return desk_make(t, &t->rep, "MeetingService/CreateMeeting",
			 "meeting { subject: \"Harvest\" start_time: %" PRId64
			 " "
			 "end_time: %" PRId64 " %s }",
			 start_us, (start_us + HOUR_US), more);
}

static const char *number(int64_t n)
{
	static char text[4][32];
	static unsigned next;
	char *out = text[next++ % 4];

	snprintf(out, sizeof(text[0]), "%" PRId64 "", n);
	return out;
}

static const char *at_place(const char *place)
{
	static char text[128];

	snprintf(text, sizeof(text), "place_id: \"%s\"", place);
	return text;
}

#define PIN "pin_latitude: 50.1 pin_longitude: 14.4"

static void get_meeting(struct desk_test *t, const char *id)
{
	desk_make(t, &t->rep, "MeetingService/GetMeeting", "id: \"%s\"", id);
}

/* ------------------------------------------------------------------ places */

static void a_plan_gets_its_pin_and_shape_from_the_place(void **state)
{
	struct desk_test *t = *state;
	const char *plain = make_place(t, "radius_m: 60");
	const char *yard = make_place(t, YARD GATE);
	const char *meeting;

	make_meeting(t, t->harness.wall_us + HOUR_US, at_place(yard));
	desk_expect(t, "pin_latitude", "50.1");
	desk_expect(t, "pin_longitude", "14.4");
	desk_expect(t, "pin_outline[3].longitude", "14.3986");
	desk_expect(t, "pin_outline[4].longitude", "");
	desk_expect(t, "pin_entrances[0].latitude", "50.099");
	meeting =
		make_meeting(t, t->harness.wall_us + HOUR_US, at_place(plain));
	desk_expect(t, "radius_m", "60");
	desk_expect(t, "pin_outline[0].latitude", "");
	/* It moves to the yard, and its writer says no more than that. */
	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" place_id: \"%s\" }", meeting, yard);
	desk_expect(t, "radius_m", "");
	desk_expect(t, "pin_outline[0].latitude", "50.099");
	/* Who says where it is, is heard. */
	make_meeting(t, t->harness.wall_us + HOUR_US,
		     "pin_latitude: 51 pin_longitude: 15");
	desk_expect(t, "pin_latitude", "51");
	/* A later move of the place changes no plan. */
	desk_make(t, &t->rep, "PlaceService/UpdatePlace",
		  "place { id: \"%s\" latitude: 50.1001 }", yard);
	get_meeting(t, meeting);
	desk_expect(t, "pin_latitude", "50.1");
}

static void refused(struct desk_test *t, const char *shape, const char *field)
{
	desk_call(t, &t->rep, "PlaceService/CreatePlace",
		  "place { display_name: \"Plant\" latitude: 50.1 longitude: "
		  "14.4 %s }",
		  shape);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, field);
}

static void shapes_are_shapes(void **state)
{
	struct desk_test *t = *state;

	refused(t, "outline { latitude: 50.1 longitude: 14.4 }",
		"place.outline");
	/* A bow tie. */
	refused(t,
		"outline { latitude: 50.099 longitude: 14.399 } "
		"outline { latitude: 50.101 longitude: 14.401 } "
		"outline { latitude: 50.101 longitude: 14.399 } "
		"outline { latitude: 50.099 longitude: 14.401 }",
		"place.outline");
	/* One corner is 1.1 km away. */
	refused(t,
		"outline { latitude: 50.11 longitude: 14.4 } "
		"outline { latitude: 50.099 longitude: 14.399 } "
		"outline { latitude: 50.099 longitude: 14.401 }",
		"place.outline");
	refused(t, "entrances { latitude: 50.2 longitude: 14.4 }",
		"place.entrances");
	desk_call(t, &t->rep, "PlaceService/CreatePlace",
		  "place { display_name: \"Plant\" " YARD "}");
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "place.outline");
	desk_call(t, &t->rep, "MeetingService/CreateMeeting",
		  "meeting { subject: \"x\" start_time: 1 end_time: 2000000 "
		  "pin_latitude: 50.1 pin_longitude: 14.4 "
		  "pin_outline { latitude: 50.1 longitude: 14.4 } }");
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "meeting.pin_outline");
}

static void managers_fix_pins(void **state)
{
	struct desk_test *t = *state;
	const char *place = make_place(t, "");

	desk_call(t, &t->rep, "PlaceService/UpdatePlace",
		  "place { id: \"%s\" is_pin_fixed: true }", place);
	desk_expect_fault(t, OUTRIDER_PERMISSION_DENIED, "");
	desk_call(t, &t->rep, "PlaceService/CreatePlace",
		  "place { display_name: \"x\" is_pin_fixed: true }");
	desk_expect_fault(t, OUTRIDER_PERMISSION_DENIED, "");
	desk_make(t, &t->manager, "PlaceService/UpdatePlace",
		  "place { id: \"%s\" is_pin_fixed: true }", place);
	/* Fixed is fixed; the rest is the rep's as before. */
	desk_call(t, &t->rep, "PlaceService/UpdatePlace",
		  "place { id: \"%s\" longitude: 14.5 }", place);
	desk_expect_fault(t, OUTRIDER_PERMISSION_DENIED, "");
	desk_make(t, &t->rep, "PlaceService/UpdatePlace",
		  "place { id: \"%s\" directions: \"ring\" }", place);
	desk_make(t, &t->manager, "PlaceService/UpdatePlace",
		  "place { id: \"%s\" longitude: 14.5 }", place);
}

/* ------------------------------------------------------------ agreed plans */

static void what_was_agreed_stays_from_the_opening_on(void **state)
{
	struct desk_test *t = *state;
	int64_t start_us = t->harness.wall_us + 4 * HOUR_US;
	const char *id = make_meeting(t, start_us, PIN);

	desk_expect(t, "agreed_start_time", number(start_us));
	desk_expect(t, "agreed_end_time", number(start_us + HOUR_US));
	start_us += HOUR_US;
	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" start_time: %" PRId64
		  " end_time: %" PRId64 " }",
		  id, start_us, (start_us + HOUR_US));
	desk_expect(t, "agreed_start_time", number(start_us));
	desk_expect(t, "late_change", "");
	/* 14 minutes before the start the window is open. */
	t->harness.wall_us = start_us - 14 * MINUTE_US;
	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" outcome: \"Ordered\" }", id);
	desk_expect(t, "late_change", "");
	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" start_time: %" PRId64
		  " end_time: %" PRId64 " }",
		  id, (start_us + HOUR_US), (start_us + 2 * HOUR_US));
	desk_expect(t, "start_time", number(start_us + HOUR_US));
	desk_expect(t, "agreed_start_time", number(start_us));
	desk_expect(t, "agreed_end_time", number(start_us + HOUR_US));
	desk_expect(t, "late_change", "LATE_CHANGE_MOVED");
	desk_expect(t, "late_change_time", number(t->harness.wall_us));
	t->harness.wall_us += HOUR_US;
	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" state: CANCELLED }", id);
	desk_expect(t, "late_change", "LATE_CHANGE_CANCELLED");
	desk_expect(t, "late_change_time", number(t->harness.wall_us));
	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" pin_latitude: 50.2 }", id);
	desk_expect(t, "late_change", "LATE_CHANGE_CANCELLED");
}

static void drop_meeting(struct desk_test *t, const char *id)
{
	desk_make(t, &t->rep, "MeetingService/DeleteMeeting", "id: \"%s\"", id);
}

/* To delete a meeting is to call it off: late where calling it off would be. */
static void what_is_deleted_late_is_marked(void **state)
{
	struct desk_test *t = *state;
	int64_t now_us = t->harness.wall_us, start_us = now_us + HOUR_US;
	const char *in_time = make_meeting(t, start_us, PIN);
	const char *late = make_meeting(t, start_us, PIN);
	const char *behind = make_meeting(t, start_us, PIN);
	const char *off = make_meeting(t, start_us, PIN);
	const char *held = make_meeting(t, start_us, PIN);
	const char *old = make_meeting(t, start_us, PIN);

	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" state: MEETING_STATE_CANCELLED }", off);
	t->harness.wall_us = start_us - 15 * MINUTE_US - 1;
	drop_meeting(t, in_time);
	desk_expect(t, "late_change", "");
	t->harness.wall_us++;
	drop_meeting(t, late);
	desk_expect(t, "late_change", "LATE_CHANGE_CANCELLED");
	desk_expect(t, "late_change_time", number(t->harness.wall_us));
	/* It stands again, and was deleted late all the same. */
	t->harness.wall_us += MINUTE_US;
	desk_make(t, &t->rep, "MeetingService/UndeleteMeeting", "id: \"%s\"",
		  late);
	desk_expect(t, "late_change", "LATE_CHANGE_CANCELLED");
	desk_expect(t, "late_change_time",
		    number(t->harness.wall_us - MINUTE_US));
	drop_meeting(t, off);
	desk_expect(t, "late_change", "");
	/* Nobody is rid of what hasn't been heard of by deleting it. */
	t->harness.wall_us = start_us + 3 * HOUR_US;
	drop_meeting(t, behind);
	desk_expect(t, "late_change", "LATE_CHANGE_CANCELLED");
	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" state: MEETING_STATE_HELD }", held);
	drop_meeting(t, held);
	desk_expect(t, "late_change", "");
	t->harness.wall_us = start_us + 36 * HOUR_US + 1;
	drop_meeting(t, old);
	desk_expect(t, "late_change", "");
}

static void what_was_planned_too_late_is_not_agreed(void **state)
{
	struct desk_test *t = *state;
	int64_t now_us = t->harness.wall_us;
	const char *id = make_meeting(t, now_us + 10 * MINUTE_US, PIN);

	desk_expect(t, "agreed_start_time", "");
	/* It is put off to where there is time to agree: too late, too. */
	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" start_time: %" PRId64
		  " end_time: %" PRId64 " }",
		  id, (now_us + HOUR_US), (now_us + 2 * HOUR_US));
	desk_expect(t, "agreed_start_time", "");
	desk_expect(t, "late_change", "LATE_CHANGE_MOVED");
	/* Called off in time. */
	id = make_meeting(t, now_us + HOUR_US, PIN);
	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" state: CANCELLED }", id);
	desk_expect(t, "late_change", "");
	/* Nobody but the server says what was agreed. */
	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" agreed_start_time: 5 subject: \"x\" }",
		  id);
	desk_expect(t, "agreed_start_time", number(now_us + HOUR_US));
}

static void unplanned_is_what_begins_now(void **state)
{
	struct desk_test *t = *state;
	int64_t now_us = t->harness.wall_us;
	const char *id;

	id = make_meeting(t, now_us, "is_unplanned: true " PIN);
	desk_expect(t, "is_unplanned", "1");
	desk_expect(t, "agreed_start_time", "");
	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" end_time: %" PRId64 " }", id,
		  (now_us + 2 * HOUR_US));
	desk_expect(t, "late_change", "");
	/* Tomorrow's was planned, whatever it is called. */
	make_meeting(t, now_us + 24 * HOUR_US, "is_unplanned: true " PIN);
	desk_expect(t, "is_unplanned", "");
	desk_expect(t, "agreed_start_time", number(now_us + 24 * HOUR_US));
}

static void either_something_comes_next_or_nothing(void **state)
{
	struct desk_test *t = *state;
	const char *next = make_meeting(t, t->harness.wall_us + HOUR_US, PIN);
	const char *id = make_meeting(t, t->harness.wall_us, PIN);

	desk_call(
		t, &t->rep, "MeetingService/UpdateMeeting",
		"meeting { id: \"%s\" has_no_next_step: true next_meeting_id: "
		"\"%s\" }",
		id, next);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT,
			  "meeting.has_no_next_step");
	desk_call(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" next_meeting_id: \"%s\" }", id, id);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT,
			  "meeting.next_meeting_id");
	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" has_no_next_step: true }", id);
	desk_expect(t, "has_no_next_step", "1");
	/* A step after all. */
	desk_make(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" next_meeting_id: \"%s\" }", id, next);
	desk_expect(t, "has_no_next_step", "");
	desk_expect(t, "next_meeting_id", next);
	desk_call(t, &t->rep, "MeetingService/UpdateMeeting",
		  "meeting { id: \"%s\" has_no_next_step: true }", id);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT,
			  "meeting.has_no_next_step");
}

#define WITH_DESK(test) \
	cmocka_unit_test_setup_teardown(test, desk_open, desk_close)

/* What a manager asks in the evening: who hasn't said what came of it? */
static void what_has_no_outcome_is_found(void **state)
{
	struct desk_test *t = *state;
	int64_t start_us = t->harness.wall_us + HOUR_US;
	const char *told, *untold;

	told = make_meeting(t, start_us, PIN " outcome: \"Sold.\"");
	untold = make_meeting(t, start_us, PIN);
	desk_call(t, &t->manager, "MeetingService/ListMeetings",
		  "filter: \"state = PLANNED AND NOT outcome:*\"");
	desk_expect(t, "meetings[0].id", untold);
	desk_expect(t, "meetings[1].id", "");
	desk_call(t, &t->manager, "MeetingService/ListMeetings",
		  "filter: \"outcome:*\"");
	desk_expect(t, "meetings[0].id", told);
	desk_expect(t, "meetings[1].id", "");
	/* Whether it is set, and not what it is. */
	desk_call(t, &t->manager, "MeetingService/ListMeetings",
		  "filter: \"outcome = Sold\"");
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "filter");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DESK(a_plan_gets_its_pin_and_shape_from_the_place),
		WITH_DESK(shapes_are_shapes),
		WITH_DESK(managers_fix_pins),
		WITH_DESK(what_was_agreed_stays_from_the_opening_on),
		WITH_DESK(what_has_no_outcome_is_found),
		WITH_DESK(what_is_deleted_late_is_marked),
		WITH_DESK(what_was_planned_too_late_is_not_agreed),
		WITH_DESK(unplanned_is_what_begins_now),
		WITH_DESK(either_something_comes_next_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
