/*
 * How questions are answered: what leads, which index the database says that
 * it takes, what is sorted.
 */
#include "query_ask.h"

#include "store/query_plan.h"

struct world {
	struct ask_world asked;
	struct backend_conn *conn; /* beside the store, to explain */
	struct scope_set scopes;
};

static int open_world(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct backend_open how = { .use = BACKEND_READ };

	assert_non_null(world);
	ask_world_open(&world->asked, &store_sqlite, 0);
	how.path = world->asked.suite.path;
	assert_int_equal(BACKEND_DONE,
			 store_sqlite.open(&world->conn, &store_sqlite, &how));
	*state = world;
	return 0;
}

static int close_world(void **state)
{
	struct world *world = *state;

	store_sqlite.close(world->conn);
	ask_world_free(&world->asked);
	free(world);
	return 0;
}

/* ------------------------------------------------------------------- plans */

struct leaf {
	const char *path;
	enum condition_op op;
	const char *text;
};

/* Lines that a list would break in two. */
static const char in_lane[] =
	"SEARCH s USING PRIMARY KEY (target=? AND kind=? AND field=?)";
static const char in_range[] = "SEARCH s USING PRIMARY KEY"
			       " (id=? AND field=? AND text>? AND text<?)";
static const char company[] =
	"SEARCH r USING INDEX sqlite_autoindex_companies_1 (id=?)";
static const char by_key[] =
	"SEARCH r USING COVERING INDEX companies_tax_number (tax_number=?)";
#define TRY_ONE "SEARCH t USING INDEX sqlite_autoindex_contacts_1 (id=?)"

/* A question, and the lines of the plan that it must have, no others. */
static const struct {
	const char *what;
	struct leaf leaves[3];
	const char *order[2]; /* with "-" before it: descending */
	bool is_later, sees_few, is_any;
	const char *plan[12];
} plans[] = {
	{ .what = "all by ids",
	  .plan = { "SCAN t USING INDEX sqlite_autoindex_contacts_1" } },
	{ .what = "a later page by ids",
	  .is_later = true,
	  .plan = { "SEARCH t USING INDEX sqlite_autoindex_contacts_1"
		    " (id>?)" } },
	{ .what = "an order has an index",
	  .order = { "family_name" },
	  .plan = { "SCAN t USING INDEX contacts_family_name" } },
	{ .what = "a later page begins where the one before ended",
	  .order = { "-family_name" },
	  .is_later = true,
	  .plan = { "SEARCH t USING INDEX contacts_family_name"
		    " ((family_name,id)<(?,?))" } },
	{ .what = "two fields that go one way",
	  .order = { "given_name", "family_name" },
	  .is_later = true,
	  .plan = { "SEARCH t USING INDEX contacts_given_name (given_name>?)",
		    "USE TEMP B-TREE FOR RIGHT PART OF ORDER BY" } },
	{ .what = "two fields that go two ways",
	  .order = { "-given_name", "family_name" },
	  .is_later = true,
	  .plan = { "SEARCH t USING INDEX contacts_given_name (given_name<?)",
		    "USE TEMP B-TREE FOR RIGHT PART OF ORDER BY" } },
	{ .what = "a range in its own order",
	  .leaves = { { "create_time", CONDITION_GREATER, "" },
		      { "create_time", CONDITION_LESS, "" } },
	  .order = { "-create_time" },
	  .plan = { "SEARCH t USING INDEX contacts_created_us"
		    " (created_us>? AND created_us<?)" } },
	{ .what = "a range and the place behind a page",
	  .leaves = { { "family_name", CONDITION_BEGINS, "n" } },
	  .order = { "family_name" },
	  .is_later = true,
	  .plan = { "SEARCH t USING INDEX contacts_family_name"
		    " (family_name>? AND family_name<?)" } },
	{ .what = "a range, sorted",
	  .leaves = { { "family_name", CONDITION_LESS, "n0100" } },
	  .order = { "update_time" },
	  .plan = { "SEARCH t USING INDEX contacts_family_name"
		    " (family_name<?)",
		    "USE TEMP B-TREE FOR ORDER BY" } },
	{ .what = "an owner by ids",
	  .leaves = { { "owner_id", CONDITION_EQUAL, one_user } },
	  .is_later = true,
	  .plan = { "SEARCH t USING INDEX contacts_owner"
		    " (owner=? AND id>?)" } },
	{ .what = "an id",
	  .leaves = { { "id", CONDITION_EQUAL, one_user } },
	  .order = { "family_name" },
	  .plan = { TRY_ONE } },
	{ .what = "a reference in the order of time",
	  .leaves = { { "company_ids", CONDITION_EQUAL, one_company } },
	  .order = { "-create_time" },
	  .is_later = true,
	  .plan = { "SEARCH s USING PRIMARY KEY (target=? AND kind=? AND"
		    " field=? AND (at_us,id)<(?,?))",
		    TRY_ONE } },
	{ .what = "one of some references, sorted",
	  .leaves = { { "company_ids", CONDITION_IN, one_company } },
	  .order = { "family_name" },
	  .plan = { "CO-ROUTINE l", in_lane, "USE TEMP B-TREE FOR DISTINCT",
		    "SCAN l", TRY_ONE, "USE TEMP B-TREE FOR ORDER BY" } },
	{ .what = "a text of a repeated field by ids",
	  .leaves = { { "interests", CONDITION_EQUAL, "doors" } },
	  .is_later = true,
	  .plan = { "SEARCH s USING COVERING INDEX label_text (kind=? AND"
		    " field=? AND text=? AND id>?)",
		    TRY_ONE } },
	{ .what = "a handle by ids",
	  .leaves = { { "phones", CONDITION_EQUAL, "+380671" } },
	  .plan = { "SEARCH s USING COVERING INDEX handle_text (type=? AND"
		    " text=? AND kind=?)",
		    TRY_ONE } },
	{ .what = "a value of an added field",
	  .leaves = { { "custom", CONDITION_EQUAL, "oak" } },
	  .order = { "family_name" },
	  .plan = { "SEARCH s USING COVERING INDEX custom_value"
		    " (field_id=? AND text=?)",
		    TRY_ONE, "USE TEMP B-TREE FOR ORDER BY" } },
	{ .what = "a key one hop away",
	  .leaves = { { "company_ids.tax_number", CONDITION_EQUAL, "12" } },
	  .order = { "family_name" },
	  .plan = { "CO-ROUTINE l", by_key, in_lane,
		    "USE TEMP B-TREE FOR DISTINCT", "SCAN l", TRY_ONE,
		    "CORRELATED SCALAR SUBQUERY 2",
		    "SEARCH x USING PRIMARY KEY (id=? AND field=?)", company,
		    "USE TEMP B-TREE FOR ORDER BY" } },
	{ .what = "a hop that no index serves",
	  .leaves = { { "company_ids.industry", CONDITION_EQUAL, "retail" } },
	  .order = { "family_name" },
	  .plan = { "SCAN t USING INDEX contacts_family_name",
		    "CORRELATED SCALAR SUBQUERY 1",
		    "SEARCH x USING PRIMARY KEY (id=? AND field=?)",
		    company } },
	{ .what = "side tables are tried on one record by one seek",
	  .leaves = { { "interests", CONDITION_BEGINS, "do" },
		      { "phones", CONDITION_BEGINS, "+38067" },
		      { "custom", CONDITION_GREATER, "oak" } },
	  .order = { "family_name" },
	  .is_any = true,
	  .plan = { "SCAN t USING INDEX contacts_family_name",
		    "CORRELATED SCALAR SUBQUERY 1",
		    "SEARCH s USING PRIMARY KEY (id=? AND field_id=?)",
		    "CORRELATED SCALAR SUBQUERY 2",
		    "SEARCH s USING PRIMARY KEY (id=? AND field=?)",
		    "CORRELATED SCALAR SUBQUERY 3", in_range } },
	{ .what = "who sees little",
	  .order = { "family_name" },
	  .sees_few = true,
	  .plan = { "SEARCH s USING PRIMARY KEY (scope=? AND kind=?)", TRY_ONE,
		    "USE TEMP B-TREE FOR ORDER BY" } },
};

static void ask_of(struct store_query *out, struct world *world, size_t i)
{
	static const struct condition_value after[2] = {
		{ .bytes = { (const uint8_t *)"n0500", 5 } },
		{ .bytes = { (const uint8_t *)"x", 1 } },
	};
	static const struct uuid after_id = { { 1 } };
	struct arena *arena = &world->asked.suite.arena;
	struct condition *all = new_condition(
		arena, plans[i].is_any ? CONDITION_ANY : CONDITION_ALL);

	*out = (struct store_query){
		.entity = contact_entity(),
		.scopes = plans[i].sees_few ? &world->asked.all[1]
					    : world->asked.all,
		.n_scopes = plans[i].sees_few ? 1 : 3,
		.sees_most = !plans[i].sees_few,
		.limit = 10,
	};
	world->scopes = (struct scope_set){ out->scopes, out->n_scopes };
	for (size_t k = 0; k < 3 && plans[i].leaves[k].path; k++) {
		const struct leaf *leaf = &plans[i].leaves[k];
		add_part(all,
			 new_leaf(arena, leaf->path, leaf->op, leaf->text));
		out->condition = all;
	}
	for (size_t k = 0; k < 2 && plans[i].order[k]; k++) {
		const char *name = plans[i].order[k];
		bool is_descending = name[0] == '-';
		out->order[k].is_descending = is_descending;
		out->order[k].field = contact_field(name + is_descending);
		out->n_order++;
	}
	if (plans[i].is_later) {
		out->after = after;
		out->after_id = &after_id;
	}
}

static void check_lines(struct world *world, size_t i, struct bytes sql)
{
	const struct store_backend *backend = world->asked.suite.backend;
	struct backend_stmt *stmt = NULL;
	char text[8192];
	size_t n = 0;

	snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %.*s", (int)sql.len,
		 (const char *)sql.at);
	assert_int_equal(BACKEND_DONE,
			 backend->prepare(world->conn, &stmt, text));
	for (; backend->step(stmt) == BACKEND_ROW; n++) {
		struct bytes said = backend->column(stmt, 3).bytes;
		const char *want = n < 10 ? plans[i].plan[n] : NULL;
		if (want && (strlen(want) != said.len ||
			     memcmp(want, said.at, said.len) != 0))
			fail_msg("%s: \"%.*s\", not \"%s\": %s", plans[i].what,
				 (int)said.len, (const char *)said.at, want,
				 text);
		if (!want)
			fail_msg("%s: \"%.*s\": %s", plans[i].what,
				 (int)said.len, (const char *)said.at, text);
	}
	backend->finish(stmt);
	if (n == 0 || plans[i].plan[n])
		fail_msg("%s: no \"%s\": %s", plans[i].what, plans[i].plan[n],
			 text);
}

static void test_plans(void **state)
{
	struct world *world = *state;
	struct store_conn *reader = world->asked.suite.reader;
	struct arena *arena = &world->asked.suite.arena;
	struct outrider_err err;

	for (size_t i = 0; i < ARRAY_LEN(plans); i++) {
		struct store_query asked;
		struct query_plan plan;
		struct sql_query sql;
		ask_of(&asked, world, i);
		assert_ok(query_plan(&plan, reader, &asked, &world->scopes,
				     arena, &err),
			  err);
		sql_query_init(&sql, world->asked.suite.backend->dialect,
			       &world->scopes, arena);
		sql_page(&sql, &asked, &plan.lead, "t.id, t.rev", 11);
		check_lines(world, i,
			    (struct bytes){ sql.text.buffer.at,
					    sql.text.buffer.len });
		sql_query_free(&sql);
	}
}

/* ------------------------------------------------------------------- scans */

static void test_scans_are_told(void **state)
{
	struct world *world = *state;
	struct arena *arena = &world->asked.suite.arena;
	struct condition *by_position =
		new_leaf(arena, "position", CONDITION_EQUAL, "director");
	struct condition *by_name =
		new_leaf(arena, "family_name", CONDITION_GREATER, "n1190");
	struct condition *by_owner =
		new_leaf(arena, "owner_id", CONDITION_EQUAL, one_user);
	struct store_query asked;
	struct store_page page;
	struct outrider_err err;

	static const struct {
		size_t which;
		const char *order;
		bool is_scan;
	} cases[] = {
		{ 0, "family_name", false }, /* no condition */
		{ 1, "family_name", true },  { 1, NULL, true },
		{ 2, "family_name", false }, { 2, "update_time", false },
		{ 3, NULL, false },
	};
	struct condition *const conditions[] = { NULL, by_position, by_name,
						 by_owner };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ask_all(&asked, &world->asked, conditions[cases[i].which],
			cases[i].order);
		assert_ok(store_query(world->asked.suite.reader, &page, &asked,
				      arena, &err),
			  err);
		assert_int_equal(cases[i].is_scan, page.is_scan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plans, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(test_scans_are_told, open_world,
						close_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
