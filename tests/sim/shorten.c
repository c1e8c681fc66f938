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

/* What is to be left out: the steps of a piece, of an act, of an actor. */
struct cut {
	size_t from, to;
	int act, actor; /* -1: any */
};

static bool is_out(const struct cut *cut, const struct step *step, size_t i)
{
	return i >= cut->from && i < cut->to &&
	       (cut->act < 0 || (unsigned)cut->act == step->act) &&
	       (cut->actor < 0 || (unsigned)cut->actor == step->actor);
}

/* The script without that: does it break the same? It is kept then. */
static bool leave_out(struct search *search, const struct cut *cut)
{
	struct script *script = search->script;
	struct script shorter = { .seed = script->seed,
				  .n_phones = script->n_phones };
	struct verdict verdict = { .is_good = true };
	char seen[12] = "";

	for (size_t i = 0; i < script->n; i++)
		if (!is_out(cut, &script->steps[i], i))
			script_add(&shorter, &script->steps[i]);
	if (shorter.n < script->n) {
		run_script(&verdict, &shorter, NULL);
		name_invariant(seen, verdict.broken);
	}
	if (verdict.is_good || strcmp(seen, search->wanted) != 0) {
		script_free(&shorter);
		return false;
	}
	/* Nothing after the step that broke it matters. */
	if (verdict.step > 0 && verdict.step < shorter.n)
		shorter.n = verdict.step;
	script_free(script);
	*script = shorter;
	return true;
}

/* Whole phones and whole kinds of acts first: that goes fast. */
static void try_kinds(struct search *search)
{
	struct cut cut = { .to = SIZE_MAX, .act = -1 };

	for (cut.actor = 0; cut.actor < PHONES_MAX; cut.actor++)
		if (time(NULL) < search->until)
			(void)leave_out(search, &cut);
	cut.actor = -1;
	for (cut.act = 0; act_name((unsigned)cut.act) != NULL; cut.act++)
		if (time(NULL) < search->until)
			(void)leave_out(search, &cut);
}

/* Tries to leave out each piece of that size once, from the end. */
static bool try_pieces(struct search *search, size_t size)
{
	size_t to = search->script->n;
	bool was_shortened = false;

	while (to > 0 && time(NULL) < search->until) {
		const struct cut cut = { .from = to > size ? to - size : 0,
					 .to = to,
					 .act = -1,
					 .actor = -1 };

		was_shortened |= leave_out(search, &cut);
		to = cut.from < search->script->n ? cut.from
						  : search->script->n;
	}
	return was_shortened;
}

void run_shorten(struct script *script, const struct verdict *verdict,
		 unsigned seconds)
{
	struct search search = { .script = script,
				 .until = time(NULL) + (time_t)seconds };
	size_t size;

	name_invariant(search.wanted, verdict->broken);
	if (verdict->step > 0 && verdict->step < script->n)
		script->n = verdict->step;
	try_kinds(&search);
	size = script->n / 2;
	while (size > 0 && time(NULL) < search.until) {
		const bool was_shortened = try_pieces(&search, size);

		/* The last size until nothing more goes. */
		if (size > 1 || !was_shortened)
			size /= 2;
	}
}
