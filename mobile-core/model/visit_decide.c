/* From stays to a word, how sure it is, and why it is no surer. */
#include "model/num.h"
#include "model/visit_parts.h"

static const uint32_t REJOIN_DS = 1800;
static const uint32_t NO_DATA_BELOW_PERMILLE = 300;
static const uint32_t CONTRARY_FIRM_PERMILLE = 500;
static const double BRUSH_LIMIT = 1.5; /* nats */
static const int32_t FIRM_MNAT = 4600; /* 99 to 1 */
static const int32_t ABSENT_LIMIT_MNAT = 20000;
static const uint32_t AWAY_IS_SEEN_SINCE = 4; /* parameters */

/* The middle of two values, by weights that are not both 0. */
static int16_t
middle(int16_t a, uint32_t a_weight, int16_t b, uint32_t b_weight)
{
	int64_t sum = (int64_t)a * a_weight + (int64_t)b * b_weight;
	return (int16_t)(sum / (int64_t)(a_weight + b_weight));
}

static struct visit_centre
join_centres(struct visit_centre a, struct visit_centre b)
{
	uint32_t ticks = (uint32_t)a.ticks + b.ticks;
	if (ticks == 0)
		return a;
	return (struct visit_centre){
		.east_dm = middle(a.east_dm, a.ticks, b.east_dm, b.ticks),
		.north_dm = middle(a.north_dm, a.ticks, b.north_dm, b.ticks),
		.spread_dm = a.spread_dm > b.spread_dm ? a.spread_dm
						       : b.spread_dm,
		.ticks = (uint16_t)(ticks < UINT16_MAX ? ticks : UINT16_MAX),
	};
}

static uint32_t after(uint32_t later_ds, uint32_t earlier_ds)
{
	return later_ds > earlier_ds ? later_ds - earlier_ds : 0;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Two stays that a short absence parts are one. */
static void join(struct visit_record *first, const struct visit_record *next)
{
	struct visit_span arrival = first->stay.arrival;
	struct visit_span departure = next->stay.departure;
	first->stay.departure = departure;
	first->dwell.at_ds = after(departure.at_ds, arrival.at_ds);
	first->dwell.lo_ds = smaller(after(departure.lo_ds, arrival.hi_ds),
				     first->dwell.at_ds);
	first->dwell.hi_ds = larger(after(departure.hi_ds, arrival.lo_ds),
				    first->dwell.at_ds);
	if (next->log_odds_mnat > first->log_odds_mnat)
		first->log_odds_mnat = next->log_odds_mnat;
	first->is_mock |= next->is_mock;
	first->centre = join_centres(first->centre, next->centre);
}

size_t visit_records(const struct visit *visit,
		     struct visit_record out[VISIT_STAYS_MAX + 1])
{
	struct visit_record all[VISIT_STAYS_MAX + 1];
	size_t count = visit->record_count, kept = 0;
	for (size_t i = 0; i < count; i++)
		all[i] = visit->records[i];
	if (visit->is_inside && visit_record_of(visit, &all[count]))
		count++;
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 &&
		    after(all[i].stay.arrival.at_ds,
			  out[kept - 1].stay.departure.at_ds) <= REJOIN_DS)
			join(&out[kept - 1], &all[i]);
		else
			out[kept++] = all[i];
	}
	return kept;
}

size_t
visit_stays(const struct visit *visit, struct visit_stay out[VISIT_STAYS_MAX])
{
	struct visit_record all[VISIT_STAYS_MAX + 1];
	size_t count = visit_records(visit, all);
	size_t skip = count > VISIT_STAYS_MAX ? count - VISIT_STAYS_MAX : 0;
	for (size_t i = skip; i < count; i++)
		out[i - skip] = all[i].stay;
	return count - skip;
}

/* By what was seen: a departure that only a gap in the fixes could have put
 * inside the window does not count. */
static bool touches(const struct visit *visit, const struct visit_stay *stay)
{
	int64_t margin_ds = (int64_t)VISIT_MARGIN_S * 10;
	return (int64_t)stay->departure.lo_ds > visit->start_ds - margin_ds &&
	       (int64_t)stay->arrival.hi_ds < visit->end_ds + margin_ds;
}

/* The longest stay that touches the window, or NULL. */
static const struct visit_record *main_record(const struct visit *visit,
					      const struct visit_record *all,
					      size_t count)
{
	const struct visit_record *best = NULL;
	for (size_t i = 0; i < count; i++)
		if (touches(visit, &all[i].stay) &&
		    (!best || all[i].dwell.at_ds > best->dwell.at_ds))
			best = &all[i];
	return best;
}

static uint16_t permille(const struct visit *visit, uint32_t part_ds)
{
	uint64_t whole_ds = (uint64_t)(visit->end_ds - visit->start_ds);
	uint64_t share = whole_ds ? (uint64_t)part_ds * 1000 / whole_ds : 0;
	return (uint16_t)(share < 1000 ? share : 1000);
}

static enum visit_certainty certainty_of(bool is_firm)
{
	return is_firm ? VISIT_FIRM : VISIT_DOUBTFUL;
}

static void decide_with_stay(const struct visit *visit,
			     const struct visit_record *record,
			     struct visit_verdict *out)
{
	uint32_t min_ds = visit->plan.min_dwell_s * 10;
	int64_t late_ds = visit->start_ds + (int64_t)VISIT_LATE_AFTER_S * 10;
	out->arrival = record->stay.arrival;
	out->departure = record->stay.departure;
	out->dwell = record->dwell;
	out->log_odds_mnat = record->log_odds_mnat;
	bool is_sure = record->log_odds_mnat >= FIRM_MNAT && !record->is_mock;
	if (out->dwell.at_ds < min_ds) {
		out->word = VISIT_SHORT;
		out->certainty = certainty_of(out->dwell.hi_ds < min_ds);
	} else if ((int64_t)out->arrival.at_ds > late_ds) {
		out->word = VISIT_LATE;
		out->certainty =
			certainty_of(is_sure && out->dwell.lo_ds >= min_ds &&
				     (int64_t)out->arrival.lo_ds > late_ds);
	} else {
		out->word = VISIT_PRESENT;
		out->certainty =
			certainty_of(is_sure && out->dwell.lo_ds >= min_ds);
	}
}

/* Who may have been at the door for a moment is not firmly absent, nor who
 * had the time to be there unseen. */
static bool
is_firmly_away(const struct visit *visit, const struct visit_verdict *verdict)
{
	const struct visit_track *recent = &visit->recent;
	if (recent->count == 0 || visit->may_hide ||
	    visit->brush_peak >= BRUSH_LIMIT ||
	    verdict->contrary_permille < CONTRARY_FIRM_PERMILLE)
		return false;
	int64_t last_ds = recent->ticks[recent->count - 1].at_ds;
	return !visit_has_room((double)(visit->end_ds - last_ds) / 10.0,
			       visit->last_distance_m);
}

/* Each tenth of the window that speaks against it is two nats. */
static int32_t away_mnat(uint32_t contrary_permille)
{
	int32_t mnat = -1000 - (int32_t)contrary_permille * 19;

	return mnat < -ABSENT_LIMIT_MNAT ? -ABSENT_LIMIT_MNAT : mnat;
}

/* A few fixes at the pin make no stay, and still nobody was away: who is
 * absent was seen elsewhere, if only once. */
static enum visit_word
word_without_stay(const struct visit *visit, uint32_t coverage_permille)
{
	uint32_t min_ds = visit->plan.min_dwell_s * 10;
	bool is_seen_away = visit->contrary_ds > 0 ||
			    visit->parameters < AWAY_IS_SEEN_SINCE;
	if (coverage_permille < NO_DATA_BELOW_PERMILLE)
		return VISIT_NO_DATA;
	if (visit->nearby_ds > 0 && visit->nearby_ds >= min_ds)
		return VISIT_NEARBY;
	if (permille(visit, visit->elsewhere_ds) >= 500)
		return VISIT_ELSEWHERE;
	return is_seen_away ? VISIT_ABSENT : VISIT_NO_DATA;
}

static void
decide_without_stay(const struct visit *visit, struct visit_verdict *out)
{
	out->word = word_without_stay(visit, out->coverage_permille);
	out->certainty = VISIT_DOUBTFUL;
	if (out->word == VISIT_NO_DATA)
		return;
	out->log_odds_mnat = away_mnat(out->contrary_permille);
	out->certainty = certainty_of(is_firmly_away(visit, out));
}

void visit_decide(const struct visit *visit, struct visit_verdict *out)
{
	struct visit_record all[VISIT_STAYS_MAX + 1];
	size_t count = visit_records(visit, all);
	const struct visit_record *record = main_record(visit, all, count);
	*out = (struct visit_verdict){
		.coverage_permille = permille(visit, visit->covered_ds),
		.contrary_permille = permille(visit, visit->contrary_ds),
		.ticks = visit->ticks,
	};
	if (record)
		decide_with_stay(visit, record, out);
	else
		decide_without_stay(visit, out);
}

/* What keeps from a firm word where there was a stay. */
static const char *doubt_with_stay(const struct visit_verdict *verdict,
				   uint32_t min_ds, bool may_be_in_time)
{
	if (verdict->word == VISIT_SHORT)
		return "it may have been long enough";
	if (verdict->dwell.lo_ds < min_ds)
		return "it may have been too short for a meeting";
	if (verdict->word == VISIT_LATE && may_be_in_time)
		return "it may have begun in time";
	if (verdict->log_odds_mnat < FIRM_MNAT)
		return "the GPS was too rough to rule out a place close by";
	return NULL;
}

const char *visit_doubt(const struct visit_verdict *verdict,
			uint32_t min_dwell_s, bool may_be_in_time)
{
	if (verdict->certainty == VISIT_FIRM)
		return NULL;
	switch (verdict->word) {
	case VISIT_PRESENT:
	case VISIT_LATE:
	case VISIT_SHORT:
		return doubt_with_stay(verdict, min_dwell_s * 10,
				       may_be_in_time);
	case VISIT_NEARBY:
	case VISIT_ELSEWHERE:
	case VISIT_ABSENT:
		return verdict->log_odds_mnat >
				       away_mnat(CONTRARY_FIRM_PERMILLE)
			       ? "the phone is known to have been elsewhere "
				 "for less than half of the time"
			       : "a short stop at the place itself can't be "
				 "ruled out";
	case VISIT_NO_DATA:
		return verdict->coverage_permille < NO_DATA_BELOW_PERMILLE
			       ? NULL
			       : "none of them was clearly away from the place";
	}
	return NULL;
}

bool visit_centre(const struct visit *visit, struct visit_centre *out)
{
	struct visit_record all[VISIT_STAYS_MAX + 1];
	size_t count = visit_records(visit, all);
	const struct visit_record *record = main_record(visit, all, count);
	if (!record)
		return false;
	*out = record->centre;
	return true;
}
