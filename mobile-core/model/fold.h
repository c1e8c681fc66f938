/*
 * fold: texts as people compare them.
 *
 * Owns which letters count as the same: small and capital, with and without
 * diacritics (so also "ё" and "е", "й" and "и"), ligatures and their letters;
 * in Latin, Greek and Cyrillic writing. Knows nothing of cards.
 */
#ifndef MODEL_FOLD_H
#define MODEL_FOLD_H

#include "model/arena.h"

/*
 * Appends the words of UTF-8 text, folded, each with a space in front of it.
 * Apostrophes inside words vanish; all else that is neither a letter nor a
 * digit parts words.
 */
void fold_words(struct buffer *out, struct bytes text);
/* Appends the decimal digits of the text alone. */
void fold_digits(struct buffer *out, struct bytes text);

#endif
