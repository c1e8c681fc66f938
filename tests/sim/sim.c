/*
 * sim: runs simulated worlds. Exit code 0: none broke a promise; 1: one did;
 * 2: not understood.
 */
#include "run.h"

#include <stdlib.h>
#include <string.h>

#include "../../tools/usage.h"

static const char usage[] =
	"usage: outrider-sim [--seeds N] [--first SEED] [--steps N] "
	"[--phones N]\n"
	"                    [--stop 1] [--shorten SECONDS] [--tell 1] "
	"[--here 1]\n"
	"       outrider-sim --script FILE [--shorten SECONDS] [--tell 1] "
	"[--here 1]\n\n"
	"Runs simulated worlds: 20 seeds from 1 on, 1000 steps, 4 phones. One "
	"that breaks a\npromise is printed with the shortest script found that "
	"breaks the same; --script\nruns that.\n\n"
	"  --shorten SECONDS  look so long for the script (120); 0: don't\n"
	"  --stop 1           end with the first seed that breaks\n"
	"  --tell 1           say what the steps do\n"
	"  --here 1           one world, in this process: for debuggers\n";

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

/* A flag and what stands behind it; value NULL: nothing does. */
static bool take_flag(struct plan *plan, const char *name, const char *value)
{
	const struct {
		const char *name;
		uint64_t *value, min, max;
	} flags[] = {
		{ "--seeds", &plan->seeds, 1, UINT64_MAX },
		{ "--first", &plan->first, 0, UINT64_MAX },
		{ "--steps", &plan->steps, 1, UINT64_MAX },
		{ "--phones", &plan->phones, 1, PHONES_MAX },
		{ "--stop", &plan->stop, 0, 1 },
		{ "--shorten", &plan->shorten, 0, UINT32_MAX },
		{ "--tell", &plan->tell, 0, 1 },
		{ "--here", &plan->here, 0, 1 },
	};

	if (value == NULL) {
		fprintf(stderr, "outrider-sim: %s: unknown, or no value\n",
			name);
		return false;
	}
	if (strcmp(name, "--script") == 0) {
		plan->script = value;
		return true;
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strcmp(name, flags[i].name) == 0 &&
		    usage_number(flags[i].value, value, flags[i].min,
				 flags[i].max))
			return true;
	fprintf(stderr, "outrider-sim: %s %s: not understood\n", name, value);
	return false;
}

int main(int argc, char **argv)
{
	struct plan plan = { .first = 1,
			     .seeds = 20,
			     .steps = 1000,
			     .phones = 4,
			     .shorten = 120 };

	if (usage_is_asked(argc, argv))
		return usage_say(usage, true);
	for (int i = 1; i < argc; i += 2)
		if (!take_flag(&plan, argv[i], argv[i + 1]))
			return usage_say(usage, false);
	return plan.script != NULL ? run_file(&plan) : run_seeds(&plan);
}
