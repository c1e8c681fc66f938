/*
 * route: see route.h. The start is node n and the end node n + 1; where one of
 * them isn't given it is as near to every stop as can be, 0, so that the path
 * may begin or end anywhere.
 */
#include "model/route.h"

#include <string.h>

#include "model/num.h"

enum {
	GREEDY_PATHS_MAX = 24,
	SEGMENT_MAX = 3, /* stops that Or-opt moves together */
	FAR = 300000000, /* more than half round the earth; 13 legs fit */
};

/* A path through all nodes: start, the stops, end. */
struct path {
	uint8_t at[ROUTE_NODES_MAX];
};

/* -------------------------------------------------------------- distances */

static bool is_given(const struct route_ask *ask, size_t node)
{
	if (node < ask->n)
		return true;
	return (node == ask->n ? ask->start : ask->end) != NULL;
}

static void measure(struct route_work *work, const struct route_ask *ask)
{
	struct geo_vector vectors[ROUTE_NODES_MAX];

	for (size_t i = 0; i < ask->n; i++)
		vectors[i] = geo_vector_of(ask->stops[i]);
	if (ask->start != NULL)
		vectors[ask->n] = geo_vector_of(*ask->start);
	if (ask->end != NULL)
		vectors[ask->n + 1] = geo_vector_of(*ask->end);
	for (size_t i = 0; i < ask->n + 2; i++)
		for (size_t j = 0; j <= i; j++) {
			double m = 0;
			if (is_given(ask, i) && j < ask->n)
				m = geo_distance_m(vectors[i], vectors[j]);
			work->metre_tenths[i][j] = work->metre_tenths[j][i] =
				(uint32_t)num_round(m * 10.0, 0, FAR);
		}
}

static uint64_t
length_of(const struct path *path, const struct route_work *work, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i <= n; i++)
		sum += work->metre_tenths[path->at[i]][path->at[i + 1]];
	return sum;
}

/* ------------------------------------------------------------------ exact */

/* shortest[set][last]: the shortest way from the start through the stops of
 * the set to the one of them that is last. */
static void fill_table(struct route_work *work, size_t n)
{
	for (size_t set = 1; set < (size_t)1 << n; set++)
		for (size_t last = 0; last < n; last++) {
			const size_t before = set & ~((size_t)1 << last);
			uint32_t best = UINT32_MAX;

			if (before == set)
				continue;
			if (before == 0)
				best = work->metre_tenths[n][last];
			for (size_t k = 0; k < n; k++) {
				uint32_t way;
				if (!(before >> k & 1))
					continue;
				way = work->shortest[before][k] +
				      work->metre_tenths[k][last];
				if (way < best)
					best = way;
			}
			work->shortest[set][last] = best;
		}
}

/* The stop of the set that the shortest way to `next` comes from. */
static size_t
choose_last(const struct route_work *work, size_t set, size_t next, size_t n)
{
	uint64_t best = UINT64_MAX;
	size_t chosen = 0;

	for (size_t k = 0; k < n; k++) {
		uint64_t way;
		if (!(set >> k & 1))
			continue;
		way = (uint64_t)work->shortest[set][k] +
		      work->metre_tenths[k][next];
		if (way < best) {
			best = way;
			chosen = k;
		}
	}
	return chosen;
}

static void solve(struct path *path, struct route_work *work, size_t n)
{
	size_t set = ((size_t)1 << n) - 1, next = n + 1;

	fill_table(work, n);
	for (size_t i = n; i > 0; i--) {
		next = choose_last(work, set, next, n);
		path->at[i] = (uint8_t)next;
		set &= ~((size_t)1 << next);
	}
}

/* ----------------------------------------------------------- beyond that */

/* From stop to the nearest that is left. */
static void go_greedily(struct path *path, const struct route_work *work,
			size_t first, size_t n)
{
	bool is_visited[ROUTE_STOPS_MAX] = { false };
	size_t here = first;

	path->at[1] = (uint8_t)first;
	is_visited[first] = true;
	for (size_t i = 2; i <= n; i++) {
		uint32_t nearest = UINT32_MAX;
		size_t next = 0;
		for (size_t k = 0; k < n; k++)
			if (!is_visited[k] &&
			    work->metre_tenths[here][k] < nearest) {
				nearest = work->metre_tenths[here][k];
				next = k;
			}
		path->at[i] = (uint8_t)next;
		is_visited[next] = true;
		here = next;
	}
}

static void reverse(struct path *path, size_t from, size_t to)
{
	while (from < to) {
		const uint8_t kept = path->at[from];
		path->at[from++] = path->at[to];
		path->at[to--] = kept;
	}
}

static int64_t between(const struct route_work *work, const struct path *path,
		       size_t i, size_t j)
{
	return work->metre_tenths[path->at[i]][path->at[j]];
}

/* 2-opt: drives a part of the path the other way round, if that is shorter. */
static bool uncross(struct path *path, const struct route_work *work, size_t n)
{
	bool is_better = false;

	for (size_t i = 1; i < n; i++)
		for (size_t j = i + 1; j <= n; j++) {
			int64_t gain = between(work, path, i - 1, i) +
				       between(work, path, j, j + 1) -
				       between(work, path, i - 1, j) -
				       between(work, path, i, j + 1);
			if (gain <= 0)
				continue;
			reverse(path, i, j);
			is_better = true;
		}
	return is_better;
}

/* Takes path[from .. from + len) out and puts it behind what was at `behind`,
 * outside of it. */
static void
put_behind(struct path *path, size_t from, size_t len, size_t behind)
{
	uint8_t segment[SEGMENT_MAX];

	memcpy(segment, path->at + from, len);
	if (behind < from) {
		memmove(path->at + behind + 1 + len, path->at + behind + 1,
			from - behind - 1);
		memcpy(path->at + behind + 1, segment, len);
	} else {
		memmove(path->at + from, path->at + from + len,
			behind - (from + len) + 1);
		memcpy(path->at + behind + 1 - len, segment, len);
	}
}

/* Or-opt: moves one to three stops elsewhere, turned round where it helps. */
static bool move_segment(struct path *path, const struct route_work *work,
			 size_t from, size_t len, size_t n)
{
	const size_t to = from + len - 1;
	const int64_t saved = between(work, path, from - 1, from) +
			      between(work, path, to, to + 1) -
			      between(work, path, from - 1, to + 1);

	for (size_t i = 0; i <= n; i++) {
		int64_t straight, turned, gap;
		if (i + 1 >= from && i <= to)
			continue;
		gap = between(work, path, i, i + 1);
		straight = between(work, path, i, from) +
			   between(work, path, to, i + 1) - gap;
		turned = between(work, path, i, to) +
			 between(work, path, from, i + 1) - gap;
		if (straight >= saved && turned >= saved)
			continue;
		if (turned < straight)
			reverse(path, from, to);
		put_behind(path, from, len, i);
		return true;
	}
	return false;
}

static bool
move_segments(struct path *path, const struct route_work *work, size_t n)
{
	bool is_better = false;

	for (size_t len = 1; len <= SEGMENT_MAX; len++)
		for (size_t from = 1; from + len - 1 <= n; from++)
			is_better |= move_segment(path, work, from, len, n);
	return is_better;
}

/* Each step makes the path shorter by a decimetre at least, so it ends. */
static void improve(struct path *path, const struct route_work *work, size_t n)
{
	bool is_better = true;

	while (is_better) {
		is_better = uncross(path, work, n);
		is_better |= move_segments(path, work, n);
	}
}

static void search(struct path *path, const struct route_work *work, size_t n)
{
	const size_t n_tries = n < GREEDY_PATHS_MAX ? n : GREEDY_PATHS_MAX;
	uint64_t best = UINT64_MAX;
	struct path tried = *path;

	for (size_t i = 0; i < n_tries; i++) {
		go_greedily(&tried, work, i * n / n_tries, n);
		improve(&tried, work, n);
		if (length_of(&tried, work, n) < best) {
			best = length_of(&tried, work, n);
			*path = tried;
		}
	}
}

double route_order(uint8_t *order, const struct route_ask *ask,
		   struct route_work *work)
{
	const size_t n = ask->n;
	struct path path;

	if (n == 0)
		return 0;
	measure(work, ask);
	path.at[0] = (uint8_t)n;
	path.at[n + 1] = (uint8_t)(n + 1);
	if (n <= ROUTE_EXACT_MAX)
		solve(&path, work, n);
	else
		search(&path, work, n);
	memcpy(order, path.at + 1, n);
	return (double)length_of(&path, work, n) / 10.0;
}
