/*
 * Where a phone stands: its cursor against the caller's scopes and rights, and
 * whether anything lies above it.
 */
#include "app/parts.h"
#include "app/sync_parts.h"

static enum outrider_code resync(struct app_call *call)
{
	call->reason = "RESYNC";
	return err_set(&call->err, OUTRIDER_FAILED_PRECONDITION, "cursor",
		       "the cursor is of another history of this store, or too "
		       "old: pull everything anew");
}

static enum outrider_code read_cursor(struct sync_phone *phone,
				      struct scope **lost, size_t *n_lost,
				      uint64_t horizon, struct app_call *call,
				      struct bytes bytes, struct arena *arena)
{
	const struct principal *principal = &call->principal;
	const struct cursor_caller caller = {
		.scopes = principal->scopes,
		.n_scopes = principal->n_scopes,
		.view = principal->rights->fingerprint,
		.newest_rev = phone->begun_rev,
		.horizon = horizon,
	};
	struct cursor *at = &phone->at;
	struct cursor sent;
	enum outrider_code code;

	code = cursor_read(&sent, arena, bytes, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	at->epoch = store_epoch(call->app->store);
	at->schema = schema_version;
	if (bytes.len > 0 && uuid_compare(&sent.epoch, &at->epoch) != 0)
		return resync(call);
	code = cursor_begin(at, lost, n_lost, &sent, &caller, arena,
			    &call->err);
	return code == OUTRIDER_FAILED_PRECONDITION ? resync(call) : code;
}

enum outrider_code sync_phone_stand(struct sync_phone *phone,
				    struct scope **lost, size_t *n_lost,
				    struct app_call *call, struct bytes cursor,
				    struct arena *arena)
{
	uint64_t horizon = 0;
	enum outrider_code code;

	phone->conn = call_conn(call);
	phone->principal = &call->principal;
	code = store_read_begin(phone->conn, &phone->begun_rev, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = store_horizon(phone->conn, &horizon, &call->err);
	store_read_end(phone->conn);
	return code == OUTRIDER_OK ? read_cursor(phone, lost, n_lost, horizon,
						 call, cursor, arena)
				   : code;
}

enum outrider_code sync_phone_read_feed(struct sync_phone *phone,
					struct feed_entry **entries, size_t *n,
					size_t most, struct arena *arena,
					struct outrider_err *err)
{
	const struct cursor *at = &phone->at;
	struct feed_position *positions =
		arena_alloc(arena, at->n_scopes * sizeof(positions[0]) + 1);

	if (!positions)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "a page needs more memory than a call has");
	for (size_t i = 0; i < at->n_scopes; i++)
		positions[i] = (struct feed_position){
			.scope = at->scopes[i].scope,
			.rev = at->scopes[i].rev,
			.id = at->scopes[i].id,
		};
	return store_feed(phone->conn, entries, n, positions, at->n_scopes,
			  most, arena, err);
}

static const struct row *
row_ahead(const struct sync_phone *phone, uint32_t kind, const struct uuid *id)
{
	for (size_t i = 0; i < phone->n_rows; i++)
		if (phone->rows[i] && phone->rows[i]->entity->number == kind &&
		    uuid_compare(&phone->rows[i]->id, id) == 0)
			return phone->rows[i];
	return NULL;
}

void sync_phone_read_ahead(struct sync_phone *phone,
			   const struct feed_entry *entries, size_t n)
{
	const struct entity *entity = n > 0 ? schema_entity(entries->kind)
					    : NULL;
	struct uuid ids[STORE_GET_MOST];
	struct outrider_err err;
	enum outrider_code code;
	size_t found = 0;

	if (!entity || row_ahead(phone, entries->kind, &entries->id))
		return;
	arena_reset(&phone->ahead);
	phone->n_rows = 0;
	for (size_t i = 0; i < n && found < STORE_GET_MOST &&
			   entries[i].kind == entries->kind;
	     i++)
		if (found == 0 ||
		    uuid_compare(&ids[found - 1], &entries[i].id) != 0)
			ids[found++] = entries[i].id;
	/* One alone is no cheaper so. */
	if (found < 2)
		return;
	code = store_get_some(phone->conn, phone->rows, entity, ids, found,
			      &phone->ahead, &err);
	/* Those that came before the memory was used up count, too. */
	if (code == OUTRIDER_OK || code == OUTRIDER_RESOURCE_EXHAUSTED)
		phone->n_rows = found;
}

enum outrider_code sync_phone_row(struct sync_phone *phone, struct row **out,
				  uint32_t kind, const struct uuid *id,
				  struct outrider_err *err)
{
	const struct row *ahead = row_ahead(phone, kind, id);

	if (!ahead)
		return store_get(phone->conn, out, schema_entity(kind), id,
				 &phone->scratch, err);
	/* It may come up again, and the caller hides fields of what it gets. */
	*out = row_copy(&phone->scratch, ahead);
	return *out ? OUTRIDER_OK
		    : err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			      "a record needs more memory than a call has");
}
