/*
 * How alerts are told: quiet hours, digests instead of floods, nothing twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sync_world.h"

#include "app/alert_bag.h"
#include "app/local_time.h"
#include "outrider/v1/alert_delivery.pb-c.h"
#include "outrider/v1/visit.pb-c.h"
#include "store/delivery.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US	  (60 * MINUTE_US)
#define DAY_US	  (24 * HOUR_US)

/* A Monday, 08:00 UTC. */
#define MONDAY_US HARNESS_START_US

enum { MANY = 10000, WRITE_MEMORY = 4 << 20 };

/* -------------------------------------------------------------- quiet hours */

static bool is_quiet_at(const struct alert_delivery *delivery, int64_t at_us,
			int64_t *until_us)
{
	*until_us = 0;
	return delivery_is_quiet(delivery, at_us, until_us);
}

static void hours_may_go_over_midnight(void **state)
{
	const struct alert_delivery night = { .quiet_from = 20 * 60,
					      .quiet_until = 7 * 60 };
	const struct alert_delivery noon = { .quiet_from = 12 * 60,
					     .quiet_until = 13 * 60 };
	const struct alert_delivery none = { .quiet_from = 60,
					     .quiet_until = 60 };
	int64_t until_us;

	(void)state;
	assert_false(is_quiet_at(&night, MONDAY_US, &until_us));
	assert_false(
		is_quiet_at(&night, MONDAY_US + 12 * HOUR_US - 1, &until_us));
	assert_true(is_quiet_at(&night, MONDAY_US + 12 * HOUR_US, &until_us));
	assert_int_equal(until_us, MONDAY_US + 23 * HOUR_US);
	assert_true(is_quiet_at(&night, MONDAY_US + 20 * HOUR_US, &until_us));
	assert_int_equal(until_us, MONDAY_US + 23 * HOUR_US);
	assert_false(is_quiet_at(&night, MONDAY_US + 23 * HOUR_US, &until_us));
	assert_true(is_quiet_at(&noon, MONDAY_US + 4 * HOUR_US, &until_us));
	assert_int_equal(until_us, MONDAY_US + 5 * HOUR_US);
	for (int hour = 0; hour < 24; hour++)
		assert_false(is_quiet_at(&none, MONDAY_US + hour * HOUR_US,
					 &until_us));
}

static void weekdays_are_quiet_whole(void **state)
{
	/* The weekend, and nights. */
	const struct alert_delivery both = { .quiet_from = 20 * 60,
					     .quiet_until = 7 * 60,
					     .quiet_weekdays = 1 << 6 |
							       1 << 7 };
	const struct alert_delivery days = { .quiet_weekdays = 1 << 6 |
							       1 << 7 };
	int64_t saturday_us = MONDAY_US + 5 * DAY_US, until_us;

	(void)state;
	assert_true(is_quiet_at(&both, saturday_us, &until_us));
	assert_int_equal(until_us, MONDAY_US + 7 * DAY_US - HOUR_US);
	/* Friday night runs into it. */
	assert_true(is_quiet_at(&both, saturday_us - 10 * HOUR_US, &until_us));
	assert_int_equal(until_us, MONDAY_US + 7 * DAY_US - HOUR_US);
	assert_true(is_quiet_at(&days, saturday_us, &until_us));
	assert_int_equal(until_us, MONDAY_US + 7 * DAY_US - 8 * HOUR_US);
	assert_false(is_quiet_at(&days, saturday_us - 9 * HOUR_US, &until_us));
}

static void hours_are_the_organisations(void **state)
{
	const struct alert_delivery night = { .quiet_from = 20 * 60,
					      .quiet_until = 7 * 60 };
	/* Saturday 2026-03-28 19:00 UTC, 21:00 there: at 03:00 it is 04:00. */
	const int64_t saturday_us = INT64_C(1774724400000000);
	struct outrider_err err;
	int64_t until_us;

	(void)state;
	assert_int_equal(local_time_use_zone("Europe/Kyiv", &err), OUTRIDER_OK);
	assert_true(is_quiet_at(&night, saturday_us, &until_us));
	assert_int_equal(until_us, saturday_us + 9 * HOUR_US);
	assert_int_equal(local_time_use_zone("UTC", &err), OUTRIDER_OK);
}

/* -------------------------------------------------------------------- words */

static void digest_names_what_there_is(void **state)
{
	struct digest_counts counts = { .n = 7, .since_us = MONDAY_US };
	char text[DIGEST_SENTENCE_MAX + 1];

	(void)state;
	counts.of_type[ALERT_NEW_DEVICE] = 1;
	counts.of_type[ALERT_LATE] = 4;
	counts.of_type[ALERT_ABSENT] = 2;
	digest_sentence(text, &counts, MONDAY_US + HOUR_US);
	assert_string_equal(text, "7 alerts since 08:00 UTC: 4 late, 2 absent, "
				  "1 new device.");
	digest_sentence(text, &counts, MONDAY_US + DAY_US);
	assert_non_null(strstr(text, "since 2026-06-01 08:00 UTC: "));
	counts = (struct digest_counts){ .n = UINT64_MAX };
	for (int type = 0; type < ALERT_TYPES; type++)
		counts.of_type[type] = UINT64_MAX - 1;
	digest_sentence(text, &counts, MONDAY_US);
	assert_true(strlen(text) < DIGEST_SENTENCE_MAX);
	assert_int_equal(text[strlen(text) - 1], '.');
}

static void bag_holds_the_newest(void **state)
{
	struct alert_bag bag = { .n = 0 };
	struct held_alert alert = { .rev = 0 };
	struct arena arena;
	size_t used = 0;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	for (uint64_t i = 1; i <= MANY; i++) {
		alert.rev = i;
		memcpy(alert.id.at, &i, sizeof(i));
		assert_true(
			bag_add(&bag, &alert, ALERT_LATE, (int64_t)i, &arena));
		if (i == 1)
			used = arena.used;
	}
	assert_int_equal(arena.used, used);
	assert_int_equal(bag.n, DIGEST_ALERTS);
	assert_int_equal(bag.counts.n, MANY);
	assert_int_equal(bag.counts.of_type[ALERT_LATE], MANY);
	assert_int_equal(bag.counts.since_us, 1);
	/* Once more: counted once, and the newest. */
	alert.rev = MANY + 1;
	assert_true(bag_add(&bag, &alert, ALERT_LATE, MANY + 1, &arena));
	assert_int_equal(bag.counts.n, MANY);
	assert_int_equal(bag.n, DIGEST_ALERTS);
	assert_int_equal(bag_take(&bag).rev, MANY - DIGEST_ALERTS + 1);
	arena_free(&arena);
}

static void burst_is_ten_minutes(void **state)
{
	struct burst burst = { .n = 0 };
	struct arena arena;

	(void)state;
	arena_init(&arena, &allocator_libc, 1 << 20);
	for (int i = 0; i < 5; i++) {
		assert_true(burst_has_room(&burst, 5, i * MINUTE_US));
		assert_true(burst_add(&burst, i * MINUTE_US, &arena));
	}
	assert_false(burst_has_room(&burst, 5, 9 * MINUTE_US));
	assert_int_equal(burst_room_us(&burst, 5), 10 * MINUTE_US);
	assert_int_equal(burst_room_us(&burst, 2), 13 * MINUTE_US);
	assert_true(burst_has_room(&burst, 5, 10 * MINUTE_US));
	assert_int_equal(burst.n, 4);
	/* The clock goes back: what was sent lies ahead, and is forgotten. */
	assert_true(burst_has_room(&burst, 1, 0));
	for (int i = 0; i < 2 * BURST_MAX; i++)
		assert_true(burst_add(&burst, i, &arena));
	assert_int_equal(burst.n, BURST_MAX);
	arena_free(&arena);
}

/* -------------------------------------------------------------------- acts */

struct raising {
	struct app *app;
	struct alert alert;
	struct arena arena;
};

static enum outrider_code
run_raise(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct raising *raising = user;

	return alert_raise(raising->app, tx, &raising->alert, &raising->arena,
			   err);
}

static struct uuid
raise(struct world *w, const struct harness_user *rep, bool is_new_device)
{
	struct raising raising = { .app = w->h.app };
	struct identity_device device = { .id = harness_new_uuid(&w->h),
					  .user = rep->id,
					  .display_name = "phone",
					  .enrolled_us = w->h.wall_us };
	struct outrider_err err;

	arena_init(&raising.arena, &allocator_libc, WRITE_MEMORY);
	if (is_new_device)
		alert_of_new_device(&raising.alert, &device);
	else
		alert_of_chain_gap(&raising.alert, &device, 7,
				   "entries before it are missing",
				   w->h.wall_us);
	assert_int_equal(store_write_now(w->h.store, run_raise, &raising, &err),
			 OUTRIDER_OK);
	arena_free(&raising.arena);
	return raising.alert.id;
}

static enum outrider_code set(struct world *w, const struct harness_user *user,
			      const struct alert_delivery *wanted)
{
	Outrider__V1__AlertDelivery delivery =
		OUTRIDER__V1__ALERT_DELIVERY__INIT;
	Outrider__V1__SetAlertDeliveryRequest request =
		OUTRIDER__V1__SET_ALERT_DELIVERY_REQUEST__INIT;
	Outrider__V1__AlertType urgent[32];
	int32_t weekdays[7];

	delivery.quiet_from_minute = (int32_t)wanted->quiet_from;
	delivery.quiet_until_minute = (int32_t)wanted->quiet_until;
	delivery.burst = (int32_t)wanted->burst;
	delivery.quiet_weekdays = weekdays;
	delivery.urgent_types = urgent;
	for (int32_t day = 1; day <= 7; day++)
		if (wanted->quiet_weekdays >> day & 1)
			weekdays[delivery.n_quiet_weekdays++] = day;
	for (int type = 0; type < 32; type++)
		if (wanted->urgent_types >> type & 1)
			urgent[delivery.n_urgent_types++] =
				(Outrider__V1__AlertType)type;
	request.delivery = &delivery;
	return harness_call_message(&w->h,
				    "AlertDeliveryService/SetAlertDelivery",
				    user->token, &request.base)
		->code;
}

struct watcher {
	struct world *w;
	struct app_call *call;
	int woken;
	bool is_digest;
	struct uuid last;
	size_t n; /* alerts in the digest */
	char sentence[DIGEST_SENTENCE_MAX + 1];
	enum outrider_code end;
};

enum { ONLY_NEW = 1, ONLY_UNDELIVERED = 2 };

static void watch_open(struct watcher *t, struct world *w,
		       const struct harness_user *user, int how)
{
	const uint8_t request[] = { 0x08, (how & ONLY_NEW) != 0, 0x10,
				    (how & ONLY_UNDELIVERED) != 0 };

	*t = (struct watcher){ .w = w };
	t->call = harness_begin(&w->h, "VisitService/WatchAlerts", user->token,
				request, sizeof(request), &t->woken);
}

static bool watch_next(struct watcher *t)
{
	struct app_status status;
	struct bytes message, digest;
	enum app_progress progress;
	int asked;

	do {
		asked = t->woken;
		progress = app_call_next(t->call, &message, &status);
		store_run_writes(t->w->h.store);
	} while (progress == APP_WAIT && t->woken > asked);
	if (progress == APP_END)
		t->end = status.code;
	if (progress != APP_MESSAGE)
		return false;
	digest = harness_part(message, 2, 0);
	t->is_digest = digest.len > 0;
	t->n = 0;
	if (!t->is_digest) {
		t->last = harness_uuid(harness_part(message, 1, 0), FIELD_ID);
		return true;
	}
	harness_text(t->sentence, sizeof(t->sentence), digest, 1);
	while (harness_part(digest, 2, t->n).len > 0)
		t->n++;
	if (t->n > 0)
		t->last = harness_uuid(harness_part(digest, 2, 0), FIELD_ID);
	return true;
}

/* One turn, and none of the store's. */
static enum app_progress step(struct watcher *t)
{
	struct app_status status;
	struct bytes message;

	return app_call_next(t->call, &message, &status);
}

/* The next comes alone, and is this one. */
static void expect_one(struct watcher *t, const struct uuid *id)
{
	assert_true(watch_next(t));
	assert_false(t->is_digest);
	assert_int_equal(uuid_compare(&t->last, id), 0);
}

/* ----------------------------------------------------------------- settings */

static void delivery_is_kept_for_each_user(void **state)
{
	const struct alert_delivery mine = { .quiet_from = 1200,
					     .quiet_until = 420,
					     .quiet_weekdays = 1 << 7,
					     .urgent_types = 1 << ALERT_ABSENT,
					     .burst = 9 };
	struct world *w = *state;
	const struct harness_reply *reply;

	reply = harness_call(&w->h, "AlertDeliveryService/GetAlertDelivery",
			     w->mia.token, NULL, 0);
	assert_int_equal(reply->code, OUTRIDER_OK);
	assert_int_equal(reply->message.len, 0);
	assert_int_equal(set(w, &w->mia, &mine), OUTRIDER_OK);
	harness_restart(&w->h);
	reply = harness_call(&w->h, "AlertDeliveryService/GetAlertDelivery",
			     w->mia.token, NULL, 0);
	assert_int_equal(harness_scalar(reply->message, 1), 1200);
	assert_int_equal(harness_scalar(reply->message, 2), 420);
	assert_int_equal(harness_scalar(reply->message, 5), 9);
	reply = harness_call(&w->h, "AlertDeliveryService/GetAlertDelivery",
			     w->anna.token, NULL, 0);
	assert_int_equal(reply->message.len, 0);
	/* Replaced whole. */
	assert_int_equal(set(w, &w->mia,
			     &(struct alert_delivery){ .burst = 3 }),
			 OUTRIDER_OK);
	reply = harness_call(&w->h, "AlertDeliveryService/GetAlertDelivery",
			     w->mia.token, NULL, 0);
	assert_int_equal(harness_scalar(reply->message, 1), 0);
	assert_int_equal(harness_scalar(reply->message, 5), 3);
}

static void what_cannot_be_is_refused(void **state)
{
	static const struct alert_delivery wrong[] = {
		{ .quiet_from = 1440 },
		{ .burst = 1001 },
		{ .quiet_weekdays = 0xfe },
		{ .urgent_types = UINT32_C(1) << 31 },
		{ .urgent_types = 1 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(set(w, &w->mia, &wrong[i]),
				 OUTRIDER_INVALID_ARGUMENT);
}

/* ------------------------------------------------------------------ streams */

static void night_comes_as_one_digest(void **state)
{
	const struct alert_delivery night = {
		.quiet_from = 20 * 60,
		.quiet_until = 7 * 60,
		.urgent_types = UINT32_C(1) << ALERT_NEW_DEVICE,
	};
	struct world *w = *state;
	struct uuid urgent, newest;
	struct watcher t;

	assert_int_equal(set(w, &w->mia, &night), OUTRIDER_OK);
	watch_open(&t, w, &w->mia, 0);
	assert_false(watch_next(&t));
	w->h.wall_us = MONDAY_US + 14 * HOUR_US;
	for (int i = 0; i < 7; i++) {
		newest = raise(w, &w->anna, false);
		assert_false(watch_next(&t));
	}
	urgent = raise(w, &w->anna, true);
	expect_one(&t, &urgent);
	app_tick(w->h.app);
	assert_false(watch_next(&t));
	w->h.wall_us = MONDAY_US + 23 * HOUR_US - 1;
	app_tick(w->h.app);
	assert_false(watch_next(&t));
	w->h.wall_us += 1;
	app_tick(w->h.app);
	assert_true(watch_next(&t));
	assert_true(t.is_digest);
	assert_int_equal(t.n, 7);
	assert_int_equal(uuid_compare(&t.last, &newest), 0);
	assert_string_equal(t.sentence,
			    "7 alerts since 2026-06-01 22:00 UTC: 7 "
			    "gap in a chain.");
	assert_false(watch_next(&t));
	app_call_free(t.call);
}

static void flood_comes_as_one_digest(void **state)
{
	struct world *w = *state;
	struct watcher t;
	struct uuid ids[5];

	watch_open(&t, w, &w->mia, 0);
	assert_false(watch_next(&t));
	for (int i = 0; i < 5; i++) {
		ids[i] = raise(w, &w->anna, true);
		expect_one(&t, &ids[i]);
	}
	for (int i = 0; i < MANY; i++)
		raise(w, &w->anna, true);
	assert_false(watch_next(&t));
	w->h.wall_us += 10 * MINUTE_US;
	app_tick(w->h.app);
	assert_true(watch_next(&t));
	assert_true(t.is_digest);
	assert_int_equal(t.n, DIGEST_ALERTS);
	assert_non_null(strstr(t.sentence, "10000 alerts since "));
	assert_non_null(strstr(t.sentence, "the newest 500 are here"));
	assert_false(watch_next(&t));
	app_call_free(t.call);
	/* And who comes now: all that are open, as one. */
	watch_open(&t, w, &w->mia, 0);
	assert_true(watch_next(&t));
	assert_true(t.is_digest);
	assert_non_null(strstr(t.sentence, "10005 alerts since "));
	assert_false(watch_next(&t));
	app_call_free(t.call);
}

/* Few behind a burst come one by one. */
static void few_behind_a_burst_come_alone(void **state)
{
	struct world *w = *state;
	struct watcher t;
	struct uuid id, other;

	assert_int_equal(set(w, &w->mia,
			     &(struct alert_delivery){ .burst = 2 }),
			 OUTRIDER_OK);
	watch_open(&t, w, &w->mia, 0);
	assert_false(watch_next(&t));
	for (int i = 0; i < 2; i++) {
		id = raise(w, &w->anna, true);
		expect_one(&t, &id);
	}
	id = raise(w, &w->anna, true);
	other = raise(w, &w->anna, true);
	assert_false(watch_next(&t));
	w->h.wall_us += 10 * MINUTE_US;
	app_tick(w->h.app);
	expect_one(&t, &id);
	expect_one(&t, &other);
	assert_false(watch_next(&t));
	app_call_free(t.call);
}

static void open_streams_follow_the_setting(void **state)
{
	const struct alert_delivery always = { .quiet_from = 0,
					       .quiet_until = 1439 };
	const struct alert_delivery never = { .burst = 0 };
	struct world *w = *state;
	struct watcher t;
	int woken;

	assert_int_equal(set(w, &w->mia, &always), OUTRIDER_OK);
	watch_open(&t, w, &w->mia, 0);
	raise(w, &w->anna, true);
	assert_false(watch_next(&t));
	woken = t.woken;
	/* Another's is nothing to it. */
	assert_int_equal(set(w, &w->ben, &never), OUTRIDER_OK);
	assert_int_equal(t.woken, woken);
	assert_int_equal(set(w, &w->mia, &never), OUTRIDER_OK);
	assert_true(t.woken > woken);
	assert_true(watch_next(&t));
	assert_true(t.is_digest);
	assert_int_equal(t.n, 1);
	app_call_free(t.call);
}

static void clock_may_jump(void **state)
{
	const struct alert_delivery night = { .quiet_from = 20 * 60,
					      .quiet_until = 7 * 60 };
	struct world *w = *state;
	struct watcher t;
	int woken;

	assert_int_equal(set(w, &w->mia, &night), OUTRIDER_OK);
	w->h.wall_us = MONDAY_US + 14 * HOUR_US;
	watch_open(&t, w, &w->mia, 0);
	raise(w, &w->anna, true);
	assert_false(watch_next(&t));
	/* Back into the day before: it isn't quiet there. */
	woken = t.woken;
	w->h.wall_us = MONDAY_US;
	app_tick(w->h.app);
	assert_true(t.woken > woken);
	assert_true(watch_next(&t));
	assert_true(t.is_digest);
	/* On by years. */
	w->h.wall_us = MONDAY_US + 400 * DAY_US;
	app_tick(w->h.app);
	assert_false(watch_next(&t));
	assert_int_equal(t.end, OUTRIDER_OK);
	app_call_free(t.call);
}

static void nothing_comes_twice(void **state)
{
	struct world *w = *state;
	struct uuid first, second, third;
	struct watcher t, other;

	first = raise(w, &w->anna, true);
	watch_open(&t, w, &w->mia, ONLY_UNDELIVERED);
	expect_one(&t, &first);
	assert_false(watch_next(&t));
	second = raise(w, &w->anna, true);
	/* Cut before it came, and the server starts anew. */
	app_call_free(t.call);
	harness_restart(&w->h);
	watch_open(&t, w, &w->mia, ONLY_UNDELIVERED);
	expect_one(&t, &second);
	assert_false(watch_next(&t));
	/* Two streams of one user: one of them has it. */
	watch_open(&other, w, &w->mia, ONLY_UNDELIVERED);
	assert_false(watch_next(&other));
	t.last = other.last = (struct uuid){ { 0 } };
	third = raise(w, &w->anna, true);
	/* Both have found it before either has said so. */
	assert_int_equal(step(&other), APP_WAIT);
	assert_int_equal(step(&t), APP_WAIT);
	assert_int_equal(watch_next(&t) + watch_next(&other), 1);
	assert_int_equal(uuid_compare(uuid_is_zero(&t.last) ? &other.last
							    : &t.last,
				      &third),
			 0);
	assert_false(watch_next(&t) || watch_next(&other));
	app_call_free(other.call);
	app_call_free(t.call);
	watch_open(&t, w, &w->mia, ONLY_UNDELIVERED);
	assert_false(watch_next(&t));
	app_call_free(t.call);
	/* Who asks for all gets all, and another user has not been told. */
	watch_open(&t, w, &w->mia, 0);
	expect_one(&t, &first);
	app_call_free(t.call);
	watch_open(&t, w, &w->anna, ONLY_UNDELIVERED);
	expect_one(&t, &first);
	app_call_free(t.call);
}

/* What a digest told is told; what was held back is not. */
static void held_back_is_not_lost(void **state)
{
	const struct alert_delivery night = { .quiet_from = 20 * 60,
					      .quiet_until = 7 * 60 };
	struct world *w = *state;
	struct watcher t;

	assert_int_equal(set(w, &w->mia, &night), OUTRIDER_OK);
	w->h.wall_us = MONDAY_US + 14 * HOUR_US;
	watch_open(&t, w, &w->mia, ONLY_UNDELIVERED);
	for (int i = 0; i < 250; i++)
		raise(w, &w->anna, true);
	assert_false(watch_next(&t));
	app_call_free(t.call);
	harness_restart(&w->h);
	watch_open(&t, w, &w->mia, ONLY_UNDELIVERED);
	assert_false(watch_next(&t));
	w->h.wall_us += 10 * HOUR_US;
	app_tick(w->h.app);
	assert_true(watch_next(&t));
	assert_int_equal(t.n, 250);
	app_call_free(t.call);
	watch_open(&t, w, &w->mia, ONLY_UNDELIVERED);
	assert_false(watch_next(&t));
	app_call_free(t.call);
}

/* A change of an alert is news of it, even to who was told of it before. */
static void change_comes_again(void **state)
{
	struct world *w = *state;
	struct fields closed = fields_new();
	struct uuid id = raise(w, &w->anna, true);
	struct watcher t;

	watch_open(&t, w, &w->mia, ONLY_UNDELIVERED);
	expect_one(&t, &id);
	assert_false(watch_next(&t));
	fields_number(&closed, 14, 2);
	assert_int_equal(world_try(w, CHANGE_UPDATE, ALERT, &id, &closed, NULL,
				   0),
			 OUTRIDER_OK);
	expect_one(&t, &id);
	assert_false(watch_next(&t));
	app_call_free(t.call);
	fields_free(&closed);
	/* Its mark goes, and it doesn't come back for that. */
	w->h.wall_us += 2 * HOUR_US;
	app_tick(w->h.app);
	while (store_run_writes(w->h.store))
		;
	watch_open(&t, w, &w->mia, ONLY_UNDELIVERED);
	assert_false(watch_next(&t));
	app_call_free(t.call);
}

/* ----------------------------------------------------------- closed itself */

struct ending {
	struct app *app;
	struct uuid alert;
};

static enum outrider_code
run_end(void *user, struct store_conn *tx, struct outrider_err *err)
{
	const struct ending *ending = user;
	struct arena arena;
	enum outrider_code code;

	arena_init(&arena, &allocator_libc, WRITE_MEMORY);
	code = alert_close_itself(ending->app, tx, &ending->alert, "Over.",
				  &arena, err);
	arena_free(&arena);
	return code;
}

static void end(struct world *w, const struct uuid *alert)
{
	struct ending ending = { .app = w->h.app, .alert = *alert };
	struct outrider_err err;

	assert_int_equal(store_write_now(w->h.store, run_end, &ending, &err),
			 OUTRIDER_OK);
}

/* A live list has to know; who wants each thing once has nothing to do. */
static void what_closed_itself_is_told_to_lists_alone(void **state)
{
	struct world *w = *state;
	struct watcher once, list;
	struct uuid id;

	watch_open(&once, w, &w->mia, ONLY_UNDELIVERED);
	watch_open(&list, w, &w->mia, 0);
	id = raise(w, &w->anna, true);
	expect_one(&once, &id);
	expect_one(&list, &id);
	end(w, &id);
	assert_false(watch_next(&once));
	expect_one(&list, &id);
	/* A second word would change nothing, so there is none. */
	end(w, &id);
	assert_false(watch_next(&list));
	app_call_free(once.call);
	app_call_free(list.call);
}

/* Over before the night was: the morning's digest knows nothing of it. */
static void what_is_over_leaves_the_digest(void **state)
{
	const struct alert_delivery night = { .quiet_from = 20 * 60,
					      .quiet_until = 7 * 60 };
	struct world *w = *state;
	struct uuid over, stays;
	struct watcher t;

	assert_int_equal(set(w, &w->mia, &night), OUTRIDER_OK);
	w->h.wall_us = MONDAY_US + 14 * HOUR_US;
	watch_open(&t, w, &w->mia, ONLY_UNDELIVERED);
	over = raise(w, &w->anna, true);
	stays = raise(w, &w->anna, true);
	assert_false(watch_next(&t));
	end(w, &over);
	assert_false(watch_next(&t));
	w->h.wall_us += 10 * HOUR_US;
	app_tick(w->h.app);
	assert_true(watch_next(&t));
	assert_int_equal(t.n, 1);
	assert_int_equal(uuid_compare(&t.last, &stays), 0);
	assert_memory_equal(t.sentence, "1 alert since ", 14);
	assert_false(watch_next(&t));
	app_call_free(t.call);
}

/* ------------------------------------------------------------------- marks */

enum { MARKS = 1300, EVERY_OPEN = 100 };

struct marking {
	struct uuid user, alerts[MARKS];
};

static enum outrider_code
run_mark(void *user, struct store_conn *tx, struct outrider_err *err)
{
	const struct marking *m = user;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < MARKS && code == OUTRIDER_OK; i++)
		code = alert_mark_put(tx, &m->user, &m->alerts[i], 7, err);
	return code;
}

/* More than one write looks at: those of open alerts stay, no other. */
static void marks_go_with_their_alerts(void **state)
{
	struct world *w = *state;
	struct marking m = { .user = w->mia.id };
	struct store_conn *conn;
	struct outrider_err err;
	uint64_t rev;

	for (int i = 0; i < MARKS; i++)
		m.alerts[i] = i % EVERY_OPEN == 0 ? raise(w, &w->anna, true)
						  : harness_new_uuid(&w->h);
	assert_int_equal(store_write_now(w->h.store, run_mark, &m, &err),
			 OUTRIDER_OK);
	w->h.wall_us += 2 * HOUR_US;
	app_tick(w->h.app);
	while (store_run_writes(w->h.store))
		;
	assert_int_equal(store_reader_open(&conn, w->h.store, &err),
			 OUTRIDER_OK);
	for (int i = 0; i < MARKS; i++) {
		assert_int_equal(alert_mark_get(conn, &rev, &m.user,
						&m.alerts[i], &err),
				 OUTRIDER_OK);
		assert_int_equal(rev, i % EVERY_OPEN == 0 ? 7 : 0);
	}
	store_reader_close(conn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hours_may_go_over_midnight),
		cmocka_unit_test(weekdays_are_quiet_whole),
		cmocka_unit_test(hours_are_the_organisations),
		cmocka_unit_test(digest_names_what_there_is),
		cmocka_unit_test(bag_holds_the_newest),
		cmocka_unit_test(burst_is_ten_minutes),
		WITH_WORLD(delivery_is_kept_for_each_user),
		WITH_WORLD(what_cannot_be_is_refused),
		WITH_WORLD(night_comes_as_one_digest),
		WITH_WORLD(flood_comes_as_one_digest),
		WITH_WORLD(few_behind_a_burst_come_alone),
		WITH_WORLD(open_streams_follow_the_setting),
		WITH_WORLD(clock_may_jump),
		WITH_WORLD(nothing_comes_twice),
		WITH_WORLD(held_back_is_not_lost),
		WITH_WORLD(change_comes_again),
		WITH_WORLD(what_closed_itself_is_told_to_lists_alone),
		WITH_WORLD(what_is_over_leaves_the_digest),
		WITH_WORLD(marks_go_with_their_alerts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
