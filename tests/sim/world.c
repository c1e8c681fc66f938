/*
 * The course of the simulated world: see world.h.
 */
#include "world.h"

#include "people.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

bool world_begin(struct world *world, uint64_t seed, unsigned n_phones)
{
	memset(world, 0, sizeof(*world));
	world->seed = seed;
	world->dice.state = seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
	world->now_us = START_US;
	world->n_phones = n_phones;
	world->is_calm = true;
	if (!server_start(world, true)) {
		world_break(world, "the server can't be started");
		return false;
	}
	for (unsigned i = 0; i < n_phones && !world->broken[0]; i++) {
		struct phone *phone = &world->phones[i];

		phone->world = world;
		phone->number = i;
		phone->skew_us =
			(int64_t)dice_below(&world->dice, 120) * SECOND_US -
			60 * SECOND_US;
		if (!phone_start(phone))
			world_break(world, "phone %u can't be started", i);
		else if (!people_hire(phone))
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
		free(phone->promises);
		free(phone->cursor);
	}
	network_drop(world, NULL);
	server_stop(world);
	server_remove(world);
}

static struct phone *some_phone(struct world *world)
{
	return &world->phones[dice_below(&world->dice, world->n_phones)];
}

bool world_step(struct world *world)
{
	world->n_steps++;
	world->now_us += (int64_t)dice_below(&world->dice, 2 * SECOND_US);
	switch (dice_below(&world->dice, 16)) {
	case 0:
		server_act(world);
		break;
	case 1:
		if (dice_one_in(&world->dice, 20)) {
			world->n_restarts++;
			network_drop(world, NULL);
			server_stop(world);
			if (!server_start(world, false))
				world_break(world, "the server can't be "
						   "started again");
		}
		break;
	case 2:
	case 3:
	case 4:
	case 5:
		phone_act(some_phone(world));
		break;
	default:
		(void)network_step(world);
		break;
	}
	for (unsigned i = 0; i < world->n_phones; i++)
		phone_listen(&world->phones[i]);
	return !world->broken[0];
}

/* Syncs one phone to its end; false if it never gets there. */
static bool settle(struct world *world, struct phone *phone)
{
	const uint64_t failed = phone->n_failed_syncs;

	if (phone->core == NULL && !phone_start(phone))
		return false;
	for (int i = 0; i < 20000; i++) {
		if (!phone->is_syncing) {
			if (i > 0 && phone->n_failed_syncs == failed)
				return true;
			if (phone->n_failed_syncs > failed + 3)
				return false;
			phone_sync(phone);
		}
		world->now_us += SECOND_US;
		(void)network_step(world);
		phone_listen(phone);
		if (phone->n_failed_syncs > failed && !phone->is_syncing)
			return settle(world, phone);
	}
	return false;
}

bool world_rest(struct world *world)
{
	world->is_calm = true;
	/* What one phone brings is news for the others: twice round. */
	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < world->n_phones; i++)
			if (!settle(world, &world->phones[i]))
				world_break(world,
					    "8: phone %u doesn't come to rest",
					    i);
	for (unsigned i = 0; i < world->n_phones && !world->broken[0]; i++) {
		check_phone_equals_server(world, &world->phones[i]);
		check_promises(world, &world->phones[i]);
	}
	if (!world->broken[0])
		check_once(world);
	world->is_calm = false;
	return !world->broken[0];
}
