/*
 * Page tokens: where a list goes on, opaque to the caller, and bound to the
 * list that it came from.
 */
#ifndef APP_PAGE_TOKEN_H
#define APP_PAGE_TOKEN_H

#include "store/query.h"

/* As the contract's limit of page_token has it, and a NUL. */
#define PAGE_TOKEN_TEXT_MAX (4096 + 1)

/* The list: a token fits no other one. Everything is borrowed. */
struct page_list {
	struct uuid epoch; /* the store's */
	struct uuid caller;
	uint32_t kind;
	bool with_deleted;
	struct bytes filter, order_by; /* as they were written */
	const struct query_order *order;
	size_t n_order;
};

/* What fits into a token beside its check and the id. */
#define PAGE_VALUES_MAX 3040

/* A page's last record: its id and its values of the order. */
struct page_end {
	struct uuid id;
	struct condition_value values[QUERY_ORDER_MAX]; /* borrow packed */
	size_t len;
	uint8_t packed[PAGE_VALUES_MAX];
};

/* False where the values are too long for a token. */
MODEL_MUST_USE bool page_end_set(struct page_end *out,
				 const struct page_list *list,
				 const struct row *row);

/* Base64url, with a NUL. */
void page_token_write(char out[PAGE_TOKEN_TEXT_MAX],
		      const struct page_list *list, const struct page_end *end);
/* False where it is not a token of this list. */
MODEL_MUST_USE bool page_token_read(struct page_end *out,
				    const struct page_list *list,
				    struct bytes text);

#endif
