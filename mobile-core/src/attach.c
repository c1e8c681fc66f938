/*
 * attach: a file becomes an attachment without a network. Owns the way of its
 * bytes from the host into sealed pieces; the card goes the way of any edit.
 *
 * Pieces, content and card are one transaction: all of them are there, or none.
 */
#include <string.h>

#include "cards.h"
#include "core.h"
#include "edit_state.h"
#include "files.h"
#include "model/wire.h"

enum { FIELDS_MAX = 64 * 1024 };

/* One file on its way in. */
struct intake {
	struct outrider *core;
	const struct outrider_attachment *about;
	const struct entity *entity;
	const struct field *target; /* what it hangs on; NULL: nothing */
	outrider_read_fn *read;
	void *user;
	struct buffer piece;
};

/* ------------------------------------------------------------------ pieces */

/* Reads until a piece is full or the file has ended. */
static enum outrider_code
read_piece(struct intake *intake, struct outrider_err *err)
{
	struct buffer *piece = &intake->piece;

	buffer_clear(piece);
	if (buffer_reserve(piece, FILES_PIECE_LEN) == NULL)
		return err_no_memory(err);
	while (piece->len < FILES_PIECE_LEN) {
		size_t room = FILES_PIECE_LEN - piece->len;
		ptrdiff_t n = intake->read(intake->user, piece->at + piece->len,
					   room);

		if (n < 0 || (size_t)n > room)
			return err_set(err, OUTRIDER_UNAVAILABLE, NULL,
				       "The file can't be read.");
		if (n == 0)
			break;
		piece->len += (size_t)n;
	}
	return OUTRIDER_OK;
}

static enum outrider_code
seal_pieces(struct intake *intake, struct file *file, struct outrider_err *err)
{
	struct digest digest;
	enum outrider_code code = OUTRIDER_OK;

	digest_begin(&digest);
	for (uint32_t n = 0; code == OUTRIDER_OK; n++) {
		const struct buffer *piece = &intake->piece;

		code = read_piece(intake, err);
		if (code != OUTRIDER_OK || piece->len == 0)
			break;
		file->size_bytes += (int64_t)piece->len;
		if (file->size_bytes > FILES_MAX_BYTES)
			return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
				       "A file has at most %d MiB.",
				       FILES_MAX_BYTES >> 20);
		digest_add(&digest, piece->at, piece->len);
		code = files_put_piece(intake->core, file->blob, n,
				       (struct bytes){ piece->at, piece->len },
				       err);
	}
	if (code == OUTRIDER_OK && file->size_bytes == 0)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "The file is empty.");
	file->here_bytes = file->size_bytes;
	digest_end(&digest, file->hash);
	return code;
}

/* -------------------------------------------------------------------- card */

static uint32_t number_of(const struct intake *intake, const char *name)
{
	return message_field_named(intake->entity->message, name, strlen(name))
		->number;
}

/* In ascending order of the fields' numbers. */
static void write_fields(struct buffer *out, const struct intake *intake,
			 const uint8_t hash[DIGEST_LEN])
{
	const struct outrider_attachment *about = intake->about;
	char target[UUID_TEXT_LEN + 1];
	struct uuid id;

	wire_put_bytes(out, number_of(intake, "display_name"), about->name,
		       strlen(about->name));
	if (about->media_type != NULL && about->media_type[0] != 0)
		wire_put_bytes(out, number_of(intake, "media_type"),
			       about->media_type, strlen(about->media_type));
	wire_put_bytes(out, number_of(intake, "content_hash"), hash,
		       DIGEST_LEN);
	if (intake->target == NULL)
		return;
	memcpy(id.at, about->card_id, sizeof(id.at));
	uuid_format(target, &id);
	wire_put_bytes(out, intake->target->number, target, UUID_TEXT_LEN);
}

static enum outrider_code
take_fields(struct intake *intake, struct outrider_edit *edit,
	    const uint8_t hash[DIGEST_LEN], struct outrider_err *err)
{
	struct buffer fields;
	enum outrider_code code;

	buffer_init(&fields, &intake->core->allocator, FIELDS_MAX);
	write_fields(&fields, intake, hash);
	code = fields.is_full
		       ? err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
				 "Out of memory, or a name too long.")
		       : edit_take(edit,
				   (struct bytes){ fields.at, fields.len },
				   err);
	buffer_free(&fields);
	return code;
}

/* In a transaction. A second attachment of the same bytes shares them. */
static enum outrider_code take(struct intake *intake,
			       struct outrider_edit *edit,
			       struct outrider_err *err)
{
	struct outrider *core = intake->core;
	struct file file = { .id = *edit_id(edit), .is_wanted = true };
	enum outrider_code code =
		core_random(core, file.blob, sizeof(file.blob), err);

	if (code == OUTRIDER_OK)
		code = seal_pieces(intake, &file, err);
	if (code == OUTRIDER_OK)
		code = take_fields(intake, edit, file.hash, err);
	if (code == OUTRIDER_OK)
		code = files_adopt(core, &file, err);
	if (code == OUTRIDER_OK)
		code = files_put(core, &file, err);
	if (code == OUTRIDER_OK)
		code = edit_save_in(edit, err);
	return code;
}

/* ------------------------------------------------------------- outrider.h */

/* "deal" has the field deal_id; the card must be there. */
static enum outrider_code
find_target(struct intake *intake, struct outrider_err *err)
{
	const struct outrider_attachment *about = intake->about;
	const struct message *message = intake->entity->message;
	struct shown shown;
	struct uuid id;
	enum outrider_code code;

	if (about->kind == NULL || about->card_id == NULL)
		return OUTRIDER_OK;
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];

		if (field->reference != NULL &&
		    !(field->flags & (FIELD_IS_SYSTEM | FIELD_IS_REPEATED)) &&
		    strcmp(field->reference->name, about->kind) == 0)
			intake->target = field;
	}
	if (intake->target == NULL)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "Files can't be attached to a %s.", about->kind);
	memcpy(id.at, about->card_id, sizeof(id.at));
	code = cards_show(intake->core, &intake->core->work, &shown,
			  intake->target->reference->number, &id, err);
	if (code == OUTRIDER_OK && !shown.exists)
		code = err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "There is no such %s.", about->kind);
	return code;
}

static enum outrider_code
attach(struct intake *intake, struct uuid *id, struct outrider_err *err)
{
	struct outrider *core = intake->core;
	struct outrider_edit *edit = NULL;
	enum outrider_code code = core_want_cards(core, err);

	if (code != OUTRIDER_OK)
		return code;
	if (intake->about->name == NULL || intake->about->name[0] == 0)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "display_name",
			       "is required");
	intake->entity = schema_entity_named("attachment", 10);
	code = find_target(intake, err);
	if (code == OUTRIDER_OK)
		code = edit_open(&edit, core, "attachment", NULL, err);
	if (code != OUTRIDER_OK)
		return code;
	*id = *edit_id(edit);
	buffer_init(&intake->piece, &core->allocator, FILES_PIECE_LEN);
	code = core_begin(core, err);
	if (code == OUTRIDER_OK)
		code = core_finish(core, take(intake, edit, err), err);
	buffer_free(&intake->piece);
	/* Where the cards were locked meanwhile, the edit is gone already. */
	if (core->edits == edit)
		edit_free(edit);
	return code;
}

enum outrider_code outrider_attach(struct outrider *core, uint8_t id_out[16],
				   const struct outrider_attachment *attachment,
				   outrider_read_fn *read, void *user,
				   struct outrider_err *err)
{
	struct intake intake = {
		.core = core,
		.about = attachment,
		.read = read,
		.user = user,
	};
	struct uuid id = { { 0 } };
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = attach(&intake, &id, err);
	if (code == OUTRIDER_OK && id_out != NULL)
		memcpy(id_out, id.at, sizeof(id.at));
	core_leave(core);
	return code;
}
