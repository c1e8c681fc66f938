/* visit_words: see visit_words.h. */
#include "visit_words.h"

#include "model/sentence.h"

/* ------------------------------------------------------------ what was seen */

/* "70 s", "29 min": whole ones. */
static void add_seconds(struct sentence *text, uint32_t s)
{
	if (s < 120)
		sentence_add(text, "%u s", (unsigned)s);
	else
		sentence_add(text, "%u min", (unsigned)s / 60);
}

/* No less than it is. */
static void add_at_most(struct sentence *text, uint32_t s)
{
	add_seconds(text, s < 120 ? s : (s + 59) / 60 * 60);
}

static void add_dwell(struct sentence *text, const struct visit_span *dwell)
{
	sentence_add(text, "at the place for ");
	/* As the server tells it: nobody is to argue about a half minute. */
	add_seconds(text, dwell->at_ds / 10);
	sentence_add(text, " (between ");
	add_seconds(text, dwell->lo_ds / 10);
	sentence_add(text, " and ");
	add_at_most(text, (dwell->hi_ds + 9) / 10);
	sentence_add(text, ")");
}

static void
add_arrival(struct sentence *text, const struct visit_telling *telling)
{
	const int64_t us_per_ds = 100000;
	int64_t after_us = telling->opened_us +
			   telling->verdict->arrival.at_ds * us_per_ds -
			   telling->plan->start_us;

	if (after_us >= 0) {
		sentence_add(text, ", from ");
		add_seconds(text, (uint32_t)(after_us / 1000000));
		sentence_add(text, " after the start on");
	} else {
		sentence_add(text, ", from ");
		add_seconds(text, (uint32_t)(-after_us / 1000000));
		sentence_add(text, " before the start on");
	}
}

static void
add_sight(struct sentence *text, const struct visit_telling *telling)
{
	const struct visit_verdict *verdict = telling->verdict;

	switch (verdict->word) {
	case VISIT_PRESENT:
		sentence_add(text, "You were ");
		add_dwell(text, &verdict->dwell);
		add_arrival(text, telling);
		return;
	case VISIT_LATE:
		sentence_add(text, "You came late: you were ");
		add_dwell(text, &verdict->dwell);
		add_arrival(text, telling);
		return;
	case VISIT_SHORT:
		sentence_add(text, "You were ");
		add_dwell(text, &verdict->dwell);
		sentence_add(text, "; ");
		add_at_most(text, telling->plan->min_dwell_s);
		sentence_add(text, " make it a meeting");
		return;
	case VISIT_NEARBY:
		sentence_add(text,
			     "You stayed close by, but not at the pin; if that "
			     "was the right door, the pin is wrong");
		return;
	case VISIT_ELSEWHERE:
		sentence_add(text,
			     "Most of the time you were at another place");
		return;
	case VISIT_ABSENT:
		sentence_add(text, "You were not seen at the place");
		return;
	case VISIT_NO_DATA:
		sentence_add(text, "The phone gave too few fixes to tell");
		return;
	}
	sentence_add(text, "A verdict that this phone doesn't know");
}

/* ------------------------------------------------------------ how sure, why */

static void add_lack(struct sentence *text, unsigned seconds, const char *why)
{
	if (seconds == 0)
		return;
	sentence_add(text, "; %s for ", why);
	add_seconds(text, seconds);
}

/* The model's words; NULL: none. */
static const char *doubt_of(const struct visit_telling *telling)
{
	const int64_t arrived_us =
		telling->opened_us +
		telling->verdict->arrival.lo_ds * INT64_C(100000);
	const int64_t late_us =
		telling->plan->start_us + VISIT_LATE_AFTER_S * INT64_C(1000000);

	return visit_doubt(telling->verdict, telling->plan->min_dwell_s,
			   arrived_us <= late_us);
}

static void
add_reasons(struct sentence *text, const struct visit_telling *telling)
{
	const struct tick_signals *signals = telling->signals;
	const char *why = telling->verdict->word == VISIT_NO_DATA
				  ? doubt_of(telling)
				  : NULL;

	/* Too few may yet cover it: a fix speaks for some minutes. */
	if (why != NULL)
		sentence_add(text, ": %s", why);
	else
		sentence_add(
			text, ": fixes cover %u %% of the time",
			(unsigned)(telling->verdict->coverage_permille + 5) /
				10);
	add_lack(text, signals->gps_off_s, "location was switched off");
	add_lack(text, signals->no_permission_s,
		 "the app was not allowed to see where it is");
	add_lack(text, signals->low_power_s,
		 "fixes were held back to save the battery");
	if (signals->clock_jumps + signals->clock_backs > 0)
		sentence_add(text, "; the phone's clock was set");
	if (signals->mock_fixes > 0)
		sentence_add(text,
			     "; the phone said that %u fixes were made up",
			     (unsigned)signals->mock_fixes);
}

static void
add_doubt(struct sentence *text, const struct visit_telling *telling)
{
	const char *why = doubt_of(telling);

	sentence_add(text, ". That is not certain%s%s, and held against nobody",
		     why != NULL ? ", as " : "", why != NULL ? why : "");
}

void visit_words(char out[VISIT_WORDS_MAX + 1],
		 const struct visit_telling *telling)
{
	struct sentence text = { .at = out, .room = VISIT_WORDS_MAX + 1 };

	out[0] = '\0';
	if (!telling->is_over)
		sentence_add(&text, "So far: ");
	add_sight(&text, telling);
	/* What tells nothing is neither certain nor uncertain. */
	if (telling->verdict->word == VISIT_NO_DATA)
		sentence_add(&text, ", which is held against nobody");
	else if (telling->verdict->certainty == VISIT_FIRM)
		sentence_add(&text, ". That is certain");
	else
		add_doubt(&text, telling);
	add_reasons(&text, telling);
	sentence_add(&text, ".");
}
