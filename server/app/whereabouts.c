/*
 * Where a rep is: see whereabouts.h.
 */
#include "app/whereabouts.h"

#include "app/access.h"
#include "app/visit_kinds.h"
#include "app/visits_parts.h"
#include "app/words.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define DAY_US	  (1440 * MINUTE_US)
#define MARGIN_US (VISIT_MARGIN_S * SECOND_US)

enum { MEETINGS_MAX = 200 };

/* Along a straight line: streets are longer than it, and cars stand. */
static const double SPEED_M_S = 11.0;

/* ------------------------------------------------------------- the windows */

static int64_t time_of(const struct row *meeting, uint32_t field)
{
	return kind_value(meeting, field)->i;
}

enum outrider_code rep_day_read(struct rep_day *out, struct store_conn *conn,
				const struct uuid *rep, int64_t from_us,
				int64_t now_us, struct arena *arena,
				struct outrider_err *err)
{
	const struct scope scope = scope_make(SCOPE_USER, rep);
	const struct store_meetings_query asked = {
		.scopes = &scope,
		.n_scopes = 1,
		.from_us = from_us - DAY_US,
		.until_us = now_us + DAY_US,
		.after_us = INT64_MIN,
		.limit = MEETINGS_MAX,
	};
	struct row **rows;
	size_t n;
	enum outrider_code code =
		store_meetings(conn, &rows, &n, &asked, arena, err);

	*out = (struct rep_day){ .meetings = rows };
	if (code != OUTRIDER_OK)
		return code;
	/* What was shared with the rep is not theirs to be at. */
	for (size_t i = 0; i < n; i++)
		if (kind_value(rows[i], MEETING_STATE)->i !=
			    MEETING_STATE_CANCELLED &&
		    meeting_has_rep(rows[i], rep))
			rows[out->n++] = rows[i];
	return OUTRIDER_OK;
}

static bool is_between(int64_t at_us, int64_t start_us, int64_t end_us)
{
	return end_us >= start_us && at_us >= start_us - MARGIN_US &&
	       at_us <= end_us + MARGIN_US;
}

bool meeting_is_open(const struct row *meeting, int64_t at_us)
{
	int64_t agreed_us = time_of(meeting, MEETING_AGREED_START);

	return is_between(at_us, time_of(meeting, MEETING_START_TIME),
			  time_of(meeting, MEETING_END_TIME)) ||
	       (agreed_us != 0 &&
		is_between(at_us, agreed_us,
			   time_of(meeting, MEETING_AGREED_END)));
}

const struct row *rep_day_open(const struct rep_day *day, int64_t at_us,
			       const struct uuid *preferred)
{
	const struct row *found = NULL;

	for (size_t i = 0; i < day->n; i++) {
		const struct row *meeting = day->meetings[i];

		if (!meeting_is_open(meeting, at_us))
			continue;
		if (uuid_compare(&meeting->id, preferred) == 0)
			return meeting;
		if (!found || time_of(meeting, MEETING_START_TIME) <= at_us)
			found = meeting;
	}
	return found;
}

const struct row *
rep_day_after(const struct rep_day *day, const struct row *meeting)
{
	for (size_t i = 0; i < day->n; i++)
		if (time_of(day->meetings[i], MEETING_START_TIME) >
		    time_of(meeting, MEETING_START_TIME))
			return day->meetings[i];
	return NULL;
}

/* The next to begin; NULL: none within a day. */
static const struct row *
next_to_begin(const struct rep_day *day, int64_t now_us)
{
	for (size_t i = 0; i < day->n; i++)
		if (time_of(day->meetings[i], MEETING_START_TIME) > now_us)
			return day->meetings[i];
	return NULL;
}

/* --------------------------------------------------------------- estimates */

bool meeting_pin(struct geo_pin *out, const struct row *meeting)
{
	double lat_deg = kind_value(meeting, MEETING_PIN_LATITUDE)->d;
	double lon_deg = kind_value(meeting, MEETING_PIN_LONGITUDE)->d;

	/* Nobody sells in the Gulf of Guinea: as in plan_of_meeting. */
	return (lat_deg != 0 || lon_deg != 0) &&
	       geo_pin_from_degrees(out, lat_deg, lon_deg);
}

static double way_m(struct geo_pin from, struct geo_pin to)
{
	return geo_distance_m(geo_vector_of(from), geo_vector_of(to));
}

int64_t travel_us(struct geo_pin from, struct geo_pin to)
{
	return (int64_t)(way_m(from, to) / SPEED_M_S) * SECOND_US;
}

int32_t lateness_s(const struct row *meeting, int64_t expected_us)
{
	/* A check-in begins when its rep comes. */
	if (kind_value(meeting, MEETING_IS_UNPLANNED)->i != 0)
		return 0;
	int64_t late_s = (expected_us - time_of(meeting, MEETING_START_TIME)) /
			 SECOND_US;

	if (expected_us == 0 || late_s < WHEREABOUTS_LATE_MIN_S)
		return 0;
	return late_s > 86400 ? 86400 : (int32_t)late_s;
}

/* --------------------------------------------------------------- sentences */

static void add_way(struct sentence *text, double m)
{
	if (m < 1000)
		sentence_add(text, "%d m", 10 * (int)((m + 5) / 10));
	else if (m < 10000)
		sentence_add(text, "%.1f km", m / 1000);
	else
		sentence_add(text, "%.0f km", m / 1000);
}

static void add_age(struct sentence *text, int64_t age_us)
{
	int64_t minutes = age_us / MINUTE_US;

	if (minutes < 1)
		sentence_add(text, "just now");
	else
		sentence_add(text, "%lld minute%s ago", (long long)minutes,
			     minutes == 1 ? "" : "s");
}

static void
tell_idle(struct sentence *text, const struct row *next, int64_t now_us)
{
	sentence_add(text, "Not at work: ");
	if (!next) {
		sentence_add(text, "no meeting is planned within a day.");
		return;
	}
	sentence_add(text, "the next meeting begins at ");
	words_add_time(text, time_of(next, MEETING_START_TIME), now_us);
	sentence_add(text, ".");
}

static void
tell_silence(struct sentence *text, const struct row *meeting, int64_t now_us)
{
	sentence_add(text, "At work, at or on the way to ");
	words_add_subject(text, meeting);
	sentence_add(text, " of ");
	words_add_time(text, time_of(meeting, MEETING_START_TIME), now_us);
	sentence_add(
		text,
		", but no position has come in its window yet: the phone may "
		"be off, without network, or not allowed to see GPS.");
}

static const char *const progress_words[] = {
	[PROGRESS_NONE] = "Near or on the way to ",
	[PROGRESS_ON_THE_WAY] = "On the way to ",
	[PROGRESS_ARRIVED] = "Just arrived at ",
	[PROGRESS_IN_PROGRESS] = "At ",
	[PROGRESS_ENDED] = "Has left ",
};

static void tell_position(struct sentence *text, const struct whereabouts *w,
			  int64_t now_us)
{
	int64_t age_us = now_us - w->position.fix_us;
	struct geo_pin pin;

	sentence_add(text, "%s", progress_words[w->progress]);
	words_add_subject(text, w->meeting);
	if (meeting_pin(&pin, w->meeting)) {
		sentence_add(text, ", ");
		add_way(text, way_m(w->position.at, pin));
		sentence_add(text, " from its pin, ");
	} else {
		sentence_add(text, ", seen ");
	}
	add_age(text, age_us > 0 ? age_us : 0);
	if (w->expected_us != 0) {
		sentence_add(text, "; expected ");
		words_add_time(text, w->expected_us, now_us);
		if (w->late_s > 0)
			sentence_add(text, ", %d minutes late", w->late_s / 60);
	}
	sentence_add(text, ".");
}

/* ----------------------------------------------------------------- finding */

/* A fix of a window that has closed just now is told until the next one. */
static bool is_told(const struct rep_day *day, const struct position *position,
		    int64_t now_us)
{
	if (now_us - position->fix_us <= MARGIN_US)
		return true;
	for (size_t i = 0; i < day->n; i++)
		if (meeting_is_open(day->meetings[i], now_us) &&
		    meeting_is_open(day->meetings[i], position->fix_us))
			return true;
	return false;
}

static enum outrider_code
find_position(struct whereabouts *out, struct store_conn *conn,
	      const struct uuid *rep, const struct rep_day *day, int64_t now_us,
	      struct outrider_err *err)
{
	enum outrider_code code = position_get(conn, &out->position, rep, err);

	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(err);
		return OUTRIDER_OK;
	}
	out->has_position = code == OUTRIDER_OK &&
			    is_told(day, &out->position, now_us);
	return code;
}

/* What the newest position says of the meeting, or the record itself. */
static void find_progress(struct whereabouts *w)
{
	const struct position *position = &w->position;
	int64_t progress = kind_value(w->meeting, MEETING_PROGRESS)->i;

	if (w->has_position && position->progress != PROGRESS_NONE &&
	    uuid_compare(&position->meeting, &w->meeting->id) == 0) {
		progress = position->progress;
		w->expected_us = position->expected_us;
	}
	if (progress > PROGRESS_NONE && progress <= PROGRESS_ENDED)
		w->progress = (enum progress)progress;
	w->late_s = lateness_s(w->meeting, w->expected_us);
}

enum outrider_code
whereabouts_find(struct whereabouts *out, struct store_conn *conn,
		 const struct uuid *rep, int64_t now_us, struct arena *arena,
		 struct outrider_err *err)
{
	struct sentence text = { .at = out->sentence,
				 .room = WHEREABOUTS_SENTENCE_MAX + 1 };
	struct rep_day day;
	enum outrider_code code =
		rep_day_read(&day, conn, rep, now_us, now_us, arena, err);

	*out = (struct whereabouts){ .progress = PROGRESS_NONE };
	if (code != OUTRIDER_OK)
		return code;
	out->meeting = rep_day_open(&day, now_us, &(struct uuid){ { 0 } });
	out->is_at_work = out->meeting != NULL;
	if (!out->is_at_work) {
		out->meeting = next_to_begin(&day, now_us);
		tell_idle(&text, out->meeting, now_us);
		return OUTRIDER_OK;
	}
	code = find_position(out, conn, rep, &day, now_us, err);
	if (code != OUTRIDER_OK)
		return code;
	if (out->has_position)
		out->meeting =
			rep_day_open(&day, now_us, &out->position.meeting);
	find_progress(out);
	if (out->has_position)
		tell_position(&text, out, now_us);
	else
		tell_silence(&text, out->meeting, now_us);
	return OUTRIDER_OK;
}
