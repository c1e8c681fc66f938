/*
 * Sync when something is wrong: cuts, silence, other histories, hostile bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "phone_host.h"

static const struct bytes NOTHING = { NULL, 0 };

/* Everything anew: what isn't in the new run is gone, edits are not. */
static void another_history(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1), gone = phone_id(2);
	struct message_maker page, fields;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_pull_contact(&phone, &gone, 8, "Olga", "Sidorova");
	phone_edit(&phone, &id, "position", "Buyer");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_end(&phone, 9, "GAP"); /* the server misses what it had */
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	assert_true(phone_asked_cursor(&phone, ""));

	maker_begin(&page);
	maker_contact(&fields, &phone.user, "Ivan", "Petrov", NULL);
	maker_record(&page, &(struct record_maker_args){
				    .kind = CONTACT,
				    .id = id,
				    .rev = 3,
				    .fields = maker_bytes(&fields),
				    .entered = 1,
				    .is_whole = true,
			    });
	maker_end(&fields);
	maker_finish_page(&page, "new-1", false);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	assert_string_equal(phone_shows(&phone, &gone, "family_name"),
			    "Sidorova");
	maker_end(&page);
	maker_begin(&page);
	maker_finish_page(&page, "new-2", true);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
	phone_end(&phone, 0, NULL);
	assert_string_equal(phone_shows(&phone, &gone, "family_name"), "-");
	assert_string_equal(phone_shows(&phone, &id, "phones.number"), "");
	assert_string_equal(phone_shows(&phone, &id, "position"), "Buyer");
	assert_int_equal(phone_status(&phone).n_waiting, 1);
	/* Sent again, once in a sync. */
	assert_true(phone_asks(&phone, "SyncService/Push"));
	phone_end(&phone, 9, "GAP");
	phone_answer_empty_pull(&phone);
	{
		struct outrider_event event;
		assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_FAILED,
					&event));
		assert_string_equal(event.text, "GAP: GAP");
	}
	/* Once in a sync: a server that never agrees is not asked for ever. */
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_end(&phone, 9, "GAP");
	phone_end(&phone, 9, "no");
	assert_int_equal(phone.call, 0);
	phone_free(&phone);
}

static void a_delta_upon_nothing_begins_anew(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1), other = phone_id(2);
	struct message_maker page, fields;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	maker_begin(&page);
	maker_contact(&fields, NULL, "Olga", NULL, NULL);
	maker_record(&page, &(struct record_maker_args){
				    .kind = CONTACT,
				    .id = other,
				    .rev = 9,
				    .fields = maker_bytes(&fields),
			    });
	maker_finish_page(&page, "cursor-5", true);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)),
			 OUTRIDER_DATA_LOSS);
	maker_end(&page);
	maker_end(&fields);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	assert_true(phone_asked_cursor(&phone, ""));
	assert_string_equal(phone_shows(&phone, &other, "given_name"), "-");
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Ivan");
	phone_free(&phone);
}

static void strange_calls_change_nothing(void **state)
{
	struct phone phone;
	struct message_maker page;
	struct uuid id = phone_id(1);

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	maker_begin(&page);
	maker_record(&page, &(struct record_maker_args){ .kind = CONTACT,
							 .id = id,
							 .rev = 9,
							 .is_deleted = true });
	maker_finish_page(&page, "cursor-6", true);
	/* No call; one that is over; one that was never made. */
	assert_int_equal(outrider_received(phone.core, 0, page.bytes.at,
					   page.bytes.len, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_received(phone.core, 1, page.bytes.at,
					   page.bytes.len, NULL),
			 OUTRIDER_OK);
	outrider_ended(phone.core, 99, 0, NULL);
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Ivan");
	/* A second answer to a call that has one; a page behind the head. */
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_answer_empty_pull(&phone);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)),
			 OUTRIDER_DATA_LOSS);
	assert_int_equal(phone.n_cancelled, 1);
	maker_end(&page);
	phone_free(&phone);
}

static void a_page_cut_anywhere_changes_nothing(void **state)
{
	struct phone phone;
	struct message_maker page;

	(void)state;
	phone_ready(&phone);
	phone_make_page(&phone, &page);
	for (size_t len = 0; len < page.bytes.len; len++) {
		assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
		assert_true(phone_asks(&phone, "SyncService/Pull"));
		assert_true(phone_asked_cursor(&phone, ""));
		assert_int_equal(
			phone_answer(&phone,
				     (struct bytes){ page.bytes.at, len }),
			OUTRIDER_DATA_LOSS);
		assert_int_equal(phone.call, 0);
		assert_int_equal(phone_status(&phone).n_cards, 0);
	}
	phone_pull(&phone, maker_bytes(&page));
	assert_int_equal(phone_status(&phone).n_cards, 2);
	maker_end(&page);
	phone_free(&phone);
}

/* Whatever comes: it is taken whole or refused whole, and the next good page
 * is taken. */
static void a_page_with_bits_changed(void **state)
{
	struct phone phone;
	struct message_maker page;
	struct uuid id = phone_id(1);
	size_t n_cards, n_refused = 0;

	(void)state;
	phone_ready(&phone);
	phone_make_page(&phone, &page);
	for (size_t bit = 0; bit < page.bytes.len * 8; bit += 3) {
		if (outrider_sync(phone.core, NULL) != OUTRIDER_OK)
			fail();
		n_cards = phone_status(&phone).n_cards;
		page.bytes.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (phone_answer(&phone, maker_bytes(&page)) != OUTRIDER_OK) {
			n_refused++;
			assert_int_equal(phone_status(&phone).n_cards, n_cards);
		}
		page.bytes.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (phone.call != 0)
			phone_end(&phone, 0, NULL);
		if (phone.call != 0)
			phone_end(&phone, 14, NULL);
	}
	assert_true(n_refused > 100);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Ivan");
	maker_end(&page);
	phone_free(&phone);
}

static void a_push_answer_that_makes_no_sense(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);
	struct message_maker answer;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_edit(&phone, &id, "given_name", "Pyotr");
	maker_begin(&answer);
	maker_result(&answer, APPLIED, 9, NOTHING, 0, NULL, NULL);
	for (size_t len = 0; len < answer.bytes.len; len++) {
		assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
		assert_int_equal(
			phone_answer(&phone,
				     (struct bytes){ answer.bytes.at, len }),
			OUTRIDER_DATA_LOSS);
		assert_int_equal(phone_status(&phone).n_waiting, 1);
	}
	/* One result too many; an outcome that there isn't. */
	maker_result(&answer, APPLIED, 9, NOTHING, 0, NULL, NULL);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(phone_answer(&phone, maker_bytes(&answer)),
			 OUTRIDER_DATA_LOSS);
	maker_end(&answer);
	maker_begin(&answer);
	maker_result(&answer, 4, 9, NOTHING, 0, NULL, NULL);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(phone_answer(&phone, maker_bytes(&answer)),
			 OUTRIDER_DATA_LOSS);
	maker_end(&answer);
	assert_int_equal(phone_status(&phone).n_waiting, 1);
	phone_free(&phone);
}

static void a_cut_is_tried_again(void **state)
{
	struct phone phone;
	int64_t next_us, cut_us, last_us = 0;

	(void)state;
	phone_ready(&phone);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	for (int i = 0; i < 12; i++) {
		cut_us = phone.wall_us;
		phone_end(&phone, 14, "cut");
		assert_int_equal(outrider_step(phone.core, &next_us, NULL),
				 OUTRIDER_OK);
		assert_int_equal(phone.call, 0); /* not at once */
		while (phone.call == 0) {
			assert_true(next_us > phone.wall_us);
			phone.mono_us += next_us - phone.wall_us;
			phone.wall_us = next_us;
			assert_int_equal(outrider_step(phone.core, &next_us,
						       NULL),
					 OUTRIDER_OK);
		}
		assert_true(phone_asks(&phone, "SyncService/Pull"));
		last_us = phone.wall_us - cut_us;
		assert_in_range(last_us, 2500000, 900000000);
	}
	assert_true(last_us > 300000000);
	/* What trying again can't mend is left to a person. */
	phone_end(&phone, 16, "this device was withdrawn");
	phone.wall_us += INT64_C(1000000000);
	assert_int_equal(outrider_step(phone.core, &next_us, NULL),
			 OUTRIDER_OK);
	assert_int_equal(phone.call, 0);
	phone_free(&phone);
}

static void a_silent_server_is_given_up(void **state)
{
	struct phone phone;
	struct outrider_event event;
	int64_t next_us;

	(void)state;
	phone_ready(&phone);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone.mono_us += INT64_C(60000000);
	assert_int_equal(outrider_step(phone.core, &next_us, NULL),
			 OUTRIDER_OK);
	assert_int_not_equal(phone.call, 0);
	assert_int_equal(next_us, phone.wall_us + INT64_C(60000000));
	phone.mono_us += INT64_C(60000000);
	assert_int_equal(outrider_step(phone.core, &next_us, NULL),
			 OUTRIDER_OK);
	assert_int_equal(phone.call, 0);
	assert_int_equal(phone.n_cancelled, 1);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_FAILED, &event));
	assert_int_equal(event.code, OUTRIDER_DEADLINE_EXCEEDED);
	phone_free(&phone);
}

static void answer_all(struct phone *phone, uint64_t *rev)
{
	const size_t n = phone_count_mutations(phone);
	struct message_maker answer;

	maker_begin(&answer);
	for (size_t i = 0; i < n; i++)
		maker_result(&answer, 1, ++*rev, NOTHING, 0, NULL, NULL);
	assert_int_equal(phone_answer(phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	phone_end(phone, 0, NULL);
}

static void edit_often(struct phone *phone, const struct uuid *id, int n)
{
	char name[24];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "Name %d", i);
		phone_edit(phone, id, "given_name", name);
	}
}

static void assert_asks_for(struct phone *phone, size_t n)
{
	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(phone, "SyncService/Push"));
	assert_int_equal(phone_count_mutations(phone), n);
}

/* What a server can't do in time it may do in part; what a line cut says
 * nothing of that. */
static void a_push_that_is_too_much_is_halved(void **state)
{
	struct phone phone;
	struct uuid id = phone_id(1);
	uint64_t rev = 7;
	int64_t next_us;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &id, rev, "Ivan", "Petrov");
	edit_often(&phone, &id, 70);
	assert_asks_for(&phone, 70);
	phone_end(&phone, 14, "cut");
	assert_asks_for(&phone, 70);
	phone.mono_us += INT64_C(120000000);
	assert_int_equal(outrider_step(phone.core, &next_us, NULL),
			 OUTRIDER_OK);
	assert_asks_for(&phone, 35);
	phone_end(&phone, 8, "the answer is larger than a message may be");
	assert_asks_for(&phone, 17);
	phone_end(&phone, 4, "too late");
	assert_asks_for(&phone, 16); /* no fewer */
	phone_end(&phone, 4, "too late");
	assert_asks_for(&phone, 16);
	while (phone_asks(&phone, "SyncService/Push")) {
		assert_in_range(phone_count_mutations(&phone), 1, 16);
		answer_all(&phone, &rev);
	}
	phone_answer_empty_pull(&phone);
	assert_int_equal(phone_status(&phone).n_waiting, 0);
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Name 69");
	/* Once a sync has come through, as many as before. */
	edit_often(&phone, &id, 70);
	assert_asks_for(&phone, 70);
	phone_free(&phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_history),
		cmocka_unit_test(a_delta_upon_nothing_begins_anew),
		cmocka_unit_test(strange_calls_change_nothing),
		cmocka_unit_test(a_page_cut_anywhere_changes_nothing),
		cmocka_unit_test(a_page_with_bits_changed),
		cmocka_unit_test(a_push_answer_that_makes_no_sense),
		cmocka_unit_test(a_cut_is_tried_again),
		cmocka_unit_test(a_silent_server_is_given_up),
		cmocka_unit_test(a_push_that_is_too_much_is_halved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
