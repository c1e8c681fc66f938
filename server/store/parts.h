/*
 * What the store's files share: the two structures behind store.h, and how a
 * statement is run. Nobody outside server/store includes this.
 */
#ifndef STORE_PARTS_H
#define STORE_PARTS_H

#include "store/backend.h"
#include "store/sql.h"
#include "store/store.h"

#include <pthread.h>

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Of the store's own tables; the kinds' are healed, these are not. */
#define STORE_LAYOUT 5

/* What a kind is to the store beyond its entity. */
struct store_kind {
	const struct entity *entity;
	const char *sql[ROW_STATEMENT_COUNT];
	const char *columns; /* sql_row_columns */
	/* Own fields that have entries in side tables: see side.c. */
	struct field_set linked, labelled, reachable, custom;
	size_t start; /* the field that its agenda goes by; n_fields: none */
};

/* In the order in which they came. */
struct write_queue {
	struct store_write *first, **last;
};

/* See log_copy.c. */
enum copier_state { COPIER_RESTS, COPIER_WATCHES, COPIER_COPIES };

struct log_copy {
	struct store_conn *conn; /* the copier's */
	pthread_t thread;
	bool has_thread;
	/* What follows is guarded by lock. */
	pthread_mutex_t lock;
	pthread_cond_t work, rest;
	enum copier_state copier;
	bool is_closing;
	unsigned n_commits;
	unsigned n_logs; /* that began */
	int pages;	 /* of this one, after the last commit */
	int copied;	 /* of them, as far as known */
	int next_watch, next_copy, next_wait;
	enum backend_result told; /* what the server's log says of copies */
};

struct store {
	const struct context *context;
	const struct store_backend *backend;
	char *path;
	int64_t max_bytes;
	size_t max_queue, max_group;
	int64_t max_query_steps;
	bool is_inline;
	void (*on_commit)(void *user, uint64_t rev);
	void *user;

	struct arena arena; /* texts and kinds */
	const struct store_schema *schema;
	struct store_kind *kinds;
	uint8_t kind_of[256]; /* by entity number: index + 1 */
	const char *sql[STATEMENT_COUNT];
	struct uuid epoch;

	struct store_conn *writer;
	/* The queue: guarded by lock. */
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct write_queue writes, long_writes;
	bool was_long; /* the last group */
	size_t n_queued;
	struct store_write *patient; /* those that give way */
	bool is_group;		     /* the writer's alone: of several */
	bool is_closing;
	pthread_t thread;
	bool has_thread;
	struct log_copy log;
};

/* Prepared when it is first needed. */
struct prepared {
	struct backend_stmt *stmt;
};

/*
 * A statement whose text is made for a question. One place is for long texts,
 * so that those can't fill the memory that statements take.
 */
struct shape {
	struct backend_stmt *stmt;
	char *text;
	size_t len;
	uint64_t hash, used;
};

/* What a transaction touched: see store_touched. */
struct touched {
	struct store_touch *at;
	size_t n, room;
	bool is_all; /* more than could be kept */
};

#define SHAPES_MAX	32 /* the last one for long texts */
#define SHAPE_TEXT_LONG 8192

/* feed_lane.c: numbers of scopes that were asked for last; 0: none yet. */
enum { FEED_LANES = 8 };

struct feed_lanes {
	struct feed_lane {
		uint8_t scope[SCOPE_LEN];
		int64_t number;
	} known[FEED_LANES];
	size_t next;
	bool has_new; /* made by the transaction that stands */
};

struct store_conn {
	struct store *store;
	struct backend_conn *db;
	struct prepared *prepared; /* own ones, then each kind's */
	struct shape shapes[SHAPES_MAX];
	uint64_t n_shapes_used;
	bool is_in_snapshot;
	bool was_stopped; /* BACKEND_STOPPED came */
	/*
	 * The writer's: the newest revision in this transaction, what spoiled
	 * the write under way (code OK: nothing did), and room to build in.
	 */
	uint64_t rev;
	bool is_in_closure;
	int64_t slow_told_us; /* when a slow closure was last complained of */
	struct outrider_err spoiled;
	enum backend_result spoiled_by;
	struct arena scratch;
	struct buffer build;
	struct touched touched;
	struct feed_lanes lanes;
};

/* ------------------------------------------------------- connections */

enum outrider_code conn_open(struct store_conn **out, struct store *store,
			     enum backend_use use, struct outrider_err *err);
void conn_close(struct store_conn *conn);
/* Ends the transaction if one stands. */
void conn_rollback(struct store_conn *conn);

/* The database's own text goes into the server's log and nowhere else; fail:
 * the code of a result besides, and a text for the caller into err. */
void conn_log(const struct store_conn *conn, enum log_level level,
	      const char *event, enum backend_result result);
enum outrider_code conn_fail(struct store_conn *conn,
			     enum backend_result result, const char *event,
			     struct outrider_err *err);
/*
 * The write under way can't be kept, whatever its closure makes of the error:
 * something of it may have been done. The first word stays.
 */
void conn_spoil(struct store_conn *conn, enum backend_result result,
		const struct outrider_err *err);
enum outrider_code store_no_memory(struct outrider_err *err);
enum outrider_code store_damaged(struct store_conn *conn, const char *what,
				 struct outrider_err *err);

/* -------------------------------------------------------- statements */

/* Finishes what was prepared for questions. */
void shapes_free(struct store_conn *conn);

/* One prepared statement under way: start, fetch rows, end. */
struct query {
	struct store_conn *conn;
	struct backend_stmt *stmt; /* NULL: not started, or ended */
};

MODEL_MUST_USE enum outrider_code
query_start(struct query *query, struct store_conn *conn, enum statement which,
	    const struct backend_value *values, size_t n_values,
	    struct outrider_err *err);
/* UNIMPLEMENTED where the kind has no such statement. */
MODEL_MUST_USE enum outrider_code
query_start_rows(struct query *query, struct store_conn *conn,
		 const struct entity *entity, enum row_statement which,
		 const struct backend_value *values, size_t n_values,
		 struct outrider_err *err);
/*
 * A text that is made for a question: kept prepared while it is among those
 * used last. At most two such queries at a time.
 */
MODEL_MUST_USE enum outrider_code
query_start_text(struct query *query, struct store_conn *conn,
		 struct bytes text, const struct backend_value *values,
		 size_t n_values, struct outrider_err *err);
/*
 * Starts a question that one row answers, or none, and fetches that row. To be
 * ended in any case. Errors: NOT_FOUND, in the words of missing; the query's.
 */
MODEL_MUST_USE enum outrider_code
query_first(struct query *query, struct store_conn *conn, enum statement which,
	    const struct backend_value *values, size_t n_values,
	    const char *missing, struct outrider_err *err);
/* The same query again with another first value; the others stay bound. */
MODEL_MUST_USE enum outrider_code
query_restart(struct query *query, const struct backend_value *first,
	      struct outrider_err *err);
/* *has_row false: the end. */
MODEL_MUST_USE enum outrider_code
query_fetch(struct query *query, bool *has_row, struct outrider_err *err);
/* Any time, also twice. */
void query_end(struct query *query);

/* Start, one step and end, for what gives no rows; changes may be NULL. */
MODEL_MUST_USE enum outrider_code
store_run(struct store_conn *conn, int64_t *changes, enum statement which,
	  const struct backend_value *values, size_t n_values,
	  struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
store_run_rows(struct store_conn *conn, int64_t *changes,
	       const struct entity *entity, enum row_statement which,
	       const struct backend_value *values, size_t n_values,
	       struct outrider_err *err);

struct backend_value value_int(int64_t i);
struct backend_value value_text(struct bytes text);
struct backend_value value_blob(const void *at, size_t len);
struct backend_value value_uuid(const struct uuid *uuid);
/* NULL where it is zero. */
struct backend_value value_uuid_or_null(const struct uuid *uuid);

int64_t query_int(const struct query *query, unsigned column);
/* Borrowed until the next fetch or end. */
struct bytes query_bytes(const struct query *query, unsigned column);
/* Zero where it is NULL; false where it is no UUID. */
bool query_uuid(struct uuid *out, const struct query *query, unsigned column);
/* A copy in the arena; false without memory. */
bool query_copy(struct bytes *out, const struct query *query, unsigned column,
		struct arena *arena);

/* An array in an arena that grows; entries stay valid until it grows. */
struct list {
	void *at;
	size_t n, room, size;
};

/* A zeroed new entry, or NULL without memory. */
void *list_add(struct list *list, struct arena *arena);

/* -------------------------------------------------------------- kinds */

/* NULL for a kind that this store doesn't hold. */
const struct store_kind *
store_kind(const struct store *store, const struct entity *entity);
const struct store_kind *
store_kind_numbered(const struct store *store, uint32_t number);
const struct entity *
store_entity_named(const struct store *store, const char *name);

/* tables.c: makes what is missing. */
MODEL_MUST_USE enum outrider_code
tables_make(struct store_conn *conn, struct outrider_err *err);
/* A text without parameters; NULL: there was no memory for it. */
MODEL_MUST_USE enum outrider_code
tables_exec(struct store_conn *conn, const char *sql, struct outrider_err *err);

/* layout.c: the first that can be made ours; and making it so. */
#define STORE_LAYOUT_FIRST 4
MODEL_MUST_USE enum outrider_code
layout_raise(struct store_conn *conn, int64_t from, struct outrider_err *err);

/* writer.c */
MODEL_MUST_USE enum outrider_code
writer_start(struct store *store, struct outrider_err *err);
void writer_stop(struct store *store);
/* Until the condition is signalled; true if it wasn't for a while, so long that
 * whoever writes again and again would have been back. Locked. */
bool writer_wait_quiet(pthread_cond_t *cond, pthread_mutex_t *lock);

/* log_copy.c: how long the log grows. */
void log_copy_init(struct log_copy *log);
MODEL_MUST_USE enum outrider_code
log_copy_start(struct store *store, struct outrider_err *err);
/* After the writer has stopped. */
void log_copy_stop(struct store *store);
/* The writer's, outside a transaction: after a commit; and after a write that
 * found no room, to give back to the disk what it left in the log. */
void log_copy_settle(struct store *store);
void log_copy_cut(struct store *store);

/* rows.c */

/* Binds $1.. of ROW_INSERT and ROW_UPDATE; of ROW_UPDATE_REST with those of
 * the columns that sql_is_rest names. */
size_t row_values(struct backend_value *out, const struct row *row,
		  struct bytes frev, struct bytes scopes);
#define ROW_VALUES_MAX (COLUMN_FIRST_OWN + RECORD_FIELDS_MAX)
void frev_write(struct buffer *out, const struct row *row);
/* The row of a query over ROW_* reads, with the scopes where it lies. */
MODEL_MUST_USE enum outrider_code
row_of_query(struct row **out, const struct query *query,
	     const struct entity *entity, struct arena *arena,
	     struct outrider_err *err);

/* scope.c: a caller's scopes, sorted once, against those of records. */
struct scope_set {
	const struct scope *at;
	size_t n;
};

bool scope_set_init(struct scope_set *set, const struct scope *scopes, size_t n,
		    struct arena *arena);
bool scope_set_has(const struct scope_set *set, const uint8_t *scope);
/* Any of the scopes of a row, as its column has them. */
bool scope_set_meets(const struct scope_set *set, struct bytes scopes);

/* touched.c: the writer's list, emptied by each transaction, cut back to a
 * length by a savepoint that is undone. */
struct feed_write;
void touched_add(struct touched *touched, const uint8_t *scope,
		 const struct feed_write *write);
void touched_cut(struct touched *touched, size_t n, uint64_t rev);
void touched_free(struct touched *touched);

/* feed.c: the entries of a record that was written. */
struct feed_write {
	uint32_t kind;
	const struct uuid *id;
	uint64_t rev, old_rev;
	const struct uuid *device; /* whose mutation it was; NULL: nobody's */
	bool stood, is_deleted;	   /* before the write; after it */
	struct bytes old_scopes;   /* as the row's column has them */
	const struct scope *scopes;
	size_t n_scopes;
};

MODEL_MUST_USE enum outrider_code feed_put(struct store_conn *conn,
					   const struct feed_write *write,
					   struct outrider_err *err);

/* A removed record's entry is forgotten, and its stay. */
MODEL_MUST_USE enum outrider_code
feed_forget(struct store_conn *tx, const struct scope *scope,
	    const struct feed_entry *entry, struct outrider_err *err);

/* A larger revision would lie in the next scope's lane: 22 years of a hundred
 * writes a second. */
#define FEED_REV_MAX ((UINT64_C(1) << FEED_REV_BITS) - 1)
/* feed_lane.c: where a scope's entries begin, revision 0; its lane is made if
 * it has none. */
MODEL_MUST_USE enum outrider_code
feed_lane(struct store_conn *tx, int64_t *start, const uint8_t *scope,
	  struct outrider_err *err);

/* chain.c: what a write's change follows. */
MODEL_MUST_USE enum outrider_code
chain_before(struct store_conn *conn, uint64_t *rev,
	     const struct store_put *put, struct outrider_err *err);

struct chain {
	struct query query; /* by enum change_column */
	struct uuid id;
	uint32_t kind;
	uint64_t next; /* revision; 0: it ends */
};

/*
 * which: STATEMENT_CHANGE_PAST or _GET. Below the revision asked for it is as
 * quick as from the end where that is one of the record's own; another one
 * costs a look at each change above it.
 */
MODEL_MUST_USE enum outrider_code
chain_start(struct chain *chain, struct store_conn *conn, enum statement which,
	    const struct store_history_query *asked, struct outrider_err *err);
/* *has_change false: the end. DATA_LOSS: what should be there isn't. */
MODEL_MUST_USE enum outrider_code
chain_next(struct chain *chain, bool *has_change, struct outrider_err *err);
void chain_end(struct chain *chain); /* any time */

/* change.c: the log's entry of a write. */
MODEL_MUST_USE enum outrider_code change_put(struct store_conn *conn,
					     const struct store_put *put,
					     struct outrider_err *err);

/* agenda.c */
void agenda_field(struct store_kind *kind);
MODEL_MUST_USE enum outrider_code
agenda_put(struct store_conn *conn, const struct store_kind *kind,
	   const struct store_put *put, struct bytes old_scopes,
	   struct outrider_err *err);

/* side.c: what is found by links, labels, handles and custom values. old NULL:
 * there was none. */
void side_fields(struct store_kind *kind);
MODEL_MUST_USE enum outrider_code
side_put(struct store_conn *conn, const struct store_kind *kind,
	 const struct row *old, const struct row *row,
	 const struct field_set *changed, struct outrider_err *err);
/* Is the field a reference of the kind's own, single or repeated? */
bool side_is_link(const struct field *field);

/* search.c, search_index.c: the index of words. */
struct search_doc;

MODEL_MUST_USE enum outrider_code
search_tables_make(struct store_conn *conn, struct outrider_err *err);
/* A query's rows: revision, kind, id. */
MODEL_MUST_USE enum outrider_code
search_docs_read(struct search_doc **out, size_t *n, struct query *query,
		 struct arena *arena, struct outrider_err *err);
/* The one character that stands for a kind, for a scope; in UTF-8. */
uint32_t search_kind_sign(const struct entity *entity);
uint32_t search_scope_sign(const uint8_t *scope);
size_t search_sign(uint8_t out[4], uint32_t c);

#endif
