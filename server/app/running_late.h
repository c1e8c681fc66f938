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

#endif
