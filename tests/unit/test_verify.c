/*
 * Bundles that hold together are verified; every fault planted in one, down to
 * a single bit of a single part, is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "bundle_maker.h"
#include "check.h"
#include "tell.h"

static struct maker maker;
static struct check check;

/* Three entries, the last shown, with two receipts. */
static void make_good(void)
{
	maker_begin(&maker, 1, 2);
	maker_add_entry(&maker, 0xa1);
	maker_add_entry(&maker, 0xa2);
	maker_add_receipt(&maker, 1767265000);
	maker_add_entry(&maker, 0xa3);
	maker_add_receipt(&maker, 1767268600);
	maker_show_only(&maker, 2);
}

/* -1 where the bytes are no bundle, else the outcome. */
static int judge_bytes(struct bytes file)
{
	struct bundle bundle;
	const char *why = NULL;
	int outcome = -1;

	if (bundle_read(&bundle, &why, file)) {
		check_bundle(&check, &bundle);
		outcome = (int)check.outcome;
	} else {
		assert_non_null(why);
	}
	bundle_close(&bundle);
	return outcome;
}

static int judge(void)
{
	struct buffer file;

	buffer_init(&file, &allocator_libc, 1 << 20);
	maker_write(&file, &maker);
	assert_false(file.is_full);
	int outcome =
		judge_bytes((struct bytes){ .at = file.at, .len = file.len });
	buffer_free(&file);
	return outcome;
}

static bool has_fault(const char *part)
{
	for (size_t i = 0; i < check.n_faults && i < CHECK_FAULTS_MAX; i++)
		if (strstr(check.faults[i].text, part))
			return true;
	return false;
}

static void a_good_bundle_is_verified(void **state)
{
	(void)state;
	make_good();
	assert_int_equal(judge(), CHECK_VERIFIED);
	assert_int_equal(check.n_faults, 0);
	assert_int_equal(check.n_signed, 3);
	assert_int_equal(check.n_linked, 3);
	assert_int_equal(check.n_receipts, 2);
	assert_int_equal(check.subject, 2);
	assert_int_equal(check.content.verdict.word, VISIT_PRESENT);
	assert_true(check.has_receipt);
	assert_int_equal(check.receipt.at_us, 1767268600000000);
}

/* The receipt of a later entry covers the shown one through the chain. */
static void a_later_receipt_counts(void **state)
{
	(void)state;
	make_good();
	maker_begin(&maker, 1, 2);
	maker_add_entry(&maker, 0xa1);
	maker_add_entry(&maker, 0xa2);
	maker_add_receipt(&maker, 1767265000);
	maker_show_only(&maker, 0);
	assert_int_equal(judge(), CHECK_VERIFIED);
	assert_int_equal(check.subject, 0);
	assert_true(check.has_receipt);
}

/* ------------------------------------------------------------------- gaps */

/* The device gives numbers on, and follows what it has. */
static void lose(size_t i, uint64_t n)
{
	maker.entries[i].header.number += n;
	maker_sign(&maker, i);
}

/* What the device says itself, signed, is no fault, and is told. */
static void a_declared_gap_is_shown(void **state)
{
	(void)state;
	maker_begin(&maker, 1, 2);
	maker_add_entry(&maker, 0xa1);
	maker_add_entry(&maker, 0xa2);
	lose(1, 3);
	maker_add_receipt(&maker, 1767268600);
	maker_show_only(&maker, 1);
	assert_int_equal(judge(), CHECK_VERIFIED);
	assert_int_equal(check.n_linked, 2);
	assert_int_equal(check.n_gaps, 1);
	assert_int_equal(check.n_lost, 3);
	assert_int_equal(check.gaps[0].from, 2);
	assert_int_equal(check.gaps[0].until, 4);
	assert_true(check.has_receipt);
	assert_int_equal(check.receipt.number, 5);
	/* The first ones, too. */
	maker_begin(&maker, 1, 2);
	maker_add_entry(&maker, 0xa1);
	lose(0, 2);
	assert_int_equal(judge(), CHECK_VERIFIED);
	assert_int_equal(check.n_lost, 2);
	/* And twice. */
	maker_add_entry(&maker, 0xa2);
	lose(1, 2 + 1);
	assert_int_equal(judge(), CHECK_VERIFIED);
	assert_int_equal(check.n_gaps, 2);
	assert_int_equal(check.n_lost, 3);
}

/* Left out by whoever made the file, a gap is a fault as before. */
static void a_gap_that_nobody_declared_is_a_fault(void **state)
{
	(void)state;
	make_good();
	maker.entries[1] = maker.entries[2];
	maker.n_entries = 2;
	maker.n_receipts = 0;
	assert_int_equal(judge(), CHECK_REFUTED);
	assert_true(has_fault("missing"));
	/* Nobody loses as many. */
	maker_begin(&maker, 1, 2);
	maker_add_entry(&maker, 0xa1);
	maker_add_entry(&maker, 0xa2);
	lose(1, CHAIN_LOST_MAX);
	assert_int_equal(judge(), CHECK_VERIFIED);
	lose(1, 1);
	assert_int_equal(judge(), CHECK_REFUTED);
	assert_true(has_fault("missing"));
	/* Nor goes back. */
	maker_begin(&maker, 1, 2);
	maker_add_entry(&maker, 0xa1);
	maker_add_entry(&maker, 0xa2);
	maker.entries[1].header.number = 1;
	maker_sign(&maker, 1);
	assert_int_equal(judge(), CHECK_REFUTED);
}

/* The server had what the device lost: all is there, and a receipt for what
 * doesn't follow an entry says nothing of it. */
static void a_receipt_says_nothing_of_what_is_skipped(void **state)
{
	(void)state;
	maker_begin(&maker, 1, 2);
	maker_add_entry(&maker, 0xa1);
	maker_add_entry(&maker, 0xa2);
	maker_add_entry(&maker, 0xa3);
	maker_head(maker.entries[2].header.previous, &maker.entries[0]);
	maker_sign(&maker, 2);
	maker_add_receipt(&maker, 1767268600);
	maker_show_only(&maker, 1);
	assert_int_equal(judge(), CHECK_VERIFIED);
	assert_int_equal(check.n_lost, 1);
	assert_int_equal(check.n_receipts, 1);
	assert_false(check.has_receipt);
	make_good();
	maker_head(maker.entries[2].header.previous, &maker.entries[0]);
	maker_sign(&maker, 2);
	maker.n_receipts = 1;
	assert_int_equal(judge(), CHECK_VERIFIED);
	assert_int_equal(check.subject, 2);
	assert_false(check.has_receipt);
}

/*
 * Headers, signatures, salts, contents, receipts and what holds them together:
 * only the name is nobody's word. An entry before the shown one, and a receipt,
 * stand for all others: an emulated processor checks each of their signatures
 * once a bit.
 */
static void each_bit_of_the_file_counts(void **state)
{
	struct buffer file;
	unsigned unseen = 0;

	(void)state;
	maker_begin(&maker, 1, 2);
	maker_add_entry(&maker, 0xa1);
	maker_add_entry(&maker, 0xa2);
	maker_add_receipt(&maker, 1767268600);
	maker_show_only(&maker, 1);
	buffer_init(&file, &allocator_libc, 1 << 20);
	maker_write(&file, &maker);
	assert_int_equal(judge(), CHECK_VERIFIED);
	for (size_t bit = 0; bit < 8 * file.len; bit++) {
		file.at[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		int outcome = judge_bytes(
			(struct bytes){ .at = file.at, .len = file.len });
		file.at[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		unseen += outcome == CHECK_VERIFIED ||
			  outcome == CHECK_INCOMPLETE;
	}
	assert_int_equal(unseen, 8 * strlen(maker.name));
	buffer_free(&file);
}

static void a_file_that_was_cut_is_seen(void **state)
{
	struct buffer file;

	(void)state;
	make_good();
	buffer_init(&file, &allocator_libc, 1 << 20);
	maker_write(&file, &maker);
	for (size_t len = 0; len < file.len; len++) {
		int outcome = judge_bytes(
			(struct bytes){ .at = file.at, .len = len });
		/* Cut between two receipts it is a good one with fewer. */
		if (outcome == CHECK_VERIFIED)
			assert_true(check.n_receipts < maker.n_receipts);
	}
	buffer_free(&file);
}

static void take_out(size_t i)
{
	memmove(&maker.entries[i], &maker.entries[i + 1],
		(maker.n_entries - i - 1) * sizeof(maker.entries[0]));
	maker.n_entries--;
}

static void a_missing_entry_is_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		make_good();
		take_out(i);
		assert_int_equal(judge(), CHECK_REFUTED);
		assert_true(has_fault("missing, repeated or out of order"));
	}
}

static void a_replayed_entry_is_seen(void **state)
{
	(void)state;
	make_good();
	maker.entries[3] = maker.entries[1];
	maker.n_entries = 4;
	assert_int_equal(judge(), CHECK_REFUTED);
	assert_true(has_fault("missing, repeated or out of order"));
}

static void swapped_entries_are_seen(void **state)
{
	struct maker_entry held;

	(void)state;
	make_good();
	held = maker.entries[0];
	maker.entries[0] = maker.entries[1];
	maker.entries[1] = held;
	assert_int_equal(judge(), CHECK_REFUTED);
}

/* A number that was mended does not mend the hash. */
static void a_renumbered_entry_is_seen(void **state)
{
	(void)state;
	make_good();
	take_out(1);
	maker.entries[1].header.number = 2;
	maker_sign(&maker, 1);
	maker.n_receipts = 0;
	assert_int_equal(judge(), CHECK_REFUTED);
	assert_true(has_fault("does not follow"));
}

static void another_devices_key_is_seen(void **state)
{
	static struct maker other;

	(void)state;
	make_good();
	maker_begin(&other, 3, 2);
	maker.entries[1].header.number = 2;
	struct maker_key own = maker.device;
	maker.device = other.device;
	maker_sign(&maker, 1);
	maker.device = own;
	assert_int_equal(judge(), CHECK_REFUTED);
	assert_true(has_fault("not by the device's key"));

	/* The key in the bundle replaced. */
	make_good();
	maker.device = other.device;
	assert_int_equal(judge(), CHECK_REFUTED);

	/* An entry of another device. */
	make_good();
	memset(maker.entries[2].header.device_id, 0xee, 16);
	maker_sign(&maker, 2);
	assert_int_equal(judge(), CHECK_REFUTED);
	assert_true(has_fault("is of another device"));
}

/* Who signs all of it anew is told by the fingerprint alone. */
static void a_forged_chain_has_another_fingerprint(void **state)
{
	uint8_t fingerprint[CHECK_FINGERPRINT_LEN];

	(void)state;
	make_good();
	assert_int_equal(judge(), CHECK_VERIFIED);
	memcpy(fingerprint, check.device_fingerprint, sizeof(fingerprint));
	maker_begin(&maker, 4, 2);
	maker_add_entry(&maker, 0xa1);
	assert_int_equal(judge(), CHECK_VERIFIED);
	assert_memory_not_equal(fingerprint, check.device_fingerprint,
				sizeof(fingerprint));
}

/* A device that signs a verdict which its ticks don't bear out. */
static void a_false_verdict_is_seen(void **state)
{
	(void)state;
	make_good();
	struct maker_entry *entry = &maker.entries[2];
	struct evidence_content content;
	assert_true(evidence_content_read(&content, entry->content,
					  entry->content_len));
	content.verdict.word = VISIT_LATE;
	visit_verdict_write(entry->content + entry->content_len -
				    VISIT_VERDICT_BYTES,
			    &content.verdict);
	maker_seal(&maker, 2);
	maker.n_receipts = 0;
	assert_int_equal(judge(), CHECK_REFUTED);
	assert_int_equal(check.n_faults, 1);
	assert_true(has_fault("does not follow from the ticks"));
}

static void content_of_another_meeting_is_seen(void **state)
{
	(void)state;
	make_good();
	memset(maker.entries[2].header.meeting_id, 0xff, 16);
	maker_sign(&maker, 2);
	maker.n_receipts = 0;
	assert_int_equal(judge(), CHECK_REFUTED);
	assert_int_equal(check.n_faults, 1);
	assert_true(has_fault("of another meeting"));
}

static void false_receipts_are_seen(void **state)
{
	static struct maker other;

	(void)state;
	maker_begin(&other, 1, 9);
	other.n_entries = 3;
	make_good();
	memcpy(other.entries, maker.entries, sizeof(other.entries));
	maker_add_receipt(&other, 1767268600);
	maker.receipts[1] = other.receipts[0];
	assert_int_equal(judge(), CHECK_REFUTED);
	assert_true(has_fault("not by the organisation's key"));

	/* A good one about another chain. */
	make_good();
	maker_begin(&other, 1, 2);
	maker_add_entry(&other, 0xbb);
	maker_add_receipt(&other, 1767268600);
	maker.receipts[1] = other.receipts[0];
	assert_int_equal(judge(), CHECK_REFUTED);
	assert_true(has_fault("for another chain"));
}

static void without_content_there_is_no_verdict(void **state)
{
	(void)state;
	make_good();
	maker_show_only(&maker, MAKER_ENTRIES_MAX);
	assert_int_equal(judge(), CHECK_INCOMPLETE);
	assert_int_equal(check.n_signed, 3);

	/* Of an algorithm that this build does not have. */
	make_good();
	maker.entries[2].content[1] = VISIT_ALGORITHM + 1;
	maker_seal(&maker, 2);
	maker.n_receipts = 0;
	assert_int_equal(judge(), CHECK_INCOMPLETE);
	assert_int_equal(check.finding, EVIDENCE_UNKNOWN);
}

/* Of parameters that chose another word, and of some that nobody knows. */
static void an_earlier_bundle_is_judged_as_it_was(void **state)
{
	enum { PARAMETERS = 2 }; /* its byte */

	(void)state;
	make_good();
	maker.entries[2].content[PARAMETERS] = VISIT_PARAMETERS_OLDEST;
	maker_seal(&maker, 2);
	maker.n_receipts = 0;
	assert_int_equal(judge(), CHECK_VERIFIED);
	assert_int_equal(check.finding, EVIDENCE_EQUAL);
	maker.entries[2].content[PARAMETERS] = VISIT_PARAMETERS_OLDEST - 1;
	maker_seal(&maker, 2);
	assert_int_equal(judge(), CHECK_INCOMPLETE);
}

static int start_sodium(void **state)
{
	(void)state;
	return sodium_init() < 0 ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_bundle_is_verified),
		cmocka_unit_test(a_later_receipt_counts),
		cmocka_unit_test(a_declared_gap_is_shown),
		cmocka_unit_test(a_gap_that_nobody_declared_is_a_fault),
		cmocka_unit_test(a_receipt_says_nothing_of_what_is_skipped),
		cmocka_unit_test(each_bit_of_the_file_counts),
		cmocka_unit_test(a_file_that_was_cut_is_seen),
		cmocka_unit_test(a_missing_entry_is_seen),
		cmocka_unit_test(a_replayed_entry_is_seen),
		cmocka_unit_test(swapped_entries_are_seen),
		cmocka_unit_test(a_renumbered_entry_is_seen),
		cmocka_unit_test(another_devices_key_is_seen),
		cmocka_unit_test(a_forged_chain_has_another_fingerprint),
		cmocka_unit_test(a_false_verdict_is_seen),
		cmocka_unit_test(content_of_another_meeting_is_seen),
		cmocka_unit_test(false_receipts_are_seen),
		cmocka_unit_test(an_earlier_bundle_is_judged_as_it_was),
		cmocka_unit_test(without_content_there_is_no_verdict),
	};
	return cmocka_run_group_tests(tests, start_sodium, NULL);
}
