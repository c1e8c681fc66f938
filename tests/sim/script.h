/*
 * What happens in a simulated world, as a list: who does what, and the seed of
 * the dice that decide the rest of it. A step has dice of its own, so that
 * others can be left out and it still means the same.
 *
 * As text a script is a line a step; what follows a # is for people.
 */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include "world.h"

#include <stdio.h>

struct step {
	unsigned act;	/* of the table in acts.c */
	unsigned actor; /* a phone's number */
	uint64_t dice;
};

struct script {
	uint64_t seed; /* of how the world begins */
	unsigned n_phones;
	struct step *steps;
	size_t n, room;
};

/* The steps that a seed stands for, with rests in between. */
void script_draw(struct script *out, uint64_t seed, unsigned n_phones,
		 uint64_t n_steps);
/* False where a line can't be understood; *line is its number then. */
bool script_read(struct script *out, FILE *file, unsigned *line);
void script_write_head(const struct script *script, FILE *file);
/* One line, without its end. */
void script_write_step(const struct step *step, FILE *file);
void script_add(struct script *script, const struct step *step);
void script_free(struct script *script);

/* acts.c: an act by its name, and one by the dice; -1: there is none. */
int act_named(const char *name);
unsigned act_drawn(struct dice *dice);
const char *act_name(unsigned act); /* NULL behind the last */
extern const unsigned act_rest;
/* Does it. False once an invariant is broken. */
bool act_do(struct world *world, const struct step *step);

#endif
