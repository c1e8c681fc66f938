/*
 * The reading side of the index of words: a question as the dialect writes
 * it, and what answers. Every word of a question is one that fold_words or we
 * made, in the dialect's quotes, and the whole is bound: nothing of what was
 * typed is read as a query.
 */
#include "store/search.h"

#include "model/utf8.h"
#include "store/parts.h"

#include <string.h>

enum {
	EXPRESSION_MAX = 256 << 10,
	/* A step goes through a good part of a page of a word's list; an
	 * answer costs some. */
	STEPS_MAX = 5000,
	STEPS_AN_ANSWER = 50,
	/* One character each: kinds in a private range, scopes in all that
	 * lies above the first plane. Two scopes may share one. */
	SIGN_KIND = 0xe000,
	SIGN_SCOPE = 0x10000,
	SIGN_SCOPES = 0x100000,
};

/* ------------------------------------------------------------------- signs */

size_t search_sign(uint8_t out[4], uint32_t c)
{
	if (c < 0x10000) {
		out[0] = (uint8_t)(0xe0 | c >> 12);
		out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | c >> 18);
	out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

uint32_t search_kind_sign(const struct entity *entity)
{
	return SIGN_KIND + (entity->number & 255);
}

uint32_t search_scope_sign(const uint8_t *scope)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < SCOPE_LEN; i++)
		hash = (hash ^ scope[i]) * UINT64_C(1099511628211);
	return SIGN_SCOPE + (uint32_t)((hash ^ hash >> 32) % SIGN_SCOPES);
}

/* -------------------------------------------------------------- expression */

struct expression {
	struct buffer text;
	const struct search_dialect *words;
};

static void put(struct expression *e, const char *word)
{
	buffer_append(&e->text, word, strlen(word));
}

static void put_sign(struct expression *e, uint32_t c)
{
	uint8_t sign[4];
	size_t len = search_sign(sign, c);

	put(e, e->words->quote);
	buffer_append(&e->text, sign, len);
	put(e, e->words->unquote);
}

static void put_term(struct expression *e, const struct search_term *term)
{
	const uint8_t place = (uint8_t)term->place;

	put(e, e->words->quote);
	buffer_append(&e->text, &place, 1);
	buffer_append(&e->text, term->text.at, term->text.len);
	put(e, e->words->unquote);
	if (term->is_beginning)
		put(e, e->words->beginning);
}

static void begin_group(struct expression *e)
{
	if (e->text.len > 0)
		put(e, e->words->both);
	put(e, "(");
}

static void next_in_group(struct expression *e, size_t i)
{
	if (i > 0)
		put(e, e->words->either);
}

static void
write_expression(struct expression *e, const struct search_query *asked)
{
	for (size_t i = 0; i < asked->n_groups; i++) {
		const struct search_group *group = &asked->groups[i];
		begin_group(e);
		for (size_t j = 0; j < group->n_terms; j++) {
			next_in_group(e, j);
			put_term(e, &group->terms[j]);
		}
		put(e, ")");
	}
	if (asked->n_scopes > 0) {
		begin_group(e);
		for (size_t i = 0; i < asked->n_scopes; i++) {
			next_in_group(e, i);
			put_sign(e, search_scope_sign(asked->scopes[i].at));
		}
		put(e, ")");
	}
	if (asked->n_kinds > 0) {
		begin_group(e);
		for (size_t i = 0; i < asked->n_kinds; i++) {
			next_in_group(e, i);
			put_sign(e, search_kind_sign(asked->kinds[i]));
		}
		put(e, ")");
	}
}

/* ----------------------------------------------------------------- reading */

enum outrider_code search_docs_read(struct search_doc **out, size_t *n,
				    struct query *query, struct arena *arena,
				    struct outrider_err *err)
{
	struct list docs = { .size = sizeof(struct search_doc) };
	enum outrider_code code = OUTRIDER_OK;
	bool has_row = false;

	*out = NULL;
	*n = 0;
	while (code == OUTRIDER_OK) {
		code = query_fetch(query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		struct search_doc *doc = list_add(&docs, arena);
		if (!doc) {
			code = store_no_memory(err);
			break;
		}
		doc->rev = (uint64_t)query_int(query, 0);
		doc->kind = (uint32_t)query_int(query, 1);
		if (!query_uuid(&doc->id, query, 2))
			code = store_damaged(query->conn, "search_doc", err);
	}
	*out = docs.at;
	*n = docs.n;
	return code;
}

static int64_t rev_value(uint64_t rev)
{
	return rev > INT64_MAX ? INT64_MAX : (int64_t)rev;
}

enum outrider_code
store_search(struct store_conn *conn, struct search_doc **out, size_t *n,
	     bool *was_stopped, const struct search_query *asked,
	     struct arena *arena, struct outrider_err *err)
{
	const struct store_backend *backend = conn->store->backend;
	struct expression e = { .words = backend->dialect->search };
	struct query query = { .conn = conn };
	enum outrider_code code = OUTRIDER_OK;

	*out = NULL;
	*n = 0;
	buffer_init(&e.text, &allocator_libc, EXPRESSION_MAX);
	write_expression(&e, asked);
	if (e.text.is_full)
		code = store_no_memory(err);
	struct backend_value values[] = {
		value_text((struct bytes){ e.text.at, e.text.len }),
		value_int(rev_value(asked->to_rev)),
		value_int((int64_t)asked->limit),
	};
	conn->was_stopped = false;
	backend->set_budget(
		conn->db, STEPS_MAX + STEPS_AN_ANSWER * (int64_t)asked->limit);
	if (code == OUTRIDER_OK)
		code = query_start(&query, conn, STATEMENT_SEARCH_INDEX_FIND,
				   values, ARRAY_LEN(values), err);
	if (code == OUTRIDER_OK)
		code = search_docs_read(out, n, &query, arena, err);
	query_end(&query);
	backend->set_budget(conn->db, 0);
	buffer_free(&e.text);
	*was_stopped = conn->was_stopped;
	return conn->was_stopped ? OUTRIDER_OK : code;
}

enum outrider_code
store_search_words(struct store_conn *conn, struct bytes **out, size_t *n,
		   struct bytes beginning, size_t limit, struct arena *arena,
		   struct outrider_err *err)
{
	struct backend_value values[] = { value_text(beginning) };
	struct list words = { .size = sizeof(struct bytes) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_SEARCH_WORDS, values,
					      ARRAY_LEN(values), err);

	while (code == OUTRIDER_OK && words.n < limit) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		struct bytes word = query_bytes(&query, 0);
		if (word.len < beginning.len ||
		    memcmp(word.at, beginning.at, beginning.len) != 0)
			break;
		struct bytes *kept = list_add(&words, arena);
		if (!kept || !query_copy(kept, &query, 0, arena))
			code = store_no_memory(err);
	}
	query_end(&query);
	*out = words.at;
	*n = words.n;
	return code;
}

enum outrider_code
store_search_word_from(struct store_conn *conn, struct search_word *out,
		       struct bytes from, struct outrider_err *err)
{
	struct backend_value values[] = { value_text(from) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_SEARCH_WORDS, values,
					      ARRAY_LEN(values), err);

	out->len = 0;
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row) {
		struct bytes word = query_bytes(&query, 0);
		out->len = utf8_cut(word.at, word.len, sizeof(out->at));
		memcpy(out->at, word.at, out->len);
	}
	query_end(&query);
	return code;
}
