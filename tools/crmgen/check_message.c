/*
 * check_message: what no message of the contract may have, kind or not: a
 * field without its limit, a type that the tables don't know, a shape that
 * could grow without end.
 */
#include <string.h>

#include "contract.h"
#include "model/wire.h"

static bool is_text(const struct contract_field *field)
{
	return field->type == FIELD_STRING || field->type == FIELD_BYTES ||
	       field->type == FIELD_UUID;
}

static bool is_number(const struct contract_field *field)
{
	switch (field->type) {
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_DOUBLE:
		return true;
	case FIELD_STRING:
	case FIELD_BYTES:
	case FIELD_BOOL:
	case FIELD_ENUM:
	case FIELD_UUID:
	case FIELD_TIMESTAMP:
	case FIELD_MESSAGE:
		break;
	}
	return false;
}

/* A map is a repeated message of protoc's own making. */
static bool is_map(const struct contract_field *field)
{
	const Google__Protobuf__MessageOptions *options =
		field->message ? field->message->proto->options : NULL;

	return options && options->map_entry;
}

static bool has_range(const Outrider__V1__FieldRules *rules)
{
	return rules->min < 0 || rules->min > 0 || rules->max < 0 ||
	       rules->max > 0;
}

/* Why the field can't be, or NULL. The first reason that holds is told. */
static const char *shape_fault(const struct contract_field *field)
{
	static const char *const foreign[] = {
		"google.protobuf.Timestamp",
		"google.protobuf.Duration",
		"google.protobuf.FieldMask",
	};
	bool is_known = false;

	if (field->proto->proto3_optional)
		return "proto3 optional; presence comes from sub-messages and "
		       "masks";
	if (is_map(field))
		return "a map; write a repeated message";
	if (!field->is_typed)
		return "a number type that the tables don't know; write "
		       "int32, int64, uint32, uint64 or double";
	if (!field->message || !field->message->source->is_foreign)
		return NULL;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		is_known |= strcmp(field->message->name, foreign[i]) == 0;
	return is_known ? NULL
			: "a message of another's that has no limits here; "
			  "known are Timestamp, Duration and FieldMask";
}

struct rule {
	bool is_broken;
	const char *text;
};

/* Limits: required where there is something to limit, nonsense elsewhere. */
static void check_limits(struct contract *c, const char *subject,
			 const struct contract_field *field)
{
	const Outrider__V1__FieldRules *rules = field->rules;
	const struct rule faults[] = {
		{ is_text(field) && rules->max_bytes == 0,
		  "text and bytes need (field).max_bytes" },
		{ !is_text(field) && rules->max_bytes > 0,
		  "max_bytes is for text and bytes" },
		{ field->is_repeated && rules->max_items == 0,
		  "a repeated field needs (field).max_items" },
		{ !field->is_repeated && rules->max_items > 0,
		  "max_items is for repeated fields" },
		{ has_range(rules) && !is_number(field),
		  "min and max are for numbers" },
		{ rules->min > rules->max, "min is above max" },
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].is_broken)
			contract_refuse(c, &field->origin, subject, "%s",
					faults[i].text);
}

/* Of repeated and nested fields: does a side table hold what is in it? */
static bool can_be_found(const struct contract_field *field)
{
	if (field->is_repeated &&
	    (field->type == FIELD_STRING || field->type == FIELD_UUID))
		return true;
	for (size_t i = 0; field->message && i < field->message->n_fields; i++)
		if (field->message->fields[i].rules->handle)
			return true;
	return contract_is_custom(field);
}

static bool has_key(const struct contract_field *field)
{
	const struct contract_message *message = field->message;

	return field->is_repeated && message && message->n_fields > 0 &&
	       message->fields[0].number == 1 &&
	       (message->fields[0].type == FIELD_STRING ||
		message->fields[0].type == FIELD_UUID);
}

static void check_meaning(struct contract *c, const char *subject,
			  const struct contract_field *field)
{
	const Outrider__V1__FieldRules *rules = field->rules;
	bool has_reference = rules->reference[0] != 0;
	bool is_column = !field->is_repeated && field->type != FIELD_MESSAGE;
	bool is_set = rules->merge == OUTRIDER__V1__MERGE__MERGE_SET;
	bool is_keyed = rules->merge == OUTRIDER__V1__MERGE__MERGE_BY_KEY;
	const struct rule faults[] = {
		{ has_reference && field->type != FIELD_UUID,
		  "a reference is a string" },
		{ has_reference && field->type == FIELD_UUID &&
			  rules->max_bytes != 36,
		  "a reference is a UUID: max_bytes 36" },
		{ rules->handle && field->type != FIELD_STRING,
		  "a handle is a string" },
		{ rules->searchable && field->type != FIELD_STRING,
		  "searchable is for strings" },
		{ rules->participant && strcmp(rules->reference, "user") != 0 &&
			  strcmp(rules->reference, "team") != 0,
		  "a participant is a reference to a user or a team" },
		{ rules->filterable && !is_column && !can_be_found(field),
		  "filterable is for single values, repeated text and "
		  "references, custom values and messages with a handle" },
		{ rules->indexed && (!is_column || !rules->filterable),
		  "indexed is for single values that are filterable" },
		{ rules->money && field->type != FIELD_INT64,
		  "money is an int64 of minor units" },
		{ rules->orderable && !is_column,
		  "orderable is for single values" },
		{ is_set && (!field->is_repeated ||
			     wire_type_of(field->type) != WIRE_LEN),
		  "MERGE_SET is for repeated text, bytes, references and "
		  "messages" },
		{ is_keyed && !has_key(field),
		  "MERGE_BY_KEY is for repeated messages whose field 1 is text "
		  "or a reference" },
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].is_broken)
			contract_refuse(c, &field->origin, subject, "%s",
					faults[i].text);
	if (has_reference && !field->reference)
		contract_refuse(c, &field->origin, subject,
				"refers to \"%s\", which is no kind",
				rules->reference);
}

static void check_field(struct contract *c,
			const struct contract_message *message,
			const struct contract_field *field)
{
	const char *subject =
		contract_text(c, "%s.%s", message->name, field->name);
	const char *fault = shape_fault(field);

	if (fault) {
		contract_refuse(c, &field->origin, subject, "%s", fault);
		return;
	}
	check_limits(c, subject, field);
	check_meaning(c, subject, field);
}

/*
 * How deep messages lie in a message. *too_deep names the field behind which
 * it goes on for more than WIRE_DEPTH_MAX: a cycle goes on for ever.
 */
static unsigned depth_of(const struct contract_message *message, unsigned room)
{
	unsigned deepest = 0;

	for (size_t i = 0; i < message->n_fields && deepest <= room; i++) {
		const struct contract_field *field = &message->fields[i];
		unsigned depth;
		if (field->type != FIELD_MESSAGE || !field->message)
			continue;
		if (room == 0)
			return 1;
		depth = 1 + depth_of(field->message, room - 1);
		if (depth > deepest)
			deepest = depth;
	}
	return deepest;
}

/* Is message met again on a way of at most room steps out of from? */
static bool is_reached(const struct contract_message *from,
		       const struct contract_message *message, unsigned room)
{
	for (size_t i = 0; i < from->n_fields; i++) {
		const struct contract_message *next = from->fields[i].message;
		if (!next || next->source->is_foreign)
			continue;
		if (next == message ||
		    (room > 0 && is_reached(next, message, room - 1)))
			return true;
	}
	return false;
}

static void
check_depth(struct contract *c, const struct contract_message *message)
{
	if (is_reached(message, message, WIRE_DEPTH_MAX))
		contract_refuse(c, &message->origin, message->name,
				"a recursive message");
	else if (depth_of(message, WIRE_DEPTH_MAX) > WIRE_DEPTH_MAX)
		contract_refuse(c, &message->origin, message->name,
				"messages in messages, more than %d deep",
				WIRE_DEPTH_MAX);
}

static void
check_message(struct contract *c, const struct contract_message *message)
{
	const Google__Protobuf__MessageOptions *options =
		message->proto->options;

	if (options && options->map_entry)
		return; /* told at the field */
	for (size_t i = 0; i < message->n_fields; i++)
		check_field(c, message, &message->fields[i]);
	if (message->n_fields > WIRE_FIELDS_MAX)
		contract_refuse(c, &message->origin, message->name,
				"more than %d fields", WIRE_FIELDS_MAX);
	if (message->proto->n_oneof_decl > 32)
		contract_refuse(c, &message->origin, message->name,
				"more than 32 oneofs");
	check_depth(c, message);
}

static void check_enum(struct contract *c, const struct contract_enum *e)
{
	const char *zero = "_UNSPECIFIED";
	const char *name = e->proto->n_value > 0 ? e->proto->value[0]->name
						 : "";
	size_t len = strlen(name), zero_len = strlen(zero);

	if (e->proto->n_value == 0 || e->proto->value[0]->number != 0 ||
	    len < zero_len || strcmp(name + len - zero_len, zero) != 0)
		contract_refuse(c, &e->origin, e->name,
				"an enum begins with ..._UNSPECIFIED = 0");
	for (size_t i = 1; i < e->proto->n_value; i++)
		if (e->proto->value[i]->number <=
		    e->proto->value[i - 1]->number)
			contract_refuse(c, &e->origin, e->name,
					"%s: values ascend, without aliases",
					e->proto->value[i]->name);
}

void contract_check_messages(struct contract *c)
{
	for (size_t i = 0; i < c->n_enums; i++)
		if (!c->enums[i].source->is_foreign)
			check_enum(c, &c->enums[i]);
	for (size_t i = 0; i < c->n_messages; i++) {
		const struct source *source = c->messages[i].source;
		if (!source->is_foreign && !source->is_language)
			check_message(c, &c->messages[i]);
	}
}
