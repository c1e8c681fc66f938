/*
 * A phone's files in the hands of somebody without a key: 300 contacts of 20
 * firms with known values, unsent edits, a meeting. What they find of the
 * values, of who belongs together, of the order of names; what is left of what
 * was deleted or wiped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>
#include <sqlite3.h>

#include "phone_host.h"

enum { N_CARDS = 300, N_FIRMS = 20, WINDOW = 16 };

struct bytes_of_files {
	uint8_t *at;
	size_t len;
};

static void read_one(struct bytes_of_files *out, const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t n;

	if (file == NULL)
		return;
	n = fread(out->at + out->len, 1, (64 << 20) - out->len, file);
	out->len += n;
	fclose(file);
}

/* The database with its header, freelist and log. */
static struct bytes_of_files read_files(const struct phone *phone)
{
	struct bytes_of_files out = { .at = malloc(64 << 20) };
	char path[120];

	assert_non_null(out.at);
	snprintf(path, sizeof(path), "%s.db", phone->path);
	read_one(&out, path);
	snprintf(path, sizeof(path), "%s.db-wal", phone->path);
	read_one(&out, path);
	assert_true(out.len > 0);
	return out;
}

static bool
contains(const struct bytes_of_files *files, const void *what, size_t len)
{
	const uint8_t *at = files->at, *end = files->at + files->len;

	while ((at = memchr(at, *(const uint8_t *)what, (size_t)(end - at))) !=
	       NULL) {
		if ((size_t)(end - at) < len)
			return false;
		if (memcmp(at, what, len) == 0)
			return true;
		at++;
	}
	return false;
}

/* ------------------------------------------------------------ the cards */

static struct uuid card_id(unsigned i)
{
	struct uuid id = phone_id((uint8_t)i);

	id.at[14] = (uint8_t)(i >> 8);
	return id;
}

static struct uuid firm_id(unsigned i)
{
	struct uuid id = phone_id((uint8_t)(i % N_FIRMS));

	id.at[14] = 0x77;
	return id;
}

/* A name whose place in the alphabet is i's. */
static void name_of(char out[24], unsigned i)
{
	snprintf(out, 24, "%c%c%cchenko-Vostok%03u", (char)('A' + i / 26),
		 (char)('a' + i % 26), (char)('a' + i % 7), i);
}

/* The order in which cards come: not the alphabet's. */
static unsigned shuffled(unsigned i)
{
	return i * 7 % N_CARDS;
}

static void fill(struct phone *phone)
{
	struct message_maker page, contact;
	struct uuid id = card_id(1);

	maker_begin(&page);
	for (unsigned k = 0; k < N_CARDS; k++) {
		const unsigned i = shuffled(k);
		struct uuid firm = firm_id(i);
		struct record_maker_args record = { .kind = 4,
						    .id = card_id(i),
						    .rev = 1 + k,
						    .entered = 2,
						    .is_whole = true };
		char name[24], number[24];

		name_of(name, i);
		snprintf(number, sizeof(number), "+49301234%04u", i);
		maker_begin(&contact);
		maker_contact(&contact, &phone->user, "Bartholomea", name,
			      number);
		maker_id(&contact, 100, &firm);
		record.fields = maker_bytes(&contact);
		maker_record(&page, &record);
		maker_end(&contact);
	}
	maker_finish_page(&page, "cursor-one", true);
	phone_pull(phone, maker_bytes(&page));
	maker_end(&page);
	phone_edit(phone, &id, "given_name", "Hieronymus");
}

/* -------------------------------------------------------- what is found */

static size_t look_for(const struct bytes_of_files *files, const char *text)
{
	const size_t len = strlen(text);
	char other[200] = "", encoded[300];
	uint8_t wide[400] = { 0 };
	size_t n = contains(files, text, len);

	for (size_t i = 0; i < len; i++) {
		other[i] = text[len - 1 - i];
		wide[2 * i] = (uint8_t)text[i];
		wide[2 * i + 1] = 0;
	}
	n += contains(files, other, len);
	n += contains(files, wide, 2 * len - 1);
	for (size_t i = 0; i < len; i++)
		other[i] = (char)(text[i] >= 'A' && text[i] <= 'Z'
					  ? text[i] + 32
					  : text[i]);
	n += contains(files, other, len);
	/* Base64 in each of the three ways that a text can lie in it. */
	for (size_t skip = 0; skip < 3 && len > skip + 6; skip++) {
		sodium_bin2base64(encoded, sizeof(encoded),
				  (const uint8_t *)text + skip,
				  (len - skip) / 3 * 3,
				  sodium_base64_VARIANT_ORIGINAL);
		n += contains(files, encoded, strlen(encoded));
	}
	sodium_bin2hex(encoded, sizeof(encoded), (const uint8_t *)text, len);
	n += contains(files, encoded, 2 * len);
	return n;
}

static size_t look_for_values(const struct bytes_of_files *files)
{
	static const char *const others[] = { "Bartholomea", "Hieronymus",
					      "cursor-one", "Anna Rep",
					      "token-of-the-device" };
	size_t n = 0;
	char text[40];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		n += look_for(files, others[i]);
	for (unsigned i = 0; i < N_CARDS; i++) {
		struct uuid id = card_id(i), firm = firm_id(i);

		name_of(text, i);
		n += look_for(files, text);
		snprintf(text, sizeof(text), "49301234%04u", i);
		n += look_for(files, text);
		/* Who it is, and whom it belongs to: as bytes and as text. */
		n += contains(files, id.at, sizeof(id.at));
		n += contains(files, firm.at, sizeof(firm.at));
		uuid_format(text, &firm);
		n += look_for(files, text);
	}
	return n;
}

static sqlite3 *open_file(const struct phone *phone)
{
	char path[120];
	sqlite3 *db = NULL;

	snprintf(path, sizeof(path), "%s.db", phone->path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	return db;
}

/* Of the cards in a column's order: their revisions, which tell the test which
 * card it is. */
static void read_order(unsigned out[N_CARDS], sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	unsigned n = 0;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL),
			 SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW && n < N_CARDS)
		out[n++] = shuffled(
			(unsigned)sqlite3_column_int64(statement, 0) - 1);
	assert_int_equal(n, N_CARDS);
	sqlite3_finalize(statement);
}

/* How far two orders agree, from -1 to 1: near 0 where they have nothing to do
 * with each other (its deviation for 300 is 0.04). */
static double agreement(const unsigned order[N_CARDS])
{
	long agree = 0;

	for (unsigned i = 0; i < N_CARDS; i++)
		for (unsigned j = i + 1; j < N_CARDS; j++)
			agree += order[i] < order[j] ? 1 : -1;
	return (double)agree / (N_CARDS * (N_CARDS - 1) / 2.0);
}

static int compare_windows(const void *a, const void *b)
{
	return memcmp(a, b, WINDOW);
}

/*
 * Pieces of 16 bytes that two rows have in common, or one row twice: equal
 * values under one key would show so. The first two bytes are form and key.
 */
static size_t count_repeated(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	uint8_t *windows = malloc(16 << 20);
	size_t n = 0, n_equal = 0;

	assert_non_null(windows);
	assert_int_equal(
		sqlite3_prepare_v2(
			db,
			"SELECT substr(sealed, 3) FROM card UNION ALL "
			"SELECT substr(sealed, 3) FROM outbox UNION ALL "
			"SELECT substr(sealed, 3) FROM handle UNION ALL "
			"SELECT name FROM card UNION ALL "
			"SELECT name FROM outbox UNION ALL "
			"SELECT name FROM handle",
			-1, &statement, NULL),
		SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const uint8_t *at = sqlite3_column_blob(statement, 0);
		const int len = sqlite3_column_bytes(statement, 0);

		for (int i = 0; i + WINDOW <= len && n < 1 << 20; i++)
			memcpy(windows + WINDOW * n++, at + i, WINDOW);
	}
	sqlite3_finalize(statement);
	assert_true(n > 50000);
	qsort(windows, n, WINDOW, compare_windows);
	for (size_t i = 1; i < n; i++)
		n_equal += memcmp(windows + WINDOW * (i - 1),
				  windows + WINDOW * i, WINDOW) == 0;
	free(windows);
	return n_equal;
}

static void nothing_is_found(void **state)
{
	unsigned order[N_CARDS];
	struct bytes_of_files files;
	struct phone phone;
	int64_t next_us;
	sqlite3 *db;

	(void)state;
	phone_ready(&phone);
	fill(&phone);
	/* The blind index is built behind the pull. */
	for (int i = 0; i < 100; i++)
		assert_int_equal(outrider_step(phone.core, &next_us, NULL),
				 OUTRIDER_OK);
	/* While it runs, with its log; and after it. */
	files = read_files(&phone);
	assert_int_equal(look_for_values(&files), 0);
	free(files.at);
	phone_close(&phone);
	files = read_files(&phone);
	assert_int_equal(look_for_values(&files), 0);
	free(files.at);

	db = open_file(&phone);
	assert_int_equal(count_repeated(db), 0);
	read_order(order, db, "SELECT rev FROM card ORDER BY name");
	assert_true(agreement(order) > -0.2 && agreement(order) < 0.2);
	read_order(order, db, "SELECT rev FROM card ORDER BY rowid");
	assert_true(agreement(order) > -0.2 && agreement(order) < 0.2);
	sqlite3_close(db);
	phone_free(&phone);
}

/* The search is one that finds, the measures are ones that tell. */
static void planted_things_are_found(void **state)
{
	unsigned order[N_CARDS];
	struct bytes_of_files files;
	struct phone phone;
	sqlite3 *db;

	(void)state;
	phone_ready(&phone);
	fill(&phone);
	phone_close(&phone);
	db = open_file(&phone);
	assert_int_equal(
		sqlite3_exec(db,
			     "CREATE TABLE leak(a); INSERT INTO leak VALUES("
			     "'VW1lY2hlbmtvLVZvc3RvazAwMQ==');"
			     "INSERT INTO leak VALUES('sumynoreiH');"
			     "UPDATE card SET sealed = (SELECT sealed FROM "
			     "card WHERE rowid = 1) WHERE rowid = 2",
			     NULL, NULL, NULL),
		SQLITE_OK);
	/* all of one row but its form and key */
	assert_true(count_repeated(db) > 200);
	sqlite3_close(db);
	files = read_files(&phone);
	assert_true(look_for_values(&files) >= 1);
	free(files.at);
	for (unsigned i = 0; i < N_CARDS; i++)
		order[i] = i;
	assert_true(agreement(order) > 0.9);
	phone_free(&phone);
}

/* --------------------------------------------------------- what is left */

/* A piece out of the middle of each card's sealed text. */
static size_t take_pieces(uint8_t *out, const struct phone *phone)
{
	sqlite3 *db = open_file(phone);
	sqlite3_stmt *statement = NULL;
	size_t n = 0;

	assert_int_equal(sqlite3_prepare_v2(
				 db, "SELECT substr(sealed, 40, 16) FROM card",
				 -1, &statement, NULL),
			 SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW && n < N_CARDS)
		memcpy(out + WINDOW * n++, sqlite3_column_blob(statement, 0),
		       WINDOW);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return n;
}

static size_t
count_pieces(const struct phone *phone, const uint8_t *pieces, size_t n)
{
	struct bytes_of_files files = read_files(phone);
	size_t n_found = 0;

	for (size_t i = 0; i < n; i++)
		n_found += contains(&files, pieces + WINDOW * i, WINDOW);
	free(files.at);
	return n_found;
}

/* Cards that go leave no sealed text behind, in no free page and no log. */
static void what_is_deleted_is_gone(void **state)
{
	static uint8_t pieces[N_CARDS * WINDOW];
	struct message_maker page;
	struct phone phone;
	size_t n;

	(void)state;
	phone_ready(&phone);
	fill(&phone);
	phone_close(&phone);
	n = take_pieces(pieces, &phone);
	assert_int_equal(n, N_CARDS);
	assert_int_equal(count_pieces(&phone, pieces, n), N_CARDS);

	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	maker_begin(&page);
	for (unsigned i = 0; i < N_CARDS; i++) {
		struct record_maker_args record = { .kind = 4,
						    .id = card_id(i),
						    .rev = 1000 + i,
						    .is_deleted = true };

		if (i != 1) /* has an edit that waits */
			maker_record(&page, &record);
	}
	maker_finish_page(&page, "cursor-two", true);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	while (phone.call != 0 && !phone_asks(&phone, "SyncService/Pull"))
		phone_end(&phone, 3, "not now");
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	phone_end(&phone, 0, NULL);
	maker_end(&page);
	phone_close(&phone);
	assert_true(count_pieces(&phone, pieces, n) <= 1);
	phone_free(&phone);
}

static void what_is_wiped_is_gone(void **state)
{
	static uint8_t pieces[N_CARDS * WINDOW];
	struct phone phone;
	size_t n;

	(void)state;
	phone_ready(&phone);
	fill(&phone);
	phone_close(&phone);
	n = take_pieces(pieces, &phone);
	assert_int_equal(count_pieces(&phone, pieces, n), N_CARDS);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_wipe(phone.core, NULL), OUTRIDER_OK);
	/* Before it is closed, too: the log is empty by then. */
	assert_int_equal(count_pieces(&phone, pieces, n), 0);
	phone_close(&phone);
	assert_int_equal(count_pieces(&phone, pieces, n), 0);
	phone_free(&phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_found),
		cmocka_unit_test(planted_things_are_found),
		cmocka_unit_test(what_is_deleted_is_gone),
		cmocka_unit_test(what_is_wiped_is_gone),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
