/*
 * The checkpoint. One walk over the fields serves both ways, so that saving
 * and loading cannot disagree; what was loaded is then checked, because a
 * checkpoint comes from a disk.
 */
#include "model/num.h"
#include "model/octets.h"
#include "model/visit_parts.h"

enum { STATE_VERSION = 2 };

/* One of the two is set. */
struct walk {
	struct octet_writer *out;
	struct octet_reader *in;
};

static bool has_failed(const struct walk *walk)
{
	return walk->out ? walk->out->failed : walk->in->failed;
}

static void walk_flag(const struct walk *walk, bool *value)
{
	if (walk->out)
		octets_put(walk->out, *value, 1);
	else
		*value = octets_get_bool(walk->in);
}

static void walk_u8(const struct walk *walk, uint8_t *value)
{
	if (walk->out)
		octets_put(walk->out, *value, 1);
	else
		*value = (uint8_t)octets_get(walk->in, 1);
}

static void walk_u16(const struct walk *walk, uint16_t *value)
{
	if (walk->out)
		octets_put(walk->out, *value, 2);
	else
		*value = (uint16_t)octets_get(walk->in, 2);
}

static void walk_i16(const struct walk *walk, int16_t *value)
{
	if (walk->out)
		octets_put(walk->out, (uint16_t)*value, 2);
	else
		*value = (int16_t)octets_get_signed(walk->in, 2);
}

static void walk_u32(const struct walk *walk, uint32_t *value)
{
	if (walk->out)
		octets_put(walk->out, *value, 4);
	else
		*value = (uint32_t)octets_get(walk->in, 4);
}

static void walk_i32(const struct walk *walk, int32_t *value)
{
	if (walk->out)
		octets_put(walk->out, (uint32_t)*value, 4);
	else
		*value = (int32_t)octets_get_signed(walk->in, 4);
}

static void walk_i64(const struct walk *walk, int64_t *value)
{
	if (walk->out)
		octets_put(walk->out, (uint64_t)*value, 8);
	else
		*value = octets_get_signed(walk->in, 8);
}

static void walk_real(const struct walk *walk, double *value)
{
	if (walk->out)
		octets_put_double(walk->out, *value);
	else
		*value = octets_get_double(walk->in);
}

static void walk_tick(const struct walk *walk, struct tick *tick)
{
	walk_u32(walk, &tick->at_ds);
	walk_i16(walk, &tick->east_dm);
	walk_i16(walk, &tick->north_dm);
	walk_u16(walk, &tick->accuracy_m);
	/* Ring and flags share a byte. */
	uint8_t both = (uint8_t)(tick->ring << 4 | tick->flags);
	walk_u8(walk, &both);
	tick->ring = both >> 4;
	tick->flags = both & 15;
}

/* Reads nothing past its count: a full track is the most there is. */
static void walk_track(const struct walk *walk, struct visit_track *track)
{
	walk_u32(walk, &track->count);
	if (track->count > VISIT_TRACK) {
		walk->in->failed = true;
		return;
	}
	for (uint32_t i = 0; i < track->count; i++)
		walk_tick(walk, &track->ticks[i]);
}

static void walk_span(const struct walk *walk, struct visit_span *span)
{
	walk_u32(walk, &span->at_ds);
	walk_u32(walk, &span->lo_ds);
	walk_u32(walk, &span->hi_ds);
}

static void walk_record(const struct walk *walk, struct visit_record *record)
{
	walk_span(walk, &record->stay.arrival);
	walk_span(walk, &record->stay.departure);
	walk_span(walk, &record->dwell);
	walk_i32(walk, &record->log_odds_mnat);
	walk_flag(walk, &record->is_mock);
	walk_i16(walk, &record->centre.east_dm);
	walk_i16(walk, &record->centre.north_dm);
	walk_u16(walk, &record->centre.spread_dm);
	walk_u16(walk, &record->centre.ticks);
}

static void walk_records(const struct walk *walk, struct visit *visit)
{
	walk_u32(walk, &visit->record_count);
	if (visit->record_count > VISIT_STAYS_MAX) {
		walk->in->failed = true;
		return;
	}
	for (uint32_t i = 0; i < visit->record_count; i++)
		walk_record(walk, &visit->records[i]);
}

/* Everything but the plan and what follows from it. */
static void walk_state(const struct walk *walk, struct visit *visit)
{
	walk_flag(walk, &visit->is_inside);
	walk_real(walk, &visit->enter_evidence);
	walk_real(walk, &visit->leave_evidence);
	walk_real(walk, &visit->stay_evidence);
	walk_real(walk, &visit->stay_peak);
	walk_real(walk, &visit->brush_peak);
	walk_u32(walk, &visit->ticks);
	walk_u32(walk, &visit->run_began_ds);
	walk_track(walk, &visit->recent);
	walk_track(walk, &visit->arrival);
	walk_u32(walk, &visit->centre_n);
	walk_real(walk, &visit->centre_east_m);
	walk_real(walk, &visit->centre_north_m);
	walk_real(walk, &visit->centre_spread_m2);
	walk_u32(walk, &visit->last_near_ds);
	walk_u32(walk, &visit->first_far_ds);
	walk_flag(walk, &visit->has_far);
	walk_flag(walk, &visit->is_mock);
	walk_records(walk, visit);
	walk_flag(walk, &visit->may_hide);
	walk_real(walk, &visit->last_distance_m);
	walk_i64(walk, &visit->covered_to_ds);
	walk_i64(walk, &visit->contrary_to_ds);
	walk_u32(walk, &visit->covered_ds);
	walk_u32(walk, &visit->contrary_ds);
	walk_u32(walk, &visit->elsewhere_ds);
	walk_u32(walk, &visit->haunt_n);
	walk_u32(walk, &visit->haunt_misfits);
	walk_flag(walk, &visit->haunt_is_far);
	walk_real(walk, &visit->haunt_east_m);
	walk_real(walk, &visit->haunt_north_m);
	walk_u32(walk, &visit->haunt_began_ds);
	walk_u32(walk, &visit->haunt_seen_ds);
	walk_u32(walk, &visit->nearby_ds);
}

size_t visit_save(const struct visit *visit, uint8_t out[VISIT_STATE_MAX_BYTES])
{
	/* A copy, because the walk may also write. */
	struct visit copy = *visit;
	uint8_t plan[VISIT_PLAN_MAX_BYTES];
	struct octet_writer w = { .bytes = out, .room = VISIT_STATE_MAX_BYTES };
	struct walk walk = { .out = &w };
	size_t plan_len = visit_plan_write(plan, &copy.plan);
	octets_put(&w, STATE_VERSION, 1);
	octets_put(&w, VISIT_ALGORITHM, 1);
	octets_put(&w, visit->parameters, 1);
	for (size_t i = 0; i < plan_len; i++)
		octets_put(&w, plan[i], 1);
	octets_put(&w, (uint64_t)copy.opened_us, 8);
	walk_state(&walk, &copy);
	return has_failed(&walk) ? 0 : w.len;
}

static bool track_is_sane(const struct visit_track *track)
{
	for (uint32_t i = 0; i < track->count; i++) {
		if (!tick_is_valid(&track->ticks[i]))
			return false;
		if (i > 0 && track->ticks[i].at_ds <= track->ticks[i - 1].at_ds)
			return false;
	}
	return true;
}

static bool span_is_sane(struct visit_span span)
{
	return span.lo_ds <= span.at_ds && span.at_ds <= span.hi_ds &&
	       span.hi_ds <= TICK_AT_MAX_DS;
}

static bool records_are_sane(const struct visit *visit)
{
	for (uint32_t i = 0; i < visit->record_count; i++) {
		const struct visit_record *r = &visit->records[i];
		if (!span_is_sane(r->stay.arrival) ||
		    !span_is_sane(r->stay.departure) ||
		    !span_is_sane(r->dwell) ||
		    r->stay.departure.at_ds < r->stay.arrival.at_ds)
			return false;
	}
	return true;
}

static bool state_is_sane(const struct visit *visit)
{
	const double limit = 1e9;
	const double numbers[] = {
		visit->enter_evidence,	 visit->leave_evidence,
		visit->stay_evidence,	 visit->stay_peak,
		visit->brush_peak,	 visit->last_distance_m,
		visit->centre_east_m,	 visit->centre_north_m,
		visit->centre_spread_m2, visit->haunt_east_m,
		visit->haunt_north_m,
	};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!(numbers[i] >= -limit && numbers[i] <= limit))
			return false;
	return track_is_sane(&visit->recent) &&
	       track_is_sane(&visit->arrival) && records_are_sane(visit) &&
	       (!visit->is_inside || visit->arrival.count > 0) &&
	       visit->centre_spread_m2 >= 0.0 &&
	       visit->run_began_ds <= TICK_AT_MAX_DS &&
	       visit->last_near_ds <= TICK_AT_MAX_DS &&
	       visit->first_far_ds <= TICK_AT_MAX_DS;
}

bool visit_load(struct visit *visit, const uint8_t *bytes, size_t len)
{
	struct octet_reader r = { .next = bytes, .end = bytes + len };
	struct walk walk = { .in = &r };
	struct visit_plan plan;
	struct visit loaded;
	const uint64_t version = octets_get(&r, 1);
	const uint64_t algorithm = octets_get(&r, 1);
	const uint64_t parameters = octets_get(&r, 1);
	if (version != STATE_VERSION || algorithm != VISIT_ALGORITHM ||
	    parameters != VISIT_PARAMETERS)
		return false;
	size_t plan_len =
		visit_plan_read(&plan, r.next, (size_t)(r.end - r.next));
	if (r.failed || plan_len == 0)
		return false;
	r.next += plan_len;
	int64_t opened_us = octets_get_signed(&r, 8);
	if (r.failed || !visit_open(&loaded, &plan, opened_us))
		return false;
	walk_state(&walk, &loaded);
	if (has_failed(&walk) || r.next != r.end || !state_is_sane(&loaded))
		return false;
	*visit = loaded;
	return true;
}
