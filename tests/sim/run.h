/*
 * Runs of scripts, each in a process of its own: whatever a world does to its
 * process, the next one begins as if it were the first.
 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "script.h"

struct verdict {
	bool is_good;
	uint64_t step;	   /* of the script: the one that broke it, from 1 */
	char numbers[700]; /* what happened, in numbers */
	char broken[400];  /* the invariant and what was seen, or "" */
};

/* In this process, which is good for one world. */
void run_here(struct verdict *out, const struct script *script);
/* tale: where to say what happens, step by step; or NULL. */
void run_script(struct verdict *out, const struct script *script, FILE *tale);

/*
 * Leaves out what can be left out of a script that breaks: what remains breaks
 * the same invariant. Stops after so many seconds at the latest.
 */
void run_shorten(struct script *script, const struct verdict *verdict,
		 unsigned seconds);

#endif
