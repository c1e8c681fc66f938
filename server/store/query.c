/*
 * A page of a kind's records that a condition lets through: checks what is
 * asked, runs what query_plan.c chose within the budget of one call, and
 * reads the rows that are in the page, no others.
 */
#include "store/query.h"
#include "store/lanes.h"
#include "store/query_plan.h"

#include <stdio.h>
#include <string.h>

/* ----------------------------------------------------------------- checks */

struct size {
	size_t n_terms, n_values;
};

static bool
is_within(struct size *size, const struct condition *condition, unsigned depth)
{
	if (depth > QUERY_DEPTH_MAX)
		return false;
	if (condition->type == CONDITION_COMPARE) {
		size->n_values += condition->n_values;
		return ++size->n_terms <= QUERY_TERMS_MAX &&
		       size->n_values <= QUERY_VALUES_MAX;
	}
	if (condition->type == CONDITION_NOT &&
	    (!condition->first || condition->first->next))
		return false;
	for (const struct condition *part = condition->first; part;
	     part = part->next) {
		if (!is_within(size, part, depth + 1))
			return false;
	}
	return true;
}

static enum outrider_code
check(const struct store_query *asked, struct outrider_err *err)
{
	struct size size = { 0 };

	if (asked->condition && !is_within(&size, asked->condition, 1))
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "filter",
			       "the filter is too long: at most %d comparisons"
			       " of %d values in all, %d deep",
			       QUERY_TERMS_MAX, QUERY_VALUES_MAX,
			       QUERY_DEPTH_MAX);
	if (asked->n_order > QUERY_ORDER_MAX)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "order_by",
			       "at most %d fields", QUERY_ORDER_MAX);
	for (size_t i = 0; i < sql_order_fields(asked); i++) {
		const struct field *field = asked->order[i].field;
		if (sql_index_of(field) != SQL_INDEX ||
		    sql_field_type(field) == BACKEND_BLOB)
			return err_set(err, OUTRIDER_INVALID_ARGUMENT,
				       "order_by", "nothing is ordered by %s",
				       field->name);
	}
	return OUTRIDER_OK;
}

/* ------------------------------------------------------------------ words */

static bool
is_hidden(const struct store_query *asked, const struct field *field)
{
	return asked->hidden && field_set_has(asked->hidden, field->number);
}

static bool has_index(const struct field *field)
{
	return field->flags & FIELD_IS_FILTERABLE &&
	       !(field->flags & FIELD_IS_CUSTOM) &&
	       (sql_index_of(field) != SQL_NO_INDEX || side_is_link(field) ||
		field->flags & FIELD_IS_REPEATED);
}

/* Appends a name to a list; where there is no room, dots, once. */
static void add_name(char *list, size_t size, const char *name)
{
	size_t len = strlen(list);
	const char *comma = len > 0 ? ", " : "";

	if (len + strlen(name) + sizeof(", , ...") <= size)
		snprintf(list + len, size - len, "%s%s", comma, name);
	else if (len > 0 && list[len - 1] != '.')
		snprintf(list + len, size - len, ", ...");
}

/* What would have helped, as far as there is room to say it. */
static enum outrider_code
say_too_much(const struct store_query *asked, struct outrider_err *err)
{
	const struct message *message = asked->entity->message;
	char names[160] = "";

	for (size_t i = 0; i < message->n_fields; i++) {
		const struct field *field = &message->fields[i];
		if (has_index(field) && !is_hidden(asked, field))
			add_name(names, sizeof(names), field->name);
	}
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, "filter",
		       "this reads too many records; narrow it by a field with"
		       " an index: %s",
		       names);
}

/* ---------------------------------------------------------------- running */

enum outrider_code
sql_query_start(struct query *query, const struct sql_query *sql,
		struct store_conn *conn, struct outrider_err *err)
{
	struct bytes text = { sql->text.buffer.at, sql->text.buffer.len };

	*query = (struct query){ .conn = conn };
	if (sql->is_refused)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, "filter",
			       "a field can't be compared like that");
	if (sql->is_full || sql->text.buffer.is_full)
		return store_no_memory(err);
	return query_start_text(query, conn, text, sql->values.at,
				sql->values.n, err);
}

/* One page under way. */
struct reading {
	struct store_conn *conn;
	const struct store_query *asked;
	const char *columns;
	struct scope_set scopes;
	struct list rows; /* of struct row * */
	bool has_more, is_long;
	struct arena *arena;
	struct outrider_err *err;
};

/* Takes a row, or notes that there is one behind the page. */
static enum outrider_code
take(struct reading *reading, const struct query *query)
{
	struct row *row = NULL;

	if (reading->rows.n == reading->asked->limit) {
		reading->has_more = true;
		return OUTRIDER_OK;
	}
	enum outrider_code code = row_of_query(&row, query,
					       reading->asked->entity,
					       reading->arena, reading->err);
	if (code != OUTRIDER_OK)
		return code;
	struct row **added = list_add(&reading->rows, reading->arena);
	if (!added)
		return store_no_memory(reading->err);
	*added = row;
	return OUTRIDER_OK;
}

/* The rows of ids that were found and sorted, in their order. */
static enum outrider_code
take_ids(struct reading *reading, const struct uuid *ids, size_t n)
{
	enum outrider_code code = OUTRIDER_OK;

	reading->has_more = n > reading->asked->limit;
	if (reading->has_more)
		n = reading->asked->limit;
	for (size_t i = 0; i < n && code == OUTRIDER_OK; i++) {
		struct row **added = list_add(&reading->rows, reading->arena);
		code = added ? store_get(reading->conn, added,
					 reading->asked->entity, &ids[i],
					 reading->arena, reading->err)
			     : store_no_memory(reading->err);
	}
	return code;
}

/* One statement gives the page: rows, or ids to read them by. */
static enum outrider_code
run_page(struct reading *reading, const struct lead *lead)
{
	struct list ids = { .size = sizeof(struct uuid) };
	struct sql_query sql;
	struct query query = { 0 };
	bool has_row = false;

	sql_query_init(&sql, reading->conn->store->backend->dialect,
		       &reading->scopes, reading->arena);
	sql_page(&sql, reading->asked, lead, reading->columns,
		 reading->asked->limit + 1);
	enum outrider_code code =
		sql_query_start(&query, &sql, reading->conn, reading->err);
	while (code == OUTRIDER_OK && !reading->has_more) {
		code = query_fetch(&query, &has_row, reading->err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		if (lead->gives_order) {
			code = take(reading, &query);
			continue;
		}
		struct uuid *id = list_add(&ids, reading->arena);
		if (!id)
			code = store_no_memory(reading->err);
		else if (!query_uuid(id, &query, 0))
			code = store_damaged(reading->conn, "id", reading->err);
	}
	query_end(&query);
	sql_query_free(&sql);
	if (code == OUTRIDER_OK && !lead->gives_order)
		code = take_ids(reading, ids.at, ids.n);
	return code;
}

/* The record, if the condition holds for it. */
static enum outrider_code
try_one(struct reading *reading, struct query *query, const struct uuid *id)
{
	struct backend_value value = value_uuid(id);
	bool has_row = false;
	enum outrider_code code = query_restart(query, &value, reading->err);

	if (code == OUTRIDER_OK)
		code = query_fetch(query, &has_row, reading->err);
	return code == OUTRIDER_OK && has_row ? take(reading, query) : code;
}

static enum outrider_code
open_feeds(struct lanes *lanes, struct reading *reading)
{
	static const struct uuid zero;
	const struct store_query *asked = reading->asked;
	const struct uuid *after = asked->after_id ? asked->after_id : &zero;
	enum outrider_code code = lanes_open(lanes, reading->scopes.n,
					     asked->limit + 1, reading->err);

	for (size_t i = 0; i < reading->scopes.n && code == OUTRIDER_OK; i++)
		code = lanes_add(lanes, &reading->scopes.at[i], 0, after,
				 reading->err);
	return code;
}

/* Over the feeds of the caller's scopes, which lie by ids. */
static enum outrider_code run_merge(struct reading *reading)
{
	const struct store_query *asked = reading->asked;
	struct lanes lanes = {
		.conn = reading->conn,
		.arena = reading->arena,
		.which = asked->with_deleted ? STATEMENT_LIST_ALL
					     : STATEMENT_LIST_PRESENT,
		.kind = asked->entity->number,
	};
	struct uuid last = { { 0 } };
	struct sql_query sql;
	struct query query = { 0 };

	sql_query_init(&sql, reading->conn->store->backend->dialect,
		       &reading->scopes, reading->arena);
	sql_one(&sql, asked, &last, reading->columns);
	enum outrider_code code =
		sql_query_start(&query, &sql, reading->conn, reading->err);
	if (code == OUTRIDER_OK)
		code = open_feeds(&lanes, reading);
	while (code == OUTRIDER_OK && !reading->has_more &&
	       lanes_least(&lanes)) {
		struct uuid id = lanes_least(&lanes)->feed.id;
		code = lanes_next(&lanes, reading->err);
		if (code != OUTRIDER_OK || uuid_compare(&id, &last) == 0)
			continue;
		last = id;
		code = try_one(reading, &query, &id);
	}
	query_end(&query);
	sql_query_free(&sql);
	return code;
}

/* A first try takes this part of the budget before another lead is tried, */
#define FIRST_TRY 32
/* and QUERY_TRY this one: some milliseconds, many times an ordinary page. */
#define SHORT_TRY 64

static enum outrider_code
run_plan(struct reading *reading, const struct query_plan *plan)
{
	reading->rows.n = 0;
	reading->has_more = false;
	return plan->is_merge ? run_merge(reading)
			      : run_page(reading, &plan->lead);
}

static enum outrider_code run(struct reading *reading, struct query_plan *plan)
{
	const enum query_effort effort = reading->asked->effort;
	struct store_conn *conn = reading->conn;
	const struct store_backend *backend = conn->store->backend;
	int64_t steps = conn->store->max_query_steps;

	conn->was_stopped = false;
	backend->set_budget(conn->db, steps);
	enum outrider_code code = query_plan(plan, conn, reading->asked,
					     &reading->scopes, reading->arena,
					     reading->err);
	if (code != OUTRIDER_OK)
		return code;
	if (effort == QUERY_INDEXED && plan->is_scan) {
		reading->is_long = true;
		return OUTRIDER_OK;
	}
	if (effort != QUERY_WHOLE)
		backend->set_budget(conn->db, steps / SHORT_TRY);
	else if (plan->may_take_second)
		backend->set_budget(conn->db, steps / FIRST_TRY);
	code = run_plan(reading, plan);
	if (code == OUTRIDER_OK || !conn->was_stopped)
		return code;
	if (effort != QUERY_WHOLE) {
		reading->is_long = true;
		return OUTRIDER_OK;
	}
	if (!plan->may_take_second)
		return code;
	conn->was_stopped = false;
	backend->set_budget(conn->db, steps);
	code = query_plan_second(plan, conn, reading->asked, &reading->scopes,
				 reading->arena, reading->err);
	return code == OUTRIDER_OK ? run_plan(reading, plan) : code;
}

enum outrider_code store_query(struct store_conn *conn, struct store_page *out,
			       const struct store_query *asked,
			       struct arena *arena, struct outrider_err *err)
{
	const struct store_kind *kind = store_kind(conn->store, asked->entity);
	struct query_plan plan;
	struct reading reading = {
		.conn = conn,
		.asked = asked,
		.rows = { .size = sizeof(struct row *) },
		.arena = arena,
		.err = err,
	};
	enum outrider_code code = check(asked, err);

	*out = (struct store_page){ 0 };
	if (code != OUTRIDER_OK)
		return code;
	if (!kind)
		return err_set(err, OUTRIDER_UNIMPLEMENTED, NULL,
			       "this store holds no %s", asked->entity->name);
	if (!scope_set_init(&reading.scopes, asked->scopes, asked->n_scopes,
			    arena))
		return store_no_memory(err);
	reading.columns = kind->columns;
	code = run(&reading, &plan);
	conn->store->backend->set_budget(conn->db, 0);
	if (code != OUTRIDER_OK)
		return conn->was_stopped ? say_too_much(asked, err) : code;
	if (reading.is_long) {
		out->is_long = true;
		return OUTRIDER_OK;
	}
	*out = (struct store_page){
		.rows = reading.rows.at,
		.n_rows = reading.rows.n,
		.has_more = reading.has_more,
		.is_scan = plan.is_scan,
	};
	return OUTRIDER_OK;
}
