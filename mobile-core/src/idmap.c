/*
 * idmap: at most three quarters full, so that probes stay short.
 */
#include "idmap.h"

#include <string.h>

enum { ROOM_FIRST = 64 };

void idmap_init(struct idmap *map, const struct allocator *allocator)
{
	*map = (struct idmap){ .allocator = allocator };
}

void idmap_free(struct idmap *map)
{
	if (map->slots != NULL)
		map->allocator->resize(map->allocator->user, map->slots, 0);
	idmap_init(map, map->allocator);
}

/* Where the search for a record begins. Ids end in random bytes. */
static size_t
home_of(const struct idmap *map, uint32_t kind, const struct uuid *id)
{
	uint64_t high, low;

	memcpy(&high, id->at, sizeof(high));
	memcpy(&low, id->at + sizeof(high), sizeof(low));
	low ^= high * UINT64_C(0x9e3779b97f4a7c15) + kind;
	low *= UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(low >> 32) & (map->room - 1);
}

/* The record's slot, or the free one where it would be. */
static size_t
probe(const struct idmap *map, uint32_t kind, const struct uuid *id)
{
	size_t i = home_of(map, kind, id);

	while (map->slots[i].kind != 0 &&
	       (map->slots[i].kind != kind ||
		uuid_compare(&map->slots[i].id, id) != 0))
		i = (i + 1) & (map->room - 1);
	return i;
}

static bool grow(struct idmap *map)
{
	struct idmap bigger = {
		.allocator = map->allocator,
		.n = map->n,
		.room = map->room > 0 ? map->room * 2 : ROOM_FIRST,
	};

	if (bigger.room > SIZE_MAX / sizeof(*bigger.slots))
		return false;
	bigger.slots =
		map->allocator->resize(map->allocator->user, NULL,
				       bigger.room * sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return false;
	memset(bigger.slots, 0, bigger.room * sizeof(*bigger.slots));
	for (size_t i = 0; i < map->room; i++) {
		const struct idmap_slot *slot = &map->slots[i];
		if (slot->kind != 0)
			bigger.slots[probe(&bigger, slot->kind, &slot->id)] =
				*slot;
	}
	idmap_free(map);
	*map = bigger;
	return true;
}

bool idmap_put(struct idmap *map, uint32_t kind, const struct uuid *id,
	       uint32_t value)
{
	size_t i;

	/* One that is there already takes no memory. */
	if ((map->n + 1) * 4 > map->room * 3 &&
	    idmap_get(map, kind, id) == NULL && !grow(map))
		return false;
	i = probe(map, kind, id);
	map->n += map->slots[i].kind == 0;
	map->slots[i] = (struct idmap_slot){ *id, kind, value };
	return true;
}

const uint32_t *
idmap_get(const struct idmap *map, uint32_t kind, const struct uuid *id)
{
	size_t i;

	if (map->room == 0)
		return NULL;
	i = probe(map, kind, id);
	return map->slots[i].kind == 0 ? NULL : &map->slots[i].value;
}

void idmap_remove(struct idmap *map, uint32_t kind, const struct uuid *id)
{
	size_t mask = map->room - 1, i, j;

	if (map->room == 0)
		return;
	i = probe(map, kind, id);
	if (map->slots[i].kind == 0)
		return;
	/* Those behind move up, unless they would pass their home. */
	for (j = (i + 1) & mask; map->slots[j].kind != 0; j = (j + 1) & mask) {
		size_t home =
			home_of(map, map->slots[j].kind, &map->slots[j].id);
		if (((j - home) & mask) < ((j - i) & mask))
			continue;
		map->slots[i] = map->slots[j];
		i = j;
	}
	map->slots[i] = (struct idmap_slot){ .kind = 0 };
	map->n--;
}
