/*
 * Memory that is freed whole: each call, page and batch has one, with a
 * ceiling. Grows in blocks from the allocator; single allocations are never
 * freed.
 */
#ifndef MODEL_ARENA_H
#define MODEL_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes; at may be NULL where len is 0. */
struct bytes {
	const uint8_t *at;
	size_t len;
};

/* realloc-like: p NULL allocates, size 0 frees and returns NULL. */
struct allocator {
	void *(*resize)(void *user, void *p, size_t size);
	void *user;
};

extern const struct allocator allocator_libc;

/*
 * A list of n items of so many bytes each, with room for one more: where there
 * is none it doubles. Returns the list, which may have moved; NULL without
 * memory, and it is as it was. list NULL and *room 0: a new one.
 */
void *allocator_grow(const struct allocator *allocator, void *list, size_t n,
		     size_t *room, size_t item_size);

struct arena_block;

struct arena {
	const struct allocator *allocator;
	struct arena_block *blocks;
	size_t used;	/* bytes taken from the allocator, headers included */
	size_t ceiling; /* used never passes it */
};

/* Takes no memory until the first allocation. */
void arena_init(struct arena *arena, const struct allocator *allocator,
		size_t ceiling);
/* Zeroed memory aligned for any type; NULL at the ceiling or without memory. */
void *arena_alloc(struct arena *arena, size_t size);
/* A copy with a NUL behind it that len doesn't count; at NULL on failure. */
struct bytes arena_copy(struct arena *arena, const void *at, size_t len);
/* Frees everything but one block for reuse; then everything. */
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena);

/*
 * A growing buffer with a ceiling. After the first failure is_full stays set
 * and further appends do nothing, so that a writer tests once at the end.
 */
struct buffer {
	const struct allocator *allocator;
	uint8_t *at;
	size_t len, room, ceiling;
	bool is_full;
};

void buffer_init(struct buffer *buffer, const struct allocator *allocator,
		 size_t ceiling);
void buffer_append(struct buffer *buffer, const void *at, size_t len);
/* Room for len bytes behind the end, for the caller to write and to add to
 * buffer->len; NULL, and is_full set, where there is none. */
uint8_t *buffer_reserve(struct buffer *buffer, size_t len);
void buffer_clear(struct buffer *buffer); /* keeps the memory */
void buffer_free(struct buffer *buffer);

#endif
