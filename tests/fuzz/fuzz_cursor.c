/*
 * Cursors from hostile bytes: what is taken in the newest format comes out as
 * the same bytes; it holds its invariants, and moves without going back.
 */
#include <stdlib.h>
#include <string.h>

#include "app/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void move(struct cursor *cursor, const struct cursor *before)
{
	static const struct uuid id = { { 0x80 } };

	cursor_advance(cursor, UINT64_C(1) << 40, &id);
	for (size_t i = 0; i < cursor->n_scopes; i++) {
		const struct cursor_scope *at = &cursor->scopes[i];

		if (at->head > at->rev || at->rev < before->scopes[i].rev ||
		    !cursor_covers(at, UINT64_C(1) << 40, &id))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes bytes = { .at = data, .len = size };
	struct cursor cursor, again;
	struct outrider_err err;
	struct arena arena;
	struct bytes written;

	arena_init(&arena, &allocator_libc, 1 << 20);
	if (cursor_read(&cursor, &arena, bytes, &err) == OUTRIDER_OK &&
	    size > 0) {
		written = cursor_write(&cursor, &arena);
		/* Older formats are read, and written in the newest. */
		if (data[0] == CURSOR_FORMAT &&
		    (written.len != size ||
		     memcmp(written.at, data, size) != 0))
			abort();
		if (cursor_read(&again, &arena, written, &err) != OUTRIDER_OK)
			abort();
		move(&again, &cursor);
	}
	arena_free(&arena);
	return 0;
}
