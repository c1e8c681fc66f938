/*
 * Plans become windows. One that is told anew replaces what was known, unless
 * its window is open: nobody changes what a meeting is judged by while it
 * goes on.
 */
#include "tracker_state.h"

#include <string.h>

#include "events.h"

/* A plan is watched once: what was seen of it is in the chain already. */
static bool
is_spent(const struct tracker *tracker, const struct visit_plan *plan)
{
	struct window window = { .plan = *plan };

	return window_closes_us(&window) < tracker_clock_low(&tracker->clock) ||
	       evidence_has_watched(&tracker->chain, plan->meeting_id,
				    plan->start_us);
}

/* The meeting's window that is open, or planned; n if there is none. */
static size_t find_window(const struct tracker *tracker,
			  const uint8_t meeting_id[16], bool is_open)
{
	size_t i = 0;

	while (i < tracker->n &&
	       ((tracker->windows[i].live != NULL) != is_open ||
		memcmp(tracker->windows[i].plan.meeting_id, meeting_id, 16) !=
			0))
		i++;
	return i;
}

/* A plan that changes under way is noted, and judged as it was. */
static enum outrider_code
note_change(struct outrider *core, struct window *window,
	    const struct visit_plan *plan, struct outrider_err *err)
{
	if (window_is_same_plan(&window->told, plan))
		return OUTRIDER_OK;
	window->told = *plan;
	events_push(&core->events, OUTRIDER_EVENT_PLAN_CHANGED,
		    plan->meeting_id, OUTRIDER_OK,
		    "judged by the plan that was known before");
	return tracker_save_window(core, window, err);
}

static enum outrider_code set_one(struct outrider *core,
				  const struct tracker_window *told,
				  struct outrider_err *err)
{
	const struct visit_plan *plan = &told->plan;
	struct tracker *tracker = core->tracker;
	size_t open = find_window(tracker, plan->meeting_id, true);
	size_t planned = find_window(tracker, plan->meeting_id, false);
	bool is_wanted = !is_spent(tracker, plan);

	if (open < tracker->n) {
		enum outrider_code code =
			note_change(core, &tracker->windows[open], plan, err);
		if (code != OUTRIDER_OK)
			return code;
		/* One that was moved to a later time is watched there too. */
		is_wanted &= plan->start_us >=
			     window_closes_us(&tracker->windows[open]);
	}
	if (planned == tracker->n)
		return is_wanted ? tracker_add_window(core, told, err)
				 : OUTRIDER_OK;
	if (!is_wanted)
		return tracker_drop_window(core, planned, err);
	if (window_is_same_plan(&tracker->windows[planned].plan, plan))
		return OUTRIDER_OK;
	tracker->windows[planned].plan = *plan;
	tracker->windows[planned].told = *plan;
	return tracker_save_window(core, &tracker->windows[planned], err);
}

static bool is_among(const struct tracker_window *windows, size_t n,
		     const uint8_t meeting_id[16])
{
	for (size_t i = 0; i < n; i++)
		if (windows[i].is_mine &&
		    memcmp(windows[i].plan.meeting_id, meeting_id, 16) == 0)
			return true;
	return false;
}

/* Whoever made the list, by the wall clock, had to put it in. */
static bool
ought_to_be_told(const struct outrider *core, const struct visit_plan *plan)
{
	return plan->end_us > core->now_us &&
	       plan->start_us - core->now_us < TRACKER_HORIZON_US;
}

/* Signs what an open window has seen up to now, which is held within it. */
static enum outrider_code close_early(struct outrider *core, size_t i,
				      struct visit_verdict *verdict,
				      struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	const struct window *window = &tracker->windows[i];
	int64_t now_us = tracker_clock_low(&tracker->clock);

	if (now_us < window_opens_us(window))
		now_us = window_opens_us(window);
	if (now_us > window_closes_us(window))
		now_us = window_closes_us(window);
	return tracker_close_window(core, i, now_us, verdict, err);
}

static enum outrider_code
cancel(struct outrider *core, size_t i, struct outrider_err *err)
{
	const struct window *window = &core->tracker->windows[i];
	struct visit_verdict verdict;
	uint8_t meeting_id[16];
	enum outrider_code code;

	if (!window->live)
		return tracker_drop_window(core, i, err);
	memcpy(meeting_id, window->plan.meeting_id, 16);
	code = close_early(core, i, &verdict, err);
	if (code == OUTRIDER_OK)
		tracker_tell_verdict(core, meeting_id, &verdict);
	return code;
}

enum outrider_code
tracker_end_now(struct outrider *core, struct tracker_end *out,
		const uint8_t meeting_id[16], struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	enum outrider_code code = tracker_be_ready(core, err);
	size_t i;

	*out = (struct tracker_end){ .was_open = false };
	if (code != OUTRIDER_OK)
		return code;
	i = find_window(tracker, meeting_id, true);
	if (i == tracker->n)
		return OUTRIDER_OK;
	core_touch(core, CORE_TRACKER);
	out->was_open = true;
	out->window = tracker->windows[i];
	out->window.live = NULL;
	code = close_early(core, i, &out->verdict, err);
	return code == OUTRIDER_OK ? tracker_save_clock(core, err) : code;
}

void tracker_tell_end(struct outrider *core, const struct tracker_end *end)
{
	if (!end->was_open)
		return;
	tracker_tell_verdict(core, end->window.plan.meeting_id, &end->verdict);
	tracker_tell_ended(core, &end->window);
}

enum outrider_code tracker_set_windows(struct outrider *core,
				       const struct tracker_window *windows,
				       size_t n, struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	enum outrider_code code = tracker_be_ready(core, err);

	core_touch(core, CORE_TRACKER);
	for (size_t i = 0; i < n && code == OUTRIDER_OK; i++)
		if (windows[i].is_mine)
			code = set_one(core, &windows[i], err);
	for (size_t i = tracker->n; i > 0 && code == OUTRIDER_OK; i--) {
		const struct window *window = &tracker->windows[i - 1];

		if (ought_to_be_told(core, &window->plan) &&
		    !is_among(windows, n, window->plan.meeting_id))
			code = cancel(core, i - 1, err);
	}
	if (code == OUTRIDER_OK)
		code = tracker_save_clock(core, err);
	return code;
}
