/*
 * Values as texts for people and programs, of a limited length: what a change
 * shows of a field, and the titles of records. The forms are those of filters.
 */
#ifndef APP_TIMELINE_TEXT_H
#define APP_TIMELINE_TEXT_H

#include "model/record.h"

#define TIMELINE_TEXT_MAX 1000

/* Takes what fits below max and passes over the rest. */
struct timeline_text {
	size_t len, max;
	bool is_cut;
	char at[TIMELINE_TEXT_MAX];
};

/* max is at most TIMELINE_TEXT_MAX. */
void timeline_text_init(struct timeline_text *text, size_t max);
/*
 * Appends an own field's value: texts as they are, times in RFC 3339, enums by
 * name, references by id, bytes in hexadecimal, repeated and nested fields as
 * JSON under the contract's names. Nothing where it is not set, but for numbers
 * and yes or no.
 */
void timeline_text_value(struct timeline_text *text, const struct field *field,
			 const struct value *value);
void timeline_text_uuid(struct timeline_text *text, const struct uuid *id);
/* The fields that name a record, with spaces between them. */
void timeline_text_title(struct timeline_text *text, const struct row *row);
/* Takes away a character that was cut in two. */
void timeline_text_end(struct timeline_text *text);

#endif
