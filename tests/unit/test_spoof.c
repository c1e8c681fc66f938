/*
 * Each signal fires on its attack and is silent on honest days; no soft one
 * asks alone; a replay is told from the same streets driven again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "attack.h"
#include "day_files.h"
#include "dice.h"
#include "model/spoof.h"
#include "model/track_match.h"
#include "watch.h"

enum { HONEST_SEEDS = 25, FIXES = 720, EVERY_S = 5 };

static const int64_t US_PER_S = 1000000;
static const int64_t MIDNIGHT_S = 1767225600;

static bool has(const struct spoof_finding *finding, enum spoof_signal signal)
{
	return (finding->reasons >> signal & 1) &&
	       finding->weight_permille[signal] > 0;
}

static bool is_asked(const struct spoof_finding *finding)
{
	return finding->score_permille >= SPOOF_ASK_PERMILLE;
}

/* ----------------------------------------------------------- one window */

/* An hour: half an hour's meeting and the margins. */
static const struct visit_plan PLAN = {
	.meeting_id = { 1 },
	.start_us = INT64_C(1767258000) * 1000000,
	.end_us = INT64_C(1767259800) * 1000000,
	.pin = { 523700000, 49000000 },
	.radius_m = 100,
	.min_dwell_s = 180,
};

/* Metres about the pin, every 5 s from the opening on. */
struct walk {
	double east_m[FIXES], north_m[FIXES];
};

static void stand(struct walk *walk, double jitter_m, uint64_t seed)
{
	struct dice dice;
	dice_seed(&dice, seed, 1);
	for (size_t i = 0; i < FIXES; i++) {
		walk->east_m[i] = jitter_m * dice_gauss(&dice);
		walk->north_m[i] = jitter_m * dice_gauss(&dice);
	}
}

static void watch_walk(struct watch *out, const struct walk *walk)
{
	static struct fix fixes[FIXES];
	struct geo_plane plane;
	geo_plane_about(&plane, PLAN.pin);
	for (size_t i = 0; i < FIXES; i++)
		fixes[i] = (struct fix){
			.time_us = PLAN.start_us +
				   ((int64_t)i * EVERY_S - VISIT_MARGIN_S) *
					   US_PER_S,
			.lat_deg = plane.lat_deg +
				   walk->north_m[i] / plane.north_m_per_deg,
			.lon_deg = plane.lon_deg +
				   walk->east_m[i] / plane.east_m_per_deg,
			.accuracy_m = 8.0,
		};
	assert_true(watch_meeting(out, &PLAN, fixes, FIXES, 15, false));
}

static struct spoof_finding score_walk(const struct walk *walk)
{
	static struct watch watch;
	struct spoof_finding finding;
	watch_walk(&watch, walk);
	spoof_score(&finding, &watch.content);
	return finding;
}

static void who_stands_still_errs(void **state)
{
	static struct walk walk;
	struct spoof_finding finding;
	(void)state;
	stand(&walk, 4.0, 1);
	finding = score_walk(&walk);
	assert_int_equal(finding.reasons, 0);
	stand(&walk, 0.0, 1);
	finding = score_walk(&walk);
	assert_true(has(&finding, SPOOF_FROZEN));
	assert_false(is_asked(&finding));
	stand(&walk, 0.05, 1);
	finding = score_walk(&walk);
	assert_true(has(&finding, SPOOF_NO_JITTER));
	assert_false(has(&finding, SPOOF_FROZEN));
	assert_false(is_asked(&finding));
}

static void jumps_are_no_way(void **state)
{
	static struct walk walk;
	struct spoof_finding finding;
	(void)state;
	/* Two kilometres away, but for the meeting. */
	stand(&walk, 4.0, 2);
	for (size_t i = 0; i < FIXES; i++)
		if (i < 180 || i >= 560)
			walk.east_m[i] += 1900.0;
	finding = score_walk(&walk);
	assert_true(has(&finding, SPOOF_TELEPORT));
	assert_false(is_asked(&finding));
	/* And then without a way and without an error. */
	for (size_t i = 180; i < 560; i++)
		walk.east_m[i] = walk.north_m[i] = 1.0;
	finding = score_walk(&walk);
	assert_true(has(&finding, SPOOF_NO_WAY));
	assert_true(has(&finding, SPOOF_FROZEN));
	assert_true(is_asked(&finding));
	/* Who comes and doesn't jump back is not suspected of it. */
	for (size_t i = 560; i < FIXES; i++)
		walk.east_m[i] = 1.0 + 10.0 * (double)(i - 560);
	finding = score_walk(&walk);
	assert_false(has(&finding, SPOOF_NO_WAY));
}

static void a_ruler_is_seen(void **state)
{
	static struct walk walk;
	struct spoof_finding finding;
	struct dice dice;
	(void)state;
	for (size_t i = 0; i < FIXES; i++) {
		double left_m = 1800.0 - 50.0 * (double)i;
		walk.east_m[i] = left_m > 0.0 ? left_m : 0.0;
		walk.north_m[i] = 0.5 * walk.east_m[i];
	}
	finding = score_walk(&walk);
	assert_true(has(&finding, SPOOF_STRAIGHT));
	assert_true(is_asked(&finding));
	/* The same way with a driver's foot and a phone's errors. */
	dice_seed(&dice, 3, 1);
	for (size_t i = 0; i < FIXES; i++) {
		walk.east_m[i] += 4.0 * dice_gauss(&dice);
		walk.north_m[i] += 4.0 * dice_gauss(&dice);
	}
	finding = score_walk(&walk);
	assert_int_equal(finding.reasons, 0);
}

/* ------------------------------------------------------------- what is told */

static struct spoof_finding score_told(const struct tick_signals *signals)
{
	static struct watch watch;
	static struct walk walk;
	struct spoof_finding finding;
	stand(&walk, 4.0, 4);
	watch_walk(&watch, &walk);
	watch.content.signals = *signals;
	spoof_score(&finding, &watch.content);
	return finding;
}

static void what_the_host_tells_weighs(void **state)
{
	static const struct {
		enum spoof_signal signal;
		struct tick_signals signals;
		bool is_shown;
	} cases[] = {
		{ SPOOF_MOCK, { .fixes = 400, .mock_fixes = 400 }, true },
		{ SPOOF_MOCK, { .fixes = 400 }, false },
		{ SPOOF_ATTESTATION, { .failed_attestations = 1 }, true },
		{ SPOOF_CLOCK_BACK, { .clock_backs = 1 }, true },
		{ SPOOF_CLOCK_JUMPS, { .clock_jumps = 1 }, true },
		{ SPOOF_CLOCK_BACK, { .clock_jumps = 1 }, false },
		{ SPOOF_SENSORS, { .fixes = 20, .against_sensors = 5 }, true },
		{ SPOOF_SENSORS, { .fixes = 99, .against_sensors = 5 }, false },
		{ SPOOF_OFF_DURING, { .gps_off_s = 720 }, true },
		{ SPOOF_OFF_DURING, { .no_permission_s = 720 }, true },
		{ SPOOF_OFF_DURING, { .gps_off_s = 400 }, false },
		{ SPOOF_OFF_DURING, { .low_power_s = 3600 }, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct spoof_finding finding = score_told(&cases[i].signals);
		assert_int_equal(has(&finding, cases[i].signal),
				 cases[i].is_shown);
		assert_int_equal(is_asked(&finding),
				 cases[i].is_shown &&
					 spoof_is_hard(cases[i].signal));
	}
	/* One marked fix among hundreds asks nobody. */
	struct spoof_finding few = score_told(
		&(struct tick_signals){ .fixes = 400, .mock_fixes = 1 });
	assert_true(has(&few, SPOOF_MOCK));
	assert_false(is_asked(&few));
}

static void trouble_is_counted_in_its_window(void **state)
{
	struct tick_quantiser q, again;
	uint8_t bytes[TICK_QUANTISER_BYTES];
	int64_t opened_us = PLAN.start_us, closes_us = PLAN.end_us;
	(void)state;
	tick_quantiser_open(&q, PLAN.pin, opened_us, closes_us);
	tick_quantiser_trouble(&q, TICK_TROUBLE_GPS_OFF,
			       opened_us - 500 * US_PER_S);
	tick_quantiser_trouble(&q, TICK_TROUBLE_NO_PERMISSION,
			       opened_us + 60 * US_PER_S);
	assert_int_equal(tick_quantiser_save(&q, bytes), sizeof(bytes));
	assert_true(tick_quantiser_load(&again, bytes, sizeof(bytes)));
	tick_quantiser_trouble(&again, TICK_TROUBLE_NONE, INT64_MAX);
	assert_int_equal(again.signals.gps_off_s, 60);
	assert_int_equal(again.signals.no_permission_s, 1740);
	assert_int_equal(again.signals.low_power_s, 0);
	/* A clock that goes back takes nothing away. */
	tick_quantiser_trouble(&again, TICK_TROUBLE_LOW_POWER, closes_us);
	tick_quantiser_trouble(&again, TICK_TROUBLE_NONE, opened_us);
	assert_int_equal(again.signals.low_power_s, 0);
}

static void soft_signals_never_ask_alone(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SPOOF_SIGNALS; i++) {
		enum spoof_signal signal = (enum spoof_signal)i;
		struct spoof_finding finding = { 0 };
		char sentence[300];
		spoof_add(&finding, signal, 0);
		assert_int_equal(is_asked(&finding), spoof_is_hard(signal));
		assert_non_null(spoof_signal_name(signal));
		assert_in_range(strlen(spoof_signal_name(signal)), 4, 32);
		assert_in_range(spoof_sentence(sentence, sizeof(sentence),
					       signal, NULL),
				10, 299);
	}
	assert_null(spoof_signal_name((enum spoof_signal)SPOOF_SIGNALS));
	/* What has one cause counts once; two causes ask. */
	struct spoof_finding finding = { 0 };
	spoof_add(&finding, SPOOF_FROZEN, 0);
	spoof_add(&finding, SPOOF_NO_JITTER, 0);
	assert_int_equal(finding.score_permille, spoof_weight(SPOOF_NO_JITTER));
	spoof_add(&finding, SPOOF_NO_WAY, 0);
	assert_true(is_asked(&finding));
	for (unsigned i = 0; i < SPOOF_SIGNALS; i++)
		spoof_add(&finding, (enum spoof_signal)i, 0);
	assert_int_equal(finding.score_permille, 1000);
}

static void counts_have_their_bytes(void **state)
{
	struct tick_signals signals, again;
	uint8_t bytes[TICK_SIGNALS_BYTES], pattern[sizeof(signals)];
	(void)state;
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 37 + 1);
	memcpy(&signals, pattern, sizeof(signals));
	tick_signals_write(bytes, &signals);
	tick_signals_read(&again, bytes);
	assert_memory_equal(&signals, &again, sizeof(signals));
	assert_int_equal(bytes[0] << 8 | bytes[1], signals.fixes);
	assert_int_equal(bytes[2] << 8 | bytes[3], signals.mock_fixes);
	assert_int_equal(bytes[28] << 8 | bytes[29], signals.low_power_s);
}

/* -------------------------------------------------------------- whole days */

static struct day day;
static struct sighting seen[SIGHT_MAX];
static struct fix fixes[SIGHT_MAX];

static void live(struct watch entries[DAY_MEETINGS], enum attack attack,
		 uint64_t seed, uint64_t sight_seed, int64_t midnight_s)
{
	struct files_frame frame = { .seed = seed, .midnight_s = midnight_s };
	struct attack_acts acts;
	size_t n;
	geo_plane_about(&frame.city, PLAN.pin);
	assert_true(day_live(&day, seed));
	n = attack_observe(seen, &acts, &day, attack, sight_seed, 1.0);
	for (size_t i = 0; i < n; i++) {
		fixes[i] = (struct fix){
			.time_us = (midnight_s + seen[i].at_s) * US_PER_S,
			.accuracy_m = seen[i].accuracy_m,
			.is_mock = seen[i].is_mock,
		};
		files_degrees(&fixes[i].lat_deg, &fixes[i].lon_deg, &frame,
			      seen[i].east_m, seen[i].north_m);
	}
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		const struct day_meeting *m = &day.meetings[i];
		struct visit_plan plan = {
			.start_us = (midnight_s + m->start_s) * US_PER_S,
			.end_us = (midnight_s + m->end_s) * US_PER_S,
			.radius_m = m->radius_m,
			.min_dwell_s = m->min_dwell_s,
		};
		double lat_deg, lon_deg;
		files_degrees(&lat_deg, &lon_deg, &frame, m->pin.east_m,
			      m->pin.north_m);
		assert_true(geo_pin_from_degrees(&plan.pin, lat_deg, lon_deg));
		assert_true(watch_meeting(&entries[i], &plan, fixes, n, 0,
					  attack == ATTACK_GPS_OFF));
	}
}

static struct watch today[DAY_MEETINGS], once[DAY_MEETINGS];

static unsigned count_signal(enum spoof_signal signal, unsigned *n_asked)
{
	unsigned n = 0;
	*n_asked = 0;
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		struct spoof_finding finding;
		spoof_score(&finding, &today[i].content);
		n += has(&finding, signal);
		*n_asked += is_asked(&finding);
	}
	return n;
}

static void honest_days_are_not_suspected(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= HONEST_SEEDS; seed++) {
		live(today, ATTACK_NONE, seed, seed, MIDNIGHT_S);
		for (size_t i = 0; i < DAY_MEETINGS; i++) {
			struct spoof_finding finding;
			spoof_score(&finding, &today[i].content);
			assert_false(is_asked(&finding));
			assert_int_equal(
				finding.reasons & ~(1u << SPOOF_TELEPORT), 0);
		}
	}
}

static void attacks_are_seen(void **state)
{
	unsigned n_asked;
	(void)state;
	live(today, ATTACK_MOCK, 3, 3, MIDNIGHT_S);
	assert_int_equal(count_signal(SPOOF_MOCK, &n_asked), 7);
	assert_int_equal(n_asked, 7);
	live(today, ATTACK_CONSTANT, 3, 3, MIDNIGHT_S);
	assert_int_equal(count_signal(SPOOF_FROZEN, &n_asked), 8);
	assert_in_range(n_asked, 1, 8);
	live(today, ATTACK_STRAIGHT, 3, 3, MIDNIGHT_S);
	assert_in_range(count_signal(SPOOF_STRAIGHT, &n_asked), 1, 8);
	assert_in_range(n_asked, 1, 8);
	live(today, ATTACK_GPS_OFF, 3, 3, MIDNIGHT_S);
	assert_int_equal(count_signal(SPOOF_OFF_DURING, &n_asked), 8);
	assert_int_equal(n_asked, 0);
	for (size_t i = 0; i < DAY_MEETINGS; i++)
		assert_int_equal(today[i].content.verdict.word, VISIT_NO_DATA);
}

static unsigned count_again(void)
{
	unsigned n = 0;
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		struct track_match match;
		n += track_is_again(&match, &today[i].content,
				    &once[i].content);
	}
	return n;
}

static void a_replay_is_told_from_a_habit(void **state)
{
	const int64_t earlier_s = MIDNIGHT_S - INT64_C(7) * 86400;
	unsigned n_replayed = 0;
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		live(once, ATTACK_NONE, seed, seed, earlier_s);
		live(today, ATTACK_REPLAY, seed, seed, MIDNIGHT_S);
		n_replayed += count_again();
		/* The same streets at the same seconds, honestly. */
		live(today, ATTACK_NONE, seed, seed + 1000, MIDNIGHT_S);
		assert_int_equal(count_again(), 0);
	}
	assert_in_range(n_replayed, 10, 40);
}

static void lying_frozen_twice_is_no_replay(void **state)
{
	static struct walk walk;
	struct track_match match;
	(void)state;
	stand(&walk, 0.0, 5);
	watch_walk(&today[0], &walk);
	watch_walk(&once[0], &walk);
	assert_false(
		track_is_again(&match, &today[0].content, &once[0].content));
	/* The same errors at the same seconds are one; others are not. */
	stand(&walk, 5.0, 5);
	watch_walk(&today[0], &walk);
	watch_walk(&once[0], &walk);
	assert_true(
		track_is_again(&match, &today[0].content, &once[0].content));
	assert_in_range(match.shared, match.compared - 3, match.compared);
	stand(&walk, 5.0, 6);
	watch_walk(&once[0], &walk);
	assert_false(
		track_is_again(&match, &today[0].content, &once[0].content));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_stands_still_errs),
		cmocka_unit_test(jumps_are_no_way),
		cmocka_unit_test(a_ruler_is_seen),
		cmocka_unit_test(what_the_host_tells_weighs),
		cmocka_unit_test(trouble_is_counted_in_its_window),
		cmocka_unit_test(soft_signals_never_ask_alone),
		cmocka_unit_test(counts_have_their_bytes),
		cmocka_unit_test(honest_days_are_not_suspected),
		cmocka_unit_test(attacks_are_seen),
		cmocka_unit_test(a_replay_is_told_from_a_habit),
		cmocka_unit_test(lying_frozen_twice_is_no_replay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
