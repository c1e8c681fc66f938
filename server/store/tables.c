/*
 * Tables that stand as the contract wants them: makes what is missing, a
 * whole kind or a column, and changes nothing that is there. So a new kind
 * needs nothing but its .proto file, and an empty database nothing else.
 */
#include "store/parts.h"

#include <string.h>

#define COLUMNS_MAX 128

struct column_names {
	char at[COLUMNS_MAX][64];
	size_t n;
	bool is_new; /* the table was made just now */
};

enum outrider_code
tables_exec(struct store_conn *conn, const char *sql, struct outrider_err *err)
{
	if (!sql)
		return store_no_memory(err);
	enum backend_result result = conn->store->backend->exec(conn->db, sql);
	if (result == BACKEND_DONE)
		return OUTRIDER_OK;
	return conn_fail(conn, result, "store.tables_failed", err);
}

static enum outrider_code
read_columns(struct column_names *names, struct store_conn *conn,
	     const char *table, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_text((struct bytes){ (const uint8_t *)table,
					   strlen(table) }),
	};
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn, STATEMENT_COLUMNS,
					      values, ARRAY_LEN(values), err);

	names->n = 0;
	while (code == OUTRIDER_OK) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		struct bytes name = query_bytes(&query, 0);
		if (names->n == COLUMNS_MAX || name.len >= sizeof(*names->at)) {
			code = store_damaged(conn, "columns", err);
			break;
		}
		memcpy(names->at[names->n], name.at, name.len);
		names->at[names->n++][name.len] = '\0';
	}
	query_end(&query);
	return code;
}

static bool
has_column(const struct column_names *names, const char *name, size_t len)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strlen(names->at[i]) == len &&
		    memcmp(names->at[i], name, len) == 0)
			return true;
	}
	return false;
}

/*
 * Adds a column unless it is there. definition begins with its name, in
 * quotes or not.
 */
static enum outrider_code
add_column(struct store_conn *conn, const struct column_names *names,
	   const struct entity *entity, const char *definition, size_t len,
	   struct outrider_err *err)
{
	bool is_quoted = definition[0] == '"';
	const char *name = definition + is_quoted;
	size_t name_len = strcspn(name, is_quoted ? "\"" : " ");

	if (has_column(names, name, name_len))
		return OUTRIDER_OK;
	enum outrider_code code = tables_exec(
		conn,
		sql_add_column(&conn->scratch, conn->store->backend->dialect,
			       entity, definition, len),
		err);
	if (code == OUTRIDER_OK && !names->is_new)
		context_log(conn->store->context, LOG_LEVEL_INFO,
			    "store.column_added", "table=%s column=%.*s",
			    entity->table, (int)name_len, name);
	return code;
}

/* The lines between the first and the last of a CREATE TABLE are columns. */
static enum outrider_code
add_columns(struct store_conn *conn, const struct entity *entity,
	    const char *create, bool is_new, struct outrider_err *err)
{
	struct column_names names = { .is_new = is_new };
	enum outrider_code code =
		read_columns(&names, conn, entity->table, err);
	const char *line = strchr(create, '\n');

	while (code == OUTRIDER_OK && line) {
		line += 1 + strspn(line + 1, "\t ");
		if (*line == ')')
			break;
		size_t len = strcspn(line, "\n");
		bool has_comma = len > 0 && line[len - 1] == ',';
		code = add_column(conn, &names, entity, line, len - has_comma,
				  err);
		line = strchr(line, '\n');
	}
	if (code == OUTRIDER_OK)
		code = add_column(conn, &names, entity, sql_scopes_column,
				  strlen(sql_scopes_column), err);
	return code;
}

static enum outrider_code
make_kind(struct store_conn *conn, const struct entity *entity,
	  const char *create, struct outrider_err *err)
{
	const struct store_dialect *dialect = conn->store->backend->dialect;
	struct column_names names;
	enum outrider_code code =
		read_columns(&names, conn, entity->table, err);

	bool is_new = names.n == 0;
	if (code == OUTRIDER_OK && is_new)
		code = tables_exec(conn, create, err);
	if (code == OUTRIDER_OK)
		code = add_columns(conn, entity, create, is_new, err);
	for (size_t n = 0; code == OUTRIDER_OK; n++) {
		const char *sql =
			sql_make_index(&conn->scratch, dialect, entity, n);
		if (!sql)
			break;
		code = tables_exec(conn, sql, err);
	}
	return code;
}

enum outrider_code
tables_make(struct store_conn *conn, struct outrider_err *err)
{
	const struct store *store = conn->store;
	const struct store_dialect *dialect = store->backend->dialect;
	const char *const *creates = store->schema->tables;
	enum outrider_code code = OUTRIDER_OK;

	if (!creates)
		creates = dialect->row_tables;
	for (size_t n = 0; code == OUTRIDER_OK; n++) {
		const char *sql = sql_make_table(&conn->scratch, dialect, n);
		if (!sql)
			break;
		code = tables_exec(conn, sql, err);
	}
	for (size_t i = 0; code == OUTRIDER_OK && i < store->schema->n_entities;
	     i++)
		code = make_kind(conn, store->schema->entities[i], creates[i],
				 err);
	if (code == OUTRIDER_OK)
		code = search_tables_make(conn, err);
	arena_reset(&conn->scratch);
	return code;
}
