/*
 * Who refers to a record, newest first, and who has a handle.
 *
 * Links lie in lanes, one for each field of each kind that refers to the
 * target, each in the order of time: store_links finds the lanes and merges
 * them, so that a page costs a short range a lane, wherever it begins. Knows
 * no record and no caller.
 */
#include "store/parts.h"
#include "store/query.h"

#include <string.h>

#define LANE_MIN 4

struct lane {
	uint32_t kind, field;
	int64_t below_us; /* what is still to be fetched lies below */
	struct uuid below_id;
	struct store_link *entries;
	size_t at, n, room;
	bool is_dry;
};

/* Newest first; of one record by two fields, the lesser field first. */
static int compare(const struct store_link *a, const struct store_link *b)
{
	if (a->at_us != b->at_us)
		return a->at_us > b->at_us ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind > b->kind ? -1 : 1;
	int order = -uuid_compare(&a->id, &b->id);
	if (order != 0)
		return order;
	return a->field < b->field ? -1 : a->field > b->field;
}

static bool
is_same_record(const struct store_link *a, const struct store_link *b)
{
	return a->kind == b->kind && uuid_compare(&a->id, &b->id) == 0;
}

static enum outrider_code fill(struct lane *lane, struct store_conn *conn,
			       const struct store_link_query *asked,
			       struct arena *arena, struct outrider_err *err)
{
	struct query query = { 0 };
	bool has_row = true;

	if (lane->n > 0 && lane->room < asked->limit) {
		lane->room *= 2;
		lane->entries = NULL;
	}
	lane->at = lane->n = 0;
	if (!lane->entries)
		lane->entries =
			arena_alloc(arena, lane->room * sizeof(*lane->entries));
	if (!lane->entries)
		return store_no_memory(err);
	struct backend_value values[] = {
		value_uuid(&asked->target),  value_int(lane->kind),
		value_int(lane->field),	     value_int(lane->below_us),
		value_uuid(&lane->below_id), value_int((int64_t)lane->room),
	};
	enum outrider_code code = query_start(&query, conn, STATEMENT_LINK_NEXT,
					      values, ARRAY_LEN(values), err);
	while (code == OUTRIDER_OK && lane->n < lane->room) {
		struct store_link *entry = &lane->entries[lane->n];
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		*entry = (struct store_link){
			.at_us = query_int(&query, 0),
			.kind = lane->kind,
			.field = lane->field,
		};
		if (!query_uuid(&entry->id, &query, 1))
			code = store_damaged(conn, "link", err);
		lane->n++;
	}
	query_end(&query);
	lane->is_dry = !has_row;
	if (code == OUTRIDER_OK && lane->n > 0) {
		lane->below_us = lane->entries[lane->n - 1].at_us;
		lane->below_id = lane->entries[lane->n - 1].id;
	}
	return code;
}

/* The first entry of a lane that sorts behind (before_us, kind, id). */
static void set_begin(struct lane *lane, const struct store_link_query *asked)
{
	lane->below_us = asked->before_us;
	if (lane->kind == asked->before_kind)
		lane->below_id = asked->before_id;
	/* All of that moment sort behind it, where their kind is lesser. */
	else if (lane->kind < asked->before_kind &&
		 asked->before_us < INT64_MAX)
		lane->below_us++;
}

/*
 * The next (kind, field) that refers to the target; false: there is none. From
 * the next field on, and not above this one: a search for what is greater than
 * the beginning of a key reads all that have it.
 */
static enum outrider_code
next_lane(struct lane *lane, bool *has_lane, struct store_conn *conn,
	  const struct store_link_query *asked, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(&asked->target),
		value_int(lane->kind),
		value_int((int64_t)lane->field + 1),
	};
	struct query query;
	enum outrider_code code = query_start(&query, conn, STATEMENT_LINK_LANE,
					      values, ARRAY_LEN(values), err);

	if (code == OUTRIDER_OK)
		code = query_fetch(&query, has_lane, err);
	if (code == OUTRIDER_OK && *has_lane) {
		lane->kind = (uint32_t)query_int(&query, 0);
		lane->field = (uint32_t)query_int(&query, 1);
		*has_lane = !asked->only_kind || lane->kind == asked->only_kind;
	}
	query_end(&query);
	return code;
}

static enum outrider_code
open_lanes(struct list *lanes, struct store_conn *conn,
	   const struct store_link_query *asked, struct arena *arena,
	   struct outrider_err *err)
{
	struct lane found = { .kind = asked->only_kind };
	bool has_lane = true;
	enum outrider_code code = OUTRIDER_OK;

	while (code == OUTRIDER_OK) {
		code = next_lane(&found, &has_lane, conn, asked, err);
		if (code != OUTRIDER_OK || !has_lane)
			break;
		if (asked->kinds && !field_set_has(asked->kinds, found.kind))
			continue;
		struct lane *lane = list_add(lanes, arena);
		if (!lane)
			return store_no_memory(err);
		*lane = found;
		set_begin(lane, asked);
	}
	struct lane *all = lanes->at;
	for (size_t i = 0; i < lanes->n && code == OUTRIDER_OK; i++) {
		all[i].room = asked->limit / lanes->n + 1;
		if (all[i].room < LANE_MIN)
			all[i].room = LANE_MIN;
		code = fill(&all[i], conn, asked, arena, err);
	}
	return code;
}

/* The lane with the next entry, or NULL. There are few: one a field. */
static struct lane *first_lane(const struct list *lanes)
{
	struct lane *all = lanes->at, *first = NULL;

	for (size_t i = 0; i < lanes->n; i++) {
		if (all[i].at < all[i].n &&
		    (!first || compare(&all[i].entries[all[i].at],
				       &first->entries[first->at]) < 0))
			first = &all[i];
	}
	return first;
}

enum outrider_code store_links(struct store_conn *conn, struct store_link **out,
			       size_t *n, const struct store_link_query *asked,
			       struct arena *arena, struct outrider_err *err)
{
	struct list lanes = { .size = sizeof(struct lane) };
	struct list found = { .size = sizeof(struct store_link) };
	struct store_link last = { 0 };
	struct lane *lane = NULL;
	enum outrider_code code = open_lanes(&lanes, conn, asked, arena, err);

	while (code == OUTRIDER_OK && found.n < asked->limit &&
	       (lane = first_lane(&lanes))) {
		struct store_link entry = lane->entries[lane->at++];
		if (lane->at == lane->n && !lane->is_dry)
			code = fill(lane, conn, asked, arena, err);
		if (code != OUTRIDER_OK || is_same_record(&entry, &last))
			continue;
		last = entry;
		struct store_link *added = list_add(&found, arena);
		if (added)
			*added = entry;
		else
			code = store_no_memory(err);
	}
	*out = code == OUTRIDER_OK ? found.at : NULL;
	*n = code == OUTRIDER_OK ? found.n : 0;
	return code;
}

enum outrider_code
store_by_handle(struct store_conn *conn, struct store_link **out, size_t *n,
		enum field_handle type, struct bytes text, size_t limit,
		struct arena *arena, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_int(type),
		value_text(text),
		value_int((int64_t)limit),
	};
	struct list found = { .size = sizeof(struct store_link) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_HANDLE_FIND, values,
					      ARRAY_LEN(values), err);

	while (code == OUTRIDER_OK) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		struct store_link *link = list_add(&found, arena);
		if (!link) {
			code = store_no_memory(err);
			break;
		}
		link->kind = (uint32_t)query_int(&query, 0);
		link->field = (uint32_t)query_int(&query, 2);
		if (!query_uuid(&link->id, &query, 1))
			code = store_damaged(conn, "handle", err);
	}
	query_end(&query);
	*out = code == OUTRIDER_OK ? found.at : NULL;
	*n = code == OUTRIDER_OK ? found.n : 0;
	return code;
}
