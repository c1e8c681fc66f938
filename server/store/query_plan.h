/*
 * What leads a search: see query_plan.c. Internal to the store.
 */
#ifndef STORE_QUERY_PLAN_H
#define STORE_QUERY_PLAN_H

#include "store/sql_query.h"

struct query_plan {
	struct lead lead;
	/* By ids upward, over the feeds of the caller's scopes. */
	bool is_merge;
	bool is_scan;
	/* Worth to stop early and to plan again. */
	bool may_take_second;
};

MODEL_MUST_USE enum outrider_code
query_plan(struct query_plan *out, struct store_conn *conn,
	   const struct store_query *asked, const struct scope_set *scopes,
	   struct arena *arena, struct outrider_err *err);

/* After a plan that went through much and didn't fill the page: another lead,
 * or the same plan once more, to its end. */
MODEL_MUST_USE enum outrider_code
query_plan_second(struct query_plan *plan, struct store_conn *conn,
		  const struct store_query *asked,
		  const struct scope_set *scopes, struct arena *arena,
		  struct outrider_err *err);

/* query.c: starts what was built. Errors: INVALID_ARGUMENT where it holds a
 * comparison that its field doesn't have; RESOURCE_EXHAUSTED. */
MODEL_MUST_USE enum outrider_code
sql_query_start(struct query *query, const struct sql_query *sql,
		struct store_conn *conn, struct outrider_err *err);

#endif
