/*
 * evidence: the device's chain of signed entries, and its receipts.
 *
 * Owns what tracker hands it when a window closes: numbers, hashes, salts,
 * signatures, receipts. It refuses to know how a verdict was found.
 * docs/formats/evidence.md has the bytes.
 *
 * Rows of table `evidence` are entries by number. Table `receipt` has the
 * server's receipts by the number that they cover, and at 0 what the server
 * said last.
 */
#ifndef CORE_EVIDENCE_H
#define CORE_EVIDENCE_H

#include "core.h"
#include "model/chain.h"
#include "model/evidence.h"

/* Kept in memory of an entry whose content is kept. */
struct evidence_note {
	uint8_t meeting_id[16];
	uint64_t number;
	int64_t closed_us; /* the meeting was watched up to here */
};

/* The chain as of the last commit or of the transaction under way. Belongs to
 * tracker, who has it read with its windows. */
struct evidence_chain {
	uint64_t newest;      /* number; 0: none yet */
	uint64_t newest_kept; /* that wasn't lost */
	/* H(header || signature) of the newest; where that was lost, as the
	 * receipt has it, or of the newest before it. */
	uint8_t head[CHAIN_HASH_LEN];
	uint64_t received;	     /* the server holds up to here */
	uint64_t refused;	     /* what it would not take; 0: nothing */
	uint64_t refused_newest;     /* the newest entry at that time */
	int64_t refused_us;	     /* when that was */
	struct evidence_note *notes; /* ascending by number */
	size_t n_notes, room;
};

MODEL_MUST_USE enum outrider_code evidence_load(struct outrider *core,
						struct evidence_chain *chain,
						struct outrider_err *err);
/*
 * Rows went, in the caller's transaction; so many numbers were given at least.
 * Those without an entry keep a row that says so: another entry under one of
 * them would be a fork, and hide the loss.
 */
MODEL_MUST_USE enum outrider_code evidence_mend(struct outrider *core,
						uint64_t n_given,
						struct outrider_err *err);
void evidence_forget(struct outrider *core, struct evidence_chain *chain);

/*
 * Signs the content into the chain, in the caller's transaction, which has
 * touched CORE_TRACKER. closed_us: what the content says. *number may not be
 * NULL.
 */
MODEL_MUST_USE enum outrider_code
evidence_append(struct outrider *core, struct evidence_chain *chain,
		uint64_t *number, const uint8_t meeting_id[16],
		struct bytes content, int64_t closed_us,
		struct outrider_err *err);

/* A kept entry of the meeting watched beyond this time. */
bool evidence_has_watched(const struct evidence_chain *chain,
			  const uint8_t meeting_id[16], int64_t after_us);

/* An entry whose content is kept; content borrows from the row. */
typedef enum outrider_code
evidence_fn(void *user, uint64_t number, bool has_receipt,
	    const struct evidence_content *content, struct outrider_err *err);
/* Walks them by number. CANCELLED stops, and is the result. */
MODEL_MUST_USE enum outrider_code
evidence_each(struct outrider *core, const struct evidence_chain *chain,
	      evidence_fn *callback, void *user, struct outrider_err *err);

/*
 * Takes salt and content from entries that closed before and that the server
 * holds, in the caller's transaction, a limited number at a time; headers and
 * signatures stay.
 */
MODEL_MUST_USE enum outrider_code
evidence_purge(struct outrider *core, struct evidence_chain *chain,
	       int64_t before_us, struct outrider_err *err);
/* There is something for evidence_purge to do. */
bool evidence_has_old(const struct evidence_chain *chain, int64_t before_us);

/*
 * Appends a SubmitEvidenceRequest with the oldest entries that wait for a
 * receipt; appends nothing where none does, or where the server refused one
 * lately and there is nothing newer to tell.
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
