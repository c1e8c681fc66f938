/*
 * How users want to be told of alerts, and which they were told of.
 */
#ifndef STORE_DELIVERY_H
#define STORE_DELIVERY_H

#include "store/store.h"

struct alert_delivery {
	/* Minutes after midnight; from may be later: over midnight. Equal:
	 * no quiet hours. */
	uint32_t quiet_from, quiet_until;
	uint32_t quiet_weekdays; /* bit n: weekday n, from 1 Monday */
	uint32_t urgent_types;	 /* bit n: alerts of type n */
	uint32_t burst;		 /* 0: the default */
};

/* Zeros where the user never said. */
MODEL_MUST_USE enum outrider_code
delivery_get(struct store_conn *conn, struct alert_delivery *out,
	     const struct uuid *user, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
delivery_put(struct store_conn *tx, const struct uuid *user,
	     const struct alert_delivery *delivery, struct outrider_err *err);

/* The newest revision of the alert that the user was told of; 0: none. */
MODEL_MUST_USE enum outrider_code
alert_mark_get(struct store_conn *conn, uint64_t *rev, const struct uuid *user,
	       const struct uuid *alert, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
alert_mark_put(struct store_conn *tx, const struct uuid *user,
	       const struct uuid *alert, uint64_t rev,
	       struct outrider_err *err);
/*
 * Looks at the next limit marks, and forgets those of alerts that aren't open
 * any more. *next is where to go on, zero: that was the end, as `from` is for
 * the beginning.
 */
struct alert_mark {
	struct uuid user, alert;
};
MODEL_MUST_USE enum outrider_code
alert_marks_forget(struct store_conn *tx, struct alert_mark *next,
		   const struct alert_mark *from, size_t limit,
		   struct outrider_err *err);

#endif
