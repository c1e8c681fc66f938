/*
 * The world as the flags want it: the real clocks and random source, a log
 * from a level upward, and for a demonstration a clock out of a file.
 */
#ifndef SERVER_WORLD_H
#define SERVER_WORLD_H

#include "context.h"
#include "model/err.h"

#include <stdatomic.h>

struct world {
	struct context context; /* what the server is given */
	struct context real;
	enum log_level level;
	const _Atomic int64_t *demo_us; /* mapped; NULL: the real time */
};

/*
 * demo_clock is NULL, or a file of 8 bytes: the microseconds since 1970 as a
 * native 64-bit integer, which somebody else advances in place. The world
 * must not move in memory until world_close.
 * Errors: NOT_FOUND, INVALID_ARGUMENT (not 8 bytes).
 */
MODEL_MUST_USE enum outrider_code
world_open(struct world *world, enum log_level level, const char *demo_clock,
	   struct outrider_err *err);
void world_close(struct world *world);

#endif
