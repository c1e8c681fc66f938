/*
 * files_sync: one content at a time, a chunk a call.
 */
#include "files_sync.h"

#include <string.h>

#include "core.h"
#include "events.h"
#include "model/wire.h"

enum {
	/* Then what is there is attached first. */
	UNPUSHED_MAX = 16 << 20,
	RESTARTS_MAX = 3,
};

/* Field numbers of attachment.proto. */
enum { START_HASH = 1, START_SIZE = 2 };
enum { CHUNK_HASH = 1, CHUNK_OFFSET = 2, CHUNK_DATA = 3 };
enum { UPLOADED_OFFSET = 1 };
enum { READ_ID = 1, READ_OFFSET = 2, READ_LENGTH = 3 };
enum { CONTENT_DATA = 1, CONTENT_SIZE = 2 };

static enum outrider_code
finish(const struct buffer *out, struct outrider_err *err)
{
	return out->is_full ? err_no_memory(err) : OUTRIDER_OK;
}

void files_sync_begin(struct outrider *core)
{
	struct files *files = &core->files;

	files->run = (struct files_run){ .offset = -1 };
	for (size_t i = 0; i < files->n; i++)
		files->list[i].is_skipped = false;
}

/* ----------------------------------------------------------------- uploads */

static bool is_attachment(const struct outbox_entry *entry)
{
	const struct entity *entity = schema_entity(entry->kind);

	return entry->op == OUTBOX_CREATE && entity != NULL &&
	       strcmp(entity->name, "attachment") == 0;
}

bool files_holds_back(const struct outrider *core,
		      const struct outbox_entry *entry)
{
	return is_attachment(entry) && entry->seq > core->files.run.sent_seq;
}

void files_pushed(struct outrider *core)
{
	core->files.run.unpushed = 0;
}

/* The content that is under way; NULL: none, or it has gone meanwhile. */
static struct file *file_under_way(const struct outrider *core)
{
	const struct outbox *outbox = &core->outbox;

	for (size_t i = 0; i < outbox->n; i++)
		if (outbox->entries[i].seq == core->files.run.offer_seq &&
		    is_attachment(&outbox->entries[i]))
			return files_find(core, &outbox->entries[i].id);
	return NULL;
}

/* The content under way is done with: its card may be pushed. */
static void let_go(struct outrider *core)
{
	struct files_run *run = &core->files.run;

	if (run->offer_seq > run->sent_seq)
		run->sent_seq = run->offer_seq;
	run->offer_seq = 0;
	run->offset = -1;
	run->n_restarts = 0;
}

/* The next one whose card waits. A card whose content isn't here is for the
 * server to judge. */
static struct file *choose(struct outrider *core)
{
	const struct outbox *outbox = &core->outbox;
	struct files_run *run = &core->files.run;

	for (size_t i = 0; i < outbox->n; i++) {
		const struct outbox_entry *entry = &outbox->entries[i];
		struct file *file;

		if (entry->seq <= core->device.acked_seq ||
		    !files_holds_back(core, entry))
			continue;
		run->offer_seq = entry->seq;
		run->offset = -1;
		file = files_find(core, &entry->id);
		if (file != NULL && file_is_whole(file))
			return file;
		let_go(core);
	}
	return NULL;
}

enum outrider_code files_say_offer(struct outrider *core, struct buffer *out,
				   struct outrider_err *err)
{
	struct files_run *run = &core->files.run;
	const struct file *file = NULL;

	if (run->offer_seq != 0)
		file = file_under_way(core);
	if (file != NULL && run->offset >= 0)
		return OUTRIDER_OK;
	if (file == NULL) {
		run->offer_seq = 0;
		if (run->is_full || run->unpushed >= UNPUSHED_MAX)
			return OUTRIDER_OK;
		file = choose(core);
	}
	if (file == NULL)
		return OUTRIDER_OK;
	wire_put_bytes(out, START_HASH, file->hash, DIGEST_LEN);
	wire_put_scalar(out, START_SIZE, (uint64_t)file->size_bytes);
	return finish(out, err);
}

/* The card goes without: it is refused, and its author is told. */
static void give_up(struct outrider *core, const struct uuid *id,
		    enum outrider_code code, const char *text)
{
	events_push(&core->events, OUTRIDER_EVENT_FILE_FAILED, id->at, code,
		    "%s", text);
	let_go(core);
}

enum outrider_code files_say_upload(struct outrider *core, struct buffer *out,
				    struct outrider_err *err)
{
	const struct files_run *run = &core->files.run;
	const struct file *file = run->offer_seq != 0 ? file_under_way(core)
						      : NULL;
	enum outrider_code code;
	struct bytes data;
	struct uuid id;
	size_t from;

	if (file == NULL || run->offset < 0)
		return OUTRIDER_OK;
	id = file->id;
	from = (size_t)(run->offset % FILES_PIECE_LEN);
	code = files_get_piece(core, &core->work, &data, file,
			       (uint32_t)(run->offset / FILES_PIECE_LEN), err);
	if (code == OUTRIDER_DATA_LOSS) {
		give_up(core, &id, code, err->text);
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code != OUTRIDER_OK)
		return code;
	wire_put_bytes(out, CHUNK_HASH, file->hash, DIGEST_LEN);
	wire_put_scalar(out, CHUNK_OFFSET, (uint64_t)run->offset);
	wire_put_bytes(out, CHUNK_DATA, data.at + from, data.len - from);
	return finish(out, err);
}

/* Both answers say how much the server has. */
enum outrider_code files_hear_upload(struct outrider *core,
				     struct bytes response,
				     struct outrider_err *err)
{
	struct files_run *run = &core->files.run;
	const struct file *file = file_under_way(core);
	struct wire_field in;
	int64_t offset = 0;

	/* Whoever discarded the card meanwhile needs its content no more. */
	if (file == NULL)
		return OUTRIDER_OK;
	if (wire_find(&in, response, UPLOADED_OFFSET))
		offset = (int64_t)in.scalar;
	if (offset < 0 || offset > file->size_bytes ||
	    (run->offset >= 0 && offset <= run->offset))
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The server's answer makes no sense.");
	if (run->offset >= 0)
		run->unpushed += offset - run->offset;
	run->offset = offset;
	if (offset == file->size_bytes)
		let_go(core);
	return OUTRIDER_OK;
}

bool files_upload_refused(struct outrider *core, bool *is_full,
			  enum outrider_code code, const char *text)
{
	struct files_run *run = &core->files.run;
	const struct file *file = file_under_way(core);

	*is_full = code == OUTRIDER_RESOURCE_EXHAUSTED;
	if (*is_full) {
		run->is_full = true;
		run->offer_seq = 0;
		run->offset = -1;
		return true;
	}
	if (code == OUTRIDER_UNAUTHENTICATED || code_is_retryable(code) ||
	    code == OUTRIDER_INTERNAL || code == OUTRIDER_UNKNOWN)
		return false;
	/* The server has more or less of it than was thought: ask. */
	if (code == OUTRIDER_FAILED_PRECONDITION &&
	    run->n_restarts++ < RESTARTS_MAX)
		run->offset = -1;
	else if (file != NULL)
		give_up(core, &file->id, code, text);
	else
		let_go(core);
	return true;
}

/* --------------------------------------------------------------- downloads */

static enum outrider_code
adopt(struct outrider *core, struct file *file, struct outrider_err *err)
{
	struct uuid id = file->id;
	enum outrider_code code;

	if (!files_has_twin(core, file))
		return OUTRIDER_OK;
	code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	code = files_adopt(core, file, err);
	if (code == OUTRIDER_OK)
		code = files_put(core, file, err);
	code = core_finish(core, code, err);
	if (code == OUTRIDER_OK)
		events_push(&core->events, OUTRIDER_EVENT_FILE_HERE, id.at,
			    OUTRIDER_OK, NULL);
	return code;
}

/* The next that is wanted; those whose bytes another has take them over. */
static enum outrider_code choose_wanted(struct outrider *core,
					struct file **out,
					struct outrider_err *err)
{
	struct files *files = &core->files;
	enum outrider_code code = OUTRIDER_OK;

	*out = NULL;
	for (size_t i = 0; code == OUTRIDER_OK && i < files->n; i++) {
		struct file *file = &files->list[i];

		if (!file->is_wanted || file->is_skipped || file_is_whole(file))
			continue;
		code = adopt(core, file, err);
		if (code != OUTRIDER_OK || !file_is_whole(file)) {
			*out = file;
			return code;
		}
	}
	return code;
}

enum outrider_code files_say_fetch(struct outrider *core, struct buffer *out,
				   struct outrider_err *err)
{
	struct files_run *run = &core->files.run;
	char id[UUID_TEXT_LEN + 1];
	struct file *file;
	enum outrider_code code = choose_wanted(core, &file, err);

	if (code != OUTRIDER_OK || file == NULL)
		return code;
	run->fetched = file->id;
	run->fetched_at = file->here_bytes;
	uuid_format(id, &file->id);
	wire_put_bytes(out, READ_ID, id, UUID_TEXT_LEN);
	wire_put_scalar(out, READ_OFFSET, (uint64_t)file->here_bytes);
	wire_put_scalar(out, READ_LENGTH, FILES_PIECE_LEN);
	return finish(out, err);
}

struct part {
	struct bytes data;
	int64_t size_bytes; /* of the whole */
};

/* Is this the part of the content that was asked for? */
static bool part_fits(const struct file *file, const struct part *part)
{
	int64_t left = part->size_bytes - file->here_bytes;

	if (part->size_bytes <= 0 || part->size_bytes > FILES_MAX_BYTES ||
	    (file->size_bytes != 0 && file->size_bytes != part->size_bytes))
		return false;
	return (int64_t)part->data.len ==
	       (left < FILES_PIECE_LEN ? left : FILES_PIECE_LEN);
}

/* *is_right false: all of it came, and it isn't what the card names. */
static enum outrider_code take_part(struct outrider *core, bool *is_right,
				    struct file *file, const struct part *part,
				    struct outrider_err *err)
{
	uint32_t n = (uint32_t)(file->here_bytes / FILES_PIECE_LEN);
	uint8_t hash[DIGEST_LEN];
	struct digest digest;

	digest_resume(&digest, file->digest, (uint64_t)file->here_bytes);
	digest_add(&digest, part->data.at, part->data.len);
	file->size_bytes = part->size_bytes;
	file->here_bytes += (int64_t)part->data.len;
	if (file_is_whole(file)) {
		digest_end(&digest, hash);
		*is_right = memcmp(hash, file->hash, DIGEST_LEN) == 0;
	} else {
		digest_keep(&digest, file->digest);
	}
	return files_put_piece(core, file->blob, n, part->data, err);
}

static enum outrider_code take(struct outrider *core, bool *is_right,
			       struct file *file, const struct part *part,
			       struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	core_touch(core, CORE_CARDS);
	*is_right = part_fits(file, part);
	if (*is_right)
		code = take_part(core, is_right, file, part, err);
	if (code == OUTRIDER_OK && !*is_right) {
		/* The same would come again: not before somebody asks. */
		file->is_wrong = true;
		file->is_wanted = false;
		code = files_begin_anew(core, file, err);
	}
	return code == OUTRIDER_OK ? files_put(core, file, err) : code;
}

enum outrider_code files_hear_fetch(struct outrider *core,
				    struct bytes response,
				    struct outrider_err *err)
{
	const struct files_run *run = &core->files.run;
	struct file *file = files_find(core, &run->fetched);
	struct wire_reader reader = wire_read(response);
	struct part part = { .size_bytes = 0 };
	struct uuid id = run->fetched;
	struct wire_field in;
	enum outrider_code code;
	bool is_right = true, is_whole;
	int more;

	/* Unwanted meanwhile, or gone. */
	if (file == NULL || file->here_bytes != run->fetched_at ||
	    file_is_whole(file))
		return OUTRIDER_OK;
	while ((more = wire_next(&reader, &in)) > 0) {
		if (in.number == CONTENT_DATA && in.type == WIRE_LEN)
			part.data = in.value;
		else if (in.number == CONTENT_SIZE && in.type == WIRE_VARINT)
			part.size_bytes = (int64_t)in.scalar;
	}
	if (more < 0)
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The server's answer makes no sense.");
	code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	code = take(core, &is_right, file, &part, err);
	is_whole = file_is_whole(file);
	code = core_finish(core, code, err);
	if (code != OUTRIDER_OK)
		return code;
	if (!is_right)
		events_push(&core->events, OUTRIDER_EVENT_FILE_FAILED, id.at,
			    OUTRIDER_DATA_LOSS,
			    "What the server sent is not the content that the "
			    "card names.");
	else if (is_whole)
		events_push(&core->events, OUTRIDER_EVENT_FILE_HERE, id.at,
			    OUTRIDER_OK, NULL);
	return OUTRIDER_OK;
}

bool files_fetch_refused(struct outrider *core, enum outrider_code code,
			 const char *text)
{
	struct file *file = files_find(core, &core->files.run.fetched);

	if (code == OUTRIDER_UNAUTHENTICATED || code_is_retryable(code) ||
	    code == OUTRIDER_INTERNAL || code == OUTRIDER_UNKNOWN)
		return false;
	if (file == NULL)
		return true;
	file->is_skipped = true;
	/* A card that has gone is the next pull's news. */
	if (code != OUTRIDER_NOT_FOUND)
		events_push(&core->events, OUTRIDER_EVENT_FILE_FAILED,
			    file->id.at, code, "%s", text);
	return true;
}
