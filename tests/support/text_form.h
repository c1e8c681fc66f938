/*
 * Messages as text, over the contract's tables: so that a test says what it
 * sends and what it expects in one line.
 *
 *	display_name: "Windows" lines { quantity_milli: 2000 } state: OPEN
 *
 * Enums by the end of their name; times in microseconds since 1970.
 */
#ifndef TEXT_FORM_H
#define TEXT_FORM_H

#include "model/arena.h"
#include "model/schema.h"

/* Appends the message that the text, formatted as by printf, says. */
void text_write(struct buffer *out, const struct message *message,
		const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * The value at a path such as "lines[1].total_minor" in the bytes of a message,
 * as it is written above, without quotes; "" where it is not set. Borrowed
 * until the next call but three.
 */
const char *
text_at(const struct message *message, struct bytes bytes, const char *path);
/* How many elements a repeated field has. */
size_t
text_count(const struct message *message, struct bytes bytes, const char *name);

#endif
