/*
 * outrider-repday: writes a rep's made-up day.
 *
 *     outrider-repday --seed N --date YYYY-MM-DD --out DIR [--at LAT,LON]
 *                     [--attack NAME]
 *
 * The same seed makes the same day on every machine. Owns the command line
 * only; files.h describes the files.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack.h"
#include "day.h"
#include "day_files.h"
#include "sight.h"

#include "../usage.h"

struct options {
	uint64_t seed;
	int64_t midnight_s;
	struct geo_pin at;
	const char *folder;
	enum attack attack;
	bool has_seed, has_date;
};

/* The middle of the city where none is given. */
static const double LAT_DEG = 52.3700, LON_DEG = 4.9000;
/* Streets would meet at the poles. */
static const double LAT_MAX_DEG = 80.0;

static const char USAGE[] =
	"usage: outrider-repday --seed N --date YYYY-MM-DD --out DIR"
	" [--at LAT,LON] [--attack NAME]\n"
	"Writes truth.json, plan.csv, day.csv and day.nmea; times are UTC.\n"
	"--attack: the rep stays away, or comes an hour late, and this is done "
	"to hide it;\nacts.csv says what is done to the phone beside its "
	"fixes. NAME is one of\n";

static int say_usage(bool is_asked)
{
	const int code = usage_say(USAGE, is_asked);

	for (enum attack a = ATTACK_NONE + 1; a < ATTACKS; a++)
		fprintf(is_asked ? stdout : stderr, "  %-12s %s\n",
			attack_name(a), attack_story(a));
	return code;
}

static bool parse_seed(struct options *options, const char *text)
{
	options->has_seed = usage_number(&options->seed, text, 0, UINT64_MAX);
	return options->has_seed;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const unsigned DAYS[] = { 31, 28, 31, 30, 31, 30,
					 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return DAYS[month - 1] + (month == 2 && is_leap);
}

static bool parse_date(struct options *options, const char *text)
{
	static const char FORM[] = "dddd-dd-dd";
	if (strlen(text) != strlen(FORM))
		return false;
	for (size_t i = 0; FORM[i]; i++)
		if (FORM[i] == 'd' ? text[i] < '0' || text[i] > '9'
				   : text[i] != FORM[i])
			return false;
	unsigned year = (unsigned)strtoul(text, NULL, 10);
	unsigned month = (unsigned)strtoul(text + 5, NULL, 10);
	unsigned day = (unsigned)strtoul(text + 8, NULL, 10);
	/* NMEA has two digits for the year. */
	if (year < 2000 || year > 2069 || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month))
		return false;
	int64_t days = 0;
	for (unsigned y = 1970; y < year; y++)
		days += 337 + days_in_month(y, 2);
	for (unsigned m = 1; m < month; m++)
		days += days_in_month(year, m);
	options->midnight_s = (days + day - 1) * 86400;
	options->has_date = true;
	return true;
}

static bool parse_at(struct options *options, const char *text)
{
	char *end;
	double lat_deg = strtod(text, &end);
	if (end == text || *end != ',')
		return false;
	const char *second = end + 1;
	double lon_deg = strtod(second, &end);
	return end != second && !*end && lat_deg >= -LAT_MAX_DEG &&
	       lat_deg <= LAT_MAX_DEG &&
	       geo_pin_from_degrees(&options->at, lat_deg, lon_deg);
}

static bool parse_folder(struct options *options, const char *text)
{
	options->folder = text;
	return text[0] != '\0';
}

static bool parse_attack(struct options *options, const char *text)
{
	for (enum attack a = ATTACK_NONE + 1; a < ATTACKS; a++)
		if (strcmp(attack_name(a), text) == 0)
			options->attack = a;
	return options->attack != ATTACK_NONE;
}

static const struct option {
	const char *name;
	bool (*parse)(struct options *options, const char *text);
} OPTIONS[] = {
	{ "--seed", parse_seed },     { "--date", parse_date },
	{ "--at", parse_at },	      { "--out", parse_folder },
	{ "--attack", parse_attack },
};

static bool
parse_pair(struct options *options, const char *name, const char *text)
{
	for (size_t i = 0; i < sizeof(OPTIONS) / sizeof(OPTIONS[0]); i++)
		if (strcmp(OPTIONS[i].name, name) == 0)
			return text && OPTIONS[i].parse(options, text);
	return false;
}

static bool parse_options(struct options *options, int argc, char **argv)
{
	if (!geo_pin_from_degrees(&options->at, LAT_DEG, LON_DEG))
		return false;
	for (int i = 1; i < argc; i += 2)
		if (!parse_pair(options, argv[i], argv[i + 1])) {
			fprintf(stderr, "outrider-repday: %s %s: not known\n",
				argv[i], argv[i + 1] ? argv[i + 1] : "");
			return false;
		}
	return options->has_seed && options->has_date && options->folder;
}

int main(int argc, char **argv)
{
	static struct day day;
	static struct sighting seen[SIGHT_MAX];
	struct attack_acts acts;
	struct options options = { 0 };
	if (usage_is_asked(argc, argv))
		return say_usage(true);
	if (!parse_options(&options, argc, argv))
		return say_usage(false);
	struct files_frame frame = { .seed = options.seed,
				     .midnight_s = options.midnight_s };
	geo_plane_about(&frame.city, options.at);
	if (!day_live(&day, options.seed)) {
		fputs("outrider-repday: no clear-cut day for this seed\n",
		      stderr);
		return 1;
	}
	size_t count = attack_observe(seen, &acts, &day, options.attack,
				      options.seed, 1.0);
	frame.acts = acts.acts;
	frame.n_acts = acts.n;
	return files_write(options.folder, &frame, &day, seen, count) ? 0 : 1;
}
