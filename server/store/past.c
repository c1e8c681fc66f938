/*
 * Reads the log's columns beside the patch: see past.h.
 */
#include "store/past.h"
#include "store/parts.h"

enum outrider_code
store_past(struct store_conn *conn, struct past *out, size_t *n,
	   const struct store_history_query *asked, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(&asked->id),
		value_int(asked->kind),
		value_int(asked->before_rev ? (int64_t)asked->before_rev
					    : INT64_MAX),
		value_int((int64_t)asked->limit),
	};
	struct query query;
	bool has_row = true;
	enum outrider_code code = query_start(&query, conn, STATEMENT_PAST,
					      values, ARRAY_LEN(values), err);

	*n = 0;
	while (code == OUTRIDER_OK && *n < asked->limit) {
		code = query_fetch(&query, &has_row, err);
		if (code != OUTRIDER_OK || !has_row)
			break;
		out[(*n)++] = (struct past){
			.rev = (uint64_t)query_int(&query, 0),
			.at_us = query_int(&query, 1),
			.op = (enum change_op)query_int(&query, 2),
		};
	}
	query_end(&query);
	return code;
}
