/*
 * Frames between a phone of any processor and its relay: a length, a kind, the
 * number of the call, a status, and a body. Numbers are big-endian. A broken
 * pipe ends the program: nobody is left to tell.
 */
#ifndef FOREIGN_FRAMES_H
#define FOREIGN_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_MOST = 5 << 20, FRAME_FRONT = 17 };

enum frame_kind { FRAME_CALL, FRAME_CANCEL, FRAME_MESSAGE, FRAME_END };

/* CALL: method and token, each with a NUL, and the request. END: a text with
 * its NUL. */
struct frame {
	uint8_t kind;
	uint64_t call;
	uint32_t status; /* END: gRPC's */
	size_t len;
	uint8_t body[FRAME_MOST];
};

static inline void
frame_begin(struct frame *frame, enum frame_kind kind, uint64_t call)
{
	frame->kind = (uint8_t)kind;
	frame->call = call;
	frame->status = 0;
	frame->len = 0;
}

static inline void frame_put(struct frame *frame, const void *at, size_t len)
{
	if (len > FRAME_MOST - frame->len)
		abort();
	if (len > 0)
		memcpy(frame->body + frame->len, at, len);
	frame->len += len;
}

static inline void frame_put_text(struct frame *frame, const char *text)
{
	frame_put(frame, text, strlen(text) + 1);
}

static inline void frame_write_all(int fd, const uint8_t *at, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n <= 0)
			_exit(3);
		at += n;
		len -= (size_t)n;
	}
}

static inline void
frame_write_number(uint8_t *out, uint64_t value, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++)
		out[i] = (uint8_t)(value >> (8 * (n_bytes - 1 - i)));
}

static inline uint64_t frame_read_number(const uint8_t *at, size_t n_bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n_bytes; i++)
		value = value << 8 | at[i];
	return value;
}

static inline void frame_write(int fd, const struct frame *frame)
{
	uint8_t front[FRAME_FRONT];

	frame_write_number(front, frame->len, 4);
	front[4] = frame->kind;
	frame_write_number(front + 5, frame->call, 8);
	frame_write_number(front + 13, frame->status, 4);
	frame_write_all(fd, front, sizeof(front));
	frame_write_all(fd, frame->body, frame->len);
}

static inline bool frame_read_all(int fd, uint8_t *at, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, at, len);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* False at the end. */
static inline bool frame_read(int fd, struct frame *frame)
{
	uint8_t front[FRAME_FRONT];

	if (!frame_read_all(fd, front, sizeof(front)))
		return false;
	frame->len = (size_t)frame_read_number(front, 4);
	frame->kind = front[4];
	frame->call = frame_read_number(front + 5, 8);
	frame->status = (uint32_t)frame_read_number(front + 13, 4);
	if (frame->len > FRAME_MOST)
		abort();
	return frame_read_all(fd, frame->body, frame->len);
}

#endif
