/*
 * A store's life: creating, opening, closing, its readers and their
 * snapshots. Knows which version made a database, and refuses another's.
 */
#include "store/parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS_MAX     ((size_t)16 << 20)
#define QUEUE_DEFAULT 4096
#define GROUP_DEFAULT 512
#define STEPS_DEFAULT 10000000

static const struct store_schema *contract(struct arena *arena)
{
	struct store_schema *schema = arena_alloc(arena, sizeof(*schema));

	if (schema)
		*schema = (struct store_schema){
			.entities = schema_entities,
			.n_entities = schema_n_entities,
			.version = schema_version,
			.size = schema_size,
		};
	return schema;
}

static bool make_kind(struct store *store, struct store_kind *kind,
		      const struct entity *entity)
{
	kind->entity = entity;
	for (size_t i = 0; i < ROW_STATEMENT_COUNT; i++)
		kind->sql[i] = sql_row_statement(&store->arena,
						 store->backend->dialect,
						 entity, (enum row_statement)i);
	kind->columns =
		sql_row_columns(&store->arena, store->backend->dialect, entity);
	side_fields(kind);
	agenda_field(kind);
	return kind->columns && kind->sql[ROW_GET] && kind->sql[ROW_INSERT] &&
	       kind->sql[ROW_UPDATE] && kind->sql[ROW_UPDATE_REST] &&
	       kind->sql[ROW_HEAD];
}

/* Everything of a store but its connections. */
static enum outrider_code store_new(struct store **out,
				    const struct store_config *config,
				    struct outrider_err *err)
{
	struct store *store = calloc(1, sizeof(*store));

	*out = NULL;
	if (!store)
		return store_no_memory(err);
	store->context = config->context;
	store->backend = config->backend;
	store->max_bytes = config->max_bytes;
	store->max_queue = config->max_queue ? config->max_queue
					     : QUEUE_DEFAULT;
	store->max_group = config->max_group ? config->max_group
					     : GROUP_DEFAULT;
	store->max_query_steps = config->max_query_steps
					 ? config->max_query_steps
					 : STEPS_DEFAULT;
	store->is_inline = config->is_inline;
	store->on_commit = config->on_commit;
	store->user = config->user;
	store->writes.last = &store->writes.first;
	store->long_writes.last = &store->long_writes.first;
	pthread_mutex_init(&store->lock, NULL);
	pthread_cond_init(&store->work, NULL);
	log_copy_init(&store->log);
	arena_init(&store->arena, &allocator_libc, TEXTS_MAX);
	store->path = strdup(config->path);
	store->schema = config->schema ? config->schema
				       : contract(&store->arena);
	bool is_made = store->path && store->schema;
	for (size_t i = 0; is_made && i < STATEMENT_COUNT; i++) {
		store->sql[i] = sql_statement(&store->arena,
					      config->backend->dialect,
					      (enum statement)i);
		is_made = store->sql[i] != NULL;
	}
	size_t n = is_made ? store->schema->n_entities : 0;
	store->kinds =
		arena_alloc(&store->arena, (n + 1) * sizeof(*store->kinds));
	is_made = is_made && store->kinds;
	for (size_t i = 0; is_made && i < n; i++) {
		const struct entity *entity = store->schema->entities[i];
		store->kind_of[entity->number & 255] = (uint8_t)(i + 1);
		is_made = make_kind(store, &store->kinds[i], entity);
	}
	if (!is_made) {
		store_close(store);
		return store_no_memory(err);
	}
	*out = store;
	return OUTRIDER_OK;
}

const struct store_kind *
store_kind(const struct store *store, const struct entity *entity)
{
	uint8_t at = store->kind_of[entity->number & 255];

	return at ? &store->kinds[at - 1] : NULL;
}

const struct store_kind *
store_kind_numbered(const struct store *store, uint32_t number)
{
	uint8_t at = number < 256 ? store->kind_of[number] : 0;

	return at ? &store->kinds[at - 1] : NULL;
}

const struct entity *
store_entity_named(const struct store *store, const char *name)
{
	for (size_t i = 0; i < store->schema->n_entities; i++) {
		if (strcmp(store->schema->entities[i]->name, name) == 0)
			return store->schema->entities[i];
	}
	return NULL;
}

/* ------------------------------------------------------------ the meta row */

struct meta {
	int64_t layout, schema, size;
	struct uuid epoch;
};

static enum outrider_code
exec(struct store_conn *conn, enum statement which, struct outrider_err *err)
{
	return store_run(conn, NULL, which, NULL, 0, err);
}

/* *found false: these are not our tables, or there are none. */
static enum outrider_code meta_read(struct meta *out, bool *found,
				    struct store_conn *conn,
				    struct outrider_err *err)
{
	struct backend_value values[] = { value_text(
		(struct bytes){ (const uint8_t *)"meta", 4 }) };
	struct query query;
	enum outrider_code code = query_start(&query, conn, STATEMENT_COLUMNS,
					      values, ARRAY_LEN(values), err);

	*found = false;
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, found, err);
	query_end(&query);
	if (code != OUTRIDER_OK || !*found)
		return code;
	code = query_start(&query, conn, STATEMENT_META_GET, NULL, 0, err);
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, found, err);
	if (code == OUTRIDER_OK && *found) {
		out->layout = query_int(&query, 0);
		out->schema = query_int(&query, 1);
		out->size = query_int(&query, 2);
		if (!query_uuid(&out->epoch, &query, 3))
			code = store_damaged(conn, "meta", err);
	}
	query_end(&query);
	return code;
}

/* The version row of a new database: its last act, so it is whole or not. */
static enum outrider_code
meta_write(struct store_conn *conn, struct outrider_err *err)
{
	const struct context *context = conn->store->context;
	struct uuid epoch;

	context->random(context->user, epoch.at, sizeof(epoch.at));
	struct backend_value values[] = {
		value_int(STORE_LAYOUT),
		value_int(conn->store->schema->version),
		value_int(conn->store->schema->size),
		value_uuid(&epoch),
		value_int(context->wall_us(context->user)),
	};
	return store_run(conn, NULL, STATEMENT_META_PUT, values,
			 ARRAY_LEN(values), err);
}

/* Somebody else's database is left alone. */
static enum outrider_code
check_empty(struct store_conn *conn, struct outrider_err *err)
{
	struct query query;
	bool has_row = false;
	enum outrider_code code =
		query_start(&query, conn, STATEMENT_COUNT_TABLES, NULL, 0, err);

	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && query_int(&query, 0) != 0)
		code = err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "this database holds something else");
	query_end(&query);
	return code;
}

static enum outrider_code
create_tables(struct store_conn *conn, struct outrider_err *err)
{
	struct meta meta;
	bool is_there = false;
	enum outrider_code code = meta_read(&meta, &is_there, conn, err);

	if (code == OUTRIDER_OK && is_there)
		code = err_set(err, OUTRIDER_ALREADY_EXISTS, NULL,
			       "there is a database already");
	if (code == OUTRIDER_OK)
		code = check_empty(conn, err);
	if (code == OUTRIDER_OK)
		code = tables_make(conn, err);
	if (code == OUTRIDER_OK)
		code = meta_write(conn, err);
	return code;
}

/* Makes what a newer contract added; notes its version. */
static enum outrider_code heal_tables(struct store_conn *conn,
				      const struct meta *meta,
				      struct outrider_err *err)
{
	const struct store_schema *ours = conn->store->schema;
	enum outrider_code code = tables_make(conn, err);

	if (code == OUTRIDER_OK && meta->schema != ours->version) {
		struct backend_value values[] = { value_int(ours->version),
						  value_int(ours->size) };
		code = store_run(conn, NULL, STATEMENT_META_SCHEMA, values,
				 ARRAY_LEN(values), err);
	}
	return code;
}

static enum outrider_code
open_tables(struct store_conn *conn, struct outrider_err *err)
{
	struct store *store = conn->store;
	struct meta meta = { 0 };
	bool is_there = false;
	enum outrider_code code = meta_read(&meta, &is_there, conn, err);

	if (code != OUTRIDER_OK)
		return code;
	if (!is_there)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "this is no database of Outrider's; make one"
			       " with init");
	if (meta.layout < STORE_LAYOUT_FIRST || meta.layout > STORE_LAYOUT)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "the database has layout %" PRId64
			       " and this program knows layouts %d to %d only",
			       meta.layout, STORE_LAYOUT_FIRST, STORE_LAYOUT);
	if (meta.schema != (int64_t)store->schema->version &&
	    meta.size >= (int64_t)store->schema->size)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "the database was written by a newer program:"
			       " contract %" PRId64 ", and this one knows %u",
			       meta.schema, (unsigned)store->schema->version);
	store->epoch = meta.epoch;
	if (meta.layout != STORE_LAYOUT)
		code = layout_raise(conn, meta.layout, err);
	return code == OUTRIDER_OK ? heal_tables(conn, &meta, err) : code;
}

/* Runs one of the two in a transaction of its own. */
static enum outrider_code
in_transaction(struct store_conn *conn,
	       enum outrider_code (*run)(struct store_conn *conn,
					 struct outrider_err *err),
	       struct outrider_err *err)
{
	enum outrider_code code = exec(conn, STATEMENT_BEGIN_WRITE, err);

	if (code != OUTRIDER_OK)
		return code;
	code = run(conn, err);
	if (code == OUTRIDER_OK)
		code = exec(conn, STATEMENT_COMMIT, err);
	if (code != OUTRIDER_OK)
		conn_rollback(conn);
	return code;
}

/* ------------------------------------------------------------------- life */

enum outrider_code
store_create(const struct store_config *config, struct outrider_err *err)
{
	struct store *store = NULL;
	enum outrider_code code = store_new(&store, config, err);

	if (!store)
		return code;
	code = conn_open(&store->writer, store, BACKEND_CREATE, err);
	if (code == OUTRIDER_OK)
		code = in_transaction(store->writer, create_tables, err);
	store_close(store);
	return code;
}

enum outrider_code store_open(struct store **out,
			      const struct store_config *config,
			      struct outrider_err *err)
{
	struct store *store = NULL;
	enum outrider_code code = store_new(&store, config, err);

	*out = NULL;
	if (!store)
		return code;
	code = conn_open(&store->writer, store, BACKEND_WRITE, err);
	if (code == OUTRIDER_OK)
		code = in_transaction(store->writer, open_tables, err);
	if (code == OUTRIDER_OK && !store->is_inline)
		code = log_copy_start(store, err);
	if (code == OUTRIDER_OK && !store->is_inline)
		code = writer_start(store, err);
	if (code != OUTRIDER_OK) {
		store_close(store);
		return code;
	}
	*out = store;
	err_clear(err);
	return OUTRIDER_OK;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	writer_stop(store); /* it may wait for the copier */
	log_copy_stop(store);
	conn_close(store->writer);
	pthread_cond_destroy(&store->work);
	pthread_mutex_destroy(&store->lock);
	arena_free(&store->arena);
	free(store->path);
	free(store);
}

struct uuid store_epoch(const struct store *store)
{
	return store->epoch;
}

static enum outrider_code
write_epoch(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(user) };

	return store_run(tx, NULL, STATEMENT_META_EPOCH, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code
store_begin_epoch(struct store *store, struct outrider_err *err)
{
	const struct context *context = store->context;
	struct uuid epoch;
	enum outrider_code code;

	context->random(context->user, epoch.at, sizeof(epoch.at));
	code = store_write_now(store, write_epoch, &epoch, err);
	if (code == OUTRIDER_OK)
		store->epoch = epoch;
	return code;
}

/* ---------------------------------------------------------------- readers */

enum outrider_code store_reader_open(struct store_conn **out,
				     struct store *store,
				     struct outrider_err *err)
{
	return conn_open(out, store, BACKEND_READ, err);
}

void store_reader_close(struct store_conn *conn)
{
	if (conn)
		store_read_end(conn);
	conn_close(conn);
}

enum outrider_code store_read_begin(struct store_conn *conn, uint64_t *rev,
				    struct outrider_err *err)
{
	struct query query;
	bool has_row = false;
	enum outrider_code code = exec(conn, STATEMENT_BEGIN_READ, err);

	if (code != OUTRIDER_OK)
		return code;
	conn->is_in_snapshot = true;
	/* The first read takes the snapshot. */
	code = query_start(&query, conn, STATEMENT_REV, NULL, 0, err);
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && rev)
		*rev = (uint64_t)query_int(&query, 0);
	query_end(&query);
	if (code != OUTRIDER_OK)
		store_read_end(conn);
	return code;
}

void store_read_end(struct store_conn *conn)
{
	struct outrider_err err;

	if (!conn->is_in_snapshot)
		return;
	conn->is_in_snapshot = false;
	if (exec(conn, STATEMENT_COMMIT, &err) != OUTRIDER_OK)
		conn_rollback(conn);
}
