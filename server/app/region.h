/*
 * The organisation's region: what its phone numbers without a + belong to, and
 * so how a person of the firm writes them. Kept in the database; a running
 * server has it in app_config.
 */
#ifndef APP_REGION_H
#define APP_REGION_H

#include "phone/phone_number.h"
#include "store/store.h"

/* Empty where the organisation named none. */
MODEL_MUST_USE enum outrider_code region_read(char out[PHONE_REGION_LEN + 1],
					      struct store *store,
					      struct outrider_err *err);

/*
 * Sets the region, then makes anew what follows from it in every record that
 * stands: *n_changed gets how many are other than before. For a store that
 * nobody serves: new writes are completed by the new region, so after a failure
 * half way the same call takes the rest along.
 * Errors: INVALID_ARGUMENT (no region of this name), and the store's.
 */
MODEL_MUST_USE enum outrider_code
region_change(struct store *store, const struct context *context,
	      const char *region, size_t *n_changed, struct outrider_err *err);

#endif
