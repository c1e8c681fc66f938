/*
 * See laws_steps.h. Canonical bytes in, canonical bytes out.
 */
#include "app/laws_steps.h"

#include "app/kinds.h"
#include "app/laws_rooms.h"
#include "model/wire.h"

/* A time, tags and longer lengths. */
#define STEP_GROWTH_MAX ((size_t)32)

/* The message again, with the time where its number belongs. */
static void put_left(struct buffer *out, uint32_t field, struct bytes step,
		     uint32_t leave, int64_t now_us, struct arena *arena)
{
	struct wire_reader reader = wire_read(step);
	struct wire_field in;
	struct buffer one = { .room = step.len + STEP_GROWTH_MAX };
	bool is_put = false;

	one.ceiling = one.room;
	one.at = arena_alloc(arena, one.room);
	if (!one.at) {
		out->is_full = true;
		return;
	}
	while (wire_next(&reader, &in) > 0) {
		if (!is_put && in.number > leave)
			wire_put_timestamp(&one, leave, now_us);
		is_put |= in.number >= leave;
		buffer_append(&one, in.whole.at, in.whole.len);
	}
	if (!is_put)
		wire_put_timestamp(&one, leave, now_us);
	wire_put_bytes(out, field, one.at, one.len);
}

enum outrider_code steps_append(struct writing *w, uint32_t field,
				struct bytes payload, uint32_t leave,
				struct outrider_err *err)
{
	const struct field *law = message_field(w->row->entity->message, field);
	struct value *value = kind_value(w->row, field);
	struct wire_reader reader = wire_read(value->bytes);
	struct wire_field in;
	struct buffer out = {
		.room = value->bytes.len + payload.len + 2 * STEP_GROWTH_MAX,
	};
	size_t n = 0, i = 0;

	out.ceiling = out.room;
	out.at = arena_alloc(w->arena, out.room);
	if (!out.at)
		return err_call_full(err);
	while (wire_next(&reader, &in) > 0)
		n++;
	reader = wire_read(value->bytes);
	for (; wire_next(&reader, &in) > 0; i++) {
		if (i == 0 && n >= law->max_items)
			continue;
		if (i + 1 == n && leave != 0)
			put_left(&out, field, in.value, leave, w->now_us,
				 w->arena);
		else
			buffer_append(&out, in.whole.at, in.whole.len);
	}
	wire_put_bytes(&out, field, payload.at, payload.len);
	if (out.is_full)
		return err_call_full(err);
	value->bytes = (struct bytes){ .at = out.at, .len = out.len };
	return OUTRIDER_OK;
}
