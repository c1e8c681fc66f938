/*
 * Each attack begins with a rep who sits at home all day and a phone that sees
 * it, and puts something else in its place.
 */
#include "attack.h"

#include "dice.h"
#include "road.h"

enum {
	BEFORE_S = 600, /* an app is switched on so long before a meeting */
	AFTER_S = 300,
	LATE_S = 3600,
	REPLAY_SHIFT_MAX_S = 240,
	OFF_MARGIN_S = 900,
	STRAIGHT_EARLY_S = 180,
};

static const double STRAIGHT_M_S = 12.0;
static const double CLAIMED_ACCURACY_M = 5.0;

struct scheme {
	struct sighting *out;
	struct attack_acts *acts;
	struct day *day;
	uint64_t seed;
	double noise;
	struct day_spot home;
};

static void
add_act(struct scheme *s, uint32_t at_s, const char *what, const char *value)
{
	struct attack_acts *acts = s->acts;
	if (acts->n < sizeof(acts->acts) / sizeof(acts->acts[0]))
		acts->acts[acts->n++] =
			(struct attack_act){ at_s, what, value };
}

/* ------------------------------------------------------------- what is true */

/* At home from the first second to the last: no meeting was gone to. */
static void stay_at_home(struct scheme *s)
{
	struct day *day = s->day;
	for (uint32_t at_s = day->begins_s; at_s < day->ends_s; at_s++)
		day->steps[at_s] = (struct day_step){
			.east_m = (float)s->home.east_m,
			.north_m = (float)s->home.north_m,
			.surroundings = DAY_INDOOR,
			.is_clear = true,
		};
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		struct day_meeting *m = &day->meetings[i];
		m->was_there = false;
		m->arrived_s = m->departed_s = 0;
		m->expected = VISIT_ELSEWHERE;
		m->story = "stayed at home";
	}
}

static size_t see_home(struct scheme *s)
{
	stay_at_home(s);
	return sight_observe_noisy(s->out, s->day, ~s->seed, s->noise);
}

static void be_late(struct scheme *s)
{
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		struct day_meeting *m = &s->day->meetings[i];
		if (!m->was_there)
			continue;
		m->arrived_s += LATE_S;
		m->departed_s += LATE_S;
		m->expected = VISIT_LATE;
		m->story = "came an hour after that time";
	}
}

/* ------------------------------------------------------------ what is shown */

static size_t show_truth(struct scheme *s)
{
	return sight_observe_noisy(s->out, s->day, s->seed, s->noise);
}

static size_t show_mock(struct scheme *s)
{
	size_t count = show_truth(s);
	for (size_t i = 0; i < count; i++)
		s->out[i].is_mock = true;
	stay_at_home(s);
	return count;
}

/* Started by hand, so some seconds later in the day than it was recorded. */
static size_t show_replay(struct scheme *s)
{
	struct dice dice;
	size_t count = show_truth(s);
	dice_seed(&dice, s->seed, 4711);
	uint32_t shift_s = dice_below(&dice, REPLAY_SHIFT_MAX_S);
	for (size_t i = 0; i < count; i++)
		s->out[i].at_s += shift_s;
	stay_at_home(s);
	return count;
}

static const struct day_meeting *meeting_about(const struct day *day,
					       uint32_t at_s, uint32_t before_s,
					       uint32_t after_s)
{
	for (size_t i = 0; i < DAY_MEETINGS; i++)
		if (at_s + before_s >= day->meetings[i].start_s &&
		    at_s <= day->meetings[i].end_s + after_s)
			return &day->meetings[i];
	return NULL;
}

static void claim(struct sighting *seen, struct day_spot at)
{
	seen->east_m = at.east_m;
	seen->north_m = at.north_m;
	seen->accuracy_m = CLAIMED_ACCURACY_M;
}

static size_t show_constant(struct scheme *s)
{
	size_t count = see_home(s);
	for (size_t i = 0; i < count; i++) {
		const struct day_meeting *m = meeting_about(
			s->day, s->out[i].at_s, BEFORE_S, AFTER_S);
		if (m)
			claim(&s->out[i], m->pin);
	}
	return count;
}

/* Where the ruler goes: to the next pin in time to be early, else home. */
static struct day_spot aim(const struct scheme *s, uint32_t at_s)
{
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		const struct day_meeting *m = &s->day->meetings[i];
		double way_s = road_distance_m(s->home, m->pin) / STRAIGHT_M_S;
		if (meeting_about(s->day, at_s,
				  (uint32_t)way_s + STRAIGHT_EARLY_S, 0) == m)
			return m->pin;
	}
	return s->home;
}

static struct day_spot
towards(struct day_spot from, struct day_spot to, double way_m)
{
	double far_m = road_distance_m(from, to);
	if (far_m <= way_m)
		return to;
	return (struct day_spot){
		from.east_m + (to.east_m - from.east_m) * way_m / far_m,
		from.north_m + (to.north_m - from.north_m) * way_m / far_m,
	};
}

static size_t show_straight(struct scheme *s)
{
	size_t count = see_home(s);
	struct day_spot at = s->home;
	uint32_t before_s = count > 0 ? s->out[0].at_s : 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t at_s = s->out[i].at_s;
		at = towards(at, aim(s, at_s),
			     STRAIGHT_M_S * (double)(at_s - before_s));
		before_s = at_s;
		if (road_distance_m(at, s->home) > 0.0)
			claim(&s->out[i], at);
	}
	return count;
}

static size_t show_late_as_early(struct scheme *s)
{
	size_t count = show_truth(s);
	add_act(s, s->day->begins_s + LATE_S, "wall_clock", "-3600");
	be_late(s);
	return count;
}

static size_t show_nothing(struct scheme *s)
{
	size_t count = see_home(s), kept = 0;
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		add_act(s, s->day->meetings[i].start_s - OFF_MARGIN_S,
			"location", "off");
		add_act(s, s->day->meetings[i].end_s + OFF_MARGIN_S, "location",
			"on");
	}
	for (size_t i = 0; i < count; i++)
		if (!meeting_about(s->day, s->out[i].at_s, OFF_MARGIN_S,
				   OFF_MARGIN_S))
			s->out[kept++] = s->out[i];
	return kept;
}

static size_t show_home_to_two(struct scheme *s)
{
	size_t count = see_home(s);
	add_act(s, s->day->meetings[DAY_MEETINGS / 2].start_s - OFF_MARGIN_S,
		"device", "new");
	return count;
}

static size_t show_home_and_edit(struct scheme *s)
{
	size_t count = see_home(s);
	add_act(s, s->day->ends_s, "disk", "edited");
	return count;
}

static const struct kind {
	const char *name, *story;
	size_t (*show)(struct scheme *scheme);
} KINDS[ATTACKS] = {
	[ATTACK_NONE] = { "none", "an honest day", show_truth },
	[ATTACK_MOCK] = { "mock",
			  "an app makes the visits up; the platform marks it",
			  show_mock },
	[ATTACK_REPLAY] = { "replay",
			    "the honest day of this seed, recorded, is played "
			    "again; no mark",
			    show_replay },
	[ATTACK_CONSTANT] = { "constant",
			      "the pin itself all through a meeting; no mark",
			      show_constant },
	[ATTACK_STRAIGHT] = { "straight",
			      "from home to the pin and back with a ruler; no "
			      "mark",
			      show_straight },
	[ATTACK_CLOCK_BACK] = { "clock-back",
				"an hour late, by a clock that was set back "
				"an hour",
				show_late_as_early },
	[ATTACK_GPS_OFF] = { "gps-off",
			     "location is switched off while the rep is away",
			     show_nothing },
	[ATTACK_CHAIN_CUT] = { "chain-cut",
			       "the phone that saw the absence is put away "
			       "for a new one",
			       show_home_to_two },
	[ATTACK_DISK_EDIT] = { "disk-edit",
			       "the evidence of the absence is changed on the "
			       "phone's disk",
			       show_home_and_edit },
};

const char *attack_name(enum attack attack)
{
	return KINDS[attack].name;
}

const char *attack_story(enum attack attack)
{
	return KINDS[attack].story;
}

size_t attack_observe(struct sighting out[SIGHT_MAX], struct attack_acts *acts,
		      struct day *day, enum attack attack, uint64_t seed,
		      double noise)
{
	const struct day_step *first = &day->steps[day->begins_s];
	struct scheme scheme = {
		.out = out,
		.acts = acts,
		.day = day,
		.seed = seed,
		.noise = noise,
		.home = { (double)first->east_m, (double)first->north_m },
	};
	acts->n = 0;
	return KINDS[attack].show(&scheme);
}
