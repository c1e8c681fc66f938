/*
 * step: what time and the host's fixes do. Owns nothing: it asks each module
 * when it wants to be called again.
 */
#include "core.h"
#include "tracker.h"

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What time does to the cards: they close, meetings come near. */
static enum outrider_code
step_cards(struct outrider *core, int64_t *next_us, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	if (core_want_cards(core, NULL) != OUTRIDER_OK)
		return OUTRIDER_OK;
	if (keys_are_idle(core)) {
		core_lock_cards(core);
		return OUTRIDER_OK;
	}
	if (agenda_is_due(core)) {
		core->agenda.is_stale = true;
		code = core_begin(core, err);
		if (code == OUTRIDER_OK)
			code = core_finish(core, agenda_set_windows(core, err),
					   err);
	}
	handles_step(core, next_us);
	*next_us = sooner(*next_us, agenda_next_us(core));
	if (core->lock_after_us > 0)
		*next_us = sooner(*next_us,
				  core->now_us + keys_idle_left_us(core));
	return code;
}

/* Open or not: a phone that is away for long forgets its cards. */
static enum outrider_code
step_lease(struct outrider *core, int64_t *next_us, struct outrider_err *err)
{
	if (!core->device.is_enrolled)
		return OUTRIDER_OK;
	if (!device_lease_is_over(core)) {
		*next_us = sooner(*next_us, core->device.lease_until_us);
		return OUTRIDER_OK;
	}
	(void)!device_note_time(core, NULL);
	return keys_end_lease(core, err);
}

static enum outrider_code
step(struct outrider *core, int64_t *next_us, struct outrider_err *err)
{
	int64_t tracker_us = INT64_MAX, sync_us = INT64_MAX;
	int64_t keys_us = INT64_MAX;
	enum outrider_code code;

	*next_us = INT64_MAX;
	code = step_lease(core, next_us, err);
	if (code == OUTRIDER_OK)
		code = step_cards(core, next_us, err);
	if (code == OUTRIDER_OK)
		code = keys_step(core, &keys_us, err);
	*next_us = sooner(*next_us, keys_us);
	if (code == OUTRIDER_OK)
		code = tracker_step(core, &tracker_us, err);
	sync_step(core, &sync_us);
	*next_us = sooner(*next_us, sooner(tracker_us, sync_us));
	return code;
}

enum outrider_code
outrider_step(struct outrider *core, int64_t *next_us, struct outrider_err *err)
{
	enum outrider_code code = core_enter_aside(core, err);

	*next_us = INT64_MAX;
	if (code != OUTRIDER_OK)
		return code;
	code = step(core, next_us, err);
	core_leave(core);
	return code;
}

enum outrider_code outrider_add_fix(struct outrider *core,
				    const struct outrider_fix *fix,
				    struct outrider_err *err)
{
	enum outrider_code code = core_enter_aside(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = tracker_fix(core, fix, err);
	core_leave(core);
	return code;
}

uint32_t outrider_wanted_interval(struct outrider *core, int64_t *until_us)
{
	uint32_t interval_s;

	*until_us = INT64_MAX;
	if (core_enter_aside(core, NULL) != OUTRIDER_OK)
		return 0;
	interval_s = tracker_wanted_interval(core, until_us);
	core_leave(core);
	return interval_s;
}

enum outrider_code outrider_visits(struct outrider *core,
				   outrider_visit_fn *callback, void *user,
				   struct outrider_err *err)
{
	enum outrider_code code = core_enter_aside(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = tracker_visits(core, callback, user, err);
	core_leave(core);
	return code;
}
