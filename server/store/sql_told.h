/*
 * The texts of positions, and of what users were told: sql_content.c hands
 * them out behind its own.
 */
#ifndef STORE_SQL_TOLD_H
#define STORE_SQL_TOLD_H

#include "store/sql.h"

/* NULL behind the last. */
const char *sql_told_table(size_t n);
/* From STATEMENT_TOLD_FIRST on. */
const char *sql_told_statement(enum statement which);

#endif
