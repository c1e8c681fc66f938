/*
 * Pull: what changed above a cursor, page by page.
 *
 * Owns pages: their order, their size, their cursor, one snapshot each. What
 * a page says of a record is sync_record.c's, where the phone stands the
 * cursor's, where records lie the store's.
 */
#include "app/parts.h"
#include "app/sync_parts.h"

#include <string.h>

typedef Outrider__V1__PullRequest Request;
typedef Outrider__V1__PullResponse Response;
typedef Outrider__V1__Record Record;

const struct call_handler sync_handlers[] = {
	{ "/outrider.v1.SyncService/Pull", sync_pull_start },
	{ "/outrider.v1.SyncService/Push", sync_push_start },
	{ "/outrider.v1.SyncService/Watch", sync_watch_start },
	{ "/outrider.v1.SyncService/Compare", sync_compare_start },
	{ "/outrider.v1.SyncService/Repair", sync_repair_start },
	{ .path = NULL },
};

/*
 * The first page is small, so that the phone begins its work early; each one
 * after it is larger by a third, which is made while the phone is busy with the
 * one before. The largest, packed, is of what a phone lets in ahead: some 50
 * KiB (agent/transport_grpc.c). What is larger waits half sent until the phone
 * is done with the one before, and the phone then for the rest.
 */
enum { PAGE_RECORDS_FIRST = 200, PAGE_RECORDS_MOST = 450 };

/* A call, from page to page. */
struct pull {
	struct sync_phone phone;
	struct scope *lost; /* said on the first page */
	size_t n_lost;
	uint32_t pages_left; /* 0: until the head */
	size_t page_records; /* of the next one, at most */
	bool is_over;
};

static enum outrider_code no_memory(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "a page needs more memory than a call has");
}

/* ------------------------------------------------------------------ a page */

/* *is_full: it has to wait for the next page. */
static enum outrider_code
add_record(struct sync_page *page, bool *is_full, struct sync_phone *phone,
	   const struct feed_entry *group, size_t n, struct outrider_err *err)
{
	Record record;
	bool is_news;
	enum outrider_code code;

	*is_full = page->n == page->most;
	if (*is_full)
		return OUTRIDER_OK;
	code = sync_record_describe(&record, &is_news, phone, group, n, err);
	if (code == OUTRIDER_OK && is_news)
		*is_full = !sync_page_add(page, &record);
	return code;
}

static size_t group_size(const struct feed_entry *entries, size_t n)
{
	size_t size = 1;

	while (size < n && entries[size].rev == entries->rev &&
	       entries[size].kind == entries->kind &&
	       uuid_compare(&entries[size].id, &entries->id) == 0)
		size++;
	return size;
}

/* Takes what comes next, and moves the cursor over it. */
static enum outrider_code
fill_page(struct sync_page *page, struct sync_phone *phone, struct arena *arena,
	  struct outrider_err *err)
{
	struct feed_entry *entries = NULL;
	size_t n = 0, taken = 0, groups = 0;
	bool is_full = false;
	enum outrider_code code;

	/* One more than fits: where it isn't there, this is the end. */
	code = sync_phone_read_feed(phone, &entries, &n, page->most + 1, arena,
				    err);
	if (code != OUTRIDER_OK)
		return code;
	while (taken < n) {
		size_t size = group_size(&entries[taken], n - taken);

		sync_phone_read_ahead(phone, &entries[taken], n - taken);
		code = add_record(page, &is_full, phone, &entries[taken], size,
				  err);
		if (code != OUTRIDER_OK)
			return code;
		if (is_full)
			break;
		taken += size;
		groups++;
	}
	if (taken > 0)
		cursor_advance(&phone->at, entries[taken - 1].rev,
			       &entries[taken - 1].id);
	page->is_head = !is_full && groups <= page->most;
	return OUTRIDER_OK;
}

static enum outrider_code send_page(struct app_call *call, struct pull *pull,
				    const struct sync_page *page)
{
	Response response = OUTRIDER__V1__PULL_RESPONSE__INIT;
	struct bytes cursor = cursor_write(&pull->phone.at, &call->page);
	ProtobufCBinaryData *lost =
		arena_alloc(&call->page, pull->n_lost * sizeof(lost[0]) + 1);

	if (!cursor.at || !lost)
		return no_memory(&call->err);
	for (size_t i = 0; i < pull->n_lost; i++)
		lost[i] = (ProtobufCBinaryData){ .data = pull->lost[i].at,
						 .len = SCOPE_LEN };
	sync_page_fill(&response, page);
	response.cursor.data = (uint8_t *)(uintptr_t)cursor.at;
	response.cursor.len = cursor.len;
	response.is_head = page->is_head;
	response.lost_scopes = lost;
	response.n_lost_scopes = pull->n_lost;
	return call_reply_rest(call, &response.base);
}

/* One snapshot: what is read in it, and how far it reaches. */
static enum outrider_code
read_page(struct app_call *call, struct pull *pull, struct sync_page *page)
{
	struct sync_phone *phone = &pull->phone;
	uint64_t newest_rev;
	enum outrider_code code;

	code = store_read_begin(phone->conn, &newest_rev, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	arena_init(&phone->scratch, &allocator_libc, SYNC_RECORD_MEMORY);
	arena_init(&phone->ahead, &allocator_libc, SYNC_AHEAD_MEMORY);
	phone->n_rows = 0;
	code = fill_page(page, phone, &call->page, &call->err);
	phone->n_rows = 0;
	arena_free(&phone->ahead);
	arena_free(&phone->scratch);
	store_read_end(phone->conn);
	if (code == OUTRIDER_OK && page->is_head)
		cursor_reach_head(&phone->at, newest_rev);
	return code;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t page_records_most(const struct app_call *call)
{
	const size_t configured = call->app->config.page_records;

	return configured > 0 ? smaller(configured, PAGE_RECORDS_MOST)
			      : PAGE_RECORDS_MOST;
}

static enum app_progress next_page(struct app_call *call)
{
	struct pull *pull = call->state;
	struct sync_page *page;
	bool is_last;

	if (pull->is_over)
		return APP_END;
	page = sync_page_open(&pull->phone.at,
			      smaller(pull->page_records,
				      page_records_most(call)),
			      &call->reply, &call->page);
	if (!page) {
		(void)no_memory(&call->err);
		return APP_END;
	}
	page->bytes += cursor_size(pull->phone.at.n_scopes) +
		       pull->n_lost * SYNC_SCOPE_BYTES;
	if (read_page(call, pull, page) != OUTRIDER_OK ||
	    send_page(call, pull, page) != OUTRIDER_OK)
		return APP_END;
	is_last = pull->pages_left > 0 && --pull->pages_left == 0;
	pull->is_over = page->is_head || is_last;
	pull->page_records =
		smaller(pull->page_records * 4 / 3, PAGE_RECORDS_MOST);
	pull->n_lost = 0;
	return APP_MESSAGE;
}

/* ------------------------------------------------------------------- start */

enum outrider_code sync_pull_start(struct app_call *call)
{
	const Request *request =
		call_unpack(call, &outrider__v1__pull_request__descriptor);
	struct pull *pull = arena_alloc(&call->arena, sizeof(*pull));
	struct sync_phone *phone;
	enum outrider_code code;

	if (!request)
		return call->err.code;
	if (!pull)
		return no_memory(&call->err);
	phone = &pull->phone;
	if (request->incarnation.len == sizeof(phone->incarnation.at)) {
		memcpy(phone->incarnation.at, request->incarnation.data,
		       sizeof(phone->incarnation.at));
		phone->acked_seq = request->acked_seq;
	} else if (request->incarnation.len > 0) {
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "incarnation", "an incarnation has 16 bytes");
	}
	pull->pages_left = request->max_pages;
	pull->page_records = PAGE_RECORDS_FIRST;
	code = sync_phone_stand(phone, &pull->lost, &pull->n_lost, call,
				(struct bytes){ request->cursor.data,
						request->cursor.len },
				&call->arena);
	if (code != OUTRIDER_OK)
		return code;
	call->state = pull;
	call->next = next_page;
	return OUTRIDER_OK;
}
