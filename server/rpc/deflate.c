/*
 * An answer, packed for a client that reads deflate.
 *
 * gRPC's own filter would pack it with zlib's level 6 and offers no other. What
 * comes from here says to gRPC that it is packed already, and goes out as it
 * is; any gRPC client reads it. Each worker has a packer of its own.
 */
#include "rpc/parts.h"

#include <libdeflate.h>
#include <stdlib.h>

enum {
	/* A page of records: what it costs counts. */
	LARGE = 32 << 10,
	LARGE_LEVEL = 2,
	/* Anything less: each byte counts. */
	LEVEL = 7,
};

struct rpc_packer {
	struct libdeflate_compressor *large, *other;
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
	free(packer);
}

grpc_byte_buffer *rpc_pack(struct rpc_packer *packer, struct bytes message)
{
	grpc_slice room = grpc_slice_malloc(message.len), slice;
	grpc_byte_buffer *out = NULL;
	const size_t len = libdeflate_zlib_compress(
		message.len < LARGE ? packer->other : packer->large, message.at,
		message.len, GRPC_SLICE_START_PTR(room), message.len);

	if (len > 0) {
		/* Of its own size: it may wait for its reader for long. */
		slice = grpc_slice_from_copied_buffer(
			(const char *)GRPC_SLICE_START_PTR(room), len);
		out = grpc_raw_compressed_byte_buffer_create(
			&slice, 1, GRPC_COMPRESS_DEFLATE);
		grpc_slice_unref(slice);
	}
	grpc_slice_unref(room);
	return out;
}
