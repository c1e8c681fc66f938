/*
 * How much a caller may leave unfinished or unattached: what is busy stays, and
 * of what was left the idlest gives way to what they begin.
 */
#include "upload_acts.h"

#include "app/uploads_room.h"

#define SECOND_US INT64_C(1000000)

/* A second apart, each begun and its first 40 bytes sent. */
static void begin_sixteen(struct attachment_test *t, const struct file *files)
{
	for (size_t i = 0; i < 16; i++) {
		t->harness.wall_us += SECOND_US;
		assert_offset(start(t, t->rep.token, &files[i]), 0);
		assert_offset(send_chunk(t, t->rep.token, &files[i], 0, 40),
			      40);
	}
}

/* Of a hundred bytes each. */
static void make_files(struct file *files, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		files[i] = make_file(100, i + 1);
}

static void free_files(struct file *files, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		free(files[i].at);
}

/* All are under way: none of them is lost to a seventeenth. */
static void test_sixteen_busy(void **state)
{
	struct attachment_test *t = *state;
	struct file files[17];
	const struct harness_reply *reply;

	make_files(files, 17);
	begin_sixteen(t, files);
	t->harness.wall_us += UPLOAD_BUSY_US - 15 * SECOND_US;
	reply = start(t, t->rep.token, &files[16]);
	assert_refused(reply, FULL, "");
	assert_string_equal(reply->text,
			    "16 of your uploads are under way: finish one, or "
			    "leave one alone for 120 seconds");
	assert_rows(t, 0, 16, 16);
	for (size_t i = 0; i < 16; i++)
		assert_offset(start(t, t->rep.token, &files[i]), 40);
	/* Others have their own. */
	assert_offset(start(t, t->other.token, &files[16]), 0);
	/* A finished one makes room. */
	assert_offset(send_chunk(t, t->rep.token, &files[7], 40, 60), 100);
	assert_offset(start(t, t->rep.token, &files[16]), 0);
	assert_offset(start(t, t->rep.token, &files[7]), 100);
	assert_rows(t, 1, 18, 16);
	free_files(files, 17);
}

/* Of those that were left, the one that was left first gives way. */
static void test_idlest_gives_way(void **state)
{
	struct attachment_test *t = *state;
	struct file files[18];
	const struct harness_reply *reply;

	make_files(files, 18);
	/* What another left before isn't the caller's to take. */
	assert_offset(start(t, t->other.token, &files[17]), 0);
	assert_offset(send_chunk(t, t->other.token, &files[17], 0, 40), 40);
	begin_sixteen(t, files);
	assert_rows(t, 0, 17, 17);
	t->harness.wall_us += SECOND_US;
	/* Begun first, and gone on with: now the second is the idlest. */
	assert_offset(send_chunk(t, t->rep.token, &files[0], 40, 10), 50);
	t->harness.wall_us += UPLOAD_BUSY_US;
	assert_offset(start(t, t->rep.token, &files[16]), 0);
	/* Its bytes are gone, and nobody else's. */
	assert_rows(t, 0, 17, 16);
	for (size_t i = 0; i < 17; i++) {
		uint64_t offset = i == 0 ? 50 : i == 16 ? 0 : 40;

		if (i != 1)
			assert_offset(start(t, t->rep.token, &files[i]),
				      offset);
	}
	/* Who was away is told, and begins anew; that takes the next one. */
	reply = send_chunk(t, t->rep.token, &files[1], 40, 60);
	assert_refused(reply, OUTRIDER_FAILED_PRECONDITION, "");
	assert_string_equal(reply->text, "this upload was not started, or was "
					 "dropped: start it anew");
	assert_offset(start(t, t->rep.device_token, &files[1]), 0);
	assert_refused(send_chunk(t, t->rep.token, &files[2], 40, 60),
		       OUTRIDER_FAILED_PRECONDITION, "");
	assert_rows(t, 0, 17, 15);
	assert_offset(send_chunk(t, t->rep.token, &files[1], 0, 100), 100);
	attach_file(t, t->rep.token, &files[1], NULL);
	assert_offset(start(t, t->other.token, &files[17]), 40);
	assert_rows(t, 1, 17, 16);
	free_files(files, 18);
}

/* It gives way while the next chunk of it is on its way to the writer. */
static void test_gives_way_under_a_chunk(void **state)
{
	struct attachment_test *t = *state;
	struct app_harness *h = &t->harness;
	struct file files[17];
	struct app_call *calls[2];
	struct bytes message;
	struct app_status status;
	struct buffer request = harness_buffer();
	int woken[2] = { 0, 0 };

	make_files(files, 17);
	begin_sixteen(t, files);
	h->wall_us += UPLOAD_BUSY_US;
	wire_put_bytes(&request, 1, files[16].hash, 32);
	wire_put_scalar(&request, 2, files[16].len);
	calls[0] = harness_begin(h, "AttachmentService/StartUpload",
				 t->rep.token, request.at, request.len,
				 &woken[0]);
	assert_int_equal(app_call_next(calls[0], &message, &status), APP_WAIT);
	buffer_clear(&request);
	put_chunk(&request, &files[0], 40, 60);
	calls[1] = harness_begin(h, "AttachmentService/UploadChunk",
				 t->rep.token, request.at, request.len,
				 &woken[1]);
	assert_int_equal(app_call_next(calls[1], &message, &status), APP_WAIT);
	store_run_writes(h->store);
	assert_int_equal(app_call_next(calls[0], &message, &status),
			 APP_MESSAGE);
	assert_int_equal(app_call_next(calls[1], &message, &status), APP_END);
	assert_int_equal(status.code, OUTRIDER_FAILED_PRECONDITION);
	assert_string_equal(status.text,
			    "this upload was dropped: start it anew");
	for (int i = 0; i < 2; i++)
		app_call_free(calls[i]);
	assert_rows(t, 0, 16, 15);
	buffer_free(&request);
	free_files(files, 17);
}

static const struct harness_reply *reserve(struct attachment_test *t,
					   const char *token, uint8_t name,
					   uint64_t size_bytes)
{
	const uint8_t hash[32] = { 0xfe, name };

	return start_of(t, token, hash, 32, size_bytes);
}

/* What was sent and not attached takes room, whole or not. */
static void test_unattached(void **state)
{
	struct attachment_test *t = *state;
	struct file file = make_file(64 * MIB, 1);

	upload(t, t->rep.token, &file, MIB);
	for (uint8_t i = 1; i <= 3; i++)
		assert_offset(reserve(t, t->rep.token, i, 64 * MIB), 0);
	assert_refused(reserve(t, t->rep.token, 4, 1), FULL, "");
	/* Others have their own, and what has begun goes on. */
	assert_offset(reserve(t, t->other.token, 4, 64 * MIB), 0);
	assert_offset(reserve(t, t->rep.token, 3, 64 * MIB), 0);
	/* An attachment makes room, and no more than it has. */
	attach_file(t, t->rep.token, &file, NULL);
	assert_refused(reserve(t, t->rep.token, 4, 64 * MIB), OUTRIDER_OK, "");
	assert_refused(reserve(t, t->rep.token, 5, 1), FULL, "");
	assert_rows(t, 1, 6, 256);
	t->harness.wall_us += DAY_US + 1;
	assert_offset(reserve(t, t->rep.token, 5, 64 * MIB), 0);
	free(file.at);
}

/* As many go as it takes, of those that were left; what is whole stays. */
static void test_left_ones_give_room(void **state)
{
	struct attachment_test *t = *state;
	struct file whole = make_file(MIB, 1), left = make_file(50 * MIB, 2);

	upload(t, t->rep.token, &whole, MIB);
	for (uint8_t i = 1; i <= 4; i++) {
		assert_offset(reserve(t, t->rep.token, i, 50 * MIB), 0);
		t->harness.wall_us += SECOND_US;
	}
	assert_offset(start(t, t->rep.token, &left), 0);
	assert_offset(send_chunk(t, t->rep.token, &left, 0, MIB), MIB);
	assert_rows(t, 1, 6, 8);
	/* 251 MiB. One that is idle isn't enough, and stays. */
	t->harness.wall_us += UPLOAD_BUSY_US - 7 * SECOND_US / 2;
	assert_refused(reserve(t, t->rep.token, 5, 64 * MIB), FULL, "");
	assert_rows(t, 1, 6, 8);
	/* Two are, and the third isn't idle. */
	t->harness.wall_us += SECOND_US;
	assert_offset(reserve(t, t->rep.token, 5, 64 * MIB), 0);
	assert_rows(t, 1, 5, 8);
	assert_refused(reserve(t, t->rep.token, 6, 50 * MIB), FULL, "");
	t->harness.wall_us += SECOND_US;
	assert_offset(reserve(t, t->rep.token, 6, 50 * MIB), 0);
	assert_rows(t, 1, 5, 8);
	/* All but the new ones are idle: the last of them has bytes. */
	t->harness.wall_us += 2 * SECOND_US;
	assert_offset(reserve(t, t->rep.token, 7, 64 * MIB), 0);
	assert_rows(t, 1, 5, 8);
	assert_offset(reserve(t, t->rep.token, 8, 50 * MIB), 0);
	assert_rows(t, 1, 5, 4);
	attach_file(t, t->rep.token, &whole, NULL);
	free(whole.at);
	free(left.at);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_firm, close_firm)
	const struct CMUnitTest tests[] = {
		TEST(test_sixteen_busy),
		TEST(test_idlest_gives_way),
		TEST(test_gives_way_under_a_chunk),
		TEST(test_unattached),
		TEST(test_left_ones_give_room),
	};

	return cmocka_run_group_tests_name("uploads_room", tests, NULL, NULL);
}
