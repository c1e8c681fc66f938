/*
 * google.rpc.Status, written by hand: four small messages of fixed numbers.
 * Owns their layout; knows nothing of where an error came from.
 */
#include "app/status.h"

#include "model/wire.h"

#include <stdio.h>
#include <string.h>

/* google/rpc/status.proto, google/protobuf/any.proto */
enum { STATUS_CODE = 1, STATUS_MESSAGE = 2, STATUS_DETAILS = 3 };
enum { ANY_TYPE_URL = 1, ANY_VALUE = 2 };
/* google/rpc/error_details.proto, google/protobuf/duration.proto */
enum { ERROR_INFO_REASON = 1, ERROR_INFO_DOMAIN = 2 };
enum { BAD_REQUEST_FIELD_VIOLATIONS = 1 };
enum { VIOLATION_FIELD = 1, VIOLATION_DESCRIPTION = 2 };
enum { RETRY_INFO_DELAY = 1 };
enum { DURATION_SECONDS = 1, DURATION_NANOS = 2 };

#define STATUS_BYTES_MAX 2048

static void put_text(struct buffer *out, uint32_t number, const char *text)
{
	if (text[0])
		wire_put_bytes(out, number, text, strlen(text));
}

static void put_number(struct buffer *out, uint32_t number, uint64_t value)
{
	if (value > 0)
		wire_put_scalar(out, number, value);
}

/* Puts the bytes of part into out as its field, and empties part. */
static void put_part(struct buffer *out, uint32_t number, struct buffer *part)
{
	wire_put_bytes(out, number, part->at, part->len);
	buffer_clear(part);
}

/* The bytes of value, a detail of the named type; empties value and any. */
static void put_detail(struct buffer *out, const char *type_url,
		       struct buffer *value, struct buffer *any)
{
	put_text(any, ANY_TYPE_URL, type_url);
	put_part(any, ANY_VALUE, value);
	put_part(out, STATUS_DETAILS, any);
}

_Static_assert(sizeof(((struct outrider_err *)0)->field) +
			       sizeof(((struct outrider_err *)0)->text) <
		       STATUS_TEXT_MAX,
	       "a message has room for both");

static bool has_bad_field(const struct outrider_err *err)
{
	return err->code == OUTRIDER_INVALID_ARGUMENT && err->field[0];
}

void status_text(char out[STATUS_TEXT_MAX], const struct outrider_err *err)
{
	bool has_field = has_bad_field(err);

	snprintf(out, STATUS_TEXT_MAX, "%s%s%s", has_field ? err->field : "",
		 has_field ? ": " : "", err->text);
}

void status_write(struct buffer *out, const struct outrider_err *err,
		  const char *reason, int64_t retry_after_us)
{
	char text[STATUS_TEXT_MAX];
	struct buffer value, part;

	status_text(text, err);
	buffer_init(&value, &allocator_libc, STATUS_BYTES_MAX);
	buffer_init(&part, &allocator_libc, STATUS_BYTES_MAX);
	put_number(out, STATUS_CODE, (uint64_t)code_grpc_status(err->code));
	put_text(out, STATUS_MESSAGE, text);

	put_text(&value, ERROR_INFO_REASON,
		 reason ? reason : code_name(err->code));
	put_text(&value, ERROR_INFO_DOMAIN, STATUS_DOMAIN);
	put_detail(out, "type.googleapis.com/google.rpc.ErrorInfo", &value,
		   &part);

	if (has_bad_field(err)) {
		put_text(&part, VIOLATION_FIELD, err->field);
		put_text(&part, VIOLATION_DESCRIPTION, err->text);
		put_part(&value, BAD_REQUEST_FIELD_VIOLATIONS, &part);
		put_detail(out, "type.googleapis.com/google.rpc.BadRequest",
			   &value, &part);
	}
	if (code_is_retryable(err->code) && retry_after_us > 0) {
		put_number(&part, DURATION_SECONDS,
			   (uint64_t)(retry_after_us / 1000000));
		put_number(&part, DURATION_NANOS,
			   (uint64_t)(retry_after_us % 1000000 * 1000));
		put_part(&value, RETRY_INFO_DELAY, &part);
		put_detail(out, "type.googleapis.com/google.rpc.RetryInfo",
			   &value, &part);
	}
	buffer_free(&value);
	buffer_free(&part);
}
