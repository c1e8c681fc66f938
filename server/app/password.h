/*
 * Passwords: Argon2id in libsodium's own text form, salts out of the
 * context's random source. Slow by design: on a worker, never on the writer.
 */
#ifndef APP_PASSWORD_H
#define APP_PASSWORD_H

#include "context.h"
#include "model/err.h"

#define PASSWORD_LEN_MIN     8
#define PASSWORD_LEN_MAX     200
#define PASSWORD_ENCODED_MAX 128

/* What a hash costs. */
struct password_cost {
	size_t memory; /* bytes */
	unsigned passes;
};

/* Errors: INVALID_ARGUMENT (too short or long), RESOURCE_EXHAUSTED. */
MODEL_MUST_USE enum outrider_code
password_hash(char out[PASSWORD_ENCODED_MAX], const struct context *context,
	      struct password_cost cost, const char *password, size_t len,
	      struct outrider_err *err);
/* A text that no password fits, and that takes as long to find out. */
void password_none(char out[PASSWORD_ENCODED_MAX],
		   const struct context *context, struct password_cost cost);
bool password_fits(const char *encoded, const char *password, size_t len);

#endif
