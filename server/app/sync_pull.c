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

enum {
	PAGE_RECORDS = 500,
	PAGE_BYTES = 256 << 10,
	RECORD_MEMORY = 4 << 20,
	SCOPE_BYTES = SCOPE_LEN + 2, /* with tag and length */
};

const struct call_handler sync_handlers[] = {
	{ "/outrider.v1.SyncService/Pull", sync_pull_start },
	{ "/outrider.v1.SyncService/Push", sync_push_start },
	{ .path = NULL },
};

/* A call, from page to page. */
struct pull {
	struct sync_phone phone;
	struct scope *lost; /* said on the first page */
	size_t n_lost;
	uint32_t pages_left; /* 0: until the head */
	bool is_over;
};

/* One page in the making. */
struct page {
	Record *records[PAGE_RECORDS];
	size_t most;
	size_t n;
	size_t bytes; /* of the message, so far */
	/* For each scope of the cursor its place among `scopes` + 1. */
	uint32_t *places;
	ProtobufCBinaryData *scopes;
	size_t n_scopes;
	bool is_head;
};

static enum outrider_code no_memory(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "a page needs more memory than a call has");
}

/* ------------------------------------------------------------------ a page */

static struct page *
open_page(const struct pull *pull, size_t most, struct arena *arena)
{
	const size_t n_scopes = pull->phone.at.n_scopes;
	struct page *page = arena_alloc(arena, sizeof(*page));

	if (!page)
		return NULL;
	page->places =
		arena_alloc(arena, n_scopes * sizeof(page->places[0]) + 1);
	page->scopes =
		arena_alloc(arena, n_scopes * sizeof(page->scopes[0]) + 1);
	if (!page->places || !page->scopes)
		return NULL;
	page->most = most > 0 && most < PAGE_RECORDS ? most : PAGE_RECORDS;
	page->bytes = cursor_size(n_scopes) + pull->n_lost * SCOPE_BYTES;
	return page;
}

/* Scopes by their place in the cursor become places on the page. */
static void name_scopes(struct page *page, const struct cursor *at,
			uint32_t *scopes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t *place = &page->places[scopes[i]];

		if (*place == 0) {
			page->scopes[page->n_scopes] = (ProtobufCBinaryData){
				.data = at->scopes[scopes[i]].scope.at,
				.len = SCOPE_LEN,
			};
			page->bytes += SCOPE_BYTES;
			*place = (uint32_t)++page->n_scopes;
		}
		scopes[i] = *place - 1;
	}
}

/* *is_full: it has to wait for the next page. */
static enum outrider_code
add_record(struct page *page, bool *is_full, struct sync_phone *phone,
	   const struct feed_entry *group, size_t n, struct arena *arena,
	   struct outrider_err *err)
{
	Record *record = arena_alloc(arena, sizeof(*record));
	bool is_news;
	size_t bytes;
	enum outrider_code code;

	*is_full = page->n == page->most;
	if (*is_full)
		return OUTRIDER_OK;
	if (!record)
		return no_memory(err);
	code = sync_record_describe(record, &is_news, phone, group, n, arena,
				    err);
	if (code != OUTRIDER_OK || !is_news)
		return code;
	bytes = outrider__v1__record__get_packed_size(record) + 4;
	/* A record that is larger than a page has one to itself. */
	*is_full = page->n > 0 && page->bytes + bytes > PAGE_BYTES;
	if (*is_full)
		return OUTRIDER_OK;
	page->bytes += bytes;
	page->records[page->n++] = record;
	name_scopes(page, &phone->at, record->entered, record->n_entered);
	name_scopes(page, &phone->at, record->left, record->n_left);
	return OUTRIDER_OK;
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

/* One more than fits on a page: where it isn't there, this is the end. */
static enum outrider_code
read_feed(struct sync_phone *phone, struct feed_entry **entries, size_t *n,
	  size_t most, struct arena *arena, struct outrider_err *err)
{
	const struct cursor *at = &phone->at;
	struct feed_position *positions =
		arena_alloc(arena, at->n_scopes * sizeof(positions[0]) + 1);

	if (!positions)
		return no_memory(err);
	for (size_t i = 0; i < at->n_scopes; i++)
		positions[i] = (struct feed_position){
			.scope = at->scopes[i].scope,
			.rev = at->scopes[i].rev,
			.id = at->scopes[i].id,
		};
	return store_feed(phone->conn, entries, n, positions, at->n_scopes,
			  most + 1, arena, err);
}

/* Takes what comes next, and moves the cursor over it. */
static enum outrider_code fill_page(struct page *page, struct sync_phone *phone,
				    struct arena *arena,
				    struct outrider_err *err)
{
	struct feed_entry *entries = NULL;
	size_t n = 0, taken = 0, groups = 0;
	bool is_full = false;
	enum outrider_code code;

	code = read_feed(phone, &entries, &n, page->most, arena, err);
	if (code != OUTRIDER_OK)
		return code;
	while (taken < n) {
		size_t size = group_size(&entries[taken], n - taken);

		code = add_record(page, &is_full, phone, &entries[taken], size,
				  arena, err);
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

static enum outrider_code
send_page(struct app_call *call, struct pull *pull, const struct page *page)
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
	response.records = (Record **)(uintptr_t)page->records;
	response.n_records = page->n;
	response.cursor.data = (uint8_t *)(uintptr_t)cursor.at;
	response.cursor.len = cursor.len;
	response.is_head = page->is_head;
	response.scopes = page->scopes;
	response.n_scopes = page->n_scopes;
	response.lost_scopes = lost;
	response.n_lost_scopes = pull->n_lost;
	return call_reply(call, &response.base);
}

/* One snapshot: what is read in it, and how far it reaches. */
static enum outrider_code
read_page(struct app_call *call, struct pull *pull, struct page *page)
{
	struct sync_phone *phone = &pull->phone;
	uint64_t newest_rev;
	enum outrider_code code;

	code = store_read_begin(phone->conn, &newest_rev, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	arena_init(&phone->scratch, &allocator_libc, RECORD_MEMORY);
	code = fill_page(page, phone, &call->page, &call->err);
	arena_free(&phone->scratch);
	store_read_end(phone->conn);
	if (code == OUTRIDER_OK && page->is_head)
		cursor_reach_head(&phone->at, newest_rev);
	return code;
}

static enum app_progress next_page(struct app_call *call)
{
	struct pull *pull = call->state;
	struct page *page;
	bool is_last;

	if (pull->is_over)
		return APP_END;
	page = open_page(pull, call->app->config.page_records, &call->page);
	if (!page) {
		(void)no_memory(&call->err);
		return APP_END;
	}
	if (read_page(call, pull, page) != OUTRIDER_OK ||
	    send_page(call, pull, page) != OUTRIDER_OK)
		return APP_END;
	is_last = pull->pages_left > 0 && --pull->pages_left == 0;
	pull->is_over = page->is_head || is_last;
	pull->n_lost = 0;
	return APP_MESSAGE;
}

/* ------------------------------------------------------------------- start */

static enum outrider_code resync(struct app_call *call)
{
	call->reason = "RESYNC";
	return err_set(&call->err, OUTRIDER_FAILED_PRECONDITION, "cursor",
		       "the cursor is of another history of this store: pull "
		       "everything anew");
}

static enum outrider_code
read_cursor(struct app_call *call, struct pull *pull, const Request *request)
{
	const struct principal *principal = &call->principal;
	const struct bytes sent_bytes = { .at = request->cursor.data,
					  .len = request->cursor.len };
	const struct cursor_caller caller = {
		.scopes = principal->scopes,
		.n_scopes = principal->n_scopes,
		.view = principal->rights->fingerprint,
		.newest_rev = pull->phone.begun_rev,
	};
	struct cursor *at = &pull->phone.at;
	struct cursor sent;
	enum outrider_code code;

	code = cursor_read(&sent, &call->arena, sent_bytes, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	at->epoch = store_epoch(call->app->store);
	at->schema = schema_version;
	if (sent_bytes.len > 0 && uuid_compare(&sent.epoch, &at->epoch) != 0)
		return resync(call);
	code = cursor_begin(at, &pull->lost, &pull->n_lost, &sent, &caller,
			    &call->arena, &call->err);
	return code == OUTRIDER_FAILED_PRECONDITION ? resync(call) : code;
}

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
	phone->conn = call_conn(call);
	phone->principal = &call->principal;
	if (request->incarnation.len == sizeof(phone->incarnation.at)) {
		memcpy(phone->incarnation.at, request->incarnation.data,
		       sizeof(phone->incarnation.at));
		phone->acked_seq = request->acked_seq;
	} else if (request->incarnation.len > 0) {
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "incarnation", "an incarnation has 16 bytes");
	}
	pull->pages_left = request->max_pages;
	code = store_read_begin(phone->conn, &phone->begun_rev, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	store_read_end(phone->conn);
	code = read_cursor(call, pull, request);
	if (code != OUTRIDER_OK)
		return code;
	call->state = pull;
	call->next = next_page;
	return OUTRIDER_OK;
}
