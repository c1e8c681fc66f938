/*
 * Side tables: what a record refers to (link), and how a person is reached
 * (handle, normalised). Both are found out of the row alone, so that what
 * the old row had is taken away and what the new one has is put in.
 *
 * Normalising is for finding: a phone is its digits with a leading + kept, an
 * address or account its text with ASCII letters small, spaces cut off.
 */
#include "store/parts.h"

#include <string.h>

#define HANDLE_MAX 254

static bool message_has(const struct message *message, bool *has_handle)
{
	bool has_reference = false;

	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];
		has_reference |= field->reference != NULL;
		*has_handle |= field->handle != HANDLE_NONE;
		/* No message is recursive: the generator checks. */
		if (field->type == FIELD_MESSAGE && field->message)
			has_reference |=
				message_has(field->message, has_handle);
	}
	return has_reference;
}

void side_fields(struct store_kind *kind)
{
	const struct entity *entity = kind->entity;

	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];
		bool has_handle = field->handle != HANDLE_NONE;
		bool has_reference = field->reference != NULL;
		if (field->type == FIELD_MESSAGE && field->message)
			has_reference |=
				message_has(field->message, &has_handle);
		if (has_reference)
			field_set_add(&kind->linked, field->number);
		if (has_handle)
			field_set_add(&kind->reachable, field->number);
	}
}

static bool meets(const struct field_set *a, const struct field_set *b)
{
	return (a->bits[0] & b->bits[0]) | (a->bits[1] & b->bits[1]) |
	       (a->bits[2] & b->bits[2]) | (a->bits[3] & b->bits[3]);
}

/* One walk over a row's references or handles. */
struct walk {
	struct store_conn *conn;
	const struct row *row;
	enum statement which;
	enum outrider_code code;
	struct outrider_err *err;
};

static void
write_link(void *user, const struct field *field, const struct uuid *target)
{
	struct walk *walk = user;

	/* Owner and team have columns, and an index of their own. */
	if (walk->code != OUTRIDER_OK || uuid_is_zero(target) ||
	    field->number < FIELD_FIRST_OWN)
		return;
	struct backend_value values[] = {
		value_uuid(target),
		value_int(walk->row->entity->number),
		value_uuid(&walk->row->id),
		value_int(field->number),
	};
	walk->code = store_run(walk->conn, NULL, walk->which, values,
			       ARRAY_LEN(values), walk->err);
}

static struct bytes
normalise(char out[HANDLE_MAX], enum field_handle type, struct bytes text)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len && len < HANDLE_MAX; i++) {
		char c = (char)text.at[i];
		bool is_digit = c >= '0' && c <= '9';
		if (type == HANDLE_PHONE && !is_digit &&
		    !(c == '+' && len == 0))
			continue;
		if (c == ' ' || (c == '@' && len == 0))
			continue;
		out[len++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return (struct bytes){ (const uint8_t *)out, len };
}

static void
write_handle(void *user, const struct field *field, struct bytes text)
{
	struct walk *walk = user;
	char room[HANDLE_MAX];
	struct bytes found = normalise(room, field->handle, text);

	if (walk->code != OUTRIDER_OK || found.len == 0)
		return;
	struct backend_value values[] = {
		value_int(field->handle),
		value_text(found),
		value_int(walk->row->entity->number),
		value_uuid(&walk->row->id),
	};
	walk->code = store_run(walk->conn, NULL, walk->which, values,
			       ARRAY_LEN(values), walk->err);
}

enum outrider_code
side_put(struct store_conn *conn, const struct store_kind *kind,
	 const struct row *old, const struct row *row,
	 const struct field_set *changed, struct outrider_err *err)
{
	struct walk walk = { .conn = conn, .code = OUTRIDER_OK, .err = err };

	if (meets(&kind->linked, changed)) {
		walk.row = old;
		walk.which = STATEMENT_LINK_DELETE;
		if (old)
			record_references(old, write_link, &walk);
		walk.row = row;
		walk.which = STATEMENT_LINK_PUT;
		record_references(row, write_link, &walk);
	}
	if (meets(&kind->reachable, changed)) {
		walk.row = old;
		walk.which = STATEMENT_HANDLE_DELETE;
		if (old)
			record_handles(old, write_handle, &walk);
		walk.row = row;
		walk.which = STATEMENT_HANDLE_PUT;
		record_handles(row, write_handle, &walk);
	}
	return walk.code;
}
