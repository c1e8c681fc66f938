/*
 * The proof of equality on the phone's side: when it compares, what it says,
 * what a repair does, and what follows where that doesn't help.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "digest.h"
#include "model/proof.h"
#include "model/wire.h"
#include "phone_host.h"

enum { FAILED_PRECONDITION = 9, ABORTED = 10, UNIMPLEMENTED = 12 };

/* Contacts of the user's scope, as the server has them. */
struct truth {
	size_t n;
	struct message_maker fields[8];
	struct uuid id[8];
};

static void truth_add(struct truth *truth, const struct phone *phone, uint8_t n,
		      const char *given)
{
	truth->id[truth->n] = phone_id(n);
	maker_contact(&truth->fields[truth->n++], &phone->user, given, "Petrov",
		      NULL);
}

static void truth_end(struct truth *truth)
{
	for (size_t i = 0; i < truth->n; i++)
		maker_end(&truth->fields[i]);
}

static void put_record(struct message_maker *page, const struct truth *truth,
		       size_t i, bool is_exact)
{
	struct message_maker in;
	uint8_t index = 1;

	maker_begin(&in);
	maker_number(&in, 1, CONTACT);
	maker_bytes_of(&in, 2, truth->id[i].at, 16);
	maker_number(&in, 3, 10 + i);
	maker_bytes_of(&in, 4, truth->fields[i].bytes.at,
		       truth->fields[i].bytes.len);
	maker_bytes_of(&in, 6, &index, 1);
	maker_number(&in, 8, 1);
	if (is_exact)
		maker_number(&in, 10, 1);
	maker_bytes_of(page, 1, in.bytes.at, in.bytes.len);
	maker_end(&in);
}

/* What the phone holds: these of the truth. */
static void begin(struct phone *phone, struct truth *truth, size_t n_pulled)
{
	struct message_maker page;

	phone_ready(phone);
	*truth = (struct truth){ .n = 0 };
	truth_add(truth, phone, 1, "Ivan");
	truth_add(truth, phone, 2, "Olga");
	truth_add(truth, phone, 3, "Pyotr");
	maker_begin(&page);
	for (size_t i = 0; i < n_pulled; i++)
		put_record(&page, truth, i, false);
	maker_finish_page(&page, "cursor-1", true);
	phone_pull(phone, maker_bytes(&page));
	maker_end(&page);
}

static void pull_nothing(struct phone *phone)
{
	struct message_maker page;

	assert_true(phone_asks(phone, "SyncService/Pull"));
	maker_begin(&page);
	maker_finish_page(&page, "cursor-2", true);
	assert_int_equal(phone_answer(phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
	phone_end(phone, 0, NULL);
}

/* Asks for a comparison, and comes as far as it. */
static void ask(struct phone *phone)
{
	assert_int_equal(outrider_sync_check(phone->core, NULL), OUTRIDER_OK);
	pull_nothing(phone);
	assert_true(phone_asks(phone, "SyncService/Compare"));
	assert_true(phone_asked_cursor(phone, "cursor-2"));
	assert_int_equal(phone_asked(phone, 2).len, PROOF_KEY_LEN);
}

struct table {
	struct proof_sum buckets[PROOF_BUCKETS], all;
};

/* The sums of the truth's first n, under the key of the request under way. */
static void add_up(struct table *table, const struct phone *phone,
		   const struct truth *truth, size_t n)
{
	const uint8_t *key = phone_asked(phone, 2).at;

	memset(table, 0, sizeof(*table));
	for (size_t i = 0; i < n; i++) {
		uint8_t entry[PROOF_LEN];
		unsigned bucket =
			proof_bucket(digest_keyed, key, CONTACT, &truth->id[i]);
		proof_entry(entry, digest_keyed, key, CONTACT, &truth->id[i],
			    maker_bytes(&truth->fields[i]));
		proof_add_entry(&table->buckets[bucket], entry);
		proof_add_entry(&table->all, entry);
	}
}

/* The sum that the phone claims for the user's scope. */
static struct proof_sum claimed(const struct phone *phone)
{
	struct bytes sum = phone_asked(phone, 3);
	struct wire_field scope, value;
	struct proof_sum out = { 0, 0 };

	if (sum.len == 0)
		return out;
	assert_true(wire_find(&scope, sum, 1));
	assert_int_equal(scope.value.len, 17);
	assert_int_equal(scope.value.at[0], 2);
	assert_true(wire_find(&value, sum, 2));
	proof_sum_read(&out, value.value.at);
	return out;
}

static void
put_differs(struct message_maker *answer, const struct table *should)
{
	uint8_t scope[17] = { 2 }, sums[PROOF_BUCKETS * PROOF_LEN];
	struct message_maker in;

	for (size_t i = 0; i < PROOF_BUCKETS; i++)
		proof_sum_write(sums + i * PROOF_LEN, &should->buckets[i]);
	maker_begin(&in);
	maker_bytes_of(&in, 1, scope, sizeof(scope));
	maker_bytes_of(&in, 2, sums, sizeof(sums));
	maker_bytes_of(answer, 2, in.bytes.at, in.bytes.len);
	maker_end(&in);
}

static void answer_differs(struct phone *phone, const struct table *should)
{
	struct message_maker answer;

	maker_begin(&answer);
	put_differs(&answer, should);
	assert_int_equal(phone_answer(phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	phone_end(phone, 0, NULL);
}

/* The scopes of a page that has no cursor. */
static void put_scopes(struct message_maker *page)
{
	maker_bytes_of(page, 4, (uint8_t[17]){ 1 }, 17);
	maker_bytes_of(page, 4, (uint8_t[17]){ 2 }, 17);
}

/* A contact isn't to be held. */
static void put_gone(struct message_maker *page, uint8_t n)
{
	struct uuid id = phone_id(n);
	struct message_maker in;

	maker_begin(&in);
	maker_number(&in, 1, CONTACT);
	maker_bytes_of(&in, 2, id.at, 16);
	maker_number(&in, 10, 1);
	maker_bytes_of(page, 1, in.bytes.at, in.bytes.len);
	maker_end(&in);
}

static bool ended_well(struct phone *phone)
{
	struct outrider_event event;

	return phone->call == 0 &&
	       phone_event(phone, OUTRIDER_EVENT_SYNC_DONE, &event);
}

/* ------------------------------------------------------------------ when */

static void it_is_due_once_a_day(void **state)
{
	struct phone phone;
	struct truth truth;

	(void)state;
	begin(&phone, &truth, 3);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	pull_nothing(&phone);
	assert_true(ended_well(&phone));
	phone.wall_us += INT64_C(19) * 3600 * 1000000;
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	pull_nothing(&phone);
	assert_true(ended_well(&phone));
	phone.wall_us += INT64_C(10) * 3600 * 1000000;
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	pull_nothing(&phone);
	assert_true(phone_asks(&phone, "SyncService/Compare"));
	phone_end(&phone, 14, "cut");
	/* It wasn't answered: it is due still. */
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	pull_nothing(&phone);
	phone_pass_proof(&phone);
	assert_true(ended_well(&phone));
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	pull_nothing(&phone);
	assert_true(ended_well(&phone));
	truth_end(&truth);
	phone_free(&phone);
}

static void it_is_due_after_everything_came_anew(void **state)
{
	struct message_maker page;
	struct phone phone;
	struct truth truth;

	(void)state;
	begin(&phone, &truth, 3);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_end(&phone, FAILED_PRECONDITION, "RESYNC");
	maker_begin(&page);
	put_record(&page, &truth, 0, false);
	maker_finish_page(&page, "cursor-2", true);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
	phone_end(&phone, 0, NULL);
	assert_true(phone_asks(&phone, "SyncService/Compare"));
	truth_end(&truth);
	phone_free(&phone);
}

/* -------------------------------------------------------------------- what */

static void the_sums_are_those_of_the_cards(void **state)
{
	struct proof_sum sum;
	struct table should;
	struct phone phone;
	struct truth truth;
	uint8_t key[PROOF_KEY_LEN];

	(void)state;
	begin(&phone, &truth, 3);
	/* An edit that waits is not what the server has. */
	phone_edit(&phone, &truth.id[0], "given_name", "Other");
	assert_int_equal(outrider_sync_check(phone.core, NULL), OUTRIDER_OK);
	phone_end(&phone, 3, "not now");
	pull_nothing(&phone);
	assert_true(phone_asks(&phone, "SyncService/Compare"));
	memcpy(key, phone_asked(&phone, 2).at, sizeof(key));
	add_up(&should, &phone, &truth, 3);
	sum = claimed(&phone);
	assert_true(proof_sum_equal(&sum, &should.all));
	phone_pass_proof(&phone);
	/* No two comparisons have one key. */
	assert_int_equal(outrider_sync_check(phone.core, NULL), OUTRIDER_OK);
	phone_end(&phone, 3, "not now");
	pull_nothing(&phone);
	assert_memory_not_equal(phone_asked(&phone, 2).at, key, sizeof(key));
	truth_end(&truth);
	phone_free(&phone);
}

/* One card is missing, one is not as it should be, one is held in vain. */
static void what_differs_is_repaired(void **state)
{
	struct message_maker page;
	struct outrider_event event;
	struct phone phone;
	struct truth truth, wrong;
	struct table should;
	struct wire_reader reader;
	struct wire_field field;
	size_t n_held = 0;

	(void)state;
	begin(&phone, &wrong, 3);
	truth = (struct truth){ .n = 0 };
	truth_add(&truth, &phone, 1, "Ivan");
	truth_add(&truth, &phone, 2, "Anna");
	truth_add(&truth, &phone, 4, "Zoya");
	ask(&phone);
	add_up(&should, &phone, &truth, 3);
	answer_differs(&phone, &should);

	assert_true(phone_asks(&phone, "SyncService/Repair"));
	assert_int_equal(phone_asked(&phone, 3).len, 17);
	assert_int_equal(phone_asked(&phone, 4).len, PROOF_MASK_LEN);
	for (size_t i = 0; i < 3; i++) {
		unsigned bucket = proof_bucket(digest_keyed,
					       phone_asked(&phone, 2).at,
					       CONTACT, &truth.id[i]);
		if (i > 0)
			assert_true(proof_mask_has(phone_asked(&phone, 4).at,
						   bucket));
	}
	reader = wire_read(
		(struct bytes){ phone.request.at, phone.request.len });
	while (wire_next(&reader, &field) > 0)
		n_held += field.number == 5;
	assert_in_range(n_held, 2, 3); /* 1 may share a bucket */

	/* Two pages, each true by itself; neither has a cursor. */
	maker_begin(&page);
	put_record(&page, &truth, 1, true);
	put_record(&page, &truth, 2, true);
	put_scopes(&page);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
	maker_begin(&page);
	put_gone(&page, 3);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
	phone_end(&phone, 0, NULL);

	/* Compared once more, under another key. */
	assert_true(phone_asks(&phone, "SyncService/Compare"));
	add_up(&should, &phone, &truth, 3);
	{
		struct proof_sum sum = claimed(&phone);
		assert_true(proof_sum_equal(&sum, &should.all));
	}
	phone_pass_proof(&phone);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_REPAIRED, &event));
	assert_int_equal(event.pulled, 3);
	assert_true(ended_well(&phone));
	assert_string_equal(phone_shows(&phone, &truth.id[1], "given_name"),
			    "Anna");
	assert_string_equal(phone_shows(&phone, &truth.id[2], "given_name"),
			    "Zoya");
	assert_string_equal(phone_shows(&phone, &wrong.id[2], "given_name"),
			    "-");
	/* The cursor stays: the pull goes on from there. */
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asked_cursor(&phone, "cursor-2"));
	/* What was asked for once is done once. */
	pull_nothing(&phone);
	assert_true(ended_well(&phone));
	truth_end(&truth);
	truth_end(&wrong);
	phone_free(&phone);
}

static void a_second_difference_begins_anew(void **state)
{
	struct outrider_event event;
	struct message_maker page;
	struct phone phone;
	struct truth truth;
	struct table should;

	(void)state;
	begin(&phone, &truth, 2);
	ask(&phone);
	add_up(&should, &phone, &truth, 3);
	answer_differs(&phone, &should);
	assert_true(phone_asks(&phone, "SyncService/Repair"));
	phone_end(&phone, 0, NULL); /* the server finds nothing to tell */
	add_up(&should, &phone, &truth, 3);
	answer_differs(&phone, &should);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	assert_true(phone_asked_cursor(&phone, ""));
	maker_begin(&page);
	for (size_t i = 0; i < 3; i++)
		put_record(&page, &truth, i, false);
	maker_finish_page(&page, "cursor-3", true);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
	phone_end(&phone, 0, NULL);
	assert_int_equal(phone.call, 0);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_FAILED, &event));
	assert_int_equal(event.code, OUTRIDER_DATA_LOSS);
	assert_int_equal(phone_status(&phone).n_cards, 3);
	truth_end(&truth);
	phone_free(&phone);
}

static void what_was_written_meanwhile_is_pulled_first(void **state)
{
	struct message_maker answer;
	struct phone phone;
	struct truth truth;
	struct table should;

	(void)state;
	begin(&phone, &truth, 2);
	ask(&phone);
	maker_begin(&answer);
	maker_number(&answer, 1, 1); /* is_behind */
	assert_int_equal(phone_answer(&phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	phone_end(&phone, 0, NULL);
	pull_nothing(&phone);
	add_up(&should, &phone, &truth, 3);
	answer_differs(&phone, &should);
	assert_true(phone_asks(&phone, "SyncService/Repair"));
	phone_end(&phone, ABORTED, "BEHIND");
	pull_nothing(&phone);
	assert_true(phone_asks(&phone, "SyncService/Compare"));
	phone_pass_proof(&phone);
	assert_true(ended_well(&phone));
	truth_end(&truth);
	phone_free(&phone);
}

/* A server that is always ahead is not asked for ever; one that knows of no
 * comparison does no harm. */
static void it_is_left_for_another_time(void **state)
{
	struct phone phone;
	struct truth truth;
	int n = 0;

	(void)state;
	begin(&phone, &truth, 2);
	ask(&phone);
	while (phone_asks(&phone, "SyncService/Compare") && n++ < 9) {
		phone_end(&phone, ABORTED, "BEHIND");
		if (phone.call != 0)
			pull_nothing(&phone);
	}
	assert_in_range(n, 2, 8);
	assert_true(ended_well(&phone));
	ask(&phone);
	phone_end(&phone, UNIMPLEMENTED, "what?");
	assert_true(ended_well(&phone));
	truth_end(&truth);
	phone_free(&phone);
}

/* Nothing but what a repair says is taken for one. */
static void strange_answers(void **state)
{
	struct message_maker page;
	struct phone phone;
	struct truth truth;
	struct table should;

	(void)state;
	begin(&phone, &truth, 2);
	ask(&phone);
	assert_int_equal(
		phone_answer(&phone,
			     (struct bytes){ (const uint8_t *)"\x12\x01x", 3 }),
		OUTRIDER_DATA_LOSS);
	assert_int_equal(phone.call, 0);
	ask(&phone);
	add_up(&should, &phone, &truth, 3);
	answer_differs(&phone, &should);
	maker_begin(&page);
	put_record(&page, &truth, 2, false); /* not exact */
	put_scopes(&page);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)),
			 OUTRIDER_DATA_LOSS);
	maker_end(&page);
	assert_int_equal(phone_status(&phone).n_cards, 2);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	assert_true(phone_asked_cursor(&phone, ""));
	truth_end(&truth);
	phone_free(&phone);
}

/* -------------------------------------------------------- without memory */

/* A comparison with a server that has the truth, as far as the phone comes. */
static void compare(struct phone *phone, const struct truth *truth)
{
	(void)!outrider_sync_check(phone->core, NULL);
	while (phone->call != 0) {
		struct message_maker answer;
		struct proof_sum sum = { 0, 0 };
		struct table should;

		maker_begin(&answer);
		if (phone_asks(phone, "SyncService/Pull")) {
			maker_finish_page(&answer, "cursor-2", true);
		} else if (phone_asks(phone, "SyncService/Repair")) {
			for (size_t i = 0; i < truth->n; i++)
				put_record(&answer, truth, i, true);
			put_scopes(&answer);
			put_gone(&answer, 3);
		} else {
			assert_true(phone_asks(phone, "SyncService/Compare"));
			add_up(&should, phone, truth, truth->n);
			sum = claimed(phone);
			if (!proof_sum_equal(&sum, &should.all))
				put_differs(&answer, &should);
		}
		phone_try(phone, &answer);
	}
}

/* Each in turn: the cards stay what they were or are repaired, and with memory
 * they are. */
static void each_allocation_fails(void **state)
{
	bool has_failed = true;

	(void)state;
	for (size_t n = 1; has_failed; n++) {
		struct outrider_event event;
		struct truth truth, wrong;
		struct phone phone;

		begin(&phone, &wrong, 3);
		truth = (struct truth){ .n = 0 };
		truth_add(&truth, &phone, 1, "Ivan");
		truth_add(&truth, &phone, 2, "Anna");
		truth_add(&truth, &phone, 4, "Zoya");
		phone_starve(&phone, n);
		compare(&phone, &truth);
		has_failed = phone_feed(&phone);
		while (phone_event(&phone, OUTRIDER_EVENT_SYNC_DONE, &event))
			;
		compare(&phone, &truth);
		assert_true(ended_well(&phone));
		assert_string_equal(phone_shows(&phone, &truth.id[1],
						"given_name"),
				    "Anna");
		assert_string_equal(phone_shows(&phone, &truth.id[2],
						"given_name"),
				    "Zoya");
		assert_string_equal(
			phone_shows(&phone, &wrong.id[2], "given_name"), "-");
		truth_end(&truth);
		truth_end(&wrong);
		phone_free(&phone); /* and no memory is left over */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_due_once_a_day),
		cmocka_unit_test(it_is_due_after_everything_came_anew),
		cmocka_unit_test(the_sums_are_those_of_the_cards),
		cmocka_unit_test(what_differs_is_repaired),
		cmocka_unit_test(a_second_difference_begins_anew),
		cmocka_unit_test(what_was_written_meanwhile_is_pulled_first),
		cmocka_unit_test(it_is_left_for_another_time),
		cmocka_unit_test(strange_answers),
		cmocka_unit_test(each_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
