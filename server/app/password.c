/*
 * Argon2id (RFC 9106), encoded as its reference implementation does:
 * $argon2id$v=19$m=KIB,t=PASSES,p=1$SALT$HASH. Owns the encoding, so that
 * the salt comes from the context; libsodium checks.
 */
#include "app/password.h"

#include <sodium.h>
#include <stdio.h>

#define HASH_LEN 32
/* Base64 without padding, and a NUL. */
#define SALT_TEXT 24
#define HASH_TEXT 44

static void encode(char out[PASSWORD_ENCODED_MAX], struct password_cost cost,
		   const uint8_t salt[crypto_pwhash_SALTBYTES],
		   const uint8_t hash[HASH_LEN])
{
	char salt_text[SALT_TEXT], hash_text[HASH_TEXT];

	sodium_bin2base64(salt_text, sizeof(salt_text), salt,
			  crypto_pwhash_SALTBYTES,
			  sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	sodium_bin2base64(hash_text, sizeof(hash_text), hash, HASH_LEN,
			  sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	snprintf(out, PASSWORD_ENCODED_MAX,
		 "$argon2id$v=19$m=%zu,t=%u,p=1$%s$%s", cost.memory / 1024,
		 cost.passes, salt_text, hash_text);
}

enum outrider_code
password_hash(char out[PASSWORD_ENCODED_MAX], const struct context *context,
	      struct password_cost cost, const char *password, size_t len,
	      struct outrider_err *err)
{
	uint8_t salt[crypto_pwhash_SALTBYTES], hash[HASH_LEN];

	if (len < PASSWORD_LEN_MIN || len > PASSWORD_LEN_MAX)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "new_password",
			       "a password has %d to %d bytes",
			       PASSWORD_LEN_MIN, PASSWORD_LEN_MAX);
	context->random(context->user, salt, sizeof(salt));
	if (crypto_pwhash(hash, sizeof(hash), password, len, salt, cost.passes,
			  cost.memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory to hash a password");
	encode(out, cost, salt, hash);
	sodium_memzero(hash, sizeof(hash));
	return OUTRIDER_OK;
}

void password_none(char out[PASSWORD_ENCODED_MAX],
		   const struct context *context, struct password_cost cost)
{
	uint8_t salt[crypto_pwhash_SALTBYTES], hash[HASH_LEN];

	context->random(context->user, salt, sizeof(salt));
	context->random(context->user, hash, sizeof(hash));
	encode(out, cost, salt, hash);
}

bool password_fits(const char *encoded, const char *password, size_t len)
{
	return crypto_pwhash_str_verify(encoded, password, len) == 0;
}
