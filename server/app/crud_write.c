/*
 * The standard methods that write: update masks, etags, request_id, and the
 * intent that comes of them. What a write means stands in app/write.c.
 */
#include "app/crud_parts.h"
#include "app/digest.h"
#include "app/kinds.h"
#include "app/parts.h"
#include "app/visits.h"
#include "app/write.h"
#include "model/wire.h"
#include "store/identity.h"

#include <stdio.h>
#include <string.h>

/* Answers to a request_id are kept so long, and then some. */
#define REQUEST_LIFE_US (INT64_C(24) * 3600 * 1000000)

enum {
	MASK_PATHS = 1, /* google/protobuf/field_mask.proto */
	MASK_PATHS_MAX = 256,
};

/* ------------------------------------------------------------ update masks */

static enum outrider_code
refuse_path(struct app_call *call, size_t i, const struct field *field)
{
	const char *kind = call->method->entity->name;
	char path[96];

	if (!field) {
		snprintf(path, sizeof(path), "update_mask.paths[%zu]", i);
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, path,
			       "a %s has no field of this name", kind);
	}
	snprintf(path, sizeof(path), "%s.%s", kind, field->name);
	return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, path,
		       field->flags & FIELD_IS_OUTPUT_ONLY
			       ? "%s is set by the server"
			       : "%s is set at creation only",
		       field->name);
}

/* Everything that a caller may change; the owner only if it was sent. */
static struct field_set
all_fields(const struct entity *entity, const struct field_set *present)
{
	struct field_set set = { { 0 } };

	for (size_t i = 0; i < entity->n_fields; i++)
		if (!(entity->fields[i].flags &
		      (FIELD_IS_OUTPUT_ONLY | FIELD_IS_IMMUTABLE)))
			field_set_add(&set, entity->fields[i].number);
	if (field_set_has(present, FIELD_OWNER))
		field_set_add(&set, FIELD_OWNER);
	return set;
}

/*
 * The fields that a mask names: "*" is all of them, and an empty mask those
 * that are present in the message.
 */
static enum outrider_code read_mask(struct field_set *out,
				    struct app_call *call, struct bytes mask,
				    const struct field_set *present)
{
	const struct entity *entity = call->method->entity;
	struct wire_reader reader = wire_read(mask);
	struct wire_field path;
	size_t n_paths = 0;
	bool is_all = false;
	int more;

	*out = (struct field_set){ { 0 } };
	while ((more = wire_next(&reader, &path)) > 0) {
		const char *name = (const char *)path.value.at;
		const struct field *field;

		if (path.number != MASK_PATHS || path.type != WIRE_LEN)
			continue;
		if (n_paths++ == MASK_PATHS_MAX)
			return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
				       "update_mask", "more than %d paths",
				       MASK_PATHS_MAX);
		if (path.value.len == 1 && name[0] == '*') {
			is_all = true;
			continue;
		}
		field = message_field_named(entity->message, name,
					    path.value.len);
		if (!field ||
		    field->flags & (FIELD_IS_OUTPUT_ONLY | FIELD_IS_IMMUTABLE))
			return refuse_path(call, n_paths - 1, field);
		field_set_add(out, field->number);
	}
	if (more < 0)
		return crud_malformed(call);
	if (is_all && n_paths > 1)
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "update_mask", "\"*\" stands alone");
	if (is_all)
		*out = all_fields(entity, present);
	else if (n_paths == 0)
		*out = *present;
	return OUTRIDER_OK;
}

/* ----------------------------------------------------------------- writing */

/* What a write's closure works on; in the call's arena. */
struct act {
	struct write_intent intent;
	bool has_request_id;
	struct replay_key key;
	uint8_t content_hash[DIGEST_LEN];
};

/* Was this request answered before? Then its answer is the reply. */
static enum outrider_code find_answer(bool *is_answered, struct app_call *call,
				      struct store_conn *tx,
				      struct outrider_err *err)
{
	const struct act *act = call->state;
	struct replay replay;
	enum outrider_code code;

	*is_answered = false;
	code = replay_get(tx, &replay, &act->key, &call->arena, err);
	if (code == OUTRIDER_NOT_FOUND)
		return OUTRIDER_OK;
	if (code != OUTRIDER_OK)
		return code;
	if (memcmp(replay.content_hash, act->content_hash, DIGEST_LEN) != 0)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "request_id",
			       "this request_id was used for another request");
	buffer_append(&call->reply, replay.result.at, replay.result.len);
	*is_answered = true;
	return OUTRIDER_OK;
}

static enum outrider_code keep_answer(struct app_call *call,
				      struct store_conn *tx,
				      struct outrider_err *err)
{
	const struct act *act = call->state;
	struct replay replay = {
		.result = { .at = call->reply.at, .len = call->reply.len },
		.at_us = call_now_us(call),
	};

	enum outrider_code code = OUTRIDER_OK;

	memcpy(replay.content_hash, act->content_hash, DIGEST_LEN);
	/* Now and then the old ones go: looking at all costs something. */
	if (act->content_hash[0] == 0)
		code = replay_forget(tx, &act->key.who, &act->key.what, 0,
				     replay.at_us - REQUEST_LIFE_US, err);
	if (code != OUTRIDER_OK)
		return code;
	return replay_put(tx, &act->key, &replay, err);
}

/* A field at fault is one of the request's resource. */
static enum outrider_code in_resource(const struct app_call *call,
				      enum outrider_code code,
				      struct outrider_err *err)
{
	const char *kind = call->method->entity->name;
	size_t kind_len = strlen(kind);
	size_t room = sizeof(err->field) - kind_len - 2;

	if (!err->field[0])
		return code;
	memmove(err->field + kind_len + 1, err->field, room);
	memcpy(err->field, kind, kind_len);
	err->field[kind_len] = '.';
	err->field[sizeof(err->field) - 1] = 0;
	return code;
}

/* Evidence may have been waiting: then the meeting says so from the start. */
static enum outrider_code
tell_waiting(struct write_outcome *outcome, struct app_call *call,
	     struct store_conn *tx, struct outrider_err *err)
{
	const struct write_intent *intent =
		&((struct act *)call->state)->intent;
	enum outrider_code code;

	if (intent->entity->number != KIND_MEETING ||
	    (intent->op != CHANGE_CREATE && intent->op != CHANGE_UNDELETE))
		return OUTRIDER_OK;
	code = visit_meeting_came(call->app, tx, outcome->row,
				  intent->op == CHANGE_UNDELETE,
				  call_now_us(call), &call->arena, err);
	if (code != OUTRIDER_OK)
		return code;
	return store_get(tx, &outcome->row, intent->entity, &intent->id,
			 &call->arena, err);
}

/* On the writer; may run more than once. */
static enum outrider_code
run_act(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	const struct act *act = call->state;
	struct write_outcome outcome;
	bool is_answered = false;
	enum outrider_code code;

	buffer_clear(&call->reply);
	if (act->has_request_id) {
		code = find_answer(&is_answered, call, tx, err);
		if (code != OUTRIDER_OK || is_answered)
			return code;
	}
	code = write_record(&outcome, call->app, tx, &act->intent, &call->arena,
			    err);
	if (code != OUTRIDER_OK)
		return in_resource(call, code, err);
	code = tell_waiting(&outcome, call, tx, err);
	if (code != OUTRIDER_OK)
		return code;
	record_write_resource(&call->reply, outcome.row);
	return act->has_request_id ? keep_answer(call, tx, err) : OUTRIDER_OK;
}

static enum outrider_code
read_request_id(struct app_call *call, struct act *act, struct bytes text)
{
	const struct bytes parts[] = {
		{ (const uint8_t *)call->method->path,
		  strlen(call->method->path) + 1 },
		call->request,
	};

	if (text.len == 0)
		return OUTRIDER_OK;
	act->has_request_id = true;
	act->key.who = call->principal.user;
	digest_of(act->content_hash, parts, sizeof(parts) / sizeof(parts[0]));
	return crud_read_uuid(&act->key.what, call, text, "request_id");
}

/* The last etag among a resource's fields; empty if it has none. */
static struct bytes find_etag(struct bytes resource)
{
	struct wire_reader reader = wire_read(resource);
	struct wire_field field;
	struct bytes etag = { .len = 0 };

	while (wire_next(&reader, &field) > 0)
		if (field.number == FIELD_ETAG && field.type == WIRE_LEN)
			etag = field.value;
	return etag;
}

static void read_etag(struct write_intent *intent, struct bytes etag)
{
	if (etag.len == 0)
		return;
	intent->is_exact = true;
	intent->base_rev = record_etag_rev((const char *)etag.at, etag.len);
	/* Not one of ours: no revision fits. */
	if (intent->base_rev == 0)
		intent->base_rev = UINT64_MAX;
}

static enum outrider_code
read_resource(struct row **out, struct field_set *present,
	      struct app_call *call, const struct crud_request *request)
{
	const struct entity *entity = call->method->entity;

	*present = (struct field_set){ { 0 } };
	*out = NULL;
	if (!request->is_set[SLOT_RESOURCE]) {
		err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, entity->name,
			"the %s is missing", entity->name);
		return OUTRIDER_INVALID_ARGUMENT;
	}
	*out = row_new(&call->arena, entity);
	if (!*out) {
		crud_no_memory(call);
		return OUTRIDER_RESOURCE_EXHAUSTED;
	}
	return record_read(*out, present, &call->arena,
			   request->value[SLOT_RESOURCE], &call->err);
}

static void make_id(struct uuid *out, struct app_call *call)
{
	const struct context *context = call_context(call);
	uint8_t random[10];

	context->random(context->user, random, sizeof(random));
	*out = uuid_make(call_now_us(call) / 1000, random);
}

static enum outrider_code prepare_create(struct act *act, struct app_call *call,
					 const struct crud_request *request)
{
	struct write_intent *intent = &act->intent;
	struct row *row;
	enum outrider_code code;

	code = read_resource(&row, &intent->which, call, request);
	if (code != OUTRIDER_OK)
		return code;
	intent->op = CHANGE_CREATE;
	intent->values = row;
	intent->id = row->id;
	if (uuid_is_zero(&row->id))
		make_id(&intent->id, call);
	return OUTRIDER_OK;
}

static enum outrider_code prepare_update(struct act *act, struct app_call *call,
					 const struct crud_request *request)
{
	struct write_intent *intent = &act->intent;
	struct field_set present;
	struct row *row;
	char path[96];
	enum outrider_code code;

	code = read_resource(&row, &present, call, request);
	if (code != OUTRIDER_OK)
		return code;
	if (uuid_is_zero(&row->id)) {
		snprintf(path, sizeof(path), "%s.id", row->entity->name);
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, path,
			       "the id says which %s to change",
			       row->entity->name);
	}
	intent->op = CHANGE_UPDATE;
	intent->values = row;
	intent->id = row->id;
	read_etag(intent, find_etag(request->value[SLOT_RESOURCE]));
	return read_mask(&intent->which, call, request->value[SLOT_UPDATE_MASK],
			 &present);
}

static enum outrider_code prepare_by_id(struct act *act, struct app_call *call,
					const struct crud_request *request,
					enum change_op op)
{
	act->intent.op = op;
	read_etag(&act->intent, request->value[SLOT_ETAG]);
	return crud_read_uuid(&act->intent.id, call, request->value[SLOT_ID],
			      "id");
}

static enum outrider_code prepare(struct act *act, struct app_call *call,
				  const struct crud_request *request)
{
	switch (call->method->verb) {
	case METHOD_CREATE:
		return prepare_create(act, call, request);
	case METHOD_UPDATE:
		return prepare_update(act, call, request);
	case METHOD_DELETE:
		return prepare_by_id(act, call, request, CHANGE_DELETE);
	case METHOD_UNDELETE:
		return prepare_by_id(act, call, request, CHANGE_UNDELETE);
	case METHOD_GET:
	case METHOD_LIST:
	case METHOD_NAMED:
		break;
	}
	return err_set(&call->err, OUTRIDER_INTERNAL, NULL,
		       "not a method that writes");
}

enum outrider_code
crud_write(struct app_call *call, const struct crud_request *request)
{
	struct act *act = arena_alloc(&call->arena, sizeof(*act));
	enum outrider_code code;

	if (!act)
		return crud_no_memory(call);
	call->state = act;
	act->intent.principal = &call->principal;
	act->intent.entity = call->method->entity;
	code = prepare(act, call, request);
	if (code == OUTRIDER_OK)
		code = read_request_id(call, act,
				       request->value[SLOT_REQUEST_ID]);
	if (code != OUTRIDER_OK)
		return code;
	return call_write(call, run_act, call_reply_written);
}
