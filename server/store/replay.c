/*
 * Answers that are kept so that a repeated call gets the same one. Knows
 * neither what was asked nor what was answered.
 */
#include "store/identity.h"
#include "store/parts.h"

#include <string.h>

enum outrider_code replay_get(struct store_conn *conn, struct replay *out,
			      const struct replay_key *key, struct arena *arena,
			      struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(&key->who),
		value_uuid(&key->what),
		value_int((int64_t)key->seq),
	};
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_REPLAY_GET, values,
					      ARRAY_LEN(values), err);

	*out = (struct replay){ 0 };
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && !has_row) {
		code = err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such answer");
	} else if (code == OUTRIDER_OK) {
		struct bytes hash = query_bytes(&query, 0);
		if (hash.len != SECRET_HASH_LEN) {
			code = store_damaged(conn, "replay", err);
		} else {
			memcpy(out->content_hash, hash.at, hash.len);
			out->at_us = query_int(&query, 2);
			out->seq = (uint64_t)query_int(&query, 3);
			if (!query_copy(&out->result, &query, 1, arena))
				code = store_no_memory(err);
		}
	}
	query_end(&query);
	return code;
}

enum outrider_code
replay_put(struct store_conn *tx, const struct replay_key *key,
	   const struct replay *replay, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(&key->who),
		value_uuid(&key->what),
		value_int((int64_t)key->seq),
		value_blob(replay->content_hash, SECRET_HASH_LEN),
		value_blob(replay->result.at, replay->result.len),
		value_int(replay->at_us),
	};
	int64_t changes = 0;
	enum outrider_code code = store_run(tx, &changes, STATEMENT_REPLAY_PUT,
					    values, ARRAY_LEN(values), err);

	if (code == OUTRIDER_OK && changes != 1)
		code = err_set(err, OUTRIDER_ALREADY_EXISTS, NULL,
			       "this was answered already");
	return code;
}

enum outrider_code replay_forget(struct store_conn *tx, const struct uuid *who,
				 const struct uuid *what, uint64_t up_to_seq,
				 int64_t before_us, struct outrider_err *err)
{
	struct backend_value own[] = {
		value_uuid(who),
		value_uuid(what),
		value_int((int64_t)up_to_seq),
	};
	struct backend_value others[] = {
		value_uuid(who),
		value_uuid(what),
		value_int(before_us),
	};
	enum outrider_code code = store_run(tx, NULL, STATEMENT_REPLAY_FORGET,
					    own, ARRAY_LEN(own), err);

	if (code != OUTRIDER_OK)
		return code;
	return store_run(tx, NULL, STATEMENT_REPLAY_FORGET_OTHERS, others,
			 ARRAY_LEN(others), err);
}

enum outrider_code
replay_last_seq(struct store_conn *conn, uint64_t *out, const struct uuid *who,
		const struct uuid *what, struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(who), value_uuid(what) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_REPLAY_LAST, values,
					      ARRAY_LEN(values), err);

	*out = 0;
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row)
		*out = (uint64_t)query_int(&query, 0);
	query_end(&query);
	return code;
}
