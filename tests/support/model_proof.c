/*
 * A phone in the fewest lines, its proof of equality: see model_phone.h.
 */
#include "model_phone.h"

#include "model/proof.h"
#include "outrider/v1/sync.pb-c.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void hash(uint8_t out[PROOF_LEN], const uint8_t key[PROOF_KEY_LEN],
		 struct bytes front, struct bytes fields)
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, PROOF_KEY_LEN, PROOF_LEN);
	crypto_generichash_update(&state, front.at, front.len);
	if (fields.len > 0)
		crypto_generichash_update(&state, fields.at, fields.len);
	crypto_generichash_final(&state, out, PROOF_LEN);
}

static bool is_in(const struct model_card *card, const struct scope *scope)
{
	for (size_t i = 0; i < card->n_in; i++)
		if (scope_compare(&card->in[i], scope) == 0)
			return true;
	return false;
}

static unsigned entry_of(uint8_t out[PROOF_LEN], const struct model_phone *p,
			 const struct model_card *card)
{
	proof_entry(out, hash, p->key, card->kind, &card->id,
		    (struct bytes){ card->fields.at, card->fields.len });
	return proof_bucket(hash, p->key, card->kind, &card->id);
}

static void sum_buckets(struct proof_sum sums[PROOF_BUCKETS],
			const struct model_phone *p, const struct scope *scope)
{
	uint8_t entry[PROOF_LEN];

	memset(sums, 0, PROOF_BUCKETS * sizeof(sums[0]));
	for (size_t i = 0; i < p->n_cards; i++)
		if (p->cards[i].is_there && is_in(&p->cards[i], scope)) {
			unsigned bucket = entry_of(entry, p, &p->cards[i]);

			proof_add_entry(&sums[bucket], entry);
		}
}

/* Every scope that a card names, once. */
static size_t
held_scopes(struct scope *out, size_t room, const struct model_phone *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_cards; i++)
		for (size_t k = 0; p->cards[i].is_there && k < p->cards[i].n_in;
		     k++) {
			size_t at = 0;

			while (at < n &&
			       scope_compare(&out[at], &p->cards[i].in[k]))
				at++;
			assert_true(at < room);
			if (at == n)
				out[n++] = p->cards[i].in[k];
		}
	return n;
}

static void
work_out(struct model_phone *p, const Outrider__V1__ScopeBuckets *should)
{
	struct model_difference *out = &p->differing[p->n_differing++];
	struct proof_sum have[PROOF_BUCKETS], sum;
	bool differs = false;

	assert_true(p->n_differing <= MODEL_DIFFERING_MAX);
	*out = (struct model_difference){ .mask = { 0 } };
	assert_int_equal(should->scope.len, SCOPE_LEN);
	memcpy(out->scope.at, should->scope.data, SCOPE_LEN);
	assert_int_equal(should->sums.len, PROOF_BUCKETS * PROOF_LEN);
	sum_buckets(have, p, &out->scope);
	for (unsigned i = 0; i < PROOF_BUCKETS; i++) {
		proof_sum_read(&sum, should->sums.data + (size_t)i * PROOF_LEN);
		if (proof_sum_equal(&sum, &have[i]))
			continue;
		proof_mask_add(out->mask, i);
		differs = true;
	}
	/* Said to differ, and no bucket does. */
	assert_true(differs);
}

enum outrider_code model_compare(struct model_phone *p)
{
	enum { SCOPES = 64 };
	Outrider__V1__CompareRequest request =
		OUTRIDER__V1__COMPARE_REQUEST__INIT;
	Outrider__V1__ScopeSum sums[SCOPES], *list[SCOPES];
	Outrider__V1__CompareResponse *response;
	const struct harness_reply *reply;
	struct proof_sum buckets[PROOF_BUCKETS];
	struct scope scopes[SCOPES];
	uint8_t bytes[SCOPES][PROOF_LEN];

	p->h->context.random(p->h->context.user, p->key, sizeof(p->key));
	p->n_differing = 0;
	request.cursor.data = p->cursor.at;
	request.cursor.len = p->cursor.len;
	request.key.data = p->key;
	request.key.len = sizeof(p->key);
	request.n_sums = held_scopes(scopes, SCOPES, p);
	request.sums = list;
	for (size_t i = 0; i < request.n_sums; i++) {
		struct proof_sum sum = { 0, 0 };

		sum_buckets(buckets, p, &scopes[i]);
		for (unsigned k = 0; k < PROOF_BUCKETS; k++)
			proof_add(&sum, &buckets[k]);
		proof_sum_write(bytes[i], &sum);
		outrider__v1__scope_sum__init(&sums[i]);
		list[i] = &sums[i];
		sums[i].scope.data = scopes[i].at;
		sums[i].scope.len = SCOPE_LEN;
		sums[i].sum.data = bytes[i];
		sums[i].sum.len = PROOF_LEN;
	}
	reply = harness_call_message(p->h, "SyncService/Compare",
				     p->user->device_token, &request.base);
	if (reply->code != OUTRIDER_OK)
		return reply->code;
	response = outrider__v1__compare_response__unpack(
		NULL, reply->message.len, reply->message.at);
	assert_non_null(response);
	p->is_behind = response->is_behind;
	for (size_t i = 0; i < response->n_differing; i++)
		work_out(p, response->differing[i]);
	outrider__v1__compare_response__free_unpacked(response, NULL);
	return OUTRIDER_OK;
}

/* The cards of these buckets; false at the room's end. */
static size_t list_held(Outrider__V1__HeldRecord *out,
			Outrider__V1__HeldRecord **list, size_t room,
			uint8_t (*entries)[PROOF_LEN], struct model_phone *p,
			const struct model_difference *what)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_cards; i++) {
		struct model_card *card = &p->cards[i];

		if (!card->is_there || !is_in(card, &what->scope))
			continue;
		assert_true(n < room);
		if (!proof_mask_has(what->mask, entry_of(entries[n], p, card)))
			continue;
		outrider__v1__held_record__init(&out[n]);
		list[n] = &out[n];
		out[n].kind = card->kind;
		out[n].id.data = card->id.at;
		out[n].id.len = sizeof(card->id.at);
		out[n].entry.data = entries[n];
		out[n].entry.len = PROOF_LEN;
		n++;
	}
	return n;
}

enum outrider_code
model_repair(struct model_phone *p, const struct model_difference *what)
{
	enum { HELD = 4000 };
	Outrider__V1__RepairRequest request =
		OUTRIDER__V1__REPAIR_REQUEST__INIT;
	struct model_difference asked = *what;
	Outrider__V1__HeldRecord *held = malloc(HELD * sizeof(*held));
	Outrider__V1__HeldRecord **list =
		malloc(HELD * sizeof(Outrider__V1__HeldRecord *));
	uint8_t(*entries)[PROOF_LEN] = malloc(HELD * sizeof(*entries));
	enum outrider_code code;

	assert_true(held && list && entries);
	request.cursor.data = p->cursor.at;
	request.cursor.len = p->cursor.len;
	request.key.data = p->key;
	request.key.len = sizeof(p->key);
	request.scope.data = asked.scope.at;
	request.scope.len = SCOPE_LEN;
	request.buckets.data = asked.mask;
	request.buckets.len = sizeof(asked.mask);
	request.held = list;
	request.n_held = list_held(held, list, HELD, entries, p, &asked);
	code = model_take_pages(p, "SyncService/Repair", &request.base,
				SIZE_MAX);
	free(held);
	free(list);
	free(entries);
	return code;
}

size_t model_heal(struct model_phone *p)
{
	size_t n_differing;

	assert_int_equal(model_compare(p), OUTRIDER_OK);
	assert_false(p->is_behind);
	n_differing = p->n_differing;
	for (size_t i = 0; i < n_differing; i++)
		assert_int_equal(model_repair(p, &p->differing[i]),
				 OUTRIDER_OK);
	assert_int_equal(model_compare(p), OUTRIDER_OK);
	assert_false(p->is_behind);
	assert_int_equal(p->n_differing, 0);
	return n_differing;
}
