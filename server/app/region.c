/*
 * A region read and changed. Records are gone over by their owners, in chunks
 * of one write each, through the same engine as all writes: each that changes
 * gets its revision, and phones hear of it.
 */
#include "app/region.h"

#include "app/complete.h"
#include "app/dispatch.h"
#include "app/kinds.h"
#include "app/write.h"
#include "store/setting.h"

#include <string.h>

#define SETTING_REGION "region"

enum {
	RECORDS_AT_ONCE = 64,
	USERS_AT_ONCE = 200,
	CHUNK_MEMORY = 64 << 20,
	USERS_MEMORY = 16 << 20,
};

/* One chunk: of one owner, and of one kind. */
struct chunk {
	struct app *app;
	const char *region;
	struct store_owned_query asked;
	struct arena arena;
	size_t n_read, n_changed;
};

enum outrider_code region_read(char out[PHONE_REGION_LEN + 1],
			       struct store *store, struct outrider_err *err)
{
	char value[SETTING_MAX] = "";
	struct store_conn *conn;
	enum outrider_code code = store_reader_open(&conn, store, err);

	out[0] = '\0';
	if (code != OUTRIDER_OK)
		return code;
	code = store_read_begin(conn, NULL, err);
	if (code == OUTRIDER_OK) {
		code = setting_get(conn, value, SETTING_REGION, err);
		store_read_end(conn);
	}
	store_reader_close(conn);
	if (strlen(value) == PHONE_REGION_LEN)
		memcpy(out, value, PHONE_REGION_LEN + 1);
	return code;
}

/* ------------------------------------------------------------- one record */

/* Is there anything in the values that isn't what stands? */
static bool is_other(const struct write_intent *intent, const struct row *row)
{
	const struct entity *entity = row->entity;

	for (size_t i = 0; i < entity->n_fields; i++)
		if (!value_equal(&entity->fields[i], &row->values[i],
				 &intent->values->values[i]))
			return true;
	return false;
}

static enum outrider_code renew(struct chunk *chunk, struct store_conn *tx,
				const struct row *row, struct outrider_err *err)
{
	struct write_intent intent = {
		.op = CHANGE_UPDATE,
		.entity = row->entity,
		.id = row->id,
		.values = row,
	};
	struct write_outcome outcome;
	enum outrider_code code;

	if (row->deleted_us != 0)
		return OUTRIDER_OK;
	code = complete_record(&intent, chunk->app, &chunk->arena, err);
	if (code != OUTRIDER_OK || !is_other(&intent, row))
		return code;
	intent.which = intent.completed;
	code = write_record(&outcome, chunk->app, tx, &intent, &chunk->arena,
			    err);
	chunk->n_changed += code == OUTRIDER_OK && outcome.is_changed;
	return code;
}

static enum outrider_code
run_chunk(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct chunk *chunk = user;
	struct row **rows;
	enum outrider_code code;

	arena_reset(&chunk->arena);
	chunk->n_changed = 0;
	code = store_owned(tx, &rows, &chunk->n_read, &chunk->asked,
			   &chunk->arena, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < chunk->n_read; i++)
		code = renew(chunk, tx, rows[i], err);
	if (code == OUTRIDER_OK && chunk->n_read > 0)
		chunk->asked.after = rows[chunk->n_read - 1]->id;
	return code;
}

/* ------------------------------------------------------------- all of them */

static enum outrider_code
renew_owned(struct chunk *chunk, struct store *store, const struct uuid *owner,
	    size_t *n_changed, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; code == OUTRIDER_OK && i < schema_n_entities; i++) {
		if (!complete_concerns(schema_entities[i]))
			continue;
		chunk->asked = (struct store_owned_query){
			.entity = schema_entities[i],
			.owner = *owner,
			.limit = RECORDS_AT_ONCE,
		};
		do {
			code = store_write_now(store, run_chunk, chunk, err);
			if (code == OUTRIDER_OK)
				*n_changed += chunk->n_changed;
		} while (code == OUTRIDER_OK &&
			 chunk->n_read == RECORDS_AT_ONCE);
	}
	return code;
}

/* Those who left own records too. */
static enum outrider_code
list_users(struct row ***out, size_t *n, struct store *store,
	   const struct uuid *after, struct arena *arena,
	   struct outrider_err *err)
{
	static const struct uuid zero;
	const struct scope all = scope_make(SCOPE_ORGANIZATION, &zero);
	const struct store_list_query asked = {
		.entity = schema_entity(KIND_USER),
		.scopes = &all,
		.n_scopes = 1,
		.after = *after,
		.limit = USERS_AT_ONCE,
		.with_deleted = true,
	};
	struct store_conn *conn;
	enum outrider_code code = store_reader_open(&conn, store, err);

	*n = 0;
	if (code != OUTRIDER_OK)
		return code;
	code = store_read_begin(conn, NULL, err);
	if (code == OUTRIDER_OK) {
		code = store_list(conn, out, n, &asked, arena, err);
		store_read_end(conn);
	}
	store_reader_close(conn);
	return code;
}

static enum outrider_code renew_all(struct chunk *chunk, struct store *store,
				    size_t *n_changed, struct outrider_err *err)
{
	struct uuid after = { { 0 } };
	struct arena users;
	struct row **rows;
	size_t n = USERS_AT_ONCE;
	enum outrider_code code = OUTRIDER_OK;

	arena_init(&users, &allocator_libc, USERS_MEMORY);
	while (code == OUTRIDER_OK && n == USERS_AT_ONCE) {
		arena_reset(&users);
		code = list_users(&rows, &n, store, &after, &users, err);
		for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
			after = rows[i]->id;
			code = renew_owned(chunk, store, &after, n_changed,
					   err);
		}
	}
	arena_free(&users);
	return code;
}

static enum outrider_code
run_set(void *user, struct store_conn *tx, struct outrider_err *err)
{
	const struct chunk *chunk = user;

	return setting_put(tx, SETTING_REGION, chunk->region, err);
}

enum outrider_code
region_change(struct store *store, const struct context *context,
	      const char *region, size_t *n_changed, struct outrider_err *err)
{
	struct app_config config = { .context = context, .store = store };
	struct chunk chunk = { .region = region };
	enum outrider_code code;

	*n_changed = 0;
	if (strlen(region) != PHONE_REGION_LEN ||
	    !phone_region_is_known(region))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "'%s' is no region: a country is written by the "
			       "two letters of ISO 3166, such as UA",
			       region);
	memcpy(config.region, region, sizeof(config.region));
	code = app_open(&chunk.app, &config, err);
	if (code != OUTRIDER_OK)
		return code;
	arena_init(&chunk.arena, &allocator_libc, CHUNK_MEMORY);
	code = store_write_now(store, run_set, &chunk, err);
	if (code == OUTRIDER_OK)
		code = renew_all(&chunk, store, n_changed, err);
	arena_free(&chunk.arena);
	app_close(chunk.app);
	return code;
}
