/*
 * fields: values in a card's bytes by the names that the contract gives them,
 * for the core's own questions. Sound bytes only (cards_fields_are_sound).
 * Knows no kinds.
 */
#ifndef CORE_FIELDS_H
#define CORE_FIELDS_H

#include "model/arena.h"
#include "model/schema.h"
#include "model/uuid.h"

/* Empty where it isn't set. */
struct bytes fields_text(const struct message *message, struct bytes fields,
			 const char *name);
/* 0 where it isn't set. */
int64_t fields_number(const struct message *message, struct bytes fields,
		      const char *name);
double fields_double(const struct message *message, struct bytes fields,
		     const char *name);
/* Microseconds since 1970; 0 where it isn't set. */
int64_t fields_time(const struct message *message, struct bytes fields,
		    const char *name);
/* The name of an enum's value; "" where it isn't set or isn't known. */
const char *fields_enum(const struct message *message, struct bytes fields,
			const char *name);
/* One of the references in the field, repeated or not, is id. */
bool fields_refer_to(const struct message *message, struct bytes fields,
		     const char *name, const struct uuid *id);

#endif
