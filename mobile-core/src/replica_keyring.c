/*
 * replica_keyring: the envelopes of keys, which are few and seldom written.
 */
#include "replica_parts.h"

#include <assert.h>

enum outrider_code replica_keyring_put(struct replica *replica,
				       const char *name, const void *at,
				       size_t len, struct outrider_err *err)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(
		replica->db,
		"INSERT INTO keyring(name, envelope) VALUES(?1, ?2) "
		"ON CONFLICT(name) DO UPDATE SET envelope = excluded.envelope",
		-1, &statement, NULL);

	assert(replica->is_writing);
	if (result == SQLITE_OK)
		result = sqlite3_bind_text(statement, 1, name, -1,
					   SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = sqlite3_bind_blob64(statement, 2, at, len,
					     SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? OUTRIDER_OK
				     : replica_report(replica, result, err);
}

enum outrider_code replica_keyring_get(struct replica *replica,
				       struct buffer *out, const char *name,
				       struct outrider_err *err)
{
	sqlite3_stmt *statement = NULL;
	enum outrider_code code = OUTRIDER_OK;
	int result = sqlite3_prepare_v2(
		replica->db, "SELECT envelope FROM keyring WHERE name = ?1", -1,
		&statement, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_bind_text(statement, 1, name, -1,
					   SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW) {
		const void *at = sqlite3_column_blob(statement, 0);
		buffer_append(out, at,
			      (size_t)sqlite3_column_bytes(statement, 0));
		if (out->is_full)
			code = err_no_memory(err);
	} else if (result == SQLITE_DONE) {
		code = err_set(err, OUTRIDER_NOT_FOUND, NULL, "Not found.");
	} else {
		code = replica_report(replica, result, err);
	}
	sqlite3_finalize(statement);
	return code;
}

enum outrider_code replica_keyring_delete(struct replica *replica,
					  const char *name,
					  struct outrider_err *err)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(replica->db,
					"DELETE FROM keyring WHERE name = ?1",
					-1, &statement, NULL);

	assert(replica->is_writing);
	if (result == SQLITE_OK)
		result = sqlite3_bind_text(statement, 1, name, -1,
					   SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? OUTRIDER_OK
				     : replica_report(replica, result, err);
}

enum outrider_code
replica_keyring_clear(struct replica *replica, struct outrider_err *err)
{
	int result = replica_run(replica, "DELETE FROM keyring");

	assert(replica->is_writing);
	return result == SQLITE_OK ? OUTRIDER_OK
				   : replica_report(replica, result, err);
}
