/*
 * When a stay began and when it ended, each with an interval, and whether it
 * was a stay at all.
 *
 * The test of visit_detect crosses its thresholds late, so the edges are
 * found afterwards: a grid of moments is weighed as doors, arrival and
 * departure together, since one comes before the other. visit_course knows
 * how well the ticks fit a door.
 */
#include <math.h>

#include "model/num.h"
#include "model/visit_course.h"
#include "model/visit_parts.h"

enum {
	CELLS_PER_GAP = 8, /* moments weighed between two ticks */
	DOORS_MAX = VISIT_TRACK * CELLS_PER_GAP + 2,
	JOINT_MAX = 96, /* ... when both edges are weighed together */
	DWELL_BINS = 256,
};

static const double CELL_S = 3.0;
static const double NEGLIGIBLE = 12.0; /* nats below the best */
static const double NO_FIT = -1e9;
static const double NO_PARTNER = -1e6;	/* worse than any fit */
static const double DWELL_POWER = -0.9; /* short stays are commoner */
static const double TAIL = 0.025;	/* beyond each end, as modelled */

static const double OFF_PIN_M = 70.0; /* addresses are off by less */
static const double PEAK_PER_WEIGHT = 1.1;
static const double PEAK_PER_M = 0.15;
static const double PEAK_ENOUGH = 8.0;
static const uint32_t STAY_MEDIAN_DS = 400;
static const uint32_t STAY_SURE_DS = 100;

/* The moments weighed for one edge, in time order. */
struct doors {
	size_t count;
	double at_s[DOORS_MAX];
	double width_s[DOORS_MAX];
	double fit[DOORS_MAX];	 /* outside only, then with the inside */
	size_t index[DOORS_MAX]; /* ticks before it */
};

static void
add_door(struct doors *doors, double at_s, double width_s, size_t index)
{
	if (doors->count == DOORS_MAX)
		return;
	doors->at_s[doors->count] = at_s;
	doors->width_s[doors->count] = width_s;
	doors->index[doors->count++] = index;
}

/* The moments to weigh: a few in each gap between ticks from..to, and the
 * very first and last. */
static void lay_doors(struct doors *doors, const struct visit_course *course,
		      double from_s, double to_s)
{
	const struct visit_seen *seen = course->seen;
	if (seen[0].at_s >= from_s)
		add_door(doors, seen[0].at_s, CELL_S, 0);
	for (size_t i = 1; i < course->count; i++) {
		if (seen[i - 1].at_s < from_s || seen[i].at_s > to_s)
			continue;
		double gap_s = seen[i].at_s - seen[i - 1].at_s;
		int64_t cells = num_round(gap_s / CELL_S, 1, CELLS_PER_GAP);
		double width_s = gap_s / (double)cells;
		for (int64_t k = 0; k < cells; k++)
			add_door(doors,
				 seen[i - 1].at_s + width_s * ((double)k + 0.5),
				 width_s, i);
	}
	if (seen[course->count - 1].at_s <= to_s)
		add_door(doors, seen[course->count - 1].at_s, CELL_S,
			 course->count);
}

/* --- both edges -------------------------------------------------------- */

/* What is outside counts for a door, and what is inside against an arrival
 * and for a departure: their sum is the fit of the whole course. */
static void
weigh(struct doors *doors, const struct visit_course *course, int step)
{
	for (size_t k = 0; k < doors->count; k++) {
		double inside = course->before[doors->index[k]].inside_fit;
		doors->fit[k] = visit_course_outside(course, doors->at_s[k],
						     doors->index[k], step) +
				(step < 0 ? -inside : inside) +
				num_ln(doors->width_s[k]);
	}
}

/* Keeps the doors that are worth weighing, given the best partner each can
 * have: the best departure after an arrival, the best arrival before a
 * departure. At most JOINT_MAX, those left standing for their neighbours. */
static void narrow(struct doors *doors, const double *partner)
{
	double best = -1e9;
	for (size_t k = 0; k < doors->count; k++)
		if (doors->fit[k] + partner[k] > best)
			best = doors->fit[k] + partner[k];
	size_t kept = 0;
	for (size_t k = 0; k < doors->count; k++) {
		if (doors->fit[k] + partner[k] < best - NEGLIGIBLE)
			continue;
		doors->at_s[kept] = doors->at_s[k];
		doors->index[kept] = doors->index[k];
		doors->fit[kept++] = doors->fit[k];
	}
	size_t step = (kept + JOINT_MAX - 1) / JOINT_MAX;
	doors->count = 0;
	for (size_t k = 0; k < kept; k += step) {
		size_t middle = k + step / 2 < kept ? k + step / 2 : k;
		doors->at_s[doors->count] = doors->at_s[middle];
		doors->index[doors->count] = doors->index[middle];
		doors->fit[doors->count++] = doors->fit[middle];
	}
}

/* Doors rise in time, so the best partner is a running best. */
static void narrow_both(struct doors *in, struct doors *out)
{
	double for_in[DOORS_MAX], for_out[DOORS_MAX], best = NO_PARTNER;
	size_t j = out->count;
	for (size_t i = in->count; i-- > 0; for_in[i] = best)
		while (j > 0 && out->at_s[j - 1] >= in->at_s[i])
			if (out->fit[--j] > best)
				best = out->fit[j];
	best = NO_PARTNER;
	size_t i = 0;
	for (j = 0; j < out->count; for_out[j++] = best)
		for (; i < in->count && in->at_s[i] <= out->at_s[j]; i++)
			if (in->fit[i] > best)
				best = in->fit[i];
	narrow(in, for_in);
	narrow(out, for_out);
}

static uint32_t to_ds(double at_s)
{
	return (uint32_t)num_round(at_s * 10.0, 0, TICK_AT_MAX_DS);
}

/* Quantiles of weights over rising values. */
static struct visit_span
span_of(const double *values, const double *weights, size_t count)
{
	double total = 0.0, sum = 0.0;
	for (size_t i = 0; i < count; i++)
		total += weights[i];
	struct visit_span span = { 0 };
	int found = 0;
	const double marks[3] = { TAIL, 0.5, 1.0 - TAIL };
	uint32_t *outs[3] = { &span.lo_ds, &span.at_ds, &span.hi_ds };
	for (size_t i = 0; i < count; i++) {
		sum += weights[i];
		while (found < 3 && sum >= marks[found] * total)
			*outs[found++] = to_ds(values[i]);
	}
	while (found < 3)
		*outs[found++] = to_ds(count ? values[count - 1] : 0.0);
	return span;
}

/* Nats for a dwell of so long: all lengths are as likely, by their digits. */
static double dwell_fit(double dwell_s)
{
	return DWELL_POWER * num_ln(dwell_s + 60.0);
}

static double pair_fit(const struct visit_course *course,
		       const struct doors *in, size_t i,
		       const struct doors *out, size_t j)
{
	if (out->at_s[j] < in->at_s[i] || out->at_s[j] < course->run_from_s ||
	    in->at_s[i] > course->run_to_s)
		return NO_FIT;
	return in->fit[i] + out->fit[j] +
	       dwell_fit(out->at_s[j] - in->at_s[i]) +
	       visit_course_roof(course, in->index[i], out->index[j]);
}

/* Goes over the pairs twice rather than keep them: a phone's stack is small. */
static void weigh_together(const struct visit_course *course,
			   const struct doors *in, const struct doors *out,
			   struct visit_record *record)
{
	double best = NO_FIT;
	double arrivals[JOINT_MAX] = { 0 }, departures[JOINT_MAX] = { 0 };
	double dwells[DWELL_BINS] = { 0 }, dwell_s[DWELL_BINS];
	double shortest_s = out->at_s[0] - in->at_s[in->count - 1];
	double longest_s = out->at_s[out->count - 1] - in->at_s[0];
	if (shortest_s < 0.0)
		shortest_s = 0.0;
	if (longest_s < shortest_s)
		longest_s = shortest_s;
	double bin_s = (longest_s - shortest_s) / (DWELL_BINS - 1);
	for (size_t i = 0; i < in->count; i++)
		for (size_t j = 0; j < out->count; j++) {
			double fit = pair_fit(course, in, i, out, j);
			if (fit > best)
				best = fit;
		}
	for (size_t i = 0; i < in->count; i++)
		for (size_t j = 0; j < out->count; j++) {
			double length_s = out->at_s[j] - in->at_s[i];
			double fit = pair_fit(course, in, i, out, j);
			if (fit <= NO_FIT)
				continue;
			double p = num_exp(fit - best);
			int64_t bin =
				bin_s > 0.0
					? num_round((length_s - shortest_s) /
							    bin_s,
						    0, DWELL_BINS - 1)
					: 0;
			arrivals[i] += p;
			departures[j] += p;
			dwells[bin] += p;
		}
	for (size_t b = 0; b < DWELL_BINS; b++)
		dwell_s[b] = shortest_s + bin_s * (double)b;
	record->stay.arrival = span_of(in->at_s, arrivals, in->count);
	record->stay.departure = span_of(out->at_s, departures, out->count);
	record->dwell = span_of(dwell_s, dwells, DWELL_BINS);
}

static double off_pin_m(const struct visit *visit)
{
	return visit_place_m(visit, visit->centre_east_m,
			     visit->centre_north_m);
}

static struct visit_centre centre_of(const struct visit *visit)
{
	int64_t clip = TICK_CLIP_DM;
	return (struct visit_centre){
		.east_dm = (int16_t)num_round(visit->centre_east_m * 10.0,
					      -clip, clip),
		.north_dm = (int16_t)num_round(visit->centre_north_m * 10.0,
					       -clip, clip),
		.spread_dm = (uint16_t)num_round(
			sqrt(visit->centre_spread_m2) * 10.0, 0, UINT16_MAX),
		.ticks = (uint16_t)(visit->centre_n < UINT16_MAX
					    ? visit->centre_n
					    : UINT16_MAX),
	};
}

static bool is_real(const struct visit *visit,
		    const struct visit_course *course,
		    const struct visit_record *record)
{
	double off_m = off_pin_m(visit);
	double due = PEAK_PER_WEIGHT *
		     visit_course_weight(course,
					 record->stay.arrival.at_ds / 10.0,
					 record->stay.departure.at_ds / 10.0);
	if (off_m > OFF_PIN_M && visit->stay_peak < due &&
	    visit->stay_peak < PEAK_ENOUGH)
		return false;
	if (visit->stay_peak < PEAK_PER_M * (off_m - OFF_PIN_M))
		return false;
	return record->dwell.at_ds >= STAY_MEDIAN_DS ||
	       record->dwell.lo_ds >= STAY_SURE_DS;
}

bool visit_record_of(const struct visit *visit, struct visit_record *out)
{
	const struct visit_track *first = &visit->arrival;
	const struct visit_track *last = &visit->recent;
	struct visit_course course;
	struct doors in = { 0 }, away = { 0 };
	struct visit_stay *stay = &out->stay;
	*out = (struct visit_record){ .is_mock = visit->is_mock };
	visit_course_of(&course, visit);
	lay_doors(&in, &course, -1.0,
		  first->ticks[first->count - 1].at_ds / 10.0);
	lay_doors(&away, &course, last->ticks[0].at_ds / 10.0, 1e12);
	weigh(&in, &course, -1);
	weigh(&away, &course, 1);
	narrow_both(&in, &away);
	weigh_together(&course, &in, &away, out);
	if (stay->departure.at_ds < stay->arrival.at_ds)
		stay->departure.at_ds = stay->arrival.at_ds;
	if (stay->departure.hi_ds < stay->departure.at_ds)
		stay->departure.hi_ds = stay->departure.at_ds;
	out->centre = centre_of(visit);
	out->log_odds_mnat = (int32_t)num_round(
		1000.0 * num_clamp(visit->stay_peak, 1.0, 30.0), 0, 30000);
	return is_real(visit, &course, out);
}
