/*
 * What is taken out of a row before it is told, and kept in it when somebody
 * writes who doesn't see it. Which fields these are is app/rights.c's.
 */
#include "app/access.h"

#include "app/kinds.h"
#include "app/rights.h"
#include "model/wire.h"

#include <string.h>

/* One of the values of a record's `custom`. */
static bool is_hidden_custom(const struct rights *rights, struct bytes value)
{
	enum { VALUE_CUSTOM_FIELD = 1 };
	struct wire_field name;
	struct uuid id;

	return wire_find(&name, value, VALUE_CUSTOM_FIELD) &&
	       uuid_parse(&id, (const char *)name.value.at, name.value.len) &&
	       rights_hide_custom(rights, &id);
}

static bool has_hidden_custom(const struct rights *rights, struct bytes custom)
{
	struct wire_reader reader = wire_read(custom);
	struct wire_field value;

	while (wire_next(&reader, &value) > 0)
		if (is_hidden_custom(rights, value.value))
			return true;
	return false;
}

/* Goes to the next value that is hidden, or to the next that is not. */
static bool next_custom(struct wire_field *out, struct wire_reader *reader,
			const struct rights *rights, bool is_hidden)
{
	while (wire_next(reader, out) > 0)
		if (is_hidden_custom(rights, out->value) == is_hidden)
			return true;
	return false;
}

static uint8_t *put_custom(uint8_t *to, const struct wire_field *value)
{
	memcpy(to, value->whole.at, value->whole.len);
	return to + value->whole.len;
}

/* The row's custom values, where there are any and some may be hidden. */
static struct value *
custom_of(const struct row *row, const struct principal *principal)
{
	struct value *custom = row_value(row, FIELD_CUSTOM);

	if (!custom || !principal->rights ||
	    principal->rights->n_hidden_custom == 0)
		return NULL;
	return custom;
}

bool access_hides_custom(const struct row *row,
			 const struct principal *principal)
{
	const struct value *custom = custom_of(row, principal);

	return custom && has_hidden_custom(principal->rights, custom->bytes);
}

enum outrider_code access_hide(struct row *row,
			       const struct principal *principal,
			       struct arena *arena, struct outrider_err *err)
{
	const struct field_set *hidden = access_hidden(principal, row->entity);
	const struct rights *rights = principal->rights;
	struct value *custom;
	struct wire_reader reader;
	struct wire_field value;
	uint8_t *shown, *end;

	if (!field_set_is_empty(hidden))
		for (size_t i = 0; i < row->entity->n_fields; i++)
			if (field_set_has(hidden,
					  row->entity->fields[i].number))
				row->values[i] = (struct value){ .i = 0 };
	custom = custom_of(row, principal);
	if (!custom || !has_hidden_custom(rights, custom->bytes))
		return OUTRIDER_OK;
	shown = arena_alloc(arena, custom->bytes.len);
	if (!shown)
		return err_call_full(err);
	end = shown;
	reader = wire_read(custom->bytes);
	while (next_custom(&value, &reader, rights, false))
		end = put_custom(end, &value);
	custom->bytes = (struct bytes){ .at = end > shown ? shown : NULL,
					.len = (size_t)(end - shown) };
	return OUTRIDER_OK;
}

/* Every hidden value of the row stood before, as it is. */
static bool brings_hidden(const struct rights *rights, struct bytes custom,
			  struct bytes before)
{
	struct wire_reader reader = wire_read(custom);
	struct wire_field value, stood;

	while (next_custom(&value, &reader, rights, true)) {
		struct wire_reader old = wire_read(before);
		bool is_there = false;

		while (!is_there && next_custom(&stood, &old, rights, true))
			is_there = stood.whole.len == value.whole.len &&
				   memcmp(stood.whole.at, value.whole.at,
					  value.whole.len) == 0;
		if (!is_there)
			return true;
	}
	return false;
}

static int compare_keys(struct bytes a, struct bytes b)
{
	size_t least = a.len < b.len ? a.len : b.len;
	int order = least > 0 ? memcmp(a.at, b.at, least) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* What is shown of one, and hidden of the other: both ascend by their keys. */
static uint8_t *join_custom(uint8_t *to, const struct rights *rights,
			    struct bytes shown, struct bytes hidden)
{
	struct wire_reader a = wire_read(shown), b = wire_read(hidden);
	struct wire_field left, right;
	bool has_left = next_custom(&left, &a, rights, false);
	bool has_right = next_custom(&right, &b, rights, true);

	while (has_left || has_right) {
		bool is_left = has_left;

		if (has_left && has_right)
			is_left = compare_keys(left.value, right.value) < 0;
		if (is_left) {
			to = put_custom(to, &left);
			has_left = next_custom(&left, &a, rights, false);
		} else {
			to = put_custom(to, &right);
			has_right = next_custom(&right, &b, rights, true);
		}
	}
	return to;
}

enum outrider_code access_keep_hidden(struct row *row, const struct row *old,
				      const struct principal *principal,
				      struct arena *arena,
				      struct outrider_err *err)
{
	const struct rights *rights = principal->rights;
	struct value *custom = custom_of(row, principal);
	struct bytes before = { .len = 0 };
	uint8_t *at, *end;

	if (!custom)
		return OUTRIDER_OK;
	if (old)
		before = row_value(old, FIELD_CUSTOM)->bytes;
	if (custom->bytes.at == before.at && custom->bytes.len == before.len)
		return OUTRIDER_OK;
	if (brings_hidden(rights, custom->bytes, before))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT,
			       "custom_field_id",
			       "there is no such custom_field");
	at = arena_alloc(arena, custom->bytes.len + before.len + 1);
	if (!at)
		return err_call_full(err);
	end = join_custom(at, rights, custom->bytes, before);
	custom->bytes = (struct bytes){ .at = end > at ? at : NULL,
					.len = (size_t)(end - at) };
	return OUTRIDER_OK;
}
