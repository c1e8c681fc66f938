/* row_parts: see row_parts.h. */
#include "row_parts.h"

#include <string.h>

struct row_number row_number(uint64_t number)
{
	return (struct row_number){ {
		(uint8_t)(number >> 56),
		(uint8_t)(number >> 48),
		(uint8_t)(number >> 40),
		(uint8_t)(number >> 32),
		(uint8_t)(number >> 24),
		(uint8_t)(number >> 16),
		(uint8_t)(number >> 8),
		(uint8_t)number,
	} };
}

struct row_record row_record(uint32_t kind, const struct uuid *id)
{
	struct row_record out;

	out.at[0] = (uint8_t)kind;
	memcpy(out.at + 1, id->at, sizeof(id->at));
	return out;
}

void row_put_id(struct buffer *row, uint32_t number, const struct uuid *id)
{
	wire_put_bytes(row, number, id->at, sizeof(id->at));
}

bool row_take_id(struct uuid *out, const struct wire_field *field)
{
	if (field->value.len != sizeof(out->at))
		return false;
	memcpy(out->at, field->value.at, sizeof(out->at));
	return true;
}

void row_put_set(struct buffer *row, uint32_t number,
		 const struct field_set *set)
{
	for (uint32_t i = field_set_next(set, 1); i < FIELD_SET_END;
	     i = field_set_next(set, i + 1))
		wire_put_scalar(row, number, i);
}

bool row_take_number(struct field_set *out, const struct wire_field *field)
{
	if (field->scalar >= 256)
		return false;
	field_set_add(out, (uint32_t)field->scalar);
	return true;
}
