/*
 * What replica's three files share.
 */
#ifndef CORE_REPLICA_PARTS_H
#define CORE_REPLICA_PARTS_H

#include <sqlite3.h>

#include "replica.h"

enum verb {
	VERB_PUT,
	VERB_GET,
	VERB_TAG,
	VERB_DELETE,
	VERB_COUNT,
	VERB_EACH,
	VERB_EACH_TAG,
	VERB_EACH_FROM,
	VERBS
};
enum { VERBS_KEPT = VERB_EACH }; /* a callback of EACH may walk too */

struct table {
	enum replica_form form;
	const char *create, *create_index;
	const char *verbs[VERBS];
	const char *clear, *tidy;
	const char *forward, *backward, *salvage_put,
		*check; /* replica_salvage */
};

extern const struct table replica_tables[REPLICA_TABLES_END];

struct replica {
	const struct allocator *allocator;
	const struct outrider_host *host;
	sqlite3 *db;
	sqlite3_stmt *statements[REPLICA_TABLES_END][VERBS_KEPT];
	int n_log; /* pages of the log, until all are in the file */
	int log_most, log_worth;
	bool is_writing;
	bool is_damaged;
};

/* A row's name as a parameter, and out of a column. False: none of ours. */
int replica_bind_name(sqlite3_stmt *statement, int parameter,
		      enum replica_table table,
		      const uint8_t name[VAULT_NAME_LEN]);
bool replica_read_name(uint8_t name[VAULT_NAME_LEN], sqlite3_stmt *statement,
		       int column, enum replica_table table);
/* The error of a result, told to the host's log. */
enum outrider_code
replica_report(struct replica *replica, int result, struct outrider_err *err);
int replica_run(struct replica *replica, const char *sql);
/* Those that are not there yet. */
int replica_create_tables(struct replica *replica, bool is_new);

#endif
