/*
 * The phone's file when the power goes at any write, and when the disk is
 * full: the old state or the new one, and nothing that was promised is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "phone_host.h"
#include "test_vfs.h"

enum { CONTACT = 4, APPLIED = 1, MERGED = 2 };

static const struct bytes NOTHING = { NULL, 0 };

static uint64_t dice(void *user)
{
	uint64_t *state = user, z;

	z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

struct fixture {
	struct phone phone;
	struct test_disk *disk;
	uint64_t seed;
};

static void begin(struct fixture *f, uint64_t seed)
{
	f->seed = seed;
	f->disk = test_disk_make("phone-disk", dice, &f->seed);
	phone_make(&f->phone);
	f->phone.vfs = "phone-disk";
	assert_int_equal(phone_open(&f->phone, NULL), OUTRIDER_OK);
	phone_enroll(&f->phone);
	assert_int_equal(outrider_unlock(f->phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
}

static void end(struct fixture *f)
{
	phone_free(&f->phone);
	test_disk_free(f->disk);
}

/* The process dies with the power; the phone is started again. */
static void power_cut(struct fixture *f)
{
	phone_close(&f->phone);
	test_disk_cut_after(f->disk, 0);
	test_disk_power_on(f->disk);
	assert_int_equal(phone_open(&f->phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(f->phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
}

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
	size_t n_old = 0, n_new = 0;
	bool was_cut = true;

	(void)state;
	for (uint64_t n = 1; was_cut; n++) {
		struct fixture f;
		struct message_maker page;
		enum outrider_code code;
		uint64_t n_cards;

		begin(&f, n);
		phone_make_page(&f.phone, &page);
		assert_int_equal(outrider_sync(f.phone.core, NULL),
				 OUTRIDER_OK);
		test_disk_cut_after(f.disk, n);
		code = phone_answer(&f.phone, maker_bytes(&page));
		was_cut = test_disk_is_cut(f.disk);
		power_cut(&f);
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
		end(&f);
	}
	assert_true(n_old > 0 && n_new > 0);
}

static void an_edit_and_a_power_cut(void **state)
{
	struct uuid id = phone_id(1);
	bool was_cut = true;

	(void)state;
	for (uint64_t n = 1; was_cut; n++) {
		struct outrider_edit *edit;
		struct fixture f;
		enum outrider_code code;
		bool is_there;

		begin(&f, n);
		phone_pull_contact(&f.phone, &id, 7, "Ivan", "Petrov");
		assert_int_equal(outrider_edit_begin(&edit, f.phone.core,
						     "contact", id.at, NULL),
				 OUTRIDER_OK);
		assert_int_equal(outrider_edit_set(edit, "given_name", "Pyotr",
						   NULL),
				 OUTRIDER_OK);
		test_disk_cut_after(f.disk, n);
		code = outrider_edit_commit(edit, NULL, NULL);
		was_cut = test_disk_is_cut(f.disk);
		power_cut(&f);
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
		end(&f);
	}
}

static void an_answer_and_a_power_cut(void **state)
{
	struct uuid id = phone_id(1);
	bool was_cut = true;

	(void)state;
	for (uint64_t n = 1; was_cut; n++) {
		struct message_maker answer;
		struct fixture f;
		bool is_gone;

		begin(&f, n);
		phone_pull_contact(&f.phone, &id, 7, "Ivan", "Petrov");
		phone_edit(&f.phone, &id, "given_name", "Pyotr");
		assert_int_equal(outrider_sync(f.phone.core, NULL),
				 OUTRIDER_OK);
		maker_begin(&answer);
		maker_result(&answer, APPLIED, 9, NOTHING, 0, NULL, NULL);
		test_disk_cut_after(f.disk, n);
		(void)!phone_answer(&f.phone, maker_bytes(&answer));
		was_cut = test_disk_is_cut(f.disk);
		maker_end(&answer);
		power_cut(&f);
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
		end(&f);
	}
}

/* What lost is kept in the transaction that takes the edit away. */
static void a_merged_answer_and_a_power_cut(void **state)
{
	struct uuid id = phone_id(1);
	bool was_cut = true;

	(void)state;
	for (uint64_t n = 1; was_cut; n++) {
		struct message_maker answer, stands;
		struct fixture f;

		begin(&f, n);
		phone_pull_contact(&f.phone, &id, 7, "Ivan", "Petrov");
		phone_edit(&f.phone, &id, "given_name", "Pyotr");
		assert_int_equal(outrider_sync(f.phone.core, NULL),
				 OUTRIDER_OK);
		maker_contact(&stands, NULL, "Other", NULL, NULL);
		maker_begin(&answer);
		maker_result(&answer, MERGED, 9, maker_bytes(&stands), 0, NULL,
			     NULL);
		test_disk_cut_after(f.disk, n);
		(void)!phone_answer(&f.phone, maker_bytes(&answer));
		was_cut = test_disk_is_cut(f.disk);
		maker_end(&answer);
		maker_end(&stands);
		power_cut(&f);
		assert_int_equal(phone_status(&f.phone).n_waiting +
					 phone_status(&f.phone).n_conflicts,
				 1);
		end(&f);
	}
}

static void the_first_start_and_a_power_cut(void **state)
{
	bool was_cut = true;

	(void)state;
	for (uint64_t n = 1; was_cut; n++) {
		struct fixture f = { .seed = n };

		f.disk = test_disk_make("phone-disk", dice, &f.seed);
		phone_make(&f.phone);
		f.phone.vfs = "phone-disk";
		test_disk_cut_after(f.disk, n);
		if (phone_open(&f.phone, NULL) == OUTRIDER_OK)
			phone_close(&f.phone);
		was_cut = test_disk_is_cut(f.disk);
		test_disk_cut_after(f.disk, 0);
		test_disk_power_on(f.disk);
		assert_int_equal(phone_open(&f.phone, NULL), OUTRIDER_OK);
		phone_enroll(&f.phone);
		assert_int_equal(outrider_unlock(f.phone.core, PHONE_PIN, NULL),
				 OUTRIDER_OK);
		end(&f);
	}
}

static void a_full_disk(void **state)
{
	struct uuid id = phone_id(1);
	struct outrider_edit *edit;
	struct outrider_err err;
	struct fixture f;
	char text[4001];
	size_t len;
	int n_taken = 0;

	(void)state;
	begin(&f, 1);
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
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_and_a_power_cut),
		cmocka_unit_test(an_edit_and_a_power_cut),
		cmocka_unit_test(an_answer_and_a_power_cut),
		cmocka_unit_test(a_merged_answer_and_a_power_cut),
		cmocka_unit_test(the_first_start_and_a_power_cut),
		cmocka_unit_test(a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
