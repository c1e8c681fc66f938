/*
 * ReportPosition: what the calling device has seen inside the windows of its
 * user's own meetings. Keeps the newest position alone, tells the meeting how
 * far its owner is, and a manager who will be late before it happens.
 */
#include "app/positions_parts.h"

#include "app/alerts.h"
#include "app/news.h"
#include "app/parts.h"
#include "app/running_late.h"
#include "app/teams.h"
#include "app/visit_kinds.h"

#include <string.h>

typedef Outrider__V1__ReportPositionRequest Request;
typedef Outrider__V1__PositionReport Report;

#define SECOND_US    INT64_C(1000000)
#define DAY_US	     (86400 * SECOND_US)
#define AHEAD_MAX_US (300 * SECOND_US)
/* Nearer to the one before it, it says nothing new. */
#define LEAST_GAP_US (10 * SECOND_US)

enum { WRITE_MEMORY = 2 << 20 };

const struct call_handler position_handlers[] = {
	{ "/outrider.v1.PositionService/ReportPosition",
	  positions_report_start },
	{ "/outrider.v1.PositionService/WhereIs", positions_where_start },
	{ "/outrider.v1.PositionService/WatchPositions",
	  positions_watch_start },
	{ .path = NULL },
};

struct reporting {
	struct rep_day day;
	struct uuid team;
	int32_t n_taken, n_refused;
	struct position newest; /* fix_us 0: none was taken */
	struct running_late late;
	bool is_kept;
};

/* --------------------------------------------------------------- judgement */

static int64_t time_us(const Google__Protobuf__Timestamp *time)
{
	return time ? time->seconds * SECOND_US + time->nanos / 1000 : 0;
}

/* What isn't a progress is none, and what can't be believed no arrival. */
static void read_report(struct position *out, const Report *report)
{
	int64_t expected_us = time_us(report->expected_arrival_time);

	if ((int)report->progress > PROGRESS_NONE &&
	    (int)report->progress <= PROGRESS_ENDED)
		out->progress = (uint32_t)report->progress;
	if (out->progress == PROGRESS_ON_THE_WAY &&
	    expected_us >= out->fix_us && expected_us < out->fix_us + DAY_US)
		out->expected_us = expected_us;
	if (report->accuracy_m > 0)
		out->accuracy_dm = (uint32_t)(report->accuracy_m * 10 + 0.5);
}

/* Of the windows that the server knows; of the one that the phone names, if
 * it is open. */
static bool take(struct position *out, const struct rep_day *day,
		 const Report *report, int64_t now_us)
{
	struct uuid named = { { 0 } };
	const struct row *meeting;

	*out = (struct position){ .received_us = now_us };
	if (!report->fix_time)
		return false;
	out->fix_us = time_us(report->fix_time);
	if (out->fix_us < now_us - DAY_US ||
	    out->fix_us > now_us + AHEAD_MAX_US ||
	    !geo_pin_from_degrees(&out->at, report->latitude,
				  report->longitude))
		return false;
	if (*report->meeting_id &&
	    !uuid_parse(&named, report->meeting_id, strlen(report->meeting_id)))
		return false;
	meeting = rep_day_open(day, out->fix_us, &named);
	if (!meeting)
		return false;
	out->meeting = meeting->id;
	/* What is said of another meeting isn't said of this one. */
	if (uuid_is_zero(&named) || uuid_compare(&named, &meeting->id) == 0)
		read_report(out, report);
	return true;
}

static void judge(struct reporting *r, const Request *request,
		  const struct uuid *rep, int64_t now_us)
{
	for (size_t i = 0; i < request->n_reports; i++) {
		struct position position;

		if (!take(&position, &r->day, request->reports[i], now_us)) {
			r->n_refused++;
			continue;
		}
		r->n_taken++;
		if (position.fix_us > r->newest.fix_us)
			r->newest = position;
	}
	r->newest.rep = *rep;
}

/* Does the position say anything that isn't known? */
static enum outrider_code
compare_kept(struct app_call *call, bool *is_new, const struct position *newest)
{
	struct position kept;
	enum outrider_code code =
		position_get(call_conn(call), &kept, &newest->rep, &call->err);

	*is_new = true;
	if (code == OUTRIDER_NOT_FOUND) {
		err_clear(&call->err);
		return OUTRIDER_OK;
	}
	*is_new = newest->fix_us >= kept.fix_us + LEAST_GAP_US ||
		  (newest->fix_us > kept.fix_us &&
		   (newest->progress != kept.progress ||
		    uuid_compare(&newest->meeting, &kept.meeting) != 0));
	return code;
}

/* ----------------------------------------------------------------- writing */

static enum outrider_code
run_report(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	struct reporting *r = call->state;
	struct arena arena;
	enum outrider_code code =
		position_put(tx, &r->is_kept, &r->newest, err);

	if (code != OUTRIDER_OK || !r->is_kept)
		return code;
	arena_init(&arena, &allocator_libc, WRITE_MEMORY);
	code = running_late_write(call->app, tx, &r->late, &arena, err);
	arena_free(&arena);
	return code;
}

static enum outrider_code reply(struct app_call *call)
{
	const struct reporting *r = call->state;
	Outrider__V1__ReportPositionResponse response =
		OUTRIDER__V1__REPORT_POSITION_RESPONSE__INIT;

	response.taken_count = r->n_taken;
	response.refused_count = r->n_refused;
	return call_reply(call, &response.base);
}

void positions_tell(struct app *app, const struct uuid *rep,
		    const struct uuid *team, uint64_t seq)
{
	const struct store_touch touched[] = {
		{ .scope = scope_make(SCOPE_USER, rep),
		  .kind = KIND_MEETING,
		  .rev = seq },
		{ .scope = scope_make(SCOPE_TEAM, team),
		  .kind = KIND_MEETING,
		  .rev = seq },
	};

	news_tell(app->position_news, touched,
		  sizeof(touched) / sizeof(touched[0]));
}

static enum outrider_code after_report(struct app_call *call)
{
	const struct reporting *r = call->state;

	/* Which number it got doesn't matter: streams look themselves. */
	if (r->is_kept)
		positions_tell(call->app, &r->newest.rep, &r->team, 1);
	return reply(call);
}

/* ---------------------------------------------------------------- the call */

static enum outrider_code
look_at(struct app_call *call, bool *is_new, const Request *request)
{
	const struct uuid *rep = &call->principal.user;
	struct reporting *r = call->state;
	int64_t now_us = call_now_us(call);
	struct row *user;
	enum outrider_code code;

	code = rep_day_read(&r->day, call_conn(call), rep, now_us - DAY_US,
			    now_us, &call->arena, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	judge(r, request, rep, now_us);
	if (r->n_taken == 0)
		return OUTRIDER_OK;
	code = compare_kept(call, is_new, &r->newest);
	if (code != OUTRIDER_OK || !*is_new)
		return code;
	code = store_get(call_conn(call), &user, schema_entity(KIND_USER), rep,
			 &call->arena, &call->err);
	if (code == OUTRIDER_OK)
		code = team_of_user(&r->team, call_conn(call), user,
				    &call->arena, &call->err);
	if (code == OUTRIDER_OK)
		running_late_judge(&r->late, &r->newest, &r->day, now_us);
	return code;
}

enum outrider_code positions_report_start(struct app_call *call)
{
	const Request *request = call_unpack(
		call, &outrider__v1__report_position_request__descriptor);
	struct reporting *r = arena_alloc(&call->arena, sizeof(*r));
	bool is_new = false;
	enum outrider_code code;

	if (!request)
		return call->err.code;
	if (!r)
		return err_set(&call->err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for a report");
	call->state = r;
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = look_at(call, &is_new, request);
	store_read_end(call_conn(call));
	if (code != OUTRIDER_OK)
		return code;
	if (r->n_refused > 0)
		context_log(call_context(call), LOG_LEVEL_INFO,
			    "positions.refused", "count=%d taken=%d",
			    (int)r->n_refused, (int)r->n_taken);
	return is_new ? call_write(call, run_report, after_report)
		      : reply(call);
}
