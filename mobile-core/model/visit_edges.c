/* When a stay began and when it ended, each with an interval. */
#include <math.h>

#include "model/num.h"
#include "model/visit_parts.h"

static double off_centre_m(const struct visit *visit, const struct tick *tick)
{
	if (tick->ring > 0)
		return 2000.0;
	double east_m = tick->east_dm / 10.0 - visit->centre_east_m;
	double north_m = tick->north_dm / 10.0 - visit->centre_north_m;
	return sqrt(east_m * east_m + north_m * north_m);
}

static struct visit_span arrival_of(const struct visit *visit, double reach_m)
{
	const struct visit_track *track = &visit->arrival;
	const struct tick *before = NULL;
	for (uint32_t i = 0; i < track->count; i++) {
		const struct tick *tick = &track->ticks[i];
		if (tick->at_ds >= visit->run_began_ds &&
		    off_centre_m(visit, tick) <= reach_m) {
			uint32_t lo = before ? before->at_ds : tick->at_ds;
			uint32_t gap = tick->at_ds - lo;
			return (struct visit_span){
				.at_ds = tick->at_ds - (gap <= 6600 ? gap / 2 : 0),
				.lo_ds = lo,
				.hi_ds = tick->at_ds };
		}
		before = tick;
	}
	return (struct visit_span){ visit->run_began_ds, visit->run_began_ds,
				    visit->run_began_ds };
}

struct visit_record visit_record_of(const struct visit *visit, bool is_open)
{
	double reach_m = num_clamp(2.5 * sqrt(visit->centre_spread_m2 / 2.0),
				   20.0, 60.0);
	struct visit_record record = { 0 };
	record.stay.arrival = arrival_of(visit, reach_m);
	uint32_t near = visit->last_near_ds;
	uint32_t far = visit->has_far ? visit->first_far_ds : near;
	uint32_t mid = far - near <= 6600 ? near + (far - near) / 2 : near;
	if (is_open)
		mid = near;
	record.stay.departure = (struct visit_span){ mid, near, far };
	uint32_t a = record.stay.arrival.at_ds;
	if (record.stay.departure.at_ds < a)
		record.stay.departure = (struct visit_span){ a, a, a };
	struct visit_span ar = record.stay.arrival, de = record.stay.departure;
	record.dwell.at_ds = de.at_ds - ar.at_ds;
	record.dwell.lo_ds = de.lo_ds > ar.hi_ds ? de.lo_ds - ar.hi_ds : 0;
	record.dwell.hi_ds = de.hi_ds - ar.lo_ds;
	record.log_odds_mnat = (int32_t)num_round(
		1000.0 * num_clamp(visit->stay_evidence, 1.0, 30.0), 0, 30000);
	record.is_mock = visit->is_mock;
	return record;
}
