/*
 * Pull against a model phone: whatever happened on the server, the phone ends
 * with what its user may see, byte for byte; it is sent what it lacks and not
 * everything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync_world.h"

static void first_pull_brings_what_one_may_see(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone mia = world_phone(w, &w->mia);

	world_contact(w, &w->anna, "Alder");
	world_contact(w, &w->ben, "Birch");
	world_contact(w, &w->carl, "Cedar");
	model_pull_all(&anna);
	model_check(&anna);
	model_pull_all(&mia);
	model_check(&mia);
	/* Everybody's users and teams; mia leads anna and ben. */
	assert_int_equal(model_count(&mia), model_count(&anna) + 1);
	model_close(&anna);
	model_close(&mia);
}

static void change_comes_as_a_delta(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");
	char longer[200];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	world_set(w, CONTACT, &id, CONTACT_ADDRESS, longer);
	model_pull_all(&anna);
	assert_true(anna.n_field_bytes > sizeof(longer));
	world_set(w, CONTACT, &id, CONTACT_POSITION, "buyer");
	model_pull_all(&anna);
	model_check(&anna);
	assert_int_equal(anna.n_records, 1);
	assert_int_equal(anna.n_whole, 0);
	/* Tag, length and "buyer". */
	assert_int_equal(anna.n_field_bytes, 7);
	world_clear(w, CONTACT, &id, CONTACT_ADDRESS);
	model_pull_all(&anna);
	model_check(&anna);
	assert_int_equal(anna.n_field_bytes, 0);
	model_close(&anna);
}

static void nothing_new_is_one_empty_page(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);

	world_contact(w, &w->anna, "Alder");
	model_pull_all(&anna);
	world_contact(w, &w->carl, "Cedar");
	model_pull_all(&anna);
	assert_int_equal(anna.n_pages, 1);
	assert_int_equal(anna.n_records, 0);
	model_check(&anna);
	model_close(&anna);
}

static void deleted_record_goes_and_comes_back(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");

	model_pull_all(&anna);
	world_delete(w, CONTACT, &id);
	model_pull_all(&anna);
	assert_null(model_find(&anna, CONTACT, &id));
	model_check(&anna);
	world_undelete(w, CONTACT, &id);
	model_pull_all(&anna);
	assert_non_null(model_find(&anna, CONTACT, &id));
	model_check(&anna);
	model_close(&anna);
}

/*
 * The record left and came back between two pulls: its entry knows only of
 * the second stay. Then it is deleted: the phone has it of the first.
 */
static void second_stay_hides_no_deletion(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");

	model_pull_all(&anna);
	world_give(w, CONTACT, &id, &w->carl);
	world_give(w, CONTACT, &id, &w->anna);
	world_delete(w, CONTACT, &id);
	model_pull_all(&anna);
	assert_null(model_find(&anna, CONTACT, &id));
	model_check(&anna);
	model_close(&anna);
}

/* A page of an unfinished run brought it; no head covers that. */
static void deletion_within_a_run_is_told(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid first = world_contact(w, &w->anna, "Alder");

	for (int i = 0; i < 10; i++)
		world_contact(w, &w->anna, "Birch");
	world_small_pages(w, 4);
	for (int i = 0; i < 9 && !model_find(&anna, CONTACT, &first); i++)
		assert_int_equal(model_pull(&anna, 1, 1), OUTRIDER_OK);
	assert_non_null(model_find(&anna, CONTACT, &first));
	assert_false(anna.is_at_head);
	world_delete(w, CONTACT, &first);
	model_pull_all(&anna);
	assert_null(model_find(&anna, CONTACT, &first));
	model_check(&anna);
	model_close(&anna);
}

struct deletion {
	struct world *w;
	struct model_phone *phone;
	struct uuid id;
	bool is_done;
};

static void delete_what_was_sent(void *user)
{
	struct deletion *d = user;

	if (d->is_done || !model_find(d->phone, CONTACT, &d->id))
		return;
	world_delete(d->w, CONTACT, &d->id);
	d->is_done = true;
}

static void deletion_within_a_first_stream_is_told(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct deletion deletion = { .w = w, .phone = &anna };

	deletion.id = world_contact(w, &w->anna, "Alder");
	for (int i = 0; i < 10; i++)
		world_contact(w, &w->anna, "Birch");
	world_small_pages(w, 2);
	anna.on_page = delete_what_was_sent;
	anna.user_of_page = &deletion;
	model_pull_all(&anna);
	assert_true(deletion.is_done);
	model_check(&anna);
	model_close(&anna);
}

static void old_tombstones_are_not_told_to_a_new_phone(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);

	for (int i = 0; i < 20; i++) {
		struct uuid id = world_contact(w, &w->anna, "Alder");

		world_delete(w, CONTACT, &id);
	}
	world_contact(w, &w->anna, "Birch");
	world_small_pages(w, 3);
	model_pull_all(&anna);
	assert_int_equal(anna.n_records, model_count(&anna));
	model_check(&anna);
	model_close(&anna);
}

static void owner_changes_and_scopes_with_it(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone ben = world_phone(w, &w->ben);
	struct model_phone mia = world_phone(w, &w->mia);
	struct uuid id = world_contact(w, &w->anna, "Alder");

	model_pull_all(&anna);
	model_pull_all(&ben);
	model_pull_all(&mia);
	world_give(w, CONTACT, &id, &w->ben);
	model_pull_all(&anna);
	model_check(&anna);
	assert_null(model_find(&anna, CONTACT, &id));
	model_pull_all(&ben);
	model_check(&ben);
	assert_int_equal(ben.n_whole, 1);
	/* The same team: for mia only the owner is new. */
	model_pull_all(&mia);
	model_check(&mia);
	assert_int_equal(mia.n_whole, 0);
	world_give(w, CONTACT, &id, &w->carl);
	model_pull_all(&mia);
	model_check(&mia);
	assert_null(model_find(&mia, CONTACT, &id));
	model_close(&anna);
	model_close(&ben);
	model_close(&mia);
}

static void participants_gain_and_lose_a_meeting(void **state)
{
	struct world *w = *state;
	struct model_phone carl = world_phone(w, &w->carl);
	struct uuid id = world_meeting(w, &w->anna, w->h.wall_us, NULL);
	char carl_text[UUID_TEXT_LEN + 1];

	model_pull_all(&carl);
	assert_null(model_find(&carl, MEETING, &id));
	uuid_format(carl_text, &w->carl.id);
	world_set(w, MEETING, &id, MEETING_PARTICIPANTS, carl_text);
	model_pull_all(&carl);
	model_check(&carl);
	assert_non_null(model_find(&carl, MEETING, &id));
	world_clear(w, MEETING, &id, MEETING_PARTICIPANTS);
	model_pull_all(&carl);
	model_check(&carl);
	assert_null(model_find(&carl, MEETING, &id));
	model_close(&carl);
}

static void lost_team_is_said_and_gained_team_is_filled(void **state)
{
	struct world *w = *state;
	struct model_phone mia = world_phone(w, &w->mia);

	world_contact(w, &w->anna, "Alder");
	world_contact(w, &w->carl, "Cedar");
	world_contact(w, &w->mia, "Maple");
	model_pull_all(&mia);
	model_check(&mia);
	world_move(w, &w->mia, &w->south);
	model_pull_all(&mia);
	model_check(&mia);
	world_move(w, &w->mia, &w->h.root);
	model_pull_all(&mia);
	model_check(&mia);
	model_close(&mia);
}

/* What another scope covers comes as a membership, without its fields. */
static void gained_scope_sends_no_field_twice(void **state)
{
	struct world *w = *state;
	struct model_phone mia = world_phone(w, &w->mia);
	struct uuid id = world_meeting(w, &w->carl, w->h.wall_us, &w->mia);

	model_pull_all(&mia);
	assert_int_equal(model_find(&mia, MEETING, &id)->n_in, 1);
	world_move(w, &w->mia, &w->h.root);
	model_pull_all(&mia);
	model_check(&mia);
	assert_int_equal(model_find(&mia, MEETING, &id)->n_in, 2);
	/* Her own user record is what changed. */
	assert_true(mia.n_field_bytes < 100);
	model_close(&mia);
}

/* The base of a delta is a head, and never how far a run had come. */
static void run_that_was_cut_loses_no_change(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid a = world_contact(w, &w->anna, "Alder");
	struct uuid b = world_contact(w, &w->anna, "Birch");

	model_pull_all(&anna);
	world_small_pages(w, 1);
	world_set(w, CONTACT, &a, CONTACT_POSITION, "buyer");
	world_set(w, CONTACT, &b, CONTACT_POSITION, "seller");
	/* a's change is not sent yet when another field of it changes: its
	 * entry moves behind b's, and the cursor passes its first change. */
	world_set(w, CONTACT, &a, CONTACT_ADDRESS, "Elm Street");
	assert_int_equal(model_pull(&anna, 1, 1), OUTRIDER_OK);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

static void pages_hold_to_their_limits(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	char text[16000];
	struct fields fields = fields_new();

	memset(text, 'n', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	fields_text(&fields, NOTE_TEXT, text);
	for (int i = 0; i < 40; i++)
		world_create(w, NOTE, &w->anna, &fields);
	for (int i = 0; i < 600; i++)
		world_contact(w, &w->anna, "Alder");
	model_pull_all(&anna);
	model_check(&anna);
	/* 640 KiB of notes, 600 contacts. */
	assert_in_range(anna.n_pages, 4, 6);
	fields_free(&fields);
	model_close(&anna);
}

/* Thirty-two of them are twice what is kept of records read ahead. */
static void large_records_come_as_small_ones_do(void **state)
{
	enum { MESSAGE = 22, CHANNEL = 10, DIRECTION = 11 };
	enum { TEXT = 15, SENT = 16, CONTACTS = 21, N = 40 };
	struct world *w = *state;
	struct uuid alder = world_contact(w, &w->anna, "Alder");
	struct model_phone anna = world_phone(w, &w->anna);
	struct fields fields = fields_new();
	char text[63001] = "";

	memset(text, 'm', sizeof(text) - 1);
	fields_number(&fields, CHANNEL, 1);
	fields_number(&fields, DIRECTION, 1);
	fields_text(&fields, TEXT, text);
	fields_time(&fields, SENT, 1);
	fields_id(&fields, CONTACTS, &alder);
	for (int i = 0; i < N; i++)
		world_create(w, MESSAGE, &w->anna, &fields);
	model_pull_all(&anna);
	model_check(&anna);
	assert_in_range(model_count(&anna), N, N + 10);
	fields_free(&fields);
	model_close(&anna);
}

static void max_pages_ends_the_stream(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);

	for (int i = 0; i < 10; i++)
		world_contact(w, &w->anna, "Alder");
	world_small_pages(w, 2);
	assert_int_equal(model_pull(&anna, 2, SIZE_MAX), OUTRIDER_OK);
	assert_int_equal(anna.n_pages, 2);
	assert_false(anna.is_at_head);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(first_pull_brings_what_one_may_see),
		WITH_WORLD(change_comes_as_a_delta),
		WITH_WORLD(nothing_new_is_one_empty_page),
		WITH_WORLD(deleted_record_goes_and_comes_back),
		WITH_WORLD(second_stay_hides_no_deletion),
		WITH_WORLD(deletion_within_a_run_is_told),
		WITH_WORLD(deletion_within_a_first_stream_is_told),
		WITH_WORLD(old_tombstones_are_not_told_to_a_new_phone),
		WITH_WORLD(owner_changes_and_scopes_with_it),
		WITH_WORLD(participants_gain_and_lose_a_meeting),
		WITH_WORLD(lost_team_is_said_and_gained_team_is_filled),
		WITH_WORLD(gained_scope_sends_no_field_twice),
		WITH_WORLD(run_that_was_cut_loses_no_change),
		WITH_WORLD(pages_hold_to_their_limits),
		WITH_WORLD(large_records_come_as_small_ones_do),
		WITH_WORLD(max_pages_ends_the_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
