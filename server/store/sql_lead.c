/*
 * Pages and counts as SQL: what leads the search, what lies before and behind
 * a page, the order. Knows which index gives which order; which one is worth
 * taking is for query_plan.c.
 */
#include "store/sql_query.h"

#include <string.h>

static void word(struct sql_query *sql, const char *text)
{
	text_word(&sql->text, text);
}

static void bind_int(struct sql_query *sql, size_t n)
{
	struct backend_value value = value_int((int64_t)n);

	sql_bind(sql, &value);
}

static void equals_number(struct sql_query *sql, const char *name, size_t n)
{
	word(sql, ALIAS_SIDE ".");
	word(sql, name);
	word(sql, " = ");
	text_number(&sql->text, n);
}

/* ------------------------------------------------------------------ leads */

/* A kind's table under an alias, read through the index of a field alone. */
static void indexed_table(struct sql_query *sql, const struct entity *entity,
			  const struct field *field, const char *alias)
{
	const struct store_dialect *dialect = sql->text.dialect;
	bool is_by_id = !field || field->number == FIELD_ID;

	text_name(&sql->text, entity->table);
	word(sql, " ");
	word(sql, alias);
	if (!dialect->indexed_by)
		return;
	word(sql, dialect->indexed_by);
	word(sql, "\"");
	if (is_by_id)
		word(sql, dialect->primary_index[0]);
	word(sql, entity->table);
	word(sql, is_by_id ? dialect->primary_index[1] : "_");
	if (!is_by_id)
		word(sql, sql_column(field));
	word(sql, "\"");
}

/* The index holds what is set alone, and SQL must be told that we know. */
static void
says_is_set(struct sql_query *sql, const struct field *field, const char *alias)
{
	struct column column = sql_column_of(alias, field);

	if (sql_index_of(field) != SQL_INDEX_OF_SET)
		return;
	word(sql, " AND ");
	sql_is_set(sql, &column, true);
}

static void hop_entries(struct sql_query *sql, const struct entity *entity,
			const struct condition *leaf)
{
	const struct field *via = leaf->path.via;
	struct column column = sql_column_of(ALIAS_HOP, leaf->path.field);
	bool is_link = side_is_link(via);

	indexed_table(sql, via->reference, leaf->path.field, ALIAS_HOP);
	word(sql, " CROSS JOIN ");
	if (is_link)
		word(sql, "link " ALIAS_SIDE);
	else
		indexed_table(sql, entity, via, ALIAS_SIDE);
	word(sql, " WHERE ");
	sql_column_leaf(sql, &column, leaf);
	says_is_set(sql, leaf->path.field, ALIAS_HOP);
	if (is_link) {
		word(sql, " AND " ALIAS_SIDE ".target = " ALIAS_HOP ".id AND ");
		equals_number(sql, "kind", entity->number);
		word(sql, " AND ");
		equals_number(sql, "field", via->number);
	} else {
		struct column own = sql_column_of(ALIAS_SIDE, via);
		word(sql, " AND ");
		sql_name_column(sql, &own);
		word(sql, " = " ALIAS_HOP ".id");
	}
}

static void
visible_entries(struct sql_query *sql, const struct store_query *asked)
{
	word(sql, "stay " ALIAS_SIDE " WHERE " ALIAS_SIDE ".scope IN (");
	for (size_t at = 0; at < sql->scopes.len; at += SCOPE_LEN) {
		struct backend_value scope =
			value_blob(sql->scopes.at + at, SCOPE_LEN);
		word(sql, at > 0 ? ", " : "");
		sql_bind(sql, &scope);
	}
	word(sql, ") AND ");
	equals_number(sql, "kind", asked->entity->number);
	word(sql, asked->with_deleted ? " AND " ALIAS_SIDE ".op <> "
				      : " AND " ALIAS_SIDE ".op = ");
	text_number(&sql->text, asked->with_deleted ? FEED_LEFT : FEED_PRESENT);
}

/* "table s WHERE ...": the entries that a lead of a side table goes over. */
static void side_entries(struct sql_query *sql, const struct store_query *asked,
			 const struct lead *lead)
{
	static const struct column target = { ALIAS_SIDE, "target", FIELD_UUID,
					      false };
	bool is_link = lead->type == LEAD_LINK;

	switch (lead->type) {
	case LEAD_LINK:
	case LEAD_LABEL:
		word(sql, is_link ? "link" : "label");
		word(sql, " " ALIAS_SIDE " WHERE ");
		equals_number(sql, "kind", asked->entity->number);
		word(sql, " AND ");
		equals_number(sql, "field", lead->field->number);
		word(sql, " AND ");
		sql_column_leaf(sql, is_link ? &target : &sql_side_text,
				lead->leaf);
		return;
	case LEAD_HANDLE:
		word(sql, "handle " ALIAS_SIDE " WHERE ");
		equals_number(sql, "type", sql_handle_of(lead->field));
		word(sql, " AND ");
		equals_number(sql, "kind", asked->entity->number);
		word(sql, " AND ");
		equals_number(sql, "field", lead->field->number);
		word(sql, " AND ");
		sql_column_leaf(sql, &sql_side_text, lead->leaf);
		return;
	case LEAD_CUSTOM:
		word(sql, "custom " ALIAS_SIDE " WHERE ");
		sql_custom_value(sql, lead->leaf);
		return;
	case LEAD_HOP:
		hop_entries(sql, asked->entity, lead->leaf);
		return;
	case LEAD_VISIBLE:
		visible_entries(sql, asked);
		return;
	case LEAD_ORDER:
	case LEAD_COLUMN:
		return;
	}
}

static bool is_of_table(const struct lead *lead)
{
	return lead->type == LEAD_ORDER || lead->type == LEAD_COLUMN;
}

/* May a lead's entries name a record twice? */
static bool may_repeat(const struct lead *lead, const struct sql_query *sql)
{
	switch (lead->type) {
	case LEAD_LINK:
	case LEAD_LABEL:
	case LEAD_HANDLE:
		return lead->leaf->op != CONDITION_EQUAL;
	case LEAD_VISIBLE:
		return sql->scopes.len > SCOPE_LEN;
	case LEAD_HOP:
		return true;
	case LEAD_CUSTOM:
	case LEAD_ORDER:
	case LEAD_COLUMN:
		return false;
	}
	return true;
}

/* "FROM ... WHERE": the kind's table as t, behind what leads to it. */
static void from_lead(struct sql_query *sql, const struct store_query *asked,
		      const struct lead *lead)
{
	word(sql, " FROM ");
	if (is_of_table(lead)) {
		indexed_table(sql, asked->entity, lead->field, ALIAS_KIND);
		word(sql, " WHERE ");
		return;
	}
	word(sql, may_repeat(lead, sql) ? "(SELECT DISTINCT " : "(SELECT ");
	word(sql, ALIAS_SIDE ".id");
	if (lead->type == LEAD_LINK && lead->gives_order)
		word(sql, ", " ALIAS_SIDE ".at_us");
	word(sql, " FROM ");
	side_entries(sql, asked, lead);
	word(sql, ") " ALIAS_LEAD " CROSS JOIN ");
	text_name(&sql->text, asked->entity->table);
	word(sql, " " ALIAS_KIND " WHERE " ALIAS_KIND ".id = " ALIAS_LEAD
		  ".id AND ");
}

void sql_count(struct sql_query *sql, const struct store_query *asked,
	       const struct list *conjuncts, const struct lead *lead,
	       size_t limit)
{
	const struct condition *const *leaves = conjuncts->at;

	word(sql, "SELECT count(*) FROM (SELECT 1 FROM ");
	if (is_of_table(lead)) {
		indexed_table(sql, asked->entity, lead->field, ALIAS_KIND);
		word(sql, " WHERE 1 = 1");
		for (size_t i = 0; i < conjuncts->n; i++) {
			if (leaves[i]->path.via ||
			    leaves[i]->path.field != lead->field)
				continue;
			word(sql, " AND ");
			sql_leaf(sql, ALIAS_KIND, leaves[i]);
		}
		says_is_set(sql, lead->field, ALIAS_KIND);
	} else {
		side_entries(sql, asked, lead);
	}
	word(sql, " LIMIT ");
	bind_int(sql, limit);
	word(sql, ") counted");
}

/* ------------------------------------------------------------------ order */

struct order_column {
	struct column column;
	bool is_descending;
	struct condition_value after;
};

size_t sql_order_fields(const struct store_query *asked)
{
	size_t n = 0;

	while (n < asked->n_order && asked->order[n].field->number != FIELD_ID)
		n++;
	return n;
}

/* The order's columns, the id last; returns how many. */
static size_t order_columns(struct order_column out[QUERY_ORDER_MAX + 1],
			    struct sql_query *sql,
			    const struct store_query *asked,
			    const struct lead *lead)
{
	size_t n = sql_order_fields(asked);
	const char *alias = ALIAS_KIND;
	bool is_descending = false;

	if (lead && lead->gives_order && !is_of_table(lead))
		alias = ALIAS_LEAD;
	for (size_t i = 0; i < n; i++) {
		const struct query_order *order = &asked->order[i];
		out[i] = (struct order_column){
			.column = sql_column_of(alias, order->field),
			.is_descending = order->is_descending,
		};
		if (asked->after)
			out[i].after = asked->after[i];
		/* Only a timeline's lead gives an order by a field. */
		if (alias[0] == ALIAS_LEAD[0])
			out[i].column.name = "at_us";
		if (!out[i].column.name || out[i].column.may_be_null ||
		    order->field->flags & FIELD_IS_REPEATED ||
		    order->field->type == FIELD_MESSAGE)
			sql->is_refused = true;
		is_descending = order->is_descending;
	}
	if (n < asked->n_order)
		is_descending = asked->order[n].is_descending;
	out[n] = (struct order_column){
		.column = { alias, "id", FIELD_UUID, false },
		.is_descending = is_descending,
	};
	if (asked->after_id)
		out[n].after.bytes = (struct bytes){
			asked->after_id->at,
			sizeof(asked->after_id->at),
		};
	return n + 1;
}

static void compare_after(struct sql_query *sql,
			  const struct order_column *order, const char *op)
{
	sql_name_column(sql, &order->column);
	word(sql, op);
	sql_bind_value(sql, order->column.type, &order->after);
}

static const char *beyond(const struct order_column *order)
{
	return order->is_descending ? " < " : " > ";
}

/* (a, b, id) > ($1, $2, $3), where all go one way. */
static void
after_row(struct sql_query *sql, const struct order_column *order, size_t n)
{
	word(sql, "(");
	for (size_t i = 0; i < n; i++) {
		word(sql, i > 0 ? ", " : "");
		sql_name_column(sql, &order[i].column);
	}
	word(sql, ")");
	word(sql, beyond(order));
	word(sql, "(");
	for (size_t i = 0; i < n; i++) {
		word(sql, i > 0 ? ", " : "");
		sql_bind_value(sql, order[i].column.type, &order[i].after);
	}
	word(sql, ")");
}

/* a >= $1 AND (a > $1 OR a = $1 AND (b < $2 OR ...)): the first says to the
 * index where to begin. */
static void
after_mixed(struct sql_query *sql, const struct order_column *order, size_t n)
{
	compare_after(sql, order, order->is_descending ? " <= " : " >= ");
	word(sql, " AND ");
	for (size_t i = 0; i < n; i++) {
		word(sql, "(");
		compare_after(sql, &order[i], beyond(&order[i]));
		if (i + 1 == n)
			break;
		word(sql, " OR ");
		compare_after(sql, &order[i], " = ");
		word(sql, " AND ");
	}
	for (size_t i = 0; i < n; i++)
		word(sql, ")");
}

static void
after(struct sql_query *sql, const struct order_column *order, size_t n)
{
	bool is_mixed = false;

	for (size_t i = 1; i < n; i++)
		is_mixed |= order[i].is_descending != order[0].is_descending;
	word(sql, " AND ");
	if (is_mixed)
		after_mixed(sql, order, n);
	else
		after_row(sql, order, n);
}

/* ------------------------------------------------------------------ pages */

/* What must hold of a row, whatever led to it. */
static void row_holds(struct sql_query *sql, const struct store_query *asked)
{
	sql_visible(sql, ALIAS_KIND);
	if (!asked->with_deleted)
		word(sql, " AND " ALIAS_KIND ".deleted_us = 0");
	if (asked->condition) {
		word(sql, " AND ");
		sql_condition(sql, asked->condition);
	}
}

void sql_page(struct sql_query *sql, const struct store_query *asked,
	      const struct lead *lead, const char *columns, size_t limit)
{
	struct order_column order[QUERY_ORDER_MAX + 1];
	size_t n = order_columns(order, sql, asked, lead);

	/* One hop away it must be visible, too. */
	if (!is_of_table(lead) && lead->type != LEAD_HOP)
		sql->led = lead->leaf;
	word(sql, "SELECT ");
	word(sql, lead->gives_order ? columns : ALIAS_KIND ".id");
	from_lead(sql, asked, lead);
	row_holds(sql, asked);
	if (lead->type == LEAD_COLUMN)
		says_is_set(sql, lead->field, ALIAS_KIND);
	if (asked->after_id)
		after(sql, order, n);
	word(sql, " ORDER BY ");
	for (size_t i = 0; i < n; i++) {
		word(sql, i > 0 ? ", " : "");
		sql_name_column(sql, &order[i].column);
		word(sql, order[i].is_descending ? " DESC" : "");
	}
	word(sql, " LIMIT ");
	bind_int(sql, limit);
}

void sql_one(struct sql_query *sql, const struct store_query *asked,
	     const struct uuid *id, const char *columns)
{
	struct backend_value value = value_uuid(id);

	word(sql, "SELECT ");
	word(sql, columns);
	word(sql, " FROM ");
	text_name(&sql->text, asked->entity->table);
	word(sql, " " ALIAS_KIND " WHERE " ALIAS_KIND ".id = ");
	sql_bind(sql, &value);
	word(sql, " AND ");
	row_holds(sql, asked);
}
