/*
 * Orders to wipe, receipts, and sealed rows as rows: see wipe.h.
 */
#include "store/wipe.h"

#include "store/parts.h"

enum outrider_code wipe_put(struct store_conn *tx, const struct wipe *wipe,
			    struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(&wipe->device),
		value_uuid(&wipe->by),
		value_int(wipe->ordered_us),
		value_blob(wipe->order.at, wipe->order.len),
		value_blob(wipe->signature.at, wipe->signature.len),
		value_int(wipe->wiped_us),
		value_int(wipe->n_edits),
		value_blob(wipe->receipt.at, wipe->receipt.len),
		value_blob(wipe->receipt_signature.at,
			   wipe->receipt_signature.len),
		value_blob(wipe->outbox_key.at, wipe->outbox_key.len),
	};

	return store_run(tx, NULL, STATEMENT_WIPE_PUT, values,
			 ARRAY_LEN(values), err);
}

static bool keep(struct bytes *out, const struct query *query, unsigned column,
		 struct arena *arena)
{
	struct bytes given = query_bytes(query, column);

	*out = arena_copy(arena, given.at, given.len);
	return out->at != NULL;
}

enum outrider_code wipe_get(struct store_conn *conn, struct wipe *out,
			    const struct uuid *device, struct arena *arena,
			    struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(device) };
	struct query query;
	enum outrider_code code = query_first(&query, conn, STATEMENT_WIPE_GET,
					      values, ARRAY_LEN(values),
					      "there is no such order", err);

	*out = (struct wipe){ .device = *device };
	if (code == OUTRIDER_OK) {
		out->ordered_us = query_int(&query, 1);
		out->wiped_us = query_int(&query, 4);
		out->n_edits = query_int(&query, 5);
		if (!query_uuid(&out->by, &query, 0))
			code = store_damaged(conn, "wipe", err);
		else if (!keep(&out->order, &query, 2, arena) ||
			 !keep(&out->signature, &query, 3, arena) ||
			 !keep(&out->receipt, &query, 6, arena) ||
			 !keep(&out->receipt_signature, &query, 7, arena) ||
			 !keep(&out->outbox_key, &query, 8, arena))
			code = store_no_memory(err);
	}
	query_end(&query);
	return code;
}

enum outrider_code
wipe_put_row(struct store_conn *tx, const struct uuid *device,
	     const struct wiped_row *row, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(device),
		value_blob(row->name.at, row->name.len),
		value_int((int64_t)row->rev),
		value_blob(row->sealed.at, row->sealed.len),
	};

	return store_run(tx, NULL, STATEMENT_WIPED_ROW_PUT, values,
			 ARRAY_LEN(values), err);
}
