/* What questions mean, in plain loops: the half of the model that judges. */
#include "query_model.h"

#include "model/wire.h"

static struct condition_value
own_value(const struct row *row, const struct field *field)
{
	struct condition_value out = { 0 };
	const struct value *value;

	switch (field->number) {
	case FIELD_ID:
		out.bytes = (struct bytes){ row->id.at, 16 };
		return out;
	case FIELD_OWNER:
		if (!uuid_is_zero(&row->owner))
			out.bytes = (struct bytes){ row->owner.at, 16 };
		return out;
	case FIELD_TEAM:
		if (!uuid_is_zero(&row->team))
			out.bytes = (struct bytes){ row->team.at, 16 };
		return out;
	case FIELD_CREATE_TIME:
		out.i = row->created_us;
		return out;
	case FIELD_UPDATE_TIME:
		out.i = row->updated_us;
		return out;
	}
	value = row_value(row, field->number);
	out.bytes = value->bytes;
	if (field->type == FIELD_DOUBLE)
		out.d = value->d;
	else
		out.i = value->i;
	return out;
}

static int compare_bytes(struct bytes a, struct bytes b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n ? memcmp(a.at, b.at, n) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_values(enum field_type type, const struct condition_value *a,
			  const struct condition_value *b)
{
	if (type == FIELD_STRING || type == FIELD_UUID)
		return compare_bytes(a->bytes, b->bytes);
	if (type == FIELD_DOUBLE)
		return (a->d > b->d) - (a->d < b->d);
	return (a->i > b->i) - (a->i < b->i);
}

static bool is_set(enum field_type type, const struct condition_value *value)
{
	if (type == FIELD_STRING || type == FIELD_UUID)
		return value->bytes.len > 0;
	if (type == FIELD_DOUBLE)
		return value->d < 0 || value->d > 0;
	return value->i != 0;
}

static uint8_t small(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool has_inside(struct bytes text, struct bytes part)
{
	for (size_t at = 0; at + part.len <= text.len; at++) {
		size_t i = 0;
		while (i < part.len &&
		       small(text.at[at + i]) == small(part.at[i]))
			i++;
		if (i == part.len)
			return true;
	}
	return false;
}

/* One value against a comparison. */
static bool value_holds(enum field_type type, const struct condition *leaf,
			const struct condition_value *value)
{
	const struct condition_value *asked = leaf->values;
	struct bytes text = value->bytes, part = { 0 };
	int order = 0;

	if (leaf->op == CONDITION_IS_SET)
		return is_set(type, value);
	for (size_t i = 0; leaf->op == CONDITION_IN && i < leaf->n_values; i++)
		if (compare_values(type, value, &leaf->values[i]) == 0)
			return true;
	if (leaf->op == CONDITION_IN)
		return false;
	order = compare_values(type, value, asked);
	part = asked->bytes;
	bool is_timed = type != FIELD_TIMESTAMP || value->i != 0;
	switch (leaf->op) {
	case CONDITION_EQUAL:
		return order == 0;
	case CONDITION_UNEQUAL:
		return order != 0;
	case CONDITION_LESS:
		return is_timed && order < 0;
	case CONDITION_LESS_EQUAL:
		return is_timed && order <= 0;
	case CONDITION_GREATER:
		return is_timed && order > 0;
	case CONDITION_GREATER_EQUAL:
		return is_timed && order >= 0;
	case CONDITION_CONTAINS:
		return has_inside(text, part);
	case CONDITION_BEGINS:
		return text.len >= part.len &&
		       (part.len == 0 ||
			memcmp(text.at, part.at, part.len) == 0);
	case CONDITION_ENDS:
		return text.len >= part.len &&
		       (part.len == 0 || memcmp(text.at + text.len - part.len,
						part.at, part.len) == 0);
	case CONDITION_IN:
	case CONDITION_IS_SET:
		break;
	}
	return false;
}

/* ---------------------------------------------------------------- elements */

static struct bytes
digits_or_small(char room[100], bool is_phone, struct bytes text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];
		if (is_phone && (c == '+' || (c >= '0' && c <= '9')))
			room[n++] = (char)c;
		else if (!is_phone && c != ' ')
			room[n++] = (char)small(c);
	}
	return (struct bytes){ (const uint8_t *)room, n };
}

/* Does any handle of a Phone or an Email fit? */
static bool handles_hold(const struct field *field, struct bytes message,
			 const struct condition *leaf)
{
	struct wire_reader reader = wire_read(message);
	struct wire_field in;
	bool is_phone = strstr(field->message->name, "Phone") != NULL;
	char room[100];

	while (wire_next(&reader, &in) > 0) {
		if (in.number != 1 && !(is_phone && in.number == 3))
			continue;
		struct condition_value value = {
			.bytes = digits_or_small(room, is_phone, in.value),
		};
		if (value_holds(FIELD_STRING, leaf, &value))
			return true;
	}
	return false;
}

static bool elements_hold(const struct row *row, const struct condition *leaf)
{
	const struct field *field = leaf->path.field;
	struct bytes bytes = row_value(row, field->number)->bytes;
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in;
	struct uuid id;

	if (leaf->op == CONDITION_IS_SET)
		return bytes.len > 0;
	while (wire_next(&reader, &in) > 0) {
		struct condition_value value = { .bytes = in.value };
		enum field_type type = field->type;
		if (type == FIELD_MESSAGE) {
			if (handles_hold(field, in.value, leaf))
				return true;
			continue;
		}
		if (type == FIELD_UUID) {
			assert_true(uuid_parse(&id, (const char *)in.value.at,
					       in.value.len));
			value.bytes = (struct bytes){ id.at, 16 };
		}
		if (value_holds(type, leaf, &value))
			return true;
	}
	return false;
}

/* The value of an added field; false: the record has none. */
static bool custom_value(struct condition_value *out, const struct row *row,
			 const struct condition_path *path)
{
	struct bytes bytes = row_value(row, path->field->number)->bytes;
	struct wire_reader reader = wire_read(bytes);
	struct wire_field in, part;
	char id[UUID_TEXT_LEN + 1];

	uuid_format(id, &path->custom);
	while (wire_next(&reader, &in) > 0) {
		if (!wire_find(&part, in.value, 1) ||
		    compare_bytes(part.value, text_bytes(id)) != 0)
			continue;
		*out = (struct condition_value){ 0 };
		if (path->custom_type == FIELD_STRING &&
		    wire_find(&part, in.value, 2))
			out->bytes = part.value;
		if (path->custom_type == FIELD_DOUBLE &&
		    wire_find(&part, in.value, 3))
			memcpy(&out->d, &part.scalar, sizeof(out->d));
		if (path->custom_type == FIELD_TIMESTAMP &&
		    wire_find(&part, in.value, 4))
			assert_true(wire_timestamp(&out->i, part.value));
		return true;
	}
	return false;
}

/* ------------------------------------------------------------- conditions */

static bool leaf_holds(const struct row *row, const struct condition *leaf)
{
	const struct field *field = leaf->path.field;
	struct condition_value value = { 0 };

	if (field->flags & FIELD_IS_CUSTOM) {
		if (!custom_value(&value, row, &leaf->path))
			return leaf->op == CONDITION_UNEQUAL;
		return leaf->op == CONDITION_IS_SET ||
		       value_holds(leaf->path.custom_type, leaf, &value);
	}
	if (field->flags & FIELD_IS_REPEATED)
		return elements_hold(row, leaf);
	value = own_value(row, field);
	return value_holds(field->type, leaf, &value);
}

static bool
is_visible(const struct store_query *asked, const struct model_record *record)
{
	for (size_t i = 0; i < asked->n_scopes; i++) {
		for (size_t k = 0; k < record->n_scopes; k++) {
			if (scope_compare(&asked->scopes[i],
					  &record->scopes[k]) == 0)
				return true;
		}
	}
	return false;
}

static const struct model_record *
find(const struct model *model, const struct entity *entity, struct bytes id)
{
	for (size_t i = 0; i < MODEL_KINDS; i++) {
		const struct model_kind *kind = &model->kinds[i];
		for (size_t k = 0; kind->entity == entity && k < kind->n; k++) {
			if (memcmp(kind->records[k].row->id.at, id.at, 16) == 0)
				return &kind->records[k];
		}
	}
	return NULL;
}

static bool target_holds(const struct model *model,
			 const struct store_query *asked,
			 const struct condition *leaf, struct bytes id)
{
	const struct model_record *target =
		id.len == 16 ? find(model, leaf->path.via->reference, id)
			     : NULL;

	return target && !target->row->deleted_us &&
	       is_visible(asked, target) && leaf_holds(target->row, leaf);
}

static bool hop_holds(const struct model *model,
		      const struct store_query *asked,
		      const struct condition *leaf, const struct row *row)
{
	const struct field *via = leaf->path.via;
	struct condition_value value = own_value(row, via);
	struct wire_reader reader = wire_read(value.bytes);
	struct wire_field in;
	struct uuid id;

	if (!(via->flags & FIELD_IS_REPEATED))
		return target_holds(model, asked, leaf, value.bytes);
	while (wire_next(&reader, &in) > 0) {
		assert_true(uuid_parse(&id, (const char *)in.value.at,
				       in.value.len));
		if (target_holds(model, asked, leaf,
				 (struct bytes){ id.at, 16 }))
			return true;
	}
	return false;
}

static bool tree_holds(const struct model *model,
		       const struct store_query *asked,
		       const struct condition *condition, const struct row *row)
{
	const struct condition *part = condition->first;

	switch (condition->type) {
	case CONDITION_COMPARE:
		return condition->path.via
			       ? hop_holds(model, asked, condition, row)
			       : leaf_holds(row, condition);
	case CONDITION_NOT:
		return !tree_holds(model, asked, part, row);
	case CONDITION_ALL:
		while (part && tree_holds(model, asked, part, row))
			part = part->next;
		return !part;
	case CONDITION_ANY:
		while (part && !tree_holds(model, asked, part, row))
			part = part->next;
		return part;
	}
	return false;
}

bool model_holds(const struct model *model, const struct store_query *asked,
		 const struct model_record *record)
{
	return is_visible(asked, record) &&
	       (asked->with_deleted || !record->row->deleted_us) &&
	       (!asked->condition ||
		tree_holds(model, asked, asked->condition, record->row));
}

/* ------------------------------------------------------------------ order */

int model_compare(const struct store_query *asked, const struct row *a,
		  const struct row *b)
{
	bool is_descending = false;

	for (size_t i = 0; i < asked->n_order; i++) {
		const struct field *field = asked->order[i].field;
		struct condition_value x = own_value(a, field);
		struct condition_value y = own_value(b, field);
		int order = compare_values(field->type, &x, &y);
		is_descending = asked->order[i].is_descending;
		if (order != 0 || field->number == FIELD_ID)
			return is_descending ? -order : order;
	}
	int order = uuid_compare(&a->id, &b->id);
	return is_descending ? -order : order;
}

void model_after(struct condition_value out[QUERY_ORDER_MAX],
		 const struct store_query *asked, const struct row *row)
{
	for (size_t i = 0; i < asked->n_order; i++)
		out[i] = own_value(row, asked->order[i].field);
}

/* ------------------------------------------------------ links and handles */

bool model_has_handle(const struct model_record *record, enum field_handle type,
		      struct bytes text)
{
	struct condition_value value = { .bytes = text };
	struct condition leaf = {
		.op = CONDITION_EQUAL,
		.values = &value,
		.n_values = 1,
	};
	const struct entity *entity = record->row->entity;

	for (size_t i = 0; i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];
		char room[100];
		leaf.path.field = field;
		if (field->handle == type &&
		    compare_bytes(digits_or_small(
					  room, type == HANDLE_PHONE,
					  own_value(record->row, field).bytes),
				  text) == 0)
			return true;
		if (field->type == FIELD_MESSAGE && field->message &&
		    field->message->fields[0].handle == type &&
		    elements_hold(record->row, &leaf))
			return true;
	}
	return false;
}

uint32_t
model_refers(const struct model_record *record, const struct uuid *target)
{
	struct condition_value value = { .bytes = { target->at, 16 } };
	struct condition leaf = {
		.op = CONDITION_EQUAL,
		.values = &value,
		.n_values = 1,
	};
	const struct entity *entity = record->row->entity;

	for (size_t i = 0; i < entity->n_fields; i++) {
		leaf.path.field = &entity->fields[i];
		if (leaf.path.field->type == FIELD_UUID &&
		    leaf.path.field->reference &&
		    leaf_holds(record->row, &leaf))
			return leaf.path.field->number;
	}
	return 0;
}

int64_t model_timeline_us(const struct row *row)
{
	const struct field *field = row->entity->timeline;

	int64_t at_us = field ? own_value(row, field).i : 0;

	return at_us != 0 ? at_us : row->created_us;
}
