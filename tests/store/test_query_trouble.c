/*
 * What becomes of a question that takes too long, or that the database fails.
 */
#include "fail_backend.h"
#include "query_ask.h"

#define N_MANY 6000 /* more than is ever sorted at first */

/* ------------------------------------------------------------------ budget */

/* A number of comparisons that find nothing. */
static struct condition *long_search(struct arena *arena, size_t n)
{
	struct condition *any = new_condition(arena, CONDITION_ANY);

	for (size_t i = 0; i < n; i++)
		add_part(any, new_leaf(arena, "position", CONDITION_CONTAINS,
				       "nothing like it"));
	return any;
}

static void test_budget(void **state)
{
	struct ask_world world = { 0 };
	struct arena *arena = &world.suite.arena;
	struct store_conn *reader;
	struct field_set hidden = { 0 };
	struct store_query asked;
	struct store_page page;
	struct outrider_err err;

	(void)state;
	ask_world_open(&world, &store_sqlite, 100000);
	reader = world.suite.reader;
	ask_all(&asked, &world, long_search(arena, 8), "family_name");
	assert_ok(store_query(reader, &page, &asked, arena, &err), err);
	ask_all(&asked, &world, long_search(arena, 100), "family_name");
	for (int i = 0; i < 2; i++) {
		assert_code(OUTRIDER_RESOURCE_EXHAUSTED,
			    store_query(reader, &page, &asked, arena, &err),
			    err);
		assert_int_equal(0, page.n_rows);
		assert_non_null(strstr(err.text, "create_time"));
		assert_non_null(strstr(err.text, "family_name"));
		assert_non_null(strstr(err.text, "company_ids"));
		assert_null(strstr(err.text, "position"));
	}
	field_set_add(&hidden, contact_field("family_name")->number);
	asked.hidden = &hidden;
	assert_code(OUTRIDER_RESOURCE_EXHAUSTED,
		    store_query(reader, &page, &asked, arena, &err), err);
	assert_null(strstr(err.text, "family_name"));
	/* It isn't the database's fault, and the next one is answered. */
	assert_int_equal(0, world.suite.n_logged);
	ask_all(&asked, &world, NULL, "family_name");
	assert_ok(store_query(reader, &page, &asked, arena, &err), err);
	assert_int_equal(10, page.n_rows);
	ask_world_free(&world);
}

/* The budget is a question's: not of what the same connection writes. */
struct long_write {
	struct ask_world *world;
	enum outrider_code code;
};

static enum outrider_code
ask_and_write(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct long_write *write = user;
	struct store_query asked;
	struct store_page page;

	ask_all(&asked, write->world,
		long_search(&write->world->suite.arena, 100), "family_name");
	write->code =
		store_query(tx, &page, &asked, &write->world->suite.arena, err);
	return ask_world_write(write->world, tx, err);
}

static void test_budget_ends(void **state)
{
	struct ask_world world = { 0 };
	struct long_write write = { .world = &world };
	struct outrider_err err;

	(void)state;
	ask_world_open(&world, &store_sqlite, 100000);
	assert_ok(store_write_now(world.suite.store, ask_and_write, &write,
				  &err),
		  err);
	assert_int_equal(OUTRIDER_RESOURCE_EXHAUSTED, write.code);
	assert_int_equal(2 * ASK_CONTACTS,
			 suite_number(&world.suite,
				      "SELECT count(*) FROM contacts"));
	ask_world_free(&world);
}

/*
 * The order's index would lead through everything and find nothing, and five
 * of six names are too many to be sorted at first: told by is_scan, which is
 * true of a walk alone.
 */
static void test_second_plan(void **state)
{
	struct ask_world world = { .n_contacts = N_MANY };
	struct arena *arena = &world.suite.arena;
	struct condition *all;
	struct store_query asked;
	struct store_page page;
	struct outrider_err err;

	(void)state;
	ask_world_open(&world, &store_sqlite, 1000000);
	for (int may_walk = 0; may_walk < 2; may_walk++) {
		all = new_condition(arena, CONDITION_ALL);
		add_part(all, new_leaf(arena, "position",
				       may_walk ? CONDITION_EQUAL
						: CONDITION_CONTAINS,
				       may_walk ? "" : "nothing like it"));
		add_part(all, new_leaf(arena, "family_name", CONDITION_GREATER,
				       "n1000"));
		ask_all(&asked, &world, all, "update_time");
		assert_ok(store_query(world.suite.reader, &page, &asked, arena,
				      &err),
			  err);
		assert_int_equal(may_walk ? 10 : 0, page.n_rows);
		assert_int_equal(may_walk, page.is_scan);
	}
	ask_world_free(&world);
}

/* ---------------------------------------------------------------- failures */

/* One question of each way to answer. */
struct asking {
	struct ask_world *world;
	enum outrider_code codes[6];
	size_t n_found;
	bool has_trouble; /* a question was answered so */
};

static void ask_one(struct asking *asking, size_t i, struct store_conn *tx,
		    const struct store_query *asked)
{
	struct outrider_err err;
	struct store_page page;

	asking->codes[i] = store_query(tx, &page, asked,
				       &asking->world->suite.arena, &err);
	asking->n_found += page.n_rows;
}

static enum outrider_code
ask_everything(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct asking *asking = user;
	struct ask_world *world = asking->world;
	struct arena *arena = &world->suite.arena;
	struct condition *by_name =
		new_leaf(arena, "family_name", CONDITION_LESS, "n0030");
	struct store_link_query links = { .before_us = INT64_MAX, .limit = 9 };
	struct store_link *found = NULL;
	struct store_query asked;
	size_t n = 0;

	(void)err;
	asking->n_found = 0;
	ask_all(&asked, world, NULL, "family_name");
	ask_one(asking, 0, tx, &asked);
	ask_all(&asked, world, by_name, "update_time");
	ask_one(asking, 1, tx, &asked);
	ask_all(&asked, world, long_search(arena, 1), "family_name");
	ask_one(asking, 2, tx, &asked);
	ask_all(&asked, world, NULL, NULL);
	asked.sees_most = false;
	ask_one(asking, 3, tx, &asked);
	memcpy(links.target.at, one_company, 16);
	asking->codes[4] = store_links(tx, &found, &n, &links, arena, NULL);
	asking->codes[5] = store_by_handle(tx, &found, &n, HANDLE_PHONE,
					   text_bytes("+380671"), 9, arena,
					   NULL);
	for (size_t i = 0; i < ARRAY_LEN(asking->codes); i++) {
		asking->has_trouble |= asking->codes[i] != OUTRIDER_OK;
		assert_true(asking->codes[i] == OUTRIDER_OK ||
			    asking->codes[i] == OUTRIDER_UNAVAILABLE);
	}
	arena_reset(arena);
	return OUTRIDER_OK;
}

/* Nothing else than a question's statement: the writer has its own. */
static bool is_of_question(const char *sql)
{
	return strncmp(sql, "SELECT", 6) == 0 && !strstr(sql, "max(rev)");
}

/* Each operation of the database in turn: it is told, and the next question
 * finds what it found before. */
static void test_failures(void **state)
{
	struct fail_backend fail;
	struct ask_world world = { 0 };
	struct asking asking = { .world = &world };
	struct outrider_err err;
	uint64_t n = 0;

	(void)state;
	fail_backend_init(&fail, &store_sqlite_memory);
	ask_world_open(&world, &fail.backend, 0);
	do {
		fail.n_operations = 0;
		fail.has_failed = false;
		fail.fail_at = ++n;
		enum outrider_code code = store_write_now(
			world.suite.store, ask_everything, &asking, &err);
		assert_int_equal(fail.has_failed, code != OUTRIDER_OK);
		bool was_last = !fail.has_failed;
		assert_int_equal(!was_last && is_of_question(fail.failed_sql),
				 asking.has_trouble);
		fail.has_failed = true; /* no more of it */
		asking.has_trouble = false;
		assert_ok(store_write_now(world.suite.store, ask_everything,
					  &asking, &err),
			  err);
		assert_false(asking.has_trouble);
		assert_int_equal(30, asking.n_found);
		if (was_last)
			break;
	} while (n < 10000);
	print_message("%llu operations failed in turn\n",
		      (unsigned long long)n - 1);
	assert_true(n > 30);
	ask_world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_budget_ends),
		cmocka_unit_test(test_second_plan),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
