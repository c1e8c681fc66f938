/*
 * card_places: in which row of the file each card lies.
 *
 * The table of cards is by number (replica.h), and nothing in the file leads
 * from a card to its number: an index of random names would be written nearly
 * whole with each page of a pull. Owns the way there, in memory: filled from
 * the rows as the cards open, forgotten as they close. It refuses to know what
 * is in a row.
 */
#ifndef CORE_CARD_PLACES_H
#define CORE_CARD_PLACES_H

#include "idmap.h"

struct card_places {
	struct idmap map; /* to numbers */
	uint32_t newest;  /* the largest number that was seen or given */
};

void card_places_init(struct card_places *places,
		      const struct allocator *allocator);
void card_places_free(struct card_places *places); /* empty again */
/* 0: the card has no row. */
uint32_t card_places_find(const struct card_places *places, uint32_t kind,
			  const struct uuid *id);
/* A number for a new row, or 0: there are no more. No row has it, unless
 * somebody else wrote into the file. */
uint32_t card_places_next(struct card_places *places);
/* The card lies there from now on; kind isn't 0. False without memory. */
bool card_places_put(struct card_places *places, uint32_t kind,
		     const struct uuid *id, uint32_t number);
void card_places_remove(struct card_places *places, uint32_t kind,
			const struct uuid *id);

#endif
