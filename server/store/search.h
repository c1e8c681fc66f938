/*
 * The index of words: which records have them.
 *
 * Owns what of a record is found (the texts of searchable fields, as folded
 * words; numbers that people are called by, as digits), the index in the
 * database and how far along the change log it has come, and the vocabulary.
 * Knows no ranks: whoever asks names scopes, and reads and judges each record
 * that comes out. A record in the index is under the revision of its last
 * change, so that the newest come first by themselves.
 *
 *	tokens of a record	w word, t word of its title, p digits,
 *				r digits from the last one on, one character
 *				each for its kind and for each of its scopes
 */
#ifndef STORE_SEARCH_H
#define STORE_SEARCH_H

#include "store/store.h"

enum {
	SEARCH_WORD_MAX = 64,  /* bytes; what is longer counts as cut here */
	SEARCH_DIGITS_MIN = 4, /* fewer are a word and no number */
	SEARCH_DIGITS_MAX = 32,
	SEARCH_PATH_MAX = 8,
	SEARCH_TEXT_MAX = 64 << 10, /* bytes; the rest of a text isn't found */
};

/* --------------------------------------------------- the texts of a record */

struct search_text {
	/* From the kind's own field to the one that holds it. */
	const struct field *path[SEARCH_PATH_MAX];
	size_t depth;
	struct bytes text;
	bool is_title;
	bool has_words;	 /* it is found by its words */
	bool has_digits; /* it is found by its digits, in any writing */
};

/* All texts that a record may be found by, in the order of its fields. */
typedef void search_text_fn(void *user, const struct search_text *text);
void search_texts(const struct row *row, search_text_fn *each, void *user);

/*
 * The next word of what fold_words made, cut to SEARCH_WORD_MAX; takes it off
 * *folded. False at the end.
 */
bool search_next_word(struct bytes *word, struct bytes *folded);

struct search_digits {
	uint8_t at[SEARCH_DIGITS_MAX];
	size_t len;
};

/* The digits of a text, from its last SEARCH_DIGITS_MAX. */
struct search_digits search_digits_of(struct bytes text);
/* Enough of them for a whole telephone number. */
bool search_digits_are_whole(const struct search_digits *digits);
/*
 * What the end of a number has in common, however it is written: without the
 * country's code and the zeros in front.
 */
struct search_digits search_digits_national(const struct search_digits *digits);
/* Does the number begin with the digits, or end with their national part? */
bool search_digits_meet(const struct search_digits *number,
			const struct search_digits *digits);

/* ----------------------------------------------------------------- writing */

enum { SEARCH_KNOWN_WORDS = 1 << 13 };

/*
 * What an indexer knows from one chunk to the next: hashes of words that are
 * in the vocabulary, most of which come again and again. Zeroed at first.
 */
struct search_known {
	uint64_t reached; /* the revision that it holds for */
	uint64_t words[SEARCH_KNOWN_WORDS];
};

/*
 * On the writer: indexes what the next changes of the log left, at most limit
 * of them, for a few milliseconds. What it did stands or falls with the
 * write. *reached gets the revision that the index has come to, *is_behind
 * whether there are changes above it.
 */
MODEL_MUST_USE enum outrider_code
store_search_index(struct store_conn *tx, uint64_t *reached, bool *is_behind,
		   struct search_known *known, size_t limit,
		   struct arena *arena, struct outrider_err *err);

/* ----------------------------------------------------------------- reading */

/* How far the index has come in this snapshot. */
MODEL_MUST_USE enum outrider_code
store_search_reached(struct store_conn *conn, uint64_t *reached,
		     struct outrider_err *err);

/* A record that the index or the log names. */
struct search_doc {
	uint64_t rev;
	uint32_t kind;
	struct uuid id;
};

/* The changes above a revision, oldest first. */
MODEL_MUST_USE enum outrider_code
store_search_news(struct store_conn *conn, struct search_doc **out, size_t *n,
		  uint64_t above, size_t limit, struct arena *arena,
		  struct outrider_err *err);

/* Which words count. */
enum search_place {
	SEARCH_WORDS = 'w',
	SEARCH_TITLE = 't',
	SEARCH_NUMBER = 'p',
	SEARCH_NUMBER_END = 'r', /* text is reversed */
};

struct search_term {
	enum search_place place;
	bool is_beginning; /* of a word; false: a whole one */
	struct bytes text;
};

/* Records that have one term at least of each group. */
struct search_group {
	const struct search_term *terms;
	size_t n_terms;
};

struct search_query {
	const struct search_group *groups;
	size_t n_groups;
	/* Narrow only: others may come out too. None: all. */
	const struct scope *scopes;
	size_t n_scopes;
	const struct entity *const *kinds;
	size_t n_kinds;
	uint64_t to_rev; /* and older ones */
	size_t limit;
};

/*
 * The newest first. *was_stopped: what was asked for is so common, and so
 * seldom together, that only the newest part of the index was gone through.
 */
MODEL_MUST_USE enum outrider_code
store_search(struct store_conn *conn, struct search_doc **out, size_t *n,
	     bool *was_stopped, const struct search_query *asked,
	     struct arena *arena, struct outrider_err *err);

/* A word of the vocabulary. */
struct search_word {
	uint8_t at[SEARCH_WORD_MAX];
	size_t len;
};

/*
 * Words of three letters and more, without digits, that begin so and were
 * indexed at some time: the first of them as they sort, at most limit.
 */
MODEL_MUST_USE enum outrider_code
store_search_words(struct store_conn *conn, struct bytes **out, size_t *n,
		   struct bytes beginning, size_t limit, struct arena *arena,
		   struct outrider_err *err);
/* The first of them at or behind a text, as they sort; len 0: none. */
MODEL_MUST_USE enum outrider_code
store_search_word_from(struct store_conn *conn, struct search_word *out,
		       struct bytes from, struct outrider_err *err);

#endif
