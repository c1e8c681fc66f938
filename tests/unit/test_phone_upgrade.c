/*
 * A phone's file of an earlier version, written by the program of then
 * (tests/golden/phone_file): its cards come again, what the phone wrote stays,
 * and nobody is told of damage. What is damaged in such a file still is told,
 * and a file of today that claims to be one of then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "phone_host.h"

enum {
	N_CARDS = 6,
	N_EDITS = 3, /* two of contact 1, and a meeting */
	SQL_MAX = 64 << 10,
};

static void run_sql(const struct phone *phone, const char *sql)
{
	char file[100];
	sqlite3 *db = NULL;

	snprintf(file, sizeof(file), "%s.db", phone->path);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The phone of then, closed; damage NULL: as it was. */
static void make(struct phone *phone, const char *damage)
{
	FILE *file = fopen(
		OUTRIDER_TEST_DATA "/../golden/phone_file/version-1.sql", "r");
	char *sql = calloc(1, SQL_MAX);
	size_t len;

	assert_non_null(file);
	assert_non_null(sql);
	len = fread(sql, 1, SQL_MAX - 1, file);
	assert_true(len > 0 && len < SQL_MAX - 1);
	fclose(file);
	phone_make(phone);
	run_sql(phone, sql);
	free(sql);
	if (damage != NULL)
		run_sql(phone, damage);
}

struct told {
	bool is_damaged;
	uint64_t n_lost;
};

/* Opens and unlocks. */
static struct told start(struct phone *phone)
{
	struct told told = { .n_lost = 0 };
	struct outrider_event event;

	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	/* Whatever was counted of wrong PINs is over. */
	phone->wall_us += 60000000;
	phone->mono_us += 60000000;
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	while (outrider_next_event(phone->core, &event)) {
		told.is_damaged |= event.type == OUTRIDER_EVENT_VAULT_DAMAGED;
		if (event.type == OUTRIDER_EVENT_OUTBOX_DAMAGED)
			told.n_lost += event.lost;
	}
	return told;
}

static void pull(struct phone *phone)
{
	struct message_maker page, contact;

	maker_begin(&page);
	for (unsigned i = 1; i <= N_CARDS; i++) {
		struct record_maker_args record = { .kind = 4,
						    .id = phone_id((uint8_t)i),
						    .rev = 10 + i,
						    .entered = 2,
						    .is_whole = true };

		maker_begin(&contact);
		maker_contact(&contact, &phone->user, "Anna", "Petrova", NULL);
		record.fields = maker_bytes(&contact);
		maker_record(&page, &record);
		maker_end(&contact);
	}
	maker_finish_page(&page, "cursor-2", true);
	assert_int_equal(phone_answer(phone, maker_bytes(&page)), OUTRIDER_OK);
	phone_end(phone, 0, NULL);
	maker_end(&page);
}

/* Until the phone asks for cards; how many edits it sent before, unanswered. */
static size_t sync_to_pull(struct phone *phone)
{
	size_t n_pushed = 0;

	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
	while (phone->call != 0 && !phone_asks(phone, "SyncService/Pull")) {
		if (phone_asks(phone, "SyncService/Push"))
			n_pushed += phone_count_mutations(phone);
		phone_end(phone, 3, "not now");
	}
	assert_true(phone_asks(phone, "SyncService/Pull"));
	return n_pushed;
}

static void cards_come_again(void **state)
{
	struct uuid first = phone_id(1), second = phone_id(2);
	struct phone phone;
	struct told told;

	(void)state;
	make(&phone, NULL);
	told = start(&phone);
	assert_false(told.is_damaged);
	assert_int_equal(told.n_lost, 0);
	assert_int_equal(phone_status(&phone).n_waiting, N_EDITS);
	assert_string_equal(phone_shows(&phone, &second, "family_name"), "-");

	assert_int_equal(sync_to_pull(&phone), N_EDITS);
	assert_true(phone_asked_cursor(&phone, ""));
	pull(&phone);
	assert_string_equal(phone_shows(&phone, &second, "family_name"),
			    "Petrova");
	assert_string_equal(phone_shows(&phone, &first, "family_name"),
			    "Ivanov");
	phone_close(&phone);

	/* And they stay. */
	told = start(&phone);
	assert_false(told.is_damaged);
	assert_string_equal(phone_shows(&phone, &second, "family_name"),
			    "Petrova");
	assert_int_equal(sync_to_pull(&phone), N_EDITS);
	assert_true(phone_asked_cursor(&phone, "cursor-2"));
	phone_end(&phone, 14, NULL);
	phone_free(&phone);
}

/* Opened while locked, ended before the PIN came, and again before a sync. */
static void nothing_told_on_the_way(void **state)
{
	struct phone phone;

	(void)state;
	make(&phone, NULL);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
		phone_close(&phone);
	}
	for (int i = 0; i < 2; i++) {
		assert_false(start(&phone).is_damaged);
		assert_int_equal(phone_status(&phone).n_waiting, N_EDITS);
		phone_close(&phone);
	}
	assert_false(start(&phone).is_damaged);
	(void)sync_to_pull(&phone);
	assert_true(phone_asked_cursor(&phone, ""));
	phone_end(&phone, 14, NULL);
	phone_free(&phone);
}

static void damage_of_then_is_told(void **state)
{
	static const struct {
		const char *sql;
		uint64_t n_lost;
	} damages[] = {
		{ "DELETE FROM outbox WHERE rev = 2", 1 },
		{ "UPDATE outbox SET sealed = CAST(substr(sealed, 1, 60) || "
		  "x'ff00ff' || substr(sealed, 64) AS BLOB) WHERE rev = 3",
		  1 },
		{ "DELETE FROM cards_state", 0 },
		{ "DELETE FROM keyring WHERE name = 'tally of cards'", 0 },
		{ "UPDATE keyring SET envelope = substr(envelope, 1, 60) "
		  "WHERE name = 'tally of cards'",
		  0 },
		{ "DELETE FROM window", 0 },
		/* a card of the form of today */
		{ "DROP TABLE card; CREATE TABLE card(name INTEGER PRIMARY "
		  "KEY, rev INTEGER NOT NULL, sealed BLOB NOT NULL);"
		  "INSERT INTO card VALUES(1, 5, x'00');"
		  "PRAGMA user_version = 2",
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		struct phone phone;
		struct told told;

		make(&phone, damages[i].sql);
		told = start(&phone);
		if (!told.is_damaged || told.n_lost != damages[i].n_lost)
			fail_msg("%s: told %d, lost %d", damages[i].sql,
				 told.is_damaged, (int)told.n_lost);
		assert_int_equal(phone_status(&phone).n_waiting,
				 N_EDITS - damages[i].n_lost);
		phone_free(&phone);
	}
}

/* Cards that are gone from a file of today are damage, whatever it says. */
static void claims_are_told(void **state)
{
	static const char *const claims[] = {
		"PRAGMA user_version = 1",
		"DELETE FROM card",
		"DELETE FROM card; PRAGMA user_version = 1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		struct phone phone;

		make(&phone, NULL);
		assert_false(start(&phone).is_damaged);
		(void)sync_to_pull(&phone);
		pull(&phone);
		phone_close(&phone);
		run_sql(&phone, claims[i]);
		if (!start(&phone).is_damaged)
			fail_msg("%s: not told", claims[i]);
		phone_close(&phone);
		assert_false(start(&phone).is_damaged);
		phone_free(&phone);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cards_come_again),
		cmocka_unit_test(nothing_told_on_the_way),
		cmocka_unit_test(damage_of_then_is_told),
		cmocka_unit_test(claims_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
