/*
 * Attachments: contents that come in chunks, whoever sends them and however
 * often the line breaks; what a hash alone gives nobody; what is left over.
 */
#include "upload_acts.h"

#include "app/upload_hash.h"

/* ------------------------------------------------------------------- hash */

static void test_hash_is_taken_up_again(void **state)
{
	struct file file = make_file(700, 1);
	struct upload_hash hash;
	uint8_t saved[UPLOAD_HASH_SAVED_MAX];

	(void)state;
	for (size_t step = 1; step < 200; step++) {
		size_t at = 0, n;

		upload_hash_begin(&hash);
		n = upload_hash_save(&hash, saved);
		while (at < file.len) {
			size_t some = file.len - at < step ? file.len - at
							   : step;
			struct upload_hash other;

			memset(&other, 0xa5, sizeof(other));
			assert_true(
				upload_hash_load(&other, (int64_t)at,
						 (struct bytes){ saved, n }));
			upload_hash_add(&other,
					(struct bytes){ file.at + at, some });
			at += some;
			n = upload_hash_save(&other, saved);
			hash = other;
		}
		assert_true(upload_hash_is(&hash, file.hash));
		assert_false(upload_hash_load(&hash, (int64_t)at + 1,
					      (struct bytes){ saved, n }));
	}
	free(file.at);
}

/* ---------------------------------------------------------------- uploads */

/* Chunks of any length, aligned to nothing. */
static void test_chunks(void **state)
{
	static const size_t sizes[] = { 1,	63,	64,	65,
					262143, 262144, 262145, 3 * MIB + 17 };
	static const size_t chunks[] = { 100003, 262144, MIB };
	struct attachment_test *t = *state;
	uint32_t seed = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t k = 0; k < sizeof(chunks) / sizeof(chunks[0]);
		     k++) {
			struct file file = make_file(sizes[i], ++seed);
			struct uuid id;

			upload(t, t->rep.token, &file, chunks[k]);
			id = attach_file(t, t->rep.token, &file, NULL);
			assert_content(t, t->rep.token, &id, &file, 0);
			assert_content(t, t->rep.token, &id, &file, 99991);
			free(file.at);
		}
	}
}

static void test_goes_on(void **state)
{
	struct attachment_test *t = *state;
	struct app_harness *h = &t->harness;
	struct file file = make_file(2 * MIB, 1);
	struct uuid id;

	assert_offset(start(t, t->rep.token, &file), 0);
	assert_offset(send_chunk(t, t->rep.token, &file, 0, 500000), 500000);
	/* The server stops; the phone goes on where the desk began. */
	restart(t, 0);
	h->wall_us += DAY_US - 1;
	assert_offset(start(t, t->rep.device_token, &file), 500000);
	assert_offset(send_chunk(t, t->rep.device_token, &file, 500000, MIB),
		      500000 + MIB);
	h->wall_us += DAY_US - 1;
	assert_offset(send_chunk(t, t->rep.token, &file, 500000 + MIB,
				 file.len - 500000 - MIB),
		      file.len);
	id = attach_file(t, t->rep.token, &file, NULL);
	assert_content(t, t->rep.token, &id, &file, 0);
	free(file.at);
}

static void test_wrong_offset(void **state)
{
	struct attachment_test *t = *state;
	struct file file = make_file(1000, 1);

	assert_refused(send_chunk(t, t->rep.token, &file, 0, 10),
		       OUTRIDER_FAILED_PRECONDITION, "");
	assert_offset(start(t, t->rep.token, &file), 0);
	assert_offset(send_chunk(t, t->rep.token, &file, 0, 400), 400);
	assert_refused(send_chunk(t, t->rep.token, &file, 0, 400),
		       OUTRIDER_FAILED_PRECONDITION, "");
	assert_non_null(strstr(
		send_chunk(t, t->rep.token, &file, 401, 10)->text, "400"));
	/* Another's doesn't stand where this one's does. */
	assert_refused(send_chunk(t, t->other.token, &file, 400, 600),
		       OUTRIDER_FAILED_PRECONDITION, "");
	assert_offset(send_chunk(t, t->rep.token, &file, 400, 600), 1000);
	assert_refused(send_chunk(t, t->rep.token, &file, 999, 1),
		       OUTRIDER_FAILED_PRECONDITION, "");
	free(file.at);
}

static void test_too_much(void **state)
{
	struct attachment_test *t = *state;
	struct file file = make_file(1000, 1), longer = file;
	uint8_t hash[32] = { 1 };

	longer.len = 900;
	assert_offset(start(t, t->rep.token, &longer), 0);
	assert_refused(send_chunk(t, t->rep.token, &file, 0, 901),
		       OUTRIDER_INVALID_ARGUMENT, "data");
	assert_offset(send_chunk(t, t->rep.token, &file, 0, 800), 800);
	/* Of another size it is another upload. */
	assert_offset(start(t, t->rep.token, &file), 0);
	assert_rows(t, 0, 1, 0);

	assert_refused(start_of(t, t->rep.token, hash, 32, 0),
		       OUTRIDER_INVALID_ARGUMENT, "size_bytes");
	assert_refused(start_of(t, t->rep.token, hash, 32, 64 * MIB + 1),
		       OUTRIDER_INVALID_ARGUMENT, "size_bytes");
	assert_refused(start_of(t, t->rep.token, hash, 31, 100),
		       OUTRIDER_INVALID_ARGUMENT, "content_hash");
	assert_refused(start_of(t, NULL, hash, 32, 100),
		       OUTRIDER_UNAUTHENTICATED, "");
	assert_offset(start_of(t, t->rep.token, hash, 32, 64 * MIB), 0);
	assert_rows(t, 0, 2, 0);
	free(file.at);
}

static void test_largest(void **state)
{
	struct attachment_test *t = *state;
	struct file file = make_file((size_t)64 * MIB, 1);
	struct uuid id;

	upload(t, t->rep.token, &file, MIB);
	id = attach_file(t, t->rep.token, &file, NULL);
	assert_content(t, t->rep.token, &id, &file, 0);
	assert_rows(t, 1, 1, 256);
	free(file.at);
}

static void test_wrong_hash(void **state)
{
	struct attachment_test *t = *state;
	struct file file = make_file(600000, 1);

	assert_offset(start(t, t->rep.token, &file), 0);
	assert_offset(send_chunk(t, t->rep.token, &file, 0, 300000), 300000);
	file.at[400000] ^= 1;
	assert_refused(send_chunk(t, t->rep.token, &file, 300000, 300000),
		       OUTRIDER_INVALID_ARGUMENT, "content_hash");
	assert_rows(t, 0, 1, 0);
	assert_refused(attach(t, t->rep.token, file.hash, 32, NULL),
		       OUTRIDER_INVALID_ARGUMENT, "attachment.content_hash");
	/* It begins anew, and may come right. */
	file.at[400000] ^= 1;
	assert_offset(start(t, t->rep.token, &file), 0);
	assert_offset(send_chunk(t, t->rep.token, &file, 0, 600000), 600000);
	attach_file(t, t->rep.token, &file, NULL);
	assert_rows(t, 1, 1, 3);
	free(file.at);
}

/* Two connections of one caller, each chunk asked for before it is written. */
static void test_side_by_side(void **state)
{
	struct attachment_test *t = *state;
	struct app_harness *h = &t->harness;
	struct file file = make_file(900000, 1);
	size_t at = 0, n_refused = 0;
	struct uuid id;

	assert_offset(start(t, t->rep.token, &file), 0);
	while (at < file.len) {
		size_t lens[2] = { 70001, 50023 };
		struct app_call *calls[2];
		int woken[2] = { 0, 0 };
		size_t gained = 0;

		for (int i = 0; i < 2; i++) {
			struct buffer request = harness_buffer();
			struct bytes message;
			struct app_status status;

			if (lens[i] > file.len - at)
				lens[i] = file.len - at;
			put_chunk(&request, &file, at, lens[i]);
			calls[i] = harness_begin(
				h, "AttachmentService/UploadChunk",
				t->rep.token, request.at, request.len,
				&woken[i]);
			assert_int_equal(app_call_next(calls[i], &message,
						       &status),
					 APP_WAIT);
			buffer_free(&request);
		}
		store_run_writes(h->store);
		for (int i = 0; i < 2; i++) {
			struct bytes message;
			struct app_status status;
			enum app_progress progress =
				app_call_next(calls[i], &message, &status);

			if (progress == APP_MESSAGE) {
				gained += lens[i];
			} else {
				assert_int_equal(status.code,
						 OUTRIDER_FAILED_PRECONDITION);
				n_refused++;
			}
			app_call_free(calls[i]);
		}
		at += gained;
		assert_offset(start(t, t->rep.token, &file), at);
	}
	assert_int_not_equal(n_refused, 0);
	id = attach_file(t, t->rep.token, &file, NULL);
	assert_content(t, t->rep.token, &id, &file, 0);
	free(file.at);
}

/* ----------------------------------------------------------- who has what */

static void test_hash_is_no_key(void **state)
{
	struct attachment_test *t = *state;
	struct file file = make_file(500000, 1);
	struct uuid id, theirs;
	uint8_t nothing[32] = { 9 };

	upload(t, t->rep.token, &file, MIB);
	id = attach_file(t, t->rep.token, &file, NULL);
	/* Known by its hash, answered as what isn't here. */
	assert_refused(attach(t, t->other.token, file.hash, 32, NULL),
		       OUTRIDER_INVALID_ARGUMENT, "attachment.content_hash");
	assert_refused(attach(t, t->other.token, nothing, 32, NULL),
		       OUTRIDER_INVALID_ARGUMENT, "attachment.content_hash");
	assert_refused(attach(t, t->other.token, nothing, 5, NULL),
		       OUTRIDER_INVALID_ARGUMENT, "attachment.content_hash");
	assert_refused(read_part(t, t->other.token, &id, 0, 0),
		       OUTRIDER_NOT_FOUND, "");
	/* To begin is not to have it. */
	assert_offset(start(t, t->other.token, &file), 0);
	assert_refused(attach(t, t->other.token, file.hash, 32, NULL),
		       OUTRIDER_INVALID_ARGUMENT, "attachment.content_hash");
	assert_offset(send_chunk(t, t->other.token, &file, 0, 100), 100);
	assert_refused(attach(t, t->other.token, file.hash, 32, NULL),
		       OUTRIDER_INVALID_ARGUMENT, "attachment.content_hash");
	/* They send all of it, and it is kept once. */
	assert_offset(send_chunk(t, t->other.token, &file, 100, file.len - 100),
		      file.len);
	theirs = attach_file(t, t->other.token, &file, NULL);
	assert_content(t, t->other.token, &theirs, &file, 0);
	assert_content(t, t->rep.token, &id, &file, 0);
	assert_refused(read_part(t, t->other.token, &id, 0, 0),
		       OUTRIDER_NOT_FOUND, "");
	assert_rows(t, 1, 2, 2);
	free(file.at);
}

static void test_seen_is_had(void **state)
{
	struct attachment_test *t = *state;
	struct file file = make_file(500000, 1);
	struct uuid id;

	upload(t, t->rep.token, &file, MIB);
	attach_file(t, t->rep.token, &file, &t->other.id);
	assert_offset(start(t, t->other.token, &file), file.len);
	assert_refused(start_of(t, t->other.token, file.hash, 32, 7),
		       OUTRIDER_INVALID_ARGUMENT, "size_bytes");
	id = attach_file(t, t->other.token, &file, NULL);
	assert_content(t, t->other.token, &id, &file, 0);
	free(file.at);
}

static void test_read(void **state)
{
	struct attachment_test *t = *state;
	struct file file = make_file(MIB + 300000, 1);
	const struct harness_reply *reply;
	struct uuid id, none = harness_new_uuid(&t->harness);

	upload(t, t->rep.token, &file, MIB);
	id = attach_file(t, t->rep.token, &file, NULL);
	reply = read_part(t, t->rep.token, &id, 262143, 2);
	assert_int_equal(harness_part(reply->message, 1, 0).len, 2);
	assert_memory_equal(harness_part(reply->message, 1, 0).at,
			    file.at + 262143, 2);
	reply = read_part(t, t->rep.token, &id, 0, 64 * MIB);
	assert_int_equal(harness_part(reply->message, 1, 0).len, MIB);
	reply = read_part(t, t->rep.token, &id, file.len - 1, 0);
	assert_int_equal(harness_part(reply->message, 1, 0).len, 1);
	assert_refused(read_part(t, t->rep.token, &id, file.len + 1, 0),
		       OUTRIDER_OUT_OF_RANGE, "");
	assert_refused(read_part(t, t->rep.token, &none, 0, 0),
		       OUTRIDER_NOT_FOUND, "");
	free(file.at);
}

/* ---------------------------------------------------------------- no room */

/* A full disk costs nothing that was answered, and the upload goes on. */
static void test_full(void **state)
{
	struct attachment_test *t = *state;
	struct file file = make_file(5 * MIB, 1);
	const struct harness_reply *reply;
	int64_t n_pages = ask(t, "PRAGMA page_count");
	size_t at = 0;
	struct uuid id;

	restart(t, n_pages * 4096 + 3 * (int64_t)MIB);
	assert_offset(start(t, t->rep.token, &file), 0);
	for (;;) {
		reply = send_chunk(t, t->rep.token, &file, at, MIB / 2);
		if (reply->code != OUTRIDER_OK)
			break;
		at += MIB / 2;
	}
	assert_int_equal(reply->code, OUTRIDER_RESOURCE_EXHAUSTED);
	assert_in_range(at, 2 * MIB, 3 * MIB);
	assert_int_equal(send_chunk(t, t->rep.token, &file, at, MIB / 2)->code,
			 OUTRIDER_RESOURCE_EXHAUSTED);
	assert_int_not_equal(t->harness.n_errors, 0);
	t->harness.n_errors = 0;
	assert_offset(start(t, t->rep.token, &file), at);
	restart(t, INT64_C(1) << 30);
	while (at < file.len) {
		assert_offset(send_chunk(t, t->rep.token, &file, at, MIB / 2),
			      at + MIB / 2);
		at += MIB / 2;
	}
	id = attach_file(t, t->rep.token, &file, NULL);
	assert_content(t, t->rep.token, &id, &file, 0);
	free(file.at);
}

/* -------------------------------------------------------------- what goes */

/* Something is written, which is when old things are looked for. */
static void stir(struct attachment_test *t)
{
	struct file file = make_file(16, (uint32_t)(t->harness.wall_us >> 20));

	assert_offset(start(t, t->other.token, &file), 0);
	free(file.at);
}

static void test_left_uploads_go(void **state)
{
	struct attachment_test *t = *state;
	struct file file = make_file(5 * MIB, 1), left = make_file(MIB, 2);

	assert_offset(start(t, t->rep.token, &file), 0);
	for (size_t i = 0; i < 4; i++)
		assert_offset(send_chunk(t, t->rep.token, &file, i * MIB, MIB),
			      (i + 1) * MIB);
	upload(t, t->rep.token, &left, MIB);
	assert_rows(t, 1, 2, 20);
	t->harness.wall_us += DAY_US - 1000000;
	stir(t);
	assert_rows(t, 1, 3, 20);
	t->harness.wall_us += 2000000;
	/* Before anybody sweeps, it is over all the same. */
	assert_refused(send_chunk(t, t->rep.token, &file, 4 * MIB, MIB),
		       OUTRIDER_FAILED_PRECONDITION, "");
	t->harness.wall_us += INT64_C(600) * 1000000;
	stir(t);
	assert_rows(t, 0, 2, 0);
	assert_refused(attach(t, t->rep.token, left.hash, 32, NULL),
		       OUTRIDER_INVALID_ARGUMENT, "attachment.content_hash");
	assert_offset(start(t, t->rep.token, &file), 0);
	free(file.at);
	free(left.at);
}

static void
act_on(struct attachment_test *t, const char *method, const struct uuid *id)
{
	struct buffer request = harness_buffer();

	harness_put_uuid(&request, 1, id);
	assert_int_equal(harness_call(&t->harness, method, t->rep.token,
				      request.at, request.len)
				 ->code,
			 OUTRIDER_OK);
	buffer_free(&request);
}

/* What hangs on a record stays, though the record is deleted. */
static void test_attached_stays(void **state)
{
	struct attachment_test *t = *state;
	struct file file = make_file(MIB, 1);
	struct uuid id;

	upload(t, t->rep.token, &file, MIB);
	id = attach_file(t, t->rep.token, &file, NULL);
	act_on(t, "AttachmentService/DeleteAttachment", &id);
	t->harness.wall_us += 3 * DAY_US;
	stir(t);
	assert_rows(t, 1, 1, 4);
	act_on(t, "AttachmentService/UndeleteAttachment", &id);
	assert_content(t, t->rep.token, &id, &file, 0);
	free(file.at);
}

/* A server that stopped with a blob to purge goes on with it. */
static void test_purge_goes_on(void **state)
{
	struct attachment_test *t = *state;
	struct app_harness *h = &t->harness;
	struct file file = make_file(9 * MIB, 1);
	struct buffer request = harness_buffer();
	struct bytes message;
	struct app_status status;
	int woken = 0;

	assert_offset(start(t, t->rep.token, &file), 0);
	for (size_t i = 0; i < 8; i++)
		assert_offset(send_chunk(t, t->rep.token, &file, i * MIB, MIB),
			      (i + 1) * MIB);
	file.at[9 * MIB - 1] ^= 1;
	put_chunk(&request, &file, (size_t)8 * MIB, MIB);
	struct app_call *call =
		harness_begin(h, "AttachmentService/UploadChunk", t->rep.token,
			      request.at, request.len, &woken);
	assert_int_equal(app_call_next(call, &message, &status), APP_WAIT);
	store_run_writes(h->store);
	assert_int_equal(ask(t, "SELECT count(*) FROM job WHERE type = 2"), 1);
	assert_int_equal(ask(t, "SELECT count(*) FROM piece"), 32);
	/* Nobody asks for the answer: the sweep was not begun. */
	app_call_free(call);
	restart(t, 0);
	assert_rows(t, 0, 1, 0);
	buffer_free(&request);
	free(file.at);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_firm, close_firm)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_is_taken_up_again),
		TEST(test_chunks),
		TEST(test_goes_on),
		TEST(test_wrong_offset),
		TEST(test_too_much),
		TEST(test_largest),
		TEST(test_wrong_hash),
		TEST(test_side_by_side),
		TEST(test_hash_is_no_key),
		TEST(test_seen_is_had),
		TEST(test_read),
		TEST(test_full),
		TEST(test_left_uploads_go),
		TEST(test_attached_stays),
		TEST(test_purge_goes_on),
	};

	return cmocka_run_group_tests_name("attachments", tests, NULL, NULL);
}
