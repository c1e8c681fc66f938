/*
 * phone_host: see phone_host.h. Fails the running cmocka test where something
 * that must work doesn't.
 */
#include "phone_host.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/wire.h"
#include "push.h"

enum { KIND_CONTACT = 4, UNAVAILABLE = 14 };

/* ------------------------------------------------------------------ hooks */

static int64_t wall_us(void *user)
{
	return ((struct phone *)user)->wall_us;
}

static int64_t mono_us(void *user)
{
	return ((struct phone *)user)->mono_us;
}

static void boot_id(void *user, uint8_t out[16])
{
	memcpy(out, ((struct phone *)user)->boot_id, 16);
}

/* splitmix64 */
static int random_bytes(void *user, void *out, size_t len)
{
	struct phone *phone = user;
	uint8_t *at = out;

	for (size_t i = 0; i < len; i++) {
		uint64_t z = phone->seed += UINT64_C(0x9e3779b97f4a7c15);
		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		at[i] = (uint8_t)(z ^ z >> 31);
	}
	return 0;
}

static void *resize(void *user, void *p, size_t size)
{
	struct phone *phone = user;
	void *at;

	if (size == 0) {
		phone->n_alive -= p != NULL;
		free(p);
		return NULL;
	}
	if (++phone->n_asked == phone->fail_at)
		return NULL;
	at = realloc(p, size);
	phone->n_alive += at != NULL && p == NULL;
	return at;
}

static void send_call(void *user, uint64_t call, const char *method,
		      const char *token, const uint8_t *request, size_t len)
{
	static const char watch[] = "/outrider.v1.SyncService/Watch";
	struct phone *phone = user;

	if (strcmp(method, watch) == 0) {
		assert_int_equal(phone->watch, 0);
		phone->watch = call;
		phone->n_watched++;
		return;
	}
	/* One of a sync at a time. */
	if (phone->call != 0) {
		assert_true(phone->is_answering);
		assert_true(phone_asks(phone, "SyncService/Push"));
		assert_non_null(strstr(method, "SyncService/Push"));
		assert_int_equal(phone->answered, 0);
		phone->answered = phone->call;
	}
	phone->call = call;
	phone->n_sent++;
	snprintf(phone->method, sizeof(phone->method), "%s", method);
	phone->has_token = token != NULL;
	snprintf(phone->token, sizeof(phone->token), "%s",
		 token != NULL ? token : "");
	buffer_clear(&phone->request);
	buffer_append(&phone->request, request, len);
	if (phone->in_send != NULL)
		phone->in_send(phone);
}

static void cancel_call(void *user, uint64_t call)
{
	struct phone *phone = user;

	phone->n_cancelled++;
	if (call == phone->call)
		phone->call = phone->answered = 0;
	if (call == phone->watch)
		phone->watch = 0;
}

/* ------------------------------------------------------------------- life */

void phone_make(struct phone *phone)
{
	*phone = (struct phone){
		.host = {
			.size = sizeof(phone->host),
			.user = phone,
			.wall_us = wall_us,
			.mono_us = mono_us,
			.boot_id = boot_id,
			.random = random_bytes,
			.resize = resize,
			.send = send_call,
			.cancel = cancel_call,
		},
		.wall_us = INT64_C(1780300800000000),
		.mono_us = 1000000,
		.seed = 42,
	};
	snprintf(phone->folder, sizeof(phone->folder), "phone-XXXXXX");
	assert_non_null(mkdtemp(phone->folder));
	snprintf(phone->path, sizeof(phone->path), "%s/core", phone->folder);
	memset(phone->secret, 0x5e, sizeof(phone->secret));
	memset(phone->boot_id, 0xb0, sizeof(phone->boot_id));
	buffer_init(&phone->request, &allocator_libc, 1 << 20);
	phone->user = phone_id(0xaa);
}

enum outrider_code phone_open(struct phone *phone, struct outrider_err *err)
{
	enum outrider_code code;

	assert_null(phone->core);
	code = outrider_open(&phone->core, &phone->host, phone->path,
			     phone->vfs, phone->secret, err);
	if (code != OUTRIDER_OK)
		return code;
	/* Tests jump in time. */
	outrider_set_lock_timeout(phone->core, 0);
	if (phone->page_most > 0)
		push_set_page(phone->core, phone->page_most);
	return OUTRIDER_OK;
}

void phone_close(struct phone *phone)
{
	outrider_close(phone->core);
	phone->core = NULL;
	phone->call = phone->answered = 0;
}

void phone_free(struct phone *phone)
{
	struct dirent *entry;
	char path[400];
	DIR *folder;

	phone_close(phone);
	assert_int_equal(phone->n_alive, 0);
	buffer_free(&phone->request);
	folder = opendir(phone->folder);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", phone->folder,
			 entry->d_name);
		(void)unlink(path);
	}
	if (folder != NULL)
		closedir(folder);
	(void)rmdir(phone->folder);
}

void phone_answer_enroll(struct phone *phone)
{
	struct message_maker answer;
	uint8_t key[32];

	assert_true(phone_asks(phone, "AuthService/EnrollDevice"));
	assert_false(phone->has_token);
	memset(key, 9, sizeof(key)); /* a point of the curve */
	key[0] = 9;
	memset(key + 1, 0, 31);
	maker_begin(&answer);
	maker_text(&answer, 1, "token-of-the-device");
	maker_id(&answer, 2, &phone->user);
	maker_text(&answer, 3, "Anna Rep");
	maker_number(&answer, 4, 1);
	maker_bytes_of(&answer, 5, key, 32);
	maker_bytes_of(&answer, 6, key, 32);
	assert_int_equal(phone_answer(phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
}

void phone_enroll(struct phone *phone)
{
	struct outrider_event event;

	assert_int_equal(outrider_enroll(phone->core, "K7QM-4XPA-9D2T",
					 "a test", PHONE_PIN, NULL),
			 OUTRIDER_OK);
	phone_answer_enroll(phone);
	phone_end(phone, 0, NULL);
	assert_true(phone_event(phone, OUTRIDER_EVENT_ENROLLED, &event));
}

void phone_ready(struct phone *phone)
{
	phone_make(phone);
	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	phone_enroll(phone);
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
}

/* ----------------------------------------------------------------- memory */

void phone_starve(struct phone *phone, size_t n)
{
	phone->n_asked = 0;
	phone->fail_at = n;
}

bool phone_feed(struct phone *phone)
{
	const bool has_failed = phone->fail_at != 0 &&
				phone->n_asked >= phone->fail_at;

	phone->fail_at = 0;
	if (phone->core != NULL && phone_status(phone).is_enrolled &&
	    !phone_status(phone).is_unlocked)
		assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
				 OUTRIDER_OK);
	return has_failed;
}

/* ------------------------------------------------------------------ calls */

bool phone_asks(const struct phone *phone, const char *method)
{
	static const char front[] = "/outrider.v1.";

	return phone->call != 0 &&
	       strncmp(phone->method, front, sizeof(front) - 1) == 0 &&
	       strcmp(phone->method + sizeof(front) - 1, method) == 0;
}

enum outrider_code phone_answer(struct phone *phone, struct bytes response)
{
	enum outrider_code code;

	phone->is_answering = true;
	code = outrider_received(phone->core, phone->call, response.at,
				 response.len, NULL);
	phone->is_answering = false;
	return code;
}

void phone_end(struct phone *phone, int grpc_status, const char *text)
{
	uint64_t *which = phone->answered != 0 ? &phone->answered
					       : &phone->call;
	uint64_t call = *which;

	*which = 0;
	outrider_ended(phone->core, call, grpc_status, text);
}

void phone_try(struct phone *phone, struct message_maker *answer)
{
	const uint64_t call = phone->call;

	if (phone_answer(phone, maker_bytes(answer)) == OUTRIDER_OK)
		phone_end(phone, 0, NULL);
	else if (phone->call == call)
		phone_end(phone, UNAVAILABLE, "cut");
	maker_end(answer);
}

bool phone_event(struct phone *phone, enum outrider_event_type type,
		 struct outrider_event *out)
{
	while (outrider_next_event(phone->core, out))
		if (out->type == type)
			return true;
	return false;
}

void phone_pass_proof(struct phone *phone)
{
	const struct bytes nothing = { NULL, 0 };

	if (!phone_asks(phone, "SyncService/Compare"))
		return;
	assert_int_equal(phone_answer(phone, nothing), OUTRIDER_OK);
	phone_end(phone, 0, NULL);
}

void phone_pull(struct phone *phone, struct bytes page)
{
	struct outrider_event event;

	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
	assert_true(phone_asks(phone, "SyncService/Pull"));
	assert_int_equal(phone_answer(phone, page), OUTRIDER_OK);
	phone_end(phone, 0, NULL);
	phone_pass_proof(phone);
	assert_true(phone_event(phone, OUTRIDER_EVENT_SYNC_DONE, &event));
}

/* --------------------------------------------------------------- messages */

void maker_begin(struct message_maker *maker)
{
	buffer_init(&maker->bytes, &allocator_libc, 64 << 20);
}

void maker_end(struct message_maker *maker)
{
	buffer_free(&maker->bytes);
}

struct bytes maker_bytes(const struct message_maker *maker)
{
	return (struct bytes){ maker->bytes.at, maker->bytes.len };
}

void maker_text(struct message_maker *maker, uint32_t number, const char *text)
{
	wire_put_bytes(&maker->bytes, number, text, strlen(text));
}

void maker_bytes_of(struct message_maker *maker, uint32_t number,
		    const void *at, size_t len)
{
	wire_put_bytes(&maker->bytes, number, at, len);
}

void maker_number(struct message_maker *maker, uint32_t number, uint64_t value)
{
	wire_put_scalar(&maker->bytes, number, value);
}

void maker_id(struct message_maker *maker, uint32_t number,
	      const struct uuid *id)
{
	char text[UUID_TEXT_LEN + 1];

	uuid_format(text, id);
	maker_text(maker, number, text);
}

void maker_record(struct message_maker *page,
		  const struct record_maker_args *record)
{
	struct message_maker in;
	uint8_t index;

	maker_begin(&in);
	maker_number(&in, 1, record->kind);
	maker_bytes_of(&in, 2, record->id.at, 16);
	maker_number(&in, 3, record->rev);
	if (record->fields.len > 0)
		maker_bytes_of(&in, 4, record->fields.at, record->fields.len);
	if (record->cleared != 0)
		maker_number(&in, 5, record->cleared);
	if (record->entered > 0) { /* packed, as protobuf does */
		index = (uint8_t)(record->entered - 1);
		maker_bytes_of(&in, 6, &index, 1);
	}
	if (record->left > 0) { /* not packed, as protobuf may */
		maker_number(&in, 7, (uint64_t)record->left - 1);
	}
	if (record->is_whole)
		maker_number(&in, 8, 1);
	if (record->is_deleted)
		maker_number(&in, 9, 1);
	maker_bytes_of(page, 1, in.bytes.at, in.bytes.len);
	maker_end(&in);
}

void maker_finish_page(struct message_maker *page, const char *cursor,
		       bool is_head)
{
	uint8_t scope[17] = { 1 };

	maker_text(page, 2, cursor);
	if (is_head)
		maker_number(page, 3, 1);
	maker_bytes_of(page, 4, scope, sizeof(scope));
	scope[0] = 2;
	maker_bytes_of(page, 4, scope, sizeof(scope));
}

void maker_result(struct message_maker *answer, int outcome, uint64_t rev,
		  struct bytes fields, int grpc_code, const char *field,
		  const char *reason)
{
	struct message_maker in;

	maker_begin(&in);
	maker_number(&in, 1, (uint64_t)outcome);
	maker_number(&in, 2, rev);
	if (fields.len > 0)
		maker_bytes_of(&in, 3, fields.at, fields.len);
	if (grpc_code != 0)
		maker_number(&in, 5, (uint64_t)grpc_code);
	if (field != NULL)
		maker_text(&in, 6, field);
	if (reason != NULL)
		maker_text(&in, 7, reason);
	maker_bytes_of(answer, 1, in.bytes.at, in.bytes.len);
	maker_end(&in);
}

void maker_contact(struct message_maker *maker, const struct uuid *owner,
		   const char *given, const char *family, const char *phone)
{
	struct message_maker part;

	maker_begin(maker);
	if (owner != NULL)
		maker_id(maker, 6, owner);
	if (given != NULL)
		maker_text(maker, 10, given);
	if (family != NULL)
		maker_text(maker, 11, family);
	if (phone == NULL)
		return;
	maker_begin(&part);
	maker_text(&part, 1, phone);
	maker_bytes_of(maker, 15, part.bytes.at, part.bytes.len);
	maker_end(&part);
}

struct uuid phone_id(uint8_t n)
{
	struct uuid id = { { 0x01, 0x9a, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0,
			     0, 0, 0 } };

	id.at[15] = n;
	return id;
}

/* ------------------------------------------------- what most tests do */

/* A contact's text field as it is shown; "-" where there is no such card. */
const char *
phone_shows(struct phone *phone, const struct uuid *id, const char *field)
{
	static char text[200];
	struct outrider_card card;

	if (outrider_card_get(phone->core, &card, "contact", id->at, NULL) !=
	    OUTRIDER_OK)
		return "-";
	assert_true(outrider_card_text(text, sizeof(text), "contact",
				       card.fields, card.len, field, 0) >= 0);
	return text;
}

void phone_pull_contact(struct phone *phone, const struct uuid *id,
			uint64_t rev, const char *given, const char *family)
{
	struct message_maker page, fields;

	maker_begin(&page);
	maker_contact(&fields, &phone->user, given, family, "+7 916 123-45-67");
	maker_record(&page, &(struct record_maker_args){
				    .kind = KIND_CONTACT,
				    .id = *id,
				    .rev = rev,
				    .fields = maker_bytes(&fields),
				    .entered = 2,
				    .is_whole = true,
			    });
	maker_finish_page(&page, "cursor-1", true);
	phone_pull(phone, maker_bytes(&page));
	maker_end(&page);
	maker_end(&fields);
}

void phone_edit_kind(struct phone *phone, const char *kind,
		     const struct uuid *id, const char *field, const char *text)
{
	struct outrider_edit *edit;

	assert_int_equal(outrider_edit_begin(&edit, phone->core, kind, id->at,
					     NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_set(edit, field, text, NULL),
			 OUTRIDER_OK);
	assert_int_equal(outrider_edit_commit(edit, NULL, NULL), OUTRIDER_OK);
}

void phone_edit(struct phone *phone, const struct uuid *id, const char *field,
		const char *text)
{
	phone_edit_kind(phone, "contact", id, field, text);
}

/* The push under way is answered with one result. */
void phone_answer_push(struct phone *phone, int outcome, uint64_t rev,
		       struct bytes fields, int grpc_code, const char *field,
		       const char *reason)
{
	struct message_maker answer;

	assert_true(phone_asks(phone, "SyncService/Push"));
	maker_begin(&answer);
	maker_result(&answer, outcome, rev, fields, grpc_code, field, reason);
	assert_int_equal(phone_answer(phone, maker_bytes(&answer)),
			 OUTRIDER_OK);
	maker_end(&answer);
	phone_end(phone, 0, NULL);
}

/* The pull under way brings nothing. */
void phone_answer_empty_pull(struct phone *phone)
{
	struct message_maker page;

	assert_true(phone_asks(phone, "SyncService/Pull"));
	maker_begin(&page);
	maker_finish_page(&page, "cursor-2", true);
	assert_int_equal(phone_answer(phone, maker_bytes(&page)), OUTRIDER_OK);
	maker_end(&page);
	phone_end(phone, 0, NULL);
	phone_pass_proof(phone);
}

struct outrider_status phone_status(struct phone *phone)
{
	struct outrider_status status;

	outrider_get_status(phone->core, &status);
	return status;
}

/* A field of the request under way. */
struct bytes phone_asked(const struct phone *phone, uint32_t number)
{
	struct wire_field field;
	struct bytes request = { phone->request.at, phone->request.len };

	return wire_find(&field, request, number) ? field.value
						  : ((struct bytes){ NULL, 0 });
}

uint64_t phone_asked_number(const struct phone *phone, uint32_t number)
{
	struct wire_field field;
	struct bytes request = { phone->request.at, phone->request.len };

	return wire_find(&field, request, number) ? field.scalar : 0;
}

bool phone_asked_cursor(const struct phone *phone, const char *text)
{
	struct bytes cursor = phone_asked(phone, 1);

	return cursor.len == strlen(text) &&
	       (cursor.len == 0 || memcmp(cursor.at, text, cursor.len) == 0);
}

/* A page of two contacts. */
void phone_make_page(struct phone *phone, struct message_maker *page)
{
	struct message_maker fields;

	maker_begin(page);
	for (uint8_t i = 1; i <= 2; i++) {
		maker_contact(&fields, &phone->user, "Ivan", "Petrov",
			      "+7 916 123-45-67");
		maker_record(page, &(struct record_maker_args){
					   .kind = KIND_CONTACT,
					   .id = phone_id(i),
					   .rev = 7 + i,
					   .fields = maker_bytes(&fields),
					   .entered = 2,
					   .is_whole = true,
				   });
		maker_end(&fields);
	}
	maker_finish_page(page, "cursor-1", true);
}

size_t phone_count_mutations(const struct phone *phone)
{
	struct wire_reader reader = wire_read(
		(struct bytes){ phone->request.at, phone->request.len });
	struct wire_field field;
	size_t n = 0;

	while (wire_next(&reader, &field) > 0)
		n += field.number == 6;
	return n;
}
