/*
 * The quantiser: merging, clipping, counting signals; see tick.h. Knows
 * nothing of meetings.
 */
#include "model/tick.h"

#include <math.h>
#include <string.h>

#include "model/num.h"
#include "model/octets.h"

static const double ACCURACY_DEFAULT_M = 15.0; /* weight of an unknown one */
static const double ACCURACY_BEST_M = 3.0;     /* none is trusted beyond */
static const double ACCURACY_WORST_M = 1e6;    /* nor told from a worse one */
/* Of errors that are normal and alike in both directions the plane's root mean
 * square is 1.4142 sigma; 1.5152 sigma hold 68.27 %. */
static const double RMS_TO_68 = 1.0714;
static const double STILL_M = 150.0;
static const double CLIP_M = TICK_CLIP_DM / 10.0;

static void count_up(uint16_t *counter)
{
	if (*counter < UINT16_MAX)
		++*counter;
}

static double hypot_m(double east_m, double north_m)
{
	return sqrt(east_m * east_m + north_m * north_m);
}

/* Unsigned, since the two may lie further apart than a signed number. */
static double since_us(const struct tick_quantiser *q, int64_t time_us)
{
	return (double)((uint64_t)time_us - (uint64_t)q->opened_us);
}

bool tick_is_valid(const struct tick *tick)
{
	if (tick->at_ds > TICK_AT_MAX_DS || (tick->flags & ~TICK_FLAGS) ||
	    tick->ring > TICK_RING_MAX ||
	    tick->accuracy_m > TICK_ACCURACY_MAX_M)
		return false;
	if (tick->ring > 0)
		return tick->east_dm == 0 && tick->north_dm == 0;
	return !(tick->flags & TICK_STILL) && tick->east_dm >= -TICK_CLIP_DM &&
	       tick->east_dm <= TICK_CLIP_DM &&
	       tick->north_dm >= -TICK_CLIP_DM &&
	       tick->north_dm <= TICK_CLIP_DM;
}

void tick_quantiser_open(struct tick_quantiser *q, struct geo_pin pin,
			 int64_t opened_us, int64_t closes_us)
{
	*q = (struct tick_quantiser){ .pin = pin,
				      .opened_us = opened_us,
				      .closes_us = closes_us };
	geo_plane_about(&q->plane, pin);
}

/* What the fix says about honesty, by itself and against the fix before. */
static void look_for_signals(struct tick_quantiser *q, const struct fix *fix,
			     double east_m, double north_m, double accuracy_m)
{
	count_up(&q->signals.fixes);
	if (fix->is_mock)
		count_up(&q->signals.mock_fixes);
	if (fix->is_against_sensors)
		count_up(&q->signals.against_sensors);
	if (!q->has_fix)
		return;
	struct tick_step step = {
		.east_m = east_m - q->last_east_m,
		.north_m = north_m - q->last_north_m,
		.gap_s = (since_us(q, fix->time_us) - since_us(q, q->last_us)) /
			 1e6,
		.accuracy_m = accuracy_m,
		.last_accuracy_m = q->last_accuracy_m,
	};
	tick_signals_step(&q->signals, &q->pace, &step);
}

void tick_quantiser_trouble(struct tick_quantiser *q, enum tick_trouble trouble,
			    int64_t now_us)
{
	if (now_us > q->closes_us)
		now_us = q->closes_us;
	if (now_us < q->opened_us)
		now_us = q->opened_us;
	if (q->trouble != TICK_TROUBLE_NONE && now_us > q->trouble_us)
		tick_signals_add_trouble(
			&q->signals, q->trouble,
			(since_us(q, now_us) - since_us(q, q->trouble_us)) /
				1e6);
	q->trouble = trouble;
	q->trouble_us = now_us;
}

static void block_begin(struct tick_quantiser *q)
{
	q->block_fixes = q->block_known = 0;
	q->block_weight = q->block_east = q->block_north = 0.0;
	q->block_time_ds = q->block_precision = 0.0;
	q->block_is_mock = false;
}

static void block_add(struct tick_quantiser *q, double at_ds, double east_m,
		      double north_m, double accuracy_m, bool is_known,
		      bool is_mock)
{
	double weight =
		num_clamp(accuracy_m, ACCURACY_BEST_M, ACCURACY_WORST_M);
	weight = 1.0 / (weight * weight);
	q->block_weight += weight;
	q->block_east += weight * east_m;
	q->block_north += weight * north_m;
	q->block_time_ds += at_ds;
	q->block_fixes++;
	q->block_is_mock |= is_mock;
	if (is_known) {
		q->block_known++;
		q->block_precision += weight;
	}
}

/* Fixes of one block share their error, so many are no better than one: the
 * mean of their precisions, not the sum, and not the luckiest of them. */
static uint16_t block_accuracy(const struct tick_quantiser *q)
{
	if (q->block_known == 0)
		return 0;
	double accuracy_m = sqrt((double)q->block_known / q->block_precision);
	return (uint16_t)num_round(accuracy_m, 1, TICK_ACCURACY_MAX_M);
}

/* 0 within the clip, else the number of doublings of a kilometre. */
static uint8_t ring_of(double distance_m)
{
	uint8_t ring = 0;
	for (double edge_m = CLIP_M;
	     distance_m >= edge_m && ring < TICK_RING_MAX; edge_m *= 2.0)
		ring++;
	return ring;
}

static void block_finish(struct tick_quantiser *q, struct tick *out)
{
	double east_m = q->block_east / q->block_weight;
	double north_m = q->block_north / q->block_weight;
	uint32_t at_ds = (uint32_t)num_round(
		q->block_time_ds / (double)q->block_fixes, 0, TICK_AT_MAX_DS);
	if (q->has_tick && at_ds <= q->tick_ds)
		at_ds = q->tick_ds + 1;
	*out = (struct tick){ .at_ds = at_ds };
	if (q->block_is_mock)
		out->flags |= TICK_MOCK;
	out->accuracy_m = block_accuracy(q);
	out->ring = ring_of(hypot_m(east_m, north_m));
	if (out->ring == 0) {
		out->east_dm = (int16_t)num_round(east_m * 10.0, -TICK_CLIP_DM,
						  TICK_CLIP_DM);
		out->north_dm = (int16_t)num_round(north_m * 10.0,
						   -TICK_CLIP_DM, TICK_CLIP_DM);
	} else if (q->has_tick &&
		   hypot_m(east_m - q->tick_east_m,
			   north_m - q->tick_north_m) <= STILL_M) {
		out->flags |= TICK_STILL;
	}
	q->has_tick = true;
	q->tick_ds = at_ds;
	q->tick_ended_ds = since_us(q, q->last_us) / 1e5;
	q->tick_east_m = east_m;
	q->tick_north_m = north_m;
	block_begin(q);
}

bool tick_quantiser_add(struct tick_quantiser *q, struct tick *out,
			const struct fix *fix, uint32_t block_ds)
{
	double east_m, north_m;
	if (fix->time_us < q->opened_us || fix->time_us > q->closes_us ||
	    !geo_to_metres(&q->plane, &east_m, &north_m, fix->lat_deg,
			   fix->lon_deg)) {
		count_up(&q->signals.refused_fixes);
		return false;
	}
	if (q->has_fix && fix->time_us <= q->last_us) {
		if (fix->time_us < q->last_us)
			count_up(&q->signals.clock_jumps);
		return false;
	}
	/* Negated, so that NaN counts as unknown. */
	bool is_known = fix->accuracy_m > 0.0 && num_is_finite(fix->accuracy_m);
	double accuracy_m =
		is_known ? num_clamp(fix->accuracy_m, 0.0, ACCURACY_WORST_M)
			 : ACCURACY_DEFAULT_M;
	if (is_known && fix->is_rms)
		accuracy_m *= RMS_TO_68;
	double at_ds = since_us(q, fix->time_us) / 1e5;
	if (at_ds > TICK_AT_MAX_DS / 2.0)
		return false;
	look_for_signals(q, fix, east_m, north_m, accuracy_m);
	/* A block never reaches across a gap. What is left out lies within a
	 * block of the tick before. */
	if (q->block_fixes > 0 &&
	    at_ds - since_us(q, q->last_us) / 1e5 > (double)block_ds)
		block_begin(q);
	bool is_due = !q->has_tick ||
		      at_ds - q->tick_ended_ds >= (double)block_ds;
	block_add(q, at_ds, east_m, north_m, accuracy_m, is_known,
		  fix->is_mock);
	q->has_fix = true;
	q->last_us = fix->time_us;
	q->last_east_m = east_m;
	q->last_north_m = north_m;
	q->last_accuracy_m = accuracy_m;
	if (is_due)
		block_finish(q, out);
	return is_due;
}

bool tick_quantiser_flush(struct tick_quantiser *q, struct tick *out)
{
	if (q->block_fixes == 0)
		return false;
	block_finish(q, out);
	return true;
}

size_t tick_quantiser_save(const struct tick_quantiser *q,
			   uint8_t out[TICK_QUANTISER_BYTES])
{
	struct octet_writer w = { .bytes = out, .room = TICK_QUANTISER_BYTES };
	octets_put(&w, (uint32_t)q->pin.lat_e7, 4);
	octets_put(&w, (uint32_t)q->pin.lon_e7, 4);
	octets_put(&w, (uint64_t)q->opened_us, 8);
	octets_put(&w, (uint64_t)q->closes_us, 8);
	tick_signals_write(w.bytes + w.len, &q->signals);
	w.len += TICK_SIGNALS_BYTES;
	octets_put(&w, q->has_fix, 1);
	octets_put(&w, (uint64_t)q->last_us, 8);
	octets_put_double(&w, q->last_east_m);
	octets_put_double(&w, q->last_north_m);
	octets_put_double(&w, q->last_accuracy_m);
	octets_put(&w, q->pace.is_known, 1);
	octets_put_double(&w, q->pace.east_m_s);
	octets_put_double(&w, q->pace.north_m_s);
	octets_put(&w, (uint64_t)q->trouble, 1);
	octets_put(&w, (uint64_t)q->trouble_us, 8);
	octets_put(&w, q->has_tick, 1);
	octets_put(&w, q->tick_ds, 4);
	octets_put_double(&w, q->tick_ended_ds);
	octets_put_double(&w, q->tick_east_m);
	octets_put_double(&w, q->tick_north_m);
	octets_put(&w, q->block_fixes, 4);
	octets_put(&w, q->block_known, 4);
	octets_put_double(&w, q->block_weight);
	octets_put_double(&w, q->block_east);
	octets_put_double(&w, q->block_north);
	octets_put_double(&w, q->block_time_ds);
	octets_put_double(&w, q->block_precision);
	octets_put(&w, q->block_is_mock, 1);
	return w.len;
}

/* No fix and no sum of fixes leaves these numbers outside the limit. */
static bool is_sane(const struct tick_quantiser *q)
{
	const double limit = 1e15;
	const double numbers[] = {
		q->last_east_m,	   q->last_north_m,    q->last_accuracy_m,
		q->tick_ended_ds,  q->tick_east_m,     q->tick_north_m,
		q->block_weight,   q->block_east,      q->block_north,
		q->block_time_ds,  q->block_precision, q->pace.east_m_s,
		q->pace.north_m_s,
	};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!(numbers[i] >= -limit && numbers[i] <= limit))
			return false;
	return geo_pin_is_valid(q->pin) &&
	       q->tick_ds <= TICK_AT_MAX_DS / 2 + 1 &&
	       (q->block_fixes == 0 || q->block_weight > 0.0) &&
	       (q->block_known == 0 || q->block_precision > 0.0);
}

bool tick_quantiser_load(struct tick_quantiser *q, const uint8_t *bytes,
			 size_t len)
{
	if (len != TICK_QUANTISER_BYTES)
		return false;
	struct octet_reader r = { .next = bytes, .end = bytes + len };
	struct geo_pin pin;
	pin.lat_e7 = (int32_t)octets_get_signed(&r, 4);
	pin.lon_e7 = (int32_t)octets_get_signed(&r, 4);
	int64_t opened_us = octets_get_signed(&r, 8);
	int64_t closes_us = octets_get_signed(&r, 8);
	struct tick_quantiser loaded;
	tick_quantiser_open(&loaded, pin, opened_us, closes_us);
	tick_signals_read(&loaded.signals, r.next);
	r.next += TICK_SIGNALS_BYTES;
	loaded.has_fix = octets_get_bool(&r);
	loaded.last_us = octets_get_signed(&r, 8);
	loaded.last_east_m = octets_get_double(&r);
	loaded.last_north_m = octets_get_double(&r);
	loaded.last_accuracy_m = octets_get_double(&r);
	loaded.pace.is_known = octets_get_bool(&r);
	loaded.pace.east_m_s = octets_get_double(&r);
	loaded.pace.north_m_s = octets_get_double(&r);
	uint64_t trouble = octets_get(&r, 1);
	loaded.trouble_us = octets_get_signed(&r, 8);
	loaded.has_tick = octets_get_bool(&r);
	loaded.tick_ds = (uint32_t)octets_get(&r, 4);
	loaded.tick_ended_ds = octets_get_double(&r);
	loaded.tick_east_m = octets_get_double(&r);
	loaded.tick_north_m = octets_get_double(&r);
	loaded.block_fixes = (uint32_t)octets_get(&r, 4);
	loaded.block_known = (uint32_t)octets_get(&r, 4);
	loaded.block_weight = octets_get_double(&r);
	loaded.block_east = octets_get_double(&r);
	loaded.block_north = octets_get_double(&r);
	loaded.block_time_ds = octets_get_double(&r);
	loaded.block_precision = octets_get_double(&r);
	loaded.block_is_mock = octets_get_bool(&r);
	if (r.failed || trouble >= TICK_TROUBLES || !is_sane(&loaded))
		return false;
	loaded.trouble = (enum tick_trouble)trouble;
	*q = loaded;
	return true;
}
