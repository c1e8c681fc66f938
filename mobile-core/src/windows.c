/*
 *	row = 4 is_open is_check_in is_told_late plan told
 *	      [quantiser  length(2) detector  length(2) draft  page]
 *	    | 3 ... the same without is_told_late, of an earlier program
 */
#include "windows.h"

#include <string.h>

#include "model/octets.h"
#include "vault.h"

enum { ROW_FORMAT = 4, ROW_UNTOLD = 3 };

static const int64_t MARGIN_US = (int64_t)VISIT_MARGIN_S * 1000000;
static const int64_t US_PER_DS = 100000;

int64_t window_opens_us(const struct window *window)
{
	return window->plan.start_us - MARGIN_US;
}

int64_t window_closes_us(const struct window *window)
{
	return window->plan.end_us + MARGIN_US;
}

bool window_is_same_plan(const struct visit_plan *a, const struct visit_plan *b)
{
	uint8_t a_bytes[VISIT_PLAN_MAX_BYTES], b_bytes[VISIT_PLAN_MAX_BYTES];
	size_t len = visit_plan_write(a_bytes, a);

	return visit_plan_write(b_bytes, b) == len &&
	       memcmp(a_bytes, b_bytes, len) == 0;
}

static struct window_live *new_live(const struct allocator *allocator)
{
	struct window_live *live =
		allocator->resize(allocator->user, NULL, sizeof(*live));

	if (live)
		memset(live, 0, sizeof(*live));
	return live;
}

bool window_open(struct window *window, const struct allocator *allocator)
{
	struct window_live *live = new_live(allocator);
	int64_t opened_us = window_opens_us(window);

	if (!live)
		return false;
	window->live = live;
	tick_quantiser_open(&live->quantiser, window->plan.pin, opened_us,
			    window_closes_us(window));
	live->page = (struct ledger_page){
		.opened_us = opened_us,
		.closes_us = window_closes_us(window),
		.is_check_in = window->is_check_in,
	};
	if (visit_open(&live->visit, &window->plan, opened_us) &&
	    evidence_draft_begin(&live->draft, live->content, &window->plan,
				 opened_us))
		return true;
	window_release(window, allocator);
	return false;
}

void window_release(struct window *window, const struct allocator *allocator)
{
	if (!window->live)
		return;
	vault_memory_wipe(window->live, sizeof(*window->live));
	(void)allocator->resize(allocator->user, window->live, 0);
	window->live = NULL;
}

/* What the evidence has no room for, the detector must not see either. */
static void take_tick(struct window_live *live, const struct tick *tick)
{
	if (!evidence_draft_append(&live->draft, tick))
		return;
	visit_tick(&live->visit, tick);
	live->page.n_ticks++;
}

bool window_holds(const struct window *window, int64_t time_us)
{
	return time_us >= window_opens_us(window) &&
	       time_us <= window_closes_us(window);
}

bool window_take_fix(struct window *window, const struct fix *fix)
{
	struct window_live *live = window->live;
	struct tick tick;

	if (!window_holds(window, fix->time_us))
		return false;
	ledger_note_fix(&live->page, fix->time_us);
	if (!tick_quantiser_add(&live->quantiser, &tick, fix,
				evidence_block_ds(&live->draft)))
		return false;
	take_tick(live, &tick);
	return true;
}

void window_note(struct window *window, enum tick_note note)
{
	tick_signals_note(&window->live->quantiser.signals, note);
}

void window_set_trouble(struct window *window, enum tick_trouble trouble,
			int64_t now_us)
{
	tick_quantiser_trouble(&window->live->quantiser, trouble, now_us);
}

void window_judge(const struct window *window, struct visit_verdict *out)
{
	visit_decide(&window->live->visit, out);
}

void window_finish(struct window *window, int64_t *closed_us,
		   struct visit_verdict *verdict)
{
	struct window_live *live = window->live;
	struct tick tick;
	int64_t last_us;

	if (tick_quantiser_flush(&live->quantiser, &tick))
		take_tick(live, &tick);
	last_us = window_opens_us(window) +
		  (int64_t)live->draft.last.at_ds * US_PER_DS;
	if (*closed_us < last_us)
		*closed_us = last_us;
	tick_quantiser_trouble(&live->quantiser, TICK_TROUBLE_NONE, *closed_us);
	visit_decide(&live->visit, verdict);
	(void)evidence_draft_finish(&live->draft, *closed_us,
				    &live->quantiser.signals, verdict);
}

/* -------------------------------------------------------------------- bytes */

static void put_part(struct octet_writer *w, const uint8_t *at, size_t len)
{
	octets_put(w, len, 2);
	if (w->failed || w->room - w->len < len) {
		w->failed = true;
		return;
	}
	memcpy(w->bytes + w->len, at, len);
	w->len += len;
}

static bool get_part(struct octet_reader *r, struct bytes *out)
{
	size_t len = (size_t)octets_get(r, 2);

	if (r->failed || (size_t)(r->end - r->next) < len)
		return false;
	*out = (struct bytes){ .at = r->next, .len = len };
	r->next += len;
	return true;
}

static void put_plan(struct octet_writer *w, const struct visit_plan *plan)
{
	w->len += visit_plan_write(w->bytes + w->len, plan);
}

static bool get_plan(struct octet_reader *r, struct visit_plan *plan)
{
	size_t len;

	if (r->failed)
		return false;
	len = visit_plan_read(plan, r->next, (size_t)(r->end - r->next));
	r->next += len;
	return len > 0;
}

size_t window_save(const struct window *window, uint8_t out[WINDOW_ROW_MAX])
{
	const struct window_live *live = window->live;
	struct octet_writer w = { .bytes = out, .room = WINDOW_ROW_MAX };
	uint8_t detector[VISIT_STATE_MAX_BYTES];

	octets_put(&w, ROW_FORMAT, 1);
	octets_put(&w, live != NULL, 1);
	octets_put(&w, window->is_check_in, 1);
	octets_put(&w, window->is_told_late, 1);
	put_plan(&w, &window->plan);
	put_plan(&w, &window->told);
	if (!live)
		return w.len;
	w.len += tick_quantiser_save(&live->quantiser, w.bytes + w.len);
	put_part(&w, detector, visit_save(&live->visit, detector));
	put_part(&w, live->draft.bytes, live->draft.len);
	ledger_page_write(&w, &live->page);
	return w.len;
}

static bool load_live(struct window_live *live, struct octet_reader *r)
{
	struct bytes detector, draft;

	if (r->end - r->next < TICK_QUANTISER_BYTES ||
	    !tick_quantiser_load(&live->quantiser, r->next,
				 TICK_QUANTISER_BYTES))
		return false;
	r->next += TICK_QUANTISER_BYTES;
	if (!get_part(r, &detector) || !get_part(r, &draft) ||
	    !ledger_page_read(&live->page, r) || r->next != r->end ||
	    draft.len > sizeof(live->content))
		return false;
	memcpy(live->content, draft.at, draft.len);
	if (visit_load(&live->visit, detector.at, detector.len) &&
	    evidence_draft_resume(&live->draft, live->content, draft.len))
		return true;
	return evidence_draft_adopt(&live->draft, &live->visit, live->content,
				    draft.len);
}

enum window_loaded window_load(struct window *window,
			       const struct allocator *allocator,
			       const uint8_t *row, size_t len)
{
	struct octet_reader r = { .next = row, .end = row + len };
	uint64_t format = octets_get(&r, 1);
	bool is_open = octets_get_bool(&r);

	window->is_check_in = octets_get_bool(&r);
	window->is_told_late = format == ROW_FORMAT && octets_get_bool(&r);
	if (r.failed || (format != ROW_FORMAT && format != ROW_UNTOLD) ||
	    !get_plan(&r, &window->plan) || !get_plan(&r, &window->told) ||
	    (!is_open && r.next != r.end))
		return WINDOW_DAMAGED;
	if (!is_open)
		return WINDOW_LOADED;
	window->live = new_live(allocator);
	if (!window->live)
		return WINDOW_NO_MEMORY;
	if (load_live(window->live, &r))
		return WINDOW_LOADED;
	window_release(window, allocator);
	return WINDOW_UNSEEN;
}
