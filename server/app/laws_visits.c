/*
 * Laws of alerts and rebuttals: who may say that one is settled, and that
 * nobody does so before the rep was heard.
 */
#include "app/alerts.h"
#include "app/laws_rooms.h"
#include "app/own_change.h"
#include "app/visits_parts.h"
#include "app/visits_rebuttal.h"
#include "store/query.h"

/* Alerts of one meeting: a few a rep. */
enum { ALERTS_MAX = 500 };

/* ------------------------------------------------------------------ alerts */

/* What the rep has said already stands in a new alert, too. */
enum outrider_code
laws_alert_settle(struct writing *w, struct outrider_err *err)
{
	const struct uuid meeting =
		kind_reference(kind_value(w->row, ALERT_FIELD_OF_MEETING));
	struct row *rebuttal;
	enum outrider_code code;

	/* Opened again, it is for a person to close. */
	if (kind_value(w->row, ALERT_FIELD_STATE)->i == ALERT_STATE_OPEN)
		kind_value(w->row, ALERT_FIELD_IS_SELF_CLOSED)->i = 0;
	if (w->intent->op != CHANGE_CREATE || uuid_is_zero(&meeting))
		return OUTRIDER_OK;
	code = rebuttal_newest(&rebuttal, w->tx, &meeting, &w->row->owner,
			       w->arena, err);
	if (code != OUTRIDER_OK || !rebuttal)
		return code;
	*kind_value(w->row, ALERT_FIELD_REBUTTAL) =
		*kind_value(rebuttal, REBUTTAL_TEXT);
	kind_value(w->row, ALERT_FIELD_REBUTTAL_TIME)->i = rebuttal->created_us;
	return OUTRIDER_OK;
}

/* Whoever closes an alert has read what the rep says to it: their etag, or
 * the state their phone began from, is not older. */
static bool is_closed_unread(const struct writing *w)
{
	const struct row *old = w->old;

	return w->intent->principal && old &&
	       field_set_has(&w->changed, ALERT_FIELD_STATE) &&
	       kind_value(w->row, ALERT_FIELD_STATE)->i != ALERT_STATE_OPEN &&
	       value_is_set(kind_value(old, ALERT_FIELD_REBUTTAL)) &&
	       w->intent->base_rev <
		       old->frev[kind_index(old->entity, ALERT_FIELD_REBUTTAL)];
}

/*
 * Nobody closes what is held against themself, the last resort apart. That a
 * device was enrolled in somebody's name is the other way about: a manager may
 * have enrolled it, so its user says whether it is theirs, and not by a device.
 */
enum outrider_code laws_alert_check(struct writing *w, struct outrider_err *err)
{
	const struct principal *who = w->intent->principal;
	bool is_own;

	if (is_closed_unread(w))
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, "etag",
			       "the rep has answered: read that, and send the "
			       "etag that came with it");
	if (!who || who->rank >= RANK_ADMINISTRATOR)
		return OUTRIDER_OK;
	/* A program acts for its owner. */
	is_own = uuid_compare(&who->owner, &w->row->owner) == 0;
	if (kind_value(w->row, ALERT_FIELD_TYPE)->i != ALERT_NEW_DEVICE) {
		if (!is_own)
			return OUTRIDER_OK;
		return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "an alert about yourself is for those above "
			       "you");
	}
	if (is_own && !who->is_service && uuid_is_zero(&who->device))
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
		       "an alert about a new device is for its user, signed in "
		       "by password, or an administrator");
}

/* --------------------------------------------------------------- rebuttals */

enum outrider_code
laws_rebuttal_check(struct writing *w, struct outrider_err *err)
{
	const struct uuid meeting_id =
		kind_reference(kind_value(w->row, REBUTTAL_MEETING));
	const struct uuid author = laws_acting_user(w);
	struct row *meeting;
	enum outrider_code code;

	if (!w->intent->principal)
		return OUTRIDER_OK;
	if (w->intent->op != CHANGE_CREATE)
		return err_set(err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "a rebuttal stands as it was written: write "
			       "another one");
	/* Or one that an administrator carries over; the history says so. */
	if (uuid_compare(&author, &w->row->owner) != 0 &&
	    w->intent->principal->rank < RANK_ADMINISTRATOR)
		return err_set(err, OUTRIDER_PERMISSION_DENIED, "owner_id",
			       "a rebuttal is the rep's own word");
	/* That it is there and can be seen is the law of references. */
	code = store_get(w->tx, &meeting, schema_entity(KIND_MEETING),
			 &meeting_id, w->arena, err);
	if (code != OUTRIDER_OK || meeting_has_rep(meeting, &w->row->owner))
		return code;
	return err_set(err, OUTRIDER_PERMISSION_DENIED, "meeting_id",
		       "a rebuttal is for who takes part in the meeting");
}

static enum outrider_code
answer_alert(struct writing *w, const struct uuid *id, struct outrider_err *err)
{
	struct own_change change;
	struct row *alert;
	enum outrider_code code = store_get(
		w->tx, &alert, schema_entity(KIND_ALERT), id, w->arena, err);

	if (code != OUTRIDER_OK || alert->deleted_us != 0 ||
	    uuid_compare(&alert->owner, &w->row->owner) != 0)
		return code;
	code = own_change_begin(&change, alert, w->arena, err);
	if (code != OUTRIDER_OK)
		return code;
	*own_change_field(&change, ALERT_FIELD_REBUTTAL) =
		*kind_value(w->row, REBUTTAL_TEXT);
	own_change_field(&change, ALERT_FIELD_REBUTTAL_TIME)->i = w->now_us;
	return own_change_write(&change, w->app, w->tx, w->arena, err);
}

/* The meeting's alerts about the rep show it, open or closed. */
enum outrider_code
laws_rebuttal_follow(struct writing *w, struct outrider_err *err)
{
	const struct store_link_query asked = {
		.target = kind_reference(kind_value(w->row, REBUTTAL_MEETING)),
		.before_us = INT64_MAX,
		.only_kind = KIND_ALERT,
		.limit = ALERTS_MAX,
	};
	struct store_link *links;
	size_t n;
	enum outrider_code code;

	if (w->intent->op != CHANGE_CREATE)
		return OUTRIDER_OK;
	code = store_links(w->tx, &links, &n, &asked, w->arena, err);
	for (size_t i = 0; i < n && code == OUTRIDER_OK; i++)
		code = answer_alert(w, &links[i].id, err);
	return code;
}
