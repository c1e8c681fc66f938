/*
 * The phones of the simulated world: the real core on a disk that loses its
 * power, and a rep with a seed.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIN	"2468"
#define CHOICES 40

/* ------------------------------------------------------------------ hooks */

static int64_t wall_us(void *user)
{
	const struct phone *phone = user;

	return phone->world->now_us + phone->skew_us;
}

static int64_t mono_us(void *user)
{
	return ((const struct phone *)user)->world->now_us;
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

bool phone_start(struct phone *phone)
{
	const struct outrider_host host = {
		.size = sizeof(host),
		.user = phone,
		.wall_us = wall_us,
		.mono_us = mono_us,
		.boot_id = boot_id,
		.random = random_bytes,
		.send = send_call,
		.cancel = cancel_call,
	};
	struct outrider_err err;

	if (phone->disk == NULL) {
		snprintf(phone->vfs_name, sizeof(phone->vfs_name), "sim-%u",
			 phone->number);
		phone->disk = test_disk_make(phone->vfs_name, disk_dice, phone);
		(void)random_bytes(phone, phone->secret, 32);
	}
	(void)random_bytes(phone, phone->boot_id, 16);
	phone->is_syncing = false;
	if (outrider_open(&phone->core, &host, "phone", phone->vfs_name,
			  phone->secret, &err) != OUTRIDER_OK) {
		world_break(phone->world, "8: phone %u doesn't open: %s",
			    phone->number, err.text);
		return false;
	}
	if (phone->is_enrolled &&
	    outrider_unlock(phone->core, PIN, &err) != OUTRIDER_OK) {
		world_break(phone->world, "8: phone %u doesn't unlock: %s",
			    phone->number, err.text);
		return false;
	}
	return true;
}

void phone_stop(struct phone *phone)
{
	outrider_close(phone->core);
	phone->core = NULL;
	phone->is_syncing = false;
	network_drop(phone->world, phone);
}

/* The power went: what the disk holds is for the dice to say. */
static void restart_after_cut(struct phone *phone)
{
	phone->n_crashes++;
	phone_stop(phone);
	test_disk_power_on(phone->disk);
	(void)phone_start(phone);
}

bool phone_enroll(struct phone *phone, const char *code)
{
	struct outrider_event event;
	struct outrider_err err;

	if (outrider_enroll(phone->core, code, "simulated", PIN, &err) !=
	    OUTRIDER_OK)
		return false;
	for (int i = 0; i < 100; i++) {
		(void)network_step(phone->world);
		while (outrider_next_event(phone->core, &event))
			if (event.type == OUTRIDER_EVENT_ENROLLED)
				phone->is_enrolled = true;
		if (phone->is_enrolled)
			return outrider_unlock(phone->core, PIN, &err) ==
			       OUTRIDER_OK;
	}
	return false;
}

void phone_listen(struct phone *phone)
{
	struct outrider_event event;
	struct outrider_err err;
	int64_t next_us;

	if (phone->core == NULL)
		return;
	if (test_disk_is_cut(phone->disk)) {
		restart_after_cut(phone);
		return;
	}
	if (outrider_step(phone->core, &next_us, &err) != OUTRIDER_OK &&
	    !test_disk_is_cut(phone->disk))
		world_break(phone->world, "phone %u can't step: %s",
			    phone->number, err.text);
	while (phone->core != NULL &&
	       outrider_next_event(phone->core, &event)) {
		if (event.type == OUTRIDER_EVENT_SYNC_DONE) {
			phone->n_syncs++;
			phone->is_syncing = false;
		} else if (event.type == OUTRIDER_EVENT_SYNC_FAILED) {
			phone->n_failed_syncs++;
			phone->is_syncing = false;
		} else if (event.type == OUTRIDER_EVENT_PARKED) {
			phone->n_parked++;
		}
	}
}

/* -------------------------------------------------------------- what reps do */

static void promise(struct phone *phone, const char *kind, const uint8_t id[16])
{
	phone->promises =
		realloc(phone->promises,
			(phone->n_promises + 1) * sizeof(phone->promises[0]));
	if (phone->promises == NULL)
		abort();
	phone->promises[phone->n_promises] = (struct promise){ .kind = kind };
	memcpy(phone->promises[phone->n_promises++].id.at, id, 16);
}

static void some_text(struct phone *phone, char out[40])
{
	snprintf(out, 40, "text %llx",
		 (unsigned long long)dice_throw(&phone->world->dice));
}

/* One of the first cards that the phone shows; false where it has none. */
struct choice {
	struct dice *dice;
	uint8_t id[16];
	size_t n;
};

static bool choose(void *user, const struct outrider_card *card)
{
	struct choice *choice = user;

	/* Each of the n seen so far with the same chance. */
	if (dice_below(choice->dice, ++choice->n) == 0)
		memcpy(choice->id, card->id, 16);
	return true;
}

static bool choose_card(struct phone *phone, const char *kind, uint8_t id[16])
{
	struct choice choice = { .dice = &phone->world->dice };

	if (outrider_card_find(phone->core, kind, NULL, CHOICES, choose,
			       &choice, NULL) != OUTRIDER_OK ||
	    choice.n == 0)
		return false;
	memcpy(id, choice.id, 16);
	return true;
}

static void edit_contact(struct phone *phone, const uint8_t *id)
{
	static const char *const fields[] = { "given_name", "family_name",
					      "position", "address",
					      "preferences" };
	struct outrider_edit *edit;
	uint8_t written[16];
	char text[40];

	if (outrider_edit_begin(&edit, phone->core, "contact", id, NULL) !=
	    OUTRIDER_OK)
		return;
	some_text(phone, text);
	if (id == NULL &&
	    outrider_edit_set(edit, "family_name", text, NULL) != OUTRIDER_OK)
		goto discard;
	for (uint64_t n = dice_below(&phone->world->dice, 3) + 1; n > 0; n--) {
		some_text(phone, text);
		if (outrider_edit_set(
			    edit, fields[dice_below(&phone->world->dice, 5)],
			    text, NULL) != OUTRIDER_OK)
			goto discard;
	}
	if (outrider_edit_commit(edit, written, NULL) == OUTRIDER_OK &&
	    id == NULL)
		promise(phone, "contact", written);
	return;
discard:
	outrider_edit_discard(edit);
}

static void write_note(struct phone *phone)
{
	struct outrider_edit *edit;
	uint8_t written[16];
	char text[40];

	if (outrider_edit_begin(&edit, phone->core, "note", NULL, NULL) !=
	    OUTRIDER_OK)
		return;
	some_text(phone, text);
	if (outrider_edit_set(edit, "text", text, NULL) != OUTRIDER_OK)
		outrider_edit_discard(edit);
	else if (outrider_edit_commit(edit, written, NULL) == OUTRIDER_OK)
		promise(phone, "note", written);
}

static void delete_contact(struct phone *phone)
{
	uint8_t id[16];

	if (!choose_card(phone, "contact", id) ||
	    outrider_card_delete(phone->core, "contact", id, NULL) !=
		    OUTRIDER_OK)
		return;
	for (size_t i = 0; i < phone->n_promises; i++)
		if (memcmp(phone->promises[i].id.at, id, 16) == 0)
			phone->promises[i].is_deleted = true;
}

void phone_sync(struct phone *phone)
{
	if (phone->core != NULL && !phone->is_syncing &&
	    outrider_sync(phone->core, NULL) == OUTRIDER_OK)
		phone->is_syncing = true;
}

void phone_act(struct phone *phone)
{
	uint8_t id[16];

	if (phone->core == NULL)
		return;
	switch (dice_below(&phone->world->dice, 12)) {
	case 0:
	case 1:
		edit_contact(phone, NULL);
		break;
	case 2:
	case 3:
	case 4:
		if (choose_card(phone, "contact", id))
			edit_contact(phone, id);
		break;
	case 5:
		write_note(phone);
		break;
	case 6:
		if (dice_one_in(&phone->world->dice, 3))
			delete_contact(phone);
		break;
	case 7:
		/* The power will go within the next writes. */
		test_disk_cut_after(phone->disk,
				    dice_below(&phone->world->dice, 60) + 1);
		break;
	default:
		phone_sync(phone);
		break;
	}
}
