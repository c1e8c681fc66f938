/*
 * A SHA-256 that is put down between two requests and taken up again: so each
 * chunk of an upload is hashed once, as it comes, and no one waits for the
 * hash of the whole.
 */
#ifndef APP_UPLOAD_HASH_H
#define APP_UPLOAD_HASH_H

#include "model/arena.h"

#include <sodium.h>

struct upload_hash {
	crypto_hash_sha256_state state;
};

#define UPLOAD_HASH_SAVED_MAX (32 + 63)

void upload_hash_begin(struct upload_hash *hash);
/* False where saved is not what upload_hash_save wrote after n_bytes. */
bool upload_hash_load(struct upload_hash *hash, int64_t n_bytes,
		      struct bytes saved);
void upload_hash_add(struct upload_hash *hash, struct bytes data);
/* The same bytes on every machine. Returns their length. */
size_t upload_hash_save(const struct upload_hash *hash,
			uint8_t out[UPLOAD_HASH_SAVED_MAX]);
/* Ends it. */
bool upload_hash_is(struct upload_hash *hash, const uint8_t expected[32]);

#endif
