/*
 * sim: runs simulated worlds.
 *
 *	outrider-sim [--seeds N] [--first SEED] [--steps N] [--phones N]
 *
 * A failing seed is printed, and `--first SEED --seeds 1` replays it.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* At rest the sums must be right: every so many steps. */
#define REST_EVERY 250

struct plan {
	uint64_t first, seeds, steps, phones;
};

static bool run_seed(const struct plan *plan, uint64_t seed)
{
	static struct world world;
	uint64_t crashes = 0, syncs = 0;
	bool is_good;

	is_good = world_begin(&world, seed, (unsigned)plan->phones);
	for (uint64_t i = 1; is_good && i <= plan->steps; i++) {
		is_good = world_step(&world);
		if (is_good && (i % REST_EVERY == 0 || i == plan->steps))
			is_good = world_rest(&world);
	}
	for (unsigned i = 0; i < world.n_phones; i++) {
		crashes += world.phones[i].n_crashes;
		syncs += world.phones[i].n_syncs;
	}
	printf("seed %llu: %llu steps, %llu syncs, %llu cuts, %llu power "
	       "cuts, %llu repeats, %llu restarts\n",
	       (unsigned long long)seed, (unsigned long long)world.n_steps,
	       (unsigned long long)syncs, (unsigned long long)world.n_cuts,
	       (unsigned long long)crashes, (unsigned long long)world.n_replays,
	       (unsigned long long)world.n_restarts);
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
		.first = 1, .seeds = 20, .steps = 1000, .phones = 3
	};
	const struct {
		const char *name;
		uint64_t *value;
	} flags[] = { { "--seeds", &plan.seeds },
		      { "--first", &plan.first },
		      { "--steps", &plan.steps },
		      { "--phones", &plan.phones } };
	uint64_t failed = 0;

	for (int i = 1; i + 1 < argc; i += 2)
		for (size_t k = 0; k < 4; k++)
			if (strcmp(argv[i], flags[k].name) == 0)
				*flags[k].value =
					strtoull(argv[i + 1], NULL, 10);
	if (plan.phones < 1 || plan.phones > PHONES_MAX) {
		fprintf(stderr, "sim: 1 to %d phones\n", PHONES_MAX);
		return 2;
	}
	for (uint64_t i = 0; i < plan.seeds; i++)
		failed += !run_seed(&plan, plan.first + i);
	if (failed > 0)
		printf("%llu of %llu seeds failed\n",
		       (unsigned long long)failed,
		       (unsigned long long)plan.seeds);
	return failed > 0;
}
