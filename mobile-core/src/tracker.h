/*
 * tracker: the meetings' windows, fixes and verdicts, in a locked pocket.
 *
 * Owns which windows there are, when they open and close, and that what is
 * known of them is on disk: the TRACKING compartment alone, so that it works
 * while the cards are locked. It refuses to know of cards: it is told plans.
 *
 *	        told             opens             closes
 *	(card) -----> PLANNED ------------> OPEN ----------> entry of the chain
 *	                 |                     |
 *	                 | told anew: replaced | each tick: kept
 *	                 | gone: dropped       | told anew: the change is noted,
 *	                 |                     |   the old plan is judged
 *	                 |                     | gone: closes now
 *
 * Invariant: a window's row and the entry that it becomes change places in one
 * transaction, so that no window is lost and none is counted twice.
 */
#ifndef CORE_TRACKER_H
#define CORE_TRACKER_H

#include "core.h"
#include "evidence.h"
#include "model/visit.h"
#include "positions.h"
#include "windows.h"

/* Meetings that begin within this time are told to the tracker. */
#define TRACKER_HORIZON_US (INT64_C(48) * 3600 * 1000000)

/* A meeting of the next 48 hours, or one that is under way. */
struct tracker_window {
	struct visit_plan plan; /* valid; names the meeting */
	bool is_mine;		/* owner or participant: others' are ignored */
	bool is_unplanned;	/* a check-in */
};

enum { TRACKER_WINDOWS_MAX = 200 };

/* Reads the windows from the file; sets core->tracker. */
MODEL_MUST_USE enum outrider_code
tracker_open(struct outrider *core, struct outrider_err *err);
void tracker_close(struct outrider *core);
/* Reads them anew: the transaction that it took part in was rolled back. */
MODEL_MUST_USE enum outrider_code
tracker_reload(struct outrider *core, struct outrider_err *err);

/*
 * These are all the meetings that end after core->now_us and begin within
 * TRACKER_HORIZON_US of it (others may be among them), in the caller's
 * transaction. One that should be among them and isn't was cancelled.
 */
MODEL_MUST_USE enum outrider_code
tracker_set_windows(struct outrider *core, const struct tracker_window *windows,
		    size_t n, struct outrider_err *err);

/* A window that ended before its time, for whoever is to hear of it. */
struct tracker_end {
	bool was_open;
	struct window window; /* closed */
	struct visit_verdict verdict;
};

/* The rep has gone on to something else: what was seen of this meeting is
 * signed now, in the caller's transaction; afterwards it is told. */
MODEL_MUST_USE enum outrider_code
tracker_end_now(struct outrider *core, struct tracker_end *out,
		const uint8_t meeting_id[16], struct outrider_err *err);
void tracker_tell_end(struct outrider *core, const struct tracker_end *end);

/* As their namesakes in outrider.h; each has its own transactions. */
MODEL_MUST_USE enum outrider_code tracker_fix(struct outrider *core,
					      const struct outrider_fix *fix,
					      struct outrider_err *err);
/* Opens and closes windows that are due. *next_us: the wall time at which it
 * wants to be called again at the latest, INT64_MAX: not before something else
 * happens. */
MODEL_MUST_USE enum outrider_code
tracker_step(struct outrider *core, int64_t *next_us, struct outrider_err *err);
uint32_t tracker_wanted_interval(struct outrider *core, int64_t *until_us);
MODEL_MUST_USE enum outrider_code
tracker_visits(struct outrider *core, outrider_visit_fn *callback, void *user,
	       struct outrider_err *err);

MODEL_MUST_USE enum outrider_code
tracker_ledger(struct outrider *core, int64_t from_us, int64_t until_us,
	       outrider_sampled_fn *callback, void *user,
	       struct outrider_err *err);
void tracker_hint(struct outrider *core, enum outrider_hint hint);
MODEL_MUST_USE enum outrider_code
tracker_set_trouble(struct outrider *core, enum outrider_trouble trouble,
		    struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
tracker_note_attestation(struct outrider *core, struct outrider_err *err);

/* Positions that wait for the server; NULL before tracker_open. */
struct positions *tracker_positions(const struct outrider *core);
/* Fixes that were passed on in this run, and those outside of windows. */
void tracker_counts(const struct outrider *core, uint64_t *n_fixes,
		    uint64_t *n_outside);
/* What is in memory of where the rep was goes: the phone is wiped. */
void tracker_forget_sights(struct outrider *core);

/* The server's clock said so just now. */
void tracker_hear_time(struct outrider *core, int64_t us);
/* The chain, for evidence; NULL before tracker_open. */
struct evidence_chain *tracker_chain(const struct outrider *core);

#endif
