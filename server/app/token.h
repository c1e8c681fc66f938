/*
 * Access tokens: 32 random bytes, base64url on the wire, only their hash in
 * the store. And who calls with one.
 */
#ifndef APP_TOKEN_H
#define APP_TOKEN_H

#include "app/access.h"
#include "store/identity.h"

#define TOKEN_TEXT_LEN 43

struct app_worker;

/* A new token's text (with a NUL) and its hash. */
void token_make(char text[TOKEN_TEXT_LEN + 1], uint8_t hash[SECRET_HASH_LEN],
		const struct context *context);

/*
 * The hash of the token in `authorization: Bearer TOKEN`; false where the
 * value is anything else.
 */
bool token_read(uint8_t hash[SECRET_HASH_LEN], struct bytes authorization);

/*
 * Fills the principal whose token_hash stands in out, scopes in the arena,
 * from a snapshot of its own.
 * Errors: UNAUTHENTICATED, in the same words whether the token is unknown,
 * expired or withdrawn, its user disabled or deleted, its device revoked.
 */
MODEL_MUST_USE enum outrider_code
principal_load(struct principal *out, struct app_worker *worker, int64_t now_us,
	       struct arena *arena, struct outrider_err *err);

/* Those words. */
MODEL_MUST_USE enum outrider_code token_refuse(struct outrider_err *err);

/* Nothing that dispatch or a stream decides by differs. */
bool principal_equal(const struct principal *a, const struct principal *b);

#endif
