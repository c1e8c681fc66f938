/*
 * A finding in words: see visit_sentence.h.
 */
#include "app/visit_sentence.h"

#include "app/local_time.h"
#include "app/visit_kinds.h"
#include "model/sentence.h"
#include "model/utf8.h"
#include "model/visit.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------- times and lengths */

static void add_clock(struct sentence *text, int64_t at_us)
{
	struct local_time at;

	local_time(&at, at_us);
	sentence_add(text, "%s", at.clock);
}

/* "14:00-14:30" */
static void add_span(struct sentence *text, int64_t from_us, int64_t until_us)
{
	add_clock(text, from_us);
	sentence_add(text, "-");
	add_clock(text, until_us);
}

/* " EET" */
static void add_zone(struct sentence *text, int64_t at_us)
{
	struct local_time at;

	local_time(&at, at_us);
	sentence_add(text, " %s", at.zone);
}

void moment_text(char out[MOMENT_TEXT_LEN + 1], int64_t at_us)
{
	struct local_time at;

	local_time(&at, at_us);
	snprintf(out, MOMENT_TEXT_LEN + 1, "%s %s %s", at.date, at.clock,
		 at.zone);
}

/* In tenths of a second: the unit that a length is told in. */
static uint32_t unit_of(uint32_t ds)
{
	return ds < 1200 ? 10 : 600;
}

/* "70 s" or "29 min": whole ones, or no less than it is. */
static void add_length(struct sentence *text, uint32_t ds, uint32_t unit_ds,
		       bool is_rounded_up)
{
	uint32_t n = ds / unit_ds + (is_rounded_up && ds % unit_ds > 0);

	sentence_add(text, "%u %s", (unsigned)n, unit_ds == 10 ? "s" : "min");
}

/* ------------------------------------------------------------------- words */

/* "14:02-14:31 UTC (29 min, " */
static void add_stay(struct sentence *text, const struct visit_finding *visit)
{
	add_span(text, visit->arrived_us, visit->departed_us);
	add_zone(text, visit->arrived_us);
	sentence_add(text, " (");
	add_length(text, visit->dwell_ds, unit_of(visit->dwell_ds), false);
	sentence_add(text, ", ");
}

static void
add_accuracy(struct sentence *text, const struct visit_finding *visit)
{
	uint32_t under = visit->dwell_ds - visit->dwell_lo_ds;
	uint32_t over = visit->dwell_hi_ds - visit->dwell_ds;

	sentence_add(text, "sure to within ");
	add_length(text, over > under ? over : under, unit_of(visit->dwell_ds),
		   true);
	sentence_add(text, "), ");
}

/* "checked in at 14:00 EET" */
static void
add_check_in(struct sentence *text, const char *words, int64_t at_us)
{
	sentence_add(text, "%s at ", words);
	add_clock(text, at_us);
	add_zone(text, at_us);
}

/* "planned 14:00-14:30", and the zone where it wasn't said yet. */
static void add_plan(struct sentence *text, const struct visit_finding *visit,
		     bool is_zoned)
{
	if (visit->is_unplanned) {
		/* A stay was told with its times. */
		if (is_zoned)
			add_check_in(text, "checked in", visit->start_us);
		else
			sentence_add(text, "checked in");
		sentence_add(text, ", not planned");
		return;
	}
	sentence_add(text, "planned ");
	add_span(text, visit->start_us, visit->end_us);
	if (is_zoned)
		add_zone(text, visit->start_us);
}

/* "Was at the place 14:02-14:31 EET (29 min, sure to within 1 min), ..." */
static void add_present(struct sentence *text,
			const struct visit_finding *visit, const char *words)
{
	sentence_add(text, "%s at the place ", words);
	add_stay(text, visit);
	add_accuracy(text, visit);
	add_plan(text, visit, false);
}

static void add_short(struct sentence *text, const struct visit_finding *visit)
{
	uint32_t least_ds = visit->min_dwell_s * 10;

	sentence_add(text, "Was at the place too briefly, ");
	add_stay(text, visit);
	sentence_add(text, "at most ");
	add_length(text, visit->dwell_hi_ds, unit_of(visit->dwell_hi_ds), true);
	sentence_add(text, "; ");
	add_length(text, least_ds, unit_of(least_ds), true);
	sentence_add(text, " make it a meeting), ");
	add_plan(text, visit, false);
}

static void add_elsewhere(struct sentence *text,
			  const struct visit_finding *visit, const char *words)
{
	sentence_add(text, "%s, ", words);
	add_plan(text, visit, true);
}

/* Who checks in says so, and the GPS neither agrees nor contradicts. */
static void
add_unknown(struct sentence *text, const struct visit_finding *visit)
{
	if (!visit->is_unplanned) {
		add_elsewhere(text, visit, "Too few GPS fixes to tell");
		return;
	}
	add_check_in(text, "Checked in", visit->start_us);
	sentence_add(text,
		     ", not planned, and too few GPS fixes came to confirm it");
}

static void
add_what_was_seen(struct sentence *text, const struct visit_finding *visit)
{
	switch ((enum visit_word)visit->word) {
	case VISIT_PRESENT:
		add_present(text, visit, "Was");
		return;
	case VISIT_LATE:
		add_present(text, visit, "Came late, was");
		return;
	case VISIT_SHORT:
		add_short(text, visit);
		return;
	case VISIT_NEARBY:
		add_elsewhere(text, visit,
			      "Stayed close by but not at the place");
		sentence_add(text, "; the pin may be wrong");
		return;
	case VISIT_ELSEWHERE:
		add_elsewhere(text, visit,
			      "Stayed at another place for most of the time");
		return;
	case VISIT_ABSENT:
		add_elsewhere(text, visit, "Was not seen at the place");
		return;
	case VISIT_NO_DATA:
		add_unknown(text, visit);
		return;
	}
	add_elsewhere(text, visit, "A verdict that this server doesn't know");
}

/* The model's words for what keeps it from being certain; NULL: none. */
static const char *why_not(const struct visit_finding *visit)
{
	const struct visit_verdict verdict = {
		.word = (enum visit_word)visit->word,
		.certainty = (enum visit_certainty)visit->certainty,
		.log_odds_mnat = visit->log_odds_milli,
		.coverage_permille = (uint16_t)visit->coverage_permille,
		.dwell = { .at_ds = visit->dwell_ds,
			   .lo_ds = visit->dwell_lo_ds,
			   .hi_ds = visit->dwell_hi_ds },
	};
	/* Whatever the start is: nothing here overflows. */
	const int64_t late_us =
		(int64_t)((uint64_t)visit->start_us +
			  VISIT_LATE_AFTER_S * UINT64_C(1000000));

	return visit_doubt(&verdict, visit->min_dwell_s,
			   visit->arrived_lo_us <= late_us);
}

static void
add_how_sure(struct sentence *text, const struct visit_finding *visit)
{
	const char *why = why_not(visit);

	/* Too few may yet cover it: a fix speaks for some minutes. */
	if (visit->word == VISIT_NO_DATA && why != NULL) {
		sentence_add(text, "; %s", why);
		return;
	}
	sentence_add(text, "; GPS covered %u %% of the time",
		     (unsigned)(visit->coverage_permille + 5) / 10);
	if (visit->word == VISIT_NO_DATA)
		return;
	if (visit->certainty == VISIT_FIRM) {
		sentence_add(text, "; certain");
		return;
	}
	sentence_add(text, "; not certain%s%s%s", why != NULL ? " (" : "",
		     why != NULL ? why : "", why != NULL ? ")" : "");
}

/* The places beside that a reader may see. */
struct names {
	const char *const *at;
	size_t n;
};

static void add_name(struct sentence *text, const char *name)
{
	size_t len = utf8_cut(name, strlen(name), VISIT_NAME_MAX);

	sentence_add(text, "%.*s", (int)len, name);
}

/* "A", "A and B", "A, B and 2 more", "3 other customers' places" */
static void add_beside(struct sentence *text, const struct visit_finding *visit,
		       const struct names *names)
{
	size_t n = visit->n_neighbours, rest;

	if (names->n == 0 && n == 1)
		sentence_add(text, "another customer's place");
	else if (names->n == 0)
		sentence_add(text, "%zu other customers' places", n);
	if (names->n == 0)
		return;
	rest = n > names->n ? n - names->n : 0;
	for (size_t i = 0; i < names->n; i++) {
		bool is_last = i + 1 == names->n && rest == 0;

		if (i > 0)
			sentence_add(text, is_last ? " and " : ", ");
		add_name(text, names->at[i]);
	}
	if (rest > 0)
		sentence_add(text, " and %zu more", rest);
}

static void add_neighbours(struct sentence *text,
			   const struct visit_finding *visit,
			   const struct names *names)
{
	/* Who wasn't there wasn't next door either. */
	if (visit->n_neighbours == 0 || visit->departed_hi_us == 0)
		return;
	sentence_add(text, "; the GPS can't tell it from ");
	add_beside(text, visit, names);
	sentence_add(text, visit->is_unplanned
				   ? " next door: the rep says that it was "
				     "this one"
				   : " next door: the plan says that it "
				     "was this one");
}

static void
add_late_change(struct sentence *text, const struct visit_finding *visit)
{
	const char *what = visit->late_change == LATE_CHANGE_MOVED
				   ? "the plan was changed"
			   : visit->late_change == LATE_CHANGE_CANCELLED
				   ? "it was called off"
				   : NULL;

	if (what != NULL)
		sentence_add(text,
			     "; %s less than %d min before the start, or after "
			     "it",
			     what, VISIT_MARGIN_S / 60);
}

static void add_reserves(struct sentence *text,
			 const struct visit_finding *visit,
			 const struct names *names)
{
	char moment[MOMENT_TEXT_LEN + 1];

	add_neighbours(text, visit, names);
	add_late_change(text, visit);
	if (visit->mock_fixes > 0)
		sentence_add(text,
			     "; the phone marked %u of its fixes as made up",
			     (unsigned)visit->mock_fixes);
	if (!visit->is_reproduced)
		sentence_add(
			text,
			"; the server could not confirm the phone's verdict "
			"from its fixes");
	if (visit->is_plan_agreed || visit->is_unplanned)
		return;
	if (visit->plan_seen_us == 0) {
		sentence_add(text, "; the server has not seen this plan");
		return;
	}
	moment_text(moment, visit->plan_seen_us);
	sentence_add(text, "; the server first saw this plan at %s", moment);
}

size_t visit_sentence(char out[VISIT_SENTENCE_MAX + 1],
		      const struct visit_finding *visit)
{
	return visit_sentence_named(out, visit, NULL, 0);
}

size_t visit_sentence_named(char out[VISIT_SENTENCE_MAX + 1],
			    const struct visit_finding *visit,
			    const char *const *names, size_t n)
{
	const struct names told = { .at = names, .n = n };
	struct sentence text = { .at = out, .room = VISIT_SENTENCE_MAX + 1 };

	add_what_was_seen(&text, visit);
	add_how_sure(&text, visit);
	add_reserves(&text, visit, &told);
	sentence_add(&text, ".");
	return text.len;
}

size_t visit_sentence_none(char out[VISIT_SENTENCE_MAX + 1], int64_t start_us,
			   int64_t end_us, bool is_unplanned)
{
	struct sentence text = { .at = out, .room = VISIT_SENTENCE_MAX + 1 };

	sentence_add(&text, "No evidence has come yet, ");
	if (is_unplanned) {
		add_check_in(&text, "checked in", start_us);
	} else {
		sentence_add(&text, "planned ");
		add_span(&text, start_us, end_us);
		add_zone(&text, start_us);
	}
	sentence_add(&text, ".");
	return text.len;
}

/* ------------------------------------------------------------ several reps */

static const char *group_words(const struct visit_group *group)
{
	switch ((enum visit_word)group->word) {
	case VISIT_PRESENT:
		return "Took place";
	case VISIT_LATE:
		return "Took place, begun late";
	case VISIT_SHORT:
		return "Was too brief";
	case VISIT_NEARBY:
		return "Somebody stayed close by, nobody at the place (the pin "
		       "may be wrong)";
	case VISIT_ELSEWHERE:
	case VISIT_ABSENT:
		return "Nobody was seen at the place";
	case VISIT_NO_DATA:
		return "Too few GPS fixes to tell";
	}
	return "A verdict that this server doesn't know";
}

/* Of whom nothing is known it isn't said that they weren't there. */
static void add_heads(struct sentence *text, const struct visit_group *group)
{
	if (group->word == VISIT_NO_DATA) {
		sentence_add(text, ", for any of the %u reps",
			     (unsigned)group->n_reps);
		return;
	}
	sentence_add(text, ": %u of %u reps %s seen at the place",
		     (unsigned)group->n_there, (unsigned)group->n_reps,
		     group->n_there == 1 ? "was" : "were");
	if (group->n_unknown > 0)
		sentence_add(text, ", of %u there is no data",
			     (unsigned)group->n_unknown);
}

size_t visit_sentence_group(char out[VISIT_SENTENCE_MAX + 1],
			    const struct visit_group *group)
{
	struct sentence text = { .at = out, .room = VISIT_SENTENCE_MAX + 1 };

	sentence_add(&text, "%s, planned ", group_words(group));
	add_span(&text, group->start_us, group->end_us);
	add_zone(&text, group->start_us);
	add_heads(&text, group);
	if (group->together_s > 0) {
		uint32_t ds = group->together_s * 10;

		sentence_add(&text, "; two phones were there together for ");
		add_length(&text, ds, unit_of(ds), false);
		sentence_add(&text, " at least%s",
			     group->is_corroborated ? ", which makes it certain"
						    : "");
	}
	if (group->word != VISIT_NO_DATA && !group->is_corroborated)
		sentence_add(&text, "; %s",
			     group->certainty == VISIT_FIRM ? "certain"
							    : "not certain");
	sentence_add(&text, ".");
	return text.len;
}
