/*
 * Side tables: what a record refers to (link, link_of), the texts of its
 * repeated fields (label), how a person is reached (handle, normalised) and
 * the values of fields that the organisation added (custom). All are found
 * out of the row alone, so that what the old row had is taken away and what
 * the new one has is put in.
 *
 * Owner and team have columns and indexes; references inside of messages are
 * in no table.
 */
#include "model/wire.h"
#include "store/parts.h"
#include "store/query.h"

#include <string.h>

/* CustomValue's fields: values.proto. */
enum { CUSTOM_FIELD_ID = 1, CUSTOM_TEXT, CUSTOM_NUMBER, CUSTOM_TIME };

/* ------------------------------------------------------ what goes where */

static bool message_has_handle(const struct message *message)
{
	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];
		if (field->handle != HANDLE_NONE)
			return true;
		/* No message is recursive: the generator checks. */
		if (field->type == FIELD_MESSAGE && field->message &&
		    message_has_handle(field->message))
			return true;
	}
	return false;
}

bool side_is_link(const struct field *field)
{
	return field->type == FIELD_UUID && field->reference &&
	       field->number >= FIELD_FIRST_OWN;
}

void side_fields(struct store_kind *kind)
{
	const struct entity *entity = kind->entity;

	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];
		if (side_is_link(field))
			field_set_add(&kind->linked, field->number);
		if (field->flags & FIELD_IS_CUSTOM)
			field_set_add(&kind->custom, field->number);
		if (field->type == FIELD_STRING &&
		    field->flags & FIELD_IS_REPEATED &&
		    field->flags & FIELD_IS_FILTERABLE)
			field_set_add(&kind->labelled, field->number);
		if (field->handle != HANDLE_NONE ||
		    (field->type == FIELD_MESSAGE && field->message &&
		     message_has_handle(field->message)))
			field_set_add(&kind->reachable, field->number);
	}
}

/* ---------------------------------------------------------------- writing */

/* One walk over a field of a row. */
struct walk {
	struct store_conn *conn;
	const struct row *row;
	int64_t at_us;
	const struct field *field; /* the row's own */
	enum outrider_code code;
	struct outrider_err *err;
};

static void run(struct walk *walk, enum statement which,
		const struct backend_value *values, size_t n)
{
	if (walk->code == OUTRIDER_OK)
		walk->code = store_run(walk->conn, NULL, which, values, n,
				       walk->err);
}

/* What a record has in one field, by its id. */
static void forget(struct walk *walk, enum statement which)
{
	struct backend_value values[] = {
		value_uuid(&walk->row->id),
		value_int(walk->field->number),
	};

	run(walk, which, values, ARRAY_LEN(values));
}

static void
do_link(struct walk *walk, enum statement which, const struct uuid *target)
{
	struct backend_value values[] = {
		value_uuid(target),
		value_int(walk->row->entity->number),
		value_int(walk->field->number),
		value_int(walk->at_us),
		value_uuid(&walk->row->id),
	};

	if (!uuid_is_zero(target))
		run(walk, which, values, ARRAY_LEN(values));
}

static void put_link_of(struct walk *walk, const struct uuid *target)
{
	struct backend_value values[] = {
		value_uuid(&walk->row->id),
		value_int(walk->field->number),
		value_uuid(target),
	};

	run(walk, STATEMENT_LINK_OF_PUT, values, ARRAY_LEN(values));
}

/* Each target of the field, one statement each; link_of too where is_put. */
static void walk_links(struct walk *walk, enum statement which, bool is_put)
{
	const struct field *field = walk->field;
	struct bytes bytes = row_value(walk->row, field->number)->bytes;
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;
	struct uuid target;

	if (!(field->flags & FIELD_IS_REPEATED)) {
		if (bytes.len != sizeof(target.at))
			return;
		memcpy(target.at, bytes.at, sizeof(target.at));
		do_link(walk, which, &target);
		return;
	}
	while (wire_next(&reader, &in) > 0) {
		if (!uuid_parse(&target, (const char *)in.value.at,
				in.value.len))
			continue;
		do_link(walk, which, &target);
		if (is_put && field->flags & FIELD_IS_FILTERABLE)
			put_link_of(walk, &target);
	}
}

static void put_labels(struct walk *walk)
{
	struct bytes bytes = row_value(walk->row, walk->field->number)->bytes;
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0) {
		struct backend_value values[] = {
			value_uuid(&walk->row->id),
			value_int(walk->field->number),
			value_text(in.value),
			value_int(walk->row->entity->number),
		};
		run(walk, STATEMENT_LABEL_PUT, values, ARRAY_LEN(values));
	}
}

size_t store_handle_normalise(char out[STORE_HANDLE_MAX],
			      enum field_handle type, struct bytes text)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len && len < STORE_HANDLE_MAX; i++) {
		char c = (char)text.at[i];
		bool is_digit = c >= '0' && c <= '9';
		if (type == HANDLE_PHONE && !is_digit &&
		    !(c == '+' && len == 0))
			continue;
		if (c == ' ' || (c == '@' && len == 0))
			continue;
		out[len++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return len;
}

static void
put_handle(struct walk *walk, enum field_handle type, struct bytes text)
{
	char room[STORE_HANDLE_MAX];
	size_t len = store_handle_normalise(room, type, text);
	struct backend_value values[] = {
		value_uuid(&walk->row->id),
		value_int(walk->field->number),
		value_int(type),
		value_text((struct bytes){ (const uint8_t *)room, len }),
		value_int(walk->row->entity->number),
	};

	if (len > 0)
		run(walk, STATEMENT_HANDLE_PUT, values, ARRAY_LEN(values));
}

static void put_handles_of(struct walk *walk, const struct message *message,
			   struct bytes bytes)
{
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0) {
		const struct field *field = message_field(message, in.number);
		if (!field || in.type != WIRE_LEN)
			continue;
		if (field->type == FIELD_MESSAGE)
			put_handles_of(walk, field->message, in.value);
		else if (field->handle != HANDLE_NONE)
			put_handle(walk, field->handle, in.value);
	}
}

static void put_handles(struct walk *walk)
{
	const struct field *field = walk->field;
	struct bytes bytes = row_value(walk->row, field->number)->bytes;

	if (field->type == FIELD_MESSAGE || field->flags & FIELD_IS_REPEATED)
		put_handles_of(walk, walk->row->entity->message, bytes);
	else
		put_handle(walk, field->handle, bytes);
}

/* A value is read into the column of its type; the others stay empty. */
static void put_custom(struct walk *walk, struct bytes value)
{
	struct wire_reader reader = wire_read(value);
	struct wire_field in;
	struct uuid id = { { 0 } };
	struct bytes text = { 0 };
	double number = 0;
	int64_t time_us = 0;

	while (wire_next(&reader, &in) > 0) {
		if (in.number == CUSTOM_FIELD_ID)
			(void)uuid_parse(&id, (const char *)in.value.at,
					 in.value.len);
		else if (in.number == CUSTOM_TEXT)
			text = in.value;
		else if (in.number == CUSTOM_NUMBER)
			memcpy(&number, &in.scalar, sizeof(number));
		else if (in.number == CUSTOM_TIME &&
			 !wire_timestamp(&time_us, in.value))
			time_us = 0;
	}
	struct backend_value values[] = {
		value_uuid(&walk->row->id),
		value_uuid(&id),
		value_text(text),
		{ .type = BACKEND_REAL, .d = number },
		value_int(time_us),
	};
	if (!uuid_is_zero(&id))
		run(walk, STATEMENT_CUSTOM_PUT, values, ARRAY_LEN(values));
}

static void put_customs(struct walk *walk)
{
	struct bytes bytes = row_value(walk->row, walk->field->number)->bytes;
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0)
		put_custom(walk, in.value);
}

/* ------------------------------------------------------------- a record's */

/* Where a record stands in the timelines of what it refers to. */
static int64_t timeline_us(const struct row *row)
{
	const struct field *field = row->entity->timeline;

	if (!field || field->number == FIELD_CREATE_TIME)
		return row->created_us;
	if (field->number == FIELD_UPDATE_TIME)
		return row->updated_us;
	/* A task that is due at no time stands where it was made. */
	const struct value *value = row_value(row, field->number);
	return value->i != 0 ? value->i : row->created_us;
}

static void relink(struct walk *walk, const struct row *old)
{
	const struct row *row = walk->row;
	bool is_repeated = walk->field->flags & FIELD_IS_REPEATED;

	if (old) {
		int64_t at_us = walk->at_us;
		walk->row = old;
		walk->at_us = timeline_us(old);
		walk_links(walk, STATEMENT_LINK_DELETE, false);
		if (is_repeated)
			forget(walk, STATEMENT_LINK_OF_DELETE);
		walk->row = row;
		walk->at_us = at_us;
	}
	walk_links(walk, STATEMENT_LINK_PUT, true);
}

enum outrider_code
side_put(struct store_conn *conn, const struct store_kind *kind,
	 const struct row *old, const struct row *row,
	 const struct field_set *changed, struct outrider_err *err)
{
	const struct entity *entity = row->entity;
	struct walk walk = {
		.conn = conn,
		.row = row,
		.at_us = timeline_us(row),
		.code = OUTRIDER_OK,
		.err = err,
	};
	bool has_moved = old && timeline_us(old) != walk.at_us;

	for (size_t i = 0; i < entity->n_fields; i++) {
		uint32_t number = entity->fields[i].number;
		bool has_changed = field_set_has(changed, number);
		walk.field = &entity->fields[i];
		if (field_set_has(&kind->linked, number) &&
		    (has_changed || has_moved))
			relink(&walk, old);
		if (!has_changed)
			continue;
		if (field_set_has(&kind->labelled, number)) {
			if (old)
				forget(&walk, STATEMENT_LABEL_DELETE);
			put_labels(&walk);
		}
		if (field_set_has(&kind->reachable, number)) {
			if (old)
				forget(&walk, STATEMENT_HANDLE_DELETE);
			put_handles(&walk);
		}
		if (field_set_has(&kind->custom, number)) {
			struct backend_value id = value_uuid(&row->id);
			if (old)
				run(&walk, STATEMENT_CUSTOM_DELETE, &id, 1);
			put_customs(&walk);
		}
	}
	return walk.code;
}
