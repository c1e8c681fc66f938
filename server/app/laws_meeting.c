/*
 * Laws of meetings: where and when one is, as it was agreed on, and what comes
 * after it.
 *
 * The agreed plan is what the server knew before the window opened. Up to then
 * it follows every change; from then on it stays, and a change is marked:
 *
 *	planned     moved          | window opens |  moved, called off, deleted
 *	------------+--------------+--------------+---------------------------->
 *	agreed      agreed anew                   late_change
 */
#include "app/laws_rooms.h"

#include "app/silence.h"
#include "app/visit_kinds.h"
#include "model/visit.h"
#include "model/wire.h"

#define MARGIN_US ((int64_t)VISIT_MARGIN_S * 1000000)

static struct value *get(const struct row *row, uint32_t number)
{
	return kind_value(row, number);
}

static bool is_same(const struct row *a, const struct row *b, uint32_t number)
{
	return value_equal(message_field(a->entity->message, number),
			   get(a, number), get(b, number));
}

/* ------------------------------------------------------------- the place */

/* Repeated points under the number of another field. */
static enum outrider_code copy_points(struct writing *w, uint32_t number,
				      const struct value *from,
				      struct outrider_err *err)
{
	enum { POINTS_BYTES = 1024 };
	struct value *to = get(w->row, number);
	struct wire_reader reader = wire_read(from->bytes);
	struct wire_field in;
	struct buffer points;

	*to = (struct value){ .i = 0 };
	if (from->bytes.len == 0)
		return OUTRIDER_OK;
	buffer_init(&points, &allocator_libc, POINTS_BYTES);
	while (wire_next(&reader, &in) > 0)
		wire_put_bytes(&points, number, in.value.at, in.value.len);
	if (!points.is_full)
		to->bytes = arena_copy(w->arena, points.at, points.len);
	buffer_free(&points);
	return to->bytes.at ? OUTRIDER_OK : err_call_full(err);
}

static enum outrider_code
copy_shape(struct writing *w, const struct row *place, struct outrider_err *err)
{
	enum outrider_code code = copy_points(w, MEETING_PIN_OUTLINE,
					      get(place, PLACE_OUTLINE), err);

	if (code == OUTRIDER_OK)
		code = copy_points(w, MEETING_PIN_ENTRANCES,
				   get(place, PLACE_ENTRANCES), err);
	return code;
}

/* What a role hides of places doesn't come out in meetings. */
static bool is_hidden(const struct writing *w, const struct entity *place)
{
	static const uint32_t told[] = {
		PLACE_LATITUDE,		PLACE_LONGITUDE, PLACE_RADIUS_M,
		PLACE_LEARNED_LATITUDE, PLACE_OUTLINE,	 PLACE_ENTRANCES,
	};
	const struct principal *who = w->intent->principal;

	for (size_t i = 0; who && i < sizeof(told) / sizeof(told[0]); i++)
		if (field_set_has(access_hidden(who, place), told[i]))
			return true;
	return false;
}

static bool has_pin(const struct row *meeting)
{
	return value_is_set(get(meeting, MEETING_PIN_LATITUDE)) ||
	       value_is_set(get(meeting, MEETING_PIN_LONGITUDE));
}

static bool has_shape(const struct row *meeting)
{
	return value_is_set(get(meeting, MEETING_PIN_OUTLINE)) ||
	       value_is_set(get(meeting, MEETING_PIN_ENTRANCES));
}

/*
 * The meeting goes to a place and its writer says not where that is: a new
 * one without a pin, or one whose place alone was changed.
 */
static bool wants_pin(const struct writing *w)
{
	const struct row *row = w->row, *old = w->old;

	if (!old)
		return !has_pin(row);
	return !is_same(old, row, MEETING_PLACE) &&
	       is_same(old, row, MEETING_PIN_LATITUDE) &&
	       is_same(old, row, MEETING_PIN_LONGITUDE);
}

static enum outrider_code
find_place(struct row **out, struct writing *w, struct outrider_err *err)
{
	const struct uuid id = kind_reference(get(w->row, MEETING_PLACE));
	const struct entity *entity = schema_entity(KIND_PLACE);
	enum outrider_code code;

	*out = NULL;
	if (uuid_is_zero(&id) || is_hidden(w, entity) ||
	    (w->old && is_same(w->old, w->row, MEETING_PLACE)))
		return OUTRIDER_OK;
	code = store_get(w->tx, out, entity, &id, w->arena, err);
	if (code == OUTRIDER_NOT_FOUND) {
		/* The law of references says so. */
		err_clear(err);
		*out = NULL;
		return OUTRIDER_OK;
	}
	if (code == OUTRIDER_OK && w->intent->principal &&
	    !access_may_see(w->intent->principal, *out))
		*out = NULL;
	return code;
}

static enum outrider_code
settle_place(struct writing *w, struct outrider_err *err)
{
	struct place_fields fields;
	struct place_pin pin;
	struct row *place;
	enum outrider_code code = find_place(&place, w, err);

	if (code != OUTRIDER_OK || !place)
		return code;
	place_fields_of(&fields, place);
	place_pin_of(&pin, &fields);
	if (wants_pin(w)) {
		get(w->row, MEETING_PIN_LATITUDE)->d = pin.latitude;
		get(w->row, MEETING_PIN_LONGITUDE)->d = pin.longitude;
		if (w->old || !value_is_set(get(w->row, MEETING_RADIUS_M)))
			get(w->row, MEETING_RADIUS_M)->i = pin.radius_m;
		return copy_shape(w, place, err);
	}
	/* A pin that was copied from it, by who knows of no shapes. */
	if (!w->old && !has_shape(w->row) &&
	    get(w->row, MEETING_PIN_LATITUDE)->d == pin.latitude &&
	    get(w->row, MEETING_PIN_LONGITUDE)->d == pin.longitude)
		return copy_shape(w, place, err);
	return OUTRIDER_OK;
}

/* --------------------------------------------------------- the agreed plan */

static bool is_unplanned(const struct row *meeting)
{
	return get(meeting, MEETING_IS_UNPLANNED)->i != 0;
}

/* Has the window of a meeting that begins then opened? */
static bool is_open(int64_t now_us, int64_t start_us)
{
	return now_us >= start_us - MARGIN_US;
}

static void agree(struct writing *w)
{
	const struct row *row = w->row;
	int64_t start_us = get(row, MEETING_START_TIME)->i;
	bool is_agreed = !is_unplanned(row) && !is_open(w->now_us, start_us);

	get(row, MEETING_AGREED_START)->i = is_agreed ? start_us : 0;
	get(row, MEETING_AGREED_END)->i =
		is_agreed ? get(row, MEETING_END_TIME)->i : 0;
}

/* Is it planned otherwise than before? */
static bool is_moved(const struct row *old, const struct row *row)
{
	static const uint32_t plan[] = {
		MEETING_START_TIME,   MEETING_END_TIME,
		MEETING_PIN_LATITUDE, MEETING_PIN_LONGITUDE,
		MEETING_RADIUS_M,     MEETING_MIN_DWELL_S,
		MEETING_PIN_OUTLINE,  MEETING_PIN_ENTRANCES,
	};

	for (size_t i = 0; i < sizeof(plan) / sizeof(plan[0]); i++)
		if (!is_same(old, row, plan[i]))
			return true;
	return false;
}

static bool is_called_off(const struct row *old, const struct row *row)
{
	return get(row, MEETING_STATE)->i == MEETING_STATE_CANCELLED &&
	       get(old, MEETING_STATE)->i != MEETING_STATE_CANCELLED;
}

/* That it was called off says more than that it was moved. */
static void mark(struct writing *w, enum late_change change)
{
	struct value *marked = get(w->row, MEETING_LATE_CHANGE);

	if (marked->i >= (int64_t)change)
		return;
	marked->i = (int64_t)change;
	get(w->row, MEETING_LATE_CHANGE_TIME)->i = w->now_us;
}

/* The start that counts of what stands. */
static int64_t standing_start_us(const struct row *old)
{
	int64_t agreed_us = get(old, MEETING_AGREED_START)->i;

	return agreed_us != 0 ? agreed_us : get(old, MEETING_START_TIME)->i;
}

static void settle_agreed(struct writing *w)
{
	const struct row *old = w->old, *row = w->row;

	if (!old) {
		agree(w);
		return;
	}
	if (is_unplanned(row))
		return;
	if (!is_open(w->now_us, standing_start_us(old))) {
		if (!is_same(old, row, MEETING_START_TIME) ||
		    !is_same(old, row, MEETING_END_TIME))
			agree(w);
		return;
	}
	if (is_called_off(old, row))
		mark(w, LATE_CHANGE_CANCELLED);
	else if (is_moved(old, row))
		mark(w, LATE_CHANGE_MOVED);
}

/*
 * Once its window has closed, a meeting that was held or judged is history that
 * somebody tidies up, and so is any after the look for silence, which has told
 * of it by then. Before that, deleting it would be the way to hide from both.
 */
static bool is_history(const struct row *meeting, int64_t now_us)
{
	int64_t start_us = standing_start_us(meeting);
	int64_t end_us = get(meeting, MEETING_AGREED_END)->i;
	bool is_known = get(meeting, MEETING_VERDICT)->i != 0 ||
			get(meeting, MEETING_STATE)->i == MEETING_STATE_HELD;

	if (end_us == 0)
		end_us = get(meeting, MEETING_END_TIME)->i;
	if (now_us <= end_us + MARGIN_US)
		return false;
	return is_known || now_us > start_us + SILENCE_US;
}

static void expect_nobody(const struct row *meeting)
{
	get(meeting, MEETING_EXPECTED_ARRIVAL)->i = 0;
	get(meeting, MEETING_RUNNING_LATE_S)->i = 0;
}

/* To delete a meeting is to call it off. */
enum outrider_code
laws_meeting_bury(struct writing *w, struct outrider_err *err)
{
	const struct row *row = w->row;

	(void)err;
	expect_nobody(row);
	if (!is_unplanned(row) &&
	    get(row, MEETING_STATE)->i != MEETING_STATE_CANCELLED &&
	    is_open(w->now_us, standing_start_us(row)) &&
	    !is_history(row, w->now_us))
		mark(w, LATE_CHANGE_CANCELLED);
	return OUTRIDER_OK;
}

/* Put off, or off: nobody is awaited as things stood before. */
static void settle_progress(struct writing *w)
{
	const struct row *old = w->old, *row = w->row;
	bool is_put_off = old && !is_same(old, row, MEETING_START_TIME) &&
			  !is_open(w->now_us, get(row, MEETING_START_TIME)->i);

	if (is_put_off)
		get(row, MEETING_PROGRESS)->i = 0;
	if (is_put_off || (old && is_called_off(old, row)))
		expect_nobody(row);
}

/* --------------------------------------------------------- what comes next */

static bool has_next_step(const struct row *meeting)
{
	return value_is_set(get(meeting, MEETING_NEXT_STEP)) ||
	       value_is_set(get(meeting, MEETING_NEXT_MEETING));
}

/* Two phones, or a phone and a desk, may have said both: a step is one. */
static void settle_next_step(struct writing *w)
{
	struct value *none = get(w->row, MEETING_HAS_NO_NEXT_STEP);
	bool was_none = w->old && get(w->old, MEETING_HAS_NO_NEXT_STEP)->i;

	if (none->i && has_next_step(w->row) &&
	    (was_none || w->intent->seq > 0))
		none->i = 0;
}

enum outrider_code
laws_meeting_settle(struct writing *w, struct outrider_err *err)
{
	struct value *unplanned = get(w->row, MEETING_IS_UNPLANNED);
	enum outrider_code code = settle_place(w, err);

	if (code != OUTRIDER_OK)
		return code;
	/* What lies ahead was planned, whatever it is called. */
	if (!w->old && unplanned->i &&
	    !is_open(w->now_us, get(w->row, MEETING_START_TIME)->i))
		unplanned->i = 0;
	settle_agreed(w);
	settle_progress(w);
	settle_next_step(w);
	return laws_check_in_settle(w, err);
}

enum outrider_code
laws_meeting_check(struct writing *w, struct outrider_err *err)
{
	if (w->intent->op == CHANGE_DELETE)
		return OUTRIDER_OK;
	if (get(w->row, MEETING_HAS_NO_NEXT_STEP)->i && has_next_step(w->row))
		return laws_refuse(err, "has_no_next_step",
				   "either nothing comes next, or a step does");
	return laws_check_in_check(w, err);
}
