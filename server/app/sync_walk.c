/*
 * A walk over all that lies in a caller's scopes: see sync_walk.h.
 */
#include "app/sync_walk.h"

#include "app/parts.h"
#include "model/record.h"

#include <sodium.h>
#include <string.h>

enum {
	BATCH = 256,	   /* records asked for at once */
	SLICE_WORK = 4096, /* some ten milliseconds */
	FIELDS_MAX = 256 << 10,
};

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

enum outrider_code sync_walk_begin(struct sync_walk *walk, bool *is_behind,
				   struct app_call *call, struct bytes cursor,
				   struct bytes key)
{
	struct scope *lost;
	size_t n_lost = 0;
	enum outrider_code code;

	*is_behind = false;
	if (key.len != sizeof(walk->key))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "key",
			       "the key of a comparison has 16 bytes");
	memcpy(walk->key, key.at, sizeof(walk->key));
	code = sync_phone_stand(&walk->phone, &lost, &n_lost, call, cursor,
				&call->arena);
	*is_behind = n_lost > 0;
	return code;
}

enum outrider_code
sync_walk_slice(struct sync_walk *walk, bool *is_behind, struct app_call *call)
{
	struct sync_phone *phone = &walk->phone;
	struct feed_entry *entries;
	size_t n = 0;
	uint64_t newest_rev;
	enum outrider_code code;

	*is_behind = false;
	walk->work = 0;
	arena_init(&phone->scratch, &allocator_libc, SYNC_RECORD_MEMORY);
	buffer_init(&walk->build, &allocator_libc, FIELDS_MAX);
	code = store_read_begin(phone->conn, &newest_rev, &call->err);
	if (code != OUTRIDER_OK || newest_rev == walk->seen_rev)
		return code;
	code = sync_phone_read_feed(phone, &entries, &n, 1, &call->page,
				    &call->err);
	walk->seen_rev = newest_rev;
	*is_behind = n > 0;
	return code;
}

void sync_walk_rest(struct sync_walk *walk)
{
	store_read_end(walk->phone.conn);
	buffer_free(&walk->build);
	arena_free(&walk->phone.scratch);
}

bool sync_walk_is_long(const struct sync_walk *walk)
{
	return walk->work >= SLICE_WORK;
}

bool sync_walk_is_over(const struct sync_walk *walk)
{
	return walk->kind == schema_n_entities;
}

enum outrider_code sync_walk_next(struct sync_walk *walk,
				  struct feed_entry **entries, size_t *n,
				  const struct scope *scopes, size_t n_scopes,
				  struct arena *arena, struct outrider_err *err)
{
	const struct entity *entity = schema_entities[walk->kind];
	const struct store_present_query asked = {
		.kind = entity->number,
		.scopes = scopes,
		.n_scopes = n_scopes,
		.after = walk->after,
		.limit = BATCH,
	};
	enum outrider_code code = OUTRIDER_OK;

	*n = 0;
	if (access_knows_kind(walk->phone.principal, entity))
		code = store_present(walk->phone.conn, entries, n, &asked,
				     arena, err);
	walk->work += *n + n_scopes;
	if (code == OUTRIDER_OK && *n == 0) {
		walk->kind++;
		walk->after = (struct uuid){ { 0 } };
	}
	return code;
}

enum outrider_code sync_walk_see(struct sync_sight *out, struct sync_walk *walk,
				 uint32_t kind, const struct uuid *id,
				 struct outrider_err *err)
{
	struct sync_phone *phone = &walk->phone;
	enum outrider_code code;

	out->row = NULL;
	arena_reset(&phone->scratch);
	code = store_get(phone->conn, &out->row, schema_entity(kind), id,
			 &phone->scratch, err);
	if (code == OUTRIDER_OK && out->row->deleted_us != 0)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "the record is deleted");
	if (code == OUTRIDER_OK)
		code = access_hide(out->row, phone->principal, &phone->scratch,
				   err);
	if (code != OUTRIDER_OK)
		return code;
	buffer_clear(&walk->build);
	record_write(&walk->build, out->row, NULL);
	if (walk->build.is_full)
		return err_call_full(err);
	out->fields = (struct bytes){ walk->build.at, walk->build.len };
	proof_entry(out->entry, hash, walk->key, kind, id, out->fields);
	return OUTRIDER_OK;
}

unsigned sync_walk_bucket(const struct sync_walk *walk, uint32_t kind,
			  const struct uuid *id)
{
	return proof_bucket(hash, walk->key, kind, id);
}
