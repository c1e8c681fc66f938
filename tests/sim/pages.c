/*
 * What must hold of each pull: its cursor never goes back (4), a page is on
 * the phone wholly or not at all, and wholly once it was taken (4, 8), and
 * its size and what the phone needs for it are bounded (12).
 */
#include "pending.h"

#include "app/cursor.h"
#include "model/wire.h"

#include <stdlib.h>
#include <string.h>

#include "outrider/v1/sync.pb-c.h"

#define PAGE_BYTES_MAX (256 << 10)
#define PAGE_HEAP_MAX  ((size_t)8 * PAGE_BYTES_MAX)

typedef Outrider__V1__PullResponse Page;
typedef Outrider__V1__Record Record;

/* ------------------------------------------------------------------ cursor */

static struct bytes cursor_of(const uint8_t *request, size_t len)
{
	struct wire_reader reader = wire_read((struct bytes){ request, len });
	struct wire_field field;
	struct bytes cursor = { NULL, 0 };

	while (wire_next(&reader, &field) == 1)
		if (field.number == 1)
			cursor = field.value;
	return cursor;
}

static void compare_head(struct phone *phone, const struct cursor_scope *before,
			 const struct cursor_scope *now)
{
	/* Who may read other fields gets them anew. */
	if (scope_compare(&before->scope, &now->scope) == 0 &&
	    before->view == now->view && now->head < before->head)
		world_break(phone->world,
			    "4: a head of phone %u went back from %llu to %llu",
			    phone->number, (unsigned long long)before->head,
			    (unsigned long long)now->head);
}

static void compare_heads(struct phone *phone, const struct cursor *before,
			  const struct cursor *now)
{
	for (size_t i = 0; i < before->n_scopes; i++)
		for (size_t k = 0; k < now->n_scopes; k++)
			compare_head(phone, &before->scopes[i],
				     &now->scopes[k]);
}

/* The page during which the power went last. */
struct torn_page {
	bool is_there; /* its records are */
	size_t len;    /* of its cursor */
	uint8_t cursor[];
};

void check_forget(struct phone *phone)
{
	free(phone->torn);
	phone->torn = NULL;
}

static void
keep_torn(struct phone *phone, const uint8_t *cursor, size_t len, bool is_there)
{
	check_forget(phone);
	phone->torn = malloc(sizeof(*phone->torn) + len);
	if (phone->torn == NULL)
		abort();
	phone->torn->is_there = is_there;
	phone->torn->len = len;
	if (len > 0)
		memcpy(phone->torn->cursor, cursor, len);
}

/* Rows and cursor came together, or not at all. */
static void compare_torn(struct phone *phone, struct bytes cursor)
{
	const struct torn_page *torn = phone->torn;
	bool is_moved;

	if (torn == NULL)
		return;
	is_moved = cursor.at && cursor.len == torn->len &&
		   memcmp(cursor.at, torn->cursor, torn->len) == 0;
	if (is_moved != torn->is_there)
		world_break(phone->world,
			    "8: after a power cut phone %u has the %s of a "
			    "page alone",
			    phone->number, is_moved ? "cursor" : "rows");
	check_forget(phone);
}

void check_cursor(struct phone *phone, const uint8_t *request, size_t len)
{
	const struct bytes bytes = cursor_of(request, len);
	struct cursor before, now;
	struct outrider_err err;
	struct arena arena;

	/* What an altered page left may be beyond a repair: all comes anew. */
	if (phone->is_anew || phone->may_renew || phone->was_altered) {
		check_forget(phone);
		phone->cursor_len = 0;
	}
	compare_torn(phone, bytes);
	arena_init(&arena, &allocator_libc, (size_t)1024 * 1024);
	if (cursor_read(&now, &arena, bytes, &err) != OUTRIDER_OK)
		world_break(phone->world, "4: phone %u sends no cursor: %s",
			    phone->number, err.text);
	else if (phone->cursor_len > 0 &&
		 cursor_read(&before, &arena,
			     (struct bytes){ phone->cursor, phone->cursor_len },
			     &err) == OUTRIDER_OK)
		compare_heads(phone, &before, &now);
	if (phone->cursor_len > 0 && bytes.len == 0)
		world_break(phone->world, "4: phone %u lost its cursor",
			    phone->number);
	arena_free(&arena);
	free(phone->cursor);
	phone->cursor_len = bytes.len;
	phone->cursor = malloc(bytes.len + 1);
	if (phone->cursor == NULL)
		abort();
	if (bytes.len > 0)
		memcpy(phone->cursor, bytes.at, bytes.len);
}

/* ------------------------------------------------------------------ a page */

/* Is what the page says of a record on the phone? */
enum taken { UNKNOWN, TAKEN, NOT_TAKEN };

static enum taken ask(struct phone *phone, const Record *record)
{
	const struct entity *entity = schema_entity(record->kind);
	struct outrider_card card;
	bool is_here, is_up_to_date;

	if (entity == NULL || record->id.len != 16)
		return UNKNOWN;
	is_here = outrider_card_get(phone->core, &card, entity->name,
				    record->id.data, NULL) == OUTRIDER_OK;
	is_up_to_date = is_here && card.rev >= record->rev;
	if (record->is_deleted)
		return is_here ? NOT_TAKEN : TAKEN;
	/* Its last scope, or one of several. */
	if (record->n_left > 0 && record->fields.len == 0)
		return is_here && !is_up_to_date ? NOT_TAKEN : TAKEN;
	return is_up_to_date ? TAKEN : NOT_TAKEN;
}

/* taken[i] for each record of the page; a phone that is off says nothing. */
static enum taken *ask_all(struct phone *phone, const Page *page)
{
	enum taken *taken = calloc(page->n_records + 1, sizeof(*taken));

	if (taken == NULL)
		abort();
	for (size_t i = 0; i < page->n_records && phone->core != NULL; i++)
		taken[i] = ask(phone, page->records[i]);
	return taken;
}

/* The same before the page comes. An edit that waits hides what is under it. */
static enum taken *ask_before(struct phone *phone, const Page *page)
{
	const struct pending_edits *pending = pending_of(phone);
	enum taken *taken = ask_all(phone, page);

	for (size_t i = 0; i < page->n_records; i++)
		if (pending->is_unknown ||
		    (taken[i] == NOT_TAKEN &&
		     pending_touches(pending, page->records[i]->id.data)))
			taken[i] = UNKNOWN;
	return taken;
}

/* What became of the page: what a disk that failed has refused may come back
 * after a power cut, wholly. */
enum taking { WHOLE, REFUSED, CUT };

/* What was news and is there now, against what was news and isn't. */
static void compare(struct phone *phone, const Page *page,
		    const enum taken *before, const enum taken *after,
		    enum taking taking)
{
	size_t n_taken = 0, n_missing = 0;

	for (size_t i = 0; i < page->n_records; i++) {
		if (before[i] != NOT_TAKEN)
			continue;
		n_taken += after[i] == TAKEN;
		n_missing += after[i] == NOT_TAKEN;
	}
	if (taking == WHOLE && n_missing > 0)
		world_break(phone->world,
			    "4: phone %u took a page, and %zu of its records "
			    "are not there",
			    phone->number, n_missing);
	if (n_taken > 0 && n_missing > 0)
		world_break(phone->world,
			    "8: half a page is on phone %u: %zu records, and "
			    "%zu are not",
			    phone->number, n_taken, n_missing);
	if (taking == CUT && n_taken + n_missing > 0)
		keep_torn(phone, page->cursor.data, page->cursor.len,
			  n_taken > 0);
	if (taking == REFUSED && n_taken > 0)
		world_break(phone->world,
			    "8: phone %u couldn't take a page, and %zu of its "
			    "records are there",
			    phone->number, n_taken);
}

static void
check_size(const struct phone *phone, const Page *page, struct bytes message)
{
	struct world *world = phone->world;

	if (message.len > PAGE_BYTES_MAX && page->n_records > 1)
		world_break(world, "12: a page of %zu bytes", message.len);
	if (world->page_records > 0 && page->n_records > world->page_records)
		world_break(world, "12: a page of %zu records",
			    page->n_records);
}

static enum taking
hand_over(struct phone *phone, uint64_t call, struct bytes message)
{
	const size_t heap = phone->heap_most = phone->heap;
	struct outrider_err err;
	enum outrider_code code;

	(void)phone_had_fault(phone);
	code = outrider_received(phone->core, call, message.at, message.len,
				 &err);

	if (phone->heap_most - heap > PAGE_HEAP_MAX)
		world_break(phone->world,
			    "12: a page of %zu bytes takes phone %u %zu bytes",
			    message.len, phone->number,
			    phone->heap_most - heap);
	if (test_disk_is_cut(phone->disk)) {
		phone->world->n_torn_pages++;
		phone_recover(phone);
		return CUT;
	}
	if (code != OUTRIDER_OK && !phone_had_fault(phone))
		world_break(phone->world, "4: phone %u can't take a page: %s",
			    phone->number, err.text);
	return code == OUTRIDER_OK ? WHOLE : REFUSED;
}

void check_page(struct phone *phone, uint64_t call, struct bytes message)
{
	Page *page = outrider__v1__pull_response__unpack(NULL, message.len,
							 message.at);
	enum taken *before, *after;
	enum taking taking;

	if (page == NULL) {
		world_break(phone->world, "12: a page can't be read");
		return;
	}
	phone->world->n_pages++;
	check_size(phone, page, message);
	before = ask_before(phone, page);
	taking = hand_over(phone, call, message);
	after = ask_all(phone, page);
	compare(phone, page, before, after, taking);
	free(before);
	free(after);
	outrider__v1__pull_response__free_unpacked(page, NULL);
}
