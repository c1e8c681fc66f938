/*
 * edit: fields set on a copy of what is shown; on commit the difference goes
 * to the outbox.
 */
#include "edit.h"

#include <string.h>

#include "cards.h"
#include "core.h"
#include "path.h"

#include "model/wire.h"

enum {
	EDIT_MEMORY_MAX = 4 << 20,
	MUTATION_FIELDS_MAX = 60 * 1024, /* a push takes 64 KiB in all */
};

struct outrider_edit {
	struct outrider *core;
	struct outrider_edit *next; /* of the core's list */
	const struct entity *entity;
	struct uuid id;
	bool is_new; /* the server will hear of it by a CREATE */
	uint64_t base_rev;
	struct arena arena;
	struct bytes before, now; /* fields, sound */
	struct field_set touched;
};

static enum outrider_code no_memory(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "Out of memory, or a record too large.");
}

/* ------------------------------------------------------------------- life */

static enum outrider_code
check_kind(const struct outrider *core, const struct entity **out,
	   const char *kind, bool is_new, struct outrider_err *err)
{
	*out = kind == NULL ? NULL : schema_entity_named(kind, strlen(kind));
	if (*out == NULL)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "There is no kind of card of that name.");
	if (core->device.role < (*out)->write_role)
		return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "Your role may not change a %s.", (*out)->name);
	if (is_new && (*out)->is_server_made)
		return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "Only the server makes a %s.", (*out)->name);
	return OUTRIDER_OK;
}

static enum outrider_code
make_id(struct outrider *core, struct uuid *out, struct outrider_err *err)
{
	uint8_t random[10];
	enum outrider_code code =
		core_random(core, random, sizeof(random), err);

	if (code == OUTRIDER_OK)
		*out = uuid_make(core->now_us / 1000, random);
	return code;
}

/* What the edit starts from. */
static enum outrider_code load(struct outrider_edit *edit,
			       const struct uuid *id, struct outrider_err *err)
{
	struct shown shown;
	enum outrider_code code;

	if (id == NULL) {
		edit->is_new = true;
		return make_id(edit->core, &edit->id, err);
	}
	edit->id = *id;
	code = cards_show(edit->core, &edit->arena, &shown,
			  edit->entity->number, id, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!shown.exists)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "There is no such %s.", edit->entity->name);
	/* A card that only a refused CREATE made is created by this edit. */
	edit->is_new = shown.card.rev == 0 && !shown.is_pending;
	edit->base_rev = shown.card.rev;
	edit->now = shown.card.fields;
	if (!edit->is_new)
		edit->before = shown.card.fields;
	else
		for (size_t i = 0; i < edit->entity->n_fields; i++)
			field_set_add(&edit->touched,
				      edit->entity->fields[i].number);
	return OUTRIDER_OK;
}

enum outrider_code edit_open(struct outrider_edit **out, struct outrider *core,
			     const char *kind, const struct uuid *id,
			     struct outrider_err *err)
{
	const struct entity *entity;
	struct outrider_edit *edit;
	enum outrider_code code;

	*out = NULL;
	code = core_want_cards(core, err);
	if (code == OUTRIDER_OK)
		code = check_kind(core, &entity, kind, id == NULL, err);
	if (code != OUTRIDER_OK)
		return code;
	edit = core->allocator.resize(core->allocator.user, NULL,
				      sizeof(*edit));
	if (edit == NULL)
		return no_memory(err);
	*edit = (struct outrider_edit){ .core = core, .entity = entity };
	arena_init(&edit->arena, &core->allocator, EDIT_MEMORY_MAX);
	edit->next = core->edits;
	core->edits = edit;
	code = load(edit, id, err);
	if (code != OUTRIDER_OK) {
		edit_free(edit);
		return code;
	}
	*out = edit;
	return OUTRIDER_OK;
}

static void unlist(struct outrider_edit *edit)
{
	struct outrider_edit **link = &edit->core->edits;

	while (*link != NULL && *link != edit)
		link = &(*link)->next;
	if (*link == edit)
		*link = edit->next;
}

void edit_free(struct outrider_edit *edit)
{
	struct outrider *core = edit->core;

	unlist(edit);
	arena_free(&edit->arena);
	core->allocator.resize(core->allocator.user, edit, 0);
}

void edit_free_all(struct outrider *core)
{
	while (core->edits != NULL)
		edit_free(core->edits);
}

const struct uuid *edit_id(const struct outrider_edit *edit)
{
	return &edit->id;
}

/* ---------------------------------------------------------------- changing */

static enum outrider_code may_set(const struct outrider_edit *edit,
				  const struct field *field,
				  struct outrider_err *err)
{
	if (field->flags & FIELD_IS_OUTPUT_ONLY || field->number == FIELD_ID)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, field->name,
			       "is set by the server alone");
	if (field->flags & FIELD_IS_IMMUTABLE && !edit->is_new)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, field->name,
			       "can be set at creation only");
	return OUTRIDER_OK;
}

/* Puts delta in, or empties the fields of cleared. */
static enum outrider_code
put_delta(struct outrider_edit *edit, struct bytes delta,
	  const struct field_set *cleared, struct outrider_err *err)
{
	const struct message *message = edit->entity->message;
	struct buffer spliced;
	enum outrider_code code = wire_check(message, delta, err);

	if (code != OUTRIDER_OK)
		return code;
	buffer_init(&spliced, &edit->core->allocator, CARD_FIELDS_MAX);
	code = fields_splice(&spliced, message, edit->now, delta, cleared, err);
	if (code == OUTRIDER_OK) {
		struct bytes now =
			arena_copy(&edit->arena, spliced.at, spliced.len);
		if (now.at == NULL)
			code = no_memory(err);
		else
			edit->now = now;
	}
	buffer_free(&spliced);
	return code;
}

static enum outrider_code set(struct outrider_edit *edit, const char *path,
			      const char *text, struct outrider_err *err)
{
	const struct message *message = edit->entity->message;
	const struct field *field = path_field(message, path);
	struct field_set cleared = { { 0 } };
	struct buffer delta;
	enum outrider_code code;
	uint32_t number;

	if (field == NULL)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, path,
			       "is not a field of a %s", edit->entity->name);
	code = may_set(edit, field, err);
	if (code != OUTRIDER_OK)
		return code;
	buffer_init(&delta, &edit->core->allocator, CARD_FIELDS_MAX);
	code = path_set(&delta, &number, message, edit->now, path, text, err);
	if (code == OUTRIDER_OK) {
		if (delta.len == 0)
			field_set_add(&cleared, field->number);
		code = put_delta(edit, (struct bytes){ delta.at, delta.len },
				 &cleared, err);
	}
	if (code == OUTRIDER_OK)
		field_set_add(&edit->touched, field->number);
	buffer_free(&delta);
	return code;
}

static enum outrider_code
clear(struct outrider_edit *edit, const char *name, struct outrider_err *err)
{
	const struct field *field =
		message_field_named(edit->entity->message, name, strlen(name));
	struct field_set cleared = { { 0 } };
	enum outrider_code code;

	if (field == NULL)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, name,
			       "is not a field of a %s", edit->entity->name);
	code = may_set(edit, field, err);
	if (code != OUTRIDER_OK)
		return code;
	field_set_add(&cleared, field->number);
	field_set_add(&edit->touched, field->number);
	return put_delta(edit, (struct bytes){ NULL, 0 }, &cleared, err);
}

enum outrider_code edit_take(struct outrider_edit *edit, struct bytes fields,
			     struct outrider_err *err)
{
	struct field_set none = { { 0 } }, touched = edit->touched;
	struct wire_reader reader = wire_read(fields);
	struct wire_field in;
	enum outrider_code code;

	while (wire_next(&reader, &in) > 0) {
		const struct field *field =
			message_field(edit->entity->message, in.number);
		if (field == NULL)
			return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
				       "Field %u is not a field of a %s.",
				       (unsigned)in.number, edit->entity->name);
		code = may_set(edit, field, err);
		if (code != OUTRIDER_OK)
			return code;
		field_set_add(&touched, in.number);
	}
	code = put_delta(edit, fields, &none, err);
	if (code == OUTRIDER_OK)
		edit->touched = touched;
	return code;
}

/* --------------------------------------------------------------- committing */

static enum outrider_code read_row(struct outrider_edit *edit, struct row **out,
				   struct bytes fields,
				   struct outrider_err *err)
{
	*out = row_new(&edit->arena, edit->entity);
	if (*out == NULL)
		return no_memory(err);
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
		code = no_memory(err);
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

static enum outrider_code append(struct outrider *core, struct mutation *m,
				 bool replaces_parked, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	if (replaces_parked)
		code = drop_parked(core, m->kind, &m->id, err);
	if (code == OUTRIDER_OK)
		code = outbox_append(core, m, err);
	if (code == OUTRIDER_OK)
		code = cards_changed(core, m->kind, &m->id, err);
	if (code == OUTRIDER_OK)
		code = agenda_set_windows(core, err);
	return code;
}

enum outrider_code
edit_save(struct outrider_edit *edit, struct outrider_err *err)
{
	struct outrider *core = edit->core;
	struct mutation mutation;
	enum outrider_code code;
	bool is_news;

	code = describe(edit, &mutation, &is_news, err);
	if (code != OUTRIDER_OK || !is_news)
		return code;
	code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	return core_finish(core, append(core, &mutation, edit->is_new, err),
			   err);
}

/* --------------------------------------------------------------- outrider.h */

enum outrider_code outrider_edit_begin(struct outrider_edit **out,
				       struct outrider *core, const char *kind,
				       const uint8_t id[16],
				       struct outrider_err *err)
{
	struct uuid uuid;
	enum outrider_code code = core_enter(core, err);

	*out = NULL;
	if (code != OUTRIDER_OK)
		return code;
	if (id != NULL)
		memcpy(uuid.at, id, sizeof(uuid.at));
	code = edit_open(out, core, kind, id == NULL ? NULL : &uuid, err);
	core_leave(core);
	return code;
}

/* Each of these enters the core of its edit. */
static enum outrider_code
enter(struct outrider_edit *edit, struct outrider_err *err)
{
	return core_enter(edit == NULL ? NULL : edit->core, err);
}

enum outrider_code outrider_edit_set(struct outrider_edit *edit,
				     const char *field, const char *text,
				     struct outrider_err *err)
{
	enum outrider_code code = enter(edit, err);

	if (code != OUTRIDER_OK)
		return code;
	code = set(edit, field, text, err);
	core_leave(edit->core);
	return code;
}

enum outrider_code outrider_edit_clear(struct outrider_edit *edit,
				       const char *field,
				       struct outrider_err *err)
{
	enum outrider_code code = enter(edit, err);

	if (code != OUTRIDER_OK)
		return code;
	code = clear(edit, field, err);
	core_leave(edit->core);
	return code;
}

enum outrider_code outrider_edit_fields(struct outrider_edit *edit,
					const uint8_t *fields, size_t len,
					struct outrider_err *err)
{
	enum outrider_code code = enter(edit, err);

	if (code != OUTRIDER_OK)
		return code;
	code = edit_take(edit, (struct bytes){ fields, len }, err);
	core_leave(edit->core);
	return code;
}

enum outrider_code outrider_edit_commit(struct outrider_edit *edit,
					uint8_t id_out[16],
					struct outrider_err *err)
{
	struct outrider *core;
	enum outrider_code code = enter(edit, err);

	if (code != OUTRIDER_OK)
		return code;
	core = edit->core;
	if (id_out != NULL)
		memcpy(id_out, edit->id.at, sizeof(edit->id.at));
	/* A failure may lock the cards, and that frees every edit listed. */
	unlist(edit);
	code = edit_save(edit, err);
	edit_free(edit);
	core_leave(core);
	return code;
}

void outrider_edit_discard(struct outrider_edit *edit)
{
	struct outrider *core;

	if (edit == NULL || core_enter(edit->core, NULL) != OUTRIDER_OK)
		return;
	core = edit->core;
	edit_free(edit);
	core_leave(core);
}

static enum outrider_code delete_card(struct outrider *core, const char *kind,
				      const struct uuid *id,
				      struct outrider_err *err)
{
	const struct entity *entity;
	struct mutation mutation = { .op = OUTBOX_DELETE, .id = *id };
	struct shown shown;
	enum outrider_code code;

	code = core_want_cards(core, err);
	if (code == OUTRIDER_OK)
		code = check_kind(core, &entity, kind, true, err);
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
		if (code == OUTRIDER_OK)
			code = cards_changed(core, entity->number, id, err);
		if (code == OUTRIDER_OK)
			code = agenda_set_windows(core, err);
	} else {
		code = append(core, &mutation, false, err);
	}
	return core_finish(core, code, err);
}

enum outrider_code outrider_card_delete(struct outrider *core, const char *kind,
					const uint8_t id[16],
					struct outrider_err *err)
{
	struct uuid uuid;
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	memcpy(uuid.at, id, sizeof(uuid.at));
	code = delete_card(core, kind, &uuid, err);
	core_leave(core);
	return code;
}
