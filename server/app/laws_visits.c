/*
 * Laws of alerts: who may say that one is settled.
 */
#include "app/alerts.h"
#include "app/kinds.h"
#include "app/laws_rooms.h"

/*
 * Nobody closes what is held against themself, the last resort apart. That a
 * device was enrolled in somebody's name is the other way about: a manager may
 * have enrolled it, so its user says whether it is theirs, and not by a device.
 */
enum outrider_code laws_alert_check(struct writing *w, struct outrider_err *err)
{
	const struct principal *who = w->intent->principal;
	bool is_own;

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
