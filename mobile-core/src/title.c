/*
 * title: what names a card to people. Needs no core.
 */
#include <string.h>

#include "core.h"
#include "model/schema.h"
#include "model/utf8.h"
#include "model/wire.h"

/* Appends what fits, and never a part of a character. Returns the whole
 * length. */
static size_t append(char *out, size_t size, size_t len, struct bytes text)
{
	size_t room = len + 1 < size ? size - len - 1 : 0;
	size_t fits = utf8_cut(text.at, text.len, room);

	if (fits > 0)
		memcpy(out + len, text.at, fits);
	if (len < size)
		out[len + fits] = 0;
	return len + text.len;
}

int outrider_card_title(char *out, size_t size, const char *kind,
			const uint8_t *fields, size_t len)
{
	static const struct bytes space = { (const uint8_t *)" ", 1 };
	const struct entity *entity = schema_entity_named(kind, strlen(kind));
	struct wire_field in;
	size_t n = 0;

	if (size > 0)
		out[0] = 0;
	if (entity == NULL)
		return -1;
	for (size_t i = 0; i < entity->n_title; i++) {
		if (!wire_find(&in, (struct bytes){ fields, len },
			       entity->title[i]->number) ||
		    in.type != WIRE_LEN || in.value.len == 0)
			continue;
		if (n > 0)
			n = append(out, size, n, space);
		n = append(out, size, n, in.value);
	}
	return (int)n;
}
