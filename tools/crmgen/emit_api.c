/*
 * emit_api: the reference of the API, for people: every service with its
 * methods, who may call them, what they take and answer, and an example of each
 * call. All words come from the comments of the contract; the examples come
 * from its options and types, and tests/foreign runs them.
 */
#include "emit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const permissions[] = {
	[OUTRIDER__V1__PERMISSION__PERMISSION_UNSPECIFIED] = "",
	[OUTRIDER__V1__PERMISSION__PERMISSION_PUBLIC] = "anybody",
	[OUTRIDER__V1__PERMISSION__PERMISSION_READ] = "whoever is signed in",
	[OUTRIDER__V1__PERMISSION__PERMISSION_WRITE] =
		"whose rank or role may write the kind",
	[OUTRIDER__V1__PERMISSION__PERMISSION_DEVICE] = "an enrolled device",
	[OUTRIDER__V1__PERMISSION__PERMISSION_MANAGE] = "managers",
	[OUTRIDER__V1__PERMISSION__PERMISSION_ADMINISTER] = "administrators",
};

static const char *const merges[] = {
	[OUTRIDER__V1__MERGE__MERGE_UNSPECIFIED] = "",
	[OUTRIDER__V1__MERGE__MERGE_SET] = "merged as a set",
	[OUTRIDER__V1__MERGE__MERGE_INSERT_ONLY] = "the first value stays",
	[OUTRIDER__V1__MERGE__MERGE_SERVER] = "the server's value stays",
	[OUTRIDER__V1__MERGE__MERGE_ASK] = "the author is asked",
	[OUTRIDER__V1__MERGE__MERGE_BY_KEY] = "merged by its key",
};

static const char *const scalars[] = {
	[FIELD_STRING] = "text",    [FIELD_BYTES] = "bytes",
	[FIELD_BOOL] = "bool",	    [FIELD_INT32] = "int32",
	[FIELD_INT64] = "int64",    [FIELD_UINT32] = "uint32",
	[FIELD_UINT64] = "uint64",  [FIELD_DOUBLE] = "double",
	[FIELD_ENUM] = "",	    [FIELD_UUID] = "id",
	[FIELD_TIMESTAMP] = "time", [FIELD_MESSAGE] = "",
};

static const char *last_name(const char *full)
{
	const char *dot = strrchr(full, '.');

	return dot ? dot + 1 : full;
}

/*
 * A comment on one line, since its own lines end where the page is wide;
 * between stands in front of it.
 */
static void
emit_comment(struct buffer *out, const char *between, const char *comment)
{
	bool is_start = true;

	for (; comment && *comment; comment++) {
		if (*comment == '\n' || (*comment == ' ' && is_start)) {
			is_start = true;
			continue;
		}
		emit(out, "%s%c", is_start ? between : "", *comment);
		between = " ";
		is_start = false;
	}
}

/* ---------------------------------------------------------------- examples */

#define EXAMPLE_ID    "01900000-0000-7000-8000-%012u"
#define EXAMPLE_DEPTH 4

static void emit_record(struct buffer *out, const struct contract_kind *kind,
			bool has_id, const char *behind);

static void emit_message_example(struct buffer *out,
				 const struct contract_message *message,
				 unsigned depth);

/* One value as JSON; behind is put behind texts that are given once. */
static void emit_value(struct buffer *out, const struct contract_field *field,
		       const char *behind, unsigned depth)
{
	const char *example = field->rules->example;

	switch (field->type) {
	case FIELD_STRING:
		emit(out, "\"%s%s\"", example[0] ? example : field->name,
		     behind);
		return;
	case FIELD_UUID:
		if (example[0])
			emit(out, "\"%s\"", example);
		else
			emit(out, "\"" EXAMPLE_ID "\"",
			     field->reference ? field->reference->rules->number
					      : 0);
		return;
	case FIELD_ENUM:
		emit(out, "\"%s\"",
		     example[0] ? example
				: field->values->proto->value[1]->name);
		return;
	case FIELD_TIMESTAMP:
		emit(out, "\"%s\"",
		     example[0] ? example : "2026-12-01T09:00:00Z");
		return;
	case FIELD_BYTES:
		emit(out, "\"%s\"", example);
		return;
	case FIELD_BOOL:
		emit(out, "true");
		return;
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_DOUBLE:
		emit(out, "%s", example[0] ? example : "1");
		return;
	case FIELD_MESSAGE:
		emit_message_example(out, field->message, depth);
		return;
	}
}

static void emit_member(struct buffer *out, const struct contract_field *field,
			const char *behind, unsigned depth, bool *is_first)
{
	emit(out, "%s\"%s\": ", *is_first ? "" : ", ", field->name);
	*is_first = false;
	emit(out, "%s", field->is_repeated ? "[" : "");
	emit_value(out, field, behind, depth);
	emit(out, "%s", field->is_repeated ? "]" : "");
}

/* What a caller would write: required fields and those with an example. */
static bool is_shown(const struct contract_field *field)
{
	return !field->rules->output_only &&
	       (field->rules->required || field->rules->example[0]);
}

static void emit_message_example(struct buffer *out,
				 const struct contract_message *message,
				 unsigned depth)
{
	bool is_first = true;

	emit(out, "{");
	for (size_t i = 0; i < message->n_fields && depth < EXAMPLE_DEPTH; i++)
		if (is_shown(&message->fields[i]))
			emit_member(out, &message->fields[i], "", depth + 1,
				    &is_first);
	emit(out, "}");
}

static void emit_record(struct buffer *out, const struct contract_kind *kind,
			bool has_id, const char *behind)
{
	const struct contract_message *message = kind->message;
	bool is_first = !has_id;

	emit(out, "{");
	if (has_id)
		emit(out, "\"id\": \"" EXAMPLE_ID "\"", kind->rules->number);
	for (size_t i = kind->first_own; i < message->n_fields; i++) {
		const struct contract_field *field = &message->fields[i];
		if (is_shown(field))
			emit_member(out, field,
				    field->rules->indexed ? behind : "", 0,
				    &is_first);
	}
	emit(out, "}");
}

/* The first text that anybody may change: what an update's example writes. */
static const struct contract_field *changeable(const struct contract_kind *kind)
{
	const struct contract_message *message = kind->message;

	for (size_t i = kind->first_own; i < message->n_fields; i++) {
		const struct contract_field *field = &message->fields[i];
		const Outrider__V1__FieldRules *rules = field->rules;
		if (field->type == FIELD_STRING && !field->is_repeated &&
		    !rules->output_only && !rules->immutable &&
		    !rules->indexed && rules->max_bytes > 3)
			return field;
	}
	return NULL;
}

static void emit_update(struct buffer *out, const struct contract_kind *kind)
{
	const struct contract_field *field = changeable(kind);

	emit(out, "{\"%s\": {\"id\": \"" EXAMPLE_ID "\"", kind->name,
	     kind->rules->number);
	if (field) {
		bool is_first = false;
		emit_member(out, field, "", 0, &is_first);
	}
	emit(out, "}, \"update_mask\": \"");
	/* JSON has a mask's paths in lowerCamelCase. */
	for (const char *at = field ? field->name : ""; *at; at++)
		if (*at == '_')
			emit(out, "%c", *++at - 'a' + 'A');
		else
			emit(out, "%c", *at);
	emit(out, "\"}");
}

/* The request of a standard method, as JSON. */
static void emit_standard(struct buffer *out, enum method_verb verb,
			  const struct contract_kind *kind)
{
	unsigned number = kind->rules->number;

	switch (verb) {
	case METHOD_CREATE:
		emit(out, "{\"%s\": ", kind->name);
		emit_record(out, kind, true, "");
		emit(out, "}");
		break;
	case METHOD_LIST:
		emit(out, "{\"page_size\": 10, \"order_by\": \"create_time "
			  "desc\"}");
		break;
	case METHOD_UPDATE:
		emit_update(out, kind);
		break;
	case METHOD_BATCH_GET:
		emit(out, "{\"ids\": [\"" EXAMPLE_ID "\"]}", number);
		break;
	case METHOD_BATCH_CREATE:
		emit(out, "{\"requests\": [{\"%s\": ", kind->name);
		emit_record(out, kind, false, "2");
		emit(out, "}]}");
		break;
	case METHOD_BATCH_UPDATE:
		emit(out, "{\"requests\": [");
		emit_update(out, kind);
		emit(out, "]}");
		break;
	case METHOD_NAMED:
	case METHOD_GET:
	case METHOD_DELETE:
	case METHOD_UNDELETE:
		emit(out, "{\"id\": \"" EXAMPLE_ID "\"}", number);
		break;
	}
}

static void
emit_example(struct buffer *out, const struct contract_method *method)
{
	emit(out, "\n    call %s '", method->path + 1);
	if (method->kind)
		emit_standard(out, method->verb, method->kind);
	else if (method->rules->example[0])
		emit(out, "%s", method->rules->example);
	else
		emit_message_example(out, method->request, 0);
	emit(out, "'\n");
}

/* ------------------------------------------------------------------ fields */

/* Is the message told of where a method or a kind of its own file is? */
static bool
has_a_place(const struct contract *c, const struct contract_message *message)
{
	for (size_t i = 0; i < c->n_methods; i++)
		if (c->methods[i].request == message ||
		    c->methods[i].response == message)
			return true;
	for (size_t i = 0; i < c->n_kinds; i++) {
		const struct contract_message *kind = c->kinds[i].message;

		if (kind == message)
			return true;
		for (size_t j = c->kinds[i].first_own;
		     j < kind->n_fields && kind->source == message->source; j++)
			if (kind->fields[j].message == message)
				return true;
	}
	return false;
}

/* It stands at the end of the page, and is linked to. */
static bool
stands_apart(const struct contract *c, const struct contract_message *message)
{
	return message->is_used && !message->source->is_foreign &&
	       !message->source->is_language && !has_a_place(c, message);
}

/* "id of an order" */
static const char *article(const char *noun)
{
	return strchr("aeio", noun[0]) ? "an" : "a";
}

static void emit_message_type(struct buffer *out, const struct contract *c,
			      const struct contract_message *message)
{
	const char *name = last_name(message->name);

	if (!stands_apart(c, message)) {
		emit(out, "%s", name);
		return;
	}
	emit(out, "[%s](#", name);
	for (; *name; name++)
		emit(out, "%c", tolower((unsigned char)*name));
	emit(out, ")");
}

static void emit_type(struct buffer *out, const struct contract *c,
		      const struct contract_field *field)
{
	emit(out, "%s", field->is_repeated ? "repeated " : "");
	if (field->reference)
		emit(out, "id of %s %s", article(field->reference->name),
		     field->reference->name);
	else if (field->type == FIELD_ENUM)
		emit(out, "%s", last_name(field->values->name));
	else if (field->type == FIELD_MESSAGE)
		emit_message_type(out, c, field->message);
	else
		emit(out, "%s", scalars[field->type]);
}

static void emit_limits(struct buffer *out, const struct contract_field *field)
{
	const Outrider__V1__FieldRules *rules = field->rules;
	const char *merge = merges[rules->merge];
	const struct {
		bool is_set;
		const char *text;
	} words[] = {
		{ rules->required, "required" },
		{ rules->output_only, "set by the server" },
		{ rules->immutable, "set at creation" },
		{ rules->filterable, "filterable" },
		{ rules->orderable, "orderable" },
		{ rules->searchable, "searchable" },
		{ rules->indexed, "indexed" },
		{ rules->money, "money" },
		{ rules->read_rank == OUTRIDER__V1__RANK__RANK_MANAGER,
		  "for managers" },
		{ rules->read_rank == OUTRIDER__V1__RANK__RANK_ADMINISTRATOR,
		  "for administrators" },
		{ merge[0], merge },
	};
	const char *between = " ";

	if (rules->max_bytes > 0 && field->type != FIELD_UUID) {
		emit(out, " at most %u bytes", rules->max_bytes);
		between = ", ";
	}
	if (field->is_repeated && rules->max_items > 0) {
		emit(out, "%sat most %u", between, rules->max_items);
		between = ", ";
	}
	if (rules->min < 0 || rules->max > 0) {
		emit(out, "%s%.15g to %.15g", between, rules->min, rules->max);
		between = ", ";
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!words[i].is_set)
			continue;
		emit(out, "%s%s", between, words[i].text);
		between = ", ";
	}
}

static void emit_fields(struct buffer *out, const struct contract *c,
			const struct contract_message *message, size_t first)
{
	if (first >= message->n_fields)
		return;
	emit(out, "\n| field | type | |\n|---|---|---|\n");
	for (size_t i = first; i < message->n_fields; i++) {
		const struct contract_field *field = &message->fields[i];
		emit(out, "| `%s` | ", field->name);
		emit_type(out, c, field);
		emit(out, " |");
		emit_limits(out, field);
		if (field->origin.comment) {
			bool is_bare = out->at[out->len - 1] == '|';
			emit_comment(out, is_bare ? " " : ". ",
				     field->origin.comment);
		}
		emit(out, " |\n");
	}
}

static bool has_comments(const struct contract_enum *e)
{
	for (size_t i = 1; i < e->proto->n_value; i++)
		if (e->comments[i])
			return true;
	return false;
}

static void emit_values(struct buffer *out, const struct contract_enum *e)
{
	if (has_comments(e)) {
		emit(out, "\n| `%s` | |\n|---|---|\n", last_name(e->name));
		for (size_t i = 1; i < e->proto->n_value; i++) {
			emit(out, "| `%s` |", e->proto->value[i]->name);
			emit_comment(out, " ", e->comments[i]);
			emit(out, " |\n");
		}
		return;
	}
	emit(out, "\n`%s`: ", last_name(e->name));
	for (size_t i = 1; i < e->proto->n_value; i++)
		emit(out, "%s`%s`", i > 1 ? ", " : "",
		     e->proto->value[i]->name);
	emit(out, ".\n");
}

/* ---------------------------------------------------------------- services */

static const struct contract_method *
method_of(const struct contract *c, const char *service, const char *name)
{
	for (size_t i = 0; i < c->n_methods; i++)
		if (strcmp(last_name(c->methods[i].service), service) == 0 &&
		    strcmp(c->methods[i].name, name) == 0)
			return &c->methods[i];
	return NULL;
}

static void emit_method(struct buffer *out, const struct contract *c,
			const struct contract_method *method)
{
	emit(out, "\n#### %s\n\n", method->name);
	emit_comment(out, "", method->origin.comment);
	emit(out, " *For %s.*\n", permissions[method->rules->permission]);
	if (method->verb == METHOD_NAMED) {
		emit_fields(out, c, method->request, 0);
		if (!method->response->kind) {
			emit(out, "\nAnswers%s `%s`.",
			     method->proto->server_streaming ? " a stream of"
							     : "",
			     last_name(method->response->name));
			emit_comment(out, " ",
				     method->response->origin.comment);
			emit(out, "\n");
			emit_fields(out, c, method->response, 0);
		} else {
			emit(out, "\nAnswers the %s.\n",
			     method->response->kind->name);
		}
	}

	emit_example(out, method);
}

static void
emit_service(struct buffer *out, const struct contract *c,
	     const Google__Protobuf__ServiceDescriptorProto *service)
{
	for (size_t i = 0; i < service->n_method; i++) {
		const struct contract_method *method =
			method_of(c, service->name, service->method[i]->name);
		if (method)
			emit_method(out, c, method);
	}
}

static void emit_kind(struct buffer *out, const struct contract *c,
		      const struct contract_kind *kind)
{
	const struct contract_message *message = kind->message;
	const Outrider__V1__KindRules *rules = kind->rules;

	emit(out, "\nThe kind `%s`, number %u. ", kind->name, rules->number);
	emit(out, "%s",
	     rules->visibility ==
			     OUTRIDER__V1__VISIBILITY__VISIBILITY_ORGANIZATION
		     ? "Everybody sees it"
		     : "Its owner sees it, whom it is shared with, and the "
		       "managers above");
	emit(out, "%s",
	     rules->write_rank == OUTRIDER__V1__RANK__RANK_MANAGER
		     ? "; managers write it.\n"
	     : rules->write_rank == OUTRIDER__V1__RANK__RANK_ADMINISTRATOR
		     ? "; administrators write it.\n"
		     : ".\n");
	emit_fields(out, c, message, kind->first_own);
	for (size_t i = 0; i < message->n_fields; i++)
		if (message->fields[i].values)
			emit_values(out, message->fields[i].values);
	for (size_t i = kind->first_own; i < message->n_fields; i++) {
		const struct contract_message *part =
			message->fields[i].message;
		if (!part || part->source != message->source ||
		    message->fields[i].type != FIELD_MESSAGE)
			continue;
		emit(out, "\n`%s`:", last_name(part->name));
		emit_comment(out, " ", part->origin.comment);
		emit(out, "\n");
		emit_fields(out, c, part, 0);
	}
}

static const struct contract_kind *
kind_of(const struct contract *c, const char *service)
{
	for (size_t i = 0; i < c->n_kinds; i++) {
		size_t len = strlen(c->kinds[i].type);
		if (strncmp(service, c->kinds[i].type, len) == 0 &&
		    strcmp(service + len, "Service") == 0)
			return &c->kinds[i];
	}
	return NULL;
}

static bool
is_value_of_kind(const struct contract *c, const struct contract_enum *e)
{
	for (size_t i = 0; i < c->n_kinds; i++) {
		const struct contract_message *kind = c->kinds[i].message;

		for (size_t j = 0; j < kind->n_fields; j++)
			if (kind->fields[j].values == e)
				return true;
	}
	return false;
}

/* What several methods or kinds have as a part. */
static void emit_parts(struct buffer *out, const struct contract *c)
{
	bool is_first = true;

	emit(out, "\n## Parts\n\nMessages that others hold, and the values of "
		  "theirs.\n");
	for (size_t i = 0; i < c->n_messages; i++) {
		const struct contract_message *message = &c->messages[i];

		if (!stands_apart(c, message))
			continue;
		emit(out, "\n### %s\n", last_name(message->name));
		emit_comment(out, "\n", message->origin.comment);
		emit(out, "%s", message->origin.comment ? "\n" : "");
		emit_fields(out, c, message, 0);
	}
	for (size_t i = 0; i < c->n_enums; i++) {
		const struct contract_enum *e = &c->enums[i];

		if (!e->is_used || e->source->is_foreign ||
		    e->source->is_language || is_value_of_kind(c, e))
			continue;
		if (is_first)
			emit(out, "\n### Values\n");
		is_first = false;
		emit_values(out, e);
	}
}

void emit_api(struct buffer *out, const struct contract *c)
{
	for (size_t i = 0; i < c->n_sources; i++) {
		const Google__Protobuf__FileDescriptorProto *proto =
			c->sources[i].proto;
		if (c->sources[i].is_foreign)
			continue;
		for (size_t j = 0; j < proto->n_service; j++) {
			const char *name = proto->service[j]->name;
			const struct contract_kind *kind = kind_of(c, name);
			emit(out, "\n## %s\n\n", name);
			emit_comment(out, "", contract_head(&c->sources[i]));
			emit(out, "\n");
			if (kind)
				emit_kind(out, c, kind);
			emit_service(out, c, proto->service[j]);
		}
	}
	emit_parts(out, c);
}
