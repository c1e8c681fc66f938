/*
 * push: the outbox's mutations to the server, and what became of them.
 *
 * Owns what an answer does: applied and merged edits become the server's state
 * on the card and leave the outbox, refused ones are parked; all of a page in
 * one transaction with the number up to which answers were received. It
 * refuses to know when a push happens.
 *
 * While a page is under way the one behind it is made ready, so that it can go
 * the moment the answer has come, and the server works on it while this one's
 * answer is written down: sync.h says why it may. And the cards that the answer
 * will be about are opened (row_ahead.h), for nobody waits yet.
 */
#ifndef CORE_PUSH_H
#define CORE_PUSH_H

#include "model/arena.h"
#include "model/err.h"

struct outrider;
struct rpc_result;

/* Mutations without a gap. */
struct push_page {
	size_t n;
	uint64_t last_seq;
};

struct push {
	struct push_page under_way;
	struct push_page next; /* n 0: none is ready */
	struct buffer request; /* of the next */
	size_t page_most;      /* mutations a page */
	size_t page_now;       /* the same, after what came to nothing */
};

void push_init(struct push *push, const struct allocator *allocator);
/* Fewer mutations a page than a call may have: for worlds with small outboxes
 * and many pages. */
void push_set_page(struct outrider *core, size_t most);
/*
 * The page under way was too much for the server or the line: it wasn't
 * answered in time, or its answer is too large. Half as many go from now on, so
 * that some come through, ...
 */
void push_came_to_nothing(struct outrider *core);
/* ... until a sync has. */
void push_came_through(struct outrider *core);

/*
 * Appends a PushRequest with the oldest mutations that wait, which are under
 * way then. Nothing is appended where none does.
 */
MODEL_MUST_USE enum outrider_code push_request(struct outrider *core,
					       struct buffer *request,
					       struct outrider_err *err);
/* The same without mutations: only to be heard of. */
MODEL_MUST_USE enum outrider_code push_contact(struct outrider *core,
					       struct buffer *request,
					       struct outrider_err *err);

/* A page is under way: makes the one behind it ready, if there is one, and
 * opens what the answer will be about. What fails is done when its turn
 * comes. */
void push_use_wait(struct outrider *core);
/* Moves the page that is ready into *request, to be freed by the caller; it is
 * under way then. False: none is. */
bool push_take_ready(struct outrider *core, struct buffer *request);
/* What the wait was used for. */
void push_forget_wait(struct outrider *core);

/* Of the page that was under way. */
struct push_answer {
	struct rpc_result *results;
	size_t n;
};

/* Reads the answer to n mutations into the work arena. Errors: DATA_LOSS. */
MODEL_MUST_USE enum outrider_code
push_read(struct outrider *core, struct push_answer *out, size_t n,
	  struct bytes response, struct outrider_err *err);
/* It takes effect, wholly or not at all. */
MODEL_MUST_USE enum outrider_code push_settle(struct outrider *core,
					      const struct push_answer *answer,
					      struct outrider_err *err);

#endif
