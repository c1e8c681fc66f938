/*
 * arena: blocks of memory that are freed whole, and a growing buffer, both
 * with a ceiling. Knows nothing of what lies in them.
 */
#include "model/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCK_FIRST = 4096,	 /* bytes taken for the first block */
	BLOCK_LARGEST = 1 << 16, /* doubling stops here; larger is exact */
	BUFFER_FIRST = 256,
	LIST_FIRST = 8,
};

struct arena_block {
	struct arena_block *next;
	size_t size; /* of the block, this header included */
	size_t used; /* the same */
};

#define ALIGNMENT    alignof(max_align_t)
#define ALIGNED(len) (((len) + ALIGNMENT - 1) & ~(ALIGNMENT - 1))
#define HEADER	     ALIGNED(sizeof(struct arena_block))

static void *libc_resize(void *user, void *p, size_t size)
{
	(void)user;
	if (size > 0)
		return realloc(p, size);
	free(p);
	return NULL;
}

const struct allocator allocator_libc = { .resize = libc_resize };

void arena_init(struct arena *arena, const struct allocator *allocator,
		size_t ceiling)
{
	*arena = (struct arena){
		.allocator = allocator,
		.ceiling = ceiling,
	};
}

/* A new block with room for size bytes, put in front; NULL if refused. */
static struct arena_block *block_add(struct arena *arena, size_t size)
{
	const struct allocator *allocator = arena->allocator;
	size_t left = arena->ceiling - arena->used;
	size_t take = arena->blocks ? arena->blocks->size * 2 : BLOCK_FIRST;
	struct arena_block *block;

	if (size > left || HEADER > left - size)
		return NULL;
	if (take > BLOCK_LARGEST)
		take = BLOCK_LARGEST;
	if (take < HEADER + size)
		take = HEADER + size;
	if (take > left)
		take = left;
	block = allocator->resize(allocator->user, NULL, take);
	if (!block)
		return NULL;
	*block = (struct arena_block){
		.next = arena->blocks,
		.size = take,
		.used = HEADER,
	};
	arena->blocks = block;
	arena->used += take;
	return block;
}

/* Room that is not zeroed; NULL at the ceiling or without memory. */
static void *take_room(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	size_t rounded = size > 0 ? size : 1;
	void *at;

	if (rounded > SIZE_MAX - ALIGNMENT)
		return NULL;
	rounded = ALIGNED(rounded);
	if (!block || rounded > block->size - block->used) {
		block = block_add(arena, rounded);
		if (!block)
			return NULL;
	}
	at = (uint8_t *)block + block->used;
	block->used += rounded;
	return at;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *at = take_room(arena, size);

	if (at)
		memset(at, 0, size);
	return at;
}

struct bytes arena_copy(struct arena *arena, const void *at, size_t len)
{
	uint8_t *copy = len < SIZE_MAX ? take_room(arena, len + 1) : NULL;

	if (!copy)
		return (struct bytes){ .at = NULL, .len = 0 };
	if (len > 0)
		memcpy(copy, at, len);
	copy[len] = 0;
	return (struct bytes){ .at = copy, .len = len };
}

static void free_blocks(struct arena *arena, const struct arena_block *keep)
{
	const struct allocator *allocator = arena->allocator;
	struct arena_block *block = arena->blocks;
	struct arena_block *next;

	for (; block; block = next) {
		next = block->next;
		if (block != keep)
			allocator->resize(allocator->user, block, 0);
	}
}

void arena_reset(struct arena *arena)
{
	struct arena_block *keep = NULL;

	/* The largest ordinary block: one huge call must not stay for good. */
	for (struct arena_block *b = arena->blocks; b; b = b->next)
		if (b->size <= BLOCK_LARGEST && (!keep || b->size > keep->size))
			keep = b;
	free_blocks(arena, keep);
	arena->blocks = keep;
	arena->used = 0;
	if (!keep)
		return;
	keep->next = NULL;
	keep->used = HEADER;
	arena->used = keep->size;
}

void arena_free(struct arena *arena)
{
	free_blocks(arena, NULL);
	arena->blocks = NULL;
	arena->used = 0;
}

void *allocator_grow(const struct allocator *allocator, void *list, size_t n,
		     size_t *room, size_t item_size)
{
	const size_t more = *room > 0 ? *room * 2 : LIST_FIRST;

	if (n < *room)
		return list;
	list = allocator->resize(allocator->user, list, more * item_size);
	if (list != NULL)
		*room = more;
	return list;
}

void buffer_init(struct buffer *buffer, const struct allocator *allocator,
		 size_t ceiling)
{
	*buffer = (struct buffer){
		.allocator = allocator,
		.ceiling = ceiling,
	};
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t len)
{
	size_t room = buffer->room > 0 ? buffer->room : BUFFER_FIRST;
	uint8_t *at;

	if (buffer->is_full)
		return NULL;
	if (buffer->at && len <= buffer->room - buffer->len)
		return buffer->at + buffer->len;
	if (len > buffer->ceiling - buffer->len) {
		buffer->is_full = true;
		return NULL;
	}
	while (room < buffer->len + len)
		room = room > buffer->ceiling / 2 ? buffer->ceiling : room * 2;
	if (room > buffer->ceiling)
		room = buffer->ceiling;
	at = buffer->allocator->resize(buffer->allocator->user, buffer->at,
				       room);
	if (!at) {
		buffer->is_full = true;
		return NULL;
	}
	buffer->at = at;
	buffer->room = room;
	return at + buffer->len;
}

void buffer_append(struct buffer *buffer, const void *at, size_t len)
{
	uint8_t *end;

	if (len == 0)
		return;
	end = buffer_reserve(buffer, len);
	if (!end)
		return;
	memcpy(end, at, len);
	buffer->len += len;
}

void buffer_clear(struct buffer *buffer)
{
	buffer->len = 0;
	buffer->is_full = false;
}

void buffer_free(struct buffer *buffer)
{
	if (buffer->at)
		buffer->allocator->resize(buffer->allocator->user, buffer->at,
					  0);
	buffer_init(buffer, buffer->allocator, buffer->ceiling);
}
