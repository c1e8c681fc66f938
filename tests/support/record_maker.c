/*
 * Values out of field types: see record_maker.h.
 */
#include "record_maker.h"

#include "model/wire.h"

#include <stdio.h>
#include <string.h>

#define EPOCH_US INT64_C(1780300800000000)

/* What fits other fields of its record, brings them along or asks for a rank
 * has tests of its own: answers and their questions, shapes about a pin, the
 * place that gives a meeting its pin, nothing or something to come. */
static bool is_bound(const struct field *field)
{
	static const char *const names[] = {
		"outline",	 "entrances",	     "pin_outline",
		"pin_entrances", "has_no_next_step", "place_id",
		"is_pin_fixed",	 "is_unplanned",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(field->name, names[i]) == 0)
			return true;
	return field->message &&
	       (strcmp(field->message->name, "outrider.v1.Question") == 0 ||
		strcmp(field->message->name, "outrider.v1.QuestionAnswer") ==
			0);
}

bool maker_may_set(const struct field *field)
{
	return !(field->flags & (FIELD_IS_OUTPUT_ONLY | FIELD_IS_IMMUTABLE |
				 FIELD_IS_CUSTOM)) &&
	       !is_bound(field);
}

/* Texts that name something, in any kind: others may be anything. */
static const struct {
	const char *field, *text;
} words[] = {
	{ "currency_code", "EUR" },
	{ "of_kind", "contact" },
	{ "kind", "contact" },
	{ "hidden_fields", "contact.phones" },
	{ "shown_fields", "product.cost_minor" },
	{ "filter", "" },
	{ "order_by", "" },
};

static bool put_word(struct buffer *out, const struct field *field)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].field, field->name) != 0)
			continue;
		if (words[i].text[0])
			wire_put_bytes(out, field->number, words[i].text,
				       strlen(words[i].text));
		return true;
	}
	return false;
}

/* Numbers that others follow from: one of each, so that a price is a sum. */
static const struct {
	const char *field;
	uint64_t number;
} numbers[] = {
	{ "quantity_milli", 1000 },
	{ "discount_permille", 0 },
};

/* Values that laws leave to a caller; of other enums any but the first. */
static const struct {
	const char *values;
	uint64_t number;
} enums[] = {
	{ "CustomType", 4 }, /* CHOICE: there are choices */
	{ "LeadStatus", 2 },
};

static uint64_t enumerator(const struct field *field, unsigned seed)
{
	const struct enum_type *type = field->values;
	const char *name = strrchr(type->name, '.');

	for (size_t i = 0; i < sizeof(enums) / sizeof(enums[0]); i++)
		if (strcmp(name ? name + 1 : type->name, enums[i].values) == 0)
			return enums[i].number;
	return (uint64_t)type->values[1 + seed % (type->n_values - 1)].number;
}

static uint64_t integer(const struct field *field, unsigned seed)
{
	double low = field->min > 1 ? field->min : 1;
	unsigned range = 12;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(numbers[i].field, field->name) == 0)
			return numbers[i].number;
	if (field->max > 0 && field->max - low + 1 < range)
		range = (unsigned)(field->max - low + 1);
	return (uint64_t)low + seed % range;
}

static void
put_string(struct buffer *out, const struct field *field, unsigned seed)
{
	char text[128];
	/* A field's key has no other sign. */
	char between = strcmp(field->name, "key") == 0 ? '_' : '-';
	int len = snprintf(text, sizeof(text), "%s%c%u", field->name, between,
			   seed);
	size_t n = (size_t)len;

	if (put_word(out, field))
		return;
	/* The seed is what tells two apart: keep the end. */
	if (field->max_bytes > 0 && n > field->max_bytes)
		n = field->max_bytes;
	wire_put_bytes(out, field->number, text + (size_t)len - n, n);
}

static void put_bytes(struct buffer *out, const struct field *field,
		      const struct record_maker *maker)
{
	if (strcmp(field->name, "content_hash") != 0)
		wire_put_bytes(out, field->number, &maker->seed, 1);
	else if (maker->content_hash)
		wire_put_bytes(out, field->number, maker->content_hash, 32);
}

static void put_reference(struct buffer *out, const struct field *field,
			  const struct record_maker *maker)
{
	struct uuid target = { { 0 } };
	char text[UUID_TEXT_LEN + 1];

	/* A plan is a person's or a team's: it is a person's here. */
	if (field->reference && maker->reference &&
	    strcmp(field->name, "of_team_id") != 0)
		target = maker->reference(maker->user, field->reference);
	if (uuid_is_zero(&target))
		return;
	uuid_format(text, &target);
	wire_put_bytes(out, field->number, text, UUID_TEXT_LEN);
}

static void put_nested(struct buffer *out, const struct field *field,
		       const struct record_maker *maker)
{
	struct buffer nested;

	buffer_init(&nested, &allocator_libc, 1 << 16);
	for (size_t i = 0; i < field->message->n_fields; i++)
		if (maker_may_set(&field->message->fields[i]))
			maker_field(&nested, &field->message->fields[i], maker);
	wire_put_bytes(out, field->number, nested.at, nested.len);
	buffer_free(&nested);
}

void maker_field(struct buffer *out, const struct field *field,
		 const struct record_maker *maker)
{
	unsigned seed = maker->seed;

	switch (field->type) {
	case FIELD_STRING:
		put_string(out, field, seed);
		break;
	case FIELD_BYTES:
		put_bytes(out, field, maker);
		break;
	case FIELD_BOOL:
		wire_put_scalar(out, field->number, 1);
		break;
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
		wire_put_scalar(out, field->number, integer(field, seed));
		break;
	case FIELD_DOUBLE:
		wire_put_double(out, field->number,
				(seed % 40) + field->number / 10.0);
		break;
	case FIELD_ENUM:
		wire_put_scalar(out, field->number, enumerator(field, seed));
		break;
	case FIELD_UUID:
		put_reference(out, field, maker);
		break;
	case FIELD_TIMESTAMP:
		/* Later fields are later: a meeting ends after it starts. */
		wire_put_timestamp(out, field->number,
				   EPOCH_US + (field->number * INT64_C(600) +
					       seed) * 1000000);
		break;
	case FIELD_MESSAGE:
		put_nested(out, field, maker);
		break;
	}
}

void maker_record(struct buffer *out, const struct entity *entity,
		  const struct record_maker *maker)
{
	for (size_t i = 0; i < entity->n_fields; i++)
		if (!(entity->fields[i].flags &
		      (FIELD_IS_OUTPUT_ONLY | FIELD_IS_CUSTOM)) &&
		    (maker->rank == RANK_NONE ||
		     entity->fields[i].read_rank <= maker->rank) &&
		    !is_bound(&entity->fields[i]))
			maker_field(out, &entity->fields[i], maker);
}

void maker_take(struct buffer *out, const struct buffer *record,
		const struct field *field)
{
	struct wire_reader reader =
		wire_read((struct bytes){ record->at, record->len });
	struct wire_field in;

	while (wire_next(&reader, &in) > 0)
		if (in.number == field->number)
			buffer_append(out, in.whole.at, in.whole.len);
}
