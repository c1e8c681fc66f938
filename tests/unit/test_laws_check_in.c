/*
 * Check-ins on the server: a rep is at one place at a time, whichever of their
 * phones tells it, and in whichever order.
 */
#include "desk_test.h"
#include "sync_world.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE_US INT64_C(60000000)
#define HOUR_US	  (60 * MINUTE_US)

/* -------------------------------------------------------------------- calls */

static const char *make_place(struct desk_test *t, double latitude)
{
	return desk_make(t, &t->rep, "PlaceService/CreatePlace",
			 "place { display_name: \"Shop\" latitude: %.4f "
			 "longitude: 14.4 }",
			 latitude);
}

/* An hour from then on. */
static enum outrider_code
try_check_in(struct desk_test *t, const struct harness_user *who,
	     int64_t start_us, const char *place, bool is_unplanned)
{
	return desk_call(t, who, "MeetingService/CreateMeeting",
			 "meeting { subject: \"x\" start_time: %" PRId64
			 " end_time: %" PRId64 " place_id: \"%s\" "
			 "is_unplanned: %s }",
			 start_us, start_us + HOUR_US, place,
			 is_unplanned ? "true" : "false");
}

static const char *
check_in(struct desk_test *t, int64_t start_us, const char *place)
{
	return desk_make(t, &t->rep, "MeetingService/CreateMeeting",
			 "meeting { subject: \"x\" start_time: %" PRId64
			 " end_time: %" PRId64
			 " place_id: \"%s\" is_unplanned: true }",
			 start_us, start_us + HOUR_US, place);
}

static void expect_end(struct desk_test *t, const char *id, int64_t end_us)
{
	char text[32];

	desk_make(t, &t->rep, "MeetingService/GetMeeting", "id: \"%s\"", id);
	snprintf(text, sizeof(text), "%" PRId64, end_us);
	desk_expect(t, "end_time", text);
}

static void the_next_ends_the_one_before(void **state)
{
	struct desk_test *t = *state;
	int64_t now_us = t->harness.wall_us;
	const char *here = make_place(t, 50.1), *there = make_place(t, 50.2);
	const char *first = check_in(t, now_us, here), *second;

	t->harness.wall_us += 20 * MINUTE_US;
	second = check_in(t, t->harness.wall_us, there);
	expect_end(t, first, now_us + 20 * MINUTE_US);
	expect_end(t, second, now_us + 80 * MINUTE_US);
	/* Back again: the first is over, and a visit is a visit. */
	t->harness.wall_us += 20 * MINUTE_US;
	check_in(t, t->harness.wall_us, here);
	expect_end(t, second, now_us + 40 * MINUTE_US);
	expect_end(t, first, now_us + 20 * MINUTE_US);
}

static void twice_at_one_place_is_told(void **state)
{
	struct desk_test *t = *state;
	int64_t now_us = t->harness.wall_us;
	const char *here = make_place(t, 50.1);
	const char *first = check_in(t, now_us, here);

	t->harness.wall_us += 5 * MINUTE_US;
	assert_int_equal(try_check_in(t, &t->rep, t->harness.wall_us, here,
				      true),
			 OUTRIDER_ALREADY_EXISTS);
	assert_non_null(strstr(t->reply->text, first));
	expect_end(t, first, now_us + HOUR_US);
	/* Afterwards it is another visit. */
	t->harness.wall_us = now_us + HOUR_US;
	assert_int_equal(try_check_in(t, &t->rep, t->harness.wall_us, here,
				      true),
			 OUTRIDER_OK);
}

/* Others agreed on those; and two reps are two. */
static void planned_ones_and_others_go_on(void **state)
{
	struct desk_test *t = *state;
	int64_t now_us = t->harness.wall_us;
	const char *here = make_place(t, 50.1), *there = make_place(t, 50.2);
	const char *planned, *mine;

	planned = desk_make(t, &t->rep, "MeetingService/CreateMeeting",
			    "meeting { subject: \"x\" start_time: %" PRId64
			    " end_time: %" PRId64 " place_id: \"%s\" }",
			    now_us, now_us + HOUR_US, here);
	t->harness.wall_us += 5 * MINUTE_US;
	mine = check_in(t, t->harness.wall_us, there);
	expect_end(t, planned, now_us + HOUR_US);
	t->harness.wall_us += 5 * MINUTE_US;
	assert_int_equal(try_check_in(t, &t->manager, t->harness.wall_us, there,
				      true),
			 OUTRIDER_OK);
	assert_int_equal(try_check_in(t, &t->rep, t->harness.wall_us, there,
				      false),
			 OUTRIDER_OK);
	expect_end(t, mine, now_us + 65 * MINUTE_US);
}

/* ------------------------------------------------------------------- phones */

/* A spot without a place, as a phone says it. */
static struct uuid check_in_on(struct model_phone *p, int64_t start_us)
{
	struct uuid id = harness_new_uuid(p->h);
	struct fields fields = fields_new();

	fields_text(&fields, MEETING_SUBJECT, "Check-in");
	fields_time(&fields, MEETING_START, start_us);
	fields_time(&fields, MEETING_END, start_us + HOUR_US);
	fields_double(&fields, MEETING_LATITUDE, 50.1);
	fields_double(&fields, MEETING_LONGITUDE, 14.4);
	fields_number(&fields, 35, 1);
	model_edit(p, MODEL_CREATE, MEETING, &id, fields_bytes(&fields), NULL,
		   0);
	fields_free(&fields);
	return id;
}

static int64_t end_of(struct world *w, const struct uuid *id)
{
	const struct row *row = world_row(w, MEETING, id);
	size_t i = 0;

	while (row->entity->fields[i].number != MEETING_END)
		i++;
	return row->values[i].i;
}

/* Two phones of one rep, of which the one that was first speaks last. */
static void order_of_arrival_changes_nothing(void **state)
{
	struct world *w = *state;
	int64_t start_us = w->h.wall_us;
	struct model_phone phone = world_phone(w, &w->anna);
	struct uuid first, second;

	model_pull_all(&phone);
	w->h.wall_us += 30 * MINUTE_US;
	second = check_in_on(&phone, w->h.wall_us - 5 * MINUTE_US);
	model_push_all(&phone);
	/* Nothing that was done offline is refused. */
	first = check_in_on(&phone, start_us);
	model_push_all(&phone);
	assert_int_equal(end_of(w, &first), start_us + 25 * MINUTE_US);
	assert_int_equal(end_of(w, &second), start_us + 85 * MINUTE_US);
	/* And the phone has what stands. */
	model_pull_all(&phone);
	model_check(&phone);
	model_close(&phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_next_ends_the_one_before,
						desk_open, desk_close),
		cmocka_unit_test_setup_teardown(twice_at_one_place_is_told,
						desk_open, desk_close),
		cmocka_unit_test_setup_teardown(planned_ones_and_others_go_on,
						desk_open, desk_close),
		WITH_WORLD(order_of_arrival_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
