/*
 * What leads a search. Knows which comparison which index serves, asks the
 * database for counts that are bounded, and decides by them alone: the same
 * question over the same rows is always searched the same way.
 *
 *	1. Every comparison that must hold and that an index serves is counted,
 *	   up to a bound; so is what the caller sees. The least one leads, and
 *	   what it finds is sorted.
 *	2. All are many: one whose entries lie in the order asked for leads.
 *	3. None does: the order's own index leads, and rows are tried one by
 *	   one. By ids, who sees little goes over what they see.
 *
 * 2 and 3 are quick where the page fills soon. Where it doesn't, query.c stops
 * and asks for a second plan: 1 with a larger bound.
 */
#include "store/query_plan.h"

#define CANDIDATES_MAX 16
/* Of a caller with more scopes the feeds aren't asked one by one. */
#define SCOPES_MAX 64

/* Counting stops at the first level that some candidate stays below. */
static const size_t levels[] = { 32, 512, 4096, 131072 };
/* Beyond it, entries of one value in the order asked for beat sorting. */
#define SORT_MAX_BESIDE_ORDER 512
/* Beyond it, any entries in that order do, unless they held too little. */
#define SORT_MAX	4096
#define SORT_MAX_SECOND 131072

struct candidates {
	struct lead at[CANDIDATES_MAX];
	size_t n;
};

/* --------------------------------------------------------- what may lead */

static bool is_equality(const struct condition *leaf)
{
	return leaf->op == CONDITION_EQUAL && leaf->n_values == 1;
}

/* Equal to one of some values, none of which means "not set". */
static bool is_among_set(const struct condition *leaf, enum backend_type type)
{
	if (leaf->op != CONDITION_EQUAL && leaf->op != CONDITION_IN)
		return false;
	for (size_t i = 0; i < leaf->n_values; i++) {
		const struct condition_value *value = &leaf->values[i];
		bool is_set = value->bytes.len > 0;
		if (type == BACKEND_INTEGER)
			is_set = value->i != 0;
		else if (type == BACKEND_REAL)
			is_set = value->d < 0 || value->d > 0;
		if (!is_set)
			return false;
	}
	return leaf->n_values > 0;
}

static bool is_range(const struct condition *leaf)
{
	switch (leaf->op) {
	case CONDITION_LESS:
	case CONDITION_LESS_EQUAL:
	case CONDITION_GREATER:
	case CONDITION_GREATER_EQUAL:
		return true;
	case CONDITION_BEGINS:
		return leaf->n_values == 1 && leaf->values->bytes.len > 0;
	case CONDITION_EQUAL:
	case CONDITION_UNEQUAL:
	case CONDITION_IN:
	case CONDITION_CONTAINS:
	case CONDITION_ENDS:
	case CONDITION_IS_SET:
		return false;
	}
	return false;
}

/* Does the index of a single field serve the comparison? */
static bool is_served(const struct condition *leaf, const struct field *field)
{
	enum backend_type type = sql_field_type(field);

	switch (sql_index_of(field)) {
	case SQL_NO_INDEX:
		return false;
	case SQL_INDEX_OF_SET:
		return is_among_set(leaf, type) ||
		       (leaf->op == CONDITION_BEGINS && is_range(leaf));
	case SQL_INDEX:
		break;
	}
	if (field->type == FIELD_UUID && field->number != FIELD_ID)
		return is_among_set(leaf, type);
	return leaf->op == CONDITION_EQUAL || leaf->op == CONDITION_IN ||
	       is_range(leaf);
}

/* The lead that a comparison gives, if any. */
static bool lead_of(struct lead *out, const struct condition *leaf)
{
	const struct field *field = leaf->path.field;
	const struct field *via = leaf->path.via;
	bool is_repeated = field->flags & FIELD_IS_REPEATED;

	*out = (struct lead){ .field = field, .leaf = leaf };
	if (via) {
		out->type = LEAD_HOP;
		out->field = via;
		return !is_repeated && is_served(leaf, field) &&
		       (side_is_link(via) || sql_index_of(via) == SQL_INDEX);
	}
	if (field->flags & FIELD_IS_CUSTOM) {
		out->type = LEAD_CUSTOM;
		return leaf->op == CONDITION_EQUAL ||
		       leaf->op == CONDITION_IN ||
		       leaf->op == CONDITION_IS_SET || is_range(leaf);
	}
	if (side_is_link(field)) {
		out->type = LEAD_LINK;
		return is_among_set(leaf, BACKEND_BLOB);
	}
	if (sql_handle_of(field) != HANDLE_NONE || is_repeated) {
		out->type = sql_handle_of(field) != HANDLE_NONE ? LEAD_HANDLE
								: LEAD_LABEL;
		return (out->type == LEAD_HANDLE ||
			field->type == FIELD_STRING) &&
		       (leaf->op == CONDITION_EQUAL ||
			leaf->op == CONDITION_IN || is_range(leaf));
	}
	out->type = LEAD_COLUMN;
	return is_served(leaf, field);
}

/*
 * The number of the field that a kind's links are ordered by; 0 where that
 * may be unset and something else stands for it: see side.c.
 */
static uint32_t link_order(const struct entity *entity)
{
	const struct field *timeline = entity->timeline;

	if (!timeline)
		return FIELD_CREATE_TIME;
	return timeline->number < FIELD_FIRST_OWN ||
			       timeline->flags & FIELD_IS_REQUIRED
		       ? timeline->number
		       : 0;
}

/* Do a lead's entries lie in the order asked for? */
static bool
gives_order(const struct lead *lead, const struct store_query *asked)
{
	size_t n = sql_order_fields(asked);
	const struct field *first = n == 1 ? asked->order[0].field : NULL;

	switch (lead->type) {
	case LEAD_COLUMN:
		if (n == 0 && (lead->field->number == FIELD_ID ||
			       is_equality(lead->leaf)))
			return lead->leaf->op != CONDITION_IN;
		return first == lead->field && lead->leaf->op != CONDITION_IN;
	case LEAD_LINK:
		return first && first->number == link_order(asked->entity) &&
		       is_equality(lead->leaf);
	case LEAD_LABEL:
	case LEAD_HANDLE:
		return n == 0 && is_equality(lead->leaf);
	case LEAD_ORDER:
		return n <= 1;
	case LEAD_CUSTOM:
	case LEAD_HOP:
	case LEAD_VISIBLE:
		return false;
	}
	return false;
}

static bool is_descending_by_id(const struct store_query *asked)
{
	return asked->n_order > 0 && asked->order[0].is_descending;
}

/* By ids upward: the feeds of few scopes have that order. */
static bool may_merge(const struct store_query *asked)
{
	return !asked->sees_most && sql_order_fields(asked) == 0 &&
	       !is_descending_by_id(asked);
}

static bool
has_field(const struct candidates *candidates, const struct field *field)
{
	for (size_t i = 0; i < candidates->n; i++) {
		if (candidates->at[i].type == LEAD_COLUMN &&
		    candidates->at[i].field == field)
			return true;
	}
	return false;
}

static void find_candidates(struct candidates *out,
			    const struct store_query *asked,
			    const struct list *conjuncts)
{
	const struct condition *const *leaves = conjuncts->at;

	for (size_t i = 0; i < conjuncts->n && out->n < CANDIDATES_MAX - 1;
	     i++) {
		struct lead *lead = &out->at[out->n];
		/* All comparisons of one column narrow its index together. */
		if (!lead_of(lead, leaves[i]) ||
		    (lead->type == LEAD_COLUMN && has_field(out, lead->field)))
			continue;
		lead->gives_order = gives_order(lead, asked);
		out->n++;
	}
	if (!asked->sees_most && asked->n_scopes <= SCOPES_MAX &&
	    asked->n_scopes > 0 && !may_merge(asked))
		out->at[out->n++] = (struct lead){ .type = LEAD_VISIBLE };
}

/* --------------------------------------------------------------- counting */

struct planner {
	struct store_conn *conn;
	const struct store_query *asked;
	const struct scope_set *scopes;
	struct list conjuncts;
	struct arena *arena;
	struct outrider_err *err;
};

static enum outrider_code count_of(size_t *out, const struct planner *planner,
				   const struct lead *lead, size_t limit)
{
	struct sql_query sql;
	struct query query = { 0 };
	bool has_row = false;

	sql_query_init(&sql, planner->conn->store->backend->dialect,
		       planner->scopes, planner->arena);
	sql_count(&sql, planner->asked, &planner->conjuncts, lead, limit);
	enum outrider_code code =
		sql_query_start(&query, &sql, planner->conn, planner->err);
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, planner->err);
	if (code == OUTRIDER_OK)
		*out = (size_t)query_int(&query, 0);
	query_end(&query);
	sql_query_free(&sql);
	return code;
}

/*
 * The candidate with the fewest entries, above the level `from` and up to
 * bound, or NULL. What gives the order isn't worth counting far.
 */
static enum outrider_code
find_least(const struct lead **out, const struct planner *planner,
	   const struct candidates *candidates, size_t from, size_t bound)
{
	enum outrider_code code = OUTRIDER_OK;

	*out = NULL;
	for (size_t i = 0; i < ARRAY_LEN(levels) && !*out; i++) {
		size_t least = levels[i];
		if (levels[i] <= from || levels[i] > bound)
			continue;
		for (size_t k = 0; k < candidates->n; k++) {
			const struct lead *lead = &candidates->at[k];
			size_t n = 0;
			if (lead->gives_order &&
			    levels[i] > SORT_MAX_BESIDE_ORDER)
				continue;
			code = count_of(&n, planner, lead, levels[i]);
			if (code != OUTRIDER_OK)
				return code;
			if (n >= least)
				continue;
			least = n;
			*out = lead;
		}
	}
	return OUTRIDER_OK;
}

static enum outrider_code choose(struct query_plan *out,
				 const struct planner *planner,
				 const struct candidates *candidates)
{
	const struct store_query *asked = planner->asked;
	const struct lead *least = NULL, *ordered = NULL;
	size_t n_order = sql_order_fields(asked);
	const struct field *first = n_order > 0 ? asked->order[0].field : NULL;
	size_t bound = SORT_MAX;
	enum outrider_code code = OUTRIDER_OK;

	for (size_t i = 0; i < candidates->n && !ordered; i++) {
		if (candidates->at[i].gives_order)
			ordered = &candidates->at[i];
	}
	if (ordered && is_equality(ordered->leaf))
		bound = SORT_MAX_BESIDE_ORDER;
	/* What is alone and in order leads, however much it is. */
	if (!ordered || candidates->n > 1)
		code = find_least(&least, planner, candidates, 0, bound);
	if (code != OUTRIDER_OK)
		return code;
	out->may_take_second = !least && candidates->n > 0;
	if (!least)
		least = ordered;
	if (least) {
		out->lead = *least;
		return OUTRIDER_OK;
	}
	out->lead = (struct lead){ .type = LEAD_ORDER, .field = first };
	out->lead.gives_order = gives_order(&out->lead, asked);
	out->is_merge = may_merge(asked);
	out->is_scan = asked->condition &&
		       !(first && has_field(candidates, first));
	return OUTRIDER_OK;
}

static void planner_init(struct planner *planner, struct store_conn *conn,
			 const struct store_query *asked,
			 const struct scope_set *scopes, struct arena *arena,
			 struct outrider_err *err)
{
	*planner = (struct planner){
		.conn = conn,
		.asked = asked,
		.scopes = scopes,
		.conjuncts = { .size = sizeof(const struct condition *) },
		.arena = arena,
		.err = err,
	};
}

static enum outrider_code
prepare(struct planner *planner, struct candidates *candidates)
{
	if (!sql_conjuncts(&planner->conjuncts, planner->asked->condition,
			   planner->arena))
		return store_no_memory(planner->err);
	find_candidates(candidates, planner->asked, &planner->conjuncts);
	return OUTRIDER_OK;
}

enum outrider_code query_plan(struct query_plan *out, struct store_conn *conn,
			      const struct store_query *asked,
			      const struct scope_set *scopes,
			      struct arena *arena, struct outrider_err *err)
{
	struct planner planner;
	struct candidates candidates = { .n = 0 };

	*out = (struct query_plan){ 0 };
	planner_init(&planner, conn, asked, scopes, arena, err);
	enum outrider_code code = prepare(&planner, &candidates);
	return code == OUTRIDER_OK ? choose(out, &planner, &candidates) : code;
}

enum outrider_code
query_plan_second(struct query_plan *plan, struct store_conn *conn,
		  const struct store_query *asked,
		  const struct scope_set *scopes, struct arena *arena,
		  struct outrider_err *err)
{
	const struct lead *least = NULL;
	struct planner planner;
	struct candidates candidates = { .n = 0 };

	planner_init(&planner, conn, asked, scopes, arena, err);
	enum outrider_code code = prepare(&planner, &candidates);
	if (code == OUTRIDER_OK)
		code = find_least(&least, &planner, &candidates,
				  SORT_MAX_BESIDE_ORDER, SORT_MAX_SECOND);
	plan->may_take_second = false;
	if (code != OUTRIDER_OK || !least)
		return code;
	plan->lead = *least;
	plan->is_merge = false;
	plan->is_scan = asked->condition && least->type == LEAD_VISIBLE;
	return OUTRIDER_OK;
}
