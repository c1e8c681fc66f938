/*
 * BLAKE2b over parts: see digest.h. Knows nothing of what is hashed.
 */
#include "app/digest.h"

#include <sodium.h>
#include <string.h>

void digest_of(uint8_t out[DIGEST_LEN], const struct bytes *parts, size_t n)
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, DIGEST_LEN);
	for (size_t i = 0; i < n; i++)
		if (parts[i].len > 0)
			crypto_generichash_update(&state, parts[i].at,
						  parts[i].len);
	crypto_generichash_final(&state, out, DIGEST_LEN);
}

struct uuid digest_uuid(const struct bytes *parts, size_t n)
{
	uint8_t digest[DIGEST_LEN];
	struct uuid id;

	digest_of(digest, parts, n);
	memcpy(id.at, digest, sizeof(id.at));
	id.at[6] = (uint8_t)((id.at[6] & 0x0f) | 0x80);
	id.at[8] = (uint8_t)((id.at[8] & 0x3f) | 0x80);
	return id;
}
