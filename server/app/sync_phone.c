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
