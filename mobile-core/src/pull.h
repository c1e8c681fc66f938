/*
 * pull: the server's pages onto the phone.
 *
 * Owns the cursor, what a page does to the cards, and beginning anew: page,
 * memberships, cursor and windows are one transaction. It refuses to know when
 * a pull happens.
 *
 * A run that begins without a cursor is a new generation. Each card that its
 * pages bring is marked with it; when the run reaches the head, cards of an
 * older generation are gone from the server, and go. The outbox stays.
 */
#ifndef CORE_PULL_H
#define CORE_PULL_H

#include "model/arena.h"
#include "model/err.h"

struct outrider;

/* Appends a PullRequest from where the last page ended. */
MODEL_MUST_USE enum outrider_code pull_request(struct outrider *core,
					       struct buffer *request,
					       struct outrider_err *err);
/* What a page was. */
struct pull_news {
	size_t n_records;
	bool is_head;	  /* the last one */
	bool has_renewed; /* the outbox: edits were set upon the new cards */
};

/*
 * Applies one page.
 * Errors: DATA_LOSS (makes no sense), ABORTED (a delta upon a card that isn't
 * here: begin anew); nothing of it took effect then.
 */
MODEL_MUST_USE enum outrider_code
pull_page(struct outrider *core, struct pull_news *news, struct bytes response,
	  struct outrider_err *err);
/* Applies one page of a repair: records as they should be, or gone. */
MODEL_MUST_USE enum outrider_code
pull_repair(struct outrider *core, size_t *n_records, struct bytes response,
	    struct outrider_err *err);
/* The cursor, in the work arena. */
MODEL_MUST_USE enum outrider_code
pull_cursor(struct outrider *core, struct bytes *out, struct outrider_err *err);

/*
 * When the proof of equality is due: after a run that filled the phone anew,
 * when asked for, and once a day. In the caller's transaction: ask, proved.
 */
MODEL_MUST_USE enum outrider_code
pull_proof_is_due(struct outrider *core, bool *out, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
pull_ask_proof(struct outrider *core, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
pull_proved(struct outrider *core, struct outrider_err *err);

/* Forgets the cursor, in the caller's transaction: the next run brings all. */
MODEL_MUST_USE enum outrider_code
pull_begin_anew(struct outrider *core, struct outrider_err *err);
/*
 * The same, and the server may have another history: when the run has reached
 * the head, edits that wait are set upon what the cards are then. Nothing may
 * be pushed before.
 */
MODEL_MUST_USE enum outrider_code
pull_begin_elsewhere(struct outrider *core, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
pull_holds_back_push(struct outrider *core, bool *out,
		     struct outrider_err *err);
/* The server took a card that the phone made itself: what it is marked with,
 * in the caller's transaction. The next pull names it, or takes it away. */
MODEL_MUST_USE enum outrider_code
pull_expect(struct outrider *core, uint64_t *out, struct outrider_err *err);

#endif
