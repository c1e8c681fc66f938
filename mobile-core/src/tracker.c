/*
 * Each tick of a window is on disk before the call that brought it returns.
 */
#include "tracker_state.h"

#include <string.h>

#include "events.h"
#include "model/num.h"

enum { FIRST_INTERVAL_S = 15 };

static const int64_t RETENTION_US = INT64_C(60) * 24 * 3600 * 1000000;
static const int64_t RETRY_US = INT64_C(60) * 1000000;

/* --------------------------------------------------------------------- time */

/* A wall clock that was set back is worth more than one that was set on. */
static enum tick_note note_of_jump(const struct tracker_clock *before,
				   const struct tracker_clock *now)
{
	bool is_other_boot = memcmp(before->boot_id, now->boot_id,
				    sizeof(now->boot_id)) != 0;

	/* After a boot only an earlier time is a jump. */
	return is_other_boot || now->wall_us - now->mono_us <
					before->wall_us - before->mono_us
		       ? TICK_NOTE_CLOCK_BACK
		       : TICK_NOTE_CLOCK_JUMP;
}

static void look_at_clocks(struct outrider *core)
{
	struct tracker *tracker = core->tracker;
	const struct tracker_clock before = tracker->clock;
	uint8_t boot_id[16];

	core->host.boot_id(core->host.user, boot_id);
	if (!tracker_clock_look(&tracker->clock, boot_id, core->now_us,
				core->host.mono_us(core->host.user)))
		return;
	core_log(core, OUTRIDER_LOG_WARNING, "tracker: the clock jumped");
	for (size_t i = 0; i < tracker->n; i++)
		if (tracker->windows[i].live)
			window_note(&tracker->windows[i],
				    note_of_jump(&before, &tracker->clock));
}

void tracker_hear_time(struct outrider *core, int64_t us)
{
	if (!core->tracker)
		return;
	look_at_clocks(core);
	tracker_clock_fix(&core->tracker->clock, us);
}

/* Every way in begins here: a file that could not be read is tried again. */
enum outrider_code
tracker_be_ready(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	if (core->tracker->is_stale)
		code = tracker_reload(core, err);
	if (code == OUTRIDER_OK)
		look_at_clocks(core);
	return code;
}

/* --------------------------------------------------------- opening, closing */

static enum outrider_code
open_now(struct outrider *core, struct window *window, struct outrider_err *err)
{
	if (!window_open(window, &core->allocator))
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "There is no memory for a window.");
	window_set_trouble(window, core->tracker->trouble, core->now_us);
	return tracker_save_window(core, window, err);
}

/* Signs what was seen; the window's row goes in the same transaction. */
enum outrider_code
tracker_close_window(struct outrider *core, size_t i, int64_t closed_us,
		     struct visit_verdict *verdict, struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	struct window *window = &tracker->windows[i];
	const struct evidence_draft *draft = &window->live->draft;
	uint64_t number;
	enum outrider_code code;

	window_finish(window, &closed_us, verdict);
	window->live->page.closes_us = closed_us;
	code = evidence_append(
		core, &tracker->chain, &number, window->plan.meeting_id,
		(struct bytes){ .at = draft->bytes, .len = draft->len },
		closed_us, err);
	if (code == OUTRIDER_OK)
		code = ledger_keep(core, number, window->plan.meeting_id,
				   &window->live->page, err);
	if (code == OUTRIDER_OK)
		code = tracker_drop_window(core, i, err);
	return code;
}

void tracker_tell_verdict(struct outrider *core, const uint8_t meeting_id[16],
			  const struct visit_verdict *verdict)
{
	events_push(&core->events, OUTRIDER_EVENT_VERDICT, meeting_id,
		    OUTRIDER_OK, "%s", visit_word_name(verdict->word));
}

/* The window that is to be opened by this time, the earliest first; n if there
 * is none. */
static size_t next_to_open(const struct tracker *tracker, int64_t now_us)
{
	size_t found = tracker->n;

	for (size_t i = 0; i < tracker->n; i++)
		if (!tracker->windows[i].live &&
		    window_opens_us(&tracker->windows[i]) <= now_us &&
		    (found == tracker->n ||
		     window_opens_us(&tracker->windows[i]) <
			     window_opens_us(&tracker->windows[found])))
			found = i;
	return found;
}

static size_t next_to_close(const struct tracker *tracker, int64_t now_us)
{
	size_t found = tracker->n;

	for (size_t i = 0; i < tracker->n; i++)
		if (tracker->windows[i].live &&
		    window_closes_us(&tracker->windows[i]) < now_us &&
		    (found == tracker->n ||
		     window_closes_us(&tracker->windows[i]) <
			     window_closes_us(&tracker->windows[found])))
			found = i;
	return found;
}

static enum outrider_code
open_due(struct outrider *core, int64_t now_us, struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	size_t i;

	while ((i = next_to_open(tracker, now_us)) < tracker->n) {
		struct window *window = &tracker->windows[i];
		enum outrider_code code = core_begin(core, err);

		if (code != OUTRIDER_OK)
			return code;
		core_touch(core, CORE_TRACKER);
		code = open_now(core, window, err);
		if (code == OUTRIDER_OK)
			code = tracker_save_clock(core, err);
		code = core_finish(core, code, err);
		if (code != OUTRIDER_OK)
			return code;
		events_push(&core->events, OUTRIDER_EVENT_WINDOW_OPENED,
			    window->plan.meeting_id, OUTRIDER_OK, NULL);
	}
	return OUTRIDER_OK;
}

static enum outrider_code
close_due(struct outrider *core, struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	int64_t now_us = tracker_clock_low(&tracker->clock);
	size_t i;

	while ((i = next_to_close(tracker, now_us)) < tracker->n) {
		const struct window closed = tracker->windows[i];
		struct visit_verdict verdict;
		enum outrider_code code = core_begin(core, err);

		if (code != OUTRIDER_OK)
			return code;
		core_touch(core, CORE_TRACKER);
		code = tracker_close_window(
			core, i, window_closes_us(&tracker->windows[i]),
			&verdict, err);
		if (code == OUTRIDER_OK)
			code = tracker_save_clock(core, err);
		code = core_finish(core, code, err);
		if (code != OUTRIDER_OK)
			return code;
		tracker_tell_verdict(core, closed.plan.meeting_id, &verdict);
		tracker_tell_ended(core, &closed);
	}
	return OUTRIDER_OK;
}

static enum outrider_code
purge_due(struct outrider *core, struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	int64_t before_us = tracker_clock_low(&tracker->clock) - RETENTION_US;
	enum outrider_code code;

	if (!evidence_has_old(&tracker->chain, before_us))
		return OUTRIDER_OK;
	code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	core_touch(core, CORE_TRACKER);
	code = evidence_purge(core, &tracker->chain, before_us, err);
	return core_finish(core, code, err);
}

/* The wall time of the next opening or closing. */
static int64_t next_due(const struct tracker *tracker)
{
	int64_t next_us = INT64_MAX;

	for (size_t i = 0; i < tracker->n; i++) {
		const struct window *window = &tracker->windows[i];
		int64_t due_us = window->live
					 ? tracker_clock_wall_of_low(
						   &tracker->clock,
						   window_closes_us(window) + 1)
					 : tracker_clock_wall_of_high(
						   &tracker->clock,
						   window_opens_us(window));
		if (due_us < next_us)
			next_us = due_us;
	}
	return next_us;
}

enum outrider_code
tracker_step(struct outrider *core, int64_t *next_us, struct outrider_err *err)
{
	enum outrider_code code;

	*next_us = INT64_MAX;
	if (!core->tracker)
		return OUTRIDER_OK;
	code = tracker_be_ready(core, err);
	if (code == OUTRIDER_OK)
		code = open_due(core, tracker_clock_high(&core->tracker->clock),
				err);
	if (code == OUTRIDER_OK)
		code = close_due(core, err);
	if (code == OUTRIDER_OK)
		code = tracker_follow(core, NULL, err);
	if (code == OUTRIDER_OK)
		code = purge_due(core, err);
	*next_us = code == OUTRIDER_OK ? next_due(core->tracker)
				       : core->now_us + RETRY_US;
	return code;
}

/* -------------------------------------------------------------------- fixes */

/* Writes the windows that are marked. */
static enum outrider_code
keep(struct outrider *core, const bool *is_changed, struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	enum outrider_code code = core_begin(core, err);

	if (code != OUTRIDER_OK) {
		tracker->is_stale = true; /* it is ahead of the file */
		return code;
	}
	core_touch(core, CORE_TRACKER);
	for (size_t i = 0; i < tracker->n && code == OUTRIDER_OK; i++)
		if (is_changed[i])
			code = tracker_save_window(core, &tracker->windows[i],
						   err);
	if (code == OUTRIDER_OK)
		code = tracker_save_clock(core, err);
	return core_finish(core, code, err);
}

static bool is_on_earth(const struct outrider_fix *fix)
{
	/* NaN fails too. */
	return geo_is_valid(fix->latitude, fix->longitude) &&
	       (fix->accuracy_m >= 0.0) && num_is_finite(fix->accuracy_m);
}

enum outrider_code tracker_fix(struct outrider *core,
			       const struct outrider_fix *fix,
			       struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	const struct fix seen = {
		.time_us = fix->time_us,
		.lat_deg = fix->latitude,
		.lon_deg = fix->longitude,
		.accuracy_m = fix->accuracy_m,
		.is_mock = fix->flags & OUTRIDER_FIX_MOCK,
		.is_against_sensors = fix->flags & OUTRIDER_FIX_AGAINST_SENSORS,
		.is_rms = fix->flags & OUTRIDER_FIX_RMS,
	};
	bool is_changed[TRACKER_ROOM] = { false };
	bool has_changed = false, is_inside = false;
	enum outrider_code code;

	if (!is_on_earth(fix))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "The fix is no place on earth, or no accuracy.");
	if (!tracker)
		return OUTRIDER_OK;
	code = tracker_be_ready(core, err);
	if (code != OUTRIDER_OK)
		return code;
	tracker_clock_fix(&tracker->clock, fix->time_us);
	code = open_due(core, tracker_clock_high(&tracker->clock), err);
	for (size_t i = 0; i < tracker->n && code == OUTRIDER_OK; i++) {
		struct window *window = &tracker->windows[i];

		if (!window->live || !window_holds(window, seen.time_us))
			continue;
		is_inside = true;
		is_changed[i] = window_take_fix(window, &seen);
		has_changed |= is_changed[i];
	}
	if (code == OUTRIDER_OK && has_changed)
		code = keep(core, is_changed, err);
	tracker->n_fixes++;
	tracker->n_fixes_outside += !is_inside;
	if (code == OUTRIDER_OK && is_inside)
		code = tracker_follow(core, &seen, err);
	if (code == OUTRIDER_OK)
		code = close_due(core, err);
	return code;
}

uint32_t tracker_wanted_interval(struct outrider *core, int64_t *until_us)
{
	struct tracker *tracker = core->tracker;
	struct outrider_err err;
	uint32_t wanted_s = 0;

	*until_us = INT64_MAX;
	if (!tracker || tracker_be_ready(core, &err) != OUTRIDER_OK)
		return 0;
	int64_t high_us = tracker_clock_high(&tracker->clock);
	int64_t low_us = tracker_clock_low(&tracker->clock);
	for (size_t i = 0; i < tracker->n; i++) {
		const struct window *window = &tracker->windows[i];
		int64_t opens_us = window_opens_us(window);

		if (opens_us > high_us) {
			int64_t wall_us = tracker_clock_wall_of_high(
				&tracker->clock, opens_us);
			if (wall_us < *until_us)
				*until_us = wall_us;
		} else if (window_closes_us(window) >= low_us) {
			uint32_t s = window->live
					     ? visit_wanted_interval_s(
						       &window->live->visit)
					     : FIRST_INTERVAL_S;
			if (wanted_s == 0 || s < wanted_s)
				wanted_s = s;
		}
	}
	return tracker_hinted_interval(core, wanted_s);
}
