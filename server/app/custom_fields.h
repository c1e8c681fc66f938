/*
 * The custom fields that the organisation has, whole, for whoever must look at
 * each of them. Which of them somebody sees is app/rights.h's.
 */
#ifndef APP_CUSTOM_FIELDS_H
#define APP_CUSTOM_FIELDS_H

#include "store/store.h"

/* Return false to stop. The record is borrowed for the call. */
typedef bool custom_field_fn(void *user, const struct row *custom);

/*
 * Visits the records of all custom fields by id, in the transaction or snapshot
 * of conn; deleted ones too, for their values still stand in records.
 * Errors: the store's.
 */
MODEL_MUST_USE enum outrider_code
custom_fields_each(struct store_conn *conn, custom_field_fn *see, void *user,
		   struct outrider_err *err);

#endif
