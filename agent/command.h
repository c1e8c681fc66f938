/*
 * The agent's commands: one table drives dispatch, help and what each needs.
 */
#ifndef AGENT_COMMAND_H
#define AGENT_COMMAND_H

#include "options.h"
#include "output.h"
#include "session.h"

/* Ways to begin. */
enum {
	NEEDS_NOTHING = 0,
	NEEDS_ENROLLED = 1 << 0,
	NEEDS_CARDS = 1 << 1,	 /* unlocked; enrolled too */
	TAKES_NO_WORDS = 1 << 2, /* flags alone: a word is a mistake */
};

struct command {
	const char *name;
	const char *usage;   /* the line's words after the name */
	const char *summary; /* one line for the list */
	const char *help;    /* more, or NULL */
	unsigned needs;
	/* Gets the words behind its name; returns the exit code. */
	int (*run)(const struct command *command, int argc, char **argv);
};

/* One run of a command. */
struct run {
	struct options options;
	struct words words;
	struct session session;
};

/*
 * Reads the line, opens the session, unlocks: whatever the command needs.
 * True to go on; otherwise *exit_code is what main returns (0 after --help).
 * Call command_end in either case.
 */
bool command_begin(struct run *run, const struct command *command,
		   const struct flag *flags, size_t n_flags, int argc,
		   char **argv, int *exit_code);
/* Says what waits in the outbox, closes, returns exit_code. */
int command_end(struct run *run, int exit_code);
/* The day that was asked for: *date is --date's, or the line's only word.
 * False: there are more words. */
bool command_day(const struct run *run, const char **date);
/* "usage: outrider NAME ..." on standard error; returns 2. */
int command_usage(const struct command *command);

/* A list on its way to standard output, as lines or as a JSON array. */
struct listing {
	struct json json;
	bool is_json;
	size_t n; /* printed so far; the callbacks count */
};

void listing_begin(struct listing *listing, const struct run *run);
/* Says if_empty to people where nothing was printed and nothing went wrong. */
void listing_end(struct listing *listing, int exit_code, const char *if_empty);
/* One card of a list, with whom it is about and a note ("": none); not inside a
 * callback. */
void command_list_card(struct listing *listing, struct session *session,
		       const struct outrider_card *card, const char *note);
/* The words behind the first `from` ones, with spaces between them. */
void command_join_words(char *out, size_t size, const struct words *words,
			size_t from);

/* Takes "field=value" words of a card of that kind from the given one on, as
 * values_read reads them; the first of each field clears it. Says on standard
 * error what went wrong; false then. */
bool command_set_fields(struct run *run, struct outrider_edit *edit,
			const char *kind, size_t from);

/* Says that there is no such kind, and what helps; returns an exit code. */
int fields_no_kind(const char *kind);

/* "on the way" for "ON_THE_WAY"; a text that is no progress as it is. */
const char *progress_words(const char *name);

/* The commands, by file. */
int enroll_command(const struct command *command, int argc, char **argv);
int sync_command(const struct command *command, int argc, char **argv);
int status_command(const struct command *command, int argc, char **argv);

int outbox_command(const struct command *command, int argc, char **argv);
int conflicts_command(const struct command *command, int argc, char **argv);
int watch_command(const struct command *command, int argc, char **argv);

int agenda_command(const struct command *command, int argc, char **argv);
int show_command(const struct command *command, int argc, char **argv);
int find_command(const struct command *command, int argc, char **argv);
int fields_command(const struct command *command, int argc, char **argv);
int new_command(const struct command *command, int argc, char **argv);
int edit_command(const struct command *command, int argc, char **argv);
int plan_command(const struct command *command, int argc, char **argv);
int note_command(const struct command *command, int argc, char **argv);

int attach_command(const struct command *command, int argc, char **argv);
int files_command(const struct command *command, int argc, char **argv);
int fetch_command(const struct command *command, int argc, char **argv);
int save_command(const struct command *command, int argc, char **argv);

int fill_command(const struct command *command, int argc, char **argv);
int drafts_command(const struct command *command, int argc, char **argv);

int near_command(const struct command *command, int argc, char **argv);
int route_command(const struct command *command, int argc, char **argv);
int birthdays_command(const struct command *command, int argc, char **argv);
int promises_command(const struct command *command, int argc, char **argv);
int who_command(const struct command *command, int argc, char **argv);

int track_command(const struct command *command, int argc, char **argv);
int visits_command(const struct command *command, int argc, char **argv);

int check_in_command(const struct command *command, int argc, char **argv);
int outcome_command(const struct command *command, int argc, char **argv);
int due_command(const struct command *command, int argc, char **argv);
int my_visits_command(const struct command *command, int argc, char **argv);
int rebut_command(const struct command *command, int argc, char **argv);
int ledger_command(const struct command *command, int argc, char **argv);

int report_command(const struct command *command, int argc, char **argv);
int alerts_command(const struct command *command, int argc, char **argv);
int quiet_command(const struct command *command, int argc, char **argv);
int close_command(const struct command *command, int argc, char **argv);
int where_command(const struct command *command, int argc, char **argv);
int invite_command(const struct command *command, int argc, char **argv);
int evidence_command(const struct command *command, int argc, char **argv);

int devices_command(const struct command *command, int argc, char **argv);
int withdraw_command(const struct command *command, int argc, char **argv);
int wipe_command(const struct command *command, int argc, char **argv);
int pin_command(const struct command *command, int argc, char **argv);

#endif
