/*
 * meetings: made-up meetings from a seed, by integers alone, so that every
 * compiler and processor sees the same ones. Owns how they come about and
 * refuses to know what is right: the vectors are what the detector said when
 * they were committed.
 */
#ifndef OUTRIDER_GOLDEN_MEETINGS_H
#define OUTRIDER_GOLDEN_MEETINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/tick.h"
#include "model/visit.h"

/* A phone's fixes about one meeting. */
struct meeting {
	uint64_t random;
	struct visit_plan plan;
	int64_t opened_us;
	int kind;
	int64_t at_s; /* of the next fix, since the opening */
	int64_t end_s;
	int64_t arrives_s, leaves_s;
	int64_t parked_dm, place_dm[2], noise_dm, step_s;
	int64_t error_dm[2];
};

static inline uint64_t meeting_random(struct meeting *m)
{
	m->random += 0x9e3779b97f4a7c15u;
	uint64_t z = m->random;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* lo..hi, both in. */
static inline int64_t meeting_between(struct meeting *m, int64_t lo, int64_t hi)
{
	return lo + (int64_t)(meeting_random(m) % (uint64_t)(hi - lo + 1));
}

/* An outline with a notch, and up to two doors. */
static inline void meeting_shape(struct meeting *m)
{
	struct area *area = &m->plan.area;
	int16_t wide = (int16_t)meeting_between(m, 200, 4000);
	int16_t deep = (int16_t)meeting_between(m, 200, 4000);
	const struct area_point corners[] = {
		{ (int16_t)-wide, (int16_t)-deep },
		{ wide, (int16_t)-deep },
		{ wide, deep },
		{ 0, 50 },
		{ (int16_t)-wide, deep },
	};
	area->n_corners = 5;
	for (size_t i = 0; i < 5; i++)
		area->corners[i] = corners[i];
	area->n_entrances = (uint8_t)meeting_between(m, 0, 2);
	if (area->n_entrances > 0)
		area->entrances[0].north_dm = (int16_t)-deep;
	if (area->n_entrances > 1)
		area->entrances[1].east_dm = wide;
}

static inline void meeting_begin(struct meeting *m, uint64_t seed)
{
	static const int32_t pins[][2] = {
		{ 523700000, 49000000 },
		{ -338700000, 1512100000 },
		{ -167900000, 1799999000 },
		{ 697000000, 189000000 },
		{ 0, 0 },
		{ -899999000, -1800000000 },
	};
	*m = (struct meeting){ .random = seed * 0x2545f4914f6cdd1du + 1 };
	const int32_t *pin = pins[meeting_random(m) % 6];
	m->kind = (int)(meeting_random(m) % 8);
	m->opened_us = (int64_t)1767250800000000 + (int64_t)seed * 86400000000;
	m->arrives_s = meeting_between(m, 300, 1500);
	m->leaves_s = m->arrives_s + meeting_between(m, 60, 4500);
	m->end_s = m->leaves_s + meeting_between(m, 0, 1200);
	m->parked_dm = meeting_between(m, 0, 1300);
	m->noise_dm = meeting_between(m, 20, 400);
	m->step_s = meeting_between(m, 1, 4);
	m->step_s *= m->step_s * m->step_s;
	/* Kind 6 stays close by, kind 7 far away; the others come. */
	m->place_dm[0] = m->kind == 6	? meeting_between(m, 2000, 4500)
			 : m->kind == 7 ? meeting_between(m, 5000, 90000)
					: 0;
	m->place_dm[1] = meeting_between(m, -300, 300);
	m->plan = (struct visit_plan){
		.pin = { pin[0], pin[1] },
		.radius_m = (uint32_t)meeting_between(m, 20, 200),
		.min_dwell_s = (uint32_t)meeting_between(m, 60, 900),
	};
	for (size_t i = 0; i < sizeof(m->plan.meeting_id); i++)
		m->plan.meeting_id[i] = (uint8_t)meeting_random(m);
	m->plan.start_us =
		m->opened_us +
		(m->arrives_s + meeting_between(m, -1300, 900)) * 1000000;
	m->plan.end_us =
		m->plan.start_us + meeting_between(m, 1, 6) * 900000000;
	if (seed % 5 == 0)
		meeting_shape(m);
}

/* The same in a fifth of the time, a fix in 12 to 60 s: for very many. */
static inline void meeting_abridge(struct meeting *m)
{
	m->arrives_s /= 5;
	m->leaves_s /= 5;
	m->end_s /= 5;
	m->step_s = meeting_between(m, 12, 60);
	m->plan.min_dwell_s /= 2;
	m->plan.start_us = m->opened_us + (m->plan.start_us - m->opened_us) / 5;
	m->plan.end_us = m->opened_us + (m->plan.end_us - m->opened_us) / 5;
}

/* Drives up, parks, walks, sits, and the same way back. */
static inline int64_t meeting_off_dm(const struct meeting *m, int64_t away_s)
{
	int64_t walk_s = m->parked_dm / 11;
	if (away_s <= 0)
		return 0;
	if (away_s < walk_s)
		return away_s * 11;
	if (away_s < walk_s + 50)
		return m->parked_dm;
	return m->parked_dm + (away_s - walk_s - 50) * 90;
}

/* The next fix; false when the record is over. */
static inline bool meeting_next(struct meeting *m, struct fix *fix)
{
	if (m->at_s > m->end_s)
		return false;
	int64_t before_s = m->arrives_s - m->at_s;
	int64_t after_s = m->at_s - m->leaves_s;
	int64_t off_dm =
		meeting_off_dm(m, before_s > after_s ? before_s : after_s);
	int64_t wild_dm = meeting_random(m) % 100 == 0 ? 3000 : 0;
	for (int axis = 0; axis < 2; axis++)
		m->error_dm[axis] =
			m->error_dm[axis] * 15 / 16 +
			meeting_between(m, -m->noise_dm, m->noise_dm) / 3;
	int64_t north_dm = m->place_dm[0] + off_dm + m->error_dm[0] + wild_dm;
	int64_t east_dm = m->place_dm[1] + m->error_dm[1];
	int64_t lat_e7 = m->plan.pin.lat_e7 + north_dm * 9;
	int64_t lon_e7 = m->plan.pin.lon_e7 + east_dm * 12;
	if (lon_e7 > 1800000000)
		lon_e7 -= 3600000000;
	else if (lon_e7 < -1800000000)
		lon_e7 += 3600000000;
	int64_t accuracy_dm = m->noise_dm + meeting_between(m, 0, 150) +
			      (off_dm == 0 ? 120 : 0);
	*fix = (struct fix){
		.time_us = m->opened_us + m->at_s * 1000000 +
			   meeting_between(m, 0, 999999),
		.lat_deg = (double)lat_e7 / 1e7,
		.lon_deg = (double)lon_e7 / 1e7,
		.accuracy_m = m->kind == 1 ? 0.0 : (double)accuracy_dm / 10.0,
		.is_mock = m->kind == 2 && m->at_s % 7 == 0,
	};
	m->at_s += m->step_s;
	/* Kind 3 has gaps. */
	if (m->kind == 3 && meeting_random(m) % 50 == 0)
		m->at_s += meeting_between(m, 60, 1800);
	return true;
}

#endif
