/* How often to look: a fix costs battery, so it must be able to tell. */
#include "model/num.h"
#include "model/visit_parts.h"

static const double NEAR_M = 150.0;	 /* from here on every moment tells */
static const double APPROACH_M_S = 11.0; /* in the last kilometres */
enum {
	FASTEST_S = 15,	 /* arriving, leaving, or in doubt */
	SETTLED_S = 120, /* sitting at the place */
	SLOWEST_S = 300,
	SETTLED_TICKS = 10,
};

/* Time in which nothing that happens can touch the meeting: until the window
 * is close, and once it is past. */
static double idle_s(const struct visit *visit, int64_t at_ds)
{
	int64_t margin_ds = (int64_t)VISIT_MARGIN_S * 10;
	if (at_ds > visit->end_ds + margin_ds)
		return SLOWEST_S;
	return (double)(visit->start_ds - margin_ds - at_ds) / 10.0;
}

uint32_t visit_wanted_interval_s(const struct visit *visit)
{
	if (visit->recent.count == 0)
		return FASTEST_S;
	const struct tick *last = &visit->recent.ticks[visit->recent.count - 1];
	struct visit_sight s = visit_sight_of(visit, last, NULL);
	double wanted_s = (s.distance_m - NEAR_M) / APPROACH_M_S;
	if (visit->is_inside && visit->leave_evidence <= 0.0 &&
	    visit->centre_n >= SETTLED_TICKS)
		wanted_s = SETTLED_S;
	else if (visit->is_inside || visit->enter_evidence > 0.0)
		wanted_s = FASTEST_S;
	double idle = idle_s(visit, (int64_t)last->at_ds);
	if (!visit->is_inside && wanted_s < idle)
		wanted_s = idle;
	return (uint32_t)num_round(wanted_s, FASTEST_S, SLOWEST_S);
}

void visit_stand(const struct visit *visit, struct visit_standing *out)
{
	*out = (struct visit_standing){
		.is_inside = visit->is_inside,
		.since_ds = visit->is_inside ? visit->run_began_ds : 0,
		.n_closed = visit->record_count,
	};
}
