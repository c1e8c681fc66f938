/*
 * Compare: does a phone hold what it should?
 *
 * Adds up what lies in each of the caller's scopes, bucket by bucket, and
 * answers with the scopes of which the phone has another sum. Reads all the
 * caller's records once; in memory are the sums alone.
 */
#include "app/parts.h"
#include "app/sync_walk.h"

#include <string.h>

typedef Outrider__V1__CompareRequest Request;
typedef Outrider__V1__CompareResponse Response;
typedef Outrider__V1__ScopeBuckets Buckets;

enum {
	DIFFERING_MAX = 100, /* told in one answer: 400 KiB */
	TABLE_BYTES = PROOF_BUCKETS * PROOF_LEN,
};

struct table {
	struct proof_sum buckets[PROOF_BUCKETS];
};

struct compare {
	struct sync_walk walk;
	/* For each scope of the caller: what the phone has, and what it should
	 * have. */
	struct proof_sum *claimed;
	struct table *tables;
	/* What it has of others: nothing should be there. */
	struct scope *foreign;
	size_t n_foreign;
	bool is_behind, is_answered;
};

/* ----------------------------------------------------------------- the walk */

static enum outrider_code
add_record(struct compare *compare, const struct feed_entry *entry,
	   struct sync_sight *seen, struct outrider_err *err)
{
	struct sync_walk *walk = &compare->walk;
	enum outrider_code code =
		sync_walk_see(seen, walk, entry->kind, &entry->id, err);

	if (code == OUTRIDER_NOT_FOUND)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "a feed has a record that is not there");
	return code;
}

/* Each record is read and hashed once, in however many scopes it lies. */
static enum outrider_code add_batch(struct compare *compare,
				    const struct feed_entry *entries, size_t n,
				    struct outrider_err *err)
{
	struct sync_walk *walk = &compare->walk;
	struct sync_sight seen;
	unsigned bucket = 0;
	bool is_known = false;

	for (size_t i = 0; i < n; i++) {
		const struct feed_entry *entry = &entries[i];
		enum outrider_code code = OUTRIDER_OK;

		if (i == 0 || uuid_compare(&entry->id, &walk->after) != 0) {
			is_known = access_knows_record(
				walk->phone.principal,
				schema_entity(entry->kind), &entry->id);
			if (is_known)
				code = add_record(compare, entry, &seen, err);
			if (code != OUTRIDER_OK)
				return code;
			bucket =
				sync_walk_bucket(walk, entry->kind, &entry->id);
			walk->after = entry->id;
		}
		if (is_known)
			proof_add_entry(
				&compare->tables[entry->scope].buckets[bucket],
				seen.entry);
	}
	return OUTRIDER_OK;
}

static enum outrider_code
walk_on(struct compare *compare, struct app_call *call)
{
	struct sync_walk *walk = &compare->walk;
	enum outrider_code code = OUTRIDER_OK;

	while (code == OUTRIDER_OK && !sync_walk_is_over(walk) &&
	       !sync_walk_is_long(walk)) {
		struct feed_entry *entries;
		size_t n;

		code = sync_walk_next(walk, &entries, &n,
				      call->principal.scopes,
				      call->principal.n_scopes, &call->page,
				      &call->err);
		if (code == OUTRIDER_OK)
			code = add_batch(compare, entries, n, &call->err);
	}
	return code;
}

/* --------------------------------------------------------------- the answer */

static bool is_equal(const struct table *table, const struct proof_sum *claimed)
{
	struct proof_sum sum = { 0, 0 };

	for (size_t i = 0; i < PROOF_BUCKETS; i++)
		proof_add(&sum, &table->buckets[i]);
	return proof_sum_equal(&sum, claimed);
}

static bool name_scope(Response *response, const struct scope *scope,
		       const struct table *table, struct arena *arena)
{
	Buckets *buckets = arena_alloc(arena, sizeof(*buckets));
	uint8_t *sums = arena_alloc(arena, TABLE_BYTES);

	if (!buckets || !sums)
		return false;
	outrider__v1__scope_buckets__init(buckets);
	buckets->scope.data = (uint8_t *)(uintptr_t)scope->at;
	buckets->scope.len = SCOPE_LEN;
	for (size_t i = 0; table && i < PROOF_BUCKETS; i++)
		proof_sum_write(sums + i * PROOF_LEN, &table->buckets[i]);
	buckets->sums.data = sums;
	buckets->sums.len = TABLE_BYTES;
	response->differing[response->n_differing++] = buckets;
	return true;
}

static enum outrider_code answer(struct app_call *call)
{
	const struct compare *compare = call->state;
	const struct principal *who = &call->principal;
	Response response = OUTRIDER__V1__COMPARE_RESPONSE__INIT;
	Buckets *differing[DIFFERING_MAX];
	bool has_memory = true;

	response.is_behind = compare->is_behind;
	response.differing = differing;
	for (size_t i = 0; !compare->is_behind && i < who->n_scopes &&
			   response.n_differing < DIFFERING_MAX && has_memory;
	     i++)
		if (!is_equal(&compare->tables[i], &compare->claimed[i]))
			has_memory = name_scope(&response, &who->scopes[i],
						&compare->tables[i],
						&call->page);
	for (size_t i = 0; !compare->is_behind && i < compare->n_foreign &&
			   response.n_differing < DIFFERING_MAX && has_memory;
	     i++)
		has_memory = name_scope(&response, &compare->foreign[i], NULL,
					&call->page);
	return has_memory ? call_reply(call, &response.base)
			  : err_call_full(&call->err);
}

static enum app_progress next_slice(struct app_call *call)
{
	struct compare *compare = call->state;
	enum outrider_code code = OUTRIDER_OK;

	if (compare->is_answered)
		return APP_END;
	if (!compare->is_behind) {
		code = sync_walk_slice(&compare->walk, &compare->is_behind,
				       call);
		if (code == OUTRIDER_OK && !compare->is_behind)
			code = walk_on(compare, call);
		sync_walk_rest(&compare->walk);
	}
	if (code != OUTRIDER_OK)
		return APP_END;
	if (!compare->is_behind && !sync_walk_is_over(&compare->walk))
		return call_yield(call);
	compare->is_answered = true;
	return answer(call) == OUTRIDER_OK ? APP_MESSAGE : APP_END;
}

/* ------------------------------------------------------------------ request */

static enum outrider_code refuse(struct outrider_err *err, const char *text)
{
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, "sums", "%s", text);
}

static enum outrider_code read_sum(struct compare *compare, bool *is_named,
				   const Outrider__V1__ScopeSum *sent,
				   struct outrider_err *err)
{
	const struct cursor *at = &compare->walk.phone.at;
	const struct cursor_scope *found;
	struct scope scope;
	struct proof_sum sum;
	size_t place;

	if (sent->scope.len != SCOPE_LEN || sent->sum.len != PROOF_LEN)
		return refuse(err, "a scope has 17 bytes, its sum 16");
	memcpy(scope.at, sent->scope.data, SCOPE_LEN);
	proof_sum_read(&sum, sent->sum.data);
	found = cursor_find(at, &scope);
	if (!found && sum.high == 0 && sum.low == 0)
		return OUTRIDER_OK;
	if (!found) {
		compare->foreign[compare->n_foreign++] = scope;
		return OUTRIDER_OK;
	}
	place = (size_t)(found - at->scopes);
	if (is_named[place])
		return refuse(err, "a scope is named twice");
	is_named[place] = true;
	compare->claimed[place] = sum;
	return OUTRIDER_OK;
}

static enum outrider_code read_sums(struct compare *compare,
				    const Request *request, struct arena *arena,
				    struct outrider_err *err)
{
	const size_t n = compare->walk.phone.at.n_scopes;
	bool *is_named = arena_alloc(arena, n * sizeof(*is_named) + 1);

	compare->claimed =
		arena_alloc(arena, n * sizeof(compare->claimed[0]) + 1);
	compare->tables =
		arena_alloc(arena, n * sizeof(compare->tables[0]) + 1);
	compare->foreign = arena_alloc(
		arena, request->n_sums * sizeof(compare->foreign[0]) + 1);
	if (!is_named || !compare->claimed || !compare->tables ||
	    !compare->foreign)
		return err_call_full(err);
	for (size_t i = 0; i < request->n_sums; i++) {
		enum outrider_code code =
			read_sum(compare, is_named, request->sums[i], err);

		if (code != OUTRIDER_OK)
			return code;
	}
	return OUTRIDER_OK;
}

enum outrider_code sync_compare_start(struct app_call *call)
{
	const Request *request =
		call_unpack(call, &outrider__v1__compare_request__descriptor);
	struct compare *compare = arena_alloc(&call->arena, sizeof(*compare));
	enum outrider_code code;

	if (!request)
		return call->err.code;
	if (!compare)
		return err_call_full(&call->err);
	code = sync_walk_begin(
		&compare->walk, &compare->is_behind, call,
		(struct bytes){ request->cursor.data, request->cursor.len },
		(struct bytes){ request->key.data, request->key.len });
	if (code == OUTRIDER_OK)
		code = read_sums(compare, request, &call->arena, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	call->state = compare;
	call->next = next_slice;
	return OUTRIDER_OK;
}
