/*
 * See words.h.
 */
#include "app/words.h"

#include "app/local_time.h"
#include "app/visit_kinds.h"

#include <string.h>

void words_add_subject(struct sentence *text, const struct row *meeting)
{
	const struct bytes subject =
		kind_value(meeting, MEETING_SUBJECT)->bytes;

	sentence_add(text, "\"%.*s\"", (int)subject.len,
		     subject.at ? (const char *)subject.at : "");
}

void words_add_moment(struct sentence *text, int64_t at_us)
{
	struct local_time at;

	local_time(&at, at_us);
	sentence_add(text, "%s %s %s", at.date, at.clock, at.zone);
}

void words_add_time(struct sentence *text, int64_t at_us, int64_t now_us)
{
	struct local_time at, now;

	local_time(&at, at_us);
	local_time(&now, now_us);
	if (strcmp(at.date, now.date) != 0)
		sentence_add(text, "%s ", at.date);
	sentence_add(text, "%s %s", at.clock, at.zone);
}
