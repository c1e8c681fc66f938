/*
 * sim: runs simulated worlds.
 *
 *	outrider-sim [--seeds N] [--first SEED] [--steps N] [--phones N]
 *		     [--stop 1]
 *
 * A failing seed is printed, and `--first SEED --seeds 1` replays it with the
 * same number of steps and phones. --stop 1 ends with the first that fails.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* At rest the sums must be right: every so many steps. */
#define REST_EVERY 250

struct plan {
	uint64_t first, seeds, steps, phones, stop;
};

/* What happened, in numbers: the same in each run of a seed. */
static void tell(const struct world *world)
{
	uint64_t crashes = 0, syncs = 0, failed = 0, edits = 0, merged = 0;
	uint64_t parked = 0;

	for (unsigned i = 0; i < world->n_phones; i++) {
		const struct phone *phone = &world->phones[i];

		crashes += phone->n_crashes;
		syncs += phone->n_syncs;
		failed += phone->n_failed_syncs;
		edits += phone->ledger.n;
		merged += phone->n_merged;
		parked += phone->n_parked;
	}
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
	};
	struct dice last = world->dice;

	printf("seed %llu:", (unsigned long long)world->seed);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		printf(" %s %llu", numbers[i].name,
		       (unsigned long long)numbers[i].n);
	/* Two runs that threw the same dice end with the same number. */
	printf(" dice %04llx\n",
	       (unsigned long long)(dice_throw(&last) & 0xffff));
}

static bool run_seed(const struct plan *plan, uint64_t seed)
{
	static struct world world;
	bool is_good;

	is_good = world_begin(&world, seed, (unsigned)plan->phones);
	for (uint64_t i = 1; is_good && i <= plan->steps; i++) {
		is_good = world_step(&world);
		if (is_good && (i % REST_EVERY == 0 || i == plan->steps))
			is_good = world_rest(&world);
	}
	tell(&world);
	if (!is_good)
		printf("FAILED at step %llu, seed %llu: %s\n",
		       (unsigned long long)world.n_steps,
		       (unsigned long long)seed, world.broken);
	fflush(stdout);
	world_end(&world);
	return is_good;
}

int main(int argc, char **argv)
{
	struct plan plan = {
		.first = 1, .seeds = 20, .steps = 1000, .phones = 4
	};
	const struct {
		const char *name;
		uint64_t *value;
	} flags[] = { { "--seeds", &plan.seeds },
		      { "--first", &plan.first },
		      { "--steps", &plan.steps },
		      { "--phones", &plan.phones },
		      { "--stop", &plan.stop } };
	uint64_t failed = 0;

	for (int i = 1; i + 1 < argc; i += 2)
		for (size_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++)
			if (strcmp(argv[i], flags[k].name) == 0)
				*flags[k].value =
					strtoull(argv[i + 1], NULL, 10);
	if (plan.phones < 1 || plan.phones > PHONES_MAX) {
		fprintf(stderr, "sim: 1 to %d phones\n", PHONES_MAX);
		return 2;
	}
	for (uint64_t i = 0; i < plan.seeds && (failed == 0 || plan.stop == 0);
	     i++)
		failed += !run_seed(&plan, plan.first + i);
	if (failed > 0)
		printf("%llu of %llu seeds failed\n",
		       (unsigned long long)failed,
		       (unsigned long long)plan.seeds);
	return failed > 0;
}
