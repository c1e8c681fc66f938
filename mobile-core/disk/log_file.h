/*
 * log_file: SQLite's write-ahead log as phone and server keep it.
 *
 * Owns what lies between SQLite and the log's file. SQLite writes a page of the
 * log in two pieces, 24 bytes and the page: a commit of 1,000 pages is 2,000
 * calls of the kernel. Knows no table, and no database but for its log.
 */
#ifndef OUTRIDER_DISK_LOG_FILE_H
#define OUTRIDER_DISK_LOG_FILE_H

#include <sqlite3.h>

/*
 * From now on what this connection writes to its log is gathered, and goes to
 * the file in large pieces: when the log is synced, read where it was written,
 * or when 64 KiB are there. Only for synchronous = FULL: there SQLite syncs a
 * commit before another connection may read it, so nobody reads what is not
 * in the file yet. A write that fails is told by the call that made it
 * necessary, in a commit that is the sync; what it held is kept, and tried
 * again by the next one, until its transaction is rolled back (the connection's
 * rollback hook is taken by that).
 *
 * It does nothing without a log (no WAL, or not opened yet), nor where a write
 * that power cuts off may spoil its neighbours (no POWERSAFE_OVERWRITE): there
 * SQLite writes on behind the sync.
 *
 * An SQLite code: SQLITE_NOMEM if there is no room; the log works as before.
 */
int log_file_gather(sqlite3 *db);

/*
 * The log's bytes so far are on the disk; *n_bytes (may be NULL) gets how many,
 * 0 without a log.
 *
 * A process that was killed between writing a commit and syncing it left one
 * that SQLite takes for whole: its recovery reads the log and syncs nothing.
 * Whoever tells others what is in a database syncs its log first. An SQLite
 * code.
 */
int log_file_sync(sqlite3 *db, sqlite3_int64 *n_bytes);

#endif
