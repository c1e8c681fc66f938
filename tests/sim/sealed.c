/*
 * Invariant 5: what a phone's user may not see lies nowhere in its file, not
 * even sealed. Rows can't be read here without the phone's keys; they can be
 * counted, in a copy of the file.
 */
#include "world.h"

#include <sqlite3.h>

#define COPY "sim-copy"

static uint64_t no_dice(void *user)
{
	(void)user;
	return 0;
}

static int64_t count(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int64_t n = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		n = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return n;
}

static int64_t count_cards(const struct test_backup *files)
{
	struct test_disk *disk = test_disk_make(COPY, no_dice, NULL);
	sqlite3 *db = NULL;
	int64_t n = -1;

	test_disk_put_back(disk, files);
	if (sqlite3_open_v2("phone.db", &db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE,
			    COPY) == SQLITE_OK)
		n = count(db, "SELECT count(*) FROM card");
	(void)sqlite3_close(db);
	test_disk_free(disk);
	return n;
}

void check_sealed(struct phone *phone, size_t n_seen)
{
	struct test_backup *files = test_disk_back_up(phone->disk);
	const int64_t n = count_cards(files);

	test_backup_free(files);
	if (n != (int64_t)n_seen)
		world_break(phone->world,
			    "5: phone %u has %lld sealed cards, and %zu are "
			    "for its user's eyes",
			    phone->number, (long long)n, n_seen);
}
