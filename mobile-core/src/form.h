/*
 * form: single values as text, and back.
 *
 * Owns the text forms that outrider.h promises: decimal numbers, enums by
 * name, times in RFC 3339, dates as 1985-04-12 or --04-12. Knows nothing of
 * cards and paths.
 */
#ifndef CORE_FORM_H
#define CORE_FORM_H

#include "model/err.h"
#include "model/schema.h"
#include "model/wire.h"

/* Room for any number, time or date. */
enum { FORM_SCALAR_MAX = 96 };

/* Is it a date, "1985-04-12", and not a message of parts? */
bool form_is_date(const struct field *field);

/*
 * Appends the text of a field's value as it stands in sound bytes, or nothing
 * where it is the default. A nested message without a form of its own shows by
 * its first required field.
 */
void form_print(struct buffer *out, const struct field *field,
		const struct wire_field *in);
/* The same for a number out of a packed run. */
void form_print_scalar(struct buffer *out, const struct field *field,
		       uint64_t scalar);

/*
 * Appends the field, tag and all, with the value that the text means.
 * Errors: INVALID_ARGUMENT (wrong form), RESOURCE_EXHAUSTED.
 */
MODEL_MUST_USE enum outrider_code
form_parse(struct buffer *out, const struct field *field, const char *text,
	   struct outrider_err *err);

#endif
