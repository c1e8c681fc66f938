/*
 * sentence: see sentence.h.
 */
#include "model/sentence.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

static bool is_inside_character(char byte)
{
	return ((uint8_t)byte & 0xc0) == 0x80;
}

/* How many bytes the character has that begins so. */
static size_t character_len(char first)
{
	uint8_t byte = (uint8_t)first;

	return byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
}

/* Of a text that was cut behind len bytes: without half a character. */
static size_t whole_len(const char *at, size_t len)
{
	size_t first = len;

	while (first > 0 && is_inside_character(at[first - 1]))
		first--;
	if (first == 0)
		return len;
	first--;
	return len - first < character_len(at[first]) ? first : len;
}

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
		len = (int)whole_len(end, room - 1);
	end[len] = '\0';
	sentence->len += (size_t)len;
}
