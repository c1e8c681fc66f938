/*
 * libsodium's state has the eight words of FIPS 180-4, 6.2, the bits hashed so
 * far, and the bytes of a block that is not full yet. Saved are the words and
 * those bytes: how many bits there were, the upload knows.
 */
#include "app/upload_hash.h"

#include "model/octets.h"

#include <string.h>

enum { WORDS = 8, BLOCK_LEN = 64 };

void upload_hash_begin(struct upload_hash *hash)
{
	crypto_hash_sha256_init(&hash->state);
}

bool upload_hash_load(struct upload_hash *hash, int64_t n_bytes,
		      struct bytes saved)
{
	size_t n_open = (size_t)n_bytes % BLOCK_LEN;
	struct octet_reader in = { .next = saved.at,
				   .end = saved.at + saved.len };

	if (saved.len != WORDS * sizeof(uint32_t) + n_open)
		return false;
	upload_hash_begin(hash);
	for (size_t i = 0; i < WORDS; i++)
		hash->state.state[i] = (uint32_t)octets_get(&in, 4);
	hash->state.count = (uint64_t)n_bytes * 8;
	memcpy(hash->state.buf, in.next, n_open);
	return true;
}

void upload_hash_add(struct upload_hash *hash, struct bytes data)
{
	crypto_hash_sha256_update(&hash->state, data.at, data.len);
}

size_t upload_hash_save(const struct upload_hash *hash,
			uint8_t out[UPLOAD_HASH_SAVED_MAX])
{
	size_t n_open = hash->state.count / 8 % BLOCK_LEN;
	struct octet_writer to = { .bytes = out,
				   .room = UPLOAD_HASH_SAVED_MAX };

	for (size_t i = 0; i < WORDS; i++)
		octets_put(&to, hash->state.state[i], 4);
	memcpy(out + to.len, hash->state.buf, n_open);
	return to.len + n_open;
}

bool upload_hash_is(struct upload_hash *hash, const uint8_t expected[32])
{
	uint8_t found[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_final(&hash->state, found);
	return memcmp(found, expected, sizeof(found)) == 0;
}
