/* card_places: see card_places.h. */
#include "card_places.h"

void card_places_init(struct card_places *places,
		      const struct allocator *allocator)
{
	idmap_init(&places->map, allocator);
	places->newest = 0;
}

void card_places_free(struct card_places *places)
{
	idmap_free(&places->map);
	places->newest = 0;
}

uint32_t card_places_find(const struct card_places *places, uint32_t kind,
			  const struct uuid *id)
{
	const uint32_t *number = idmap_get(&places->map, kind, id);

	return number == NULL ? 0 : *number;
}

uint32_t card_places_next(struct card_places *places)
{
	return places->newest == UINT32_MAX ? 0 : ++places->newest;
}

bool card_places_put(struct card_places *places, uint32_t kind,
		     const struct uuid *id, uint32_t number)
{
	if (!idmap_put(&places->map, kind, id, number))
		return false;
	if (number > places->newest)
		places->newest = number;
	return true;
}

void card_places_remove(struct card_places *places, uint32_t kind,
			const struct uuid *id)
{
	idmap_remove(&places->map, kind, id);
}
