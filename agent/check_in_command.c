/*
 * check-in: a visit that nobody planned begins now, and what goes on elsewhere
 * ends. All of it with the server away.
 */
#include "asked.h"
#include "cards.h"
#include "command.h"
#include "fixes.h"
#include "found.h"
#include "output.h"
#include "resolve.h"

#include <stdio.h>
#include <string.h>

enum { FIX_WAIT_MS = 30000 };

/* The newest fix of a track that isn't ahead of the clock. */
static bool
newest_fix(struct fixes *fixes, struct outrider_fix *out, int64_t now_us)
{
	struct outrider_fix fix;
	bool is_there = false;

	while (fixes_next(fixes, &fix, 0) == FIXES_FIX)
		if (fix.time_us <= now_us) {
			*out = fix;
			is_there = true;
		}
	return is_there;
}

static bool next_fix(struct fixes *fixes, struct outrider_fix *out)
{
	return fixes_next(fixes, out, FIX_WAIT_MS) == FIXES_FIX;
}

/* Where the rep is, from one of three sources. False: it was said why. */
static bool read_fix(struct session *session, struct outrider_fix *fix,
		     const char *at, const char *track, const char *gpsd)
{
	const int64_t now_us = session_now_us(session);
	struct fixes *fixes = NULL;
	struct outrider_err err;
	bool is_there;

	*fix = (struct outrider_fix){ .time_us = now_us, .accuracy_m = 10 };
	if (at != NULL)
		return asked_spot(&fix->latitude, &fix->longitude, at);
	if ((track != NULL
		     ? fixes_open_csv(&fixes, track, &err)
		     : fixes_open_gpsd(&fixes, gpsd, &err)) != OUTRIDER_OK) {
		(void)session_fail(&err);
		return false;
	}
	is_there = track != NULL ? newest_fix(fixes, fix, now_us)
				 : next_fix(fixes, fix);
	fixes_close(fixes);
	if (!is_there)
		fputs("outrider: the GPS doesn't say where this is\n", stderr);
	return is_there;
}

static bool
keep_candidate(void *user, const struct outrider_candidate *candidate)
{
	struct found *found = found_add(user, candidate->place);

	if (found == NULL)
		return false;
	found->metres = candidate->distance_m;
	found->is_flagged = candidate->is_inside;
	return true;
}

/* Which places it may be: for a person to choose one of. */
static void
tell_candidates(struct session *session, const struct outrider_fix *fix)
{
	struct founds founds = { .n = 0 };
	struct outrider_err err;

	if (outrider_check_in_candidates(session->core, fix, 0, keep_candidate,
					 &founds, &err) != OUTRIDER_OK)
		return;
	for (size_t i = 0; i < founds.n; i++) {
		const struct found *found = &founds.at[i];
		char id[9], title[200], about[400];

		id_short(id, found->card.id);
		card_title(title, sizeof(title), &found->card);
		title_about(session, about, sizeof(about), &found->card);
		fprintf(stderr, "%7.0f m  %s  %s%s%s%s\n", found->metres, id,
			title, about[0] ? "  " : "", about,
			found->is_flagged ? "  (here)" : "");
	}
	fputs(founds.n > 0 ? "outrider: say which with --place ID, or --here "
			     "for none of them\n"
			   : "outrider: --here checks in at no known place\n",
	      stderr);
	(void)found_end(&founds);
}

/* Check-ins that this one ended: their outcomes are asked for now. */
static void say_ended(struct run *run, struct json *json)
{
	struct outrider_event event;

	if (json != NULL)
		json_open(json, "ended_meeting_ids", '[');
	while (session_next_event(&run->session, &event)) {
		char id[9], title[300];

		if (event.type != OUTRIDER_EVENT_OUTCOME_WANTED)
			continue;
		if (json != NULL) {
			json_id(json, NULL, event.id);
			continue;
		}
		id_short(id, event.id);
		(void)title_of(&run->session, title, sizeof(title), "meeting",
			       event.id);
		printf("Ended: %s  (%s)  what came of it? outrider outcome %s "
		       "TEXT\n",
		       title, id, id);
	}
	if (json != NULL)
		json_close(json, ']');
}

static int say_check_in(struct run *run, const uint8_t id[16], bool is_old)
{
	char text[9], title[300];

	if (run->options.is_json) {
		struct json json = { false };

		json_open(&json, NULL, '{');
		json_id(&json, "meeting_id", id);
		json_bool(&json, "was_under_way", is_old);
		say_ended(run, &json);
		json_close(&json, '}');
		return 0;
	}
	say_ended(run, NULL);
	id_short(text, id);
	(void)title_of(&run->session, title, sizeof(title), "meeting", id);
	printf("%s %s  (%s)\n",
	       is_old ? "Under way already:" : "Checked in:", title, text);
	return 0;
}

static int check_in(struct run *run, struct outrider_check_in *asked)
{
	struct outrider_err err;
	uint8_t id[16];

	switch ((int)outrider_check_in(run->session.core, id, asked, &err)) {
	case OUTRIDER_OK:
		return say_check_in(run, id, false);
	case OUTRIDER_ALREADY_EXISTS:
		return say_check_in(run, id, true);
	case OUTRIDER_NOT_FOUND:
	case OUTRIDER_FAILED_PRECONDITION:
		err.field[0] = '\0'; /* what to say instead comes next */
		(void)session_fail(&err);
		if (asked->place_id == NULL)
			tell_candidates(&run->session, asked->fix);
		return 1;
	default:
		err.field[0] = '\0';
		return session_fail(&err);
	}
}

int check_in_command(const struct command *command, int argc, char **argv)
{
	const char *at = NULL, *track = NULL, *gpsd = NULL, *place = NULL;
	const char *minutes_text = "60";
	bool is_at_spot = false;
	const struct flag flags[] = {
		{ "--at", &at, NULL },
		{ "--track", &track, NULL },
		{ "--gpsd", &gpsd, NULL },
		{ "--place", &place, NULL },
		{ "--here", NULL, &is_at_spot },
		{ "--minutes", &minutes_text, NULL },
	};
	struct outrider_fix fix;
	struct run run;
	struct outrider_check_in asked = { .fix = &fix };
	uint8_t place_id[16];
	char kind[32], subject[512];
	long minutes;
	int code;

	if (!command_begin(&run, command, flags, 6, argc, argv, &code))
		return command_end(&run, code);
	if ((at != NULL) + (track != NULL) + (gpsd != NULL) != 1 ||
	    (is_at_spot && place != NULL) ||
	    !options_number(&minutes, minutes_text, 1, 720))
		return command_end(&run, command_usage(command));
	if ((place != NULL &&
	     !resolve_card(&run.session, "place", place, place_id, kind)) ||
	    !read_fix(&run.session, &fix, at, track, gpsd))
		return command_end(&run, 1);
	command_join_words(subject, sizeof(subject), &run.words, 0);
	asked.place_id = place != NULL ? place_id : NULL;
	asked.is_at_spot = is_at_spot;
	asked.minutes = (int32_t)minutes;
	asked.subject = subject[0] ? subject : NULL;
	return command_end(&run, check_in(&run, &asked));
}
