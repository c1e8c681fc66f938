/*
 * What became of one's own edits: outbox (what waits, what was refused and the
 * ways on) and conflicts (what lost to somebody else's change).
 */
#include "cards.h"
#include "command.h"
#include "found.h"
#include "output.h"
#include "times.h"
#include "values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 2000000000L

/* ----------------------------------------------------------------- outbox */

/* Edits on their way, kept: only then can the core be asked for names. */
struct outgoing {
	struct outrider_outgoing edit;
	char kind[32], op[16], reason[700], field[128];
};

struct outgoings {
	struct outgoing *at;
	size_t n, room;
	bool is_full; /* out of memory: the last ones are missing */
};

static bool keep_outgoing(void *user, const struct outrider_outgoing *edit)
{
	struct outgoings *list = user;
	struct outgoing *kept;

	if (list->n == list->room) {
		const size_t room = list->room > 0 ? 2 * list->room : 32;

		kept = realloc(list->at, room * sizeof(*kept));
		list->is_full = kept == NULL;
		if (kept == NULL)
			return false;
		list->at = kept;
		list->room = room;
	}
	kept = &list->at[list->n++];
	kept->edit = *edit;
	snprintf(kept->kind, sizeof(kept->kind), "%s", edit->kind);
	snprintf(kept->op, sizeof(kept->op), "%s", edit->op);
	snprintf(kept->reason, sizeof(kept->reason), "%s", edit->reason);
	snprintf(kept->field, sizeof(kept->field), "%s", edit->field);
	return true;
}

/* False: it was said why. */
static bool read_outbox(struct outgoings *list, struct run *run)
{
	struct outrider_err err;

	if (outrider_outbox(run->session.core, keep_outgoing, list, &err) !=
	    OUTRIDER_OK)
		return session_fail(&err) == 0;
	if (list->is_full)
		fputs("outrider: out of memory: there are more of them\n",
		      stderr);
	return !list->is_full;
}

static void print_outgoing(const struct outgoing *out, const char *title)
{
	const unsigned long long seq = out->edit.seq;
	char when[32], id[9];

	times_date_clock(when, out->edit.edited_us);
	id_short(id, out->edit.id);
	printf("%4llu  %s  %-7s %-8s %s  %s%s", seq, when, out->op, out->kind,
	       id, title, title[0] ? "  " : "");
	if (!out->edit.is_parked) {
		puts("waits");
		return;
	}
	printf("refused: %s%s%s%s\n", out->reason, out->field[0] ? " (" : "",
	       out->field, out->field[0] ? ")" : "");
	printf("      outrider outbox retry %llu | drop %llu", seq, seq);
	if (out->edit.can_edit)
		printf(" | edit %llu FIELD=VALUE", seq);
	putchar('\n');
}

static void
json_outgoing(struct json *json, const struct outgoing *out, const char *title)
{
	json_open(json, NULL, '{');
	json_integer(json, "seq", (int64_t)out->edit.seq);
	json_text(json, "kind", out->kind);
	json_id(json, "id", out->edit.id);
	json_text(json, "title", title);
	json_text(json, "op", out->op);
	json_time(json, "edited", out->edit.edited_us);
	json_bool(json, "is_parked", out->edit.is_parked);
	json_text(json, "code",
		  out->edit.is_parked ? outrider_code_name(out->edit.code)
				      : "");
	json_text(json, "reason", out->reason);
	json_text(json, "field", out->field);
	json_bool(json, "can_edit", out->edit.can_edit);
	json_close(json, '}');
}

static int list_outbox(struct run *run)
{
	struct outgoings list = { .n = 0 };
	struct listing listing;
	char title[200];
	const int code = read_outbox(&list, run) ? 0 : 1;

	listing_begin(&listing, run);
	for (size_t i = 0; i < list.n; i++) {
		listing.n++;
		(void)title_of(&run->session, title, sizeof(title),
			       list.at[i].kind, list.at[i].edit.id);
		if (listing.is_json)
			json_outgoing(&listing.json, &list.at[i], title);
		else
			print_outgoing(&list.at[i], title);
	}
	listing_end(&listing, code, "Everything is with the server.");
	free(list.at);
	return code;
}

/* Of no kind where no edit has that number: the core says so in its own
 * words. */
static bool find_outgoing(struct outgoing *out, struct run *run, uint64_t seq)
{
	struct outgoings list = { .n = 0 };
	const bool is_read = read_outbox(&list, run);

	*out = (struct outgoing){ .kind = "" };
	for (size_t i = 0; i < list.n; i++)
		if (list.at[i].edit.seq == seq)
			*out = list.at[i];
	free(list.at);
	return is_read;
}

/* What was done, for people. */
static int say(const struct run *run, const char *text)
{
	if (!run->options.is_json)
		puts(text);
	return 0;
}

static int change(struct run *run, uint64_t seq)
{
	struct outrider_edit *edit;
	struct outrider_err err;
	struct outgoing out;

	if (!find_outgoing(&out, run, seq))
		return 1;
	if (outrider_outbox_edit(run->session.core, seq, &edit, &err) !=
	    OUTRIDER_OK)
		return session_fail(&err);
	if (!command_set_fields(run, edit, out.kind, 2)) {
		outrider_edit_discard(edit);
		return 1;
	}
	if (outrider_edit_commit(edit, NULL, &err) != OUTRIDER_OK)
		return session_fail(&err);
	return say(run, "Changed; it goes with the next sync.");
}

static int retry(struct run *run, uint64_t seq)
{
	struct outrider_err err;

	if (outrider_outbox_retry(run->session.core, seq, &err) != OUTRIDER_OK)
		return session_fail(&err);
	return say(run, "It goes again with the next sync.");
}

/* What is forgotten is named: nothing brings it back. */
static int drop(struct run *run, uint64_t seq)
{
	struct outrider_err err;
	struct outgoing out;
	char title[200], id[9];

	if (!find_outgoing(&out, run, seq))
		return 1;
	(void)title_of(&run->session, title, sizeof(title), out.kind,
		       out.edit.id);
	if (outrider_outbox_discard(run->session.core, seq, &err) !=
	    OUTRIDER_OK)
		return session_fail(&err);
	id_short(id, out.edit.id);
	if (!run->options.is_json)
		printf("Dropped: %s %s %s  %s\n", out.op, out.kind, id, title);
	return 0;
}

/* "retry 12", "drop 12", "edit 12 name=..." */
static int
decide_outbox(struct run *run, const struct command *command, long seq)
{
	const char *way = run->words.at[0];

	if (strcmp(way, "edit") == 0 && run->words.n > 2)
		return change(run, (uint64_t)seq);
	if (strcmp(way, "retry") == 0 && run->words.n == 2)
		return retry(run, (uint64_t)seq);
	if (strcmp(way, "drop") == 0 && run->words.n == 2)
		return drop(run, (uint64_t)seq);
	return command_usage(command);
}

int outbox_command(const struct command *command, int argc, char **argv)
{
	struct run run;
	long seq;
	int code;

	if (command_begin(&run, command, NULL, 0, argc, argv, &code)) {
		if (run.words.n == 0)
			code = list_outbox(&run);
		else if (run.words.n < 2 ||
			 !options_number(&seq, run.words.at[1], 1, NUMBER_MAX))
			code = command_usage(command);
		else
			code = decide_outbox(&run, command, seq);
	}
	return command_end(&run, code);
}

/* -------------------------------------------------------------- conflicts */

/* The cards that conflicts are about, by name: asked for between two visits,
 * as the core can't be asked within one. */
struct named {
	uint64_t number;
	char kind[32], title[200];
	uint8_t id[16];
};

struct conflicts {
	struct listing listing;
	struct named *at;
	size_t n, room;
	bool is_full; /* out of memory: the last ones have no names */
};

static bool keep_card(void *user, const struct outrider_conflict *conflict)
{
	struct conflicts *list = user;
	struct named *named;

	if (list->n == list->room) {
		const size_t room = list->room > 0 ? 2 * list->room : 32;

		named = realloc(list->at, room * sizeof(*named));
		list->is_full = named == NULL;
		if (named == NULL)
			return false;
		list->at = named;
		list->room = room;
	}
	named = &list->at[list->n++];
	named->number = conflict->number;
	memcpy(named->id, conflict->id, sizeof(named->id));
	snprintf(named->kind, sizeof(named->kind), "%s", conflict->kind);
	return true;
}

static const char *
title_by_number(const struct conflicts *list, uint64_t number)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->at[i].number == number)
			return list->at[i].title;
	return "";
}

/* A field's elements, a comma between them; "-" where it is empty. */
static void field_text(char *out, size_t size, const char *kind,
		       const uint8_t *fields, size_t len, const char *name)
{
	const enum outrider_field_type type = outrider_field_type(kind, name);
	char element[200], room[VALUE_CHOICE_MAX];
	const char *shown;
	int64_t at_us;
	size_t at = 0;

	snprintf(out, size, "-");
	for (size_t i = 0; outrider_card_text(element, sizeof(element), kind,
					      fields, len, name, i) > 0 &&
			   at + strlen(element) + 3 < size;
	     i++) {
		text_tame(element);
		shown = element;
		if (type == OUTRIDER_FIELD_TIME && times_parse(&at_us, element))
			times_shown(element, at_us);
		if (type == OUTRIDER_FIELD_CHOICE)
			shown = values_choice(room, kind, name, element);
		at += (size_t)snprintf(out + at, size - at, "%s%s",
				       i > 0 ? ", " : "", shown);
	}
}

static void print_values(const struct outrider_conflict *conflict,
			 const char *name, bool is_question)
{
	char mine[600], theirs[600];

	field_text(mine, sizeof(mine), conflict->kind, conflict->mine,
		   conflict->mine_len, name);
	field_text(theirs, sizeof(theirs), conflict->kind, conflict->theirs,
		   conflict->theirs_len, name);
	printf("      %s: yours %s, %s %s\n", name, mine,
	       is_question ? "still" : "now", theirs);
}

/* Of a nested field the parts that a person may name: "phones.number". */
static void print_field(const struct outrider_conflict *conflict,
			const struct outrider_conflict_field *field)
{
	const size_t len = strlen(field->name);
	const char *path;
	bool has_parts = false;

	for (size_t i = 0;
	     (path = outrider_field_name(conflict->kind, i)) != NULL; i++) {
		if (strncmp(path, field->name, len) != 0 || path[len] != '.')
			continue;
		has_parts = true;
		print_values(conflict, path, field->is_question);
	}
	if (!has_parts)
		print_values(conflict, field->name, field->is_question);
}

static bool print_conflict(void *user, const struct outrider_conflict *conflict)
{
	struct conflicts *list = user;
	char when[32], id[9];

	list->listing.n++;
	times_date_clock(when, conflict->edited_us);
	id_short(id, conflict->id);
	printf("%4llu  %s  %-8s %s  %s%s\n",
	       (unsigned long long)conflict->number, when, conflict->kind, id,
	       title_by_number(list, conflict->number),
	       conflict->is_question ? "  waits for your answer" : "");
	for (size_t i = 0; i < conflict->n_fields; i++)
		print_field(conflict, &conflict->fields[i]);
	printf("      outrider conflicts mine %llu | theirs %llu\n",
	       (unsigned long long)conflict->number,
	       (unsigned long long)conflict->number);
	return true;
}

static void json_side(struct json *json, const char *name,
		      const struct outrider_conflict *conflict,
		      const uint8_t *fields, size_t len)
{
	struct outrider_card card = {
		.kind = conflict->kind,
		.fields = fields,
		.len = len,
	};

	card_json_fields(json, name, &card);
}

static bool json_conflict(void *user, const struct outrider_conflict *conflict)
{
	struct conflicts *list = user;
	struct json *json = &list->listing.json;

	json_open(json, NULL, '{');
	json_integer(json, "number", (int64_t)conflict->number);
	json_text(json, "kind", conflict->kind);
	json_id(json, "id", conflict->id);
	json_text(json, "title", title_by_number(list, conflict->number));
	json_time(json, "edited", conflict->edited_us);
	json_bool(json, "is_question", conflict->is_question);
	json_open(json, "fields", '[');
	for (size_t i = 0; i < conflict->n_fields; i++) {
		json_open(json, NULL, '{');
		json_text(json, "name", conflict->fields[i].name);
		json_bool(json, "is_question", conflict->fields[i].is_question);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_side(json, "mine", conflict, conflict->mine, conflict->mine_len);
	json_side(json, "theirs", conflict, conflict->theirs,
		  conflict->theirs_len);
	json_close(json, '}');
	return true;
}

static int list_conflicts(struct run *run)
{
	struct conflicts list = { .n = 0 };
	struct outrider *core = run->session.core;
	struct outrider_err err;
	int code = 0;

	if (outrider_conflicts(core, keep_card, &list, &err) != OUTRIDER_OK)
		code = session_fail(&err);
	if (list.is_full)
		fputs("outrider: out of memory: some have no names\n", stderr);
	for (size_t i = 0; i < list.n; i++)
		(void)title_of(&run->session, list.at[i].title,
			       sizeof(list.at[i].title), list.at[i].kind,
			       list.at[i].id);
	listing_begin(&list.listing, run);
	if (code == 0 &&
	    outrider_conflicts(
		    core, list.listing.is_json ? json_conflict : print_conflict,
		    &list, &err) != OUTRIDER_OK)
		code = session_fail(&err);
	listing_end(&list.listing, code,
		    "None of your edits lost to somebody else's.");
	free(list.at);
	return code;
}

static int
decide_conflict(struct run *run, const struct command *command, long number)
{
	struct outrider *core = run->session.core;
	const char *way = run->words.at[0];
	const bool is_mine = strcmp(way, "mine") == 0;
	enum outrider_code code;
	struct outrider_err err;

	if (is_mine)
		code = outrider_conflict_put_back(core, (uint64_t)number, &err);
	else if (strcmp(way, "theirs") == 0)
		code = outrider_conflict_dismiss(core, (uint64_t)number, &err);
	else
		return command_usage(command);
	if (code != OUTRIDER_OK)
		return session_fail(&err);
	return say(run, is_mine ? "Yours is put back with the next sync."
				: "Theirs stands.");
}

int conflicts_command(const struct command *command, int argc, char **argv)
{
	struct run run;
	long number;
	int code;

	if (command_begin(&run, command, NULL, 0, argc, argv, &code)) {
		if (run.words.n == 0)
			code = list_conflicts(&run);
		else if (run.words.n != 2 ||
			 !options_number(&number, run.words.at[1], 1,
					 NUMBER_MAX))
			code = command_usage(command);
		else
			code = decide_conflict(&run, command, number);
	}
	return command_end(&run, code);
}
