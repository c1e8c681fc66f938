/*
 * Compare and Repair: whatever a phone holds wrongly is found and made right,
 * whatever it holds rightly is left alone, and nobody learns by them what they
 * may not see.
 */
#include "rights_acts.h"

#include "model/proof.h"
#include "outrider/v1/sync.pb-c.h"

#include <stdlib.h>

typedef Outrider__V1__CompareRequest CompareRequest;
typedef Outrider__V1__RepairRequest RepairRequest;

/* A phone at its head, with a few cards. */
struct scene {
	struct model_phone phone;
	struct uuid cards[4];
};

static struct scene open_scene(struct world *w)
{
	static const char *const names[] = { "Alder", "Birch", "Cedar", "Elm" };
	struct scene scene = { .phone = world_phone(w, &w->anna) };

	for (size_t i = 0; i < 4; i++)
		scene.cards[i] = world_contact(w, &w->anna, names[i]);
	model_pull_all(&scene.phone);
	return scene;
}

static struct model_card *card_of(struct scene *scene, size_t i)
{
	struct model_card *card =
		model_find(&scene->phone, CONTACT, &scene->cards[i]);

	assert_non_null(card);
	return card;
}

static struct scope scope_of_user(const struct harness_user *user)
{
	struct scope scope = { .at = { 2 } };

	memcpy(scope.at + 1, user->id.at, sizeof(user->id.at));
	return scope;
}

/* Something was wrong, and isn't any more. */
static void heals(struct scene *scene)
{
	assert_true(model_heal(&scene->phone) > 0);
	model_check(&scene->phone);
}

static void what_is_right_is_left_alone(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);
	struct model_phone mia = world_phone(w, &w->mia);

	world_contact(w, &w->ben, "Fir");
	model_pull_all(&mia);
	model_pull_all(&scene.phone);
	assert_int_equal(model_heal(&mia), 0);
	assert_int_equal(model_heal(&scene.phone), 0);
	assert_int_equal(scene.phone.n_pages, 1);
	model_close(&mia);
	model_close(&scene.phone);
}

static void a_wrong_byte_is_mended(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);

	card_of(&scene, 1)->fields.at[4] ^= 1;
	heals(&scene);
	/* That record alone came, in each scope that it is wrong in. */
	assert_int_equal(scene.phone.n_whole, 1);
	assert_int_equal(scene.phone.n_pages, 1);
	model_close(&scene.phone);
}

static unsigned count_buckets(const struct model_difference *what)
{
	unsigned n = 0;

	for (unsigned i = 0; i < PROOF_BUCKETS; i++)
		n += proof_mask_has(what->mask, i);
	return n;
}

/* Whichever bucket the key puts it in, that one alone. */
static void one_record_is_one_bucket(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);

	card_of(&scene, 1)->fields.at[4] ^= 1;
	for (int i = 0; i < 300; i++) {
		assert_int_equal(model_compare(&scene.phone), OUTRIDER_OK);
		assert_true(scene.phone.n_differing > 0);
		for (size_t k = 0; k < scene.phone.n_differing; k++)
			assert_int_equal(
				count_buckets(&scene.phone.differing[k]), 1);
	}
	model_close(&scene.phone);
}

static int later_first(const void *a, const void *b)
{
	const struct model_card *x = a, *y = b;

	return uuid_compare(&y->id, &x->id);
}

/* A phone names what it holds in any order. */
static void the_order_of_what_is_held_is_its_own(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);
	struct model_difference all = { .scope = scope_of_user(&w->anna) };

	memset(all.mask, 0xff, sizeof(all.mask));
	qsort(scene.phone.cards, scene.phone.n_cards,
	      sizeof(scene.phone.cards[0]), later_first);
	card_of(&scene, 1)->fields.at[4] ^= 1;
	assert_int_equal(model_compare(&scene.phone), OUTRIDER_OK);
	assert_int_equal(model_repair(&scene.phone, &all), OUTRIDER_OK);
	assert_int_equal(scene.phone.n_records, 1);
	assert_int_equal(model_heal(&scene.phone), 0);
	model_close(&scene.phone);
}

/* In a scope of hers, and not for her: neither sums nor repairs have it. */
static void what_she_is_not_told_of_is_not_missed(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);
	struct model_difference all = { .scope = { .at = { 1 } } };

	memset(all.mask, 0xff, sizeof(all.mask));
	make_custom_field(w, "margin", RANK_MANAGER);
	model_pull_all(&scene.phone);
	assert_int_equal(model_heal(&scene.phone), 0);
	assert_int_equal(model_repair(&scene.phone, &all), OUTRIDER_OK);
	assert_int_equal(scene.phone.n_records, 0);
	make_custom_field(w, "colour", RANK_REP);
	model_pull_all(&scene.phone);
	assert_int_equal(model_heal(&scene.phone), 0);
	model_close(&scene.phone);
}

static void a_lost_record_comes_back(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);

	card_of(&scene, 0)->is_there = false;
	card_of(&scene, 3)->is_there = false;
	heals(&scene);
	assert_non_null(model_find(&scene.phone, CONTACT, &scene.cards[0]));
	model_close(&scene.phone);
}

/* Rows of yesterday's disk: the records have gone since. */
static void gone_things_go(struct world *w, size_t page_records)
{
	struct scene scene = open_scene(w);
	struct model_card *deleted, *given;

	deleted = card_of(&scene, 0);
	given = card_of(&scene, 1);
	world_delete(w, CONTACT, &scene.cards[0]);
	world_give(w, CONTACT, &scene.cards[1], &w->carl);
	model_pull_all(&scene.phone);
	assert_false(deleted->is_there || given->is_there);
	world_small_pages(w, page_records);
	for (int i = 0; i < 2; i++) {
		struct model_card *card = i == 0 ? deleted : given;

		*card = (struct model_card){
			.kind = CONTACT,
			.id = card->id,
			.fields = card->fields,
			.in = { scope_of_user(&w->anna) },
			.n_in = 1,
			.is_there = true,
		};
	}
	heals(&scene);
	assert_null(model_find(&scene.phone, CONTACT, &scene.cards[0]));
	assert_null(model_find(&scene.phone, CONTACT, &scene.cards[1]));
	model_close(&scene.phone);
}

static void what_should_be_gone_goes(void **state)
{
	gone_things_go(*state, 500);
}

static void what_should_be_gone_goes_page_by_page(void **state)
{
	gone_things_go(*state, 1);
}

static void memberships_are_mended(void **state)
{
	struct world *w = *state;
	struct scene scene = { .phone = world_phone(w, &w->mia) };
	struct model_card *card;

	scene.cards[0] = world_contact(w, &w->mia, "Alder");
	scene.cards[1] = world_contact(w, &w->ben, "Birch");
	model_pull_all(&scene.phone);
	/* One of two is missing. */
	card = card_of(&scene, 0);
	assert_true(card->n_in >= 2);
	card->n_in--;
	heals(&scene);
	/* One is too many, of her own scopes... */
	card = card_of(&scene, 1);
	card->in[card->n_in++] = scope_of_user(&w->mia);
	heals(&scene);
	/* ...and of somebody else's. */
	card = card_of(&scene, 1);
	card->in[card->n_in++] = scope_of_user(&w->carl);
	heals(&scene);
	model_close(&scene.phone);
}

/* What a role hid should have gone: a fault kept it. */
static void what_is_hidden_goes(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);
	struct role_draft draft = draft_role("half");
	struct uuid role;
	struct buffer kept = harness_buffer();
	struct model_card *card;

	world_set(w, CONTACT, &scene.cards[0], CONTACT_POSITION, "buyer");
	model_pull_all(&scene.phone);
	card = card_of(&scene, 0);
	buffer_append(&kept, card->fields.at, card->fields.len);
	draft_hide(&draft, "contact.position");
	role = make_role(w, &draft);
	give_role(w, &w->anna, &role);
	model_pull_all(&scene.phone);
	assert_int_equal(model_heal(&scene.phone), 0);
	card = card_of(&scene, 0);
	buffer_clear(&card->fields);
	buffer_append(&card->fields, kept.at, kept.len);
	heals(&scene);
	assert_true(card_of(&scene, 0)->fields.len < kept.len);

	draft = draft_role("blind");
	draft_grant(&draft, "contact", GRANT_NONE);
	change_role(w, &role, &draft);
	model_pull_all(&scene.phone);
	assert_null(model_find(&scene.phone, CONTACT, &scene.cards[0]));
	card = &scene.phone.cards[0];
	while (uuid_compare(&card->id, &scene.cards[0]) != 0)
		card++;
	card->is_there = true;
	card->in[0] = scope_of_user(&w->anna);
	card->n_in = 1;
	buffer_append(&card->fields, kept.at, kept.len);
	heals(&scene);
	assert_null(model_find(&scene.phone, CONTACT, &scene.cards[0]));
	buffer_free(&kept);
	model_close(&scene.phone);
}

static void everything_is_lost_and_comes_back(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);

	world_small_pages(w, 2);
	for (size_t i = 0; i < scene.phone.n_cards; i++)
		scene.phone.cards[i].is_there = false;
	heals(&scene);
	model_close(&scene.phone);
}

/* ------------------------------------------------------------------- behind */

static void who_is_behind_is_told(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);
	struct model_phone *anna = &scene.phone;
	struct model_difference all = { .scope = scope_of_user(&w->anna) };

	memset(all.mask, 0xff, sizeof(all.mask));
	card_of(&scene, 0)->is_there = false;
	world_contact(w, &w->anna, "Fir");
	assert_int_equal(model_compare(anna), OUTRIDER_OK);
	assert_true(anna->is_behind);
	assert_int_equal(anna->n_differing, 0);
	assert_int_equal(model_repair(anna, &all), OUTRIDER_ABORTED);
	assert_int_equal(anna->n_pages, 0);
	model_pull_all(anna);
	heals(&scene);
	/* What lies elsewhere doesn't matter. */
	world_contact(w, &w->carl, "Gean");
	assert_int_equal(model_heal(anna), 0);
	/* Nor does what she wrote herself, once it was pulled. */
	world_edit(anna, MODEL_UPDATE, &scene.cards[0], CONTACT_POSITION,
		   "buyer");
	model_push_all(anna);
	assert_int_equal(model_compare(anna), OUTRIDER_OK);
	assert_true(anna->is_behind);
	model_pull_all(anna);
	assert_int_equal(model_heal(anna), 0);
	model_close(anna);
}

static void a_lost_scope_is_behind(void **state)
{
	struct world *w = *state;
	struct model_phone mia = world_phone(w, &w->mia);
	struct model_difference all = { .scope = scope_of_user(&w->mia) };

	world_contact(w, &w->ben, "Birch");
	model_pull_all(&mia);
	world_move(w, &w->mia, &w->south);
	assert_int_equal(model_compare(&mia), OUTRIDER_OK);
	assert_true(mia.is_behind);
	memset(all.mask, 0xff, sizeof(all.mask));
	assert_int_equal(model_repair(&mia, &all), OUTRIDER_ABORTED);
	model_pull_all(&mia);
	assert_int_equal(model_heal(&mia), 0);
	model_close(&mia);
}

struct meddler {
	struct world *w;
	struct uuid card;
	int n;
};

static void meddle(void *user)
{
	struct meddler *meddler = user;

	if (meddler->n++ == 0)
		world_set(meddler->w, CONTACT, &meddler->card, CONTACT_POSITION,
			  "buyer");
}

/* Written between two pages of a repair: what came so far is true. */
static void a_write_ends_a_repair(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);
	struct meddler meddler = { .w = w, .card = scene.cards[3] };
	struct model_phone *anna = &scene.phone;

	world_small_pages(w, 1);
	for (size_t i = 0; i < 4; i++)
		card_of(&scene, i)->fields.at[4] ^= 1;
	assert_int_equal(model_compare(anna), OUTRIDER_OK);
	assert_true(anna->n_differing > 0);
	anna->on_page = meddle;
	anna->user_of_page = &meddler;
	assert_int_equal(model_repair(anna, &anna->differing[0]),
			 OUTRIDER_ABORTED);
	assert_int_equal(anna->n_pages, 1);
	anna->on_page = NULL;
	model_pull_all(anna);
	heals(&scene);
	model_close(anna);
}

static void a_new_history_is_resync(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);
	struct model_phone *anna = &scene.phone;
	const struct model_difference none = { .mask = { 0 } };

	anna->cursor.at[3] ^= 1;
	assert_int_equal(model_compare(anna), OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(model_repair(anna, &none), OUTRIDER_INVALID_ARGUMENT);
	model_close(anna);
}

/* --------------------------------------------------------------------- size */

static void
many_cards(struct world *w, const struct harness_user *owner, size_t n)
{
	char name[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "n%zu", i);
		world_contact(w, owner, name);
	}
}

/* Thousands of records are walked in turns with others. */
static void a_long_walk_lets_others_go_first(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);
	struct model_phone *anna = &scene.phone;
	struct model_difference last = { .scope = scope_of_user(&w->anna) };

	many_cards(w, &w->anna, 9000);
	model_pull_all(anna);
	card_of(&scene, 2)->is_there = false;
	assert_int_equal(model_compare(anna), OUTRIDER_OK);
	assert_true(anna->n_differing > 0);
	last = anna->differing[0];
	assert_int_equal(model_repair(anna, &last), OUTRIDER_OK);
	assert_true(anna->n_waits >= 1);
	assert_int_equal(anna->n_records, 1);
	assert_int_equal(model_heal(anna), 0);
	model_close(anna);
}

static struct buffer pack(const ProtobufCMessage *message)
{
	struct buffer out = harness_buffer();
	uint8_t *at = buffer_reserve(
		&out, protobuf_c_message_get_packed_size(message) + 1);

	assert_non_null(at);
	out.len = protobuf_c_message_pack(message, at);
	return out;
}

/* A write between two slices, and the phone's going away between two. */
static void a_walk_can_be_stopped(void **state)
{
	struct world *w = *state;
	struct model_phone anna = world_phone(w, &w->anna);
	CompareRequest request = OUTRIDER__V1__COMPARE_REQUEST__INIT;
	Outrider__V1__CompareResponse *response;
	struct app_status status;
	struct app_call *call;
	struct bytes message;
	struct buffer bytes;
	int woken = 0;

	many_cards(w, &w->anna, 5000);
	model_pull_all(&anna);
	request.cursor.data = anna.cursor.at;
	request.cursor.len = anna.cursor.len;
	request.key.data = anna.key;
	request.key.len = sizeof(anna.key);
	bytes = pack(&request.base);

	call = harness_begin(&w->h, "SyncService/Compare", w->anna.device_token,
			     bytes.at, bytes.len, &woken);
	assert_int_equal(app_call_next(call, &message, &status), APP_WAIT);
	assert_int_equal(woken, 1);
	app_call_cancel(call);
	assert_int_equal(app_call_next(call, &message, &status), APP_END);
	assert_int_equal(status.code, OUTRIDER_CANCELLED);
	app_call_free(call);

	call = harness_begin(&w->h, "SyncService/Compare", w->anna.device_token,
			     bytes.at, bytes.len, &woken);
	assert_int_equal(app_call_next(call, &message, &status), APP_WAIT);
	world_contact(w, &w->anna, "Fir");
	assert_int_equal(app_call_next(call, &message, &status), APP_MESSAGE);
	response = outrider__v1__compare_response__unpack(NULL, message.len,
							  message.at);
	assert_true(response->is_behind);
	assert_int_equal(response->n_differing, 0);
	outrider__v1__compare_response__free_unpacked(response, NULL);
	assert_int_equal(app_call_next(call, &message, &status), APP_END);
	assert_int_equal(status.code, OUTRIDER_OK);
	app_call_free(call);
	buffer_free(&bytes);
	model_close(&anna);
}

/* ------------------------------------------------------------------ attacks */

struct attack {
	struct model_phone *p;
	CompareRequest compare;
	RepairRequest repair;
	Outrider__V1__ScopeSum sum, *sums[2];
	Outrider__V1__HeldRecord held, *held_list[2];
	uint8_t zeros[32];
	struct scope scope;
	struct uuid id;
};

static void set(ProtobufCBinaryData *out, void *at, size_t len)
{
	out->data = at;
	out->len = len;
}

/* Both requests as they should be: then one thing is made wrong. */
static void open_attack(struct attack *a, struct model_phone *p)
{
	*a = (struct attack){ .p = p, .scope = scope_of_user(p->user) };
	outrider__v1__compare_request__init(&a->compare);
	outrider__v1__repair_request__init(&a->repair);
	outrider__v1__scope_sum__init(&a->sum);
	outrider__v1__held_record__init(&a->held);
	set(&a->compare.cursor, p->cursor.at, p->cursor.len);
	set(&a->compare.key, p->key, sizeof(p->key));
	set(&a->sum.scope, a->scope.at, SCOPE_LEN);
	set(&a->sum.sum, a->zeros, PROOF_LEN);
	a->sums[0] = a->sums[1] = &a->sum;
	a->compare.sums = a->sums;
	a->compare.n_sums = 1;
	set(&a->repair.cursor, p->cursor.at, p->cursor.len);
	set(&a->repair.key, p->key, sizeof(p->key));
	set(&a->repair.scope, a->scope.at, SCOPE_LEN);
	memset(a->zeros, 0xff, sizeof(a->zeros));
	set(&a->repair.buckets, a->zeros, PROOF_MASK_LEN);
	a->held.kind = CONTACT;
	set(&a->held.id, a->id.at, sizeof(a->id.at));
	set(&a->held.entry, a->zeros, PROOF_LEN);
	a->held_list[0] = a->held_list[1] = &a->held;
	a->repair.held = a->held_list;
	a->repair.n_held = 1;
}

static void compare_says(struct attack *a, enum outrider_code code)
{
	harness_expect(harness_call_message(a->p->h, "SyncService/Compare",
					    a->p->user->device_token,
					    &a->compare.base),
		       code);
}

static void repair_says(struct attack *a, enum outrider_code code)
{
	harness_expect(harness_call_message(a->p->h, "SyncService/Repair",
					    a->p->user->device_token,
					    &a->repair.base),
		       code);
}

static void nonsense_is_refused(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);
	struct attack a;
	Outrider__V1__HeldRecord **list;

	open_attack(&a, &scene.phone);
	compare_says(&a, OUTRIDER_OK);
	repair_says(&a, OUTRIDER_OK);
	a.compare.key.len = a.repair.key.len = 15;
	compare_says(&a, OUTRIDER_INVALID_ARGUMENT);
	repair_says(&a, OUTRIDER_INVALID_ARGUMENT);
	a.compare.key.len = a.repair.key.len = 0;
	compare_says(&a, OUTRIDER_INVALID_ARGUMENT);
	repair_says(&a, OUTRIDER_INVALID_ARGUMENT);
	open_attack(&a, &scene.phone);
	a.sum.scope.len = a.repair.scope.len = SCOPE_LEN - 1;
	compare_says(&a, OUTRIDER_INVALID_ARGUMENT);
	repair_says(&a, OUTRIDER_INVALID_ARGUMENT);
	open_attack(&a, &scene.phone);
	a.sum.sum.len = a.held.entry.len = PROOF_LEN - 1;
	compare_says(&a, OUTRIDER_INVALID_ARGUMENT);
	repair_says(&a, OUTRIDER_INVALID_ARGUMENT);
	open_attack(&a, &scene.phone);
	a.compare.n_sums = a.repair.n_held = 2; /* the same, twice */
	compare_says(&a, OUTRIDER_INVALID_ARGUMENT);
	repair_says(&a, OUTRIDER_INVALID_ARGUMENT);
	open_attack(&a, &scene.phone);
	a.held.id.len = 3;
	repair_says(&a, OUTRIDER_INVALID_ARGUMENT);
	open_attack(&a, &scene.phone);
	a.repair.buckets.len = PROOF_MASK_LEN - 1;
	repair_says(&a, OUTRIDER_INVALID_ARGUMENT);
	/* Held, and of none of the buckets that are asked about. */
	open_attack(&a, &scene.phone);
	memset(a.zeros, 0, sizeof(a.zeros));
	repair_says(&a, OUTRIDER_INVALID_ARGUMENT);
	/* A kind that nobody has. */
	open_attack(&a, &scene.phone);
	a.held.kind = 4000000000u;
	repair_says(&a, OUTRIDER_OK);

	open_attack(&a, &scene.phone);
	list = calloc(4001, sizeof(Outrider__V1__HeldRecord *));
	assert_non_null(list);
	for (size_t i = 0; i < 4001; i++)
		list[i] = &a.held;
	a.repair.held = list;
	a.repair.n_held = 4001;
	repair_says(&a, OUTRIDER_INVALID_ARGUMENT);
	free(list);
	model_close(&scene.phone);
}

/* Neither sums nor records of what isn't hers, whatever she claims. */
static void others_scopes_tell_nothing(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);
	struct uuid his = world_contact(w, &w->carl, "Gean");
	struct uuid deleted = world_contact(w, &w->carl, "Hazel");
	const struct uuid ids[] = { his, deleted, harness_new_uuid(&w->h) };
	const struct harness_reply *reply;
	uint8_t first[256];
	size_t first_len = 0;
	struct attack a;

	world_delete(w, CONTACT, &deleted);
	model_pull_all(&scene.phone);
	for (size_t i = 0; i < 3; i++) {
		Outrider__V1__CompareResponse *compared;
		Outrider__V1__PullResponse *page;

		open_attack(&a, &scene.phone);
		a.scope = scope_of_user(&w->carl);
		a.id = ids[i];
		reply = harness_call_message(&w->h, "SyncService/Compare",
					     w->anna.device_token,
					     &a.compare.base);
		harness_expect(reply, OUTRIDER_OK);
		compared = outrider__v1__compare_response__unpack(
			NULL, reply->message.len, reply->message.at);
		/* Hers, which she left out, and his, of which she knows sums
		 * of nothing. */
		for (size_t k = 0; k < compared->n_differing; k++) {
			const Outrider__V1__ScopeBuckets *b =
				compared->differing[k];

			if (memcmp(b->scope.data, a.scope.at, SCOPE_LEN) != 0)
				continue;
			for (size_t at = 0; at < b->sums.len; at++)
				assert_int_equal(b->sums.data[at], 0);
		}
		assert_true(compared->n_differing >= 2);
		outrider__v1__compare_response__free_unpacked(compared, NULL);

		reply = harness_call_message(&w->h, "SyncService/Repair",
					     w->anna.device_token,
					     &a.repair.base);
		harness_expect(reply, OUTRIDER_OK);
		page = outrider__v1__pull_response__unpack(
			NULL, reply->message.len, reply->message.at);
		assert_int_equal(page->n_records, 1);
		assert_int_equal(page->records[0]->fields.len, 0);
		assert_int_equal(page->records[0]->rev, 0);
		assert_false(page->records[0]->is_deleted);
		assert_true(page->records[0]->is_exact);
		assert_int_equal(page->n_scopes, 0);
		/* His, his deleted one, and none at all: the same answer. */
		memset(page->records[0]->id.data, 0, 16);
		if (i == 0)
			first_len =
				outrider__v1__pull_response__pack(page, first);
		else {
			uint8_t again[256];
			size_t len =
				outrider__v1__pull_response__pack(page, again);

			assert_int_equal(len, first_len);
			assert_memory_equal(again, first, len);
		}
		outrider__v1__pull_response__free_unpacked(page, NULL);

		/* His record, claimed to lie in her scope. */
		a.scope = scope_of_user(&w->anna);
		reply = harness_call_message(&w->h, "SyncService/Repair",
					     w->anna.device_token,
					     &a.repair.base);
		harness_expect(reply, OUTRIDER_OK);
		page = outrider__v1__pull_response__unpack(
			NULL, reply->message.len, reply->message.at);
		for (size_t k = 0; k < page->n_records; k++) {
			const Outrider__V1__Record *record = page->records[k];

			if (memcmp(record->id.data, ids[i].at, 16) != 0)
				continue;
			assert_int_equal(record->fields.len, 0);
			assert_int_equal(record->n_left, 1);
			assert_false(record->is_deleted);
		}
		outrider__v1__pull_response__free_unpacked(page, NULL);
	}
	model_close(&scene.phone);
}

/* Nothing of a scope that isn't hers is as it should be. */
static void nothing_of_others_is_no_difference(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);
	Outrider__V1__CompareResponse *compared;
	const struct harness_reply *reply;
	struct attack a;

	open_attack(&a, &scene.phone);
	a.scope = scope_of_user(&w->carl);
	memset(a.zeros, 0, sizeof(a.zeros));
	reply = harness_call_message(&w->h, "SyncService/Compare",
				     w->anna.device_token, &a.compare.base);
	harness_expect(reply, OUTRIDER_OK);
	compared = outrider__v1__compare_response__unpack(
		NULL, reply->message.len, reply->message.at);
	assert_true(compared->n_differing > 0); /* hers, which she left out */
	for (size_t i = 0; i < compared->n_differing; i++)
		assert_memory_not_equal(compared->differing[i]->scope.data,
					a.scope.at, SCOPE_LEN);
	outrider__v1__compare_response__free_unpacked(compared, NULL);
	model_close(&scene.phone);
}

/* Without a device, and with a token that was taken back. */
static void only_phones_may_ask(void **state)
{
	struct world *w = *state;
	struct scene scene = open_scene(w);
	struct attack a;

	open_attack(&a, &scene.phone);
	harness_expect(harness_call_message(&w->h, "SyncService/Compare",
					    w->anna.token, &a.compare.base),
		       OUTRIDER_PERMISSION_DENIED);
	harness_expect(harness_call_message(&w->h, "SyncService/Repair", NULL,
					    &a.repair.base),
		       OUTRIDER_UNAUTHENTICATED);
	model_close(&scene.phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(what_is_right_is_left_alone),
		WITH_WORLD(a_wrong_byte_is_mended),
		WITH_WORLD(one_record_is_one_bucket),
		WITH_WORLD(the_order_of_what_is_held_is_its_own),
		WITH_WORLD(what_she_is_not_told_of_is_not_missed),
		WITH_WORLD(a_lost_record_comes_back),
		WITH_WORLD(what_should_be_gone_goes),
		WITH_WORLD(what_should_be_gone_goes_page_by_page),
		WITH_WORLD(memberships_are_mended),
		WITH_WORLD(what_is_hidden_goes),
		WITH_WORLD(everything_is_lost_and_comes_back),
		WITH_WORLD(who_is_behind_is_told),
		WITH_WORLD(a_lost_scope_is_behind),
		WITH_WORLD(a_write_ends_a_repair),
		WITH_WORLD(a_new_history_is_resync),
		WITH_WORLD(a_long_walk_lets_others_go_first),
		WITH_WORLD(a_walk_can_be_stopped),
		WITH_WORLD(nonsense_is_refused),
		WITH_WORLD(others_scopes_tell_nothing),
		WITH_WORLD(nothing_of_others_is_no_difference),
		WITH_WORLD(only_phones_may_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
