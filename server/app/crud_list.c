/*
 * List, of every kind: a page of the records that the caller may see, that the
 * filter lets through, in the order asked for, a few in memory at a time. What
 * reads much is tried here and done on a thread for such (call_read_long).
 */
#include "app/crud_parts.h"
#include "app/filter.h"
#include "app/page_token.h"
#include "app/parts.h"
#include "model/wire.h"

#include <string.h>

enum {
	PAGE_DEFAULT = 50,
	PAGE_MAX = 1000,
	/* Rows held in memory at once, at first. */
	ROWS_AT_ONCE = 64,
	/* A search begins anew for the next ones: it takes more each time. */
	ROWS_GROWTH = 4,
	/* A page ends early above it: answers stay far below 4 MiB. */
	PAGE_BYTES_MAX = 1 << 20,
	LIST_NEXT_PAGE_TOKEN = 2,
	LIST_IS_SCAN = 3,
};

struct listing {
	struct app_call *call;
	struct crud_request request;
	enum query_effort effort;
	struct page_list list;
	struct query_order order[QUERY_ORDER_MAX];
	struct condition *condition;
	struct page_end after;
	bool has_after;
	size_t n_wanted, n_written;
	size_t n_at_once;
	bool has_more, is_scan, is_long;
};

/* ------------------------------------------------------------------- pages */

/* Most records lie in the caller's scopes. */
static bool sees_most(const struct app_call *call)
{
	const struct principal *who = &call->principal;

	return call->method->entity->visibility == VISIBLE_TO_ORGANIZATION ||
	       who->rank >= RANK_ADMINISTRATOR || who->rights->sees_all_teams;
}

static enum outrider_code
search(struct listing *l, struct store_page *page, size_t n_some)
{
	struct app_call *call = l->call;
	struct store_query asked = {
		.entity = call->method->entity,
		.scopes = call->principal.scopes,
		.n_scopes = call->principal.n_scopes,
		.sees_most = sees_most(call),
		.condition = l->condition,
		.n_order = l->list.n_order,
		.after = l->has_after ? l->after.values : NULL,
		.after_id = l->has_after ? &l->after.id : NULL,
		.limit = n_some,
		.with_deleted = l->list.with_deleted,
		.effort = l->effort,
		.hidden = access_hidden(&call->principal, call->method->entity),
	};

	memcpy(asked.order, l->order, sizeof(asked.order));
	return store_query(call_conn(call), page, &asked, &call->page,
			   &call->err);
}

/* Before it is hidden: what a list may be ordered by never is. */
static enum outrider_code keep_end(struct listing *l, const struct row *row)
{
	l->has_after = true;
	if (page_end_set(&l->after, &l->list, row))
		return OUTRIDER_OK;
	return err_set(&l->call->err, OUTRIDER_RESOURCE_EXHAUSTED, "order_by",
		       "the fields of order_by are too long for a page token");
}

/* The rows didn't fit into the memory of a page: fewer may. */
static bool is_too_many(const struct app_call *call, enum outrider_code code)
{
	return code == OUTRIDER_RESOURCE_EXHAUSTED &&
	       call->page.used > call->page.ceiling / 2;
}

static enum outrider_code fetch(struct listing *l, struct store_page *page)
{
	size_t n_some = l->n_wanted - l->n_written;
	enum outrider_code code;

	if (n_some > l->n_at_once)
		n_some = l->n_at_once;
	if (l->n_at_once < PAGE_MAX)
		l->n_at_once *= ROWS_GROWTH;
	for (;;) {
		*page = (struct store_page){ .rows = NULL };
		arena_reset(&l->call->page);
		code = search(l, page, n_some);
		if (n_some == 1 || !is_too_many(l->call, code))
			return code;
		l->n_at_once = n_some = (n_some + 7) / 8;
	}
}

/* The next few rows into the reply. */
static enum outrider_code list_some(struct listing *l)
{
	struct app_call *call = l->call;
	struct store_page page;
	enum outrider_code code = fetch(l, &page);
	size_t n = 0;

	while (n < page.n_rows && code == OUTRIDER_OK &&
	       call->reply.len < PAGE_BYTES_MAX) {
		struct row *row = page.rows[n++];

		code = keep_end(l, row);
		/* The scopes were asked already. */
		if (!access_knows_record(&call->principal, row->entity,
					 &row->id))
			continue;
		l->n_written++;
		if (code == OUTRIDER_OK)
			code = crud_tell_part(call, row, &call->page,
					      &call->err);
	}
	l->has_more = page.has_more || n < page.n_rows;
	l->is_scan = l->is_scan || page.is_scan;
	l->is_long = page.is_long;
	return code;
}

/* -------------------------------------------------------------------- lists */

static enum outrider_code read_asked(struct listing *l)
{
	struct app_call *call = l->call;
	const struct filter_context context = {
		.entity = call->method->entity,
		.principal = &call->principal,
		.conn = call_conn(call),
		.arena = &call->arena,
		.now_us = call_now_us(call),
		.region = call->app->config.region,
	};
	struct bytes token = l->request.value[SLOT_PAGE_TOKEN];
	enum outrider_code code = filter_read(&l->condition, &context,
					      l->list.filter, &call->err);

	if (code == OUTRIDER_OK)
		code = order_read(l->order, &l->list.n_order, &context,
				  l->list.order_by, &call->err);
	if (code != OUTRIDER_OK || token.len == 0)
		return code;
	l->has_after = page_token_read(&l->after, &l->list, token);
	if (l->has_after)
		return OUTRIDER_OK;
	return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "page_token",
		       "the page token is not one of this list");
}

/* Inside a snapshot. */
static enum outrider_code list_page(struct listing *l)
{
	struct app_call *call = l->call;
	enum outrider_code code = read_asked(l);

	if (code != OUTRIDER_OK)
		return code;
	do
		code = list_some(l);
	while (code == OUTRIDER_OK && l->has_more &&
	       l->n_written < l->n_wanted && call->reply.len < PAGE_BYTES_MAX);
	return code;
}

static void write_end(struct listing *l)
{
	char token[PAGE_TOKEN_TEXT_MAX];

	if (l->has_more) {
		page_token_write(token, &l->list, &l->after);
		wire_put_bytes(&l->call->reply, LIST_NEXT_PAGE_TOKEN, token,
			       strlen(token));
	}
	if (l->is_scan)
		wire_put_scalar(&l->call->reply, LIST_IS_SCAN, 1);
}

static size_t wanted(uint64_t page_size)
{
	if (page_size == 0)
		return PAGE_DEFAULT;
	return page_size < PAGE_MAX ? (size_t)page_size : PAGE_MAX;
}

/* From the beginning, with so much effort; into the reply. */
static enum outrider_code list_with(struct listing *l, enum query_effort effort)
{
	struct app_call *call = l->call;
	enum outrider_code code;

	l->effort = effort;
	l->list = (struct page_list){
		.epoch = store_epoch(call->app->store),
		.caller = call->principal.user,
		.kind = call->method->entity->number,
		.with_deleted = l->request.scalar[SLOT_SHOW_DELETED] != 0,
		.filter = l->request.value[SLOT_FILTER],
		.order_by = l->request.value[SLOT_ORDER_BY],
		.order = l->order,
	};
	l->has_after = l->has_more = l->is_scan = l->is_long = false;
	l->n_written = 0;
	l->n_wanted = wanted(l->request.scalar[SLOT_PAGE_SIZE]);
	l->n_at_once = ROWS_AT_ONCE;
	code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = list_page(l);
	store_read_end(call_conn(call));
	if (code == OUTRIDER_OK && !l->is_long)
		write_end(l);
	return code;
}

static enum outrider_code list_whole(struct app_call *call)
{
	return list_with(call->state, QUERY_WHOLE);
}

static enum query_effort effort_of(const struct app_call *call)
{
	if (!call_may_read_long(call))
		return QUERY_WHOLE;
	return call_reads_long(call) ? QUERY_INDEXED : QUERY_TRY;
}

enum outrider_code
crud_list(struct app_call *call, const struct crud_request *request)
{
	struct listing *l = arena_alloc(&call->arena, sizeof(*l));
	enum outrider_code code;

	if (!l)
		return err_call_full(&call->err);
	l->call = call;
	l->request = *request;
	call->state = l;
	code = list_with(l, effort_of(call));
	if (code == OUTRIDER_OK && l->is_long)
		return call_read_long(call, list_whole, call_reply_written);
	return code == OUTRIDER_OK ? call_reply_written(call) : code;
}
