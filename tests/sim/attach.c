/*
 * See attach.h.
 */
#include "attach.h"

#include "contents.h"
#include "remains.h"
#include "reps.h"

#include "model/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files on a phone, and files looked at. */
#define FILES_ENOUGH 12
#define FILES_MAX    64
#define READ_LEN     100000

enum { ATTACHMENT_HASH = 13 }; /* the contract's number */

static struct dice *dice_of(struct phone *phone)
{
	return &phone->world->dice;
}

/* -------------------------------------------------------- the phone's list */

struct listed {
	struct uuid id;
	enum outrider_file_state state;
	int64_t size_bytes, here_bytes;
	bool is_wanted;
};

struct list {
	struct listed at[FILES_MAX];
	size_t n;
};

static bool note_file(void *user, const struct outrider_file *file)
{
	struct list *list = user;
	struct listed *listed;

	if (list->n == FILES_MAX)
		return false;
	listed = &list->at[list->n++];
	*listed = (struct listed){ .state = file->state,
				   .size_bytes = file->size_bytes,
				   .here_bytes = file->here_bytes,
				   .is_wanted = file->is_wanted };
	memcpy(listed->id.at, file->id, sizeof(listed->id.at));
	return true;
}

/* False where the phone can't say. */
static bool list_files(struct phone *phone, struct list *out)
{
	out->n = 0;
	return outrider_files(phone->core, NULL, NULL, note_file, out, NULL) ==
	       OUTRIDER_OK;
}

static const struct listed *
find_file(const struct list *list, const struct uuid *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (uuid_compare(&list->at[i].id, id) == 0)
			return &list->at[i];
	return NULL;
}

static bool choose_file(struct phone *phone, struct listed *out)
{
	struct list list;

	if (!list_files(phone, &list) || list.n == 0)
		return false;
	*out = list.at[dice_below(dice_of(phone), list.n)];
	return true;
}

static bool is_here(const struct listed *file)
{
	return file->state == OUTRIDER_FILE_HERE ||
	       file->state == OUTRIDER_FILE_TO_SEND;
}

/* ------------------------------------------------------------------ wishes */

/* What the phone's user has said last of a file, and the phone has taken. */
struct wish {
	struct uuid id;
	bool is_wanted;
};

struct wishes {
	struct wish at[FILES_MAX];
	size_t n;
};

void wishes_forget(struct phone *phone)
{
	free(phone->wishes);
	phone->wishes = NULL;
}

static void forget_wish(struct phone *phone, const struct uuid *id)
{
	struct wishes *wishes = phone->wishes;

	for (size_t i = 0; wishes != NULL && i < wishes->n; i++)
		if (uuid_compare(&wishes->at[i].id, id) == 0)
			wishes->at[i--] = wishes->at[--wishes->n];
}

static void
note_wish(struct phone *phone, const struct uuid *id, bool is_wanted)
{
	forget_wish(phone, id);
	if (phone->wishes == NULL)
		phone->wishes = calloc(1, sizeof(*phone->wishes));
	if (phone->wishes == NULL)
		abort();
	/* Whose wishes are that many has forgotten the first. */
	if (phone->wishes->n == FILES_MAX)
		forget_wish(phone, &phone->wishes->at[0].id);
	phone->wishes->at[phone->wishes->n++] =
		(struct wish){ .id = *id, .is_wanted = is_wanted };
}

void wishes_look(struct phone *phone)
{
	struct wishes *wishes = phone->wishes;
	struct outrider_card card;

	if (wishes == NULL || phone->core == NULL ||
	    test_disk_is_cut(phone->disk) || !phone_is_in_use(phone))
		return;
	for (size_t i = wishes->n; i > 0; i--)
		if (outrider_card_get(phone->core, &card, "attachment",
				      wishes->at[i - 1].id.at,
				      NULL) != OUTRIDER_OK)
			wishes->at[i - 1] = wishes->at[--wishes->n];
}

/* ----------------------------------------------------------------- reading */

/* What the file must be, by its card. */
static const struct attached *
expect(struct phone *phone, const struct uuid *id, struct outrider_card *card)
{
	const struct attached *attached;
	struct wire_field hash;

	if (outrider_card_get(phone->core, card, "attachment", id->at, NULL) !=
	    OUTRIDER_OK)
		return NULL;
	attached = wire_find(&hash, (struct bytes){ card->fields, card->len },
			     ATTACHMENT_HASH)
			   ? content_find(phone->world, id, hash.value)
			   : NULL;
	if (attached == NULL)
		world_break(phone->world,
			    "file: phone %u has a card of a content that "
			    "nobody attached to it",
			    phone->number);
	return attached;
}

/* Whole, and as it was attached. A disk that fails may keep it back. */
static void check_whole(struct phone *phone, const struct listed *file)
{
	static uint8_t bytes[READ_LEN];
	struct outrider_card card;
	const struct attached *attached = expect(phone, &file->id, &card);
	struct outrider_err err;
	int64_t offset = 0, size_bytes;
	size_t n = 0;

	if (attached == NULL)
		return;
	size_bytes = content_size(attached->number);
	if (file->size_bytes != size_bytes || file->here_bytes != size_bytes)
		world_break(phone->world,
			    "file: phone %u has %lld of %lld bytes of a file "
			    "of %lld",
			    phone->number, (long long)file->here_bytes,
			    (long long)file->size_bytes, (long long)size_bytes);
	(void)phone_had_fault(phone);
	for (; offset < size_bytes; offset += (int64_t)n) {
		if (outrider_file_read(phone->core, &n, bytes, sizeof(bytes),
				       file->id.at, offset,
				       &err) != OUTRIDER_OK) {
			if (!phone_had_fault(phone) &&
			    !test_disk_is_cut(phone->disk))
				world_break(phone->world,
					    "file: phone %u can't read one at "
					    "%lld: %s",
					    phone->number, (long long)offset,
					    err.text);
			return;
		}
		if (n == 0 || !content_is(bytes, n, attached->number, offset)) {
			world_break(phone->world,
				    "file: phone %u shows other bytes at %lld "
				    "than were attached",
				    phone->number, (long long)offset);
			return;
		}
	}
}

void rep_read_file(struct phone *phone)
{
	struct listed file;

	if (choose_file(phone, &file) && is_here(&file))
		check_whole(phone, &file);
}

/* --------------------------------------------------------------- attaching */

/* A file that the rep took with the camera; maybe its card is pulled out. */
struct source {
	uint64_t number;
	int64_t offset, fails_at; /* fails_at: -1: nowhere */
};

static ptrdiff_t read_source(void *user, uint8_t *out, size_t room)
{
	struct source *source = user;
	const int64_t left = content_size(source->number) - source->offset;
	size_t n = room < READ_LEN ? room : READ_LEN;

	if (source->fails_at >= 0 && source->offset >= source->fails_at)
		return -1;
	if (left < (int64_t)n)
		n = (size_t)left;
	content_write(out, n, source->number, source->offset);
	source->offset += (int64_t)n;
	return (ptrdiff_t)n;
}

static void check_refusal(struct phone *phone, const struct source *source,
			  enum outrider_code code,
			  const struct outrider_err *err)
{
	if (code == (source->fails_at >= 0 ? OUTRIDER_UNAVAILABLE
					   : OUTRIDER_OK) ||
	    phone_had_fault(phone) || test_disk_is_cut(phone->disk))
		return;
	world_break(phone->world, "file: phone %u can't attach: %s (%s)",
		    phone->number, outrider_code_name(code), err->text);
}

static void attach_to(struct phone *phone, const char *kind, uint8_t *card)
{
	struct source source = { .number = content_draw(phone->world),
				 .fails_at = -1 };
	struct edit entry = { .kind = "attachment", .op = EDIT_CREATE };
	struct outrider_attachment about = { .kind = kind, .card_id = card };
	struct attached *attached;
	struct outrider_err err;
	enum outrider_code code;
	struct uuid id;
	char name[40];

	if (dice_one_in(dice_of(phone), 20))
		source.fails_at = (int64_t)dice_below(
			dice_of(phone), (uint64_t)content_size(source.number));
	snprintf(name, sizeof(name), "text %016llx",
		 (unsigned long long)dice_throw(dice_of(phone)));
	edit_set(&entry, "display_name", name, "");
	about.name = name;
	attached = content_note(phone->world, source.number);
	(void)phone_had_fault(phone);
	code = outrider_attach(phone->core, id.at, &about, read_source, &source,
			       &err);
	check_refusal(phone, &source, code, &err);
	if (code != OUTRIDER_OK)
		return;
	attached->has_id = true;
	attached->id = id;
	phone->opened[3] = id;
	world_say(phone->world, "%lld bytes",
		  (long long)content_size(source.number));
	rep_promise(phone, &entry, id.at);
	note_wish(phone, &id, true);
}

void rep_attach(struct phone *phone)
{
	static const char *const kinds[] = { "contact", "meeting" };
	const uint64_t which = dice_below(dice_of(phone), 3);
	struct listed file;
	struct list list;
	uint8_t card[16];

	if (!list_files(phone, &list))
		return;
	if (list.n > FILES_ENOUGH && choose_file(phone, &file)) {
		rep_delete_card(phone, "attachment", file.id.at);
		return;
	}
	if (which == 2)
		attach_to(phone, NULL, NULL);
	else if (rep_choose_card(phone, kinds[which], card))
		attach_to(phone, kinds[which], card);
}

/* ----------------------------------------------------------------- wanting */

/* What isn't wanted goes at once, unless the server has yet to get it. */
static void check_gone(struct phone *phone, const struct uuid *id)
{
	const struct listed *file;
	struct list list;

	if (!list_files(phone, &list))
		return;
	file = find_file(&list, id);
	if (file == NULL || (file->state != OUTRIDER_FILE_REMOTE &&
			     file->state != OUTRIDER_FILE_TO_SEND))
		world_break(phone->world,
			    "file: phone %u keeps one that its user dropped",
			    phone->number);
}

void rep_want_file(struct phone *phone)
{
	struct outrider_err err;
	enum outrider_code code;
	struct listed file;
	char id[UUID_TEXT_LEN + 1];
	bool is_wanted;

	if (!choose_file(phone, &file))
		return;
	is_wanted = dice_one_in(dice_of(phone), 4) ? file.is_wanted
						   : !file.is_wanted;
	(void)phone_had_fault(phone);
	code = outrider_file_want(phone->core, file.id.at, is_wanted, &err);
	if (code != OUTRIDER_OK) {
		/* What a failing disk refused may be there all the same. */
		forget_wish(phone, &file.id);
		if (!phone_had_fault(phone) && !test_disk_is_cut(phone->disk))
			world_break(phone->world,
				    "file: phone %u can't %s one: %s",
				    phone->number, is_wanted ? "want" : "drop",
				    err.text);
		return;
	}
	uuid_format(id, &file.id);
	world_say(phone->world, "%s is %s", id,
		  is_wanted ? "wanted" : "dropped");
	note_wish(phone, &file.id, is_wanted);
	if (!is_wanted)
		check_gone(phone, &file.id);
	else
		phone_sync(phone);
}

bool phone_has_file_to_send(struct phone *phone)
{
	struct list list;

	if (!list_files(phone, &list))
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (list.at[i].state == OUTRIDER_FILE_TO_SEND)
			return true;
	return false;
}

/* ----------------------------------------------------------------- at rest */

static void check_file(struct phone *phone, const struct listed *file)
{
	const struct wishes *wishes = phone->wishes;
	struct outrider_card card;
	char id[UUID_TEXT_LEN + 1];

	uuid_format(id, &file->id);
	/* What came out wrong isn't wanted, though it was wanted last. */
	for (size_t i = 0; wishes != NULL && i < wishes->n; i++)
		if (uuid_compare(&wishes->at[i].id, &file->id) == 0 &&
		    wishes->at[i].is_wanted != file->is_wanted &&
		    file->state != OUTRIDER_FILE_WRONG)
			world_break(phone->world,
				    "file: phone %u forgot that %s is %s",
				    phone->number, id,
				    file->is_wanted ? "dropped" : "wanted");
	if (is_here(file))
		check_whole(phone, file);
	if (file->state == OUTRIDER_FILE_WANTED)
		world_break(phone->world,
			    "file: %s is wanted on phone %u, and %lld bytes "
			    "of %lld came",
			    id, phone->number, (long long)file->here_bytes,
			    (long long)file->size_bytes);
	if (file->state == OUTRIDER_FILE_WRONG && !phone->was_deceived)
		world_break(phone->world, "file: phone %u got a wrong %s",
			    phone->number, id);
	if (file->state == OUTRIDER_FILE_HERE && !file->is_wanted)
		world_break(phone->world,
			    "file: phone %u keeps %s, which nobody wants",
			    phone->number, id);
	/* Nobody but this phone has it. */
	if (file->state != OUTRIDER_FILE_TO_SEND &&
	    outrider_card_get(phone->core, &card, "attachment", file->id.at,
			      NULL) == OUTRIDER_OK &&
	    card.rev == 0)
		world_break(phone->world,
			    "file: phone %u lost %s, which it hadn't sent",
			    phone->number, id);
}

/* Refused for want of its content, which was there: somebody else's right to it
 * may have stood for the upload, where it isn't the only one. */
static void check_bare(struct phone *phone, const struct uuid *id)
{
	struct outrider_card card;
	const struct attached *attached = expect(phone, id, &card);

	if (attached != NULL &&
	    !content_is_common(phone->world, attached->number))
		world_break(phone->world,
			    "file: phone %u sent a card without its content",
			    phone->number);
}

struct bare {
	struct uuid at[FILES_MAX];
	size_t n;
};

static bool note_bare(void *user, const struct outrider_outgoing *mutation)
{
	struct bare *bare = user;

	if (mutation->is_parked && strcmp(mutation->kind, "attachment") == 0 &&
	    strcmp(mutation->field, "content_hash") == 0)
		memcpy(bare->at[bare->n++].at, mutation->id, 16);
	return bare->n < FILES_MAX;
}

/* What lies in the phone's file is what it shows, no more. */
static void check_rows(struct phone *phone, const struct list *list)
{
	const int64_t n_contents = remains_count(phone, "content");
	const int64_t n_pieces = remains_count(phone, "piece");
	int64_t n_known = 0, n_most = 0;

	for (size_t i = 0; i < list->n; i++) {
		n_known += list->at[i].state != OUTRIDER_FILE_REMOTE;
		n_most += (list->at[i].here_bytes + (256 << 10) - 1) /
			  (256 << 10);
	}
	if (n_contents != n_known || n_pieces > n_most)
		world_break(phone->world,
			    "file: phone %u has %lld contents in %lld pieces, "
			    "and shows %lld in %lld",
			    phone->number, (long long)n_contents,
			    (long long)n_pieces, (long long)n_known,
			    (long long)n_most);
}

void check_files(struct phone *phone)
{
	struct bare bare = { .n = 0 };
	struct list list;

	if (!list_files(phone, &list)) {
		world_break(phone->world, "file: phone %u can't list its files",
			    phone->number);
		return;
	}
	for (size_t i = 0; i < list.n && !phone->world->broken[0]; i++)
		check_file(phone, &list.at[i]);
	if (list.n < FILES_MAX)
		check_rows(phone, &list);
	if (outrider_outbox(phone->core, note_bare, &bare, NULL) != OUTRIDER_OK)
		world_break(phone->world, "file: phone %u can't list its edits",
			    phone->number);
	for (size_t i = 0; i < bare.n; i++)
		check_bare(phone, &bare.at[i]);
}
