/*
 * SQLite's log with its writes gathered: as durable, as readable by others and
 * as honest about a failure as without, in far fewer writes. On a simulated
 * disk: power cuts, kills, failed writes and a full disk, at every operation.
 */
#include "disk/log_file.h"
#include "test_vfs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DISK "log-file"
#define PATH "/firm.db"

static uint64_t seed;

static uint64_t roll(void *user)
{
	(void)user;
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return seed ^ seed >> 32;
}

static sqlite3 *open_file(int *result)
{
	sqlite3 *db = NULL;

	*result = sqlite3_open_v2(
		PATH, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, DISK);
	if (*result == SQLITE_OK)
		*result = sqlite3_exec(db,
				       "PRAGMA journal_mode = WAL;"
				       "PRAGMA synchronous = FULL;"
				       "PRAGMA wal_autocheckpoint = 60;"
				       "PRAGMA cache_size = 10;"
				       "CREATE TABLE IF NOT EXISTS t"
				       "(k INTEGER PRIMARY KEY, n, filler)",
				       NULL, NULL, NULL);
	return db;
}

static sqlite3 *open_whole(bool is_gathered)
{
	int result = SQLITE_OK;
	sqlite3 *db = open_file(&result);

	assert_int_equal(SQLITE_OK, result);
	if (is_gathered)
		assert_int_equal(SQLITE_OK, log_file_gather(db));
	return db;
}

static int run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* Forty rows of half a page all become n: more pages than the cache has. */
static int write_all(sqlite3 *db, int n)
{
	char sql[200];
	int result = run(db, "BEGIN");

	for (int k = 0; k < 40 && result == SQLITE_OK; k++) {
		snprintf(sql, sizeof(sql),
			 "INSERT OR REPLACE INTO t VALUES"
			 "(%d, %d, zeroblob(2000))",
			 (k * 17) % 40, n);
		result = run(db, sql);
	}
	return result == SQLITE_OK ? run(db, "COMMIT") : result;
}

static int number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int out = -1;

	assert_int_equal(SQLITE_OK,
			 sqlite3_prepare_v2(db, sql, -1, &stmt, NULL));
	if (sqlite3_step(stmt) == SQLITE_ROW)
		out = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return out;
}

static bool is_sound(sqlite3 *db)
{
	sqlite3_stmt *stmt = NULL;
	bool out;

	assert_int_equal(SQLITE_OK,
			 sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1,
					    &stmt, NULL));
	out = sqlite3_step(stmt) == SQLITE_ROW &&
	      strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;
	sqlite3_finalize(stmt);
	return out;
}

/* What all rows say; one commit whole, or none. */
static int value_of(sqlite3 *db)
{
	const int n = number(db, "SELECT max(n) FROM t");

	assert_true(is_sound(db));
	if (number(db, "SELECT count(*) FROM t") == 0)
		return 0;
	assert_int_equal(40, number(db, "SELECT count(*) FROM t"));
	assert_int_equal(n, number(db, "SELECT min(n) FROM t"));
	return n;
}

static int set_up(void **state)
{
	seed = 1;
	*state = test_disk_make(DISK, roll, NULL);
	return *state == NULL;
}

static int tear_down(void **state)
{
	test_disk_free(*state);
	return 0;
}

static uint64_t cost_of(struct test_disk *disk, sqlite3 *db)
{
	const uint64_t before = test_disk_operations(disk);

	assert_int_equal(SQLITE_OK, write_all(db, 1));
	return test_disk_operations(disk) - before;
}

static void a_commit_is_few_writes(void **state)
{
	sqlite3 *db = open_whole(false);
	uint64_t plain, gathered;

	assert_int_equal(SQLITE_OK, run(db, "PRAGMA wal_autocheckpoint = 0;"
					    "PRAGMA cache_size = 1000"));
	plain = cost_of(*state, db);
	assert_int_equal(SQLITE_OK, log_file_gather(db));
	/* Once is enough. */
	assert_int_equal(SQLITE_OK, log_file_gather(db));
	gathered = cost_of(*state, db);
	sqlite3_close(db);
	assert_true(plain > 40);
	assert_true(gathered < plain / 8);
}

static void others_read_what_was_committed(void **state)
{
	sqlite3 *db = open_whole(true), *other = open_whole(false);

	(void)state;
	for (int n = 1; n < 30; n++) {
		assert_int_equal(SQLITE_OK, write_all(db, n));
		assert_int_equal(n, value_of(other));
		/* It reads its own pages that went to the log already. */
		assert_int_equal(SQLITE_OK, run(db, "BEGIN"));
		assert_int_equal(SQLITE_OK, run(db, "UPDATE t SET n = -1"));
		assert_int_equal(-1, value_of(db));
		assert_int_equal(n, value_of(other));
		assert_int_equal(SQLITE_OK, run(db, "ROLLBACK"));
		assert_int_equal(n, value_of(db));
	}
	sqlite3_close(other);
	sqlite3_close(db);
}

/* Whatever ends it: what a commit answered is there, and nothing half. */
static void ended_anywhere(struct test_disk *disk, bool is_kill)
{
	bool was_ended = true;

	for (uint64_t at = 1; was_ended; at++) {
		sqlite3 *db = open_whole(true);
		const int before = value_of(db);
		int said = before, now, result = SQLITE_OK;

		if (is_kill)
			test_disk_kill_after(disk, at);
		else
			test_disk_cut_after(disk, at);
		for (int n = before + 1; n < before + 4; n++)
			if (write_all(db, n) == SQLITE_OK)
				said = n;
		sqlite3_close(db); /* it copies the log: ended there, too */
		was_ended = test_disk_is_cut(disk);
		test_disk_power_on(disk);
		db = open_file(&result);
		assert_int_equal(SQLITE_OK, result);
		assert_int_equal(SQLITE_OK, log_file_sync(db, NULL));
		now = value_of(db);
		assert_true(now == said || now == said + 1);
		sqlite3_close(db);
	}
}

static void power_goes_anywhere(void **state)
{
	ended_anywhere(*state, false);
}

static void it_is_killed_anywhere(void **state)
{
	ended_anywhere(*state, true);
}

/* A commit that can't be is told, undone, and in nobody's way. */
static void a_write_that_fails_is_told(void **state)
{
	struct test_disk *disk = *state;
	uint64_t n_faults = 0;
	sqlite3 *db = open_whole(true);
	int said = 0, n_told = 0;

	assert_int_equal(SQLITE_OK, write_all(db, ++said));
	for (uint64_t at = 1; at < 30; at++) {
		int result;

		test_disk_fail_after(disk, at, 1);
		result = write_all(db, said + 1);
		test_disk_fail_after(disk, 0, 0);
		if (sqlite3_get_autocommit(db) == 0)
			(void)run(db, "ROLLBACK");
		said += result == SQLITE_OK;
		n_told += result != SQLITE_OK;
		assert_int_equal(said, value_of(db));
		n_faults = test_disk_faults(disk);
	}
	assert_true(n_faults > 0 && n_told > 0);
	assert_int_equal(SQLITE_OK, write_all(db, ++said));
	sqlite3_close(db);
	db = open_whole(false);
	assert_int_equal(said, value_of(db));
	sqlite3_close(db);
}

/* Fails, or has no room, in the middle of a transaction that outgrew the cache,
 * and goes on: all that was committed is there, for others as well. */
static void a_failure_in_the_middle_spoils_nothing(void **state)
{
	struct test_disk *disk = *state;
	sqlite3 *db = open_whole(true), *other = open_whole(false);
	int n_told = 0;

	assert_int_equal(SQLITE_OK, run(db, "PRAGMA wal_autocheckpoint = 0"));
	assert_int_equal(SQLITE_OK,
			 run(db, "WITH RECURSIVE c(k) AS (SELECT 0 UNION ALL "
				 "SELECT k + 1 FROM c WHERE k < 299) "
				 "INSERT INTO t SELECT k, 0, zeroblob(2000) "
				 "FROM c"));
	for (uint64_t at = 1; at < 100; at++) {
		char sql[200];

		if (at % 2 == 0)
			test_disk_fail_after(disk, at / 4 + 1, 1 + at % 4);
		else
			test_disk_set_room(disk, at * 8192);
		n_told += run(db, "BEGIN") != SQLITE_OK;
		for (int k = 0; k < 300 && !sqlite3_get_autocommit(db); k++) {
			snprintf(sql, sizeof(sql),
				 "UPDATE t SET n = n + 1 WHERE k = %d",
				 (k * 17) % 300);
			if (run(db, sql) == SQLITE_OK)
				continue;
			n_told++;
			test_disk_set_size(disk, 0);
		}
		test_disk_fail_after(disk, 0, 0);
		test_disk_set_size(disk, 0);
		if (sqlite3_get_autocommit(db) == 0)
			n_told += run(db, "COMMIT") != SQLITE_OK;
		if (sqlite3_get_autocommit(db) == 0)
			(void)run(db, "ROLLBACK");
		assert_true(is_sound(db) && is_sound(other));
		assert_int_equal(number(db, "SELECT sum(n) FROM t"),
				 number(other, "SELECT sum(n) FROM t"));
	}
	assert_true(n_told > 0);
	sqlite3_close(other);
	sqlite3_close(db);
}

/* There SQLite writes on behind the sync, and nothing may be held back. */
static void a_disk_that_spoils_is_written_at_once(void **state)
{
	test_disk_spoil(*state);
	others_read_what_was_committed(state);
}

static void a_full_disk_is_told(void **state)
{
	sqlite3 *db = open_whole(true);

	assert_int_equal(SQLITE_OK, write_all(db, 1));
	test_disk_set_room(*state, 20000);
	assert_int_equal(SQLITE_OK, run(db, "PRAGMA wal_autocheckpoint = 0"));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(SQLITE_FULL, write_all(db, 2));
		if (sqlite3_get_autocommit(db) == 0)
			(void)run(db, "ROLLBACK");
		assert_int_equal(1, value_of(db));
	}
	test_disk_set_size(*state, 0);
	assert_int_equal(SQLITE_OK, write_all(db, 2));
	assert_int_equal(2, value_of(db));
	sqlite3_close(db);
}

static void without_a_log_nothing_happens(void **state)
{
	sqlite3 *db = NULL;
	sqlite3_int64 n_bytes = 7;

	(void)state;
	assert_int_equal(SQLITE_OK, sqlite3_open(":memory:", &db));
	assert_int_equal(SQLITE_OK, log_file_gather(db));
	assert_int_equal(SQLITE_OK, log_file_sync(db, &n_bytes));
	assert_int_equal(0, n_bytes);
	sqlite3_close(db);
	db = open_whole(true);
	assert_int_equal(SQLITE_OK, write_all(db, 1));
	assert_int_equal(SQLITE_OK, log_file_sync(db, &n_bytes));
	assert_true(n_bytes > 4096);
	sqlite3_close(db);
}

#define ON_A_DISK(test) \
	cmocka_unit_test_setup_teardown((test), set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_DISK(a_commit_is_few_writes),
		ON_A_DISK(others_read_what_was_committed),
		ON_A_DISK(power_goes_anywhere),
		ON_A_DISK(it_is_killed_anywhere),
		ON_A_DISK(a_write_that_fails_is_told),
		ON_A_DISK(a_failure_in_the_middle_spoils_nothing),
		ON_A_DISK(a_disk_that_spoils_is_written_at_once),
		ON_A_DISK(a_full_disk_is_told),
		ON_A_DISK(without_a_log_nothing_happens),
	};

	return cmocka_run_group_tests_name("log_file", tests, NULL, NULL);
}
