/*
 * Where rows live: what the app sees of the store.
 *
 * Owns the database: rows of every kind, the change log, the feeds, side
 * tables, and the one writer that groups many calls' writes into one
 * transaction. Knows no protocol, no permission and no session: who may see
 * or write what is decided above, and comes in as scopes.
 *
 * Threads: a store_conn belongs to one thread at a time. store_submit may be
 * called from any thread.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "context.h"
#include "model/err.h"
#include "model/record.h"
#include "store/scope.h"

struct store;	   /* one database */
struct store_conn; /* a reader, or the writer inside a transaction */
struct store_backend;

/* ------------------------------------------------------------------- life */

/* The kinds that a store holds. */
struct store_schema {
	const struct entity *const *entities;
	size_t n_entities;
	/* What makes each one's table; NULL: the backend's own words. */
	const char *const *tables;
	uint32_t version; /* says whether two are the same */
	uint32_t size;	  /* says which of two is the newer */
};

struct store_config {
	const struct context *context;
	const struct store_backend *backend; /* store_sqlite */
	const char *path;
	const struct store_schema *schema; /* NULL: the contract's */
	/*
	 * No writer thread: store_submit queues, store_run_writes runs. For the
	 * simulation and tests.
	 */
	bool is_inline;
	size_t max_queue;  /* 0: 4096 writes waiting */
	size_t max_group;  /* 0: 512 writes a transaction */
	int64_t max_bytes; /* ceiling of the database file; 0: none */
	/* What store_query may take, in the database's steps; 0: about two
	 * seconds of an ordinary machine. */
	int64_t max_query_steps;
	/* After each commit that gave revisions, on the writer's thread. */
	void (*on_commit)(void *user, uint64_t rev);
	void *user;
};

/*
 * Creates an empty database: tables, schema version, a random epoch.
 * Errors: ALREADY_EXISTS (it holds one already), UNAVAILABLE.
 */
MODEL_MUST_USE enum outrider_code
store_create(const struct store_config *config, struct outrider_err *err);
/*
 * Opens one that exists. Errors: NOT_FOUND, FAILED_PRECONDITION (made by
 * another version), UNAVAILABLE (in use, not readable), DATA_LOSS.
 */
MODEL_MUST_USE enum outrider_code store_open(struct store **out,
					     const struct store_config *config,
					     struct outrider_err *err);
/* Finishes what was submitted, then closes. NULL is fine. */
void store_close(struct store *store);

/* 16 random bytes made at creation: names this history of revisions. */
struct uuid store_epoch(const struct store *store);
/*
 * Gives the history another name: the database came out of a backup, and
 * phones have seen revisions that are not in it, or will be others.
 */
MODEL_MUST_USE enum outrider_code
store_begin_epoch(struct store *store, struct outrider_err *err);

/*
 * Inside on_commit: the scopes in whose feeds something changed, each about
 * once for a kind and a device that pushed it. *all: there were too many to
 * say. Until on_commit returns.
 */
struct store_touch {
	struct scope scope;
	uint32_t kind;
	struct uuid device; /* whose mutation it was; zero: nobody's */
	uint64_t rev;	    /* the newest of them */
};
const struct store_touch *
store_touched(const struct store *store, size_t *n, bool *all);

/* ---------------------------------------------------------------- reading */

MODEL_MUST_USE enum outrider_code store_reader_open(struct store_conn **out,
						    struct store *store,
						    struct outrider_err *err);
void store_reader_close(struct store_conn *conn);

/*
 * A snapshot: sees all that was answered before it. rev (may be NULL) gets
 * the newest revision in it.
 */
MODEL_MUST_USE enum outrider_code store_read_begin(struct store_conn *conn,
						   uint64_t *rev,
						   struct outrider_err *err);
void store_read_end(struct store_conn *conn);

/*
 * Reads one record, deleted ones too. The row and its values are copied into
 * the arena. NOT_FOUND.
 */
MODEL_MUST_USE enum outrider_code
store_get(struct store_conn *conn, struct row **out,
	  const struct entity *entity, const struct uuid *id,
	  struct arena *arena, struct outrider_err *err);

/* As many as a statement asks for at once. */
enum { STORE_GET_MOST = 32 };
/*
 * Reads up to STORE_GET_MOST records of a kind, deleted ones too, for less than
 * one by one: rows[i] is that of ids[i], or NULL where there is none. Where not
 * all fit into the arena (RESOURCE_EXHAUSTED), those that did are there.
 */
MODEL_MUST_USE enum outrider_code
store_get_some(struct store_conn *conn, struct row **rows,
	       const struct entity *entity, const struct uuid *ids, size_t n,
	       struct arena *arena, struct outrider_err *err);

/* Is the record, deleted or not, in one of these scopes? */
MODEL_MUST_USE enum outrider_code
store_is_in_scopes(struct store_conn *conn, bool *out,
		   const struct entity *entity, const struct uuid *id,
		   const struct scope *scopes, size_t n_scopes,
		   struct outrider_err *err);

/*
 * Lists the records of a kind that lie in any of the scopes, by id, from the
 * first id above `after` (zero: from the start), at most limit. *rows gets an
 * array in the arena.
 */
struct store_list_query {
	const struct entity *entity;
	const struct scope *scopes;
	size_t n_scopes;
	struct uuid after;
	size_t limit;
	bool with_deleted;
};
MODEL_MUST_USE enum outrider_code
store_list(struct store_conn *conn, struct row ***rows, size_t *n_rows,
	   const struct store_list_query *asked, struct arena *arena,
	   struct outrider_err *err);

/* ---------------------------------------------------------------- writing */

/*
 * A write's closure: runs on the writer inside a savepoint, may run more than
 * once, parses nothing, does no crypto, lasts at most 5 ms. What it returns
 * decides whether its savepoint stands.
 */
typedef enum outrider_code
store_run_fn(void *user, struct store_conn *tx, struct outrider_err *err);

struct store_write {
	store_run_fn *run;
	/* After the commit (or the failure), on the writer's thread. */
	void (*done)(void *user, struct store_write *write);
	void *user;
	/* Waits until nobody else has written for some milliseconds. */
	bool is_patient;
	/* Holds the writer for long, as a batch does: it is a group of its own,
	 * and between two of them go all others that wait. */
	bool is_long;
	enum outrider_code code; /* what run returned, or what befell it */
	struct outrider_err err;
	struct store_write *next; /* the store's own */
};

/*
 * Queues a write; done will be called exactly once if this returns OK. The
 * caller keeps the write alive until then.
 * Errors: RESOURCE_EXHAUSTED (queue full), UNAVAILABLE (closing).
 */
MODEL_MUST_USE enum outrider_code store_submit(struct store *store,
					       struct store_write *write,
					       struct outrider_err *err);
/*
 * For a closure: does anybody else wait for the writer, or for the commit that
 * the closure is part of? Whom nobody waits for may take longer than 5 ms.
 */
bool store_is_awaited(struct store_conn *tx);
/* is_inline only: runs what is queued; true if there was anything. */
bool store_run_writes(struct store *store);
/* Submits and waits: for starting up and tools; not on a call's path. */
MODEL_MUST_USE enum outrider_code store_write_now(struct store *store,
						  store_run_fn *run, void *user,
						  struct outrider_err *err);

enum change_op {
	CHANGE_CREATE = 1,
	CHANGE_UPDATE,
	CHANGE_DELETE,
	CHANGE_UNDELETE
};

/* Who writes, and how: goes into the change log. */
struct store_author {
	struct uuid actor;  /* user; zero: the server */
	struct uuid device; /* zero: none */
	/* The device's mutation, and the outbox that numbers it; or zeros. */
	struct uuid incarnation;
	uint64_t seq;
	uint64_t hlc;
	int64_t at_us;
	bool is_verbatim; /* nothing that was sent was refused */
};

/*
 * Writes a row in one act: the table, the change log with old and new values
 * of the changed fields, frev, the feeds of the scopes it was in and is in
 * now, links and handles. old is the standing row (store_get on this tx) or
 * NULL; row->rev and row's frevs are set to the revision that it gets.
 * losing values of a merge, if any, are kept in the change log as well.
 */
struct store_put {
	enum change_op op;
	const struct row *old;
	struct row *row;
	struct field_set changed;
	const struct row *lost; /* values that lost, or NULL */
	struct field_set lost_fields;
	struct field_set settled;   /* as in struct change */
	const struct scope *scopes; /* where it lies now, sorted; deleted: 0 */
	size_t n_scopes;
	const struct store_author *author;
};

/* Errors: ABORTED where old is not the standing row; ALREADY_EXISTS. */
MODEL_MUST_USE enum outrider_code store_put(struct store_conn *tx,
					    struct store_put *put,
					    struct outrider_err *err);

/* ------------------------------------------------------------------ feeds */

/*
 * Where a reader of feeds stands in one scope. After (rev, id): what lies
 * above it in the order of (rev, id) is still to come.
 */
struct feed_position {
	struct scope scope;
	uint64_t rev;
	struct uuid id;
};

enum feed_op { FEED_PRESENT = 1, FEED_LEFT = 2, FEED_DELETED = 3 };

struct feed_entry {
	size_t scope; /* index into the positions */
	uint32_t kind;
	struct uuid id;
	uint64_t rev;	      /* the record's, in this scope */
	uint64_t entered_rev; /* when it came into this scope, last */
	enum feed_op op;
};

/*
 * The next entries above the positions, over all of them, ordered by
 * (rev, id); entries of the same record and revision in several scopes come
 * side by side. At most limit different records.
 */
MODEL_MUST_USE enum outrider_code
store_feed(struct store_conn *conn, struct feed_entry **entries,
	   size_t *n_entries, const struct feed_position *positions,
	   size_t n_positions, size_t limit, struct arena *arena,
	   struct outrider_err *err);

/* The entries of one record in the given scopes: where is it, since when?
 * Their revisions are left 0. */
struct store_feed_query {
	struct uuid id;
	uint32_t kind;
	const struct scope *scopes;
	size_t n_scopes;
};
MODEL_MUST_USE enum outrider_code
store_feed_of(struct store_conn *conn, struct feed_entry **entries,
	      size_t *n_entries, const struct store_feed_query *asked,
	      struct arena *arena, struct outrider_err *err);

/*
 * What lies in any of the scopes, one kind at a time: entries by id, from the
 * first above `after` (zero: from the start), those of a record side by side.
 * Their revisions are left 0. At most limit different records.
 */
struct store_present_query {
	uint32_t kind;
	const struct scope *scopes;
	size_t n_scopes;
	struct uuid after;
	size_t limit;
};
MODEL_MUST_USE enum outrider_code
store_present(struct store_conn *conn, struct feed_entry **entries,
	      size_t *n_entries, const struct store_present_query *asked,
	      struct arena *arena, struct outrider_err *err);

/*
 * Removals up to this revision are forgotten (store/forget.h): who has heard of
 * fewer holds what nobody can tell them to drop. 0: nothing is forgotten.
 */
MODEL_MUST_USE enum outrider_code
store_horizon(struct store_conn *conn, uint64_t *rev, struct outrider_err *err);

/* One entry of the change log. */
struct change {
	uint64_t rev;
	int64_t at_us;
	uint32_t kind;
	struct uuid id;
	enum change_op op;
	struct store_author author;
	/* Canonical fields before and after, and those that lost a merge. */
	struct bytes old_fields, new_fields, lost_fields;
	struct field_set changed;
	/*
	 * Of those: the server's own words. Nobody sent them, or they were
	 * completed: the author doesn't hold them as they stand.
	 */
	struct field_set settled;
};

/* By revision (one revision is one entry). NOT_FOUND. */
MODEL_MUST_USE enum outrider_code
store_change(struct store_conn *conn, struct change *out, uint64_t rev,
	     struct arena *arena, struct outrider_err *err);
/*
 * Of one record, newest first, below before_rev (0: all), at most limit. Where
 * before_rev isn't one of the record's own it costs a look at each above it.
 */
struct store_history_query {
	struct uuid id;
	uint32_t kind;
	uint64_t before_rev;
	size_t limit;
};
MODEL_MUST_USE enum outrider_code
store_history(struct store_conn *conn, struct change **out, size_t *n,
	      const struct store_history_query *asked, struct arena *arena,
	      struct outrider_err *err);

/*
 * The first change above a revision that a device made of a record under
 * another incarnation of its outbox (none is zero: under any). NOT_FOUND.
 */
struct store_device_query {
	struct uuid id;
	uint32_t kind;
	uint64_t above_rev;
	struct uuid device, incarnation;
	uint64_t hlc;	   /* 0: any */
	enum change_op op; /* 0: any */
};
MODEL_MUST_USE enum outrider_code
store_change_of_device(struct store_conn *conn, struct change *out,
		       const struct store_device_query *asked,
		       struct arena *arena, struct outrider_err *err);

/* ----------------------------------------------------- named reads of kinds */

/*
 * A standing user by login name, compared without the case of ASCII letters;
 * NOT_FOUND.
 */
MODEL_MUST_USE enum outrider_code
store_user_by_login(struct store_conn *conn, struct row **out,
		    const char *login_name, size_t len, struct arena *arena,
		    struct outrider_err *err);
/* Every team's id and parent, for the tree. */
struct team_edge {
	struct uuid id, parent;
};
MODEL_MUST_USE enum outrider_code
store_teams(struct store_conn *conn, struct team_edge **out, size_t *n,
	    struct arena *arena, struct outrider_err *err);
/*
 * Records of a kind that a user owns, deleted ones too, by id above after: to
 * move them.
 */
struct store_owned_query {
	const struct entity *entity;
	struct uuid owner, after;
	size_t limit;
};
MODEL_MUST_USE enum outrider_code
store_owned(struct store_conn *conn, struct row ***rows, size_t *n_rows,
	    const struct store_owned_query *asked, struct arena *arena,
	    struct outrider_err *err);
/*
 * Standing meetings in any of the scopes whose start lies in [from, until),
 * by (start, id) above (after_us, after). owner zero: everybody's; otherwise
 * those of others in these scopes are read and passed over.
 */
struct store_meetings_query {
	const struct scope *scopes;
	size_t n_scopes;
	struct uuid owner;
	int64_t from_us, until_us;
	int64_t after_us;
	struct uuid after;
	size_t limit;
};
MODEL_MUST_USE enum outrider_code
store_meetings(struct store_conn *conn, struct row ***rows, size_t *n_rows,
	       const struct store_meetings_query *asked, struct arena *arena,
	       struct outrider_err *err);
/* Standing alerts in any of the scopes with rev above `above`, by rev. */
struct store_alerts_query {
	const struct scope *scopes;
	size_t n_scopes;
	uint64_t above;
	size_t limit;
	bool only_open;
};
MODEL_MUST_USE enum outrider_code
store_alerts(struct store_conn *conn, struct row ***rows, size_t *n_rows,
	     const struct store_alerts_query *asked, struct arena *arena,
	     struct outrider_err *err);

#endif
