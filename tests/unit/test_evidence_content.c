/* evidence content: its ceiling, its one form, hostile bytes, recomputing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../golden/visit/meetings.h"
#include "model/evidence.h"

/* One meeting, recorded as a phone does it. */
struct recording {
	struct tick_quantiser quantiser;
	struct visit visit;
	struct evidence_draft draft;
	struct visit_verdict verdict;
	uint8_t bytes[EVIDENCE_MAX_BYTES];
};

static void begin(struct recording *r, const struct meeting *m)
{
	tick_quantiser_open(&r->quantiser, m->plan.pin, m->opened_us,
			    m->opened_us + (int64_t)86400 * 1000000);
	assert_true(visit_open(&r->visit, &m->plan, m->opened_us));
	assert_true(evidence_draft_begin(&r->draft, r->bytes, &m->plan,
					 m->opened_us));
}

static void take(struct recording *r, const struct fix *fix)
{
	struct tick tick;
	if (tick_quantiser_add(&r->quantiser, &tick, fix,
			       evidence_block_ds(&r->draft)) &&
	    evidence_draft_append(&r->draft, &tick))
		visit_tick(&r->visit, &tick);
}

static void finish(struct recording *r, const struct meeting *m)
{
	visit_decide(&r->visit, &r->verdict);
	assert_true(evidence_draft_finish(
		&r->draft, m->opened_us + (int64_t)86400 * 1000000,
		&r->quantiser.signals, &r->verdict));
	assert_true(r->draft.len <= EVIDENCE_MAX_BYTES);
}

static void record(struct recording *r, uint64_t seed)
{
	struct meeting m;
	struct fix fix;
	meeting_begin(&m, seed);
	m.step_s = 15;
	begin(r, &m);
	while (meeting_next(&m, &fix))
		take(r, &fix);
	finish(r, &m);
}

/* What was read, written again. */
static bool write_again(const struct evidence_content *content, uint8_t *buffer,
			size_t *len)
{
	struct evidence_draft draft;
	struct evidence_cursor cursor;
	struct tick tick;
	if (!evidence_draft_begin(&draft, buffer, &content->plan,
				  content->opened_us))
		return false;
	evidence_cursor_start(&cursor, content);
	while (evidence_cursor_next(&cursor, &tick))
		if (!evidence_draft_append(&draft, &tick))
			return false;
	if (!evidence_draft_finish(&draft, content->closed_us,
				   &content->signals, &content->verdict))
		return false;
	*len = draft.len;
	return true;
}

static void two_hours_fit(void **state)
{
	(void)state;
	static struct recording r;
	/* 1 Hz, the core's own pace, and the worst that a phone can do: each
	 * second from one end of the clip to the other. */
	for (int pace = 0; pace < 3; pace++) {
		struct meeting m;
		struct fix fix;
		meeting_begin(&m, 7);
		begin(&r, &m);
		m.kind = 0;
		m.place_dm[0] = 0;
		m.arrives_s = 900;
		m.leaves_s = 900 + 7200;
		m.end_s = 9000;
		m.step_s = 1;
		int64_t due_us = 0;
		while (meeting_next(&m, &fix)) {
			if (pace == 1 && fix.time_us < due_us)
				continue;
			if (pace == 2)
				fix.lat_deg += m.at_s % 2 ? 0.0179 : -0.0179;
			take(&r, &fix);
			due_us = fix.time_us +
				 (int64_t)visit_wanted_interval_s(&r.visit) *
					 1000000;
		}
		uint32_t last_s = r.draft.last.at_ds / 10;
		finish(&r, &m);
		print_message("pace %d: %zu bytes, %u ticks\n", pace,
			      r.draft.len, (unsigned)r.draft.ticks);
		/* Nothing was cut off for want of room. */
		assert_in_range(last_s, 8500, 9000);
	}
}

/* A whole working day at one fix a second is coarser, not cut off. */
static void a_day_is_not_cut_off(void **state)
{
	(void)state;
	static struct recording r;
	struct meeting m;
	struct fix fix;
	meeting_begin(&m, 7);
	begin(&r, &m);
	m.kind = 0;
	m.place_dm[0] = 0;
	m.leaves_s = m.arrives_s + 28800;
	m.end_s = m.leaves_s + 600;
	m.step_s = 1;
	uint32_t before_ds = 0, gap_ds = 0;
	while (meeting_next(&m, &fix)) {
		take(&r, &fix);
		if (r.draft.last.at_ds - before_ds > gap_ds)
			gap_ds = r.draft.last.at_ds - before_ds;
		before_ds = r.draft.last.at_ds;
	}
	assert_in_range(gap_ds, 1, 24000);
	assert_in_range(r.draft.last.at_ds / 10, m.end_s - 2400, m.end_s);
	finish(&r, &m);
}

static void what_is_read_is_written_alike(void **state)
{
	(void)state;
	static struct recording r;
	static uint8_t buffer[EVIDENCE_MAX_BYTES];
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct evidence_content content;
		struct visit_verdict again;
		size_t len;
		record(&r, seed);
		assert_true(
			evidence_content_read(&content, r.bytes, r.draft.len));
		assert_int_equal(content.ticks, r.draft.ticks);
		assert_true(write_again(&content, buffer, &len));
		assert_int_equal(len, r.draft.len);
		assert_memory_equal(buffer, r.bytes, len);
		assert_int_equal(evidence_recompute(&content, &again),
				 EVIDENCE_EQUAL);
	}
}

static void a_draft_is_its_own_checkpoint(void **state)
{
	(void)state;
	static struct recording r, other;
	struct meeting m;
	struct fix fix;
	meeting_begin(&m, 4);
	begin(&r, &m);
	while (meeting_next(&m, &fix)) {
		take(&r, &fix);
		memcpy(other.bytes, r.bytes, r.draft.len);
		assert_true(evidence_draft_resume(&other.draft, other.bytes,
						  r.draft.len));
		assert_int_equal(other.draft.ticks, r.draft.ticks);
		assert_int_equal(other.draft.last.at_ds, r.draft.last.at_ds);
		assert_int_equal(other.draft.last.north_dm,
				 r.draft.last.north_dm);
	}
	finish(&r, &m);
	assert_false(evidence_draft_resume(&other.draft, r.bytes, r.draft.len));
	assert_false(evidence_draft_append(&r.draft,
					   &(struct tick){ .at_ds = 900000 }));
}

static void truncations_are_refused(void **state)
{
	(void)state;
	static struct recording r;
	struct evidence_content content;
	record(&r, 3);
	for (size_t len = 0; len < r.draft.len; len++)
		assert_false(evidence_content_read(&content, r.bytes, len));
	/* One byte more is no entry either. */
	assert_true(r.draft.len < EVIDENCE_MAX_BYTES);
	r.bytes[r.draft.len] = 0;
	assert_false(evidence_content_read(&content, r.bytes, r.draft.len + 1));
}

/* Each bit turned: refused, or another entry in its own one form. */
static void turned_bits_are_refused_or_canonical(void **state)
{
	(void)state;
	static struct recording r;
	static uint8_t broken[EVIDENCE_MAX_BYTES], again[EVIDENCE_MAX_BYTES];
	size_t read = 0, refused = 0;
	record(&r, 3);
	for (size_t bit = 0; bit < r.draft.len * 8; bit++) {
		struct evidence_content content;
		size_t len = 0;
		memcpy(broken, r.bytes, r.draft.len);
		broken[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (!evidence_content_read(&content, broken, r.draft.len)) {
			refused++;
			continue;
		}
		read++;
		if (content.algorithm != VISIT_ALGORITHM ||
		    content.parameters != VISIT_PARAMETERS)
			continue;
		assert_true(write_again(&content, again, &len));
		assert_int_equal(len, r.draft.len);
		assert_memory_equal(again, broken, len);
	}
	assert_true(read > 0 && refused > 0);
}

static void a_changed_verdict_is_found(void **state)
{
	(void)state;
	static struct recording r;
	struct evidence_content content;
	struct visit_verdict again;
	record(&r, 1);
	assert_true(evidence_content_read(&content, r.bytes, r.draft.len));
	content.verdict.word = content.verdict.word == VISIT_PRESENT
				       ? VISIT_ABSENT
				       : VISIT_PRESENT;
	assert_int_equal(evidence_recompute(&content, &again),
			 EVIDENCE_DIFFERENT);
	content.algorithm = VISIT_ALGORITHM + 1;
	assert_int_equal(evidence_recompute(&content, &again),
			 EVIDENCE_UNKNOWN);
}

/* One fix at the pin of a short meeting: what an earlier program signed is
 * judged as it judged, and what this one signs as this one does. */
static void earlier_parameters_judge_as_they_did(void **state)
{
	enum { PARAMETERS = 2 }; /* its byte */
	static struct recording r;
	const struct tick tick = { .at_ds = 12000, .accuracy_m = 10 };
	struct evidence_content content;
	struct visit_verdict again;
	struct meeting m;

	(void)state;
	for (uint32_t by = VISIT_PARAMETERS_OLDEST; by <= VISIT_PARAMETERS;
	     by++) {
		meeting_begin(&m, 1);
		m.plan.start_us = m.opened_us + (int64_t)900 * 1000000;
		m.plan.end_us = m.plan.start_us + (int64_t)600 * 1000000;
		begin(&r, &m);
		assert_true(visit_judge_by(&r.visit, VISIT_ALGORITHM, by));
		assert_true(evidence_draft_append(&r.draft, &tick));
		visit_tick(&r.visit, &tick);
		finish(&r, &m);
		assert_int_equal(r.verdict.word, by < VISIT_PARAMETERS
							 ? VISIT_ABSENT
							 : VISIT_NO_DATA);
		for (uint32_t as = VISIT_PARAMETERS_OLDEST - 1;
		     as <= VISIT_PARAMETERS + 1; as++) {
			bool is_known = as >= VISIT_PARAMETERS_OLDEST &&
					as <= VISIT_PARAMETERS;

			r.bytes[PARAMETERS] = (uint8_t)as;
			assert_true(evidence_content_read(&content, r.bytes,
							  r.draft.len));
			assert_int_equal(evidence_recompute(&content, &again),
					 !is_known  ? EVIDENCE_UNKNOWN
					 : as == by ? EVIDENCE_EQUAL
						    : EVIDENCE_DIFFERENT);
		}
	}
}

static void ticks_out_of_order_are_refused(void **state)
{
	(void)state;
	static struct recording r;
	struct meeting m;
	meeting_begin(&m, 1);
	begin(&r, &m);
	assert_true(
		evidence_draft_append(&r.draft, &(struct tick){ .at_ds = 0 }));
	assert_false(
		evidence_draft_append(&r.draft, &(struct tick){ .at_ds = 0 }));
	assert_true(
		evidence_draft_append(&r.draft, &(struct tick){ .at_ds = 5 }));
	assert_false(
		evidence_draft_append(&r.draft, &(struct tick){ .at_ds = 4 }));
	assert_false(evidence_draft_append(
		&r.draft, &(struct tick){ .at_ds = 9, .ring = 16 }));
	struct visit_verdict verdict;
	visit_decide(&r.visit, &verdict);
	assert_false(evidence_draft_finish(&r.draft, m.opened_us + 499999,
					   &r.quantiser.signals, &verdict));
	assert_true(evidence_draft_finish(&r.draft, m.opened_us + 500000,
					  &r.quantiser.signals, &verdict));
}

/* The vector of docs/formats/evidence-content.md. */
static void the_vector_is_read_and_written(void **state)
{
	(void)state;
	static uint8_t bytes[EVIDENCE_MAX_BYTES], buffer[EVIDENCE_MAX_BYTES];
	struct visit_plan plan = {
		.meeting_id = { 0x01, 0x8c, 0x5f, 0x4b, 0x1a, 0x00, 0x70, 0x01,
				0x80, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
				0x08 },
		.start_us = 1767252600000000,
		.end_us = 1767254400000000,
		.pin = { 523700000, 49000000 },
		.radius_m = 100,
		.min_dwell_s = 180,
	};
	const struct tick ticks[] = {
		{ .at_ds = 12, .ring = 2, .accuracy_m = 20 },
		{ .at_ds = 3012, .ring = 2, .accuracy_m = 18, .flags = 2 },
		{ .at_ds = 6300, .east_dm = -250, .north_dm = 18000 },
		{ .at_ds = 6450,
		  .east_dm = -251,
		  .north_dm = 130,
		  .accuracy_m = 300,
		  .flags = 1 },
	};
	struct tick_signals signals = { .mock_fixes = 3, .teleports = 1 };
	struct evidence_draft draft;
	struct visit visit;
	struct visit_verdict verdict;
	size_t len = 0;
	assert_true(visit_open(&visit, &plan, 1767250800000000));
	assert_true(
		evidence_draft_begin(&draft, buffer, &plan, 1767250800000000));
	for (size_t i = 0; i < sizeof(ticks) / sizeof(ticks[0]); i++) {
		assert_true(evidence_draft_append(&draft, &ticks[i]));
		visit_tick(&visit, &ticks[i]);
	}
	visit_decide(&visit, &verdict);
	assert_true(evidence_draft_finish(&draft, 1767255300000000, &signals,
					  &verdict));
	FILE *file = fopen(OUTRIDER_TEST_DATA
			   "/../golden/evidence_content/vector.hex",
			   "r");
	assert_non_null(file);
	int c;
	char digits[3] = "";
	size_t n = 0;
	while (len < sizeof(bytes) && (c = fgetc(file)) != EOF) {
		if (c == '\n')
			continue;
		digits[n++ % 2] = (char)c;
		if (n % 2 == 0)
			bytes[len++] = (uint8_t)strtoul(digits, NULL, 16);
	}
	assert_int_equal(fclose(file), 0);
	assert_int_equal(draft.len, len);
	assert_memory_equal(buffer, bytes, len);
	struct evidence_content content;
	assert_true(evidence_content_read(&content, bytes, len));
	assert_int_equal(content.ticks, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hours_fit),
		cmocka_unit_test(a_day_is_not_cut_off),
		cmocka_unit_test(what_is_read_is_written_alike),
		cmocka_unit_test(a_draft_is_its_own_checkpoint),
		cmocka_unit_test(truncations_are_refused),
		cmocka_unit_test(turned_bits_are_refused_or_canonical),
		cmocka_unit_test(a_changed_verdict_is_found),
		cmocka_unit_test(earlier_parameters_judge_as_they_did),
		cmocka_unit_test(ticks_out_of_order_are_refused),
		cmocka_unit_test(the_vector_is_read_and_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
