/* progress: where the detector stands, and a straight line. */
#include "progress.h"

/* The last stretch is on foot. What lies before is driven: 11 m/s as the crow
 * flies are some 50 km/h by road. */
static const double ON_FOOT_M = 300.0;
static const double ON_FOOT_M_S = 1.4;
static const double DRIVE_M_S = 11.0;

static int64_t travel_us(double metres)
{
	double on_foot_m = metres < ON_FOOT_M ? metres : ON_FOOT_M;

	return (int64_t)((on_foot_m / ON_FOOT_M_S +
			  (metres - on_foot_m) / DRIVE_M_S) *
			 1e6);
}

static void expect(struct progress *out, const struct visit_plan *plan,
		   const struct progress_sight *last, int64_t now_us)
{
	double metres = geo_distance_m(geo_vector_of(last->at),
				       geo_vector_of(plan->pin)) -
			plan->radius_m;
	int64_t late_us;

	out->expected_us =
		last->time_us + travel_us(metres > 0.0 ? metres : 0.0);
	if (out->expected_us < now_us)
		out->expected_us = now_us;
	late_us = out->expected_us - plan->start_us;
	if (late_us <= 0)
		return;
	out->late_s = (uint32_t)(late_us / 1000000);
	out->is_late = out->late_s > VISIT_LATE_AFTER_S;
}

/* A shorter one may be a wait at the lights. */
enum { ARRIVED_AFTER_DS = 400 };

/* A stay that goes on, by its length so far; false while it may be none. */
static bool find_stage_inside(struct progress *out,
			      const struct window_live *live,
			      const struct visit_standing *standing)
{
	int64_t stayed_ds =
		(int64_t)live->draft.last.at_ds - (int64_t)standing->since_ds;

	if (stayed_ds < ARRIVED_AFTER_DS)
		return false;
	out->stage = stayed_ds >= (int64_t)live->visit.plan.min_dwell_s * 10
			     ? OUTRIDER_IN_PROGRESS
			     : OUTRIDER_ARRIVED;
	return true;
}

static const double SLACK_UNKNOWN_M = 50.0;
static const double SLACK_MAX_M = 100.0;

/* The last tick lies in the place, as far as its accuracy goes. */
static bool is_seen_there(const struct window_live *live)
{
	const struct visit_plan *plan = &live->visit.plan;
	const struct tick *last = &live->draft.last;
	double slack_m = last->accuracy_m == 0 ? SLACK_UNKNOWN_M
					       : last->accuracy_m;
	double east_m = last->east_dm / 10.0, north_m = last->north_dm / 10.0;

	if (last->ring != 0)
		return false;
	if (slack_m > SLACK_MAX_M)
		slack_m = SLACK_MAX_M;
	if (plan->area.n_corners > 0)
		return area_distance_m(&plan->area, east_m, north_m) <= slack_m;
	slack_m += plan->radius_m;
	return east_m * east_m + north_m * north_m <= slack_m * slack_m;
}

void progress_of(struct progress *out, const struct window *window,
		 const struct progress_sight *last, int64_t now_us)
{
	const struct window_live *live = window->live;
	struct visit_standing standing;

	*out = (struct progress){ .stage = OUTRIDER_PLANNED };
	if (live->draft.ticks == 0)
		return;
	visit_stand(&live->visit, &standing);
	if (standing.is_inside && find_stage_inside(out, live, &standing))
		return;
	if (standing.n_closed > 0) {
		out->stage = OUTRIDER_ENDED;
		return;
	}
	/* Who checked in has said so; and nobody is late for what begins when
	 * they come. */
	if (window->is_check_in) {
		out->stage = is_seen_there(live) ? OUTRIDER_ARRIVED
						 : OUTRIDER_ON_THE_WAY;
		return;
	}
	out->stage = OUTRIDER_ON_THE_WAY;
	if (last->is_known && last->time_us >= window_opens_us(window) &&
	    now_us < window->plan.end_us)
		expect(out, &window->plan, last, now_us);
}

const char *outrider_progress_name(enum outrider_progress progress)
{
	switch (progress) {
	case OUTRIDER_PLANNED:
		return "PLANNED";
	case OUTRIDER_ON_THE_WAY:
		return "ON_THE_WAY";
	case OUTRIDER_ARRIVED:
		return "ARRIVED";
	case OUTRIDER_IN_PROGRESS:
		return "IN_PROGRESS";
	case OUTRIDER_ENDED:
		return "ENDED";
	case OUTRIDER_OUTCOME_DUE:
		return "OUTCOME_DUE";
	}
	return NULL;
}
