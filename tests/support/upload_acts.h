/*
 * Acts that tests of uploads share: a firm with two reps, files, and what is
 * sent, attached and read of them; and how much of it the tables hold.
 */
#ifndef SUPPORT_UPLOAD_ACTS_H
#define SUPPORT_UPLOAD_ACTS_H

#include "app_harness.h"

#include "app/attachments.h"
#include "model/wire.h"
#include "store/backend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

enum {
	DISPLAY_NAME = 10,
	SIZE_BYTES = 12,
	CONTENT_HASH = 13,
	SHARED_USERS = 251,
};

#define MIB    ((size_t)1 << 20)
#define FULL   OUTRIDER_RESOURCE_EXHAUSTED
#define DAY_US (INT64_C(24) * 3600 * 1000000)

struct file {
	uint8_t *at;
	size_t len;
	uint8_t hash[32];
};

struct attachment_test {
	struct app_harness harness;
	struct harness_user rep, other;
	struct backend_conn *db; /* for looking into the tables */
};

/* ---------------------------------------------------------------- support */

static inline int open_firm(void **state)
{
	static struct attachment_test test;
	struct attachment_test *t = &test;
	const struct backend_open look = { .path = t->harness.path,
					   .use = BACKEND_READ };

	harness_open(&t->harness);
	t->rep = harness_add_user(&t->harness, "rep", RANK_REP, NULL);
	t->other = harness_add_user(&t->harness, "other", RANK_REP, NULL);
	assert_int_equal(store_sqlite_memory.open(&t->db, &store_sqlite_memory,
						  &look),
			 BACKEND_DONE);
	*state = t;
	return 0;
}

static inline int close_firm(void **state)
{
	struct attachment_test *t = *state;

	store_sqlite_memory.close(t->db);
	harness_close(&t->harness);
	return 0;
}

/* The server stops and starts, and may use so many bytes (0: any). */
static inline void restart(struct attachment_test *t, int64_t max_bytes)
{
	const struct backend_open look = { .path = t->harness.path,
					   .use = BACKEND_READ };

	store_sqlite_memory.close(t->db);
	t->harness.store_config.max_bytes = max_bytes;
	harness_restart(&t->harness);
	assert_int_equal(store_sqlite_memory.open(&t->db, &store_sqlite_memory,
						  &look),
			 BACKEND_DONE);
}

/* A number out of the tables. */
static inline int64_t ask(struct attachment_test *t, const char *sql)
{
	struct backend_stmt *stmt;
	int64_t number;

	assert_int_equal(store_sqlite_memory.prepare(t->db, &stmt, sql),
			 BACKEND_DONE);
	assert_int_equal(store_sqlite_memory.step(stmt), BACKEND_ROW);
	number = store_sqlite_memory.column(stmt, 0).i;
	store_sqlite_memory.finish(stmt);
	return number;
}

static inline void assert_rows(struct attachment_test *t, int64_t contents,
			       int64_t uploads, int64_t pieces)
{
	/* What is swept behind an answer. */
	while (store_run_writes(t->harness.store))
		;
	assert_int_equal(ask(t, "SELECT count(*) FROM content"), contents);
	assert_int_equal(ask(t, "SELECT count(*) FROM upload"), uploads);
	assert_int_equal(ask(t, "SELECT count(*) FROM piece"), pieces);
	assert_int_equal(ask(t, "SELECT count(*) FROM job WHERE type = 2"), 0);
}

static inline struct file make_file(size_t len, uint32_t seed)
{
	uint8_t key[randombytes_SEEDBYTES] = { (uint8_t)seed,
					       (uint8_t)(seed >> 8) };
	struct file file = { .at = malloc(len), .len = len };

	assert_non_null(file.at);
	randombytes_buf_deterministic(file.at, len, key);
	crypto_hash_sha256(file.hash, file.at, len);
	return file;
}

static inline const struct harness_reply *
start_of(struct attachment_test *t, const char *token, const uint8_t *hash,
	 size_t hash_len, uint64_t size_bytes)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	wire_put_bytes(&request, 1, hash, hash_len);
	wire_put_scalar(&request, 2, size_bytes);
	reply = harness_call(&t->harness, "AttachmentService/StartUpload",
			     token, request.at, request.len);
	buffer_free(&request);
	return reply;
}

static inline const struct harness_reply *
start(struct attachment_test *t, const char *token, const struct file *file)
{
	return start_of(t, token, file->hash, 32, file->len);
}

static inline void put_chunk(struct buffer *request, const struct file *file,
			     size_t offset, size_t len)
{
	wire_put_bytes(request, 1, file->hash, 32);
	wire_put_scalar(request, 2, offset);
	wire_put_bytes(request, 3, file->at + offset, len);
}

static inline const struct harness_reply *
send_chunk(struct attachment_test *t, const char *token,
	   const struct file *file, size_t offset, size_t len)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	put_chunk(&request, file, offset, len);
	reply = harness_call(&t->harness, "AttachmentService/UploadChunk",
			     token, request.at, request.len);
	buffer_free(&request);
	return reply;
}

static inline void
assert_offset(const struct harness_reply *reply, uint64_t offset)
{
	if (reply->code != OUTRIDER_OK)
		fail_msg("%s: %s", code_name(reply->code), reply->text);
	assert_int_equal(harness_scalar(reply->message, 1), offset);
}

/* Sends all of it, in chunks of that length. */
static inline void upload(struct attachment_test *t, const char *token,
			  const struct file *file, size_t chunk)
{
	assert_offset(start(t, token, file), 0);
	for (size_t at = 0; at < file->len;) {
		size_t len = file->len - at < chunk ? file->len - at : chunk;

		at += len;
		assert_offset(send_chunk(t, token, file, at - len, len), at);
	}
	assert_offset(start(t, token, file), file->len);
}

static inline const struct harness_reply *
attach(struct attachment_test *t, const char *token, const uint8_t *hash,
       size_t hash_len, const struct uuid *shared_with)
{
	struct buffer record = harness_buffer(), request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_text(&record, DISPLAY_NAME, "offer.pdf");
	wire_put_scalar(&record, SIZE_BYTES, 7); /* passed over */
	wire_put_bytes(&record, CONTENT_HASH, hash, hash_len);
	if (shared_with)
		harness_put_uuid(&record, SHARED_USERS, shared_with);
	wire_put_bytes(&request, 1, record.at, record.len);
	reply = harness_call(&t->harness, "AttachmentService/CreateAttachment",
			     token, request.at, request.len);
	buffer_free(&record);
	buffer_free(&request);
	return reply;
}

static inline struct uuid
attach_file(struct attachment_test *t, const char *token,
	    const struct file *file, const struct uuid *shared_with)
{
	const struct harness_reply *reply =
		attach(t, token, file->hash, 32, shared_with);

	if (reply->code != OUTRIDER_OK)
		fail_msg("%s", reply->text);
	assert_int_equal(harness_scalar(reply->message, SIZE_BYTES), file->len);
	return harness_uuid(reply->message, FIELD_ID);
}

static inline const struct harness_reply *
read_part(struct attachment_test *t, const char *token, const struct uuid *id,
	  uint64_t offset, uint64_t length)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_uuid(&request, 1, id);
	wire_put_scalar(&request, 2, offset);
	wire_put_scalar(&request, 3, length);
	reply = harness_call(&t->harness, "AttachmentService/ReadContent",
			     token, request.at, request.len);
	buffer_free(&request);
	return reply;
}

/* Reads all of it, in parts of that length, and compares. */
static inline void assert_content(struct attachment_test *t, const char *token,
				  const struct uuid *id,
				  const struct file *file, size_t part)
{
	size_t at = 0;

	for (;;) {
		const struct harness_reply *reply =
			read_part(t, token, id, at, part);
		struct bytes data;

		assert_int_equal(reply->code, OUTRIDER_OK);
		assert_int_equal(harness_scalar(reply->message, 2), file->len);
		data = harness_part(reply->message, 1, 0);
		if (at == file->len)
			break;
		assert_in_range(data.len, 1, file->len - at);
		assert_memory_equal(data.at, file->at + at, data.len);
		at += data.len;
	}
}

static inline void assert_refused(const struct harness_reply *reply,
				  enum outrider_code code, const char *field)
{
	harness_expect(reply, code);
	if (code == OUTRIDER_INVALID_ARGUMENT)
		harness_expect_violation(reply, field);
}

#endif
