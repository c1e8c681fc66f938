/*
 * replica_salvage: what can still be read of a damaged file, in a new one in
 * its place.
 */
#include <assert.h>
#include <string.h>

#include "replica_parts.h"

enum { SALVAGE_MAX = 64 << 20 };

enum outrider_code replica_check(struct replica *replica,
				 enum replica_table table,
				 struct outrider_err *err)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(
		replica->db, replica_tables[table].check, -1, &statement, NULL);
	const void *text;

	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW) {
		text = sqlite3_column_text(statement, 0);
		result = text != NULL && strcmp(text, "ok") == 0
				 ? SQLITE_OK
				 : SQLITE_CORRUPT;
	}
	sqlite3_finalize(statement);
	return result == SQLITE_OK ? OUTRIDER_OK
				   : replica_report(replica, result, err);
}

/* Rows of the keyring and of tables, end to end in memory. */
struct salvaged {
	int table; /* -1: the keyring */
	uint32_t name_len, len;
	int64_t rev;
};

static const char *const salvage_keyring[] = {
	"SELECT rowid, name, 0, envelope FROM keyring WHERE rowid > ?1 "
	"ORDER BY rowid",
	"SELECT rowid, name, 0, envelope FROM keyring WHERE rowid > ?1 "
	"ORDER BY rowid DESC",
};

/* A row's name, as it is put again; false: none of ours. */
static bool
salvage_name(struct buffer *out, struct salvaged *row, sqlite3_stmt *statement)
{
	uint8_t name[VAULT_NAME_LEN];
	const void *at = name;

	if (row->table < 0) {
		at = sqlite3_column_blob(statement, 1);
		row->name_len = (uint32_t)sqlite3_column_bytes(statement, 1);
	} else {
		if (!replica_read_name(name, statement, 1,
				       (enum replica_table)row->table))
			return false;
		row->name_len = sizeof(name);
	}
	buffer_append(out, row, sizeof(*row));
	buffer_append(out, at, row->name_len);
	return true;
}

/* Reads on until the damage; *last is the last row that was read. */
static bool salvage_walk(struct replica *replica, struct buffer *out, int table,
			 const char *sql, int64_t *last)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(replica->db, sql, -1, &statement, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_bind_int64(statement, 1, *last);
	while (result == SQLITE_OK || result == SQLITE_ROW) {
		struct salvaged row = { .table = table };

		result = sqlite3_step(statement);
		if (result != SQLITE_ROW)
			break;
		*last = sqlite3_column_int64(statement, 0);
		row.rev = sqlite3_column_int64(statement, 2);
		row.len = (uint32_t)sqlite3_column_bytes(statement, 3);
		if (salvage_name(out, &row, statement))
			buffer_append(out, sqlite3_column_blob(statement, 3),
				      row.len);
	}
	sqlite3_finalize(statement);
	return result == SQLITE_DONE;
}

/* From the front to the damage, and from the back to it. */
static void salvage_table(struct replica *replica, struct buffer *out,
			  int table, const char *forward, const char *backward)
{
	int64_t last = INT64_MIN;

	if (!salvage_walk(replica, out, table, forward, &last))
		(void)salvage_walk(replica, out, table, backward, &last);
}

static int salvage_put(struct replica *replica, const struct salvaged *row,
		       const uint8_t *name, const uint8_t *at)
{
	sqlite3_stmt *statement = NULL;
	const char *sql =
		row->table < 0
			? "INSERT OR IGNORE INTO keyring(name, envelope) "
			  "VALUES(?1, ?3)"
			: replica_tables[row->table].salvage_put;
	int result = sqlite3_prepare_v2(replica->db, sql, -1, &statement, NULL);

	if (result == SQLITE_OK && row->table < 0)
		result = sqlite3_bind_text(statement, 1, (const char *)name,
					   (int)row->name_len, SQLITE_STATIC);
	else if (result == SQLITE_OK)
		result = replica_bind_name(
			statement, 1, (enum replica_table)row->table, name);
	if (result == SQLITE_OK && row->table >= 0)
		result = sqlite3_bind_int64(statement, 2, row->rev);
	if (result == SQLITE_OK)
		result = sqlite3_bind_blob64(statement, 3, at, row->len,
					     SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? SQLITE_OK : result;
}

static int salvage_put_all(struct replica *replica, const struct buffer *rows)
{
	int result = replica_run(replica, "BEGIN IMMEDIATE");
	size_t at = 0;

	if (result == SQLITE_OK)
		result = replica_create_tables(replica, true);
	while (result == SQLITE_OK && at < rows->len) {
		struct salvaged row;

		memcpy(&row, rows->at + at, sizeof(row));
		at += sizeof(row);
		result = salvage_put(replica, &row, rows->at + at,
				     rows->at + at + row.name_len);
		at += row.name_len + row.len;
	}
	if (result == SQLITE_OK)
		result = replica_run(replica, "COMMIT");
	else
		replica_rollback(replica);
	return result;
}

/* An empty database in the place of the damaged one. */
static int reset(struct replica *replica)
{
	int result;

	for (int i = 0; i < REPLICA_TABLES_END; i++)
		for (int j = 0; j < VERBS_KEPT; j++) {
			sqlite3_finalize(replica->statements[i][j]);
			replica->statements[i][j] = NULL;
		}
	result = sqlite3_db_config(replica->db, SQLITE_DBCONFIG_RESET_DATABASE,
				   1, NULL);
	if (result == SQLITE_OK)
		result = replica_run(replica, "VACUUM");
	(void)sqlite3_db_config(replica->db, SQLITE_DBCONFIG_RESET_DATABASE, 0,
				NULL);
	return result;
}

enum outrider_code replica_salvage(struct replica *replica,
				   bool (*keeps)(enum replica_table),
				   struct outrider_err *err)
{
	struct buffer rows;
	int result = SQLITE_NOMEM;

	assert(!replica->is_writing);
	buffer_init(&rows, replica->allocator, SALVAGE_MAX);
	salvage_table(replica, &rows, -1, salvage_keyring[0],
		      salvage_keyring[1]);
	for (int i = 0; i < REPLICA_TABLES_END; i++)
		if (replica_tables[i].create != NULL &&
		    keeps((enum replica_table)i))
			salvage_table(replica, &rows, i,
				      replica_tables[i].forward,
				      replica_tables[i].backward);
	if (!rows.is_full)
		result = reset(replica);
	if (result == SQLITE_OK)
		result = salvage_put_all(replica, &rows);
	replica->is_damaged = result != SQLITE_OK;
	buffer_free(&rows);
	return result == SQLITE_OK ? OUTRIDER_OK
				   : replica_report(replica, result, err);
}
