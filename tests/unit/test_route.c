/*
 * route: shortest for up to twelve stops, against every order there is; close
 * to it beyond, against a slower exact search and a bound that no path beats.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/num.h"
#include "model/route.h"

enum { SLOW_MAX = 14, BRUTE_MAX = 9 };

struct world {
	struct geo_pin stops[ROUTE_STOPS_MAX], start, end;
	struct route_ask ask;
	uint64_t seed;
};

static struct route_work work;

static uint32_t draw(struct world *world, uint32_t below)
{
	world->seed = world->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((world->seed >> 33) % below);
}

/* A town of some 40 by 40 km. */
static struct geo_pin draw_pin(struct world *world)
{
	return (struct geo_pin){
		.lat_e7 = 502000000 + (int32_t)draw(world, 4000000),
		.lon_e7 = 302000000 + (int32_t)draw(world, 6000000),
	};
}

/* Bit 0 of ends: a start is given; bit 1: an end. */
static void
draw_world(struct world *world, uint64_t seed, size_t n, unsigned ends)
{
	*world = (struct world){ .seed = seed };
	for (size_t i = 0; i < n; i++)
		world->stops[i] = draw_pin(world);
	world->start = draw_pin(world);
	world->end = draw_pin(world);
	world->ask = (struct route_ask){
		.stops = world->stops,
		.n = n,
		.start = ends & 1 ? &world->start : NULL,
		.end = ends & 2 ? &world->end : NULL,
	};
}

/* Distances as route counts them, in whole decimetres, but one by one; the
 * start is node n, the end n + 1, and what isn't given is 0 from everywhere. */
static int64_t far[ROUTE_NODES_MAX][ROUTE_NODES_MAX];

static int64_t tenths(const struct geo_pin *a, const struct geo_pin *b)
{
	if (a == NULL || b == NULL)
		return 0;
	return num_round(geo_distance_m(geo_vector_of(*a), geo_vector_of(*b)) *
				 10.0,
			 0, INT64_C(1000000000000));
}

static const struct geo_pin *node(const struct route_ask *ask, size_t i)
{
	if (i < ask->n)
		return &ask->stops[i];
	return i == ask->n ? ask->start : ask->end;
}

static void measure(const struct route_ask *ask)
{
	for (size_t i = 0; i < ask->n + 2; i++)
		for (size_t j = 0; j < ask->n + 2; j++)
			far[i][j] = tenths(node(ask, i), node(ask, j));
}

static int64_t length_of(size_t n, const uint8_t *order)
{
	int64_t sum = far[n][order[0]];

	for (size_t i = 0; i + 1 < n; i++)
		sum += far[order[i]][order[i + 1]];
	return sum + far[order[n - 1]][n + 1];
}

/* Finds an order; each stop is in it once, and it is as long as it says. */
static int64_t find_order(const struct route_ask *ask, uint8_t *order)
{
	bool is_seen[ROUTE_STOPS_MAX] = { false };
	double metres = route_order(order, ask, &work);

	measure(ask);
	for (size_t i = 0; i < ask->n; i++) {
		assert_true(order[i] < ask->n);
		assert_false(is_seen[order[i]]);
		is_seen[order[i]] = true;
	}
	assert_int_equal(num_round(metres * 10.0, 0, INT64_MAX),
			 length_of(ask->n, order));
	return length_of(ask->n, order);
}

/* Every order there is (Heap's way to go through them). */
static int64_t brute_force(const struct route_ask *ask)
{
	uint8_t order[BRUTE_MAX] = { 0 };
	size_t counts[BRUTE_MAX] = { 0 }, i = 1;
	int64_t best;

	for (size_t k = 0; k < ask->n; k++)
		order[k] = (uint8_t)k;
	best = length_of(ask->n, order);
	while (i < ask->n) {
		if (counts[i] < i) {
			const size_t k = i % 2 == 0 ? 0 : counts[i];
			const uint8_t kept = order[k];
			order[k] = order[i];
			order[i] = kept;
			if (length_of(ask->n, order) < best)
				best = length_of(ask->n, order);
			counts[i++]++;
			i = 1;
		} else {
			counts[i++] = 0;
		}
	}
	return best;
}

static void up_to_nine_it_is_the_shortest_of_all(void **state)
{
	struct world world;
	uint8_t order[ROUTE_STOPS_MAX];

	(void)state;
	for (size_t n = 1; n <= BRUTE_MAX; n++)
		for (uint64_t seed = 1; seed <= (n < 8 ? 20u : 3u); seed++)
			for (unsigned ends = 0; ends < 4; ends++) {
				draw_world(&world, seed, n, ends);
				int64_t found = find_order(&world.ask, order);
				assert_int_equal(found,
						 brute_force(&world.ask));
			}
}

/* The shortest way from each stop through those of a set that are left: the
 * other direction than route's own, and without its table of ends. */
static int64_t slow_exact(const struct route_ask *ask)
{
	static int64_t rest[1 << SLOW_MAX][SLOW_MAX];
	const size_t n = ask->n, all = ((size_t)1 << n) - 1;
	int64_t best = INT64_MAX, first;

	for (size_t left = 0; left <= all; left++)
		for (size_t here = 0; here < n; here++) {
			int64_t least = INT64_MAX;
			if (left >> here & 1)
				continue;
			if (left == 0)
				least = far[here][n + 1];
			for (size_t k = 0; k < n; k++) {
				size_t then = left & ~((size_t)1 << k);
				int64_t way;
				if (then == left)
					continue;
				way = far[here][k] + rest[then][k];
				least = way < least ? way : least;
			}
			rest[left][here] = least;
		}
	for (size_t k = 0; k < n; k++) {
		first = far[n][k] + rest[all & ~((size_t)1 << k)][k];
		best = first < best ? first : best;
	}
	return best;
}

static void twelve_are_exact_and_some_more_are_close(void **state)
{
	struct world world;
	uint8_t order[ROUTE_STOPS_MAX];
	int64_t found, exact, sum_found = 0, sum_exact = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		draw_world(&world, seed, ROUTE_EXACT_MAX, seed % 4);
		found = find_order(&world.ask, order);
		assert_int_equal(found, slow_exact(&world.ask));
	}
	for (uint64_t seed = 1; seed <= 8; seed++) {
		draw_world(&world, seed, 13 + seed % 2, seed / 2 % 4);
		found = find_order(&world.ask, order);
		exact = slow_exact(&world.ask);
		assert_true(found >= exact);
		/* One may be five in a hundred longer; all of them together
		 * are not two in a thousand. */
		assert_true(found * 100 <= exact * 105);
		sum_found += found;
		sum_exact += exact;
	}
	assert_true(sum_found * 1000 <= sum_exact * 1002);
}

/* A tree that spans all stops is shorter than any path through them (Prim). */
static int64_t shortest_tree(const struct route_ask *ask)
{
	int64_t away[ROUTE_STOPS_MAX], sum = 0;
	bool is_in[ROUTE_STOPS_MAX] = { true };

	for (size_t i = 0; i < ask->n; i++)
		away[i] = far[0][i];
	for (size_t k = 1; k < ask->n; k++) {
		size_t next = 0;
		for (size_t i = 0; i < ask->n; i++)
			if (!is_in[i] && (is_in[next] || away[i] < away[next]))
				next = i;
		is_in[next] = true;
		sum += away[next];
		for (size_t i = 0; i < ask->n; i++)
			if (far[next][i] < away[i])
				away[i] = far[next][i];
	}
	return sum;
}

/* Of stops at random the best path is some 1.1 trees long. */
static void many_are_close_to_what_nothing_beats(void **state)
{
	static const size_t sizes[] = { 60, ROUTE_STOPS_MAX };
	struct world world;
	uint8_t order[ROUTE_STOPS_MAX], again[ROUTE_STOPS_MAX];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int64_t found, tree, sum_found = 0, sum_tree = 0;
		for (uint64_t seed = 1; seed <= 10; seed++) {
			draw_world(&world, seed, sizes[i], 0);
			found = find_order(&world.ask, order);
			tree = shortest_tree(&world.ask);
			assert_true(found >= tree);
			sum_found += found;
			sum_tree += tree;
		}
		assert_true(sum_found * 1000 <= sum_tree * 1122);
		assert_int_equal(find_order(&world.ask, again), found);
		assert_memory_equal(order, again, sizes[i]);
	}
}

static void stops_along_a_road_are_taken_along_it(void **state)
{
	struct world world;
	uint8_t order[ROUTE_STOPS_MAX];

	(void)state;
	for (size_t n = 11; n <= 31; n += 20) {
		draw_world(&world, 5, n, 1);
		/* Over the date line: 179.9 E, 180, 179.9 W. */
		for (size_t i = 0; i < n; i++) {
			int32_t apart = (int32_t)((i * 7) % n) * 100000;
			world.stops[i] = (struct geo_pin){
				.lat_e7 = -167900000,
				.lon_e7 =
					apart > 1000000
						? -1800000000 + apart - 1000000
						: 1799000000 + apart,
			};
		}
		world.start = (struct geo_pin){ -167900000, 1798900000 };
		find_order(&world.ask, order);
		for (size_t i = 0; i < n; i++)
			assert_int_equal((size_t)order[i] * 7 % n, i);
	}
}

static void the_awkward_ones(void **state)
{
	struct world world;
	uint8_t order[ROUTE_STOPS_MAX] = { 9 };

	(void)state;
	draw_world(&world, 1, 0, 3);
	assert_true(route_order(order, &world.ask, &work) == 0);
	assert_int_equal(order[0], 9);
	/* All in one place; and as far apart as the earth has it. */
	draw_world(&world, 1, 20, 0);
	for (size_t i = 0; i < 20; i++)
		world.stops[i] = world.start;
	assert_int_equal(find_order(&world.ask, order), 0);
	draw_world(&world, 1, 12, 3);
	for (size_t i = 0; i < 12; i++)
		world.stops[i] = (struct geo_pin){
			.lat_e7 = i % 2 == 0 ? 900000000 : -900000000,
		};
	world.start = world.stops[0];
	world.end = world.stops[1];
	assert_true(find_order(&world.ask, order) < 201000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(up_to_nine_it_is_the_shortest_of_all),
		cmocka_unit_test(twelve_are_exact_and_some_more_are_close),
		cmocka_unit_test(many_are_close_to_what_nothing_beats),
		cmocka_unit_test(stops_along_a_road_are_taken_along_it),
		cmocka_unit_test(the_awkward_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
