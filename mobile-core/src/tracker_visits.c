/* What is known of each meeting: closed ones from the chain, open ones as the
 * detector sees them now. */
#include "tracker_state.h"

#include <string.h>

static const int64_t US_PER_DS = 100000;

static struct outrider_visit visit_of(const struct visit_plan *plan,
				      int64_t opened_us,
				      const struct visit_verdict *verdict)
{
	bool was_there = verdict->word == VISIT_PRESENT ||
			 verdict->word == VISIT_LATE ||
			 verdict->word == VISIT_SHORT;
	struct outrider_visit visit = {
		.start_us = plan->start_us,
		.end_us = plan->end_us,
		.word = visit_word_name(verdict->word),
		.is_firm = verdict->certainty == VISIT_FIRM,
		.dwell_s = (verdict->dwell.at_ds + 5) / 10,
		.dwell_min_s = verdict->dwell.lo_ds / 10,
		.dwell_max_s = (verdict->dwell.hi_ds + 9) / 10,
		.log_odds = verdict->log_odds_mnat / 1000.0,
	};

	memcpy(visit.meeting_id, plan->meeting_id, 16);
	if (was_there) {
		visit.arrived_us =
			opened_us + verdict->arrival.at_ds * US_PER_DS;
		visit.departed_us =
			opened_us + verdict->departure.at_ds * US_PER_DS;
	}
	return visit;
}

struct listing {
	outrider_visit_fn *callback;
	void *user;
};

static enum outrider_code
tell_closed(void *user, uint64_t number, bool has_receipt,
	    const struct evidence_content *content, struct outrider_err *err)
{
	const struct listing *listing = user;
	struct outrider_visit visit =
		visit_of(&content->plan, content->opened_us, &content->verdict);

	(void)err;
	visit.is_closed = true;
	visit.has_receipt = has_receipt;
	visit.entry_number = number;
	return listing->callback(listing->user, &visit) ? OUTRIDER_OK
							: OUTRIDER_CANCELLED;
}

/* The next open window behind one, in order of opening and then of rows. */
static const struct window *
next_open(const struct tracker *tracker, const struct window *last)
{
	const struct window *found = NULL;

	for (size_t i = 0; i < tracker->n; i++) {
		const struct window *w = &tracker->windows[i];

		if (!w->live ||
		    (last && (window_opens_us(w) < window_opens_us(last) ||
			      (window_opens_us(w) == window_opens_us(last) &&
			       w->number <= last->number))))
			continue;
		if (!found || window_opens_us(w) < window_opens_us(found) ||
		    (window_opens_us(w) == window_opens_us(found) &&
		     w->number < found->number))
			found = w;
	}
	return found;
}

static void
tell_open(const struct tracker *tracker, const struct listing *listing)
{
	const struct window *window = NULL;
	bool goes_on = true;

	while (goes_on && (window = next_open(tracker, window))) {
		struct visit_verdict verdict;

		window_judge(window, &verdict);
		struct outrider_visit visit = visit_of(
			&window->plan, window_opens_us(window), &verdict);
		goes_on = listing->callback(listing->user, &visit);
	}
}

enum outrider_code tracker_visits(struct outrider *core,
				  outrider_visit_fn *callback, void *user,
				  struct outrider_err *err)
{
	struct listing listing = { .callback = callback, .user = user };
	enum outrider_code code;

	if (!core->tracker)
		return OUTRIDER_OK;
	code = tracker_be_ready(core, err);
	if (code == OUTRIDER_OK)
		code = evidence_each(core, &core->tracker->chain, tell_closed,
				     &listing, err);
	if (code == OUTRIDER_CANCELLED) {
		err_clear(err);
		return OUTRIDER_OK;
	}
	if (code == OUTRIDER_OK)
		tell_open(core->tracker, &listing);
	return code;
}
