/*
 * What every backend must do for the store, in acts and in what is read
 * afterwards. No test here knows which backend it runs on.
 */
#include "suite.h"

static const struct store_backend *backend_under_test;

static int setup(void **state)
{
	struct suite *suite = malloc(sizeof(*suite));

	assert_non_null(suite);
	suite_init(suite, backend_under_test);
	suite_open(suite, true);
	*state = suite;
	return 0;
}

static int teardown(void **state)
{
	suite_free(*state);
	free(*state);
	return 0;
}

/* ------------------------------------------------------------------ rows */

static void test_create_and_get(void **state)
{
	struct suite *suite = *state;
	struct outrider_err err;
	struct uuid company = suite_uuid(suite);
	struct act act = {
		.op = CHANGE_CREATE,
		.entity = contact_entity(),
		.id = suite_uuid(suite),
		.name = "Kovač",
		.phone = "+386 1 234",
		.company = &company,
		.owner = suite_uuid(suite),
		.scopes = { suite_scope(1), suite_scope(2) },
		.n_scopes = 2,
	};
	struct row *row = NULL;
	uint64_t rev = 99;

	assert_ok(store_read_begin(suite->reader, &rev, &err), err);
	assert_int_equal(0, rev);
	store_read_end(suite->reader);
	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
	assert_int_equal(1, act.rev);
	assert_int_equal(1, suite->committed_rev);
	assert_ok(store_read_begin(suite->reader, &rev, &err), err);
	assert_int_equal(1, rev);
	assert_ok(store_get(suite->reader, &row, act.entity, &act.id,
			    &suite->arena, &err),
		  err);
	store_read_end(suite->reader);
	assert_int_equal(1, row->rev);
	assert_int_equal(5, row->created_us);
	assert_int_equal(6, row->updated_us);
	assert_int_equal(0, row->deleted_us);
	assert_int_equal(1, row->frev_owner);
	assert_memory_equal(&row->owner, &act.owner, sizeof(act.owner));
	for (size_t i = 0; i < row->entity->n_fields; i++) {
		bool is_set = value_is_set(&row->values[i]);
		assert_int_equal(is_set ? 1 : 0, row->frev[i]);
	}
	assert_int_equal(6, row_value(row, 11)->bytes.len);
	assert_memory_equal("Kovač", row_value(row, 11)->bytes.at, 6);
	suite_check(suite);
}

int contract_run(const char *name, const struct store_backend *backend)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_create_and_get),
	};

	backend_under_test = backend;
	return _cmocka_run_group_tests(name, tests, ARRAY_LEN(tests), NULL,
				       NULL);
}
