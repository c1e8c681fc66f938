/*
 * Asks the index through search.h and the tables through SQL.
 */
#include "search_check.h"

struct chunk {
	struct suite *suite;
	struct search_known known;
	size_t limit;
	uint64_t reached;
	bool is_behind;
};

static enum outrider_code
run_chunk(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct chunk *chunk = user;

	return store_search_index(tx, &chunk->reached, &chunk->is_behind,
				  &chunk->known, chunk->limit,
				  &chunk->suite->arena, err);
}

bool search_index_some(struct suite *suite, size_t limit)
{
	struct chunk chunk = { .suite = suite, .limit = limit };
	struct outrider_err err;

	assert_ok(store_write_now(suite->store, run_chunk, &chunk, &err), err);
	arena_reset(&suite->arena);
	return chunk.is_behind;
}

void search_index_all(struct suite *suite, size_t limit)
{
	while (search_index_some(suite, limit))
		;
}

static size_t ask(struct suite *suite, const struct search_term *term,
		  const struct scope *scope)
{
	const struct search_group group = { .terms = term, .n_terms = 1 };
	const struct search_query asked = {
		.groups = &group,
		.n_groups = 1,
		.scopes = scope,
		.n_scopes = scope != NULL,
		.to_rev = UINT64_MAX,
		.limit = 1000000,
	};
	struct search_doc *docs = NULL;
	struct outrider_err err;
	bool was_stopped;
	size_t n = 0;

	assert_ok(store_read_begin(suite->reader, NULL, &err), err);
	assert_ok(store_search(suite->reader, &docs, &n, &was_stopped, &asked,
			       &suite->arena, &err),
		  err);
	store_read_end(suite->reader);
	assert_false(was_stopped);
	for (size_t i = 1; i < n; i++)
		assert_true(docs[i - 1].rev > docs[i].rev);
	arena_reset(&suite->arena);
	return n;
}

size_t search_count(struct suite *suite, const char *word, bool is_beginning)
{
	const struct search_term term = {
		.place = SEARCH_WORDS,
		.text = text_bytes(word),
		.is_beginning = is_beginning,
	};

	return ask(suite, &term, NULL);
}

size_t
search_count_in(struct suite *suite, const char *word, struct scope scope)
{
	const struct search_term term = {
		.place = SEARCH_TITLE,
		.text = text_bytes(word),
	};

	return ask(suite, &term, &scope);
}

/* Words of letters that fold leaves as they are. */
static void check_words(struct suite *suite)
{
	static const char *const words[] = { "a",  "b",	    "ab",    "abc",
					     "bc", "koval", "bondar" };
	char sql[400];

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		snprintf(sql, sizeof(sql),
			 "SELECT count(*) FROM contacts WHERE deleted_us = 0"
			 " AND ' ' || replace(lower(family_name), '\t', ' ') ||"
			 " ' ' LIKE '%% %s %%'",
			 words[i]);
		assert_int_equal(suite_number(suite, sql),
				 search_count(suite, words[i], false));
	}
}

void search_check(struct suite *suite)
{
	int64_t standing = suite_number(
		suite, "SELECT count(*) FROM contacts WHERE deleted_us = 0");

	assert_int_equal(standing,
			 suite_number(suite,
				      "SELECT count(*) FROM search_doc"));
	assert_int_equal(
		standing,
		suite_number(suite,
			     "SELECT count(*) FROM search_doc JOIN contacts"
			     " ON contacts.id = search_doc.id"
			     " AND contacts.rev = search_doc.rev"
			     " WHERE deleted_us = 0 AND kind = 4"));
	assert_int_equal(suite_number(suite, "SELECT max(rev) FROM change"),
			 suite_number(suite, "SELECT rev FROM search_state"
					     " WHERE kind = 0"));
	check_words(suite);
}
