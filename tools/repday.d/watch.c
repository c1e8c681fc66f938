/* The window of mobile-core/src/windows.c, without its disk. */
#include "watch.h"

static const int64_t US_PER_S = 1000000;
/* A fix that comes so much early is the one that was asked for. */
static const int64_t SLACK_US = 500000;

struct window {
	struct tick_quantiser quantiser;
	struct visit visit;
	struct evidence_draft draft;
};

static void take_tick(struct window *w, const struct tick *tick)
{
	if (evidence_draft_append(&w->draft, tick))
		visit_tick(&w->visit, tick);
}

static void take_fix(struct window *w, const struct fix *fix)
{
	struct tick tick;
	if (tick_quantiser_add(&w->quantiser, &tick, fix,
			       evidence_block_ds(&w->draft)))
		take_tick(w, &tick);
}

static bool finish(struct watch *out, struct window *w, bool is_off)
{
	struct visit_verdict verdict;
	struct tick tick;
	int64_t closed_us = w->quantiser.closes_us;
	if (tick_quantiser_flush(&w->quantiser, &tick))
		take_tick(w, &tick);
	if (is_off && !w->quantiser.has_fix) {
		tick_quantiser_trouble(&w->quantiser, TICK_TROUBLE_GPS_OFF,
				       w->quantiser.opened_us);
		tick_quantiser_trouble(&w->quantiser, TICK_TROUBLE_NONE,
				       closed_us);
	}
	visit_decide(&w->visit, &verdict);
	if (!evidence_draft_finish(&w->draft, closed_us, &w->quantiser.signals,
				   &verdict))
		return false;
	out->len = w->draft.len;
	return evidence_content_read(&out->content, out->bytes, out->len);
}

bool watch_meeting(struct watch *out, const struct visit_plan *plan,
		   const struct fix *fixes, size_t n, uint32_t interval_s,
		   bool is_off)
{
	static const int64_t MARGIN_US = (int64_t)VISIT_MARGIN_S * 1000000;
	struct window w;
	int64_t opened_us = plan->start_us - MARGIN_US, due_us = opened_us;
	if (!visit_open(&w.visit, plan, opened_us) ||
	    !evidence_draft_begin(&w.draft, out->bytes, plan, opened_us))
		return false;
	tick_quantiser_open(&w.quantiser, plan->pin, opened_us,
			    plan->end_us + MARGIN_US);
	for (size_t i = 0; i < n && fixes[i].time_us <= w.quantiser.closes_us;
	     i++) {
		if (fixes[i].time_us < due_us)
			continue;
		take_fix(&w, &fixes[i]);
		uint32_t wanted_s = interval_s
					    ? interval_s
					    : visit_wanted_interval_s(&w.visit);
		due_us = fixes[i].time_us + wanted_s * US_PER_S - SLACK_US;
	}
	return finish(out, &w, is_off);
}
