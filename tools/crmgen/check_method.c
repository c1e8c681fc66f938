/*
 * check_method: every method says who may call it, and the standard methods
 * of a kind have the requests and responses that one handler serves for all
 * kinds.
 */
#include <stdio.h>
#include <string.h>

#include "contract.h"

enum { PLACES_MAX = 6 };

/*
 * The words $x and $xs stand for the kind's name and its plural, $create and
 * $update for the requests of those methods.
 */
struct standard_field {
	const char *name;
	uint32_t number;
	enum field_type type;
	const char *message; /* of FIELD_MESSAGE; NULL: the kind's */
	bool is_repeated, is_required;
};

#define MASK "google.protobuf.FieldMask"

static const struct standard_method {
	enum method_verb verb;
	bool is_write;
	bool is_creation; /* or an end: not for what the server alone makes */
	bool is_many;	  /* answers with a message of several */
	struct standard_field request[PLACES_MAX];
} standard_methods[] = {
	{
		.verb = METHOD_CREATE,
		.is_write = true,
		.is_creation = true,
		.request = { { .name = "$x",
			       .number = 1,
			       .type = FIELD_MESSAGE },
			     { .name = "request_id",
			       .number = 2,
			       .type = FIELD_UUID } },
	},
	{
		.verb = METHOD_GET,
		.request = { { .name = "id",
			       .number = 1,
			       .type = FIELD_UUID,
			       .is_required = true } },
	},
	{
		.verb = METHOD_LIST,
		.is_many = true,
		.request = { { .name = "page_size",
			       .number = 1,
			       .type = FIELD_INT32 },
			     { .name = "page_token",
			       .number = 2,
			       .type = FIELD_STRING },
			     { .name = "show_deleted",
			       .number = 3,
			       .type = FIELD_BOOL },
			     { .name = "filter",
			       .number = 4,
			       .type = FIELD_STRING },
			     { .name = "order_by",
			       .number = 5,
			       .type = FIELD_STRING } },
	},
	{
		.verb = METHOD_UPDATE,
		.is_write = true,
		.request = { { .name = "$x",
			       .number = 1,
			       .type = FIELD_MESSAGE },
			     { .name = "update_mask",
			       .number = 2,
			       .type = FIELD_MESSAGE,
			       .message = MASK },
			     { .name = "request_id",
			       .number = 3,
			       .type = FIELD_UUID } },
	},
	{
		.verb = METHOD_DELETE,
		.is_write = true,
		.is_creation = true,
		.request = { { .name = "id",
			       .number = 1,
			       .type = FIELD_UUID,
			       .is_required = true },
			     { .name = "etag",
			       .number = 2,
			       .type = FIELD_STRING },
			     { .name = "request_id",
			       .number = 3,
			       .type = FIELD_UUID } },
	},
	{
		.verb = METHOD_UNDELETE,
		.is_write = true,
		.is_creation = true,
		.request = { { .name = "id",
			       .number = 1,
			       .type = FIELD_UUID,
			       .is_required = true },
			     { .name = "etag",
			       .number = 2,
			       .type = FIELD_STRING },
			     { .name = "request_id",
			       .number = 3,
			       .type = FIELD_UUID } },
	},
	{
		.verb = METHOD_BATCH_GET,
		.is_many = true,
		.request = { { .name = "ids",
			       .number = 1,
			       .type = FIELD_STRING,
			       .is_repeated = true,
			       .is_required = true } },
	},
	{
		.verb = METHOD_BATCH_CREATE,
		.is_write = true,
		.is_creation = true,
		.is_many = true,
		.request = { { .name = "requests",
			       .number = 1,
			       .type = FIELD_MESSAGE,
			       .message = "$create",
			       .is_repeated = true,
			       .is_required = true },
			     { .name = "request_id",
			       .number = 2,
			       .type = FIELD_UUID } },
	},
	{
		.verb = METHOD_BATCH_UPDATE,
		.is_write = true,
		.is_many = true,
		.request = { { .name = "requests",
			       .number = 1,
			       .type = FIELD_MESSAGE,
			       .message = "$update",
			       .is_repeated = true,
			       .is_required = true },
			     { .name = "request_id",
			       .number = 2,
			       .type = FIELD_UUID } },
	},
};

static const struct standard_field list_response[PLACES_MAX] = {
	{
		.name = "$xs",
		.number = 1,
		.type = FIELD_MESSAGE,
		.is_repeated = true,
	},
	{ .name = "next_page_token", .number = 2, .type = FIELD_STRING },
	{ .name = "is_scan", .number = 3, .type = FIELD_BOOL },
};

static const struct standard_field batch_response[PLACES_MAX] = {
	{
		.name = "$xs",
		.number = 1,
		.type = FIELD_MESSAGE,
		.is_repeated = true,
	},
};

static bool is_standard(const struct contract_field *field,
			const struct standard_field *want, const char *name,
			const char *message)
{
	if (strcmp(field->name, name) != 0 || field->number != want->number ||
	    field->type != want->type ||
	    field->is_repeated != want->is_repeated ||
	    (want->is_required && !field->rules->required))
		return false;
	return field->type != FIELD_MESSAGE ||
	       strcmp(field->message->name, message) == 0;
}

/* The full name of the message that a field is of. */
static const char *message_of(struct contract *c,
			      const struct contract_kind *kind,
			      const struct standard_field *want)
{
	int package = (int)(strrchr(kind->message->name, '.') + 1 -
			    kind->message->name);
	const char *verb = !want->message			   ? NULL
			   : strcmp(want->message, "$create") == 0 ? "Create"
			   : strcmp(want->message, "$update") == 0 ? "Update"
								   : NULL;

	if (verb)
		return contract_text(c, "%.*s%s%sRequest", package,
				     kind->message->name, verb, kind->type);
	return want->message ? want->message : kind->message->name;
}

static void check_fields(struct contract *c,
			 const struct contract_method *method,
			 const struct contract_message *message,
			 const struct standard_field *wanted)
{
	const struct contract_kind *kind = method->kind;

	for (size_t i = 0; i < PLACES_MAX && wanted[i].name; i++) {
		const struct standard_field *want = &wanted[i];
		const char *of = message_of(c, kind, want);
		const char *name = strcmp(want->name, "$x") == 0 ? kind->name
				   : strcmp(want->name, "$xs") == 0
					   ? kind->table
					   : want->name;
		bool is_there = false;
		for (size_t j = 0; j < message->n_fields; j++)
			is_there |= is_standard(&message->fields[j], want, name,
						of);
		if (!is_there)
			contract_refuse(c, &message->origin, message->name,
					"%s is a standard method: it needs "
					"%s = %u",
					method->name, name, want->number);
	}
}

static void check_standard(struct contract *c,
			   const struct contract_method *method,
			   const struct standard_method *standard)
{
	const struct contract_kind *kind = method->kind;
	Outrider__V1__Permission permission = method->rules->permission;

	check_fields(c, method, method->request, standard->request);
	if (standard->is_many)
		check_fields(c, method, method->response,
			     standard->verb == METHOD_LIST ? list_response
							   : batch_response);
	else if (method->response != kind->message)
		contract_refuse(c, &method->origin, method->path,
				"a standard method answers with %s",
				kind->message->name);
	if (method->proto->client_streaming || method->proto->server_streaming)
		contract_refuse(c, &method->origin, method->path,
				"a standard method doesn't stream");
	if (permission == OUTRIDER__V1__PERMISSION__PERMISSION_PUBLIC ||
	    (standard->is_write &&
	     permission == OUTRIDER__V1__PERMISSION__PERMISSION_READ))
		contract_refuse(c, &method->origin, method->path,
				"its permission is too weak for a standard "
				"method that %s",
				standard->is_write ? "writes" : "reads");
	if (standard->is_creation && kind->rules->is_server_made)
		contract_refuse(c, &method->origin, method->path,
				"only the server makes and deletes %s",
				kind->table);
}

void contract_check_methods(struct contract *c)
{
	size_t n = sizeof(standard_methods) / sizeof(standard_methods[0]);

	for (size_t i = 0; i < c->n_methods; i++) {
		const struct contract_method *method = &c->methods[i];
		if (method->rules->permission ==
		    OUTRIDER__V1__PERMISSION__PERMISSION_UNSPECIFIED)
			contract_refuse(c, &method->origin, method->path,
					"a method needs (method).permission");
		for (size_t j = 0; j < n && method->kind; j++)
			if (standard_methods[j].verb == method->verb)
				check_standard(c, method, &standard_methods[j]);
	}
}
