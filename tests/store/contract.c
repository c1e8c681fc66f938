/*
 * What every backend must do for the store, in acts and in what is read
 * afterwards. No test here knows which backend it runs on.
 */
#include "contract.h"

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

int contract_run(const char *name, const struct store_backend *backend)
{
#define CONTRACT_TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, setup, teardown),
	const struct CMUnitTest tests[] = { CONTRACT_TESTS(CONTRACT_TEST) };
#undef CONTRACT_TEST

	backend_under_test = backend;
	return _cmocka_run_group_tests(name, tests, ARRAY_LEN(tests), NULL,
				       NULL);
}
