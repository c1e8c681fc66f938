/*
 * deflate: messages as they cross the line, packed and unpacked (RFC 1950).
 * Knows nothing of gRPC.
 */
#ifndef AGENT_DEFLATE_H
#define AGENT_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One thread's. */
struct deflate;

/* NULL: no memory. */
struct deflate *deflate_open(void);
/* NULL is fine. */
void deflate_close(struct deflate *deflate);

/* *out is borrowed until the next call; false: no memory. */
bool deflate_pack(struct deflate *deflate, const uint8_t **out, size_t *out_len,
		  const uint8_t *message, size_t len);

/*
 * *out is borrowed until the next call. False: broken, more than max bytes, or
 * no memory.
 */
bool deflate_unpack(struct deflate *deflate, const uint8_t **out,
		    size_t *out_len, const uint8_t *packed, size_t len,
		    size_t max);

#endif
