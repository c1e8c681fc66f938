/*
 * fields: a name to a number, and the number to the bytes.
 */
#include "fields.h"

#include <string.h>

#include "model/wire.h"

static bool find(struct wire_field *out, const struct message *message,
		 struct bytes fields, const char *name)
{
	const struct field *field =
		message_field_named(message, name, strlen(name));

	return field != NULL && wire_find(out, fields, field->number);
}

struct bytes fields_text(const struct message *message, struct bytes fields,
			 const char *name)
{
	struct wire_field in;

	if (!find(&in, message, fields, name))
		return (struct bytes){ .at = NULL, .len = 0 };
	return in.value;
}

int64_t fields_number(const struct message *message, struct bytes fields,
		      const char *name)
{
	struct wire_field in;

	return find(&in, message, fields, name) ? (int64_t)in.scalar : 0;
}

double fields_double(const struct message *message, struct bytes fields,
		     const char *name)
{
	struct wire_field in;
	double value = 0;

	if (find(&in, message, fields, name))
		memcpy(&value, &in.scalar, sizeof(value));
	return value;
}

int64_t fields_time(const struct message *message, struct bytes fields,
		    const char *name)
{
	struct wire_field in;
	int64_t us;

	if (!find(&in, message, fields, name) || !wire_timestamp(&us, in.value))
		return 0;
	return us;
}

const char *fields_enum(const struct message *message, struct bytes fields,
			const char *name)
{
	const struct field *field =
		message_field_named(message, name, strlen(name));
	const int64_t value = fields_number(message, fields, name);
	const char *value_name = NULL;

	if (field != NULL && field->type == FIELD_ENUM && value != 0)
		value_name = enum_value_name(field->values, value);
	return value_name != NULL ? value_name : "";
}

bool fields_refer_to(const struct message *message, struct bytes fields,
		     const char *name, const struct uuid *id)
{
	const struct field *field =
		message_field_named(message, name, strlen(name));
	struct wire_reader reader = wire_read(fields);
	struct wire_field in;
	struct uuid target;

	while (field != NULL && wire_next(&reader, &in) > 0)
		if (in.number == field->number && in.type == WIRE_LEN &&
		    uuid_parse(&target, (const char *)in.value.at,
			       in.value.len) &&
		    uuid_compare(&target, id) == 0)
			return true;
	return false;
}
