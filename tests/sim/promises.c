/*
 * What became at rest of each edit that a phone has promised:
 *
 *	2   no mutation took effect twice
 *	3   each was applied, merged, or is parked; none vanished
 *	10  a value that lost is in the log
 */
#include "look.h"

#include "pending.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------ 2: only once */

static int by_record(const void *a, const void *b)
{
	const struct change *const *one = a, *const *other = b;

	return uuid_compare(&(*one)->id, &(*other)->id);
}

/* The changes that mutations made, by record. */
struct effects {
	const struct change **at;
	size_t n;
};

static void list_effects(struct effects *out, struct look *look)
{
	out->n = 0;
	out->at = arena_alloc(&look->arena, look->n_log * sizeof(void *) + 1);
	if (out->at == NULL)
		abort();
	for (size_t i = 0; i < look->n_log; i++)
		if (look->log[i].author.seq != 0)
			out->at[out->n++] = &look->log[i];
	qsort(out->at, out->n, sizeof(void *), by_record);
}

/* The first of the record's. */
static size_t find_record(const struct effects *effects, const struct uuid *id)
{
	size_t low = 0, high = effects->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (uuid_compare(&effects->at[middle]->id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What an edit did; NULL: nothing. */
static const struct change *
find_effect(struct world *world, const struct effects *effects,
	    const struct uuid *device, const struct edit *edit)
{
	const struct change *found = NULL;

	for (size_t i = find_record(effects, &edit->id);
	     i < effects->n &&
	     uuid_compare(&effects->at[i]->id, &edit->id) == 0;
	     i++) {
		const struct change *change = effects->at[i];

		if (uuid_compare(&change->author.device, device) != 0 ||
		    !look_is_of(change, edit))
			continue;
		if (found != NULL && edit->op != EDIT_DELETE &&
		    !edit->is_withdrawn && !edit->is_copy &&
		    !edit->is_clamped &&
		    look_holds(found->new_fields, edit->values[0].text) &&
		    look_holds(change->new_fields, edit->values[0].text))
			world_break(world,
				    "2: edit %llu took effect twice, in "
				    "revisions %llu and %llu",
				    (unsigned long long)edit->seq,
				    (unsigned long long)found->rev,
				    (unsigned long long)change->rev);
		found = change;
	}
	return found;
}

static int by_author(const void *a, const void *b)
{
	const struct store_author *one =
		&(*(const struct change *const *)a)->author;
	const struct store_author *other =
		&(*(const struct change *const *)b)->author;
	int order = uuid_compare(&one->device, &other->device);

	if (order == 0)
		order = uuid_compare(&one->incarnation, &other->incarnation);
	if (order != 0)
		return order;
	return one->seq < other->seq ? -1 : one->seq > other->seq;
}

/* No number of an outbox has two entries. Leaves them in that order. */
static void check_once(struct world *world, const struct effects *effects)
{
	qsort(effects->at, effects->n, sizeof(void *), by_author);
	for (size_t i = 1; i < effects->n; i++)
		if (by_author(&effects->at[i - 1], &effects->at[i]) == 0)
			world_break(
				world,
				"2: mutation %llu of a device took effect "
				"twice",
				(unsigned long long)effects->at[i]->author.seq);
}

/* ----------------------------------------------- 3, 10: what was promised */

static bool is_parked(const struct pending_edits *pending, uint64_t seq)
{
	const struct pending_edit *found = pending_find(pending, seq);

	return found != NULL && found->is_parked;
}

/* By that device, as new or as lost. Texts are all different; what was refused
 * and is tried again may find one of its own that stands, and is told by its
 * other values then. */
static bool is_in_log(const struct effects *effects, const struct uuid *device,
		      const struct edit *edit, const char *text)
{
	for (size_t i = find_record(effects, &edit->id);
	     i < effects->n &&
	     uuid_compare(&effects->at[i]->id, &edit->id) == 0;
	     i++) {
		const struct change *change = effects->at[i];

		if (uuid_compare(&change->author.device, device) == 0 &&
		    (look_holds(change->new_fields, text) ||
		     look_holds(change->lost_fields, text)))
			return true;
	}
	return false;
}

/* Each value of the edit stands in the log, or is named there as lost. */
static void check_values(struct phone *phone, const struct effects *effects,
			 const struct edit *edit)
{
	const struct uuid *device = &phone->lives[edit->life].device;

	if (edit->has_customs &&
	    !is_in_log(effects, device, edit, edit->custom_text))
		world_break(phone->world,
			    "10: the added text of edit %llu of phone %u "
			    "neither stands nor is in the history",
			    (unsigned long long)edit->seq, phone->number);
	for (size_t i = 0; i < edit->n_values; i++)
		if (!is_in_log(effects, device, edit, edit->values[i].text))
			world_break(phone->world,
				    "10: the %s of edit %llu of phone %u "
				    "neither stands nor is in the history",
				    edit->values[i].field,
				    (unsigned long long)edit->seq,
				    phone->number);
}

static bool is_deleted(const struct look *look, const struct edit *edit)
{
	const struct look_record *record = look_find(look, &edit->id);

	return record != NULL &&
	       (record->was_deleted || record->row->deleted_us != 0);
}

/* Of a device that the phone isn't any more: what was not sent was read by the
 * firm, out of the phone's file or of what came with the wipe's receipt. */
static bool is_kept(const struct phone *phone,
		    const struct pending_edits *pending,
		    const struct edit *edit)
{
	return edit->life == phone->who.life ? is_parked(pending, edit->seq)
					     : edit->is_recovered;
}

static void check_edit(const struct look *look, struct phone *phone,
		       const struct effects *effects,
		       const struct pending_edits *pending,
		       const struct edit *edit)
{
	const struct uuid *device = &phone->lives[edit->life].device;
	const struct change *change;
	bool is_refused;

	if (edit->seq == 0)
		return;
	change = find_effect(phone->world, effects, device, edit);
	/* Whose clock was not believed isn't known again after a backup:
	 * docs/simulation.md, "Limits". */
	if (edit->is_withdrawn || edit->is_lost ||
	    (edit->is_clamped && edit->is_rebased))
		return;
	is_refused = is_kept(phone, pending, edit);
	if (change != NULL)
		check_values(phone, effects, edit);
	/* One that came again after others deleted the card is refused. */
	if (change != NULL && is_refused && edit->op != EDIT_DELETE &&
	    !edit->is_rebased && edit->life == phone->who.life)
		world_break(phone->world,
			    "3: edit %llu of phone %u is parked, and was "
			    "applied",
			    (unsigned long long)edit->seq, phone->number);
	if (change != NULL || is_refused)
		return;
	/* A delete of what is deleted leaves no trace. */
	if (edit->op == EDIT_DELETE && is_deleted(look, edit))
		return;
	/* Nor does a set of people that stands already; it has no text. */
	if (edit->op == EDIT_UPDATE && edit->n_values == 0)
		return;
	world_break(phone->world,
		    "3: edit %llu of phone %u (a %s) has vanished",
		    (unsigned long long)edit->seq, phone->number, edit->kind);
}

static void check_phone(const struct look *look, struct phone *phone,
			const struct effects *effects)
{
	struct pending_edits pending;
	struct outrider_status status;

	outrider_get_status(phone->core, &status);
	if (status.n_waiting > 0)
		world_break(phone->world,
			    "8: phone %u still has %llu edits to send",
			    phone->number,
			    (unsigned long long)status.n_waiting);
	(void)pending_read(&pending, phone);
	for (size_t i = 0; i < phone->ledger.n; i++)
		check_edit(look, phone, effects, &pending,
			   &phone->ledger.edits[i]);
	pending_free(&pending);
}

void check_promises(struct look *look, struct world *world)
{
	struct effects effects;

	list_effects(&effects, look);
	for (unsigned i = 0; i < world->n_phones; i++)
		check_phone(look, &world->phones[i], &effects);
	check_once(world, &effects);
}
