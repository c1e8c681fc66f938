/*
 * What the rep is told of a visit: the finding, how sure it is, and why, in
 * whole sentences that hold nothing against anybody who isn't surely away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "visit_words.h"

static const struct visit_plan PLAN = {
	.start_us = INT64_C(1767250800000000),
	.end_us = INT64_C(1767252600000000),
	.min_dwell_s = 180,
};

/* The window opens a quarter of an hour before the start. */
static void expect(const struct visit_verdict *verdict,
		   const struct tick_signals *signals, bool is_over,
		   const char *expected)
{
	const struct visit_telling telling = {
		.plan = &PLAN,
		.verdict = verdict,
		.signals = signals,
		.opened_us = PLAN.start_us - INT64_C(900000000),
		.is_over = is_over,
	};
	char words[VISIT_WORDS_MAX + 1];

	visit_words(words, &telling);
	assert_string_equal(words, expected);
}

static void who_was_there_reads_when_and_how_long(void **state)
{
	const struct tick_signals signals = { .low_power_s = 60 };
	struct visit_verdict verdict = {
		.word = VISIT_PRESENT,
		.certainty = VISIT_FIRM,
		.log_odds_mnat = 20000,
		.arrival = { .at_ds = 10200, .lo_ds = 9900, .hi_ds = 10500 },
		.dwell = { .at_ds = 17400, .lo_ds = 16900, .hi_ds = 17900 },
		.coverage_permille = 960,
	};

	(void)state;
	expect(&verdict, &signals, true,
	       "You were at the place for 29 min (between 28 min and 30 min), "
	       "from 2 min after the start on. That is certain: fixes cover "
	       "96 % of the time; fixes were held back to save the battery "
	       "for 60 s.");
	verdict.word = VISIT_LATE;
	verdict.certainty = VISIT_DOUBTFUL;
	verdict.arrival.at_ds = 16200;
	verdict.arrival.lo_ds = 14400;
	expect(&verdict, &signals, false,
	       "So far: You came late: you were at the place for 29 min "
	       "(between 28 min and 30 min), from 12 min after the start on. "
	       "That is not certain, as it may have begun in time, and held "
	       "against nobody: fixes cover 96 % of the time; fixes were held "
	       "back to save the battery for 60 s.");
}

static void who_was_not_seen_reads_why_that_says_little(void **state)
{
	const struct tick_signals signals = { .fixes = 1 };
	struct visit_verdict verdict = {
		.word = VISIT_ELSEWHERE,
		.certainty = VISIT_DOUBTFUL,
		.log_odds_mnat = -20000,
		.coverage_permille = 1000,
	};

	(void)state;
	expect(&verdict, &signals, true,
	       "Most of the time you were at another place. That is not "
	       "certain, as a short stop at the place itself can't be ruled "
	       "out, and held against nobody: fixes cover 100 % of the time.");
	verdict.word = VISIT_ABSENT;
	verdict.log_odds_mnat = -7000;
	expect(&verdict, &signals, true,
	       "You were not seen at the place. That is not certain, as the "
	       "phone is known to have been elsewhere for less than half of "
	       "the time, and held against nobody: fixes cover 100 % of the "
	       "time.");
}

/* Few fixes reach as far as many: then it's not their reach that is told. */
static void too_few_fixes_are_held_against_nobody(void **state)
{
	const struct tick_signals signals = { .gps_off_s = 600 };
	struct visit_verdict verdict = {
		.word = VISIT_NO_DATA,
		.certainty = VISIT_DOUBTFUL,
		.coverage_permille = 299,
	};

	(void)state;
	expect(&verdict, &signals, true,
	       "The phone gave too few fixes to tell, which is held against "
	       "nobody: fixes cover 30 % of the time; location was switched "
	       "off for 10 min.");
	verdict.coverage_permille = 300;
	expect(&verdict, &signals, true,
	       "The phone gave too few fixes to tell, which is held against "
	       "nobody: none of them was clearly away from the place; location "
	       "was switched off for 10 min.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_there_reads_when_and_how_long),
		cmocka_unit_test(who_was_not_seen_reads_why_that_says_little),
		cmocka_unit_test(too_few_fixes_are_held_against_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
