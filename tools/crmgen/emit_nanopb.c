/*
 * emit_nanopb: which messages the phone has as structs, and which of their
 * fields lie in the struct. What is larger than FIELD_STATIC_MAX comes through
 * a callback instead, and so do repeated messages: a page of records must not
 * need memory for the largest page.
 */
#include "emit.h"

#define FIELD_STATIC_MAX 1024

static size_t scalar_size(enum field_type type)
{
	return type == FIELD_INT64 || type == FIELD_UINT64 ||
			       type == FIELD_DOUBLE
		       ? 8
		       : 4;
}

static void emit_static(struct buffer *out, const char *message,
			const struct contract_field *field)
{
	const Outrider__V1__FieldRules *rules = field->rules;
	size_t items = field->is_repeated ? rules->max_items : 1;
	const char *limit = field->type == FIELD_BYTES ? "max_size"
						       : "max_length";

	if (field->type == FIELD_MESSAGE || field->type == FIELD_TIMESTAMP) {
		if (field->is_repeated)
			emit(out, "%s.%s type:FT_CALLBACK\n", message,
			     field->name);
		return;
	}
	if (rules->max_bytes * items > FIELD_STATIC_MAX ||
	    scalar_size(field->type) * items > FIELD_STATIC_MAX) {
		emit(out, "%s.%s type:FT_CALLBACK\n", message, field->name);
		return;
	}
	if (rules->max_bytes > 0)
		emit(out, "%s.%s %s:%u\n", message, field->name, limit,
		     rules->max_bytes);
	if (field->is_repeated)
		emit(out, "%s.%s max_count:%u\n", message, field->name,
		     rules->max_items);
}

void emit_nanopb(struct buffer *out, const struct contract *c,
		 const struct source *source)
{
	emit(out, "# Made by crmgen from the contract. Edit that instead.\n");
	for (size_t i = 0; i < c->n_messages; i++) {
		const struct contract_message *message = &c->messages[i];
		if (message->source != source)
			continue;
		if (!message->is_on_phone) {
			emit(out, "%s skip_message:true\n", message->name);
			continue;
		}
		for (size_t j = 0; j < message->n_fields; j++)
			emit_static(out, message->name, &message->fields[j]);
	}
	for (size_t i = 0; i < source->proto->n_extension; i++)
		emit(out, "%s.%s type:FT_IGNORE\n", source->proto->package,
		     source->proto->extension[i]->name);
}
