/*
 * field_names: the paths of a kind's fields, for hosts that list them.
 *
 * Nested paths stand here because the caller may keep the pointers and no
 * table has them; tests/unit/test_form.c fails where the contract has one
 * that is missing here.
 */
#include <string.h>

#include "model/schema.h"
#include "outrider.h"

static const char *const nested[] = {
	"phones.number", "phones.label",       "emails.address",
	"emails.label",	 "messengers.network", "messengers.account",
};

static const char *nested_path(const char *field, const char *part)
{
	size_t len = strlen(field);

	for (size_t i = 0; i < sizeof(nested) / sizeof(nested[0]); i++)
		if (strncmp(nested[i], field, len) == 0 &&
		    nested[i][len] == '.' &&
		    strcmp(nested[i] + len + 1, part) == 0)
			return nested[i];
	return NULL;
}

/* A date is one value, with a text form of its own. */
static bool has_parts(const struct field *field)
{
	return field->type == FIELD_MESSAGE &&
	       strcmp(field->message->name, "outrider.v1.Date") != 0;
}

const char *outrider_field_name(const char *kind, size_t index)
{
	const struct entity *entity = schema_entity_named(kind, strlen(kind));

	for (size_t i = 0; entity != NULL && i < entity->message->n_fields;
	     i++) {
		const struct field *field = &entity->message->fields[i];
		size_t n = 1;
		if (field->flags & FIELD_IS_SYSTEM &&
		    field->number != FIELD_OWNER && field->number != FIELD_TEAM)
			continue; /* cards come without them */
		if (has_parts(field))
			n = field->message->n_fields;
		if (index >= n) {
			index -= n;
			continue;
		}
		return has_parts(field)
			       ? nested_path(field->name,
					     field->message->fields[index].name)
			       : field->name;
	}
	return NULL;
}
