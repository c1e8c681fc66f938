/*
 * What a database supplies to the store: connections, prepared statements,
 * and the words in which its SQL differs from that of others.
 *
 * Statement texts are the store's; a backend never looks into them. Values
 * are always bound. A connection and its statements belong to one thread at
 * a time.
 */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include "context.h"
#include "model/arena.h"

struct backend_conn;
struct backend_stmt;
struct store_backend;

enum backend_type {
	BACKEND_NULL,
	BACKEND_INTEGER,
	BACKEND_REAL,
	BACKEND_TEXT,
	BACKEND_BLOB,
};

struct backend_value {
	enum backend_type type;
	union {
		int64_t i;
		double d;
	};
	struct bytes bytes; /* TEXT, BLOB */
};

enum backend_result {
	BACKEND_DONE,
	BACKEND_ROW,
	BACKEND_CONFLICT, /* a unique key is taken */
	BACKEND_FULL,	  /* no space, or no memory */
	BACKEND_BUSY,	  /* another one holds it */
	BACKEND_ABSENT,	  /* there is no such database */
	BACKEND_FOREIGN,  /* it is something else than a database */
	BACKEND_DAMAGED,
	BACKEND_STOPPED, /* the budget is spent: set_budget */
	BACKEND_FAILED,
};

enum backend_use {
	BACKEND_CREATE, /* the writer; makes the file if there is none */
	BACKEND_WRITE,
	BACKEND_READ, /* refuses to write */
};

struct backend_open {
	const char *path;
	enum backend_use use;
	int64_t max_bytes; /* of the database; 0: no ceiling */
};

/*
 * What is committed lies in a log until it is copied into the database. A log
 * of which every page is copied and none is being read begins anew with the
 * next commit.
 */
enum backend_copy {
	BACKEND_COPY_BESIDE, /* what can be; nobody waits, on either side */
	BACKEND_COPY_ANEW,   /* waits a moment for those who read from it */
	BACKEND_COPY_CUT,    /* so, and gives its room back to the disk */
};

struct backend_log {
	int pages, copied; /* how many there are; of them, in the database */
};

/*
 * An index of texts by their words, in the words of the database. A text is a
 * line of words with a space between them, under the revision that it was
 * read at.
 */
struct search_dialect {
	const char *const *make, *const *drop; /* NULL ends them */
	const char *put;		       /* revision, text */
	const char *forget; /* revision, the text as it was put */
	/*
	 * Expression, last revision, limit: revision, kind and id of
	 * search_doc, the newest first.
	 */
	const char *find;
	const char *tidy; /* a number of pages: some housekeeping */
	/* Of expressions: around a word, behind the beginning of one, between
	 * terms that must all hold, between those of which one must. */
	const char *quote, *unquote, *beginning, *both, *either;
};

/* The words in which SQL differs: only sql.c and tables.c read them. */
struct store_dialect {
	char parameter; /* what stands before a parameter's number */
	/* By enum backend_type. */
	const char *types[BACKEND_BLOB + 1];
	/* Behind a table whose rows lie in the order of its primary key. */
	const char *clustered;
	const char *begin_read, *begin_write;
	/* How many tables there are, whoever made them. */
	const char *count_tables;
	/* One parameter, a table: the name of each column. */
	const char *columns_of;
	/*
	 * What makes the table of each of schema_entities, in that order; a
	 * column a line.
	 */
	const char *const *row_tables;
	const struct search_dialect *search;
	/*
	 * What forces an index behind a table's name, before the index's; NULL
	 * where the database can't be told. The index of a table's primary key
	 * has the table's name between these two.
	 */
	const char *indexed_by;
	const char *primary_index[2];
	/* LIKE that passes over the case of ASCII letters. */
	const char *like;
};

/*
 * In statements there is one function more, meets(set, sorted, width): have
 * two BLOBs of elements of that width one in common? The second is sorted.
 */
struct store_backend {
	const struct store_dialect *dialect;
	/*
	 * Sets *out even on failure, if there was memory, so that last_error
	 * can be asked; close it in any case.
	 */
	enum backend_result (*open)(struct backend_conn **out,
				    const struct store_backend *self,
				    const struct backend_open *how);
	/* Statements are finished before. NULL is fine. */
	void (*close)(struct backend_conn *conn);
	/* Text without parameters, its rows passed over. */
	enum backend_result (*exec)(struct backend_conn *conn, const char *sql);
	enum backend_result (*prepare)(struct backend_conn *conn,
				       struct backend_stmt **out,
				       const char *sql);
	void (*finish)(struct backend_stmt *stmt);
	/* n from 1. What value points to must live until reset. */
	enum backend_result (*bind)(struct backend_stmt *stmt, unsigned n,
				    const struct backend_value *value);
	enum backend_result (*step)(struct backend_stmt *stmt);
	/* n from 0. Bytes live until the next step or reset. */
	struct backend_value (*column)(struct backend_stmt *stmt, unsigned n);
	void (*reset)(struct backend_stmt *stmt);
	/* Rows that the last finished insert, update or delete touched. */
	int64_t (*changes)(struct backend_conn *conn);
	/*
	 * Does a transaction stand? After an error only this says whether it
	 * was rolled back whole.
	 */
	bool (*in_transaction)(struct backend_conn *conn);
	/*
	 * From now on statements stop with BACKEND_STOPPED after that many
	 * steps in all, the same number for the same work; 0: no more. What is
	 * stopped must only read.
	 */
	void (*set_budget)(struct backend_conn *conn, int64_t steps);
	/* Of the log, after the writer's last commit; 0: there is no log. */
	int (*log_pages)(struct backend_conn *conn);
	/*
	 * Outside a transaction, on any connection: copies the log. ANEW and
	 * CUT are the writer's. BUSY: another one copies, or readers stayed;
	 * after an error the log is as whole as before. Sets *out in any case.
	 */
	enum backend_result (*copy_log)(struct backend_conn *conn,
					struct backend_log *out,
					enum backend_copy how);
	/* Of the last call that failed: for the log only. */
	const char *(*last_error)(struct backend_conn *conn);
};

/* SQLite: a file with a write-ahead log; an answered write is on the disk. */
extern const struct store_backend store_sqlite;
/*
 * SQLite in memory, gone when its last connection closes: for simulations
 * and tests. path is a name; readers and the writer exclude each other.
 */
extern const struct store_backend store_sqlite_memory;

#endif
