/*
 * field_names: the paths of a kind's fields, for hosts that list them.
 */
#include <string.h>

#include "model/schema.h"
#include "outrider.h"

const char *outrider_field_name(const char *kind, size_t index)
{
	const struct entity *entity = schema_entity_named(kind, strlen(kind));

	return entity != NULL && index < entity->n_paths ? entity->paths[index]
							 : NULL;
}
