/*
 * life: opening, enrolling, unlocking, locking and closing, and what the host
 * may know of it. Owns the order in which modules come and go.
 */
#include <stdlib.h>
#include <string.h>

#include "cards.h"
#include "conflicts.h"
#include "core.h"
#include "edit.h"
#include "evidence.h"
#include "keys.h"
#include "memory.h"
#include "mend.h"
#include "rows.h"
#include "tracker.h"
#include "wipe.h"

enum {
	LENT_MAX = 32 << 20,
	WORK_MAX = 32 << 20,
	CODE_MAX = 32,
	NAME_MAX = 100,
};

/* ---------------------------------------------------------------- opening */

static bool host_is_whole(const struct outrider_host *host)
{
	/* The first version's size: members behind it may be missing. */
	size_t size =
		offsetof(struct outrider_host, cancel) + sizeof(host->cancel);

	return host != NULL && host->size >= size && host->wall_us != NULL &&
	       host->mono_us != NULL && host->boot_id != NULL &&
	       host->random != NULL && host->send != NULL;
}

/* What needs no person. */
static enum outrider_code
open_tracking(struct outrider *core, struct outrider_err *err)
{
	enum outrider_code code = keys_open_tracking(core, err);

	if (code == OUTRIDER_OK)
		code = mend_tracking(core, err);
	if (code == OUTRIDER_OK)
		code = device_load(core, err);
	if (code == OUTRIDER_OK)
		code = mend_device(core, err);
	if (code == OUTRIDER_OK)
		code = tracker_open(core, err);
	return code == OUTRIDER_OK ? wipe_go_on(core, err) : code;
}

static enum outrider_code
open_modules(struct outrider *core, const char *path, const char *vfs,
	     const uint8_t keystore_secret[32], struct outrider_err *err)
{
	enum outrider_code code;

	code = replica_open(&core->replica, &core->allocator, &core->host, path,
			    vfs, err);
	if (code == OUTRIDER_OK)
		code = vault_new(&core->vault, &core->host, keystore_secret,
				 err);
	if (code != OUTRIDER_OK)
		return code;
	code = open_tracking(core, err);
	if (code != OUTRIDER_DATA_LOSS || !replica_is_damaged(core->replica))
		return code;
	if (core->tracker != NULL)
		tracker_close(core);
	code = mend_file(core, err);
	return code == OUTRIDER_OK ? open_tracking(core, err) : code;
}

/* Frees what there is; all of it may be missing. */
static void destroy(struct outrider *core)
{
	struct outrider_host host = core->host;
	struct allocator allocator = memory_allocator(&host);

	if (core->tracker != NULL)
		tracker_close(core);
	edit_free_all(core);
	outbox_clear(core);
	files_clear(core);
	drafts_clear(core);
	conflicts_clear(core);
	card_places_free(&core->places);
	find_wipe(&core->find);
	agenda_clear(core);
	nearby_wipe(&core->nearby);
	upcoming_wipe(&core->upcoming);
	arena_free(&core->lent);
	arena_free(&core->work);
	buffer_free(&core->sealed);
	buffer_free(&core->open);
	if (core->replica != NULL)
		(void)!replica_checkpoint(core->replica, NULL);
	replica_close(core->replica);
	vault_free(core->vault);
	allocator.resize(allocator.user, core, 0); /* wipes */
}

enum outrider_code
outrider_open(struct outrider **out, const struct outrider_host *host,
	      const char *path, const char *vfs,
	      const uint8_t keystore_secret[32], struct outrider_err *err)
{
	struct allocator allocator;
	struct outrider *core;
	enum outrider_code code;

	*out = NULL;
	err_clear(err);
	if (!host_is_whole(host) || path == NULL || keystore_secret == NULL)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "The host lacks a hook, or a path is missing.");
	allocator = memory_allocator(host);
	core = allocator.resize(allocator.user, NULL, sizeof(*core));
	if (core == NULL)
		return err_no_memory(err);
	*core = (struct outrider){ .is_busy = true };
	memcpy(&core->host, host,
	       host->size < sizeof(core->host) ? host->size
					       : sizeof(core->host));
	core->allocator = memory_allocator(&core->host);
	core->lock_after_us = KEYS_LOCK_AFTER_US;
	core->now_us = host->wall_us(host->user);
	arena_init(&core->lent, &core->allocator, LENT_MAX);
	arena_init(&core->work, &core->allocator, WORK_MAX);
	buffer_init(&core->sealed, &core->allocator, ROWS_MAX + 4096);
	buffer_init(&core->open, &core->allocator, ROWS_MAX);
	row_ahead_init(&core->ahead, &core->allocator);
	card_places_init(&core->places, &core->allocator);
	find_init(&core->find, &core->allocator);
	agenda_init(&core->agenda, &core->allocator);
	nearby_init(&core->nearby, &core->allocator);
	upcoming_init(&core->upcoming, &core->allocator);
	push_init(&core->push, &core->allocator);

	code = open_modules(core, path, vfs, keystore_secret, err);
	if (code != OUTRIDER_OK) {
		destroy(core);
		return code;
	}
	core_leave(core);
	*out = core;
	return OUTRIDER_OK;
}

void outrider_close(struct outrider *core)
{
	struct outrider_err err;

	if (core == NULL || core_enter(core, &err) != OUTRIDER_OK)
		return;
	sync_abandon(core);
	destroy(core);
}

/* --------------------------------------------------------------- enrolling */

static enum outrider_code
check_enroll(const struct outrider *core, const char *code,
	     const char *device_name, struct outrider_err *err)
{
	if (core->device.is_enrolled)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "This device is enrolled already.");
	if (core->sync.state != SYNC_IDLE)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "A call to the server is under way.");
	if (code == NULL || code[0] == 0 || strlen(code) > CODE_MAX)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "code",
			       "A code has 1 to %d characters.", CODE_MAX);
	if (device_name == NULL || strlen(device_name) > NAME_MAX)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "device_name",
			       "A device's name has up to %d bytes.", NAME_MAX);
	return OUTRIDER_OK;
}

/*
 * Who the device will be: new with a new code, the same with the same one, so
 * that an answer lost on the road can be asked for again. In a transaction,
 * behind which the cards are to be locked.
 */
static enum outrider_code make_identity(struct outrider *core, const char *code,
					const char *pin,
					struct outrider_err *err)
{
	struct device *device = &core->device;
	uint8_t random[10];
	enum outrider_code result = OUTRIDER_OK;

	core_touch(core, CORE_DEVICE);
	if (uuid_is_zero(&device->id) || strcmp(device->code, code) != 0) {
		result = core_random(core, random, sizeof(random), err);
		device->id = uuid_make(core->now_us / 1000, random);
		memcpy(device->code, code, strlen(code) + 1);
	}
	if (result == OUTRIDER_OK)
		result = core_random(core, device->incarnation,
				     sizeof(device->incarnation), err);
	if (result == OUTRIDER_OK)
		result = keys_make_cards(core, pin, err);
	if (result != OUTRIDER_OK)
		return result;
	vault_box_key(core->vault, device->intake_key);
	device->pin_failures = 0;
	device->next_seq = 1;
	device->acked_seq = device->seq_base = 0;
	return device_save(core, err);
}

enum outrider_code outrider_enroll(struct outrider *core, const char *code,
				   const char *device_name, const char *pin,
				   struct outrider_err *err)
{
	enum outrider_code result = core_enter(core, err);

	if (result != OUTRIDER_OK)
		return result;
	result = check_enroll(core, code, device_name, err);
	if (result == OUTRIDER_OK)
		result = core_begin(core, err);
	if (result == OUTRIDER_OK)
		result = core_finish(core, make_identity(core, code, pin, err),
				     err);
	vault_lock(core->vault, VAULT_CARDS);
	if (result == OUTRIDER_OK)
		result = sync_enroll(core, code, device_name, err);
	core_leave(core);
	return result;
}

/* --------------------------------------------------------------- unlocking */

static enum outrider_code
open_cards(struct outrider *core, struct outrider_err *err)
{
	struct mend mend;
	enum outrider_code code = mend_before_cards(core, &mend, err);

	if (code == OUTRIDER_OK)
		code = core_load_cards(core, err);
	if (code == OUTRIDER_OK)
		code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	code = keys_escrow(core, false, err);
	if (code == OUTRIDER_OK)
		code = mend_cards(core, &mend, err);
	if (code == OUTRIDER_OK)
		code = agenda_set_windows(core, err);
	code = core_finish(core, code, err);
	if (code == OUTRIDER_OK && mend.differing != 0)
		events_push(&core->events, OUTRIDER_EVENT_VAULT_DAMAGED, NULL,
			    OUTRIDER_DATA_LOSS,
			    "The phone's file was changed or damaged: the "
			    "cards are fetched anew with the next sync.");
	return code;
}

static enum outrider_code
unlock(struct outrider *core, const char *pin, struct outrider_err *err)
{
	enum outrider_code code;

	if (!core->device.is_enrolled)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "This device is not enrolled.");
	if (vault_is_open(core->vault, VAULT_CARDS))
		return OUTRIDER_OK;
	if (core->device.is_wiping)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "This device was wiped: its receipt waits for "
			       "the server.");
	if (device_lease_is_over(core)) {
		(void)!device_note_time(core, NULL);
		(void)!keys_end_lease(core, NULL);
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "The cards were offline for too long: sync "
			       "first.");
	}
	code = device_pin_attempt(core, err);
	if (code != OUTRIDER_OK)
		return code;
	code = keys_open_cards(core, pin, err);
	if (code == OUTRIDER_WRONG_PIN)
		return code;
	if (code != OUTRIDER_OK) {
		/* It was no guess: nobody learned anything. */
		(void)!device_pin_forget(core, NULL);
		return code;
	}
	code = device_pin_right(core, err);
	if (code == OUTRIDER_OK)
		code = open_cards(core, err);
	if (code == OUTRIDER_DATA_LOSS && replica_is_damaged(core->replica)) {
		code = mend_file(core, err);
		if (code == OUTRIDER_OK)
			code = open_cards(core, err);
	}
	if (code == OUTRIDER_OK)
		code = keys_look_at_age(core, err);
	core->used_mono_us = core->host.mono_us(core->host.user);
	if (code != OUTRIDER_OK)
		core_lock_cards(core);
	return code;
}

enum outrider_code outrider_unlock(struct outrider *core, const char *pin,
				   struct outrider_err *err)
{
	enum outrider_code code = core_enter(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = unlock(core, pin, err);
	core_leave(core);
	return code;
}

void outrider_lock(struct outrider *core)
{
	struct outrider_err err;

	if (core_enter(core, &err) != OUTRIDER_OK)
		return;
	core_lock_cards(core);
	core_leave(core);
}

/* ------------------------------------------------------------------ status */

static void fill_status(struct outrider *core, struct outrider_status *out)
{
	const struct device *device = &core->device;
	const struct positions *positions = tracker_positions(core);

	out->is_enrolled = device->is_enrolled;
	out->is_unlocked = core_want_cards(core, NULL) == OUTRIDER_OK;
	memcpy(out->device_id, device->id.at, sizeof(out->device_id));
	memcpy(out->user_id, device->user_id.at, sizeof(out->user_id));
	memcpy(out->user_name, device->user_name, sizeof(out->user_name));
	out->rank = device->rank;
	outbox_counts(core, &out->n_waiting, &out->n_parked);
	evidence_counts(core, &out->n_evidence_waiting, &out->chain_number);
	out->n_cards = find_count(&core->find);
	out->synced_us = device->synced_us;
	out->lease_until_us = device->lease_until_us;
	out->is_wiping = device->is_wipe_ordered;
	out->is_online_wanted = sync_is_wanted(core);
	out->n_conflicts = conflicts_count(core);
	out->n_positions_waiting = positions != NULL ? positions->n : 0;
	out->is_position_urgent = positions != NULL && positions->is_urgent;
	out->n_calls = core->sync.n_calls;
	tracker_counts(core, &out->n_fixes, &out->n_fixes_outside);
	out->is_search_in_swap = core->find.is_unlocked ||
				 core->nearby.links.is_in_swap ||
				 core->upcoming.items.is_in_swap;
}

void outrider_get_status(struct outrider *core, struct outrider_status *out)
{
	*out = (struct outrider_status){ .is_enrolled = false };
	if (core_enter_aside(core, NULL) != OUTRIDER_OK)
		return;
	fill_status(core, out);
	core_leave(core);
}

const char *outrider_device_token(struct outrider *core)
{
	const char *token;

	if (core_enter_aside(core, NULL) != OUTRIDER_OK)
		return NULL;
	token = core->device.is_enrolled ? core->device.token : NULL;
	core_leave(core);
	return token;
}

bool outrider_next_event(struct outrider *core, struct outrider_event *out)
{
	bool is_there;

	*out = (struct outrider_event){ .type = OUTRIDER_EVENT_NONE };
	if (core_enter_aside(core, NULL) != OUTRIDER_OK)
		return false;
	is_there = events_take(&core->events, out);
	core_leave(core);
	return is_there;
}

const char *outrider_code_name(enum outrider_code code)
{
	return code_name(code);
}

const char *outrider_code_text(enum outrider_code code)
{
	return code_text(code);
}
