/*
 * find_search: words to entries.
 *
 * Of the words the one with the rarest byte is looked for in the whole arena,
 * by that byte with memchr, or by its two rarest at once where both are
 * common; the other words are read in those entries only where it stands.
 */
#include <stdlib.h>
#include <string.h>

#include "find.h"
#include "model/fold.h"

enum {
	QUERY_TEXT_MAX = 4096,
	PHONE_DIGITS_MIN = 5,	    /* fewer are words like any other */
	PHONE_DIGITS_NATIONAL = 10, /* country codes and trunk zeros stand
				     * before these */
};

/* ------------------------------------------------------------------ query */

/* A run of bytes to look for, and where its two rarest stand in it. */
struct pattern {
	const uint8_t *at;
	size_t len, first, second;
};

static struct pattern
choose_bytes(const struct find *find, const uint8_t *at, size_t len)
{
	struct pattern pattern = { .at = at, .len = len };

	for (size_t i = 1; i < len; i++)
		if (find->commonness[at[i]] <
		    find->commonness[at[pattern.first]])
			pattern.first = i;
	pattern.second = pattern.first == 0 ? len - 1 : 0;
	for (size_t i = 0; i < len; i++)
		if (i != pattern.first &&
		    find->commonness[at[i]] <
			    find->commonness[at[pattern.second]])
			pattern.second = i;
	return pattern;
}

/* A word to find: at the beginning of words (its pattern has the space in
 * front), or, where it is digits alone, anywhere in a phone number. */
struct needle {
	struct pattern word, digits;
	bool is_word, is_phone;
};

struct query {
	struct needle needles[FIND_WORDS_MAX];
	size_t n;
};

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool all_digits(const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_digit(at[i]))
			return false;
	return len > 0;
}

/* "+7 (916) 123-45-67": one number, not words. Its national part finds it
 * whether it was kept with +7, 8 or 0 in front. */
static bool query_is_phone(struct query *query, const struct find *find,
			   struct arena *arena, const struct buffer *digits,
			   const char *text)
{
	size_t skip = 0;
	struct bytes copy;

	if (text[strspn(text, "0123456789+()-./ \t")] != 0 ||
	    digits->len < PHONE_DIGITS_MIN)
		return false;
	if (digits->len > PHONE_DIGITS_NATIONAL)
		skip = digits->len - PHONE_DIGITS_NATIONAL;
	else if (digits->at[0] == '0')
		skip = 1;
	copy = arena_copy(arena, digits->at + skip, digits->len - skip);
	if (copy.at == NULL)
		return false;
	query->n = 1;
	query->needles[0] = (struct needle){
		.digits = choose_bytes(find, copy.at, copy.len),
		.is_phone = true,
	};
	return true;
}

static void add_word(struct query *query, const struct find *find,
		     const uint8_t *at, size_t len)
{
	struct needle *needle = &query->needles[query->n++];

	*needle = (struct needle){
		.word = choose_bytes(find, at, len),
		.is_word = true,
		.is_phone = all_digits(at + 1, len - 1),
	};
	if (needle->is_phone)
		needle->digits = choose_bytes(find, at + 1, len - 1);
}

static enum outrider_code
query_words(struct query *query, const struct find *find, struct arena *arena,
	    const struct buffer *words, struct outrider_err *err)
{
	struct bytes copy = arena_copy(arena, words->at, words->len);
	size_t start = 0;

	if (copy.at == NULL)
		return err_no_memory(err);
	for (size_t i = 1; i <= copy.len; i++) {
		if (i < copy.len && copy.at[i] != ' ')
			continue;
		if (query->n == FIND_WORDS_MAX)
			return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
				       "At most %d words can be searched for.",
				       FIND_WORDS_MAX);
		add_word(query, find, copy.at + start, i - start);
		start = i;
	}
	return OUTRIDER_OK;
}

static enum outrider_code
query_read(struct query *query, const struct find *find, struct arena *arena,
	   const char *text, struct outrider_err *err)
{
	struct bytes bytes = { (const uint8_t *)text, strlen(text) };
	struct buffer words, digits;
	enum outrider_code code = OUTRIDER_OK;

	query->n = 0;
	buffer_init(&words, find->allocator, QUERY_TEXT_MAX);
	buffer_init(&digits, find->allocator, QUERY_TEXT_MAX);
	fold_words(&words, bytes);
	fold_digits(&digits, bytes);
	if (words.is_full || digits.is_full)
		code = err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "Out of memory, or a query too long.");
	else if (!query_is_phone(query, find, arena, &digits, text) &&
		 words.len > 0)
		code = query_words(query, find, arena, &words, err);
	buffer_free(&words);
	buffer_free(&digits);
	return code;
}

/* The digits before at lead back to the mark of a phone number. */
static bool is_in_phone(const uint8_t *text, size_t at)
{
	while (at > 0 && is_digit(text[at - 1]))
		at--;
	return at > 0 && text[at - 1] == FIND_PHONE;
}

/* Where the pattern stands next at or behind *from, or false. */
static bool seek(const uint8_t *text, size_t len, size_t *from,
		 const struct pattern *pattern)
{
	const uint8_t rare = pattern->at[pattern->first], *at;

	for (; *from <= len && pattern->len <= len - *from; ++*from) {
		at = memchr(text + *from + pattern->first, rare,
			    len - pattern->len - *from + 1);
		if (at == NULL)
			return false;
		*from = (size_t)(at - text) - pattern->first;
		if (memcmp(text + *from, pattern->at, pattern->len) == 0)
			return true;
	}
	return false;
}

static bool
text_has(const uint8_t *text, size_t len, const struct needle *needle)
{
	size_t at = 0;

	if (needle->is_word && seek(text, len, &at, &needle->word))
		return true;
	if (!needle->is_phone)
		return false;
	for (at = 0; seek(text, len, &at, &needle->digits); at++)
		if (is_in_phone(text, at))
			return true;
	return false;
}

static bool entry_matches(const struct find *find,
			  const struct find_entry *entry, uint32_t kind,
			  const struct query *query)
{
	if (entry->kind == 0 || (kind != 0 && entry->kind != kind))
		return false;
	for (size_t i = 0; i < query->n; i++)
		if (!text_has(find->text + entry->at, entry->len,
			      &query->needles[i]))
			return false;
	return true;
}

/* ---------------------------------------------------------------- matches */

struct match {
	const uint8_t *text;
	const struct find_entry *entry;
};

/* The best so far: a heap with the last of them on top, once it is full. */
struct matches {
	struct match *at;
	size_t n, limit;
};

static int compare(const void *a, const void *b)
{
	const struct match *x = a, *y = b;
	size_t len = x->entry->len < y->entry->len ? x->entry->len
						   : y->entry->len;
	int order = memcmp(x->text, y->text, len);

	return order != 0 ? order : uuid_compare(&x->entry->id, &y->entry->id);
}

static void sift_down(struct matches *matches, size_t i)
{
	struct match *at = matches->at, moving = at[i];

	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= matches->n)
			break;
		if (child + 1 < matches->n &&
		    compare(&at[child], &at[child + 1]) < 0)
			child++;
		if (compare(&moving, &at[child]) >= 0)
			break;
		at[i] = at[child];
		i = child;
	}
	at[i] = moving;
}

static void matches_add(struct matches *matches, const struct find *find,
			const struct find_entry *entry)
{
	struct match match = { find->text + entry->at, entry };

	if (matches->n < matches->limit) {
		matches->at[matches->n++] = match;
		if (matches->n < matches->limit)
			return;
		for (size_t i = matches->n / 2; i-- > 0;)
			sift_down(matches, i);
		return;
	}
	if (compare(&match, &matches->at[0]) >= 0)
		return;
	matches->at[0] = match;
	sift_down(matches, 0);
}

/* ---------------------------------------------------- the arena, in blocks */

enum {
	BLOCK = 64,
	COMMON_ONE_IN = 100, /* bytes: memchr would stop too often */
};

/* Both bytes stand right for one of 64 places: no branch, so that the
 * compiler takes many at once. */
static bool block_may_have(const uint8_t *text, const struct pattern *pattern)
{
	const uint8_t *first = text + pattern->first;
	const uint8_t *second = text + pattern->second;
	const uint8_t a = pattern->at[pattern->first];
	const uint8_t b = pattern->at[pattern->second];
	uint8_t is_there = 0;

	for (size_t i = 0; i < BLOCK; i++)
		is_there |= (uint8_t)((first[i] == a) & (second[i] == b));
	return is_there != 0;
}

/* The same as seek, for patterns of common bytes in a long text. */
static bool
seek_far(const struct find *find, size_t *from, const struct pattern *pattern)
{
	const uint8_t *text = find->text;
	size_t end = find->text_len, at = *from;

	while (at + BLOCK + pattern->len <= end) {
		size_t stop = at + BLOCK;
		if (!block_may_have(text + at, pattern)) {
			at = stop;
			continue;
		}
		for (; at < stop; at++)
			if (text[at + pattern->first] ==
				    pattern->at[pattern->first] &&
			    memcmp(text + at, pattern->at, pattern->len) == 0) {
				*from = at;
				return true;
			}
	}
	*from = at;
	return seek(text, end, from, pattern);
}

static uint32_t
commonness(const struct find *find, const struct pattern *pattern)
{
	return find->commonness[pattern->at[pattern->first]];
}

/* What to look for in all texts: the word with the rarest byte. Digits may
 * stand in a number, without a space before them. */
static const struct pattern *
choose_word(const struct find *find, const struct query *query)
{
	const struct pattern *best = NULL;

	for (size_t i = 0; i < query->n; i++) {
		const struct needle *needle = &query->needles[i];
		const struct pattern *pattern =
			needle->is_phone ? &needle->digits : &needle->word;
		if (best == NULL ||
		    commonness(find, pattern) < commonness(find, best))
			best = pattern;
	}
	return best;
}

/* Jumps from place to place of one word; the others are read there. */
static void jump_through(struct matches *matches, const struct find *find,
			 uint32_t kind, const struct query *query)
{
	const struct pattern *pattern = choose_word(find, query);
	bool is_common = commonness(find, pattern) >
			 find->text_len / FIND_SAMPLE / COMMON_ONE_IN;
	size_t at = 0, i = 0;

	while (is_common ? seek_far(find, &at, pattern)
			 : seek(find->text, find->text_len, &at, pattern)) {
		const struct find_entry *entry;
		while (find->entries[i].at + find->entries[i].len <= at)
			i++;
		entry = &find->entries[i];
		if (entry_matches(find, entry, kind, query))
			matches_add(matches, find, entry);
		at = entry->at + entry->len;
	}
}

enum outrider_code find_search(const struct find *find, struct arena *arena,
			       struct find_hit **out, size_t *n, uint32_t kind,
			       const char *query_text, size_t limit,
			       struct outrider_err *err)
{
	struct query query;
	struct matches matches = { .limit = limit };
	enum outrider_code code;

	*out = NULL;
	*n = 0;
	code = query_read(&query, find, arena, query_text, err);
	if (code != OUTRIDER_OK)
		return code;
	if (matches.limit > find_count(find))
		matches.limit = find_count(find);
	if (matches.limit == 0)
		return OUTRIDER_OK;
	matches.at = arena_alloc(arena, matches.limit * sizeof(*matches.at));
	*out = arena_alloc(arena, matches.limit * sizeof(**out));
	if (matches.at == NULL || *out == NULL)
		return err_no_memory(err);
	if (query.n > 0)
		jump_through(&matches, find, kind, &query);
	for (size_t i = 0; query.n == 0 && i < find->n; i++)
		if (entry_matches(find, &find->entries[i], kind, &query))
			matches_add(&matches, find, &find->entries[i]);
	qsort(matches.at, matches.n, sizeof(*matches.at), compare);
	for (size_t i = 0; i < matches.n; i++)
		(*out)[i] = (struct find_hit){ matches.at[i].entry->id,
					       matches.at[i].entry->kind };
	*n = matches.n;
	return OUTRIDER_OK;
}
