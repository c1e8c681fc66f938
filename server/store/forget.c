/*
 * Tombstones and their end: see forget.h.
 */
#include "store/forget.h"

#include "store/lanes.h"
#include "store/setting.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one write: a deleted record lies in 96 scopes at most. */
enum { REMOVALS = 128, COLUMN_SCOPE = 5 };

static const char horizon_name[] = "sync.horizon";

struct removal {
	struct lane_entry entry;
	struct scope scope;
};

/* ----------------------------------------------------------------- horizon */

enum outrider_code
store_horizon(struct store_conn *conn, uint64_t *rev, struct outrider_err *err)
{
	char text[SETTING_MAX];
	enum outrider_code code = setting_get(conn, text, horizon_name, err);

	*rev = 0;
	if (code == OUTRIDER_OK && *text)
		*rev = strtoull(text, NULL, 10);
	return code;
}

static enum outrider_code
raise_horizon(struct store_conn *tx, uint64_t rev, struct outrider_err *err)
{
	char text[24];
	uint64_t standing;
	enum outrider_code code = store_horizon(tx, &standing, err);

	if (code != OUTRIDER_OK || rev <= standing)
		return code;
	snprintf(text, sizeof(text), "%" PRIu64, rev);
	return setting_put(tx, horizon_name, text, err);
}

/* -------------------------------------------------------------------- time */

/* The first change at or above a revision; *found 0: there is none. */
static enum outrider_code change_time(struct store_conn *conn, uint64_t rev,
				      uint64_t *found, int64_t *at_us,
				      struct outrider_err *err)
{
	struct backend_value values[] = { value_int((int64_t)rev) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_CHANGE_TIME, values,
					      ARRAY_LEN(values), err);

	*found = 0;
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row) {
		*found = (uint64_t)query_int(&query, 0);
		*at_us = query_int(&query, 1);
	}
	query_end(&query);
	return code;
}

enum outrider_code forget_find_rev(struct store_conn *tx, uint64_t *rev,
				   int64_t before_us, struct outrider_err *err)
{
	/* Invariant: below `low` all is before, at and above `high` nothing. */
	uint64_t low = 1, high = tx->rev + 1;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2, found;
		int64_t at_us = 0;
		enum outrider_code code =
			change_time(tx, middle, &found, &at_us, err);

		if (code != OUTRIDER_OK)
			return code;
		if (found != 0 && at_us < before_us)
			low = found + 1;
		else
			high = middle;
	}
	*rev = low - 1;
	return OUTRIDER_OK;
}

/* --------------------------------------------------------------- forgetting */

static enum outrider_code
read_removals(struct removal out[REMOVALS], size_t *n, struct store_conn *tx,
	      uint64_t after_rev, uint64_t up_to_rev, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_int((int64_t)after_rev),
		value_int((int64_t)up_to_rev),
		value_int(REMOVALS),
	};
	struct query query;
	bool has_row = true;
	enum outrider_code code = query_start(&query, tx, STATEMENT_STAY_GONE,
					      values, ARRAY_LEN(values), err);

	*n = 0;
	while (code == OUTRIDER_OK && *n < REMOVALS) {
		struct removal *removal = &out[*n];
		struct bytes scope;

		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		scope = query_bytes(&query, COLUMN_SCOPE);
		if (!lane_entry_read(&removal->entry, &query, 0) ||
		    scope.len != SCOPE_LEN) {
			code = store_damaged(tx, "feed", err);
			break;
		}
		memcpy(removal->scope.at, scope.at, SCOPE_LEN);
		(*n)++;
	}
	query_end(&query);
	return code;
}

/* The row and what is found by it; *out NULL where it has gone before. */
static enum outrider_code forget_row(struct row **out, struct store_conn *tx,
				     const struct store_kind *kind,
				     const struct uuid *id, struct arena *arena,
				     struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(id) };
	struct field_set all = { { UINT64_MAX, UINT64_MAX, UINT64_MAX,
				   UINT64_MAX } };
	struct row *row, *nothing = row_new(arena, kind->entity);
	enum outrider_code code =
		store_get(tx, &row, kind->entity, id, arena, err);

	*out = NULL;
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK)
		return code;
	if (!nothing)
		return store_no_memory(err);
	nothing->id = *id;
	code = side_put(tx, kind, row, nothing, &all, err);
	if (code == OUTRIDER_OK)
		code = store_run_rows(tx, NULL, kind->entity, ROW_FORGET,
				      values, ARRAY_LEN(values), err);
	*out = row;
	return code;
}

static enum outrider_code
forget_one(struct store_conn *tx, const struct removal *removal,
	   struct list *gone, struct arena *arena, struct outrider_err *err)
{
	const struct feed_entry *entry = &removal->entry.feed;
	const struct store_kind *kind =
		store_kind_numbered(tx->store, entry->kind);
	struct row *row = NULL, **added;
	enum outrider_code code = OUTRIDER_OK;

	if (entry->op == FEED_DELETED) {
		if (!kind ||
		    kind->entity->visibility == VISIBLE_TO_ORGANIZATION)
			return OUTRIDER_OK;
		code = forget_row(&row, tx, kind, &entry->id, arena, err);
	}
	if (code == OUTRIDER_OK)
		code = feed_forget(tx, &removal->scope, entry, err);
	if (code == OUTRIDER_OK)
		code = raise_horizon(tx, entry->rev, err);
	if (code != OUTRIDER_OK || !row)
		return code;
	added = list_add(gone, arena);
	if (!added)
		return store_no_memory(err);
	*added = row;
	return OUTRIDER_OK;
}

enum outrider_code forget_some(struct store_conn *tx, uint64_t *done_rev,
			       struct row ***gone, size_t *n_gone,
			       uint64_t after_rev, uint64_t up_to_rev,
			       struct arena *arena, struct outrider_err *err)
{
	struct list rows = { .size = sizeof(struct row *) };
	struct removal *removals =
		arena_alloc(arena, REMOVALS * sizeof(*removals));
	size_t n;
	enum outrider_code code;

	if (!removals)
		return store_no_memory(err);
	code = read_removals(removals, &n, tx, after_rev, up_to_rev, err);
	*done_rev = up_to_rev;
	/* The last revision may go on behind the list: it waits. */
	if (code == OUTRIDER_OK && n == REMOVALS) {
		uint64_t last = removals[n - 1].entry.feed.rev;

		while (n > 1 && removals[n - 1].entry.feed.rev == last)
			n--;
		*done_rev = last - 1;
	}
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++)
		code = forget_one(tx, &removals[i], &rows, arena, err);
	*gone = rows.at;
	*n_gone = rows.n;
	return code;
}
