/*
 * Findings on meetings: what the server makes of evidence, and where it says
 * so. The rest of VisitService is behind its handlers.
 */
#ifndef APP_VISITS_H
#define APP_VISITS_H

#include "app/write.h"
#include "model/visit.h"
#include "store/visits.h"

/*
 * The plan that a visit of this meeting is judged by: its times, pin, radius
 * and minimum dwell, 0 standing for the defaults, as a phone reads them. False
 * where the meeting has none that can be judged.
 */
bool plan_of_meeting(struct visit_plan *out, const struct row *meeting);

/*
 * Since when did the server know the meeting's plan as it was judged? Fills
 * is_plan_agreed and plan_seen_us of a finding whose plan and meeting are set,
 * out of the change log, and marks it (plan_mark). opened_us is when the window
 * opened. meeting is the standing row, or NULL: it has not reached the server.
 */
MODEL_MUST_USE enum outrider_code
plan_judge(struct visit_finding *visit, struct store_conn *conn,
	   const struct row *meeting, int64_t opened_us, struct arena *arena,
	   struct outrider_err *err);

/*
 * What the meeting's record says of the visit: that nobody had planned it, so
 * that nobody can have come late, or that it was changed too late.
 */
void plan_mark(struct visit_finding *visit, const struct row *meeting);

/* Is the meeting planned as the finding was judged? */
bool plan_is_judged(const struct row *meeting,
		    const struct visit_finding *visit);

/*
 * Inside a write: says the finding where people look. The meeting gets the
 * words of its visits together, its place what the visit says of it, and the
 * managers an alert where there is something to look at; of a meeting that was
 * cancelled or deleted before it began, that is somebody else's or not here yet
 * nobody is told.
 */
MODEL_MUST_USE enum outrider_code
visit_announce(struct app *app, struct store_conn *tx,
	       const struct visit_finding *visit, struct arena *arena,
	       struct outrider_err *err);

/*
 * Inside a write: a meeting that a phone planned has arrived, or is back after
 * it was deleted. Evidence of it may have come before, because phones send
 * evidence first.
 */
MODEL_MUST_USE enum outrider_code
visit_meeting_came(struct app *app, struct store_conn *tx,
		   const struct row *meeting, bool is_back, int64_t now_us,
		   struct arena *arena, struct outrider_err *err);

#endif
