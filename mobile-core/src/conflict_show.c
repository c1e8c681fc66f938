/*
 * conflict_show: conflicts for the host, and what a person does with one: puts
 * theirs back, or lets it be. Owns nothing.
 */
#include <string.h>

#include "cards.h"
#include "conflict_row.h"
#include "conflicts.h"
#include "core.h"
#include "edit.h"

/* The conflict's fields by name. */
static enum outrider_code
list_fields(struct outrider_conflict_field **out, size_t *n,
	    struct arena *arena, const struct entity *entity,
	    const struct conflict *conflict, struct outrider_err *err)
{
	const struct message *message = entity->message;
	struct outrider_conflict_field *fields =
		arena_alloc(arena, message->n_fields * sizeof(*fields));

	*out = fields;
	*n = 0;
	if (fields == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];
		if (!field_set_has(&conflict->which, field->number))
			continue;
		fields[(*n)++] = (struct outrider_conflict_field){
			.name = field->name,
			.is_question =
				field_set_has(&conflict->asked, field->number),
		};
	}
	return OUTRIDER_OK;
}

static enum outrider_code
show(struct outrider *core, bool *goes_on, const struct conflict_entry *entry,
     outrider_conflict_fn *callback, void *user, struct outrider_err *err)
{
	const struct entity *entity = schema_entity(entry->kind);
	struct outrider_conflict_field *fields;
	struct outrider_conflict out;
	struct conflict conflict;
	struct bytes theirs;
	struct card card;
	enum outrider_code code;

	/* A card that is gone takes its conflict along: conflicts_sweep. */
	code = cards_read(core, &core->lent, &card, entry->kind, &entry->id,
			  err);
	if (code == OUTRIDER_NOT_FOUND || entity == NULL) {
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code == OUTRIDER_OK)
		code = conflict_read(core, &core->lent, &conflict, entry->kind,
				     &entry->id, err);
	if (code == OUTRIDER_OK)
		code = conflict_pick(&theirs, &core->lent, card.fields,
				     &conflict.which, err);
	if (code != OUTRIDER_OK)
		return code;
	out = (struct outrider_conflict){
		.number = entry->number,
		.kind = entity->name,
		.edited_us = conflict.edited_us,
		.is_question = !field_set_is_empty(&conflict.asked),
		.mine = conflict.mine.at,
		.mine_len = conflict.mine.len,
		.theirs = theirs.at,
		.theirs_len = theirs.len,
	};
	memcpy(out.id, entry->id.at, sizeof(out.id));
	code = list_fields(&fields, &out.n_fields, &core->lent, entity,
			   &conflict, err);
	out.fields = fields;
	if (code == OUTRIDER_OK)
		*goes_on = callback(user, &out);
	return code;
}

enum outrider_code outrider_conflicts(struct outrider *core,
				      outrider_conflict_fn *callback,
				      void *user, struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);
	bool goes_on = true;

	if (code != OUTRIDER_OK)
		return code;
	code = core_want_cards(core, err);
	for (size_t i = 0;
	     code == OUTRIDER_OK && goes_on && i < core->conflicts.n; i++) {
		arena_reset(&core->lent);
		code = show(core, &goes_on, &core->conflicts.entries[i],
			    callback, user, err);
	}
	core_leave(core);
	return code;
}

/* -------------------------------------------------------- what is decided */

static const struct conflict_entry *
find(const struct outrider *core, uint64_t number)
{
	const struct conflicts *list = &core->conflicts;

	for (size_t i = 0; i < list->n; i++)
		if (list->entries[i].number == number)
			return &list->entries[i];
	return NULL;
}

static enum outrider_code drop(struct outrider *core,
			       const struct conflict_entry *entry,
			       struct outrider_err *err)
{
	const struct uuid id = entry->id;
	enum outrider_code code = core_begin(core, err);

	if (code != OUTRIDER_OK)
		return code;
	return core_finish(
		core, conflicts_follow(core, NULL, entry->kind, &id, err), err);
}

/* The rep's values in an edit upon the card as it is now. Committing it ends
 * the conflict: conflicts_answered. */
static enum outrider_code write_again(struct outrider *core,
				      const struct conflict *conflict,
				      struct outrider_err *err)
{
	const struct entity *entity = schema_entity(conflict->kind);
	struct field_set emptied = conflict->which;
	struct outrider_edit *edit;
	enum outrider_code code;

	for (uint32_t number = 1; number < 256; number++)
		if (conflicts_slice(conflict->mine, number).len > 0)
			field_set_remove(&emptied, number);
	code = edit_open(&edit, core, entity->name, &conflict->id, err);
	if (code != OUTRIDER_OK)
		return code;
	code = edit_patch(edit, conflict->mine, &emptied, err);
	if (code == OUTRIDER_OK)
		code = edit_commit(edit, err);
	else
		edit_free(edit);
	return code;
}

static enum outrider_code
put_back(struct outrider *core, uint64_t number, struct outrider_err *err)
{
	const struct conflict_entry *entry = find(core, number);
	struct conflict conflict;
	enum outrider_code code;

	code = conflict_read(core, &core->work, &conflict, entry->kind,
			     &entry->id, err);
	if (code == OUTRIDER_OK)
		code = write_again(core, &conflict, err);
	/* It stood already: there was nothing to write. */
	if (code == OUTRIDER_OK && (entry = find(core, number)) != NULL)
		code = drop(core, entry, err);
	return code;
}

static enum outrider_code decide(struct outrider *core, uint64_t number,
				 bool is_mine, struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = core_want_cards(core, err);
	if (code == OUTRIDER_OK && find(core, number) == NULL)
		code = err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "There is no conflict of that number.");
	if (code == OUTRIDER_OK)
		code = is_mine ? put_back(core, number, err)
			       : drop(core, find(core, number), err);
	core_leave(core);
	return code;
}

enum outrider_code outrider_conflict_put_back(struct outrider *core,
					      uint64_t number,
					      struct outrider_err *err)
{
	return decide(core, number, true, err);
}

enum outrider_code outrider_conflict_dismiss(struct outrider *core,
					     uint64_t number,
					     struct outrider_err *err)
{
	return decide(core, number, false, err);
}
