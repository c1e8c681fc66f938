/*
 * When a stay began and when it ended, each with an interval.
 *
 * The test of visit_detect crosses its thresholds late, and a car parked by
 * the door looks like the meeting. So the edges are found afterwards, by
 * asking of each moment: how well do the ticks fit a person who came through
 * the door then? Before it they walked up, perhaps from a car that had waited
 * at some distance; before that anything goes. The same question, asked
 * backwards in time, finds the departure. Arrival and departure are weighed
 * together, since one comes before the other.
 *
 *   distance        \              drives up: anything goes
 *   from the door    \__________   waits in the car at P metres, k seconds
 *                               \
 *                                \ walks, v m/s
 *                                 \______________  inside
 *                                 ^ door
 */
#include <math.h>

#include "model/num.h"
#include "model/visit_parts.h"

enum {
	SEEN_MAX = 2 * VISIT_TRACK,
	CELLS_PER_GAP = 8,   /* moments weighed between two ticks */
	DOORS_MAX = VISIT_TRACK * CELLS_PER_GAP + 2,
	JOINT_MAX = 96,      /* ... when both edges are weighed together */
	DWELL_BINS = 256,
};

static const double CELL_S = 5.0;
static const double TEMPER_S = 90.0;      /* errors last so long */
static const double DRIVE_RADIUS_M = 300.0;
static const double ROAM_M = 12.0;        /* inside, and beside the path */
static const double SITE_M = 45.0;
static const double SITE_SHARE = 0.2;
static const double SPREAD_SHARE = 0.5;
static const double SPREAD_TICKS = 10.0;
static const double DWELL_POWER = -0.9;
static const double FIT_FLOOR = -4.5;     /* a wild fix costs no more */
static const double NEGLIGIBLE = 12.0;    /* nats below the best */
static const double SPREAD_LN = 0.45;     /* of a phone's stated accuracy */
static const double LEVEL_MEAN_LN = 2.7; /* ln 15 m */
static const double LEVEL_LN = 0.7;       /* between surroundings */
static const double ROOF_WINDOW_S = 300.0;
static const double ROOF_WEIGHT = 0.6;
static const double TAIL = 0.05;
static const double OFF_PIN_M = 70.0;
static const double PEAK_PER_WEIGHT = 1.1;
static const double PEAK_ENOUGH = 8.0;
static const uint32_t STAY_MEDIAN_DS = 300;
static const uint32_t STAY_SURE_DS = 100;

/* A tick as the edges see it. */
struct seen {
	double at_s;
	double off_m;        /* from where the person sat */
	double variance_m2;
	double inside_fit;   /* nats over "anything goes" */
	double weight;
	bool has_accuracy;
	double ln_accuracy;
};

/* Sums over the ticks before a moment. */
struct sums {
	double inside_fit;
	double level_n, level, level_squares;
};

/* The ticks about the arrival and about the departure, in time order; what
 * lies between the two tracks of a long stay is not needed. */
struct course {
	size_t count;
	struct seen seen[SEEN_MAX];
	struct sums before[SEEN_MAX + 1];
	size_t roof_from, roof_to;
};

/* The moments weighed for one edge, in time order. */
struct doors {
	size_t count;
	double at_s[DOORS_MAX];
	double width_s[DOORS_MAX];
	double fit[DOORS_MAX];      /* outside only, then with the inside */
	size_t index[DOORS_MAX];    /* ticks before it */
};

/* How a person may come to a door. */
struct way {
	double speed_m_s;
	double from_m;    /* where the car stands; far for those on foot */
	double wait_s;
	double share;     /* how common */
};

static const struct way WAYS[] = {
	{ 1.2, 2000.0, 0.0, 1.5 },  /* on foot all the way */
	{ 4.0, 2000.0, 0.0, 1.5 },  /* by bicycle */
	{ 1.0, 5.0, 0.0, 0.3 },     /* put down at the door */
#define CAR(from_m)                                                 \
	{ 1.2, from_m, 15.0, 0.3 }, { 1.2, from_m, 50.0, 0.3 },     \
	{ 1.2, from_m, 90.0, 0.3 }, { 0.75, from_m, 15.0, 0.3 },    \
	{ 0.75, from_m, 50.0, 0.3 }, { 0.75, from_m, 90.0, 0.3 }
	CAR(12.0), CAR(35.0), CAR(60.0), CAR(85.0), CAR(115.0),
#undef CAR
};
enum { WAYS_COUNT = sizeof(WAYS) / sizeof(WAYS[0]) };

/* Nats for standing from_door_m away, over "anything goes": a Rice density,
 * its Bessel function replaced by what it nears at both ends. */
static double fit_at(const struct seen *seen, double from_door_m)
{
	double miss_m = seen->off_m - from_door_m;
	double bend = 1.0 + 2.0 * NUM_PI * seen->off_m * from_door_m /
				    seen->variance_m2;
	double fit = num_ln(DRIVE_RADIUS_M * DRIVE_RADIUS_M /
			    (2.0 * seen->variance_m2 * sqrt(bend))) -
		     miss_m * miss_m / (2.0 * seen->variance_m2);
	return fit > FIT_FLOOR ? fit : FIT_FLOOR;
}

/* Nats for being inside: mostly at one's seat, at times about the house. */
static double fit_inside(const struct seen *seen, double spread_m2)
{
	double near2 = seen->variance_m2;
	if (near2 < SPREAD_SHARE * spread_m2)
		near2 = SPREAD_SHARE * spread_m2;
	double wide2 = near2 + SITE_M * SITE_M;
	double off2 = seen->off_m * seen->off_m;
	double density = (1.0 - SITE_SHARE) * num_exp(-0.5 * off2 / near2) / near2 +
			 SITE_SHARE * num_exp(-0.5 * off2 / wide2) / wide2;
	double fit = num_ln(0.5 * DRIVE_RADIUS_M * DRIVE_RADIUS_M * density);
	return fit > FIT_FLOOR ? fit : FIT_FLOOR;
}

/* How far the phone really strays while the person sits, as far as is known. */
static double learned_spread_m2(const struct visit *visit)
{
	double n = (double)visit->centre_n;
	return visit->centre_spread_m2 * n / (n + SPREAD_TICKS);
}

static void see(struct course *course, const struct visit *visit,
		const struct tick *tick)
{
	struct visit_sight s = visit_sight_of(visit, tick, NULL);
	struct seen *seen = &course->seen[course->count];
	double east_m = s.east_m - visit->centre_east_m;
	double north_m = s.north_m - visit->centre_north_m;
	if (course->count > 0 && s.at_s <= seen[-1].at_s)
		return; /* in both tracks */
	*seen = (struct seen){
		.at_s = s.at_s,
		.off_m = s.is_far ? s.distance_m :
				    sqrt(east_m * east_m + north_m * north_m),
		.variance_m2 = s.sigma_m * s.sigma_m + ROAM_M * ROAM_M,
		.has_accuracy = tick->accuracy_m > 0,
	};
	if (seen->has_accuracy)
		seen->ln_accuracy = num_ln((double)tick->accuracy_m) - LEVEL_MEAN_LN;
	seen->inside_fit = fit_inside(seen, learned_spread_m2(visit));
	double gap_s = course->count > 0 ? seen->at_s - seen[-1].at_s :
					   TEMPER_S;
	seen->weight = gap_s < TEMPER_S ? gap_s / TEMPER_S : 1.0;
	const struct sums *sums = &course->before[course->count++];
	struct sums *next = &course->before[course->count];
	*next = *sums;
	next->inside_fit += seen->weight * seen->inside_fit;
	if (seen->has_accuracy) {
		next->level_n += 1.0;
		next->level += seen->ln_accuracy;
		next->level_squares += seen->ln_accuracy * seen->ln_accuracy;
	}
}

static void add_door(struct doors *doors, double at_s, double width_s,
		     size_t index)
{
	if (doors->count == DOORS_MAX)
		return;
	doors->at_s[doors->count] = at_s;
	doors->width_s[doors->count] = width_s;
	doors->index[doors->count++] = index;
}

/* The moments to weigh: a few in each gap between ticks from..to, and the
 * very first and last. */
static void lay_doors(struct doors *doors, const struct course *course,
		      double from_s, double to_s)
{
	const struct seen *seen = course->seen;
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

/* How well the ticks on the outer side of a door fit one way of coming to it.
 * step is -1 towards the past, 1 towards the future. */
static double way_fit(const struct course *course, const struct way *way,
		      double door_s, size_t index, int step)
{
	double walk_s = way->from_m / way->speed_m_s;
	double sum = 0.0;
	for (size_t i = step < 0 ? index - 1 : index; i < course->count;
	     i += (size_t)step) {
		const struct seen *seen = &course->seen[i];
		double away_s = step < 0 ? door_s - seen->at_s :
					   seen->at_s - door_s;
		if (away_s > walk_s + way->wait_s)
			break;
		double from_door_m = away_s < walk_s ?
					     away_s * way->speed_m_s :
					     way->from_m;
		sum += seen->weight * fit_at(seen, from_door_m);
	}
	return sum;
}

static double outside_fit(const struct course *course, double door_s,
			  size_t index, int step)
{
	double fits[WAYS_COUNT], best = -1e9, sum = 0.0, shares = 0.0;
	for (size_t i = 0; i < WAYS_COUNT; i++) {
		fits[i] = way_fit(course, &WAYS[i], door_s, index, step);
		if (fits[i] > best)
			best = fits[i];
	}
	for (size_t i = 0; i < WAYS_COUNT; i++) {
		sum += WAYS[i].share * num_exp(fits[i] - best);
		shares += WAYS[i].share;
	}
	return best + num_ln(sum / shares);
}

/* --- a roof overhead -------------------------------------------------------
 * A phone states a worse accuracy under a roof, or simply another one. The
 * Bayes factor of three levels, before, inside and after, against the same
 * level throughout. */

/* Log marginal likelihood of normal values whose mean is unknown; terms that
 * two splits of the same values share are left out. */
static double level_fit(const struct course *course, size_t from, size_t to)
{
	const double noise2 = SPREAD_LN * SPREAD_LN;
	const double level2 = LEVEL_LN * LEVEL_LN;
	const struct sums *a = &course->before[from], *b = &course->before[to];
	double n = b->level_n - a->level_n;
	double sum = b->level - a->level;
	double squares = b->level_squares - a->level_squares;
	return -0.5 * num_ln(1.0 + n * level2 / noise2) -
	       0.5 / noise2 *
		       (squares - level2 * sum * sum / (noise2 + n * level2));
}

static size_t held(size_t index, size_t lo, size_t hi)
{
	return index < lo ? lo : index > hi ? hi : index;
}

static double roof_fit(const struct course *course, size_t in, size_t out)
{
	size_t from = course->roof_from, to = course->roof_to;
	in = held(in, from, to);
	out = held(out, in, to);
	return ROOF_WEIGHT *
	       (level_fit(course, from, in) + level_fit(course, in, out) +
		level_fit(course, out, to));
}

/* Only ticks about the stay tell of its roof, and the same ones whatever
 * door is weighed, or their fits could not be compared. */
static void roof_limit(struct course *course, double from_s, double to_s)
{
	size_t i = 0;
	while (i < course->count && course->seen[i].at_s < from_s)
		i++;
	course->roof_from = i;
	while (i < course->count && course->seen[i].at_s <= to_s)
		i++;
	course->roof_to = i;
}

/* --- both edges ------------------------------------------------------------ */

/* What is outside counts for a door, and what is inside against an arrival
 * and for a departure: their sum is the fit of the whole course. */
static void weigh(struct doors *doors, const struct course *course, int step)
{
	for (size_t k = 0; k < doors->count; k++) {
		double inside = course->before[doors->index[k]].inside_fit;
		doors->fit[k] = outside_fit(course, doors->at_s[k],
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

static void narrow_both(struct doors *in, struct doors *out)
{
	double for_in[DOORS_MAX], for_out[DOORS_MAX];
	for (size_t i = 0; i < in->count; i++) {
		for_in[i] = -1e6;
		for (size_t j = 0; j < out->count; j++)
			if (out->at_s[j] >= in->at_s[i] && out->fit[j] > for_in[i])
				for_in[i] = out->fit[j];
	}
	for (size_t j = 0; j < out->count; j++) {
		for_out[j] = -1e6;
		for (size_t i = 0; i < in->count; i++)
			if (out->at_s[j] >= in->at_s[i] && in->fit[i] > for_out[j])
				for_out[j] = in->fit[i];
	}
	narrow(in, for_in);
	narrow(out, for_out);
}

static uint32_t to_ds(double at_s)
{
	return (uint32_t)num_round(at_s * 10.0, 0, TICK_AT_MAX_DS);
}

/* Quantiles of weights over rising values. */
static struct visit_span span_of(const double *values, const double *weights,
				 size_t count)
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

static double pair_fit(const struct course *course, const struct doors *in,
		       size_t i, const struct doors *out, size_t j)
{
	if (out->at_s[j] < in->at_s[i])
		return -1e9;
	return in->fit[i] + out->fit[j] +
	       dwell_fit(out->at_s[j] - in->at_s[i]) +
	       roof_fit(course, in->index[i], out->index[j]);
}

static void weigh_together(const struct course *course, const struct doors *in,
			   const struct doors *out, struct visit_record *record)
{
	static const double NONE = -1e9;
	double fits[JOINT_MAX][JOINT_MAX], best = NONE;
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
			fits[i][j] = pair_fit(course, in, i, out, j);
			if (fits[i][j] > best)
				best = fits[i][j];
		}
	for (size_t i = 0; i < in->count; i++)
		for (size_t j = 0; j < out->count; j++) {
			double length_s = out->at_s[j] - in->at_s[i];
			if (length_s < 0.0)
				continue;
			double p = num_exp(fits[i][j] - best);
			int64_t bin = bin_s > 0.0 ?
				num_round((length_s - shortest_s) / bin_s, 0,
					  DWELL_BINS - 1) : 0;
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

/* What the ticks of a stay could have said for it, at most. */
static double weight_within(const struct course *course,
			    const struct visit_stay *stay)
{
	double sum = 0.0;
	for (size_t i = 0; i < course->count; i++) {
		uint32_t at_ds = to_ds(course->seen[i].at_s);
		if (at_ds >= stay->arrival.at_ds &&
		    at_ds <= stay->departure.at_ds)
			sum += course->seen[i].weight;
	}
	return sum;
}

static double off_pin_m(const struct visit *visit)
{
	return sqrt(visit->centre_east_m * visit->centre_east_m +
		    visit->centre_north_m * visit->centre_north_m);
}

static bool is_real(const struct visit *visit, const struct course *course,
		    const struct visit_record *record)
{
	double due = PEAK_PER_WEIGHT * weight_within(course, &record->stay);
	if (off_pin_m(visit) > OFF_PIN_M && visit->stay_peak < due &&
	    visit->stay_peak < PEAK_ENOUGH)
		return false;
	return record->dwell.at_ds >= STAY_MEDIAN_DS ||
	       record->dwell.lo_ds >= STAY_SURE_DS;
}

bool visit_record_of(const struct visit *visit, struct visit_record *out)
{
	const struct visit_track *first = &visit->arrival;
	const struct visit_track *last = &visit->recent;
	struct course course = { 0 };
	struct doors in = { 0 }, away = { 0 };
	struct visit_stay *stay = &out->stay;
	*out = (struct visit_record){ .is_mock = visit->is_mock };
	for (uint32_t i = 0; i < first->count; i++)
		see(&course, visit, &first->ticks[i]);
	for (uint32_t i = 0; i < last->count; i++)
		see(&course, visit, &last->ticks[i]);
	roof_limit(&course, visit->run_began_ds / 10.0 - ROOF_WINDOW_S,
		   visit->last_near_ds / 10.0 + ROOF_WINDOW_S);
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
	out->log_odds_mnat = (int32_t)num_round(
		1000.0 * num_clamp(visit->stay_peak, 1.0, 30.0), 0, 30000);
	return is_real(visit, &course, out);
}
