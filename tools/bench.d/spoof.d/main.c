/*
 * bench_spoof: how often honest days are suspected, and which attacks are.
 *
 *     bench_spoof DAYS [FILE.csv ...]
 *
 * DAYS made-up rep-days at each of noise 1 and 2, and recorded ones: a file is
 * a person's day, with columns user,time,lat,lon and a head line. Every day is
 * watched twice, at the detector's own pace and with every fix there is; each
 * eighth is attacked, too. A day is suspected if one of its entries is. Owns
 * the counting; docs/spoofing.md explains the lines.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack.h"
#include "day_files.h"
#include "figures.h"
#include "model/instant.h"
#include "model/spoof.h"
#include "model/track_match.h"
#include "watch.h"

#include "../../usage.h"

enum {
	FIXES_MAX = 100000,
	WINDOWS_MAX = 2000,
	PLAN_S = 2700, /* of recorded days: three quarters of an hour */
	EVERY_S = 900,
	FIXES_MIN = 30,
	HONEST_PER_ATTACKED = 8, /* days */
};

static const int64_t US_PER_S = 1000000;
static const int64_t DAY_US = INT64_C(86400000000);
static const uint64_t FIRST_SEED = 9000;
/* 2026-01-05, and the same day of the week a fortnight earlier. */
static const int64_t MIDNIGHT_S = 1767571200, EARLIER_S = 1766361600;

/* A rep's entries: all, and those of windows that share no minute. */
struct person {
	char name[32];
	struct share entries, apart;
	int64_t apart_from_us;
};
enum { PERSONS_MAX = 16 };

struct honesty {
	struct share days, repeats;
	struct person persons[PERSONS_MAX];  /* of recorded days */
	struct share signals[SPOOF_SIGNALS]; /* of entries */
};

static bool is_asked(const struct spoof_finding *finding)
{
	return finding->score_permille >= SPOOF_ASK_PERMILLE;
}

/* True if the entry alone is suspected. */
static bool count_entry(struct honesty *honesty, const struct watch *watch)
{
	struct spoof_finding finding;
	spoof_score(&finding, &watch->content);
	for (size_t i = 0; i < SPOOF_SIGNALS; i++)
		count(&honesty->signals[i], finding.weight_permille[i] > 0);
	if (is_asked(&finding) && getenv("OUTRIDER_BENCH_VERBOSE"))
		fprintf(stderr, "suspected: reasons %" PRIx32 "\n",
			finding.reasons);
	return is_asked(&finding);
}

static void print_honesty(const char *prefix, const struct honesty *honesty)
{
	char name[80];
	(void)snprintf(name, sizeof(name), "%s_false_alarm_rate", prefix);
	print_share(name, honesty->days);
	(void)snprintf(name, sizeof(name), "%s_repeats_taken_for_replays",
		       prefix);
	print_share(name, honesty->repeats);
	for (size_t i = 0; i < SPOOF_SIGNALS; i++)
		if (honesty->signals[i].hits > 0)
			printf("%s_entries_with_%s %.2f percent\n", prefix,
			       spoof_signal_name((enum spoof_signal)i),
			       100.0 * (double)honesty->signals[i].hits /
				       (double)honesty->signals[i].all);
}

/* ------------------------------------------------------------ made-up days */

static struct day day;
static struct sighting seen[SIGHT_MAX];
static struct fix fixes[FIXES_MAX];
static size_t n_fixes;

static void take_sightings(const struct files_frame *frame, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fixes[i] = (struct fix){
			.time_us =
				(frame->midnight_s + seen[i].at_s) * US_PER_S,
			.accuracy_m = seen[i].accuracy_m,
			.is_mock = seen[i].is_mock,
		};
		files_degrees(&fixes[i].lat_deg, &fixes[i].lon_deg, frame,
			      seen[i].east_m, seen[i].north_m);
	}
	n_fixes = n;
}

static bool plan_of(struct visit_plan *out, const struct files_frame *frame,
		    const struct day_meeting *m)
{
	double lat_deg, lon_deg;
	*out = (struct visit_plan){
		.start_us = (frame->midnight_s + m->start_s) * US_PER_S,
		.end_us = (frame->midnight_s + m->end_s) * US_PER_S,
		.radius_m = m->radius_m,
		.min_dwell_s = m->min_dwell_s,
	};
	files_degrees(&lat_deg, &lon_deg, frame, m->pin.east_m, m->pin.north_m);
	return geo_pin_from_degrees(&out->pin, lat_deg, lon_deg);
}

/* The entries of a whole day; false if a plan isn't valid. */
static bool watch_day(struct watch out[DAY_MEETINGS],
		      const struct files_frame *frame, uint32_t interval_s,
		      bool is_off)
{
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		struct visit_plan plan;
		if (!plan_of(&plan, frame, &day.meetings[i]) ||
		    !watch_meeting(&out[i], &plan, fixes, n_fixes, interval_s,
				   is_off))
			return false;
	}
	return true;
}

struct setting {
	uint64_t seed;
	double noise;
	uint32_t interval_s;
};

/* One day under an attack, or an honest one. */
static bool make_day(struct watch out[DAY_MEETINGS],
		     const struct setting *setting, enum attack attack,
		     uint64_t sight_seed, int64_t midnight_s)
{
	struct files_frame frame = { .seed = setting->seed,
				     .midnight_s = midnight_s };
	struct attack_acts acts;
	struct geo_pin middle = { 523700000, 49000000 };
	geo_plane_about(&frame.city, middle);
	if (!day_live(&day, setting->seed))
		return false;
	take_sightings(&frame, attack_observe(seen, &acts, &day, attack,
					      sight_seed, setting->noise));
	return watch_day(out, &frame, setting->interval_s,
			 attack == ATTACK_GPS_OFF);
}

/* An honest day, and the same streets at the same seconds a fortnight before:
 * nothing but the errors of GPS tells them apart. */
static bool
live_honestly(struct honesty *honesty, const struct setting *setting)
{
	static struct watch entries[DAY_MEETINGS], earlier[DAY_MEETINGS];
	bool is_suspected = false;
	if (!make_day(entries, setting, ATTACK_NONE, setting->seed,
		      MIDNIGHT_S) ||
	    !make_day(earlier, setting, ATTACK_NONE, setting->seed + 500000,
		      EARLIER_S))
		return false;
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		struct track_match match;
		bool is_again = track_is_again(&match, &entries[i].content,
					       &earlier[i].content);
		count(&honesty->repeats, is_again);
		is_suspected |= count_entry(honesty, &entries[i]) || is_again;
	}
	count(&honesty->days, is_suspected);
	return true;
}

/* Which attacks a day's entries show by themselves; chains, clocks and disks
 * are tried in tests/integration/attack_visits. */
static const enum attack SHOWN[] = {
	ATTACK_MOCK,	 ATTACK_REPLAY,	 ATTACK_CONSTANT,
	ATTACK_STRAIGHT, ATTACK_GPS_OFF,
};
enum { N_SHOWN = sizeof(SHOWN) / sizeof(SHOWN[0]) };

struct loot {
	struct share caught[ATTACKS], entries[ATTACKS];
	struct share gained[ATTACKS]; /* firm PRESENT or LATE that is false */
	struct share dark;	      /* GPS off: NO_DATA is said */
};

static bool is_gained(const struct visit_verdict *verdict)
{
	return (verdict->word == VISIT_PRESENT ||
		verdict->word == VISIT_LATE) &&
	       verdict->certainty == VISIT_FIRM;
}

static bool
cheat(struct loot *loot, const struct setting *setting, enum attack attack)
{
	static struct watch entries[DAY_MEETINGS], earlier[DAY_MEETINGS];
	bool is_caught = false;
	if (!make_day(earlier, setting, ATTACK_NONE, setting->seed,
		      EARLIER_S) ||
	    !make_day(entries, setting, attack, setting->seed, MIDNIGHT_S))
		return false;
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		struct spoof_finding finding;
		struct track_match match;
		spoof_score(&finding, &entries[i].content);
		if (track_is_again(&match, &entries[i].content,
				   &earlier[i].content))
			spoof_add(&finding, SPOOF_REPLAY, 0);
		if (getenv("OUTRIDER_BENCH_VERBOSE"))
			fprintf(stderr,
				"%s %" PRIu32 " s: %u, reasons %" PRIx32
				", %u of %u shared; %s\n",
				attack_name(attack), setting->interval_s,
				finding.score_permille, finding.reasons,
				match.shared, match.compared,
				visit_word_name(
					entries[i].content.verdict.word));
		is_caught |= is_asked(&finding);
		count(&loot->entries[attack], is_asked(&finding));
		count(&loot->gained[attack],
		      is_gained(&entries[i].content.verdict) &&
			      !is_asked(&finding));
		if (attack == ATTACK_GPS_OFF)
			count(&loot->dark,
			      entries[i].content.verdict.word == VISIT_NO_DATA);
	}
	count(&loot->caught[attack], is_caught);
	return true;
}

static void print_loot(const char *pace, const struct loot *loot)
{
	for (size_t i = 0; i < N_SHOWN; i++) {
		enum attack attack = SHOWN[i];
		char name[80];
		(void)snprintf(name, sizeof(name), "%s_caught_%s", pace,
			       attack_name(attack));
		print_share(name, loot->caught[attack]);
		printf("%s_caught_%s_entries %.2f percent\n", pace,
		       attack_name(attack),
		       100.0 * (double)loot->entries[attack].hits /
			       (double)loot->entries[attack].all);
		printf("%s_believed_%s_entries %.2f percent\n", pace,
		       attack_name(attack),
		       100.0 * (double)loot->gained[attack].hits /
			       (double)loot->gained[attack].all);
	}
	printf("%s_gps-off_said_no_data %.2f percent\n", pace,
	       100.0 * (double)loot->dark.hits / (double)loot->dark.all);
}

/* ----------------------------------------------------------- recorded days */

/* Who the last file that was read is of: the user of its first line. */
static char user[32];

static bool parse_fix(struct fix *out, char *line)
{
	char *time = strchr(line, ','), *lat, *lon, *end;
	*out = (struct fix){ 0 };
	if (!time || !(lat = strchr(time + 1, ',')) ||
	    !(lon = strchr(lat + 1, ',')))
		return false;
	*lat = '\0';
	out->lat_deg = strtod(lat + 1, &end);
	if (*end != ',')
		return false;
	out->lon_deg = strtod(lon + 1, &end);
	struct bytes at = { .at = (const uint8_t *)time + 1,
			    .len = (size_t)(lat - time) - 1 };
	if (end == lon + 1 || !instant_parse(&out->time_us, at, false))
		return false;
	if (!*user)
		(void)snprintf(user, sizeof(user), "%.*s", (int)(time - line),
			       line);
	return true;
}

static bool read_fixes(const char *path)
{
	char line[256];
	FILE *in = fopen(path, "r");
	if (!in) {
		fprintf(stderr, "bench_spoof: %s: %s\n", path, strerror(errno));
		return false;
	}
	n_fixes = 0;
	*user = '\0';
	while (n_fixes < FIXES_MAX && fgets(line, sizeof(line), in))
		if (parse_fix(&fixes[n_fixes], line) &&
		    (n_fixes == 0 ||
		     fixes[n_fixes].time_us > fixes[n_fixes - 1].time_us))
			n_fixes++;
	(void)fclose(in);
	return true;
}

static struct watch *windows;
static size_t n_windows;
static struct share replayed;

/* The same fixes a week and some seconds later, by a phone that knows nothing
 * of the first time. */
static void replay_recorded(const struct watch *first, struct visit_plan plan,
			    uint32_t interval_s)
{
	static struct fix again[FIXES_MAX];
	static struct watch second;
	const int64_t week_us = INT64_C(7) * 86400 * US_PER_S;
	int64_t shift_us = week_us + (int64_t)(n_windows * 37 % 240) * US_PER_S;
	struct track_match match;
	for (size_t i = 0; i < n_fixes; i++) {
		again[i] = fixes[i];
		again[i].time_us += shift_us;
	}
	plan.start_us += week_us;
	plan.end_us += week_us;
	if (watch_meeting(&second, &plan, again, n_fixes, interval_s, false))
		count(&replayed,
		      track_is_again(&match, &second.content, &first->content));
}

static struct person *person_of(struct honesty *honesty)
{
	struct person *person = honesty->persons;
	while (*person->name && strcmp(person->name, user) != 0 &&
	       person < &honesty->persons[PERSONS_MAX - 1])
		person++;
	memcpy(person->name, user, sizeof(user));
	return person;
}

static void count_person(struct person *person,
			 const struct evidence_content *content,
			 bool is_suspected)
{
	count(&person->entries, is_suspected);
	/* Files need not come in order of time. */
	if (content->opened_us >= person->apart_from_us ||
	    content->closed_us < person->apart_from_us - DAY_US) {
		count(&person->apart, is_suspected);
		person->apart_from_us = content->closed_us;
	}
}

static void print_persons(const char *prefix, const struct honesty *honesty)
{
	for (size_t i = 0; i < PERSONS_MAX; i++) {
		const struct person *person = &honesty->persons[i];
		char name[160];
		(void)snprintf(name, sizeof(name),
			       "%s_person_%zu_entries_suspected", prefix,
			       i + 1);
		print_share(name, person->entries);
		(void)snprintf(name, sizeof(name),
			       "%s_person_%zu_apart_suspected", prefix, i + 1);
		print_share(name, person->apart);
	}
}

/* A meeting where the person was at the middle of its time. */
static bool
watch_recorded(struct honesty *honesty, int64_t start_us, uint32_t interval_s)
{
	const struct fix *middle = NULL;
	size_t within = 0;
	struct visit_plan plan = { .start_us = start_us,
				   .end_us = start_us + PLAN_S * US_PER_S,
				   .radius_m = VISIT_RADIUS_DEFAULT_M,
				   .min_dwell_s = VISIT_MIN_DWELL_DEFAULT_S };
	struct watch *watch = &windows[n_windows];
	for (size_t i = 0; i < n_fixes; i++) {
		if (fixes[i].time_us < plan.start_us ||
		    fixes[i].time_us > plan.end_us)
			continue;
		within++;
		if (fixes[i].time_us <= start_us + PLAN_S / 2 * US_PER_S)
			middle = &fixes[i];
	}
	if (within < FIXES_MIN || !middle || n_windows + 1 >= WINDOWS_MAX ||
	    !geo_pin_from_degrees(&plan.pin, middle->lat_deg,
				  middle->lon_deg) ||
	    !watch_meeting(watch, &plan, fixes, n_fixes, interval_s, false))
		return false;
	n_windows++;
	replay_recorded(watch, plan, interval_s);
	bool is_suspected = count_entry(honesty, watch);
	count_person(person_of(honesty), &watch->content, is_suspected);
	return is_suspected;
}

static void live_recorded(struct honesty *honesty, uint32_t interval_s)
{
	bool is_suspected = false;
	size_t before = n_windows;
	if (n_fixes == 0)
		return;
	int64_t last_us = fixes[n_fixes - 1].time_us;
	for (int64_t at_us = fixes[0].time_us;
	     at_us + PLAN_S * US_PER_S <= last_us; at_us += EVERY_S * US_PER_S)
		is_suspected |= watch_recorded(honesty, at_us, interval_s);
	if (n_windows > before)
		count(&honesty->days, is_suspected);
}

/* Every entry with every earlier one that did not see the same hours. */
static void compare_recorded(struct honesty *honesty)
{
	for (size_t i = 0; i < n_windows; i++)
		for (size_t j = 0; j < i; j++) {
			const struct evidence_content *a = &windows[i].content;
			const struct evidence_content *b = &windows[j].content;
			struct track_match match;
			if (a->opened_us < b->closed_us &&
			    b->opened_us < a->closed_us)
				continue;
			bool is_again = track_is_again(&match, a, b);
			if (match.compared == 0)
				continue;
			count(&honesty->repeats, is_again);
			if (is_again && getenv("OUTRIDER_BENCH_VERBOSE"))
				fprintf(stderr, "repeat: %u of %u shared\n",
					match.shared, match.compared);
		}
}

static bool
bench_recorded(const char *pace, uint32_t interval_s, char **paths, int n_paths)
{
	struct honesty honesty = { 0 };
	char name[80];
	n_windows = 0;
	replayed = (struct share){ 0 };
	for (int i = 0; i < n_paths; i++) {
		if (!read_fixes(paths[i]))
			return false;
		live_recorded(&honesty, interval_s);
	}
	compare_recorded(&honesty);
	(void)snprintf(name, sizeof(name), "recorded_%s", pace);
	print_honesty(name, &honesty);
	print_persons(name, &honesty);
	(void)snprintf(name, sizeof(name), "recorded_%s_caught_replay_entries",
		       pace);
	print_share(name, replayed);
	printf("recorded_%s_entries %zu entries\n", pace, n_windows);
	return true;
}

/* --------------------------------------------------------------------- main */

static bool bench_made_up(const char *pace, uint32_t interval_s, uint64_t days)
{
	struct honesty honesty = { 0 };
	static struct loot loot;
	char name[80];
	loot = (struct loot){ 0 };
	for (uint64_t n = 0; n < 2 * days; n++) {
		struct setting setting = { .seed = FIRST_SEED + n / 2,
					   .noise = n % 2 ? 2.0 : 1.0,
					   .interval_s = interval_s };
		if (!live_honestly(&honesty, &setting))
			return false;
		for (size_t i = 0;
		     i < N_SHOWN && n / 2 % HONEST_PER_ATTACKED == 0; i++)
			if (!cheat(&loot, &setting, SHOWN[i]))
				return false;
	}
	(void)snprintf(name, sizeof(name), "made_up_%s", pace);
	print_honesty(name, &honesty);
	print_loot(pace, &loot);
	return true;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		uint32_t interval_s;
	} PACES[] = { { "adaptive", 0 }, { "every_fix", 1 } };
	uint64_t days;
	bool is_well = true;

	if (usage_has_flag(argc, argv) || argc < 2 ||
	    !usage_number(&days, argv[1], 1, UINT32_MAX))
		return usage_say("usage: bench_spoof DAYS [FILE.csv ...]\n",
				 usage_is_asked(argc, argv));
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	windows = calloc(WINDOWS_MAX, sizeof(*windows));
	for (size_t i = 0; is_well && i < sizeof(PACES) / sizeof(PACES[0]); i++)
		is_well = windows &&
			  bench_made_up(PACES[i].name, PACES[i].interval_s,
					days) &&
			  (argc < 3 ||
			   bench_recorded(PACES[i].name, PACES[i].interval_s,
					  argv + 2, argc - 2));
	free(windows);
	return is_well ? 0 : 2;
}
