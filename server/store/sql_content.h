/*
 * The texts of contents and uploads, and of a record's past: sql.c hands them
 * out among its own.
 */
#ifndef STORE_SQL_CONTENT_H
#define STORE_SQL_CONTENT_H

#include "store/sql.h"

/* NULL behind the last. */
const char *sql_content_table(size_t n);
/* From STATEMENT_CONTENT_FIRST on. */
const char *sql_content_statement(enum statement which);

#endif
