/*
 * Normal forms of numbers and addresses, and where they go in a record.
 */
#include "app/complete.h"

#include "app/kinds.h"
#include "app/parts.h"
#include "model/wire.h"
#include "phone/phone_number.h"

#include <string.h>

/* ---------------------------------------------------------- normal forms */

static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct bytes address_trim(struct bytes text)
{
	while (text.len > 0 && is_blank(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

/* Keeps text, with ASCII letters small; empty where it is too long. */
static void keep_small(struct address *out, struct bytes text)
{
	if (text.len >= sizeof(out->room))
		return;
	for (size_t i = 0; i < text.len; i++) {
		char c = (char)text.at[i];

		out->room[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	out->text.at = (const uint8_t *)out->room;
	out->text.len = text.len;
}

static void
keep_phone(struct address *out, struct bytes text, const char *region)
{
	if (!phone_number_e164(out->room, text, region))
		return;
	out->type = HANDLE_PHONE;
	out->is_e164 = true;
	out->text.at = (const uint8_t *)out->room;
	out->text.len = strlen(out->room);
}

/* Whatever it is, it was dialled. */
static void
keep_number(struct address *out, struct bytes text, const char *region)
{
	keep_phone(out, text, region);
	if (out->is_e164)
		return;
	out->type = HANDLE_PHONE;
	keep_small(out, text);
}

/* Somebody, @, and something with a dot in it. */
static bool is_email(struct bytes text)
{
	const uint8_t *at = memchr(text.at, '@', text.len);
	size_t behind;

	if (!at || at == text.at)
		return false;
	behind = text.len - (size_t)(at - text.at) - 1;
	return behind > 2 && memchr(at + 1, '.', behind - 1);
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Numbers begin so; "anna1234567" is an account. */
static bool begins_as_number(struct bytes text)
{
	return is_digit(text.at[0]) || text.at[0] == '+' || text.at[0] == '(' ||
	       text.at[0] & 0x80 ||
	       (text.len > 4 && memcmp(text.at, "tel:", 4) == 0);
}

/* Nothing but digits and what stands between them. */
static bool is_all_number(struct bytes text)
{
	size_t n_digits = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (is_digit(text.at[i]))
			n_digits++;
		else if (text.at[i] == 0 || !strchr("+-()./ ", text.at[i]))
			return false;
	}
	return n_digits > 1;
}

static void keep_account(struct address *out, struct bytes text)
{
	out->type = HANDLE_MESSENGER;
	if (text.at[0] == '@') {
		text.at++;
		text.len--;
	}
	keep_small(out, text);
}

void address_read(struct address *out, struct bytes text, const char *region)
{
	*out = (struct address){ .type = HANDLE_NONE };
	text = address_trim(text);
	if (text.len == 0)
		return;
	if (is_email(text)) {
		out->type = HANDLE_EMAIL;
		keep_small(out, text);
		return;
	}
	if (begins_as_number(text))
		keep_phone(out, text, region);
	if (!out->is_e164 && is_all_number(text))
		keep_number(out, text, region);
	else if (!out->is_e164)
		keep_account(out, text);
}

static void read_message(struct address *out, int64_t channel,
			 struct bytes text, const char *region)
{
	switch (channel) {
	case MESSAGE_CHANNEL_EMAIL:
		out->type = HANDLE_EMAIL;
		keep_small(out, text);
		return;
	case MESSAGE_CHANNEL_SMS:
		/* Or the name that a firm sends under. */
		if (begins_as_number(text))
			keep_number(out, text, region);
		else
			keep_small(out, text);
		return;
	case MESSAGE_CHANNEL_LETTER:
		keep_small(out, text);
		return;
	default:
		/* A network's number of somebody is no phone's: only a + is. */
		if (text.at[0] == '+')
			keep_phone(out, text, region);
		if (!out->is_e164)
			keep_account(out, text);
	}
}

void address_of_row(struct address *out, const struct row *row,
		    const char *region)
{
	struct bytes text;

	*out = (struct address){ .type = HANDLE_NONE };
	switch (row->entity->number) {
	case KIND_CALL:
		text = address_trim(kind_value(row, CALL_PHONE_NUMBER)->bytes);
		if (text.len > 0)
			keep_number(out, text, region);
		return;
	case KIND_MESSAGE:
		text = address_trim(kind_value(row, MESSAGE_ADDRESS)->bytes);
		if (text.len > 0)
			read_message(out, kind_value(row, MESSAGE_CHANNEL)->i,
				     text, region);
		return;
	case KIND_ANSWER:
		address_read(out, kind_value(row, ANSWER_ADDRESS)->bytes,
			     region);
		return;
	default:
		return;
	}
}

/* ------------------------------------------------------- nested messages */

/* The handle that the server sets in messages of this type, or NULL. */
static const struct field *handle_in(const struct message *message)
{
	for (size_t i = 1; i < message->n_fields; i++)
		if (message->fields[i].handle != HANDLE_NONE &&
		    message->fields[i].flags & FIELD_IS_OUTPUT_ONLY)
			return &message->fields[i];
	return NULL;
}

bool complete_concerns(const struct entity *entity)
{
	for (size_t i = 0; i < entity->n_fields; i++)
		if (entity->fields[i].message &&
		    handle_in(entity->fields[i].message))
			return true;
	return complete_address_field(entity) != 0;
}

/* The form of a text that is known to be of a type; empty if it is not. */
static void read_handle(struct address *out, enum field_handle type,
			struct bytes text, const char *region)
{
	*out = (struct address){ .type = type };
	text = address_trim(text);
	switch (type) {
	case HANDLE_NONE:
	case HANDLE_EMAIL:
	case HANDLE_MESSENGER:
		keep_small(out, text);
		return;
	case HANDLE_PHONE:
		keep_phone(out, text, region);
		return;
	}
}

/* One message with its handle made anew: fields ascending, as they were. */
static void write_completed(struct buffer *out, const struct message *message,
			    const struct field *handle, struct bytes payload,
			    const char *region)
{
	struct wire_reader reader = wire_read(payload);
	struct wire_field in;
	struct address address = { .type = HANDLE_NONE };
	bool is_written = false;

	if (wire_find(&in, payload, message->fields[0].number))
		read_handle(&address, handle->handle, in.value, region);
	while (wire_next(&reader, &in) > 0) {
		if (in.number > handle->number && !is_written) {
			wire_put_bytes(out, handle->number, address.text.at,
				       address.text.len);
			is_written = true;
		}
		if (in.number != handle->number)
			buffer_append(out, in.whole.at, in.whole.len);
	}
	if (!is_written)
		wire_put_bytes(out, handle->number, address.text.at,
			       address.text.len);
}

static void write_all(struct buffer *out, struct buffer *one,
		      const struct field *field, const struct field *handle,
		      struct bytes occurrences, const char *region)
{
	struct wire_reader reader = wire_read(occurrences);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0) {
		buffer_clear(one);
		write_completed(one, field->message, handle, in.value, region);
		out->is_full |= one->is_full;
		wire_put_bytes(out, field->number, one->at, one->len);
	}
}

/* *is_other: it isn't what was sent. */
static enum outrider_code
complete_field(struct value *value, bool *is_other, const struct field *field,
	       const struct field *handle, const char *region,
	       struct arena *arena, struct outrider_err *err)
{
	struct buffer all, one;
	size_t ceiling = 2 * value->bytes.len +
			 (size_t)field->max_items * ADDRESS_NORMAL_MAX + 64;
	enum outrider_code code = OUTRIDER_OK;

	buffer_init(&all, &allocator_libc, ceiling);
	buffer_init(&one, &allocator_libc, ceiling);
	write_all(&all, &one, field, handle, value->bytes, region);
	*is_other = all.len != value->bytes.len ||
		    memcmp(all.at, value->bytes.at, all.len) != 0;
	if (all.is_full)
		code = err_call_full(err);
	else if (*is_other)
		value->bytes = arena_copy(arena, all.at, all.len);
	if (code == OUTRIDER_OK && !value->bytes.at)
		code = err_call_full(err);
	buffer_free(&all);
	buffer_free(&one);
	return code;
}

/* ----------------------------------------------------------- whole records */

uint32_t complete_address_field(const struct entity *entity)
{
	switch (entity->number) {
	case KIND_CALL:
		return CALL_E164;
	case KIND_MESSAGE:
		return MESSAGE_NORMALIZED;
	default:
		return 0;
	}
}

enum outrider_code complete_address(struct row *row, const char *region,
				    struct arena *arena,
				    struct outrider_err *err)
{
	uint32_t number = complete_address_field(row->entity);
	struct address address;
	struct value *value;

	if (number == 0)
		return OUTRIDER_OK;
	value = kind_value(row, number);
	address_of_row(&address, row, region);
	*value = (struct value){ .i = 0 };
	if (address.text.len == 0 ||
	    (row->entity->number == KIND_CALL && !address.is_e164))
		return OUTRIDER_OK;
	value->bytes = arena_copy(arena, address.text.at, address.text.len);
	return value->bytes.at ? OUTRIDER_OK : err_call_full(err);
}

static enum outrider_code complete_nested(struct write_intent *intent,
					  struct row *row, const char *region,
					  struct arena *arena,
					  struct outrider_err *err)
{
	const struct entity *entity = row->entity;

	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];
		const struct field *handle;
		bool is_other = false;
		enum outrider_code code;

		if (field->type != FIELD_MESSAGE || !field->message ||
		    !value_is_set(&row->values[i]))
			continue;
		handle = handle_in(field->message);
		if (!handle)
			continue;
		code = complete_field(&row->values[i], &is_other, field, handle,
				      region, arena, err);
		if (code != OUTRIDER_OK)
			return code;
		if (is_other)
			field_set_add(&intent->completed, field->number);
	}
	return OUTRIDER_OK;
}

enum outrider_code complete_record(struct write_intent *intent,
				   const struct app *app, struct arena *arena,
				   struct outrider_err *err)
{
	const char *region = app->config.region;
	struct row *row;
	enum outrider_code code;

	if (!intent->values ||
	    (intent->op != CHANGE_CREATE && intent->op != CHANGE_UPDATE))
		return OUTRIDER_OK;
	row = row_copy(arena, intent->values);
	if (!row)
		return err_call_full(err);
	intent->values = row;
	if (complete_address_field(row->entity) != 0)
		field_set_add(&intent->completed,
			      complete_address_field(row->entity));
	code = complete_nested(intent, row, region, arena, err);
	return code == OUTRIDER_OK ? complete_address(row, region, arena, err)
				   : code;
}
