/*
 * dispatch: the life of a call, its gates and its waits, whatever the method.
 */
#include "app_harness.h"

#include "app/parts.h"
#include "model/wire.h"
#include "store/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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

static const struct harness_reply *
get_user(struct app_harness *h, const char *token, const struct uuid *id)
{
	struct buffer request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_uuid(&request, 1, id);
	reply = harness_call(h, "UserService/GetUser", token, request.at,
			     request.len);
	buffer_free(&request);
	return reply;
}

/* CreateNote's request. */
static struct buffer a_note(const char *text)
{
	struct buffer note = harness_buffer(), request = harness_buffer();

	harness_put_text(&note, 10, text);
	wire_put_bytes(&request, 1, note.at, note.len);
	buffer_free(&note);
	return request;
}

static size_t count_notes(struct app_harness *h)
{
	const struct harness_reply *reply = harness_call(
		h, "NoteService/ListNotes", h->admin_token, NULL, 0);
	size_t n = 0;

	harness_expect(reply, OUTRIDER_OK);
	while (harness_part(reply->message, 1, n).at)
		n++;
	return n;
}

static enum outrider_code end_of(struct app_call *call)
{
	struct bytes message;
	struct app_status status;

	assert_int_equal(app_call_next(call, &message, &status), APP_END);
	return status.code;
}

static void run_writes(struct app_harness *h)
{
	while (store_run_writes(h->store))
		;
}

/* ------------------------------------------------------------------- gates */

static void an_answer_is_one_message(void **state)
{
	struct app_harness *h = *state;
	const struct harness_reply *reply =
		get_user(h, h->admin_token, &h->admin);
	char name[64];

	harness_expect(reply, OUTRIDER_OK);
	assert_int_equal(reply->n_messages, 1);
	harness_text(name, sizeof(name), reply->message, 10);
	assert_string_equal(name, "Ada Administrator");
}

static void unknown_methods(void **state)
{
	static const char *const paths[] = {
		"UserService/NoSuch",	"NoService/GetUser",  "",
		"UserService/GetUserX", "UserService/GetUse", "\xff\xfe",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		harness_expect(harness_call(*state, paths[i], NULL, NULL, 0),
			       OUTRIDER_UNIMPLEMENTED);
}

/* The contract's every method leads somewhere. */
static void each_method_is_served(void **state)
{
	struct app_harness *h = *state;

	for (size_t i = 0; i < schema_n_methods; i++) {
		const char *path =
			schema_methods[i].path + strlen("/outrider.v1.");
		int woken = 0;
		struct app_call *call =
			harness_begin(h, path, h->admin_token, NULL, 0, &woken);
		struct bytes message;
		struct app_status status = { .code = OUTRIDER_OK };

		app_call_next(call, &message, &status);
		if (status.code == OUTRIDER_UNIMPLEMENTED)
			fail_msg("%s is not served", path);
		app_call_free(call);
	}
	run_writes(h);
}

struct token_change {
	struct identity_token token;
	struct identity_device device;
	bool is_deleted;
};

static enum outrider_code
run_token(void *user, struct store_conn *tx, struct outrider_err *err)
{
	const struct token_change *change = user;
	enum outrider_code code;

	if (change->is_deleted)
		return identity_token_delete(tx, change->token.hash, err);
	code = identity_token_put(tx, &change->token, err);
	if (code == OUTRIDER_OK && !uuid_is_zero(&change->device.id))
		code = identity_device_put(tx, &change->device, err);
	return code;
}

static void change_token(struct app_harness *h, struct token_change *change)
{
	struct outrider_err err;

	if (store_write_now(h->store, run_token, change, &err) != OUTRIDER_OK)
		fail_msg("%s", err.text);
}

/* Sets a user's field through UserService. */
static void set_user(struct app_harness *h, const struct uuid *id,
		     uint32_t number, uint64_t value)
{
	struct buffer record = harness_buffer(), request = harness_buffer();

	harness_put_uuid(&record, 1, id);
	wire_put_scalar(&record, number, value);
	wire_put_bytes(&request, 1, record.at, record.len);
	harness_expect(harness_call(h, "UserService/UpdateUser", h->admin_token,
				    request.at, request.len),
		       OUTRIDER_OK);
	buffer_free(&record);
	buffer_free(&request);
}

static void delete_user(struct app_harness *h, const struct uuid *id)
{
	struct buffer request = harness_buffer();

	harness_put_uuid(&request, 1, id);
	harness_expect(harness_call(h, "UserService/DeleteUser", h->admin_token,
				    request.at, request.len),
		       OUTRIDER_OK);
	buffer_free(&request);
}

/* Whatever is wrong with a token: the same words, and nothing more. */
static void bad_tokens_look_alike(void **state)
{
	struct app_harness *h = *state;
	struct harness_user disabled, deleted, revoked, withdrawn, expired;
	struct token_change change = { .is_deleted = true };
	char longer[64], shorter[64];
	const char *tokens[9];
	char words[256], reason[64];

	disabled = harness_add_user(h, "disabled", RANK_REP, NULL);
	deleted = harness_add_user(h, "deleted", RANK_REP, NULL);
	revoked = harness_add_user(h, "revoked", RANK_REP, NULL);
	withdrawn = harness_add_user(h, "withdrawn", RANK_REP, NULL);
	expired = harness_add_user(h, "expired", RANK_REP, NULL);
	harness_expect(get_user(h, withdrawn.token, &h->admin), OUTRIDER_OK);
	harness_expect(get_user(h, revoked.device_token, &h->admin),
		       OUTRIDER_OK);

	set_user(h, &disabled.id, 14, 1);
	delete_user(h, &deleted.id);
	change.device = (struct identity_device){
		.id = revoked.device,
		.user = revoked.id,
		.revoked_us = h->wall_us,
	};
	change.is_deleted = false;
	change.token.user = expired.id;
	change.token.expires_us = h->wall_us + 1000000;
	token_make(expired.token, change.token.hash, &h->context);
	change_token(h, &change);
	harness_expect(get_user(h, expired.token, &h->admin), OUTRIDER_OK);
	h->wall_us += 1000000;
	snprintf(longer, sizeof(longer), "Bearer %s", withdrawn.token);
	assert_true(token_read(change.token.hash,
			       (struct bytes){ (uint8_t *)longer,
					       strlen(longer) }));
	change.is_deleted = true;
	change_token(h, &change);

	snprintf(longer, sizeof(longer), "%sA", h->admin_token);
	snprintf(shorter, sizeof(shorter), "%.42s", h->admin_token);
	tokens[0] = NULL;
	tokens[1] = "";
	tokens[2] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	tokens[3] = longer;
	tokens[4] = shorter;
	tokens[5] = disabled.token;
	tokens[6] = deleted.token;
	tokens[7] = revoked.device_token;
	tokens[8] = withdrawn.token;
	for (size_t i = 0; i < 10; i++) {
		const char *token = i < 9 ? tokens[i] : expired.token;
		const struct harness_reply *reply =
			get_user(h, token, &h->admin);

		harness_expect(reply, OUTRIDER_UNAUTHENTICATED);
		if (i == 0)
			snprintf(words, sizeof(words), "%s", reply->text);
		assert_string_equal(words, reply->text);
		harness_reason(reason, reply);
		assert_string_equal(reason, "UNAUTHENTICATED");
	}
	/* A revoked device leaves its user's other token alone. */
	harness_expect(get_user(h, revoked.token, &h->admin), OUTRIDER_OK);
}

static void a_second_message_is_refused(void **state)
{
	struct app_harness *h = *state;
	static const char path[] = "/outrider.v1.AuthService/Logout";
	struct app_request request = {
		.path = path,
		.path_len = strlen(path),
		.deadline_mono_us = INT64_MAX,
		.has_more_messages = true,
	};
	struct app_call *call = app_call_begin(h->worker, &request);

	assert_int_equal(end_of(call), OUTRIDER_INVALID_ARGUMENT);
	app_call_free(call);
}

static void roles_open_methods(void **state)
{
	struct app_harness *h = *state;
	struct harness_user rep = harness_add_user(h, "rep", RANK_REP, NULL);
	struct harness_user boss =
		harness_add_user(h, "boss", RANK_MANAGER, NULL);
	static const struct {
		const char *path;
		bool may_rep, may_manager, may_device;
	} cases[] = {
		{ "UserService/ListUsers", true, true, true },
		{ "UserService/DeleteUser", false, false, false },
		{ "AlertService/UpdateAlert", false, true, false },
		{ "NoteService/DeleteNote", true, true, true },
		{ "AuthService/CreateEnrollmentCode", false, true, false },
		{ "AuthService/WithdrawDevice", true, true, true },
		{ "SyncService/Push", false, false, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *tokens[] = { rep.token, boss.token,
					 rep.device_token };
		const bool may[] = { cases[i].may_rep, cases[i].may_manager,
				     cases[i].may_device };

		for (size_t t = 0; t < 3; t++) {
			/* Who may is told that the request is empty. */
			const struct harness_reply *reply = harness_call(
				h, cases[i].path, tokens[t], NULL, 0);
			bool is_denied = reply->code ==
					 OUTRIDER_PERMISSION_DENIED;

			if (is_denied == may[t])
				fail_msg("%s, token %zu: %s", cases[i].path, t,
					 reply->text);
		}
	}
}

static void bad_requests(void **state)
{
	struct app_harness *h = *state;
	static const struct {
		const char *what, *path;
		const char *bytes;
		size_t len;
		const char *field;
	} cases[] = {
		{ "truncated", "NoteService/GetNote", "\x0a\x24\x30", 3, "" },
		{ "no id", "NoteService/GetNote", "", 0, "id" },
		{ "not a UUID", "NoteService/GetNote", "\x0a\x03xyz", 5, "id" },
		{ "zero UUID", "NoteService/GetNote",
		  "\x0a\x24"
		  "00000000-0000-0000-0000-000000000000",
		  38, "id" },
		{ "wrong wire type", "NoteService/GetNote", "\x08\x01", 2,
		  "id" },
		{ "a group", "NoteService/GetNote", "\x0b\x0c", 2, "" },
		{ "invalid UTF-8", "NoteService/CreateNote",
		  "\x0a\x04\x52\x02\xff\xfe", 6, "note.text" },
		{ "embedded NUL", "NoteService/CreateNote",
		  "\x0a\x05\x52\x03x\0y", 7, "note.text" },
		{ "missing record", "NoteService/CreateNote", "", 0, "note" },
		{ "required field", "NoteService/CreateNote", "\x0a\x00", 2,
		  "note.text" },
		{ "unknown enum value", "UserService/CreateUser",
		  "\x0a\x02\x60\x63", 4, "user.rank" },
		{ "reference that is no UUID", "NoteService/CreateNote",
		  "\x0a\x06\x52\x01x\x5a\x01y", 8, "note.company_id" },
		{ "negative page size", "NoteService/ListNotes",
		  "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11,
		  "page_size" },
		{ "page token", "NoteService/ListNotes",
		  "\x12\x04"
		  "abcd",
		  6, "page_token" },
		{ "no password", "AuthService/Login", "\x0a\x01x", 3,
		  "password" },
		{ "no code", "AuthService/EnrollDevice", "", 0, "code" },
		{ "request_id", "NoteService/CreateNote",
		  "\x0a\x03\x52\x01x\x12\x01z", 8, "request_id" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct harness_reply *reply =
			harness_call(h, cases[i].path, h->admin_token,
				     cases[i].bytes, cases[i].len);
		char field[96];

		if (reply->code != OUTRIDER_INVALID_ARGUMENT)
			fail_msg("%s: %s %s", cases[i].what,
				 code_name(reply->code), reply->text);
		harness_violation(field, reply);
		if (strcmp(field, cases[i].field) != 0)
			fail_msg("%s: names \"%s\"", cases[i].what, field);
		/* None harms the next. */
		harness_expect(get_user(h, h->admin_token, &h->admin),
			       OUTRIDER_OK);
	}
}

static void an_oversized_request_is_refused(void **state)
{
	struct app_harness *h = *state;
	static uint8_t request[9 << 20];
	const struct harness_reply *reply;

	reply = harness_call(h, "NoteService/CreateNote", h->admin_token,
			     request, sizeof(request));
	harness_expect(reply, OUTRIDER_RESOURCE_EXHAUSTED);
	harness_expect(get_user(h, h->admin_token, &h->admin), OUTRIDER_OK);
}

/*
 * Each ceiling that a call's memory may have ends in an answer. The smallest
 * holds the call itself and no more.
 */
static void any_ceiling_is_an_answer(void **state)
{
	static const char *const paths[] = {
		"NoteService/CreateNote",
		"NoteService/ListNotes",
		"UserService/ListUsers",
		"SyncService/Pull",
	};
	struct app_harness *h = *state;
	struct harness_user rep = harness_add_user(h, "rep", RANK_REP, NULL);
	struct buffer note = a_note("a note");
	size_t n_full = 0, n_ok = 0;

	for (size_t ceiling = 4096; ceiling < 40960; ceiling += 512) {
		h->config.call_memory = ceiling;
		harness_restart(h);
		for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
			const struct harness_reply *reply =
				harness_call(h, paths[i], rep.device_token,
					     note.at, i == 0 ? note.len : 0);

			n_full += reply->code == OUTRIDER_RESOURCE_EXHAUSTED;
			n_ok += reply->code == OUTRIDER_OK;
			if (reply->code != OUTRIDER_OK &&
			    reply->code != OUTRIDER_RESOURCE_EXHAUSTED)
				fail_msg("%s with %zu bytes: %s %s", paths[i],
					 ceiling, code_name(reply->code),
					 reply->text);
		}
	}
	assert_true(n_full > 0 && n_ok > 0);
	buffer_free(&note);
	h->config.call_memory = 0;
	harness_restart(h);
}

/* --------------------------------------------------------------- deadlines */

/* A CreateNote that is under way, with the writer not yet run. */
static struct app_call *
begin_note(struct app_harness *h, int64_t deadline_us, int *woken)
{
	static const char path[] = "/outrider.v1.NoteService/CreateNote";
	struct buffer request = a_note("a note");
	char authorization[64];
	struct app_request r = {
		.path = path,
		.path_len = strlen(path),
		.deadline_mono_us = deadline_us,
	};
	struct app_call *call;

	(void)woken;
	snprintf(authorization, sizeof(authorization), "Bearer %s",
		 h->admin_token);
	r.authorization = (struct bytes){ (uint8_t *)authorization,
					  strlen(authorization) };
	r.message = (struct bytes){ request.at, request.len };
	call = app_call_begin(h->worker, &r);
	/* The request's bytes are the caller's again. */
	memset(request.at, 0xff, request.len);
	memset(authorization, 0xff, sizeof(authorization));
	buffer_free(&request);
	return call;
}

static void a_passed_deadline_does_nothing(void **state)
{
	struct app_harness *h = *state;
	struct app_call *call = begin_note(h, h->mono_us, NULL);
	int woken = 0;

	assert_int_equal(end_of(call), OUTRIDER_DEADLINE_EXCEEDED);
	app_call_free(call);
	call = harness_begin(h, "NoteService/ListNotes", h->admin_token, NULL,
			     0, &woken);
	call->deadline_mono_us = h->mono_us;
	assert_int_equal(end_of(call), OUTRIDER_DEADLINE_EXCEEDED);
	app_call_free(call);
	run_writes(h);
	assert_int_equal(count_notes(h), 0);
}

static void count_wake(void *user)
{
	++*(int *)user;
}

static void a_deadline_holds_at_the_writer(void **state)
{
	struct app_harness *h = *state;
	struct app_call *call = begin_note(h, h->mono_us + 1000, NULL);
	struct bytes message;
	struct app_status status;
	int woken = 0;

	call->private->wake = count_wake;
	call->private->user = &woken;
	assert_int_equal(app_call_next(call, &message, &status), APP_WAIT);
	h->mono_us += 1000;
	run_writes(h);
	assert_int_equal(woken, 1);
	assert_int_equal(end_of(call), OUTRIDER_DEADLINE_EXCEEDED);
	app_call_free(call);
	assert_int_equal(count_notes(h), 0);
}

/* ----------------------------------------------------- cancelling, freeing */

static void a_cancelled_write_is_not_begun(void **state)
{
	struct app_harness *h = *state;
	struct app_call *call = begin_note(h, INT64_MAX, NULL);
	struct bytes message;
	struct app_status status;
	int woken = 0;

	call->private->wake = count_wake;
	call->private->user = &woken;
	assert_int_equal(app_call_next(call, &message, &status), APP_WAIT);
	app_call_cancel(call);
	assert_int_equal(woken, 1);
	assert_int_equal(end_of(call), OUTRIDER_CANCELLED);
	app_call_free(call);
	run_writes(h);
	assert_int_equal(woken, 1);
	assert_int_equal(count_notes(h), 0);
}

static void a_freed_write_is_finished(void **state)
{
	struct app_harness *h = *state;
	struct app_call *call = begin_note(h, INT64_MAX, NULL);
	struct bytes message;
	struct app_status status;
	int woken = 0;

	call->private->wake = count_wake;
	call->private->user = &woken;
	assert_int_equal(app_call_next(call, &message, &status), APP_WAIT);
	app_call_free(call);
	run_writes(h);
	assert_int_equal(woken, 0);
	assert_int_equal(count_notes(h), 1);
}

static void a_call_that_was_never_taken_on(void **state)
{
	struct app_harness *h = *state;

	app_call_free(begin_note(h, INT64_MAX, NULL));
	run_writes(h);
	assert_int_equal(count_notes(h), 0);
}

/* -------------------------------------------------------------------- news */

/* A stream that says the newest revision whenever there is a newer one. */
static uint64_t said_rev;

static enum app_progress say_revision(struct app_call *call)
{
	uint64_t rev = 0;

	if (store_read_begin(call_conn(call), &rev, &call->err))
		return APP_END;
	store_read_end(call_conn(call));
	if (rev <= said_rev)
		return call_wait_for_news(call, rev);
	said_rev = rev;
	wire_put_scalar(&call->reply, 1, rev);
	return APP_MESSAGE;
}

/* Taken for a ListNotes that has become a stream. */
static struct app_call *
begin_stream(struct app_harness *h, const char *token, int *woken)
{
	struct app_call *call = harness_begin(h, "NoteService/ListNotes", token,
					      NULL, 0, woken);
	struct bytes message;
	struct app_status status;

	assert_int_equal(app_call_next(call, &message, &status), APP_MESSAGE);
	call->next = say_revision;
	call->private->phase = CALL_STREAMING;
	said_rev = 0;
	return call;
}

static void add_note(struct app_harness *h)
{
	struct buffer request = a_note("news");

	harness_expect(harness_call(h, "NoteService/CreateNote", h->admin_token,
				    request.at, request.len),
		       OUTRIDER_OK);
	buffer_free(&request);
}

static void news_wake_a_stream(void **state)
{
	struct app_harness *h = *state;
	int woken = 0;
	struct app_call *call = begin_stream(h, h->admin_token, &woken);
	struct bytes message;
	struct app_status status;

	assert_int_equal(app_call_next(call, &message, &status), APP_MESSAGE);
	for (int i = 1; i < 5; i++) {
		assert_int_equal(app_call_next(call, &message, &status),
				 APP_WAIT);
		assert_int_equal(woken, i - 1);
		/* One wake a WAIT, however much happens. */
		add_note(h);
		add_note(h);
		assert_int_equal(woken, i);
		assert_int_equal(app_call_next(call, &message, &status),
				 APP_MESSAGE);
	}
	assert_int_equal(app_call_next(call, &message, &status), APP_WAIT);
	app_call_cancel(call);
	assert_int_equal(woken, 5);
	add_note(h);
	assert_int_equal(woken, 5);
	assert_int_equal(end_of(call), OUTRIDER_CANCELLED);
	app_call_free(call);
	add_note(h);
	assert_int_equal(woken, 5);
}

/* Whoever leaves while waiting is forgotten. */
static void a_listener_may_leave(void **state)
{
	struct app_harness *h = *state;
	int woken = 0;
	struct app_call *calls[3];
	struct bytes message;
	struct app_status status;

	for (size_t i = 0; i < 3; i++) {
		calls[i] = begin_stream(h, h->admin_token, &woken);
		said_rev = UINT64_MAX;
		assert_int_equal(app_call_next(calls[i], &message, &status),
				 APP_WAIT);
	}
	/* From the middle, the head and the end of the list. */
	app_call_free(calls[1]);
	add_note(h);
	assert_int_equal(woken, 2);
	for (size_t i = 0; i < 3; i += 2) {
		assert_int_equal(app_call_next(calls[i], &message, &status),
				 APP_WAIT);
		app_call_free(calls[i]);
	}
	add_note(h);
	assert_int_equal(woken, 2);
}

/* What is committed between the look and the wait must not be slept over. */
static struct app_harness *between;

static enum app_progress look_then_wait(struct app_call *call)
{
	uint64_t rev = 0;

	if (store_read_begin(call_conn(call), &rev, &call->err))
		return APP_END;
	store_read_end(call_conn(call));
	if (rev > said_rev) {
		said_rev = rev;
		wire_put_scalar(&call->reply, 1, rev);
		return APP_MESSAGE;
	}
	if (between) {
		struct app_harness *h = between;

		between = NULL;
		add_note(h);
	}
	return call_wait_for_news(call, rev);
}

static void no_wake_is_lost(void **state)
{
	struct app_harness *h = *state;
	int woken = 0;
	struct app_call *call = begin_stream(h, h->admin_token, &woken);
	struct bytes message;
	struct app_status status;

	call->next = look_then_wait;
	assert_int_equal(app_call_next(call, &message, &status), APP_MESSAGE);
	between = h;
	assert_int_equal(app_call_next(call, &message, &status), APP_MESSAGE);
	assert_int_equal(woken, 0);
	app_call_free(call);
}

static void a_stream_ends_with_its_rights(void **state)
{
	struct app_harness *h = *state;
	struct harness_user boss =
		harness_add_user(h, "boss", RANK_MANAGER, NULL);
	struct harness_user gone = harness_add_user(h, "gone", RANK_REP, NULL);
	int woken = 0;
	struct app_call *call = begin_stream(h, boss.token, &woken);
	struct app_call *other = begin_stream(h, gone.token, &woken);
	struct bytes message;
	struct app_status status;

	assert_int_equal(app_call_next(call, &message, &status), APP_MESSAGE);
	said_rev = 0;
	assert_int_equal(app_call_next(other, &message, &status), APP_MESSAGE);
	assert_int_equal(app_call_next(call, &message, &status), APP_WAIT);
	assert_int_equal(app_call_next(other, &message, &status), APP_WAIT);
	set_user(h, &boss.id, 12, RANK_REP);
	set_user(h, &gone.id, 14, 1);
	assert_int_equal(end_of(call), OUTRIDER_ABORTED);
	assert_int_equal(end_of(other), OUTRIDER_UNAUTHENTICATED);
	app_call_free(call);
	app_call_free(other);
}

int main(void)
{
#define FIRM(test) cmocka_unit_test_setup_teardown(test, open_firm, close_firm)
	const struct CMUnitTest tests[] = {
		FIRM(an_answer_is_one_message),
		FIRM(unknown_methods),
		FIRM(each_method_is_served),
		FIRM(bad_tokens_look_alike),
		FIRM(a_second_message_is_refused),
		FIRM(roles_open_methods),
		FIRM(bad_requests),
		FIRM(an_oversized_request_is_refused),
		FIRM(any_ceiling_is_an_answer),
		FIRM(a_passed_deadline_does_nothing),
		FIRM(a_deadline_holds_at_the_writer),
		FIRM(a_cancelled_write_is_not_begun),
		FIRM(a_freed_write_is_finished),
		FIRM(a_call_that_was_never_taken_on),
		FIRM(news_wake_a_stream),
		FIRM(a_listener_may_leave),
		FIRM(no_wake_is_lost),
		FIRM(a_stream_ends_with_its_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
