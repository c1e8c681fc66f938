/*
 * Many records of every kind, out of the tables: each has other values, some
 * have fields left out, and those that a firm added. As they were told, in
 * bytes: the tests judge by them what a list should have.
 */
#ifndef KIND_POPULATION_H
#define KIND_POPULATION_H

#include "every_kind.h"

enum { POPULATION_MAX = 256, POPULATION_CUSTOM = 5 };

/* All of a kind that the administrator sees. */
struct population {
	const struct entity *entity;
	struct bytes items[POPULATION_MAX]; /* resources */
	size_t n;
	/* By their type: TEXT is 1. Zero where the kind has none. */
	struct uuid custom[POPULATION_CUSTOM + 1];
};

struct populations {
	struct every_kind *firm;
	struct population of[256]; /* by the kind's number */
	struct arena arena;
	/* What odd records refer to, where even ones refer to firm->targets. */
	struct uuid other_targets[256];
	struct harness_user other_user;
	struct uuid other_team;
	size_t n_dropped; /* fields left out */
	size_t n_whole;	  /* records that laws wanted whole */
};

/* n new ones of each kind, and what they refer to. Nothing may be written
 * afterwards. */
void populate(struct populations *out, struct every_kind *firm, size_t n);
void populations_free(struct populations *p);

/* "shoe_4": the key of the kind's custom field of a type. */
void population_custom_key(char out[32], int type);

#endif
