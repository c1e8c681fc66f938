/*
 * The command line: one table of flags for everybody, one for each command.
 */
#ifndef AGENT_OPTIONS_H
#define AGENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* What every command takes. */
struct options {
	const char *home;	/* --home DIR */
	const char *pin_file;	/* --pin-file FILE */
	const char *demo_clock; /* --demo-clock FILE */
	bool is_json;		/* --json */
	bool is_help;		/* --help */
};

/* One flag of a command. Exactly one of the targets is set. */
struct flag {
	const char *name;   /* "--gpsd" */
	const char **value; /* the word behind it goes here */
	bool *is_set;	    /* it takes no word */
};

#define WORDS_MAX 64

/* What stands on the line beside flags. */
struct words {
	const char *at[WORDS_MAX];
	size_t n;
};

/*
 * Reads argv[0..argc) into the common options, the command's flags and words.
 * Says on standard error what it doesn't know, and returns false. "--" ends
 * the flags.
 */
bool options_read(struct options *options, struct words *words,
		  const struct flag *flags, size_t n_flags, int argc,
		  char **argv);

/* A whole number in [min, max]. */
bool options_number(long *out, const char *text, long min, long max);

#endif
