/* visit_words: see visit_words.h. */
#include "visit_words.h"

#include <stdarg.h>
#include <stdio.h>

struct text {
	char *at;
	size_t len;
};

static void add(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
	size_t room = VISIT_WORDS_MAX + 1 - text->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text->at + text->len, room, format, args);
	va_end(args);
	if (len > 0)
		text->len += (size_t)len < room ? (size_t)len : room - 1;
}

/* ------------------------------------------------------------ what was seen */

/* "70 s", "29 min": whole ones. */
static void add_seconds(struct text *text, uint32_t s)
{
	if (s < 120)
		add(text, "%u s", (unsigned)s);
	else
		add(text, "%u min", (unsigned)s / 60);
}

/* No less than it is. */
static void add_at_most(struct text *text, uint32_t s)
{
	add_seconds(text, s < 120 ? s : (s + 59) / 60 * 60);
}

static void add_dwell(struct text *text, const struct visit_span *dwell)
{
	add(text, "at the place for ");
	/* As the server tells it: nobody is to argue about a half minute. */
	add_seconds(text, dwell->at_ds / 10);
	add(text, " (between ");
	add_seconds(text, dwell->lo_ds / 10);
	add(text, " and ");
	add_at_most(text, (dwell->hi_ds + 9) / 10);
	add(text, ")");
}

static void add_arrival(struct text *text, const struct visit_telling *telling)
{
	const int64_t us_per_ds = 100000;
	int64_t after_us = telling->opened_us +
			   telling->verdict->arrival.at_ds * us_per_ds -
			   telling->plan->start_us;

	if (after_us >= 0) {
		add(text, ", from ");
		add_seconds(text, (uint32_t)(after_us / 1000000));
		add(text, " after the start on");
	} else {
		add(text, ", from ");
		add_seconds(text, (uint32_t)(-after_us / 1000000));
		add(text, " before the start on");
	}
}

static void add_sight(struct text *text, const struct visit_telling *telling)
{
	const struct visit_verdict *verdict = telling->verdict;

	switch (verdict->word) {
	case VISIT_PRESENT:
		add(text, "You were ");
		add_dwell(text, &verdict->dwell);
		add_arrival(text, telling);
		return;
	case VISIT_LATE:
		add(text, "You came late: you were ");
		add_dwell(text, &verdict->dwell);
		add_arrival(text, telling);
		return;
	case VISIT_SHORT:
		add(text, "You were ");
		add_dwell(text, &verdict->dwell);
		add(text, "; ");
		add_at_most(text, telling->plan->min_dwell_s);
		add(text, " make it a meeting");
		return;
	case VISIT_NEARBY:
		add(text, "You stayed close by, but not at the pin; if that "
			  "was the right door, the pin is wrong");
		return;
	case VISIT_ELSEWHERE:
		add(text, "Most of the time you were at another place");
		return;
	case VISIT_ABSENT:
		add(text, "You were not seen at the place");
		return;
	case VISIT_NO_DATA:
		add(text, "The phone gave too few fixes to tell");
		return;
	}
	add(text, "A verdict that this phone doesn't know");
}

/* ------------------------------------------------------------ how sure, why */

static void add_lack(struct text *text, unsigned seconds, const char *why)
{
	if (seconds == 0)
		return;
	add(text, "; %s for ", why);
	add_seconds(text, seconds);
}

static void add_reasons(struct text *text, const struct visit_telling *telling)
{
	const struct tick_signals *signals = telling->signals;

	add(text, ": fixes cover %u %% of the time",
	    (unsigned)(telling->verdict->coverage_permille + 5) / 10);
	add_lack(text, signals->gps_off_s, "location was switched off");
	add_lack(text, signals->no_permission_s,
		 "the app was not allowed to see where it is");
	add_lack(text, signals->low_power_s,
		 "fixes were held back to save the battery");
	if (signals->clock_jumps + signals->clock_backs > 0)
		add(text, "; the phone's clock was set");
	if (signals->mock_fixes > 0)
		add(text, "; the phone said that %u fixes were made up",
		    (unsigned)signals->mock_fixes);
}

void visit_words(char out[VISIT_WORDS_MAX + 1],
		 const struct visit_telling *telling)
{
	struct text text = { .at = out };

	out[0] = '\0';
	if (!telling->is_over)
		add(&text, "So far: ");
	add_sight(&text, telling);
	if (telling->verdict->certainty == VISIT_FIRM)
		add(&text, ". That is certain");
	else
		add(&text, ". That is not certain, and held against nobody");
	add_reasons(&text, telling);
	add(&text, ".");
}
