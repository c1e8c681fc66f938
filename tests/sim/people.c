/*
 * Who works in the simulated firm: reps made by the administrator, each with
 * a phone that is enrolled with a code.
 */
#include "people.h"

#include <stdio.h>
#include <string.h>

#include "outrider/v1/auth.pb-c.h"
#include "outrider/v1/user.pb-c.h"

static bool make_user(struct phone *phone)
{
	Outrider__V1__CreateUserRequest request =
		OUTRIDER__V1__CREATE_USER_REQUEST__INIT;
	Outrider__V1__User user = OUTRIDER__V1__USER__INIT, *made = NULL;
	struct world *world = phone->world;
	struct buffer reply;
	uint8_t bytes[256];
	char name[32];
	bool is_made;

	snprintf(name, sizeof(name), "rep%u", phone->number);
	user.display_name = user.login_name = name;
	user.role = OUTRIDER__V1__ROLE__ROLE_REP;
	request.user = &user;
	is_made = server_call(world, "/outrider.v1.UserService/CreateUser",
			      world->admin_token, bytes,
			      outrider__v1__create_user_request__pack(&request,
								      bytes),
			      &reply) == 0;
	if (is_made)
		made = outrider__v1__user__unpack(NULL, reply.len, reply.at);
	is_made = made != NULL &&
		  uuid_parse(&phone->user, made->id, strlen(made->id));
	if (made != NULL)
		outrider__v1__user__free_unpacked(made, NULL);
	buffer_free(&reply);
	return is_made;
}

static bool make_code(struct phone *phone, char code[40])
{
	Outrider__V1__CreateEnrollmentCodeRequest request =
		OUTRIDER__V1__CREATE_ENROLLMENT_CODE_REQUEST__INIT;
	Outrider__V1__CreateEnrollmentCodeResponse *made = NULL;
	struct world *world = phone->world;
	struct buffer reply;
	uint8_t bytes[64];
	char id[UUID_TEXT_LEN + 1];

	uuid_format(id, &phone->user);
	request.user_id = id;
	if (server_call(world, "/outrider.v1.AuthService/CreateEnrollmentCode",
			world->admin_token, bytes,
			outrider__v1__create_enrollment_code_request__pack(
				&request, bytes),
			&reply) == 0)
		made = outrider__v1__create_enrollment_code_response__unpack(
			NULL, reply.len, reply.at);
	buffer_free(&reply);
	if (made == NULL)
		return false;
	snprintf(code, 40, "%s", made->code);
	outrider__v1__create_enrollment_code_response__free_unpacked(made,
								     NULL);
	return true;
}

bool people_hire(struct phone *phone)
{
	char code[40];

	return make_user(phone) && make_code(phone, code) &&
	       phone_enroll(phone, code);
}
