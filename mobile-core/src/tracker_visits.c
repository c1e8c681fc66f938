/*
 * What is known of each meeting: closed ones from the chain, open ones as the
 * detector sees them now; with what the cards, where they are open, say of it.
 */
#include "tracker_state.h"

#include <string.h>

#include "cards.h"
#include "fields.h"
#include "visit_words.h"

static const int64_t US_PER_DS = 100000;

static struct outrider_visit visit_of(const struct visit_plan *plan,
				      int64_t opened_us,
				      const struct visit_verdict *verdict)
{
	bool was_there = verdict->word == VISIT_PRESENT ||
			 verdict->word == VISIT_LATE ||
			 verdict->word == VISIT_SHORT;
	struct outrider_visit visit = {
		.progress = OUTRIDER_ENDED,
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
	const struct outrider *core;
	outrider_visit_fn *callback;
	void *user;
	/* Meetings that the rep has written a rebuttal of. */
	struct uuid *rebutted;
	size_t n_rebutted;
};

/* ----------------------------------------------------------- what cards say */

static enum outrider_code
read_rebuttal(struct outrider *core, struct uuid *meeting,
	      const struct find_hit *hit, struct outrider_err *err)
{
	const struct entity *entity = schema_entity(hit->kind);
	struct shown shown;
	struct arena arena;
	enum outrider_code code;

	*meeting = (struct uuid){ { 0 } };
	arena_init(&arena, &core->allocator, core->work.ceiling);
	code = cards_show(core, &arena, &shown, hit->kind, &hit->id, err);
	if (code == OUTRIDER_OK && shown.exists) {
		struct bytes id = fields_text(entity->message,
					      shown.card.fields, "meeting_id");

		if (!uuid_parse(meeting, (const char *)id.at, id.len))
			*meeting = (struct uuid){ { 0 } };
	}
	arena_free(&arena);
	return code;
}

static enum outrider_code find_rebuttals(struct outrider *core,
					 struct listing *listing,
					 struct outrider_err *err)
{
	static const char KIND[] = "rebuttal";
	const struct entity *entity =
		schema_entity_named(KIND, sizeof(KIND) - 1);
	struct find_hit *hits;
	enum outrider_code code;
	size_t n;

	if (core_want_cards(core, NULL) != OUTRIDER_OK)
		return OUTRIDER_OK;
	code = find_search(&core->find, &core->work, &hits, &n, entity->number,
			   "", SIZE_MAX, err);
	if (code != OUTRIDER_OK)
		return code;
	listing->rebutted = arena_alloc(&core->work,
					(n + 1) * sizeof(listing->rebutted[0]));
	if (!listing->rebutted)
		return err_no_memory(err);
	for (size_t i = 0; i < n && code == OUTRIDER_OK; i++)
		code = read_rebuttal(core, &listing->rebutted[i], &hits[i],
				     err);
	listing->n_rebutted = n;
	return code;
}

static bool tell(const struct listing *listing, struct outrider_visit *visit,
		 const struct visit_telling *telling)
{
	const struct agenda_item *item =
		agenda_find(&listing->core->agenda, visit->meeting_id);
	char words[VISIT_WORDS_MAX + 1];

	visit_words(words, telling);
	visit->sentence = words;
	if (visit->progress == OUTRIDER_ENDED && item && item->wants_outcome)
		visit->progress = OUTRIDER_OUTCOME_DUE;
	for (size_t i = 0; i < listing->n_rebutted; i++)
		visit->has_rebuttal |= memcmp(listing->rebutted[i].at,
					      visit->meeting_id, 16) == 0;
	return listing->callback(listing->user, visit);
}

/* ------------------------------------------------------------------- visits */

static enum outrider_code
tell_closed(void *user, uint64_t number, bool has_receipt,
	    const struct evidence_content *content, struct outrider_err *err)
{
	const struct listing *listing = user;
	const struct visit_telling telling = {
		.plan = &content->plan,
		.verdict = &content->verdict,
		.signals = &content->signals,
		.opened_us = content->opened_us,
		.is_over = true,
	};
	struct outrider_visit visit =
		visit_of(&content->plan, content->opened_us, &content->verdict);

	(void)err;
	visit.is_closed = true;
	visit.has_receipt = has_receipt;
	visit.entry_number = number;
	return tell(listing, &visit, &telling) ? OUTRIDER_OK
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

static bool tell_window(const struct tracker *tracker,
			const struct listing *listing,
			const struct window *window)
{
	const int64_t now_us = tracker_clock_low(&tracker->clock);
	struct visit_verdict verdict;
	struct progress progress;

	window_judge(window, &verdict);
	progress_of(&progress, window, &tracker->sight, now_us);
	const struct visit_telling telling = {
		.plan = &window->plan,
		.verdict = &verdict,
		.signals = &window->live->quantiser.signals,
		.opened_us = window_opens_us(window),
	};
	struct outrider_visit visit =
		visit_of(&window->plan, telling.opened_us, &verdict);
	visit.progress = progress.stage;
	visit.expected_arrival_us = progress.expected_us;
	visit.late_s = progress.late_s;
	return tell(listing, &visit, &telling);
}

static void
tell_open(const struct tracker *tracker, const struct listing *listing)
{
	const struct window *window = NULL;
	bool goes_on = true;

	while (goes_on && (window = next_open(tracker, window)))
		goes_on = tell_window(tracker, listing, window);
}

enum outrider_code tracker_visits(struct outrider *core,
				  outrider_visit_fn *callback, void *user,
				  struct outrider_err *err)
{
	struct listing listing = { .core = core,
				   .callback = callback,
				   .user = user };
	enum outrider_code code;

	if (!core->tracker)
		return OUTRIDER_OK;
	code = tracker_be_ready(core, err);
	if (code == OUTRIDER_OK)
		code = find_rebuttals(core, &listing, err);
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
