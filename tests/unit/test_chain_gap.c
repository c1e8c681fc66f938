/*
 * Entries that a phone lost: what it says of that itself, under its signature,
 * is taken, told and shown; what it doesn't say is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chain_maker.h"
#include "sync_world.h"

#include "app/alerts.h"
#include "app/visits.h"
#include "model/spoof.h"

#define HOUR_US INT64_C(3600000000)

enum { ENTRIES = 6, ALERT_TYPE_FIELD = 10, ALERT_SENTENCE_FIELD = 12 };

struct bench {
	struct world *w;
	struct chain_maker chain;
	struct visit_plan plan;
};

static void begin(struct bench *b, void **state)
{
	struct uuid meeting;

	b->w = *state;
	meeting = world_meeting(b->w, &b->w->anna, b->w->h.wall_us + HOUR_US,
				NULL);
	assert_true(
		plan_of_meeting(&b->plan, world_row(b->w, MEETING, &meeting)));
	chain_begin(&b->chain, &b->w->anna);
	b->w->h.wall_us = b->plan.end_us + HOUR_US;
}

static void add(struct made_entry *out, struct bench *b)
{
	chain_add(out, &b->chain, &b->plan, DAY_PRESENT);
}

static struct submitted
submit(struct bench *b, const struct made_entry *entries, size_t n)
{
	return chain_submit(&b->w->h, &b->w->anna, entries, n);
}

static size_t
count_alerts(struct world *w, enum alert_type type, char sentence[1001])
{
	const struct harness_reply *reply = harness_call(
		&w->h, "AlertService/ListAlerts", w->mia.token, NULL, 0);
	struct bytes alert;
	size_t n = 0;

	for (size_t i = 0; (alert = harness_part(reply->message, 1, i)).len > 0;
	     i++) {
		if (harness_scalar(alert, ALERT_TYPE_FIELD) != (uint64_t)type)
			continue;
		n++;
		harness_text(sentence, 1001, alert, ALERT_SENTENCE_FIELD);
	}
	return n;
}

static void what_is_declared_is_taken_and_told(void **state)
{
	static struct made_entry entries[ENTRIES];
	struct submitted s;
	struct bench b;
	char text[1001];

	begin(&b, state);
	add(&entries[0], &b);
	assert_true(submit(&b, entries, 1).is_taken[0]);
	/* 2 and 3 are lost; 4 follows 1, and its number says the rest. */
	b.chain.number += 2;
	add(&entries[1], &b);
	s = submit(&b, &entries[1], 1);
	assert_true(s.is_taken[0]);
	assert_string_equal(s.reasons[0], "it says itself that the phone lost "
					  "2 entries before it");
	assert_true(s.has_receipt);
	assert_int_equal(s.receipt.number, 4);
	assert_int_equal(count_alerts(b.w, ALERT_CHAIN_GAP, text), 1);
	assert_non_null(strstr(text, "there is one at entry 4 (it says itself "
				     "that the phone lost 2 entries before "
				     "it); certain"));
	assert_int_equal(count_alerts(b.w, ALERT_BAD_EVIDENCE, text), 0);
	/* Said again it says no more; and the chain goes on. */
	add(&entries[2], &b);
	s = submit(&b, &entries[1], 2);
	assert_true(s.is_taken[0] && s.is_taken[1]);
	assert_string_equal(s.reasons[0], "");
	assert_string_equal(s.reasons[1], "");
	/* Once more, and on: no second enrolment. */
	b.chain.number++;
	add(&entries[3], &b);
	add(&entries[4], &b);
	s = submit(&b, &entries[3], 2);
	assert_true(s.is_taken[0] && s.is_taken[1]);
	assert_string_equal(s.reasons[0], "it says itself that the phone lost "
					  "1 entry before it");
	assert_int_equal(s.receipt.number, 8);
}

/* All at once, and the first ones. */
static void a_call_may_have_several(void **state)
{
	static struct made_entry entries[ENTRIES];
	struct submitted s;
	struct bench b;

	begin(&b, state);
	b.chain.number = 2;
	for (size_t i = 0; i < 4; i++) {
		add(&entries[i], &b);
		b.chain.number++;
	}
	s = submit(&b, entries, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(s.is_taken[i]);
	assert_int_equal(s.numbers[3], 9);
	assert_int_equal(s.receipt.number, 9);
	s = submit(&b, entries, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(s.is_taken[i]);
}

/* The answer that vouched for the newest never came, and then it was lost. */
static void what_the_server_holds_may_be_lost(void **state)
{
	static struct made_entry entries[ENTRIES];
	struct chain_maker before;
	struct submitted s;
	struct bench b;

	begin(&b, state);
	add(&entries[0], &b);
	before = b.chain;
	add(&entries[1], &b);
	assert_true(submit(&b, entries, 2).is_taken[1]);
	b.chain = before;
	b.chain.number++;
	add(&entries[2], &b);
	s = submit(&b, &entries[2], 1);
	assert_true(s.is_taken[0]);
	assert_int_equal(s.receipt.number, 3);
	add(&entries[3], &b);
	assert_true(submit(&b, &entries[3], 1).is_taken[0]);
}

static void what_is_not_declared_is_refused(void **state)
{
	static struct made_entry entries[ENTRIES];
	struct chain_maker before;
	struct submitted s;
	struct bench b;
	char text[1001];

	begin(&b, state);
	add(&entries[0], &b);
	before = b.chain;
	add(&entries[1], &b);
	add(&entries[2], &b);
	assert_true(submit(&b, entries, 1).is_taken[0]);
	/* Kept back: 3 follows a 2 that nobody has seen. */
	s = submit(&b, &entries[2], 1);
	assert_false(s.is_taken[0]);
	assert_string_equal(s.reasons[0], "entries before it are missing");
	assert_int_equal(count_alerts(b.w, ALERT_CHAIN_GAP, text), 1);
	/* Nobody loses that many. */
	b.chain = before;
	b.chain.number += CHAIN_LOST_MAX + 1;
	add(&entries[3], &b);
	assert_false(submit(&b, &entries[3], 1).is_taken[0]);
	b.chain = before;
	b.chain.number += CHAIN_LOST_MAX;
	add(&entries[3], &b);
	assert_true(submit(&b, &entries[3], 1).is_taken[0]);
	/* What was declared lost has lost its place. */
	s = submit(&b, &entries[1], 1);
	assert_false(s.is_taken[0]);
	assert_non_null(strstr(s.reasons[0], "says that it was lost"));
}

/* Whoever cuts a chain to be rid of an entry is asked about the rest. */
static void what_comes_behind_a_gap_counts_as_cut(void **state)
{
	static struct made_entry entries[ENTRIES];
	struct store_conn *conn;
	struct visit_finding visit;
	struct outrider_err err;
	struct uuid meeting;
	struct bench b;

	begin(&b, state);
	b.chain.number = 1;
	add(&entries[0], &b);
	assert_true(submit(&b, entries, 1).is_taken[0]);
	memcpy(meeting.at, b.plan.meeting_id, sizeof(meeting.at));
	assert_int_equal(store_reader_open(&conn, b.w->h.store, &err),
			 OUTRIDER_OK);
	assert_int_equal(visit_get(conn, &visit, &meeting, &b.w->anna.id, &err),
			 OUTRIDER_OK);
	store_reader_close(conn);
	assert_true(visit.spoof_reasons >> SPOOF_CHAIN & 1);
}

/* Entries that are looked for beside an entry may lie in a gap. */
static void a_slow_clock_behind_a_gap_is_no_trouble(void **state)
{
	static struct made_entry entries[ENTRIES];
	struct bench b;

	begin(&b, state);
	add(&entries[0], &b);
	b.chain.number += 60;
	add(&entries[1], &b);
	assert_true(submit(&b, entries, 2).is_taken[1]);
	add(&entries[2], &b);
	entries[2].header.wall_us = b.w->h.wall_us - HOUR_US;
	made_sign(&entries[2], &b.w->anna);
	assert_true(submit(&b, &entries[2], 1).is_taken[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(what_is_declared_is_taken_and_told),
		WITH_WORLD(a_call_may_have_several),
		WITH_WORLD(what_the_server_holds_may_be_lost),
		WITH_WORLD(what_is_not_declared_is_refused),
		WITH_WORLD(what_comes_behind_a_gap_counts_as_cut),
		WITH_WORLD(a_slow_clock_behind_a_gap_is_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
