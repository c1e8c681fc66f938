/*
 * Feeds: for each record and scope the latest entry, in the order of revisions;
 * and the same as stays, by kind and id. Owns what a write does to them, and
 * reading them as feeds and as lists of a kind.
 *
 * An entry is found by its revision: where the record lies, or lay when it was
 * deleted, that is the record's; where it left, its stay has it.
 */
#include "store/lanes.h"

/* ---------------------------------------------------------------- writing */

/* Of an entry that must be there. */
static enum outrider_code update_one(struct store_conn *conn,
				     enum statement which,
				     const struct backend_value *values,
				     size_t n_values, struct outrider_err *err)
{
	int64_t changes = 0;
	enum outrider_code code =
		store_run(conn, &changes, which, values, n_values, err);

	if (code == OUTRIDER_OK && changes != 1)
		code = store_damaged(conn, "feed", err);
	return code;
}

/* Up to the write's revision, from that of the record before it. */
static enum outrider_code
move(struct store_conn *conn, const struct feed_write *write,
     const uint8_t *scope, enum feed_op op, struct outrider_err *err)
{
	int64_t lane;
	enum outrider_code code = feed_lane(conn, &lane, scope, err);

	if (code != OUTRIDER_OK)
		return code;
	struct backend_value values[] = {
		value_int(lane + (int64_t)write->old_rev),
		value_int(lane + (int64_t)write->rev),
		value_int(op),
	};
	touched_add(&conn->touched, scope, write);
	return update_one(conn, STATEMENT_FEED_MOVE, values, ARRAY_LEN(values),
			  err);
}

/* Where the old entry is, the stay knows until it begins anew. */
static enum outrider_code
enter_again(struct store_conn *conn, const struct feed_write *write,
	    int64_t lane, const struct backend_value stay[4],
	    struct outrider_err *err)
{
	struct backend_value entry[] = {
		value_int(lane),
		stay[0],
		stay[1],
		stay[2],
		value_int((int64_t)write->rev),
	};
	enum outrider_code code = update_one(conn, STATEMENT_FEED_AGAIN, entry,
					     ARRAY_LEN(entry), err);

	return code == OUTRIDER_OK
		       ? update_one(conn, STATEMENT_STAY_AGAIN, stay, 4, err)
		       : code;
}

static enum outrider_code enter(struct store_conn *conn,
				const struct feed_write *write,
				const uint8_t *scope, struct outrider_err *err)
{
	struct backend_value stay[] = {
		value_blob(scope, SCOPE_LEN),
		value_int(write->kind),
		value_uuid(write->id),
		value_int((int64_t)write->rev),
	};
	int64_t is_first = 0, lane;
	enum outrider_code code = store_run(conn, &is_first,
					    STATEMENT_STAY_BEGIN, stay,
					    ARRAY_LEN(stay), err);

	touched_add(&conn->touched, scope, write);
	if (code == OUTRIDER_OK)
		code = feed_lane(conn, &lane, scope, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!is_first)
		return enter_again(conn, write, lane, stay, err);
	struct backend_value entry[] = {
		value_int(lane + (int64_t)write->rev),
		stay[2],
		stay[1],
		stay[3],
	};
	return store_run(conn, NULL, STATEMENT_FEED_PUT, entry,
			 ARRAY_LEN(entry), err);
}

static enum outrider_code
leave(struct store_conn *conn, const struct feed_write *write,
      const uint8_t *scope, enum feed_op op, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_blob(scope, SCOPE_LEN),
		value_int(write->kind),
		value_uuid(write->id),
		value_int((int64_t)write->rev),
		value_int(op),
	};
	enum outrider_code code = update_one(conn, STATEMENT_STAY_END, values,
					     ARRAY_LEN(values), err);

	return code == OUTRIDER_OK ? move(conn, write, scope, op, err) : code;
}

/* Does it keep its place in a scope where it lies afterwards? */
static bool stays(const struct feed_write *write, const struct scope *scope)
{
	struct scope_set one = { .at = scope, .n = 1 };

	return write->stood && scope_set_meets(&one, write->old_scopes);
}

/*
 *	             stands                        deleted
 *	new          enters its scopes             -
 *	stood        enters, or keeps its place;   DELETED where it lay
 *	             LEFT where it lay
 *	was deleted  enters anew; LEFT where it    DELETED where it lay
 *	             lay, so that lists of deleted
 *	             ones lose it too
 */
enum outrider_code feed_put(struct store_conn *conn,
			    const struct feed_write *write,
			    struct outrider_err *err)
{
	struct scope_set now = { .at = write->scopes, .n = write->n_scopes };
	enum feed_op gone = write->is_deleted ? FEED_DELETED : FEED_LEFT;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < now.n && !write->is_deleted; i++) {
		const uint8_t *scope = now.at[i].at;

		code = stays(write, &now.at[i])
			       ? move(conn, write, scope, FEED_PRESENT, err)
			       : enter(conn, write, scope, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	for (size_t i = 0; i + SCOPE_LEN <= write->old_scopes.len;
	     i += SCOPE_LEN) {
		const uint8_t *scope = write->old_scopes.at + i;
		if (!write->is_deleted && scope_set_has(&now, scope))
			continue;
		code = leave(conn, write, scope, gone, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	return OUTRIDER_OK;
}

enum outrider_code feed_forget(struct store_conn *tx, const struct scope *scope,
			       const struct feed_entry *entry,
			       struct outrider_err *err)
{
	struct backend_value stay[] = {
		value_blob(scope->at, SCOPE_LEN),
		value_int(entry->kind),
		value_uuid(&entry->id),
	};
	int64_t lane;
	enum outrider_code code = feed_lane(tx, &lane, scope->at, err);

	if (code != OUTRIDER_OK)
		return code;
	struct backend_value place = value_int(lane + (int64_t)entry->rev);
	code = store_run(tx, NULL, STATEMENT_FEED_FORGET, &place, 1, err);
	return code == OUTRIDER_OK ? store_run(tx, NULL, STATEMENT_STAY_FORGET,
					       stay, ARRAY_LEN(stay), err)
				   : code;
}

/* ---------------------------------------------------------------- reading */

enum outrider_code store_feed(struct store_conn *conn,
			      struct feed_entry **entries, size_t *n_entries,
			      const struct feed_position *positions,
			      size_t n_positions, size_t limit,
			      struct arena *arena, struct outrider_err *err)
{
	struct lanes lanes = {
		.conn = conn,
		.arena = arena,
		.which = STATEMENT_FEED_NEXT,
	};
	struct list found = { .size = sizeof(struct feed_entry) };
	const struct lane_entry *least = NULL;
	uint64_t last_rev = 0;
	size_t n_records = 0;
	enum outrider_code code = lanes_open(&lanes, n_positions, limit, err);

	for (size_t i = 0; i < n_positions && code == OUTRIDER_OK; i++)
		code = lanes_add(&lanes, &positions[i].scope,
				 (int64_t)positions[i].rev, &positions[i].id,
				 err);
	while (code == OUTRIDER_OK && (least = lanes_least(&lanes))) {
		/* A revision is one record's, in however many scopes. */
		n_records += least->feed.rev != last_rev;
		if (n_records > limit)
			break;
		last_rev = least->feed.rev;
		struct feed_entry *entry = list_add(&found, arena);
		if (!entry) {
			code = store_no_memory(err);
			break;
		}
		*entry = least->feed;
		code = lanes_next(&lanes, err);
	}
	*entries = found.at;
	*n_entries = found.n;
	return code;
}

static enum outrider_code
add_feed_of(struct list *found, struct store_conn *conn,
	    const struct store_feed_query *asked, size_t scope,
	    struct arena *arena, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_blob(asked->scopes[scope].at, SCOPE_LEN),
		value_int(asked->kind),
		value_uuid(&asked->id),
	};
	struct query query;
	struct lane_entry entry;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn, STATEMENT_STAY_OF,
					      values, ARRAY_LEN(values), err);

	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row) {
		struct feed_entry *added = list_add(found, arena);
		if (!added)
			code = store_no_memory(err);
		else if (!lane_entry_read(&entry, &query, scope))
			code = store_damaged(conn, "feed", err);
		else
			*added = entry.feed;
	}
	query_end(&query);
	return code;
}

enum outrider_code store_feed_of(struct store_conn *conn,
				 struct feed_entry **entries, size_t *n_entries,
				 const struct store_feed_query *asked,
				 struct arena *arena, struct outrider_err *err)
{
	struct list found = { .size = sizeof(struct feed_entry) };
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < asked->n_scopes && code == OUTRIDER_OK; i++)
		code = add_feed_of(&found, conn, asked, i, arena, err);
	*entries = found.at;
	*n_entries = found.n;
	return code;
}

enum outrider_code store_present(struct store_conn *conn,
				 struct feed_entry **entries, size_t *n_entries,
				 const struct store_present_query *asked,
				 struct arena *arena, struct outrider_err *err)
{
	struct lanes lanes = {
		.conn = conn,
		.arena = arena,
		.which = STATEMENT_LIST_PRESENT,
		.kind = asked->kind,
	};
	struct list found = { .size = sizeof(struct feed_entry) };
	const struct lane_entry *least;
	struct uuid last = asked->after;
	size_t n_records = 0;
	enum outrider_code code =
		lanes_open(&lanes, asked->n_scopes, asked->limit, err);

	for (size_t i = 0; i < asked->n_scopes && code == OUTRIDER_OK; i++)
		code = lanes_add(&lanes, &asked->scopes[i], 0, &asked->after,
				 err);
	while (code == OUTRIDER_OK && (least = lanes_least(&lanes))) {
		struct feed_entry *entry;

		n_records += uuid_compare(&least->feed.id, &last) != 0;
		if (n_records > asked->limit)
			break;
		last = least->feed.id;
		entry = list_add(&found, arena);
		if (!entry) {
			code = store_no_memory(err);
			break;
		}
		*entry = least->feed;
		code = lanes_next(&lanes, err);
	}
	*entries = found.at;
	*n_entries = found.n;
	return code;
}

enum outrider_code store_list(struct store_conn *conn, struct row ***rows,
			      size_t *n_rows,
			      const struct store_list_query *asked,
			      struct arena *arena, struct outrider_err *err)
{
	struct lanes lanes = {
		.conn = conn,
		.arena = arena,
		.which = asked->with_deleted ? STATEMENT_LIST_ALL
					     : STATEMENT_LIST_PRESENT,
		.kind = asked->entity->number,
	};
	struct list found = { .size = sizeof(struct row *) };
	struct uuid last = { { 0 } };
	enum outrider_code code =
		lanes_open(&lanes, asked->n_scopes, asked->limit, err);

	for (size_t i = 0; i < asked->n_scopes && code == OUTRIDER_OK; i++)
		code = lanes_add(&lanes, &asked->scopes[i], 0, &asked->after,
				 err);
	while (code == OUTRIDER_OK && found.n < asked->limit &&
	       lanes_least(&lanes)) {
		struct uuid id = lanes_least(&lanes)->feed.id;
		code = lanes_next(&lanes, err);
		if (code != OUTRIDER_OK || uuid_compare(&id, &last) == 0)
			continue;
		last = id;
		struct row **row = list_add(&found, arena);
		code = row ? store_get(conn, row, asked->entity, &id, arena,
				       err)
			   : store_no_memory(err);
	}
	*rows = code == OUTRIDER_OK ? found.at : NULL;
	*n_rows = code == OUTRIDER_OK ? found.n : 0;
	return code;
}
