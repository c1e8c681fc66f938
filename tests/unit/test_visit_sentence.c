/*
 * Findings in words: whole sentences, true to the numbers, whatever they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/visit_sentence.h"
#include "model/visit.h"

/* 2026-06-01 14:00 UTC */
#define START_US  INT64_C(1780322400000000)
#define MINUTE_US INT64_C(60000000)

static struct visit_finding sample(void)
{
	return (struct visit_finding){
		.start_us = START_US,
		.end_us = START_US + 30 * MINUTE_US,
		.min_dwell_s = 180,
		.word = VISIT_PRESENT,
		.certainty = VISIT_FIRM,
		.arrived_us = START_US + 2 * MINUTE_US,
		.departed_us = START_US + 31 * MINUTE_US,
		.dwell_ds = 17400,
		.dwell_lo_ds = 16900,
		.dwell_hi_ds = 17900,
		.coverage_permille = 960,
		.is_reproduced = true,
		.is_plan_agreed = true,
	};
}

static void expect(const struct visit_finding *visit, const char *expected)
{
	char sentence[VISIT_SENTENCE_MAX + 1];

	assert_int_equal(visit_sentence(sentence, visit), strlen(expected));
	assert_string_equal(sentence, expected);
}

/* When it was, where no stay tells it. */
static void sentences_of_check_ins(void **state)
{
	struct visit_finding visit = sample();
	char sentence[VISIT_SENTENCE_MAX + 1];

	(void)state;
	visit.is_unplanned = true;
	expect(&visit,
	       "Was at the place 14:02-14:31 UTC (29 min, sure to within "
	       "1 min), checked in, not planned; GPS covered 96 % of the "
	       "time; certain.");
	visit.word = VISIT_ABSENT;
	expect(&visit,
	       "Was not seen at the place, checked in at 14:00 UTC, not "
	       "planned; GPS covered 96 % of the time; certain.");
	/* What the rep says is neither believed nor doubted. */
	visit.word = VISIT_NO_DATA;
	visit.certainty = VISIT_DOUBTFUL;
	visit.coverage_permille = 299;
	expect(&visit,
	       "Checked in at 14:00 UTC, not planned, and too few GPS fixes "
	       "came to confirm it; GPS covered 30 % of the time.");
	visit.coverage_permille = 1000;
	expect(&visit,
	       "Checked in at 14:00 UTC, not planned, and too few GPS fixes "
	       "came to confirm it; none of them was clearly away from the "
	       "place.");
	(void)visit_sentence_none(sentence, visit.start_us, visit.end_us, true);
	assert_string_equal(sentence, "No evidence has come yet, checked in at "
				      "14:00 UTC.");
	(void)visit_sentence_none(sentence, visit.start_us, visit.end_us,
				  false);
	assert_string_equal(sentence, "No evidence has come yet, planned "
				      "14:00-14:30 UTC.");
}

/* Who is to judge a doubtful meeting reads what the doubt is. */
static void sentences_say_why_it_is_not_certain(void **state)
{
	static const struct {
		enum visit_word word;
		uint32_t dwell_lo_ds, dwell_hi_ds;
		int arrived_lo_min; /* after the start */
		int32_t log_odds_milli;
		const char *why;
	} known[] = {
		{ VISIT_PRESENT, 1799, 17900, 0, 20000,
		  "not certain (it may have been too short for a meeting)." },
		{ VISIT_PRESENT, 1800, 17900, 0, 4599,
		  "not certain (the GPS was too rough to rule out a place "
		  "close by)." },
		/* Made up, and told as such behind it. */
		{ VISIT_PRESENT, 1800, 17900, 0, 4600, "not certain." },
		{ VISIT_LATE, 1799, 17900, 11, 20000,
		  "not certain (it may have been too short for a meeting)." },
		{ VISIT_LATE, 1800, 17900, 10, 20000,
		  "not certain (it may have begun in time)." },
		{ VISIT_LATE, 1800, 17900, 11, 1000,
		  "not certain (the GPS was too rough to rule out a place "
		  "close by)." },
		{ VISIT_SHORT, 0, 17900, 0, 20000,
		  "not certain (it may have been long enough)." },
		{ VISIT_ABSENT, 0, 0, 0, -1000 - 499 * 19,
		  "not certain (the phone is known to have been elsewhere for "
		  "less than half of the time)." },
		{ VISIT_ABSENT, 0, 0, 0, -1000 - 500 * 19,
		  "not certain (a short stop at the place itself can't be "
		  "ruled out)." },
		{ VISIT_ELSEWHERE, 0, 0, 0, -20000,
		  "not certain (a short stop at the place itself can't be "
		  "ruled out)." },
		{ VISIT_NEARBY, 0, 0, 0, -3000,
		  "not certain (the phone is known to have been elsewhere for "
		  "less than half of the time)." },
		{ VISIT_NO_DATA, 0, 0, 0, 0,
		  "none of them was clearly away from the place." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct visit_finding visit = sample();
		char sentence[VISIT_SENTENCE_MAX + 1];
		const char *end;

		visit.certainty = VISIT_DOUBTFUL;
		visit.word = (uint8_t)known[i].word;
		visit.dwell_lo_ds = known[i].dwell_lo_ds;
		visit.dwell_hi_ds = known[i].dwell_hi_ds;
		visit.arrived_lo_us =
			visit.start_us + known[i].arrived_lo_min * MINUTE_US;
		visit.log_odds_milli = known[i].log_odds_milli;
		(void)visit_sentence(sentence, &visit);
		end = sentence + strlen(sentence) - strlen(known[i].why);
		assert_string_equal(end, known[i].why);
	}
}

static void sentences_say_what_happened_and_how_sure(void **state)
{
	struct visit_finding visit = sample();

	(void)state;
	expect(&visit,
	       "Was at the place 14:02-14:31 UTC (29 min, sure to within "
	       "1 min), planned 14:00-14:30; GPS covered 96 % of the time; "
	       "certain.");
	visit.word = VISIT_LATE;
	visit.certainty = VISIT_DOUBTFUL;
	visit.dwell_lo_ds = 15000;
	visit.arrived_lo_us = visit.start_us + 10 * MINUTE_US;
	expect(&visit,
	       "Came late, was at the place 14:02-14:31 UTC (29 min, sure to "
	       "within 4 min), planned 14:00-14:30; GPS covered 96 % of the "
	       "time; not certain (it may have begun in time).");
	visit.word = VISIT_SHORT;
	visit.certainty = VISIT_FIRM;
	visit.min_dwell_s = 3600;
	expect(&visit,
	       "Was at the place too briefly, 14:02-14:31 UTC (29 min, at most "
	       "30 min; 60 min make it a meeting), planned 14:00-14:30; GPS "
	       "covered 96 % of the time; certain.");
	visit.word = VISIT_ABSENT;
	visit.is_plan_agreed = false;
	visit.plan_seen_us = START_US + 90 * MINUTE_US;
	expect(&visit,
	       "Was not seen at the place, planned 14:00-14:30 UTC; GPS "
	       "covered 96 % of the time; certain; the server first saw this "
	       "plan at 2026-06-01 15:30 UTC.");
	visit.word = VISIT_NO_DATA;
	visit.plan_seen_us = 0;
	visit.coverage_permille = 4;
	visit.mock_fixes = 3;
	visit.is_reproduced = false;
	expect(&visit,
	       "Too few GPS fixes to tell, planned 14:00-14:30 UTC; GPS "
	       "covered 0 % of the time; the phone marked 3 of its fixes as "
	       "made up; the server could not confirm the phone's verdict "
	       "from its fixes; the server has not seen this plan.");
}

static void no_number_breaks_a_sentence(void **state)
{
	static const int64_t times[] = { INT64_MIN, -1, 0, 1, INT64_MAX };
	char sentence[VISIT_SENTENCE_MAX + 1];
	struct visit_finding visit = sample();

	(void)state;
	visit.coverage_permille = UINT32_MAX;
	visit.min_dwell_s = UINT32_MAX;
	visit.dwell_ds = UINT32_MAX;
	visit.dwell_hi_ds = UINT32_MAX;
	visit.dwell_lo_ds = 0;
	visit.mock_fixes = UINT32_MAX;
	visit.is_reproduced = false;
	visit.is_plan_agreed = false;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		visit.start_us = visit.end_us = times[i];
		visit.arrived_us = visit.departed_us = times[i];
		visit.plan_seen_us = times[i];
		visit.certainty = i % 2 ? VISIT_FIRM : VISIT_DOUBTFUL;
		for (int word = 0; word <= UINT8_MAX; word++) {
			size_t len;

			visit.word = (uint8_t)word;
			len = visit_sentence(sentence, &visit);
			assert_in_range(len, 60, VISIT_SENTENCE_MAX / 2);
			assert_int_equal(sentence[len], 0);
			assert_int_equal(sentence[len - 1], '.');
		}
	}
}

static void moments_are_dates(void **state)
{
	static const struct {
		int64_t at_us;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01 00:00 UTC" },
		{ -1, "1969-12-31 23:59 UTC" },
		{ INT64_C(951782400000000), "2000-02-29 00:00 UTC" },
		{ INT64_C(951868799999999), "2000-02-29 23:59 UTC" },
		{ INT64_C(951868800000000), "2000-03-01 00:00 UTC" },
		{ START_US, "2026-06-01 14:00 UTC" },
		{ INT64_C(4107542399000000), "2100-02-28 23:59 UTC" },
		{ INT64_C(4107542400000000), "2100-03-01 00:00 UTC" },
	};
	char text[MOMENT_TEXT_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		moment_text(text, cases[i].at_us);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_of_check_ins),
		cmocka_unit_test(sentences_say_why_it_is_not_certain),
		cmocka_unit_test(sentences_say_what_happened_and_how_sure),
		cmocka_unit_test(no_number_breaks_a_sentence),
		cmocka_unit_test(moments_are_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
