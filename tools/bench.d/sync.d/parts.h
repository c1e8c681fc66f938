/*
 * What the parts of bench_sync say to each other: its commands, and counters
 * in a file that relay, phone and the script map.
 */
#ifndef BENCH_SYNC_PARTS_H
#define BENCH_SYNC_PARTS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that the relay has read; the script writes cut_at. */
struct wire_count {
	_Atomic uint64_t up, down;
	/* The connection is reset once so many came down; 0: not at all. */
	_Atomic uint64_t cut_at;
};

/* The counters of that file, mapped; ends the program where it can't. */
struct wire_count *wire_count_map(const char *path);

/* Monotonic, and this process' own time on the processors. */
uint64_t now_us(void);
uint64_t cpu_us(void);

/* Each is a command of the program; argv has its words. Exit codes. */
int floor_main(int argc, char **argv);
int phone_main(int argc, char **argv);
int relay_main(int argc, char **argv);

#endif
