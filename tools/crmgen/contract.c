/*
 * contract: memory, refusals and look-ups by name.
 */
#include "contract.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *contract_alloc(struct contract *c, size_t size)
{
	void *at = arena_alloc(&c->arena, size);

	if (!at) {
		fputs("crmgen: out of memory\n", stderr);
		exit(2);
	}
	return at;
}

const char *contract_text(struct contract *c, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return "";
	text = contract_alloc(c, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

void contract_refuse(struct contract *c, const struct origin *origin,
		     const char *subject, const char *format, ...)
{
	va_list args;

	c->n_refused++;
	fprintf(stderr, "%s:%d: %s: ", origin->file, origin->line, subject);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

struct contract_message *
contract_message(const struct contract *c, const char *name)
{
	for (size_t i = 0; i < c->n_messages; i++)
		if (strcmp(c->messages[i].name, name) == 0)
			return &c->messages[i];
	return NULL;
}

const struct contract_kind *
contract_kind(const struct contract *c, const char *name)
{
	for (size_t i = 0; i < c->n_kinds; i++)
		if (strcmp(c->kinds[i].name, name) == 0)
			return &c->kinds[i];
	return NULL;
}

struct origin
contract_origin(const struct source *source, const int32_t *path, size_t n_path)
{
	const Google__Protobuf__SourceCodeInfo *info =
		source->proto->source_code_info;
	struct origin origin = { .file = source->name };

	for (size_t i = 0; info && i < info->n_location; i++) {
		const Google__Protobuf__SourceCodeInfo__Location *at =
			info->location[i];
		if (at->n_path == n_path && at->n_span > 0 &&
		    memcmp(at->path, path, n_path * sizeof(path[0])) == 0) {
			origin.line = at->span[0] + 1;
			origin.comment = at->leading_comments;
			break;
		}
	}
	return origin;
}

const char *contract_head(const struct source *source)
{
	/* descriptor.proto's number of `syntax`, which comes first. */
	static const int32_t path[] = { 12 };

	return contract_origin(source, path, 1).comment;
}

static void mark_message(struct contract_message *message, bool is_on_phone)
{
	if (message->is_used && (message->is_on_phone || !is_on_phone))
		return;
	message->is_used = true;
	message->is_on_phone |= is_on_phone;
	for (size_t i = 0; i < message->n_fields; i++) {
		struct contract_field *field = &message->fields[i];
		if (field->values)
			field->values->is_used = true;
		/* A Timestamp is a number to the tables. */
		if (field->type == FIELD_MESSAGE)
			mark_message(field->message, is_on_phone);
	}
}

/* The core speaks as a device, and before that enrols. */
static bool is_called_by_phone(const struct contract_method *method)
{
	Outrider__V1__Permission permission = method->rules->permission;

	return permission == OUTRIDER__V1__PERMISSION__PERMISSION_DEVICE ||
	       permission == OUTRIDER__V1__PERMISSION__PERMISSION_PUBLIC ||
	       method->rules->on_phone;
}

void contract_mark(struct contract *c)
{
	for (size_t i = 0; i < c->n_kinds; i++)
		mark_message(c->kinds[i].message, false);
	for (size_t i = 0; i < c->n_methods; i++) {
		bool is_on_phone = is_called_by_phone(&c->methods[i]);
		mark_message(c->methods[i].request, is_on_phone);
		mark_message(c->methods[i].response, is_on_phone);
	}
}
