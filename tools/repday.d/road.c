/* L-shaped trips at one speed, with waits; slow wandering inside a room. */
#include "road.h"

#include <math.h>

#include "model/num.h"

/* How one gets about: the waits are lights for a car, kerbs on foot. */
struct gait {
	double speed_m_s;
	double wait_chance; /* a second */
	double wait_lo_s, wait_hi_s;
};

static const struct gait CAR = { 9.0, 1.0 / 60.0, 10.0, 75.0 };
static const struct gait FAST_CAR = { 15.0, 1.0 / 120.0, 10.0, 45.0 };
static const struct gait FOOT = { 1.3, 1.0 / 120.0, 5.0, 40.0 };

double road_distance_m(struct day_spot a, struct day_spot b)
{
	double east_m = a.east_m - b.east_m, north_m = a.north_m - b.north_m;
	return sqrt(east_m * east_m + north_m * north_m);
}

static void
step(struct road *road, struct day_spot at, enum day_surroundings surroundings)
{
	road->at = at;
	if (road->day && road->now_s < DAY_S)
		road->day->steps[road->now_s] = (struct day_step){
			.east_m = (float)at.east_m,
			.north_m = (float)at.north_m,
			.surroundings = (uint8_t)surroundings,
			.is_clear = road->is_clear,
		};
	road->now_s++;
}

void road_stay(struct road *road, uint32_t seconds,
	       enum day_surroundings surroundings)
{
	for (uint32_t i = 0; i < seconds; i++)
		step(road, road->at, surroundings);
}

void road_linger(struct road *road, uint32_t seconds, double room_m)
{
	struct day_spot middle = road->at;
	double whole = 2.0 * NUM_PI;
	for (uint32_t i = 0; i < seconds; i++) {
		/* Two slow swings that share no period. */
		double slow = 0.0007 * i, fast = 0.002 * i;
		slow -= whole * floor(slow / whole);
		fast -= whole * floor(fast / whole);
		struct day_spot at = {
			middle.east_m + room_m * (1.0 - num_cos(slow)) / 2.0,
			middle.north_m + room_m * (1.0 - num_cos(fast)) / 2.0,
		};
		step(road, at, DAY_INDOOR);
	}
	road->at = middle;
}

static bool may_wait(const struct road *road)
{
	return !road->no_wait ||
	       road_distance_m(road->at, *road->no_wait) > ROAD_NO_WAIT_M;
}

static void
go_straight(struct road *road, struct day_spot to, const struct gait *gait)
{
	struct day_spot from = road->at;
	double length_m = road_distance_m(from, to);
	uint32_t steps = (uint32_t)(length_m / gait->speed_m_s) + 1;
	if (length_m < 1.0)
		return;
	for (uint32_t i = 1; i <= steps; i++) {
		double share = (double)i / steps;
		struct day_spot at = {
			from.east_m + (to.east_m - from.east_m) * share,
			from.north_m + (to.north_m - from.north_m) * share,
		};
		step(road, at, road->city);
		if (dice_chance(&road->dice, gait->wait_chance) &&
		    may_wait(road))
			road_stay(road,
				  (uint32_t)dice_between(&road->dice,
							 gait->wait_lo_s,
							 gait->wait_hi_s),
				  road->city);
	}
}

static void go(struct road *road, struct day_spot to, const struct gait *gait)
{
	struct day_spot corner = { to.east_m, road->at.north_m };
	if (dice_chance(&road->dice, 0.5))
		corner = (struct day_spot){ road->at.east_m, to.north_m };
	go_straight(road, corner, gait);
	go_straight(road, to, gait);
}

void road_drive(struct road *road, struct day_spot to)
{
	go(road, to, road->is_fast ? &FAST_CAR : &CAR);
}

void road_walk(struct road *road, struct day_spot to)
{
	go(road, to, &FOOT);
}
