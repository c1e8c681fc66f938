/*
 * See visits_group.h.
 */
#include "app/visits_group.h"

#include "model/spoof.h"
#include "model/visit.h"

void visit_group_missing(struct visit_finding *out, const struct uuid *meeting,
			 const struct uuid *rep, int64_t start_us,
			 int64_t end_us)
{
	*out = (struct visit_finding){
		.meeting = *meeting,
		.rep = *rep,
		.start_us = start_us,
		.end_us = end_us,
		.word = VISIT_NO_DATA,
		.certainty = VISIT_DOUBTFUL,
		.is_reproduced = true,
	};
}

/* The better, the more of a meeting it was. */
static unsigned goodness(const struct visit_finding *visit)
{
	switch ((enum visit_word)visit->word) {
	case VISIT_PRESENT:
		return 7;
	case VISIT_LATE:
		return 6;
	case VISIT_SHORT:
		return 5;
	case VISIT_NEARBY:
		return 4;
	case VISIT_ABSENT:
		return 3;
	case VISIT_ELSEWHERE:
		return 2;
	case VISIT_NO_DATA:
		return 1;
	}
	return 0;
}

static bool was_there(const struct visit_finding *visit)
{
	return goodness(visit) >= 5;
}

static bool is_firm(const struct visit_finding *visit)
{
	return visit->certainty == VISIT_FIRM && visit->is_reproduced;
}

/* May the phone speak for another? */
static bool is_credible(const struct visit_finding *visit)
{
	return visit->is_reproduced && visit->mock_fixes == 0 &&
	       visit->spoof_permille < SPOOF_ASK_PERMILLE;
}

uint32_t
visit_together_s(const struct visit_finding *a, const struct visit_finding *b)
{
	int64_t from_us = a->arrived_hi_us, until_us = a->departed_lo_us;

	if (!was_there(a) || !was_there(b) || !is_credible(a) ||
	    !is_credible(b) || uuid_compare(&a->rep, &b->rep) == 0 ||
	    uuid_compare(&a->device, &b->device) == 0)
		return 0;
	if (b->arrived_hi_us > from_us)
		from_us = b->arrived_hi_us;
	if (b->departed_lo_us < until_us)
		until_us = b->departed_lo_us;
	if (until_us - from_us < (int64_t)VISIT_TOGETHER_MIN_S * 1000000)
		return 0;
	return (uint32_t)((until_us - from_us) / 1000000);
}

/* Somebody in time, and a colleague who was there with them. */
static bool is_corroborated(const struct visit_finding *visits, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			if (visits[i].word == VISIT_PRESENT &&
			    visit_together_s(&visits[i], &visits[j]) > 0)
				return true;
	return false;
}

static void
count(struct visit_group *out, const struct visit_finding *visits, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		out->n_there += was_there(&visits[i]);
		out->n_unknown += visits[i].word == VISIT_NO_DATA;
		for (size_t j = i + 1; j < n; j++) {
			uint32_t together_s =
				visit_together_s(&visits[i], &visits[j]);

			if (together_s > out->together_s)
				out->together_s = together_s;
		}
	}
}

void visit_group_judge(struct visit_group *out,
		       const struct visit_finding *visits, size_t n)
{
	const struct visit_finding *best = &visits[0];
	bool is_any_firm = false, are_all_firm = true;

	*out = (struct visit_group){
		.n_reps = n,
		.start_us = visits[0].start_us,
		.end_us = visits[0].end_us,
	};
	count(out, visits, n);
	for (size_t i = 1; i < n; i++)
		if (goodness(&visits[i]) > goodness(best))
			best = &visits[i];
	for (size_t i = 0; i < n; i++) {
		is_any_firm |= visits[i].word == best->word &&
			       is_firm(&visits[i]);
		are_all_firm &= is_firm(&visits[i]);
	}
	out->word = best->word;
	out->certainty = VISIT_DOUBTFUL;
	if (best->word != VISIT_PRESENT) {
		if (are_all_firm)
			out->certainty = VISIT_FIRM;
		return;
	}
	if (!is_any_firm && is_corroborated(visits, n))
		out->is_corroborated = true;
	if (is_any_firm || out->is_corroborated)
		out->certainty = VISIT_FIRM;
}
