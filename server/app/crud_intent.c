/*
 * From the request of a Create, Update, Delete or Undelete, alone or in a
 * batch, to what is wanted of one record: update masks, etags, and what the
 * caller may not write. Everything is parsed here, before the writer.
 */
#include "app/complete.h"
#include "app/crud_parts.h"
#include "app/parts.h"
#include "model/wire.h"

#include <stdio.h>
#include <string.h>

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

/*
 * Everything that a caller may change: not what they don't see, and the owner
 * only if it was sent.
 */
static struct field_set
all_fields(const struct app_call *call, const struct field_set *present)
{
	const struct entity *entity = call->method->entity;
	struct field_set set = { { 0 } };

	for (size_t i = 0; i < entity->n_fields; i++)
		if (!(entity->fields[i].flags &
		      (FIELD_IS_OUTPUT_ONLY | FIELD_IS_IMMUTABLE)) &&
		    access_knows_field(&call->principal, entity,
				       &entity->fields[i]))
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
		if (field &&
		    !access_knows_field(&call->principal, entity, field))
			field = NULL;
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
		*out = all_fields(call, present);
	else if (n_paths == 0)
		*out = *present;
	return OUTRIDER_OK;
}

/* --------------------------------------------------------------- resources */

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

void crud_read_etag(struct write_intent *intent, struct bytes etag)
{
	if (etag.len == 0)
		return;
	intent->is_exact = true;
	intent->base_rev = record_etag_rev((const char *)etag.at, etag.len);
	/* Not one of ours: no revision fits. */
	if (intent->base_rev == 0)
		intent->base_rev = UINT64_MAX;
}

enum outrider_code crud_refuse_hidden(struct app_call *call,
				      const struct entity *entity,
				      const struct field_set *present)
{
	const struct field_set *hidden =
		access_hidden(&call->principal, entity);
	char path[96];

	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];

		if (!field_set_has(present, field->number) ||
		    !field_set_has(hidden, field->number))
			continue;
		snprintf(path, sizeof(path), "%s.%s", entity->name,
			 field->name);
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, path,
			       "a %s has no field of this name", entity->name);
	}
	return OUTRIDER_OK;
}

static enum outrider_code
read_resource(struct row **out, struct field_set *present,
	      struct app_call *call, const struct crud_request *request)
{
	const struct entity *entity = call->method->entity;
	enum outrider_code code;

	*present = (struct field_set){ { 0 } };
	*out = NULL;
	if (!request->is_set[SLOT_RESOURCE]) {
		err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, entity->name,
			"the %s is missing", entity->name);
		return OUTRIDER_INVALID_ARGUMENT;
	}
	*out = row_new(&call->arena, entity);
	if (!*out) {
		err_call_full(&call->err);
		return OUTRIDER_RESOURCE_EXHAUSTED;
	}
	code = record_read(*out, present, &call->arena,
			   request->value[SLOT_RESOURCE], &call->err);
	return code == OUTRIDER_OK ? crud_refuse_hidden(call, entity, present)
				   : code;
}

/* ------------------------------------------------------------------ intents */

void crud_make_id(struct uuid *out, struct app_call *call)
{
	const struct context *context = call_context(call);
	uint8_t random[10];

	context->random(context->user, random, sizeof(random));
	*out = uuid_make(call_now_us(call) / 1000, random);
}

static enum outrider_code read_create(struct write_intent *intent,
				      struct app_call *call,
				      const struct crud_request *request)
{
	struct row *row;
	enum outrider_code code;

	code = read_resource(&row, &intent->which, call, request);
	if (code != OUTRIDER_OK)
		return code;
	intent->op = CHANGE_CREATE;
	intent->values = row;
	intent->id = row->id;
	if (uuid_is_zero(&row->id))
		crud_make_id(&intent->id, call);
	return OUTRIDER_OK;
}

static enum outrider_code read_update(struct write_intent *intent,
				      struct app_call *call,
				      const struct crud_request *request)
{
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
	crud_read_etag(intent, find_etag(request->value[SLOT_RESOURCE]));
	return read_mask(&intent->which, call, request->value[SLOT_UPDATE_MASK],
			 &present);
}

static enum outrider_code
read_by_id(struct write_intent *intent, struct app_call *call,
	   const struct crud_request *request, enum change_op op)
{
	intent->op = op;
	crud_read_etag(intent, request->value[SLOT_ETAG]);
	return crud_read_uuid(&intent->id, call, request->value[SLOT_ID], "id");
}

static enum outrider_code
read_intent(struct write_intent *out, struct app_call *call,
	    enum method_verb verb, const struct crud_request *request)
{
	switch (verb) {
	case METHOD_CREATE:
		return read_create(out, call, request);
	case METHOD_UPDATE:
		return read_update(out, call, request);
	case METHOD_DELETE:
		return read_by_id(out, call, request, CHANGE_DELETE);
	case METHOD_UNDELETE:
		return read_by_id(out, call, request, CHANGE_UNDELETE);
	case METHOD_GET:
	case METHOD_LIST:
	case METHOD_BATCH_GET:
	case METHOD_BATCH_CREATE:
	case METHOD_BATCH_UPDATE:
	case METHOD_NAMED:
		break;
	}
	return err_set(&call->err, OUTRIDER_INTERNAL, NULL,
		       "not a method that writes one record");
}

enum outrider_code
crud_read_intent(struct write_intent *out, struct app_call *call,
		 enum method_verb verb, const struct crud_request *request)
{
	enum outrider_code code;

	*out = (struct write_intent){
		.principal = &call->principal,
		.entity = call->method->entity,
	};
	code = read_intent(out, call, verb, request);
	if (code != OUTRIDER_OK)
		return code;
	return complete_record(out, call->app, &call->arena, &call->err);
}
