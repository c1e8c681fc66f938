/*
 * Reads of single kinds by what their name promises: sign-in, the teams'
 * tree, a user's records, alerts. Each runs over an index of its own; see
 * named_indexes in sql.c.
 */
#include "store/parts.h"
#include "store/places.h"

#include <string.h>

static enum outrider_code
entity_named(const struct entity **out, const struct store_conn *conn,
	     const char *name, struct outrider_err *err)
{
	*out = store_entity_named(conn->store, name);
	if (*out)
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_UNIMPLEMENTED, NULL,
		       "this store holds no %s", name);
}

/* A started query over rows, and what of it is wanted. */
struct scan {
	struct query *query;
	const struct entity *entity;
	const struct scope_set *scopes; /* any of them; NULL: all rows */
	size_t limit;
};

/* The rows; ends the query. */
static enum outrider_code collect(struct row ***rows, size_t *n_rows,
				  const struct scan *scan, struct arena *arena,
				  struct outrider_err *err)
{
	struct list found = { .size = sizeof(struct row *) };
	enum outrider_code code = OUTRIDER_OK;
	bool has_row = false;

	while (found.n < scan->limit) {
		code = query_fetch(scan->query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		if (scan->scopes &&
		    !scope_set_meets(scan->scopes,
				     query_bytes(scan->query, COLUMN_SCOPES)))
			continue;
		struct row **row = list_add(&found, arena);
		code = row ? row_of_query(row, scan->query, scan->entity, arena,
					  err)
			   : store_no_memory(err);
		if (code != OUTRIDER_OK)
			break;
	}
	query_end(scan->query);
	*rows = found.at;
	*n_rows = found.n;
	return code;
}

enum outrider_code store_user_by_login(struct store_conn *conn,
				       struct row **out, const char *login_name,
				       size_t len, struct arena *arena,
				       struct outrider_err *err)
{
	struct backend_value values[] = { value_text(
		(struct bytes){ (const uint8_t *)login_name, len }) };
	const struct entity *entity = NULL;
	struct query query;
	struct row **rows = NULL;
	size_t n = 0;
	enum outrider_code code = entity_named(&entity, conn, "user", err);

	*out = NULL;
	if (code == OUTRIDER_OK)
		code = query_start_rows(&query, conn, entity, ROW_BY_LOGIN,
					values, ARRAY_LEN(values), err);
	if (code != OUTRIDER_OK)
		return code;
	struct scan scan = { &query, entity, NULL, 1 };
	code = collect(&rows, &n, &scan, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	if (n == 0)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such user");
	*out = rows[0];
	return OUTRIDER_OK;
}

enum outrider_code store_teams(struct store_conn *conn, struct team_edge **out,
			       size_t *n, struct arena *arena,
			       struct outrider_err *err)
{
	struct list found = { .size = sizeof(struct team_edge) };
	const struct entity *entity = NULL;
	struct query query;
	bool has_row = false;
	enum outrider_code code = entity_named(&entity, conn, "team", err);

	*out = NULL;
	*n = 0;
	if (code != OUTRIDER_OK)
		return code;
	code = query_start_rows(&query, conn, entity, ROW_TEAMS, NULL, 0, err);
	while (code == OUTRIDER_OK) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		struct team_edge *edge = list_add(&found, arena);
		if (!edge)
			code = store_no_memory(err);
		else if (!query_uuid(&edge->id, &query, 0) ||
			 !query_uuid(&edge->parent, &query, 1))
			code = store_damaged(conn, "team", err);
	}
	query_end(&query);
	*out = found.at;
	*n = found.n;
	return code;
}

enum outrider_code store_owned(struct store_conn *conn, struct row ***rows,
			       size_t *n_rows,
			       const struct store_owned_query *asked,
			       struct arena *arena, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(&asked->owner),
		value_uuid(&asked->after),
		value_int((int64_t)asked->limit),
	};
	struct query query;
	enum outrider_code code = query_start_rows(&query, conn, asked->entity,
						   ROW_OWNED, values,
						   ARRAY_LEN(values), err);

	*rows = NULL;
	*n_rows = 0;
	if (code != OUTRIDER_OK)
		return code;
	struct scan scan = { &query, asked->entity, NULL, asked->limit };
	return collect(rows, n_rows, &scan, arena, err);
}

static struct backend_value value_real(double d)
{
	return (struct backend_value){ .type = BACKEND_REAL, .d = d };
}

enum outrider_code
store_places_about(struct store_conn *conn, struct row ***rows, size_t *n_rows,
		   const struct places_query *asked, struct arena *arena,
		   struct outrider_err *err)
{
	struct backend_value values[] = {
		value_real(asked->south),	  value_real(asked->north),
		value_real(asked->west),	  value_real(asked->east),
		value_int((int64_t)asked->limit),
	};
	const struct entity *entity = NULL;
	struct query query;
	enum outrider_code code = entity_named(&entity, conn, "place", err);

	*rows = NULL;
	*n_rows = 0;
	if (code == OUTRIDER_OK)
		code = query_start_rows(&query, conn, entity, ROW_PLACES_ABOUT,
					values, ARRAY_LEN(values), err);
	if (code != OUTRIDER_OK)
		return code;
	struct scan scan = { &query, entity, NULL, asked->limit };
	return collect(rows, n_rows, &scan, arena, err);
}

enum outrider_code store_alerts(struct store_conn *conn, struct row ***rows,
				size_t *n_rows,
				const struct store_alerts_query *asked,
				struct arena *arena, struct outrider_err *err)
{
	struct backend_value values[] = { value_int((int64_t)asked->above) };
	const struct entity *entity = NULL;
	struct scope_set set;
	struct query query;
	enum outrider_code code = entity_named(&entity, conn, "alert", err);

	*rows = NULL;
	*n_rows = 0;
	if (code != OUTRIDER_OK)
		return code;
	if (!scope_set_init(&set, asked->scopes, asked->n_scopes, arena))
		return store_no_memory(err);
	code = query_start_rows(&query, conn, entity,
				asked->only_open ? ROW_ALERTS_OPEN : ROW_ALERTS,
				values, ARRAY_LEN(values), err);
	if (code != OUTRIDER_OK)
		return code;
	struct scan scan = { &query, entity, &set, asked->limit };
	return collect(rows, n_rows, &scan, arena, err);
}
