/*
 * outrider-verify: checks an exported bundle of evidence with nothing but the
 * file and a C library.
 *
 *     outrider-verify [--json] [--device FP] [--organization FP] BUNDLE
 *
 * FP is a key's fingerprint from another source. Exit code: 0 verified, 1
 * refuted, 2 not checked (no such file, no bundle, or no verdict in it). Owns
 * the command line; docs/evidence.md tells what the answer is worth.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "check.h"
#include "tell.h"

#include "../usage.h"

enum { EXIT_UNCHECKED = 2 };

struct options {
	bool is_json;
	const char *device, *organization; /* fingerprints, or NULL */
	const char *path;
};

static bool parse_options(struct options *options, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		bool has_more = i + 1 < argc;
		if (strcmp(argv[i], "--json") == 0)
			options->is_json = true;
		else if (strcmp(argv[i], "--device") == 0 && has_more)
			options->device = argv[++i];
		else if (strcmp(argv[i], "--organization") == 0 && has_more)
			options->organization = argv[++i];
		else if (argv[i][0] == '-' || options->path)
			return false;
		else
			options->path = argv[i];
	}
	return options->path != NULL;
}

/* The whole file, for the caller to free; at NULL if it can't be read. */
static struct bytes read_file(const char *path)
{
	struct buffer buffer;
	FILE *in = fopen(path, "rb");

	buffer_init(&buffer, &allocator_libc, BUNDLE_FILE_MAX);
	if (!in)
		return (struct bytes){ 0 };
	uint8_t *room;
	size_t n = 1;
	while (n > 0 && (room = buffer_reserve(&buffer, 65536))) {
		n = fread(room, 1, 65536, in);
		buffer.len += n;
	}
	if (ferror(in) || buffer.is_full) {
		errno = buffer.is_full ? EFBIG : EIO;
		buffer_free(&buffer);
		buffer.at = NULL;
	}
	(void)fclose(in);
	return (struct bytes){ .at = buffer.at, .len = buffer.len };
}

/* Case, spaces and colons don't matter. */
static bool
is_fingerprint(const char *text, const uint8_t found[CHECK_FINGERPRINT_LEN])
{
	static const char DIGITS[] = "0123456789abcdef";
	size_t digits = 0;

	for (; *text; text++) {
		if (*text == ':' || *text == ' ')
			continue;
		char c = *text >= 'A' && *text <= 'F'
				 ? (char)(*text - 'A' + 'a')
				 : *text;
		if (digits >= 2 * (size_t)CHECK_FINGERPRINT_LEN ||
		    c != DIGITS[digits % 2 ? found[digits / 2] & 15
					   : found[digits / 2] >> 4])
			return false;
		digits++;
	}
	return digits == 2 * (size_t)CHECK_FINGERPRINT_LEN;
}

static int verify(const struct options *options, struct bytes file)
{
	static struct check check;
	struct bundle bundle;
	const char *why = NULL;
	int code = EXIT_UNCHECKED;

	if (bundle_read(&bundle, &why, file)) {
		check_bundle(&check, &bundle);
		if (options->device &&
		    !is_fingerprint(options->device, check.device_fingerprint))
			check_add_fault(&check, "the device's key is not the "
						"one expected");
		if (options->organization &&
		    !is_fingerprint(options->organization,
				    check.organization_fingerprint))
			check_add_fault(&check, "the organisation's key is "
						"not the one expected");
		(options->is_json ? tell_program : tell_person)(stdout, &check,
								&bundle);
		code = (int)check.outcome;
	} else {
		fprintf(stderr, "outrider-verify: %s is no bundle: %s\n",
			options->path, why);
	}
	bundle_close(&bundle);
	return code;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	if (usage_is_asked(argc, argv) || !parse_options(&options, argc, argv))
		return usage_say(
			"usage: outrider-verify [--json] [--device "
			"FINGERPRINT] [--organization FINGERPRINT] BUNDLE\n",
			usage_is_asked(argc, argv));
	if (sodium_init() < 0) {
		fputs("outrider-verify: libsodium does not start\n", stderr);
		return EXIT_UNCHECKED;
	}
	struct bytes file = read_file(options.path);
	if (!file.at) {
		fprintf(stderr, "outrider-verify: %s: %s\n", options.path,
			strerror(errno));
		return EXIT_UNCHECKED;
	}
	int code = verify(&options, file);
	free((void *)(uintptr_t)file.at);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("outrider-verify: cannot write\n", stderr);
		return EXIT_UNCHECKED;
	}
	return code;
}
