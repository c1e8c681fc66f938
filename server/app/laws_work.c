/*
 * Laws of leads, tasks and targets: who made a task and when it was done; what
 * makes a lead a customer; whose plan it is.
 */
#include "app/laws_rooms.h"
#include "app/selling_kinds.h"

enum outrider_code laws_task_settle(struct writing *w, struct outrider_err *err)
{
	struct value *done_time = kind_value(w->row, TASK_DONE_TIME);
	struct uuid author = laws_acting_user(w);

	if (kind_value(w->row, TASK_STATE)->i != TASK_STATE_DONE)
		done_time->i = 0;
	else if (done_time->i == 0)
		done_time->i = w->now_us;
	if (w->intent->op != CHANGE_CREATE || uuid_is_zero(&author))
		return OUTRIDER_OK;
	return laws_set_id(kind_value(w->row, TASK_AUTHOR), &author, w->arena,
			   err);
}

/* A plan that names nobody is its owner's. */
enum outrider_code
laws_target_settle(struct writing *w, struct outrider_err *err)
{
	struct value *user = kind_value(w->row, TARGET_USER);

	if (value_is_set(user) || value_is_set(kind_value(w->row, TARGET_TEAM)))
		return OUTRIDER_OK;
	return laws_set_id(user, &w->row->owner, w->arena, err);
}

static bool is_converted(const struct row *lead)
{
	return lead &&
	       kind_value(lead, LEAD_STATUS)->i == LEAD_STATUS_CONVERTED;
}

/* What somebody wrote offline meanwhile doesn't undo it. */
enum outrider_code laws_lead_settle(struct writing *w, struct outrider_err *err)
{
	(void)err;
	if (w->intent->seq > 0 && is_converted(w->old))
		kind_value(w->row, LEAD_STATUS)->i = LEAD_STATUS_CONVERTED;
	return OUTRIDER_OK;
}

enum outrider_code laws_lead_check(struct writing *w, struct outrider_err *err)
{
	const struct write_intent *intent = w->intent;

	if (is_converted(w->old) == is_converted(w->row) ||
	    !intent->principal ||
	    field_set_has(&intent->granted, LEAD_CONVERT_TIME))
		return OUTRIDER_OK;
	if (is_converted(w->old))
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, "status",
			       "a lead that was converted stays so");
	return laws_refuse(err, "status", "ConvertLead alone converts a lead");
}
