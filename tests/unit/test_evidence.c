/*
 * The device's chain: what is signed verifies from outside, receipts are
 * checked, refusals are shown and block nothing, and what is old is purged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>
#include <sqlite3.h>

#include "check.h"
#include "rep.h"

static const int64_t DAY_US = 24 * REP_HOUR;

static struct rep rep;
static struct check check;

/* So many meetings an hour apart, of ten minutes each, with nobody at any. */
static void live_meetings(unsigned n)
{
	while (n > 0) {
		/* The tracker is told of two days at a time. */
		unsigned part = n < 24 ? n : 24;
		int64_t start_us = rep.phone.wall_us + REP_HOUR;
		for (unsigned i = 0; i < part; i++)
			rep_plan(&rep, start_us + i * REP_HOUR, 10 * REP_MIN);
		for (unsigned i = 0; i <= part; i++) {
			rep_wait(&rep, REP_HOUR - REP_MIN);
			rep_wait(&rep, REP_MIN);
		}
		n -= part;
	}
}

static struct outrider_status status(void)
{
	return phone_status(&rep.phone);
}

/* What the server holds, as outrider-verify sees it. */
static enum check_outcome judge(void)
{
	struct bundle bundle;
	struct buffer file;
	const char *why = "";

	buffer_init(&file, &allocator_libc, 1 << 20);
	rep_write_bundle(&file, &rep);
	if (!bundle_read(&bundle, &why,
			 (struct bytes){ .at = file.at, .len = file.len }))
		fail_msg("no bundle: %s", why);
	check_bundle(&check, &bundle);
	bundle_close(&bundle);
	buffer_free(&file);
	return check.outcome;
}

static void the_chain_verifies_from_outside(void **state)
{
	(void)state;
	rep_ready(&rep);
	live_meetings(3);
	assert_int_equal(status().n_evidence_waiting, 3);
	assert_int_equal(status().chain_number, 3);
	rep_sync(&rep);
	assert_int_equal(rep.n_entries, 3);
	assert_int_equal(judge(), CHECK_VERIFIED);
	assert_int_equal(check.n_signed, 3);
	assert_int_equal(check.n_linked, 3);
	assert_int_equal(check.finding, EVIDENCE_EQUAL);
	/* A bit of what the phone sent. */
	rep.entries[2].content[80] ^= 4;
	assert_int_equal(judge(), CHECK_REFUTED);
	rep.entries[2].content[80] ^= 4;
	rep.entries[1].signature[9] ^= 4;
	assert_int_equal(judge(), CHECK_REFUTED);
	rep_free(&rep);
}

static void a_header_says_when_and_which_boot(void **state)
{
	struct chain_header first, second;

	(void)state;
	rep_ready(&rep);
	live_meetings(1);
	rep_reboot(&rep);
	assert_int_equal(outrider_unlock(rep.phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	live_meetings(1);
	rep_sync(&rep);
	assert_true(chain_header_read(&first, rep.entries[0].header,
				      CHAIN_HEADER_LEN));
	assert_true(chain_header_read(&second, rep.entries[1].header,
				      CHAIN_HEADER_LEN));
	assert_memory_not_equal(first.boot_id, second.boot_id, 16);
	assert_memory_equal(second.boot_id, rep.phone.boot_id, 16);
	assert_true(first.wall_us < second.wall_us);
	assert_true(second.wall_us <= rep.phone.wall_us);
	assert_true(second.mono_us <= rep.phone.mono_us);
	assert_memory_equal(first.meeting_id,
			    rep_content(&rep, 0).plan.meeting_id, 16);
	/* Salts are not used twice. */
	assert_memory_not_equal(rep.entries[0].salt, rep.entries[1].salt,
				CHAIN_SALT_LEN);
	assert_int_equal(judge(), CHECK_VERIFIED);
	rep_free(&rep);
}

static void receipts_are_taken_and_kept(void **state)
{
	struct outrider_visit visit;

	(void)state;
	rep_ready(&rep);
	live_meetings(2);
	rep_sync(&rep);
	assert_int_equal(status().n_evidence_waiting, 0);
	live_meetings(1);
	assert_int_equal(status().n_evidence_waiting, 1);
	rep_crash(&rep);
	assert_int_equal(status().n_evidence_waiting, 1);
	struct evidence_content content = rep_content(&rep, 1);
	struct uuid id;
	memcpy(id.at, content.plan.meeting_id, 16);
	visit = rep_visit(&rep, &id, NULL);
	assert_true(visit.has_receipt);
	assert_int_equal(visit.entry_number, 2);
	/* Locked, too. */
	assert_true(rep_take_request(&rep));
	assert_int_equal(rep.n_offered, 1);
	assert_int_equal(rep_answer(&rep, 0), OUTRIDER_OK);
	assert_int_equal(status().n_evidence_waiting, 0);
	assert_int_equal(judge(), CHECK_VERIFIED);
	rep_free(&rep);
}

/* Each way in which a receipt can be false. */
static void false_receipts_are_not_taken(void **state)
{
	uint8_t secret[64], public_key[32], seed[32] = { 7 };

	(void)state;
	rep_ready(&rep);
	live_meetings(2);
	assert_true(rep_take_request(&rep));
	/* Somebody else's signature. */
	memcpy(secret, rep.organization_secret, sizeof(secret));
	crypto_sign_seed_keypair(public_key, rep.organization_secret, seed);
	assert_int_equal(rep_answer(&rep, 0), OUTRIDER_DATA_LOSS);
	memcpy(rep.organization_secret, secret, sizeof(secret));
	assert_int_equal(status().n_evidence_waiting, 2);
	/* Of another device: the header's id decides what is signed. */
	rep_wait(&rep, REP_HOUR);
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	assert_true(rep_take_request(&rep));
	rep.entries[1].header[14] ^= 1;
	assert_int_equal(rep_answer(&rep, 0), OUTRIDER_DATA_LOSS);
	rep.entries[1].header[14] ^= 1;
	assert_int_equal(status().n_evidence_waiting, 2);
	/* Not a message. */
	rep_wait(&rep, REP_HOUR);
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	assert_true(rep_take_request(&rep));
	const uint8_t rubbish[] = { 0x0a, 0x7f, 1, 2 };
	assert_int_equal(phone_answer(&rep.phone,
				      (struct bytes){ .at = rubbish,
						      .len = sizeof(rubbish) }),
			 OUTRIDER_DATA_LOSS);
	assert_int_equal(status().n_evidence_waiting, 2);
	/* And the true one is taken all the same. */
	rep_wait(&rep, REP_HOUR);
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	rep_sync(&rep);
	assert_int_equal(status().n_evidence_waiting, 0);
	rep_free(&rep);
}

/* The server holds another chain of this device, and says so truly: that is
 * shown, and the rest of the sync goes on. */
static void a_fork_is_shown(void **state)
{
	struct outrider_event event;

	(void)state;
	rep_ready(&rep);
	live_meetings(1);
	assert_true(rep_take_request(&rep));
	rep.entries[0].signature[0] ^= 1;
	assert_int_equal(rep_answer(&rep, 0), OUTRIDER_OK);
	rep.entries[0].signature[0] ^= 1;
	assert_true(phone_event(&rep.phone, OUTRIDER_EVENT_EVIDENCE_REFUSED,
				&event));
	assert_non_null(strstr(event.text, "other evidence"));
	assert_int_equal(status().n_evidence_waiting, 1);
	assert_false(phone_asks(&rep.phone, "VisitService/SubmitEvidence"));
	rep_free(&rep);
}

static void a_refusal_is_shown_and_blocks_nothing_for_good(void **state)
{
	struct outrider_event event;

	(void)state;
	rep_ready(&rep);
	live_meetings(3);
	assert_true(rep_take_request(&rep));
	assert_int_equal(rep.n_offered, 3);
	assert_int_equal(rep_refuse(&rep, 2, "the disk is full"), OUTRIDER_OK);
	assert_true(phone_event(&rep.phone, OUTRIDER_EVENT_EVIDENCE_REFUSED,
				&event));
	assert_non_null(strstr(event.text, "evidence 2: the disk is full"));
	assert_int_equal(status().n_evidence_waiting, 2);
	/* Not again in this sync, nor at once in the next. */
	assert_false(phone_asks(&rep.phone, "VisitService/SubmitEvidence"));
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	rep_wait(&rep, REP_HOUR);
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	assert_false(rep_take_request(&rep));
	/* But when there is more to tell. */
	live_meetings(1);
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	assert_true(rep_take_request(&rep));
	assert_int_equal(rep.n_offered, 3);
	assert_int_equal(rep_refuse(&rep, 2, "\xff\xfe"), OUTRIDER_OK);
	assert_true(phone_event(&rep.phone, OUTRIDER_EVENT_EVIDENCE_REFUSED,
				&event));
	assert_null(strchr(event.text, '\xff'));
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	/* And after some hours, also by a phone that was started anew. */
	rep_crash(&rep);
	assert_false(rep_take_request(&rep));
	rep_wait(&rep, 7 * REP_HOUR);
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	rep_sync(&rep);
	assert_int_equal(status().n_evidence_waiting, 0);
	assert_int_equal(rep.n_entries, 4);
	assert_int_equal(judge(), CHECK_VERIFIED);
	rep_free(&rep);
}

/* The server came back from a copy: what it lost is offered anew. */
static void a_server_that_lost_entries(void **state)
{
	(void)state;
	rep_ready(&rep);
	live_meetings(3);
	rep_sync(&rep);
	rep.n_entries = 1;
	live_meetings(1);
	assert_true(rep_take_request(&rep));
	assert_int_equal(rep.n_offered, 1);
	assert_int_equal(rep.n_entries, 1); /* entry 4 is not its next */
	assert_int_equal(rep_answer(&rep, 1), OUTRIDER_OK);
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	assert_int_equal(status().n_evidence_waiting, 3);
	rep_sync(&rep);
	assert_int_equal(rep.n_entries, 4);
	assert_int_equal(judge(), CHECK_VERIFIED);
	rep_free(&rep);
}

/* Somebody writes into the phone's file: so many rows go. */
static void lose(const char *sql, int n_rows)
{
	struct outrider_event event;
	char path[100];
	sqlite3 *db;

	phone_close(&rep.phone);
	snprintf(path, sizeof(path), "%s.db", rep.phone.path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_total_changes(db), n_rows);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(phone_open(&rep.phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(rep.phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	assert_true(
		phone_event(&rep.phone, OUTRIDER_EVENT_VAULT_DAMAGED, &event));
}

static const char NEWEST_GOES[] =
	"DELETE FROM evidence WHERE rev = (SELECT max(rev) FROM evidence)";

/* The server has vouched for it: the chain goes on behind the receipt. */
static void the_newest_is_lost_here_alone(void **state)
{
	(void)state;
	rep_ready(&rep);
	live_meetings(2);
	rep_sync(&rep);
	lose(NEWEST_GOES, 1);
	assert_int_equal(status().n_evidence_waiting, 0);
	live_meetings(2);
	assert_int_equal(status().n_evidence_waiting, 2);
	assert_true(rep_take_request(&rep));
	assert_int_equal(rep.n_offered, 2);
	assert_int_equal(rep_answer(&rep, 0), OUTRIDER_OK);
	assert_int_equal(rep.n_entries, 4);
	assert_int_equal(status().n_evidence_waiting, 0);
	assert_int_equal(judge(), CHECK_VERIFIED);
	/* All of them, and one more to come. */
	lose("DELETE FROM evidence", 4);
	live_meetings(1);
	rep_sync(&rep);
	assert_int_equal(rep.n_entries, 5);
	assert_int_equal(judge(), CHECK_VERIFIED);
	rep_free(&rep);
}

/* Nobody else had it: its number stays free, and the server sees the gap. */
static void the_newest_is_lost_for_good(void **state)
{
	(void)state;
	rep_ready(&rep);
	live_meetings(2);
	rep_sync(&rep);
	live_meetings(2);
	lose(NEWEST_GOES, 1);
	assert_int_equal(status().n_evidence_waiting, 1);
	live_meetings(1);
	assert_true(rep_take_request(&rep));
	assert_int_equal(rep.n_offered, 2);
	assert_int_equal(rep.last_offered.number, 5);
	assert_int_equal(rep.n_entries, 3);
	assert_int_equal(rep_refuse(&rep, 4, "a gap"), OUTRIDER_OK);
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	/* Also by whoever takes more, and what is known of the server. */
	lose(NEWEST_GOES, 1);
	lose("DELETE FROM receipt", 3);
	lose("DELETE FROM evidence WHERE rev >= 4", 2);
	live_meetings(1);
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	assert_true(rep_take_request(&rep));
	assert_int_equal(rep.last_offered.number, 6);
	assert_int_equal(rep.n_entries, 3);
	rep_free(&rep);
}

/* The server had the newest, and its answer was cut off: it is asked, by what
 * there is to offer. */
static void lose_before_receipt(unsigned n_received, unsigned n_more)
{
	rep_ready(&rep);
	live_meetings(n_received);
	if (n_received > 0)
		rep_sync(&rep);
	live_meetings(n_more);
	assert_true(rep_take_request(&rep));
	phone_end(&rep.phone, 14, "cut");
	lose(NEWEST_GOES, 1);
	assert_int_equal(status().n_evidence_waiting, n_more - 1);
	assert_true(rep_take_request(&rep));
	assert_int_equal(rep.n_offered, n_more > 1 ? n_more - 1 : 1);
	assert_int_equal(rep_answer(&rep, 0), OUTRIDER_OK);
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	assert_int_equal(status().n_evidence_waiting, 0);
	assert_false(rep_take_request(&rep));
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	live_meetings(1);
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	rep_sync(&rep);
	assert_int_equal(rep.n_entries, n_received + n_more + 1);
	assert_int_equal(judge(), CHECK_VERIFIED);
	rep_free(&rep);
}

static void the_newest_is_lost_before_its_receipt(void **state)
{
	(void)state;
	lose_before_receipt(0, 2);
	lose_before_receipt(1, 1);
	lose_before_receipt(2, 3);
}

static void many_entries_go_in_portions(void **state)
{
	(void)state;
	rep_ready(&rep);
	live_meetings(120);
	assert_int_equal(status().n_evidence_waiting, 120);
	assert_true(rep_take_request(&rep));
	assert_int_equal(rep.n_offered, 50);
	assert_true(rep.phone.request.len <= (size_t)201 << 10);
	assert_int_equal(rep_answer(&rep, 0), OUTRIDER_OK);
	assert_int_equal(status().n_evidence_waiting, 70);
	rep_sync(&rep);
	assert_int_equal(status().n_evidence_waiting, 0);
	assert_int_equal(rep.n_entries, 120);
	assert_int_equal(judge(), CHECK_VERIFIED);
	rep_free(&rep);
}

/* Sixty days later content and salt are gone where the server has them; the
 * chain goes on as before. */
static void old_content_is_purged(void **state)
{
	(void)state;
	rep_ready(&rep);
	live_meetings(3);
	rep_sync(&rep);
	live_meetings(1); /* never received */
	assert_int_equal(rep_count_visits(&rep), 4);
	rep_wait(&rep, 59 * DAY_US);
	assert_int_equal(rep_count_visits(&rep), 4);
	rep_wait(&rep, 2 * DAY_US);
	assert_int_equal(rep_count_visits(&rep), 1);
	assert_int_equal(status().chain_number, 4);
	rep_crash(&rep);
	assert_int_equal(rep_count_visits(&rep), 1);
	if (rep.phone.call != 0)
		phone_end(&rep.phone, 14, "cut");
	rep_sync(&rep);
	assert_int_equal(rep.n_entries, 4);
	assert_int_equal(judge(), CHECK_VERIFIED);
	/* Then it goes, too. */
	rep_wait(&rep, REP_HOUR);
	assert_int_equal(rep_count_visits(&rep), 0);
	rep_free(&rep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_chain_verifies_from_outside),
		cmocka_unit_test(a_header_says_when_and_which_boot),
		cmocka_unit_test(receipts_are_taken_and_kept),
		cmocka_unit_test(false_receipts_are_not_taken),
		cmocka_unit_test(a_fork_is_shown),
		cmocka_unit_test(
			a_refusal_is_shown_and_blocks_nothing_for_good),
		cmocka_unit_test(a_server_that_lost_entries),
		cmocka_unit_test(the_newest_is_lost_here_alone),
		cmocka_unit_test(the_newest_is_lost_for_good),
		cmocka_unit_test(the_newest_is_lost_before_its_receipt),
		cmocka_unit_test(many_entries_go_in_portions),
		cmocka_unit_test(old_content_is_purged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
