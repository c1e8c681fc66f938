/*
 * The commands of a day on the road: track and visits. Both work without the
 * PIN: a meeting goes on in a locked pocket.
 */
#include "asked.h"
#include "command.h"
#include "fixes.h"
#include "output.h"
#include "times.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define POLL_MS	  500

/* What track was told, and what it has seen. */
struct track {
	struct run *run;
	struct fixes *fixes;
	bool is_file;
	bool is_offline;
	int64_t until_us; /* 0: the source's end is the end */
	long idle_s;	  /* 0: wait for ever */
	int64_t due_us;	  /* no fix is worth its battery before */
	int64_t step_us;  /* when the core wants to run next */
	unsigned long n_seen, n_taken;
};

static volatile sig_atomic_t is_interrupted;

static void interrupt(int signal)
{
	(void)signal;
	is_interrupted = 1;
}

/* Sends what there is; being out of reach is normal, and of a position not
 * worth a word. */
static void sync_now(struct track *track, bool has_verdict)
{
	struct outrider_err err;

	if (!track->is_offline &&
	    !session_sync(&track->run->session, NULL, NULL, &err) &&
	    has_verdict)
		fprintf(stderr, "outrider: not sent yet: %s\n", err.text);
}

/* The events that a day on the road is told by. */
static const struct telling {
	enum outrider_event_type type;
	const char *name;  /* for programs */
	const char *words; /* for people; NULL: the event's own text */
} tellings[] = {
	{ OUTRIDER_EVENT_WINDOW_OPENED, "window_opened", "watching" },
	{ OUTRIDER_EVENT_VERDICT, "verdict", NULL },
	{ OUTRIDER_EVENT_PROGRESS, "progress", NULL },
	{ OUTRIDER_EVENT_OUTCOME_WANTED, "outcome_wanted", "what came of it?" },
	{ OUTRIDER_EVENT_PLAN_CHANGED, "plan_changed",
	  "its plan was changed too late; the one from before is judged" },
};

static const struct telling *telling_of(enum outrider_event_type type)
{
	for (size_t i = 0; i < sizeof(tellings) / sizeof(tellings[0]); i++)
		if (tellings[i].type == type)
			return &tellings[i];
	return NULL;
}

static void tell_event(struct track *track, const struct telling *telling,
		       const struct outrider_event *event)
{
	const int64_t now = session_now_us(&track->run->session);
	char clock[8], id[9];

	times_clock(clock, now);
	id_short(id, event->id);
	if (track->run->options.is_json) {
		struct json json = { false };

		json_open(&json, NULL, '{');
		json_text(&json, "event", telling->name);
		json_time(&json, "time", now);
		json_id(&json, "meeting_id", event->id);
		json_text(&json, "word", event->text);
		json_close(&json, '}');
		return;
	}
	printf("%s  meeting %s: %s", clock, id,
	       telling->words != NULL ? telling->words
				      : progress_words(event->text));
	if (telling->type == OUTRIDER_EVENT_OUTCOME_WANTED)
		printf(" outrider outcome %s TEXT", id);
	putchar('\n');
	fflush(stdout);
}

/* Lets the core do what is due, and tells of it. */
static void take_events(struct track *track)
{
	struct outrider_event event;
	bool has_verdict = false, has_progress = false;

	session_pump(&track->run->session, 0, &track->step_us);
	while (session_next_event(&track->run->session, &event)) {
		const struct telling *telling = telling_of(event.type);

		if (telling != NULL)
			tell_event(track, telling, &event);
		has_verdict |= event.type == OUTRIDER_EVENT_VERDICT;
		has_progress |= event.type == OUTRIDER_EVENT_PROGRESS;
	}
	if (has_verdict || has_progress)
		sync_now(track, has_verdict);
}

/*
 * A phone asks its GPS only as often as the core wants; a source that gives
 * more is thinned here.
 */
static bool is_wanted(struct track *track, const struct outrider_fix *fix)
{
	const int64_t ask_again_us = fix->time_us + 60 * SECOND_US;
	int64_t until_us = 0;
	uint32_t interval_s;

	if (fix->time_us < track->due_us)
		return false;
	interval_s =
		outrider_wanted_interval(track->run->session.core, &until_us);
	if (interval_s == 0) {
		/* Not before the next window, unless one is planned now. */
		track->due_us = until_us < ask_again_us ? until_us
							: ask_again_us;
		return false;
	}
	track->due_us = fix->time_us + interval_s * SECOND_US - SECOND_US / 2;
	return true;
}

static bool take_fix(struct track *track, const struct outrider_fix *fix)
{
	struct outrider_err err;

	track->n_seen++;
	session_set_clock(&track->run->session, fix->time_us);
	if (track->run->session.core == NULL && fix->time_us < track->due_us &&
	    session_now_us(&track->run->session) < track->step_us)
		return true;
	if (!session_wake(&track->run->session, &err)) {
		fprintf(stderr, "outrider: a fix was lost: %s\n", err.text);
		return true;
	}
	take_events(track);
	if (!is_wanted(track, fix))
		return true;
	if (outrider_add_fix(track->run->session.core, fix, &err) !=
	    OUTRIDER_OK) {
		fprintf(stderr, "outrider: a fix was not taken: %s\n",
			err.text);
		return err.code == OUTRIDER_INVALID_ARGUMENT;
	}
	track->n_taken++;
	take_events(track);
	return true;
}

/* After the source's end: lets the demonstration's day run out. */
static void run_out(struct track *track)
{
	struct session *session = &track->run->session;
	int64_t next_us = 0;

	while (session_now_us(session) < track->until_us) {
		session_pump(session, 0, &next_us);
		if (next_us > track->until_us ||
		    next_us <= session_now_us(session))
			next_us = session_now_us(session) + 60 * SECOND_US;
		if (next_us > track->until_us)
			next_us = track->until_us;
		session_set_clock(session, next_us);
		take_events(track);
		if (session->demo_clock == NULL)
			return;
	}
}

/* Nothing comes: what is due is done, and others may have the files. */
static void rest(struct track *track)
{
	struct session *session = &track->run->session;
	struct outrider_err err;

	if (session->core == NULL && session_now_us(session) < track->step_us)
		return;
	if (session_wake(session, &err))
		take_events(track);
	session_rest(session);
}

static void follow(struct track *track)
{
	struct outrider_fix fix;
	long quiet_ms = 0;

	while (!is_interrupted) {
		switch (fixes_next(track->fixes, &fix, POLL_MS)) {
		case FIXES_FIX:
			quiet_ms = 0;
			if (!take_fix(track, &fix))
				return;
			break;
		case FIXES_NOTHING:
			rest(track);
			quiet_ms += POLL_MS;
			if (track->idle_s > 0 &&
			    quiet_ms >= track->idle_s * 1000)
				return;
			break;
		case FIXES_END:
			return;
		}
	}
}

static enum outrider_code open_source(struct track *track, const char *gpsd,
				      const char *csv, const char *nmea,
				      struct outrider_err *err)
{
	track->is_file = gpsd == NULL;
	if (gpsd != NULL)
		return fixes_open_gpsd(&track->fixes, gpsd, err);
	if (csv != NULL)
		return fixes_open_csv(&track->fixes, csv, err);
	return fixes_open_nmea(&track->fixes, nmea, err);
}

int track_command(const struct command *command, int argc, char **argv)
{
	const char *gpsd = NULL, *csv = NULL, *nmea = NULL, *until = NULL;
	const char *idle = "0";
	struct run run;
	struct track track = { .run = &run };
	const struct flag flags[] = {
		{ "--gpsd", &gpsd, NULL },
		{ "--csv", &csv, NULL },
		{ "--nmea", &nmea, NULL },
		{ "--until", &until, NULL },
		{ "--idle", &idle, NULL },
		{ "--offline", NULL, &track.is_offline },
	};
	const struct sigaction action = { .sa_handler = interrupt };
	struct outrider_err err;
	int code;

	if (!command_begin(&run, command, flags, 6, argc, argv, &code))
		return command_end(&run, code);
	if ((gpsd != NULL) + (csv != NULL) + (nmea != NULL) != 1 ||
	    !options_number(&track.idle_s, idle, 0, 86400))
		return command_end(&run, command_usage(command));
	if (until != NULL &&
	    !asked_time(&track.until_us, until, session_now_us(&run.session)))
		return command_end(&run, 2);
	if (open_source(&track, gpsd, csv, nmea, &err) != OUTRIDER_OK)
		return command_end(&run, session_fail(&err));
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	follow(&track);
	if (!session_wake(&run.session, &err))
		code = session_fail(&err);
	else
		run_out(&track);
	fixes_close(track.fixes);
	fprintf(stderr, "outrider: %lu fixes came, %lu were wanted\n",
		track.n_seen, track.n_taken);
	return command_end(&run, code);
}

/* ----------------------------------------------------------------- visits */

static bool print_visit(void *user, const struct outrider_visit *visit)
{
	struct listing *listing = user;
	char id[9], from[32], until[8], arrived[8], left[8];

	listing->n++;
	id_short(id, visit->meeting_id);
	times_date_clock(from, visit->start_us);
	times_clock(until, visit->end_us);
	printf("%s-%s  %s  %-9s %-8s", from, until, id, visit->word,
	       visit->is_firm ? "firm" : "doubtful");
	if (visit->arrived_us != 0) {
		times_clock(arrived, visit->arrived_us);
		times_clock(left, visit->departed_us);
		printf(" there %s-%s, %u min (%u-%u)", arrived, left,
		       visit->dwell_s / 60, visit->dwell_min_s / 60,
		       visit->dwell_max_s / 60);
	}
	printf("%s\n", !visit->is_closed    ? "  still watched"
		       : visit->has_receipt ? "  received by the server"
					    : "  waits for the server");
	printf("    %s: %s\n",
	       progress_words(outrider_progress_name(visit->progress)),
	       visit->sentence);
	return true;
}

static bool json_visit(void *user, const struct outrider_visit *visit)
{
	struct listing *listing = user;
	struct json *json = &listing->json;

	json_open(json, NULL, '{');
	json_id(json, "meeting_id", visit->meeting_id);
	json_time(json, "planned_start", visit->start_us);
	json_time(json, "planned_end", visit->end_us);
	json_text(json, "word", visit->word);
	json_bool(json, "is_firm", visit->is_firm);
	json_bool(json, "is_closed", visit->is_closed);
	json_bool(json, "has_receipt", visit->has_receipt);
	json_time(json, "arrived", visit->arrived_us);
	json_time(json, "departed", visit->departed_us);
	json_integer(json, "dwell_s", visit->dwell_s);
	json_integer(json, "dwell_min_s", visit->dwell_min_s);
	json_integer(json, "dwell_max_s", visit->dwell_max_s);
	json_number(json, "log_odds", visit->log_odds);
	json_integer(json, "entry_number", (int64_t)visit->entry_number);
	json_text(json, "progress", outrider_progress_name(visit->progress));
	json_time(json, "expected_arrival", visit->expected_arrival_us);
	json_integer(json, "late_s", visit->late_s);
	json_text(json, "sentence", visit->sentence);
	json_close(json, '}');
	return true;
}

int visits_command(const struct command *command, int argc, char **argv)
{
	struct listing listing;
	struct outrider_err err;
	struct run run;
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	listing_begin(&listing, &run);
	if (outrider_visits(run.session.core,
			    listing.is_json ? json_visit : print_visit,
			    &listing, &err) != OUTRIDER_OK)
		code = session_fail(&err);
	listing_end(&listing, code, "No meeting was watched yet.");
	return command_end(&run, code);
}
