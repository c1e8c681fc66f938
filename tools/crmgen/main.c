/*
 * crmgen: turns the contract into tables.
 *
 *	crmgen --descriptor-set FILE --out DIR
 *
 * Reads what protoc --include_imports --include_source_info wrote. Writes
 * DIR/schema.c, DIR/schema_ddl.h, DIR/schema_ddl.c and, for nanopb, an options
 * file beside the name of each .proto file of ours; and DIR/api.md. Exit code:
 * 0, or 1 where the contract is refused (each reason is a line on stderr), or
 * 2.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "contract.h"
#include "emit.h"

#include "../usage.h"

#define SET_MAX_BYTES ((size_t)64 << 20)

struct options {
	const char *set;
	const char *out;
};

static bool read_options(struct options *options, int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--descriptor-set") == 0)
			options->set = argv[i + 1];
		else if (strcmp(argv[i], "--out") == 0)
			options->out = argv[i + 1];
		else
			return false;
	}
	return argc % 2 == 1 && options->set && options->out;
}

static bool read_file(struct buffer *out, const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t part[4096];
	size_t len;
	bool is_read;

	if (!file) {
		fprintf(stderr, "crmgen: %s: %s\n", path, strerror(errno));
		return false;
	}
	while ((len = fread(part, 1, sizeof(part), file)) > 0)
		buffer_append(out, part, len);
	is_read = !ferror(file) && !out->is_full;
	fclose(file);
	if (!is_read)
		fprintf(stderr, "crmgen: %s: too large or unreadable\n", path);
	return is_read;
}

/* Makes the folders that path leads through. */
static void make_folders(char *path)
{
	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = 0;
		/* Where this fails, opening the file says so. */
		(void)mkdir(path, 0777);
		*at = '/';
	}
}

static bool
write_file(const char *folder, const char *name, struct buffer *text)
{
	size_t size = strlen(folder) + strlen(name) + 2;
	char *path = malloc(size);
	FILE *file = NULL;
	bool is_written = false;

	if (path) {
		snprintf(path, size, "%s/%s", folder, name);
		make_folders(path);
		file = fopen(path, "wb");
	}
	if (file) {
		is_written = fwrite(text->at, 1, text->len, file) == text->len;
		is_written &= fclose(file) == 0 && !text->is_full;
	}
	if (!is_written)
		fprintf(stderr, "crmgen: %s/%s: can't write it\n", folder,
			name);
	free(path);
	buffer_clear(text);
	return is_written;
}

/* "outrider/v1/sync.proto" to "outrider/v1/sync.options". */
static const char *options_name(struct contract *c, const char *proto)
{
	const char *dot = strrchr(proto, '.');
	int len = (int)(dot ? dot - proto : (long)strlen(proto));

	return contract_text(c, "%.*s.options", len, proto);
}

static bool write_all(struct contract *c, const char *folder)
{
	struct buffer text;
	bool is_written;

	buffer_init(&text, &allocator_libc, SET_MAX_BYTES);
	emit_schema(&text, c);
	is_written = write_file(folder, "schema.c", &text);
	emit_ddl_header(&text);
	is_written &= write_file(folder, "schema_ddl.h", &text);
	emit_ddl(&text, c);
	is_written &= write_file(folder, "schema_ddl.c", &text);
	emit_api(&text, c);
	is_written &= write_file(folder, "api.md", &text);
	for (size_t i = 0; i < c->n_sources; i++) {
		const struct source *source = &c->sources[i];
		if (source->is_foreign)
			continue;
		emit_nanopb(&text, c, source);
		is_written &= write_file(folder, options_name(c, source->name),
					 &text);
	}
	buffer_free(&text);
	return is_written;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct contract contract = { 0 };
	struct buffer set;
	int status = 2;

	if (usage_is_asked(argc, argv) || !read_options(&options, argc, argv))
		return usage_say(
			"usage: crmgen --descriptor-set FILE --out DIR\n",
			usage_is_asked(argc, argv));
	buffer_init(&set, &allocator_libc, SET_MAX_BYTES);
	arena_init(&contract.arena, &allocator_libc, SIZE_MAX / 2);
	if (!read_file(&set, options.set) ||
	    !contract_load(&contract, set.at, set.len))
		goto done;
	status = 1;
	contract_check_messages(&contract);
	contract_check_kinds(&contract);
	contract_check_methods(&contract);
	if (contract.n_refused > 0) {
		fprintf(stderr, "crmgen: refused, reasons: %u\n",
			contract.n_refused);
		goto done;
	}
	contract_mark(&contract);
	status = write_all(&contract, options.out) ? 0 : 2;
done:
	arena_free(&contract.arena);
	buffer_free(&set);
	return status;
}
