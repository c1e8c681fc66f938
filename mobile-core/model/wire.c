/*
 * wire: the protobuf wire format, read from hostile bytes and written.
 * Knows tags, varints and text; no tables but a field's type.
 */
#include "model/wire.h"

#include <string.h>

/* Years 1 to 9999, as google.protobuf.Timestamp has it. */
#define SECONDS_MIN INT64_C(-62135596800)
#define SECONDS_MAX INT64_C(253402300799)

struct wire_reader wire_read(struct bytes bytes)
{
	return (struct wire_reader){
		.at = bytes.at,
		.end = bytes.len > 0 ? bytes.at + bytes.len : bytes.at,
	};
}

static bool take_long_varint(struct wire_reader *reader, uint64_t *out)
{
	const uint8_t *at = reader->at;
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && at < reader->end; shift += 7) {
		uint64_t byte = *at++;
		if (shift == 63 && byte > 1)
			return false;
		value |= (byte & 0x7f) << shift;
		if (byte < 0x80) {
			*out = value;
			reader->at = at;
			return true;
		}
	}
	return false;
}

/* Nearly all varints are a byte or two: small numbers, short lengths, tags. */
static inline bool take_varint(struct wire_reader *reader, uint64_t *out)
{
	const uint8_t *at = reader->at;

	if (at < reader->end && at[0] < 0x80) {
		*out = at[0];
		reader->at = at + 1;
		return true;
	}
	if (reader->end - at >= 2 && at[1] < 0x80) {
		*out = (at[0] & 0x7fU) | (uint64_t)at[1] << 7;
		reader->at = at + 2;
		return true;
	}
	return take_long_varint(reader, out);
}

/* n bytes, least significant first. */
static bool take_fixed(struct wire_reader *reader, uint64_t *out, size_t n)
{
	uint64_t value = 0;

	if ((size_t)(reader->end - reader->at) < n)
		return false;
	for (size_t i = 0; i < n; i++)
		value |= (uint64_t)reader->at[i] << (8 * i);
	*out = value;
	reader->at += n;
	return true;
}

/* Tags and lengths: 32 bits in five bytes, where other readers stop too. */
static bool take_short_varint(struct wire_reader *reader, uint64_t *out)
{
	const uint8_t *start = reader->at;

	return take_varint(reader, out) && *out <= UINT32_MAX &&
	       reader->at - start <= 5;
}

static bool take_payload(struct wire_reader *reader, struct bytes *out)
{
	uint64_t len;

	if (!take_short_varint(reader, &len) ||
	    len > (uint64_t)(reader->end - reader->at))
		return false;
	*out = (struct bytes){ .at = reader->at, .len = (size_t)len };
	reader->at += len;
	return true;
}

static bool take_value(struct wire_reader *reader, struct wire_field *out)
{
	switch (out->type) {
	case WIRE_VARINT:
		return take_varint(reader, &out->scalar);
	case WIRE_I64:
		return take_fixed(reader, &out->scalar, 8);
	case WIRE_LEN:
		return take_payload(reader, &out->value);
	case WIRE_I32:
		return take_fixed(reader, &out->scalar, 4);
	}
	return false; /* groups, and the two numbers without a meaning */
}

/* A tag of one byte or two, and a length or a number of one: nearly all. Where
 * a record is walked through, this is what it takes. */
static inline bool
take_plain(struct wire_reader *reader, struct wire_field *out)
{
	const uint8_t *at = reader->at, *end = reader->end;
	uint32_t tag;
	size_t byte;

	if (end - at < 3)
		return false;
	tag = *at++;
	if (tag >= 0x80) {
		if (*at >= 0x80)
			return false;
		tag = (tag & 0x7f) | (uint32_t)*at++ << 7;
	}
	byte = *at++;
	if (tag < 8 || byte >= 0x80)
		return false;
	out->number = tag >> 3;
	if ((tag & 7) == WIRE_LEN && byte <= (size_t)(end - at)) {
		out->type = WIRE_LEN;
		out->scalar = 0;
		out->value = (struct bytes){ .at = at, .len = byte };
		reader->at = at + byte;
		return true;
	}
	if ((tag & 7) != WIRE_VARINT)
		return false;
	out->type = WIRE_VARINT;
	out->scalar = byte;
	out->value = (struct bytes){ .at = NULL, .len = 0 };
	reader->at = at;
	return true;
}

static bool take_any(struct wire_reader *reader, struct wire_field *out)
{
	uint64_t tag;

	if (!take_short_varint(reader, &tag) || tag < 8)
		return false;
	out->number = (uint32_t)tag >> 3;
	out->type = (enum wire_type)(tag & 7);
	out->scalar = 0;
	out->value = (struct bytes){ .at = NULL, .len = 0 };
	return take_value(reader, out);
}

int wire_next(struct wire_reader *reader, struct wire_field *out)
{
	const uint8_t *start = reader->at;

	if (start == reader->end)
		return 0;
	if (!take_plain(reader, out) && !take_any(reader, out))
		return -1;
	out->whole = (struct bytes){
		.at = start,
		.len = (size_t)(reader->at - start),
	};
	return 1;
}

bool wire_next_packed(struct wire_reader *reader, enum wire_type type,
		      uint64_t *out)
{
	switch (type) {
	case WIRE_VARINT:
		return take_varint(reader, out);
	case WIRE_I64:
		return take_fixed(reader, out, 8);
	case WIRE_I32:
		return take_fixed(reader, out, 4);
	case WIRE_LEN:
		break;
	}
	return false;
}

bool wire_find(struct wire_field *out, struct bytes bytes, uint32_t number)
{
	struct wire_reader reader = wire_read(bytes);

	while (wire_next(&reader, out) > 0)
		if (out->number == number)
			return true;
	return false;
}

/* ----------------------------------------------------------------- values */

enum wire_type wire_type_of(enum field_type type)
{
	switch (type) {
	case FIELD_BOOL:
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_ENUM:
		return WIRE_VARINT;
	case FIELD_DOUBLE:
		return WIRE_I64;
	case FIELD_STRING:
	case FIELD_BYTES:
	case FIELD_UUID:
	case FIELD_TIMESTAMP:
	case FIELD_MESSAGE:
		break;
	}
	return WIRE_LEN;
}

bool wire_scalar(uint64_t *out, const struct field *field, uint64_t scalar)
{
	/* All bits of the exponent set: an infinity or not a number. */
	const uint64_t exponent = UINT64_C(0x7ff) << 52;
	const uint64_t minus_zero = UINT64_C(1) << 63;

	*out = scalar;
	switch (field->type) {
	case FIELD_BOOL:
		*out = scalar != 0;
		return true;
	case FIELD_INT32:
	case FIELD_ENUM:
		return scalar <= INT32_MAX ||
		       scalar >= (uint64_t)(int64_t)INT32_MIN;
	case FIELD_UINT32:
		return scalar <= UINT32_MAX;
	case FIELD_DOUBLE:
		if (scalar == minus_zero)
			*out = 0;
		return (scalar & exponent) != exponent;
	case FIELD_INT64:
	case FIELD_UINT64:
		return true;
	case FIELD_STRING:
	case FIELD_BYTES:
	case FIELD_UUID:
	case FIELD_TIMESTAMP:
	case FIELD_MESSAGE:
		break;
	}
	return false;
}

bool wire_timestamp(int64_t *out_us, struct bytes payload)
{
	struct wire_reader reader = wire_read(payload);
	struct wire_field part;
	int64_t parts[2] = { 0, 0 }; /* seconds, nanoseconds */
	unsigned seen = 0;
	int more;

	while ((more = wire_next(&reader, &part)) > 0) {
		if (part.number > 2)
			continue;
		if (part.type != WIRE_VARINT || (seen & 1U << part.number))
			return false;
		seen |= 1U << part.number;
		parts[part.number - 1] = (int64_t)part.scalar;
	}
	if (more < 0 || parts[0] < SECONDS_MIN || parts[0] > SECONDS_MAX ||
	    parts[1] < 0 || parts[1] > 999999999)
		return false;
	*out_us = parts[0] * 1000000 + parts[1] / 1000;
	return true;
}

/* ---------------------------------------------------------------- writing */

size_t wire_varint_len(uint64_t value)
{
	size_t len = 1;

	while (value >>= 7)
		len++;
	return len;
}

static size_t fill_varint(uint8_t *at, uint64_t value)
{
	size_t len = 0;

	for (; value >= 0x80; value >>= 7)
		at[len++] = (uint8_t)(value | 0x80);
	at[len++] = (uint8_t)value;
	return len;
}

static uint64_t tag_of(uint32_t number, enum wire_type type)
{
	return (uint64_t)number << 3 | type;
}

void wire_put_varint(struct buffer *out, uint64_t value)
{
	uint8_t *at = buffer_reserve(out, wire_varint_len(value));

	if (at)
		out->len += fill_varint(at, value);
}

void wire_put_scalar(struct buffer *out, uint32_t number, uint64_t value)
{
	uint64_t tag = tag_of(number, WIRE_VARINT);
	uint8_t *at = buffer_reserve(out, wire_varint_len(tag) +
						  wire_varint_len(value));
	size_t len;

	if (!at)
		return;
	len = fill_varint(at, tag);
	out->len += len + fill_varint(at + len, value);
}

void wire_put_fixed64(struct buffer *out, uint64_t bits)
{
	uint8_t at[8];

	for (size_t i = 0; i < 8; i++)
		at[i] = (uint8_t)(bits >> (8 * i));
	buffer_append(out, at, sizeof(at));
}

void wire_put_double(struct buffer *out, uint32_t number, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	wire_put_varint(out, tag_of(number, WIRE_I64));
	wire_put_fixed64(out, bits);
}

void wire_put_bytes(struct buffer *out, uint32_t number, const void *at,
		    size_t len)
{
	uint64_t tag = tag_of(number, WIRE_LEN);
	size_t head = wire_varint_len(tag) + wire_varint_len(len);
	uint8_t *to = len < SIZE_MAX - head ? buffer_reserve(out, head + len)
					    : NULL;

	if (!to) {
		out->is_full = true;
		return;
	}
	to += fill_varint(to, tag);
	to += fill_varint(to, len);
	if (len > 0)
		memcpy(to, at, len);
	out->len += head + len;
}

void wire_wrap(struct buffer *out, uint32_t number, size_t start)
{
	uint64_t tag = tag_of(number, WIRE_LEN);
	size_t len = out->len - start;
	size_t head = wire_varint_len(tag) + wire_varint_len(len);
	uint8_t *at;

	if (!buffer_reserve(out, head))
		return;
	at = out->at + start;
	memmove(at + head, at, len);
	at += fill_varint(at, tag);
	fill_varint(at, len);
	out->len += head;
}

void wire_put_timestamp(struct buffer *out, uint32_t number, int64_t us)
{
	/* Nanoseconds count upwards, before 1970 too. */
	int64_t seconds = us / 1000000 - (us % 1000000 < 0);
	uint64_t nanos = (uint64_t)(us - seconds * 1000000) * 1000;
	uint8_t payload[24];
	size_t len = 0;

	if (seconds != 0) {
		payload[len++] = 1 << 3 | WIRE_VARINT;
		len += fill_varint(payload + len, (uint64_t)seconds);
	}
	if (nanos != 0) {
		payload[len++] = 2 << 3 | WIRE_VARINT;
		len += fill_varint(payload + len, nanos);
	}
	wire_put_bytes(out, number, payload, len);
}
