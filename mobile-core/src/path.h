/*
 * path: fields by names such as "phones.number", read and written in a
 * record's bytes.
 *
 * Owns how a path walks through nested and repeated fields. What a value looks
 * like is form.h's. Knows no kinds.
 */
#ifndef CORE_PATH_H
#define CORE_PATH_H

#include "model/err.h"
#include "model/record.h"
#include "model/schema.h"

/*
 * Appends the text of the field; element counts in the first repeated field on
 * the way. False where the message has no such field; nothing is appended
 * where it is empty.
 */
bool path_print(struct buffer *out, const struct message *message,
		struct bytes fields, const char *path, size_t element);

/*
 * Appends to delta all that the top-level field of the path becomes (nothing:
 * it becomes empty), and gives its number.
 *
 * "" empties a field. A repeated field gets one more element a call; a part of
 * one ("phones.label") goes into the last element unless that has this part
 * already, and then begins another.
 *
 * Errors: INVALID_ARGUMENT (no such field, wrong form), RESOURCE_EXHAUSTED.
 */
MODEL_MUST_USE enum outrider_code
path_set(struct buffer *delta, uint32_t *number, const struct message *message,
	 struct bytes fields, const char *path, const char *text,
	 struct outrider_err *err);

/* The top-level field that a path begins with; NULL where there is none. */
const struct field *path_field(const struct message *message, const char *path);

/* Appends all occurrences of a field, tags and all. */
void path_copy(struct buffer *out, struct bytes fields, uint32_t number);

#endif
