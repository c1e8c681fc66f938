/*
 * auth: signing in and out, passwords, enrolling. Times are the context's.
 */
#include "app_harness.h"

#include "app/alerts.h"
#include "app/enroll.h"
#include "app/firm.h"
#include "model/wire.h"
#include "outrider/v1/auth.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#define SECOND_US INT64_C(1000000)
#define HOUR_US	  (3600 * SECOND_US)

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

static void expect(const struct harness_reply *reply, enum outrider_code code)
{
	if (reply->code != code)
		fail_msg("%s, not %s: %s", code_name(reply->code),
			 code_name(code), reply->text);
}

static void pass_time(struct app_harness *h, int64_t us)
{
	h->wall_us += us;
	h->mono_us += us;
}

static const struct harness_reply *
login(struct app_harness *h, const char *name, const char *password)
{
	Outrider__V1__LoginRequest request = OUTRIDER__V1__LOGIN_REQUEST__INIT;

	request.login_name = (char *)name;
	request.password = (char *)password;
	return harness_call_message(h, "AuthService/Login", NULL,
				    &request.base);
}

static const struct harness_reply *
logout(struct app_harness *h, const char *token)
{
	return harness_call(h, "AuthService/Logout", token, NULL, 0);
}

/* The access token of a good login. */
static void sign_in(struct app_harness *h, const char *name,
		    const char *password, char token[TOKEN_TEXT_LEN + 1])
{
	const struct harness_reply *reply = login(h, name, password);

	expect(reply, OUTRIDER_OK);
	harness_text(token, TOKEN_TEXT_LEN + 1, reply->message, 1);
	assert_int_equal(strlen(token), TOKEN_TEXT_LEN);
}

static const struct harness_reply *
set_password(struct app_harness *h, const char *token, const struct uuid *user,
	     const char *old, const char *new)
{
	Outrider__V1__SetPasswordRequest request =
		OUTRIDER__V1__SET_PASSWORD_REQUEST__INIT;
	char id[UUID_TEXT_LEN + 1] = "";

	if (user)
		uuid_format(id, user);
	request.user_id = id;
	request.old_password = (char *)old;
	request.new_password = (char *)new;
	return harness_call_message(h, "AuthService/SetPassword", token,
				    &request.base);
}

/* Is the token good for anything? */
static enum outrider_code try_token(struct app_harness *h, const char *token)
{
	return harness_call(h, "TeamService/ListTeams", token, NULL, 0)->code;
}

static int64_t retry_after_us(const struct harness_reply *reply)
{
	static const char url[] = "type.googleapis.com/google.rpc.RetryInfo";
	struct bytes any;

	for (size_t n = 0; (any = harness_part(reply->details, 3, n)).at; n++) {
		struct bytes found = harness_part(any, 1, 0), delay;

		if (found.len != strlen(url) ||
		    memcmp(found.at, url, found.len) != 0)
			continue;
		delay = harness_part(harness_part(any, 2, 0), 1, 0);
		return (int64_t)harness_scalar(delay, 1) * SECOND_US +
		       (int64_t)harness_scalar(delay, 2) / 1000;
	}
	return 0;
}

/* ------------------------------------------------------------------ Login */

static void a_password_gives_a_token(void **state)
{
	struct app_harness *h = *state;
	const struct harness_reply *reply =
		login(h, HARNESS_ADMIN_LOGIN, HARNESS_ADMIN_PASSWORD);
	char token[TOKEN_TEXT_LEN + 1];
	struct uuid id;
	int64_t expires_us;

	expect(reply, OUTRIDER_OK);
	harness_text(token, sizeof(token), reply->message, 1);
	id = harness_uuid(reply->message, 3);
	assert_memory_equal(&id, &h->admin, sizeof(id));
	assert_int_equal(harness_scalar(reply->message, 4), ROLE_ADMINISTRATOR);
	assert_true(wire_timestamp(&expires_us,
				   harness_part(reply->message, 2, 0)));
	assert_int_equal(expires_us, h->wall_us + 12 * HOUR_US);

	assert_int_equal(try_token(h, token), OUTRIDER_OK);
	/* In another case the name is the same. */
	expect(login(h, "ADMIN", HARNESS_ADMIN_PASSWORD), OUTRIDER_OK);
	pass_time(h, 12 * HOUR_US - 1);
	assert_int_equal(try_token(h, token), OUTRIDER_OK);
	pass_time(h, 1);
	assert_int_equal(try_token(h, token), OUTRIDER_UNAUTHENTICATED);
}

/* Names that exist and names that don't get the same bytes. */
static void what_was_wrong_is_not_told(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", ROLE_REP, NULL);
	struct harness_user off = harness_add_user(h, "off", ROLE_REP, NULL);
	struct buffer user = harness_buffer(), request = harness_buffer();
	const struct harness_reply *reply;
	uint8_t details[512];
	size_t len = 0;

	expect(set_password(h, h->admin_token, &off.id, "", "long enough"),
	       OUTRIDER_OK);
	expect(login(h, "off", "long enough"), OUTRIDER_OK);
	harness_put_uuid(&user, 1, &off.id);
	wire_put_scalar(&user, 14, 1);
	wire_put_bytes(&request, 1, user.at, user.len);
	expect(harness_call(h, "UserService/UpdateUser", h->admin_token,
			    request.at, request.len),
	       OUTRIDER_OK);
	buffer_free(&user);
	buffer_free(&request);

	for (int i = 0; i < 4; i++) {
		static const struct {
			const char *name, *password;
		} wrong[] = {
			{ HARNESS_ADMIN_LOGIN, "wrong horse" },
			{ "nobody", HARNESS_ADMIN_PASSWORD },
			{ "anna", "she has none" },
			{ "off", "long enough" },
		};

		reply = login(h, wrong[i].name, wrong[i].password);
		expect(reply, OUTRIDER_UNAUTHENTICATED);
		if (i == 0) {
			len = reply->details.len;
			assert_true(len <= sizeof(details));
			memcpy(details, reply->details.at, len);
		}
		assert_int_equal(reply->details.len, len);
		assert_memory_equal(reply->details.at, details, len);
	}
	assert_int_equal(try_token(h, anna.token), OUTRIDER_OK);
}

static void failures_have_to_wait(void **state)
{
	struct app_harness *h = *state;
	const struct harness_reply *reply;
	int64_t wait_us = 0;
	char reason[64];

	for (int i = 0; i < 5; i++)
		expect(login(h, HARNESS_ADMIN_LOGIN, "wrong"),
		       OUTRIDER_UNAUTHENTICATED);
	/* The right one waits too, and waiting longer grows no longer. */
	for (int i = 0; i < 3; i++) {
		reply = login(h, "Admin", HARNESS_ADMIN_PASSWORD);
		expect(reply, OUTRIDER_RESOURCE_EXHAUSTED);
		harness_reason(reason, reply);
		assert_string_equal(reason, "TOO_MANY_ATTEMPTS");
		wait_us = retry_after_us(reply);
		assert_int_equal(wait_us, SECOND_US);
	}
	/* Another name doesn't. */
	expect(login(h, "nobody", "x"), OUTRIDER_UNAUTHENTICATED);
	/* Each failure doubles it, up to a minute. */
	for (int i = 0; i < 10; i++) {
		pass_time(h, wait_us);
		expect(login(h, HARNESS_ADMIN_LOGIN, "wrong"),
		       OUTRIDER_UNAUTHENTICATED);
		reply = login(h, HARNESS_ADMIN_LOGIN, "wrong");
		expect(reply, OUTRIDER_RESOURCE_EXHAUSTED);
		assert_int_equal(retry_after_us(reply),
				 2 * wait_us > 60 * SECOND_US ? 60 * SECOND_US
							      : 2 * wait_us);
		wait_us = retry_after_us(reply);
	}
	pass_time(h, wait_us);
	expect(login(h, HARNESS_ADMIN_LOGIN, HARNESS_ADMIN_PASSWORD),
	       OUTRIDER_OK);
	/* Good once: all is forgiven. */
	for (int i = 0; i < 5; i++)
		expect(login(h, HARNESS_ADMIN_LOGIN, "wrong"),
		       OUTRIDER_UNAUTHENTICATED);
}

/* A login from somewhere, begun by hand. */
static enum outrider_code
login_from(struct app_harness *h, const char *peer, const char *name)
{
	static const char path[] = "/outrider.v1.AuthService/Login";
	struct buffer request = harness_buffer();
	struct app_request r = {
		.path = path,
		.path_len = strlen(path),
		.deadline_mono_us = INT64_MAX,
		.peer = { (const uint8_t *)peer, strlen(peer) },
	};
	struct app_call *call;
	struct bytes message;
	struct app_status status;

	harness_put_text(&request, 1, name);
	harness_put_text(&request, 2, "wrong");
	r.message = (struct bytes){ request.at, request.len };
	call = app_call_begin(h->worker, &r);
	assert_int_equal(app_call_next(call, &message, &status), APP_END);
	buffer_free(&request);
	app_call_free(call);
	return status.code;
}

static void a_peer_that_tries_many_names_waits(void **state)
{
	struct app_harness *h = *state;
	char name[32];

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		assert_int_equal(login_from(h, "192.0.2.1", name),
				 OUTRIDER_UNAUTHENTICATED);
	}
	assert_int_equal(login_from(h, "192.0.2.1", "another"),
			 OUTRIDER_RESOURCE_EXHAUSTED);
	assert_int_equal(login_from(h, "192.0.2.2", "another"),
			 OUTRIDER_UNAUTHENTICATED);
	pass_time(h, 2 * HOUR_US);
	assert_int_equal(login_from(h, "192.0.2.1", "another"),
			 OUTRIDER_UNAUTHENTICATED);
}

static void logging_out_ends_one_token(void **state)
{
	struct app_harness *h = *state;
	char first[TOKEN_TEXT_LEN + 1], second[TOKEN_TEXT_LEN + 1];

	sign_in(h, HARNESS_ADMIN_LOGIN, HARNESS_ADMIN_PASSWORD, first);
	sign_in(h, HARNESS_ADMIN_LOGIN, HARNESS_ADMIN_PASSWORD, second);
	assert_string_not_equal(first, second);
	expect(logout(h, first), OUTRIDER_OK);
	expect(logout(h, first), OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(try_token(h, second), OUTRIDER_OK);
}

/* ------------------------------------------------------------------- firm */

static void a_firm_is_founded_once(void **state)
{
	struct app_harness *h = *state;
	struct firm firm = {
		.display_name = "Another",
		.admin_login_name = "another",
		.admin_display_name = "Another",
		.admin_password = "long enough",
		.cost = { .memory = 8192, .passes = 1 },
	};
	struct outrider_err err;

	assert_int_equal(app_found_firm(NULL, NULL, h->store, &h->context,
					&firm, &err),
			 OUTRIDER_FAILED_PRECONDITION);
	firm.admin_password = "short 7";
	assert_int_equal(app_found_firm(NULL, NULL, h->store, &h->context,
					&firm, &err),
			 OUTRIDER_INVALID_ARGUMENT);
	expect(login(h, "another", "long enough"), OUTRIDER_UNAUTHENTICATED);
}

/* ------------------------------------------------------------ SetPassword */

static void ones_own_password(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", ROLE_REP, NULL);
	char mine[TOKEN_TEXT_LEN + 1], other[TOKEN_TEXT_LEN + 1];
	const struct harness_reply *reply;
	char field[96];

	expect(set_password(h, h->admin_token, &anna.id, "", "first password"),
	       OUTRIDER_OK);
	sign_in(h, "anna", "first password", mine);
	sign_in(h, "anna", "first password", other);

	reply = set_password(h, mine, NULL, "wrong", "second password");
	expect(reply, OUTRIDER_INVALID_ARGUMENT);
	harness_violation(field, reply);
	assert_string_equal(field, "old_password");
	reply = set_password(h, mine, NULL, "first password", "short 7");
	expect(reply, OUTRIDER_INVALID_ARGUMENT);
	harness_violation(field, reply);
	assert_string_equal(field, "new_password");
	assert_int_equal(try_token(h, other), OUTRIDER_OK);

	expect(set_password(h, mine, NULL, "first password", "second password"),
	       OUTRIDER_OK);
	assert_int_equal(try_token(h, mine), OUTRIDER_OK);
	assert_int_equal(try_token(h, other), OUTRIDER_UNAUTHENTICATED);
	/* Devices have no part in passwords. */
	assert_int_equal(try_token(h, anna.device_token), OUTRIDER_OK);
	expect(login(h, "anna", "first password"), OUTRIDER_UNAUTHENTICATED);
	expect(login(h, "anna", "second password"), OUTRIDER_OK);
	/* By one's own id it is one's own still. */
	expect(set_password(h, mine, &anna.id, "", "third password"),
	       OUTRIDER_INVALID_ARGUMENT);
}

/* A stolen token must not find the password out. */
static void old_passwords_are_counted(void **state)
{
	struct app_harness *h = *state;

	for (int i = 0; i < 5; i++)
		expect(set_password(h, h->admin_token, NULL, "wrong",
				    "whatever it is"),
		       OUTRIDER_INVALID_ARGUMENT);
	expect(set_password(h, h->admin_token, NULL, HARNESS_ADMIN_PASSWORD,
			    "whatever it is"),
	       OUTRIDER_RESOURCE_EXHAUSTED);
	expect(login(h, HARNESS_ADMIN_LOGIN, HARNESS_ADMIN_PASSWORD),
	       OUTRIDER_RESOURCE_EXHAUSTED);
}

static void the_passwords_of_others(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", ROLE_REP, NULL);
	struct harness_user boss =
		harness_add_user(h, "boss", ROLE_MANAGER, NULL);
	struct uuid nobody = harness_new_uuid(h);
	char token[TOKEN_TEXT_LEN + 1];

	/* No different for one who isn't there. */
	expect(set_password(h, boss.token, &anna.id, "", "long enough"),
	       OUTRIDER_PERMISSION_DENIED);
	expect(set_password(h, boss.token, &nobody, "", "long enough"),
	       OUTRIDER_PERMISSION_DENIED);
	expect(set_password(h, h->admin_token, &nobody, "", "long enough"),
	       OUTRIDER_NOT_FOUND);
	expect(set_password(h, h->admin_token, &anna.id, "", "long enough"),
	       OUTRIDER_OK);
	sign_in(h, "anna", "long enough", token);
	expect(set_password(h, h->admin_token, &anna.id, "", "another one"),
	       OUTRIDER_OK);
	assert_int_equal(try_token(h, token), OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(try_token(h, h->admin_token), OUTRIDER_OK);
}

/* --------------------------------------------------------------- enrolment */

static const struct harness_reply *
create_code(struct app_harness *h, const char *token, const struct uuid *user)
{
	Outrider__V1__CreateEnrollmentCodeRequest request =
		OUTRIDER__V1__CREATE_ENROLLMENT_CODE_REQUEST__INIT;
	char id[UUID_TEXT_LEN + 1];

	uuid_format(id, user);
	request.user_id = id;
	return harness_call_message(h, "AuthService/CreateEnrollmentCode",
				    token, &request.base);
}

struct phone {
	struct uuid id;
	uint8_t key[32], secret[64];
};

static struct phone new_phone(struct app_harness *h)
{
	struct phone phone = { .id = harness_new_uuid(h) };
	uint8_t seed[32];

	h->context.random(h->context.user, seed, sizeof(seed));
	crypto_sign_seed_keypair(phone.key, phone.secret, seed);
	return phone;
}

static const struct harness_reply *
enrol(struct app_harness *h, const char *code, const struct phone *phone)
{
	Outrider__V1__EnrollDeviceRequest request =
		OUTRIDER__V1__ENROLL_DEVICE_REQUEST__INIT;

	request.code = (char *)code;
	request.display_name = (char *)"a phone";
	request.device_id.data = (uint8_t *)phone->id.at;
	request.device_id.len = sizeof(phone->id.at);
	request.signing_key.data = (uint8_t *)phone->key;
	request.signing_key.len = sizeof(phone->key);
	return harness_call_message(h, "AuthService/EnrollDevice", NULL,
				    &request.base);
}

static void new_code(struct app_harness *h, const struct uuid *user,
		     char code[ENROLL_CODE_TEXT + 1])
{
	const struct harness_reply *reply =
		create_code(h, h->admin_token, user);

	expect(reply, OUTRIDER_OK);
	harness_text(code, ENROLL_CODE_TEXT + 1, reply->message, 1);
	assert_int_equal(strlen(code), ENROLL_CODE_TEXT);
}

static size_t count_alerts(struct app_harness *h, const char *token)
{
	const struct harness_reply *reply =
		harness_call(h, "AlertService/ListAlerts", token, NULL, 0);
	struct bytes item;
	size_t n = 0;

	expect(reply, OUTRIDER_OK);
	while ((item = harness_part(reply->message, 1, n)).at) {
		assert_int_equal(harness_scalar(item, 10), ALERT_NEW_DEVICE);
		n++;
	}
	return n;
}

/* A user without a device: the harness gives each one. */
static struct uuid plain_user(struct app_harness *h, const char *login_name)
{
	struct buffer user = harness_buffer(), request = harness_buffer();
	const struct harness_reply *reply;

	harness_put_text(&user, 10, "Anna Answer");
	harness_put_text(&user, 11, login_name);
	wire_put_scalar(&user, 12, ROLE_REP);
	wire_put_bytes(&request, 1, user.at, user.len);
	reply = harness_call(h, "UserService/CreateUser", h->admin_token,
			     request.at, request.len);
	expect(reply, OUTRIDER_OK);
	buffer_free(&user);
	buffer_free(&request);
	return harness_uuid(reply->message, 1);
}

static void a_code_makes_a_device(void **state)
{
	struct app_harness *h = *state;
	struct uuid anna = plain_user(h, "anna"), id;
	struct phone phone = new_phone(h);
	char code[ENROLL_CODE_TEXT + 1], token[64], again[64], name[64];
	const struct harness_reply *reply;
	struct bytes key;

	new_code(h, &anna, code);
	reply = enrol(h, code, &phone);
	expect(reply, OUTRIDER_OK);
	harness_text(token, sizeof(token), reply->message, 1);
	id = harness_uuid(reply->message, 2);
	assert_memory_equal(&id, &anna, sizeof(id));
	harness_text(name, sizeof(name), reply->message, 3);
	assert_string_equal(name, "Anna Answer");
	assert_int_equal(harness_scalar(reply->message, 4), ROLE_REP);
	key = harness_part(reply->message, 5, 0);
	assert_int_equal(key.len, 32);
	assert_memory_equal(key.at, h->keys.sign_public, 32);
	key = harness_part(reply->message, 6, 0);
	assert_int_equal(key.len, 32);
	assert_memory_equal(key.at, h->keys.box_public, 32);
	assert_int_equal(try_token(h, token), OUTRIDER_OK);
	assert_int_equal(count_alerts(h, h->admin_token), 0);

	/* An answer that got lost: once more, and both tokens are good. */
	reply = enrol(h, code, &phone);
	expect(reply, OUTRIDER_OK);
	harness_text(again, sizeof(again), reply->message, 1);
	assert_string_not_equal(token, again);
	assert_int_equal(try_token(h, again), OUTRIDER_OK);
	assert_int_equal(count_alerts(h, h->admin_token), 0);

	/* A second device is worth a look, once. */
	phone = new_phone(h);
	new_code(h, &anna, code);
	for (int i = 0; i < 2; i++) {
		expect(enrol(h, code, &phone), OUTRIDER_OK);
		assert_int_equal(count_alerts(h, h->admin_token), 1);
	}
	/* A device's token never runs out by itself. */
	pass_time(h, INT64_C(24) * 365 * HOUR_US);
	assert_int_equal(try_token(h, token), OUTRIDER_OK);
}

static void bad_codes_look_alike(void **state)
{
	struct app_harness *h = *state;
	struct uuid anna = plain_user(h, "anna"), bert = plain_user(h, "bert");
	struct phone phone = new_phone(h), other = new_phone(h);
	struct buffer request = harness_buffer();
	char used[ENROLL_CODE_TEXT + 1], old[ENROLL_CODE_TEXT + 1];
	char gone[ENROLL_CODE_TEXT + 1];
	char words[256];

	new_code(h, &anna, old);
	pass_time(h, 24 * HOUR_US);
	new_code(h, &bert, gone);
	new_code(h, &anna, used);
	expect(enrol(h, used, &phone), OUTRIDER_OK);
	harness_put_uuid(&request, 1, &bert);
	expect(harness_call(h, "UserService/DeleteUser", h->admin_token,
			    request.at, request.len),
	       OUTRIDER_OK);
	buffer_free(&request);

	for (int i = 0; i < 7; i++) {
		const char *codes[] = { "0000-0000-0000",
					"K7QM",
					"K7QM-4XPA-9D2T-0",
					"K7QM-4XPA-9D2U",
					used,
					old,
					gone };
		const struct harness_reply *reply = enrol(h, codes[i], &other);

		expect(reply, OUTRIDER_UNAUTHENTICATED);
		if (i == 0)
			snprintf(words, sizeof(words), "%s", reply->text);
		assert_string_equal(reply->text, words);
	}
	/* The device that used it, with another key. */
	memcpy(phone.key, other.key, sizeof(phone.key));
	expect(enrol(h, used, &phone), OUTRIDER_UNAUTHENTICATED);
}

static void a_device_is_somebodys(void **state)
{
	struct app_harness *h = *state;
	struct uuid anna = plain_user(h, "anna"), bert = plain_user(h, "bert");
	struct phone phone = new_phone(h), thief = new_phone(h);
	char code[ENROLL_CODE_TEXT + 1];

	new_code(h, &anna, code);
	expect(enrol(h, code, &phone), OUTRIDER_OK);
	new_code(h, &bert, code);
	thief.id = phone.id;
	expect(enrol(h, code, &thief), OUTRIDER_ALREADY_EXISTS);
	expect(enrol(h, code, &phone), OUTRIDER_ALREADY_EXISTS);
	/* The code was not spent on it. */
	thief.id = harness_new_uuid(h);
	expect(enrol(h, code, &thief), OUTRIDER_OK);
}

static void what_a_device_sends_is_checked(void **state)
{
	struct app_harness *h = *state;
	struct uuid anna = plain_user(h, "anna");
	struct phone phone = new_phone(h);
	char code[ENROLL_CODE_TEXT + 1], field[96];
	const struct harness_reply *reply;

	new_code(h, &anna, code);
	/* The identity point: everybody's signature fits it. */
	memset(phone.key, 0, sizeof(phone.key));
	phone.key[0] = 1;
	reply = enrol(h, code, &phone);
	expect(reply, OUTRIDER_INVALID_ARGUMENT);
	harness_violation(field, reply);
	assert_string_equal(field, "signing_key");
	phone = new_phone(h);
	memset(&phone.id, 0, sizeof(phone.id));
	reply = enrol(h, code, &phone);
	expect(reply, OUTRIDER_INVALID_ARGUMENT);
	harness_violation(field, reply);
	assert_string_equal(field, "device_id");
}

static void who_may_enrol_whom(void **state)
{
	struct app_harness *h = *state;
	struct uuid north = harness_add_team(h, "North", NULL);
	struct uuid fjord = harness_add_team(h, "Fjord", &north);
	struct uuid south = harness_add_team(h, "South", NULL);
	struct harness_user boss =
		harness_add_user(h, "boss", ROLE_MANAGER, &north);
	struct harness_user anna =
		harness_add_user(h, "anna", ROLE_REP, &fjord);
	struct harness_user cleo =
		harness_add_user(h, "cleo", ROLE_REP, &south);
	struct harness_user chief =
		harness_add_user(h, "chief", ROLE_ADMINISTRATOR, &north);
	struct harness_user peer =
		harness_add_user(h, "peer", ROLE_MANAGER, &fjord);
	struct uuid unplaced = plain_user(h, "unplaced");
	struct uuid nobody = harness_new_uuid(h);

	expect(create_code(h, anna.token, &anna.id),
	       OUTRIDER_PERMISSION_DENIED);
	expect(create_code(h, boss.token, &anna.id), OUTRIDER_OK);
	expect(create_code(h, boss.token, &peer.id), OUTRIDER_OK);
	expect(create_code(h, boss.token, &boss.id), OUTRIDER_OK);
	expect(create_code(h, boss.token, &cleo.id),
	       OUTRIDER_PERMISSION_DENIED);
	expect(create_code(h, peer.token, &boss.id),
	       OUTRIDER_PERMISSION_DENIED);
	expect(create_code(h, boss.token, &unplaced),
	       OUTRIDER_PERMISSION_DENIED);
	/* It would be a way up. */
	expect(create_code(h, boss.token, &chief.id),
	       OUTRIDER_PERMISSION_DENIED);
	expect(create_code(h, h->admin_token, &cleo.id), OUTRIDER_OK);
	expect(create_code(h, boss.token, &nobody), OUTRIDER_NOT_FOUND);
}

/* ----------------------------------------------------------------- devices */

static const struct harness_reply *
withdraw(struct app_harness *h, const char *token, const struct uuid *device)
{
	Outrider__V1__WithdrawDeviceRequest request =
		OUTRIDER__V1__WITHDRAW_DEVICE_REQUEST__INIT;
	char id[UUID_TEXT_LEN + 1];

	uuid_format(id, device);
	request.device_id = id;
	return harness_call_message(h, "AuthService/WithdrawDevice", token,
				    &request.base);
}

static const struct harness_reply *
list_devices(struct app_harness *h, const char *token, const struct uuid *user)
{
	Outrider__V1__ListDevicesRequest request =
		OUTRIDER__V1__LIST_DEVICES_REQUEST__INIT;
	char id[UUID_TEXT_LEN + 1] = "";

	if (user)
		uuid_format(id, user);
	request.user_id = id;
	return harness_call_message(h, "AuthService/ListDevices", token,
				    &request.base);
}

static void a_stolen_device_is_withdrawn(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", ROLE_REP, NULL);
	struct phone phone = new_phone(h);
	char code[ENROLL_CODE_TEXT + 1], token[64];
	const struct harness_reply *reply;
	int64_t since_us;

	new_code(h, &anna.id, code);
	reply = enrol(h, code, &phone);
	expect(reply, OUTRIDER_OK);
	harness_text(token, sizeof(token), reply->message, 1);
	assert_int_equal(try_token(h, token), OUTRIDER_OK);

	/* Again is harmless, and the first time counts. */
	for (int i = 0; i < 2; i++) {
		reply = withdraw(h, anna.token, &phone.id);
		expect(reply, OUTRIDER_OK);
		assert_true(wire_timestamp(&since_us,
					   harness_part(reply->message, 1, 0)));
		assert_int_equal(since_us, h->wall_us - i * HOUR_US);
		assert_int_equal(try_token(h, token), OUTRIDER_UNAUTHENTICATED);
		pass_time(h, HOUR_US);
	}
	/* Its code is good for it no more; hers go on. */
	expect(enrol(h, code, &phone), OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(try_token(h, anna.device_token), OUTRIDER_OK);
	assert_int_equal(try_token(h, anna.token), OUTRIDER_OK);
	/* One may withdraw the device that one holds. */
	expect(withdraw(h, anna.device_token, &anna.device), OUTRIDER_OK);
	assert_int_equal(try_token(h, anna.device_token),
			 OUTRIDER_UNAUTHENTICATED);
}

static void devices_are_listed_with_their_times(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", ROLE_REP, NULL);
	struct phone phones[2];
	char code[ENROLL_CODE_TEXT + 1], name[64];
	const struct harness_reply *reply;
	int64_t start_us = h->wall_us, at_us;
	struct uuid id;

	for (size_t i = 0; i < 2; i++) {
		pass_time(h, HOUR_US);
		phones[i] = new_phone(h);
		new_code(h, &anna.id, code);
		expect(enrol(h, code, &phones[i]), OUTRIDER_OK);
	}
	expect(withdraw(h, anna.token, &phones[1].id), OUTRIDER_OK);
	reply = list_devices(h, anna.token, NULL);
	expect(reply, OUTRIDER_OK);
	for (int i = 0; i < 3; i++) {
		const struct uuid *const order[] = { &phones[1].id,
						     &phones[0].id,
						     &anna.device };
		struct bytes item = harness_part(reply->message, 1, (size_t)i);

		id = harness_uuid(item, 1);
		assert_memory_equal(&id, order[i], sizeof(id));
		harness_text(name, sizeof(name), item, 2);
		assert_string_equal(name, "a phone");
		assert_true(wire_timestamp(&at_us, harness_part(item, 3, 0)));
		assert_int_equal(at_us, start_us + (2 - i) * HOUR_US);
		assert_int_equal(harness_part(item, 4, 0).at != NULL, i == 0);
		if (i == 0) {
			assert_true(wire_timestamp(&at_us,
						   harness_part(item, 4, 0)));
			assert_int_equal(at_us, h->wall_us);
		}
	}
	assert_null(harness_part(reply->message, 1, 3).at);
}

static void who_may_withdraw_whose(void **state)
{
	struct app_harness *h = *state;
	struct uuid north = harness_add_team(h, "North", NULL);
	struct uuid south = harness_add_team(h, "South", NULL);
	struct harness_user boss =
		harness_add_user(h, "boss", ROLE_MANAGER, &north);
	struct harness_user anna =
		harness_add_user(h, "anna", ROLE_REP, &north);
	struct harness_user ben = harness_add_user(h, "ben", ROLE_REP, &north);
	struct harness_user cleo =
		harness_add_user(h, "cleo", ROLE_REP, &south);
	struct harness_user chief =
		harness_add_user(h, "chief", ROLE_ADMINISTRATOR, &north);
	struct uuid nobody = harness_new_uuid(h);
	const struct {
		const struct harness_user *by, *whose;
	} foreign[] = { { &ben, &anna },
			{ &anna, &boss },
			{ &boss, &cleo },
			/* Nobody locks out those above them. */
			{ &boss, &chief } };
	const struct harness_reply *reply;
	uint8_t details[512];
	char words[256];
	size_t len;

	reply = withdraw(h, anna.token, &nobody);
	expect(reply, OUTRIDER_NOT_FOUND);
	snprintf(words, sizeof(words), "%s", reply->text);
	len = reply->details.len;
	assert_true(len > 0 && len <= sizeof(details));
	memcpy(details, reply->details.at, len);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		reply = withdraw(h, foreign[i].by->token,
				 &foreign[i].whose->device);
		expect(reply, OUTRIDER_NOT_FOUND);
		assert_string_equal(reply->text, words);
		assert_int_equal(reply->details.len, len);
		assert_memory_equal(reply->details.at, details, len);
		assert_int_equal(try_token(h, foreign[i].whose->device_token),
				 OUTRIDER_OK);
		expect(list_devices(h, foreign[i].by->token,
				    &foreign[i].whose->id),
		       OUTRIDER_PERMISSION_DENIED);
	}
	expect(list_devices(h, anna.token, &nobody), OUTRIDER_NOT_FOUND);
	expect(list_devices(h, boss.token, &anna.id), OUTRIDER_OK);
	expect(withdraw(h, boss.token, &anna.device), OUTRIDER_OK);
	expect(list_devices(h, h->admin_token, &cleo.id), OUTRIDER_OK);
	expect(withdraw(h, h->admin_token, &cleo.device), OUTRIDER_OK);
	assert_int_equal(try_token(h, anna.device_token),
			 OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(try_token(h, cleo.device_token),
			 OUTRIDER_UNAUTHENTICATED);
}

static void disable(struct app_harness *h, const struct uuid *id, bool is_off)
{
	struct buffer user = harness_buffer(), request = harness_buffer();
	struct buffer mask = harness_buffer();

	harness_put_uuid(&user, 1, id);
	wire_put_scalar(&user, 14, is_off);
	harness_put_text(&mask, 1, "is_disabled");
	wire_put_bytes(&request, 1, user.at, user.len);
	wire_put_bytes(&request, 2, mask.at, mask.len);
	expect(harness_call(h, "UserService/UpdateUser", h->admin_token,
			    request.at, request.len),
	       OUTRIDER_OK);
	buffer_free(&user);
	buffer_free(&mask);
	buffer_free(&request);
}

static void who_is_enabled_again_signs_in_anew(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", ROLE_REP, NULL);
	struct harness_user ben = harness_add_user(h, "ben", ROLE_REP, NULL);

	disable(h, &anna.id, true);
	assert_int_equal(try_token(h, anna.token), OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(try_token(h, anna.device_token),
			 OUTRIDER_UNAUTHENTICATED);
	disable(h, &anna.id, false);
	assert_int_equal(try_token(h, anna.token), OUTRIDER_UNAUTHENTICATED);
	/* Her phone holds work that would be lost; a withdrawn one is out. */
	assert_int_equal(try_token(h, anna.device_token), OUTRIDER_OK);
	expect(withdraw(h, h->admin_token, &anna.device), OUTRIDER_OK);
	disable(h, &anna.id, true);
	disable(h, &anna.id, false);
	assert_int_equal(try_token(h, anna.device_token),
			 OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(try_token(h, ben.token), OUTRIDER_OK);
	assert_int_equal(try_token(h, ben.device_token), OUTRIDER_OK);
}

static void codes_are_read_as_they_are_typed(void **state)
{
	static const struct {
		const char *typed, *read; /* NULL: no code */
	} cases[] = {
		{ "K7QM-4XPA-9D2T", "K7QM4XPA9D2T" },
		{ "k7qm4xpa9d2t", "K7QM4XPA9D2T" },
		{ " K7QM 4XPA 9D2T ", "K7QM4XPA9D2T" },
		{ "OoIiLl000000", "001111000000" },
		{ "K7QM-4XPA-9D2", NULL },
		{ "K7QM-4XPA-9D2TT", NULL },
		{ "K7QM-4XPA-9D2U", NULL },
		{ "K7QM-4XPA-9D2!", NULL },
		{ "", NULL },
	};
	char read[ENROLL_CODE_SYMBOLS + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool is_code = enroll_code_read(read, cases[i].typed);

		assert_int_equal(is_code, cases[i].read != NULL);
		if (is_code)
			assert_string_equal(read, cases[i].read);
	}
}

int main(void)
{
#define FIRM(test) cmocka_unit_test_setup_teardown(test, open_firm, close_firm)
	const struct CMUnitTest tests[] = {
		FIRM(a_password_gives_a_token),
		FIRM(what_was_wrong_is_not_told),
		FIRM(failures_have_to_wait),
		FIRM(a_peer_that_tries_many_names_waits),
		FIRM(logging_out_ends_one_token),
		FIRM(a_firm_is_founded_once),
		FIRM(ones_own_password),
		FIRM(old_passwords_are_counted),
		FIRM(the_passwords_of_others),
		FIRM(a_code_makes_a_device),
		FIRM(bad_codes_look_alike),
		FIRM(a_device_is_somebodys),
		FIRM(what_a_device_sends_is_checked),
		FIRM(who_may_enrol_whom),
		FIRM(a_stolen_device_is_withdrawn),
		FIRM(devices_are_listed_with_their_times),
		FIRM(who_may_withdraw_whose),
		FIRM(who_is_enabled_again_signs_in_anew),
		cmocka_unit_test(codes_are_read_as_they_are_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
