/*
 * record_splice: record bytes changed without reading their values, so that
 * fields which this build doesn't know survive. The phone's way with cards.
 */
#include "model/record.h"
#include "model/wire.h"

/* A reader of ascending fields that stands on one. */
struct cursor {
	struct wire_reader reader;
	struct wire_field field;
	bool has_field, is_bad;
};

static void cursor_next(struct cursor *cursor)
{
	uint32_t last = cursor->has_field ? cursor->field.number : 0;
	int more = wire_next(&cursor->reader, &cursor->field);

	cursor->has_field = more > 0;
	cursor->is_bad |= more < 0 || (more > 0 && cursor->field.number < last);
}

static struct cursor cursor_over(struct bytes bytes)
{
	struct cursor cursor = { .reader = wire_read(bytes) };

	cursor_next(&cursor);
	return cursor;
}

/* Adds the other members of each oneof of which delta sets one. */
static void drop_siblings(struct field_set *dropped,
			  const struct message *message, struct bytes delta)
{
	struct wire_reader reader = wire_read(delta);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0) {
		const struct field *field = message_field(message, in.number);
		if (!field || field->oneof < 0)
			continue;
		for (size_t i = 0; i < message->n_fields; i++)
			if (message->fields[i].oneof == field->oneof &&
			    message->fields[i].number < 256)
				field_set_add(dropped,
					      message->fields[i].number);
	}
}

static void copy_field(struct buffer *out, struct cursor *cursor)
{
	buffer_append(out, cursor->field.whole.at, cursor->field.whole.len);
	cursor_next(cursor);
}

enum outrider_code
fields_splice(struct buffer *out, const struct message *message,
	      struct bytes base, struct bytes delta,
	      const struct field_set *cleared, struct outrider_err *err)
{
	struct cursor old = cursor_over(base), new = cursor_over(delta);
	struct field_set dropped = { .bits = { 0 } };

	err_clear(err);
	if (cleared)
		dropped = *cleared;
	drop_siblings(&dropped, message, delta);
	while (!old.is_bad && !new.is_bad && (old.has_field || new.has_field)) {
		uint32_t number = new.has_field ? new.field.number : UINT32_MAX;
		if (old.has_field && old.field.number < number) {
			if (field_set_has(&dropped, old.field.number))
				cursor_next(&old);
			else
				copy_field(out, &old);
			continue;
		}
		while (old.has_field && old.field.number == number)
			cursor_next(&old);
		while (new.has_field &&new.field.number == number &&
		       !new.is_bad)
			copy_field(out, &new);
	}
	if (old.is_bad || new.is_bad)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "damaged record");
	if (out->is_full)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "record too large");
	return OUTRIDER_OK;
}

struct bytes fields_find(struct bytes fields, uint32_t number)
{
	struct wire_field field;

	if (wire_find(&field, fields, number) && field.type == WIRE_LEN)
		return field.value;
	return (struct bytes){ .at = NULL, .len = 0 };
}
