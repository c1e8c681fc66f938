/*
 * An answer, packed for a client that reads deflate.
 *
 * gRPC's own filter would pack it with zlib's level 6 and offers no other. What
 * comes from here says to gRPC that it is packed already, and goes out as it
 * is; any gRPC client reads it. Each worker has a packer of its own, and in it
 * the room into which it packs: memory that is new each time has to be mapped
 * first.
 */
#include "rpc/parts.h"

#include <libdeflate.h>
#include <stdlib.h>

enum {
	/* A page of records: what it costs counts. */
	LARGE = 32 << 10,
	LARGE_LEVEL = 1,
	/* Anything less: each byte counts. */
	LEVEL = 7,
};

struct rpc_packer {
	struct libdeflate_compressor *large, *other;
	uint8_t *room;
	size_t room_len;
};

struct rpc_packer *rpc_packer_open(void)
{
	struct rpc_packer *packer = calloc(1, sizeof(*packer));

	if (!packer)
		return NULL;
	packer->large = libdeflate_alloc_compressor(LARGE_LEVEL);
	packer->other = libdeflate_alloc_compressor(LEVEL);
	if (packer->large && packer->other)
		return packer;
	rpc_packer_close(packer);
	return NULL;
}

void rpc_packer_close(struct rpc_packer *packer)
{
	if (!packer)
		return;
	libdeflate_free_compressor(packer->large);
	libdeflate_free_compressor(packer->other);
	free(packer->room);
	free(packer);
}

/* Room of that length; NULL without memory. It stays for what comes next: at
 * most as much as a message may have. */
static uint8_t *packer_room(struct rpc_packer *packer, size_t len)
{
	if (len <= packer->room_len)
		return packer->room;
	free(packer->room);
	packer->room = malloc(len);
	packer->room_len = packer->room ? len : 0;
	return packer->room;
}

grpc_byte_buffer *rpc_pack(struct rpc_packer *packer, struct bytes message)
{
	uint8_t *room = packer_room(packer, message.len);
	struct libdeflate_compressor *compressor =
		message.len < LARGE ? packer->other : packer->large;
	grpc_byte_buffer *out;
	grpc_slice slice;
	size_t len;

	if (!room)
		return NULL;
	len = libdeflate_zlib_compress(compressor, message.at, message.len,
				       room, message.len);
	if (len == 0)
		return NULL;
	slice = grpc_slice_from_copied_buffer((const char *)room, len);
	out = grpc_raw_compressed_byte_buffer_create(&slice, 1,
						     GRPC_COMPRESS_DEFLATE);
	grpc_slice_unref(slice);
	return out;
}
