/*
 * Somebody writes into a phone's file while it is closed: each table's rows
 * deleted, changed, cut, swapped, moved in revision, put back. All of it is
 * noticed, told, and mended; what is not touched stays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "phone_host.h"

enum { N_CARDS = 6, N_EDITS = 6 };

struct fixture {
	struct phone phone;
	char file[100], older[100], newer[100];
	uint8_t incarnation[16];
};

/* ------------------------------------------------------------------- files */

static void copy(const char *to, const char *from)
{
	uint8_t bytes[4096];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	size_t n;

	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		assert_int_equal(fwrite(bytes, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
	fclose(in);
}

/* How many rows the statements changed, all in all. */
static int run_sql(const struct fixture *f, const char *sql)
{
	char attach[160];
	sqlite3 *db = NULL;
	int n;

	assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
	snprintf(attach, sizeof(attach), "ATTACH '%s' AS older", f->older);
	assert_int_equal(sqlite3_exec(db, attach, NULL, NULL, NULL), SQLITE_OK);
	n = sqlite3_total_changes(db);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	n = sqlite3_total_changes(db) - n;
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return n;
}

/* ----------------------------------------------------------- a full vault */

static void pull_cards(struct phone *phone, uint64_t rev, const char *cursor)
{
	struct message_maker page, contact;
	char name[20];

	maker_begin(&page);
	for (unsigned i = 1; i <= N_CARDS; i++) {
		struct record_maker_args record = { .kind = 4,
						    .id = phone_id((uint8_t)i),
						    .rev = rev + i,
						    .entered = 2,
						    .is_whole = true };

		snprintf(name, sizeof(name), "Given%u-%u", i, (unsigned)rev);
		maker_begin(&contact);
		maker_contact(&contact, &phone->user, name, "Petrov", NULL);
		record.fields = maker_bytes(&contact);
		maker_record(&page, &record);
		maker_end(&contact);
	}
	maker_finish_page(&page, cursor, true);
	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
	while (!phone_asks(phone, "SyncService/Pull"))
		phone_end(phone, 3, "not now");
	assert_int_equal(phone_answer(phone, maker_bytes(&page)), OUTRIDER_OK);
	phone_end(phone, 0, NULL);
	maker_end(&page);
}

static void have_meeting(struct phone *phone, int64_t in_s)
{
	struct outrider_plan plan = { .subject = "Spring order",
				      .latitude = 50.0875001,
				      .longitude = 14.4213001 };
	struct outrider_fix fix = { .latitude = 50.0875001,
				    .longitude = 14.4213001,
				    .accuracy_m = 5 };
	int64_t next_us;

	plan.start_us = phone->wall_us + in_s * 1000000;
	plan.end_us = plan.start_us + INT64_C(600000000);
	assert_int_equal(outrider_plan_meeting(phone->core, NULL, &plan, NULL),
			 OUTRIDER_OK);
	for (int i = 0; i < 60; i++) {
		phone->wall_us += 60000000;
		phone->mono_us += 60000000;
		assert_int_equal(outrider_step(phone->core, &next_us, NULL),
				 OUTRIDER_OK);
		fix.time_us = phone->wall_us;
		assert_int_equal(outrider_add_fix(phone->core, &fix, NULL),
				 OUTRIDER_OK);
	}
}

/* Closed twice: f->older is the first time, f->newer and f->file the second. */
static void fill(struct fixture *f)
{
	struct phone *phone = &f->phone;
	struct outrider_plan later = { .subject = "Autumn",
				       .latitude = 50,
				       .longitude = 14 };
	struct uuid id = phone_id(1);

	phone_ready(phone);
	snprintf(f->file, sizeof(f->file), "%s.db", phone->path);
	snprintf(f->older, sizeof(f->older), "%s.older", phone->path);
	snprintf(f->newer, sizeof(f->newer), "%s.newer", phone->path);
	pull_cards(phone, 10, "cursor-1");
	have_meeting(phone, 600);
	later.start_us = phone->wall_us + INT64_C(7200000000);
	later.end_us = later.start_us + INT64_C(600000000);
	assert_int_equal(outrider_plan_meeting(phone->core, NULL, &later, NULL),
			 OUTRIDER_OK);
	phone_close(phone);
	copy(f->older, f->file);

	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	pull_cards(phone, 20, "cursor-2");
	phone_edit(phone, &id, "family_name", "Sidorov");
	phone_edit(phone, &id, "family_name", "Ivanov");
	id = phone_id(2);
	phone_edit(phone, &id, "family_name", "Petrenko");
	have_meeting(phone, 600);
	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
	while (!phone_asks(phone, "SyncService/Push"))
		phone_end(phone, 3, "not now");
	memcpy(f->incarnation, phone_asked(phone, 1).at, 16);
	phone_end(phone, 14, NULL);
	phone_close(phone);
	copy(f->newer, f->file);
}

static void end(struct fixture *f)
{
	(void)remove(f->older);
	(void)remove(f->newer);
	phone_free(&f->phone);
}

/* ----------------------------------------------------------- what follows */

struct found {
	bool is_told;
	uint64_t n_lost;
	bool is_unlocked;
};

static struct found open_again(struct phone *phone)
{
	struct found found = { .n_lost = 0 };
	struct outrider_event event;

	/* Whatever was counted of wrong PINs is over. */
	phone->wall_us += 60000000;
	phone->mono_us += 60000000;
	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	phone->wall_us += 60000000;
	phone->mono_us += 60000000;
	found.is_unlocked = outrider_unlock(phone->core, PHONE_PIN, NULL) ==
			    OUTRIDER_OK;
	while (outrider_next_event(phone->core, &event)) {
		found.is_told |= event.type == OUTRIDER_EVENT_VAULT_DAMAGED;
		if (event.type == OUTRIDER_EVENT_OUTBOX_DAMAGED)
			found.n_lost += event.lost;
	}
	return found;
}

/* n_lost: where it is the outbox. */
struct attack {
	const char *sql;
	uint64_t n_lost;
};

#define IF_NUMBERED "CASE typeof(name) WHEN 'integer' THEN "
#define ONE	    "rowid = (SELECT min(rowid) FROM @)"

static const struct attack attacks[] = {
	{ "DELETE FROM @ WHERE " ONE, 1 },
	{ "UPDATE @ SET sealed = CAST(substr(sealed, 1, 60) || x'ff00ff' || "
	  "substr(sealed, 64) AS BLOB) WHERE " ONE,
	  1 },
	/* of the tag */
	{ "UPDATE @ SET sealed = CAST(substr(sealed, 1, "
	  "length(sealed) - 2) || x'1234' AS BLOB) WHERE " ONE,
	  1 },
	{ "UPDATE @ SET sealed = substr(sealed, 1, length(sealed) / 2) "
	  "WHERE " ONE,
	  1 },
	{ "UPDATE @ SET sealed = x'' WHERE " ONE, 1 },
	{ "UPDATE @ SET rev = rev + 1000 WHERE " ONE, 1 },
	{ "UPDATE @ SET rev = -5 WHERE " ONE, 1 },
	{ "UPDATE @ SET name = " IF_NUMBERED "name + 1000 ELSE randomblob(16) "
	  "END WHERE " ONE,
	  1 },
	{ "UPDATE @ SET name = " IF_NUMBERED "-1 ELSE x'01' END WHERE " ONE,
	  1 },
	/* two change places */
	{ "CREATE TEMP TABLE was AS SELECT rowid AS n, rev, sealed FROM @ "
	  "ORDER BY rowid LIMIT 2; UPDATE @ SET (rev, sealed) = (SELECT "
	  "rev, sealed FROM was WHERE n <> @.rowid) WHERE rowid IN (SELECT "
	  "n FROM was) AND (SELECT count(*) FROM was) = 2",
	  2 },
	{ "DELETE FROM @", N_EDITS },
};

enum { TRACKING_FROM = 3 };

static const char *const tables[] = {
	"card", "outbox", "cards_state", "device", "window", "evidence",
};

/* sql has @ where the table is meant. */
static int attack(struct fixture *f, const char *sql, const char *table)
{
	char text[1000];
	size_t len = 0;

	for (; *sql != 0; sql++)
		if (*sql == '@')
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"%s", table);
		else
			text[len++] = *sql;
	assert_true(len < sizeof(text));
	text[len] = 0;
	copy(f->file, f->newer);
	return run_sql(f, text);
}

/* The cards come again, from the first on if they were hit, and what waits is
 * sent whole. */
static void
check_sync(struct fixture *f, uint64_t n_waiting, bool is_from_the_first)
{
	struct phone *phone = &f->phone;
	struct outrider_status status = phone_status(phone);
	uint64_t n_asked = 0;

	assert_int_equal(status.n_waiting, n_waiting);
	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
	while (phone->call != 0 && !phone_asks(phone, "SyncService/Pull")) {
		if (phone_asks(phone, "SyncService/Push")) {
			n_asked += phone_count_mutations(phone);
			/* The server takes no gap: the outbox begins anew. */
			assert_int_equal(phone_asked_number(phone, 2), 1);
			assert_int_equal(memcmp(phone_asked(phone, 1).at,
						f->incarnation, 16) == 0,
					 n_waiting == N_EDITS);
		}
		phone_end(phone, 3, "not now");
	}
	assert_int_equal(n_asked, n_waiting);
	assert_true(phone_asks(phone, "SyncService/Pull"));
	assert_true(
		phone_asked_cursor(phone, is_from_the_first ? "" : "cursor-2"));
	phone_end(phone, 14, NULL);
}

static void rows_of_each_table(void **state)
{
	struct fixture f;
	size_t n = 0;

	(void)state;
	fill(&f);
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (size_t a = 0; a < sizeof(attacks) / sizeof(attacks[0]);
		     a++) {
			bool is_outbox = strcmp(tables[t], "outbox") == 0;
			bool is_device = strcmp(tables[t], "device") == 0;
			struct found found;

			if (attack(&f, attacks[a].sql, tables[t]) == 0)
				continue;
			n++;
			found = open_again(&f.phone);
			if (!found.is_told)
				fail_msg("%s, attack %zu: not told", tables[t],
					 a);
			assert_int_equal(found.n_lost,
					 is_outbox ? attacks[a].n_lost : 0);
			assert_int_equal(found.is_unlocked, !is_device);
			if (is_outbox)
				check_sync(&f, N_EDITS - attacks[a].n_lost,
					   true);
			else if (!is_device)
				check_sync(&f, N_EDITS, t < TRACKING_FROM);
			/* It is mended: nothing is told again. */
			phone_close(&f.phone);
			found = open_again(&f.phone);
			if (found.is_told || found.n_lost != 0)
				fail_msg("%s, attack %zu: told again",
					 tables[t], a);
			phone_close(&f.phone);
		}
	/* Tables with one row have no two to swap. */
	assert_true(n > 60);
	end(&f);
}

/* Rows of the older file in the newer one: each of them opens. */
static void rows_put_back(void **state)
{
	static const char *const ways[] = {
		/* an older text in its own place */
		"UPDATE @ SET (rev, sealed) = (SELECT rev, sealed FROM "
		"older.@ AS o WHERE o.name = @.name) WHERE rowid IN "
		"(SELECT n.rowid FROM main.@ AS n JOIN older.@ AS o ON "
		"o.name = n.name WHERE o.sealed <> n.sealed LIMIT 1)",
		/* one that is gone */
		"INSERT INTO main.@ SELECT * FROM older.@ AS o WHERE "
		"o.name NOT IN (SELECT name FROM main.@) LIMIT 1",
		/* the whole table */
		"DELETE FROM main.@; INSERT INTO main.@ SELECT * FROM "
		"older.@",
		/* and the tally with it */
		"DELETE FROM main.@; INSERT INTO main.@ SELECT * FROM "
		"older.@; UPDATE main.keyring SET envelope = (SELECT "
		"envelope FROM older.keyring AS o WHERE o.name = "
		"keyring.name)",
	};
	struct fixture f;
	size_t n = 0;

	(void)state;
	fill(&f);
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
			struct found found;

			if (attack(&f, ways[w], tables[t]) == 0)
				continue;
			n++;
			found = open_again(&f.phone);
			if (!found.is_told)
				fail_msg("%s, way %zu: not told", tables[t], w);
			assert_true(found.is_unlocked);
			phone_close(&f.phone);
			found = open_again(&f.phone);
			if (found.is_told || found.n_lost != 0)
				fail_msg("%s, way %zu: told again", tables[t],
					 w);
			phone_close(&f.phone);
		}
	assert_true(n > 10);
	end(&f);
}

/* One compartment whole, with its tally: it agrees with itself alone. */
static void half_a_file_put_back(void **state)
{
	static const char sql[] =
		"DELETE FROM main.card; INSERT INTO main.card SELECT * FROM "
		"older.card;"
		"DELETE FROM main.cards_state; INSERT INTO main.cards_state "
		"SELECT * FROM older.cards_state;"
		"DELETE FROM main.outbox; INSERT INTO main.outbox SELECT * "
		"FROM older.outbox;"
		"UPDATE main.keyring SET envelope = (SELECT envelope FROM "
		"older.keyring AS o WHERE o.name = keyring.name) "
		"WHERE name = 'tally of cards'";
	struct fixture f;
	struct found found;

	(void)state;
	fill(&f);
	copy(f.file, f.newer);
	(void)run_sql(&f, sql);
	found = open_again(&f.phone);
	assert_true(found.is_told);
	assert_true(found.is_unlocked);
	assert_int_equal(found.n_lost, 4); /* three edits and a plan */
	phone_close(&f.phone);
	end(&f);
}

static void tallies_taken_away(void **state)
{
	static const char *const ways[] = {
		"DELETE FROM keyring WHERE name LIKE 'tally%'",
		"DELETE FROM keyring WHERE name = 'tally of cards'",
		"DELETE FROM keyring WHERE name = 'tally of tracking'",
		"UPDATE keyring SET envelope = x'00' WHERE name LIKE 'tally%'",
	};
	struct fixture f;

	(void)state;
	fill(&f);
	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		struct found found;

		copy(f.file, f.newer);
		assert_true(run_sql(&f, ways[w]) > 0);
		found = open_again(&f.phone);
		assert_true(found.is_told);
		assert_true(found.is_unlocked);
		assert_int_equal(found.n_lost, 0);
		check_sync(&f, N_EDITS, true);
		phone_close(&f.phone);
		assert_false(open_again(&f.phone).is_told);
		phone_close(&f.phone);
	}
	end(&f);
}

/* An index that hides a row from a walk. */
static void indexes_that_lie(void **state)
{
	static const char sql[] =
		"PRAGMA writable_schema = ON;"
		"DELETE FROM sqlite_master WHERE name = 'outbox_rev';"
		"PRAGMA writable_schema = RESET;"
		"DELETE FROM outbox WHERE rowid = 1;";
	struct fixture f;
	struct found found;

	(void)state;
	fill(&f);
	copy(f.file, f.newer);
	(void)run_sql(&f, sql);
	found = open_again(&f.phone);
	assert_true(found.is_told);
	assert_int_equal(found.n_lost, 1);
	check_sync(&f, N_EDITS - 1, true);
	phone_close(&f.phone);
	end(&f);
}

/* The schema can still be read: without it nothing can. */
static bool has_schema(const struct fixture *f)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	bool has;

	assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
	has = sqlite3_prepare_v2(db, "SELECT count(*) FROM keyring", -1,
				 &statement, NULL) == SQLITE_OK;
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return has;
}

/* The edits that wait are those that were not told lost. */
static void check_damaged_file(struct fixture *f, long page)
{
	struct phone *phone = &f->phone;
	struct outrider_err err;
	struct found found;

	if (!has_schema(f)) {
		assert_int_equal(phone_open(phone, NULL), OUTRIDER_DATA_LOSS);
		return;
	}
	if (phone_open(phone, &err) != OUTRIDER_OK)
		fail_msg("page %ld: %s", page, err.text);
	phone_close(phone);
	found = open_again(phone);
	if (found.is_unlocked && found.n_lost == 0)
		assert_int_equal(phone_status(phone).n_waiting, N_EDITS);
	if (found.is_unlocked)
		assert_true(phone_status(phone).n_waiting <= N_EDITS);
	/* It goes on: an edit can be written, and is there the next time. */
	if (found.is_unlocked) {
		const uint64_t n = phone_status(phone).n_waiting;
		struct outrider_plan plan = { .subject = "Afterwards",
					      .latitude = 50,
					      .longitude = 14 };

		plan.start_us = phone->wall_us + INT64_C(3600000000);
		plan.end_us = plan.start_us + INT64_C(600000000);
		assert_int_equal(outrider_plan_meeting(phone->core, NULL, &plan,
						       NULL),
				 OUTRIDER_OK);
		phone_close(phone);
		found = open_again(phone);
		assert_true(found.is_unlocked);
		assert_false(found.is_told);
		assert_int_equal(phone_status(phone).n_waiting, n + 1);
	}
	phone_close(phone);
}

static long size_of(const char *path)
{
	FILE *file = fopen(path, "rb");
	long size;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	fclose(file);
	return size;
}

/* A page of noise in the place of each page. */
static void pages_of_noise(void **state)
{
	struct fixture f;
	uint8_t noise[4096];
	long n_pages;

	(void)state;
	fill(&f);
	n_pages = size_of(f.newer) / 4096;
	assert_true(n_pages > 20);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)(i * i * 31 + i * 7);
	for (long page = 0; page < n_pages; page++) {
		FILE *file;

		copy(f.file, f.newer);
		file = fopen(f.file, "r+b");
		assert_non_null(file);
		assert_int_equal(fseek(file, page * 4096, SEEK_SET), 0);
		assert_int_equal(fwrite(noise, sizeof(noise), 1, file), 1);
		fclose(file);
		check_damaged_file(&f, page);
	}
	end(&f);
}

/* The file ends behind each page. */
static void files_that_were_cut(void **state)
{
	struct fixture f;
	long n_pages;

	(void)state;
	fill(&f);
	n_pages = size_of(f.newer) / 4096;
	for (long n = 1; n < n_pages; n++) {
		copy(f.file, f.newer);
		assert_int_equal(truncate(f.file, n * 4096), 0);
		check_damaged_file(&f, n);
	}
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_each_table),
		cmocka_unit_test(rows_put_back),
		cmocka_unit_test(half_a_file_put_back),
		cmocka_unit_test(tallies_taken_away),
		cmocka_unit_test(indexes_that_lie),
		cmocka_unit_test(pages_of_noise),
		cmocka_unit_test(files_that_were_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
