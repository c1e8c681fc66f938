/*
 * bundles: exported evidence that somebody edits before an expert checks it.
 *
 * Owns the edits, and asks the checks of tools/verify what they say.
 */
#ifndef BENCH_SPOOF_BUNDLES_H
#define BENCH_SPOOF_BUNDLES_H

#include "figures.h"
#include "model/arena.h"

/* Refused: not VERIFIED. */
struct bundle_tally {
	struct share whole;    /* nothing edited */
	struct share bits;     /* one bit, anywhere */
	struct share dropped;  /* an entry left out */
	struct share swapped;  /* two entries in each other's place */
	struct share resigned; /* another plan, signed by a key of one's own */
	struct share compared; /* ... where the fingerprint is compared */
};

bool bundle_is_verified(struct bytes file);
void bundle_try_edits(struct bundle_tally *tally, struct bytes file,
		      uint64_t seed);
void bundle_print(const struct bundle_tally *tally);

#endif
