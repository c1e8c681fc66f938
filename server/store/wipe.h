/*
 * Which devices are to forget everything, and what they answered: the order,
 * the receipt, and what of their outbox came with it, sealed. Knows neither
 * signature nor key.
 */
#ifndef STORE_WIPE_H
#define STORE_WIPE_H

#include "store/store.h"

struct wipe {
	struct uuid device;
	struct uuid by; /* who ordered it */
	int64_t ordered_us;
	struct bytes order, signature;
	/* Until the receipt has come: 0, and empty. */
	int64_t wiped_us; /* by the device's clock */
	int64_t n_edits;
	struct bytes receipt, receipt_signature;
	struct bytes outbox_key; /* boxed for the organisation */
};

/* Inserts or replaces. */
MODEL_MUST_USE enum outrider_code wipe_put(struct store_conn *tx,
					   const struct wipe *wipe,
					   struct outrider_err *err);
/* Bytes live in the arena. Errors: NOT_FOUND. */
MODEL_MUST_USE enum outrider_code
wipe_get(struct store_conn *conn, struct wipe *out, const struct uuid *device,
	 struct arena *arena, struct outrider_err *err);

/* A row of the device's outbox as it lay in its file. */
struct wiped_row {
	struct bytes name, sealed;
	uint64_t rev;
};

MODEL_MUST_USE enum outrider_code
wipe_put_row(struct store_conn *tx, const struct uuid *device,
	     const struct wiped_row *row, struct outrider_err *err);

#endif
