/*
 * Text files read line by line, with a ceiling and a count, for the sources
 * of fixes that are files.
 */
#ifndef AGENT_LINES_H
#define AGENT_LINES_H

#include <stdbool.h>
#include <stdio.h>

struct lines {
	FILE *file;
	unsigned long number; /* of the line read last */
	char text[1024];      /* without its end */
};

/* "-" is standard input. */
bool lines_open(struct lines *lines, const char *path);
void lines_close(struct lines *lines);
/* False at the end. What goes beyond the ceiling of a line is dropped. */
bool lines_next(struct lines *lines);
/*
 * Cuts the text at each separator, in place; returns how many pieces, at
 * most max.
 */
size_t lines_split(char *text, char separator, char **pieces, size_t max);

#endif
