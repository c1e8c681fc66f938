/*
 * memory: the host's memory, wiped before it is given back, so that no card
 * lies on in free memory.
 */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include "model/arena.h"
#include "outrider.h"

/* Over the host's resize, or the C library's where it has none. The host
 * outlives the allocator. */
struct allocator memory_allocator(const struct outrider_host *host);

#endif
