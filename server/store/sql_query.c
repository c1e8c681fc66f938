/*
 * Conditions as SQL: comparisons in the kind's table, in its side tables and
 * one hop away, and the tree of them. Each text is true or false for every row,
 * never NULL, so that NOT means what it says.
 */
#include "store/sql_query.h"

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
