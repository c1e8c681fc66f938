/*
 * row_parts: what rows of several tables are named by and made of.
 *
 * Owns the form of these parts, which lie in phones' files: it never changes.
 * It refuses to know which row they are in.
 */
#ifndef CORE_ROW_PARTS_H
#define CORE_ROW_PARTS_H

#include "model/arena.h"
#include "model/record.h"
#include "model/uuid.h"
#include "model/wire.h"

/* A queue number as a name: eight bytes, big-endian. */
struct row_number {
	uint8_t at[8];
};
struct row_number row_number(uint64_t number);

/* A record as a name: its kind's number, up to 255, then its id. */
struct row_record {
	uint8_t at[17];
};
struct row_record row_record(uint32_t kind, const struct uuid *id);

/* Parts as protobuf fields. Taking says false of what isn't such a part. */
void row_put_id(struct buffer *row, uint32_t number, const struct uuid *id);
bool row_take_id(struct uuid *out, const struct wire_field *field);
/* The numbers of a set, one field each. */
void row_put_set(struct buffer *row, uint32_t number,
		 const struct field_set *set);
bool row_take_number(struct field_set *out, const struct wire_field *field);

#endif
