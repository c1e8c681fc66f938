/*
 * A field, a comparator and values to conditions of the store. Owns what fits
 * what. `a != b` is the same as `NOT a = b`, whatever a is.
 */
#include "app/filter_parts.h"

#include <stdio.h>
#include <string.h>

/* --------------------------------------------------------------- what fits */

#define SIGN(comparator) (1U << (comparator))
enum {
	SIGNS_EQUAL = SIGN(COMPARE_EQUAL) | SIGN(COMPARE_UNEQUAL),
	SIGNS_ORDER = SIGN(COMPARE_LESS) | SIGN(COMPARE_LESS_EQUAL) |
		      SIGN(COMPARE_GREATER) | SIGN(COMPARE_GREATER_EQUAL),
	SIGNS_IN = SIGN(COMPARE_IN),
	SIGNS_HAS = SIGN(COMPARE_HAS),
};

static const unsigned fitting[] = {
	[SORT_TEXT] = SIGNS_EQUAL | SIGNS_ORDER | SIGNS_HAS | SIGNS_IN,
	[SORT_CHOICE] = SIGNS_EQUAL | SIGNS_HAS | SIGNS_IN,
	[SORT_BOOL] = SIGNS_EQUAL,
	[SORT_INTEGER] = SIGNS_EQUAL | SIGNS_ORDER | SIGNS_IN,
	[SORT_NUMBER] = SIGNS_EQUAL | SIGNS_ORDER | SIGNS_IN,
	[SORT_MONEY] = SIGNS_EQUAL | SIGNS_ORDER,
	[SORT_ENUM] = SIGNS_EQUAL | SIGNS_IN,
	[SORT_REFERENCE] = SIGNS_EQUAL | SIGNS_IN,
	[SORT_TIME] = SIGNS_EQUAL | SIGNS_ORDER,
	[SORT_HANDLE] = SIGNS_EQUAL | SIGNS_HAS | SIGNS_IN,
	[SORT_OTHER] = 0,
};

bool filter_is_repeated(const struct filter_field *field)
{
	return field->path.field->flags & FIELD_IS_REPEATED && !field->custom;
}

static unsigned signs_of(const struct filter_field *field)
{
	/* One of the elements: it has it, or not. */
	if (filter_is_repeated(field) && field->sort != SORT_OTHER)
		return SIGNS_EQUAL | SIGNS_HAS | SIGNS_IN;
	/* An order of its values is meant where records are ordered by it. */
	if (field->sort == SORT_ENUM &&
	    field->path.field->flags & FIELD_IS_ORDERABLE)
		return fitting[SORT_ENUM] | SIGNS_ORDER;
	return fitting[field->sort];
}

static enum outrider_code
fail_sign(struct filter_reader *r, const struct comparison *c)
{
	unsigned signs = signs_of(c->field);
	char list[64] = "", shown[FILTER_SHOWN_MAX], name[FILTER_SHOWN_MAX];
	size_t len = 0;

	for (unsigned i = 0; i < N_COMPARATORS; i++)
		if (signs & SIGN(i))
			len += (size_t)snprintf(
				list + len, sizeof(list) - len, "%s, ",
				comparator_text((enum comparator)i));
	return filter_fail(r, c->sign.at,
			   "\"%s\" doesn't fit %s. Fitting: %s:*",
			   filter_show(shown, c->sign.text),
			   filter_show(name, c->field->name.text), list);
}

/* The condition's word for a comparator; != is made out of =. */
static const enum condition_op ops[N_COMPARATORS] = {
	[COMPARE_EQUAL] = CONDITION_EQUAL,
	[COMPARE_UNEQUAL] = CONDITION_EQUAL,
	[COMPARE_LESS] = CONDITION_LESS,
	[COMPARE_LESS_EQUAL] = CONDITION_LESS_EQUAL,
	[COMPARE_GREATER] = CONDITION_GREATER,
	[COMPARE_GREATER_EQUAL] = CONDITION_GREATER_EQUAL,
	[COMPARE_HAS] = CONDITION_EQUAL,
	[COMPARE_IN] = CONDITION_IN,
};

bool comparator_is_order(enum comparator comparator)
{
	return SIGNS_ORDER & SIGN(comparator);
}

enum condition_op
comparator_op(enum comparator comparator, enum condition_op instead)
{
	return comparator_is_order(comparator) ? ops[comparator] : instead;
}

/* Turns what was made for = into !=, where that was asked. */
static enum outrider_code
finish(struct part *out, struct filter_reader *r, const struct comparison *c)
{
	struct condition *made = out->condition;

	if (c->comparator != COMPARE_UNEQUAL)
		return OUTRIDER_OK;
	if (made->type == CONDITION_COMPARE && made->op == CONDITION_EQUAL &&
	    !made->path.via && !c->field->custom &&
	    !filter_is_repeated(c->field)) {
		made->op = CONDITION_UNEQUAL;
		return OUTRIDER_OK;
	}
	return part_negate(out, r, *out, c->field->name.at);
}

/* ------------------------------------------------------------------ numbers */

/* Values that are read alike, one or many. */
static enum outrider_code compare_plain(struct part *out,
					struct filter_reader *r,
					const struct comparison *c)
{
	struct condition_value *values =
		arena_alloc(r->context->arena, c->n_values * sizeof(*values));
	enum outrider_code code = OUTRIDER_OK;

	if (!values)
		return filter_no_memory(r);
	for (size_t i = 0; i < c->n_values && code == OUTRIDER_OK; i++)
		code = filter_read_value(&values[i], r, c->field,
					 &c->values[i]);
	if (code != OUTRIDER_OK)
		return code;
	return part_compare_values(out, r, c->field, ops[c->comparator], values,
				   c->n_values);
}

/* That there is such a record: what isn't said of none is no false. */
static enum outrider_code with_record(struct part *out, struct filter_reader *r,
				      const struct comparison *c)
{
	struct group both = { .type = CONDITION_ALL, .at = c->field->name.at };
	struct filter_field id = { .path = { .via = c->field->path.via },
				   .entity = c->field->entity,
				   .name = c->field->name,
				   .sort = SORT_REFERENCE };
	struct part record = { .condition = NULL };
	enum outrider_code code;

	id.path.field = message_field(id.entity->message, FIELD_ID);
	code = part_compare(&record, r, &id, CONDITION_IS_SET);
	if (code != OUTRIDER_OK)
		return code;
	group_add(&both, record);
	group_add(&both, *out);
	return group_end(out, r, &both);
}

/* A custom one that isn't set is false, as others are: it is not true. */
static enum outrider_code compare_bool(struct part *out,
				       struct filter_reader *r,
				       const struct comparison *c)
{
	struct condition_value value;
	bool wants_true;
	enum outrider_code code;

	if (!c->field->custom)
		return compare_plain(out, r, c);
	code = filter_read_value(&value, r, c->field, &c->values[0]);
	if (code != OUTRIDER_OK)
		return code;
	wants_true = value.i != 0;
	code = part_compare_value(out, r, c->field, CONDITION_EQUAL,
				  (struct condition_value){ .d = 1 });
	if (code != OUTRIDER_OK || wants_true)
		return code;
	code = part_negate(out, r, *out, c->field->name.at);
	return code == OUTRIDER_OK && c->field->path.via
		       ? with_record(out, r, c)
		       : code;
}

/* -------------------------------------------------------------------- money */

static enum outrider_code
compare_currency(struct part *out, struct filter_reader *r,
		 const struct comparison *c, const struct filter_money *money)
{
	struct filter_field currency = *c->field;
	struct bytes code = bytes_of(money->currency);

	currency.path.field = filter_find_field(r, currency.entity,
						bytes_of("currency_code"),
						FIELD_IS_FILTERABLE);
	if (!currency.path.field)
		return filter_fail(r, c->values[0].at,
				   "amounts of %s have no currency: write a "
				   "whole number in minor units",
				   currency.entity->name);
	code = arena_copy(r->context->arena, code.at, code.len);
	if (!code.at)
		return filter_no_memory(r);
	return part_compare_value(out, r, &currency, CONDITION_EQUAL,
				  (struct condition_value){ .bytes = code });
}

static enum outrider_code compare_money(struct part *out,
					struct filter_reader *r,
					const struct comparison *c)
{
	struct group both = { .type = CONDITION_ALL, .at = c->field->name.at };
	struct filter_money money;
	struct bytes text;
	struct part currency = { .condition = NULL };
	enum outrider_code code = filter_read_starless(&text, r, &c->values[0]);

	if (code == OUTRIDER_OK)
		code = filter_read_money(&money, r, &c->values[0], text);
	if (code == OUTRIDER_OK)
		code = part_compare_value(
			out, r, c->field, ops[c->comparator],
			(struct condition_value){ .i = money.minor });
	if (code != OUTRIDER_OK || !money.currency[0])
		return code;
	code = compare_currency(&currency, r, c, &money);
	if (code != OUTRIDER_OK)
		return code;
	group_add(&both, *out);
	group_add(&both, currency);
	return group_end(out, r, &both);
}

/* --------------------------------------------------------------- references */

/* `owner_id = ""` asks for those that have none. */
static enum outrider_code compare_reference(struct part *out,
					    struct filter_reader *r,
					    const struct comparison *c)
{
	struct filter_text text;
	bool is_equality = c->comparator == COMPARE_EQUAL ||
			   c->comparator == COMPARE_UNEQUAL;
	enum outrider_code code = filter_read_text(&text, r, &c->values[0]);

	if (code != OUTRIDER_OK)
		return code;
	if (!is_equality || text.text.len > 0 || text.ends_with_star)
		return compare_plain(out, r, c);
	return part_compare_unset(out, r, c->field);
}

static enum outrider_code compare_by_sort(struct part *out,
					  struct filter_reader *r,
					  const struct comparison *c)
{
	switch (c->field->sort) {
	case SORT_TEXT:
	case SORT_CHOICE:
	case SORT_HANDLE:
		return filter_compare_text(out, r, c);
	case SORT_BOOL:
		return compare_bool(out, r, c);
	case SORT_MONEY:
		return compare_money(out, r, c);
	case SORT_REFERENCE:
		return compare_reference(out, r, c);
	case SORT_INTEGER:
	case SORT_NUMBER:
	case SORT_ENUM:
	case SORT_TIME:
		return compare_plain(out, r, c);
	case SORT_OTHER:
		break;
	}
	return fail_sign(r, c);
}

enum outrider_code filter_compare(struct part *out, struct filter_reader *r,
				  const struct comparison *c)
{
	enum outrider_code code;

	if (c->comparator == COMPARE_HAS && filter_is_star(&c->values[0]))
		return part_compare(out, r, c->field, CONDITION_IS_SET);
	if (!(signs_of(c->field) & SIGN(c->comparator)))
		return fail_sign(r, c);
	code = compare_by_sort(out, r, c);
	return code == OUTRIDER_OK ? finish(out, r, c) : code;
}
