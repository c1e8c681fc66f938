/*
 * The score. Hard signals add up. Soft ones are grouped by what causes them in
 * honest phones; of a group only the heaviest counts, and no group alone
 * reaches SPOOF_ASK_PERMILLE. docs/spoofing.md has the figures that thresholds
 * and weights were fitted to.
 */
#include "model/spoof.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "model/num.h"

enum {
	MOCK_MIN = 3,
	MOCK_SHARE_PERMILLE = 50,
	MOCK_FEW_PERMILLE = 300, /* the weight of fewer */
	TELEPORTS_MANY = 3,
	TELEPORTS_FEW_PERMILLE = 100,
	EVEN_MIN = 3,
	EVEN_SHARE_PERMILLE = 300,
	STAY_TICKS_MIN = 6,
	STAY_SHARE_PERMILLE = 950,
	TINY_DM = 3,
	SEAT_DM = 50,
	AFAR_DM = 5000,
	NO_WAY_DM_PER_S = 60,
	SENSORS_MIN = 5,
	SENSORS_SHARE_PERMILLE = 200,
	OFF_SHARE_PERMILLE = 200,
	DARK_SHARE_PERMILLE = 500,
	SCORE_MAX = 1000,
};

enum group {
	GROUP_HARD, /* each counts */
	GROUP_STILL,
	GROUP_JUMPS,
	GROUP_COURSE,
	GROUP_SENSORS,
	GROUP_OFF,
	GROUP_DEVICE,
	GROUP_CLOCK,
	GROUPS,
};

/* No soft weight reaches SPOOF_ASK_PERMILLE. */
static const struct trait {
	const char *name;
	enum group group;
	uint16_t weight_permille;
} TRAITS[SPOOF_SIGNALS] = {
	[SPOOF_MOCK] = { "mock_provider", GROUP_HARD, 700 },
	[SPOOF_ATTESTATION] = { "failed_attestation", GROUP_HARD, 600 },
	[SPOOF_CLOCK_BACK] = { "clock_set_back", GROUP_HARD, 600 },
	[SPOOF_CHAIN] = { "broken_chain", GROUP_HARD, 600 },
	[SPOOF_REPLAY] = { "replayed_track", GROUP_HARD, 700 },
	[SPOOF_TELEPORT] = { "teleports", GROUP_JUMPS, 150 },
	[SPOOF_FROZEN] = { "frozen", GROUP_STILL, 250 },
	[SPOOF_NO_JITTER] = { "no_jitter", GROUP_STILL, 300 },
	[SPOOF_STRAIGHT] = { "straight_route", GROUP_COURSE, 400 },
	[SPOOF_SENSORS] = { "sensors_disagree", GROUP_SENSORS, 350 },
	[SPOOF_OFF_DURING] = { "gps_off", GROUP_OFF, 200 },
	[SPOOF_NEW_DEVICE] = { "new_device", GROUP_DEVICE, 200 },
	[SPOOF_CLOCK_JUMPS] = { "clock_jumps", GROUP_CLOCK, 100 },
	[SPOOF_NO_WAY] = { "no_way_there", GROUP_JUMPS, 300 },
};

static uint32_t share_permille(uint32_t part, uint32_t whole)
{
	return whole > 0 ? (uint32_t)((uint64_t)part * 1000 / whole) : 0;
}

/* ------------------------------------------------------------- the signals */

static uint16_t weigh_mock(const struct tick_signals *s)
{
	if (s->mock_fixes >= MOCK_MIN &&
	    share_permille(s->mock_fixes, s->fixes) >= MOCK_SHARE_PERMILLE)
		return TRAITS[SPOOF_MOCK].weight_permille;
	return s->mock_fixes > 0 ? MOCK_FEW_PERMILLE : 0;
}

static uint16_t weigh_teleports(const struct tick_signals *s)
{
	if (s->teleports >= TELEPORTS_MANY)
		return TRAITS[SPOOF_TELEPORT].weight_permille;
	return s->teleports > 0 ? TELEPORTS_FEW_PERMILLE : 0;
}

static bool is_straight(const struct tick_signals *s)
{
	return s->even_steps >= EVEN_MIN &&
	       share_permille(s->even_steps, s->moving_steps) >=
		       EVEN_SHARE_PERMILLE;
}

static bool do_sensors_disagree(const struct tick_signals *s)
{
	return s->against_sensors >= SENSORS_MIN &&
	       share_permille(s->against_sensors, s->fixes) >=
		       SENSORS_SHARE_PERMILLE;
}

static uint32_t off_s(const struct tick_signals *s)
{
	return (uint32_t)s->gps_off_s + s->no_permission_s;
}

static bool
was_off(const struct evidence_content *content, uint32_t least_permille)
{
	int64_t window_us = (int64_t)((uint64_t)content->closed_us -
				      (uint64_t)content->opened_us);
	return window_us > 0 && (int64_t)off_s(&content->signals) * 1000000 >=
					window_us / 1000 * least_permille;
}

/* ---------------------------------------------------------------- the stay */

/* What the ticks show of the stay that decided. */
struct stay {
	struct tick seat; /* where it was half over */
	uint32_t steps, same, tiny;
	bool came_from_afar, left_for_afar;
};

static bool is_in(const struct tick *tick, uint32_t from_ds, uint32_t to_ds)
{
	return tick->at_ds >= from_ds && tick->at_ds <= to_ds;
}

static int64_t square(int64_t x)
{
	return x * x;
}

/* Of two ticks near the pin, squared, in decimetres. */
static int64_t apart2(const struct tick *a, const struct tick *b)
{
	return square(a->east_dm - b->east_dm) +
	       square(a->north_dm - b->north_dm);
}

/* At least; a ring begins at 2^ring km from the pin. */
static int64_t away_dm(const struct tick *tick, const struct tick *seat)
{
	static const int64_t KM_DM = 10000;
	if (tick->ring > 0)
		return (KM_DM << tick->ring) - TICK_CLIP_DM / 2;
	return num_round(sqrt((double)apart2(tick, seat)), 0, INT32_MAX);
}

/* From one to the other without a way in between. */
static bool is_sudden(const struct tick *afar, const struct tick *at_seat,
		      const struct tick *seat, uint32_t gap_ds)
{
	int64_t way_dm = away_dm(afar, seat);
	return at_seat->ring == 0 && apart2(at_seat, seat) <= square(SEAT_DM) &&
	       way_dm >= AFAR_DM &&
	       way_dm * 10 >= (int64_t)gap_ds * NO_WAY_DM_PER_S;
}

static void find_seat(struct stay *stay, const struct evidence_content *content)
{
	const struct visit_verdict *v = &content->verdict;
	uint64_t middle_ds =
		((uint64_t)v->arrival.at_ds + v->departure.at_ds) / 2;
	struct evidence_cursor cursor;
	struct tick tick;
	evidence_cursor_start(&cursor, content);
	while (evidence_cursor_next(&cursor, &tick))
		if (tick.ring == 0 && tick.at_ds <= middle_ds)
			stay->seat = tick;
}

static void look_at_step(struct stay *stay,
			 const struct evidence_content *content,
			 const struct tick *last, const struct tick *tick)
{
	const struct visit_verdict *v = &content->verdict;
	if (last->ring > 0 || tick->ring > 0 ||
	    !is_in(last, v->arrival.hi_ds, v->departure.lo_ds) ||
	    !is_in(tick, v->arrival.hi_ds, v->departure.lo_ds))
		return;
	stay->steps++;
	stay->same += apart2(tick, last) == 0;
	stay->tiny += apart2(tick, last) > 0 &&
		      apart2(tick, last) <= square(TINY_DM);
}

/* A tick may have been merged of fixes from both ends: one is passed over. */
static void
look_at_way(struct stay *stay, const struct tick *last, const struct tick *tick)
{
	uint32_t gap_ds = tick->at_ds - last->at_ds;
	stay->came_from_afar |= is_sudden(last, tick, &stay->seat, gap_ds);
	stay->left_for_afar |= is_sudden(tick, last, &stay->seat, gap_ds);
}

/* False if nobody was there. */
static bool
look_at_stay(struct stay *stay, const struct evidence_content *content)
{
	struct evidence_cursor cursor;
	struct tick before, last, tick;
	*stay = (struct stay){ 0 };
	if (content->verdict.departure.at_ds == 0)
		return false;
	find_seat(stay, content);
	evidence_cursor_start(&cursor, content);
	if (!evidence_cursor_next(&cursor, &last))
		return false;
	before = last;
	while (evidence_cursor_next(&cursor, &tick)) {
		look_at_step(stay, content, &last, &tick);
		look_at_way(stay, &last, &tick);
		look_at_way(stay, &before, &tick);
		before = last;
		last = tick;
	}
	return true;
}

static bool is_habit(const struct stay *stay, uint32_t steps)
{
	return stay->steps >= STAY_TICKS_MIN &&
	       share_permille(steps, stay->steps) >= STAY_SHARE_PERMILLE;
}

/* ---------------------------------------------------------------- the score */

/* Only the heaviest of a group keeps its weight. */
static void add_up(struct spoof_finding *finding)
{
	uint32_t heaviest[GROUPS] = { 0 }, score = 0;
	for (size_t i = 0; i < SPOOF_SIGNALS; i++) {
		uint32_t weight = finding->weight_permille[i];
		if (weight == 0)
			continue;
		enum group group = TRAITS[i].group;
		if (group == GROUP_HARD)
			heaviest[group] += weight;
		else if (weight > heaviest[group])
			heaviest[group] = weight;
	}
	for (size_t g = 0; g < GROUPS; g++)
		score += heaviest[g];
	finding->score_permille =
		(uint16_t)(score < SCORE_MAX ? score : SCORE_MAX);
}

void spoof_add(struct spoof_finding *finding, enum spoof_signal signal,
	       uint16_t weight_permille)
{
	uint16_t weight = weight_permille ? weight_permille
					  : TRAITS[signal].weight_permille;
	if (weight > finding->weight_permille[signal])
		finding->weight_permille[signal] = weight;
	finding->reasons |= UINT32_C(1) << signal;
	add_up(finding);
}

static void
add_if(struct spoof_finding *finding, enum spoof_signal signal, bool is_shown)
{
	if (is_shown)
		spoof_add(finding, signal, 0);
}

static void
score_stay(struct spoof_finding *out, const struct evidence_content *content)
{
	struct stay stay;
	if (!look_at_stay(&stay, content))
		return;
	add_if(out, SPOOF_FROZEN, is_habit(&stay, stay.same));
	add_if(out, SPOOF_NO_JITTER,
	       stay.tiny > 0 && is_habit(&stay, stay.same + stay.tiny));
	add_if(out, SPOOF_NO_WAY, stay.came_from_afar && stay.left_for_afar);
}

void spoof_score(struct spoof_finding *out,
		 const struct evidence_content *content)
{
	const struct tick_signals *s = &content->signals;
	*out = (struct spoof_finding){ 0 };
	if (weigh_mock(s) > 0)
		spoof_add(out, SPOOF_MOCK, weigh_mock(s));
	if (weigh_teleports(s) > 0)
		spoof_add(out, SPOOF_TELEPORT, weigh_teleports(s));
	add_if(out, SPOOF_ATTESTATION, s->failed_attestations > 0);
	add_if(out, SPOOF_CLOCK_BACK, s->clock_backs > 0);
	add_if(out, SPOOF_STRAIGHT, is_straight(s));
	add_if(out, SPOOF_SENSORS, do_sensors_disagree(s));
	add_if(out, SPOOF_OFF_DURING, was_off(content, OFF_SHARE_PERMILLE));
	add_if(out, SPOOF_CLOCK_JUMPS, s->clock_jumps > 0);
	score_stay(out, content);
}

bool spoof_is_dark(const struct evidence_content *content)
{
	return was_off(content, DARK_SHARE_PERMILLE);
}

uint16_t spoof_weight(enum spoof_signal signal)
{
	return TRAITS[signal].weight_permille;
}

const char *spoof_signal_name(enum spoof_signal signal)
{
	return (unsigned)signal < SPOOF_SIGNALS ? TRAITS[signal].name : NULL;
}

bool spoof_is_hard(enum spoof_signal signal)
{
	return TRAITS[signal].group == GROUP_HARD;
}

/* ---------------------------------------------------------------- sentences */

/* Where one entry does not tell it. */
static const char *plain_sentence(enum spoof_signal signal)
{
	switch (signal) {
	case SPOOF_ATTESTATION:
		return "The phone's platform says that the app or the phone "
		       "was altered";
	case SPOOF_CLOCK_BACK:
		return "The phone's clock was set back";
	case SPOOF_CHAIN:
		return "Its entry does not follow the one before it";
	case SPOOF_REPLAY:
		return "The positions repeat an earlier track, down to its "
		       "noise";
	case SPOOF_NEW_DEVICE:
		return "It comes from another phone than the visits before it";
	case SPOOF_CLOCK_JUMPS:
		return "The phone's clock was set on, or fixes came late";
	case SPOOF_FROZEN:
		return "All through the stay it had exactly one place";
	case SPOOF_NO_JITTER:
		return "All through the stay it moved by less than a hand's "
		       "breadth";
	case SPOOF_NO_WAY:
		return "It came from afar into its seat and went back with no "
		       "way in between";
	case SPOOF_MOCK:
	case SPOOF_TELEPORT:
	case SPOOF_STRAIGHT:
	case SPOOF_SENSORS:
	case SPOOF_OFF_DURING:
		break;
	}
	return "";
}

int spoof_sentence(char *out, size_t len, enum spoof_signal signal,
		   const struct evidence_content *content)
{
	static const struct tick_signals NONE = { 0 };
	const struct tick_signals *s = content ? &content->signals : &NONE;
	switch (signal) {
	case SPOOF_MOCK:
		return snprintf(out, len,
				"%u of %u fixes were marked as made up by the "
				"phone",
				s->mock_fixes, s->fixes);
	case SPOOF_TELEPORT:
		return snprintf(out, len,
				"%u time%s it moved faster than 100 m/s",
				s->teleports, s->teleports == 1 ? "" : "s");
	case SPOOF_STRAIGHT:
		return snprintf(out, len,
				"%u of %u steps were as if drawn with a ruler",
				s->even_steps, s->moving_steps);
	case SPOOF_SENSORS:
		return snprintf(out, len,
				"Steps and motion contradict %u of %u fixes",
				s->against_sensors, s->fixes);
	case SPOOF_OFF_DURING:
		return snprintf(out, len,
				"Location was switched off or not allowed for "
				"%" PRIu32 " min",
				off_s(s) / 60);
	case SPOOF_ATTESTATION:
	case SPOOF_CLOCK_BACK:
	case SPOOF_CHAIN:
	case SPOOF_REPLAY:
	case SPOOF_NEW_DEVICE:
	case SPOOF_CLOCK_JUMPS:
	case SPOOF_FROZEN:
	case SPOOF_NO_JITTER:
	case SPOOF_NO_WAY:
		break;
	}
	return snprintf(out, len, "%s", plain_sentence(signal));
}
