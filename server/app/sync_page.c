/*
 * A page in the making: which records go on it, how large it gets, and the
 * scopes that they name. Knows neither where records come from nor the cursor.
 */
#include "app/sync_parts.h"

typedef Outrider__V1__PullResponse Response;
typedef Outrider__V1__Record Record;

enum { PAGE_BYTES = 256 << 10 };

struct sync_page *
sync_page_open(const struct cursor *at, size_t most, struct arena *arena)
{
	const size_t n_scopes = at->n_scopes;
	struct sync_page *page = arena_alloc(arena, sizeof(*page));

	if (!page)
		return NULL;
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

bool sync_page_add(struct sync_page *page, Record *record)
{
	size_t bytes = outrider__v1__record__get_packed_size(record) + 4;

	/* A record that is larger than a page has one to itself. */
	if (page->n == page->most ||
	    (page->n > 0 && page->bytes + bytes > PAGE_BYTES))
		return false;
	page->bytes += bytes;
	page->records[page->n++] = record;
	name_scopes(page, record->entered, record->n_entered);
	name_scopes(page, record->left, record->n_left);
	return true;
}

void sync_page_fill(Response *response, const struct sync_page *page)
{
	response->records = (Record **)(uintptr_t)page->records;
	response->n_records = page->n;
	response->scopes = page->scopes;
	response->n_scopes = page->n_scopes;
}
