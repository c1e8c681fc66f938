/*
 * evidence_row: the bytes of an entry's row; shared by evidence*.c alone.
 *
 *	row = 1 header(146) signature(64) [salt(16) content]
 *	    | 2
 *
 * The second is of an entry that was lost: its number isn't given again.
 * Entries lie in their rows as they were signed, so that what is kept, hashed
 * and sent are the same bytes.
 */
#ifndef CORE_EVIDENCE_ROW_H
#define CORE_EVIDENCE_ROW_H

#include "evidence.h"

enum {
	EVIDENCE_ROW_FORMAT = 1,
	EVIDENCE_ROW_LOST = 2,
	EVIDENCE_SIGNED_LEN = CHAIN_HEADER_LEN + VAULT_SIGNATURE_LEN,
	EVIDENCE_SIGNED_AT = 1,
	EVIDENCE_SIGNATURE_AT = EVIDENCE_SIGNED_AT + CHAIN_HEADER_LEN,
	EVIDENCE_SALT_AT = EVIDENCE_SIGNED_AT + EVIDENCE_SIGNED_LEN,
	EVIDENCE_CONTENT_AT = EVIDENCE_SALT_AT + CHAIN_SALT_LEN,
	EVIDENCE_ROW_MAX = EVIDENCE_CONTENT_AT + EVIDENCE_MAX_BYTES,
};

bool evidence_row_is_whole(struct bytes row);
bool evidence_row_is_lost(struct bytes row);
/* Not purged. */
bool evidence_row_has_content(struct bytes row);
/* H(header || signature): what the next entry and receipts name it by. */
void evidence_row_head(uint8_t out[CHAIN_HASH_LEN], struct bytes row);
/* The row of a number, whole or lost, into core->work. Errors: NOT_FOUND
 * too. */
MODEL_MUST_USE enum outrider_code
evidence_row_get(struct outrider *core, struct bytes *row, uint64_t number,
		 struct outrider_err *err);
enum outrider_code evidence_row_damaged(struct outrider_err *err);

/* Writes what the server said last, in the caller's transaction. */
MODEL_MUST_USE enum outrider_code
evidence_save_state(struct outrider *core, const struct evidence_chain *chain,
		    struct outrider_err *err);
bool evidence_is_signed(const uint8_t key[VAULT_KEY_LEN],
			struct bytes signature, struct bytes message);

#endif
