/*
 * caller: unary calls to a server, so and so many at once, each timed.
 *
 * Owns a channel and its queue. Knows no message: bytes out, bytes in.
 */
#ifndef BENCH_CALLER_H
#define BENCH_CALLER_H

#include "model/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct caller;

/* target is "HOST:PORT", plain text; token may be NULL. */
struct caller *caller_open(const char *target, const char *token);
void caller_close(struct caller *caller);

/* What one call is: its request's bytes, asked for when its turn comes. */
typedef void caller_write_fn(void *user, struct buffer *request, size_t n);
/* Its answer; took_us is the time from its start. */
typedef void
caller_read_fn(void *user, struct bytes answer, double took_us, size_t n);

/*
 * Makes n calls of path, at most n_at_once of them under way. Ends the program
 * with a line on stderr where one of them fails. read may be NULL. Returns the
 * seconds that all took.
 */
double caller_run(struct caller *caller, const char *path, size_t n,
		  size_t n_at_once, caller_write_fn *write,
		  caller_read_fn *read, void *user);

/* The monotonic clock. */
double now_us(void);

#endif
