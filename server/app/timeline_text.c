/*
 * Texts of values: see timeline_text.h. Reads canonical bytes, as they lie in
 * rows and in the change log; what is malformed all the same ends the text.
 */
#include "app/timeline_text.h"

#include "model/instant.h"
#include "model/utf8.h"
#include "model/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void timeline_text_init(struct timeline_text *text, size_t max)
{
	text->len = 0;
	text->max = max;
	text->is_cut = false;
}

static void put(struct timeline_text *text, const void *at, size_t len)
{
	size_t room = text->max - text->len;

	if (len > room) {
		text->is_cut = true;
		len = room;
	}
	if (len > 0)
		memcpy(text->at + text->len, at, len);
	text->len += len;
}

static void put_word(struct timeline_text *text, const char *word)
{
	put(text, word, strlen(word));
}

void timeline_text_end(struct timeline_text *text)
{
	if (text->is_cut)
		text->len = utf8_whole(text->at, text->len);
}

/* ---------------------------------------------------------------- scalars */

static void put_time(struct timeline_text *text, int64_t us)
{
	char room[INSTANT_MAX];

	instant_print(room, us);
	put_word(text, room);
}

/* The fewest digits that read back as the same number. */
static void put_double(struct timeline_text *text, uint64_t bits)
{
	char room[40];
	double number;

	memcpy(&number, &bits, sizeof(number));
	for (int digits = 15; digits <= 17; digits++) {
		double again;
		uint64_t again_bits;

		snprintf(room, sizeof(room), "%.*g", digits, number);
		again = strtod(room, NULL);
		memcpy(&again_bits, &again, sizeof(again));
		if (again_bits == bits)
			break;
	}
	put_word(text, room);
}

static void put_enum(struct timeline_text *text, const struct enum_type *type,
		     int64_t number)
{
	const char *name = enum_value_name(type, number);
	char room[24];

	if (!name) {
		snprintf(room, sizeof(room), "%" PRId64, number);
		name = room;
	}
	put_word(text, name);
}

/* A number as wire_scalar gives it. */
static void put_number(struct timeline_text *text, const struct field *field,
		       uint64_t scalar)
{
	char room[24];

	switch (field->type) {
	case FIELD_BOOL:
		put_word(text, scalar ? "true" : "false");
		return;
	case FIELD_ENUM:
		put_enum(text, field->values, (int64_t)scalar);
		return;
	case FIELD_DOUBLE:
		put_double(text, scalar);
		return;
	case FIELD_UINT32:
	case FIELD_UINT64:
		snprintf(room, sizeof(room), "%" PRIu64, scalar);
		break;
	case FIELD_INT32:
	case FIELD_INT64:
		snprintf(room, sizeof(room), "%" PRId64, (int64_t)scalar);
		break;
	case FIELD_STRING:
	case FIELD_BYTES:
	case FIELD_UUID:
	case FIELD_TIMESTAMP:
	case FIELD_MESSAGE:
		return;
	}
	put_word(text, room);
}

static void put_hex(struct timeline_text *text, struct bytes bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.len && !text->is_cut; i++) {
		char pair[2] = { digits[bytes.at[i] >> 4],
				 digits[bytes.at[i] & 15] };

		put(text, pair, sizeof(pair));
	}
}

void timeline_text_uuid(struct timeline_text *text, const struct uuid *id)
{
	char room[UUID_TEXT_LEN + 1];

	if (uuid_is_zero(id))
		return;
	uuid_format(room, id);
	put(text, room, UUID_TEXT_LEN);
}

/* ------------------------------------------------------------------- JSON */

static void put_string(struct timeline_text *text, struct bytes string)
{
	size_t begun = 0;

	put_word(text, "\"");
	for (size_t i = 0; i < string.len && !text->is_cut; i++) {
		uint8_t c = string.at[i];
		char escape[8];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		put(text, string.at + begun, i - begun);
		begun = i + 1;
		if (c >= 0x20)
			snprintf(escape, sizeof(escape), "\\%c", c);
		else if (c == '\n')
			snprintf(escape, sizeof(escape), "\\n");
		else
			snprintf(escape, sizeof(escape), "\\u%04x", c);
		put_word(text, escape);
	}
	put(text, string.at + begun, string.len - begun);
	put_word(text, "\"");
}

static void put_message(struct timeline_text *text,
			const struct message *message, struct bytes bytes);

/* One occurrence of a field that is no packed number. */
static void put_element(struct timeline_text *text, const struct field *field,
			const struct wire_field *in)
{
	uint64_t scalar;
	int64_t us;

	switch (field->type) {
	case FIELD_MESSAGE:
		put_message(text, field->message, in->value);
		return;
	case FIELD_STRING:
	case FIELD_UUID:
		put_string(text, in->value);
		return;
	case FIELD_BYTES:
		put_word(text, "\"");
		put_hex(text, in->value);
		put_word(text, "\"");
		return;
	case FIELD_TIMESTAMP:
		put_word(text, "\"");
		if (wire_timestamp(&us, in->value))
			put_time(text, us);
		put_word(text, "\"");
		return;
	case FIELD_ENUM:
		put_word(text, "\"");
		if (wire_scalar(&scalar, field, in->scalar))
			put_number(text, field, scalar);
		put_word(text, "\"");
		return;
	case FIELD_BOOL:
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_DOUBLE:
		if (wire_scalar(&scalar, field, in->scalar))
			put_number(text, field, scalar);
		return;
	}
}

static void put_packed(struct timeline_text *text, const struct field *field,
		       struct bytes payload)
{
	enum wire_type type = wire_type_of(field->type);
	struct wire_reader reader = wire_read(payload);
	struct wire_field one = { .type = type };
	bool is_first = true;

	while (!text->is_cut && wire_next_packed(&reader, type, &one.scalar)) {
		if (!is_first)
			put_word(text, ",");
		is_first = false;
		put_element(text, field, &one);
	}
}

static bool is_packed(const struct field *field, const struct wire_field *in)
{
	return field->flags & FIELD_IS_REPEATED && in->type == WIRE_LEN &&
	       wire_type_of(field->type) != WIRE_LEN;
}

/* The occurrences of a repeated field that follow each other, from *in on;
 * *more is of the field behind them. */
static void put_array(struct timeline_text *text, const struct field *field,
		      struct wire_reader *reader, struct wire_field *in,
		      int *more)
{
	bool is_first = true;

	put_word(text, "[");
	for (; *more > 0 && in->number == field->number;
	     *more = wire_next(reader, in)) {
		if (!is_first)
			put_word(text, ",");
		is_first = false;
		if (is_packed(field, in))
			put_packed(text, field, in->value);
		else
			put_element(text, field, in);
	}
	put_word(text, "]");
}

/* Messages are at most WIRE_DEPTH_MAX deep: the generator checks. */
static void put_message(struct timeline_text *text,
			const struct message *message, struct bytes bytes)
{
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;
	bool is_first = true;
	int more = wire_next(&reader, &in);

	put_word(text, "{");
	while (more > 0 && !text->is_cut) {
		const struct field *field = message_field(message, in.number);

		if (!field) {
			more = wire_next(&reader, &in);
			continue;
		}
		put_word(text, is_first ? "\"" : ",\"");
		put_word(text, field->name);
		put_word(text, "\":");
		is_first = false;
		if (field->flags & FIELD_IS_REPEATED) {
			put_array(text, field, &reader, &in, &more);
		} else {
			put_element(text, field, &in);
			more = wire_next(&reader, &in);
		}
	}
	put_word(text, "}");
}

/* A repeated or nested field of a row: all of its occurrences, tags too. */
static void put_occurrences(struct timeline_text *text,
			    const struct field *field, struct bytes bytes)
{
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;
	int more = wire_next(&reader, &in);

	if (more <= 0)
		return;
	if (field->flags & FIELD_IS_REPEATED)
		put_array(text, field, &reader, &in, &more);
	else
		put_element(text, field, &in);
}

/* ------------------------------------------------------------ whole values */

static void put_reference(struct timeline_text *text, struct bytes bytes)
{
	struct uuid id;

	if (bytes.len != sizeof(id.at))
		return;
	memcpy(id.at, bytes.at, sizeof(id.at));
	timeline_text_uuid(text, &id);
}

void timeline_text_value(struct timeline_text *text, const struct field *field,
			 const struct value *value)
{
	if (field->flags & FIELD_IS_REPEATED || field->type == FIELD_MESSAGE) {
		put_occurrences(text, field, value->bytes);
		return;
	}
	switch (field->type) {
	case FIELD_STRING:
		put(text, value->bytes.at, value->bytes.len);
		return;
	case FIELD_BYTES:
		put_hex(text, value->bytes);
		return;
	case FIELD_UUID:
		put_reference(text, value->bytes);
		return;
	case FIELD_TIMESTAMP:
		if (value->i != 0)
			put_time(text, value->i);
		return;
	case FIELD_ENUM:
		if (value->i != 0)
			put_number(text, field, (uint64_t)value->i);
		return;
	case FIELD_BOOL:
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_DOUBLE:
		put_number(text, field, (uint64_t)value->i);
		return;
	case FIELD_MESSAGE:
		return;
	}
}

void timeline_text_title(struct timeline_text *text, const struct row *row)
{
	const struct entity *entity = row->entity;

	for (size_t i = 0; i < entity->n_title; i++) {
		struct bytes part =
			row_value(row, entity->title[i]->number)->bytes;

		if (part.len > 0 && text->len > 0)
			put_word(text, " ");
		put(text, part.at, part.len);
	}
}
