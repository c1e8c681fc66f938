/*
 * What can happen in the simulated world, how often it does, and what it is
 * called in a script.
 */
#include "desk.h"
#include "reps.h"
#include "script.h"
#include "sodium.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

static void go_on(struct phone *phone)
{
	(void)network_step(phone->world);
}

static void stray(struct phone *phone)
{
	network_stray(phone->world);
}

static void restart_server(struct phone *phone)
{
	server_restart(phone->world);
}

/* The power will go within the next writes. */
static void cut_server(struct phone *phone)
{
	struct world *world = phone->world;

	test_disk_cut_after(world->disk, dice_below(&world->dice, 60) + 1);
}

static void cut_phone(struct phone *phone)
{
	test_disk_cut_after(phone->disk,
			    dice_below(&phone->world->dice, 60) + 1);
}

static void kill_phone(struct phone *phone)
{
	test_disk_kill_after(phone->disk,
			     dice_below(&phone->world->dice, 60) + 1);
}

static void kill_server(struct phone *phone)
{
	struct world *world = phone->world;

	test_disk_kill_after(world->disk, dice_below(&world->dice, 60) + 1);
}

/* One write fails, or some in a row. */
static void fail_disk(struct world *world, struct test_disk *disk)
{
	const uint64_t first = dice_below(&world->dice, 60) + 1;
	const bool is_one = dice_one_in(&world->dice, 2);

	test_disk_fail_after(disk, first,
			     is_one ? 1 : 2 + dice_below(&world->dice, 30));
}

static void fail_phone(struct phone *phone)
{
	fail_disk(phone->world, phone->disk);
}

static void fail_server(struct phone *phone)
{
	fail_disk(phone->world, phone->world->disk);
}

/* Little room is left, or none; later there is again. */
static void fill_disk(struct world *world, struct test_disk *disk)
{
	test_disk_set_room(disk, dice_below(&world->dice, 100000));
}

static void fill_phone(struct phone *phone)
{
	fill_disk(phone->world, phone->disk);
}

static void fill_server(struct phone *phone)
{
	fill_disk(phone->world, phone->world->disk);
}

static void empty_phone(struct phone *phone)
{
	test_disk_set_size(phone->disk, 0);
}

static void empty_server(struct phone *phone)
{
	test_disk_set_size(phone->world->disk, 0);
}

static void back_up_server(struct phone *phone)
{
	server_back_up(phone->world);
}

static void restore_server(struct phone *phone)
{
	server_restore(phone->world);
}

static void rest(struct phone *phone)
{
	(void)world_rest(phone->world);
}

/* Weights say how often, not which of two comes first. */
static const struct {
	const char *name;
	unsigned weight;
	void (*act)(struct phone *phone);
	bool is_reps; /* whose phone must be on */
} acts[] = {
	{ "rest", 0, rest, false },
	{ "network", 530, go_on, false },
	{ "stray", 21, stray, false },

	{ "sync", 100, phone_sync, true },
	{ "new-contact", 30, rep_new_contact, true },
	{ "plan-meeting", 10, rep_plan_meeting, true },
	{ "new-meeting", 10, rep_new_meeting, true },
	{ "new-note", 10, rep_new_note, true },
	{ "edit-contact", 40, rep_edit_contact, true },
	{ "edit-meeting", 50, rep_edit_meeting, true },
	{ "edit-note", 10, rep_edit_note, true },
	{ "delete", 10, rep_delete, true },
	{ "decide", 10, rep_decide, true },
	{ "set-clock", 10, rep_set_clock, true },
	{ "cut-phone", 20, cut_phone, false },
	{ "kill-phone", 15, kill_phone, false },
	{ "fail-phone", 10, fail_phone, false },
	{ "fill-phone", 4, fill_phone, false },
	{ "empty-phone", 8, empty_phone, false },

	{ "back-up-phone", 3, phone_back_up, false },
	{ "restore-phone", 2, phone_restore, false },

	{ "desk-new-contact", 9, desk_new_contact, false },
	{ "desk-contact", 53, desk_change_contact, false },
	{ "desk-customs", 15, desk_change_customs, false },
	{ "desk-meeting", 27, desk_change_meeting, false },
	{ "desk-in-vain", 18, desk_ask_in_vain, false },
	{ "move", 9, desk_move, false },
	{ "give-role", 5, desk_give_role, false },
	{ "change-role", 3, desk_change_role, false },
	{ "lock-out", 9, desk_lock_out, false },

	{ "restart-server", 5, restart_server, false },
	{ "cut-server", 5, cut_server, false },
	{ "kill-server", 5, kill_server, false },
	{ "fail-server", 5, fail_server, false },
	{ "fill-server", 2, fill_server, false },
	{ "back-up-server", 2, back_up_server, false },
	{ "restore-server", 1, restore_server, false },
	{ "empty-server", 4, empty_server, false },
};

#define ACTS (sizeof(acts) / sizeof(acts[0]))

const unsigned act_rest = 0;

int act_named(const char *name)
{
	for (size_t i = 0; i < ACTS; i++)
		if (strcmp(acts[i].name, name) == 0)
			return (int)i;
	return -1;
}

const char *act_name(unsigned act)
{
	return act < ACTS ? acts[act].name : NULL;
}

unsigned act_drawn(struct dice *dice)
{
	uint64_t sum = 0, left;

	for (size_t i = 0; i < ACTS; i++)
		sum += acts[i].weight;
	left = dice_below(dice, sum);
	for (unsigned i = 0; i < ACTS; i++) {
		if (left < acts[i].weight)
			return i;
		left -= acts[i].weight;
	}
	abort();
}

bool act_do(struct world *world, const struct step *step)
{
	struct phone *phone = &world->phones[step->actor];

	world->n_steps++;
	world->has_said = false;
	world->dice.state = step->dice;
	world->now_us += (int64_t)dice_below(&world->dice, 2 * SECOND_US);
	/* Whose phone stayed off for its disk's sake tries again. */
	if (!acts[step->act].is_reps || phone->core != NULL ||
	    phone_start(phone))
		acts[step->act].act(phone);
	world_look_around(world);
	if (sodium_saw_nonce_twice())
		world_break(world, "nonce: a key sealed twice with one nonce");
	/* What the dice came to says which way this step went. */
	world->course = (world->course ^ dice_throw(&world->dice)) *
			UINT64_C(0x9e3779b97f4a7c15);
	return !world->broken[0];
}
