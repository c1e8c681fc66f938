/*
 * What was typed into the search box, as words to look for, and what else
 * could have been meant. Knows no record.
 */
#ifndef APP_SEARCH_WORDS_H
#define APP_SEARCH_WORDS_H

#include "store/search.h"

enum { TYPED_WORDS_MAX = 16 };

/* A beginning that is one slip away, and the known words that begin so. */
struct variant {
	struct bytes beginning;
	struct bytes *words;
	size_t n_words;
	bool has_more; /* than these words */
};

struct typed_word {
	struct bytes text; /* folded */
	/*
	 * Of digits: those of the whole run of numbers that it stands in, as
	 * telephone numbers are parted with blanks. len 0: none.
	 */
	struct search_digits digits;
	bool may_slip; /* what it is a slip away from counts, too */
	/* To ask the index for: some of those. */
	struct variant *variants;
	size_t n_variants;
};

struct typed {
	struct typed_word words[TYPED_WORDS_MAX];
	size_t n;
};

/* Errors: INVALID_ARGUMENT, field "query"; RESOURCE_EXHAUSTED. */
MODEL_MUST_USE enum outrider_code
typed_read(struct typed *out, struct bytes text, struct arena *arena,
	   struct outrider_err *err);

/*
 * From now on slips count: a letter too many, one missing, another one, or
 * two in the wrong order. In words of four letters and more, without digits,
 * the first few of those. Fills variants with beginnings of indexed words.
 */
MODEL_MUST_USE enum outrider_code
typed_vary(struct typed *typed, struct store_conn *conn, struct arena *arena,
	   struct outrider_err *err);
/* Is what was typed one slip away from a beginning of the word? */
bool typed_slips(struct bytes typed, struct bytes word);

/* May the known words that begin so stand for the beginning in a question? */
bool typed_is_long(struct bytes beginning);

#endif
