/*
 * files: a short list in memory, a sealed row for each, and pieces.
 */
#include "files.h"

#include <string.h>

#include "cards.h"
#include "core.h"
#include "model/octets.h"
#include "model/wire.h"
#include "rows.h"

/* The row, as protobuf fields: never renumber. */
enum {
	FILE_ID = 1,
	FILE_HASH = 2,
	FILE_BLOB = 3,
	FILE_SIZE = 4,
	FILE_HERE = 5,
	FILE_DIGEST = 6,
	FILE_IS_WANTED = 7,
	FILE_IS_WRONG = 8,
};

/* What a piece's row is named by, and begins with: so a mended file tells whose
 * it was. */
enum { PIECE_KEY_LEN = FILES_BLOB_LEN + 4 };

struct piece_key {
	uint8_t at[PIECE_KEY_LEN];
};

static struct piece_key key_of(const uint8_t blob[FILES_BLOB_LEN], uint32_t n)
{
	struct piece_key key;
	struct octet_writer out = { .bytes = key.at + FILES_BLOB_LEN,
				    .room = 4 };

	memcpy(key.at, blob, FILES_BLOB_LEN);
	octets_put(&out, n, 4);
	return key;
}

/* ------------------------------------------------------------------- rows */

static enum outrider_code row_write(struct outrider *core,
				    const struct file *file,
				    struct outrider_err *err)
{
	struct buffer *plain = rows_make(core);

	wire_put_bytes(plain, FILE_ID, file->id.at, sizeof(file->id.at));
	wire_put_bytes(plain, FILE_HASH, file->hash, DIGEST_LEN);
	wire_put_bytes(plain, FILE_BLOB, file->blob, FILES_BLOB_LEN);
	wire_put_scalar(plain, FILE_SIZE, (uint64_t)file->size_bytes);
	wire_put_scalar(plain, FILE_HERE, (uint64_t)file->here_bytes);
	wire_put_bytes(plain, FILE_DIGEST, file->digest, DIGEST_STATE_LEN);
	wire_put_scalar(plain, FILE_IS_WANTED, file->is_wanted);
	wire_put_scalar(plain, FILE_IS_WRONG, file->is_wrong);
	return rows_put_made(core, REPLICA_content, file->id.at,
			     sizeof(file->id.at), 0, err);
}

static bool take_bytes(void *out, size_t len, const struct wire_field *field)
{
	if (field->value.len != len)
		return false;
	memcpy(out, field->value.at, len);
	return true;
}

static bool row_take(struct file *file, const struct wire_field *field)
{
	switch (field->number) {
	case FILE_ID:
		return take_bytes(file->id.at, sizeof(file->id.at), field);
	case FILE_HASH:
		return take_bytes(file->hash, DIGEST_LEN, field);
	case FILE_BLOB:
		return take_bytes(file->blob, FILES_BLOB_LEN, field);
	case FILE_DIGEST:
		return take_bytes(file->digest, DIGEST_STATE_LEN, field);
	case FILE_SIZE:
		file->size_bytes = (int64_t)field->scalar;
		break;
	case FILE_HERE:
		file->here_bytes = (int64_t)field->scalar;
		break;
	case FILE_IS_WANTED:
		file->is_wanted = field->scalar != 0;
		break;
	case FILE_IS_WRONG:
		file->is_wrong = field->scalar != 0;
		break;
	default:
		break;
	}
	return true;
}

/* ---------------------------------------------------------------- the list */

struct file *files_find(const struct outrider *core, const struct uuid *id)
{
	const struct files *files = &core->files;

	for (size_t i = 0; i < files->n; i++)
		if (uuid_compare(&files->list[i].id, id) == 0)
			return &files->list[i];
	return NULL;
}

bool file_is_whole(const struct file *file)
{
	return file->size_bytes > 0 && file->here_bytes == file->size_bytes;
}

bool files_is_to_send(const struct outrider *core, const struct uuid *id)
{
	const struct outbox_entry *entry;
	uint32_t kind = schema_entity_named("attachment", 10)->number;
	size_t at = 0;

	while ((entry = outbox_next(core, &at, kind, id)) != NULL)
		if (entry->op == OUTBOX_CREATE)
			return true;
	return false;
}

bool files_are_missing(const struct outrider *core)
{
	for (size_t i = 0; i < core->files.n; i++)
		if (core->files.list[i].is_wanted &&
		    !core->files.list[i].is_skipped &&
		    !file_is_whole(&core->files.list[i]))
			return true;
	return false;
}

static enum outrider_code list_append(struct outrider *core,
				      const struct file *file,
				      struct outrider_err *err)
{
	struct files *files = &core->files;
	struct file *list;

	list = allocator_grow(&core->allocator, files->list, files->n,
			      &files->room, sizeof(*list));
	if (list == NULL)
		return err_no_memory(err);
	files->list = list;
	list[files->n++] = *file;
	return OUTRIDER_OK;
}

static bool has_blob(const struct outrider *core,
		     const uint8_t blob[FILES_BLOB_LEN], const struct file *but)
{
	for (size_t i = 0; i < core->files.n; i++)
		if (&core->files.list[i] != but &&
		    memcmp(core->files.list[i].blob, blob, FILES_BLOB_LEN) == 0)
			return true;
	return false;
}

static enum outrider_code
load_one(void *user, uint64_t rev, struct bytes plain, struct outrider_err *err)
{
	struct wire_reader reader = wire_read(plain);
	struct file file = { .size_bytes = 0 };
	struct wire_field field;

	(void)rev;
	while (wire_next(&reader, &field) > 0)
		if (!row_take(&file, &field))
			return err_set(err, OUTRIDER_DATA_LOSS, NULL,
				       "A content's row is damaged.");
	return list_append(user, &file, err);
}

enum outrider_code files_load(struct outrider *core, struct outrider_err *err)
{
	return rows_each(core, REPLICA_content, 0, load_one, core, err);
}

void files_clear(struct outrider *core)
{
	if (core->files.list != NULL)
		core->allocator.resize(core->allocator.user, core->files.list,
				       0);
	core->files = (struct files){ .n = 0 };
}

/* ------------------------------------------------------------------ pieces */

enum outrider_code
files_put_piece(struct outrider *core, const uint8_t blob[FILES_BLOB_LEN],
		uint32_t n, struct bytes data, struct outrider_err *err)
{
	struct piece_key key = key_of(blob, n);
	struct buffer *plain = rows_make(core);

	buffer_append(plain, key.at, sizeof(key.at));
	buffer_append(plain, data.at, data.len);
	return rows_put_made(core, REPLICA_piece, key.at, sizeof(key.at), 0,
			     err);
}

static size_t piece_len(const struct file *file, uint32_t n)
{
	int64_t left = file->size_bytes - (int64_t)n * FILES_PIECE_LEN;

	return left < FILES_PIECE_LEN ? (size_t)left : FILES_PIECE_LEN;
}

enum outrider_code files_get_piece(struct outrider *core, struct arena *arena,
				   struct bytes *data, const struct file *file,
				   uint32_t n, struct outrider_err *err)
{
	struct piece_key key = key_of(file->blob, n);
	struct bytes plain;
	enum outrider_code code = rows_get(core, arena, &plain, NULL,
					   REPLICA_piece, key.at,
					   sizeof(key.at), err);

	*data = (struct bytes){ NULL, 0 };
	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK &&
	     plain.len != PIECE_KEY_LEN + piece_len(file, n)))
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "A piece of the content is missing.");
	if (code != OUTRIDER_OK)
		return code;
	*data = (struct bytes){ plain.at + PIECE_KEY_LEN,
				plain.len - PIECE_KEY_LEN };
	return OUTRIDER_OK;
}

static enum outrider_code drop_pieces(struct outrider *core,
				      const struct file *file,
				      struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;
	int64_t at = 0;

	if (has_blob(core, file->blob, file))
		return OUTRIDER_OK;
	for (uint32_t n = 0; code == OUTRIDER_OK && at < file->here_bytes;
	     n++, at += FILES_PIECE_LEN) {
		struct piece_key key = key_of(file->blob, n);

		code = rows_delete(core, REPLICA_piece, key.at, sizeof(key.at),
				   err);
	}
	return code;
}

/* ---------------------------------------------------------------- contents */

enum outrider_code files_put(struct outrider *core, const struct file *file,
			     struct outrider_err *err)
{
	struct file *known = files_find(core, &file->id);

	core_touch(core, CORE_CARDS);
	if (known == NULL) {
		enum outrider_code code = list_append(core, file, err);

		if (code != OUTRIDER_OK)
			return code;
	} else if (known != file) {
		*known = *file;
	}
	return row_write(core, file, err);
}

enum outrider_code files_begin_anew(struct outrider *core, struct file *file,
				    struct outrider_err *err)
{
	struct digest digest;
	enum outrider_code code;

	core_touch(core, CORE_CARDS);
	code = drop_pieces(core, file, err);
	if (code == OUTRIDER_OK)
		code = core_random(core, file->blob, FILES_BLOB_LEN, err);
	digest_begin(&digest);
	digest_keep(&digest, file->digest);
	file->here_bytes = 0;
	return code;
}

static enum outrider_code
forget(struct outrider *core, struct file *file, struct outrider_err *err)
{
	struct files *files = &core->files;
	size_t behind = (size_t)(files->list + files->n - file) - 1;
	enum outrider_code code;

	core_touch(core, CORE_CARDS);
	code = drop_pieces(core, file, err);
	if (code == OUTRIDER_OK)
		code = rows_delete(core, REPLICA_content, file->id.at,
				   sizeof(file->id.at), err);
	memmove(file, file + 1, behind * sizeof(*file));
	files->n--;
	return code;
}

/* ----------------------------------------------------------------- mending */

struct audit {
	struct outrider *core;
	struct buffer strays; /* keys of pieces that nobody has */
};

static enum outrider_code count_piece(void *user, uint64_t rev,
				      struct bytes plain,
				      struct outrider_err *err)
{
	struct audit *audit = user;
	struct files *files = &audit->core->files;
	bool is_stray = true;

	(void)rev;
	if (plain.len < PIECE_KEY_LEN)
		return OUTRIDER_OK;
	for (size_t i = 0; i < files->n; i++) {
		struct file *file = &files->list[i];

		if (memcmp(file->blob, plain.at, FILES_BLOB_LEN) != 0)
			continue;
		file->found_bytes += (int64_t)(plain.len - PIECE_KEY_LEN);
		is_stray = false;
	}
	if (is_stray)
		buffer_append(&audit->strays, plain.at, PIECE_KEY_LEN);
	return audit->strays.is_full ? err_no_memory(err) : OUTRIDER_OK;
}

/* What lacks pieces comes anew; what the server never had stays as it is, for
 * its author to be told when it is to be sent. */
static enum outrider_code
begin_lossy_anew(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; code == OUTRIDER_OK && i < core->files.n; i++) {
		struct file *file = &core->files.list[i];

		if (file->found_bytes >= file->here_bytes ||
		    files_is_to_send(core, &file->id))
			continue;
		code = files_begin_anew(core, file, err);
		if (code == OUTRIDER_OK)
			code = files_put(core, file, err);
	}
	return code;
}

enum outrider_code files_mend(struct outrider *core, struct outrider_err *err)
{
	struct audit audit = { .core = core };
	enum outrider_code code;

	for (size_t i = 0; i < core->files.n; i++)
		core->files.list[i].found_bytes = 0;
	buffer_init(&audit.strays, &core->allocator, SIZE_MAX / 4);
	code = rows_each(core, REPLICA_piece, 0, count_piece, &audit, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < audit.strays.len;
	     i += PIECE_KEY_LEN)
		code = rows_delete(core, REPLICA_piece, audit.strays.at + i,
				   PIECE_KEY_LEN, err);
	buffer_free(&audit.strays);
	return code == OUTRIDER_OK ? begin_lossy_anew(core, err) : code;
}

/* ---------------------------------------------------------- with the cards */

enum outrider_code files_follow(struct outrider *core, uint32_t kind,
				const struct uuid *id, bool exists,
				struct outrider_err *err)
{
	const struct entity *entity;
	struct file *file;

	/* Asked of every record that comes in. */
	if (core->files.n == 0)
		return OUTRIDER_OK;
	entity = schema_entity(kind);
	if (entity == NULL || strcmp(entity->name, "attachment") != 0)
		return OUTRIDER_OK;
	file = files_find(core, id);
	if (file == NULL || files_is_to_send(core, id) ||
	    (exists && (file->is_wanted || file->is_wrong)))
		return OUTRIDER_OK;
	if (core->is_taking_page) {
		core->has_gone = true;
		return OUTRIDER_OK;
	}
	return forget(core, file, err);
}

static const struct file *
find_twin(const struct outrider *core, const struct file *file)
{
	const struct files *files = &core->files;

	for (size_t i = 0; i < files->n; i++) {
		const struct file *twin = &files->list[i];

		if (twin != file && file_is_whole(twin) &&
		    memcmp(twin->hash, file->hash, DIGEST_LEN) == 0)
			return twin;
	}
	return NULL;
}

bool files_has_twin(const struct outrider *core, const struct file *file)
{
	return find_twin(core, file) != NULL;
}

enum outrider_code
files_adopt(struct outrider *core, struct file *file, struct outrider_err *err)
{
	const struct file *twin = find_twin(core, file);
	enum outrider_code code;

	if (twin == NULL)
		return OUTRIDER_OK;
	core_touch(core, CORE_CARDS);
	code = drop_pieces(core, file, err);
	memcpy(file->blob, twin->blob, FILES_BLOB_LEN);
	file->size_bytes = file->here_bytes = twin->size_bytes;
	return code;
}

static enum outrider_code follow_one(struct outrider *core,
				     const struct uuid *id,
				     struct outrider_err *err)
{
	uint32_t kind = schema_entity_named("attachment", 10)->number;
	bool is_shown;
	enum outrider_code code =
		cards_is_shown(core, &is_shown, kind, id, err);

	return code == OUTRIDER_OK ? files_follow(core, kind, id, is_shown, err)
				   : code;
}

enum outrider_code files_sweep(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = core->files.n; code == OUTRIDER_OK && i-- > 0;) {
		struct uuid id = core->files.list[i].id;

		code = follow_one(core, &id, err);
	}
	return code;
}
