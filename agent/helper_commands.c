/*
 * What a rep asks on the road: near, route, birthdays, promises, who. All of it
 * is answered by the vault, with the server away.
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

#define DAY_US	  (INT64_C(86400) * 1000000)
#define STEPS_MAX 1000

/* "320 m", "12.3 km" */
static void metres_text(char out[16], double metres)
{
	if (metres < 999.5)
		snprintf(out, 16, "%.0f m", metres);
	else
		snprintf(out, 16, "%.1f km", metres / 1000);
}

/* The end of a line: whom it is about, the id, what isn't sent. */
static void end_line(struct session *session, const struct found *found)
{
	char about[400], id[9];

	title_about(session, about, sizeof(about), &found->card);
	id_short(id, found->card.id);
	printf("  %s%s%s%s\n", id, about[0] ? "  " : "", about,
	       found->card.is_pending ? "  (not sent yet)" : "");
}

static void open_json(struct listing *listing, struct session *session,
		      const struct found *found)
{
	json_open(&listing->json, NULL, '{');
	card_json(&listing->json, &found->card);
	title_json(&listing->json, session, &found->card);
}

/* "52.37,4.9", or a place. */
static bool read_where(struct session *session, double *latitude,
		       double *longitude, const char *text)
{
	struct outrider_card card;
	struct outrider_err err;
	uint8_t id[16];
	char kind[32], value[64];

	if (asked_is_spot(text))
		return asked_spot(latitude, longitude, text);
	if (!resolve_card(session, "place", text, id, kind))
		return false;
	if (outrider_card_get(session->core, &card, kind, id, &err) !=
	    OUTRIDER_OK) {
		(void)session_fail(&err);
		return false;
	}
	(void)card_field(value, sizeof(value), &card, "latitude", 0);
	*latitude = strtod(value, NULL);
	(void)card_field(value, sizeof(value), &card, "longitude", 0);
	*longitude = strtod(value, NULL);
	return true;
}

/* --------------------------------------------------------------------- near */

static bool keep_neighbour(void *user, const struct outrider_neighbour *near)
{
	struct found *found = found_add(user, near->card);

	if (found == NULL)
		return false;
	found->metres = near->distance_m;
	found->latitude = near->latitude;
	found->longitude = near->longitude;
	memcpy(found->place_id, near->place_id, sizeof(found->place_id));
	return true;
}

static void tell_neighbour(struct listing *listing, struct session *session,
			   const struct found *found)
{
	char far[16], title[400];

	listing->n++;
	if (listing->is_json) {
		open_json(listing, session, found);
		json_number(&listing->json, "distance_m", found->metres);
		json_number(&listing->json, "latitude", found->latitude);
		json_number(&listing->json, "longitude", found->longitude);
		json_id(&listing->json, "place_id", found->place_id);
		json_close(&listing->json, '}');
		return;
	}
	metres_text(far, found->metres);
	card_title(title, sizeof(title), &found->card);
	printf("%8s  %-8s ", far, found->card.kind);
	print_column(title, 32);
	end_line(session, found);
}

int near_command(const struct command *command, int argc, char **argv)
{
	const char *kind = NULL, *radius_text = "0", *limit_text = "20";
	const struct flag flags[] = {
		{ "--kind", &kind, NULL },
		{ "--radius", &radius_text, NULL },
		{ "--limit", &limit_text, NULL },
	};
	struct founds founds = { .n = 0 };
	struct listing listing;
	struct outrider_err err;
	struct run run;
	struct outrider_around around;
	long radius, limit;
	int code;

	if (!command_begin(&run, command, flags, 3, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != 1 ||
	    !options_number(&radius, radius_text, 0, 20100000) ||
	    !options_number(&limit, limit_text, 1, 1000000))
		return command_end(&run, command_usage(command));
	if (!read_where(&run.session, &around.latitude, &around.longitude,
			run.words.at[0]))
		return command_end(&run, 1);
	around.radius_m = (double)radius;
	around.limit = (size_t)limit;
	around.kind = kind;
	if (outrider_near(run.session.core, &around, keep_neighbour, &founds,
			  &err) != OUTRIDER_OK)
		code = session_fail(&err);
	listing_begin(&listing, &run);
	for (size_t i = 0; i < founds.n; i++)
		tell_neighbour(&listing, &run.session, &founds.at[i]);
	listing_end(&listing, code, "Nobody is near.");
	return command_end(&run, found_end(&founds) | code);
}

/* -------------------------------------------------------------------- route */

static bool keep_stop(void *user, const struct outrider_stop *stop)
{
	struct found *found = found_add(user, stop->meeting);

	if (found == NULL)
		return false;
	found->metres = stop->leg_m;
	found->latitude = stop->latitude;
	found->longitude = stop->longitude;
	found->from_us = stop->start_us;
	found->until_us = stop->end_us;
	found->is_flagged = stop->is_missed;
	return true;
}

static void
tell_stop(struct session *session, const struct found *found, size_t number)
{
	char from[8], until[8], far[16], title[400];

	times_clock(from, found->from_us);
	times_clock(until, found->until_us);
	metres_text(far, found->metres);
	card_title(title, sizeof(title), &found->card);
	printf("%3zu  %8s  %s-%s  %-7s ", number, far, from, until,
	       found->is_flagged ? "missed" : "");
	print_column(title, 32);
	end_line(session, found);
}

static void
tell_sum(const struct outrider_drive_sum *sum, size_t n_missed, bool has_end)
{
	char far[16];

	if (has_end && sum->n_stops > 0) {
		metres_text(far, sum->last_leg_m);
		printf("     %8s  to the end\n", far);
	}
	metres_text(far, sum->length_m);
	printf("%s as the crow flies, %s; the agreed hours are ignored.\n", far,
	       sum->is_shortest ? "the shortest order there is"
				: "a short order");
	if (n_missed > 0)
		printf("%zu of them can't be kept in this order, even if "
		       "driving took no time.\n",
		       n_missed);
	if (sum->n_without_pin > 0)
		printf("%zu without a pin left out.\n", sum->n_without_pin);
}

static void json_stops(struct session *session, const struct founds *founds,
		       const struct outrider_drive_sum *sum)
{
	struct listing listing = { .is_json = true };
	struct json *json = &listing.json;

	json_open(json, NULL, '{');
	json_number(json, "length_m", sum->length_m);
	json_number(json, "last_leg_m", sum->last_leg_m);
	json_bool(json, "is_shortest", sum->is_shortest);
	json_integer(json, "n_without_pin", (int64_t)sum->n_without_pin);
	json_open(json, "stops", '[');
	for (size_t i = 0; i < founds->n; i++) {
		const struct found *found = &founds->at[i];
		open_json(&listing, session, found);
		json_number(json, "leg_m", found->metres);
		json_number(json, "latitude", found->latitude);
		json_number(json, "longitude", found->longitude);
		json_time(json, "start", found->from_us);
		json_time(json, "end", found->until_us);
		json_bool(json, "is_missed", found->is_flagged);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
}

static void tell_route(struct run *run, const struct founds *founds,
		       const struct outrider_drive_sum *sum, bool has_end)
{
	size_t n_missed = 0;

	if (run->options.is_json) {
		json_stops(&run->session, founds, sum);
		return;
	}
	for (size_t i = 0; i < founds->n; i++) {
		n_missed += founds->at[i].is_flagged;
		tell_stop(&run->session, &founds->at[i], i + 1);
	}
	if (founds->n > 0 || sum->n_without_pin > 0)
		tell_sum(sum, n_missed, has_end);
	else
		puts("No meetings to drive to.");
}

/* Of another day all of it; of today what isn't over. */
static bool
read_day(struct outrider_trip *asked, const char *date, int64_t now_us)
{
	if (!asked_days(&asked->from_us, &asked->until_us, date, "1", now_us))
		return false;
	if (now_us > asked->from_us && now_us < asked->until_us)
		asked->from_us = now_us;
	return true;
}

int route_command(const struct command *command, int argc, char **argv)
{
	const char *from = NULL, *to = NULL, *date = NULL;
	const struct flag flags[] = {
		{ "--from", &from, NULL },
		{ "--to", &to, NULL },
		{ "--date", &date, NULL },
	};
	struct outrider_trip asked = { .has_start = false };
	struct outrider_drive_sum sum;
	struct founds founds = { .n = 0 };
	struct outrider_err err;
	struct run run;
	int code;

	if (!command_begin(&run, command, flags, 3, argc, argv, &code))
		return command_end(&run, code);
	asked.has_start = from != NULL;
	asked.has_end = to != NULL;
	if (run.words.n != 0)
		return command_end(&run, command_usage(command));
	if (!read_day(&asked, date, session_now_us(&run.session)))
		return command_end(&run, 2);
	if ((from != NULL && !read_where(&run.session, &asked.start_latitude,
					 &asked.start_longitude, from)) ||
	    (to != NULL && !read_where(&run.session, &asked.end_latitude,
				       &asked.end_longitude, to)))
		return command_end(&run, 1);
	if (outrider_drive(run.session.core, &sum, &asked, keep_stop, &founds,
			   &err) != OUTRIDER_OK)
		code = session_fail(&err);
	else
		tell_route(&run, &founds, &sum, asked.has_end);
	return command_end(&run, found_end(&founds) | code);
}

/* ---------------------------------------------------------------- birthdays */

static bool keep_birthday(void *user, const struct outrider_birthday *birthday)
{
	struct found *found = found_add(user, birthday->card);

	if (found == NULL)
		return false;
	found->date = birthday->date;
	found->in_days = birthday->in_days;
	found->turns = birthday->turns;
	return true;
}

static void json_birthday(struct listing *listing, struct session *session,
			  const struct found *found)
{
	char date[32];

	snprintf(date, sizeof(date), "%04d-%02d-%02d", found->date.year,
		 found->date.month, found->date.day);
	open_json(listing, session, found);
	json_text(&listing->json, "date", date);
	json_integer(&listing->json, "in_days", found->in_days);
	if (found->turns > 0)
		json_integer(&listing->json, "turns", found->turns);
	json_close(&listing->json, '}');
}

static void tell_birthday(struct listing *listing, struct session *session,
			  const struct found *found)
{
	char day[32], title[400], when[24], turns[24] = "";

	listing->n++;
	if (listing->is_json) {
		json_birthday(listing, session, found);
		return;
	}
	times_day_name(day, found->date.year, found->date.month,
		       found->date.day);
	snprintf(when, sizeof(when), "in %d days", found->in_days);
	if (found->turns > 0)
		snprintf(turns, sizeof(turns), "turns %d", found->turns);
	card_title(title, sizeof(title), &found->card);
	printf("%s  %-10s  ", day,
	       found->in_days == 0   ? "today"
	       : found->in_days == 1 ? "tomorrow"
				     : when);
	print_column(title, 32);
	printf("  %-9s", turns);
	end_line(session, found);
}

int birthdays_command(const struct command *command, int argc, char **argv)
{
	const char *days_text = "7";
	const struct flag flags[] = { { "--days", &days_text, NULL } };
	struct founds founds = { .n = 0 };
	struct outrider_date today;
	struct listing listing;
	struct outrider_err err;
	struct run run;
	long days;
	int code;

	if (!command_begin(&run, command, flags, 1, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != 0 || !options_number(&days, days_text, 1, 366))
		return command_end(&run, command_usage(command));
	times_date(&today.year, &today.month, &today.day,
		   session_now_us(&run.session));
	if (outrider_birthdays(run.session.core, today, (unsigned)days,
			       keep_birthday, &founds, &err) != OUTRIDER_OK)
		code = session_fail(&err);
	listing_begin(&listing, &run);
	for (size_t i = 0; i < founds.n; i++)
		tell_birthday(&listing, &run.session, &founds.at[i]);
	listing_end(&listing, code, "No birthdays.");
	return command_end(&run, found_end(&founds) | code);
}

/* ----------------------------------------------------------------- promises */

static bool keep_promise(void *user, const struct outrider_promise *promise)
{
	struct found *found = found_add(user, promise->card);

	if (found == NULL || !found_text(user, found, promise->text))
		return false;
	found->from_us = promise->due_us;
	found->is_flagged = promise->is_overdue;
	return true;
}

static void tell_promise(struct listing *listing, struct session *session,
			 const struct found *found)
{
	char when[32] = "whenever";

	listing->n++;
	if (listing->is_json) {
		open_json(listing, session, found);
		json_text(&listing->json, "text", found->text);
		json_time(&listing->json, "due", found->from_us);
		json_bool(&listing->json, "is_overdue", found->is_flagged);
		json_close(&listing->json, '}');
		return;
	}
	if (found->from_us != 0)
		times_date_clock(when, found->from_us);
	printf("%-16s  %-7s  %-8s ", when, found->is_flagged ? "overdue" : "",
	       found->card.kind);
	print_column(found->text, 40);
	end_line(session, found);
}

int promises_command(const struct command *command, int argc, char **argv)
{
	const char *days_text = "7", *back_text = "30";
	const struct flag flags[] = {
		{ "--days", &days_text, NULL },
		{ "--back", &back_text, NULL },
	};
	struct founds founds = { .n = 0 };
	struct listing listing;
	struct outrider_err err;
	struct run run;
	int64_t now_us;
	long days, back;
	int code;

	if (!command_begin(&run, command, flags, 2, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n != 0 || !options_number(&days, days_text, 0, 3660) ||
	    !options_number(&back, back_text, 0, 3660))
		return command_end(&run, command_usage(command));
	now_us = session_now_us(&run.session);
	if (outrider_promises(run.session.core, now_us - back * DAY_US,
			      times_day(now_us, (int)days + 1), keep_promise,
			      &founds, &err) != OUTRIDER_OK)
		code = session_fail(&err);
	listing_begin(&listing, &run);
	for (size_t i = 0; i < founds.n; i++)
		tell_promise(&listing, &run.session, &founds.at[i]);
	listing_end(&listing, code, "Nothing was promised.");
	return command_end(&run, found_end(&founds) | code);
}

/* ---------------------------------------------------------------------- who */

static bool keep_card(void *user, const struct outrider_card *card)
{
	return found_add(user, card) != NULL;
}

/*
 * Whoever waits for the answer has it: the core may go on with what is due, and
 * what is due behind a first sync is the index of numbers.
 */
static void build_index(struct session *session)
{
	int64_t next_us;

	for (int i = 0; i < STEPS_MAX; i++)
		if (outrider_step(session->core, &next_us, NULL) !=
			    OUTRIDER_OK ||
		    next_us > session_now_us(session))
			return;
}

int who_command(const struct command *command, int argc, char **argv)
{
	struct founds founds = { .n = 0 };
	struct listing listing;
	struct outrider_err err;
	struct run run;
	char text[512];
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n == 0)
		return command_end(&run, command_usage(command));
	command_join_words(text, sizeof(text), &run.words, 0);
	if (outrider_identify(run.session.core, text, keep_card, &founds,
			      &err) != OUTRIDER_OK)
		return command_end(&run,
				   found_end(&founds) | session_fail(&err));
	listing_begin(&listing, &run);
	for (size_t i = 0; i < founds.n; i++)
		command_list_card(&listing, &run.session, &founds.at[i].card,
				  "");
	listing_end(&listing, code, "Nobody that this device knows.");
	(void)fflush(stdout);
	build_index(&run.session);
	return command_end(&run, found_end(&founds) | code);
}
