/*
 * See lines.h.
 */
#include "lines.h"

#include <string.h>

bool lines_open(struct lines *lines, const char *path)
{
	lines->number = 0;
	lines->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	return lines->file != NULL;
}

void lines_close(struct lines *lines)
{
	if (lines->file != NULL && lines->file != stdin)
		fclose(lines->file);
	lines->file = NULL;
}

bool lines_next(struct lines *lines)
{
	size_t len = 0;
	int c = fgetc(lines->file);

	if (c == EOF)
		return false;
	lines->number++;
	for (; c != EOF && c != '\n'; c = fgetc(lines->file))
		if (len + 1 < sizeof(lines->text) && c != '\0')
			lines->text[len++] = (char)c;
	if (len > 0 && lines->text[len - 1] == '\r')
		len--;
	lines->text[len] = '\0';
	return true;
}

size_t lines_split(char *text, char separator, char **pieces, size_t max)
{
	size_t n = 0;

	while (n < max) {
		char *end = strchr(text, separator);

		pieces[n++] = text;
		if (end == NULL)
			break;
		*end = '\0';
		text = end + 1;
	}
	return n;
}
