/*
 * A request that came compressed, unpacked into memory that has an end.
 *
 * gRPC's own filter unpacks all of a message before it looks at the limit, so
 * that the 4 MiB that anybody may send become gigabytes. It is switched off
 * (listen.c), and what it would have done is done here.
 */
#include "rpc/parts.h"

#include <zlib.h>

enum {
	ANY_WRAPPING = 15 + 32, /* "deflate" and "gzip", told by their heads */
	PIECE = 16 << 10,
};

static enum outrider_code broken(struct outrider_err *err)
{
	return err_set(err, OUTRIDER_INTERNAL, NULL,
		       "the request can't be decompressed");
}

/* One step, into the room behind the buffer's end. */
static int step(z_stream *z, struct buffer *out)
{
	uint8_t *room = buffer_reserve(out, 1);
	const size_t len = room ? out->room - out->len : 0;
	int result;

	if (!room)
		return Z_MEM_ERROR;
	z->next_out = room;
	z->avail_out = (uInt)len;
	result = inflate(z, Z_NO_FLUSH);
	out->len += len - z->avail_out;
	return result;
}

/* All slices through; the stream has to end with the last of them. */
static int
unpack(z_stream *z, struct buffer *out, const grpc_slice_buffer *slices)
{
	int result = Z_OK;

	for (size_t i = 0; i < slices->count && result == Z_OK; i++) {
		const grpc_slice *slice = &slices->slices[i];

		z->next_in = (Bytef *)GRPC_SLICE_START_PTR(*slice);
		z->avail_in = (uInt)GRPC_SLICE_LENGTH(*slice);
		do
			result = step(z, out);
		while (result == Z_OK && (z->avail_in > 0 || !z->avail_out));
		if (result == Z_BUF_ERROR) /* it wants the next slice */
			result = Z_OK;
		if (result == Z_STREAM_END &&
		    (z->avail_in > 0 || i + 1 < slices->count))
			result = Z_DATA_ERROR;
	}
	return result;
}

enum outrider_code rpc_inflate(grpc_slice *out, const grpc_byte_buffer *packed,
			       size_t max, struct outrider_err *err)
{
	struct buffer buffer;
	z_stream z = { 0 };
	enum outrider_code code = OUTRIDER_OK;
	int result;

	if (inflateInit2(&z, ANY_WRAPPING) != Z_OK)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory for this call");
	/* One more than may be: what is full by it is too large. */
	buffer_init(&buffer, &allocator_libc, max + 1);
	(void)buffer_reserve(&buffer, max < PIECE ? max : PIECE);
	result = unpack(&z, &buffer, &packed->data.raw.slice_buffer);
	inflateEnd(&z);
	if (buffer.is_full || buffer.len > max)
		code = err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "a request has up to %zu bytes", max);
	else if (result != Z_STREAM_END)
		code = broken(err);
	else
		*out = grpc_slice_from_copied_buffer((const char *)buffer.at,
						     buffer.len);
	buffer_free(&buffer);
	return code;
}
