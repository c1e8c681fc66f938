/*
 * Made-up days are clear-cut: for every seed tried, the phone's detector says
 * of every meeting what the day was made to deserve, whether it is given every
 * fix or only those that it asks for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "day.h"
#include "day_files.h"
#include "model/tick.h"
#include "model/visit.h"
#include "sight.h"

enum { SEEDS = 200 };

struct scene {
	struct files_frame frame;
	struct day day;
	struct sighting seen[SIGHT_MAX];
	size_t count;
};

static struct scene scene;

static void make_scene(uint64_t seed)
{
	struct geo_pin middle = { 523700000, 49000000 };
	scene.frame =
		(struct files_frame){ .seed = seed, .midnight_s = 1767225600 };
	geo_plane_about(&scene.frame.city, middle);
	assert_true(day_live(&scene.day, seed));
	scene.count = sight_observe(scene.seen, &scene.day, seed);
}

static int64_t us_at(uint32_t at_s)
{
	return (scene.frame.midnight_s + at_s) * 1000000;
}

static struct visit_plan plan_of(const struct day_meeting *m)
{
	struct visit_plan plan = {
		.start_us = us_at(m->start_s),
		.end_us = us_at(m->end_s),
		.radius_m = m->radius_m,
		.min_dwell_s = m->min_dwell_s,
	};
	double lat_deg, lon_deg;
	files_degrees(&lat_deg, &lon_deg, &scene.frame, m->pin.east_m,
		      m->pin.north_m);
	assert_true(geo_pin_from_degrees(&plan.pin, lat_deg, lon_deg));
	return plan;
}

static struct fix fix_of(const struct sighting *s)
{
	struct fix fix = { .time_us = us_at(s->at_s),
			   .accuracy_m = s->accuracy_m };
	files_degrees(&fix.lat_deg, &fix.lon_deg, &scene.frame, s->east_m,
		      s->north_m);
	return fix;
}

static struct visit_verdict judge(const struct day_meeting *m, bool is_adaptive)
{
	static struct visit visit;
	struct visit_plan plan = plan_of(m);
	int64_t margin_us = (int64_t)VISIT_MARGIN_S * 1000000;
	int64_t opened_us = plan.start_us - margin_us, due_us = opened_us;
	struct tick_quantiser quantiser;
	struct tick tick;
	assert_true(visit_open(&visit, &plan, opened_us));
	tick_quantiser_open(&quantiser, plan.pin, opened_us,
			    plan.end_us + margin_us);
	for (size_t i = 0; i < scene.count; i++) {
		struct fix fix = fix_of(&scene.seen[i]);
		if (fix.time_us < due_us || fix.time_us > quantiser.closes_us)
			continue;
		if (tick_quantiser_add(&quantiser, &tick, &fix, TICK_BLOCK_DS))
			visit_tick(&visit, &tick);
		if (is_adaptive)
			due_us = fix.time_us - 500000 +
				 (int64_t)visit_wanted_interval_s(&visit) *
					 1000000;
	}
	if (tick_quantiser_flush(&quantiser, &tick))
		visit_tick(&visit, &tick);
	struct visit_verdict verdict;
	visit_decide(&visit, &verdict);
	return verdict;
}

/* How often a word was deserved, given, and firm. */
struct tally {
	unsigned deserved[VISIT_WORDS + 1];
	unsigned right[VISIT_WORDS + 1];
	unsigned firm[VISIT_WORDS + 1];
};

static void count_words(struct tally *tally, uint64_t seed, bool is_adaptive)
{
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		const struct day_meeting *m = &scene.day.meetings[i];
		struct visit_verdict v = judge(m, is_adaptive);
		tally->deserved[m->expected]++;
		tally->right[m->expected] += v.word == m->expected;
		tally->firm[m->expected] += v.certainty == VISIT_FIRM;
		if (v.word != m->expected)
			print_message("seed %u, %s (%s): %s, not %s\n",
				      (unsigned)seed, m->place, m->story,
				      visit_word_name(v.word),
				      visit_word_name(m->expected));
	}
}

static void all_are_right(const struct tally *tally, const char *title)
{
	print_message("%s: deserved, given, firm\n", title);
	for (int w = 1; w <= VISIT_WORDS; w++)
		print_message("  %-9s %5u %5u %5u\n",
			      visit_word_name((enum visit_word)w),
			      tally->deserved[w], tally->right[w],
			      tally->firm[w]);
	assert_memory_equal(tally->deserved, tally->right,
			    sizeof(tally->right));
}

static void each_word_is_as_deserved(void **state)
{
	struct tally dense = { 0 }, adaptive = { 0 };
	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		make_scene(seed);
		count_words(&dense, seed, false);
		count_words(&adaptive, seed, true);
	}
	all_are_right(&dense, "every fix");
	all_are_right(&adaptive, "only the fixes asked for");
}

/* What a demonstration needs of a day. */
static void days_are_complete(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < SEEDS / 4; seed++) {
		unsigned words = 0;
		make_scene(seed);
		assert_in_range(scene.count, 4000, 9999);
		for (size_t i = 0; i < DAY_MEETINGS; i++) {
			const struct day_meeting *m = &scene.day.meetings[i];
			words |= 1u << m->expected;
			assert_true(m->start_s < m->end_s);
			if (i > 0)
				assert_true(m->start_s >= m[-1].end_s);
			if (m->was_there)
				assert_true(m->arrived_s < m->departed_s);
		}
		assert_int_equal(words, 0xfe); /* bits 1 to 7 */
	}
}

static void same_seed_same_day(void **state)
{
	static struct sighting first[SIGHT_MAX];
	(void)state;
	make_scene(7);
	size_t count = scene.count;
	memcpy(first, scene.seen, sizeof(first));
	make_scene(8);
	assert_memory_not_equal(first, scene.seen, 100 * sizeof(first[0]));
	make_scene(7);
	assert_int_equal(count, scene.count);
	for (size_t i = 0; i < count; i++) {
		assert_true(first[i].at_s == scene.seen[i].at_s);
		assert_true(first[i].east_m == scene.seen[i].east_m);
		assert_true(first[i].accuracy_m == scene.seen[i].accuracy_m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_is_as_deserved),
		cmocka_unit_test(days_are_complete),
		cmocka_unit_test(same_seed_same_day),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
