/*
 * The merge behind feeds, lists and agendas: a heap of lanes. Knows neither
 * records nor what its order means.
 */
#include "store/lanes.h"

#define LANE_MIN 4
#define LANE_MAX 512

struct lane {
	const struct scope *scope;
	size_t index; /* the scope's, in what the caller gave */
	int64_t after_order;
	struct uuid after_id;
	struct lane_entry *entries;
	size_t at, n, room;
	bool is_dry; /* the database has no more */
};

bool lane_entry_read(struct lane_entry *out, const struct query *query,
		     size_t scope)
{
	out->order = query_int(query, 0);
	out->feed = (struct feed_entry){
		.scope = scope,
		.kind = (uint32_t)query_int(query, 2),
		.rev = (uint64_t)out->order,
		.entered_rev = (uint64_t)query_int(query, 3),
		.op = (enum feed_op)query_int(query, 4),
	};
	return query_uuid(&out->feed.id, query, 1);
}

static bool is_less(const struct lane *a, const struct lane *b)
{
	const struct lane_entry *x = &a->entries[a->at];
	const struct lane_entry *y = &b->entries[b->at];
	int order;

	if (x->order != y->order)
		return x->order < y->order;
	order = uuid_compare(&x->feed.id, &y->feed.id);
	return order < 0 || (order == 0 && a->index < b->index);
}

static void swap(struct lane *a, struct lane *b)
{
	struct lane moved = *a;

	*a = *b;
	*b = moved;
}

static void sift_down(struct lanes *lanes, size_t i)
{
	for (;;) {
		size_t least = i;
		for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++) {
			if (child < lanes->n &&
			    is_less(&lanes->heap[child], &lanes->heap[least]))
				least = child;
		}
		if (least == i)
			return;
		swap(&lanes->heap[i], &lanes->heap[least]);
		i = least;
	}
}

static void sift_up(struct lanes *lanes, size_t i)
{
	while (i > 0 && is_less(&lanes->heap[i], &lanes->heap[(i - 1) / 2])) {
		swap(&lanes->heap[i], &lanes->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

/* Goes on behind what the lane held; it is wider then, but no wider than what
 * is still to be taken. */
static void move_on(const struct lanes *lanes, struct lane *lane)
{
	const struct lane_entry *last = &lane->entries[lane->n - 1];
	size_t room = lane->room < LANE_MAX ? lane->room * 2 : lane->room;

	lane->after_order = last->order;
	lane->after_id = last->feed.id;
	if (lanes->n_left > 0 && room > lanes->n_left)
		room = lanes->n_left;
	if (room > lane->room)
		lane->entries = NULL;
	lane->room = room;
}

static enum outrider_code
fill(struct lanes *lanes, struct lane *lane, struct outrider_err *err)
{
	if (lane->n > 0)
		move_on(lanes, lane);
	lane->at = lane->n = 0;
	if (!lane->entries)
		lane->entries = arena_alloc(
			lanes->arena, lane->room * sizeof(*lane->entries));
	if (!lane->entries)
		return store_no_memory(err);
	struct backend_value values[] = {
		value_blob(lane->scope->at, SCOPE_LEN),
		value_int(lanes->kind ? lanes->kind : lane->after_order),
		value_uuid(&lane->after_id),
		value_int((int64_t)lane->room),
	};
	struct query query;
	bool has_row = true;
	enum outrider_code code = query_start(&query, lanes->conn, lanes->which,
					      values, ARRAY_LEN(values), err);
	while (code == OUTRIDER_OK && lane->n < lane->room) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		if (lane_entry_read(&lane->entries[lane->n], &query,
				    lane->index))
			lane->n++;
		else
			code = store_damaged(lanes->conn, "feed", err);
	}
	query_end(&query);
	lane->is_dry = !has_row;
	return code;
}

enum outrider_code lanes_open(struct lanes *lanes, size_t n_scopes,
			      size_t limit, struct outrider_err *err)
{
	lanes->room = n_scopes ? 2 * limit / n_scopes + 1 : 1;
	if (lanes->room < LANE_MIN)
		lanes->room = LANE_MIN;
	if (lanes->room > LANE_MAX)
		lanes->room = LANE_MAX;
	lanes->n = 0;
	lanes->n_added = 0;
	lanes->n_left = limit + 1; /* behind the last one is looked, too */
	lanes->heap = arena_alloc(lanes->arena,
				  (n_scopes + 1) * sizeof(*lanes->heap));
	return lanes->heap ? OUTRIDER_OK : store_no_memory(err);
}

enum outrider_code lanes_add(struct lanes *lanes, const struct scope *scope,
			     int64_t order, const struct uuid *id,
			     struct outrider_err *err)
{
	struct lane *lane = &lanes->heap[lanes->n];

	*lane = (struct lane){
		.scope = scope,
		.index = lanes->n_added++,
		.after_order = order,
		.after_id = *id,
		.room = lanes->room,
		/* What an empty lane left here: as much room. */
		.entries = lane->entries,
	};
	enum outrider_code code = fill(lanes, lane, err);
	if (code == OUTRIDER_OK && lane->n > 0)
		sift_up(lanes, lanes->n++);
	return code;
}

const struct lane_entry *lanes_least(const struct lanes *lanes)
{
	const struct lane *lane = lanes->heap;

	return lanes->n > 0 ? &lane->entries[lane->at] : NULL;
}

enum outrider_code lanes_next(struct lanes *lanes, struct outrider_err *err)
{
	struct lane *lane = &lanes->heap[0];

	lanes->n_left -= lanes->n_left > 0;
	if (++lane->at == lane->n && !lane->is_dry) {
		enum outrider_code code = fill(lanes, lane, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	if (lane->at == lane->n)
		*lane = lanes->heap[--lanes->n];
	sift_down(lanes, 0);
	return OUTRIDER_OK;
}
