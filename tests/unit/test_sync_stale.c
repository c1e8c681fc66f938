/*
 * Phones that were away too long, and a server that came out of a backup: what
 * nobody can tell them any more they learn by pulling everything anew; who was
 * away for less notices nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sync_world.h"

#define DAY_US (INT64_C(24) * 3600 * 1000000)

/* Days go by, and whatever the server does in them. */
static void days_pass(struct world *w, int days)
{
	w->h.wall_us += days * DAY_US;
	w->h.mono_us += days * DAY_US;
	/* A commit gives the occasion. */
	world_contact(w, &w->carl, "Passing");
	while (store_run_writes(w->h.store))
		;
}

static uint64_t horizon(struct world *w)
{
	struct store_conn *conn;
	struct outrider_err err;
	uint64_t rev = 0;

	assert_int_equal(store_reader_open(&conn, w->h.store, &err),
			 OUTRIDER_OK);
	assert_int_equal(store_read_begin(conn, NULL, &err), OUTRIDER_OK);
	assert_int_equal(store_horizon(conn, &rev, &err), OUTRIDER_OK);
	store_read_end(conn);
	store_reader_close(conn);
	return rev;
}

static void must_resync(struct model_phone *p)
{
	assert_int_equal(model_pull(p, 0, SIZE_MAX),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(model_compare(p), OUTRIDER_FAILED_PRECONDITION);
	model_forget_cards(p);
	model_pull_all(p);
	model_check(p);
}

static void what_was_removed_is_forgotten(void **state)
{
	struct world *w = *state;
	struct model_phone away = world_phone(w, &w->anna);
	struct model_phone here = world_phone(w, &w->anna);
	struct uuid deleted = world_contact(w, &w->anna, "Alder");
	struct uuid given = world_contact(w, &w->anna, "Birch");
	struct uuid kept = world_contact(w, &w->anna, "Cedar");

	model_pull_all(&away);
	model_pull_all(&here);
	world_delete(w, CONTACT, &deleted);
	world_give(w, CONTACT, &given, &w->carl);
	model_pull_all(&here);
	/* So far everybody can be told. */
	days_pass(w, 80);
	assert_int_equal(horizon(w), 0);
	assert_non_null(world_row(w, CONTACT, &deleted));
	days_pass(w, 11);
	assert_true(horizon(w) > 0);
	assert_null(world_row(w, CONTACT, &deleted));
	assert_non_null(world_row(w, CONTACT, &given));
	/* Who had heard of it goes on where they were. */
	model_pull_all(&here);
	model_check(&here);
	assert_int_equal(here.n_whole, 0);
	must_resync(&away);
	assert_null(model_find(&away, CONTACT, &deleted));
	assert_null(model_find(&away, CONTACT, &given));
	assert_non_null(model_find(&away, CONTACT, &kept));
	model_close(&away);
	model_close(&here);
}

/* Within the time nothing is forgotten, and a phone of 80 days ago is told. */
static void who_comes_back_in_time_is_told(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");

	model_pull_all(&anna);
	world_delete(w, CONTACT, &id);
	days_pass(w, 80);
	model_pull_all(&anna);
	model_check(&anna);
	assert_null(model_find(&anna, CONTACT, &id));
	model_close(&anna);
}

/*
 * A first pull that is cut again and again goes on, though the store has long
 * forgotten what was removed before it began.
 */
static void a_first_pull_is_not_stale(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid gone = world_contact(w, &w->anna, "Alder");

	for (int i = 0; i < 10; i++)
		world_contact(w, &w->anna, "Birch");
	world_delete(w, CONTACT, &gone);
	days_pass(w, 100);
	assert_true(horizon(w) > 0);
	world_small_pages(w, 2);
	for (int i = 0; i < 100 && !anna.is_at_head; i++)
		assert_int_equal(model_pull(&anna, 1, SIZE_MAX), OUTRIDER_OK);
	assert_true(anna.is_at_head);
	model_check(&anna);
	model_close(&anna);
}

/* Cut in the middle, and away until what it had was removed and forgotten. */
static void half_a_first_pull_gets_stale(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid first = world_contact(w, &w->anna, "Alder");

	for (int i = 0; i < 10; i++)
		world_contact(w, &w->anna, "Birch");
	world_small_pages(w, 1);
	for (int i = 0; i < 50 && !model_find(&anna, CONTACT, &first); i++)
		assert_int_equal(model_pull(&anna, 1, SIZE_MAX), OUTRIDER_OK);
	assert_false(anna.is_at_head);
	world_delete(w, CONTACT, &first);
	days_pass(w, 100);
	must_resync(&anna);
	assert_null(model_find(&anna, CONTACT, &first));
	model_close(&anna);
}

static void what_is_forgotten_does_not_come_back(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);

	world_edit(&anna, MODEL_CREATE, &id, CONTACT_FAMILY_NAME, "Alder");
	model_push_all(&anna);
	world_delete(w, CONTACT, &id);
	days_pass(w, 100);
	assert_null(world_row(w, CONTACT, &id));
	model_renew(&anna);
	model_forget_cards(&anna);
	model_push_all(&anna);
	/* It was made, long ago... */
	model_came_out(&anna, 1, MODEL_APPLIED, 0);
	assert_null(world_row(w, CONTACT, &id));
	/* ...and so isn't made by an edit of it. */
	model_renew(&anna);
	model_forget_cards(&anna);
	model_mutation(&anna, 1)->hlc += 7;
	model_push_all(&anna);
	assert_int_equal(model_mutation(&anna, 1)->outcome, MODEL_REJECTED);
	assert_null(world_row(w, CONTACT, &id));
	model_close(&anna);
}

/* Others' work names them: users, teams, products stay, deleted. */
static void what_everybody_sees_is_kept(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);

	model_pull_all(&anna);
	world_delete(w, USER, &w->ben.id);
	days_pass(w, 100);
	assert_non_null(world_row(w, USER, &w->ben.id));
	model_pull_all(&anna);
	model_check(&anna);
	assert_null(model_find(&anna, USER, &w->ben.id));
	model_close(&anna);
}

/* More than one write's worth, in slices, each record whole or not at all. */
static void thousands_go_in_slices(void **state)
{
	enum { MANY = 1500 };
	struct world *w = *state;
	struct model_phone mia = world_phone(w, &w->mia);
	static struct uuid ids[MANY];

	for (size_t i = 0; i < MANY; i++)
		ids[i] = world_contact(w, &w->mia, "Alder");
	model_pull_all(&mia);
	for (size_t i = 0; i < MANY; i++)
		world_delete(w, CONTACT, &ids[i]);
	days_pass(w, 100);
	for (size_t i = 0; i < MANY; i++)
		assert_null(world_row(w, CONTACT, &ids[i]));
	must_resync(&mia);
	model_close(&mia);
}

/* The database came out of a backup: the history has another name. */
static void a_restored_server_is_another_history(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");
	struct uuid before = store_epoch(w->h.store), after;
	struct outrider_err err;

	model_pull_all(&anna);
	/* Of the lost time the phone has something that the server hasn't. */
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	assert_int_equal(store_begin_epoch(w->h.store, &err), OUTRIDER_OK);
	after = store_epoch(w->h.store);
	assert_true(uuid_compare(&before, &after) != 0);
	harness_restart(&w->h);
	before = store_epoch(w->h.store);
	assert_true(uuid_compare(&before, &after) == 0);
	assert_int_equal(model_pull(&anna, 0, SIZE_MAX),
			 OUTRIDER_FAILED_PRECONDITION);
	model_forget_cards(&anna);
	model_push_all(&anna);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(what_was_removed_is_forgotten),
		WITH_WORLD(who_comes_back_in_time_is_told),
		WITH_WORLD(a_first_pull_is_not_stale),
		WITH_WORLD(half_a_first_pull_gets_stale),
		WITH_WORLD(what_is_forgotten_does_not_come_back),
		WITH_WORLD(what_everybody_sees_is_kept),
		WITH_WORLD(thousands_go_in_slices),
		WITH_WORLD(a_restored_server_is_another_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
