/*
 * A record's revisions without what they changed: enough to merge the pasts of
 * many records before any of their values is read.
 */
#ifndef STORE_PAST_H
#define STORE_PAST_H

#include "store/store.h"

struct past {
	uint64_t rev;
	int64_t at_us;
	enum change_op op;
};

/*
 * The newest first, as store_history has them: at most asked->limit into out,
 * which has room for them. *n gets how many.
 */
MODEL_MUST_USE enum outrider_code
store_past(struct store_conn *conn, struct past *out, size_t *n,
	   const struct store_history_query *asked, struct outrider_err *err);

#endif
