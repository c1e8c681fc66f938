/*
 * Acts that tests of attachments' contents share: files to attach, what the
 * phone says of them, and the server's side of uploads and downloads.
 */
#ifndef SUPPORT_FILE_ACTS_H
#define SUPPORT_FILE_ACTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "core.h"
#include "phone_host.h"
#include "replica.h"

enum {
	ATTACHMENT = 26,
	PIECE = FILES_PIECE_LEN,
};

static const struct bytes NOTHING = { NULL, 0 };

/* ---------------------------------------------------------------- support */

/* Three pieces and a bit, unless it says otherwise. */
struct content {
	uint8_t *at;
	size_t len;
	uint8_t hash[32];
	size_t read; /* by the host so far */
	size_t step; /* of one call of the hook */
	size_t fail_at;
};

static inline struct content make_content(size_t len, uint8_t seed)
{
	uint8_t key[randombytes_SEEDBYTES] = { seed };
	struct content content = { .at = malloc(len + 1),
				   .len = len,
				   .step = 100003 };

	assert_non_null(content.at);
	assert_int_not_equal(sodium_init(), -1);
	randombytes_buf_deterministic(content.at, len, key);
	crypto_hash_sha256(content.hash, content.at, len);
	return content;
}

static inline ptrdiff_t read_content(void *user, uint8_t *out, size_t room)
{
	struct content *content = user;
	size_t left = content->len - content->read;
	size_t n = left < content->step ? left : content->step;

	if (content->fail_at > 0 && content->read >= content->fail_at)
		return -1;
	n = n < room ? n : room;
	memcpy(out, content->at + content->read, n);
	content->read += n;
	return (ptrdiff_t)n;
}

static inline enum outrider_code
attach_to(struct phone *phone, struct uuid *id, struct content *content,
	  const char *kind, const struct uuid *card, struct outrider_err *err)
{
	const struct outrider_attachment about = {
		.kind = kind,
		.card_id = card != NULL ? card->at : NULL,
		.name = "offer.pdf",
		.media_type = "application/pdf",
	};

	content->read = 0;
	return outrider_attach(phone->core, id->at, &about, read_content,
			       content, err);
}

static inline struct uuid attach(struct phone *phone, struct content *content)
{
	struct outrider_err err;
	struct uuid id;

	if (attach_to(phone, &id, content, NULL, NULL, &err) != OUTRIDER_OK)
		fail_msg("%s (%s)", err.text, err.field);
	return id;
}

/* What is known of one attachment. */
struct found {
	struct uuid id;
	struct outrider_file file;
	char name[64];
	size_t n, n_all;
};

static inline bool look(void *user, const struct outrider_file *file)
{
	struct found *found = user;

	found->n_all++;
	if (memcmp(file->id, found->id.at, 16) != 0)
		return true;
	found->n++;
	found->file = *file;
	snprintf(found->name, sizeof(found->name), "%s", file->name);
	return true;
}

static inline struct found find(struct phone *phone, const struct uuid *id)
{
	struct found found = { .id = *id };

	assert_int_equal(outrider_files(phone->core, NULL, NULL, look, &found,
					NULL),
			 OUTRIDER_OK);
	return found;
}

static inline void assert_state(struct phone *phone, const struct uuid *id,
				enum outrider_file_state state, size_t here)
{
	struct found found = find(phone, id);

	assert_int_equal(found.n, 1);
	assert_int_equal(found.file.state, state);
	assert_int_equal(found.file.here_bytes, here);
}

/* All of it, in parts of that length. */
static inline void assert_content(struct phone *phone, const struct uuid *id,
				  const struct content *content, size_t part)
{
	uint8_t *out = malloc(part);
	struct outrider_err err;
	size_t at = 0, n;

	assert_non_null(out);
	do {
		if (outrider_file_read(phone->core, &n, out, part, id->at,
				       (int64_t)at, &err) != OUTRIDER_OK)
			fail_msg("%s", err.text);
		assert_true(n == part || at + n == content->len);
		assert_memory_equal(out, content->at + at, n);
		at += n;
	} while (n == part);
	assert_int_equal(at, content->len);
	free(out);
}

static inline uint64_t count_rows(struct phone *phone, enum replica_table table)
{
	uint64_t n;

	assert_int_equal(replica_count(phone->core->replica, &n, table, 0,
				       NULL),
			 OUTRIDER_OK);
	return n;
}

/* The app is killed and started again. */
static inline void restart(struct phone *phone)
{
	phone_close(phone);
	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
}

/* ----------------------------------------------------- the server's answers */

static inline void sync_now(struct phone *phone)
{
	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
}

static inline void assert_done(struct phone *phone)
{
	struct outrider_event event;

	assert_int_equal(phone->call, 0);
	assert_true(phone_event(phone, OUTRIDER_EVENT_SYNC_DONE, &event));
}

static inline void
assert_offers(const struct phone *phone, const struct content *content)
{
	assert_true(phone_asks(phone, "AttachmentService/StartUpload"));
	assert_int_equal(phone_asked(phone, 1).len, 32);
	assert_memory_equal(phone_asked(phone, 1).at, content->hash, 32);
	assert_int_equal(phone_asked_number(phone, 2), content->len);
}

static inline void answer_offset(struct phone *phone, size_t offset)
{
	struct message_maker answer;

	maker_begin(&answer);
	if (offset > 0)
		maker_number(&answer, 1, offset);
	assert_int_equal(phone_answer(phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	phone_end(phone, 0, NULL);
}

/* One chunk, compared and taken; how much of it the server has then. */
static inline size_t
take_chunk(struct phone *phone, const struct content *content, size_t have)
{
	struct bytes data = phone_asked(phone, 3);

	assert_true(phone_asks(phone, "AttachmentService/UploadChunk"));
	assert_memory_equal(phone_asked(phone, 1).at, content->hash, 32);
	assert_int_equal(phone_asked_number(phone, 2), have);
	assert_in_range(data.len, 1, content->len - have);
	assert_memory_equal(data.at, content->at + have, data.len);
	have += data.len;
	answer_offset(phone, have);
	return have;
}

/* All of it from there on. */
static inline void
take_upload(struct phone *phone, const struct content *content, size_t have)
{
	assert_offers(phone, content);
	answer_offset(phone, have);
	while (have < content->len)
		have = take_chunk(phone, content, have);
}

static inline void applied(struct phone *phone, uint64_t rev)
{
	phone_answer_push(phone, APPLIED, rev, NOTHING, 0, NULL, NULL);
}

/* The attachment's card, as the server has it. */
static inline void put_card(struct message_maker *page,
			    const struct phone *phone, const struct uuid *id,
			    const struct content *content)
{
	struct message_maker fields;
	char owner[UUID_TEXT_LEN + 1];

	maker_begin(&fields);
	uuid_format(owner, &phone->user);
	maker_text(&fields, 6, owner);
	maker_text(&fields, 10, "brochure.pdf");
	maker_number(&fields, 12, content->len);
	maker_bytes_of(&fields, 13, content->hash, 32);
	maker_record(page, &(struct record_maker_args){
				   .kind = ATTACHMENT,
				   .id = *id,
				   .rev = 9,
				   .fields = maker_bytes(&fields),
				   .entered = 2,
				   .is_whole = true,
			   });
	maker_end(&fields);
}

/* The pull behind a push brings what the server made of it. */
static inline void answer_pull_card(struct phone *phone, const struct uuid *id,
				    const struct content *content)
{
	struct message_maker page;

	assert_true(phone_asks(phone, "SyncService/Pull"));
	maker_begin(&page);
	put_card(&page, phone, id, content);
	maker_finish_page(&page, "cursor-2", true);
	assert_int_equal(phone_answer(phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
	phone_end(phone, 0, NULL);
}

static inline void pull_card(struct phone *phone, const struct uuid *id,
			     const struct content *content)
{
	struct message_maker page;

	maker_begin(&page);
	put_card(&page, phone, id, content);
	maker_finish_page(&page, "cursor-1", true);
	phone_pull(phone, maker_bytes(&page));
	maker_end(&page);
}

static inline void pull_deletion(struct phone *phone, const struct uuid *id)
{
	struct message_maker page;

	maker_begin(&page);
	maker_record(&page, &(struct record_maker_args){
				    .kind = ATTACHMENT,
				    .id = *id,
				    .rev = 20,
				    .left = 2,
				    .is_deleted = true,
			    });
	maker_finish_page(&page, "cursor-3", true);
	phone_pull(phone, maker_bytes(&page));
	maker_end(&page);
}

static inline void
want(struct phone *phone, const struct uuid *id, bool is_wanted)
{
	assert_int_equal(outrider_file_want(phone->core, id->at, is_wanted,
					    NULL),
			 OUTRIDER_OK);
}

static inline void
assert_fetches(const struct phone *phone, const struct uuid *id, size_t offset)
{
	char text[UUID_TEXT_LEN + 1];

	uuid_format(text, id);
	assert_true(phone_asks(phone, "AttachmentService/ReadContent"));
	assert_memory_equal(phone_asked(phone, 1).at, text, UUID_TEXT_LEN);
	assert_int_equal(phone_asked_number(phone, 2), offset);
	assert_int_equal(phone_asked_number(phone, 3), PIECE);
}

static inline enum outrider_code
answer_part(struct phone *phone, const void *at, size_t len, size_t size)
{
	struct message_maker answer;
	enum outrider_code code;

	maker_begin(&answer);
	maker_bytes_of(&answer, 1, at, len);
	maker_number(&answer, 2, size);
	code = phone_answer(phone, maker_bytes(&answer));
	maker_end(&answer);
	return code;
}

static inline void give_part(struct phone *phone, const struct content *content)
{
	size_t at = phone_asked_number(phone, 2);
	size_t left = content->len - at;

	assert_int_equal(answer_part(phone, content->at + at,
				     left < PIECE ? left : PIECE, content->len),
			 OUTRIDER_OK);
	phone_end(phone, 0, NULL);
}

/* A sync that pulls nothing and then fetches all of one content. */
static inline void fetch(struct phone *phone, const struct uuid *id,
			 const struct content *content, size_t from)
{
	struct outrider_event event;

	sync_now(phone);
	phone_answer_empty_pull(phone);
	for (; from < content->len; from += PIECE) {
		assert_fetches(phone, id, from);
		give_part(phone, content);
	}
	assert_true(phone_event(phone, OUTRIDER_EVENT_FILE_HERE, &event));
	assert_memory_equal(event.id, id->at, 16);
	assert_done(phone);
	assert_state(phone, id, OUTRIDER_FILE_HERE, content->len);
}

#endif
