/*
 * form: one printer and one reader a type.
 */
#include "form.h"

#include "model/calendar.h"
#include "model/instant.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char DATE_NAME[] = "outrider.v1.Date";
enum { DATE_YEAR = 1, DATE_MONTH = 2, DATE_DAY = 3 };

static bool is_date(const struct message *message)
{
	return strcmp(message->name, DATE_NAME) == 0;
}

bool form_is_date(const struct field *field)
{
	return field->message != NULL && is_date(field->message);
}

static struct bytes text_bytes(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static void put_text(struct buffer *out, const char *text)
{
	buffer_append(out, text, strlen(text));
}

/* --------------------------------------------------------------- printing */

static char decimal_point(void)
{
	const struct lconv *conventions = localeconv();

	return conventions->decimal_point[0] != 0
		       ? conventions->decimal_point[0]
		       : '.';
}

/* The shortest decimal that reads back as the same number. */
static void print_double(struct buffer *out, uint64_t bits)
{
	char text[FORM_SCALAR_MAX], *point;
	double value;

	memcpy(&value, &bits, sizeof(value));
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	point = strchr(text, decimal_point());
	if (point != NULL)
		*point = '.';
	put_text(out, text);
}

static void
print_enum(struct buffer *out, const struct enum_type *type, int64_t number)
{
	const char *name = enum_value_name(type, number);
	char text[FORM_SCALAR_MAX];

	if (name == NULL) {
		/* Of a newer server. */
		snprintf(text, sizeof(text), "%" PRId64, number);
		name = text;
	}
	put_text(out, name);
}

void form_print_scalar(struct buffer *out, const struct field *field,
		       uint64_t scalar)
{
	char text[FORM_SCALAR_MAX] = "";

	if (!wire_scalar(&scalar, field, scalar) || scalar == 0)
		return;
	switch (field->type) {
	case FIELD_BOOL:
		put_text(out, "true");
		return;
	case FIELD_ENUM:
		print_enum(out, field->values, (int64_t)scalar);
		return;
	case FIELD_DOUBLE:
		print_double(out, scalar);
		return;
	case FIELD_INT32:
	case FIELD_INT64:
		snprintf(text, sizeof(text), "%" PRId64, (int64_t)scalar);
		break;
	case FIELD_UINT32:
	case FIELD_UINT64:
		snprintf(text, sizeof(text), "%" PRIu64, scalar);
		break;
	case FIELD_STRING:
	case FIELD_BYTES:
	case FIELD_UUID:
	case FIELD_TIMESTAMP:
	case FIELD_MESSAGE:
		break;
	}
	put_text(out, text);
}

static int64_t number_in(struct bytes message, uint32_t number)
{
	struct wire_field field;

	return wire_find(&field, message, number) ? (int64_t)field.scalar : 0;
}

static void print_date(struct buffer *out, struct bytes date)
{
	int64_t year = number_in(date, DATE_YEAR);
	int month = (int)number_in(date, DATE_MONTH);
	int day = (int)number_in(date, DATE_DAY);
	char text[FORM_SCALAR_MAX];

	if (date.len == 0)
		return;
	/* Without a year, as ISO 8601:2000 and vCard write birthdays. */
	if (year == 0)
		snprintf(text, sizeof(text), "--%02d-%02d", month, day);
	else
		snprintf(text, sizeof(text), "%04d-%02d-%02d", (int)year, month,
			 day);
	put_text(out, text);
}

static void print_message(struct buffer *out, const struct message *message,
			  struct bytes value)
{
	struct wire_field in;

	if (is_date(message)) {
		print_date(out, value);
		return;
	}
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];
		if (!(field->flags & FIELD_IS_REQUIRED) ||
		    field->type == FIELD_MESSAGE)
			continue;
		if (wire_find(&in, value, field->number))
			form_print(out, field, &in);
		return;
	}
}

void form_print(struct buffer *out, const struct field *field,
		const struct wire_field *in)
{
	static const char hex[] = "0123456789abcdef";
	char text[FORM_SCALAR_MAX];
	int64_t us;

	switch (field->type) {
	case FIELD_STRING:
	case FIELD_UUID:
		buffer_append(out, in->value.at, in->value.len);
		break;
	case FIELD_BYTES:
		for (size_t i = 0; i < in->value.len; i++) {
			buffer_append(out, &hex[in->value.at[i] >> 4], 1);
			buffer_append(out, &hex[in->value.at[i] & 15], 1);
		}
		break;
	case FIELD_TIMESTAMP:
		if (!wire_timestamp(&us, in->value))
			break;
		instant_print(text, us);
		put_text(out, text);
		break;
	case FIELD_MESSAGE:
		print_message(out, field->message, in->value);
		break;
	case FIELD_BOOL:
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_DOUBLE:
	case FIELD_ENUM:
		form_print_scalar(out, field, in->scalar);
		break;
	}
}

/* ---------------------------------------------------------------- reading */

static enum outrider_code
wrong(struct outrider_err *err, const struct field *field, const char *wanted)
{
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, field->name, "is not %s",
		       wanted);
}

/* "is not one of in, out" */
static enum outrider_code
wrong_enum(struct outrider_err *err, const struct field *field)
{
	const struct enum_type *type = field->values;
	size_t prefix = enum_prefix_len(type), len = 0;
	char names[200] = "";

	for (size_t i = 1; i < type->n_values; i++) {
		const char *name = type->values[i].name + prefix;
		if (len + strlen(name) + 3 > sizeof(names))
			break;
		if (len > 0)
			names[len++] = ',';
		names[len++] = ' ';
		for (; *name; name++)
			names[len++] = (char)(*name >= 'A' && *name <= 'Z'
						      ? *name - 'A' + 'a'
						      : *name);
		names[len] = 0;
	}
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, field->name,
		       "is not one of%s", names);
}

static bool
parse_integer(uint64_t *out, const struct field *field, const char *text)
{
	bool is_negative = text[0] == '-';
	const char *digits = text + is_negative;
	uint64_t value = 0;

	if (digits[0] == 0)
		return false;
	for (; *digits != 0; digits++) {
		uint64_t digit = (uint64_t)(*digits - '0');
		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (field->type == FIELD_UINT32 || field->type == FIELD_UINT64) {
		if (is_negative)
			return false;
	} else if (value > (uint64_t)INT64_MAX + is_negative) {
		return false;
	}
	*out = is_negative ? 0 - value : value;
	return wire_scalar(out, field, *out);
}

static bool parse_double(double *out, const char *text)
{
	char copy[FORM_SCALAR_MAX * 2], *end, *point;
	size_t len = strlen(text);

	/* Decimals alone: strtod knows hexadecimals, words and spaces too. */
	if (len == 0 || len >= sizeof(copy) ||
	    text[strspn(text, "+-.0123456789eE")] != 0)
		return false;
	memcpy(copy, text, len + 1);
	point = strchr(copy, '.');
	if (point != NULL)
		*point = decimal_point();
	*out = strtod(copy, &end);
	return *end == 0 && *out - *out == 0; /* finite */
}

static bool take_dash(struct bytes *text)
{
	if (text->len == 0 || text->at[0] != '-')
		return false;
	text->at++;
	text->len--;
	return true;
}

static bool parse_date(struct buffer *out, uint32_t number, const char *text)
{
	int64_t year = 0, month, day;
	bool has_year = strncmp(text, "--", 2) != 0;
	struct bytes left = text_bytes(has_year ? text : text + 2);
	uint8_t payload[16];
	struct buffer date = { .at = payload,
			       .room = sizeof(payload),
			       .ceiling = sizeof(payload) };

	if (has_year && (!instant_take_number(&year, &left, 4) ||
			 !take_dash(&left) || year == 0))
		return false;
	if (!instant_take_number(&month, &left, 2) || !take_dash(&left) ||
	    !instant_take_number(&day, &left, 2) || left.len > 0 || month < 1 ||
	    month > 12 || day < 1 ||
	    day > calendar_days_of_month(has_year ? year : 2000, month))
		return false;
	if (has_year)
		wire_put_scalar(&date, DATE_YEAR, (uint64_t)year);
	wire_put_scalar(&date, DATE_MONTH, (uint64_t)month);
	wire_put_scalar(&date, DATE_DAY, (uint64_t)day);
	wire_put_bytes(out, number, date.at, date.len);
	return true;
}

/* The message by its first required field, as it is printed. */
static enum outrider_code
parse_message(struct buffer *out, const struct field *field, const char *text,
	      struct outrider_err *err)
{
	const struct message *message = field->message;
	struct buffer payload;
	enum outrider_code code = OUTRIDER_OK;
	const struct field *main = NULL;

	if (is_date(message))
		return parse_date(out, field->number, text)
			       ? OUTRIDER_OK
			       : wrong(err, field,
				       "a date such as 1985-04-12 or --04-12");
	for (size_t i = 0; i < message->n_fields && main == NULL; i++)
		if (message->fields[i].flags & FIELD_IS_REQUIRED &&
		    message->fields[i].type != FIELD_MESSAGE)
			main = &message->fields[i];
	if (main == NULL)
		return wrong(err, field, "a single value: name a part of it");
	buffer_init(&payload, out->allocator, out->ceiling);
	code = form_parse(&payload, main, text, err);
	if (code == OUTRIDER_OK)
		wire_put_bytes(out, field->number, payload.at, payload.len);
	buffer_free(&payload);
	return code;
}

enum outrider_code form_parse(struct buffer *out, const struct field *field,
			      const char *text, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;
	const struct enum_value *value;
	uint64_t scalar = 0;
	double real = 0;
	int64_t us;

	switch (field->type) {
	case FIELD_STRING:
	case FIELD_UUID:
		wire_put_bytes(out, field->number, text, strlen(text));
		break;
	case FIELD_BOOL:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			return wrong(err, field, "true or false");
		wire_put_scalar(out, field->number, text[0] == 't');
		break;
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
		if (!parse_integer(&scalar, field, text))
			return wrong(err, field, "a whole number in range");
		wire_put_scalar(out, field->number, scalar);
		break;
	case FIELD_DOUBLE:
		if (!parse_double(&real, text))
			return wrong(err, field, "a decimal number");
		wire_put_double(out, field->number, real);
		break;
	case FIELD_ENUM:
		value = enum_value_named(field->values, text, strlen(text));
		if (!value)
			return wrong_enum(err, field);
		wire_put_scalar(out, field->number,
				(uint64_t)(int64_t)value->number);
		break;
	case FIELD_TIMESTAMP:
		if (!instant_parse(&us, text_bytes(text), false))
			return wrong(err, field,
				     "a time such as 2026-11-21T20:58:00Z");
		wire_put_timestamp(out, field->number, us);
		break;
	case FIELD_MESSAGE:
		code = parse_message(out, field, text, err);
		break;
	case FIELD_BYTES:
		return wrong(err, field, "a text: give it as protobuf fields");
	}
	if (code == OUTRIDER_OK && out->is_full)
		code = err_no_memory(err);
	return code;
}
