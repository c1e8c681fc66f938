/*
 * The platform's hints on generated days: fewer fixes, and the same words. The
 * phone asks its GPS when it is told to, and hints come from how it truly
 * moves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rep_day.h"
#include "test_vfs.h"

enum {
	DAYS = 3,
	STILL_S = 90, /* as long without movement: the platform says so */
	MOVED_M = 25,
	NO_FIX_S = 15, /* after one that the GPS couldn't give */
};

static struct rep_day d;

/* By the phone's own sensors: no GPS in it. */
static bool is_still(uint32_t at_s)
{
	const struct day_step *now = &d.day.steps[at_s];
	const struct day_step *then =
		&d.day.steps[at_s > STILL_S ? at_s - STILL_S : 0];
	double east_m = (double)now->east_m - (double)then->east_m;
	double north_m = (double)now->north_m - (double)then->north_m;

	return east_m * east_m + north_m * north_m < MOVED_M * MOVED_M;
}

/* What the GPS says at that second, if it says something. */
static bool ask_gps(uint32_t at_s, size_t *next)
{
	while (*next < d.n_seen && d.seen[*next].at_s < at_s)
		++*next;
	if (*next == d.n_seen || d.seen[*next].at_s >= at_s + SIGHT_EVERY_S)
		return false;
	const struct sighting *s = &d.seen[*next];
	const struct outrider_fix fix = rep_day_fix(&d, s);
	rep_day_go(&d, fix.time_us > d.rep.phone.wall_us ? fix.time_us
							 : d.rep.phone.wall_us);
	assert_int_equal(outrider_add_fix(d.rep.phone.core, &fix, NULL),
			 OUTRIDER_OK);
	return true;
}

/* Returns how often the GPS was asked. */
static size_t live(bool has_hints)
{
	uint32_t asked_s = 0, wanted_s;
	size_t n_asked = 0, next = 0;
	bool was_still = false;
	int64_t until_us;

	for (uint32_t s = d.day.begins_s; s < d.day.ends_s;
	     s += SIGHT_EVERY_S) {
		bool still = is_still(s);

		rep_day_go(&d, rep_day_us(&d, s));
		if (s % 60 == 0)
			rep_wait(&d.rep, 0);
		/* Said when it changes, and now and then while it lasts. */
		if (has_hints && (still != was_still || s % 600 == 0))
			outrider_hint(d.rep.phone.core,
				      still ? OUTRIDER_HINT_STILL
					    : OUTRIDER_HINT_MOVING);
		was_still = still;
		wanted_s =
			outrider_wanted_interval(d.rep.phone.core, &until_us);
		if (wanted_s == 0 || s < asked_s + wanted_s)
			continue;
		n_asked++;
		asked_s = s;
		if (!ask_gps(s, &next) && wanted_s > NO_FIX_S)
			asked_s = s - wanted_s + NO_FIX_S;
	}
	rep_day_go(&d, rep_day_us(&d, d.day.ends_s));
	rep_wait(&d.rep, REP_HOUR);
	return n_asked;
}

static size_t
words_of_a_day(const char *words[DAY_MEETINGS], uint64_t seed, bool has_hints)
{
	struct test_disk *disk = test_disk_make("hints", NULL, NULL);
	size_t n_asked;

	rep_day_live(&d, seed);
	rep_ready_on(&d.rep, "hints");
	rep_day_plan(&d);
	n_asked = live(has_hints);
	for (size_t i = 0; i < DAY_MEETINGS; i++)
		words[i] = rep_visit(&d.rep, &d.meetings[i], NULL).word;
	rep_free(&d.rep);
	test_disk_free(disk);
	return n_asked;
}

static void fewer_fixes_and_the_same_words(void **state)
{
	size_t n_with = 0, n_without = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= DAYS; seed++) {
		const char *with[DAY_MEETINGS], *without[DAY_MEETINGS];

		n_without += words_of_a_day(without, seed, false);
		n_with += words_of_a_day(with, seed, true);
		for (size_t i = 0; i < DAY_MEETINGS; i++) {
			print_message("%-9s %-9s %s\n", without[i], with[i],
				      d.day.meetings[i].story);
			assert_string_equal(with[i], without[i]);
			assert_string_equal(
				with[i],
				visit_word_name(d.day.meetings[i].expected));
		}
	}
	print_message("GPS asked %zu times without hints, %zu with\n",
		      n_without, n_with);
	assert_true(n_with < n_without);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fewer_fixes_and_the_same_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
