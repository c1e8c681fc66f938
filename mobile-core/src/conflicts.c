/*
 * conflicts: sealed rows that are named by their card and ordered by a number,
 * and a short list of them in memory.
 */
#include "conflicts.h"

#include <string.h>

#include "cards.h"
#include "conflict_row.h"
#include "core.h"
#include "model/wire.h"
#include "rows.h"

/* --------------------------------------------------------------- the list */

static struct conflict_entry *
list_find(const struct outrider *core, uint32_t kind, const struct uuid *id)
{
	const struct conflicts *conflicts = &core->conflicts;

	for (size_t i = 0; i < conflicts->n; i++)
		if (conflicts->entries[i].kind == kind &&
		    uuid_compare(&conflicts->entries[i].id, id) == 0)
			return &conflicts->entries[i];
	return NULL;
}

static enum outrider_code list_append(struct outrider *core, uint64_t number,
				      uint32_t kind, const struct uuid *id,
				      struct outrider_err *err)
{
	struct conflicts *list = &core->conflicts;
	struct conflict_entry *entries;

	entries = allocator_grow(&core->allocator, list->entries, list->n,
				 &list->room, sizeof(*entries));
	if (entries == NULL)
		return err_no_memory(err);
	list->entries = entries;
	entries[list->n++] = (struct conflict_entry){
		.number = number,
		.kind = kind,
		.id = *id,
	};
	return OUTRIDER_OK;
}

static void
list_remove(struct outrider *core, uint32_t kind, const struct uuid *id)
{
	struct conflicts *list = &core->conflicts;
	struct conflict_entry *entry = list_find(core, kind, id);
	size_t behind;

	if (entry == NULL)
		return;
	behind = (size_t)(list->entries + list->n - entry) - 1;
	memmove(entry, entry + 1, behind * sizeof(*entry));
	list->n--;
}

static enum outrider_code load_one(void *user, uint64_t number, uint64_t rev,
				   struct bytes plain, struct outrider_err *err)
{
	struct conflict conflict;
	enum outrider_code code = conflict_take(&conflict, rev, plain, err);

	(void)number;
	if (code != OUTRIDER_OK)
		return code;
	return list_append(user, rev, conflict.kind, &conflict.id, err);
}

enum outrider_code
conflicts_load(struct outrider *core, struct outrider_err *err)
{
	struct tally found;
	size_t n_damaged;
	enum outrider_code code;

	/* A row that doesn't open holds up nobody: the card itself is whole. */
	code = rows_audit(core, &n_damaged, &found, REPLICA_conflict, false,
			  load_one, core, err);
	if (code == OUTRIDER_OK && n_damaged > 0)
		core_log(core, OUTRIDER_LOG_ERROR,
			 "conflicts: %zu rows are damaged", n_damaged);
	return code;
}

void conflicts_clear(struct outrider *core)
{
	if (core->conflicts.entries != NULL)
		core->allocator.resize(core->allocator.user,
				       core->conflicts.entries, 0);
	core->conflicts = (struct conflicts){ .n = 0 };
}

uint64_t conflicts_count(struct outrider *core)
{
	uint64_t n;

	if (replica_count(core->replica, &n, REPLICA_conflict, 0, NULL))
		return 0;
	return n;
}

/* ------------------------------------------------------------ what differs */

struct bytes conflicts_slice(struct bytes fields, uint32_t number)
{
	struct wire_reader reader = wire_read(fields);
	struct bytes slice = { NULL, 0 };
	struct wire_field in;

	while (wire_next(&reader, &in) > 0) {
		if (in.number != number)
			continue;
		if (slice.len == 0)
			slice.at = in.whole.at;
		slice.len = (size_t)(in.whole.at + in.whole.len - slice.at);
	}
	return slice;
}

static bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.at, b.at, a.len));
}

static bool has_element(struct bytes fields, struct bytes whole)
{
	struct wire_reader reader = wire_read(fields);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0)
		if (bytes_equal(in.whole, whole))
			return true;
	return false;
}

static bool has_all_elements(struct bytes fields, struct bytes elements)
{
	struct wire_reader reader = wire_read(elements);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0)
		if (!has_element(fields, in.whole))
			return false;
	return true;
}

/*
 * Nothing of what the rep wrote is missing. Where others' elements only stand
 * beside theirs the merge did what it is for.
 */
static bool
stands(const struct field *field, struct bytes mine, struct bytes theirs)
{
	if (bytes_equal(mine, theirs))
		return true;
	if (field == NULL || mine.len == 0)
		return false;
	if (field->merge == MERGE_SET)
		return true;
	return field->merge == MERGE_BY_KEY && has_all_elements(theirs, mine);
}

/* Takes those out that stand. */
static void drop_standing(struct field_set *which, uint32_t kind,
			  struct bytes mine, struct bytes theirs)
{
	const struct entity *entity = schema_entity(kind);

	for (uint32_t number = 1; entity != NULL && number < 256; number++)
		if (field_set_has(which, number) &&
		    stands(message_field(entity->message, number),
			   conflicts_slice(mine, number),
			   conflicts_slice(theirs, number)))
			field_set_remove(which, number);
}

/* ------------------------------------------------------------------- rows */

static enum outrider_code drop_row(struct outrider *core, uint32_t kind,
				   const struct uuid *id,
				   struct outrider_err *err)
{
	core_touch(core, CORE_CARDS);
	list_remove(core, kind, id);
	return conflict_delete(core, kind, id, err);
}

/* Writes what is left of it; nothing left: it goes. */
static enum outrider_code
settle(struct outrider *core, struct conflict *conflict,
       const struct field_set *left, struct outrider_err *err)
{
	if (field_set_is_empty(left))
		return drop_row(core, conflict->kind, &conflict->id, err);
	if (memcmp(left, &conflict->which, sizeof(*left)) == 0)
		return OUTRIDER_OK;
	conflict->which = *left;
	return conflict_write(core, conflict, err);
}

/* A later edit that waits has the rep's last word on these fields. */
static enum outrider_code
drop_waiting(struct outrider *core, struct field_set *which,
	     struct arena *arena, const struct mutation *than,
	     struct outrider_err *err)
{
	const struct outbox_entry *entry;
	enum outrider_code code = OUTRIDER_OK;
	struct mutation m;
	size_t at = 0;

	while (code == OUTRIDER_OK &&
	       (entry = outbox_next(core, &at, than->kind, &than->id)) !=
		       NULL) {
		if (entry->seq <= than->seq || entry->is_parked)
			continue;
		code = outbox_read(core, arena, &m, entry->seq, err);
		for (uint32_t number = 1; code == OUTRIDER_OK && number < 256;
		     number++)
			if (mutation_has(&m, number))
				field_set_remove(which, number);
	}
	return code;
}

/* What was in question before, in fields of which there is no news, stays. */
static enum outrider_code
add_older(struct outrider *core, struct conflict *conflict, struct buffer *mine,
	  struct arena *arena, struct outrider_err *err)
{
	const struct entity *entity = schema_entity(conflict->kind);
	struct conflict older;
	enum outrider_code code;

	code = conflict_read(core, arena, &older, conflict->kind, &conflict->id,
			     err);
	if (code != OUTRIDER_OK)
		return code;
	/* Emptied fields of the news are in which, and not in mine. */
	code = fields_splice(mine, entity->message, older.mine, conflict->mine,
			     &conflict->which, err);
	if (code != OUTRIDER_OK)
		return code;
	conflict->mine = (struct bytes){ mine->at, mine->len };
	for (size_t i = 0; i < 4; i++) {
		conflict->asked.bits[i] |= older.asked.bits[i] &
					   ~conflict->which.bits[i];
		conflict->which.bits[i] |= older.which.bits[i];
	}
	return OUTRIDER_OK;
}

static enum outrider_code
write_new(struct outrider *core, struct conflict *conflict, struct arena *arena,
	  struct outrider_err *err)
{
	bool has_older = list_find(core, conflict->kind, &conflict->id) != NULL;
	struct buffer mine;
	enum outrider_code code = OUTRIDER_OK;

	buffer_init(&mine, &core->allocator, CARD_FIELDS_MAX);
	core_touch(core, CORE_CARDS);
	if (has_older)
		code = add_older(core, conflict, &mine, arena, err);
	list_remove(core, conflict->kind, &conflict->id);
	if (code == OUTRIDER_OK)
		code = conflict_next_number(core, &conflict->number, err);
	if (code == OUTRIDER_OK)
		code = conflict_write(core, conflict, err);
	if (code == OUTRIDER_OK)
		code = list_append(core, conflict->number, conflict->kind,
				   &conflict->id, err);
	buffer_free(&mine);
	return code;
}

enum outrider_code conflicts_keep(struct outrider *core, struct field_set *kept,
				  struct arena *arena,
				  const struct conflict_news *news,
				  struct outrider_err *err)
{
	const struct mutation *m = news->mutation;
	struct conflict conflict = {
		.kind = m->kind,
		.id = m->id,
		.edited_us = m->edited_us,
	};
	struct card card;
	enum outrider_code code;

	*kept = (struct field_set){ { 0 } };
	for (uint32_t number = 1; number < 256; number++)
		if (field_set_has(&news->lost, number) &&
		    mutation_has(m, number))
			field_set_add(kept, number);
	code = cards_read(core, arena, &card, m->kind, &m->id, err);
	if (code == OUTRIDER_NOT_FOUND) {
		*kept = (struct field_set){ { 0 } };
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK)
		return code;
	if (news->is_known)
		drop_standing(kept, m->kind, m->fields, card.fields);
	code = drop_waiting(core, kept, arena, m, err);
	if (code != OUTRIDER_OK || field_set_is_empty(kept))
		return code;
	conflict.which = *kept;
	for (size_t i = 0; i < 4; i++)
		conflict.asked.bits[i] = news->asked.bits[i] & kept->bits[i];
	code = conflict_pick(&conflict.mine, arena, m->fields, kept, err);
	return code == OUTRIDER_OK ? write_new(core, &conflict, arena, err)
				   : code;
}

enum outrider_code conflicts_answered(struct outrider *core,
				      const struct mutation *mutation,
				      struct outrider_err *err)
{
	struct conflict conflict;
	struct field_set left;
	struct arena arena;
	enum outrider_code code;

	if (list_find(core, mutation->kind, &mutation->id) == NULL)
		return OUTRIDER_OK;
	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = conflict_read(core, &arena, &conflict, mutation->kind,
			     &mutation->id, err);
	if (code == OUTRIDER_OK) {
		left = conflict.which;
		for (uint32_t number = 1; number < 256; number++)
			if (mutation_has(mutation, number))
				field_set_remove(&left, number);
		code = settle(core, &conflict, &left, err);
	}
	arena_free(&arena);
	return code;
}

enum outrider_code
conflicts_follow(struct outrider *core, const struct card *card, uint32_t kind,
		 const struct uuid *id, struct outrider_err *err)
{
	struct conflict conflict;
	struct field_set left;
	struct arena arena;
	enum outrider_code code;

	if (list_find(core, kind, id) == NULL)
		return OUTRIDER_OK;
	if (card == NULL && core->is_taking_page) {
		core->has_gone = true;
		return OUTRIDER_OK;
	}
	if (card == NULL)
		return drop_row(core, kind, id, err);
	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = conflict_read(core, &arena, &conflict, kind, id, err);
	if (code == OUTRIDER_OK) {
		left = conflict.which;
		drop_standing(&left, kind, conflict.mine, card->fields);
		code = settle(core, &conflict, &left, err);
	}
	arena_free(&arena);
	return code;
}

enum outrider_code
conflicts_sweep(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;
	struct arena arena;
	struct card card;

	arena_init(&arena, &core->allocator, core->work.ceiling);
	for (size_t i = core->conflicts.n; code == OUTRIDER_OK && i-- > 0;) {
		const struct conflict_entry entry = core->conflicts.entries[i];
		arena_reset(&arena);
		code = cards_read(core, &arena, &card, entry.kind, &entry.id,
				  err);
		if (code == OUTRIDER_NOT_FOUND)
			code = drop_row(core, entry.kind, &entry.id, err);
	}
	arena_free(&arena);
	return code;
}
