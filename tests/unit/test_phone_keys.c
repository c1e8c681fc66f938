/*
 * The phone's keys over its life: another PIN, another data key, the power
 * going in between, cards that close by themselves, the lease's end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "powered.h"

static void step(struct phone *phone)
{
	int64_t next_us;

	assert_int_equal(outrider_step(phone->core, &next_us, NULL),
			 OUTRIDER_OK);
}

/* A page of n contacts. */
static void pull_many(struct phone *phone, unsigned n)
{
	struct message_maker page, contact;

	maker_begin(&page);
	for (unsigned i = 0; i < n; i++) {
		struct record_maker_args record = { .kind = 4,
						    .id = phone_id((uint8_t)i),
						    .rev = 1 + i,
						    .entered = 2,
						    .is_whole = true };

		record.id.at[14] = (uint8_t)(i >> 8);
		maker_begin(&contact);
		maker_contact(&contact, &phone->user, "Ivan", "Petrov", NULL);
		record.fields = maker_bytes(&contact);
		maker_record(&page, &record);
		maker_end(&contact);
	}
	maker_finish_page(&page, "cursor-1", true);
	phone_pull(phone, maker_bytes(&page));
	maker_end(&page);
}

static enum outrider_code reopen(struct phone *phone, const char *pin)
{
	phone_close(phone);
	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	return outrider_unlock(phone->core, pin, NULL);
}

static bool is_sound(struct phone *phone)
{
	struct outrider_event event;
	bool is = true;

	while (outrider_next_event(phone->core, &event))
		is = is && event.type != OUTRIDER_EVENT_VAULT_DAMAGED &&
		     event.type != OUTRIDER_EVENT_OUTBOX_DAMAGED;
	return is;
}

/* ---------------------------------------------------------------- the file */

/* How many rows name this key, over all tables; the phone is closed. */
static int64_t count_rows(const struct phone *phone, int key_number)
{
	static const char *const tables[] = { "card",	"outbox", "cards_state",
					      "device", "window", "evidence",
					      "receipt" };
	char file[100], sql[200];
	int64_t n = 0;
	sqlite3 *db = NULL;

	snprintf(file, sizeof(file), "%s.db", phone->path);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		sqlite3_stmt *statement = NULL;

		snprintf(sql, sizeof(sql),
			 "SELECT count(*) FROM %s WHERE substr(sealed, 2, 1) = "
			 "x'%02x'",
			 tables[i], (unsigned)key_number);
		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement,
						    NULL),
				 SQLITE_OK);
		assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
		n += sqlite3_column_int64(statement, 0);
		sqlite3_finalize(statement);
	}
	sqlite3_close(db);
	return n;
}

/* Everything that lies in the file and its log. */
static size_t read_files(const struct phone *phone, uint8_t *out, size_t room)
{
	static const char *const ends[] = { ".db", ".db-wal" };
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		char path[100];
		FILE *file;

		snprintf(path, sizeof(path), "%s%s", phone->path, ends[i]);
		file = fopen(path, "rb");
		if (file == NULL)
			continue;
		n += fread(out + n, 1, room - n, file);
		fclose(file);
	}
	assert_true(n < room);
	return n;
}

static bool
contains(const uint8_t *at, size_t len, const uint8_t *what, size_t what_len)
{
	for (size_t i = 0; i + what_len <= len; i++)
		if (memcmp(at + i, what, what_len) == 0)
			return true;
	return false;
}

/* The wrapped keys of the cards, as they lie there. */
static void read_envelope(const struct phone *phone, uint8_t out[231])
{
	char file[100];
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;

	snprintf(file, sizeof(file), "%s.db", phone->path);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(db,
				   "SELECT envelope FROM keyring WHERE name = "
				   "'cards'",
				   -1, &statement, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_int_equal(sqlite3_column_bytes(statement, 0), 231);
	memcpy(out, sqlite3_column_blob(statement, 0), 231);
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

/* ---------------------------------------------------------------------- PIN */

static void another_pin(void **state)
{
	static uint8_t bytes[4 << 20], envelope[231];
	struct phone phone;
	struct uuid id = phone_id(1);
	size_t n;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_close(&phone);
	read_envelope(&phone, envelope);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_change_pin(phone.core, PHONE_PIN, "8642",
					     NULL),
			 OUTRIDER_LOCKED);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_change_pin(phone.core, "0000", "8642", NULL),
			 OUTRIDER_WRONG_PIN);
	assert_int_equal(outrider_change_pin(phone.core, PHONE_PIN, "1", NULL),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_int_equal(outrider_change_pin(phone.core, PHONE_PIN, "8642",
					     NULL),
			 OUTRIDER_OK);
	/* Nothing of the old envelope is left while it goes on. */
	n = read_files(&phone, bytes, sizeof(bytes));
	assert_false(contains(bytes, n, envelope + 55, 64));
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Ivan");
	assert_int_equal(reopen(&phone, PHONE_PIN), OUTRIDER_WRONG_PIN);
	assert_int_equal(reopen(&phone, "8642"), OUTRIDER_OK);
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Ivan");
	assert_true(is_sound(&phone));
	phone_free(&phone);
}

/* Guesses at the old PIN cost as much as at unlocking. */
static void guesses_at_the_old_pin(void **state)
{
	struct outrider_err err;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	for (int i = 0; i < 5; i++)
		assert_int_equal(outrider_change_pin(phone.core, "0000", "8642",
						     NULL),
				 OUTRIDER_WRONG_PIN);
	assert_int_equal(outrider_change_pin(phone.core, PHONE_PIN, "8642",
					     &err),
			 OUTRIDER_WRONG_PIN);
	assert_string_equal(err.text, "Too many wrong PINs: wait 30 seconds.");
	phone.mono_us += 30000000;
	assert_int_equal(outrider_change_pin(phone.core, PHONE_PIN, "8642",
					     NULL),
			 OUTRIDER_OK);
	phone_free(&phone);
}

/* --------------------------------------------------------------------- keys */

static void another_key_step_by_step(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);

	(void)state;
	phone_ready(&phone);
	pull_many(&phone, 450);
	phone_edit(&phone, &id, "given_name", "Pyotr");
	assert_int_equal(outrider_rotate_keys(phone.core, NULL), OUTRIDER_OK);
	/* What is written now has the new key. */
	phone_edit(&phone, &id, "given_name", "Pavel");
	phone_close(&phone);
	/* With the cursor, the tracker's clock and the first edit. */
	assert_int_equal(count_rows(&phone, 1), 450 + 3);
	assert_int_equal(count_rows(&phone, 2), 2);

	/* It goes on after a restart, and while there is more to write. */
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	step(&phone);
	assert_int_equal(outrider_rotate_keys(phone.core, NULL), OUTRIDER_OK);
	phone_edit(&phone, &id, "given_name", "Prokhor");
	assert_int_equal(reopen(&phone, PHONE_PIN), OUTRIDER_OK);
	for (int i = 0; i < 8; i++)
		step(&phone);
	assert_true(is_sound(&phone));
	phone_close(&phone);
	assert_int_equal(count_rows(&phone, 1), 0);
	assert_true(count_rows(&phone, 2) > 450);

	/* The old one is gone: another can come. */
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(phone_status(&phone).n_cards, 450);
	assert_int_equal(phone_status(&phone).n_waiting, 3);
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Prokhor");
	assert_int_equal(outrider_rotate_keys(phone.core, NULL), OUTRIDER_OK);
	phone_edit(&phone, &id, "given_name", "Pankrat");
	assert_true(is_sound(&phone));
	phone_close(&phone);
	assert_true(count_rows(&phone, 3) > 0);
	phone_free(&phone);
}

static void keys_grow_old(void **state)
{
	const int64_t day_us = INT64_C(24) * 3600 * 1000000;
	struct phone phone;
	struct uuid id = phone_id(1);

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	for (int i = 0; i < 9; i++) {
		phone.wall_us += 10 * day_us;
		phone_pull_contact(&phone, &id, 8 + (uint64_t)i, "Ivan",
				   "Petrov");
	}
	phone_close(&phone);
	assert_int_equal(count_rows(&phone, 2), 0);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	for (int i = 0; i < 4; i++)
		step(&phone);
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Ivan");
	phone_close(&phone);
	assert_int_equal(count_rows(&phone, 1), 0);
	phone_free(&phone);
}

/* The power goes at each write of a new PIN and of the rotation behind it. */
static void the_power_goes(void **state)
{
	struct powered p;
	size_t n_old = 0, n_new = 0;

	(void)state;
	powered_begin(&p);
	while (powered_next(&p)) {
		struct phone *phone = &p.phone;
		struct uuid id = phone_id(1);
		enum outrider_code code, last;
		int64_t next_us;

		powered_ready(&p);
		pull_many(phone, 20);
		phone_edit(phone, &id, "given_name", "Pyotr");

		powered_cut(&p);
		code = outrider_change_pin(phone->core, PHONE_PIN, "8642",
					   NULL);
		last = code;
		for (int i = 0; i < 5 && last == OUTRIDER_OK; i++)
			last = outrider_step(phone->core, &next_us, NULL);
		powered_return(&p);

		assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
		last = outrider_unlock(phone->core, "8642", NULL);
		if (last == OUTRIDER_OK) {
			n_new++;
		} else {
			n_old++;
			assert_int_equal(last, OUTRIDER_WRONG_PIN);
			assert_int_not_equal(code, OUTRIDER_OK);
			assert_int_equal(outrider_unlock(phone->core, PHONE_PIN,
							 NULL),
					 OUTRIDER_OK);
		}
		for (int i = 0; i < 5; i++)
			step(phone);
		assert_true(is_sound(phone));
		assert_int_equal(phone_status(phone).n_cards, 20);
		assert_int_equal(phone_status(phone).n_waiting, 1);
		assert_string_equal(phone_shows(phone, &id, "given_name"),
				    "Pyotr");
	}
	assert_true(n_old > 0 && n_new > 1);
}

/* -------------------------------------------------------------------- times */

static void cards_close_by_themselves(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);
	struct outrider_edit *edit;
	struct outrider_event event;
	struct outrider_card card;
	int64_t next_us;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	outrider_set_lock_timeout(phone.core, 300);
	phone.mono_us += 299000000;
	assert_int_equal(outrider_step(phone.core, &next_us, NULL),
			 OUTRIDER_OK);
	assert_int_equal(next_us, phone.wall_us + 1000000);
	assert_true(phone_status(&phone).is_unlocked);
	/* Asking for the status was no use; reading a card is. */
	assert_int_equal(outrider_card_get(phone.core, &card, "contact", id.at,
					   NULL),
			 OUTRIDER_OK);
	phone.mono_us += 299000000;
	step(&phone);
	assert_true(phone_status(&phone).is_unlocked);
	phone.mono_us += 1000000;
	step(&phone);
	assert_false(phone_status(&phone).is_unlocked);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_LOCKED, &event));

	/* Without a step: the next call finds them locked. */
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	phone.mono_us += 300000000;
	assert_int_equal(outrider_card_get(phone.core, &card, "contact", id.at,
					   NULL),
			 OUTRIDER_LOCKED);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_LOCKED, &event));

	/* Whoever goes on with an edit is there. */
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_begin(&edit, phone.core, "contact",
					     id.at, NULL),
			 OUTRIDER_OK);
	phone.mono_us += 300000000;
	assert_int_equal(outrider_edit_set(edit, "given_name", "Pyotr", NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_commit(edit, NULL, NULL), OUTRIDER_OK);
	assert_true(phone_status(&phone).is_unlocked);

	outrider_set_lock_timeout(phone.core, 0);
	phone.mono_us += INT64_C(3600000000);
	step(&phone);
	assert_true(phone_status(&phone).is_unlocked);
	phone_free(&phone);
}

/* The cards go with the lease; what was not sent stays. */
static void the_lease_ends(void **state)
{
	static uint8_t bytes[4 << 20];
	const int64_t day_us = INT64_C(24) * 3600 * 1000000;
	struct message_maker answer;
	struct outrider_event event;
	struct phone phone;
	struct uuid id = phone_id(1);
	sqlite3 *db = NULL;
	char file[100];

	(void)state;
	phone_ready(&phone);
	pull_many(&phone, 20);
	phone_edit(&phone, &id, "given_name", "Pyotr");
	outrider_lock(phone.core);
	phone.wall_us += 14 * day_us;
	step(&phone);
	(void)read_files(&phone, bytes, sizeof(bytes));
	phone_close(&phone);
	snprintf(file, sizeof(file), "%s.db", phone.path);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "CREATE TEMP TABLE t(n CHECK (n = 0));"
				      "INSERT INTO t SELECT count(*) FROM card;"
				      "INSERT INTO t SELECT count(*) - 1 FROM "
				      "outbox",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);

	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&phone, "SyncService/Push"));
	maker_begin(&answer);
	maker_number(&answer, 2, (uint64_t)phone.wall_us);
	assert_int_equal(phone_answer(&phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	phone_end(&phone, 0, NULL);
	/* Renewed online: the cards come anew, and nothing was damaged. */
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_true(is_sound(&phone));
	assert_false(phone_event(&phone, OUTRIDER_EVENT_VAULT_DAMAGED, &event));
	assert_int_equal(phone_status(&phone).n_cards, 0);
	assert_int_equal(phone_status(&phone).n_waiting, 1);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&phone, "SyncService/Push"));
	assert_int_equal(phone_count_mutations(&phone), 1);
	phone_end(&phone, 3, "not now");
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	assert_true(phone_asked_cursor(&phone, ""));
	phone_end(&phone, 14, NULL);
	assert_int_equal(reopen(&phone, PHONE_PIN), OUTRIDER_OK);
	assert_true(is_sound(&phone));
	phone_free(&phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_pin),
		cmocka_unit_test(guesses_at_the_old_pin),
		cmocka_unit_test(another_key_step_by_step),
		cmocka_unit_test(keys_grow_old),
		cmocka_unit_test(the_power_goes),
		cmocka_unit_test(cards_close_by_themselves),
		cmocka_unit_test(the_lease_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
