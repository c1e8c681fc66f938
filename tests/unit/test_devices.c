/*
 * devices: enrolling with codes, listing, withdrawing. Times are the context's.
 */
#include "auth_acts.h"

#include "app/alerts.h"
#include "app/enroll.h"
#include "app/firm.h"
#include "model/wire.h"

#include <stdio.h>

#include <sodium.h>

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

	harness_expect(reply, OUTRIDER_OK);
	harness_text(code, ENROLL_CODE_TEXT + 1, reply->message, 1);
	assert_int_equal(strlen(code), ENROLL_CODE_TEXT);
}

static size_t count_alerts(struct app_harness *h, const char *token)
{
	const struct harness_reply *reply =
		harness_call(h, "AlertService/ListAlerts", token, NULL, 0);
	struct bytes item;
	size_t n = 0;

	harness_expect(reply, OUTRIDER_OK);
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
	wire_put_scalar(&user, 12, RANK_REP);
	wire_put_bytes(&request, 1, user.at, user.len);
	reply = harness_call(h, "UserService/CreateUser", h->admin_token,
			     request.at, request.len);
	harness_expect(reply, OUTRIDER_OK);
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
	harness_expect(reply, OUTRIDER_OK);
	harness_text(token, sizeof(token), reply->message, 1);
	id = harness_uuid(reply->message, 2);
	assert_memory_equal(&id, &anna, sizeof(id));
	harness_text(name, sizeof(name), reply->message, 3);
	assert_string_equal(name, "Anna Answer");
	assert_int_equal(harness_scalar(reply->message, 4), RANK_REP);
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
	harness_expect(reply, OUTRIDER_OK);
	harness_text(again, sizeof(again), reply->message, 1);
	assert_string_not_equal(token, again);
	assert_int_equal(try_token(h, again), OUTRIDER_OK);
	assert_int_equal(count_alerts(h, h->admin_token), 0);

	/* A second device is worth a look, once. */
	phone = new_phone(h);
	new_code(h, &anna, code);
	for (int i = 0; i < 2; i++) {
		harness_expect(enrol(h, code, &phone), OUTRIDER_OK);
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
	harness_expect(enrol(h, used, &phone), OUTRIDER_OK);
	harness_put_uuid(&request, 1, &bert);
	harness_expect(harness_call(h, "UserService/DeleteUser", h->admin_token,
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

		harness_expect(reply, OUTRIDER_UNAUTHENTICATED);
		if (i == 0)
			snprintf(words, sizeof(words), "%s", reply->text);
		assert_string_equal(reply->text, words);
	}
	/* The device that used it, with another key. */
	memcpy(phone.key, other.key, sizeof(phone.key));
	harness_expect(enrol(h, used, &phone), OUTRIDER_UNAUTHENTICATED);
}

static void a_device_is_somebodys(void **state)
{
	struct app_harness *h = *state;
	struct uuid anna = plain_user(h, "anna"), bert = plain_user(h, "bert");
	struct phone phone = new_phone(h), thief = new_phone(h);
	char code[ENROLL_CODE_TEXT + 1];

	new_code(h, &anna, code);
	harness_expect(enrol(h, code, &phone), OUTRIDER_OK);
	new_code(h, &bert, code);
	thief.id = phone.id;
	harness_expect(enrol(h, code, &thief), OUTRIDER_ALREADY_EXISTS);
	harness_expect(enrol(h, code, &phone), OUTRIDER_ALREADY_EXISTS);
	/* The code was not spent on it. */
	thief.id = harness_new_uuid(h);
	harness_expect(enrol(h, code, &thief), OUTRIDER_OK);
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
	harness_expect(reply, OUTRIDER_INVALID_ARGUMENT);
	harness_violation(field, reply);
	assert_string_equal(field, "signing_key");
	phone = new_phone(h);
	memset(&phone.id, 0, sizeof(phone.id));
	reply = enrol(h, code, &phone);
	harness_expect(reply, OUTRIDER_INVALID_ARGUMENT);
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
		harness_add_user(h, "boss", RANK_MANAGER, &north);
	struct harness_user anna =
		harness_add_user(h, "anna", RANK_REP, &fjord);
	struct harness_user cleo =
		harness_add_user(h, "cleo", RANK_REP, &south);
	struct harness_user chief =
		harness_add_user(h, "chief", RANK_ADMINISTRATOR, &north);
	struct harness_user peer =
		harness_add_user(h, "peer", RANK_MANAGER, &fjord);
	struct uuid unplaced = plain_user(h, "unplaced");
	struct uuid nobody = harness_new_uuid(h);

	harness_expect(create_code(h, anna.token, &anna.id),
		       OUTRIDER_PERMISSION_DENIED);
	harness_expect(create_code(h, boss.token, &anna.id), OUTRIDER_OK);
	harness_expect(create_code(h, boss.token, &peer.id), OUTRIDER_OK);
	harness_expect(create_code(h, boss.token, &boss.id), OUTRIDER_OK);
	harness_expect(create_code(h, boss.token, &cleo.id),
		       OUTRIDER_PERMISSION_DENIED);
	harness_expect(create_code(h, peer.token, &boss.id),
		       OUTRIDER_PERMISSION_DENIED);
	harness_expect(create_code(h, boss.token, &unplaced),
		       OUTRIDER_PERMISSION_DENIED);
	/* It would be a way up. */
	harness_expect(create_code(h, boss.token, &chief.id),
		       OUTRIDER_PERMISSION_DENIED);
	harness_expect(create_code(h, h->admin_token, &cleo.id), OUTRIDER_OK);
	harness_expect(create_code(h, boss.token, &nobody), OUTRIDER_NOT_FOUND);
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
	struct harness_user anna = harness_add_user(h, "anna", RANK_REP, NULL);
	struct phone phone = new_phone(h);
	char code[ENROLL_CODE_TEXT + 1], token[64];
	const struct harness_reply *reply;
	int64_t since_us;

	new_code(h, &anna.id, code);
	reply = enrol(h, code, &phone);
	harness_expect(reply, OUTRIDER_OK);
	harness_text(token, sizeof(token), reply->message, 1);
	assert_int_equal(try_token(h, token), OUTRIDER_OK);

	/* Again is harmless, and the first time counts. */
	for (int i = 0; i < 2; i++) {
		reply = withdraw(h, anna.token, &phone.id);
		harness_expect(reply, OUTRIDER_OK);
		assert_true(wire_timestamp(&since_us,
					   harness_part(reply->message, 1, 0)));
		assert_int_equal(since_us, h->wall_us - i * HOUR_US);
		assert_int_equal(try_token(h, token), OUTRIDER_UNAUTHENTICATED);
		pass_time(h, HOUR_US);
	}
	/* Its code is good for it no more; hers go on. */
	harness_expect(enrol(h, code, &phone), OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(try_token(h, anna.device_token), OUTRIDER_OK);
	assert_int_equal(try_token(h, anna.token), OUTRIDER_OK);
	/* One may withdraw the device that one holds. */
	harness_expect(withdraw(h, anna.device_token, &anna.device),
		       OUTRIDER_OK);
	assert_int_equal(try_token(h, anna.device_token),
			 OUTRIDER_UNAUTHENTICATED);
}

/* The first 16 bytes of the key's BLAKE2b-256, as docs/evidence.md counts. */
static void
has_fingerprint(struct bytes message, uint32_t field, const uint8_t key[32])
{
	uint8_t whole[32];
	char wanted[33], told[64];

	crypto_generichash(whole, sizeof(whole), key, 32, NULL, 0);
	sodium_bin2hex(wanted, sizeof(wanted), whole, 16);
	harness_text(told, sizeof(told), message, field);
	assert_string_equal(told, wanted);
}

static void devices_are_listed_with_their_times(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", RANK_REP, NULL);
	struct phone phones[2];
	char code[ENROLL_CODE_TEXT + 1], name[64];
	const struct harness_reply *reply;
	int64_t start_us = h->wall_us, at_us;
	struct uuid id;

	for (size_t i = 0; i < 2; i++) {
		pass_time(h, HOUR_US);
		phones[i] = new_phone(h);
		new_code(h, &anna.id, code);
		harness_expect(enrol(h, code, &phones[i]), OUTRIDER_OK);
	}
	harness_expect(withdraw(h, anna.token, &phones[1].id), OUTRIDER_OK);
	reply = list_devices(h, anna.token, NULL);
	harness_expect(reply, OUTRIDER_OK);
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
	for (size_t i = 0; i < 2; i++)
		has_fingerprint(harness_part(reply->message, 1, i), 8,
				phones[1 - i].key);
	has_fingerprint(reply->message, 2, h->keys.sign_public);
}

static void who_may_withdraw_whose(void **state)
{
	struct app_harness *h = *state;
	struct uuid north = harness_add_team(h, "North", NULL);
	struct uuid south = harness_add_team(h, "South", NULL);
	struct harness_user boss =
		harness_add_user(h, "boss", RANK_MANAGER, &north);
	struct harness_user anna =
		harness_add_user(h, "anna", RANK_REP, &north);
	struct harness_user ben = harness_add_user(h, "ben", RANK_REP, &north);
	struct harness_user cleo =
		harness_add_user(h, "cleo", RANK_REP, &south);
	struct harness_user chief =
		harness_add_user(h, "chief", RANK_ADMINISTRATOR, &north);
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
	harness_expect(reply, OUTRIDER_NOT_FOUND);
	snprintf(words, sizeof(words), "%s", reply->text);
	len = reply->details.len;
	assert_true(len > 0 && len <= sizeof(details));
	memcpy(details, reply->details.at, len);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		reply = withdraw(h, foreign[i].by->token,
				 &foreign[i].whose->device);
		harness_expect(reply, OUTRIDER_NOT_FOUND);
		assert_string_equal(reply->text, words);
		assert_int_equal(reply->details.len, len);
		assert_memory_equal(reply->details.at, details, len);
		assert_int_equal(try_token(h, foreign[i].whose->device_token),
				 OUTRIDER_OK);
		harness_expect(list_devices(h, foreign[i].by->token,
					    &foreign[i].whose->id),
			       OUTRIDER_PERMISSION_DENIED);
	}
	harness_expect(list_devices(h, anna.token, &nobody),
		       OUTRIDER_NOT_FOUND);
	harness_expect(list_devices(h, boss.token, &anna.id), OUTRIDER_OK);
	harness_expect(withdraw(h, boss.token, &anna.device), OUTRIDER_OK);
	harness_expect(list_devices(h, h->admin_token, &cleo.id), OUTRIDER_OK);
	harness_expect(withdraw(h, h->admin_token, &cleo.device), OUTRIDER_OK);
	assert_int_equal(try_token(h, anna.device_token),
			 OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(try_token(h, cleo.device_token),
			 OUTRIDER_UNAUTHENTICATED);
}

static void who_is_enabled_again_signs_in_anew(void **state)
{
	struct app_harness *h = *state;
	struct harness_user anna = harness_add_user(h, "anna", RANK_REP, NULL);
	struct harness_user ben = harness_add_user(h, "ben", RANK_REP, NULL);

	harness_lock_out(h, &anna.id, true);
	assert_int_equal(try_token(h, anna.token), OUTRIDER_UNAUTHENTICATED);
	assert_int_equal(try_token(h, anna.device_token),
			 OUTRIDER_UNAUTHENTICATED);
	harness_lock_out(h, &anna.id, false);
	assert_int_equal(try_token(h, anna.token), OUTRIDER_UNAUTHENTICATED);
	/* Her phone holds work that would be lost; a withdrawn one is out. */
	assert_int_equal(try_token(h, anna.device_token), OUTRIDER_OK);
	harness_expect(withdraw(h, h->admin_token, &anna.device), OUTRIDER_OK);
	harness_lock_out(h, &anna.id, true);
	harness_lock_out(h, &anna.id, false);
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
