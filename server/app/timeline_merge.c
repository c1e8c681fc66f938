/*
 * Two merges in one. Records come in the order of (time, kind, id) out of a
 * lane for each target, changes in the order of revisions out of another, and
 * of the first of each the later comes first: a record, where both are of one
 * moment. A lane holds a few entries and fetches twice as many each time they
 * run out.
 *
 * The position is therefore two keys, whatever the number of lanes. Changes
 * go by revision and not by time, because a server's clock may have been set
 * back: no page loses or repeats one for that.
 */
#include "app/timeline_parts.h"

#include "store/past.h"
#include "store/query.h"

#include <string.h>

enum {
	LANE_MIN = 4,
	LANE_MAX = 64,
};

struct record_lane {
	struct timeline_position below; /* what is still to be fetched */
	struct store_link *entries;
	size_t at, n, room;
	bool is_dry;
};

struct change_lane {
	uint64_t below_rev;
	struct past *entries;
	size_t at, n, room;
	bool is_dry;
};

struct timeline_merge {
	struct timeline *timeline;
	struct record_lane records[TIMELINE_TARGETS_MAX];
	struct change_lane changes[TIMELINE_TARGETS_MAX];
	size_t n_records, n_changes; /* lanes in use */
};

/* Room for twice as many, as long as that is not much. */
static void *
grow(struct app_call *call, void *entries, size_t *room, size_t size)
{
	if (entries && *room >= LANE_MAX)
		return entries;
	if (entries)
		*room *= 2;
	return arena_alloc(&call->arena, *room * size);
}

/* ---------------------------------------------------------------- records */

static enum outrider_code fill_records(struct timeline_merge *merge, size_t i)
{
	struct app_call *call = merge->timeline->call;
	struct record_lane *lane = &merge->records[i];
	struct store_link *links;
	size_t n;
	enum outrider_code code;

	lane->at = lane->n = 0;
	lane->entries =
		grow(call, lane->entries, &lane->room, sizeof(*lane->entries));
	if (!lane->entries)
		return err_call_full(&call->err);
	const struct store_link_query asked = {
		.target = merge->timeline->targets[i].id,
		.before_us = lane->below.at_us,
		.before_kind = lane->below.kind,
		.before_id = lane->below.id,
		.kinds = &merge->timeline->kinds,
		.limit = lane->room,
	};
	arena_reset(&call->page);
	code = store_links(call_conn(call), &links, &n, &asked, &call->page,
			   &call->err);
	if (code != OUTRIDER_OK)
		return code;
	lane->is_dry = n < lane->room;
	lane->n = n;
	if (n == 0)
		return OUTRIDER_OK;
	memcpy(lane->entries, links, n * sizeof(*links));
	lane->below.at_us = links[n - 1].at_us;
	lane->below.kind = links[n - 1].kind;
	lane->below.id = links[n - 1].id;
	return OUTRIDER_OK;
}

/* Below 0 where a comes before b: the later, the greater first. */
static int compare_links(const struct store_link *a, const struct store_link *b)
{
	if (a->at_us != b->at_us)
		return a->at_us > b->at_us ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind > b->kind ? -1 : 1;
	return -uuid_compare(&a->id, &b->id);
}

static const struct store_link *head(const struct record_lane *lane)
{
	return lane->at < lane->n ? &lane->entries[lane->at] : NULL;
}

static const struct store_link *first_record(const struct timeline_merge *merge)
{
	const struct store_link *first = NULL;

	for (size_t i = 0; i < merge->n_records; i++) {
		const struct store_link *link = head(&merge->records[i]);

		if (link && (!first || compare_links(link, first) < 0))
			first = link;
	}
	return first;
}

/* Out of every lane that has it: it is one entry. */
static enum outrider_code take_record(struct timeline_merge *merge,
				      struct timeline_step *out,
				      const struct store_link *link)
{
	const struct store_link taken = *link;
	enum outrider_code code = OUTRIDER_OK;

	*out = (struct timeline_step){
		.at_us = taken.at_us,
		.kind = taken.kind,
		.id = taken.id,
	};
	for (size_t i = 0; code == OUTRIDER_OK && i < merge->n_records; i++) {
		struct record_lane *lane = &merge->records[i];

		if (!head(lane) || compare_links(head(lane), &taken) != 0)
			continue;
		out->via[out->n_via++] = i;
		if (++lane->at == lane->n && !lane->is_dry)
			code = fill_records(merge, i);
	}
	merge->timeline->position.at_us = taken.at_us;
	merge->timeline->position.kind = taken.kind;
	merge->timeline->position.id = taken.id;
	return code;
}

/* ---------------------------------------------------------------- changes */

static enum outrider_code fill_changes(struct timeline_merge *merge, size_t i)
{
	struct app_call *call = merge->timeline->call;
	const struct timeline_target *target = &merge->timeline->targets[i];
	struct change_lane *lane = &merge->changes[i];
	enum outrider_code code;

	lane->at = lane->n = 0;
	lane->entries =
		grow(call, lane->entries, &lane->room, sizeof(*lane->entries));
	if (!lane->entries)
		return err_call_full(&call->err);
	const struct store_history_query asked = {
		.id = target->id,
		.kind = target->entity->number,
		.before_rev = lane->below_rev,
		.limit = lane->room,
	};
	code = store_past(call_conn(call), lane->entries, &lane->n, &asked,
			  &call->err);
	if (code != OUTRIDER_OK)
		return code;
	lane->is_dry = lane->n < lane->room;
	if (lane->n > 0)
		lane->below_rev = lane->entries[lane->n - 1].rev;
	return OUTRIDER_OK;
}

/* Its lane, or n_changes where none has any. */
static size_t first_change(const struct timeline_merge *merge)
{
	size_t first = merge->n_changes;
	uint64_t rev = 0;

	for (size_t i = 0; i < merge->n_changes; i++) {
		const struct change_lane *lane = &merge->changes[i];

		if (lane->at < lane->n && lane->entries[lane->at].rev > rev) {
			rev = lane->entries[lane->at].rev;
			first = i;
		}
	}
	return first;
}

static enum outrider_code
take_change(struct timeline_merge *merge, struct timeline_step *out, size_t i)
{
	struct change_lane *lane = &merge->changes[i];
	const struct past *past = &lane->entries[lane->at];

	*out = (struct timeline_step){
		.is_change = true,
		.at_us = past->at_us,
		.rev = past->rev,
		.via = { i },
		.n_via = 1,
	};
	merge->timeline->position.rev = past->rev;
	if (++lane->at < lane->n || lane->is_dry)
		return OUTRIDER_OK;
	return fill_changes(merge, i);
}

/* ------------------------------------------------------------------- both */

enum outrider_code timeline_merge_open(struct timeline_merge **out,
				       struct timeline *timeline,
				       size_t n_wanted)
{
	struct timeline_merge *merge =
		arena_alloc(&timeline->call->arena, sizeof(*merge));
	size_t room = n_wanted / timeline->n_targets + LANE_MIN;
	enum outrider_code code = OUTRIDER_OK;

	if (!merge)
		return err_call_full(&timeline->call->err);
	merge->timeline = timeline;
	if (!field_set_is_empty(&timeline->kinds))
		merge->n_records = timeline->n_targets;
	if (timeline->with_changes)
		merge->n_changes = timeline->n_targets;
	for (size_t i = 0; code == OUTRIDER_OK && i < merge->n_records; i++) {
		merge->records[i].below = timeline->position;
		merge->records[i].room = room;
		code = fill_records(merge, i);
	}
	for (size_t i = 0; code == OUTRIDER_OK && i < merge->n_changes; i++) {
		merge->changes[i].below_rev = timeline->position.rev;
		merge->changes[i].room = room;
		code = fill_changes(merge, i);
	}
	*out = merge;
	return code;
}

bool timeline_merge_has_more(const struct timeline_merge *merge)
{
	return first_record(merge) || first_change(merge) < merge->n_changes;
}

enum outrider_code timeline_merge_next(struct timeline_merge *merge,
				       struct timeline_step *out,
				       bool *has_step)
{
	const struct store_link *link = first_record(merge);
	size_t i = first_change(merge);
	const struct change_lane *lane = &merge->changes[i];

	*has_step = link || i < merge->n_changes;
	if (!*has_step)
		return OUTRIDER_OK;
	if (link && (i == merge->n_changes ||
		     link->at_us >= lane->entries[lane->at].at_us))
		return take_record(merge, out, link);
	return take_change(merge, out, i);
}
