/*
 * Birthdays, promises and the driving order of the phone, and titles.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "card_text.h"
#include "model/calendar.h"
#include "model/wire.h"

#define HOUR_US INT64_C(3600000000)
#define DAY_US	(24 * HOUR_US)

/* --------------------------------------------------------------- birthdays */

struct said {
	char lines[400][80];
	size_t n, stop_at;
};

static bool say_birthday(void *user, const struct outrider_birthday *birthday)
{
	struct said *said = user;
	char name[32];

	(void)outrider_card_text(name, sizeof(name), birthday->card->kind,
				 birthday->card->fields, birthday->card->len,
				 "family_name", 0);
	snprintf(said->lines[said->n++], sizeof(said->lines[0]),
		 "%s %d-%02d-%02d in %d turns %d", name, birthday->date.year,
		 birthday->date.month, birthday->date.day, birthday->in_days,
		 birthday->turns);
	return said->n != said->stop_at;
}

static const struct said *
birthdays(struct phone *phone, int year, int month, int day, unsigned n_days)
{
	static struct said said;

	said.n = said.stop_at = 0;
	assert_int_equal(
		outrider_birthdays(phone->core,
				   (struct outrider_date){ year, month, day },
				   n_days, say_birthday, &said, NULL),
		OUTRIDER_OK);
	return &said;
}

static struct uuid
born(struct phone *phone, const char *name, int year, int month, int day)
{
	char words[4][48];

	snprintf(words[0], sizeof(words[0]), "family_name=%s", name);
	snprintf(words[1], sizeof(words[0]), "birthday.year=%d", year);
	snprintf(words[2], sizeof(words[0]), "birthday.month=%d", month);
	snprintf(words[3], sizeof(words[0]), "birthday.day=%d", day);
	if (year == 0)
		return card_new(phone, "contact", words[0], words[2], words[3],
				NULL);
	return card_new(phone, "contact", words[0], words[1], words[2],
			words[3], NULL);
}

static void birthdays_of_the_week(void **state)
{
	struct phone phone;
	struct uuid today, leap;
	const struct said *said;
	struct said stopped = { .stop_at = 1 };

	(void)state;
	phone_ready(&phone);
	today = born(&phone, "Today", 1980, 2, 26);
	(void)born(&phone, "Yesterday", 1980, 2, 25);
	(void)born(&phone, "Sixth", 0, 3, 4);
	(void)born(&phone, "Seventh", 1990, 3, 5);
	leap = born(&phone, "Leap", 2000, 2, 29);
	(void)card_new(&phone, "contact", "family_name=Ageless", NULL);

	/* 2026 has no 29 February: 1 March then. */
	said = birthdays(&phone, 2026, 2, 26, 7);
	assert_int_equal(said->n, 3);
	assert_string_equal(said->lines[0], "Today 2026-02-26 in 0 turns 46");
	assert_string_equal(said->lines[1], "Leap 2026-03-01 in 3 turns 26");
	assert_string_equal(said->lines[2], "Sixth 2026-03-04 in 6 turns 0");
	said = birthdays(&phone, 2028, 2, 26, 7);
	assert_string_equal(said->lines[1], "Leap 2028-02-29 in 3 turns 28");
	assert_int_equal(said->n, 2); /* the sixth is the seventh then */
	/* On 1 March of such a year it is today, and 29 February isn't over. */
	said = birthdays(&phone, 2026, 3, 1, 1);
	assert_int_equal(said->n, 1);
	assert_string_equal(said->lines[0], "Leap 2026-03-01 in 0 turns 26");
	assert_int_equal(birthdays(&phone, 2028, 3, 1, 1)->n, 0);
	/* Over New Year, and a whole year round. */
	said = birthdays(&phone, 2025, 12, 30, 59);
	assert_int_equal(said->n, 2);
	assert_string_equal(said->lines[0],
			    "Yesterday 2026-02-25 in 57 turns 46");
	assert_int_equal(birthdays(&phone, 2026, 2, 26, 366)->n, 5);

	/* Settled, changed, deleted, after a restart. */
	card_settle(&phone);
	card_edit(&phone, "contact", &leap,
		  "birthday.year=", "birthday.month=12", "birthday.day=31",
		  NULL);
	card_delete(&phone, "contact", &today);
	card_reopen(&phone);
	said = birthdays(&phone, 2026, 12, 30, 2);
	assert_int_equal(said->n, 1);
	assert_string_equal(said->lines[0], "Leap 2026-12-31 in 1 turns 0");
	assert_int_equal(birthdays(&phone, 2026, 2, 26, 7)->n, 1);

	assert_int_equal(
		outrider_birthdays(phone.core,
				   (struct outrider_date){ 2026, 1, 1 }, 366,
				   say_birthday, &stopped, NULL),
		OUTRIDER_OK);
	assert_int_equal(stopped.n, 1);
	assert_int_equal(
		outrider_birthdays(phone.core,
				   (struct outrider_date){ 2026, 2, 29 }, 7,
				   say_birthday, &stopped, NULL),
		OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(
		outrider_birthdays(phone.core,
				   (struct outrider_date){ 2026, 2, 1 }, 0,
				   say_birthday, &stopped, NULL),
		OUTRIDER_INVALID_ARGUMENT);
	outrider_lock(phone.core);
	assert_int_equal(
		outrider_birthdays(phone.core,
				   (struct outrider_date){ 2026, 2, 1 }, 7,
				   say_birthday, &stopped, NULL),
		OUTRIDER_LOCKED);
	phone_free(&phone);
}

/* --------------------------------------------------------------- promises */

static bool say_promise(void *user, const struct outrider_promise *promise)
{
	struct said *said = user;

	snprintf(said->lines[said->n++], sizeof(said->lines[0]), "%s %s%s%s",
		 promise->card->kind, promise->text,
		 promise->due_us == 0 ? " whenever" : "",
		 promise->is_overdue ? " overdue" : "");
	return true;
}

/* From yesterday to in three days. */
static const struct said *promises(struct phone *phone)
{
	static struct said said;

	said.n = 0;
	assert_int_equal(outrider_promises(phone->core, phone->wall_us - DAY_US,
					   phone->wall_us + 3 * DAY_US,
					   say_promise, &said, NULL),
			 OUTRIDER_OK);
	return &said;
}

static const char *at(char out[64], const char *field, int64_t time_us)
{
	int64_t year, month, day, seconds = time_us / 1000000;

	calendar_date(&year, &month, &day, seconds / 86400);
	snprintf(out, 64, "%s=%04d-%02d-%02dT%02d:%02d:%02dZ", field, (int)year,
		 (int)month, (int)day, (int)(seconds / 3600 % 24),
		 (int)(seconds / 60 % 60), (int)(seconds % 60));
	return out;
}

static void what_was_promised(void **state)
{
	char due[64], start[64], end[64], ref[128];
	struct uuid offer, other = phone_id(99), meeting;
	const struct said *said;
	struct phone phone;
	int64_t now;

	(void)state;
	phone_ready(&phone);
	now = phone.wall_us;
	offer = card_new(&phone, "task", "subject=Offer",
			 at(due, "due_time", now - 40 * DAY_US), NULL);
	(void)card_new(&phone, "task", "subject=Some day", NULL);
	(void)card_new(&phone, "task", "subject=Soon",
		       at(due, "due_time", now + DAY_US), NULL);
	(void)card_new(&phone, "task", "subject=Later",
		       at(due, "due_time", now + 4 * DAY_US), NULL);
	(void)card_new(&phone, "task", "subject=Done", "state=TASK_STATE_DONE",
		       at(due, "due_time", now + DAY_US), NULL);
	(void)card_new(&phone, "task", "subject=Theirs",
		       at(due, "due_time", now + DAY_US),
		       card_ref(ref, "owner_id", &other), NULL);
	at(start, "start_time", now - 3 * DAY_US);
	meeting = card_new(&phone, "meeting", "subject=Talk", "pin_latitude=50",
			   "pin_longitude=30", start,
			   at(end, "end_time", now - 3 * DAY_US + HOUR_US),
			   "next_step=Send samples",
			   at(due, "next_step_time", now - HOUR_US), NULL);
	(void)card_new(&phone, "meeting", "subject=Old", "pin_latitude=50",
		       "pin_longitude=30", start, end, "next_step=Long ago",
		       at(due, "next_step_time", now - 2 * DAY_US), NULL);
	(void)card_new(&phone, "call", "direction=CALL_DIRECTION_OUT", start,
		       "phone_number=+380502223344", "next_step=Ring again",
		       at(due, "next_step_time", now + 2 * DAY_US), NULL);
	(void)card_new(&phone, "message", "channel=MESSAGE_CHANNEL_EMAIL",
		       "direction=MESSAGE_DIRECTION_OUT",
		       "address=a@example.org",
		       at(start, "send_time", now - DAY_US),
		       "next_step=Without a time", NULL);
	(void)card_new(&phone, "lead", "display_name=Lost", "next_step=No use",
		       "status=LEAD_STATUS_LOST",
		       at(due, "next_step_time", now + DAY_US), NULL);
	for (int i = 0; i < 2; i++) {
		said = promises(&phone);
		assert_int_equal(said->n, 5);
		assert_string_equal(said->lines[0], "task Offer overdue");
		assert_string_equal(said->lines[1],
				    "meeting Send samples overdue");
		assert_string_equal(said->lines[2], "task Soon");
		assert_string_equal(said->lines[3], "call Ring again");
		assert_string_equal(said->lines[4], "task Some day whenever");
		card_settle(&phone);
		card_reopen(&phone);
	}
	card_edit(&phone, "task", &offer, "state=TASK_STATE_DONE", NULL);
	card_edit(&phone, "meeting", &meeting, "next_step=", NULL);
	said = promises(&phone);
	assert_int_equal(said->n, 3);
	assert_string_equal(said->lines[0], "task Soon");
	phone_free(&phone);
}

static void tasks_come_and_go(void **state)
{
	static struct uuid tasks[30];
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	for (int i = 0; i < 30; i++)
		tasks[i] = card_new(&phone, "task", "subject=T", NULL);
	for (int i = 0; i < 30; i += 3)
		card_delete(&phone, "task", &tasks[i]);
	assert_int_equal(promises(&phone)->n, 20);
	/* Those that are left are still each known by its own. */
	for (int i = 0; i < 30; i++)
		if (i % 3 != 0)
			card_edit(&phone, "task", &tasks[i], "text=More", NULL);
	assert_int_equal(promises(&phone)->n, 20);
	for (int i = 0; i < 30; i++)
		if (i % 3 != 0)
			card_delete(&phone, "task", &tasks[i]);
	assert_int_equal(promises(&phone)->n, 0);
	phone_free(&phone);
}

/* ------------------------------------------------------------------- drive */

struct trip {
	struct said said;
	struct outrider_drive_sum sum;
	double legs_m;
};

static bool say_stop(void *user, const struct outrider_stop *stop)
{
	struct trip *trip = user;
	char name[32];

	assert_int_equal(stop->number, trip->said.n + 1);
	assert_true(stop->end_us > stop->start_us);
	(void)outrider_card_text(name, sizeof(name), "meeting",
				 stop->meeting->fields, stop->meeting->len,
				 "subject", 0);
	trip->legs_m += stop->leg_m;
	snprintf(trip->said.lines[trip->said.n++], sizeof(trip->said.lines[0]),
		 "%s%s %.0f", name, stop->is_missed ? " missed" : "",
		 stop->leg_m);
	return true;
}

static const struct trip *
drive(struct phone *phone, const struct outrider_trip *asked)
{
	static struct trip trip;

	memset(&trip, 0, sizeof(trip));
	assert_int_equal(outrider_drive(phone->core, &trip.sum, asked, say_stop,
					&trip, NULL),
			 OUTRIDER_OK);
	assert_int_equal(trip.sum.n_stops, trip.said.n);
	assert_true(fabs(trip.legs_m + trip.sum.last_leg_m -
			 trip.sum.length_m) <= 0.1 * (double)(trip.said.n + 1));
	return &trip;
}

/* Some way north of 50 N 30 E, at some hour of the day to come. */
static struct uuid
plan(struct phone *phone, const char *subject, double north, int hour)
{
	struct outrider_plan plan = {
		.subject = subject,
		.start_us = phone->wall_us + hour * HOUR_US,
		.end_us = phone->wall_us + (hour + 1) * HOUR_US,
		.latitude = 50 + north,
		.longitude = 30,
	};
	struct uuid id;

	assert_int_equal(outrider_plan_meeting(phone->core, id.at, &plan, NULL),
			 OUTRIDER_OK);
	return id;
}

/* One whose pin its role doesn't show. */
static void pull_without_pin(struct phone *phone)
{
	struct message_maker page, fields;
	struct uuid id = phone_id(7);

	maker_begin(&fields);
	maker_id(&fields, 6, &phone->user);
	maker_text(&fields, 10, "Nowhere");
	wire_put_timestamp(&fields.bytes, 11, phone->wall_us + HOUR_US);
	wire_put_timestamp(&fields.bytes, 12, phone->wall_us + 2 * HOUR_US);
	maker_begin(&page);
	maker_record(&page, &(struct record_maker_args){
				    .kind = 6,
				    .id = id,
				    .rev = 3,
				    .fields = maker_bytes(&fields),
				    .entered = 2,
				    .is_whole = true,
			    });
	maker_finish_page(&page, "cursor-1", true);
	phone_pull(phone, maker_bytes(&page));
	maker_end(&fields);
	maker_end(&page);
}

static void a_short_way_through_the_day(void **state)
{
	struct phone phone;
	const struct trip *trip;
	struct trip refused = { .legs_m = 0 };
	struct outrider_trip asked;
	struct uuid held;

	(void)state;
	phone_ready(&phone);
	asked = (struct outrider_trip){ .from_us = phone.wall_us,
					.until_us = phone.wall_us + DAY_US };
	pull_without_pin(&phone);
	trip = drive(&phone, &asked);
	assert_int_equal(trip->sum.n_stops, 0);
	assert_true(trip->sum.is_shortest);
	(void)plan(&phone, "C", 0.03, 2);
	(void)plan(&phone, "A", 0.01, 6);
	(void)plan(&phone, "D", 0.04, 8);
	held = plan(&phone, "Held", 0.02, 4);
	card_edit(&phone, "meeting", &held, "state=MEETING_STATE_HELD", NULL);
	(void)plan(&phone, "Tomorrow", 0.02, 30);
	(void)plan(&phone, "B", 0.02, 5);

	/* From either end of the line; the one with the earlier stop first
	 * isn't said. From the south it begins with A, at six. */
	asked.has_start = true;
	asked.start_latitude = 50;
	asked.start_longitude = 30;
	trip = drive(&phone, &asked);
	assert_int_equal(trip->sum.n_stops, 4);
	assert_int_equal(trip->sum.n_without_pin, 1);
	assert_true(trip->sum.is_shortest);
	assert_true(fabs(trip->sum.length_m - 4447.8) < 0.3);
	assert_string_equal(trip->said.lines[0], "A 1112");
	/* B ends when A begins, and C long before. */
	assert_string_equal(trip->said.lines[1], "B missed 1112");
	assert_string_equal(trip->said.lines[2], "C missed 1112");
	assert_string_equal(trip->said.lines[3], "D 1112");

	/* And back to where it began. */
	asked.has_end = true;
	asked.end_latitude = 50;
	asked.end_longitude = 30;
	trip = drive(&phone, &asked);
	assert_true(fabs(trip->sum.length_m - 8895.6) < 0.5);

	/* To the south, from wherever is best: the hours fit better. */
	asked.has_start = false;
	trip = drive(&phone, &asked);
	assert_string_equal(trip->said.lines[0], "D 0");
	assert_true(fabs(trip->sum.last_leg_m - 1111.95) < 0.1);

	asked.end_latitude = 95;
	assert_int_equal(outrider_drive(phone.core, &refused.sum, &asked,
					say_stop, &refused, NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	asked.has_end = false;
	for (int i = 0; i < 97; i++)
		(void)plan(&phone, "More", 0.05 + i / 1e3, 3);
	assert_int_equal(outrider_drive(phone.core, &refused.sum, &asked,
					say_stop, &refused, NULL),
			 OUTRIDER_OUT_OF_RANGE);
	asked.until_us = phone.wall_us + 6 * HOUR_US;
	trip = drive(&phone, &asked);
	assert_int_equal(trip->sum.n_stops, 99);
	assert_false(trip->sum.is_shortest);
	phone_free(&phone);
}

/* ------------------------------------------------------------------ titles */

static void what_names_a_card(void **state)
{
	struct outrider_card card;
	struct phone phone;
	struct uuid id;
	char title[64], small[8];

	(void)state;
	phone_ready(&phone);
	id = card_new(&phone, "contact", "family_name=Ковальчук", NULL);
	assert_int_equal(outrider_card_get(phone.core, &card, "contact", id.at,
					   NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_card_title(title, sizeof(title), card.kind,
					     card.fields, card.len),
			 18);
	assert_string_equal(title, "Ковальчук");
	card_edit(&phone, "contact", &id, "given_name=Olena", NULL);
	assert_int_equal(outrider_card_get(phone.core, &card, "contact", id.at,
					   NULL),
			 OUTRIDER_OK);
	(void)outrider_card_title(title, sizeof(title), card.kind, card.fields,
				  card.len);
	assert_string_equal(title, "Olena Ковальчук");
	/* Cut between characters: the first letter takes two bytes. */
	assert_int_equal(outrider_card_title(small, 8, card.kind, card.fields,
					     card.len),
			 24);
	assert_string_equal(small, "Olena ");
	assert_int_equal(outrider_card_title(title, 1, card.kind, card.fields,
					     card.len),
			 24);
	assert_string_equal(title, "");
	assert_int_equal(outrider_card_title(title, sizeof(title), "nonsense",
					     card.fields, card.len),
			 -1);
	assert_int_equal(outrider_card_title(title, sizeof(title), "contact",
					     NULL, 0),
			 0);
	phone_free(&phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(birthdays_of_the_week),
		cmocka_unit_test(what_was_promised),
		cmocka_unit_test(tasks_come_and_go),
		cmocka_unit_test(a_short_way_through_the_day),
		cmocka_unit_test(what_names_a_card),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
