/* Rows are read whole and written back as the edit has them. */
#include "phone_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "dice.h"
#include "model/evidence.h"

enum { ROWS_MAX = 64, SEALED_MAX = EVIDENCE_MAX_BYTES + 1024 };

struct row {
	int64_t number;
	int len;
	uint8_t sealed[SEALED_MAX];
};

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	return statement;
}

static size_t read_rows(struct row *rows, sqlite3 *db, uint64_t from)
{
	sqlite3_stmt *s = prepare(db, "SELECT rev, sealed FROM evidence WHERE "
				      "rev >= ?1 ORDER BY rev");
	size_t n = 0;

	sqlite3_bind_int64(s, 1, (int64_t)from);
	while (n < ROWS_MAX && sqlite3_step(s) == SQLITE_ROW) {
		struct row *row = &rows[n++];

		row->number = sqlite3_column_int64(s, 0);
		row->len = sqlite3_column_bytes(s, 1);
		assert_in_range(row->len, 1, SEALED_MAX);
		memcpy(row->sealed, sqlite3_column_blob(s, 1),
		       (size_t)row->len);
	}
	sqlite3_finalize(s);
	return n;
}

static void write_row(sqlite3 *db, int64_t number, const struct row *row)
{
	sqlite3_stmt *s = prepare(db, row ? "UPDATE evidence SET sealed = ?2 "
					    "WHERE rev = ?1"
					  : "DELETE FROM evidence WHERE "
					    "rev = ?1");

	sqlite3_bind_int64(s, 1, number);
	if (row)
		sqlite3_bind_blob(s, 2, row->sealed, row->len, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(s), SQLITE_DONE);
	sqlite3_finalize(s);
}

static void flip_a_bit(struct row *row, struct dice *dice)
{
	uint32_t bit = dice_below(dice, 8 * (uint32_t)row->len);

	row->sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

size_t phone_files_edit(struct powered *p, uint64_t from, enum phone_edit edit,
			uint64_t seed)
{
	static struct row rows[ROWS_MAX];
	char path[100];
	struct dice dice;
	sqlite3 *db;
	size_t n;

	dice_seed(&dice, seed, 4712);
	snprintf(path, sizeof(path), "%s.db", p->phone.path);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE,
					 p->phone.vfs),
			 SQLITE_OK);
	n = read_rows(rows, db, from);
	for (size_t i = 0; i < n; i++) {
		if (edit == EDIT_BITS)
			flip_a_bit(&rows[i], &dice);
		write_row(db, rows[i].number,
			  edit == EDIT_REMOVE ? NULL
			  : edit == EDIT_ROWS ? &rows[(i + 1) % n]
					      : &rows[i]);
	}
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return n;
}
