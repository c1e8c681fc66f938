/*
 * core: entering and leaving, the transaction, and the opening and closing of
 * the cards' side.
 */
#include "core.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "cards.h"
#include "edit.h"
#include "tracker.h"

/* ---------------------------------------------------------------- entering */

enum outrider_code
core_enter_aside(struct outrider *core, struct outrider_err *err)
{
	err_clear(err);
	if (core == NULL)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "No core was given.");
	if (core->is_busy)
		return err_set(err, OUTRIDER_BUSY, NULL,
			       "The core was called from inside a hook or a "
			       "callback.");
	core->is_busy = true;
	core->now_us = core->host.wall_us(core->host.user);
	arena_reset(&core->lent);
	arena_reset(&core->work);
	return OUTRIDER_OK;
}

enum outrider_code
core_enter_edit(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = core_enter_aside(core, err);

	if (code == OUTRIDER_OK)
		core->used_mono_us = core->host.mono_us(core->host.user);
	return code;
}

enum outrider_code core_enter(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = core_enter_aside(core, err);

	if (code != OUTRIDER_OK)
		return code;
	if (keys_are_idle(core))
		core_lock_cards(core);
	core->used_mono_us = core->host.mono_us(core->host.user);
	return OUTRIDER_OK;
}

void core_leave(struct outrider *core)
{
	assert(!replica_is_writing(core->replica));
	if (core->is_wiping) {
		arena_free(&core->lent);
		arena_free(&core->work);
		buffer_free(&core->sealed);
		buffer_free(&core->open);
		core->is_wiping = false;
	}
	core->is_busy = false;
}

enum outrider_code
core_want_cards(const struct outrider *core, struct outrider_err *err)
{
	/* While enrolling the keys are there and the person is not. */
	if (!core->device.is_enrolled ||
	    !vault_is_open(core->vault, VAULT_CARDS))
		return err_set(err, OUTRIDER_LOCKED, NULL,
			       "The cards are locked.");
	return OUTRIDER_OK;
}

/* ----------------------------------------------------------- transactions */

enum outrider_code core_begin(struct outrider *core, struct outrider_err *err)
{
	core->touched = 0;
	return replica_begin(core->replica, err);
}

void core_touch(struct outrider *core, enum core_part part)
{
	assert(replica_is_writing(core->replica));
	core->touched |= (unsigned)part;
}

/* The modules' memory is of a state that never came to be: read it anew. */
static void reread(struct outrider *core)
{
	unsigned touched = core->touched;
	struct outrider_err err;

	core->touched = 0;
	/* Not as part of the cards: a disk that is full fails each renewal, and
	 * the cards are many. */
	if (touched & CORE_AGENDA)
		core->agenda.is_stale = true;
	if (touched & CORE_DEVICE && device_load(core, &err) != OUTRIDER_OK)
		core_log(core, OUTRIDER_LOG_ERROR, "device: %s", err.text);
	if (touched & CORE_TRACKER && tracker_reload(core, &err) != OUTRIDER_OK)
		core_log(core, OUTRIDER_LOG_ERROR, "tracker: %s", err.text);
	if (touched & CORE_CARDS && vault_is_open(core->vault, VAULT_CARDS) &&
	    core_load_cards(core, &err) != OUTRIDER_OK) {
		core_log(core, OUTRIDER_LOG_ERROR, "cards: %s", err.text);
		core_lock_cards(core);
	}
}

static void end_tallies(struct outrider *core, bool is_committed)
{
	tally_end(core, is_committed);
	if (!is_committed)
		core->seen.is_known = false;
}

enum outrider_code core_commit(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = tally_save(core, err);

	if (code != OUTRIDER_OK)
		replica_rollback(core->replica);
	else
		code = replica_commit(core->replica, err);
	end_tallies(core, code == OUTRIDER_OK);
	if (code != OUTRIDER_OK)
		reread(core);
	core->touched = 0;
	return code;
}

void core_rollback(struct outrider *core)
{
	replica_rollback(core->replica);
	end_tallies(core, false);
	reread(core);
}

enum outrider_code core_finish(struct outrider *core, enum outrider_code code,
			       struct outrider_err *err)
{
	if (code == OUTRIDER_OK)
		return core_commit(core, err);
	core_rollback(core);
	return code;
}

/* ------------------------------------------------------------------ cards */

static void forget_cards(struct outrider *core)
{
	row_ahead_clear(&core->ahead);
	files_clear(core);
	drafts_clear(core);
	outbox_clear(core);
	conflicts_clear(core);
	card_places_free(&core->places);
	find_wipe(&core->find);
	agenda_clear(core);
	nearby_wipe(&core->nearby);
	upcoming_wipe(&core->upcoming);
	core->handles = (struct handles){ .is_complete = false };
}

enum outrider_code
core_load_cards(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code;

	forget_cards(core);
	core->has_gone = true; /* a pull may have been cut */
	code = outbox_load(core, err);
	if (code == OUTRIDER_OK)
		code = files_load(core, err);
	if (code == OUTRIDER_OK)
		code = drafts_load(core, err);
	if (code == OUTRIDER_OK)
		code = conflicts_load(core, err);
	if (code == OUTRIDER_OK)
		code = cards_load(core, err);
	if (code == OUTRIDER_OK)
		code = handles_load(core, err);
	return code;
}

void core_lock_cards(struct outrider *core)
{
	bool was_open = vault_is_open(core->vault, VAULT_CARDS);

	sync_cards_closed(core);
	edit_free_all(core);
	forget_cards(core);
	vault_lock(core->vault, VAULT_CARDS);
	core->is_wiping = true;
	if (was_open)
		events_push(&core->events, OUTRIDER_EVENT_LOCKED, NULL,
			    OUTRIDER_OK, NULL);
}

/* ---------------------------------------------------------------- the host */

enum outrider_code core_random(struct outrider *core, void *out, size_t len,
			       struct outrider_err *err)
{
	if (core->host.random(core->host.user, out, len) != 0)
		return err_set(err, OUTRIDER_INTERNAL, NULL,
			       "The host gives no random bytes.");
	return OUTRIDER_OK;
}

void core_log(struct outrider *core, enum outrider_log_level level,
	      const char *format, ...)
{
	char text[256];
	va_list arguments;

	if (core->host.log == NULL)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	core->host.log(core->host.user, level, text);
}
