/*
 * A table of the last numbers that were given. Knows not what they are for.
 */
#include "store/counter.h"
#include "store/parts.h"

enum outrider_code counter_next(struct store_conn *tx, uint64_t *out,
				uint32_t which, struct outrider_err *err)
{
	struct backend_value values[] = { value_int(which) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, tx,
					      STATEMENT_COUNTER_NEXT, values,
					      ARRAY_LEN(values), err);

	*out = 0;
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && !has_row)
		code = store_damaged(tx, "counter", err);
	else if (code == OUTRIDER_OK)
		*out = (uint64_t)query_int(&query, 0);
	query_end(&query);
	return code;
}
