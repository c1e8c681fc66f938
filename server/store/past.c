/*
 * Reads the log's columns beside the patch: see past.h.
 */
#include "store/past.h"
#include "store/parts.h"

enum outrider_code
store_past(struct store_conn *conn, struct past *out, size_t *n,
	   const struct store_history_query *asked, struct outrider_err *err)
{
	struct chain chain;
	bool has_change = true;
	enum outrider_code code =
		chain_start(&chain, conn, STATEMENT_CHANGE_PAST, asked, err);

	*n = 0;
	while (code == OUTRIDER_OK && *n < asked->limit) {
		code = chain_next(&chain, &has_change, err);
		if (code != OUTRIDER_OK || !has_change)
			break;
		out[(*n)++] = (struct past){
			.rev = (uint64_t)query_int(&chain.query, CHANGE_REV),
			.at_us = query_int(&chain.query, CHANGE_AT_US),
			.op = (enum change_op)query_int(&chain.query,
							CHANGE_OP),
		};
	}
	chain_end(&chain);
	return code;
}
