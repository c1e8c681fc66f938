/*
 * Feeds: for each record and scope the latest entry, and reading them.
 *
 * Entries of one scope lie in order in the database; what a reader of many
 * scopes gets is a merge of them. Each scope is a lane that holds a few of
 * its next entries and fetches more when they run out, so that a merge costs
 * one short range scan a lane, whatever the table's size.
 */
#include "store/parts.h"

#include <string.h>

/* ---------------------------------------------------------------- writing */

static enum outrider_code
enter(struct store_conn *conn, const struct feed_write *write,
      const struct scope *scope, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_blob(scope->at, SCOPE_LEN),
		value_int(write->kind),
		value_uuid(write->id),
		value_int((int64_t)write->rev),
	};

	return store_run(conn, NULL, STATEMENT_FEED_ENTER, values,
			 ARRAY_LEN(values), err);
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
	int64_t changes = 0;
	enum outrider_code code = store_run(conn, &changes,
					    STATEMENT_FEED_LEAVE, values,
					    ARRAY_LEN(values), err);

	if (code == OUTRIDER_OK && changes != 1)
		code = store_damaged(conn, "feed", err);
	return code;
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
		code = enter(conn, write, &now.at[i], err);
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

/* ------------------------------------------------------------------ lanes */

#define LANE_MIN 4
#define LANE_MAX 512

struct lane {
	const struct scope *scope;
	size_t index; /* the scope's, in what the caller gave */
	struct feed_position after;
	struct feed_entry *entries;
	size_t at, n, room;
	bool is_dry; /* the database has no more */
};

/* What differs between reading feeds and listing a kind. */
struct lanes {
	struct store_conn *conn;
	struct arena *arena;
	enum statement which;
	uint32_t kind;	   /* lists: in the order of ids */
	struct lane *heap; /* the least entry first */
	size_t n;
};

static bool is_list(const struct lanes *lanes)
{
	return lanes->which != STATEMENT_FEED_NEXT;
}

static int compare_entries(const struct lanes *lanes,
			   const struct feed_entry *a,
			   const struct feed_entry *b)
{
	if (!is_list(lanes) && a->rev != b->rev)
		return a->rev < b->rev ? -1 : 1;
	return uuid_compare(&a->id, &b->id);
}

static bool
lane_less(const struct lanes *lanes, const struct lane *a, const struct lane *b)
{
	int order =
		compare_entries(lanes, &a->entries[a->at], &b->entries[b->at]);

	return order < 0 || (order == 0 && a->index < b->index);
}

static void sift_down(struct lanes *lanes, size_t i)
{
	for (;;) {
		size_t least = i;
		for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++) {
			if (child < lanes->n &&
			    lane_less(lanes, &lanes->heap[child],
				      &lanes->heap[least]))
				least = child;
		}
		if (least == i)
			return;
		struct lane moved = lanes->heap[i];
		lanes->heap[i] = lanes->heap[least];
		lanes->heap[least] = moved;
		i = least;
	}
}

static bool
read_entry(struct feed_entry *out, const struct query *query, size_t scope)
{
	out->scope = scope;
	out->rev = (uint64_t)query_int(query, 0);
	out->kind = (uint32_t)query_int(query, 2);
	out->entered_rev = (uint64_t)query_int(query, 3);
	out->op = (enum feed_op)query_int(query, 4);
	return query_uuid(&out->id, query, 1);
}

static enum outrider_code
lane_query(struct query *query, const struct lanes *lanes,
	   const struct lane *lane, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_blob(lane->scope->at, SCOPE_LEN),
		is_list(lanes) ? value_int(lanes->kind)
			       : value_int((int64_t)lane->after.rev),
		value_uuid(&lane->after.id),
		value_int((int64_t)lane->room),
	};

	return query_start(query, lanes->conn, lanes->which, values,
			   ARRAY_LEN(values), err);
}

/* Reads the lane's next entries; it is twice as wide each time. */
static enum outrider_code
lane_fill(struct lanes *lanes, struct lane *lane, struct outrider_err *err)
{
	struct query query;
	bool has_row = true;

	if (lane->n > 0) {
		const struct feed_entry *last = &lane->entries[lane->n - 1];
		lane->after.rev = last->rev;
		lane->after.id = last->id;
		if (lane->room < LANE_MAX) {
			lane->room *= 2;
			lane->entries = NULL;
		}
	}
	lane->at = 0;
	lane->n = 0;
	if (!lane->entries)
		lane->entries = arena_alloc(
			lanes->arena, lane->room * sizeof(*lane->entries));
	if (!lane->entries)
		return store_no_memory(err);
	enum outrider_code code = lane_query(&query, lanes, lane, err);
	while (code == OUTRIDER_OK && lane->n < lane->room) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		if (!read_entry(&lane->entries[lane->n], &query, lane->index))
			code = store_damaged(lanes->conn, "feed", err);
		else
			lane->n++;
	}
	query_end(&query);
	lane->is_dry = !has_row;
	return code;
}

/* positions and n: the lanes; empty ones are dropped at once. */
static enum outrider_code
lanes_open(struct lanes *lanes, const struct feed_position *positions, size_t n,
	   size_t limit, struct outrider_err *err)
{
	size_t room = n ? 2 * limit / n + 1 : 1;

	if (room < LANE_MIN)
		room = LANE_MIN;
	if (room > LANE_MAX)
		room = LANE_MAX;
	lanes->heap = arena_alloc(lanes->arena, (n + 1) * sizeof(struct lane));
	if (!lanes->heap)
		return store_no_memory(err);
	for (size_t i = 0; i < n; i++) {
		struct lane *lane = &lanes->heap[lanes->n];
		*lane = (struct lane){
			.scope = &positions[i].scope,
			.index = i,
			.after = positions[i],
			.room = room,
			/* An empty lane's room goes to the next one. */
			.entries = lane->entries,
		};
		enum outrider_code code = lane_fill(lanes, lane, err);
		if (code != OUTRIDER_OK)
			return code;
		lanes->n += lane->n > 0;
	}
	for (size_t i = lanes->n / 2; i-- > 0;)
		sift_down(lanes, i);
	return OUTRIDER_OK;
}

/* Takes the least entry away: *out is a copy. */
static enum outrider_code lanes_next(struct lanes *lanes,
				     struct feed_entry *out,
				     struct outrider_err *err)
{
	struct lane *lane = &lanes->heap[0];

	*out = lane->entries[lane->at++];
	if (lane->at == lane->n && !lane->is_dry) {
		enum outrider_code code = lane_fill(lanes, lane, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	if (lane->at == lane->n)
		*lane = lanes->heap[--lanes->n];
	sift_down(lanes, 0);
	return OUTRIDER_OK;
}

/*
 * Entries in order until limit different records are complete. Of a list only
 * one entry a record is kept.
 */
static enum outrider_code lanes_take(struct lanes *lanes, struct list *out,
				     size_t limit, struct outrider_err *err)
{
	size_t n_records = 0;
	struct feed_entry last, entry;

	while (lanes->n > 0) {
		const struct lane *lane = &lanes->heap[0];
		bool is_same = n_records > 0 &&
			       compare_entries(lanes, &last,
					       &lane->entries[lane->at]) == 0;
		if (!is_same && n_records == limit)
			return OUTRIDER_OK;
		enum outrider_code code = lanes_next(lanes, &entry, err);
		if (code != OUTRIDER_OK)
			return code;
		n_records += !is_same;
		last = entry;
		if (is_same && is_list(lanes))
			continue;
		struct feed_entry *added = list_add(out, lanes->arena);
		if (!added)
			return store_no_memory(err);
		*added = entry;
	}
	return OUTRIDER_OK;
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
	enum outrider_code code =
		lanes_open(&lanes, positions, n_positions, limit, err);

	if (code == OUTRIDER_OK)
		code = lanes_take(&lanes, &found, limit, err);
	*entries = found.at;
	*n_entries = found.n;
	return code;
}

enum outrider_code store_feed_of(struct store_conn *conn,
				 struct feed_entry **entries, size_t *n_entries,
				 uint32_t kind, const struct uuid *id,
				 const struct scope *scopes, size_t n_scopes,
				 struct arena *arena, struct outrider_err *err)
{
	struct list found = { .size = sizeof(struct feed_entry) };
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < n_scopes && code == OUTRIDER_OK; i++) {
		struct backend_value values[] = {
			value_blob(scopes[i].at, SCOPE_LEN),
			value_int(kind),
			value_uuid(id),
		};
		struct query query;
		bool has_row = false;
		code = query_start(&query, conn, STATEMENT_FEED_OF, values,
				   ARRAY_LEN(values), err);
		if (code == OUTRIDER_OK)
			code = query_fetch(&query, &has_row, err);
		if (code == OUTRIDER_OK && has_row) {
			struct feed_entry *entry = list_add(&found, arena);
			if (!entry)
				code = store_no_memory(err);
			else if (!read_entry(entry, &query, i))
				code = store_damaged(conn, "feed", err);
		}
		query_end(&query);
	}
	*entries = found.at;
	*n_entries = found.n;
	return code;
}

enum outrider_code
store_list(struct store_conn *conn, struct row ***rows, size_t *n_rows,
	   const struct entity *entity, const struct scope *scopes,
	   size_t n_scopes, bool with_deleted, const struct uuid *after,
	   size_t limit, struct arena *arena, struct outrider_err *err)
{
	struct lanes lanes = {
		.conn = conn,
		.arena = arena,
		.which = with_deleted ? STATEMENT_LIST_ALL
				      : STATEMENT_LIST_PRESENT,
		.kind = entity->number,
	};
	struct list found = { .size = sizeof(struct feed_entry) };
	struct list out = { .size = sizeof(struct row *) };
	struct feed_position *positions =
		arena_alloc(arena, (n_scopes + 1) * sizeof(*positions));

	*rows = NULL;
	*n_rows = 0;
	if (!positions)
		return store_no_memory(err);
	for (size_t i = 0; i < n_scopes; i++)
		positions[i] = (struct feed_position){
			.scope = scopes[i],
			.id = *after,
		};
	enum outrider_code code =
		lanes_open(&lanes, positions, n_scopes, limit, err);
	if (code == OUTRIDER_OK)
		code = lanes_take(&lanes, &found, limit, err);
	for (size_t i = 0; i < found.n && code == OUTRIDER_OK; i++) {
		const struct feed_entry *entry =
			(struct feed_entry *)found.at + i;
		struct row **row = list_add(&out, arena);
		code = row ? store_get(conn, row, entity, &entry->id, arena,
				       err)
			   : store_no_memory(err);
	}
	if (code != OUTRIDER_OK)
		return code;
	*rows = out.at;
	*n_rows = out.n;
	return OUTRIDER_OK;
}
