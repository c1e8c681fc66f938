/*
 * What the organisation decided about itself, by name: few short texts, such
 * as its region.
 */
#ifndef STORE_SETTING_H
#define STORE_SETTING_H

#include "store/store.h"

#define SETTING_MAX 256

/* With a NUL; empty where it was never set. */
MODEL_MUST_USE enum outrider_code
setting_get(struct store_conn *conn, char out[SETTING_MAX], const char *name,
	    struct outrider_err *err);
/* Errors: INVALID_ARGUMENT where the value is too long. */
MODEL_MUST_USE enum outrider_code
setting_put(struct store_conn *tx, const char *name, const char *value,
	    struct outrider_err *err);

#endif
