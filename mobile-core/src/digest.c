/*
 * digest: the eight words of FIPS 180-4, 6.2, are what a hash is between
 * blocks; they are kept big-endian.
 */
#include "digest.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "model/octets.h"

enum { WORDS = 8 };

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct digest),
	       "libsodium's state fits");
_Static_assert(DIGEST_LEN == crypto_hash_sha256_BYTES, "SHA-256");

static crypto_hash_sha256_state read_state(const struct digest *digest)
{
	crypto_hash_sha256_state state;

	memcpy(&state, digest->opaque, sizeof(state));
	return state;
}

static void
write_state(struct digest *digest, const crypto_hash_sha256_state *state)
{
	memcpy(digest->opaque, state, sizeof(*state));
}

void digest_begin(struct digest *digest)
{
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	write_state(digest, &state);
}

void digest_resume(struct digest *digest, const uint8_t state[DIGEST_STATE_LEN],
		   uint64_t n_bytes)
{
	struct octet_reader in = { .next = state,
				   .end = state + DIGEST_STATE_LEN };
	crypto_hash_sha256_state resumed;

	assert(n_bytes % DIGEST_BLOCK_LEN == 0);
	crypto_hash_sha256_init(&resumed);
	for (size_t i = 0; i < WORDS; i++)
		resumed.state[i] = (uint32_t)octets_get(&in, 4);
	resumed.count = n_bytes * 8;
	write_state(digest, &resumed);
}

void digest_add(struct digest *digest, const void *at, size_t len)
{
	crypto_hash_sha256_state state = read_state(digest);

	crypto_hash_sha256_update(&state, at, len);
	write_state(digest, &state);
}

void digest_keep(const struct digest *digest, uint8_t state[DIGEST_STATE_LEN])
{
	struct octet_writer out = { .bytes = state, .room = DIGEST_STATE_LEN };
	crypto_hash_sha256_state kept = read_state(digest);

	assert(kept.count / 8 % DIGEST_BLOCK_LEN == 0);
	for (size_t i = 0; i < WORDS; i++)
		octets_put(&out, kept.state[i], 4);
}

void digest_end(struct digest *digest, uint8_t out[DIGEST_LEN])
{
	crypto_hash_sha256_state state = read_state(digest);

	crypto_hash_sha256_final(&state, out);
	write_state(digest, &state);
}

void digest_keyed(uint8_t out[16], const uint8_t key[16], struct bytes front,
		  struct bytes fields)
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, 16, 16);
	crypto_generichash_update(&state, front.at, front.len);
	crypto_generichash_update(&state, fields.at, fields.len);
	crypto_generichash_final(&state, out, 16);
}
