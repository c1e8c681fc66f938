/*
 * Errors as every transport sends them: google.rpc.Status with its details,
 * as in API improvement proposal 193.
 */
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include "model/arena.h"
#include "model/err.h"

#define STATUS_DOMAIN "outrider"

enum { STATUS_TEXT_MAX = 384 };

/* The message, for those who read no details: of a bad argument its field as
 * well, "contact.family_name: is required". */
void status_text(char out[STATUS_TEXT_MAX], const struct outrider_err *err);

/*
 * Appends the bytes of a google.rpc.Status: the code and its message, ErrorInfo
 * with the reason (NULL: the code's name), BadRequest where err names a field
 * of a bad argument, and RetryInfo where the code is retryable and
 * retry_after_us is above 0.
 */
void status_write(struct buffer *out, const struct outrider_err *err,
		  const char *reason, int64_t retry_after_us);

#endif
