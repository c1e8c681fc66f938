/*
 * locked: a growing array of equal elements, kept out of swap and of core dumps
 * as far as the limit allows, wiped when it is let go.
 */
#ifndef CORE_LOCKED_H
#define CORE_LOCKED_H

#include "model/arena.h"

struct locked {
	const struct allocator *allocator;
	void *at;
	size_t n, room; /* elements */
	size_t size;	/* of one */
	bool is_in_swap;
};

void locked_init(struct locked *array, const struct allocator *allocator,
		 size_t size);
void locked_wipe(struct locked *array); /* empty again */
/* A copy of the element behind the last; false without memory. */
bool locked_append(struct locked *array, const void *element);
/* Wipes what lies behind the first n. */
void locked_cut(struct locked *array, size_t n);

#endif
