/*
 * The tracker: windows, fixes, checkpoints and clocks, seen from outrider.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rep.h"
#include "test_vfs.h"

static const double FAR_M = 1500.0;

static struct rep rep;

/* A meeting in an hour from now, of half an hour. */
static struct uuid plan_one(int64_t *start_us)
{
	*start_us = rep.phone.wall_us + REP_HOUR;
	return rep_plan(&rep, *start_us, REP_HOUR / 2);
}

/* On the way until the start, at the door for so long, and away until the
 * window is over. */
static void attend(int64_t start_us, int64_t arrives_us, int64_t leaves_us)
{
	rep_wait(&rep, start_us - 15 * REP_MIN - rep.phone.wall_us);
	rep_stay(&rep, arrives_us, FAR_M);
	rep_stay(&rep, leaves_us, 0.0);
	rep_stay(&rep, start_us + 46 * REP_MIN, FAR_M);
}

static bool is_open_event(const struct uuid *meeting,
			  enum outrider_event_type type, const char *text)
{
	struct outrider_event event;

	return phone_event(&rep.phone, type, &event) &&
	       memcmp(event.id, meeting->at, 16) == 0 &&
	       (!text || strcmp(event.text, text) == 0);
}

static void a_meeting_from_plan_to_entry(void **state)
{
	int64_t start_us, until_us;
	struct uuid id;

	(void)state;
	rep_ready(&rep);
	id = plan_one(&start_us);
	/* Nothing is asked for, or kept, outside of the window. */
	assert_int_equal(outrider_wanted_interval(rep.phone.core, &until_us),
			 0);
	assert_int_equal(until_us, start_us - 15 * REP_MIN);
	assert_int_equal(rep_fix(&rep, 0.0), OUTRIDER_OK);
	assert_int_equal(rep_count_visits(&rep), 0);

	rep_wait(&rep, 45 * REP_MIN);
	assert_true(is_open_event(&id, OUTRIDER_EVENT_WINDOW_OPENED, NULL));
	assert_in_range(outrider_wanted_interval(rep.phone.core, &until_us), 1,
			300);
	assert_string_equal(rep_visit(&rep, &id, NULL).word, "NO_DATA");
	assert_false(rep_visit(&rep, &id, NULL).is_closed);

	rep_stay(&rep, start_us, FAR_M);
	rep_stay(&rep, start_us + 20 * REP_MIN, 0.0);
	assert_string_equal(rep_visit(&rep, &id, NULL).word, "PRESENT");
	assert_false(rep_visit(&rep, &id, NULL).is_closed);
	rep_stay(&rep, start_us + 45 * REP_MIN, FAR_M);
	assert_false(rep_visit(&rep, &id, NULL).is_closed);
	rep_wait(&rep, REP_S);

	struct outrider_visit visit = rep_visit(&rep, &id, NULL);
	assert_true(visit.is_closed);
	assert_false(visit.has_receipt);
	assert_int_equal(visit.entry_number, 1);
	assert_string_equal(visit.word, "PRESENT");
	assert_true(visit.is_firm);
	assert_in_range(visit.arrived_us, start_us - 3 * REP_MIN,
			start_us + 3 * REP_MIN);
	assert_in_range(visit.dwell_s, 17 * 60, 23 * 60);
	assert_true(visit.dwell_min_s <= visit.dwell_s &&
		    visit.dwell_s <= visit.dwell_max_s);
	assert_true(is_open_event(&id, OUTRIDER_EVENT_VERDICT, "PRESENT"));
	assert_int_equal(outrider_wanted_interval(rep.phone.core, &until_us),
			 0);
	assert_int_equal(until_us, INT64_MAX);
	assert_int_equal(phone_status(&rep.phone).chain_number, 1);
	rep_free(&rep);
}

/* Fixes before and after leave no trace in what is signed. */
static void fixes_outside_are_dropped(void **state)
{
	int64_t start_us;

	(void)state;
	rep_ready(&rep);
	plan_one(&start_us);
	rep_stay(&rep, start_us - 16 * REP_MIN, 300.0);
	rep_wait(&rep, 2 * REP_MIN);
	/* One that comes late, of before the window. */
	const struct outrider_fix late = {
		.time_us = start_us - 20 * REP_MIN,
		.latitude = 52.37,
		.longitude = 4.9,
	};
	assert_int_equal(outrider_add_fix(rep.phone.core, &late, NULL),
			 OUTRIDER_OK);
	rep_stay(&rep, start_us + 60 * REP_MIN, FAR_M);
	rep_sync(&rep);
	struct evidence_content content = rep_content(&rep, 0);
	struct evidence_cursor cursor;
	struct tick tick;
	evidence_cursor_start(&cursor, &content);
	while (evidence_cursor_next(&cursor, &tick)) {
		assert_true(tick.east_dm > 10000);
		assert_true(content.opened_us + INT64_C(100000) * tick.at_ds <=
			    start_us + 45 * REP_MIN);
	}
	assert_int_equal(content.opened_us, start_us - 15 * REP_MIN);
	assert_int_equal(content.closed_us, start_us + 45 * REP_MIN);
	assert_int_equal(content.signals.refused_fixes, 0);
	rep_free(&rep);
}

static void nothing_seen_is_no_data(void **state)
{
	int64_t start_us;
	struct uuid id;

	(void)state;
	rep_ready(&rep);
	id = plan_one(&start_us);
	rep_wait(&rep, 6 * REP_HOUR); /* nobody called step in between */
	assert_string_equal(rep_visit(&rep, &id, NULL).word, "NO_DATA");
	assert_true(rep_visit(&rep, &id, NULL).is_closed);
	rep_sync(&rep);
	assert_int_equal(rep_content(&rep, 0).ticks, 0);
	assert_int_equal(rep_content(&rep, 0).closed_us,
			 start_us + 45 * REP_MIN);
	rep_free(&rep);
}

/* Two meetings at one door, the second while the first goes on. */
static void a_fix_feeds_every_open_window(void **state)
{
	int64_t start_us;
	struct uuid first, second;

	(void)state;
	rep_ready(&rep);
	first = plan_one(&start_us);
	second = rep_plan(&rep, start_us + 15 * REP_MIN, REP_HOUR);
	rep_wait(&rep, 45 * REP_MIN);
	rep_stay(&rep, start_us, FAR_M);
	rep_stay(&rep, start_us + 60 * REP_MIN, 0.0);
	rep_stay(&rep, start_us + 2 * REP_HOUR, FAR_M);
	assert_string_equal(rep_visit(&rep, &first, NULL).word, "PRESENT");
	assert_string_equal(rep_visit(&rep, &second, NULL).word, "PRESENT");
	/* In the order of their closing. */
	assert_int_equal(rep_visit(&rep, &first, NULL).entry_number, 1);
	assert_int_equal(rep_visit(&rep, &second, NULL).entry_number, 2);
	rep_free(&rep);
}

static void the_plan_known_before_is_judged(void **state)
{
	int64_t start_us;
	struct uuid id;
	size_t n;

	(void)state;
	rep_ready(&rep);
	id = plan_one(&start_us);
	rep_wait(&rep, 45 * REP_MIN);
	rep_stay(&rep, start_us + 20 * REP_MIN, FAR_M);
	/* On the way, and late: "it was agreed for later all along". */
	rep_edit_time(&rep, &id, "start_time", start_us + 20 * REP_MIN);
	assert_true(is_open_event(&id, OUTRIDER_EVENT_PLAN_CHANGED, NULL));
	/* Other edits of the card are no change of plan. */
	rep_edit(&rep, &id, "outcome", "went well");
	assert_false(is_open_event(&id, OUTRIDER_EVENT_PLAN_CHANGED, NULL));
	rep_stay(&rep, start_us + 40 * REP_MIN, 0.0);
	rep_stay(&rep, start_us + 2 * REP_HOUR, FAR_M);
	struct outrider_visit visit = rep_visit(&rep, &id, &n);
	assert_string_equal(visit.word, "LATE");
	assert_int_equal(visit.start_us, start_us);
	assert_int_equal(n, 1);
	rep_free(&rep);
}

/* Moved to the afternoon while it was under way: watched then, too. */
static void a_moved_meeting_is_watched_again(void **state)
{
	int64_t start_us, moved_us;
	struct uuid id;
	size_t n;

	(void)state;
	rep_ready(&rep);
	id = plan_one(&start_us);
	moved_us = start_us + 4 * REP_HOUR;
	rep_wait(&rep, 50 * REP_MIN);
	rep_edit_time(&rep, &id, "end_time", moved_us + REP_HOUR / 2);
	rep_edit_time(&rep, &id, "start_time", moved_us);
	rep_stay(&rep, start_us + REP_HOUR, FAR_M);
	assert_string_equal(rep_visit(&rep, &id, &n).word, "ELSEWHERE");
	assert_int_equal(n, 1);
	attend(moved_us, moved_us, moved_us + 25 * REP_MIN);
	assert_string_equal(rep_visit(&rep, &id, &n).word, "PRESENT");
	assert_int_equal(n, 2);
	rep_free(&rep);
}

static void a_cancelled_meeting_is_let_go(void **state)
{
	int64_t start_us, until_us;
	struct uuid id;

	(void)state;
	rep_ready(&rep);
	/* Before its window: as if it had never been. */
	id = plan_one(&start_us);
	rep_edit(&rep, &id, "state", "MEETING_STATE_CANCELLED");
	rep_wait(&rep, 45 * REP_MIN);
	assert_int_equal(outrider_wanted_interval(rep.phone.core, &until_us),
			 0);
	assert_int_equal(rep_count_visits(&rep), 0);
	/* Under way: what was seen is signed, and no more is watched. */
	id = plan_one(&start_us);
	rep_wait(&rep, 45 * REP_MIN);
	rep_stay(&rep, start_us + 5 * REP_MIN, FAR_M);
	rep_edit(&rep, &id, "state", "MEETING_STATE_CANCELLED");
	assert_int_equal(outrider_wanted_interval(rep.phone.core, &until_us),
			 0);
	assert_true(rep_visit(&rep, &id, NULL).is_closed);
	rep_sync(&rep);
	assert_int_equal(rep_content(&rep, 0).closed_us,
			 start_us + 5 * REP_MIN);
	/* The window does not come back. */
	rep_edit(&rep, &id, "state", "MEETING_STATE_PLANNED");
	rep_wait(&rep, REP_HOUR);
	assert_int_equal(rep_count_visits(&rep), 1);
	rep_free(&rep);
}

/* A meeting that one hears of when it is over was not watched. */
static void a_plan_after_the_fact_is_no_window(void **state)
{
	(void)state;
	rep_ready(&rep);
	rep_plan(&rep, rep.phone.wall_us - 2 * REP_HOUR, REP_HOUR);
	rep_wait(&rep, REP_HOUR);
	assert_int_equal(rep_count_visits(&rep), 0);
	assert_int_equal(phone_status(&rep.phone).chain_number, 0);
	rep_free(&rep);
}

/* ------------------------------------------------------------------ crashes */

/* kill -9 after every minute of a meeting: nothing is lost but the block under
 * way, nothing is counted twice, and the verdict stays. */
static void a_crash_at_any_moment(void **state)
{
	int64_t start_us, end_us;
	struct uuid id;
	uint32_t ticks;
	size_t n;

	(void)state;
	rep_ready(&rep);
	id = plan_one(&start_us);
	attend(start_us, start_us, start_us + 25 * REP_MIN);
	rep_sync(&rep);
	ticks = rep_content(&rep, 0).ticks;
	rep_free(&rep);

	rep_ready(&rep);
	id = plan_one(&start_us);
	end_us = start_us + 46 * REP_MIN;
	for (int64_t at_us = start_us - 16 * REP_MIN; at_us <= end_us;
	     at_us += 45 * REP_S) {
		bool is_there = at_us > start_us &&
				at_us <= start_us + 25 * REP_MIN;
		rep_stay(&rep, at_us, is_there ? 0.0 : FAR_M);
		rep_crash(&rep);
		rep_wait(&rep, 0);
	}
	rep_crash(&rep);
	rep_wait(&rep, REP_MIN);
	assert_string_equal(rep_visit(&rep, &id, &n).word, "PRESENT");
	assert_int_equal(n, 1);
	assert_int_equal(phone_status(&rep.phone).chain_number, 1);
	rep_sync(&rep);
	struct evidence_content content = rep_content(&rep, 0);
	assert_in_range(content.ticks, ticks - 2, ticks + 2);
	struct visit_verdict recomputed;
	assert_int_equal(evidence_recompute(&content, &recomputed),
			 EVIDENCE_EQUAL);
	rep_free(&rep);
}

/* The PIN is not asked for after a reboot in the middle. */
static void a_reboot_in_a_locked_pocket(void **state)
{
	int64_t start_us;
	struct uuid id;

	(void)state;
	rep_ready(&rep);
	id = plan_one(&start_us);
	outrider_lock(rep.phone.core);
	rep_wait(&rep, 45 * REP_MIN);
	rep_stay(&rep, start_us + 5 * REP_MIN, 0.0);
	rep_reboot(&rep);
	assert_false(phone_status(&rep.phone).is_unlocked);
	rep.phone.wall_us += 2 * REP_MIN;
	rep_stay(&rep, start_us + 25 * REP_MIN, 0.0);
	rep_stay(&rep, start_us + 46 * REP_MIN, FAR_M);
	struct outrider_visit visit = rep_visit(&rep, &id, NULL);
	assert_string_equal(visit.word, "PRESENT");
	assert_true(visit.is_closed);
	assert_false(phone_status(&rep.phone).is_unlocked);
	rep_sync(&rep);
	assert_int_equal(rep.n_entries, 1);
	assert_int_equal(rep_content(&rep, 0).signals.clock_jumps, 0);
	rep_free(&rep);
}

static uint64_t roll(void *user)
{
	uint64_t *state = user;
	return *state = *state * 6364136223846793005u + 1442695040888963407u;
}

static enum outrider_code fix_at_the_door(void)
{
	return rep_fix(&rep, 0.0);
}

static enum outrider_code step(void)
{
	int64_t next_us;
	return outrider_step(rep.phone.core, &next_us, NULL);
}

static struct test_disk *disk;

/* Calls, and after a power cut on the way once more. */
static void call_through_cuts(enum outrider_code (*call)(void))
{
	if (call() == OUTRIDER_OK && !test_disk_is_cut(disk))
		return;
	assert_true(test_disk_is_cut(disk));
	phone_close(&rep.phone);
	test_disk_power_on(disk);
	assert_int_equal(phone_open(&rep.phone, NULL), OUTRIDER_OK);
	assert_int_equal(call(), OUTRIDER_OK);
}

/* The meeting of an hour that the cuts fall into; fixes once a minute. */
static void live_an_hour(void)
{
	for (int i = 0; i < 62; i++) {
		call_through_cuts(step);
		call_through_cuts(fix_at_the_door);
		rep.phone.wall_us += REP_MIN;
		rep.phone.mono_us += REP_MIN;
	}
}

static void the_hour_is_whole(const struct uuid *meeting)
{
	struct visit_verdict recomputed;
	size_t n;

	assert_string_equal(rep_visit(&rep, meeting, &n).word, "PRESENT");
	assert_int_equal(n, 1);
	rep_sync(&rep);
	assert_int_equal(rep.n_entries, 1);
	struct evidence_content content = rep_content(&rep, 0);
	assert_in_range(content.ticks, 60, 61);
	assert_int_equal(evidence_recompute(&content, &recomputed),
			 EVIDENCE_EQUAL);
}

/* Lives the hour with the power going at the n-th write or sync (0: never);
 * returns how many there were. */
static uint64_t live_with_a_cut(uint64_t n, uint64_t *dice)
{
	int64_t start_us;
	uint64_t before, made;

	disk = test_disk_make("tracker", roll, dice);
	rep_ready_on(&rep, "tracker");
	struct uuid id = plan_one(&start_us);
	rep.phone.wall_us += 45 * REP_MIN;
	rep.phone.mono_us += 45 * REP_MIN;
	before = test_disk_operations(disk);
	test_disk_cut_after(disk, n);
	live_an_hour();
	made = test_disk_operations(disk) - before;
	test_disk_cut_after(disk, 0);
	the_hour_is_whole(&id);
	rep_free(&rep);
	test_disk_free(disk);
	return made;
}

/* The power goes at every write and sync in turn, and files tear: each of the
 * opening and of the end, and some of those between, which are alike. */
static void a_power_cut_at_any_write(void **state)
{
	uint64_t dice = 1;
	uint64_t n_writes = live_with_a_cut(0, &dice);

	(void)state;
	assert_true(n_writes > 100);
	for (uint64_t n = 1; n <= n_writes;
	     n += n < 30 || n + 40 > n_writes ? 1 : n_writes / 40)
		(void)live_with_a_cut(n, &dice);
	print_message("the power was cut at up to %u writes\n",
		      (unsigned)n_writes);
}

static uint64_t keep_nothing(void *user)
{
	(void)user;
	return 0;
}

/* The process ends and the next opens, with what the disk has; still locked.
 * The number of the newest entry. */
static uint64_t chain_after_return(void)
{
	phone_close(&rep.phone);
	test_disk_power_on(disk);
	assert_int_equal(phone_open(&rep.phone, NULL), OUTRIDER_OK);
	return phone_status(&rep.phone).chain_number;
}

/* Killed at the n-th write of the end of a meeting, then a power cut. False if
 * it makes fewer. */
static bool end_with_a_kill(uint64_t n, unsigned *n_found)
{
	int64_t start_us;

	disk = test_disk_make("tracker", keep_nothing, NULL);
	rep_ready_on(&rep, "tracker");
	plan_one(&start_us);
	rep_wait(&rep, 45 * REP_MIN);
	rep.phone.wall_us += 2 * REP_HOUR;
	rep.phone.mono_us += 2 * REP_HOUR;
	test_disk_kill_after(disk, n);
	enum outrider_code code = step();
	bool was_killed = test_disk_is_cut(disk);
	uint64_t after_kill = chain_after_return();
	*n_found += code != OUTRIDER_OK && after_kill == 1;

	test_disk_cut_after(disk, 1);
	assert_int_equal(chain_after_return(), after_kill);
	rep_free(&rep);
	test_disk_free(disk);
	return was_killed;
}

/* An entry that is there after a kill may be on the server a moment later: if
 * a power cut took it, its number would come twice, a fork. */
static void a_kill_and_a_power_cut(void **state)
{
	unsigned n_found = 0;
	uint64_t n = 1;

	(void)state;
	while (end_with_a_kill(n, &n_found))
		n++;
	/* The commit that was written and not told. */
	assert_true(n > 2 && n_found > 0);
}

/* A full disk refuses fixes; given anew when there is room, none is lost. */
static void a_full_disk(void **state)
{
	uint64_t dice = 2;
	int64_t start_us;
	unsigned n_refused = 0;

	(void)state;
	disk = test_disk_make("tracker", roll, &dice);
	rep_ready_on(&rep, "tracker");
	struct uuid id = plan_one(&start_us);
	rep.phone.wall_us += 45 * REP_MIN;
	rep.phone.mono_us += 45 * REP_MIN;
	for (int i = 0; i < 62; i++) {
		/* There is no room for anything new now and then. */
		test_disk_set_size(disk, i % 10 == 5 ? 1 : 0);
		bool is_well = step() == OUTRIDER_OK &&
			       fix_at_the_door() == OUTRIDER_OK;
		n_refused += !is_well;
		test_disk_set_size(disk, 0);
		if (!is_well) {
			assert_int_equal(step(), OUTRIDER_OK);
			assert_int_equal(fix_at_the_door(), OUTRIDER_OK);
		}
		rep.phone.wall_us += REP_MIN;
		rep.phone.mono_us += REP_MIN;
	}
	assert_true(n_refused > 0);
	the_hour_is_whole(&id);
	rep_free(&rep);
	test_disk_free(disk);
}

/* A call in which one allocation fails, and then the call once more. */
static bool fail_once(size_t fail_at, enum outrider_code (*call)(void))
{
	rep.phone.n_asked = 0;
	rep.phone.fail_at = fail_at;
	enum outrider_code code = call();
	rep.phone.fail_at = 0;
	if (code == OUTRIDER_OK)
		return false;
	assert_int_equal(code, OUTRIDER_RESOURCE_EXHAUSTED);
	assert_int_equal(call(), OUTRIDER_OK);
	return true;
}

/* Each allocation fails in turn; the same call works afterwards. */
static void memory_that_runs_out(void **state)
{
	int64_t start_us;
	struct uuid id;
	unsigned n_failed = 0;

	(void)state;
	for (size_t fail_at = 1; fail_at <= 12; fail_at++) {
		rep_ready(&rep);
		id = plan_one(&start_us);
		rep_wait(&rep, 45 * REP_MIN - 1);
		rep.phone.wall_us++;
		rep.phone.mono_us++;
		for (int i = 0; i < 62; i++) {
			n_failed += fail_once(fail_at, step);
			n_failed += fail_once(fail_at, fix_at_the_door);
			rep.phone.wall_us += REP_MIN;
			rep.phone.mono_us += REP_MIN;
		}
		rep_sync(&rep);
		assert_int_equal(rep.n_entries, 1);
		assert_in_range(rep_content(&rep, 0).ticks, 60, 61);
		assert_string_equal(rep_visit(&rep, &id, NULL).word, "PRESENT");
		rep_free(&rep);
	}
	print_message("%u allocations failed\n", n_failed);
	assert_true(n_failed >= 3);
}

/* ------------------------------------------------------------------- clocks */

/* Somebody sets the clock on by a day in the middle of a meeting. */
static void a_clock_set_on_closes_nothing(void **state)
{
	const int64_t day_us = 24 * REP_HOUR;
	int64_t start_us;
	struct uuid id;

	(void)state;
	rep_ready(&rep);
	id = plan_one(&start_us);
	rep_wait(&rep, 45 * REP_MIN);
	rep_stay(&rep, start_us + 5 * REP_MIN, 0.0);
	rep.phone.wall_us += day_us;
	rep_wait(&rep, 0);
	assert_false(rep_visit(&rep, &id, NULL).is_closed);
	/* Fixes have GPS time, whatever the wall clock says. */
	for (int i = 0; i < 100; i++) {
		rep_wait(&rep, 15 * REP_S);
		rep.phone.wall_us -= day_us;
		int64_t wall_us = rep.phone.wall_us;
		rep.phone.wall_us = wall_us + day_us;
		struct outrider_fix fix = { .time_us = wall_us,
					    .latitude = 52.37,
					    .longitude = 4.9 + i % 5 * 1e-5,
					    .accuracy_m = 8 };
		assert_int_equal(outrider_add_fix(rep.phone.core, &fix, NULL),
				 OUTRIDER_OK);
	}
	assert_false(rep_visit(&rep, &id, NULL).is_closed);
	rep_wait(&rep, 16 * REP_MIN);
	assert_true(rep_visit(&rep, &id, NULL).is_closed);
	assert_string_equal(rep_visit(&rep, &id, NULL).word, "PRESENT");
	rep.phone.wall_us -= day_us;
	rep_wait(&rep, 0);
	rep_sync(&rep);
	assert_int_equal(rep.n_entries, 1);
	assert_int_equal(rep_content(&rep, 0).signals.clock_jumps, 1);
	assert_int_equal(rep_content(&rep, 0).closed_us,
			 start_us + 45 * REP_MIN);
	rep_free(&rep);
}

/* Without any fix, a jump on and back again loses no window either. */
static void a_clock_set_on_without_gps(void **state)
{
	int64_t start_us;
	struct uuid id;

	(void)state;
	rep_ready(&rep);
	id = plan_one(&start_us);
	rep_wait(&rep, 30 * REP_MIN);
	rep.phone.wall_us += 24 * REP_HOUR;
	rep_wait(&rep, REP_MIN);
	assert_int_equal(phone_status(&rep.phone).chain_number, 0);
	rep.phone.wall_us -= 24 * REP_HOUR;
	rep_wait(&rep, 14 * REP_MIN);
	rep_stay(&rep, start_us + 25 * REP_MIN, 0.0);
	rep_stay(&rep, start_us + 46 * REP_MIN, FAR_M);
	assert_string_equal(rep_visit(&rep, &id, NULL).word, "PRESENT");
	assert_int_equal(phone_status(&rep.phone).chain_number, 1);
	rep_free(&rep);
}

/* Set back by three hours: GPS time ends the window, and coming back to the
 * right time opens nothing twice. */
static void a_clock_set_back_doubles_nothing(void **state)
{
	const int64_t back_us = 3 * REP_HOUR;
	int64_t start_us;
	struct uuid id;
	size_t n;

	(void)state;
	rep_ready(&rep);
	id = plan_one(&start_us);
	rep_wait(&rep, 45 * REP_MIN);
	rep_stay(&rep, start_us + 20 * REP_MIN, 0.0);
	rep.phone.wall_us -= back_us;
	for (int i = 0; i < 30 * 4; i++) {
		rep_wait(&rep, 15 * REP_S);
		struct outrider_fix fix = {
			.time_us = rep.phone.wall_us + back_us,
			.latitude = 52.37,
			.longitude = 4.92,
			.accuracy_m = 8,
		};
		assert_int_equal(outrider_add_fix(rep.phone.core, &fix, NULL),
				 OUTRIDER_OK);
	}
	struct outrider_visit visit = rep_visit(&rep, &id, &n);
	assert_true(visit.is_closed);
	assert_string_equal(visit.word, "PRESENT");
	rep_edit(&rep, &id, "outcome", "told once more");
	rep_wait(&rep, 2 * REP_HOUR);
	rep.phone.wall_us += back_us;
	rep_wait(&rep, REP_HOUR);
	(void)rep_visit(&rep, &id, &n);
	assert_int_equal(n, 1);
	assert_int_equal(phone_status(&rep.phone).chain_number, 1);
	rep_free(&rep);
}

/* Switched on with a clock of 1970, which the network mends later. */
static void a_clock_that_starts_wrong(void **state)
{
	int64_t start_us, right_us;
	struct uuid id;

	(void)state;
	rep_ready(&rep);
	id = plan_one(&start_us);
	rep_wait(&rep, 30 * REP_MIN);
	right_us = rep.phone.wall_us;
	rep.phone.wall_us = 60 * REP_S;
	rep_reboot(&rep);
	rep_wait(&rep, 10 * REP_MIN);
	rep.phone.wall_us = right_us + 10 * REP_MIN;
	rep_wait(&rep, 5 * REP_MIN);
	rep_stay(&rep, start_us + 25 * REP_MIN, 0.0);
	rep_stay(&rep, start_us + 46 * REP_MIN, FAR_M);
	assert_string_equal(rep_visit(&rep, &id, NULL).word, "PRESENT");
	assert_true(rep_visit(&rep, &id, NULL).is_closed);
	rep_free(&rep);
}

/* -------------------------------------------------------------------- sizes */

/* Two hours with a fix every 5 s, on the move and still. */
static void two_hours_fit_in_four_kilobytes(void **state)
{
	int64_t start_us;

	(void)state;
	rep_ready(&rep);
	start_us = rep.phone.wall_us + REP_HOUR;
	rep_plan(&rep, start_us, 2 * REP_HOUR);
	rep_wait(&rep, 45 * REP_MIN);
	for (int i = 0; i < 150 * 12; i++) {
		double noise_m = (double)(i * 7919 % 101) - 50.0;
		assert_int_equal(rep_fix(&rep, noise_m), OUTRIDER_OK);
		rep_wait(&rep, 5 * REP_S);
	}
	rep_wait(&rep, REP_MIN);
	rep_sync(&rep);
	assert_int_equal(rep.n_entries, 1);
	print_message("two hours, 1800 fixes: %zu bytes, %u ticks\n",
		      rep.entries[0].content_len, rep_content(&rep, 0).ticks);
	assert_in_range(rep.entries[0].content_len + CHAIN_HEADER_LEN + 64 +
				CHAIN_SALT_LEN,
			1000, 4096);
	assert_true(rep_content(&rep, 0).ticks > 150);
	rep_free(&rep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_meeting_from_plan_to_entry),
		cmocka_unit_test(fixes_outside_are_dropped),
		cmocka_unit_test(nothing_seen_is_no_data),
		cmocka_unit_test(a_fix_feeds_every_open_window),
		cmocka_unit_test(the_plan_known_before_is_judged),
		cmocka_unit_test(a_moved_meeting_is_watched_again),
		cmocka_unit_test(a_cancelled_meeting_is_let_go),
		cmocka_unit_test(a_plan_after_the_fact_is_no_window),
		cmocka_unit_test(a_crash_at_any_moment),
		cmocka_unit_test(a_reboot_in_a_locked_pocket),
		cmocka_unit_test(a_power_cut_at_any_write),
		cmocka_unit_test(a_kill_and_a_power_cut),
		cmocka_unit_test(a_full_disk),
		cmocka_unit_test(memory_that_runs_out),
		cmocka_unit_test(a_clock_set_on_closes_nothing),
		cmocka_unit_test(a_clock_set_on_without_gps),
		cmocka_unit_test(a_clock_set_back_doubles_nothing),
		cmocka_unit_test(a_clock_that_starts_wrong),
		cmocka_unit_test(two_hours_fit_in_four_kilobytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
