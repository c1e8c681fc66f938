/*
 * See run.h.
 */
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* -------------------------------------------------------------------- a run */

/* The same in each run of a script. */
static void count(char *out, size_t size, const struct world *world)
{
	uint64_t crashes = 0, syncs = 0, failed = 0, edits = 0, merged = 0;
	uint64_t parked = 0, faults = 0;
	size_t len = 0;

	for (unsigned i = 0; i < world->n_phones; i++) {
		const struct phone *phone = &world->phones[i];

		crashes += phone->n_crashes;
		syncs += phone->n_syncs;
		failed += phone->n_failed_syncs;
		edits += phone->ledger.n;
		merged += phone->n_merged;
		parked += phone->n_parked;
		if (phone->disk != NULL)
			faults += test_disk_faults(phone->disk);
	}
	if (world->disk != NULL)
		faults += test_disk_faults(world->disk);
	const struct {
		const char *name;
		uint64_t n;
	} numbers[] = {
		{ "steps", world->n_steps },
		{ "edits", edits },
		{ "merged", merged },
		{ "parked", parked },
		{ "desk", world->n_desk_acts },
		{ "syncs", syncs },
		{ "failed", failed },
		{ "pages", world->n_pages },
		{ "torn", world->n_torn_pages },
		{ "cuts", world->n_cuts },
		{ "repeats", world->n_replays },
		{ "strays", world->n_strays },
		{ "restarts", world->n_restarts },
		{ "power cuts", crashes },
		{ "server's", world->n_server_cuts },
		{ "kills", world->n_kills },
		{ "faults", faults },
		{ "restored", world->n_restored },
		{ "renewed", world->n_renewed },
		{ "altered", world->n_altered },
		{ "repaired", world->n_repaired },
		{ "silences", world->n_silences },
		{ "orphans", world->n_orphans },
		{ "words", world->n_words },
		{ "enrolled", world->n_enrolled },
		{ "withdrawn", world->n_withdrawn },
		{ "wiped", world->n_wiped },
		{ "receipts", world->n_receipts },
		{ "recovered", world->n_recovered },
		{ "leases", world->n_leases_ended },
		{ "files", world->n_attached },
		{ "fetched", world->n_fetched },
		{ "twins", world->n_twins },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		len += (size_t)snprintf(out + len, size - len,
					"%s %" PRIu64 " ", numbers[i].name,
					numbers[i].n);
	/* Two runs that went the same way end with the same number. */
	snprintf(out + len, size - len, "dice %04x",
		 (unsigned)(world->course & 0xffff));
}

static void
run_steps(struct world *world, struct verdict *out, const struct script *script)
{
	FILE *tale = world->tale;
	bool is_good = world_begin(world, script->seed, script->n_phones);

	if (tale != NULL)
		script_write_head(script, tale);
	for (size_t i = 0; is_good && i < script->n; i++) {
		out->step = i + 1;
		if (tale != NULL)
			script_write_step(&script->steps[i], tale);
		is_good = act_do(world, &script->steps[i]);
		if (tale != NULL)
			fputc('\n', tale);
	}
	out->is_good = is_good;
}

static void
run_telling(struct verdict *out, const struct script *script, FILE *tale)
{
	static struct world world;

	*out = (struct verdict){ .step = 0 };
	memset(&world, 0, sizeof(world));
	world.tale = tale;
	run_steps(&world, out, script);
	world.tale = NULL;
	count(out->numbers, sizeof(out->numbers), &world);
	world_end(&world);
	snprintf(out->broken, sizeof(out->broken), "%s", world.broken);
	out->is_good = world.broken[0] == '\0';
}

void run_here(struct verdict *out, const struct script *script)
{
	run_telling(out, script, NULL);
}

/* ------------------------------------------------------- in its own process */

static void write_all(int fd, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len > 0) {
		const ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(3);
		at += n;
		len -= (size_t)n;
	}
}

static size_t read_all(int fd, void *bytes, size_t len)
{
	size_t have = 0;

	while (have < len) {
		const ssize_t n = read(fd, (uint8_t *)bytes + have, len - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	return have;
}

void run_script(struct verdict *out, const struct script *script, FILE *tale)
{
	int ends[2], status = 0;
	size_t have;
	pid_t child;

	fflush(NULL);
	if (pipe(ends) != 0 || (child = fork()) < 0) {
		perror("sim");
		exit(3);
	}
	if (child == 0) {
		/* A world doesn't outlive whoever waits for it. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		run_telling(out, script, tale);
		write_all(ends[1], out, sizeof(*out));
		/* Not _exit: the leak checker comes last. */
		exit(0);
	}
	close(ends[1]);
	have = read_all(ends[0], out, sizeof(*out));
	close(ends[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (have == sizeof(*out) && status == 0)
		return;
	if (have != sizeof(*out))
		*out = (struct verdict){ .step = script->n };
	out->is_good = false;
	snprintf(out->broken, sizeof(out->broken),
		 WIFSIGNALED(status) ? "crash: signal %d" : "crash: status %d",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}
