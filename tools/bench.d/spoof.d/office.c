/*
 * Lines without a network: a call of the core is a call of the app, and each
 * message of the answer is handed to the core.
 */
#include "office.h"

#include "model/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ALERTS_MAX = 200 };

/* A page of alerts: its field 1 is how many are asked for. */
enum { LIST_SIZE = 1, LIST_ALERTS = 1 };
enum {
	ALERT_FIELD_TYPE = 10,
	ALERT_FIELD_MEETING = 11,
	ALERT_FIELD_SENTENCE = 12,
};
enum { USER_NAME = 10, USER_LOGIN = 11, USER_RANK = 12, USER_TEAM = 13 };

/* Every message of the answer, one behind the other, and to the phone where
 * there is one. */
static struct app_status call(struct office *office, struct phone *to,
			      const char *path, const char *token,
			      struct bytes request)
{
	struct app_harness *h = &office->server;
	int woken = 0;
	struct app_call *call =
		harness_begin(h, path, token, request.at, request.len, &woken);
	struct app_status status;
	struct bytes message;
	enum app_progress progress;

	buffer_clear(&office->answer);
	while ((progress = app_call_next(call, &message, &status)) != APP_END) {
		if (progress == APP_WAIT)
			while (store_run_writes(h->store))
				;
		else if (!to)
			buffer_append(&office->answer, message.at, message.len);
		else if (phone_answer(to, message) != OUTRIDER_OK)
			break;
	}
	/* What it says lives as long as the call. */
	if (progress == APP_END && to && to->call != 0)
		phone_end(to, status.grpc_status, status.text);
	app_call_free(call);
	return status;
}

/* As the firm's administrator; the answer. */
static struct bytes
ask(struct office *office, const char *path, const struct buffer *request)
{
	struct app_status status =
		call(office, NULL, path, office->server.admin_token,
		     (struct bytes){ request->at, request->len });

	if (status.code != OUTRIDER_OK)
		fail_msg("%s: %s", path, outrider_code_name(status.code));
	return (struct bytes){ office->answer.at, office->answer.len };
}

/* ------------------------------------------------------------------- life */

static void hire(struct office *office)
{
	struct buffer user = harness_buffer(), request = harness_buffer();

	harness_put_text(&user, USER_LOGIN, "anna");
	harness_put_text(&user, USER_NAME, "Anna Rep");
	wire_put_scalar(&user, USER_RANK, 1);
	harness_put_uuid(&user, USER_TEAM, &office->server.root);
	wire_put_bytes(&request, 1, user.at, user.len);
	office->rep = harness_uuid(
		ask(office, "UserService/CreateUser", &request), FIELD_ID);
	buffer_free(&user);
	buffer_free(&request);
}

void office_open(struct office *office, int64_t now_us)
{
	harness_open(&office->server);
	office->answer = harness_buffer();
	office_set_time(office, now_us);
	hire(office);
	/* From now on silence is noticed. */
	office_wait(office, 0);
}

void office_close(struct office *office)
{
	buffer_free(&office->answer);
	harness_close(&office->server);
}

void office_set_time(struct office *office, int64_t now_us)
{
	office->server.mono_us += now_us - office->server.wall_us;
	office->server.wall_us = now_us;
}

void office_wait(struct office *office, int64_t us)
{
	office_set_time(office, office->server.wall_us + us);
	app_tick(office->server.app);
	while (store_run_writes(office->server.store))
		;
}

/* ----------------------------------------------------------------- phones */

static void talk(struct office *office, struct phone *phone)
{
	static const char front[] = "/outrider.v1.";

	while (phone->call != 0) {
		const struct bytes request = { phone->request.at,
					       phone->request.len };
		const uint64_t asked = phone->call;

		(void)call(office, phone, phone->method + sizeof(front) - 1,
			   phone->has_token ? phone->token : NULL, request);
		/* It didn't like the answer, and goes on without. */
		if (phone->call == asked)
			phone_end(phone, 14, "cut");
	}
}

void office_hand_out(struct office *office, struct phone *phone)
{
	struct buffer request = harness_buffer();
	struct outrider_event event;
	char code[64];

	harness_put_uuid(&request, 1, &office->rep);
	harness_text(code, sizeof(code),
		     ask(office, "AuthService/CreateEnrollmentCode", &request),
		     1);
	buffer_free(&request);
	assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
	assert_int_equal(outrider_enroll(phone->core, code, "a phone",
					 PHONE_PIN, NULL),
			 OUTRIDER_OK);
	talk(office, phone);
	assert_true(phone_event(phone, OUTRIDER_EVENT_ENROLLED, &event));
	assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
}

void office_sync(struct office *office, struct phone *phone)
{
	struct outrider_event event;

	assert_int_equal(outrider_sync(phone->core, NULL), OUTRIDER_OK);
	talk(office, phone);
	while (outrider_next_event(phone->core, &event))
		;
}

/* --------------------------------------------------- what the server says */

bool office_has_alert(struct office *office, uint32_t types, const char *words,
		      const struct uuid *meeting)
{
	struct buffer request = harness_buffer();
	struct bytes answer, alert;
	bool is_there = false;

	wire_put_scalar(&request, LIST_SIZE, ALERTS_MAX);
	answer = ask(office, "AlertService/ListAlerts", &request);
	for (size_t i = 0;
	     (alert = harness_part(answer, LIST_ALERTS, i)).at != NULL; i++) {
		struct uuid about = harness_uuid(alert, ALERT_FIELD_MEETING);
		bool is_of_type =
			types >> harness_scalar(alert, ALERT_FIELD_TYPE) & 1;
		char sentence[ALERT_SENTENCE_MAX + 1];

		harness_text(sentence, sizeof(sentence), alert,
			     ALERT_FIELD_SENTENCE);
		is_there |= is_of_type && strstr(sentence, words) != NULL &&
			    (!meeting || uuid_compare(&about, meeting) == 0);
	}
	buffer_free(&request);
	return is_there;
}

bool office_visit(struct office *office, struct visit_finding *out,
		  const struct uuid *meeting)
{
	struct store_conn *conn;
	struct outrider_err err;
	enum outrider_code code;

	assert_int_equal(store_reader_open(&conn, office->server.store, &err),
			 OUTRIDER_OK);
	code = visit_get(conn, out, meeting, &office->rep, &err);
	store_reader_close(conn);
	return code == OUTRIDER_OK;
}

struct bytes office_bundle(struct office *office, const struct uuid *meeting)
{
	struct buffer request = harness_buffer();
	struct app_status status;

	harness_put_uuid(&request, 1, meeting);
	harness_put_uuid(&request, 2, &office->rep);
	status = call(office, NULL, "VisitService/GetEvidence",
		      office->server.admin_token,
		      (struct bytes){ request.at, request.len });
	buffer_free(&request);
	if (status.code != OUTRIDER_OK)
		return (struct bytes){ NULL, 0 };
	return (struct bytes){ office->answer.at, office->answer.len };
}
