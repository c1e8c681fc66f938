/*
 * check_kind: what makes a message a kind: its number, its seven system
 * fields, and own fields that can be columns.
 */
#include <string.h>

#include "contract.h"
#include "model/record.h"

enum {
	KIND_NUMBER_MAX = 255,
	OWN_NUMBER_MAX = 255,
};

/* What options.proto promises of each kind. */
static const struct system_field {
	uint32_t number;
	const char *name;
	enum field_type type;
	uint32_t max_bytes;
	const char *reference;
	Outrider__V1__Merge merge;
	bool is_output_only, is_immutable;
} system_fields[] = {
	{
		.number = FIELD_ID,
		.name = "id",
		.type = FIELD_UUID,
		.max_bytes = 36,
		.reference = "",
		.is_immutable = true,
	},
	{
		.number = FIELD_ETAG,
		.name = "etag",
		.type = FIELD_STRING,
		.max_bytes = 24,
		.reference = "",
		.is_output_only = true,
	},
	{
		.number = FIELD_CREATE_TIME,
		.name = "create_time",
		.type = FIELD_TIMESTAMP,
		.reference = "",
		.is_output_only = true,
	},
	{
		.number = FIELD_UPDATE_TIME,
		.name = "update_time",
		.type = FIELD_TIMESTAMP,
		.reference = "",
		.is_output_only = true,
	},
	{
		.number = FIELD_DELETE_TIME,
		.name = "delete_time",
		.type = FIELD_TIMESTAMP,
		.reference = "",
		.is_output_only = true,
	},
	{
		.number = FIELD_OWNER,
		.name = "owner_id",
		.type = FIELD_UUID,
		.max_bytes = 36,
		.reference = "user",
		.merge = OUTRIDER__V1__MERGE__MERGE_SERVER,
	},
	{
		.number = FIELD_TEAM,
		.name = "team_id",
		.type = FIELD_UUID,
		.max_bytes = 36,
		.reference = "team",
		.merge = OUTRIDER__V1__MERGE__MERGE_SERVER,
		.is_output_only = true,
	},
};

/* Columns that the store adds to each table. */
static const char *const store_columns[] = { "id",	   "rev",
					     "owner",	   "team",
					     "created_us", "updated_us",
					     "deleted_us", "frev" };

static bool is_as_promised(const struct contract_field *field,
			   const struct system_field *promise)
{
	const Outrider__V1__FieldRules *rules = field->rules;

	return field->number == promise->number && !field->is_repeated &&
	       field->type == promise->type && field->oneof < 0 &&
	       rules->max_bytes == promise->max_bytes &&
	       strcmp(rules->reference, promise->reference) == 0 &&
	       rules->merge == promise->merge &&
	       !rules->output_only == !promise->is_output_only &&
	       !rules->immutable == !promise->is_immutable;
}

static const struct contract_field *
field_named(const struct contract_message *message, const char *name)
{
	for (size_t i = 0; i < message->n_fields; i++)
		if (strcmp(message->fields[i].name, name) == 0)
			return &message->fields[i];
	return NULL;
}

static void
check_system_fields(struct contract *c, const struct contract_message *message)
{
	size_t n = sizeof(system_fields) / sizeof(system_fields[0]);

	for (size_t i = 0; i < n; i++) {
		const struct system_field *promise = &system_fields[i];
		const struct contract_field *field =
			field_named(message, promise->name);
		if (!field)
			contract_refuse(c, &message->origin, message->name,
					"a kind has the system field %s = %u",
					promise->name, promise->number);
		else if (!is_as_promised(field, promise))
			contract_refuse(c, &field->origin, message->name,
					"%s is not as options.proto says of "
					"the system fields",
					promise->name);
	}
}

static bool is_system(const struct contract_field *field)
{
	size_t n = sizeof(system_fields) / sizeof(system_fields[0]);

	for (size_t i = 0; i < n; i++)
		if (strcmp(field->name, system_fields[i].name) == 0)
			return true;
	return false;
}

static bool is_store_column(const char *name)
{
	size_t n = sizeof(store_columns) / sizeof(store_columns[0]);

	for (size_t i = 0; i < n; i++)
		if (strcmp(name, store_columns[i]) == 0)
			return true;
	return false;
}

static void
check_own_fields(struct contract *c, const struct contract_message *message)
{
	size_t n_own = 0;

	for (size_t i = 0; i < message->n_fields; i++) {
		const struct contract_field *field = &message->fields[i];
		const char *subject =
			contract_text(c, "%s.%s", message->name, field->name);
		if (is_system(field))
			continue;
		n_own++;
		if (field->number < FIELD_FIRST_OWN ||
		    field->number > OWN_NUMBER_MAX)
			contract_refuse(c, &field->origin, subject,
					"a kind's own fields have the numbers "
					"%d to %d",
					FIELD_FIRST_OWN, OWN_NUMBER_MAX);
		if (is_store_column(field->name))
			contract_refuse(c, &field->origin, subject,
					"every table has a column of this "
					"name already");
	}
	if (n_own > RECORD_FIELDS_MAX)
		contract_refuse(c, &message->origin, message->name,
				"%zu own fields; at most %d", n_own,
				RECORD_FIELDS_MAX);
}

/* Lower-case letters, digits and underscores: no quoting, no surprise. */
static bool is_plain_name(const char *name)
{
	if (name[0] < 'a' || name[0] > 'z')
		return false;
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == 0;
}

static void check_rules(struct contract *c, const struct contract_kind *kind)
{
	const struct origin *origin = &kind->message->origin;
	const char *subject = kind->message->name;

	if (kind->rules->number < 1 || kind->rules->number > KIND_NUMBER_MAX)
		contract_refuse(c, origin, subject,
				"a kind's number lies from 1 to %d",
				KIND_NUMBER_MAX);
	if (!is_plain_name(kind->rules->plural))
		contract_refuse(c, origin, subject,
				"(kind).plural is a lower-case name");
	if (kind->rules->visibility ==
	    OUTRIDER__V1__VISIBILITY__VISIBILITY_UNSPECIFIED)
		contract_refuse(c, origin, subject,
				"a kind needs (kind).visibility");
}

/* The fields that the kind's options name are there and fit. */
static void check_named(struct contract *c, const struct contract_kind *kind)
{
	const struct contract_message *message = kind->message;
	const char *time = kind->rules->timeline_time;
	const struct contract_field *field = field_named(message, time);

	if (time[0] &&
	    (!field || field->type != FIELD_TIMESTAMP || field->is_repeated))
		contract_refuse(c, &message->origin, message->name,
				"(kind).timeline_time names a timestamp");
	for (size_t i = 0; i < kind->rules->n_title; i++) {
		field = field_named(message, kind->rules->title[i]);
		if (!field || field->type != FIELD_STRING ||
		    field->is_repeated || field->rules->read_rank)
			contract_refuse(c, &message->origin, message->name,
					"(kind).title names single texts that "
					"everybody sees");
	}
	for (size_t i = kind->first_own; i < message->n_fields; i++)
		if (message->fields[i].rules->money &&
		    !field_named(message, "currency_code"))
			contract_refuse(c, &message->fields[i].origin,
					message->name,
					"money needs a currency_code beside "
					"it");
}

static void check_unique(struct contract *c, const struct contract_kind *kind,
			 const struct contract_kind *other)
{
	const struct origin *origin = &kind->message->origin;
	const char *subject = kind->message->name;

	if (kind->rules->number == other->rules->number)
		contract_refuse(c, origin, subject, "has the number %u of %s",
				kind->rules->number, other->message->name);
	if (strcmp(kind->name, other->name) == 0 ||
	    strcmp(kind->table, other->table) == 0)
		contract_refuse(c, origin, subject,
				"has the name or the plural of %s",
				other->message->name);
}

void contract_check_kinds(struct contract *c)
{
	for (size_t i = 0; i < c->n_kinds; i++) {
		check_rules(c, &c->kinds[i]);
		check_system_fields(c, c->kinds[i].message);
		check_own_fields(c, c->kinds[i].message);
		check_named(c, &c->kinds[i]);
		for (size_t j = 0; j < i; j++)
			check_unique(c, &c->kinds[i], &c->kinds[j]);
	}
}
