/*
 * nearby: who is where.
 *
 * Owns what leads from a pin to the cards that are found by it: places with
 * their pins and companies, companies with the places that they name, contacts
 * with their companies; in locked memory while the cards are open. A question
 * reads it from end to end. It refuses to know of words and of meetings.
 */
#ifndef CORE_NEARBY_H
#define CORE_NEARBY_H

#include "idmap.h"
#include "locked.h"
#include "model/err.h"
#include "model/geo.h"
#include "model/schema.h"
#include "model/uuid.h"

struct outrider;

/* Links of one card lie side by side. */
struct nearby_link {
	struct uuid from, to; /* to: its company, place or company */
	uint32_t kind;	      /* of from; 0: gone */
	struct geo_pin pin;   /* a place's */
};

/* A kind, and its field that leads on: looked up once. */
struct nearby_kind {
	uint32_t number, field;
};

struct nearby {
	struct nearby_kind place, company, contact;
	struct locked links; /* of struct nearby_link */
	size_t n_dead;
	struct idmap map; /* to a card's first link */
};

void nearby_init(struct nearby *nearby, const struct allocator *allocator);
void nearby_wipe(struct nearby *nearby); /* empty again */
/* Takes in what is shown of a card, or that it is gone. Errors:
 * RESOURCE_EXHAUSTED. */
MODEL_MUST_USE enum outrider_code
nearby_follow(struct nearby *nearby, const struct entity *entity,
	      const struct uuid *id, bool exists, struct bytes fields,
	      struct outrider_err *err);

#endif
