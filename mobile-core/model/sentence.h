/*
 * sentence: words for people, written piece by piece into a buffer.
 *
 * Owns the end of the room: what doesn't fit is cut, never within a character
 * of UTF-8. It refuses to know what is said.
 */
#ifndef OUTRIDER_MODEL_SENTENCE_H
#define OUTRIDER_MODEL_SENTENCE_H

#include <stddef.h>

/* Bytes of the caller's; terminated after each call. */
struct sentence {
	char *at;
	size_t room; /* with the end's zero; at least 1 */
	size_t len;
};

/* As printf. */
void sentence_add(struct sentence *sentence, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
