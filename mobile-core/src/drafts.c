/*
 * drafts: touched fields in a sealed row, and an edit made of them again.
 */
#include "drafts.h"

#include <string.h>

#include "cards.h"
#include "core.h"
#include "edit_state.h"
#include "model/wire.h"
#include "rows.h"

/* The row, as protobuf fields: never renumber. */
enum {
	DRAFT_KIND = 1,
	DRAFT_ID = 2,
	DRAFT_IS_NEW = 3,
	DRAFT_KEPT = 4,
	DRAFT_FIELDS = 5,
	DRAFT_CLEARED = 6,
};

struct draft {
	struct draft_entry entry;
	int64_t kept_us;
	struct bytes fields; /* touched, and not empty */
	struct field_set cleared;
};

/* ------------------------------------------------------------------- rows */

static enum outrider_code row_write(struct outrider *core,
				    const struct draft *draft,
				    struct outrider_err *err)
{
	struct row_record key = row_record(draft->entry.kind, &draft->entry.id);
	struct buffer *plain = rows_make(core);

	wire_put_scalar(plain, DRAFT_KIND, draft->entry.kind);
	row_put_id(plain, DRAFT_ID, &draft->entry.id);
	wire_put_scalar(plain, DRAFT_IS_NEW, draft->entry.is_new);
	wire_put_scalar(plain, DRAFT_KEPT, (uint64_t)draft->kept_us);
	wire_put_bytes(plain, DRAFT_FIELDS, draft->fields.at,
		       draft->fields.len);
	row_put_set(plain, DRAFT_CLEARED, &draft->cleared);
	return rows_put_made(core, REPLICA_draft, key.at, sizeof(key.at), 0,
			     err);
}

static bool row_take(struct draft *draft, const struct wire_field *field)
{
	switch (field->number) {
	case DRAFT_KIND:
		draft->entry.kind = (uint32_t)field->scalar;
		break;
	case DRAFT_ID:
		return row_take_id(&draft->entry.id, field);
	case DRAFT_IS_NEW:
		draft->entry.is_new = field->scalar != 0;
		break;
	case DRAFT_KEPT:
		draft->kept_us = (int64_t)field->scalar;
		break;
	case DRAFT_FIELDS:
		draft->fields = field->value;
		break;
	case DRAFT_CLEARED:
		return row_take_number(&draft->cleared, field);
	default:
		break;
	}
	return true;
}

/* Bytes are borrowed from plain. */
static enum outrider_code
row_read(struct draft *out, struct bytes plain, struct outrider_err *err)
{
	struct wire_reader reader = wire_read(plain);
	struct wire_field field;
	int more;

	*out = (struct draft){ .kept_us = 0 };
	while ((more = wire_next(&reader, &field)) > 0)
		if (!row_take(out, &field))
			break;
	return more == 0 ? OUTRIDER_OK
			 : err_set(err, OUTRIDER_DATA_LOSS, NULL,
				   "A draft's row is damaged.");
}

static enum outrider_code
read_draft(struct outrider *core, struct arena *arena, struct draft *out,
	   uint32_t kind, const struct uuid *id, struct outrider_err *err)
{
	struct row_record key = row_record(kind, id);
	struct bytes plain;
	enum outrider_code code = rows_get(core, arena, &plain, NULL,
					   REPLICA_draft, key.at,
					   sizeof(key.at), err);

	return code == OUTRIDER_OK ? row_read(out, plain, err) : code;
}

/* ---------------------------------------------------------------- the list */

static struct draft_entry *
find_entry(const struct outrider *core, uint32_t kind, const struct uuid *id)
{
	const struct drafts *drafts = &core->drafts;

	for (size_t i = 0; i < drafts->n; i++)
		if (drafts->entries[i].kind == kind &&
		    uuid_compare(&drafts->entries[i].id, id) == 0)
			return &drafts->entries[i];
	return NULL;
}

static enum outrider_code list_put(struct outrider *core,
				   const struct draft_entry *entry,
				   struct outrider_err *err)
{
	struct drafts *drafts = &core->drafts;
	struct draft_entry *known = find_entry(core, entry->kind, &entry->id);
	struct draft_entry *entries;

	if (known != NULL) {
		*known = *entry;
		return OUTRIDER_OK;
	}
	entries = allocator_grow(&core->allocator, drafts->entries, drafts->n,
				 &drafts->room, sizeof(*entries));
	if (entries == NULL)
		return err_no_memory(err);
	drafts->entries = entries;
	entries[drafts->n++] = *entry;
	return OUTRIDER_OK;
}

static enum outrider_code
load_one(void *user, uint64_t rev, struct bytes plain, struct outrider_err *err)
{
	struct draft draft;
	enum outrider_code code = row_read(&draft, plain, err);

	(void)rev;
	return code == OUTRIDER_OK ? list_put(user, &draft.entry, err) : code;
}

enum outrider_code drafts_load(struct outrider *core, struct outrider_err *err)
{
	return rows_each(core, REPLICA_draft, 0, load_one, core, err);
}

void drafts_clear(struct outrider *core)
{
	if (core->drafts.entries != NULL)
		core->allocator.resize(core->allocator.user,
				       core->drafts.entries, 0);
	core->drafts = (struct drafts){ .n = 0 };
}

enum outrider_code drafts_drop(struct outrider *core, uint32_t kind,
			       const struct uuid *id, struct outrider_err *err)
{
	struct draft_entry *entry = find_entry(core, kind, id);
	struct row_record key = row_record(kind, id);

	if (entry == NULL)
		return OUTRIDER_OK;
	core_touch(core, CORE_CARDS);
	*entry = core->drafts.entries[--core->drafts.n];
	return rows_delete(core, REPLICA_draft, key.at, sizeof(key.at), err);
}

enum outrider_code drafts_follow(struct outrider *core, uint32_t kind,
				 const struct uuid *id, bool exists,
				 struct outrider_err *err)
{
	const struct draft_entry *entry;

	if (exists || core->drafts.n == 0)
		return OUTRIDER_OK;
	entry = find_entry(core, kind, id);
	if (entry == NULL || entry->is_new)
		return OUTRIDER_OK;
	if (core->is_taking_page) {
		core->has_gone = true;
		return OUTRIDER_OK;
	}
	return drafts_drop(core, kind, id, err);
}

static enum outrider_code follow_one(struct outrider *core, uint32_t kind,
				     const struct uuid *id,
				     struct outrider_err *err)
{
	bool is_shown;
	enum outrider_code code =
		cards_is_shown(core, &is_shown, kind, id, err);

	return code == OUTRIDER_OK
		       ? drafts_follow(core, kind, id, is_shown, err)
		       : code;
}

enum outrider_code drafts_sweep(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = core->drafts.n; code == OUTRIDER_OK && i-- > 0;) {
		struct draft_entry entry = core->drafts.entries[i];

		code = follow_one(core, entry.kind, &entry.id, err);
	}
	return code;
}

/* ----------------------------------------------------------------- keeping */

/* Fields that a person can set; a new edit upon a refused card counts all as
 * touched. */
static bool may_be_set(const struct outrider_edit *edit, uint32_t number)
{
	const struct field *field =
		message_field(edit->entity->message, number);

	return field != NULL && field_set_has(&edit->touched, number) &&
	       !(field->flags & FIELD_IS_OUTPUT_ONLY);
}

static enum outrider_code
keep(struct outrider_edit *edit, struct outrider_err *err)
{
	struct outrider *core = edit->core;
	struct wire_reader reader = wire_read(edit->now);
	struct draft draft = {
		.entry = { edit->entity->number, edit->id, edit->is_new },
		.kept_us = core->now_us,
	};
	struct wire_field in;
	struct buffer fields;
	enum outrider_code code;

	for (uint32_t i = 1; i < 256; i++)
		if (may_be_set(edit, i))
			field_set_add(&draft.cleared, i);
	buffer_init(&fields, &core->allocator, CARD_FIELDS_MAX);
	while (wire_next(&reader, &in) > 0) {
		if (!may_be_set(edit, in.number))
			continue;
		field_set_remove(&draft.cleared, in.number);
		buffer_append(&fields, in.whole.at, in.whole.len);
	}
	draft.fields = (struct bytes){ fields.at, fields.len };
	code = fields.is_full ? err_no_memory(err) : core_begin(core, err);
	if (code == OUTRIDER_OK) {
		core_touch(core, CORE_CARDS);
		code = row_write(core, &draft, err);
		if (code == OUTRIDER_OK)
			code = list_put(core, &draft.entry, err);
		code = core_finish(core, code, err);
	}
	buffer_free(&fields);
	return code;
}

enum outrider_code outrider_edit_keep(struct outrider_edit *edit,
				      uint8_t id_out[16],
				      struct outrider_err *err)
{
	return edit_end(edit, keep, id_out, err);
}

/* --------------------------------------------------------- taken up again */

/* The card as it is now, or a new one by the draft's name. */
static enum outrider_code
open_edit(struct outrider *core, struct outrider_edit **out,
	  const struct draft_entry *entry, struct outrider_err *err)
{
	const char *kind = schema_entity(entry->kind)->name;
	enum outrider_code code = edit_open(out, core, kind, &entry->id, err);

	if (code != OUTRIDER_NOT_FOUND || !entry->is_new)
		return code;
	err_clear(err);
	code = edit_open(out, core, kind, NULL, err);
	if (code == OUTRIDER_OK)
		(*out)->id = entry->id;
	return code;
}

static enum outrider_code
resume(struct outrider_edit **out, struct outrider *core, const char *kind,
       const struct uuid *id, struct outrider_err *err)
{
	const struct entity *entity = schema_entity_named(kind, strlen(kind));
	struct draft draft;
	enum outrider_code code = core_want_cards(core, err);

	if (code != OUTRIDER_OK)
		return code;
	if (entity == NULL || find_entry(core, entity->number, id) == NULL)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "There is no such draft.");
	code = read_draft(core, &core->work, &draft, entity->number, id, err);
	if (code == OUTRIDER_OK)
		code = open_edit(core, out, &draft.entry, err);
	if (code != OUTRIDER_OK)
		return code;
	code = edit_patch(*out, draft.fields, &draft.cleared, err);
	(*out)->is_draft = true;
	if (code != OUTRIDER_OK) {
		edit_free(*out);
		*out = NULL;
	}
	return code;
}

enum outrider_code outrider_edit_resume(struct outrider_edit **out,
					struct outrider *core, const char *kind,
					const uint8_t id[16],
					struct outrider_err *err)
{
	return edit_begin(out, core, resume, kind, id, err);
}

/* ------------------------------------------------------------- outrider.h */

static enum outrider_code
show(struct outrider *core, bool *goes_on, const struct draft_entry *entry,
     outrider_draft_fn *callback, void *user, struct outrider_err *err)
{
	struct outrider_draft shown;
	struct draft draft;
	struct arena arena;
	enum outrider_code code;

	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = read_draft(core, &arena, &draft, entry->kind, &entry->id, err);
	if (code == OUTRIDER_OK && schema_entity(entry->kind) != NULL) {
		shown = (struct outrider_draft){
			.kind = schema_entity(entry->kind)->name,
			.kept_us = draft.kept_us,
			.is_new = entry->is_new,
			.fields = draft.fields.at,
			.len = draft.fields.len,
		};
		memcpy(shown.id, entry->id.at, sizeof(shown.id));
		*goes_on = callback(user, &shown);
	}
	arena_free(&arena);
	return code;
}

enum outrider_code outrider_drafts(struct outrider *core,
				   outrider_draft_fn *callback, void *user,
				   struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);
	bool goes_on = true;

	if (code != OUTRIDER_OK)
		return code;
	code = core_want_cards(core, err);
	for (size_t i = 0; code == OUTRIDER_OK && goes_on && i < core->drafts.n;
	     i++)
		code = show(core, &goes_on, &core->drafts.entries[i], callback,
			    user, err);
	core_leave(core);
	return code;
}

static enum outrider_code drop(struct outrider *core, const char *kind,
			       const struct uuid *id, struct outrider_err *err)
{
	const struct entity *entity = schema_entity_named(kind, strlen(kind));
	enum outrider_code code = core_want_cards(core, err);

	if (code != OUTRIDER_OK)
		return code;
	if (entity == NULL || find_entry(core, entity->number, id) == NULL)
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "There is no such draft.");
	code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	return core_finish(core, drafts_drop(core, entity->number, id, err),
			   err);
}

enum outrider_code outrider_draft_drop(struct outrider *core, const char *kind,
				       const uint8_t id[16],
				       struct outrider_err *err)
{
	struct uuid uuid;
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	memcpy(uuid.at, id, sizeof(uuid.at));
	code = drop(core, kind, &uuid, err);
	core_leave(core);
	return code;
}
