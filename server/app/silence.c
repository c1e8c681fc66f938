/*
 * Meetings that nothing was heard of: see silence.h.
 *
 *	idle --15 minutes--> some meetings --there are more--> ... idle
 *
 * They are looked at once each, in the order of their starts. How far that has
 * come is kept in the store: a server that was off for a week looks at the
 * week.
 */
#include "app/silence.h"

#include "app/alerts.h"
#include "app/kinds.h"
#include "app/parts.h"
#include "app/running_late.h"
#include "app/visits.h"
#include "app/visits_parts.h"
#include "store/setting.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_US	      (INT64_C(3600) * 1000000)
#define LOOK_EVERY_US (HOUR_US / 4)

enum {
	CHUNK = 20, /* some milliseconds of the writer's time */
	DEVICES = 8,
	MEMORY = 8 << 20,
};

static const char place_name[] = "alerts.silence";

/* Up to here meetings were looked at: by start, then by id. */
struct place {
	int64_t start_us;
	struct uuid id;
};

struct silence {
	struct app *app;
	struct store_write write;
	size_t n_found; /* the writer's alone: in the chunk */
	atomic_bool is_running;
	_Atomic(int64_t) next_us;
};

/* --------------------------------------------------------------- the place */

static enum outrider_code read_place(struct place *out, struct store_conn *tx,
				     int64_t until_us, struct outrider_err *err)
{
	char text[SETTING_MAX];
	char *id;
	enum outrider_code code = setting_get(tx, text, place_name, err);

	/* The first time: what was before is nobody's to answer for. */
	*out = (struct place){ .start_us = until_us };
	if (code != OUTRIDER_OK || !*text)
		return code;
	out->start_us = strtoll(text, &id, 10);
	if (*id == ' ' && !uuid_parse(&out->id, id + 1, strlen(id + 1)))
		out->id = (struct uuid){ { 0 } };
	/* The clock was put back: what it thought past lies ahead again. */
	if (out->start_us > until_us)
		*out = (struct place){ .start_us = until_us };
	return OUTRIDER_OK;
}

static enum outrider_code write_place(const struct place *place,
				      struct store_conn *tx,
				      struct outrider_err *err)
{
	char text[32 + UUID_TEXT_LEN], id[UUID_TEXT_LEN + 1];

	uuid_format(id, &place->id);
	snprintf(text, sizeof(text), "%" PRId64 " %s", place->start_us, id);
	return setting_put(tx, place_name, text, err);
}

/* ------------------------------------------------------------ the meetings */

/* Everybody's: in the scope of each team. */
static enum outrider_code
read_meetings(struct row ***rows, size_t *n, struct store_conn *tx,
	      const struct place *above, int64_t until_us, struct arena *arena,
	      struct outrider_err *err)
{
	struct store_meetings_query asked = {
		.from_us = INT64_MIN,
		.until_us = until_us,
		.after_us = above->start_us,
		.after = above->id,
		.limit = CHUNK,
	};
	struct team_edge *teams;
	struct scope *scopes;
	size_t n_teams;
	enum outrider_code code = store_teams(tx, &teams, &n_teams, arena, err);

	if (code != OUTRIDER_OK)
		return code;
	scopes = arena_alloc(arena, n_teams * sizeof(scopes[0]) + 1);
	if (!scopes)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for meetings");
	for (size_t i = 0; i < n_teams; i++)
		scopes[i] = scope_make(SCOPE_TEAM, &teams[i].id);
	asked.scopes = scopes;
	asked.n_scopes = n_teams;
	return store_meetings(tx, rows, n, &asked, arena, err);
}

/* Had the rep a phone, when it began, that is still in use? */
static enum outrider_code
has_phone(bool *out, struct store_conn *tx, const struct uuid *rep,
	  int64_t start_us, struct arena *arena, struct outrider_err *err)
{
	struct identity_device *devices;
	size_t n;
	enum outrider_code code = identity_device_list(tx, &devices, &n, rep,
						       DEVICES, arena, err);

	*out = false;
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++)
		if (devices[i].revoked_us == 0 &&
		    devices[i].enrolled_us <= start_us)
			*out = true;
	return code;
}

/* Should evidence of it have come by now? */
static bool is_due(const struct row *meeting, int64_t now_us)
{
	struct visit_plan plan;

	return kind_value(meeting, MEETING_STATE)->i !=
		       MEETING_STATE_CANCELLED &&
	       kind_value(meeting, MEETING_IS_UNPLANNED)->i == 0 &&
	       plan_of_meeting(&plan, meeting) &&
	       plan.end_us <= now_us - SILENCE_US / 2;
}

static enum outrider_code look_at(struct app *app, struct store_conn *tx,
				  const struct row *meeting, int64_t now_us,
				  struct arena *arena, struct outrider_err *err)
{
	const struct late_end end = { .reason = LATE_END_SILENCE };
	struct visit_finding visit;
	struct alert *alert;
	bool is_equipped;
	enum outrider_code code = running_late_end(
		app, tx, &meeting->id, &meeting->owner, &end, arena, err);

	if (code != OUTRIDER_OK || !is_due(meeting, now_us))
		return code;
	code = visit_get(tx, &visit, &meeting->id, &meeting->owner, err);
	if (code != OUTRIDER_NOT_FOUND)
		return code;
	err_clear(err);
	code = has_phone(&is_equipped, tx, &meeting->owner,
			 kind_value(meeting, MEETING_START_TIME)->i, arena,
			 err);
	if (code != OUTRIDER_OK || !is_equipped)
		return code;
	alert = arena_alloc(arena, sizeof(*alert));
	if (!alert)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for an alert");
	alert_of_silence(alert, meeting);
	return alert_raise(app, tx, alert, arena, err);
}

/* On the writer; may run more than once. */
static enum outrider_code
run_chunk(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct silence *silence = user;
	struct app *app = silence->app;
	int64_t now_us = app->context->wall_us(app->context->user);
	int64_t until_us = now_us - SILENCE_US;
	struct arena arena;
	struct place place;
	struct row **rows;
	size_t n = 0;
	enum outrider_code code = read_place(&place, tx, until_us, err);

	arena_init(&arena, &allocator_libc, MEMORY);
	if (code == OUTRIDER_OK)
		code = read_meetings(&rows, &n, tx, &place, until_us, &arena,
				     err);
	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		code = look_at(app, tx, rows[i], now_us, &arena, err);
		place.start_us = kind_value(rows[i], MEETING_START_TIME)->i;
		place.id = rows[i]->id;
	}
	if (code == OUTRIDER_OK)
		code = write_place(&place, tx, err);
	silence->n_found = n;
	arena_free(&arena);
	return code;
}

/* -------------------------------------------------------------- the rounds */

static void submit(struct silence *silence);

static void chunk_done(void *user, struct store_write *write)
{
	struct silence *silence = user;
	const struct context *context = silence->app->context;

	if (write->code == OUTRIDER_OK && silence->n_found == CHUNK) {
		submit(silence);
		return;
	}
	if (write->code != OUTRIDER_OK)
		context_log(context, LOG_LEVEL_WARNING, "app.silence_failed",
			    "code=%s", code_name(write->code));
	atomic_store(&silence->next_us,
		     context->wall_us(context->user) + LOOK_EVERY_US);
	atomic_store(&silence->is_running, false);
}

/* is_running was taken. A store that is closing refuses: that is the end. */
static void submit(struct silence *silence)
{
	struct outrider_err err;

	silence->write = (struct store_write){
		.run = run_chunk,
		.done = chunk_done,
		.user = silence,
		.is_patient = true,
	};
	if (store_submit(silence->app->store, &silence->write, &err) !=
	    OUTRIDER_OK)
		atomic_store(&silence->is_running, false);
}

void silence_go_on(struct silence *silence)
{
	const struct context *context = silence->app->context;
	int64_t now_us = context->wall_us(context->user);
	int64_t next_us = atomic_load(&silence->next_us);

	/* A clock that was put back has nobody wait until it is there again. */
	if ((now_us < next_us && now_us >= next_us - LOOK_EVERY_US) ||
	    atomic_exchange(&silence->is_running, true))
		return;
	submit(silence);
}

struct silence *silence_open(struct app *app)
{
	struct silence *silence = calloc(1, sizeof(*silence));

	if (silence)
		silence->app = app;
	return silence;
}

void silence_close(struct silence *silence)
{
	free(silence);
}
