/*
 * How far the rep is: told to the host when it changes, and kept as positions
 * for the server. In memory alone, but for the word that somebody will be
 * late: it was told once, whatever happens to the phone since.
 */
#include "tracker_state.h"

#include <string.h>

#include "events.h"

static void
tell(struct outrider *core, const struct window *window, const char *what)
{
	events_push(&core->events, OUTRIDER_EVENT_PROGRESS,
		    window->plan.meeting_id, OUTRIDER_OK, "%s", what);
}

static void ask_outcome(struct outrider *core, const struct window *window)
{
	events_push(&core->events, OUTRIDER_EVENT_OUTCOME_WANTED,
		    window->plan.meeting_id, OUTRIDER_OK,
		    "What came of it? Is the next meeting planned: where and "
		    "when?");
}

/* On the disk before it is told: twice is worse than a kill in between. */
static enum outrider_code keep_told_late(struct outrider *core,
					 struct window *window,
					 struct outrider_err *err)
{
	enum outrider_code code = core_begin(core, err);

	if (code != OUTRIDER_OK)
		return code;
	core_touch(core, CORE_TRACKER);
	window->is_told_late = true;
	return core_finish(core, tracker_save_window(core, window, err), err);
}

/* *is_news: somebody waits to hear of it. After an error the windows have been
 * read anew. */
static enum outrider_code
tell_news(struct outrider *core, bool *is_news, struct window *window,
	  const struct progress *now, struct outrider_err *err)
{
	bool is_stage_new = now->stage != window->told_stage;
	bool is_late_new = now->is_late && !window->is_told_late;

	if (is_late_new) {
		enum outrider_code code = keep_told_late(core, window, err);
		if (code != OUTRIDER_OK)
			return code;
	}
	window->told_stage = (uint8_t)now->stage;
	if (is_stage_new)
		tell(core, window, outrider_progress_name(now->stage));
	if (is_late_new)
		tell(core, window, "RUNNING_LATE");
	if (now->stage == OUTRIDER_ENDED && !window->is_outcome_asked) {
		window->is_outcome_asked = true;
		ask_outcome(core, window);
	}
	*is_news = is_stage_new || is_late_new;
	return OUTRIDER_OK;
}

/* Which of two windows a position is told for: the one that isn't over, the
 * earlier one. */
static bool goes_before(const struct window *a, const struct window *b)
{
	bool is_over = a->told_stage == OUTRIDER_ENDED;

	if (!b)
		return true;
	if (is_over != (b->told_stage == OUTRIDER_ENDED))
		return !is_over;
	return a->plan.start_us < b->plan.start_us;
}

static void keep_position(struct outrider *core, struct window *window,
			  const struct fix *fix, bool is_urgent)
{
	struct tracker *tracker = core->tracker;
	struct progress now;

	progress_of(&now, window, &tracker->sight, fix->time_us);
	positions_add(&tracker->positions, fix, window->plan.meeting_id, &now,
		      is_urgent);
	window->live->page.n_positions++;
}

static bool look_at_fix(struct tracker *tracker, const struct outrider *core,
			const struct fix *fix)
{
	struct geo_pin at;

	if (!geo_pin_from_degrees(&at, fix->lat_deg, fix->lon_deg))
		return false;
	tracker->sight = (struct progress_sight){ true, fix->time_us, at };
	tracker->fix_mono_us = core->host.mono_us(core->host.user);
	return true;
}

enum outrider_code tracker_follow(struct outrider *core, const struct fix *fix,
				  struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	struct window *first = NULL;
	bool is_open = false, is_kept = false;

	if (fix && !look_at_fix(tracker, core, fix))
		return OUTRIDER_OK;
	for (size_t i = 0; i < tracker->n; i++) {
		struct window *window = &tracker->windows[i];
		struct progress now;
		enum outrider_code code;
		bool is_news;

		if (!window->live)
			continue;
		is_open = true;
		progress_of(&now, window, &tracker->sight,
			    fix ? fix->time_us
				: tracker_clock_low(&tracker->clock));
		code = tell_news(core, &is_news, window, &now, err);
		if (code != OUTRIDER_OK)
			return code;
		if (!fix || !window_holds(window, fix->time_us))
			continue;
		if (is_news)
			keep_position(core, window, fix, true);
		is_kept |= is_news;
		if (goes_before(window, first))
			first = window;
	}
	if (first && !is_kept &&
	    positions_are_due(&tracker->positions, fix->time_us))
		keep_position(core, first, fix, false);
	if (!is_open)
		tracker->sight = (struct progress_sight){ false };
	return OUTRIDER_OK;
}

void tracker_tell_ended(struct outrider *core, const struct window *closed)
{
	if (closed->told_stage != OUTRIDER_ENDED)
		tell(core, closed, outrider_progress_name(OUTRIDER_ENDED));
	if (!closed->is_outcome_asked)
		ask_outcome(core, closed);
}

void tracker_settle_progress(struct tracker *tracker)
{
	static const struct progress_sight nothing;

	for (size_t i = 0; i < tracker->n; i++) {
		struct window *window = &tracker->windows[i];
		struct progress now;

		if (!window->live)
			continue;
		progress_of(&now, window, &nothing, 0);
		window->told_stage = (uint8_t)now.stage;
		window->is_outcome_asked = now.stage == OUTRIDER_ENDED;
	}
}

struct positions *tracker_positions(const struct outrider *core)
{
	return core->tracker ? &core->tracker->positions : NULL;
}

void tracker_forget_sights(struct outrider *core)
{
	struct tracker *tracker = core->tracker;

	if (!tracker)
		return;
	positions_wipe(&tracker->positions);
	vault_memory_wipe(&tracker->sight, sizeof(tracker->sight));
}
