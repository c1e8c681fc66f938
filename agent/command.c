/*
 * How every command begins and ends: see command.h.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

int command_usage(const struct command *command)
{
	fprintf(stderr, "usage: outrider %s%s%s\n", command->name,
		command->usage[0] ? " " : "", command->usage);
	return 2;
}

static void print_help(const struct command *command)
{
	printf("usage: outrider %s%s%s\n\n%s\n", command->name,
	       command->usage[0] ? " " : "", command->usage, command->summary);
	if (command->help != NULL)
		puts(command->help);
}

bool command_begin(struct run *run, const struct command *command,
		   const struct flag *flags, size_t n_flags, int argc,
		   char **argv, int *exit_code)
{
	struct outrider_status status;

	memset(run, 0, sizeof(*run));
	if (!options_read(&run->options, &run->words, flags, n_flags, argc,
			  argv)) {
		*exit_code = command_usage(command);
		return false;
	}
	if (run->options.is_help) {
		print_help(command);
		*exit_code = 0;
		return false;
	}
	if ((command->needs & TAKES_NO_WORDS) != 0 && run->words.n > 0) {
		*exit_code = command_usage(command);
		return false;
	}
	*exit_code = session_open(&run->session, &run->options);
	if (*exit_code != 0)
		return false;
	outrider_get_status(run->session.core, &status);
	if ((command->needs & (NEEDS_ENROLLED | NEEDS_CARDS)) != 0 &&
	    !status.is_enrolled) {
		fputs("outrider: this device is not enrolled: outrider enroll "
		      "CODE --server HOST:PORT\n",
		      stderr);
		*exit_code = 1;
		return false;
	}
	if (command->needs & NEEDS_CARDS)
		*exit_code = session_unlock(&run->session);
	return *exit_code == 0;
}

bool command_day(const struct run *run, const char **date)
{
	if (run->words.n == 1 && *date == NULL)
		*date = run->words.at[0];
	else if (run->words.n > 0)
		return false;
	return true;
}

static void say_what_waits(struct run *run)
{
	FILE *out = run->options.is_json ? stderr : stdout;
	struct outrider_status status;

	outrider_get_status(run->session.core, &status);
	/* One's own user's is among them. */
	if (status.is_unlocked && status.n_cards == 0)
		fputs("There are no cards here yet: outrider sync fetches "
		      "them.\n",
		      out);
	if (status.n_waiting > 0)
		fprintf(out, "%llu edit%s wait%s in the outbox.\n",
			(unsigned long long)status.n_waiting,
			status.n_waiting == 1 ? "" : "s",
			status.n_waiting == 1 ? "s" : "");
	if (status.n_parked > 0)
		fprintf(out, "%llu edit%s refused: outrider outbox\n",
			(unsigned long long)status.n_parked,
			status.n_parked == 1 ? " was" : "s were");
	if (status.n_conflicts > 0)
		fprintf(out,
			"Yours and others' words differ on %llu card%s: "
			"outrider conflicts\n",
			(unsigned long long)status.n_conflicts,
			status.n_conflicts == 1 ? "" : "s");
	if (status.n_evidence_waiting > 0)
		fprintf(out,
			"The evidence of %llu meeting%s waits for the "
			"server.\n",
			(unsigned long long)status.n_evidence_waiting,
			status.n_evidence_waiting == 1 ? "" : "s");
}

int command_end(struct run *run, int exit_code)
{
	if (run->session.core != NULL)
		say_what_waits(run);
	session_close(&run->session);
	return exit_code;
}

void listing_begin(struct listing *listing, const struct run *run)
{
	memset(listing, 0, sizeof(*listing));
	listing->is_json = run->options.is_json;
	if (listing->is_json)
		json_open(&listing->json, NULL, '[');
}

void listing_end(struct listing *listing, int exit_code, const char *if_empty)
{
	if (listing->is_json)
		json_close(&listing->json, ']');
	else if (listing->n == 0 && exit_code == 0)
		puts(if_empty);
}

const char *progress_words(const char *name)
{
	static const char *const words[][2] = {
		{ "PLANNED", "planned" },
		{ "ON_THE_WAY", "on the way" },
		{ "RUNNING_LATE", "on the way, and late" },
		{ "ARRIVED", "arrived" },
		{ "IN_PROGRESS", "in progress" },
		{ "ENDED", "over" },
		{ "OUTCOME_DUE", "over, its outcome is due" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(name, words[i][0]) == 0)
			return words[i][1];
	return name;
}
