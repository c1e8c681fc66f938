/*
 * The proof that a phone holds what it should: see proof.h.
 */
#include "model/proof.h"

#include "model/octets.h"

/* What a hash is of, so that an entry is never a bucket's. */
enum { OF_ENTRY = 1, OF_BUCKET = 2 };

enum { FRONT_LEN = 1 + 4 + 16 + 4 };

static struct bytes write_front(uint8_t out[FRONT_LEN], uint8_t what,
				uint32_t kind, const struct uuid *id,
				size_t fields_len)
{
	struct octet_writer to = { .bytes = out, .room = FRONT_LEN };

	octets_put(&to, what, 1);
	octets_put(&to, kind, 4);
	memcpy(to.bytes + to.len, id->at, sizeof(id->at));
	to.len += sizeof(id->at);
	octets_put(&to, fields_len, 4);
	return (struct bytes){ .at = out, .len = to.len };
}

void proof_entry(uint8_t out[PROOF_LEN], proof_hash_fn *hash,
		 const uint8_t key[PROOF_KEY_LEN], uint32_t kind,
		 const struct uuid *id, struct bytes fields)
{
	uint8_t front[FRONT_LEN];

	hash(out, key, write_front(front, OF_ENTRY, kind, id, fields.len),
	     fields);
}

unsigned proof_bucket(proof_hash_fn *hash, const uint8_t key[PROOF_KEY_LEN],
		      uint32_t kind, const struct uuid *id)
{
	const struct bytes nothing = { .at = NULL };
	uint8_t front[FRONT_LEN], out[PROOF_LEN];

	hash(out, key, write_front(front, OF_BUCKET, kind, id, 0), nothing);
	return out[0];
}

bool proof_mask_has(const uint8_t mask[PROOF_MASK_LEN], unsigned bucket)
{
	return mask[bucket / 8] >> bucket % 8 & 1;
}

void proof_mask_add(uint8_t mask[PROOF_MASK_LEN], unsigned bucket)
{
	mask[bucket / 8] = (uint8_t)(mask[bucket / 8] | 1u << bucket % 8);
}

void proof_add(struct proof_sum *sum, const struct proof_sum *more)
{
	sum->low += more->low;
	sum->high += more->high + (sum->low < more->low);
}

void proof_add_entry(struct proof_sum *sum, const uint8_t entry[PROOF_LEN])
{
	struct proof_sum more;

	proof_sum_read(&more, entry);
	proof_add(sum, &more);
}

bool proof_sum_equal(const struct proof_sum *a, const struct proof_sum *b)
{
	return a->high == b->high && a->low == b->low;
}

void proof_sum_write(uint8_t out[PROOF_LEN], const struct proof_sum *sum)
{
	struct octet_writer to = { .bytes = out, .room = PROOF_LEN };

	octets_put(&to, sum->high, 8);
	octets_put(&to, sum->low, 8);
}

void proof_sum_read(struct proof_sum *out, const uint8_t at[PROOF_LEN])
{
	struct octet_reader from = { .next = at, .end = at + PROOF_LEN };

	out->high = octets_get(&from, 8);
	out->low = octets_get(&from, 8);
}
