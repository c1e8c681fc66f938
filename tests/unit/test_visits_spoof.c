/*
 * What the server finds by comparing entries: replays within a call, across
 * calls and between reps; clocks that went back; a phone that is new. And that
 * honest chains of many days show none of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "chain_maker.h"
#include "sync_world.h"

#include "app/visits.h"
#include "model/spoof.h"
#include "outrider/v1/visit.pb-c.h"
#include "store/tracks.h"
#include "store/visits.h"

typedef Outrider__V1__Visit Visit;

#define HOUR_US	  INT64_C(3600000000)
#define DAY_US	  (24 * HOUR_US)
#define MINUTE_US INT64_C(60000000)

/* A meeting of the user's at that time, at the one place of this world. */
static struct visit_plan
plan_at(struct world *w, const struct harness_user *user, int64_t start_us)
{
	struct uuid id = world_meeting(w, user, start_us, NULL);
	struct visit_plan plan;

	assert_true(plan_of_meeting(&plan, world_row(w, MEETING, &id)));
	return plan;
}

/* The visit as the rep's manager sees it; the caller frees it. */
static Visit *get(struct world *w, const struct harness_user *user,
		  const struct visit_plan *plan)
{
	struct fields request = fields_new();
	const struct harness_reply *reply;
	struct uuid meeting;
	Visit *visit;

	memcpy(meeting.at, plan->meeting_id, sizeof(meeting.at));
	fields_id(&request, 1, &meeting);
	fields_id(&request, 2, &user->id);
	reply = harness_call(&w->h, "VisitService/GetVisit", w->mia.token,
			     request.bytes.at, request.bytes.len);
	assert_int_equal(reply->code, OUTRIDER_OK);
	visit = outrider__v1__visit__unpack(NULL, reply->message.len,
					    reply->message.at);
	assert_non_null(visit);
	fields_free(&request);
	return visit;
}

static bool shows(struct world *w, const struct harness_user *user,
		  const struct visit_plan *plan, enum spoof_signal signal)
{
	Visit *visit = get(w, user, plan);
	bool is_shown = false;

	for (size_t i = 0; i < visit->n_spoof_signals; i++) {
		const Outrider__V1__SpoofSignal *s = visit->spoof_signals[i];

		if (strcmp(s->name, spoof_signal_name(signal)) != 0)
			continue;
		is_shown = true;
		assert_int_equal(s->is_hard, spoof_is_hard(signal));
		assert_int_equal(s->weight_permille, spoof_weight(signal));
		assert_true(strlen(s->sentence) > 10);
	}
	outrider__v1__visit__free_unpacked(visit, NULL);
	return is_shown;
}

static int32_t score(struct world *w, const struct harness_user *user,
		     const struct visit_plan *plan)
{
	Visit *visit = get(w, user, plan);
	int32_t permille = visit->spoof_score_permille;

	outrider__v1__visit__free_unpacked(visit, NULL);
	return permille;
}

static void send(struct world *w, const struct harness_user *user,
		 const struct made_entry *entries, size_t n)
{
	struct submitted got = chain_submit(&w->h, user, entries, n);

	assert_int_equal(got.code, OUTRIDER_OK);
	assert_int_equal(got.n_results, n);
	for (size_t i = 0; i < n; i++)
		assert_true(got.is_taken[i]);
}

/* It comes an hour after its meeting. */
static void arrive(struct world *w, const struct harness_user *user,
		   const struct visit_plan *plan,
		   const struct made_entry *entry)
{
	w->h.wall_us = plan->end_us + HOUR_US;
	send(w, user, entry, 1);
}

/* Two meetings of Anna's to which she went. */
struct two_visits {
	struct visit_plan first, second;
	struct made_entry entries[2];
};

static void go_twice(struct two_visits *out, struct world *w, int64_t first_us,
		     int64_t second_us)
{
	struct chain_maker chain;

	out->first = plan_at(w, &w->anna, w->h.wall_us + first_us);
	out->second = plan_at(w, &w->anna, w->h.wall_us + second_us);
	chain_begin(&chain, &w->anna);
	chain_add(&out->entries[0], &chain, &out->first, DAY_PRESENT);
	chain_add(&out->entries[1], &chain, &out->second, DAY_PRESENT);
}

/* The ticks of another entry under the plan of this one: what a phone would
 * have written of fixes that were played again. */
static void replay(struct made_entry *entry, const struct made_entry *source,
		   const struct visit_plan *plan,
		   const struct harness_user *user)
{
	struct evidence_content old;
	struct evidence_cursor cursor;
	struct evidence_draft draft;
	struct visit visit;
	struct tick tick;
	int64_t opened_us = plan->start_us - VISIT_MARGIN_S * INT64_C(1000000);

	assert_true(evidence_content_read(&old, source->content,
					  source->content_len));
	assert_true(visit_open(&visit, plan, opened_us));
	assert_true(
		evidence_draft_begin(&draft, entry->content, plan, opened_us));
	evidence_cursor_start(&cursor, &old);
	while (evidence_cursor_next(&cursor, &tick)) {
		/* By hand, 40 s later in the meeting than it was. */
		tick.at_ds += 400;
		if (evidence_draft_append(&draft, &tick))
			visit_tick(&visit, &tick);
	}
	visit_decide(&visit, &entry->verdict);
	assert_true(evidence_draft_finish(
		&draft,
		plan->end_us + VISIT_MARGIN_S * INT64_C(1000000) + MINUTE_US,
		&old.signals, &entry->verdict));
	entry->content_len = draft.len;
	made_sign(entry, user);
}

static void a_week_of_honest_days_shows_nothing(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;

	chain_begin(&chain, &w->anna);
	w->h.wall_us += 4 * DAY_US; /* the phone is no longer new */
	for (int i = 0; i < 7; i++) {
		struct visit_plan plan =
			plan_at(w, &w->anna, w->h.wall_us + HOUR_US);
		struct made_entry entry;

		chain_add(&entry, &chain, &plan, DAY_PRESENT);
		arrive(w, &w->anna, &plan, &entry);
		assert_int_equal(score(w, &w->anna, &plan), 0);
		w->h.wall_us += DAY_US;
	}
}

static void a_replay_is_found_in_a_later_call(void **state)
{
	struct world *w = *state;
	struct two_visits two;

	go_twice(&two, w, HOUR_US, 2 * DAY_US);
	replay(&two.entries[1], &two.entries[0], &two.second, &w->anna);
	arrive(w, &w->anna, &two.first, &two.entries[0]);
	arrive(w, &w->anna, &two.second, &two.entries[1]);
	assert_false(shows(w, &w->anna, &two.first, SPOOF_REPLAY));
	assert_true(shows(w, &w->anna, &two.second, SPOOF_REPLAY));
	assert_in_range(score(w, &w->anna, &two.second), SPOOF_ASK_PERMILLE,
			1000);
}

/* What a phone tells of a far future hides nothing that comes before it. */
static void the_future_hides_no_replay(void **state)
{
	enum { FUTURES = 14, BATCH = 7 };
	struct world *w = *state;
	struct visit_plan first = plan_at(w, &w->anna, w->h.wall_us + HOUR_US);
	struct visit_plan second =
		plan_at(w, &w->anna, w->h.wall_us + 2 * DAY_US);
	struct made_entry entries[BATCH], original;
	struct chain_maker chain;

	chain_begin(&chain, &w->anna);
	for (int i = 0; i < FUTURES; i++) {
		struct visit_plan ahead = plan_at(
			w, &w->anna, w->h.wall_us + (3000 + i) * DAY_US);

		chain_add(&entries[i % BATCH], &chain, &ahead, DAY_ELSEWHERE);
		if (i % BATCH == BATCH - 1)
			send(w, &w->anna, entries, BATCH);
	}
	chain_add(&original, &chain, &first, DAY_PRESENT);
	chain_add(&entries[0], &chain, &second, DAY_PRESENT);
	replay(&entries[0], &original, &second, &w->anna);
	arrive(w, &w->anna, &first, &original);
	arrive(w, &w->anna, &second, &entries[0]);
	assert_true(shows(w, &w->anna, &second, SPOOF_REPLAY));
}

static void a_replay_is_found_in_one_call(void **state)
{
	struct world *w = *state;
	struct two_visits two;

	go_twice(&two, w, HOUR_US, 2 * DAY_US);
	replay(&two.entries[1], &two.entries[0], &two.second, &w->anna);
	w->h.wall_us = two.second.end_us + HOUR_US;
	send(w, &w->anna, two.entries, 2);
	assert_true(shows(w, &w->anna, &two.second, SPOOF_REPLAY));
}

/* A colleague's phone sends its fixes on, at the same time. */
static void a_colleagues_track_is_no_own_one(void **state)
{
	struct world *w = *state;
	int64_t start_us = w->h.wall_us + HOUR_US;
	struct visit_plan annas = plan_at(w, &w->anna, start_us);
	struct visit_plan bens = plan_at(w, &w->ben, start_us);
	struct made_entry one, copy;
	struct chain_maker anna, ben;

	chain_begin(&anna, &w->anna);
	chain_begin(&ben, &w->ben);
	chain_add(&one, &anna, &annas, DAY_PRESENT);
	chain_add(&copy, &ben, &bens, DAY_PRESENT);
	arrive(w, &w->anna, &annas, &one);
	arrive(w, &w->ben, &bens, &copy);
	assert_false(shows(w, &w->ben, &bens, SPOOF_REPLAY));

	bens = plan_at(w, &w->ben, w->h.wall_us + HOUR_US);
	chain_add(&copy, &ben, &bens, DAY_PRESENT);
	replay(&copy, &one, &bens, &w->ben);
	arrive(w, &w->ben, &bens, &copy);
	assert_true(shows(w, &w->ben, &bens, SPOOF_REPLAY));
}

/* Two meetings of one rep at one time see the same fixes. */
static void overlapping_windows_are_no_replay(void **state)
{
	struct world *w = *state;
	struct two_visits two;

	go_twice(&two, w, HOUR_US, HOUR_US + 15 * MINUTE_US);
	arrive(w, &w->anna, &two.second, &two.entries[0]);
	arrive(w, &w->anna, &two.second, &two.entries[1]);
	assert_false(shows(w, &w->anna, &two.second, SPOOF_REPLAY));
}

/* Signs an entry anew with other clocks. */
static void set_clocks(struct made_entry *entry,
		       const struct harness_user *user, int64_t wall_us,
		       int64_t mono_us, uint8_t boot)
{
	entry->header.wall_us = wall_us;
	entry->header.mono_us = mono_us;
	memset(entry->header.boot_id, boot, sizeof(entry->header.boot_id));
	made_sign(entry, user);
}

static void clocks_that_go_back_are_found(void **state)
{
	static const struct {
		int64_t wall_us, mono_us; /* since the entry before */
		uint8_t boot;
		bool is_back;
	} cases[] = {
		{ DAY_US, DAY_US, 1, false },
		{ DAY_US + HOUR_US, DAY_US, 1, false }, /* set on */
		{ DAY_US - MINUTE_US, DAY_US, 1, false },
		{ DAY_US - HOUR_US, DAY_US, 1, true },
		{ DAY_US, -HOUR_US, 2, false }, /* started anew */
		{ -HOUR_US, -HOUR_US, 3, true },
	};
	struct world *w = *state;
	int64_t wall_us = w->h.wall_us, mono_us = 100 * DAY_US;
	struct chain_maker chain;

	chain_begin(&chain, &w->anna);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct visit_plan plan =
			plan_at(w, &w->anna, w->h.wall_us + HOUR_US);
		struct made_entry entry;

		chain_add(&entry, &chain, &plan, DAY_PRESENT);
		wall_us += cases[i].wall_us;
		mono_us += cases[i].mono_us;
		set_clocks(&entry, &w->anna, wall_us, mono_us, cases[i].boot);
		made_hash(chain.head, &entry);
		arrive(w, &w->anna, &plan, &entry);
		assert_int_equal(shows(w, &w->anna, &plan, SPOOF_CLOCK_BACK),
				 cases[i].is_back);
		w->h.wall_us += DAY_US;
	}
}

/* An entry that is signed some time after the receipt for the one before it,
 * by the phone's clock; is it suspected? */
static bool
is_behind(struct world *w, struct chain_maker *chain, int64_t after_receipt_us)
{
	struct visit_plan plan = plan_at(w, &w->anna, w->h.wall_us + HOUR_US);
	int64_t receipt_us = w->h.wall_us;
	struct made_entry entry;

	chain_add(&entry, chain, &plan, DAY_PRESENT);
	set_clocks(&entry, &w->anna, receipt_us + after_receipt_us, 1, 0);
	entry.header.boot_id[0] = (uint8_t)entry.header.number;
	made_sign(&entry, &w->anna);
	made_hash(chain->head, &entry);
	w->h.wall_us = plan.end_us + HOUR_US;
	send(w, &w->anna, &entry, 1);
	return shows(w, &w->anna, &plan, SPOOF_CLOCK_BACK);
}

/* Each in a boot of its own, so that the clock since boot tells nothing, and
 * none earlier than the entry before it. */
static void a_clock_behind_the_servers_is_found(void **state)
{
	struct world *w = *state;
	struct chain_maker chain;

	chain_begin(&chain, &w->anna);
	assert_false(is_behind(w, &chain, -HOUR_US)); /* the first of all */
	assert_false(is_behind(w, &chain, MINUTE_US));
	assert_false(is_behind(w, &chain, -8 * MINUTE_US));
	assert_true(is_behind(w, &chain, -HOUR_US));
	assert_false(is_behind(w, &chain, 2 * HOUR_US));
}

/* Of a full call the rest has waited: it may be as old as it says. */
static void the_rest_of_a_full_call_is_not_suspected(void **state)
{
	enum { WAITED = 50, FEW = 30 };
	static struct made_entry entries[WAITED];
	struct world *w = *state;

	for (size_t n = FEW; n <= WAITED; n += WAITED - FEW) {
		const struct harness_user *user = n == FEW ? &w->ben : &w->anna;
		struct visit_plan plan = plan_at(w, user, w->h.wall_us);
		struct chain_maker chain;
		struct made_entry rest;

		chain_begin(&chain, user);
		for (size_t i = 0; i <= n; i++) {
			struct made_entry *entry = i < n ? &entries[i] : &rest;

			chain_add(entry, &chain, &plan, DAY_NO_FIXES);
			chain.signed_us = 0; /* all in one hour */
		}
		w->h.wall_us += DAY_US;
		assert_int_equal(chain_submit(&w->h, user, entries, n).code,
				 OUTRIDER_OK);
		send(w, user, &rest, 1);
		assert_int_equal(shows(w, user, &plan, SPOOF_CLOCK_BACK),
				 n == FEW);
	}
}

/* -------------------------------------------------------------- retention */

static size_t count_tracks(struct world *w, const struct geo_pin *pin)
{
	const struct track_query asked = {
		.cell = (((int64_t)pin->lat_e7 + 900000000) / 100000) << 32 |
			(((int64_t)pin->lon_e7 + 1800000000) / 100000),
		.limit = 100,
	};
	struct store_conn *conn;
	struct outrider_err err;
	struct track *tracks;
	struct arena arena;
	size_t n;

	arena_init(&arena, &allocator_libc, 1 << 20);
	assert_int_equal(store_reader_open(&conn, w->h.store, &err),
			 OUTRIDER_OK);
	assert_int_equal(track_list(conn, &tracks, &n, &asked, &arena, &err),
			 OUTRIDER_OK);
	store_reader_close(conn);
	arena_free(&arena);
	return n;
}

static void wait_days(struct world *w, int days)
{
	w->h.wall_us += days * DAY_US;
	app_tick(w->h.app);
	while (store_run_writes(w->h.store))
		;
}

/* Who was where and when goes with what they told of it. */
static void a_track_goes_with_its_content(void **state)
{
	struct world *w = *state;
	struct two_visits two;

	go_twice(&two, w, HOUR_US, 30 * DAY_US);
	arrive(w, &w->anna, &two.first, &two.entries[0]);
	arrive(w, &w->anna, &two.second, &two.entries[1]);
	wait_days(w, 29);
	assert_int_equal(count_tracks(w, &two.first.pin), 2);
	wait_days(w, 2);
	assert_int_equal(count_tracks(w, &two.first.pin), 1);
	wait_days(w, 30);
	assert_int_equal(count_tracks(w, &two.first.pin), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(a_week_of_honest_days_shows_nothing),
		WITH_WORLD(a_replay_is_found_in_a_later_call),
		WITH_WORLD(a_replay_is_found_in_one_call),
		WITH_WORLD(the_future_hides_no_replay),
		WITH_WORLD(a_colleagues_track_is_no_own_one),
		WITH_WORLD(overlapping_windows_are_no_replay),
		WITH_WORLD(clocks_that_go_back_are_found),
		WITH_WORLD(a_clock_behind_the_servers_is_found),
		WITH_WORLD(the_rest_of_a_full_call_is_not_suspected),
		WITH_WORLD(a_track_goes_with_its_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
