/*
 * See people.h.
 */
#include "people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outrider/v1/auth.pb-c.h"
#include "outrider/v1/role.pb-c.h"
#include "outrider/v1/team.pb-c.h"
#include "outrider/v1/user.pb-c.h"

int people_call(struct world *world, const char *path,
		const ProtobufCMessage *request, struct buffer *reply)
{
	const size_t len = protobuf_c_message_get_packed_size(request);
	uint8_t *bytes = malloc(len + 1);
	int status;

	if (bytes == NULL)
		abort();
	protobuf_c_message_pack(request, bytes);
	status =
		server_call(world, path, world->admin_token, bytes, len, reply);
	free(bytes);
	return status;
}

/* ------------------------------------------------------------------ hiring */

static bool make_team(struct world *world, struct uuid *id, char *name)
{
	Outrider__V1__CreateTeamRequest request =
		OUTRIDER__V1__CREATE_TEAM_REQUEST__INIT;
	Outrider__V1__Team team = OUTRIDER__V1__TEAM__INIT, *made = NULL;
	struct buffer reply;
	bool is_made;

	team.display_name = name;
	request.team = &team;
	if (people_call(world, "/outrider.v1.TeamService/CreateTeam",
			&request.base, &reply) == 0)
		made = outrider__v1__team__unpack(NULL, reply.len, reply.at);
	is_made = made != NULL && uuid_parse(id, made->id, strlen(made->id));
	if (made != NULL)
		outrider__v1__team__free_unpacked(made, NULL);
	buffer_free(&reply);
	return is_made;
}

bool people_found_teams(struct world *world)
{
	return make_team(world, &world->teams[1], (char[]){ "North" }) &&
	       make_team(world, &world->teams[2], (char[]){ "South" });
}

/* The first role sees no notes, the second writes no meetings. */
static bool make_role(struct world *world, size_t which)
{
	Outrider__V1__CreateRoleRequest request =
		OUTRIDER__V1__CREATE_ROLE_REQUEST__INIT;
	Outrider__V1__Role role = OUTRIDER__V1__ROLE__INIT, *made = NULL;
	Outrider__V1__KindGrant grant = OUTRIDER__V1__KIND_GRANT__INIT;
	Outrider__V1__KindGrant *grants[] = { &grant };
	struct buffer reply;
	char name[20];
	bool is_made;

	snprintf(name, sizeof(name), "role %zu", which);
	role.display_name = name;
	grant.kind = which == 0 ? (char[]){ "note" } : (char[]){ "meeting" };
	grant.access = which == 0 ? OUTRIDER__V1__KIND_ACCESS__KIND_ACCESS_NONE
				  : OUTRIDER__V1__KIND_ACCESS__KIND_ACCESS_READ;
	role.n_kinds = which < 2;
	role.kinds = grants;
	request.role = &role;
	if (people_call(world, "/outrider.v1.RoleService/CreateRole",
			&request.base, &reply) == 0)
		made = outrider__v1__role__unpack(NULL, reply.len, reply.at);
	is_made = made != NULL &&
		  uuid_parse(&world->roles[which], made->id, strlen(made->id));
	if (made != NULL)
		outrider__v1__role__free_unpacked(made, NULL);
	buffer_free(&reply);
	return is_made && people_change_role(world, which, which) == 0;
}

bool people_found_roles(struct world *world)
{
	for (size_t i = 0; i < ROLES; i++)
		if (!make_role(world, i))
			return false;
	return true;
}

bool people_hire(struct phone *phone)
{
	Outrider__V1__CreateUserRequest request =
		OUTRIDER__V1__CREATE_USER_REQUEST__INIT;
	Outrider__V1__User user = OUTRIDER__V1__USER__INIT, *made = NULL;
	struct world *world = phone->world;
	char name[32], team[UUID_TEXT_LEN + 1];
	struct buffer reply;
	bool is_made;

	snprintf(name, sizeof(name), "rep%u", phone->number);
	uuid_format(
		team,
		&world->teams[phone->is_managers ? 1 : 1 + phone->number % 2]);
	user.display_name = user.login_name = name;
	user.member_of_team_id = team;
	user.rank = phone->is_managers ? OUTRIDER__V1__RANK__RANK_MANAGER
				       : OUTRIDER__V1__RANK__RANK_REP;
	request.user = &user;
	if (people_call(world, "/outrider.v1.UserService/CreateUser",
			&request.base, &reply) == 0)
		made = outrider__v1__user__unpack(NULL, reply.len, reply.at);
	is_made = made != NULL &&
		  uuid_parse(&phone->user, made->id, strlen(made->id));
	if (made != NULL)
		outrider__v1__user__free_unpacked(made, NULL);
	buffer_free(&reply);
	return is_made;
}

bool people_make_code(struct phone *phone, char code[40])
{
	Outrider__V1__CreateEnrollmentCodeRequest request =
		OUTRIDER__V1__CREATE_ENROLLMENT_CODE_REQUEST__INIT;
	Outrider__V1__CreateEnrollmentCodeResponse *made = NULL;
	struct buffer reply;
	char id[UUID_TEXT_LEN + 1];

	uuid_format(id, &phone->user);
	request.user_id = id;
	if (people_call(phone->world,
			"/outrider.v1.AuthService/CreateEnrollmentCode",
			&request.base, &reply) == 0)
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

/* ----------------------------------------------------------------- changes */

static int
update_user(struct phone *phone, Outrider__V1__User *user, char *field)
{
	Outrider__V1__UpdateUserRequest request =
		OUTRIDER__V1__UPDATE_USER_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char id[UUID_TEXT_LEN + 1];
	struct buffer reply;
	int status;

	uuid_format(id, &phone->user);
	user->id = id;
	mask.n_paths = 1;
	mask.paths = &field;
	request.user = user;
	request.update_mask = &mask;
	status = people_call(phone->world,
			     "/outrider.v1.UserService/UpdateUser",
			     &request.base, &reply);
	buffer_free(&reply);
	return status;
}

int people_move(struct phone *phone, const struct uuid *team)
{
	Outrider__V1__User user = OUTRIDER__V1__USER__INIT;
	char id[UUID_TEXT_LEN + 1];

	uuid_format(id, team);
	user.member_of_team_id = id;
	return update_user(phone, &user, (char[]){ "member_of_team_id" });
}

int people_give_role(struct phone *phone, const struct uuid *role)
{
	Outrider__V1__User user = OUTRIDER__V1__USER__INIT;
	char id[UUID_TEXT_LEN + 1] = "";

	if (role != NULL)
		uuid_format(id, role);
	user.role_id = id;
	phone->had_role = true;
	return update_user(phone, &user, (char[]){ "role_id" });
}

int people_change_role(struct world *world, size_t role, uint64_t hides)
{
	static const char *const names[] = {
		"contact.address",	  "contact.position",
		"contact.emails",	  "contact.custom.field_0",
		"contact.custom.field_3", "meeting.outcome",
		"meeting.next_step",
	};
	Outrider__V1__UpdateRoleRequest request =
		OUTRIDER__V1__UPDATE_ROLE_REQUEST__INIT;
	Outrider__V1__Role changed = OUTRIDER__V1__ROLE__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char id[UUID_TEXT_LEN + 1], *path = (char[]){ "hidden_fields" };
	char *hidden[sizeof(names) / sizeof(names[0])];
	struct buffer reply;
	int status;

	uuid_format(id, &world->roles[role]);
	changed.id = id;
	changed.hidden_fields = hidden;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (hides >> i & 1)
			hidden[changed.n_hidden_fields++] = (char *)names[i];
	mask.n_paths = 1;
	mask.paths = &path;
	request.role = &changed;
	request.update_mask = &mask;
	status = people_call(world, "/outrider.v1.RoleService/UpdateRole",
			     &request.base, &reply);
	buffer_free(&reply);
	return status;
}

int people_set_disabled(struct phone *phone, bool is_disabled)
{
	Outrider__V1__User user = OUTRIDER__V1__USER__INIT;
	int status;

	user.is_disabled = is_disabled;
	status = update_user(phone, &user, (char[]){ "is_disabled" });
	phone->is_locked_out = is_disabled || status != 0;
	return status;
}

/* ----------------------------------------------------------------- devices */

int people_withdraw(struct world *world, const struct uuid *device)
{
	Outrider__V1__WithdrawDeviceRequest request =
		OUTRIDER__V1__WITHDRAW_DEVICE_REQUEST__INIT;
	char id[UUID_TEXT_LEN + 1];
	struct buffer reply;
	int status;

	uuid_format(id, device);
	request.device_id = id;
	status = people_call(world, "/outrider.v1.AuthService/WithdrawDevice",
			     &request.base, &reply);
	buffer_free(&reply);
	return status;
}

int people_order_wipe(struct world *world, const struct uuid *device)
{
	Outrider__V1__WipeDeviceRequest request =
		OUTRIDER__V1__WIPE_DEVICE_REQUEST__INIT;
	char id[UUID_TEXT_LEN + 1];
	struct buffer reply;
	int status;

	uuid_format(id, device);
	request.device_id = id;
	status = people_call(world, "/outrider.v1.AuthService/WipeDevice",
			     &request.base, &reply);
	buffer_free(&reply);
	return status;
}
