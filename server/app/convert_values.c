/*
 * What a lead says, carried into other records: fields that two kinds hold
 * alike, references between them, a name in two parts. Knows rows and their
 * fields; who writes what is convert.c's.
 */
#include "app/convert_values.h"

#include "app/kinds.h"
#include "app/selling_kinds.h"
#include "model/utf8.h"
#include "model/wire.h"

enum {
	CONTACT_GIVEN_NAME = 10,
	CONTACT_FAMILY_NAME = 11,
	NAME_BYTES_MAX = 100, /* of either */
};

/* Repeated messages stand in a row with their tags: under another number. */
static bool copy_repeated(struct value *to, uint32_t number, struct bytes from,
			  struct arena *arena)
{
	struct wire_reader reader = wire_read(from);
	struct wire_field in;
	struct buffer all;

	*to = (struct value){ .i = 0 };
	if (from.len == 0)
		return true;
	/* A tag of two bytes may stand instead of one. */
	buffer_init(&all, &allocator_libc, 2 * from.len + 16);
	while (wire_next(&reader, &in) > 0)
		wire_put_bytes(&all, number, in.value.at, in.value.len);
	if (!all.is_full)
		to->bytes = arena_copy(arena, all.at, all.len);
	buffer_free(&all);
	return to->bytes.at != NULL;
}

bool convert_copy(struct row *to, const struct row *lead,
		  const uint32_t pairs[][2], size_t n, struct arena *arena)
{
	bool is_copied = true;

	for (size_t i = 0; i < n; i++) {
		const uint32_t number = pairs[i][0];
		const struct field *field =
			message_field(to->entity->message, number);
		const struct value *from = kind_value(lead, pairs[i][1]);

		if (field->flags & FIELD_IS_REPEATED)
			is_copied &= copy_repeated(kind_value(to, number),
						   number, from->bytes, arena);
		else
			*kind_value(to, number) = *from;
	}
	return is_copied;
}

bool convert_refer(struct row *row, uint32_t number, const struct row *target,
		   struct arena *arena)
{
	const struct field *field = message_field(row->entity->message, number);
	struct value *value = kind_value(row, number);
	uint8_t room[UUID_TEXT_LEN + 8];
	struct buffer set = { .at = room, .room = sizeof(room) };
	char text[UUID_TEXT_LEN + 1];

	if (!target)
		return true;
	if (!(field->flags & FIELD_IS_REPEATED)) {
		value->bytes =
			arena_copy(arena, target->id.at, sizeof(target->id.at));
		return value->bytes.at != NULL;
	}
	set.ceiling = set.room;
	uuid_format(text, &target->id);
	wire_put_bytes(&set, number, text, UUID_TEXT_LEN);
	value->bytes = arena_copy(arena, set.at, set.len);
	return value->bytes.at != NULL;
}

/* -------------------------------------------------------------------- names */

static struct bytes cut(struct bytes text, size_t max)
{
	text.len = utf8_cut(text.at, text.len, max);
	return text;
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

void convert_name(struct row *contact, struct bytes name)
{
	struct bytes given = { .at = name.at }, family = name;
	bool has_letter = false;

	for (size_t i = 0; i < name.len; i++)
		has_letter = has_letter || is_letter(name.at[i]);
	for (size_t i = name.len; has_letter && i-- > 1;) {
		if (name.at[i] != ' ' || i + 1 == name.len)
			continue;
		family = (struct bytes){ name.at + i + 1, name.len - i - 1 };
		given.len = i;
		break;
	}
	while (given.len > 0 && given.at[given.len - 1] == ' ')
		given.len--;
	kind_value(contact, CONTACT_GIVEN_NAME)->bytes =
		cut(given, NAME_BYTES_MAX);
	kind_value(contact, CONTACT_FAMILY_NAME)->bytes =
		cut(family, NAME_BYTES_MAX);
}
