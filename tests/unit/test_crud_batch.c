/*
 * crud: batches. All or none, each fault with its place, and answers that a
 * client can take.
 */
#include "app_harness.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
	GIVEN_NAME = 10, /* contact */
	FAMILY_NAME = 11,
	DISPLAY_NAME = 10, /* company */
	PARENT_COMPANY = 17,
	TEXT = 10, /* note */
	NOTE_BYTES = 16000,
	/* More in all than an answer may have, less than a call's memory. */
	NOTES_TOO_MANY = 220,
};

static int open_firm(void **state)
{
	static struct app_harness harness;

	harness_open(&harness);
	*state = &harness;
	return 0;
}

static int close_firm(void **state)
{
	harness_close(*state);
	return 0;
}

/* ---------------------------------------------------------------- requests */

static void
put_message(struct buffer *out, uint32_t number, struct buffer *message)
{
	wire_put_bytes(out, number, message->at, message->len);
	buffer_free(message);
}

/* A Create or Update of a record that is in the buffer. */
static void put_part(struct buffer *out, struct buffer *record)
{
	struct buffer part = harness_buffer();

	put_message(&part, 1, record);
	put_message(out, 1, &part);
}

/* id and family_name may be NULL. */
static void
put_contact(struct buffer *out, const struct uuid *id, const char *family_name)
{
	struct buffer record = harness_buffer();

	if (id)
		harness_put_uuid(&record, FIELD_ID, id);
	harness_put_text(&record, GIVEN_NAME, "Ada");
	if (family_name)
		harness_put_text(&record, FAMILY_NAME, family_name);
	put_part(out, &record);
}

/* Frees the request. */
static const struct harness_reply *call(struct app_harness *h, const char *path,
					const char *token,
					struct buffer *request)
{
	const struct harness_reply *reply =
		harness_call(h, path, token ? token : h->admin_token,
			     request->at, request->len);

	buffer_free(request);
	return reply;
}

#define CREATE "ContactService/BatchCreateContacts"
#define UPDATE "ContactService/BatchUpdateContacts"
#define GET    "ContactService/BatchGetContacts"

/* The n-th record's id in an answer. */
static struct uuid id_in(const struct harness_reply *reply, size_t n)
{
	struct bytes record = harness_part(reply->message, 1, n);

	assert_non_null(record.at);
	return harness_uuid(record, FIELD_ID);
}

static void expect_name(const struct harness_reply *reply, size_t n,
			const char *family_name)
{
	char found[128];

	harness_text(found, sizeof(found), harness_part(reply->message, 1, n),
		     FAMILY_NAME);
	assert_string_equal(found, family_name);
}

/* Creates so many, named "name-0" and so on. */
static void
create(struct app_harness *h, struct uuid *ids, size_t n, const char *token)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	char name[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "name-%zu", i);
		put_contact(&request, NULL, name);
	}
	reply = call(h, CREATE, token, &request);
	harness_expect(reply, OUTRIDER_OK);
	for (size_t i = 0; i < n; i++)
		ids[i] = id_in(reply, i);
	assert_null(harness_part(reply->message, 1, n).at);
}

static struct buffer request_of_ids(const struct uuid *ids, size_t n)
{
	struct buffer request = harness_buffer();

	for (size_t i = 0; i < n; i++)
		harness_put_uuid(&request, 1, &ids[i]);
	return request;
}

/* ------------------------------------------------------------------ writing */

static void created_in_their_order(void **state)
{
	struct app_harness *h = *state;
	struct buffer request;
	const struct harness_reply *reply;
	struct uuid ids[3];
	char name[32];

	create(h, ids, 3, NULL);
	request = request_of_ids(ids, 3);
	reply = call(h, GET, NULL, &request);
	harness_expect(reply, OUTRIDER_OK);
	for (size_t i = 0; i < 3; i++) {
		struct uuid found = id_in(reply, i);

		snprintf(name, sizeof(name), "name-%zu", i);
		expect_name(reply, i, name);
		assert_memory_equal(&found, &ids[i], sizeof(found));
	}
}

static void updated_as_their_masks_say(void **state)
{
	struct app_harness *h = *state;
	struct buffer request = harness_buffer(), record, part, mask;
	const struct harness_reply *reply;
	struct uuid ids[2];

	create(h, ids, 2, NULL);
	/* One without a mask, one that names nothing of what it brings. */
	put_contact(&request, &ids[0], "new-0");
	record = harness_buffer();
	part = harness_buffer();
	mask = harness_buffer();
	harness_put_uuid(&record, FIELD_ID, &ids[1]);
	harness_put_text(&record, FAMILY_NAME, "new-1");
	harness_put_text(&mask, 1, "given_name");
	put_message(&part, 1, &record);
	put_message(&part, 2, &mask);
	put_message(&request, 1, &part);
	reply = call(h, UPDATE, NULL, &request);
	harness_expect(reply, OUTRIDER_OK);
	expect_name(reply, 0, "new-0");
	expect_name(reply, 1, "name-1");
	assert_int_equal(harness_part(harness_part(reply->message, 1, 1),
				      GIVEN_NAME, 0)
				 .len,
			 0);
}

static void one_bad_and_none_is_written(void **state)
{
	struct app_harness *h = *state;
	uint64_t before = harness_rev(h);
	struct buffer request = harness_buffer();
	char long_name[200];

	put_contact(&request, NULL, "good");
	put_contact(&request, NULL, NULL);
	put_contact(&request, NULL, "good");
	harness_expect_violation(call(h, CREATE, NULL, &request),
				 "requests[1].contact.family_name");
	assert_int_equal(harness_rev(h), before);

	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = 0;
	request = harness_buffer();
	put_contact(&request, NULL, "good");
	put_contact(&request, NULL, "good");
	put_contact(&request, NULL, long_name);
	harness_expect_violation(call(h, CREATE, NULL, &request),
				 "requests[2].contact.family_name");
	assert_int_equal(harness_rev(h), before);
}

static void a_taken_id_undoes_those_before(void **state)
{
	struct app_harness *h = *state;
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;
	struct uuid id;
	uint64_t before;

	create(h, &id, 1, NULL);
	before = harness_rev(h);
	put_contact(&request, NULL, "first");
	put_contact(&request, &id, "second");
	reply = call(h, CREATE, NULL, &request);
	harness_expect(reply, OUTRIDER_ALREADY_EXISTS);
	assert_string_equal(reply->text, "requests[1]: this id is taken");
	assert_int_equal(harness_rev(h), before);
}

static void a_stale_etag_undoes_those_before(void **state)
{
	struct app_harness *h = *state;
	struct buffer request = harness_buffer(), record = harness_buffer();
	const struct harness_reply *reply;
	struct uuid ids[2];
	uint64_t before;

	create(h, ids, 2, NULL);
	before = harness_rev(h);
	put_contact(&request, &ids[0], "changed");
	harness_put_uuid(&record, FIELD_ID, &ids[1]);
	harness_put_text(&record, FIELD_ETAG, "r1");
	harness_put_text(&record, FAMILY_NAME, "changed");
	put_part(&request, &record);
	reply = call(h, UPDATE, NULL, &request);
	harness_expect(reply, OUTRIDER_ABORTED);
	assert_memory_equal(reply->text, "requests[1]: ", 13);
	assert_int_equal(harness_rev(h), before);
	request = request_of_ids(ids, 1);
	expect_name(call(h, GET, NULL, &request), 0, "name-0");
}

static void one_may_refer_to_one_before(void **state)
{
	struct app_harness *h = *state;
	struct uuid parent = harness_new_uuid(h);
	struct buffer request = harness_buffer(), record = harness_buffer();
	const struct harness_reply *reply;
	struct uuid found;

	harness_put_uuid(&record, FIELD_ID, &parent);
	harness_put_text(&record, DISPLAY_NAME, "Above");
	put_part(&request, &record);
	record = harness_buffer();
	harness_put_text(&record, DISPLAY_NAME, "Below");
	harness_put_uuid(&record, PARENT_COMPANY, &parent);
	put_part(&request, &record);
	reply = call(h, "CompanyService/BatchCreateCompanies", NULL, &request);
	harness_expect(reply, OUTRIDER_OK);
	found = harness_uuid(harness_part(reply->message, 1, 1),
			     PARENT_COMPANY);
	assert_memory_equal(&found, &parent, sizeof(found));
}

static void an_id_stands_once(void **state)
{
	struct app_harness *h = *state;
	struct uuid ids[2];
	struct buffer request;

	create(h, ids, 2, NULL);
	for (int is_create = 0; is_create < 2; is_create++) {
		uint64_t before = harness_rev(h);

		if (is_create) {
			ids[0] = harness_new_uuid(h);
			ids[1] = harness_new_uuid(h);
		}
		request = harness_buffer();
		put_contact(&request, &ids[1], "one");
		put_contact(&request, &ids[0], "two");
		put_contact(&request, &ids[0], "three");
		put_contact(&request, &ids[1], "four");
		harness_expect_violation(call(h, is_create ? CREATE : UPDATE,
					      NULL, &request),
					 "requests[2].contact.id");
		assert_int_equal(harness_rev(h), before);
	}
}

/* --------------------------------------------------------------- request_id */

static void a_repeated_batch_is_one(void **state)
{
	struct app_harness *h = *state;
	struct uuid request_id = harness_new_uuid(h), first[2];
	uint64_t rev = 0;

	for (int i = 0; i < 3; i++) {
		struct buffer request = harness_buffer();
		const struct harness_reply *reply;

		put_contact(&request, NULL, "one");
		/* The third time with other content. */
		put_contact(&request, NULL, i < 2 ? "two" : "three");
		harness_put_uuid(&request, 2, &request_id);
		reply = call(h, CREATE, NULL, &request);
		if (i == 0) {
			harness_expect(reply, OUTRIDER_OK);
			first[0] = id_in(reply, 0);
			first[1] = id_in(reply, 1);
			rev = harness_rev(h);
		} else if (i == 1) {
			struct uuid again[2];

			harness_expect(reply, OUTRIDER_OK);
			again[0] = id_in(reply, 0);
			again[1] = id_in(reply, 1);
			assert_memory_equal(first, again, sizeof(first));
		} else {
			harness_expect_violation(reply, "request_id");
		}
		assert_int_equal(harness_rev(h), rev);
	}
}

static void a_part_has_no_request_id(void **state)
{
	struct app_harness *h = *state;
	struct uuid request_id = harness_new_uuid(h);
	struct buffer request = harness_buffer(), part, record;

	put_contact(&request, NULL, "one");
	part = harness_buffer();
	record = harness_buffer();
	harness_put_text(&record, FAMILY_NAME, "two");
	put_message(&part, 1, &record);
	harness_put_uuid(&part, 2, &request_id);
	put_message(&request, 1, &part);
	harness_expect_violation(call(h, CREATE, NULL, &request),
				 "requests[1].request_id");
}

/* ------------------------------------------------------------------ reading */

static void ids_may_repeat(void **state)
{
	struct app_harness *h = *state;
	struct uuid ids[3];
	struct buffer request;
	const struct harness_reply *reply;

	create(h, ids, 2, NULL);
	ids[2] = ids[0];
	request = request_of_ids(ids, 3);
	reply = call(h, GET, NULL, &request);
	harness_expect(reply, OUTRIDER_OK);
	expect_name(reply, 0, "name-0");
	expect_name(reply, 1, "name-1");
	expect_name(reply, 2, "name-0");
}

/* What is hidden and what isn't there look the same, to reads and writes. */
static void unseen_is_not_there(void **state)
{
	struct app_harness *h = *state;
	struct harness_user rep = harness_add_user(h, "rep", RANK_REP, NULL);
	struct uuid hidden[2], own[2], nowhere = harness_new_uuid(h);

	create(h, hidden, 2, NULL);
	create(h, own, 2, rep.token);
	for (int is_update = 0; is_update < 2; is_update++) {
		struct harness_reply replies[2];

		for (int i = 0; i < 2; i++) {
			struct uuid ids[2] = { own[0],
					       i ? hidden[1] : nowhere };
			struct buffer request = harness_buffer();

			if (is_update) {
				put_contact(&request, &ids[0], "x");
				put_contact(&request, &ids[1], "y");
			} else {
				request = request_of_ids(ids, 2);
			}
			replies[i] = *call(h, is_update ? UPDATE : GET,
					   rep.token, &request);
			harness_expect(&replies[i], OUTRIDER_NOT_FOUND);
		}
		assert_string_equal(replies[0].text, replies[1].text);
		assert_string_equal(replies[0].text,
				    is_update ? "requests[1]: there is no such "
						"contact"
					      : "ids[1]: there is no such "
						"contact");
	}
}

static void nothing_asked_is_a_mistake(void **state)
{
	struct app_harness *h = *state;
	struct buffer request = harness_buffer();

	harness_expect_violation(call(h, GET, NULL, &request), "ids");
	request = harness_buffer();
	harness_expect_violation(call(h, CREATE, NULL, &request), "requests");
	request = harness_buffer();
	harness_expect_violation(call(h, UPDATE, NULL, &request), "requests");
	request = harness_buffer();
	harness_put_text(&request, 1, "not a uuid");
	harness_expect_violation(call(h, GET, NULL, &request), "ids[0]");
	/* A part without its record. */
	request = harness_buffer();
	put_contact(&request, NULL, "one");
	wire_put_bytes(&request, 1, "", 0);
	harness_expect_violation(call(h, CREATE, NULL, &request),
				 "requests[1].contact");
}

/* -------------------------------------------------------------------- sizes */

static void a_thousand_and_no_more(void **state)
{
	struct app_harness *h = *state;
	static struct uuid ids[1001];
	struct buffer request;
	uint64_t before;

	create(h, ids, 1000, NULL);
	request = request_of_ids(ids, 1000);
	harness_expect(call(h, GET, NULL, &request), OUTRIDER_OK);
	request = harness_buffer();
	for (size_t i = 0; i < 1000; i++)
		put_contact(&request, &ids[i], "changed");
	harness_expect(call(h, UPDATE, NULL, &request), OUTRIDER_OK);

	before = harness_rev(h);
	ids[1000] = ids[0];
	request = request_of_ids(ids, 1001);
	harness_expect_violation(call(h, GET, NULL, &request), "ids");
	request = harness_buffer();
	for (size_t i = 0; i < 1001; i++)
		put_contact(&request, NULL, "name");
	harness_expect_violation(call(h, CREATE, NULL, &request), "requests");
	assert_int_equal(harness_rev(h), before);
}

static void put_note(struct buffer *out)
{
	static char text[NOTE_BYTES + 1];
	struct buffer record = harness_buffer();

	memset(text, 'n', NOTE_BYTES);
	harness_put_text(&record, TEXT, text);
	put_part(out, &record);
}

/* What can't be answered is not written. */
static void an_answer_has_a_limit(void **state)
{
	struct app_harness *h = *state;
	static struct uuid ids[NOTES_TOO_MANY];
	const struct harness_reply *reply;
	struct buffer request = harness_buffer();
	uint64_t before = harness_rev(h);

	for (size_t i = 0; i < NOTES_TOO_MANY; i++)
		put_note(&request);
	reply = call(h, "NoteService/BatchCreateNotes", NULL, &request);
	harness_expect(reply, OUTRIDER_RESOURCE_EXHAUSTED);
	assert_non_null(strstr(reply->text, "send fewer"));
	assert_int_equal(harness_rev(h), before);

	for (size_t half = 0; half < 2; half++) {
		request = harness_buffer();
		for (size_t i = 0; i < NOTES_TOO_MANY / 2; i++)
			put_note(&request);
		reply = call(h, "NoteService/BatchCreateNotes", NULL, &request);
		harness_expect(reply, OUTRIDER_OK);
		for (size_t i = 0; i < NOTES_TOO_MANY / 2; i++)
			ids[half * NOTES_TOO_MANY / 2 + i] = id_in(reply, i);
	}
	request = request_of_ids(ids, NOTES_TOO_MANY);
	reply = call(h, "NoteService/BatchGetNotes", NULL, &request);
	harness_expect(reply, OUTRIDER_RESOURCE_EXHAUSTED);
	assert_non_null(strstr(reply->text, "ask for fewer"));
}

static void a_call_has_so_much_memory(void **state)
{
	struct app_harness *h = *state;
	struct buffer request = harness_buffer();
	uint64_t before = harness_rev(h);

	for (int i = 0; i < 2 * NOTES_TOO_MANY; i++)
		put_note(&request);
	harness_expect(call(h, "NoteService/BatchCreateNotes", NULL, &request),
		       OUTRIDER_RESOURCE_EXHAUSTED);
	assert_int_equal(harness_rev(h), before);
}

int main(void)
{
#define FIRM(test) cmocka_unit_test_setup_teardown(test, open_firm, close_firm)
	const struct CMUnitTest tests[] = {
		FIRM(created_in_their_order),
		FIRM(updated_as_their_masks_say),
		FIRM(one_bad_and_none_is_written),
		FIRM(a_taken_id_undoes_those_before),
		FIRM(a_stale_etag_undoes_those_before),
		FIRM(one_may_refer_to_one_before),
		FIRM(an_id_stands_once),
		FIRM(a_repeated_batch_is_one),
		FIRM(a_part_has_no_request_id),
		FIRM(ids_may_repeat),
		FIRM(unseen_is_not_there),
		FIRM(nothing_asked_is_a_mistake),
		FIRM(a_thousand_and_no_more),
		FIRM(an_answer_has_a_limit),
		FIRM(a_call_has_so_much_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
