/*
 * The outbox begins anew: the phone, or the server, was restored from a backup.
 * Everything that waited is sent again under new numbers, upon what its author
 * had seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/wire.h"
#include "powered.h"

enum { CANCELLED = 1, FAILED_PRECONDITION = 9, ABORTED = 10, UNAVAILABLE = 14 };

static const struct bytes NOTHING = { NULL, 0 };

/* ----------------------------------------------------- what a push says */

struct pushed {
	size_t n;
	uint64_t first_seq, acked_seq;
	uint8_t incarnation[16];
	uint64_t base[8], hlc[8];
	uint8_t id[8];
};

static uint64_t number_of(struct bytes message, uint32_t number)
{
	struct wire_field field;

	return wire_find(&field, message, number) ? field.scalar : 0;
}

static struct pushed read_push(const struct phone *phone)
{
	struct wire_reader reader = wire_read(
		(struct bytes){ phone->request.at, phone->request.len });
	struct pushed out = {
		.first_seq = phone_asked_number(phone, 2),
		.acked_seq = phone_asked_number(phone, 5),
	};
	struct wire_field in;

	assert_true(phone_asks(phone, "SyncService/Push"));
	memcpy(out.incarnation, phone_asked(phone, 1).at, 16);
	while (wire_next(&reader, &in) > 0) {
		struct wire_field id;

		if (in.number != 6)
			continue;
		assert_true(wire_find(&id, in.value, 2));
		out.id[out.n] = id.value.at[15];
		out.base[out.n] =
			phone_asked_number(phone, 3) + number_of(in.value, 4);
		out.hlc[out.n] =
			phone_asked_number(phone, 4) + number_of(in.value, 5);
		out.n++;
	}
	return out;
}

static void answer_applied(struct phone *phone, size_t n, uint64_t rev)
{
	struct message_maker answer;

	maker_begin(&answer);
	for (size_t i = 0; i < n; i++)
		maker_result(&answer, APPLIED, rev + i, NOTHING, 0, NULL, NULL);
	assert_int_equal(phone_answer(phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	phone_end(phone, 0, NULL);
}

static void put_contact(struct message_maker *page, const struct phone *phone,
			uint8_t n, uint64_t rev, const char *given)
{
	struct message_maker fields;

	maker_contact(&fields, &phone->user, given, "Petrov", NULL);
	maker_record(page, &(struct record_maker_args){
				   .kind = CONTACT,
				   .id = phone_id(n),
				   .rev = rev,
				   .fields = maker_bytes(&fields),
				   .entered = 2,
				   .is_whole = true,
			   });
	maker_end(&fields);
}

static void answer_page(struct phone *phone, struct message_maker *page)
{
	maker_finish_page(page, "anew", true);
	assert_int_equal(phone_answer(phone, maker_bytes(page)), OUTRIDER_OK);
	maker_end(page);
	phone_end(phone, 0, NULL);
	phone_pass_proof(phone);
}

/* Contacts 1 to 3 at revisions 11 to 13. */
static void pull_three(struct phone *phone)
{
	struct message_maker page;

	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
	maker_begin(&page);
	for (uint8_t i = 1; i <= 3; i++)
		put_contact(&page, phone, i, 10U + i, "Ivan");
	answer_page(phone, &page);
}

static void
edit(struct phone *phone, uint8_t n, const char *field, const char *text)
{
	struct uuid id = phone_id(n);

	phone_edit(phone, &id, field, text);
}

static const char *shows(struct phone *phone, uint8_t n)
{
	struct uuid id = phone_id(n);

	return phone_shows(phone, &id, "given_name");
}

/* ---------------------------------------------------------- the phone's */

static void a_restored_phone_sends_all_again(void **state)
{
	struct outrider_event event;
	struct message_maker page;
	struct pushed before, after;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	pull_three(&phone);
	edit(&phone, 3, "position", "Buyer");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	answer_applied(&phone, 1, 14);
	phone_answer_empty_pull(&phone);
	edit(&phone, 1, "given_name", "Pyotr");
	edit(&phone, 2, "given_name", "Olga");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	before = read_push(&phone);
	assert_int_equal(before.first_seq, 2);
	phone_end(&phone, ABORTED, "a number came again");

	/* All is pulled anew; nothing counts as answered under new numbers. */
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	assert_true(phone_asked_cursor(&phone, ""));
	assert_memory_not_equal(phone_asked(&phone, 3).at, before.incarnation,
				16);
	assert_int_equal(phone_asked_number(&phone, 4), 0);
	maker_begin(&page);
	put_contact(&page, &phone, 1, 11, "Ivan");
	put_contact(&page, &phone, 2, 20, "Ivan");
	answer_page(&phone, &page);
	assert_string_equal(shows(&phone, 1), "Pyotr");
	assert_string_equal(shows(&phone, 3), "-");

	after = read_push(&phone);
	assert_int_equal(after.n, 2);
	assert_int_equal(after.first_seq, 1);
	assert_int_equal(after.acked_seq, 0);
	assert_memory_not_equal(after.incarnation, before.incarnation, 16);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(after.id[i], before.id[i]);
		assert_true(after.hlc[i] == before.hlc[i]);
		assert_true(after.base[i] == before.base[i]);
	}
	answer_applied(&phone, 2, 21);
	phone_answer_empty_pull(&phone);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_OUTBOX_RENEWED, &event));
	assert_string_equal(event.text, "2 edits are sent again.");
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_DONE, &event));
	assert_int_equal(phone_status(&phone).n_waiting, 0);

	/* The next one's number follows. */
	edit(&phone, 1, "position", "Chief");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(read_push(&phone).first_seq, 3);
	phone_free(&phone);
}

static void what_is_parked_stays(void **state)
{
	struct message_maker page;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	pull_three(&phone);
	edit(&phone, 1, "given_name", "Bad");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_answer_push(&phone, REJECTED, 0, NOTHING, 3, "given_name", "no");
	phone_answer_empty_pull(&phone);
	edit(&phone, 2, "given_name", "Olga");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_end(&phone, ABORTED, "a number came again");
	maker_begin(&page);
	put_contact(&page, &phone, 1, 11, "Ivan");
	put_contact(&page, &phone, 2, 12, "Ivan");
	answer_page(&phone, &page);
	assert_int_equal(read_push(&phone).n, 1);
	assert_int_equal(read_push(&phone).id[0], 2);
	answer_applied(&phone, 1, 21);
	phone_answer_empty_pull(&phone);
	assert_int_equal(phone_status(&phone).n_waiting, 0);
	assert_int_equal(phone_status(&phone).n_parked, 1);
	assert_int_equal(outrider_outbox_retry(phone.core, 1, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(read_push(&phone).first_seq, 2);
	phone_free(&phone);
}

/* Killed before all has come: nothing is sent until it has. */
static void nothing_is_sent_half_way(void **state)
{
	struct message_maker page;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	pull_three(&phone);
	edit(&phone, 1, "given_name", "Pyotr");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_end(&phone, FAILED_PRECONDITION, "GAP");
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	phone_close(&phone);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	maker_begin(&page);
	put_contact(&page, &phone, 1, 5, "Ivan");
	answer_page(&phone, &page);
	assert_int_equal(read_push(&phone).first_seq, 1);
	assert_int_equal(read_push(&phone).base[0], 5);
	phone_free(&phone);
}

/* --------------------------------------------------------- the server's */

/*
 * The server's new history: what the author saw stands there under another
 * revision (1), something else does (2), the card is gone (3).
 */
static void bases_follow_what_was_seen(void **state)
{
	struct message_maker page;
	struct outrider_event event;
	struct uuid two = phone_id(2);
	struct pushed pushed;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	pull_three(&phone);
	edit(&phone, 1, "given_name", "Pyotr");
	edit(&phone, 1, "given_name", "Pavel");
	edit(&phone, 2, "given_name", "Olga");
	edit(&phone, 3, "given_name", "Zoya");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(read_push(&phone).base[2], 12);
	phone_end(&phone, FAILED_PRECONDITION, "GAP");
	maker_begin(&page);
	put_contact(&page, &phone, 1, 4, "Ivan");
	put_contact(&page, &phone, 2, 15, "Other");
	answer_page(&phone, &page);
	pushed = read_push(&phone);
	assert_int_equal(pushed.n, 4);
	assert_int_equal(pushed.base[0], 4);
	assert_int_equal(pushed.base[1], 4);
	assert_int_equal(pushed.base[2], 1);
	assert_int_equal(pushed.base[3], 13);
	assert_int_equal(pushed.first_seq, 1);
	/* The card's revision is that of the new history. */
	answer_applied(&phone, 4, 30);
	phone_answer_empty_pull(&phone);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_OUTBOX_RENEWED, &event));
	edit(&phone, 2, "position", "Buyer");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(read_push(&phone).base[0], 15);
	assert_string_equal(phone_shows(&phone, &two, "given_name"), "Olga");
	phone_free(&phone);
}

/* An answer was lost: what the author wrote stands already. */
static void what_was_written_already_counts_as_seen(void **state)
{
	struct message_maker page;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	pull_three(&phone);
	edit(&phone, 1, "given_name", "Pyotr");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_end(&phone, FAILED_PRECONDITION, "GAP");
	maker_begin(&page);
	put_contact(&page, &phone, 1, 14, "Pyotr");
	answer_page(&phone, &page);
	assert_int_equal(read_push(&phone).base[0], 14);
	phone_free(&phone);
}

/* The push went well, and the pull tells of the other history: RESYNC. */
static void resync_sets_later_edits_upon_what_came(void **state)
{
	struct outrider_event event;
	struct message_maker page;
	struct phone phone;
	uint8_t before[16];

	(void)state;
	phone_ready(&phone);
	pull_three(&phone);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	memcpy(before, phone_asked(&phone, 3).at, 16);
	phone_end(&phone, FAILED_PRECONDITION, "RESYNC");
	edit(&phone, 2, "given_name", "Olga");
	maker_begin(&page);
	put_contact(&page, &phone, 2, 5, "Ivan");
	answer_page(&phone, &page);
	assert_int_equal(read_push(&phone).base[0], 5);
	assert_memory_not_equal(read_push(&phone).incarnation, before, 16);
	answer_applied(&phone, 1, 6);
	phone_answer_empty_pull(&phone);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_OUTBOX_RENEWED, &event));
	phone_free(&phone);
}

/* The new history knows the card as one that left; the old one's memberships
 * hold it no more. */
static void what_left_in_the_new_history_goes(void **state)
{
	struct message_maker page;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	pull_three(&phone);
	maker_begin(&page);
	maker_record(&page, &(struct record_maker_args){ .kind = CONTACT,
							 .id = phone_id(1),
							 .rev = 14,
							 .entered = 1 });
	maker_finish_page(&page, "cursor-2", true);
	phone_pull(&phone, maker_bytes(&page));
	maker_end(&page);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_end(&phone, FAILED_PRECONDITION, "RESYNC");
	maker_begin(&page);
	maker_record(&page, &(struct record_maker_args){ .kind = CONTACT,
							 .id = phone_id(1),
							 .rev = 5,
							 .left = 2 });
	answer_page(&phone, &page);
	assert_string_equal(shows(&phone, 1), "-");
	phone_free(&phone);
}

/* Away for longer than tombstones are kept: the history is the same, so what
 * was seen stays seen, and what was sent is sent as it was. */
static void a_stale_phone_keeps_its_numbers(void **state)
{
	struct outrider_event event;
	struct message_maker page;
	struct phone phone;
	uint8_t before[16];

	(void)state;
	phone_ready(&phone);
	pull_three(&phone);
	phone.wall_us += INT64_C(100) * 24 * 3600 * 1000000;
	phone.mono_us += INT64_C(100) * 24 * 3600 * 1000000;
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	memcpy(before, phone_asked(&phone, 3).at, 16);
	phone_end(&phone, FAILED_PRECONDITION, "RESYNC");
	edit(&phone, 2, "given_name", "Olga");
	maker_begin(&page);
	put_contact(&page, &phone, 2, 15, "Other");
	answer_page(&phone, &page);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_DONE, &event));
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(read_push(&phone).base[0], 12);
	assert_memory_equal(read_push(&phone).incarnation, before, 16);
	phone_free(&phone);
}

/* ------------------------------------------------------------ power cuts */

/* At any write: the old numbers, or the new ones with nothing of the old. */
static void a_power_cut_while_it_renews(void **state)
{
	bool has_old = false, has_new = false;
	struct powered p;

	(void)state;
	powered_begin(&p);
	while (powered_next(&p)) {
		struct phone *phone = &p.phone;
		struct pushed before, after;
		struct message_maker page;

		powered_ready(&p);
		pull_three(phone);
		edit(phone, 3, "position", "Buyer");
		assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
		answer_applied(phone, 1, 14);
		phone_answer_empty_pull(phone);
		edit(phone, 1, "given_name", "Pyotr");
		edit(phone, 2, "given_name", "Olga");
		assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
		before = read_push(phone);
		powered_cut(&p);
		phone_end(phone, ABORTED, "a number came again");
		powered_restart(&p);
		assert_int_equal(phone_status(phone).n_waiting, 2);
		assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
		if (phone_asks(phone, "SyncService/Pull")) {
			maker_begin(&page);
			put_contact(&page, phone, 1, 11, "Ivan");
			put_contact(&page, phone, 2, 12, "Ivan");
			answer_page(phone, &page);
		}
		after = read_push(phone);
		assert_int_equal(after.n, 2);
		if (memcmp(after.incarnation, before.incarnation, 16) == 0) {
			has_old = true;
			assert_memory_equal(&after, &before, sizeof(before));
		} else {
			has_new = true;
			assert_int_equal(after.first_seq, 1);
			assert_int_equal(after.acked_seq, 0);
		}
	}
	assert_true(has_old && has_new);
}

/* -------------------------------------------------------- without memory */

/* A sync with a server that has heard of the phone's first numbers already,
 * with other contents: as far as the phone comes. */
static void sync_restored(struct phone *phone, const uint8_t incarnation[16])
{
	(void)!outrider_sync(phone->core, NULL);
	while (phone->call != 0) {
		struct message_maker answer;

		if (phone_asks(phone, "SyncService/Push") &&
		    memcmp(read_push(phone).incarnation, incarnation, 16) ==
			    0) {
			phone_end(phone, ABORTED, "a number came again");
			continue;
		}
		maker_begin(&answer);
		if (phone_asks(phone, "SyncService/Push")) {
			for (size_t i = 0; i < read_push(phone).n; i++)
				maker_result(&answer, APPLIED, 21 + i, NOTHING,
					     0, NULL, NULL);
		} else if (phone_asks(phone, "SyncService/Pull")) {
			put_contact(&answer, phone, 1, 11, "Ivan");
			put_contact(&answer, phone, 2, 12, "Ivan");
			maker_finish_page(&answer, "anew", true);
		}
		phone_try(phone, &answer);
	}
}

/* Each in turn: nothing that waits is lost, or sent under a number of both. */
static void each_allocation_fails(void **state)
{
	bool has_failed = true;

	(void)state;
	for (size_t n = 1; has_failed; n++) {
		struct outrider_event event;
		uint8_t incarnation[16];
		struct phone phone;

		phone_ready(&phone);
		pull_three(&phone);
		edit(&phone, 1, "given_name", "Pyotr");
		edit(&phone, 2, "given_name", "Olga");
		assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
		memcpy(incarnation, read_push(&phone).incarnation, 16);
		phone_end(&phone, UNAVAILABLE, "cut");
		phone_starve(&phone, n);
		sync_restored(&phone, incarnation);
		has_failed = phone_feed(&phone);
		while (phone_event(&phone, OUTRIDER_EVENT_SYNC_DONE, &event))
			;
		sync_restored(&phone, incarnation);
		assert_true(
			phone_event(&phone, OUTRIDER_EVENT_SYNC_DONE, &event));
		assert_int_equal(phone_status(&phone).n_waiting, 0);
		assert_int_equal(phone_status(&phone).n_parked, 0);
		phone_free(&phone); /* and no memory is left over */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_restored_phone_sends_all_again),
		cmocka_unit_test(what_is_parked_stays),
		cmocka_unit_test(nothing_is_sent_half_way),
		cmocka_unit_test(bases_follow_what_was_seen),
		cmocka_unit_test(what_was_written_already_counts_as_seen),
		cmocka_unit_test(resync_sets_later_edits_upon_what_came),
		cmocka_unit_test(what_left_in_the_new_history_goes),
		cmocka_unit_test(a_stale_phone_keeps_its_numbers),
		cmocka_unit_test(a_power_cut_while_it_renews),
		cmocka_unit_test(each_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
