/*
 * Laws of the fields that the organisation added: what they are called, and
 * what their values may be, in records of any kind.
 */
#include "app/laws_rooms.h"
#include "app/selling_kinds.h"
#include "model/wire.h"
#include "store/query.h"

#include <stdio.h>
#include <string.h>

enum {
	CUSTOM_VALUE_ID = 1, /* outrider.v1.CustomValue */
	CUSTOM_VALUE_TEXT = 2,
	CUSTOM_VALUE_NUMBER = 3,
	CUSTOM_VALUE_TIME = 4,
};

enum custom_type {
	CUSTOM_NONE,
	CUSTOM_TEXT,
	CUSTOM_NUMBER,
	CUSTOM_YES_NO,
	CUSTOM_CHOICE,
	CUSTOM_TIME,
};

static bool is_same(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.at, b.at, a.len));
}

static const struct field *custom_of(const struct entity *entity)
{
	for (size_t i = 0; i < entity->n_fields; i++)
		if (entity->fields[i].flags & FIELD_IS_CUSTOM)
			return &entity->fields[i];
	return NULL;
}

static bool has_choice(const struct row *field, struct bytes text)
{
	struct wire_reader reader =
		wire_read(kind_value(field, CUSTOM_CHOICES)->bytes);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0)
		if (is_same(in.value, text))
			return true;
	return false;
}

/* ------------------------------------------------------------------ values */

static struct uuid id_of(struct bytes element)
{
	struct bytes text = fields_find(element, CUSTOM_VALUE_ID);
	struct uuid id = { { 0 } };

	if (!uuid_parse(&id, (const char *)text.at, text.len))
		id = (struct uuid){ { 0 } };
	return id;
}

/* What the record had for this field before; empty: nothing. */
static struct bytes value_before(const struct writing *w,
				 const struct field *custom,
				 const struct uuid *id)
{
	struct wire_reader reader;
	struct wire_field in;

	if (!w->old)
		return (struct bytes){ .at = NULL, .len = 0 };
	reader = wire_read(kind_value(w->old, custom->number)->bytes);
	while (wire_next(&reader, &in) > 0) {
		const struct uuid other = id_of(in.value);

		if (uuid_compare(&other, id) == 0)
			return in.value;
	}
	return (struct bytes){ .at = NULL, .len = 0 };
}

/* NULL where the value is of the field's type; else what it would be. */
static const char *misfit(const struct row *field, struct bytes value)
{
	struct wire_field in;
	struct bytes text = fields_find(value, CUSTOM_VALUE_TEXT);
	bool has_number = wire_find(&in, value, CUSTOM_VALUE_NUMBER);
	double number = 0;
	bool has_time;

	if (has_number)
		memcpy(&number, &in.scalar, sizeof(number));
	has_time = wire_find(&in, value, CUSTOM_VALUE_TIME);
	switch ((enum custom_type)kind_value(field, CUSTOM_TYPE)->i) {
	case CUSTOM_NONE:
		break;
	case CUSTOM_TEXT:
		return !has_number && !has_time ? NULL : "the field has a text";
	case CUSTOM_NUMBER:
		return text.len == 0 && !has_time ? NULL
						  : "the field has a number";
	case CUSTOM_YES_NO:
		return text.len == 0 && !has_time && !(number < 0) &&
				       !(number > 1) &&
				       (!(number > 0) || !(number < 1))
			       ? NULL
			       : "the field has yes (1) or no (0), in number";
	case CUSTOM_CHOICE:
		return !has_number && !has_time && has_choice(field, text)
			       ? NULL
			       : "the field has one of its choices, in text";
	case CUSTOM_TIME:
		return text.len == 0 && !has_number ? NULL
						    : "the field has a time";
	}
	return "the field is of no known type";
}

/* NULL where the value may stand. */
static const char *fault(const struct writing *w, const struct row *field,
			 struct bytes before, struct bytes value)
{
	struct bytes of_kind = kind_value(field, CUSTOM_OF_KIND)->bytes;
	const char *kind = w->row->entity->name;

	if (of_kind.len != strlen(kind) ||
	    memcmp(of_kind.at, kind, of_kind.len) != 0)
		return "this field is of another kind";
	if (before.len == 0 && (field->deleted_us != 0 ||
				kind_value(field, CUSTOM_IS_ARCHIVED)->i != 0))
		return "this field takes no more values";
	return misfit(field, value);
}

static enum outrider_code
check_value(struct writing *w, const struct field *custom, size_t i,
	    struct bytes value, struct outrider_err *err)
{
	const struct uuid id = id_of(value);
	struct bytes before = value_before(w, custom, &id);
	struct row *field;
	const char *wrong;
	char path[64];
	enum outrider_code code;

	/* Old ones may have gone out of fashion. */
	if (before.len > 0 && is_same(before, value))
		return OUTRIDER_OK;
	code = store_get(w->tx, &field, schema_entity(KIND_CUSTOM_FIELD), &id,
			 w->arena, err);
	if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
		return code;
	if (code == OUTRIDER_NOT_FOUND)
		return laws_refuse(err, "custom_field_id",
				   "there is no such custom_field");
	wrong = fault(w, field, before, value);
	if (!wrong)
		return OUTRIDER_OK;
	snprintf(path, sizeof(path), "%s[%zu]", custom->name, i);
	return laws_refuse(err, path, wrong);
}

enum outrider_code
laws_custom_values_check(struct writing *w, struct outrider_err *err)
{
	const struct field *custom = custom_of(w->row->entity);
	struct wire_reader reader;
	struct wire_field in;
	size_t i = 0;
	enum outrider_code code = OUTRIDER_OK;

	if (!custom || !field_set_has(&w->changed, custom->number))
		return OUTRIDER_OK;
	reader = wire_read(kind_value(w->row, custom->number)->bytes);
	for (; code == OUTRIDER_OK && wire_next(&reader, &in) > 0; i++)
		code = check_value(w, custom, i, in.value, err);
	return code;
}

/* ------------------------------------------------------------------ fields */

static struct condition equals(const struct writing *w, uint32_t number,
			       const struct condition_value *value,
			       struct condition *next)
{
	return (struct condition){
		.type = CONDITION_COMPARE,
		.next = next,
		.path.field = message_field(w->row->entity->message, number),
		.op = CONDITION_EQUAL,
		.values = value,
		.n_values = 1,
	};
}

/* Keys are indexed: however many fields there are, these few are read. */
static enum outrider_code
check_key_is_free(const struct writing *w, struct outrider_err *err)
{
	static const struct uuid zero;
	const struct scope org = scope_make(SCOPE_ORGANIZATION, &zero);
	const struct condition_value key = {
		.bytes = kind_value(w->row, CUSTOM_KEY)->bytes,
	};
	const struct condition_value kind = {
		.bytes = kind_value(w->row, CUSTOM_OF_KIND)->bytes,
	};
	struct condition of_kind = equals(w, CUSTOM_OF_KIND, &kind, NULL);
	struct condition has_key = equals(w, CUSTOM_KEY, &key, &of_kind);
	const struct condition both = {
		.type = CONDITION_ALL,
		.first = &has_key,
	};
	const struct store_query asked = {
		.entity = w->row->entity,
		.scopes = &org,
		.n_scopes = 1,
		.sees_most = true,
		.condition = &both,
		.limit = 1, /* the field itself doesn't stand yet */
	};
	struct store_page page;
	enum outrider_code code =
		store_query(w->tx, &page, &asked, w->arena, err);

	if (code != OUTRIDER_OK || page.n_rows == 0)
		return code;
	return err_set(err, OUTRIDER_ALREADY_EXISTS, "key",
		       "another field of this kind has this key");
}

static bool is_key(struct bytes key)
{
	for (size_t i = 0; i < key.len; i++) {
		uint8_t c = key.at[i];

		if (!(c >= 'a' && c <= 'z') &&
		    (i == 0 || (!(c >= '0' && c <= '9') && c != '_')))
			return false;
	}
	return key.len > 0;
}

static enum outrider_code
check_shape(const struct row *field, struct outrider_err *err)
{
	struct bytes name = kind_value(field, CUSTOM_OF_KIND)->bytes;
	const struct entity *entity =
		schema_entity_named((const char *)name.at, name.len);
	bool is_choice = kind_value(field, CUSTOM_TYPE)->i == CUSTOM_CHOICE;
	bool has_choices = value_is_set(kind_value(field, CUSTOM_CHOICES));

	if (!entity || !custom_of(entity))
		return laws_refuse(err, "of_kind",
				   "there is no such kind, or it takes no "
				   "fields");
	if (!is_key(kind_value(field, CUSTOM_KEY)->bytes))
		return laws_refuse(err, "key",
				   "a key has small letters, digits and "
				   "underscores, and begins with a letter");
	if (is_choice != has_choices)
		return laws_refuse(err, "choices",
				   is_choice ? "a choice needs something to "
					       "choose from"
					     : "only a choice has choices");
	if (has_choice(field, (struct bytes){ .at = NULL, .len = 0 }))
		return laws_refuse(err, "choices", "a choice is not empty");
	return OUTRIDER_OK;
}

enum outrider_code
laws_custom_field_check(struct writing *w, struct outrider_err *err)
{
	enum outrider_code code;

	if (w->intent->op == CHANGE_DELETE)
		return OUTRIDER_OK;
	code = check_shape(w->row, err);
	if (code == OUTRIDER_OK && w->intent->op != CHANGE_UPDATE)
		code = check_key_is_free(w, err);
	return code;
}
