/*
 * bench_sync: what tools/bench sync runs. See the commands' own files.
 */
#define _DEFAULT_SOURCE /* MAP_SHARED's file */
#include "parts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../usage.h"

static uint64_t clock_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

uint64_t cpu_us(void)
{
	return clock_us(CLOCK_PROCESS_CPUTIME_ID);
}

struct wire_count *wire_count_map(const char *path)
{
	const int file = open(path, O_RDWR | O_CLOEXEC);
	void *at = MAP_FAILED;

	if (file >= 0)
		at = mmap(NULL, sizeof(struct wire_count),
			  PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (at == MAP_FAILED) {
		perror(path);
		exit(1);
	}
	close(file);
	return at;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} commands[] = {
		{ "floor", floor_main },
		{ "phone", phone_main },
		{ "relay", relay_main },
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (argc > 1 && strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return usage_say("usage: bench_sync floor|phone|relay ...\n",
			 argc == 2 && usage_is_asked(argc, argv));
}
