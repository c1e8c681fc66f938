/*
 * schema: finds rows in the generated tables by number and by name. Owns no
 * table: tools/crmgen makes them. Built into the library outrider_schema,
 * beside the tables; all else of model/ does without them.
 */
#include "model/schema.h"

#include <string.h>

/* Below, at or above 0 as a sorts before, with or behind the bytes. */
static int compare_name(const char *a, const char *b, size_t len)
{
	size_t a_len = strlen(a);
	int order = memcmp(a, b, a_len < len ? a_len : len);

	return order != 0 ? order : (a_len > len) - (a_len < len);
}

const struct entity *schema_entity(uint32_t number)
{
	/* Kinds are few and numbered from 1 on: mostly the first guess. */
	if (number - 1 < schema_n_entities &&
	    schema_entities[number - 1]->number == number)
		return schema_entities[number - 1];
	for (size_t i = 0; i < schema_n_entities; i++)
		if (schema_entities[i]->number == number)
			return schema_entities[i];
	return NULL;
}

const struct entity *schema_entity_named(const char *name, size_t len)
{
	for (size_t i = 0; i < schema_n_entities; i++)
		if (compare_name(schema_entities[i]->name, name, len) == 0)
			return schema_entities[i];
	return NULL;
}

const struct method *schema_method(const char *path, size_t len)
{
	size_t low = 0, high = schema_n_methods;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order =
			compare_name(schema_methods[middle].path, path, len);
		if (order == 0)
			return &schema_methods[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
