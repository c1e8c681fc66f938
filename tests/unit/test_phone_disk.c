/*
 * The phone's file when the power goes at any write, and when the disk is
 * full: the old state or the new one, and nothing that was promised is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core.h"
#include "powered.h"
#include "replica.h"

static const struct bytes NOTHING = { NULL, 0 };

/* What the phone would pull from next: "" or the page's cursor. */
static bool would_pull_from(struct phone *phone, const char *cursor)
{
	bool is_so;

	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(phone, "SyncService/Pull"));
	is_so = phone_asked_cursor(phone, cursor);
	phone_end(phone, 14, NULL);
	return is_so;
}

/* Cards and cursor are both there, or neither. */
static void a_page_and_a_power_cut(void **state)
{
	struct powered f;
	size_t n_old = 0, n_new = 0;

	(void)state;
	powered_begin(&f);
	while (powered_next(&f)) {
		struct message_maker page;
		enum outrider_code code;
		uint64_t n_cards;

		powered_ready(&f);
		phone_make_page(&f.phone, &page);
		assert_int_equal(outrider_sync(f.phone.core, NULL),
				 OUTRIDER_OK);
		powered_cut(&f);
		code = phone_answer(&f.phone, maker_bytes(&page));
		powered_restart(&f);
		n_cards = phone_status(&f.phone).n_cards;
		if (code == OUTRIDER_OK)
			assert_int_equal(n_cards, 2);
		assert_true(n_cards == 0 || n_cards == 2);
		n_old += n_cards == 0;
		n_new += n_cards == 2;
		assert_true(would_pull_from(&f.phone,
					    n_cards == 2 ? "cursor-1" : ""));
		/* It drains afterwards. */
		phone_pull(&f.phone, maker_bytes(&page));
		assert_int_equal(phone_status(&f.phone).n_cards, 2);
		maker_end(&page);
	}
	assert_true(n_old > 0 && n_new > 0);
}

static void an_edit_and_a_power_cut(void **state)
{
	struct powered f;
	struct uuid id = phone_id(1);

	(void)state;
	powered_begin(&f);
	while (powered_next(&f)) {
		struct outrider_edit *edit;
		enum outrider_code code;
		bool is_there;

		powered_ready(&f);
		phone_pull_contact(&f.phone, &id, 7, "Ivan", "Petrov");
		assert_int_equal(outrider_edit_begin(&edit, f.phone.core,
						     "contact", id.at, NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_edit_set(edit, "given_name", "Pyotr",
						   NULL),
				 OUTRIDER_OK);
		powered_cut(&f);
		code = outrider_edit_commit(edit, NULL, NULL);
		powered_restart(&f);
		is_there = phone_status(&f.phone).n_waiting == 1;
		if (code == OUTRIDER_OK)
			assert_true(is_there);
		assert_string_equal(phone_shows(&f.phone, &id, "given_name"),
				    is_there ? "Pyotr" : "Ivan");
		/* The next one's number follows without a gap. */
		phone_edit(&f.phone, &id, "position", "Buyer");
		assert_int_equal(outrider_sync(f.phone.core, NULL),
				 OUTRIDER_OK);
		assert_int_equal(phone_asked_number(&f.phone, 2), 1);
		assert_int_equal(phone_count_mutations(&f.phone),
				 is_there ? 2 : 1);
	}
}

static void an_answer_and_a_power_cut(void **state)
{
	struct powered f;
	struct uuid id = phone_id(1);

	(void)state;
	powered_begin(&f);
	while (powered_next(&f)) {
		struct message_maker answer;
		bool is_gone;

		powered_ready(&f);
		phone_pull_contact(&f.phone, &id, 7, "Ivan", "Petrov");
		phone_edit(&f.phone, &id, "given_name", "Pyotr");
		assert_int_equal(outrider_sync(f.phone.core, NULL),
				 OUTRIDER_OK);
		maker_begin(&answer);
		maker_result(&answer, APPLIED, 9, NOTHING, 0, NULL, NULL);
		powered_cut(&f);
		(void)!phone_answer(&f.phone, maker_bytes(&answer));
		maker_end(&answer);
		powered_restart(&f);
		/* Acknowledged and on the card, or still waiting: the same to
		 * whoever looks at it. */
		is_gone = phone_status(&f.phone).n_waiting == 0;
		assert_string_equal(phone_shows(&f.phone, &id, "given_name"),
				    "Pyotr");
		assert_int_equal(outrider_sync(f.phone.core, NULL),
				 OUTRIDER_OK);
		assert_true(phone_asks(&f.phone, is_gone ? "SyncService/Pull"
							 : "SyncService/Push"));
		if (!is_gone)
			phone_answer_push(&f.phone, APPLIED, 9, NOTHING, 0,
					  NULL, NULL);
		assert_int_equal(phone_asked_number(&f.phone, 4), 1);
	}
}

/* What lost is kept in the transaction that takes the edit away. */
static void a_merged_answer_and_a_power_cut(void **state)
{
	struct powered f;
	struct uuid id = phone_id(1);

	(void)state;
	powered_begin(&f);
	while (powered_next(&f)) {
		struct message_maker answer, stands;

		powered_ready(&f);
		phone_pull_contact(&f.phone, &id, 7, "Ivan", "Petrov");
		phone_edit(&f.phone, &id, "given_name", "Pyotr");
		assert_int_equal(outrider_sync(f.phone.core, NULL),
				 OUTRIDER_OK);
		maker_contact(&stands, NULL, "Other", NULL, NULL);
		maker_begin(&answer);
		maker_result(&answer, MERGED, 9, maker_bytes(&stands), 0, NULL,
			     NULL);
		powered_cut(&f);
		(void)!phone_answer(&f.phone, maker_bytes(&answer));
		maker_end(&answer);
		maker_end(&stands);
		powered_restart(&f);
		assert_int_equal(phone_status(&f.phone).n_waiting +
					 phone_status(&f.phone).n_conflicts,
				 1);
	}
}

static void the_first_start_and_a_power_cut(void **state)
{
	struct powered f;

	(void)state;
	powered_begin(&f);
	while (powered_next(&f)) {
		powered_cut(&f);
		if (phone_open(&f.phone, NULL) == OUTRIDER_OK)
			phone_close(&f.phone);
		powered_return(&f);
		powered_ready(&f);
	}
}

/* ---------------------------------------------- a wait, used for the log */

static uint64_t operations_when_sent;
static const struct test_disk *the_disk;

static void note_operations(struct phone *phone)
{
	(void)phone;
	operations_when_sent = test_disk_operations(the_disk);
}

/* With an edit that waits, and a log that is worth a moment of waiting. */
static void ready_with_an_edit(struct powered *f, struct uuid *id)
{
	*id = phone_id(1);
	powered_ready(f);
	replica_set_log(f->phone.core->replica, 1000, 2);
	phone_pull_contact(&f->phone, id, 7, "Ivan", "Petrov");
	phone_edit(&f->phone, id, "given_name", "Pyotr");
	the_disk = f->disk;
	f->phone.in_send = note_operations;
}

/* The answer to the edit is taken as if nothing had been. */
static void drains(struct powered *f, const struct uuid *id)
{
	assert_string_equal(phone_shows(&f->phone, id, "given_name"), "Pyotr");
	assert_int_equal(phone_status(&f->phone).n_waiting, 1);
	assert_int_equal(outrider_sync(f->phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&f->phone, "SyncService/Push"));
	phone_answer_push(&f->phone, APPLIED, 9, NOTHING, 0, NULL, NULL);
	assert_int_equal(phone_status(&f->phone).n_waiting, 0);
}

/* Behind the request, and once only. */
static void a_wait_for_the_server(void **state)
{
	struct powered f;
	struct uuid id;
	uint64_t before;

	(void)state;
	powered_make(&f, 1);
	ready_with_an_edit(&f, &id);
	before = test_disk_operations(f.disk);
	assert_int_equal(outrider_sync(f.phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&f.phone, "SyncService/Push"));
	assert_int_equal(operations_when_sent, before);
	/* Two syncs, and pages between them. */
	before = test_disk_operations(f.disk) - before;
	assert_true(before > 2);
	phone_end(&f.phone, 14, NULL);
	before = test_disk_operations(f.disk);
	assert_int_equal(outrider_sync(f.phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(test_disk_operations(f.disk), before);
	phone_end(&f.phone, 14, NULL);
	drains(&f, &id);
	powered_free(&f);
}

static void a_wait_and_a_power_cut(void **state)
{
	struct powered f;
	struct uuid id;
	size_t n_cuts = 0;

	(void)state;
	powered_begin(&f);
	while (powered_next(&f)) {
		ready_with_an_edit(&f, &id);
		powered_cut(&f);
		assert_int_equal(outrider_sync(f.phone.core, NULL),
				 OUTRIDER_OK);
		powered_restart(&f);
		n_cuts += f.was_cut;
		drains(&f, &id);
	}
	assert_true(n_cuts > 2);
}

/* No copy is no harm: the sync goes on, and the log has what the file lacks. */
static void a_wait_and_a_disk_that_fails(void **state)
{
	struct powered f;
	struct uuid id;
	uint64_t faults = 1;

	(void)state;
	for (uint64_t n = 1; faults > 0; n++) {
		powered_make(&f, n);
		ready_with_an_edit(&f, &id);
		faults = test_disk_faults(f.disk);
		test_disk_fail_after(f.disk, n, 1000);
		assert_int_equal(outrider_sync(f.phone.core, NULL),
				 OUTRIDER_OK);
		test_disk_fail_after(f.disk, 1, 0);
		faults = test_disk_faults(f.disk) - faults;
		assert_true(phone_asks(&f.phone, "SyncService/Push"));
		phone_answer_push(&f.phone, APPLIED, 9, NOTHING, 0, NULL, NULL);
		assert_int_equal(phone_status(&f.phone).n_waiting, 0);
		assert_string_equal(phone_shows(&f.phone, &id, "given_name"),
				    "Pyotr");
		phone_close(&f.phone);
		assert_int_equal(phone_open(&f.phone, NULL), OUTRIDER_OK);
		assert_int_equal(outrider_unlock(f.phone.core, PHONE_PIN, NULL),
				 OUTRIDER_OK);
		assert_string_equal(phone_shows(&f.phone, &id, "given_name"),
				    "Pyotr");
		powered_free(&f);
		assert_true(n > 2 || faults > 0);
	}
}

/* ------------------------------------------------------ what has gone */

/* The last bytes of the only card's row. */
static void tail_of_card(struct phone *phone, uint8_t tail[VAULT_TAG_LEN])
{
	static const uint8_t first[VAULT_NAME_LEN] = { [7] = 1 };

	assert_int_equal(replica_tag(phone->core->replica, tail, REPLICA_card,
				     first, NULL),
			 OUTRIDER_OK);
}

static bool lies_on(struct powered *f, const char *ending,
		    const uint8_t tail[VAULT_TAG_LEN])
{
	char path[100];
	const uint8_t *at;
	size_t n;

	snprintf(path, sizeof(path), "%s.db%s", f->phone.path, ending);
	at = test_disk_file(f->disk, path, &n);
	for (size_t i = 0; at != NULL && i + VAULT_TAG_LEN <= n; i++)
		if (memcmp(at + i, tail, VAULT_TAG_LEN) == 0)
			return true;
	return false;
}

/* Neither in the file nor in the log, though that keeps its room. */
static void what_was_swept_is_nowhere(void **state)
{
	struct uuid id = phone_id(1);
	struct message_maker page;
	uint8_t tail[VAULT_TAG_LEN];
	struct powered f;

	(void)state;
	powered_make(&f, 1);
	powered_ready(&f);
	phone_pull_contact(&f.phone, &id, 7, "Ivan", "Petrov");
	tail_of_card(&f.phone, tail);
	assert_true(lies_on(&f, "-wal", tail));
	assert_int_equal(outrider_sync(f.phone.core, NULL), OUTRIDER_OK);
	phone_end(&f.phone, 9, "RESYNC");
	maker_begin(&page);
	maker_finish_page(&page, "anew", true);
	assert_int_equal(phone_answer(&f.phone, maker_bytes(&page)),
			 OUTRIDER_OK);
	maker_end(&page);
	assert_int_equal(phone_status(&f.phone).n_cards, 0);
	assert_false(lies_on(&f, "-wal", tail));
	assert_false(lies_on(&f, "", tail));
	powered_free(&f);
}

/* ------------------------------------------------------------- no room */

static void a_full_disk(void **state)
{
	struct uuid id = phone_id(1);
	struct outrider_edit *edit;
	struct outrider_err err;
	struct powered f;
	char text[4001];
	size_t len;
	int n_taken = 0;

	(void)state;
	powered_make(&f, 1);
	powered_ready(&f);
	phone_pull_contact(&f.phone, &id, 7, "Ivan", "Petrov");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	(void)test_disk_file(f.disk, "none", &len);
	test_disk_set_size(f.disk, 1 << 20);
	for (;; n_taken++) {
		enum outrider_code code;
		assert_int_equal(outrider_edit_begin(&edit, f.phone.core,
						     "note", NULL, NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_edit_set(edit, "text", text, NULL),
				 OUTRIDER_OK);
		code = outrider_edit_commit(edit, NULL, &err);
		if (code != OUTRIDER_OK) {
			assert_int_equal(code, OUTRIDER_RESOURCE_EXHAUSTED);
			break;
		}
		assert_true(n_taken < 2000);
	}
	assert_true(n_taken > 10);
	/* What was taken is there, the rest isn't, and all goes on. */
	assert_int_equal(phone_status(&f.phone).n_waiting, n_taken);
	assert_int_equal(phone_status(&f.phone).n_cards, n_taken + 1);
	assert_string_equal(phone_shows(&f.phone, &id, "given_name"), "Ivan");
	test_disk_set_size(f.disk, 0);
	phone_edit(&f.phone, &id, "given_name", "Pyotr");
	assert_int_equal(phone_status(&f.phone).n_waiting, n_taken + 1);
	powered_free(&f);
}

/* What a step that can't be written asks the host's memory for. */
static size_t count_of_a_failing_step(struct powered *f)
{
	const size_t before = f->phone.n_asked;
	int64_t next_us;

	/* The windows of the next days are due to be told anew. */
	f->phone.wall_us += INT64_C(7200000000);
	f->phone.mono_us += INT64_C(7200000000);
	test_disk_set_size(f->disk, 1);
	assert_int_equal(outrider_step(f->phone.core, &next_us, NULL),
			 OUTRIDER_RESOURCE_EXHAUSTED);
	test_disk_set_size(f->disk, 0);
	return f->phone.n_asked - before;
}

/* A phone that is full for a day doesn't read all its cards at each step. */
static void a_full_disk_and_many_cards(void **state)
{
	struct powered f;
	size_t with_few;

	(void)state;
	powered_make(&f, 1);
	powered_ready(&f);
	phone_pull_contact(&f.phone, &(struct uuid){ { 1 } }, 7, "Ivan",
			   "Petrov");
	(void)count_of_a_failing_step(&f); /* has buffers from now on */
	with_few = count_of_a_failing_step(&f);
	for (int i = 0; i < 100; i++) {
		struct outrider_edit *edit;

		assert_int_equal(outrider_edit_begin(&edit, f.phone.core,
						     "note", NULL, NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_edit_set(edit, "text", "Short.",
						   NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_edit_commit(edit, NULL, NULL),
				 OUTRIDER_OK);
	}
	assert_int_equal(count_of_a_failing_step(&f), with_few);
	assert_int_equal(phone_status(&f.phone).n_cards, 101);
	powered_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_and_a_power_cut),
		cmocka_unit_test(an_edit_and_a_power_cut),
		cmocka_unit_test(an_answer_and_a_power_cut),
		cmocka_unit_test(a_merged_answer_and_a_power_cut),
		cmocka_unit_test(the_first_start_and_a_power_cut),
		cmocka_unit_test(a_wait_for_the_server),
		cmocka_unit_test(a_wait_and_a_power_cut),
		cmocka_unit_test(a_wait_and_a_disk_that_fails),
		cmocka_unit_test(what_was_swept_is_nowhere),
		cmocka_unit_test(a_full_disk),
		cmocka_unit_test(a_full_disk_and_many_cards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
