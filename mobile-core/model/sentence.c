/*
 * sentence: see sentence.h.
 */
#include "model/sentence.h"

#include "model/utf8.h"

#include <stdarg.h>
#include <stdio.h>

void sentence_add(struct sentence *sentence, const char *format, ...)
{
	size_t room = sentence->room - sentence->len;
	char *end = sentence->at + sentence->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(end, room, format, args);
	va_end(args);
	if (len < 0)
		return;
	if ((size_t)len >= room)
		len = (int)utf8_whole(end, room - 1);
	end[len] = '\0';
	sentence->len += (size_t)len;
}
