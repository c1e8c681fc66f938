/*
 * cards_sound: the check of a record's bytes that come from the server.
 */
#include "cards.h"
#include "model/utf8.h"
#include "model/wire.h"

static bool message_is_sound(const struct message *message, struct bytes bytes,
			     bool is_ascending, unsigned depth);

static bool packed_is_sound(const struct field *field, struct bytes value)
{
	struct wire_reader reader = wire_read(value);
	uint64_t scalar;

	while (wire_next_packed(&reader, wire_type_of(field->type), &scalar))
		if (!wire_scalar(&scalar, field, scalar))
			return false;
	return reader.at == reader.end;
}

static bool
payload_is_sound(const struct field *field, struct bytes value, unsigned depth)
{
	int64_t us;

	switch (field->type) {
	case FIELD_STRING:
	case FIELD_UUID:
		return utf8_is_valid_text((const char *)value.at, value.len);
	case FIELD_TIMESTAMP:
		return wire_timestamp(&us, value);
	case FIELD_MESSAGE:
		return message_is_sound(field->message, value, false,
					depth + 1);
	case FIELD_BYTES:
		return true;
	case FIELD_BOOL:
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_DOUBLE:
	case FIELD_ENUM:
		return field->flags & FIELD_IS_REPEATED &&
		       packed_is_sound(field, value);
	}
	return false;
}

static bool field_is_sound(const struct field *field,
			   const struct wire_field *in, unsigned depth)
{
	uint64_t scalar;

	if (in->type == WIRE_LEN)
		return payload_is_sound(field, in->value, depth);
	return in->type == wire_type_of(field->type) &&
	       wire_scalar(&scalar, field, in->scalar);
}

static bool message_is_sound(const struct message *message, struct bytes bytes,
			     bool is_ascending, unsigned depth)
{
	struct wire_reader reader = wire_read(bytes);
	const struct field *field = NULL;
	struct wire_field in;
	uint32_t last = 0;
	int more;

	if (depth > WIRE_DEPTH_MAX)
		return false;
	while ((more = wire_next(&reader, &in)) > 0) {
		field = message_field_after(message, field, in.number);
		if (is_ascending && in.number < last)
			return false;
		last = in.number;
		if (field != NULL && !field_is_sound(field, &in, depth))
			return false;
	}
	return more == 0;
}

bool cards_fields_are_sound(const struct message *message, struct bytes fields)
{
	return message_is_sound(message, fields, true, 0);
}
