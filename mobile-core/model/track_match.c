/*
 * Each tick of one track that lies on the other votes for a shift in time.
 * Chance spreads its votes over hours; a replay puts them into one second.
 */
#include "model/track_match.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "model/geo.h"

enum {
	POINTS_MAX = 256,
	VOTES_MAX = 2048,
	SHARED_MIN = 8,
	SHARED_SHARE_PERCENT = 20,
	/* Votes that chance may put where the most are. */
	CHANCE_TIMES = 5,
};

static const double TOLERANCE_M = TRACK_MATCH_CM / 100.0;
static const double APART_M = 1.0; /* nearer points are one: frozen */
static const double SEGMENT_MAX_S = 40.0;
static const double SHIFT_S = 1.0; /* to either side: ticks are whole 0.1 s */

struct point {
	double at_s, east_m, north_m;
};

struct track {
	size_t n;
	struct point points[POINTS_MAX];
};

struct vote {
	double shift_s;
	uint32_t point;
};

struct poll {
	size_t n;
	struct vote votes[VOTES_MAX];
};

static double distance_m(double east_m, double north_m)
{
	return sqrt(east_m * east_m + north_m * north_m);
}

/* Points about a plane; seconds since the entry opened. */
static void read_track(struct track *out,
		       const struct evidence_content *content,
		       const struct geo_plane *plane)
{
	struct evidence_cursor cursor;
	struct tick tick;
	double east_m, north_m;
	out->n = 0;
	if (!geo_to_metres(plane, &east_m, &north_m,
			   content->plan.pin.lat_e7 / 1e7,
			   content->plan.pin.lon_e7 / 1e7))
		return;
	evidence_cursor_start(&cursor, content);
	while (out->n < POINTS_MAX && evidence_cursor_next(&cursor, &tick)) {
		struct point point = {
			.at_s = tick.at_ds / 10.0,
			.east_m = east_m + tick.east_dm / 10.0,
			.north_m = north_m + tick.north_dm / 10.0,
		};
		const struct point *last = out->n > 0 ? &out->points[out->n - 1]
						      : NULL;
		if (tick.ring > 0 ||
		    (last &&
		     distance_m(point.east_m - last->east_m,
				point.north_m - last->north_m) < APART_M))
			continue;
		out->points[out->n++] = point;
	}
}

/* If the point lies on the way from one to next: when that was. */
static bool find_on_way(double *at_s, const struct point *point,
			const struct point *one, const struct point *next)
{
	double way_east = next->east_m - one->east_m;
	double way_north = next->north_m - one->north_m;
	double to_east = point->east_m - one->east_m;
	double to_north = point->north_m - one->north_m;
	double length2 = way_east * way_east + way_north * way_north;
	double share = (to_east * way_east + to_north * way_north) / length2;
	if (next->at_s - one->at_s > SEGMENT_MAX_S)
		share = 0.0;
	if (!(share >= 0.0 && share < 1.0))
		return false;
	*at_s = one->at_s + share * (next->at_s - one->at_s);
	return distance_m(to_east - share * way_east,
			  to_north - share * way_north) <= TOLERANCE_M;
}

static void
vote(struct poll *poll, const struct track *a, const struct track *b)
{
	poll->n = 0;
	for (size_t j = 0; j + 1 < b->n; j++)
		for (size_t i = 0; i < a->n && poll->n < VOTES_MAX; i++) {
			double at_s;
			if (!find_on_way(&at_s, &a->points[i], &b->points[j],
					 &b->points[j + 1]))
				continue;
			poll->votes[poll->n++] = (struct vote){
				.shift_s = a->points[i].at_s - at_s,
				.point = (uint32_t)i,
			};
		}
}

static int order_votes(const void *left, const void *right)
{
	const struct vote *a = left, *b = right;
	if (a->shift_s != b->shift_s)
		return a->shift_s < b->shift_s ? -1 : 1;
	return a->point < b->point ? -1 : a->point > b->point;
}

/* Different points among votes that lie together. */
static uint32_t count_points(const struct vote *votes, size_t n)
{
	uint8_t seen[POINTS_MAX] = { 0 };
	uint32_t count = 0;
	for (size_t i = 0; i < n; i++) {
		count += !seen[votes[i].point];
		seen[votes[i].point] = 1;
	}
	return count;
}

/* The shift with the most votes. */
static uint32_t elect(double *shift_s, struct poll *poll)
{
	uint32_t most = 0;
	size_t until = 0;
	qsort(poll->votes, poll->n, sizeof(poll->votes[0]), order_votes);
	for (size_t from = 0; from < poll->n; from++) {
		double lowest_s = poll->votes[from].shift_s;
		while (until < poll->n &&
		       poll->votes[until].shift_s <= lowest_s + 2.0 * SHIFT_S)
			until++;
		if (until - from <= most)
			continue;
		uint32_t count = count_points(&poll->votes[from], until - from);
		if (count > most) {
			most = count;
			*shift_s = lowest_s + SHIFT_S;
		}
	}
	return most;
}

/* Points of a that b has seen, too, after the shift. */
static uint32_t
count_reached(const struct track *a, const struct track *b, double shift_s)
{
	uint32_t count = 0;
	size_t j = 0;
	for (size_t i = 0; i < a->n; i++) {
		double at_s = a->points[i].at_s - shift_s;
		while (j < b->n && b->points[j].at_s < at_s - SHIFT_S)
			j++;
		count += j < b->n &&
			 (b->points[j].at_s <= at_s + SHIFT_S ||
			  (j > 0 && b->points[j].at_s - b->points[j - 1].at_s <=
					    SEGMENT_MAX_S));
	}
	return count;
}

/* Votes that would lie so close together by chance. */
static uint32_t
chance(const struct poll *poll, const struct track *a, const struct track *b)
{
	double span_s = a->points[a->n - 1].at_s - a->points[0].at_s +
			b->points[b->n - 1].at_s - b->points[0].at_s;
	return (uint32_t)((double)poll->n * 2.0 * SHIFT_S / (span_s + 1.0));
}

bool track_is_again(struct track_match *out, const struct evidence_content *a,
		    const struct evidence_content *b)
{
	struct geo_plane plane;
	struct track tracks[2];
	struct poll poll;
	double shift_s = 0.0;
	*out = (struct track_match){ 0 };
	geo_plane_about(&plane, a->plan.pin);
	read_track(&tracks[0], a, &plane);
	read_track(&tracks[1], b, &plane);
	if (tracks[0].n < SHARED_MIN || tracks[1].n < SHARED_MIN)
		return false;
	vote(&poll, &tracks[0], &tracks[1]);
	out->shared = elect(&shift_s, &poll);
	out->compared = count_reached(&tracks[0], &tracks[1], shift_s);
	/* Unsigned: the two may lie further apart than a signed number. */
	out->shift_us =
		(int64_t)((uint64_t)a->opened_us - (uint64_t)b->opened_us +
			  (uint64_t)(int64_t)(shift_s * 1e6));
	uint32_t by_chance = chance(&poll, &tracks[0], &tracks[1]);
	return out->shared >= SHARED_MIN + CHANCE_TIMES * by_chance &&
	       out->shared * 100 >= out->compared * SHARED_SHARE_PERCENT;
}
