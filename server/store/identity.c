/*
 * Passwords, access tokens, enrolment codes and devices as rows. Knows no
 * hash function and judges no expiry.
 */
#include "store/identity.h"

#include "store/parts.h"

#include <string.h>

static enum outrider_code
fetch_one(struct query *query, struct store_conn *conn, enum statement which,
	  struct backend_value key, const char *missing,
	  struct outrider_err *err)
{
	return query_first(query, conn, which, &key, 1, missing, err);
}

/* ------------------------------------------------------------- passwords */

enum outrider_code identity_password_get(struct store_conn *conn, char out[128],
					 const struct uuid *user,
					 struct outrider_err *err)
{
	struct query query;
	enum outrider_code code =
		fetch_one(&query, conn, STATEMENT_PASSWORD_GET,
			  value_uuid(user), "there is no such password", err);

	out[0] = '\0';
	if (code == OUTRIDER_OK) {
		struct bytes text = query_bytes(&query, 0);
		if (text.len < 128) {
			memcpy(out, text.at, text.len);
			out[text.len] = '\0';
		} else {
			code = store_damaged(conn, "there is no such password",
					     err);
		}
	}
	query_end(&query);
	return code;
}

enum outrider_code
identity_password_put(struct store_conn *tx, const struct uuid *user,
		      const char *encoded, struct outrider_err *err)
{
	struct bytes text = { (const uint8_t *)encoded, strlen(encoded) };
	struct backend_value values[] = { value_uuid(user), value_text(text) };

	if (text.len >= 128)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "the password's hash is too long");
	return store_run(tx, NULL, STATEMENT_PASSWORD_PUT, values,
			 ARRAY_LEN(values), err);
}

/* ---------------------------------------------------------------- tokens */

enum outrider_code identity_token_put(struct store_conn *tx,
				      const struct identity_token *token,
				      struct outrider_err *err)
{
	struct backend_value values[] = {
		value_blob(token->hash, SECRET_HASH_LEN),
		value_uuid(&token->user),
		value_uuid_or_null(&token->device),
		value_int(token->expires_us),
	};
	int64_t changes = 0;
	enum outrider_code code = store_run(tx, &changes, STATEMENT_TOKEN_PUT,
					    values, ARRAY_LEN(values), err);

	if (code == OUTRIDER_OK && changes != 1)
		code = err_set(err, OUTRIDER_ALREADY_EXISTS, NULL,
			       "there is this token already");
	return code;
}

enum outrider_code identity_token_get(struct store_conn *conn,
				      struct identity_token *out,
				      const uint8_t hash[SECRET_HASH_LEN],
				      struct outrider_err *err)
{
	struct query query;
	enum outrider_code code = fetch_one(&query, conn, STATEMENT_TOKEN_GET,
					    value_blob(hash, SECRET_HASH_LEN),
					    "there is no such token", err);

	*out = (struct identity_token){ 0 };
	if (code == OUTRIDER_OK) {
		memcpy(out->hash, hash, SECRET_HASH_LEN);
		out->expires_us = query_int(&query, 2);
		if (!query_uuid(&out->user, &query, 0) ||
		    !query_uuid(&out->device, &query, 1))
			code = store_damaged(conn, "there is no such token",
					     err);
	}
	query_end(&query);
	return code;
}

enum outrider_code identity_token_delete(struct store_conn *tx,
					 const uint8_t hash[SECRET_HASH_LEN],
					 struct outrider_err *err)
{
	struct backend_value values[] = { value_blob(hash, SECRET_HASH_LEN) };

	return store_run(tx, NULL, STATEMENT_TOKEN_DELETE, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code
identity_tokens_delete_of(struct store_conn *tx, const struct uuid *user,
			  const uint8_t keep[SECRET_HASH_LEN],
			  struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(user),
		/* No hash is empty. */
		value_blob(keep, keep ? SECRET_HASH_LEN : 0),
	};

	return store_run(tx, NULL, STATEMENT_TOKENS_DELETE_OF, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code identity_tokens_delete_device(struct store_conn *tx,
						 const struct uuid *user,
						 const struct uuid *device,
						 struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(user),
					  value_uuid(device) };

	return store_run(tx, NULL, STATEMENT_TOKENS_DELETE_DEVICE, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code identity_tokens_expire(struct store_conn *tx, int64_t now_us,
					  struct outrider_err *err)
{
	struct backend_value values[] = { value_int(now_us) };

	return store_run(tx, NULL, STATEMENT_TOKENS_EXPIRE, values,
			 ARRAY_LEN(values), err);
}

/* ---------------------------------------------------------------- enrolment */

enum outrider_code identity_code_put(struct store_conn *tx,
				     const struct identity_code *code,
				     struct outrider_err *err)
{
	struct backend_value values[] = {
		value_blob(code->hash, SECRET_HASH_LEN),
		value_uuid(&code->user),
		value_int(code->expires_us),
		value_uuid_or_null(&code->used_by),
	};

	return store_run(tx, NULL, STATEMENT_CODE_PUT, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code
identity_code_get(struct store_conn *conn, struct identity_code *out,
		  const uint8_t hash[SECRET_HASH_LEN], struct outrider_err *err)
{
	struct query query;
	enum outrider_code code = fetch_one(&query, conn, STATEMENT_CODE_GET,
					    value_blob(hash, SECRET_HASH_LEN),
					    "there is no such enrolment code",
					    err);

	*out = (struct identity_code){ 0 };
	if (code == OUTRIDER_OK) {
		memcpy(out->hash, hash, SECRET_HASH_LEN);
		out->expires_us = query_int(&query, 1);
		if (!query_uuid(&out->user, &query, 0) ||
		    !query_uuid(&out->used_by, &query, 2))
			code = store_damaged(conn, "enrolment_code", err);
	}
	query_end(&query);
	return code;
}

enum outrider_code identity_device_put(struct store_conn *tx,
				       const struct identity_device *device,
				       struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(&device->id),
		value_uuid(&device->user),
		value_text((struct bytes){
			(const uint8_t *)device->display_name,
			strnlen(device->display_name,
				sizeof(device->display_name)) }),
		value_blob(device->signing_key, sizeof(device->signing_key)),
		value_int(device->enrolled_us),
		value_int(device->revoked_us),
	};

	return store_run(tx, NULL, STATEMENT_DEVICE_PUT, values,
			 ARRAY_LEN(values), err);
}

/* The columns that all reads of devices have; out's id is not among them. */
static bool read_device(struct identity_device *out, const struct query *query)
{
	struct bytes name = query_bytes(query, 1);
	struct bytes key = query_bytes(query, 2);

	if (!query_uuid(&out->user, query, 0) ||
	    name.len >= sizeof(out->display_name) ||
	    key.len != sizeof(out->signing_key))
		return false;
	if (name.len > 0)
		memcpy(out->display_name, name.at, name.len);
	memcpy(out->signing_key, key.at, key.len);
	out->enrolled_us = query_int(query, 3);
	out->revoked_us = query_int(query, 4);
	return true;
}

enum outrider_code
identity_device_get(struct store_conn *conn, struct identity_device *out,
		    const struct uuid *id, struct outrider_err *err)
{
	struct query query;
	enum outrider_code code = fetch_one(&query, conn, STATEMENT_DEVICE_GET,
					    value_uuid(id),
					    "there is no such device", err);

	*out = (struct identity_device){ .id = *id };
	if (code == OUTRIDER_OK && !read_device(out, &query))
		code = store_damaged(conn, "there is no such device", err);
	query_end(&query);
	return code;
}

enum outrider_code identity_device_count(struct store_conn *conn, size_t *out,
					 const struct uuid *user,
					 struct outrider_err *err)
{
	struct query query;
	enum outrider_code code =
		fetch_one(&query, conn, STATEMENT_DEVICE_COUNT,
			  value_uuid(user), "there is no such device", err);

	*out = code == OUTRIDER_OK ? (size_t)query_int(&query, 0) : 0;
	query_end(&query);
	return code;
}

enum outrider_code
identity_device_list(struct store_conn *conn, struct identity_device **out,
		     size_t *n, const struct uuid *user, size_t limit,
		     struct arena *arena, struct outrider_err *err)
{
	struct list devices = { .size = sizeof(struct identity_device) };
	struct backend_value values[] = { value_uuid(user),
					  value_int((int64_t)limit) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_DEVICE_LIST, values,
					      ARRAY_LEN(values), err);

	while (code == OUTRIDER_OK) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		struct identity_device *device = list_add(&devices, arena);
		if (!device)
			code = store_no_memory(err);
		else if (!read_device(device, &query) ||
			 !query_uuid(&device->id, &query, 5))
			code = store_damaged(conn, "there is no such device",
					     err);
	}
	query_end(&query);
	*out = devices.at;
	*n = devices.n;
	return code;
}
