/*
 * record: rows of values, to and from the bytes of a kind's message. Owns the
 * canonical form of a record; canonical.c has that of one nested field.
 */
#include "model/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/canonical.h"
#include "model/wire.h"

bool field_set_is_empty(const struct field_set *set)
{
	return !(set->bits[0] | set->bits[1] | set->bits[2] | set->bits[3]);
}

/* Most sets have a few small numbers: words without any are passed over. */
uint32_t field_set_next(const struct field_set *set, uint32_t from)
{
	for (uint32_t at = from; at < FIELD_SET_END; at = (at | 63) + 1) {
		uint64_t left = set->bits[at / 64] >> at % 64;

		for (; left != 0; left >>= 1, at++)
			if (left & 1)
				return at;
	}
	return FIELD_SET_END;
}

/* ------------------------------------------------------------------- rows */

struct row *row_new(struct arena *arena, const struct entity *entity)
{
	struct row *row = arena_alloc(arena, sizeof(*row));
	size_t n = entity->n_fields;

	if (!row)
		return NULL;
	row->entity = entity;
	row->values = arena_alloc(arena, n * sizeof(*row->values));
	row->frev = arena_alloc(arena, n * sizeof(*row->frev));
	return row->values && row->frev ? row : NULL;
}

struct row *row_copy(struct arena *arena, const struct row *row)
{
	struct row *copy = row_new(arena, row->entity);
	size_t n = row->entity->n_fields;
	struct value *values;
	uint64_t *frev;

	if (!copy)
		return NULL;
	values = copy->values;
	frev = copy->frev;
	*copy = *row;
	copy->values = values;
	copy->frev = frev;
	if (n > 0) {
		memcpy(values, row->values, n * sizeof(*values));
		memcpy(frev, row->frev, n * sizeof(*frev));
	}
	return copy;
}

struct value *row_value(const struct row *row, uint32_t number)
{
	const struct entity *entity = row->entity;
	const struct field *field = message_field(entity->message, number);

	if (!field || field < entity->fields)
		return NULL;
	return &row->values[field - entity->fields];
}

bool value_is_set(const struct value *value)
{
	return value->i != 0 || value->bytes.len > 0;
}

/* Does the value lie in bytes? Else it is a number. */
static bool is_in_bytes(const struct field *field)
{
	return field->flags & FIELD_IS_REPEATED ||
	       (wire_type_of(field->type) == WIRE_LEN &&
		field->type != FIELD_TIMESTAMP);
}

bool value_equal(const struct field *field, const struct value *a,
		 const struct value *b)
{
	if (is_in_bytes(field))
		return bytes_compare(a->bytes, b->bytes) == 0;
	return a->i == b->i;
}

/* ---------------------------------------------------------------- reading */

/* A reading under way: the caller's bytes, and the copy that values borrow. */
struct reading {
	struct row *row;
	struct arena *arena;
	struct bytes bytes;
	uint8_t *copy;
	struct field_set present;
	/* Repeated and nested fields that were seen, and those of them whose
	 * occurrences don't lie side by side. */
	struct field_set blobs, scattered;
};

static bool is_blob(const struct field *field)
{
	return field->flags & FIELD_IS_REPEATED || field->type == FIELD_MESSAGE;
}

/* The same bytes in the copy. */
static struct bytes in_copy(const struct reading *r, struct bytes part)
{
	return (struct bytes){
		.at = r->copy + (part.at - r->bytes.at),
		.len = part.len,
	};
}

static bool
read_number(struct value *value, const struct field *field, uint64_t scalar)
{
	uint64_t canonical;

	if (!wire_scalar(&canonical, field, scalar))
		return false;
	memcpy(&value->i, &canonical, sizeof(value->i));
	return true;
}

/* Text of 36 bytes becomes 16 where it stands in the copy. */
static bool read_uuid(struct reading *r, struct value *value, struct bytes text)
{
	struct uuid uuid;
	uint8_t *at;

	if (text.len == 0)
		return true;
	if (!uuid_parse(&uuid, (const char *)text.at, text.len))
		return false;
	at = r->copy + (text.at - r->bytes.at);
	memcpy(at, uuid.at, sizeof(uuid.at));
	value->bytes = (struct bytes){ .at = at, .len = sizeof(uuid.at) };
	return true;
}

static bool read_single(struct reading *r, struct value *value,
			const struct field *field, const struct wire_field *in)
{
	*value = (struct value){ .i = 0 };
	if (in->type != wire_type_of(field->type))
		return false;
	if (in->type != WIRE_LEN)
		return read_number(value, field, in->scalar);
	if (field->type == FIELD_TIMESTAMP)
		return wire_timestamp(&value->i, in->value);
	if (field->type == FIELD_UUID)
		return read_uuid(r, value, in->value);
	if (in->value.len > 0)
		value->bytes = in_copy(r, in->value);
	return true;
}

/* Adds an occurrence to the run of those before it. */
static void read_blob(struct reading *r, struct value *value, uint32_t number,
		      const struct wire_field *in)
{
	struct bytes part = in_copy(r, in->whole);

	if (!field_set_has(&r->blobs, number)) {
		field_set_add(&r->blobs, number);
		*value = (struct value){ .bytes = part };
		return;
	}
	if (value->bytes.at + value->bytes.len == part.at)
		value->bytes.len += part.len;
	else
		field_set_add(&r->scattered, number);
}

static bool finish_blobs(struct reading *r)
{
	const struct entity *entity = r->row->entity;

	if (field_set_is_empty(&r->blobs))
		return true;
	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];
		struct value *value = &r->row->values[i];
		if (!field_set_has(&r->blobs, field->number))
			continue;
		if (!field_set_has(&r->scattered, field->number) &&
		    canonical_is_field(field, value->bytes))
			continue;
		if (!canonical_field(&value->bytes, r->arena, field, r->bytes))
			return false;
	}
	return true;
}

static void clear_siblings(struct row *row, const struct field *field)
{
	const struct entity *entity = row->entity;

	for (size_t i = 0; i < entity->n_fields; i++)
		if (entity->fields[i].oneof == field->oneof &&
		    &entity->fields[i] != field)
			row->values[i] = (struct value){ .i = 0 };
}

static bool read_system(struct row *row, const struct wire_field *in)
{
	const char *text = (const char *)in->value.at;

	if (in->number == FIELD_ID && in->value.len > 0)
		return uuid_parse(&row->id, text, in->value.len);
	if (in->number != FIELD_OWNER)
		return true;
	row->owner = (struct uuid){ .at = { 0 } };
	return in->value.len == 0 ||
	       uuid_parse(&row->owner, text, in->value.len);
}

static bool read_field(struct reading *r, const struct field *field,
		       const struct wire_field *in)
{
	const struct entity *entity = r->row->entity;
	struct value *value;

	field_set_add(&r->present, field->number);
	if (field < entity->fields)
		return read_system(r->row, in);
	value = &r->row->values[field - entity->fields];
	if (field->oneof >= 0)
		clear_siblings(r->row, field);
	if (!is_blob(field))
		return read_single(r, value, field, in);
	read_blob(r, value, field->number, in);
	return true;
}

static bool read_fields(struct reading *r)
{
	const struct message *message = r->row->entity->message;
	struct wire_reader reader = wire_read(r->bytes);
	struct wire_field in;
	int more;

	while ((more = wire_next(&reader, &in)) > 0) {
		const struct field *field = message_field(message, in.number);
		if (field && !read_field(r, field, &in))
			return false;
	}
	return more == 0 && finish_blobs(r);
}

enum outrider_code record_read(struct row *row, struct field_set *present,
			       struct arena *arena, struct bytes bytes,
			       struct outrider_err *err)
{
	struct reading reading = {
		.row = row,
		.arena = arena,
		.bytes = bytes,
		.copy = arena_alloc(arena, bytes.len),
	};

	err_clear(err);
	if (!reading.copy)
		return err_no_memory(err);
	if (bytes.len > 0)
		memcpy(reading.copy, bytes.at, bytes.len);
	if (!read_fields(&reading))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "damaged record, or too large");
	for (size_t i = 0; present && i < 4; i++)
		present->bits[i] |= reading.present.bits[i];
	return OUTRIDER_OK;
}

/* ---------------------------------------------------------------- writing */

static void
write_uuid(struct buffer *out, uint32_t number, const uint8_t at[16])
{
	char text[UUID_TEXT_LEN + 1];
	struct uuid uuid;

	memcpy(uuid.at, at, sizeof(uuid.at));
	if (uuid_is_zero(&uuid))
		return;
	uuid_format(text, &uuid);
	wire_put_bytes(out, number, text, UUID_TEXT_LEN);
}

static void write_value(struct buffer *out, const struct field *field,
			const struct value *value)
{
	if (is_blob(field))
		buffer_append(out, value->bytes.at, value->bytes.len);
	else if (field->type == FIELD_UUID && value->bytes.len == 16)
		write_uuid(out, field->number, value->bytes.at);
	else if (is_in_bytes(field))
		wire_put_bytes(out, field->number, value->bytes.at,
			       value->bytes.len);
	else if (field->type == FIELD_TIMESTAMP)
		wire_put_timestamp(out, field->number, value->i);
	else if (field->type == FIELD_DOUBLE)
		wire_put_double(out, field->number, value->d);
	else
		wire_put_scalar(out, field->number, (uint64_t)value->i);
}

static bool is_wanted(const struct field_set *which, uint32_t number)
{
	return !which || field_set_has(which, number);
}

void record_write(struct buffer *out, const struct row *row,
		  const struct field_set *which)
{
	const struct entity *entity = row->entity;

	if (is_wanted(which, FIELD_OWNER))
		write_uuid(out, FIELD_OWNER, row->owner.at);
	if (is_wanted(which, FIELD_TEAM))
		write_uuid(out, FIELD_TEAM, row->team.at);
	for (size_t i = 0; i < entity->n_fields; i++)
		if (value_is_set(&row->values[i]) &&
		    is_wanted(which, entity->fields[i].number))
			write_value(out, &entity->fields[i], &row->values[i]);
}

void record_write_resource(struct buffer *out, const struct row *row)
{
	char etag[24];

	write_uuid(out, FIELD_ID, row->id.at);
	record_etag(etag, row->rev);
	wire_put_bytes(out, FIELD_ETAG, etag, strlen(etag));
	wire_put_timestamp(out, FIELD_CREATE_TIME, row->created_us);
	wire_put_timestamp(out, FIELD_UPDATE_TIME, row->updated_us);
	if (row->deleted_us != 0)
		wire_put_timestamp(out, FIELD_DELETE_TIME, row->deleted_us);
	record_write(out, row, NULL);
}

void record_etag(char out[24], uint64_t rev)
{
	snprintf(out, 24, "r%" PRIu64, rev);
}

uint64_t record_etag_rev(const char *text, size_t len)
{
	uint64_t rev = 0;

	if (len < 2 || text[0] != 'r' || text[1] == '0')
		return 0;
	for (size_t i = 1; i < len; i++) {
		unsigned digit = (unsigned char)text[i] - (unsigned)'0';
		if (digit > 9 || rev > (UINT64_MAX - digit) / 10)
			return 0;
		rev = rev * 10 + digit;
	}
	return rev;
}
