/*
 * A rep who comes an hour late and sets the phone's clock back by an hour: the
 * entry that comes out is suspected, by itself, whichever verdict it has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/spoof.h"
#include "rep.h"

static const double HOME_M = 5000.0;

static struct spoof_finding live_late(int64_t set_back_us)
{
	static struct rep rep;
	struct spoof_finding finding;
	struct evidence_content content;
	int64_t start_us;

	rep_ready(&rep);
	start_us = rep.phone.wall_us + REP_HOUR;
	rep_plan(&rep, start_us, REP_HOUR);
	/* The window has opened, and the rep is at home. */
	rep_stay(&rep, start_us - 5 * REP_MIN, HOME_M);
	rep.phone.mono_us += REP_MIN;
	rep.phone.wall_us += REP_MIN - set_back_us;
	rep_stay(&rep, start_us + 2 * REP_MIN, HOME_M);
	rep_stay(&rep, start_us + REP_HOUR, 0.0);
	rep_wait(&rep, REP_HOUR);
	rep_wait(&rep, 12 * REP_HOUR);
	rep_sync(&rep);
	assert_int_equal(rep.n_entries, 1);
	content = rep_content(&rep, 0);
	spoof_score(&finding, &content);
	rep_free(&rep);
	return finding;
}

static void a_clock_set_back_is_in_the_evidence(void **state)
{
	struct spoof_finding finding = live_late(REP_HOUR);

	(void)state;
	assert_true(finding.reasons >> SPOOF_CLOCK_BACK & 1);
	assert_in_range(finding.score_permille, SPOOF_ASK_PERMILLE, 1000);
}

static void a_clock_that_is_put_right_is_not(void **state)
{
	struct spoof_finding finding = live_late(REP_MIN);

	(void)state;
	assert_false(finding.reasons >> SPOOF_CLOCK_BACK & 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_set_back_is_in_the_evidence),
		cmocka_unit_test(a_clock_that_is_put_right_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
