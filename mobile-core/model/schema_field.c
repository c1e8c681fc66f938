/*
 * schema_field: finds fields in a message's table. Apart from schema.c, so
 * that it links without the generated tables.
 */
#include "model/schema.h"

#include <string.h>

static bool is_name(const char *a, const char *b, size_t len)
{
	return strlen(a) == len && memcmp(a, b, len) == 0;
}

const struct field *message_field(const struct message *m, uint32_t number)
{
	size_t low = 0, high = m->n_fields;

	/* Most messages number their fields from 1 without a gap. */
	if (number - 1 < m->n_fields && m->fields[number - 1].number == number)
		return &m->fields[number - 1];
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (m->fields[middle].number == number)
			return &m->fields[middle];
		if (m->fields[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct field *message_field_after(const struct message *m,
					const struct field *last,
					uint32_t number)
{
	const struct field *end = m->fields + m->n_fields;

	if (last == NULL || last->number > number)
		return message_field(m, number);
	while (last < end && last->number < number)
		last++;
	return last < end && last->number == number ? last : NULL;
}

const struct field *
message_field_named(const struct message *m, const char *name, size_t len)
{
	for (size_t i = 0; i < m->n_fields; i++)
		if (is_name(m->fields[i].name, name, len))
			return &m->fields[i];
	return NULL;
}

size_t enum_prefix_len(const struct enum_type *type)
{
	/* What the first value of every list ends with. */
	static const char unspecified[] = "UNSPECIFIED";
	size_t len = type->n_values > 0 ? strlen(type->values[0].name) : 0;

	return len >= sizeof(unspecified) ? len - (sizeof(unspecified) - 1) : 0;
}

/* Names of values are in capitals. */
static bool is_same(const char *name, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (name[i] == 0 || name[i] != c)
			return false;
	}
	return name[len] == 0;
}

const struct enum_value *
enum_value_named(const struct enum_type *type, const char *name, size_t len)
{
	size_t prefix = enum_prefix_len(type);

	for (size_t i = 0; i < type->n_values; i++) {
		const struct enum_value *value = &type->values[i];
		if ((strlen(value->name) == len &&
		     memcmp(value->name, name, len) == 0) ||
		    is_same(value->name + prefix, name, len))
			return value;
	}
	return NULL;
}

const char *enum_value_name(const struct enum_type *type, int64_t number)
{
	for (size_t i = 0; i < type->n_values; i++)
		if (type->values[i].number == number)
			return type->values[i].name;
	return NULL;
}
