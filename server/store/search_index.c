/*
 * The writing side of the index of words: how far along the change log it has
 * come, what it holds of a record, and when it must be made anew.
 *
 * A record is read as it stands, not as a change left it: a change that isn't
 * the record's last is passed over, for a later one is still to come.
 */
#include "store/search.h"

#include "model/fold.h"
#include "store/parts.h"
#include "store/sql_search.h"
#include "store/sql_text.h"

#include <string.h>

/* Of the tokens: another one, and every index is made anew. */
#define INDEX_VERSION 1
#define INDEX_KIND    0 /* in search_state: the index itself */

enum {
	TOKENS_MAX = 1024, /* different ones of a record; more are left out */
	SEEN_SLOTS = 4 * TOKENS_MAX,
	FOLDED_MAX = 256 << 10,
	/* Of a chunk: what is above waits for the next one. */
	CHUNK_US = 3000,
	TIDY_PAGES = 24,
	WORD_LETTERS_MIN = 3, /* of the vocabulary */
};

/* ----------------------------------------------------------------- tokens */

/* What the index shall hold of a record, under construction. */
struct document {
	struct search_known *known;
	struct buffer *words;
	struct buffer folded;
	uint64_t seen[SEEN_SLOTS]; /* hashes of tokens; 0: free */
	size_t n;
};

static uint64_t hash_of(uint8_t place, struct bytes text)
{
	uint64_t hash = (UINT64_C(14695981039346656037) ^ place) *
			UINT64_C(1099511628211);

	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ text.at[i]) * UINT64_C(1099511628211);
	return hash ? hash : 1;
}

/* Is it the first of its like, and is there room for it? */
static bool is_new(struct document *document, uint64_t hash)
{
	size_t slot = hash % SEEN_SLOTS;

	while (document->seen[slot] && document->seen[slot] != hash)
		slot = (slot + 1) % SEEN_SLOTS;
	if (document->seen[slot] || document->n == TOKENS_MAX)
		return false;
	document->seen[slot] = hash;
	document->n++;
	return true;
}

static void add(struct document *document, uint8_t place, struct bytes text)
{
	if (text.len == 0 || !is_new(document, hash_of(place, text)))
		return;
	if (document->words->len > 0)
		buffer_append(document->words, " ", 1);
	buffer_append(document->words, &place, 1);
	buffer_append(document->words, text.at, text.len);
}

static void add_sign(struct document *document, uint32_t c)
{
	uint8_t sign[4];
	size_t len = search_sign(sign, c);

	if (document->words->len > 0)
		buffer_append(document->words, " ", 1);
	buffer_append(document->words, sign, len);
}

static void add_words(struct document *document, const struct search_text *text)
{
	struct bytes folded, word;

	buffer_clear(&document->folded);
	fold_words(&document->folded, text->text);
	folded = (struct bytes){ document->folded.at, document->folded.len };
	while (search_next_word(&word, &folded)) {
		if (text->is_title)
			add(document, SEARCH_TITLE, word);
		add(document, SEARCH_WORDS, word);
	}
}

static void add_text(void *user, const struct search_text *text)
{
	struct document *document = user;

	if (text->has_words)
		add_words(document, text);
	if (!text->has_digits)
		return;
	struct search_digits digits = search_digits_of(text->text), end;
	end.len = digits.len;
	for (size_t i = 0; i < digits.len; i++)
		end.at[i] = digits.at[digits.len - 1 - i];
	add(document, SEARCH_NUMBER, (struct bytes){ digits.at, digits.len });
	add(document, SEARCH_NUMBER_END, (struct bytes){ end.at, end.len });
}

/* Kind and scopes first: a long text must not push them out. */
static enum outrider_code
document_write(struct document *document, const struct row *row,
	       struct bytes scopes, struct outrider_err *err)
{
	buffer_clear(document->words);
	memset(document->seen, 0, sizeof(document->seen));
	document->n = 0;
	add_sign(document, search_kind_sign(row->entity));
	for (size_t at = 0; at + SCOPE_LEN <= scopes.len; at += SCOPE_LEN)
		add_sign(document, search_scope_sign(scopes.at + at));
	search_texts(row, add_text, document);
	if (document->words->is_full || document->folded.is_full)
		return store_no_memory(err);
	return OUTRIDER_OK;
}

/* ---------------------------------------------------------------- the state */

struct state {
	bool is_there;
	uint64_t version, rev;
};

static enum outrider_code state_get(struct state *out, struct store_conn *conn,
				    uint32_t kind, struct outrider_err *err)
{
	struct backend_value values[] = { value_int(kind) };
	struct query query;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_SEARCH_STATE_GET,
					      values, ARRAY_LEN(values), err);

	*out = (struct state){ .is_there = false };
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &out->is_there, err);
	if (code == OUTRIDER_OK && out->is_there) {
		out->version = (uint64_t)query_int(&query, 0);
		out->rev = (uint64_t)query_int(&query, 1);
	}
	query_end(&query);
	return code;
}

static enum outrider_code state_put(struct store_conn *conn, uint32_t kind,
				    uint64_t version, uint64_t rev,
				    struct outrider_err *err)
{
	struct backend_value values[] = {
		value_int(kind),
		value_int((int64_t)version),
		value_int((int64_t)rev),
	};

	return store_run(conn, NULL, STATEMENT_SEARCH_STATE_PUT, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code store_search_reached(struct store_conn *conn,
					uint64_t *reached,
					struct outrider_err *err)
{
	struct state state;
	enum outrider_code code = state_get(&state, conn, INDEX_KIND, err);

	*reached = state.rev;
	return code;
}

/* ------------------------------------------------------------- the records */

static enum outrider_code forget(struct store_conn *tx,
				 const struct search_doc *doc,
				 struct arena *arena, struct outrider_err *err)
{
	struct backend_value key[] = { value_uuid(&doc->id),
				       value_int(doc->kind) };
	struct query query;
	struct bytes words = { 0 };
	int64_t rev = 0;
	bool has_row = false;
	enum outrider_code code = query_start(
		&query, tx, STATEMENT_SEARCH_DOC_GET, key, ARRAY_LEN(key), err);

	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row) {
		rev = query_int(&query, 0);
		if (!query_copy(&words, &query, 1, arena))
			code = store_no_memory(err);
	}
	query_end(&query);
	if (code != OUTRIDER_OK || !has_row)
		return code;
	struct backend_value values[] = { value_int(rev), value_text(words) };
	code = store_run(tx, NULL, STATEMENT_SEARCH_INDEX_DELETE, values,
			 ARRAY_LEN(values), err);
	if (code == OUTRIDER_OK)
		code = store_run(tx, NULL, STATEMENT_SEARCH_DOC_DELETE, values,
				 1, err);
	return code;
}

static bool is_of_letters(struct bytes word)
{
	size_t n = 0;

	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] >= '0' && word.at[i] <= '9')
			return false;
		n += (word.at[i] & 0xc0) != 0x80;
	}
	return n >= WORD_LETTERS_MIN;
}

static enum outrider_code
learn_words(struct store_conn *tx, struct search_known *known,
	    struct bytes words, struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;
	struct bytes word;

	while (code == OUTRIDER_OK && search_next_word(&word, &words)) {
		if (*word.at != SEARCH_WORDS)
			continue;
		word.at++;
		word.len--;
		uint64_t hash = hash_of(SEARCH_WORDS, word);
		uint64_t *slot = &known->words[hash % SEARCH_KNOWN_WORDS];
		if (*slot == hash || !is_of_letters(word))
			continue;
		*slot = hash;
		struct backend_value values[] = { value_text(word) };
		code = store_run(tx, NULL, STATEMENT_SEARCH_WORD_PUT, values,
				 ARRAY_LEN(values), err);
	}
	return code;
}

static enum outrider_code
remember(struct store_conn *tx, const struct document *document,
	 const struct row *row, struct outrider_err *err)
{
	const struct bytes words = { document->words->at,
				     document->words->len };
	struct backend_value values[] = {
		value_int((int64_t)row->rev),
		value_int(row->entity->number),
		value_uuid(&row->id),
		value_text(words),
	};
	struct backend_value index[] = { values[0], values[3] };
	enum outrider_code code = store_run(tx, NULL, STATEMENT_SEARCH_DOC_PUT,
					    values, ARRAY_LEN(values), err);

	if (code == OUTRIDER_OK)
		code = store_run(tx, NULL, STATEMENT_SEARCH_INDEX_PUT, index,
				 ARRAY_LEN(index), err);
	if (code == OUTRIDER_OK)
		code = learn_words(tx, document->known, words, err);
	return code;
}

/* *row NULL: the kind or the record isn't there any more. */
static enum outrider_code
read_row(struct row **row, struct bytes *scopes, struct store_conn *tx,
	 const struct search_doc *doc, struct arena *arena,
	 struct outrider_err *err)
{
	uint8_t at = tx->store->kind_of[doc->kind & 255];
	struct backend_value values[] = { value_uuid(&doc->id) };
	struct query query;
	bool has_row = false;
	enum outrider_code code;

	*row = NULL;
	if (at == 0)
		return OUTRIDER_OK;
	const struct entity *entity = tx->store->kinds[at - 1].entity;
	code = query_start_rows(&query, tx, entity, ROW_GET, values,
				ARRAY_LEN(values), err);
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row)
		code = row_of_query(row, &query, entity, arena, err);
	if (code == OUTRIDER_OK && has_row &&
	    !query_copy(scopes, &query, COLUMN_SCOPES, arena))
		code = store_no_memory(err);
	query_end(&query);
	return code;
}

static enum outrider_code
index_change(struct document *document, struct store_conn *tx,
	     const struct search_doc *change, struct arena *arena,
	     struct outrider_err *err)
{
	struct row *row;
	struct bytes scopes = { 0 };
	enum outrider_code code =
		read_row(&row, &scopes, tx, change, arena, err);

	buffer_clear(document->words);
	if (code != OUTRIDER_OK || (row && row->rev != change->rev))
		return code;
	code = forget(tx, change, arena, err);
	if (code != OUTRIDER_OK || !row || row->deleted_us != 0)
		return code;
	code = document_write(document, row, scopes, err);
	return code == OUTRIDER_OK ? remember(tx, document, row, err) : code;
}

enum outrider_code
store_search_news(struct store_conn *conn, struct search_doc **out, size_t *n,
		  uint64_t above, size_t limit, struct arena *arena,
		  struct outrider_err *err)
{
	struct backend_value values[] = { value_int((int64_t)above),
					  value_int((int64_t)limit) };
	enum outrider_code code;
	struct query query;

	code = query_start(&query, conn, STATEMENT_SEARCH_NEWS, values,
			   ARRAY_LEN(values), err);
	if (code == OUTRIDER_OK)
		code = search_docs_read(out, n, &query, arena, err);
	query_end(&query);
	return code;
}

/* Until the limit or the time is up; *n_done gets how many that were. */
static enum outrider_code
index_changes(size_t *n_done, struct store_conn *tx, struct search_known *known,
	      const struct search_doc *changes, size_t n, struct arena *arena,
	      struct outrider_err *err)
{
	struct document document = { .known = known, .words = &tx->build };
	enum outrider_code code = OUTRIDER_OK;
	const struct context *context = tx->store->context;
	int64_t until_us = context->mono_us(context->user) + CHUNK_US;
	size_t i = 0;

	buffer_init(&document.folded, &allocator_libc, FOLDED_MAX);
	while (code == OUTRIDER_OK && i < n) {
		code = index_change(&document, tx, &changes[i++], arena, err);
		if (context->mono_us(context->user) >= until_us)
			break;
	}
	buffer_free(&document.folded);
	*n_done = i;
	return code;
}

static enum outrider_code tidy(struct store_conn *tx, struct outrider_err *err)
{
	struct backend_value values[] = { value_int(TIDY_PAGES) };

	return store_run(tx, NULL, STATEMENT_SEARCH_INDEX_TIDY, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code
store_search_index(struct store_conn *tx, uint64_t *reached, bool *is_behind,
		   struct search_known *known, size_t limit,
		   struct arena *arena, struct outrider_err *err)
{
	struct search_doc *changes = NULL;
	struct state state;
	size_t n = 0, n_done = 0;
	enum outrider_code code = state_get(&state, tx, INDEX_KIND, err);

	*is_behind = false;
	*reached = state.rev;
	if (code == OUTRIDER_OK)
		code = store_search_news(tx, &changes, &n, state.rev, limit + 1,
					 arena, err);
	if (code != OUTRIDER_OK || n == 0)
		return code;
	/* What was learnt in a chunk that came to nothing was not learnt. */
	if (known->reached != state.rev)
		*known = (struct search_known){ 0 };
	known->reached = UINT64_MAX;
	code = index_changes(&n_done, tx, known, changes, n > limit ? limit : n,
			     arena, err);
	if (code == OUTRIDER_OK)
		code = state_put(tx, INDEX_KIND, INDEX_VERSION,
				 changes[n_done - 1].rev, err);
	if (code == OUTRIDER_OK)
		code = tidy(tx, err);
	*reached = changes[n_done - 1].rev;
	if (code == OUTRIDER_OK)
		known->reached = *reached;
	*is_behind = n_done < n;
	return code;
}

/* --------------------------------------------------------------- its tables */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * UINT64_C(1099511628211);
}

static uint64_t message_version(uint64_t hash, const struct message *message)
{
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];
		hash = mix(hash, field->number);
		hash = mix(hash, field->type);
		hash = mix(hash, field->handle == HANDLE_PHONE);
		hash = mix(hash, (field->flags & FIELD_IS_SEARCHABLE) != 0);
		/* No message is recursive: the generator checks. */
		if (field->type == FIELD_MESSAGE && field->message)
			hash = message_version(hash, field->message);
	}
	return hash;
}

/* Differs where a kind's records have other texts to be found by. */
static uint64_t kind_version(const struct entity *entity)
{
	uint64_t hash = message_version(UINT64_C(14695981039346656037),
					entity->message);

	for (size_t i = 0; i < entity->n_title; i++)
		hash = mix(hash, entity->title[i]->number);
	/* A column holds it with a sign. */
	return hash >> 1;
}

static enum outrider_code
exec(struct store_conn *conn, const char *template, struct outrider_err *err)
{
	const char *sql = text_expand(&conn->scratch,
				      conn->store->backend->dialect, template);

	if (!sql)
		return store_no_memory(err);
	enum backend_result result = conn->store->backend->exec(conn->db, sql);
	if (result == BACKEND_DONE)
		return OUTRIDER_OK;
	return conn_fail(conn, result, "store.tables_failed", err);
}

static enum outrider_code exec_all(struct store_conn *conn,
				   const char *const *templates,
				   struct outrider_err *err)
{
	enum outrider_code code = OUTRIDER_OK;

	for (; code == OUTRIDER_OK && *templates; templates++)
		code = exec(conn, *templates, err);
	return code;
}

/* *is_stale: something of it was indexed as we don't do it any more. */
static enum outrider_code check_versions(struct store_conn *conn,
					 bool *is_there, bool *is_stale,
					 struct outrider_err *err)
{
	const struct store *store = conn->store;
	struct state state;
	enum outrider_code code = state_get(&state, conn, INDEX_KIND, err);

	*is_there = state.is_there;
	*is_stale = state.is_there && state.version != INDEX_VERSION;
	for (size_t i = 0; code == OUTRIDER_OK && i < store->schema->n_entities;
	     i++) {
		const struct entity *entity = store->schema->entities[i];
		code = state_get(&state, conn, entity->number, err);
		*is_stale = *is_stale ||
			    (state.is_there &&
			     state.version != kind_version(entity));
	}
	return code;
}

static enum outrider_code
begin_anew(struct store_conn *conn, bool is_there, struct outrider_err *err)
{
	const struct search_dialect *words =
		conn->store->backend->dialect->search;
	enum outrider_code code = OUTRIDER_OK;

	if (is_there) {
		context_log(conn->store->context, LOG_LEVEL_INFO,
			    "store.search_anew", "version=%d", INDEX_VERSION);
		code = exec_all(conn, words->drop, err);
	}
	if (code == OUTRIDER_OK && is_there)
		code = exec_all(conn, sql_search_empty, err);
	if (code == OUTRIDER_OK)
		code = exec_all(conn, words->make, err);
	if (code == OUTRIDER_OK)
		code = state_put(conn, INDEX_KIND, INDEX_VERSION, 0, err);
	return code;
}

enum outrider_code
search_tables_make(struct store_conn *conn, struct outrider_err *err)
{
	const struct store *store = conn->store;
	bool is_there = false, is_stale = false;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t n = 0; code == OUTRIDER_OK && sql_search_table(n); n++)
		code = exec(conn, sql_search_table(n), err);
	if (code == OUTRIDER_OK)
		code = check_versions(conn, &is_there, &is_stale, err);
	if (code == OUTRIDER_OK && (!is_there || is_stale))
		code = begin_anew(conn, is_there, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < store->schema->n_entities;
	     i++) {
		const struct entity *entity = store->schema->entities[i];
		struct state state;
		code = state_get(&state, conn, entity->number, err);
		if (code == OUTRIDER_OK && !state.is_there)
			code = state_put(conn, entity->number,
					 kind_version(entity), 0, err);
	}
	return code;
}
