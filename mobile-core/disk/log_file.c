/*
 * log_file: a log's file with methods of its own in front of SQLite's. Owns the
 * bytes that are not down yet. Knows no page, of a transaction only its end.
 */
#include "disk/log_file.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { ROOM = 64 * 1024 };

/*
 * A log's file whose writes are gathered. Its methods are those of SQLite's own
 * file but for six, and stand first: from a file's methods its state is found,
 * whatever lies below.
 */
struct gathered {
	sqlite3_io_methods methods;
	const sqlite3_io_methods *below;
	sqlite3 *db;
	sqlite3_int64 at; /* where the first of the bytes belongs */
	int n;
	uint8_t bytes[ROOM];
};

static struct gathered *gathered_of(sqlite3_file *file)
{
	return (struct gathered *)file->pMethods;
}

/* What fails is kept, and tried again: SQLite was told that it is written, and
 * may yet commit it. */
static int put_down(sqlite3_file *file)
{
	struct gathered *g = gathered_of(file);
	int result = SQLITE_OK;

	if (g->n > 0)
		result = g->below->xWrite(file, g->bytes, g->n, g->at);
	if (result == SQLITE_OK)
		g->n = 0;
	return result;
}

static int
gathered_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
	struct gathered *g = gathered_of(file);
	int result = SQLITE_OK;

	if (g->n > 0 && (at != g->at + g->n || n > ROOM - g->n))
		result = put_down(file);
	if (result != SQLITE_OK)
		return result;
	if (n > ROOM)
		return g->below->xWrite(file, bytes, n, at);
	if (g->n == 0)
		g->at = at;
	memcpy(g->bytes + g->n, bytes, (size_t)n);
	g->n += n;
	return SQLITE_OK;
}

static int gathered_read(sqlite3_file *file, void *out, int n, sqlite3_int64 at)
{
	struct gathered *g = gathered_of(file);
	int result = SQLITE_OK;

	if (g->n > 0 && at < g->at + g->n && g->at < at + n)
		result = put_down(file);
	return result == SQLITE_OK ? g->below->xRead(file, out, n, at) : result;
}

static int gathered_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct gathered *g = gathered_of(file);
	int result;

	if (size <= g->at)
		g->n = 0; /* it goes with the rest */
	result = put_down(file);
	return result == SQLITE_OK ? g->below->xTruncate(file, size) : result;
}

static int gathered_sync(sqlite3_file *file, int flags)
{
	const int result = put_down(file);

	return result == SQLITE_OK
		       ? gathered_of(file)->below->xSync(file, flags)
		       : result;
}

static int gathered_size(sqlite3_file *file, sqlite3_int64 *out)
{
	const int result = put_down(file);

	return result == SQLITE_OK
		       ? gathered_of(file)->below->xFileSize(file, out)
		       : result;
}

static int gathered_close(sqlite3_file *file)
{
	struct gathered *g = gathered_of(file);
	const int result = put_down(file);
	int closed;

	file->pMethods = g->below;
	sqlite3_rollback_hook(g->db, NULL, NULL);
	sqlite3_free(g);
	closed = file->pMethods->xClose(file);
	return result == SQLITE_OK ? closed : result;
}

/* NULL: there is none. */
static int find_log(sqlite3_file **out, sqlite3 *db)
{
	int result = sqlite3_file_control(
		db, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)out);

	if (result == SQLITE_OK && *out != NULL && (*out)->pMethods == NULL)
		*out = NULL;
	return result;
}

/* Is the sync of a commit the last that SQLite does to its log? */
static bool ends_with_sync(sqlite3 *db)
{
	sqlite3_file *file = NULL;

	return sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER,
				    (void *)&file) == SQLITE_OK &&
	       file != NULL && file->pMethods != NULL &&
	       (file->pMethods->xDeviceCharacteristics(file) &
		SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0;
}

/* What is rolled back is in no commit. Kept, it would have to be written before
 * anything else, and a disk that is full stayed so for good. */
static void forget(void *user)
{
	struct gathered *g = user;

	g->n = 0;
}

int log_file_gather(sqlite3 *db)
{
	sqlite3_file *log = NULL;
	struct gathered *g;
	const int result = find_log(&log, db);

	if (result != SQLITE_OK || log == NULL || !ends_with_sync(db) ||
	    log->pMethods->xWrite == gathered_write)
		return result;
	g = sqlite3_malloc(sizeof(*g));
	if (g == NULL)
		return SQLITE_NOMEM;
	g->methods = *log->pMethods;
	g->methods.xClose = gathered_close;
	g->methods.xRead = gathered_read;
	g->methods.xWrite = gathered_write;
	g->methods.xTruncate = gathered_truncate;
	g->methods.xSync = gathered_sync;
	g->methods.xFileSize = gathered_size;
	g->below = log->pMethods;
	g->db = db;
	g->n = 0;
	log->pMethods = &g->methods;
	sqlite3_rollback_hook(db, forget, g);
	return SQLITE_OK;
}

int log_file_sync(sqlite3 *db, sqlite3_int64 *n_bytes)
{
	sqlite3_file *log = NULL;
	int result = find_log(&log, db);

	if (n_bytes != NULL)
		*n_bytes = 0;
	if (result != SQLITE_OK || log == NULL)
		return result;
	result = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
	return result == SQLITE_OK && n_bytes != NULL
		       ? log->pMethods->xFileSize(log, n_bytes)
		       : result;
}
