/*
 * Watch on the phone's side: when the call is open, and what a word of it does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "phone_host.h"

#define SECOND_US INT64_C(1000000)

enum { ABORTED = 10, UNIMPLEMENTED = 12, UNAVAILABLE = 14 };

static void pass(struct phone *phone, int64_t s)
{
	int64_t next_us;

	phone->wall_us += s * SECOND_US;
	phone->mono_us += s * SECOND_US;
	assert_int_equal(outrider_step(phone->core, &next_us, NULL),
			 OUTRIDER_OK);
}

static void begin(struct phone *phone)
{
	struct uuid id = phone_id(1);

	phone_ready(phone);
	phone_pull_contact(phone, &id, 7, "Ivan", "Petrov");
}

static void say_news(struct phone *phone)
{
	static const uint8_t news[] = { 0x08, 0x09 }; /* rev 9 */

	assert_int_equal(outrider_received(phone->core, phone->watch, news,
					   sizeof(news), NULL),
			 OUTRIDER_OK);
}

static void end_watch(struct phone *phone, int status)
{
	uint64_t call = phone->watch;

	assert_int_not_equal(call, 0);
	phone->watch = 0;
	outrider_ended(phone->core, call, status, "ended");
}

static void want(struct phone *phone, bool is_wanted)
{
	assert_int_equal(outrider_watch(phone->core, is_wanted, NULL),
			 OUTRIDER_OK);
}

static void a_word_starts_a_sync(void **state)
{
	struct outrider_event event;
	struct phone phone;

	(void)state;
	begin(&phone);
	pass(&phone, 1);
	assert_int_equal(phone.watch, 0); /* nobody asked for it */
	want(&phone, true);
	assert_int_not_equal(phone.watch, 0);
	/* Silence is fine, for as long as it lasts. */
	pass(&phone, 3600);
	assert_int_equal(phone.n_watched, 1);
	assert_int_equal(phone.call, 0);
	say_news(&phone);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	/* Two calls are under way. Another word now: once more afterwards. */
	say_news(&phone);
	say_news(&phone);
	phone_answer_empty_pull(&phone);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_DONE, &event));
	phone_answer_empty_pull(&phone);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_DONE, &event));
	assert_int_equal(phone.call, 0);
	assert_int_equal(phone.n_watched, 1);
	want(&phone, false);
	assert_int_equal(phone.watch, 0);
	assert_int_equal(phone.n_cancelled, 1);
	pass(&phone, 3600);
	assert_int_equal(phone.n_watched, 1);
	phone_free(&phone);
}

static void it_comes_back_and_waits_longer_each_time(void **state)
{
	struct phone phone;
	size_t n_quick, n_slow;

	(void)state;
	begin(&phone);
	want(&phone, true);
	end_watch(&phone, UNAVAILABLE);
	pass(&phone, 0);
	assert_int_equal(phone.watch, 0); /* not at once */
	for (int i = 0; i < 30; i++) {
		pass(&phone, 1);
		if (phone.watch != 0)
			end_watch(&phone, UNAVAILABLE);
	}
	n_quick = phone.n_watched;
	assert_in_range(n_quick, 3, 8);
	for (int i = 0; i < 3600; i++) {
		pass(&phone, 1);
		if (phone.watch != 0)
			end_watch(&phone, UNAVAILABLE);
	}
	n_slow = phone.n_watched - n_quick;
	assert_in_range(n_slow, 3600 / 300, 3600 / 150 + 6);
	/* One that held well begins anew. */
	pass(&phone, 300);
	assert_int_not_equal(phone.watch, 0);
	pass(&phone, 61);
	end_watch(&phone, UNAVAILABLE);
	pass(&phone, 2);
	assert_int_not_equal(phone.watch, 0);
	phone_free(&phone);
}

/* Rights that changed: pull, and watch anew. */
static void other_rights_are_pulled(void **state)
{
	struct phone phone;

	(void)state;
	begin(&phone);
	want(&phone, true);
	end_watch(&phone, ABORTED);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	pass(&phone, 5);
	assert_int_equal(phone.watch, 0); /* the cursor is on its way */
	phone_answer_empty_pull(&phone);
	pass(&phone, 5);
	assert_int_not_equal(phone.watch, 0);
	phone_free(&phone);
}

static void a_lock_ends_it_until_it_is_open_again(void **state)
{
	struct phone phone;

	(void)state;
	begin(&phone);
	want(&phone, true);
	outrider_lock(phone.core);
	assert_int_equal(phone.watch, 0);
	pass(&phone, 60);
	assert_int_equal(phone.watch, 0);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	pass(&phone, 1);
	assert_int_not_equal(phone.watch, 0);
	phone_free(&phone);
}

static void what_was_never_pulled_is_pulled_first(void **state)
{
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	want(&phone, true);
	assert_int_equal(phone.watch, 0);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	phone_answer_empty_pull(&phone);
	pass(&phone, 2);
	assert_int_not_equal(phone.watch, 0);
	phone_free(&phone);
}

static void strange_words_end_it(void **state)
{
	struct phone phone;

	(void)state;
	begin(&phone);
	want(&phone, true);
	assert_int_equal(outrider_received(phone.core, phone.watch,
					   (const uint8_t *)"\xff", 1, NULL),
			 OUTRIDER_DATA_LOSS);
	assert_int_equal(phone.watch, 0);
	assert_int_equal(phone.call, 0);
	pass(&phone, 2);
	assert_int_not_equal(phone.watch, 0);
	/* A server that knows no Watch is not asked all the time. */
	end_watch(&phone, UNIMPLEMENTED);
	pass(&phone, 1200);
	assert_int_equal(phone.watch, 0);
	phone_free(&phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_starts_a_sync),
		cmocka_unit_test(it_comes_back_and_waits_longer_each_time),
		cmocka_unit_test(other_rights_are_pulled),
		cmocka_unit_test(a_lock_ends_it_until_it_is_open_again),
		cmocka_unit_test(what_was_never_pulled_is_pulled_first),
		cmocka_unit_test(strange_words_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
