/*
 * A database of the layout before ours becomes one of ours when it is opened,
 * and says the same then; or nothing of it changes, whatever fails on the way.
 * The older ones are made out of new ones, by SQL.
 */
#include "history_model.h"
#include "test_vfs.h"

#include "store/parts.h"

enum { STORY = 90 };

#define DISK_STEP ((size_t)4096)

/* As layout 4 had it; what it must become again is kept. */
static const char to_4[] =
	"CREATE TABLE kept AS SELECT rev, before_rev FROM change;"
	"DROP INDEX change_deletion;"
	"ALTER TABLE change DROP COLUMN before_rev;"
	"CREATE INDEX change_record ON change (id, rev);"
	"UPDATE meta SET layout = 4";

static uint64_t keep_nothing(void *user)
{
	(void)user;
	return 0;
}

static int64_t layout(struct suite *suite)
{
	return suite_number(suite, "SELECT layout FROM meta");
}

static int64_t count_named(struct suite *suite, const char *name)
{
	char sql[128];

	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM sqlite_schema WHERE name = '%s'", name);
	return suite_number(suite, sql);
}

static enum outrider_code try_open(struct suite *suite)
{
	struct outrider_err err;
	struct store *store = NULL;
	enum outrider_code code = store_open(&store, &suite->config, &err);

	assert_null(strchr(err.text, '\n'));
	store_close(store);
	return code;
}

/* A new one with a story in it, turned back; closed. */
static void make_old(struct history_model *model, struct suite *suite)
{
	suite_open(suite, true);
	suite->backend->close(suite->anchor);
	suite->anchor = NULL;
	history_model_init(model, suite);
	history_model_write(model, STORY);
	assert_true(model->n_back > 0);
	suite_close(suite);
	suite_exec(suite, to_4);
}

static void check_old(struct suite *suite)
{
	assert_int_equal(4, layout(suite));
	assert_int_equal(1, count_named(suite, "change_record"));
	assert_int_equal(0, count_named(suite, "change_deletion"));
	assert_int_equal(12, suite_number(suite,
					  "SELECT count(*)"
					  " FROM pragma_table_info('change')"));
}

/* It is open. */
static void check_ours(struct history_model *model, struct suite *suite)
{
	assert_int_equal(STORE_LAYOUT, layout(suite));
	assert_int_equal(0, count_named(suite, "change_record"));
	assert_int_equal(1, count_named(suite, "change_deletion"));
	assert_int_equal(0, suite_number(suite,
					 "SELECT count(*) FROM change JOIN kept"
					 " USING (rev) WHERE change.before_rev"
					 " <> kept.before_rev"));
	history_model_check(model);
}

static void becomes_ours(void **state)
{
	struct history_model model;
	struct suite suite;

	(void)state;
	suite_init(&suite, &store_sqlite);
	make_old(&model, &suite);
	check_old(&suite);
	suite_reopen(&suite);
	check_ours(&model, &suite);
	/* It is one: the next writes go on with it, and the next opening. */
	history_model_write(&model, STORY);
	history_model_check(&model);
	suite_reopen(&suite);
	history_model_check(&model);
	assert_int_equal(0, suite.n_logged);
	suite_free(&suite);
}

/* ------------------------------------------------------------------ trouble */

enum trouble { POWER_CUT, KILL, FAILING_WRITE, TROUBLES };

/* At the n-th write or sync of the opening; false: there are fewer. */
static bool meets(enum trouble trouble, uint64_t n, struct test_disk *disk,
		  struct history_model *model, struct suite *suite,
		  unsigned n_found[2])
{
	bool is_over;

	if (trouble == POWER_CUT)
		test_disk_cut_after(disk, n);
	else if (trouble == KILL)
		test_disk_kill_after(disk, n);
	else
		test_disk_fail_after(disk, n, 1);
	uint64_t faults = test_disk_faults(disk);
	enum outrider_code code = try_open(suite);
	is_over = !test_disk_is_cut(disk) && test_disk_faults(disk) == faults;
	test_disk_cut_after(disk, 0);
	test_disk_fail_after(disk, 1, 0);
	if (test_disk_is_cut(disk))
		test_disk_power_on(disk);
	/* A commit that wasn't answered may be there, whole. */
	bool is_ours = layout(suite) != 4;
	assert_true(is_ours || code != OUTRIDER_OK);
	if (!is_ours)
		check_old(suite);
	n_found[is_ours]++;
	suite_reopen(suite);
	check_ours(model, suite);
	suite_close(suite);
	return !is_over;
}

/* On a disk of its own, and as that was then. */
static struct test_disk *old_on_disk(struct test_backup **out,
				     struct history_model *model,
				     struct suite *suite)
{
	struct test_disk *disk = test_disk_make("layout", keep_nothing, NULL);

	test_disk_make_default(disk);
	suite_init(suite, &store_sqlite);
	suite_keep_small(suite);
	test_disk_touch(disk, suite->path);
	make_old(model, suite);
	*out = test_disk_back_up(disk);
	return disk;
}

static void whole_or_not_at_all(void **state)
{
	struct history_model model;
	struct suite suite;
	struct test_disk *disk;
	struct test_backup *old;

	(void)state;
	disk = old_on_disk(&old, &model, &suite);
	for (enum trouble i = 0; i < TROUBLES; i++) {
		unsigned n_found[2] = { 0 };
		uint64_t n = 1;

		test_disk_put_back(disk, old);
		while (meets(i, n++, disk, &model, &suite, n_found))
			test_disk_put_back(disk, old);
		assert_true(n_found[false] > 3 && n_found[true] > 1);
	}
	test_backup_free(old);
	suite_free(&suite);
	test_disk_free(disk);
}

static void no_room(void **state)
{
	struct history_model model;
	struct suite suite;
	struct test_disk *disk;
	struct test_backup *old;
	enum outrider_code code;
	size_t room = 0;

	(void)state;
	disk = old_on_disk(&old, &model, &suite);
	for (;; room += DISK_STEP) {
		test_disk_set_room(disk, room);
		code = try_open(&suite);
		test_disk_set_size(disk, 0);
		if (code == OUTRIDER_OK)
			break;
		assert_int_equal(OUTRIDER_RESOURCE_EXHAUSTED, code);
		check_old(&suite);
	}
	assert_true(room > 3 * DISK_STEP);
	suite_reopen(&suite);
	check_ours(&model, &suite);
	test_backup_free(old);
	suite_free(&suite);
	test_disk_free(disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(becomes_ours),
		cmocka_unit_test(whole_or_not_at_all),
		cmocka_unit_test(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
