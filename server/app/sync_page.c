/*
 * A page in the making: which records go on it, how large it gets, and the
 * scopes that they name. Knows neither where records come from nor the cursor.
 *
 * Records are written as they come, straight into the answer and by hand: they
 * are the one message that goes out by thousands, and protobuf-c walks each
 * three times.
 */
#include "app/sync_parts.h"
#include "model/wire.h"

typedef Outrider__V1__PullResponse Response;
typedef Outrider__V1__Record Record;

enum {
	PAGE_BYTES = 256 << 10,
	RECORD_BYTES = 60, /* all but its fields and lists, at most */
	INDEX_BYTES = 2,   /* a number of a field or a scope, at most */
};

/* Numbers of sync.proto. */
enum {
	PAGE_RECORDS = 1,
	RECORD_KIND = 1,
	RECORD_ID = 2,
	RECORD_REV = 3,
	RECORD_FIELDS = 4,
	RECORD_CLEARED = 5,
	RECORD_ENTERED = 6,
	RECORD_LEFT = 7,
	RECORD_IS_WHOLE = 8,
	RECORD_IS_DELETED = 9,
	RECORD_IS_EXACT = 10,
};

struct sync_page *sync_page_open(const struct cursor *at, size_t most,
				 struct buffer *out, struct arena *arena)
{
	const size_t n_scopes = at->n_scopes;
	struct sync_page *page = arena_alloc(arena, sizeof(*page));

	if (!page)
		return NULL;
	buffer_clear(out);
	page->out = out;
	page->at = at;
	page->places =
		arena_alloc(arena, n_scopes * sizeof(page->places[0]) + 1);
	page->scopes =
		arena_alloc(arena, n_scopes * sizeof(page->scopes[0]) + 1);
	if (!page->places || !page->scopes)
		return NULL;
	page->most = most > 0 && most < SYNC_PAGE_RECORDS ? most
							  : SYNC_PAGE_RECORDS;
	return page;
}

/* Scopes by their place in the cursor become places on the page. */
static void name_scopes(struct sync_page *page, uint32_t *scopes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t *place = &page->places[scopes[i]];

		if (*place == 0) {
			page->scopes[page->n_scopes] = (ProtobufCBinaryData){
				.data = page->at->scopes[scopes[i]].scope.at,
				.len = SCOPE_LEN,
			};
			page->bytes += SYNC_SCOPE_BYTES;
			*place = (uint32_t)++page->n_scopes;
		}
		scopes[i] = *place - 1;
	}
}

static void put_number(struct buffer *out, uint32_t number, uint64_t value)
{
	if (value != 0)
		wire_put_scalar(out, number, value);
}

static void
put_bytes(struct buffer *out, uint32_t number, const ProtobufCBinaryData *bytes)
{
	if (bytes->len > 0)
		wire_put_bytes(out, number, bytes->data, bytes->len);
}

static void put_numbers(struct buffer *out, uint32_t number,
			const uint32_t *numbers, size_t n)
{
	size_t start = out->len;

	for (size_t i = 0; i < n; i++)
		wire_put_varint(out, numbers[i]);
	if (n > 0)
		wire_wrap(out, number, start);
}

static void put_record(struct buffer *out, const Record *record)
{
	size_t start = out->len;

	put_number(out, RECORD_KIND, record->kind);
	put_bytes(out, RECORD_ID, &record->id);
	put_number(out, RECORD_REV, record->rev);
	put_bytes(out, RECORD_FIELDS, &record->fields);
	put_numbers(out, RECORD_CLEARED, record->cleared, record->n_cleared);
	put_numbers(out, RECORD_ENTERED, record->entered, record->n_entered);
	put_numbers(out, RECORD_LEFT, record->left, record->n_left);
	put_number(out, RECORD_IS_WHOLE, record->is_whole != 0);
	put_number(out, RECORD_IS_DELETED, record->is_deleted != 0);
	put_number(out, RECORD_IS_EXACT, record->is_exact != 0);
	wire_wrap(out, PAGE_RECORDS, start);
}

bool sync_page_add(struct sync_page *page, Record *record)
{
	size_t bytes =
		RECORD_BYTES + record->fields.len +
		(record->n_cleared + record->n_entered + record->n_left) *
			INDEX_BYTES;

	/* A record that is larger than a page has one to itself. */
	if (page->n == page->most ||
	    (page->n > 0 && page->bytes + page->out->len + bytes > PAGE_BYTES))
		return false;
	page->n++;
	name_scopes(page, record->entered, record->n_entered);
	name_scopes(page, record->left, record->n_left);
	put_record(page->out, record);
	return true;
}

void sync_page_fill(Response *response, const struct sync_page *page)
{
	response->scopes = page->scopes;
	response->n_scopes = page->n_scopes;
}
