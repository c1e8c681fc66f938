/*
 * field_names: the kinds, the paths of their fields and what each holds, for
 * hosts that list them. Needs no core. What a value looks like is form.h's.
 */
#include <string.h>

#include "form.h"
#include "model/schema.h"
#include "outrider.h"

/* "lines.product_id" reaches into nested messages. *outer: its first field. */
static const struct field *
field_at(const struct field **outer, const char *kind, const char *path)
{
	const struct entity *entity = schema_entity_named(kind, strlen(kind));
	const struct message *message = entity != NULL ? entity->message : NULL;
	const struct field *field = NULL;
	bool is_whole = false;

	*outer = NULL;
	while (message != NULL && !is_whole) {
		const size_t len = strcspn(path, ".");

		field = message_field_named(message, path, len);
		if (*outer == NULL)
			*outer = field;
		message = field != NULL ? field->message : NULL;
		is_whole = path[len] == '\0';
		path += len + 1;
	}
	return is_whole ? field : NULL;
}

const char *outrider_kind_name(size_t index)
{
	return index < schema_n_entities ? schema_entities[index]->name : NULL;
}

const char *outrider_field_name(const char *kind, size_t index)
{
	const struct entity *entity = schema_entity_named(kind, strlen(kind));

	return entity != NULL && index < entity->n_paths ? entity->paths[index]
							 : NULL;
}

static enum outrider_field_type type_of(const struct field *field)
{
	switch (field->type) {
	case FIELD_BOOL:
		return OUTRIDER_FIELD_BOOL;
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_DOUBLE:
		return OUTRIDER_FIELD_NUMBER;
	case FIELD_ENUM:
		return OUTRIDER_FIELD_CHOICE;
	case FIELD_UUID:
		return OUTRIDER_FIELD_REFERENCE;
	case FIELD_TIMESTAMP:
		return OUTRIDER_FIELD_TIME;
	case FIELD_MESSAGE:
		return form_is_date(field) ? OUTRIDER_FIELD_DATE
					   : OUTRIDER_FIELD_NONE;
	case FIELD_STRING:
		return OUTRIDER_FIELD_TEXT;
	case FIELD_BYTES:
		break;
	}
	return OUTRIDER_FIELD_NONE;
}

enum outrider_field_type outrider_field_type(const char *kind, const char *path)
{
	const struct field *outer;
	const struct field *field = field_at(&outer, kind, path);

	return field != NULL ? type_of(field) : OUTRIDER_FIELD_NONE;
}

bool outrider_field_is_written(const char *kind, const char *path)
{
	const struct field *outer;
	const struct field *field = field_at(&outer, kind, path);

	return field != NULL && (outer->flags & FIELD_IS_OUTPUT_ONLY) == 0 &&
	       outer->number != FIELD_ID;
}

const char *
outrider_field_choice(const char *kind, const char *path, size_t index)
{
	const struct field *outer;
	const struct field *field = field_at(&outer, kind, path);

	if (field == NULL || field->type != FIELD_ENUM)
		return NULL;
	for (size_t i = 0; i < field->values->n_values; i++)
		if (field->values->values[i].number != 0 && index-- == 0)
			return field->values->values[i].name;
	return NULL;
}

const char *outrider_field_reference(const char *kind, const char *path)
{
	const struct field *outer;
	const struct field *field = field_at(&outer, kind, path);

	return field != NULL && field->reference != NULL
		       ? field->reference->name
		       : NULL;
}
