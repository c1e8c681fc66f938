/*
 * Plans, words and verdicts as values and bytes, and the way of a tick through
 * the detector. Refuses to know how a visit is detected.
 */
#include "model/visit.h"

#include "model/octets.h"
#include "model/visit_parts.h"

static const int64_t US_PER_DS = 100000;
static const int64_t WEEK_US = (int64_t)7 * 86400 * 1000000;
/* Unix times of some 30,000 years: differences never overflow. */
static const int64_t TIME_LIMIT_US = (int64_t)1000000000000000000;

bool visit_plan_is_valid(const struct visit_plan *plan)
{
	return plan->start_us > -TIME_LIMIT_US &&
	       plan->end_us < TIME_LIMIT_US && plan->start_us < plan->end_us &&
	       plan->end_us - plan->start_us <=
		       (int64_t)VISIT_LENGTH_MAX_S * 1000000 &&
	       geo_pin_is_valid(plan->pin) &&
	       plan->radius_m >= VISIT_RADIUS_MIN_M &&
	       plan->radius_m <= VISIT_RADIUS_MAX_M &&
	       plan->min_dwell_s <= VISIT_MIN_DWELL_MAX_S &&
	       area_is_valid(&plan->area);
}

bool visit_plan_has(const struct visit_plan *plan, const struct tick *tick)
{
	double east_m = tick->east_dm / 10.0, north_m = tick->north_dm / 10.0;
	double radius_m = (double)plan->radius_m;
	if (tick->ring > 0)
		return false;
	if (plan->area.n_corners > 0)
		return area_distance_m(&plan->area, east_m, north_m) <= 0.0;
	return east_m * east_m + north_m * north_m <= radius_m * radius_m;
}

size_t visit_plan_write(uint8_t out[VISIT_PLAN_MAX_BYTES],
			const struct visit_plan *plan)
{
	struct octet_writer w = { .bytes = out, .room = VISIT_PLAN_MAX_BYTES };
	memcpy(out, plan->meeting_id, sizeof(plan->meeting_id));
	w.len = sizeof(plan->meeting_id);
	octets_put(&w, (uint64_t)plan->start_us, 8);
	octets_put(&w, (uint64_t)plan->end_us, 8);
	octets_put(&w, (uint32_t)plan->pin.lat_e7, 4);
	octets_put(&w, (uint32_t)plan->pin.lon_e7, 4);
	octets_put(&w, plan->radius_m, 4);
	octets_put(&w, plan->min_dwell_s, 4);
	return w.len + area_write(w.bytes + w.len, &plan->area);
}

size_t visit_plan_read(struct visit_plan *out, const uint8_t *bytes, size_t len)
{
	struct octet_reader r = { .next = bytes, .end = bytes + len };
	if (len < sizeof(out->meeting_id))
		return 0;
	memcpy(out->meeting_id, bytes, sizeof(out->meeting_id));
	r.next += sizeof(out->meeting_id);
	out->start_us = octets_get_signed(&r, 8);
	out->end_us = octets_get_signed(&r, 8);
	out->pin.lat_e7 = (int32_t)octets_get_signed(&r, 4);
	out->pin.lon_e7 = (int32_t)octets_get_signed(&r, 4);
	out->radius_m = (uint32_t)octets_get(&r, 4);
	out->min_dwell_s = (uint32_t)octets_get(&r, 4);
	size_t area_len =
		area_read(&out->area, r.next, (size_t)(r.end - r.next));
	if (r.failed || area_len == 0 || !visit_plan_is_valid(out))
		return 0;
	return (size_t)(r.next - bytes) + area_len;
}

const char *visit_word_name(enum visit_word word)
{
	static const char *const names[VISIT_WORDS + 1] = {
		[VISIT_PRESENT] = "PRESENT",	 [VISIT_LATE] = "LATE",
		[VISIT_SHORT] = "SHORT",	 [VISIT_NEARBY] = "NEARBY",
		[VISIT_ELSEWHERE] = "ELSEWHERE", [VISIT_ABSENT] = "ABSENT",
		[VISIT_NO_DATA] = "NO_DATA",
	};
	unsigned n = (unsigned)word;
	return n <= VISIT_WORDS ? names[n] : NULL;
}

static void write_span(struct octet_writer *w, struct visit_span span)
{
	octets_put(w, span.at_ds, 4);
	octets_put(w, span.lo_ds, 4);
	octets_put(w, span.hi_ds, 4);
}

static bool read_span(struct octet_reader *r, struct visit_span *span)
{
	span->at_ds = (uint32_t)octets_get(r, 4);
	span->lo_ds = (uint32_t)octets_get(r, 4);
	span->hi_ds = (uint32_t)octets_get(r, 4);
	return span->lo_ds <= span->at_ds && span->at_ds <= span->hi_ds &&
	       span->hi_ds <= TICK_AT_MAX_DS;
}

void visit_verdict_write(uint8_t out[VISIT_VERDICT_BYTES],
			 const struct visit_verdict *verdict)
{
	struct octet_writer w = { .bytes = out, .room = VISIT_VERDICT_BYTES };
	octets_put(&w, (uint64_t)verdict->word, 1);
	octets_put(&w, (uint64_t)verdict->certainty, 1);
	octets_put(&w, (uint32_t)verdict->log_odds_mnat, 4);
	write_span(&w, verdict->arrival);
	write_span(&w, verdict->departure);
	write_span(&w, verdict->dwell);
	octets_put(&w, verdict->coverage_permille, 2);
	octets_put(&w, verdict->contrary_permille, 2);
	octets_put(&w, verdict->ticks, 4);
}

bool visit_verdict_read(struct visit_verdict *out,
			const uint8_t bytes[VISIT_VERDICT_BYTES])
{
	struct octet_reader r = { .next = bytes,
				  .end = bytes + VISIT_VERDICT_BYTES };
	uint64_t word = octets_get(&r, 1);
	uint64_t certainty = octets_get(&r, 1);
	if (word < 1 || word > VISIT_WORDS || certainty < VISIT_DOUBTFUL ||
	    certainty > VISIT_FIRM)
		return false;
	out->word = (enum visit_word)word;
	out->certainty = (enum visit_certainty)certainty;
	out->log_odds_mnat = (int32_t)octets_get_signed(&r, 4);
	if (!read_span(&r, &out->arrival) || !read_span(&r, &out->departure) ||
	    !read_span(&r, &out->dwell))
		return false;
	out->coverage_permille = (uint16_t)octets_get(&r, 2);
	out->contrary_permille = (uint16_t)octets_get(&r, 2);
	out->ticks = (uint32_t)octets_get(&r, 4);
	return out->coverage_permille <= 1000 && out->contrary_permille <= 1000;
}

bool visit_open(struct visit *visit, const struct visit_plan *plan,
		int64_t opened_us)
{
	if (!visit_plan_is_valid(plan) ||
	    opened_us < plan->start_us - WEEK_US ||
	    opened_us > plan->start_us + WEEK_US)
		return false;
	*visit = (struct visit){ .plan = *plan,
				 .parameters = VISIT_PARAMETERS,
				 .opened_us = opened_us };
	visit->start_ds = (plan->start_us - opened_us) / US_PER_DS;
	visit->end_ds = (plan->end_us - opened_us) / US_PER_DS;
	visit->covered_to_ds = visit->contrary_to_ds = visit->start_ds;
	return true;
}

bool visit_judge_by(struct visit *visit, uint32_t algorithm,
		    uint32_t parameters)
{
	if (algorithm != VISIT_ALGORITHM ||
	    parameters < VISIT_PARAMETERS_OLDEST ||
	    parameters > VISIT_PARAMETERS)
		return false;
	visit->parameters = parameters;
	return true;
}

static void track_push(struct visit_track *track, const struct tick *tick)
{
	if (track->count == VISIT_TRACK) {
		track->count--;
		memmove(&track->ticks[0], &track->ticks[1],
			track->count * sizeof(track->ticks[0]));
	}
	track->ticks[track->count++] = *tick;
}

void visit_tick(struct visit *visit, const struct tick *tick)
{
	const struct visit_track *recent = &visit->recent;
	const struct tick *last =
		recent->count ? &recent->ticks[recent->count - 1] : NULL;
	if (!tick_is_valid(tick) || (last && tick->at_ds <= last->at_ds))
		return;
	struct visit_sight sight = visit_sight_of(visit, tick, last);
	visit->ticks++;
	track_push(&visit->recent, tick);
	visit_cover(visit, &sight);
	visit_haunt(visit, &sight);
	visit_detect(visit, &sight);
}
