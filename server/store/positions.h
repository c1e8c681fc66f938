/*
 * Where each rep was seen last, while at work: the newest position alone. There
 * is no history to keep, to leak or to ask for.
 */
#ifndef STORE_POSITIONS_H
#define STORE_POSITIONS_H

#include "model/geo.h"
#include "store/store.h"

struct position {
	struct uuid rep;
	/* Grows with each one that is taken, of whomever. */
	uint64_t seq;
	int64_t fix_us, received_us;
	struct geo_pin at;
	uint32_t accuracy_dm; /* 0: not known */
	struct uuid meeting;  /* zero: none was named */
	uint32_t progress;    /* as the contract numbers it */
	int64_t expected_us;  /* arrival; 0: not on the way */
};

/* Takes the place of an older one; otherwise does nothing. seq is given. */
MODEL_MUST_USE enum outrider_code
position_put(struct store_conn *tx, bool *is_newer,
	     const struct position *position, struct outrider_err *err);
/* NOT_FOUND. */
MODEL_MUST_USE enum outrider_code
position_get(struct store_conn *conn, struct position *out,
	     const struct uuid *rep, struct outrider_err *err);
/* Those that were taken since, in that order, at most limit. */
MODEL_MUST_USE enum outrider_code
positions_since(struct store_conn *conn, struct position **out, size_t *n,
		uint64_t seq, size_t limit, struct arena *arena,
		struct outrider_err *err);
MODEL_MUST_USE enum outrider_code positions_forget(struct store_conn *tx,
						   int64_t before_us,
						   struct outrider_err *err);

/* Looks that stand and were made before; the oldest, at most limit. */
MODEL_MUST_USE enum outrider_code
looks_before(struct store_conn *conn, struct uuid *out, size_t *n,
	     int64_t before_us, size_t limit, struct outrider_err *err);

#endif
