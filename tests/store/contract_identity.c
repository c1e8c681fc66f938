/*
 * What the store keeps beside records: secrets' hashes, devices, answers,
 * evidence, receipts, findings. Each is written and read in one closure.
 */
#include "contract.h"
#include "suite.h"

#include "store/jobs.h"

typedef void body_fn(struct suite *suite, struct store_conn *tx);

struct body {
	struct suite *suite;
	body_fn *run;
};

static enum outrider_code
run_body(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct body *body = user;

	body->run(body->suite, tx);
	err_clear(err);
	return OUTRIDER_OK;
}

static void in_write(struct suite *suite, body_fn *run)
{
	struct body body = { .suite = suite, .run = run };
	struct outrider_err err;

	assert_ok(store_write_now(suite->store, run_body, &body, &err), err);
}

/* -------------------------------------------------------------- identity */

static void passwords_and_tokens(struct suite *suite, struct store_conn *tx)
{
	struct outrider_err err;
	struct uuid user = suite_uuid(suite), other = suite_uuid(suite);
	struct identity_token tokens[4], got;
	char password[128];
	char too_long[129];

	assert_code(OUTRIDER_NOT_FOUND,
		    identity_password_get(tx, password, &user, &err), err);
	assert_ok(identity_password_put(tx, &user, "$argon2id$x", &err), err);
	assert_ok(identity_password_put(tx, &user, "$argon2id$yy", &err), err);
	assert_ok(identity_password_get(tx, password, &user, &err), err);
	assert_string_equal("$argon2id$yy", password);
	memset(too_long, 'a', 128);
	too_long[128] = '\0';
	assert_code(OUTRIDER_INVALID_ARGUMENT,
		    identity_password_put(tx, &user, too_long, &err), err);

	/* 0, 1: the user's; 2: a device of theirs; 3: somebody else's */
	for (uint8_t i = 0; i < 4; i++) {
		tokens[i] = (struct identity_token){
			.user = i == 3 ? other : user,
			.expires_us = i == 2 ? 0 : 100 + i,
		};
		memset(tokens[i].hash, i + 1, SECRET_HASH_LEN);
		if (i == 2)
			tokens[i].device = suite_uuid(suite);
		assert_ok(identity_token_put(tx, &tokens[i], &err), err);
	}
	assert_code(OUTRIDER_ALREADY_EXISTS,
		    identity_token_put(tx, &tokens[0], &err), err);
	for (size_t i = 0; i < 4; i++) {
		assert_ok(identity_token_get(tx, &got, tokens[i].hash, &err),
			  err);
		assert_memory_equal(&tokens[i].user, &got.user, 16);
		assert_memory_equal(&tokens[i].device, &got.device, 16);
		assert_int_equal(tokens[i].expires_us, got.expires_us);
	}
	assert_ok(identity_tokens_delete_of(tx, &user, tokens[1].hash, &err),
		  err);
	assert_code(OUTRIDER_NOT_FOUND,
		    identity_token_get(tx, &got, tokens[0].hash, &err), err);
	assert_ok(identity_token_get(tx, &got, tokens[1].hash, &err), err);
	assert_ok(identity_token_get(tx, &got, tokens[2].hash, &err), err);
	assert_ok(identity_tokens_delete_of(tx, &user, NULL, &err), err);
	assert_code(OUTRIDER_NOT_FOUND,
		    identity_token_get(tx, &got, tokens[1].hash, &err), err);
	/* The device's never runs out; 103 does at 104. */
	assert_ok(identity_tokens_expire(tx, 103, &err), err);
	assert_ok(identity_token_get(tx, &got, tokens[3].hash, &err), err);
	assert_ok(identity_tokens_expire(tx, 104, &err), err);
	assert_code(OUTRIDER_NOT_FOUND,
		    identity_token_get(tx, &got, tokens[3].hash, &err), err);
	assert_ok(identity_token_get(tx, &got, tokens[2].hash, &err), err);
	assert_ok(identity_token_delete(tx, tokens[2].hash, &err), err);
	assert_code(OUTRIDER_NOT_FOUND,
		    identity_token_get(tx, &got, tokens[2].hash, &err), err);
}

void test_identity_passwords_and_tokens(void **state)
{
	in_write(*state, passwords_and_tokens);
}

static void codes_and_devices(struct suite *suite, struct store_conn *tx)
{
	struct outrider_err err;
	struct identity_code code = {
		.hash = { 7 },
		.user = suite_uuid(suite),
		.expires_us = 5,
	};
	struct identity_code got_code;
	struct identity_device device = {
		.id = suite_uuid(suite),
		.user = code.user,
		.display_name = "Eva's phone",
		.signing_key = { 1, 2, 3 },
		.enrolled_us = 17,
	};
	struct identity_device got;
	size_t n = 9;

	assert_code(OUTRIDER_NOT_FOUND,
		    identity_code_get(tx, &got_code, code.hash, &err), err);
	assert_ok(identity_code_put(tx, &code, &err), err);
	assert_ok(identity_code_get(tx, &got_code, code.hash, &err), err);
	assert_true(uuid_is_zero(&got_code.used_by));
	code.used_by = device.id;
	assert_ok(identity_code_put(tx, &code, &err), err);
	assert_ok(identity_code_get(tx, &got_code, code.hash, &err), err);
	assert_memory_equal(&device.id, &got_code.used_by, 16);
	assert_memory_equal(&code.user, &got_code.user, 16);
	assert_int_equal(5, got_code.expires_us);

	assert_code(OUTRIDER_NOT_FOUND,
		    identity_device_get(tx, &got, &device.id, &err), err);
	assert_ok(identity_device_count(tx, &n, &device.user, &err), err);
	assert_int_equal(0, n);
	assert_ok(identity_device_put(tx, &device, &err), err);
	device.revoked_us = 99;
	assert_ok(identity_device_put(tx, &device, &err), err);
	assert_ok(identity_device_get(tx, &got, &device.id, &err), err);
	assert_string_equal("Eva's phone", got.display_name);
	assert_memory_equal(device.signing_key, got.signing_key, 32);
	assert_memory_equal(&device.user, &got.user, 16);
	assert_int_equal(17, got.enrolled_us);
	assert_int_equal(99, got.revoked_us);
	assert_ok(identity_device_count(tx, &n, &device.user, &err), err);
	assert_int_equal(1, n);
}

void test_identity_codes_and_devices(void **state)
{
	in_write(*state, codes_and_devices);
}

/* The newest first; each loses its own tokens only. */
static void devices_of_a_user(struct suite *suite, struct store_conn *tx)
{
	struct outrider_err err;
	struct uuid user = suite_uuid(suite);
	struct identity_device devices[3], *listed;
	struct identity_token tokens[3], got;
	const size_t order[] = { 2, 1, 0 };
	size_t n = 9;

	for (uint8_t i = 0; i < 3; i++) {
		devices[i] = (struct identity_device){
			.id = suite_uuid(suite),
			.user = user,
			.signing_key = { i },
			.enrolled_us = 10 + i,
			.revoked_us = i == 2 ? 99 : 0,
		};
		tokens[i] = (struct identity_token){
			.hash = { 40, i },
			.user = user,
			.device = devices[i].id,
		};
		assert_ok(identity_device_put(tx, &devices[i], &err), err);
		assert_ok(identity_token_put(tx, &tokens[i], &err), err);
	}
	assert_ok(identity_device_list(tx, &listed, &n, &user, 10,
				       &suite->arena, &err),
		  err);
	assert_int_equal(3, n);
	for (size_t i = 0; i < 3; i++) {
		const struct identity_device *device = &devices[order[i]];

		assert_memory_equal(&device->id, &listed[i].id, 16);
		assert_memory_equal(&device->user, &listed[i].user, 16);
		assert_memory_equal(device->signing_key, listed[i].signing_key,
				    32);
		assert_int_equal(device->enrolled_us, listed[i].enrolled_us);
		assert_int_equal(device->revoked_us, listed[i].revoked_us);
	}
	assert_ok(identity_device_list(tx, &listed, &n, &user, 2, &suite->arena,
				       &err),
		  err);
	assert_int_equal(2, n);

	assert_ok(identity_tokens_delete_device(tx, &user, &devices[1].id,
						&err),
		  err);
	assert_ok(identity_token_get(tx, &got, tokens[0].hash, &err), err);
	assert_code(OUTRIDER_NOT_FOUND,
		    identity_token_get(tx, &got, tokens[1].hash, &err), err);
}

void test_identity_devices_of_a_user(void **state)
{
	in_write(*state, devices_of_a_user);
}

/* ---------------------------------------------------------------- replays */

static void put_replay(struct store_conn *tx, const struct uuid *who,
		       const struct uuid *what, uint64_t seq, int64_t at_us)
{
	struct replay_key key = { .who = *who, .what = *what, .seq = seq };
	struct replay replay = {
		.content_hash = { (uint8_t)seq },
		.result = text_bytes("answer"),
		.at_us = at_us,
	};
	struct outrider_err err;

	assert_ok(replay_put(tx, &key, &replay, &err), err);
}

static bool has_replay(struct suite *suite, struct store_conn *tx,
		       const struct uuid *who, const struct uuid *what,
		       uint64_t seq)
{
	struct replay_key key = { .who = *who, .what = *what, .seq = seq };
	struct outrider_err err;
	struct replay got;
	enum outrider_code code =
		replay_get(tx, &got, &key, &suite->arena, &err);

	/* Else the next one above it. */
	if (code == OUTRIDER_OK && got.seq == seq) {
		assert_int_equal(6, got.result.len);
		assert_memory_equal("answer", got.result.at, 6);
		assert_int_equal(seq & 255, got.content_hash[0]);
		return true;
	}
	if (code == OUTRIDER_OK)
		assert_true(got.seq > seq);
	else
		assert_int_equal(OUTRIDER_NOT_FOUND, code);
	return false;
}

static void replays(struct suite *suite, struct store_conn *tx)
{
	struct uuid device = suite_uuid(suite), old = suite_uuid(suite);
	struct uuid now = suite_uuid(suite), request = suite_uuid(suite);
	struct replay_key key = { .who = device, .what = now, .seq = 3 };
	struct replay again = { .at_us = 1 };
	struct outrider_err err;
	uint64_t last = 9;

	assert_ok(replay_last_seq(tx, &last, &device, &now, &err), err);
	assert_int_equal(0, last);
	for (uint64_t seq = 1; seq <= 5; seq++) {
		put_replay(tx, &device, &old, seq, 10);
		put_replay(tx, &device, &now, seq, 20);
	}
	put_replay(tx, &device, &request, 0, 10);
	assert_code(OUTRIDER_ALREADY_EXISTS, replay_put(tx, &key, &again, &err),
		    err);
	assert_ok(replay_last_seq(tx, &last, &device, &now, &err), err);
	assert_int_equal(5, last);

	assert_ok(replay_forget(tx, &device, &now, 3, 10, &err), err);
	assert_false(has_replay(suite, tx, &device, &now, 3));
	assert_true(has_replay(suite, tx, &device, &now, 4));
	assert_true(has_replay(suite, tx, &device, &old, 1)); /* not older */
	assert_ok(replay_forget(tx, &device, &now, 100, 11, &err), err);
	assert_false(has_replay(suite, tx, &device, &now, 4));
	assert_true(has_replay(suite, tx, &device, &now, 5));
	assert_false(has_replay(suite, tx, &device, &old, 4));
	assert_true(has_replay(suite, tx, &device, &old, 5));
	assert_false(has_replay(suite, tx, &device, &request, 0));
	assert_ok(replay_last_seq(tx, &last, &device, &now, &err), err);
	assert_int_equal(5, last);
	assert_ok(replay_last_seq(tx, &last, &device, &old, &err), err);
	assert_int_equal(5, last);
}

void test_identity_replays(void **state)
{
	in_write(*state, replays);
}

/* ------------------------------------------------------------------- jobs */

static void jobs(struct suite *suite, struct store_conn *tx)
{
	struct uuid subjects[2] = { suite_uuid(suite), suite_uuid(suite) };
	struct outrider_err err;
	struct uuid next;

	assert_code(OUTRIDER_NOT_FOUND,
		    job_next(tx, &next, JOB_TEAM_MOVE, &err), err);
	for (size_t i = 0; i < 4; i++)
		assert_ok(job_put(tx, JOB_TEAM_MOVE, &subjects[i % 2], &err),
			  err);
	for (size_t left = 2; left > 0; left--) {
		assert_ok(job_next(tx, &next, JOB_TEAM_MOVE, &err), err);
		assert_true(uuid_compare(&next, &subjects[0]) == 0 ||
			    uuid_compare(&next, &subjects[1]) == 0);
		assert_ok(job_done(tx, JOB_TEAM_MOVE, &next, &err), err);
	}
	assert_code(OUTRIDER_NOT_FOUND,
		    job_next(tx, &next, JOB_TEAM_MOVE, &err), err);
}

void test_identity_jobs(void **state)
{
	in_write(*state, jobs);
}

/* ----------------------------------------------------------------- visits */

static void evidence(struct suite *suite, struct store_conn *tx)
{
	struct uuid device = suite_uuid(suite), other = suite_uuid(suite);
	struct evidence got, *chain = NULL;
	struct evidence_receipt *receipts = NULL;
	struct outrider_err err;
	size_t n = 0;

	assert_code(OUTRIDER_NOT_FOUND,
		    evidence_head(tx, &got, &device, &suite->arena, &err), err);
	for (uint64_t number = 1; number <= 6; number++) {
		struct evidence entry = {
			.device = device,
			.number = number,
			.meeting = other,
			.hash = { (uint8_t)number },
			.header = text_bytes("header"),
			.signature = text_bytes("signed"),
			.salt = text_bytes("salt"),
			.content = text_bytes("content"),
			.received_us = (int64_t)number * 10,
		};
		struct evidence_receipt receipt = {
			.device = device,
			.number = number,
			.at_us = 3,
			.statement = text_bytes("statement"),
			.signature = text_bytes("ours"),
		};
		assert_ok(evidence_put(tx, &entry, &err), err);
		assert_code(OUTRIDER_ALREADY_EXISTS,
			    evidence_put(tx, &entry, &err), err);
		if (number % 2 == 0)
			assert_ok(receipt_put(tx, &receipt, &err), err);
		entry.device = other;
		if (number == 1)
			assert_ok(evidence_put(tx, &entry, &err), err);
	}
	assert_ok(evidence_head(tx, &got, &device, &suite->arena, &err), err);
	assert_int_equal(6, got.number);
	assert_int_equal(60, got.received_us);
	assert_memory_equal("content", got.content.at, 7);
	assert_ok(evidence_get(tx, &got, &device, 2, &suite->arena, &err), err);
	assert_int_equal(2, got.hash[0]);
	assert_memory_equal(&other, &got.meeting, 16);
	assert_code(OUTRIDER_NOT_FOUND,
		    evidence_get(tx, &got, &device, 7, &suite->arena, &err),
		    err);
	const struct evidence_query asked = {
		.device = device,
		.from = 2,
		.until = 4,
		.with_content = 3,
	};
	assert_ok(evidence_chain(tx, &chain, &n, &asked, &suite->arena, &err),
		  err);
	assert_int_equal(3, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(i + 2, chain[i].number);
		assert_int_equal(6, chain[i].header.len);
		assert_int_equal(i == 1 ? 7 : 0, chain[i].content.len);
		assert_int_equal(i == 1 ? 4 : 0, chain[i].salt.len);
	}
	struct receipt_query given = {
		.device = device,
		.from = 1,
		.until = 3,
		.limit = 10,
	};
	assert_ok(receipt_list(tx, &receipts, &n, &given, &suite->arena, &err),
		  err);
	assert_int_equal(1, n);
	assert_int_equal(2, receipts[0].number);
	given.until = INT64_MAX;
	given.limit = 1;
	assert_ok(receipt_list(tx, &receipts, &n, &given, &suite->arena, &err),
		  err);
	assert_int_equal(1, n);
	given.until = 4;
	given.limit = 10;
	assert_ok(receipt_list(tx, &receipts, &n, &given, &suite->arena, &err),
		  err);
	assert_int_equal(2, n);
	assert_int_equal(2, receipts[0].number);
	assert_int_equal(4, receipts[1].number);
	assert_int_equal(3, receipts[1].at_us);
	assert_memory_equal("statement", receipts[1].statement.at, 9);
	assert_memory_equal("ours", receipts[1].signature.at, 4);
}

void test_identity_evidence(void **state)
{
	in_write(*state, evidence);
}

static void visits(struct suite *suite, struct store_conn *tx)
{
	struct visit_finding put, got;
	struct outrider_err err;

	/* Every member another value, so that none can stand for another. */
	put = (struct visit_finding){
		.meeting = suite_uuid(suite),
		.rep = suite_uuid(suite),
		.device = suite_uuid(suite),
		.number = 1,
		.start_us = 2,
		.end_us = 3,
		.pin_lat_e7 = -4,
		.pin_lon_e7 = 5,
		.radius_m = 6,
		.min_dwell_s = 7,
		.word = 8,
		.certainty = 9,
		.log_odds_milli = -10,
		.arrived_us = 11,
		.arrived_lo_us = 12,
		.arrived_hi_us = 13,
		.departed_us = 14,
		.departed_lo_us = 15,
		.departed_hi_us = 16,
		.dwell_ds = 17,
		.dwell_lo_ds = 18,
		.dwell_hi_ds = 19,
		.coverage_permille = 20,
		.is_reproduced = true,
		.plan_seen_us = 21,
		.received_us = 22,
		.mock_fixes = 23,
		.area_hash = -24,
		.has_centre = true,
		.centre_east_dm = -25,
		.centre_north_dm = 26,
		.centre_spread_dm = 27,
		.spoof_permille = 28,
		.spoof_reasons = UINT32_C(1) << 31,
		.spoof_weights = { [1] = 29, [VISIT_SIGNALS_MAX - 1] = 30 },
		.late_change = 2,
		.n_neighbours = 200,
		.neighbours = { { { 31 } }, { { [15] = 32 } } },
	};
	assert_code(OUTRIDER_NOT_FOUND,
		    visit_get(tx, &got, &put.meeting, &put.rep, &err), err);
	for (int round = 0; round < 2; round++) {
		assert_ok(visit_put(tx, &put, &err), err);
		memset(&got, 0xff, sizeof(got));
		assert_ok(visit_get(tx, &got, &put.meeting, &put.rep, &err),
			  err);
		assert_memory_equal(&put.meeting, &got.meeting, 48);
		assert_int_equal(put.number, got.number);
		assert_int_equal(2, got.start_us);
		assert_int_equal(3, got.end_us);
		assert_int_equal(-4, got.pin_lat_e7);
		assert_int_equal(5, got.pin_lon_e7);
		assert_int_equal(6, got.radius_m);
		assert_int_equal(7, got.min_dwell_s);
		assert_int_equal(8, got.word);
		assert_int_equal(9, got.certainty);
		assert_int_equal(-10, got.log_odds_milli);
		assert_int_equal(11, got.arrived_us);
		assert_int_equal(12, got.arrived_lo_us);
		assert_int_equal(13, got.arrived_hi_us);
		assert_int_equal(14, got.departed_us);
		assert_int_equal(15, got.departed_lo_us);
		assert_int_equal(16, got.departed_hi_us);
		assert_int_equal(17, got.dwell_ds);
		assert_int_equal(18, got.dwell_lo_ds);
		assert_int_equal(19, got.dwell_hi_ds);
		assert_int_equal(20, got.coverage_permille);
		assert_int_equal(put.is_reproduced, got.is_reproduced);
		assert_int_equal(put.is_plan_agreed, got.is_plan_agreed);
		assert_int_equal(-24, got.area_hash);
		assert_int_equal(put.has_centre, got.has_centre);
		assert_int_equal(-25, got.centre_east_dm);
		assert_int_equal(26, got.centre_north_dm);
		assert_int_equal(27, got.centre_spread_dm);
		assert_int_equal(28, got.spoof_permille);
		assert_true(got.spoof_reasons == UINT32_C(1) << 31);
		assert_memory_equal(put.spoof_weights, got.spoof_weights,
				    sizeof(got.spoof_weights));
		assert_int_equal(put.is_unplanned, got.is_unplanned);
		assert_int_equal(2, got.late_change);
		assert_int_equal(200, got.n_neighbours);
		assert_memory_equal(put.neighbours, got.neighbours,
				    sizeof(got.neighbours));
		assert_int_equal(21, got.plan_seen_us);
		assert_int_equal(22, got.received_us);
		assert_int_equal(23, got.mock_fixes);
		put.number = 100; /* replaces */
		put.is_reproduced = false;
		put.is_plan_agreed = true;
		put.has_centre = false;
		put.is_unplanned = true;
	}
}

void test_identity_visits(void **state)
{
	in_write(*state, visits);
}
