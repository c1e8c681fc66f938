/*
 * canonical: is a field's encoding the canonical one, and which is it if not?
 * Senders nearly always write it; so asking is fast, and making it may be
 * slow.
 */
#include "model/canonical.h"

#include <stdlib.h>
#include <string.h>

#include "model/uuid.h"

int bytes_compare(struct bytes a, struct bytes b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.at, b.at, len) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static bool is_packable(const struct field *field)
{
	return field->flags & FIELD_IS_REPEATED &&
	       wire_type_of(field->type) != WIRE_LEN;
}

struct bytes canonical_key(struct bytes message)
{
	struct wire_field key;

	/* Canonical bytes begin with the lowest number. */
	if (wire_find(&key, message, 1) && key.type == WIRE_LEN)
		return key.value;
	return (struct bytes){ .at = NULL, .len = 0 };
}

/* Below, at or above 0 as the element stands in a set or by its key. */
static int compare_elements(enum field_merge merge, const struct wire_field *a,
			    const struct wire_field *b)
{
	if (merge == MERGE_BY_KEY)
		return bytes_compare(canonical_key(a->value),
				     canonical_key(b->value));
	return bytes_compare(a->value, b->value);
}

static bool is_sorted_field(const struct field *field)
{
	return field->merge == MERGE_SET || field->merge == MERGE_BY_KEY;
}

/* ----------------------------------------------------------------- asking */

static bool
is_message(const struct message *message, struct bytes bytes, unsigned depth);

static bool is_scalar(const struct field *field, uint64_t scalar)
{
	uint64_t canonical;

	return wire_scalar(&canonical, field, scalar) && canonical == scalar;
}

static bool is_packed(const struct field *field, struct bytes payload)
{
	enum wire_type type = wire_type_of(field->type);
	struct wire_reader reader = wire_read(payload);
	size_t len = 0;
	uint64_t scalar;

	while (wire_next_packed(&reader, type, &scalar)) {
		if (!is_scalar(field, scalar))
			return false;
		len += type == WIRE_VARINT ? wire_varint_len(scalar) : 8;
	}
	return len > 0 && len == payload.len;
}

/* As uuid_format writes it: in lower case. */
static bool is_uuid_text(struct bytes text)
{
	struct uuid uuid;

	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] >= 'A' && text.at[i] <= 'F')
			return false;
	return uuid_parse(&uuid, (const char *)text.at, text.len);
}

static bool is_timestamp(struct bytes payload)
{
	uint8_t room[32];
	struct buffer canonical = { .at = room, .room = sizeof(room) };
	int64_t us;

	canonical.ceiling = canonical.room;
	if (!wire_timestamp(&us, payload))
		return false;
	wire_put_timestamp(&canonical, 1, us);
	/* Behind a tag and a length of one byte each. */
	return canonical.len == payload.len + 2 &&
	       memcmp(room + 2, payload.at, payload.len) == 0;
}

static bool
is_payload(const struct field *field, struct bytes payload, unsigned depth)
{
	if (is_packable(field))
		return is_packed(field, payload);
	/* An empty element counts; an empty field alone is not set. */
	if (payload.len == 0)
		return field->flags & FIELD_IS_REPEATED;
	if (field->type == FIELD_UUID)
		return is_uuid_text(payload);
	if (field->type == FIELD_TIMESTAMP)
		return is_timestamp(payload);
	if (field->type == FIELD_MESSAGE)
		return is_message(field->message, payload, depth + 1);
	return true;
}

static bool is_occurrence(const struct field *field,
			  const struct wire_field *in, unsigned depth)
{
	enum wire_type type = is_packable(field) ? WIRE_LEN
						 : wire_type_of(field->type);
	size_t len = wire_varint_len((uint64_t)field->number << 3);

	if (in->type != type)
		return false;
	if (type == WIRE_LEN)
		len += wire_varint_len(in->value.len) + in->value.len;
	else if (type == WIRE_I64)
		len += 8;
	else
		len += wire_varint_len(in->scalar);
	if (len != in->whole.len)
		return false;
	if (type == WIRE_LEN)
		return is_payload(field, in->value, depth);
	return in->scalar != 0 && is_scalar(field, in->scalar);
}

static bool may_come_again(const struct field *field)
{
	return field->flags & FIELD_IS_REPEATED && !is_packable(field);
}

static bool
is_message(const struct message *message, struct bytes bytes, unsigned depth)
{
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;
	uint32_t last = 0;
	int more;

	if (depth > WIRE_DEPTH_MAX)
		return false;
	while ((more = wire_next(&reader, &in)) > 0) {
		const struct field *field = message_field(message, in.number);
		if (!field || in.number < last ||
		    (in.number == last && !may_come_again(field)) ||
		    !is_occurrence(field, &in, depth))
			return false;
		last = in.number;
	}
	return more == 0;
}

bool canonical_is_field(const struct field *field, struct bytes occurrences)
{
	struct wire_reader reader = wire_read(occurrences);
	struct wire_field in, last = { 0 };
	size_t n = 0;
	int more;

	while ((more = wire_next(&reader, &in)) > 0) {
		if (in.number != field->number ||
		    (n > 0 && !may_come_again(field)) ||
		    !is_occurrence(field, &in, 0))
			return false;
		if (n++ > 0 && is_sorted_field(field) &&
		    compare_elements(field->merge, &last, &in) >= 0)
			return false;
		last = in;
	}
	return more == 0;
}

/* ----------------------------------------------------------------- making */

static bool put_message(struct buffer *out, const struct message *message,
			struct bytes bytes, unsigned depth);

static bool put_scalars(struct buffer *out, const struct field *field,
			const struct wire_field *in)
{
	enum wire_type type = wire_type_of(field->type);
	struct wire_reader reader = wire_read(in->value);
	uint64_t scalar = in->scalar;
	bool is_single = in->type == type;

	if (!is_single && in->type != WIRE_LEN)
		return false;
	while (is_single || wire_next_packed(&reader, type, &scalar)) {
		if (!wire_scalar(&scalar, field, scalar))
			return false;
		if (type == WIRE_I64)
			wire_put_fixed64(out, scalar);
		else
			wire_put_varint(out, scalar);
		if (is_single)
			return true;
	}
	return reader.at == reader.end;
}

static bool
put_packed(struct buffer *out, const struct field *field, struct bytes bytes)
{
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;
	size_t start = out->len;

	while (wire_next(&reader, &in) > 0)
		if (in.number == field->number && !put_scalars(out, field, &in))
			return false;
	if (out->len > start)
		wire_wrap(out, field->number, start);
	return true;
}

static bool put_uuid(struct buffer *out, uint32_t number, struct bytes text)
{
	char canonical[UUID_TEXT_LEN + 1];
	struct uuid uuid;

	if (!uuid_parse(&uuid, (const char *)text.at, text.len))
		return false;
	uuid_format(canonical, &uuid);
	wire_put_bytes(out, number, canonical, UUID_TEXT_LEN);
	return true;
}

static bool put_timestamp(struct buffer *out, const struct field *field,
			  struct bytes payload)
{
	int64_t us;

	if (!wire_timestamp(&us, payload))
		return false;
	if (us != 0 || field->flags & FIELD_IS_REPEATED)
		wire_put_timestamp(out, field->number, us);
	return true;
}

/* A value that is not a packed one. */
static bool put_value(struct buffer *out, const struct field *field,
		      const struct wire_field *in, unsigned depth)
{
	bool is_repeated = field->flags & FIELD_IS_REPEATED;
	size_t start = out->len;
	uint64_t scalar;

	if (in->type != wire_type_of(field->type))
		return false;
	if (in->type != WIRE_LEN) {
		if (!wire_scalar(&scalar, field, in->scalar))
			return false;
		if (scalar == 0)
			return true;
		wire_put_varint(out, (uint64_t)field->number << 3 | in->type);
		if (in->type == WIRE_I64)
			wire_put_fixed64(out, scalar);
		else
			wire_put_varint(out, scalar);
		return true;
	}
	if (field->type == FIELD_TIMESTAMP)
		return put_timestamp(out, field, in->value);
	if (in->value.len == 0 && !is_repeated)
		return true;
	if (field->type == FIELD_UUID)
		return put_uuid(out, field->number, in->value);
	if (field->type != FIELD_MESSAGE) {
		wire_put_bytes(out, field->number, in->value.at, in->value.len);
		return true;
	}
	if (!put_message(out, field->message, in->value, depth + 1))
		return false;
	if (out->len > start || is_repeated)
		wire_wrap(out, field->number, start);
	return true;
}

static bool put_field(struct buffer *out, const struct field *field,
		      struct bytes bytes, unsigned depth)
{
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in, last = { 0 };
	int more;

	if (is_packable(field))
		return put_packed(out, field, bytes);
	while ((more = wire_next(&reader, &in)) > 0) {
		if (in.number != field->number)
			continue;
		last = in;
		if (field->flags & FIELD_IS_REPEATED &&
		    !put_value(out, field, &in, depth))
			return false;
	}
	if (more < 0)
		return false;
	/* Bytes that were checked have it once. */
	return last.number == 0 || field->flags & FIELD_IS_REPEATED ||
	       put_value(out, field, &last, depth);
}

static bool put_message(struct buffer *out, const struct message *message,
			struct bytes bytes, unsigned depth)
{
	if (depth > WIRE_DEPTH_MAX)
		return false;
	for (size_t i = 0; i < message->n_fields; i++)
		if (!put_field(out, &message->fields[i], bytes, depth))
			return false;
	return true;
}

/* A buffer of the arena's memory that never grows. */
static bool fixed_buffer(struct buffer *out, struct arena *arena, size_t size)
{
	*out = (struct buffer){
		.at = arena_alloc(arena, size),
		.room = size,
		.ceiling = size,
	};
	return out->at;
}

/* Of equal elements the one that came last is the greatest. */
static int compare_by_payload(const void *a, const void *b)
{
	const struct wire_field *x = a, *y = b;
	int order = compare_elements(MERGE_SET, x, y);

	return order != 0 ? order
			  : (x->whole.at > y->whole.at) -
				    (x->whole.at < y->whole.at);
}

static int compare_by_key(const void *a, const void *b)
{
	const struct wire_field *x = a, *y = b;
	int order = compare_elements(MERGE_BY_KEY, x, y);

	return order != 0 ? order
			  : (x->whole.at > y->whole.at) -
				    (x->whole.at < y->whole.at);
}

/*
 * Sorts the occurrences of a set by their payload, of keyed messages by their
 * key; of equal ones the last stays.
 */
static bool sort_occurrences(struct bytes *out, struct arena *arena,
			     enum field_merge merge, struct bytes bytes)
{
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in, *fields;
	struct buffer sorted;
	size_t n = 0;

	while (wire_next(&reader, &in) > 0)
		n++;
	fields = arena_alloc(arena, n * sizeof(*fields));
	if (!fields || !fixed_buffer(&sorted, arena, bytes.len))
		return false;
	reader = wire_read(bytes);
	for (size_t i = 0; i < n; i++)
		if (wire_next(&reader, &fields[i]) <= 0)
			return false;
	qsort(fields, n, sizeof(*fields),
	      merge == MERGE_BY_KEY ? compare_by_key : compare_by_payload);
	for (size_t i = 0; i < n; i++)
		if (i + 1 == n ||
		    compare_elements(merge, &fields[i], &fields[i + 1]) != 0)
			buffer_append(&sorted, fields[i].whole.at,
				      fields[i].whole.len);
	*out = (struct bytes){ .at = sorted.at, .len = sorted.len };
	return true;
}

bool canonical_field(struct bytes *out, struct arena *arena,
		     const struct field *field, struct bytes message)
{
	struct wire_reader reader = wire_read(message);
	struct wire_field in;
	struct buffer made;
	size_t size = 16;

	/* Packing one number adds a length; nothing else grows. */
	while (wire_next(&reader, &in) > 0)
		if (in.number == field->number)
			size += 2 * in.whole.len;
	*out = (struct bytes){ .at = NULL, .len = 0 };
	if (!fixed_buffer(&made, arena, size) ||
	    !put_field(&made, field, message, 0) || made.is_full)
		return false;
	if (made.len == 0)
		return true;
	*out = (struct bytes){ .at = made.at, .len = made.len };
	if (is_sorted_field(field))
		return sort_occurrences(out, arena, field->merge, *out);
	return true;
}
