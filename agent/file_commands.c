/*
 * The commands on attachments: attach, files, fetch, save. All of them work
 * with the server away; fetch brings the content at once where it is not.
 */
#include "cards.h"
#include "command.h"
#include "output.h"
#include "resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PART_LEN ((size_t)1 << 20)

/* ----------------------------------------------------------------- attach */

static ptrdiff_t read_some(void *user, uint8_t *out, size_t room)
{
	FILE *file = user;
	const size_t n = fread(out, 1, room, file);

	return ferror(file) ? -1 : (ptrdiff_t)n;
}

static const char *media_type_of(const char *name)
{
	static const struct {
		const char *end, *type;
	} types[] = {
		{ ".pdf", "application/pdf" },	 { ".jpg", "image/jpeg" },
		{ ".jpeg", "image/jpeg" },	 { ".png", "image/png" },
		{ ".heic", "image/heic" },	 { ".mp3", "audio/mpeg" },
		{ ".m4a", "audio/mp4" },	 { ".mp4", "video/mp4" },
		{ ".txt", "text/plain" },	 { ".csv", "text/csv" },
		{ ".json", "application/json" },
	};
	const size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const size_t n = strlen(types[i].end);

		if (len > n && strcmp(name + len - n, types[i].end) == 0)
			return types[i].type;
	}
	return NULL;
}

static int attach(struct run *run, const char *path,
		  struct outrider_attachment *attachment)
{
	const char *slash = strrchr(path, '/');
	FILE *file = fopen(path, "rb");
	struct outrider_err err;
	enum outrider_code code;
	uint8_t id[16];
	char text[37];

	if (file == NULL) {
		fprintf(stderr, "outrider: %s can't be read\n", path);
		return 1;
	}
	if (attachment->name == NULL)
		attachment->name = slash != NULL ? slash + 1 : path;
	if (attachment->media_type == NULL)
		attachment->media_type = media_type_of(attachment->name);
	code = outrider_attach(run->session.core, id, attachment, read_some,
			       file, &err);
	fclose(file);
	if (code != OUTRIDER_OK)
		return session_fail(&err);
	id_text(text, id);
	if (run->options.is_json) {
		struct json json = { false };

		json_open(&json, NULL, '{');
		json_text(&json, "kind", "attachment");
		json_id(&json, "id", id);
		json_close(&json, '}');
	} else {
		printf("attachment %s\n", text);
	}
	return 0;
}

int attach_command(const struct command *command, int argc, char **argv)
{
	struct outrider_attachment attachment = { .name = NULL };
	const struct flag flags[] = {
		{ "--name", &attachment.name, NULL },
		{ "--type", &attachment.media_type, NULL },
	};
	struct run run;
	uint8_t card[16];
	char kind[32];
	int code;

	if (!command_begin(&run, command, flags, 2, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != 2)
		return command_end(&run, command_usage(command));
	if (!resolve_card(&run.session, NULL, run.words.at[0], card, kind))
		return command_end(&run, 1);
	attachment.kind = kind;
	attachment.card_id = card;
	return command_end(&run, attach(&run, run.words.at[1], &attachment));
}

/* ------------------------------------------------------------------ files */

static const char *const state_names[] = {
	[OUTRIDER_FILE_REMOTE] = "remote",   [OUTRIDER_FILE_WANTED] = "wanted",
	[OUTRIDER_FILE_HERE] = "here",	     [OUTRIDER_FILE_WRONG] = "wrong",
	[OUTRIDER_FILE_TO_SEND] = "to send",
};

static const char *state_text(const struct outrider_file *file, char room[64])
{
	switch (file->state) {
	case OUTRIDER_FILE_REMOTE:
		return "with the server";
	case OUTRIDER_FILE_WANTED:
		if (file->size_bytes == 0)
			return "wanted";
		snprintf(room, 64, "wanted, %d %% of it is here",
			 (int)(file->here_bytes * 100 / file->size_bytes));
		return room;
	case OUTRIDER_FILE_HERE:
		return "here";
	case OUTRIDER_FILE_TO_SEND:
		return "here, not sent yet";
	case OUTRIDER_FILE_WRONG:
		return "what the server sent is not what the card names";
	}
	return "";
}

static bool list_file(void *user, const struct outrider_file *file)
{
	struct listing *listing = user;
	struct json *json = &listing->json;
	char id[9], room[64];

	listing->n++;
	if (listing->is_json) {
		json_open(json, NULL, '{');
		json_id(json, "id", file->id);
		json_text(json, "name", file->name);
		json_text(json, "media_type", file->media_type);
		json_integer(json, "size_bytes", file->size_bytes);
		json_integer(json, "here_bytes", file->here_bytes);
		json_text(json, "state", state_names[file->state]);
		json_bool(json, "is_wanted", file->is_wanted);
		json_close(json, '}');
		return true;
	}
	id_short(id, file->id);
	printf("%s  ", id);
	print_column(file->name, 40);
	printf("  %10lld bytes  %s\n", (long long)file->size_bytes,
	       state_text(file, room));
	return true;
}

int files_command(const struct command *command, int argc, char **argv)
{
	struct listing listing;
	struct outrider_err err;
	struct run run;
	uint8_t card[16];
	char kind[32];
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n > 1)
		return command_end(&run, command_usage(command));
	if (run.words.n == 1 &&
	    !resolve_card(&run.session, NULL, run.words.at[0], card, kind))
		return command_end(&run, 1);
	listing_begin(&listing, &run);
	if (outrider_files(run.session.core, run.words.n == 1 ? kind : NULL,
			   card, list_file, &listing, &err) != OUTRIDER_OK)
		code = session_fail(&err);
	listing_end(&listing, code, "No files.");
	return command_end(&run, code);
}

/* ------------------------------------------------------------ fetch, save */

/* One attachment, as the core knows it. */
struct sought {
	uint8_t id[16];
	struct outrider_file file;
	bool is_found;
};

static bool compare_file(void *user, const struct outrider_file *file)
{
	struct sought *sought = user;

	if (memcmp(file->id, sought->id, 16) != 0)
		return true;
	sought->file = *file;
	sought->file.name = sought->file.media_type = NULL;
	sought->is_found = true;
	return false;
}

static bool
find_file(struct run *run, struct sought *sought, struct outrider_err *err)
{
	sought->is_found = false;
	return outrider_files(run->session.core, NULL, NULL, compare_file,
			      sought, err) == OUTRIDER_OK &&
	       sought->is_found;
}

/* What the sync said of this very content. */
struct fetch {
	uint8_t id[16];
	char failure[256];
};

static void note_failure(void *user, const struct outrider_event *event)
{
	struct fetch *fetch = user;

	if (event->type == OUTRIDER_EVENT_FILE_FAILED &&
	    memcmp(event->id, fetch->id, 16) == 0)
		snprintf(fetch->failure, sizeof(fetch->failure), "%s",
			 event->text);
}

static int fetch_now(struct run *run, const uint8_t id[16])
{
	struct fetch fetch = { .failure = "" };
	struct sought sought;
	struct outrider_err err;
	bool is_synced;

	memcpy(fetch.id, id, 16);
	memcpy(sought.id, id, 16);
	is_synced = session_sync(&run->session, note_failure, &fetch, &err);
	if (!is_synced)
		fprintf(stderr, "outrider: %s\n", err.text);
	if (fetch.failure[0] != '\0') {
		fprintf(stderr, "outrider: %s\n", fetch.failure);
		return 1;
	}
	if (!find_file(run, &sought, &err))
		return session_fail(&err);
	if (sought.file.here_bytes > 0 &&
	    sought.file.here_bytes == sought.file.size_bytes)
		puts("It is here.");
	else
		puts("It comes with the next sync that gets through.");
	return 0;
}

int fetch_command(const struct command *command, int argc, char **argv)
{
	bool is_later = false, is_dropped = false;
	const struct flag flags[] = {
		{ "--later", NULL, &is_later },
		{ "--drop", NULL, &is_dropped },
	};
	struct outrider_err err;
	struct run run;
	uint8_t id[16];
	char kind[32];
	int code;

	if (!command_begin(&run, command, flags, 2, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != 1)
		return command_end(&run, command_usage(command));
	if (!resolve_card(&run.session, "attachment", run.words.at[0], id,
			  kind))
		return command_end(&run, 1);
	if (outrider_file_want(run.session.core, id, !is_dropped, &err) !=
	    OUTRIDER_OK)
		return command_end(&run, session_fail(&err));
	if (is_dropped)
		puts("It goes from this device.");
	else if (is_later)
		puts("It comes with the next sync.");
	else
		code = fetch_now(&run, id);
	return command_end(&run, code);
}

/* All of it into the open file. */
static bool write_all(struct run *run, FILE *file, const uint8_t id[16],
		      struct outrider_err *err)
{
	uint8_t *part = malloc(PART_LEN);
	enum outrider_code code = OUTRIDER_OK;
	int64_t at = 0;
	size_t n = PART_LEN;

	while (part != NULL && code == OUTRIDER_OK && n == PART_LEN) {
		code = outrider_file_read(run->session.core, &n, part, PART_LEN,
					  id, at, err);
		if (code == OUTRIDER_OK && fwrite(part, 1, n, file) != n)
			break;
		at += (int64_t)n;
	}
	if (part == NULL || (code == OUTRIDER_OK && ferror(file)))
		snprintf(err->text, sizeof(err->text),
			 "the file can't be written");
	code = part == NULL || ferror(file) ? OUTRIDER_UNAVAILABLE : code;
	if (part != NULL)
		memset(part, 0, PART_LEN);
	free(part);
	return code == OUTRIDER_OK;
}

/* Under another name first, so that no half of a file stands under its own. */
static int save(struct run *run, const uint8_t id[16], const char *path)
{
	struct outrider_err err = { .text = "" };
	char part[4096];
	FILE *file;
	bool is_written;

	if (snprintf(part, sizeof(part), "%s.part", path) >=
		    (int)sizeof(part) ||
	    (file = fopen(part, "wb")) == NULL) {
		fprintf(stderr, "outrider: %s can't be written\n", path);
		return 1;
	}
	is_written = write_all(run, file, id, &err);
	if (fclose(file) != 0 && is_written) {
		is_written = false;
		snprintf(err.text, sizeof(err.text),
			 "the file can't be written");
	}
	if (is_written && rename(part, path) == 0)
		return 0;
	(void)remove(part);
	fprintf(stderr, "outrider: %s\n",
		err.text[0] ? err.text : "the file can't be written");
	return 1;
}

int save_command(const struct command *command, int argc, char **argv)
{
	struct run run;
	uint8_t id[16];
	char kind[32];
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != 2)
		return command_end(&run, command_usage(command));
	if (!resolve_card(&run.session, "attachment", run.words.at[0], id,
			  kind))
		return command_end(&run, 1);
	return command_end(&run, save(&run, id, run.words.at[1]));
}
