/*
 * Is an entry of a device's chain what its device signed, and does its verdict
 * follow from its fixes? Owns the crypto of evidence and of receipts; knows
 * neither store nor chain: whether an entry is the next is asked elsewhere.
 */
#ifndef APP_EVIDENCE_CHECK_H
#define APP_EVIDENCE_CHECK_H

#include "model/arena.h"
#include "model/chain.h"
#include "model/evidence.h"
#include "model/uuid.h"

#define EVIDENCE_SIGNATURE_LEN 64

/* An entry as it came. */
struct evidence_bytes {
	struct bytes header, signature, salt, content;
};

/* What is known of it, as far as it was checked. */
struct evidence_claim {
	struct chain_header header;
	uint8_t hash[CHAIN_HASH_LEN]; /* of header and signature */
	/* Up to here the device is sure to have said it. */
	bool is_signed;
	struct evidence_content content; /* borrows the entry's bytes */
	/* The server's own, or the phone's where that can't be recomputed. */
	struct visit_verdict verdict;
	enum evidence_finding finding;
	/* Of the stay that decided, where there was one. */
	bool has_centre;
	struct visit_centre centre;
};

/*
 * NULL where the entry verifies; otherwise why not, as a clause for a person.
 * device and key are the calling device's, as given at its enrolment.
 */
const char *
evidence_check(struct evidence_claim *out, const struct evidence_bytes *entry,
	       const struct uuid *device, const uint8_t signing_key[32]);

/* The organisation's word for a statement. */
void evidence_sign_statement(uint8_t signature[EVIDENCE_SIGNATURE_LEN],
			     const uint8_t statement[CHAIN_STATEMENT_LEN],
			     const uint8_t sign_secret[64]);

#endif
