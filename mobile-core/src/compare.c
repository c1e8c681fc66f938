/*
 * compare: walks over the cards' rows.
 */
#include "compare.h"

#include <string.h>

#include "cards.h"
#include "core.h"
#include "digest.h"
#include "pull.h"
#include "rpc.h"

enum {
	SCOPES_MAX = 1000, /* a device follows no more */
	HELD_MAX = 4000,   /* records that one repair may name */
};

_Static_assert((int)COMPARE_SCOPE_LEN == (int)CARD_SCOPE_LEN, "a scope");

/* ------------------------------------------------------ sums of all scopes */

struct sums {
	const uint8_t *key;
	struct rpc_scope_sum *at;
	size_t n, last; /* the place that was met last: the next is it, often */
};

static struct rpc_scope_sum *find_scope(struct sums *sums, const uint8_t *scope)
{
	for (size_t i = 0; i < sums->n; i++) {
		size_t place = (sums->last + i) % sums->n;
		if (memcmp(sums->at[place].scope, scope, CARD_SCOPE_LEN) == 0) {
			sums->last = place;
			return &sums->at[place];
		}
	}
	if (sums->n == SCOPES_MAX)
		return NULL;
	sums->at[sums->n] = (struct rpc_scope_sum){ .sum = { 0, 0 } };
	memcpy(sums->at[sums->n].scope, scope, CARD_SCOPE_LEN);
	return &sums->at[sums->n++];
}

static enum outrider_code
add_card(void *user, const struct card *card, struct outrider_err *err)
{
	struct sums *sums = user;
	uint8_t entry[PROOF_LEN];

	proof_entry(entry, digest_keyed, sums->key, card->kind, &card->id,
		    card->fields);
	for (size_t i = 0; i < card->n_scopes; i++) {
		struct rpc_scope_sum *sum = find_scope(sums, card->scopes[i]);
		if (sum == NULL)
			return err_set(err, OUTRIDER_DATA_LOSS, NULL,
				       "The cards lie in too many scopes.");
		proof_add_entry(&sum->sum, entry);
	}
	return OUTRIDER_OK;
}

enum outrider_code compare_request(struct outrider *core,
				   struct buffer *request,
				   struct outrider_err *err)
{
	struct compare *compare = &core->sync.compare;
	struct sums sums = { .key = compare->key };
	struct bytes cursor;
	enum outrider_code code;

	compare->n_left = 0;
	sums.at = arena_alloc(&core->work, SCOPES_MAX * sizeof(*sums.at));
	if (sums.at == NULL)
		return err_no_memory(err);
	code = core_random(core, compare->key, sizeof(compare->key), err);
	if (code == OUTRIDER_OK)
		code = pull_cursor(core, &cursor, err);
	if (code == OUTRIDER_OK)
		code = cards_each(core, add_card, &sums, err);
	return code == OUTRIDER_OK
		       ? rpc_write_compare(request, cursor, compare->key,
					   sums.at, sums.n, err)
		       : code;
}

/* ---------------------------------------------------- buckets of one scope */

struct buckets {
	const uint8_t *key, *scope;
	struct proof_sum sums[PROOF_BUCKETS];
	size_t n_cards[PROOF_BUCKETS];
};

static bool lies_in(const struct card *card, const uint8_t *scope)
{
	for (size_t i = 0; i < card->n_scopes; i++)
		if (memcmp(card->scopes[i], scope, CARD_SCOPE_LEN) == 0)
			return true;
	return false;
}

static enum outrider_code
add_to_bucket(void *user, const struct card *card, struct outrider_err *err)
{
	struct buckets *buckets = user;
	uint8_t entry[PROOF_LEN];
	unsigned bucket;

	(void)err;
	if (!lies_in(card, buckets->scope))
		return OUTRIDER_OK;
	bucket =
		proof_bucket(digest_keyed, buckets->key, card->kind, &card->id);
	proof_entry(entry, digest_keyed, buckets->key, card->kind, &card->id,
		    card->fields);
	proof_add_entry(&buckets->sums[bucket], entry);
	buckets->n_cards[bucket]++;
	return OUTRIDER_OK;
}

static enum outrider_code
add_buckets(struct outrider *core, struct buckets **out, const uint8_t *scope,
	    struct outrider_err *err)
{
	*out = arena_alloc(&core->work, sizeof(**out));
	if (*out == NULL)
		return err_no_memory(err);
	memset(*out, 0, sizeof(**out));
	(*out)->key = core->sync.compare.key;
	(*out)->scope = scope;
	return cards_each(core, add_to_bucket, *out, err);
}

/* -------------------------------------------------------------- the answer */

static enum outrider_code note_differing(void *user, const uint8_t *scope,
					 const uint8_t *sums,
					 struct outrider_err *err)
{
	struct outrider *core = user;
	struct compare *compare = &core->sync.compare;
	struct compare_scope *left = &compare->left[compare->n_left];
	struct buckets *buckets;
	enum outrider_code code;

	/* More are told of once these are repaired. */
	if (compare->n_left == COMPARE_SCOPES_MAX)
		return OUTRIDER_OK;
	memset(left, 0, sizeof(*left));
	memcpy(left->scope, scope, sizeof(left->scope));
	code = add_buckets(core, &buckets, left->scope, err);
	if (code != OUTRIDER_OK)
		return code;
	for (unsigned i = 0; i < PROOF_BUCKETS; i++) {
		struct proof_sum theirs;

		proof_sum_read(&theirs, sums + (size_t)i * PROOF_LEN);
		if (!proof_sum_equal(&theirs, &buckets->sums[i]))
			proof_mask_add(left->buckets, i);
	}
	compare->n_left++;
	return OUTRIDER_OK;
}

enum outrider_code compare_answered(struct outrider *core,
				    struct bytes response,
				    struct outrider_err *err)
{
	struct compare *compare = &core->sync.compare;
	enum outrider_code code;
	bool is_behind;

	compare->n_left = 0;
	code = rpc_read_compared(&is_behind, response, note_differing, core,
				 err);
	if (code != OUTRIDER_OK)
		return code;
	compare->verdict = is_behind		 ? COMPARE_BEHIND
			   : compare->n_left > 0 ? COMPARE_DIFFERS
						 : COMPARE_EQUAL;
	compare->n_differed += compare->verdict == COMPARE_DIFFERS;
	compare->n_behind += compare->verdict == COMPARE_BEHIND;
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------------ repair */

struct holding {
	const struct compare *compare;
	const uint8_t *scope;
	struct rpc_held *held;
	size_t n, room;
};

static enum outrider_code
list_held(void *user, const struct card *card, struct outrider_err *err)
{
	struct holding *holding = user;
	const struct compare *compare = holding->compare;
	struct rpc_held *held;

	if (!lies_in(card, holding->scope) ||
	    !proof_mask_has(compare->asked,
			    proof_bucket(digest_keyed, compare->key, card->kind,
					 &card->id)))
		return OUTRIDER_OK;
	if (holding->n == holding->room)
		return err_set(err, OUTRIDER_INTERNAL, NULL,
			       "The cards changed while they were compared.");
	held = &holding->held[holding->n++];
	held->kind = card->kind;
	held->id = card->id;
	proof_entry(held->entry, digest_keyed, compare->key, card->kind,
		    &card->id, card->fields);
	return OUTRIDER_OK;
}

/* As many of the scope's buckets as fit; one always does. */
static size_t choose(struct compare *compare, const struct buckets *buckets,
		     const struct compare_scope *scope)
{
	size_t n = 0;

	memset(compare->asked, 0, sizeof(compare->asked));
	for (unsigned i = 0; i < PROOF_BUCKETS; i++) {
		if (!proof_mask_has(scope->buckets, i) ||
		    (n > 0 && n + buckets->n_cards[i] > HELD_MAX))
			continue;
		proof_mask_add(compare->asked, i);
		n += buckets->n_cards[i];
	}
	return n;
}

enum outrider_code compare_request_repair(struct outrider *core,
					  struct buffer *request,
					  struct outrider_err *err)
{
	struct compare *compare = &core->sync.compare;
	const struct compare_scope *scope;
	struct rpc_repair repair;
	struct buckets *buckets;
	struct holding holding;
	enum outrider_code code;

	scope = &compare->left[compare->n_left - 1];
	code = add_buckets(core, &buckets, scope->scope, err);
	if (code != OUTRIDER_OK)
		return code;
	holding = (struct holding){
		.compare = compare,
		.scope = scope->scope,
		.room = choose(compare, buckets, scope),
	};
	holding.held = arena_alloc(&core->work,
				   (holding.room + 1) * sizeof(*holding.held));
	if (holding.held == NULL)
		return err_no_memory(err);
	code = cards_each(core, list_held, &holding, err);
	repair = (struct rpc_repair){
		.key = compare->key,
		.scope = scope->scope,
		.buckets = compare->asked,
		.held = holding.held,
		.n = holding.n,
	};
	if (code == OUTRIDER_OK)
		code = pull_cursor(core, &repair.cursor, err);
	return code == OUTRIDER_OK ? rpc_write_repair(request, &repair, err)
				   : code;
}

void compare_repaired(struct outrider *core)
{
	struct compare *compare = &core->sync.compare;
	struct compare_scope *scope = &compare->left[compare->n_left - 1];
	uint8_t still = 0;

	for (size_t i = 0; i < sizeof(scope->buckets); i++) {
		scope->buckets[i] &= (uint8_t)~compare->asked[i];
		still |= scope->buckets[i];
	}
	if (still == 0)
		compare->n_left--;
}
