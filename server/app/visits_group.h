/*
 * A meeting of several reps: what their visits say together. Owns the rule,
 * and knows no store.
 *
 *	PRESENT    if the visit of any of them says so; firm if one of these is,
 *	           or if two doubtful ones corroborate each other
 *	otherwise  the best of their words; firm only if every visit is firm, so
 *	           that nobody is accused while a colleague's phone says nothing
 *
 * Two phones corroborate each other if both were at the place together, by the
 * times that the bounds of both stays guarantee, and neither shows made-up
 * positions. A rep without evidence counts as NO_DATA, never as ABSENT.
 */
#ifndef APP_VISITS_GROUP_H
#define APP_VISITS_GROUP_H

#include "store/visits.h"

enum {
	VISIT_GROUP_MAX = 51,	   /* the owner and the participants */
	VISIT_TOGETHER_MIN_S = 60, /* less corroborates nothing */
};

struct visit_group {
	size_t n_reps;
	size_t n_there;	  /* PRESENT, LATE or SHORT */
	size_t n_unknown; /* NO_DATA, or no evidence */
	uint8_t word, certainty;
	uint32_t together_s;	  /* the longest of any two; 0: none */
	bool is_corroborated;	  /* it is firm only because of that */
	int64_t start_us, end_us; /* as the first of them was judged */
};

/* A rep's visit that no evidence has come for. */
void visit_group_missing(struct visit_finding *out, const struct uuid *meeting,
			 const struct uuid *rep, int64_t start_us,
			 int64_t end_us);

/* n > 0, at most VISIT_GROUP_MAX; the owner's first. */
void visit_group_judge(struct visit_group *out,
		       const struct visit_finding *visits, size_t n);

/* For how long two were at the place together, at least; 0 where that says
 * nothing. */
uint32_t
visit_together_s(const struct visit_finding *a, const struct visit_finding *b);

#endif
