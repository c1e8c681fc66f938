/*
 * fields: the kinds of cards and what can be written into each. Asks neither
 * the server nor the vault.
 */
#include "command.h"
#include "output.h"
#include "values.h"

#include <stdio.h>
#include <string.h>

static void print_choices(const char *kind, const char *path)
{
	char room[VALUE_CHOICE_MAX];
	const char *choice;

	for (size_t i = 0; (choice = outrider_field_choice(kind, path, i)); i++)
		printf("%s%s", i > 0 ? ", " : "",
		       values_choice(room, kind, path, choice));
}

static const char *type_name(enum outrider_field_type type)
{
	switch (type) {
	case OUTRIDER_FIELD_NONE:
		break;
	case OUTRIDER_FIELD_TEXT:
		return "text";
	case OUTRIDER_FIELD_NUMBER:
		return "number";
	case OUTRIDER_FIELD_BOOL:
		return "true or false";
	case OUTRIDER_FIELD_CHOICE:
		return "choice";
	case OUTRIDER_FIELD_TIME:
		return "time";
	case OUTRIDER_FIELD_DATE:
		return "date";
	case OUTRIDER_FIELD_REFERENCE:
		return "id";
	}
	return "";
}

static void print_field(const char *kind, const char *path)
{
	const enum outrider_field_type type = outrider_field_type(kind, path);
	const char *refers_to = outrider_field_reference(kind, path);

	fputs("  ", stdout);
	print_column(path, strlen(path) > 26 ? strlen(path) : 26);
	putchar(' ');
	if (type == OUTRIDER_FIELD_CHOICE)
		print_choices(kind, path);
	else
		fputs(refers_to != NULL ? refers_to : type_name(type), stdout);
	putchar('\n');
}

static void json_field(struct json *json, const char *kind, const char *path)
{
	const char *refers_to = outrider_field_reference(kind, path), *choice;

	json_open(json, NULL, '{');
	json_text(json, "name", path);
	json_text(json, "type", type_name(outrider_field_type(kind, path)));
	json_text(json, "refers_to", refers_to != NULL ? refers_to : "");
	json_open(json, "choices", '[');
	for (size_t i = 0; (choice = outrider_field_choice(kind, path, i)); i++)
		json_text(json, NULL, choice);
	json_close(json, ']');
	json_close(json, '}');
}

static void list_fields(struct listing *listing, const char *kind)
{
	const char *path;

	for (size_t i = 0; (path = outrider_field_name(kind, i)) != NULL; i++) {
		if (!outrider_field_is_written(kind, path) ||
		    outrider_field_type(kind, path) == OUTRIDER_FIELD_NONE)
			continue;
		listing->n++;
		if (listing->is_json)
			json_field(&listing->json, kind, path);
		else
			print_field(kind, path);
	}
}

static void list_kinds(struct listing *listing)
{
	const char *kind;

	for (size_t i = 0; (kind = outrider_kind_name(i)) != NULL; i++) {
		listing->n++;
		if (listing->is_json)
			json_text(&listing->json, NULL, kind);
		else
			puts(kind);
	}
}

int fields_no_kind(const char *kind)
{
	fprintf(stderr,
		"outrider: there is no kind '%s'; outrider fields lists "
		"them\n",
		kind);
	return 1;
}

int fields_command(const struct command *command, int argc, char **argv)
{
	struct listing listing;
	struct run run;
	int code;

	if (!command_begin(&run, command, NULL, 0, argc, argv, &code))
		return command_end(&run, code);
	if (run.words.n > 1)
		return command_end(&run, command_usage(command));
	if (run.words.n == 1 && outrider_field_name(run.words.at[0], 0) == NULL)
		return command_end(&run, fields_no_kind(run.words.at[0]));
	listing_begin(&listing, &run);
	if (run.words.n == 1)
		list_fields(&listing, run.words.at[0]);
	else
		list_kinds(&listing);
	listing_end(&listing, 0, "None.");
	return command_end(&run, 0);
}
