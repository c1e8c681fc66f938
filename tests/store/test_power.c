/*
 * A process that was killed, and then a power cut: what the next process could
 * be told is there for the one after it, too. The disk keeps nothing that was
 * not synced.
 */
#include "suite.h"
#include "test_vfs.h"

static uint64_t keep_nothing(void *user)
{
	(void)user;
	return 0;
}

static enum outrider_code make_one(struct suite *suite)
{
	struct act act = {
		.op = CHANGE_CREATE,
		.entity = contact_entity(),
		.id = suite_uuid(suite),
		.name = "a",
		.scopes = { suite_scope(1) },
		.n_scopes = 1,
	};

	return suite_do(suite, &act);
}

static uint64_t told(struct suite *suite)
{
	struct outrider_err err;
	uint64_t rev = 0;

	assert_ok(store_read_begin(suite->reader, &rev, &err), err);
	store_read_end(suite->reader);
	return rev;
}

static void open_on(struct suite *suite, struct test_disk *disk)
{
	test_disk_make_default(disk);
	suite_init(suite, &store_sqlite);
	suite_keep_small(suite);
	test_disk_touch(disk, suite->path);
	suite_open(suite, true);
	suite->backend->close(suite->anchor);
	suite->anchor = NULL;
}

/* Ends what was cut, and begins anew. */
static void start_again(struct suite *suite, struct test_disk *disk)
{
	suite_close(suite);
	test_disk_power_on(disk);
	suite_reopen(suite);
}

/* The process is killed at the n-th write or sync; false: there are fewer. */
static bool kill_at(uint64_t n, unsigned *n_found)
{
	struct test_disk *disk = test_disk_make("power", keep_nothing, NULL);
	struct suite suite;

	open_on(&suite, disk);
	assert_int_equal(OUTRIDER_OK, make_one(&suite));
	uint64_t before = told(&suite);

	test_disk_kill_after(disk, n);
	enum outrider_code code = make_one(&suite);
	bool was_killed = test_disk_is_cut(disk);
	assert_int_equal(was_killed, code != OUTRIDER_OK);
	start_again(&suite, disk);
	uint64_t after_kill = told(&suite);
	assert_true(after_kill >= before + !was_killed);
	*n_found += was_killed && after_kill > before;

	test_disk_cut_after(disk, 1);
	start_again(&suite, disk);
	assert_int_equal(after_kill, told(&suite));
	suite_check(&suite);
	suite_free(&suite);
	test_disk_free(disk);
	return was_killed;
}

static void told_after_a_kill(void **state)
{
	unsigned n_found = 0;
	uint64_t n = 1;

	(void)state;
	while (kill_at(n, &n_found))
		n++;
	/* The commit that was written and not answered. */
	assert_true(n > 2 && n_found > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_after_a_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
