/*
 * Contents, blobs and uploads as rows: see content.h. Pieces have numbers from
 * 0 and all but the last the same length, so that an offset is a piece. Only
 * the last piece is ever written twice.
 */
#include "store/content.h"
#include "store/parts.h"

#include <string.h>

/* A mebibyte: what one closure may delete in its time. */
#define PIECES_PURGED 4

enum outrider_code content_get(struct store_conn *conn, struct content *out,
			       const uint8_t hash[CONTENT_HASH_LEN],
			       struct outrider_err *err)
{
	struct backend_value values[] = { value_blob(hash, CONTENT_HASH_LEN) };
	struct query query;
	enum outrider_code code =
		query_first(&query, conn, STATEMENT_CONTENT_GET, values,
			    ARRAY_LEN(values), "there is no such content", err);

	if (code == OUTRIDER_OK) {
		memcpy(out->hash, hash, CONTENT_HASH_LEN);
		out->size_bytes = query_int(&query, 1);
		if (!query_uuid(&out->blob, &query, 0))
			code = store_damaged(conn, "content", err);
	}
	query_end(&query);
	return code;
}

enum outrider_code content_put(struct store_conn *tx, bool *is_new,
			       const struct content *content,
			       struct outrider_err *err)
{
	struct backend_value values[] = {
		value_blob(content->hash, CONTENT_HASH_LEN),
		value_uuid(&content->blob),
		value_int(content->size_bytes),
	};
	int64_t changes = 0;
	enum outrider_code code = store_run(tx, &changes, STATEMENT_CONTENT_PUT,
					    values, ARRAY_LEN(values), err);

	*is_new = changes == 1;
	return code;
}

enum outrider_code content_delete(struct store_conn *tx,
				  const uint8_t hash[CONTENT_HASH_LEN],
				  struct outrider_err *err)
{
	struct backend_value values[] = { value_blob(hash, CONTENT_HASH_LEN) };

	return store_run(tx, NULL, STATEMENT_CONTENT_DELETE, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code content_is_used(struct store_conn *conn, bool *out,
				   const uint8_t hash[CONTENT_HASH_LEN],
				   struct outrider_err *err)
{
	struct backend_value values[] = { value_blob(hash, CONTENT_HASH_LEN) };
	struct query query;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_CONTENT_IS_USED, values,
					      ARRAY_LEN(values), err);

	*out = false;
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, out, err);
	query_end(&query);
	return code;
}

enum outrider_code
content_attachments(struct store_conn *conn, struct uuid **out, size_t *n,
		    const uint8_t hash[CONTENT_HASH_LEN], size_t limit,
		    struct arena *arena, struct outrider_err *err)
{
	struct list ids = { .size = sizeof(struct uuid) };
	struct backend_value values[] = {
		value_blob(hash, CONTENT_HASH_LEN),
		value_int((int64_t)limit),
	};
	struct query query;
	bool has_row = true;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_CONTENT_ATTACHMENTS,
					      values, ARRAY_LEN(values), err);

	while (code == OUTRIDER_OK) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		struct uuid *id = list_add(&ids, arena);
		if (!id)
			code = store_no_memory(err);
		else if (!query_uuid(id, &query, 0))
			code = store_damaged(conn, "attachment", err);
	}
	query_end(&query);
	*out = ids.at;
	*n = ids.n;
	return code;
}

/* ------------------------------------------------------------------ blobs */

/* The last piece so far into the empty buffer. */
static enum outrider_code read_tail(struct buffer *out, struct store_conn *tx,
				    const struct uuid *blob, int64_t n,
				    size_t len, struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(blob), value_int(n) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, tx, STATEMENT_PIECE_GET,
					      values, ARRAY_LEN(values), err);

	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK) {
		struct bytes data = { 0 };

		if (has_row)
			data = query_bytes(&query, 0);
		if (data.len == len)
			buffer_append(out, data.at, data.len);
		else
			code = store_damaged(tx, "piece", err);
	}
	query_end(&query);
	return code;
}

static enum outrider_code put_piece(struct store_conn *tx,
				    const struct uuid *blob, int64_t n,
				    struct bytes data, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(blob),
		value_int(n),
		value_blob(data.at, data.len),
	};

	return store_run(tx, NULL, STATEMENT_PIECE_PUT, values,
			 ARRAY_LEN(values), err);
}

/* Takes what fills a piece that has `filled` bytes already. */
static struct bytes take(struct bytes *data, size_t filled)
{
	struct bytes taken = *data;

	if (taken.len > CONTENT_PIECE_LEN - filled)
		taken.len = CONTENT_PIECE_LEN - filled;
	data->at += taken.len;
	data->len -= taken.len;
	return taken;
}

enum outrider_code blob_append(struct store_conn *tx, const struct uuid *blob,
			       int64_t offset, struct bytes data,
			       struct outrider_err *err)
{
	int64_t n = offset / (int64_t)CONTENT_PIECE_LEN;
	size_t filled = (size_t)offset % CONTENT_PIECE_LEN;
	struct buffer *joined = &tx->build;
	enum outrider_code code = OUTRIDER_OK;

	if (filled > 0) {
		struct bytes first = take(&data, filled);

		buffer_clear(joined);
		code = read_tail(joined, tx, blob, n, filled, err);
		buffer_append(joined, first.at, first.len);
		if (code == OUTRIDER_OK && joined->is_full)
			code = store_no_memory(err);
		if (code == OUTRIDER_OK)
			code = put_piece(
				tx, blob, n++,
				(struct bytes){ joined->at, joined->len }, err);
	}
	while (code == OUTRIDER_OK && data.len > 0)
		code = put_piece(tx, blob, n++, take(&data, 0), err);
	return code;
}

enum outrider_code blob_read(struct store_conn *conn, struct buffer *out,
			     const struct uuid *blob, int64_t offset,
			     size_t len, struct outrider_err *err)
{
	int64_t n = offset / (int64_t)CONTENT_PIECE_LEN;
	size_t skip = (size_t)offset % CONTENT_PIECE_LEN;
	struct backend_value values[] = {
		value_uuid(blob),
		value_int(n),
		value_int(n + (int64_t)((skip + len) / CONTENT_PIECE_LEN)),
	};
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_PIECES_READ, values,
					      ARRAY_LEN(values), err);

	while (code == OUTRIDER_OK && len > 0) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK)
			break;
		struct bytes data = { 0 };
		if (has_row && query_int(&query, 0) == n++)
			data = query_bytes(&query, 1);
		if (data.len <= skip) {
			code = store_damaged(conn, "piece", err);
			break;
		}
		size_t some = data.len - skip < len ? data.len - skip : len;
		buffer_append(out, data.at + skip, some);
		len -= some;
		skip = 0;
	}
	query_end(&query);
	return code;
}

enum outrider_code blob_purge(struct store_conn *tx, bool *is_gone,
			      const struct uuid *blob, struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(blob),
					  value_int(PIECES_PURGED) };
	int64_t changes = 0;
	enum outrider_code code = store_run(tx, &changes,
					    STATEMENT_PIECES_PURGE, values,
					    ARRAY_LEN(values), err);

	*is_gone = changes == 0;
	return code;
}

/* ---------------------------------------------------------------- uploads */

enum upload_column {
	UPLOAD_CALLER,
	UPLOAD_HASH,
	UPLOAD_SIZE,
	UPLOAD_RECEIVED,
	UPLOAD_IS_WHOLE,
	UPLOAD_BLOB,
	UPLOAD_STATE,
	UPLOAD_TOUCHED,
};

static enum outrider_code upload_of_query(struct upload *out,
					  const struct query *query,
					  struct outrider_err *err)
{
	struct bytes hash = query_bytes(query, UPLOAD_HASH);
	struct bytes state = query_bytes(query, UPLOAD_STATE);

	*out = (struct upload){
		.size_bytes = query_int(query, UPLOAD_SIZE),
		.received_bytes = query_int(query, UPLOAD_RECEIVED),
		.is_whole = query_int(query, UPLOAD_IS_WHOLE) != 0,
		.touched_us = query_int(query, UPLOAD_TOUCHED),
		.state_len = state.len,
	};
	if (hash.len != sizeof(out->hash) || state.len > sizeof(out->state) ||
	    !query_uuid(&out->caller, query, UPLOAD_CALLER) ||
	    !query_uuid(&out->blob, query, UPLOAD_BLOB))
		return store_damaged(query->conn, "upload", err);
	memcpy(out->hash, hash.at, hash.len);
	if (state.len > 0)
		memcpy(out->state, state.at, state.len);
	return OUTRIDER_OK;
}

static enum outrider_code find_upload(struct store_conn *conn,
				      struct upload *out, enum statement which,
				      const struct backend_value *values,
				      size_t n_values, struct outrider_err *err)
{
	struct query query;
	enum outrider_code code = query_first(&query, conn, which, values,
					      n_values,
					      "there is no such upload", err);

	if (code == OUTRIDER_OK)
		code = upload_of_query(out, &query, err);
	query_end(&query);
	return code;
}

enum outrider_code upload_get(struct store_conn *conn, struct upload *out,
			      const struct uuid *caller,
			      const uint8_t hash[CONTENT_HASH_LEN],
			      struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(caller),
					  value_blob(hash, CONTENT_HASH_LEN) };

	return find_upload(conn, out, STATEMENT_UPLOAD_GET, values,
			   ARRAY_LEN(values), err);
}

enum outrider_code upload_stalest(struct store_conn *conn, struct upload *out,
				  int64_t before_us, struct outrider_err *err)
{
	struct backend_value values[] = { value_int(before_us) };

	return find_upload(conn, out, STATEMENT_UPLOAD_STALEST, values,
			   ARRAY_LEN(values), err);
}

enum outrider_code upload_idlest(struct store_conn *conn, struct upload *out,
				 const struct uuid *caller, int64_t since_us,
				 int64_t before_us, struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(caller),
					  value_int(since_us),
					  value_int(before_us) };

	return find_upload(conn, out, STATEMENT_UPLOAD_IDLEST, values,
			   ARRAY_LEN(values), err);
}

enum outrider_code upload_put(struct store_conn *tx,
			      const struct upload *upload,
			      struct outrider_err *err)
{
	struct backend_value values[] = {
		[UPLOAD_CALLER] = value_uuid(&upload->caller),
		[UPLOAD_HASH] = value_blob(upload->hash, CONTENT_HASH_LEN),
		[UPLOAD_SIZE] = value_int(upload->size_bytes),
		[UPLOAD_RECEIVED] = value_int(upload->received_bytes),
		[UPLOAD_IS_WHOLE] = value_int(upload->is_whole),
		[UPLOAD_BLOB] = value_uuid(&upload->blob),
		[UPLOAD_STATE] = value_blob(upload->state, upload->state_len),
		[UPLOAD_TOUCHED] = value_int(upload->touched_us),
	};

	return store_run(tx, NULL, STATEMENT_UPLOAD_PUT, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code upload_delete(struct store_conn *tx,
				 const struct upload *upload,
				 struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(&upload->caller),
		value_blob(upload->hash, CONTENT_HASH_LEN),
	};

	return store_run(tx, NULL, STATEMENT_UPLOAD_DELETE, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code upload_count(struct store_conn *conn,
				struct upload_load *out,
				const struct uuid *caller, int64_t since_us,
				struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(caller),
					  value_int(since_us) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_UPLOAD_COUNT, values,
					      ARRAY_LEN(values), err);

	*out = (struct upload_load){ .n_open = 0 };
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row) {
		out->n_open = (size_t)query_int(&query, 0);
		out->size_bytes = query_int(&query, 1);
	}
	query_end(&query);
	return code;
}
