/*
 * Records of any kind with plausible values in every field that a client may
 * write, out of the tables: no line per kind.
 */
#ifndef RECORD_MAKER_H
#define RECORD_MAKER_H

#include "model/arena.h"
#include "model/schema.h"
#include "model/uuid.h"

struct record_maker {
	/* Other seeds give other values, the same one the same. */
	unsigned seed;
	/* Whom a reference names; zero leaves the field out. */
	struct uuid (*reference)(void *user, const struct entity *entity);
	/* SHA-256 of a content that the caller has uploaded; NULL: left out. */
	const uint8_t *content_hash;
	void *user;
	enum rank rank; /* fields that ask for more are left out; NONE: none */
};

/*
 * May a client set the field of a record that is there? Custom values are left
 * out: a record of its own says what they may be.
 */
bool maker_may_set(const struct field *field);
/* Appends one field, tag and all; nothing where it can't have a value. */
void maker_field(struct buffer *out, const struct field *field,
		 const struct record_maker *maker);
/* All that a client may set at creation, from the first own one on. */
void maker_record(struct buffer *out, const struct entity *entity,
		  const struct record_maker *maker);
/* Appends a field of a record that was made, all its occurrences. */
void maker_take(struct buffer *out, const struct buffer *record,
		const struct field *field);

#endif
