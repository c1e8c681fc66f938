/*
 * digest: SHA-256 of bytes that come in parts, and the proof's keyed hash.
 *
 * Owns how a hash that is under way is kept, so that it goes on after a
 * restart, on any machine. It refuses to know what is hashed.
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "model/arena.h"

enum {
	DIGEST_LEN = 32,
	DIGEST_STATE_LEN = 32, /* kept between whole blocks */
	DIGEST_BLOCK_LEN = 64,
};

struct digest {
	uint64_t opaque[13];
};

void digest_begin(struct digest *digest);
/* Goes on behind n_bytes, a multiple of the block's length. */
void digest_resume(struct digest *digest, const uint8_t state[DIGEST_STATE_LEN],
		   uint64_t n_bytes);
void digest_add(struct digest *digest, const void *at, size_t len);
/* What was added so far is a multiple of the block's length. */
void digest_keep(const struct digest *digest, uint8_t state[DIGEST_STATE_LEN]);
void digest_end(struct digest *digest, uint8_t out[DIGEST_LEN]);

/* A keyed BLAKE2b of 16 bytes: proof_hash_fn of model/proof.h. */
void digest_keyed(uint8_t out[16], const uint8_t key[16], struct bytes front,
		  struct bytes fields);

#endif
