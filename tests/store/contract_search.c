/*
 * The index of words: what it finds follows the change log, whatever fails or
 * stops on the way.
 */
#include "contract.h"
#include "search_check.h"
#include "suite.h"

static struct uuid add(struct suite *suite, const char *name)
{
	struct act act = {
		.op = CHANGE_CREATE,
		.entity = contact_entity(),
		.id = suite_uuid(suite),
		.name = name,
		.scopes = { suite_scope(1) },
		.n_scopes = 1,
	};

	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	return act.id;
}

static void
change(struct suite *suite, struct uuid id, enum change_op op, const char *name)
{
	struct act act = {
		.op = op,
		.entity = contact_entity(),
		.id = id,
		.name = name,
		.scopes = { suite_scope(2) },
		.n_scopes = op == CHANGE_DELETE ? 0 : 1,
	};

	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
}

void test_search_follows(void **state)
{
	struct suite *suite = *state;
	struct uuid id = add(suite, "Olena Koval");

	add(suite, "Kovalenko");
	assert_int_equal(0, search_count(suite, "koval", false));
	search_index_all(suite, 100);
	assert_int_equal(1, search_count(suite, "koval", false));
	assert_int_equal(2, search_count(suite, "koval", true));
	change(suite, id, CHANGE_UPDATE, "Olena Bondar");
	/* Not come by yet. */
	assert_int_equal(1, search_count(suite, "koval", false));
	search_index_all(suite, 100);
	assert_int_equal(0, search_count(suite, "koval", false));
	assert_int_equal(1, search_count(suite, "bondar", false));
	change(suite, id, CHANGE_DELETE, NULL);
	search_index_all(suite, 100);
	assert_int_equal(0, search_count(suite, "bondar", false));
	change(suite, id, CHANGE_UNDELETE, NULL);
	search_index_all(suite, 100);
	assert_int_equal(1, search_count(suite, "bondar", false));
	search_check(suite);
}

void test_search_narrows(void **state)
{
	struct suite *suite = *state;
	struct uuid id = add(suite, "north");

	add(suite, "north");
	change(suite, id, CHANGE_UPDATE, NULL);
	search_index_all(suite, 100);
	assert_int_equal(2, search_count(suite, "north", false));
	assert_int_equal(1, search_count_in(suite, "north", suite_scope(1)));
	assert_int_equal(1, search_count_in(suite, "north", suite_scope(2)));
	assert_int_equal(0, search_count_in(suite, "north", suite_scope(3)));
}

struct indexing {
	struct suite *suite;
	struct search_known known;
	bool then_fail;
};

static enum outrider_code
run_indexing(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct indexing *indexing = user;
	uint64_t reached;
	bool is_behind;
	enum outrider_code code =
		store_search_index(tx, &reached, &is_behind, &indexing->known,
				   100, &indexing->suite->arena, err);

	if (code == OUTRIDER_OK && indexing->then_fail)
		code = err_set(err, OUTRIDER_ABORTED, NULL, "as planned");
	return code;
}

static size_t count_words(struct suite *suite, const char *beginning)
{
	struct bytes *words;
	struct outrider_err err;
	size_t n = 0;

	assert_ok(store_read_begin(suite->reader, NULL, &err), err);
	assert_ok(store_search_words(suite->reader, &words, &n,
				     text_bytes(beginning), 10, &suite->arena,
				     &err),
		  err);
	store_read_end(suite->reader);
	return n;
}

/*
 * What is rolled back was not indexed, no word of it was learnt, and the next
 * chunk does both.
 */
void test_search_is_rolled_back(void **state)
{
	struct indexing indexing = { .suite = *state, .then_fail = true };
	struct suite *suite = *state;
	struct outrider_err err;

	add(suite, "Koval");
	assert_code(OUTRIDER_ABORTED,
		    store_write_now(suite->store, run_indexing, &indexing,
				    &err),
		    err);
	assert_int_equal(0, search_count(suite, "koval", false));
	assert_int_equal(0, count_words(suite, "kov"));
	indexing.then_fail = false;
	assert_ok(store_write_now(suite->store, run_indexing, &indexing, &err),
		  err);
	assert_int_equal(1, search_count(suite, "koval", false));
	assert_int_equal(1, count_words(suite, "kov"));
	search_check(suite);
}

/* Made by another version: everything is indexed anew, and nothing twice. */
void test_search_begins_anew(void **state)
{
	static const char *const spoilt[] = {
		"UPDATE search_state SET version = 0 WHERE kind = 0",
		"UPDATE search_state SET version = 0 WHERE kind = 4",
	};
	struct suite *suite = *state;

	add(suite, "Koval");
	change(suite, add(suite, "Bondar"), CHANGE_UPDATE, "Kovalchuk");
	for (size_t i = 0; i < ARRAY_LEN(spoilt); i++) {
		search_index_all(suite, 100);
		search_check(suite);
		suite_exec(suite, spoilt[i]);
		suite_reopen(suite);
		assert_int_equal(0, search_count(suite, "koval", true));
	}
	search_index_all(suite, 100);
	assert_int_equal(2, search_count(suite, "koval", true));
	search_check(suite);
}

/* Random acts, chunks of any size, a word at a time. */
void test_search_equals_rows(void **state)
{
	static const char *const names[] = {
		"a", "ab", "abc b", "b bc", "Ёлка", "a\tb", "c, d; e", "x1",
	};
	struct suite *suite = *state;
	struct uuid ids[40];
	bool is_there[40] = { false }, is_deleted[40] = { false };

	for (unsigned i = 0; i < 600; i++) {
		size_t n = suite_random(suite) % ARRAY_LEN(ids);
		const char *name =
			names[suite_random(suite) % ARRAY_LEN(names)];
		if (!is_there[n]) {
			ids[n] = add(suite, name);
			is_there[n] = true;
		} else if (is_deleted[n]) {
			change(suite, ids[n], CHANGE_UNDELETE, NULL);
			is_deleted[n] = false;
		} else if (suite_random(suite) % 4 == 0) {
			change(suite, ids[n], CHANGE_DELETE, NULL);
			is_deleted[n] = true;
		} else {
			change(suite, ids[n], CHANGE_UPDATE, name);
		}
		if (suite_random(suite) % 7 == 0)
			search_index_some(suite, 1 + suite_random(suite) % 20);
		if (i % 100 == 99) {
			search_index_all(suite, 3);
			search_check(suite);
		}
	}
}
