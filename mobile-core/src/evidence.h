/*
 * evidence: the device's chain of signed entries, and its receipts.
 *
 * Owns what tracker hands it when a window closes: numbers, hashes, salts,
 * signatures, receipts. It refuses to know how a verdict was found.
 * docs/formats/evidence.md has the bytes.
 */
#ifndef CORE_EVIDENCE_H
#define CORE_EVIDENCE_H

#include "core.h"

/*
 * Appends a SubmitEvidenceRequest with the oldest entries that wait for a
 * receipt; appends nothing where none does.
 */
MODEL_MUST_USE enum outrider_code evidence_request(struct outrider *core,
						   struct buffer *request,
						   struct outrider_err *err);
/*
 * Takes the SubmitEvidenceResponse in a transaction of its own; entries with a
 * receipt wait no more. *goes_on: there is more to send. Refused entries
 * become events, and are not offered again in this sync.
 * Errors: DATA_LOSS (makes no sense, or isn't the organisation's word).
 */
MODEL_MUST_USE enum outrider_code
evidence_answered(struct outrider *core, bool *goes_on, const uint8_t *response,
		  size_t len, struct outrider_err *err);
/* Entries without a receipt; the number of the newest entry. */
void evidence_counts(const struct outrider *core, uint64_t *n_waiting,
		     uint64_t *newest);

#endif
