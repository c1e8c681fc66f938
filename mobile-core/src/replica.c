/*
 * replica: SQLite behind the face of replica.h. One connection that holds the
 * file for itself: the log's index lies in memory then, and no third file is
 * written beside the database and its log.
 */
#include "disk/log_file.h"
#include "replica_parts.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "row_parts.h"

enum {
	APPLICATION_ID = 0x4f525031, /* "ORP1" */
	/* 1 had cards by name. */
	FILE_VERSION = 2,
	/* Pages of the log. With the most it is copied inside of a commit: 12
	 * MB, so that a first pull copies its pages into the file twice, not
	 * five times. From the other on it is copied while a server is waited
	 * for: what a sync of a thousand edits writes has room between them. */
	LOG_MOST = 3000,
	LOG_WORTH = 1000,
};

/* clang-format off */
#define CREATE(table, type, how)                                            \
	"CREATE TABLE IF NOT EXISTS " #table "(name " type " PRIMARY KEY, " \
	"rev INTEGER NOT NULL, sealed BLOB NOT NULL)" how

#define TABLE_ROW(name, number, compartment, its_form)                      \
	[number] = {                                                        \
		.form = (its_form),                                         \
		.create = (its_form) == REPLICA_NUMBERED ?                  \
			CREATE(name, "INTEGER", "") :                       \
			  (its_form) == REPLICA_SORTED ?                    \
			CREATE(name, "BLOB", " WITHOUT ROWID") :            \
			CREATE(name, "BLOB", ""),                           \
		.create_index = (its_form) == REPLICA_QUEUED ?              \
			"CREATE INDEX IF NOT EXISTS " #name "_rev ON "      \
			#name "(rev)" :                                     \
			"",                                                 \
		.verbs = {                                                  \
			[VERB_PUT] = ("INSERT INTO " #name                  \
				"(name, rev, sealed) VALUES(?1, ?2, ?3) "   \
				"ON CONFLICT(name) DO UPDATE SET "          \
				"rev = excluded.rev, "                      \
				"sealed = excluded.sealed"),                \
			[VERB_GET] = ("SELECT rev, sealed FROM " #name      \
				" WHERE name = ?1"),                        \
			[VERB_TAG] = ("SELECT substr(sealed, -16) FROM "    \
				#name " WHERE name = ?1"),                  \
			[VERB_DELETE] = ("DELETE FROM " #name               \
				" WHERE name = ?1"),                        \
			[VERB_COUNT] = ("SELECT count(*) FROM " #name       \
				" WHERE rev >= ?1"),                        \
			[VERB_EACH] = (its_form) == REPLICA_QUEUED ?        \
				("SELECT name, rev, sealed FROM " #name     \
				 " WHERE rev >= ?1 ORDER BY rev") :         \
				("SELECT name, rev, sealed FROM " #name     \
				 " WHERE rev >= ?1"),                       \
			[VERB_EACH_TAG] = ("SELECT name, rev, "             \
				"substr(sealed, -16) FROM " #name           \
				" WHERE rev >= ?1"),                        \
			[VERB_EACH_FROM] = ("SELECT name, rev, sealed FROM "\
				#name " WHERE name > ?1 "                   \
				"ORDER BY name"),                           \
		},                                                          \
		.clear = "DELETE FROM " #name,                              \
		.tidy = (its_form) == REPLICA_NUMBERED ? "" :               \
			"REINDEX " #name "; DELETE FROM " #name " WHERE "   \
			"typeof(name) <> 'blob' OR length(name) <> 16",     \
		.forward = "SELECT rowid, name, rev, sealed FROM " #name    \
			" NOT INDEXED WHERE rowid > ?1 ORDER BY rowid",     \
		.backward = "SELECT rowid, name, rev, sealed FROM " #name   \
			" NOT INDEXED WHERE rowid > ?1 ORDER BY rowid DESC",\
		.check = "PRAGMA quick_check(" #name ")",                   \
		.salvage_put = "INSERT OR IGNORE INTO " #name               \
			"(name, rev, sealed) VALUES(?1, ?2, ?3)",           \
	},
/* clang-format on */

const struct table replica_tables[REPLICA_TABLES_END] = { REPLICA_TABLES(
	TABLE_ROW) };

/* ----------------------------------------------------------------- errors */

enum outrider_code
replica_report(struct replica *replica, int result, struct outrider_err *err)
{
	char text[160];

	if (replica->host->log != NULL) {
		/* Names and numbers of ours: rows are sealed and bound. */
		snprintf(text, sizeof(text), "replica: %s (%d)",
			 sqlite3_errstr(result),
			 replica->db == NULL
				 ? result
				 : sqlite3_extended_errcode(replica->db));
		replica->host->log(replica->host->user, OUTRIDER_LOG_WARNING,
				   text);
	}
	switch (result & 0xff) {
	case SQLITE_FULL:
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "The disk is full.");
	case SQLITE_NOMEM:
		return err_no_memory(err);
	case SQLITE_TOOBIG:
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "A row is too large.");
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(err, OUTRIDER_UNAVAILABLE, NULL,
			       "Another process has the files open.");
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		replica->is_damaged = true;
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The file is damaged, or not a phone's.");
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return err_set(err, OUTRIDER_UNAVAILABLE, NULL,
			       "The file can't be opened for writing.");
	default:
		return err_set(err, OUTRIDER_UNAVAILABLE, NULL,
			       "The disk fails.");
	}
}

/* ---------------------------------------------------------------- opening */

int replica_run(struct replica *replica, const char *sql)
{
	return sqlite3_exec(replica->db, sql, NULL, NULL, NULL);
}

static int read_number(struct replica *replica, int64_t *out, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(replica->db, sql, -1, &statement, NULL);

	*out = 0;
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW) {
		*out = sqlite3_column_int64(statement, 0);
		result = SQLITE_OK;
	} else if (result == SQLITE_DONE) {
		result = SQLITE_OK;
	}
	sqlite3_finalize(statement);
	return result;
}

void outrider_own_process(void)
{
	/* Refused once SQLite has begun: then it goes on counting. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* Nothing of a row in temporary files, deleted bytes overwritten, commits on
 * the disk, one process at a time. */
static const char *const pragmas[] = {
	"PRAGMA locking_mode = EXCLUSIVE",
	"PRAGMA temp_store = MEMORY",
	"PRAGMA secure_delete = ON",
	"PRAGMA trusted_schema = OFF",
	"PRAGMA cell_size_check = ON",
	"PRAGMA mmap_size = 0",
	"PRAGMA cache_size = -3072",
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL",
	/* A copied log keeps its room, and is written over there: bytes that
	 * replace others are synced without the file system's own log. Above
	 * LOG_MOST by as much as a commit may be. */
	"PRAGMA journal_size_limit = 16777216",
};

/* Errors are no loss: what isn't copied stays in the log, and the next commit
 * tries again. */
static void copy_log(struct replica *replica)
{
	int n_pages = 0, n_copied = 0;

	if (sqlite3_wal_checkpoint_v2(replica->db, NULL,
				      SQLITE_CHECKPOINT_PASSIVE, &n_pages,
				      &n_copied) == SQLITE_OK &&
	    n_copied == n_pages)
		replica->n_log = 0;
}

/* In the place of SQLite's own, which doesn't tell how long the log is. */
static int after_commit(void *user, sqlite3 *db, const char *name, int n_pages)
{
	struct replica *replica = user;

	(void)db;
	(void)name;
	replica->n_log = n_pages;
	if (n_pages >= replica->log_most)
		copy_log(replica);
	return SQLITE_OK;
}

/* Those that are not there yet. */
int replica_create_tables(struct replica *replica, bool is_new)
{
	char sql[100];
	int result = replica_run(replica,
				 "CREATE TABLE IF NOT EXISTS keyring(name TEXT "
				 "PRIMARY KEY, envelope BLOB NOT NULL)");

	for (int i = 0; i < REPLICA_TABLES_END && result == SQLITE_OK; i++) {
		if (replica_tables[i].create == NULL)
			continue;
		result = replica_run(replica, replica_tables[i].create);
		if (result == SQLITE_OK)
			result = replica_run(replica,
					     replica_tables[i].create_index);
	}
	if (result == SQLITE_OK && is_new) {
		snprintf(sql, sizeof(sql),
			 "PRAGMA application_id = %d; PRAGMA user_version = %d",
			 APPLICATION_ID, FILE_VERSION);
		result = replica_run(replica, sql);
	}
	return result;
}

/* Makes an empty file ours; refuses somebody else's, and a later form. */
static enum outrider_code
check_version(struct replica *replica, struct outrider_err *err)
{
	int64_t application = 0, version = 0, n_objects = 0;
	bool is_new = false;
	int result = replica_run(replica, "BEGIN IMMEDIATE");

	if (result == SQLITE_OK)
		result = read_number(replica, &application,
				     "PRAGMA application_id");
	if (result == SQLITE_OK)
		result = read_number(replica, &version, "PRAGMA user_version");
	if (result == SQLITE_OK)
		result = read_number(replica, &n_objects,
				     "SELECT count(*) FROM sqlite_master");
	if (result == SQLITE_OK && n_objects == 0 && application == 0) {
		application = APPLICATION_ID;
		version = FILE_VERSION;
		is_new = true;
	}
	/* Cards come again with the next sync. */
	if (result == SQLITE_OK && application == APPLICATION_ID &&
	    version == 1) {
		result = replica_run(replica, "DROP TABLE card");
		version = FILE_VERSION;
		is_new = true;
	}
	/* A file of an earlier program lacks the tables that came since. */
	if (result == SQLITE_OK && application == APPLICATION_ID &&
	    version == FILE_VERSION)
		result = replica_create_tables(replica, is_new);
	if (result == SQLITE_OK)
		result = replica_run(replica, "COMMIT");
	if (result != SQLITE_OK)
		return replica_report(replica, result, err);
	if (application != APPLICATION_ID)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The file is damaged, or not a phone's.");
	if (version > FILE_VERSION)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "The file is of a newer version.");
	return OUTRIDER_OK;
}

/*
 * What a killed process left in the log is on the disk before the server hears
 * of it: else the number of an entry or an edit would come a second time, with
 * another. And what it had deleted lies in the file until the log is copied
 * there.
 */
static int settle_log(struct replica *replica)
{
	sqlite3_int64 n_bytes = 0;
	int result = log_file_sync(replica->db, &n_bytes);

	/* A disk that is full has no room for that, and opens all the same. */
	if (result == SQLITE_OK && n_bytes > 0)
		(void)replica_run(replica, "PRAGMA wal_checkpoint(TRUNCATE)");
	return result == SQLITE_OK ? log_file_gather(replica->db) : result;
}

enum outrider_code
replica_open(struct replica **out, const struct allocator *allocator,
	     const struct outrider_host *host, const char *path,
	     const char *vfs, struct outrider_err *err)
{
	struct replica *replica;
	struct buffer name;
	enum outrider_code code;
	int result = SQLITE_OK;

	*out = NULL;
	replica = allocator->resize(allocator->user, NULL, sizeof(*replica));
	if (replica == NULL)
		return err_no_memory(err);
	*replica = (struct replica){
		.allocator = allocator,
		.host = host,
		.log_most = LOG_MOST,
		.log_worth = LOG_WORTH,
	};

	buffer_init(&name, allocator, 4096);
	buffer_append(&name, path, strlen(path));
	buffer_append(&name, ".db", sizeof(".db"));
	if (name.is_full) {
		code = err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "Out of memory, or the path is too long.");
		goto done;
	}
	result = sqlite3_open_v2((const char *)name.at, &replica->db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
					 SQLITE_OPEN_NOMUTEX |
					 SQLITE_OPEN_PRIVATECACHE,
				 vfs);
	for (size_t i = 0;
	     i < sizeof(pragmas) / sizeof(pragmas[0]) && result == SQLITE_OK;
	     i++)
		result = replica_run(replica, pragmas[i]);
	if (result == SQLITE_OK) {
		(void)sqlite3_wal_hook(replica->db, after_commit, replica);
		result = settle_log(replica);
	}
	code = result == SQLITE_OK ? check_version(replica, err)
				   : replica_report(replica, result, err);
done:
	buffer_free(&name);
	if (code != OUTRIDER_OK) {
		replica_close(replica);
		return code;
	}
	*out = replica;
	return OUTRIDER_OK;
}

void replica_close(struct replica *replica)
{
	if (replica == NULL)
		return;
	for (int i = 0; i < REPLICA_TABLES_END; i++)
		for (int j = 0; j < VERBS_KEPT; j++)
			sqlite3_finalize(replica->statements[i][j]);
	sqlite3_close(replica->db);
	replica->allocator->resize(replica->allocator->user, replica, 0);
}

enum outrider_code
replica_checkpoint(struct replica *replica, struct outrider_err *err)
{
	const int result =
		replica_run(replica, "PRAGMA wal_checkpoint(TRUNCATE)");

	if (result != SQLITE_OK)
		return replica_report(replica, result, err);
	replica->n_log = 0;
	return OUTRIDER_OK;
}

void replica_set_log(struct replica *replica, int most, int worth)
{
	replica->log_most = most;
	replica->log_worth = worth;
}

void replica_use_wait(struct replica *replica)
{
	if (!replica->is_writing && replica->n_log >= replica->log_worth)
		copy_log(replica);
}

/* ------------------------------------------------------------ transactions */

enum outrider_code
replica_begin(struct replica *replica, struct outrider_err *err)
{
	int result;

	assert(!replica->is_writing);
	result = replica_run(replica, "BEGIN IMMEDIATE");
	if (result != SQLITE_OK)
		return replica_report(replica, result, err);
	replica->is_writing = true;
	return OUTRIDER_OK;
}

enum outrider_code
replica_commit(struct replica *replica, struct outrider_err *err)
{
	enum outrider_code code;
	int result;

	assert(replica->is_writing);
	/* After some errors SQLite has rolled back on its own. */
	if (sqlite3_get_autocommit(replica->db)) {
		replica->is_writing = false;
		return err_set(err, OUTRIDER_UNAVAILABLE, NULL,
			       "The disk fails.");
	}
	result = replica_run(replica, "COMMIT");
	if (result != SQLITE_OK) {
		code = replica_report(replica, result, err);
		replica_rollback(replica);
		return code;
	}
	replica->is_writing = false;
	return OUTRIDER_OK;
}

void replica_rollback(struct replica *replica)
{
	if (!sqlite3_get_autocommit(replica->db))
		(void)replica_run(replica, "ROLLBACK");
	replica->is_writing = false;
}

bool replica_is_damaged(const struct replica *replica)
{
	return replica != NULL && replica->is_damaged;
}

bool replica_is_writing(const struct replica *replica)
{
	return replica->is_writing;
}

/* ------------------------------------------------------------------- rows */

/* The statement of a verb, prepared once. */
static int prepare(struct replica *replica, sqlite3_stmt **out,
		   enum replica_table table, enum verb verb)
{
	sqlite3_stmt **kept = &replica->statements[table][verb];
	int result = SQLITE_OK;

	if (*kept == NULL)
		result = sqlite3_prepare_v3(replica->db,
					    replica_tables[table].verbs[verb],
					    -1, SQLITE_PREPARE_PERSISTENT, kept,
					    NULL);
	*out = *kept;
	return result;
}

uint64_t replica_number(const uint8_t name[VAULT_NAME_LEN])
{
	uint64_t number = 0;

	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | name[i];
	return number;
}

int replica_bind_name(sqlite3_stmt *statement, int parameter,
		      enum replica_table table,
		      const uint8_t name[VAULT_NAME_LEN])
{
	if (replica_tables[table].form == REPLICA_NUMBERED)
		return sqlite3_bind_int64(statement, parameter,
					  (int64_t)replica_number(name));
	return sqlite3_bind_blob(statement, parameter, name, VAULT_NAME_LEN,
				 SQLITE_STATIC);
}

bool replica_read_name(uint8_t name[VAULT_NAME_LEN], sqlite3_stmt *statement,
		       int column, enum replica_table table)
{
	struct row_number number;
	const void *at;

	if (replica_tables[table].form == REPLICA_NUMBERED) {
		number = row_number(
			(uint64_t)sqlite3_column_int64(statement, column));
		memset(name, 0, VAULT_NAME_LEN);
		memcpy(name, number.at, sizeof(number.at));
		return true;
	}
	at = sqlite3_column_blob(statement, column);
	if (at == NULL ||
	    sqlite3_column_bytes(statement, column) != VAULT_NAME_LEN)
		return false;
	memcpy(name, at, VAULT_NAME_LEN);
	return true;
}

/* Leaves the statement ready for its next use; keeps no borrowed bytes. */
static void finish(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

enum outrider_code
replica_put(struct replica *replica, enum replica_table table,
	    const struct replica_row *row, struct outrider_err *err)
{
	sqlite3_stmt *statement;
	int result = prepare(replica, &statement, table, VERB_PUT);

	assert(replica->is_writing);
	if (result == SQLITE_OK)
		result = replica_bind_name(statement, 1, table, row->name);
	if (result == SQLITE_OK)
		result = sqlite3_bind_int64(statement, 2, (int64_t)row->rev);
	if (result == SQLITE_OK)
		result = sqlite3_bind_blob64(statement, 3, row->sealed.at,
					     row->sealed.len, SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (statement != NULL)
		finish(statement);
	return result == SQLITE_DONE ? OUTRIDER_OK
				     : replica_report(replica, result, err);
}

enum outrider_code replica_get(struct replica *replica, uint64_t *rev,
			       struct buffer *sealed, enum replica_table table,
			       const uint8_t name[VAULT_NAME_LEN],
			       struct outrider_err *err)
{
	sqlite3_stmt *statement;
	enum outrider_code code = OUTRIDER_OK;
	int result = prepare(replica, &statement, table, VERB_GET);

	if (result == SQLITE_OK)
		result = replica_bind_name(statement, 1, table, name);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW) {
		const void *at = sqlite3_column_blob(statement, 1);
		int len = sqlite3_column_bytes(statement, 1);

		*rev = (uint64_t)sqlite3_column_int64(statement, 0);
		buffer_append(sealed, at, (size_t)len);
		if (sealed->is_full || (at == NULL && len > 0))
			code = err_no_memory(err);
	} else if (result == SQLITE_DONE) {
		code = err_set(err, OUTRIDER_NOT_FOUND, NULL, "Not found.");
	} else {
		code = replica_report(replica, result, err);
	}
	if (statement != NULL)
		finish(statement);
	return code;
}

/* The tag in the statement's first column; zeros where a row has less. */
static void take_tag(uint8_t tag[VAULT_TAG_LEN], sqlite3_stmt *statement)
{
	const void *at = sqlite3_column_blob(statement, 0);
	int len = sqlite3_column_bytes(statement, 0);

	memset(tag, 0, VAULT_TAG_LEN);
	if (at != NULL && len > 0 && len <= VAULT_TAG_LEN)
		memcpy(tag, at, (size_t)len);
}

enum outrider_code
replica_tag(struct replica *replica, uint8_t tag[VAULT_TAG_LEN],
	    enum replica_table table, const uint8_t name[VAULT_NAME_LEN],
	    struct outrider_err *err)
{
	sqlite3_stmt *statement;
	enum outrider_code code = OUTRIDER_OK;
	int result = prepare(replica, &statement, table, VERB_TAG);

	if (result == SQLITE_OK)
		result = replica_bind_name(statement, 1, table, name);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		take_tag(tag, statement);
	else if (result == SQLITE_DONE)
		code = err_set(err, OUTRIDER_NOT_FOUND, NULL, "Not found.");
	else
		code = replica_report(replica, result, err);
	if (statement != NULL)
		finish(statement);
	return code;
}

enum outrider_code
replica_delete(struct replica *replica, enum replica_table table,
	       const uint8_t name[VAULT_NAME_LEN], struct outrider_err *err)
{
	sqlite3_stmt *statement;
	int result = prepare(replica, &statement, table, VERB_DELETE);

	assert(replica->is_writing);
	if (result == SQLITE_OK)
		result = replica_bind_name(statement, 1, table, name);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (statement != NULL)
		finish(statement);
	return result == SQLITE_DONE ? OUTRIDER_OK
				     : replica_report(replica, result, err);
}

enum outrider_code replica_tidy(struct replica *replica,
				enum replica_table table,
				struct outrider_err *err)
{
	int result = replica_run(replica, replica_tables[table].tidy);

	assert(replica->is_writing);
	return result == SQLITE_OK ? OUTRIDER_OK
				   : replica_report(replica, result, err);
}

enum outrider_code replica_clear(struct replica *replica,
				 enum replica_table table,
				 struct outrider_err *err)
{
	int result = replica_run(replica, replica_tables[table].clear);

	assert(replica->is_writing);
	return result == SQLITE_OK ? OUTRIDER_OK
				   : replica_report(replica, result, err);
}

enum outrider_code replica_count(struct replica *replica, uint64_t *out,
				 enum replica_table table, uint64_t from_rev,
				 struct outrider_err *err)
{
	sqlite3_stmt *statement;
	int result = prepare(replica, &statement, table, VERB_COUNT);

	*out = 0;
	if (result == SQLITE_OK)
		result = sqlite3_bind_int64(statement, 1, (int64_t)from_rev);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*out = (uint64_t)sqlite3_column_int64(statement, 0);
	if (statement != NULL)
		finish(statement);
	return result == SQLITE_ROW ? OUTRIDER_OK
				    : replica_report(replica, result, err);
}

/* One row of a walk to the callback. */
static enum outrider_code
visit(sqlite3_stmt *statement, enum replica_table table,
      replica_row_fn *callback, void *user, struct outrider_err *err)
{
	struct replica_row row = { 0 };

	/* None of ours: nobody looks it up either. */
	if (!replica_read_name(row.name, statement, 0, table))
		return OUTRIDER_OK;
	row.rev = (uint64_t)sqlite3_column_int64(statement, 1);
	row.sealed.at = sqlite3_column_blob(statement, 2);
	row.sealed.len = (size_t)sqlite3_column_bytes(statement, 2);
	return callback(user, &row, err);
}

/* Goes through what the statement finds, and ends it. */
static enum outrider_code
walk(struct replica *replica, enum replica_table table, sqlite3_stmt *statement,
     int result, replica_row_fn *callback, void *user, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	while (result == SQLITE_OK || result == SQLITE_ROW) {
		result = sqlite3_step(statement);
		if (result != SQLITE_ROW)
			break;
		code = visit(statement, table, callback, user, err);
		if (code != OUTRIDER_OK)
			break;
	}
	if (code == OUTRIDER_OK && result != SQLITE_DONE)
		code = replica_report(replica, result, err);
	sqlite3_finalize(statement);
	return code;
}

static enum outrider_code walk_revs(struct replica *replica,
				    enum replica_table table, enum verb verb,
				    uint64_t from_rev, replica_row_fn *callback,
				    void *user, struct outrider_err *err)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(replica->db,
					replica_tables[table].verbs[verb], -1,
					&statement, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_bind_int64(statement, 1, (int64_t)from_rev);
	return walk(replica, table, statement, result, callback, user, err);
}

enum outrider_code replica_each(struct replica *replica,
				enum replica_table table, uint64_t from_rev,
				replica_row_fn *callback, void *user,
				struct outrider_err *err)
{
	return walk_revs(replica, table, VERB_EACH, from_rev, callback, user,
			 err);
}

enum outrider_code
replica_each_tag(struct replica *replica, enum replica_table table,
		 replica_row_fn *callback, void *user, struct outrider_err *err)
{
	return walk_revs(replica, table, VERB_EACH_TAG, 0, callback, user, err);
}

enum outrider_code
replica_each_from(struct replica *replica, enum replica_table table,
		  const uint8_t name[VAULT_NAME_LEN], replica_row_fn *callback,
		  void *user, struct outrider_err *err)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(
		replica->db, replica_tables[table].verbs[VERB_EACH_FROM], -1,
		&statement, NULL);

	if (result == SQLITE_OK)
		result = replica_bind_name(statement, 1, table, name);
	return walk(replica, table, statement, result, callback, user, err);
}
