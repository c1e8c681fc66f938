/*
 * One column against values: its name, what is bound for it, and each
 * comparison as a text that is true or false for every row, never NULL.
 * Knows no table.
 */
#include "store/sql_query.h"

#include <string.h>

/* ----------------------------------------------------------------- words */

static void word(struct sql_query *sql, const char *text)
{
	text_word(&sql->text, text);
}

void sql_bind(struct sql_query *sql, const struct backend_value *value)
{
	struct backend_value *added = list_add(&sql->values, sql->arena);

	if (!added) {
		sql->is_full = true;
		return;
	}
	*added = *value;
	text_parameter(&sql->text, sql->values.n);
}

static void bind_text(struct sql_query *sql, const void *at, size_t len)
{
	struct backend_value value =
		value_text((struct bytes){ .at = at, .len = len });

	sql_bind(sql, &value);
}

void sql_name_column(struct sql_query *sql, const struct column *column)
{
	word(sql, column->alias);
	word(sql, ".");
	text_name(&sql->text, column->name);
}

struct column sql_column_of(const char *alias, const struct field *field)
{
	return (struct column){
		.alias = alias,
		.name = sql_column(field),
		.type = field->type,
		.may_be_null = (field->type == FIELD_UUID ||
				field->type == FIELD_BYTES) &&
			       field->number != FIELD_ID,
	};
}

static struct backend_value
value_of(enum field_type type, const struct condition_value *value)
{
	switch (type) {
	case FIELD_STRING:
		return value_text(value->bytes);
	case FIELD_BYTES:
	case FIELD_UUID:
	case FIELD_MESSAGE:
		return value_blob(value->bytes.at, value->bytes.len);
	case FIELD_DOUBLE:
		return (struct backend_value){ .type = BACKEND_REAL,
					       .d = value->d };
	case FIELD_BOOL:
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_ENUM:
	case FIELD_TIMESTAMP:
		return value_int(value->i);
	}
	return (struct backend_value){ .type = BACKEND_NULL };
}

void sql_bind_value(struct sql_query *sql, enum field_type type,
		    const struct condition_value *value)
{
	struct backend_value bound = value_of(type, value);

	sql_bind(sql, &bound);
}

/* ------------------------------------------------- comparisons of columns */

static const char *const comparisons[] = {
	[CONDITION_EQUAL] = " = ",   [CONDITION_UNEQUAL] = " <> ",
	[CONDITION_LESS] = " < ",    [CONDITION_LESS_EQUAL] = " <= ",
	[CONDITION_GREATER] = " > ", [CONDITION_GREATER_EQUAL] = " >= ",
};

static bool is_text(const struct column *column)
{
	return column->type == FIELD_STRING;
}

void sql_is_set(struct sql_query *sql, const struct column *column, bool want)
{
	sql_name_column(sql, column);
	if (column->may_be_null)
		word(sql, want ? " IS NOT NULL" : " IS NULL");
	else if (is_text(column))
		word(sql, want ? " <> ''" : " = ''");
	else
		word(sql, want ? " <> 0" : " = 0");
}

/* An order, or equality. NULL is unequal to everything but what isn't set; a
 * time that isn't set is neither before nor after any. */
static void compare(struct sql_query *sql, const struct column *column,
		    enum condition_op op, const struct condition_value *value)
{
	bool is_range = op != CONDITION_EQUAL && op != CONDITION_UNEQUAL;

	if (column->may_be_null && value->bytes.len == 0 && !is_range) {
		sql_is_set(sql, column, op == CONDITION_UNEQUAL);
		return;
	}
	word(sql, "(");
	if (column->may_be_null) {
		sql_is_set(sql, column, op != CONDITION_UNEQUAL);
		word(sql, op == CONDITION_UNEQUAL ? " OR " : " AND ");
	} else if (column->type == FIELD_TIMESTAMP && is_range) {
		sql_is_set(sql, column, true);
		word(sql, " AND ");
	}
	sql_name_column(sql, column);
	word(sql, comparisons[op]);
	sql_bind_value(sql, column->type, value);
	word(sql, ")");
}

static void is_in(struct sql_query *sql, const struct column *column,
		  const struct condition *leaf)
{
	bool or_unset = false;
	size_t n = 0;

	word(sql, "(");
	for (size_t i = 0; i < leaf->n_values; i++) {
		const struct condition_value *value = &leaf->values[i];
		if (column->may_be_null && value->bytes.len == 0) {
			or_unset = true;
			continue;
		}
		if (n++ == 0) {
			if (column->may_be_null) {
				sql_is_set(sql, column, true);
				word(sql, " AND ");
			}
			sql_name_column(sql, column);
			word(sql, " IN (");
		} else {
			word(sql, ", ");
		}
		sql_bind_value(sql, column->type, value);
	}
	word(sql, n > 0 ? ")" : "1 = 0");
	if (or_unset) {
		word(sql, " OR ");
		sql_is_set(sql, column, false);
	}
	word(sql, ")");
}

/* LIKE's pattern for what has the text in it. */
static void
contains(struct sql_query *sql, const struct column *column, struct bytes text)
{
	uint8_t *pattern = arena_alloc(sql->arena, 2 * text.len + 2);
	size_t len = 0;

	if (!pattern) {
		sql->is_full = true;
		return;
	}
	pattern[len++] = '%';
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '%' || text.at[i] == '_' ||
		    text.at[i] == '\\')
			pattern[len++] = '\\';
		pattern[len++] = text.at[i];
	}
	pattern[len++] = '%';
	word(sql, "(");
	sql_name_column(sql, column);
	word(sql, sql->text.dialect->like);
	bind_text(sql, pattern, len);
	word(sql, " ESCAPE '\\')");
}

/* The number of a code point's bytes at the end of a text, and the point. */
static size_t last_point(uint32_t *out, struct bytes text)
{
	size_t n = 1;

	while (n < 4 && n < text.len && (text.at[text.len - n] & 0xc0) == 0x80)
		n++;
	uint8_t lead = text.at[text.len - n];
	*out = n == 1 ? lead & 0x7fU : lead & (0xffU >> (n + 1));
	for (size_t i = n - 1; i > 0; i--)
		*out = *out << 6 | (text.at[text.len - i] & 0x3fU);
	return n;
}

static size_t put_point(uint8_t *out, uint32_t point)
{
	if (point < 0x80) {
		out[0] = (uint8_t)point;
		return 1;
	}
	size_t n = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--) {
		out[i] = (uint8_t)(0x80U | (point & 0x3fU));
		point >>= 6;
	}
	out[0] = (uint8_t)((0xf0U << (4 - n) & 0xffU) | point);
	return n;
}

/*
 * The least text above all that begin with this one: the last code point plus
 * one, which is the next in the order of bytes too. Empty: there is none.
 */
static struct bytes above_prefix(struct arena *arena, struct bytes text)
{
	uint32_t point = 0;

	while (text.len > 0) {
		size_t n = last_point(&point, text);
		text.len -= n;
		if (point >= 0x10ffff)
			continue;
		uint8_t *above = arena_alloc(arena, text.len + 4);
		if (!above)
			return (struct bytes){ 0 };
		memcpy(above, text.at, text.len);
		point = point == 0xd7ff ? 0xe000 : point + 1;
		text.len += put_point(above + text.len, point);
		return (struct bytes){ above, text.len };
	}
	return (struct bytes){ 0 };
}

static void
begins(struct sql_query *sql, const struct column *column, struct bytes text)
{
	struct bytes above = above_prefix(sql->arena, text);

	word(sql, "(");
	sql_name_column(sql, column);
	word(sql, " >= ");
	bind_text(sql, text.at, text.len);
	if (above.len > 0) {
		word(sql, " AND ");
		sql_name_column(sql, column);
		word(sql, " < ");
		bind_text(sql, above.at, above.len);
	}
	word(sql, ")");
}

static void
ends(struct sql_query *sql, const struct column *column, struct bytes text)
{
	struct backend_value value = value_text(text);

	word(sql, "(length(");
	sql_name_column(sql, column);
	word(sql, ") >= length(");
	sql_bind(sql, &value);
	size_t at = sql->values.n;
	word(sql, ") AND substr(");
	sql_name_column(sql, column);
	word(sql, ", length(");
	sql_name_column(sql, column);
	word(sql, ") - length(");
	text_parameter(&sql->text, at);
	word(sql, ") + 1) = ");
	text_parameter(&sql->text, at);
	word(sql, ")");
}

/* A comparison of one column. */
void sql_column_leaf(struct sql_query *sql, const struct column *column,
		     const struct condition *leaf)
{
	enum condition_op op = leaf->op;
	bool is_of_text = op == CONDITION_CONTAINS || op == CONDITION_BEGINS ||
			  op == CONDITION_ENDS;

	if ((is_of_text && !is_text(column)) ||
	    (op != CONDITION_IN && op != CONDITION_IS_SET &&
	     leaf->n_values != 1)) {
		sql->is_refused = true;
		return;
	}
	switch (op) {
	case CONDITION_EQUAL:
	case CONDITION_UNEQUAL:
	case CONDITION_LESS:
	case CONDITION_LESS_EQUAL:
	case CONDITION_GREATER:
	case CONDITION_GREATER_EQUAL:
		compare(sql, column, op, leaf->values);
		break;
	case CONDITION_IN:
		is_in(sql, column, leaf);
		break;
	case CONDITION_CONTAINS:
		contains(sql, column, leaf->values->bytes);
		break;
	case CONDITION_BEGINS:
		begins(sql, column, leaf->values->bytes);
		break;
	case CONDITION_ENDS:
		ends(sql, column, leaf->values->bytes);
		break;
	case CONDITION_IS_SET:
		sql_is_set(sql, column, true);
		break;
	}
}
