/* The rep's ledger, for the host: minutes become spans. */
#include "tracker_state.h"

#include <string.h>

static const int64_t MINUTE_US = INT64_C(60000000);

struct asking {
	int64_t from_us, until_us;
	outrider_sampled_fn *callback;
	void *user;
	/* As many as a page can have: every other minute. */
	struct outrider_span *spans;
};

static size_t
make_spans(struct outrider_span *spans, const struct ledger_page *page)
{
	size_t n = 0;

	for (size_t i = 0; i < (size_t)page->map_len * 8; i++) {
		int64_t at_us = page->opened_us + (int64_t)i * MINUTE_US;

		if (!ledger_is_sampled(page, i))
			continue;
		if (n == 0 || spans[n - 1].until_us != at_us)
			spans[n++].from_us = at_us;
		spans[n - 1].until_us = at_us + MINUTE_US;
	}
	return n;
}

/* False where the host has enough. */
static bool tell(const struct asking *asking, const uint8_t meeting_id[16],
		 const struct ledger_page *page, bool is_open)
{
	struct outrider_sampled sampled = {
		.is_check_in = page->is_check_in,
		.is_open = is_open,
		.opens_us = page->opened_us,
		.closes_us = page->closes_us,
		.n_fixes = page->n_fixes,
		.n_ticks = page->n_ticks,
		.n_positions = page->n_positions,
		.spans = asking->spans,
	};

	if (page->closes_us < asking->from_us ||
	    page->opened_us >= asking->until_us)
		return true;
	memcpy(sampled.meeting_id, meeting_id, 16);
	sampled.n_spans = make_spans(asking->spans, page);
	return asking->callback(asking->user, &sampled);
}

static enum outrider_code tell_closed(void *user, const uint8_t meeting_id[16],
				      const struct ledger_page *page,
				      struct outrider_err *err)
{
	(void)err;
	return tell(user, meeting_id, page, false) ? OUTRIDER_OK
						   : OUTRIDER_CANCELLED;
}

enum outrider_code tracker_ledger(struct outrider *core, int64_t from_us,
				  int64_t until_us,
				  outrider_sampled_fn *callback, void *user,
				  struct outrider_err *err)
{
	struct tracker *tracker = core->tracker;
	struct asking asking = { from_us, until_us, callback, user, NULL };
	enum outrider_code code;

	if (!tracker)
		return OUTRIDER_OK;
	asking.spans = arena_alloc(&core->work, (LEDGER_MINUTES_MAX / 2 + 1) *
							sizeof(*asking.spans));
	if (!asking.spans)
		return err_no_memory(err);
	code = tracker_be_ready(core, err);
	if (code == OUTRIDER_OK)
		code = ledger_each(core, tell_closed, &asking, err);
	if (code == OUTRIDER_CANCELLED) {
		err_clear(err);
		return OUTRIDER_OK;
	}
	for (size_t i = 0; i < tracker->n && code == OUTRIDER_OK; i++)
		if (tracker->windows[i].live &&
		    !tell(&asking, tracker->windows[i].plan.meeting_id,
			  &tracker->windows[i].live->page, true))
			break;
	return code;
}

enum outrider_code outrider_ledger(struct outrider *core, int64_t from_us,
				   int64_t until_us,
				   outrider_sampled_fn *callback, void *user,
				   struct outrider_err *err)
{
	enum outrider_code code = core_enter_aside(core, err);

	if (code != OUTRIDER_OK)
		return code;
	code = tracker_ledger(core, from_us, until_us, callback, user, err);
	core_leave(core);
	return code;
}
