/*
 * Reads of single kinds by what their name promises: sign-in, the teams'
 * tree, a user's records, a day's meetings, alerts. Each runs over an index of
 * its own; see named_indexes in sql.c.
 */
#include "store/parts.h"

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

/*
 * The rows of a started query that lie in any of the scopes (NULL: all), at
 * most limit; ends the query.
 */
static enum outrider_code
collect(struct row ***rows, size_t *n_rows, struct query *query,
	const struct entity *entity, const struct scope_set *scopes,
	size_t limit, struct arena *arena, struct outrider_err *err)
{
	struct list found = { .size = sizeof(struct row *) };
	enum outrider_code code = OUTRIDER_OK;
	bool has_row = false;

	while (found.n < limit) {
		code = query_fetch(query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		if (scopes &&
		    !scope_set_meets(scopes, query_bytes(query, COLUMN_SCOPES)))
			continue;
		struct row **row = list_add(&found, arena);
		code = row ? row_of_query(row, query, entity, arena, err)
			   : store_no_memory(err);
		if (code != OUTRIDER_OK)
			break;
	}
	query_end(query);
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
	if (code == OUTRIDER_OK)
		code = collect(&rows, &n, &query, entity, NULL, 1, arena, err);
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
			       size_t *n_rows, const struct entity *entity,
			       const struct uuid *owner,
			       const struct uuid *after, size_t limit,
			       struct arena *arena, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(owner),
		value_uuid(after),
		value_int((int64_t)limit),
	};
	struct query query;
	enum outrider_code code = query_start_rows(&query, conn, entity,
						   ROW_OWNED, values,
						   ARRAY_LEN(values), err);

	*rows = NULL;
	*n_rows = 0;
	if (code != OUTRIDER_OK)
		return code;
	return collect(rows, n_rows, &query, entity, NULL, limit, arena, err);
}

enum outrider_code
store_meetings(struct store_conn *conn, struct row ***rows, size_t *n_rows,
	       const struct scope *scopes, size_t n_scopes,
	       const struct uuid *owner, int64_t from_us, int64_t until_us,
	       int64_t after_us, const struct uuid *after, size_t limit,
	       struct arena *arena, struct outrider_err *err)
{
	bool is_everybody = uuid_is_zero(owner);
	struct backend_value values[] = {
		value_int(from_us), value_int(until_us), value_int(after_us),
		value_uuid(after),  value_uuid(owner),
	};
	const struct entity *entity = NULL;
	struct scope_set set;
	struct query query;
	enum outrider_code code = entity_named(&entity, conn, "meeting", err);

	*rows = NULL;
	*n_rows = 0;
	if (code != OUTRIDER_OK)
		return code;
	if (!scope_set_init(&set, scopes, n_scopes, arena))
		return store_no_memory(err);
	code = query_start_rows(&query, conn, entity,
				is_everybody ? ROW_MEETINGS : ROW_MEETINGS_OF,
				values, ARRAY_LEN(values) - is_everybody, err);
	if (code != OUTRIDER_OK)
		return code;
	return collect(rows, n_rows, &query, entity, &set, limit, arena, err);
}

enum outrider_code store_alerts(struct store_conn *conn, struct row ***rows,
				size_t *n_rows, const struct scope *scopes,
				size_t n_scopes, bool only_open, uint64_t above,
				size_t limit, struct arena *arena,
				struct outrider_err *err)
{
	struct backend_value values[] = { value_int((int64_t)above) };
	const struct entity *entity = NULL;
	struct scope_set set;
	struct query query;
	enum outrider_code code = entity_named(&entity, conn, "alert", err);

	*rows = NULL;
	*n_rows = 0;
	if (code != OUTRIDER_OK)
		return code;
	if (!scope_set_init(&set, scopes, n_scopes, arena))
		return store_no_memory(err);
	code = query_start_rows(&query, conn, entity,
				only_open ? ROW_ALERTS_OPEN : ROW_ALERTS,
				values, ARRAY_LEN(values), err);
	if (code != OUTRIDER_OK)
		return code;
	return collect(rows, n_rows, &query, entity, &set, limit, arena, err);
}
