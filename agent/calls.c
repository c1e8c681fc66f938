/*
 * See calls.h.
 */
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outrider/v1/auth.pb-c.h"

int call_method(struct session *session, const char *method, const char *token,
		const ProtobufCMessage *request, int deadline_ms,
		session_answer_fn *callback, void *user,
		struct outrider_err *err)
{
	const size_t len = protobuf_c_message_get_packed_size(request);
	uint8_t *bytes = malloc(len + 1);
	struct session_request call = {
		.method = method,
		.token = token,
		.bytes = bytes,
		.len = len,
		.deadline_ms = deadline_ms,
	};
	int status;

	if (bytes == NULL)
		abort();
	(void)protobuf_c_message_pack(request, bytes);
	if (call.token == NULL)
		call.token = outrider_device_token(session->core);
	status = session_call(session, &call, callback, user, err);
	free(bytes);
	return status;
}

struct invitation {
	char *code;
	int64_t *expires_us;
};

static bool take_code(void *user, const uint8_t *message, size_t len)
{
	struct invitation *invitation = user;
	Outrider__V1__CreateEnrollmentCodeResponse *response =
		outrider__v1__create_enrollment_code_response__unpack(NULL, len,
								      message);

	if (response == NULL)
		return false;
	snprintf(invitation->code, 33, "%s", response->code);
	*invitation->expires_us = call_time_us(response->expire_time);
	outrider__v1__create_enrollment_code_response__free_unpacked(response,
								     NULL);
	return true;
}

bool call_invite(struct session *session, char code[33], int64_t *expires_us,
		 const char *user_id, const char *token,
		 struct outrider_err *err)
{
	Outrider__V1__CreateEnrollmentCodeRequest request =
		OUTRIDER__V1__CREATE_ENROLLMENT_CODE_REQUEST__INIT;
	struct invitation invitation = { code, expires_us };
	char id[37];

	snprintf(id, sizeof(id), "%s", user_id);
	request.user_id = id;
	return call_method(session,
			   "/outrider.v1.AuthService/CreateEnrollmentCode",
			   token, &request.base, CALL_DEADLINE_MS, take_code,
			   &invitation, err) == 0;
}

struct sign_in {
	char *token, *user_id;
};

static bool take_token(void *user, const uint8_t *message, size_t len)
{
	struct sign_in *sign_in = user;
	Outrider__V1__LoginResponse *response =
		outrider__v1__login_response__unpack(NULL, len, message);

	if (response == NULL)
		return false;
	snprintf(sign_in->token, 65, "%s", response->access_token);
	snprintf(sign_in->user_id, 37, "%s", response->user_id);
	outrider__v1__login_response__free_unpacked(response, NULL);
	return true;
}

bool call_login(struct session *session, char token[65], char user_id[37],
		const char *login_name, const char *password,
		struct outrider_err *err)
{
	Outrider__V1__LoginRequest request = OUTRIDER__V1__LOGIN_REQUEST__INIT;
	struct sign_in sign_in = { token, user_id };
	char login[128], secret[256];

	snprintf(login, sizeof(login), "%s", login_name);
	snprintf(secret, sizeof(secret), "%s", password);
	request.login_name = login;
	request.password = secret;
	return call_method(session, "/outrider.v1.AuthService/Login", "",
			   &request.base, CALL_DEADLINE_MS, take_token,
			   &sign_in, err) == 0;
}

int64_t call_time_us(const Google__Protobuf__Timestamp *at)
{
	return at == NULL ? 0 : at->seconds * 1000000 + at->nanos / 1000;
}

const char *call_enum_name(const ProtobufCEnumDescriptor *type, int value,
			   const char *prefix)
{
	const ProtobufCEnumValue *known =
		protobuf_c_enum_descriptor_get_value(type, value);

	return known == NULL ? "?" : known->name + strlen(prefix);
}
