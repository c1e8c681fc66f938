/*
 * A phone that is told to forget everything: what goes before, in which order
 * things go, whatever cuts in between, and what is left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <sodium.h>

#include "model/wipe_form.h"
#include "powered.h"

static const uint8_t NUMBER[16] = "the order's own";

/* Appends a WipeOrder to an answer, signed with the organisation's key. */
static void put_order(struct message_maker *answer, const struct uuid *device,
		      const uint8_t secret[64])
{
	struct wipe_order order = { .device = *device, .ordered_us = 42 };
	uint8_t bytes[WIPE_ORDER_LEN], signature[WIPE_SIGNATURE_LEN];
	struct message_maker in;

	memcpy(order.number, NUMBER, sizeof(order.number));
	wipe_order_write(bytes, &order);
	crypto_sign_detached(signature, NULL, bytes, sizeof(bytes), secret);
	maker_begin(&in);
	maker_bytes_of(&in, 1, bytes, sizeof(bytes));
	maker_bytes_of(&in, 2, signature, sizeof(signature));
	maker_bytes_of(answer, 3, maker_bytes(&in).at, maker_bytes(&in).len);
	maker_end(&in);
}

/* The next push is answered with the order; n mutations are applied. */
static void answer_with_order(struct phone *phone, const struct uuid *device,
			      const uint8_t secret[64])
{
	static const struct bytes nothing = { NULL, 0 };
	const size_t n = phone_count_mutations(phone);
	struct message_maker answer;

	assert_true(phone_asks(phone, "SyncService/Push"));
	maker_begin(&answer);
	for (size_t i = 0; i < n; i++)
		maker_result(&answer, APPLIED, 100 + i, nothing, 0, NULL, NULL);
	maker_number(&answer, 2, (uint64_t)phone->wall_us);
	put_order(&answer, device, secret);
	assert_int_equal(phone_answer(phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	phone_end(phone, 0, NULL);
}

static struct uuid own_id(struct phone *phone)
{
	struct outrider_status status = phone_status(phone);
	struct uuid id;

	memcpy(id.at, status.device_id, sizeof(id.at));
	return id;
}

/* What is handed in, checked against the device's key. */
static struct wipe_receipt
read_receipt(struct phone *phone, const uint8_t key[32])
{
	struct bytes bytes = phone_asked(phone, 1);
	struct bytes signature = phone_asked(phone, 2);
	struct wipe_receipt receipt;

	assert_true(phone_asks(phone, "AuthService/SubmitWipeReceipt"));
	assert_int_equal(signature.len, WIPE_SIGNATURE_LEN);
	assert_int_equal(crypto_sign_verify_detached(signature.at, bytes.at,
						     bytes.len, key),
			 0);
	assert_true(wipe_receipt_read(&receipt, bytes.at, bytes.len));
	assert_memory_equal(receipt.order, NUMBER, sizeof(NUMBER));
	return receipt;
}

static void take_receipt(struct phone *phone)
{
	static const struct bytes nothing = { NULL, 0 };

	assert_int_equal(phone_answer(phone, nothing), OUTRIDER_OK);
	phone_end(phone, 0, NULL);
}

struct firm {
	uint8_t key[32], secret[64]; /* the organisation's */
	uint8_t device_key[32];
};

/* Enrolled by hand, so that the organisation's key is known. */
static void enroll(struct phone *phone, struct firm *firm)
{
	const uint8_t seed[32] = "the organisation's own seed ...";
	uint8_t box_key[32], box_secret[32];
	struct message_maker answer;

	crypto_sign_seed_keypair(firm->key, firm->secret, seed);
	crypto_box_seed_keypair(box_key, box_secret, seed);
	assert_int_equal(outrider_enroll(phone->core, "CODE", "Pixel",
					 PHONE_PIN, NULL),
			 OUTRIDER_OK);
	memcpy(firm->device_key, phone_asked(phone, 4).at, 32);
	maker_begin(&answer);
	maker_text(&answer, 1, "token-of-the-device");
	maker_id(&answer, 2, &phone->user);
	maker_text(&answer, 3, "Anna Rep");
	maker_number(&answer, 4, 1);
	maker_bytes_of(&answer, 5, firm->key, 32);
	maker_bytes_of(&answer, 6, box_key, 32);
	assert_int_equal(phone_answer(phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	phone_end(phone, 0, NULL);
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
}

static void make(struct phone *phone, struct firm *firm)
{
	phone_make(phone);
	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	enroll(phone, firm);
}

/* As if it had just been made. */
static void check_new(struct phone *phone, struct firm *firm)
{
	struct outrider_status status = phone_status(phone);
	struct firm again;
	struct uuid id = phone_id(1);

	assert_false(status.is_enrolled);
	assert_false(status.is_wiping);
	assert_int_equal(status.n_waiting + status.n_parked, 0);
	assert_null(outrider_device_token(phone->core));
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_FAILED_PRECONDITION);
	phone->call = 0;
	enroll(phone, &again);
	assert_memory_not_equal(again.device_key, firm->device_key, 32);
	assert_int_equal(phone_status(phone).n_cards, 0);
	assert_string_equal(phone_shows(phone, &id, "given_name"), "-");
}

/* ------------------------------------------------------------------- tests */

static void what_waits_goes_first(void **state)
{
	struct firm firm;
	struct phone phone;
	struct outrider_event event;
	struct uuid id = phone_id(1), device;
	struct wipe_receipt receipt;

	(void)state;
	make(&phone, &firm);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_edit(&phone, &id, "given_name", "Pyotr");
	device = own_id(&phone);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(phone_count_mutations(&phone), 1);
	answer_with_order(&phone, &device, firm.secret);
	/* The cards are gone before the receipt goes out. */
	receipt = read_receipt(&phone, firm.device_key);
	assert_int_equal(receipt.n_edits, 0);
	assert_int_equal(receipt.wiped_us, phone.wall_us);
	assert_true(phone_status(&phone).is_wiping);
	assert_false(phone_status(&phone).is_unlocked);
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_FAILED_PRECONDITION);
	take_receipt(&phone);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_WIPED, &event));
	check_new(&phone, &firm);
	phone_free(&phone);
}

/* Locked: edits that can't be read here travel as they are. */
static void what_is_sealed_travels(void **state)
{
	const int64_t day_us = INT64_C(24) * 3600 * 1000000;
	struct firm firm;
	struct phone phone;
	struct uuid id = phone_id(1), device;
	struct wipe_receipt receipt;
	struct bytes row;

	(void)state;
	make(&phone, &firm);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	phone_edit(&phone, &id, "given_name", "Pyotr");
	phone_edit(&phone, &id, "given_name", "Pavel");
	device = own_id(&phone);
	outrider_lock(phone.core);
	phone.wall_us += 2 * day_us;
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	answer_with_order(&phone, &device, firm.secret);
	receipt = read_receipt(&phone, firm.device_key);
	assert_int_equal(receipt.n_edits, 2);
	assert_int_equal(receipt.n_enclosed, 2);
	assert_true(phone_asked(&phone, 3).len > 48);
	row = phone_asked(&phone, 4);
	assert_true(row.len > 100);
	/* The answer gets lost: the same again, after a restart too. */
	phone_end(&phone, 14, NULL);
	phone_close(&phone);
	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_true(phone_status(&phone).is_wiping);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	receipt = read_receipt(&phone, firm.device_key);
	assert_int_equal(receipt.n_enclosed, 2);
	/* It had come: the device is withdrawn. */
	phone_end(&phone, 16, NULL);
	check_new(&phone, &firm);
	phone_free(&phone);
}

/* A pull that is refused is asked about. */
static void a_refused_pull(void **state)
{
	struct firm firm;
	struct phone phone;
	struct message_maker answer;
	struct outrider_event event;
	struct uuid id = phone_id(1), device;

	(void)state;
	make(&phone, &firm);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	device = own_id(&phone);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(&phone, "SyncService/Pull"));
	phone_end(&phone, 7, "this device is to be wiped");
	assert_int_equal(phone_count_mutations(&phone), 0);
	answer_with_order(&phone, &device, firm.secret);
	(void)read_receipt(&phone, firm.device_key);
	take_receipt(&phone);
	check_new(&phone, &firm);
	phone_free(&phone);

	/* Refused for another reason: told, and nothing goes. */
	make(&phone, &firm);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	phone_end(&phone, 7, "not you");
	assert_true(phone_asks(&phone, "SyncService/Push"));
	maker_begin(&answer);
	maker_number(&answer, 2, (uint64_t)phone.wall_us);
	assert_int_equal(phone_answer(&phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	phone_end(&phone, 0, NULL);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_FAILED, &event));
	assert_int_equal(event.code, OUTRIDER_PERMISSION_DENIED);
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Ivan");
	phone_free(&phone);
}

static void orders_that_are_none(void **state)
{
	struct firm firm;
	struct phone phone;
	struct uuid id = phone_id(1), device, other = phone_id(9);
	uint8_t key[32], secret[64];
	const uint8_t seed[32] = "somebody else's seed, not theirs";

	(void)state;
	crypto_sign_seed_keypair(key, secret, seed);
	make(&phone, &firm);
	phone_pull_contact(&phone, &id, 7, "Ivan", "Petrov");
	device = own_id(&phone);
	for (int i = 0; i < 2; i++) {
		phone_edit(&phone, &id, "given_name", i ? "Pyotr" : "Pavel");
		assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
		/* for another device; signed by somebody else */
		answer_with_order(&phone, i ? &device : &other,
				  i ? secret : firm.secret);
		assert_true(phone_asks(&phone, "SyncService/Pull"));
		phone_end(&phone, 14, NULL);
		assert_false(phone_status(&phone).is_wiping);
	}
	assert_string_equal(phone_shows(&phone, &id, "given_name"), "Pyotr");
	phone_free(&phone);
}

static bool file_has(const char *path, const void *what, size_t len)
{
	static uint8_t bytes[8 << 20];
	FILE *file = fopen(path, "rb");
	size_t n;

	if (file == NULL)
		return false;
	n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	for (size_t i = 0; i + len <= n; i++)
		if (memcmp(bytes + i, what, len) == 0)
			return true;
	return false;
}

/* Whoever has a copy of a sealed row and the file finds nothing of it there. */
static void nothing_is_left(void **state)
{
	struct firm firm;
	struct phone phone;
	struct message_maker page;
	struct uuid id = phone_id(1);
	char db[100], wal[100];
	uint8_t sealed[64];
	struct stat st;
	FILE *file;

	(void)state;
	make(&phone, &firm);
	phone_make_page(&phone, &page);
	phone_pull(&phone, maker_bytes(&page));
	maker_end(&page);
	phone_edit(&phone, &id, "given_name", "Pyotr");
	phone_close(&phone);
	snprintf(db, sizeof(db), "%s.db", phone.path);
	snprintf(wal, sizeof(wal), "%s.db-wal", phone.path);
	/* Some bytes out of the middle of the last page that has any. */
	file = fopen(db, "rb");
	assert_non_null(file);
	memset(sealed, 0, sizeof(sealed));
	for (long at = 4096; fseek(file, at, SEEK_SET) == 0; at += 4096) {
		uint8_t page_bytes[4096];

		if (fread(page_bytes, 1, 4096, file) != 4096)
			break;
		if (page_bytes[4095 - 100] != 0 && page_bytes[4000] != 0)
			memcpy(sealed, page_bytes + 3900, sizeof(sealed));
	}
	fclose(file);
	assert_true(file_has(db, sealed, sizeof(sealed)));

	assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_wipe(phone.core, NULL), OUTRIDER_OK);
	assert_false(file_has(db, sealed, sizeof(sealed)));
	assert_false(file_has(wal, sealed, sizeof(sealed)));
	if (stat(wal, &st) == 0)
		assert_int_equal(st.st_size, 0);
	check_new(&phone, &firm);
	phone_free(&phone);
}

static bool
disk_has(struct powered *p, const char *ending, const void *what, size_t len)
{
	char path[100];
	const uint8_t *at;
	size_t n;

	snprintf(path, sizeof(path), "%s.db%s", p->phone.path, ending);
	at = test_disk_file(p->disk, path, &n);
	for (size_t i = 0; at != NULL && i + len <= n; i++)
		if (memcmp(at + i, what, len) == 0)
			return true;
	return false;
}

/* The order comes, and what becomes of it is for the caller to see: a disk may
 * fail, or a phone die, meanwhile. */
static void hear_order(struct phone *phone, const struct uuid *device,
		       const uint8_t secret[64])
{
	struct message_maker answer;

	maker_begin(&answer);
	maker_number(&answer, 2, (uint64_t)phone->wall_us);
	put_order(&answer, device, secret);
	(void)!phone_answer(phone, maker_bytes(&answer));
	maker_end(&answer);
	if (phone->call != 0)
		phone_end(phone, 0, NULL);
}

/* The beginning of an envelope with the cards' keys, wherever one lies. */
static bool disk_has_keys(struct powered *p)
{
	static const uint8_t envelope[] = { 'O', 'R', 'V', '2', 1 };

	return disk_has(p, "", envelope, sizeof(envelope)) ||
	       disk_has(p, "-wal", envelope, sizeof(envelope));
}

/* The disk fails at each write of a wipe: no receipt goes out while the keys
 * can still be read in the file or its log, and whoever waits is told. */
static void the_disk_fails(void **state)
{
	bool is_over = false, was_told;

	(void)state;
	for (uint64_t n = 1; !is_over; n++) {
		struct powered p = { .n = n };
		struct phone *phone = &p.phone;
		struct outrider_event event;
		struct uuid device;
		struct firm firm;

		powered_make(&p, n);
		assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
		enroll(phone, &firm);
		assert_true(disk_has_keys(&p));
		device = own_id(phone);
		outrider_lock(phone->core);
		phone->wall_us += INT64_C(2) * 24 * 3600 * 1000000;
		assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
		test_disk_fail_after(p.disk, n, 2);
		hear_order(phone, &device, firm.secret);
		if (phone->call != 0 &&
		    phone_asks(phone, "AuthService/SubmitWipeReceipt")) {
			assert_false(disk_has_keys(&p));
			(void)!phone_answer(phone, (struct bytes){ NULL, 0 });
			phone_end(phone, 0, NULL);
		}
		is_over = test_disk_faults(p.disk) == 0;
		was_told = false;
		while (outrider_next_event(phone->core, &event))
			was_told |= event.type == OUTRIDER_EVENT_WIPED ||
				    event.type == OUTRIDER_EVENT_SYNC_FAILED;
		assert_true(was_told);
		powered_free(&p);
	}
}

/* The power goes at each write of the wipe, of the receipt's end, and of what
 * goes on after that. */
static void the_power_goes(void **state)
{
	size_t n_cut = 0;
	struct powered p;

	(void)state;
	powered_begin(&p);
	while (powered_next(&p)) {
		struct outrider_status status;
		struct phone *phone = &p.phone;
		struct uuid id = phone_id(1), device;
		struct firm firm;

		assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
		enroll(phone, &firm);
		phone_pull_contact(phone, &id, 7, "Ivan", "Petrov");
		phone_edit(phone, &id, "given_name", "Pyotr");
		device = own_id(phone);
		outrider_lock(phone->core);
		phone->wall_us += INT64_C(2) * 24 * 3600 * 1000000;
		assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
		assert_true(phone_asks(phone, "SyncService/Push"));

		powered_cut(&p);
		hear_order(phone, &device, firm.secret);
		if (phone->call != 0 &&
		    phone_asks(phone, "AuthService/SubmitWipeReceipt")) {
			(void)!phone_answer(phone, (struct bytes){ NULL, 0 });
			phone_end(phone, 0, NULL);
		}
		powered_return(&p);
		n_cut += p.was_cut;

		assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
		status = phone_status(phone);
		if (status.is_enrolled && !status.is_wiping) {
			/* It never heard of it: all is as it was. */
			assert_int_equal(outrider_unlock(phone->core, PHONE_PIN,
							 NULL),
					 OUTRIDER_OK);
			assert_string_equal(
				phone_shows(phone, &id, "given_name"), "Pyotr");
		} else if (status.is_wiping) {
			struct wipe_receipt receipt;

			assert_int_equal(outrider_sync(phone->core, NULL),
					 OUTRIDER_OK);
			receipt = read_receipt(phone, firm.device_key);
			assert_int_equal(receipt.n_edits, 1);
			assert_int_equal(receipt.n_enclosed, 1);
			take_receipt(phone);
			check_new(phone, &firm);
		} else {
			check_new(phone, &firm);
		}
	}
	assert_true(n_cut > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_waits_goes_first),
		cmocka_unit_test(what_is_sealed_travels),
		cmocka_unit_test(a_refused_pull),
		cmocka_unit_test(orders_that_are_none),
		cmocka_unit_test(nothing_is_left),
		cmocka_unit_test(the_disk_fails),
		cmocka_unit_test(the_power_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
