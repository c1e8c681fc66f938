/*
 * compare: the proof that the phone holds what it should.
 *
 * Owns a comparison from its random key to the last bucket that was repaired
 * (model/proof.h, docs/formats/sync.md). Sums are made of the cards' rows as
 * they lie in the file, each time from all of them: nothing is kept that could
 * drift. It refuses to know when a comparison happens, and how a repaired
 * record is stored.
 */
#ifndef CORE_COMPARE_H
#define CORE_COMPARE_H

#include "model/arena.h"
#include "model/err.h"
#include "model/proof.h"

struct outrider;

enum { COMPARE_SCOPES_MAX = 100, COMPARE_SCOPE_LEN = 17 };

enum compare_verdict {
	COMPARE_EQUAL,
	COMPARE_DIFFERS,
	COMPARE_BEHIND, /* pull first */
};

/* What is wrong in one scope. */
struct compare_scope {
	uint8_t scope[COMPARE_SCOPE_LEN];
	uint8_t buckets[PROOF_MASK_LEN]; /* still to be repaired */
};

/* Of one sync. */
struct compare {
	uint8_t key[PROOF_KEY_LEN];
	enum compare_verdict verdict; /* of the last answer */
	unsigned n_differed, n_behind;
	bool is_over; /* not again in this sync */
	struct compare_scope left[COMPARE_SCOPES_MAX];
	size_t n_left;
	uint8_t asked[PROOF_MASK_LEN]; /* of the last of them, under way */
	uint64_t n_repaired;	       /* records */
};

/* Appends a CompareRequest over all cards, with a new key. */
MODEL_MUST_USE enum outrider_code compare_request(struct outrider *core,
						  struct buffer *request,
						  struct outrider_err *err);
/* Fills the verdict, and what is left to be repaired. Errors: DATA_LOSS. */
MODEL_MUST_USE enum outrider_code compare_answered(struct outrider *core,
						   struct bytes response,
						   struct outrider_err *err);
/* Appends a RepairRequest for as many buckets of the last scope that is left
 * as one call may ask for. */
MODEL_MUST_USE enum outrider_code
compare_request_repair(struct outrider *core, struct buffer *request,
		       struct outrider_err *err);
/* All that it answered is stored. */
void compare_repaired(struct outrider *core);

#endif
