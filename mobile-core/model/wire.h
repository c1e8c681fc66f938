/*
 * The protobuf wire format, read and written by hand over schema tables.
 *
 * Owns: varints, tags, and the check of untrusted bytes against a message's
 * table. Knows no kinds.
 */
#ifndef MODEL_WIRE_H
#define MODEL_WIRE_H

#include "model/arena.h"
#include "model/err.h"
#include "model/schema.h"

enum wire_type { WIRE_VARINT = 0, WIRE_I64 = 1, WIRE_LEN = 2, WIRE_I32 = 5 };

/* One field as it stands in the bytes. */
struct wire_field {
	uint32_t number;
	enum wire_type type;
	uint64_t scalar;    /* VARINT, I64, I32 */
	struct bytes value; /* LEN: the payload */
	struct bytes whole; /* tag and all */
};

struct wire_reader {
	const uint8_t *at, *end;
};

struct wire_reader wire_read(struct bytes bytes);
/* 1 and fills out; 0 at the end; -1 where the bytes are malformed: groups,
 * too. */
int wire_next(struct wire_reader *reader, struct wire_field *out);

/* The next number of a packed field's payload; false at the end of it, and
 * where the rest is malformed: reader->at is short of reader->end then. */
bool wire_next_packed(struct wire_reader *reader, enum wire_type type,
		      uint64_t *out);
/* The first field of that number; false where there is none, or none before
 * the bytes are malformed. */
bool wire_find(struct wire_field *out, struct bytes bytes, uint32_t number);

/*
 * A number of the field's type as it is meant: signs extended, bools 0 or 1,
 * -0.0 as 0. False for NaN, infinities and what the type can't hold.
 */
bool wire_scalar(uint64_t *out, const struct field *field, uint64_t scalar);
/* How numbers of the type stand on the wire. */
enum wire_type wire_type_of(enum field_type type);
/*
 * The payload of a google.protobuf.Timestamp as microseconds since 1970,
 * rounded down; false outside of the years 1 to 9999 or where it is malformed.
 */
bool wire_timestamp(int64_t *out_us, struct bytes payload);

size_t wire_varint_len(uint64_t value);
void wire_put_varint(struct buffer *out, uint64_t value);
void wire_put_scalar(struct buffer *out, uint32_t number, uint64_t value);
void wire_put_double(struct buffer *out, uint32_t number, double value);
void wire_put_bytes(struct buffer *out, uint32_t number, const void *at,
		    size_t len);
/* What stands behind start becomes the payload of a field of that number. */
void wire_wrap(struct buffer *out, uint32_t number, size_t start);
/* The eight bytes of a double's bits, without a tag. */
void wire_put_fixed64(struct buffer *out, uint64_t bits);
/* A google.protobuf.Timestamp, also of 0. */
void wire_put_timestamp(struct buffer *out, uint32_t number, int64_t us);

#define WIRE_DEPTH_MAX	8   /* messages in messages; the generator checks */
#define WIRE_FIELDS_MAX 128 /* fields of a message; the generator checks */

/*
 * Checks untrusted bytes against the table: well-formed, wire types right,
 * strings valid UTF-8 without NUL, limits and ranges kept, enum values known,
 * UUIDs well written, at most WIRE_DEPTH_MAX deep. Unknown fields are passed
 * over. Required fields are not asked for here (a patch has few).
 * A singular field that comes twice is refused: readers disagree on which of
 * the two counts. Repeated numbers may be packed or not.
 * Everything that protobuf-c would take wrongly is refused here, so that it
 * only ever sees checked bytes.
 *
 * Errors: INVALID_ARGUMENT with err->field naming the path.
 */
MODEL_MUST_USE enum outrider_code wire_check(const struct message *message,
					     struct bytes bytes,
					     struct outrider_err *err);
/*
 * The required fields, nested ones included; after wire_check. Records inside
 * are not asked: they may be patches, and record_check has the whole row.
 */
MODEL_MUST_USE enum outrider_code
wire_check_required(const struct message *message, struct bytes bytes,
		    struct outrider_err *err);
/*
 * The same for one field: bytes are all its occurrences, tags included. Refuses
 * more than max_items of them too.
 */
MODEL_MUST_USE enum outrider_code
wire_check_occurrences(const struct field *field, struct bytes bytes,
		       struct outrider_err *err);

#endif
