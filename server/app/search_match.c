/*
 * Each text of a record against each word that was typed; the best place of
 * each word counts.
 */
#include "app/search_match.h"

#include "model/fold.h"

#include <string.h>

/* How a word was found, the better the larger. */
enum level { LEVEL_NONE, LEVEL_NEAR, LEVEL_BEGUN, LEVEL_WHOLE };

/* In a title is better than elsewhere, but a whole word is better still. */
struct place {
	enum level level;
	bool is_title;
};

struct matching {
	const struct typed *typed;
	struct buffer *folded;
	struct place best[TYPED_WORDS_MAX];
	/* Of the best text so far. */
	struct search_text where;
	unsigned score;
};

static bool begins(struct bytes word, struct bytes beginning)
{
	return beginning.len <= word.len &&
	       memcmp(word.at, beginning.at, beginning.len) == 0;
}

static enum level
level_of_word(const struct typed_word *typed, struct bytes word)
{
	if (begins(word, typed->text))
		return word.len == typed->text.len ? LEVEL_WHOLE : LEVEL_BEGUN;
	return typed->may_slip && typed_slips(typed->text, word) ? LEVEL_NEAR
								 : LEVEL_NONE;
}

static enum level
level_of_number(const struct typed_word *typed, struct bytes text)
{
	struct search_digits number;

	if (typed->digits.len == 0)
		return LEVEL_NONE;
	number = search_digits_of(text);
	if (!search_digits_meet(&number, &typed->digits))
		return LEVEL_NONE;
	return search_digits_are_whole(&typed->digits) ? LEVEL_WHOLE
						       : LEVEL_BEGUN;
}

static void levels_of_text(enum level levels[TYPED_WORDS_MAX],
			   const struct matching *m,
			   const struct search_text *text)
{
	struct bytes folded, word;

	for (size_t i = 0; i < m->typed->n; i++)
		levels[i] = text->has_digits
				    ? level_of_number(&m->typed->words[i],
						      text->text)
				    : LEVEL_NONE;
	if (!text->has_words)
		return;
	buffer_clear(m->folded);
	fold_words(m->folded, text->text);
	folded = (struct bytes){ m->folded->at, m->folded->len };
	while (search_next_word(&word, &folded)) {
		for (size_t i = 0; i < m->typed->n; i++) {
			enum level level;
			if (levels[i] == LEVEL_WHOLE)
				continue;
			level = level_of_word(&m->typed->words[i], word);
			if (level > levels[i])
				levels[i] = level;
		}
	}
}

static void match_text(void *user, const struct search_text *text)
{
	struct matching *m = user;
	enum level levels[TYPED_WORDS_MAX];
	unsigned score = 0;

	levels_of_text(levels, m, text);
	for (size_t i = 0; i < m->typed->n; i++) {
		struct place *best = &m->best[i];
		if (levels[i] == LEVEL_NONE)
			continue;
		/* Another word outweighs the best way of finding one. */
		score += 8 + 2 * (unsigned)levels[i] + text->is_title;
		if (levels[i] > best->level)
			*best = (struct place){ levels[i], text->is_title };
		else if (levels[i] == best->level)
			best->is_title = best->is_title || text->is_title;
	}
	if (score > m->score) {
		m->score = score;
		m->where = *text;
	}
}

bool search_match(struct search_match *out, const struct typed *typed,
		  const struct row *row, struct buffer *folded)
{
	struct matching m = { .typed = typed, .folded = folded };

	*out = (struct search_match){ .n_near = 0 };
	search_texts(row, match_text, &m);
	for (size_t i = 0; i < typed->n; i++) {
		if (m.best[i].level == LEVEL_NONE)
			return false;
		out->n_near += m.best[i].level == LEVEL_NEAR;
		out->n_begun += m.best[i].level == LEVEL_BEGUN;
		out->n_untitled += !m.best[i].is_title;
	}
	out->where = m.where;
	return !folded->is_full;
}
