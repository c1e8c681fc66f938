/*
 * A device's chain of evidence for the server's tests: days of made-up fixes
 * through the real quantiser, detector and draft, signed with the device's
 * real key. A test may spoil an entry and sign it anew.
 */
#ifndef CHAIN_MAKER_H
#define CHAIN_MAKER_H

#include "app_harness.h"
#include "model/chain.h"
#include "model/evidence.h"

enum day {
	DAY_PRESENT,
	DAY_LATE,
	DAY_SHORT,
	DAY_NEARBY,
	DAY_ELSEWHERE,
	DAY_NO_FIXES,
	DAY_MADE_UP, /* present, by a program that makes fixes up */
};

struct made_entry {
	struct chain_header header;
	uint8_t header_bytes[CHAIN_HEADER_LEN];
	uint8_t signature[64];
	uint8_t salt[CHAIN_SALT_LEN];
	uint8_t content[EVIDENCE_MAX_BYTES];
	size_t content_len;
	struct visit_verdict verdict;
};

struct chain_maker {
	const struct harness_user *user;
	uint64_t number;   /* of the newest */
	int64_t signed_us; /* when that was */
	uint8_t head[CHAIN_HASH_LEN];
};

void chain_begin(struct chain_maker *chain, const struct harness_user *user);
/* The next entry: what the phone saw of the plan on such a day. */
void chain_add(struct made_entry *out, struct chain_maker *chain,
	       const struct visit_plan *plan, enum day day);
/* Header, hash of the content and signature anew, after a test changed it. */
void made_sign(struct made_entry *entry, const struct harness_user *user);
void made_hash(uint8_t out[CHAIN_HASH_LEN], const struct made_entry *entry);

struct submitted {
	enum outrider_code code;
	size_t n_results;
	bool is_taken[8];
	uint64_t numbers[8];
	char reasons[8][300];
	bool has_receipt;
	struct chain_statement receipt; /* verified */
};

/* The bytes of a SubmitEvidenceRequest; the buffer is the caller's. */
struct buffer chain_request(const struct made_entry *entries, size_t n);
/* SubmitEvidence, as the user's device. */
struct submitted chain_submit(struct app_harness *h,
			      const struct harness_user *user,
			      const struct made_entry *entries, size_t n);

#endif
