/*
 * What can happen in the simulated world, how often it does, and what it is
 * called in a script.
 */
#include "attach.h"
#include "desk.h"
#include "drafts.h"
#include "forms.h"
#include "lease.h"
#include "lives.h"
#include "pending.h"
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
	void (*act)(struct phone *phone);
	unsigned weight;
	bool is_reps; /* whose phone must be on */
} acts[] = {
	{ "rest", rest, 0, false },
	{ "network", go_on, 530, false },
	{ "stray", stray, 21, false },

	{ "sync", phone_sync, 100, true },
	{ "new-contact", rep_new_contact, 30, true },
	{ "plan-meeting", rep_plan_meeting, 10, true },
	{ "new-meeting", rep_new_meeting, 10, true },
	{ "new-note", rep_new_note, 10, true },
	{ "edit-contact", rep_edit_contact, 40, true },
	{ "edit-meeting", rep_edit_meeting, 50, true },
	{ "edit-note", rep_edit_note, 10, true },
	{ "delete", rep_delete, 10, true },
	{ "decide", rep_decide, 10, true },
	{ "fill-form", rep_fill_form, 10, true },
	{ "change-answer", rep_change_answer, 14, true },
	{ "keep-draft", rep_keep_draft, 8, true },
	{ "take-up", rep_take_up, 6, true },
	{ "attach", rep_attach, 24, true },
	{ "want-file", rep_want_file, 36, true },
	{ "read-file", rep_read_file, 6, true },
	{ "rename-file", rep_rename_file, 4, true },
	{ "set-clock", rep_set_clock, 10, true },
	{ "watch", rep_watch, 12, true },
	{ "cut-phone", cut_phone, 20, false },
	{ "kill-phone", kill_phone, 15, false },
	{ "fail-phone", fail_phone, 10, false },
	{ "fill-phone", fill_phone, 4, false },
	{ "empty-phone", empty_phone, 8, false },

	{ "lose-time", rep_lose_time, 4, false },
	{ "begin-anew", rep_begin_anew, 30, false },

	{ "back-up-phone", phone_back_up, 3, false },
	{ "restore-phone", phone_restore, 2, false },

	{ "desk-new-contact", desk_new_contact, 9, false },
	{ "desk-contact", desk_change_contact, 53, false },
	{ "desk-customs", desk_change_customs, 15, false },
	{ "desk-meeting", desk_change_meeting, 27, false },
	{ "desk-file", desk_change_file, 20, false },
	{ "desk-form", desk_change_form, 3, false },
	{ "desk-in-vain", desk_ask_in_vain, 18, false },
	{ "move", desk_move, 9, false },
	{ "give-role", desk_give_role, 5, false },
	{ "change-role", desk_change_role, 3, false },
	{ "lock-out", desk_lock_out, 9, false },
	{ "withdraw", desk_withdraw, 3, false },
	{ "order-wipe", desk_order_wipe, 4, false },

	{ "restart-server", restart_server, 5, false },
	{ "cut-server", cut_server, 5, false },
	{ "kill-server", kill_server, 5, false },
	{ "fail-server", fail_server, 5, false },
	{ "fill-server", fill_server, 2, false },
	{ "back-up-server", back_up_server, 2, false },
	{ "restore-server", restore_server, 1, false },
	{ "empty-server", empty_server, 4, false },
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

/* Whose phone stayed off for its disk's sake tries again; whose phone isn't
 * open, or theirs any more, does something about that. */
static void do_as_rep(struct phone *phone, void (*act)(struct phone *phone))
{
	pending_forget(phone);
	if (phone->core != NULL || phone_start(phone)) {
		if (phone_is_in_use(phone))
			act(phone);
		else
			phone_get_ready(phone);
	}
	wishes_look(phone);
	drafts_look(phone);
	pending_forget(phone);
}

bool act_do(struct world *world, const struct step *step)
{
	struct phone *phone = &world->phones[step->actor];

	world->n_steps++;
	world->has_said = false;
	world->dice.state = step->dice;
	world->now_us += (int64_t)dice_below(&world->dice, 2 * SECOND_US);
	if (acts[step->act].is_reps)
		do_as_rep(phone, acts[step->act].act);
	else
		acts[step->act].act(phone);
	world_look_around(world);
	if (sodium_saw_nonce_twice())
		world_break(world, "nonce: a key sealed twice with one nonce");
	/* What the dice came to says which way this step went. */
	world->course = (world->course ^ dice_throw(&world->dice)) *
			UINT64_C(0x9e3779b97f4a7c15);
	return !world->broken[0];
}
