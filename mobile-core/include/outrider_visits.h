/*
 * A part of outrider.h, which includes it: meetings in the field. Fixes go in,
 * verdicts come out; check-ins, outcomes, and what of it was kept and why.
 *
 * A planned meeting needs none of these calls but outrider_add_fix(): its
 * window opens 15 minutes before the start and closes 15 minutes behind the
 * end, by itself, with the cards locked or not. Outside of all windows no fix
 * is looked at.
 *
 *	PLANNED -> ON_THE_WAY -> ARRIVED -> IN_PROGRESS -> ENDED -> OUTCOME_DUE
 *	   window open   at the place   for min_dwell_s   left, or the window
 *	                                                  is over
 */
#ifndef OUTRIDER_VISITS_H
#define OUTRIDER_VISITS_H

#include "outrider.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ fixes */

enum outrider_fix_flag {
	OUTRIDER_FIX_MOCK = 1 << 0, /* the platform says it is simulated */
	OUTRIDER_FIX_AGAINST_SENSORS = 1 << 1, /* steps or motion say that the
						* phone wasn't moved so */
	OUTRIDER_FIX_RMS = 1 << 2, /* accuracy_m is a root mean square in the
				    * plane, as iOS gives it (63 %), and is
				    * converted */
};

struct outrider_fix {
	int64_t time_us; /* GPS time, not the time of arrival */
	double latitude; /* degrees, WGS 84 */
	double longitude;
	double accuracy_m; /* 68 % radius, as Android gives it; 0: not known */
	unsigned flags;
};

/*
 * Passes one GPS fix on. Outside every window it is dropped unseen. Works
 * locked. Errors: INVALID_ARGUMENT (not a place on earth), RESOURCE_EXHAUSTED
 * (the disk: pass it again later).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_add_fix(struct outrider *core, const struct outrider_fix *fix,
		 struct outrider_err *err);

/*
 * How often a fix is worth its battery now, in seconds; 0: not at all before
 * *until_us (the next window, or INT64_MAX).
 */
OUTRIDER_API uint32_t outrider_wanted_interval(struct outrider *core,
					       int64_t *until_us);

/*
 * What the platform knows for next to no battery. It moves the next wanted fix
 * earlier or later (ask outrider_wanted_interval again), and is never needed:
 * no verdict rests on it.
 */
enum outrider_hint {
	OUTRIDER_HINT_STILL, /* the phone lies still; for half an hour at most,
			      * unless it is said again */
	OUTRIDER_HINT_MOVING,
	OUTRIDER_HINT_ENTERED_REGION, /* a coarse one about a meeting's pin */
	OUTRIDER_HINT_LEFT_REGION,
};

OUTRIDER_API void outrider_hint(struct outrider *core, enum outrider_hint hint);

/*
 * Why the host can give no fixes, or fewer than are wanted: it stands in the
 * evidence of every window that it lasts in, so that a gap is explained. Tell
 * it when it begins, when it is over (NONE), and after outrider_open while it
 * lasts. Works locked.
 */
enum outrider_trouble {
	OUTRIDER_TROUBLE_NONE,
	OUTRIDER_TROUBLE_GPS_OFF,	/* location is switched off */
	OUTRIDER_TROUBLE_NO_PERMISSION, /* ... not allowed to the app */
	OUTRIDER_TROUBLE_LOW_POWER,	/* ... withheld to save the battery */
};

/* Errors: INVALID_ARGUMENT (none of these), RESOURCE_EXHAUSTED. */
OUTRIDER_CHECKED enum outrider_code
outrider_set_trouble(struct outrider *core, enum outrider_trouble trouble,
		     struct outrider_err *err);
/*
 * The platform's attestation found the app or the phone altered: it stands in
 * the evidence of the windows that are open. Errors: RESOURCE_EXHAUSTED.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_note_attestation(struct outrider *core, struct outrider_err *err);

/* ----------------------------------------------------------------- visits */

enum outrider_progress {
	OUTRIDER_PLANNED,     /* its window isn't open, or nothing came yet */
	OUTRIDER_ON_THE_WAY,  /* not at the place */
	OUTRIDER_ARRIVED,     /* at the place, for less than the least dwell */
	OUTRIDER_IN_PROGRESS, /* for longer than that */
	OUTRIDER_ENDED,	      /* left the place, or the window is over */
	OUTRIDER_OUTCOME_DUE, /* ended, and its card (open) has no outcome */
};

/* "ON_THE_WAY"; NULL for none of these. */
OUTRIDER_API const char *
outrider_progress_name(enum outrider_progress progress);

/* What the core says of one of its own meetings. */
struct outrider_visit {
	uint8_t meeting_id[16];
	int64_t start_us, end_us;	 /* as planned */
	const char *word;		 /* "PRESENT", ... */
	bool is_firm, is_closed;	 /* closed: signed into the chain */
	bool has_receipt;		 /* the server holds it */
	int64_t arrived_us, departed_us; /* 0: no stay at the place */
	uint32_t dwell_s, dwell_min_s, dwell_max_s;
	double log_odds;
	uint64_t entry_number; /* in this device's chain; 0: open */

	enum outrider_progress progress;
	/* On the way: a straight line from the last fix, 0 where there is none
	 * of this run; and how much later than start_us that is. */
	int64_t expected_arrival_us;
	uint32_t late_s;
	/* For the rep: what was seen, how sure that is, and why; the words of
	 * an open one are what would be said if it closed now. Borrowed for
	 * the call. */
	const char *sentence;
	bool has_rebuttal; /* a card "rebuttal" of it; false while locked */
};

typedef bool outrider_visit_fn(void *user, const struct outrider_visit *visit);

/* Visits the windows that are open or closed and kept, oldest first. Works
 * locked; what a callback gets, here and below, is borrowed for its call, and
 * false stops. */
OUTRIDER_CHECKED enum outrider_code
outrider_visits(struct outrider *core, outrider_visit_fn *callback, void *user,
		struct outrider_err *err);

/* --------------------------------------------------------------- check-in */

/* A place that somebody may be at. */
struct outrider_candidate {
	const struct outrider_card *place;
	uint8_t company_id[16]; /* the place's own; zeros: none */
	double distance_m;	/* from the fix to the pin */
	bool is_inside; /* within its outline or radius, as far as the fix's
			 * accuracy goes */
};

typedef bool
outrider_candidate_fn(void *user, const struct outrider_candidate *candidate);

/*
 * Visits the places within 1 km of a fix, those that it lies in first, the
 * nearest first among them; at most limit (0: 10).
 * Errors: LOCKED, INVALID_ARGUMENT (not on earth), RESOURCE_EXHAUSTED.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_check_in_candidates(struct outrider *core,
			     const struct outrider_fix *fix, size_t limit,
			     outrider_candidate_fn *callback, void *user,
			     struct outrider_err *err);

struct outrider_check_in {
	const struct outrider_fix *fix; /* the newest */
	/* Which place; NULL: the only one that the fix lies in. */
	const uint8_t *place_id;
	bool is_at_spot;     /* instead: where the fix is, of no known place */
	const char *subject; /* NULL: the place's name, or "Check-in" */
	int32_t minutes;     /* how long it may take; 0: 60 */
	int32_t min_dwell_s; /* 0: 180 */
};

/*
 * A visit that nobody planned begins now: a card of kind "meeting" (it says
 * so: is_unplanned) with the place's pin, company and outline goes into the
 * outbox, and its window is open when this returns. Without the network.
 *
 * One place at a time. A second check-in where one goes on is that one: at the
 * same place, or at a spot within its radius about the same subject (or none).
 * Anywhere else, or about something else, it ends the one before: its card ends
 * now, what was seen of it is judged and signed up to now, its outcome is asked
 * for (the events), and no minute counts for both. A planned meeting that is
 * under way goes on: others agreed on it.
 *
 * Errors: NOT_FOUND (no place here, or no such place), FAILED_PRECONDITION
 * (several places here: choose one), OUT_OF_RANGE (the place chosen is more
 * than 1 km from the fix), ALREADY_EXISTS (one goes on here: id_out is it),
 * LOCKED, INVALID_ARGUMENT (the fix is older than ten minutes, or made no
 * sense), RESOURCE_EXHAUSTED.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_check_in(struct outrider *core, uint8_t id_out[16],
		  const struct outrider_check_in *check_in,
		  struct outrider_err *err);

/* ---------------------------------------------------------------- outcome */

/* What came of a meeting, and what comes next: one of next_start_us, next_step
 * and has_no_next_step, or none of them yet. */
struct outrider_outcome {
	const char *text;
	bool was_held;	       /* sets the meeting's state so */
	const char *next_step; /* NULL: none said */
	int64_t next_step_us;  /* 0: no time said */
	bool has_no_next_step;
	/* The next meeting: planned here and now. */
	int64_t next_start_us;	      /* 0: none */
	int32_t next_minutes;	      /* 0: 60 */
	const uint8_t *next_place_id; /* NULL: where this one was */
};

/*
 * Writes the outcome, the next step and, where asked, the next meeting with the
 * same company and contacts: durable together or not at all. next_id_out (may
 * be NULL) is the new meeting, zeros if there is none.
 * Errors: NOT_FOUND, LOCKED, INVALID_ARGUMENT (field says which).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_set_outcome(struct outrider *core, const uint8_t meeting_id[16],
		     uint8_t next_id_out[16],
		     const struct outrider_outcome *outcome,
		     struct outrider_err *err);

/*
 * Visits one's own meetings that ended between from_us and now and have no
 * outcome, or neither a next step nor the word that there is none; oldest
 * first. Errors: LOCKED, RESOURCE_EXHAUSTED.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_outcomes_due(struct outrider *core, int64_t from_us,
		      outrider_card_fn *callback, void *user,
		      struct outrider_err *err);

/* ----------------------------------------------------------------- ledger */

struct outrider_span {
	int64_t from_us, until_us; /* whole minutes */
};

/* What was taken of the rep's whereabouts in one window, and why. */
struct outrider_sampled {
	uint8_t meeting_id[16];
	bool is_check_in; /* why: a check-in, or a planned meeting */
	bool is_open;	  /* it goes on */
	int64_t opens_us, closes_us;
	uint32_t n_fixes;     /* that the host passed on */
	uint32_t n_ticks;     /* what became of them in the evidence */
	uint32_t n_positions; /* told the server as positions, or to be */
	/* The minutes that have a fix; of no other minute anything was kept. */
	const struct outrider_span *spans;
	size_t n_spans;
};

typedef bool
outrider_sampled_fn(void *user, const struct outrider_sampled *sampled);

/*
 * Visits all windows that touch [from, until), closed ones first, in the order
 * of their closing. It outlives the evidence: nothing of it is ever purged.
 * Who asked the server where one is, is in cards of kind "look".
 * Works locked. Errors: RESOURCE_EXHAUSTED.
 */
OUTRIDER_CHECKED enum outrider_code
outrider_ledger(struct outrider *core, int64_t from_us, int64_t until_us,
		outrider_sampled_fn *callback, void *user,
		struct outrider_err *err);

#ifdef __cplusplus
}
#endif

#endif
