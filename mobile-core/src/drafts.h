/*
 * drafts: edits put aside before they were finished.
 *
 * Owns their rows, one a card, with the fields that were touched: what the
 * card is besides is not kept twice, so a draft that is taken up again stands
 * on the card as it is then. No law is asked of a draft. It refuses to know
 * what is edited.
 *
 * The draft of a card that others may take away goes with it; that of a new
 * one stays until it is committed or dropped.
 */
#ifndef CORE_DRAFTS_H
#define CORE_DRAFTS_H

#include "model/err.h"
#include "model/uuid.h"

struct outrider;
struct outrider_edit;

struct draft_entry {
	uint32_t kind;
	struct uuid id;
	bool is_new;
};

struct drafts {
	struct draft_entry *entries; /* in no order */
	size_t n, room;
};

MODEL_MUST_USE enum outrider_code
drafts_load(struct outrider *core, struct outrider_err *err);
void drafts_clear(struct outrider *core); /* forgets what load read */

/* In the caller's transaction: the edit of the card was committed. */
MODEL_MUST_USE enum outrider_code
drafts_drop(struct outrider *core, uint32_t kind, const struct uuid *id,
	    struct outrider_err *err);
/* The same: drafts whose cards went with a pull, or unseen, go. */
MODEL_MUST_USE enum outrider_code
drafts_sweep(struct outrider *core, struct outrider_err *err);
/* The same: what is shown of a card has changed. */
MODEL_MUST_USE enum outrider_code
drafts_follow(struct outrider *core, uint32_t kind, const struct uuid *id,
	      bool exists, struct outrider_err *err);

#endif
