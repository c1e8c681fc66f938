/*
 * Page tokens: where a list goes on, opaque to the caller, and bound to the
 * list that it came from.
 */
#ifndef APP_PAGE_TOKEN_H
#define APP_PAGE_TOKEN_H

#include "model/arena.h"
#include "model/uuid.h"

#include <stdbool.h>

#define PAGE_TOKEN_TEXT_MAX 64

/* The list: a token fits no other one. */
struct page_list {
	struct uuid epoch; /* the store's */
	struct uuid caller;
	uint32_t kind;
	bool with_deleted;
};

/* Base64url, with a NUL. */
void page_token_write(char out[PAGE_TOKEN_TEXT_MAX],
		      const struct page_list *list, const struct uuid *after);
/* False where it is not a token of this list. */
bool page_token_read(struct uuid *after, const struct page_list *list,
		     struct bytes text);

#endif
