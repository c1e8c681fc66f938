/*
 * Contents that are wanted: fetched piece by piece, cut anywhere, compared with
 * the card's hash; and gone with the card. The test is the server.
 */
#include "file_acts.h"

/* --------------------------------------------------------------- fetching */

/* One piece a call; killed in between, it goes on where it was. */
static void fetched_and_cut(void **state)
{
	struct content content = make_content(3 * PIECE + 17, 1);
	struct uuid id = phone_id(5);
	struct outrider_event event;
	struct phone phone;
	uint8_t out[10];
	size_t n;

	(void)state;
	phone_ready(&phone);
	pull_card(&phone, &id, &content);
	assert_state(&phone, &id, OUTRIDER_FILE_REMOTE, 0);
	assert_false(phone_status(&phone).is_online_wanted);
	want(&phone, &id, true);
	assert_true(phone_status(&phone).is_online_wanted);
	assert_int_equal(find(&phone, &id).file.size_bytes, content.len);
	sync_now(&phone);
	phone_answer_empty_pull(&phone);
	assert_fetches(&phone, &id, 0);
	give_part(&phone, &content);
	assert_fetches(&phone, &id, PIECE);
	give_part(&phone, &content);
	assert_state(&phone, &id, OUTRIDER_FILE_WANTED, (size_t)2 * PIECE);
	assert_int_equal(outrider_file_read(phone.core, &n, out, 10, id.at, 0,
					    NULL),
			 OUTRIDER_FAILED_PRECONDITION);
	/* Killed while a part was on its way. */
	restart(&phone);
	phone.call = 0;
	assert_state(&phone, &id, OUTRIDER_FILE_WANTED, (size_t)2 * PIECE);
	/* And cut while one was. */
	sync_now(&phone);
	phone_answer_empty_pull(&phone);
	assert_fetches(&phone, &id, (size_t)2 * PIECE);
	phone_end(&phone, 14, "cut");
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_FAILED, &event));
	fetch(&phone, &id, &content, (size_t)2 * PIECE);
	restart(&phone);
	assert_content(&phone, &id, &content, 99991);
	assert_false(phone_status(&phone).is_online_wanted);
	/* Nothing is asked for again. */
	sync_now(&phone);
	phone_answer_empty_pull(&phone);
	assert_done(&phone);
	phone_free(&phone);
	free(content.at);
}

/* Locked, the phone neither sends nor fetches what belongs to cards. */
static void nothing_moves_while_locked(void **state)
{
	struct content content = make_content(PIECE + 17, 1),
		       mine = make_content(100, 2);
	struct uuid id = phone_id(5);
	struct outrider_event event;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	pull_card(&phone, &id, &content);
	want(&phone, &id, true);
	(void)attach(&phone, &mine);
	outrider_lock(phone.core);
	assert_int_equal(outrider_sync(phone.core, NULL), OUTRIDER_OK);
	assert_int_equal(phone.call, 0);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_DONE, &event));
	phone_free(&phone);
	free(content.at);
	free(mine.at);
}

/* Not what the card names: nothing of it is kept, nothing is asked for before
 * a person does. */
static void the_wrong_bytes(void **state)
{
	struct content content = make_content(PIECE + 17, 1);
	struct uuid id = phone_id(5);
	struct outrider_event event;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	pull_card(&phone, &id, &content);
	want(&phone, &id, true);
	sync_now(&phone);
	phone_answer_empty_pull(&phone);
	give_part(&phone, &content);
	content.at[PIECE + 16] ^= 1;
	give_part(&phone, &content);
	content.at[PIECE + 16] ^= 1;
	assert_true(phone_event(&phone, OUTRIDER_EVENT_FILE_FAILED, &event));
	assert_int_equal(event.code, OUTRIDER_DATA_LOSS);
	assert_done(&phone);
	assert_state(&phone, &id, OUTRIDER_FILE_WRONG, 0);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 0);
	restart(&phone);
	assert_state(&phone, &id, OUTRIDER_FILE_WRONG, 0);
	sync_now(&phone);
	phone_answer_empty_pull(&phone);
	assert_done(&phone);
	want(&phone, &id, true);
	fetch(&phone, &id, &content, 0);
	assert_content(&phone, &id, &content, PIECE);
	phone_free(&phone);
	free(content.at);
}

/* Parts that are no parts of this content. */
static void nonsense(void **state)
{
	struct content content = make_content(PIECE + 17, 1);
	const struct {
		size_t len, size;
	} parts[] = {
		{ PIECE, PIECE + 18 }, { PIECE - 1, PIECE + 17 },
		{ 0, PIECE + 17 },     { PIECE, 0 },
		{ PIECE, PIECE },      { PIECE, (size_t)65 << 20 },
	};
	struct uuid id = phone_id(5);
	struct phone phone;

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		phone_ready(&phone);
		pull_card(&phone, &id, &content);
		want(&phone, &id, true);
		sync_now(&phone);
		phone_answer_empty_pull(&phone);
		assert_int_equal(answer_part(&phone, content.at, parts[i].len,
					     parts[i].size),
				 OUTRIDER_OK);
		phone_end(&phone, 0, NULL);
		assert_done(&phone);
		assert_state(&phone, &id, OUTRIDER_FILE_WRONG, 0);
		phone_free(&phone);
	}
	/* Bytes that are no message. */
	phone_ready(&phone);
	pull_card(&phone, &id, &content);
	want(&phone, &id, true);
	sync_now(&phone);
	phone_answer_empty_pull(&phone);
	assert_int_equal(
		phone_answer(&phone,
			     (struct bytes){ (const uint8_t *)"\x0a\x7f", 2 }),
		OUTRIDER_DATA_LOSS);
	assert_state(&phone, &id, OUTRIDER_FILE_WANTED, 0);
	phone_free(&phone);
	free(content.at);
}

/* A refusal of one is no reason not to fetch the other. */
static void one_of_two_is_refused(void **state)
{
	struct content first = make_content(100, 1),
		       second = make_content(200, 2);
	struct uuid a = phone_id(5), b = phone_id(6);
	struct message_maker page;
	struct outrider_event event;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	maker_begin(&page);
	put_card(&page, &phone, &a, &first);
	put_card(&page, &phone, &b, &second);
	maker_finish_page(&page, "cursor-1", true);
	phone_pull(&phone, maker_bytes(&page));
	maker_end(&page);
	want(&phone, &a, true);
	want(&phone, &b, true);
	sync_now(&phone);
	phone_answer_empty_pull(&phone);
	assert_fetches(&phone, &a, 0);
	phone_end(&phone, 15, "the attachment's content is not here");
	assert_fetches(&phone, &b, 0);
	give_part(&phone, &second);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_FILE_FAILED, &event));
	assert_done(&phone);
	assert_state(&phone, &a, OUTRIDER_FILE_WANTED, 0);
	assert_state(&phone, &b, OUTRIDER_FILE_HERE, 200);
	/* The next sync asks again. */
	fetch(&phone, &a, &first, 0);
	phone_free(&phone);
	free(first.at);
	free(second.at);
}

/* Unwanted while a part is on its way; locked while one is. */
static void unwanted_meanwhile(void **state)
{
	struct content content = make_content((size_t)2 * PIECE, 1);
	struct uuid id = phone_id(5);
	struct outrider_event event;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	pull_card(&phone, &id, &content);
	want(&phone, &id, true);
	sync_now(&phone);
	phone_answer_empty_pull(&phone);
	give_part(&phone, &content);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 1);
	want(&phone, &id, false);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 0);
	give_part(&phone, &content);
	assert_done(&phone);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 0);
	assert_state(&phone, &id, OUTRIDER_FILE_REMOTE, 0);

	/* And wanted again before that part came: it is not the first. */
	want(&phone, &id, true);
	sync_now(&phone);
	phone_answer_empty_pull(&phone);
	give_part(&phone, &content);
	want(&phone, &id, false);
	want(&phone, &id, true);
	give_part(&phone, &content);
	assert_state(&phone, &id, OUTRIDER_FILE_WANTED, 0);
	assert_fetches(&phone, &id, 0);
	give_part(&phone, &content);
	assert_fetches(&phone, &id, PIECE);
	outrider_lock(phone.core);
	assert_int_equal(phone.call, 0);
	assert_true(phone_event(&phone, OUTRIDER_EVENT_SYNC_FAILED, &event));
	assert_int_equal(outrider_unlock(phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
	fetch(&phone, &id, &content, PIECE);
	phone_free(&phone);
	free(content.at);
}

/* --------------------------------------------------------------- going away */

/* A card that is taken away takes its content along, in the same page. */
static void the_card_goes(void **state)
{
	struct content content = make_content((size_t)2 * PIECE, 1);
	struct uuid id = phone_id(5);
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	pull_card(&phone, &id, &content);
	want(&phone, &id, true);
	fetch(&phone, &id, &content, 0);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 2);
	pull_deletion(&phone, &id);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 0);
	assert_int_equal(count_rows(&phone, REPLICA_content), 0);
	assert_int_equal(find(&phone, &id).n_all, 0);
	/* Deleted by hand. */
	pull_card(&phone, &id, &content);
	want(&phone, &id, true);
	fetch(&phone, &id, &content, 0);
	assert_int_equal(outrider_card_delete(phone.core, "attachment", id.at,
					      NULL),
			 OUTRIDER_OK);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 0);
	phone_free(&phone);
	free(content.at);
}

static void put_leaving(struct message_maker *page, const struct uuid *id)
{
	maker_record(page, &(struct record_maker_args){
				   .kind = ATTACHMENT,
				   .id = *id,
				   .rev = 10,
				   .left = 2,
			   });
}

/* The first page of a pull takes the card away. */
static void answer_leaving(struct phone *phone, const struct uuid *id)
{
	struct message_maker page;

	sync_now(phone);
	assert_true(phone_asks(phone, "SyncService/Pull"));
	maker_begin(&page);
	put_leaving(&page, id);
	maker_finish_page(&page, "cursor-4", false);
	assert_int_equal(phone_answer(phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
}

/* Whoever changes teams, or whose role does, has cards that go and come again
 * with another scope: what was wanted of them stays. Until the pull's end a
 * content without a card is nobody's to read; then it goes. */
static void the_card_comes_again(void **state)
{
	struct content content = make_content(PIECE + 1, 1);
	struct uuid id = phone_id(5);
	struct message_maker page;
	struct phone phone;
	uint8_t out[10];
	size_t n;

	(void)state;
	phone_ready(&phone);
	pull_card(&phone, &id, &content);
	want(&phone, &id, true);
	fetch(&phone, &id, &content, 0);
	/* On one page. */
	maker_begin(&page);
	put_leaving(&page, &id);
	put_card(&page, &phone, &id, &content);
	maker_finish_page(&page, "cursor-3", true);
	phone_pull(&phone, maker_bytes(&page));
	maker_end(&page);
	assert_content(&phone, &id, &content, 99991);
	assert_true(find(&phone, &id).file.is_wanted);
	/* On two. */
	answer_leaving(&phone, &id);
	assert_int_equal(find(&phone, &id).n_all, 0);
	assert_int_equal(outrider_file_read(phone.core, &n, out, 10, id.at, 0,
					    NULL),
			 OUTRIDER_FAILED_PRECONDITION);
	maker_begin(&page);
	put_card(&page, &phone, &id, &content);
	maker_finish_page(&page, "cursor-5", true);
	assert_int_equal(phone_answer(&phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
	phone_end(&phone, 0, NULL);
	assert_done(&phone);
	assert_content(&phone, &id, &content, 99991);
	assert_true(find(&phone, &id).file.is_wanted);
	/* Cut in between, and then it doesn't. */
	answer_leaving(&phone, &id);
	phone_end(&phone, 14, "cut");
	restart(&phone);
	phone.call = 0;
	assert_int_equal(count_rows(&phone, REPLICA_piece), 2);
	sync_now(&phone);
	phone_answer_empty_pull(&phone);
	assert_done(&phone);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 0);
	assert_int_equal(count_rows(&phone, REPLICA_content), 0);
	phone_free(&phone);
	free(content.at);
}

/* Attached and deleted again before a sync: the server is told of both, so it
 * is sent the content, too. */
static void deleted_before_it_was_sent(void **state)
{
	struct content content = make_content(1000, 1);
	struct phone phone;
	struct uuid id;

	(void)state;
	phone_ready(&phone);
	id = attach(&phone, &content);
	assert_int_equal(outrider_card_delete(phone.core, "attachment", id.at,
					      NULL),
			 OUTRIDER_OK);
	assert_int_equal(find(&phone, &id).n_all, 0);
	sync_now(&phone);
	take_upload(&phone, &content, 0);
	assert_int_equal(phone_count_mutations(&phone), 2);
	phone_free(&phone);
	free(content.at);
}

/* Two attachments of the same bytes keep them once. */
static void bytes_are_shared(void **state)
{
	struct content content = make_content((size_t)2 * PIECE, 1);
	struct uuid a = phone_id(5), b;
	struct phone phone;

	(void)state;
	phone_ready(&phone);
	pull_card(&phone, &a, &content);
	b = attach(&phone, &content);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 2);
	want(&phone, &a, true);
	assert_state(&phone, &a, OUTRIDER_FILE_HERE, content.len);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 2);
	want(&phone, &a, false);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 2);
	assert_content(&phone, &b, &content, PIECE);
	want(&phone, &a, true);
	(void)attach(&phone, &content);
	assert_int_equal(count_rows(&phone, REPLICA_piece), 2);
	assert_int_equal(count_rows(&phone, REPLICA_content), 3);
	restart(&phone);
	assert_content(&phone, &a, &content, PIECE);
	phone_free(&phone);
	free(content.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetched_and_cut),
		cmocka_unit_test(nothing_moves_while_locked),
		cmocka_unit_test(the_wrong_bytes),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(one_of_two_is_refused),
		cmocka_unit_test(unwanted_meanwhile),
		cmocka_unit_test(the_card_goes),
		cmocka_unit_test(the_card_comes_again),
		cmocka_unit_test(deleted_before_it_was_sent),
		cmocka_unit_test(bytes_are_shared),
	};

	return cmocka_run_group_tests_name("files_fetch", tests, NULL, NULL);
}
