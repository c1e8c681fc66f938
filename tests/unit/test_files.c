/*
 * Files attached without a network: their contents go up before their cards,
 * whatever breaks in between. The test is the server.
 */
#include "file_acts.h"

#include "digest.h"

/* ------------------------------------------------------------------- hash */

static void a_hash_goes_on(void **state)
{
	struct content content = make_content(8 * DIGEST_BLOCK_LEN + 5, 1);
	uint8_t kept[DIGEST_STATE_LEN], hash[DIGEST_LEN];
	struct digest digest;

	(void)state;
	for (size_t at = 0; at <= (size_t)8 * DIGEST_BLOCK_LEN;
	     at += DIGEST_BLOCK_LEN) {
		digest_begin(&digest);
		digest_add(&digest, content.at, at);
		digest_keep(&digest, kept);
		memset(&digest, 0xa5, sizeof(digest));
		digest_resume(&digest, kept, at);
		digest_add(&digest, content.at + at, content.len - at);
		digest_end(&digest, hash);
		assert_memory_equal(hash, content.hash, DIGEST_LEN);
	}
	free(content.at);
}

/* ---------------------------------------------------------------- attaching */

/* Content first, then the card; the server's card then stands for it. */
static void attached_offline(void **state)
{
	struct content content = make_content(3 * PIECE + 17, 1);
	struct uuid contact = phone_id(1), id;
	struct found found;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &contact, 7, "Ivan", "Petrov");
	assert_int_equal(attach_to(&phone, &id, &content, "contact", &contact,
				   NULL),
			 OUTRIDER_OK);
	restart(&phone);
	found = find(&phone, &id);
	assert_int_equal(found.n, 1);
	assert_string_equal(found.name, "offer.pdf");
	assert_int_equal(found.file.state, OUTRIDER_FILE_TO_SEND);
	assert_int_equal(found.file.size_bytes, content.len);
	assert_true(found.file.is_wanted);
	assert_content(&phone, &id, &content, 99991);
	assert_content(&phone, &id, &content, PIECE);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 4);

	sync_now(&phone);
	take_upload(&phone, &content, 0);
	assert_int_equal(phone_count_mutations(&phone), 1);
	applied(&phone, 9);
	answer_pull_card(&phone, &id, &content);
	assert_done(&phone);
	assert_state(&phone, &id, OUTRIDER_FILE_HERE, content.len);
	/* Nothing more to say. */
	sync_now(&phone);
	phone_answer_empty_pull(&phone);
	assert_done(&phone);
	assert_content(&phone, &id, &content, PIECE);
	/* With the server it is one's own to let go. */
	want(&phone, &id, false);
	assert_state(&phone, &id, OUTRIDER_FILE_REMOTE, 0);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 0);
	assert_int_equal(count_rows(&phone, REPLICA_content), 0);
	phone_free(&phone);
	free(content.at);
}

/* Which cards a file can hang on, and what else is wrong. */
static void what_is_refused(void **state)
{
	struct content content = make_content(100, 1), empty = content;
	struct content large = make_content(((size_t)64 << 20) + 1, 2);
	struct content broken = make_content((size_t)2 * PIECE, 3);
	struct uuid contact = phone_id(1), nobody = phone_id(2), id;
	struct outrider_attachment about = { .name = "" };
	struct outrider_err err;
	struct phone phone;
	uint8_t out[10];
	size_t n;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &contact, 7, "Ivan", "Petrov");
	empty.len = 0;
	broken.fail_at = PIECE + 1;
	large.step = 1 << 20;
#define REFUSED(code, ...) \
	assert_int_equal(attach_to(&phone, &id, __VA_ARGS__, &err), code)
	REFUSED(OUTRIDER_INVALID_ARGUMENT, &content, "user", &contact);
	REFUSED(OUTRIDER_INVALID_ARGUMENT, &content, "nonsense", &contact);
	REFUSED(OUTRIDER_NOT_FOUND, &content, "contact", &nobody);
	REFUSED(OUTRIDER_INVALID_ARGUMENT, &empty, NULL, NULL);
	assert_string_equal(err.text, "The file is empty.");
	REFUSED(OUTRIDER_INVALID_ARGUMENT, &large, NULL, NULL);
	assert_string_equal(err.text, "A file has at most 64 MiB.");
	REFUSED(OUTRIDER_UNAVAILABLE, &broken, NULL, NULL);
#undef REFUSED
	assert_int_equal(outrider_attach(phone.core, NULL, &about, read_content,
					 &content, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	assert_string_equal(err.field, "display_name");
	assert_int_equal(phone_status(&phone).n_waiting, 0);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 0);
	assert_int_equal(count_rows(&phone, REPLICA_content), 0);
	/* And it goes on as if nothing had been. */
	id = attach(&phone, &content);
	assert_content(&phone, &id, &content, 7);
	assert_int_equal(outrider_file_read(phone.core, &n, out, 10, id.at, 101,
					    &err),
			 OUTRIDER_OUT_OF_RANGE);
	assert_int_equal(outrider_file_read(phone.core, &n, out, 10, nobody.at,
					    0, &err),
			 OUTRIDER_FAILED_PRECONDITION);
	assert_int_equal(outrider_file_want(phone.core, nobody.at, true, &err),
			 OUTRIDER_NOT_FOUND);
	outrider_lock(phone.core);
	assert_int_equal(attach_to(&phone, &id, &content, NULL, NULL, &err),
			 OUTRIDER_LOCKED);
	assert_int_equal(outrider_file_want(phone.core, id.at, true, &err),
			 OUTRIDER_LOCKED);
	phone_free(&phone);
	free(content.at);
	free(large.at);
	free(broken.at);
}

/* The server knows how far it came, whatever the phone was killed at. */
static void an_upload_goes_on(void **state)
{
	static const size_t offsets[] = { 0,	 1,	      PIECE - 1,
					  PIECE, PIECE + 100, 2 * PIECE + 16 };
	struct content content = make_content(2 * PIECE + 17, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		struct phone phone;

		phone_ready(&phone);
		(void)attach(&phone, &content);
		sync_now(&phone);
		assert_offers(&phone, &content);
		answer_offset(&phone, 0);
		(void)take_chunk(&phone, &content, 0);
		restart(&phone);
		phone.call = 0;
		sync_now(&phone);
		take_upload(&phone, &content, offsets[i]);
		applied(&phone, 11);
		phone_answer_empty_pull(&phone);
		assert_done(&phone);
		phone_free(&phone);
	}
	free(content.at);
}

/* The server dropped it for another one, in the middle: all of it goes up anew,
 * and its card behind it. */
static void an_upload_that_was_dropped(void **state)
{
	struct content content = make_content(2 * PIECE + 17, 1);
	struct phone phone;
	struct uuid id;

	(void)state;
	phone_ready(&phone);
	id = attach(&phone, &content);
	sync_now(&phone);
	assert_offers(&phone, &content);
	answer_offset(&phone, 0);
	(void)take_chunk(&phone, &content, 0);
	assert_true(phone_asks(&phone, "AttachmentService/UploadChunk"));
	assert_int_equal(phone_asked_number(&phone, 2), PIECE);
	phone_end(&phone, 9, "this upload was dropped: start it anew");
	take_upload(&phone, &content, 0);
	applied(&phone, 11);
	answer_pull_card(&phone, &id, &content);
	assert_done(&phone);
	assert_int_equal(phone_status(&phone).n_waiting, 0);
	assert_int_equal(phone_status(&phone).n_parked, 0);
	phone_free(&phone);
	free(content.at);
}

/* What the server has already isn't sent. */
static void a_known_content_isnt_sent(void **state)
{
	struct content content = make_content(PIECE, 1);
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	(void)attach(&phone, &content);
	sync_now(&phone);
	take_upload(&phone, &content, content.len);
	applied(&phone, 11);
	phone_answer_empty_pull(&phone);
	assert_done(&phone);
	phone_free(&phone);
	free(content.at);
}

/* A server without room: what comes before the card goes, the rest waits. */
static void no_room_at_the_server(void **state)
{
	struct content content = make_content(1000, 1);
	struct uuid contact = phone_id(1), id;
	struct outrider_event event;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	phone_pull_contact(&phone, &contact, 7, "Ivan", "Petrov");
	phone_edit(&phone, &contact, "position", "Buyer");
	id = attach(&phone, &content);
	phone_edit(&phone, &contact, "position", "Head");
	sync_now(&phone);
	assert_offers(&phone, &content);
	phone_end(&phone, 8, "256 MiB of yours lie here");
	assert_int_equal(phone_count_mutations(&phone), 1);
	applied(&phone, 11);
	phone_answer_empty_pull(&phone);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_FAILED, &event));
	assert_int_equal(event.code, OUTRIDER_RESOURCE_EXHAUSTED);
	assert_string_equal(event.text, "upload: 256 MiB of yours lie here");
	assert_int_equal(phone_status(&phone).n_waiting, 2);
	assert_state(&phone, &id, OUTRIDER_FILE_TO_SEND, content.len);
	/* A later sync brings the rest. */
	sync_now(&phone);
	take_upload(&phone, &content, 0);
	assert_int_equal(phone_count_mutations(&phone), 2);
	phone_free(&phone);
	free(content.at);
}

/* A content that is never taken doesn't wedge the queue: the card is refused
 * and stays, content and all, until a person decides. */
static void a_refused_content(void **state)
{
	struct content content = make_content(1000, 1);
	struct outrider_event event;
	struct phone phone;
	struct uuid id;

	(void)state;
	phone_ready(&phone);
	id = attach(&phone, &content);
	sync_now(&phone);
	assert_offers(&phone, &content);
	phone_end(&phone, 3, "too large for us");
	assert_true(phone_event(&phone, OUTRIDER_EVENT_FILE_FAILED, &event));
	assert_string_equal(event.text, "too large for us");
	phone_answer_push(&phone, REJECTED, 0, NOTHING, 3, "content_hash",
			  "you have not uploaded this content");
	phone_answer_empty_pull(&phone);
	assert_done(&phone);
	assert_int_equal(phone_status(&phone).n_parked, 1);
	assert_state(&phone, &id, OUTRIDER_FILE_TO_SEND, content.len);
	want(&phone, &id, false);
	assert_content(&phone, &id, &content, PIECE);
	/* Once more, and it is gone when the server has it. */
	assert_int_equal(outrider_outbox_retry(phone.core, 1, NULL),
			 OUTRIDER_OK);
	sync_now(&phone);
	take_upload(&phone, &content, 0);
	applied(&phone, 9);
	answer_pull_card(&phone, &id, &content);
	assert_done(&phone);
	assert_state(&phone, &id, OUTRIDER_FILE_REMOTE, 0);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 0);
	/* Discarded, it goes at once. */
	id = attach(&phone, &content);
	sync_now(&phone);
	phone_end(&phone, 3, "no");
	phone_answer_push(&phone, REJECTED, 0, NOTHING, 3, "", "no");
	phone_answer_empty_pull(&phone);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 1);
	assert_int_equal(outrider_outbox_discard(phone.core, 3, NULL),
			 OUTRIDER_OK);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 0);
	assert_int_equal(count_rows(&phone, REPLICA_content), 0);
	phone_free(&phone);
	free(content.at);
}

/* The upload was dropped, or another device sends it too: it is asked for
 * anew, but not for ever. */
static void a_wrong_offset(void **state)
{
	struct content content = make_content((size_t)3 * PIECE, 1);
	struct outrider_event event;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	(void)attach(&phone, &content);
	sync_now(&phone);
	for (size_t i = 0; i < 4; i++) {
		assert_offers(&phone, &content);
		answer_offset(&phone, i * 100);
		assert_int_equal(phone_asked_number(&phone, 2), i * 100);
		phone_end(&phone, 9, "the server has 77 bytes of it");
	}
	assert_true(phone_event(&phone, OUTRIDER_EVENT_FILE_FAILED, &event));
	assert_true(phone_asks(&phone, "SyncService/Push"));
	phone_free(&phone);
	free(content.at);
}

/* Some MiB, then their cards, then the next: the server keeps no more than
 * that for somebody who has attached nothing. */
static void cards_go_in_between(void **state)
{
	struct content content[3];
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	for (uint8_t i = 0; i < 3; i++) {
		content[i] = make_content((size_t)9 << 20, i);
		content[i].step = 1 << 20;
		(void)attach(&phone, &content[i]);
	}
	sync_now(&phone);
	take_upload(&phone, &content[0], 0);
	take_upload(&phone, &content[1], 0);
	assert_true(phone_asks(&phone, "SyncService/Push"));
	assert_int_equal(phone_count_mutations(&phone), 2);
	phone_end(&phone, 14, "cut");
	/* It failed in between: what is there is only asked for. */
	sync_now(&phone);
	take_upload(&phone, &content[0], content[0].len);
	take_upload(&phone, &content[1], content[1].len);
	take_upload(&phone, &content[2], 0);
	assert_int_equal(phone_count_mutations(&phone), 3);
	phone_free(&phone);
	for (size_t i = 0; i < 3; i++)
		free(content[i].at);
}

/* A server that was restored knows neither numbers nor contents: all of it is
 * offered again, under whatever numbers. */
static void the_outbox_begins_anew(void **state)
{
	struct content content = make_content(1000, 1);
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	(void)attach(&phone, &content);
	sync_now(&phone);
	take_upload(&phone, &content, 0);
	assert_true(phone_asks(&phone, "SyncService/Push"));
	phone_end(&phone, 10, "restored from a backup");
	phone_answer_empty_pull(&phone);
	take_upload(&phone, &content, 0);
	assert_int_equal(phone_count_mutations(&phone), 1);
	phone_free(&phone);
	free(content.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hash_goes_on),
		cmocka_unit_test(attached_offline),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(an_upload_goes_on),
		cmocka_unit_test(an_upload_that_was_dropped),
		cmocka_unit_test(a_known_content_isnt_sent),
		cmocka_unit_test(no_room_at_the_server),
		cmocka_unit_test(a_refused_content),
		cmocka_unit_test(a_wrong_offset),
		cmocka_unit_test(cards_go_in_between),
		cmocka_unit_test(the_outbox_begins_anew),
	};

	return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
