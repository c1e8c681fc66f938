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

const struct field *
message_field_named(const struct message *m, const char *name, size_t len)
{
	for (size_t i = 0; i < m->n_fields; i++)
		if (is_name(m->fields[i].name, name, len))
			return &m->fields[i];
	return NULL;
}
