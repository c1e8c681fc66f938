/*
 * Access tokens and the principal behind one. Owns their form and their
 * hash; knows no method. What is wrong with a token is never said.
 */
#include "app/token.h"

#include "app/parts.h"
#include "app/people.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

#define TOKEN_LEN 32

_Static_assert(SECRET_HASH_LEN == crypto_generichash_BYTES, "BLAKE2b-256");

static void
hash_token(uint8_t hash[SECRET_HASH_LEN], const uint8_t token[TOKEN_LEN])
{
	crypto_generichash(hash, SECRET_HASH_LEN, token, TOKEN_LEN, NULL, 0);
}

void token_make(char text[TOKEN_TEXT_LEN + 1], uint8_t hash[SECRET_HASH_LEN],
		const struct context *context)
{
	uint8_t token[TOKEN_LEN];

	context->random(context->user, token, sizeof(token));
	hash_token(hash, token);
	sodium_bin2base64(text, TOKEN_TEXT_LEN + 1, token, sizeof(token),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(token, sizeof(token));
}

bool token_read(uint8_t hash[SECRET_HASH_LEN], struct bytes authorization)
{
	static const char scheme[] = "Bearer ";
	const size_t scheme_len = sizeof(scheme) - 1;
	uint8_t token[TOKEN_LEN];
	size_t len;

	/* Metadata has no NUL behind it. */
	if (authorization.len != scheme_len + TOKEN_TEXT_LEN ||
	    strncasecmp((const char *)authorization.at, scheme, scheme_len) !=
		    0)
		return false;
	if (sodium_base642bin(token, sizeof(token),
			      (const char *)authorization.at + scheme_len,
			      TOKEN_TEXT_LEN, NULL, &len, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    len != TOKEN_LEN)
		return false;
	hash_token(hash, token);
	sodium_memzero(token, sizeof(token));
	return true;
}

enum outrider_code token_refuse(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_UNAUTHENTICATED, NULL,
		       "the access token is missing, wrong or no longer good "
		       "(metadata \"authorization: Bearer TOKEN\")");
}

/* NOT_FOUND stands for everything that is refused. */
static enum outrider_code load(struct principal *out, struct app_worker *worker,
			       uint64_t rev, int64_t now_us,
			       struct arena *arena, struct outrider_err *err)
{
	struct store_conn *conn = worker->conn;
	struct identity_token token;
	struct identity_device device;
	enum outrider_code code;

	code = identity_token_get(conn, &token, out->token_hash, err);
	if (code != OUTRIDER_OK)
		return code;
	if (token.expires_us != 0 && token.expires_us <= now_us)
		return OUTRIDER_NOT_FOUND;
	if (!uuid_is_zero(&token.device)) {
		code = identity_device_get(conn, &device, &token.device, err);
		if (code != OUTRIDER_OK)
			return code;
		out->is_withdrawn = device.revoked_us != 0;
	}
	out->user = token.user;
	out->device = token.device;
	code = people_load(out, worker->people, conn, rev, arena, err);
	out->is_locked_out = code == OUTRIDER_NOT_FOUND &&
			     !uuid_is_zero(&token.device);
	return code;
}

enum outrider_code principal_load(struct principal *out,
				  struct app_worker *worker, int64_t now_us,
				  struct arena *arena, struct outrider_err *err)
{
	uint64_t rev = 0;
	enum outrider_code code = store_read_begin(worker->conn, &rev, err);

	if (code != OUTRIDER_OK)
		return code;
	code = load(out, worker, rev, now_us, arena, err);
	store_read_end(worker->conn);
	return code == OUTRIDER_NOT_FOUND ? token_refuse(err) : code;
}

bool principal_equal(const struct principal *a, const struct principal *b)
{
	return a->rank == b->rank && uuid_compare(&a->user, &b->user) == 0 &&
	       uuid_compare(&a->owner, &b->owner) == 0 && a->rights &&
	       b->rights && a->rights->fingerprint == b->rights->fingerprint &&
	       uuid_compare(&a->device, &b->device) == 0 &&
	       a->is_withdrawn == b->is_withdrawn &&
	       uuid_compare(&a->team, &b->team) == 0 &&
	       a->n_scopes == b->n_scopes &&
	       (a->n_scopes == 0 ||
		memcmp(a->scopes, b->scopes,
		       a->n_scopes * sizeof(a->scopes[0])) == 0);
}
