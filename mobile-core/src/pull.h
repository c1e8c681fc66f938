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
/*
 * Applies one page. *n_records: how many it had; *is_head: it is the last.
 * Errors: DATA_LOSS (makes no sense), ABORTED (a delta upon a card that isn't
 * here: begin anew); nothing of it took effect then.
 */
MODEL_MUST_USE enum outrider_code
pull_page(struct outrider *core, size_t *n_records, bool *is_head,
	  struct bytes response, struct outrider_err *err);
/* Forgets the cursor, in the caller's transaction: the next run brings all. */
MODEL_MUST_USE enum outrider_code
pull_begin_anew(struct outrider *core, struct outrider_err *err);
/* The server took a card that the phone made itself: what it is marked with,
 * in the caller's transaction. The next pull names it, or takes it away. */
MODEL_MUST_USE enum outrider_code
pull_expect(struct outrider *core, uint64_t *out, struct outrider_err *err);

#endif
