/*
 * What the files of Search share and nobody else includes: a search under
 * way, its hits, and who does what.
 *
 *	search.c        the request, the reply
 *	search_ask.c    what the index and the log are asked, and in which order
 *	search_look.c   a record that came out: is it a hit?
 *	search_match.c  a record's texts against what was typed
 *	search_words.c  what was typed, and what else could have been meant
 */
#ifndef APP_SEARCH_PARTS_H
#define APP_SEARCH_PARTS_H

#include "app/parts.h"
#include "app/search_match.h"

enum {
	SEARCH_PAGE_MAX = 100,
	/* Changes behind the index that a search reads itself. */
	SEARCH_TAIL_MAX = 256,
};

struct hit {
	const struct entity *entity;
	struct uuid id;
	uint64_t rev;
	unsigned n_near, n_begun, n_untitled; /* see search_match.h */
	char *title, *path, *text;
};

struct search {
	struct app_call *call;
	struct typed typed;
	const struct entity **kinds; /* none: all */
	size_t n_kinds;
	size_t page_size;
	/* The snapshot's revision, and the one that the index has reached. */
	uint64_t rev, reached;
	struct hit *hits;
	size_t n_hits, n_looked;
	uint64_t *seen; /* revisions of records that were looked at; 0: free */
	struct buffer folded;
	struct arena row; /* of the record that is looked at */
	int64_t until_us;
	bool was_stopped; /* before all was looked at */
};

/* Is there time, and may more be looked at? Sets was_stopped where not. */
bool search_may_go_on(struct search *s);

/* search_look.c */

MODEL_MUST_USE enum outrider_code search_look_open(struct search *s);
void search_look_close(struct search *s);
/*
 * Reads the record as it stands in this snapshot; it becomes a hit if it
 * answers in what the caller may see of it. A record is looked at once.
 */
MODEL_MUST_USE enum outrider_code
search_look_at(struct search *s, const struct search_doc *doc);
/* Records that are no hits may be looked at once more. */
void search_look_again(struct search *s);

/* search_ask.c: fills hits, in no order, inside a snapshot. */
MODEL_MUST_USE enum outrider_code search_ask(struct search *s);

#endif
