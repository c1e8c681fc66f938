/*
 * Pushes that take time: they are written in turns of a few milliseconds, and
 * others come between two turns, the same device's too, whose line broke and
 * that sends what it had sent already, cut otherwise. Each mutation takes
 * effect once, and whoever asks gets the one answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sync_world.h"

#include "outrider/v1/sync.pb-c.h"
#include "store/parts.h"

enum { EDITS = 60, WRITTEN = 48, CALLS = 3 };

typedef Outrider__V1__PushResponse Response;

static int64_t (*usual_mono_us)(void *user);
static unsigned n_commits;

/* Each look at the clock takes three milliseconds. */
static int64_t slow_mono_us(void *user)
{
	struct app_harness *h = user;

	return h->mono_us += 3000;
}

static void count_commit(void *user)
{
	(void)user;
	n_commits++;
}

static void slow_down(struct world *w)
{
	usual_mono_us = w->h.context.mono_us;
	w->h.context.mono_us = slow_mono_us;
	w->h.after_commit = count_commit;
	n_commits = 0;
}

static void speed_up(struct world *w)
{
	w->h.context.mono_us = usual_mono_us;
}

/* Creates, edits of them, and now and then one that is refused. */
static void fill_outbox(struct world *w, struct model_phone *p)
{
	struct uuid id = { { 0 } };
	char text[16];

	for (unsigned i = 0; i < EDITS; i++) {
		snprintf(text, sizeof(text), "Alder%u", i);
		if (i % 5 == 0)
			id = harness_new_uuid(&w->h);
		world_edit(p, i % 5 == 0 ? MODEL_CREATE : MODEL_UPDATE, &id,
			   i % 5 == 3 ? 0xffff : CONTACT_FAMILY_NAME, text);
	}
}

static bool is_refused(uint64_t seq)
{
	return (seq - 1) % 5 == 3;
}

static void all_came_out(struct model_phone *p)
{
	for (uint64_t seq = 1; seq <= EDITS; seq++)
		model_came_out(p, seq,
			       is_refused(seq) ? MODEL_REJECTED : MODEL_APPLIED,
			       is_refused(seq) ? 12 : 0);
}

/* One of several calls under way. */
struct under_way {
	struct app_call *call;
	struct buffer request;
	size_t n; /* of its mutations */
	int woken;
	bool is_over;
	enum outrider_code code;
	Response *response;
};

static void begin(struct under_way *it, struct model_phone *p, size_t n)
{
	*it = (struct under_way){
		.n = n,
		.request = model_push_request(p, n),
	};
	it->call = harness_begin(p->h, "SyncService/Push",
				 p->user->device_token, it->request.at,
				 it->request.len, &it->woken);
}

/* Until it waits for the writer, or is over. */
static void go_on(struct under_way *it)
{
	struct app_status status;
	struct bytes message;
	enum app_progress progress = APP_MESSAGE;

	while (!it->is_over && progress == APP_MESSAGE) {
		progress = app_call_next(it->call, &message, &status);
		if (progress == APP_MESSAGE)
			it->response = outrider__v1__push_response__unpack(
				NULL, message.len, message.at);
		it->is_over = progress == APP_END;
		if (it->is_over)
			it->code = status.code;
	}
}

static void end(struct under_way *it)
{
	app_call_free(it->call);
	buffer_free(&it->request);
	if (it->response)
		outrider__v1__push_response__free_unpacked(it->response, NULL);
}

/* All of them, in turns; how many rounds it took. */
static unsigned take_turns(struct world *w, struct under_way *calls, size_t n)
{
	unsigned rounds = 0;
	size_t n_over;

	do {
		n_over = 0;
		for (size_t i = 0; i < n; i++) {
			go_on(&calls[i]);
			n_over += calls[i].is_over;
		}
		(void)store_run_writes(w->h.store);
		assert_true(rounds++ < 1000);
	} while (n_over < n);
	return rounds;
}

/* A revision that goes without saying, said. */
static void say_revs(Response *response)
{
	uint64_t rev = 0;

	for (size_t i = 0; i < response->n_results; i++) {
		Outrider__V1__MutationResult *result = response->results[i];

		if ((int)result->outcome == MODEL_REJECTED)
			continue;
		if (result->rev == 0)
			result->rev = rev + 1;
		rev = result->rev;
	}
}

static void expect_same(const struct under_way *a, const struct under_way *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		const Outrider__V1__MutationResult *one =
			a->response->results[i];
		const Outrider__V1__MutationResult *other =
			b->response->results[i];

		assert_int_equal(one->outcome, other->outcome);
		assert_int_equal(one->rev, other->rev);
		assert_string_equal(one->reason, other->reason);
	}
}

/* ------------------------------------------------------------------- tests */

static void slow_push_is_kept_in_pieces(void **state)
{
	static const size_t cuts[] = { 1, 9, 2, 30, 7, 11 };
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	uint64_t rev = harness_rev(&w->h);

	fill_outbox(w, &anna);
	slow_down(w);
	assert_int_equal(model_push(&anna, EDITS, true), OUTRIDER_OK);
	assert_true(n_commits > 5 && n_commits < EDITS / 2);
	assert_int_equal(harness_rev(&w->h), rev + WRITTEN);
	rev = harness_rev(&w->h);
	harness_restart(&w->h);
	speed_up(w);
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++)
		assert_int_equal(model_push(&anna, cuts[i], false),
				 OUTRIDER_OK);
	assert_int_equal(model_waiting(&anna), 0);
	all_came_out(&anna);
	assert_int_equal(harness_rev(&w->h), rev);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

/* Their turns share transactions, too. */
static void one_device_pushes_thrice_at_once(void **state)
{
	static const size_t sizes[CALLS] = { 40, 23, EDITS };
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct under_way calls[CALLS];
	uint64_t rev = harness_rev(&w->h);

	fill_outbox(w, &anna);
	slow_down(w);
	for (size_t i = 0; i < CALLS; i++)
		begin(&calls[i], &anna, sizes[i]);
	assert_true(take_turns(w, calls, CALLS) > 4);
	assert_int_equal(harness_rev(&w->h), rev + WRITTEN);
	for (size_t i = 0; i < CALLS; i++) {
		assert_int_equal(calls[i].code, OUTRIDER_OK);
		assert_int_equal(calls[i].response->n_results, sizes[i]);
		say_revs(calls[i].response);
	}
	expect_same(&calls[0], &calls[2]);
	expect_same(&calls[1], &calls[2]);
	for (size_t i = 0; i < CALLS; i++)
		end(&calls[i]);
	model_push_all(&anna);
	all_came_out(&anna);
	assert_int_equal(harness_rev(&w->h), rev + WRITTEN);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

/* What was acknowledged meanwhile is forgotten, and is asked for no more. */
static void next_push_comes_between_two_turns(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct under_way calls[2];
	uint64_t rev = harness_rev(&w->h);

	fill_outbox(w, &anna);
	assert_int_equal(model_push(&anna, 20, false), OUTRIDER_OK);
	slow_down(w);
	anna.acked_seq = 0;
	begin(&calls[0], &anna, 30); /* a late one, of before the answer */
	anna.acked_seq = 20;
	begin(&calls[1], &anna, 40);
	(void)take_turns(w, calls, 2);
	/* Whether it still gets its answers hangs on whose turn came first. */
	assert_true(calls[0].code == OUTRIDER_OK ||
		    calls[0].code == OUTRIDER_ABORTED);
	assert_int_equal(calls[1].code, OUTRIDER_OK);
	end(&calls[0]);
	end(&calls[1]);
	assert_int_equal(harness_rev(&w->h), rev + WRITTEN);
	model_push_all(&anna);
	all_came_out(&anna);
	assert_int_equal(harness_rev(&w->h), rev + WRITTEN);
	model_close(&anna);
}

/* Two backups of one phone at once: the second hears that it is one, and what
 * it says otherwise is written by nobody. */
static void another_backup_comes_between_two_turns(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct under_way calls[2];
	uint64_t rev = harness_rev(&w->h);

	fill_outbox(w, &anna);
	slow_down(w);
	begin(&calls[0], &anna, EDITS);
	model_mutation(&anna, 30)->fields.at[3] ^= 1;
	begin(&calls[1], &anna, EDITS);
	model_mutation(&anna, 30)->fields.at[3] ^= 1;
	(void)take_turns(w, calls, 2);
	assert_int_equal(calls[0].code, OUTRIDER_OK);
	assert_int_equal(calls[1].code, OUTRIDER_ABORTED);
	end(&calls[0]);
	end(&calls[1]);
	assert_int_equal(harness_rev(&w->h), rev + WRITTEN);
	model_push_all(&anna);
	all_came_out(&anna);
	model_close(&anna);
}

/* A database may undo a transaction by itself: all that was in it with others
 * runs again. */
static enum outrider_code
undo_all(void *user, struct store_conn *tx, struct outrider_err *err)
{
	(void)user;
	return store_run(tx, NULL, STATEMENT_ROLLBACK, NULL, 0, err);
}

static void was_undone(void *user, struct store_write *write)
{
	(void)write;
	++*(unsigned *)user;
}

static void turn_runs_again_where_its_transaction_is_gone(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct under_way call;
	unsigned n_undone = 0, n_undoing = 0;
	uint64_t rev = harness_rev(&w->h);

	fill_outbox(w, &anna);
	slow_down(w);
	begin(&call, &anna, EDITS);
	for (;;) {
		struct store_write write = {
			.run = undo_all,
			.done = was_undone,
			.user = &n_undone,
		};
		struct outrider_err err;

		go_on(&call);
		if (call.is_over)
			break;
		assert_int_equal(store_submit(w->h.store, &write, &err),
				 OUTRIDER_OK);
		n_undoing++;
		assert_true(store_run_writes(w->h.store));
	}
	assert_true(n_undone > 5);
	assert_int_equal(n_undone, n_undoing);
	assert_int_equal(call.code, OUTRIDER_OK);
	assert_int_equal(call.response->n_results, EDITS);
	end(&call);
	assert_int_equal(harness_rev(&w->h), rev + WRITTEN);
	speed_up(w);
	model_push_all(&anna);
	all_came_out(&anna);
	assert_int_equal(harness_rev(&w->h), rev + WRITTEN);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(slow_push_is_kept_in_pieces),
		WITH_WORLD(one_device_pushes_thrice_at_once),
		WITH_WORLD(next_push_comes_between_two_turns),
		WITH_WORLD(another_backup_comes_between_two_turns),
		WITH_WORLD(turn_runs_again_where_its_transaction_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
