/*
 * The harness: see app_harness.h. Knows the store's inline writer and the
 * app's face, and no more of either.
 */
#include "app_harness.h"

#include "app/firm.h"
#include "model/wire.h"
#include "store/backend.h"
#include "store/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#define HARNESS_MEMORY (8 << 20)
#define HARNESS_ROUNDS 1000

/* ---------------------------------------------------------------- context */

static int64_t wall_us(void *user)
{
	return ((struct app_harness *)user)->wall_us;
}

static int64_t mono_us(void *user)
{
	return ((struct app_harness *)user)->mono_us;
}

/* splitmix64: Steele, Lea and Flood 2014. */
static uint64_t next_random(struct app_harness *h)
{
	uint64_t z = h->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void fill_random(void *user, void *out, size_t len)
{
	uint8_t *at = out;

	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)next_random(user);
}

static void keep_errors(void *user, enum log_level level, const char *event,
			const char *fields)
{
	struct app_harness *h = user;

	if (level < LOG_LEVEL_ERROR)
		return;
	h->n_errors++;
	snprintf(h->last_error, sizeof(h->last_error), "%s %s", event, fields);
}

static void on_commit(void *user, uint64_t rev)
{
	struct app_harness *h = user;

	if (h->app)
		app_on_commit(h->app, rev);
	if (h->after_commit)
		h->after_commit(h->user);
}

/* ------------------------------------------------------------------- life */

static void check(enum outrider_code code, const struct outrider_err *err)
{
	if (code != OUTRIDER_OK)
		fail_msg("%s: %s %s", code_name(code), err->field, err->text);
}

static void start(struct app_harness *h)
{
	struct outrider_err err;

	check(app_open(&h->app, &h->config, &err), &err);
	check(app_worker_open(&h->worker, h->app, &err), &err);
}

/* In the order that the app asks for. */
static void stop(struct app_harness *h)
{
	app_worker_close(h->worker);
	store_close(h->store);
	app_close(h->app);
	h->worker = NULL;
	h->store = NULL;
	h->app = NULL;
}

static void put_token(struct app_harness *h, char text[TOKEN_TEXT_LEN + 1],
		      const struct uuid *user, const struct uuid *device);

void harness_open(struct app_harness *h)
{
	static unsigned n_opened;
	const struct password_cost cheap = { .memory = 8192, .passes = 1 };
	const struct firm firm = {
		.display_name = "Demo & Sons",
		.admin_login_name = HARNESS_ADMIN_LOGIN,
		.admin_display_name = "Ada Administrator",
		.admin_password = HARNESS_ADMIN_PASSWORD,
		.cost = cheap,
	};
	struct outrider_err err;
	const struct backend_open anchor = { .path = h->path,
					     .use = BACKEND_CREATE };

	*h = (struct app_harness){
		.wall_us = HARNESS_START_US,
		.mono_us = 1000000,
		.seed = 1,
	};
	h->context = (struct context){
		.user = h,
		.wall_us = wall_us,
		.mono_us = mono_us,
		.random = fill_random,
		.log = keep_errors,
	};
	snprintf(h->path, sizeof(h->path), "harness-%u", n_opened++);
	h->store_config = (struct store_config){
		.context = &h->context,
		.backend = &store_sqlite_memory,
		.path = h->path,
		.is_inline = true,
		.on_commit = on_commit,
		.user = h,
	};
	if (sodium_init() < 0)
		fail_msg("libsodium doesn't start");
	keys_make(&h->keys, &h->context);
	/* The database lives as long as somebody holds it. */
	if (store_sqlite_memory.open(&h->anchor, &store_sqlite_memory,
				     &anchor) != BACKEND_DONE)
		fail_msg("no database in memory");
	check(store_create(&h->store_config, &err), &err);
	check(store_open(&h->store, &h->store_config, &err), &err);
	h->config = (struct app_config){
		.context = &h->context,
		.store = h->store,
		.keys = &h->keys,
		.password_memory = cheap.memory,
		.password_passes = cheap.passes,
	};
	check(app_found_firm(&h->root, &h->admin, h->store, &h->context, &firm,
			     &err),
	      &err);
	start(h);
	put_token(h, h->admin_token, &h->admin, NULL);
}

void harness_close(struct app_harness *h)
{
	if (h->n_errors > 0)
		fail_msg("logged as an error: %s", h->last_error);
	stop(h);
	store_sqlite_memory.close(h->anchor);
}

void harness_restart(struct app_harness *h)
{
	struct outrider_err err;

	stop(h);
	check(store_open(&h->store, &h->store_config, &err), &err);
	h->config.store = h->store;
	start(h);
}

uint64_t harness_rev(struct app_harness *h)
{
	struct store_conn *conn;
	struct outrider_err err;
	uint64_t rev = 0;

	check(store_reader_open(&conn, h->store, &err), &err);
	check(store_read_begin(conn, &rev, &err), &err);
	store_read_end(conn);
	store_reader_close(conn);
	return rev;
}

/* -------------------------------------------------------------------- firm */

struct uuid harness_new_uuid(struct app_harness *h)
{
	uint8_t random[10];

	fill_random(h, random, sizeof(random));
	return uuid_make(h->wall_us / 1000, random);
}

struct uuid harness_add_team(struct app_harness *h, const char *name,
			     const struct uuid *parent)
{
	struct buffer team = harness_buffer(), request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_text(&team, 10, name);
	harness_put_uuid(&team, 11, parent ? parent : &h->root);
	wire_put_bytes(&request, 1, team.at, team.len);
	reply = harness_call(h, "TeamService/CreateTeam", h->admin_token,
			     request.at, request.len);
	if (reply->code != OUTRIDER_OK)
		fail_msg("team %s: %s", name, reply->text);
	buffer_free(&team);
	buffer_free(&request);
	return harness_uuid(reply->message, FIELD_ID);
}

struct to_put {
	struct identity_token token;
	struct identity_device device;
};

static enum outrider_code
run_put(void *user, struct store_conn *tx, struct outrider_err *err)
{
	const struct to_put *put = user;
	enum outrider_code code = identity_token_put(tx, &put->token, err);

	if (code == OUTRIDER_OK && !uuid_is_zero(&put->device.id))
		code = identity_device_put(tx, &put->device, err);
	return code;
}

static void put(struct app_harness *h, struct to_put *what)
{
	struct outrider_err err;

	check(store_write_now(h->store, run_put, what, &err), &err);
}

static void put_token(struct app_harness *h, char text[TOKEN_TEXT_LEN + 1],
		      const struct uuid *user, const struct uuid *device)
{
	struct to_put what = { .token = { .user = *user } };

	if (device)
		what.token.device = *device;
	token_make(text, what.token.hash, &h->context);
	put(h, &what);
}

static void enrol(struct app_harness *h, struct harness_user *user)
{
	struct to_put what = { .device = { .enrolled_us = h->wall_us } };
	uint8_t seed[crypto_sign_SEEDBYTES];

	fill_random(h, seed, sizeof(seed));
	crypto_sign_seed_keypair(user->sign_public, user->sign_secret, seed);
	user->device = harness_new_uuid(h);
	what.device.id = user->device;
	what.device.user = user->id;
	snprintf(what.device.display_name, sizeof(what.device.display_name),
		 "a phone");
	memcpy(what.device.signing_key, user->sign_public, 32);
	what.token.user = user->id;
	what.token.device = user->device;
	token_make(user->device_token, what.token.hash, &h->context);
	put(h, &what);
}

struct harness_user harness_add_user(struct app_harness *h, const char *login,
				     enum rank rank, const struct uuid *team)
{
	struct harness_user user = { .rank = rank };
	struct buffer record = harness_buffer(), request = harness_buffer();
	const struct harness_reply *reply;

	user.team = team ? *team : h->root;
	harness_put_text(&record, 10, login);
	harness_put_text(&record, 11, login);
	wire_put_scalar(&record, 12, rank);
	harness_put_uuid(&record, 13, &user.team);
	wire_put_bytes(&request, 1, record.at, record.len);
	reply = harness_call(h, "UserService/CreateUser", h->admin_token,
			     request.at, request.len);
	if (reply->code != OUTRIDER_OK)
		fail_msg("user %s: %s", login, reply->text);
	user.id = harness_uuid(reply->message, FIELD_ID);
	buffer_free(&record);
	buffer_free(&request);
	put_token(h, user.token, &user.id, NULL);
	enrol(h, &user);
	return user;
}

void harness_lock_out(struct app_harness *h, const struct uuid *user,
		      bool is_out)
{
	struct buffer record = harness_buffer(), request = harness_buffer();
	struct buffer mask = harness_buffer();
	const struct harness_reply *reply;

	harness_put_uuid(&record, 1, user);
	wire_put_scalar(&record, 14, is_out);
	harness_put_text(&mask, 1, "is_disabled");
	wire_put_bytes(&request, 1, record.at, record.len);
	wire_put_bytes(&request, 2, mask.at, mask.len);
	reply = harness_call(h, "UserService/UpdateUser", h->admin_token,
			     request.at, request.len);
	if (reply->code != OUTRIDER_OK)
		fail_msg("is_disabled: %s", reply->text);
	buffer_free(&record);
	buffer_free(&mask);
	buffer_free(&request);
}

/* ------------------------------------------------------------------- calls */

static void count_wake(void *user)
{
	++*(int *)user;
}

struct app_call *harness_begin(struct app_harness *h, const char *path,
			       const char *token, const void *request,
			       size_t len, int *woken)
{
	char whole[128], authorization[64] = "";
	struct app_request r = {
		.path = whole,
		.deadline_mono_us = INT64_MAX,
		.message = { .at = request, .len = len },
		.wake = count_wake,
		.user = woken,
	};
	struct app_call *call;

	snprintf(whole, sizeof(whole), "/outrider.v1.%s", path);
	r.path_len = strlen(whole);
	if (token)
		snprintf(authorization, sizeof(authorization), "Bearer %s",
			 token);
	r.authorization = (struct bytes){
		.at = (const uint8_t *)authorization,
		.len = strlen(authorization),
	};
	call = app_call_begin(h->worker, &r);
	if (!call)
		fail_msg("no memory for a call");
	return call;
}

/* What the last call answered lives here until the next one. */
struct kept {
	struct harness_reply reply;
	uint8_t message[HARNESS_MEMORY];
	uint8_t details[4096];
};

static struct kept kept;

static void keep_message(struct bytes message)
{
	if (kept.reply.n_messages++ > 0)
		return;
	if (message.len > sizeof(kept.message))
		fail_msg("an answer of %zu bytes", message.len);
	if (message.len > 0)
		memcpy(kept.message, message.at, message.len);
	kept.reply.message = (struct bytes){ kept.message, message.len };
}

static void keep_status(const struct app_status *status)
{
	kept.reply.code = status->code;
	kept.reply.grpc_status = status->grpc_status;
	snprintf(kept.reply.text, sizeof(kept.reply.text), "%s", status->text);
	if (status->details.len > sizeof(kept.details))
		fail_msg("details of %zu bytes", status->details.len);
	if (status->details.len > 0)
		memcpy(kept.details, status->details.at, status->details.len);
	kept.reply.details =
		(struct bytes){ kept.details, status->details.len };
}

const struct harness_reply *harness_call(struct app_harness *h,
					 const char *path, const char *token,
					 const void *request, size_t len)
{
	int woken = 0;
	struct app_call *call =
		harness_begin(h, path, token, request, len, &woken);
	struct app_status status;
	struct bytes message;

	kept.reply = (struct harness_reply){ .code = OUTRIDER_OK };
	for (int round = 0;; round++) {
		int woken_before = woken;
		enum app_progress progress =
			app_call_next(call, &message, &status);

		if (round == HARNESS_ROUNDS)
			fail_msg("%s doesn't come to an end", path);
		if (progress == APP_END)
			break;
		if (progress == APP_MESSAGE) {
			keep_message(message);
			continue;
		}
		while (store_run_writes(h->store))
			;
		if (woken != woken_before + 1)
			fail_msg("%s waits and was woken %d times", path,
				 woken - woken_before);
	}
	keep_status(&status);
	app_call_free(call);
	return &kept.reply;
}

const struct harness_reply *
harness_call_message(struct app_harness *h, const char *path, const char *token,
		     const ProtobufCMessage *request)
{
	static uint8_t bytes[HARNESS_MEMORY];
	size_t len = protobuf_c_message_get_packed_size(request);

	if (len > sizeof(bytes))
		fail_msg("a request of %zu bytes", len);
	protobuf_c_message_pack(request, bytes);
	return harness_call(h, path, token, bytes, len);
}

void harness_upload(uint8_t hash[32], struct app_harness *h, const char *token,
		    const char *content)
{
	static const char *const paths[] = {
		"AttachmentService/StartUpload",
		"AttachmentService/UploadChunk",
	};
	size_t len = strlen(content);

	crypto_hash_sha256(hash, (const uint8_t *)content, len);
	for (size_t i = 0; i < 2; i++) {
		struct buffer request = harness_buffer();
		const struct harness_reply *reply;

		wire_put_bytes(&request, 1, hash, 32);
		wire_put_scalar(&request, 2, i == 0 ? len : 0);
		if (i == 1)
			wire_put_bytes(&request, 3, content, len);
		reply = harness_call(h, paths[i], token, request.at,
				     request.len);
		buffer_free(&request);
		if (reply->code != OUTRIDER_OK)
			fail_msg("%s: %s", paths[i], reply->text);
	}
}

/* --------------------------------------------------------------- messages */

struct buffer harness_buffer(void)
{
	struct buffer buffer;

	buffer_init(&buffer, &allocator_libc, HARNESS_MEMORY);
	return buffer;
}

void harness_put_text(struct buffer *out, uint32_t number, const char *text)
{
	wire_put_bytes(out, number, text, strlen(text));
}

void harness_put_uuid(struct buffer *out, uint32_t number,
		      const struct uuid *id)
{
	char text[UUID_TEXT_LEN + 1];

	uuid_format(text, id);
	harness_put_text(out, number, text);
}

struct bytes harness_part(struct bytes message, uint32_t number, size_t n)
{
	struct wire_reader reader = wire_read(message);
	struct wire_field field;

	while (wire_next(&reader, &field) > 0)
		if (field.number == number && field.type == WIRE_LEN &&
		    n-- == 0)
			return field.value;
	return (struct bytes){ .at = NULL };
}

void harness_text(char *out, size_t size, struct bytes message, uint32_t number)
{
	struct bytes text = harness_part(message, number, 0);

	if (text.len >= size)
		fail_msg("a text of %zu bytes", text.len);
	if (text.len > 0)
		memcpy(out, text.at, text.len);
	out[text.len] = 0;
}

struct uuid harness_uuid(struct bytes message, uint32_t number)
{
	struct bytes text = harness_part(message, number, 0);
	struct uuid id = { { 0 } };

	if (text.len > 0 && !uuid_parse(&id, (const char *)text.at, text.len))
		fail_msg("field %u is not a UUID", number);
	return id;
}

uint64_t harness_scalar(struct bytes message, uint32_t number)
{
	struct wire_field field;

	return wire_find(&field, message, number) ? field.scalar : 0;
}

/* The value of the detail of that type; empty if there is none. */
static struct bytes
find_detail(const struct harness_reply *reply, const char *type_url)
{
	struct bytes any;

	for (size_t n = 0; (any = harness_part(reply->details, 3, n)).at; n++) {
		struct bytes url = harness_part(any, 1, 0);

		if (url.len == strlen(type_url) &&
		    memcmp(url.at, type_url, url.len) == 0)
			return harness_part(any, 2, 0);
	}
	return (struct bytes){ .at = NULL };
}

void harness_violation(char out[96], const struct harness_reply *reply)
{
	struct bytes bad =
		find_detail(reply, "type.googleapis.com/google.rpc.BadRequest");

	harness_text(out, 96, harness_part(bad, 1, 0), 1);
}

void harness_expect(const struct harness_reply *reply, enum outrider_code code)
{
	char field[96];

	if (reply->code == code)
		return;
	harness_violation(field, reply);
	fail_msg("%s, not %s: %s %s", code_name(reply->code), code_name(code),
		 field, reply->text);
}

void harness_expect_violation(const struct harness_reply *reply,
			      const char *field)
{
	char found[96];

	harness_expect(reply, OUTRIDER_INVALID_ARGUMENT);
	harness_violation(found, reply);
	assert_string_equal(found, field);
}

void harness_reason(char out[64], const struct harness_reply *reply)
{
	struct bytes info =
		find_detail(reply, "type.googleapis.com/google.rpc.ErrorInfo");

	harness_text(out, 64, info, 1);
}
