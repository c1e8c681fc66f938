/*
 * locked_pocket_day: a rep's whole day in a locked phone that is killed all
 * the time.
 *
 *     locked_pocket_day SEED KILLS BUNDLE
 *
 * The day is tools/repday's. The phone is enrolled, told the plan, locked and
 * put into a process of its own, which passes the day's fixes on and is
 * killed (SIGKILL) at random moments and started anew, without the PIN. In the
 * end every meeting must be in the chain once, with the word that it
 * deserves; the chain is written as a bundle for outrider-verify.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "rep_day.h"

enum { FIX_EVERY_S = 15, JITTER_MAX_US = 500 };

/* What outlives a kill: how far the host has come. */
struct progress {
	_Atomic size_t next;	/* the fix to be passed on */
	_Atomic uint32_t asked; /* fixes that were wanted */
};

static struct rep_day d;
static struct progress *progress;

static uint64_t seed;
static unsigned kills_wanted;
static const char *bundle_path;

/* One fix, if it is wanted; as a host does it. */
static void pass_on(const struct sighting *s)
{
	const struct outrider_fix fix = rep_day_fix(&d, s);
	int64_t until_us, next_us;

	rep_day_go(&d, fix.time_us);
	if (outrider_step(d.rep.phone.core, &next_us, NULL) != OUTRIDER_OK)
		_exit(3);
	if (outrider_wanted_interval(d.rep.phone.core, &until_us) == 0)
		return;
	progress->asked++;
	if (outrider_add_fix(d.rep.phone.core, &fix, NULL) != OUTRIDER_OK)
		_exit(4);
}

/* The phone's process: goes on where the last one was killed. */
static void live(void)
{
	if (phone_open(&d.rep.phone, NULL) != OUTRIDER_OK)
		_exit(2);
	for (; progress->next < d.n_seen; progress->next++)
		pass_on(&d.seen[progress->next]);
	_exit(0);
}

static void nap(long us)
{
	struct timespec pause = { .tv_nsec = us * 1000 };
	(void)nanosleep(&pause, NULL);
}

/* Starts the phone, and kills it once it has come so far and a moment more,
 * unless it has come to the day's end. */
static bool live_until_killed(size_t fixes, unsigned moment_us)
{
	size_t goal = progress->next + fixes;
	pid_t child = fork();
	int how = 0;
	bool has_ended = false;

	assert_true(child >= 0);
	if (child == 0)
		live();
	while (progress->next < goal && !has_ended) {
		nap(20);
		has_ended = waitpid(child, &how, WNOHANG) == child;
	}
	if (!has_ended) {
		nap((long)moment_us);
		(void)kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &how, 0), child);
	}
	if (WIFSIGNALED(how))
		return true;
	if (WEXITSTATUS(how) != 0)
		fail_msg("the phone's process ended with %d", WEXITSTATUS(how));
	return false;
}

static unsigned kill_and_kill_again(void)
{
	struct dice dice;
	unsigned kills = 0;

	dice_seed(&dice, seed, 77);
	while (kills < kills_wanted) {
		size_t left = d.n_seen - progress->next;
		uint32_t most = (uint32_t)left / (kills_wanted - kills);
		if (!live_until_killed(dice_below(&dice, most + 1),
				       dice_below(&dice, JITTER_MAX_US)))
			break;
		kills++;
	}
	(void)live_until_killed(d.n_seen + 1, 0);
	return kills;
}

static void write_bundle(void)
{
	struct buffer file;
	FILE *out = fopen(bundle_path, "wb");

	assert_non_null(out);
	buffer_init(&file, &allocator_libc, 1 << 20);
	rep_write_bundle(&file, &d.rep);
	assert_int_equal(fwrite(file.at, 1, file.len, out), file.len);
	assert_int_equal(fclose(out), 0);
	buffer_free(&file);
}

static void every_meeting_is_there_once(void)
{
	assert_int_equal(phone_open(&d.rep.phone, NULL), OUTRIDER_OK);
	rep_day_go(&d, rep_day_us(&d, d.day.ends_s));
	rep_wait(&d.rep, REP_HOUR);
	assert_false(phone_status(&d.rep.phone).is_unlocked);
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		const struct day_meeting *m = &d.day.meetings[i];
		struct outrider_visit visit;
		size_t n;

		visit = rep_visit(&d.rep, &d.meetings[i], &n);
		print_message("%-9s %s: %s\n", visit.word, m->place, m->story);
		assert_int_equal(n, 1);
		assert_true(visit.is_closed);
		assert_string_equal(visit.word, visit_word_name(m->expected));
	}
	rep_sync(&d.rep);
	assert_int_equal(d.rep.n_entries, DAY_MEETINGS);
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		struct evidence_content content = rep_content(&d.rep, i);
		struct visit_verdict recomputed;

		assert_int_equal(evidence_recompute(&content, &recomputed),
				 EVIDENCE_EQUAL);
		assert_int_equal(content.signals.clock_jumps, 0);
		assert_in_range(d.rep.entries[i].content_len, 1, 4096);
	}
}

static void a_day_in_a_locked_pocket(void **state)
{
	(void)state;
	rep_day_live(&d, seed);
	/* One in 15 s is enough for any detector. */
	size_t kept = 0;
	for (size_t i = 0; i < d.n_seen; i++)
		if (d.seen[i].at_s % FIX_EVERY_S == 0)
			d.seen[kept++] = d.seen[i];
	d.n_seen = kept;

	rep_ready(&d.rep);
	rep_day_plan(&d);
	outrider_lock(d.rep.phone.core);
	phone_close(&d.rep.phone);

	unsigned kills = kill_and_kill_again();
	print_message("%u fixes passed on, %u kills\n", progress->asked, kills);
	assert_true(kills > kills_wanted / 2);
	assert_int_equal(progress->next, d.n_seen);
	every_meeting_is_there_once();
	write_bundle();
	rep_free(&d.rep);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_in_a_locked_pocket),
	};
	if (argc != 4) {
		fputs("usage: locked_pocket_day SEED KILLS BUNDLE\n", stderr);
		return 2;
	}
	seed = strtoull(argv[1], NULL, 10);
	kills_wanted = (unsigned)strtoul(argv[2], NULL, 10);
	bundle_path = argv[3];
	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED)
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
