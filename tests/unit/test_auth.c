/*
 * auth: signing in and out, passwords. Times are the context's.
 */
#include "auth_acts.h"

#include "app/alerts.h"
#include "app/enroll.h"
#include "app/firm.h"
#include "model/wire.h"

#include <stdio.h>

#include <sodium.h>

static const struct harness_reply *
logout(struct app_harness *h, const char *token)
{
	return harness_call(h, "AuthService/Logout", token, NULL, 0);
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

/* ------------------------------------------------------------------ Login */

static void a_password_gives_a_token(void **state)
{
	struct app_harness *h = *state;
	const struct harness_reply *reply =
		login(h, HARNESS_ADMIN_LOGIN, HARNESS_ADMIN_PASSWORD);
	char token[TOKEN_TEXT_LEN + 1];
	struct uuid id;
	int64_t expires_us;

	harness_expect(reply, OUTRIDER_OK);
	harness_text(token, sizeof(token), reply->message, 1);
	id = harness_uuid(reply->message, 3);
	assert_memory_equal(&id, &h->admin, sizeof(id));
	assert_int_equal(harness_scalar(reply->message, 4), RANK_ADMINISTRATOR);
	assert_true(wire_timestamp(&expires_us,
				   harness_part(reply->message, 2, 0)));
	assert_int_equal(expires_us, h->wall_us + 12 * HOUR_US);

	assert_int_equal(try_token(h, token), OUTRIDER_OK);
	/* In another case the name is the same. */
	harness_expect(login(h, "ADMIN", HARNESS_ADMIN_PASSWORD), OUTRIDER_OK);
	pass_time(h, 12 * HOUR_US - 1);
	assert_int_equal(try_token(h, token), OUTRIDER_OK);
	pass_time(h, 1);
	assert_int_equal(try_token(h, token), OUTRIDER_UNAUTHENTICATED);
}

/* Names that exist and names that don't get the same bytes. */
static void what_was_wrong_is_not_told(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", RANK_REP, NULL);
	struct harness_user off = harness_add_user(h, "off", RANK_REP, NULL);
	struct buffer user = harness_buffer(), request = harness_buffer();
	const struct harness_reply *reply;
	uint8_t details[512];
	size_t len = 0;

	harness_expect(set_password(h, h->admin_token, &off.id, "",
				    "long enough"),
		       OUTRIDER_OK);
	harness_expect(login(h, "off", "long enough"), OUTRIDER_OK);
	harness_put_uuid(&user, 1, &off.id);
	wire_put_scalar(&user, 14, 1);
	wire_put_bytes(&request, 1, user.at, user.len);
	harness_expect(harness_call(h, "UserService/UpdateUser", h->admin_token,
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
		harness_expect(reply, OUTRIDER_UNAUTHENTICATED);
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
		harness_expect(login(h, HARNESS_ADMIN_LOGIN, "wrong"),
			       OUTRIDER_UNAUTHENTICATED);
	/* The right one waits too, and waiting longer grows no longer. */
	for (int i = 0; i < 3; i++) {
		reply = login(h, "Admin", HARNESS_ADMIN_PASSWORD);
		harness_expect(reply, OUTRIDER_RESOURCE_EXHAUSTED);
		harness_reason(reason, reply);
		assert_string_equal(reason, "TOO_MANY_ATTEMPTS");
		wait_us = retry_after_us(reply);
		assert_int_equal(wait_us, SECOND_US);
	}
	/* Another name doesn't. */
	harness_expect(login(h, "nobody", "x"), OUTRIDER_UNAUTHENTICATED);
	/* Each failure doubles it, up to a minute. */
	for (int i = 0; i < 10; i++) {
		pass_time(h, wait_us);
		harness_expect(login(h, HARNESS_ADMIN_LOGIN, "wrong"),
			       OUTRIDER_UNAUTHENTICATED);
		reply = login(h, HARNESS_ADMIN_LOGIN, "wrong");
		harness_expect(reply, OUTRIDER_RESOURCE_EXHAUSTED);
		assert_int_equal(retry_after_us(reply),
				 2 * wait_us > 60 * SECOND_US ? 60 * SECOND_US
							      : 2 * wait_us);
		wait_us = retry_after_us(reply);
	}
	pass_time(h, wait_us);
	harness_expect(login(h, HARNESS_ADMIN_LOGIN, HARNESS_ADMIN_PASSWORD),
		       OUTRIDER_OK);
	/* Good once: all is forgiven. */
	for (int i = 0; i < 5; i++)
		harness_expect(login(h, HARNESS_ADMIN_LOGIN, "wrong"),
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
	harness_expect(logout(h, first), OUTRIDER_OK);
	harness_expect(logout(h, first), OUTRIDER_UNAUTHENTICATED);
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
	harness_expect(login(h, "another", "long enough"),
		       OUTRIDER_UNAUTHENTICATED);
}

/* ------------------------------------------------------------ SetPassword */

static void ones_own_password(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", RANK_REP, NULL);
	char mine[TOKEN_TEXT_LEN + 1], other[TOKEN_TEXT_LEN + 1];
	const struct harness_reply *reply;
	char field[96];

	harness_expect(set_password(h, h->admin_token, &anna.id, "",
				    "first password"),
		       OUTRIDER_OK);
	sign_in(h, "anna", "first password", mine);
	sign_in(h, "anna", "first password", other);

	reply = set_password(h, mine, NULL, "wrong", "second password");
	harness_expect(reply, OUTRIDER_INVALID_ARGUMENT);
	harness_violation(field, reply);
	assert_string_equal(field, "old_password");
	reply = set_password(h, mine, NULL, "first password", "short 7");
	harness_expect(reply, OUTRIDER_INVALID_ARGUMENT);
	harness_violation(field, reply);
	assert_string_equal(field, "new_password");
	assert_int_equal(try_token(h, other), OUTRIDER_OK);

	harness_expect(set_password(h, mine, NULL, "first password",
				    "second password"),
		       OUTRIDER_OK);
	assert_int_equal(try_token(h, mine), OUTRIDER_OK);
	assert_int_equal(try_token(h, other), OUTRIDER_UNAUTHENTICATED);
	/* Devices have no part in passwords. */
	assert_int_equal(try_token(h, anna.device_token), OUTRIDER_OK);
	harness_expect(login(h, "anna", "first password"),
		       OUTRIDER_UNAUTHENTICATED);
	harness_expect(login(h, "anna", "second password"), OUTRIDER_OK);
	/* By one's own id it is one's own still. */
	harness_expect(set_password(h, mine, &anna.id, "", "third password"),
		       OUTRIDER_INVALID_ARGUMENT);
}

/* A stolen token must not find the password out. */
static void old_passwords_are_counted(void **state)
{
	struct app_harness *h = *state;

	for (int i = 0; i < 5; i++)
		harness_expect(set_password(h, h->admin_token, NULL, "wrong",
					    "whatever it is"),
			       OUTRIDER_INVALID_ARGUMENT);
	harness_expect(set_password(h, h->admin_token, NULL,
				    HARNESS_ADMIN_PASSWORD, "whatever it is"),
		       OUTRIDER_RESOURCE_EXHAUSTED);
	harness_expect(login(h, HARNESS_ADMIN_LOGIN, HARNESS_ADMIN_PASSWORD),
		       OUTRIDER_RESOURCE_EXHAUSTED);
}

static void the_passwords_of_others(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", RANK_REP, NULL);
	struct harness_user boss =
		harness_add_user(h, "boss", RANK_MANAGER, NULL);
	struct uuid nobody = harness_new_uuid(h);
	char token[TOKEN_TEXT_LEN + 1];

	/* No different for one who isn't there. */
	harness_expect(set_password(h, boss.token, &anna.id, "", "long enough"),
		       OUTRIDER_PERMISSION_DENIED);
	harness_expect(set_password(h, boss.token, &nobody, "", "long enough"),
		       OUTRIDER_PERMISSION_DENIED);
	harness_expect(set_password(h, h->admin_token, &nobody, "",
				    "long enough"),
		       OUTRIDER_NOT_FOUND);
	harness_expect(set_password(h, h->admin_token, &anna.id, "",
				    "long enough"),
		       OUTRIDER_OK);
	sign_in(h, "anna", "long enough", token);
	harness_expect(set_password(h, h->admin_token, &anna.id, "",
				    "another one"),
		       OUTRIDER_OK);
	assert_int_equal(try_token(h, token), OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(try_token(h, h->admin_token), OUTRIDER_OK);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
