/*
 * The phone's file: who may open it, transactions, walks, and what happens
 * when somebody writes into it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "core.h"
#include "phone_host.h"
#include "replica.h"
#include "row_parts.h"

static const struct outrider_host quiet = { .log = NULL };

struct fixture {
	char folder[32], path[300], file[400];
	struct replica *replica;
	struct buffer out;
};

static void open_file(struct fixture *f)
{
	assert_int_equal(replica_open(&f->replica, &allocator_libc, &quiet,
				      f->path, NULL, NULL),
			 OUTRIDER_OK);
}

static int setup(void **state)
{
	static struct fixture fixture;
	struct fixture *f = &fixture;

	snprintf(f->folder, sizeof(f->folder), "replica-XXXXXX");
	if (mkdtemp(f->folder) == NULL)
		return -1;
	snprintf(f->path, sizeof(f->path), "%.40s/core", f->folder);
	snprintf(f->file, sizeof(f->file), "%.200s.db", f->path);
	buffer_init(&f->out, &allocator_libc, 1 << 20);
	open_file(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char wal[500];

	replica_close(f->replica);
	buffer_free(&f->out);
	snprintf(wal, sizeof(wal), "%s-wal", f->file);
	(void)unlink(wal);
	(void)unlink(f->file);
	return rmdir(f->folder);
}

static struct replica_row row_of(uint8_t name, uint64_t rev, const char *text)
{
	struct replica_row row = {
		.rev = rev,
		.sealed = { (const uint8_t *)text, strlen(text) },
	};

	row.name[0] = name;
	return row;
}

static void put(struct fixture *f, enum replica_table table, uint8_t name,
		uint64_t rev, const char *text)
{
	struct replica_row row = row_of(name, rev, text);

	assert_int_equal(replica_put(f->replica, table, &row, NULL),
			 OUTRIDER_OK);
}

/* "text@rev", or "-". */
static const char *
got(struct fixture *f, enum replica_table table, uint8_t name)
{
	static char text[80];
	struct replica_row row = row_of(name, 0, "");
	uint64_t rev;
	enum outrider_code code;

	buffer_clear(&f->out);
	code = replica_get(f->replica, &rev, &f->out, table, row.name, NULL);
	if (code != OUTRIDER_OK) {
		assert_int_equal(code, OUTRIDER_NOT_FOUND);
		return "-";
	}
	snprintf(text, sizeof(text), "%.*s@%u", (int)f->out.len,
		 (const char *)f->out.at, (unsigned)rev);
	return text;
}

static void begin(struct fixture *f)
{
	assert_int_equal(replica_begin(f->replica, NULL), OUTRIDER_OK);
}

static void commit(struct fixture *f)
{
	assert_int_equal(replica_commit(f->replica, NULL), OUTRIDER_OK);
}

static void transactions(void **state)
{
	struct fixture *f = *state;
	struct replica_row row = row_of(1, 0, "");
	uint8_t tag[VAULT_TAG_LEN];

	begin(f);
	put(f, REPLICA_card, 1, 5, "one");
	assert_string_equal(got(f, REPLICA_card, 1), "one@5");
	replica_rollback(f->replica);
	assert_string_equal(got(f, REPLICA_card, 1), "-");
	begin(f);
	put(f, REPLICA_card, 1, 5, "one");
	put(f, REPLICA_card, 1, 6, "other");
	put(f, REPLICA_outbox, 1, 7, "apart");
	commit(f);
	replica_close(f->replica);
	open_file(f);
	assert_string_equal(got(f, REPLICA_card, 1), "other@6");
	assert_string_equal(got(f, REPLICA_outbox, 1), "apart@7");
	begin(f);
	put(f, REPLICA_card, 1, 5, "its last sixteen bytes");
	assert_int_equal(replica_tag(f->replica, tag, REPLICA_card, row.name,
				     NULL),
			 OUTRIDER_OK);
	assert_memory_equal(tag, "st sixteen bytes", VAULT_TAG_LEN);
	assert_int_equal(replica_delete(f->replica, REPLICA_card, row.name,
					NULL),
			 OUTRIDER_OK);
	/* There is none any more. */
	assert_int_equal(replica_delete(f->replica, REPLICA_card, row.name,
					NULL),
			 OUTRIDER_OK);
	assert_int_equal(replica_tag(f->replica, tag, REPLICA_card, row.name,
				     NULL),
			 OUTRIDER_NOT_FOUND);
	commit(f);
	assert_string_equal(got(f, REPLICA_card, 1), "-");
	assert_string_equal(got(f, REPLICA_outbox, 1), "apart@7");
}

static enum outrider_code
see(void *user, const struct replica_row *row, struct outrider_err *err)
{
	char *text = user;
	size_t len = strlen(text);

	(void)err;
	snprintf(text + len, 80 - len, "%.*s ", (int)row->sealed.len,
		 (const char *)row->sealed.at);
	return row->rev == 99 ? OUTRIDER_CANCELLED : OUTRIDER_OK;
}

static void walks(void **state)
{
	struct fixture *f = *state;
	char text[80] = "";
	uint64_t n;

	begin(f);
	put(f, REPLICA_outbox, 1, 30, "c");
	put(f, REPLICA_outbox, 2, 10, "a");
	put(f, REPLICA_outbox, 3, 20, "b");
	put(f, REPLICA_outbox, 4, 99, "stop");
	put(f, REPLICA_outbox, 5, 100, "unseen");
	commit(f);
	assert_int_equal(replica_each(f->replica, REPLICA_outbox, 11, see, text,
				      NULL),
			 OUTRIDER_CANCELLED);
	assert_string_equal(text, "b c stop ");
	assert_int_equal(replica_count(f->replica, &n, REPLICA_outbox, 20,
				       NULL),
			 OUTRIDER_OK);
	assert_int_equal(n, 4);
}

static void one_process_at_a_time(void **state)
{
	struct fixture *f = *state;
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct replica *other;
		_exit(replica_open(&other, &allocator_libc, &quiet, f->path,
				   NULL, NULL) == OUTRIDER_UNAVAILABLE
			      ? 7
			      : 8);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 7);
	/* And no third file beside the database and its log. */
	{
		char shm[500];
		snprintf(shm, sizeof(shm), "%s-shm", f->file);
		assert_int_not_equal(access(shm, F_OK), 0);
	}
}

static void run_sql(const char *file, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static enum outrider_code open_again(struct fixture *f)
{
	struct replica *other = NULL;
	enum outrider_code code = replica_open(&other, &allocator_libc, &quiet,
					       f->path, NULL, NULL);

	replica_close(other);
	return code;
}

/* An earlier program's: what the phone wrote stays, cards come again. */
static void file_of_version_1(void **state)
{
	struct fixture *f = *state;
	uint64_t n;

	begin(f);
	put(f, REPLICA_outbox, 1, 5, "written");
	put(f, REPLICA_card, 0, 5, "card");
	commit(f);
	replica_close(f->replica);
	run_sql(f->file, "DROP TABLE card; CREATE TABLE card(name BLOB PRIMARY "
			 "KEY, rev INTEGER NOT NULL, sealed BLOB NOT NULL);"
			 "INSERT INTO card VALUES(randomblob(16), 5, x'00');"
			 "PRAGMA user_version = 1");
	for (int i = 0; i < 2; i++) {
		open_file(f);
		assert_string_equal(got(f, REPLICA_outbox, 1), "written@5");
		assert_int_equal(replica_count(f->replica, &n, REPLICA_card, 0,
					       NULL),
				 OUTRIDER_OK);
		assert_int_equal(n, i);
		begin(f);
		put(f, REPLICA_card, 0, 5, "card");
		commit(f);
		replica_close(f->replica);
	}
	open_file(f);
}

static void strange_files(void **state)
{
	struct fixture *f = *state;
	FILE *file;

	replica_close(f->replica);
	f->replica = NULL;
	run_sql(f->file, "PRAGMA user_version = 99");
	assert_int_equal(open_again(f), OUTRIDER_FAILED_PRECONDITION);
	unlink(f->file);
	run_sql(f->file, "CREATE TABLE somebody_elses(a)");
	assert_int_equal(open_again(f), OUTRIDER_DATA_LOSS);
	file = fopen(f->file, "wb");
	assert_non_null(file);
	for (int i = 0; i < 5000; i++)
		fputc(i * 7, file);
	fclose(file);
	assert_int_equal(open_again(f), OUTRIDER_DATA_LOSS);
	unlink(f->file);
	snprintf(f->path, sizeof(f->path), "no/such/folder");
	assert_int_equal(open_again(f), OUTRIDER_UNAVAILABLE);
}

/* ---------------------------------------------------------------- the log */

static size_t size_of(const char *file)
{
	struct stat is;

	return stat(file, &is) == 0 ? (size_t)is.st_size : 0;
}

/* Does the text lie in the file? */
static bool lies_in(const char *name, const char *text)
{
	const size_t size = size_of(name), len = strlen(text);
	FILE *file = fopen(name, "rb");
	char *at = malloc(size + 1);
	bool lies = false;

	assert_true(file != NULL && at != NULL);
	assert_int_equal(fread(at, 1, size, file), size);
	fclose(file);
	for (size_t i = 0; i + len <= size && !lies; i++)
		lies = memcmp(at + i, text, len) == 0;
	free(at);
	return lies;
}

static void put_alone(struct fixture *f, uint8_t name, const char *text)
{
	begin(f);
	put(f, REPLICA_card, name, name, text);
	commit(f);
}

static void a_wait_is_used(void **state)
{
	struct fixture *f = *state;
	char log[500];
	size_t size;

	snprintf(log, sizeof(log), "%s-wal", f->file);
	/* The tables' own pages. */
	assert_int_equal(replica_checkpoint(f->replica, NULL), OUTRIDER_OK);
	replica_set_log(f->replica, 100, 10);
	put_alone(f, 1, "few pages");
	replica_use_wait(f->replica);
	assert_false(lies_in(f->file, "few pages"));
	for (uint8_t i = 2; i < 20; i++)
		put_alone(f, i, "more of them");
	/* Not inside of a transaction: it isn't in the log yet. */
	begin(f);
	replica_use_wait(f->replica);
	replica_rollback(f->replica);
	assert_false(lies_in(f->file, "few pages"));
	size = size_of(log);
	replica_use_wait(f->replica);
	assert_true(lies_in(f->file, "few pages"));
	assert_true(lies_in(f->file, "more of them"));
	/* What comes now is written over what was copied. */
	assert_int_equal(size_of(log), size);
	put_alone(f, 30, "written over");
	assert_int_equal(size_of(log), size);
	assert_true(lies_in(log, "written over"));
	assert_false(lies_in(f->file, "written over"));
	/* And the log is short once more. */
	replica_use_wait(f->replica);
	assert_false(lies_in(f->file, "written over"));
	replica_close(f->replica);
	open_file(f);
	assert_string_equal(got(f, REPLICA_card, 1), "few pages@1");
	assert_string_equal(got(f, REPLICA_card, 30), "written over@30");
}

/* Who only writes, and never waits for anybody. */
static void a_log_has_an_end(void **state)
{
	struct fixture *f = *state;
	char log[500];
	size_t size = 0;

	snprintf(log, sizeof(log), "%s-wal", f->file);
	replica_set_log(f->replica, 20, 10);
	for (unsigned i = 1; i <= 200; i++) {
		put_alone(f, (uint8_t)i, "a row");
		if (i == 100)
			size = size_of(log);
	}
	assert_true(lies_in(f->file, "a row"));
	assert_int_equal(size_of(log), size);
	/* What was deleted is in neither after this. */
	begin(f);
	assert_int_equal(replica_clear(f->replica, REPLICA_card, NULL),
			 OUTRIDER_OK);
	commit(f);
	assert_true(lies_in(log, "a row"));
	assert_int_equal(replica_checkpoint(f->replica, NULL), OUTRIDER_OK);
	assert_int_equal(size_of(log), 0);
	assert_false(lies_in(f->file, "a row"));
}

/* ---------------------------------------------- somebody writes into it */

/* Two cards on a closed phone. */
static void two_cards(struct phone *phone, char file[100])
{
	struct message_maker page;

	phone_ready(phone);
	phone_make_page(phone, &page);
	phone_pull(phone, maker_bytes(&page));
	maker_end(&page);
	phone_close(phone);
	snprintf(file, 100, "%s.db", phone->path);
}

/* Damaged cards are dropped, and everything is pulled anew. */
static void cards_come_again(struct phone *phone, uint64_t n_left)
{
	struct message_maker page;

	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(phone_status(phone).n_cards, n_left);
	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(phone, "SyncService/Pull"));
	assert_true(phone_asked_cursor(phone, ""));
	phone_make_page(phone, &page);
	assert_int_equal(phone_answer(phone, maker_bytes(&page)), OUTRIDER_OK);
	phone_end(phone, 0, NULL);
	maker_end(&page);
	assert_int_equal(phone_status(phone).n_cards, 2);
	phone_close(phone);
}

static void rows_that_were_changed(void **state)
{
	static const char *const changes[] = {
		/* the texts of two cards change places */
		("CREATE TEMP TABLE was AS SELECT rowid AS n, sealed FROM card;"
		 "UPDATE card SET sealed = (SELECT sealed FROM was "
		 "WHERE n <> card.rowid)"),
		/* an older revision is said to be newer */
		"UPDATE card SET rev = rev + 1",
		/* rows under other numbers */
		"UPDATE card SET name = name + 1000",
		"UPDATE card SET name = -name",
		"UPDATE card SET name = name + 0x7fffffff00000000",
		/* a bit of the text */
		("UPDATE card SET sealed = CAST(substr(sealed, 1, 60) || "
		 "x'ff' || substr(sealed, 62) AS BLOB)"),
	};
	struct phone phone;
	char file[100];

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		two_cards(&phone, file);
		run_sql(file, changes[i]);
		cards_come_again(&phone, 0);
		phone_free(&phone);
	}
	/* One of two. */
	two_cards(&phone, file);
	run_sql(file, "UPDATE card SET rev = rev + 1 WHERE rowid = 1");
	cards_come_again(&phone, 1);
	phone_free(&phone);
	/* A row of another table: not a card. */
	two_cards(&phone, file);
	run_sql(file, "INSERT INTO card SELECT 77, rev, sealed FROM device");
	cards_come_again(&phone, 2);
	phone_free(&phone);
}

static int64_t count_cards(const char *file)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db;
	int64_t n;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM card", -1,
					    &statement, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	n = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return n;
}

/* A card that went and came has another row: put back, the old one opens too.
 * One row is left, and it is not the old one that is shown. */
static void one_card_twice(void **state)
{
	struct uuid id = phone_id(1);
	struct message_maker page;
	struct phone phone;
	char file[100];

	(void)state;
	two_cards(&phone, file);
	run_sql(file, "CREATE TABLE older AS SELECT * FROM card");
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	maker_begin(&page);
	maker_record(&page, &(struct record_maker_args){ .kind = 4,
							 .id = id,
							 .rev = 20,
							 .is_deleted = true });
	maker_finish_page(&page, "cursor-1", true);
	phone_pull(&phone, maker_bytes(&page));
	maker_end(&page);
	assert_int_equal(phone_status(&phone).n_cards, 1);
	phone_pull_contact(&phone, &id, 21, "Oleh", "Petrov");
	phone_close(&phone);
	run_sql(file, "INSERT INTO card SELECT * FROM older WHERE name NOT IN "
		      "(SELECT name FROM card); DROP TABLE older");
	assert_int_equal(count_cards(file), 3);
	cards_come_again(&phone, 2);
	assert_int_equal(count_cards(file), 2);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	phone_pull_contact(&phone, &id, 30, "Oleh", "Petrov");
	phone_close(&phone);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Oleh");
	assert_int_equal(phone_status(&phone).n_cards, 2);
	phone_free(&phone);
}

static uint64_t count_rows(struct replica *file)
{
	uint64_t n;

	assert_int_equal(replica_count(file, &n, REPLICA_card, 0, NULL),
			 OUTRIDER_OK);
	return n;
}

static struct phone *opened(struct phone *phone)
{
	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	return phone;
}

/* A number whose card has gone is given again: the row of the card before,
 * put back while the phone is open, is none of the one that lies there now. */
static void row_of_the_card_before(void **state)
{
	struct uuid before = phone_id(2), now = phone_id(3);
	struct row_number number = row_number(2);
	struct message_maker page;
	struct replica_row old = { .rev = 0 };
	struct outrider_card card;
	struct buffer sealed;
	struct replica *file;
	struct phone phone;
	char path[100];

	(void)state;
	two_cards(&phone, path);
	memcpy(old.name, number.at, sizeof(number.at));
	buffer_init(&sealed, &allocator_libc, 1 << 20);
	file = opened(&phone)->core->replica;
	assert_int_equal(replica_get(file, &old.rev, &sealed, REPLICA_card,
				     old.name, NULL),
			 OUTRIDER_OK);
	old.sealed = (struct bytes){ sealed.at, sealed.len };
	maker_begin(&page);
	maker_record(&page, &(struct record_maker_args){ .kind = 4,
							 .id = before,
							 .rev = 20,
							 .is_deleted = true });
	maker_finish_page(&page, "cursor-1", true);
	phone_pull(&phone, maker_bytes(&page));
	maker_end(&page);
	phone_close(&phone);

	file = opened(&phone)->core->replica;
	phone_pull_contact(&phone, &now, 21, "Oleh", "Sydorenko");
	assert_int_equal(count_rows(file), 2);
	assert_int_equal(replica_begin(file, NULL), OUTRIDER_OK);
	assert_int_equal(replica_put(file, REPLICA_card, &old, NULL),
			 OUTRIDER_OK);
	assert_int_equal(replica_commit(file, NULL), OUTRIDER_OK);
	assert_int_equal(count_rows(file), 2);
	assert_int_equal(outrider_card_get(phone.core, &card, "contact", now.at,
					   NULL),
			 OUTRIDER_DATA_LOSS);
	phone_close(&phone);
	cards_come_again(&phone, 2);
	buffer_free(&sealed);
	phone_free(&phone);
}

/* The wrapped keys of another phone open nothing here. */
static void envelopes_that_were_changed(void **state)
{
	struct outrider_event event;
	struct phone phone;
	char file[100];

	(void)state;
	two_cards(&phone, file);
	run_sql(file, "UPDATE keyring SET envelope = (SELECT envelope FROM "
		      "keyring WHERE name = 'tracking') WHERE name = 'cards'");
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_DATA_LOSS);
	phone_close(&phone);
	run_sql(file, "DELETE FROM keyring WHERE name = 'cards'");
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_DATA_LOSS);
	phone_close(&phone);
	run_sql(file, "UPDATE device SET sealed = zeroblob(200)");
	/* Nobody's phone: it can be enrolled again. */
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_false(phone_status(&phone).is_enrolled);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_VAULT_DAMAGED, &event));
	phone_enroll(&phone);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(phone_status(&phone).n_cards, 0);
	phone_free(&phone);
}

/* Wrong PINs are counted on the disk, and cost time. */
static void wrong_pins(void **state)
{
	struct outrider_err err;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	outrider_lock(phone.core);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(outrider_unlock(phone.core, "0000", &err),
				 OUTRIDER_WRONG_PIN);
		assert_string_equal(err.text, "Wrong PIN.");
		phone_close(&phone);
		assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	}
	/* Now even the right one has to wait, over a restart too. */
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, &err),
			 OUTRIDER_WRONG_PIN);
	assert_string_equal(err.text, "Too many wrong PINs: wait 30 seconds.");
	phone.wall_us += INT64_C(3600000000); /* the clock that can be set */
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_WRONG_PIN);
	phone.mono_us += 30000000;
	assert_int_equal(outrider_unlock(phone.core, "0000", NULL),
			 OUTRIDER_WRONG_PIN);
	phone.mono_us += 59000000;
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, &err),
			 OUTRIDER_WRONG_PIN);
	assert_string_equal(err.text, "Too many wrong PINs: wait 1 seconds.");
	/* After another boot the wall clock counts, and not backwards. */
	phone.boot_id[0]++;
	phone.mono_us = 0;
	phone.wall_us -= INT64_C(86400000000);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_WRONG_PIN);
	phone.wall_us += INT64_C(86400000000) + 60000000;
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	/* The right one wipes the count. */
	outrider_lock(phone.core);
	assert_int_equal(outrider_unlock(phone.core, "0000", NULL),
			 OUTRIDER_WRONG_PIN);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	phone_free(&phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(transactions, setup, teardown),
		cmocka_unit_test_setup_teardown(walks, setup, teardown),
		cmocka_unit_test_setup_teardown(one_process_at_a_time, setup,
						teardown),
		cmocka_unit_test_setup_teardown(strange_files, setup, teardown),
		cmocka_unit_test_setup_teardown(file_of_version_1, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_wait_is_used, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_log_has_an_end, setup,
						teardown),
		cmocka_unit_test(rows_that_were_changed),
		cmocka_unit_test(one_card_twice),
		cmocka_unit_test(row_of_the_card_before),
		cmocka_unit_test(envelopes_that_were_changed),
		cmocka_unit_test(wrong_pins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
