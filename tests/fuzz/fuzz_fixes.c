/*
 * Any plan, and any fixes in any order: the quantiser and the detector end,
 * their checkpoints go on alike, and the evidence gives the verdict again.
 *
 *	input = lat lon radius dwell n_outline n_entrances (point)* (step)*
 *	step  = kind, and what the kind takes: see take_step
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/evidence.h"
#include "model/meeting_plan.h"
#include "model/spoof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An input stands for so many fixes at most: what is found is found by few, and
 * a flood is tests/unit/test_tick's. */
enum { STEPS_MAX = 600, BURST = 300, FIXES_MAX = 1000 };

static const int64_t START_US = (int64_t)1767250800 * 1000000;

struct input {
	const uint8_t *at;
	size_t left;
};

struct watch {
	struct tick_quantiser quantiser;
	struct visit visit;
	struct evidence_draft draft;
	uint8_t bytes[EVIDENCE_MAX_BYTES];
	int64_t now_us;
	int n_fixes;
};

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static uint8_t octet(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++;
}

static int64_t number(struct input *in, int octets)
{
	uint8_t first = octet(in);
	int64_t value = first < 128 ? first : (int64_t)first - 256;
	for (int i = 1; i < octets; i++)
		value = value * 256 + octet(in);
	return value;
}

/* Any double: NaN, infinities and all. */
static double anything(struct input *in)
{
	uint8_t bytes[sizeof(double)];
	double x;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = octet(in);
	memcpy(&x, bytes, sizeof(x));
	return x;
}

static struct meeting_point
near(struct input *in, const struct meeting_fields *plan)
{
	double north = (double)number(in, 2), east = (double)number(in, 2);
	double lon = plan->pin_longitude + east * 1e-6;
	if (lon > 180.0)
		lon -= 360.0;
	else if (lon < -180.0)
		lon += 360.0;
	return (struct meeting_point){ plan->pin_latitude + north * 1e-6, lon };
}

static void take_plan(struct input *in, struct meeting_fields *out)
{
	*out = (struct meeting_fields){
		.start_us = START_US,
		.end_us = START_US + (int64_t)1800 * 1000000,
		.pin_latitude = (double)number(in, 2) * (90.0 / 32768.0),
		.pin_longitude = (double)number(in, 2) * (180.0 / 32768.0),
		.radius_m = number(in, 2),
		.min_dwell_s = number(in, 2),
		.n_outline = octet(in) % (AREA_CORNERS_MAX + 1),
		.n_entrances = octet(in) % (AREA_ENTRANCES_MAX + 1),
	};
	for (size_t i = 0; i < out->n_outline; i++)
		out->outline[i] = near(in, out);
	for (size_t i = 0; i < out->n_entrances; i++)
		out->entrances[i] = near(in, out);
}

/* What was saved goes on in place of what it was saved from. */
static void restart(struct watch *watch)
{
	uint8_t state[VISIT_STATE_MAX_BYTES], again[VISIT_STATE_MAX_BYTES];
	uint8_t quantiser[TICK_QUANTISER_BYTES];
	size_t len = visit_save(&watch->visit, state);
	must(len > 0 && visit_load(&watch->visit, state, len));
	must(visit_save(&watch->visit, again) == len &&
	     memcmp(state, again, len) == 0);
	must(tick_quantiser_save(&watch->quantiser, quantiser) ==
	     sizeof(quantiser));
	must(tick_quantiser_load(&watch->quantiser, quantiser,
				 sizeof(quantiser)));
	must(evidence_draft_resume(&watch->draft, watch->bytes,
				   watch->draft.len));
}

static void take_tick(struct watch *watch, const struct tick *tick)
{
	must(tick_is_valid(tick));
	if (evidence_draft_append(&watch->draft, tick))
		visit_tick(&watch->visit, tick);
}

static void take_fix(struct watch *watch, const struct fix *fix)
{
	struct tick tick;
	uint32_t wanted_s;
	watch->n_fixes++;
	if (tick_quantiser_add(&watch->quantiser, &tick, fix,
			       evidence_block_ds(&watch->draft)))
		take_tick(watch, &tick);
	wanted_s = visit_wanted_interval_s(&watch->visit);
	must(wanted_s >= 15 && wanted_s <= 300);
}

static void take_step(struct watch *watch, struct input *in,
		      const struct meeting_fields *plan)
{
	uint8_t kind = octet(in);
	struct meeting_point place = near(in, plan);
	struct fix fix = {
		.lat_deg = place.latitude,
		.lon_deg = place.longitude,
		.accuracy_m = octet(in),
		.is_mock = kind & 16,
		.is_rms = kind & 32,
		.is_against_sensors = kind & 64,
	};
	watch->now_us += number(in, 2) * 10000; /* back as well */
	fix.time_us = watch->now_us;
	switch (kind % 8) {
	case 0:
		fix.accuracy_m = anything(in);
		break;
	case 1:
		fix.lat_deg = anything(in);
		fix.lon_deg = anything(in);
		break;
	case 2:
		fix.time_us = number(in, 8);
		break;
	case 3: /* very many at once */
		for (int i = 0; i < BURST && watch->n_fixes < FIXES_MAX; i++) {
			fix.time_us = watch->now_us++;
			take_fix(watch, &fix);
		}
		break;
	case 4:
		restart(watch);
		break;
	default:
		break;
	}
	take_fix(watch, &fix);
}

static void check_stays(const struct visit *visit)
{
	struct visit_stay stays[VISIT_STAYS_MAX];
	size_t count = visit_stays(visit, stays);
	for (size_t i = 0; i < count; i++)
		must(stays[i].arrival.lo_ds <= stays[i].arrival.at_ds &&
		     stays[i].arrival.at_ds <= stays[i].arrival.hi_ds &&
		     stays[i].departure.lo_ds <= stays[i].departure.at_ds &&
		     stays[i].departure.at_ds <= stays[i].departure.hi_ds &&
		     stays[i].arrival.at_ds <= stays[i].departure.at_ds);
}

static void close_window(struct watch *watch)
{
	struct tick tick;
	struct visit_verdict verdict, again;
	struct evidence_content content;
	struct spoof_finding spoof;
	int64_t closed_us = watch->visit.opened_us + INT64_C(1000000000000);
	if (tick_quantiser_flush(&watch->quantiser, &tick))
		take_tick(watch, &tick);
	visit_decide(&watch->visit, &verdict);
	check_stays(&watch->visit);
	if (!evidence_draft_finish(&watch->draft, closed_us,
				   &watch->quantiser.signals, &verdict))
		return; /* a tick lay years ahead */
	must(evidence_content_read(&content, watch->bytes, watch->draft.len));
	must(evidence_recompute(&content, &again) == EVIDENCE_EQUAL);
	spoof_score(&spoof, &content);
	must(spoof.score_permille <= 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct watch watch;
	struct input in = { .at = data, .left = size };
	struct meeting_fields fields;
	struct visit_plan plan;
	const uint8_t id[16] = { 7 };
	int64_t opened_us = START_US - (int64_t)VISIT_MARGIN_S * 1000000;
	take_plan(&in, &fields);
	if (!meeting_plan_make(&plan, id, &fields))
		return 0;
	watch.now_us = opened_us;
	watch.n_fixes = 0;
	tick_quantiser_open(&watch.quantiser, plan.pin, opened_us, INT64_MAX);
	must(visit_open(&watch.visit, &plan, opened_us));
	must(evidence_draft_begin(&watch.draft, watch.bytes, &plan, opened_us));
	for (int i = 0;
	     i < STEPS_MAX && in.left > 0 && watch.n_fixes < FIXES_MAX; i++)
		take_step(&watch, &in, &fields);
	close_window(&watch);
	return 0;
}
