/*
 * What the files of PositionService share: see docs/positions.md.
 */
#ifndef APP_POSITIONS_PARTS_H
#define APP_POSITIONS_PARTS_H

#include "app/call.h"
#include "app/whereabouts.h"
#include "outrider/v1/position.pb-c.h"

call_start_fn positions_report_start;
call_start_fn positions_where_start;
call_start_fn positions_watch_start;

/*
 * In a snapshot: may the caller know where the rep is? The rep, who leads
 * them, and administrators; and nobody whose role hides what is told.
 * Errors: NOT_FOUND (no such user that the caller sees), PERMISSION_DENIED.
 */
MODEL_MUST_USE enum outrider_code positions_admit(struct app_call *call,
						  const struct uuid *rep,
						  struct arena *arena);
/* Of a role that hides meetings, or where they are: PERMISSION_DENIED. */
MODEL_MUST_USE enum outrider_code
positions_admit_role(const struct principal *who, struct outrider_err *err);

/* Writes the message into call->reply, ready to be sent. */
MODEL_MUST_USE enum outrider_code
positions_reply(struct app_call *call, const struct uuid *rep,
		const struct whereabouts *whereabouts, int64_t now_us);

/* Says to streams that a rep of this team was seen. After the commit. */
void positions_tell(struct app *app, const struct uuid *rep,
		    const struct uuid *team, uint64_t seq);

#endif
