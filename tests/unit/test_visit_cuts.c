/*
 * The power goes while a rep checks in, and says what came of it: what was
 * asked for in one go is there whole, or not at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "powered.h"

static const int64_t HOUR_US = INT64_C(3600) * 1000000;

static enum outrider_code check_in(struct phone *phone, uint8_t id[16])
{
	const struct outrider_fix fix = { .time_us = phone->wall_us,
					  .latitude = 48.2,
					  .longitude = 16.4,
					  .accuracy_m = 8 };
	const struct outrider_check_in asked = { .fix = &fix,
						 .is_at_spot = true,
						 .minutes = 30 };

	return outrider_check_in(phone->core, id, &asked, NULL);
}

static bool count_card(void *user, const struct outrider_card *card)
{
	(void)card;
	++*(size_t *)user;
	return true;
}

static size_t count_meetings(struct phone *phone)
{
	size_t n = 0;

	assert_int_equal(outrider_agenda(phone->core, 0, INT64_MAX, count_card,
					 &n, NULL),
			 OUTRIDER_OK);
	return n;
}

static bool count_visit(void *user, const struct outrider_visit *visit)
{
	(void)visit;
	++*(size_t *)user;
	return true;
}

static bool count_page(void *user, const struct outrider_sampled *sampled)
{
	/* An entry of the chain and its page come together. */
	*(size_t *)user += sampled->is_open ? 100 : 1;
	return true;
}

static void a_check_in_and_a_power_cut(void **state)
{
	struct powered p;

	(void)state;
	powered_begin(&p);
	while (powered_next(&p)) {
		uint8_t id[16];
		int64_t next_us;
		size_t n_visits = 0, n_pages = 0;

		powered_ready(&p);
		powered_cut(&p);
		(void)!check_in(&p.phone, id);
		powered_restart(&p);
		assert_true(count_meetings(&p.phone) <= 1);
		if (!p.was_cut)
			assert_int_equal(count_meetings(&p.phone), 1);
		/* What is planned is watched, and what was watched is told. */
		p.phone.wall_us += HOUR_US;
		p.phone.mono_us += HOUR_US;
		assert_int_equal(outrider_step(p.phone.core, &next_us, NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_visits(p.phone.core, count_visit,
						 &n_visits, NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_ledger(p.phone.core, 0, INT64_MAX,
						 count_page, &n_pages, NULL),
				 OUTRIDER_OK);
		assert_int_equal(n_visits, count_meetings(&p.phone));
		assert_int_equal(n_pages, n_visits);
	}
}

/* Is the meeting's outcome there? */
static bool has_outcome(struct phone *phone, const uint8_t id[16])
{
	struct outrider_card card;
	char text[80];

	assert_int_equal(outrider_card_get(phone->core, &card, "meeting", id,
					   NULL),
			 OUTRIDER_OK);
	return outrider_card_text(text, sizeof(text), "meeting", card.fields,
				  card.len, "outcome", 0) > 0;
}

static void an_outcome_and_a_power_cut(void **state)
{
	struct powered p;

	(void)state;
	powered_begin(&p);
	while (powered_next(&p)) {
		struct outrider_outcome outcome = { .text = "Ten pallets" };
		uint8_t id[16];
		bool is_there;

		powered_ready(&p);
		assert_int_equal(check_in(&p.phone, id), OUTRIDER_OK);
		outcome.next_start_us = p.phone.wall_us + 48 * HOUR_US;
		powered_cut(&p);
		(void)!outrider_set_outcome(p.phone.core, id, NULL, &outcome,
					    NULL);
		powered_restart(&p);
		is_there = has_outcome(&p.phone, id);
		assert_int_equal(count_meetings(&p.phone), is_there ? 2 : 1);
		assert_true(is_there || p.was_cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_check_in_and_a_power_cut),
		cmocka_unit_test(an_outcome_and_a_power_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
