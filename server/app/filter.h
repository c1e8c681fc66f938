/*
 * Filters and orders as callers write them (docs/filters.md), read into
 * conditions of the store.
 *
 * The language is that of AIP-160 and AIP-132. Fields are checked against the
 * kind and against what the caller may see: a hidden field is answered like
 * one that doesn't exist. Knows no SQL.
 */
#ifndef APP_FILTER_H
#define APP_FILTER_H

#include "app/access.h"
#include "store/query.h"

enum {
	FILTER_BYTES_MAX = 8192,
	FILTER_VALUES_MAX = 256, /* in one list of `in` */
};

/* Who asks of what. */
struct filter_context {
	const struct entity *entity;
	const struct principal *principal;
	/* For custom fields' keys; inside a snapshot. NULL: there are none. */
	struct store_conn *conn;
	struct arena *arena;
	int64_t now_us; /* what `now` means */
	/* The firm's, for phone numbers without a leading +: "UA", or empty. */
	const char *region;
};

/*
 * *out lives in the arena; NULL for an empty filter.
 * Errors: INVALID_ARGUMENT, field "filter": the message has the position (the
 * byte, from 1 on), what stands there, and what would be right;
 * RESOURCE_EXHAUSTED.
 */
MODEL_MUST_USE enum outrider_code
filter_read(struct condition **out, const struct filter_context *context,
	    struct bytes text, struct outrider_err *err);

/* As above, with the field "order_by". */
MODEL_MUST_USE enum outrider_code
order_read(struct query_order out[QUERY_ORDER_MAX], size_t *n,
	   const struct filter_context *context, struct bytes text,
	   struct outrider_err *err);

#endif
