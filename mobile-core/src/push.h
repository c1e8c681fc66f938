/*
 * push: the outbox's mutations to the server, and what became of them.
 *
 * Owns what an answer does: applied and merged edits become the server's state
 * on the card and leave the outbox, refused ones are parked; all of a page in
 * one transaction with the number up to which answers were received. It
 * refuses to know when a push happens.
 */
#ifndef CORE_PUSH_H
#define CORE_PUSH_H

#include "model/arena.h"
#include "model/err.h"

struct outrider;

/*
 * Appends a PushRequest with the oldest mutations that wait; *n: how many.
 * Nothing is appended where none does.
 */
MODEL_MUST_USE enum outrider_code
push_request(struct outrider *core, struct buffer *request, size_t *n,
	     struct outrider_err *err);
/* The same without mutations: only to be heard of. */
MODEL_MUST_USE enum outrider_code push_contact(struct outrider *core,
					       struct buffer *request,
					       struct outrider_err *err);
/* Takes the answer to a request of n mutations. Errors: DATA_LOSS; nothing of
 * it took effect then. */
MODEL_MUST_USE enum outrider_code push_answered(struct outrider *core, size_t n,
						struct bytes response,
						struct outrider_err *err);

#endif
