/*
 * Lines of deals, orders, quotes and invoices: what each comes to, and all of
 * them. Exact for every amount that the contract lets in: no floating point,
 * and what doesn't fit is refused.
 */
#ifndef MODEL_LINES_H
#define MODEL_LINES_H

#include "model/record.h"

/* In the minor unit of the record's currency. */
struct line_sums {
	int64_t net_minor; /* of the totals */
	int64_t tax_minor; /* rounded for each line */
	int64_t gross_minor;
	size_t n;
};

/*
 * Sets in each line (outrider.v1.Line) of canonical occurrences of `field` its
 * total: quantity times price less the discount, before tax, rounded half away
 * from zero. *lines is replaced by bytes in the arena.
 *
 * Errors: INVALID_ARGUMENT, with the line's path, where an amount doesn't fit
 * into 64 bits; RESOURCE_EXHAUSTED.
 */
MODEL_MUST_USE enum outrider_code
lines_settle(struct bytes *lines, struct line_sums *sums, struct arena *arena,
	     const struct field *field, struct outrider_err *err);

#endif
