/*
 * The commands on cards: agenda, show, find, new, edit, plan, note. All of
 * them work with the server away.
 */
#include "asked.h"
#include "cards.h"
#include "command.h"
#include "found.h"
#include "output.h"
#include "resolve.h"
#include "times.h"
#include "values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MINUTES 1440
#define MINUTE_US   (INT64_C(60) * 1000000)

static bool list_json(struct listing *listing, const struct outrider_card *card)
{
	if (!listing->is_json)
		return false;
	json_open(&listing->json, NULL, '{');
	card_json(&listing->json, card);
	json_close(&listing->json, '}');
	return true;
}

/* ----------------------------------------------------------------- agenda */

struct meetings {
	struct listing listing;
	int64_t now_us;
	bool is_all; /* anybody's: with their names */
};

static void list_meeting(struct meetings *meetings, struct session *session,
			 const struct outrider_card *card)
{
	struct listing *listing = &meetings->listing;
	char from[32], until[8], id[9], title[200], whose[120] = "";

	listing->n++;
	if (list_json(listing, card))
		return;
	times_date_clock(from, card_time(card, "start_time"));
	times_clock(until, card_time(card, "end_time"));
	id_short(id, card->id);
	card_title(title, sizeof(title), card);
	if (meetings->is_all)
		title_of_owner(session, whose, sizeof(whose), card);
	printf("%s-%s  ", from, until);
	print_column(title, 40);
	printf("  %s%s%s%s%s\n", id, whose[0] ? "  " : "", whose,
	       card_what_is_due(card, meetings->now_us),
	       card->is_pending ? "  (not sent yet)" : "");
}

static bool keep_meeting(void *user, const struct outrider_card *card)
{
	return found_add(user, card) != NULL;
}

int agenda_command(const struct command *command, int argc, char **argv)
{
	const char *date = NULL, *days = "1";
	struct meetings meetings = { .is_all = false };
	const struct flag flags[] = {
		{ "--date", &date, NULL },
		{ "--days", &days, NULL },
		{ "--all", NULL, &meetings.is_all },
	};
	struct founds founds = { .n = 0 };
	struct outrider_err err;
	struct run run;
	int64_t from_us, until_us;
	enum outrider_code found;
	int code;

	if (!command_begin(&run, command, flags, 3, argc, argv, &code))
		return command_end(&run, code);
	if (!command_day(&run, &date))
		return command_end(&run, command_usage(command));
	meetings.now_us = session_now_us(&run.session);
	if (!asked_days(&from_us, &until_us, date, days, meetings.now_us))
		return command_end(&run, 2);
	if (meetings.is_all)
		found = found_meetings(&founds, &run.session, from_us, until_us,
				       &err);
	else
		found = outrider_agenda(run.session.core, from_us, until_us,
					keep_meeting, &founds, &err);
	if (found != OUTRIDER_OK) {
		found_free(&founds);
		return command_end(&run, session_fail(&err));
	}
	listing_begin(&meetings.listing, &run);
	for (size_t i = 0; i < founds.n; i++)
		list_meeting(&meetings, &run.session, &founds.at[i].card);
	listing_end(&meetings.listing, 0, "No meetings.");
	return command_end(&run, found_end(&founds) | code);
}

/* ------------------------------------------------------------ show, find */

int show_command(const struct command *command, int argc, char **argv)
{
	struct json json = { false };
	struct founds founds = { .n = 0 };
	struct outrider_card card;
	struct outrider_err err;
	struct run run;
	uint8_t id[16];
	char kind[32];
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != 1)
		return command_end(&run, command_usage(command));
	if (!resolve_card(&run.session, NULL, run.words.at[0], id, kind))
		return command_end(&run, 1);
	if (outrider_card_get(run.session.core, &card, kind, id, &err) !=
	    OUTRIDER_OK)
		return command_end(&run, session_fail(&err));
	if (found_add(&founds, &card) == NULL)
		return command_end(&run, found_end(&founds));
	if (run.options.is_json) {
		json_open(&json, NULL, '{');
		card_json(&json, &founds.at[0].card);
		title_json(&json, &run.session, &founds.at[0].card);
		json_close(&json, '}');
	} else {
		card_print(&run.session, &founds.at[0].card);
	}
	return command_end(&run, found_end(&founds));
}

void command_list_card(struct listing *listing, struct session *session,
		       const struct outrider_card *card, const char *note)
{
	char id[9], title[400], phone[80], about[400];

	listing->n++;
	if (listing->is_json) {
		json_open(&listing->json, NULL, '{');
		card_json(&listing->json, card);
		title_json(&listing->json, session, card);
		json_close(&listing->json, '}');
		return;
	}
	id_short(id, card->id);
	card_title(title, sizeof(title), card);
	title_about(session, about, sizeof(about), card);
	(void)card_field(phone, sizeof(phone), card, "phones.number", 0);
	if (strcmp(card->kind, "meeting") == 0)
		times_date_clock(phone, card_time(card, "start_time"));
	printf("%-8s %s  ", card->kind, id);
	print_column(title, 40);
	printf("  %s%s%s%s%s\n", phone, phone[0] && about[0] ? "  " : "", about,
	       note, card->is_pending ? "  (not sent yet)" : "");
}

static bool keep_card(void *user, const struct outrider_card *card)
{
	return found_add(user, card) != NULL;
}

void command_join_words(char *out, size_t size, const struct words *words,
			size_t from)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = from; i < words->n && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s",
					i > from ? " " : "", words->at[i]);
}

int find_command(const struct command *command, int argc, char **argv)
{
	const char *kind = NULL, *limit_text = "50";
	const struct flag flags[] = {
		{ "--kind", &kind, NULL },
		{ "--limit", &limit_text, NULL },
	};
	struct founds founds = { .n = 0 };
	struct listing listing;
	struct outrider_err err;
	struct run run;
	char text[1024];
	long limit;
	int code;

	if (!command_begin(&run, command, flags, 2, argc, argv, &code))
		return command_end(&run, code);
	if (!options_number(&limit, limit_text, 1, 1000000))
		return command_end(&run, command_usage(command));
	if (kind != NULL && outrider_field_name(kind, 0) == NULL)
		return command_end(&run, fields_no_kind(kind));
	command_join_words(text, sizeof(text), &run.words, 0);
	/* One more than is shown says that there are more. */
	if (outrider_card_find(run.session.core, kind, text, (size_t)limit + 1,
			       keep_card, &founds, &err) != OUTRIDER_OK) {
		found_free(&founds);
		return command_end(&run, session_fail(&err));
	}
	listing_begin(&listing, &run);
	for (size_t i = 0; i < founds.n && i < (size_t)limit; i++)
		command_list_card(&listing, &run.session, &founds.at[i].card,
				  "");
	listing_end(&listing, 0, "Nothing found.");
	if (founds.n > (size_t)limit)
		fprintf(stderr,
			"outrider: there are more than %ld: --limit N, or more "
			"words\n",
			limit);
	return command_end(&run, found_end(&founds));
}

/* -------------------------------------------------------------- new, edit */

static int
say_written(const struct run *run, const char *kind, const uint8_t id[16])
{
	char text[37];

	id_text(text, id);
	if (run->options.is_json) {
		struct json json = { false };

		json_open(&json, NULL, '{');
		json_text(&json, "kind", kind);
		json_id(&json, "id", id);
		json_close(&json, '}');
	} else {
		printf("%s %s\n", kind, text);
	}
	return 0;
}

/* Where the core's word about the field is that there is none, what helps. */
static bool
fail_field(const char *kind, const char *name, const struct outrider_err *err)
{
	(void)session_fail(err);
	if (outrider_field_type(kind, name) == OUTRIDER_FIELD_NONE)
		fprintf(stderr, "outrider fields %s lists them\n", kind);
	return false;
}

/* One value; the first of its field takes the place of all. */
static bool set_field(struct run *run, struct outrider_edit *edit,
		      const char *kind, const char *name, const char *text,
		      bool is_first)
{
	struct outrider_err err;
	char room[VALUE_READ_MAX];

	if (is_first && strchr(name, '.') == NULL &&
	    outrider_edit_clear(edit, name, &err) != OUTRIDER_OK)
		return fail_field(kind, name, &err);
	if (text[0] == '\0')
		return true;
	text = values_read(&run->session, room, kind, name, text);
	if (text == NULL)
		return false;
	if (outrider_edit_set(edit, name, text, &err) != OUTRIDER_OK)
		return fail_field(kind, name, &err);
	return true;
}

bool command_set_fields(struct run *run, struct outrider_edit *edit,
			const char *kind, size_t from)
{
	const struct words *words = &run->words;
	char name[128];

	for (size_t i = from; i < words->n; i++) {
		const char *equals = strchr(words->at[i], '=');
		const size_t len = equals ? (size_t)(equals - words->at[i]) : 0;
		bool is_first = true;

		if (len == 0 || len >= sizeof(name)) {
			fprintf(stderr, "outrider: '%s' is not FIELD=VALUE\n",
				words->at[i]);
			return false;
		}
		memcpy(name, words->at[i], len);
		name[len] = '\0';
		for (size_t k = from; k < i; k++)
			if (strncmp(words->at[k], words->at[i], len + 1) == 0)
				is_first = false;
		if (!set_field(run, edit, kind, name, equals + 1, is_first))
			return false;
	}
	return true;
}

static int write_card(struct run *run, const char *kind, const uint8_t *id,
		      size_t first_field)
{
	struct outrider_edit *edit;
	struct outrider_err err;
	uint8_t written[16];

	if (outrider_field_name(kind, 0) == NULL)
		return fields_no_kind(kind);
	if (outrider_edit_begin(&edit, run->session.core, kind, id, &err) !=
	    OUTRIDER_OK)
		return session_fail(&err);
	if (!command_set_fields(run, edit, kind, first_field)) {
		outrider_edit_discard(edit);
		return 1;
	}
	if (outrider_edit_commit(edit, written, &err) != OUTRIDER_OK)
		return session_fail(&err);
	return say_written(run, kind, written);
}

int new_command(const struct command *command, int argc, char **argv)
{
	struct run run;
	int code;

	if (command_begin(&run, command, NULL, 0, argc, argv, &code)) {
		if (run.words.n < 2)
			code = command_usage(command);
		else
			code = write_card(&run, run.words.at[0], NULL, 1);
	}
	return command_end(&run, code);
}

int edit_command(const struct command *command, int argc, char **argv)
{
	struct run run;
	uint8_t id[16];
	char kind[32];
	int code;

	if (command_begin(&run, command, NULL, 0, argc, argv, &code)) {
		if (run.words.n < 2)
			code = command_usage(command);
		else if (!resolve_card(&run.session, NULL, run.words.at[0], id,
				       kind))
			code = 1;
		else
			code = write_card(&run, kind, id, 1);
	}
	return command_end(&run, code);
}

/* ------------------------------------------------------------- plan, note */

/* "52.37,4.9" or a place. */
static bool read_where(struct session *session, struct outrider_plan *plan,
		       uint8_t place[16], const char *text)
{
	char kind[32];

	if (asked_is_spot(text))
		return asked_spot(&plan->latitude, &plan->longitude, text);
	plan->place_id = place;
	return resolve_card(session, "place", text, place, kind);
}

/* False: it was said why. */
static bool read_when(struct outrider_plan *plan, const char *start,
		      const char *end, long minutes, int64_t now)
{
	if (!asked_time(&plan->start_us, start, now))
		return false;
	plan->end_us = plan->start_us + minutes * MINUTE_US;
	return end == NULL || asked_time(&plan->end_us, end, now);
}

static void say_planned(const struct outrider_plan *plan, const uint8_t id[16],
			int64_t now_us)
{
	char from[32], until[8], text[9];

	times_date_clock(from, plan->start_us);
	times_clock(until, plan->end_us);
	id_short(text, id);
	printf("Planned: %s-%s  %s  (%s)\n", from, until, plan->subject, text);
	if (plan->end_us <= now_us)
		puts("That is over already: this phone watches nothing of it.");
}

int plan_command(const struct command *command, int argc, char **argv)
{
	const char *at = NULL, *start = NULL, *end = NULL, *with = NULL;
	const char *minutes_text = "30", *dwell_text = "0", *radius_text = "0";
	const struct flag flags[] = {
		{ "--at", &at, NULL },
		{ "--start", &start, NULL },
		{ "--end", &end, NULL },
		{ "--minutes", &minutes_text, NULL },
		{ "--with", &with, NULL },
		{ "--min-dwell", &dwell_text, NULL },
		{ "--radius", &radius_text, NULL },
	};
	struct outrider_plan plan = { .subject = NULL };
	struct outrider_err err;
	uint8_t place[16], contact[16], id[16];
	char subject[400], kind[32];
	long minutes, dwell, radius;
	struct run run;
	int code;

	if (!command_begin(&run, command, flags, 7, argc, argv, &code))
		return command_end(&run, code);
	command_join_words(subject, sizeof(subject), &run.words, 0);
	plan.subject = subject;
	if (at == NULL || start == NULL || !subject[0] ||
	    !options_number(&minutes, minutes_text, 1, DAY_MINUTES) ||
	    !options_number(&dwell, dwell_text, 0, 43200) ||
	    !options_number(&radius, radius_text, 0, 1000))
		return command_end(&run, command_usage(command));
	if (!read_when(&plan, start, end, minutes,
		       session_now_us(&run.session)))
		return command_end(&run, 2);
	plan.min_dwell_s = (int32_t)dwell;
	plan.radius_m = (int32_t)radius;
	if (!read_where(&run.session, &plan, place, at))
		return command_end(&run, 1);
	if (with != NULL) {
		plan.contact_id = contact;
		if (!resolve_card(&run.session, "contact", with, contact, kind))
			return command_end(&run, 1);
	}
	if (outrider_plan_meeting(run.session.core, id, &plan, &err) !=
	    OUTRIDER_OK)
		return command_end(&run, session_fail(&err));
	if (run.options.is_json)
		return command_end(&run, say_written(&run, "meeting", id));
	say_planned(&plan, id, session_now_us(&run.session));
	return command_end(&run, 0);
}

int note_command(const struct command *command, int argc, char **argv)
{
	const char *about = NULL;
	const struct flag flags[] = { { "--about", &about, NULL } };
	struct outrider_edit *edit = NULL;
	struct outrider_err err;
	char text[16100], field[48], kind[32], value[64];
	struct run run;
	uint8_t id[16];
	int code;

	if (!command_begin(&run, command, flags, 1, argc, argv, &code))
		return command_end(&run, code);
	command_join_words(text, sizeof(text), &run.words, 0);
	if (!text[0])
		return command_end(&run, command_usage(command));
	if (about != NULL && !resolve_card(&run.session, NULL, about, id, kind))
		return command_end(&run, 1);
	if (outrider_edit_begin(&edit, run.session.core, "note", NULL, &err) !=
		    OUTRIDER_OK ||
	    outrider_edit_set(edit, "text", text, &err) != OUTRIDER_OK)
		goto failed;
	times_rfc3339(value, session_now_us(&run.session));
	if (outrider_edit_set(edit, "written_time", value, &err) != OUTRIDER_OK)
		goto failed;
	if (about != NULL) {
		id_text(value, id);
		snprintf(field, sizeof(field), "%s_id", kind);
		if (outrider_edit_set(edit, field, value, &err) != OUTRIDER_OK)
			goto failed;
	}
	if (outrider_edit_commit(edit, id, &err) != OUTRIDER_OK)
		return command_end(&run, session_fail(&err));
	return command_end(&run, say_written(&run, "note", id));
failed:
	if (edit != NULL)
		outrider_edit_discard(edit);
	return command_end(&run, session_fail(&err));
}
