/*
 * A rep's own meetings: outcome, due, my-visits, rebut, ledger. All of it with
 * the server away.
 */
#include "asked.h"
#include "cards.h"
#include "command.h"
#include "found.h"
#include "output.h"
#include "resolve.h"
#include "times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_US (INT64_C(60) * 1000000)
#define DAY_US	  (1440 * MINUTE_US)

enum { DUE_DAYS = 30 };

static bool keep_card(void *user, const struct outrider_card *card)
{
	return found_add(user, card) != NULL;
}

/* Is that reference field of the card this id? */
static bool refers_to(const struct outrider_card *card, const char *field,
		      const uint8_t id[16])
{
	char text[40], wanted[37];

	id_text(wanted, id);
	return card_field(text, sizeof(text), card, field, 0) &&
	       strcmp(text, wanted) == 0;
}

/* ----------------------------------------------------------------- outcome */

/* An outcome without what comes next is half of one. */
static int say_outcome(struct run *run, const uint8_t next[16],
		       const struct outrider_outcome *outcome)
{
	static const uint8_t none[16];
	const bool is_planned = memcmp(next, none, sizeof(none)) != 0;
	const int64_t next_us = outcome->next_start_us + outcome->next_step_us;
	char id[9];

	if (run->options.is_json) {
		struct json json = { false };

		json_open(&json, NULL, '{');
		if (is_planned)
			json_id(&json, "next_meeting_id", next);
		json_close(&json, '}');
		return 0;
	}
	id_short(id, next);
	if (is_planned)
		printf("Written down; the next meeting is planned: %s\n", id);
	else if (outcome->has_no_next_step || outcome->next_step != NULL ||
		 outcome->next_step_us != 0)
		puts("Written down.");
	else
		puts("Written down. What comes next, where and when? --at TIME "
		     "plans it, --next TEXT\nnotes a step, --no-next says that "
		     "there is none.");
	/* One of the two is set, or neither. */
	if (next_us != 0 && next_us <= session_now_us(&run->session))
		puts("That time is over already.");
	return 0;
}

int outcome_command(const struct command *command, int argc, char **argv)
{
	const char *next = NULL, *at = NULL, *where = NULL;
	bool has_none = false, is_not_held = false, is_step = false;
	const struct flag flags[] = {
		{ "--next", &next, NULL },
		{ "--at", &at, NULL },
		{ "--where", &where, NULL },
		{ "--no-next", NULL, &has_none },
		{ "--no-meeting", NULL, &is_step },
		{ "--not-held", NULL, &is_not_held },
	};
	struct outrider_outcome outcome = { .text = NULL };
	struct outrider_err err;
	struct run run;
	uint8_t id[16], place_id[16], next_id[16];
	char kind[32], text[4096];
	int64_t at_us = 0;
	int code;

	if (!command_begin(&run, command, flags, 6, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n < 2 || (where != NULL && at == NULL))
		return command_end(&run, command_usage(command));
	if (at != NULL && !asked_time(&at_us, at, session_now_us(&run.session)))
		return command_end(&run, 2);
	if (!resolve_card(&run.session, "meeting", run.words.at[0], id, kind) ||
	    (where != NULL &&
	     !resolve_card(&run.session, "place", where, place_id, kind)))
		return command_end(&run, 1);
	command_join_words(text, sizeof(text), &run.words, 1);
	outcome.text = text;
	outcome.was_held = !is_not_held;
	outcome.has_no_next_step = has_none;
	outcome.next_step = next;
	/* With a time it is a meeting, unless it is said not to be. */
	if (is_step)
		outcome.next_step_us = at_us;
	else
		outcome.next_start_us = at_us;
	outcome.next_place_id = where != NULL ? place_id : NULL;
	if (outrider_set_outcome(run.session.core, id, next_id, &outcome,
				 &err) != OUTRIDER_OK)
		return command_end(&run, session_fail(&err));
	return command_end(&run, say_outcome(&run, next_id, &outcome));
}

int due_command(const struct command *command, int argc, char **argv)
{
	struct founds founds = { .n = 0 };
	struct listing listing;
	struct outrider_err err;
	struct run run;
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	if (outrider_outcomes_due(run.session.core,
				  session_now_us(&run.session) -
					  DUE_DAYS * DAY_US,
				  keep_card, &founds, &err) != OUTRIDER_OK)
		code = session_fail(&err);
	listing_begin(&listing, &run);
	for (size_t i = 0; i < founds.n; i++)
		command_list_card(
			&listing, &run.session, &founds.at[i].card,
			card_what_is_due(&founds.at[i].card,
					 session_now_us(&run.session)));
	if (listing.n > 0 && !listing.is_json)
		puts("outrider outcome MEETING TEXT says what came of it, and "
		     "--at, --next or\n--no-next what comes next.");
	listing_end(&listing, code, "No outcome is due.");
	if (found_end(&founds) != 0)
		code = 1;
	return command_end(&run, code);
}

/* --------------------------------------------------------------- my-visits */

/* What is known of the day's meetings, gathered before it is told. */
struct own_visit {
	struct outrider_visit visit;
	char sentence[700];
};

struct own_day {
	struct founds meetings, alerts, rebuttals;
	struct own_visit *visits;
	size_t n_visits, room;
	int64_t from_us, until_us;
};

static bool keep_visit(void *user, const struct outrider_visit *visit)
{
	struct own_day *day = user;
	struct own_visit *kept;

	if (visit->end_us <= day->from_us || visit->start_us >= day->until_us)
		return true;
	if (day->n_visits == day->room) {
		const size_t room = day->room > 0 ? 2 * day->room : 16;

		kept = realloc(day->visits, room * sizeof(*kept));
		if (kept == NULL)
			abort();
		day->visits = kept;
		day->room = room;
	}
	kept = &day->visits[day->n_visits++];
	kept->visit = *visit;
	snprintf(kept->sentence, sizeof(kept->sentence), "%s", visit->sentence);
	return true;
}

/* The last one of the meeting; NULL: its window didn't open. */
static const struct own_visit *
visit_of(const struct own_day *day, const uint8_t meeting_id[16])
{
	for (size_t i = day->n_visits; i > 0; i--)
		if (memcmp(day->visits[i - 1].visit.meeting_id, meeting_id,
			   16) == 0)
			return &day->visits[i - 1];
	return NULL;
}

static const char *where_it_is(const struct outrider_visit *visit)
{
	return !visit->is_closed    ? "still watched"
	       : visit->has_receipt ? "the server holds it"
				    : "waits for the server";
}

/* "    alert (open): ..." of those about the meeting. */
static void tell_about(const struct founds *founds, const char *field,
		       const char *what, const uint8_t meeting_id[16])
{
	for (size_t i = 0; i < founds->n; i++) {
		const struct outrider_card *card = &founds->at[i].card;
		char text[2001], state[48];

		if (!refers_to(card, "meeting_id", meeting_id))
			continue;
		(void)card_field(text, sizeof(text), card, field, 0);
		(void)card_field(state, sizeof(state), card, "state", 0);
		printf("    %s%s: %s%s\n", what,
		       strcmp(state, "ALERT_STATE_CLOSED") == 0 ? " (closed)"
								: "",
		       text, card->is_pending ? "  (not sent yet)" : "");
	}
}

static void tell_meeting(const struct own_day *day,
			 const struct outrider_card *meeting, int64_t now_us)
{
	const struct own_visit *own = visit_of(day, meeting->id);
	char from[32], until[8], id[9], title[300], said[1001], planned[8];

	times_date_clock(from, card_time(meeting, "start_time"));
	times_clock(until, card_time(meeting, "end_time"));
	id_short(id, meeting->id);
	card_title(title, sizeof(title), meeting);
	(void)card_field(said, sizeof(said), meeting, "visit_sentence", 0);
	(void)card_field(planned, sizeof(planned), meeting, "is_unplanned", 0);
	printf("%s-%s  %s  %s%s\n", from, until, id, title,
	       strcmp(planned, "true") == 0 ? "  (checked in)" : "");
	if (own == NULL && card_time(meeting, "start_time") > now_us) {
		puts("    Still to come.");
	} else if (own == NULL) {
		puts("    This phone saw nothing of it.");
	} else {
		printf("    %s, %s: %s (%s)\n    %s\n", own->visit.word,
		       own->visit.is_firm ? "certain" : "not certain",
		       progress_words(
			       outrider_progress_name(own->visit.progress)),
		       where_it_is(&own->visit), own->sentence);
		if (own->visit.late_s > 0) {
			times_clock(until, own->visit.expected_arrival_us);
			printf("    expected there at %s, %u min late\n", until,
			       (unsigned)own->visit.late_s / 60);
		}
	}
	if (said[0])
		printf("    your manager reads: %s\n", said);
	tell_about(&day->alerts, "sentence", "alert", meeting->id);
	tell_about(&day->rebuttals, "text", "you wrote", meeting->id);
}

static void json_about(struct json *json, const char *name,
		       const struct founds *founds,
		       const uint8_t meeting_id[16])
{
	json_open(json, name, '[');
	for (size_t i = 0; i < founds->n; i++) {
		if (!refers_to(&founds->at[i].card, "meeting_id", meeting_id))
			continue;
		json_open(json, NULL, '{');
		card_json(json, &founds->at[i].card);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void json_meeting(struct json *json, const struct own_day *day,
			 const struct outrider_card *meeting)
{
	const struct own_visit *own = visit_of(day, meeting->id);
	char said[1001];

	json_open(json, NULL, '{');
	json_id(json, "meeting_id", meeting->id);
	json_time(json, "planned_start", card_time(meeting, "start_time"));
	json_time(json, "planned_end", card_time(meeting, "end_time"));
	if (own != NULL) {
		const struct outrider_visit *visit = &own->visit;

		json_text(json, "word", visit->word);
		json_bool(json, "is_firm", visit->is_firm);
		json_text(json, "progress",
			  outrider_progress_name(visit->progress));
		json_text(json, "sentence", own->sentence);
		json_bool(json, "is_closed", visit->is_closed);
		json_bool(json, "has_receipt", visit->has_receipt);
		json_bool(json, "has_rebuttal", visit->has_rebuttal);
		json_time(json, "expected_arrival", visit->expected_arrival_us);
		json_integer(json, "late_s", visit->late_s);
	}
	(void)card_field(said, sizeof(said), meeting, "visit_sentence", 0);
	json_text(json, "manager_reads", said);
	json_about(json, "alerts", &day->alerts, meeting->id);
	json_about(json, "rebuttals", &day->rebuttals, meeting->id);
	json_close(json, '}');
}

static bool gather_day(struct own_day *day, struct session *session)
{
	struct outrider *core = session->core;
	struct outrider_err err;

	if (outrider_agenda(core, day->from_us, day->until_us, keep_card,
			    &day->meetings, &err) == OUTRIDER_OK &&
	    outrider_card_find(core, "alert", NULL, SIZE_MAX, keep_card,
			       &day->alerts, &err) == OUTRIDER_OK &&
	    outrider_card_find(core, "rebuttal", NULL, SIZE_MAX, keep_card,
			       &day->rebuttals, &err) == OUTRIDER_OK &&
	    outrider_visits(core, keep_visit, day, &err) == OUTRIDER_OK)
		return true;
	(void)session_fail(&err);
	return false;
}

int my_visits_command(const struct command *command, int argc, char **argv)
{
	const char *date = NULL, *days = "1";
	const struct flag flags[] = { { "--date", &date, NULL },
				      { "--day", &date, NULL },
				      { "--days", &days, NULL } };
	struct own_day day = { .n_visits = 0 };
	struct listing listing;
	struct run run;
	int code;

	if (!command_begin(&run, command, flags, 3, argc, argv, &code))
		return command_end(&run, code);
	if (!command_day(&run, &date))
		return command_end(&run, command_usage(command));
	if (!asked_days(&day.from_us, &day.until_us, date, days,
			session_now_us(&run.session)))
		return command_end(&run, 2);
	if (!gather_day(&day, &run.session))
		code = 1;
	listing_begin(&listing, &run);
	for (size_t i = 0; code == 0 && i < day.meetings.n; i++) {
		listing.n++;
		if (listing.is_json)
			json_meeting(&listing.json, &day,
				     &day.meetings.at[i].card);
		else
			tell_meeting(&day, &day.meetings.at[i].card,
				     session_now_us(&run.session));
	}
	listing_end(&listing, code, "No meetings.");
	free(day.visits);
	if (found_end(&day.meetings) + found_end(&day.alerts) +
		    found_end(&day.rebuttals) !=
	    0)
		code = 1;
	return command_end(&run, code);
}

/* ------------------------------------------------------------------- rebut */

int rebut_command(const struct command *command, int argc, char **argv)
{
	struct outrider_edit *edit = NULL;
	struct outrider_err err;
	struct run run;
	uint8_t id[16], made[16];
	char kind[32], text[2001], meeting[37];
	enum outrider_code result;
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n < 2)
		return command_end(&run, command_usage(command));
	if (!resolve_card(&run.session, "meeting", run.words.at[0], id, kind))
		return command_end(&run, 1);
	command_join_words(text, sizeof(text), &run.words, 1);
	id_text(meeting, id);
	result = outrider_edit_begin(&edit, run.session.core, "rebuttal", NULL,
				     &err);
	if (result == OUTRIDER_OK)
		result = outrider_edit_set(edit, "meeting_id", meeting, &err);
	if (result == OUTRIDER_OK)
		result = outrider_edit_set(edit, "text", text, &err);
	if (result != OUTRIDER_OK) {
		outrider_edit_discard(edit);
		return command_end(&run, session_fail(&err));
	}
	if (outrider_edit_commit(edit, made, &err) != OUTRIDER_OK)
		return command_end(&run, session_fail(&err));
	if (run.options.is_json) {
		struct json json = { false };

		json_open(&json, NULL, '{');
		json_id(&json, "id", made);
		json_close(&json, '}');
	} else {
		puts("Written down; whoever closes an alert about it reads it "
		     "first.");
	}
	return command_end(&run, code);
}

/* ------------------------------------------------------------------ ledger */

struct ledger {
	struct listing listing;
	struct session *session;
	int64_t from_us, until_us;
};

/* For people: minutes that lie close together are told as one stretch. */
static void print_stretches(const struct outrider_sampled *sampled)
{
	const int64_t close_us = 5 * MINUTE_US;
	char first[8], last[8];

	for (size_t i = 0; i < sampled->n_spans; i++) {
		times_clock(first, sampled->spans[i].from_us);
		while (i + 1 < sampled->n_spans &&
		       sampled->spans[i + 1].from_us -
				       sampled->spans[i].until_us <=
			       close_us)
			i++;
		times_clock(last, sampled->spans[i].until_us);
		printf(" %s-%s", first, last);
	}
}

static bool tell_sampled(void *user, const struct outrider_sampled *sampled)
{
	struct ledger *ledger = user;
	char from[32], until[8], id[9];
	long minutes = 0;

	ledger->listing.n++;
	for (size_t i = 0; i < sampled->n_spans; i++)
		minutes += (long)((sampled->spans[i].until_us -
				   sampled->spans[i].from_us) /
				  MINUTE_US);
	times_date_clock(from, sampled->opens_us);
	times_clock(until, sampled->closes_us);
	id_short(id, sampled->meeting_id);
	printf("%s-%s  %s %s%s: %ld of %ld minutes", from, until,
	       sampled->is_check_in ? "check-in" : "meeting", id,
	       sampled->is_open ? " (goes on)" : "", minutes,
	       (long)((sampled->closes_us - sampled->opens_us) / MINUTE_US));
	if (sampled->n_spans > 0)
		fputs(", within", stdout);
	print_stretches(sampled);
	/* Positions are kept in memory alone: what isn't sent soon is lost. */
	printf("\n    %u fix%s came; %u kept as evidence, at most %u told to "
	       "the server as positions\n",
	       (unsigned)sampled->n_fixes, sampled->n_fixes == 1 ? "" : "es",
	       (unsigned)sampled->n_ticks, (unsigned)sampled->n_positions);
	return true;
}

static bool json_sampled(void *user, const struct outrider_sampled *sampled)
{
	struct ledger *ledger = user;
	struct json *json = &ledger->listing.json;

	json_open(json, NULL, '{');
	json_id(json, "meeting_id", sampled->meeting_id);
	json_text(json, "why", sampled->is_check_in ? "check-in" : "meeting");
	json_bool(json, "is_open", sampled->is_open);
	json_time(json, "opens", sampled->opens_us);
	json_time(json, "closes", sampled->closes_us);
	json_integer(json, "fixes", sampled->n_fixes);
	json_integer(json, "ticks", sampled->n_ticks);
	json_integer(json, "positions", sampled->n_positions);
	json_open(json, "minutes", '[');
	for (size_t i = 0; i < sampled->n_spans; i++) {
		json_open(json, NULL, '{');
		json_time(json, "from", sampled->spans[i].from_us);
		json_time(json, "until", sampled->spans[i].until_us);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
	return true;
}

/* Who asked where the rep is: the server's word, as of the last sync. */
static bool tell_look(void *user, const struct outrider_card *card)
{
	struct ledger *ledger = user;
	const int64_t at_us = card_time(card, "look_time");
	char when[32], sentence[501];

	if (at_us < ledger->from_us || at_us >= ledger->until_us)
		return true;
	(void)card_field(sentence, sizeof(sentence), card, "sentence", 0);
	if (ledger->listing.is_json) {
		json_open(&ledger->listing.json, NULL, '{');
		json_time(&ledger->listing.json, "look_time", at_us);
		json_text(&ledger->listing.json, "sentence", sentence);
		json_close(&ledger->listing.json, '}');
		return true;
	}
	ledger->listing.n++;
	times_date_clock(when, at_us);
	printf("%s  %s\n", when, sentence);
	return true;
}

int ledger_command(const struct command *command, int argc, char **argv)
{
	const char *date = NULL, *days = "1";
	const struct flag flags[] = { { "--date", &date, NULL },
				      { "--day", &date, NULL },
				      { "--days", &days, NULL } };
	struct ledger ledger = { .from_us = 0 };
	struct outrider_err err;
	struct run run;
	int code;

	if (!command_begin(&run, command, flags, 3, argc, argv, &code))
		return command_end(&run, code);
	if (!command_day(&run, &date))
		return command_end(&run, command_usage(command));
	if (!asked_days(&ledger.from_us, &ledger.until_us, date, days,
			session_now_us(&run.session)))
		return command_end(&run, 2);
	ledger.session = &run.session;
	listing_begin(&ledger.listing, &run);
	if (outrider_ledger(run.session.core, ledger.from_us, ledger.until_us,
			    ledger.listing.is_json ? json_sampled
						   : tell_sampled,
			    &ledger, &err) != OUTRIDER_OK ||
	    outrider_card_find(run.session.core, "look", NULL, SIZE_MAX,
			       tell_look, &ledger, &err) != OUTRIDER_OK)
		code = session_fail(&err);
	listing_end(&ledger.listing, code,
		    "Nothing was taken of your whereabouts, and nobody "
		    "looked.");
	return command_end(&run, code);
}
