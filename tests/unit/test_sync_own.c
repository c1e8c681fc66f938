/*
 * A phone's own writes: they stay away from its pulls while it surely has
 * them, and come whenever it might not.
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

static void own_creation_does_not_come_back(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);

	model_pull_all(&anna);
	world_edit(&anna, MODEL_CREATE, &id, CONTACT_FAMILY_NAME, "Alder");
	model_push_all(&anna);
	model_pull_all(&anna);
	model_check(&anna);
	assert_int_equal(anna.n_records, 1);
	assert_int_equal(anna.n_whole, 0);
	/* Owner and team, which the server settled. */
	assert_int_equal(anna.n_field_bytes, 2 * (2 + UUID_TEXT_LEN));
	model_close(&anna);
}

static void own_update_does_not_come_back(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct model_phone mia = world_phone(w, &w->mia);
	struct uuid id = world_contact(w, &w->anna, "Alder");

	model_pull_all(&anna);
	model_pull_all(&mia);
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	model_push_all(&anna);
	world_set(w, CONTACT, &id, CONTACT_ADDRESS, "Elm Street");
	model_pull_all(&anna);
	model_check(&anna);
	assert_int_equal(anna.n_field_bytes, 2 + strlen("Elm Street") + 1);
	model_pull_all(&mia);
	model_check(&mia);
	model_close(&anna);
	model_close(&mia);
}

/* Foreign, then own, then foreign again: the last one is not an echo. */
static void echo_is_of_a_change_and_not_of_a_writer(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");

	model_pull_all(&anna);
	world_set(w, CONTACT, &id, CONTACT_ADDRESS, "Elm Street");
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	model_push_all(&anna);
	/* The last writer of the record is anna; the address isn't hers. */
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

/* The answer was lost: the phone doesn't know yet that its write stands. */
static void write_that_is_not_acknowledged_comes_back(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = world_contact(w, &w->anna, "Alder");

	model_pull_all(&anna);
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_ADDRESS, "Elm Street");
	model_push_all(&anna);
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	assert_int_equal(model_push(&anna, 1, true), OUTRIDER_OK);
	anna.is_owed = false;
	model_pull_all(&anna);
	assert_int_equal(anna.n_field_bytes, 2 + strlen("buyer"));
	model_push_all(&anna);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

/* The server sets a new meeting's state: that is not the phone's own. */
static void what_the_server_added_to_a_write_comes_back(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);
	struct fields fields = fields_new();

	model_pull_all(&anna);
	fields_text(&fields, MEETING_SUBJECT, "Spring offer");
	fields_time(&fields, MEETING_START, w->h.wall_us);
	fields_time(&fields, MEETING_END, w->h.wall_us + 1800000000);
	fields_double(&fields, MEETING_LATITUDE, 50.1);
	fields_double(&fields, MEETING_LONGITUDE, 14.4);
	model_edit(&anna, MODEL_CREATE, MEETING, &id, fields_bytes(&fields),
		   NULL, 0);
	model_push_all(&anna);
	model_pull_all(&anna);
	model_check(&anna);
	fields_free(&fields);
	model_close(&anna);
}

/* Two phones of one person are two. */
static void another_phone_of_the_user_gets_it(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct harness_user twin = w->anna;
	struct model_phone other;
	struct uuid id = world_contact(w, &w->anna, "Alder");

	model_pull_all(&anna);
	world_edit(&anna, MODEL_UPDATE, &id, CONTACT_POSITION, "buyer");
	model_push_all(&anna);
	/* Begins its outbox anew, with a copy of the old cards. */
	other = world_phone(w, &twin);
	model_pull_all(&other);
	world_edit(&other, MODEL_UPDATE, &id, CONTACT_ADDRESS, "Elm Street");
	model_push_all(&other);
	model_pull_all(&other);
	model_check(&other);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
	model_close(&other);
}

/* A cache that was thrown away gets its own writes too. */
static void forgotten_cards_come_back_with_own_writes(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);

	model_pull_all(&anna);
	world_edit(&anna, MODEL_CREATE, &id, CONTACT_FAMILY_NAME, "Alder");
	model_push_all(&anna);
	model_forget_cards(&anna);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

/* Made here, lost with its scope, gained again: the phone has it no more. */
static void own_creation_that_left_comes_back_whole(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);

	model_pull_all(&anna);
	world_small_pages(w, 1);
	world_edit(&anna, MODEL_CREATE, &id, CONTACT_FAMILY_NAME, "Alder");
	model_push_all(&anna);
	world_give(w, CONTACT, &id, &w->carl);
	world_contact(w, &w->anna, "Birch");
	/* Told that it left, in a run that doesn't reach the head. */
	assert_int_equal(model_pull(&anna, 1, 1), OUTRIDER_OK);
	assert_null(model_find(&anna, CONTACT, &id));
	world_give(w, CONTACT, &id, &w->anna);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

static void own_creation_deleted_elsewhere_goes(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	struct uuid id = harness_new_uuid(&w->h);

	/* Before its first pull ever. */
	world_edit(&anna, MODEL_CREATE, &id, CONTACT_FAMILY_NAME, "Alder");
	model_push_all(&anna);
	assert_non_null(model_find(&anna, CONTACT, &id));
	world_delete(w, CONTACT, &id);
	model_pull_all(&anna);
	model_check(&anna);
	model_close(&anna);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(own_creation_does_not_come_back),
		WITH_WORLD(own_update_does_not_come_back),
		WITH_WORLD(echo_is_of_a_change_and_not_of_a_writer),
		WITH_WORLD(write_that_is_not_acknowledged_comes_back),
		WITH_WORLD(what_the_server_added_to_a_write_comes_back),
		WITH_WORLD(another_phone_of_the_user_gets_it),
		WITH_WORLD(forgotten_cards_come_back_with_own_writes),
		WITH_WORLD(own_creation_that_left_comes_back_whole),
		WITH_WORLD(own_creation_deleted_elsewhere_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
