/*
 * emit_schema: schema.c, the tables that the engine and the core run on.
 */
#include "emit.h"

#include <string.h>

static const char *const field_types[] = {
	[FIELD_STRING] = "FIELD_STRING",
	[FIELD_BYTES] = "FIELD_BYTES",
	[FIELD_BOOL] = "FIELD_BOOL",
	[FIELD_INT32] = "FIELD_INT32",
	[FIELD_INT64] = "FIELD_INT64",
	[FIELD_UINT32] = "FIELD_UINT32",
	[FIELD_UINT64] = "FIELD_UINT64",
	[FIELD_DOUBLE] = "FIELD_DOUBLE",
	[FIELD_ENUM] = "FIELD_ENUM",
	[FIELD_UUID] = "FIELD_UUID",
	[FIELD_TIMESTAMP] = "FIELD_TIMESTAMP",
	[FIELD_MESSAGE] = "FIELD_MESSAGE",
};

static const char *const merges[] = {
	[OUTRIDER__V1__MERGE__MERGE_UNSPECIFIED] = "MERGE_LAST_WRITER",
	[OUTRIDER__V1__MERGE__MERGE_SET] = "MERGE_SET",
	[OUTRIDER__V1__MERGE__MERGE_INSERT_ONLY] = "MERGE_INSERT_ONLY",
	[OUTRIDER__V1__MERGE__MERGE_SERVER] = "MERGE_SERVER",
	[OUTRIDER__V1__MERGE__MERGE_ASK] = "MERGE_ASK",
	[OUTRIDER__V1__MERGE__MERGE_BY_KEY] = "MERGE_BY_KEY",
};

static const char *const handles[] = {
	[OUTRIDER__V1__HANDLE__HANDLE_UNSPECIFIED] = "HANDLE_NONE",
	[OUTRIDER__V1__HANDLE__HANDLE_PHONE] = "HANDLE_PHONE",
	[OUTRIDER__V1__HANDLE__HANDLE_EMAIL] = "HANDLE_EMAIL",
	[OUTRIDER__V1__HANDLE__HANDLE_MESSENGER] = "HANDLE_MESSENGER",
};

static const char *const ranks[] = {
	[OUTRIDER__V1__RANK__RANK_UNSPECIFIED] = "RANK_NONE",
	[OUTRIDER__V1__RANK__RANK_REP] = "RANK_REP",
	[OUTRIDER__V1__RANK__RANK_MANAGER] = "RANK_MANAGER",
	[OUTRIDER__V1__RANK__RANK_ADMINISTRATOR] = "RANK_ADMINISTRATOR",
};

static const char *const visibilities[] = {
	[OUTRIDER__V1__VISIBILITY__VISIBILITY_ORGANIZATION] =
		"VISIBLE_TO_ORGANIZATION",
	[OUTRIDER__V1__VISIBILITY__VISIBILITY_OWNED] = "VISIBLE_TO_OWNED",
};

static const char *const permissions[] = {
	[OUTRIDER__V1__PERMISSION__PERMISSION_PUBLIC] = "PERMIT_PUBLIC",
	[OUTRIDER__V1__PERMISSION__PERMISSION_READ] = "PERMIT_READ",
	[OUTRIDER__V1__PERMISSION__PERMISSION_WRITE] = "PERMIT_WRITE",
	[OUTRIDER__V1__PERMISSION__PERMISSION_DEVICE] = "PERMIT_DEVICE",
	[OUTRIDER__V1__PERMISSION__PERMISSION_MANAGE] = "PERMIT_MANAGE",
	[OUTRIDER__V1__PERMISSION__PERMISSION_ADMINISTER] = "PERMIT_ADMINISTER",
};

static const char *const verbs[] = {
	[METHOD_NAMED] = "METHOD_NAMED",
	[METHOD_CREATE] = "METHOD_CREATE",
	[METHOD_GET] = "METHOD_GET",
	[METHOD_LIST] = "METHOD_LIST",
	[METHOD_UPDATE] = "METHOD_UPDATE",
	[METHOD_DELETE] = "METHOD_DELETE",
	[METHOD_UNDELETE] = "METHOD_UNDELETE",
	[METHOD_BATCH_GET] = "METHOD_BATCH_GET",
	[METHOD_BATCH_CREATE] = "METHOD_BATCH_CREATE",
	[METHOD_BATCH_UPDATE] = "METHOD_BATCH_UPDATE",
};

/* "outrider.v1.Contact" as a part of a name in C. */
static void emit_name(struct buffer *out, const char *name)
{
	for (; *name; name++)
		emit(out, "%c", *name == '.' ? '_' : *name);
}

static void emit_enum(struct buffer *out, const struct contract_enum *e)
{
	emit(out, "static const struct enum_value values_");
	emit_name(out, e->name);
	emit(out, "[] = {\n");
	for (size_t i = 0; i < e->proto->n_value; i++)
		emit(out, "\t{ .name = \"%s\", .number = %d },\n",
		     e->proto->value[i]->name, e->proto->value[i]->number);
	emit(out, "};\n\nstatic const struct enum_type enum_");
	emit_name(out, e->name);
	emit(out, " = {\n\t.name = \"%s\",\n\t.values = values_", e->name);
	emit_name(out, e->name);
	emit(out, ",\n\t.n_values = %zu,\n};\n\n", e->proto->n_value);
}

static void emit_flags(struct buffer *out, const struct contract_field *field,
		       bool is_system)
{
	const Outrider__V1__FieldRules *rules = field->rules;
	const struct {
		bool is_set;
		const char *name;
	} flags[] = {
		{ field->is_repeated, "FIELD_IS_REPEATED" },
		{ rules->required, "FIELD_IS_REQUIRED" },
		{ rules->output_only, "FIELD_IS_OUTPUT_ONLY" },
		{ rules->immutable, "FIELD_IS_IMMUTABLE" },
		{ rules->filterable, "FIELD_IS_FILTERABLE" },
		{ rules->orderable, "FIELD_IS_ORDERABLE" },
		{ rules->searchable, "FIELD_IS_SEARCHABLE" },
		{ rules->participant, "FIELD_IS_PARTICIPANT" },
		{ is_system, "FIELD_IS_SYSTEM" },
		{ rules->indexed, "FIELD_IS_INDEXED" },
		{ rules->money, "FIELD_IS_MONEY" },
		{ contract_is_custom(field), "FIELD_IS_CUSTOM" },
	};
	const char *between = "\t\t.flags = ";

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!flags[i].is_set)
			continue;
		emit(out, "%s%s", between, flags[i].name);
		between = " |\n\t\t\t ";
	}
	if (between[0] == ' ')
		emit(out, ",\n");
}

static void emit_pointer(struct buffer *out, const char *member,
			 const char *prefix, const char *name)
{
	emit(out, "\t\t.%s = &%s_", member, prefix);
	emit_name(out, name);
	emit(out, ",\n");
}

static void emit_field(struct buffer *out,
		       const struct contract_message *message,
		       const struct contract_field *field)
{
	const Outrider__V1__FieldRules *rules = field->rules;
	bool is_system = message->kind && field->number < FIELD_FIRST_OWN;

	emit(out, "\t{\n\t\t.number = %u,\n\t\t.name = \"%s\",\n",
	     field->number, field->name);
	emit(out, "\t\t.type = %s,\n", field_types[field->type]);
	emit_flags(out, field, is_system);
	if (rules->max_bytes > 0)
		emit(out, "\t\t.max_bytes = %u,\n", rules->max_bytes);
	if (rules->max_items > 0)
		emit(out, "\t\t.max_items = %u,\n", rules->max_items);
	if (rules->min < 0 || rules->min > 0 || rules->max < 0 ||
	    rules->max > 0)
		emit(out, "\t\t.min = %.17g,\n\t\t.max = %.17g,\n", rules->min,
		     rules->max);
	if (rules->merge)
		emit(out, "\t\t.merge = %s,\n", merges[rules->merge]);
	if (rules->handle)
		emit(out, "\t\t.handle = %s,\n", handles[rules->handle]);
	if (rules->read_rank)
		emit(out, "\t\t.read_rank = %s,\n", ranks[rules->read_rank]);
	emit(out, "\t\t.oneof = %d,\n", field->oneof);
	if (field->type == FIELD_MESSAGE)
		emit_pointer(out, "message", "message", field->message->name);
	if (field->type == FIELD_ENUM)
		emit_pointer(out, "values", "enum", field->values->name);
	if (field->reference)
		emit_pointer(out, "reference", "entity",
			     field->reference->name);
	if (message->kind && !is_system)
		emit(out, "\t\t.column = \"%s\",\n", field->name);
	emit(out, "\t},\n");
}

static void
emit_message(struct buffer *out, const struct contract_message *message)
{
	if (message->n_fields > 0) {
		emit(out, "static const struct field fields_");
		emit_name(out, message->name);
		emit(out, "[] = {\n");
		for (size_t i = 0; i < message->n_fields; i++)
			emit_field(out, message, &message->fields[i]);
		emit(out, "};\n\n");
	}
	emit(out, "static const struct message message_");
	emit_name(out, message->name);
	emit(out, " = {\n\t.name = \"%s\",\n", message->name);
	if (message->n_fields > 0) {
		emit(out, "\t.fields = fields_");
		emit_name(out, message->name);
		emit(out, ",\n\t.n_fields = %zu,\n", message->n_fields);
	}
	if (message->kind)
		emit(out, "\t.entity = &entity_%s,\n", message->kind->name);
	emit(out, "};\n\n");
}

/* The field of a kind's message with that name, which was checked. */
static void emit_field_of(struct buffer *out, const struct contract_kind *kind,
			  const char *name)
{
	size_t i = 0;

	while (strcmp(kind->message->fields[i].name, name) != 0)
		i++;
	emit(out, "&fields_");
	emit_name(out, kind->message->name);
	emit(out, "[%zu]", i);
}

static void emit_title(struct buffer *out, const struct contract_kind *kind)
{
	if (kind->rules->n_title == 0)
		return;
	emit(out, "static const struct field *const title_%s[] = {\n",
	     kind->name);
	for (size_t i = 0; i < kind->rules->n_title; i++) {
		emit(out, "\t");
		emit_field_of(out, kind, kind->rules->title[i]);
		emit(out, ",\n");
	}
	emit(out, "};\n\n");
}

static bool has_parts(const struct contract_field *field)
{
	return field->type == FIELD_MESSAGE &&
	       strcmp(field->message->name, "outrider.v1.Date") != 0;
}

/* Returns how many there are. */
static size_t emit_paths(struct buffer *out, const struct contract_kind *kind)
{
	const struct contract_message *message = kind->message;
	size_t n = 0;

	emit(out, "static const char *const paths_%s[] = {\n", kind->name);
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct contract_field *field = &message->fields[i];
		if (field->number < FIELD_OWNER)
			continue; /* cards come without them */
		for (size_t j = 0;
		     has_parts(field) && j < field->message->n_fields; j++, n++)
			emit(out, "\t\"%s.%s\",\n", field->name,
			     field->message->fields[j].name);
		if (has_parts(field))
			continue;
		emit(out, "\t\"%s\",\n", field->name);
		n++;
	}
	emit(out, "};\n\n");
	return n;
}

static void emit_entity(struct buffer *out, const struct contract_kind *kind)
{
	const struct contract_message *message = kind->message;

	size_t n_paths = emit_paths(out, kind);

	emit_title(out, kind);
	emit(out,
	     "static const struct entity entity_%s = {\n"
	     "\t.number = %u,\n"
	     "\t.name = \"%s\",\n"
	     "\t.table = \"%s\",\n"
	     "\t.visibility = %s,\n"
	     "\t.write_rank = %s,\n"
	     "\t.is_server_made = %s,\n"
	     "\t.message = &message_",
	     kind->name, kind->rules->number, kind->name, kind->table,
	     visibilities[kind->rules->visibility],
	     ranks[kind->rules->write_rank],
	     kind->rules->is_server_made ? "true" : "false");
	emit_name(out, message->name);
	emit(out, ",\n\t.fields = fields_");
	emit_name(out, message->name);
	emit(out, " + %zu,\n\t.n_fields = %zu,\n", kind->first_own,
	     message->n_fields - kind->first_own);
	if (kind->rules->timeline_time[0]) {
		emit(out, "\t.timeline = ");
		emit_field_of(out, kind, kind->rules->timeline_time);
		emit(out, ",\n");
	}
	if (kind->rules->n_title > 0)
		emit(out, "\t.title = title_%s,\n\t.n_title = %zu,\n",
		     kind->name, kind->rules->n_title);
	emit(out, "\t.paths = paths_%s,\n\t.n_paths = %zu,\n};\n\n", kind->name,
	     n_paths);
}

static void
emit_method(struct buffer *out, const struct contract_method *method)
{
	emit(out,
	     "\t{\n"
	     "\t\t.path = \"%s\",\n"
	     "\t\t.service = \"%s\",\n"
	     "\t\t.name = \"%s\",\n"
	     "\t\t.verb = %s,\n"
	     "\t\t.permission = %s,\n",
	     method->path, method->service, method->name, verbs[method->verb],
	     permissions[method->rules->permission]);
	if (method->kind)
		emit(out, "\t\t.entity = &entity_%s,\n", method->kind->name);
	emit_pointer(out, "request", "message", method->request->name);
	emit_pointer(out, "response", "message", method->response->name);
	if (method->proto->client_streaming)
		emit(out, "\t\t.is_request_stream = true,\n");
	if (method->proto->server_streaming)
		emit(out, "\t\t.is_response_stream = true,\n");
	emit(out, "\t},\n");
}

/* ----------------------------------------------------------- the version */

/* CRC-32 of IEEE 802.3, as zlib's. */
static uint32_t crc32_of(const uint8_t *at, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* What decides over the meaning of a record's bytes and columns, as text. */
static void describe(struct buffer *out, const struct contract_message *message)
{
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct contract_field *field = &message->fields[i];
		emit(out, "%u %s %s%s oneof %d", field->number, field->name,
		     field->is_repeated ? "repeated " : "",
		     field_types[field->type], field->oneof);
		for (size_t j = 0;
		     field->values && j < field->values->proto->n_value; j++)
			emit(out, " %d",
			     field->values->proto->value[j]->number);
		if (field->type == FIELD_MESSAGE) {
			emit(out, "{");
			describe(out, field->message);
			emit(out, "}");
		}
		emit(out, ";");
	}
}

/* Its checksum, and how long it is: it grows with all that is added. */
static void emit_version(struct buffer *out, const struct contract *c)
{
	struct buffer text;

	buffer_init(&text, &allocator_libc, SIZE_MAX / 2);
	for (size_t i = 0; i < c->n_kinds; i++) {
		emit(&text, "kind %u %s:", c->kinds[i].rules->number,
		     c->kinds[i].table);
		describe(&text, c->kinds[i].message);
	}
	emit(out, "const uint32_t schema_version = %u;\n",
	     crc32_of(text.at, text.len));
	emit(out, "const uint32_t schema_size = %zu;\n", text.len);
	buffer_free(&text);
}

static void emit_forward(struct buffer *out, const struct contract *c)
{
	for (size_t i = 0; i < c->n_messages; i++) {
		if (!c->messages[i].is_used)
			continue;
		emit(out, "static const struct message message_");
		emit_name(out, c->messages[i].name);
		emit(out, ";\n");
	}
	for (size_t i = 0; i < c->n_kinds; i++)
		emit(out, "static const struct entity entity_%s;\n",
		     c->kinds[i].name);
	emit(out, "\n");
}

void emit_schema(struct buffer *out, const struct contract *c)
{
	emit(out, "/* Made by crmgen from the contract. Edit that instead. */\n"
		  "#include \"model/schema.h\"\n\n");
	emit_forward(out, c);
	for (size_t i = 0; i < c->n_enums; i++)
		if (c->enums[i].is_used)
			emit_enum(out, &c->enums[i]);
	for (size_t i = 0; i < c->n_messages; i++)
		if (c->messages[i].is_used)
			emit_message(out, &c->messages[i]);
	for (size_t i = 0; i < c->n_kinds; i++)
		emit_entity(out, &c->kinds[i]);
	emit(out, "const struct entity *const schema_entities[] = {\n");
	for (size_t i = 0; i < c->n_kinds; i++)
		emit(out, "\t&entity_%s,\n", c->kinds[i].name);
	emit(out, "};\nconst size_t schema_n_entities = %zu;\n\n", c->n_kinds);
	emit(out, "const struct method schema_methods[] = {\n");
	for (size_t i = 0; i < c->n_methods; i++)
		emit_method(out, &c->methods[i]);
	emit(out, "};\nconst size_t schema_n_methods = %zu;\n\n", c->n_methods);
	emit_version(out, c);
}
