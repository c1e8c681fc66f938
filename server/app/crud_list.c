/*
 * List, of every kind: a page of the records that the caller may see, a few in
 * memory at a time.
 */
#include "app/crud_parts.h"
#include "app/page_token.h"
#include "app/parts.h"
#include "model/wire.h"

#include <string.h>

enum {
	PAGE_DEFAULT = 50,
	PAGE_MAX = 1000,
	/* Rows held in memory at once. */
	ROWS_AT_ONCE = 64,
	/* A page ends early above it: answers stay far below 4 MiB. */
	PAGE_BYTES_MAX = 1 << 20,
	LIST_NEXT_PAGE_TOKEN = 2,
};

struct listing {
	struct app_call *call;
	struct page_list list;
	struct uuid after;
	size_t n_wanted, n_written;
	bool has_more;
};

/* The next few rows into the reply. */
static enum outrider_code list_some(struct listing *l)
{
	struct app_call *call = l->call;
	size_t n_left = l->n_wanted - l->n_written;
	size_t n_some = n_left < ROWS_AT_ONCE ? n_left : ROWS_AT_ONCE;
	struct row **rows;
	size_t n;
	enum outrider_code code;

	arena_reset(&call->page);
	/* One more than is shown tells whether there is more. */
	const struct store_list_query asked = {
		.entity = call->method->entity,
		.scopes = call->principal.scopes,
		.n_scopes = call->principal.n_scopes,
		.after = l->after,
		.limit = n_some + 1,
		.with_deleted = l->list.with_deleted,
	};
	code = store_list(call_conn(call), &rows, &n, &asked, &call->page,
			  &call->err);
	if (code != OUTRIDER_OK)
		return code;
	l->has_more = n > n_some;
	if (n > n_some)
		n = n_some;
	for (size_t i = 0; i < n; i++) {
		l->after = rows[i]->id;
		code = crud_tell_part(call, rows[i], &call->page, &call->err);
		if (code != OUTRIDER_OK)
			return code;
	}
	l->n_written += n;
	return OUTRIDER_OK;
}

static enum outrider_code list_page(struct listing *l)
{
	struct app_call *call = l->call;
	enum outrider_code code;

	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	do
		code = list_some(l);
	while (code == OUTRIDER_OK && l->has_more &&
	       l->n_written < l->n_wanted && call->reply.len < PAGE_BYTES_MAX);
	store_read_end(call_conn(call));
	return code;
}

enum outrider_code
crud_list(struct app_call *call, const struct crud_request *request)
{
	struct listing l = {
		.call = call,
		.list = {
			.epoch = store_epoch(call->app->store),
			.caller = call->principal.user,
			.kind = call->method->entity->number,
			.with_deleted = request->scalar[SLOT_SHOW_DELETED] != 0,
		},
		.n_wanted = (size_t)request->scalar[SLOT_PAGE_SIZE],
	};
	char token[PAGE_TOKEN_TEXT_MAX];
	enum outrider_code code;

	if (l.n_wanted == 0)
		l.n_wanted = PAGE_DEFAULT;
	if (l.n_wanted > PAGE_MAX)
		l.n_wanted = PAGE_MAX;
	if (request->value[SLOT_PAGE_TOKEN].len > 0 &&
	    !page_token_read(&l.after, &l.list,
			     request->value[SLOT_PAGE_TOKEN]))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "page_token",
			       "the page token is not one of this list");
	code = list_page(&l);
	if (code != OUTRIDER_OK)
		return code;
	if (l.has_more) {
		page_token_write(token, &l.list, &l.after);
		wire_put_bytes(&call->reply, LIST_NEXT_PAGE_TOKEN, token,
			       strlen(token));
	}
	return call_reply_written(call);
}
