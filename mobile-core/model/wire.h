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
/* 1 and fills out; 0 at the end; -1 where the bytes are malformed (groups too). */
int wire_next(struct wire_reader *reader, struct wire_field *out);

void wire_put_varint(struct buffer *out, uint64_t value);
void wire_put_scalar(struct buffer *out, uint32_t number, uint64_t value);
void wire_put_double(struct buffer *out, uint32_t number, double value);
void wire_put_bytes(struct buffer *out, uint32_t number, const void *at,
		    size_t len);

bool utf8_is_valid_text(const char *at, size_t len); /* no NUL either */

#define WIRE_DEPTH_MAX 8

/*
 * Checks untrusted bytes against the table: well-formed, wire types right,
 * strings valid UTF-8 without NUL, limits and ranges kept, enum values known,
 * UUIDs well written, at most WIRE_DEPTH_MAX deep. Unknown fields are passed
 * over. Required fields are not asked for here (a patch has few).
 * Everything that protobuf-c would take wrongly is refused here, so that it
 * only ever sees checked bytes.
 *
 * Errors: INVALID_ARGUMENT with err->field naming the path.
 */
MODEL_MUST_USE enum outrider_code wire_check(const struct message *message,
					     struct bytes bytes,
					     struct outrider_err *err);
/* The required fields too, nested ones included. */
MODEL_MUST_USE enum outrider_code
wire_check_required(const struct message *message, struct bytes bytes,
		    struct outrider_err *err);

#endif
