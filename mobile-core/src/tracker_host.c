/*
 * What the host knows beside fixes: hints that spare the battery, trouble with
 * the GPS, an attestation that failed.
 */
#include "tracker_state.h"

enum {
	AT_ONCE_S = 1,	 /* the phone begins to move: where is it? */
	STILL_TIMES = 4, /* as rarely, while it lies still */
	STILL_MAX_S = 240,
};

static const int64_t STILL_US = INT64_C(1800) * 1000000;
/* A fix that doesn't come by then is not asked for at once any more. */
static const int64_t AT_ONCE_US = INT64_C(30) * 1000000;

/* -------------------------------------------------------------------- hints */

void tracker_hint(struct outrider *core, enum outrider_hint hint)
{
	struct tracker *tracker = core->tracker;
	int64_t now_us = core->host.mono_us(core->host.user);
	bool is_said_again;

	if (!tracker)
		return;
	is_said_again =
		tracker->hint_mono_us != 0 && tracker->hint == hint &&
		(hint == OUTRIDER_HINT_STILL || hint == OUTRIDER_HINT_MOVING);
	tracker->hint = hint;
	tracker->hint_mono_us = now_us;
	if (!is_said_again)
		tracker->hint_since_mono_us = now_us;
}

uint32_t tracker_hinted_interval(struct outrider *core, uint32_t wanted_s)
{
	const struct tracker *tracker = core->tracker;
	int64_t now_us = core->host.mono_us(core->host.user);
	bool is_seen = tracker->fix_mono_us >= tracker->hint_since_mono_us;
	uint32_t still_s = STILL_TIMES * wanted_s;

	if (wanted_s == 0 || tracker->hint_mono_us == 0)
		return wanted_s;
	if (tracker->hint != OUTRIDER_HINT_STILL)
		return !is_seen && now_us - tracker->hint_since_mono_us <=
					       AT_ONCE_US
			       ? AT_ONCE_S
			       : wanted_s;
	/* It is known where the phone lies, and the hint is fresh. */
	if (!is_seen || now_us - tracker->hint_mono_us > STILL_US)
		return wanted_s;
	if (still_s > STILL_MAX_S)
		still_s = STILL_MAX_S;
	return still_s > wanted_s ? still_s : wanted_s;
}

/* ------------------------------------------------------------------ trouble */

/* Writes every open window. */
static enum outrider_code
save_open(struct outrider *core, struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	enum outrider_code code = core_begin(core, err);

	if (code != OUTRIDER_OK) {
		tracker->is_stale = true; /* it is ahead of the file */
		return code;
	}
	core_touch(core, CORE_TRACKER);
	for (size_t i = 0; i < tracker->n && code == OUTRIDER_OK; i++)
		if (tracker->windows[i].live)
			code = tracker_save_window(core, &tracker->windows[i],
						   err);
	return core_finish(core, code, err);
}

static enum tick_trouble trouble_of(enum outrider_trouble trouble)
{
	switch (trouble) {
	case OUTRIDER_TROUBLE_GPS_OFF:
		return TICK_TROUBLE_GPS_OFF;
	case OUTRIDER_TROUBLE_NO_PERMISSION:
		return TICK_TROUBLE_NO_PERMISSION;
	case OUTRIDER_TROUBLE_LOW_POWER:
		return TICK_TROUBLE_LOW_POWER;
	case OUTRIDER_TROUBLE_NONE:
		break;
	}
	return TICK_TROUBLE_NONE;
}

enum outrider_code tracker_set_trouble(struct outrider *core,
				       enum outrider_trouble trouble,
				       struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	enum outrider_code code;

	if ((unsigned)trouble > OUTRIDER_TROUBLE_LOW_POWER)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "That is no trouble.");
	if (!tracker || tracker->trouble == trouble_of(trouble))
		return OUTRIDER_OK;
	code = tracker_be_ready(core, err);
	if (code != OUTRIDER_OK)
		return code;
	tracker->trouble = trouble_of(trouble);
	for (size_t i = 0; i < tracker->n; i++)
		if (tracker->windows[i].live)
			window_set_trouble(&tracker->windows[i],
					   tracker->trouble, core->now_us);
	return save_open(core, err);
}

enum outrider_code
tracker_note_attestation(struct outrider *core, struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	enum outrider_code code;

	if (!tracker)
		return OUTRIDER_OK;
	code = tracker_be_ready(core, err);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < tracker->n; i++)
		if (tracker->windows[i].live)
			window_note(&tracker->windows[i],
				    TICK_NOTE_ATTESTATION);
	return save_open(core, err);
}

void tracker_counts(const struct outrider *core, uint64_t *n_fixes,
		    uint64_t *n_outside)
{
	*n_fixes = core->tracker ? core->tracker->n_fixes : 0;
	*n_outside = core->tracker ? core->tracker->n_fixes_outside : 0;
}

/* --------------------------------------------------------------- outrider.h */

void outrider_hint(struct outrider *core, enum outrider_hint hint)
{
	if (core_enter_aside(core, NULL) != OUTRIDER_OK)
		return;
	tracker_hint(core, hint);
	core_leave(core);
}

enum outrider_code outrider_set_trouble(struct outrider *core,
					enum outrider_trouble trouble,
					struct outrider_err *err)
{
	enum outrider_code code = core_enter_aside(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = tracker_set_trouble(core, trouble, err);
	core_leave(core);
	return code;
}

enum outrider_code
outrider_note_attestation(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = core_enter_aside(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = tracker_note_attestation(core, err);
	core_leave(core);
	return code;
}
