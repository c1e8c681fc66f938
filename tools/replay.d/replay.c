/*
 * replay: runs recorded fixes of many meetings through the phone's own
 * quantiser and detector, and prints stays and verdicts.
 *
 *     replay --interval S | --adaptive  <records >verdicts
 *
 * Owns the text protocol and the thinning of fixes; it refuses to know how a
 * verdict comes about. docs/visits.md has the lines and the options.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/num.h"
#include "model/tick.h"
#include "model/visit.h"

#include "../usage.h"

static const double THINNING_SLACK_S = 0.5;
static const double DS_PER_S = 10.0;

struct replay {
	bool is_adaptive;
	double interval_s;

	bool is_open;
	char id[64];
	struct visit_plan plan;
	bool has_fix;
	double due_s; /* when the next fix is taken */
	double last_s;
	int64_t opened_us;
	uint64_t fixes_used;
	struct tick_quantiser quantiser;
	struct visit visit;
};

/* Splits at commas, in place; returns how many fields, at most room. */
static size_t split(char *line, char **fields, size_t room)
{
	size_t count = 0;
	while (line && count < room) {
		fields[count++] = line;
		line = strchr(line, ',');
		if (line)
			*line++ = '\0';
	}
	return line ? room + 1 : count;
}

/* A decimal number with a point, whatever the locale (we never set one). */
static bool parse_number(const char *text, double *out)
{
	char *end;
	errno = 0;
	double value = strtod(text, &end);
	if (end == text || *end != '\0' || errno == ERANGE ||
	    !num_is_finite(value))
		return false;
	*out = value;
	return true;
}

static int64_t us_of(double seconds)
{
	return num_round(seconds * 1e6, -1000000000000000000,
			 1000000000000000000);
}

static bool begin_meeting(struct replay *replay, char **fields, size_t count)
{
	double lat, lon, start_s, end_s, dwell_s;
	if (count != 7 || strlen(fields[1]) >= sizeof(replay->id) ||
	    !parse_number(fields[2], &lat) || !parse_number(fields[3], &lon) ||
	    !parse_number(fields[4], &start_s) ||
	    !parse_number(fields[5], &end_s) ||
	    !parse_number(fields[6], &dwell_s))
		return false;
	replay->plan = (struct visit_plan){
		.start_us = us_of(start_s),
		.end_us = us_of(end_s),
		.radius_m = VISIT_RADIUS_DEFAULT_M,
		.min_dwell_s =
			(uint32_t)num_round(dwell_s, 0, VISIT_MIN_DWELL_MAX_S),
	};
	if (!geo_pin_from_degrees(&replay->plan.pin, lat, lon) ||
	    !visit_plan_is_valid(&replay->plan))
		return false;
	memcpy(replay->id, fields[1], strlen(fields[1]) + 1);
	replay->is_open = true;
	replay->has_fix = false;
	replay->fixes_used = 0;
	return true;
}

/* The window opens with the record's first fix. */
static bool open_window(struct replay *replay, double at_s)
{
	replay->opened_us = us_of(at_s);
	tick_quantiser_open(&replay->quantiser, replay->plan.pin,
			    replay->opened_us, INT64_MAX);
	return visit_open(&replay->visit, &replay->plan, replay->opened_us);
}

static bool take_fix(struct replay *replay, char **fields, size_t count)
{
	double at_s;
	struct fix fix = { 0 };
	struct tick tick;
	if (!replay->is_open || count != 5 || !parse_number(fields[1], &at_s))
		return false;
	if (replay->has_fix && at_s < replay->due_s)
		return true;
	if (!parse_number(fields[2], &fix.lat_deg) ||
	    !parse_number(fields[3], &fix.lon_deg) ||
	    (fields[4][0] && !parse_number(fields[4], &fix.accuracy_m)))
		return false;
	if (!replay->has_fix && !open_window(replay, at_s))
		return false;
	replay->has_fix = true;
	replay->fixes_used++;
	fix.time_us = us_of(at_s);
	if (tick_quantiser_add(&replay->quantiser, &tick, &fix, TICK_BLOCK_DS))
		visit_tick(&replay->visit, &tick);
	double wanted_s =
		replay->is_adaptive
			? (double)visit_wanted_interval_s(&replay->visit)
			: replay->interval_s;
	replay->due_s = at_s + wanted_s - THINNING_SLACK_S;
	replay->last_s = at_s;
	return true;
}

/* Absolute time with one decimal; a span never leaves the record. */
static void print_moment(const struct replay *replay, uint32_t at_ds)
{
	double at_s = (double)replay->opened_us / 1e6 + at_ds / DS_PER_S;
	printf(",%.1f", at_s < replay->last_s ? at_s : replay->last_s);
}

static void print_span(const struct replay *replay, struct visit_span span)
{
	print_moment(replay, span.at_ds);
	print_moment(replay, span.lo_ds);
	print_moment(replay, span.hi_ds);
}

static bool end_meeting(struct replay *replay)
{
	struct tick tick;
	struct visit_stay stays[VISIT_STAYS_MAX];
	struct visit_verdict verdict;
	if (!replay->is_open)
		return false;
	if (!replay->has_fix &&
	    !open_window(replay, (double)replay->plan.start_us / 1e6))
		return false;
	if (tick_quantiser_flush(&replay->quantiser, &tick))
		visit_tick(&replay->visit, &tick);
	size_t count = visit_stays(&replay->visit, stays);
	for (size_t i = 0; i < count; i++) {
		printf("visit,%s", replay->id);
		print_span(replay, stays[i].arrival);
		print_span(replay, stays[i].departure);
		putchar('\n');
	}
	visit_decide(&replay->visit, &verdict);
	printf("verdict,%s,%s,%.3f,%.1f,%.1f,%.1f,%" PRIu64 "\n", replay->id,
	       visit_word_name(verdict.word), verdict.log_odds_mnat / 1000.0,
	       verdict.dwell.at_ds / DS_PER_S, verdict.dwell.lo_ds / DS_PER_S,
	       verdict.dwell.hi_ds / DS_PER_S, replay->fixes_used);
	replay->is_open = false;
	return true;
}

static bool take_line(struct replay *replay, char *line)
{
	char *fields[8];
	line[strcspn(line, "\r\n")] = '\0';
	size_t count = split(line, fields, 8);
	if (strcmp(fields[0], "fix") == 0)
		return take_fix(replay, fields, count);
	if (strcmp(fields[0], "meeting") == 0)
		return begin_meeting(replay, fields, count);
	return count == 1 && strcmp(fields[0], "end") == 0 &&
	       end_meeting(replay);
}

static bool parse_options(struct replay *replay, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--adaptive") == 0) {
		replay->is_adaptive = true;
		return true;
	}
	return argc == 3 && strcmp(argv[1], "--interval") == 0 &&
	       parse_number(argv[2], &replay->interval_s) &&
	       replay->interval_s > 0.0;
}

int main(int argc, char **argv)
{
	static struct replay replay;
	char line[512];
	unsigned long number = 0;
	if (usage_is_asked(argc, argv) || !parse_options(&replay, argc, argv))
		return usage_say(
			"usage: replay --interval SECONDS | --adaptive "
			"<RECORDS >VERDICTS\n",
			usage_is_asked(argc, argv));
	while (fgets(line, sizeof(line), stdin)) {
		number++;
		if (!strchr(line, '\n') && !feof(stdin)) {
			fprintf(stderr, "replay: line %lu is too long\n",
				number);
			return 1;
		}
		if (!take_line(&replay, line)) {
			fprintf(stderr, "replay: line %lu makes no sense\n",
				number);
			return 1;
		}
	}
	if (ferror(stdin) || fflush(stdout) != 0 || ferror(stdout)) {
		fputs("replay: cannot read or write\n", stderr);
		return 1;
	}
	return 0;
}
