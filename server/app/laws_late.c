/*
 * Laws of meetings, what follows from one: a plan that its own people change
 * after its window has opened is told to those who lead them.
 */
#include "app/alerts.h"
#include "app/laws_rooms.h"
#include "app/visit_kinds.h"
#include "model/visit.h"

#define MARGIN_US ((int64_t)VISIT_MARGIN_S * 1000000)

/* By a manager, it needs no telling; by the server, nobody changed a plan. */
static bool is_own_act(const struct writing *w)
{
	const struct principal *who = w->intent->principal;

	return who && uuid_compare(&who->owner, &w->row->owner) == 0;
}

/* Removed in its window or within a quarter of an hour of it: later it is
 * history that somebody tidies up. */
static bool is_removed_late(const struct writing *w)
{
	return w->intent->op == CHANGE_DELETE &&
	       w->now_us >= kind_value(w->row, MEETING_AGREED_START)->i -
				    MARGIN_US &&
	       w->now_us <=
		       kind_value(w->row, MEETING_AGREED_END)->i + MARGIN_US;
}

enum outrider_code
laws_meeting_follow(struct writing *w, struct outrider_err *err)
{
	int64_t agreed_us = kind_value(w->row, MEETING_AGREED_START)->i;
	bool is_marked = field_set_has(&w->changed, MEETING_LATE_CHANGE) &&
			 kind_value(w->row, MEETING_LATE_CHANGE)->i != 0;
	bool is_removed = is_removed_late(w);
	struct alert *alert;

	if (agreed_us == 0 || !is_own_act(w) || (!is_marked && !is_removed))
		return OUTRIDER_OK;
	alert = arena_alloc(w->arena, sizeof(*alert));
	if (!alert)
		return laws_no_memory(err);
	alert_of_late_change(
		alert, w->row,
		is_removed || kind_value(w->row, MEETING_LATE_CHANGE)->i ==
				      LATE_CHANGE_CANCELLED,
		agreed_us, w->now_us);
	return alert_raise(w->app, w->tx, alert, w->arena, err);
}
