/* Questions written by hand. */
#include "query_ask.h"

const struct field *contact_field(const char *name)
{
	return message_field_named(contact_entity()->message, name,
				   strlen(name));
}

struct condition *new_condition(struct arena *arena, enum condition_type type)
{
	struct condition *made = arena_alloc(arena, sizeof(*made));

	assert_non_null(made);
	made->type = type;
	return made;
}

static void read_path(struct condition_path *out, const char *path)
{
	size_t len = strcspn(path, ".");
	const struct message *message = contact_entity()->message;

	out->field = message_field_named(message, path, len);
	if (path[len] == '.') {
		out->via = out->field;
		message = out->via->reference->message;
		path += len + 1;
		out->field = message_field_named(message, path, strlen(path));
	}
	assert_non_null(out->field);
}

struct condition *new_leaf(struct arena *arena, const char *path,
			   enum condition_op op, const char *text)
{
	struct condition *leaf = new_condition(arena, CONDITION_COMPARE);
	struct condition_value *value = arena_alloc(arena, sizeof(*value));

	assert_non_null(value);
	read_path(&leaf->path, path);
	value->bytes = text_bytes(text);
	leaf->op = op;
	leaf->values = value;
	leaf->n_values = op != CONDITION_IS_SET;
	if (leaf->path.field->flags & FIELD_IS_CUSTOM) {
		memset(leaf->path.custom.at, 7, sizeof(leaf->path.custom.at));
		leaf->path.custom_type = FIELD_STRING;
	}
	return leaf;
}

void add_part(struct condition *to, struct condition *part)
{
	part->next = to->first;
	to->first = part;
}
