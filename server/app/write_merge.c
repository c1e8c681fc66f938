/*
 * A write upon a record that others wrote meanwhile: the fields that it may
 * bring, what its author had seen of them, and the clocks that stand. Which of
 * two values stays is decided in model/merge.c.
 */
#include "app/write_merge.h"

#include "app/kinds.h"

/* How far back a set's base is looked for; further, sets are united. */
#define HISTORY_MAX 100

bool write_may_set(const struct write_intent *intent, const struct field *field)
{
	const struct principal *who = intent->principal;

	if (!who || field_set_has(&intent->granted, field->number))
		return true;
	return !(field->flags & FIELD_IS_OUTPUT_ONLY) &&
	       access_knows_field(who, intent->entity, field);
}

/* The fields of the intent that a write may bring; others are passed over. */
static struct field_set writable(const struct write_intent *intent)
{
	const struct entity *entity = intent->entity;
	struct field_set set = { { 0 } };

	if (field_set_has(&intent->which, FIELD_OWNER))
		field_set_add(&set, FIELD_OWNER);
	for (size_t i = 0; i < entity->n_fields; i++)
		if (field_set_has(&intent->which, entity->fields[i].number) &&
		    write_may_set(intent, &entity->fields[i]))
			field_set_add(&set, entity->fields[i].number);
	return set;
}

struct clock_of_fields {
	struct writing *w;
	uint64_t rev, hlc; /* the entry asked for last */
	/* What was written since the author's base, the newest first. */
	const struct change *changes;
	size_t n_changes;
	struct outrider_err err;
};

static uint64_t frev_of(const struct row *row, uint32_t number)
{
	size_t i = kind_index(row->entity, number);

	return i < row->entity->n_fields ? row->frev[i] : row->frev_owner;
}

/* The clock of the write that stands in a field, out of the change log. */
static uint64_t standing_hlc(void *user, uint32_t number)
{
	struct clock_of_fields *clock = user;
	uint64_t rev = frev_of(clock->w->old, number);
	struct change change;
	enum outrider_code code;

	if (rev == clock->rev)
		return clock->hlc;
	code = store_change(clock->w->tx, &change, rev, clock->w->arena,
			    &clock->err);
	/* Forgotten history: what stands is older than anything remembered. */
	if (code == OUTRIDER_NOT_FOUND)
		err_clear(&clock->err);
	clock->rev = rev;
	clock->hlc = code == OUTRIDER_OK ? change.author.hlc : 0;
	return clock->hlc;
}

/* The same of one message of a keyed field. */
static uint64_t standing_key_hlc(void *user, uint32_t number, struct bytes key)
{
	const struct clock_of_fields *clock = user;

	for (size_t i = 0; i < clock->n_changes; i++) {
		const struct change *change = &clock->changes[i];

		if (field_set_has(&change->changed, number) &&
		    merge_key_differs(change->old_fields, change->new_fields,
				      number, key))
			return change->author.hlc;
	}
	return standing_hlc(user, number);
}

/* What the same outbox wrote before, and stands in the log as it was sent. */
static bool
is_own(const struct write_intent *intent, const struct change *change)
{
	const struct store_author *by = &change->author;

	return by->is_verbatim && by->seq > 0 && by->seq < intent->seq &&
	       uuid_compare(&by->device, &intent->principal->device) == 0 &&
	       uuid_compare(&by->incarnation, &intent->incarnation) == 0;
}

/* What the server put into a set, the author doesn't know. */
static void add_own(struct field_set *own, const struct change *change)
{
	for (size_t i = 0; i < sizeof(own->bits) / sizeof(own->bits[0]); i++)
		own->bits[i] |= change->changed.bits[i] &
				~change->settled.bits[i];
}

/* Puts a row's fields, but for those kept, back to before a change. */
static enum outrider_code undo(struct row *row, const struct change *change,
			       const struct field_set *kept,
			       struct arena *arena, struct outrider_err *err)
{
	struct row *before = row_new(arena, row->entity);
	enum outrider_code code;

	if (!before)
		return err_call_full(err);
	code = record_read(before, NULL, arena, change->old_fields, err);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < row->entity->n_fields; i++)
		if (field_set_has(&change->changed,
				  row->entity->fields[i].number) &&
		    !field_set_has(kept, row->entity->fields[i].number))
			row->values[i] = before->values[i];
	return OUTRIDER_OK;
}

static bool needs_base(const struct writing *w, const struct field_set *which,
		       uint64_t base_rev)
{
	const struct entity *entity = w->old->entity;

	for (size_t i = 0; i < entity->n_fields; i++)
		if ((entity->fields[i].merge == MERGE_SET ||
		     entity->fields[i].merge == MERGE_BY_KEY) &&
		    field_set_has(which, entity->fields[i].number) &&
		    w->old->frev[i] > base_rev)
			return true;
	return false;
}

/*
 * The record as its author saw it: as it was at base_rev, and with what they
 * wrote upon that. NULL where history doesn't reach it.
 */
static enum outrider_code row_at(const struct row **out,
				 struct clock_of_fields *clock,
				 uint64_t base_rev, struct outrider_err *err)
{
	struct writing *w = clock->w;
	struct row *row = row_copy(w->arena, w->old);
	struct field_set own = { { 0 } };
	struct change *changes;
	size_t n;
	enum outrider_code code;

	*out = NULL;
	if (!row)
		return err_call_full(err);
	const struct store_history_query asked = {
		.id = w->old->id,
		.kind = w->old->entity->number,
		.limit = HISTORY_MAX,
	};
	code = store_history(w->tx, &changes, &n, &asked, w->arena, err);
	if (code != OUTRIDER_OK)
		return code;
	clock->changes = changes;
	for (size_t i = 0; i < n; i++) {
		if (changes[i].rev <= base_rev) {
			*out = row;
			return OUTRIDER_OK;
		}
		clock->n_changes = i + 1;
		if (is_own(w->intent, &changes[i]))
			add_own(&own, &changes[i]);
		code = undo(row, &changes[i], &own, w->arena, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	return OUTRIDER_OK;
}

enum outrider_code write_merge(struct writing *w, struct field_set *lost,
			       uint64_t hlc, struct outrider_err *err)
{
	const struct write_intent *intent = w->intent;
	struct clock_of_fields clock = { .w = w };
	struct merge_patch patch = {
		.values = intent->values,
		.which = writable(intent),
		.base_rev = intent->base_rev,
		.hlc = hlc,
		.key_hlc = standing_key_hlc,
	};
	struct field_set changed;
	enum outrider_code code;

	if (patch.base_rev == 0 || patch.base_rev > w->old->rev)
		patch.base_rev = w->old->rev;
	if (needs_base(w, &patch.which, patch.base_rev)) {
		code = row_at(&patch.base, &clock, patch.base_rev, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	code = merge_apply(w->row, &changed, lost, w->arena, &patch,
			   standing_hlc, &clock, err);
	if (code == OUTRIDER_OK && clock.err.code != OUTRIDER_OK) {
		*err = clock.err;
		return clock.err.code;
	}
	return code;
}
