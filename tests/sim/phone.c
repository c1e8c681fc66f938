/*
 * The phones of the simulated world: the real core on a disk that loses its
 * power, with a clock of its own and a heap that is counted.
 */
#include "attach.h"
#include "drafts.h"
#include "lease.h"
#include "lives.h"
#include "pending.h"
#include "people.h"
#include "remains.h"

#include "src/core.h"
#include "src/push.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIN "2468"
/* Attempts that didn't end well, before the phone makes its user wait. */
#define PIN_FREE 5

/* ------------------------------------------------------------------ hooks */

static int64_t wall_us(void *user)
{
	const struct phone *phone = user;

	return phone->world->now_us + phone->skew_us;
}

static int64_t mono_us(void *user)
{
	const struct phone *phone = user;

	return phone->world->now_us - phone->boot_us;
}

static void boot_id(void *user, uint8_t out[16])
{
	memcpy(out, ((const struct phone *)user)->boot_id, 16);
}

static int random_bytes(void *user, void *out, size_t len)
{
	struct phone *phone = user;
	uint8_t *at = out;

	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)dice_throw(&phone->world->dice);
	return 0;
}

/* As realloc, with the size in front of each piece. */
static void *resize(void *user, void *p, size_t size)
{
	const size_t front = alignof(max_align_t);
	struct phone *phone = user;
	uint8_t *old = p != NULL ? (uint8_t *)p - front : NULL, *made;
	size_t old_size = 0;

	if (old != NULL)
		memcpy(&old_size, old, sizeof(old_size));
	phone->heap -= old_size;
	if (size == 0) {
		free(old);
		return NULL;
	}
	made = realloc(old, front + size);
	if (made == NULL)
		abort();
	memcpy(made, &size, sizeof(size));
	phone->heap += size;
	if (phone->heap > phone->heap_most)
		phone->heap_most = phone->heap;
	return made + front;
}

static void send_call(void *user, uint64_t call, const char *method,
		      const char *token, const uint8_t *request, size_t len)
{
	network_send(user, call, method, token, request, len);
}

static void cancel_call(void *user, uint64_t call)
{
	network_cancel(user, call);
}

static uint64_t disk_dice(void *user)
{
	return dice_throw(&((struct phone *)user)->world->dice);
}

/* ------------------------------------------------------------------- life */

void phone_boot(struct phone *phone)
{
	const uint64_t ago_us = dice_below(&phone->world->dice, 60000000);

	phone->boot_us = phone->world->now_us - (int64_t)ago_us;
	(void)random_bytes(phone, phone->boot_id, 16);
}

bool phone_had_fault(struct phone *phone)
{
	const uint64_t faults = test_disk_faults(phone->disk);
	const bool had_fault = faults != phone->faults;

	phone->faults = faults;
	return had_fault;
}

/* As the power or a kill left it, where one of them was. */
static void switch_off(struct phone *phone)
{
	bool is_kill;

	/* On its way down it still writes. */
	phone_stop(phone);
	if (!test_disk_is_cut(phone->disk))
		return;
	phone->who.lease.is_doubtful = true;
	is_kill = test_disk_is_kill(phone->disk);
	world_say(phone->world, "phone %u %s", phone->number,
		  is_kill ? "is killed" : "loses its power");
	phone->n_crashes += !is_kill;
	phone->world->n_kills += is_kill;
	test_disk_power_on(phone->disk);
	if (!is_kill)
		phone_boot(phone);
}

/* A phone whose disk fails may stay off. */
static bool fail_start(struct phone *phone, const char *what,
		       const struct outrider_err *err)
{
	if (!phone_had_fault(phone) && !test_disk_is_cut(phone->disk))
		world_break(phone->world, "8: phone %u doesn't %s: %s",
			    phone->number, what, err->text);
	switch_off(phone);
	return false;
}

/* Does the PIN open the cards, as far as lease and orders go? Between an order
 * that it heard and the receipt nobody outside knows how far it is. */
static enum opening expect_opening(const struct phone *phone)
{
	const struct life *life = life_of(phone);
	const enum opening expected = lease_expects(phone);
	struct outrider_status status;

	if (phone->who.is_wiping)
		return OPENS_NOT;
	outrider_get_status(phone->core, &status);
	return expected == OPENS && life->was_ordered && status.is_wiping
		       ? OPENS_OR_NOT
		       : expected;
}

/*
 * An attempt that the disk or the power ended after the PIN was tried counts as
 * a wrong one: docs/simulation.md, "Limits". Whoever has to wait stays off; a
 * phone whose lease is over, or that was wiped, is on and closed.
 */
static bool unlock(struct phone *phone)
{
	const enum opening expected = expect_opening(phone);
	struct outrider_status status;
	struct outrider_err err;
	enum outrider_code code;

	lease_look(phone);
	code = outrider_unlock(phone->core, PIN, &err);
	if (code == OUTRIDER_OK && expected == OPENS_NOT)
		world_break(phone->world, "%s: phone %u opens",
			    phone->who.is_wiping ? "wipe" : "lease",
			    phone->number);
	if (code == OUTRIDER_FAILED_PRECONDITION && expected != OPENS &&
	    !test_disk_is_cut(phone->disk)) {
		/* Who is being wiped is told that, before any lease ends. */
		outrider_get_status(phone->core, &status);
		if (!status.is_wiping)
			lease_watch(phone, false);
		return true;
	}
	phone->must_wait = code == OUTRIDER_WRONG_PIN &&
			   phone->n_broken_off >= PIN_FREE;
	if (phone->must_wait) {
		switch_off(phone);
		return false;
	}
	phone->n_broken_off++;
	if (code != OUTRIDER_OK)
		return fail_start(phone, "unlock", &err);
	phone->n_broken_off = 0;
	return true;
}

/* The power may have gone between what was done and the word of it. */
static void learn_who(struct phone *phone)
{
	struct outrider_status status;

	phone->is_enrolling = false;
	outrider_get_status(phone->core, &status);
	if (phone->who.is_enrolled && !status.is_enrolled) {
		life_end(phone);
	} else if (!phone->who.is_enrolled && status.is_enrolled) {
		life_begin(phone);
	} else if (phone->who.is_enrolled) {
		/* A wish to give it up came to nothing, if there was one. */
		phone->who.is_leaving = false;
		lease_read(phone);
	}
}

/* Is it nobody's any more, on a disk that failed while it was opened? What that
 * didn't let be copied away goes when it opens the next time. */
static bool is_wiped_in_part(const struct phone *phone)
{
	struct outrider_status status;

	outrider_get_status(phone->core, &status);
	return phone->who.is_enrolled && !status.is_enrolled &&
	       test_disk_faults(phone->disk) != phone->faults_when_opened &&
	       !test_disk_is_cut(phone->disk);
}

bool phone_start(struct phone *phone)
{
	const struct outrider_host host = {
		.size = sizeof(host),
		.user = phone,
		.wall_us = wall_us,
		.mono_us = mono_us,
		.boot_id = boot_id,
		.random = random_bytes,
		.resize = resize,
		.send = send_call,
		.cancel = cancel_call,
	};
	struct outrider_err err;

	if (phone->disk == NULL) {
		snprintf(phone->vfs_name, sizeof(phone->vfs_name), "sim-%u",
			 phone->number);
		phone->disk = test_disk_make(phone->vfs_name, disk_dice, phone);
		(void)random_bytes(phone, phone->secret, 32);
		phone_boot(phone);
	}
	phone->is_syncing = phone->must_wait = false;
	(void)phone_had_fault(phone);
	phone->faults_when_opened = phone->faults;
	if (outrider_open(&phone->core, &host, "phone", phone->vfs_name,
			  phone->secret, &err) != OUTRIDER_OK)
		return fail_start(phone, "open", &err);
	outrider_set_lock_timeout(phone->core, 0);
	if (dice_one_in(&phone->world->dice, 2)) {
		push_set_page(phone->core,
			      1 + (size_t)dice_below(&phone->world->dice, 4));
		replica_set_log(phone->core->replica, 120, 8);
	}
	if (is_wiped_in_part(phone)) {
		phone_stop(phone);
		test_disk_fail_after(phone->disk, 0, 0);
		return phone_start(phone);
	}
	learn_who(phone);
	return !phone->who.is_enrolled || unlock(phone);
}

void phone_stop(struct phone *phone)
{
	pending_forget(phone);
	outrider_close(phone->core);
	phone->core = NULL;
	phone->is_syncing = false;
	network_drop(phone->world, phone);
	if (phone->heap != 0)
		world_break(phone->world,
			    "12: phone %u, closed, still has %zu bytes",
			    phone->number, phone->heap);
}

void phone_recover(struct phone *phone)
{
	switch_off(phone);
	(void)phone_start(phone);
}

void phone_back_up(struct phone *phone)
{
	phone_stop(phone);
	if (!test_disk_is_cut(phone->disk)) {
		test_backup_free(phone->backup);
		phone->backup = test_disk_back_up(phone->disk);
		phone->n_backed_up = phone->ledger.n;
		phone->is_backup_altered = phone->was_altered;
		phone->n_broken_in_backup = phone->n_broken_off;
		phone->who_in_backup = phone->who;
	}
	switch_off(phone);
	(void)phone_start(phone);
}

/* What was written since is gone, unless the server has it. */
void phone_restore(struct phone *phone)
{
	struct ledger *ledger = &phone->ledger;

	if (phone->backup == NULL)
		return;
	world_say(phone->world, "its files are those of %zu edits",
		  phone->n_backed_up);
	switch_off(phone);
	test_disk_put_back(phone->disk, phone->backup);
	test_disk_cut_after(phone->disk, 0);
	phone_boot(phone);
	for (size_t i = 0; i < ledger->n; i++) {
		ledger->edits[i].is_lost |= i >= phone->n_backed_up;
		ledger->edits[i].is_rebased = true;
	}
	remains_free(phone->remains);
	phone->remains = NULL;
	wishes_forget(phone);
	drafts_forget(phone);
	phone->who = phone->who_in_backup;
	phone->who.lease.is_doubtful = true;
	phone->was_altered |= phone->is_backup_altered;
	phone->n_broken_off = phone->n_broken_in_backup;
	phone->world->n_restored++;
	phone->is_anew = phone->may_renew = phone->was_restored = true;
	(void)phone_start(phone);
}

bool phone_is_in_use(struct phone *phone)
{
	struct outrider_status status;

	if (phone->core == NULL || !phone->who.is_enrolled)
		return false;
	outrider_get_status(phone->core, &status);
	return status.is_unlocked;
}

void phone_ask_in(struct phone *phone)
{
	if (phone->is_enrolling)
		return;
	if (phone->code[0] == '\0' && !people_make_code(phone, phone->code))
		return;
	phone->is_enrolling = outrider_enroll(phone->core, phone->code,
					      "simulated", PIN,
					      NULL) == OUTRIDER_OK;
}

void phone_get_ready(struct phone *phone)
{
	struct outrider_status status;

	if (phone->core == NULL)
		return;
	outrider_get_status(phone->core, &status);
	/* A wipe that its disk cut short is ended by beginning anew. */
	if (phone->who.is_enrolled && !status.is_enrolled)
		phone_recover(phone);
	else if (!phone->who.is_enrolled)
		phone_ask_in(phone);
	else if (unlock(phone) && !phone_is_in_use(phone))
		phone_sync(phone);
}

void phone_sync(struct phone *phone)
{
	if (phone->core != NULL && !phone->is_syncing &&
	    outrider_sync(phone->core, NULL) == OUTRIDER_OK)
		phone->is_syncing = true;
}

static void hear(struct phone *phone, const struct outrider_event *event)
{
	if (event->type == OUTRIDER_EVENT_SYNC_DONE) {
		phone->n_syncs++;
		phone->is_syncing = false;
		lease_check_renewed(phone);
	} else if (event->type == OUTRIDER_EVENT_ENROLLED) {
		phone->is_enrolling = false;
		life_begin(phone);
	} else if (event->type == OUTRIDER_EVENT_ENROLL_FAILED) {
		phone->is_enrolling = false;
		/* Of a code that the server doesn't know another is made. */
		if (event->code == OUTRIDER_UNAUTHENTICATED)
			phone->code[0] = '\0';
	} else if (event->type == OUTRIDER_EVENT_WIPED) {
		life_end(phone);
	} else if (event->type == OUTRIDER_EVENT_SYNC_FAILED) {
		phone->n_failed_syncs++;
		phone->is_syncing = false;
		snprintf(phone->failure, sizeof(phone->failure), "%s: %s",
			 outrider_code_name(event->code), event->text);
		world_say(phone->world, "phone %u can't sync: %s",
			  phone->number, phone->failure);
	} else if (event->type == OUTRIDER_EVENT_PARKED) {
		phone->n_parked++;
	} else if (event->type == OUTRIDER_EVENT_MERGED) {
		phone->n_merged++;
	} else if (event->type == OUTRIDER_EVENT_FILE_HERE) {
		phone->world->n_fetched++;
	} else if (event->type == OUTRIDER_EVENT_FILE_FAILED) {
		if (!phone->was_deceived)
			world_break(phone->world,
				    "file: phone %u tells of one: %s",
				    phone->number, event->text);
	} else if (event->type == OUTRIDER_EVENT_REPAIRED) {
		phone->world->n_repaired += event->pulled;
		/* Whose server has another history is repaired at times:
		 * docs/simulation.md, "Limits". */
		if (!phone->was_altered && !phone->is_anew && !phone->may_renew)
			world_break(phone->world,
				    "1: phone %u had to be repaired (%llu "
				    "records%s)",
				    phone->number,
				    (unsigned long long)event->pulled,
				    phone->world->is_calm ? ""
							  : ", on its way");
	} else if (event->type == OUTRIDER_EVENT_OUTBOX_RENEWED) {
		phone->world->n_renewed++;
		phone->may_renew = phone->was_restored = false;
		phone->is_anew = true;
	}
}

void phone_listen(struct phone *phone)
{
	struct outrider_event event;
	struct outrider_err err;
	int64_t next_us;

	if (phone->core == NULL)
		return;
	(void)phone_had_fault(phone);
	lease_look(phone);
	if (!test_disk_is_cut(phone->disk) &&
	    outrider_step(phone->core, &next_us, &err) != OUTRIDER_OK &&
	    !test_disk_is_cut(phone->disk) && !phone_had_fault(phone))
		world_break(phone->world, "phone %u can't step: %s",
			    phone->number, err.text);
	if (test_disk_is_cut(phone->disk))
		phone_recover(phone);
	else
		lease_watch(phone, false);
	while (phone->core != NULL && outrider_next_event(phone->core, &event))
		hear(phone, &event);
}
