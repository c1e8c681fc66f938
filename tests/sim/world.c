/*
 * The course of the simulated world: see world.h.
 */
#include "world.h"

#include "attach.h"
#include "contents.h"
#include "customs.h"
#include "drafts.h"
#include "forms.h"
#include "lives.h"
#include "look.h"
#include "people.h"
#include "uploads.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND_US INT64_C(1000000)
#define START_US  (INT64_C(1767250800) * SECOND_US)

uint64_t dice_throw(struct dice *dice)
{
	uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t dice_below(struct dice *dice, uint64_t n)
{
	return dice_throw(dice) % n;
}

bool dice_one_in(struct dice *dice, uint64_t n)
{
	return dice_below(dice, n) == 0;
}

void world_break(struct world *world, const char *format, ...)
{
	va_list args;

	if (world->broken[0])
		return;
	va_start(args, format);
	(void)vsnprintf(world->broken, sizeof(world->broken), format, args);
	va_end(args);
}

void world_say(struct world *world, const char *format, ...)
{
	va_list args;

	if (world->tale == NULL)
		return;
	fputs(world->has_said ? "; " : "  # ", world->tale);
	world->has_said = true;
	va_start(args, format);
	(void)vfprintf(world->tale, format, args);
	va_end(args);
}

/* Lets a sync that is under way end, well or not; false if it never does. */
static bool wait_for(struct world *world, struct phone *phone)
{
	for (int i = 0; i < 20000 && phone->is_syncing; i++) {
		world->now_us += SECOND_US;
		(void)network_step(world);
		phone_listen(phone);
	}
	return !phone->is_syncing;
}

/* Its user may have to wait for it, as after wrong PINs. */
static bool switch_on(struct world *world, struct phone *phone)
{
	for (int i = 0; i < 10000 && phone->core == NULL; i++) {
		if (phone_start(phone) || !phone->must_wait)
			break;
		world->now_us += 60 * SECOND_US;
	}
	return phone->core != NULL;
}

/* Enrols it, where nothing goes wrong. */
static bool take_in(struct world *world, struct phone *phone)
{
	for (int i = 0; i < 20 && !phone->who.is_enrolled; i++) {
		phone_ask_in(phone);
		for (int k = 0; k < 20000 && phone->is_enrolling; k++) {
			world->now_us += SECOND_US;
			(void)network_step(world);
			phone_listen(phone);
		}
	}
	phone_get_ready(phone);
	return phone_is_in_use(phone);
}

/*
 * What was begun comes to its end: who is to be wiped is, whose device is
 * nobody's gives it up and is enrolled, whose lease ran out has it renewed.
 */
static bool set_right(struct world *world, struct phone *phone)
{
	for (int i = 0; i < 20; i++) {
		const struct life *life = life_of(phone);

		if (!switch_on(world, phone) || !wait_for(world, phone))
			return false;
		if (life == NULL) {
			(void)take_in(world, phone);
		} else if (life_is_over(life)) {
			rep_begin_anew(phone);
		} else if (life->is_ordered || !phone_is_in_use(phone)) {
			phone_sync(phone);
			if (!wait_for(world, phone))
				return false;
			if (life_of(phone) != NULL)
				phone_get_ready(phone);
		} else {
			return true;
		}
	}
	return false;
}

bool world_begin(struct world *world, uint64_t seed, unsigned n_phones)
{
	world->seed = seed;
	world->dice.state = seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
	world->now_us = START_US;
	world->n_phones = n_phones;
	world->is_calm = true;
	/* The same random numbers for each seed, whichever ran before. */
	sqlite3_randomness(0, NULL);
	if (!server_start(world, true) || !people_found_teams(world) ||
	    !people_found_roles(world) || !customs_found(world) ||
	    !forms_found(world)) {
		world_break(world, "the server can't be started");
		return false;
	}
	for (unsigned i = 0; i < n_phones && !world->broken[0]; i++) {
		struct phone *phone = &world->phones[i];

		phone->world = world;
		phone->number = i;
		phone->is_managers = n_phones > 1 && i == n_phones - 1;
		phone->skew_us =
			(int64_t)dice_below(&world->dice, 120) * SECOND_US -
			60 * SECOND_US;
		if (!phone_start(phone))
			world_break(world, "phone %u can't be started", i);
		else if (!people_hire(phone) || !take_in(world, phone))
			world_break(world, "phone %u isn't enrolled", i);
	}
	world->is_calm = false;
	return !world->broken[0];
}

void world_end(struct world *world)
{
	for (unsigned i = 0; i < world->n_phones; i++) {
		struct phone *phone = &world->phones[i];

		phone_stop(phone);
		if (phone->disk != NULL)
			test_disk_free(phone->disk);
		ledger_free(&phone->ledger);
		lives_free(phone);
		wishes_forget(phone);
		drafts_forget(phone);
		check_forget(phone);
		test_backup_free(phone->backup);
		free(phone->cursor);
	}
	network_drop(world, NULL);
	network_forget(world);
	server_stop(world);
	server_remove(world);
	contents_free(world);
}

/* Those who are still up notice what happened. */
void world_look_around(struct world *world)
{
	if (test_disk_is_cut(world->disk)) {
		network_last_words(world);
		server_restart(world);
	}
	for (unsigned i = 0; i < world->n_phones; i++)
		phone_listen(&world->phones[i]);
}

/*
 * Syncs one phone from beginning to end; false if it never gets there. Its
 * core may be in the middle of a sync of its own: only the second one that
 * ends well surely began here.
 */
static bool settle(struct world *world, struct phone *phone)
{
	uint64_t failed;
	int n_good = 0;

	/* Whose app is open syncs by itself, and is never done. */
	if (!set_right(world, phone) ||
	    outrider_watch(phone->core, false, NULL) != OUTRIDER_OK ||
	    !wait_for(world, phone))
		return false;
	uploads_leave_many(phone);
	for (int i = 0; i < 6 && n_good < 2; i++) {
		failed = phone->n_failed_syncs;
		phone_sync(phone);
		if (!wait_for(world, phone))
			return false;
		n_good += phone->n_failed_syncs == failed;
		if (life_of(phone) != NULL)
			continue;
		/* An order that the server forgot, put back, had reached it. */
		n_good = 0;
		if (!set_right(world, phone))
			return false;
	}
	return n_good == 2;
}

static const char *phone_state(const struct phone *phone)
{
	return phone->core == NULL ? "off, "
	       : phone->is_syncing ? "syncing, "
				   : "";
}

/* Nobody is locked out, and no power goes any more. */
static void make_peace(struct world *world)
{
	world->is_calm = true;
	test_disk_cut_after(world->disk, 0);
	server_mend(world);
	lives_check(world);
	for (unsigned i = 0; i < world->n_phones; i++) {
		test_disk_cut_after(world->phones[i].disk, 0);
		test_disk_fail_after(world->phones[i].disk, 0, 0);
		test_disk_set_size(world->phones[i].disk, 0);
		if (people_set_disabled(&world->phones[i], false) != 0)
			world_break(world, "a user can't be let in again");
	}
}

/*
 * Equal by itself; equal still after the phone has proved it to the server, and
 * repaired what a page that was altered had put there.
 */
static void compare(struct look *look, struct phone *phone)
{
	struct world *world = phone->world;
	const uint64_t failed = phone->n_failed_syncs;

	if (!phone->was_altered)
		check_phone_equals_server(look, phone);
	if (outrider_sync_check(phone->core, NULL) != OUTRIDER_OK)
		world_break(world, "1: phone %u can't be compared",
			    phone->number);
	phone->is_syncing = true;
	if (!wait_for(world, phone) || phone->n_failed_syncs != failed)
		world_break(world, "1: phone %u isn't proved equal (%s)",
			    phone->number, phone->failure);
	phone->was_altered = false;
	look_again(look, world);
	check_phone_equals_server(look, phone);
	if (!world->broken[0])
		check_files(phone);
	if (!world->broken[0])
		check_drafts(phone);
}

/* What must be so when nothing is on its way. */
static void look_closely(struct world *world)
{
	struct look look;

	look_begin(&look, world);
	for (unsigned i = 0; i < world->n_phones && !world->broken[0]; i++)
		compare(&look, &world->phones[i]);
	if (!world->broken[0])
		lives_read_receipts(world);
	if (!world->broken[0])
		check_promises(&look, world);
	if (!world->broken[0])
		check_history(&look, world);
	if (!world->broken[0])
		check_contents(&look, world);
	look_end(&look);
}

bool world_rest(struct world *world)
{
	uint64_t rev;

	make_peace(world);
	/* What one phone brings is news for the others. */
	do {
		rev = server_newest_rev(world);
		for (unsigned i = 0; i < world->n_phones; i++)
			if (!settle(world, &world->phones[i]))
				world_break(world,
					    "8: phone %u doesn't come to rest "
					    "(%s%s)",
					    i, phone_state(&world->phones[i]),
					    world->phones[i].failure);
	} while (!world->broken[0] && server_newest_rev(world) != rev);
	for (unsigned i = 0; i < world->n_phones; i++)
		world->phones[i].is_anew = false;
	if (!world->broken[0])
		look_closely(world);
	world->is_calm = false;
	return !world->broken[0];
}
