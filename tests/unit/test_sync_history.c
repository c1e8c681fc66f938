/*
 * Random histories: people, the server and several phones write at once,
 * answers get lost, streams are cut, teams change. At rest each phone has what
 * its user may see. A seed that fails is printed.
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

enum { PHONES = 4, STEPS = 400, CARDS_MAX = 60 };

struct history {
	struct world *w;
	uint64_t seed;
	struct model_phone phones[PHONES];
	struct uuid cards[CARDS_MAX];
	bool is_deleted[CARDS_MAX];
	size_t n_cards;
};

static uint32_t draw(struct history *t, uint32_t below)
{
	uint64_t z = t->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 32) % below;
}

static const struct harness_user *anybody(struct history *t)
{
	struct world *w = t->w;
	const struct harness_user *users[] = { &w->mia, &w->anna, &w->ben,
					       &w->carl };

	return users[draw(t, 4)];
}

static void random_text(struct history *t, char out[16])
{
	snprintf(out, 16, "t%u", draw(t, 1000));
}

static uint32_t any_field(struct history *t)
{
	static const uint32_t fields[] = {
		CONTACT_GIVEN_NAME, CONTACT_FAMILY_NAME, CONTACT_MIDDLE_NAME,
		CONTACT_POSITION,   CONTACT_ADDRESS,	 CONTACT_INTERESTS,
	};

	return fields[draw(t, 6)];
}

static void server_acts(struct history *t)
{
	struct world *w = t->w;
	char text[16];
	size_t i;

	random_text(t, text);
	if (t->n_cards == 0 || (t->n_cards < CARDS_MAX && draw(t, 4) == 0)) {
		t->is_deleted[t->n_cards] = false;
		t->cards[t->n_cards++] = world_contact(w, anybody(t), text);
		return;
	}
	i = draw(t, (uint32_t)t->n_cards);
	if (t->is_deleted[i]) {
		if (draw(t, 3) == 0 &&
		    world_try(w, CHANGE_UNDELETE, CONTACT, &t->cards[i], NULL,
			      NULL, 0) == OUTRIDER_OK)
			t->is_deleted[i] = false;
		return;
	}
	switch (draw(t, 8)) {
	case 0:
		if (world_try(w, CHANGE_DELETE, CONTACT, &t->cards[i], NULL,
			      NULL, 0) == OUTRIDER_OK)
			t->is_deleted[i] = true;
		return;
	case 1:
	case 2:
		if (world_row(w, CONTACT, &t->cards[i]) &&
		    !world_row(w, CONTACT, &t->cards[i])->deleted_us)
			world_give(w, CONTACT, &t->cards[i], anybody(t));
		return;
	case 3: {
		uint32_t field = any_field(t);

		if (field != CONTACT_FAMILY_NAME)
			(void)world_try(w, CHANGE_UPDATE, CONTACT, &t->cards[i],
					NULL, &field, 1);
		return;
	}
	default: {
		struct fields fields = fields_new();

		fields_text(&fields, any_field(t), text);
		(void)world_try(w, CHANGE_UPDATE, CONTACT, &t->cards[i],
				&fields, NULL, 0);
		fields_free(&fields);
	}
	}
}

static void phone_edits(struct history *t, struct model_phone *p)
{
	struct model_card *card = NULL;
	char text[16];
	struct uuid id;

	random_text(t, text);
	for (int tries = 0; tries < 8 && p->n_cards > 0; tries++) {
		card = &p->cards[draw(t, (uint32_t)p->n_cards)];
		if (card->is_there && card->kind == CONTACT)
			break;
		card = NULL;
	}
	if (!card || draw(t, 4) == 0) {
		if (t->n_cards == CARDS_MAX)
			return;
		id = harness_new_uuid(&t->w->h);
		t->is_deleted[t->n_cards] = false;
		t->cards[t->n_cards++] = id;
		world_edit(p, MODEL_CREATE, &id, CONTACT_FAMILY_NAME, text);
		return;
	}
	id = card->id;
	if (draw(t, 10) == 0)
		model_edit(p, MODEL_DELETE, CONTACT, &id,
			   (struct bytes){ NULL, 0 }, NULL, 0);
	else
		world_edit(p, MODEL_UPDATE, &id, any_field(t), text);
}

static void phone_syncs(struct history *t, struct model_phone *p)
{
	switch (draw(t, 4)) {
	case 0: /* the answer gets lost */
		if (model_waiting(p) > 0)
			assert_int_equal(model_push(p, 1 + draw(t, 4), true),
					 OUTRIDER_OK);
		return;
	case 1: /* a run that is cut */
		model_push_all(p);
		assert_int_equal(model_pull(p, draw(t, 3), draw(t, 3)),
				 OUTRIDER_OK);
		return;
	default:
		model_push_all(p);
		model_pull_all(p);
		return;
	}
}

static void act_between_pages(void *user)
{
	struct history *t = user;

	if (draw(t, 3) == 0)
		server_acts(t);
}

static void step(struct history *t)
{
	struct world *w = t->w;
	struct model_phone *p = &t->phones[draw(t, PHONES)];
	const struct uuid *teams[] = { &w->north, &w->south, &w->h.root };

	switch (draw(t, 12)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		server_acts(t);
		return;
	case 5:
	case 6:
	case 7:
		if (!p->is_owed)
			phone_edits(t, p);
		return;
	case 8:
		if (draw(t, 4) == 0)
			world_move(w, &w->mia, teams[draw(t, 3)]);
		return;
	case 9:
		if (draw(t, 8) == 0 && !p->is_owed && model_waiting(p) == 0)
			model_forget_cards(p);
		return;
	default:
		phone_syncs(t, p);
		return;
	}
}

static void run_history(struct world *w, uint64_t seed)
{
	struct history *t = calloc(1, sizeof(*t));
	struct harness_user *users[PHONES] = { &w->mia, &w->anna, &w->ben,
					       &w->carl };

	assert_non_null(t);
	t->w = w;
	t->seed = seed;
	world_small_pages(w, 1 + draw(t, 5));
	for (size_t i = 0; i < PHONES; i++) {
		model_open(&t->phones[i], &w->h, users[i]);
		t->phones[i].on_page = act_between_pages;
		t->phones[i].user_of_page = t;
	}
	for (int i = 0; i < STEPS; i++)
		step(t);
	for (size_t i = 0; i < PHONES; i++) {
		t->phones[i].on_page = NULL;
		model_push_all(&t->phones[i]);
	}
	for (size_t i = 0; i < PHONES; i++) {
		model_pull_all(&t->phones[i]);
		model_check(&t->phones[i]);
		model_close(&t->phones[i]);
	}
	free(t);
}

static void random_histories_end_equal(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		static struct world w;

		print_message("seed %u\n", (unsigned)seed);
		world_open(&w);
		run_history(&w, seed);
		world_close(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_histories_end_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
