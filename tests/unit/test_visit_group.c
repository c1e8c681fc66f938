/*
 * Several reps, one verdict: who speaks for the meeting, and when two doubtful
 * phones make a certain one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/visit_sentence.h"
#include "app/visits_group.h"
#include "model/visit.h"

/* 2026-06-01 14:00 UTC */
#define START_US  INT64_C(1780322400000000)
#define MINUTE_US INT64_C(60000000)

/* From minute to minute, each bound a minute wide. */
static struct visit_finding visit(unsigned rep, enum visit_word word,
				  enum visit_certainty certainty, int from,
				  int until)
{
	bool was_there = until > from;
	struct visit_finding out = {
		.rep = { { (uint8_t)rep } },
		.device = { { (uint8_t)rep, 1 } },
		.number = 1,
		.start_us = START_US,
		.end_us = START_US + 30 * MINUTE_US,
		.word = (uint8_t)word,
		.certainty = (uint8_t)certainty,
		.is_reproduced = true,
	};

	if (was_there) {
		out.arrived_us = START_US + from * MINUTE_US;
		out.arrived_lo_us = out.arrived_us - MINUTE_US;
		out.arrived_hi_us = out.arrived_us + MINUTE_US;
		out.departed_us = START_US + until * MINUTE_US;
		out.departed_lo_us = out.departed_us - MINUTE_US;
		out.departed_hi_us = out.departed_us + MINUTE_US;
	}
	return out;
}

static struct visit_group judge(const struct visit_finding *visits, size_t n)
{
	struct visit_group group;

	visit_group_judge(&group, visits, n);
	return group;
}

static void expect(const struct visit_finding *visits, size_t n,
		   enum visit_word word, enum visit_certainty certainty)
{
	struct visit_group group = judge(visits, n);

	assert_int_equal(group.word, word);
	assert_int_equal(group.certainty, certainty);
	assert_int_equal(group.n_reps, n);
}

static void one_firm_presence_is_enough(void **state)
{
	struct visit_finding visits[3];

	(void)state;
	visits[0] = visit(1, VISIT_ELSEWHERE, VISIT_FIRM, 0, 0);
	visits[1] = visit(2, VISIT_PRESENT, VISIT_FIRM, 0, 30);
	visits[2] = visit(3, VISIT_NO_DATA, VISIT_DOUBTFUL, 0, 0);
	expect(visits, 3, VISIT_PRESENT, VISIT_FIRM);
	visits[1].certainty = VISIT_DOUBTFUL;
	expect(visits, 3, VISIT_PRESENT, VISIT_DOUBTFUL);
	/* What the server can't reproduce is firm for nobody. */
	visits[1].certainty = VISIT_FIRM;
	visits[1].is_reproduced = false;
	expect(visits, 3, VISIT_PRESENT, VISIT_DOUBTFUL);
}

static void nobody_is_accused_while_a_phone_is_silent(void **state)
{
	static const enum visit_word accusing[] = { VISIT_LATE, VISIT_SHORT,
						    VISIT_NEARBY, VISIT_ABSENT,
						    VISIT_ELSEWHERE };
	struct visit_finding visits[2];
	const struct uuid meeting = { { 9 } }, rep = { { 2 } };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		visits[0] = visit(1, accusing[i], VISIT_FIRM, 0, 0);
		visit_group_missing(&visits[1], &meeting, &rep, START_US,
				    START_US + MINUTE_US);
		expect(visits, 2, accusing[i], VISIT_DOUBTFUL);
		visits[1] = visit(2, VISIT_ELSEWHERE, VISIT_FIRM, 0, 0);
		expect(visits, 2, accusing[i], VISIT_FIRM);
		visits[1].certainty = VISIT_DOUBTFUL;
		expect(visits, 2, accusing[i], VISIT_DOUBTFUL);
	}
	visit_group_missing(&visits[0], &meeting, &rep, START_US,
			    START_US + MINUTE_US);
	expect(visits, 1, VISIT_NO_DATA, VISIT_DOUBTFUL);
}

static void two_doubtful_phones_that_were_together_are_certain(void **state)
{
	struct visit_finding visits[2];
	struct visit_group group;

	(void)state;
	visits[0] = visit(1, VISIT_PRESENT, VISIT_DOUBTFUL, 0, 20);
	visits[1] = visit(2, VISIT_LATE, VISIT_DOUBTFUL, 11, 30);
	group = judge(visits, 2);
	assert_int_equal(group.word, VISIT_PRESENT);
	assert_int_equal(group.certainty, VISIT_FIRM);
	assert_true(group.is_corroborated);
	/* From 12 to 19, as both bounds guarantee. */
	assert_int_equal(group.together_s, 7 * 60);
	/* One after the other. */
	visits[1] = visit(2, VISIT_PRESENT, VISIT_DOUBTFUL, 20, 30);
	expect(visits, 2, VISIT_PRESENT, VISIT_DOUBTFUL);
	/* The same phone twice, or the same rep, says nothing new. */
	visits[1] = visits[0];
	visits[1].rep.at[0] = 2;
	expect(visits, 2, VISIT_PRESENT, VISIT_DOUBTFUL);
	visits[1] = visit(1, VISIT_PRESENT, VISIT_DOUBTFUL, 0, 20);
	visits[1].device.at[1] = 7;
	expect(visits, 2, VISIT_PRESENT, VISIT_DOUBTFUL);
	/* Two programs that make fixes up agree, of course. */
	visits[1] = visit(2, VISIT_PRESENT, VISIT_DOUBTFUL, 0, 20);
	visits[1].mock_fixes = 1;
	expect(visits, 2, VISIT_PRESENT, VISIT_DOUBTFUL);
	visits[1].mock_fixes = 0;
	visits[1].spoof_permille = 900;
	expect(visits, 2, VISIT_PRESENT, VISIT_DOUBTFUL);
	visits[1].spoof_permille = 0;
	expect(visits, 2, VISIT_PRESENT, VISIT_FIRM);
}

static void sentences_name_nobody(void **state)
{
	struct visit_finding visits[3];
	char sentence[VISIT_SENTENCE_MAX + 1];
	struct visit_group group;

	(void)state;
	visits[0] = visit(1, VISIT_PRESENT, VISIT_DOUBTFUL, 0, 20);
	visits[1] = visit(2, VISIT_PRESENT, VISIT_DOUBTFUL, 0, 20);
	visits[2] = visit(3, VISIT_NO_DATA, VISIT_DOUBTFUL, 0, 0);
	group = judge(visits, 3);
	visit_sentence_group(sentence, &group);
	assert_string_equal(
		sentence,
		"Took place, planned 14:00-14:30 UTC: 2 of 3 reps were seen at "
		"the place, of 1 there is no data; two phones were there "
		"together for 18 min at least, which makes it certain.");
	visits[0] = visit(1, VISIT_ABSENT, VISIT_FIRM, 0, 0);
	visits[1] = visit(2, VISIT_ELSEWHERE, VISIT_FIRM, 0, 0);
	group = judge(visits, 2);
	visit_sentence_group(sentence, &group);
	assert_string_equal(sentence,
			    "Nobody was seen at the place, planned "
			    "14:00-14:30 UTC: 0 of 2 reps were seen at the "
			    "place; certain.");
	/* Whom nobody knows anything of. */
	visits[0] = visit(1, VISIT_NO_DATA, VISIT_DOUBTFUL, 0, 0);
	visits[1] = visit(2, VISIT_NO_DATA, VISIT_DOUBTFUL, 0, 0);
	group = judge(visits, 2);
	visit_sentence_group(sentence, &group);
	assert_string_equal(sentence,
			    "Too few GPS fixes to tell, planned 14:00-14:30 "
			    "UTC, for any of the 2 reps.");
}

/* Beside a finding's own words. */
static void sentences_say_what_the_plan_was(void **state)
{
	struct visit_finding f = visit(1, VISIT_PRESENT, VISIT_FIRM, 2, 31);
	char sentence[VISIT_SENTENCE_MAX + 1], name[201] = "";
	const char *const names[VISIT_NEIGHBOURS_MAX] = { name, name, name,
							  name, name };

	(void)state;
	f.dwell_ds = 17400;
	f.dwell_lo_ds = 16900;
	f.dwell_hi_ds = 17900;
	f.coverage_permille = 960;
	f.is_unplanned = true;
	f.n_neighbours = 1;
	visit_sentence(sentence, &f);
	assert_string_equal(
		sentence,
		"Was at the place 14:02-14:31 UTC (29 min, sure to within "
		"1 min), checked in, not planned; GPS covered 96 % of the "
		"time; certain; the GPS can't tell it from another customer's "
		"place next door: the rep says that it was this one.");
	f.is_unplanned = false;
	f.is_plan_agreed = true;
	f.n_neighbours = 0;
	f.late_change = 2;
	visit_sentence(sentence, &f);
	assert_string_equal(
		sentence,
		"Was at the place 14:02-14:31 UTC (29 min, sure to within "
		"1 min), planned 14:00-14:30; GPS covered 96 % of the time; "
		"certain; it was called off less than 15 min before the start, "
		"or after it.");
	/* Five long names stay whole sentences. */
	f.n_neighbours = 200;
	f.is_plan_agreed = false;
	f.is_reproduced = false;
	f.mock_fixes = 65535;
	f.plan_seen_us = START_US;
	memset(name, 'x', sizeof(name) - 1);
	assert_in_range(visit_sentence_named(sentence, &f, names,
					     VISIT_NEIGHBOURS_MAX),
			500, VISIT_SENTENCE_MAX - 1);
	assert_non_null(strstr(sentence, "xx and 195 more next door"));
	assert_int_equal(sentence[strlen(sentence) - 1], '.');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_firm_presence_is_enough),
		cmocka_unit_test(nobody_is_accused_while_a_phone_is_silent),
		cmocka_unit_test(
			two_doubtful_phones_that_were_together_are_certain),
		cmocka_unit_test(sentences_name_nobody),
		cmocka_unit_test(sentences_say_what_the_plan_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
