/*
 * The score. Hard signals add up. Soft ones are grouped by what causes them in
 * honest phones; of a group only the heaviest counts, and no group alone
 * reaches SPOOF_ASK_PERMILLE. docs/spoofing.md has the figures that thresholds
 * and weights were fitted to.
 */
#include "model/spoof.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

enum {
	/* Fewer fixes than this show no habit. */
	FIXES_MIN = 20,
	MOCK_MIN = 3,
	MOCK_SHARE_PERMILLE = 50,
	MOCK_FEW_PERMILLE = 300, /* the weight of fewer */
	TELEPORTS_MANY = 3,
	TELEPORTS_FEW_PERMILLE = 150,
	STILL_SHARE_PERMILLE = 970,
	TINY_SHARE_PERMILLE = 100,
	EVEN_MIN = 5,
	EVEN_SHARE_PERMILLE = 400,
	SENSORS_MIN = 5,
	SENSORS_SHARE_PERMILLE = 200,
	OFF_SHARE_PERMILLE = 200,
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
	[SPOOF_TELEPORT] = { "teleports", GROUP_JUMPS, 250 },
	[SPOOF_FROZEN] = { "frozen", GROUP_STILL, 250 },
	[SPOOF_NO_JITTER] = { "no_jitter", GROUP_STILL, 300 },
	[SPOOF_STRAIGHT] = { "straight_route", GROUP_COURSE, 400 },
	[SPOOF_SENSORS] = { "sensors_disagree", GROUP_SENSORS, 350 },
	[SPOOF_OFF_DURING] = { "gps_off", GROUP_OFF, 200 },
	[SPOOF_NEW_DEVICE] = { "new_device", GROUP_DEVICE, 200 },
	[SPOOF_CLOCK_JUMPS] = { "clock_jumps", GROUP_CLOCK, 100 },
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

static bool is_still(const struct tick_signals *s, uint32_t steps)
{
	return s->fixes >= FIXES_MIN &&
	       share_permille(steps, (uint32_t)s->fixes - 1) >=
		       STILL_SHARE_PERMILLE;
}

static bool is_frozen(const struct tick_signals *s)
{
	return is_still(s, s->frozen_fixes);
}

static bool has_no_jitter(const struct tick_signals *s)
{
	return is_still(s, (uint32_t)s->frozen_fixes + s->tiny_steps) &&
	       share_permille(s->tiny_steps, s->fixes) >= TINY_SHARE_PERMILLE;
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

static bool was_off(const struct tick_signals *s, int64_t window_us)
{
	return window_us > 0 && (int64_t)off_s(s) * 1000000 >=
					window_us / 1000 * OFF_SHARE_PERMILLE;
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
	add_if(out, SPOOF_FROZEN, is_frozen(s));
	add_if(out, SPOOF_NO_JITTER, has_no_jitter(s));
	add_if(out, SPOOF_STRAIGHT, is_straight(s));
	add_if(out, SPOOF_SENSORS, do_sensors_disagree(s));
	add_if(out, SPOOF_OFF_DURING,
	       was_off(s, content->closed_us - content->opened_us));
	add_if(out, SPOOF_CLOCK_JUMPS, s->clock_jumps > 0);
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
	case SPOOF_MOCK:
	case SPOOF_TELEPORT:
	case SPOOF_FROZEN:
	case SPOOF_NO_JITTER:
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
				"%u times it moved faster than 100 m/s",
				s->teleports);
	case SPOOF_FROZEN:
		return snprintf(out, len,
				"%u of %u fixes had exactly the place of the "
				"one before",
				s->frozen_fixes, s->fixes);
	case SPOOF_NO_JITTER:
		return snprintf(out, len,
				"%u of %u fixes lay within a hand's breadth of "
				"the one before",
				(unsigned)s->frozen_fixes + s->tiny_steps,
				s->fixes);
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
		break;
	}
	return snprintf(out, len, "%s", plain_sentence(signal));
}
