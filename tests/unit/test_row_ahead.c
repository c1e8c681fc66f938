/*
 * Rows opened ahead: what is read is always what lies in the file, whether it
 * was opened before or not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core.h"
#include "phone_host.h"
#include "rows.h"

static struct bytes text(const char *of)
{
	return (struct bytes){ (const uint8_t *)of, strlen(of) };
}

static void put(struct phone *phone, uint64_t number, const char *of)
{
	const struct row_number id = row_number(number);

	assert_int_equal(rows_put(phone->core, REPLICA_outbox, id.at,
				  sizeof(id.at), number, text(of), NULL),
			 OUTRIDER_OK);
}

/* "-": there is none. */
static void assert_row(struct phone *phone, uint64_t number, const char *is)
{
	const struct row_number id = row_number(number);
	struct bytes plain;
	uint64_t rev;
	enum outrider_code code = rows_get(phone->core, &phone->core->work,
					   &plain, &rev, REPLICA_outbox, id.at,
					   sizeof(id.at), NULL);

	assert_int_equal(code, strcmp(is, "-") == 0 ? OUTRIDER_NOT_FOUND
						    : OUTRIDER_OK);
	if (code != OUTRIDER_OK)
		return;
	assert_string_equal((const char *)plain.at, is);
	assert_int_equal(rev, number);
}

static bool is_open(struct phone *phone, uint64_t number)
{
	const struct row_number id = row_number(number);

	return row_ahead_find(&phone->core->ahead, REPLICA_outbox, id.at,
			      sizeof(id.at)) != NULL;
}

/* An enrolled phone in whose outbox two rows lie, the first one opened. */
static void make(struct phone *phone)
{
	phone_ready(phone);
	assert_int_equal(core_begin(phone->core, NULL), OUTRIDER_OK);
	put(phone, 1, "one");
	put(phone, 2, "two");
	assert_int_equal(core_commit(phone->core, NULL), OUTRIDER_OK);
	rows_look_ahead(phone->core, REPLICA_outbox, row_number(1));
	assert_true(is_open(phone, 1));
	assert_false(is_open(phone, 2));
}

static void an_open_row_is_what_lies_there(void **state)
{
	struct phone phone;

	(void)state;
	make(&phone);
	assert_row(&phone, 1, "one");
	assert_row(&phone, 2, "two");
	rows_look_ahead(phone.core, REPLICA_outbox, row_number(3));
	assert_false(is_open(&phone, 3));
	assert_row(&phone, 3, "-");
	/* A number of another table is another row. */
	rows_look_ahead(phone.core, REPLICA_card, row_number(1));
	assert_row(&phone, 1, "one");
	phone_free(&phone);
}

static void what_is_written_is_read(void **state)
{
	struct phone phone;
	struct row_number id = row_number(1);

	(void)state;
	make(&phone);
	assert_int_equal(core_begin(phone.core, NULL), OUTRIDER_OK);
	put(&phone, 1, "another");
	assert_row(&phone, 1, "another");
	assert_int_equal(core_commit(phone.core, NULL), OUTRIDER_OK);
	assert_row(&phone, 1, "another");

	rows_look_ahead(phone.core, REPLICA_outbox, id);
	assert_int_equal(core_begin(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(rows_delete(phone.core, REPLICA_outbox, id.at,
				     sizeof(id.at), NULL),
			 OUTRIDER_OK);
	assert_row(&phone, 1, "-");
	assert_int_equal(core_commit(phone.core, NULL), OUTRIDER_OK);
	assert_row(&phone, 1, "-");
	phone_free(&phone);
}

/* The tally knows each row's tag: one that is wrong would be found as damage
 * when the phone is opened again. */
static void what_is_undone_is_read_as_it_was(void **state)
{
	struct phone phone;
	struct row_number id = row_number(1);

	(void)state;
	make(&phone);
	assert_int_equal(core_begin(phone.core, NULL), OUTRIDER_OK);
	put(&phone, 1, "another");
	core_rollback(phone.core);
	assert_row(&phone, 1, "one");
	rows_look_ahead(phone.core, REPLICA_outbox, id);
	assert_int_equal(core_begin(phone.core, NULL), OUTRIDER_OK);
	assert_row(&phone, 1, "one");
	core_rollback(phone.core);
	assert_true(is_open(&phone, 1));
	assert_row(&phone, 1, "one");
	phone_free(&phone);
}

static void whole_tables_are_forgotten(void **state)
{
	struct phone phone;
	uint8_t name[VAULT_NAME_LEN] = { 0 };
	size_t n = 10, n_damaged;
	struct tally found;
	bool is_over;

	(void)state;
	make(&phone);
	assert_int_equal(core_begin(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(rows_reseal(phone.core, REPLICA_outbox, name, &n,
				     &is_over, NULL),
			 OUTRIDER_OK);
	assert_false(is_open(&phone, 1));
	assert_row(&phone, 1, "one");
	assert_int_equal(core_commit(phone.core, NULL), OUTRIDER_OK);

	rows_look_ahead(phone.core, REPLICA_outbox, row_number(1));
	assert_int_equal(core_begin(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(rows_audit(phone.core, &n_damaged, &found,
				    REPLICA_outbox, true, NULL, NULL, NULL),
			 OUTRIDER_OK);
	assert_false(is_open(&phone, 1));
	assert_int_equal(n_damaged, 0);
	assert_int_equal(core_commit(phone.core, NULL), OUTRIDER_OK);

	rows_look_ahead(phone.core, REPLICA_outbox, row_number(1));
	assert_int_equal(core_begin(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(rows_clear(phone.core, REPLICA_outbox, NULL),
			 OUTRIDER_OK);
	assert_row(&phone, 1, "-");
	assert_int_equal(core_commit(phone.core, NULL), OUTRIDER_OK);
	phone_free(&phone);
}

static void locked_cards_leave_nothing(void **state)
{
	struct phone phone;
	struct row_number id = row_number(1);
	struct bytes plain;

	(void)state;
	make(&phone);
	outrider_lock(phone.core);
	assert_false(is_open(&phone, 1));
	assert_int_equal(phone.core->ahead.bytes, 0);
	assert_int_equal(rows_get(phone.core, &phone.core->work, &plain, NULL,
				  REPLICA_outbox, id.at, sizeof(id.at), NULL),
			 OUTRIDER_LOCKED);
	phone_free(&phone);
}

/* More than there is room for: each that is kept is the right one. */
static void there_is_a_bound(void **state)
{
	enum { ROWS = 20000, LEN = 200 };
	struct vault_place place = { .table = REPLICA_card };
	uint8_t tag[VAULT_TAG_LEN] = { 0 }, plain[LEN] = { 0 };
	struct row_ahead ahead;
	size_t n = 0;

	(void)state;
	row_ahead_init(&ahead, &allocator_libc);
	for (uint32_t i = 1; i <= ROWS; i++) {
		memcpy(plain, &i, sizeof(i));
		row_ahead_keep(&ahead, row_number(i), &place, tag,
			       (struct bytes){ plain, LEN });
		assert_in_range(ahead.bytes, 1, 1 << 20);
	}
	for (uint32_t i = 1; i <= ROWS; i++) {
		const struct row_number id = row_number(i);
		const struct ahead_row *row =
			row_ahead_find(&ahead, REPLICA_card, &id, sizeof(id));

		if (row == NULL)
			continue;
		n++;
		assert_int_equal(row->len, LEN);
		assert_memory_equal(row->plain, &i, sizeof(i));
		row_ahead_drop(&ahead, REPLICA_card, &id, sizeof(id));
		assert_null(
			row_ahead_find(&ahead, REPLICA_card, &id, sizeof(id)));
	}
	assert_in_range(n, 3000, 4096);
	assert_int_equal(ahead.bytes, 0);
	row_ahead_clear(&ahead);
	assert_null(ahead.slots);
}

static void without_memory_nothing_is_kept(void **state)
{
	struct phone phone;

	(void)state;
	make(&phone);
	for (size_t n = 1; n < 8; n++) {
		row_ahead_clear(&phone.core->ahead);
		phone_starve(&phone, n);
		rows_look_ahead(phone.core, REPLICA_outbox, row_number(1));
		assert_true(!is_open(&phone, 1) || n > 1);
		phone_starve(&phone, 0);
		assert_row(&phone, 1, "one");
	}
	phone_free(&phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_open_row_is_what_lies_there),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_is_undone_is_read_as_it_was),
		cmocka_unit_test(whole_tables_are_forgotten),
		cmocka_unit_test(locked_cards_leave_nothing),
		cmocka_unit_test(there_is_a_bound),
		cmocka_unit_test(without_memory_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
