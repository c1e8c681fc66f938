/*
 * Conditions as SQL: one comparison, and the tree of them. Each text is true
 * or false for every row, never NULL, so that NOT means what it says.
 */
#include "store/sql_query.h"

#include <string.h>

/* 256 comparisons over repeated fields of another kind take about this. */
#define QUERY_TEXT_MAX ((size_t)512 << 10)

#define ALIAS_CROSS "x" /* between the kind and the record one hop away */

void sql_query_init(struct sql_query *sql, const struct store_dialect *dialect,
		    const struct scope_set *scopes, struct arena *arena)
{
	*sql = (struct sql_query){
		.arena = arena,
		.values = { .size = sizeof(struct backend_value) },
		.scopes = { scopes->n ? scopes->at->at : NULL,
			    scopes->n * SCOPE_LEN },
	};
	text_init(&sql->text, dialect);
	sql->text.buffer.ceiling = QUERY_TEXT_MAX;
}

void sql_query_free(struct sql_query *sql)
{
	buffer_free(&sql->text.buffer);
}

/* ----------------------------------------------------------------- words */

static void word(struct sql_query *sql, const char *text)
{
	text_word(&sql->text, text);
}

static void number(struct sql_query *sql, size_t n)
{
	text_number(&sql->text, n);
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

void sql_visible(struct sql_query *sql, const char *alias)
{
	struct backend_value scopes =
		value_blob(sql->scopes.at, sql->scopes.len);

	word(sql, "meets(");
	word(sql, alias);
	word(sql, ".scopes, ");
	if (sql->scopes_at > 0) {
		text_parameter(&sql->text, sql->scopes_at);
	} else {
		sql_bind(sql, &scopes);
		sql->scopes_at = sql->values.n;
	}
	word(sql, ", ");
	number(sql, SCOPE_LEN);
	word(sql, ")");
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

/* -------------------------------------------- comparisons in side tables */

const struct column sql_side_text = { ALIAS_SIDE, "text", FIELD_STRING, false };
static const struct column side_number = { ALIAS_SIDE, "number", FIELD_DOUBLE,
					   false };
static const struct column side_time = { ALIAS_SIDE, "time_us", FIELD_TIMESTAMP,
					 false };
static const struct column side_target = { ALIAS_SIDE, "target", FIELD_UUID,
					   false };

/* Its entries: " EXISTS (SELECT 1 FROM table s WHERE s.id = ALIAS.id". */
static void
begin_side(struct sql_query *sql, const char *table, const char *alias)
{
	word(sql, "EXISTS (SELECT 1 FROM ");
	word(sql, table);
	word(sql, " " ALIAS_SIDE " WHERE " ALIAS_SIDE ".id = ");
	word(sql, alias);
	word(sql, ".id");
}

static void side_leaf(struct sql_query *sql, const char *table,
		      const struct column *column, const char *alias,
		      const struct condition *leaf)
{
	if (leaf->op == CONDITION_UNEQUAL) {
		sql->is_refused = true;
		return;
	}
	begin_side(sql, table, alias);
	word(sql, " AND " ALIAS_SIDE ".field = ");
	number(sql, leaf->path.field->number);
	word(sql, " AND ");
	sql_column_leaf(sql, column, leaf);
	word(sql, ")");
}

/* What of an entry of custom must hold, on the alias s. */
void sql_custom_value(struct sql_query *sql, const struct condition *leaf)
{
	struct backend_value id = value_uuid(&leaf->path.custom);

	word(sql, ALIAS_SIDE ".field_id = ");
	sql_bind(sql, &id);
	if (leaf->op == CONDITION_IS_SET)
		return;
	word(sql, " AND ");
	switch (leaf->path.custom_type) {
	case FIELD_STRING:
		sql_column_leaf(sql, &sql_side_text, leaf);
		return;
	case FIELD_DOUBLE:
		word(sql, ALIAS_SIDE ".text = '' AND ");
		sql_column_leaf(sql, &side_number, leaf);
		return;
	case FIELD_TIMESTAMP:
		word(sql, ALIAS_SIDE ".text = '' AND " ALIAS_SIDE
				     ".number = 0 AND ");
		sql_column_leaf(sql, &side_time, leaf);
		return;
	case FIELD_BYTES:
	case FIELD_BOOL:
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_ENUM:
	case FIELD_UUID:
	case FIELD_MESSAGE:
		sql->is_refused = true;
	}
}

/* What is bound stands until the statement runs: the copy can't be a local. */
static void custom_leaf(struct sql_query *sql, const char *alias,
			const struct condition *leaf)
{
	struct condition *equal = arena_alloc(sql->arena, sizeof(*equal));

	if (!equal) {
		sql->is_full = true;
		return;
	}
	*equal = *leaf;
	if (leaf->op == CONDITION_UNEQUAL) {
		equal->op = CONDITION_EQUAL;
		word(sql, "NOT ");
	}
	begin_side(sql, "custom", alias);
	word(sql, " AND ");
	sql_custom_value(sql, equal);
	word(sql, ")");
}

enum field_handle sql_handle_of(const struct field *field)
{
	enum field_handle found = HANDLE_NONE;

	if (field->type != FIELD_MESSAGE || !field->message)
		return field->flags & FIELD_IS_REPEATED ? field->handle
							: HANDLE_NONE;
	for (size_t i = 0; i < field->message->n_fields; i++) {
		enum field_handle one = field->message->fields[i].handle;
		if (one != HANDLE_NONE && found != HANDLE_NONE && one != found)
			return HANDLE_NONE;
		if (one != HANDLE_NONE)
			found = one;
	}
	return found;
}

/* A comparison of a field of the record that alias stands for. */
static void
leaf_of(struct sql_query *sql, const char *alias, const struct condition *leaf)
{
	const struct field *field = leaf->path.field;
	bool is_repeated = field->flags & FIELD_IS_REPEATED;
	struct column column = sql_column_of(alias, field);

	if (!column.name || (leaf->n_values > 0 && !leaf->values)) {
		sql->is_refused = true;
	} else if (field->flags & FIELD_IS_CUSTOM) {
		custom_leaf(sql, alias, leaf);
	} else if (is_repeated || field->type == FIELD_MESSAGE) {
		/* Nothing in it is NULL, whatever it is of. */
		if (leaf->op == CONDITION_IS_SET) {
			column.may_be_null = true;
			sql_is_set(sql, &column, true);
		} else if (side_is_link(field)) {
			side_leaf(sql, "link_of", &side_target, alias, leaf);
		} else if (sql_handle_of(field) != HANDLE_NONE) {
			side_leaf(sql, "handle", &sql_side_text, alias, leaf);
		} else if (field->type == FIELD_STRING) {
			side_leaf(sql, "label", &sql_side_text, alias, leaf);
		} else {
			sql->is_refused = true;
		}
	} else {
		sql_column_leaf(sql, &column, leaf);
	}
}

/* Of the record one hop away: there, standing, visible to the caller. */
static void hop_leaf(struct sql_query *sql, const struct condition *leaf)
{
	const struct field *via = leaf->path.via;
	bool is_repeated = via->flags & FIELD_IS_REPEATED;

	if (!via->reference || !sql_column(via)) {
		sql->is_refused = true;
		return;
	}
	word(sql, "EXISTS (SELECT 1 FROM ");
	if (is_repeated)
		word(sql, "link_of " ALIAS_CROSS " CROSS JOIN ");
	text_name(&sql->text, via->reference->table);
	word(sql, " " ALIAS_HOP " WHERE ");
	if (is_repeated) {
		word(sql, ALIAS_CROSS ".id = " ALIAS_KIND ".id AND " ALIAS_CROSS
				      ".field = ");
		number(sql, via->number);
		word(sql, " AND " ALIAS_HOP ".id = " ALIAS_CROSS ".target");
	} else {
		struct column column = sql_column_of(ALIAS_KIND, via);
		word(sql, ALIAS_HOP ".id = ");
		sql_name_column(sql, &column);
	}
	word(sql, " AND " ALIAS_HOP ".deleted_us = 0 AND ");
	sql_visible(sql, ALIAS_HOP);
	word(sql, " AND ");
	leaf_of(sql, ALIAS_HOP, leaf);
	word(sql, ")");
}

/* ------------------------------------------------------------------ trees */

void sql_leaf(struct sql_query *sql, const char *alias,
	      const struct condition *leaf)
{
	if (leaf->path.via)
		hop_leaf(sql, leaf);
	else
		leaf_of(sql, alias, leaf);
}

/* Its depth is checked: query.c. */
void sql_condition(struct sql_query *sql, const struct condition *condition)
{
	bool is_all = condition->type == CONDITION_ALL;

	switch (condition->type) {
	case CONDITION_COMPARE:
		if (condition == sql->led)
			word(sql, "1 = 1");
		else
			sql_leaf(sql, ALIAS_KIND, condition);
		return;
	case CONDITION_NOT:
		word(sql, "NOT (");
		sql_condition(sql, condition->first);
		word(sql, ")");
		return;
	case CONDITION_ALL:
	case CONDITION_ANY:
		break;
	}
	word(sql, "(");
	if (!condition->first)
		word(sql, is_all ? "1 = 1" : "1 = 0");
	for (const struct condition *part = condition->first; part;
	     part = part->next) {
		if (part != condition->first)
			word(sql, is_all ? " AND " : " OR ");
		sql_condition(sql, part);
	}
	word(sql, ")");
}

bool sql_conjuncts(struct list *out, const struct condition *condition,
		   struct arena *arena)
{
	if (!condition)
		return true;
	if (condition->type == CONDITION_COMPARE) {
		const struct condition **added = list_add(out, arena);
		if (!added)
			return false;
		*added = condition;
		return true;
	}
	if (condition->type != CONDITION_ALL)
		return true;
	for (const struct condition *part = condition->first; part;
	     part = part->next) {
		if (!sql_conjuncts(out, part, arena))
			return false;
	}
	return true;
}
