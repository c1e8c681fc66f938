/*
 * AssignTasks: the same task for many, one record each.
 */
#include "app/crud_parts.h"
#include "app/parts.h"
#include "app/selling_kinds.h"
#include "model/wire.h"
#include "outrider/v1/task.pb-c.h"
#include "store/query.h"

#include <stdio.h>
#include <string.h>

typedef Outrider__V1__AssignTasksRequest Request;

enum {
	ASSIGN_TASK = 1, /* of AssignTasksRequest */
	TASKS_MAX = 1000,
	USERS_AT_ONCE = 500,
};

/* To whom; each once, in the order in which they came up. */
struct recipients {
	struct app_call *call;
	struct uuid *at;
	size_t n;
};

static struct bytes bytes_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static enum outrider_code add(struct recipients *to, const struct uuid *user)
{
	for (size_t i = 0; i < to->n; i++)
		if (uuid_compare(&to->at[i], user) == 0)
			return OUTRIDER_OK;
	if (to->n == TASKS_MAX)
		return err_set(&to->call->err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "a task is given to at most %d people at once",
			       TASKS_MAX);
	to->at[to->n++] = *user;
	return OUTRIDER_OK;
}

/* A record that a repeated field of the request names. */
static enum outrider_code find_named(struct row **out, struct recipients *to,
				     uint32_t kind, const char *text,
				     const char *field, size_t i)
{
	struct app_call *call = to->call;
	const struct entity *entity = schema_entity(kind);
	struct uuid id;
	char path[64];
	enum outrider_code code;

	snprintf(path, sizeof(path), "%s[%zu]", field, i);
	code = crud_read_uuid(&id, call, bytes_of(text), path);
	if (code != OUTRIDER_OK)
		return code;
	code = store_get(call_conn(call), out, entity, &id, &call->page,
			 &call->err);
	if (code == OUTRIDER_OK && (*out)->deleted_us == 0 &&
	    access_may_see(&call->principal, *out))
		return OUTRIDER_OK;
	if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
		return code;
	return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, path,
		       "there is no such %s", entity->name);
}

static enum outrider_code
add_user(struct recipients *to, const Request *request, size_t i)
{
	struct row *user;
	char path[64];
	enum outrider_code code = find_named(
		&user, to, KIND_USER, request->user_ids[i], "user_ids", i);

	if (code != OUTRIDER_OK)
		return code;
	if (kind_user_is_active(user))
		return add(to, &user->id);
	snprintf(path, sizeof(path), "user_ids[%zu]", i);
	return err_set(&to->call->err, OUTRIDER_INVALID_ARGUMENT, path,
		       "this user is disabled");
}

static enum outrider_code add_if_member(struct recipients *to,
					const struct uuid *id,
					const struct uuid *team)
{
	struct app_call *call = to->call;
	struct row *user;
	struct uuid member_of;
	enum outrider_code code = store_get(call_conn(call), &user,
					    schema_entity(KIND_USER), id,
					    &call->page, &call->err);

	if (code != OUTRIDER_OK)
		return code;
	member_of = kind_reference(kind_value(user, USER_MEMBER_OF_TEAM));
	if (!kind_user_is_active(user) || uuid_compare(&member_of, team) != 0)
		return OUTRIDER_OK;
	return add(to, id);
}

/* The active members; who works in a team below is none. */
static enum outrider_code
add_team(struct recipients *to, const Request *request, size_t i)
{
	struct app_call *call = to->call;
	struct store_link_query asked = {
		.before_us = INT64_MAX,
		.only_kind = KIND_USER,
		.limit = USERS_AT_ONCE,
	};
	struct store_link *links;
	struct row *team;
	size_t n = USERS_AT_ONCE;
	enum outrider_code code = find_named(
		&team, to, KIND_TEAM, request->team_ids[i], "team_ids", i);

	if (code != OUTRIDER_OK)
		return code;
	asked.target = team->id;
	while (code == OUTRIDER_OK && n == USERS_AT_ONCE) {
		arena_reset(&call->page);
		code = store_links(call_conn(call), &links, &n, &asked,
				   &call->page, &call->err);
		for (size_t j = 0; code == OUTRIDER_OK && j < n; j++) {
			asked.before_us = links[j].at_us;
			asked.before_kind = links[j].kind;
			asked.before_id = links[j].id;
			code = add_if_member(to, &links[j].id, &asked.target);
		}
	}
	return code;
}

static enum outrider_code
find_recipients(struct recipients *to, const Request *request)
{
	struct app_call *call = to->call;
	enum outrider_code code =
		store_read_begin(call_conn(call), NULL, &call->err);

	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; code == OUTRIDER_OK && i < request->n_user_ids;
	     i++) {
		arena_reset(&call->page);
		code = add_user(to, request, i);
	}
	for (size_t i = 0; code == OUTRIDER_OK && i < request->n_team_ids; i++)
		code = add_team(to, request, i);
	store_read_end(call_conn(call));
	if (code == OUTRIDER_OK && to->n == 0)
		code = err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "user_ids",
			       "a task is given to somebody: user_ids or "
			       "team_ids names them");
	return code;
}

/* ---------------------------------------------------------------- the task */

static enum outrider_code
refuse(struct app_call *call, const char *field, const char *text)
{
	return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, field, "%s",
		       text);
}

/* The task as it is given to each: everything but its id and owner. */
static enum outrider_code read_task(struct row **out, struct app_call *call)
{
	struct row *task = row_new(&call->arena, schema_entity(KIND_TASK));
	struct field_set present = { { 0 } };
	struct wire_field sent;
	struct uuid group;
	char text[UUID_TEXT_LEN + 1];
	enum outrider_code code;

	*out = task;
	if (!task)
		return err_call_full(&call->err);
	if (!wire_find(&sent, call->request, ASSIGN_TASK))
		return refuse(call, "task", "is required");
	code = record_read(task, &present, &call->arena, sent.value,
			   &call->err);
	if (code == OUTRIDER_OK)
		code = crud_refuse_hidden(call, task->entity, &present);
	if (code != OUTRIDER_OK)
		return code;
	if (!uuid_is_zero(&task->id))
		return refuse(call, "task.id", "each task gets its own");
	if (!uuid_is_zero(&task->owner))
		return refuse(call, "task.owner_id",
			      "user_ids and team_ids say whose they are");
	crud_make_id(&group, call);
	uuid_format(text, &group);
	kind_value(task, TASK_GROUP_KEY)->bytes =
		arena_copy(&call->arena, text, UUID_TEXT_LEN);
	return kind_value(task, TASK_GROUP_KEY)->bytes.at
		       ? OUTRIDER_OK
		       : err_call_full(&call->err);
}

/* The rows share their values. */
static enum outrider_code
make_intent(struct write_intent *out, struct app_call *call,
	    const struct row *task, const struct uuid *owner)
{
	struct row *row = arena_alloc(&call->arena, sizeof(*row));

	if (!row)
		return err_call_full(&call->err);
	*row = *task;
	row->owner = *owner;
	crud_make_id(&row->id, call);
	*out = (struct write_intent){
		.principal = &call->principal,
		.op = CHANGE_CREATE,
		.entity = task->entity,
		.id = row->id,
		.values = row,
	};
	field_set_add(&out->granted, TASK_GROUP_KEY);
	return OUTRIDER_OK;
}

static enum outrider_code assign_tasks(struct app_call *call)
{
	const Request *request = call_unpack(
		call, &outrider__v1__assign_tasks_request__descriptor);
	struct recipients to = {
		.call = call,
		.at = arena_alloc(&call->arena,
				  TASKS_MAX * sizeof(struct uuid)),
	};
	struct crud_writes writes = { .is_batch = true,
				      .parts = "tasks",
				      .is_flat = true };
	struct row *task;
	enum outrider_code code;

	if (!request)
		return call->err.code;
	if (!to.at)
		return err_call_full(&call->err);
	code = read_task(&task, call);
	if (code == OUTRIDER_OK)
		code = find_recipients(&to, request);
	if (code != OUTRIDER_OK)
		return code;
	writes.intents =
		arena_alloc(&call->arena, to.n * sizeof(*writes.intents));
	if (!writes.intents)
		return err_call_full(&call->err);
	for (size_t i = 0; code == OUTRIDER_OK && i < to.n; i++)
		code = make_intent(&writes.intents[i], call, task, &to.at[i]);
	if (code != OUTRIDER_OK)
		return code;
	writes.n_intents = to.n;
	writes.request_id = bytes_of(request->request_id);
	return crud_submit(call, &writes);
}

const struct call_handler task_handlers[] = {
	{ "/outrider.v1.TaskService/AssignTasks", assign_tasks },
	{ NULL, NULL },
};
