/*
 * wire_check: untrusted bytes against a message's table. Owns the path to the
 * field at fault and the words for it; knows no kinds.
 */
#include "model/utf8.h"
#include "model/wire.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/uuid.h"

#define NO_INDEX UINT32_MAX /* all of a repeated field is meant */

/* The fields that lead to where the check stands. */
struct check {
	struct outrider_err *err;
	struct step {
		const struct field *field;
		uint32_t index; /* in repeated ones */
	} path[WIRE_DEPTH_MAX + 1];
	size_t depth;
};

static void
enter(struct check *check, const struct field *field, uint32_t index)
{
	assert(check->depth <= WIRE_DEPTH_MAX);
	check->path[check->depth++] = (struct step){ field, index };
}

static void format_path(char *out, size_t size, const struct check *check)
{
	size_t len = 0;

	out[0] = 0;
	for (size_t i = 0; i < check->depth && len < size; i++) {
		const struct field *field = check->path[i].field;
		const char *dot = i > 0 ? "." : "";
		int n;
		if (field->flags & FIELD_IS_REPEATED &&
		    check->path[i].index != NO_INDEX)
			n = snprintf(out + len, size - len, "%s%s[%" PRIu32 "]",
				     dot, field->name, check->path[i].index);
		else
			n = snprintf(out + len, size - len, "%s%s", dot,
				     field->name);
		len += n > 0 ? (size_t)n : 0;
	}
}

/* The words for what is wrong with the field on top of the path. */
enum fault {
	FAULT_MALFORMED,
	FAULT_DEEP,
	FAULT_WIRE_TYPE,
	FAULT_TWICE,
	FAULT_ONEOF,
	FAULT_ITEMS,
	FAULT_LONG,
	FAULT_TEXT,
	FAULT_UUID,
	FAULT_ENUM,
	FAULT_NUMBER,
	FAULT_RANGE,
	FAULT_TIME,
	FAULT_REQUIRED,
};

static const char *const faults[] = {
	[FAULT_MALFORMED] = "damaged message",
	[FAULT_DEEP] = "messages are nested too deep",
	[FAULT_WIRE_TYPE] = "not of the field's type",
	[FAULT_TWICE] = "a field that is not repeated comes twice",
	[FAULT_ONEOF] = "only one field of this choice may be set",
	[FAULT_ITEMS] = "too many",
	[FAULT_LONG] = "too long",
	[FAULT_TEXT] = "not valid UTF-8 text, or with a NUL in it",
	[FAULT_UUID] = "not a UUID",
	[FAULT_ENUM] = "not a known value",
	[FAULT_NUMBER] = "not a number that the field can hold",
	[FAULT_RANGE] = "out of range",
	[FAULT_TIME] = "not a time between the years 1 and 9999",
	[FAULT_REQUIRED] = "is required",
};

static enum outrider_code refuse(const struct check *check, enum fault fault)
{
	const struct field *field =
		check->depth > 0 ? check->path[check->depth - 1].field : NULL;
	char path[sizeof(check->err->field)];
	const char *words = faults[fault];

	if (!check->err)
		return OUTRIDER_INVALID_ARGUMENT;
	format_path(path, sizeof(path), check);
	if (field && fault == FAULT_ITEMS)
		return err_set(check->err, OUTRIDER_INVALID_ARGUMENT, path,
			       "%s: at most %" PRIu32, words, field->max_items);
	if (field && fault == FAULT_LONG)
		return err_set(check->err, OUTRIDER_INVALID_ARGUMENT, path,
			       "%s: at most %" PRIu32 " bytes", words,
			       field->max_bytes);
	if (field && fault == FAULT_RANGE)
		return err_set(check->err, OUTRIDER_INVALID_ARGUMENT, path,
			       "%s: from %.15g to %.15g", words, field->min,
			       field->max);
	return err_set(check->err, OUTRIDER_INVALID_ARGUMENT, path, "%s",
		       words);
}

/* ----------------------------------------------------------------- values */

static bool is_in_range(const struct field *field, uint64_t scalar)
{
	double number;

	/* Exactly the generator's way to say: no range. */
	if (!(field->min < 0) && !(field->min > 0) && !(field->max < 0) &&
	    !(field->max > 0))
		return true;
	if (field->type == FIELD_DOUBLE)
		memcpy(&number, &scalar, sizeof(number));
	else if (field->type == FIELD_UINT64)
		number = (double)scalar;
	else
		number = (double)(int64_t)scalar;
	return number >= field->min && number <= field->max;
}

static enum outrider_code check_scalar(const struct check *check,
				       const struct field *field,
				       uint64_t scalar)
{
	if (!wire_scalar(&scalar, field, scalar))
		return refuse(check, FAULT_NUMBER);
	if (field->type == FIELD_ENUM &&
	    !enum_value_name(field->values, (int64_t)scalar))
		return refuse(check, FAULT_ENUM);
	if (!is_in_range(field, scalar))
		return refuse(check, FAULT_RANGE);
	return OUTRIDER_OK;
}

static enum outrider_code check_bytes(const struct check *check,
				      const struct field *field,
				      struct bytes value)
{
	const char *text = (const char *)value.at;
	bool is_repeated = field->flags & FIELD_IS_REPEATED;
	struct uuid uuid;
	int64_t us;

	if (field->max_bytes > 0 && value.len > field->max_bytes)
		return refuse(check, FAULT_LONG);
	if (field->type == FIELD_STRING && !utf8_is_valid_text(text, value.len))
		return refuse(check, FAULT_TEXT);
	/* Empty means not set; among others it would mean nothing. */
	if (field->type == FIELD_UUID && (value.len > 0 || is_repeated) &&
	    !uuid_parse(&uuid, text, value.len))
		return refuse(check, FAULT_UUID);
	if (field->type == FIELD_TIMESTAMP && !wire_timestamp(&us, value))
		return refuse(check, FAULT_TIME);
	return OUTRIDER_OK;
}

/* --------------------------------------------------------------- messages */

static enum outrider_code check_message(struct check *check,
					const struct message *message,
					struct bytes bytes);

static enum outrider_code check_value(struct check *check,
				      const struct field *field,
				      const struct wire_field *in)
{
	if (in->type != wire_type_of(field->type))
		return refuse(check, FAULT_WIRE_TYPE);
	if (in->type != WIRE_LEN)
		return check_scalar(check, field, in->scalar);
	if (field->type == FIELD_MESSAGE)
		return check_message(check, field->message, in->value);
	return check_bytes(check, field, in->value);
}

static enum outrider_code check_packed(struct check *check,
				       const struct field *field,
				       struct bytes payload, uint32_t *count)
{
	struct wire_reader reader = wire_read(payload);
	enum outrider_code code;
	uint64_t scalar;

	while (wire_next_packed(&reader, wire_type_of(field->type), &scalar)) {
		if (*count >= field->max_items)
			return refuse(check, FAULT_ITEMS);
		check->path[check->depth - 1].index = (*count)++;
		code = check_scalar(check, field, scalar);
		if (code)
			return code;
	}
	if (reader.at != reader.end)
		return refuse(check, FAULT_MALFORMED);
	return OUTRIDER_OK;
}

/* One occurrence of a known field; count is how many came before it. */
static enum outrider_code
check_field(struct check *check, const struct field *field,
	    const struct wire_field *in, uint32_t *count, uint32_t *oneofs)
{
	bool is_repeated = field->flags & FIELD_IS_REPEATED;

	check->path[check->depth - 1] = (struct step){ field, NO_INDEX };
	if (is_repeated && in->type == WIRE_LEN &&
	    wire_type_of(field->type) != WIRE_LEN)
		return check_packed(check, field, in->value, count);
	if (is_repeated && *count >= field->max_items)
		return refuse(check, FAULT_ITEMS);
	if (!is_repeated && *count > 0)
		return refuse(check, FAULT_TWICE);
	check->path[check->depth - 1].index = (*count)++;
	if (field->oneof >= 0) {
		if (*oneofs & UINT32_C(1) << field->oneof)
			return refuse(check, FAULT_ONEOF);
		*oneofs |= UINT32_C(1) << field->oneof;
	}
	return check_value(check, field, in);
}

static enum outrider_code check_fields(struct check *check,
				       const struct message *message,
				       struct bytes bytes)
{
	uint32_t counts[WIRE_FIELDS_MAX], oneofs = 0;
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;
	const struct field *field;
	enum outrider_code code;
	int more;

	assert(message->n_fields <= WIRE_FIELDS_MAX);
	memset(counts, 0, message->n_fields * sizeof(counts[0]));
	while ((more = wire_next(&reader, &in)) > 0) {
		field = message_field(message, in.number);
		if (!field)
			continue;
		code = check_field(check, field, &in,
				   &counts[field - message->fields], &oneofs);
		if (code)
			return code;
	}
	if (more == 0)
		return OUTRIDER_OK;
	check->depth--; /* the fault is the message's, not a field's */
	return refuse(check, FAULT_MALFORMED);
}

static enum outrider_code check_message(struct check *check,
					const struct message *message,
					struct bytes bytes)
{
	enum outrider_code code;

	if (check->depth > WIRE_DEPTH_MAX)
		return refuse(check, FAULT_DEEP);
	enter(check, NULL, NO_INDEX);
	code = check_fields(check, message, bytes);
	if (!code)
		check->depth--;
	return code;
}

enum outrider_code wire_check(const struct message *message, struct bytes bytes,
			      struct outrider_err *err)
{
	struct check check = { .err = err };

	err_clear(err);
	return check_message(&check, message, bytes);
}

/* --------------------------------------------------------------- required */

static bool is_set(const struct field *field, const struct wire_field *in)
{
	uint64_t scalar;
	int64_t us;

	if (in->type == WIRE_LEN && field->type == FIELD_TIMESTAMP)
		return wire_timestamp(&us, in->value) && us != 0;
	if (in->type == WIRE_LEN)
		return in->value.len > 0;
	return wire_scalar(&scalar, field, in->scalar) && scalar != 0;
}

static enum outrider_code require_message(struct check *check,
					  const struct message *message,
					  struct bytes bytes);

static enum outrider_code
require_nested(struct check *check, const struct field *field,
	       const struct wire_field *in, uint32_t index)
{
	enum outrider_code code;

	if (field->type != FIELD_MESSAGE || field->message->entity ||
	    in->type != WIRE_LEN)
		return OUTRIDER_OK;
	if (check->depth >= WIRE_DEPTH_MAX)
		return refuse(check, FAULT_DEEP);
	enter(check, field, index);
	code = require_message(check, field->message, in->value);
	if (!code)
		check->depth--;
	return code;
}

static enum outrider_code require_message(struct check *check,
					  const struct message *message,
					  struct bytes bytes)
{
	uint32_t counts[WIRE_FIELDS_MAX];
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;
	enum outrider_code code;

	assert(message->n_fields <= WIRE_FIELDS_MAX);
	memset(counts, 0, message->n_fields * sizeof(counts[0]));
	while (wire_next(&reader, &in) > 0) {
		const struct field *field = message_field(message, in.number);
		size_t i;
		if (!field)
			continue;
		i = (size_t)(field - message->fields);
		code = require_nested(check, field, &in, counts[i]);
		if (code)
			return code;
		counts[i] += is_set(field, &in) ||
			     field->flags & FIELD_IS_REPEATED;
	}
	for (size_t i = 0; i < message->n_fields; i++) {
		if (!(message->fields[i].flags & FIELD_IS_REQUIRED) ||
		    counts[i] > 0)
			continue;
		enter(check, &message->fields[i], NO_INDEX);
		return refuse(check, FAULT_REQUIRED);
	}
	return OUTRIDER_OK;
}

enum outrider_code wire_check_required(const struct message *message,
				       struct bytes bytes,
				       struct outrider_err *err)
{
	struct check check = { .err = err };

	err_clear(err);
	return require_message(&check, message, bytes);
}

/* How many elements an occurrence brings. */
static uint32_t
count_items(const struct field *field, const struct wire_field *in)
{
	enum wire_type type = wire_type_of(field->type);
	struct wire_reader reader = wire_read(in->value);
	uint32_t n = 0;
	uint64_t scalar;

	if (in->type != WIRE_LEN || type == WIRE_LEN)
		return 1;
	while (wire_next_packed(&reader, type, &scalar))
		n++;
	return n;
}

enum outrider_code wire_check_occurrences(const struct field *field,
					  struct bytes bytes,
					  struct outrider_err *err)
{
	struct check check = { .err = err };
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;
	enum outrider_code code;
	uint32_t count = 0;

	err_clear(err);
	while (wire_next(&reader, &in) > 0) {
		code = require_nested(&check, field, &in, count);
		if (code)
			return code;
		count += count_items(field, &in);
	}
	if (count <= field->max_items || !(field->flags & FIELD_IS_REPEATED))
		return OUTRIDER_OK;
	enter(&check, field, NO_INDEX);
	return refuse(&check, FAULT_ITEMS);
}
