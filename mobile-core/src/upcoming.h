/*
 * upcoming: what a rep must not forget.
 *
 * Owns a list of birthdays, open tasks and next steps, one of each card at
 * most, in locked memory while the cards are open. It refuses to know what
 * time it is.
 */
#ifndef CORE_UPCOMING_H
#define CORE_UPCOMING_H

#include "idmap.h"
#include "locked.h"
#include "model/err.h"
#include "model/schema.h"
#include "model/uuid.h"

enum upcoming_type {
	UPCOMING_NONE,
	UPCOMING_BIRTHDAY,
	UPCOMING_TASK,
	UPCOMING_STEP,
};

struct upcoming_item {
	struct uuid id;
	uint32_t kind;
	enum upcoming_type type;
	int64_t due_us;		   /* of tasks and steps; 0: not said */
	uint16_t year, month, day; /* of birthdays; year 0: not known */
};

/* Numbers of fields: a contact's, and those of the date in it. */
struct upcoming_birthday {
	uint32_t number, year, month, day;
};

struct upcoming {
	uint8_t types[256]; /* what a kind of card has of these */
	struct upcoming_birthday birthday;
	struct locked items; /* of struct upcoming_item, in no order */
	struct idmap map;
};

void upcoming_init(struct upcoming *upcoming,
		   const struct allocator *allocator);
void upcoming_wipe(struct upcoming *upcoming); /* empty again */
/* Takes in what is shown of a card, or that it is gone; of tasks and steps
 * only those of the user `me`. Errors: RESOURCE_EXHAUSTED. */
MODEL_MUST_USE enum outrider_code
upcoming_follow(struct upcoming *upcoming, const struct uuid *me,
		const struct entity *entity, const struct uuid *id, bool exists,
		struct bytes fields, struct outrider_err *err);

#endif
