/*
 * Who will be late, before it happens: what a position says of the meeting
 * under way or ahead, and of the one after it. A straight line at the speed of
 * a town, no roads and no traffic: so it is told as an estimate, only from five
 * minutes on, and once a meeting.
 */
#ifndef APP_RUNNING_LATE_H
#define APP_RUNNING_LATE_H

#include "app/alerts.h"
#include "app/whereabouts.h"

/* What a position makes of a meeting. */
struct meeting_course {
	struct uuid meeting;	/* zero: nothing */
	enum progress progress; /* NONE: stays as it is */
	int64_t expected_us;	/* arrival; 0: not on the way */
	int32_t late_s;
	bool is_alerted;
	struct alert alert; /* where is_alerted */
};

struct running_late {
	struct uuid rep;
	int64_t fix_us;
	struct meeting_course present, next;
};

/*
 * Fills the position's expected arrival, where the phone named none; a position
 * that is too old for that says nothing of what comes.
 */
void running_late_judge(struct running_late *out, struct position *position,
			const struct rep_day *day, int64_t now_us);

/*
 * Inside a write: the meetings get what is said of them, where the rep owns
 * them and it has changed by more than a minute or two; and the managers their
 * alerts. arena may go with it.
 */
MODEL_MUST_USE enum outrider_code
running_late_write(struct app *app, struct store_conn *tx,
		   const struct running_late *late, struct arena *arena,
		   struct outrider_err *err);

/* Why nobody has to be warned any more. */
enum late_end_reason {
	LATE_END_ARRIVED,    /* at_us: when, as the visit's evidence has it */
	LATE_END_SEEN_THERE, /* at_us: when, as the phone told on the way */
	LATE_END_TOLD_OVER,  /* at_us: when the phone told so */
	LATE_END_JUDGED,     /* and no arrival was seen */
	LATE_END_UNKNOWN,    /* over, and nothing is known of an arrival */
	LATE_END_CALLED_OFF,
	LATE_END_REMOVED,
	LATE_END_PUT_OFF, /* at_us: to when */
	LATE_END_GIVEN_AWAY,
	LATE_END_SILENCE, /* long past, and nothing was heard */
};

struct late_end {
	enum late_end_reason reason;
	int64_t start_us; /* when it should have begun */
	int64_t at_us;	  /* where the reason has one */
};

/*
 * Inside a write: what the rep was warned of being late for has begun or is
 * off. The warning, where one stands open, closes itself with a sentence that
 * says so: "Arrived at 14:12 EET, 7 minutes late." arena may go with it.
 */
MODEL_MUST_USE enum outrider_code
running_late_end(struct app *app, struct store_conn *tx,
		 const struct uuid *meeting, const struct uuid *rep,
		 const struct late_end *end, struct arena *arena,
		 struct outrider_err *err);

#endif
