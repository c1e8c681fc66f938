/*
 * What an entry that verifies says: the plan as judged, the verdict in times
 * of the day. Knows neither chain nor store.
 */
#include "app/visits_parts.h"

#include <string.h>

static int64_t moment_of(int64_t opened_us, uint32_t at_ds)
{
	return opened_us + (int64_t)at_ds * 100000;
}

static void fill_stay(struct visit_finding *out,
		      const struct visit_verdict *verdict, int64_t opened_us)
{
	if (verdict->departure.hi_ds == 0)
		return;
	out->arrived_us = moment_of(opened_us, verdict->arrival.at_ds);
	out->arrived_lo_us = moment_of(opened_us, verdict->arrival.lo_ds);
	out->arrived_hi_us = moment_of(opened_us, verdict->arrival.hi_ds);
	out->departed_us = moment_of(opened_us, verdict->departure.at_ds);
	out->departed_lo_us = moment_of(opened_us, verdict->departure.lo_ds);
	out->departed_hi_us = moment_of(opened_us, verdict->departure.hi_ds);
	out->dwell_ds = verdict->dwell.at_ds;
	out->dwell_lo_ds = verdict->dwell.lo_ds;
	out->dwell_hi_ds = verdict->dwell.hi_ds;
}

_Static_assert((int)SPOOF_SIGNALS <= (int)VISIT_SIGNALS_MAX,
	       "every signal is kept");

void finding_set_spoof(struct visit_finding *out,
		       const struct spoof_finding *spoof)
{
	out->spoof_permille = spoof->score_permille;
	out->spoof_reasons = spoof->reasons;
	for (size_t i = 0; i < SPOOF_SIGNALS; i++)
		out->spoof_weights[i] = spoof->weight_permille[i];
}

void finding_of_claim(struct visit_finding *out,
		      const struct evidence_claim *claim,
		      const struct identity_device *device, int64_t now_us)
{
	const struct visit_plan *plan = &claim->content.plan;
	const struct visit_verdict *verdict = &claim->verdict;
	struct spoof_finding spoof;

	*out = (struct visit_finding){
		.rep = device->user,
		.device = device->id,
		.number = claim->header.number,
		.start_us = plan->start_us,
		.end_us = plan->end_us,
		.pin_lat_e7 = plan->pin.lat_e7,
		.pin_lon_e7 = plan->pin.lon_e7,
		.radius_m = plan->radius_m,
		.min_dwell_s = plan->min_dwell_s,
		.word = (uint8_t)verdict->word,
		.certainty = (uint8_t)verdict->certainty,
		.log_odds_milli = verdict->log_odds_mnat,
		.coverage_permille = verdict->coverage_permille,
		.mock_fixes = claim->content.signals.mock_fixes,
		.is_reproduced = claim->finding == EVIDENCE_EQUAL,
		.received_us = now_us,
	};
	memcpy(out->meeting.at, plan->meeting_id, sizeof(out->meeting.at));
	/* Nobody is accused of what the server can't find itself. */
	if (claim->finding == EVIDENCE_UNKNOWN)
		out->certainty = VISIT_DOUBTFUL;
	out->area_hash = plan_area_hash(plan);
	out->has_centre = claim->has_centre;
	out->centre_east_dm = claim->centre.east_dm;
	out->centre_north_dm = claim->centre.north_dm;
	out->centre_spread_dm = claim->centre.spread_dm;
	spoof_score(&spoof, &claim->content);
	finding_set_spoof(out, &spoof);
	fill_stay(out, verdict, claim->content.opened_us);
}
