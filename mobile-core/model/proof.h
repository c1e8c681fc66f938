/*
 * The proof that a phone holds what it should: entries, buckets and sums
 * (docs/formats/sync.md, "Proof of equality").
 *
 * Owns which bytes are hashed, and sums modulo 2^128; server and phone make
 * both with this. Calls no crypto: the hash is the caller's. Knows no scope, no
 * store and no message.
 */
#ifndef MODEL_PROOF_H
#define MODEL_PROOF_H

#include "model/arena.h"
#include "model/uuid.h"

#include <stdbool.h>

enum {
	PROOF_KEY_LEN = 16,
	PROOF_LEN = 16, /* of an entry, and of a sum on the wire */
	PROOF_BUCKETS = 256,
	PROOF_MASK_LEN = PROOF_BUCKETS / 8,
};

/*
 * BLAKE2b with an output of 16 bytes and the key, over front followed by
 * fields, which may be empty.
 */
typedef void proof_hash_fn(uint8_t out[PROOF_LEN],
			   const uint8_t key[PROOF_KEY_LEN], struct bytes front,
			   struct bytes fields);

/*
 * The entry of a record as its holder sees it: fields are the canonical bytes
 * that a page would send whole, so owner and team, but not the other system
 * fields, and nothing that is hidden from them.
 */
void proof_entry(uint8_t out[PROOF_LEN], proof_hash_fn *hash,
		 const uint8_t key[PROOF_KEY_LEN], uint32_t kind,
		 const struct uuid *id, struct bytes fields);
/* Where it is added up, below PROOF_BUCKETS, whatever it says. */
unsigned proof_bucket(proof_hash_fn *hash, const uint8_t key[PROOF_KEY_LEN],
		      uint32_t kind, const struct uuid *id);

/* The bucket's bit in RepairRequest.buckets. */
bool proof_mask_has(const uint8_t mask[PROOF_MASK_LEN], unsigned bucket);
void proof_mask_add(uint8_t mask[PROOF_MASK_LEN], unsigned bucket);

/* A sum of entries modulo 2^128; zero: of none. */
struct proof_sum {
	uint64_t high, low;
};

void proof_add(struct proof_sum *sum, const struct proof_sum *more);
void proof_add_entry(struct proof_sum *sum, const uint8_t entry[PROOF_LEN]);
bool proof_sum_equal(const struct proof_sum *a, const struct proof_sum *b);
/* Big-endian. */
void proof_sum_write(uint8_t out[PROOF_LEN], const struct proof_sum *sum);
void proof_sum_read(struct proof_sum *out, const uint8_t at[PROOF_LEN]);

#endif
