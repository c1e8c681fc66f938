/* A rep's way to a meeting, and a phone's errors on it; see life.h. */
#include "life.h"

#include <math.h>
#include <string.h>

#include "model/num.h"

static const int64_t FIRST_DAY_US = (int64_t)1767250800 * 1000000;
static const double HOME_M = 3000.0, CAR_M_S = 9.0, WALK_M_S = 1.3;

/* Error of one dimension, how long it lasts, wild fixes, gaps in ten
 * minutes. */
static const struct {
	double sigma_m, memory_s, wild, gaps;
} GROUNDS[] = {
	[LIFE_OPEN] = { 4.0, 60.0, 0.0005, 0.02 },
	[LIFE_TOWN] = { 9.0, 60.0, 0.002, 0.05 },
	[LIFE_CANYON] = { 20.0, 90.0, 0.006, 0.10 },
	[LIFE_INDOOR] = { 17.0, 120.0, 0.004, 0.25 },
};

/* --- the truth ------------------------------------------------------------ */

static void add_leg(struct life *life, const double to_m[2], int seconds,
		    enum life_ground ground)
{
	struct life_leg *leg = &life->legs[life->n_legs++];
	const double *from_m = life->n_legs > 1 ? leg[-1].to_m : to_m;
	if (seconds < 1)
		seconds = 1;
	*leg = (struct life_leg){ .seconds = seconds, .ground = ground };
	memcpy(leg->from_m, from_m, sizeof(leg->from_m));
	memcpy(leg->to_m, to_m, sizeof(leg->to_m));
	life->length_s += seconds;
}

static void
wait_here(struct life *life, double seconds, enum life_ground ground)
{
	double here_m[2];
	memcpy(here_m, life->legs[life->n_legs - 1].to_m, sizeof(here_m));
	add_leg(life, here_m, (int)seconds, ground);
}

/* Round a corner, perhaps with a light at it. */
static void travel(struct life *life, const double to_m[2], double speed_m_s,
		   bool has_light)
{
	const double *from_m = life->legs[life->n_legs - 1].to_m;
	const double corner_m[2] = { to_m[0], from_m[1] };
	double across_m = fabs(to_m[0] - from_m[0]);
	double along_m = fabs(to_m[1] - from_m[1]);
	add_leg(life, corner_m, (int)(across_m / speed_m_s), life->city);
	if (has_light && dice_chance(&life->dice, 0.7))
		wait_here(life, dice_between(&life->dice, 10.0, 75.0),
			  life->city);
	add_leg(life, to_m, (int)(along_m / speed_m_s), life->city);
}

static void go_in(struct life *life, double dwell_s)
{
	struct dice *dice = &life->dice;
	double parked_m[2], seat_m[2];
	const double door_m[2] = { 0.0, 0.0 };
	dice_around(dice, 15.0, 130.0, &parked_m[0], &parked_m[1]);
	dice_around(dice, 3.0, 20.0, &seat_m[0], &seat_m[1]);
	travel(life, parked_m, CAR_M_S, true);
	wait_here(life, dice_between(dice, 20.0, 90.0), life->city);
	travel(life, door_m, WALK_M_S, false);
	life->arrival_s = life->length_s;
	add_leg(life, seat_m, 10, LIFE_INDOOR);
	wait_here(life, dwell_s - 20.0, LIFE_INDOOR);
	add_leg(life, door_m, 10, LIFE_INDOOR);
	life->departure_s = life->length_s;
	travel(life, parked_m, WALK_M_S, false);
	wait_here(life, dice_between(dice, 20.0, 120.0), life->city);
}

static double dwell_of(struct life *life)
{
	if (life->kind == LIFE_SHORT)
		return dice_between(&life->dice, 60.0, 170.0);
	return num_clamp(num_exp(7.186 + 0.6 * dice_gauss(&life->dice)), 360.0,
			 5400.0); /* about 22 min */
}

static void plan_about(struct life *life, int arrival_s, double dwell_s)
{
	struct dice *dice = &life->dice;
	double early_s = life->kind == LIFE_LATE
				 ? dice_between(dice, -1500.0, -900.0)
				 : dice_between(dice, -300.0, 600.0);
	int64_t quarters = (int64_t)(dwell_s / 900.0) + 1;
	double pin_m[2];
	life->plan.start_us =
		life->began_us + (int64_t)(arrival_s + early_s) * 1000000;
	life->plan.end_us = life->plan.start_us +
			    (quarters < 2 ? 2 : quarters) * 900 * 1000000;
	/* Address books are off by some 22 m: normal in both directions. */
	pin_m[0] = 18.0 * dice_gauss(dice);
	pin_m[1] = 18.0 * dice_gauss(dice);
	life->plan.pin = (struct geo_pin){
		(int32_t)num_round(523700000.0 + pin_m[1] * 89.93, 0,
				   900000000),
		(int32_t)num_round(49000000.0 + pin_m[0] * 147.3, 0, 900000000),
	};
}

static void live(struct life *life)
{
	struct dice *dice = &life->dice;
	double home_m[2], there_m[2];
	double dwell_s = dwell_of(life);
	dice_around(dice, HOME_M, HOME_M + 1.0, &home_m[0], &home_m[1]);
	const double next_m[2] = { -home_m[0], home_m[1] };
	add_leg(life, home_m, life->kind == LIFE_LATE ? 1500 : 600,
		LIFE_INDOOR);
	switch (life->kind) {
	case LIFE_PRESENT:
	case LIFE_LATE:
	case LIFE_SHORT:
		go_in(life, dwell_s);
		plan_about(life, life->arrival_s, dwell_s);
		break;
	case LIFE_CAFE:
		dice_around(dice, 200.0, 450.0, &there_m[0], &there_m[1]);
		travel(life, there_m, CAR_M_S, true);
		plan_about(life, life->length_s, dwell_s);
		wait_here(life, dwell_s, LIFE_INDOOR);
		break;
	case LIFE_DRIVEBY:
		dice_around(dice, 0.0, 40.0, &there_m[0], &there_m[1]);
		travel(life, there_m, CAR_M_S, true);
		plan_about(life, life->length_s, dwell_s);
		wait_here(life, dice_between(dice, 0.0, 90.0), life->city);
		break;
	case LIFE_PARKED:
		dice_around(dice, 40.0, 120.0, &there_m[0], &there_m[1]);
		travel(life, there_m, CAR_M_S, true);
		plan_about(life, life->length_s, dwell_s);
		wait_here(life, dwell_s, life->city);
		break;
	case LIFE_NO_SHOW:
		wait_here(life, dwell_s, LIFE_INDOOR);
		plan_about(life, 600, dwell_s);
		break;
	}
	if (life->kind != LIFE_NO_SHOW) {
		travel(life, next_m, CAR_M_S, true);
		wait_here(life, life->kind == LIFE_DRIVEBY ? dwell_s : 0.0,
			  LIFE_INDOOR);
	}
	wait_here(life, 600.0, LIFE_INDOOR);
}

void life_begin(struct life *life, uint64_t seed, enum life_phone phone)
{
	*life = (struct life){ .phone = phone,
			       .arrival_s = -1,
			       .departure_s = -1,
			       .boost = 1.0,
			       .is_fresh = true };
	dice_seed(&life->dice, seed, 1);
	life->kind = (enum life_kind)(seed % LIFE_KINDS);
	double city = dice_share(&life->dice);
	life->city = city < 0.3	  ? LIFE_OPEN
		     : city < 0.8 ? LIFE_TOWN
				  : LIFE_CANYON;
	life->began_us = FIRST_DAY_US + (int64_t)(seed % 1000) * 86400000000;
	life->plan.radius_m = VISIT_RADIUS_DEFAULT_M;
	life->plan.min_dwell_s = VISIT_MIN_DWELL_DEFAULT_S;
	live(life);
	dice_seed(&life->dice, seed, 2 + (uint64_t)phone);
}

/* --- what is seen --------------------------------------------------------- */

static void enter_leg(struct life *life)
{
	struct dice *dice = &life->dice;
	enum life_ground ground = life->legs[life->leg].ground;
	bool is_same = life->leg > 0 &&
		       life->legs[life->leg - 1].ground == ground;
	if (is_same && life->sigma_m > 0.0)
		return;
	life->sigma_m = GROUNDS[ground].sigma_m *
			num_exp(0.45 * dice_gauss(dice)) *
			(life->phone == LIFE_NOISY ? 2.0 : 1.0);
	/* Networks' places instead of satellites'. */
	if (ground == LIFE_INDOOR && dice_chance(dice, 0.15))
		life->sigma_m *= 2.5;
}

static void drift(struct life *life, double memory_s)
{
	double keep = num_exp(-1.0 / memory_s);
	double kick_m = life->sigma_m * sqrt(1.0 - keep * keep);
	for (int axis = 0; axis < 2; axis++)
		life->error_m[axis] = keep * life->error_m[axis] +
				      kick_m * dice_gauss(&life->dice);
}

/* Whether the phone has a fix in this second. */
static bool sees(struct life *life, enum life_ground ground)
{
	struct dice *dice = &life->dice;
	if (life->gap_s > 0) {
		life->gap_s--;
		life->boost = 3.0;
		return false;
	}
	double gaps = GROUNDS[ground].gaps;
	if (life->phone == LIFE_BLIND && ground == LIFE_INDOOR)
		gaps = 6.0;
	if (dice_chance(dice, gaps / 600.0))
		life->gap_s = (int)dice_wait(dice, 240.0) + 30;
	return life->phone != LIFE_DUTY || life->at_s % 180 < 10;
}

static void spoil(struct life *life, enum life_ground ground, double seen_m[2],
		  double *accuracy_m)
{
	struct dice *dice = &life->dice;
	double off_m[2];
	if (dice_chance(dice, GROUNDS[ground].wild)) {
		dice_around(dice, 60.0, 600.0, &off_m[0], &off_m[1]);
		seen_m[0] += off_m[0];
		seen_m[1] += off_m[1];
		if (dice_chance(dice, 0.5))
			*accuracy_m = 200.0;
	}
	if (life->phone == LIFE_COLD && life->at_s - life->last_seen_s > 60) {
		dice_around(dice, 80.0, 400.0, &off_m[0], &off_m[1]);
		seen_m[0] += off_m[0];
		seen_m[1] += off_m[1];
		*accuracy_m = dice_between(dice, 60.0, 400.0);
	}
	if (life->phone == LIFE_FROZEN && ground == LIFE_INDOOR) {
		if (!life->is_fresh)
			memcpy(seen_m, life->frozen_m, sizeof(life->frozen_m));
		life->is_fresh = dice_chance(dice, 0.01);
	} else {
		life->is_fresh = true;
	}
	memcpy(life->frozen_m, seen_m, sizeof(life->frozen_m));
}

bool life_next(struct life *life, struct fix *fix, bool *is_seen)
{
	if (life->leg == life->n_legs)
		return false;
	if (life->in_leg_s == 0)
		enter_leg(life);
	const struct life_leg *leg = &life->legs[life->leg];
	double share = (double)life->in_leg_s / (double)leg->seconds;
	double seen_m[2];
	drift(life, GROUNDS[leg->ground].memory_s);
	*is_seen = sees(life, leg->ground);
	if (*is_seen) {
		double accuracy_m = 1.515 * life->sigma_m * life->boost *
				    num_exp(0.35 * dice_gauss(&life->dice));
		life->boost = num_clamp(life->boost * 0.93, 1.0, 3.0);
		for (int axis = 0; axis < 2; axis++)
			seen_m[axis] =
				leg->from_m[axis] +
				share * (leg->to_m[axis] - leg->from_m[axis]) +
				life->error_m[axis] * life->boost;
		spoil(life, leg->ground, seen_m, &accuracy_m);
		*fix = (struct fix){
			.time_us =
				life->began_us + (int64_t)life->at_s * 1000000,
			.lat_deg = 52.37 + seen_m[1] * 8.993e-6,
			.lon_deg = 4.90 + seen_m[0] * 1.473e-5,
			.accuracy_m = num_clamp(accuracy_m, 3.0, 1000.0),
		};
		/* Fixes far off go on for some seconds after the first. */
		if (life->phone != LIFE_COLD || dice_chance(&life->dice, 0.2))
			life->last_seen_s = life->at_s;
	}
	life->at_s++;
	if (++life->in_leg_s == leg->seconds) {
		life->in_leg_s = 0;
		life->leg++;
	}
	return true;
}
