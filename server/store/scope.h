/*
 * A scope: a set of records that a principal sees or doesn't see as a whole.
 * Seventeen bytes everywhere: type and id.
 */
#ifndef STORE_SCOPE_H
#define STORE_SCOPE_H

#include "model/uuid.h"

#define SCOPE_LEN 17

enum scope_type {
	SCOPE_ORGANIZATION = 1, /* id zero */
	SCOPE_USER = 2,
	SCOPE_TEAM = 3,
	SCOPE_SHARE = 4,
};

struct scope {
	uint8_t at[SCOPE_LEN]; /* type, id */
};

struct scope scope_make(enum scope_type type, const struct uuid *id);
int scope_compare(const struct scope *a, const struct scope *b);

#endif
