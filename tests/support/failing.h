/*
 * An allocator for tests: counts, and fails the call that it is told to.
 *
 *	struct failing memory;
 *	failing_start(&memory, n);
 *	... &memory.allocator ...
 *	assert_int_equal(memory.live, 0);
 */
#ifndef TESTS_FAILING_H
#define TESTS_FAILING_H

#include <stdlib.h>

#include "model/arena.h"

#define FAILING_NEVER SIZE_MAX

struct failing {
	struct allocator allocator;
	size_t fail_at; /* the call, counted from 0, that fails */
	size_t calls;	/* that asked for memory */
	size_t live;	/* allocations not yet given back */
};

static void *failing_resize(void *user, void *p, size_t size)
{
	struct failing *memory = user;
	void *at;

	if (size == 0) {
		memory->live -= p != NULL;
		free(p);
		return NULL;
	}
	if (memory->calls++ == memory->fail_at)
		return NULL;
	at = realloc(p, size);
	memory->live += at && !p;
	return at;
}

/* memory must stay where it is: the allocator points at it. */
static inline void failing_start(struct failing *memory, size_t fail_at)
{
	*memory = (struct failing){
		.allocator = { .resize = failing_resize, .user = memory },
		.fail_at = fail_at,
	};
}

#endif
