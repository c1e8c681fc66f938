/*
 * A mutation as it came: read, checked against its kind's message, hashed,
 * completed, and made an intent of write.h. On the worker: a closure parses
 * nothing.
 */
#include "app/sync_parts.h"

#include "app/complete.h"
#include "model/octets.h"
#include "model/wire.h"

#include <string.h>

typedef Outrider__V1__Mutation Mutation;

/*
 * What makes two mutations the same. Steps are added up: the same one may come
 * again in another batch.
 */
static void hash_mutation(struct sync_mutation *out, const Mutation *sent)
{
	uint8_t front[8 + 8 + 4 + 4 + 4 + 4];
	uint8_t cleared[4 * 256];
	struct octet_writer to = { .bytes = front, .room = sizeof(front) };
	struct octet_writer list = { .bytes = cleared,
				     .room = sizeof(cleared) };
	struct bytes parts[4];

	octets_put(&to, out->intent.base_rev, 8);
	octets_put(&to, out->intent.hlc, 8);
	octets_put(&to, sent->kind, 4);
	octets_put(&to, (uint32_t)sent->op, 4);
	octets_put(&to, sent->id.len, 4);
	octets_put(&to, sent->n_cleared, 4);
	for (size_t i = 0; i < sent->n_cleared; i++)
		octets_put(&list, sent->cleared[i], 4);
	parts[0] = (struct bytes){ .at = front, .len = to.len };
	parts[1] = (struct bytes){ .at = sent->id.data, .len = sent->id.len };
	parts[2] = (struct bytes){ .at = cleared, .len = list.len };
	parts[3] = (struct bytes){ .at = sent->fields.data,
				   .len = sent->fields.len };
	digest_of(out->hash, parts, 4);
}

static enum outrider_code
read_op(enum change_op *out, const Mutation *sent, struct outrider_err *err)
{
	switch (sent->op) {
	case OUTRIDER__V1__MUTATION_OP__MUTATION_OP_CREATE:
		*out = CHANGE_CREATE;
		return OUTRIDER_OK;
	case OUTRIDER__V1__MUTATION_OP__MUTATION_OP_UPDATE:
		*out = CHANGE_UPDATE;
		return OUTRIDER_OK;
	case OUTRIDER__V1__MUTATION_OP__MUTATION_OP_DELETE:
		*out = CHANGE_DELETE;
		return OUTRIDER_OK;
	case OUTRIDER__V1__MUTATION_OP__MUTATION_OP_UNSPECIFIED:
	case _OUTRIDER__V1__MUTATION_OP_IS_INT_SIZE:
		break;
	}
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, "op",
		       "a mutation creates, updates or deletes");
}

static bool is_known(const struct write_intent *intent, uint32_t number)
{
	const struct entity *entity = intent->entity;
	const struct field *field = message_field(entity->message, number);

	return field && access_knows_field(intent->principal, entity, field);
}

/*
 * A field that this server doesn't know would be lost without a word: the
 * phone is newer, and keeps the mutation. What its user doesn't see isn't there
 * either.
 */
static enum outrider_code check_known(const struct write_intent *intent,
				      const Mutation *sent,
				      struct outrider_err *err)
{
	struct wire_reader reader = wire_read((struct bytes){
		.at = sent->fields.data, .len = sent->fields.len });
	struct wire_field field;
	uint32_t unknown = 0;

	while (wire_next(&reader, &field) > 0)
		if (!is_known(intent, field.number))
			unknown = field.number;
	for (size_t i = 0; i < sent->n_cleared; i++)
		if (!is_known(intent, sent->cleared[i]))
			unknown = sent->cleared[i];
	if (unknown == 0)
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_UNIMPLEMENTED, NULL,
		       "this server doesn't know field %u of a %s yet",
		       (unsigned)unknown, intent->entity->name);
}

static enum outrider_code read_fields(struct write_intent *intent,
				      const Mutation *sent, struct arena *arena,
				      struct outrider_err *err)
{
	const struct bytes fields = { .at = sent->fields.data,
				      .len = sent->fields.len };
	struct row *values = row_new(arena, intent->entity);
	enum outrider_code code;

	if (!values)
		return err_call_full(err);
	code = wire_check(intent->entity->message, fields, err);
	if (code == OUTRIDER_OK)
		code = check_known(intent, sent, err);
	if (code == OUTRIDER_OK)
		code = record_read(values, &intent->which, arena, fields, err);
	if (code != OUTRIDER_OK)
		return code;
	for (size_t i = 0; i < sent->n_cleared; i++) {
		if (field_set_has(&intent->which, sent->cleared[i]))
			return err_set(err, OUTRIDER_INVALID_ARGUMENT,
				       "cleared",
				       "a field is set and emptied at once");
		field_set_add(&intent->which, sent->cleared[i]);
	}
	intent->values = values;
	return OUTRIDER_OK;
}

static enum outrider_code
read_mutation(struct write_intent *intent, const Mutation *sent,
	      const struct app *app, struct arena *arena,
	      struct outrider_err *err)
{
	enum outrider_code code;

	if (intent->base_rev < sent->base_rev_offset)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "base_rev is out of range");
	if (sent->id.len != sizeof(intent->id.at))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "id",
			       "an id has 16 bytes");
	memcpy(intent->id.at, sent->id.data, sizeof(intent->id.at));
	if (uuid_is_zero(&intent->id))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "id",
			       "an id is not zero");
	intent->entity = schema_entity(sent->kind);
	if (!intent->entity ||
	    !access_knows_kind(intent->principal, intent->entity))
		return err_set(err, OUTRIDER_UNIMPLEMENTED, "kind",
			       "this server doesn't know records of kind %u "
			       "yet",
			       (unsigned)sent->kind);
	code = read_op(&intent->op, sent, err);
	if (code != OUTRIDER_OK || intent->op == CHANGE_DELETE)
		return code;
	code = read_fields(intent, sent, arena, err);
	return code == OUTRIDER_OK ? complete_record(intent, app, arena, err)
				   : code;
}

bool sync_mutation_read(struct sync_mutation *out, struct app_call *call,
			const Outrider__V1__PushRequest *request, size_t i)
{
	const Mutation *sent = request->mutations[i];
	uint64_t hlc = i > 0 ? out[-1].intent.hlc : request->first_hlc;

	out->intent = (struct write_intent){
		.principal = &call->principal,
		.base_rev = request->min_base_rev + sent->base_rev_offset,
		.hlc = hlc + sent->hlc_step,
		.seq = request->first_seq + i,
	};
	memcpy(out->intent.incarnation.at, request->incarnation.data,
	       sizeof(out->intent.incarnation.at));
	hash_mutation(out, sent);
	err_clear(&out->refusal);
	return read_mutation(&out->intent, sent, call->app, &call->arena,
			     &out->refusal) != OUTRIDER_RESOURCE_EXHAUSTED;
}
