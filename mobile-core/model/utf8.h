/*
 * utf8: texts as bytes: what is well formed, and where one may be cut.
 *
 * It refuses to know letters: model/fold.h.
 */
#ifndef OUTRIDER_MODEL_UTF8_H
#define OUTRIDER_MODEL_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Well formed, with no NUL in it. */
bool utf8_is_valid_text(const char *at, size_t len);

/*
 * How much of a text of len bytes stands in a room of max: all of it, or as
 * many whole characters as fit.
 */
size_t utf8_cut(const void *at, size_t len, size_t max);

/*
 * The same where what lies behind was not kept: of len bytes that were cut off
 * anywhere, those that are whole characters.
 */
size_t utf8_whole(const void *at, size_t len);

#endif
