/*
 * deflate: see deflate.h. One buffer serves both ways and stays.
 */
#include "deflate.h"

#include <libdeflate.h>
#include <stdlib.h>

enum {
	/* Too little to be worth a search. */
	SMALL = 512,
	SMALL_LEVEL = 1,
	/* A phone sends little, and pays for each byte. */
	LEVEL = 6,
	/* Room for a page of sync and what may lie around it. */
	ROOM = 272 << 10,
};

struct deflate {
	struct libdeflate_decompressor *unpacker;
	uint8_t *room;
	size_t room_len;
};

struct deflate *deflate_open(void)
{
	struct deflate *deflate = calloc(1, sizeof(*deflate));

	if (deflate == NULL)
		return NULL;
	deflate->unpacker = libdeflate_alloc_decompressor();
	if (deflate->unpacker == NULL) {
		free(deflate);
		return NULL;
	}
	return deflate;
}

void deflate_close(struct deflate *deflate)
{
	if (deflate == NULL)
		return;
	libdeflate_free_decompressor(deflate->unpacker);
	free(deflate->room);
	free(deflate);
}

/* What was in it is not kept. */
static bool make_room(struct deflate *deflate, size_t len)
{
	if (len <= deflate->room_len)
		return true;
	free(deflate->room);
	deflate->room = malloc(len);
	deflate->room_len = deflate->room != NULL ? len : 0;
	return deflate->room != NULL;
}

/* The packer goes at once: it is larger than what it packs. */
bool deflate_pack(struct deflate *deflate, const uint8_t **out, size_t *out_len,
		  const uint8_t *message, size_t len)
{
	struct libdeflate_compressor *packer =
		libdeflate_alloc_compressor(len < SMALL ? SMALL_LEVEL : LEVEL);

	if (packer == NULL)
		return false;
	*out_len = 0;
	if (make_room(deflate, libdeflate_zlib_compress_bound(packer, len)))
		*out_len = libdeflate_zlib_compress(
			packer, message, len, deflate->room, deflate->room_len);
	*out = deflate->room;
	libdeflate_free_compressor(packer);
	return *out_len > 0;
}

bool deflate_unpack(struct deflate *deflate, const uint8_t **out,
		    size_t *out_len, const uint8_t *packed, size_t len,
		    size_t max)
{
	enum libdeflate_result result = LIBDEFLATE_INSUFFICIENT_SPACE;

	/* The format doesn't say how much it will be. */
	for (size_t room = ROOM; result == LIBDEFLATE_INSUFFICIENT_SPACE;
	     room *= 2) {
		room = room < max ? room : max;
		if (!make_room(deflate, room))
			return false;
		result = libdeflate_zlib_decompress(deflate->unpacker, packed,
						    len, deflate->room, room,
						    out_len);
		if (room == max)
			break;
	}
	*out = deflate->room;
	return result == LIBDEFLATE_SUCCESS;
}
