/*
 * How far the rep is, what the server hears of it while it goes on, and the
 * ledger of all that; and that nothing is taken outside of the windows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/wire.h"
#include "rep.h"

static const double FAR_M = 1500.0;

static struct rep rep;

/* The next progress of a meeting as an event says it. */
static void expect_event(const struct uuid *meeting, const char *text)
{
	struct outrider_event event;

	if (!phone_event(&rep.phone, OUTRIDER_EVENT_PROGRESS, &event))
		fail_msg("no event, instead of %s", text);
	assert_string_equal(event.text, text);
	assert_memory_equal(event.id, meeting->at, 16);
}

static void from_the_way_to_the_outcome(void **state)
{
	struct outrider_event event;
	struct outrider_visit visit;
	int64_t start_us;
	struct uuid id;

	(void)state;
	rep_ready(&rep);
	start_us = rep.phone.wall_us + REP_HOUR;
	id = rep_plan(&rep, start_us, REP_HOUR / 2);
	rep_wait(&rep, 45 * REP_MIN);
	assert_int_equal(rep_visit(&rep, &id, NULL).progress, OUTRIDER_PLANNED);
	rep_stay(&rep, start_us - 5 * REP_MIN, FAR_M);
	expect_event(&id, "ON_THE_WAY");
	visit = rep_visit(&rep, &id, NULL);
	assert_int_equal(visit.progress, OUTRIDER_ON_THE_WAY);
	/* 1.4 km of straight line, the last of it on foot. */
	assert_in_range(visit.expected_arrival_us, rep.phone.wall_us + REP_MIN,
			rep.phone.wall_us + 10 * REP_MIN);
	rep_stay(&rep, start_us + 2 * REP_MIN, 0.0);
	expect_event(&id, "ARRIVED");
	rep_stay(&rep, start_us + 20 * REP_MIN, 0.0);
	expect_event(&id, "IN_PROGRESS");
	assert_int_equal(rep_visit(&rep, &id, NULL).expected_arrival_us, 0);
	rep_stay(&rep, start_us + 40 * REP_MIN, FAR_M);
	expect_event(&id, "ENDED");
	assert_true(
		phone_event(&rep.phone, OUTRIDER_EVENT_OUTCOME_WANTED, &event));
	assert_int_equal(rep_visit(&rep, &id, NULL).progress,
			 OUTRIDER_OUTCOME_DUE);
	outrider_lock(rep.phone.core);
	assert_int_equal(rep_visit(&rep, &id, NULL).progress, OUTRIDER_ENDED);
	/* Once: neither closing nor a restart asks again. */
	rep_crash(&rep);
	rep_wait(&rep, REP_HOUR);
	assert_false(
		phone_event(&rep.phone, OUTRIDER_EVENT_OUTCOME_WANTED, &event));
	rep_free(&rep);
}

/* Told before the start, so that somebody can still do something. */
static void running_late_is_told_in_time(void **state)
{
	struct outrider_visit visit;
	int64_t start_us;
	struct uuid id;

	(void)state;
	rep_ready(&rep);
	start_us = rep.phone.wall_us + REP_HOUR;
	id = rep_plan(&rep, start_us, REP_HOUR / 2);
	rep_wait(&rep, 50 * REP_MIN);
	assert_int_equal(rep_fix(&rep, 30000.0), OUTRIDER_OK);
	expect_event(&id, "ON_THE_WAY");
	expect_event(&id, "RUNNING_LATE");
	visit = rep_visit(&rep, &id, NULL);
	assert_in_range(visit.late_s, 10 * 60, 60 * 60);
	assert_int_equal(visit.expected_arrival_us,
			 start_us + visit.late_s * REP_S +
				 visit.expected_arrival_us % REP_S);
	assert_true(phone_status(&rep.phone).is_position_urgent);
	assert_true(phone_status(&rep.phone).is_online_wanted);
	/* Told once, also to who starts anew and is no nearer then. */
	rep_crash(&rep);
	rep_wait(&rep, REP_MIN);
	assert_int_equal(rep_fix(&rep, 29000.0), OUTRIDER_OK);
	assert_true(rep_visit(&rep, &id, NULL).late_s > 10 * 60);
	struct outrider_event event;
	while (outrider_next_event(rep.phone.core, &event))
		assert_string_not_equal(event.text, "RUNNING_LATE");
	/* The window ends without anybody there: told, and the outcome asked
	 * for all the same. */
	rep_wait(&rep, 2 * REP_HOUR);
	expect_event(&id, "ENDED");
	rep_free(&rep);
}

/* -------------------------------------------------------------- positions */

/* The reports of the request under way, as many as there are. */
static size_t read_reports(int64_t *times_us, uint64_t *stages, size_t room)
{
	struct wire_reader reader = wire_read(
		(struct bytes){ rep.phone.request.at, rep.phone.request.len });
	struct wire_field report, field;
	size_t n = 0;

	assert_true(phone_asks(&rep.phone, "PositionService/ReportPosition"));
	while (wire_next(&reader, &report) > 0) {
		assert_int_equal(report.number, 1);
		assert_true(n < room);
		assert_true(wire_find(&field, report.value, 1));
		assert_true(wire_timestamp(&times_us[n], field.value));
		stages[n] = wire_find(&field, report.value, 6) ? field.scalar
							       : 0;
		n++;
	}
	return n;
}

/* Locked, in a pocket; a minute apart, but for what changed. */
static void positions_go_with_a_sync(void **state)
{
	int64_t start_us, times_us[200];
	uint64_t stages[200], last = 0;
	size_t n, n_changes = 0;

	(void)state;
	rep_ready(&rep);
	start_us = rep.phone.wall_us + REP_HOUR;
	rep_plan(&rep, start_us, REP_HOUR / 2);
	outrider_lock(rep.phone.core);
	/* Before the window nothing is taken, nor afterwards. */
	rep_stay(&rep, start_us - 16 * REP_MIN, FAR_M);
	assert_int_equal(phone_status(&rep.phone).n_positions_waiting, 0);
	rep_stay(&rep, start_us, FAR_M);
	assert_int_equal(outrider_sync(rep.phone.core, NULL), OUTRIDER_OK);
	n = read_reports(times_us, stages, 200);
	assert_in_range(n, 14, 16);
	for (size_t i = 0; i < n; i++) {
		assert_true(times_us[i] >= start_us - 15 * REP_MIN);
		assert_true(i == 0 || times_us[i] - times_us[i - 1] >= REP_MIN);
		assert_int_equal(stages[i], 1);
	}
	/* What comes while the call is under way isn't lost with its answer. */
	rep_stay(&rep, start_us + REP_MIN + REP_S, FAR_M);
	assert_int_equal(phone_answer(&rep.phone, (struct bytes){ NULL, 0 }),
			 OUTRIDER_OK);
	phone_end(&rep.phone, 0, NULL);
	assert_int_equal(phone_status(&rep.phone).n_positions_waiting, 1);
	/* What was urgent has been told; this isn't. */
	assert_false(phone_status(&rep.phone).is_position_urgent);

	rep_stay(&rep, start_us + 20 * REP_MIN, 0.0);
	rep_stay(&rep, start_us + REP_HOUR, FAR_M);
	rep_sync(&rep); /* the evidence */
	assert_int_equal(outrider_sync(rep.phone.core, NULL), OUTRIDER_OK);
	n = read_reports(times_us, stages, 200);
	for (size_t i = 0; i < n; i++) {
		assert_true(times_us[i] <= start_us + 45 * REP_MIN);
		n_changes += stages[i] != last;
		last = stages[i];
	}
	assert_int_equal(n_changes, 4); /* on the way, there, in it, over */
	/* A server that doesn't know them: they go, and the sync goes on. */
	phone_end(&rep.phone, 12, "no such method");
	assert_int_equal(phone_status(&rep.phone).n_positions_waiting, 0);
	rep_free(&rep);
}

/* A phone that is to be wiped is refused where it speaks first: it asks why. */
static void refused_positions_are_asked_about(void **state)
{
	int64_t start_us;

	(void)state;
	rep_ready(&rep);
	start_us = rep.phone.wall_us + REP_HOUR;
	rep_plan(&rep, start_us, REP_HOUR / 2);
	outrider_lock(rep.phone.core);
	rep_stay(&rep, start_us, FAR_M);
	assert_int_equal(outrider_sync(rep.phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&rep.phone, "PositionService/ReportPosition"));
	phone_end(&rep.phone, 7, "this device is to be wiped");
	assert_true(phone_asks(&rep.phone, "SyncService/Push"));
	assert_int_equal(phone_count_mutations(&rep.phone), 0);
	phone_end(&rep.phone, 14, NULL);
	/* Evidence goes before: the same. */
	rep_stay(&rep, start_us + 20 * REP_MIN, 0.0);
	rep_stay(&rep, start_us + REP_HOUR, FAR_M);
	assert_int_equal(outrider_sync(rep.phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&rep.phone, "VisitService/SubmitEvidence"));
	phone_end(&rep.phone, 7, "this device is to be wiped");
	assert_true(phone_asks(&rep.phone, "SyncService/Push"));
	assert_true(phone_status(&rep.phone).n_evidence_waiting > 0);
	rep_free(&rep);
}

/* Without a window no fix leaves a trace: not in a file, nor in memory. */
static void nothing_outside_of_windows(void **state)
{
	struct outrider_event event;
	struct outrider_status status;

	(void)state;
	rep_ready(&rep);
	rep_plan(&rep, rep.phone.wall_us + 20 * REP_HOUR, REP_HOUR);
	rep_stay(&rep, rep.phone.wall_us + REP_HOUR, 0.0);
	status = phone_status(&rep.phone);
	assert_int_equal(status.n_fixes, 240);
	assert_int_equal(status.n_fixes_outside, 240);
	assert_int_equal(status.n_positions_waiting, 0);
	assert_int_equal(rep_count_visits(&rep), 0);
	assert_false(phone_event(&rep.phone, OUTRIDER_EVENT_PROGRESS, &event));
	assert_int_equal(outrider_sync(rep.phone.core, NULL), OUTRIDER_OK);
	assert_false(phone_asks(&rep.phone, "PositionService/ReportPosition"));
	assert_int_equal(phone_status(&rep.phone).n_calls, 2); /* enrolment */
	rep_free(&rep);
}

struct ledger {
	struct outrider_sampled last;
	struct outrider_span spans[20];
	size_t n;
};

static bool take_page(void *user, const struct outrider_sampled *sampled)
{
	struct ledger *ledger = user;

	assert_true(sampled->n_spans <= 20);
	ledger->last = *sampled;
	memcpy(ledger->spans, sampled->spans,
	       sampled->n_spans * sizeof(ledger->spans[0]));
	ledger->n++;
	return true;
}

static struct ledger read_ledger(void)
{
	struct ledger ledger = { .n = 0 };

	assert_int_equal(outrider_ledger(rep.phone.core, 0, INT64_MAX,
					 take_page, &ledger, NULL),
			 OUTRIDER_OK);
	return ledger;
}

/* A fix of before the window that comes late, while it is open. */
static void a_late_fix_of_before(void **state)
{
	struct outrider_fix late = { .latitude = 52.3, .longitude = 4.8 };
	struct outrider_status before;
	int64_t start_us;

	(void)state;
	rep_ready(&rep);
	start_us = rep.phone.wall_us + REP_HOUR;
	rep_plan(&rep, start_us, REP_HOUR / 2);
	rep_stay(&rep, start_us - 10 * REP_MIN, FAR_M);
	before = phone_status(&rep.phone);
	late.time_us = start_us - 20 * REP_MIN;
	const uint32_t n_fixes = read_ledger().last.n_fixes;
	assert_int_equal(outrider_add_fix(rep.phone.core, &late, NULL),
			 OUTRIDER_OK);
	assert_int_equal(phone_status(&rep.phone).n_fixes_outside,
			 before.n_fixes_outside + 1);
	assert_int_equal(phone_status(&rep.phone).n_positions_waiting,
			 before.n_positions_waiting);
	assert_int_equal(read_ledger().last.n_fixes, n_fixes);
	rep_free(&rep);
}

/* ----------------------------------------------------------------- ledger */

static void the_ledger_outlives_the_evidence(void **state)
{
	struct ledger ledger;
	int64_t start_us;
	struct uuid id;

	(void)state;
	rep_ready(&rep);
	start_us = rep.phone.wall_us + REP_HOUR;
	id = rep_plan(&rep, start_us, REP_HOUR / 2);
	rep_stay(&rep, start_us - 10 * REP_MIN, FAR_M);
	ledger = read_ledger();
	assert_int_equal(ledger.n, 1);
	assert_true(ledger.last.is_open && !ledger.last.is_check_in);
	rep_wait(&rep, 10 * REP_MIN); /* the GPS sees nothing */
	rep_stay(&rep, start_us + REP_HOUR, 0.0);
	rep_sync(&rep);
	rep_wait(&rep, INT64_C(61) * 24 * REP_HOUR);
	assert_int_equal(rep_count_visits(&rep), 0);
	rep_crash(&rep);
	ledger = read_ledger();
	assert_int_equal(ledger.n, 1);
	assert_memory_equal(ledger.last.meeting_id, id.at, 16);
	assert_false(ledger.last.is_open);
	assert_int_equal(ledger.last.opens_us, start_us - 15 * REP_MIN);
	assert_int_equal(ledger.last.closes_us, start_us + 45 * REP_MIN);
	assert_int_equal(ledger.last.n_spans, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_true(ledger.spans[i].from_us >= ledger.last.opens_us);
		assert_true(ledger.spans[i].until_us <=
			    ledger.last.closes_us + REP_MIN);
	}
	assert_in_range(ledger.spans[1].from_us - ledger.spans[0].until_us,
			8 * REP_MIN, 11 * REP_MIN);
	assert_in_range(ledger.last.n_fixes, 195, 205);
	assert_in_range(ledger.last.n_positions, 40, 60);
	rep_free(&rep);
}

/* ---------------------------------------------------------------- trouble */

static void trouble_stands_in_the_evidence(void **state)
{
	int64_t start_us;

	(void)state;
	rep_ready(&rep);
	start_us = rep.phone.wall_us + REP_HOUR;
	rep_plan(&rep, start_us, REP_HOUR / 2);
	rep_stay(&rep, start_us - 5 * REP_MIN, FAR_M);
	assert_int_equal(outrider_set_trouble(rep.phone.core,
					      OUTRIDER_TROUBLE_GPS_OFF, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_note_attestation(rep.phone.core, NULL),
			 OUTRIDER_OK);
	rep_crash(&rep);
	rep_wait(&rep, 10 * REP_MIN);
	assert_int_equal(outrider_set_trouble(rep.phone.core,
					      OUTRIDER_TROUBLE_GPS_OFF, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_set_trouble(rep.phone.core,
					      OUTRIDER_TROUBLE_NONE, NULL),
			 OUTRIDER_OK);
	rep_stay(&rep, start_us + REP_HOUR, FAR_M);
	rep_sync(&rep);
	assert_in_range(rep_content(&rep, 0).signals.gps_off_s, 595, 605);
	assert_int_equal(rep_content(&rep, 0).signals.failed_attestations, 1);
	assert_int_equal(outrider_set_trouble(rep.phone.core,
					      (enum outrider_trouble)9, NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	rep_free(&rep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_the_way_to_the_outcome),
		cmocka_unit_test(running_late_is_told_in_time),
		cmocka_unit_test(positions_go_with_a_sync),
		cmocka_unit_test(refused_positions_are_asked_about),
		cmocka_unit_test(nothing_outside_of_windows),
		cmocka_unit_test(a_late_fix_of_before),
		cmocka_unit_test(the_ledger_outlives_the_evidence),
		cmocka_unit_test(trouble_stands_in_the_evidence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
