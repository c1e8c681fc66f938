/*
 * Replays a corpus through a fuzz target in builds without libFuzzer, so that
 * what a fuzzer once found is tried again in each ordinary run. Knows nothing
 * of the target but its entry point.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define INPUT_MAX (1u << 20)

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	uint8_t *exact = NULL;
	size_t len;
	int rc = -1;

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	data = malloc(INPUT_MAX);
	if (!data)
		goto done;
	len = fread(data, 1, INPUT_MAX, file);
	if (ferror(file) || !feof(file)) {
		fprintf(stderr, "%s: not readable, or over 1 MiB\n", path);
		goto done;
	}
	/* A block of the exact size lets ASan see one byte too far. */
	exact = malloc(len ? len : 1);
	if (!exact)
		goto done;
	memcpy(exact, data, len);
	(void)LLVMFuzzerTestOneInput(exact, len);
	rc = 0;
done:
	free(exact);
	free(data);
	fclose(file);
	return rc;
}

int main(int argc, char **argv)
{
	char path[4096];
	struct dirent *entry;
	DIR *dir;
	unsigned count = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS_DIR\n", argv[0]);
		return 2;
	}
	dir = opendir(argv[1]);
	if (!dir) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	while ((entry = readdir(dir))) {
		int n;

		if (entry->d_name[0] == '.')
			continue;
		n = snprintf(path, sizeof(path), "%s/%s", argv[1],
			     entry->d_name);
		if (n < 0 || (size_t)n >= sizeof(path) || replay_file(path)) {
			closedir(dir);
			return 1;
		}
		count++;
	}
	closedir(dir);
	printf("%u inputs replayed\n", count);
	return count ? 0 : 1;
}
