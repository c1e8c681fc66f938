/*
 * What gRPC hands over, in our words, and what it is handed: messages,
 * metadata, deadlines, addresses. Knows no call.
 */
#include "rpc/parts.h"

#include <grpc/byte_buffer_reader.h>
#include <grpc/support/time.h>
#include <string.h>

bool rpc_message_is_deflated(const grpc_byte_buffer *buffer)
{
	return buffer->data.raw.compression == GRPC_COMPRESS_DEFLATE;
}

enum outrider_code rpc_message_read(struct bytes *out, grpc_slice *hold,
				    grpc_byte_buffer *buffer, size_t max,
				    struct outrider_err *err)
{
	const grpc_slice_buffer *slices = &buffer->data.raw.slice_buffer;
	grpc_byte_buffer_reader reader;
	enum outrider_code code = OUTRIDER_OK;

	if (buffer->data.raw.compression != GRPC_COMPRESS_NONE) {
		code = rpc_inflate(hold, buffer, max, err);
		if (code != OUTRIDER_OK)
			return code;
	} else if (slices->count == 1) {
		*hold = grpc_slice_ref(slices->slices[0]);
	} else if (grpc_byte_buffer_reader_init(&reader, buffer)) {
		*hold = grpc_byte_buffer_reader_readall(&reader);
		grpc_byte_buffer_reader_destroy(&reader);
	}
	out->at = GRPC_SLICE_START_PTR(*hold);
	out->len = GRPC_SLICE_LENGTH(*hold);
	return code;
}

grpc_byte_buffer *rpc_message_make(struct bytes message)
{
	grpc_slice slice = grpc_slice_malloc(message.len);
	grpc_byte_buffer *out;

	if (message.len > 0)
		memcpy(GRPC_SLICE_START_PTR(slice), message.at, message.len);
	out = grpc_raw_byte_buffer_create(&slice, 1);
	grpc_slice_unref(slice);
	return out;
}

struct bytes
rpc_metadata_value(const grpc_metadata_array *metadata, const char *key)
{
	for (size_t i = 0; i < metadata->count; i++)
		if (grpc_slice_str_cmp(metadata->metadata[i].key, key) == 0)
			return (struct bytes){
				.at = GRPC_SLICE_START_PTR(
					metadata->metadata[i].value),
				.len = GRPC_SLICE_LENGTH(
					metadata->metadata[i].value),
			};
	return (struct bytes){ .at = NULL };
}

int64_t rpc_deadline_us(gpr_timespec deadline, int64_t now_mono_us)
{
	gpr_timespec left;

	if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0)
		return INT64_MAX;
	/* gRPC's clock is not ours: only what is left of the time is the same.
	 */
	left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
	return now_mono_us + (int64_t)gpr_timespec_to_micros(left);
}

struct bytes rpc_address_of(const char *peer)
{
	const char *port = strrchr(peer, ':');

	return (struct bytes){
		.at = (const uint8_t *)peer,
		.len = port ? (size_t)(port - peer) : strlen(peer),
	};
}
