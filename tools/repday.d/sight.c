/* First-order autoregressive errors, drawn anew where surroundings change. */
#include "sight.h"

#include <math.h>

#include "model/num.h"

/* What surroundings do to a fix. */
struct haze {
	double sigma_m;	 /* on each axis */
	double lasts_s;	 /* correlation time */
	double outliers; /* chance a fix */
	double gaps;	 /* chance in ten minutes */
};

static const struct haze HAZE[DAY_SURROUNDINGS] = {
	[DAY_OPEN] = { 4.0, 60.0, 0.0005, 0.02 },
	[DAY_URBAN] = { 9.0, 60.0, 0.002, 0.05 },
	[DAY_CANYON] = { 20.0, 90.0, 0.006, 0.10 },
	[DAY_INDOOR] = { 17.0, 120.0, 0.004, 0.25 },
};

/* For a radius of 68 %: sqrt(2 ln(1 / 0.32)). */
static const double RADIUS_68 = 1.515;
/* Longer gaps and worse rooms exist; they are left to the benches of the
 * detector, since a day must be one that nobody could argue about. */
static const double GAP_MAX_S = 360.0;
static const double SPREAD_LIMIT = 1.6;

struct view {
	struct dice dice;
	enum day_surroundings surroundings;
	struct haze haze;
	double sigma_m, keep, kick_m;
	double error_east_m, error_north_m;
	uint32_t blind_until_s;
	double boost; /* the first fixes after a gap are worse */
	double noise; /* times the usual errors */
};

static void enter_surroundings(struct view *view, enum day_surroundings s)
{
	double spread = num_exp(0.45 * dice_gauss(&view->dice));
	view->surroundings = s;
	view->haze = HAZE[s];
	view->sigma_m = view->noise * view->haze.sigma_m *
			num_clamp(spread, 1.0 / SPREAD_LIMIT, SPREAD_LIMIT);
	view->keep = num_exp(-SIGHT_EVERY_S / view->haze.lasts_s);
	view->kick_m = view->sigma_m * sqrt(1.0 - view->keep * view->keep);
}

static void wander(struct view *view)
{
	view->error_east_m = view->keep * view->error_east_m +
			     view->kick_m * dice_gauss(&view->dice);
	view->error_north_m = view->keep * view->error_north_m +
			      view->kick_m * dice_gauss(&view->dice);
}

/* A wild fix: far off, and only every other one admits it. */
static void stray(struct view *view, struct sighting *seen)
{
	double far = num_exp(-num_ln(1.0 - dice_share(&view->dice)) / 1.5);
	double jump_m = num_clamp((far - 1.0) * 100.0 + 60.0, 60.0, 3000.0);
	double east_m, north_m;
	dice_around(&view->dice, jump_m, jump_m, &east_m, &north_m);
	seen->east_m += east_m;
	seen->north_m += north_m;
	if (dice_chance(&view->dice, 0.5) && seen->accuracy_m < 0.4 * jump_m)
		seen->accuracy_m = 0.4 * jump_m;
}

/* False where the phone sees nothing. */
static bool look(struct view *view, struct sighting *seen,
		 const struct day_step *step, uint32_t at_s)
{
	if (step->surroundings != view->surroundings)
		enter_surroundings(view,
				   (enum day_surroundings)step->surroundings);
	wander(view);
	if (step->is_clear)
		view->blind_until_s = 0;
	if (step->is_off || at_s < view->blind_until_s) {
		view->boost = 3.0;
		return false;
	}
	if (!step->is_clear &&
	    dice_chance(&view->dice, view->haze.gaps * SIGHT_EVERY_S / 600.0)) {
		double blind_s = 30.0 + dice_wait(&view->dice, 240.0);
		view->blind_until_s =
			at_s + (uint32_t)num_clamp(blind_s, 30.0, GAP_MAX_S);
	}
	view->boost = num_clamp(view->boost * 0.7, 1.0, 3.0);
	*seen = (struct sighting){
		.at_s = at_s,
		.east_m =
			(double)step->east_m + view->error_east_m * view->boost,
		.north_m = (double)step->north_m +
			   view->error_north_m * view->boost,
		.accuracy_m = RADIUS_68 * view->sigma_m * view->boost *
			      num_exp(0.35 * dice_gauss(&view->dice)),
	};
	if (dice_chance(&view->dice, view->haze.outliers))
		stray(view, seen);
	seen->accuracy_m = num_clamp(seen->accuracy_m, 3.0, 1000.0);
	return true;
}

size_t sight_observe(struct sighting out[SIGHT_MAX], const struct day *day,
		     uint64_t seed)
{
	return sight_observe_noisy(out, day, seed, 1.0);
}

size_t sight_observe_noisy(struct sighting out[SIGHT_MAX],
			   const struct day *day, uint64_t seed, double noise)
{
	struct view view = { .surroundings = DAY_SURROUNDINGS,
			     .boost = 1.0,
			     .noise = noise };
	size_t count = 0;
	dice_seed(&view.dice, seed, UINT64_MAX);
	for (uint32_t s = day->begins_s; s < day->ends_s && count < SIGHT_MAX;
	     s += SIGHT_EVERY_S)
		if (look(&view, &out[count], &day->steps[s], s))
			count++;
	return count;
}
