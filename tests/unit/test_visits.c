/*
 * Evidence from a device to a manager's sentence, with real crypto: what is
 * taken, what is refused, and what is made of it.
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

#include "app/kinds.h"
#include "app/visits.h"
#include "outrider/v1/visit.pb-c.h"

#define HOUR_US INT64_C(3600000000)

typedef Outrider__V1__Visit Visit;

/* A meeting of anna's tomorrow, planned now. */
static struct uuid plan_meeting(struct world *w, struct visit_plan *plan)
{
	struct uuid id =
		world_meeting(w, &w->anna, w->h.wall_us + 24 * HOUR_US, NULL);

	assert_true(plan_of_meeting(plan, world_row(w, MEETING, &id)));
	return id;
}

/* The meeting's window has closed. */
static void pass_by(struct world *w, const struct visit_plan *plan)
{
	w->h.wall_us = plan->end_us + HOUR_US;
}

static Visit *get_visit(struct world *w, const char *token,
			const struct uuid *meeting, const struct uuid *rep,
			enum outrider_code *code)
{
	struct fields request = fields_new();
	const struct harness_reply *reply;
	Visit *visit = NULL;

	fields_id(&request, 1, meeting);
	if (rep)
		fields_id(&request, 2, rep);
	reply = harness_call(&w->h, "VisitService/GetVisit", token,
			     request.bytes.at, request.bytes.len);
	*code = reply->code;
	if (reply->code == OUTRIDER_OK)
		visit = outrider__v1__visit__unpack(NULL, reply->message.len,
						    reply->message.at);
	fields_free(&request);
	return visit;
}

static Visit *must_get(struct world *w, const struct uuid *meeting)
{
	enum outrider_code code;
	Visit *visit = get_visit(w, w->mia.token, meeting, NULL, &code);

	assert_int_equal(code, OUTRIDER_OK);
	assert_non_null(visit);
	return visit;
}

static void free_visit(Visit *visit)
{
	outrider__v1__visit__free_unpacked(visit, NULL);
}

static size_t count_alerts(struct world *w, const char *token)
{
	const struct harness_reply *reply =
		harness_call(&w->h, "AlertService/ListAlerts", token, NULL, 0);
	size_t n = 0;

	assert_int_equal(reply->code, OUTRIDER_OK);
	while (harness_part(reply->message, 1, n).at)
		n++;
	return n;
}

/* ------------------------------------------------------------------- taken */

static void good_evidence_becomes_a_visit(void **state)
{
	struct world *w = *state;
	struct visit_plan plan;
	struct uuid id = plan_meeting(w, &plan);
	struct chain_maker chain;
	struct made_entry entry;
	struct submitted got;
	char sentence[1001];
	Visit *visit;

	chain_begin(&chain, &w->anna);
	chain_add(&entry, &chain, &plan, DAY_PRESENT);
	assert_int_equal(entry.verdict.word, VISIT_PRESENT);
	pass_by(w, &plan);
	got = chain_submit(&w->h, &w->anna, &entry, 1);
	assert_int_equal(got.code, OUTRIDER_OK);
	assert_true(got.n_results == 1 && got.is_taken[0]);
	assert_true(got.has_receipt);
	assert_int_equal(got.receipt.number, 1);
	assert_memory_equal(got.receipt.head, chain.head, CHAIN_HASH_LEN);
	assert_memory_equal(got.receipt.device_id, w->anna.device.at, 16);
	assert_true(got.receipt.at_us == w->h.wall_us);

	visit = must_get(w, &id);
	assert_int_equal(visit->verdict,
			 OUTRIDER__V1__VERDICT__VERDICT_PRESENT);
	assert_int_equal(visit->certainty,
			 OUTRIDER__V1__CERTAINTY__CERTAINTY_FIRM);
	assert_true(visit->is_reproduced);
	assert_true(visit->is_plan_agreed);
	assert_null(visit->plan_seen_time);
	assert_int_equal(visit->entry_number, 1);
	assert_non_null(visit->arrival);
	assert_in_range(visit->arrival->best->seconds,
			plan.start_us / 1000000 - 200,
			plan.start_us / 1000000 + 100);
	assert_in_range(visit->dwell_s, 1500, 2100);
	assert_true(visit->coverage > 0.9);
	assert_non_null(strstr(visit->sentence, "Was at the place "));
	/* The same words reach the phones with the meeting. */
	world_text(sentence, sizeof(sentence), w, MEETING, &id, 32);
	assert_string_equal(sentence, visit->sentence);
	assert_int_equal(kind_value(world_row(w, MEETING, &id), 30)->i,
			 VISIT_PRESENT);
	assert_int_equal(kind_value(world_row(w, MEETING, &id), 31)->i,
			 OUTRIDER__V1__CERTAINTY__CERTAINTY_FIRM);
	assert_int_equal(count_alerts(w, w->mia.token), 0);
	free_visit(visit);
}

static void every_word_has_its_sentence_and_alert(void **state)
{
	static const struct {
		enum day day;
		enum visit_word word;
		const char *sentence;
		bool is_alert;
	} cases[] = {
		{ DAY_PRESENT, VISIT_PRESENT, "Was at the place", false },
		{ DAY_LATE, VISIT_LATE, "Came late", true },
		{ DAY_SHORT, VISIT_SHORT, "too briefly", true },
		{ DAY_NEARBY, VISIT_NEARBY, "may be wrong", true },
		{ DAY_ELSEWHERE, VISIT_ELSEWHERE, "another place", true },
		{ DAY_NO_FIXES, VISIT_NO_DATA, "Too few", true },
	};
	struct world *w = *state;
	struct chain_maker chain;
	size_t n_alerts = 0;

	chain_begin(&chain, &w->anna);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct visit_plan plan;
		struct uuid id = plan_meeting(w, &plan);
		struct made_entry entry;
		struct submitted got;
		Visit *visit;

		if (cases[i].day == DAY_SHORT)
			plan.min_dwell_s = 600;
		chain_add(&entry, &chain, &plan, cases[i].day);
		assert_int_equal(entry.verdict.word, cases[i].word);
		pass_by(w, &plan);
		got = chain_submit(&w->h, &w->anna, &entry, 1);
		assert_true(got.is_taken[0]);
		visit = must_get(w, &id);
		assert_int_equal(visit->verdict, (int)cases[i].word);
		print_message("%s\n", visit->sentence);
		assert_non_null(strstr(visit->sentence, cases[i].sentence));
		assert_non_null(strstr(visit->sentence, "UTC"));
		assert_int_equal(visit->sentence[strlen(visit->sentence) - 1],
				 '.');
		n_alerts += cases[i].is_alert;
		assert_int_equal(count_alerts(w, w->mia.token), n_alerts);
		free_visit(visit);
	}
}

/* Made-up fixes make nothing certain, and the manager is told. */
static void made_up_fixes_are_told(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct made_entry entry;
	struct visit_plan plan;
	struct uuid id = plan_meeting(w, &plan);
	Visit *visit;

	chain_begin(&chain, &w->anna);
	chain_add(&entry, &chain, &plan, DAY_MADE_UP);
	pass_by(w, &plan);
	assert_true(chain_submit(&w->h, &w->anna, &entry, 1).is_taken[0]);
	visit = must_get(w, &id);
	assert_int_equal(visit->certainty,
			 OUTRIDER__V1__CERTAINTY__CERTAINTY_DOUBTFUL);
	assert_non_null(strstr(visit->sentence, "not certain"));
	assert_non_null(strstr(visit->sentence, "of its fixes as made up"));
	free_visit(visit);
}

static void many_entries_go_in_one_call(void **state)
{
	struct world *w = *state;
	struct made_entry entries[20];
	struct chain_maker chain;
	struct visit_plan plan;
	struct submitted got;

	chain_begin(&chain, &w->anna);
	for (size_t i = 0; i < 20; i++) {
		plan_meeting(w, &plan);
		chain_add(&entries[i], &chain, &plan, DAY_PRESENT);
	}
	pass_by(w, &plan);
	got = chain_submit(&w->h, &w->anna, entries, 20);
	assert_int_equal(got.n_results, 20);
	assert_int_equal(got.receipt.number, 20);
	/* Half of them again, and with new ones behind. */
	got = chain_submit(&w->h, &w->anna, entries + 15, 5);
	assert_int_equal(got.n_results, 5);
	assert_true(got.is_taken[4]);
	assert_int_equal(got.receipt.number, 20);
	assert_int_equal(count_alerts(w, w->mia.token), 0);
}

/* The answer was lost: the same entries again, the same receipt. */
static void repeated_entry_is_confirmed(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct made_entry entry;
	struct visit_plan plan;
	struct submitted first, again;
	uint64_t rev;

	plan_meeting(w, &plan);
	chain_begin(&chain, &w->anna);
	chain_add(&entry, &chain, &plan, DAY_LATE);
	pass_by(w, &plan);
	first = chain_submit(&w->h, &w->anna, &entry, 1);
	rev = harness_rev(&w->h);
	w->h.wall_us += HOUR_US;
	again = chain_submit(&w->h, &w->anna, &entry, 1);
	assert_true(again.is_taken[0]);
	assert_true(again.receipt.at_us == first.receipt.at_us);
	assert_int_equal(harness_rev(&w->h), rev);
	assert_int_equal(count_alerts(w, w->mia.token), 1);
}

/* ----------------------------------------------------------------- refused */

static void expect_refused(struct world *w, const struct harness_user *user,
			   const struct made_entry *entry, const char *reason,
			   size_t n_alerts)
{
	struct submitted got = chain_submit(&w->h, user, entry, 1);

	assert_int_equal(got.code, OUTRIDER_OK);
	assert_int_equal(got.n_results, 1);
	assert_false(got.is_taken[0]);
	if (!strstr(got.reasons[0], reason))
		fail_msg("refused because %s, and not because %s",
			 got.reasons[0], reason);
	/* A retry raises nothing more. */
	(void)chain_submit(&w->h, user, entry, 1);
	assert_int_equal(count_alerts(w, w->mia.token), n_alerts);
}

/* The reasons that were given, each once. */
struct reasons {
	char texts[8][300];
	size_t n;
};

static void note_refusal(struct reasons *reasons, const struct submitted *got)
{
	assert_false(got->is_taken[0]);
	for (size_t i = 0; i < reasons->n; i++)
		if (strcmp(reasons->texts[i], got->reasons[0]) == 0)
			return;
	assert_true(reasons->n < 8);
	snprintf(reasons->texts[reasons->n++], sizeof(reasons->texts[0]), "%s",
		 got->reasons[0]);
}

/* One bit anywhere in what was sent. */
static void every_changed_bit_is_noticed(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct made_entry entry, spoilt;
	struct visit_plan plan;
	struct uuid id = plan_meeting(w, &plan);
	struct reasons reasons = { .n = 0 };
	struct submitted got;
	Visit *visit;

	chain_begin(&chain, &w->anna);
	chain_add(&entry, &chain, &plan, DAY_PRESENT);
	pass_by(w, &plan);
	for (size_t bit = 0; bit < (size_t)CHAIN_HEADER_LEN * 8; bit++) {
		spoilt = entry;
		spoilt.header_bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		got = chain_submit(&w->h, &w->anna, &spoilt, 1);
		note_refusal(&reasons, &got);
	}
	for (size_t bit = 0; bit < (size_t)64 * 8; bit++) {
		spoilt = entry;
		spoilt.signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
		got = chain_submit(&w->h, &w->anna, &spoilt, 1);
		note_refusal(&reasons, &got);
	}
	for (size_t bit = 0; bit < (size_t)CHAIN_SALT_LEN * 8; bit++) {
		spoilt = entry;
		spoilt.salt[bit / 8] ^= (uint8_t)(1 << bit % 8);
		got = chain_submit(&w->h, &w->anna, &spoilt, 1);
		note_refusal(&reasons, &got);
	}
	for (size_t bit = 0; bit < entry.content_len * 8; bit += 7) {
		spoilt = entry;
		spoilt.content[bit / 8] ^= (uint8_t)(1 << bit % 8);
		got = chain_submit(&w->h, &w->anna, &spoilt, 1);
		note_refusal(&reasons, &got);
	}
	assert_false(got.has_receipt);
	/* Thousands of refusals: an alert for each reason. */
	assert_true(reasons.n > 1);
	assert_int_equal(count_alerts(w, w->mia.token), reasons.n);
	visit = must_get(w, &id);
	assert_int_equal(visit->verdict, 0);
	free_visit(visit);
	/* The true one is still welcome. */
	got = chain_submit(&w->h, &w->anna, &entry, 1);
	assert_true(got.is_taken[0]);
}

static void missing_entry_is_a_gap(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct made_entry entries[3];
	struct visit_plan plan;
	struct submitted got;

	plan_meeting(w, &plan);
	chain_begin(&chain, &w->anna);
	for (size_t i = 0; i < 3; i++)
		chain_add(&entries[i], &chain, &plan, DAY_PRESENT);
	pass_by(w, &plan);
	(void)chain_submit(&w->h, &w->anna, &entries[0], 1);
	expect_refused(w, &w->anna, &entries[2], "missing", 1);
	/* Those behind a refused one are not looked at. */
	entries[1].content[50] ^= 1;
	got = chain_submit(&w->h, &w->anna, entries, 3);
	assert_int_equal(got.n_results, 2);
	assert_true(got.is_taken[0]);
	assert_false(got.is_taken[1]);
	assert_int_equal(got.receipt.number, 1);
}

static void other_entry_with_a_held_number_is_a_fork(void **state)
{
	struct world *w = *state;
	struct chain_maker chain, fork;
	struct made_entry first, second, other;
	struct visit_plan plan;
	struct uuid id = plan_meeting(w, &plan);
	Visit *visit;

	chain_begin(&chain, &w->anna);
	chain_add(&first, &chain, &plan, DAY_LATE);
	fork = chain;
	chain_add(&second, &chain, &plan, DAY_LATE);
	chain_add(&other, &fork, &plan, DAY_PRESENT);
	pass_by(w, &plan);
	(void)chain_submit(&w->h, &w->anna, &first, 1);
	(void)chain_submit(&w->h, &w->anna, &second, 1);
	/* One for being late. */
	assert_int_equal(count_alerts(w, w->mia.token), 1);
	expect_refused(w, &w->anna, &other, "another entry", 2);
	/* Well signed, and not what follows. */
	other.header.number = 3;
	other.header.previous[5] ^= 1;
	made_sign(&other, &w->anna);
	expect_refused(w, &w->anna, &other, "follow", 3);
	visit = must_get(w, &id);
	assert_int_equal(visit->verdict, OUTRIDER__V1__VERDICT__VERDICT_LATE);
	assert_int_equal(visit->entry_number, 2);
	free_visit(visit);
}

static void anothers_key_or_device_is_refused(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct made_entry entry;
	struct visit_plan plan;

	plan_meeting(w, &plan);
	chain_begin(&chain, &w->ben);
	chain_add(&entry, &chain, &plan, DAY_PRESENT);
	pass_by(w, &plan);
	/* Ben's entry through anna's phone. */
	expect_refused(w, &w->anna, &entry, "another device", 1);
	/* Her device's name, his key. */
	memcpy(entry.header.device_id, w->anna.device.at, 16);
	made_sign(&entry, &w->ben);
	expect_refused(w, &w->anna, &entry, "signature", 2);
}

static void content_must_be_canonical_and_of_its_meeting(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct made_entry entry, spoilt;
	struct visit_plan plan;

	plan_meeting(w, &plan);
	chain_begin(&chain, &w->anna);
	chain_add(&entry, &chain, &plan, DAY_PRESENT);
	pass_by(w, &plan);
	spoilt = entry;
	spoilt.content_len--;
	made_sign(&spoilt, &w->anna);
	expect_refused(w, &w->anna, &spoilt, "malformed", 1);
	spoilt = entry;
	spoilt.header.meeting_id[3] ^= 1;
	made_sign(&spoilt, &w->anna);
	expect_refused(w, &w->anna, &spoilt, "another meeting", 2);
}

/* A phone that lies about its own fixes, with its own good key. */
static void verdict_that_does_not_follow_is_shown(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct made_entry entry, honest;
	struct visit_plan plan;
	struct uuid id = plan_meeting(w, &plan);
	struct chain_maker other = { 0 };
	struct submitted got;
	Visit *visit;

	chain_begin(&chain, &w->anna);
	chain_begin(&other, &w->anna);
	chain_add(&entry, &chain, &plan, DAY_ELSEWHERE);
	chain_add(&honest, &other, &plan, DAY_PRESENT);
	visit_verdict_write(entry.content + entry.content_len -
				    VISIT_VERDICT_BYTES,
			    &honest.verdict);
	made_sign(&entry, &w->anna);
	pass_by(w, &plan);
	got = chain_submit(&w->h, &w->anna, &entry, 1);
	assert_true(got.is_taken[0]);
	visit = must_get(w, &id);
	assert_false(visit->is_reproduced);
	/* What the fixes say, and not what the phone said. */
	assert_int_equal(visit->verdict,
			 OUTRIDER__V1__VERDICT__VERDICT_ELSEWHERE);
	assert_int_equal(count_alerts(w, w->mia.token), 1);
	free_visit(visit);
}

static enum outrider_code finish(struct app_call *call)
{
	struct app_status status = { .code = OUTRIDER_OK };
	struct bytes message;

	while (app_call_next(call, &message, &status) == APP_MESSAGE)
		;
	app_call_free(call);
	return status.code;
}

/* Both saw an empty chain; one of them is told to come again. */
static void two_calls_of_a_device_are_one_after_the_other(void **state)
{
	struct world *w = *state;
	const char *path = "VisitService/SubmitEvidence";
	const char *token = w->anna.device_token;
	struct chain_maker chain, fork;
	struct made_entry entry, other;
	struct visit_plan plan;
	struct buffer first, second;
	struct app_call *a, *b;
	struct app_status status;
	struct bytes message;
	struct submitted got;
	int woken = 0;

	plan_meeting(w, &plan);
	chain_begin(&chain, &w->anna);
	chain_begin(&fork, &w->anna);
	chain_add(&entry, &chain, &plan, DAY_PRESENT);
	chain_add(&other, &fork, &plan, DAY_PRESENT);
	other.salt[0] ^= 1;
	made_sign(&other, &w->anna);
	pass_by(w, &plan);
	first = chain_request(&entry, 1);
	second = chain_request(&other, 1);
	a = harness_begin(&w->h, path, token, first.at, first.len, &woken);
	b = harness_begin(&w->h, path, token, second.at, second.len, &woken);
	assert_int_equal(app_call_next(a, &message, &status), APP_WAIT);
	assert_int_equal(app_call_next(b, &message, &status), APP_WAIT);
	while (store_run_writes(w->h.store))
		;
	assert_int_equal(woken, 2);
	assert_int_equal(finish(a), OUTRIDER_OK);
	assert_int_equal(finish(b), OUTRIDER_ABORTED);
	got = chain_submit(&w->h, &w->anna, &other, 1);
	assert_false(got.is_taken[0]);
	got = chain_submit(&w->h, &w->anna, &entry, 1);
	assert_true(got.is_taken[0]);
	buffer_free(&first);
	buffer_free(&second);
}

/* ------------------------------------------------------------------- plans */

static Visit *
visit_of(struct world *w, const struct uuid *id, const struct visit_plan *plan)
{
	struct chain_maker chain;
	struct made_entry entry;
	struct submitted got;

	chain_begin(&chain, &w->anna);
	chain_add(&entry, &chain, plan, DAY_PRESENT);
	pass_by(w, plan);
	got = chain_submit(&w->h, &w->anna, &entry, 1);
	assert_true(got.is_taken[0]);
	return must_get(w, id);
}

static void plan_made_after_the_window_opened_is_seen_late(void **state)
{
	struct world *w = *state;
	int64_t start_us = w->h.wall_us + 24 * HOUR_US;
	struct visit_plan plan;
	struct uuid id;
	Visit *visit;

	w->h.wall_us = start_us - VISIT_MARGIN_S * INT64_C(1000000);
	id = world_meeting(w, &w->anna, start_us, NULL);
	assert_true(plan_of_meeting(&plan, world_row(w, MEETING, &id)));
	visit = visit_of(w, &id, &plan);
	assert_false(visit->is_plan_agreed);
	assert_non_null(visit->plan_seen_time);
	assert_int_equal(visit->plan_seen_time->seconds,
			 start_us / 1000000 - VISIT_MARGIN_S + 1);
	assert_non_null(strstr(visit->sentence, "first saw this plan"));
	free_visit(visit);
}

/* Other changes of the meeting are none of the plan's business. */
static void plan_stands_through_other_changes(void **state)
{
	struct world *w = *state;
	struct visit_plan plan;
	struct uuid id = plan_meeting(w, &plan);
	Visit *visit;

	world_set(w, MEETING, &id, MEETING_SUBJECT, "Autumn offer");
	w->h.wall_us = plan.start_us;
	world_set(w, MEETING, &id, MEETING_SUBJECT, "Winter offer");
	visit = visit_of(w, &id, &plan);
	assert_true(visit->is_plan_agreed);
	free_visit(visit);
}

/* The pin was moved to where the rep happened to be. */
static void plan_moved_afterwards_is_not_agreed(void **state)
{
	struct world *w = *state;
	struct visit_plan plan;
	struct uuid id = plan_meeting(w, &plan);
	struct fields pin = fields_new();
	Visit *visit;

	w->h.wall_us = plan.start_us + HOUR_US;
	fields_double(&pin, MEETING_LATITUDE, 50.2);
	assert_int_equal(world_try(w, 2, MEETING, &id, &pin, NULL, 0),
			 OUTRIDER_OK);
	assert_true(plan_of_meeting(&plan, world_row(w, MEETING, &id)));
	visit = visit_of(w, &id, &plan);
	assert_false(visit->is_plan_agreed);
	assert_int_equal(visit->plan_seen_time->seconds,
			 plan.start_us / 1000000 + 3601);
	fields_free(&pin);
	free_visit(visit);
}

/* Moved away and back before the window opened. */
static void plan_that_stood_when_the_window_opened_is_agreed(void **state)
{
	struct world *w = *state;
	struct visit_plan plan, moved;
	struct uuid id = plan_meeting(w, &plan);
	struct fields away = fields_new(), back = fields_new();
	Visit *visit;

	fields_double(&away, MEETING_LATITUDE, 50.2);
	fields_double(&back, MEETING_LATITUDE, 50.1);
	assert_int_equal(world_try(w, 2, MEETING, &id, &away, NULL, 0),
			 OUTRIDER_OK);
	assert_true(plan_of_meeting(&moved, world_row(w, MEETING, &id)));
	assert_int_equal(world_try(w, 2, MEETING, &id, &back, NULL, 0),
			 OUTRIDER_OK);
	/* ... and away again once it was over. */
	w->h.wall_us = plan.end_us + HOUR_US;
	assert_int_equal(world_try(w, 2, MEETING, &id, &away, NULL, 0),
			 OUTRIDER_OK);
	visit = visit_of(w, &id, &plan);
	assert_true(visit->is_plan_agreed);
	fields_free(&away);
	fields_free(&back);
	free_visit(visit);
}

static struct uuid push_meeting(struct model_phone *p, int64_t start_us,
				struct visit_plan *plan, struct fields *fields)
{
	struct uuid id = harness_new_uuid(p->h);

	fields_text(fields, MEETING_SUBJECT, "Spring offer");
	fields_time(fields, MEETING_START, start_us);
	fields_time(fields, MEETING_END, start_us + HOUR_US / 2);
	fields_double(fields, MEETING_LATITUDE, 50.1);
	fields_double(fields, MEETING_LONGITUDE, 14.4);
	model_edit(p, MODEL_CREATE, MEETING, &id, fields_bytes(fields), NULL,
		   0);
	*plan = (struct visit_plan){
		.start_us = start_us,
		.end_us = start_us + HOUR_US / 2,
		.radius_m = VISIT_RADIUS_DEFAULT_M,
		.min_dwell_s = VISIT_MIN_DWELL_DEFAULT_S,
	};
	memcpy(plan->meeting_id, id.at, 16);
	assert_true(geo_pin_from_degrees(&plan->pin, 50.1, 14.4));
	return id;
}

/* Planned and lived offline; a phone sends its evidence first. */
static void evidence_may_come_before_its_meeting(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct fields fields = fields_new();
	struct chain_maker chain;
	struct made_entry entry;
	struct visit_plan plan;
	struct submitted got;
	enum outrider_code code;
	Visit *visit;
	struct uuid id =
		push_meeting(&anna, w->h.wall_us + HOUR_US, &plan, &fields);

	chain_begin(&chain, &w->anna);
	chain_add(&entry, &chain, &plan, DAY_LATE);
	pass_by(w, &plan);
	got = chain_submit(&w->h, &w->anna, &entry, 1);
	assert_true(got.is_taken[0] && got.has_receipt);
	assert_null(get_visit(w, w->mia.token, &id, NULL, &code));
	assert_int_equal(code, OUTRIDER_NOT_FOUND);
	assert_int_equal(count_alerts(w, w->mia.token), 0);
	model_push_all(&anna);
	visit = must_get(w, &id);
	assert_int_equal(visit->verdict, OUTRIDER__V1__VERDICT__VERDICT_LATE);
	assert_false(visit->is_plan_agreed);
	assert_int_equal(visit->plan_seen_time->seconds,
			 w->h.wall_us / 1000000);
	assert_int_equal(count_alerts(w, w->mia.token), 1);
	model_pull_all(&anna);
	model_check(&anna);
	free_visit(visit);
	fields_free(&fields);
	model_close(&anna);
}

/* Nobody is asked about a meeting that was called off. */
static void cancelled_meeting_raises_no_alert(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;
	struct made_entry entry;
	struct visit_plan plan;
	struct uuid id = plan_meeting(w, &plan);
	struct fields cancelled = fields_new();

	fields_number(&cancelled, MEETING_VISIT_STATE, 3);
	assert_int_equal(world_try(w, 2, MEETING, &id, &cancelled, NULL, 0),
			 OUTRIDER_OK);
	chain_begin(&chain, &w->anna);
	chain_add(&entry, &chain, &plan, DAY_ELSEWHERE);
	pass_by(w, &plan);
	assert_true(chain_submit(&w->h, &w->anna, &entry, 1).is_taken[0]);
	assert_int_equal(count_alerts(w, w->mia.token), 0);
	fields_free(&cancelled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(good_evidence_becomes_a_visit),
		WITH_WORLD(every_word_has_its_sentence_and_alert),
		WITH_WORLD(made_up_fixes_are_told),
		WITH_WORLD(many_entries_go_in_one_call),
		WITH_WORLD(repeated_entry_is_confirmed),
		WITH_WORLD(every_changed_bit_is_noticed),
		WITH_WORLD(missing_entry_is_a_gap),
		WITH_WORLD(other_entry_with_a_held_number_is_a_fork),
		WITH_WORLD(anothers_key_or_device_is_refused),
		WITH_WORLD(content_must_be_canonical_and_of_its_meeting),
		WITH_WORLD(verdict_that_does_not_follow_is_shown),
		WITH_WORLD(two_calls_of_a_device_are_one_after_the_other),
		WITH_WORLD(plan_made_after_the_window_opened_is_seen_late),
		WITH_WORLD(plan_stands_through_other_changes),
		WITH_WORLD(plan_moved_afterwards_is_not_agreed),
		WITH_WORLD(plan_that_stood_when_the_window_opened_is_agreed),
		WITH_WORLD(evidence_may_come_before_its_meeting),
		WITH_WORLD(cancelled_meeting_raises_no_alert),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
