/*
 * usage: how the small programs beside server and agent are called. Who asks
 * with --help gets it on standard output, and the program has done what it was
 * told; what isn't understood has it on standard error, and ends with 2.
 */
#ifndef TOOLS_USAGE_H
#define TOOLS_USAGE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline bool usage_is_asked(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

/* Of a program that takes no flags: is one there, --help among them? */
static inline bool usage_has_flag(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "--", 2) == 0)
			return true;
	return false;
}

/* What main returns. */
static inline int usage_say(const char *text, bool is_asked)
{
	fputs(text, is_asked ? stdout : stderr);
	return is_asked ? 0 : 2;
}

/* A whole number in [min, max]: digits, and nothing else. */
static inline bool
usage_number(uint64_t *out, const char *text, uint64_t min, uint64_t max)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
	       *out >= min && *out <= max;
}

#endif
