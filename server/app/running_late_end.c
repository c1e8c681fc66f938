/*
 * A warning that is over: see running_late.h. Owns the sentences that say why;
 * who has noticed is the callers' to know.
 */
#include "app/parts.h"
#include "app/running_late.h"
#include "app/words.h"

#define MINUTE_US INT64_C(60000000)

enum { WHY_MAX = 200 };

/* "14:12 EET, 7 minutes late" */
static void
add_arrival(struct sentence *text, const struct late_end *end, int64_t now_us)
{
	int64_t late_min = (end->at_us - end->start_us) / MINUTE_US;

	words_add_time(text, end->at_us, now_us);
	if (late_min < 1)
		sentence_add(text, ", in time after all");
	else
		sentence_add(text, ", %lld minute%s late", (long long)late_min,
			     late_min == 1 ? "" : "s");
}

static void
say_why(struct sentence *text, const struct late_end *end, int64_t now_us)
{
	static const char *const words[] = {
		[LATE_END_ARRIVED] = "Arrived at ",
		[LATE_END_SEEN_THERE] = "At the place at ",
		[LATE_END_TOLD_OVER] = "The phone told that it was over at ",
		[LATE_END_JUDGED] = "The meeting is over, and the phone's "
				    "evidence shows no arrival",
		[LATE_END_UNKNOWN] = "The meeting is over, and the phone's "
				     "evidence is too little to tell of an "
				     "arrival",
		[LATE_END_CALLED_OFF] = "The meeting was called off",
		[LATE_END_REMOVED] = "The meeting was deleted",
		[LATE_END_PUT_OFF] = "The meeting was put off to ",
		[LATE_END_GIVEN_AWAY] = "The meeting is another's now",
		[LATE_END_SILENCE] = "The meeting is long over, and nothing "
				     "was heard of an arrival",
	};

	sentence_add(text, "%s", words[end->reason]);
	switch (end->reason) {
	case LATE_END_ARRIVED:
	case LATE_END_SEEN_THERE:
		add_arrival(text, end, now_us);
		break;
	case LATE_END_TOLD_OVER:
	case LATE_END_PUT_OFF:
		words_add_time(text, end->at_us, now_us);
		break;
	case LATE_END_JUDGED:
	case LATE_END_UNKNOWN:
	case LATE_END_CALLED_OFF:
	case LATE_END_REMOVED:
	case LATE_END_GIVEN_AWAY:
	case LATE_END_SILENCE:
		break;
	}
	sentence_add(text, ".");
}

enum outrider_code
running_late_end(struct app *app, struct store_conn *tx,
		 const struct uuid *meeting, const struct uuid *rep,
		 const struct late_end *end, struct arena *arena,
		 struct outrider_err *err)
{
	const struct uuid id = alert_id_of(ALERT_RUNNING_LATE, meeting, rep);
	char why[WHY_MAX];
	struct sentence text = { .at = why, .room = sizeof(why) };

	say_why(&text, end, app->context->wall_us(app->context->user));
	return alert_close_itself(app, tx, &id, why, arena, err);
}
