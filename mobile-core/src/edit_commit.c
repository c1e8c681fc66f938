/*
 * edit_commit: what differs in the end becomes a mutation, in canonical form.
 */
#include <string.h>

#include "cards.h"
#include "core.h"
#include "edit_state.h"
#include "model/with_whom.h"
#include "questionnaire.h"

enum { MUTATION_FIELDS_MAX = 60 * 1024 }; /* a push takes 64 KiB in all */

static enum outrider_code read_row(struct outrider_edit *edit, struct row **out,
				   struct bytes fields,
				   struct outrider_err *err)
{
	*out = row_new(&edit->arena, edit->entity);
	if (*out == NULL)
		return edit_no_memory(err);
	(*out)->id = edit->id;
	return record_read(*out, NULL, &edit->arena, fields, err);
}

/* Which of the touched fields differ, and which of those are empty now. */
static void compare(const struct outrider_edit *edit, const struct row *before,
		    const struct row *now, struct field_set *changed,
		    struct field_set *cleared)
{
	const struct entity *entity = edit->entity;

	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];
		if (!field_set_has(&edit->touched, field->number) ||
		    value_equal(field, &before->values[i], &now->values[i]))
			continue;
		field_set_add(value_is_set(&now->values[i]) ? changed : cleared,
			      field->number);
	}
	if (field_set_has(&edit->touched, FIELD_OWNER) &&
	    uuid_compare(&before->owner, &now->owner) != 0)
		field_set_add(uuid_is_zero(&now->owner) ? cleared : changed,
			      FIELD_OWNER);
}

/* The canonical bytes of some fields of a row, in the arena. */
static enum outrider_code
write_row(struct outrider_edit *edit, struct bytes *out, const struct row *row,
	  const struct field_set *which, struct outrider_err *err)
{
	struct buffer bytes;
	enum outrider_code code = OUTRIDER_OK;

	buffer_init(&bytes, &edit->core->allocator, CARD_FIELDS_MAX);
	record_write(&bytes, row, which);
	*out = arena_copy(&edit->arena, bytes.at, bytes.len);
	if (bytes.is_full || out->at == NULL)
		code = edit_no_memory(err);
	buffer_free(&bytes);
	return code;
}

/* What the server is to be told; *is_news false: nothing. */
static enum outrider_code describe(struct outrider_edit *edit,
				   struct mutation *out, bool *is_news,
				   struct outrider_err *err)
{
	struct field_set changed = { { 0 } }, all;
	struct row *before, *now;
	enum outrider_code code;

	*out = (struct mutation){
		.kind = edit->entity->number,
		.id = edit->id,
		.op = edit->is_new ? OUTBOX_CREATE : OUTBOX_UPDATE,
		.base_rev = edit->base_rev,
	};
	code = read_row(edit, &before, edit->before, err);
	if (code == OUTRIDER_OK)
		code = read_row(edit, &now, edit->now, err);
	if (code != OUTRIDER_OK)
		return code;
	/* Said at once, so that the phone knows whose it is. */
	if (edit->is_new && uuid_is_zero(&now->owner) &&
	    edit->entity->visibility == VISIBLE_TO_OWNED) {
		now->owner = edit->core->device.user_id;
		field_set_add(&edit->touched, FIELD_OWNER);
	}
	code = record_check(now, err);
	/* Of a card that was there, fields may be hidden from this phone. */
	if (code == OUTRIDER_OK && edit->is_new)
		code = with_whom_check(now, err);
	if (code == OUTRIDER_OK)
		code = questionnaire_check(edit, now, err);
	if (code != OUTRIDER_OK)
		return code;
	compare(edit, before, now, &changed, &out->cleared);
	all = changed;
	for (size_t i = 0; i < 4; i++)
		all.bits[i] |= out->cleared.bits[i];
	*is_news = edit->is_new || !field_set_is_empty(&all);
	code = write_row(edit, &out->fields, now, &changed, err);
	if (code == OUTRIDER_OK && out->fields.len > MUTATION_FIELDS_MAX)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "The edit is larger than 60 KiB.");
	if (code == OUTRIDER_OK)
		code = write_row(edit, &out->old_fields, before, &all, err);
	return code;
}

/* A refused CREATE, and what was written on it, is replaced by a new one. */
static enum outrider_code drop_parked(struct outrider *core, uint32_t kind,
				      const struct uuid *id,
				      struct outrider_err *err)
{
	const struct outbox_entry *entry;
	enum outrider_code code = OUTRIDER_OK;
	size_t at = 0;

	while (code == OUTRIDER_OK &&
	       (entry = outbox_next(core, &at, kind, id)) != NULL) {
		if (!entry->is_parked)
			continue;
		code = outbox_remove(core, entry->seq, err);
		at--;
	}
	return code;
}

static enum outrider_code show_changes(struct outrider *core,
				       const struct mutation *m,
				       struct outrider_err *err)
{
	enum outrider_code code = cards_changed(core, m->kind, &m->id, err);

	return code == OUTRIDER_OK ? agenda_set_windows(core, err) : code;
}

/* In the caller's transaction: what it replaces goes, the mutation comes. */
static enum outrider_code save(struct outrider_edit *edit, struct mutation *m,
			       bool is_news, struct outrider_err *err)
{
	struct outrider *core = edit->core;
	enum outrider_code code = OUTRIDER_OK;

	if (edit->is_new)
		code = drop_parked(core, m->kind, &m->id, err);
	else if (edit->replaces != 0)
		code = outbox_remove(core, edit->replaces, err);
	if (code == OUTRIDER_OK && edit->is_draft)
		code = drafts_drop(core, m->kind, &m->id, err);
	if (code == OUTRIDER_OK && is_news)
		code = outbox_append(core, m, err);
	return code == OUTRIDER_OK ? show_changes(core, m, err) : code;
}

enum outrider_code
edit_save_in(struct outrider_edit *edit, struct outrider_err *err)
{
	struct mutation mutation;
	bool is_news;
	enum outrider_code code = describe(edit, &mutation, &is_news, err);

	if (code != OUTRIDER_OK || (!is_news && edit->replaces == 0))
		return code;
	return save(edit, &mutation, is_news, err);
}

enum outrider_code
edit_save(struct outrider_edit *edit, struct outrider_err *err)
{
	struct outrider *core = edit->core;
	struct mutation mutation;
	enum outrider_code code;
	bool is_news;

	code = describe(edit, &mutation, &is_news, err);
	if (code != OUTRIDER_OK ||
	    (!is_news && edit->replaces == 0 && !edit->is_draft))
		return code;
	code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	return core_finish(core, save(edit, &mutation, is_news, err), err);
}

/* In memory of its own: a page may ask after each key. */
enum outrider_code
outrider_edit_check(struct outrider_edit *edit, struct outrider_err *err)
{
	struct mutation mutation;
	struct arena kept;
	bool is_news;
	enum outrider_code code = edit_enter(edit, err);

	if (code != OUTRIDER_OK)
		return code;
	kept = edit->arena;
	arena_init(&edit->arena, &edit->core->allocator, kept.ceiling);
	code = describe(edit, &mutation, &is_news, err);
	arena_free(&edit->arena);
	edit->arena = kept;
	core_leave(edit->core);
	return code;
}

enum outrider_code edit_delete(struct outrider *core, const char *kind,
			       const struct uuid *id, struct outrider_err *err)
{
	const struct entity *entity;
	struct mutation mutation = { .op = OUTBOX_DELETE, .id = *id };
	struct shown shown;
	enum outrider_code code;

	code = core_want_cards(core, err);
	if (code == OUTRIDER_OK)
		code = edit_check_kind(core, &entity, kind, true, err);
	if (code == OUTRIDER_OK)
		code = cards_show(core, &core->work, &shown, entity->number, id,
				  err);
	if (code != OUTRIDER_OK)
		return code;
	if (!shown.exists)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "There is no such %s.", entity->name);
	mutation.kind = entity->number;
	mutation.base_rev = shown.card.rev;
	code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	/* The server never had it: there is nobody to tell. */
	if (shown.card.rev == 0 && !shown.is_pending) {
		code = drop_parked(core, entity->number, id, err);
	} else {
		code = outbox_append(core, &mutation, err);
	}
	if (code == OUTRIDER_OK)
		code = show_changes(core, &mutation, err);
	return core_finish(core, code, err);
}
