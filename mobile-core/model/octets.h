/*
 * octets: numbers as bytes, most significant first, for checkpoints and
 * canonical forms inside model/. The writer has a ceiling that it never
 * passes and the reader an end; both remember that they failed, so that a
 * caller asks once at the end.
 */
#ifndef OUTRIDER_MODEL_OCTETS_H
#define OUTRIDER_MODEL_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct octet_writer {
	uint8_t *bytes;
	size_t room;
	size_t len;
	bool failed;
};

struct octet_reader {
	const uint8_t *next;
	const uint8_t *end;
	bool failed;
};

static inline void octets_put(struct octet_writer *w, uint64_t value, size_t n)
{
	if (w->failed || w->room - w->len < n) {
		w->failed = true;
		return;
	}
	for (size_t i = n; i-- > 0;)
		w->bytes[w->len++] = (uint8_t)(value >> (8 * i));
}

static inline uint64_t octets_get(struct octet_reader *r, size_t n)
{
	if (r->failed || (size_t)(r->end - r->next) < n) {
		r->failed = true;
		return 0;
	}
	uint64_t value = 0;
	for (size_t i = 0; i < n; i++)
		value = value << 8 | *r->next++;
	return value;
}

static inline void octets_put_double(struct octet_writer *w, double x)
{
	uint64_t bits;
	memcpy(&bits, &x, sizeof(bits));
	octets_put(w, bits, 8);
}

static inline double octets_get_double(struct octet_reader *r)
{
	uint64_t bits = octets_get(r, 8);
	double x;
	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* Anything but 0 and 1 fails. */
static inline bool octets_get_bool(struct octet_reader *r)
{
	uint64_t value = octets_get(r, 1);
	if (value > 1)
		r->failed = true;
	return value == 1;
}

/* Seven bits a byte, least significant first, high bit: more follows. */
static inline void octets_put_varint(struct octet_writer *w, uint64_t value)
{
	while (value >= 0x80) {
		octets_put(w, (value & 0x7f) | 0x80, 1);
		value >>= 7;
	}
	octets_put(w, value, 1);
}

/* Fails on more bytes than the value needs: one form only. */
static inline uint64_t octets_get_varint(struct octet_reader *r)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint64_t byte = octets_get(r, 1);
		if (r->failed)
			return 0;
		if ((shift == 63 && byte > 1) || (byte == 0 && shift > 0))
			break;
		value |= (byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	r->failed = true;
	return 0;
}

static inline uint64_t octets_zigzag(int64_t value)
{
	return value < 0 ? ~((uint64_t)value << 1) : (uint64_t)value << 1;
}

static inline int64_t octets_unzigzag(uint64_t value)
{
	return value & 1 ? -(int64_t)(value >> 1) - 1 : (int64_t)(value >> 1);
}

/* A signed number from its two's complement of n bytes. */
static inline int64_t octets_get_signed(struct octet_reader *r, size_t n)
{
	uint64_t value = octets_get(r, n);
	uint64_t sign = (uint64_t)1 << (8 * n - 1);
	if (value & sign)
		return -(int64_t)(~value & (sign - 1)) - 1;
	return (int64_t)value;
}

#endif
