/*
 * Templates of the statements behind search.h: see sql.h for their words.
 */
#include "store/sql_search.h"

#include <stddef.h>

/*
 * search_state: of each kind, by what version of its texts it is indexed; of
 * kind 0, the version of the index itself and the revision that it has reached.
 * search_doc: what is indexed of a record, under the revision that it was read
 * at; the words are kept because the index must be told them to forget them.
 * search_word: every word of letters that was ever indexed.
 */
static const char *const tables[] = {
	"CREATE TABLE IF NOT EXISTS search_state ("
	" kind @I NOT NULL PRIMARY KEY, version @I NOT NULL,"
	" rev @I NOT NULL)",
	"CREATE TABLE IF NOT EXISTS search_doc (rev @I PRIMARY KEY,"
	" kind @I NOT NULL, id @B NOT NULL, words @T NOT NULL)",
	"CREATE UNIQUE INDEX IF NOT EXISTS search_doc_record ON search_doc"
	" (id, kind)",
	"CREATE TABLE IF NOT EXISTS search_word (word @T NOT NULL"
	" PRIMARY KEY)@C",
};

const char *const sql_search_empty[] = {
	"DELETE FROM search_state",
	"DELETE FROM search_doc",
	"DELETE FROM search_word",
	NULL,
};

#define AT(which) [(which)-STATEMENT_SEARCH_FIRST]

static const char *const statements[] = {
	AT(STATEMENT_SEARCH_STATE_GET) = "SELECT version, rev FROM search_state"
					 " WHERE kind = $1",
	AT(STATEMENT_SEARCH_STATE_PUT) =
		"INSERT INTO search_state (kind, version, rev)"
		" VALUES ($1, $2, $3) ON CONFLICT (kind) DO UPDATE SET"
		" version = excluded.version, rev = excluded.rev",
	AT(STATEMENT_SEARCH_NEWS) =
		"SELECT rev, kind, id FROM change WHERE rev > $1"
		" ORDER BY rev LIMIT $2",
	AT(STATEMENT_SEARCH_DOC_GET) = "SELECT rev, words FROM search_doc"
				       " WHERE id = $1 AND kind = $2",
	AT(STATEMENT_SEARCH_DOC_PUT) =
		"INSERT INTO search_doc (rev, kind, id, words)"
		" VALUES ($1, $2, $3, $4)",
	AT(STATEMENT_SEARCH_DOC_DELETE) = "DELETE FROM search_doc"
					  " WHERE rev = $1",
	AT(STATEMENT_SEARCH_WORD_PUT) = "INSERT INTO search_word (word)"
					" VALUES ($1) ON CONFLICT DO NOTHING",
	AT(STATEMENT_SEARCH_WORDS) = "SELECT word FROM search_word"
				     " WHERE word >= $1 ORDER BY word",
};

const char *sql_search_table(size_t n)
{
	return n < sizeof(tables) / sizeof(tables[0]) ? tables[n] : NULL;
}

const char *
sql_search_statement(const struct store_dialect *dialect, enum statement which)
{
	const struct search_dialect *words = dialect->search;

	if (which == STATEMENT_SEARCH_INDEX_PUT)
		return words->put;
	if (which == STATEMENT_SEARCH_INDEX_DELETE)
		return words->forget;
	if (which == STATEMENT_SEARCH_INDEX_FIND)
		return words->find;
	if (which == STATEMENT_SEARCH_INDEX_TIDY)
		return words->tidy;
	return statements[which - STATEMENT_SEARCH_FIRST];
}
