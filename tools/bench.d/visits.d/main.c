/*
 * bench_visits: verdicts on made-up lives, counted against what was lived.
 *
 *     bench_visits LIVES
 *
 * LIVES lives on each kind of phone; each is watched at several samplings at
 * once. A line is a metric, its value and unit, and for shares Wilson's
 * interval of 95 % and the number of cases. Owns the counting; docs/visits.md
 * explains the lines and tells what the figures can't say.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "life.h"
#include "model/evidence.h"

#include "../../usage.h"

enum { PACES = 5, ADAPTIVE = 4 };

static const int PACE_S[PACES] = { 5, 30, 60, 300, 0 };
static const char *const PACE_NAMES[PACES] = { "5s", "30s", "60s", "300s",
					       "adaptive" };
static const char *const PHONE_NAMES[LIFE_PHONES] = {
	"good", "noisy", "blind", "cold", "frozen", "duty"
};
static const char *const KIND_NAMES[LIFE_KINDS] = {
	"present", "late", "short", "cafe", "driveby", "no_show", "parked"
};
static const char *const CITY_NAMES[] = { "open", "town", "canyon" };

struct share {
	uint64_t hits, all;
};

/* What is counted of one phone at one pace. */
struct tally {
	struct share right[LIFE_KINDS];
	struct share city_right[3];
	struct share missed;	  /* attended, not called so */
	struct share invented;	  /* not attended, called so */
	struct share firm_wrong;  /* of the firm words that accuse */
	struct share firm_absent; /* ... of those who attended */
	struct share arrival_held, departure_held;
	uint64_t fixes;
	double hours;
};

struct cost {
	uint64_t fixes, ns;
	size_t state_bytes, evidence_bytes;
};

struct watch {
	struct tick_quantiser quantiser;
	struct visit visit;
	struct evidence_draft draft;
	uint8_t bytes[EVIDENCE_MAX_BYTES];
	int64_t due_us;
};

static struct tally tallies[LIFE_PHONES][PACES];
static struct cost cost;

static void count(struct share *share, bool is_hit)
{
	share->hits += is_hit;
	share->all++;
}

/* --- one life ------------------------------------------------------------- */

static void die(const char *what)
{
	fprintf(stderr, "bench_visits: %s\n", what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void watch_begin(struct watch *watch, const struct life *life)
{
	tick_quantiser_open(&watch->quantiser, life->plan.pin, life->began_us,
			    INT64_MAX);
	if (!visit_open(&watch->visit, &life->plan, life->began_us) ||
	    !evidence_draft_begin(&watch->draft, watch->bytes, &life->plan,
				  life->began_us))
		die("a plan is refused");
	watch->due_us = INT64_MIN;
}

static void take_tick(struct watch *watch, const struct tick *tick)
{
	if (evidence_draft_append(&watch->draft, tick))
		visit_tick(&watch->visit, tick);
}

static void watch_fix(struct watch *watch, const struct fix *fix, int pace_s)
{
	struct tick tick;
	uint64_t began_ns = now_ns();
	uint32_t wanted_s = (uint32_t)pace_s;
	if (tick_quantiser_add(&watch->quantiser, &tick, fix,
			       evidence_block_ds(&watch->draft)))
		take_tick(watch, &tick);
	if (pace_s == 0)
		wanted_s = visit_wanted_interval_s(&watch->visit);
	cost.ns += now_ns() - began_ns;
	cost.fixes++;
	watch->due_us = fix->time_us + (int64_t)wanted_s * 1000000 - 500000;
}

static void weigh(struct watch *watch, const struct visit_verdict *verdict,
		  int64_t closed_us)
{
	uint8_t state[VISIT_STATE_MAX_BYTES];
	size_t len = visit_save(&watch->visit, state);
	if (len == 0 ||
	    !evidence_draft_finish(&watch->draft, closed_us,
				   &watch->quantiser.signals, verdict))
		die("a checkpoint or an entry does not fit");
	if (len > cost.state_bytes)
		cost.state_bytes = len;
	if (watch->draft.len > cost.evidence_bytes)
		cost.evidence_bytes = watch->draft.len;
}

static bool is_right(enum life_kind kind, enum visit_word word)
{
	switch (kind) {
	case LIFE_PRESENT:
		return word == VISIT_PRESENT;
	case LIFE_LATE:
		return word == VISIT_LATE;
	case LIFE_SHORT:
		return word == VISIT_SHORT;
	case LIFE_CAFE:
	case LIFE_PARKED:
		return word == VISIT_NEARBY;
	case LIFE_DRIVEBY:
	case LIFE_NO_SHOW:
		return word == VISIT_ABSENT || word == VISIT_ELSEWHERE;
	}
	return false;
}

static bool holds(const struct visit_span *span, int at_s)
{
	return at_s * 10 >= (int)span->lo_ds && at_s * 10 <= (int)span->hi_ds;
}

static void judge(struct tally *tally, const struct life *life,
		  const struct visit_verdict *verdict)
{
	enum visit_word word = verdict->word;
	bool is_right_word = is_right(life->kind, word);
	bool is_present = word == VISIT_PRESENT || word == VISIT_LATE;
	bool attended = life->kind == LIFE_PRESENT || life->kind == LIFE_LATE;
	count(&tally->right[life->kind], is_right_word);
	/* A parked car is told from a visit by nobody: it has its own line. */
	if (life->kind != LIFE_PARKED)
		count(&tally->city_right[life->city], is_right_word);
	if (attended)
		count(&tally->missed, !is_present);
	else if (life->kind != LIFE_SHORT && life->kind != LIFE_PARKED)
		count(&tally->invented, is_present);
	if (verdict->certainty == VISIT_FIRM && word >= VISIT_LATE &&
	    word <= VISIT_ABSENT)
		count(&tally->firm_wrong, !is_right_word);
	if (attended)
		count(&tally->firm_absent,
		      verdict->certainty == VISIT_FIRM && word >= VISIT_SHORT);
	if (attended && is_present) {
		count(&tally->arrival_held,
		      holds(&verdict->arrival, life->arrival_s));
		count(&tally->departure_held,
		      holds(&verdict->departure, life->departure_s));
	}
}

static bool is_watched(enum life_phone phone, int pace)
{
	return phone == LIFE_GOOD || phone == LIFE_NOISY || pace == ADAPTIVE ||
	       PACE_S[pace] == 30;
}

static void live(uint64_t seed, enum life_phone phone)
{
	static struct watch watches[PACES];
	static struct life life;
	struct fix fix = { 0 };
	struct tick tick;
	bool is_seen = false;
	life_begin(&life, seed, phone);
	for (int p = 0; p < PACES; p++)
		watch_begin(&watches[p], &life);
	while (life_next(&life, &fix, &is_seen))
		for (int p = 0; is_seen && p < PACES; p++)
			if (is_watched(phone, p) &&
			    fix.time_us >= watches[p].due_us) {
				watch_fix(&watches[p], &fix, PACE_S[p]);
				tallies[phone][p].fixes++;
			}
	for (int p = 0; p < PACES; p++) {
		struct visit_verdict verdict;
		if (!is_watched(phone, p))
			continue;
		if (tick_quantiser_flush(&watches[p].quantiser, &tick))
			take_tick(&watches[p], &tick);
		visit_decide(&watches[p].visit, &verdict);
		weigh(&watches[p], &verdict,
		      life.began_us + (int64_t)life.length_s * 1000000);
		judge(&tallies[phone][p], &life, &verdict);
		tallies[phone][p].hours += life.length_s / 3600.0;
	}
}

/* --- figures -------------------------------------------------------------- */

static void print_share(const char *what, const char *phone, const char *pace,
			const char *which, struct share share)
{
	const double z = 1.96;
	double n = (double)share.all;
	if (share.all == 0)
		return;
	double p = (double)share.hits / n;
	double middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
	double half = z * sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n)) /
		      (1.0 + z * z / n);
	printf("%s_%s_%s%s%s %.2f %% %.2f..%.2f of %" PRIu64 "\n", what, phone,
	       pace, *which ? "_" : "", which, 100.0 * p,
	       100.0 * (middle > half ? middle - half : 0.0),
	       100.0 * (middle + half), share.all);
}

static void
print_tally(const struct tally *tally, const char *phone, const char *pace)
{
	struct share right = { 0 };
	for (int kind = 0; kind < LIFE_KINDS; kind++) {
		print_share("right", phone, pace, KIND_NAMES[kind],
			    tally->right[kind]);
		if (kind == LIFE_PARKED)
			continue;
		right.hits += tally->right[kind].hits;
		right.all += tally->right[kind].all;
	}
	print_share("right", phone, pace, "", right);
	for (int city = 0; city < 3; city++)
		print_share("right", phone, pace, CITY_NAMES[city],
			    tally->city_right[city]);
	print_share("missed", phone, pace, "", tally->missed);
	print_share("invented", phone, pace, "", tally->invented);
	print_share("firm_wrong", phone, pace, "", tally->firm_wrong);
	print_share("firm_against_attended", phone, pace, "",
		    tally->firm_absent);
	print_share("arrival_held", phone, pace, "", tally->arrival_held);
	print_share("departure_held", phone, pace, "", tally->departure_held);
	printf("fixes_per_hour_%s_%s %.1f 1/h\n", phone, pace,
	       (double)tally->fixes / tally->hours);
}

int main(int argc, char **argv)
{
	uint64_t lives;

	if (usage_has_flag(argc, argv) || argc != 2 ||
	    !usage_number(&lives, argv[1], 1, UINT32_MAX))
		return usage_say("usage: bench_visits LIVES\n",
				 usage_is_asked(argc, argv));
	/* Far from the seeds of the tests. */
	for (uint64_t n = 0; n < lives; n++)
		for (int phone = 0; phone < LIFE_PHONES; phone++)
			live(700000 + n, (enum life_phone)phone);
	for (int phone = 0; phone < LIFE_PHONES; phone++)
		for (int p = 0; p < PACES; p++)
			if (is_watched((enum life_phone)phone, p))
				print_tally(&tallies[phone][p],
					    PHONE_NAMES[phone], PACE_NAMES[p]);
	printf("ns_per_fix %.0f ns\n", (double)cost.ns / (double)cost.fixes);
	printf("bytes_per_meeting %zu B\n", cost.state_bytes);
	printf("fixes_per_hour_adaptive %.1f 1/h\n",
	       (double)tallies[LIFE_GOOD][ADAPTIVE].fixes /
		       tallies[LIFE_GOOD][ADAPTIVE].hours);
	printf("evidence_bytes_per_meeting %zu B\n", cost.evidence_bytes);
	return fflush(stdout) != 0 || ferror(stdout);
}
