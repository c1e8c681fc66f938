/*
 * Who will be late: see running_late.h.
 */
#include "app/running_late.h"

#include "app/own_change.h"
#include "app/parts.h"
#include "app/visit_kinds.h"
#include "app/visits_parts.h"

#include <stdlib.h>

#define SECOND_US      INT64_C(1000000)
#define FRESH_US       (600 * SECOND_US)
#define NEWS_US	       (120 * SECOND_US)
#define NEXT_WITHIN_US (43200 * SECOND_US)
#define MARGIN_US      (VISIT_MARGIN_S * SECOND_US)

/* --------------------------------------------------------------- judgement */

static int64_t time_of(const struct row *meeting, uint32_t field)
{
	return kind_value(meeting, field)->i;
}

static int64_t later(int64_t a_us, int64_t b_us)
{
	return a_us > b_us ? a_us : b_us;
}

static const struct row *
meeting_of(const struct rep_day *day, const struct uuid *id)
{
	for (size_t i = 0; i < day->n; i++)
		if (uuid_compare(&day->meetings[i]->id, id) == 0)
			return day->meetings[i];
	return NULL;
}

/* An alert only while it lies ahead. */
static void set_course(struct meeting_course *out, const struct row *meeting,
		       const struct uuid *rep, int64_t expected_us,
		       int64_t now_us)
{
	out->meeting = meeting->id;
	out->expected_us = expected_us;
	out->late_s = lateness_s(meeting, expected_us);
	out->is_alerted = out->late_s > 0 && expected_us > now_us;
	if (out->is_alerted)
		alert_of_running_late(&out->alert, meeting, rep, expected_us,
				      now_us);
}

/* When the rep can leave the present meeting, as things stand. */
static int64_t leaves_us(const struct row *meeting,
			 const struct meeting_course *course, int64_t now_us)
{
	int64_t end_us = time_of(meeting, MEETING_END_TIME);
	int64_t dwell_s = kind_value(meeting, MEETING_MIN_DWELL_S)->i;

	switch (course->progress) {
	case PROGRESS_ENDED:
		return now_us;
	case PROGRESS_ON_THE_WAY:
		return later(end_us, course->expected_us + dwell_s * SECOND_US);
	case PROGRESS_NONE:
	case PROGRESS_ARRIVED:
	case PROGRESS_IN_PROGRESS:
		break;
	}
	return later(end_us, now_us);
}

/* The meeting after this one. */
static void judge_next(struct running_late *out, const struct row *present,
		       const struct position *position,
		       const struct rep_day *day, int64_t now_us)
{
	const struct row *next = rep_day_after(day, present);
	struct geo_pin from = position->at, to;

	if (!next || !meeting_pin(&to, next) ||
	    uuid_compare(&next->owner, &position->rep) != 0 ||
	    time_of(next, MEETING_START_TIME) > now_us + NEXT_WITHIN_US)
		return;
	if (out->present.progress != PROGRESS_ENDED)
		(void)meeting_pin(&from, present);
	set_course(&out->next, next, &position->rep,
		   leaves_us(present, &out->present, now_us) +
			   travel_us(from, to),
		   now_us);
	/* In time is not worth a word before the rep is on the way. */
	if (out->next.late_s == 0)
		out->next.expected_us = 0;
}

void running_late_judge(struct running_late *out, struct position *position,
			const struct rep_day *day, int64_t now_us)
{
	const struct row *present = meeting_of(day, &position->meeting);
	bool is_fresh = now_us - position->fix_us <= FRESH_US;
	struct geo_pin pin;

	*out = (struct running_late){ .rep = position->rep,
				      .fix_us = position->fix_us };
	if (!present || position->progress == PROGRESS_NONE)
		return;
	if (position->progress == PROGRESS_ON_THE_WAY) {
		if (!is_fresh)
			return;
		if (position->expected_us == 0 && meeting_pin(&pin, present))
			position->expected_us =
				position->fix_us + travel_us(position->at, pin);
	}
	set_course(&out->present, present, &position->rep,
		   position->expected_us, now_us);
	out->present.progress = (enum progress)position->progress;
	if (is_fresh)
		judge_next(out, present, position, day, now_us);
}

/* ----------------------------------------------------------------- writing */

/* Is it another thing than what stands on the record? */
static bool is_news(const struct row *meeting, enum progress progress,
		    const struct meeting_course *course)
{
	int64_t expected_us = time_of(meeting, MEETING_EXPECTED_ARRIVAL);
	int64_t late_s = kind_value(meeting, MEETING_RUNNING_LATE_S)->i;

	return kind_value(meeting, MEETING_PROGRESS)->i != (int64_t)progress ||
	       (expected_us == 0) != (course->expected_us == 0) ||
	       (late_s == 0) != (course->late_s == 0) ||
	       llabs(expected_us - course->expected_us) >= NEWS_US;
}

static enum outrider_code
write_course(struct app *app, struct store_conn *tx, const struct row *meeting,
	     enum progress progress, const struct meeting_course *course,
	     struct arena *arena, struct outrider_err *err)
{
	struct own_change change;
	enum outrider_code code =
		own_change_begin(&change, meeting, arena, err);

	if (code != OUTRIDER_OK)
		return code;
	own_change_field(&change, MEETING_PROGRESS)->i = (int64_t)progress;
	own_change_field(&change, MEETING_EXPECTED_ARRIVAL)->i =
		course->expected_us;
	own_change_field(&change, MEETING_RUNNING_LATE_S)->i = course->late_s;
	return own_change_write(&change, app, tx, arena, err);
}

/* Put off since: what is said in the window that was agreed on isn't of it. */
static bool is_put_off(const struct app *app, const struct row *meeting,
		       const struct meeting_course *course)
{
	int64_t now_us = app->context->wall_us(app->context->user);

	return course->progress != PROGRESS_NONE &&
	       now_us < time_of(meeting, MEETING_START_TIME) - MARGIN_US;
}

/* The rep is there, or it is over: what was warned of has happened. */
static enum outrider_code
end_warning(struct app *app, struct store_conn *tx, const struct row *meeting,
	    const struct running_late *late, enum progress progress,
	    struct arena *arena, struct outrider_err *err)
{
	const struct late_end end = {
		.reason = progress == PROGRESS_ENDED ? LATE_END_TOLD_OVER
						     : LATE_END_SEEN_THERE,
		.start_us = time_of(meeting, MEETING_START_TIME),
		.at_us = late->fix_us,
	};

	if (progress <= PROGRESS_ON_THE_WAY)
		return OUTRIDER_OK;
	return running_late_end(app, tx, &meeting->id, &late->rep, &end, arena,
				err);
}

static enum outrider_code
tell_course(struct app *app, struct store_conn *tx,
	    const struct running_late *late, const struct meeting_course *told,
	    struct arena *arena, struct outrider_err *err)
{
	struct meeting_course course = *told;
	enum progress progress;
	struct row *meeting;
	enum outrider_code code;

	if (uuid_is_zero(&course.meeting))
		return OUTRIDER_OK;
	code = store_get(tx, &meeting, schema_entity(KIND_MEETING),
			 &course.meeting, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	/* Another's meeting: this rep's way to it is not the owner's. */
	if (meeting->deleted_us != 0 ||
	    uuid_compare(&meeting->owner, &late->rep) != 0 ||
	    is_put_off(app, meeting, &course))
		return OUTRIDER_OK;
	/* Who has been there is not on the way any more. */
	progress = (enum progress)kind_value(meeting, MEETING_PROGRESS)->i;
	if (course.progress > progress)
		progress = course.progress;
	if (progress > PROGRESS_ON_THE_WAY) {
		course.expected_us = 0;
		course.late_s = 0;
		course.is_alerted = false;
	}
	if (is_news(meeting, progress, &course)) {
		code = write_course(app, tx, meeting, progress, &course, arena,
				    err);
		if (code != OUTRIDER_OK)
			return code;
	}
	return course.is_alerted
		       ? alert_raise(app, tx, &told->alert, arena, err)
		       : end_warning(app, tx, meeting, late, told->progress,
				     arena, err);
}

enum outrider_code running_late_write(struct app *app, struct store_conn *tx,
				      const struct running_late *late,
				      struct arena *arena,
				      struct outrider_err *err)
{
	enum outrider_code code =
		tell_course(app, tx, late, &late->present, arena, err);

	if (code == OUTRIDER_OK)
		code = tell_course(app, tx, late, &late->next, arena, err);
	return code;
}
