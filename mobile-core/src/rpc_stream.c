/* rpc_stream: see rpc_stream.h. */
#include "rpc_stream.h"

static bool stream_write(pb_ostream_t *stream, const pb_byte_t *at, size_t len)
{
	struct buffer *out = stream->state;

	buffer_append(out, at, len);
	return !out->is_full;
}

pb_ostream_t rpc_stream_into(struct buffer *out)
{
	return (pb_ostream_t){
		.callback = stream_write,
		.state = out,
		.max_size = SIZE_MAX,
	};
}

enum outrider_code rpc_stream_end(bool is_written, struct outrider_err *err)
{
	return is_written ? OUTRIDER_OK : err_no_memory(err);
}

static bool
put_bytes(pb_ostream_t *stream, const pb_field_t *field, void *const *arg)
{
	const struct bytes *bytes = *arg;

	return bytes->len == 0 ||
	       (pb_encode_tag_for_field(stream, field) &&
		pb_encode_string(stream, bytes->at, bytes->len));
}

pb_callback_t rpc_stream_bytes(struct bytes *bytes)
{
	return (pb_callback_t){ .funcs.encode = put_bytes, .arg = bytes };
}
