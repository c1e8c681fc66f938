/*
 * See script.h.
 */
#include "script.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * At rest the sums must be right: every so many steps at first. A rest looks
 * at all that ever happened, so that a long run has them further apart.
 */
#define REST_EVERY 250
#define REST_SHARE 16

void script_add(struct script *script, const struct step *step)
{
	if (script->n == script->room) {
		script->room = script->room * 2 + 256;
		script->steps =
			realloc(script->steps, script->room * sizeof(*step));
		if (script->steps == NULL)
			abort();
	}
	script->steps[script->n++] = *step;
}

void script_free(struct script *script)
{
	free(script->steps);
	*script = (struct script){ .n = 0 };
}

void script_draw(struct script *out, uint64_t seed, unsigned n_phones,
		 uint64_t n_steps)
{
	struct dice dice = { .state = seed * UINT64_C(0x2545f4914f6cdd1d) + 1 };
	uint64_t rest_at = REST_EVERY;

	*out = (struct script){ .seed = seed, .n_phones = n_phones };
	for (uint64_t i = 1; i <= n_steps; i++) {
		struct step step = { .act = act_drawn(&dice) };

		step.actor = (unsigned)dice_below(&dice, n_phones);
		step.dice = dice_throw(&dice);
		script_add(out, &step);
		if (i != rest_at && i != n_steps)
			continue;
		step.act = act_rest;
		step.dice = dice_throw(&dice);
		script_add(out, &step);
		rest_at +=
			REST_EVERY + i / REST_SHARE / REST_EVERY * REST_EVERY;
	}
}

/* --------------------------------------------------------------------- text */

void script_write_head(const struct script *script, FILE *file)
{
	fprintf(file, "seed %" PRIu64 "\nphones %u\n", script->seed,
		script->n_phones);
}

void script_write_step(const struct step *step, FILE *file)
{
	fprintf(file, "%s %u %016" PRIx64, act_name(step->act), step->actor,
		step->dice);
}

/* The next word as a number of that base. */
static bool take_number(uint64_t *out, char **rest, int base)
{
	const char *word = strtok_r(NULL, " \t\n", rest);
	char *end;

	if (word == NULL)
		return false;
	*out = strtoull(word, &end, base);
	return *end == '\0';
}

static bool read_line(struct script *script, char *line)
{
	struct step step = { .act = 0 };
	char *word, *rest, *comment = strchr(line, '#');
	uint64_t number;
	int act;

	if (comment != NULL)
		*comment = '\0';
	if (line[strspn(line, " \t\n")] == '\0')
		return true;
	word = strtok_r(line, " \t\n", &rest);
	if (strcmp(word, "seed") == 0)
		return take_number(&script->seed, &rest, 10);
	if (strcmp(word, "phones") == 0) {
		if (!take_number(&number, &rest, 10))
			return false;
		script->n_phones = (unsigned)number;
		return number >= 1 && number <= PHONES_MAX;
	}
	act = act_named(word);
	if (!take_number(&number, &rest, 10) || number >= script->n_phones ||
	    !take_number(&step.dice, &rest, 16))
		return false;
	step.actor = (unsigned)number;
	if (act < 0)
		return false;
	step.act = (unsigned)act;
	script_add(script, &step);
	return true;
}

/* What a step did, told behind it, may be longer than any step. */
static void skip_line(FILE *file)
{
	int byte;

	do
		byte = getc(file);
	while (byte != '\n' && byte != EOF);
}

bool script_read(struct script *out, FILE *file, unsigned *line)
{
	char text[400];

	*out = (struct script){ .n_phones = 4 };
	for (*line = 1; fgets(text, sizeof(text), file) != NULL; ++*line) {
		if (strchr(text, '\n') == NULL)
			skip_line(file);
		if (!read_line(out, text))
			return false;
	}
	return true;
}
