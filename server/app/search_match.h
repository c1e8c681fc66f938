/*
 * Does a record answer to what was typed, where, and how well? The index only
 * proposes: this decides, on the record as its reader may see it.
 */
#ifndef APP_SEARCH_MATCH_H
#define APP_SEARCH_MATCH_H

#include "app/search_words.h"

/* The smaller, the better, the first before the others. */
struct search_match {
	unsigned n_near;     /* words that are a slip away */
	unsigned n_begun;    /* words that the record's only begin with */
	unsigned n_untitled; /* words that don't stand in its title */
	/* Where most of it stands; the text is the row's. */
	struct search_text where;
};

/*
 * folded: room to work in. False: some word isn't there, or there was no
 * memory, which folded says.
 */
bool search_match(struct search_match *out, const struct typed *typed,
		  const struct row *row, struct buffer *folded);

#endif
