/*
 * resolve: what the names in a contract stand for: kinds, the fields' types,
 * and which methods are the standard ones.
 */
#include "contract.h"

#include <stdlib.h>
#include <string.h>

/* descriptor.proto's own field numbers, as paths to a line go by them. */
enum { IN_FILE_SERVICE = 6, IN_SERVICE_METHOD = 2 };

/* "PriceList" to "price_list". */
static const char *snake_case(struct contract *c, const char *name)
{
	size_t len = strlen(name), n = 0;
	char *out = contract_alloc(c, 2 * len + 1);

	for (size_t i = 0; i < len; i++) {
		bool is_capital = name[i] >= 'A' && name[i] <= 'Z';
		if (is_capital && i > 0)
			out[n++] = '_';
		out[n++] = (char)(is_capital ? name[i] - 'A' + 'a' : name[i]);
	}
	return out;
}

/* "price_lists" to "PriceLists". */
static const char *camel_case(struct contract *c, const char *name)
{
	size_t len = strlen(name), n = 0;
	char *out = contract_alloc(c, len + 1);
	bool is_start = true;

	for (size_t i = 0; i < len; i++) {
		bool is_small = name[i] >= 'a' && name[i] <= 'z';
		if (name[i] == '_') {
			is_start = true;
			continue;
		}
		out[n++] = (char)(is_start && is_small ? name[i] - 'a' + 'A'
						       : name[i]);
		is_start = false;
	}
	return out;
}

static const char *last_name(const char *full)
{
	const char *dot = strrchr(full, '.');

	return dot ? dot + 1 : full;
}

static int compare_kinds(const void *a, const void *b)
{
	const struct contract_kind *x = a, *y = b;

	return (x->rules->number > y->rules->number) -
	       (x->rules->number < y->rules->number);
}

static void add_kind(struct contract *c, struct contract_message *message)
{
	const Outrider__V1__KindRules *rules =
		contract_option(c, &outrider__v1__kind_rules__descriptor,
				message->proto->options);
	const char *type = last_name(message->name);
	size_t first = 0;

	while (first < message->n_fields &&
	       message->fields[first].number < FIELD_FIRST_OWN)
		first++;
	c->kinds[c->n_kinds++] = (struct contract_kind){
		.message = message,
		.rules = rules,
		.name = snake_case(c, type),
		.table = rules->plural,
		.type = type,
		.types = camel_case(c, rules->plural),
		.first_own = first,
	};
}

static void add_kinds(struct contract *c)
{
	c->kinds = contract_alloc(c, c->n_messages * sizeof(*c->kinds));
	for (size_t i = 0; i < c->n_messages; i++) {
		const Google__Protobuf__MessageOptions *options =
			c->messages[i].proto->options;
		if (contract_has_option(options))
			add_kind(c, &c->messages[i]);
	}
	qsort(c->kinds, c->n_kinds, sizeof(*c->kinds), compare_kinds);
	for (size_t i = 0; i < c->n_kinds; i++)
		c->kinds[i].message->kind = &c->kinds[i];
}

/* ------------------------------------------------------------- the types */

#define TYPE(name) GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_##name

static const struct {
	Google__Protobuf__FieldDescriptorProto__Type proto;
	enum field_type type;
} types[] = {
	{ TYPE(STRING), FIELD_STRING }, { TYPE(BYTES), FIELD_BYTES },
	{ TYPE(BOOL), FIELD_BOOL },	{ TYPE(INT32), FIELD_INT32 },
	{ TYPE(INT64), FIELD_INT64 },	{ TYPE(UINT32), FIELD_UINT32 },
	{ TYPE(UINT64), FIELD_UINT64 }, { TYPE(DOUBLE), FIELD_DOUBLE },
	{ TYPE(ENUM), FIELD_ENUM },	{ TYPE(MESSAGE), FIELD_MESSAGE },
};

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* An id by its name and by its size: 36 characters of a UUID. */
static bool is_uuid(const struct contract_field *field)
{
	if (field->type != FIELD_STRING)
		return false;
	if (field->rules->reference[0] != 0)
		return true;
	return field->rules->max_bytes == 36 &&
	       (strcmp(field->name, "id") == 0 ||
		ends_with(field->name, "_id") ||
		ends_with(field->name, "_ids"));
}

static void resolve_field(struct contract *c, struct contract_field *field)
{
	/* protoc writes resolved names with a dot in front. */
	const char *name = field->proto->type_name;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].proto == field->proto->type) {
			field->type = types[i].type;
			field->is_typed = true;
		}
	if (field->type == FIELD_MESSAGE && name)
		field->message = contract_message(c, name + 1);
	for (size_t i = 0; field->type == FIELD_ENUM && i < c->n_enums; i++)
		if (strcmp(c->enums[i].name, name + 1) == 0)
			field->values = &c->enums[i];
	if (field->message &&
	    strcmp(field->message->name, "google.protobuf.Timestamp") == 0)
		field->type = FIELD_TIMESTAMP;
	if (is_uuid(field))
		field->type = FIELD_UUID;
	field->reference = contract_kind(c, field->rules->reference);
}

/* Limits of what Google's messages carry, which have no options of ours. */
static const struct {
	const char *message, *field;
	uint32_t max_items, max_bytes;
} foreign_limits[] = {
	{ "google.protobuf.FieldMask", "paths", 100, 128 },
};

static void limit_field(const struct contract_message *message,
			struct contract_field *field)
{
	size_t n = sizeof(foreign_limits) / sizeof(foreign_limits[0]);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(message->name, foreign_limits[i].message) != 0 ||
		    strcmp(field->name, foreign_limits[i].field) != 0)
			continue;
		field->rules->max_items = foreign_limits[i].max_items;
		field->rules->max_bytes = foreign_limits[i].max_bytes;
	}
}

static void resolve_messages(struct contract *c)
{
	for (size_t i = 0; i < c->n_messages; i++) {
		struct contract_message *message = &c->messages[i];
		for (size_t j = 0; j < message->n_fields; j++) {
			resolve_field(c, &message->fields[j]);
			if (message->source->is_foreign)
				limit_field(message, &message->fields[j]);
		}
	}
}

bool contract_is_custom(const struct contract_field *field)
{
	return field->is_repeated && field->message &&
	       strcmp(last_name(field->message->name), "CustomValue") == 0;
}

/* ----------------------------------------------------------- the methods */

static const struct {
	const char *word;
	enum method_verb verb;
	bool is_plural;
} verbs[] = {
	{ "Create", METHOD_CREATE, false },
	{ "Get", METHOD_GET, false },
	{ "List", METHOD_LIST, true },
	{ "Update", METHOD_UPDATE, false },
	{ "Delete", METHOD_DELETE, false },
	{ "Undelete", METHOD_UNDELETE, false },
	{ "BatchGet", METHOD_BATCH_GET, true },
	{ "BatchCreate", METHOD_BATCH_CREATE, true },
	{ "BatchUpdate", METHOD_BATCH_UPDATE, true },
};

/* CreateX, GetX, ListXs ... of the service XService, where X is a kind. */
static void
find_standard(const struct contract *c, struct contract_method *method)
{
	const char *service = last_name(method->service);

	for (size_t k = 0; k < c->n_kinds; k++) {
		const struct contract_kind *kind = &c->kinds[k];
		size_t len = strlen(kind->type);
		if (strncmp(service, kind->type, len) != 0 ||
		    strcmp(service + len, "Service") != 0)
			continue;
		for (size_t v = 0; v < sizeof(verbs) / sizeof(verbs[0]); v++) {
			size_t word = strlen(verbs[v].word);
			const char *what = verbs[v].is_plural ? kind->types
							      : kind->type;
			if (strncmp(method->name, verbs[v].word, word) != 0 ||
			    strcmp(method->name + word, what) != 0)
				continue;
			method->kind = kind;
			method->verb = verbs[v].verb;
		}
	}
}

static void add_methods(struct contract *c, const struct source *source,
			size_t service_index)
{
	const Google__Protobuf__ServiceDescriptorProto *service =
		source->proto->service[service_index];
	int32_t path[] = { IN_FILE_SERVICE, (int32_t)service_index,
			   IN_SERVICE_METHOD, 0 };
	const char *full = contract_text(c, "%s.%s", source->proto->package,
					 service->name);

	for (size_t i = 0; i < service->n_method; i++) {
		const Google__Protobuf__MethodDescriptorProto *proto =
			service->method[i];
		struct contract_method *method = &c->methods[c->n_methods++];
		path[3] = (int32_t)i;
		*method = (struct contract_method){
			.origin = contract_origin(source, path, 4),
			.path = contract_text(c, "/%s/%s", full, proto->name),
			.service = full,
			.name = proto->name,
			.proto = proto,
			.rules = contract_option(
				c, &outrider__v1__method_rules__descriptor,
				proto->options),
			.request = contract_message(c, proto->input_type + 1),
			.response = contract_message(c, proto->output_type + 1),
		};
		find_standard(c, method);
	}
}

static int compare_methods(const void *a, const void *b)
{
	const struct contract_method *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void add_all_methods(struct contract *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_sources; i++)
		for (size_t j = 0; j < c->sources[i].proto->n_service; j++)
			n += c->sources[i].proto->service[j]->n_method;
	c->methods = contract_alloc(c, n * sizeof(*c->methods));
	for (size_t i = 0; i < c->n_sources; i++) {
		if (c->sources[i].is_foreign)
			continue;
		for (size_t j = 0; j < c->sources[i].proto->n_service; j++)
			add_methods(c, &c->sources[i], j);
	}
	qsort(c->methods, c->n_methods, sizeof(*c->methods), compare_methods);
}

void contract_resolve(struct contract *c)
{
	add_kinds(c);
	resolve_messages(c);
	add_all_methods(c);
}
