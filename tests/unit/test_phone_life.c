/*
 * The phone's life: enrolling, the PIN, the lease, locking, hooks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "phone_host.h"

static void enrolling_again_and_again(void **state)
{
	struct phone phone;
	struct outrider_event event;
	uint8_t first[16], second[16];

	(void)state;
	phone_make(&phone);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(outrider_sync(phone.core, NULL),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(outrider_enroll(phone.core, "K7QM", "x", "123", NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	/* The answer got lost: the same code comes from the same device. */
	assert_int_equal(outrider_enroll(phone.core, "K7QM", "x", "1234", NULL),
			 OUTRIDER_OK);
	memcpy(first, phone_asked(&phone, 2).at, 16);
	phone_end(&phone, 14, "cut");
	assert_true(phone_event(&phone, OUTRIDER_EVENT_ENROLL_FAILED, &event));
	assert_int_equal(event.code, OUTRIDER_UNAVAILABLE);
	phone_close(&phone);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_enroll(phone.core, "K7QM", "x", "1234", NULL),
			 OUTRIDER_OK);
	memcpy(second, phone_asked(&phone, 2).at, 16);
	assert_memory_equal(first, second, 16);
	phone_end(&phone, 16, "no such code");
	/* Another code, another device. */
	assert_int_equal(outrider_enroll(phone.core, "ABCD", "x", "1234", NULL),
			 OUTRIDER_OK);
	assert_memory_not_equal(first, phone_asked(&phone, 2).at, 16);
	phone_end(&phone, 16, "no such code");
	phone_enroll(&phone);
	assert_int_equal(outrider_enroll(phone.core, "ABCD", "x", "1234", NULL),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_string_equal(phone_status(&phone).user_name, "Anna Rep");
	assert_string_equal(outrider_device_token(phone.core),
			    "token-of-the-device");
	phone_free(&phone);
}

/* The answer came, the end of the call never does: who asked for a sync behind
 * it gets one when the call is given up, and nobody hears that it failed. */
static void an_enrolment_without_an_end(void **state)
{
	struct phone phone;
	struct message_maker answer;
	struct outrider_event event;
	int64_t next_us;

	(void)state;
	phone_make(&phone);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_enroll(phone.core, "K7QM", "x", PHONE_PIN,
					 NULL),
			 OUTRIDER_OK);
	maker_begin(&answer);
	maker_text(&answer, 1, "token-of-the-device");
	maker_id(&answer, 2, &phone.user);
	maker_text(&answer, 3, "Anna Rep");
	maker_number(&answer, 4, 1);
	maker_bytes_of(&answer, 5, phone.secret, 32);
	maker_bytes_of(&answer, 6, phone.secret, 32);
	assert_int_equal(phone_answer(&phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&phone, "AuthService/EnrollDevice"));
	phone.mono_us += INT64_C(130) * 1000000;
	phone.wall_us += INT64_C(130) * 1000000;
	assert_int_equal(outrider_step(phone.core, &next_us, NULL),
			 OUTRIDER_OK);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	while (outrider_next_event(phone.core, &event))
		assert_int_not_equal(event.type, OUTRIDER_EVENT_ENROLL_FAILED);
	phone_free(&phone);
}

static void the_lease(void **state)
{
	const int64_t day_us = INT64_C(24) * 3600 * 1000000;
	struct phone phone;
	struct message_maker answer;
	struct outrider_event event;
	int64_t next_us;

	(void)state;
	phone_ready(&phone);
	assert_int_equal(phone_status(&phone).lease_until_us,
			 phone.wall_us + 14 * day_us);
	/* It ends while the cards are open: they close. */
	phone.wall_us += 14 * day_us;
	assert_int_equal(outrider_step(phone.core, &next_us, NULL),
			 OUTRIDER_OK);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_LOCKED, &event));
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_FAILED_PRECONDITION);
	/* Setting the clock back doesn't help: it was seen. */
	phone.wall_us -= 14 * day_us;
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_FAILED_PRECONDITION);

	/* Locked, the phone is heard of by an empty push, and is well again:
	 * also one whose clock ran ahead, and was set right. */
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&phone, "SyncService/Push"));
	assert_int_equal(phone_count_mutations(&phone), 0);
	maker_begin(&answer);
	maker_number(&answer, 2, (uint64_t)phone.wall_us);
	assert_int_equal(phone_answer(&phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	phone_end(&phone, 0, NULL);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_DONE, &event));
	assert_int_equal(phone_status(&phone).lease_until_us,
			 phone.wall_us + 14 * day_us);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	outrider_lock(phone.core);
	/* Not again on the same day. */
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(phone.call, 0);
	phone_free(&phone);
}

/* A sync of a phone whose cards are locked asks nothing of them, and is none
 * that failed. */
static void locked_cards_are_silent(void **state)
{
	struct phone phone;
	struct outrider_event event;
	struct uuid id = phone_id(1);

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_edit(&phone, &id, "position", "Buyer");
	outrider_lock(phone.core);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(phone.call, 0);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_DONE, &event));
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&phone, "SyncService/Push"));
	phone_free(&phone);
}

static void locked_cards_stop_a_pull(void **state)
{
	struct phone phone;
	struct outrider_event event;
	struct message_maker page;

	(void)state;
	phone_ready(&phone);
	phone_make_page(&phone, &page);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	outrider_lock(phone.core);
	assert_int_equal(phone.n_cancelled, 1);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)),
			 OUTRIDER_OK); /* passed over */
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_FAILED, &event));
	assert_int_equal(event.code, OUTRIDER_LOCKED);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(phone_status(&phone).n_cards, 0);
	maker_end(&page);
	phone_free(&phone);
}

static void call_back(struct phone *phone)
{
	struct outrider_status status;
	struct outrider_err err;

	assert_int_equal(outrider_sync(phone->core, &err), OUTRIDER_BUSY);
	assert_int_equal(err.code, OUTRIDER_BUSY);
	outrider_ended(phone->core, phone->call, 14, NULL);
	outrider_get_status(phone->core, &status);
	assert_false(status.is_enrolled);
}

static void hooks_may_not_call(void **state)
{
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	phone.in_send = call_back;
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone.in_send = NULL;
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	phone_answer_empty_pull(&phone);
	phone_free(&phone);
}

/* Asked for between the answer and the end of its call: it follows. */
static void a_sync_right_behind_the_answer(void **state)
{
	struct phone phone;

	(void)state;
	phone_make(&phone);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_enroll(phone.core, "K7QM-4XPA-9D2T", "a test",
					 PHONE_PIN, NULL),
			 OUTRIDER_OK);
	phone_answer_enroll(&phone);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&phone, "AuthService/EnrollDevice"));
	phone_end(&phone, 0, NULL);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	phone_answer_empty_pull(&phone);
	/* Once. */
	assert_int_equal(phone.call, 0);
	phone_free(&phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enrolling_again_and_again),
		cmocka_unit_test(a_sync_right_behind_the_answer),
		cmocka_unit_test(an_enrolment_without_an_end),
		cmocka_unit_test(the_lease),
		cmocka_unit_test(locked_cards_are_silent),
		cmocka_unit_test(locked_cards_stop_a_pull),
		cmocka_unit_test(hooks_may_not_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
