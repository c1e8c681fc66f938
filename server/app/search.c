/*
 * Search: one box over all kinds. Asks the index for what may answer, the
 * newest first, from the strictest question to the loosest; reads each record
 * as its reader may see it, and keeps those that answer even so. What the
 * index has not come to yet is read from the change log itself.
 */
#include "app/indexer.h"
#include "app/parts.h"
#include "app/search_match.h"
#include "outrider/v1/search.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE_DEFAULT = 20,
	PAGE_MAX = 100,
	/* Fewer hits than this, and slips are looked for. */
	FEW = 10,
	/* Records that a search looks at before it says that there are more. */
	LOOKED_MAX = 512,
	SEEN_SLOTS = 4096,
	/* Changes behind the index that a search reads itself. */
	TAIL_MAX = 256,
	BATCH_MIN = 8,
	/* More scopes than this aren't worth narrowing by. */
	SCOPES_MAX = 64,
	/* Known words that stand for the beginning of one. */
	KNOWN_WORDS_MAX = 64,
	/* Revisions of the first question; see ask_tier. */
	FIRST_SPAN = 1 << 17,
	TITLE_MAX = 1000,
	PATH_MAX_BYTES = 100,
	TEXT_MAX = 400,
	FOLDED_MAX = 256 << 10,
	ROW_MEMORY = 8 << 20,
	/* A tier stops at two pages and one; then come a batch and the log. */
	HITS_MAX = 2 * (2 * PAGE_MAX + 1 + BATCH_MIN + TAIL_MAX),
};

#define BUDGET_US 50000
#define QUICK_US  2000

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
	const struct entity **kinds;
	size_t n_kinds;
	size_t page_size;
	/* Hits of the index that a tier may stop at, and all from the log. */
	size_t want, n_tail;
	uint64_t rev, reached;
	struct hit *hits;
	size_t n_hits, n_looked;
	uint64_t *seen; /* revisions of records that were looked at; 0: free */
	struct buffer folded;
	struct arena row; /* of the record that is looked at */
	int64_t until_us;
	bool was_stopped; /* before all was looked at */
};

static enum outrider_code no_memory(struct search *s)
{
	return err_set(&s->call->err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "out of the call's memory");
}

static int64_t now_us(const struct search *s)
{
	const struct context *context = call_context(s->call);

	return context->mono_us(context->user);
}

/* --------------------------------------------------------------- a record */

/* False: it was looked at already. */
static bool is_unseen(struct search *s, uint64_t rev)
{
	size_t slot = rev * UINT64_C(0x9e3779b97f4a7c15) >> 52;

	while (s->seen[slot] && s->seen[slot] != rev)
		slot = (slot + 1) % SEEN_SLOTS;
	if (s->seen[slot])
		return false;
	s->seen[slot] = rev;
	return true;
}

_Static_assert(SEEN_SLOTS == 1 << (64 - 52), "the hash's width");
_Static_assert(2 * (LOOKED_MAX + TAIL_MAX) < SEEN_SLOTS, "room for all");

static bool is_wanted(const struct search *s, const struct entity *entity)
{
	if (!entity || !access_knows_kind(&s->call->principal, entity))
		return false;
	for (size_t i = 0; i < s->n_kinds; i++)
		if (s->kinds[i] == entity)
			return true;
	return s->n_kinds == 0;
}

/* A copy of at most max bytes; NULL without memory. */
static char *keep(struct search *s, struct bytes text, size_t max)
{
	return (char *)(uintptr_t)arena_copy(&s->call->arena, text.at,
					     search_cut(text, max))
		.at;
}

static char *title_of(struct search *s, const struct row *row)
{
	char title[TITLE_MAX];
	size_t len = 0;

	for (size_t i = 0; i < row->entity->n_title; i++) {
		const struct value *value =
			row_value(row, row->entity->title[i]->number);
		size_t part = search_cut(value->bytes, TITLE_MAX);
		if (part == 0)
			continue;
		if (len > 0 && len < TITLE_MAX)
			title[len++] = ' ';
		part = search_cut(value->bytes, TITLE_MAX - len);
		memcpy(title + len, value->bytes.at, part);
		len += part;
	}
	return keep(s, (struct bytes){ (const uint8_t *)title, len },
		    TITLE_MAX);
}

static char *path_of(struct search *s, const struct search_text *where)
{
	char path[PATH_MAX_BYTES];
	size_t len = 0;

	for (size_t i = 0; i < where->depth; i++) {
		const char *name = where->path[i]->name;
		size_t part = strlen(name);
		if (part + (i > 0) > sizeof(path) - len)
			break;
		if (i > 0)
			path[len++] = '.';
		memcpy(path + len, name, part);
		len += part;
	}
	return keep(s, (struct bytes){ (const uint8_t *)path, len },
		    PATH_MAX_BYTES);
}

static enum outrider_code add_hit(struct search *s, const struct row *row,
				  const struct search_match *match)
{
	struct hit *hit = &s->hits[s->n_hits++];

	*hit = (struct hit){
		.entity = row->entity,
		.id = row->id,
		.rev = row->rev,
		.n_near = match->n_near,
		.n_begun = match->n_begun,
		.n_untitled = match->n_untitled,
		.title = title_of(s, row),
		.path = path_of(s, &match->where),
		.text = keep(s, match->where.text, TEXT_MAX),
	};
	if (!hit->title || !hit->path || !hit->text)
		return no_memory(s);
	return OUTRIDER_OK;
}

/*
 * Reads the record as it stands in this snapshot. What the caller may not see
 * is gone before anything is compared.
 */
static enum outrider_code
look_at(struct search *s, const struct search_doc *doc)
{
	struct app_call *call = s->call;
	const struct entity *entity = schema_entity(doc->kind);
	struct search_match match;
	struct row *row;
	enum outrider_code code;

	if (!is_wanted(s, entity) || !is_unseen(s, doc->rev))
		return OUTRIDER_OK;
	s->n_looked++;
	arena_reset(&s->row);
	code = store_get(call_conn(call), &row, entity, &doc->id, &s->row,
			 &call->err);
	if (code == OUTRIDER_NOT_FOUND)
		return OUTRIDER_OK;
	if (code != OUTRIDER_OK)
		return code;
	/* Changed since: it may come again by what it is now. */
	if (row->rev != doc->rev && !is_unseen(s, row->rev))
		return OUTRIDER_OK;
	if (row->deleted_us != 0 || !access_may_see(&call->principal, row))
		return OUTRIDER_OK;
	code = access_hide(row, &call->principal, &s->row, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	if (search_match(&match, &s->typed, row, &s->folded))
		return add_hit(s, row, &match);
	return s->folded.is_full ? no_memory(s) : OUTRIDER_OK;
}

static bool is_enough(const struct search *s)
{
	return s->was_stopped || s->n_hits >= s->n_tail + s->want;
}

/* Time is asked for now and then. */
static enum outrider_code
look_at_all(struct search *s, const struct search_doc *docs, size_t n)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; code == OUTRIDER_OK && i < n; i++) {
		if (s->n_looked >= LOOKED_MAX ||
		    (i % 16 == 15 && now_us(s) > s->until_us)) {
			s->was_stopped = true;
			break;
		}
		code = look_at(s, &docs[i]);
	}
	return code;
}

/* ------------------------------------------------------------- questions */

/* From the strictest to the loosest; each has the ones before in it. */
static const struct tier {
	enum search_place place;
	bool has_beginnings;
	bool has_slips;
} tiers[] = {
	{ SEARCH_TITLE, false, false }, { SEARCH_WORDS, false, false },
	{ SEARCH_TITLE, true, false },	{ SEARCH_WORDS, true, false },
	{ SEARCH_WORDS, true, true },
};

struct question {
	struct search *search;
	const struct tier *tier;
	struct search_group groups[TYPED_WORDS_MAX];
	struct search_term *terms; /* of the group under way */
	size_t n_terms, room;
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
	if (has_more) {
		add_term(q, q->tier->place, beginning, true);
		return;
	}
	for (size_t i = 0; i < n; i++)
		add_term(q, q->tier->place, words[i], false);
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
		add_term(q, q->tier->place, word->text, true);
		return OUTRIDER_OK;
	}
	code = store_search_words(call_conn(call), &words, &n, word->text,
				  KNOWN_WORDS_MAX + 1, &call->arena,
				  &call->err);
	add_words(q, words, n, n > KNOWN_WORDS_MAX, word->text);
	/* Nothing begins so: a question needs a term even then. */
	if (q->n_terms == 0)
		add_term(q, q->tier->place, word->text, false);
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
		return no_memory(q->search);
	add_term(q, SEARCH_NUMBER, first, true);
	add_term(q, SEARCH_NUMBER_END, last, true);
	return OUTRIDER_OK;
}

static enum outrider_code
add_group(struct question *q, const struct typed_word *word)
{
	const struct tier *tier = q->tier;
	enum outrider_code code = OUTRIDER_OK;

	if (tier->has_beginnings)
		code = add_beginning(q, word);
	else
		add_term(q, tier->place, word->text, false);
	for (size_t i = 0; tier->has_slips && i < word->n_variants; i++) {
		const struct variant *variant = &word->variants[i];
		add_words(q, variant->words, variant->n_words,
			  variant->has_more, variant->beginning);
	}
	if (code == OUTRIDER_OK && tier->place == SEARCH_WORDS &&
	    word->digits.len > 0 &&
	    (tier->has_beginnings || search_digits_are_whole(&word->digits)))
		code = add_number(q, &word->digits);
	return code;
}

static enum outrider_code make_groups(struct question *q)
{
	struct search *s = q->search;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; code == OUTRIDER_OK && i < s->typed.n; i++) {
		const struct typed_word *word = &s->typed.words[i];
		q->n_terms = 0;
		q->room = KNOWN_WORDS_MAX + 2;
		for (size_t j = 0; j < word->n_variants; j++)
			q->room += word->variants[j].n_words;
		q->terms = arena_alloc(&s->call->arena,
				       q->room * sizeof(q->terms[0]));
		if (!q->terms)
			return no_memory(s);
		code = add_group(q, word);
		q->groups[i] = (struct search_group){ q->terms, q->n_terms };
	}
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

/*
 * Asks for the newest revisions first, then for older ones: words that are
 * common, but not together, would else be followed through the whole index
 * before the time could be looked at. As long as answers come quickly the
 * spans grow.
 */
static enum outrider_code ask_tier(struct search *s, const struct tier *tier)
{
	struct app_call *call = s->call;
	struct question question = { .search = s, .tier = tier };
	struct search_query asked = {
		.groups = question.groups,
		.n_groups = s->typed.n,
		.kinds = s->kinds,
		.n_kinds = s->n_kinds,
		.to_rev = s->rev,
	};
	uint64_t span = FIRST_SPAN;
	enum outrider_code code = make_groups(&question);

	narrow(&asked, &call->principal);
	asked.from_rev = asked.to_rev > span ? asked.to_rev - span + 1 : 1;
	while (code == OUTRIDER_OK && asked.to_rev > 0 && !is_enough(s)) {
		struct search_doc *docs;
		size_t n;
		int64_t began_us = now_us(s);
		asked.limit = s->n_tail + s->want - s->n_hits;
		if (asked.limit < BATCH_MIN)
			asked.limit = BATCH_MIN;
		code = store_search(call_conn(call), &docs, &n, &asked,
				    &call->arena, &call->err);
		int64_t took_us = now_us(s) - began_us;
		if (code == OUTRIDER_OK)
			code = look_at_all(s, docs, n);
		if (n == asked.limit) {
			asked.to_rev = docs[n - 1].rev - 1;
			if (asked.to_rev >= asked.from_rev)
				continue;
		} else {
			asked.to_rev = asked.from_rev - 1;
		}
		if (took_us < QUICK_US)
			span *= 4;
		asked.from_rev = asked.to_rev > span ? asked.to_rev - span + 1
						     : 1;
		if (asked.to_rev > 0 && now_us(s) > s->until_us)
			s->was_stopped = true;
	}
	return code;
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
	if (s->rev - above > TAIL_MAX)
		above = s->rev - TAIL_MAX;
	code = store_search_news(call_conn(call), &docs, &n, above, TAIL_MAX,
				 &call->arena, &call->err);
	for (size_t i = n; code == OUTRIDER_OK && i-- > 0;)
		code = look_at(s, &docs[i]);
	s->n_tail = s->n_hits;
	s->n_looked = 0;
	return code;
}

/*
 * A tier's hits are alike where one word was typed: the newest will do. Of
 * several words some are found better than others, so there are more to
 * choose from.
 */
static enum outrider_code ask_tiers(struct search *s)
{
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < sizeof(tiers) / sizeof(tiers[0]); i++) {
		if (code != OUTRIDER_OK || tiers[i].has_slips ||
		    s->n_hits > s->n_tail + s->page_size)
			break;
		s->want = s->page_size + 1;
		if (i > 0 && s->typed.n > 1)
			s->want += s->page_size;
		code = ask_tier(s, &tiers[i]);
	}
	return code;
}

/* All over again, with what else could have been meant. */
static enum outrider_code ask_slips(struct search *s)
{
	size_t n_exact = s->n_hits;
	bool is_any;
	enum outrider_code code = typed_vary(&s->typed, &is_any,
					     call_conn(s->call),
					     &s->call->arena, &s->call->err);

	if (code != OUTRIDER_OK || !is_any)
		return code;
	memset(s->seen, 0, SEEN_SLOTS * sizeof(s->seen[0]));
	for (size_t i = 0; i < n_exact; i++)
		(void)is_unseen(s, s->hits[i].rev);
	code = read_tail(s);
	s->want = s->page_size + 1;
	for (size_t i = 0; i < sizeof(tiers) / sizeof(tiers[0]); i++)
		if (code == OUTRIDER_OK && tiers[i].has_slips)
			code = ask_tier(s, &tiers[i]);
	return code;
}

static enum outrider_code ask_all(struct search *s)
{
	struct app_call *call = s->call;
	enum outrider_code code =
		store_search_reached(call_conn(call), &s->reached, &call->err);

	if (code == OUTRIDER_OK)
		code = read_tail(s);
	if (code == OUTRIDER_OK)
		code = ask_tiers(s);
	if (code == OUTRIDER_OK && !s->was_stopped && s->n_hits < FEW &&
	    s->n_hits < s->page_size)
		code = ask_slips(s);
	return code;
}

/* ------------------------------------------------------------------- reply */

static int compare_hits(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->n_near != y->n_near)
		return x->n_near < y->n_near ? -1 : 1;
	if (x->n_begun != y->n_begun)
		return x->n_begun < y->n_begun ? -1 : 1;
	if (x->n_untitled != y->n_untitled)
		return x->n_untitled < y->n_untitled ? -1 : 1;
	return x->rev > y->rev ? -1 : x->rev < y->rev;
}

/*
 * Would it tell of what the caller may not see that a search was stopped?
 * Records that only hidden texts led to were looked at, too.
 */
static bool hides_texts(const struct principal *who)
{
	if (who->rights && who->rights->n_hidden_custom > 0)
		return true;
	for (size_t i = 0; i < schema_n_entities; i++) {
		const struct entity *entity = schema_entities[i];
		const struct field_set *hidden = access_hidden(who, entity);
		for (size_t j = 0; hidden && j < entity->n_fields; j++) {
			const struct field *field = &entity->fields[j];
			if (field_set_has(hidden, field->number) &&
			    (field->type == FIELD_MESSAGE ||
			     field->flags & FIELD_IS_SEARCHABLE))
				return true;
		}
	}
	return false;
}

static bool has_more(const struct search *s)
{
	bool is_far_behind = s->rev > s->reached + TAIL_MAX;

	return s->n_hits > s->page_size || is_far_behind ||
	       (s->was_stopped && !hides_texts(&s->call->principal));
}

static enum outrider_code reply(struct search *s)
{
	Outrider__V1__SearchResponse response =
		OUTRIDER__V1__SEARCH_RESPONSE__INIT;
	struct arena *arena = &s->call->arena;
	size_t n = s->n_hits < s->page_size ? s->n_hits : s->page_size;
	Outrider__V1__SearchHit *hits =
		arena_alloc(arena, n * sizeof(*hits) + 1);
	char(*ids)[UUID_TEXT_LEN + 1] =
		arena_alloc(arena, n * sizeof(*ids) + 1);

	response.hits = arena_alloc(arena, n * sizeof(*response.hits) + 1);
	if (!hits || !ids || !response.hits)
		return no_memory(s);
	if (s->n_hits > 1)
		qsort(s->hits, s->n_hits, sizeof(*s->hits), compare_hits);
	for (size_t i = 0; i < n; i++) {
		struct hit *from = &s->hits[i];
		outrider__v1__search_hit__init(&hits[i]);
		uuid_format(ids[i], &from->id);
		hits[i].kind = (char *)(uintptr_t)from->entity->name;
		hits[i].id = ids[i];
		hits[i].title = from->title;
		hits[i].field_path = from->path;
		hits[i].text = from->text;
		hits[i].is_near = from->n_near > 0;
		response.hits[response.n_hits++] = &hits[i];
	}
	response.has_more = has_more(s);
	return call_reply(s->call, &response.base);
}

/* ----------------------------------------------------------------- request */

static enum outrider_code refuse_kind(struct search *s, size_t i)
{
	struct app_call *call = s->call;
	char names[600], field[32];
	size_t len = 0;

	for (size_t j = 0; j < schema_n_entities; j++) {
		const char *name = schema_entities[j]->name;
		if (!access_knows_kind(&call->principal, schema_entities[j]) ||
		    strlen(name) + 3 > sizeof(names) - len)
			continue;
		len += (size_t)snprintf(names + len, sizeof(names) - len,
					"%s%s", len > 0 ? ", " : "", name);
	}
	names[len] = '\0';
	snprintf(field, sizeof(field), "kinds[%zu]", i);
	return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, field,
		       "there is no such kind; there are %s", names);
}

static enum outrider_code
read_kinds(struct search *s, const Outrider__V1__SearchRequest *request)
{
	s->kinds = arena_alloc(&s->call->arena,
			       request->n_kinds * sizeof(s->kinds[0]) + 1);
	if (!s->kinds)
		return no_memory(s);
	for (size_t i = 0; i < request->n_kinds; i++) {
		const char *name = request->kinds[i];
		const struct entity *entity =
			schema_entity_named(name, strlen(name));
		if (!entity || !access_knows_kind(&s->call->principal, entity))
			return refuse_kind(s, i);
		s->kinds[s->n_kinds++] = entity;
	}
	return OUTRIDER_OK;
}

static enum outrider_code read_request(struct search *s)
{
	struct app_call *call = s->call;
	Outrider__V1__SearchRequest *request =
		call_unpack(call, &outrider__v1__search_request__descriptor);
	enum outrider_code code;

	if (!request)
		return call->err.code;
	s->page_size = request->page_size ? (size_t)request->page_size
					  : PAGE_DEFAULT;
	if (s->page_size > PAGE_MAX)
		s->page_size = PAGE_MAX;
	const struct bytes query = { (const uint8_t *)request->query,
				     strlen(request->query) };
	code = typed_read(&s->typed, query, &call->arena, &call->err);
	return code == OUTRIDER_OK ? read_kinds(s, request) : code;
}

static enum outrider_code search(struct search *s)
{
	struct app_call *call = s->call;
	enum outrider_code code;

	s->hits = arena_alloc(&call->arena, HITS_MAX * sizeof(s->hits[0]));
	s->seen = arena_alloc(&call->arena, SEEN_SLOTS * sizeof(s->seen[0]));
	if (!s->hits || !s->seen)
		return no_memory(s);
	s->until_us = now_us(s) + BUDGET_US;
	code = store_read_begin(call_conn(call), &s->rev, &call->err);
	if (code == OUTRIDER_OK)
		code = ask_all(s);
	store_read_end(call_conn(call));
	if (s->rev > s->reached)
		indexer_go_on(call->app->indexer);
	return code == OUTRIDER_OK ? reply(s) : code;
}

static enum outrider_code start_search(struct app_call *call)
{
	struct search *s = arena_alloc(&call->arena, sizeof(*s));
	enum outrider_code code;

	if (!s)
		return err_set(&call->err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "out of the call's memory");
	s->call = call;
	arena_init(&s->row, &allocator_libc, ROW_MEMORY);
	buffer_init(&s->folded, &allocator_libc, FOLDED_MAX);
	code = read_request(s);
	if (code == OUTRIDER_OK)
		code = search(s);
	buffer_free(&s->folded);
	arena_free(&s->row);
	return code;
}

const struct call_handler search_handlers[] = {
	{ "/outrider.v1.SearchService/Search", start_search },
	{ NULL, NULL },
};
