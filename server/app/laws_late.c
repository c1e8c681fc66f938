/*
 * Laws of meetings, what follows from one: a plan that its own people change
 * after its window has opened is told to those who lead them, and a warning of
 * what isn't to come any more is taken back.
 */
#include "app/alerts.h"
#include "app/laws_rooms.h"
#include "app/running_late.h"
#include "app/visit_kinds.h"
#include "model/visit.h"

#define MARGIN_US ((int64_t)VISIT_MARGIN_S * 1000000)

static int64_t get(const struct row *row, uint32_t number)
{
	return kind_value(row, number)->i;
}

/* ------------------------------------------------------------ late changes */

/* By a manager, it needs no telling; by the server, nobody changed a plan. */
static bool is_own_act(const struct writing *w)
{
	const struct principal *who = w->intent->principal;

	return who && uuid_compare(&who->owner, &w->row->owner) == 0;
}

static enum outrider_code
tell_late_change(struct writing *w, struct outrider_err *err)
{
	int64_t agreed_us = get(w->row, MEETING_AGREED_START);
	bool is_marked = field_set_has(&w->changed, MEETING_LATE_CHANGE) &&
			 get(w->row, MEETING_LATE_CHANGE) != 0;
	struct alert *alert;

	if (agreed_us == 0 || !is_own_act(w) || !is_marked)
		return OUTRIDER_OK;
	alert = arena_alloc(w->arena, sizeof(*alert));
	if (!alert)
		return err_call_full(err);
	alert_of_late_change(alert, w->row, agreed_us, w->now_us);
	return alert_raise(w->app, w->tx, alert, w->arena, err);
}

/* ---------------------------------------------------- nobody is waited for */

/* False where it is planned as before, or still about to begin. */
static bool find_end(struct late_end *out, const struct writing *w)
{
	const struct row *old = w->old, *row = w->row;
	int64_t start_us = get(row, MEETING_START_TIME);

	*out = (struct late_end){ .at_us = start_us };
	if (!old || w->intent->op == CHANGE_UNDELETE)
		return false;
	if (w->intent->op == CHANGE_DELETE)
		out->reason = LATE_END_REMOVED;
	else if (uuid_compare(&old->owner, &row->owner) != 0)
		out->reason = LATE_END_GIVEN_AWAY;
	else if (field_set_has(&w->changed, MEETING_STATE) &&
		 get(row, MEETING_STATE) == MEETING_STATE_CANCELLED)
		out->reason = LATE_END_CALLED_OFF;
	else if (field_set_has(&w->changed, MEETING_START_TIME) &&
		 w->now_us < start_us - MARGIN_US)
		out->reason = LATE_END_PUT_OFF;
	else
		return false;
	return true;
}

enum outrider_code
laws_meeting_follow(struct writing *w, struct outrider_err *err)
{
	struct late_end end;
	enum outrider_code code = tell_late_change(w, err);

	if (code == OUTRIDER_OK)
		code = laws_check_in_follow(w, err);
	if (code != OUTRIDER_OK || !find_end(&end, w))
		return code;
	return running_late_end(w->app, w->tx, &w->row->id, &w->old->owner,
				&end, w->arena, err);
}
