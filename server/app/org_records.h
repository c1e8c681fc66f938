/*
 * All records of a kind that everybody sees (users, custom fields), for whoever
 * must look at each of them. What somebody may see of one is app/access.h's.
 */
#ifndef APP_ORG_RECORDS_H
#define APP_ORG_RECORDS_H

#include "store/store.h"

/* Return false to stop. The record is borrowed for the call. */
typedef bool org_record_fn(void *user, const struct row *record);

/*
 * Visits them by id, however many, in the transaction or snapshot of conn.
 * Errors: the store's.
 */
MODEL_MUST_USE enum outrider_code
org_records_each(struct store_conn *conn, uint32_t kind, bool with_deleted,
		 org_record_fn *see, void *user, struct outrider_err *err);

#endif
