/*
 * path: one step a name.
 */
#include "path.h"

#include <string.h>

#include "form.h"
#include "model/wire.h"

enum { LEVEL_MAX = 256 * 1024 };

/* The name up to the next dot; *rest is behind it, or NULL. */
static const struct field *
step(const struct message *message, const char *path, const char **rest)
{
	size_t len = strcspn(path, ".");

	*rest = path[len] == '.' ? path + len + 1 : NULL;
	return message_field_named(message, path, len);
}

const struct field *path_field(const struct message *message, const char *path)
{
	const char *rest;

	return step(message, path, &rest);
}

void path_copy(struct buffer *out, struct bytes fields, uint32_t number)
{
	struct wire_reader reader = wire_read(fields);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0)
		if (in.number == number)
			buffer_append(out, in.whole.at, in.whole.len);
}

/* ---------------------------------------------------------------- reading */

/* The element-th number of a packed run; those of earlier runs are counted
 * off. */
static bool find_packed(uint64_t *out, const struct field *field,
			const struct wire_field *in, size_t *element)
{
	struct wire_reader reader = wire_read(in->value);

	while (wire_next_packed(&reader, wire_type_of(field->type), out))
		if ((*element)-- == 0)
			return true;
	return false;
}

/* The element-th occurrence. True and *is_scalar: a number of a packed run. */
static bool find_element(struct wire_field *out, uint64_t *scalar,
			 bool *is_scalar, const struct field *field,
			 struct bytes fields, size_t element)
{
	struct wire_reader reader = wire_read(fields);

	while (wire_next(&reader, out) > 0) {
		if (out->number != field->number)
			continue;
		*is_scalar = out->type == WIRE_LEN &&
			     wire_type_of(field->type) != WIRE_LEN;
		if (*is_scalar) {
			if (find_packed(scalar, field, out, &element))
				return true;
		} else if (element-- == 0) {
			return true;
		}
	}
	return false;
}

bool path_print(struct buffer *out, const struct message *message,
		struct bytes fields, const char *path, size_t element)
{
	struct wire_field in;
	const char *rest = path;
	bool is_there = true;

	while (rest != NULL) {
		const struct field *field = step(message, rest, &rest);
		size_t which = 0;
		uint64_t scalar;
		bool is_scalar;
		if (field == NULL ||
		    (rest != NULL && field->type != FIELD_MESSAGE))
			return false;
		if (field->flags & FIELD_IS_REPEATED) {
			which = element;
			element = 0;
		}
		/* What doesn't repeat has no second element. */
		if (rest == NULL && element > 0)
			is_there = false;
		/* The rest of the path is read even so: it may be wrong. */
		is_there = is_there && find_element(&in, &scalar, &is_scalar,
						    field, fields, which);
		fields = is_there ? in.value : (struct bytes){ NULL, 0 };
		message = field->message;
		if (rest != NULL || !is_there)
			continue;
		if (is_scalar)
			form_print_scalar(out, field, scalar);
		else
			form_print(out, field, &in);
	}
	return true;
}

/* ---------------------------------------------------------------- writing */

/* Where the last occurrence stands, and how many bytes are before it. */
static bool find_last(struct wire_field *out, struct bytes occurrences)
{
	struct wire_reader reader = wire_read(occurrences);
	struct wire_field in;
	bool is_there = false;

	while (wire_next(&reader, &in) > 0) {
		*out = in;
		is_there = true;
	}
	return is_there;
}

static enum outrider_code no_field(struct outrider_err *err, const char *path)
{
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, path,
		       "is not a field of it");
}

/* The last name of a path: a value. */
static enum outrider_code
set_value(struct buffer *delta, const struct field *field,
	  struct bytes occurrences, const char *text, struct outrider_err *err)
{
	if (field->flags & FIELD_IS_REPEATED && text[0] != 0)
		buffer_append(delta, occurrences.at, occurrences.len);
	return text[0] == 0 ? OUTRIDER_OK : form_parse(delta, field, text, err);
}

static enum outrider_code
set_at(struct buffer *delta, uint32_t *number, const struct message *message,
       struct bytes fields, const char *path, const char *text, unsigned depth,
       struct outrider_err *err);

/* A name with more behind it: a part of the last element, or of a new one. */
static enum outrider_code
set_part(struct buffer *delta, const struct field *field,
	 struct bytes occurrences, const char *rest, const char *text,
	 unsigned depth, struct outrider_err *err)
{
	const struct field *part = path_field(field->message, rest);
	struct field_set cleared = { { 0 } };
	struct wire_field last = { .value = { NULL, 0 } }, in;
	struct buffer change, payload;
	size_t kept = occurrences.len;
	uint32_t number = 0;
	enum outrider_code code;

	if (find_last(&last, occurrences))
		kept -= last.whole.len;
	if (field->flags & FIELD_IS_REPEATED && part != NULL &&
	    wire_find(&in, last.value, part->number)) {
		last.value = (struct bytes){ NULL, 0 };
		kept = occurrences.len;
	}
	buffer_init(&change, delta->allocator, LEVEL_MAX);
	buffer_init(&payload, delta->allocator, LEVEL_MAX);
	code = set_at(&change, &number, field->message, last.value, rest, text,
		      depth + 1, err);
	if (code != OUTRIDER_OK)
		goto done;
	if (change.len == 0 && number < 256)
		field_set_add(&cleared, number);
	code = fields_splice(&payload, field->message, last.value,
			     (struct bytes){ change.at, change.len }, &cleared,
			     err);
	if (code != OUTRIDER_OK)
		goto done;
	buffer_append(delta, occurrences.at, kept);
	if (payload.len > 0)
		wire_put_bytes(delta, field->number, payload.at, payload.len);
done:
	buffer_free(&change);
	buffer_free(&payload);
	return code;
}

static enum outrider_code
set_at(struct buffer *delta, uint32_t *number, const struct message *message,
       struct bytes fields, const char *path, const char *text, unsigned depth,
       struct outrider_err *err)
{
	const char *rest;
	const struct field *field = step(message, path, &rest);
	struct buffer occurrences;
	struct bytes bytes;
	enum outrider_code code;

	if (field == NULL || depth > WIRE_DEPTH_MAX ||
	    (rest != NULL && field->type != FIELD_MESSAGE))
		return no_field(err, path);
	*number = field->number;
	buffer_init(&occurrences, delta->allocator, LEVEL_MAX);
	path_copy(&occurrences, fields, field->number);
	bytes = (struct bytes){ occurrences.at, occurrences.len };
	if (rest == NULL)
		code = set_value(delta, field, bytes, text, err);
	else
		code = set_part(delta, field, bytes, rest, text, depth, err);
	if (code == OUTRIDER_OK && (delta->is_full || occurrences.is_full))
		code = err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "Out of memory, or a record too large.");
	buffer_free(&occurrences);
	return code;
}

enum outrider_code path_set(struct buffer *delta, uint32_t *number,
			    const struct message *message, struct bytes fields,
			    const char *path, const char *text,
			    struct outrider_err *err)
{
	return set_at(delta, number, message, fields, path, text, 0, err);
}
