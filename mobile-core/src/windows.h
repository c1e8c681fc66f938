/*
 * windows: the watch over one planned meeting.
 *
 * Owns a window's plan, its detector while it is open, and the bytes of both:
 * what is kept on disk after every tick, and the content that is signed at the
 * end. It refuses to know of clocks, rows, keys and of other windows.
 */
#ifndef CORE_WINDOWS_H
#define CORE_WINDOWS_H

#include "ledger.h"
#include "model/arena.h"
#include "model/evidence.h"
#include "model/tick.h"
#include "model/visit.h"

/* The memory of an open window. */
struct window_live {
	struct tick_quantiser quantiser;
	struct visit visit;
	struct evidence_draft draft; /* its bytes lie in content */
	struct ledger_page page;
	uint8_t content[EVIDENCE_MAX_BYTES];
};

struct window {
	uint64_t number;	  /* of its row: never used again */
	struct visit_plan plan;	  /* what is judged: known before it opened */
	struct visit_plan told;	  /* what the meeting's card says by now */
	struct window_live *live; /* NULL: not open */
	bool is_check_in;	  /* nobody had planned it */
	bool is_told_late;	  /* once, so that a restart tells it no more */
	/* What the host was told of it in this run: progress.h. */
	uint8_t told_stage; /* enum outrider_progress */
	bool is_outcome_asked;
};

/* When it opens and when it is over: the plan's time and VISIT_MARGIN_S on
 * both sides. */
int64_t window_opens_us(const struct window *window);
int64_t window_closes_us(const struct window *window);
bool window_is_same_plan(const struct visit_plan *a,
			 const struct visit_plan *b);

/* False without memory, and the window stays as it was. */
bool window_open(struct window *window, const struct allocator *allocator);
/* Wipes and frees what an open window holds; well for any window. */
void window_release(struct window *window, const struct allocator *allocator);

/* A time between its opening and its closing. */
bool window_holds(const struct window *window, int64_t time_us);
/* Takes a fix; one outside of the window leaves no trace. True if a tick came
 * of it, and the window is worth keeping anew. The window is open. */
bool window_take_fix(struct window *window, const struct fix *fix);
/* What happened beside the fixes, for whoever reads the evidence. The window
 * is open. */
void window_note(struct window *window, enum tick_note note);
void window_set_trouble(struct window *window, enum tick_trouble trouble,
			int64_t now_us);
/* What would be said if it closed now. The window is open. */
void window_judge(const struct window *window, struct visit_verdict *out);
/* Ends the watch: content and verdict. At most at closed_us, which is moved to
 * hold the last tick. The window is open, and of no use afterwards. */
void window_finish(struct window *window, int64_t *closed_us,
		   struct visit_verdict *verdict);

#define WINDOW_ROW_MAX                                             \
	(4 + 2 * VISIT_PLAN_MAX_BYTES + TICK_QUANTISER_BYTES + 2 + \
	 VISIT_STATE_MAX_BYTES + 2 + EVIDENCE_MAX_BYTES + LEDGER_PAGE_MAX)
/* Returns the length. */
size_t window_save(const struct window *window, uint8_t out[WINDOW_ROW_MAX]);

enum window_loaded {
	WINDOW_LOADED,
	/* What was seen of it can't be read: it is as planned, and opens
	 * anew. */
	WINDOW_UNSEEN,
	WINDOW_DAMAGED, /* the bytes are not a window's */
	WINDOW_NO_MEMORY,
};
/* Fills all but the number. The window is empty before. One that a program with
 * another detector kept is judged by this one's, with the same ticks. */
enum window_loaded window_load(struct window *window,
			       const struct allocator *allocator,
			       const uint8_t *row, size_t len);

#endif
