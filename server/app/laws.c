/*
 * The order of the laws of a write, and the table of those that a kind has of
 * its own. What a law says stands in its room, laws_*.c.
 */
#include "app/laws_rooms.h"

#include "app/selling_kinds.h"
#include "app/teams.h"
#include "app/visit_kinds.h"

static const struct kind_laws kinds[] = {
	{ KIND_USER, .check = laws_user_check, .follow = laws_user_follow },
	{ KIND_TEAM, .settle = laws_team_settle, .check = laws_team_check },
	{ KIND_ROLE, .check = laws_role_check },
	{ KIND_SERVICE_ACCOUNT, .check = laws_service_account_check,
	  .follow = laws_service_account_follow },
	{ KIND_PLACE, .settle = laws_place_settle, .check = laws_place_check,
	  .follow = laws_place_follow },
	{ KIND_MEETING, .settle = laws_meeting_settle,
	  .bury = laws_meeting_bury, .check = laws_meeting_check,
	  .follow = laws_meeting_follow },
	{ KIND_ALERT, .settle = laws_alert_settle, .check = laws_alert_check },
	{ KIND_REBUTTAL, .check = laws_rebuttal_check,
	  .follow = laws_rebuttal_follow },
	{ KIND_LEAD, .settle = laws_lead_settle, .check = laws_lead_check },
	{ KIND_SEGMENT, .check = laws_segment_check },
	{ KIND_DEAL, .settle = laws_deal_settle, .check = laws_deal_check },
	{ KIND_ORDER, .settle = laws_order_settle },
	{ KIND_PAYMENT, .follow = laws_payment_follow },
	{ KIND_CLAIM, .settle = laws_claim_settle },
	{ KIND_QUOTE, .settle = laws_quote_settle },
	{ KIND_INVOICE, .settle = laws_invoice_settle },
	{ KIND_CALL, .settle = laws_reach_settle, .check = laws_reach_check },
	{ KIND_MESSAGE, .settle = laws_reach_settle,
	  .check = laws_reach_check },
	{ KIND_ANSWER, .settle = laws_reach_settle,
	  .check = laws_answer_check },
	{ KIND_TASK, .settle = laws_task_settle },
	{ KIND_ATTACHMENT, .settle = laws_attachment_settle },
	{ KIND_TARGET, .settle = laws_target_settle },
	{ KIND_CUSTOM_FIELD, .check = laws_custom_field_check },
};

/* What a record begins as: "unspecified" would be the same under two names. */
static const struct {
	uint32_t kind, field;
	int64_t value;
} defaults[] = {
	{ KIND_MEETING, MEETING_STATE, MEETING_STATE_PLANNED },
	{ KIND_ALERT, ALERT_FIELD_STATE, ALERT_STATE_OPEN },
	{ KIND_LEAD, LEAD_STATUS, LEAD_STATUS_NEW },
	{ KIND_DEAL, DEAL_STATE, DEAL_STATE_OPEN },
	{ KIND_ORDER, ORDER_STATUS, ORDER_STATUS_ACCEPTED },
	{ KIND_CLAIM, CLAIM_STATE, CLAIM_STATE_OPEN },
	{ KIND_QUOTE, QUOTE_STATE, QUOTE_STATE_DRAFT },
	{ KIND_INVOICE, INVOICE_STATE, INVOICE_STATE_DRAFT },
	{ KIND_TASK, TASK_STATE, TASK_STATE_OPEN },
};

static const struct kind_laws *laws_of(const struct writing *w)
{
	static const struct kind_laws none;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].kind == w->row->entity->number)
			return &kinds[i];
	return &none;
}

static enum outrider_code
run(law_fn *law, struct writing *w, struct outrider_err *err)
{
	return law ? law(w, err) : OUTRIDER_OK;
}

static void settle_defaults(struct row *row)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		struct value *value;

		if (defaults[i].kind != row->entity->number)
			continue;
		value = kind_value(row, defaults[i].field);
		if (value->i == 0)
			value->i = defaults[i].value;
	}
}

enum outrider_code laws_settle(struct writing *w, struct outrider_err *err)
{
	const struct principal *who = w->intent->principal;
	enum outrider_code code = OUTRIDER_OK;

	settle_defaults(w->row);
	/* Who doesn't see a value doesn't take it away by leaving it out. */
	if (who)
		code = access_keep_hidden(w->row, w->old, who, w->arena, err);
	if (code == OUTRIDER_OK)
		code = laws_lines_settle(w, err);
	return code == OUTRIDER_OK ? run(laws_of(w)->settle, w, err) : code;
}

enum outrider_code laws_bury(struct writing *w, struct outrider_err *err)
{
	return run(laws_of(w)->bury, w, err);
}

enum outrider_code laws_check(struct writing *w, struct outrider_err *err)
{
	enum outrider_code code = laws_check_references(w, err);

	if (code == OUTRIDER_OK)
		code = laws_check_trees(w, err);
	if (code == OUTRIDER_OK)
		code = laws_custom_values_check(w, err);
	if (code == OUTRIDER_OK)
		code = run(laws_of(w)->check, w, err);
	return code;
}

enum outrider_code laws_follow(struct writing *w, struct outrider_err *err)
{
	laws_rights_changed(w);
	return run(laws_of(w)->follow, w, err);
}

/* ----------------------------------------------------------- for the rooms */

enum outrider_code
laws_refuse(struct outrider_err *err, const char *field, const char *text)
{
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, field, "%s", text);
}

enum outrider_code laws_set_id(struct value *value, const struct uuid *id,
			       struct arena *arena, struct outrider_err *err)
{
	value->bytes = arena_copy(arena, id->at, sizeof(id->at));
	return value->bytes.at ? OUTRIDER_OK : err_call_full(err);
}

struct uuid laws_acting_user(const struct writing *w)
{
	const struct principal *who = w->intent->principal;

	if (!who)
		return (struct uuid){ { 0 } };
	return uuid_is_zero(&who->owner) ? who->user : who->owner;
}

/* -------------------------------------------------------------- ownership */

/* The user who owns row; who founds the firm owns themself. */
static enum outrider_code
find_owner(struct row **out, struct writing *w, struct outrider_err *err)
{
	const struct row *row = w->row;
	enum outrider_code code;

	*out = w->row;
	if (row->entity->number == KIND_USER &&
	    uuid_compare(&row->owner, &row->id) == 0)
		return OUTRIDER_OK;
	code = store_get(w->tx, out, schema_entity(KIND_USER), &row->owner,
			 w->arena, err);
	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && (*out)->deleted_us != 0))
		return laws_refuse(err, "owner_id", "there is no such user");
	return code;
}

static enum outrider_code
may_own(const struct writing *w, struct outrider_err *err)
{
	const struct principal *who = w->intent->principal;
	bool may = false;

	if (!who || uuid_compare(&who->owner, &w->row->owner) == 0)
		return OUTRIDER_OK;
	switch (who->rank) {
	case RANK_NONE:
	case RANK_REP:
		break;
	case RANK_MANAGER:
		may = access_leads(who, &w->row->team);
		break;
	case RANK_ADMINISTRATOR:
		may = true;
		break;
	}
	if (may)
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_PERMISSION_DENIED, "owner_id",
		       who->rank == RANK_MANAGER
			       ? "the owner must be in a team that you lead"
			       : "you may own records only yourself");
}

enum outrider_code
laws_settle_owner(struct writing *w, struct outrider_err *err)
{
	const struct principal *who = w->intent->principal;
	struct row *row = w->row, *owner;
	bool is_new = w->intent->op == CHANGE_CREATE;
	bool is_moved = !w->old || uuid_compare(&w->old->owner, &row->owner);
	enum outrider_code code;

	if (is_new && who && uuid_is_zero(&row->owner))
		row->owner = who->owner;
	if (uuid_is_zero(&row->owner))
		return who ? laws_refuse(err, "owner_id",
					 "a record has an owner")
			   : OUTRIDER_OK;
	if (!is_moved && w->intent->op != CHANGE_UNDELETE)
		return OUTRIDER_OK;
	/* Whom an alert is about is what the server found. */
	if (who && row->entity->is_server_made && is_moved)
		return err_set(err, OUTRIDER_PERMISSION_DENIED, "owner_id",
			       "only the server says whose %s this is",
			       row->entity->name);
	code = find_owner(&owner, w, err);
	if (code != OUTRIDER_OK)
		return code;
	code = team_of_user(&row->team, w->tx, owner, w->arena, err);
	if (code != OUTRIDER_OK)
		return code;
	return is_moved ? may_own(w, err) : OUTRIDER_OK;
}
