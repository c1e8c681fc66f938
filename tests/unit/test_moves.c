/*
 * moves: records follow their owner into another team, whatever happens
 * meanwhile.
 */
#include "app_harness.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
	NOTES = 150,
	QUEUE = 3,
};

struct move_test {
	struct app_harness harness;
	struct uuid north, south, east;
	struct harness_user rep, north_boss, south_boss, east_boss;
	struct uuid notes[NOTES];
	struct app_call *call; /* a move under way */
	int woken;
	size_t n_commits;
	struct store_write stopper, fillers[QUEUE];
};

static void add_notes(struct move_test *t)
{
	for (size_t i = 0; i < NOTES; i++) {
		struct buffer note = harness_buffer(),
			      request = harness_buffer();
		const struct harness_reply *reply;

		harness_put_text(&note, 10, "text");
		wire_put_bytes(&request, 1, note.at, note.len);
		reply = harness_call(&t->harness, "NoteService/CreateNote",
				     t->rep.token, request.at, request.len);
		assert_int_equal(reply->code, OUTRIDER_OK);
		t->notes[i] = harness_uuid(reply->message, 1);
		buffer_free(&note);
		buffer_free(&request);
	}
}

static int open_firm(void **state)
{
	static struct move_test test;
	struct move_test *t = &test;

	harness_open(&t->harness);
	t->north = harness_add_team(&t->harness, "North", NULL);
	t->south = harness_add_team(&t->harness, "South", NULL);
	t->east = harness_add_team(&t->harness, "East", NULL);
	t->rep = harness_add_user(&t->harness, "rep", RANK_REP, &t->north);
	t->north_boss =
		harness_add_user(&t->harness, "north", RANK_MANAGER, &t->north);
	t->south_boss =
		harness_add_user(&t->harness, "south", RANK_MANAGER, &t->south);
	t->east_boss =
		harness_add_user(&t->harness, "east", RANK_MANAGER, &t->east);
	t->n_commits = 0;
	add_notes(t);
	*state = t;
	return 0;
}

static int close_firm(void **state)
{
	harness_close(&((struct move_test *)*state)->harness);
	return 0;
}

static size_t count_seen(struct move_test *t, const char *token)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	size_t n = 0;

	wire_put_scalar(&request, 1, 1000);
	reply = harness_call(&t->harness, "NoteService/ListNotes", token,
			     request.at, request.len);
	assert_int_equal(reply->code, OUTRIDER_OK);
	while (harness_part(reply->message, 1, n).at)
		n++;
	buffer_free(&request);
	return n;
}

/* Puts the rep into another team: the writer has still to run. */
static void begin_move(struct move_test *t, const struct uuid *team)
{
	struct app_harness *h = &t->harness;
	struct buffer user = harness_buffer(), request = harness_buffer();
	struct bytes message;
	struct app_status status;

	harness_put_uuid(&user, 1, &t->rep.id);
	harness_put_uuid(&user, 13, team);
	wire_put_bytes(&request, 1, user.at, user.len);
	t->call = harness_begin(h, "UserService/UpdateUser", h->admin_token,
				request.at, request.len, &t->woken);
	assert_int_equal(app_call_next(t->call, &message, &status), APP_WAIT);
	buffer_free(&user);
	buffer_free(&request);
}

static void end_move(struct move_test *t)
{
	struct bytes message;
	struct app_status status;

	assert_int_equal(app_call_next(t->call, &message, &status),
			 APP_MESSAGE);
	app_call_free(t->call);
}

static void settle(struct move_test *t)
{
	while (store_run_writes(t->harness.store))
		;
}

static void move(struct move_test *t, const struct uuid *team)
{
	begin_move(t, team);
	settle(t);
	end_move(t);
}

static void records_follow_their_owner(void **state)
{
	struct move_test *t = *state;
	uint64_t rev;

	assert_int_equal(count_seen(t, t->north_boss.token), NOTES);
	assert_int_equal(count_seen(t, t->south_boss.token), 0);
	move(t, &t->south);
	assert_int_equal(count_seen(t, t->north_boss.token), 0);
	assert_int_equal(count_seen(t, t->south_boss.token), NOTES);
	assert_int_equal(count_seen(t, t->rep.token), NOTES);

	/* Done is done: another commit moves nothing more. */
	rev = harness_rev(&t->harness);
	move(t, &t->south);
	assert_int_equal(harness_rev(&t->harness), rev);
}

/* -------------------------------------------------------------- meanwhile */

/* Commits of a move: the user's own, then one a chunk. */
enum { IN_THE_MIDDLE = 2 };

static enum outrider_code
run_nothing(void *user, struct store_conn *tx, struct outrider_err *err)
{
	(void)user;
	(void)tx;
	err_clear(err);
	return OUTRIDER_OK;
}

static void forget(void *user, struct store_write *write)
{
	(void)user;
	(void)write;
}

static enum outrider_code
submit(struct move_test *t, struct store_write *write, store_run_fn *run)
{
	struct outrider_err err;

	*write = (struct store_write){ .run = run, .done = forget, .user = t };
	return store_submit(t->harness.store, write, &err);
}

/* In the same group as a chunk: when that is answered the queue is full. Jobs
 * of the server may have places in it, too. */
static enum outrider_code
run_fill_queue(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct move_test *t = user;

	size_t n = 0;

	while (n < QUEUE &&
	       submit(t, &t->fillers[n], run_nothing) == OUTRIDER_OK)
		n++;
	assert_in_range(n, 1, QUEUE);
	return run_nothing(user, tx, err);
}

/* Leaves no room in the queue for the chunk after next: the move stops. */
static void stop_the_move(void *user)
{
	struct move_test *t = user;

	if (++t->n_commits == IN_THE_MIDDLE)
		assert_int_equal(submit(t, &t->stopper, run_fill_queue),
				 OUTRIDER_OK);
}

static void a_move_survives_a_restart(void **state)
{
	struct move_test *t = *state;
	size_t n_moved;

	t->harness.store_config.max_queue = QUEUE;
	harness_restart(&t->harness);
	settle(t);
	t->harness.after_commit = stop_the_move;
	t->harness.user = t;
	move(t, &t->south);
	n_moved = count_seen(t, t->south_boss.token);
	assert_true(n_moved > 0 && n_moved < NOTES);
	assert_int_equal(count_seen(t, t->north_boss.token), NOTES - n_moved);

	t->harness.after_commit = NULL;
	harness_restart(&t->harness);
	settle(t);
	assert_int_equal(count_seen(t, t->south_boss.token), NOTES);
	assert_int_equal(count_seen(t, t->north_boss.token), 0);
}

static void move_on_to_east(void *user)
{
	struct move_test *t = user;

	if (++t->n_commits == IN_THE_MIDDLE)
		begin_move(t, &t->east);
}

static void a_second_move_wins(void **state)
{
	struct move_test *t = *state;
	struct app_call *first;
	struct bytes message;
	struct app_status status;

	t->harness.after_commit = move_on_to_east;
	t->harness.user = t;
	begin_move(t, &t->south);
	first = t->call;
	settle(t);
	assert_true(t->n_commits > IN_THE_MIDDLE);
	assert_int_equal(app_call_next(first, &message, &status), APP_MESSAGE);
	app_call_free(first);
	end_move(t);
	assert_int_equal(count_seen(t, t->south_boss.token), 0);
	assert_int_equal(count_seen(t, t->north_boss.token), 0);
	assert_int_equal(count_seen(t, t->harness.admin_token), NOTES);
	assert_int_equal(count_seen(t, t->east_boss.token), NOTES);
}

static void deleted_ones_find_their_team_later(void **state)
{
	struct move_test *t = *state;
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_uuid(&request, 1, &t->notes[7]);
	reply = harness_call(&t->harness, "NoteService/DeleteNote",
			     t->rep.token, request.at, request.len);
	assert_int_equal(reply->code, OUTRIDER_OK);
	move(t, &t->south);
	assert_int_equal(count_seen(t, t->south_boss.token), NOTES - 1);
	/* Meanwhile it stays where it lay. */
	reply = harness_call(&t->harness, "NoteService/GetNote",
			     t->north_boss.token, request.at, request.len);
	assert_int_equal(reply->code, OUTRIDER_OK);
	reply = harness_call(&t->harness, "NoteService/GetNote",
			     t->south_boss.token, request.at, request.len);
	assert_int_equal(reply->code, OUTRIDER_NOT_FOUND);
	reply = harness_call(&t->harness, "NoteService/UndeleteNote",
			     t->rep.token, request.at, request.len);
	assert_int_equal(reply->code, OUTRIDER_OK);
	assert_int_equal(count_seen(t, t->south_boss.token), NOTES);
	assert_int_equal(count_seen(t, t->north_boss.token), 0);
	buffer_free(&request);
}

int main(void)
{
#define FIRM(test) cmocka_unit_test_setup_teardown(test, open_firm, close_firm)
	const struct CMUnitTest tests[] = {
		FIRM(records_follow_their_owner),
		FIRM(a_move_survives_a_restart),
		FIRM(a_second_move_wins),
		FIRM(deleted_ones_find_their_team_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
