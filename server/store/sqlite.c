/*
 * The SQLite backend: the only file that knows sqlite3.h.
 *
 * Owns how SQLite is opened (write-ahead log, synchronous=FULL, the ceiling,
 * a file that only we may read) and how its log is copied. Knows no table.
 */
#include "disk/log_file.h"
#include "schema_ddl.h"
#include "store/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE_BYTES	4096
#define BUSY_TIMEOUT_MS 5000
/* For readers that keep a log from beginning anew. */
#define LOG_WAIT_MS 100

struct backend_conn {
	sqlite3 *db;
	int log_pages;	     /* after the last commit */
	int64_t budget;	     /* steps left, while one is set */
	char open_error[96]; /* what SQLite had no word for */
};

/*
 * A quota or a limit on files is no broken disk. errno is 0 before each call:
 * sqlite3_system_errno() doesn't know what a COMMIT met.
 */
static bool is_out_of_room(void)
{
	return errno == EFBIG || errno == EDQUOT || errno == ENOSPC;
}

static enum backend_result result_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
		return BACKEND_DONE;
	case SQLITE_ROW:
		return BACKEND_ROW;
	case SQLITE_CONSTRAINT:
		return BACKEND_CONFLICT;
	case SQLITE_FULL:
	case SQLITE_NOMEM:
		return BACKEND_FULL;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return BACKEND_BUSY;
	case SQLITE_NOTADB:
		return BACKEND_FOREIGN;
	case SQLITE_CORRUPT:
		return BACKEND_DAMAGED;
	case SQLITE_INTERRUPT:
		return BACKEND_STOPPED;
	case SQLITE_IOERR:
		return is_out_of_room() ? BACKEND_FULL : BACKEND_FAILED;
	default:
		return BACKEND_FAILED;
	}
}

static enum backend_result
sqlite_exec(struct backend_conn *conn, const char *sql)
{
	errno = 0;
	return result_of(sqlite3_exec(conn->db, sql, NULL, NULL, NULL));
}

static int note_log_pages(void *user, sqlite3 *db, const char *name, int pages)
{
	struct backend_conn *conn = user;

	(void)db;
	(void)name;
	conn->log_pages = pages;
	return SQLITE_OK;
}

/* How many steps pass between two looks at the budget. */
#define BUDGET_STRIDE 1000

static int spend_budget(void *user)
{
	struct backend_conn *conn = user;

	conn->budget -= BUDGET_STRIDE;
	return conn->budget <= 0;
}

static void sqlite_set_budget(struct backend_conn *conn, int64_t steps)
{
	conn->budget = steps;
	sqlite3_progress_handler(conn->db, steps ? BUDGET_STRIDE : 0,
				 steps ? spend_budget : NULL, conn);
}

/* Is the element, of that width, in the sorted set? */
static bool
set_has(const uint8_t *sorted, size_t n, const uint8_t *element, size_t width)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;
		int order = memcmp(sorted + middle * width, element, width);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			n = middle;
	}
	return false;
}

/* meets(set, sorted, width): see backend.h. */
static void sqlite_meets(sqlite3_context *context, int n, sqlite3_value **args)
{
	const uint8_t *set = sqlite3_value_blob(args[0]);
	const uint8_t *sorted = sqlite3_value_blob(args[1]);
	size_t width = (size_t)sqlite3_value_int(args[2]);
	size_t set_bytes = (size_t)sqlite3_value_bytes(args[0]);
	size_t sorted_bytes = (size_t)sqlite3_value_bytes(args[1]);
	bool is_met = false;

	(void)n;
	for (size_t at = 0; width > 0 && at + width <= set_bytes && !is_met;
	     at += width)
		is_met = set_has(sorted, sorted_bytes / width, set + at, width);
	sqlite3_result_int(context, is_met);
}

/*
 * SQLite's count of its memory takes one lock of the whole process at each
 * allocation: a sixth of a write's time, and all of the readers' in turn.
 */
static void stop_counting_memory(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static pthread_once_t once_in_process = PTHREAD_ONCE_INIT;

/* Makes the file for us alone before SQLite would make it for everybody. */
static enum backend_result
create_file(struct backend_conn *conn, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		snprintf(conn->open_error, sizeof(conn->open_error),
			 "create: errno %d", errno);
		return errno == ENOSPC ? BACKEND_FULL : BACKEND_FAILED;
	}
	close(fd);
	return BACKEND_DONE;
}

static enum backend_result
set_ceiling(struct backend_conn *conn, int64_t max_bytes)
{
	char sql[64];

	if (max_bytes <= 0)
		return BACKEND_DONE;
	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld",
		 (long long)(max_bytes / PAGE_BYTES));
	return sqlite_exec(conn, sql);
}

static enum backend_result open_conn(struct backend_conn **out,
				     const struct backend_open *how,
				     const char *vfs, const char *pragmas)
{
	struct backend_conn *conn = calloc(1, sizeof(*conn));
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;

	*out = conn;
	if (!conn)
		return BACKEND_FULL;
	pthread_once(&once_in_process, stop_counting_memory);
	if (!vfs && how->use == BACKEND_CREATE) {
		enum backend_result result = create_file(conn, how->path);
		if (result != BACKEND_DONE)
			return result;
	}
	if (vfs)
		flags |= SQLITE_OPEN_CREATE;
	int code = sqlite3_open_v2(how->path, &conn->db, flags, vfs);
	if (code == SQLITE_CANTOPEN && sqlite3_system_errno(conn->db) == ENOENT)
		return BACKEND_ABSENT;
	if (code != SQLITE_OK)
		return result_of(code);
	sqlite3_extended_result_codes(conn->db, 1);
	sqlite3_busy_timeout(conn->db, BUSY_TIMEOUT_MS);
	code = sqlite3_create_function_v2(conn->db, "meets", 3,
					  SQLITE_UTF8 | SQLITE_DETERMINISTIC |
						  SQLITE_INNOCUOUS,
					  NULL, sqlite_meets, NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return result_of(code);
	enum backend_result result = sqlite_exec(conn, pragmas);
	if (result == BACKEND_DONE && how->use == BACKEND_READ)
		result = sqlite_exec(conn, "PRAGMA query_only = ON");
	else if (result == BACKEND_DONE)
		result = set_ceiling(conn, how->max_bytes);
	return result;
}

/* Alike for both; the page size counts before the first table only. */
#define PRAGMAS                       \
	"PRAGMA page_size = 4096;"    \
	"PRAGMA trusted_schema = 0;"  \
	"PRAGMA cell_size_check = 1;" \
	"PRAGMA temp_store = memory;"

static enum backend_result file_open(struct backend_conn **out,
				     const struct store_backend *self,
				     const struct backend_open *how)
{
	(void)self;
	enum backend_result result =
		open_conn(out, how, NULL,
			  PRAGMAS "PRAGMA journal_mode = wal;"
				  "PRAGMA synchronous = full;"
				  "PRAGMA wal_autocheckpoint = 0;"
				  "PRAGMA journal_size_limit = 20971520;"
				  "PRAGMA cache_size = -16384;");
	if (result != BACKEND_DONE || how->use == BACKEND_READ)
		return result;
	sqlite3_wal_hook((*out)->db, note_log_pages, *out);
	/* Nobody hears of a commit that a power cut could still take away. */
	errno = 0;
	int code = log_file_sync((*out)->db, NULL);
	if (code == SQLITE_OK)
		code = log_file_gather((*out)->db);
	return result_of(code);
}

static enum backend_result memory_open(struct backend_conn **out,
				       const struct store_backend *self,
				       const struct backend_open *how)
{
	char path[128];
	struct backend_open there = *how;

	(void)self;
	/* memdb shares what begins with a slash. */
	snprintf(path, sizeof(path), "/%s", how->path);
	there.path = path;
	return open_conn(out, &there, "memdb",
			 PRAGMAS "PRAGMA journal_mode = memory;");
}

static void sqlite_close(struct backend_conn *conn)
{
	if (!conn)
		return;
	sqlite3_close(conn->db);
	free(conn);
}

static enum backend_result sqlite_prepare(struct backend_conn *conn,
					  struct backend_stmt **out,
					  const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v3(conn->db, sql, -1,
				      SQLITE_PREPARE_PERSISTENT, &stmt, NULL);

	*out = (struct backend_stmt *)stmt;
	return result_of(code);
}

static void sqlite_finish(struct backend_stmt *stmt)
{
	sqlite3_finalize((sqlite3_stmt *)stmt);
}

static enum backend_result sqlite_bind(struct backend_stmt *opaque, unsigned n,
				       const struct backend_value *value)
{
	sqlite3_stmt *stmt = (sqlite3_stmt *)opaque;
	/* NULL bytes would bind NULL. */
	const char *at = value->bytes.at ? (const char *)value->bytes.at : "";
	int code = SQLITE_MISUSE;

	switch (value->type) {
	case BACKEND_NULL:
		code = sqlite3_bind_null(stmt, (int)n);
		break;
	case BACKEND_INTEGER:
		code = sqlite3_bind_int64(stmt, (int)n, value->i);
		break;
	case BACKEND_REAL:
		code = sqlite3_bind_double(stmt, (int)n, value->d);
		break;
	case BACKEND_TEXT:
		code = sqlite3_bind_text64(stmt, (int)n, at, value->bytes.len,
					   SQLITE_STATIC, SQLITE_UTF8);
		break;
	case BACKEND_BLOB:
		code = sqlite3_bind_blob64(stmt, (int)n, at, value->bytes.len,
					   SQLITE_STATIC);
		break;
	}
	return result_of(code);
}

static enum backend_result sqlite_step(struct backend_stmt *stmt)
{
	errno = 0;
	return result_of(sqlite3_step((sqlite3_stmt *)stmt));
}

static struct backend_value
sqlite_column(struct backend_stmt *opaque, unsigned n)
{
	/* Looked up once: no other thread has this connection. */
	sqlite3_value *column =
		sqlite3_column_value((sqlite3_stmt *)opaque, (int)n);
	const int type = sqlite3_value_type(column);

	/* Each is made where it is returned to: one that is made here first
	 * and copied then has to wait for its own parts. */
	switch (type) {
	case SQLITE_INTEGER:
		return (struct backend_value){
			.type = BACKEND_INTEGER,
			.i = sqlite3_value_int64(column),
		};
	case SQLITE_FLOAT:
		return (struct backend_value){
			.type = BACKEND_REAL,
			.d = sqlite3_value_double(column),
		};
	case SQLITE_TEXT:
	case SQLITE_BLOB:
		/* The database is UTF-8: no conversion, no terminator. */
		return (struct backend_value){
			.type = type == SQLITE_TEXT ? BACKEND_TEXT
						    : BACKEND_BLOB,
			.bytes = { .at = sqlite3_value_blob(column),
				   .len = (size_t)sqlite3_value_bytes(column) },
		};
	default:
		return (struct backend_value){ .type = BACKEND_NULL };
	}
}

static void sqlite_reset(struct backend_stmt *stmt)
{
	sqlite3_reset((sqlite3_stmt *)stmt);
}

static int64_t sqlite_changes(struct backend_conn *conn)
{
	return sqlite3_changes64(conn->db);
}

static bool sqlite_in_transaction(struct backend_conn *conn)
{
	return conn->db && !sqlite3_get_autocommit(conn->db);
}

static int sqlite_log_pages(struct backend_conn *conn)
{
	return conn->log_pages;
}

static enum backend_result sqlite_copy_log(struct backend_conn *conn,
					   struct backend_log *out,
					   enum backend_copy how)
{
	static const int modes[] = {
		[BACKEND_COPY_BESIDE] = SQLITE_CHECKPOINT_PASSIVE,
		[BACKEND_COPY_ANEW] = SQLITE_CHECKPOINT_RESTART,
		[BACKEND_COPY_CUT] = SQLITE_CHECKPOINT_TRUNCATE,
	};
	int pages = 0, copied = 0;

	sqlite3_busy_timeout(conn->db, LOG_WAIT_MS);
	errno = 0;
	enum backend_result result = result_of(sqlite3_wal_checkpoint_v2(
		conn->db, "main", modes[how], &pages, &copied));
	sqlite3_busy_timeout(conn->db, BUSY_TIMEOUT_MS);
	/* -1: none is kept, or nothing could be learned. */
	*out = (struct backend_log){
		.pages = pages > 0 ? pages : 0,
		.copied = copied > 0 ? copied : 0,
	};
	return result;
}

static const char *sqlite_last_error(struct backend_conn *conn)
{
	if (!conn)
		return "no memory";
	if (conn->open_error[0])
		return conn->open_error;
	return sqlite3_errmsg(conn->db);
}

/*
 * The full text index. contentless: search_doc has the texts; without places
 * in a text (detail) and lengths (columnsize), for nothing asks for them. The
 * first letters of words have lists of their own, the letter of the place
 * included. Merging is done in small steps by tidy and never by itself, so
 * that no write takes long.
 */
static const char *const search_make[] = {
	"CREATE VIRTUAL TABLE search_text USING fts5(words, content='',"
	" detail=none, columnsize=0, tokenize='ascii', prefix='2 3 4 5')",
	"INSERT INTO search_text (search_text, rank) VALUES ('automerge', 0)",
	"INSERT INTO search_text (search_text, rank)"
	" VALUES ('crisismerge', 1000)",
	NULL,
};

static const char *const search_drop[] = { "DROP TABLE search_text", NULL };

static const struct search_dialect search_words = {
	.make = search_make,
	.drop = search_drop,
	.put = "INSERT INTO search_text (rowid, words) VALUES ($1, $2)",
	.forget = "INSERT INTO search_text (search_text, rowid, words)"
		  " VALUES ('delete', $1, $2)",
	.find = "SELECT search_doc.rev, search_doc.kind, search_doc.id"
		" FROM search_text CROSS JOIN search_doc"
		" ON search_doc.rev = search_text.rowid"
		" WHERE search_text MATCH $1"
		" AND search_text.rowid <= $2"
		" ORDER BY search_text.rowid DESC LIMIT $3",
	.tidy = "INSERT INTO search_text (search_text, rank)"
		" VALUES ('merge', $1)",
	.quote = "\"",
	.unquote = "\"",
	.beginning = "*",
	.both = " AND ",
	.either = " OR ",
};

static const struct store_dialect dialect = {
	/* $1 would be a name here. */
	.parameter = '?',
	.types = {
		[BACKEND_NULL] = "",
		[BACKEND_INTEGER] = "INTEGER",
		[BACKEND_REAL] = "REAL",
		[BACKEND_TEXT] = "TEXT",
		[BACKEND_BLOB] = "BLOB",
	},
	.clustered = " WITHOUT ROWID",
	.begin_read = "BEGIN",
	.begin_write = "BEGIN IMMEDIATE",
	.count_tables = "SELECT count(*) FROM sqlite_schema",
	.columns_of = "SELECT name FROM pragma_table_info($1)",
	.row_tables = schema_ddl_sqlite,
	.search = &search_words,
	.indexed_by = " INDEXED BY ",
	.primary_index = { "sqlite_autoindex_", "_1" },
	.like = " LIKE ",
};

const struct store_backend store_sqlite = {
	.dialect = &dialect,
	.open = file_open,
	.close = sqlite_close,
	.exec = sqlite_exec,
	.prepare = sqlite_prepare,
	.finish = sqlite_finish,
	.bind = sqlite_bind,
	.step = sqlite_step,
	.column = sqlite_column,
	.reset = sqlite_reset,
	.changes = sqlite_changes,
	.in_transaction = sqlite_in_transaction,
	.set_budget = sqlite_set_budget,
	.log_pages = sqlite_log_pages,
	.copy_log = sqlite_copy_log,
	.last_error = sqlite_last_error,
};

const struct store_backend store_sqlite_memory = {
	.dialect = &dialect,
	.open = memory_open,
	.close = sqlite_close,
	.exec = sqlite_exec,
	.prepare = sqlite_prepare,
	.finish = sqlite_finish,
	.bind = sqlite_bind,
	.step = sqlite_step,
	.column = sqlite_column,
	.reset = sqlite_reset,
	.changes = sqlite_changes,
	.in_transaction = sqlite_in_transaction,
	.set_budget = sqlite_set_budget,
	.log_pages = sqlite_log_pages,
	.copy_log = sqlite_copy_log,
	.last_error = sqlite_last_error,
};
