/*
 * bench_spoof_chains: what takes more than fixes: clocks, chains, new phones
 * and edited files.
 *
 *     bench_spoof_chains DAYS [ATTACK]
 *
 * DAYS made-up days of each attack, and as many honest ones, each through a
 * real core and a real server. Before and after the day a meeting is lived
 * honestly, so that there is a chain. Works in the folder that it is started
 * in. Owns the counting; docs/spoofing.md says what counts as caught.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bundles.h"
#include "figures.h"
#include "model/spoof.h"
#include "phone_files.h"
#include "workday.h"

#include "../../usage.h"

enum { HOUR_S = 3600, MORNING_S = 6 * HOUR_S };

static const uint64_t FIRST_SEED = 9000;
static const int64_t DAY_S_ = 86400;
static const int64_t US_PER_S = 1000000;
/* 2026-06-08, when the phone has been known for a week. */
static const int64_t MIDNIGHT_S = 1780876800;

/* Of one attack. */
struct tally {
	struct share caught, believed, dark;
	struct share habit;    /* days: off in two windows before it, too */
	struct share verified; /* bundles of what the server holds */
};

/* A day under way. */
struct act {
	struct office office;
	struct powered powered;
	struct workday day;
	uint64_t seed;
};

static struct act act;

/* ------------------------------------------------------------- what is done */

static const struct manner HONEST = { .sync_every_s = HOUR_S };
static const struct manner UNSENT = { .sync_every_s = 0 };

static void open_again(struct phone *phone)
{
	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
}

/* Switched off and on, with the clock set in between. */
static void reboot(struct act *a, int64_t skew_us)
{
	struct phone *phone = &a->powered.phone;

	phone_close(phone);
	phone->boot_id[0]++;
	phone->mono_us = 20 * US_PER_S;
	a->day.skew_us = skew_us;
	phone->wall_us = a->day.now_us + skew_us;
	open_again(phone);
}

static void live(struct act *a, const struct manner *manner)
{
	workday_live(&a->day, &a->office, &a->powered.phone, manner);
	if (manner->sync_every_s)
		office_sync(&a->office, &a->powered.phone);
}

static void be_honest(struct act *a)
{
	live(a, &HONEST);
}

static struct manner an_hour_late(uint32_t set_s, bool is_time_the_phones)
{
	return (struct manner){
		.late_s = HOUR_S,
		.set_s = set_s,
		.set_by_us = -HOUR_S * US_PER_S,
		.is_time_the_phones = is_time_the_phones,
		.sync_every_s = HOUR_S,
	};
}

/* Five minutes after the first window has opened. */
static uint32_t in_a_window(const struct act *a)
{
	return a->day.day.meetings[0].start_s - VISIT_MARGIN_S + 300;
}

static void set_in_a_window(struct act *a)
{
	const struct manner manner = an_hour_late(in_a_window(a), false);
	live(a, &manner);
}

static void set_in_a_window_all(struct act *a)
{
	const struct manner manner = an_hour_late(in_a_window(a), true);
	live(a, &manner);
}

static void set_at_night(struct act *a)
{
	const struct manner manner = an_hour_late(0, false);
	live(a, &manner);
}

static void set_at_night_all(struct act *a)
{
	const struct manner manner = an_hour_late(0, true);
	live(a, &manner);
}

static void set_while_off(struct act *a)
{
	reboot(a, -HOUR_S * US_PER_S);
	set_at_night(a);
}

static void set_while_off_all(struct act *a)
{
	reboot(a, -HOUR_S * US_PER_S);
	set_at_night_all(a);
}

/* The phone that saw the absence is never heard of again. */
static void take_a_new_phone(struct act *a)
{
	struct phone *phone = &a->powered.phone;

	live(a, &UNSENT);
	phone_free(phone);
	phone_make(phone);
	phone->vfs = "powered";
	phone->seed = a->seed + 1;
	phone->wall_us = a->day.now_us;
	office_hand_out(&a->office, phone);
	office_sync(&a->office, phone);
}

/* A copy of its files from the morning, put back in the evening. */
static void put_a_copy_back(struct act *a, const struct manner *manner)
{
	struct phone *phone = &a->powered.phone;
	struct test_backup *copy;

	phone_close(phone);
	copy = test_disk_back_up(a->powered.disk);
	open_again(phone);
	live(a, manner);
	phone_close(phone);
	test_disk_put_back(a->powered.disk, copy);
	test_backup_free(copy);
	open_again(phone);
	workday_go_to(&a->day, &a->office, phone,
		      a->day.now_us + HOUR_S * US_PER_S);
	office_sync(&a->office, phone);
}

static void put_back_what_is_known(struct act *a)
{
	put_a_copy_back(a, &HONEST);
}

static void put_back_what_nobody_knows(struct act *a)
{
	put_a_copy_back(a, &UNSENT);
}

/* The first entry is the day before's, and known. */
static void edit_files(struct act *a, enum phone_edit edit)
{
	live(a, &UNSENT);
	phone_close(&a->powered.phone);
	assert_true(phone_files_edit(&a->powered, 2, edit, a->seed) >=
		    DAY_MEETINGS);
	open_again(&a->powered.phone);
	office_sync(&a->office, &a->powered.phone);
}

static void spoil_rows(struct act *a)
{
	edit_files(a, EDIT_BITS);
}

static void exchange_rows(struct act *a)
{
	edit_files(a, EDIT_ROWS);
}

static void remove_rows(struct act *a)
{
	edit_files(a, EDIT_REMOVE);
}

#define ALERT(type) (UINT32_C(1) << (type))

#define SCORE ALERT(ALERT_SPOOFING)
#define CHAIN (ALERT(ALERT_CHAIN_GAP) | ALERT(ALERT_BAD_EVIDENCE))

/* catches: the alerts of which one says that the day was caught. */
static const struct cheat {
	const char *name;
	enum attack attack;
	uint32_t catches;
	void (*live)(struct act *act);
} CHEATS[] = {
	{ "honest", ATTACK_NONE, SCORE | CHAIN | ALERT(ALERT_NEW_DEVICE),
	  be_honest },
	{ "clock_in_window_gps_time", ATTACK_CLOCK_BACK, SCORE,
	  set_in_a_window },
	{ "clock_in_window_own_time", ATTACK_CLOCK_BACK, SCORE,
	  set_in_a_window_all },
	{ "clock_at_night_gps_time", ATTACK_CLOCK_BACK, SCORE, set_at_night },
	{ "clock_at_night_own_time", ATTACK_CLOCK_BACK, SCORE,
	  set_at_night_all },
	{ "clock_while_off_gps_time", ATTACK_CLOCK_BACK, SCORE, set_while_off },
	{ "clock_while_off_own_time", ATTACK_CLOCK_BACK, SCORE,
	  set_while_off_all },
	{ "gps_off", ATTACK_GPS_OFF, SCORE, be_honest },
	{ "new_phone", ATTACK_CHAIN_CUT, ALERT(ALERT_NEW_DEVICE),
	  take_a_new_phone },
	{ "copy_of_known", ATTACK_CHAIN_CUT, CHAIN, put_back_what_is_known },
	{ "copy_of_unknown", ATTACK_CHAIN_CUT, CHAIN,
	  put_back_what_nobody_knows },
	{ "rows_spoilt", ATTACK_DISK_EDIT, CHAIN, spoil_rows },
	{ "rows_exchanged", ATTACK_DISK_EDIT, CHAIN, exchange_rows },
	{ "rows_removed", ATTACK_DISK_EDIT, CHAIN, remove_rows },
};
enum { N_CHEATS = sizeof(CHEATS) / sizeof(CHEATS[0]) };

/* ---------------------------------------------------------------- judgement */

/* Somebody was where they should have been, in time, for certain; and nobody
 * is asked. */
static bool is_believed(const struct visit_finding *visit)
{
	return (visit->word == VISIT_PRESENT || visit->word == VISIT_LATE) &&
	       visit->certainty == VISIT_FIRM &&
	       visit->spoof_permille < SPOOF_ASK_PERMILLE;
}

/* Who came late gains where nobody says so; who stayed away, where somebody
 * says anything else. */
static bool
has_gained(const struct day_meeting *m, const struct visit_finding *visit)
{
	if (m->expected == VISIT_LATE && visit->word != VISIT_PRESENT)
		return false;
	return is_believed(visit);
}

static void judge_visits(struct tally *tally, struct act *a)
{
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		const struct day_meeting *m = &a->day.day.meetings[i];
		struct visit_finding visit;
		bool has_visit =
			office_visit(&a->office, &visit, &a->day.meetings[i]);
		struct bytes bundle;

		count(&tally->dark,
		      office_has_alert(&a->office, ALERT(ALERT_NO_DATA), "",
				       &a->day.meetings[i]));
		/* Whoever was there, and in time, gains nothing. */
		if (!m->was_there || m->expected == VISIT_LATE)
			count(&tally->believed,
			      has_visit && has_gained(m, &visit));
		bundle = office_bundle(&a->office, &a->day.meetings[i]);
		if (!bundle.at)
			continue;
		count(&tally->verified, bundle_is_verified(bundle));
	}
}

static void live_a_day(struct tally *tally, const struct cheat *cheat,
		       struct bundle_tally *bundles)
{
	struct act *a = &act;
	struct phone *phone = &a->powered.phone;
	struct workday *day = &a->day;

	office_open(&a->office, (MIDNIGHT_S - 7 * DAY_S_) * US_PER_S);
	powered_make(&a->powered, a->seed);
	phone->wall_us = day->now_us = (MIDNIGHT_S - 7 * DAY_S_) * US_PER_S;
	office_hand_out(&a->office, phone);
	if (!workday_make(day, a->seed, cheat->attack, MIDNIGHT_S))
		fail_msg("no day");
	workday_go_to(day, &a->office, phone,
		      (MIDNIGHT_S - DAY_S_ / 2) * US_PER_S);
	workday_live_little(day, &a->office, phone, true);
	workday_go_to(day, &a->office, phone, workday_us(day, MORNING_S));
	workday_plan(day, &a->office, phone);
	cheat->live(a);
	workday_go_to(day, &a->office, phone,
		      workday_us(day, (uint32_t)DAY_S_ + 2 * MORNING_S));
	workday_live_little(day, &a->office, phone, true);
	office_wait(&a->office, 2 * DAY_S_ * US_PER_S);
	judge_visits(tally, a);
	count(&tally->caught,
	      office_has_alert(&a->office, cheat->catches, "", NULL));
	count(&tally->habit, office_has_alert(&a->office, ALERT(ALERT_NO_DATA),
					      "so it was in", NULL));
	if (cheat->attack == ATTACK_NONE)
		bundle_try_edits(
			bundles,
			office_bundle(&a->office,
				      &day->meetings[DAY_MEETINGS - 1]),
			a->seed);
	powered_free(&a->powered);
	office_close(&a->office);
}

/* -------------------------------------------------------------------- lines */

static void print_tally(const char *name, const struct tally *tally)
{
	char line[100];

	(void)snprintf(line, sizeof(line), "chain_%s_caught", name);
	print_share(line, tally->caught);
	printf("chain_%s_believed_entries %.2f percent\n", name,
	       share_percent(tally->believed));
	(void)snprintf(line, sizeof(line), "chain_%s_habit_told", name);
	if (tally->habit.hits > 0)
		print_share(line, tally->habit);
	printf("chain_%s_said_no_data %.2f percent\n", name,
	       share_percent(tally->dark));
	if (tally->verified.all > 0)
		printf("chain_%s_held_verified %.2f percent\n", name,
		       share_percent(tally->verified));
}

int main(int argc, char **argv)
{
	static struct bundle_tally bundles;
	uint64_t days;

	if (usage_has_flag(argc, argv) || argc < 2 || argc > 3 ||
	    !usage_number(&days, argv[1], 1, UINT32_MAX))
		return usage_say("usage: bench_spoof_chains DAYS [ATTACK]\n",
				 usage_is_asked(argc, argv));
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < N_CHEATS; i++) {
		struct tally tally = { .caught = { 0 } };

		if (argc > 2 && strcmp(argv[2], CHEATS[i].name) != 0)
			continue;
		for (uint64_t n = 0; n < days; n++) {
			act.seed = FIRST_SEED + n;
			live_a_day(&tally, &CHEATS[i], &bundles);
		}
		print_tally(CHEATS[i].name, &tally);
	}
	bundle_print(&bundles);
	return 0;
}
