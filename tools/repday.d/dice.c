/*
 * Splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", OOPSLA 2014) and transforms of it.
 */
#include "dice.h"

#include <math.h>

#include "model/num.h"

static uint64_t next(struct dice *dice)
{
	uint64_t z = dice->state += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

void dice_seed(struct dice *dice, uint64_t seed, uint64_t name)
{
	dice->state = seed;
	dice->state = next(dice) ^ (name * 0xd1342543de82ef95);
	dice->state = next(dice);
}

double dice_share(struct dice *dice)
{
	return (double)(next(dice) >> 11) / 9007199254740992.0;
}

double dice_between(struct dice *dice, double lo, double hi)
{
	return lo + (hi - lo) * dice_share(dice);
}

uint32_t dice_below(struct dice *dice, uint32_t count)
{
	return (uint32_t)(dice_share(dice) * count);
}

bool dice_chance(struct dice *dice, double probability)
{
	return dice_share(dice) < probability;
}

double dice_gauss(struct dice *dice)
{
	double length = sqrt(-2.0 * num_ln(1.0 - dice_share(dice)));
	return length * num_cos(2.0 * NUM_PI * dice_share(dice));
}

double dice_wait(struct dice *dice, double mean)
{
	return -mean * num_ln(1.0 - dice_share(dice));
}

void dice_around(struct dice *dice, double lo, double hi, double *east,
		 double *north)
{
	double distance = dice_between(dice, lo, hi);
	double bearing = dice_between(dice, 0.0, NUM_PI);
	*north = distance * num_cos(bearing);
	*east = distance * sqrt(1.0 - num_cos(bearing) * num_cos(bearing));
	if (dice_chance(dice, 0.5))
		*east = -*east;
}
