/*
 * handles: the blind index when the power goes, and when memory ends; and the
 * other helpers without memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "card_text.h"
#include "handles_audit.h"
#include "powered.h"

/* The contacts 1 and 2 with these numbers; NULL: it is deleted. */
static void make_page(struct phone *phone, struct message_maker *page,
		      uint64_t rev, const char *const numbers[2])
{
	maker_begin(page);
	for (uint8_t i = 0; i < 2; i++) {
		struct record_maker_args record = {
			.kind = CONTACT,
			.id = phone_id((uint8_t)(i + 1)),
			.rev = rev,
			.is_deleted = numbers[i] == NULL,
		};
		struct message_maker fields;
		maker_contact(&fields, &phone->user, "A", "B", numbers[i]);
		if (numbers[i] != NULL) {
			record.fields = maker_bytes(&fields);
			record.entered = 2;
			record.is_whole = true;
		}
		maker_record(page, &record);
		maker_end(&fields);
	}
	maker_finish_page(page, "cursor-1", true);
}

static bool count(void *user, const struct outrider_card *card)
{
	(void)card;
	++*(size_t *)user;
	return true;
}

static size_t who(struct phone *phone, const char *text)
{
	size_t n = 0;

	assert_int_equal(outrider_identify(phone->core, text, count, &n, NULL),
			 OUTRIDER_OK);
	return n;
}

static const char *const before[2] = { "+380 50 222 33 44", "050 222 33 44" };
static const char *const after[2] = { "+380 67 123 45 67", NULL };

static void the_power_goes_while_it_is_built(void **state)
{
	struct powered f;
	size_t n_whole = 0, n_none = 0;

	(void)state;
	powered_begin(&f);
	while (powered_next(&f)) {
		struct message_maker page;
		int64_t next_us;

		powered_ready(&f);
		make_page(&f.phone, &page, 7, before);
		phone_pull(&f.phone, maker_bytes(&page));
		maker_end(&page);
		f.phone.wall_us += 20000000;
		powered_cut(&f);
		(void)!outrider_step(f.phone.core, &next_us, NULL);
		assert_int_equal(who(&f.phone, "0502223344"), 2);
		powered_restart(&f);
		n_whole += f.phone.core->handles.is_complete;
		n_none += !f.phone.core->handles.is_complete;
		assert_int_equal(who(&f.phone, "0502223344"), 2);
		card_step(&f.phone);
		handles_audit(f.phone.core);
		assert_int_equal(who(&f.phone, "0502223344"), 2);
	}
	assert_true(n_whole > 0 && n_none > 0);
}

static void the_power_goes_while_it_follows(void **state)
{
	struct powered f;
	size_t n_old = 0, n_new = 0;

	(void)state;
	powered_begin(&f);
	while (powered_next(&f)) {
		struct message_maker page;
		bool is_new;

		powered_ready(&f);
		make_page(&f.phone, &page, 7, before);
		phone_pull(&f.phone, maker_bytes(&page));
		maker_end(&page);
		card_step(&f.phone);
		make_page(&f.phone, &page, 8, after);
		assert_int_equal(outrider_sync(f.phone.core, NULL),
				 OUTRIDER_OK);
		powered_cut(&f);
		(void)!phone_answer(&f.phone, maker_bytes(&page));
		maker_end(&page);
		powered_restart(&f);
		/* All of the page or none of it, and the index with it. */
		handles_audit(f.phone.core);
		is_new = who(&f.phone, "0671234567") == 1;
		assert_int_equal(who(&f.phone, "0502223344"), is_new ? 0 : 2);
		n_new += is_new;
		n_old += !is_new;
	}
	assert_true(n_old > 0 && n_new > 0);
}

/* ---------------------------------------------------------- without memory */

static bool
count_neighbour(void *user, const struct outrider_neighbour *neighbour)
{
	(void)neighbour;
	++*(size_t *)user;
	return true;
}

static bool count_stop(void *user, const struct outrider_stop *stop)
{
	(void)stop;
	++*(size_t *)user;
	return true;
}

static bool count_birthday(void *user, const struct outrider_birthday *birthday)
{
	(void)birthday;
	++*(size_t *)user;
	return true;
}

static bool count_promise(void *user, const struct outrider_promise *promise)
{
	(void)promise;
	++*(size_t *)user;
	return true;
}

static enum outrider_code near_it(struct phone *phone, size_t *n)
{
	return outrider_near(phone->core,
			     &(struct outrider_around){ .latitude = 50,
							.longitude = 30,
							.radius_m = 0,
							.limit = 0,
							.kind = NULL },
			     count_neighbour, n, NULL);
}

static enum outrider_code drive_it(struct phone *phone, size_t *n)
{
	struct outrider_drive_sum sum;
	struct outrider_trip asked = { .until_us = INT64_MAX };

	return outrider_drive(phone->core, &sum, &asked, count_stop, n, NULL);
}

static enum outrider_code look_at_birthdays(struct phone *phone, size_t *n)
{
	return outrider_birthdays(phone->core,
				  (struct outrider_date){ 2026, 1, 1 }, 366,
				  count_birthday, n, NULL);
}

static enum outrider_code look_at_promises(struct phone *phone, size_t *n)
{
	return outrider_promises(phone->core, 0, INT64_MAX, count_promise, n,
				 NULL);
}

static enum outrider_code identify_it(struct phone *phone, size_t *n)
{
	return outrider_identify(phone->core, "050 222 33 44", count, n, NULL);
}

/* Builds the index; it never fails, and finds numbers also without it. */
static enum outrider_code step_it(struct phone *phone, size_t *n)
{
	int64_t next_us;
	enum outrider_code code;

	phone->wall_us += 20000000;
	code = outrider_step(phone->core, &next_us, NULL);

	*n = code == OUTRIDER_OK;
	return code;
}

static const struct {
	enum outrider_code (*run)(struct phone *phone, size_t *n);
	size_t n; /* what it counts to */
} calls[] = {
	{ near_it, 3 },		 { drive_it, 1 },    { look_at_birthdays, 1 },
	{ look_at_promises, 1 }, { identify_it, 2 }, { step_it, 1 },
	{ identify_it, 2 },
};

static void fill(struct phone *phone)
{
	struct outrider_plan plan = { .subject = "M",
				      .latitude = 50,
				      .longitude = 30 };
	struct uuid company;
	char ref[128];

	phone_ready(phone);
	company = card_new(phone, "company", "display_name=C",
			   "phones.number=+380502223344", NULL);
	(void)card_new(phone, "place", "display_name=P", "latitude=50",
		       "longitude=30", card_ref(ref, "company_id", &company),
		       NULL);
	(void)card_new(phone, "contact", "family_name=K", "birthday.month=5",
		       "birthday.day=6", "phones.number=+380502223344",
		       card_ref(ref, "company_ids", &company), NULL);
	(void)card_new(phone, "task", "subject=T", NULL);
	plan.start_us = phone->wall_us + 1000000;
	plan.end_us = phone->wall_us + 3600000000;
	assert_int_equal(outrider_plan_meeting(phone->core, NULL, &plan, NULL),
			 OUTRIDER_OK);
	card_settle(phone);
}

static void each_allocation_fails(void **state)
{
	const size_t n_calls = sizeof(calls) / sizeof(calls[0]);

	(void)state;
	for (size_t i = 0; i < n_calls; i++) {
		bool has_failed = true;
		for (size_t k = 1; has_failed; k++) {
			struct phone phone;
			enum outrider_code code;
			size_t n = 0;

			fill(&phone);
			for (size_t j = 0; j < i; j++) {
				n = 0;
				assert_int_equal(calls[j].run(&phone, &n),
						 OUTRIDER_OK);
			}
			n = 0;
			phone_starve(&phone, k);
			code = calls[i].run(&phone, &n);
			has_failed = phone_feed(&phone);
			assert_true(code == OUTRIDER_OK ||
				    code == OUTRIDER_RESOURCE_EXHAUSTED);
			assert_true(code == OUTRIDER_OK || has_failed);
			if (code != OUTRIDER_OK) {
				n = 0;
				assert_int_equal(calls[i].run(&phone, &n),
						 OUTRIDER_OK);
			}
			assert_int_equal(n, calls[i].n);
			phone_free(&phone); /* and nothing is left over */
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_power_goes_while_it_is_built),
		cmocka_unit_test(the_power_goes_while_it_follows),
		cmocka_unit_test(each_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
