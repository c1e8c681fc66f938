/*
 * The content of an evidence entry, written and read.
 *
 * content = format algorithm parameters plan opened_us tick* 0
 *           closed_us signals verdict
 *
 * A tick's head is a varint: time since the tick before * 8, + 4 if a byte of
 * flags follows, + its kind. docs/formats/evidence-content.md has the rest.
 * Knows nothing of what the ticks mean.
 */
#include "model/evidence.h"

#include "model/octets.h"

enum {
	KIND_END = 0,
	KIND_NEAR = 1,
	KIND_RING = 2,
	KIND_MASK = 3,
	HAS_FLAGS = 4
};
enum {
	FRONT_MAX_BYTES = 3 + VISIT_PLAN_MAX_BYTES + 8,
	TAIL_BYTES = 1 + 8 + TICK_SIGNALS_BYTES + VISIT_VERDICT_BYTES,
	BLOCK_DOUBLINGS_MAX = 8,
};

/* What a front leaves for ticks. */
static size_t tick_room(size_t front)
{
	return EVIDENCE_MAX_BYTES - TAIL_BYTES - front;
}

/* --- ticks ------------------------------------------------------------- */

static void put_tick(struct octet_writer *w, const struct tick *last,
		     const struct tick *tick)
{
	uint64_t kind = tick->ring ? KIND_RING : KIND_NEAR;
	uint64_t head = (uint64_t)(tick->at_ds - last->at_ds) * 8 + kind;
	octets_put_varint(w, tick->flags ? head + HAS_FLAGS : head);
	if (tick->flags)
		octets_put(w, tick->flags, 1);
	if (tick->ring) {
		octets_put(w, tick->ring, 1);
	} else {
		octets_put_varint(w,
				  octets_zigzag(tick->east_dm - last->east_dm));
		octets_put_varint(
			w, octets_zigzag(tick->north_dm - last->north_dm));
	}
	octets_put_varint(w, tick->accuracy_m);
}

/* A metre's place beside the last one; out of range stays out of range. */
static int16_t get_moved(struct octet_reader *r, int16_t from_dm)
{
	int64_t step_dm = octets_unzigzag(octets_get_varint(r));
	const int64_t most_dm = INT64_C(2) * TICK_CLIP_DM;
	if (step_dm < -most_dm || step_dm > most_dm) {
		r->failed = true;
		return 0;
	}
	int64_t at_dm = from_dm + step_dm;
	if (at_dm < -TICK_CLIP_DM || at_dm > TICK_CLIP_DM)
		r->failed = true;
	return r->failed ? 0 : (int16_t)at_dm;
}

/* False at the end mark, or if the reader failed. */
static bool get_tick(struct octet_reader *r, const struct tick *last,
		     bool is_first, struct tick *out)
{
	uint64_t head = octets_get_varint(r);
	if (r->failed || head == 0)
		return false;
	struct tick tick = { 0 };
	uint64_t later_ds = head >> 3;
	if (later_ds > TICK_AT_MAX_DS - last->at_ds ||
	    (later_ds == 0 && !is_first))
		r->failed = true;
	else
		tick.at_ds = last->at_ds + (uint32_t)later_ds;
	if (head & HAS_FLAGS) {
		tick.flags = (uint8_t)octets_get(r, 1);
		if (tick.flags == 0)
			r->failed = true;
	}
	if ((head & KIND_MASK) == KIND_NEAR) {
		tick.east_dm = get_moved(r, last->east_dm);
		tick.north_dm = get_moved(r, last->north_dm);
	} else if ((head & KIND_MASK) == KIND_RING) {
		tick.ring = (uint8_t)octets_get(r, 1);
		if (tick.ring == 0)
			r->failed = true;
	} else {
		r->failed = true;
	}
	uint64_t accuracy_m = octets_get_varint(r);
	if (accuracy_m > TICK_ACCURACY_MAX_M)
		r->failed = true;
	else
		tick.accuracy_m = (uint16_t)accuracy_m;
	if (r->failed || !tick_is_valid(&tick)) {
		r->failed = true;
		return false;
	}
	*out = tick;
	return true;
}

/* --- writing ----------------------------------------------------------- */

bool evidence_draft_begin(struct evidence_draft *draft, uint8_t *buffer,
			  const struct visit_plan *plan, int64_t opened_us)
{
	struct visit probe;
	if (!visit_open(&probe, plan, opened_us))
		return false;
	struct octet_writer w = { .bytes = buffer, .room = FRONT_MAX_BYTES };
	octets_put(&w, EVIDENCE_FORMAT, 1);
	octets_put(&w, VISIT_ALGORITHM, 1);
	octets_put(&w, VISIT_PARAMETERS, 1);
	w.len += visit_plan_write(w.bytes + w.len, plan);
	octets_put(&w, (uint64_t)opened_us, 8);
	*draft = (struct evidence_draft){ .bytes = buffer,
					  .len = w.len,
					  .front = w.len };
	return true;
}

uint32_t evidence_block_ds(const struct evidence_draft *draft)
{
	size_t used = draft->len - draft->front;
	size_t left = tick_room(draft->front) / 2;
	uint32_t block_ds = TICK_BLOCK_DS;
	for (int n = 0; n < BLOCK_DOUBLINGS_MAX && used >= left; n++) {
		used -= left;
		left /= 2;
		block_ds *= 2;
	}
	return block_ds;
}

bool evidence_draft_append(struct evidence_draft *draft,
			   const struct tick *tick)
{
	if (draft->is_finished || !tick_is_valid(tick) ||
	    (draft->ticks > 0 && tick->at_ds <= draft->last.at_ds))
		return false;
	struct octet_writer w = { .bytes = draft->bytes,
				  .room = EVIDENCE_MAX_BYTES - TAIL_BYTES,
				  .len = draft->len };
	put_tick(&w, &draft->last, tick);
	if (w.failed)
		return false;
	draft->len = w.len;
	draft->last = *tick;
	draft->ticks++;
	return true;
}

bool evidence_draft_finish(struct evidence_draft *draft, int64_t closed_us,
			   const struct tick_signals *signals,
			   const struct visit_verdict *verdict)
{
	struct octet_reader front = { .next = draft->bytes + draft->front - 8,
				      .end = draft->bytes + draft->front };
	int64_t opened_us = octets_get_signed(&front, 8);
	if (draft->is_finished ||
	    closed_us < opened_us + (int64_t)draft->last.at_ds * 100000)
		return false;
	struct octet_writer w = { .bytes = draft->bytes,
				  .room = EVIDENCE_MAX_BYTES,
				  .len = draft->len };
	octets_put(&w, KIND_END, 1);
	octets_put(&w, (uint64_t)closed_us, 8);
	tick_signals_write(w.bytes + w.len, signals);
	w.len += TICK_SIGNALS_BYTES;
	visit_verdict_write(w.bytes + w.len, verdict);
	w.len += VISIT_VERDICT_BYTES;
	draft->len = w.len;
	draft->is_finished = true;
	return true;
}

/* --- reading ----------------------------------------------------------- */

static bool read_front(struct octet_reader *r, struct evidence_content *out)
{
	uint64_t format = octets_get(r, 1);
	out->algorithm = (uint32_t)octets_get(r, 1);
	out->parameters = (uint32_t)octets_get(r, 1);
	if (r->failed || format != EVIDENCE_FORMAT)
		return false;
	size_t plan_len = visit_plan_read(&out->plan, r->next,
					  (size_t)(r->end - r->next));
	if (plan_len == 0)
		return false;
	r->next += plan_len;
	out->opened_us = octets_get_signed(r, 8);
	struct visit probe;
	return !r->failed && visit_open(&probe, &out->plan, out->opened_us);
}

bool evidence_draft_resume(struct evidence_draft *draft, uint8_t *buffer,
			   size_t len)
{
	if (len > EVIDENCE_MAX_BYTES - TAIL_BYTES)
		return false;
	struct octet_reader r = { .next = buffer, .end = buffer + len };
	struct evidence_content front;
	struct evidence_draft resumed = { .bytes = buffer, .len = len };
	if (!read_front(&r, &front) || front.algorithm != VISIT_ALGORITHM ||
	    front.parameters != VISIT_PARAMETERS)
		return false;
	resumed.front = (size_t)(r.next - buffer);
	while (r.next < r.end) {
		if (!get_tick(&r, &resumed.last, resumed.ticks == 0,
			      &resumed.last))
			return false;
		resumed.ticks++;
	}
	*draft = resumed;
	return true;
}

bool evidence_draft_adopt(struct evidence_draft *draft, struct visit *visit,
			  uint8_t *buffer, size_t len)
{
	struct evidence_draft begun, adopted = { .bytes = buffer, .len = len };
	struct octet_reader r = { .next = buffer, .end = buffer + len };
	struct evidence_content front;

	if (len > EVIDENCE_MAX_BYTES - TAIL_BYTES || !read_front(&r, &front) ||
	    !visit_open(visit, &front.plan, front.opened_us))
		return false;
	adopted.front = (size_t)(r.next - buffer);
	while (r.next < r.end) {
		if (!get_tick(&r, &adopted.last, adopted.ticks == 0,
			      &adopted.last))
			return false;
		visit_tick(visit, &adopted.last);
		adopted.ticks++;
	}
	/* The front is as long as before: it differs in who judges. */
	if (!evidence_draft_begin(&begun, buffer, &front.plan, front.opened_us))
		return false;
	*draft = adopted;
	return true;
}

static bool read_tail(struct octet_reader *r, struct evidence_content *out)
{
	out->closed_us = octets_get_signed(r, 8);
	if (r->failed ||
	    r->end - r->next != TICK_SIGNALS_BYTES + VISIT_VERDICT_BYTES)
		return false;
	tick_signals_read(&out->signals, r->next);
	r->next += TICK_SIGNALS_BYTES;
	return visit_verdict_read(&out->verdict, r->next);
}

bool evidence_content_read(struct evidence_content *out, const uint8_t *bytes,
			   size_t len)
{
	if (len > EVIDENCE_MAX_BYTES)
		return false;
	struct octet_reader r = { .next = bytes, .end = bytes + len };
	struct evidence_content content = { 0 };
	struct tick last = { 0 };
	if (!read_front(&r, &content))
		return false;
	content.tick_bytes = r.next;
	while (get_tick(&r, &last, content.ticks == 0, &last))
		content.ticks++;
	if (r.failed)
		return false;
	content.tick_len = (size_t)(r.next - content.tick_bytes) - 1;
	if (content.tick_len >
		    tick_room((size_t)(content.tick_bytes - bytes)) ||
	    !read_tail(&r, &content) ||
	    content.closed_us <
		    content.opened_us + (int64_t)last.at_ds * 100000)
		return false;
	*out = content;
	return true;
}

void evidence_cursor_start(struct evidence_cursor *cursor,
			   const struct evidence_content *content)
{
	*cursor = (struct evidence_cursor){
		.next = content->tick_bytes,
		.end = content->tick_bytes + content->tick_len,
	};
}

bool evidence_cursor_next(struct evidence_cursor *cursor, struct tick *out)
{
	struct octet_reader r = { .next = cursor->next, .end = cursor->end };
	if (!get_tick(&r, &cursor->last, !cursor->has_last, &cursor->last))
		return false;
	cursor->has_last = true;
	cursor->next = r.next;
	*out = cursor->last;
	return true;
}

bool evidence_replay(struct visit *out, const struct evidence_content *content)
{
	struct evidence_cursor cursor;
	struct tick tick;
	if (!visit_open(out, &content->plan, content->opened_us) ||
	    !visit_judge_by(out, content->algorithm, content->parameters))
		return false;
	evidence_cursor_start(&cursor, content);
	while (evidence_cursor_next(&cursor, &tick))
		visit_tick(out, &tick);
	return true;
}

enum evidence_finding evidence_recompute(const struct evidence_content *content,
					 struct visit_verdict *recomputed)
{
	struct visit visit;
	if (!evidence_replay(&visit, content))
		return EVIDENCE_UNKNOWN;
	visit_decide(&visit, recomputed);
	uint8_t told[VISIT_VERDICT_BYTES], found[VISIT_VERDICT_BYTES];
	visit_verdict_write(told, &content->verdict);
	visit_verdict_write(found, recomputed);
	return memcmp(told, found, sizeof(told)) == 0 ? EVIDENCE_EQUAL
						      : EVIDENCE_DIFFERENT;
}
