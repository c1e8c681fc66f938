/*
 * The phone without memory: each allocation of a day's work fails in turn. The
 * call that needed it says so, nothing leaks, nothing is lost, and the same
 * call works when there is memory again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "phone_host.h"
#include "test_vfs.h"

static const struct bytes NOTHING = { NULL, 0 };

static uint64_t no_dice(void *user)
{
	(void)user;
	return 0;
}

static bool count(void *user, const struct outrider_card *card)
{
	(void)card;
	++*(size_t *)user;
	return true;
}

static enum outrider_code open_it(struct phone *phone)
{
	return phone_open(phone, NULL);
}

static enum outrider_code unlock_it(struct phone *phone)
{
	return outrider_unlock(phone->core, PHONE_PIN, NULL);
}

static enum outrider_code pull_it(struct phone *phone)
{
	struct message_maker page;
	enum outrider_code code;

	if (phone->call == 0)
		(void)!outrider_sync(phone->core, NULL);
	if (phone->call == 0)
		return OUTRIDER_RESOURCE_EXHAUSTED;
	phone_make_page(phone, &page);
	code = phone_answer(phone, maker_bytes(&page));
	maker_end(&page);
	if (code == OUTRIDER_OK)
		phone_end(phone, 0, NULL);
	return code;
}

static enum outrider_code edit_it(struct phone *phone)
{
	struct uuid id = phone_id(1);
	struct outrider_edit *edit;
	enum outrider_code code;

	code = outrider_edit_begin(&edit, phone->core, "contact", id.at, NULL);
	if (code != OUTRIDER_OK)
		return code;
	code = outrider_edit_set(edit, "phones.number", "+49 30 1234567", NULL);
	if (code == OUTRIDER_OK)
		code = outrider_edit_set(edit, "given_name", "Pyotr", NULL);
	if (code == OUTRIDER_OK)
		return outrider_edit_commit(edit, NULL, NULL);
	outrider_edit_discard(edit);
	return code;
}

static enum outrider_code plan_it(struct phone *phone)
{
	const struct outrider_plan plan = {
		.subject = "Spring order",
		.start_us = phone->wall_us + INT64_C(3600000000),
		.end_us = phone->wall_us + INT64_C(7200000000),
		.latitude = 50.1,
		.longitude = 14.4,
	};

	return outrider_plan_meeting(phone->core, NULL, &plan, NULL);
}

static enum outrider_code find_it(struct phone *phone)
{
	enum outrider_code code;
	size_t n = 0;

	code = outrider_card_find(phone->core, NULL, "petrov", 0, count, &n,
				  NULL);
	if (code == OUTRIDER_OK)
		assert_int_equal(n, 2);
	return code;
}

static enum outrider_code look_at_agenda(struct phone *phone)
{
	enum outrider_code code;
	size_t n = 0;

	code = outrider_agenda(phone->core, phone->wall_us, INT64_MAX, count,
			       &n, NULL);
	if (code == OUTRIDER_OK)
		assert_int_equal(n, 1);
	return code;
}

static enum outrider_code push_it(struct phone *phone)
{
	struct message_maker answer;
	enum outrider_code code;

	if (phone->call == 0)
		(void)!outrider_sync(phone->core, NULL);
	if (phone->call == 0)
		return OUTRIDER_RESOURCE_EXHAUSTED;
	maker_begin(&answer);
	maker_result(&answer, APPLIED, 9, NOTHING, 0, NULL, NULL);
	maker_result(&answer, APPLIED, 10, NOTHING, 0, NULL, NULL);
	code = phone_answer(phone, maker_bytes(&answer));
	maker_end(&answer);
	if (code == OUTRIDER_OK)
		phone_end(phone, 0, NULL);
	return code;
}

static uint8_t checked_in[16];

/* Twice where the first failed: the meeting then isn't there yet. */
static enum outrider_code check_in_it(struct phone *phone)
{
	const struct outrider_fix fix = { .time_us = phone->wall_us,
					  .latitude = 48.2,
					  .longitude = 16.4,
					  .accuracy_m = 8 };
	const struct outrider_check_in asked = { .fix = &fix,
						 .is_at_spot = true };

	return outrider_check_in(phone->core, checked_in, &asked, NULL);
}

static enum outrider_code say_outcome(struct phone *phone)
{
	const struct outrider_outcome outcome = {
		.text = "Ten pallets",
		.next_start_us = phone->wall_us + INT64_C(86400000000),
	};

	return outrider_set_outcome(phone->core, checked_in, NULL, &outcome,
				    NULL);
}

static bool count_visit(void *user, const struct outrider_visit *visit)
{
	++*(size_t *)user;
	return visit->sentence[0] != '\0';
}

static bool count_page(void *user, const struct outrider_sampled *sampled)
{
	++*(size_t *)user;
	return sampled->n_fixes > 0;
}

static enum outrider_code look_at_visits(struct phone *phone)
{
	enum outrider_code code;
	int64_t next_us;
	size_t n = 0;

	/* The window opens with the step, where it didn't with the check-in. */
	code = outrider_step(phone->core, &next_us, NULL);
	if (code == OUTRIDER_OK)
		code = outrider_visits(phone->core, count_visit, &n, NULL);
	if (code == OUTRIDER_OK)
		code = outrider_ledger(phone->core, 0, INT64_MAX, count_page,
				       &n, NULL);
	if (code == OUTRIDER_OK)
		assert_int_equal(n, 2);
	return code;
}

static const struct {
	const char *name;
	enum outrider_code (*run)(struct phone *phone);
} steps[] = {
	{ "open", open_it },	      { "unlock", unlock_it },
	{ "pull", pull_it },	      { "edit", edit_it },
	{ "plan", plan_it },	      { "find", find_it },
	{ "agenda", look_at_agenda }, { "push", push_it },
	{ "check-in", check_in_it },  { "outcome", say_outcome },
	{ "visits", look_at_visits },
};

/* One step with its n-th allocation failing, then with memory. Where the lack
 * of it closed the cards, they are opened again. */
static bool run_step(struct phone *phone, size_t step, size_t n)
{
	enum outrider_code code;
	bool has_failed;

	phone->n_asked = 0;
	phone->fail_at = n;
	code = steps[step].run(phone);
	has_failed = n != 0 && phone->n_asked >= n;
	phone->fail_at = 0;
	if (code != OUTRIDER_OK && code != OUTRIDER_RESOURCE_EXHAUSTED) {
		print_message("%s, allocation %zu: %s\n", steps[step].name, n,
			      outrider_code_name(code));
		fail();
	}
	if (code == OUTRIDER_OK)
		return has_failed;
	assert_true(has_failed);
	if (step > 1 && phone->core != NULL && !phone_status(phone).is_unlocked)
		assert_int_equal(unlock_it(phone), OUTRIDER_OK);
	if (steps[step].run(phone) != OUTRIDER_OK) {
		print_message("%s, allocation %zu: not again\n",
			      steps[step].name, n);
		fail();
	}
	return has_failed;
}

static void each_allocation_fails(void **state)
{
	const size_t n_steps = sizeof(steps) / sizeof(steps[0]);
	struct test_disk *disk = test_disk_make("phone-memory", no_dice, NULL);

	(void)state;
	for (size_t failing = 0; failing < n_steps; failing++) {
		bool has_failed = true;
		for (size_t n = 1; has_failed; n++) {
			struct phone phone;
			struct uuid id = phone_id(1);

			phone_make(&phone);
			phone.vfs = "phone-memory";
			snprintf(phone.path, sizeof(phone.path), "p%zu-%zu",
				 failing, n);
			/* Enrolled before; the day begins with opening. */
			assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
			phone_enroll(&phone);
			phone_close(&phone);
			for (size_t i = 0; i < n_steps; i++)
				if (i != failing)
					(void)run_step(&phone, i, 0);
				else
					has_failed = run_step(&phone, i, n);
			assert_string_equal(phone_shows(&phone, &id,
							"given_name"),
					    "Pyotr");
			assert_int_equal(phone_status(&phone).n_cards, 5);
			assert_int_equal(phone_status(&phone).n_waiting, 3);
			phone_free(&phone); /* and no memory is left over */
			test_disk_free(disk);
			disk = test_disk_make("phone-memory", no_dice, NULL);
		}
	}
	test_disk_free(disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
