/*
 * A connection and the statements prepared on it: how a text becomes a query,
 * and what an error of the database becomes for the caller. The database's
 * own words go to the log and nowhere else.
 */
#include "store/parts.h"

#include <stdlib.h>
#include <string.h>

/* Of a write's changed fields: three times a record's limit, and more. */
#define BUILD_MAX   ((size_t)4 << 20)
#define SCRATCH_MAX ((size_t)8 << 20)

static const struct {
	const char *name;
	enum outrider_code code;
	const char *text;
} results[] = {
	[BACKEND_DONE] = { "done", OUTRIDER_OK, "" },
	[BACKEND_ROW] = { "row", OUTRIDER_OK, "" },
	[BACKEND_CONFLICT] = { "conflict", OUTRIDER_ALREADY_EXISTS,
			       "there is one like it already" },
	[BACKEND_FULL] = { "full", OUTRIDER_RESOURCE_EXHAUSTED,
			   "the database has no room left" },
	[BACKEND_BUSY] = { "busy", OUTRIDER_UNAVAILABLE,
			   "the database is held by another process" },
	[BACKEND_ABSENT] = { "absent", OUTRIDER_NOT_FOUND,
			     "there is no database" },
	[BACKEND_FOREIGN] = { "foreign", OUTRIDER_FAILED_PRECONDITION,
			      "this file is not a database" },
	[BACKEND_DAMAGED] = { "damaged", OUTRIDER_DATA_LOSS,
			      "the database is damaged" },
	[BACKEND_STOPPED] = { "stopped", OUTRIDER_RESOURCE_EXHAUSTED,
			      "this reads too much" },
	[BACKEND_FAILED] = { "failed", OUTRIDER_UNAVAILABLE,
			     "the database can't be read or written" },
};

void conn_log(const struct store_conn *conn, enum log_level level,
	      const char *event, enum backend_result result)
{
	context_log(conn->store->context, level, event, "result=%s text=\"%s\"",
		    results[result].name,
		    conn->store->backend->last_error(conn->db));
}

enum outrider_code conn_fail(struct store_conn *conn,
			     enum backend_result result, const char *event,
			     struct outrider_err *err)
{
	struct outrider_err told;
	enum outrider_code code = err_set(&told, results[result].code, NULL,
					  "%s", results[result].text);

	conn->was_stopped |= result == BACKEND_STOPPED;
	if (result != BACKEND_CONFLICT && result != BACKEND_ABSENT &&
	    result != BACKEND_STOPPED) {
		conn_spoil(conn, result, &told);
		conn_log(conn, LOG_LEVEL_ERROR, event, result);
	}
	if (err)
		*err = told;
	return code;
}

void conn_spoil(struct store_conn *conn, enum backend_result result,
		const struct outrider_err *err)
{
	if (conn->spoiled.code != OUTRIDER_OK)
		return;
	conn->spoiled = *err;
	conn->spoiled_by = result;
}

enum outrider_code store_no_memory(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "this takes more memory than one call may");
}

enum outrider_code store_damaged(struct store_conn *conn, const char *what,
				 struct outrider_err *err)
{
	context_log(conn->store->context, LOG_LEVEL_ERROR, "store.damaged",
		    "what=%s", what);
	return err_set(err, OUTRIDER_DATA_LOSS, NULL,
		       "the database is damaged");
}

enum outrider_code conn_open(struct store_conn **out, struct store *store,
			     enum backend_use use, struct outrider_err *err)
{
	struct store_conn *conn = calloc(1, sizeof(*conn));
	size_t n = STATEMENT_COUNT +
		   store->schema->n_entities * ROW_STATEMENT_COUNT;
	struct backend_open how = {
		.path = store->path,
		.use = use,
		.max_bytes = store->max_bytes,
	};

	*out = NULL;
	if (!conn)
		return store_no_memory(err);
	conn->store = store;
	arena_init(&conn->scratch, &allocator_libc, SCRATCH_MAX);
	buffer_init(&conn->build, &allocator_libc, BUILD_MAX);
	conn->prepared = calloc(n, sizeof(*conn->prepared));
	if (!conn->prepared) {
		conn_close(conn);
		return store_no_memory(err);
	}
	enum backend_result result =
		store->backend->open(&conn->db, store->backend, &how);
	if (result != BACKEND_DONE) {
		enum outrider_code code =
			conn_fail(conn, result, "store.open_failed", err);
		conn_close(conn);
		return code;
	}
	*out = conn;
	err_clear(err);
	return OUTRIDER_OK;
}

void conn_close(struct store_conn *conn)
{
	if (!conn)
		return;
	size_t n = STATEMENT_COUNT +
		   conn->store->schema->n_entities * ROW_STATEMENT_COUNT;
	for (size_t i = 0; conn->prepared && i < n; i++) {
		if (conn->prepared[i].stmt)
			conn->store->backend->finish(conn->prepared[i].stmt);
	}
	shapes_free(conn);
	conn->store->backend->close(conn->db);
	arena_free(&conn->scratch);
	buffer_free(&conn->build);
	touched_free(&conn->touched);
	free(conn->prepared);
	free(conn);
}

void conn_rollback(struct store_conn *conn)
{
	struct outrider_err err;

	if (conn->store->backend->in_transaction(conn->db) &&
	    store_run(conn, NULL, STATEMENT_ROLLBACK, NULL, 0, &err) !=
		    OUTRIDER_OK)
		context_log(conn->store->context, LOG_LEVEL_ERROR,
			    "store.rollback_failed", "code=%s",
			    code_name(err.code));
}

/* -------------------------------------------------------------- queries */

static enum outrider_code start(struct query *query, struct store_conn *conn,
				struct backend_stmt **stmt, const char *sql,
				const struct backend_value *values,
				size_t n_values, struct outrider_err *err)
{
	const struct store_backend *backend = conn->store->backend;
	enum backend_result result = BACKEND_DONE;

	*query = (struct query){ .conn = conn };
	/* Outside of its transaction a statement would be committed alone. */
	if (conn->is_in_closure && !backend->in_transaction(conn->db))
		return err_set(err, OUTRIDER_UNAVAILABLE, NULL,
			       "the transaction is gone");
	if (!*stmt)
		result = backend->prepare(conn->db, stmt, sql);
	for (size_t i = 0; i < n_values && result == BACKEND_DONE; i++)
		result = backend->bind(*stmt, (unsigned)i + 1, &values[i]);
	if (result != BACKEND_DONE)
		return conn_fail(conn, result, "store.prepare_failed", err);
	query->stmt = *stmt;
	return OUTRIDER_OK;
}

enum outrider_code query_start(struct query *query, struct store_conn *conn,
			       enum statement which,
			       const struct backend_value *values,
			       size_t n_values, struct outrider_err *err)
{
	return start(query, conn, &conn->prepared[which].stmt,
		     conn->store->sql[which], values, n_values, err);
}

enum outrider_code
query_start_rows(struct query *query, struct store_conn *conn,
		 const struct entity *entity, enum row_statement which,
		 const struct backend_value *values, size_t n_values,
		 struct outrider_err *err)
{
	const struct store_kind *kind = store_kind(conn->store, entity);

	*query = (struct query){ .conn = conn };
	if (!kind || !kind->sql[which])
		return err_set(err, OUTRIDER_UNIMPLEMENTED, NULL,
			       "this store holds no such records");
	size_t slot =
		STATEMENT_COUNT +
		(size_t)(kind - conn->store->kinds) * ROW_STATEMENT_COUNT +
		which;
	return start(query, conn, &conn->prepared[slot].stmt, kind->sql[which],
		     values, n_values, err);
}

/* ------------------------------------------------- texts made for questions */

static uint64_t hash_of(struct bytes text)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ text.at[i]) * UINT64_C(1099511628211);
	return hash;
}

static void shape_clear(struct store_conn *conn, struct shape *shape)
{
	if (shape->stmt)
		conn->store->backend->finish(shape->stmt);
	free(shape->text);
	*shape = (struct shape){ 0 };
}

void shapes_free(struct store_conn *conn)
{
	for (size_t i = 0; i < SHAPES_MAX; i++)
		shape_clear(conn, &conn->shapes[i]);
}

/* The place of a text, or that of the one to make room. */
static struct shape *
shape_find(struct store_conn *conn, struct bytes text, uint64_t hash)
{
	struct shape *oldest = conn->shapes;

	if (text.len > SHAPE_TEXT_LONG)
		return &conn->shapes[SHAPES_MAX - 1];
	for (size_t i = 0; i < SHAPES_MAX - 1; i++) {
		struct shape *shape = &conn->shapes[i];
		if (shape->hash == hash && shape->len == text.len &&
		    memcmp(shape->text, text.at, text.len) == 0)
			return shape;
		if (shape->used < oldest->used)
			oldest = shape;
	}
	return oldest;
}

enum outrider_code query_start_text(struct query *query,
				    struct store_conn *conn, struct bytes text,
				    const struct backend_value *values,
				    size_t n_values, struct outrider_err *err)
{
	uint64_t hash = hash_of(text);
	struct shape *shape = shape_find(conn, text, hash);

	*query = (struct query){ .conn = conn };
	if (shape->hash != hash || shape->len != text.len ||
	    memcmp(shape->text, text.at, text.len) != 0) {
		shape_clear(conn, shape);
		shape->text = malloc(text.len + 1);
		if (!shape->text)
			return store_no_memory(err);
		memcpy(shape->text, text.at, text.len);
		shape->text[text.len] = '\0';
		shape->len = text.len;
		shape->hash = hash;
	}
	shape->used = ++conn->n_shapes_used;
	return start(query, conn, &shape->stmt, shape->text, values, n_values,
		     err);
}

enum outrider_code query_restart(struct query *query,
				 const struct backend_value *first,
				 struct outrider_err *err)
{
	const struct store_backend *backend = query->conn->store->backend;

	backend->reset(query->stmt);
	enum backend_result result = backend->bind(query->stmt, 1, first);
	if (result == BACKEND_DONE)
		return OUTRIDER_OK;
	return conn_fail(query->conn, result, "store.bind_failed", err);
}

enum outrider_code
query_fetch(struct query *query, bool *has_row, struct outrider_err *err)
{
	enum backend_result result =
		query->conn->store->backend->step(query->stmt);

	*has_row = result == BACKEND_ROW;
	if (result == BACKEND_ROW || result == BACKEND_DONE)
		return OUTRIDER_OK;
	return conn_fail(query->conn, result, "store.step_failed", err);
}

enum outrider_code
query_first(struct query *query, struct store_conn *conn, enum statement which,
	    const struct backend_value *values, size_t n_values,
	    const char *missing, struct outrider_err *err)
{
	bool has_row = false;
	enum outrider_code code =
		query_start(query, conn, which, values, n_values, err);

	if (code == OUTRIDER_OK)
		code = query_fetch(query, &has_row, err);
	if (code == OUTRIDER_OK && !has_row)
		code = err_set(err, OUTRIDER_NOT_FOUND, NULL, "%s", missing);
	return code;
}

void query_end(struct query *query)
{
	if (query->stmt)
		query->conn->store->backend->reset(query->stmt);
	query->stmt = NULL;
}

static enum outrider_code
run_to_end(struct query *query, int64_t *changes, struct outrider_err *err)
{
	struct store_conn *conn = query->conn;
	bool has_row = false;

	enum outrider_code code = query_fetch(query, &has_row, err);
	if (code == OUTRIDER_OK && changes)
		*changes = conn->store->backend->changes(conn->db);
	query_end(query);
	return code;
}

enum outrider_code store_run(struct store_conn *conn, int64_t *changes,
			     enum statement which,
			     const struct backend_value *values,
			     size_t n_values, struct outrider_err *err)
{
	struct query query;
	enum outrider_code code =
		query_start(&query, conn, which, values, n_values, err);

	return code == OUTRIDER_OK ? run_to_end(&query, changes, err) : code;
}

enum outrider_code store_run_rows(struct store_conn *conn, int64_t *changes,
				  const struct entity *entity,
				  enum row_statement which,
				  const struct backend_value *values,
				  size_t n_values, struct outrider_err *err)
{
	struct query query;
	enum outrider_code code = query_start_rows(&query, conn, entity, which,
						   values, n_values, err);

	return code == OUTRIDER_OK ? run_to_end(&query, changes, err) : code;
}

/* --------------------------------------------------------------- values */

struct backend_value value_int(int64_t i)
{
	return (struct backend_value){ .type = BACKEND_INTEGER, .i = i };
}

struct backend_value value_text(struct bytes text)
{
	return (struct backend_value){ .type = BACKEND_TEXT, .bytes = text };
}

struct backend_value value_blob(const void *at, size_t len)
{
	return (struct backend_value){
		.type = BACKEND_BLOB,
		.bytes = { .at = at, .len = len },
	};
}

struct backend_value value_uuid(const struct uuid *uuid)
{
	return value_blob(uuid->at, sizeof(uuid->at));
}

struct backend_value value_uuid_or_null(const struct uuid *uuid)
{
	if (uuid_is_zero(uuid))
		return (struct backend_value){ .type = BACKEND_NULL };
	return value_uuid(uuid);
}

static struct backend_value
column_of(const struct query *query, unsigned column)
{
	return query->conn->store->backend->column(query->stmt, column);
}

int64_t query_int(const struct query *query, unsigned column)
{
	struct backend_value value = column_of(query, column);

	return value.type == BACKEND_INTEGER ? value.i : 0;
}

struct bytes query_bytes(const struct query *query, unsigned column)
{
	return column_of(query, column).bytes;
}

bool query_uuid(struct uuid *out, const struct query *query, unsigned column)
{
	struct bytes bytes = query_bytes(query, column);

	*out = (struct uuid){ 0 };
	if (bytes.len == 0)
		return true;
	if (bytes.len != sizeof(out->at))
		return false;
	memcpy(out->at, bytes.at, sizeof(out->at));
	return true;
}

bool query_copy(struct bytes *out, const struct query *query, unsigned column,
		struct arena *arena)
{
	struct bytes bytes = query_bytes(query, column);

	*out = (struct bytes){ 0 };
	if (bytes.len == 0)
		return true;
	*out = arena_copy(arena, bytes.at, bytes.len);
	return out->at != NULL;
}

void *list_add(struct list *list, struct arena *arena)
{
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		uint8_t *grown = arena_alloc(arena, room * list->size);
		if (!grown)
			return NULL;
		if (list->n > 0)
			memcpy(grown, list->at, list->n * list->size);
		list->at = grown;
		list->room = room;
	}
	return (uint8_t *)list->at + list->n++ * list->size;
}
