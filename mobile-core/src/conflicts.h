/*
 * conflicts: what the rep wrote and what stands instead.
 *
 * Owns the table of the values that lost: one row a card, with the fields in
 * which the rep's words differ from the server's. A row is written in the
 * transaction that takes the edit out of the outbox, and goes when nothing
 * differs any more: the rep wrote those fields again, put theirs back, let it
 * be, or the value came to stand anyway; or when the card goes. What stands
 * now isn't kept twice: it is the card's. It refuses to know how an answer
 * came.
 */
#ifndef CORE_CONFLICTS_H
#define CORE_CONFLICTS_H

#include "model/arena.h"
#include "model/err.h"
#include "model/record.h"
#include "model/uuid.h"

struct outrider;
struct card;
struct mutation;

/* What is kept in memory of each while the cards are open. */
struct conflict_entry {
	uint64_t number;
	uint32_t kind;
	struct uuid id;
};

struct conflicts {
	struct conflict_entry *entries; /* ascending numbers */
	size_t n, room;
};

MODEL_MUST_USE enum outrider_code
conflicts_load(struct outrider *core, struct outrider_err *err);
void conflicts_clear(struct outrider *core); /* forgets what load read */

/* What a merge decided otherwise than it was sent. */
struct conflict_news {
	const struct mutation *mutation;
	struct field_set lost;	/* fields that don't stand as sent */
	struct field_set asked; /* of those: the author decides */
	bool is_known;		/* the card has what stands instead */
};

/*
 * Keeps the fields of the mutation that lost, in the caller's transaction,
 * after the card's row has what stands. *kept: those that are worth a look;
 * a set whose elements are all there is not, nor is a field that waits to be
 * sent again.
 */
MODEL_MUST_USE enum outrider_code
conflicts_keep(struct outrider *core, struct field_set *kept,
	       struct arena *arena, const struct conflict_news *news,
	       struct outrider_err *err);
/* The rep writes these fields anew: that answers what was asked of them. */
MODEL_MUST_USE enum outrider_code
conflicts_answered(struct outrider *core, const struct mutation *mutation,
		   struct outrider_err *err);
/* The card's row is another; NULL: there is none any more. */
MODEL_MUST_USE enum outrider_code
conflicts_follow(struct outrider *core, const struct card *card, uint32_t kind,
		 const struct uuid *id, struct outrider_err *err);
/* Those without a card go: the run of pages that fills the phone is over. */
MODEL_MUST_USE enum outrider_code
conflicts_sweep(struct outrider *core, struct outrider_err *err);
/* How many cards are in question; works locked. */
uint64_t conflicts_count(struct outrider *core);

/* All occurrences of a field in a record's bytes; empty: none. */
struct bytes conflicts_slice(struct bytes fields, uint32_t number);

#endif
