/*
 * The one form of a field's bytes (docs/formats/record.md). Only record and
 * merge use it.
 */
#ifndef MODEL_CANONICAL_H
#define MODEL_CANONICAL_H

#include "model/wire.h"

/*
 * Are these, all occurrences of a repeated or nested field, canonical as they
 * stand? MERGE_SET fields must be ascending without duplicates, MERGE_BY_KEY
 * ones by their keys.
 */
bool canonical_is_field(const struct field *field, struct bytes occurrences);

/*
 * The canonical bytes of all the field's occurrences in the bytes of a
 * message, which may hold other fields and be in any order. In the arena; at
 * NULL and false where they are malformed, or there is no memory.
 */
bool canonical_field(struct bytes *out, struct arena *arena,
		     const struct field *field, struct bytes message);

/* What names a message of a MERGE_BY_KEY field: the payload of its field 1. */
struct bytes canonical_key(struct bytes message);

/* Below, at or above 0 as a sorts before, with or behind b. */
int bytes_compare(struct bytes a, struct bytes b);

#endif
