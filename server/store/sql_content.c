/*
 * Templates of the statements behind content.h: see sql.h for their words.
 */
#include "store/sql_content.h"

#include "store/sql_told.h"

#include <stddef.h>

#define UPLOAD_COLUMNS                                                     \
	"caller, hash, size_bytes, received_bytes, is_whole, blob, state," \
	" touched_us"

/* Pieces are large: a table whose rows don't lie in its key's tree. */
static const char *const tables[] = {
	"CREATE TABLE IF NOT EXISTS content (hash @B NOT NULL PRIMARY KEY,"
	" blob @B NOT NULL, size_bytes @I NOT NULL)@C",
	"CREATE TABLE IF NOT EXISTS piece (blob @B NOT NULL, n @I NOT NULL,"
	" data @B NOT NULL, PRIMARY KEY (blob, n))",

	"CREATE TABLE IF NOT EXISTS upload (caller @B NOT NULL,"
	" hash @B NOT NULL, size_bytes @I NOT NULL,"
	" received_bytes @I NOT NULL, is_whole @I NOT NULL, blob @B NOT NULL,"
	" state @B NOT NULL, touched_us @I NOT NULL,"
	" PRIMARY KEY (caller, hash))@C",
	"CREATE INDEX IF NOT EXISTS upload_open ON upload (caller)"
	" WHERE is_whole = 0",
	"CREATE INDEX IF NOT EXISTS upload_whole ON upload (hash)"
	" WHERE is_whole = 1",
	"CREATE INDEX IF NOT EXISTS upload_touched ON upload (touched_us)",
};

static const char *const statements[] = {
	[STATEMENT_CONTENT_GET - STATEMENT_CONTENT_FIRST] =
		"SELECT blob, size_bytes FROM content WHERE hash = $1",
	[STATEMENT_CONTENT_PUT - STATEMENT_CONTENT_FIRST] =
		"INSERT INTO content (hash, blob, size_bytes)"
		" VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
	[STATEMENT_CONTENT_DELETE - STATEMENT_CONTENT_FIRST] =
		"DELETE FROM content WHERE hash = $1",
	[STATEMENT_CONTENT_IS_USED - STATEMENT_CONTENT_FIRST] =
		"SELECT 1 FROM upload WHERE hash = $1 AND is_whole = 1"
		" UNION ALL SELECT 1 FROM attachments WHERE content_hash = $1"
		" LIMIT 1",
	[STATEMENT_CONTENT_ATTACHMENTS - STATEMENT_CONTENT_FIRST] =
		"SELECT id FROM attachments WHERE content_hash = $1"
		" ORDER BY id LIMIT $2",

	[STATEMENT_PIECE_GET - STATEMENT_CONTENT_FIRST] =
		"SELECT data FROM piece WHERE blob = $1 AND n = $2",
	[STATEMENT_PIECE_PUT - STATEMENT_CONTENT_FIRST] =
		"INSERT INTO piece (blob, n, data) VALUES ($1, $2, $3)"
		" ON CONFLICT (blob, n) DO UPDATE SET data = excluded.data",
	[STATEMENT_PIECES_READ - STATEMENT_CONTENT_FIRST] =
		"SELECT n, data FROM piece WHERE blob = $1"
		" AND n BETWEEN $2 AND $3 ORDER BY n",
	[STATEMENT_PIECES_PURGE - STATEMENT_CONTENT_FIRST] =
		"DELETE FROM piece WHERE blob = $1 AND n <"
		" (SELECT min(n) + $2 FROM piece WHERE blob = $1)",

	[STATEMENT_UPLOAD_GET - STATEMENT_CONTENT_FIRST] =
		"SELECT " UPLOAD_COLUMNS " FROM upload WHERE caller = $1"
		" AND hash = $2",
	[STATEMENT_UPLOAD_PUT - STATEMENT_CONTENT_FIRST] =
		"INSERT INTO upload (" UPLOAD_COLUMNS ") VALUES"
		" ($1, $2, $3, $4, $5, $6, $7, $8)"
		" ON CONFLICT (caller, hash) DO UPDATE SET"
		" size_bytes = excluded.size_bytes,"
		" received_bytes = excluded.received_bytes,"
		" is_whole = excluded.is_whole, blob = excluded.blob,"
		" state = excluded.state, touched_us = excluded.touched_us",
	[STATEMENT_UPLOAD_DELETE - STATEMENT_CONTENT_FIRST] =
		"DELETE FROM upload WHERE caller = $1 AND hash = $2",
	[STATEMENT_UPLOAD_COUNT - STATEMENT_CONTENT_FIRST] =
		"SELECT count(CASE WHEN is_whole = 0 THEN 1 END),"
		" coalesce(sum(size_bytes), 0) FROM upload WHERE caller = $1"
		" AND touched_us >= $2 AND (is_whole = 0 OR NOT EXISTS"
		" (SELECT 1 FROM attachments WHERE content_hash = hash))",
	[STATEMENT_UPLOAD_STALEST - STATEMENT_CONTENT_FIRST] =
		"SELECT " UPLOAD_COLUMNS " FROM upload WHERE touched_us < $1"
		" ORDER BY touched_us LIMIT 1",
	[STATEMENT_UPLOAD_IDLEST - STATEMENT_CONTENT_FIRST] =
		"SELECT " UPLOAD_COLUMNS " FROM upload WHERE caller = $1"
		" AND is_whole = 0 AND touched_us = (SELECT min(touched_us)"
		" FROM upload WHERE caller = $1 AND is_whole = 0"
		" AND touched_us >= $2 AND touched_us < $3) LIMIT 1",
};

const char *sql_content_table(size_t n)
{
	const size_t n_own = sizeof(tables) / sizeof(tables[0]);

	return n < n_own ? tables[n] : sql_told_table(n - n_own);
}

const char *sql_content_statement(enum statement which)
{
	if (which >= STATEMENT_TOLD_FIRST)
		return sql_told_statement(which);
	return statements[which - STATEMENT_CONTENT_FIRST];
}
