/*
 * What is asked to find the best hits without finding all: the index is asked
 * the loosest question first, for a page of the newest answers. If that is
 * all there is, the ranking is exact. If there is more, the stricter questions
 * come before it, so that what ranks before the rest is not lost behind what
 * is newer.
 */
#include "app/search_parts.h"

#include <string.h>

enum {
	/* Fewer hits than this, and slips are looked for. */
	FEW = 10,
	/* Records that a search looks at before it says that there are more. */
	LOOKED_MAX = 512,
	BATCH_MIN = 8,
	/* More scopes than this aren't worth narrowing by. */
	SCOPES_MAX = 64,
	/* Known words that stand for the beginning of one. */
	KNOWN_WORDS_MAX = 64,
};

/* What is asked of each word; the later ones have the earlier in them. */
enum tier { TIER_TITLE, TIER_WORD, TIER_TITLE_BEGUN, TIER_BEGUN, TIER_NEAR };

static const struct {
	enum search_place place;
	bool has_beginnings;
	bool has_slips;
} tiers[] = {
	[TIER_TITLE] = { SEARCH_TITLE, false, false },
	[TIER_WORD] = { SEARCH_WORDS, false, false },
	[TIER_TITLE_BEGUN] = { SEARCH_TITLE, true, false },
	[TIER_BEGUN] = { SEARCH_WORDS, true, false },
	[TIER_NEAR] = { SEARCH_WORDS, true, true },
};

bool search_may_go_on(struct search *s)
{
	const struct context *context = call_context(s->call);

	if (s->n_looked >= LOOKED_MAX ||
	    context->mono_us(context->user) > s->until_us)
		s->was_stopped = true;
	return !s->was_stopped;
}

/* --------------------------------------------------------------- a question */

struct question {
	struct search *search;
	enum tier tier;
	struct search_group groups[TYPED_WORDS_MAX];
	struct search_query asked;
	struct search_term *terms; /* of the group under way */
	size_t n_terms, room;
	bool has_ended; /* all answers came */
};

static void add_term(struct question *q, enum search_place place,
		     struct bytes text, bool is_beginning)
{
	if (q->n_terms < q->room)
		q->terms[q->n_terms++] = (struct search_term){
			.place = place,
			.text = text,
			.is_beginning = is_beginning,
		};
}

static void add_words(struct question *q, const struct bytes *words, size_t n,
		      bool has_more, struct bytes beginning)
{
	enum search_place place = tiers[q->tier].place;

	if (has_more) {
		add_term(q, place, beginning, true);
		return;
	}
	for (size_t i = 0; i < n; i++)
		add_term(q, place, words[i], false);
}

/*
 * A long beginning of many records' words would be merged out of all their
 * lists; as the few known words that begin so, each list is read for as far
 * as it is needed.
 */
static enum outrider_code
add_beginning(struct question *q, const struct typed_word *word)
{
	struct app_call *call = q->search->call;
	struct bytes *words = NULL;
	size_t n = 0;
	enum outrider_code code;

	if (!typed_is_long(word->text)) {
		add_term(q, tiers[q->tier].place, word->text, true);
		return OUTRIDER_OK;
	}
	code = store_search_words(call_conn(call), &words, &n, word->text,
				  KNOWN_WORDS_MAX + 1, &call->arena,
				  &call->err);
	add_words(q, words, n, n > KNOWN_WORDS_MAX, word->text);
	/* Nothing begins so: a question needs a term even then. */
	if (q->n_terms == 0)
		add_term(q, tiers[q->tier].place, word->text, false);
	return code;
}

static enum outrider_code
add_number(struct question *q, const struct search_digits *digits)
{
	struct arena *arena = &q->search->call->arena;
	struct search_digits end = search_digits_national(digits);
	struct search_digits reversed = { .len = end.len };
	struct bytes first, last;

	for (size_t i = 0; i < end.len; i++)
		reversed.at[i] = end.at[end.len - 1 - i];
	first = arena_copy(arena, digits->at, digits->len);
	last = arena_copy(arena, reversed.at, reversed.len);
	if (!first.at || !last.at)
		return err_call_full(&q->search->call->err);
	add_term(q, SEARCH_NUMBER, first, true);
	add_term(q, SEARCH_NUMBER_END, last, true);
	return OUTRIDER_OK;
}

static enum outrider_code
add_group(struct question *q, const struct typed_word *word)
{
	bool has_beginnings = tiers[q->tier].has_beginnings;
	enum outrider_code code = OUTRIDER_OK;

	if (has_beginnings)
		code = add_beginning(q, word);
	else
		add_term(q, tiers[q->tier].place, word->text, false);
	for (size_t i = 0; tiers[q->tier].has_slips && i < word->n_variants;
	     i++) {
		const struct variant *variant = &word->variants[i];
		add_words(q, variant->words, variant->n_words,
			  variant->has_more, variant->beginning);
	}
	if (code == OUTRIDER_OK && tiers[q->tier].place == SEARCH_WORDS &&
	    word->digits.len > 0 &&
	    (has_beginnings || search_digits_are_whole(&word->digits)))
		code = add_number(q, &word->digits);
	return code;
}

/* Who sees nearly all isn't worth asking for by scopes. */
static void narrow(struct search_query *asked, const struct principal *who)
{
	bool sees_most = who->rank >= RANK_ADMINISTRATOR ||
			 (who->rights && who->rights->sees_all_teams);

	if (sees_most || who->n_scopes > SCOPES_MAX)
		return;
	asked->scopes = who->scopes;
	asked->n_scopes = who->n_scopes;
}

static enum outrider_code
question_make(struct question *q, struct search *s, enum tier tier)
{
	enum outrider_code code = OUTRIDER_OK;

	*q = (struct question){
		.search = s,
		.tier = tier,
		.asked = {
			.groups = q->groups,
			.n_groups = s->typed.n,
			.kinds = s->kinds,
			.n_kinds = s->n_kinds,
			.to_rev = s->rev,
		},
	};
	narrow(&q->asked, &s->call->principal);
	for (size_t i = 0; code == OUTRIDER_OK && i < s->typed.n; i++) {
		const struct typed_word *word = &s->typed.words[i];
		q->n_terms = 0;
		q->room = KNOWN_WORDS_MAX + 2;
		for (size_t j = 0; j < word->n_variants; j++)
			q->room += word->variants[j].n_words;
		q->terms = arena_alloc(&s->call->arena,
				       q->room * sizeof(q->terms[0]));
		if (!q->terms)
			return err_call_full(&s->call->err);
		code = add_group(q, word);
		q->groups[i] = (struct search_group){ q->terms, q->n_terms };
	}
	return code;
}

/* The next answers, at most limit: goes on where the last ones ended. */
static enum outrider_code question_ask(struct question *q,
				       struct search_doc **docs, size_t *n,
				       size_t limit)
{
	struct search *s = q->search;
	struct app_call *call = s->call;
	bool was_stopped;
	enum outrider_code code;

	q->asked.limit = limit > BATCH_MIN ? limit : BATCH_MIN;
	code = store_search(call_conn(call), docs, n, &was_stopped, &q->asked,
			    &call->arena, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	s->was_stopped = s->was_stopped || was_stopped;
	q->has_ended = *n < q->asked.limit;
	if (*n > 0)
		q->asked.to_rev = (*docs)[*n - 1].rev - 1;
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------------ answers */

static enum outrider_code
look_at_all(struct search *s, const struct search_doc *docs, size_t n)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		/* The clock now and then. */
		if (i % 16 == 15 && !search_may_go_on(s))
			break;
		code = search_look_at(s, &docs[i]);
	}
	return code;
}

/* Until so many hits are there, or no more answers. */
static enum outrider_code question_finish(struct question *q, size_t n_wanted)
{
	struct search *s = q->search;
	enum outrider_code code = OUTRIDER_OK;

	while (code == OUTRIDER_OK && !q->has_ended && s->n_hits < n_wanted &&
	       search_may_go_on(s)) {
		struct search_doc *docs = NULL;
		size_t n = 0;
		code = question_ask(q, &docs, &n, n_wanted - s->n_hits);
		if (code == OUTRIDER_OK)
			code = look_at_all(s, docs, n);
	}
	return code;
}

/*
 * The strict questions' hits are alike, or nearly: a page of the newest will
 * do, and one more. Where several words were typed some are found better than
 * others, so there is a page more to choose from.
 */
static enum outrider_code ask_typed(struct search *s)
{
	size_t n_before = s->n_hits, n_page = n_before + s->page_size + 1;
	size_t n_choice = n_page + (s->typed.n > 1 ? s->page_size : 0);
	struct question loosest, strict;
	struct search_doc *docs = NULL;
	size_t n = 0;
	enum outrider_code code = question_make(&loosest, s, TIER_BEGUN);

	if (code == OUTRIDER_OK)
		code = question_ask(&loosest, &docs, &n, n_choice - n_before);
	for (int tier = TIER_TITLE;
	     code == OUTRIDER_OK && !loosest.has_ended && tier < TIER_BEGUN;
	     tier++) {
		if (s->n_hits >= n_page)
			return OUTRIDER_OK;
		code = question_make(&strict, s, (enum tier)tier);
		if (code == OUTRIDER_OK)
			code = question_finish(&strict, tier == TIER_TITLE
								? n_page
								: n_choice);
	}
	if (code == OUTRIDER_OK && s->n_hits < n_page)
		code = look_at_all(s, docs, n);
	return code == OUTRIDER_OK ? question_finish(&loosest, n_choice) : code;
}

/* What was changed since the index came by; the newest of it, if it is much. */
static enum outrider_code read_tail(struct search *s)
{
	struct app_call *call = s->call;
	struct search_doc *docs;
	uint64_t above = s->reached;
	size_t n;
	enum outrider_code code;

	if (s->rev <= above)
		return OUTRIDER_OK;
	if (s->rev - above > SEARCH_TAIL_MAX)
		above = s->rev - SEARCH_TAIL_MAX;
	code = store_search_news(call_conn(call), &docs, &n, above,
				 SEARCH_TAIL_MAX, &call->arena, &call->err);
	for (size_t i = n; code == OUTRIDER_OK && i-- > 0;)
		code = search_look_at(s, &docs[i]);
	s->n_looked = 0;
	return code;
}

/* All over again, with what else could have been meant. */
static enum outrider_code ask_near(struct search *s)
{
	struct question near;
	enum outrider_code code = typed_vary(&s->typed, call_conn(s->call),
					     &s->call->arena, &s->call->err);
	bool is_any = false, has_variants = false;

	for (size_t i = 0; i < s->typed.n; i++) {
		is_any = is_any || s->typed.words[i].may_slip;
		has_variants = has_variants || s->typed.words[i].n_variants > 0;
	}
	if (code != OUTRIDER_OK || !is_any)
		return code;
	search_look_again(s);
	code = read_tail(s);
	if (code != OUTRIDER_OK || !has_variants)
		return code;
	code = question_make(&near, s, TIER_NEAR);
	if (code == OUTRIDER_OK)
		code = question_finish(&near, s->n_hits + s->page_size + 1);
	return code;
}

enum outrider_code search_ask(struct search *s)
{
	struct app_call *call = s->call;
	enum outrider_code code =
		store_search_reached(call_conn(call), &s->reached, &call->err);

	if (code == OUTRIDER_OK)
		code = read_tail(s);
	if (code == OUTRIDER_OK)
		code = ask_typed(s);
	if (code == OUTRIDER_OK && !s->was_stopped && s->n_hits < FEW &&
	    s->n_hits < s->page_size)
		code = ask_near(s);
	return code;
}
