/*
 * visit_words: what the rep is told of a visit, in plain words: what was seen,
 * how sure that is, and why. The manager's sentence is the server's; this one
 * speaks to the person, names no hour (a phone's core knows no time zone), and
 * has the same finding in it.
 */
#ifndef CORE_VISIT_WORDS_H
#define CORE_VISIT_WORDS_H

#include "model/visit.h"

enum { VISIT_WORDS_MAX = 600 };

struct visit_telling {
	const struct visit_plan *plan;
	const struct visit_verdict *verdict;
	const struct tick_signals *signals;
	int64_t opened_us;
	bool is_over; /* otherwise: so far */
};

/* Writes it with a NUL. */
void visit_words(char out[VISIT_WORDS_MAX + 1],
		 const struct visit_telling *telling);

#endif
