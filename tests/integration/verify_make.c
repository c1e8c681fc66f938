/*
 * verify_make: writes a good bundle and spoiled ones into a folder, for
 * test_verify.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "bundle_maker.h"

static struct maker maker;

static void make_good(void)
{
	maker_begin(&maker, 1, 2);
	maker.name = "Ann's \"phone\"\x1b[2J";
	maker_add_entry(&maker, 0xa1);
	maker_add_entry(&maker, 0xa2);
	maker_add_entry(&maker, 0xa3);
	maker_add_receipt(&maker, 1767268600);
	maker_show_only(&maker, 2);
}

static void make_missing(void)
{
	make_good();
	maker.entries[1] = maker.entries[2];
	maker.n_entries = 2;
}

static void make_changed(void)
{
	make_good();
	maker.entries[2].content[30] ^= 1;
}

static void make_purged(void)
{
	make_good();
	maker_show_only(&maker, MAKER_ENTRIES_MAX);
}

static void make_unreceived(void)
{
	make_good();
	maker.n_receipts = 0;
}

static int write_one(const char *folder, const char *name)
{
	char path[1024];
	struct buffer file;
	int code = 1;

	buffer_init(&file, &allocator_libc, 1 << 20);
	maker_write(&file, &maker);
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *out = fopen(path, "wb");
	if (out && fwrite(file.at, 1, file.len, out) == file.len)
		code = 0;
	if (out && fclose(out) != 0)
		code = 1;
	buffer_free(&file);
	return code;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*make)(void);
	} bundles[] = {
		{ "good", make_good },
		{ "missing", make_missing },
		{ "changed", make_changed },
		{ "purged", make_purged },
		{ "unreceived", make_unreceived },
	};
	int code = 0;

	if (argc != 2 || sodium_init() < 0)
		return 2;
	for (size_t i = 0; i < sizeof(bundles) / sizeof(bundles[0]); i++) {
		bundles[i].make();
		code |= write_one(argv[1], bundles[i].name);
	}
	return code;
}
