/*
 * A day is a shuffled list of stories, each lived on the road after the one
 * before. A plan is made around what will happen, on the five minutes, as
 * people plan; a day in which chance blurred a story is thrown away and drawn
 * again.
 */
#include "day.h"

#include <stdio.h>
#include <string.h>

#include "road.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum {
	LEAVES_HOME_S = 28200, /* 07:50 */
	FIRST_START_S = 30600, /* 08:30 */
	BETWEEN_PLANS_S = 600,
	OFF_MARGIN_S = 1200,   /* GPS is off so long before and after */
	LONGEST_DAY_S = 48600, /* 9,720 fixes */
	CITY_M = 4000,	       /* half the side */
	BLOCK_M = 100,
	DOORS_APART_M = 1500,
	DOORS_REACH_M = 5500,
	ASIDE_M = 1000, /* from every door, for stays that mean nothing */
	TRIES = 1000,
};

struct range {
	int32_t lo, hi;
};

static const char *const FIRMS[] = {
	"Alderbrook Dental",   "Brightwater Clinic", "Copperfield Print",
	"Dovetail Joinery",    "Elmstead Pharmacy",  "Fennimore Optics",
	"Greywick Bakery",     "Hollin & Daughters", "Ironbridge Tools",
	"Juniper Gardens",     "Kestrel Couriers",   "Larkhill School",
	"Mapleton Motors",     "Northgate Veterans", "Oxbow Brewery",
	"Pemberly Textiles",   "Quillfeather Books", "Rookwood Hotel",
	"Saltmarsh Fisheries", "Thornbury Glass",    "Underhill Cellars",
	"Vantage Surveyors",   "Whitlow Windows",    "Yarrow Veterinary",
};
static const char *const STREETS[] = {
	"Abbey Lane",	  "Birch Row",	  "Canal Parade",  "Dyer Street",
	"Exchange Place", "Ferry Road",	  "Granary Wharf", "Harbour Walk",
	"Inkerman Way",	  "Jubilee Yard", "Kiln Street",   "Ladder Lane",
};
static const char *const MATTERS[] = {
	"Yearly contract", "First visit",  "Offer",   "Complaint",
	"Demonstration",   "Price review", "Reorder", "New range",
};

/* ---------------------------------------------------------------- stories */

struct tale {
	struct road road;
	struct day *day;
	size_t number;	     /* of the meeting being lived */
	uint32_t earliest_s; /* planned start */
};

static int32_t draw(struct tale *tale, struct range range)
{
	return (int32_t)dice_between(&tale->road.dice, range.lo, range.hi);
}

/* A moment about another one. */
static int64_t
draw_after(struct tale *tale, uint32_t moment_s, struct range range)
{
	return (int64_t)moment_s + draw(tale, range);
}

/* A street corner that lies ASIDE_M from every door. */
static struct day_spot corner_aside(struct tale *tale)
{
	const struct day_meeting *meetings = tale->day->meetings;
	struct day_spot spot = { 0 };
	for (int i = 0; i < TRIES; i++) {
		uint32_t blocks = 2 * CITY_M / BLOCK_M + 1;
		struct dice *dice = &tale->road.dice;
		spot.east_m =
			(double)dice_below(dice, blocks) * BLOCK_M - CITY_M;
		spot.north_m =
			(double)dice_below(dice, blocks) * BLOCK_M - CITY_M;
		bool is_aside = true;
		for (size_t k = 0; k < DAY_MEETINGS; k++)
			is_aside &= road_distance_m(spot, meetings[k].door) >=
				    ASIDE_M;
		if (is_aside)
			break;
	}
	return spot;
}

static struct day_spot
spot_near(struct tale *tale, struct day_spot of, double lo_m, double hi_m)
{
	struct day_spot spot;
	dice_around(&tale->road.dice, lo_m, hi_m, &spot.east_m, &spot.north_m);
	spot.east_m += of.east_m;
	spot.north_m += of.north_m;
	return spot;
}

/* Plans the start so that who could be there at ready_s is there offset_s
 * after it; returns how long there is to wait. */
static uint32_t plan_start(struct tale *tale, uint32_t ready_s,
			   int32_t offset_s, uint32_t length_s)
{
	struct day_meeting *m = &tale->day->meetings[tale->number];
	int64_t start_s = (int64_t)ready_s - offset_s;
	if (start_s < tale->earliest_s)
		start_s = tale->earliest_s;
	start_s = (start_s + 299) / 300 * 300;
	m->start_s = (uint32_t)start_s;
	m->end_s = m->start_s + length_s;
	return (uint32_t)(start_s + offset_s - ready_s);
}

static void stay_until(struct road *road, int64_t until_s)
{
	if (until_s > road->now_s)
		road_linger(road, (uint32_t)(until_s - road->now_s), 12.0);
}

/* How a meeting is gone to: seconds after the planned start, and either how
 * long at the door or, if 0, until how long after the planned end. */
struct visit_habit {
	struct range arrives, stays, leaves;
	struct range length; /* of the plan, in quarters of an hour */
	bool is_clear;	     /* seen without a gap all the time */
};

/* From the car park to the door. */
static void enter(struct road *road, struct day_spot parking,
		  struct day_spot door, uint32_t sits_s)
{
	road->is_clear = true;
	road_drive(road, parking);
	road_stay(road, sits_s, road->city);
	road_walk(road, door);
}

static void attend(struct tale *tale, const struct visit_habit *habit)
{
	struct day_meeting *m = &tale->day->meetings[tale->number];
	struct road *road = &tale->road;
	struct day_spot parking = spot_near(tale, m->door, 15.0, 120.0);
	uint32_t sits_s = (uint32_t)draw(tale, (struct range){ 20, 90 });
	uint32_t length_s = 900 * (uint32_t)draw(tale, habit->length);
	int32_t offset_s = draw(tale, habit->arrives);
	road_drive(road, corner_aside(tale));

	struct road probe = *road;
	probe.day = NULL;
	enter(&probe, parking, m->door, sits_s);
	road_stay(road, plan_start(tale, probe.now_s, offset_s, length_s),
		  road->city);
	enter(road, parking, m->door, sits_s);

	m->was_there = true;
	m->arrived_s = road->now_s;
	int64_t until_s = habit->stays.hi
				  ? draw_after(tale, m->arrived_s, habit->stays)
				  : draw_after(tale, m->end_s, habit->leaves);
	stay_until(road, m->arrived_s + 240);
	road->is_clear = habit->is_clear;
	stay_until(road, until_s - 240);
	road->is_clear = true;
	stay_until(road, until_s);
	m->departed_s = road->now_s;
	road_walk(road, parking);
	road_stay(road, (uint32_t)draw(tale, (struct range){ 20, 120 }),
		  road->city);
	road->is_clear = false;
}

static void attend_in_time(struct tale *tale)
{
	attend(tale, &(struct visit_habit){ .arrives = { -300, 150 },
					    .leaves = { -300, 240 },
					    .length = { 2, 5 } });
}

static void attend_late(struct tale *tale)
{
	attend(tale, &(struct visit_habit){ .arrives = { 1140, 1560 },
					    .leaves = { 0, 300 },
					    .length = { 4, 5 } });
}

static void attend_shortly(struct tale *tale)
{
	tale->day->meetings[tale->number].min_dwell_s = 1200;
	attend(tale, &(struct visit_habit){ .arrives = { -240, 120 },
					    .stays = { 270, 330 },
					    .length = { 2, 3 },
					    .is_clear = true });
}

static void sit_nearby(struct tale *tale)
{
	struct day_meeting *m = &tale->day->meetings[tale->number];
	struct road *road = &tale->road;
	struct day_spot cafe = spot_near(tale, m->pin, 270.0, 390.0);
	int32_t offset_s = draw(tale, (struct range){ -240, 120 });
	road_drive(road, corner_aside(tale));

	struct road probe = *road;
	probe.day = NULL;
	road_drive(&probe, cafe);
	road_stay(road, plan_start(tale, probe.now_s, offset_s, 2700),
		  road->city);
	road_drive(road, cafe);
	stay_until(road,
		   draw_after(tale, m->end_s, (struct range){ -300, 60 }));
}

static void sit_elsewhere(struct tale *tale)
{
	struct day_meeting *m = &tale->day->meetings[tale->number];
	struct road *road = &tale->road;
	road_drive(road, corner_aside(tale));
	int32_t offset_s = draw(tale, (struct range){ -600, -300 });
	uint32_t early_s = plan_start(tale, road->now_s, offset_s, 2700);
	road->is_clear = true;
	stay_until(road, road->now_s + early_s);
	stay_until(road,
		   draw_after(tale, m->end_s, (struct range){ 120, 600 }));
	road->is_clear = false;
}

/* On the road all the time, once past the house without stopping. */
static void drive_past(struct tale *tale)
{
	struct day_meeting *m = &tale->day->meetings[tale->number];
	struct road *road = &tale->road;
	road_drive(road, corner_aside(tale));
	int32_t offset_s = draw(tale, (struct range){ -300, -120 });
	road_stay(road, plan_start(tale, road->now_s, offset_s, 1800),
		  road->city);
	road->no_wait = &m->door;
	road->is_fast = road->is_clear = true;
	road->city = DAY_OPEN;
	road_drive(road, corner_aside(tale));
	road_drive(road, spot_near(tale, m->door, 60.0, 110.0));
	while (road->now_s < m->end_s + 300)
		road_drive(road, corner_aside(tale));
	road->is_fast = road->is_clear = false;
	road->no_wait = NULL;
}

static const struct story {
	enum visit_word word;
	void (*live)(struct tale *tale);
	const char *sentence;
} STORIES[DAY_MEETINGS] = {
	{ VISIT_PRESENT, attend_in_time, "came in time and stayed" },
	{ VISIT_PRESENT, attend_in_time, "came in time and stayed" },
	{ VISIT_LATE, attend_late, "came late and stayed" },
	{ VISIT_SHORT, attend_shortly, "came in time and soon left" },
	{ VISIT_NEARBY, sit_nearby, "sat in a cafe round the corner" },
	{ VISIT_ELSEWHERE, sit_elsewhere, "sat in another part of town" },
	{ VISIT_ABSENT, drive_past, "drove about, and once past the house" },
	{ VISIT_NO_DATA, attend_in_time, "was there, with the GPS off" },
};

/* ------------------------------------------------------------ preparations */

static void shuffle(struct dice *dice, uint8_t *order, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		order[i] = (uint8_t)i;
	for (uint32_t i = count; i > 1; i--) {
		uint32_t k = dice_below(dice, i);
		uint8_t held = order[i - 1];
		order[i - 1] = order[k];
		order[k] = held;
	}
}

static bool
is_place_for(const struct day *day, size_t number, struct day_spot door)
{
	for (size_t i = 0; i < number; i++)
		if (road_distance_m(day->meetings[i].door, door) <
		    DOORS_APART_M)
			return false;
	return number == 0 || road_distance_m(day->meetings[number - 1].door,
					      door) <= DOORS_REACH_M;
}

/* Names and doors; false if the city has no room for one more. */
static bool found_firms(struct tale *tale)
{
	struct dice *dice = &tale->road.dice;
	uint8_t firms[ARRAY_LEN(FIRMS)];
	shuffle(dice, firms, ARRAY_LEN(FIRMS));
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		struct day_meeting *m = &tale->day->meetings[i];
		const char *firm = FIRMS[firms[i]];
		int tries = 0;
		do {
			uint32_t blocks = 2 * CITY_M / BLOCK_M + 1;
			m->door.east_m =
				(double)dice_below(dice, blocks) * BLOCK_M -
				CITY_M;
			m->door.north_m =
				(double)dice_below(dice, blocks) * BLOCK_M -
				CITY_M;
		} while (!is_place_for(tale->day, i, m->door) &&
			 ++tries < TRIES);
		if (tries == TRIES)
			return false;
		m->pin = spot_near(tale, m->door, 3.0, 35.0);
		m->radius_m = VISIT_RADIUS_DEFAULT_M;
		m->min_dwell_s = VISIT_MIN_DWELL_DEFAULT_S;
		snprintf(m->place, sizeof(m->place), "%s; %s %u", firm,
			 STREETS[dice_below(dice, ARRAY_LEN(STREETS))],
			 1 + dice_below(dice, 98));
		snprintf(m->subject, sizeof(m->subject), "%s: %s",
			 MATTERS[dice_below(dice, ARRAY_LEN(MATTERS))], firm);
	}
	return true;
}

static void live_all(struct tale *tale)
{
	struct day *day = tale->day;
	struct road *road = &tale->road;
	uint8_t order[DAY_MEETINGS];
	shuffle(&road->dice, order, DAY_MEETINGS);
	tale->earliest_s = FIRST_START_S;
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		const struct story *story = &STORIES[order[i]];
		struct day_meeting *m = &day->meetings[i];
		bool is_off = story->word == VISIT_NO_DATA;
		if (is_off && i > 0)
			tale->earliest_s += OFF_MARGIN_S;
		tale->number = i;
		m->expected = story->word;
		m->story = story->sentence;
		uint32_t share = dice_below(&road->dice, 10);
		road->city = share < 3	 ? DAY_OPEN
			     : share < 8 ? DAY_URBAN
					 : DAY_CANYON;
		story->live(tale);
		tale->earliest_s = m->end_s + BETWEEN_PLANS_S;
		if (is_off)
			tale->earliest_s += OFF_MARGIN_S + VISIT_MARGIN_S;
	}
}

static void switch_off(struct day *day)
{
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		const struct day_meeting *m = &day->meetings[i];
		if (m->expected != VISIT_NO_DATA)
			continue;
		for (uint32_t s = m->start_s - OFF_MARGIN_S;
		     s < m->end_s + OFF_MARGIN_S && s < DAY_S; s++)
			day->steps[s].is_off = true;
	}
}

/* --------------------------------------------------------------- clear-cut */

static double
distance_at(const struct day *day, const struct day_meeting *m, uint32_t at_s)
{
	struct day_spot at = { (double)day->steps[at_s].east_m,
			       (double)day->steps[at_s].north_m };
	return road_distance_m(at, m->pin);
}

/* Seconds within reach_m of a meeting's pin while it matters, those of the
 * stay itself left out. */
static uint32_t seconds_close(const struct day *day,
			      const struct day_meeting *m, double reach_m)
{
	uint32_t margin_s = VISIT_MARGIN_S + 300, count = 0;
	uint32_t from_s = m->start_s - margin_s, to_s = m->end_s + margin_s;
	for (uint32_t s = from_s; s < to_s; s++) {
		if (s < day->begins_s || s >= day->ends_s ||
		    (m->was_there && s + 420 >= m->arrived_s &&
		     s <= m->departed_s + 420))
			continue;
		count += distance_at(day, m, s) < reach_m;
	}
	return count;
}

/* Nobody could argue about the word of this meeting. */
static bool is_plain(const struct day *day, const struct day_meeting *m)
{
	/* Between 2 km and further, a stay elsewhere is told by two means. */
	double clip_m = TICK_CLIP_DM / 10.0, off_m;

	switch (m->expected) {
	case VISIT_ABSENT:
		/* Past the house once, and not through the door. */
		return seconds_close(day, m, 50.0) == 0 &&
		       seconds_close(day, m, 600.0) <= 130;
	case VISIT_ELSEWHERE:
		off_m = distance_at(day, m, m->start_s) - clip_m;
		return (off_m < -200.0 || off_m > 200.0) &&
		       seconds_close(day, m, 200.0) == 0;
	case VISIT_PRESENT:
	case VISIT_LATE:
	case VISIT_SHORT:
	case VISIT_NEARBY:
	case VISIT_NO_DATA:
		break;
	}
	return seconds_close(day, m, 200.0) == 0;
}

static bool is_clear_cut(const struct day *day)
{
	if (day->ends_s - day->begins_s > LONGEST_DAY_S || day->ends_s > DAY_S)
		return false;
	for (size_t i = 0; i < DAY_MEETINGS; i++)
		if (!is_plain(day, &day->meetings[i]))
			return false;
	return true;
}

static bool live_once(struct day *day, uint64_t seed, uint64_t attempt)
{
	struct tale tale = { .day = day, .road = { .day = day } };
	struct road *road = &tale.road;
	dice_seed(&road->dice, seed, attempt);
	memset(day, 0, sizeof(*day));
	if (!found_firms(&tale))
		return false;
	struct day_spot home = corner_aside(&tale);
	road->at = home;
	road->city = DAY_URBAN;
	road->now_s = day->begins_s = LEAVES_HOME_S;
	road_stay(road, 600, DAY_INDOOR);
	live_all(&tale);
	road_drive(road, home);
	/* Until the last window's margin has passed. */
	const struct day_meeting *last = &day->meetings[DAY_MEETINGS - 1];
	uint32_t over_s = last->end_s + OFF_MARGIN_S + 600;
	road_stay(road, 600, DAY_INDOOR);
	stay_until(road, over_s);
	day->ends_s = road->now_s;
	switch_off(day);
	return is_clear_cut(day);
}

bool day_live(struct day *day, uint64_t seed)
{
	for (uint64_t attempt = 0; attempt < TRIES; attempt++)
		if (live_once(day, seed, attempt))
			return true;
	return false;
}
