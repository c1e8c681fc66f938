/*
 * Laws of check-ins: meetings that nobody planned. A rep is at one place at a
 * time, so a check-in ends the one before it when it begins:
 *
 *	one	|-----------------.
 *	another		      |---------------|
 *
 * Phones see to that themselves; this is for those that didn't know of each
 * other, in whichever order they tell, and for programs. Planned meetings go
 * on beside it: others agreed on them.
 */
#include "app/laws_rooms.h"

#include "app/own_change.h"
#include "app/visit_kinds.h"

#define SECOND_US INT64_C(1000000)
#define DAY_US	  (86400 * SECOND_US)

enum { BESIDE_MAX = 100 };

static int64_t get(const struct row *meeting, uint32_t number)
{
	return kind_value(meeting, number)->i;
}

static bool is_check_in(const struct writing *w)
{
	return w->intent->op == CHANGE_CREATE &&
	       get(w->row, MEETING_IS_UNPLANNED) != 0;
}

/* Does it go on at that moment? */
static bool is_running(const struct row *meeting, int64_t at_us)
{
	return get(meeting, MEETING_START_TIME) <= at_us &&
	       get(meeting, MEETING_END_TIME) > at_us;
}

/* The owner's other check-ins that may share a minute with this one. */
static enum outrider_code find_beside(struct row ***out, size_t *n,
				      struct writing *w,
				      struct outrider_err *err)
{
	const struct scope scope = scope_make(SCOPE_USER, &w->row->owner);
	const struct store_meetings_query asked = {
		.scopes = &scope,
		.n_scopes = 1,
		.owner = w->row->owner,
		/* No meeting is longer than a day. */
		.from_us = get(w->row, MEETING_START_TIME) - DAY_US,
		.until_us = get(w->row, MEETING_END_TIME),
		.after_us = INT64_MIN,
		.limit = BESIDE_MAX,
	};
	size_t n_read = 0;
	enum outrider_code code =
		store_meetings(w->tx, out, &n_read, &asked, w->arena, err);

	*n = 0;
	for (size_t i = 0; code == OUTRIDER_OK && i < n_read; i++) {
		struct row *meeting = (*out)[i];

		if (get(meeting, MEETING_IS_UNPLANNED) != 0 &&
		    get(meeting, MEETING_STATE) != MEETING_STATE_CANCELLED &&
		    uuid_compare(&meeting->id, &w->row->id) != 0)
			(*out)[(*n)++] = meeting;
	}
	return code;
}

/* It ends where a later one, that the server heard of before, begins. */
enum outrider_code
laws_check_in_settle(struct writing *w, struct outrider_err *err)
{
	struct value *end = kind_value(w->row, MEETING_END_TIME);
	int64_t start_us = get(w->row, MEETING_START_TIME);
	struct row **beside;
	size_t n;
	enum outrider_code code;

	if (!is_check_in(w))
		return OUTRIDER_OK;
	code = find_beside(&beside, &n, w, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		int64_t next_us = get(beside[i], MEETING_START_TIME);

		if (next_us > start_us && next_us < end->i)
			end->i = next_us;
	}
	return code;
}

/*
 * Who calls is told that they are there already. A phone that was offline is
 * not: what was done there stands.
 */
enum outrider_code
laws_check_in_check(struct writing *w, struct outrider_err *err)
{
	const struct uuid place =
		kind_reference(kind_value(w->row, MEETING_PLACE));
	char id[UUID_TEXT_LEN + 1];
	struct row **beside;
	size_t n;
	enum outrider_code code;

	if (!is_check_in(w) || !w->intent->principal || w->intent->seq > 0 ||
	    uuid_is_zero(&place))
		return OUTRIDER_OK;
	code = find_beside(&beside, &n, w, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		const struct uuid there =
			kind_reference(kind_value(beside[i], MEETING_PLACE));

		if (uuid_compare(&there, &place) != 0 ||
		    !is_running(beside[i], get(w->row, MEETING_START_TIME)))
			continue;
		uuid_format(id, &beside[i]->id);
		return err_set(err, OUTRIDER_ALREADY_EXISTS, "place_id",
			       "a check-in at this place is under way: %s", id);
	}
	return code;
}

static enum outrider_code
end_one(struct writing *w, const struct row *meeting, struct outrider_err *err)
{
	int64_t least_us = get(meeting, MEETING_START_TIME) + SECOND_US;
	int64_t end_us = get(w->row, MEETING_START_TIME);
	struct own_change change;
	enum outrider_code code =
		own_change_begin(&change, meeting, w->arena, err);

	if (code != OUTRIDER_OK)
		return code;
	own_change_field(&change, MEETING_END_TIME)->i =
		end_us < least_us ? least_us : end_us;
	return own_change_write(&change, w->app, w->tx, w->arena, err);
}

/* Those that went on when it began have ended. */
enum outrider_code
laws_check_in_follow(struct writing *w, struct outrider_err *err)
{
	int64_t start_us = get(w->row, MEETING_START_TIME);
	struct row **beside;
	size_t n;
	enum outrider_code code;

	if (!is_check_in(w))
		return OUTRIDER_OK;
	code = find_beside(&beside, &n, w, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++)
		if (is_running(beside[i], start_us))
			code = end_one(w, beside[i], err);
	return code;
}
