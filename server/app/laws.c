/*
 * The order of the laws of a write, and the table of those that a kind has of
 * its own. What a law says stands in its room, laws_*.c.
 */
#include "app/laws_rooms.h"

#include "app/kinds.h"
#include "app/teams.h"

static const struct kind_laws kinds[] = {
	{ KIND_USER, .check = laws_user_check, .follow = laws_user_follow },
	{ KIND_TEAM, .settle = laws_team_settle, .check = laws_team_check,
	  .follow = laws_team_follow },
	{ KIND_MEETING, .settle = laws_meeting_settle },
	{ KIND_ALERT, .settle = laws_alert_settle, .check = laws_alert_check },
	{ KIND_CALL, .settle = laws_reach_settle, .check = laws_reach_check },
	{ KIND_MESSAGE, .settle = laws_reach_settle,
	  .check = laws_reach_check },
	{ KIND_ANSWER, .settle = laws_reach_settle, .check = laws_reach_check },
	{ KIND_ATTACHMENT, .settle = laws_attachment_settle },
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

enum outrider_code laws_settle(struct writing *w, struct outrider_err *err)
{
	return run(laws_of(w)->settle, w, err);
}

enum outrider_code laws_check(struct writing *w, struct outrider_err *err)
{
	enum outrider_code code = laws_check_references(w, err);

	if (code == OUTRIDER_OK)
		code = laws_check_trees(w, err);
	if (code == OUTRIDER_OK)
		code = run(laws_of(w)->check, w, err);
	return code;
}

enum outrider_code laws_follow(struct writing *w, struct outrider_err *err)
{
	return run(laws_of(w)->follow, w, err);
}

/* ----------------------------------------------------------- for the rooms */

enum outrider_code
laws_refuse(struct outrider_err *err, const char *field, const char *text)
{
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, field, "%s", text);
}

void laws_default(struct row *row, uint32_t number, int64_t value)
{
	struct value *standing = kind_value(row, number);

	if (standing->i == 0)
		standing->i = value;
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
