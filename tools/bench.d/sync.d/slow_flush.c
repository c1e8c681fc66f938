/*
 * slow_flush: a library to load before a program's own (LD_PRELOAD): each flush
 * to the disk is a real one, and takes OUTRIDER_BENCH_FLUSH_US microseconds
 * longer. SQLite flushes with fdatasync, and with fsync where a file is new.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

static void wait_longer(void)
{
	const char *text = getenv("OUTRIDER_BENCH_FLUSH_US");
	const long long us = text != NULL ? strtoll(text, NULL, 10) : 0;
	struct timespec left = {
		.tv_sec = us / 1000000,
		.tv_nsec = us % 1000000 * 1000,
	};

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

static int flush(long how, int fd)
{
	const int result = (int)syscall(how, fd);

	if (result == 0)
		wait_longer();
	return result;
}

EXPORTED int fsync(int fd)
{
	return flush(SYS_fsync, fd);
}

EXPORTED int fdatasync(int fd)
{
	return flush(SYS_fdatasync, fd);
}
