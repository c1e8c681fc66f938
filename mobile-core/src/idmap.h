/*
 * idmap: from a record's kind and id to a number. A hash table with linear
 * probing that grows and never shrinks until it is freed.
 */
#ifndef CORE_IDMAP_H
#define CORE_IDMAP_H

#include "model/arena.h"
#include "model/uuid.h"

struct idmap_slot {
	struct uuid id;
	uint32_t kind; /* 0: free */
	uint32_t value;
};

struct idmap {
	const struct allocator *allocator;
	struct idmap_slot *slots;
	size_t n, room; /* room is a power of two, or 0 */
};

void idmap_init(struct idmap *map, const struct allocator *allocator);
void idmap_free(struct idmap *map); /* empty again */
/* False without memory. */
bool idmap_put(struct idmap *map, uint32_t kind, const struct uuid *id,
	       uint32_t value);
/* NULL where there is none. */
const uint32_t *
idmap_get(const struct idmap *map, uint32_t kind, const struct uuid *id);
void idmap_remove(struct idmap *map, uint32_t kind, const struct uuid *id);

#endif
