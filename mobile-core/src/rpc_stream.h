/*
 * rpc_stream: how nanopb writes into a buffer; rpc_*.c's own.
 */
#ifndef CORE_RPC_STREAM_H
#define CORE_RPC_STREAM_H

#include <pb_encode.h>

#include "model/arena.h"
#include "model/err.h"

/* What doesn't fit makes a call on the stream answer false. */
pb_ostream_t rpc_stream_into(struct buffer *out);
/* Errors: RESOURCE_EXHAUSTED, where it wasn't. */
MODEL_MUST_USE enum outrider_code
rpc_stream_end(bool is_written, struct outrider_err *err);
/* A field of bytes, left out where they are empty; bytes is borrowed until it
 * is written. */
pb_callback_t rpc_stream_bytes(struct bytes *bytes);

#endif
