/*
 * sim: runs simulated worlds.
 *
 *	outrider-sim [--seeds N] [--first SEED] [--steps N] [--phones N]
 *		     [--stop 1] [--shorten SECONDS] [--tell 1] [--here 1]
 *	outrider-sim --script FILE [--shorten SECONDS] [--tell 1]
 *
 * A seed that fails is printed with the shortest script found that fails the
 * same (--shorten 0: without). --script runs one; --tell says what its steps
 * do. --stop 1 ends with the first that fails. --here 1 runs in this process,
 * one world only, for debuggers.
 */
#include "run.h"

#include <stdlib.h>
#include <string.h>

struct plan {
	uint64_t first, seeds, steps, phones, stop, shorten, tell, here;
	const char *script;
};

static void print_script(const struct script *script)
{
	struct verdict verdict;

	printf("----- %zu steps that break it; run again: outrider-sim "
	       "--script FILE\n",
	       script->n);
	run_script(&verdict, script, stdout);
	printf("----- %s\n", verdict.broken);
}

static bool run(const struct plan *plan, struct script *script)
{
	struct verdict verdict;

	if (plan->here)
		run_here(&verdict, script);
	else
		run_script(&verdict, script, plan->tell ? stdout : NULL);
	printf("seed %llu: %s\n", (unsigned long long)script->seed,
	       verdict.numbers);
	if (!verdict.is_good) {
		printf("FAILED at step %llu, seed %llu: %s\n",
		       (unsigned long long)verdict.step,
		       (unsigned long long)script->seed, verdict.broken);
		fflush(stdout);
		if (plan->shorten > 0 && !plan->here) {
			run_shorten(script, &verdict, (unsigned)plan->shorten);
			print_script(script);
		}
	}
	fflush(stdout);
	return verdict.is_good;
}

static int run_file(const struct plan *plan)
{
	FILE *file = fopen(plan->script, "r");
	struct script script;
	unsigned line;
	bool is_good;

	if (file == NULL) {
		perror(plan->script);
		return 2;
	}
	is_good = script_read(&script, file, &line);
	fclose(file);
	if (!is_good) {
		fprintf(stderr, "%s:%u: no step of a script\n", plan->script,
			line);
		script_free(&script);
		return 2;
	}
	is_good = run(plan, &script);
	script_free(&script);
	return is_good ? 0 : 1;
}

static int run_seeds(const struct plan *plan)
{
	uint64_t failed = 0;

	for (uint64_t i = 0; i < plan->seeds && (failed == 0 || !plan->stop);
	     i++) {
		struct script script;

		script_draw(&script, plan->first + i, (unsigned)plan->phones,
			    plan->steps);
		failed += !run(plan, &script);
		script_free(&script);
	}
	if (failed > 0)
		printf("%llu of %llu seeds failed\n",
		       (unsigned long long)failed,
		       (unsigned long long)plan->seeds);
	return failed > 0;
}

int main(int argc, char **argv)
{
	struct plan plan = { .first = 1,
			     .seeds = 20,
			     .steps = 1000,
			     .phones = 4,
			     .shorten = 120 };
	const struct {
		const char *name;
		uint64_t *value;
	} flags[] = {
		{ "--seeds", &plan.seeds }, { "--first", &plan.first },
		{ "--steps", &plan.steps }, { "--phones", &plan.phones },
		{ "--stop", &plan.stop },   { "--shorten", &plan.shorten },
		{ "--tell", &plan.tell },   { "--here", &plan.here }
	};

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--script") == 0)
			plan.script = argv[i + 1];
		for (size_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++)
			if (strcmp(argv[i], flags[k].name) == 0)
				*flags[k].value =
					strtoull(argv[i + 1], NULL, 10);
	}
	if (plan.phones < 1 || plan.phones > PHONES_MAX) {
		fprintf(stderr, "sim: 1 to %d phones\n", PHONES_MAX);
		return 2;
	}
	return plan.script != NULL ? run_file(&plan) : run_seeds(&plan);
}
