/*
 * Shortens a script that breaks an invariant (delta debugging: Zeller and
 * Hildebrandt, 2002): leaves out halves, quarters, eighths ... single steps,
 * as long as the rest breaks the same.
 */
#include "run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct search {
	struct script *script;
	/* The invariant, as its message begins. */
	char wanted[12];
	time_t until;
};

static void name_invariant(char out[12], const char *broken)
{
	snprintf(out, 12, "%.*s", (int)strcspn(broken, ":"), broken);
}

/* The script without [from, to): does it break the same? It is kept then. */
static bool leave_out(struct search *search, size_t from, size_t to)
{
	struct script shorter = { .seed = search->script->seed,
				  .n_phones = search->script->n_phones };
	struct verdict verdict;
	char seen[12];

	for (size_t i = 0; i < search->script->n; i++)
		if (i < from || i >= to)
			script_add(&shorter, &search->script->steps[i]);
	run_script(&verdict, &shorter, NULL);
	name_invariant(seen, verdict.broken);
	if (verdict.is_good || strcmp(seen, search->wanted) != 0) {
		script_free(&shorter);
		return false;
	}
	/* Nothing after the step that broke it matters. */
	if (verdict.step > 0 && verdict.step < shorter.n)
		shorter.n = verdict.step;
	script_free(search->script);
	*search->script = shorter;
	return true;
}

/* Tries to leave out each piece of that size once, from the end. */
static bool try_pieces(struct search *search, size_t size)
{
	size_t to = search->script->n;
	bool was_shortened = false;

	while (to > 0 && time(NULL) < search->until) {
		const size_t from = to > size ? to - size : 0;

		was_shortened |= leave_out(search, from, to);
		to = from < search->script->n ? from : search->script->n;
	}
	return was_shortened;
}

void run_shorten(struct script *script, const struct verdict *verdict,
		 unsigned seconds)
{
	struct search search = { .script = script,
				 .until = time(NULL) + (time_t)seconds };
	size_t size = script->n / 2;

	name_invariant(search.wanted, verdict->broken);
	if (verdict->step > 0 && verdict->step < script->n)
		script->n = verdict->step;
	while (size > 0 && time(NULL) < search.until) {
		const bool was_shortened = try_pieces(&search, size);

		/* The last size until nothing more goes. */
		if (size > 1 || !was_shortened)
			size /= 2;
	}
}
