/*
 * recover: what a rep had written and not sent, out of a phone that never came
 * back or of a wipe's receipt, with the organisation's key.
 *
 * Prints the edits as JSON, one a line, and on standard error what doesn't
 * open. The phone's file is best a copy: its log is read in, if it is there.
 * Exit code 0: everything opened; 1: some of it didn't; 2: nothing could be
 * read at all.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "edits.h"
#include "model/uuid.h"
#include "rows.h"

#include "app/keys.h"

#include "../usage.h"

static const char usage[] =
	"usage: outrider-recover --keys FIRM.keys PHONE.db\n"
	"       outrider-recover --keys FIRM.keys --device ID FIRM.db\n";

struct recovery {
	struct recovered_keys keys;
	const struct uuid *device; /* of a wipe, or NULL */
	unsigned n_opened, n_closed;
};

static void take_row(void *user, const struct outbox_row *row)
{
	struct recovery *recovery = user;
	static uint8_t plain[RECOVERED_ROW_MAX];
	size_t len;

	if (rows_open(plain, sizeof(plain), &len, &recovery->keys, row) &&
	    edits_print(stdout, row->rev, plain, len)) {
		recovery->n_opened++;
		return;
	}
	recovery->n_closed++;
	fprintf(stderr, "outrider-recover: edit %llu doesn't open\n",
		(unsigned long long)row->rev);
}

static int
run(const char *keys_path, const char *path, const struct uuid *device)
{
	struct recovery recovery = { .device = device };
	struct outrider_err err;
	struct org_keys keys;
	const char *trouble;

	if (keys_load(&keys, keys_path, &err) != OUTRIDER_OK) {
		fprintf(stderr, "outrider-recover: %s\n", err.text);
		return 2;
	}
	trouble = rows_read(&recovery.keys, path, device, keys.box_public,
			    keys.box_secret, take_row, &recovery);
	memset(&keys, 0, sizeof(keys));
	memset(&recovery.keys, 0, sizeof(recovery.keys));
	if (trouble != NULL) {
		fprintf(stderr, "outrider-recover: %s: %s\n", path, trouble);
		return 2;
	}
	fprintf(stderr, "outrider-recover: %u edit%s, %u that %s open\n",
		recovery.n_opened, recovery.n_opened == 1 ? "" : "s",
		recovery.n_closed,
		recovery.n_closed == 1 ? "doesn't" : "don't");
	return recovery.n_closed > 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *keys = NULL, *device_text = NULL, *path = NULL;
	struct uuid device;

	if (usage_is_asked(argc, argv))
		return usage_say(usage, true);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--keys") == 0 && i + 1 < argc)
			keys = argv[++i];
		else if (strcmp(argv[i], "--device") == 0 && i + 1 < argc)
			device_text = argv[++i];
		else if (argv[i][0] == '-' || path != NULL)
			return usage_say(usage, false);
		else
			path = argv[i];
	}
	if (keys == NULL || path == NULL ||
	    (device_text != NULL &&
	     !uuid_parse(&device, device_text, strlen(device_text))))
		return usage_say(usage, false);
	return run(keys, path, device_text != NULL ? &device : NULL);
}
