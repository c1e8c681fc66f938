/*
 * No room left, under group commit: the write that has none fails alone, the
 * others of its group are kept, and the store goes on. Three ways to have no
 * room: the store's own ceiling, a limit on the size of files, and a small
 * file system. And no room for the copy of the log.
 */
#define _GNU_SOURCE
#include "suite.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define GROUP	   8
#define HUGE_BYTES ((size_t)3 << 20)
#define HUGE_AT	   4
/* More than what the log has when it is to be copied. */
#define LARGE_BYTES    ((size_t)256 << 10)
#define LOG_AFTER_COPY ((int64_t)15 << 20)

struct told {
	struct act act;
	struct store_write write;
	unsigned n_done;
};

static enum outrider_code
run_told(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct told *told = user;

	return act_run(&told->act, tx, err);
}

static void told_done(void *user, struct store_write *write)
{
	struct told *told = user;

	(void)write;
	told->n_done++;
}

static void submit(struct suite *suite, struct told *told, size_t padding)
{
	struct outrider_err err;

	*told = (struct told){
		.act = {
			.op = CHANGE_CREATE,
			.entity = contact_entity(),
			.id = suite_uuid(suite),
			.name = "a",
			.padding = padding,
			.scopes = { suite_scope(1) },
			.n_scopes = 1,
		},
		.write = {
			.run = run_told,
			.done = told_done,
			.user = told,
		},
	};
	assert_ok(store_submit(suite->store, &told->write, &err), err);
}

/* Small ones with one in the middle that has no room anywhere. */
static void check_culprit(struct suite *suite)
{
	struct told all[GROUP];
	int64_t before = suite_number(suite, "SELECT count(*) FROM contacts");

	for (size_t i = 0; i < GROUP; i++)
		submit(suite, &all[i], i == HUGE_AT ? HUGE_BYTES : 10);
	assert_true(store_run_writes(suite->store));
	for (size_t i = 0; i < GROUP; i++) {
		assert_int_equal(1, all[i].n_done);
		assert_int_equal(i == HUGE_AT ? OUTRIDER_RESOURCE_EXHAUSTED
					      : OUTRIDER_OK,
				 all[i].write.code);
		assert_true(all[i].act.n_runs <= 2);
	}
	assert_int_equal(before + GROUP - 1,
			 suite_number(suite, "SELECT count(*) FROM contacts"));
	suite_check(suite);
}

/* Small ones until even they have no room: reads and the log stay well. */
static void fill_up(struct suite *suite)
{
	struct told one;
	uint64_t rev = 0, n_ok = 0;
	struct outrider_err err;

	assert_ok(store_read_begin(suite->reader, &rev, &err), err);
	store_read_end(suite->reader);
	for (;;) {
		submit(suite, &one, 4000);
		store_run_writes(suite->store);
		assert_int_equal(1, one.n_done);
		if (one.write.code != OUTRIDER_OK)
			break;
		assert_int_equal(rev + ++n_ok, one.act.rev);
		assert_true(n_ok < 10000);
	}
	assert_int_equal(OUTRIDER_RESOURCE_EXHAUSTED, one.write.code);
	assert_true(n_ok > 5);
	suite_check(suite);
	assert_int_equal(rev + n_ok,
			 suite_number(suite, "SELECT max(rev) FROM change"));
}

static void under_ceiling(const struct store_backend *backend)
{
	struct suite suite;

	suite_init(&suite, backend);
	suite_keep_small(&suite);
	suite.config.max_bytes = 2 << 20;
	suite_open(&suite, true);
	check_culprit(&suite);
	fill_up(&suite);
	suite_reopen(&suite);
	suite_check(&suite);
	/* A higher ceiling, and it goes on. */
	suite.config.max_bytes = 4 << 20;
	suite_reopen(&suite);
	check_culprit(&suite);
	suite_free(&suite);
}

static void test_ceiling(void **state)
{
	(void)state;
	under_ceiling(&store_sqlite);
}

static void test_ceiling_in_memory(void **state)
{
	(void)state;
	under_ceiling(&store_sqlite_memory);
}

static void test_file_size_limit(void **state)
{
	struct suite suite;
	struct rlimit before, limit;

	(void)state;
	suite_init(&suite, &store_sqlite);
	suite_keep_small(&suite);
	suite_open(&suite, true);
	assert_int_equal(0, getrlimit(RLIMIT_FSIZE, &before));
	limit = before;
	limit.rlim_cur = 2 << 20;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &limit));
	check_culprit(&suite);
	check_culprit(&suite);
	fill_up(&suite);
	assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &before));
	suite_reopen(&suite);
	suite_check(&suite);
	suite_free(&suite);
}

/* A threaded store's; large, so that the log grows quickly. */
static void write_large(struct suite *suite)
{
	struct act act = {
		.op = CHANGE_CREATE,
		.entity = contact_entity(),
		.id = suite_uuid(suite),
		.name = "a",
		.padding = LARGE_BYTES,
		.scopes = { suite_scope(1) },
		.n_scopes = 1,
	};

	assert_int_equal(OUTRIDER_OK, suite_do(suite, &act));
}

/*
 * The log has room still, the database has none for what is to be copied:
 * writes go on, and once there is room the copy is made.
 */
static void test_no_room_for_copy(void **state)
{
	struct suite suite;
	struct rlimit before, limit;
	int64_t n_bytes;

	(void)state;
	suite_init(&suite, &store_sqlite);
	suite_keep_small(&suite);
	suite_open(&suite, false);
	for (int i = 0; i < 50; i++)
		write_large(&suite);
	suite_close(&suite);
	suite_exec(&suite, "PRAGMA wal_checkpoint(TRUNCATE)");
	n_bytes = suite_file_bytes(&suite, "");
	assert_int_equal(0, suite_file_bytes(&suite, "-wal"));
	assert_true(n_bytes > LOG_AFTER_COPY);
	suite_reopen(&suite);
	assert_int_equal(0, getrlimit(RLIMIT_FSIZE, &before));
	limit = before;
	limit.rlim_cur = (rlim_t)n_bytes;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &limit));
	while (suite_file_bytes(&suite, "-wal") < LOG_AFTER_COPY ||
	       atomic_load(&suite.n_logged) == 0)
		write_large(&suite);
	assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &before));
	assert_int_equal(n_bytes, suite_file_bytes(&suite, ""));
	assert_int_equal(1, atomic_load(&suite.n_logged));
	/* At the second mark at the latest. */
	for (int i = 0; suite_file_bytes(&suite, "") == n_bytes; i++) {
		assert_true(i < 100);
		write_large(&suite);
	}
	assert_int_equal(1, atomic_load(&suite.n_logged));
	suite_check(&suite);
	suite_reopen(&suite);
	suite_check(&suite);
	suite_free(&suite);
}

/* What a failed write took of the disk is given back. */
static void check_room(const struct suite *suite)
{
	struct statvfs info;

	assert_int_equal(0, statvfs(suite->dir, &info));
	assert_true(info.f_bavail * info.f_bsize > (size_t)512 << 10);
}

static void check_culprit_alone(struct suite *suite)
{
	struct told one;

	submit(suite, &one, HUGE_BYTES);
	store_run_writes(suite->store);
	assert_int_equal(OUTRIDER_RESOURCE_EXHAUSTED, one.write.code);
	suite_check(suite);
}

/* A file system of 2 MiB in a mount namespace of this process alone. */
static bool mount_small(const char *dir)
{
	if (unshare(CLONE_NEWNS) != 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
		return false;
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return false;
	return mount("none", dir, "tmpfs", 0, "size=2m") == 0;
}

static void test_small_file_system(void **state)
{
	struct suite suite;

	(void)state;
	suite_init(&suite, &store_sqlite);
	suite_keep_small(&suite);
	if (!mount_small(suite.dir)) {
		print_message("no mounts here\n");
		suite_free(&suite);
		skip();
	}
	suite_open(&suite, true);
	check_culprit(&suite);
	check_room(&suite);
	check_culprit_alone(&suite);
	check_room(&suite);
	check_culprit(&suite);
	fill_up(&suite);
	suite_reopen(&suite);
	suite_check(&suite);
	umount2(suite.dir, MNT_DETACH);
	suite_free(&suite);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_ceiling_in_memory),
		cmocka_unit_test(test_file_size_limit),
		cmocka_unit_test(test_small_file_system),
		cmocka_unit_test(test_no_room_for_copy),
	};

	return cmocka_run_group_tests_name("full disk", tests, NULL, NULL);
}
