/*
 * The texts of the search index. Its ordinary tables are written in common
 * words; what makes and asks the index of words is the dialect's.
 */
#ifndef STORE_SQL_SEARCH_H
#define STORE_SQL_SEARCH_H

#include "store/sql.h"

/* A template; NULL behind the last. They leave standing tables be. */
const char *sql_search_table(size_t n);
/* Empties all but the index of words, which is made anew. */
extern const char *const sql_search_empty[]; /* NULL ends it */
/* From STATEMENT_SEARCH_FIRST to STATEMENT_SEARCH_LAST. */
const char *
sql_search_statement(const struct store_dialect *dialect, enum statement which);

#endif
