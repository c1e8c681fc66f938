/*
 * files_show: contents for the host: which there are, which are wanted, and
 * their bytes. Owns nothing.
 */
#include <string.h>

#include "cards.h"
#include "core.h"
#include "fields.h"
#include "files.h"

static const struct entity *attachment(void)
{
	return schema_entity_named("attachment", 10);
}

/* -------------------------------------------------------------------- list */

static enum outrider_file_state
state_of(const struct outrider *core, const struct file *file)
{
	if (file == NULL)
		return OUTRIDER_FILE_REMOTE;
	if (file->is_wrong)
		return OUTRIDER_FILE_WRONG;
	if (files_is_to_send(core, &file->id))
		return OUTRIDER_FILE_TO_SEND;
	if (file_is_whole(file))
		return OUTRIDER_FILE_HERE;
	return file->is_wanted ? OUTRIDER_FILE_WANTED : OUTRIDER_FILE_REMOTE;
}

static const char *
text_of(struct arena *arena, struct bytes fields, const char *name)
{
	struct bytes text = fields_text(attachment()->message, fields, name);

	return (const char *)arena_copy(arena, text.at, text.len).at;
}

static enum outrider_code
describe(struct outrider *core, struct outrider_file *out, struct arena *arena,
	 const struct shown *shown, struct outrider_err *err)
{
	const struct file *file = files_find(core, &shown->card.id);
	struct bytes fields = shown->card.fields;

	*out = (struct outrider_file){
		.name = text_of(arena, fields, "display_name"),
		.media_type = text_of(arena, fields, "media_type"),
		.size_bytes = fields_number(attachment()->message, fields,
					    "size_bytes"),
		.state = state_of(core, file),
	};
	memcpy(out->id, shown->card.id.at, sizeof(out->id));
	if (out->name == NULL || out->media_type == NULL)
		return err_no_memory(err);
	if (file == NULL)
		return OUTRIDER_OK;
	out->here_bytes = file->here_bytes;
	out->is_wanted = file->is_wanted;
	if (file->size_bytes > 0)
		out->size_bytes = file->size_bytes;
	return OUTRIDER_OK;
}

/* What the files are to hang on. */
struct target {
	const char *field; /* NULL: on anything */
	struct uuid id;
};

static bool hangs_on(const struct shown *shown, const struct target *target)
{
	return target->field == NULL ||
	       fields_refer_to(attachment()->message, shown->card.fields,
			       target->field, &target->id);
}

static enum outrider_code
show(struct outrider *core, bool *goes_on, const struct uuid *id,
     const struct target *target, outrider_file_fn *callback, void *user,
     struct outrider_err *err)
{
	struct outrider_file file;
	struct shown shown;
	struct arena arena;
	enum outrider_code code;

	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = cards_show(core, &arena, &shown, attachment()->number, id, err);
	if (code == OUTRIDER_OK && shown.exists && hangs_on(&shown, target)) {
		code = describe(core, &file, &arena, &shown, err);
		if (code == OUTRIDER_OK)
			*goes_on = callback(user, &file);
	}
	arena_free(&arena);
	return code;
}

/* "deal" is referred to in deal_id. */
static enum outrider_code find_target(struct target *out, const char *kind,
				      const uint8_t *card_id,
				      struct outrider_err *err)
{
	const struct message *message = attachment()->message;

	*out = (struct target){ .field = NULL };
	if (kind == NULL || card_id == NULL)
		return OUTRIDER_OK;
	memcpy(out->id.at, card_id, sizeof(out->id.at));
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];

		if (field->reference != NULL &&
		    !(field->flags & (FIELD_IS_SYSTEM | FIELD_IS_REPEATED)) &&
		    strcmp(field->reference->name, kind) == 0)
			out->field = field->name;
	}
	if (out->field == NULL)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "Files can't be attached to a %s.", kind);
	return OUTRIDER_OK;
}

static enum outrider_code
list(struct outrider *core, const struct target *target,
     outrider_file_fn *callback, void *user, struct outrider_err *err)
{
	struct find_hit *found;
	enum outrider_code code;
	bool goes_on = true;
	size_t n;

	code = find_search(&core->find, &core->lent, &found, &n,
			   attachment()->number, "", SIZE_MAX, err);
	for (size_t i = 0; code == OUTRIDER_OK && goes_on && i < n; i++)
		code = show(core, &goes_on, &found[i].id, target, callback,
			    user, err);
	return code;
}

enum outrider_code outrider_files(struct outrider *core, const char *kind,
				  const uint8_t card_id[16],
				  outrider_file_fn *callback, void *user,
				  struct outrider_err *err)
{
	struct target target;
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = core_want_cards(core, err);
	if (code == OUTRIDER_OK)
		code = find_target(&target, kind, card_id, err);
	if (code == OUTRIDER_OK)
		code = list(core, &target, callback, user, err);
	core_leave(core);
	return code;
}

/* ----------------------------------------------------------------- wanting */

/* An attachment that nothing is known of yet, as its card names it. */
static enum outrider_code begin(struct outrider *core, struct file *out,
				const struct shown *shown,
				struct outrider_err *err)
{
	struct bytes hash = fields_text(attachment()->message,
					shown->card.fields, "content_hash");

	if (hash.len != DIGEST_LEN)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION,
			       "content_hash", "The card names no content.");
	*out = (struct file){
		.id = shown->card.id,
		.size_bytes = fields_number(attachment()->message,
					    shown->card.fields, "size_bytes"),
	};
	memcpy(out->hash, hash.at, DIGEST_LEN);
	return files_begin_anew(core, out, err);
}

/* In a transaction. */
static enum outrider_code
want(struct outrider *core, const struct shown *shown, struct outrider_err *err)
{
	const struct file *known = files_find(core, &shown->card.id);
	struct file file;
	enum outrider_code code = OUTRIDER_OK;

	if (known != NULL)
		file = *known;
	else
		code = begin(core, &file, shown, err);
	file.is_wanted = true;
	file.is_wrong = file.is_skipped = false;
	if (code == OUTRIDER_OK && !file_is_whole(&file))
		code = files_adopt(core, &file, err);
	return code == OUTRIDER_OK ? files_put(core, &file, err) : code;
}

static enum outrider_code
unwant(struct outrider *core, const struct uuid *id, struct outrider_err *err)
{
	struct file *file = files_find(core, id);
	enum outrider_code code;

	if (file == NULL)
		return OUTRIDER_OK;
	core_touch(core, CORE_CARDS);
	file->is_wanted = file->is_wrong = false;
	code = files_put(core, file, err);
	if (code == OUTRIDER_OK)
		code = files_follow(core, attachment()->number, id, true, err);
	return code;
}

static enum outrider_code set_wanted(struct outrider *core,
				     const struct uuid *id, bool is_wanted,
				     struct outrider_err *err)
{
	struct shown shown;
	enum outrider_code code = core_want_cards(core, err);

	if (code == OUTRIDER_OK)
		code = cards_show(core, &core->work, &shown,
				  attachment()->number, id, err);
	if (code == OUTRIDER_OK && !shown.exists)
		code = err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "There is no such attachment.");
	if (code == OUTRIDER_OK)
		code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	code = is_wanted ? want(core, &shown, err) : unwant(core, id, err);
	return core_finish(core, code, err);
}

enum outrider_code outrider_file_want(struct outrider *core,
				      const uint8_t id[16], bool is_wanted,
				      struct outrider_err *err)
{
	struct uuid uuid;
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	memcpy(uuid.at, id, sizeof(uuid.at));
	code = set_wanted(core, &uuid, is_wanted, err);
	core_leave(core);
	return code;
}

/* ----------------------------------------------------------------- reading */

/* A piece doesn't open: what the server has comes anew. */
static enum outrider_code
lose(struct outrider *core, struct file *file, struct outrider_err *err)
{
	struct outrider_err heal;
	enum outrider_code code;

	if (files_is_to_send(core, &file->id))
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The content is damaged, and the server never "
			       "had it: attach the file again.");
	code = core_begin(core, &heal);
	if (code == OUTRIDER_OK) {
		core_touch(core, CORE_CARDS);
		code = files_begin_anew(core, file, &heal);
		if (code == OUTRIDER_OK)
			code = files_put(core, file, &heal);
		code = core_finish(core, code, &heal);
	}
	if (code != OUTRIDER_OK)
		core_log(core, OUTRIDER_LOG_ERROR, "files: %s", heal.text);
	return err_set(err, OUTRIDER_DATA_LOSS, NULL,
		       "The content is damaged, and comes anew with the next "
		       "sync.");
}

/* What a pull that isn't at its end took the card of is nobody's to read. */
static enum outrider_code find_whole(struct outrider *core, struct file **out,
				     const uint8_t id[16], int64_t offset,
				     struct outrider_err *err)
{
	struct shown shown = { .exists = false };
	struct uuid uuid;
	enum outrider_code code = core_want_cards(core, err);

	if (code != OUTRIDER_OK)
		return code;
	memcpy(uuid.at, id, sizeof(uuid.at));
	*out = files_find(core, &uuid);
	if (*out != NULL)
		code = cards_show(core, &core->work, &shown,
				  attachment()->number, &uuid, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!shown.exists || !file_is_whole(*out))
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "This content is not on the phone.");
	if (offset < 0 || offset > (*out)->size_bytes)
		return err_set(err, OUTRIDER_OUT_OF_RANGE, NULL,
			       "The content has %lld bytes.",
			       (long long)(*out)->size_bytes);
	return OUTRIDER_OK;
}

static enum outrider_code
read_part(struct outrider *core, size_t *n, uint8_t *out, size_t room,
	  struct file *file, int64_t offset, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	while (code == OUTRIDER_OK && *n < room && offset < file->size_bytes) {
		size_t from = (size_t)(offset % FILES_PIECE_LEN), some;
		struct bytes data;

		arena_reset(&core->work);
		code = files_get_piece(core, &core->work, &data, file,
				       (uint32_t)(offset / FILES_PIECE_LEN),
				       err);
		if (code != OUTRIDER_OK)
			break;
		some = data.len - from < room - *n ? data.len - from
						   : room - *n;
		memcpy(out + *n, data.at + from, some);
		*n += some;
		offset += (int64_t)some;
	}
	return code == OUTRIDER_DATA_LOSS ? lose(core, file, err) : code;
}

enum outrider_code outrider_file_read(struct outrider *core, size_t *n,
				      uint8_t *out, size_t room,
				      const uint8_t id[16], int64_t offset,
				      struct outrider_err *err)
{
	struct file *file;
	enum outrider_code code = core_enter(core, err);

	*n = 0;
	if (code != OUTRIDER_OK)
		return code;
	code = find_whole(core, &file, id, offset, err);
	if (code == OUTRIDER_OK)
		code = read_part(core, n, out, room, file, offset, err);
	core_leave(core);
	return code;
}
