/*
 * A finding in words: see visit_sentence.h.
 */
#include "app/visit_sentence.h"

#include "model/calendar.h"
#include "model/visit.h"

#include <stdarg.h>
#include <stdio.h>

#define MINUTE_US INT64_C(60000000)
#define DAY_US	  (1440 * MINUTE_US)

struct text {
	char *at;
	size_t len;
};

static void add(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Words and numbers of a finding never fill the room: see the test. */
static void add(struct text *text, const char *format, ...)
{
	size_t room = VISIT_SENTENCE_MAX + 1 - text->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text->at + text->len, room, format, args);
	va_end(args);
	if (len > 0)
		text->len += (size_t)len < room ? (size_t)len : room - 1;
}

/* ------------------------------------------------------- times and lengths */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int minute_of_day(int64_t at_us)
{
	int64_t minute = floor_div(at_us, MINUTE_US);

	return (int)(minute - 1440 * floor_div(minute, 1440));
}

static void add_clock(struct text *text, int64_t at_us)
{
	int minute = minute_of_day(at_us);

	add(text, "%02d:%02d", minute / 60, minute % 60);
}

/* "14:00-14:30" */
static void add_span(struct text *text, int64_t from_us, int64_t until_us)
{
	add_clock(text, from_us);
	add(text, "-");
	add_clock(text, until_us);
}

void moment_text(char out[MOMENT_TEXT_LEN + 1], int64_t at_us)
{
	int minute = minute_of_day(at_us);
	int64_t year, month, day;

	calendar_date(&year, &month, &day, floor_div(at_us, DAY_US));
	snprintf(out, MOMENT_TEXT_LEN + 1, "%04u-%02u-%02u %02u:%02u UTC",
		 (unsigned)year % 10000, (unsigned)month % 100,
		 (unsigned)day % 100, (unsigned)minute / 60 % 100,
		 (unsigned)minute % 60);
}

/* In tenths of a second: the unit that a length is told in. */
static uint32_t unit_of(uint32_t ds)
{
	return ds < 1200 ? 10 : 600;
}

/* "70 s" or "29 min": whole ones, or no less than it is. */
static void
add_length(struct text *text, uint32_t ds, uint32_t unit_ds, bool is_rounded_up)
{
	uint32_t n = ds / unit_ds + (is_rounded_up && ds % unit_ds > 0);

	add(text, "%u %s", (unsigned)n, unit_ds == 10 ? "s" : "min");
}

/* ------------------------------------------------------------------- words */

/* "14:02-14:31 UTC (29 min, " */
static void add_stay(struct text *text, const struct visit_finding *visit)
{
	add_span(text, visit->arrived_us, visit->departed_us);
	add(text, " UTC (");
	add_length(text, visit->dwell_ds, unit_of(visit->dwell_ds), false);
	add(text, ", ");
}

static void add_accuracy(struct text *text, const struct visit_finding *visit)
{
	uint32_t under = visit->dwell_ds - visit->dwell_lo_ds;
	uint32_t over = visit->dwell_hi_ds - visit->dwell_ds;

	add(text, "sure to within ");
	add_length(text, over > under ? over : under, unit_of(visit->dwell_ds),
		   true);
	add(text, "), ");
}

static void add_plan(struct text *text, const struct visit_finding *visit)
{
	add(text, "planned ");
	add_span(text, visit->start_us, visit->end_us);
}

static void
add_what_was_seen(struct text *text, const struct visit_finding *visit)
{
	switch ((enum visit_word)visit->word) {
	case VISIT_PRESENT:
		add(text, "Was at the place ");
		add_stay(text, visit);
		add_accuracy(text, visit);
		add_plan(text, visit);
		return;
	case VISIT_LATE:
		add(text, "Came late: was at the place ");
		add_stay(text, visit);
		add_accuracy(text, visit);
		add_plan(text, visit);
		return;
	case VISIT_SHORT:
		add(text, "Was at the place too briefly, ");
		add_stay(text, visit);
		add(text, "at most ");
		add_length(text, visit->dwell_hi_ds,
			   unit_of(visit->dwell_hi_ds), true);
		add(text, "; ");
		add_length(text, visit->min_dwell_s * 10,
			   unit_of(visit->min_dwell_s * 10), true);
		add(text, " make it a meeting), ");
		add_plan(text, visit);
		return;
	case VISIT_NEARBY:
		add(text, "Stayed close by but not at the place, ");
		add_plan(text, visit);
		add(text, " UTC; the pin may be wrong: please check it");
		return;
	case VISIT_ELSEWHERE:
		add(text, "Stayed at another place for most of the time, ");
		add_plan(text, visit);
		add(text, " UTC");
		return;
	case VISIT_ABSENT:
		add(text, "Was not seen at the place, ");
		add_plan(text, visit);
		add(text, " UTC");
		return;
	case VISIT_NO_DATA:
		add(text, "Too few GPS fixes to tell, ");
		add_plan(text, visit);
		add(text, " UTC");
		return;
	}
	add(text, "A verdict that this server doesn't know, ");
	add_plan(text, visit);
	add(text, " UTC");
}

static void add_how_sure(struct text *text, const struct visit_finding *visit)
{
	add(text, "; GPS covered %u %% of the time",
	    (unsigned)(visit->coverage_permille + 5) / 10);
	if (visit->word != VISIT_NO_DATA)
		add(text, "; %s",
		    visit->certainty == VISIT_FIRM ? "certain" : "not certain");
}

static void add_reserves(struct text *text, const struct visit_finding *visit)
{
	char moment[MOMENT_TEXT_LEN + 1];

	if (visit->mock_fixes > 0)
		add(text, "; the phone marked %u of its fixes as made up",
		    (unsigned)visit->mock_fixes);
	if (!visit->is_reproduced)
		add(text, "; the server could not confirm the phone's verdict "
			  "from its fixes");
	if (visit->is_plan_agreed)
		return;
	if (visit->plan_seen_us == 0) {
		add(text, "; the server has not seen this plan");
		return;
	}
	moment_text(moment, visit->plan_seen_us);
	add(text, "; the server first saw this plan at %s", moment);
}

size_t visit_sentence(char out[VISIT_SENTENCE_MAX + 1],
		      const struct visit_finding *visit)
{
	struct text text = { .at = out };

	add_what_was_seen(&text, visit);
	add_how_sure(&text, visit);
	add_reserves(&text, visit);
	add(&text, ".");
	return text.len;
}

size_t visit_sentence_none(char out[VISIT_SENTENCE_MAX + 1], int64_t start_us,
			   int64_t end_us)
{
	struct text text = { .at = out };

	add(&text, "No evidence has come yet, planned ");
	add_span(&text, start_us, end_us);
	add(&text, " UTC.");
	return text.len;
}
