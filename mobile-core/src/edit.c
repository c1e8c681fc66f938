/*
 * edit: fields set on a copy of what is shown.
 */
#include "edit.h"

#include <string.h>

#include "cards.h"
#include "core.h"
#include "edit_state.h"
#include "model/wire.h"
#include "path.h"

enum { EDIT_MEMORY_MAX = 4 << 20 };

enum outrider_code edit_no_memory(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "Out of memory, or a record too large.");
}

/* ------------------------------------------------------------------- life */

enum outrider_code edit_check_kind(const struct outrider *core,
				   const struct entity **out, const char *kind,
				   bool is_new, struct outrider_err *err)
{
	*out = kind == NULL ? NULL : schema_entity_named(kind, strlen(kind));
	if (*out == NULL)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "There is no kind of card of that name.");
	if (core->device.rank < (*out)->write_rank)
		return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "Your rank may not change a %s.", (*out)->name);
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
		code = edit_check_kind(core, &entity, kind, id == NULL, err);
	if (code != OUTRIDER_OK)
		return code;
	edit = core->allocator.resize(core->allocator.user, NULL,
				      sizeof(*edit));
	if (edit == NULL)
		return edit_no_memory(err);
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

void edit_free_if_there(struct outrider *core, struct outrider_edit *edit)
{
	for (struct outrider_edit *at = core->edits; at != NULL; at = at->next)
		if (at == edit) {
			edit_free(edit);
			return;
		}
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
			code = edit_no_memory(err);
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

/* May these fields be set? They are touched then. */
static enum outrider_code touch(struct outrider_edit *edit, struct bytes fields,
				const struct field_set *cleared,
				struct field_set *touched,
				struct outrider_err *err)
{
	const struct message *message = edit->entity->message;
	struct wire_reader reader = wire_read(fields);
	struct field_set numbers = *cleared;
	struct wire_field in;
	enum outrider_code code;

	while (wire_next(&reader, &in) > 0) {
		if (in.number >= 256 ||
		    message_field(message, in.number) == NULL)
			return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
				       "Field %u is not a field of a %s.",
				       (unsigned)in.number, edit->entity->name);
		field_set_add(&numbers, in.number);
	}
	for (uint32_t number = 1; number < 256; number++) {
		const struct field *field = message_field(message, number);
		if (field == NULL || !field_set_has(&numbers, number))
			continue;
		code = may_set(edit, field, err);
		if (code != OUTRIDER_OK)
			return code;
		field_set_add(touched, number);
	}
	return OUTRIDER_OK;
}

enum outrider_code edit_patch(struct outrider_edit *edit, struct bytes fields,
			      const struct field_set *cleared,
			      struct outrider_err *err)
{
	struct field_set touched = edit->touched;
	enum outrider_code code = touch(edit, fields, cleared, &touched, err);

	if (code == OUTRIDER_OK)
		code = put_delta(edit, fields, cleared, err);
	if (code == OUTRIDER_OK)
		edit->touched = touched;
	return code;
}

enum outrider_code edit_take(struct outrider_edit *edit, struct bytes fields,
			     struct outrider_err *err)
{
	const struct field_set none = { { 0 } };

	return edit_patch(edit, fields, &none, err);
}

/* A failure may lock the cards, and that frees every edit listed. */
static enum outrider_code
end_by(struct outrider_edit *edit, edit_saver *save, struct outrider_err *err)
{
	enum outrider_code code;

	unlist(edit);
	code = save(edit, err);
	edit_free(edit);
	return code;
}

enum outrider_code
edit_commit(struct outrider_edit *edit, struct outrider_err *err)
{
	return end_by(edit, edit_save, err);
}

/* --------------------------------------------------------------- outrider.h */

enum outrider_code edit_begin(struct outrider_edit **out, struct outrider *core,
			      edit_opener *open, const char *kind,
			      const uint8_t id[16], struct outrider_err *err)
{
	struct uuid uuid;
	enum outrider_code code = core_enter(core, err);

	*out = NULL;
	if (code != OUTRIDER_OK)
		return code;
	if (id != NULL)
		memcpy(uuid.at, id, sizeof(uuid.at));
	code = open(out, core, kind, id == NULL ? NULL : &uuid, err);
	core_leave(core);
	return code;
}

enum outrider_code edit_end(struct outrider_edit *edit, edit_saver *save,
			    uint8_t id_out[16], struct outrider_err *err)
{
	struct outrider *core;
	enum outrider_code code = edit_enter(edit, err);

	if (code != OUTRIDER_OK)
		return code;
	core = edit->core;
	if (id_out != NULL)
		memcpy(id_out, edit->id.at, sizeof(edit->id.at));
	code = end_by(edit, save, err);
	core_leave(core);
	return code;
}

enum outrider_code outrider_edit_begin(struct outrider_edit **out,
				       struct outrider *core, const char *kind,
				       const uint8_t id[16],
				       struct outrider_err *err)
{
	return edit_begin(out, core, edit_open, kind, id, err);
}

enum outrider_code
edit_enter(struct outrider_edit *edit, struct outrider_err *err)
{
	return core_enter_edit(edit == NULL ? NULL : edit->core, err);
}

enum outrider_code outrider_edit_set(struct outrider_edit *edit,
				     const char *field, const char *text,
				     struct outrider_err *err)
{
	enum outrider_code code = edit_enter(edit, err);

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
	enum outrider_code code = edit_enter(edit, err);

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
	enum outrider_code code = edit_enter(edit, err);

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
	return edit_end(edit, edit_save, id_out, err);
}

void outrider_edit_discard(struct outrider_edit *edit)
{
	struct outrider *core;

	if (edit == NULL || core_enter_edit(edit->core, NULL) != OUTRIDER_OK)
		return;
	core = edit->core;
	edit_free(edit);
	core_leave(core);
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
	code = edit_delete(core, kind, &uuid, err);
	core_leave(core);
	return code;
}
