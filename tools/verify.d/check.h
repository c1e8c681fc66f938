/*
 * check: does a bundle hold together?
 *
 * Owns every check of signatures, links, hashes, receipts and the verdict; it
 * trusts nothing but the keys in the bundle, whose fingerprints it gives for
 * comparison. It refuses to know how the outcome is shown.
 */
#ifndef VERIFY_CHECK_H
#define VERIFY_CHECK_H

#include "bundle.h"
#include "model/evidence.h"

enum { CHECK_FAULTS_MAX = 50, CHECK_GAPS_MAX = 20, CHECK_FINGERPRINT_LEN = 16 };

enum check_outcome {
	CHECK_VERIFIED = 0,
	CHECK_REFUTED = 1,    /* something is not what it should be */
	CHECK_INCOMPLETE = 2, /* nothing is wrong, but there is no verdict to
			       * check: purged, or of a newer version */
};

struct check_fault {
	char text[160];
};

/* Numbers of entries, from one to another. */
struct check_gap {
	uint64_t from, until;
};

struct check {
	enum check_outcome outcome;
	struct check_fault faults[CHECK_FAULTS_MAX];
	size_t n_faults; /* all of them, also those that had no room */

	uint8_t device_fingerprint[CHECK_FINGERPRINT_LEN];
	uint8_t organization_fingerprint[CHECK_FINGERPRINT_LEN];
	size_t n_signed;   /* entries with a good signature */
	size_t n_linked;   /* that follow the one before, or say why not */
	size_t n_receipts; /* good ones, about entries of the bundle */
	/* Gaps that the device declared in what it signed, and how many entries
	 * it lost by that; the first ones by number. */
	struct check_gap gaps[CHECK_GAPS_MAX];
	size_t n_gaps;
	uint64_t n_lost;
	/* The place from which on entries skip the subject: what follows those
	 * says nothing of it. */
	size_t skipped_from;

	/* The entry that the bundle is about: the last with its content, or
	 * the last. */
	size_t subject;
	struct chain_header header; /* its */
	bool has_header;
	bool has_content; /* shown, and nothing is wrong with the chain */
	struct evidence_content content;
	bool is_content_signed; /* its hash is in the header */
	enum evidence_finding finding;
	struct visit_verdict recomputed;

	/* The earliest good receipt that covers it. */
	bool has_receipt;
	struct chain_statement receipt;
};

void check_bundle(struct check *check, const struct bundle *bundle);
/* Adds a fault of the caller's own, such as an unexpected key. */
void check_add_fault(struct check *check, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* H of a key, its first bytes. */
void check_fingerprint(uint8_t out[CHECK_FINGERPRINT_LEN], struct bytes key);

#endif
